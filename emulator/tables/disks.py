"""Disks and snapshots as rows: made, attached and let go of by hosts and by block storage alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from emulator.tables.declare import Qcs, Table
from emulator.world.clock import china_time
from emulator.world.estate.storage import EVERY, placement
from emulator.world.shelves import Row
from emulator.world.world import World

# Documented: disks stand in the cvm namespace of CAM, as volume/… .
DISK = Table(name="cbs.disk", item="Disk", key="DiskId", prefix="disk", qcs=Qcs("cvm", "volume"))
# Assumed: snapshots and their policies are asked about at operation level when they are listed.
SNAPSHOT = Table(name="cbs.snapshot", item="Snapshot", key="SnapshotId", prefix="snap")
POLICY = Table(
    name="cbs.autosnapshotpolicy", item="AutoSnapshotPolicy", key="AutoSnapshotPolicyId", prefix="asp"
)
HOSTS = "cvm.instance"

SNAPSHOT_SECONDS = 30
"""Assumed: how long it takes to make a snapshot."""
BIN_SECONDS = 7 * 86_400
"""Assumed: how long a disk stays in the recycle bin, as hosts do."""
UNNAMED = "未命名"
"""Documented: what is called so that was given no name."""


class Sold(NamedTuple):
    """How large a disk of a type may be, in GiB, and whether it can hold a system."""

    least: int
    most: int
    for_system: bool = True


# Documented: the types; 10 to 32000 GiB of CLOUD_PREMIUM. Assumed: that the others begin with 20 GiB, and
# that the fastest holds no system.
SOLD: Mapping[str, Sold] = {
    "CLOUD_PREMIUM": Sold(10, 32_000),
    "CLOUD_BSSD": Sold(20, 32_000),
    "CLOUD_SSD": Sold(20, 32_000),
    "CLOUD_HSSD": Sold(20, 32_000),
    "CLOUD_TSSD": Sold(20, 32_000, for_system=False),
}
SYSTEM_MOST = 2048
"""Assumed: how large a system disk may be, in GiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A disk that is wanted."""

    zone: str
    type: str
    size: int
    is_system: bool = False
    charge: str = "POSTPAID_BY_HOUR"
    deadline: float | None = None
    renew: str = "NOTIFY_AND_MANUAL_RENEW"
    name: str = ""
    project: int = 0
    tags: Sequence[Mapping[str, str]] = ()
    goes_with_host: bool = False
    encrypt: bool = False
    encrypt_type: str = ""
    kms_key: str = ""
    throughput: int = 0
    bursts: bool = False
    delete_snapshot: int = 0
    backup_quota: int = 0


def make(world: World, region: str, wish: Wish, host: str = "") -> str:
    """Put a new disk there, at a host if one is named; its id."""
    shelf = world.write(DISK.name, region)
    while (disk_id := world.mint.resource(DISK.prefix)) in shelf:
        pass
    value = {
        **EVERY,
        "DiskId": disk_id,
        "DiskName": wish.name or UNNAMED,
        "DiskType": wish.type,
        "DiskSize": wish.size,
        "DiskUsage": "SYSTEM_DISK" if wish.is_system else "DATA_DISK",
        "DiskState": "ATTACHED" if host else "UNATTACHED",
        "Attached": bool(host),
        "InstanceId": host,
        "InstanceType": "CVM" if host else "",
        "LastAttachInsId": host or None,
        "Portable": not wish.is_system,
        "DeleteWithInstance": wish.goes_with_host,
        "DiskChargeType": wish.charge,
        "RenewFlag": wish.renew,
        **deadline_members(wish.deadline, world.clock.now()),
        "Placement": {**placement(wish.zone), "ProjectId": wish.project},
        "CreateTime": china_time(world.clock.now()),
        "Encrypt": wish.encrypt,
        "SnapshotCount": 0,
        "SnapshotSize": 0,
        "Tags": list(wish.tags),
        "AutoSnapshotPolicyIds": [],
        "ThroughputPerformance": wish.throughput,
        "BurstPerformance": wish.bursts,
        "DeleteSnapshot": wish.delete_snapshot,
        "DiskBackupQuota": wish.backup_quota,
    }
    if wish.encrypt:
        value |= {"EncryptType": wish.encrypt_type or "ENCRYPT_V2", "KmsKeyId": wish.kms_key}
    shelf.put(disk_id, Row(value))
    return disk_id


def deadline_members(deadline: float | None, now: float) -> Mapping[str, Any]:
    """Until when a disk is paid for, in its own words; None for what is paid by the hour."""
    if deadline is None:
        return {"DeadlineTime": "", "DifferDaysOfDeadline": None}
    return {"DeadlineTime": china_time(deadline), "DifferDaysOfDeadline": int(deadline - now) // 86_400}


def at_host(disk: Mapping[str, Any]) -> Mapping[str, Any]:
    """A data disk as its host shows it."""
    return {
        "DiskSize": disk["DiskSize"],
        "DiskType": disk["DiskType"],
        "DiskId": disk["DiskId"],
        "DeleteWithInstance": disk["DeleteWithInstance"],
        "Encrypt": disk["Encrypt"],
        "KmsKeyId": disk.get("KmsKeyId"),
        "ThroughputPerformance": disk["ThroughputPerformance"],
        "CdcId": None,
    }


def at_host_as_system(disk: Mapping[str, Any]) -> Mapping[str, Any]:
    """A system disk as its host shows it."""
    members = ("DiskType", "DiskId", "DiskSize", "CdcId", "Encrypt", "KmsKeyId")
    shown = at_host(disk)
    return {name: shown[name] for name in members}


def show_at_host(world: World, region: str, disk: Mapping[str, Any]) -> None:
    """Let the host of a disk show it as it is now; nothing happens if it does not list it."""
    row = world.read(HOSTS, region).get(disk["InstanceId"])
    if row is None:
        return
    if row.value["SystemDisk"].get("DiskId") == disk["DiskId"]:
        changes: dict[str, Any] = {"SystemDisk": at_host_as_system(disk)}
    else:
        listed = row.value["DataDisks"]
        shown = [at_host(disk) if each.get("DiskId") == disk["DiskId"] else each for each in listed]
        changes = {"DataDisks": shown}
    world.write(HOSTS, region).put(disk["InstanceId"], row.having(**changes))


def change(world: World, region: str, disk_id: str, **members: Any) -> None:
    """Set members of a disk, and let its host show it so; nothing happens if it is gone."""
    row = world.read(DISK.name, region).get(disk_id)
    if row is not None:
        changed = row.having(**members)
        world.write(DISK.name, region).put(disk_id, changed)
        show_at_host(world, region, changed.value)


FREE: Mapping[str, Any] = {
    "DiskState": "UNATTACHED",
    "Attached": False,
    "InstanceId": "",
    "InstanceType": "",
    "DeleteWithInstance": False,
}
"""The members of a disk that is at no host."""


def resized(world: World, region: str, _at: float, disk: Mapping[str, Any]) -> None:
    """What else changes when a disk has grown: its host shows it so."""
    row = world.read(DISK.name, region).get(disk["DiskId"])
    if row is not None:
        show_at_host(world, region, row.value)


def detached(world: World, region: str, _at: float, disk: Mapping[str, Any]) -> None:
    """What else changes when a disk has been detached: its host lists it no longer."""
    row = world.read(HOSTS, region).get(disk["InstanceId"])
    if row is not None:
        left = [each for each in row.value["DataDisks"] if each.get("DiskId") != disk["DiskId"]]
        world.write(HOSTS, region).put(disk["InstanceId"], row.having(DataDisks=left))


def drop(world: World, region: str, disk_id: str) -> None:
    """Take a disk away: out of the policies that it was bound to, and with its snapshots if it says so."""
    row = world.write(DISK.name, region).remove(disk_id)
    if row is None:
        return
    if row.value["InstanceId"]:
        detached(world, region, 0, row.value)
    for policy in row.value["AutoSnapshotPolicyIds"] or ():
        unbind(world, region, policy, [disk_id])
    if row.value["DeleteSnapshot"]:
        for snapshot in world.read(SNAPSHOT.name, region).index("DiskId").get(disk_id, ()):
            if not snapshot.value["IsPermanent"]:
                drop_snapshot(world, region, snapshot.value["SnapshotId"])


def thrown_away(world: World, region: str, _at: float, disk: Mapping[str, Any]) -> None:
    """Take away a disk that was in the recycle bin to the end."""
    drop(world, region, disk["DiskId"])


def unbind(world: World, region: str, policy: str, disk_ids: Iterable[str]) -> None:
    """Let a snapshot policy list these disks no longer."""
    row = world.read(POLICY.name, region).get(policy)
    if row is not None:
        gone = set(disk_ids)
        left = [disk for disk in row.value["DiskIdSet"] if disk not in gone]
        world.write(POLICY.name, region).put(policy, row.having(DiskIdSet=left))


# --- Snapshots --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A snapshot that is wanted; ``deadline`` None is for ever."""

    name: str = ""
    deadline: float | None = None
    tags: Sequence[Mapping[str, str]] = ()
    usage: str = ""
    policy: str = ""
    images: Sequence[Mapping[str, str]] = ()
    is_local: bool = False


