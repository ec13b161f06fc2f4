"""What an estate shall be like, in all and in each region."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from emulator.errors import BadInput, Violation
from emulator.world.estate import draw
from emulator.world.estate.risks import KINDS, unknown
from emulator.world.regions import REGIONS, Region, find

FIRST_DAY = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp()) // 86400
"""The day, counted from 1970, on which estates are as they are: everything in them was made before."""
MAX_HOSTS = 4_000_000
"""More hosts would not find public addresses of their own."""
MAX_USERS = 1000
"""Documented: how many sub-users an account may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What an estate shall be like.

    Raises:
        BadInput: a region that does not exist or is named twice, too many hosts or users, a rate that is
            none, a kind of risk that does not exist.
    """

    hosts: tuple[tuple[str, int], ...] = ()
    """Regions, and how many hosts each has."""
    risk_rate: float = 0.2
    """The share of resources that show each kind of risk, where ``risks`` says nothing."""
    risks: tuple[tuple[str, float], ...] = ()
    """Kinds of risk (``KINDS`` in ``risks``), and the share of resources that show each."""
    users: int = 0
    """How many sub-users the account has; with any, it has groups, roles and policies of its own too."""
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
        if not 0 <= self.users <= MAX_USERS:
            yield Violation("users", f"expected 0 to {MAX_USERS}, got {self.users}")
        for kind, _ in self.risks:
            if kind not in KINDS:
                yield Violation(f"risks.{kind}", unknown(kind))
        rates = [("risk_rate", self.risk_rate), ("public_rate", self.public_rate)]
        for name, rate in (*rates, *((f"risks.{kind}", rate) for kind, rate in self.risks)):
            if not (math.isfinite(rate) and 0 <= rate <= 1):
                yield Violation(name, f"expected a share from 0 to 1, got {rate!r}")

    def rate(self, kind: str) -> float:
        """The share of resources that show a kind of risk."""
        return dict(self.risks).get(kind, self.risk_rate * KINDS[kind].share)

    @property
    def limits(self) -> Mapping[str, int]:
        """By kind of risk, below what sixteen bits of chance show it."""
        return _limits(self)


@lru_cache(maxsize=64)
def _limits(spec: Spec) -> Mapping[str, int]:
    return {kind: draw.share(spec.rate(kind)) for kind in KINDS}


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
    limits: Mapping[str, int]
    """As the spec has them."""
    public_rate: float
    all_hosts: int
    """Hosts in all regions together."""
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
                limits=spec.limits,
                public_rate=spec.public_rate,
                all_hosts=sum(counts.values()),
                is_used=region.id in counts,
            )
            before += hosts


DEMO = Spec(hosts=(("ap-guangzhou", 160), ("ap-shanghai", 90), ("ap-singapore", 50)), users=12)
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
    ),
    users=60,
)
