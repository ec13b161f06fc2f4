"""Who lives in the network: what of any product stands in a VPC, at an address, behind a security group."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Literal, NamedTuple

from emulator.tables.call import Call
from emulator.world.shelves import Row, member_values

Value = Mapping[str, Any]
INTERFACES, PRIMARIES = "vpc.networkinterface", "vpc.primaryinterface"
"""Interfaces of their own, and what was said of those that came with hosts."""


class Dweller(NamedTuple):
    """A kind of resource with addresses: where its rows stand, which members say where it lives."""

    word: str
    """What statistics call it."""
    table: str
    vpc: str
    subnet: str
    address: str
    groups: str = "SecurityGroupIds"
    settings: str = ""
    """The table with its security groups, where that is another one."""


# Documented: the first four words. Assumed: the others.
DWELLERS = (
    Dweller(
        "CVM",
        "cvm.instance",
        "VirtualPrivateCloud.VpcId",
        "VirtualPrivateCloud.SubnetId",
        "PrivateIpAddresses",
    ),
    Dweller("CDB", "cdb.instance", "UniqVpcId", "UniqSubnetId", "Vip", settings="cdb.settings"),
    Dweller("ENI", INTERFACES, "VpcId", "SubnetId", "PrivateIpAddressSet.PrivateIpAddress", "GroupSet"),
    Dweller("CLB", "clb.loadbalancer", "VpcId", "SubnetId", "LoadBalancerVips", "SecureGroups"),
    Dweller("REDIS", "redis.instance", "UniqVpcId", "UniqSubnetId", "WanIp", settings="redis.settings"),
    Dweller(
        "POSTGRES",
        "postgres.instance",
        "VpcId",
        "SubnetId",
        "DBInstanceNetInfo.Ip",
        settings="postgres.settings",
    ),
    Dweller(
        "MARIADB", "mariadb.instance", "UniqueVpcId", "UniqueSubnetId", "Vip", settings="mariadb.settings"
    ),
    Dweller("DCDB", "dcdb.instance", "UniqueVpcId", "UniqueSubnetId", "Vip", settings="dcdb.settings"),
    # Its addresses are public ones, so it takes none of a subnet.
    Dweller("NAT", "vpc.natgateway", "VpcId", "SubnetId", "", "SecurityGroupSet"),
    Dweller("ES", "es.instance", "VpcUid", "SubnetUid", "EsVip", "SecurityGroups"),
)


def living_in(
    call: Call, where: Literal["vpc", "subnet"], key: str
) -> Iterator[tuple[Dweller, Sequence[Row]]]:
    """What stands in a VPC or a subnet, kind by kind; kinds of which nothing does are left out."""
    for dweller in DWELLERS:
        path = dweller.vpc if where == "vpc" else dweller.subnet
        found = call.world.read(dweller.table, call.region).index(path).get(key)
        if found:
            yield dweller, found


def guarded_by(call: Call, group: str) -> dict[str, int]:
    """How many of each kind stand behind a security group, by the kind's word."""
    counts = {
        dweller.word: len(
            call.world.read(dweller.settings or dweller.table, call.region)
            .index(dweller.groups)
            .get(group, ())
        )
        for dweller in DWELLERS
    }
    return {word: count for word, count in counts.items() if count}


def cloud_of(host: Value) -> Value:
    """Where in the network a host stands; nothing for one that stands outside it."""
    found: Value = host.get("VirtualPrivateCloud") or {}
    return found


# --- Addresses --------------------------------------------------------------------------------------------


def first_and_last(cidr: str) -> tuple[IPv4Address, IPv4Address]:
    """The first and the last address of a subnet that can be given away."""
    # Documented: its first two addresses and its last one are reserved.
    network = IPv4Network(cidr)
    return network[2], network[-2]


def size(cidr: str) -> int:
    """How many addresses of a subnet can be given away."""
    first, last = first_and_last(cidr)
    return int(last) - int(first) + 1


def count_taken(call: Call, subnet: str) -> int:
    """How many addresses of a subnet are taken."""
    total = 0
    for dweller, rows in living_in(call, "subnet", subnet):
        if dweller.table == INTERFACES:
            total += sum(len(_addresses(dweller, row)) for row in rows)
        else:
            total += len(rows)
    # A host has one address, unless its primary interface was given more.
    hosts = call.world.read("cvm.instance", call.region)
    for primary in call.world.read(PRIMARIES, call.region).index("SubnetId").get(subnet, ()):
        host = hosts.get(primary.value["InstanceId"])
        if host is not None:
            total += len(host.value.get("PrivateIpAddresses") or ()) - 1
    return total


def taken(call: Call, subnet: str) -> dict[str, tuple[Dweller, Row]]:
    """The addresses of a subnet that are taken, and by what."""
    return {
        address: (dweller, row)
        for dweller, rows in living_in(call, "subnet", subnet)
        for row in rows
        for address in _addresses(dweller, row)
    }


def _addresses(dweller: Dweller, row: Row) -> tuple[str, ...]:
    return tuple(str(address) for address in member_values(row.value, dweller.address) if address)


def is_inside(subnet: Value, address: str) -> bool:
    """Whether an address of a subnet is one that can be given away, be it taken or not."""
    first, last = first_and_last(subnet["CidrBlock"])
    try:
        return first <= IPv4Address(address) <= last
    except ValueError:
        return False


def free_addresses(call: Call, subnet: Value, count: int, besides: Collection[str] = ()) -> list[str]:
    """The lowest free addresses of a subnet, ``besides`` some; fewer than asked for if it is full."""
    # Assumed: the lowest; the real ones are told by nothing.
    used = taken(call, subnet["SubnetId"])
    first, last = first_and_last(subnet["CidrBlock"])
    found: list[str] = []
    number = int(first)
    while len(found) < count and number <= int(last):
        address = str(IPv4Address(number))
        if address not in used and address not in besides:
            found.append(address)
        number += 1
    return found


def fresh_public_address(call: Call) -> str:
    """An address of the internet that nothing here has."""
    addresses = call.world.read("vpc.address", call.region).index("AddressIp")
    balancers = call.world.read("clb.loadbalancer", call.region).index("LoadBalancerVips")
    while (address := call.world.mint.public_address()) in addresses or address in balancers:
        pass
    return address
