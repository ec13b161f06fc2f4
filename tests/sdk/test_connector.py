"""The connector through the official SDK, over a real socket: nothing a network does costs a host."""

import pytest

from connector import Connector
from connector.clouds.tencent.patience import Patience
from connector.errors import Refused
from emulator.world import accounts
from scenarios.lab import READER

HOSTS = {"ap-guangzhou": 160, "ap-shanghai": 90, "ap-singapore": 50}
"""What the world demo holds."""
IMPATIENT = Patience(retries=2, base_seconds=0.001, cap_seconds=0.002)


@pytest.fixture
def user(account):
    return account.add_user("auditor", policies=[READER])


@pytest.fixture
def connector(account):
    with Connector(
        "sqlite://", account.endpoint, patience=IMPATIENT, calls_per_second=1000, environment={}
    ) as made:
        yield made


@pytest.fixture
def onboarded(connector, user):
    connector.onboard(name="acme", secret_id=user.secret_id, secret_key=user.secret_key, regions=tuple(HOSTS))
    return connector


def held(connector):
    return {(one.region, one.native_id) for one in connector.assets("host", account="acme")}


def existing(account):
    table = "cvm.instance"
    world = account.world
    return {(region, key) for region in world.places(table) for key in world.read(table, region).items()}


def test_what_is_held_is_what_exists(account, onboarded):
    assert onboarded.sync("acme").complete
    assert held(onboarded) == existing(account)
    assert len(held(onboarded)) == sum(HOSTS.values())


def test_a_denied_region_loses_nothing_and_its_request_id_explains_it(account, onboarded):
    onboarded.sync("acme")
    rule = account.deny("cvm:DescribeInstances", region="ap-shanghai", user="auditor")
    report = onboarded.sync("acme")
    (denied,) = [result for result in report.results if not result.ok]
    assert (denied.region, denied.outcome) == ("ap-shanghai", "Denied")
    assert account.why(denied.why.request_id)["Decision"]["kind"] == "explicit deny"
    assert held(onboarded) == existing(account)
    account.allow(rule)
    assert onboarded.sync("acme").complete


# What a network does to bytes only a socket can show: each is met on the second page of Guangzhou's list.
@pytest.mark.parametrize(
    ("effect", "options"),
    [
        ("drop", {}),
        ("reset", {}),
        ("truncate", {}),
        ("garble", {}),
        ("http_status", {"status": 502}),
        ("content_type", {"value": "text/html"}),
        ("throttle", {}),
        ("internal_error", {"seam": "departure"}),
        ("empty_page", {}),
        ("miscounted_total", {"delta": -3}),
        ("shifted_page", {}),
        ("shifted_page", {"by": 7, "moves_total": True}),
        ("shifted_page", {"by": -7, "moves_total": True}),
    ],
)
def test_a_list_that_breaks_in_its_middle_costs_no_host(account, onboarded, effect, options):
    onboarded.sync("acme")
    before = held(onboarded)
    account.fault(effect, action="cvm:DescribeInstances", region="ap-guangzhou", params="Offset", **options)
    for _ in range(2):
        report = onboarded.sync("acme")
        assert held(onboarded) == before
    # Under another content type the answer is whole and true, and the SDK reads it all the same.
    assert report.complete == (effect == "content_type")


def test_rows_that_come_twice_under_a_true_total_are_held_once(account, onboarded):
    onboarded.sync("acme")
    account.fault("shifted_page", action="cvm:DescribeInstances", by=-7)
    assert onboarded.sync("acme").complete
    assert held(onboarded) == existing(account)


def test_an_old_list_costs_no_host_at_once(account, onboarded):
    rule = account.fault("stale_page", action="cvm:DescribeInstances")
    account.put_rows("cvm.instance", "ap-guangzhou", {"InstanceId": "ins-12345678"})
    assert onboarded.sync("acme").complete  # no client can tell an old truth from the present one
    assert ("ap-guangzhou", "ins-12345678") not in held(onboarded)
    account.allow(rule)
    onboarded.sync("acme")
    account.fault("stale_page", action="cvm:DescribeInstances", times=3)
    assert onboarded.sync("acme").complete
    assert held(onboarded) == existing(account)


def test_an_error_under_another_content_type_is_no_success(account, onboarded):
    onboarded.sync("acme")
    account.deny("cvm:DescribeInstances", user="auditor")
    account.fault("content_type", action="cvm:DescribeInstances", value="text/html")
    assert not onboarded.sync("acme").complete
    assert held(onboarded) == existing(account)


def test_a_disabled_key_is_found_out_and_costs_no_host(account, user, onboarded):
    onboarded.sync("acme")
    key = accounts.find_key(account.world, user.secret_id)
    accounts.set_status(account.world, key, "Inactive")
    assert onboarded.check_key("acme").verdict == "disabled or deleted"
    assert not onboarded.sync("acme").complete
    assert held(onboarded) == existing(account)
    accounts.set_status(account.world, key, "Active")
    assert onboarded.check_key("acme").verdict == "valid"


def test_the_root_key_is_refused(account, connector):
    with pytest.raises(Refused):
        connector.onboard(name="acme", secret_id=account.secret_id, secret_key=account.secret_key)
    assert connector.accounts() == []
