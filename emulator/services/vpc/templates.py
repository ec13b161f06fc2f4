"""Templates for rules: addresses and services by name, and groups of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from emulator.errors import missing_parameter
from emulator.services.vpc import errors, params, rules, tasks
from emulator.services.vpc.tables import (
    ADDRESS_TEMPLATE,
    ADDRESS_TEMPLATE_GROUP,
    SERVICE_TEMPLATE,
    SERVICE_TEMPLATE_GROUP,
)
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Rule, Table
from emulator.tables.writing import Value, add, change, fresh_id, remove
from emulator.world.clock import china_time

MOST_MEMBERS, MOST_TEMPLATES = 20, 100
"""Observed, in an official example: members of a template or group. Assumed: templates of a kind."""
_TASK_SECONDS = 2.0
"""Assumed: how long a change takes to reach the rules."""
_SERVICE = re.compile(
    r"(?P<protocol>tcp|udp|icmp|gre)(:\s*(?P<ports>all|\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*))?",
    re.IGNORECASE,
)


def _is_address(text: str) -> bool:
    """Whether a text is an address, a network, or a range of addresses."""
    low, hyphen, high = text.partition("-")
    try:
        if not hyphen:
            ip_network(text, strict=False)
            return True
        first, last = ip_address(low), ip_address(high)
    except ValueError:
        return False
    return first.version == last.version and int(first) <= int(last)


def _is_service(text: str) -> bool:
    """Whether a text is a protocol, with ports if it has some."""
    found = _SERVICE.fullmatch(text)
    if found is None:
        return False
    if found["protocol"].lower() in ("icmp", "gre"):
        return found["ports"] in (None, "all", "ALL")
    return found["ports"] is not None and all(
        int(number) <= 65535 for number in re.findall(r"\d+", found["ports"])
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of template: how its parameters and members are called, and where rules name it."""

    table: Table
    word: str
    """``AddressTemplate``: with Name or Id behind it, the members; with Create before it, the action."""
    reference: tuple[str, str]
    """The member of a rule that names it, and the one therein."""
    plain: str
    """The parameter with its members as texts."""
    noted: str = ""
    """The parameter with its members and notes, and what both are called there."""
    member: str = ""
    shown: str = ""
    shown_noted: str = ""
    is_valid: Callable[[str], bool] = bool
    of: Table | None = None
    """What a group's members are."""


ADDRESSES = Kind(
    table=ADDRESS_TEMPLATE,
    word="AddressTemplate",
    reference=("AddressTemplate", "AddressId"),
    plain="Addresses",
    noted="AddressesExtra",
    member="Address",
    shown="AddressSet",
    shown_noted="AddressExtraSet",
    is_valid=_is_address,
)
SERVICES = Kind(
    table=SERVICE_TEMPLATE,
    word="ServiceTemplate",
    reference=("ServiceTemplate", "ServiceId"),
    plain="Services",
    noted="ServicesExtra",
    member="Service",
    shown="ServiceSet",
    shown_noted="ServiceExtraSet",
    is_valid=_is_service,
)
ADDRESS_GROUPS = Kind(
    table=ADDRESS_TEMPLATE_GROUP,
    word="AddressTemplateGroup",
    reference=("AddressTemplate", "AddressGroupId"),
    plain="AddressTemplateIds",
    shown="AddressTemplateIdSet",
    of=ADDRESS_TEMPLATE,
)
SERVICE_GROUPS = Kind(
    table=SERVICE_TEMPLATE_GROUP,
    word="ServiceTemplateGroup",
    reference=("ServiceTemplate", "ServiceGroupId"),
    plain="ServiceTemplateIds",
    shown="ServiceTemplateIdSet",
    of=SERVICE_TEMPLATE,
)
KINDS = (ADDRESSES, SERVICES, ADDRESS_GROUPS, SERVICE_GROUPS)


def _members(call: Call, kind: Kind) -> dict[str, object] | None:
    """The members that a request gives, as the row keeps them; None if it gives none."""
    plain: Sequence[str] = call.params.get(kind.plain) or ()
    noted: Sequence[Mapping[str, Any]] = (call.params.get(kind.noted) or ()) if kind.noted else ()
    # Documented: one of the two.
    if plain and noted:
        raise errors.coexist(kind.plain, kind.noted)
    if not plain and not noted:
        return None
    texts = [*plain, *(each[kind.member] for each in noted)]
    if len(texts) > MOST_MEMBERS:
        raise errors.full(f"members of {kind.word}", MOST_MEMBERS)
    if len(set(texts)) < len(texts):
        raise errors.duplicate(kind.plain)
    if kind.of is not None:
        for text in texts:
            params.existing(call, kind.of, text)
        return {kind.shown: texts}
    for text in texts:
        if not kind.is_valid(text):
            raise errors.malformed(kind.plain, f"{kind.member.lower()}s, not {text}")
    now = china_time(call.now)
    notes = [params.text(each, "Description", params.DESCRIPTION) for each in noted] or [""] * len(texts)
    extra = [
        {kind.member: text, "Description": note, "UpdatedTime": now}
        for text, note in zip(texts, notes, strict=True)
    ]
    return {kind.shown: texts, kind.shown_noted: extra}


def _create(kind: Kind) -> Callable[[Call], Result]:
    def create(call: Call) -> Result:
        name, tags, members = (
            params.named(call.params, f"{kind.word}Name"),
            params.tags(call),
            _members(call, kind),
        )
        if members is None:
            raise missing_parameter(kind.plain)
        if len(call.world.read(kind.table.name)) >= MOST_TEMPLATES:
            raise errors.full(kind.word, MOST_TEMPLATES)
        now = china_time(call.now)
        row = {
            kind.table.key: fresh_id(call, kind.table),
            f"{kind.word}Name": name,
            "CreatedTime": now,
            "UpdatedTime": now,
            "TagSet": tags,
            **members,
        }
        return {kind.word: _shown(kind)(call, add(call, kind.table, row))}

    return create


