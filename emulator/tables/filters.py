"""Which rows a call asks for: by key, by named filters, by parameters that filter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from emulator.errors import ApiError
from emulator.tables.declare import On, OnPart, OnTags, Rule
from emulator.tables.tags import tags_of
from emulator.world.shelves import Row, Shelf
from emulator.world.views import Found, Picked


def contains(path: str) -> OnPart:
    """A filter satisfied by a part of the member's text, as the fuzzy name filters are."""
    return OnPart((path,))


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


def anywhere(*paths: str) -> OnPart:
    """A filter satisfied by a part of any of some members' texts."""
    return OnPart(paths)


def tagged(path: str) -> OnTags:
    """A parameter that holds tags, key and value, of which a row needs one."""
    return OnTags(path, lambda tags, wanted: any(f"{key}={value}" in wanted for key, value in tags.items()))


def one_tag(path: str, key: str) -> OnTags:
    """A filter ``tag:KEY``: a row whose tag of this key has one of the values."""
    return OnTags(path, lambda tags, wanted: tags.get(key) in wanted)


def _plain(time: str) -> str:
    # Both forms of a time, ISO 8601 and plain, sort alike once they are written alike.
    return time.replace("T", " ").rstrip("Z")


def narrow(shelf: Shelf[Row], key: str, wants: Sequence[tuple[Rule, Sequence[str]]]) -> Found[Row]:
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
    if isinstance(rule, OnPart):
        return [found for path in rule.paths for found in shelf.find_parts(path, wanted)]
    if isinstance(rule, OnTags):
        # Many rows bear the same tags: each set of them is judged once.
        sets = shelf.groups(f"{rule.path}[]")
        return [found for listed, found in sets if rule.passes(tags_of(listed), wanted)]
    return [[number for number in shelf.numbers() if rule(shelf.at(number).value, wanted)]]


def by_keys(
    shelf: Shelf[Row],
    keys: Sequence[str],
    absent: Callable[[str], ApiError] | None,
    key: str = "",
    wants: Sequence[tuple[Rule, Sequence[str]]] = (),
) -> Picked[Row]:
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
