"""Disks that come to hosts and leave them."""

from __future__ import annotations

from emulator.services.cbs import errors
from emulator.services.cbs.disks import check_settled
from emulator.services.cbs.resources import OF_DISKS, disks
from emulator.tables import disks as kept
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.disks import DISK, HOSTS
from emulator.tables.listing import has_form
from emulator.tables.params import bad_value, choice
from emulator.tables.shared import INSTANCE
from emulator.tables.writing import Value

MOST_AT_ONCE, MOST_AT_HOST = 10, 20
"""Documented: disks that one request may name. Assumed: and that a host can have."""
SECONDS = 10
"""Assumed: how long either takes."""


def _host(call: Call, key: str) -> Value:
    row = call.world.read(HOSTS, call.region).get(key)
    if not has_form(key, "ins"):
        raise bad_value("InstanceId", key)
    if row is None:
        raise errors.no_instance(key)
    found: Value = row.value
    return found


def attach(call: Call) -> Result:
    """Attach disks to a host; all of them or none."""
    params = call.params
    found, host = disks(call, MOST_AT_ONCE), _host(call, params["InstanceId"])
    # Documented: PF or VF, which says something of bare metal only.
    if params.get("AttachMode") is not None:
        choice("AttachMode", params["AttachMode"], ("PF", "VF"))
    key = host["InstanceId"]
    if host["InstanceState"] not in ("RUNNING", "STOPPED"):
        raise errors.wrong_instance(key)
    for each in found:
        _check_attachable(each, host)
        # Documented: only what is paid by the hour goes with its host.
        if params.get("DeleteWithInstance") and each["DiskChargeType"] != "POSTPAID_BY_HOUR":
            raise errors.not_supported(each["DiskId"])
    if len(host["DataDisks"]) + len(found) > MOST_AT_HOST:
        raise errors.host_full(key)
    for each in found:
        _attach(call, each, key)
    return {}


def _check_attachable(found: Value, host: Value) -> None:
    key = found["DiskId"]
    if found["DiskUsage"] == "SYSTEM_DISK":
        raise errors.is_system_disk(key)
    if not found["Portable"]:
        raise errors.not_portable(key)
    if found["DiskState"] in ("ATTACHED", "ATTACHING"):
        raise errors.attached(key)
    if found["DiskState"] == "TORECYCLE":
        raise errors.not_supported(key)
    check_settled(found)
    if found["Placement"]["Zone"] != host["Placement"]["Zone"]:
        raise errors.other_zone(key, host["InstanceId"])


def _attach(call: Call, found: Value, host: str) -> None:
    """Let a disk come to a host, which lists it from now on."""
    # Assumed: that the host lists it at once.
    world, region, key = call.world, call.region, found["DiskId"]
    coming = {"DiskState": "ATTACHING", "InstanceId": host}
    goes = bool(call.params.get("DeleteWithInstance"))
    members = {**coming, "InstanceType": "CVM", "LastAttachInsId": host, "DeleteWithInstance": goes}
    row = world.read(HOSTS, region).items()[host]
    listed = [*row.value["DataDisks"], kept.at_host({**found, **members})]
    world.write(HOSTS, region).put(host, row.having(DataDisks=listed))
    kept.change(world, region, key, **members)
    put = {"DiskState": "ATTACHED", "Attached": True}
    world.later(SECONDS, (DISK.name, region), key, given=coming, put=put)


def detach(call: Call) -> Result:
    """Detach disks from the hosts that have them; all of them or none."""
    found, host = disks(call, MOST_AT_ONCE), call.params.get("InstanceId")
    if host is not None:
        _host(call, host)
    for each in found:
        key = each["DiskId"]
        if each["DiskUsage"] == "SYSTEM_DISK" or not each["Portable"]:
            raise errors.not_portable(key)
        if each["DiskState"] != "ATTACHED" or each["Migrating"]:
            raise errors.wrong_state(key)
        # Documented: where a host is named, the disk has to be at it.
        if host is not None and each["InstanceId"] != host:
            raise bad_value("InstanceId", host)
    for each in found:
        leaving = {"DiskState": "DETACHING", "InstanceId": each["InstanceId"]}
        kept.change(call.world, call.region, each["DiskId"], **leaving)
        place = (DISK.name, call.region)
        call.world.later(
            SECONDS, place, each["DiskId"], given=leaving, put=kept.FREE, then="tables.disks:detached"
        )
    return {}


def describe_counts(call: Call) -> Result:
    """How many data disks each of some hosts has, and may have."""
    found = [_host(call, key) for key in dict.fromkeys(call.params["InstanceIds"])]
    return {
        "AttachDetail": [
            {
                "InstanceId": each["InstanceId"],
                "AttachedDiskCount": len(each["DataDisks"]),
                "MaxAttachCount": MOST_AT_HOST,
            }
            for each in found
        ]
    }


# Documented: attaching asks about the disk and the host. Assumed: detaching too, where the call names a host.
_BOTH = asking(OF_DISKS, (INSTANCE, "InstanceId"))
ACTIONS = (
    Does(action="AttachDisks", run=attach, home="region", asks=_BOTH),
    Does(
        action="DescribeInstancesDiskNum",
        run=describe_counts,
        home="region",
        asks=asking((INSTANCE, "InstanceIds")),
    ),
    Does(action="DetachDisks", run=detach, home="region", asks=_BOTH),
)