def snapshot(world: World, region: str, disk: Mapping[str, Any], shot: Shot, at: float) -> str:
    """Begin a snapshot of a disk at a moment; its id."""
    shelf = world.write(SNAPSHOT.name, region)
    while (snapshot_id := world.mint.resource(SNAPSHOT.prefix)) in shelf:
        pass
    value = {
        "SnapshotId": snapshot_id,
        "SnapshotName": shot.name or UNNAMED,
        "SnapshotState": "CREATING",
        "Percent": 0,
        "SnapshotType": "PRIVATE_SNAPSHOT",
        "SnapshotMode": "INSTANT_SNAPSHOT" if shot.is_local else "STANDARD_SNAPSHOT",
        "DiskId": disk["DiskId"],
        "DiskSize": disk["DiskSize"],
        "DiskUsage": shot.usage or disk["DiskUsage"],
        "Encrypt": disk["Encrypt"],
        "Placement": disk["Placement"],
        "CreateTime": china_time(at),
        "IsPermanent": shot.deadline is None,
        "DeadlineTime": "" if shot.deadline is None else china_time(shot.deadline),
        "Images": list(shot.images),
        "ImageCount": len(shot.images),
        "CopyFromRemote": False,
        "CopyingToRegions": [],
        "ShareReference": 0,
        "TimeStartShare": "",
        "Tags": list(shot.tags),
    }
    if shot.policy:
        value["AutoSnapshotPolicyId"] = shot.policy
    shelf.put(snapshot_id, Row(value))
    done = {"SnapshotState": "NORMAL", "Percent": 100}
    place, creating = (SNAPSHOT.name, region), {"SnapshotState": "CREATING"}
    world.at(at + SNAPSHOT_SECONDS * world.pace, place, snapshot_id, given=creating, put=done)
    _count(world, region, value, 1)
    end_at(world, region, snapshot_id, shot.deadline)
    return snapshot_id


