"""What an estate shall be like, in all and in each region."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from emulator.errors import BadInput, Violation
from emulator.world.regions import REGIONS, Region, find

MAX_HOSTS = 4_000_000
"""More hosts would not find public addresses of their own."""


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
    without key, a disk not encrypted, a disk without snapshots."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one region is asked to hold."""

    seed: int
    region: Region
    ordinal: int
    """The region's number among all."""
    hosts: int
    before: int
    """Hosts in the regions planned before this one."""
    risk_rate: float
    public_rate: float
    is_used: bool
    """Whether the spec names the region: what it does not name has the public images only."""


def plans(spec: Spec, seed: int) -> Iterator[Plan]:
    """Plan every open region."""
    counts, before = dict(spec.hosts), 0
    for ordinal, region in enumerate(REGIONS):
        if region.is_available:
            hosts = counts.get(region.id, 0)
            yield Plan(
                seed=seed,
                region=region,
                ordinal=ordinal,
                hosts=hosts,
                before=before,
                risk_rate=spec.risk_rate,
                public_rate=spec.public_rate,
                is_used=region.id in counts,
            )
            before += hosts


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
