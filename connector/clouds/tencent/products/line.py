"""What a line of the table says: which call, of whom it asks, what its answers hold; and what may be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

Fields = Callable[[Mapping[str, Any], str], dict[str, Any]]
"""Says a row of a region in our fields."""

Where = Literal["once", "every region"]

PARENT = "^"
"""In a key: what was asked about. In parameters: the parent of what is asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """How a list is paged. ``start`` is a row's or a page's number, by what ``by`` counts."""

    at: str = "Offset"
    size: str = "Limit"
    limit: int = 100
    by: Literal["rows", "whole pages", "pages"] = "rows"
    """``whole pages``: positions are rows, and only multiples of the size are taken."""
    start: int = 0
    as_text: bool = False
    """Numbers are sent as strings (vpc's older lists want them so)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Each:
    """One call for each row of another line, its parameters taken from that row."""

    of: str
    """The kind of that line."""
    params: Mapping[str, str]
    """The member that each parameter takes; ``^`` is the parent of what the row shows."""
    distinct: str = ""
    """The member whose values are asked for once each, whatever number of rows bears them."""
    batch: int = 0
    """So many rows are asked about in one call, each parameter a list; 0 for one row a call."""
    numbers: bool = False
    """The parameters are numbers, even where the row says them as text."""
    only: Callable[[Mapping[str, Any]], bool] = lambda _: True
    """Which rows are asked about."""


@dataclass(frozen=True, slots=True)
class Edge:
    """What a row has to do with a thing of another kind, whose keys stand in the member ``at``."""

    kind: str
    to: str
    at: str
    by_name: bool = False
    """The member holds the other's name rather than its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One read: a list of things, or with ``facts`` what there is to know about things already seen."""

    writes: ClassVar[bool] = False
    kind: str
    features: tuple[str, ...]
    service: str
    version: str
    action: str
    params: Mapping[str, Any] = field(default_factory=dict)
    """Parameters that are the same in every call."""
    items: str
    """The member that holds the rows, or the one object; dotted where it lies deeper, empty for all of it."""
    single: bool = False
    """An answer holds one object instead of rows."""
    key: str = ""
    """A row's key: members in braces, such as ``{InstanceId}``; ``:d`` after one that is a number."""
    name: str = ""
    total: str | None = None
    """The member that states how many there are, dotted as ``items``; None where the contract has none."""
    where: Where = "every region"
    each: tuple[Each, ...] = ()
    """Of whom it asks; empty for a list that needs to know nothing beforehand."""
    paging: Paging | None = None
    facts: bool = False
    absent: str = ""
    """Where this member is null, there is no such thing."""
    regional: bool = True
    """Whether calls name the region; a service that exists once answers for every region."""
    published: bool = True
    """Whether the cloud publishes the action; one that it does not may be unknown at its gateway."""
    probed: Literal["one region", "every region"] = "one region"
    """Where the permission is tried: a grant of some regions only is found out at once, or by reading."""
    fields: Fields = lambda _row, _region: {}
    edges: tuple[Edge, ...] = ()

    @property
    def permission(self) -> str:
        """The action as CAM names it."""
        return f"{self.service}:{self.action}"

    @property
    def parents(self) -> tuple[str, ...]:
        """The kinds that must be read before."""
        return tuple(each.of for each in self.each)

    @property
    def belongs(self) -> bool:
        """Whether each thing it shows belongs to the one thing that was asked about."""
        return bool(self.each) and not self.facts and not any(each.distinct for each in self.each)

    def in_pages_of(self, rows: int | None) -> Product:
        """The same list in pages of at most so many rows."""
        if self.paging is None or rows is None or rows >= self.paging.limit:
            return self
        return replace(self, paging=replace(self.paging, limit=rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One write: what may be done to the cloud at the user's word, and never by a reading."""

    writes: ClassVar[bool] = True
    does: str
    """What it does, for people."""
    features: tuple[str, ...]
    service: str
    version: str
    action: str
    params: Mapping[str, Any]
    """Parameters that change nothing: authorised like any others, then refused, or done to nothing."""
    each: tuple[Each, ...] = ()
    """What it is done to."""
    regional: bool = False
    published: bool = True
    where: Where = "once"
    probed: Literal["one region", "every region"] = "one region"

    @property
    def permission(self) -> str:
        """The action as CAM names it."""
        return f"{self.service}:{self.action}"


Line = Product | Deed
"""Whatever makes a call, and needs a permission."""
