"""What is changed on Redis instances at once: names, projects, renewal, protection, hours of maintenance."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.errors import ApiError
from emulator.services.redis.instances import INSTANCE, KIND, ONE, instance, running, settings
from emulator.services.redis.purchase import check_name
from emulator.services.redis.refusals import bad_value, illegal, missing
from emulator.tables import databases
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.writing import change

_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
# Documented: for how many minutes a window may last.
_MINUTES = (30, 60, 90, 120, 180)


def modify_instance(call: Call) -> Result:
    """Rename instances, put them into a project, let them renew themselves, protect them: one of these."""
    params = call.params
    # Documented: InstanceId, InstanceName and AutoRenew are the old way for one instance, still in use.
    keys = params.get("InstanceIds") or ([params["InstanceId"]] if params.get("InstanceId") else [])
    if not keys:
        raise missing("InstanceIds")
    if len(keys) > 10:
        # Documented: ten at most.
        raise illegal("The number of `InstanceIds` exceeds the limit of 10.")
    for key in keys:
        instance(call, key)
    operation = params["Operation"]
    if operation not in _OPERATIONS:
        raise bad_value("Operation", operation, ", ".join(_OPERATIONS))
    members = _OPERATIONS[operation](call, len(keys))
    for key, become in zip(keys, members, strict=True):
        change(call, INSTANCE, key, **become)
    return {}


Members = Sequence[Mapping[str, Any]]
"""What each of the instances becomes."""


def _each(call: Call, name: str, old: str, count: int) -> Sequence[Any]:
    """The values of a parameter, one for each instance."""
    params = call.params
    values = params.get(name) or ([params[old]] if params.get(old) is not None else [])
    if len(values) != count:
        # Assumed: there has to be one for each.
        raise illegal(f"`{name}` must have as many values as there are instances.")
    found: Sequence[Any] = values
    return found


def _rename(call: Call, count: int) -> Members:
    names = _each(call, "InstanceNames", "InstanceName", count)
    return [{"InstanceName": check_name(name)} for name in names]


def _move(call: Call, count: int) -> Members:
    project = call.params.get("ProjectId")
    if project is None or project < 0:
        raise missing("ProjectId")
    return [{"ProjectId": project}] * count


def _renew(call: Call, count: int) -> Members:
    flags = _each(call, "AutoRenews", "AutoRenew", count)
    if not set(flags) <= {0, 1, 2}:
        raise ApiError("UnsupportedOperation.IsAutoRenewError", "`AutoRenews` must be 0, 1 or 2.")
    # Documented: an instance shows 1 for what renews itself, 0 otherwise.
    return [{"AutoRenewFlag": int(flag == 1)} for flag in flags]


def _protect(call: Call, count: int) -> Members:
    switches = _each(call, "DeleteProtectionSwitches", "DeleteProtectionSwitches", count)
    if not set(switches) <= {0, 1}:
        raise bad_value("DeleteProtectionSwitches", switches, "0 or 1")
    return [{"DeleteProtectionSwitch": switch} for switch in switches]


_OPERATIONS: Mapping[str, Callable[[Call, int], Members]] = {
    "rename": _rename,
    "modifyProject": _move,
    "modifyAutoRenew": _renew,
    "modifyDeleteProtectionSwitch": _protect,
}


def describe_maintenance_window(call: Call) -> Result:
    """When an instance may be worked on."""
    window: Result = settings(call).get("Window", KIND.blank["Window"])
    return window


def modify_maintenance_window(call: Call) -> Result:
    """Say when an instance may be worked on."""
    key, params = running(call, call.params["InstanceId"])["InstanceId"], call.params
    for name in ("StartTime", "EndTime"):
        if not _TIME.fullmatch(params[name]):
            raise bad_value(name, params[name], "a time such as 03:00")
    start, end = (int(params[name][:2]) * 60 + int(params[name][3:]) for name in ("StartTime", "EndTime"))
    # Documented: the end after the start, and how long.
    if end - start not in _MINUTES:
        raise bad_value("EndTime", params["EndTime"], "30, 60, 90, 120 or 180 minutes after the start")
    window = {name: params[name] for name in ("StartTime", "EndTime")}
    databases.set_to(call, KIND, key, Window=window)
    return {"Status": "success"}


ACTIONS = (
    Does(
        action="ModifyInstance",
        run=modify_instance,
        home="region",
        asks=asking((INSTANCE, "InstanceIds", "InstanceId")),
    ),
    Does(action="DescribeMaintenanceWindow", run=describe_maintenance_window, home="region", asks=ONE),
    Does(action="ModifyMaintenanceWindow", run=modify_maintenance_window, home="region", asks=ONE),
)
