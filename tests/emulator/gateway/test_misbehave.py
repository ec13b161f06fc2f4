"""What a plan does to calls through the whole gateway."""

import json

import pytest
from hypothesis import given, settings

from emulator.admin.control import Control
from emulator.faults.effects import EFFECTS
from emulator.faults.fault import Fault
from scenarios.direct import Direct, Failed, sign
from scenarios.strategies import faults as draw

ALLOW_ALL = {"version": "2.0", "statement": [{"effect": "allow", "action": "*", "resource": "*"}]}
EXAMPLES = {
    "error": {"code": "ResourceBusy", "message": "Busy."},
    "http_status": {"status": 502},
    "delay": {"seconds": 2},
    "clock_skew": {"seconds": 3600},
    "wrong_region": {"into": "ap-shanghai"},
    "miscounted_total": {"delta": 3},
    "content_type": {"value": "text/html"},
}


@pytest.fixture
def direct():
    return Direct.open()


@pytest.fixture
def bob(direct):
    return direct.user("bob", ALLOW_ALL)


def plan(direct):
    return direct.gateway.account(direct.world).plan


def reply(direct, key=None, action="DescribeInstances", **params):
    now = direct.world.clock.now()
    version = direct.gateway.catalog.action(f"cvm:{action}").version
    envelope = sign("cvm", version, action, params, key=key or direct.root, at=now, region="ap-guangzhou")
    return direct.gateway.answer(envelope)


def entry(direct, answer):
    return direct.gateway.account(direct.world).journal.get(answer.request_id)


def test_an_injected_denial_has_the_form_of_a_real_one(direct, bob):
    plan(direct).add_denial({"action": "cvm:Describe*", "user": "bob", "times": 1})
    with pytest.raises(Failed) as caught:
        direct.call("cvm:DescribeInstances", key=bob, region="ap-guangzhou")
    assert caught.value.code == "UnauthorizedOperation"
    assert "(cvm:DescribeInstances)" in caught.value.message
    direct.call("cvm:DescribeInstances", key=bob, region="ap-guangzhou")


def test_a_denial_in_one_region_leaves_the_others(direct, bob):
    plan(direct).add_denial({"action": "cvm:*", "region": "ap-shanghai"})
    direct.call("cvm:DescribeInstances", key=bob, region="ap-guangzhou")
    with pytest.raises(Failed):
        direct.call("cvm:DescribeInstances", key=bob, region="ap-shanghai")


def test_a_denial_never_touches_the_root_account(direct):
    plan(direct).add_denial({"action": "*"})
    direct.call("cvm:DescribeInstances", region="ap-guangzhou")


def test_a_denial_on_a_resource_counts_only_the_calls_about_it(direct, bob):
    plan(direct).add_denial({"action": "cvm:*", "resource": "qcs::cvm:::instance/*", "times": 1})
    direct.call("cvm:DescribeRegions", key=bob)
    with pytest.raises(Failed):
        direct.call("cvm:DescribeInstances", key=bob, region="ap-guangzhou")


@pytest.mark.parametrize("name", EFFECTS)
def test_every_effect_can_be_seen_by_the_client_and_in_the_journal(direct, name):
    put_hosts(direct, "ins-00000001", "ins-00000002")
    true = reply(direct, Offset=1, Limit=1)
    fault = plan(direct).add_fault({"effect": name, "action": "cvm:*", **EXAMPLES.get(name, {})})
    put_hosts(direct, "ins-00000003")
    answer = reply(direct, Offset=1, Limit=1)
    assert [(firing.rule_id, firing.name) for firing in entry(direct, answer).firings] == [(fault.id, name)]
    assert plan(direct).fired() == {fault.id: (answer.request_id,)}
    plan(direct).clear()
    # A second reading shows no difference.
    assert (seen(answer) != seen(reply(direct, Offset=1, Limit=1))) is (name != "duplicate")
    assert (seen(answer) == seen(true)) is (name == "stale_page")


def put_hosts(direct, *ids):
    Control(direct.gateway).put_rows("cvm.instance", "ap-guangzhou", [{"InstanceId": one} for one in ids])


def seen(answer):
    body = answer.body.replace(answer.request_id.encode(), b"")
    return body, answer.status, answer.content_type, answer.delay_seconds, answer.is_dropped, answer.cut_at


@pytest.mark.parametrize(("seam", "is_reached"), [("arrival", False), ("departure", True)])
def test_a_drop_at_arrival_comes_before_the_deed_and_at_departure_after_it(direct, bob, seam, is_reached):
    plan(direct).add_fault(Fault.drop(seam=seam))
    answer = reply(direct, bob)
    assert answer.is_dropped
    assert (entry(direct, answer).decision is not None) is is_reached


def test_a_wrong_region_is_the_one_that_is_read(direct, bob):
    plan(direct).add_fault(Fault.wrong_region("ap-shanghai", action="cvm:*"))
    assert entry(direct, reply(direct, bob)).region == "ap-shanghai"


def test_what_never_was_an_answer_cannot_lose_its_list(direct):
    plan(direct).add_fault(Fault.http_status(502, times=1))
    plan(direct).add_fault(Fault.empty_page())
    assert reply(direct).status == 502
    plan(direct).add_fault(Fault.drop())
    assert reply(direct).is_dropped


def test_a_call_that_is_dropped_at_arrival_counts_for_no_departure(direct):
    plan(direct).add_fault(Fault.drop(times=1))
    garble = plan(direct).add_fault(Fault.garble(times=1))
    reply(direct)
    assert garble.id not in plan(direct).fired()
    assert not is_json(reply(direct).body)
    assert is_json(reply(direct).body)


def is_json(body):
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


WORLD = Direct.open()
BOB = WORLD.user("bob", ALLOW_ALL)


@given(draw.documents())
@settings(max_examples=30)
def test_whatever_is_planned_the_gateway_answers_and_recovers(document):
    trial = plan(WORLD)
    trial.clear()
    trial.load({kind: [strip(spec) for spec in specs] for kind, specs in document.items()})
    for action in ("DescribeInstances", "DescribeRegions", "RunInstances"):
        for key in (WORLD.root, BOB):
            answer = reply(WORLD, key, action)
            assert answer.request_id
    trial.clear()
    assert json.loads(reply(WORLD, BOB).body)["Response"]["TotalCount"] == 0


def strip(spec):
    """The same rule about any action: not every pattern drawn fits a published one."""
    return {**spec, "action": "*"}
