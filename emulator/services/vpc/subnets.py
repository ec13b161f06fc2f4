"""Subnets: where they lie, and how many of their addresses are free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network

from emulator.contract.paging import paging
from emulator.errors import ApiError, missing_parameter
from emulator.services.vpc import errors, limits, params
from emulator.services.vpc.tables import ROUTE_TABLE, SUBNET, TAGS, VPC
from emulator.tables import departure
from emulator.tables.addresses import count_free, used
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Window
from emulator.tables.defaults import put_subnet
from emulator.tables.filters import truth
from emulator.tables.listing import window
from emulator.tables.network import living_in
from emulator.tables.writing import Value, change, refuse, remove

MOST_ADDRESSES = 100
"""Documented: addresses that one request may ask about."""


def shown_subnet(call: Call, subnet: Value) -> Value:
    """A subnet with the number of addresses that are free as things stand."""
    return {**subnet, "AvailableIpAddressCount": count_free(call, subnet)}


def _of_vpc(call: Call, vpc: str) -> Iterator[Value]:
    for row in call.world.read(SUBNET.name, call.region).index("VpcId").get(vpc, ()):
        yield row.value


def _check_place(call: Call, vpc: Value, cidr: IPv4Network, others: Sequence[IPv4Network] = ()) -> None:
    """See that a new subnet lies in its VPC and on no other subnet."""
    # Documented: 16 to 28 bits.
    if not 16 <= cidr.prefixlen <= 28:
        raise ApiError("InvalidParameterValue.SubnetRange", f"The subnet `{cidr}` must have 16 to 28 bits.")
    if not any(cidr.subnet_of(network) for network in params.networks(vpc)):
        raise ApiError("InvalidParameterValue.SubnetRange", f"The subnet `{cidr}` does not lie in the VPC.")
    there = [IPv4Network(subnet["CidrBlock"]) for subnet in _of_vpc(call, vpc["VpcId"])]
    for other in (*there, *others):
        if cidr == other:
            raise ApiError("InvalidParameterValue.SubnetConflict", f"The subnet `{cidr}` exists already.")
        if cidr.overlaps(other):
            raise ApiError(
                "InvalidParameterValue.SubnetOverlap", f"The subnet `{cidr}` overlaps with `{other}`."
            )


def _wanted_network(name: str, given: Value) -> IPv4Network:
    if not given.get("CidrBlock"):
        raise missing_parameter(f"{name}CidrBlock")
    return params.network(f"{name}CidrBlock", given["CidrBlock"])


def create_subnet(call: Call) -> Result:
    """Create a subnet."""
    name, tags = params.named(call.params, "SubnetName"), params.tags(call)
    vpc = params.given(call, VPC)
    refuse(call, "StackType", "Ipv6CidrBlock", "CdcId")
    cidr = _wanted_network("", call.params)
    zone = params.zone(call, "Zone", call.params["Zone"])
    _check_place(call, vpc, cidr)
    limits.check_room("vpc-max-subnets", sum(1 for _ in _of_vpc(call, vpc["VpcId"])))
    made = put_subnet(call.world, call.region, vpc, str(cidr), name=name, zone=zone, TagSet=tags)
    return {"Subnet": shown_subnet(call, made)}


def create_subnets(call: Call) -> Result:
    """Create several subnets of one VPC, all of them or none."""
    vpc, tags = params.given(call, VPC), params.tags(call)
    refuse(call, "CdcId")
    wanted = call.params["Subnets"]
    if not wanted:
        raise missing_parameter("Subnets")
    placed: list[IPv4Network] = []
    for at, given in enumerate(wanted):
        params.named(given, "SubnetName")
        refuse(call, "StackType", "Ipv6CidrBlock", within=given, path=f"Subnets.{at}.")
        params.zone(call, f"Subnets.{at}.Zone", given["Zone"])
        cidr = _wanted_network(f"Subnets.{at}.", given)
        _check_place(call, vpc, cidr, placed)
        placed.append(cidr)
        if given.get("RouteTableId"):
            table = params.existing(call, ROUTE_TABLE, given["RouteTableId"])
            _check_same_vpc(table, vpc["VpcId"])
    limits.check_room("vpc-max-subnets", sum(1 for _ in _of_vpc(call, vpc["VpcId"])), len(wanted))
    made = [
        put_subnet(
            call.world,
            call.region,
            vpc,
            str(cidr),
            name=given["SubnetName"],
            zone=given["Zone"],
            table=given.get("RouteTableId") or "",
            TagSet=tags,
        )
        for given, cidr in zip(wanted, placed, strict=True)
    ]
    return {"SubnetSet": [shown_subnet(call, each) for each in made]}


def _check_same_vpc(table: Value, vpc: str) -> None:
    if table["VpcId"] != vpc:
        raise errors.other_vpc("route table", table["RouteTableId"], vpc)


def delete_subnet(call: Call) -> Result:
    """Delete a subnet in which nothing is."""
    subnet = params.given(call, SUBNET)["SubnetId"]
    for dweller, _ in living_in(call, "subnet", subnet):
        raise errors.in_use("subnet", subnet, f"resources ({dweller.word})")
    departure.of_subnet(call.world, call.region, subnet)
    remove(call, SUBNET, subnet)
    return {}


def modify_subnet_attribute(call: Call) -> Result:
    """Change a subnet's name or whether it broadcasts."""
    subnet = params.given(call, SUBNET)
    changes: dict[str, object] = {}
    if call.params.get("SubnetName"):
        changes["SubnetName"] = params.text(call.params, "SubnetName")
    if call.params.get("EnableBroadcast"):
        changes["EnableBroadcast"] = params.switch(call.params, "EnableBroadcast")
    change(call, SUBNET, subnet["SubnetId"], **changes)
    return {}


