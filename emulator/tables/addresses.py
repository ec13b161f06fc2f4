"""Addresses: which of a subnet's are taken and by whom, the next free ones, and public ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from itertools import islice
from typing import Any, NamedTuple

from emulator.world.estate.draw import public_address
from emulator.world.shelves import Row, member_values
from emulator.world.world import World

SUBNETS, ELASTIC = "vpc.subnet", "vpc.address"
_PUBLIC = "vpc.publicaddress"


class Holder(NamedTuple):
    """A table whose rows hold addresses of a subnet: where the row says which subnet and which addresses."""

    table: str
    subnet: tuple[str, ...]
    addresses: str


HOLDERS = (
    Holder("cvm.instance", ("VirtualPrivateCloud", "SubnetId"), "PrivateIpAddresses"),
    Holder("vpc.networkinterface", ("SubnetId",), "PrivateIpAddressSet.PrivateIpAddress"),
    Holder("clb.loadbalancer", ("SubnetId",), "LoadBalancerVips"),
    Holder("cdb.instance", ("UniqSubnetId",), "Vip"),
    Holder("redis.instance", ("UniqSubnetId",), "WanIp"),
    Holder("postgres.instance", ("SubnetId",), "DBInstanceNetInfo.Ip"),
    Holder("mariadb.instance", ("UniqueSubnetId",), "Vip"),
    Holder("dcdb.instance", ("UniqueSubnetId",), "Vip"),
    Holder("es.instance", ("SubnetUid",), "EsVip"),
)


def taken(world: World, region: str, subnet: str) -> set[str]:
    """The addresses of a subnet that something has."""
    found: set[str] = set()
    for holder in HOLDERS:
        for row in world.read(holder.table, region):
            value = row.value  # made anew at each look, of many thousands in a large estate
            if _member(value, holder.subnet) == subnet:
                found.update(map(str, member_values(value, holder.addresses)))
    return found


def _member(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def usable(subnet: Mapping[str, Any]) -> Iterator[IPv4Address]:
    """The addresses of a subnet that can be given away."""
    # Documented: not the first one, nor the last, nor the gateway's, which comes after the first.
    return islice(IPv4Network(subnet["CidrBlock"]).hosts(), 1, None)


def free(world: World, region: str, subnet: Mapping[str, Any], count: int) -> list[str]:
    """So many free addresses of a subnet, the lowest first; fewer if there are no more."""
    # Assumed: that the lowest come first.
    used = taken(world, region, subnet["SubnetId"])
    return list(islice((text for text in map(str, usable(subnet)) if text not in used), count))


def occupy(world: World, region: str, subnet: str, count: int) -> None:
    """Count so many addresses fewer (more, if negative) as available; nothing if the subnet is gone."""
    row = world.read(SUBNETS, region).get(subnet)
    if row is not None:
        left = row.value["AvailableIpAddressCount"] - count
        world.write(SUBNETS, region).put(subnet, row.having(AvailableIpAddressCount=left))


def bound(world: World, region: str, instance: str) -> list[Mapping[str, Any]]:
    """The elastic addresses of an instance."""
    return [row.value for row in world.read(ELASTIC, region).index("InstanceId").get(instance, ())]


def rebind(world: World, region: str, address: str, **members: Any) -> None:
    """Set members of an elastic address."""
    shelf = world.write(ELASTIC, region)
    shelf.put(address, shelf.items()[address].having(**members))


UNBOUND: Mapping[str, Any] = {
    "AddressStatus": "UNBIND",
    "InstanceId": None,
    "InstanceType": None,
    "PrivateAddressIp": "",
}
"""The members of an elastic address that nothing uses."""


def fresh_public_address(world: World) -> str:
    """A public address that nothing in this account has, not even what the estate gave."""
    # Assumed: 101.128.0.0/10, where nothing else is. Which ones were given is counted, so none comes twice.
    row = world.read(_PUBLIC).get("given")
    number = row.value["Count"] if row is not None else 0
    world.write(_PUBLIC).put("given", Row({"Count": number + 1}))
    return public_address(int(world.uin), number).replace("43.", "101.", 1)
