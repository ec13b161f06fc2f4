"""The rows of one table in one region of one owner, and how they are kept, found and copied."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import chain, islice
from math import inf
from typing import Any, Generic, TypeVar, cast

from emulator.world.texts import Texts
from emulator.world.views import Index, Items, Values

V = TypeVar("V")


Maker = Callable[[int], Mapping[str, Any]]
"""Makes the value of a row from its number, always the same one."""
_UNMADE: Mapping[str, Any] = {}
_DEEP = 16
"""About so many looks find a place among all those of a large stock."""


class Row:
    """One resource in wire shape.

    The value is never changed: a changed resource is a new row. ``encoded`` is the place where the
    form that leaves over the wire is kept once it has been made.
    """

    __slots__ = ("_make", "_number", "_value", "encoded")

    def __init__(self, value: Mapping[str, Any], make: Maker | None = None, number: int = 0) -> None:
        self._value = value
        self._make = make
        self._number = number
        self.encoded: object | None = None

    @classmethod
    def made(cls, make: Maker, number: int) -> Row:
        """A row whose value is made from a number anew at each look, so that it costs next to no memory."""
        return cls(_UNMADE, make, number)

    @property
    def value(self) -> Mapping[str, Any]:
        """The resource."""
        return self._value if self._make is None else self._make(self._number)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and self.value == other.value

    __hash__ = None  # type: ignore[assignment]  # its value is a mapping

    def __repr__(self) -> str:
        return f"Row({self.value!r})"

    def having(self, **changes: object) -> Row:
        """The same resource with some members changed."""
        return Row({**self.value, **changes})


class Stock(Generic[V]):
    """What a shelf began with: values by key, at places from 0. It never changes, so any number share it."""

    __slots__ = ("_indexes", "_orders", "_texts")

    def __init__(self) -> None:
        self._indexes: dict[tuple[str, bool], Mapping[Hashable, Sequence[int]]] = {}
        self._orders: dict[tuple[str, bool], Sequence[int]] = {}
        self._texts: dict[str, Texts] = {}

    def __len__(self) -> int:
        raise NotImplementedError

    def key(self, place: int) -> Hashable:
        """The key at a place."""
        raise NotImplementedError

    def place(self, key: Hashable) -> int | None:
        """Where a key stands."""
        raise NotImplementedError

    def value(self, place: int) -> V:
        """The value at a place."""
        raise NotImplementedError

    def values(self, start: int, stop: int) -> Iterable[V]:
        """The values from one place up to another."""
        return map(self.value, range(start, stop))

    def members(self, place: int, path: str) -> Sequence[Hashable]:
        """What stands in one member of the value at a place."""
        return _values(self.value(place), path)

    def parts(self, place: int, names: Collection[str]) -> Mapping[str, Any]:  # noqa: ARG002  # see Drawn
        """The resource at a place, which may lack what is not among some members."""
        return _whole(self.value(place))

    def index(self, path: str, *, is_text: bool) -> Mapping[Hashable, Sequence[int]]:
        """The places by the value of one member, in order; made at first use."""
        found = self._indexes.get((path, is_text))
        if found is None:
            made: dict[Hashable, array[int] | tuple[int]] = {}
            for place in range(len(self)):
                for value in _read(self.members(place, path), is_text):
                    places = made.get(value)
                    if places is None:
                        made[value] = (place,)  # most values of a large stock stand in one place
                    elif isinstance(places, tuple):
                        made[value] = array("I", (*places, place))
                    else:
                        places.append(place)
            found = self._indexes[path, is_text] = made
        return found

    def find(self, path: str, value: Hashable, *, is_text: bool) -> Sequence[int]:
        """The places whose member has a value."""
        return self.index(path, is_text=is_text).get(value, ())

    def texts(self, path: str) -> Texts:
        """The different texts of one member; made at first use."""
        found = self._texts.get(path)
        if found is None:
            found = self._texts[path] = Texts(map(str, self.index(path, is_text=True)))
        return found

    def order(self, path: str, *, descends: bool) -> Sequence[int]:
        """The places by what stands in one member, as ``standing`` ranks it; made at first use."""
        found = self._orders.get((path, descends))
        if found is None:
            places = sorted(
                range(len(self)), key=lambda place: standing(self.members(place, path)), reverse=descends
            )
            found = self._orders[path, descends] = array("I", places)
        return found


class Fixed(Stock[V]):
    """Values that are all there."""

    __slots__ = ("_keys", "_order", "_values")

    def __init__(self, items: Mapping[Any, V]) -> None:
        super().__init__()
        self._keys: list[Hashable] = list(items)
        self._values = list(items.values())
        self._order = {key: place for place, key in enumerate(self._keys)}

    def __len__(self) -> int:
        return len(self._keys)

    def key(self, place: int) -> Hashable:
        """The key at a place."""
        return self._keys[place]

    def place(self, key: Hashable) -> int | None:
        """Where a key stands."""
        return self._order.get(key)

    def value(self, place: int) -> V:
        """The value at a place."""
        return self._values[place]


_NOTHING: Stock[Any] = Fixed({})


class Gone(Enum):
    """What stands in the place of a value that a shelf began with and has no more."""

    GONE = "gone"


Change = tuple[Hashable, int | None, V | Gone]
"""A key, its number among what was added (None for what stands in its old place), and what is there now."""


class Shelf(Generic[V]):
    """Values by key in the order in which they were first put there.

    What it began with is its stock, which is shared; of its own it has only what changed. So copying it, and
    finding something after a change, cost what changed. Every value has a *number*, which grows along the
    order: its place in the stock, or a higher one that was given when it was added.
    """

    __slots__ = (
        "_added",
        "_gone",
        "_indexes",
        "_keys",
        "_next",
        "_own",
        "_stock",
        "_tail",
        "changed",
        "is_shared",
    )

    def __init__(self, items: Mapping[Any, V] | Stock[V] | None = None) -> None:
        stock = items if isinstance(items, Stock) else Fixed(items) if items else _NOTHING
        self._stock: Stock[V] = stock
        self._own: dict[int, V] = {}
        """What was put, by number."""
        self._added: dict[Any, int] = {}
        self._gone: list[int] = []
        """The places in the stock that are empty now, in order."""
        self._next = len(stock)
        self._tail: list[int] | None = None
        self._keys: dict[int, Hashable] | None = None
        self._indexes: dict[tuple[str, bool], dict[Hashable, list[int]]] = {}
        self.changed: dict[Any, None] | None = None
        """The keys that were put or removed since somebody began to keep count; None if nobody does."""
        self.is_shared = False
        """A snapshot, a seed or another account sees it too: copy before changing."""

    # --- looking -----------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._stock) - len(self._gone) + len(self._added)

    def __contains__(self, key: object) -> bool:
        return self.number(key) is not None

    def __iter__(self) -> Iterator[V]:
        return (self.at(number) for number in self.numbers())

    def get(self, key: Hashable) -> V | None:
        """The value under a key, if there is one."""
        number = self.number(key)
        return None if number is None else self.at(number)

    def items(self) -> Mapping[Any, V]:
        """All of it, to be read."""
        return Items(self)

    def values(self) -> Values[V]:
        """All values in order, as they are by the time they are looked at; a page costs what it holds."""
        return Values(self)

    # --- by number ---------------------------------------------------------------------------------------

    def number(self, key: Hashable) -> int | None:
        """The number of the value under a key; no value is looked at."""
        number = self._added.get(key)
        if number is None and (place := self._stock.place(key)) is not None and not self._lacks(place):
            return place
        return number

    def numbers(self) -> Iterator[int]:
        """All numbers in order."""
        return chain(self._left(0), self._added.values())

    def at(self, number: int) -> V:
        """The value of a number."""
        own = self._own
        return own[number] if number in own else self._stock.value(number)

    def key(self, number: int) -> Hashable:
        """The key of a number."""
        if number < len(self._stock):
            return self._stock.key(number)
        if self._keys is None:
            self._keys = {number: key for key, number in self._added.items()}
        return self._keys[number]

    def parts(self, number: int, names: Collection[str]) -> Mapping[str, Any]:
        """The resource of a number, which may lack what is not among some members."""
        own = self._own
        return _whole(own[number]) if number in own else self._stock.parts(number, names)

    def members(self, number: int, path: str) -> Sequence[Hashable]:
        """What stands in one member of the value of a number."""
        own = self._own
        return _values(own[number], path) if number in own else self._stock.members(number, path)

    def page(self, start: int, stop: int) -> list[V]:
        """The values from one position in the order up to another."""
        left = len(self._stock) - len(self._gone)
        found: list[V] = []
        if start < left and not (self._own or self._gone):
            found += self._stock.values(start, min(stop, left))
        elif start < left:
            found += map(self.at, islice(self._left(self._place_at(start)), min(stop, left) - start))
        if stop > left:
            if self._tail is None:
                self._tail = list(self._added.values())
            found += map(self._own.__getitem__, self._tail[max(start - left, 0) : stop - left])
        return found

    def _lacks(self, place: int) -> bool:
        gone = self._gone
        return bool(gone) and (at := bisect_left(gone, place)) < len(gone) and gone[at] == place

    def _left(self, start: int) -> Iterator[int]:
        """The places from one on at which the stock's value was not taken away."""
        for gap in self._gone[bisect_left(self._gone, start) :]:
            yield from range(start, gap)
            start = gap + 1
        yield from range(start, len(self._stock))

    def _place_at(self, position: int) -> int:
        """The place of the value at a position: as many places further as are empty before it."""
        return position + bisect_right(range(len(self._gone)), position, key=lambda at: self._gone[at] - at)

    # --- finding -----------------------------------------------------------------------------------------

    def index(self, path: str) -> Mapping[Hashable, Sequence[V]]:
        """Values by the value of one member (``Placement.Zone``); a list member counts each of its elements.

        A path that ends in ``[]`` means a list of objects whole, as ``listed`` has it.

        What is looked up in it is found by an index, which follows the shelf.
        """
        return Index(self, path)

    def find(self, path: str, value: Hashable, *, is_text: bool = True) -> Sequence[int]:
        """The numbers of those whose member has a value, in order; as a filter writes it, or as it is."""
        found = self._live(self._stock.find(path, value, is_text=is_text))
        own = self._own_index(path, is_text).get(value) if self._own else None
        return _merged(found, own) if own else found

    def find_all(self, path: str, passes: Callable[[str], bool]) -> list[Sequence[int]]:
        """The numbers of those whose member passes as text, those of each text in order."""
        stock = self._stock.index(path, is_text=True)
        found = [self._live(places) for text, places in stock.items() if passes(cast("str", text))]
        if self._own:
            own = self._own_index(path, is_text=True)
            found += [numbers for text, numbers in own.items() if passes(cast("str", text))]
        return found

    def find_parts(self, path: str, parts: Sequence[str]) -> list[Sequence[int]]:
        """The numbers of those whose member holds any of some parts as text, those of each text in order."""
        stock = self._stock.index(path, is_text=True)
        found = [self._live(stock[text]) for text in self._stock.texts(path).holding(parts)]
        if self._own:
            own = self._own_index(path, is_text=True)
            found += [own[text] for text in own if any(part in cast("str", text) for part in parts)]
        return found

    def known(self, path: str) -> Iterable[Hashable]:
        """The values that a member has."""
        if not (self._own or self._gone):
            return self._stock.index(path, is_text=False)
        return (value for value, _ in self.groups(path))

    def groups(self, path: str) -> Iterable[tuple[Hashable, Sequence[int]]]:
        """Each value that a member has, and the numbers of those that have it, in order."""
        if not (self._own or self._gone):
            return self._stock.index(path, is_text=False).items()
        return self._changed_groups(path)

    def _changed_groups(self, path: str) -> Iterator[tuple[Hashable, Sequence[int]]]:
        stock, own = self._stock.index(path, is_text=False), self._own_index(path, is_text=False)
        changed = self._changed_places()
        for value, places in chain(stock.items(), ((value, ()) for value in own if value not in stock)):
            numbers = self._live(places, changed)
            if value in own:
                numbers = _merged(numbers, own[value])
            if numbers:
                yield value, numbers

    def order(self, path: str, *, descends: bool, among: Sequence[int] | None = None) -> Sequence[int]:
        """All numbers, or some, by what stands in one member, as ``standing`` ranks it; equals in order."""
        if among is None:
            return self._order(path, descends=descends)
        if len(among) * _DEEP < len(self):
            return self._sorted(among, path, descends=descends)
        kept = set(among)
        return [number for number in self._order(path, descends=descends) if number in kept]

    def _order(self, path: str, *, descends: bool) -> Sequence[int]:
        if not (self._own or self._gone):
            return self._stock.order(path, descends=descends)
        if len(self._own) * _DEEP > len(self._stock):
            return self._sorted(self.numbers(), path, descends=descends)
        changed = set(self._changed_places())
        left = [place for place in self._stock.order(path, descends=descends) if place not in changed]
        # Few were put: each is brought to its place among those that stand.
        found: list[int] = []
        start = 0
        for number in self._sorted(self._own, path, descends=descends):
            at = self._place_among(left, number, path, descends=descends)
            found += left[start:at]
            found.append(number)
            start = at
        return found + left[start:]

    def _sorted(self, numbers: Iterable[int], path: str, *, descends: bool) -> list[int]:
        return sorted(
            sorted(numbers), key=lambda number: standing(self.members(number, path)), reverse=descends
        )

    def _place_among(self, ordered: Sequence[int], number: int, path: str, *, descends: bool) -> int:
        """Where among ordered numbers one more has its place."""
        mine = standing(self.members(number, path))

        def is_after(other: int) -> bool:
            theirs = standing(self.members(other, path))
            if theirs == mine:
                return other > number
            return theirs < mine if descends else theirs > mine

        return bisect_left(ordered, True, key=is_after)

    def _changed_places(self) -> Sequence[int]:
        """The places at which the stock's own value stands no more, in order."""
        return sorted({*(number for number in self._own if number < len(self._stock)), *self._gone})

    def _live(self, places: Sequence[int], changed: Sequence[int] | None = None) -> Sequence[int]:
        """The places at which the stock's own value still stands."""
        if not (self._own or self._gone):
            return places
        if len(self._own) + len(self._gone) > len(places):
            return [place for place in places if place not in self._own and not self._lacks(place)]
        # Few have changed: they are looked for among the places, and not the places among them.
        left: list[int] = []
        start = 0
        for number in self._changed_places() if changed is None else changed:
            at = bisect_left(places, number, start)
            if at < len(places) and places[at] == number:
                left += places[start:at]
                start = at + 1
        return [*left, *places[start:]] if start else places

    def _own_index(self, path: str, is_text: bool) -> dict[Hashable, list[int]]:
        """The numbers of what was put, by the value of one member; made at first use, then kept up."""
        found = self._indexes.get((path, is_text))
        if found is None:
            found = self._indexes[path, is_text] = {}
            for number in sorted(self._own):
                for value in _read(_values(self._own[number], path), is_text):
                    found.setdefault(value, []).append(number)
        return found

    def _index_own(self, number: int, value: V, note: Callable[[list[int], int], None]) -> None:
        for (path, is_text), index in self._indexes.items():
            for each in _read(_values(value, path), is_text):
                numbers = index.setdefault(each, [])
                note(numbers, number)
                if not numbers:
                    del index[each]

    # --- changing ----------------------------------------------------------------------------------------

    def put(self, key: Hashable, value: V) -> None:
        """Add a value, or replace the one under this key in its place."""
        number = self.number(key)
        if number is None:
            number = self._added[key] = self._next
            self._next += 1
            if self._tail is not None:
                self._tail.append(number)
            if self._keys is not None:
                self._keys[number] = key
        elif self._indexes and number in self._own:
            self._index_own(number, self._own[number], list.remove)
        self._own[number] = value
        if self._indexes:
            self._index_own(number, value, insort)
        if self.changed is not None:
            self.changed[key] = None

    def remove(self, key: Hashable) -> V | None:
        """Take the value under a key away; None if there is none."""
        number = self.number(key)
        if number is None:
            return None
        value = self.at(number)
        if number in self._own:
            if self._indexes:
                self._index_own(number, value, list.remove)
            del self._own[number]
        if self._added.pop(key, None) is None:
            insort(self._gone, number)
        self._tail = None
        if self.changed is not None:
            self.changed[key] = None
        return value

    def clear(self) -> None:
        """Take everything away."""
        for key in list(self.items()):
            self.remove(key)

    def copy(self) -> Shelf[V]:
        """A shelf of its own with the same values."""
        other = Shelf(self._stock)
        other._own, other._added = dict(self._own), dict(self._added)
        other._gone, other._next = list(self._gone), self._next
        return other

    # --- keeping -----------------------------------------------------------------------------------------

    def change(self, key: Hashable) -> Change[V] | None:
        """What became of a key since the shelf began; None if nothing stands or stood there."""
        number = self._added.get(key)
        if number is not None:
            return key, number, self._own[number]
        place = self._stock.place(key)
        if place is None:
            return None
        return key, None, Gone.GONE if self._lacks(place) else self.at(place)

    def changes(self) -> Iterator[Change[V]]:
        """What became of every key since the shelf began, in the order of numbers."""
        stock = len(self._stock)
        for place in sorted({*self._gone, *(number for number in self._own if number < stock)}):
            key = self._stock.key(place)
            yield key, None, Gone.GONE if self._lacks(place) else self._own[place]
        for key, number in self._added.items():
            yield key, number, self._own[number]

    def resume(self, changes: Iterable[Change[V]]) -> None:
        """Become what a shelf was that began with the same and then changed so; numbers come in order.

        Raises:
            KeyError: it did not begin with the same.
        """
        for key, number, value in changes:
            place = self._stock.place(key)
            if place is None and number is None:
                raise KeyError(key)
            if place is not None and (number is not None or value is Gone.GONE):
                insort(self._gone, place)
            if number is not None:
                self._added[key] = number
                self._next = max(self._next, number + 1)
            if not isinstance(value, Gone):
                self._own[cast("int", place if number is None else number)] = value


