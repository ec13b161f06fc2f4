"""Security groups with their rules inline, as the database products show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.tables.call import Call


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its source or target, an address or another group's id."""

    action: str
    address: str
    group: str
    port: str
    protocol: str
    note: str


@dataclass(frozen=True, slots=True)
class Guard:
    """A security group of the network, and its rules in order."""

    id: str
    name: str
    note: str
    created: str
    inbound: tuple[Rule, ...]
    outbound: tuple[Rule, ...]


def guards(call: Call, groups: Iterable[str]) -> Iterator[Guard]:
    """These security groups as the network has them now; those that are gone are left out."""
    rows = call.world.read("vpc.securitygroup", call.region)
    policies = call.world.read("vpc.securitygrouppolicy", call.region)
    for group in groups:
        row, rules = rows.get(group), policies.get(group)
        if row is not None:
            given = rules.value["SecurityGroupPolicySet"] if rules is not None else {}
            yield Guard(
                group,
                row.value["SecurityGroupName"],
                row.value["SecurityGroupDesc"],
                row.value["CreatedTime"],
                _rules(given.get("Ingress") or ()),
                _rules(given.get("Egress") or ()),
            )


def _rules(policies: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            policy["Action"],
            policy.get("CidrBlock") or policy.get("Ipv6CidrBlock") or "",
            policy.get("SecurityGroupId") or "",
            # Assumed: databases write all ports in capitals, as the network does for protocols.
            "ALL" if policy["Port"].lower() == "all" else policy["Port"],
            policy["Protocol"],
            policy.get("PolicyDescription") or "",
        )
        for policy in policies
    )
