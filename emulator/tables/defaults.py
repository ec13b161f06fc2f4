"""What the cloud makes by itself where a request leaves it out: the default network and security group."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

from emulator.contract.catalog import catalog
from emulator.contract.conform import complete
from emulator.contract.model import Shape
from emulator.errors import ApiError
from emulator.world.clock import china_time
from emulator.world.shelves import Row
from emulator.world.world import World

Value = Mapping[str, Any]

VPCS, SUBNETS, ROUTES = "vpc.vpc", "vpc.subnet", "vpc.routetable"
GROUPS, RULES = "vpc.securitygroup", "vpc.securitygrouppolicy"


def _shape(item: str) -> Shape:
    return catalog().shape("vpc", "2017-03-12", item)


def _put(world: World, region: str, table: str, item: str, value: Value) -> Value:
    whole = complete(_shape(item), value)
    world.write(table, region).put(whole[f"{item}Id"], Row(whole))
    return whole


def _fresh(world: World, region: str, table: str, prefix: str) -> str:
    shelf = world.read(table, region)
    while (key := world.mint.resource(prefix)) in shelf:
        pass
    return key


def find_default_subnet(world: World, region: str, zone: str = "") -> Value | None:
    """The default subnet of a zone, or of any if none is named; None while there is none."""
    vpc = next((row.value["VpcId"] for row in world.read(VPCS, region) if row.value["IsDefault"]), None)
    for row in world.read(SUBNETS, region):
        subnet: Value = row.value
        if subnet["VpcId"] == vpc and subnet["IsDefault"] and zone in ("", subnet["Zone"]):
            return subnet
    return None


def default_subnet(world: World, region: str, zone: str) -> Value:
    """The default subnet of a zone, which is made with the default network where there is none yet."""
    # Documented: there is a default network, 172.16.0.0/16. Assumed: that it is made when it is first needed.
    return find_default_subnet(world, region, zone) or _make_subnet(
        world, region, _default_vpc(world, region), zone
    )


def _default_vpc(world: World, region: str) -> Value:
    for row in world.read(VPCS, region):
        if row.value["IsDefault"]:
            known: Value = row.value
            return known
    vpc_id, time = _fresh(world, region, VPCS, "vpc"), china_time(world.clock.now())
    table = _fresh(world, region, ROUTES, "rtb")
    main = {"VpcId": vpc_id, "RouteTableId": table, "RouteTableName": "default", "Main": True}
    _put(world, region, ROUTES, "RouteTable", {**main, "CreatedTime": time})
    vpc = {
        "VpcId": vpc_id,
        "VpcName": "Default-VPC",
        "CidrBlock": "172.16.0.0/16",
        "IsDefault": True,
        "CreatedTime": time,
        # Documented: the default name servers.
        "DnsServerSet": ["183.60.83.19", "183.60.82.98"],
        "EnableDhcp": True,
    }
    return _put(world, region, VPCS, "Vpc", vpc)


def _make_subnet(world: World, region: str, vpc: Value, zone: str) -> Value:
    siblings = world.read(SUBNETS, region).index("VpcId").get(vpc["VpcId"], ())
    others = [IPv4Network(row.value["CidrBlock"]) for row in siblings]
    # Assumed: the first /20 of the network that nothing overlaps.
    blocks = IPv4Network(vpc["CidrBlock"]).subnets(new_prefix=20)
    block = next((each for each in blocks if not any(map(each.overlaps, others))), None)
    if block is None:
        # Documented: the code, of CVM. Assumed: the text.
        raise ApiError(
            "ResourceInsufficient.CidrBlock", "The default network has no room for another subnet."
        )
    subnet_id = _fresh(world, region, SUBNETS, "subnet")
    subnet = {
        "VpcId": vpc["VpcId"],
        "SubnetId": subnet_id,
        "SubnetName": "Default-Subnet",
        "CidrBlock": str(block),
        "IsDefault": True,
        "Zone": zone,
        "RouteTableId": _associate(world, region, vpc["VpcId"], subnet_id),
        "CreatedTime": china_time(world.clock.now()),
        "TotalIpAddressCount": block.num_addresses - 3,
    }
    return _put(world, region, SUBNETS, "Subnet", subnet)


def _associate(world: World, region: str, vpc_id: str, subnet_id: str) -> str:
    """Route a subnet by its network's main table; the table's id."""
    for row in world.read(ROUTES, region).index("VpcId").get(vpc_id, ()):
        if row.value["Main"]:
            table: str = row.value["RouteTableId"]
            link = complete(_shape("RouteTableAssociation"), {"SubnetId": subnet_id, "RouteTableId": table})
            linked = row.having(AssociationSet=[*row.value["AssociationSet"], link])
            world.write(ROUTES, region).put(table, linked)
            return table
    return ""


def default_group(world: World, region: str) -> str:
    """The default security group, which is made where there is none yet."""
    # Documented (RunInstances): the default group of the project, made if it does not exist.
    for row in world.read(GROUPS, region):
        if row.value["IsDefault"]:
            known: str = row.value["SecurityGroupId"]
            return known
    group, time = _fresh(world, region, GROUPS, "sg"), china_time(world.clock.now())
    made = {
        "SecurityGroupId": group,
        "SecurityGroupName": "default",
        # Assumed: how it is described, and that it lets everything out and nothing in.
        "SecurityGroupDesc": "System created security group",
        "ProjectId": "0",
        "IsDefault": True,
        "CreatedTime": time,
        "UpdateTime": time,
    }
    _put(world, region, GROUPS, "SecurityGroup", made)
    rule = {
        "Protocol": "ALL",
        "Port": "all",
        "CidrBlock": "0.0.0.0/0",
        "Action": "ACCEPT",
        "ModifyTime": time,
    }
    policies = {
        "Version": "1",
        "Egress": [complete(_shape("SecurityGroupPolicy"), {**rule, "ModifyTime": time})],
        "Ingress": [],
        "PolicyStatistics": {
            "IngressIPv4TotalCount": 0,
            "IngressIPv6TotalCount": 0,
            "EgressIPv4TotalCount": 1,
            "EgressIPv6TotalCount": 0,
        },
    }
    world.write(RULES, region).put(group, Row({"SecurityGroupId": group, "SecurityGroupPolicySet": policies}))
    return group
