"""What the connector holds, against what exists: whatever goes wrong, nothing is forgotten."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import profiles
from scenarios.lab import HOSTS, Lab, Tenant
from scenarios.strategies import troubles


def settled(lab: Lab) -> Tenant:
    """An account that was onboarded and synchronised while all was well."""
    tenant = lab.admit(lab.open("acme"))
    assert lab.subject.sync("acme").complete
    assert lab.held(tenant) == tenant.existing()
    return tenant


@profiles.costly()
@given(troubles.noticeable(), st.integers(1, 3))
def test_under_troubles_nothing_is_forgotten_and_once_they_stop_all_is_as_it_exists(
    plan: dict[str, Any], syncs: int
) -> None:
    with Lab() as lab:
        tenant = settled(lab)
        tenant.plan.load(plan)
        for _ in range(syncs):
            lab.subject.sync("acme")
            check_nothing_is_forgotten(lab, tenant)
        tenant.plan.clear()
        assert lab.subject.sync("acme").complete
        check_nothing_is_forgotten(lab, tenant)


def check_nothing_is_forgotten(lab: Lab, tenant: Tenant) -> None:
    """What exists is held, nothing else, and none of it is so much as doubted."""
    assert lab.held(tenant) == tenant.existing()
    assert not any(host.doubtful for host in lab.subject.hosts(tenant.name))


@profiles.costly()
@given(troubles.any_at_all())
def test_a_lie_that_lasts_for_one_sync_costs_no_host(plan: dict[str, Any]) -> None:
    with Lab() as lab:
        tenant = settled(lab)
        tenant.plan.load(plan)
        lab.subject.sync("acme")
        assert lab.held(tenant) >= tenant.existing()


@profiles.costly()
@given(troubles.noticeable())
def test_a_sync_claims_to_be_complete_only_if_it_is(plan: dict[str, Any]) -> None:
    with Lab() as lab:
        tenant = lab.admit(lab.open("acme"))
        tenant.plan.load(plan)
        if lab.subject.sync("acme").complete:
            assert lab.held(tenant) == tenant.existing()


@profiles.costly()
@given(troubles.noticeable())
def test_every_region_that_was_not_read_whole_says_why(plan: dict[str, Any]) -> None:
    with Lab() as lab:
        tenant = settled(lab)
        tenant.plan.load(plan)
        for region in lab.subject.sync("acme").regions:
            assert region.ending == "complete" or region.code or region.ending in ("partial", "broken")
            if region.ending == "denied":
                entry = lab.control.entry(region.request_id, account=tenant.world.uin)
                assert entry.decision is not None
                assert entry.decision.effect == "deny"


places = st.sampled_from([region for region, _ in HOSTS])
changes = st.lists(
    st.tuples(st.sampled_from(("start", "rename", "terminate")), places, st.integers(0, 9)), max_size=8
)


@profiles.costly()
@given(st.lists(st.tuples(changes, troubles.noticeable(2)), max_size=3))
def test_hosts_that_come_and_go_are_told_truly_at_quiescence(story: list[Any]) -> None:
    with Lab() as lab:
        tenant = settled(lab)
        for some, plan in story:
            for change, region, number in some:
                change_host(lab, tenant, change, region, number)
            tenant.plan.load(plan)
            lab.subject.sync("acme")
            tenant.plan.clear()
        for _ in range(2):  # the first complete reading strikes what is missed, the second removes it
            assert lab.subject.sync("acme").complete
        assert lab.held(tenant) == tenant.existing()


@profiles.costly()
@given(changes, changes, st.sampled_from(({}, {"probability": 0.5, "seed": 1}, {"params": "Offset"})))
def test_a_state_of_the_past_shown_for_one_sync_costs_no_host_that_exists(
    before: Any, after: Any, hits: dict[str, Any]
) -> None:
    with Lab() as lab:
        tenant = settled(lab)
        rule = tenant.plan.add_fault({"effect": "stale_page", "action": "cvm:DescribeInstances", **hits})
        for change, region, number in before:
            change_host(lab, tenant, change, region, number)
        known = lab.held(tenant)
        lab.subject.sync("acme")
        assert lab.held(tenant) >= known & tenant.existing()
        tenant.plan.remove(rule.id)
        for change, region, number in after:
            change_host(lab, tenant, change, region, number)
        for _ in range(2):
            assert lab.subject.sync("acme").complete
        assert lab.held(tenant) == tenant.existing()


def change_host(lab: Lab, tenant: Tenant, change: str, region: str, number: int) -> None:
    """Start a host, or terminate one that exists."""
    if change == "start":
        lab.start_host(tenant, region, f"ins-0000000{number}")
        return
    found = sorted(host for host in tenant.existing() if host[0] == region)
    if found and change == "rename":
        lab.rename_host(tenant, *found[number % len(found)], f"renamed-{number}")
    elif found:
        tenant.terminate(*found[number % len(found)])


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@profiles.costly()
@given(st.lists(texts, min_size=5, max_size=5), changes, troubles.noticeable(2))
def test_what_the_user_wrote_survives_every_sync(words: list[str], some: Any, plan: dict[str, Any]) -> None:
    with Lab() as lab:
        tenant = settled(lab)
        assets = lab.connector.assets("host", account="acme", region="ap-guangzhou")
        for asset, word in zip(assets, words, strict=True):
            lab.connector.annotate(asset.id, group_name=word, importance=f"{word}!")
        for change, region, number in some:
            change_host(lab, tenant, change, region, number)
        tenant.plan.load(plan)
        for _ in range(2):
            lab.subject.sync("acme")
        tenant.plan.clear()
        lab.subject.sync("acme")
        kept = {one.id: one for one in lab.connector.assets("host", account="acme", gone=True)}
        for asset, word in zip(assets, words, strict=True):
            assert (kept[asset.id].group_name, kept[asset.id].importance) == (word, f"{word}!")


@pytest.mark.parametrize("lost", ["cvm:DescribeInstances", "cvm:DescribeRegions"])
def test_a_policy_taken_away_and_given_back_costs_nothing(lost: str) -> None:
    with Lab() as lab:
        tenant = settled(lab)
        denial = tenant.plan.add_denial({"action": lost})
        for _ in range(3):
            assert not lab.subject.sync("acme").complete
        assert lab.held(tenant) == tenant.existing()
        tenant.plan.remove(denial.id)
        assert lab.subject.sync("acme").complete
