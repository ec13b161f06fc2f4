"""The postgres tables of an estate: PostgreSQL instances and what each is set to."""

from __future__ import annotations

from emulator.world.estate import draw, residents
from emulator.world.estate.draw import slots
from emulator.world.estate.residents import Resident
from emulator.world.estate.site import Site, Value, china
from emulator.world.shelves import Row, Shelf

# Documented: the versions, the states. Assumed: how often each is found.
VERSIONS = slots(("11.12", 3), ("12.4", 4), ("13.3", 6), ("14.2", 8), ("15.1", 6), ("16.0", 3))
SIZES = slots(((1, 2, 50), 8), ((2, 4, 100), 12), ((4, 8, 200), 8), ((8, 32, 500), 2))
"""Cores, memory and disk in GB."""
STATES = slots(("running", 60), ("isolated", 2), ("restarting", 1))


def instances(site: Site) -> Shelf[Row]:
    """``postgres.instance``."""
    return residents.shelf(site, "postgres", _instance, tagged="TagList")


def settings(site: Site) -> Shelf[Row]:
    """``postgres.settings``: under each instance's id its groups and backup plans."""
    return residents.shelf(site, "postgres", _settings)


def _instance(site: Site, one: Resident) -> Value:
    cpu, memory, disk = SIZES[one.chance >> 32 & 255]
    version, zone, state = VERSIONS[one.chance >> 24 & 255], one.subnet.zone, STATES[one.chance >> 48 & 255]
    time = china(one.chance >> 20)
    second = residents.second_zone(site, zone, one.risks >> 16)
    return {
        **_EVERY,
        "Region": site.region.id,
        "Zone": zone,
        "VpcId": one.subnet.vpc.id,
        "SubnetId": one.subnet.id,
        "DBInstanceId": one.id,
        "DBInstanceName": site.words.thing(one.chance >> 4, "pg"),
        "DBInstanceStatus": state,
        "DBInstanceMemory": memory,
        "DBInstanceStorage": disk,
        "DBInstanceCpu": cpu,
        "DBInstanceClass": f"pg.it.{('small', 'medium', 'large', 'xlarge')[cpu.bit_length() - 1]}2",
        "DBMajorVersion": version.partition(".")[0],
        "DBVersion": version,
        "DBKernelVersion": f"v{version}_r1.8",
        "CreateTime": time,
        "UpdateTime": time,
        "ExpireTime": residents.deadline(one),
        "IsolatedTime": "0000-00-00 00:00:00",
        "PayType": "prepaid" if one.is_prepaid else "postpaid",
        "AutoRenew": int(one.is_prepaid and one.chance >> 9 & 1),
        "DBInstanceNetInfo": _networks(site, one),
        "Uid": one.number,
        "TagList": residents.tags(site, one.chance),
        "DBNodeSet": [{"Role": "Primary", "Zone": zone}, {"Role": "Standby", "Zone": second}],
        "DeletionProtection": not site.is_risky("no_delete_protection", one.risks >> 32),
        "DBInstanceStorageType": "PHYSICAL_LOCAL_SSD",
    }


def _networks(site: Site, one: Resident) -> list[Value]:
    """The private address, and the public one: open on risky instances, not opened on others."""
    is_open = site.is_risky("public_database", one.risks)
    every = {"VpcId": one.subnet.vpc.id, "SubnetId": one.subnet.id, "ProtocolType": "postgresql"}
    public = {
        # Assumed: how the public domain is made.
        "Address": f"{one.id}.sql.tencentcdb.com" if is_open else "",
        "Ip": "",
        "Port": 20000 + one.number % 40000 if is_open else 0,
        "NetType": "public",
        "Status": "opened" if is_open else "initing",
    }
    private = {
        "Address": "",
        "Ip": one.address,
        "Port": 5432,
        "NetType": "private",
        "Status": "opened",
    }
    return [{**every, **private}, {**every, **public}]


# Assumed: members that are empty here are empty strings, null or 0.
_EVERY: Value = {
    "DBInstanceType": "primary",
    "DBInstanceVersion": "standard",
    "DBCharset": "UTF8",
    "Type": "TS85",
    # An estate does not know its owner: whoever shows the row fills this in.
    "AppId": 0,
    "ProjectId": 0,
    "MasterDBInstanceId": "",
    "ReadOnlyInstanceNum": 0,
    "StatusInReadonlyGroup": "",
    "OfflineTime": "",
    "IsSupportTDE": 0,
    "DBEngine": "postgresql",
    "DBEngineConfig": "",
    "NetworkAccessList": None,
    "SupportIpv6": 0,
}


def _settings(site: Site, one: Resident) -> Value:
    chance = site.chance("postgres settings", one.place)
    return {
        "DBInstanceId": one.id,
        "SecurityGroupIds": one.groups,
        "Plans": [
            {
                "BackupPeriod": '["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]',
                "BaseBackupRetentionPeriod": 3
                if site.is_risky("short_backups", chance)
                else draw.pick((7, 7, 15), chance >> 50),
                "MinBackupStartTime": "00:00:00",
                "MaxBackupStartTime": "06:00:00",
                "BackupMethod": "physical",
                # Assumed: the form of the ids and the name of the plan that every instance has.
                "PlanId": draw.uuid(chance, one.chance),
                "PlanName": "default",
                "LogBackupRetentionPeriod": 3 if site.is_risky("short_log_backups", chance >> 16) else 7,
                "CreatedTime": china(one.chance >> 20),
                "UpdatedTime": china(one.chance >> 20),
                "PlanType": "default",
                "BackupPeriodType": "week",
            }
        ],
    }
