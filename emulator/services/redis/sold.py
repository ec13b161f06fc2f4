"""What TencentDB for Redis sells: types, sizes, shards and replicas, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from emulator.errors import ApiError, not_emulated
from emulator.services.redis.instances import ALL
from emulator.services.redis.refusals import bad_value, missing
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.writing import Value
from emulator.world.regions import REGIONS, Region, Zone, find


class Type(NamedTuple):
    """A type of instance: its version, whether it has shards, and the most replicas."""

    number: int
    version: str
    """As an instance shows it."""
    has_shards: bool
    replicas: int

    @property
    def name(self) -> str:
        """As the price list has it."""
        # Observed: these two names, and the version in two figures.
        return "Redis 集群版" if self.has_shards else "Redis 主从版"


# Documented: the numbers, and up to five replicas, one in 2.8. Assumed: the last figures of the versions.
TYPES: Mapping[int, Type] = {
    each.number: each
    for each in (
        Type(2, "2.8.23", has_shards=False, replicas=1),
        Type(6, "4.0.14", has_shards=False, replicas=5),
        Type(7, "4.0.14", has_shards=True, replicas=5),
        Type(8, "5.0.14", has_shards=False, replicas=5),
        Type(9, "5.0.14", has_shards=True, replicas=5),
        Type(15, "6.2.14", has_shards=False, replicas=5),
        Type(16, "6.2.14", has_shards=True, replicas=5),
        Type(17, "7.0.12", has_shards=False, replicas=5),
        Type(18, "7.0.12", has_shards=True, replicas=5),
    )
}
# Documented: types of CKV, Valkey and Memcached. They are not sold here.
OTHERS = (3, 4, 19, 20, 21, 22, 200)
# Documented: a shard's size is a multiple of 1024. Observed: which ones, in GB, and how many shards.
SIZES = (1, 2, 4, 8, 12, 16, 20, 24, 32, 40, 48, 60)
SHARD_SIZES = (1, 2, 4, 8, 12, 16, 20, 24, 32)
SHARDS = (1, 3, 5, 8, 12, 16, 24, 32, 40, 48, 64, 80, 96, 128)
MOST_AT_ONCE = 10
"""Observed: the most that one order may be for."""


def find_type(call: Call, number: int) -> Type:
    """The type of a number.

    Raises:
        ApiError: there is none; other engines are not emulated.
    """
    if number in OTHERS:
        raise not_emulated(call.action.key, f"instances of type {number} are not sold here.")
    found = TYPES.get(number)
    if found is None:
        raise ApiError("InvalidParameterValue.UnSupportedType", f"The type {number} is not supported.")
    return found


def check_size(kind: Type, memory: int) -> int:
    """The memory (in MB) of an instance, or of each of its shards.

    Raises:
        ApiError: it is not sold.
    """
    if memory <= 0 or memory % 1024:
        raise ApiError("LimitExceeded.InvalidMemSize", "`MemSize` must be a multiple of 1024.")
    if memory // 1024 not in (SHARD_SIZES if kind.has_shards else SIZES):
        raise ApiError("LimitExceeded.MemSizeNotInRange", f"The size {memory} is not sold.")
    return memory


def check_shards(kind: Type, shards: int | None) -> int:
    """How many shards an instance has: one, where it has none."""
    # Documented: a standard instance needs no number.
    if not kind.has_shards:
        return 1
    if not shards:
        raise missing("RedisShardNum")
    if shards not in SHARDS:
        raise bad_value("RedisShardNum", shards, ", ".join(map(str, SHARDS)))
    return shards


def check_replicas(kind: Type, replicas: int | None) -> int:
    """How many replicas an instance has: one unless said."""
    wanted = 1 if replicas is None else replicas
    if not 1 <= wanted <= kind.replicas:
        raise ApiError("InvalidParameterValue.SpecNotExist", f"This type has 1 to {kind.replicas} replicas.")
    return wanted


def open_zones(region: str) -> Sequence[Zone]:
    """The zones of a region in which instances are sold."""
    found = find(region)
    return [zone for zone in found.zones if zone.is_available] if found is not None else []


def check_zone(region: str, number: int | None, name: str | None) -> Zone | None:
    """The zone of a number or a name; None where neither is given.

    Raises:
        ApiError: instances are not sold there.
    """
    if not number and not name:
        return None
    for zone in open_zones(region):
        if (not number or zone.number == str(number)) and (not name or zone.id == name):
            return zone
    raise ApiError(
        "ResourceUnavailable.NoServiceAvailableForThisZoneId", f"The zone {number or name} is not available."
    )


def describe_product_info(_call: Call) -> Result:
    """What is sold in every zone of every region."""
    return {"RegionSet": [_region(region) for region in REGIONS if region.is_available]}


def _region(region: Region) -> Value:
    area, _, name = region.zh.rpartition("(")
    return {
        "RegionId": region.id,
        "RegionName": name.rstrip(")"),
        # Observed: in capitals.
        "RegionShortName": region.short.upper(),
        "Area": area,
        "ZoneSet": [_zone(zone) for zone in region.zones],
    }


def _zone(zone: Zone) -> Value:
    return {
        "ZoneId": zone.id,
        # Observed: terraform-provider-tencentcloud finds the zone that its users name (ap-guangzhou-3) by
        # this member; the official example has a Chinese name there.
        "ZoneName": zone.id,
        "IsSaleout": not zone.is_available,
        "IsDefault": False,
        "NetWorkType": ["vpcnet"],
        "ProductSet": [_product(kind, mode) for kind in TYPES.values() for mode in ("0", "1")],
        "OldZoneId": int(zone.number),
    }


def _product(kind: Type, mode: str) -> Value:
    sizes = SHARD_SIZES if kind.has_shards else SIZES
    major = ".".join(kind.version.split(".")[:2])
    return {
        "Type": kind.number,
        "TypeName": kind.name,
        "MinBuyNum": 1,
        "MaxBuyNum": MOST_AT_ONCE,
        "Saleout": False,
        "Engine": "社区版Redis",
        "Version": f"Redis {major}",
        "TotalSize": [str(size) for size in sizes],
        "ShardSize": [str(size) for size in sizes],
        "ReplicaNum": [str(number) for number in range(1, kind.replicas + 1)],
        "ShardNum": [str(number) for number in (SHARDS if kind.has_shards else (1,))],
        "PayMode": mode,
        "EnableRepicaReadOnly": kind.replicas > 1,
        "EnableReplicaReadOnly": kind.replicas > 1,
    }


ACTIONS = (Does(action="DescribeProductInfo", run=describe_product_info, home="region", asks=ALL),)
