"""What CBS says when it refuses.

Every code stands in the product's published list of error codes.
"""

# Documented: the codes. Assumed: which is used when, and the texts. What the official SDKs list for
# ApplySnapshot, AttachDisks, DeleteSnapshots and ResizeDisk was followed where it says enough.

from __future__ import annotations

from emulator.errors import ApiError, Refusal
from emulator.tables.idempotent import Tokens

out_of_range = Refusal[str, object](
    "InvalidParameterValue.LimitExceeded", "The value of parameter `{}` is out of range: {}."
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

no_disk = Refusal[str]("InvalidDiskId.NotFound", "The disk `{}` does not exist.")
not_sold = Refusal[str, str](
    "InvalidParameter.DiskConfigNotSupported", "A disk of type `{}` cannot be had so in `{}`."
)
size_differs = Refusal[int, int](
    "InvalidParameter.DiskSizeNotMatch", "{} GiB do not hold a snapshot of {} GiB."
)
not_portable = Refusal[str]("InvalidDisk.NotPortable", "The disk `{}` is not portable.")
not_supported = Refusal[str]("InvalidDisk.NotSupported", "The disk `{}` does not support this operation.")
# Where a disk cannot be given back as it is.
unavailable = Refusal[str](
    "ResourceUnavailable.NotSupported", "The disk `{}` does not support this operation now."
)
busy = Refusal[str]("InvalidDisk.Busy", "The disk `{}` is busy.")
rolling_back = Refusal[str]("ResourceInUse.DiskRollbacking", "The disk `{}` is being rolled back.")
attached = Refusal[str]("ResourceUnavailable.Attached", "The disk `{}` is attached to an instance.")
is_system_disk = Refusal[str]("ResourceUnavailable.TypeError", "The disk `{}` is a system disk.")
other_zone = Refusal[str, str](
    "ResourceUnavailable.ZoneNotMatch", "The disk `{}` is not in the zone of `{}`."
)
wrong_state = Refusal[str]("UnsupportedOperation.StateError", "The state of `{}` does not allow this.")


def wrong_charge(disk: str) -> ApiError:
    """A disk that is not paid in the way that this needs."""
    return not_supported(disk)


# --- Hosts -----------------------------------------------------------------------------------------------

no_instance = Refusal[str]("InvalidInstanceId.NotFound", "The instance `{}` does not exist.")
wrong_instance = Refusal[str](
    "InvalidInstance.NotSupported", "The instance `{}` does not support this operation now."
)
host_full = Refusal[str](
    "LimitExceeded.InstanceAttachedDisk", "No more disks can be attached to the instance `{}`."
)

# --- Snapshots and policies ------------------------------------------------------------------------------

no_snapshot = Refusal[str]("InvalidSnapshotId.NotFound", "The snapshot `{}` does not exist.")
bad_snapshot = Refusal[str]("InvalidSnapshot.NotSupported", "The snapshot `{}` does not support this.")
creating = Refusal[str]("ResourceUnavailable.SnapshotCreating", "The snapshot `{}` is still being created.")
disk_snapshot_creating = Refusal[str](
    "InvalidDisk.SnapshotCreating", "A snapshot of the disk `{}` is being created."
)
cannot_snapshot = Refusal[str](
    "InvalidDisk.NotSupportSnapshot", "No snapshot of the disk `{}` can be created."
)
snapshot_quota = Refusal[()]("InsufficientSnapshotQuota", "The snapshot quota is used up.")
has_image = Refusal[str](
    "UnsupportedOperation.SnapshotHasBindedImage", "Delete the images of the snapshot `{}` first."
)
is_shared = Refusal[str]("UnsupportedOperation.SnapHasShared", "The snapshot `{}` is shared.")
no_policy = Refusal[str](
    "InvalidAutoSnapshotPolicyId.NotFound", "The auto snapshot policy `{}` does not exist."
)
policy_quota = Refusal[()](
    "LimitExceeded.AutoSnapshotPolicyOutOfQuota", "The number of auto snapshot policies exceeds the quota."
)
already_bound = Refusal[str]("InvalidDisk.AlreadyBound", "The disk `{}` is bound to the policy already.")
too_many_bound = Refusal[int](
    "InvalidParameterValue.BindDiskLimitExceeded", "No more than {} disks can be bound at once."
)
