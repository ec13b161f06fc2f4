"""What clb says to what it cannot do."""

from __future__ import annotations

from emulator.errors import ApiError
from emulator.tables.declare import Manners

# Documented: the codes are among the product's errors. Assumed: which is used when, and the texts.


def no_balancer(key: str) -> ApiError:
    """No such balancer."""
    return ApiError("InvalidParameter.LBIdNotFound", f"The load balancer `{key}` does not exist.")


def no_listener(key: str) -> ApiError:
    """No such listener of this balancer."""
    return ApiError("InvalidParameter.ListenerIdNotFound", f"The listener `{key}` does not exist.")


def no_location(text: str) -> ApiError:
    """No such rule of this listener."""
    return ApiError("InvalidParameter.LocationNotFound", f"The forwarding rule `{text}` does not exist.")


def bad_value(name: str, expected: str) -> ApiError:
    """A parameter of the right type and no meaning."""
    return ApiError("InvalidParameterValue", f"The value of `{name}` is not valid: expected {expected}.")


def out_of_range(name: str, expected: str) -> ApiError:
    """A number is not where it may be."""
    return ApiError(
        "InvalidParameterValue.Range", f"The value of `{name}` is out of range: expected {expected}."
    )


def bad_length(name: str, expected: str) -> ApiError:
    """A text or a list is too long or too short."""
    return ApiError(
        "InvalidParameterValue.Length", f"The length of `{name}` is not valid: expected {expected}."
    )


def duplicate(text: str) -> ApiError:
    """The same twice."""
    return ApiError("InvalidParameterValue.Duplicate", f"`{text}` is given or there already.")


def combination(text: str) -> ApiError:
    """Parameters that do not go together."""
    return ApiError("InvalidParameterCombination", text)


def wrong_protocol(text: str) -> ApiError:
    """What this listener's protocol does not do."""
    return ApiError("InvalidParameter.ProtocolCheckFailed", text)


def full(what: str, most: int) -> ApiError:
    """The quota is used up."""
    return ApiError("LimitExceeded", f"The number of {what} exceeds the quota of {most}.")


MANNERS = Manners(
    out_of_range=lambda name, value: ApiError(
        "InvalidParameterValue.Range", f"The value of parameter `{name}` is out of range: {value}."
    ),
    unknown_filter=lambda name: ApiError(
        "InvalidParameter.InvalidFilter", f"The filter `{name}` is not supported."
    ),
    too_many=lambda what, most: ApiError(
        "InvalidParameterValue.Length", f"The number of `{what}` exceeds the limit of {most}."
    ),
)
