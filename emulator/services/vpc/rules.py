"""The rules of security groups: ordered, versioned, and held against what they name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Literal

from emulator.errors import ApiError, missing_parameter
from emulator.services.vpc import errors, limits, params
from emulator.services.vpc.tables import (
    ADDRESS_TEMPLATE,
    ADDRESS_TEMPLATE_GROUP,
    SERVICE_TEMPLATE,
    SERVICE_TEMPLATE_GROUP,
)
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.shared import SECURITY_GROUP
from emulator.tables.writing import Value, change, refuse
from emulator.world.clock import china_time
from emulator.world.shelves import Row

RULES = "vpc.securitygrouppolicy"
Direction = Literal["Ingress", "Egress"]
DIRECTIONS: tuple[Direction, ...] = ("Egress", "Ingress")
PROTOCOLS = frozenset({"TCP", "UDP", "ICMP", "ICMPV6", "GRE", "ALL"})
"""Documented."""
_WITH_PORTS = frozenset({"TCP", "UDP"})
_PORTS = re.compile(r"\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*")
MY_ADDRESS, MY_NOTE = "MY_PUBLIC_IP", "Replaced-From-MY_PUBLIC_IP"
"""Documented: what stands for the caller's own address, and what is noted then."""
_SOURCES = ("CidrBlock", "Ipv6CidrBlock", "SecurityGroupId", "AddressTemplate")
_TEMPLATES = {
    "AddressId": ADDRESS_TEMPLATE,
    "AddressGroupId": ADDRESS_TEMPLATE_GROUP,
    "ServiceId": SERVICE_TEMPLATE,
    "ServiceGroupId": SERVICE_TEMPLATE_GROUP,
}
# Observed: acceptance tests of terraform-provider-tencentcloud put two rules into a group that differ in
# nothing but what is said of them.
_SAME = ("Action", "Protocol", "Port", "ServiceTemplate", *_SOURCES, "PolicyDescription")
"""What two rules must share to be one and the same."""


# --- one rule ---------------------------------------------------------------------------------------------


def _filled(template: Mapping[str, Any] | None) -> dict[str, str]:
    """What a template reference names, if it names anything."""
    return {name: key for name, key in (template or {}).items() if key}


