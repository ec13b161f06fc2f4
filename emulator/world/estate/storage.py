"""The cbs tables of an estate: disks, snapshots, automatic snapshot policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.world.estate import draw
from emulator.world.estate.drawn import Draw, Drawn, Part, one
from emulator.world.estate.hosts import image_name
from emulator.world.estate.site import Disk, Host, Site, Value, china, days_to, end
from emulator.world.shelves import Row, Shelf


def disks(site: Site) -> Shelf[Row]:
    """``cbs.disk``: each host's system disk and data disks, then those that no host has."""
    count = site.disk_starts[-1] + site.loose_disks
    rows = _Disks(site)

    def of_host(key: str) -> Sequence[int]:
        if not key:
            return range(site.disk_starts[-1], count)
        host = site.place("ins", key)
        if host is None or host >= site.hosts:
            return ()
        return range(site.disk_starts[host], site.disk_starts[host + 1])

    return Shelf(
        Drawn(
            count,
            site.disk_id,
            rows.make,
            place=site.disk_position,
            draws=rows.draws(),
            finds={"DiskId": lambda key: one(site.disk_position(key)), "InstanceId": of_host},
            parts=rows.parts(),
        )
    )


class _Disks:
    """Makes the disks of a site, by their position among all."""

    __slots__ = ("_places", "_site")

    def __init__(self, site: Site) -> None:
        self._site = site
        self._places = {zone: placement(zone) for zone in site.zones}

    def make(self, at: int) -> Mapping[str, Any]:
        """The disk at a position, in wire shape."""
        site = self._site
        disk = site.disk(at)
        host = site.host(disk.host) if disk.host >= 0 else None
        return _disk(site, disk, host, self._places[site.disk_zone(at)])

    def parts(self) -> Mapping[str, Part]:
        """Members whole, as ``make`` makes them."""
        site = self._site
        return {
            "AutoSnapshotPolicyIds": lambda at: _policies(site.policy(site.disk_chance(at))),
            "Encrypt": lambda at: site.is_encrypted(site.disk_chance(at)),
        }

    def draws(self) -> Mapping[str, Draw]:
        """Members by themselves, as ``make`` makes them."""
        site, words = self._site, self._site.words

        def host_id(at: int) -> str:
            host = site.disk_at(at)[0]
            return site.host_id(host) if host >= 0 else ""

        def time(at: int) -> str:
            host = site.disk_at(at)[0]
            return china((site.details_of(host) if host >= 0 else site.disk_chance(at)) >> 20)

        return {
            "DiskId": site.disk_id,
            "CreateTime": time,
            "InstanceId": host_id,
            "Placement.Zone": site.disk_zone,
            "DiskName": lambda at: _disk_name(site, site.disk(at)),
            "DiskUsage": lambda at: _usage(site.disk(at)),
            "DiskType": lambda at: site.disk(at).type,
            "DiskState": lambda at: "ATTACHED" if site.disk_at(at)[0] >= 0 else "UNATTACHED",
            "Tags.Key": lambda at: words.tag_keys(_tagging(site.disk_chance(at))),
            "Tags[]": lambda at: words.tag_list(_tagging(site.disk_chance(at))),
        }


def placement(zone: str) -> Value:
    """Where a disk or a snapshot is, in wire shape."""
    return {
        "Zone": zone,
        "CageId": None,
        "CdcId": None,
        "CdcName": None,
        # Observed: null.
        "DedicatedClusterId": None,
        "ProjectId": 0,
        "ProjectName": None,
    }


