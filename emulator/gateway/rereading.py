"""A list read anew: as the world was once, or as if rows had moved while a client paged through it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice, takewhile
from typing import Any

from emulator.contract.conform import encode_answer
from emulator.contract.paging import paging
from emulator.errors import ApiError
from emulator.faults.effects import ShiftedPage, StalePage
from emulator.faults.page import Page
from emulator.faults.planned import Firing
from emulator.tables.bind import Bound
from emulator.tables.call import Call, Result
from emulator.world.world import World

PAGES_AT_MOST = 100_000
"""Where a walk by tokens ends that would not end by itself."""

Position = int | str | None
"""Where a page begins: an offset or the number of a page, both from 0, or a token; None: at the start."""


@dataclass(frozen=True, slots=True)
class Start:
    """How much of the list comes before a page, and how many rows the first page has."""

    pages: int
    rows: int
    size: int


class Rereading:
    """One list call that was performed, and can be performed again elsewhere in its list.

    The neighbours of its page are found by the call's own paging, through the action itself: whatever the
    action does to rows (filters, orders, encodes them) is done to theirs as well.
    """

    def __init__(self, bound: Bound, page: Page, call: Call) -> None:
        self._bound = bound
        self._page = page
        self._call = call
        self._paging = paging(bound.action)

    @property
    def number(self) -> int:
        """Which page of the list the call asked for, from 1."""
        return self._start.pages + 1

    def body(self, firings: Iterable[Firing[Any]], request_id: str) -> bytes:
        """The answer as those of the firings want it that need the list anew.

        Raises:
            ApiError: what the action said in an older state of the world.
        """
        here, by, total_by = self, 0, 0
        for firing in firings:
            match firing.effect:
                case StalePage() if isinstance(firing.past, World):
                    here = self.in_world(firing.past)
                case ShiftedPage() as shift:
                    by += shift.by
                    total_by += shift.by if shift.moves_total else 0
        return encode_answer(self._bound.action, here.shifted(by, total_by), request_id)

    def in_world(self, world: World) -> Rereading:
        """The same call in another state of the world."""
        # A copy, lest what a read might write be seen by the next.
        caller = replace(self._call.caller, world=world.as_it_is())
        return Rereading(self._bound, self._page, replace(self._call, caller=caller))

    def shifted(self, by: int, total_by: int) -> Result:
        """The answer as if so many rows before its page had gone, or come if negative; so the total."""
        result = self._bound.perform(self._call)
        if by == total_by == 0:
            return result
        start, rows = self._start, self._rows(result)
        # What has gone before the page cannot be more than there was.
        by, total_by = min(by, start.rows), min(total_by, start.rows)
        near = self._onward(result, rows) if by > 0 else chain(self._before(-by), rows)
        shown = list(islice(near, max(by, 0), max(by, 0) + start.size))
        changed = _changed(result, self._page.list_member, lambda _: shown)
        total = self._page.total_member
        return changed if total is None else _changed(changed, total, lambda value: _less(value, total_by))

    # --- places in the list ------------------------------------------------------------------------------

    @cached_property
    def _position(self) -> Position:
        pages = self._paging
        given = self._call.params.get(pages.offset) if pages.offset is not None else None
        if pages.style == "token":
            return given or None
        return max(0, int(given) - pages.first) if given not in (None, "") else 0

    @cached_property
    def _start(self) -> Start:
        size, position = len(self._rows(self._at(None))), self._position
        match self._paging.style, position:
            case "offset", int():
                # What begins behind an empty first page is the second.
                return Start(position // size if size else min(1, position), position, size)
            case "page", int():
                return Start(position, position * size, size)
        before = takewhile(lambda page: page[0] != position, self._pages_from(None))
        counts = [len(rows) for _, rows in before]
        return Start(len(counts), sum(counts), size)

    def _back(self, pages: int) -> tuple[Position, int]:
        """Where the page begins that is so many before this one, and how many rows come before it."""
        start = self._start
        match self._paging.style:
            case "offset":
                offset = max(0, start.rows - pages * start.size)
                return offset, offset
            case "page":
                number = max(0, start.pages - pages)
                return number, number * start.size
        return None, 0

    # --- rows --------------------------------------------------------------------------------------------

    def _onward(self, result: Result, rows: list[Any]) -> Iterator[Any]:
        """The rows of the page, and all that follow it."""
        yield from rows
        following = self._next(self._position, result, len(rows)) if rows else None
        if following is not None:
            for _, further in self._pages_from(following):
                yield from further

    def _before(self, count: int) -> Iterator[Any]:
        """The last rows before the page, so many at most."""
        start = self._start
        if not start.size:
            return iter(())
        first, skipped = self._back(-(-count // start.size))
        rows = chain.from_iterable(rows for _, rows in self._pages_from(first))
        end = start.rows - skipped
        return islice(rows, max(0, end - count), end)

    def _pages_from(self, position: Position) -> Iterator[tuple[Position, list[Any]]]:
        """The pages of the list that hold rows, from one on, and where each begins."""
        for _ in range(PAGES_AT_MOST):
            try:
                result = self._at(position)
            except ApiError:
                return  # Some products refuse to look beyond the end.
            rows = self._rows(result)
            if not rows:
                return
            yield position, rows
            following = self._next(position, result, len(rows))
            if following is None:
                return
            position = following

    def _at(self, position: Position) -> Result:
        pages, params = self._paging, dict(self._call.params)
        name = pages.offset or ""
        if pages.style == "token":
            params.pop(name, None)
            if position is not None:
                params[name] = position
        elif position or name in params:  # where to start has to be said in some products
            number = int(position or 0) + pages.first
            params[name] = str(number) if pages.strings else number
        return self._bound.perform(replace(self._call, params=params))

    def _next(self, position: Position, result: Result, count: int) -> Position:
        """Where the page begins that follows one of so many rows; None if there is none."""
        pages = self._paging
        if isinstance(position, int):
            return position + (1 if pages.style == "page" else count)
        is_over = result.get(pages.more or "") is False or result.get(pages.over or "") is True
        token = None if is_over else result.get(pages.next or "")
        return token if token is None else str(token) or None

    def _rows(self, result: Result) -> list[Any]:
        holder: Any = result
        for name in self._page.list_member.split("."):
            holder = holder.get(name) if isinstance(holder, Mapping) else None
        return list(holder) if isinstance(holder, list | tuple) else []


def _changed(result: Mapping[str, Any], path: str, change: Callable[[Any], Any]) -> Mapping[str, Any]:
    """A copy of a result in which the member at a dotted path, if it is there, is another."""
    name, dot, rest = path.partition(".")
    value = result.get(name)
    if dot:
        return {**result, name: _changed(value, rest, change)} if isinstance(value, Mapping) else result
    return {**result, name: change(value)} if name in result else result


def _less(total: Any, by: int) -> Any:
    """A total from which rows were taken, be it a number or a text."""
    return str(max(0, int(total) - by)) if isinstance(total, str) else max(0, total - by)
