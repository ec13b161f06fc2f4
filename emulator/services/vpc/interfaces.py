"""Network interfaces: those of their own, and the primary one that comes and goes with each host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from emulator.contract.paging import paging
from emulator.errors import ApiError, Refusal, missing_parameter
from emulator.services.vpc import errors, limits, params, tasks
from emulator.services.vpc.tables import ADDRESS, INTERFACE, SUBNET, VPC
from emulator.tables import departure
from emulator.tables.addresses import choose, follow
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Window
from emulator.tables.idempotent import once
from emulator.tables.listing import one_tag, window
from emulator.tables.network import PRIMARIES, Refusals, cloud_of
from emulator.tables.shared import INSTANCE, SECURITY_GROUP
from emulator.tables.writing import Value, add, change, fresh_id, refuse, remove
from emulator.world.clock import china_time
from emulator.world.interfaces import host_of, interface_of
from emulator.world.shelves import Row, member_values
from emulator.world.world import World

MOST_ADDRESSES = limits.USUAL["eni-max-private-ips"]
MOST_NAMED, MOST_IDS = 10, 100
"""Documented: addresses that one request may name, and interfaces."""
MOST_ON_HOST = 8
"""Assumed: how many interfaces a host may have; it depends on its size."""
_MAKE_SECONDS, _ATTACH_SECONDS, _ADDRESS_SECONDS = 2.0, 3.0, 1.0
"""Assumed: how long they take."""
STANDARD, PRIMARY = 0, 1
"""Documented: kinds of interfaces."""


# --- as they are shown ------------------------------------------------------------------------------------


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
            _private(address, (said.get("Notes") or {}).get(address, ""), is_primary=at == 0)
            for at, address in enumerate(addresses)
        ],
        "Attachment": _attachment(call, host["InstanceId"], 0, made),
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


def _private(
    address: str, note: str = "", *, is_primary: bool = False, state: str = "AVAILABLE"
) -> dict[str, Any]:
    return {
        "PrivateIpAddress": address,
        "Primary": is_primary,
        "PublicIpAddress": "",
        "AddressId": "",
        "Description": note,
        "IsWanIpBlocked": False,
        "State": state,
        "QosLevel": "DEFAULT",
    }


def _attachment(call: Call, host: str, index: int, time: str) -> dict[str, Any]:
    return {
        "InstanceId": host,
        "DeviceIndex": index,
        "InstanceAccountId": call.world.uin,
        "AttachTime": time,
    }


# --- looked for -------------------------------------------------------------------------------------------

# Documented: the names.
_FILTERS: Mapping[str, str] = {
    "vpc-id": "VpcId",
    "subnet-id": "SubnetId",
    "network-interface-id": "NetworkInterfaceId",
    "attachment.instance-id": "Attachment.InstanceId",
    "groups.security-group-id": "GroupSet",
    "network-interface-name": "NetworkInterfaceName",
    "network-interface-description": "NetworkInterfaceDescription",
    "address-ip": "PrivateIpAddressSet.PrivateIpAddress",
    "tag-key": "TagSet.Key",
    "is-primary": "Primary",
    "eni-type": "EniType",
    "eni-qos": "QosLevel",
    "address-ipv6": "Ipv6AddressSet.Address",
}
# What of a host tells of its primary interface at once.
_OF_HOSTS: Mapping[str, str] = {
    "vpc-id": "VirtualPrivateCloud.VpcId",
    "subnet-id": "VirtualPrivateCloud.SubnetId",
    "attachment.instance-id": "InstanceId",
    "groups.security-group-id": "SecurityGroupIds",
    "address-ip": "PrivateIpAddresses",
}


def describe_network_interfaces(call: Call) -> Result:
    """The interfaces that are named, or that pass every filter; primary ones first."""
    asked, filters = call.params.get("NetworkInterfaceIds") or (), call.params.get("Filters") or ()
    if asked and filters:
        raise errors.coexist("NetworkInterfaceIds", "Filters")
    if len(asked) > MOST_IDS:
        raise errors.too_many("NetworkInterfaceIds", MOST_IDS)
    start, limit = window(call.params, paging(call.action), Window(), errors.MANNERS)
    end = None if limit is None else start + limit
    if asked:
        found = [each for each in (find(call, key) for key in dict.fromkeys(asked)) if each is not None]
        return {"NetworkInterfaceSet": found[start:end], "TotalCount": len(found)}
    wants = [(each["Name"], each["Values"]) for each in filters]
    for name, _ in wants:
        if name not in _FILTERS and not name.startswith("tag:"):
            raise errors.MANNERS.unknown_filter(name)
    hosts = _hosts(call, wants)
    others = call.world.read(INTERFACE.name, call.region).values()
    if not wants:
        # A page of all of them costs what the page holds.
        before = len(hosts)
        rest = slice(max(start - before, 0), None if end is None else max(end - before, 0))
        rows = [*hosts[start:end], *others[rest]]
        return {
            "NetworkInterfaceSet": [_any(call, row) for row in rows],
            "TotalCount": len(hosts) + len(others),
        }
    passing = [each for row in (*hosts, *others) if _passes(each := _any(call, row), wants)]
    return {"NetworkInterfaceSet": passing[start:end], "TotalCount": len(passing)}


def _any(call: Call, row: Row) -> Value:
    value = row.value
    return shown(call, value) if "NetworkInterfaceId" in value else primary(call, value)


def _hosts(call: Call, wants: Sequence[tuple[str, Sequence[str]]]) -> Sequence[Row]:
    """The hosts whose primary interfaces may pass some filters."""
    shelf = call.world.read(INSTANCE.name, call.region)
    for name, values in wants:
        if name == "attachment.instance-id":
            return [row for row in map(shelf.get, dict.fromkeys(values)) if row is not None]
        if name == "network-interface-id":
            found = (shelf.get(host_of(key)) for key in dict.fromkeys(values))
            return [row for row in found if row is not None]
    for name, values in wants:
        if name in _OF_HOSTS:
            index = shelf.index(_OF_HOSTS[name])
            return [row for value in dict.fromkeys(values) for row in index.get(value, ())]
    every: Sequence[Row] = shelf.values()
    return every


def _passes(interface: Value, wants: Sequence[tuple[str, Sequence[str]]]) -> bool:
    for name, values in wants:
        if name.startswith("tag:"):
            if not one_tag("TagSet", name.removeprefix("tag:"))(interface, values):
                return False
        elif name == "is-primary":
            if not any((text.lower() in ("true", "1")) == interface["Primary"] for text in values):
                return False
        elif {str(value) for value in member_values(interface, _FILTERS[name])}.isdisjoint(values):
            return False
    return True


# --- made and deleted -------------------------------------------------------------------------------------


def _groups(call: Call, name: str = "SecurityGroupIds") -> list[str]:
    found = list(dict.fromkeys(call.params.get(name) or ()))
    for key in found:
        params.existing(call, SECURITY_GROUP, key)
    return found


def _check_named(given: Mapping[str, Any]) -> None:
    if not given.get("PrivateIpAddress"):
        raise missing_parameter("PrivateIpAddresses.PrivateIpAddress")


ADDRESSES = Refusals(
    full=lambda _: ApiError("ResourceInsufficient.Subnet", "The subnet has not enough free addresses."),
    malformed=lambda _: errors.out_of_range("PrivateIpAddresses", "addresses of the subnet"),
    outside=lambda _: errors.out_of_range("PrivateIpAddresses", "addresses of the subnet"),
    taken=Refusal[str]("ResourceInUse.Address", "The address `{}` is in use."),
)


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


def _allotted(call: Call, subnet: Value, *, there: int, needs_primary: bool) -> list[dict[str, Any]]:
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
        *(_private(address, notes.get(address, ""), is_primary=True) for address in first),
        *(_private(address, note) for address, note in rest),
    ]


def _note(given: Mapping[str, Any]) -> str:
    return params.text(given, "Description", params.DESCRIPTION)


def create_network_interface(call: Call) -> Result:
    """Create an interface that is attached to nothing."""
    name, tags = params.named(call.params, "NetworkInterfaceName"), params.tags(call)
    vpc, subnet = params.given(call, VPC), params.given(call, SUBNET)
    if subnet["VpcId"] != vpc["VpcId"]:
        raise errors.other_vpc("subnet", subnet["SubnetId"], vpc["VpcId"])
    if call.params.get("TrunkingFlag") not in (None, "", "Disable"):
        refuse(call, "TrunkingFlag")
    refuse(call, "Ipv6Addresses", "Ipv6AddressCount", "IsRdma", "TerminationProtection", "TrafficProtection")
    quality = call.params.get("QosLevel") or "DEFAULT"
    if quality not in ("PT", "AU", "AG", "DEFAULT"):
        # Documented: these four.
        raise errors.bad_value("QosLevel", "PT, AU, AG or DEFAULT")
    groups = _groups(call)
    there = call.world.read(INTERFACE.name, call.region).index("VpcId").get(vpc["VpcId"], ())
    if len(there) >= limits.USUAL["vpc-max-enis"]:
        raise ApiError("LimitExceeded.NetworkInterfaceLimitExceeded", "The VPC has too many interfaces.")
    addresses = _allotted(call, subnet, there=0, needs_primary=True)
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
    _become(call, _MAKE_SECONDS, made["NetworkInterfaceId"], now="PENDING")
    return {"NetworkInterface": made}


def _fresh(call: Call) -> str:
    """An id that no interface has, be it a primary one."""
    while host_of(key := fresh_id(call, INTERFACE)) in call.world.read(INSTANCE.name, call.region):
        pass
    return key


def _become(
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


def _settled(interface: Value) -> None:
    """See that an interface is not in the midst of something."""
    if interface["State"] != "AVAILABLE":
        raise errors.unsupported(
            "InvalidState",
            f"The network interface `{interface['NetworkInterfaceId']}` is {interface['State']}.",
        )


def delete_network_interface(call: Call) -> Result:
    """Delete an interface that is attached to nothing."""
    interface = own(call, call.params["NetworkInterfaceId"])
    _settled(interface)
    key = interface["NetworkInterfaceId"]
    if interface["Attachment"]:
        raise errors.unsupported("InvalidState", f"The network interface `{key}` is attached.")
    if any(each["AddressId"] for each in interface["PrivateIpAddressSet"]):
        raise errors.unsupported("BindEIP", f"The network interface `{key}` has an elastic address.")
    # Documented: the call is asynchronous. Assumed: the interface is gone at once, the task ends later.
    remove(call, INTERFACE, key)
    departure.of_interface(call.world, call.region, key)
    tasks.begin(call, _MAKE_SECONDS)
    return {}


def modify_network_interface_attribute(call: Call) -> Result:
    """Change an interface's name, description or security groups."""
    interface = existing(call, call.params["NetworkInterfaceId"])
    key, changes = interface["NetworkInterfaceId"], {}
    for name in ("NetworkInterfaceName", "NetworkInterfaceDescription"):
        if call.params.get(name) is not None:
            changes[name] = params.text(call.params, name)
    if call.params.get("TrunkingFlag") not in (None, "", "Disable"):
        refuse(call, "TrunkingFlag")
    groups = _groups(call) if call.params.get("SecurityGroupIds") is not None else None
    if groups is not None:
        _guard(call, interface, groups)
    if interface["Primary"]:
        _say_of_primary(call, interface, **changes)
    else:
        change(call, INTERFACE, key, **changes)
    return {}