def _modify(kind: Kind) -> Callable[[Call], Result]:
    def modify(call: Call) -> Result:
        template, members = params.given(call, kind.table), _members(call, kind)
        changes: dict[str, object] = members or {}
        if call.params.get(f"{kind.word}Name"):
            changes[f"{kind.word}Name"] = params.text(call.params, f"{kind.word}Name")
        change(call, kind.table, template[kind.table.key], **changes, UpdatedTime=china_time(call.now))
        tasks.begin(call, _TASK_SECONDS)
        return {}

    return modify


def _delete(kind: Kind) -> Callable[[Call], Result]:
    def delete(call: Call) -> Result:
        key = params.given(call, kind.table)[kind.table.key]
        # Assumed: what rules or groups name cannot go.
        for user in _users(call, kind, key):
            raise errors.in_use(kind.word, key, user)
        remove(call, kind.table, key)
        tasks.begin(call, _TASK_SECONDS)
        return {}

    return delete


def _users(call: Call, kind: Kind, key: str) -> list[str]:
    """What names a template: groups of templates, and security groups of every region."""
    groups = [other for other in KINDS if other.of is kind.table]
    found = [
        str(row.value[group.table.key])
        for group in groups
        for row in call.world.read(group.table.name).index(group.shown).get(key, ())
    ]
    outer, inner = kind.reference
    for region in call.world.places(rules.RULES):
        for row in call.world.read(rules.RULES, region):
            given = row.value["SecurityGroupPolicySet"]
            if any(
                (rule.get(outer) or {}).get(inner) == key for rule in (*given["Egress"], *given["Ingress"])
            ):
                found.append(row.value["SecurityGroupId"])
    return found


def _shown(kind: Kind) -> Callable[[Call, Value], Value]:
    """A template as calls show it: a group with its members as they are now, all in the order asked for."""

    def shown(call: Call, row: Value) -> Value:
        if kind.of is None:
            return {**row, kind.shown_noted: _in_order(call, row[kind.shown_noted], kind.member)}
        members = [call.world.read(kind.of.name).get(key) for key in row[kind.shown]]
        there = [member.value for member in members if member is not None]
        if kind.of is ADDRESS_TEMPLATE:
            items = [
                {
                    "AddressTemplateId": each["AddressTemplateId"],
                    "AddressTemplateName": each["AddressTemplateName"],
                    "UpdatedTime": each["UpdatedTime"],
                    # Documented: out of use.
                    "From": "",
                    "To": "",
                }
                for each in there
            ]
            return {**row, "AddressTemplateSet": _in_order(call, items, "AddressTemplateId")}
        return {**row, "ServiceTemplateSet": _in_order(call, there, "ServiceTemplateId")}

    return shown


def _in_order(call: Call, members: Sequence[Value], name: str) -> Sequence[Value]:
    by = call.params.get("MemberOrderField")
    if not by:
        return members
    # Documented: these two.
    path = {name: name, "UpdateTime": "UpdatedTime"}.get(by)
    if path is None:
        raise errors.bad_value("MemberOrderField", f"{name} or UpdateTime")
    descends = call.params.get("MemberOrderDirection") == "DESC"
    return sorted(members, key=lambda each: str(each.get(path) or ""), reverse=descends)


# Documented: the filters. Assumed: that they match whole values.
_FILTERS: Mapping[str, Mapping[str, Rule]] = {
    "AddressTemplate": {
        "address-template-name": "AddressTemplateName",
        "address-template-id": "AddressTemplateId",
        "address-ip": "AddressSet",
    },
    "ServiceTemplate": {
        "service-template-name": "ServiceTemplateName",
        "service-template-id": "ServiceTemplateId",
        "service-port": "ServiceSet",
    },
    "AddressTemplateGroup": {
        "address-template-group-name": "AddressTemplateGroupName",
        "address-template-group-id": "AddressTemplateGroupId",
    },
    "ServiceTemplateGroup": {
        "service-template-group-name": "ServiceTemplateGroupName",
        "service-template-group-id": "ServiceTemplateGroupId",
    },
}


def _actions(kind: Kind) -> tuple[Lists | Does, ...]:
    one = asking((kind.table, kind.table.key))
    members = () if kind.of is None else ((kind.of, kind.plain),)
    return (
        Lists(
            action=f"Describe{kind.word}s",
            of=kind.table,
            filters=_FILTERS[kind.word],
            orders={
                kind.table.key: kind.table.key,
                "CreatedTime": "CreatedTime",
                "UpdateTime": "UpdatedTime",
            },
            # Assumed: the marks of members are always shown.
            ignores=("NeedMemberInfo", "MemberOrderField", "MemberOrderDirection"),
            shown=_shown(kind),
            manners=errors.MANNERS,
        ),
        Does(action=f"Create{kind.word}", run=_create(kind), asks=asking((kind.table,), *members)),
        Does(action=f"Modify{kind.word}Attribute", run=_modify(kind), asks=one),
        Does(action=f"Delete{kind.word}", run=_delete(kind), asks=one),
    )


def describe_template_limits(_call: Call) -> Result:
    """How many members templates and groups may have."""
    return {"TemplateLimit": {f"{kind.word}MemberLimit": MOST_MEMBERS for kind in KINDS}}


ACTIONS = (
    *(action for kind in KINDS for action in _actions(kind)),
    # Assumed: asked about at operation level.
    Does(action="DescribeTemplateLimits", run=describe_template_limits, home="region"),
)
