"""Backups of PostgreSQL instances: when they are made, and those made by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.contract.paging import paging
from emulator.errors import ApiError
from emulator.services.postgres.instances import ALL, BACKUP, INSTANCE, KIND, ONE, named, running, settings
from emulator.services.postgres.refusals import MANNERS, bad_value, out_of_range
from emulator.tables import databases
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Window
from emulator.tables.listing import window
from emulator.tables.params import is_whole
from emulator.tables.writing import Value, add, later, remove
from emulator.world.clock import china_seconds, china_time

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d")
_METHODS = ("physical", "logical", "snapshot")
# Assumed: how long a backup takes.
_SECONDS = 60


def describe_backup_plans(call: Call) -> Result:
    """How one instance is backed up."""
    return {"Plans": settings(call)["Plans"]}


def modify_backup_plan(call: Call) -> Result:
    """Change one of an instance's plans, the first one unless another is named; what is not said stays."""
    key, params = running(call)["DBInstanceId"], call.params
    plans = databases.settings(call, KIND, key)["Plans"]
    wanted = params.get("PlanId")
    at = next((at for at, plan in enumerate(plans) if wanted in (None, "", plan["PlanId"])), None)
    if at is None:
        raise bad_value("PlanId", wanted, "a plan of the instance")
    changed = {**plans[at], **_changes(params), "UpdatedTime": china_time(call.now)}
    if changed["MinBackupStartTime"] >= changed["MaxBackupStartTime"]:
        # Assumed: the hours are of one day.
        raise bad_value("MaxBackupStartTime", changed["MaxBackupStartTime"], "a time after the earliest")
    databases.set_to(call, KIND, key, Plans=[*plans[:at], changed, *plans[at + 1 :]])
    return {}


