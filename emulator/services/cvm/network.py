"""Where an instance is in the network: its subnet and addresses, security groups, public bandwidth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.errors import ApiError, not_emulated
from emulator.services.cvm import errors
from emulator.tables import addresses, defaults
from emulator.tables.call import Call
from emulator.tables.listing import has_form
from emulator.tables.network import Refusals
from emulator.tables.params import bad_value, choice, too_many
from emulator.tables.writing import Value, refuse

MOST_GROUPS = 5
"""Documented: security groups of one instance."""
MOST_BANDWIDTH = 2000
"""Assumed: Mbps; the real bounds depend on instance type and billing."""
_CHARGES = (
    "BANDWIDTH_PREPAID",
    "TRAFFIC_POSTPAID_BY_HOUR",
    "BANDWIDTH_POSTPAID_BY_HOUR",
)


ADDRESSES = Refusals(
    full=errors.subnet_full,
    malformed=errors.bad_address,
    outside=errors.not_in_subnet,
    taken=errors.address_taken,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where instances are to be: a subnet (None for the default one, still to be made), their addresses."""

    zone: str
    subnet: Value | None
    addresses: tuple[str, ...]
    is_gateway: bool = False


def place(call: Call, given: Mapping[str, Any], zone: str, count: int) -> Place:
    """Where ``VirtualPrivateCloud`` puts so many instances.

    Raises:
        ApiError: there is no such subnet or address, or not enough of them.
    """
    refuse(call, "Ipv6AddressCount", within=given, path="VirtualPrivateCloud.")
    subnet = _subnet(call, given, zone)
    wanted = given.get("PrivateIpAddresses") or ()
    if wanted:
        _check_wanted(subnet, wanted, count)
    chosen = () if subnet is None else addresses.choose(call, subnet, count, ADDRESSES, wanted)
    return Place(zone, subnet, tuple(chosen), bool(given.get("AsVpcGateway")))


def _subnet(call: Call, given: Mapping[str, Any], zone: str) -> Value | None:
    vpc, subnet = given.get("VpcId") or "DEFAULT", given.get("SubnetId") or "DEFAULT"
    # Documented: DEFAULT for both forces the default network. Assumed: so does leaving both out.
    if vpc == subnet == "DEFAULT":
        return defaults.find_default_subnet(call.world, call.region, zone)
    if not has_form(vpc, "vpc"):
        raise errors.bad_vpc(vpc)
    if not has_form(subnet, "subnet"):
        raise errors.bad_subnet(subnet)
    if vpc not in call.world.read(defaults.VPCS, call.region):
        raise errors.no_vpc(vpc)
    row = call.world.read(defaults.SUBNETS, call.region).get(subnet)
    if row is None:
        raise errors.no_subnet(subnet)
    found: Value = row.value
    if found["VpcId"] != vpc:
        raise errors.not_of_vpc(vpc, subnet)
    if found["Zone"] != zone:
        raise errors.not_of_zone(subnet, zone)
    return found


def _check_wanted(subnet: Value | None, wanted: Sequence[str], count: int) -> None:
    # Documented: one for each instance, twenty at most. Assumed: not in a network that is still to be made.
    if len(wanted) > 20:
        raise too_many("PrivateIpAddresses", 20)
    if len(wanted) != count or len(set(wanted)) != count:
        raise bad_value("PrivateIpAddresses", wanted)
    if subnet is None:
        raise errors.not_in_subnet(wanted[0])


def settle(call: Call, chosen: Place, count: int) -> tuple[Value, Sequence[str]]:
    """The subnet that was chosen, made if it has to be, and an address for each instance."""
    if chosen.subnet is not None:
        return chosen.subnet, chosen.addresses
    subnet = defaults.default_subnet(call.world, call.region, chosen.zone)
    return subnet, addresses.choose(call, subnet, count, ADDRESSES)


def cloud(subnet: Value, *, is_gateway: bool) -> Value:
    """A subnet as an instance shows it."""
    return {"VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"], "AsVpcGateway": is_gateway}


def groups(
    call: Call, given: Sequence[str], full: Callable[[int], ApiError] = errors.too_many_groups
) -> list[str]:
    """The security groups that a call names, each once.

    Raises:
        ApiError: one does not exist, or what ``full`` makes of too many of them.
    """
    keys = list(dict.fromkeys(given))
    for key in keys:
        if key not in call.world.read(defaults.GROUPS, call.region):
            raise errors.no_group(key)
    if len(keys) > MOST_GROUPS:
        raise full(MOST_GROUPS)
    return keys


def internet(call: Call, given: Mapping[str, Any], charge: str) -> Value:
    """``InternetAccessible`` as an instance shows it.

    Raises:
        ApiError: the bandwidth cannot be had so.
    """
    refuse(
        call,
        "BandwidthPackageId",
        "IPv6AddressType",
        "AntiDDoSPackageId",
        within=given,
        path="InternetAccessible.",
    )
    # Assumed: only ordinary addresses of BGP lines are sold here; the others are sold to some accounts only.
    choice("InternetServiceProvider", given.get("InternetServiceProvider") or "BGP", ("BGP",))
    choice("IPv4AddressType", given.get("IPv4AddressType") or "WanIP", ("WanIP",))
    bandwidth = check_bandwidth(given.get("InternetMaxBandwidthOut") or 0)
    # Documented: by default paid as the instance is. Assumed: hourly ones by traffic.
    if given.get("InternetChargeType") == "BANDWIDTH_PACKAGE":
        raise not_emulated(call.action.key, "its InternetChargeType BANDWIDTH_PACKAGE is not served yet.")
    standard = "BANDWIDTH_PREPAID" if charge == "PREPAID" else "TRAFFIC_POSTPAID_BY_HOUR"
    kind = choice("InternetChargeType", given.get("InternetChargeType") or standard, _CHARGES)
    if kind == "BANDWIDTH_PREPAID" and charge != "PREPAID":
        raise bad_value("InternetChargeType", kind)
    # Documented: with bandwidth there is a public address unless it is declined, without there can be none.
    assigned = given.get("PublicIpAssigned")
    if assigned and not bandwidth:
        raise bad_value("PublicIpAssigned", assigned)
    return {
        "InternetChargeType": kind,
        "InternetMaxBandwidthOut": bandwidth,
        "PublicIpAssigned": bool(bandwidth) if assigned is None else assigned,
    }


def check_bandwidth(value: int) -> int:
    """A bandwidth in Mbps.

    Raises:
        ApiError: it is out of range.
    """
    if not 0 <= value <= MOST_BANDWIDTH:
        raise errors.out_of_range("InternetMaxBandwidthOut", value)
    return value
