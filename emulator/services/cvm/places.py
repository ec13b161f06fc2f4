"""Regions and zones."""

from __future__ import annotations

from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world import regions


def describe_regions(call: Call) -> Result:
    """Every public region; names in the language asked for."""
    return {
        "TotalCount": len(regions.PUBLIC),
        "RegionSet": [
            {
                "Region": region.id,
                "RegionName": region.name(call.language),
                "RegionState": region.state,
            }
            for region in regions.PUBLIC
        ],
    }


def describe_zones(call: Call) -> Result:
    """The zones of a region; names in the language asked for."""
    # Observed: the English name for en-US. Assumed: English too when no language is given.
    region = regions.find(call.region)
    zones = region.zones if region is not None else ()
    return {
        "TotalCount": len(zones),
        "ZoneSet": [
            {
                "Zone": zone.id,
                "ZoneName": zone.name(call.language),
                "ZoneId": zone.number,
                "ZoneState": zone.state,
            }
            for zone in zones
        ],
    }


ACTIONS = (
    Does(action="DescribeRegions", run=describe_regions),
    Does(action="DescribeZones", run=describe_zones, home="region"),
)
