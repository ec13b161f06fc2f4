"""The tags there are: those that resources bear, and those that were made and that none bears."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from emulator.services.tag.errors import refused
from emulator.tables.call import Call
from emulator.tables.tags import KINDS, Kind, Place, Tags, read_tags
from emulator.world.shelves import Row, Shelf

MADE = "tag.tag"
"""Pairs that were made through this product, by key and value; resources may bear them or not."""
MOST_KEYS, MOST_VALUES = 1000, 1000
"""Documented: keys of an account, values of a key."""
LONGEST_KEY, LONGEST_VALUE = 127, 255
"""Assumed."""
RESERVED = frozenset({"qcloud", "tencent", "project"})
"""Documented: keys that nobody can make."""
Pair = tuple[str, str]


def _path(kind: Kind) -> str:
    """Where the rows of a kind keep the keys of their tags."""
    return ".".join(part for part in (kind.outer, kind.member, kind.words[0]) if part)


def shelves(
    call: Call, kinds: Iterable[Kind] = KINDS, region: str | None = None
) -> Iterator[tuple[Kind, str, Shelf[Row]]]:
    """The shelves on which resources stand that can bear tags."""
    for kind in kinds:
        for place in call.world.places(kind.table) if region is None else (region,):
            yield kind, place, call.world.read(kind.table, place)


def _read_each(kind: Kind, shelf: Shelf[Row], numbers: Iterable[int]) -> Iterator[tuple[int, Tags]]:
    """The tags that the rows of some numbers bear. No more of a row is made than it takes."""
    name = kind.outer or kind.member
    # Many rows of an estate share one list of tags. It is held here, so that no other gets its identity.
    known: dict[int, tuple[object, Tags]] = {}
    for number in numbers:
        part = shelf.parts(number, (name,)).get(name)
        found = known.get(id(part))
        if found is None:
            found = known[id(part)] = (part, read_tags(kind, Row({name: part})))
        yield number, found[1]


def tagged(
    call: Call, kinds: Iterable[Kind] = KINDS, region: str | None = None
) -> Iterator[tuple[Place, Tags]]:
    """Every resource of some kinds that bears a tag."""
    for kind, place, shelf in shelves(call, kinds, region):
        for number, tags in _read_each(kind, shelf, shelf.numbers()):
            if tags:
                yield Place(kind, place, str(shelf.key(number))), tags


def bearing(
    call: Call,
    key: str,
    meets: Callable[[Tags], bool],
    kinds: Iterable[Kind] = KINDS,
    region: str | None = None,
) -> Iterator[tuple[Place, Tags]]:
    """Every resource of some kinds that bears a tag of a key, if its tags suit; no others are looked at."""
    for kind, where, shelf in shelves(call, kinds, region):
        for number, tags in _read_each(kind, shelf, shelf.find(_path(kind), key, is_text=False)):
            if meets(tags):
                yield Place(kind, where, str(shelf.key(number))), tags


def borne_keys(call: Call) -> set[str]:
    """The keys of all tags that resources bear."""
    return {str(key) for kind, _, shelf in shelves(call) for key in shelf.index(_path(kind))}


def borne(call: Call, keys: Iterable[str]) -> set[Pair]:
    """The tags of some keys that resources bear."""
    wanted = frozenset(keys)
    found = {
        id(tags): tags
        for kind, _, shelf in shelves(call)
        for _, tags in _read_each(kind, shelf, _bearing(kind, shelf, wanted))
    }
    return {pair for tags in found.values() for pair in tags.items() if pair[0] in wanted}


def _bearing(kind: Kind, shelf: Shelf[Row], keys: Iterable[str]) -> set[int]:
    return set().union(*(shelf.find(_path(kind), key, is_text=False) for key in keys))


def made(call: Call) -> list[Pair]:
    """The tags that were made through this product."""
    return list(call.world.read(MADE).items())


def all_keys(call: Call) -> list[str]:
    """The keys of all tags there are, in order."""
    return sorted(borne_keys(call) | {key for key, _ in made(call)})


def all_tags(call: Call, keys: Sequence[str] | None = None) -> list[Pair]:
    """The tags there are, of some keys or of all, in order."""
    wanted = all_keys(call) if keys is None else keys
    return sorted(borne(call, wanted) | {pair for pair in made(call) if pair[0] in wanted})


def check(key: str, value: str) -> None:
    """See that a tag can be.

    Raises:
        ApiError: the key is reserved, or key or value has a length that it cannot have.
    """
    if not key:
        raise refused("InvalidParameterValue.TagKeyEmpty", "A tag key is empty.")
    if len(key) > LONGEST_KEY:
        raise refused("InvalidParameterValue.TagKeyLengthExceeded", "A tag key is too long.")
    if len(value) > LONGEST_VALUE:
        raise refused("InvalidParameterValue.TagValueLengthExceeded", "A tag value is too long.")
    if key in RESERVED:
        raise refused("InvalidParameterValue.ReservedTagKey", f"The tag key `{key}` is reserved.")


def make(call: Call, tags: Mapping[str, str]) -> None:
    """Let tags be, whether or not a resource bears them; those that are there stay.

    Raises:
        ApiError: there would be too many.
    """
    there = set(made(call))
    new = [pair for pair in tags.items() if pair not in there]
    if not new:
        return
    keys = {key for key, _ in there}
    if len(keys | tags.keys()) > MOST_KEYS:
        raise refused("LimitExceeded.TagKey", f"An account has at most {MOST_KEYS} tag keys.")
    for key, _ in new:
        if sum(other == key for other, _ in there) >= MOST_VALUES:
            raise refused("LimitExceeded.TagValue", f"A tag key has at most {MOST_VALUES} values.")
    shelf = call.world.write(MADE)
    for pair in new:
        shelf.put(pair, Row({"TagKey": pair[0], "TagValue": pair[1]}))
