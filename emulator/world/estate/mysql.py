"""The cdb tables of an estate: MySQL instances and what each is set to."""

from __future__ import annotations

from emulator.world.estate import draw, residents
from emulator.world.estate.draw import slots
from emulator.world.estate.residents import Resident
from emulator.world.estate.site import Site, Value, china
from emulator.world.shelves import Row, Shelf

# Documented: the versions, the states. Assumed: how often each is found.
VERSIONS = slots(("5.6", 3), ("5.7", 12), ("8.0", 20))
SIZES = slots(((1, 1000, 50), 6), ((2, 4000, 100), 14), ((4, 8000, 200), 10), ((8, 32000, 1000), 3))
"""Cores, memory in MB, disk in GB."""
STATES = slots((1, 60), (5, 2), (0, 1))
_WINDOW = "02:00-06:00"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Documented: seven days, physically, and what else is off by default. Assumed: daily between two and six.
FIRST_BACKUP: Value = {
    "StartTimeMin": 2,
    "StartTimeMax": 6,
    "BackupExpireDays": 7,
    "BackupMethod": "physical",
    "BinlogExpireDays": 7,
    "BackupTimeWindow": {
        **dict.fromkeys(_DAYS, _WINDOW),
        "BackupPeriodStrategy": "weekly",
        "Days": [],
        "BackupPeriodTime": _WINDOW,
    },
    "EnableBackupPeriodSave": "off",
    "BackupPeriodSaveDays": 1080,
    "BackupPeriodSaveInterval": "monthly",
    "BackupPeriodSaveCount": 1,
    "StartBackupPeriodSaveDate": "",
    "EnableBackupArchive": "off",
    "BackupArchiveDays": 180,
    "EnableBinlogArchive": "off",
    "BinlogArchiveDays": 180,
    "EnableBackupStandby": "off",
    "BackupStandbyDays": 30,
    "EnableBinlogStandby": "off",
    "BinlogStandbyDays": 30,
}
# Assumed: a new instance runs the latest of its version.
FIRST_FEATURES: Value = {
    "IsSupportAudit": True,
    "AuditNeedUpgrade": False,
    "IsSupportEncryption": False,
    "EncryptionNeedUpgrade": False,
    "IsRemoteRo": False,
    "MasterRegion": "",
    "IsSupportUpdateSubVersion": False,
    "CurrentSubVersion": "20240401",
    "TargetSubVersion": "",
}


def instances(site: Site) -> Shelf[Row]:
    """``cdb.instance``."""
    return residents.shelf(site, "cdb", _instance, tagged="TagList")


def settings(site: Site) -> Shelf[Row]:
    """``cdb.settings``: under each instance's id its accounts, audit, backups and features."""
    return residents.shelf(site, "cdb", _settings)


def _version(one: Resident) -> str:
    return VERSIONS[one.chance >> 24 & 255]


def _is_encryptable(one: Resident) -> bool:
    """Whether it runs on cloud disks, which can be encrypted."""
    return one.chance >> 3 & 3 == 0


def _instance(site: Site, one: Resident) -> Value:
    cpu, memory, disk = SIZES[one.chance >> 32 & 255]
    zone, risks = one.subnet.zone, one.risks
    is_public = site.is_risky("public_database", risks)
    other = residents.second_zone(site, zone, risks >> 16)
    is_cloud = _is_encryptable(one)
    port = 3306 if one.chance & 4 else 20000 + one.place % 10000
    value = {
        **_EVERY,
        "WanStatus": int(is_public),
        "Zone": zone,
        "Memory": memory,
        "Status": STATES[one.chance >> 48 & 255],
        "VpcId": one.vpc_number,
        "SlaveInfo": {
            "First": {"Vport": port, "Region": site.region.id, "Vip": "", "Zone": other},
            "Second": {"Vport": 0, "Region": "", "Vip": "", "Zone": ""},
        },
        "InstanceId": one.id,
        "Volume": disk,
        "AutoRenew": int(one.is_prepaid and one.chance >> 9 & 1),
        "SubnetId": one.subnet_number,
        "Region": site.region.id,
        "DeadlineTime": residents.deadline(one),
        "DeployMode": int(other != zone),
        "DeviceType": "CLOUD_NATIVE_CLUSTER" if is_cloud else "UNIVERSAL",
        "EngineVersion": _version(one),
        "InstanceName": site.words.thing(one.chance >> 4, "mysql"),
        # Assumed: how the public domain is made.
        "WanDomain": f"{one.id}.sql.tencentcdb.com" if is_public else "",
        "WanPort": 20000 + one.number % 40000 if is_public else 0,
        "PayType": int(not one.is_prepaid),
        "CreateTime": china(one.chance >> 20),
        "Vip": one.address,
        "Vport": port,
        "UniqVpcId": one.subnet.vpc.id,
        "UniqSubnetId": one.subnet.id,
        "Cpu": cpu,
        "Qps": cpu * 1200,
        "ZoneName": residents.zone_name(zone),
        "ZoneId": residents.zone_number(zone),
        "TagList": residents.tags(site, one.chance),
        "DiskType": "CLOUD_HSSD" if is_cloud else "",
        "DestroyProtect": "off" if site.is_risky("no_delete_protection", risks >> 32) else "on",
    }
    if is_cloud:
        value["DiskEncryption"] = "off" if site.is_risky("unencrypted_database", one.chance >> 41) else "on"
    return value


