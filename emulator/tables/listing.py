"""How rows are listed: found, counted, cut to a page and put into the published answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.contract.conform import Encoded, Encodeds, encode_value
from emulator.contract.model import Shape
from emulator.contract.paging import Paging
from emulator.errors import ApiError, not_emulated
from emulator.tables.call import Call, Result
from emulator.tables.declare import Lists, Manners, Rule, Sort, Via, Window
from emulator.tables.filters import by_keys, narrow, one_tag
from emulator.world.shelves import Row, as_text, member_values, standing
from emulator.world.views import Found, Picked, Values


@dataclass(frozen=True, slots=True)
class Listing:
    """A list action as bound to the contract."""

    lists: Lists
    into: str
    item: Shape
    paging: Paging
    is_total_text: bool = False
    is_token_text: bool = False
    tokens: Paging | None = None
    """The other way to say a page, where there is one."""

    def perform(self, call: Call) -> Result:
        """Answer a list call from the shelf of its region."""
        lists, params = self.lists, call.params
        check_asked(lists, call)
        paging = self._paging(params)
        offset, limit = window(params, paging, lists.page, lists.manners)
        found = self._rows(call)
        if call.sees is not None:
            found = call.sees(found)
        rows = ordered(found if lists.narrowed is None else lists.narrowed(call, found), lists, params)
        page = rows[offset : None if limit is None else offset + limit]
        shown: Sequence[object]
        if lists.shown is None:
            shown = encoded(page, self.item)
        else:
            shown = [lists.shown(call, row.value) for row in page]
        result: dict[str, Any] = {} if paging.total is None else {paging.total: self._count(rows)}
        result[self.into] = shown
        if paging.style == "token":
            self._continue(result, paging, offset + len(page), len(rows))
        return result

    def _paging(self, params: Mapping[str, Any]) -> Paging:
        """The way in which a call says its page."""
        lists, tokens = self.lists, self.tokens
        if lists.tokens is None or tokens is None or not (by_token := _said(params, tokens)):
            return self.paging
        if by_number := _said(params, self.paging):
            raise lists.tokens(by_token[0], by_number[0])
        return tokens

    def _count(self, rows: Sequence[Row]) -> int | str:
        return str(len(rows)) if self.is_total_text else len(rows)

    def _continue(self, result: dict[str, Any], paging: Paging, reached: int, count: int) -> None:
        # Assumed: what tokens look like; ours say how many rows came before. The last page has an empty one.
        is_more = reached < count
        if paging.next is not None:
            result[paging.next] = (str(reached) if is_more else "") if self.is_token_text else reached
        if paging.more is not None:
            result[paging.more] = is_more
        if paging.over is not None:
            result[paging.over] = not is_more

    def _rows(self, call: Call) -> Found[Row]:
        lists, params = self.lists, call.params
        shelf = call.world.read(lists.of.name, call.region if lists.of.home == "region" else "")
        wants = self._wants(call)
        keys = asked_keys(lists, params)
        if not keys:
            return narrow(shelf, lists.of.key, wants)
        return by_keys(shelf, keys, lists.manners.absent, lists.of.key, wants)

    def _wants(self, call: Call) -> list[tuple[Rule, Sequence[str]]]:
        params = call.params
        wants: list[tuple[Rule, Sequence[str]]] = []
        for given in params.get("Filters") or ():
            rule, values = (
                self._filter(given.get("Name") or ""),
                [str(each) for each in given.get("Values") or ()],
            )
            wants.append(
                (rule.path, _owners(call, rule, values)) if isinstance(rule, Via) else (rule, values)
            )
        for name, rule in self.lists.params.items():
            value = params.get(name)
            if value not in (None, [], ""):
                wants.append(
                    (rule, [as_text(each) for each in (value if isinstance(value, list) else [value])])
                )
        return wants

    def _filter(self, name: str) -> Rule | Via:
        filters = self.lists.filters
        rule = filters.get(name)
        if name.startswith("tag:"):
            tags = filters.get("tag:")
            rule = one_tag(tags, name.removeprefix("tag:")) if isinstance(tags, str) else None
        if rule is None:
            raise self.lists.manners.unknown_filter(name)
        return rule


def asked_keys(lists: Lists, params: Mapping[str, Any]) -> Sequence[str]:
    """The keys a request names."""
    keys = params.get(lists.ids) if lists.ids else None
    if keys is None:
        return ()
    return keys if isinstance(keys, list) else (keys,)


def _owners(call: Call, rule: Via, values: Sequence[str]) -> list[str]:
    """The keys of what has one of the values in any of a filter's members."""
    shelf = call.world.read(rule.of.name, call.region if rule.of.home == "region" else "")
    found = (narrow(shelf, rule.of.key, [(member, values)]) for member in rule.members)
    return [str(row.value[rule.of.key]) for rows in found for row in rows]


def _said(params: Mapping[str, Any], paging: Paging) -> list[str]:
    """The parameters with which a call says its page in one way."""
    names = (paging.offset, paging.limit)
    return [name for name in names if name is not None and params.get(name) not in (None, "")]