def _disk(site: Site, disk: Disk, host: Host | None, place: Value) -> Value:
    is_prepaid = host.is_prepaid if host is not None else bool(disk.chance & 1)
    last_day = end(disk.chance >> 16) if is_prepaid else ""
    value: Value = {
        **EVERY,
        "DeleteWithInstance": host is not None and not is_prepaid,
        "RenewFlag": "NOTIFY_AND_AUTO_RENEW" if disk.chance & 6 == 0 else "NOTIFY_AND_MANUAL_RENEW",
        "DiskType": disk.type,
        "DiskState": "ATTACHED" if host is not None else "UNATTACHED",
        "SnapshotCount": disk.snapshots,
        "Encrypt": disk.is_encrypted,
        "DiskName": _disk_name(site, disk),
        "Tags": site.words.tags(_tagging(disk.chance)),
        "InstanceId": host.id if host is not None else "",
        "AutoSnapshotPolicyIds": _policies(disk.policy),
        "DiskId": disk.id,
        # Assumed: a snapshot takes half the size of its disk, in MiB.
        "SnapshotSize": disk.snapshots * disk.size * 512,
        "Placement": place,
        # Assumed: empty for a disk paid by the hour.
        "DeadlineTime": f"{last_day} 23:59:59" if last_day else "",
        "Attached": host is not None,
        "DiskSize": disk.size,
        "DiskUsage": _usage(disk),
        "DiskChargeType": "PREPAID" if is_prepaid else "POSTPAID_BY_HOUR",
        "Portable": not disk.is_system,
        # Counted from the estate's epoch; whoever has a clock counts anew from DeadlineTime.
        "DifferDaysOfDeadline": days_to(last_day) if last_day else None,
        "CreateTime": china((host.details if host is not None else disk.chance) >> 20),
        "LastAttachInsId": host.id if host is not None else None,
    }
    if host is None:
        value["InstanceType"] = ""
    if disk.is_encrypted:
        value["EncryptType"] = "ENCRYPT_V2"
        value["KmsKeyId"] = f"kms-{draw.code(draw.key(site.plan.seed, 'kms'), site.number(0))}"
    return value


EVERY: Value = {
    "AutoRenewFlagError": False,
    "Rollbacking": False,
    # Documented: empty unless the disk is shared.
    "InstanceIdList": [],
    "BackupDisk": True,
    "AttachMode": "PF",
    "ThroughputPerformance": 0,
    "Migrating": False,
    "IsReturnable": None,
    "MigratePercent": 0,
    "SnapshotAbility": True,
    "DeadlineError": False,
    "RollbackPercent": 0,
    "ReturnFailCode": 10,
    "Shareable": False,
    "DeleteSnapshot": 0,
    "DiskBackupQuota": 0,
    "DiskBackupCount": 0,
    "InstanceType": "CVM",
    "ErrorPrompt": "",
    "BurstPerformance": False,
}


def _tagging(chance: int) -> int:
    """What of a disk's chance decides its tags."""
    return chance >> 2


def _policies(policy: str) -> list[str]:
    return [policy] if policy else []


def _usage(disk: Disk) -> str:
    return "SYSTEM_DISK" if disk.is_system else "DATA_DISK"


def _disk_name(site: Site, disk: Disk) -> str:
    # Documented: a disk that was given no name is called 未命名.
    return site.words.thing(disk.chance >> 4, "disk") if disk.chance & 3 == 0 else "未命名"


def snapshots(site: Site) -> Shelf[Row]:
    """``cbs.snapshot``: as many of each disk as the disk says."""
    places, words = {zone: placement(zone) for zone in site.zones}, site.words

    def make(at: int) -> Mapping[str, Any]:
        disk, turn = site.snapshot_at(at)
        return _snapshot(site, site.disk(disk), turn, places[site.disk_zone(disk)])

    def key(at: int) -> str:
        disk, turn = site.snapshot_at(at)
        return site.snapshot_id(site.disk_number(disk), turn)

    def chance(at: int) -> int:
        disk, turn = site.snapshot_at(at)
        return _snapshot_chance(site, site.disk_number(disk), turn)

    def of_disk(key: str) -> Sequence[int]:
        disk = site.disk_position(key)
        if disk is None or disk + 1 >= len(site.snapshot_starts):
            return ()
        return range(site.snapshot_starts[disk], site.snapshot_starts[disk + 1])

    return Shelf(
        Drawn(
            site.snapshot_starts[-1],
            key,
            make,
            place=site.snapshot_position,
            draws={
                "SnapshotId": key,
                "CreateTime": lambda at: china(chance(at) >> 20),
                "DiskId": lambda at: site.disk_id(site.snapshot_at(at)[0]),
                "DiskUsage": lambda at: _usage(site.disk(site.snapshot_at(at)[0])),
                "Placement.Zone": lambda at: site.disk_zone(site.snapshot_at(at)[0]),
                "Tags.Key": lambda at: words.tag_keys(chance(at)),
                "Tags[]": lambda at: words.tag_list(chance(at)),
            },
            finds={"SnapshotId": lambda key: one(site.snapshot_position(key)), "DiskId": of_disk},
        )
    )


