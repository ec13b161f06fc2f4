"""Estates: everything an account has from the start, drawn from a seed and made when looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from emulator.errors import NotFound
from emulator.world.estate.plan import DEMO, FIRST_DAY, LARGE, Spec, plans
from emulator.world.shelves import Shelf
from emulator.world.world import Place

if TYPE_CHECKING:
    from emulator.world.estate.site import Site
    from emulator.world.estate.whole import Whole

__all__ = ["DEMO", "LARGE", "NAMED", "Seeded", "Spec", "build", "estate"]

ACCOUNT_WIDE = frozenset({"cfw.rule", "ssl.certificate", "waf.domain", "waf.ipaccess"})
"""The tables that stand once in the account; known by name, so that asking for others loads nothing."""

NAMED: Mapping[str, Spec] = {"empty": Spec(), "demo": DEMO, "large": LARGE}


class Seeded:
    """An estate: the same for the same spec, seed and day, in whatever order it is asked, in any process.

    ``day``, counted from 1970, is when an account begins with it: what ends some day, such as a certificate,
    has as long to go then as on any other first day.

    Its shelves are made once, when first asked for, and never changed; any number of worlds share them.
    What makes them is loaded with the first one, for many a test never asks.
    """

    def __init__(self, spec: Spec, seed: int = 0, day: int = FIRST_DAY) -> None:
        self.spec = spec
        self.seed = seed
        self.day = day
        self._shelves: dict[Place, Shelf[Any] | None] = {}

    def shelf(self, table: str, region: str) -> Shelf[Any] | None:
        """The rows of a table in a region; None for none."""
        place = (table, region)
        if place not in self._shelves:
            self._shelves[place] = self._make(table, region) if region else self._make_whole(table)
        return self._shelves[place]

    def places(self) -> Iterable[Place]:
        """Every place that can hold rows."""
        from emulator.world.estate.tables import EVERYWHERE, TABLES

        if self._whole.sites:
            yield from ((table, "") for table in sorted(ACCOUNT_WIDE))
        for region, site in self._sites.items():
            yield from ((table, region) for table in TABLES if site.plan.is_used or table in EVERYWHERE)

    @cached_property
    def _sites(self) -> Mapping[str, Site]:
        from emulator.world.estate.site import Site

        return {plan.region.id: Site(plan) for plan in plans(self.spec, self.seed)}

    @cached_property
    def _whole(self) -> Whole:
        from emulator.world.estate.whole import Whole

        sites = tuple(site for site in self._sites.values() if site.plan.is_used)
        return Whole(self.spec, self.seed, sites, self.day)

    def _make_whole(self, table: str) -> Shelf[Any] | None:
        if table not in ACCOUNT_WIDE or not self._whole.sites:
            return None
        from emulator.world.estate.tables import WHOLE

        shelf = WHOLE[table](self._whole)
        shelf.is_shared = True
        return shelf

    def _make(self, table: str, region: str) -> Shelf[Any] | None:
        from emulator.world.estate.tables import EVERYWHERE, TABLES

        site = self._sites.get(region)
        if site is None or table not in TABLES or not (site.plan.is_used or table in EVERYWHERE):
            return None
        shelf = TABLES[table](site)
        shelf.is_shared = True
        return shelf


def build(spec: Spec, seed: int = 0, day: int = FIRST_DAY) -> Seeded:
    """Make an estate to order."""
    return Seeded(spec, seed, day)


@lru_cache(maxsize=32)
def estate(of: str | Spec, seed: int = 0, day: int = FIRST_DAY) -> Seeded:
    """The estate of a name or a spec, of a seed and a day: made once, to be shared.

    Raises:
        NotFound: no estate has this name.
    """
    if isinstance(of, Spec):
        return build(of, seed, day)
    if of not in NAMED:
        raise NotFound(f"no estate is called {of!r} (known: {', '.join(NAMED)})")
    return build(NAMED[of], seed, day)
