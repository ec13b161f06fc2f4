"""The rows of one table in one region of one owner, and how they are kept, found and copied."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

V = TypeVar("V")


Maker = Callable[[int], Mapping[str, Any]]
"""Makes the value of a row from its number, always the same one."""
_UNMADE: Mapping[str, Any] = {}


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


class Shelf(Generic[V]):
    """Values by key in the order in which they were first put there.

    ``values`` gives them as a sequence, so that a page costs what the page holds.
    """

    __slots__ = ("_indexes", "_items", "_order", "_places", "_sequence", "is_shared")

    def __init__(self, items: Mapping[Any, V] | None = None) -> None:
        self._items: dict[Any, V] = dict(items) if items else {}
        self._sequence: list[V] | None = None
        self._indexes: dict[str, dict[Hashable, list[V]]] = {}
        self._places: dict[str, dict[str, list[int]]] = {}
        self._order: dict[Any, int] | None = None
        self.is_shared = False
        """A snapshot, a seed or another account sees it too: copy before changing."""

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[V]:
        return iter(self._items.values())

    def get(self, key: Hashable) -> V | None:
        """The value under a key, if there is one."""
        return self._items.get(key)

    def items(self) -> Mapping[Any, V]:
        """All of it, to be read."""
        return self._items

    def values(self) -> Sequence[V]:
        """All values in order."""
        if self._sequence is None:
            self._sequence = list(self._items.values())
        return self._sequence

    def put(self, key: Hashable, value: V) -> None:
        """Add a value, or replace the one under this key in its place."""
        if self._sequence is not None:
            if key in self._items:
                self._sequence = None
            else:
                self._sequence.append(value)
        self._forget()
        self._items[key] = value

    def remove(self, key: Hashable) -> V | None:
        """Take the value under a key away; None if there is none."""
        self._sequence = None
        self._forget()
        return self._items.pop(key, None)

    def clear(self) -> None:
        """Take everything away."""
        self._items.clear()
        self._sequence = None
        self._forget()

    def index(self, path: str) -> Mapping[Hashable, Sequence[V]]:
        """Rows by the value of one member (``Placement.Zone``); a list member counts each of its elements.

        Made at first use, kept until the shelf changes.
        """
        found = self._indexes.get(path)
        if found is None:
            found = self._indexes[path] = {}
            for row in self._items.values():
                for value in _values(row, path):
                    found.setdefault(value, []).append(row)
        return found

    def places(self, path: str) -> Mapping[str, Sequence[int]]:
        """Where in ``values`` the rows stand, by the value of one member as text; in order, each once.

        Made at first use, kept until the shelf changes.
        """
        found = self._places.get(path)
        if found is None:
            found = self._places[path] = {}
            for place, row in enumerate(self._items.values()):
                for text in dict.fromkeys(map(as_text, _values(row, path))):
                    found.setdefault(text, []).append(place)
        return found

    def place(self, key: Hashable) -> int | None:
        """Where in ``values`` the value under a key stands; no value is looked at."""
        if self._order is None:
            self._order = {known: place for place, known in enumerate(self._items)}
        return self._order.get(key)

    def _forget(self) -> None:
        self._indexes.clear()
        self._places.clear()
        self._order = None

    def copy(self) -> Shelf[V]:
        """A shelf of its own with the same values."""
        other = Shelf(self._items)
        other._sequence = list(self._sequence) if self._sequence is not None else None
        return other


def _values(row: object, path: str) -> Sequence[Hashable]:
    return member_values(row.value if isinstance(row, Row) else row, path)


def as_text(value: object) -> str:
    """A member's value as a filter writes it: filter values are always text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):  # a tag
        return "=".join(str(value[name]) for name in sorted(value))
    return str(value)


def member_values(value: Any, path: str) -> Sequence[Hashable]:
    """The distinct scalar values at a dotted path; lists along the way are walked, nothing gives nothing."""
    found: list[Any] = [value]
    for name in path.split("."):
        found = [
            element
            for parent in found
            if isinstance(parent, Mapping) and parent.get(name) is not None
            for element in (parent[name] if isinstance(parent[name], list) else (parent[name],))
        ]
    return tuple(dict.fromkeys(leaf for leaf in found if not isinstance(leaf, Mapping | list)))
