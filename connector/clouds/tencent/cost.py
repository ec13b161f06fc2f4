"""What a synchronisation costs: how many calls of which action, computed from the table and from counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector.clouds.tencent.products import (
    REGION,
    Product,
    assets_of,
    region_sources,
    regional_services,
)

Counts = Mapping[tuple[str, str], int]
"""How many things there are, by kind and region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The calls of one synchronisation, if nothing goes wrong and nothing changes meanwhile."""

    calls: Mapping[str, int]
    """By action, as CAM names it."""
    seconds_at_least: float
    """What the most called action takes at the rate that calls may be made: the actions run side by side."""

    @property
    def total(self) -> int:
        """All calls."""
        return sum(self.calls.values())


def cost_of(
    features: tuple[str, ...], regions: Sequence[str], counts: Counts, calls_per_second: float
) -> Cost:
    """Count the calls that reading all of an account takes."""
    services = regional_services(assets_of(features))
    calls = {
        source.permission: len(services) if source is REGION else 1 for source in region_sources(features)[:1]
    }
    for product in assets_of(features):
        places = ("",) if product.where == "once" else regions
        number = sum(calls_in(product, region, counts) for region in places)
        calls[product.permission] = calls.get(product.permission, 0) + number
    return Cost(calls=calls, seconds_at_least=max(calls.values()) / calls_per_second)


def calls_in(product: Product, region: str, counts: Counts) -> int:
    """The calls of one line in one region; of one that stands once, for what is in every region."""
    if not product.each:
        rows = counts.get((product.kind, region), 0)
        # A full page proves no end, so a list that fills its last page is asked for one more.
        return 1 + (rows // product.paging.limit if product.paging else 0)
    if any(each.distinct for each in product.each):
        return counts.get((product.kind, region), 0)
    batch = max(each.batch for each in product.each) or 1
    return -(-sum(counts.get((each.of, region), 0) for each in product.each) // batch)
