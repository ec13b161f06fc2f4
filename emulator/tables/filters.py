"""Which rows a call asks for: by key, by named filters, by parameters that filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from emulator.errors import ApiError
from emulator.tables.declare import Test
from emulator.world.shelves import Row, Shelf, member_values

Rule = str | Test


def contains(path: str) -> Test:
    """A filter satisfied by a part of the member's text, as the fuzzy name filters are."""

    def test(value: Mapping[str, Any], wanted: Sequence[str]) -> bool:
        texts = [str(found) for found in member_values(value, path)]
        return any(part in text for part in wanted for text in texts)

    return test


def since(path: str) -> Test:
    """A filter satisfied by times at or after the one given (``2023-06-01 00:00:00``)."""
    return lambda value, wanted: _time(value, path) >= _plain(wanted)


def until(path: str) -> Test:
    """A filter satisfied by times at or before the one given."""
    return lambda value, wanted: _time(value, path) <= _plain(wanted)


def _time(value: Mapping[str, Any], path: str) -> str:
    found = member_values(value, path)
    return _plain([str(found[0])]) if found else ""


def _plain(texts: Sequence[str]) -> str:
    # Both forms of a time, ISO 8601 and plain, sort alike once they are written alike.
    return texts[0].replace("T", " ").rstrip("Z") if texts else ""


def narrow(shelf: Shelf[Row], wants: Iterable[tuple[Rule, Sequence[str]]]) -> Sequence[Row]:
    """The rows that pass every rule, in shelf order. The first rule on a member is answered by an index."""
    rows: Sequence[Row] | None = None
    for rule, wanted in wants:
        if rows is None and isinstance(rule, str):
            rows = _by_index(shelf, rule, wanted)
        else:
            rows = [row for row in (shelf.values() if rows is None else rows) if _passes(row, rule, wanted)]
    return shelf.values() if rows is None else rows


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


def _by_index(shelf: Shelf[Row], path: str, wanted: Sequence[str]) -> Sequence[Row]:
    index = _texts(shelf, path)
    if len(wanted) == 1:
        return index.get(wanted[0], ())
    found = {id(row) for text in wanted for row in index.get(text, ())}
    return [row for row in shelf.values() if id(row) in found]


def _texts(shelf: Shelf[Row], path: str) -> Mapping[str, Sequence[Row]]:
    index = shelf.index(path)
    if all(type(value) is str for value in index):
        return index  # type: ignore[return-value]  # just seen to be text
    return {as_text(value): rows for value, rows in index.items()}


def _passes(row: Row, rule: Rule, wanted: Sequence[str]) -> bool:
    if isinstance(rule, str):
        return any(as_text(value) in wanted for value in member_values(row.value, rule))
    return rule(row.value, wanted)


def as_text(value: object) -> str:
    """A member's value as a filter writes it: filter values are always text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
