"""One root account as the server keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from emulator.contract.catalog import Catalog
from emulator.faults.plan import Plan
from emulator.gateway.authorize import Authority
from emulator.gateway.journal import Journal
from emulator.gateway.stubs import Stubs
from emulator.world.world import World


@dataclass(frozen=True, slots=True)
class Account:
    """A world, what is planned to go wrong in it, the answers given for it, and what happened."""

    world: World
    plan: Plan
    stubs: Stubs
    journal: Journal = field(default_factory=Journal)
    authority: Authority = field(default_factory=Authority)

    def reset(self) -> None:
        """Back to the beginning; no other account notices."""
        self.world.reset()
        self.plan.clear()
        self.stubs.clear()
        self.journal.clear()
        self.authority.forget()


def can_match(catalog: Catalog, glob: str) -> bool:
    """Whether an action pattern (``cvm:Describe*``) fits any published action."""
    service, colon, name = glob.partition(":")
    if not colon:
        return glob == "*"
    return any(fnmatchcase(of, service) and fnmatchcase(action, name) for of, _, action in catalog.names())
