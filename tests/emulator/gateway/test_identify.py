"""How old a signature may be: by the world's clock, or by the machine's."""

import json
import time

import pytest

from scenarios.direct import Direct, sign

DAY = 86400.0


@pytest.fixture
def direct():
    return Direct.open()


def code(direct, at):
    envelope = sign("sts", "2018-08-13", "GetCallerIdentity", {}, key=direct.root, at=at)
    answer = json.loads(direct.gateway.answer(envelope).body)["Response"]
    return answer.get("Error", {}).get("Code")


@pytest.mark.parametrize("off", [-299, 0, 299])
def test_five_minutes_either_way_will_do(direct, off):
    direct.world.clock.set(DAY)
    assert code(direct, DAY + off) is None


@pytest.mark.parametrize("off", [-301, 301])
def test_more_than_five_minutes_will_not(direct, off):
    direct.world.clock.set(DAY)
    assert code(direct, DAY + off) == "AuthFailure.SignatureExpire"


@pytest.mark.parametrize("moved", [0.0, 40 * DAY])
def test_a_client_that_signs_by_the_machines_clock_is_let_in_wherever_the_worlds_stands(direct, moved):
    direct.world.clock.advance(moved)
    assert code(direct, time.time()) is None
    direct.world.clock.set(DAY)
    assert code(direct, time.time()) is None


def test_what_is_far_from_both_is_refused(direct):
    direct.world.clock.advance(40 * DAY)
    assert code(direct, time.time() + 20 * DAY) == "AuthFailure.SignatureExpire"
