"""One root account as the server keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import chain

from emulator.contract.catalog import Catalog
from emulator.faults.plan import Plan
from emulator.gateway.authorize import Authority
from emulator.gateway.journal import Journal
from emulator.gateway.rates import Rates
from emulator.gateway.settings import Settings
from emulator.gateway.stubs import Stubs
from emulator.world.world import World


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
        self.world.propagation_seconds = settings.propagation_seconds

    @property
    def first_settings(self) -> Settings:
        """Those that a reset goes back to."""
        return self._first_settings

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
    """Whether an action pattern (``cvm:Describe*``) fits any action there is, be it published or not."""
    service, colon, name = glob.partition(":")
    if not colon:
        return glob == "*"
    names = chain(catalog.unpublished(), catalog.names())
    return any(fnmatchcase(of, service) and fnmatchcase(action, name) for of, _, action in names)
