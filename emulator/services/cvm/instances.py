"""What is read of instances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.services.cvm.resources import INSTANCES, MANNERS, STATUS, USER_DATA, instances
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists
from emulator.tables.filters import contains, since, until
from emulator.tables.params import choice
from emulator.tables.shared import INSTANCE


def instance_status(_call: Call, instance: Mapping[str, Any]) -> Mapping[str, Any]:
    """An instance as DescribeInstancesStatus shows it."""
    return {"InstanceId": instance["InstanceId"], "InstanceState": instance["InstanceState"]}


def describe_attributes(call: Call) -> Result:
    """The user data that instances were given."""
    found = instances(call)
    for name in call.params["Attributes"]:
        choice("Attributes", name, ("UserData",))
    shelf = call.world.read(USER_DATA, call.region)
    rows = ((each["InstanceId"], shelf.get(each["InstanceId"])) for each in found)
    # Assumed: an empty text for one that was given none.
    return {
        "InstanceSet": [
            {
                "InstanceId": key,
                "Attributes": {"UserData": row.value["UserData"] if row is not None else ""}
                if call.params["Attributes"]
                else {},
            }
            for key, row in rows
        ]
    }


def describe_operation_limit(call: Call) -> Result:
    """How often something may still be done with instances: as often as wanted."""
    found = instances(call)
    operation = call.params["Operation"]
    choice("Operation", operation, ("INSTANCE_DEGRADE", "INTERNET_CHARGE_TYPE_CHANGE"))
    # Documented: -1 is without limit.
    return {
        "InstanceOperationLimitSet": [
            {"Operation": operation, "InstanceId": each["InstanceId"], "CurrentCount": -1, "LimitCount": -1}
            for each in found
        ]
    }


ACTIONS = (
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
    Does(
        action="DescribeInstancesAttributes",
        run=describe_attributes,
        home="region",
        asks=INSTANCES,
    ),
    Does(
        action="DescribeInstancesOperationLimit",
        run=describe_operation_limit,
        home="region",
        asks=INSTANCES,
    ),
)
