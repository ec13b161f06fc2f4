"""Hosts and cloud products alike: the policy is enough and not too much, and nothing is ever forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.world import accounts
from emulator.world.shelves import Row
from scenarios import profiles
from scenarios.lab import Lab, Tenant
from scenarios.strategies import troubles
from scenarios.subject import Feature

FEATURES: tuple[Feature, ...] = ("host", "cspm", "soc")
ADMIN = {"version": "2.0", "statement": [{"effect": "allow", "action": "*", "resource": "*"}]}


def opened(lab: Lab) -> Tenant:
    """An account with something of everything; its sub-user may do exactly what the connector asks for."""
    tenant = lab.open("acme", policies=(lab.connector.policy(FEATURES),))
    world = tenant.world
    bob = accounts.add_user(world, "bob", ConsoleLogin=1)
    accounts.add_key(lab.gateway.cloud, world, accounts.as_principal(bob))
    admin = accounts.add_policy(world, "admin", orjson.dumps(ADMIN).decode()).value["PolicyId"]
    group = int(accounts.add_group(world, "admins").value["GroupId"])
    accounts.attach(world, "group", str(group), admin)
    accounts.join(world, group, str(bob.value["Uin"]))
    role = accounts.add_role(world, "runner", accounts.trust_services(["cvm.qcloud.com"]))
    accounts.attach(world, "role", role.value["RoleId"], admin)
    narrow = accounts.add_policy(world, "narrow", orjson.dumps(ADMIN).decode()).value["PolicyId"]
    accounts.set_boundary(world, f"role/{role.value['RoleId']}", narrow)
    carl = {**bob.value, "Uin": 100000000099, "Name": "carl"}
    world.write("cam.collaborator").put("100000000099", Row(carl))
    return tenant


def settled(lab: Lab) -> Tenant:
    """Such an account, onboarded and synchronised while all was well."""
    tenant = lab.admit(opened(lab), features=FEATURES)
    assert lab.subject.sync("acme").complete
    check_all_is_as_it_exists(lab, tenant)
    return tenant


def check_all_is_as_it_exists(lab: Lab, tenant: Tenant) -> None:
    """What exists is held, nothing else, and none of it is so much as doubted."""
    assert lab.held_products(tenant) == tenant.existing_products()
    assert lab.doubted(tenant) == set()


class Shared:
    """One lab for many examples: each begins and ends in an account where all is well."""

    def __init__(self) -> None:
        self._kept: tuple[Lab, Tenant] | None = None

    @contextmanager
    def settled(self) -> Iterator[tuple[Lab, Tenant]]:
        """The lab, which is thrown away if an example fails in it."""
        lab, tenant = self._kept or self._made()
        self._kept = None
        yield lab, tenant
        tenant.plan.clear()
        assert lab.subject.sync("acme").complete
        check_all_is_as_it_exists(lab, tenant)
        self._kept = lab, tenant

    def _made(self) -> tuple[Lab, Tenant]:
        lab = Lab()
        return lab, settled(lab)


SHARED = Shared()


def few() -> settings:
    """Fewer examples yet: each of them reads all products two or three times."""
    return settings(profiles.costly(), max_examples=max(3, settings().max_examples // 20))


# --- The policy -------------------------------------------------------------------------------------------


def test_the_policy_that_is_asked_for_is_enough() -> None:
    with Lab() as lab:
        tenant = settled(lab)
        report = lab.subject.sync("acme")
        assert {reading.ending for reading in report.readings} == {"complete"}
        assert lab.subject.check_key("acme").verdict == "valid"
        (domain, *_) = (row.value["Domain"] for row in tenant.world.read("waf.domain"))
        for kept in lab.subject.keep_out("acme", ["45.83.64.7"], domains=[domain], border=True):
            assert kept.kept == "out"
        assert {kept.kept for kept in lab.subject.let_in("acme", ["45.83.64.7"])} == {"in", "refused"}
        entries = [one for one in lab.control.entries({}, account=tenant.world.uin) if one.service != "sts"]
        assert {f"{entry.service}:{entry.action}" for entry in entries} == set(actions(lab))
        assert lab.control.entries({"outcome": "denied"}, account=tenant.world.uin) == []


def actions(lab: Lab) -> list[str]:
    """Every action that is asked for."""
    return [one for statement in lab.connector.policy(FEATURES)["statement"] for one in statement["action"]]


def test_no_action_of_the_policy_can_be_left_out() -> None:
    with SHARED.settled() as (lab, tenant):
        for action in actions(lab):
            denial = tenant.plan.add_denial({"action": action})
            check = lab.subject.check_key("acme")
            assert (check.verdict, check.missing) == ("under-privileged", (action,))
            tenant.plan.remove(denial.id)


@few()
@given(st.data())
def test_what_is_not_granted_is_asked_for_and_costs_nothing_but_what_it_says(data: st.DataObject) -> None:
    with SHARED.settled() as (lab, tenant):
        denied = data.draw(st.sets(st.sampled_from(actions(lab)), max_size=6), label="denied")
        for action in denied:
            tenant.plan.add_denial({"action": action})
        report = lab.subject.sync("acme")
        assert report.complete == (not denied)
        assert set(report.missing) <= denied
        check_all_is_as_it_exists(lab, tenant)
        for reading in report.readings:
            if reading.ending == "denied":
                entry = lab.control.entry(reading.request_id, account=tenant.world.uin)
                assert f"{entry.service}:{entry.action}" in denied
                assert entry.decision is not None
                assert entry.decision.kind == "explicit deny"


# --- Nothing is forgotten ---------------------------------------------------------------------------------


@few()
@given(troubles.honest(), st.integers(1, 2))
def test_under_troubles_nothing_is_forgotten_and_once_they_stop_all_is_as_it_exists(
    plan: dict[str, Any], syncs: int
) -> None:
    with SHARED.settled() as (lab, tenant):
        tenant.plan.load(plan)
        for _ in range(syncs):
            report = lab.subject.sync("acme")
            check_all_is_as_it_exists(lab, tenant)
            for reading in report.readings:
                assert reading.ending == "complete" or reading.code or reading.ending in ("partial", "broken")


@pytest.mark.parametrize(
    "lost", ["cdb:DescribeDBInstances", "cdb:DescribeAccounts", "cam:ListUsers", "region:DescribeRegions"]
)
def test_a_list_that_may_not_be_read_costs_neither_its_things_nor_what_belongs_to_them(lost: str) -> None:
    with SHARED.settled() as (lab, tenant):
        tenant.plan.add_denial({"action": lost})
        for _ in range(2):
            report = lab.subject.sync("acme")
            assert not report.complete
            assert report.missing == (lost,)
        check_all_is_as_it_exists(lab, tenant)


CHILDREN = {
    "cdb:DescribeDBInstances": ("cdb", "cdb_account", "cdb_account.privileges", "cdb.backup"),
    "tcr:DescribeInstances": ("registry", "repository"),
    "cam:ListUsers": ("user", "access_key", "user.login", "user.policies", "policy"),
    "vpc:DescribeSecurityGroups": ("security_group", "security_group.rules"),
}


@pytest.mark.parametrize("lost", CHILDREN)
def test_nothing_that_is_asked_about_what_was_not_seen_is_complete(lost: str) -> None:
    with SHARED.settled() as (lab, tenant):
        tenant.plan.add_denial({"action": lost})
        endings: dict[str, set[str]] = {}
        for reading in lab.subject.sync("acme").readings:
            endings.setdefault(reading.what, set()).add(reading.ending)
        assert all("complete" not in endings[what] for what in CHILDREN[lost])


# --- What comes and goes ----------------------------------------------------------------------------------


def remove_first(tenant: Tenant, table: str, region: str) -> str:
    """Let the first of a table be no more."""
    key = str(next(iter(tenant.world.read(table, region).items())))
    tenant.world.write(table, region).remove(key)
    return key


def test_what_belongs_to_a_thing_goes_when_it_goes() -> None:
    with Lab() as lab:
        tenant = settled(lab)
        remove_first(tenant, "cdb.instance", "ap-guangzhou")
        remove_first(tenant, "tcr.registry", "ap-guangzhou")
        bob = accounts.find_user(tenant.world, name="bob")
        assert bob is not None
        accounts.remove_user(tenant.world, str(bob.value["Uin"]))
        before = lab.held_products(tenant)
        assert lab.subject.sync("acme").complete
        assert lab.held_products(tenant) == before  # struck once
        for _ in range(2):  # users are listed without a total: only two that agree are believed
            assert lab.subject.sync("acme").complete
        gone = before - tenant.existing_products()
        assert {kind for kind, _, _ in gone} >= {"cdb", "cdb_account", "registry", "repository", "user"}
        check_all_is_as_it_exists(lab, tenant)


def test_a_thing_that_is_deleted_while_it_is_read_makes_nothing_incomplete() -> None:
    with Lab() as lab:
        tenant = settled(lab)
        accounts_of = {place for place in lab.held_products(tenant) if place[0] == "cdb_account"}
        (key, *_) = tenant.world.read("cdb.settings", "ap-guangzhou").items()
        tenant.plan.load(
            {
                "faults": [
                    {
                        "effect": "error",
                        "code": "InvalidParameter.InstanceNotFound",
                        "message": "gone",
                        "action": "cdb:DescribeAccounts",
                        "params": f"InstanceId == '{key}'",
                    }
                ]
            }
        )
        for _ in range(3):
            assert lab.subject.sync("acme").complete
        assert accounts_of <= lab.held_products(tenant)
        assert lab.doubted(tenant) == set()


def test_a_closed_product_is_told_from_an_empty_one() -> None:
    with SHARED.settled() as (lab, tenant):
        tenant.plan.load(
            {
                "faults": [
                    {
                        "effect": "error",
                        "code": "UnsupportedRegion",
                        "message": "not here",
                        "action": "redis:DescribeInstances",
                        "region": "ap-shanghai",
                    }
                ]
            }
        )
        report = lab.subject.sync("acme")
        (redis,) = [one for one in report.readings if (one.what, one.region) == ("redis", "ap-shanghai")]
        assert redis.ending == "skipped"
        assert not report.complete  # it held an instance
        check_all_is_as_it_exists(lab, tenant)
        lab.time.sleep(25 * 3600)


def test_the_calls_of_a_synchronisation_are_those_that_were_estimated() -> None:
    with Lab(page_rows=None) as lab:
        tenant = settled(lab)
        journal = lab.gateway.account(tenant.world).journal
        estimate, before = lab.connector.estimate("acme"), len(journal)
        assert lab.subject.sync("acme").complete
        made = lab.control.entries({}, account=tenant.world.uin)[before:]
        calls = Counter(f"{entry.service}:{entry.action}" for entry in made)
        assert calls == estimate.calls
        assert calls.total() == estimate.total


# --- The pace ---------------------------------------------------------------------------------------------


def test_no_quota_is_ever_exceeded_and_little_time_is_lost_to_it() -> None:
    with Lab(page_rows=None) as lab:
        tenant = lab.open("acme", hosts=(("ap-guangzhou", 40),), policies=(lab.connector.policy(FEATURES),))
        lab.admit(tenant, regions=["ap-guangzhou"], features=FEATURES)
        lab.control.configure({"rate_limits": True}, account=tenant.world.uin)
        lab.connector.sync("acme")
        floor_seconds, began = lab.connector.estimate("acme").seconds_at_least, lab.time.now()
        assert lab.connector.sync("acme").complete
        assert lab.time.now() - began <= 1.5 * floor_seconds
        refused = [one for one in lab.control.entries({}, account=tenant.world.uin) if one.error is not None]
        assert not [one for one in refused if one.error and one.error.code.startswith("RequestLimit")]
