"""Addresses are kept out and let in again: what is said of them is so, and nothing of others' is touched."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from emulator.faults.effects import Duplicate
from emulator.gateway.journal import Entry
from emulator.world.shelves import Row
from scenarios import profiles
from scenarios.lab import Lab, Tenant
from scenarios.strategies import troubles
from scenarios.subject import Feature, Response

Network = IPv4Network | IPv6Network
FEATURES: tuple[Feature, ...] = ("soc",)
PLACES = ("shop.example.com", "www.example.com", "border")

# Few, so that ours and others' meet; one holds two of the others.
addresses = st.sampled_from(("45.83.64.7", "45.83.64.8", "45.83.64.0/24", "45.83.65.7", "2a01:4f8:10::7"))
several = st.lists(addresses, min_size=1, max_size=3, unique=True)
rules_of_others = st.lists(
    st.fixed_dictionaries(
        {
            "Domain": st.sampled_from((*PLACES[:2], "global")),
            "Ip": addresses,
            "ActionType": st.sampled_from((40, 42)),
            "Note": st.sampled_from(("", "keep", "tcconnector:000000000000")),
            "days": st.integers(-2, 400).filter(bool),
        }
    ),
    max_size=4,
)


def opened(lab: Lab, others: Sequence[Mapping[str, Any]] = ()) -> Tenant:
    """An account with two guarded domains, a guarded border, and what others have put on the lists."""
    tenant = lab.open("acme", hosts=(("ap-guangzhou", 1),), policies=(lab.connector.policy(FEATURES),))
    for name in PLACES[:2]:
        lab.control.put_rows(
            "waf.domain", "", [{"DomainId": f"id-{name}", "Domain": name}], account=tenant.world.uin
        )
    for number, one in enumerate(others):
        item = {
            **{name: one[name] for name in ("Ip", "ActionType", "Note")},
            "Id": f"others-{number}",
            "IpList": [one["Ip"]],
            "Source": "custom",
            "RuleId": number,
            "TsVersion": 1,
            "CreateTime": 1,
            "ValidTs": int(lab.time.now()) + one["days"] * 86_400,
        }
        tenant.world.write("waf.ipaccess").put(item["Id"], Row({"Domain": one["Domain"], "Item": item}))
    return lab.admit(tenant, regions=None, features=FEATURES)


def standing(tenant: Tenant) -> dict[str, Any]:
    """Everything that stands on both walls, but for a rule's place, which moves when one is put above it."""
    return {
        f"{table} {key}": {name: value for name, value in row.value.items() if name != "OrderIndex"}
        for table in ("waf.ipaccess", "cfw.rule")
        for key, row in tenant.world.read(table).items().items()
    }


def blocking(lab: Lab, tenant: Tenant, kept: Response) -> list[Any]:
    """The rules in force that block just this address at this place."""
    network, now = ip_network(kept.address), lab.time.now()
    if kept.place == "border":
        rules = [row.value for row in tenant.world.read("cfw.rule")]
        return [one for one in rules if ip_network(one["SourceIp"]) == network and one["Strategy"] == 1]
    return [
        row.value["Item"]
        for row in tenant.world.read("waf.ipaccess")
        if row.value["Domain"] == kept.place
        and row.value["Item"]["ActionType"] == 42
        and ip_network(row.value["Item"]["Ip"]) == network
        and row.value["Item"]["ValidTs"] > now
    ]


def check_what_is_said(lab: Lab, tenant: Tenant, said: Sequence[Response]) -> None:
    """Nothing is said to be kept out that is let in."""
    for one in said:
        if one.kept == "out":
            assert blocking(lab, tenant, one)


@profiles.costly()
@given(rules_of_others, several)
def test_what_is_let_in_again_leaves_everything_as_it_was(
    others: list[dict[str, Any]], wanted: list[str]
) -> None:
    with Lab() as lab:
        tenant = opened(lab, others)
        before = standing(tenant)
        said = lab.subject.keep_out("acme", wanted, domains=PLACES[:2])
        assert {(one.place, one.address) for one in said} == {(at, ip) for at in PLACES[:2] for ip in wanted}
        check_what_is_said(lab, tenant, said)
        assert before.items() <= standing(tenant).items()
        assert all(one.kept == "in" for one in lab.subject.let_in("acme", wanted))
        assert standing(tenant) == before


