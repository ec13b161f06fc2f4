"""The regions there are: as the cloud lists them, or, where we may not ask, as they were published."""

from __future__ import annotations

from connector.clouds.tencent.products import REGION
from connector.clouds.tencent.reading import read
from connector.clouds.tencent.session import Session
from connector.model import Region
from connector.outcome import Complete, Outcome

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


def discover(session: Session) -> tuple[Outcome, tuple[Region, ...]]:
    """List the regions; the built-in ones come with any outcome but Complete."""
    outcome = read(REGION, "", session)
    return outcome, regions_in(outcome) if isinstance(outcome, Complete) else built_in()


def regions_in(outcome: Complete, *, selected: bool = True) -> tuple[Region, ...]:
    """The regions a reading of the region list shows."""
    return tuple(
        Region(
            name=item.key,
            title=item.name,
            # Documented: RegionState is AVAILABLE or UNAVAILABLE.
            available=item.raw.get("RegionState", "AVAILABLE") == "AVAILABLE",
            selected=selected,
        )
        for item in outcome.items
    )


def built_in() -> tuple[Region, ...]:
    """The published regions, available until the cloud says otherwise."""
    return tuple(Region(name=name, title=title) for name, title in BUILT_IN)
