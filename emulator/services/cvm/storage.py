"""The disks that instances are made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from emulator.services.cvm import errors
from emulator.services.cvm.charging import Terms
from emulator.tables import disks
from emulator.tables.call import Call
from emulator.tables.disks import SOLD, SYSTEM_MOST, Wish
from emulator.tables.listing import has_form
from emulator.tables.params import bad_value, too_many
from emulator.tables.writing import Value, refuse

MOST_DATA_DISKS = 20
"""Documented: cloud disks bought with an instance."""
STANDARD_TYPE, STANDARD_SIZE = "CLOUD_PREMIUM", 50
"""Documented: a system disk of 50 GiB. Assumed: the type that is in stock."""


def system_wish(call: Call, given: Mapping[str, Any], image: Value, base: Wish) -> Wish:
    """The system disk that ``SystemDisk`` asks for; ``base`` says what all disks of the instance share.

    Raises:
        ApiError: there is no such disk, or the image does not fit on it.
    """
    refuse(call, "CdcId", within=given, path="SystemDisk.")
    kind = given.get("DiskType") or STANDARD_TYPE
    if kind not in SOLD or not SOLD[kind].for_system:
        raise errors.no_disk_type()
    size = system_size(given.get("DiskSize") or max(STANDARD_SIZE, image["ImageSize"]), image)
    return _like(base, given, type=kind, size=size, is_system=True, goes_with_host=base.charge != "PREPAID")


def system_size(size: int, image: Value) -> int:
    """The size of a system disk, in GiB.

    Raises:
        ApiError: it is out of range, or smaller than the image.
    """
    if not max(20, image["ImageSize"]) <= size <= SYSTEM_MOST:
        raise bad_value("SystemDisk.DiskSize", size)
    return size


def data_wishes(call: Call, given: list[Mapping[str, Any]], base: Wish) -> list[Wish]:
    """The data disks that ``DataDisks`` asks for.

    Raises:
        ApiError: there is no such disk.
    """
    # Documented: a size of 0 buys none.
    wanted = [each for each in given if each["DiskSize"] != 0 or each.get("SnapshotId")]
    if len(wanted) > MOST_DATA_DISKS:
        raise too_many("DataDisks", MOST_DATA_DISKS)
    return [_data_wish(call, each, base) for each in wanted]


def _data_wish(call: Call, given: Mapping[str, Any], base: Wish) -> Wish:
    refuse(call, "CdcId", within=given, path="DataDisks.")
    kind = given.get("DiskType") or STANDARD_TYPE
    sold = SOLD.get(kind)
    if sold is None:
        raise errors.no_disk_type()
    size = given["DiskSize"]
    # Documented: in steps of 10 GiB.
    if not sold.least <= size <= sold.most or size % 10:
        raise bad_value("DataDisks.DiskSize", size)
    _check_snapshot(call, given.get("SnapshotId") or "", size)
    # Documented: goes with its host unless told otherwise; only what is paid by the hour can.
    goes = given.get("DeleteWithInstance") is not False and base.charge != "PREPAID"
    return _like(
        base,
        given,
        type=kind,
        size=size,
        goes_with_host=goes,
        throughput=throughput(given.get("ThroughputPerformance") or 0, kind),
        bursts=bool(given.get("BurstPerformance")),
    )


def throughput(value: int, kind: str) -> int:
    """Extra performance in MiB/s, which only the two fastest types have."""
    # Documented: the two types. Assumed: 350 at most.
    if value and (kind not in ("CLOUD_TSSD", "CLOUD_HSSD") or not 0 < value <= 350):
        raise bad_value("DataDisks.ThroughputPerformance", value)
    return value


def _check_snapshot(call: Call, snapshot: str, size: int) -> None:
    if not snapshot:
        return
    row = call.world.read(disks.SNAPSHOT.name, call.region).get(snapshot)
    if not has_form(snapshot, "snap") or row is None or row.value["DiskUsage"] != "DATA_DISK":
        raise errors.no_snapshot(snapshot)
    if row.value["DiskSize"] > size:
        raise errors.snapshot_too_large()


def _like(base: Wish, given: Mapping[str, Any], **members: Any) -> Wish:
    # Documented: a disk's id is for answers only, and cannot be asked for.
    if given.get("DiskId"):
        raise bad_value("DiskId", given["DiskId"])
    name = given.get("DiskName") or ""
    if len(name) > 128:
        raise bad_value("DiskName", name)
    encrypts, kms_key = bool(given.get("Encrypt")), given.get("KmsKeyId") or ""
    return replace(base, **members, name=name, encrypt=encrypts, kms_key=kms_key)


def base_wish(zone: str, agreed: Terms, project: int, tags: list[dict[str, str]]) -> Wish:
    """What all disks of an instance share: they are paid as it is, and bear its tags."""
    # Documented: tags are put on the disks too. Assumed: disks of a spot instance are paid by the hour.
    charge = "PREPAID" if agreed.charge == "PREPAID" else "POSTPAID_BY_HOUR"
    return Wish(
        zone=zone,
        type=STANDARD_TYPE,
        size=STANDARD_SIZE,
        charge=charge,
        deadline=agreed.expires,
        renew=agreed.renew or "NOTIFY_AND_MANUAL_RENEW",
        project=project,
        tags=tags,
    )