@profiles.costly()
@given(rules_of_others, several)
def test_only_what_is_let_pass_or_stands_in_the_way_is_refused(
    others: list[dict[str, Any]], wanted: list[str]
) -> None:
    with Lab() as lab:
        opened(lab, others)
        for one in lab.subject.keep_out("acme", wanted, domains=PLACES[:2]):
            network = ip_network(one.address)
            passing = any(
                rule["ActionType"] == 40 and rule["days"] > 0 and overlap(ip_network(rule["Ip"]), network)
                for rule in others
                if rule["Domain"] in (one.place, "global")
            )
            same = [
                rule["days"]
                for rule in others
                if (rule["Domain"], rule["ActionType"]) == (one.place, 42)
                and ip_network(rule["Ip"]) == network
            ]
            blocked, over = any(days > 0 for days in same), any(days < 0 for days in same)
            if passing or (over and not blocked):
                assert one.kept == "refused"
            elif not over:
                assert one.kept == "out"


plans = st.lists(troubles.at_the_walls(), min_size=1, max_size=3)


@profiles.costly()
@given(rules_of_others, several, plans, st.data())
def test_under_any_trouble_what_is_said_is_so_and_nothing_of_others_is_touched(
    others: list[dict[str, Any]], wanted: list[str], storms: list[dict[str, Any]], data: st.DataObject
) -> None:
    with Lab() as lab:
        tenant = opened(lab, others)
        before = standing(tenant)
        for plan in storms:
            tenant.plan.clear()
            tenant.plan.load(plan)
            if data.draw(st.booleans(), label="keep out"):
                said = lab.subject.keep_out("acme", wanted, domains=PLACES[:2], border=True)
                check_what_is_said(lab, tenant, said)
            else:
                for one in lab.subject.let_in("acme", wanted):
                    if one.kept == "in":
                        assert [rule for rule in blocking(lab, tenant, one) if is_ours(rule, others)] == []
            assert before.items() <= standing(tenant).items()
        tenant.plan.clear()
        said = lab.subject.keep_out("acme", wanted, domains=PLACES[:2], border=True)
        for one in said:
            assert one.kept in (("out",) if one.place == "border" else ("out", "refused"))
        check_what_is_said(lab, tenant, said)
        for one in said:
            # However often it was asked for, whatever was lost on the way: at most one is ours. The border
            # takes a request that the network delivers twice for two, and there is nothing to tell it by.
            ours = [rule for rule in blocking(lab, tenant, one) if is_ours(rule, others)]
            assert len(ours) <= (most_deliveries(lab, tenant) if one.place == "border" else 1)
        for one in lab.subject.let_in("acme", wanted):
            assert one.kept == ("refused" if one.place == "border" else "in")
        left = {name for name, row in standing(tenant).items() if before.get(name) != row}
        assert all(name.startswith("cfw.rule ") for name in left)
        for entry in lab.control.entries({"action": "CreateAcRules"}, account=tenant.world.uin):
            assert entry.params is None or not entry.params.get("Overwrite")


def most_deliveries(lab: Lab, tenant: Tenant) -> int:
    """How often the network made the border carry out one and the same request, at most."""
    asked = lab.control.entries({"action": "CreateAcRules"}, account=tenant.world.uin)
    return max((math.prod(deliveries(entry)) for entry in asked), default=1)


def deliveries(entry: Entry) -> list[int]:
    """How often each effect that struck a request delivered it."""
    effects = [firing.effect for firing in entry.firings]
    return [effect.deliveries for effect in effects if isinstance(effect, Duplicate)]


def overlap(one: Network, other: Network) -> bool:
    """Whether two networks have an address in common."""
    return one.version == other.version and one.overlaps(other)


def is_ours(rule: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a rule is none of those that were there before."""
    note = rule["Note"] if "Note" in rule else rule["Detail"]
    return note not in {one["Note"] for one in others} | {""}