def check_asked(lists: Lists, call: Call) -> None:
    """Refuse what the product refuses before it looks at any row."""
    params = call.params
    for name in lists.refuses:
        if params.get(name) is not None:
            raise not_emulated(call.action.key, f"its parameter {name} is not served yet.")
    keys, filters = asked_keys(lists, params), params.get("Filters") or ()
    if keys:
        rivals = [each for each in filters if not lists.rivals or each.get("Name") in lists.rivals]
        if rivals and lists.manners.both is not None:
            raise lists.manners.both(lists.ids or "")
        _check_keys(lists, keys)
    if filters:
        _check_filters(lists, filters)


def _check_keys(lists: Lists, keys: Sequence[str]) -> None:
    manners = lists.manners
    if manners.too_many is not None and len(keys) > lists.most_ids:
        raise manners.too_many(lists.ids or "", lists.most_ids)
    if manners.malformed is not None and lists.of.prefix:
        for key in keys:
            if not has_form(key, lists.of.prefix):
                raise manners.malformed(key)


def _check_filters(lists: Lists, filters: Sequence[Mapping[str, Any]]) -> None:
    too_many = lists.manners.too_many
    if too_many is None:
        return
    if len(filters) > lists.most_filters:
        raise too_many("Filters", lists.most_filters)
    for given in filters:
        if len(given.get("Values") or ()) > lists.most_values:
            raise too_many("Filter.Values", lists.most_values)


def has_form(key: str, prefix: str) -> bool:
    """Whether a key looks like one of its kind: the prefix, a hyphen, letters or digits."""
    head, hyphen, tail = key.rpartition("-")
    return bool(hyphen) and head == prefix and tail.isascii() and tail.isalnum()


def ordered(rows: Sequence[Row], lists: Lists, params: Mapping[str, Any]) -> Sequence[Row]:
    """Rows in the order that the list's parameters ask for.

    Raises:
        ApiError: what the product says to an order that it does not know.
    """
    orders, sort = lists.orders, lists.sort
    if not orders:
        return rows
    given, descends = params.get(sort.by) or "", _descends(sort, params)
    if given and given not in orders:
        raise sort.unknown(sort.by, given)
    by = given or ("" if sort.is_standing and descends is None else sort.standard)
    if by == "":
        return rows
    if not given and sort.is_standard_descending is not None:
        descends = sort.is_standard_descending
    path = orders[by]
    is_reverse = sort.is_descending if descends is None else descends
    if isinstance(rows, Values | Picked):
        return rows.by(path, descends=is_reverse)
    return sorted(rows, key=lambda row: standing(member_values(row.value, path)), reverse=is_reverse)


def _descends(sort: Sort, params: Mapping[str, Any]) -> bool | None:
    """Whether the order asked for descends; None where no direction is given."""
    said = {name: params[name] for name in sort.directions if params.get(name) not in (None, "")}
    for name, value in said.items():
        if value not in (*sort.ascending, *sort.descending):
            raise sort.unknown(name, value)
    return any(value in sort.descending for value in said.values()) if said else None


def window(
    params: Mapping[str, Any], paging: Paging, page: Window, manners: Manners
) -> tuple[int, int | None]:
    """Where the page begins and how many rows it may hold; None for all.

    Raises:
        ApiError: what the product says to an offset or limit out of range.
    """
    if paging.limit is None and paging.offset is None:
        return 0, None
    limit = page.default if paging.limit is None else _number(params, paging.limit, page.default)
    if limit == 0 and page.zero_is_default:
        limit = page.default
    if paging.limit is not None and not page.floor <= limit <= page.ceiling:
        if manners.out_of_range is not None:
            raise manners.out_of_range(paging.limit, limit)
        limit = min(max(limit, page.floor), page.ceiling)
    first = paging.first
    start = first if paging.offset is None else _number(params, paging.offset, first)
    if start < first or (page.is_aligned and start % limit):
        if manners.out_of_range is not None and paging.offset is not None:
            raise manners.out_of_range(paging.offset, start)
        start = first if start < first else start - start % limit
    return ((start - first) * limit if paging.style == "page" else start), limit


def encoded(rows: Iterable[Row], item: Shape) -> Encodeds:
    """Rows in the form that leaves over the wire; each is made once."""
    return Encodeds(
        [
            known if type(known := row.encoded) is Encoded and known.shape is item else _encode(row, item)
            for row in rows
        ]
    )


def _encode(row: Row, item: Shape) -> Encoded:
    made = row.encoded = encode_value(item, row.value)
    return made


def _number(params: Mapping[str, Any], name: str | None, default: int) -> int:
    value = params.get(name) if name is not None else None
    if value is None or value == "":
        return default
    try:
        return int(value)
    except ValueError as reason:
        # Assumed: the code and text for an offset or limit that is text but no number.
        raise ApiError(
            "InvalidParameterValue", f"The value of parameter `{name}` is not a number."
        ) from reason