def _guard(call: Call, interface: Value, groups: Sequence[str]) -> None:
    """Put an interface behind security groups: a primary one with its host."""
    if interface["Primary"]:
        change(call, INSTANCE, interface["Attachment"]["InstanceId"], SecurityGroupIds=list(groups))
    else:
        change(call, INTERFACE, interface["NetworkInterfaceId"], GroupSet=list(groups))


def _say_of_primary(call: Call, interface: Value, **members: object) -> None:
    shelf, key = call.world.write(PRIMARIES, call.region), interface["NetworkInterfaceId"]
    row = shelf.get(key)
    before = row.value if row is not None else {"NetworkInterfaceId": key}
    host = {"InstanceId": interface["Attachment"]["InstanceId"]}
    shelf.put(key, Row({**before, **host, **members}))


def associate_network_interface_security_groups(call: Call) -> Result:
    """Put interfaces behind further security groups."""
    return _regroup(call, lambda before, named: [*before, *(each for each in named if each not in before)])


def disassociate_network_interface_security_groups(call: Call) -> Result:
    """Take interfaces out from behind security groups."""
    return _regroup(call, lambda before, named: [each for each in before if each not in named])


def _regroup(call: Call, change_groups: Any) -> Result:
    named = params.ids(call, "SecurityGroupIds")
    for key in named:
        params.existing(call, SECURITY_GROUP, key)
    # Documented: not for primary interfaces.
    found = [own(call, key) for key in params.ids(call, "NetworkInterfaceIds")]
    for interface in found:
        _guard(call, interface, change_groups(interface["GroupSet"], named))
    return {}


