"""Which shards a synchronisation reads: every line of the table in every region that has it, wave by wave."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from connector.clouds.tencent.products import Product, assets_of, waves_of
from connector.model import Account, Region
from connector.outcome import Meaning, Why
from connector.store import accounts, assets, jobs, offers
from connector.store.engine import Database

REMEMBER_MS = 24 * 3600 * 1000
"""How long a region that does not have a product is not asked again."""

Where = tuple[str, str]
"""A kind and a region."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One product in one region (empty: the product is read once)."""

    product: Product
    region: str
    skip: Why | None = None
    """Why it need not be read now."""

    @property
    def where(self) -> Where:
        """What tells it from the others of an account."""
        return self.product.kind, self.region


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What is known before an account is read."""

    regions: Sequence[Region]
    """Those that the user selected."""
    offered: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    """The regions of each service, and whether each is open; a service that is not here may be anywhere."""
    memories: Mapping[Where, jobs.Memory] = field(default_factory=dict)
    held: Collection[Where] = frozenset()
    """Where there are assets."""
    now_ms: int = 0


def known_of(database: Database, account: Account, now_ms: int) -> Knowledge:
    """Look up what a plan needs to know."""
    return Knowledge(
        regions=[one for one in accounts.list_regions(database, account.id) if one.selected],
        offered=offers.list_offers(database, account.id),
        memories=jobs.remember_shards(database, account.id),
        held=assets.count_all(database, account.id).keys(),
        now_ms=now_ms,
    )


def plan(features: tuple[str, ...], known: Knowledge) -> list[list[Shard]]:
    """The shards of each wave; what a wave asks about, those before it have shown."""
    planned: dict[str, set[str]] = {}
    waves = []
    for wave in waves_of(assets_of(features)):
        shards = [shard for product in wave for shard in shards_of(product, known, planned)]
        for shard in shards:
            planned.setdefault(shard.product.kind, set()).add(shard.region)
        waves.append(shards)
    return waves


def shards_of(product: Product, known: Knowledge, planned: Mapping[str, Collection[str]]) -> list[Shard]:
    """The shards of one line; one that asks about others goes where they are."""
    if product.where == "once":
        return [Shard(product, "", reason_to_skip(product, None, known))]
    regions = [region for region in known.regions if is_offered(product, region, known)]
    if product.parents:
        parents = {name for kind in product.parents for name in planned.get(kind, ())}
        regions = [region for region in regions if region.name in parents]
    return [Shard(product, region.name, reason_to_skip(product, region, known)) for region in regions]


def is_offered(product: Product, region: Region, known: Knowledge) -> bool:
    """Whether a region may have a product: unless the cloud leaves it out, and nothing is held there."""
    offered = known.offered.get(product.service)
    return offered is None or region.name in offered or (product.kind, region.name) in known.held


def reason_to_skip(product: Product, region: Region | None, known: Knowledge) -> Why | None:
    """Why a shard need not be read now: its region is closed, or lately said not to have the product."""
    told = ""
    name = region.name if region else ""
    if region and not (region.available and known.offered.get(product.service, {}).get(name, True)):
        told = "the cloud says that the region is UNAVAILABLE"
    memory = known.memories.get((product.kind, name))
    if memory and memory.skipped_ms is not None and known.now_ms - memory.skipped_ms < REMEMBER_MS:
        told = "not there when last asked; asked again after 24 hours"
    return Why(meaning=Meaning.REGION, action=product.permission, message=told) if told else None
