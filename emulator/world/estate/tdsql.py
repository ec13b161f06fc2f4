"""The mariadb and dcdb tables of an estate: TDSQL instances, whole or in shards."""

from __future__ import annotations

from emulator.world.estate import draw, residents
from emulator.world.estate.draw import slots
from emulator.world.estate.residents import Resident
from emulator.world.estate.site import Site, Value, china
from emulator.world.shelves import Row, Shelf

# Documented: the versions, the states. Assumed: how often each is found.
VERSIONS = slots(("8.0.18", 8), ("5.7.17", 6), ("10.1.9", 4))
SIZES = slots(((1, 2, 50), 6), ((2, 4, 100), 10), ((4, 16, 500), 6))
"""Cores, memory and disk in GB."""
STATES = slots((2, 60), (-1, 2), (1, 1))
_TITLES = {2: "运行中", -1: "已隔离", 1: "流程处理中"}


def mariadb_instances(site: Site) -> Shelf[Row]:
    """``mariadb.instance``."""
    return residents.shelf(site, "tdsql", _mariadb, tagged="ResourceTags")


def mariadb_settings(site: Site) -> Shelf[Row]:
    """``mariadb.settings``: under each instance's id its accounts, backups and further details."""
    return residents.shelf(site, "tdsql", _mariadb_settings)


def dcdb_instances(site: Site) -> Shelf[Row]:
    """``dcdb.instance``."""
    return residents.shelf(site, "tdsqlshard", _dcdb, tagged="ResourceTags")


def dcdb_settings(site: Site) -> Shelf[Row]:
    """``dcdb.settings``: under each instance's id its accounts and further details."""
    return residents.shelf(site, "tdsqlshard", _dcdb_settings)


def _common(site: Site, one: Resident) -> Value:
    """What both kinds show alike."""
    cpu, memory, disk = SIZES[one.chance >> 32 & 255]
    version, state = VERSIONS[one.chance >> 24 & 255], STATES[one.chance >> 48 & 255]
    time, is_public = china(one.chance >> 20), site.is_risky("public_database", one.risks)
    return {
        **_EVERY,
        "InstanceId": one.id,
        "InstanceName": site.words.thing(one.chance >> 4, "tdsql"),
        "Region": site.region.id,
        "Zone": one.subnet.zone,
        "VpcId": one.vpc_number,
        "SubnetId": one.subnet_number,
        "Status": state,
        "StatusDesc": _TITLES[state],
        "Vip": one.address,
        "Vport": 3306,
        # Assumed: how the public domain is made.
        "WanDomain": f"{one.id}.sql.tencentcdb.com" if is_public else "",
        "WanVip": "",
        "WanPort": 20000 + one.number % 40000 if is_public else 0,
        "CreateTime": time,
        "UpdateTime": time,
        "AutoRenewFlag": int(one.is_prepaid and one.chance >> 9 & 1),
        "PeriodEndTime": residents.deadline(one),
        "Memory": memory,
        "Storage": disk,
        "UniqueVpcId": one.subnet.vpc.id,
        "UniqueSubnetId": one.subnet.id,
        "NodeCount": 1 if site.is_risky("single_node", one.risks >> 16) else 2 + (one.chance >> 3 & 1),
        "Id": one.number,
        "Paymode": "prepaid" if one.is_prepaid else "postpaid",
        "WanStatus": int(is_public),
        "Cpu": cpu,
        "DbEngine": "MariaDB" if version.startswith("10") else "Percona" if version < "8" else "MySQL",
        "DbVersion": version,
        "DbVersionId": version.rpartition(".")[0],
        "ResourceTags": residents.tags(site, one.chance),
        "ProtectedProperty": int(not site.is_risky("no_delete_protection", one.risks >> 32)),
    }


# Assumed: members that are empty here are empty strings or 0.
_EVERY: Value = {
    # An estate does not know its owner: whoever shows the row fills these two in.
    "AppId": 0,
    "Uin": "",
    "ProjectId": 0,
    "IsTmp": 0,
    "ExclusterId": "",
    "Pid": 0,
    "Locker": 0,
    "IsAuditSupported": 1,
    "Ipv6Flag": 0,
    "Vipv6": "",
    "WanVipv6": "",
    "WanPortIpv6": 0,
    "WanStatusIpv6": 0,
    "DcnFlag": 0,
    "DcnStatus": 0,
    "DcnDstNum": 0,
    "InstanceType": 2,
}