# --- attached ---------------------------------------------------------------------------------------------


def _host(call: Call) -> Value:
    key = call.params["InstanceId"]
    row = call.world.read(INSTANCE.name, call.region).get(key)
    if row is None:
        raise ApiError("InvalidInstanceId.NotFound", f"The instance `{key}` does not exist.")
    host: Value = row.value
    return host


def attach_network_interface(call: Call) -> Result:
    """Attach an interface to a host of its VPC and zone."""
    interface, host = own(call, call.params["NetworkInterfaceId"]), _host(call)
    refuse(call, "AttachType")
    _settled(interface)
    key = interface["NetworkInterfaceId"]
    if interface["Attachment"]:
        raise errors.unsupported(
            "AttachmentAlreadyExists", f"The network interface `{key}` is attached already."
        )
    if cloud_of(host).get("VpcId") != interface["VpcId"]:
        raise errors.other_vpc("instance", host["InstanceId"], interface["VpcId"])
    if host["Placement"]["Zone"] != interface["Zone"]:
        raise errors.unsupported("ZoneMismatch", "The instance and the interface are in different zones.")
    if host["InstanceState"] not in ("RUNNING", "STOPPED"):
        raise errors.unsupported("InvalidInstanceState", f"The instance is {host['InstanceState']}.")
    index = _free_index(call, host["InstanceId"])
    if index >= MOST_ON_HOST:
        raise errors.full("network interfaces of an instance", MOST_ON_HOST)
    attachment = _attachment(call, host["InstanceId"], index, china_time(call.now))
    change(
        call,
        INTERFACE,
        key,
        State="ATTACHING",
        NetworkInterfaceState="ATTACHING",
        Attachment=attachment,
    )
    follow(call.world, call.region, key, host["InstanceId"])
    _become(call, _ATTACH_SECONDS, key, now="ATTACHING", use="INUSE")
    return {}


