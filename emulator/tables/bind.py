"""Declarations held against the published contract: a name that is not in it refuses to start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from emulator.contract.catalog import Catalog
from emulator.contract.conform import complete
from emulator.contract.model import Action, Member, Shape
from emulator.contract.paging import (
    candidates,
    is_list_read,
    is_paged,
    is_read,
    listed,
    main_list,
    paging,
)
from emulator.errors import ApiError, BadInput, NotFound, Violation
from emulator.faults.page import Page
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import (
    Asks,
    Declared,
    Does,
    Further,
    Home,
    Lists,
    On,
    OnPart,
    OnTags,
    Rule,
    Service,
    Table,
    Via,
    Whose,
    Window,
    operation_level,
)
from emulator.tables.listing import Listing

Fidelity = Literal["modelled", "inferred", "stubbed", "not emulated"]
"""How much to trust an answer."""


@dataclass(frozen=True, slots=True)
class Bound:
    """An action that the emulator can perform."""

    action: Action
    home: Home | None
    """None where the contract does not tell: a region may be given or not."""
    perform: Callable[[Call], Result]
    asks: Asks
    is_open: bool
    fidelity: Fidelity
    page: Page | None = None
    """Where the answer keeps its list, if it lists."""
    further: tuple[Further, ...] = ()
    whose: Whose | None = None
    of: Table | None = None
    """The table whose rows it lists, and of which it can leave out some; None for any other action."""
    asked_as: str = ""

    @property
    def permission(self) -> str:
        """The action by the name that CAM knows."""
        return self.asked_as or self.action.key


def bind(service: Service, catalog: Catalog) -> Mapping[str, Bound]:
    """Bind every declared action of a service, by action name.

    Raises:
        BadInput: every declaration that the contract contradicts, each with its path.
    """
    wrong: list[Violation] = []
    bound: dict[str, Bound] = {}
    for declared in service.actions:
        where = f"{service.name}:{declared.action}"
        try:
            action = catalog.find(service.name, service.version, declared.action)
        except ApiError:
            wrong.append(Violation(where, f"the contract of {service.version} has no such action"))
            continue
        if declared.action in bound:
            wrong.append(Violation(where, "declared twice"))
        elif isinstance(declared, Does):
            if declared.whose is not None and not action.skip_sign:
                wrong.append(Violation(where, "the contract wants it signed"))
            bound[declared.action] = _bind_does(declared, action)
        else:
            wrong += [Violation(where, problem) for problem in _problems(declared, action)]
            bound[declared.action] = _bind_lists(declared, action)
    if wrong:
        raise BadInput(wrong, f"the declarations of {service.name} do not fit the contract")
    return bound


def infer(action: Action) -> Bound | None:
    """What the contract alone says of a list read; None if it does not say enough.

    Its rows stand under ``service.Object`` in the region that is asked, and there are none unless
    somebody put them there.
    """
    item = listed(action)
    if item is None or not is_list_read(action):
        return None
    table = inferred_table(action, item)
    lists = Lists(action=action.name, of=table, page=Window(default=20, ceiling=1_000_000))
    bound = _bind_lists(lists, action, item)
    # What else the contract promises is there and empty.
    rest = complete(action.response, {item.name: []})

    def perform(call: Call) -> Result:
        return {**rest, **bound.perform(call)}

    return replace(bound, home=None, perform=perform, asks=operation_level, fidelity="inferred")


def inferred_table(action: Action, item: Member) -> Table:
    """The table that an undeclared list read answers from."""
    shape = _shape(item)
    return Table(name=f"{action.service}.{shape.name}", item=shape.name, key="")


def _bind_does(does: Does, action: Action) -> Bound:
    return Bound(
        action,
        does.home,
        does.run,
        does.asks or operation_level,
        is_open=does.is_open,
        further=does.further,
        fidelity="modelled",
        page=_main_page(action) if is_read(action.name) else None,
        whose=does.whose,
        asked_as=does.asked_as,
    )


def _bind_lists(lists: Lists, action: Action, item: Member | None = None) -> Bound:
    found = item or _item(lists, action)
    into, shape = (found.name, _shape(found)) if found is not None else ("", Shape("", {}))
    pages = paging(action)
    tokens = replace(pages, **_TOKENS) if lists.tokens is not None else None
    listing = Listing(
        lists,
        into,
        shape,
        pages,
        is_total_text=_is_text(action, pages.total),
        is_token_text=_is_text(action, pages.next if tokens is None else tokens.next),
        tokens=tokens,
    )
    asks = lists.asks or asking((lists.of,))
    return Bound(
        action,
        lists.of.home,
        listing.perform,
        asks,
        is_open=False,
        fidelity="modelled",
        page=_page(found, action),
        of=lists.of,
        asked_as=lists.asked_as,
    )


_TOKENS: Mapping[str, Any] = {
    "style": "token",
    "offset": "NextToken",
    "limit": "MaxResults",
    "next": "NextToken",
    "strings": True,
}
"""How a page is said by a token where it may be said by its number too."""


def _is_text(action: Action, name: str | None) -> bool:
    return name is not None and action.response.members[name].kind == "string"


def _page(item: Member | None, action: Action) -> Page | None:
    return None if item is None else Page(item.name, paging(action).total, is_paged(action))


def _main_page(action: Action) -> Page | None:
    found = main_list(action)
    return None if found is None else Page(*found, is_paged(action))


def _item(lists: Lists, action: Action) -> Member | None:
    if lists.into is not None:
        return action.response.members.get(lists.into)
    return listed(action)


def _shape(item: Member) -> Shape:
    if item.shape is None:
        message = f"{item.name} holds no objects"
        raise NotFound(message)
    return item.shape


def _problems(lists: Lists, action: Action) -> list[str]:
    problems: list[str] = []
    item = _item(lists, action)
    if item is None or item.shape is None:
        names = ", ".join(member.name for member in candidates(action)) or "none"
        return [f"into= must name one of the response's lists of objects ({names})"]
    if item.shape.name != lists.of.item:
        problems.append(f"lists {item.shape.name}, but the table holds {lists.of.item}")
    if lists.of.key and lists.of.key not in item.shape.members:
        problems.append(f"{item.shape.name} has no member {lists.of.key}")
    tokens = (_TOKENS["offset"], _TOKENS["limit"]) if lists.tokens is not None else ()
    for name in [lists.ids, *lists.params, *tokens]:
        if name is not None and name not in action.request.members:
            problems.append(f"the request has no parameter {name}")  # noqa: PERF401
    read = {*lists.params, *lists.ignores, *lists.refuses, *tokens, lists.ids or ""}
    if lists.filters:
        read.add("Filters")
    if lists.orders:
        read.update((lists.sort.by, *lists.sort.directions))
    unread = action.request.members.keys() - read - _paging_names(action)
    problems += [f"says nothing of the parameter {name}" for name in sorted(unread)]
    for filter_name, rule in [*lists.filters.items(), *lists.params.items()]:
        wrong = [path for path in _paths(rule) if not _has_path(item.shape, path)]
        problems += [f"filter {filter_name}: {item.shape.name} has no {path}" for path in wrong]
    return problems


def _paths(rule: Rule | Via) -> Sequence[str]:
    """The members that a filter looks at, as far as it says so."""
    match rule:
        case str():
            return (rule,)
        case OnPart(paths):
            return paths
        case On(path) | OnTags(path) | Via(path=path):
            return (path,)
    return ()


def _paging_names(action: Action) -> set[str]:
    pages = paging(action)
    return {name for name in (pages.offset, pages.limit) if name is not None}


def _has_path(shape: Shape, path: str) -> bool:
    here: Shape | None = shape
    for name in path.split("."):
        if here is None or name not in here.members:
            return False
        here = here.members[name].shape
    return True


__all__ = ["Bound", "Declared", "Fidelity", "bind", "infer", "inferred_table"]
