"""What TencentDB for PostgreSQL sells: classes, versions, zones and regions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from emulator.errors import ApiError, not_emulated
from emulator.services.postgres.instances import ALL
from emulator.services.postgres.refusals import bad_value, missing, out_of_range
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.writing import Value
from emulator.world.regions import REGIONS, Zone, find


class Class(NamedTuple):
    """Cores and memory (in GB) that are sold together."""

    code: str
    cpu: int
    memory: int
    qps: int


# Observed: all of the first one, and the bounds of its disk. Assumed: the others, after its manner.
CLASSES = (
    Class("pg.it.small2", 1, 2, 1800),
    Class("pg.it.medium2", 2, 4, 3600),
    Class("pg.it.medium4", 2, 8, 3800),
    Class("pg.it.large2", 4, 8, 7200),
    Class("pg.it.large4", 4, 16, 7600),
    Class("pg.it.xlarge2", 8, 32, 15200),
    Class("pg.it.2xlarge4", 16, 64, 30000),
)
LEAST_STORAGE, MOST_STORAGE, STORAGE_STEP = 10, 3000, 10
"""In GB. Documented: the step."""
# Documented: 10 to 15 are major versions. Observed: 10.4, which terraform-provider-tencentcloud orders unless
# told otherwise. Assumed: 16 as well, and the other last figures.
VERSIONS = ("10.4", "11.12", "12.4", "13.3", "14.2", "15.1", "16.0")
ENGINES = ("postgresql", "mssql_compatible")
STORAGES = ("PHYSICAL_LOCAL_SSD", "CLOUD_PREMIUM", "CLOUD_SSD", "CLOUD_HSSD")


def kernel(version: str) -> str:
    """The version of the kernel that runs a version."""
    return f"v{version}_r1.8"


def find_class(code: str) -> Class:
    """The class of a code.

    Raises:
        ApiError: there is none.
    """
    for each in CLASSES:
        if each.code == code:
            return each
    raise ApiError("InvalidParameterValue.SpecNotRecognizedError", f"The class `{code}` is not sold.")


def find_size(memory: int, cpu: int | None) -> Class:
    """The class of a memory in GB; the one with the fewest cores if they are not named.

    Raises:
        ApiError: nothing like it is sold.
    """
    # Documented: cores go with the memory unless they are named.
    for each in CLASSES:
        if each.memory == memory and cpu in (None, 0, each.cpu):
            return each
    raise ApiError(
        "InvalidParameterValue.BadSpec", f"No class of {memory} GB and {cpu or 'any'} cores is sold."
    )


def check_storage(storage: int) -> int:
    """A size that a disk may have."""
    if not LEAST_STORAGE <= storage <= MOST_STORAGE or storage % STORAGE_STEP:
        expected = f"{LEAST_STORAGE} to {MOST_STORAGE} in steps of {STORAGE_STEP}"
        raise out_of_range("Storage", storage, expected)
    return storage


def check_storage_type(call: Call) -> str:
    """The kind of disk that a call names."""
    # Documented: the machine's own disks unless said.
    kind: str = call.params.get("StorageType") or STORAGES[0]
    if kind not in STORAGES:
        raise bad_value("StorageType", kind, ", ".join(STORAGES))
    return kind


def check_engine(call: Call) -> str:
    """The engine that a call names: one only is there."""
    engine: str = call.params.get("DBEngine") or ENGINES[0]
    if engine not in ENGINES:
        raise bad_value("DBEngine", engine, ", ".join(ENGINES))
    if engine != ENGINES[0]:
        raise not_emulated(call.action.key, f"the engine {engine} is not there yet.")
    return engine


def check_version(call: Call) -> str:
    """The version that a call names by its first figure, as a whole, or by the kernel's."""
    params = call.params
    for name, write in (("DBKernelVersion", kernel), ("DBVersion", str), ("DBMajorVersion", major)):
        wanted = params.get(name)
        if wanted:
            for version in VERSIONS:
                if write(version) == wanted:
                    return version
            raise bad_value(name, wanted, ", ".join(map(write, VERSIONS)))
    # Documented: the major version has to be given, though the contract lets it lack.
    raise missing("DBMajorVersion")


def major(version: str) -> str:
    """The first figure of a version."""
    return version.partition(".")[0]


def open_zones(region: str) -> Sequence[str]:
    """The zones of a region in which instances are sold."""
    found = find(region)
    return [zone.id for zone in found.zones if zone.is_available] if found is not None else []


