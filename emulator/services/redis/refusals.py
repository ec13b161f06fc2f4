"""What TencentDB for Redis says when it refuses."""

# Documented: every code is among the product's errors, with what it is for. Assumed: which is used where the
# list has several for one thing, and the wording of the texts.

from __future__ import annotations

from emulator.errors import ApiError
from emulator.tables.declare import Manners
from emulator.tables.network import PlaceRefusals


def illegal(text: str) -> ApiError:
    """A parameter that the product cannot use."""
    return ApiError("InvalidParameter.IllegalParameterError", text)


def bad_value(name: str, value: object, expected: str) -> ApiError:
    """A value that a parameter cannot have."""
    return ApiError(
        "InvalidParameterValue.InvalidParameterValueError",
        f"The value `{value}` of `{name}` is not valid: expected {expected}.",
    )


def missing(name: str) -> ApiError:
    """A parameter that the product needs though the contract does not."""
    return ApiError("InvalidParameter.EmptyParam", f"The parameter `{name}` is missing.")


def no_instance(key: str) -> ApiError:
    """No such instance in this region."""
    return ApiError("ResourceNotFound.InstanceNotExists", f"The instance `{key}` does not exist.")


def no_group(key: str) -> ApiError:
    """No such security group."""
    return ApiError(
        "InvalidParameterValue.SecurityGroupIdsNotExists", f"The security group `{key}` does not exist."
    )


def wrong_status(key: str, status: int) -> ApiError:
    """An instance is not in a state in which this can be done to it."""
    return ApiError(
        "ResourceUnavailable.InstanceStatusError",
        f"The instance `{key}` is in status {status}, which does not allow this operation.",
    )


def locked(key: str) -> ApiError:
    """An instance is in a process already."""
    return ApiError("ResourceUnavailable.InstanceLockedError", f"The instance `{key}` is in another process.")


def denied(text: str) -> ApiError:
    """What the product does not do to this instance."""
    return ApiError("UnsupportedOperation.InstanceNotOperation", text)


MANNERS = Manners(
    out_of_range=lambda name, value: illegal(f"The value of parameter `{name}` is out of range: {value}."),
    too_many=lambda what, most: illegal(f"The number of `{what}` exceeds the limit of {most}."),
)
NETWORK = PlaceRefusals(
    absent=lambda name: ApiError(
        "InvalidParameterValue.UnVpcIdNotExists", f"The network `{name}` does not exist."
    ),
    incomplete=missing,
    full=lambda subnet: ApiError(
        "ResourceUnavailable.NoEnoughVipInVPC", f"The subnet `{subnet}` has no free address."
    ),
    malformed=lambda text: bad_value("Vip", text, "an IP address"),
    outside=lambda text: bad_value("Vip", text, "an address of the subnet"),
    taken=lambda text: bad_value("Vip", text, "an address that is not in use"),
)
