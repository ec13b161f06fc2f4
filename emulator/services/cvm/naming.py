"""Names of instances and hosts: patterns that number them, and what a host may be called."""

from __future__ import annotations

import re
from collections.abc import Sequence

from emulator.services.cvm import errors

# Documented: {R:x} and {R:x,F:y} with y from 0 to 8 number from x, the second in at least y digits; {IP} is
# the private address in host names; anything else in braces is plain text.
_NUMBER = re.compile(r"\{R:(\d{1,9})(?:,F:([0-8]))?\}")
_PART = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
MOST = 128
"""Documented: characters of an instance's name when it is made, its pattern included."""


def numbered(pattern: str, count: int) -> list[str]:
    """The names of so many instances."""
    if not _NUMBER.search(pattern):
        # Documented: without a pattern, several are numbered from 1 behind the name.
        return [pattern] if count == 1 else [f"{pattern}{place}" for place in range(1, count + 1)]
    return [
        _NUMBER.sub(lambda found, at=place: f"{int(found[1]) + at:0{int(found[2] or 0)}d}", pattern)  # type: ignore[misc]
        for place in range(count)
    ]


def instance_names(name: str, count: int) -> list[str]:
    """The display names of so many instances, of which an empty one is 未命名.

    Raises:
        ApiError: the pattern is too long.
    """
    if len(name) > MOST:
        raise errors.name_too_long(MOST)
    # Assumed: that instances without a name are not numbered.
    return numbered(name, count) if name else ["未命名"] * count


def host_names(pattern: str, addresses: Sequence[str], *, windows: bool) -> list[str]:
    """The host names of instances at these addresses.

    Raises:
        ApiError: one of them cannot be a host name.
    """
    names = numbered(pattern, len(addresses))
    filled = [name.replace("{IP}", address) for name, address in zip(names, addresses, strict=True)]
    for name in filled:
        check_host_name(name, windows=windows)
    return filled


def check_host_name(name: str, *, windows: bool) -> None:
    """Refuse what cannot be a host name."""
    # Documented: 2 to 15 letters, digits and hyphens for Windows, not digits only; 2 to 60 with dots for
    # others; neither sign first or last, nor two of them together.
    parts = [name] if windows else name.split(".")
    most = 15 if windows else 60
    fits = 2 <= len(name) <= most and all(_PART.fullmatch(part) for part in parts)
    if not fits or (windows and name.isdigit()):
        raise errors.bad_host_name(name)