def _free_index(call: Call, host: str) -> int:
    """The first place on a host that no interface has; the primary one has the first."""
    attached = call.world.read(INTERFACE.name, call.region).index("Attachment.InstanceId").get(host, ())
    used = {row.value["Attachment"]["DeviceIndex"] for row in attached}
    return next(index for index in range(1, len(used) + 2) if index not in used)


def detach_network_interface(call: Call) -> Result:
    """Detach an interface from its host."""
    interface, host = own(call, call.params["NetworkInterfaceId"]), _host(call)
    _settled(interface)
    key, attachment = interface["NetworkInterfaceId"], interface["Attachment"]
    if not attachment or attachment["InstanceId"] != host["InstanceId"]:
        raise ApiError(
            "UnsupportedOperation.AttachmentNotFound",
            f"The network interface `{key}` is not attached to `{host['InstanceId']}`.",
        )
    change(call, INTERFACE, key, State="DETACHING", NetworkInterfaceState="DETACHING")
    _become(call, _ATTACH_SECONDS, key, now="DETACHING", then=DETACHED, Attachment=None)
    return {}


DETACHED = "services.vpc.interfaces:detached"


def detached(world: World, region: str, _at: float, interface: Value) -> None:
    """Let the addresses of an interface that is detached be of no host."""
    follow(world, region, interface["NetworkInterfaceId"], None)


