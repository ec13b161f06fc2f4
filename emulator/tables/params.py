"""How products of one family read parameters that mean nothing, or that the emulator does not serve."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from emulator.errors import ApiError, Refusal

# Observed: code and text, of SystemDisk.DiskSize.
bad_value = Refusal[str, object](
    "InvalidParameterValue", "The value `{1}` specified in the parameter `{0}` is not valid."
)
# Documented: the code. Assumed: the text.
too_many = Refusal[str, int](
    "InvalidParameterValue.LimitExceeded", "The number of `{}` exceeds the limit of {}."
)


def choice(name: str, value: Any, values: Collection[Any]) -> Any:
    """A parameter's value, which has to be one of these."""
    if value not in values:
        raise bad_value(name, value)
    return value


def is_whole(text: str, least: int, most: int) -> bool:
    """Whether a text is a whole number from one to another, in plain digits; none has more than nineteen."""
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdecimal() and len(digits) < 20 and least <= int(text) <= most


def check_choices(
    params: Mapping[str, Any],
    choices: Mapping[str, Collection[object]],
    refuse: Callable[[str, str], ApiError],
) -> None:
    """Refuse values that parameters cannot have; one that is empty says nothing.

    Raises:
        ApiError: what ``refuse`` (parameter, what it may be) says of the first one.
    """
    for name, known in choices.items():
        given = params.get(name)
        for value in given if isinstance(given, list) else (given,):
            if value not in (None, "", *known):
                raise refuse(name, f"one of {', '.join(map(str, known))}")