def _snapshot_chance(site: Site, disk: int, turn: int) -> int:
    return draw.bits(draw.key(site.plan.seed, "snapshot"), disk << 2 | turn)


def _snapshot(site: Site, disk: Disk, turn: int, place: Value) -> Value:
    chance = _snapshot_chance(site, disk.number, turn)
    image = site.image_of(disk) if turn == 0 else -1
    images = [{"ImageName": image_name(site, image), "ImageId": site.images[image].id}] if image >= 0 else []
    is_permanent = bool(images) or chance & 1 == 0
    value: Value = {
        "Placement": place,
        "CopyFromRemote": False,
        "SnapshotState": "NORMAL",
        "IsPermanent": is_permanent,
        "SnapshotName": site.words.thing(chance, "snapshot"),
        # Documented: empty if the snapshot is kept for ever.
        "DeadlineTime": "" if is_permanent else f"{end(chance >> 8)} 23:59:59",
        "Percent": 100,
        "Images": images,
        "ShareReference": 0,
        "SnapshotType": "PRIVATE_SNAPSHOT",
        "DiskSize": disk.size,
        "DiskId": disk.id,
        "CopyingToRegions": [],
        "Encrypt": disk.is_encrypted,
        "CreateTime": china(chance >> 20),
        "ImageCount": len(images),
        "DiskUsage": _usage(disk),
        "SnapshotId": site.snapshot_id(disk.number, turn),
        "TimeStartShare": "",
        "Tags": site.words.tags(chance),
        "SnapshotMode": "STANDARD_SNAPSHOT",
    }
    if disk.policy and not is_permanent:
        value["AutoSnapshotPolicyId"] = disk.policy
    return value


def snapshot_policies(site: Site) -> Shelf[Row]:
    """``cbs.autosnapshotpolicy``, each with the disks bound to it."""
    bound: dict[str, list[str]] = {policy: [] for policy in site.policy_ids}
    for disk, policy in site.disks_under_policies() if bound else ():
        bound[policy].append(disk)
    return Shelf(
        {policy: Row(_policy(site, at, policy, bound[policy])) for at, policy in enumerate(site.policy_ids)}
    )


def _policy(site: Site, place: int, policy: str, disk_ids: list[str]) -> Value:
    chance = site.chance("asp", place)
    is_permanent = chance & 7 == 0
    return {
        "DiskIdSet": disk_ids,
        "IsActivated": not site.is_risky("inactive_snapshot_policy", chance >> 8),
        "AutoSnapshotPolicyState": "NORMAL",
        "IsCopyToRemote": 0,
        "IsPermanent": is_permanent,
        "NextTriggerTime": f"{end(0)} 02:00:00",
        "AutoSnapshotPolicyName": site.words.thing(chance, "policy"),
        "AutoSnapshotPolicyId": policy,
        "Policy": [
            {"Hour": [chance >> 3 & 7], "DayOfWeek": sorted({chance >> 6 & 3, (chance >> 8 & 3) + 3})}
        ],
        "CreateTime": china(chance >> 20),
        "RetentionDays": 0 if is_permanent else draw.pick((3, 7, 7, 15, 30), chance >> 12),
        "CopyToAccountUin": None,
        "InstanceIdSet": [],
        "RetentionMonths": 0,
        "RetentionAmount": 0,
        "AdvancedRetentionPolicy": None,
        "CopyFromAccountUin": None,
        "Tags": [],
    }
