"""Addresses: those of subnets, which are free, taken or held, and those of the internet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network
from itertools import islice
from typing import Any, NamedTuple

from emulator.tables.call import Call
from emulator.tables.defaults import RESERVED_AFTER, RESERVED_BEFORE, size
from emulator.tables.network import DWELLERS, HELD, INTERFACES, PRIMARIES, Dweller, Refusals, cloud_of
from emulator.world.estate.draw import public_address
from emulator.world.shelves import Row, member_values
from emulator.world.world import World

Value = Mapping[str, Any]
ELASTIC = "vpc.address"
_GIVEN = "vpc.publicaddress"


# --- Of subnets -------------------------------------------------------------------------------------------


def _usable(network: IPv4Network) -> Iterator[str]:
    last = network.num_addresses - RESERVED_AFTER
    return (str(network[at]) for at in range(RESERVED_BEFORE, last))


def count_free(call: Call, subnet: Value) -> int:
    """How many addresses of a subnet are free as things stand."""
    return max(size(subnet["CidrBlock"]) - _count_taken(call, subnet["SubnetId"]), 0)


def _count_taken(call: Call, subnet: str) -> int:
    """How many addresses of a subnet are taken; most rows in it are not looked at."""
    total = 0
    for dweller in DWELLERS:
        if dweller.address:
            rows = call.world.read(dweller.table, call.region).index(dweller.subnet).get(subnet, ())
            total += _count_of(call, subnet, dweller, rows)
    # A host has one address, unless its primary interface was given more.
    hosts = call.world.read("cvm.instance", call.region)
    for primary in call.world.read(PRIMARIES, call.region):
        host = hosts.get(primary.value["InstanceId"])
        if host is not None and cloud_of(host.value).get("SubnetId") == subnet:
            total += len(host.value.get("PrivateIpAddresses") or ()) - 1
    return total


def _count_of(call: Call, subnet: str, dweller: Dweller, rows: Sequence[Row]) -> int:
    if dweller.table == INTERFACES:
        return sum(len(member_values(row.value, dweller.address)) for row in rows)
    if dweller.table == HELD:
        # What moves holds its old address while it still shows it.
        is_taken = _find_taken(call, subnet, besides=HELD)
        return sum(not is_taken(row.value["Address"]) for row in rows)
    return len(rows)


def _find_taken(call: Call, subnet: str, besides: str = "") -> Callable[[str], bool]:
    """Whether an address of a subnet is taken, by anything or by what stands in no table ``besides``."""
    # Other subnets may have the same address, in another VPC. Only rows that have it are looked at.
    places = [
        (dweller.subnet, call.world.read(dweller.table, call.region).index(dweller.address))
        for dweller in DWELLERS
        if dweller.address and dweller.table != besides
    ]

    def is_taken(address: str) -> bool:
        return any(
            subnet in member_values(row.value, path)
            for path, index in places
            for row in index.get(address, ())
        )

    return is_taken


class Use(NamedTuple):
    """An address of a subnet, and what has it."""

    subnet: str
    address: str
    word: str
    key: str


def used(call: Call, vpc: str, addresses: Collection[str] | None = None) -> Iterator[Use]:
    """The addresses of a VPC that something has, kind by kind; of some addresses, or of all."""
    for dweller in DWELLERS:
        # What is held is had by nothing.
        if dweller.address and dweller.table != HELD:
            shelf = call.world.read(dweller.table, call.region)
            for number in shelf.find(dweller.vpc, vpc):
                row = shelf.at(number).value
                # What stands in no subnet has no address of one.
                for subnet in filter(None, member_values(row, dweller.subnet)):
                    for address in member_values(row, dweller.address):
                        if addresses is None or address in addresses:
                            yield Use(str(subnet), str(address), dweller.word, str(shelf.key(number)))


def choose(
    call: Call, subnet: Value, count: int, refusals: Refusals, wished: Sequence[str] = ()
) -> list[str]:
    """Find free addresses, the wished ones first; they are taken once a row has them.

    Raises:
        ApiError: what the product says to a wish that cannot be granted, or to a subnet without room.
    """
    network, is_taken = IPv4Network(subnet["CidrBlock"]), _find_taken(call, subnet["SubnetId"])
    chosen: list[str] = []
    for text in wished:
        _check_inside(text, network, refusals)
        if text in chosen or is_taken(text):
            raise refusals.taken(text)
        chosen.append(text)
    # Assumed: the lowest; the real ones are told by nothing.
    free = (text for text in _usable(network) if text not in chosen and not is_taken(text))
    chosen += list(islice(free, count - len(chosen)))
    if len(chosen) < count:
        raise refusals.full(subnet["SubnetId"])
    return chosen


def _check_inside(text: str, network: IPv4Network, refusals: Refusals) -> None:
    try:
        at = int(IPv4Address(text)) - int(network[0])
    except ValueError as reason:
        raise refusals.malformed(text) from reason
    if not RESERVED_BEFORE <= at < network.num_addresses - RESERVED_AFTER:
        raise refusals.outside(text)


def hold(call: Call, subnet: str, address: str, seconds: float) -> None:
    """Keep an address from others for some time: one that is left, or that is not shown yet."""
    place, key = (HELD, call.region), f"{subnet}/{address}"
    call.world.write(*place).put(key, Row({"SubnetId": subnet, "Address": address}))
    call.world.later(seconds, place, key, put=None)


# --- Of the internet --------------------------------------------------------------------------------------


def fresh_public_address(world: World) -> str:
    """A public address that nothing in this account has or had, not even what the estate gave."""
    # Assumed: 101.128.0.0/10, where nothing else is. Which ones were given is counted, so none comes twice.
    row = world.read(_GIVEN).get("given")
    number = row.value["Count"] if row is not None else 0
    world.write(_GIVEN).put("given", Row({"Count": number + 1}))
    return public_address(int(world.uin), number).replace("43.", "101.", 1)


def bound(world: World, region: str, instance: str) -> list[Value]:
    """The elastic addresses of an instance."""
    return [row.value for row in world.read(ELASTIC, region).index("InstanceId").get(instance, ())]


def rebind(world: World, region: str, address: str, **members: Any) -> None:
    """Set members of an elastic address."""
    shelf = world.write(ELASTIC, region)
    shelf.put(address, shelf.items()[address].having(**members))


def follow(world: World, region: str, interface: str, host: str | None) -> None:
    """Let the elastic addresses of an interface be those of the host that has it, or of none."""
    # Documented: BIND_ENI is an address of an interface that no host has.
    place = {"InstanceId": host, "InstanceType": "CVM" if host else "ENI"}
    status = {"AddressStatus": "BIND" if host else "BIND_ENI"}
    for row in list(world.read(ELASTIC, region).index("NetworkInterfaceId").get(interface, ())):
        is_bound = row.value["AddressStatus"] in ("BIND", "BIND_ENI", "BINDING")
        rebind(world, region, row.value["AddressId"], **place, **(status if is_bound else {}))


UNBOUND: Value = {
    "AddressStatus": "UNBIND",
    "InstanceId": None,
    "InstanceType": None,
    "NetworkInterfaceId": "",
    "PrivateAddressIp": "",
}
"""The members of an elastic address that nothing uses."""
