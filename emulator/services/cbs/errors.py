"""What CBS says when it refuses.

Every code stands in the product's published list of error codes.
"""

# Documented: the codes. Assumed: which is used when, and the texts. What the official SDKs list for
# ApplySnapshot, AttachDisks, DeleteSnapshots and ResizeDisk was followed where it says enough.

from __future__ import annotations

from emulator.errors import ApiError
from emulator.tables.idempotent import Tokens


def out_of_range(name: str, value: object) -> ApiError:
    """A number beyond its bounds."""
    return ApiError(
        "InvalidParameterValue.LimitExceeded", f"The value of parameter `{name}` is out of range: {value}."
    )


def not_together(*names: str) -> ApiError:
    """Parameters that exclude one another."""
    listed = ", ".join(f"`{name}`" for name in names)
    return ApiError("InvalidParameter", f"The parameters {listed} cannot be specified together.")


def at_least_one(*names: str) -> ApiError:
    """None of several parameters of which one must be given."""
    listed = ", ".join(f"`{name}`" for name in names)
    return ApiError("MissingParameter", f"At least one of {listed} must be specified.")


TOKENS = Tokens(
    bad=lambda _: ApiError(
        "InvalidParameter.InvalidClientToken", "The ClientToken is longer than 64 ASCII characters."
    )
)


# --- Disks -----------------------------------------------------------------------------------------------


def no_disk(disk: str) -> ApiError:
    """No such disk."""
    return ApiError("InvalidDiskId.NotFound", f"The disk `{disk}` does not exist.")


def not_sold(kind: str, zone: str) -> ApiError:
    """A disk that cannot be had there."""
    return ApiError(
        "InvalidParameter.DiskConfigNotSupported", f"A disk of type `{kind}` cannot be had so in `{zone}`."
    )


def size_differs(disk: int, snapshot: int) -> ApiError:
    """A disk smaller than the snapshot that it is to hold."""
    return ApiError(
        "InvalidParameter.DiskSizeNotMatch", f"{disk} GiB do not hold a snapshot of {snapshot} GiB."
    )


def not_portable(disk: str) -> ApiError:
    """A disk that cannot leave its host."""
    return ApiError("InvalidDisk.NotPortable", f"The disk `{disk}` is not portable.")


def not_supported(disk: str) -> ApiError:
    """A disk with which this cannot be done."""
    return ApiError("InvalidDisk.NotSupported", f"The disk `{disk}` does not support this operation.")


def unavailable(disk: str) -> ApiError:
    """A disk that cannot be given back as it is."""
    return ApiError(
        "ResourceUnavailable.NotSupported", f"The disk `{disk}` does not support this operation now."
    )


def busy(disk: str) -> ApiError:
    """A disk at which something else is being done."""
    return ApiError("InvalidDisk.Busy", f"The disk `{disk}` is busy.")


def rolling_back(disk: str) -> ApiError:
    """A disk that is being set back."""
    return ApiError("ResourceInUse.DiskRollbacking", f"The disk `{disk}` is being rolled back.")


def attached(disk: str) -> ApiError:
    """A disk that a host has."""
    return ApiError("ResourceUnavailable.Attached", f"The disk `{disk}` is attached to an instance.")


def is_system_disk(disk: str) -> ApiError:
    """A system disk where a data disk is wanted."""
    return ApiError("ResourceUnavailable.TypeError", f"The disk `{disk}` is a system disk.")


def other_zone(disk: str, instance: str) -> ApiError:
    """A disk and a host in different zones."""
    return ApiError(
        "ResourceUnavailable.ZoneNotMatch", f"The disk `{disk}` is not in the zone of `{instance}`."
    )


def wrong_state(what: str) -> ApiError:
    """A disk or snapshot in a state in which this cannot be done."""
    return ApiError("UnsupportedOperation.StateError", f"The state of `{what}` does not allow this.")


def wrong_charge(disk: str) -> ApiError:
    """A disk that is not paid in the way that this needs."""
    return not_supported(disk)


# --- Hosts -----------------------------------------------------------------------------------------------


def no_instance(instance: str) -> ApiError:
    """No such host."""
    return ApiError("InvalidInstanceId.NotFound", f"The instance `{instance}` does not exist.")


def wrong_instance(instance: str) -> ApiError:
    """A host with which this cannot be done."""
    return ApiError(
        "InvalidInstance.NotSupported", f"The instance `{instance}` does not support this operation now."
    )


def host_full(instance: str) -> ApiError:
    """A host with all the disks that it can have."""
    return ApiError(
        "LimitExceeded.InstanceAttachedDisk", f"No more disks can be attached to the instance `{instance}`."
    )


# --- Snapshots and policies ------------------------------------------------------------------------------


def no_snapshot(snapshot: str) -> ApiError:
    """No such snapshot."""
    return ApiError("InvalidSnapshotId.NotFound", f"The snapshot `{snapshot}` does not exist.")


def bad_snapshot(snapshot: str) -> ApiError:
    """A snapshot with which this cannot be done."""
    return ApiError("InvalidSnapshot.NotSupported", f"The snapshot `{snapshot}` does not support this.")


def creating(snapshot: str) -> ApiError:
    """A snapshot that is not ready yet."""
    return ApiError(
        "ResourceUnavailable.SnapshotCreating", f"The snapshot `{snapshot}` is still being created."
    )


def disk_snapshot_creating(disk: str) -> ApiError:
    """A disk of which another snapshot is being made."""
    return ApiError("InvalidDisk.SnapshotCreating", f"A snapshot of the disk `{disk}` is being created.")


def cannot_snapshot(disk: str) -> ApiError:
    """A disk of which no snapshots can be made."""
    return ApiError("InvalidDisk.NotSupportSnapshot", f"No snapshot of the disk `{disk}` can be created.")


def snapshot_quota() -> ApiError:
    """More snapshots than a region may hold."""
    return ApiError("InsufficientSnapshotQuota", "The snapshot quota is used up.")


def has_image(snapshot: str) -> ApiError:
    """A snapshot of which an image is made."""
    return ApiError(
        "UnsupportedOperation.SnapshotHasBindedImage",
        f"Delete the images of the snapshot `{snapshot}` first.",
    )


def is_shared(snapshot: str) -> ApiError:
    """A snapshot that other accounts use."""
    return ApiError("UnsupportedOperation.SnapHasShared", f"The snapshot `{snapshot}` is shared.")


def no_policy(policy: str) -> ApiError:
    """No such policy."""
    return ApiError(
        "InvalidAutoSnapshotPolicyId.NotFound", f"The auto snapshot policy `{policy}` does not exist."
    )


def policy_quota() -> ApiError:
    """More policies than a region may hold."""
    return ApiError(
        "LimitExceeded.AutoSnapshotPolicyOutOfQuota",
        "The number of auto snapshot policies exceeds the quota.",
    )


def already_bound(disk: str) -> ApiError:
    """A disk that a policy has already."""
    return ApiError("InvalidDisk.AlreadyBound", f"The disk `{disk}` is bound to the policy already.")


def too_many_bound(most: int) -> ApiError:
    """More disks than one request may bind."""
    return ApiError(
        "InvalidParameterValue.BindDiskLimitExceeded", f"No more than {most} disks can be bound at once."
    )
