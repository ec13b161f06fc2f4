"""Interfaces as they are shown: those of their own, and a host's primary one, which is made of the host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from emulator.services.vpc import errors
from emulator.services.vpc.tables import ADDRESS, INTERFACE
from emulator.tables.call import Call
from emulator.tables.network import PRIMARIES, cloud_of
from emulator.tables.shared import INSTANCE
from emulator.tables.writing import Value
from emulator.world.clock import china_time
from emulator.world.interfaces import host_of, interface_of
from emulator.world.shelves import Row

STANDARD, PRIMARY = 0, 1
"""Documented: kinds of interfaces."""


def find(call: Call, key: str) -> Value | None:
    """An interface as it is now, be it a primary one; None if there is none."""
    row = call.world.read(INTERFACE.name, call.region).get(key)
    if row is not None:
        return shown(call, row.value)
    host = call.world.read(INSTANCE.name, call.region).get(host_of(key))
    return primary(call, host.value) if host is not None and interface_of(host_of(key)) == key else None


def existing(call: Call, key: str) -> Value:
    """An interface as it is now.

    Raises:
        ApiError: there is none.
    """
    found = find(call, key)
    if found is None:
        raise errors.absent("network interface")(key)
    return found


def own(call: Call, key: str) -> Value:
    """An interface that did not come with a host.

    Raises:
        ApiError: there is none, or it is a host's primary one.
    """
    found = existing(call, key)
    if found["Primary"]:
        raise errors.unsupported("", f"The network interface `{key}` is the primary one of its instance.")
    return found


def settled(interface: Value) -> None:
    """See that an interface is not in the midst of something."""
    if interface["State"] != "AVAILABLE":
        raise errors.unsupported(
            "InvalidState",
            f"The network interface `{interface['NetworkInterfaceId']}` is {interface['State']}.",
        )


# --- their shape ------------------------------------------------------------------------------------------


def shown(call: Call, interface: Value) -> Value:
    """An interface of its own, with the elastic addresses that are bound to it."""
    return {**interface, "PrivateIpAddressSet": _with_public(call, interface)}


def _with_public(call: Call, interface: Value) -> list[Value]:
    """The private addresses of an interface with the elastic ones that are bound to them."""
    bound = {
        row.value["PrivateAddressIp"]: row.value
        for row in call.world.read(ADDRESS.name, call.region)
        .index("NetworkInterfaceId")
        .get(interface["NetworkInterfaceId"], ())
    }
    return [
        {
            **each,
            "PublicIpAddress": bound[each["PrivateIpAddress"]]["AddressIp"],
            "AddressId": bound[each["PrivateIpAddress"]]["AddressId"],
        }
        if each["PrivateIpAddress"] in bound
        else each
        for each in interface["PrivateIpAddressSet"]
    ]


def private(address: str, note: str = "", *, is_primary: bool = False) -> dict[str, Any]:
    """A private address to which no elastic one is bound."""
    return {
        "PrivateIpAddress": address,
        "Primary": is_primary,
        "PublicIpAddress": "",
        "AddressId": "",
        "Description": note,
        "IsWanIpBlocked": False,
        "State": "AVAILABLE",
        "QosLevel": "DEFAULT",
    }


def attachment(call: Call, host: str, index: int, time: str) -> dict[str, Any]:
    """What an interface says of the host that it is attached to."""
    return {
        "InstanceId": host,
        "DeviceIndex": index,
        "InstanceAccountId": call.world.uin,
        "AttachTime": time,
    }


# --- primary ones -----------------------------------------------------------------------------------------


def primary(call: Call, host: Value) -> Value:
    """The primary interface of a host, made of the host and of what was said of it since."""
    key, cloud = interface_of(host["InstanceId"]), cloud_of(host)
    row = call.world.read(PRIMARIES, call.region).get(key)
    said: Mapping[str, Any] = row.value if row is not None else {}
    addresses: Sequence[str] = host.get("PrivateIpAddresses") or ()
    public: Sequence[str] = host.get("PublicIpAddresses") or ()
    made = _china(host.get("CreatedTime") or "")
    interface = {
        "NetworkInterfaceId": key,
        # Assumed: how it is called and described.
        "NetworkInterfaceName": said.get("NetworkInterfaceName", "Primary ENI"),
        "NetworkInterfaceDescription": said.get("NetworkInterfaceDescription", "Primary ENI"),
        "SubnetId": cloud.get("SubnetId") or "",
        "VpcId": cloud.get("VpcId") or "",
        "GroupSet": host.get("SecurityGroupIds") or [],
        "Primary": True,
        "MacAddress": _hardware_address(key),
        "State": "AVAILABLE",
        "NetworkInterfaceState": "INUSE",
        "PrivateIpAddressSet": [
            private(address, (said.get("Notes") or {}).get(address, ""), is_primary=at == 0)
            for at, address in enumerate(addresses)
        ],
        "Attachment": attachment(call, host["InstanceId"], 0, made),
        "Zone": (host.get("Placement") or {}).get("Zone") or "",
        "CreatedTime": made,
        "Ipv6AddressSet": [],
        "TagSet": said.get("TagSet") or [],
        "EniType": PRIMARY,
        "Business": "cvm",
        "CdcId": "",
        "AttachType": 0,
        "ResourceId": "",
        "QosLevel": "DEFAULT",
    }
    found = _with_public(call, interface)
    if found and public and not found[0]["PublicIpAddress"]:
        found[0] = {**found[0], "PublicIpAddress": public[0]}
    return {**interface, "PrivateIpAddressSet": found}


def _china(time: str) -> str:
    """A host's time of birth as vpc writes it."""
    # Assumed: that it is the interface's too.
    try:
        made = datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return ""
    return china_time(made.timestamp())


def _hardware_address(key: str) -> str:
    digest = blake2b(key.encode(), digest_size=3).hexdigest().upper()
    return f"20:90:6F:{digest[:2]}:{digest[2:4]}:{digest[4:]}"


def say_of_primary(call: Call, interface: Value, **members: object) -> None:
    """Keep what a primary interface has that its host does not tell."""
    shelf, key = call.world.write(PRIMARIES, call.region), interface["NetworkInterfaceId"]
    row = shelf.get(key)
    before = row.value if row is not None else {"NetworkInterfaceId": key}
    host = {"InstanceId": interface["Attachment"]["InstanceId"]}
    shelf.put(key, Row({**before, **host, **members}))