def check_zone(region: str, zone: str) -> str:
    """A zone of the region.

    Raises:
        ApiError: instances are not sold there.
    """
    if zone not in open_zones(region):
        raise ApiError("InvalidParameterValue.IllegalZone", f"The zone `{zone}` is not available.")
    return zone


# --- Lists ------------------------------------------------------------------------------------------------


def describe_classes(call: Call) -> Result:
    """The classes that are sold in a zone for a version."""
    check_zone(call.region, call.params["Zone"])
    check_engine(call)
    check_version(call)
    check_storage_type(call)
    return {
        "ClassInfoSet": [
            {
                "SpecCode": each.code,
                "CPU": each.cpu,
                "Memory": each.memory * 1024,
                "MaxStorage": MOST_STORAGE,
                "MinStorage": LEAST_STORAGE,
                "QPS": each.qps,
            }
            for each in CLASSES
        ]
    }


def describe_product_config(call: Call) -> Result:
    """The classes that are sold in each zone or the one that is named, with every version that they run."""
    check_engine(call)
    check_storage_type(call)
    # Documented: the zone may be left out. Assumed: that asks for all of the region's.
    wanted = call.params.get("Zone")
    zones = [check_zone(call.region, wanted)] if wanted else open_zones(call.region)
    items = [_item(each, version) for version in reversed(VERSIONS) for each in CLASSES]
    return {
        "SpecInfoList": [
            # Assumed: no keys of other services' in any region, as encryption is not there yet.
            {"Region": call.region, "Zone": zone, "SpecItemInfoList": items, "SupportKMSRegions": []}
            for zone in zones
        ]
    }


def _item(size: Class, version: str) -> Value:
    # Observed: how names are written, no Type and a Pid of 0.
    return {
        "SpecCode": size.code,
        "Version": version,
        "VersionName": f"PostgreSQL {major(version)}",
        "MajorVersion": major(version),
        "KernelVersion": kernel(version),
        "Cpu": size.cpu,
        "Memory": size.memory * 1024,
        "MaxStorage": MOST_STORAGE,
        "MinStorage": LEAST_STORAGE,
        "Qps": size.qps,
        "Pid": 0,
        "Type": "",
        "IsSupportTDE": 0,
    }


def describe_db_versions(call: Call) -> Result:
    """The versions that are sold, the latest first."""
    check_storage_type(call)
    return {"VersionSet": [_version(version) for version in reversed(VERSIONS)]}


def _version(version: str) -> Value:
    later_ones = VERSIONS[VERSIONS.index(version) + 1 :]
    return {
        "DBEngine": ENGINES[0],
        "DBVersion": version,
        "DBMajorVersion": major(version),
        "DBKernelVersion": kernel(version),
        # Assumed: encryption is not there yet.
        "SupportedFeatureNames": [],
        "Status": "AVAILABLE",
        "AvailableUpgradeTarget": [kernel(each) for each in later_ones],
    }


def describe_zones(call: Call) -> Result:
    """The zones of a region, and where replicas may stand beside each."""
    check_storage_type(call)
    region = find(call.region)
    zones = [_zone(call.region, zone) for zone in region.zones] if region is not None else []
    return {"TotalCount": len(zones), "ZoneSet": zones}


def _zone(region: str, zone: Zone) -> Value:
    others = [each for each in open_zones(region) if each != zone.id]
    return {
        "Zone": zone.id,
        "ZoneName": zone.zh,
        "ZoneId": int(zone.number),
        "ZoneState": zone.state,
        "ZoneSupportIpv6": 0,
        # Observed: null where nothing is sold.
        "StandbyZoneSet": others if zone.is_available else None,
    }


def describe_regions(_call: Call) -> Result:
    """The regions in which instances are sold."""
    regions = [
        {
            "Region": region.id,
            "RegionName": region.zh,
            "RegionId": region.number,
            "RegionState": region.state,
            # Assumed: no site of its own for other countries.
            "SupportInternational": 0,
        }
        for region in REGIONS
    ]
    return {"TotalCount": len(regions), "RegionSet": regions}


ACTIONS = (
    Does(action="DescribeClasses", run=describe_classes, home="region", asks=ALL),
    Does(action="DescribeProductConfig", run=describe_product_config, home="region", asks=ALL),
    Does(action="DescribeDBVersions", run=describe_db_versions, home="region", asks=ALL),
    Does(action="DescribeZones", run=describe_zones, home="region", asks=ALL),
    Does(action="DescribeRegions", run=describe_regions),
)
