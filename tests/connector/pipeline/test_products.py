"""A synchronisation of everything on every kind of store, with the engine that is used."""

import pytest

from connector.engine.embedded import Embedded
from scenarios.lab import Lab

FEATURES = ("host", "cspm", "soc")


@pytest.fixture
def lab(store_url):
    with Lab(database=store_url, page_rows=None) as made:
        yield made


@pytest.fixture
def tenant(lab):
    opened = lab.open("acme", policies=[lab.connector.policy(FEATURES)])
    lab.admit(opened, features=FEATURES)
    assert lab.subject.sync("acme").complete
    return opened


def test_what_is_held_is_what_exists_and_a_denial_costs_none_of_it(lab, tenant):
    assert lab.held_products(tenant) == tenant.existing_products()
    tenant.plan.add_denial({"action": "cdb:*", "region": "ap-shanghai"})
    report = lab.subject.sync("acme")
    assert {action.partition(":")[0] for action in report.missing} == {"cdb"}
    assert lab.held_products(tenant) == tenant.existing_products()
    (instance,) = lab.connector.assets("cdb", region="ap-shanghai")
    whereabouts = lab.connector.why(instance.native_id)
    assert whereabouts.readings[0].outcome == "Denied"
    assert {proof.outcome for proof in lab.connector.show(instance.id).proofs} == {"VALUE"}
    tenant.plan.clear()
    assert lab.subject.sync("acme").complete


def test_what_is_gone_takes_along_what_belonged_to_it(lab, tenant):
    (key,) = tenant.world.read("cdb.instance", "ap-shanghai").items()
    tenant.world.write("cdb.instance", "ap-shanghai").remove(key)
    for _ in range(2):
        assert lab.subject.sync("acme").complete
    assert lab.held_products(tenant) == tenant.existing_products()
    gone = lab.connector.assets("cdb_account", region="ap-shanghai", gone=True)
    assert {one.state for one in gone} == {"GONE"}
    assert "went with the cdb" in lab.connector.why(gone[0].id).verdict


def test_a_denial_that_lasts_is_asked_for_a_few_times_and_no_more(lab):
    hosts = (("ap-guangzhou", 30),)
    tenant = lab.open("acme", hosts=hosts, policies=[lab.connector.policy(FEATURES)])
    lab.admit(tenant, regions=["ap-guangzhou"], features=FEATURES)
    tenant.plan.add_denial({"action": "cwp:*"})
    report = lab.connector.sync("acme")
    (agents,) = [result for result in report.results if result.kind == "host.agent"]
    assert (agents.outcome, agents.unknown) == ("Denied", 30)
    asked = lab.control.entries({"service": "cwp", "outcome": "denied"}, account=tenant.world.uin)
    assert len(asked) <= 1 + 3  # the probe's, and as many as prove the point


def test_reading_some_features_whole_does_not_hide_what_the_others_lack(lab, tenant):
    tenant.plan.add_denial({"action": "cdb:DescribeAccounts"})
    lab.connector.sync("acme")
    (before,) = lab.connector.accounts()
    assert (before.standing, "cdb:DescribeAccounts" in before.message) == ("PARTIAL", True)
    report = lab.connector.sync("acme", features=["host"])
    assert report.complete
    assert {result.kind for result in report.results} == {"region", "host"}
    assert lab.connector.accounts() == [before]


def test_many_threads_read_what_one_does(store_url):
    with Lab(page_rows=None) as one, Lab(page_rows=None, database=store_url, engine=Embedded()) as many:
        held = []
        for lab in (one, many):
            tenant = lab.open("acme", uin="100000000001", policies=[lab.connector.policy(FEATURES)])
            lab.admit(tenant, features=FEATURES)
            assert lab.subject.sync("acme").complete
            held.append({place for place in lab.held_products(tenant) if place[0] != "access_key"})
        assert held[0] == held[1]
