"""Rows that an estate draws from their places: made when looked at, found without being made."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from emulator.world.shelves import Row, Stock, member_values

Draw = Callable[[int], object]
"""What stands in one member of the row at a place; a list of all where there may be several, a tuple where
none of these is another's like."""
Part = Callable[[int], object]
"""One member of the row at a place, as it stands there."""
Find = Callable[[str], Sequence[int]]
"""Where a member may have a value, in order: at these places and no others, if anywhere."""

KEPT = 16_384
"""So many rows of all estates are kept with their encoded form, the latest: some 35 MB."""
_kept: deque[tuple[dict[int, Row], int]] = deque()


class Drawn(Stock[Row]):
    """The rows of a table. None of them takes memory before it is looked at, few afterwards.

    ``draws`` say members by their path without making the row; ``finds`` turn that round, for members that
    tell one row from the others; ``parts`` say members whole. They change what a search costs, never what it
    finds.
    """

    def __init__(
        self,
        count: int,
        key: Callable[[int], str],
        make: Callable[[int], Mapping[str, Any]],
        *,
        place: Callable[[str], int | None] | None = None,
        draws: Mapping[str, Draw] | None = None,
        finds: Mapping[str, Find] | None = None,
        parts: Mapping[str, Part] | None = None,
    ) -> None:
        """``place`` turns ``key`` round, for keys that may be anybody's; without it they are remembered."""
        super().__init__()
        self._count = count
        self._key = key
        self._make = make
        self._find_place = place
        self._draws = draws or {}
        self._finds = finds or {}
        self._parts = parts or {}
        self._rows: dict[int, Row] = {}

    def __len__(self) -> int:
        return self._count

    def key(self, place: int) -> str:
        """The key at a place."""
        return self._key(place)

    def place(self, key: Hashable) -> int | None:
        """Where a key stands."""
        if not isinstance(key, str):
            return None
        if self._find_place is None:
            return self._places.get(key)
        place = self._find_place(key)
        return place if place is not None and 0 <= place < self._count and self._key(place) == key else None

    @cached_property
    def _places(self) -> dict[str, int]:
        return {self._key(place): place for place in range(self._count)}

    def value(self, place: int) -> Row:
        """The row at a place; the same one as long as it is kept."""
        row = self._rows.get(place)
        if row is None:
            row = self._rows[place] = Row.made(self._make, place)
            _kept.append((self._rows, place))
            if len(_kept) > KEPT:
                rows, oldest = _kept.popleft()
                rows.pop(oldest, None)
        return row

    def values(self, start: int, stop: int) -> Iterable[Row]:
        """The rows from one place up to another."""
        kept = self._rows.get
        return [kept(place) or self.value(place) for place in range(start, stop)]

    def members(self, place: int, path: str) -> Sequence[Hashable]:
        """What stands in one member of the row at a place."""
        draw = self._draws.get(path)
        if draw is None:
            return member_values(self._make(place), path)
        found = draw(place)
        if isinstance(found, tuple):
            return found
        if isinstance(found, list):
            return tuple(dict.fromkeys(found))
        return () if found is None else (found,)

    def parts(self, place: int, names: Collection[str]) -> Mapping[str, Any]:
        """The row at a place, which may lack what is not among some members."""
        parts = self._parts
        if all(name in parts for name in names):
            return {name: parts[name](place) for name in names}
        return self._make(place)

    def find(self, path: str, value: Hashable, *, is_text: bool) -> Sequence[int]:
        """The places whose member has a value."""
        find = self._finds.get(path)
        if find is None or not isinstance(value, str):
            return super().find(path, value, is_text=is_text)
        return [at for at in find(value) if 0 <= at < self._count and value in self.members(at, path)]


def each(values: Sequence[Mapping[str, Any]], name: str) -> list[Any]:
    """One member of each of some objects."""
    return [value[name] for value in values]


def one(place: int | None) -> tuple[int, ...]:
    """A place as what is found, if there is one."""
    return () if place is None else (place,)
