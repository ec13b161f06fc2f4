"""What CVM says when it refuses.

Every code stands in the product's published list of error codes.
"""

# Documented: the codes. Assumed: which is used when, and all texts but those marked. What the official SDKs
# list for RunInstances, StartInstances, StopInstances, TerminateInstances and CreateKeyPair was followed.

from __future__ import annotations

from emulator.errors import ApiError, Refusal
from emulator.tables.idempotent import Tokens

# --- Parameters ------------------------------------------------------------------------------------------

duplicate_tags = Refusal[str]("InvalidParameterValue.DuplicateTags", "The tag key `{}` is specified twice.")
out_of_range = Refusal[str, object](
    "InvalidParameterValue.Range", "The value of parameter `{}` is out of range: {}."
)
too_long = Refusal[str, int](
    "InvalidParameterValue.TooLong", "The parameter `{}` is longer than {} characters."
)


def not_together(*names: str) -> ApiError:
    """Parameters that exclude one another."""
    listed = ", ".join(f"`{name}`" for name in names)
    return ApiError("InvalidParameterCombination", f"The parameters {listed} cannot be specified together.")


def at_least_one(*names: str) -> ApiError:
    """None of several parameters of which one must be given."""
    listed = ", ".join(f"`{name}`" for name in names)
    return ApiError("MissingParameter.AtLeastOne", f"At least one of {listed} must be specified.")


TOKENS = Tokens(
    bad=lambda _: ApiError(
        "InvalidClientToken.TooLong", "The specified ClientToken is longer than 64 ASCII characters."
    )
)

# --- Where and what --------------------------------------------------------------------------------------

# Of dedicated hosts.
no_host = Refusal[str]("InvalidHostId.NotFound", "The specified host `{}` does not exist.")
no_zone = Refusal[str]("InvalidZone.MismatchRegion", "The specified zone `{}` does not exist in this region.")
zone_sold_out = Refusal[str](
    "ResourceInsufficient.AvailabilityZoneSoldOut", "The specified zone `{}` is sold out."
)
bad_type = Refusal[str]("InvalidInstanceType.Malformed", "The instance type `{}` is malformed.")
no_type = Refusal[str]("InvalidParameterValue.InstanceTypeNotFound", "The instance type `{}` does not exist.")
# Observed: the text, under the code InvalidCloudDisk.Unavailable that it had in 2020.
no_disk_type = Refusal[()](
    "ResourceInsufficient.CloudDiskUnavailable", "The cloud disk specified unavailable"
)
snapshot_too_large = Refusal[()](
    "FailedOperation.SnapshotSizeLargerThanDataSize", "The snapshot is larger than the specified disk."
)
no_snapshot = Refusal[str]("InvalidParameter.SnapshotNotFound", "The specified snapshot `{}` does not exist.")

# --- Network ---------------------------------------------------------------------------------------------

no_vpc = Refusal[str]("InvalidParameterValue.VpcIdNotExist", "The specified VPC `{}` does not exist.")
bad_vpc = Refusal[str]("InvalidParameterValue.VpcIdMalformed", "The specified VPC id `{}` is malformed.")
no_subnet = Refusal[str]("InvalidParameterValue.SubnetNotExist", "The specified subnet `{}` does not exist.")
bad_subnet = Refusal[str](
    "InvalidParameterValue.SubnetIdMalformed", "The specified subnet id `{}` is malformed."
)
not_of_vpc = Refusal[str, str](
    "InvalidParameterValue.VpcIdSubnetIdNotMatch", "The subnet `{1}` is not in the VPC `{0}`."
)
not_of_zone = Refusal[str, str](
    "InvalidParameterValue.SubnetIdZoneIdNotMatch", "The subnet `{}` is not in the zone `{}`."
)
subnet_full = Refusal[str](
    "FailedOperation.NoAvailableIpAddressCountInSubnet",
    "The subnet `{}` has not enough available IP addresses.",
)
bad_address = Refusal[str]("InvalidParameterValue.InvalidIpFormat", "The IP address `{}` is malformed.")
# Also for an address that the subnet does not give away.
not_in_subnet = Refusal[str]("VpcAddrNotInSubNet", "The private IP address `{}` is not in the subnet.")
address_taken = Refusal[str]("VpcIpIsUsed", "The private IP address `{}` is already in use.")
no_group = Refusal[str](
    "InvalidSecurityGroupId.NotFound", "The specified security group `{}` does not exist."
)
bad_group = Refusal[str]("InvalidSgId.Malformed", "The specified security group id `{}` is malformed.")
too_many_groups = Refusal[int](
    "LimitExceeded.AssociateUSGLimitExceeded",
    "An instance cannot be associated with more than {} security groups.",
)

# --- Instances -------------------------------------------------------------------------------------------

