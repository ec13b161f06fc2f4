"""Interfaces looked for, and how many there may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emulator.contract.paging import paging
from emulator.errors import ApiError
from emulator.services.vpc import errors, params
from emulator.services.vpc.interfaces.attaching import MOST_ON_HOST
from emulator.services.vpc.interfaces.private import MOST_ADDRESSES
from emulator.services.vpc.interfaces.views import find, primary, shown
from emulator.services.vpc.tables import INTERFACE
from emulator.tables.call import Call, Result
from emulator.tables.declare import Window
from emulator.tables.listing import window
from emulator.tables.shared import INSTANCE
from emulator.tables.writing import Value
from emulator.world.interfaces import host_of
from emulator.world.shelves import Row, member_values

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
    if len(asked) > params.MOST_IDS:
        raise errors.too_many("NetworkInterfaceIds", params.MOST_IDS)
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
            tags = {tag["Key"]: tag["Value"] for tag in interface["TagSet"]}
            if tags.get(name.removeprefix("tag:")) not in values:
                return False
        elif name == "is-primary":
            if not any((text.lower() in ("true", "1")) == interface["Primary"] for text in values):
                return False
        elif {str(value) for value in member_values(interface, _FILTERS[name])}.isdisjoint(values):
            return False
    return True


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
