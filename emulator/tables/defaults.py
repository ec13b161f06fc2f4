"""Networks as rows, and what the cloud makes by itself: the default network and security group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
DNS_SERVERS = ("183.60.83.19", "183.60.82.98")
"""Documented: the default name servers."""
RESERVED_BEFORE, RESERVED_AFTER = 2, 1
"""Documented: a subnet's first two addresses and its last one are reserved."""


def size(cidr: str) -> int:
    """How many addresses of a subnet can be given away."""
    return IPv4Network(cidr).num_addresses - RESERVED_BEFORE - RESERVED_AFTER


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


# --- Networks ---------------------------------------------------------------------------------------------


def put_vpc(world: World, region: str, name: str, cidr: str, **more: object) -> Value:
    """Put a VPC there with its main route table; nothing is checked."""
    vpc = _put(
        world,
        region,
        VPCS,
        "Vpc",
        {
            "VpcId": _fresh(world, region, VPCS, "vpc"),
            "VpcName": name,
            "CidrBlock": cidr,
            "IsDefault": False,
            "EnableMulticast": False,
            "CreatedTime": china_time(world.clock.now()),
            "DnsServerSet": list(DNS_SERVERS),
            "EnableDhcp": True,
            "TagSet": [],
            "AssistantCidrSet": [],
            "EnableRouteVpcPublish": False,
            **more,
        },
    )
    put_route_table(world, region, vpc, "default", is_main=True)
    return vpc


def put_route_table(
    world: World, region: str, vpc: Value, name: str, *, is_main: bool, tags: Sequence[Value] = ()
) -> Value:
    """Put a route table into a VPC; nothing is checked. Which subnets follow it, these say."""
    return _put(
        world,
        region,
        ROUTES,
        "RouteTable",
        {
            "VpcId": vpc["VpcId"],
            "RouteTableId": _fresh(world, region, ROUTES, "rtb"),
            "RouteTableName": name,
            "AssociationSet": [],
            "RouteSet": [],
            "Main": is_main,
            "CreatedTime": china_time(world.clock.now()),
            "TagSet": list(tags),
            "LocalCidrForCcn": [{"Cidr": vpc["CidrBlock"], "PublishedToVbc": False}],
        },
    )


def put_subnet(
    world: World, region: str, vpc: Value, cidr: str, *, name: str, zone: str, table: str = "", **more: object
) -> Value:
    """Put a subnet into a VPC; nothing is checked."""
    return _put(
        world,
        region,
        SUBNETS,
        "Subnet",
        {
            "VpcId": vpc["VpcId"],
            "SubnetId": _fresh(world, region, SUBNETS, "subnet"),
            "SubnetName": name,
            "CidrBlock": cidr,
            "IsDefault": False,
            "EnableBroadcast": False,
            "Zone": zone,
            # Documented: the VPC's main table unless another is named.
            "RouteTableId": table or main_table(world, region, vpc["VpcId"]),
            "CreatedTime": china_time(world.clock.now()),
            "TotalIpAddressCount": size(cidr),
            "Ipv6CidrBlock": "",
            "NetworkAclId": "",
            "IsRemoteVpcSnat": False,
            "TagSet": [],
            "CdcId": "",
            "IsCdcSubnet": 0,
            **more,
        },
    )


def main_table(world: World, region: str, vpc: str) -> str:
    """The id of a VPC's main route table; empty for a VPC that somebody put there without one."""
    for row in world.read(ROUTES, region).index("VpcId").get(vpc, ()):
        if row.value["Main"]:
            return str(row.value["RouteTableId"])
    return ""


def find_default_vpc(world: World, region: str) -> Value | None:
    """The default VPC; None while there is none."""
    for row in world.read(VPCS, region).index("IsDefault").get(True, ()):
        found: Value = row.value
        return found
    return None


