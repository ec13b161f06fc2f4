"""Backups of MySQL instances: when they are made, and those made by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from emulator.contract.paging import paging
from emulator.errors import ApiError
from emulator.services.cdb.instances import BACKUP, KIND, ONE, named, running, settings
from emulator.services.cdb.refusals import MANNERS, bad_parameter, bad_value, denied, missing, no_resource
from emulator.tables import databases
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Window
from emulator.tables.listing import window
from emulator.tables.writing import Value, add, later, remove
from emulator.world.clock import china_seconds, china_time

# Documented: the windows there are.
WINDOWS = (
    *("00:00-12:00", "02:00-06:00", "06:00-10:00", "10:00-14:00"),
    *("14:00-18:00", "18:00-22:00", "22:00-02:00"),
)
_WINDOW = re.compile(r"(?:[01]\d|2[0-3]):00-(?:[01]\d|2[0-4]):00")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Documented: the bounds of each, in days. Assumed: where only the least is said, as long as backups last.
_BOUNDS: Mapping[str, tuple[int, int]] = {
    "ExpireDays": (7, 1830),
    "BinlogExpireDays": (7, 3650),
    "BackupPeriodSaveDays": (90, 3650),
    "BackupPeriodSaveCount": (1, 366),
    "BackupArchiveDays": (180, 1830),
    "BinlogArchiveDays": (180, 3650),
    "BackupStandbyDays": (30, 1830),
    "BinlogStandbyDays": (30, 3650),
}
_SWITCHES = (
    *("EnableBackupPeriodSave", "EnableBackupArchive", "EnableBinlogArchive"),
    *("EnableBackupStandby", "EnableBinlogStandby"),
)
_INTERVALS = ("weekly", "monthly", "quarterly", "yearly")
_METHODS = ("logical", "physical", "snapshot")
# Assumed: how long a backup takes.
_BACKUP_SECONDS = 60


def modify_backup_config(call: Call) -> Result:
    """Change when an instance is backed up and how long that is kept; what is not said stays."""
    key, params = running(call, call.params["InstanceId"])["InstanceId"], call.params
    # Documented: EnableBackupPeriodLongTermSave is not there yet and can be ignored.
    backup = dict(databases.settings(call, KIND, key)["Backup"])
    for name, (least, most) in _BOUNDS.items():
        if params.get(name) is not None:
            if not least <= params[name] <= most:
                raise bad_value(name, params[name], f"{least} to {most}")
            backup["BackupExpireDays" if name == "ExpireDays" else name] = params[name]
    for name, allowed in (
        *((name, ("on", "off")) for name in _SWITCHES),
        ("BackupMethod", ("physical",)),
        ("BackupPeriodSaveInterval", _INTERVALS),
    ):
        if params.get(name):
            if params[name] not in allowed:
                raise bad_value(name, params[name], ", ".join(allowed))
            backup[name] = params[name]
    _set_start(params, backup)
    _check_order(backup)
    databases.set_to(call, KIND, key, Backup={**backup, **_windows(params, backup)})
    return {}


def _set_start(params: Mapping[str, Any], backup: dict[str, Any]) -> None:
    start = params.get("StartBackupPeriodSaveDate")
    if start:
        if china_seconds(start) is None:
            raise bad_value("StartBackupPeriodSaveDate", start, "a time such as 2021-12-12 00:00:00")
        backup["StartBackupPeriodSaveDate"] = start


def _check_order(backup: Mapping[str, Any]) -> None:
    """Refuse to archive later than a backup is kept, and to move it after it was archived."""
    # Documented: both.
    for what, kept in (("Backup", "BackupExpireDays"), ("Binlog", "BinlogExpireDays")):
        is_archived = backup[f"Enable{what}Archive"] == "on"
        is_moved = backup[f"Enable{what}Standby"] == "on"
        archived, moved = backup[f"{what}ArchiveDays"], backup[f"{what}StandbyDays"]
        if is_archived and archived > backup[kept]:
            raise bad_value(f"{what}ArchiveDays", archived, f"at most {backup[kept]}, as long as it is kept")
        if is_moved and (moved > backup[kept] or (is_archived and moved >= archived)):
            raise bad_value(f"{what}StandbyDays", moved, "less than it is kept, and before it is archived")


def _windows(params: Mapping[str, Any], backup: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members that say at which hours of which days."""
    given = params.get("BackupTimeWindow")
    # Documented: StartTime is looked at only without the window.
    if not given:
        start = params.get("StartTime")
        if not start:
            return {}
        if start not in WINDOWS:
            raise bad_value("StartTime", start, ", ".join(WINDOWS))
        return {
            **_hours(start),
            "BackupTimeWindow": {**backup["BackupTimeWindow"], **dict.fromkeys(_DAYS, start)},
        }
    days = {day: given.get(day) or "" for day in _DAYS}
    strategy = given.get("BackupPeriodStrategy") or "weekly"
    if strategy not in ("weekly", "monthly"):
        raise bad_value("BackupPeriodStrategy", strategy, "weekly or monthly")
    times = {text for text in days.values() if text}
    if strategy == "monthly":
        # Documented: needed then.
        if not given.get("BackupPeriodTime") or not given.get("Days"):
            raise missing("BackupPeriodTime" if given.get("Days") else "Days")
        times.add(given["BackupPeriodTime"])
        _check_days(given["Days"])
    # Documented: the same hours on every day. Assumed: and one day at least.
    if len(times) != 1 or not all(map(_WINDOW.fullmatch, times)):
        raise bad_value("BackupTimeWindow", ", ".join(sorted(times)), "one window such as 02:00-06:00")
    [time] = times
    return {
        **_hours(time),
        "BackupTimeWindow": {
            **days,
            "BackupPeriodStrategy": strategy,
            "Days": given.get("Days") or [],
            "BackupPeriodTime": given.get("BackupPeriodTime") or time,
        },
    }