def _mariadb(site: Site, one: Resident) -> Value:
    common = _common(site, one)
    return {
        **common,
        "TdsqlVersion": f"Based on {common['DbEngine']} {common['DbVersion']}",
        "OriginSerialId": "",
        "Qps": common["Cpu"] * 2000,
        "Machine": "TS85",
        "IsEncryptSupported": int(_is_encryptable(common)),
    }


def _is_encryptable(instance: Value) -> bool:
    return bool(instance["DbVersion"] > "8")


def _dcdb(site: Site, one: Resident) -> Value:
    common = _common(site, one)
    return {
        **common,
        "ShardCount": 2,
        "IsolatedTimestamp": "0000-00-00 00:00:00",
        "ShardDetail": [_shard(site, one, at, common) for at in range(2)],
    }


def _shard(site: Site, one: Resident, at: int, common: Value) -> Value:
    number = one.place * 2 + at
    return {
        "ShardInstanceId": site.id("shard", number),
        "ShardSerialId": f"set_{one.number}_{at + 1}",
        "Status": 2,
        "Createtime": common["CreateTime"],
        "Memory": common["Memory"],
        "Storage": common["Storage"],
        "ShardId": number + 1,
        "NodeCount": common["NodeCount"],
        "Pid": 0,
        "Cpu": common["Cpu"],
    }


# --- settings --------------------------------------------------------------------------------------------

_ORDINARY = ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "INDEX", "ALTER"]
_STRONG = [*_ORDINARY, "PROCESS", "RELOAD", "CREATE USER", "SUPER"]


def _mariadb_settings(site: Site, one: Resident) -> Value:
    chance = site.chance("mariadb settings", one.place)
    return {
        **_settings(site, one, chance),
        "BackupTime": None
        if site.is_risky("no_backups", chance >> 32)
        else {"InstanceId": one.id, "StartBackupTime": "02:00", "EndBackupTime": "06:00"},
    }


def _dcdb_settings(site: Site, one: Resident) -> Value:
    return _settings(site, one, site.chance("dcdb settings", one.place))


def _settings(site: Site, one: Resident, chance: int) -> Value:
    instance = _common(site, one)
    names = [f"{site.words.people[chance % 128]}_app", "readonly"][: 1 + (chance >> 3 & 1)]
    is_strong = site.is_risky("strong_database_account", chance >> 16)
    is_encrypted = _is_encryptable(instance) and not site.is_risky("unencrypted_database", chance >> 40)
    host = "%" if site.is_risky("open_database_account", chance) else f"{one.subnet.vpc.octets}.%"
    return {
        "InstanceId": one.id,
        "SecurityGroupIds": one.groups,
        "Accounts": [_account(name, host, instance["CreateTime"]) for name in names],
        "Privileges": [_STRONG if is_strong else _ORDINARY] + [["SELECT"]] * (len(names) - 1),
        **_nodes(site, one, instance["NodeCount"]),
        "EncryptStatus": int(is_encrypted),
    }


def _account(user: str, host: str, time: str) -> Value:
    return {
        "UserName": user,
        "Host": host,
        "Description": "",
        "CreateTime": time,
        "UpdateTime": time,
        "ReadOnly": int(user == "readonly"),
        "DelayThresh": 10 if user == "readonly" else 0,
        "SlaveConst": 0,
        "MaxUserConnections": 0,
    }


def _nodes(site: Site, one: Resident, count: int) -> Value:
    zone = one.subnet.zone
    other = draw.pick((residents.other_zone(site, zone), zone), one.chance >> 5)
    zones = [zone, *[other] * (count - 1)]
    return {
        "SlaveZones": zones[1:],
        "NodesInfo": [
            {
                "NodeId": site.id("node", one.place * 4 + at),
                "Role": "slave" if at else "master",
                "Zone": where,
            }
            for at, where in enumerate(zones)
        ],
    }
