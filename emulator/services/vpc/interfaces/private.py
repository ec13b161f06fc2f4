"""The private addresses of interfaces: chosen, given, taken back and described."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emulator.errors import ApiError, Refusal, missing_parameter
from emulator.services.vpc import errors, limits, params, tasks
from emulator.services.vpc.interfaces.views import existing, private, say_of_primary, settled
from emulator.services.vpc.tables import INTERFACE, SUBNET
from emulator.tables.addresses import choose
from emulator.tables.call import Call, Result
from emulator.tables.network import Refusals
from emulator.tables.shared import INSTANCE
from emulator.tables.writing import Value, change, refuse

MOST_ADDRESSES = limits.USUAL["eni-max-private-ips"]
MOST_NAMED = 10
"""Documented: addresses that one request may name."""
_SECONDS = 1.0
"""Assumed: how long it takes."""
ADDRESSES = Refusals(
    full=lambda _: ApiError("ResourceInsufficient.Subnet", "The subnet has not enough free addresses."),
    malformed=lambda _: errors.out_of_range("PrivateIpAddresses", "addresses of the subnet"),
    outside=lambda _: errors.out_of_range("PrivateIpAddresses", "addresses of the subnet"),
    taken=Refusal[str]("ResourceInUse.Address", "The address `{}` is in use."),
)


def _check_named(given: Mapping[str, Any]) -> None:
    if not given.get("PrivateIpAddress"):
        raise missing_parameter("PrivateIpAddresses.PrivateIpAddress")


def _wanted_addresses(call: Call) -> list[Mapping[str, Any]]:
    """The addresses that a request names."""
    given: Sequence[Mapping[str, Any]] = call.params.get("PrivateIpAddresses") or ()
    if len(given) > MOST_NAMED:
        raise errors.too_many("PrivateIpAddresses", MOST_NAMED)
    for each in given:
        _check_named(each)
        refuse(call, "AddressId", "PublicIpAddress", "QosLevel", within=each, path="PrivateIpAddresses.")
    texts = [each["PrivateIpAddress"] for each in given]
    if len(set(texts)) < len(texts):
        raise errors.duplicate("PrivateIpAddresses")
    return list(given)


def allotted(call: Call, subnet: Value, *, there: int, needs_primary: bool) -> list[dict[str, Any]]:
    """New addresses for an interface: those that are named, and as many further ones as asked for."""
    named = _wanted_addresses(call)
    further: int = call.params.get("SecondaryPrivateIpAddressCount") or 0
    main = [each for each in named if each.get("Primary")]
    if len(main) > 1 or (main and not needs_primary):
        raise errors.unsupported("MultiplePrimaryIpAddress", "There can be but one primary address.")
    count = further + (needs_primary and not main)
    if there + len(named) + count > MOST_ADDRESSES:
        raise ApiError(
            "LimitExceeded.EniPrivateIpLimit",
            f"A network interface has at most {MOST_ADDRESSES} private addresses.",
        )
    wished = [each["PrivateIpAddress"] for each in named]
    free = choose(call, subnet, len(wished) + count, ADDRESSES, wished)[len(wished) :]
    first = [main[0]["PrivateIpAddress"]] if main else free[: int(needs_primary)]
    rest = [(each["PrivateIpAddress"], _note(each)) for each in named if not each.get("Primary")]
    rest += [(address, "") for address in free if address not in first]
    notes = {each["PrivateIpAddress"]: _note(each) for each in main}
    return [
        *(private(address, notes.get(address, ""), is_primary=True) for address in first),
        *(private(address, note) for address, note in rest),
    ]


def _note(given: Mapping[str, Any]) -> str:
    return params.text(given, "Description", params.DESCRIPTION)


def assign_private_ip_addresses(call: Call) -> Result:
    """Give an interface further addresses."""
    interface = existing(call, call.params["NetworkInterfaceId"])
    # Documented: one of the two.
    if not call.params.get("PrivateIpAddresses") and not call.params.get("SecondaryPrivateIpAddressCount"):
        raise missing_parameter("SecondaryPrivateIpAddressCount")
    settled(interface)
    refuse(call, "QosLevel")
    subnet = params.existing(call, SUBNET, interface["SubnetId"])
    there = interface["PrivateIpAddressSet"]
    new = allotted(call, subnet, there=len(there), needs_primary=False)
    _set_addresses(call, interface, [*there, *new])
    tasks.begin(call, _SECONDS)
    return {"PrivateIpAddressSet": new}


def _set_addresses(call: Call, interface: Value, addresses: Iterable[Value]) -> None:
    """Let an interface have these addresses: a primary one with its host."""
    kept = list(addresses)
    if interface["Primary"]:
        texts = [each["PrivateIpAddress"] for each in kept]
        change(call, INSTANCE, interface["Attachment"]["InstanceId"], PrivateIpAddresses=texts)
        say_of_primary(
            call, interface, Notes={each["PrivateIpAddress"]: each["Description"] for each in kept}
        )
    else:
        plain = [{**each, "PublicIpAddress": "", "AddressId": ""} for each in kept]
        change(call, INTERFACE, interface["NetworkInterfaceId"], PrivateIpAddressSet=plain)


def _its_addresses(call: Call, interface: Value) -> list[Mapping[str, Any]]:
    """The addresses of an interface that a request names."""
    there = {each["PrivateIpAddress"] for each in interface["PrivateIpAddressSet"]}
    given: Sequence[Mapping[str, Any]] = call.params["PrivateIpAddresses"]
    if not given:
        raise missing_parameter("PrivateIpAddresses")
    if len(given) > MOST_NAMED:
        raise errors.too_many("PrivateIpAddresses", MOST_NAMED)
    for each in given:
        _check_named(each)
        if each["PrivateIpAddress"] not in there:
            raise errors.absent("private address")(each["PrivateIpAddress"])
    return list(given)


def unassign_private_ip_addresses(call: Call) -> Result:
    """Take addresses that are not its primary one from an interface."""
    interface = existing(call, call.params["NetworkInterfaceId"])
    named = [each["PrivateIpAddress"] for each in _its_addresses(call, interface)]
    settled(interface)
    refuse(call, "InstanceId")
    for each in interface["PrivateIpAddressSet"]:
        if each["PrivateIpAddress"] in named and each["Primary"]:
            raise ApiError("UnauthorizedOperation.PrimaryIp", "The primary address cannot be given back.")
        if each["PrivateIpAddress"] in named and each["AddressId"]:
            raise errors.unsupported(
                "BindEIP", f"An elastic address is bound to `{each['PrivateIpAddress']}`."
            )
    kept = (each for each in interface["PrivateIpAddressSet"] if each["PrivateIpAddress"] not in named)
    _set_addresses(call, interface, kept)
    tasks.begin(call, _SECONDS)
    return {}


def modify_private_ip_addresses_attribute(call: Call) -> Result:
    """Describe addresses of an interface."""
    interface = existing(call, call.params["NetworkInterfaceId"])
    notes = {each["PrivateIpAddress"]: _note(each) for each in _its_addresses(call, interface)}
    _set_addresses(
        call,
        interface,
        (
            {**each, "Description": notes.get(each["PrivateIpAddress"], each["Description"])}
            for each in interface["PrivateIpAddressSet"]
        ),
    )
    return {}
