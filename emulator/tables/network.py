"""Who lives in the network: what of any product stands in a VPC, in a subnet, behind a security group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from emulator.errors import ApiError
from emulator.tables.call import Call
from emulator.tables.defaults import SUBNETS, VPCS, find_default_subnet
from emulator.world.shelves import Row

Value = Mapping[str, Any]
INTERFACES, PRIMARIES = "vpc.networkinterface", "vpc.primaryinterface"
"""Interfaces of their own, and what was said of those that came with hosts."""
HELD = "vpc.held"
"""Addresses that nothing has and that are not free either: SubnetId and Address."""


class Dweller(NamedTuple):
    """A kind of what stands in the network: its rows, and the members that say where one of them lives."""

    word: str
    """What statistics call it."""
    table: str
    vpc: str
    subnet: str
    address: str = ""
    """Nothing for what takes no address of its subnet."""
    groups: str = "SecurityGroupIds"
    settings: str = ""
    """The table with its security groups, where that is another one."""
    spread: str = ""
    """Names all its subnets, where there are others than that of its address."""


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
    Dweller("HAVIP", "vpc.havip", "VpcId", "SubnetId", "Vip"),
    # Its addresses are public ones.
    Dweller("NAT", "vpc.natgateway", "VpcId", "SubnetId", groups="SecurityGroupSet"),
    Dweller(
        "ES",
        "es.instance",
        "VpcUid",
        "SubnetUid",
        "EsVip",
        "SecurityGroups",
        spread="MultiZoneInfo.SubnetId",
    ),
    # Its addresses are not told.
    Dweller("CKAFKA", "ckafka.contents", "VpcId", "SubnetId"),
    Dweller("HELD", HELD, "VpcId", "SubnetId", "Address"),
)


def living_in(
    call: Call, where: Literal["vpc", "subnet"], key: str
) -> Iterator[tuple[Dweller, Sequence[Row]]]:
    """What stands in a VPC or a subnet, kind by kind; kinds of which nothing does are left out."""
    for dweller in DWELLERS:
        path = dweller.vpc if where == "vpc" else dweller.spread or dweller.subnet
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


# --- A place in it ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """What a product says to addresses of a subnet that cannot be had."""

    full: Callable[[str], ApiError]
    """A subnet with too few of them, by id."""
    malformed: Callable[[str], ApiError]
    outside: Callable[[str], ApiError]
    taken: Callable[[str], ApiError]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRefusals(Refusals):
    """What a product says to a place in the network that cannot be had."""

    absent: Callable[[str], ApiError]
    """A VPC or subnet, by id; ``the default VPC`` and its subnet where none was named."""
    incomplete: Callable[[str], ApiError]
    """One of the two ids without the other: the parameter that lacks."""


def find_subnet(
    call: Call, vpc: str, subnet: str, refusals: PlaceRefusals, names: tuple[str, str] = ("VpcId", "SubnetId")
) -> Value:
    """The subnet of two ids; a default subnet of the default VPC where neither is given.

    ``names`` are what the product calls the two parameters.

    Raises:
        ApiError: what the product says to ids that are not there or do not belong together.
    """
    if not vpc and not subnet:
        found = find_default_subnet(call.world, call.region)
        if found is None:
            raise refusals.absent("the default VPC")
        return found
    if not vpc or not subnet:
        raise refusals.incomplete(names[1] if vpc else names[0])
    if vpc not in call.world.read(VPCS, call.region):
        raise refusals.absent(vpc)
    row: Row | None = call.world.read(SUBNETS, call.region).get(subnet)
    if row is None or row.value["VpcId"] != vpc:
        raise refusals.absent(subnet)
    return row.value
