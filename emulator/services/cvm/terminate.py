"""The end of instances: the recycle bin, what goes with an instance, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.services.cvm import errors
from emulator.services.cvm.charging import empty_bin, isolated
from emulator.services.cvm.resources import (
    INSTANCES,
    KEY_PAIR,
    SECONDS,
    USER_DATA,
    check_states,
    done,
    instances,
    marks,
)
from emulator.tables import addresses, departure, disks
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.shared import INSTANCE
from emulator.tables.writing import Value, change, remove_later
from emulator.world.world import World

_RELEASABLE = ("HighQualityEIP", "AntiDDoSEIP", "EIPv6", "HighQualityEIPv6")
GONE = "services.cvm.terminate:gone"


def terminate(call: Call) -> Result:
    """Give instances back: those paid in advance go to the recycle bin first, all others for good."""
    found = instances(call)
    # Documented: all paid alike.
    if len({each["InstanceChargeType"] == "PREPAID" for each in found}) > 1:
        raise errors.mixed_charges()
    for each in found:
        if each["DisableApiTermination"]:
            raise errors.protected(each["InstanceId"])
    check_states(found, "RUNNING", "STOPPED", "SHUTDOWN")
    for each in found:
        if call.params.get("ReleaseAddress"):
            _release_addresses(call, each)
        if each["InstanceChargeType"] == "PREPAID" and each["InstanceState"] != "SHUTDOWN":
            _put_into_bin(call, each)
        else:
            _destroy(call, each)
    return {}


def _release_addresses(call: Call, instance: Value) -> None:
    # Documented: elastic addresses of a few types only; ordinary ones are kept.
    for address in addresses.bound(call.world, call.region, instance["InstanceId"]):
        if address["AddressType"] in _RELEASABLE:
            call.world.write(addresses.ELASTIC, call.region).remove(address["AddressId"])


def _put_into_bin(call: Call, instance: Value) -> None:
    """Isolate an instance that is paid in advance."""
    key = instance["InstanceId"]
    # Assumed: that this is over at once, and that its disks stay with it unless they are released.
    done(call, key, **isolated("MANMADE"))
    empty_bin(call.world, call.region, key, call.now)
    if call.params.get("ReleasePrepaidDataDisks"):
        _recycle_data_disks(call, instance)


def _recycle_data_disks(call: Call, instance: Value) -> None:
    """Send the data disks that are paid in advance to the recycle bin as well."""
    for disk in instance["DataDisks"]:
        row = call.world.read(disks.DISK.name, call.region).get(disk.get("DiskId"))
        if row is not None and row.value["DiskChargeType"] == "PREPAID":
            disks.change(call.world, call.region, disk["DiskId"], DiskState="TORECYCLE")


def _destroy(call: Call, instance: Value) -> None:
    if call.params.get("ReleasePrepaidDataDisks"):
        _recycle_data_disks(call, instance)
    key = instance["InstanceId"]
    change(call, INSTANCE, key, InstanceState="TERMINATING", **marks(call, "OPERATING"))
    remove_later(
        call, SECONDS["TerminateInstances"], INSTANCE, key, {"InstanceState": "TERMINATING"}, then=GONE
    )


# --- What else changes -----------------------------------------------------------------------------------


def gone(world: World, region: str, _at: float, instance: Mapping[str, Any]) -> None:
    """Let go of all that an instance had, and of it wherever it is named."""
    key = instance["InstanceId"]
    for disk in [instance["SystemDisk"], *instance["DataDisks"]]:
        _let_go(world, region, disk.get("DiskId"), key)
    departure.of_host(world, region, key)
    for pair in instance["LoginSettings"].get("KeyIds") or ():
        found = world.read(KEY_PAIR.name, region).get(pair)
        if found is not None:
            left = [each for each in found.value.get("AssociatedInstanceIds") or () if each != key]
            world.write(KEY_PAIR.name, region).put(pair, found.having(AssociatedInstanceIds=left))
    if key in world.read(USER_DATA, region):
        world.write(USER_DATA, region).remove(key)


def _let_go(world: World, region: str, disk: str | None, instance: str) -> None:
    row = world.read(disks.DISK.name, region).get(disk)
    if row is None or row.value["InstanceId"] != instance:
        return
    value = row.value
    # Documented: the system disk goes with its host, and so do disks that say so; others stay, free.
    if (
        value["DiskUsage"] == "SYSTEM_DISK"
        or value["DeleteWithInstance"]
        or value["DiskState"] == "TORECYCLE"
    ):
        disks.drop(world, region, value["DiskId"])
    else:
        world.write(disks.DISK.name, region).put(value["DiskId"], row.having(**disks.FREE))


ACTIONS = (Does(action="TerminateInstances", run=terminate, home="region", asks=INSTANCES),)
