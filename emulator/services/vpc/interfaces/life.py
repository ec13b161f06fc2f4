"""Interfaces made, changed, put behind security groups, and deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from emulator.errors import ApiError
from emulator.services.vpc import errors, limits, params, tasks
from emulator.services.vpc.interfaces.private import allotted
from emulator.services.vpc.interfaces.views import STANDARD, existing, own, say_of_primary, settled
from emulator.services.vpc.tables import INTERFACE, SUBNET, VPC
from emulator.tables import departure
from emulator.tables.call import Call, Result
from emulator.tables.shared import INSTANCE, SECURITY_GROUP
from emulator.tables.writing import Value, add, change, fresh_id, refuse, remove
from emulator.world.clock import china_time
from emulator.world.interfaces import host_of

_SECONDS = 2.0
"""Assumed: how long it takes."""


def create_network_interface(call: Call) -> Result:
    """Create an interface that is attached to nothing."""
    name, tags = params.named(call.params, "NetworkInterfaceName"), params.tags(call)
    vpc, subnet = params.given(call, VPC), params.given(call, SUBNET)
    if subnet["VpcId"] != vpc["VpcId"]:
        raise errors.other_vpc("subnet", subnet["SubnetId"], vpc["VpcId"])
    _refuse_trunks(call)
    refuse(call, "Ipv6Addresses", "Ipv6AddressCount", "IsRdma", "TerminationProtection", "TrafficProtection")
    quality, groups = _quality(call), _groups(call)
    there = call.world.read(INTERFACE.name, call.region).index("VpcId").get(vpc["VpcId"], ())
    if len(there) >= limits.USUAL["vpc-max-enis"]:
        raise ApiError("LimitExceeded.NetworkInterfaceLimitExceeded", "The VPC has too many interfaces.")
    addresses = allotted(call, subnet, there=0, needs_primary=True)
    made = add(
        call,
        INTERFACE,
        {
            "NetworkInterfaceId": _fresh(call),
            "NetworkInterfaceName": name,
            "NetworkInterfaceDescription": params.text(call.params, "NetworkInterfaceDescription"),
            "SubnetId": subnet["SubnetId"],
            "VpcId": vpc["VpcId"],
            "GroupSet": groups,
            "Primary": False,
            "MacAddress": call.world.mint.hardware_address(),
            # Observed, in the official example: one that was just made is pending.
            "State": "PENDING",
            "NetworkInterfaceState": "PENDING",
            "PrivateIpAddressSet": addresses,
            "Attachment": None,
            "Zone": subnet["Zone"],
            "CreatedTime": china_time(call.now),
            "Ipv6AddressSet": [],
            "TagSet": tags,
            "EniType": STANDARD,
            "Business": "cvm",
            "CdcId": "",
            "AttachType": 0,
            "ResourceId": "",
            "QosLevel": quality,
        },
    )
    become(call, _SECONDS, made["NetworkInterfaceId"], now="PENDING")
    return {"NetworkInterface": made}


def _refuse_trunks(call: Call) -> None:
    if call.params.get("TrunkingFlag") not in (None, "", "Disable"):
        refuse(call, "TrunkingFlag")


def _quality(call: Call) -> str:
    quality: str = call.params.get("QosLevel") or "DEFAULT"
    # Documented: these four.
    if quality not in ("PT", "AU", "AG", "DEFAULT"):
        raise errors.bad_value("QosLevel", "PT, AU, AG or DEFAULT")
    return quality


def _fresh(call: Call) -> str:
    """An id that no interface has, be it a primary one."""
    while host_of(key := fresh_id(call, INTERFACE)) in call.world.read(INSTANCE.name, call.region):
        pass
    return key


def become(
    call: Call,
    seconds: float,
    key: str,
    *,
    now: str,
    use: str = "AVAILABLE",
    then: str = "",
    **members: object,
) -> None:
    """Let an interface be available some time from now, when the task that goes by this request ends."""
    # Documented: State has no word for being attached, NetworkInterfaceState has.
    call.world.later(
        seconds,
        (INTERFACE.name, call.region),
        key,
        given={"State": now},
        put={"State": "AVAILABLE", "NetworkInterfaceState": use, **members},
        then=then,
    )
    tasks.begin(call, seconds)


def delete_network_interface(call: Call) -> Result:
    """Delete an interface that is attached to nothing."""
    interface = own(call, call.params["NetworkInterfaceId"])
    settled(interface)
    key = interface["NetworkInterfaceId"]
    if interface["Attachment"]:
        raise errors.unsupported("InvalidState", f"The network interface `{key}` is attached.")
    if any(each["AddressId"] for each in interface["PrivateIpAddressSet"]):
        raise errors.unsupported("BindEIP", f"The network interface `{key}` has an elastic address.")
    # Documented: the call is asynchronous. Assumed: the interface is gone at once, the task ends later.
    remove(call, INTERFACE, key)
    departure.of_interface(call.world, call.region, key)
    tasks.begin(call, _SECONDS)
    return {}


def modify_network_interface_attribute(call: Call) -> Result:
    """Change an interface's name, description or security groups."""
    interface = existing(call, call.params["NetworkInterfaceId"])
    key, changes = interface["NetworkInterfaceId"], {}
    for name in ("NetworkInterfaceName", "NetworkInterfaceDescription"):
        if call.params.get(name) is not None:
            changes[name] = params.text(call.params, name)
    _refuse_trunks(call)
    groups = _groups(call) if call.params.get("SecurityGroupIds") is not None else None
    if groups is not None:
        _guard(call, interface, groups)
    if interface["Primary"]:
        say_of_primary(call, interface, **changes)
    else:
        change(call, INTERFACE, key, **changes)
    return {}


def _guard(call: Call, interface: Value, groups: Sequence[str]) -> None:
    """Put an interface behind security groups: a primary one with its host."""
    if interface["Primary"]:
        change(call, INSTANCE, interface["Attachment"]["InstanceId"], SecurityGroupIds=list(groups))
    else:
        change(call, INTERFACE, interface["NetworkInterfaceId"], GroupSet=list(groups))


def associate_network_interface_security_groups(call: Call) -> Result:
    """Put interfaces behind further security groups."""
    return _regroup(call, lambda before, named: [*before, *(each for each in named if each not in before)])


def disassociate_network_interface_security_groups(call: Call) -> Result:
    """Take interfaces out from behind security groups."""
    return _regroup(call, lambda before, named: [each for each in before if each not in named])


def _regroup(call: Call, change_groups: Callable[[Sequence[str], Sequence[str]], list[str]]) -> Result:
    named = params.ids(call, "SecurityGroupIds")
    for key in named:
        params.existing(call, SECURITY_GROUP, key)
    # Documented: not for primary interfaces.
    found = [own(call, key) for key in params.ids(call, "NetworkInterfaceIds")]
    for interface in found:
        _guard(call, interface, change_groups(interface["GroupSet"], named))
    return {}


def _groups(call: Call) -> list[str]:
    found = list(dict.fromkeys(call.params.get("SecurityGroupIds") or ()))
    for key in found:
        params.existing(call, SECURITY_GROUP, key)
    return found
