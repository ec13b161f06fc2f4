"""Which rows a call asks for: by key, by named filters, by parameters that filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from emulator.errors import ApiError
from emulator.tables.declare import On, Rule, Test
from emulator.world.shelves import Row, Shelf, member_values


def contains(path: str) -> On:
    """A filter satisfied by a part of the member's text, as the fuzzy name filters are."""
    return On(path, lambda value, wanted: any(part in value for part in wanted))


def since(path: str) -> On:
    """A filter satisfied by times at or after the one given (``2023-06-01 00:00:00``)."""
    return On(path, lambda value, wanted: _plain(value) >= _plain(wanted[0]) if wanted else True)


def until(path: str) -> On:
    """A filter satisfied by times at or before the one given."""
    return On(path, lambda value, wanted: _plain(value) <= _plain(wanted[0]) if wanted else True)


def truth(path: str) -> On:
    """A filter on a boolean member, whichever way it is written (``true``, ``TRUE``, ``1``)."""
    return On(
        path,
        lambda value, wanted: any((text.lower() in ("true", "1")) == (value == "true") for text in wanted),
    )


def anywhere(*paths: str) -> Test:
    """A filter satisfied by a part of any of some members' texts."""

    def test(row: Mapping[str, Any], wanted: Sequence[str]) -> bool:
        found = [as_text(value) for path in paths for value in member_values(row, path)]
        return any(part in text for part in wanted for text in found)

    return test


def tagged(path: str) -> Test:
    """A parameter that holds tags, key and value, of which a row needs one."""

    def test(row: Mapping[str, Any], wanted: Sequence[str]) -> bool:
        return any(f"{key}={value}" in wanted for key, value in tag_pairs(row, path))

    return test


def tag_pairs(row: Mapping[str, Any], path: str) -> list[tuple[str, str]]:
    """A row's tags, whichever of the two ways it writes them (``Key`` or ``TagKey``)."""
    return [
        (tag["Key"], tag["Value"]) if "Key" in tag else (tag["TagKey"], tag["TagValue"])
        for tag in row.get(path) or ()
    ]


def _plain(time: str) -> str:
    # Both forms of a time, ISO 8601 and plain, sort alike once they are written alike.
    return time.replace("T", " ").rstrip("Z")


def narrow(shelf: Shelf[Row], key: str, wants: Sequence[tuple[Rule, Sequence[str]]]) -> Sequence[Row]:
    """The rows that pass every rule, in shelf order. Rules on one member are answered by its index.

    ``key`` is the member that names a row: a rule on it needs no index.
    """
    if not wants:
        return shelf.values()
    if len(wants) == 1 and wants[0][0] == key and len(wants[0][1]) == 1:
        return by_keys(shelf, wants[0][1], None)
    kept: set[int] | None = None
    for rule, wanted in wants:
        named = by_keys(shelf, wanted, None) if rule == key else _passing(shelf, rule, wanted)
        passing = {id(row) for row in named}
        kept = passing if kept is None else kept & passing
    return [row for row in shelf.values() if id(row) in kept] if kept else ()


def _passing(shelf: Shelf[Row], rule: Rule, wanted: Sequence[str]) -> Iterable[Row]:
    if isinstance(rule, str):
        index = texts(shelf, rule)
        return [row for text in wanted for row in index.get(text, ())]
    if isinstance(rule, On):
        index = texts(shelf, rule.path)
        return [row for value, rows in index.items() if rule.passes(value, wanted) for row in rows]
    return [row for row in shelf.values() if rule(row.value, wanted)]


def by_keys(shelf: Shelf[Row], keys: Sequence[str], absent: Callable[[str], ApiError] | None) -> list[Row]:
    """The rows under these keys, each once, in the order asked for.

    Raises:
        ApiError: what ``absent`` makes of the first key that does not exist.
    """
    rows = []
    for key in dict.fromkeys(keys):
        row = shelf.get(key)
        if row is not None:
            rows.append(row)
        elif absent is not None:
            raise absent(key)
    return rows


def texts(shelf: Shelf[Row], path: str) -> Mapping[str, Sequence[Row]]:
    """The rows by one member's value, written as a filter writes it."""
    index = shelf.index(path)
    if all(type(value) is str for value in index):
        return index  # type: ignore[return-value]  # just seen to be text
    return {as_text(value): rows for value, rows in index.items()}


def as_text(value: object) -> str:
    """A member's value as a filter writes it: filter values are always text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):  # a tag
        return "=".join(str(value[name]) for name in sorted(value))
    return str(value)
