"""What TencentDB for PostgreSQL says when it refuses."""

# Documented: every code is among the product's errors, with what it is for. Assumed: which is used where the
# list has several for one thing, and the wording of the texts.

from __future__ import annotations

from emulator.errors import ApiError
from emulator.tables.declare import Manners
from emulator.tables.network import PlaceRefusals


def bad_value(name: str, value: object, expected: str) -> ApiError:
    """A value that a parameter cannot have."""
    return ApiError(
        "InvalidParameterValue.InvalidParameterValueError",
        f"The value `{value}` of `{name}` is not valid: expected {expected}.",
    )


def out_of_range(name: str, value: object, expected: str) -> ApiError:
    """A number that a parameter cannot have."""
    return ApiError(
        "InvalidParameterValue.ParameterOutOfRange",
        f"The value `{value}` of `{name}` is out of range: expected {expected}.",
    )


def missing(name: str) -> ApiError:
    """A parameter that the product needs though the contract does not."""
    return ApiError("InvalidParameter.ParametersNotSet", f"The parameter `{name}` is missing.")


def no_instance(key: str) -> ApiError:
    """No such instance in this region."""
    return ApiError("ResourceNotFound.InstanceNotFoundError", f"The instance `{key}` does not exist.")


def no_group(key: str) -> ApiError:
    """No such security group."""
    return ApiError("InvalidParameterValue", f"The security group `{key}` does not exist.")


def no_account(name: str) -> ApiError:
    """No such account in this instance."""
    return ApiError("InvalidParameterValue.AccountNotExistError", f"The account `{name}` does not exist.")


def wrong_status(key: str, status: str) -> ApiError:
    """An instance is not in a state in which this can be done to it."""
    return ApiError(
        "OperationDenied.InstanceStatusLimitError",
        f"The instance `{key}` is {status}, which does not allow this operation.",
    )


def denied(text: str) -> ApiError:
    """What the product does not do to this instance."""
    return ApiError("OperationDenied.InstanceStatusDeniedError", text)


MANNERS = Manners(
    out_of_range=lambda name, value: ApiError(
        "InvalidParameterValue.ParameterOutOfRange",
        f"The value of parameter `{name}` is out of range: {value}.",
    ),
    unknown_filter=lambda name: ApiError("InvalidParameterValue", f"The filter `{name}` is not supported."),
    too_many=lambda what, most: ApiError(
        "InvalidParameterValue.ParameterLengthLimitError",
        f"The number of `{what}` exceeds the limit of {most}.",
    ),
)
NETWORK = PlaceRefusals(
    absent=lambda name: ApiError(
        "InvalidParameter.VpcNotFoundError", f"The network `{name}` does not exist."
    ),
    incomplete=missing,
    full=lambda subnet: ApiError(
        "ResourceInsufficient.ResourceNotEnough", f"The subnet `{subnet}` has no free address."
    ),
    malformed=lambda text: bad_value("Vip", text, "an IP address"),
    outside=lambda text: bad_value("Vip", text, "an address of the subnet"),
    taken=lambda text: bad_value("Vip", text, "an address that is not in use"),
)