# --- private addresses ------------------------------------------------------------------------------------


def assign_private_ip_addresses(call: Call) -> Result:
    """Give an interface further addresses."""
    interface = existing(call, call.params["NetworkInterfaceId"])
    # Documented: one of the two.
    if not call.params.get("PrivateIpAddresses") and not call.params.get("SecondaryPrivateIpAddressCount"):
        raise missing_parameter("SecondaryPrivateIpAddressCount")
    _settled(interface)
    refuse(call, "QosLevel")
    subnet = params.existing(call, SUBNET, interface["SubnetId"])
    there = interface["PrivateIpAddressSet"]
    new = _allotted(call, subnet, there=len(there), needs_primary=False)
    _set_addresses(call, interface, [*there, *new])
    tasks.begin(call, _ADDRESS_SECONDS)
    return {"PrivateIpAddressSet": new}


def _set_addresses(call: Call, interface: Value, addresses: Iterable[Value]) -> None:
    """Let an interface have these addresses: a primary one with its host."""
    kept = list(addresses)
    if interface["Primary"]:
        texts = [each["PrivateIpAddress"] for each in kept]
        change(call, INSTANCE, interface["Attachment"]["InstanceId"], PrivateIpAddresses=texts)
        _say_of_primary(
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
    _settled(interface)
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
    tasks.begin(call, _ADDRESS_SECONDS)
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


def describe_network_interface_limit(call: Call) -> Result:
    """How many interfaces a host, and addresses an interface may have."""
    key = call.params["InstanceId"]
    if find(call, key) is None and key not in call.world.read(INSTANCE.name, call.region):
        raise ApiError("InvalidInstanceId.NotFound", f"The instance `{key}` does not exist.")
    return {
        "EniQuantity": MOST_ON_HOST,
        "EniPrivateIpAddressQuantity": MOST_ADDRESSES,
        # Assumed: no extended and no trunk interfaces.
        "ExtendEniQuantity": 0,
        "ExtendEniPrivateIpAddressQuantity": 0,
        "SubEniQuantity": 0,
        "SubEniPrivateIpAddressQuantity": 0,
    }


_ONE, _EVERY = asking((INTERFACE, "NetworkInterfaceId")), asking((INTERFACE,))
_WITH_HOST = asking((INTERFACE, "NetworkInterfaceId"), (INSTANCE, "InstanceId"))
_WITH_GROUPS = asking((INTERFACE, "NetworkInterfaceIds"), (SECURITY_GROUP, "SecurityGroupIds"))
ACTIONS = tuple(
    Does(action=action, run=run, home="region", asks=asks)
    for action, run, asks in (
        ("DescribeNetworkInterfaces", describe_network_interfaces, _EVERY),
        ("DescribeNetworkInterfaceLimit", describe_network_interface_limit, _EVERY),
        (
            "CreateNetworkInterface",
            once(errors.TOKENS, create_network_interface),
            asking((VPC, "VpcId"), (SUBNET, "SubnetId"), (INTERFACE,)),
        ),
        ("DeleteNetworkInterface", delete_network_interface, _ONE),
        ("ModifyNetworkInterfaceAttribute", modify_network_interface_attribute, _ONE),
        ("AttachNetworkInterface", once(errors.TOKENS, attach_network_interface), _WITH_HOST),
        ("DetachNetworkInterface", once(errors.TOKENS, detach_network_interface), _WITH_HOST),
        ("AssignPrivateIpAddresses", once(errors.TOKENS, assign_private_ip_addresses), _ONE),
        ("UnassignPrivateIpAddresses", unassign_private_ip_addresses, _ONE),
        ("ModifyPrivateIpAddressesAttribute", modify_private_ip_addresses_attribute, _ONE),
        (
            "AssociateNetworkInterfaceSecurityGroups",
            associate_network_interface_security_groups,
            _WITH_GROUPS,
        ),
        (
            "DisassociateNetworkInterfaceSecurityGroups",
            disassociate_network_interface_security_groups,
            _WITH_GROUPS,
        ),
    )
)