def _changes(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members that a change sets, found right."""
    found: dict[str, Any] = {}
    for name in ("MinBackupStartTime", "MaxBackupStartTime"):
        if params.get(name):
            if not _TIME.fullmatch(params[name]):
                raise bad_value(name, params[name], "a time such as 01:00:00")
            found[name] = params[name]
    for name in ("BaseBackupRetentionPeriod", "LogBackupRetentionPeriod"):
        if params.get(name) is not None:
            # Documented: in days.
            if not 7 <= params[name] <= 1830:
                raise out_of_range(name, params[name], "7 to 1830")
            found[name] = params[name]
    if params.get("BackupMethod"):
        if params["BackupMethod"] not in _METHODS:
            raise bad_value("BackupMethod", params["BackupMethod"], ", ".join(_METHODS))
        found["BackupMethod"] = params["BackupMethod"]
    if params.get("PlanName"):
        found["PlanName"] = params["PlanName"]
    return {**found, **_period(params.get("BackupPeriod") or [])}


def _period(days: Sequence[str]) -> Mapping[str, str]:
    if not days:
        return {}
    # Documented: two days of a week at least, or days of a month, as texts.
    is_weekly = set(days) <= set(_DAYS)
    is_monthly = all(is_whole(day, 1, 31) for day in days)
    if not is_monthly and not (is_weekly and len(set(days)) >= 2):
        raise bad_value("BackupPeriod", ", ".join(days), "two days of a week, or days of a month")
    # Observed: a list written as text, without spaces.
    text = json.dumps(list(days), separators=(",", ":"))
    return {"BackupPeriod": text, "BackupPeriodType": "week" if is_weekly else "month"}


# --- Backups ----------------------------------------------------------------------------------------------


def create_base_backup(call: Call) -> Result:
    """Begin to back an instance up."""
    found = running(call)
    method = call.params.get("BackupMethod") or "physical"
    if method not in _METHODS:
        raise bad_value("BackupMethod", method, ", ".join(_METHODS))
    plans = databases.settings(call, KIND, found["DBInstanceId"])["Plans"]
    days = plans[0]["BaseBackupRetentionPeriod"] if plans else 7
    key, time = call.world.mint.uuid(), china_time(call.now)
    add(
        call,
        BACKUP,
        {
            "DBInstanceId": found["DBInstanceId"],
            "Id": key,
            # Observed: how it is called, and that it is kept until the end of a day.
            "Name": f"manual-{re.sub(r'[^0-9]', '', time)}.tar.gz",
            "BackupMethod": method,
            "BackupMode": "manual",
            "State": "running",
            "Size": 0,
            "StartTime": time,
            "FinishTime": "",
            "ExpireTime": china_time(call.now + days * 86400)[:10] + " 23:59:59",
        },
    )
    end = china_time(call.now + _SECONDS * call.world.pace)
    # Observed: the size of one.
    done = {"State": "finished", "FinishTime": end, "Size": 39845888}
    later(call, _SECONDS, BACKUP, key, {"State": "running"}, **done)
    return {"BaseBackupId": key}


def _of_instance(call: Call, member: str, test: Callable[[Any, str], bool]) -> Callable[[Value, str], bool]:
    """A filter on a member of the instance that a backup is of."""

    def passes(backup: Value, text: str) -> bool:
        row = call.world.read(INSTANCE.name, call.region).get(backup["DBInstanceId"])
        return row is not None and test(row.value[member], text)

    return passes


def _filters(call: Call) -> Mapping[str, Callable[[Value, str], bool]]:
    # Documented: these five, the name in part.
    return {
        "db-instance-id": lambda backup, text: bool(backup["DBInstanceId"] == text),
        "base-backup-id": lambda backup, text: bool(backup["Id"] == text),
        "db-instance-name": _of_instance(call, "DBInstanceName", lambda value, text: text in value),
        "db-instance-status": _of_instance(call, "DBInstanceStatus", lambda value, text: value == text),
        "db-instance-ip": _of_instance(
            call, "DBInstanceNetInfo", lambda nets, text: any(net["Ip"] == text for net in nets)
        ),
    }


def describe_base_backups(call: Call) -> Result:
    """A page of the backups that pass every filter."""
    params = call.params
    start, limit = window(params, paging(call.action), Window(default=10, ceiling=100), MANNERS)
    # Documented: what finished within the last seven days, unless said. Assumed: and what has not finished.
    since = _time(call, "MinFinishTime") or china_time(call.now - 7 * 86400)
    until = _time(call, "MaxFinishTime") or china_time(call.now)
    known, wants = _filters(call), params.get("Filters") or ()
    for want in wants:
        if (want.get("Name") or "") not in known:
            raise MANNERS.unknown_filter(want.get("Name") or "")
    rows = [
        row.value
        for row in call.world.read(BACKUP.name, call.region)
        if (not row.value["FinishTime"] or since <= row.value["FinishTime"] <= until)
        and all(
            any(known[want["Name"]](row.value, text) for text in want.get("Values") or ()) for want in wants
        )
    ]
    by, way = params.get("OrderBy") or "StartTime", params.get("OrderByType") or "desc"
    if by not in ("StartTime", "FinishTime", "Size") or way not in ("asc", "desc"):
        raise bad_value("OrderBy", f"{by} {way}", "StartTime, FinishTime or Size, and asc or desc")
    rows.sort(key=lambda row: row[by], reverse=way == "desc")
    return {"TotalCount": len(rows), "BaseBackupSet": rows[start : None if limit is None else start + limit]}


def _time(call: Call, name: str) -> str:
    text: str = call.params.get(name) or ""
    if text and china_seconds(text) is None:
        raise bad_value(name, text, "a time such as 2018-01-01 00:00:00")
    return text


def delete_base_backup(call: Call) -> Result:
    """Delete a backup that is done."""
    key, backup = named(call)["DBInstanceId"], call.params["BaseBackupId"]
    row = call.world.read(BACKUP.name, call.region).get(backup)
    if row is None or row.value["DBInstanceId"] != key:
        raise bad_value("BaseBackupId", backup, "a backup of the instance")
    if row.value["State"] == "running":
        raise ApiError("OperationDenied.DeleteRunningBackupTaskErr", "The backup is being made.")
    remove(call, BACKUP, backup)
    return {}


ACTIONS = tuple(
    Does(action=action, run=run, home="region", asks=asks)
    for action, run, asks in (
        ("DescribeBackupPlans", describe_backup_plans, ONE),
        ("ModifyBackupPlan", modify_backup_plan, ONE),
        ("CreateBaseBackup", create_base_backup, ONE),
        ("DescribeBaseBackups", describe_base_backups, ALL),
        ("DeleteBaseBackup", delete_base_backup, ONE),
    )
)
