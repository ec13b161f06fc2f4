"""Ways to look at a shelf: as a mapping, as a sequence, by the value of one member. They follow it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar, overload

if TYPE_CHECKING:
    from emulator.world.shelves import Shelf

V = TypeVar("V")


class Items(Mapping[Any, V]):
    """A shelf as a mapping."""

    __slots__ = ("_shelf",)

    def __init__(self, shelf: Shelf[V]) -> None:
        self._shelf = shelf

    def __len__(self) -> int:
        return len(self._shelf)

    def __iter__(self) -> Iterator[Any]:
        shelf = self._shelf
        return chain(map(shelf._stock.key, shelf._left(0)), shelf._added)  # noqa: SLF001  # a view of it

    def __getitem__(self, key: Hashable) -> V:
        number = self._shelf.number(key)
        if number is None:
            raise KeyError(key)
        return self._shelf.at(number)

    def __contains__(self, key: object) -> bool:
        return key in self._shelf


class Values(Sequence[V]):
    """A shelf as a sequence."""

    __slots__ = ("shelf",)

    def __init__(self, shelf: Shelf[V]) -> None:
        self.shelf = shelf

    def __len__(self) -> int:
        return len(self.shelf)

    def __iter__(self) -> Iterator[V]:
        return iter(self.shelf)

    @overload
    def __getitem__(self, at: int) -> V: ...
    @overload
    def __getitem__(self, at: slice) -> list[V]: ...
    def __getitem__(self, at: int | slice) -> V | list[V]:
        if isinstance(at, int):
            position = range(len(self))[at]
            return self.shelf.page(position, position + 1)[0]
        start, stop, step = at.indices(len(self))
        if step > 0:
            return self.shelf.page(start, max(stop, start))[::step]
        return list(self.shelf)[at]

    def by(self, path: str, *, descends: bool) -> Picked[V]:
        """The same by what stands in one member."""
        return Picked(self.shelf, self.shelf.order(path, descends=descends))

    def where(self, passes: Callable[[int], bool]) -> Picked[V]:
        """Those whose numbers pass."""
        return Picked(self.shelf, [number for number in self.shelf.numbers() if passes(number)])


class Picked(Sequence[V]):
    """Some values of a shelf, by their numbers: a page of them costs what the page holds."""

    __slots__ = ("_numbers", "shelf")

    def __init__(self, shelf: Shelf[V], numbers: Sequence[int]) -> None:
        self.shelf = shelf
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, at: int) -> V: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[V]: ...
    def __getitem__(self, at: int | slice) -> V | Sequence[V]:
        if isinstance(at, slice):
            return [self.shelf.at(number) for number in self._numbers[at]]
        return self.shelf.at(self._numbers[at])

    def by(self, path: str, *, descends: bool) -> Picked[V]:
        """The same by what stands in one member, equals as on the shelf."""
        return Picked(self.shelf, self.shelf.order(path, descends=descends, among=self._numbers))

    def where(self, passes: Callable[[int], bool]) -> Picked[V]:
        """Those whose numbers pass."""
        return Picked(self.shelf, [number for number in self._numbers if passes(number)])


Found = Values[V] | Picked[V]
"""Some or all of the values of a shelf."""


class Index(Mapping[Hashable, Sequence[V]]):
    """A shelf's values by the value of one member."""

    __slots__ = ("_path", "_shelf")

    def __init__(self, shelf: Shelf[V], path: str) -> None:
        self._shelf = shelf
        self._path = path

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._shelf.known(self._path))

    def __getitem__(self, value: Hashable) -> Sequence[V]:
        found = self._shelf.find(self._path, value, is_text=False)
        if not found:
            raise KeyError(value)
        return [self._shelf.at(number) for number in found]
