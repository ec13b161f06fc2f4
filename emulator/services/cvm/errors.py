"""What CVM says when it refuses.

Every code stands in the product's published list of error codes.
"""

# Documented: the codes. Assumed: which is used when, and all texts but those marked. What the official SDKs
# list for RunInstances, StartInstances, StopInstances, TerminateInstances and CreateKeyPair was followed.

from __future__ import annotations

from emulator.errors import ApiError
from emulator.tables.idempotent import Tokens

# --- Parameters ------------------------------------------------------------------------------------------


def out_of_range(name: str, value: object) -> ApiError:
    """A number beyond its bounds."""
    return ApiError(
        "InvalidParameterValue.Range", f"The value of parameter `{name}` is out of range: {value}."
    )


def too_long(name: str, most: int) -> ApiError:
    """A text over its limit."""
    return ApiError(
        "InvalidParameterValue.TooLong", f"The parameter `{name}` is longer than {most} characters."
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


def duplicate_tags(key: str) -> ApiError:
    """A tag key given twice."""
    return ApiError("InvalidParameterValue.DuplicateTags", f"The tag key `{key}` is specified twice.")


# --- Where and what --------------------------------------------------------------------------------------


def no_host(host: str) -> ApiError:
    """No such dedicated host."""
    return ApiError("InvalidHostId.NotFound", f"The specified host `{host}` does not exist.")


def no_zone(zone: str) -> ApiError:
    """A zone that the region does not have."""
    return ApiError(
        "InvalidZone.MismatchRegion", f"The specified zone `{zone}` does not exist in this region."
    )


def zone_sold_out(zone: str) -> ApiError:
    """A zone in which nothing is sold any more."""
    return ApiError(
        "ResourceInsufficient.AvailabilityZoneSoldOut", f"The specified zone `{zone}` is sold out."
    )


def bad_type(name: str) -> ApiError:
    """What cannot be the name of an instance type."""
    return ApiError("InvalidInstanceType.Malformed", f"The instance type `{name}` is malformed.")


def no_type(name: str) -> ApiError:
    """An instance type that is not sold."""
    return ApiError(
        "InvalidParameterValue.InstanceTypeNotFound", f"The instance type `{name}` does not exist."
    )


def no_disk_type(name: str) -> ApiError:
    """A disk type that cannot be had here."""
    # Observed: the text, under the code InvalidCloudDisk.Unavailable that it had in 2020.
    del name
    return ApiError("ResourceInsufficient.CloudDiskUnavailable", "The cloud disk specified unavailable")


def snapshot_too_large() -> ApiError:
    """A snapshot that does not fit on the disk to be made from it."""
    return ApiError(
        "FailedOperation.SnapshotSizeLargerThanDataSize", "The snapshot is larger than the specified disk."
    )


def no_snapshot(snapshot: str) -> ApiError:
    """No such snapshot."""
    return ApiError(
        "InvalidParameter.SnapshotNotFound", f"The specified snapshot `{snapshot}` does not exist."
    )


# --- Network ---------------------------------------------------------------------------------------------


def no_vpc(vpc: str) -> ApiError:
    """No such network."""
    return ApiError("InvalidParameterValue.VpcIdNotExist", f"The specified VPC `{vpc}` does not exist.")


def bad_vpc(vpc: str) -> ApiError:
    """What cannot be the id of a network."""
    return ApiError("InvalidParameterValue.VpcIdMalformed", f"The specified VPC id `{vpc}` is malformed.")


def no_subnet(subnet: str) -> ApiError:
    """No such subnet."""
    return ApiError(
        "InvalidParameterValue.SubnetNotExist", f"The specified subnet `{subnet}` does not exist."
    )


def bad_subnet(subnet: str) -> ApiError:
    """What cannot be the id of a subnet."""
    return ApiError(
        "InvalidParameterValue.SubnetIdMalformed", f"The specified subnet id `{subnet}` is malformed."
    )


def not_of_vpc(vpc: str, subnet: str) -> ApiError:
    """A subnet of another network."""
    return ApiError(
        "InvalidParameterValue.VpcIdSubnetIdNotMatch", f"The subnet `{subnet}` is not in the VPC `{vpc}`."
    )


def not_of_zone(subnet: str, zone: str) -> ApiError:
    """A subnet of another zone."""
    return ApiError(
        "InvalidParameterValue.SubnetIdZoneIdNotMatch", f"The subnet `{subnet}` is not in the zone `{zone}`."
    )


def subnet_full(subnet: str) -> ApiError:
    """A subnet without enough free addresses."""
    return ApiError(
        "FailedOperation.NoAvailableIpAddressCountInSubnet",
        f"The subnet `{subnet}` has not enough available IP addresses.",
    )


def bad_address(address: str) -> ApiError:
    """What is no address."""
    return ApiError("InvalidParameterValue.InvalidIpFormat", f"The IP address `{address}` is malformed.")


def not_in_subnet(address: str) -> ApiError:
    """An address that the subnet does not have, or does not give away."""
    return ApiError("VpcAddrNotInSubNet", f"The private IP address `{address}` is not in the subnet.")


def address_taken(address: str) -> ApiError:
    """An address that something else has."""
    return ApiError("VpcIpIsUsed", f"The private IP address `{address}` is already in use.")


def no_group(group: str) -> ApiError:
    """No such security group."""
    return ApiError(
        "InvalidSecurityGroupId.NotFound", f"The specified security group `{group}` does not exist."
    )


def bad_group(group: str) -> ApiError:
    """What cannot be the id of a security group."""
    return ApiError("InvalidSgId.Malformed", f"The specified security group id `{group}` is malformed.")


def too_many_groups(most: int) -> ApiError:
    """More security groups than an instance may have."""
    return ApiError(
        "LimitExceeded.AssociateUSGLimitExceeded",
        f"An instance cannot be associated with more than {most} security groups.",
    )


# --- Instances -------------------------------------------------------------------------------------------


def bad_instance(instance: str) -> ApiError:
    """What cannot be the id of an instance."""
    # Observed: the code, for an empty id.
    return ApiError(
        "InvalidParameterValue.InstanceIdMalformed", f"The specified instance id `{instance}` is malformed."
    )


def no_instance(instance: str) -> ApiError:
    """No such instance."""
    return ApiError("InvalidInstanceId.NotFound", f"The specified instance `{instance}` does not exist.")


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


def busy(instance: str) -> ApiError:
    """An instance at which something else is being done."""
    return ApiError(
        "OperationDenied.InstanceOperationInProgress",
        f"Another operation is in progress at the instance `{instance}`.",
    )


def protected(instance: str) -> ApiError:
    """An instance that may not be terminated through the API."""
    return ApiError(
        "UnsupportedOperation.InstancesProtected",
        f"The instance `{instance}` is protected from termination.",
    )


def mixed_charges() -> ApiError:
    """Instances paid in different ways in one request."""
    return ApiError(
        "UnsupportedOperation.InstanceMixedPricingModel",
        "Instances of different billing modes cannot be operated on together.",
    )


def wrong_charge(instance: str) -> ApiError:
    """An instance that is not paid in the way that this needs."""
    return ApiError(
        "UnsupportedOperation.InstanceChargeType",
        f"The billing mode of the instance `{instance}` does not support this operation.",
    )


def bad_period(period: object) -> ApiError:
    """A number of months that cannot be bought."""
    return ApiError("InvalidPeriod", f"The period `{period}` is not supported.")


def charging_goes_on(instance: str) -> ApiError:
    """An instance whose charging does not stop when it does."""
    return ApiError(
        "UnsupportedOperation.StoppedModeStopCharging",
        f"The instance `{instance}` does not support the stopped mode STOP_CHARGING.",
    )


def is_windows(instance: str) -> ApiError:
    """Something that Windows does not have."""
    return ApiError(
        "UnsupportedOperation.InstanceOsWindows",
        f"The instance `{instance}` runs Windows, which cannot do this.",
    )


def no_windows_keys() -> ApiError:
    """A key pair for a Windows image."""
    return ApiError("UnsupportedOperation.KeyPairUnsupportedWindows", "Windows does not support key pairs.")


def bad_password() -> ApiError:
    """A password that is not complex enough."""
    return ApiError(
        "InvalidParameterValue.InvalidPassword",
        "The specified password does not meet the complexity requirements.",
    )


def name_too_long(most: int) -> ApiError:
    """An instance name over its limit."""
    return ApiError(
        "InvalidInstanceName.TooLong", f"The specified InstanceName is longer than {most} characters."
    )


def bad_host_name(name: str) -> ApiError:
    """What cannot be a host name."""
    return ApiError("InvalidParameterValue.IllegalHostName", f"The host name `{name}` is not valid.")


def bad_user_data() -> ApiError:
    """User data that is no base64."""
    return ApiError("InvalidParameterValue.InvalidUserDataFormat", "The user data is not encoded in base64.")


def user_data_too_large() -> ApiError:
    """User data of more than 16 KB."""
    return ApiError("InvalidParameterValue.TooLarge", "The user data is larger than 16 KB.")


def no_role(name: str) -> ApiError:
    """A role that the account does not have, or that the caller may not pass on."""
    return ApiError(
        "AuthFailure.CamRoleNameAuthenticateFailed", f"The CAM role `{name}` could not be authenticated."
    )


def bad_role(name: str) -> ApiError:
    """What cannot be the name of a role."""
    return ApiError("InvalidParameterValue.CamRoleNameMalformed", f"The CAM role name `{name}` is malformed.")


def bad_count(most: object) -> ApiError:
    """A MinCount above the InstanceCount."""
    return ApiError(
        "InvalidParameterValue.InvalidParameterMinCount", f"The parameter `MinCount` must not exceed {most}."
    )


def has_interfaces(instance: str) -> ApiError:
    """An instance with network interfaces of its own choice."""
    return ApiError(
        "UnsupportedOperation.ElasticNetworkInterface",
        f"Detach the network interfaces of the instance `{instance}` first.",
    )


# --- Placement groups ------------------------------------------------------------------------------------


def bad_placement_group(group: str) -> ApiError:
    """What cannot be the id of a placement group."""
    return ApiError(
        "InvalidParameterValue.DisasterRecoverGroupIdMalformed",
        f"The placement group id `{group}` is malformed.",
    )


def no_placement_group(group: str) -> ApiError:
    """No such placement group."""
    return ApiError(
        "FailedOperation.DisasterRecoverGroupNotFound", f"The placement group `{group}` does not exist."
    )


def placement_group_full(group: str) -> ApiError:
    """A placement group without room for so many instances."""
    return ApiError(
        "ResourceInsufficient.DisasterRecoverGroupCvmQuota", f"The placement group `{group}` is full."
    )


def placement_group_in_use(group: str) -> ApiError:
    """A placement group with instances in it."""
    return ApiError("FailedOperation.PlacementSetNotEmpty", f"The placement group `{group}` is not empty.")


def too_many_placement_groups() -> ApiError:
    """More placement groups than a region may have."""
    return ApiError("LimitExceeded.DisasterRecoverGroup", "The number of placement groups exceeds the quota.")


def already_in_group(instance: str, group: str) -> ApiError:
    """An instance that is in the group it should join."""
    return ApiError(
        "FailedOperation.AlreadyInDisasterRecoverGroup",
        f"The instance `{instance}` is already in the placement group `{group}`.",
    )


# --- Disks -----------------------------------------------------------------------------------------------


def no_disk(disk: str) -> ApiError:
    """A disk that the instance does not have, or that this cannot be done with."""
    return ApiError("UnsupportedOperation.InvalidDisk", f"The specified disk `{disk}` is not supported.")


def wrong_system_disk(kind: str) -> ApiError:
    """A system disk of a type with which this cannot be done."""
    return ApiError(
        "UnsupportedOperation.SystemDiskType",
        f"The system disk type `{kind}` does not support this operation.",
    )


# --- Instance types --------------------------------------------------------------------------------------


def no_gpu_before() -> ApiError:
    """From a type without to one with a GPU."""
    return ApiError(
        "InvalidParameterValue.GPUInstanceFamily", "An instance without GPU cannot become one with a GPU."
    )


def gpu_before() -> ApiError:
    """From a type with a GPU to another kind."""
    return ApiError(
        "InvalidParameterValue.InvalidGPUFamilyChange",
        "An instance with a GPU cannot become one without, or one with another GPU.",
    )


def no_jumbo_frames() -> ApiError:
    """Jumbo frames of an instance type that has none."""
    return ApiError(
        "UnsupportedOperation.InstanceTypeNotSupportJumboFrame",
        "The instance type does not support the attribute `EnableJumboFrame`.",
    )


# --- Key pairs -------------------------------------------------------------------------------------------


def bad_key(key: str) -> ApiError:
    """What cannot be the id of a key pair."""
    return ApiError("InvalidKeyPairId.Malformed", f"The specified key pair id `{key}` is malformed.")


def no_key(key: str) -> ApiError:
    """No such key pair."""
    return ApiError("InvalidKeyPairId.NotFound", f"The specified key pair `{key}` does not exist.")


def no_key_to_launch(key: str) -> ApiError:
    """No such key pair, as RunInstances says it."""
    return ApiError("InvalidParameterValue.KeyPairNotFound", f"The key pair `{key}` does not exist.")


def key_in_use(key: str) -> ApiError:
    """A key pair that opens an instance."""
    return ApiError(
        "InvalidParameterValue.KeyPairNotSupported", f"The key pair `{key}` is associated with instances."
    )


def key_name_taken(name: str) -> ApiError:
    """A second key pair of this name."""
    return ApiError("InvalidKeyPairName.Duplicate", f"The key pair name `{name}` is in use.")


def key_name_empty() -> ApiError:
    """A key pair without a name."""
    return ApiError("InvalidKeyPairNameEmpty", "The key pair name is empty.")


def key_name_too_long() -> ApiError:
    """A name of more than 25 characters."""
    return ApiError("InvalidKeyPairNameTooLong", "The key pair name is longer than 25 characters.")


def bad_key_name(name: str) -> ApiError:
    """A name with other than letters, digits and underscores."""
    return ApiError(
        "InvalidKeyPairNameIncludeIllegalChar",
        f"The key pair name `{name}` holds other than letters, digits and underscores.",
    )


def too_many_keys() -> ApiError:
    """More key pairs than an account may have."""
    return ApiError("InvalidKeyPair.LimitExceeded", "The number of key pairs exceeds the limit.")


def bad_public_key() -> ApiError:
    """What is no OpenSSH RSA key."""
    return ApiError("InvalidPublicKey.Malformed", "The specified public key is no OpenSSH RSA key.")


def public_key_taken() -> ApiError:
    """A public key that is here already."""
    return ApiError("InvalidPublicKey.Duplicate", "The specified public key exists already.")


# --- Images ----------------------------------------------------------------------------------------------


def bad_image(image: str) -> ApiError:
    """What cannot be the id of an image."""
    return ApiError("InvalidImageId.Malformed", f"The specified image id `{image}` is malformed.")


def no_image(image: str) -> ApiError:
    """No such image."""
    return ApiError("InvalidImageId.NotFound", f"The specified image `{image}` does not exist.")


def image_busy(image: str) -> ApiError:
    """An image that is not ready to be used."""
    return ApiError(
        "InvalidParameterValue.InvalidImageState", f"The image `{image}` is not in the state NORMAL."
    )


def image_state(image: str) -> ApiError:
    """An image in a state in which this cannot be done."""
    return ApiError("InvalidImageId.IncorrectState", f"The state of the image `{image}` does not allow this.")


def image_shared(image: str) -> ApiError:
    """An image that other accounts use."""
    return ApiError("InvalidImageId.InShared", f"The image `{image}` is shared with other accounts.")


def not_own_image(image: str) -> ApiError:
    """An image that is not the account's own."""
    return ApiError(
        "InvalidParameterValue.InvalidImageId", f"The image `{image}` does not allow this operation."
    )


def image_name_taken(name: str) -> ApiError:
    """A second image of this name."""
    return ApiError("InvalidImageName.Duplicate", f"The image name `{name}` is in use.")


def image_quota() -> ApiError:
    """More images than a region may hold."""
    return ApiError("ImageQuotaLimitExceeded", "The number of images exceeds the quota.")


def value_too_large(name: str, most: int) -> ApiError:
    """A text over its limit, as the actions on images say it."""
    return ApiError(
        "InvalidParameter.ValueTooLarge", f"The parameter `{name}` is longer than {most} characters."
    )


def one_source() -> ApiError:
    """An image of neither an instance nor snapshots."""
    return ApiError(
        "InvalidParameter.SpecifyOneParameter", "One of `InstanceId` and `SnapshotIds` must be specified."
    )


def two_sources() -> ApiError:
    """An image of an instance and of snapshots at once."""
    return ApiError(
        "InvalidParameterConflict", "`InstanceId` and `SnapshotIds` cannot be specified together."
    )


def depends(name: str, on: str) -> ApiError:
    """A parameter that makes sense with another only."""
    return ApiError("InvalidParameter.InvalidDependence", f"The parameter `{name}` needs `{on}`.")


def not_of_instance(disk: str) -> ApiError:
    """A data disk that the instance does not have."""
    return ApiError(
        "InvalidParameter.DataDiskNotBelongSpecifiedInstance",
        f"The data disk `{disk}` does not belong to the instance.",
    )


def is_system_disk(disk: str) -> ApiError:
    """A system disk among data disks."""
    return ApiError("InvalidParameter.DataDiskIdContainsRootDisk", f"The disk `{disk}` is the system disk.")


def no_system_snapshot() -> ApiError:
    """Snapshots of data disks only."""
    return ApiError(
        "InvalidParameter.SystemSnapshotNotFound",
        "There is no snapshot of a system disk among the snapshots.",
    )


def two_system_snapshots() -> ApiError:
    """Snapshots of two system disks."""
    return ApiError(
        "InvalidParameter.DuplicateSystemSnapshots", "There are several snapshots of system disks."
    )


def snapshot_creating() -> ApiError:
    """A snapshot that is not ready yet."""
    return ApiError("ResourceUnavailable.SnapshotCreating", "A snapshot is still being created.")


def no_region(region: str) -> ApiError:
    """A region that does not exist."""
    return ApiError("InvalidRegion.NotFound", f"The region `{region}` does not exist.")


def region_closed(region: str) -> ApiError:
    """A region that images cannot be copied to."""
    return ApiError("InvalidRegion.Unavailable", f"Images cannot be copied to the region `{region}`.")


def no_account(uin: str) -> ApiError:
    """An account that does not exist."""
    return ApiError("InvalidAccountId.NotFound", f"The account `{uin}` does not exist.")


def own_account() -> ApiError:
    """The account that the image belongs to."""
    return ApiError("InvalidAccountIs.YourSelf", "An image cannot be shared with its own account.")


def too_many_shares() -> ApiError:
    """More accounts than an image may be shared with."""
    return ApiError("OverQuota", "The image is shared with too many accounts.")
