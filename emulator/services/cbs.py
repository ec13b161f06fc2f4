"""Cloud Block Storage: disks, snapshots and the policies that take them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.errors import ApiError
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Manners, Qcs, Service, Table
from emulator.tables.filters import truth

# Documented: the codes are among the product's errors. Assumed: which is used when, and the texts.
MANNERS = Manners(
    out_of_range=lambda name, value: ApiError(
        "InvalidParameterValue.LimitExceeded", f"The value of parameter `{name}` is out of range: {value}."
    ),
    unknown_filter=lambda name: ApiError("InvalidFilter", f"The specified filter `{name}` is not supported."),
    both=lambda ids: ApiError(
        "InvalidParameter", f"The parameters `{ids}` and `Filters` cannot be specified together."
    ),
    too_many=lambda what, most: ApiError(
        "InvalidParameterValue.LimitExceeded", f"The number of `{what}` exceeds the limit of {most}."
    ),
)

# Documented: disks stand in the cvm namespace of CAM, as volume/… .
DISK = Table(name="cbs.disk", item="Disk", key="DiskId", prefix="disk", qcs=Qcs("cvm", "volume"))
# Assumed: snapshots and their policies are asked about at operation level.
SNAPSHOT = Table(name="cbs.snapshot", item="Snapshot", key="SnapshotId", prefix="snap")
POLICY = Table(
    name="cbs.autosnapshotpolicy", item="AutoSnapshotPolicy", key="AutoSnapshotPolicyId", prefix="asp"
)


def shown_disk(call: Call, disk: Mapping[str, Any]) -> Mapping[str, Any]:
    """A disk; its snapshot policies only if they were asked for."""
    # Documented: ReturnBindAutoSnapshotPolicy. Assumed: null without it.
    if call.params.get("ReturnBindAutoSnapshotPolicy"):
        return disk
    return {**disk, "AutoSnapshotPolicyIds": None}


def describe_associated_policies(call: Call) -> Result:
    """The snapshot policies that one disk is bound to."""
    key = call.params["DiskId"]
    disk = call.world.read(DISK.name, call.region).get(key)
    if disk is None:
        # Documented: the code. Assumed: the text.
        raise ApiError("InvalidDiskId.NotFound", f"The disk `{key}` does not exist.")
    shelf = call.world.read(POLICY.name, call.region)
    rows = [row for row in map(shelf.get, disk.value["AutoSnapshotPolicyIds"] or ()) if row is not None]
    return {"TotalCount": len(rows), "AutoSnapshotPolicySet": [row.value for row in rows]}


def _asks_for_disk(call: Call) -> tuple[str, ...]:
    return (f"qcs::cvm:{call.region}:uin/{call.world.uin}:volume/{call.params['DiskId']}",)


SERVICE = Service(
    name="cbs",
    version="2017-03-12",
    tables=(DISK, SNAPSHOT, POLICY),
    actions=(
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
                "tag-key": "Tags.Key",
                "tag-value": "Tags.Value",
                "tag:": "Tags",
            },
            orders={"CREATE_TIME": "CreateTime", "DEADLINE": "DeadlineTime"},
            ignores=("ReturnBindAutoSnapshotPolicy",),
            shown=shown_disk,
            manners=MANNERS,
        ),
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
            manners=MANNERS,
        ),
        Lists(
            action="DescribeAutoSnapshotPolicies",
            of=POLICY,
            ids="AutoSnapshotPolicyIds",
            filters={
                "auto-snapshot-policy-id": "AutoSnapshotPolicyId",
                "auto-snapshot-policy-state": "AutoSnapshotPolicyState",
                "auto-snapshot-policy-name": "AutoSnapshotPolicyName",
            },
            orders={"CREATE_TIME": "CreateTime"},
            manners=MANNERS,
        ),
        Does(
            action="DescribeDiskAssociatedAutoSnapshotPolicy",
            run=describe_associated_policies,
            home="region",
            asks=_asks_for_disk,
        ),
    ),
)