# Assumed: members that are empty here are empty strings, empty lists or 0.
_EVERY: Value = {
    "InitFlag": 1,
    "RoVipInfo": {"RoVipStatus": 0, "RoSubnetId": 0, "RoVpcId": 0, "RoVport": 0, "RoVip": ""},
    "ProtectMode": 0,
    "RoGroups": [],
    "InstanceType": 1,
    "ProjectId": 0,
    "TaskStatus": 0,
    "MasterInfo": {
        **dict.fromkeys(
            (
                *("RegionId", "ZoneId", "Status", "InstanceType", "TaskStatus"),
                *("Memory", "Volume", "Qps", "VpcId", "SubnetId"),
            ),
            0,
        ),
        **dict.fromkeys(
            (
                *("Region", "Zone", "InstanceId", "ResourceId", "InstanceName", "DeviceType"),
                *("ExClusterId", "ExClusterName"),
            ),
            "",
        ),
    },
    "DrInfo": [],
    "CdbError": 0,
    "PhysicalId": "",
    "DeviceClass": "",
    "DeployGroupId": "",
    "InstanceNodes": 2,
    "EngineType": "InnoDB",
    "MaxDelayTime": 0,
}


# --- settings --------------------------------------------------------------------------------------------

_ORDINARY = ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "INDEX", "ALTER", "SHOW VIEW"]
_STRONG = [*_ORDINARY, "PROCESS", "RELOAD", "CREATE USER", "SHUTDOWN", "SUPER", "FILE"]


def _settings(site: Site, one: Resident) -> Value:
    chance = site.chance("cdb settings", one.place)
    return {
        "InstanceId": one.id,
        "SecurityGroupIds": one.groups,
        **_accounts(site, one, chance),
        "Audit": _audit(site, one, chance),
        "Backup": _backup(site, chance),
        "Features": _features(site, one, chance),
    }


def _accounts(site: Site, one: Resident, chance: int) -> Value:
    """Accounts, and the privileges of each in the same order."""
    is_open = site.is_risky("open_database_account", chance)
    inside = f"{one.subnet.vpc.octets}.%"
    names = ["root", f"{site.words.people[chance % 128]}_app", "readonly"][: 1 + chance % 3]
    # The root of an instance may do anything; it is the others who should not.
    is_strong = len(names) > 1 and site.is_risky("strong_database_account", chance >> 16)
    accounts = [
        _account(name, "%" if is_open else "127.0.0.1" if name == "root" else inside, china(chance >> at))
        for at, name in enumerate(names, 14)
    ]
    return {
        "Accounts": accounts,
        "Privileges": [_privileges(name, is_strong) for name in names],
    }


def _account(user: str, host: str, time: str) -> Value:
    return {
        "Notes": "",
        "Host": host,
        "User": user,
        "ModifyTime": time,
        "ModifyPasswordTime": time,
        "CreateTime": time,
        "MaxUserConnections": 0,
        "OpenCam": False,
    }


def _privileges(user: str, is_strong: bool) -> Value:
    everywhere = _STRONG if user == "root" or is_strong else ["SELECT"] if user == "readonly" else []
    return {
        "GlobalPrivileges": everywhere,
        "DatabasePrivileges": [] if everywhere else [{"Database": "app", "Privileges": _ORDINARY}],
        "TablePrivileges": [],
        "ColumnPrivileges": [],
    }


def _audit(site: Site, one: Resident, chance: int) -> Value | None:
    """The audit's settings; None while it is off."""
    if not _is_auditable(one) or site.is_risky("no_audit", chance >> 24):
        return None
    return {
        # Documented: the lengths there are.
        "LogExpireDay": draw.pick((7, 30), chance) if site.is_risky("short_audit", chance >> 30) else 180,
        "LogType": "storage",
        "IsClosing": "false",
        "IsOpening": "false",
        "CreateTime": china(one.chance >> 20),
    }


def _is_auditable(one: Resident) -> bool:
    return _version(one) != "5.6" or one.chance & 8 == 0


def _backup(site: Site, chance: int) -> Value:
    days = draw.pick((7, 7, 15, 30), chance >> 8)
    return {
        **FIRST_BACKUP,
        "BackupExpireDays": 3 if site.is_risky("short_backups", chance >> 36) else days,
        "BinlogExpireDays": 3 if site.is_risky("short_log_backups", chance >> 40) else 7,
    }


def _features(site: Site, one: Resident, chance: int) -> Value:
    version, is_old = _version(one), site.is_risky("outdated_database", chance >> 44)
    return {
        **FIRST_FEATURES,
        "IsSupportAudit": _is_auditable(one),
        "IsSupportEncryption": _is_encryptable(one),
        "IsSupportUpdateSubVersion": is_old,
        "CurrentSubVersion": f"{version}-{'20200331' if is_old else '20240401'}",
        "TargetSubVersion": f"{version}-20240401" if is_old else "",
    }
