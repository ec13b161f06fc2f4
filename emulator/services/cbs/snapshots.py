"""Snapshots: made, changed, rolled back to, deleted."""

from __future__ import annotations

from typing import Any

from emulator.errors import missing_parameter
from emulator.services.cbs import errors
from emulator.services.cbs.disks import check_settled
from emulator.services.cbs.resources import (
    DISKS,
    MANNERS,
    OF_DISKS,
    OF_SNAPSHOTS,
    SNAPSHOTS,
    disk,
    moment,
    snapshot,
    tags,
    text,
)
from emulator.tables import disks as kept
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Sort
from emulator.tables.disks import DISK, HOSTS, SNAPSHOT, Shot
from emulator.tables.filters import truth
from emulator.tables.params import bad_value, choice
from emulator.tables.writing import Value, change, refuse
from emulator.world.clock import china_time

DAY = 86_400
ROLLBACK_SECONDS = 60
"""Assumed: how long it takes to set a disk back."""
IMAGES = "cvm.image"


def create(call: Call) -> Result:
    """Make a snapshot of a disk."""
    params = call.params
    refuse(call, "DiskBackupId")
    if not params.get("DiskId"):
        raise missing_parameter("DiskId")
    found = disk(call, params["DiskId"])
    if params.get("DiskUsage") is not None:
        choice("DiskUsage", params["DiskUsage"], ("SYSTEM_DISK", "DATA_DISK"))
    shot = Shot(
        name=text("SnapshotName", params.get("SnapshotName") or ""),
        deadline=_deadline(call),
        tags=tags(call),
        usage=params.get("DiskUsage") or "",
        is_local=bool(params.get("LocalSnap")),
    )
    check_settled(found)
    if not found["SnapshotAbility"]:
        raise errors.cannot_snapshot(found["DiskId"])
    if any(each["SnapshotState"] == "CREATING" for each in _of(call, found["DiskId"])):
        raise errors.disk_snapshot_creating(found["DiskId"])
    if len(call.world.read(SNAPSHOT.name, call.region)) >= quota(call):
        raise errors.snapshot_quota()
    return {"SnapshotId": kept.snapshot(call.world, call.region, found, shot, call.now)}


def quota(call: Call) -> int:
    """How many snapshots the region may hold."""
    # Assumed: 64, and 64 more for each disk.
    return 64 + 64 * len(call.world.read(DISK.name, call.region))


def _of(call: Call, key: str) -> list[Value]:
    return [row.value for row in call.world.read(SNAPSHOT.name, call.region).index("DiskId").get(key, ())]


def _deadline(call: Call) -> float | None:
    """The deadline that a call sets, if it sets one."""
    given = call.params.get("Deadline")
    if not given:
        return None
    # Documented: a day from now at the earliest. Assumed: a minute less is let pass.
    deadline = moment("Deadline", given)
    if deadline < call.now + DAY - 60:
        raise bad_value("Deadline", given)
    return deadline


def modify(call: Call) -> Result:
    """Change a snapshot's name, or until when it is kept."""
    params, found = call.params, snapshot(call, call.params["SnapshotId"])
    if not {"SnapshotName", "IsPermanent", "Deadline"} & params.keys():
        raise errors.at_least_one("SnapshotName", "IsPermanent", "Deadline")
    if found["ShareReference"]:
        raise errors.is_shared(found["SnapshotId"])
    members: dict[str, Any] = {}
    if "SnapshotName" in params:
        members["SnapshotName"] = text("SnapshotName", params["SnapshotName"])
    deadline = None
    if params.get("IsPermanent"):
        # Documented: a deadline counts only for what is not permanent.
        members |= {"IsPermanent": True, "DeadlineTime": ""}
    elif params.get("Deadline"):
        deadline = _deadline(call)
        members |= {"IsPermanent": False, "DeadlineTime": china_time(deadline or call.now)}
    elif params.get("IsPermanent") is False and found["IsPermanent"]:
        raise missing_parameter("Deadline")
    change(call, SNAPSHOT, found["SnapshotId"], **members)
    kept.end_at(call.world, call.region, found["SnapshotId"], deadline)
    return {}


def delete(call: Call) -> Result:
    """Delete snapshots; all of them or none."""
    keys = list(dict.fromkeys(call.params["SnapshotIds"]))
    if not keys:
        raise errors.at_least_one("SnapshotIds")
    found = [snapshot(call, key) for key in keys]
    with_images = bool(call.params.get("DeleteBindImages"))
    for each in found:
        # Documented: they have to be in the state NORMAL.
        if each["SnapshotState"] == "CREATING":
            raise errors.creating(each["SnapshotId"])
        if each["SnapshotState"] != "NORMAL":
            raise errors.bad_snapshot(each["SnapshotId"])
        if each["ShareReference"]:
            raise errors.is_shared(each["SnapshotId"])
        if each["Images"] and not with_images:
            raise errors.has_image(each["SnapshotId"])
    for each in found:
        for image in each["Images"]:
            _drop_image(call, image["ImageId"])
        kept.drop_snapshot(call.world, call.region, each["SnapshotId"])
    return {}


