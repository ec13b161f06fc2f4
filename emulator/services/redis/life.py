"""How Redis instances are given back, come back from the recycle bin, or leave it for good."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.services.redis import flows
from emulator.services.redis.instances import (
    INSTANCE,
    ISOLATED,
    KIND,
    LEAVING,
    NO_TIME,
    ONE,
    TITLES,
    in_status,
    note,
    process,
    running,
)
from emulator.services.redis.refusals import denied
from emulator.tables import databases
from emulator.tables.call import Call, Result
from emulator.tables.databases import DESTROYING_SECONDS, ISOLATING_SECONDS, deal
from emulator.tables.declare import Does
from emulator.tables.writing import Value, change
from emulator.world.clock import china_time

# Documented: two hours for what is paid by the hour, seven days for what is paid by months.
KEPT_SECONDS: Mapping[int, float] = {0: 2 * 3600, 1: 7 * 86400}


def destroy_postpaid_instance(call: Call) -> Result:
    """Give an instance back that is paid by the hour; it is kept for a while."""
    return {"TaskId": _isolate(call, _paid(call, 0))}


def destroy_prepaid_instance(call: Call) -> Result:
    """Give an instance back that is paid by months; it is kept for a while."""
    _isolate(call, _paid(call, 1))
    number = deal(call)
    return {"DealId": number, "DealName": number}


def _paid(call: Call, mode: int) -> Value:
    found = running(call, call.params["InstanceId"])
    if found["BillingMode"] != mode:
        # Documented: each way of paying has an action of its own.
        raise denied("The instance is paid for in the other way.")
    if found.get("DeleteProtectionSwitch") == 1:
        # Documented: such a protection exists. Assumed: the code and text.
        raise denied("The instance is protected from being destroyed.")
    return found


def _isolate(call: Call, found: Value) -> int:
    kept, pace = KEPT_SECONDS[found["BillingMode"]], call.world.pace
    closed = call.now + ISOLATING_SECONDS * pace
    task = process(
        call,
        found,
        ISOLATING_SECONDS,
        flows.CLOSE,
        Status=ISOLATED,
        CloseTime=china_time(closed),
        OfflineTime=china_time(closed + kept * pace),
    )
    databases.goes(call, KIND, found["InstanceId"], ISOLATING_SECONDS + kept)
    return task


def startup_instance(call: Call) -> Result:
    """Have an instance back from the recycle bin."""
    found = in_status(call, call.params["InstanceId"], ISOLATED)
    databases.stays(call, KIND, found["InstanceId"])
    # Documented: the task's id is out of use.
    task = process(call, found, ISOLATING_SECONDS, flows.STARTUP, CloseTime=NO_TIME, OfflineTime="")
    return {"TaskId": task}


def clean_up_instance(call: Call) -> Result:
    """Let an instance in the recycle bin go for good."""
    found = in_status(call, call.params["InstanceId"], ISOLATED)
    change(call, INSTANCE, found["InstanceId"], Status=LEAVING, InstanceTitle=TITLES[LEAVING])
    databases.goes(call, KIND, found["InstanceId"], DESTROYING_SECONDS)
    return {"TaskId": note(call, found, DESTROYING_SECONDS, flows.DELETE)}


ACTIONS = tuple(
    Does(action=action, run=run, home="region", asks=ONE)
    for action, run in (
        ("DestroyPostpaidInstance", destroy_postpaid_instance),
        ("DestroyPrepaidInstance", destroy_prepaid_instance),
        ("StartupInstance", startup_instance),
        ("CleanUpInstance", clean_up_instance),
    )
)