def end_at(world: World, region: str, snapshot_id: str, deadline: float | None) -> None:
    """Let a snapshot go at its deadline, if it still is that one then."""
    # Documented: it is deleted by itself once the deadline has passed.
    if deadline is not None:
        place, given = (SNAPSHOT.name, region), {"DeadlineTime": china_time(deadline)}
        world.at(deadline, place, snapshot_id, given=given, put=None, then="tables.disks:snapshot_gone")


def snapshot_gone(world: World, region: str, _at: float, gone: Mapping[str, Any]) -> None:
    """What else changes when a snapshot has reached its deadline: its disk counts one less."""
    _count(world, region, gone, -1)


def drop_snapshot(world: World, region: str, snapshot_id: str) -> None:
    """Take a snapshot away."""
    row = world.write(SNAPSHOT.name, region).remove(snapshot_id)
    if row is not None:
        _count(world, region, row.value, -1)


def _count(world: World, region: str, shot: Mapping[str, Any], more: int) -> None:
    row = world.read(DISK.name, region).get(shot["DiskId"])
    if row is not None:
        # Assumed: a snapshot takes half the size of its disk, in MiB, as an estate's do.
        size = row.value["SnapshotSize"] + more * shot["DiskSize"] * 512
        count = row.value["SnapshotCount"] + more
        changed = row.having(SnapshotCount=max(count, 0), SnapshotSize=max(size, 0))
        world.write(DISK.name, region).put(shot["DiskId"], changed)
