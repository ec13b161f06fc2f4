"""Disks: bought, changed, paid for, given back, and what of them is sold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from emulator.errors import missing_parameter, not_emulated
from emulator.services.cbs import errors
from emulator.services.cbs.resources import (
    DISKS,
    MANNERS,
    NEW_DISK,
    disk,
    disks,
    moment,
    snapshot,
    tags,
    text,
)
from emulator.tables import disks as kept
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Sort, Via
from emulator.tables.disks import DISK, SOLD, SYSTEM_MOST, Wish
from emulator.tables.filters import truth
from emulator.tables.idempotent import once
from emulator.tables.params import bad_value, choice, too_many
from emulator.tables.prepaid import PERIODS, RENEW_FLAGS
from emulator.tables.shared import INSTANCE
from emulator.tables.writing import Value, refuse
from emulator.world import regions
from emulator.world.clock import months_on
from emulator.world.estate.offers import SIZES

MOST = 50
"""Assumed: disks that one request can make."""
RESIZE_SECONDS, MIGRATE_SECONDS = 20, 300
"""Assumed: how long it takes to let a disk grow, and to change its type."""
_CHARGES, _USAGES = ("PREPAID", "POSTPAID_BY_HOUR"), ("SYSTEM_DISK", "DATA_DISK")
_BURSTING = 460
"""Documented: GiB from which the two fastest types can burst."""


def shown_disk(call: Call, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """A disk; its snapshot policies only if they were asked for."""
    # Documented: ReturnBindAutoSnapshotPolicy. Assumed: null without it.
    if call.params.get("ReturnBindAutoSnapshotPolicy"):
        return value
    return {**value, "AutoSnapshotPolicyIds": None}


# --- Buying ----------------------------------------------------------------------------------------------


def create(call: Call) -> Result:
    """Make disks that no host has."""
    # Documented: asynchronous. Assumed: that they are there at once, for no state says otherwise.
    wish, count = _wish(call), call.params.get("DiskCount")
    count = 1 if count is None else count
    if not 1 <= count <= MOST:
        raise errors.out_of_range("DiskCount", count)
    return {"DiskIdSet": [kept.make(call.world, call.region, wish) for _ in range(count)]}


def _wish(call: Call) -> Wish:
    params, placement = call.params, call.params["Placement"]
    refuse(call, "Shareable", "AutoMountConfiguration")
    # Documented: CdcName and ProjectName say nothing in a request.
    refuse(call, "CageId", "CdcId", "DedicatedClusterId", within=placement, path="Placement.")
    zone, kind = placement["Zone"], params["DiskType"]
    _check_zone(call, zone)
    # Documented: the fastest type comes with some hosts only.
    if kind not in SOLD or kind == "CLOUD_TSSD":
        raise errors.not_sold(kind, zone)
    charge, deadline, renew = _terms(call)
    size = _size(call, kind)
    return Wish(
        zone=zone,
        type=kind,
        size=size,
        charge=charge,
        deadline=deadline,
        renew=renew,
        name=text("DiskName", params.get("DiskName") or ""),
        project=placement.get("ProjectId") or 0,
        tags=tags(call),
        throughput=_throughput(kind, params.get("ThroughputPerformance") or 0),
        bursts=_bursts(kind, size, wanted=bool(params.get("BurstPerformance"))),
        delete_snapshot=choice("DeleteSnapshot", params.get("DeleteSnapshot") or 0, (0, 1)),
        backup_quota=params.get("DiskBackupQuota") or 0,
        **_encryption(params),
    )


def _check_zone(call: Call, zone: str) -> None:
    region = regions.find(call.region)
    found = next((each for each in region.zones if each.id == zone), None) if region is not None else None
    if found is None:
        raise bad_value("Placement.Zone", zone)
    if not found.is_available:
        raise errors.not_sold(call.params["DiskType"], zone)


def _terms(call: Call) -> tuple[str, float | None, str]:
    """How a disk is paid, until when, and how it is renewed."""
    charge = call.params["DiskChargeType"]
    choice("DiskChargeType", charge, ("PREPAID", "POSTPAID_BY_HOUR", "CDCPAID"))
    if charge == "CDCPAID":
        raise not_emulated(call.action.key, "its DiskChargeType CDCPAID is not served yet.")
    if charge != "PREPAID":
        return charge, None, "NOTIFY_AND_MANUAL_RENEW"
    period, renew = _prepaid(call.params.get("DiskChargePrepaid"))
    return charge, months_on(call.now, period), renew


def _prepaid(prepaid: Mapping[str, Any] | None) -> tuple[int, str]:
    if prepaid is None:
        raise missing_parameter("DiskChargePrepaid")
    choice("DiskChargePrepaid.Period", prepaid["Period"], PERIODS)
    flag = prepaid.get("RenewFlag") or "NOTIFY_AND_MANUAL_RENEW"
    return prepaid["Period"], str(choice("DiskChargePrepaid.RenewFlag", flag, RENEW_FLAGS))


def _size(call: Call, kind: str) -> int:
    """The size of a new disk: what was asked for, or that of its snapshot."""
    size, source = call.params.get("DiskSize"), call.params.get("SnapshotId")
    if source:
        shot = snapshot(call, source)
        # Documented: of a data disk.
        if shot["DiskUsage"] != "DATA_DISK":
            raise errors.bad_snapshot(source)
        if shot["SnapshotState"] != "NORMAL":
            raise errors.creating(source)
        size = shot["DiskSize"] if size is None else size
        if size < shot["DiskSize"]:
            raise errors.size_differs(size, shot["DiskSize"])
    if size is None:
        raise missing_parameter("DiskSize")
    _check_size(kind, size)
    return int(size)


def _check_size(kind: str, size: int) -> None:
    sold = SOLD.get(kind)
    if sold is None or not sold.least <= size <= sold.most:
        raise bad_value("DiskSize", size)


def _throughput(kind: str, value: int) -> int:
    # Documented: of the two fastest types only. Assumed: 350 at most.
    if value and (kind not in ("CLOUD_HSSD", "CLOUD_TSSD") or value > 350):
        raise bad_value("ThroughputPerformance", value)
    return value


def _bursts(kind: str, size: int, *, wanted: bool) -> bool:
    if wanted and (kind not in ("CLOUD_HSSD", "CLOUD_TSSD") or size < _BURSTING):
        raise bad_value("BurstPerformance", wanted)
    return wanted


def _encryption(params: Mapping[str, Any]) -> dict[str, Any]:
    encrypt = params.get("Encrypt")
    if encrypt is None:
        # Documented: a key needs Encrypt; what the type of encryption is counts with it only.
        if params.get("KmsKeyId"):
            raise missing_parameter("Encrypt")
        return {}
    choice("Encrypt", encrypt, ("ENCRYPT",))
    kind = choice("EncryptType", params.get("EncryptType") or "ENCRYPT_V2", ("ENCRYPT_V1", "ENCRYPT_V2"))
    return {"encrypt": True, "encrypt_type": kind, "kms_key": params.get("KmsKeyId") or ""}


# --- Changing --------------------------------------------------------------------------------------------


def check_settled(value: Value) -> None:
    """Refuse a disk at which something is being done."""
    if value["DiskState"] == "ROLLBACKING":
        raise errors.rolling_back(value["DiskId"])
    if value["DiskState"] not in ("ATTACHED", "UNATTACHED") or value["Migrating"]:
        raise errors.busy(value["DiskId"])


def resize(call: Call) -> Result:
    """Let a portable disk grow."""
    if not call.params.get("DiskId"):
        raise missing_parameter("DiskId")
    found, size = disk(call, call.params["DiskId"]), call.params["DiskSize"]
    # Documented: disks that are not portable grow through their host.
    if not found["Portable"]:
        raise errors.not_supported(found["DiskId"])
    check_settled(found)
    if size <= found["DiskSize"]:
        raise bad_value("DiskSize", size)
    _check_size(found["DiskType"], size)
    key, state, growing = found["DiskId"], found["DiskState"], {"DiskState": "EXPANDING"}
    kept.change(call.world, call.region, key, **growing)
    put = {"DiskState": state, "DiskSize": size}
    place = (DISK.name, call.region)
    call.world.later(RESIZE_SECONDS, place, key, given=growing, put=put, then="tables.disks:resized")
    return {}


_ATTRIBUTES = (
    "DiskName",
    "Portable",
    "ProjectId",
    "DeleteWithInstance",
    "DiskType",
    "BurstPerformanceOperation",
)


def modify(call: Call) -> Result:
    """Change the same attributes of disks."""
    found, params = disks(call), call.params
    named = [name for name in _ATTRIBUTES if name in params]
    if not named:
        raise errors.at_least_one(*_ATTRIBUTES)
    if "DiskType" in params:
        return _change_type(call, found, named)
    if "DiskName" in params:
        text("DiskName", params["DiskName"])
    if "BurstPerformanceOperation" in params:
        choice("BurstPerformanceOperation", params["BurstPerformanceOperation"], ("CREATE", "CANCEL"))
    changes = [(each["DiskId"], _changes(params, each)) for each in found]
    for key, members in changes:
        kept.change(call.world, call.region, key, **members)
    return {}


def _changes(params: Mapping[str, Any], found: Value) -> dict[str, Any]:
    members: dict[str, Any] = {}
    if "DiskName" in params:
        members["DiskName"] = params["DiskName"]
    if "Portable" in params:
        # Documented: a disk can become portable, never the other way round. Assumed: no system disk can.
        if not params["Portable"] or found["DiskUsage"] == "SYSTEM_DISK":
            raise errors.not_supported(found["DiskId"])
        members["Portable"] = True
    if "ProjectId" in params:
        # Documented: of portable disks only.
        if not found["Portable"]:
            raise errors.not_portable(found["DiskId"])
        members["Placement"] = {**found["Placement"], "ProjectId": params["ProjectId"]}
    if "DeleteWithInstance" in params:
        # Documented: of data disks that are paid by the hour only.
        if found["DiskChargeType"] != "POSTPAID_BY_HOUR" or found["DiskUsage"] != "DATA_DISK":
            raise errors.not_supported(found["DiskId"])
        members["DeleteWithInstance"] = params["DeleteWithInstance"]
    if "BurstPerformanceOperation" in params:
        bursts = params["BurstPerformanceOperation"] == "CREATE"
        members["BurstPerformance"] = _bursts(found["DiskType"], found["DiskSize"], wanted=bursts)
    return members


def _change_type(call: Call, found: list[Value], named: list[str]) -> Result:
    """Turn a disk into one of another type."""
    # Documented: one disk, to two types, and nothing else in the request.
    if len(found) > 1:
        raise too_many("DiskIds", 1)
    if len(named) > 1:
        raise errors.not_together(*named)
    one, kind = found[0], choice("DiskType", call.params["DiskType"], ("CLOUD_PREMIUM", "CLOUD_SSD"))
    check_settled(one)
    if kind == one["DiskType"]:
        raise bad_value("DiskType", kind)
    _check_size(kind, one["DiskSize"])
    key, moving = one["DiskId"], {"Migrating": True}
    kept.change(call.world, call.region, key, **moving, MigratePercent=0)
    put = {"DiskType": kind, "Migrating": False, "MigratePercent": 100}
    place = (DISK.name, call.region)
    call.world.later(MIGRATE_SECONDS, place, key, given=moving, put=put, then="tables.disks:resized")
    return {}


# --- Paying ----------------------------------------------------------------------------------------------


def modify_renew_flag(call: Call) -> Result:
    """Say how disks that are paid in advance are renewed."""
    found, params = disks(call), call.params
    flag = choice("RenewFlag", params["RenewFlag"], RENEW_FLAGS)
    # Disks do not expire here, so that for how long they would be renewed is checked and changes nothing.
    if params.get("AutoRenewPeriod") is not None:
        choice("AutoRenewPeriod", params["AutoRenewPeriod"], PERIODS)
    for each in found:
        if each["DiskChargeType"] != "PREPAID":
            raise errors.wrong_charge(each["DiskId"])
    for each in found:
        kept.change(call.world, call.region, each["DiskId"], RenewFlag=flag)
    return {}


def renew(call: Call) -> Result:
    """Prolong a disk that is paid in advance; one in the recycle bin comes back."""
    found, prepaid = disk(call, call.params["DiskId"]), call.params["DiskChargePrepaid"]
    period, flag = _prepaid(prepaid)
    if found["DiskChargeType"] != "PREPAID":
        raise errors.wrong_charge(found["DiskId"])
    if not found["Portable"]:
        raise errors.not_portable(found["DiskId"])
    # Documented: with CurInstanceDeadline it ends when the host does that is renewed by the same period.
    since = prepaid.get("CurInstanceDeadline") or found["DeadlineTime"]
    begins = moment("DiskChargePrepaid.CurInstanceDeadline", since) if since else call.now
    paid = kept.deadline_members(months_on(max(begins, call.now), period), call.now)
    back = {"DiskState": "UNATTACHED"} if found["DiskState"] == "TORECYCLE" else {}
    kept.change(call.world, call.region, found["DiskId"], **paid, **back, RenewFlag=flag)
    return {}


def modify_charge_type(call: Call) -> Result:
    """Pay portable disks in advance that were paid by the hour, or the other way round."""
    found, params = disks(call), call.params
    prepaid, postpaid = params.get("DiskChargePrepaid"), params.get("DiskChargePostpaid")
    # Documented: one of the two says which. Assumed: not both.
    if (prepaid is None) == (not postpaid):
        raise errors.at_least_one("DiskChargePrepaid", "DiskChargePostpaid")
    wanted = "POSTPAID_BY_HOUR" if postpaid else "PREPAID"
    period, flag = (0, "NOTIFY_AND_MANUAL_RENEW") if postpaid else _prepaid(prepaid)
    for each in found:
        if not each["Portable"]:
            raise errors.not_portable(each["DiskId"])
        if each["DiskChargeType"] == wanted:
            raise errors.wrong_charge(each["DiskId"])
        check_settled(each)
    until = None if postpaid else months_on(call.now, period)
    members: dict[str, Any] = {"DiskChargeType": wanted, "RenewFlag": flag}
    if not postpaid:
        members["DeleteWithInstance"] = False
    for each in found:
        paid = kept.deadline_members(until, call.now)
        kept.change(call.world, call.region, each["DiskId"], **members, **paid)
    return {}


def modify_performance(call: Call) -> Result:
    """Buy extra performance for a disk, or less of it."""
    found, value = disk(call, call.params["DiskId"]), call.params["ThroughputPerformance"]
    # Documented: of the two fastest types, beyond 460 GiB.
    if found["DiskSize"] <= _BURSTING:
        raise errors.not_supported(found["DiskId"])
    check_settled(found)
    performance = _throughput(found["DiskType"], value)
    kept.change(call.world, call.region, found["DiskId"], ThroughputPerformance=performance)
    return {}


def modify_backup_quota(call: Call) -> Result:
    """Say how many backup points of a disk there may be."""
    found, value = disk(call, call.params["DiskId"]), call.params["DiskBackupQuota"]
    # Documented: from 1 to 1024.
    if not 1 <= value <= 1024:
        raise bad_value("DiskBackupQuota", value)
    check_settled(found)
    kept.change(call.world, call.region, found["DiskId"], DiskBackupQuota=value)
    return {}


def terminate(call: Call) -> Result:
    """Give disks back: those paid in advance go to the recycle bin first, all others for good."""
    found = disks(call)
    with_snapshots = call.params.get("DeleteSnapshot")
    if with_snapshots is not None:
        choice("DeleteSnapshot", with_snapshots, (0, 1))
    for each in found:
        if each["DiskState"] not in ("UNATTACHED", "TORECYCLE") or each["Migrating"]:
            raise errors.unavailable(each["DiskId"])
    for each in found:
        key = each["DiskId"]
        if with_snapshots is not None:
            kept.change(call.world, call.region, key, DeleteSnapshot=with_snapshots)
        # Assumed: what is in the recycle bin is destroyed by giving it back once more.
        if each["DiskChargeType"] == "PREPAID" and each["DiskState"] != "TORECYCLE":
            kept.change(call.world, call.region, key, DiskState="TORECYCLE")
            given, end = {"DiskState": "TORECYCLE"}, call.now + kept.BIN_SECONDS
            place = (DISK.name, call.region)
            call.world.at(end, place, key, given=given, put={}, then="tables.disks:thrown_away")
        else:
            kept.drop(call.world, call.region, key)
    return {}


# --- What is sold ----------------------------------------------------------------------------------------


def describe_config_quota(call: Call) -> Result:
    """Which disks are sold in which zone, how they are paid, and how large they may be."""
    params = call.params
    refuse(call, "DedicatedClusterId")
    inquiry = choice("InquiryType", params["InquiryType"], ("INQUIRY_CBS_CONFIG", "INQUIRY_CVM_CONFIG"))
    for name, values in (
        ("DiskChargeType", _CHARGES),
        ("DiskUsage", _USAGES),
    ):
        if params.get(name) is not None:
            choice(name, params[name], values)
    families = list(_families(params)) if inquiry == "INQUIRY_CVM_CONFIG" else [None]
    return {
        "DiskConfigSet": [
            {**config, "InstanceFamily": family} for family in families for config in _configs(call)
        ]
    }


def _families(params: Mapping[str, Any]) -> Iterator[str]:
    """The instance families that have a type of the size asked for."""
    wanted, seen = params.get("InstanceFamilies") or (), set()
    for size in dict.fromkeys(SIZES):
        family = size.name.partition(".")[0]
        fits = params.get("CPU") in (None, size.cpu) and params.get("Memory") in (None, size.memory)
        if fits and (not wanted or family in wanted) and family not in seen:
            seen.add(family)
            yield family


def _configs(call: Call) -> Iterator[dict[str, Any]]:
    params, region = call.params, regions.find(call.region)
    zones = region.zones if region is not None else ()
    for zone, kind, usage, charge in product(zones, SOLD, _USAGES, _CHARGES):
        wanted = (
            zone.id in (params.get("Zones") or (zone.id,))
            and kind in (params.get("DiskTypes") or (kind,))
            and params.get("DiskUsage") in (None, usage)
            and params.get("DiskChargeType") in (None, charge)
        )
        if wanted and (usage == "DATA_DISK" or SOLD[kind].for_system):
            yield _config(zone.id, kind, usage, charge, is_sold=zone.is_available)


def _config(zone: str, kind: str, usage: str, charge: str, *, is_sold: bool) -> dict[str, Any]:
    is_system = usage == "SYSTEM_DISK"
    return {
        "Available": is_sold,
        "Zone": zone,
        "DiskType": kind,
        "DiskUsage": usage,
        "DiskChargeType": charge,
        "MinDiskSize": 20 if is_system else SOLD[kind].least,
        "MaxDiskSize": SYSTEM_MOST if is_system else SOLD[kind].most,
        # Documented: the official example.
        "StepSize": 1,
        "ExtraPerformanceRange": None,
        "DeviceClass": None,
        # The emulator knows no prices, and says so.
        "Price": dict.fromkeys(_PRICES),
    }


_PRICES = (
    "ChargeUnit",
    "DiscountPrice",
    "DiscountPriceHigh",
    "OriginalPrice",
    "OriginalPriceHigh",
    "UnitPrice",
    "UnitPriceDiscount",
    "UnitPriceDiscountHigh",
    "UnitPriceHigh",
)

ACTIONS = (
    Lists(
        action="DescribeDisks",
        of=DISK,
        ids="DiskIds",
        filters={
            "disk-usage": "DiskUsage",
            "disk-charge-type": "DiskChargeType",
            "project-id": "Placement.ProjectId",
            "disk-id": "DiskId",
            "disk-name": "DiskName",
            "disk-type": "DiskType",
            "disk-state": "DiskState",
            "instance-id": "InstanceId",
            "zone": "Placement.Zone",
            "dedicated-cluster-id": "Placement.DedicatedClusterId",
            "portable": truth("Portable"),
            # Assumed: as a whole, as names of disks are.
            "instance-name": Via(INSTANCE, ("InstanceName",), "InstanceId"),
            "instance-ip-address": Via(INSTANCE, ("PrivateIpAddresses", "PublicIpAddresses"), "InstanceId"),
            # Assumed: no disk is one of a group of clusters.
            "cluster-group-id": lambda _row, _wanted: False,
            "tag-key": "Tags.Key",
            "tag-value": "Tags.Value",
            "tag:": "Tags",
        },
        orders={"CREATE_TIME": "CreateTime", "DEADLINE": "DeadlineTime"},
        # Documented: by time of birth. Assumed: that is as they stand where no order is asked for at all,
        # though an estate's stand in none; a page of a large one must not cost a walk.
        sort=Sort(standard="CREATE_TIME", is_standing=True),
        ignores=("ReturnBindAutoSnapshotPolicy",),
        shown=shown_disk,
        manners=MANNERS,
    ),
    Does(action="CreateDisks", run=once(errors.TOKENS, create), home="region", asks=NEW_DISK),
    Does(action="ResizeDisk", run=resize, home="region", asks=DISKS),
    Does(action="ModifyDiskAttributes", run=modify, home="region", asks=DISKS),
    Does(action="ModifyDisksRenewFlag", run=modify_renew_flag, home="region", asks=DISKS),
    Does(action="RenewDisk", run=renew, home="region", asks=DISKS),
    Does(action="ModifyDisksChargeType", run=modify_charge_type, home="region", asks=DISKS),
    Does(action="ModifyDiskExtraPerformance", run=modify_performance, home="region", asks=DISKS),
    Does(action="ModifyDiskBackupQuota", run=modify_backup_quota, home="region", asks=DISKS),
    Does(action="TerminateDisks", run=terminate, home="region", asks=DISKS),
    Does(action="DescribeDiskConfigQuota", run=describe_config_quota, home="region"),
)