# Observed: the code, for an empty id.
bad_instance = Refusal[str](
    "InvalidParameterValue.InstanceIdMalformed", "The specified instance id `{}` is malformed."
)
no_instance = Refusal[str]("InvalidInstanceId.NotFound", "The specified instance `{}` does not exist.")

STATES = {
    "PENDING": "Pending",
    "LAUNCH_FAILED": "LaunchFailed",
    "RUNNING": "Running",
    "STOPPED": "Stopped",
    "STARTING": "Starting",
    "STOPPING": "Stopping",
    "REBOOTING": "Rebooting",
    "SHUTDOWN": "Shutdown",
    "TERMINATING": "Terminating",
}


def wrong_state(instance: str, state: str) -> ApiError:
    """An instance in a state in which this cannot be done."""
    if state not in STATES:
        return ApiError(
            "InvalidInstanceState", f"The state of the instance `{instance}` does not allow this."
        )
    return ApiError(
        f"UnsupportedOperation.InstanceState{STATES[state]}",
        f"The instance `{instance}` in the state `{state}` does not support this operation.",
    )


busy = Refusal[str](
    "OperationDenied.InstanceOperationInProgress", "Another operation is in progress at the instance `{}`."
)
protected = Refusal[str](
    "UnsupportedOperation.InstancesProtected", "The instance `{}` is protected from termination."
)
mixed_charges = Refusal[()](
    "UnsupportedOperation.InstanceMixedPricingModel",
    "Instances of different billing modes cannot be operated on together.",
)
wrong_charge = Refusal[str](
    "UnsupportedOperation.InstanceChargeType",
    "The billing mode of the instance `{}` does not support this operation.",
)
bad_period = Refusal[object]("InvalidPeriod", "The period `{}` is not supported.")
charging_goes_on = Refusal[str](
    "UnsupportedOperation.StoppedModeStopCharging",
    "The instance `{}` does not support the stopped mode STOP_CHARGING.",
)
is_windows = Refusal[str](
    "UnsupportedOperation.InstanceOsWindows", "The instance `{}` runs Windows, which cannot do this."
)
no_windows_keys = Refusal[()](
    "UnsupportedOperation.KeyPairUnsupportedWindows", "Windows does not support key pairs."
)
bad_password = Refusal[()](
    "InvalidParameterValue.InvalidPassword",
    "The specified password does not meet the complexity requirements.",
)
name_too_long = Refusal[int](
    "InvalidInstanceName.TooLong", "The specified InstanceName is longer than {} characters."
)
bad_host_name = Refusal[str]("InvalidParameterValue.IllegalHostName", "The host name `{}` is not valid.")
bad_user_data = Refusal[()](
    "InvalidParameterValue.InvalidUserDataFormat", "The user data is not encoded in base64."
)
user_data_too_large = Refusal[()]("InvalidParameterValue.TooLarge", "The user data is larger than 16 KB.")
# Also for a role that the caller may not pass on.
no_role = Refusal[str](
    "AuthFailure.CamRoleNameAuthenticateFailed", "The CAM role `{}` could not be authenticated."
)
bad_count = Refusal[object](
    "InvalidParameterValue.InvalidParameterMinCount", "The parameter `MinCount` must not exceed {}."
)
# Of its own choice: the primary one does not count.
has_interfaces = Refusal[str](
    "UnsupportedOperation.ElasticNetworkInterface",
    "Detach the network interfaces of the instance `{}` first.",
)

# --- Placement groups ------------------------------------------------------------------------------------

bad_placement_group = Refusal[str](
    "InvalidParameterValue.DisasterRecoverGroupIdMalformed", "The placement group id `{}` is malformed."
)
no_placement_group = Refusal[str](
    "FailedOperation.DisasterRecoverGroupNotFound", "The placement group `{}` does not exist."
)
placement_group_full = Refusal[str](
    "ResourceInsufficient.DisasterRecoverGroupCvmQuota", "The placement group `{}` is full."
)
placement_group_in_use = Refusal[str](
    "FailedOperation.PlacementSetNotEmpty", "The placement group `{}` is not empty."
)
too_many_placement_groups = Refusal[()](
    "LimitExceeded.DisasterRecoverGroup", "The number of placement groups exceeds the quota."
)
already_in_group = Refusal[str, str](
    "FailedOperation.AlreadyInDisasterRecoverGroup",
    "The instance `{}` is already in the placement group `{}`.",
)

# --- Disks -----------------------------------------------------------------------------------------------

# Also for a disk that the instance does not have.
no_disk = Refusal[str]("UnsupportedOperation.InvalidDisk", "The specified disk `{}` is not supported.")
wrong_system_disk = Refusal[str](
    "UnsupportedOperation.SystemDiskType", "The system disk type `{}` does not support this operation."
)

# --- Instance types --------------------------------------------------------------------------------------

