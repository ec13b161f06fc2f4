"""Cloud Virtual Machine: instances, images, key pairs, regions and zones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.errors import ApiError
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Manners, Qcs, Service, Table
from emulator.tables.filters import contains, since, until
from emulator.world import regions

# Documented: the codes are among the product's errors for these actions. Observed: that a limit of -1 gets
# one beginning InvalidParameterValue, and that an empty instance id gets InstanceIdMalformed. Assumed: texts.
MANNERS = Manners(
    out_of_range=lambda name, value: ApiError(
        "InvalidParameterValue.LimitExceeded" if value > 0 else "InvalidParameterValue.Range",
        f"The value of parameter `{name}` is out of range: {value}.",
    ),
    unknown_filter=lambda name: ApiError("InvalidFilter", f"The specified filter `{name}` is not supported."),
    both=lambda ids: ApiError(
        "InvalidParameterCombination", f"The parameters `{ids}` and `Filters` cannot be specified together."
    ),
    too_many=lambda what, most: ApiError(
        "InvalidFilterValue.LimitExceeded"
        if what.startswith("Filter")
        else "InvalidParameterValue.LimitExceeded",
        f"The number of `{what}` exceeds the limit of {most}.",
    ),
    malformed=lambda key: ApiError(
        "InvalidParameterValue.InstanceIdMalformed", f"The specified instance id `{key}` is malformed."
    ),
)

INSTANCE = Table(
    name="cvm.instance",
    item="Instance",
    key="InstanceId",
    prefix="ins",
    # Observed: the short region code in what DescribeInstances asks CAM.
    qcs=Qcs("cvm", "instance", is_short=True),
)
STATUS = Table(name="cvm.instance", item="InstanceStatus", key="InstanceId", prefix="ins", qcs=INSTANCE.qcs)
# Assumed: images and key pairs are asked about at operation level.
IMAGE = Table(name="cvm.image", item="Image", key="ImageId", prefix="img")
KEY_PAIR = Table(name="cvm.keypair", item="KeyPair", key="KeyId", prefix="skey")


def instance_status(_call: Call, instance: Mapping[str, Any]) -> Mapping[str, Any]:
    """An instance as DescribeInstancesStatus shows it."""
    return {"InstanceId": instance["InstanceId"], "InstanceState": instance["InstanceState"]}


def describe_regions(call: Call) -> Result:
    """Every public region; names in the language asked for."""
    shown = [region for region in regions.REGIONS if not region.is_finance]
    return {
        "TotalCount": len(shown),
        "RegionSet": [
            {
                "Region": region.id,
                "RegionName": region.zh if call.language == "zh-CN" else region.en,
                "RegionState": region.state,
            }
            for region in shown
        ],
    }


def describe_zones(call: Call) -> Result:
    """The zones of a region; names in the language asked for."""
    # Observed: the English name for en-US. Assumed: English too when no language is given.
    region = regions.find(call.region)
    zones = region.zones if region is not None else ()
    return {
        "TotalCount": len(zones),
        "ZoneSet": [
            {
                "Zone": zone.id,
                "ZoneName": zone.zh if call.language == "zh-CN" else zone.en,
                "ZoneId": zone.number,
                "ZoneState": zone.state,
            }
            for zone in zones
        ],
    }


SERVICE = Service(
    name="cvm",
    version="2017-03-12",
    tables=(INSTANCE, IMAGE, KEY_PAIR),
    actions=(
        Lists(
            action="DescribeInstances",
            of=INSTANCE,
            ids="InstanceIds",
            # Documented: the names; at most ten filters of five values. Assumed: only instance-name is fuzzy.
            filters={
                "zone": "Placement.Zone",
                "project-id": "Placement.ProjectId",
                "host-id": "Placement.HostId",
                "dedicated-cluster-id": "DedicatedClusterId",
                "vpc-id": "VirtualPrivateCloud.VpcId",
                "subnet-id": "VirtualPrivateCloud.SubnetId",
                "instance-id": "InstanceId",
                "uuid": "Uuid",
                "security-group-id": "SecurityGroupIds",
                "instance-name": contains("InstanceName"),
                "instance-charge-type": "InstanceChargeType",
                "instance-state": "InstanceState",
                "private-ip-address": "PrivateIpAddresses",
                "public-ip-address": "PublicIpAddresses",
                "ipv6-address": "IPv6Addresses",
                "tag-key": "Tags.Key",
                "tag-value": "Tags.Value",
                "tag:": "Tags",
                "creation-start-time": since("CreatedTime"),
                "creation-end-time": until("CreatedTime"),
            },
            manners=MANNERS,
            most_values=5,
        ),
        Lists(
            action="DescribeInstancesStatus",
            of=STATUS,
            ids="InstanceIds",
            shown=instance_status,
            manners=MANNERS,
        ),
        Lists(
            action="DescribeImages",
            of=IMAGE,
            ids="ImageIds",
            filters={
                "image-id": "ImageId",
                "image-type": "ImageType",
                "image-name": contains("ImageName"),
                "platform": "Platform",
                "tag-key": "Tags.Key",
                "tag-value": "Tags.Value",
                "tag:": "Tags",
            },
            # Assumed: every image of the estate suits every instance type.
            ignores=("InstanceType",),
            manners=MANNERS,
            most_values=5,
        ),
        Lists(
            action="DescribeKeyPairs",
            of=KEY_PAIR,
            ids="KeyIds",
            filters={
                "project-id": "ProjectId",
                "key-name": "KeyName",
                "tag-key": "Tags.Key",
                "tag-value": "Tags.Value",
                "tag:": "Tags",
            },
            manners=MANNERS,
        ),
        Does(action="DescribeRegions", run=describe_regions),
        Does(action="DescribeZones", run=describe_zones, home="region"),
    ),
)
