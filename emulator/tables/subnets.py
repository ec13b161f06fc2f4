"""Addresses in subnets: which are taken, by whatever product, and how a new resident gets one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from emulator.errors import ApiError
from emulator.tables.call import Call
from emulator.world.shelves import Row, member_values
from emulator.world.world import Deed

VPC, SUBNET = "vpc.vpc", "vpc.subnet"
HELD = "vpc.held"
"""Addresses that nothing has any more and that are not free yet: SubnetId and Address."""

RESIDENTS: Sequence[tuple[str, str, str]] = (
    ("cvm.instance", "VirtualPrivateCloud.SubnetId", "PrivateIpAddresses"),
    ("clb.loadbalancer", "SubnetId", "LoadBalancerVips"),
    ("cdb.instance", "UniqSubnetId", "Vip"),
    ("redis.instance", "UniqSubnetId", "WanIp"),
    ("postgres.instance", "SubnetId", "DBInstanceNetInfo.Ip"),
    ("mariadb.instance", "UniqueSubnetId", "Vip"),
    ("dcdb.instance", "UniqueSubnetId", "Vip"),
    ("es.instance", "SubnetUid", "EsVip"),
    (HELD, "SubnetId", "Address"),
)
"""The tables whose rows have addresses in subnets: where a row names the subnet, and where the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """What a product says to a place in the network that cannot be had."""

    absent: Callable[[str], ApiError]
    """A VPC or subnet, by id; ``the default VPC`` and its subnet where none was named."""
    incomplete: Callable[[str], ApiError]
    """One of the two ids without the other: the parameter that lacks."""
    full: Callable[[str], ApiError]
    malformed: Callable[[str], ApiError]
    outside: Callable[[str], ApiError]
    taken: Callable[[str], ApiError]


def find_subnet(
    call: Call, vpc: str, subnet: str, refusals: Refusals, names: tuple[str, str] = ("VpcId", "SubnetId")
) -> Mapping[str, Any]:
    """The subnet of two ids; the default subnet of the default VPC where neither is given.

    ``names`` are what the product calls the two parameters.

    Raises:
        ApiError: what the product says to ids that are not there or do not belong together.
    """
    if not vpc and not subnet:
        return _default(call, refusals)
    if not vpc or not subnet:
        raise refusals.incomplete(names[1] if vpc else names[0])
    if call.world.read(VPC, call.region).get(vpc) is None:
        raise refusals.absent(vpc)
    row: Row | None = call.world.read(SUBNET, call.region).get(subnet)
    if row is None or row.value["VpcId"] != vpc:
        raise refusals.absent(subnet)
    return row.value


def _default(call: Call, refusals: Refusals) -> Mapping[str, Any]:
    vpcs = {row.value["VpcId"] for row in call.world.read(VPC, call.region) if row.value["IsDefault"]}
    for row in call.world.read(SUBNET, call.region):
        if row.value["IsDefault"] and row.value["VpcId"] in vpcs:
            found: Mapping[str, Any] = row.value
            return found
    raise refusals.absent("the default VPC")


def taken(call: Call, subnet: str) -> set[str]:
    """The addresses of a subnet that something has."""
    found: set[str] = set()
    for table, of, address in RESIDENTS:
        rows = call.world.read(table, call.region).index(of).get(subnet, ())
        found.update(str(value) for row in rows for value in member_values(row.value, address))
    return found


def choose(
    call: Call, subnet: Mapping[str, Any], count: int, refusals: Refusals, wished: Sequence[str] = ()
) -> list[str]:
    """Find free addresses, the wished ones (no more than ``count``) first; nothing is taken yet.

    Raises:
        ApiError: what the product says to a wish that cannot be granted, or to a subnet without room.
    """
    if subnet["AvailableIpAddressCount"] < count:
        raise refusals.full(subnet["SubnetId"])
    used, network = taken(call, subnet["SubnetId"]), IPv4Network(subnet["CidrBlock"])
    chosen: list[str] = []
    for text in wished:
        chosen.append(_wish(text, network, used.union(chosen), refusals))
    free = (address for address in _usable(network) if address not in used and address not in chosen)
    while len(chosen) < count:
        address = next(free, None)
        if address is None:
            raise refusals.full(subnet["SubnetId"])
        chosen.append(address)
    return chosen


def _wish(text: str, network: IPv4Network, used: set[str], refusals: Refusals) -> str:
    try:
        address = IPv4Address(text)
    except ValueError as reason:
        raise refusals.malformed(text) from reason
    if address not in network or not 1 < int(address) - int(network[0]) < network.num_addresses - 1:
        raise refusals.outside(text)
    if text in used:
        raise refusals.taken(text)
    return text


def _usable(network: IPv4Network) -> Iterator[str]:
    # Documented: a subnet's first two addresses and its last one are reserved.
    return (str(network[at]) for at in range(2, network.num_addresses - 1))


def counted(call: Call, subnet: str, amount: int) -> Deed:
    """What a subnet's free addresses become when ``amount`` more are free; fewer, if below zero."""
    place = (SUBNET, call.region)
    return Deed(place=place, key=subnet, add={"AvailableIpAddressCount": amount})


def take(call: Call, subnet: str, count: int) -> None:
    """Count chosen addresses as taken; the rows that have them are the caller's."""
    call.world.do([counted(call, subnet, -count)])


def hold(call: Call, subnet: str, address: str, seconds: float) -> None:
    """Keep an address that its resident leaves from others for some time; it is free then."""
    _keep(call, subnet, address, seconds, 1)


def reserve(call: Call, subnet: str, address: str, seconds: float) -> None:
    """Keep an address that was taken for a resident that shows it only after some time."""
    _keep(call, subnet, address, seconds, 0)


def _keep(call: Call, subnet: str, address: str, seconds: float, freed: int) -> None:
    place, key = (HELD, call.region), f"{subnet}/{address}"
    call.world.write(*place).put(key, Row({"SubnetId": subnet, "Address": address}))
    call.world.later(seconds, place, key, put=None, also=[counted(call, subnet, freed)])
