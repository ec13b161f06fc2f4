"""The redis tables of an estate: instances and what each is set to."""

from __future__ import annotations

from emulator.world.estate import draw, residents
from emulator.world.estate.draw import slots
from emulator.world.estate.residents import Resident
from emulator.world.estate.site import Site, Value, china
from emulator.world.shelves import Row, Shelf

# Documented: which number is which type, the sizes of shards. Assumed: how often each is found.
TYPES = slots((2, 3), (6, 3), (7, 5), (8, 12), (9, 5), (15, 12), (16, 6))
CLUSTERS = frozenset({4, 7, 9, 16})
SIZES = slots((1024, 14), (2048, 8), (4096, 6), (8192, 4), (16384, 1))
"""Of a shard, in MB."""
STATES = slots((2, 60), (-2, 2), (1, 1))
_VERSIONS = {2: "2.8.23", 6: "4.0.14", 7: "4.0.14", 8: "5.0.14", 9: "5.0.14", 15: "6.2.14", 16: "6.2.14"}
_TITLES = {2: "实例运行中", -2: "实例已隔离", 1: "实例流程中"}


def instances(site: Site) -> Shelf[Row]:
    """``redis.instance``."""
    return residents.shelf(site, "crs", _instance, tagged="InstanceTags")


def settings(site: Site) -> Shelf[Row]:
    """``redis.settings``: under each instance's id its groups, backups and commands."""
    return residents.shelf(site, "crs", _settings)


def _instance(site: Site, one: Resident) -> Value:
    kind, shard, state = (
        TYPES[one.chance >> 24 & 255],
        SIZES[one.chance >> 32 & 255],
        STATES[one.chance >> 48 & 255],
    )
    is_cluster, risks = kind in CLUSTERS, one.risks
    shards = draw.pick((3, 3, 5), one.chance >> 3) if is_cluster else 1
    port = 6379 if one.chance & 8 else 20000 + one.place % 10000
    open_to_all = site.is_risky("public_database", risks)
    free = site.is_risky("no_password", risks >> 16)
    return {
        **_EVERY,
        "InstanceName": site.words.thing(one.chance >> 4, "redis"),
        "InstanceId": one.id,
        "RegionId": site.region.number,
        "ZoneId": residents.zone_number(one.subnet.zone),
        "VpcId": one.vpc_number,
        "SubnetId": one.subnet_number,
        "Status": state,
        # Documented: the private address, despite its name.
        "WanIp": one.address,
        "Port": port,
        "Createtime": china(one.chance >> 20),
        "Size": float(shard * shards),
        "Type": kind,
        "AutoRenewFlag": int(one.is_prepaid and one.chance >> 9 & 1),
        "DeadlineTime": residents.deadline(one),
        "ProductType": "cluster" if is_cluster else "standalone",
        "UniqVpcId": one.subnet.vpc.id,
        "UniqSubnetId": one.subnet.id,
        "BillingMode": int(one.is_prepaid),
        "InstanceTitle": _TITLES[state],
        "RedisShardSize": shard,
        "RedisShardNum": shards,
        "InstanceTags": residents.tags(site, one.chance),
        "NoAuth": free,
        "PasswordFree": int(free),
        "NodeSet": _nodes(site, one),
        "Region": site.region.id,
        # Assumed: how the public address is made.
        "WanAddress": f"{one.id}.redis.tencentcdb.com:{20000 + one.number % 40000}" if open_to_all else "",
        "CurrentRedisVersion": _VERSIONS[kind],
        "DeleteProtectionSwitch": int(not site.is_risky("no_delete_protection", risks >> 32)),
    }


def _nodes(site: Site, one: Resident) -> list[Value]:
    """The master and its replica; nothing for an instance in a single zone."""
    # Documented: only instances in several zones have these. Assumed: a zone's name here is its id.
    zones = (one.subnet.zone, residents.second_zone(site, one.subnet.zone, one.chance >> 40))
    if zones[0] == zones[1]:
        return []
    return [
        {
            "NodeType": at,
            "NodeId": one.number * 2 + at,
            "ZoneId": residents.zone_number(zone),
            "ZoneName": zone,
        }
        for at, zone in enumerate(zones)
    ]


# Assumed: members that are empty here are empty strings, empty lists or 0.
_EVERY: Value = {
    # An estate does not know its owner: whoever shows the row fills this in.
    "Appid": 0,
    "ProjectId": 0,
    "SizeUsed": 0.0,
    "Engine": "Redis",
    "OfflineTime": "",
    "SubStatus": 0,
    "Tags": [],
    "InstanceNode": [],
    "RedisReplicasNum": 1,
    "PriceId": 0,
    "CloseTime": "",
    "SlaveReadWeight": 0,
    "ProjectName": "默认项目",
    "ClientLimit": 10000,
    "DtsStatus": 0,
    "NetLimit": 96,
    "Vip6": "",
    "ReadOnly": 0,
    "RemainBandwidthDuration": "",
    "DiskSize": 0,
    "MonitorVersion": "5s",
    "ClientLimitMin": 10000,
    "ClientLimitMax": 40000,
    "PolarisServer": "",
    "RedisClusterId": "",
    "DedicatedClusterId": "",
    "ProductVersion": "local",
    "CurrentProxyVersion": "",
    "UpgradeProxyVersion": "",
    "UpgradeRedisVersion": "",
}

_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def _settings(site: Site, one: Resident) -> Value:
    chance = site.chance("redis settings", one.place)
    return {
        "InstanceId": one.id,
        "SecurityGroupIds": one.groups,
        "Backup": {
            "AutoBackupType": 1,
            "WeekDays": [] if site.is_risky("no_backups", chance) else _DAYS,
            "TimePeriod": "02:00-03:00",
            "BackupStorageDays": 3 if site.is_risky("short_backups", chance >> 16) else 7,
            "BinlogStorageDays": 7,
        },
        "Commands": _commands(site, chance),
    }


def _commands(site: Site, chance: int) -> list[Value]:
    names = ["GET", "SET", "HGETALL", "EXPIRE", "INCR"]
    if site.is_risky("dangerous_commands", chance >> 32):
        names.append(draw.pick(("KEYS", "FLUSHALL", "FLUSHDB", "CONFIG"), chance >> 48))
    return [{"Cmd": name, "Count": (chance >> 8) % 900_000 // 7**at + 1} for at, name in enumerate(names)]
