"""What an action does: a stub's answer, a service's behaviour, or what the contract lets us infer."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from importlib import import_module
from itertools import chain

from emulator.contract.catalog import Catalog
from emulator.contract.model import Action
from emulator.contract.paging import is_read
from emulator.errors import not_emulated
from emulator.faults.page import Trait
from emulator.services import ALL
from emulator.tables.bind import Bound, bind, infer
from emulator.tables.call import Call, Result
from emulator.tables.declare import Service


class Repertoire:
    """Everything the emulator can perform. A service is imported and bound when it is first called."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._bound: dict[str, Mapping[str, Bound]] = {}
        self._actions: dict[Action, Bound] = {}

    def find(self, action: Action) -> Bound:
        """How an action is performed; one that is not emulated answers with how to stub it."""
        bound = self._actions.get(action)
        if bound is None:
            bound = self._actions[action] = self._look_up(action)
        return bound

    def is_modelled(self, service: str, action: str) -> bool:
        """Whether a service declares an action."""
        return service in ALL and action in self.declared(service)

    def declared(self, service: str) -> Mapping[str, Bound]:
        """The declared actions of a service, bound to the contract."""
        bound = self._bound.get(service)
        if bound is None:
            bound = self._bound[service] = bind(declaration(service), self.catalog) if service in ALL else {}
        return bound

    def _look_up(self, action: Action) -> Bound:
        declared = self.declared(action.service).get(action.name)
        if declared is not None and declared.action is action:
            return declared
        return infer(action) or _missing(action)

    def can_show(self, glob: str, trait: Trait) -> bool:
        """Whether an action pattern (``cvm:Describe*``) fits one whose answer has a list, total, or pages."""
        service, _, name = glob.rpartition(":")
        for place in chain(self.catalog.unpublished(), self.catalog.names()):
            # Nothing but reads list: a pattern that fits none is refused without reading a contract.
            if fnmatchcase(place[0], service or "*") and fnmatchcase(place[2], name) and is_read(place[2]):
                page = self.find(self.catalog.find(*place)).page
                if page is not None and page.has(trait):
                    return True
        return False

    @cached_property
    def modelled(self) -> Mapping[str, Bound]:
        """Every declared action of the published contract by ``service:Name``."""
        declared = (bound for service in ALL for bound in self.declared(service).values())
        return {bound.action.key: bound for bound in declared if bound.action.status != "unpublished"}


def declaration(service: str) -> Service:
    """The declaration of one service."""
    found = import_module(f"emulator.services.{service}").SERVICE
    if not isinstance(found, Service):
        message = f"emulator.services.{service}.SERVICE is no Service"
        raise TypeError(message)
    return found


def _missing(action: Action) -> Bound:
    def perform(_call: Call) -> Result:
        raise not_emulated(action.key, "it is neither modelled nor a list read that its contract explains.")

    return Bound(action, None, perform, lambda _call: ("*",), is_open=False, fidelity="not emulated")
