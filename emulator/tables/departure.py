"""What other products let go of when something of one product is gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.tables import addresses
from emulator.tables.network import INTERFACES, PRIMARIES
from emulator.world.interfaces import interface_of
from emulator.world.world import World

PARTS, TRANSLATED, SHARED = "clb.parts", "vpc.natsource", "vpc.havip"
DETACHED: Mapping[str, Any] = {"Attachment": None, "State": "AVAILABLE", "NetworkInterfaceState": "AVAILABLE"}


def of_host(world: World, region: str, host: str) -> None:
    """Let nothing name a host: free its addresses, and leave its further interfaces alone."""
    # Assumed: interfaces of their own outlive the host that they are attached to, with their addresses; an
    # address of the host itself outlives it, unbound.
    for row in list(world.read(INTERFACES, region).index("Attachment.InstanceId").get(host, ())):
        key = row.value["NetworkInterfaceId"]
        world.write(INTERFACES, region).put(key, row.having(**DETACHED))
        addresses.follow(world, region, key, None)
    for address in addresses.bound(world, region, host):
        addresses.rebind(world, region, address["AddressId"], **addresses.UNBOUND)
    world.write(PRIMARIES, region).remove(interface_of(host))
    # Assumed: so is what a balancer sends on to it, what a NAT gateway lets out for it, what it shares.
    _drop_targets(world, region, "InstanceId", host)
    _drop_translated(world, region, host, interface_of(host))
    _drop_sharers(world, region, host, interface_of(host))


def of_interface(world: World, region: str, interface: str) -> None:
    """Let nothing name an interface."""
    _drop_targets(world, region, "EniId", interface)
    _drop_translated(world, region, interface)
    _drop_sharers(world, region, interface)


def of_subnet(world: World, region: str, subnet: str) -> None:
    """Let nothing name a subnet in which nothing stands."""
    _drop_translated(world, region, subnet)


def _drop_translated(world: World, region: str, *keys: str) -> None:
    there = world.read(TRANSLATED, region).index("ResourceId")
    for row in [row for key in keys for row in there.get(key, ())]:
        world.write(TRANSLATED, region).remove(row.value["NatGatewaySnatId"])


def _drop_sharers(world: World, region: str, *keys: str) -> None:
    there = world.read(SHARED, region).index("HaVipAssociationSet.InstanceId")
    for havip in {row.value["HaVipId"] for key in keys for row in there.get(key, ())}:
        shelf = world.write(SHARED, region)
        row = shelf.items()[havip]
        left = [each for each in row.value["HaVipAssociationSet"] if each["InstanceId"] not in keys]
        shelf.put(havip, row.having(HaVipAssociationSet=left))


def _drop_targets(world: World, region: str, member: str, key: str) -> None:
    shelf = world.read(PARTS, region)
    rows = [
        row
        for path in (f"Backends.Targets.{member}", f"Backends.Rules.Targets.{member}")
        for row in shelf.index(path).get(key, ())
    ]
    for row in rows:
        left = {name: _without(row.value[name], key) for name in ("Backends", "Health")}
        world.write(PARTS, region).put(row.value["LoadBalancerId"], row.having(**left))


def _without(part: Any, key: str) -> Any:
    """Backends or health without the targets that are, or belong to, what is gone."""
    if isinstance(part, Mapping):
        return {name: _without(value, key) for name, value in part.items()}
    if isinstance(part, list):
        return [_without(each, key) for each in part if not _is_target(each, key)]
    return part


def _is_target(part: Any, key: str) -> bool:
    names = ("InstanceId", "EniId", "TargetId")
    return isinstance(part, Mapping) and any(part.get(name) == key for name in names)
