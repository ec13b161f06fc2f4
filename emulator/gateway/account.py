"""One root account as the server keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from emulator.contract.catalog import Catalog
from emulator.contract.paging import is_read
from emulator.faults.plan import Plan
from emulator.gateway.authorize import Authority
from emulator.gateway.journal import Journal
from emulator.gateway.perform import Repertoire
from emulator.gateway.rates import Rates
from emulator.gateway.settings import Settings
from emulator.gateway.stubs import Stubs
from emulator.world.world import World

if TYPE_CHECKING:
    from emulator.faults.page import Trait


@dataclass(slots=True)
class Account:
    """A world, what is planned to go wrong in it, the answers given for it, and what happened."""

    world: World
    plan: Plan
    stubs: Stubs
    journal: Journal = field(default_factory=Journal)
    authority: Authority = field(default_factory=Authority)
    rates: Rates = field(default_factory=Rates)
    settings: Settings = field(default_factory=Settings)
    _first_settings: Settings = field(default_factory=Settings)

    def configure(self, settings: Settings) -> None:
        """Behave so from now on."""
        self.settings = settings
        self.world.pace = settings.transition_pace

    def begin_with(self, settings: Settings) -> None:
        """Behave so from now on, and after every reset."""
        self.configure(settings)
        self._first_settings = settings

    def reset(self) -> None:
        """Back to the beginning; no other account notices."""
        self.world.reset()
        self.plan.clear()
        self.stubs.clear()
        self.journal.clear()
        self.authority.forget()
        self.rates.clear()
        self.configure(self._first_settings)


def can_match(catalog: Catalog, glob: str) -> bool:
    """Whether an action pattern (``cvm:Describe*``) fits any published action."""
    return any(True for _ in _matched(catalog, glob))


def can_show(repertoire: Repertoire, glob: str, trait: Trait) -> bool:
    """Whether an action pattern fits any action whose answer has a list, its total, or pages."""
    catalog = repertoire.catalog
    for place in _matched(catalog, glob):
        # No others list: a pattern without any of them is refused without reading a contract.
        if is_read(place[2]):
            page = repertoire.find(catalog.find(*place)).page
            if page is not None and page.has(trait):
                return True
    return False


def _matched(catalog: Catalog, glob: str) -> Iterator[tuple[str, str, str]]:
    service, colon, name = glob.partition(":")
    if not colon:
        return iter(catalog.names() if glob == "*" else ())
    return (
        place for place in catalog.names() if fnmatchcase(place[0], service) and fnmatchcase(place[2], name)
    )
