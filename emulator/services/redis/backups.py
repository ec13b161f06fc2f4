"""Backups of Redis instances: when they are made, and those made by hand."""

from __future__ import annotations

import re

from emulator.contract.paging import paging
from emulator.errors import ApiError
from emulator.services.redis import flows
from emulator.services.redis.instances import BACKUP, DAYS, INSTANCE, KIND, ONE, instance, note, running
from emulator.services.redis.refusals import MANNERS, bad_value, illegal
from emulator.tables import databases
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Window
from emulator.tables.listing import window
from emulator.tables.writing import Value, add, later
from emulator.world.clock import china_seconds, china_time

# Assumed: how long a backup takes.
_SECONDS = 60
_HOUR = re.compile(r"([01]\d|2[0-3]):00-([01]\d|2[0-3]):00")
MAKING, DONE, EXPIRED = 1, 2, -1
"""Documented: the states of a backup."""


def modify_auto_backup_config(call: Call) -> Result:
    """Change when an instance is backed up by itself."""
    key, params = running(call, call.params["InstanceId"])["InstanceId"], call.params
    backup = databases.settings(call, KIND, key)["Backup"]
    if params.get("AutoBackupType") not in (None, 1):
        raise bad_value("AutoBackupType", params["AutoBackupType"], "1")
    if not set(params.get("WeekDays") or ()) <= set(DAYS):
        raise ApiError("InvalidParameterValue.WeekDaysIsInvalid", "`WeekDays` must name days of the week.")
    # Documented: only seven days.
    if params.get("BackupStorageDays") not in (None, 7):
        raise bad_value("BackupStorageDays", params["BackupStorageDays"], "7")
    hours = params.get("TimePeriod")
    if hours:
        found = _HOUR.fullmatch(hours)
        if found is None or (int(found[1]) + 1) % 24 != int(found[2]):
            raise bad_value("TimePeriod", hours, "an hour such as 02:00-03:00")
    # Documented: the days cannot be changed yet. Observed: an answer shows those that were given.
    changed = {
        **backup,
        "AutoBackupType": 1,
        "TimePeriod": hours or backup["TimePeriod"],
        "WeekDays": params.get("WeekDays") or backup["WeekDays"],
        "BackupStorageDays": params.get("BackupStorageDays") or backup["BackupStorageDays"],
    }
    databases.set_to(call, KIND, key, Backup=changed)
    return {name: changed[name] for name in call.action.response.members if name in changed}


def manual_backup_instance(call: Call) -> Result:
    """Begin to back an instance up."""
    found, params = running(call, call.params["InstanceId"]), call.params
    kept = databases.settings(call, KIND, found["InstanceId"])["Backup"]["BackupStorageDays"]
    days = kept if params.get("StorageDays") is None else params["StorageDays"]
    if not 0 <= days <= 1825:
        raise bad_value("StorageDays", days, "0 to 1825")
    # Observed: an id is three numbers.
    key = f"{call.world.mint.number(9)}-{call.world.mint.number(7)}-{int(call.now)}"
    end = call.now + _SECONDS * call.world.pace
    version = ".".join(found["CurrentRedisVersion"].split(".")[:2])
    add(
        call,
        BACKUP,
        {
            "BackupId": key,
            "InstanceId": found["InstanceId"],
            "InstanceName": found["InstanceName"],
            "Region": call.region,
            "StartTime": china_time(call.now),
            "EndTime": china_time(end),
            "ExpireTime": china_time(call.now + days * 86400),
            # Documented: by hand.
            "BackupType": "0",
            "Status": MAKING,
            "Locked": 0,
            "Remark": params.get("Remark") or "",
            # Observed: a small backup, and how its type is written.
            "BackupSize": 537,
            "FullBackup": 0,
            "InstanceType": found["Type"],
            "FileType": f"RDB-Redis {version}",
            "Encrypted": False,
        },
    )
    later(call, _SECONDS, BACKUP, key, {"Status": MAKING}, Status=DONE)
    return {"TaskId": note(call, found, _SECONDS, flows.BACKUP)}


def describe_instance_backups(call: Call) -> Result:
    """A page of the backups of one instance or of all, the latest first."""
    params = call.params
    if params.get("InstanceId"):
        instance(call, params["InstanceId"])
    # Documented: 20, at most 100, the offset a multiple of the limit.
    start, limit = window(
        params, paging(call.action), Window(default=20, ceiling=100, is_aligned=True), MANNERS
    )
    _check_times(call)
    # Documented: those that are done, unless others are asked for.
    states = params.get("Status") or [DONE]
    rows = [
        shown
        for shown in (_current(call, row.value) for row in call.world.read(BACKUP.name, call.region))
        if shown["Status"] in states
        and params.get("InstanceId") in (None, "", shown["InstanceId"])
        and (params.get("InstanceName") or "") in shown["InstanceName"]
        and (params.get("BeginTime") or "") <= shown["StartTime"] <= (params.get("EndTime") or "~")
    ][::-1]
    return {"TotalCount": len(rows), "BackupSet": rows[start : None if limit is None else start + limit]}


def _check_times(call: Call) -> None:
    times = []
    for name in ("BeginTime", "EndTime"):
        text = call.params.get(name)
        if text:
            seconds = china_seconds(text)
            if seconds is None:
                raise bad_value(name, text, "a time such as 2017-02-08 16:46:34")
            times.append(seconds)
    # Documented: 30 days at most.
    if len(times) == 2 and times[1] - times[0] > 30 * 86400:
        raise illegal("`BeginTime` and `EndTime` are more than 30 days apart.")


def _current(call: Call, backup: Value) -> Value:
    """A backup as it is now: what was kept long enough has expired."""
    if backup["Status"] == DONE and backup["ExpireTime"] < china_time(call.now):
        return {**backup, "Status": EXPIRED}
    return backup


ACTIONS = (
    Does(action="ModifyAutoBackupConfig", run=modify_auto_backup_config, home="region", asks=ONE),
    Does(action="ManualBackupInstance", run=manual_backup_instance, home="region", asks=ONE),
    Does(
        action="DescribeInstanceBackups",
        run=describe_instance_backups,
        home="region",
        asks=asking((INSTANCE, "InstanceId")),
    ),
)
