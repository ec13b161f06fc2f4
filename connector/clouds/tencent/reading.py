"""Read one product in one region, whole or not at all, and say which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connector.clouds.tencent.asking import EVERYTHING, Ask
from connector.clouds.tencent.codes import explain
from connector.clouds.tencent.products import Paging, Product, is_everywhere
from connector.clouds.tencent.products.members import first, found, inmost, key_of
from connector.clouds.tencent.session import Session
from connector.errors import CloudError
from connector.outcome import (
    Broken,
    Complete,
    Denied,
    Item,
    Link,
    Meaning,
    Outcome,
    Partial,
    Place,
    Skipped,
    Why,
)

PASSES = 2
"""A list that moved while it was read is read once more from the start."""

PAGES_AT_MOST = 10_000
"""Where we stop believing that a list has an end."""

OnPage = Callable[[int, int | None], None]
"""Told after each page: items seen so far, the total the cloud states."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a reading reads: a line in a region, as one call of it asks."""

    product: Product
    region: str
    ask: Ask

    def params(self, position: int) -> dict[str, Any]:
        """The parameters that ask for the page at a position."""
        return {
            **self.product.params,
            **self.ask.params,
            **page_params(self.product.paging, position),
        }

    def place(self, key: str) -> Place:
        """Where a thing of this line stands."""
        return Place(self.product.kind, self.region, key)


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
    request_id: str = ""


def read(
    product: Product,
    region: str,
    session: Session,
    on_page: OnPage = lambda *_: None,
    ask: Ask = EVERYTHING,
) -> Outcome:
    """Read everything that ``product`` shows in ``region`` of what ``ask`` asks about.

    Complete means: every page stated the same total, and exactly that many different items were seen.
    A walk that falls short is walked once more before it ends as Partial.
    """
    source = Source(product, region, ask)
    walk = Pass()
    for _ in range(PASSES):
        walk = Pass()
        try:
            walk_pages(walk, source, session, on_page)
        except CloudError as error:
            return ended_early(walk, explain(error, product.permission, published=product.published))
        if walk.flaw is None:
            return Complete(tuple(walk.items.values()), walk.stated, request_id=walk.request_id)
    return ended_early(walk, walk.flaw or incomplete(product, "nothing was read", ""))


def ended_early(walk: Pass, reason: Why) -> Outcome:
    """The outcome of a walk that did not reach the end, by why and by what it had seen."""
    return ended_for(reason, tuple(walk.items.values()))


def ended_for(reason: Why, items: tuple[Item, ...] = ()) -> Outcome:
    """The outcome that a reason leaves, by what was seen all the same."""
    if items:
        return Partial(items, reason)
    match reason.meaning:
        case Meaning.DENIED:
            return Denied(reason)
        case Meaning.REGION | Meaning.NOT_ENABLED | Meaning.UNSERVED:
            return Skipped(reason)
        case _:
            return Broken(reason)


def walk_pages(walk: Pass, source: Source, session: Session, on_page: OnPage) -> None:
    """Walk a list to its end into ``walk``; what does not fit together is noted as its flaw."""
    product = source.product
    paging = product.paging
    position = paging.start if paging else 0
    for _ in range(PAGES_AT_MOST):
        page = fetch(source, session, position)
        add_page(walk, page, source)
        on_page(len(walk.items), page.total)
        if is_last(walk, page, paging):
            break
        position += advance(paging, len(page.rows))
    else:
        walk.flaw = incomplete(product, f"the list does not end within {PAGES_AT_MOST} pages", "")
    walk.flaw = walk.flaw or count_flaw(walk, product)


def advance(paging: Paging | None, rows: int) -> int:
    """How far the next page begins behind this one."""
    match paging:
        case Paging(by="pages"):
            return 1
        case Paging(by="whole pages"):
            return paging.limit
        case _:
            # By what came, not by what was asked: a server that cuts pages short loses us nothing.
            return rows


def fetch(source: Source, session: Session, position: int) -> Page:
    """Fetch one page; an answer that is not of the published shape is an error like any other."""
    product = source.product
    region = source.region if product.regional else ""
    params = source.params(position)
    answer = session.call(product.service, product.version, product.action, params, region)
    request_id = str(answer.get("RequestId", ""))
    if product.single:
        return only_page(product, answer, request_id)
    total = stated_total(product, answer, request_id)
    holder, name = inmost(answer, product.items)
    rows = holder.get(name)
    if rows is None and name in holder and not total:
        rows = []  # Observed: an empty list is null in some products.
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise misshapen(f"`{product.items}` is not a list of objects", request_id)
    return Page(tuple(rows), total, request_id)


def only_page(product: Product, answer: Mapping[str, Any], request_id: str) -> Page:
    """The one object that an answer is or holds; no row where it says that there is no such thing."""
    if product.items and product.items not in answer:
        raise misshapen(f"`{product.items}` is missing", request_id)
    bare = {name: value for name, value in answer.items() if name != "RequestId"}
    value = bare[product.items] if product.items else bare
    if value is None or (product.absent and first(value, product.absent) is None):
        return Page((), 0, request_id)
    if not isinstance(value, dict):
        raise misshapen(f"`{product.items}` is not an object", request_id)
    return Page((value,), 1, request_id)


def stated_total(product: Product, answer: Mapping[str, Any], request_id: str) -> int | None:
    """The total an answer states; None only where the contract has none."""
    if product.total is None:
        return None
    holder, name = inmost(answer, product.total)
    total = holder.get(name)
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise misshapen(f"`{product.total}` is {total!r}, not a count", request_id)
    return total


def misshapen(message: str, request_id: str) -> CloudError:
    """An answer that the published contract does not allow."""
    return CloudError("ServerNetworkError.Misshapen", message, request_id)


def page_params(paging: Paging | None, position: int) -> dict[str, Any]:
    """The parameters that name a page."""
    if paging is None:
        return {}
    numbers = {paging.at: position, paging.size: paging.limit}
    return {name: str(number) for name, number in numbers.items()} if paging.as_text else dict(numbers)


def add_page(walk: Pass, page: Page, source: Source) -> None:
    """Add a page's rows, once each; a total that moved is a flaw."""
    product = source.product
    if walk.pages and page.total != walk.stated:
        walk.flaw = incomplete(
            product, f"the total moved from {walk.stated} to {page.total} while we read", page.request_id
        )
    walk.stated, walk.request_id = page.total, page.request_id
    walk.pages += 1
    walk.rows += len(page.rows)
    for row in page.rows:
        key = key_of(product.key, row, source.ask.label)
        if not key and product.key:
            walk.flaw = incomplete(product, f"a row has no `{product.key}`", page.request_id)
            continue
        walk.items[key] = item_of(source, row, key, page.request_id)


def item_of(source: Source, row: Mapping[str, Any], key: str, request_id: str) -> Item:
    """A row as a thing."""
    product, region = source.product, source.region
    name = str(row.get(product.name) or "") if product.name else ""
    head = {"InstanceId": key, "InstanceName": name}
    return Item(
        key=key,
        name=name,
        raw=row,
        fields={} if product.facts else head | product.fields(row, region),
        request_id=request_id,
        parent=source.ask.of[0] if product.belongs else None,
        links=links_of(product, row, region),
    )


def links_of(product: Product, row: Mapping[str, Any], region: str) -> tuple[Link, ...]:
    """What a row says of other things."""
    links = (
        Link(edge.kind, Place(edge.to, "" if is_everywhere(edge.to) else region, str(key)), edge.by_name)
        for edge in product.edges
        for key in found(row, edge.at)
        if key != ""
    )
    return tuple(dict.fromkeys(links))


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
