"""What TencentDB for MySQL says when it refuses."""

# Documented: every code is among the product's errors, with what it is for. Assumed: which is used where the
# list has several for one thing, and the wording of the texts.

from __future__ import annotations

from emulator.errors import ApiError
from emulator.tables.declare import Manners
from emulator.tables.network import PlaceRefusals


def bad_parameter(text: str) -> ApiError:
    """A parameter that the product cannot use."""
    return ApiError("InvalidParameter", text)


def bad_value(name: str, value: object, expected: str) -> ApiError:
    """A value that a parameter cannot have."""
    return ApiError(
        "InvalidParameterValue.InvalidParameterValueError",
        f"The value `{value}` of `{name}` is not valid: expected {expected}.",
    )


def missing(name: str) -> ApiError:
    """A parameter that the product needs though the contract does not."""
    return ApiError("MissingParameter.MissingParamError", f"The parameter `{name}` is missing.")


def no_instance(key: str) -> ApiError:
    """No such instance in this region."""
    return ApiError("InvalidParameter.InstanceNotFound", f"The instance `{key}` does not exist.")


def no_resource(name: str) -> ApiError:
    """No such network, security group, backup or whatever a call names beside instances."""
    return ApiError("InvalidParameter.ResourceNotFound", f"The resource `{name}` does not exist.")


def wrong_status(key: str, status: int) -> ApiError:
    """An instance is not in a state in which this can be done to it."""
    return ApiError(
        "OperationDenied.InstanceStatusError",
        f"The instance `{key}` is in status {status}, which does not allow this operation.",
    )


def busy(key: str, task: int) -> ApiError:
    """An instance has something else to do."""
    return ApiError(
        "OperationDenied.InstanceTaskStatusError", f"The instance `{key}` is carrying out task {task}."
    )


def denied(text: str) -> ApiError:
    """What the product does not do to this instance."""
    return ApiError("OperationDenied.OperationDeniedError", text)


MANNERS = Manners(
    out_of_range=lambda name, value: bad_parameter(
        f"The value of parameter `{name}` is out of range: {value}."
    ),
    too_many=lambda what, most: bad_parameter(f"The number of `{what}` exceeds the limit of {most}."),
)
NETWORK = PlaceRefusals(
    absent=no_resource,
    incomplete=missing,
    full=lambda subnet: ApiError("ResourceInsufficient", f"The subnet `{subnet}` has no free address."),
    malformed=lambda text: ApiError("FailedOperation.VpcIpInvalidError", f"`{text}` is not an IP address."),
    outside=lambda text: ApiError(
        "FailedOperation.VpcIpNotInSubnetError", f"The IP address `{text}` is not in the subnet."
    ),
    taken=lambda text: ApiError(
        "FailedOperation.VpcIpInUseError", f"The IP address `{text}` is in use already."
    ),
)
