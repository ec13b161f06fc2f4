"""How MySQL instances are isolated, come back or go for good, and start anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.errors import ApiError
from emulator.services.cdb import tasks
from emulator.services.cdb.instances import (
    INSTANCE,
    ISOLATED,
    ISOLATING,
    KIND,
    MANY,
    OFFLINE,
    ONE,
    RUNNING,
    idle,
    instance,
)
from emulator.services.cdb.refusals import denied, wrong_status
from emulator.tables import databases
from emulator.tables.call import Call, Result
from emulator.tables.databases import DESTROYING_SECONDS, ISOLATING_SECONDS
from emulator.tables.declare import Does
from emulator.tables.writing import Value, change, later

# Documented: what was paid by months is kept for seven days, what is paid by the hour for 24 hours.
KEPT_SECONDS: Mapping[int, float] = {0: 7 * 86400, 1: 86400}
# Observed: 50 is what the product expects a restart to take.
RESTART_SECONDS = 50


def isolate_db_instance(call: Call) -> Result:
    """Stop an instance and keep it for a while, during which it can be had back."""
    found = idle(call, call.params["InstanceId"])
    if found.get("DestroyProtect") == "on":
        # Documented: such a protection exists. Assumed: that it stands in the way here, the code and text.
        raise denied(f"The instance `{found['InstanceId']}` is protected from being destroyed.")
    key = found["InstanceId"]
    change(call, INSTANCE, key, Status=ISOLATING)
    later(call, ISOLATING_SECONDS, INSTANCE, key, {"Status": ISOLATING}, Status=ISOLATED)
    databases.goes(call, KIND, key, ISOLATING_SECONDS + KEPT_SECONDS[found["PayType"]])
    return tasks.begun(call, [key], ISOLATING_SECONDS, "", "隔离实例成功")


def release_isolated_db_instances(call: Call) -> Result:
    """Have instances back that are paid by the hour; what is wrong with one is said beside it."""
    items = []
    for key in dict.fromkeys(call.params["InstanceIds"]):
        try:
            _release(call, key)
        except ApiError as refusal:
            # Assumed: the number beside a failure, which is that of no other.
            items.append({"InstanceId": key, "Code": 1, "Message": refusal.text(call.language)})
        else:
            items.append({"InstanceId": key, "Code": 0, "Message": ""})
    return {"Items": items}


def _release(call: Call, key: str) -> None:
    found = isolated(call, key)
    if found["PayType"] == 0:
        # Documented: these are had back by paying for further months.
        raise denied(f"The instance `{key}` is paid by months: renew it.")
    change(call, INSTANCE, key, Status=RUNNING)
    databases.stays(call, KIND, key)


def isolated(call: Call, key: str) -> Value:
    """An instance that is isolated.

    Raises:
        ApiError: it does not exist or is in another state.
    """
    found = instance(call, key)
    if found["Status"] != ISOLATED:
        raise wrong_status(key, found["Status"])
    return found


def offline_isolated_instances(call: Call) -> Result:
    """Let isolated instances go for good, all or none of them."""
    keys = [isolated(call, key)["InstanceId"] for key in dict.fromkeys(call.params["InstanceIds"])]
    for key in keys:
        change(call, INSTANCE, key, Status=OFFLINE)
        databases.goes(call, KIND, key, DESTROYING_SECONDS)
    return {}


def restart_db_instances(call: Call) -> Result:
    """Restart instances, all or none of them."""
    keys = [idle(call, key)["InstanceId"] for key in dict.fromkeys(call.params["InstanceIds"])]
    for key in keys:
        change(call, INSTANCE, key, TaskStatus=10)
        later(call, RESTART_SECONDS, INSTANCE, key, {"TaskStatus": 10}, TaskStatus=0)
    return tasks.begun(call, keys, RESTART_SECONDS, "REBOOT", "重启实例成功")


def describe_db_instance_reboot_time(call: Call) -> Result:
    """How long instances are expected to take to restart."""
    keys = [instance(call, key)["InstanceId"] for key in dict.fromkeys(call.params["InstanceIds"])]
    items: list[Mapping[str, Any]] = [{"InstanceId": key, "TimeInSeconds": RESTART_SECONDS} for key in keys]
    return {"TotalCount": len(items), "Items": items}


ACTIONS = (
    Does(action="IsolateDBInstance", run=isolate_db_instance, home="region", asks=ONE),
    Does(action="ReleaseIsolatedDBInstances", run=release_isolated_db_instances, home="region", asks=MANY),
    Does(action="OfflineIsolatedInstances", run=offline_isolated_instances, home="region", asks=MANY),
    Does(action="RestartDBInstances", run=restart_db_instances, home="region", asks=MANY),
    Does(
        action="DescribeDBInstanceRebootTime",
        run=describe_db_instance_reboot_time,
        home="region",
        asks=MANY,
    ),
)
