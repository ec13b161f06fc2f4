"""What vpc says to what it cannot do."""

from __future__ import annotations

from collections.abc import Callable

from emulator.errors import ApiError, Refusal
from emulator.tables.declare import Manners
from emulator.tables.idempotent import MOST, Tokens

# Documented: the codes are among the product's errors. Assumed: which is used when, and the texts.


def absent(what: str) -> Callable[[str], ApiError]:
    """Something that is named does not exist."""
    return lambda key: ApiError("ResourceNotFound", f"The {what} `{key}` does not exist.")


malformed = Refusal[str, str](
    "InvalidParameterValue.Malformed", "The parameter `{}` is malformed: expected {}."
)
bad_value = Refusal[str, str]("InvalidParameterValue", "The value of `{}` is not valid: expected {}.")
out_of_range = Refusal[str, str](
    "InvalidParameterValue.Range", "The value of `{}` is out of range: expected {}."
)
too_long = Refusal[str, int]("InvalidParameterValue.TooLong", "The value of `{}` is longer than {}.")
too_many = Refusal[str, int](
    "InvalidParameterValue.LimitExceeded", "The number of `{}` exceeds the limit of {}."
)
coexist = Refusal[str, str](
    "InvalidParameter.Coexist", "The parameters `{}` and `{}` cannot be specified together."
)
duplicate = Refusal[str]("InvalidParameterValue.Duplicate", "The value of `{}` is given or there already.")
full = Refusal[str, int]("LimitExceeded", "The number of {} exceeds the quota of {}.")
in_use = Refusal[str, str, str]("ResourceInUse", "The {} `{}` is used by {}.")


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
    out_of_range=Refusal[str, int](
        "InvalidParameterValue.Range", "The value of parameter `{}` is out of range: {}."
    ),
    unknown_filter=Refusal[str]("InvalidParameter.FilterInvalidKey", "The filter key `{}` is invalid."),
    both=lambda ids: coexist(ids, "Filters"),
    too_many=lambda what, most: ApiError(
        "LimitExceeded.NumberOfFilters" if what == "Filters" else "InvalidParameterValue.LimitExceeded",
        f"The number of `{what}` exceeds the limit of {most}.",
    ),
)