def read_rule(call: Call, group: Value, given: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as it is kept, made of what a request says.

    Raises:
        ApiError: what is said excludes itself, makes no sense, or names what does not exist.
    """
    action = str(given.get("Action") or "").upper()
    # Documented: these two.
    if action not in ("ACCEPT", "DROP"):
        raise errors.bad_value("Action", "ACCEPT or DROP")
    service = _read_service(call, given)
    source = _read_source(call, group, given, service["Protocol"])
    refuse(call, "Priority", within=given, path="SecurityGroupPolicySet.")
    note = params.text(given, "PolicyDescription", params.DESCRIPTION)
    if MY_ADDRESS in (given.get("CidrBlock"), given.get("Ipv6CidrBlock")):
        note = note or MY_NOTE
    return {
        **service,
        **source,
        "Action": action,
        "PolicyDescription": note,
        "ModifyTime": china_time(call.now),
    }


def _read_service(call: Call, given: Mapping[str, Any]) -> dict[str, Any]:
    template = _filled(given.get("ServiceTemplate"))
    protocol, port = str(given.get("Protocol") or "").upper(), str(given.get("Port") or "")
    if template:
        # Documented: a template excludes both.
        if protocol or port:
            raise errors.coexist("ServiceTemplate", "Protocol")
        _check_template(call, template)
        return {
            "Protocol": "",
            "Port": "",
            "ServiceTemplate": {"ServiceId": "", "ServiceGroupId": "", **template},
        }
    # Observed: terraform-provider-tencentcloud names neither where all traffic is meant, and reads ALL, ALL.
    if not protocol and port.lower() in ("", "all"):
        protocol = "ALL"
    if not protocol:
        raise missing_parameter("Protocol")
    if protocol not in PROTOCOLS:
        raise errors.bad_value("Protocol", f"one of {', '.join(sorted(PROTOCOLS))}")
    return {
        "Protocol": protocol,
        "Port": _read_port(protocol, port),
        "ServiceTemplate": {"ServiceId": "", "ServiceGroupId": ""},
    }


def _read_port(protocol: str, port: str) -> str:
    # Observed: terraform-provider-tencentcloud reads ALL where it named no port. Assumed: who names all of
    # them reads what was written.
    if port.lower() in ("", "all"):
        return port or "ALL"
    # Documented: ports beside TCP and UDP only.
    if protocol not in _WITH_PORTS:
        raise errors.coexist("Protocol", "Port")
    if not _PORTS.fullmatch(port):
        raise errors.malformed("Port", "all, a port, a range such as 8000-8010, or several with commas")
    for part in port.split(","):
        low, _, high = part.partition("-")
        if not int(low) <= int(high or low) <= 65535:
            raise errors.out_of_range("Port", "ports up to 65535 in ascending order")
    return port


def _read_source(call: Call, group: Value, given: Mapping[str, Any], protocol: str) -> dict[str, Any]:
    template = _filled(given.get("AddressTemplate"))
    named = [name for name in _SOURCES[:3] if given.get(name)] + ["AddressTemplate"] * bool(template)
    # Documented: they exclude each other. Assumed: one of them has to be there.
    if len(named) > 1:
        raise errors.coexist(named[0], named[1])
    if not named:
        raise missing_parameter("CidrBlock")
    found: dict[str, Any] = {
        "CidrBlock": "",
        "Ipv6CidrBlock": "",
        "SecurityGroupId": "",
        "AddressTemplate": {"AddressId": "", "AddressGroupId": "", **template},
    }
    match named[0]:
        case "CidrBlock":
            found["CidrBlock"] = _read_cidr(call, given["CidrBlock"])
        case "Ipv6CidrBlock":
            # Documented: ICMP has a name of its own there.
            if protocol == "ICMP":
                raise errors.coexist("Ipv6CidrBlock", "Protocol")
            found["Ipv6CidrBlock"] = _read_cidr6(call, given["Ipv6CidrBlock"])
        case "SecurityGroupId":
            other = params.existing(call, SECURITY_GROUP, given["SecurityGroupId"])
            # Documented: of the same project.
            if other["ProjectId"] != group["ProjectId"]:
                raise errors.bad_value("SecurityGroupId", "a group of the same project")
            found["SecurityGroupId"] = other["SecurityGroupId"]
        case _:
            _check_template(call, template)
    return found


def _check_template(call: Call, template: Mapping[str, str]) -> None:
    for name, key in template.items():
        params.existing(call, _TEMPLATES[name], key)


def _read_cidr(call: Call, text: str) -> str:
    if text == MY_ADDRESS:
        text = call.caller.peer
    try:
        network = IPv4Network(text, strict=False)
    except ValueError as reason:
        raise errors.malformed("CidrBlock", "an IPv4 address or network") from reason
    # Documented: 0.0.0.0/n is 0.0.0.0/0 whatever n.
    is_all = "/" in text and int(network.network_address) == 0
    return "0.0.0.0/0" if is_all else text


def _read_cidr6(call: Call, text: str) -> str:
    if text == MY_ADDRESS:
        text = call.caller.peer
    try:
        IPv6Network(text, strict=False)
    except ValueError as reason:
        raise errors.malformed("Ipv6CidrBlock", "an IPv6 address or network") from reason
    return text


def _is_same(rule: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(
        _filled(rule.get(name)) == _filled(other.get(name))
        if name.endswith("Template")
        else str(rule.get(name) or "").lower() == str(other.get(name) or "").lower()
        for name in _SAME
    )


# --- all rules of a group ---------------------------------------------------------------------------------


def rules_of(call: Call, group: str) -> Value:
    """The rules of a group that exists; none for one that somebody put there without."""
    row = call.world.read(RULES, call.region).get(group)
    return (
        row.value["SecurityGroupPolicySet"]
        if row is not None
        else _counted("0", {"Egress": [], "Ingress": []})
    )


def _counted(version: str, sides: Mapping[str, Sequence[Value]]) -> Value:
    def count(direction: Direction, is_six: bool) -> int:
        return sum(bool(rule.get("Ipv6CidrBlock")) == is_six for rule in sides[direction])

    return {
        "Version": version,
        "Egress": _indexed(sides["Egress"]),
        "Ingress": _indexed(sides["Ingress"]),
        "PolicyStatistics": {
            "IngressIPv4TotalCount": count("Ingress", False),
            "IngressIPv6TotalCount": count("Ingress", True),
            "EgressIPv4TotalCount": count("Egress", False),
            "EgressIPv6TotalCount": count("Egress", True),
        },
    }


def _indexed(rules: Sequence[Value]) -> list[Value]:
    return [{**rule, "PolicyIndex": index} for index, rule in enumerate(rules)]


def _check_rules(rules: Sequence[Value]) -> None:
    """See that the rules of one direction are none twice, and not too many."""
    for at, rule in enumerate(rules):
        if any(_is_same(rule, other) for other in rules[:at]):
            raise errors.unsupported("DuplicatePolicy", "The security group has this rule already.")
    if len(rules) > limits.RULES:
        raise ApiError(
            "LimitExceeded.SecurityGroupPolicySet",
            f"The number of rules of a security group exceeds the limit of {limits.RULES}.",
        )
    if sum(bool(rule.get("SecurityGroupId")) for rule in rules) > limits.NESTED:
        raise errors.full("security groups in rules", limits.NESTED)


def put_rules(call: Call, group: str, version: str, sides: Mapping[str, Sequence[Value]]) -> None:
    """Keep the rules of a group; what is wrong with all of them together is refused first."""
    for direction in DIRECTIONS:
        _check_rules(sides[direction])
    value = {"SecurityGroupId": group, "SecurityGroupPolicySet": _counted(version, sides)}
    call.world.write(RULES, call.region).put(group, Row(value))


def _next(rules: Value) -> str:
    """The version of rules once they are changed."""
    # Documented: every change adds one to the version.
    return str(int(rules["Version"]) + 1)


def _begin(call: Call, *, may_be_next: bool = False) -> tuple[Value, Value, Mapping[str, Any]]:
    """The group, its rules, and what the request wants of them, whose version still holds."""
    group = params.given(call, SECURITY_GROUP)
    rules, wanted = rules_of(call, group["SecurityGroupId"]), call.params["SecurityGroupPolicySet"]
    version = wanted.get("Version")
    # Documented: a version that is given has to be the present one.
    holding = {None, "", rules["Version"]} | ({_next(rules)} if may_be_next else set())
    if version not in holding:
        raise errors.unsupported(
            "VersionMismatch", f"The version `{version}` is not the present one, {rules['Version']}."
        )
    return group, rules, wanted


def _finish(call: Call, group: Value, rules: Value, **sides: Sequence[Value]) -> Result:
    key = group["SecurityGroupId"]
    put_rules(call, key, _next(rules), {**rules, **sides})
    # Assumed: rules are a part of the group, whose time of change they move.
    change(call, SECURITY_GROUP, key, UpdateTime=china_time(call.now))
    return {}


def _one_side(wanted: Mapping[str, Any]) -> tuple[Direction, Sequence[Mapping[str, Any]]]:
    """The one direction that a request may speak of, and what it says."""
    # Documented: one direction a request.
    if wanted.get("Ingress") and wanted.get("Egress"):
        raise errors.coexist("SecurityGroupPolicySet.Ingress", "SecurityGroupPolicySet.Egress")
    for direction in DIRECTIONS:
        if wanted.get(direction):
            return direction, wanted[direction]
    raise ApiError("InvalidParameterValue.Empty", "The parameter `SecurityGroupPolicySet` holds no rule.")


def _index(given: Mapping[str, Any], count: int) -> int:
    index = given.get("PolicyIndex")
    if index is None:
        raise missing_parameter("PolicyIndex")
    if not 0 <= index < count:
        raise errors.out_of_range(
            "PolicyIndex", f"0 to {count - 1}" if count else "no index: there are no rules"
        )
    return int(index)


def create_security_group_policies(call: Call) -> Result:
    """Add rules in one direction: at a place, or behind the others."""
    group, rules, wanted = _begin(call)
    direction, given = _one_side(wanted)
    there: list[Value] = list(rules[direction])
    at = _insertion(given, len(there))
    new = [read_rule(call, group, each) for each in given]
    return _finish(call, group, rules, **{direction: [*there[:at], *new, *there[at:]]})


def _insertion(given: Sequence[Mapping[str, Any]], count: int) -> int:
    # Documented: one index for all of them, or none, which is behind the last rule.
    indexes = {each.get("PolicyIndex") for each in given}
    if len(indexes) > 1:
        raise errors.bad_value("PolicyIndex", "the same in all rules of a request")
    index = indexes.pop()
    return count if index is None else _index({"PolicyIndex": index}, count + 1)


def new_rules(call: Call, group: Value, wanted: Mapping[str, Any]) -> dict[str, list[Value]]:
    """The rules that a new group begins with, both directions at once."""
    sides: dict[str, list[Value]] = {}
    for direction in DIRECTIONS:
        given = wanted.get(direction) or ()
        # Assumed: where rules are numbered through, as in the official example, that is their order.
        ordered = sorted(
            given, key=lambda each: -1 if each.get("PolicyIndex") is None else each["PolicyIndex"]
        )
        sides[direction] = [read_rule(call, group, each) for each in ordered]
    return sides


def delete_security_group_policies(call: Call) -> Result:
    """Take rules of one direction away: by their indexes, or by what they say."""
    group, rules, wanted = _begin(call)
    direction, given = _one_side(wanted)
    there: Sequence[Value] = rules[direction]
    by_index = [each.get("PolicyIndex") is not None for each in given]
    # Documented: one way of naming them a request.
    if any(by_index) != all(by_index):
        raise errors.coexist("PolicyIndex", "Action")
    if all(by_index):
        gone = {_index(each, len(there)) for each in given}
    else:
        gone = {_matching(there, each) for each in given}
    kept = [rule for at, rule in enumerate(there) if at not in gone]
    return _finish(call, group, rules, **{direction: kept})


def _matching(rules: Sequence[Value], given: Mapping[str, Any]) -> int:
    """The index of the first rule that is what a request describes."""
    wanted = {name: given[name] for name in _SAME if given.get(name) not in (None, "")}
    for at, rule in enumerate(rules):
        if all(
            _filled(rule.get(name)) == _filled(value)
            if name.endswith("Template")
            else str(rule.get(name) or "").lower() == str(value).lower()
            for name, value in wanted.items()
        ):
            return at
    raise errors.absent("security group rule")(" ".join(str(value) for value in wanted.values()))


def replace_security_group_policy(call: Call) -> Result:
    """Put another rule in the place of one."""
    # Documented: OriginalSecurityGroupPolicySet is for logs only here.
    group, rules, wanted = _begin(call)
    direction, given = _one_side(wanted)
    if len(given) > 1:
        raise errors.too_many(f"SecurityGroupPolicySet.{direction}", 1)
    return _finish(call, group, rules, **{direction: _replaced(call, group, rules[direction], given)})


def _replaced(
    call: Call, group: Value, rules: Sequence[Value], given: Sequence[Mapping[str, Any]]
) -> list[Value]:
    changed = list(rules)
    for each in given:
        changed[_index(each, len(rules))] = read_rule(call, group, each)
    return changed


def replace_security_group_policies(call: Call) -> Result:
    """Put other rules in the places of some, move some, or both."""
    group, rules, wanted = _begin(call)
    direction, given = _one_side(wanted)
    there: Sequence[Value] = rules[direction]
    match call.params.get("UpdateType") or "Policy":
        case "Policy":
            changed = _replaced(call, group, there, given)
        case "Priority":
            changed = _moved(there, _origins(call, direction, given, there), given, None)
        case "Both":
            new = [read_rule(call, group, each) for each in given]
            changed = _moved(there, _origins(call, direction, given, there), given, new)
        case _:
            # Documented: these three.
            raise errors.bad_value("UpdateType", "Policy, Priority or Both")
    return _finish(call, group, rules, **{direction: changed})


def _origins(
    call: Call, direction: Direction, given: Sequence[Mapping[str, Any]], there: Sequence[Value]
) -> list[int]:
    """Where the rules stand that a request moves."""
    original = (call.params.get("OriginalSecurityGroupPolicySet") or {}).get(direction) or ()
    # Documented: as many as there are new ones, in the same order.
    if len(original) != len(given):
        raise errors.bad_value("OriginalSecurityGroupPolicySet", "as many rules as SecurityGroupPolicySet")
    found = [_index(each, len(there)) for each in original]
    if len(set(found)) < len(found):
        raise errors.duplicate("OriginalSecurityGroupPolicySet")
    return found


def _moved(
    there: Sequence[Value],
    origins: Sequence[int],
    given: Sequence[Mapping[str, Any]],
    new: Sequence[Value] | None,
) -> list[Value]:
    targets = [_index(each, len(there)) for each in given]
    moving = [there[at] for at in origins] if new is None else new
    rest = [rule for at, rule in enumerate(there) if at not in origins]
    for target, rule in sorted(zip(targets, moving, strict=True), key=lambda pair: pair[0]):
        rest.insert(target, rule)
    return rest


def modify_security_group_policies(call: Call) -> Result:
    """Give a group other rules in both directions."""
    wanted = call.params["SecurityGroupPolicySet"]
    # Documented: version 0 empties the group, whatever else is said.
    if wanted.get("Version") == "0":
        group = params.given(call, SECURITY_GROUP)
        return _finish(call, group, rules_of(call, group["SecurityGroupId"]), Egress=[], Ingress=[])
    # Observed: terraform-provider-tencentcloud gives the version that the rules are to have afterwards.
    group, rules, wanted = _begin(call, may_be_next=True)
    if not wanted.get("Ingress") and not wanted.get("Egress"):
        raise ApiError("InvalidParameterValue.Empty", "The parameter `SecurityGroupPolicySet` holds no rule.")
    sides: dict[str, list[Value]] = {}
    for direction in DIRECTIONS:
        # Assumed: a direction of which nothing is said has no rules from then on.
        given = wanted.get(direction) or ()
        # Documented: indexes are not supported.
        if any(each.get("PolicyIndex") is not None for each in given):
            raise errors.bad_value("PolicyIndex", "none: the rules are reset as a whole")
        sides[direction] = [read_rule(call, group, each) for each in given]
        if not call.params.get("SortPolicys"):
            sides[direction] = _in_old_order(rules[direction], sides[direction])
    return _finish(call, group, rules, **sides)


def _in_old_order(before: Sequence[Value], after: Sequence[Value]) -> list[Value]:
    """Rules of which those that were there stand among each other as before, the new ones where they are."""

    def place(rule: Value) -> int | None:
        return next((at for at, old in enumerate(before) if _is_same(old, rule)), None)

    # Documented: without SortPolicys the order does not change. Observed: a new rule stands where the request
    # has it, as acceptance tests of terraform-provider-tencentcloud show.
    places = [place(rule) for rule in after]
    old = iter(sorted(at for at in places if at is not None))
    by_place = {at: rule for at, rule in zip(places, after, strict=True) if at is not None}
    return [rule if at is None else by_place[next(old)] for at, rule in zip(places, after, strict=True)]


# --- reading ----------------------------------------------------------------------------------------------


def describe_security_group_policies(call: Call) -> Result:
    """The ordered rules of one security group, and their version."""
    group = call.params["SecurityGroupId"]
    if call.world.read(SECURITY_GROUP.name, call.region).get(group) is None:
        raise errors.absent("security group")(group)
    rules = rules_of(call, group)
    wants = [
        (given.get("Name") or "", given.get("Values") or []) for given in call.params.get("Filters") or ()
    ]
    for name, _ in wants:
        if name not in _RULE_FILTERS:
            raise errors.MANNERS.unknown_filter(name)
    directions = {
        direction: [rule for rule in rules[direction] if _rule_passes(rule, direction, wants)]
        for direction in DIRECTIONS
    }
    return {"SecurityGroupPolicySet": {**rules, **directions}}


# Documented: these filters, and that ip, port and description are fuzzy.
_RULE_FILTERS: Mapping[str, Callable[[Mapping[str, Any], str, str], bool]] = {
    "security-group-id": lambda rule, _direction, text: rule.get("SecurityGroupId") == text,
    "ip": lambda rule, _direction, text: (
        text in f"{rule.get('CidrBlock') or ''} {rule.get('Ipv6CidrBlock') or ''}"
    ),
    "protocol-type": lambda rule, _direction, text: str(rule.get("Protocol") or "").upper() == text.upper(),
    "port": lambda rule, _direction, text: text.upper() == "ALL" or text in str(rule.get("Port") or ""),
    "poly": lambda rule, _direction, text: text.upper() in ("ALL", str(rule.get("Action") or "").upper()),
    "direction": lambda _rule, direction, text: (
        text.upper() in ("ALL", "INBOUND" if direction == "Ingress" else "OUTBOUND")
    ),
    "description": lambda rule, _direction, text: text in str(rule.get("PolicyDescription") or ""),
    "address-module": lambda rule, _direction, text: _names(rule.get("AddressTemplate"), text),
    "service-module": lambda rule, _direction, text: _names(rule.get("ServiceTemplate"), text),
}


def _names(template: Mapping[str, Any] | None, text: str) -> bool:
    return text in _filled(template).values()


def _rule_passes(rule: Mapping[str, Any], direction: str, wants: Sequence[tuple[str, Sequence[str]]]) -> bool:
    return all(any(_RULE_FILTERS[name](rule, direction, text) for text in texts) for name, texts in wants)


_ONE = asking((SECURITY_GROUP, "SecurityGroupId"))
ACTIONS = tuple(
    Does(action=action, run=run, home="region", asks=_ONE)
    for action, run in (
        ("DescribeSecurityGroupPolicies", describe_security_group_policies),
        ("CreateSecurityGroupPolicies", create_security_group_policies),
        ("DeleteSecurityGroupPolicies", delete_security_group_policies),
        ("ReplaceSecurityGroupPolicy", replace_security_group_policy),
        ("ReplaceSecurityGroupPolicies", replace_security_group_policies),
        ("ModifySecurityGroupPolicies", modify_security_group_policies),
    )
)
