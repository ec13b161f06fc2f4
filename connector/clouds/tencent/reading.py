"""Read one product in one region, whole or not at all, and say which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connector.clouds.tencent.codes import explain
from connector.clouds.tencent.products import Paging, Product
from connector.clouds.tencent.session import Session
from connector.errors import CloudError
from connector.outcome import Broken, Complete, Denied, Item, Meaning, Outcome, Partial, Skipped, Why

PASSES = 2
"""A list that moved while it was read is read once more from the start."""

PAGES_AT_MOST = 10_000
"""Where we stop believing that a list has an end."""

OnPage = Callable[[int, int | None], None]
"""Told after each page: items seen so far, the total the cloud states."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a list."""

    rows: tuple[Mapping[str, Any], ...]
    total: int | None
    request_id: str


@dataclass(slots=True)
class Pass:
    """One walk over a list: what it has seen, and what was wrong with it."""

    items: dict[str, Item] = field(default_factory=dict)
    rows: int = 0
    stated: int | None = None
    pages: int = 0
    flaw: Why | None = None


def read(product: Product, region: str, session: Session, on_page: OnPage = lambda *_: None) -> Outcome:
    """Read everything ``product`` lists in ``region``.

    Complete means: every page stated the same total, and exactly that many different items were seen.
    A walk that falls short is walked once more before it ends as Partial.
    """
    walk = Pass()
    for _ in range(PASSES):
        walk = Pass()
        try:
            walk_pages(walk, product, region, session, on_page)
        except CloudError as error:
            return ended_early(walk, explain(error, product.permission))
        if walk.flaw is None:
            return Complete(tuple(walk.items.values()), walk.stated)
    return ended_early(walk, walk.flaw or incomplete(product, "nothing was read", ""))


def ended_early(walk: Pass, reason: Why) -> Outcome:
    """The outcome of a walk that did not reach the end, by why and by what it had seen."""
    if walk.items:
        return Partial(tuple(walk.items.values()), reason)
    match reason.meaning:
        case Meaning.DENIED:
            return Denied(reason)
        case Meaning.REGION | Meaning.NOT_ENABLED:
            return Skipped(reason)
        case _:
            return Broken(reason)


def walk_pages(walk: Pass, product: Product, region: str, session: Session, on_page: OnPage) -> None:
    """Walk a list to its end into ``walk``; what does not fit together is noted as its flaw."""
    position = product.paging.start if product.paging else 0
    for _ in range(PAGES_AT_MOST):
        page = fetch(product, region, session, position)
        add_page(walk, page, product, region)
        on_page(len(walk.items), page.total)
        if is_last(walk, page, product.paging):
            break
        # By what came, not by what was asked: a server that cuts pages short loses us nothing.
        position += len(page.rows) if product.paging and product.paging.by == "rows" else 1
    else:
        walk.flaw = incomplete(product, f"the list does not end within {PAGES_AT_MOST} pages", "")
    walk.flaw = walk.flaw or count_flaw(walk, product)


def fetch(product: Product, region: str, session: Session, position: int) -> Page:
    """Fetch one page; an answer that is not of the published shape is an error like any other."""
    params = page_params(product.paging, position)
    answer = session.call(product.service, product.version, product.action, params, region)
    request_id = str(answer.get("RequestId", ""))
    total = stated_total(product, answer, request_id)
    rows = answer.get(product.items)
    if rows is None and product.items in answer and not total:
        rows = []  # Observed: an empty list is null in some products.
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise misshapen(f"`{product.items}` is not a list of objects", request_id)
    return Page(tuple(rows), total, request_id)


def stated_total(product: Product, answer: Mapping[str, Any], request_id: str) -> int | None:
    """The total an answer states; None only where the contract has none."""
    if product.total is None:
        return None
    total = answer.get(product.total)
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise misshapen(f"`{product.total}` is {total!r}, not a count", request_id)
    return total


def misshapen(message: str, request_id: str) -> CloudError:
    """An answer that the published contract does not allow."""
    return CloudError("ServerNetworkError.Misshapen", message, request_id)


def page_params(paging: Paging | None, position: int) -> dict[str, Any]:
    """The parameters that ask for the page at a position."""
    if paging is None:
        return {}
    numbers = {paging.at: position, paging.size: paging.limit}
    return {name: str(number) for name, number in numbers.items()} if paging.as_text else dict(numbers)


def add_page(walk: Pass, page: Page, product: Product, region: str) -> None:
    """Add a page's rows, once each; a total that moved is a flaw."""
    if walk.pages and page.total != walk.stated:
        walk.flaw = incomplete(
            product, f"the total moved from {walk.stated} to {page.total} while we read", page.request_id
        )
    walk.stated = page.total
    walk.pages += 1
    walk.rows += len(page.rows)
    for row in page.rows:
        key = row.get(product.key)
        if not isinstance(key, str) or not key:
            walk.flaw = incomplete(product, f"a row has no `{product.key}`", page.request_id)
            continue
        walk.items[key] = Item(
            key=key,
            name=str(row.get(product.name) or ""),
            raw=row,
            fields=product.fields(row, region),
            request_id=page.request_id,
        )


def is_last(walk: Pass, page: Page, paging: Paging | None) -> bool:
    """Whether there is nothing more to ask for.

    A full page proves no end, whatever total is stated beside it: a total that is too small would have us
    let go of what it leaves out. So one more page is asked for then, which has to be empty.
    """
    if paging is None or not page.rows:
        return True
    is_full = len(page.rows) >= paging.limit
    return not is_full and (walk.stated is None or walk.rows >= walk.stated)


def count_flaw(walk: Pass, product: Product) -> Why | None:
    """Say when a walk did not see as many different items as the cloud stated."""
    if walk.stated is None or len(walk.items) == walk.stated:
        return None
    return incomplete(
        product, f"the cloud stated {walk.stated} and showed {len(walk.items)} different ones", ""
    )


def incomplete(product: Product, message: str, request_id: str) -> Why:
    """A reason of ours: the answers do not make a whole."""
    return Why(meaning=Meaning.INCOMPLETE, action=product.permission, message=message, request_id=request_id)