no_gpu_before = Refusal[()](
    "InvalidParameterValue.GPUInstanceFamily", "An instance without GPU cannot become one with a GPU."
)
gpu_before = Refusal[()](
    "InvalidParameterValue.InvalidGPUFamilyChange",
    "An instance with a GPU cannot become one without, or one with another GPU.",
)
no_jumbo_frames = Refusal[()](
    "UnsupportedOperation.InstanceTypeNotSupportJumboFrame",
    "The instance type does not support the attribute `EnableJumboFrame`.",
)

# --- Key pairs -------------------------------------------------------------------------------------------

bad_key = Refusal[str]("InvalidKeyPairId.Malformed", "The specified key pair id `{}` is malformed.")
no_key = Refusal[str]("InvalidKeyPairId.NotFound", "The specified key pair `{}` does not exist.")
# As RunInstances says it.
no_key_to_launch = Refusal[str]("InvalidParameterValue.KeyPairNotFound", "The key pair `{}` does not exist.")
key_in_use = Refusal[str](
    "InvalidParameterValue.KeyPairNotSupported", "The key pair `{}` is associated with instances."
)
key_name_taken = Refusal[str]("InvalidKeyPairName.Duplicate", "The key pair name `{}` is in use.")
key_name_empty = Refusal[()]("InvalidKeyPairNameEmpty", "The key pair name is empty.")
key_name_too_long = Refusal[()](
    "InvalidKeyPairNameTooLong", "The key pair name is longer than 25 characters."
)
bad_key_name = Refusal[str](
    "InvalidKeyPairNameIncludeIllegalChar",
    "The key pair name `{}` holds other than letters, digits and underscores.",
)
too_many_keys = Refusal[()]("InvalidKeyPair.LimitExceeded", "The number of key pairs exceeds the limit.")
bad_public_key = Refusal[()]("InvalidPublicKey.Malformed", "The specified public key is no OpenSSH RSA key.")
public_key_taken = Refusal[()]("InvalidPublicKey.Duplicate", "The specified public key exists already.")

# --- Images ----------------------------------------------------------------------------------------------

bad_image = Refusal[str]("InvalidImageId.Malformed", "The specified image id `{}` is malformed.")
no_image = Refusal[str]("InvalidImageId.NotFound", "The specified image `{}` does not exist.")
image_busy = Refusal[str](
    "InvalidParameterValue.InvalidImageState", "The image `{}` is not in the state NORMAL."
)
image_state = Refusal[str](
    "InvalidImageId.IncorrectState", "The state of the image `{}` does not allow this."
)
image_shared = Refusal[str]("InvalidImageId.InShared", "The image `{}` is shared with other accounts.")
# One that is not the account's own.
not_own_image = Refusal[str](
    "InvalidParameterValue.InvalidImageId", "The image `{}` does not allow this operation."
)
image_name_taken = Refusal[str]("InvalidImageName.Duplicate", "The image name `{}` is in use.")
image_quota = Refusal[()]("ImageQuotaLimitExceeded", "The number of images exceeds the quota.")
# As the actions on images say it.
value_too_large = Refusal[str, int](
    "InvalidParameter.ValueTooLarge", "The parameter `{}` is longer than {} characters."
)
one_source = Refusal[()](
    "InvalidParameter.SpecifyOneParameter", "One of `InstanceId` and `SnapshotIds` must be specified."
)
two_sources = Refusal[()](
    "InvalidParameterConflict", "`InstanceId` and `SnapshotIds` cannot be specified together."
)
depends = Refusal[str, str]("InvalidParameter.InvalidDependence", "The parameter `{}` needs `{}`.")
not_of_instance = Refusal[str](
    "InvalidParameter.DataDiskNotBelongSpecifiedInstance",
    "The data disk `{}` does not belong to the instance.",
)
is_system_disk = Refusal[str](
    "InvalidParameter.DataDiskIdContainsRootDisk", "The disk `{}` is the system disk."
)
no_system_snapshot = Refusal[()](
    "InvalidParameter.SystemSnapshotNotFound", "There is no snapshot of a system disk among the snapshots."
)
two_system_snapshots = Refusal[()](
    "InvalidParameter.DuplicateSystemSnapshots", "There are several snapshots of system disks."
)
snapshot_creating = Refusal[()]("ResourceUnavailable.SnapshotCreating", "A snapshot is still being created.")
no_region = Refusal[str]("InvalidRegion.NotFound", "The region `{}` does not exist.")
region_closed = Refusal[str]("InvalidRegion.Unavailable", "Images cannot be copied to the region `{}`.")
no_account = Refusal[str]("InvalidAccountId.NotFound", "The account `{}` does not exist.")
own_account = Refusal[()]("InvalidAccountIs.YourSelf", "An image cannot be shared with its own account.")
too_many_shares = Refusal[()]("OverQuota", "The image is shared with too many accounts.")
