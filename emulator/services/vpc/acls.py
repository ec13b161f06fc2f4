"""Network ACLs: what they let pass at the edge of subnets, by three members or by five."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any, Literal

from emulator.contract.paging import paging
from emulator.errors import ApiError, missing_parameter, not_emulated
from emulator.services.vpc import errors, limits, params, subnets
from emulator.services.vpc.tables import NETWORK_ACL, SUBNET, VPC
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Sort, Window, unknown_order
from emulator.tables.listing import window
from emulator.tables.writing import Value, add, change, fresh_id, refuse, remove
from emulator.world.clock import china_time
from emulator.world.shelves import Row

FIVE = "vpc.aclquintuple"
"""The entries of ACLs of the other type, in order, by direction."""
Direction = Literal["Ingress", "Egress"]
DIRECTIONS: tuple[Direction, ...] = ("Ingress", "Egress")
MOST = {"Ingress": "network-acl-max-inbound-policies", "Egress": "network-acl-max-outbound-policies"}
PROTOCOLS = frozenset({"TCP", "UDP", "ICMP", "ALL"})
"""Documented."""
_PORTS = re.compile(r"\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*")


# --- ACLs -------------------------------------------------------------------------------------------------


def shown_acl(call: Call, acl: Value) -> Value:
    """An ACL with the subnets that it guards as they are now."""
    guarded = call.world.read(SUBNET.name, call.region).index("NetworkAclId").get(acl["NetworkAclId"], ())
    return {**acl, "SubnetSet": [subnets.shown_subnet(call, row.value) for row in guarded]}


def create_network_acl(call: Call) -> Result:
    """Create an ACL, which lets nothing pass."""
    name, tags = params.named(call.params, "NetworkAclName"), params.tags(call)
    kind = call.params.get("NetworkAclType") or "TRIPLE"
    # Documented: these two.
    if kind not in ("TRIPLE", "QUINTUPLE"):
        raise errors.bad_value("NetworkAclType", "TRIPLE or QUINTUPLE")
    vpc = params.given(call, VPC)["VpcId"]
    there = call.world.read(NETWORK_ACL.name, call.region).index("VpcId").get(vpc, ())
    limits.check_room("vpc-max-network-acls", len(there))
    row = {
        "VpcId": vpc,
        "NetworkAclId": fresh_id(call, NETWORK_ACL),
        "NetworkAclName": name,
        "CreatedTime": china_time(call.now),
        "SubnetSet": [],
        "IngressEntries": [],
        "EgressEntries": [],
        "NetworkAclType": kind,
        "TagSet": tags,
    }
    return {"NetworkAcl": add(call, NETWORK_ACL, row)}


def delete_network_acl(call: Call) -> Result:
    """Delete an ACL that guards no subnet."""
    key = params.given(call, NETWORK_ACL)["NetworkAclId"]
    if call.world.read(SUBNET.name, call.region).index("NetworkAclId").get(key):
        raise errors.in_use("network ACL", key, "subnets")
    remove(call, NETWORK_ACL, key)
    call.world.write(FIVE, call.region).remove(key)
    return {}


def modify_network_acl_attribute(call: Call) -> Result:
    """Rename an ACL."""
    name, acl = params.named(call.params, "NetworkAclName"), params.given(call, NETWORK_ACL)
    change(call, NETWORK_ACL, acl["NetworkAclId"], NetworkAclName=name)
    return {}


def associate_network_acl_subnets(call: Call) -> Result:
    """Let an ACL guard subnets of its VPC, whichever guarded them before."""
    # Assumed: a subnet that another one guards changes hands.
    acl = params.given(call, NETWORK_ACL)
    for subnet in _subnets(call, acl):
        change(call, SUBNET, subnet["SubnetId"], NetworkAclId=acl["NetworkAclId"])
    return {}


def disassociate_network_acl_subnets(call: Call) -> Result:
    """Let an ACL guard subnets no longer."""
    acl = params.given(call, NETWORK_ACL)
    found = _subnets(call, acl)
    for subnet in found:
        if subnet["NetworkAclId"] != acl["NetworkAclId"]:
            raise errors.unsupported(
                "AttachmentNotFound", f"The subnet `{subnet['SubnetId']}` is not associated with the ACL."
            )
    for subnet in found:
        change(call, SUBNET, subnet["SubnetId"], NetworkAclId="")
    return {}


def _subnets(call: Call, acl: Value) -> list[Value]:
    found = [params.existing(call, SUBNET, key) for key in params.ids(call, "SubnetIds")]
    for subnet in found:
        if subnet["VpcId"] != acl["VpcId"]:
            raise errors.other_vpc("subnet", subnet["SubnetId"], acl["VpcId"])
    return found


# --- entries of three members -----------------------------------------------------------------------------


def _protocol(given: Mapping[str, Any]) -> str:
    protocol = str(given.get("Protocol") or "").upper()
    if protocol not in PROTOCOLS:
        raise errors.bad_value("Protocol", f"one of {', '.join(sorted(PROTOCOLS))}")
    return protocol


def _port(given: Mapping[str, Any], name: str, protocol: str) -> str:
    port = str(given.get(name) or "")
    if protocol in ("ALL", "ICMP"):
        # Documented: no port beside these. Assumed: that "all" says nothing.
        if port.lower() not in ("", "all"):
            raise errors.coexist("Protocol", name)
        return ""
    if port.lower() in ("", "all"):
        return "all"
    if not _PORTS.fullmatch(port) or any(int(number) > 65535 for number in re.findall(r"\d+", port)):
        raise errors.malformed(name, "all, a port, a range such as 10-20, or several with commas")
    return port


def _action(given: Mapping[str, Any]) -> str:
    action = str(given.get("Action") or "").upper()
    if action not in ("ACCEPT", "DROP"):
        raise errors.bad_value("Action", "ACCEPT or DROP")
    return action


def _cidr(given: Mapping[str, Any], name: str, version: int) -> str:
    text: str = given.get(name) or ""
    if not text:
        return ""
    try:
        network = ip_network(text, strict=False)
    except ValueError as reason:
        raise errors.malformed(name, f"an address or network of IPv{version}") from reason
    if network.version != version:
        raise errors.malformed(name, f"an address or network of IPv{version}")
    return text


def _three(call: Call, given: Mapping[str, Any]) -> dict[str, Any]:
    four, six = _cidr(given, "CidrBlock", 4), _cidr(given, "Ipv6CidrBlock", 6)
    # Documented: they exclude each other.
    if four and six:
        raise errors.coexist("CidrBlock", "Ipv6CidrBlock")
    if not four and not six:
        raise missing_parameter("CidrBlock")
    protocol = _protocol(given)
    # Observed, in the official examples: `all`, `Accept` and `Drop`. So does terraform-provider-tencentcloud
    # expect them, which tells by them the entry that shuts all out.
    return {
        "Protocol": protocol.lower(),
        "Port": _port(given, "Port", protocol),
        "CidrBlock": four,
        "Ipv6CidrBlock": six,
        "Action": _action(given).capitalize(),
        "Description": params.text(given, "Description", params.DESCRIPTION),
        "ModifyTime": china_time(call.now),
        "NetworkAclIpv4EntryId": call.world.mint.resource("acli4") if four else "",
        "NetworkAclIpv6EntryId": call.world.mint.resource("acli6") if six else "",
    }


def _numbered(entries: Sequence[Value]) -> list[Value]:
    """Entries with their place among their like, from 1."""
    return [{**entry, "Priority": at} for at, entry in enumerate(entries, 1)]


def _keep_three(call: Call, acl: Value, sides: Mapping[str, Sequence[Value]]) -> None:
    for direction, entries in sides.items():
        limits.check_room(MOST[direction], 0, len(entries))
    changes = {f"{direction}Entries": _numbered(entries) for direction, entries in sides.items()}
    change(call, NETWORK_ACL, acl["NetworkAclId"], **changes)


def _acl_of_three(call: Call) -> Value:
    acl = params.given(call, NETWORK_ACL)
    if acl["NetworkAclType"] != "TRIPLE":
        raise _other_type(acl)
    return acl


def _other_type(acl: Value) -> ApiError:
    return ApiError(
        "InvalidParameter.AclTypeMismatch",
        f"The network ACL `{acl['NetworkAclId']}` is of the type {acl['NetworkAclType']}.",
    )


def _given_sides(call: Call) -> dict[str, Sequence[Mapping[str, Any]]]:
    """The directions of which a request speaks, and the entries there."""
    given = call.params.get("NetworkAclEntrySet") or {}
    return {direction: given[direction] for direction in DIRECTIONS if given.get(direction) is not None}


def _by_id(entries: Sequence[Value], given: Mapping[str, Any]) -> int:
    """The place of the entry that a request names."""
    for name in ("NetworkAclIpv4EntryId", "NetworkAclIpv6EntryId"):
        if given.get(name):
            for at, entry in enumerate(entries):
                if entry[name] == given[name]:
                    return at
            raise errors.absent("network ACL entry")(given[name])
    raise missing_parameter("NetworkAclIpv4EntryId")


def modify_network_acl_entries(call: Call) -> Result:
    """Give an ACL other entries in the directions that are named; the other one keeps its own."""
    given, five = call.params.get("NetworkAclEntrySet"), call.params.get("NetworkAclQuintupleSet")
    # Documented: one of the two.
    if given and five:
        raise errors.coexist("NetworkAclEntrySet", "NetworkAclQuintupleSet")
    if five:
        return _modify_five(call)
    acl = _acl_of_three(call)
    sides = _given_sides(call)
    if not sides:
        raise missing_parameter("NetworkAclEntrySet")
    if call.params.get("EnableUpdateAclEntries"):
        # Documented: changes entry by entry. Assumed: one without an id is added behind the others.
        changed = {side: _updated(call, acl[f"{side}Entries"], entries) for side, entries in sides.items()}
    else:
        changed = {
            side: [_three(call, each) for each in sorted(entries, key=_priority)]
            for side, entries in sides.items()
        }
    _keep_three(call, acl, changed)
    return {}


def _priority(given: Mapping[str, Any]) -> int:
    """Where an entry wants to stand among its like; behind those that say it, if it does not."""
    # Assumed: that priorities order the entries of a request, which are numbered anew.
    found: int = given.get("Priority") or 2**31
    return found


def _updated(call: Call, before: Sequence[Value], given: Sequence[Mapping[str, Any]]) -> list[Value]:
    entries = list(before)
    for each in given:
        if not each.get("NetworkAclIpv4EntryId") and not each.get("NetworkAclIpv6EntryId"):
            entries.append(_three(call, each))
            continue
        at = _by_id(entries, each)
        kept = {name: entries[at][name] for name in ("NetworkAclIpv4EntryId", "NetworkAclIpv6EntryId")}
        entries[at] = {**_three(call, {**entries[at], **each}), **kept}
    return entries


def create_network_acl_entries(call: Call) -> Result:
    """Add entries to an ACL: at their priorities, or behind the others."""
    acl, sides = _acl_of_three(call), _given_sides(call)
    if not any(sides.values()):
        raise missing_parameter("NetworkAclEntrySet")
    changed = {}
    for direction, given in sides.items():
        entries = list(acl[f"{direction}Entries"])
        for each in given:
            # Documented: from 1.
            priority = each.get("Priority")
            if priority is not None and not 1 <= priority <= len(entries) + 1:
                raise errors.out_of_range("Priority", f"1 to {len(entries) + 1}")
            entries.insert(len(entries) if priority is None else priority - 1, _three(call, each))
        changed[direction] = entries
    _keep_three(call, acl, changed)
    return {}


def delete_network_acl_entries(call: Call) -> Result:
    """Take entries out of an ACL by their ids."""
    acl, sides = _acl_of_three(call), _given_sides(call)
    if not any(sides.values()):
        raise missing_parameter("NetworkAclEntrySet")
    changed = {}
    for direction, given in sides.items():
        entries = acl[f"{direction}Entries"]
        gone = {_by_id(entries, each) for each in given}
        changed[direction] = [entry for at, entry in enumerate(entries) if at not in gone]
    _keep_three(call, acl, changed)
    return {}


# --- entries of five members ------------------------------------------------------------------------------


def _five(call: Call, given: Mapping[str, Any], direction: Direction) -> dict[str, Any]:
    protocol = _protocol(given)
    refuse(call, "SourceIPv6Cidr", "DestinationIPv6Cidr", within=given, path="NetworkAclQuintupleSet.")
    return {
        "Protocol": protocol,
        "Description": params.text(given, "Description", params.DESCRIPTION),
        "SourcePort": _port(given, "SourcePort", protocol),
        "SourceCidr": _cidr(given, "SourceCidr", 4),
        "DestinationPort": _port(given, "DestinationPort", protocol),
        "DestinationCidr": _cidr(given, "DestinationCidr", 4),
        "Action": _action(given),
        "NetworkAclQuintupleEntryId": call.world.mint.resource("acli45"),
        "CreateTime": china_time(call.now),
        "NetworkAclDirection": direction.upper(),
    }


def _modify_five(call: Call) -> Result:
    acl = params.given(call, NETWORK_ACL)
    if acl["NetworkAclType"] != "QUINTUPLE":
        raise _other_type(acl)
    changed = dict(_fives(call, acl["NetworkAclId"]))
    given = call.params["NetworkAclQuintupleSet"]
    for direction in DIRECTIONS:
        if given.get(direction) is not None:
            entries = [_five(call, each, direction) for each in given[direction]]
            limits.check_room(MOST[direction], 0, len(entries))
            changed[direction] = _numbered(entries)
    call.world.write(FIVE, call.region).put(acl["NetworkAclId"], Row(changed))
    return {}


def _fives(call: Call, acl: str) -> Mapping[str, Sequence[Value]]:
    row = call.world.read(FIVE, call.region).get(acl)
    return row.value if row is not None else {direction: [] for direction in DIRECTIONS}


# Documented: the names.
_FILTERS = {
    "protocol": "Protocol",
    "description": "Description",
    "destination-cidr": "DestinationCidr",
    "source-cidr": "SourceCidr",
    "action": "Action",
    "network-acl-quintuple-entry-id": "NetworkAclQuintupleEntryId",
    "network-acl-direction": "NetworkAclDirection",
}


def describe_network_acl_quintuple_entries(call: Call) -> Result:
    """The entries of an ACL of five members, inwards before outwards."""
    acl = params.given(call, NETWORK_ACL)["NetworkAclId"]
    wants = [(each["Name"], each["Values"]) for each in call.params.get("Filters") or ()]
    for name, _ in wants:
        if name not in _FILTERS:
            raise errors.MANNERS.unknown_filter(name)
    found = [
        entry
        for direction in DIRECTIONS
        for entry in _fives(call, acl)[direction]
        if all(entry[_FILTERS[name]] in values for name, values in wants)
    ]
    start, limit = window(call.params, paging(call.action), Window(), errors.MANNERS)
    page = found[start : None if limit is None else start + limit]
    return {"NetworkAclQuintupleSet": page, "TotalCount": len(found)}


def _no_order(name: str, value: object) -> ApiError:
    # Documented: ModifyTime sorts too. No answer shows it, and nothing keeps it here.
    if value == "ModifyTime":
        return not_emulated("vpc:DescribeNetworkAcls", "the order by ModifyTime is not served yet.")
    return unknown_order(name, value)


_ONE = asking((NETWORK_ACL, "NetworkAclId"))
_WITH_SUBNETS = asking((NETWORK_ACL, "NetworkAclId"), (SUBNET, "SubnetIds"))
ACTIONS = (
    Lists(
        action="DescribeNetworkAcls",
        of=NETWORK_ACL,
        ids="NetworkAclIds",
        filters={
            "vpc-id": "VpcId",
            "network-acl-id": "NetworkAclId",
            "network-acl-name": "NetworkAclName",
        },
        orders={
            "NetworkAclId": "NetworkAclId",
            "NetworkAclName": "NetworkAclName",
            "CreatedTime": "CreatedTime",
        },
        sort=Sort(unknown=_no_order),
        shown=shown_acl,
        manners=errors.MANNERS,
    ),
    Does(
        action="CreateNetworkAcl",
        run=create_network_acl,
        home="region",
        asks=asking((VPC, "VpcId"), (NETWORK_ACL,)),
    ),
    Does(action="DeleteNetworkAcl", run=delete_network_acl, home="region", asks=_ONE),
    Does(action="ModifyNetworkAclAttribute", run=modify_network_acl_attribute, home="region", asks=_ONE),
    Does(action="ModifyNetworkAclEntries", run=modify_network_acl_entries, home="region", asks=_ONE),
    Does(action="CreateNetworkAclEntries", run=create_network_acl_entries, home="region", asks=_ONE),
    Does(action="DeleteNetworkAclEntries", run=delete_network_acl_entries, home="region", asks=_ONE),
    Does(
        action="DescribeNetworkAclQuintupleEntries",
        run=describe_network_acl_quintuple_entries,
        home="region",
        asks=_ONE,
    ),
    Does(
        action="AssociateNetworkAclSubnets",
        run=associate_network_acl_subnets,
        home="region",
        asks=_WITH_SUBNETS,
    ),
    Does(
        action="DisassociateNetworkAclSubnets",
        run=disassociate_network_acl_subnets,
        home="region",
        asks=_WITH_SUBNETS,
    ),
)
