"""The tags there are: those that resources bear, and those that were made and that none bears."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.services.tag.errors import refused
from emulator.tables.call import Call
from emulator.tables.tags import KINDS, Kind, Place, Tags, bearers, borne_pairs
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


def shelves(
    call: Call, kinds: Iterable[Kind] = KINDS, region: str | None = None
) -> Iterator[tuple[Kind, str, Shelf[Row]]]:
    """The shelves on which resources stand that can bear tags."""
    for kind in kinds:
        for place in call.world.places(kind.table) if region is None else (region,):
            yield kind, place, call.world.read(kind.table, place)


@dataclass(frozen=True, slots=True)
class Stand:
    """Resources of one kind and region, by the different sets of tags that they bear."""

    kind: Kind
    region: str
    shelf: Shelf[Row]
    sets: Sequence[tuple[Tags, Sequence[int]]]
    """Each with the numbers of its rows."""

    def __len__(self) -> int:
        return sum(len(numbers) for _, numbers in self.sets)

    def bearers(self) -> list[tuple[int, Tags]]:
        """The numbers of the resources, in order, and their tags."""
        found = {number: tags for tags, numbers in self.sets for number in numbers}
        return [(number, found[number]) for number in sorted(found)]

    def pairs(self) -> int:
        """How many tags all of them bear."""
        return sum(len(tags) * len(numbers) for tags, numbers in self.sets)

    def attached(self) -> list[tuple[int, str, str]]:
        """Each tag of each resource by itself."""
        return [(number, *pair) for number, tags in self.bearers() for pair in tags.items()]

    def place(self, number: int) -> Place:
        """The resource of a number."""
        return Place(self.kind, self.region, str(self.shelf.key(number)))


class Rows:
    """What stands hold, one after the other; none is gone through that a slice does not reach."""

    def __init__(
        self,
        stands: Iterable[Stand],
        count: Callable[[Stand], int],
        each: Callable[[Stand], Sequence[tuple[Any, ...]]],
    ) -> None:
        self._stands = [(stand, count(stand)) for stand in stands]
        self._each = each

    def __len__(self) -> int:
        return sum(count for _, count in self._stands)

    def __getitem__(self, at: slice) -> list[tuple[Any, ...]]:
        """Resources, each with what follows its number."""
        start, stop, _ = at.indices(len(self))
        found: list[tuple[Any, ...]] = []
        for stand, count in self._stands:
            if start < count and stop > 0:
                reached = self._each(stand)[max(start, 0) : stop]
                found += [(stand.place(number), *rest) for number, *rest in reached]
            start, stop = start - count, stop - count
        return found


def stands(
    call: Call,
    meets: Callable[[Tags], bool],
    kinds: Iterable[Kind] = KINDS,
    region: str | None = None,
) -> Iterator[Stand]:
    """The resources of some kinds that bear tags which suit."""
    for kind, place, shelf in shelves(call, kinds, region):
        sets = [one for one in bearers(kind, shelf) if meets(one[0])]
        if sets:
            yield Stand(kind, place, shelf, sets)


def borne(call: Call, keys: Collection[str] | None = None) -> set[Pair]:
    """The tags that resources bear, of some keys or of all."""
    pairs = borne_pairs((kind, shelf) for kind, _, shelf in shelves(call))
    return pairs if keys is None else {pair for pair in pairs if pair[0] in keys}


def made(call: Call) -> list[Pair]:
    """The tags that were made through this product."""
    return list(call.world.read(MADE).items())


def all_keys(call: Call) -> list[str]:
    """The keys of all tags there are, in order."""
    return sorted({key for key, _ in borne(call)} | {key for key, _ in made(call)})


def all_tags(call: Call, keys: Sequence[str] | None = None) -> list[Pair]:
    """The tags there are, of some keys or of all, in order."""
    return sorted(borne(call, keys) | {pair for pair in made(call) if keys is None or pair[0] in keys})


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
