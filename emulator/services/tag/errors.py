"""What the product says to a request that makes no sense."""

from __future__ import annotations

from emulator.errors import ApiError

# Documented: the codes. Assumed: which is used when, and the texts.


def refused(code: str, text: str) -> ApiError:
    """An error of the product by its code."""
    return ApiError(code, text)


def not_attached(key: str) -> ApiError:
    """A resource does not bear a tag of this key."""
    return refused("ResourceNotFound.AttachedTagKeyNotFound", f"The tag key `{key}` is not attached.")
