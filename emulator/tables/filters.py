"""Which rows a call asks for: by key, by named filters, by parameters that filter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from emulator.errors import ApiError
from emulator.tables.declare import On, Rule, Test
from emulator.world.shelves import Row, Shelf, as_text, member_values
from emulator.world.views import Picked


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
    return Picked(shelf, _numbers(shelf, key, wants)) if wants else shelf.values()


def _numbers(shelf: Shelf[Row], key: str, wants: Sequence[tuple[Rule, Sequence[str]]]) -> Sequence[int]:
    passing = [_passing(shelf, rule, wanted, key) for rule, wanted in wants]
    if len(passing) == 1 and len(passing[0]) <= 1:
        return next(iter(passing[0]), ())
    return sorted(set.intersection(*(set().union(*numbers) for numbers in passing)))


def _passing(shelf: Shelf[Row], rule: Rule, wanted: Sequence[str], key: str) -> Collection[Sequence[int]]:
    """The numbers of the rows that pass, in sequences that are each in order."""
    if isinstance(rule, str):
        if rule == key:
            return [(number,) for text in wanted if (number := shelf.number(text)) is not None]
        return [found for text in dict.fromkeys(wanted) if (found := shelf.find(rule, text))]
    if isinstance(rule, On):
        passes = rule.passes
        return shelf.find_all(rule.path, lambda text: passes(text, wanted))
    return [[number for number in shelf.numbers() if rule(shelf.at(number).value, wanted)]]


def by_keys(
    shelf: Shelf[Row],
    keys: Sequence[str],
    absent: Callable[[str], ApiError] | None,
    key: str = "",
    wants: Sequence[tuple[Rule, Sequence[str]]] = (),
) -> Sequence[Row]:
    """The rows under these keys that pass every rule, each once, in the order asked for.

    Raises:
        ApiError: what ``absent`` makes of the first key that does not exist.
    """
    numbers = []
    for each in dict.fromkeys(keys):
        number = shelf.number(each)
        if number is not None:
            numbers.append(number)
        elif absent is not None:
            raise absent(each)
    if wants:
        kept = set(_numbers(shelf, key, wants))
        numbers = [number for number in numbers if number in kept]
    return Picked(shelf, numbers)
