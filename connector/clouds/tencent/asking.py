"""Whom to ask: the calls that a line makes, out of what the lines before it showed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.clouds.tencent.products import Each, Line
from connector.clouds.tencent.products.line import PARENT
from connector.clouds.tencent.products.members import first, found
from connector.outcome import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a line: where it stands, what it belongs to, what it says."""

    place: Place
    parent: Place | None
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One call of a line: its parameters, and what they ask about."""

    params: Mapping[str, Any] = field(default_factory=dict)
    of: tuple[Place, ...] = ()
    label: str = ""
    """What was asked about, in the keys of what is shown."""
    covers: frozenset[str] = frozenset()
    """The values asked for, where each is asked for once."""

    @property
    def subject(self) -> str:
        """What it asks about, for people."""
        return ", ".join(place.key for place in self.of[:3]) or self.label or "everything"


EVERYTHING = Ask()
"""The one call of a line that needs to know nothing beforehand."""


def asks_about(line: Line, row: Row) -> Iterator[Ask]:
    """The calls that one row leads a line to."""
    for each in line.each:
        if each.of == row.place.kind and each.only(row.raw):
            yield from asks_of_each(each, row)


def asks_of_each(each: Each, row: Row) -> Iterator[Ask]:
    """The call about one row; none where the row lacks what has to be sent."""
    params = {name: parameter(each, path, row) for name, path in each.params.items()}
    if None in params.values():
        return
    if each.batch:
        params = {name: [value] for name, value in params.items()}
    if not each.distinct:
        yield Ask(params=params, of=(row.place,), label=row.place.key)
        return
    values = frozenset(str(value) for value in found(row.raw, each.distinct))
    if values:
        yield Ask(params=params, label="".join(values) if len(values) == 1 else "", covers=values)


def parameter(each: Each, path: str, row: Row) -> Any:
    """The value of one parameter; None where the row has none."""
    if path == PARENT:
        return row.parent.key if row.parent else None
    value = first(row.raw, path)
    return int(value) if each.numbers and value is not None else value


def merge(line: Line, asks: Iterable[Ask]) -> tuple[Ask, ...]:
    """Fewer calls that ask the same: each distinct value once, and as many at a time as one call takes."""
    kept: list[Ask] = []
    covered: set[str] = set()
    for ask in asks:
        if ask.covers and ask.covers <= covered:
            continue
        covered |= ask.covers
        kept.append(ask)
    size = max((each.batch for each in line.each), default=0)
    if size < 1:
        return tuple(kept)
    return tuple(together(kept[start : start + size]) for start in range(0, len(kept), size))


def together(asks: Sequence[Ask]) -> Ask:
    """One call about several things."""
    params = {name: [one for ask in asks for one in ask.params[name]] for name in asks[0].params}
    return Ask(params=params, of=tuple(place for ask in asks for place in ask.of))


def unheard_of(line: Line) -> Ask:
    """A call of the right form about what does not exist: where there is nothing yet to ask about."""
    each = line.each[0]
    value: Any = 1 if each.numbers or any(name.endswith("Uin") for name in each.params) else "none-00000000"
    return Ask(params={name: [value] if each.batch else value for name in each.params})
