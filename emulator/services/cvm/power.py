"""Starting, stopping and rebooting instances."""

from __future__ import annotations

from typing import Any

from emulator.services.cvm import errors
from emulator.services.cvm.resources import INSTANCES, SECONDS, begin, check_states, instances
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.params import choice
from emulator.tables.writing import Value

STOP_TYPES = ("SOFT", "SOFT_FIRST", "HARD")


def _command(call: Call, found: list[Value], during: str, after: str, **then: Any) -> Result:
    """Let instances go from one state to another."""
    for each in found:
        begin(
            call,
            each["InstanceId"],
            SECONDS[call.action.name],
            now={"InstanceState": during},
            then={"InstanceState": after, **then},
        )
    return {}


def start(call: Call) -> Result:
    """Start stopped instances."""
    found = instances(call)
    check_states(found, "STOPPED")
    return _command(call, found, "STARTING", "RUNNING", StopChargingMode="NOT_APPLICABLE")


def _check_stop_type(call: Call, forced: str) -> None:
    """Refuse both ways to say how hard to stop, and words that mean nothing."""
    # Documented: ForceStop and ForceReboot are deprecated and exclude StopType. How hard an instance is
    # stopped changes nothing here: nothing runs in it.
    if call.params.get("StopType") is not None:
        if call.params.get(forced) is not None:
            raise errors.not_together(forced, "StopType")
        choice("StopType", call.params["StopType"], STOP_TYPES)


def stop(call: Call) -> Result:
    """Stop running instances; charging stops too if asked to."""
    found = instances(call)
    _check_stop_type(call, "ForceStop")
    mode = call.params.get("StoppedMode")
    if mode is not None:
        choice("StoppedMode", mode, ("KEEP_CHARGING", "STOP_CHARGING"))
    check_states(found, "RUNNING")
    for each in found:
        # Documented: only for what is paid by the hour.
        if mode == "STOP_CHARGING" and each["InstanceChargeType"] != "POSTPAID_BY_HOUR":
            raise errors.charging_goes_on(each["InstanceId"])
    return _command(call, found, "STOPPING", "STOPPED", StopChargingMode=mode or "KEEP_CHARGING")


def reboot(call: Call) -> Result:
    """Reboot running instances."""
    found = instances(call)
    _check_stop_type(call, "ForceReboot")
    check_states(found, "RUNNING")
    return _command(call, found, "REBOOTING", "RUNNING")


ACTIONS = (
    Does(action="StartInstances", run=start, home="region", asks=INSTANCES),
    Does(action="StopInstances", run=stop, home="region", asks=INSTANCES),
    Does(action="RebootInstances", run=reboot, home="region", asks=INSTANCES),
)
