"""How rows are listed: found, counted, cut to a page and put into the published answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.contract.conform import Encoded, encode_value
from emulator.contract.model import Shape
from emulator.contract.paging import Paging
from emulator.errors import ApiError
from emulator.tables.call import Call, Result
from emulator.tables.declare import Lists, Page, Test
from emulator.tables.filters import Rule, by_keys, narrow
from emulator.world.shelves import Row


@dataclass(frozen=True, slots=True)
class Listing:
    """A list action as bound to the contract."""

    lists: Lists
    into: str
    item: Shape
    paging: Paging

    def perform(self, call: Call) -> Result:
        """Answer a list call from the shelf of its region."""
        lists = self.lists
        if lists.check is not None:
            lists.check(call)
        offset, limit = window(call.params, self.paging, lists.page)
        rows = self._rows(call)
        page = rows[offset : None if limit is None else offset + limit]
        shown: list[object]
        if lists.shown is None:
            shown = [encoded(row, self.item) for row in page]
        else:
            shown = [lists.shown(call, row.value) for row in page]
        result: dict[str, Any] = {} if self.paging.total is None else {self.paging.total: len(rows)}
        result[self.into] = shown
        if lists.extra is not None:
            result.update(lists.extra(call))
        return result

    def _rows(self, call: Call) -> Sequence[Row]:
        lists, params = self.lists, call.params
        shelf = call.world.read(lists.of.name, call.region if lists.of.home == "region" else "")
        wants = self._wants(params)
        keys = params.get(lists.ids) if lists.ids else None
        if not keys:
            return narrow(shelf, wants)
        rows: Sequence[Row] = by_keys(shelf, keys if isinstance(keys, list) else [keys], lists.absent)
        if wants:
            kept = {id(row) for row in narrow(shelf, wants)}
            rows = [row for row in rows if id(row) in kept]
        return rows

    def _wants(self, params: Mapping[str, Any]) -> list[tuple[Rule, Sequence[str]]]:
        wants: list[tuple[Rule, Sequence[str]]] = []
        for given in params.get("Filters") or ():
            rule = self._filter(given["Name"])
            wants.append((rule, [str(value) for value in given.get("Values") or given.get("Value") or ()]))
        for name, rule in self.lists.params.items():
            value = params.get(name)
            if value is not None and value != [] and value != "":
                wants.append((rule, [str(each) for each in (value if isinstance(value, list) else [value])]))
        return wants

    def _filter(self, name: str) -> Rule:
        filters = self.lists.filters
        rule = filters.get(name)
        if rule is None and name.startswith("tag:") and "tag:" in filters:
            rule = _one_tag(name.removeprefix("tag:"))
        if rule is None:
            make = self.lists.unknown_filter or unknown_filter
            raise make(name)
        return rule


def window(params: Mapping[str, Any], paging: Paging, page: Page) -> tuple[int, int | None]:
    """Where the page begins and how many rows it may hold; None for all.

    Raises:
        ApiError: what the product says to an offset or limit out of range.
    """
    if paging.limit is None:
        return 0, None
    limit = _number(params, paging.limit, page.default)
    if not page.floor <= limit <= page.ceiling:
        if page.excess is not None:
            raise page.excess(paging.limit, limit)
        limit = min(max(limit, page.floor), page.ceiling)
    first = paging.first
    start = _number(params, paging.offset, first) if paging.offset is not None else first
    if start < first:
        if page.excess is not None and paging.offset is not None:
            raise page.excess(paging.offset, start)
        start = first
    return ((start - first) * limit if paging.style == "page" else start), limit


def encoded(row: Row, item: Shape) -> Encoded:
    """A row in the form that leaves over the wire; made once."""
    known = row.encoded
    if isinstance(known, Encoded) and known.shape is item:
        return known
    made = encode_value(item, row.value)
    row.encoded = made
    return made


def unknown_filter(name: str) -> ApiError:
    """A filter name the product does not have."""
    # Assumed: code and text; products differ.
    return ApiError("InvalidParameterValue", f"The filter `{name}` is not supported.")


def _number(params: Mapping[str, Any], name: str | None, default: int) -> int:
    value = params.get(name) if name is not None else None
    if value is None or value == "":
        return default
    try:
        return int(value)
    except ValueError as reason:
        # Assumed: the code and text for an offset or limit that is text but no number.
        raise ApiError("InvalidParameterValue", f"The value of parameter `{name}` is not a number.") from reason


def _one_tag(key: str) -> Test:
    def test(row: Mapping[str, Any], wanted: Sequence[str]) -> bool:
        for tag in row.get("Tags") or row.get("TagSet") or ():
            if tag.get("Key", tag.get("TagKey")) == key:
                return tag.get("Value", tag.get("TagValue")) in wanted
        return False

    return test