def standing(values: Sequence[Hashable]) -> tuple[float, str]:
    """Where a value ranks by one member: numbers by what they are, before texts by their letters."""
    value = values[0] if values else ""
    return (float(value), "") if isinstance(value, int | float) else (inf, as_text(value))


def _merged(places: Sequence[int], own: list[int]) -> Sequence[int]:
    if not places:
        return list(own)
    return [*places, *own] if places[-1] < own[0] else sorted([*places, *own])


def _read(values: Sequence[Hashable], is_text: bool) -> Iterable[Hashable]:
    return dict.fromkeys(map(as_text, values)) if is_text else values


def _values(row: object, path: str) -> Sequence[Hashable]:
    return member_values(row.value if isinstance(row, Row) else row, path)


def _whole(row: Any) -> Mapping[str, Any]:
    value: Mapping[str, Any] = row.value
    return value


def as_text(value: object) -> str:
    """A member's value as a filter writes it: filter values are always text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):  # a tag
        return "=".join(str(value[name]) for name in sorted(value))
    return str(value)


def listed(elements: Iterable[Mapping[str, Any]]) -> tuple[Hashable, ...]:
    """A list of objects as the one value of a path that ends in ``[]``; none for an empty one."""
    whole = tuple(tuple(element.items()) for element in elements)
    return (whole,) if whole else ()


def member_values(value: Any, path: str) -> Sequence[Hashable]:
    """The distinct scalar values at a dotted path; lists along the way are walked, nothing gives nothing."""
    if path.endswith("[]"):
        *outer, name = path.removesuffix("[]").split(".")
        for step in outer:
            value = value.get(step) or {}
        return listed(value.get(name) or ())
    if type(value) is dict and "." not in path:
        alone = value.get(path)
        if alone is None:
            return ()
        if type(alone) is str or type(alone) is int or type(alone) is bool:
            return (alone,)
    found: list[Any] = [value]
    for name in path.split("."):
        found = [
            element
            for parent in found
            if isinstance(parent, Mapping) and parent.get(name) is not None
            for element in (parent[name] if isinstance(parent[name], list) else (parent[name],))
        ]
    return tuple(dict.fromkeys(leaf for leaf in found if not isinstance(leaf, Mapping | list)))