def replace_route_table_association(call: Call) -> Result:
    """Give a subnet another route table of its VPC."""
    table = params.given(call, ROUTE_TABLE)
    if not call.params.get("SubnetId"):
        raise missing_parameter("SubnetId")
    subnet = params.given(call, SUBNET)
    _check_same_vpc(table, subnet["VpcId"])
    change(call, SUBNET, subnet["SubnetId"], RouteTableId=table["RouteTableId"])
    return {}


def describe_used_ip_address(call: Call) -> Result:
    """The addresses of a VPC or a subnet that something has, and what that is."""
    vpc, asked = params.given(call, VPC), call.params
    subnet = params.given(call, SUBNET)["SubnetId"] if asked.get("SubnetId") else ""
    addresses, filters = asked.get("IpAddresses") or [], asked.get("Filters") or ()
    # Documented: one of the two; a hundred addresses; these two filters.
    if addresses and filters:
        raise errors.coexist("IpAddresses", "Filters")
    if len(addresses) > MOST_ADDRESSES:
        raise errors.too_many("IpAddresses", MOST_ADDRESSES)
    wanted: dict[str, Sequence[str]] = {"ip-addresses": addresses} if addresses else {}
    for each in filters:
        if each["Name"] not in ("ip-addresses", "resource-id"):
            raise errors.MANNERS.unknown_filter(each["Name"])
        wanted[each["Name"]] = each["Values"]
    # Assumed: addresses outside are used by nothing. Observed, in the official example: ENI for interfaces.
    # Assumed: the other words, which are those of other counts of what stands in the network.
    found = [
        {
            "VpcId": vpc["VpcId"],
            "SubnetId": use.subnet,
            "IpAddress": use.address,
            "ResourceType": use.word,
            "ResourceId": use.key,
        }
        for use in used(call, vpc["VpcId"], wanted.get("ip-addresses"))
        if subnet in ("", use.subnet) and use.key in wanted.get("resource-id", (use.key,))
    ]
    start, limit = window(asked, paging(call.action), Window(), errors.MANNERS)
    page = found[start : None if limit is None else start + limit]
    return {"IpAddressStates": page, "TotalCount": len(found)}


_ONE = asking((SUBNET, "SubnetId"))
_NEW = asking((VPC, "VpcId"), (SUBNET,))
ACTIONS = (
    Lists(
        action="DescribeSubnets",
        of=SUBNET,
        ids="SubnetIds",
        filters={
            "subnet-id": "SubnetId",
            "vpc-id": "VpcId",
            "cidr-block": "CidrBlock",
            "is-default": truth("IsDefault"),
            "is-remote-vpc-snat": truth("IsRemoteVpcSnat"),
            "subnet-name": "SubnetName",
            "zone": "Zone",
            "cdc-id": "CdcId",
            "is-cdc-subnet": "IsCdcSubnet",
            "ipv6-cidr-block": "Ipv6CidrBlock",
            # Assumed: they look at blocks of IPv6, which no subnet has here.
            "isp-type": lambda _row, _wanted: False,
            "address-type": lambda _row, _wanted: False,
            **TAGS,
        },
        # Assumed: a page is said in one way or the other.
        tokens=errors.coexist,
        shown=shown_subnet,
        manners=errors.MANNERS,
    ),
    Does(
        action="DescribeUsedIpAddress",
        run=describe_used_ip_address,
        home="region",
        asks=asking((VPC, "VpcId"), (SUBNET, "SubnetId")),
    ),
    Does(action="CreateSubnet", run=create_subnet, home="region", asks=_NEW),
    Does(action="CreateSubnets", run=create_subnets, home="region", asks=_NEW),
    Does(action="DeleteSubnet", run=delete_subnet, home="region", asks=_ONE),
    Does(action="ModifySubnetAttribute", run=modify_subnet_attribute, home="region", asks=_ONE),
    Does(
        action="ReplaceRouteTableAssociation",
        run=replace_route_table_association,
        home="region",
        asks=asking((ROUTE_TABLE, "RouteTableId"), (SUBNET, "SubnetId")),
    ),
)