def _drop_image(call: Call, key: str) -> None:
    """Take an image away, and out of the other snapshots that it was made of."""
    row = call.world.write(IMAGES, call.region).remove(key)
    for listed in row.value["SnapshotSet"] if row is not None else ():
        other = call.world.read(SNAPSHOT.name, call.region).get(listed["SnapshotId"])
        if other is not None:
            left = [each for each in other.value["Images"] if each["ImageId"] != key]
            change(call, SNAPSHOT, listed["SnapshotId"], Images=left, ImageCount=len(left))


# --- Rolling back ----------------------------------------------------------------------------------------


def apply(call: Call) -> Result:
    """Set a disk back to what it was in a snapshot of it."""
    params = call.params
    shot, found = snapshot(call, params["SnapshotId"]), disk(call, params["DiskId"])
    key = found["DiskId"]
    # Documented: only to the disk that it was made of, and only when it is ready.
    if shot["DiskId"] != key:
        raise bad_value("DiskId", key)
    if shot["SnapshotState"] != "NORMAL":
        raise errors.creating(shot["SnapshotId"])
    if shot["DiskSize"] > found["DiskSize"]:
        raise errors.size_differs(found["DiskSize"], shot["DiskSize"])
    check_settled(found)
    stops, starts = bool(params.get("AutoStopInstance")), bool(params.get("AutoStartInstance"))
    # Documented: it can start only what it stopped, and stop only for a disk that a host has.
    if (starts and not stops) or (stops and not found["InstanceId"]):
        raise bad_value("AutoStopInstance", stops)
    _check_host(call, found, stops=stops)
    if stops:
        _pause(call, found["InstanceId"], starts=starts)
    rolling = {"DiskState": "ROLLBACKING", "Rollbacking": True}
    kept.change(call.world, call.region, key, **rolling, RollbackPercent=0)
    put = {"DiskState": found["DiskState"], "Rollbacking": False, "RollbackPercent": 100}
    call.world.later(ROLLBACK_SECONDS, (DISK.name, call.region), key, given=rolling, put=put)
    return {}


def _check_host(call: Call, found: Value, *, stops: bool) -> None:
    """Refuse while a host uses the disk: a portable one has to be free, the host of another off."""
    row = call.world.read(HOSTS, call.region).get(found["InstanceId"]) if found["InstanceId"] else None
    if row is None:
        return
    state = row.value["InstanceState"]
    if stops and state in ("RUNNING", "STOPPED"):
        return
    if found["Portable"]:
        raise errors.not_supported(found["DiskId"])
    if state != "STOPPED":
        raise errors.wrong_instance(found["InstanceId"])


def _pause(call: Call, host: str, *, starts: bool) -> None:
    """Let a running host be off while its disk is set back, and on again if it was told so."""
    row = call.world.read(HOSTS, call.region).items()[host]
    if row.value["InstanceState"] != "RUNNING":
        return
    off = {"InstanceState": "STOPPED", "StopChargingMode": "KEEP_CHARGING"}
    call.world.write(HOSTS, call.region).put(host, row.having(**off))
    if starts:
        on = {"InstanceState": "RUNNING", "StopChargingMode": "NOT_APPLICABLE"}
        call.world.later(ROLLBACK_SECONDS, (HOSTS, call.region), host, given=off, put=on)


ACTIONS = (
    Lists(
        action="DescribeSnapshots",
        of=SNAPSHOT,
        ids="SnapshotIds",
        filters={
            "snapshot-id": "SnapshotId",
            "snapshot-name": "SnapshotName",
            "snapshot-state": "SnapshotState",
            "disk-usage": "DiskUsage",
            "disk-id": "DiskId",
            "zone": "Placement.Zone",
            "project-id": "Placement.ProjectId",
            "snapshot-type": "SnapshotType",
            "encrypt": truth("Encrypt"),
        },
        orders={"CREATE_TIME": "CreateTime"},
        # Documented: by time of birth. Assumed: as they stand where no order is asked for, as disks do.
        sort=Sort(standard="CREATE_TIME", is_standing=True),
        manners=MANNERS,
    ),
    Does(action="CreateSnapshot", run=create, home="region", asks=DISKS),
    Does(action="ModifySnapshotAttribute", run=modify, home="region", asks=SNAPSHOTS),
    Does(action="DeleteSnapshots", run=delete, home="region", asks=SNAPSHOTS),
    Does(action="ApplySnapshot", run=apply, home="region", asks=asking(OF_DISKS, OF_SNAPSHOTS)),
)
