"""What vpc says to what it cannot do."""

from __future__ import annotations

from collections.abc import Callable

from emulator.errors import ApiError
from emulator.tables.declare import Manners
from emulator.tables.idempotent import MOST, Tokens

# Documented: the codes are among the product's errors. Assumed: which is used when, and the texts.


def absent(what: str) -> Callable[[str], ApiError]:
    """Something that is named does not exist."""
    return lambda key: ApiError("ResourceNotFound", f"The {what} `{key}` does not exist.")


def malformed(name: str, expected: str) -> ApiError:
    """A parameter has not the form that it should have."""
    return ApiError(
        "InvalidParameterValue.Malformed", f"The parameter `{name}` is malformed: expected {expected}."
    )


def bad_value(name: str, expected: str) -> ApiError:
    """A parameter of the right type and no meaning."""
    return ApiError("InvalidParameterValue", f"The value of `{name}` is not valid: expected {expected}.")


def out_of_range(name: str, expected: str) -> ApiError:
    """A number, a port or an index is not where it may be."""
    return ApiError(
        "InvalidParameterValue.Range", f"The value of `{name}` is out of range: expected {expected}."
    )


def too_long(name: str, most: int) -> ApiError:
    """A text is too long."""
    return ApiError("InvalidParameterValue.TooLong", f"The value of `{name}` is longer than {most}.")


def too_many(name: str, most: int) -> ApiError:
    """More of something in one request than it may hold."""
    return ApiError(
        "InvalidParameterValue.LimitExceeded", f"The number of `{name}` exceeds the limit of {most}."
    )


def coexist(first: str, second: str) -> ApiError:
    """Two parameters that exclude each other."""
    return ApiError(
        "InvalidParameter.Coexist", f"The parameters `{first}` and `{second}` cannot be specified together."
    )


def duplicate(name: str) -> ApiError:
    """The same twice."""
    return ApiError("InvalidParameterValue.Duplicate", f"The value of `{name}` is given or there already.")


def full(what: str, most: int) -> ApiError:
    """The quota is used up."""
    return ApiError("LimitExceeded", f"The number of {what} exceeds the quota of {most}.")


def in_use(what: str, key: str, by: str) -> ApiError:
    """Something cannot go while something else needs it."""
    return ApiError("ResourceInUse", f"The {what} `{key}` is used by {by}.")


def unsupported(detail: str, text: str) -> ApiError:
    """An operation that this resource does not allow: ``UnsupportedOperation.…``."""
    return ApiError(f"UnsupportedOperation.{detail}" if detail else "UnsupportedOperation", text)


def other_vpc(what: str, key: str, vpc: str) -> ApiError:
    """Two resources that ought to stand in one VPC do not."""
    return unsupported("VpcMismatch", f"The {what} `{key}` does not belong to `{vpc}`.")


TOKENS = Tokens(
    bad=lambda _: too_long("ClientToken", MOST),
    mismatch=lambda: unsupported(
        "IdempotentParameterMismatch", "The ClientToken has been used by another request."
    ),
)
MANNERS = Manners(
    out_of_range=lambda name, value: ApiError(
        "InvalidParameterValue.Range", f"The value of parameter `{name}` is out of range: {value}."
    ),
    unknown_filter=lambda name: ApiError(
        "InvalidParameter.FilterInvalidKey", f"The filter key `{name}` is invalid."
    ),
    both=lambda ids: coexist(ids, "Filters"),
    too_many=lambda what, most: ApiError(
        "LimitExceeded.NumberOfFilters" if what == "Filters" else "InvalidParameterValue.LimitExceeded",
        f"The number of `{what}` exceeds the limit of {most}.",
    ),
)
