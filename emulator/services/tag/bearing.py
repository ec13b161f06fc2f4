"""The resources that bear tags, by the different sets of these: a page of them costs what it shows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any

from emulator.tables.call import Call
from emulator.tables.tags import KINDS, Kind, Place, Sets, Tags, borne_pairs
from emulator.world.shelves import Row, Shelf

Weigh = Callable[[Tags], int]
"""How many rows a resource with these tags takes up in a list."""


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
    """Each with the numbers of its rows, in order."""

    def count(self, weigh: Weigh) -> int:
        """How many rows they take up."""
        return sum(weigh(tags) * len(numbers) for tags, numbers in self.sets)

    def page(self, start: int, stop: int, weigh: Weigh) -> tuple[int, list[tuple[Place, Tags]]]:
        """The resources, in order, that take up these rows; and how many rows of the first come before."""
        weights = [(numbers, weigh(tags)) for tags, numbers in self.sets]

        def before(number: int) -> int:
            return sum(bisect_left(numbers, number) * weight for numbers, weight in weights)

        last = max(numbers[-1] for numbers, _ in weights)
        # The greatest number before which there are no more rows than those to be passed over.
        first = bisect_right(range(last + 1), start, key=before) - 1
        passed = reached = before(first)
        found: list[tuple[Place, Tags]] = []
        for number, tags in merge(*(_from(first, numbers, tags) for tags, numbers in self.sets)):
            if reached >= stop:
                break
            found.append((Place(self.kind, self.region, str(self.shelf.key(number))), tags))
            reached += weigh(tags)
        return start - passed, found


def _from(first: int, numbers: Sequence[int], tags: Tags) -> Iterator[tuple[int, Tags]]:
    for at in range(bisect_left(numbers, first), len(numbers)):
        yield numbers[at], tags


class Rows:
    """What stands hold, one after the other: resources and their tags, or each tag of each by itself."""

    def __init__(self, stands: Iterable[Stand], *, each_tag: bool = False) -> None:
        self._weigh: Weigh = len if each_tag else lambda _: 1
        self._each_tag = each_tag
        self._stands = [(stand, stand.count(self._weigh)) for stand in stands]

    def __len__(self) -> int:
        return sum(count for _, count in self._stands)

    def __getitem__(self, at: slice) -> list[tuple[Any, ...]]:
        """Resources with their tags, or with the key and the value of one."""
        start, stop, _ = at.indices(len(self))
        found: list[tuple[Any, ...]] = []
        for stand, count in self._stands:
            if start < count and stop > 0:
                found += self._reached(stand, max(start, 0), min(stop, count))
            start, stop = start - count, stop - count
        return found

    def _reached(self, stand: Stand, start: int, stop: int) -> Iterable[tuple[Any, ...]]:
        passed, found = stand.page(start, stop, self._weigh)
        if not self._each_tag:
            return found
        pairs = ((place, *pair) for place, tags in found for pair in tags.items())
        return islice(pairs, passed, passed + stop - start)


def stands(
    call: Call,
    meets: Callable[[Tags], bool],
    kinds: Iterable[Kind] = KINDS,
    region: str | None = None,
) -> Iterator[Stand]:
    """The resources of some kinds that bear tags which suit."""
    sets = Sets(meets)
    for kind, place, shelf in shelves(call, kinds, region):
        if found := sets.on(kind, shelf):
            yield Stand(kind, place, shelf, found)


def borne(call: Call, keys: Collection[str] | None = None) -> set[tuple[str, str]]:
    """The tags that resources bear, of some keys or of all."""
    pairs = borne_pairs((kind, shelf) for kind, _, shelf in shelves(call))
    return pairs if keys is None else {pair for pair in pairs if pair[0] in keys}