def _hours(window_text: str) -> Mapping[str, int]:
    return {"StartTimeMin": int(window_text[:2]), "StartTimeMax": int(window_text[6:8])}


def _check_days(days: Sequence[int]) -> None:
    # Documented: days of a month, never more than two days between them.
    if not all(1 <= day <= 31 for day in days) or any(
        later_one - day > 3 for day, later_one in zip(sorted(days), sorted(days)[1:], strict=False)
    ):
        raise bad_value("Days", days, "days of a month with at most two between them")


# --- Backups ----------------------------------------------------------------------------------------------


def create_backup(call: Call) -> Result:
    """Begin to back an instance up."""
    found, params = running(call, call.params["InstanceId"]), call.params
    method, tables = params["BackupMethod"], params.get("BackupDBTableList")
    if method not in _METHODS:
        raise bad_value("BackupMethod", method, ", ".join(_METHODS))
    # Documented: these belong together.
    if tables and method != "logical":
        raise bad_parameter("`BackupDBTableList` can be given for logical backups only.")
    is_single = found["InstanceNodes"] == 1
    if (method == "snapshot") != is_single:
        raise denied("Single nodes are backed up by snapshots, and only they.")
    name, encryption = params.get("ManualBackupName") or "", params.get("EncryptionFlag") or "off"
    if len(name) > 60:
        raise bad_value("ManualBackupName", name, "at most 60 characters")
    if encryption not in ("on", "off"):
        raise bad_value("EncryptionFlag", encryption, "on or off")
    return {"BackupId": _begin(call, found, method, name, encryption if method == "physical" else "off")}


def _begin(call: Call, found: Value, method: str, name: str, encryption: str) -> int:
    number, time = call.world.mint.number(9), china_time(call.now)
    stamp = re.sub(r"\D", "", time)
    backup = {
        "BackupId": number,
        "InstanceId": found["InstanceId"],
        # Observed: an instance's name, its id or the like, then the time.
        "Name": f"{found['InstanceId']}_backup_{stamp}",
        "Size": 0,
        "Date": time,
        "Type": method,
        "Status": "RUNNING",
        "StartTime": time,
        "FinishTime": "0000-00-00 00:00:00",
        # Documented: who began it, by uin.
        "Creator": call.caller.principal.uin,
        "Method": "partial" if call.params.get("BackupDBTableList") else "full",
        "Way": "manual",
        "ManualBackupName": name,
        "SaveMode": "save_mode_regular",
        "Region": call.region,
        "RemoteInfo": [],
        "CosStorageType": 0,
        "Progress": 0,
        "EncryptionFlag": encryption,
        # Assumed: there is nothing to be downloaded from the emulator.
        "IntranetUrl": "",
        "InternetUrl": "",
    }
    add(call, BACKUP, backup)
    end = china_time(call.now + _BACKUP_SECONDS * call.world.pace)
    # Assumed: a backup of an instance that holds nothing.
    done = {"Status": "SUCCESS", "FinishTime": end, "Progress": 100, "Size": 653226}
    later(call, _BACKUP_SECONDS, BACKUP, number, {"Status": "RUNNING"}, **done)
    return number


def describe_backups(call: Call) -> Result:
    """A page of an instance's backups, the latest first."""
    key, params = named(call)["InstanceId"], call.params
    start, limit = window(params, paging(call.action), Window(default=20, ceiling=1000), MANNERS)
    since, until = params.get("MinStartTime") or "", params.get("MaxStartTime") or "~"
    for name in ("MinStartTime", "MaxStartTime"):
        if params.get(name) and china_seconds(params[name]) is None:
            raise bad_value(name, params[name], "a time such as 2016-03-17 02:10:37")
    rows = [
        row.value
        for row in call.world.read(BACKUP.name, call.region).index("InstanceId").get(key, ())
        if since <= row.value["StartTime"] <= until
    ][::-1]
    return {"TotalCount": len(rows), "Items": rows[start : None if limit is None else start + limit]}


def delete_backup(call: Call) -> Result:
    """Delete a backup that was made by hand."""
    key, number = named(call)["InstanceId"], call.params["BackupId"]
    row = call.world.read(BACKUP.name, call.region).get(number)
    if row is None or row.value["InstanceId"] != key:
        raise no_resource(str(number))
    # Documented: others cannot be deleted.
    if row.value["Way"] != "manual":
        raise denied("Only backups made by hand can be deleted.")
    if row.value["Status"] == "RUNNING":
        # Assumed: one that is being made cannot be deleted yet.
        raise ApiError("OperationDenied.ActionInProcess", "The backup is being made.")
    remove(call, BACKUP, number)
    return {}


def describe_backup_config(call: Call) -> Result:
    """When an instance is backed up, and for how long that is kept."""
    backup: Result = settings(call)["Backup"]
    return backup


ACTIONS = tuple(
    Does(action=action, run=run, home="region", asks=ONE)
    for action, run in (
        ("DescribeBackupConfig", describe_backup_config),
        ("ModifyBackupConfig", modify_backup_config),
        ("CreateBackup", create_backup),
        ("DescribeBackups", describe_backups),
        ("DeleteBackup", delete_backup),
    )
)
