"""Estates: everything an account has from the start, drawn from a seed and made when looked at."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from emulator.errors import BadInput, NotFound, Violation
from emulator.world.estate import draw, hosts, network, storage
from emulator.world.estate.site import Plan, Site
from emulator.world.regions import REGIONS, find
from emulator.world.shelves import Shelf
from emulator.world.world import Place

MAX_HOSTS = 4_000_000
"""More hosts would not find public addresses of their own."""

TABLES: Mapping[str, Callable[[Site], Shelf[Any]]] = {
    "cvm.instance": hosts.instances,
    "cvm.image": hosts.images,
    "cvm.keypair": hosts.key_pairs,
    "vpc.vpc": network.vpcs,
    "vpc.subnet": network.subnets,
    "vpc.securitygroup": network.security_groups,
    "vpc.securitygrouppolicy": network.security_group_policies,
    "vpc.routetable": network.route_tables,
    "vpc.networkacl": network.network_acls,
    "vpc.address": network.addresses,
    "cbs.disk": storage.disks,
    "cbs.snapshot": storage.snapshots,
    "cbs.autosnapshotpolicy": storage.snapshot_policies,
}
"""How each table of a region is filled: all there is to say about a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What an estate shall be like.

    Raises:
        BadInput: a region that does not exist or is named twice, too many hosts, a rate that is none.
    """

    hosts: tuple[tuple[str, int], ...] = ()
    """Regions, and how many hosts each has."""
    risk_rate: float = 0.2
    """The share of resources that show each kind of risky setting: a group open to the world, a login
    without key, a disk neither encrypted nor kept in snapshots."""
    public_rate: float = 0.35
    """The share of hosts with a public address."""

    def __post_init__(self) -> None:
        if violations := list(self._violations()):
            raise BadInput(violations, "no such estate can be made")

    def _violations(self) -> Iterator[Violation]:
        seen: set[str] = set()
        for region, count in self.hosts:
            found = find(region)
            if found is None or not found.is_available:
                yield Violation(f"hosts.{region}", "expected the id of an open region, such as ap-guangzhou")
            if region in seen:
                yield Violation(f"hosts.{region}", "named twice")
            if count < 0:
                yield Violation(f"hosts.{region}", f"expected a number of hosts, got {count}")
            seen.add(region)
        if sum(count for _, count in self.hosts) > MAX_HOSTS:
            yield Violation("hosts", f"expected at most {MAX_HOSTS} in all")
        for name, rate in (("risk_rate", self.risk_rate), ("public_rate", self.public_rate)):
            if not (math.isfinite(rate) and 0 <= rate <= 1):
                yield Violation(name, f"expected a share from 0 to 1, got {rate!r}")


class Seeded:
    """An estate: the same for the same spec and seed, in whatever order it is asked, in any process.

    Its shelves are made once, when first asked for, and never changed; any number of worlds share them.
    """

    def __init__(self, spec: Spec, seed: int = 0) -> None:
        self.spec = spec
        self.seed = seed
        self._sites = {plan.region.id: Site(plan) for plan in _plans(spec, seed)}
        self._shelves: dict[Place, Shelf[Any] | None] = {}

    def shelf(self, table: str, region: str) -> Shelf[Any] | None:
        """The rows of a table in a region; None for none."""
        place = (table, region)
        if place not in self._shelves:
            self._shelves[place] = self._make(table, region)
        return self._shelves[place]

    def places(self) -> Iterable[Place]:
        """Every place that can hold rows."""
        for region in self._sites:
            for table in TABLES:
                if self._has(table, region):
                    yield table, region

    def _has(self, table: str, region: str) -> bool:
        return table in TABLES and region in self._sites and (self._is_used(region) or table == "cvm.image")

    def _is_used(self, region: str) -> bool:
        return any(region == name for name, _ in self.spec.hosts)

    def _make(self, table: str, region: str) -> Shelf[Any] | None:
        if not self._has(table, region):
            return None
        shelf = TABLES[table](self._sites[region])
        shelf.is_shared = True
        return shelf


def _plans(spec: Spec, seed: int) -> Iterator[Plan]:
    """Plan every open region: what is not asked for has no hosts, but the public images."""
    counts, before = dict(spec.hosts), 0
    for ordinal, region in enumerate(REGIONS):
        if region.is_available:
            yield Plan(
                seed=seed,
                region=region,
                ordinal=ordinal,
                hosts=counts.get(region.id, 0),
                before=before,
                risk=draw.share(spec.risk_rate),
                public=draw.share(spec.public_rate),
            )
            before += counts.get(region.id, 0)


DEMO = Spec(hosts=(("ap-guangzhou", 160), ("ap-shanghai", 90), ("ap-singapore", 50)))
# Without the finance regions: an account that was not let into them does not see them listed.
LARGE = Spec(
    hosts=(
        ("ap-guangzhou", 22_000),
        ("ap-shanghai", 18_000),
        ("ap-beijing", 15_000),
        ("ap-singapore", 9_000),
        ("ap-hongkong", 7_000),
        ("ap-nanjing", 6_000),
        ("ap-chengdu", 4_500),
        ("na-siliconvalley", 4_000),
        ("eu-frankfurt", 3_500),
        ("ap-tokyo", 3_000),
        ("na-ashburn", 2_500),
        ("ap-jakarta", 1_500),
        ("ap-chongqing", 1_200),
        ("ap-seoul", 1_000),
        ("ap-bangkok", 800),
        ("sa-saopaulo", 600),
        ("me-saudi-arabia", 400),
    )
)
NAMED: Mapping[str, Spec] = {"empty": Spec(), "demo": DEMO, "large": LARGE}


def build(spec: Spec, seed: int = 0) -> Seeded:
    """Make an estate to order."""
    return Seeded(spec, seed)


@lru_cache(maxsize=32)
def estate(of: str | Spec, seed: int = 0) -> Seeded:
    """The estate of a name or a spec, and of a seed: made once, to be shared.

    Raises:
        NotFound: no estate has this name.
    """
    if isinstance(of, Spec):
        return build(of, seed)
    if of not in NAMED:
        raise NotFound(f"no estate is called {of!r} (known: {', '.join(NAMED)})")
    return build(NAMED[of], seed)