def find_default_subnet(world: World, region: str, zone: str = "") -> Value | None:
    """The default subnet of a zone, or of any if none is named; None while there is none."""
    vpc = find_default_vpc(world, region)
    if vpc is not None:
        for row in world.read(SUBNETS, region).index("VpcId").get(vpc["VpcId"], ()):
            subnet: Value = row.value
            if subnet["IsDefault"] and zone in ("", subnet["Zone"]):
                return subnet
    return None


def default_subnet(world: World, region: str, zone: str) -> Value:
    """The default subnet of a zone, which is made with the default network where there is none yet."""
    # Documented: there is a default network, 172.16.0.0/16. Assumed: that it is made when it is first needed.
    found = find_default_subnet(world, region, zone)
    if found is not None:
        return found
    vpc = find_default_vpc(world, region)
    if vpc is None:
        vpc = put_vpc(world, region, "Default-VPC", "172.16.0.0/16", IsDefault=True)
    cidr = _free_block(world, region, vpc)
    return put_subnet(world, region, vpc, cidr, name="Default-Subnet", zone=zone, IsDefault=True)


def _free_block(world: World, region: str, vpc: Value) -> str:
    siblings = world.read(SUBNETS, region).index("VpcId").get(vpc["VpcId"], ())
    others = [IPv4Network(row.value["CidrBlock"]) for row in siblings]
    # Assumed: the first /20 of the network that nothing overlaps.
    for block in IPv4Network(vpc["CidrBlock"]).subnets(new_prefix=20):
        if not any(map(block.overlaps, others)):
            return str(block)
    # Documented: the code, of CVM and VPC. Assumed: the text.
    raise ApiError("ResourceInsufficient.CidrBlock", "The default network has no room for another subnet.")


# --- Security groups --------------------------------------------------------------------------------------


def find_default_group(world: World, region: str, project: str = "0") -> Value | None:
    """The default security group of a project; None while there is none."""
    for row in world.read(GROUPS, region).index("IsDefault").get(True, ()):
        found: Value = row.value
        if str(found["ProjectId"] or 0) == project:
            return found
    return None


def default_group(world: World, region: str, project: str = "0") -> Value:
    """The default security group of a project, which is made where there is none yet."""
    # Documented (RunInstances): the default group of the project, made if it does not exist.
    found = find_default_group(world, region, project)
    if found is not None:
        return found
    time = china_time(world.clock.now())
    made = {
        "SecurityGroupId": _fresh(world, region, GROUPS, "sg"),
        "SecurityGroupName": "default",
        # Assumed: how it is described.
        "SecurityGroupDesc": "System created security group",
        "ProjectId": project,
        "IsDefault": True,
        "CreatedTime": time,
        "TagSet": [],
        "UpdateTime": time,
    }
    group = _put(world, region, GROUPS, "SecurityGroup", made)
    row = {"SecurityGroupId": group["SecurityGroupId"], "SecurityGroupPolicySet": _open_policies(time)}
    world.write(RULES, region).put(group["SecurityGroupId"], Row(row))
    return group


def _open_policies(time: str) -> Value:
    # Documented (CreateDefaultSecurityGroup): all of IPv4 passes. Assumed: the version that rules begin with.
    rule = {"Protocol": "ALL", "Port": "all", "CidrBlock": "0.0.0.0/0", "Action": "ACCEPT", "PolicyIndex": 0}
    templates = {
        "AddressTemplate": {"AddressId": "", "AddressGroupId": ""},
        "ServiceTemplate": {"ServiceId": "", "ServiceGroupId": ""},
    }
    whole = complete(_shape("SecurityGroupPolicy"), {**rule, **templates, "ModifyTime": time})
    return {
        "Version": "0",
        "Egress": [whole],
        "Ingress": [whole],
        "PolicyStatistics": {
            "IngressIPv4TotalCount": 1,
            "IngressIPv6TotalCount": 0,
            "EgressIPv4TotalCount": 1,
            "EgressIPv6TotalCount": 0,
        },
    }
