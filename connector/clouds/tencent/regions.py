"""The regions there are: as the cloud lists them, or, where we may not ask, as they were published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connector.clouds.tencent.asking import Ask
from connector.clouds.tencent.products import (
    REGION,
    Product,
    assets_of,
    region_sources,
    regional_services,
)
from connector.clouds.tencent.reading import ended_for, read
from connector.clouds.tencent.session import Session
from connector.model import Region
from connector.outcome import Complete, Item, Meaning, Outcome, Why, why

# Assumed: the regions that were public when this was written; used only where the list itself is denied.
# A region the account has not got answers UnsupportedRegion, and one that is missing can be named.
BUILT_IN = (
    ("ap-guangzhou", "South China (Guangzhou)"),
    ("ap-shanghai", "East China (Shanghai)"),
    ("ap-nanjing", "East China (Nanjing)"),
    ("ap-beijing", "North China (Beijing)"),
    ("ap-chengdu", "Southwest China (Chengdu)"),
    ("ap-chongqing", "Southwest China (Chongqing)"),
    ("ap-hongkong", "Hong Kong, Macao and Taiwan (Hong Kong)"),
    ("ap-singapore", "Southeast Asia (Singapore)"),
    ("ap-jakarta", "Southeast Asia (Jakarta)"),
    ("ap-bangkok", "Southeast Asia (Bangkok)"),
    ("ap-seoul", "Northeast Asia (Seoul)"),
    ("ap-tokyo", "Northeast Asia (Tokyo)"),
    ("na-siliconvalley", "Western US (Silicon Valley)"),
    ("na-ashburn", "Eastern US (Virginia)"),
    ("sa-saopaulo", "South America (Sao Paulo)"),
    ("eu-frankfurt", "Europe (Frankfurt)"),
)


@dataclass(frozen=True, slots=True)
class Discovery:
    """Which regions there are. ``source`` is the list that said so, or the one we should be allowed."""

    source: Product
    outcome: Outcome
    regions: tuple[Region, ...]
    offers: Mapping[str, tuple[Region, ...]]
    """The regions of each service, as far as the source tells services apart."""


def discover(session: Session, features: tuple[str, ...]) -> Discovery:
    """List the regions from whichever list the key may read; those published come with any other outcome."""
    found: list[Discovery] = []
    for source in region_sources(features):
        one = discover_from(source, session, features)
        if isinstance(one.outcome, Complete):
            return one
        found.append(one)
        if not may_try_another(one.outcome):
            break
    return found[0]


def may_try_another(outcome: Outcome) -> bool:
    """Whether another list may answer: where this one may not be read, or answers without sense."""
    reason = why(outcome)
    return reason is None or reason.meaning not in (Meaning.CREDENTIAL, Meaning.CLOCK, Meaning.TRANSIENT)


def discover_from(source: Product, session: Session, features: tuple[str, ...]) -> Discovery:
    """List the regions from one source, service by service where it lists them so."""
    if source is not REGION:
        outcome = read(source, "", session)
        return Discovery(source, outcome, regions_in(outcome), {})
    offers: dict[str, tuple[Region, ...]] = {}
    items: dict[str, Item] = {}
    flaw: Why | None = None
    for service in regional_services(assets_of(features)):
        outcome = read(source, "", session, ask=Ask(params={"Product": service}, label=service))
        reason = why(outcome)
        if isinstance(outcome, Complete):
            offers[service] = regions_in(outcome)
            items |= {item.key: item for item in outcome.items}
        # Assumed: a service that the list does not know by its name is refused as a bad parameter.
        elif reason is not None and reason.meaning is not Meaning.BUG:
            flaw = flaw or reason
            break
    if flaw is None and not offers:
        flaw = Why(
            meaning=Meaning.INCOMPLETE, action=source.permission, message="it lists none of our services"
        )
    shown = tuple(items.values())
    outcome = Complete(shown, len(shown)) if flaw is None else ended_for(flaw, shown)
    return Discovery(source, outcome, merged(offers), offers)


def merged(offers: Mapping[str, tuple[Region, ...]]) -> tuple[Region, ...]:
    """Every region that some service has, available where it is for one of them."""
    found: dict[str, Region] = {}
    for regions in offers.values():
        for region in regions:
            if region.available or region.name not in found:
                found[region.name] = region
    return tuple(found.values()) or built_in()


def regions_in(outcome: Outcome) -> tuple[Region, ...]:
    """The regions that a reading of a region list shows; those published where it is not whole."""
    if not isinstance(outcome, Complete):
        return built_in()
    return tuple(
        Region(
            name=item.key,
            title=item.name,
            # Documented: RegionState is AVAILABLE or UNAVAILABLE.
            available=item.raw.get("RegionState", "AVAILABLE") == "AVAILABLE",
        )
        for item in outcome.items
    )


def built_in() -> tuple[Region, ...]:
    """The published regions, available until the cloud says otherwise."""
    return tuple(Region(name=name, title=title) for name, title in BUILT_IN)
