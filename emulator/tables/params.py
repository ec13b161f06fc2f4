"""How products of one family read parameters that mean nothing, or that the emulator does not serve."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from emulator.errors import ApiError, not_emulated
from emulator.tables.call import Call


def bad_value(name: str, value: object) -> ApiError:
    """A value that means nothing."""
    # Observed: code and text, of SystemDisk.DiskSize.
    return ApiError(
        "InvalidParameterValue", f"The value `{value}` specified in the parameter `{name}` is not valid."
    )


def too_many(name: str, most: int) -> ApiError:
    """More of something than one request may name."""
    # Documented: the code. Assumed: the text.
    return ApiError(
        "InvalidParameterValue.LimitExceeded", f"The number of `{name}` exceeds the limit of {most}."
    )


def choice(name: str, value: Any, values: Collection[Any]) -> Any:
    """A parameter's value, which has to be one of these."""
    if value not in values:
        raise bad_value(name, value)
    return value


def unserved(call: Call, given: Mapping[str, Any], names: Iterable[str], within: str = "") -> None:
    """Refuse parameters that the emulator does not serve; empty ones say nothing."""
    for name in names:
        if given.get(name) not in (None, "", [], {}, 0, False):
            where = f"{within}.{name}" if within else name
            raise not_emulated(call.action.key, f"its parameter {where} is not served yet.")
