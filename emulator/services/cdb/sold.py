"""What TencentDB for MySQL sells: sizes, versions and zones, and what of them a purchase asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from emulator.services.cdb.instances import ALL
from emulator.services.cdb.refusals import bad_value
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world.estate.residents import zone_name, zone_number
from emulator.world.regions import REGIONS, Region, find


class Size(NamedTuple):
    """Cores and memory (in MB) that are sold together, and what they do a second."""

    id: int
    cpu: int
    memory: int
    iops: int


# Observed: the numbers, cores, memory and IOPS of 11, 12 and 175. Assumed: the others, which are those of
# the product's pages as far as two nodes of the ordinary kind go.
SIZES = (
    Size(11, 1, 1000, 1200),
    Size(12, 1, 2000, 2000),
    Size(13, 2, 4000, 4000),
    Size(14, 4, 8000, 8000),
    Size(15, 4, 16000, 14000),
    Size(16, 8, 16000, 14000),
    Size(175, 8, 32000, 28000),
    Size(17, 16, 64000, 50000),
    Size(18, 16, 96000, 60000),
    Size(19, 16, 128000, 80000),
)
# Observed: the bounds and steps of a disk, in GB.
LEAST_VOLUME, MOST_VOLUME, VOLUME_STEP = 25, 3000, 5
# Documented: the versions, and that instances on cloud disks run the last two only.
VERSIONS = ("5.5", "5.6", "5.7", "8.0")
CLOUD_VERSIONS = ("5.7", "8.0")
ENGINES = ("InnoDB", "RocksDB")


def size(cpu: int | None, memory: int) -> Size:
    """The size that is sold with this memory, and with these cores if they are named.

    Raises:
        ApiError: nothing like it is sold.
    """
    fitting = [each for each in SIZES if each.memory == memory]
    if not fitting:
        raise bad_value("Memory", memory, ", ".join(str(each.memory) for each in SIZES))
    if not cpu:
        # Documented for a change of size: the fewest cores if none are named. Assumed: at a purchase too.
        return fitting[0]
    for each in fitting:
        if each.cpu == cpu:
            return each
    raise bad_value("Cpu", cpu, " or ".join(str(each.cpu) for each in fitting) + f" with {memory} MB")


def check_volume(volume: int) -> None:
    """Refuse a disk that is not sold."""
    if not LEAST_VOLUME <= volume <= MOST_VOLUME or volume % VOLUME_STEP:
        expected = f"{LEAST_VOLUME} to {MOST_VOLUME} in steps of {VOLUME_STEP}"
        raise bad_value("Volume", volume, expected)


def open_zones(region: str) -> Sequence[str]:
    """The zones of a region in which instances are sold."""
    found = find(region)
    return [zone.id for zone in found.zones if zone.is_available] if found is not None else []


def check_zone(region: str, name: str, zone: str) -> str:
    """A zone of the region.

    Raises:
        ApiError: instances are not sold there.
    """
    known = open_zones(region)
    if zone not in known:
        raise bad_value(name, zone, ", ".join(known))
    return zone


def describe_cdb_zone_config(_call: Call) -> Result:
    """Every size sold, and every region with its zones."""
    return {
        "DataResult": {
            "Configs": [_config(each) for each in SIZES],
            "Regions": [_region(region) for region in REGIONS if region.is_available],
        }
    }


def _config(each: Size) -> Mapping[str, Any]:
    return {
        "Memory": each.memory,
        "Cpu": each.cpu,
        "VolumeMin": LEAST_VOLUME,
        "VolumeMax": MOST_VOLUME,
        "VolumeStep": VOLUME_STEP,
        "Iops": each.iops,
        # Assumed: what a size is good for is not said here.
        "Info": "",
        "Status": 0,
        "DeviceType": "UNIVERSAL",
        "EngineType": "InnoDB",
        "Id": each.id,
    }


def _region(region: Region) -> Mapping[str, Any]:
    area, _, name = region.zh.rpartition("(")
    return {
        "RegionName": name.rstrip(")") or region.zh,
        "Area": area or region.zh,
        # Assumed: Guangzhou is the one that a console opens with.
        "IsDefaultRegion": int(region.id == "ap-guangzhou"),
        "Region": region.id,
        "RegionConfig": [_zone(region, zone.id, is_open=zone.is_available) for zone in region.zones],
    }


def _zone(region: Region, zone: str, *, is_open: bool) -> Mapping[str, Any]:
    others = [each for each in open_zones(region.id) if each != zone]
    # Documented: 1 is sold, 3 is not sold any more. Assumed: replicas are sold in every zone of the region.
    status = 1 if is_open else 3
    conf = {"DeployMode": [0, 1] if others else [0], "MasterZone": [zone]}
    return {
        "Status": status,
        "ZoneName": zone_name(zone),
        "IsCustom": True,
        "IsSupportDr": True,
        "IsSupportVpc": True,
        "HourInstanceSaleMaxNum": 10000,
        "IsDefaultZone": False,
        "IsBm": False,
        "PayType": ["0", "1"],
        "ProtectMode": ["0", "1", "2"],
        "Zone": zone,
        "ZoneConf": {**conf, "SlaveZone": [zone, *others], "BackupZone": [zone, *others]},
        "DrZone": [],
        "IsSupportRemoteRo": bool(others),
        "RemoteRoZone": others,
        "ExClusterStatus": 3,
        "ExClusterRemoteRoZone": [],
        "ExClusterZoneConf": {"DeployMode": [0], "MasterZone": [], "SlaveZone": [], "BackupZone": []},
        "SellType": [
            {"TypeName": "Z3", "EngineVersion": list(VERSIONS), "ConfigIds": [each.id for each in SIZES]}
        ],
        "ZoneId": zone_number(zone),
        "IsSupportIpv6": False,
        "EngineType": list(ENGINES),
        "CloudNativeClusterStatus": 3,
        "DiskTypeConf": [],
    }


ACTIONS = (Does(action="DescribeCdbZoneConfig", run=describe_cdb_zone_config, home="region", asks=ALL),)
