import json

import pytest
from hypothesis import given

from emulator.faults.effects import EFFECTS, name_of
from emulator.faults.fault import Fault
from emulator.faults.page import Page
from emulator.faults.plan import Plan
from emulator.faults.seams import Answer, arrive, depart
from scenarios.strategies import faults as draw
from tests.emulator.faults.moment import moment, plan

PAGE = Page("Set", "Total")
ANSWER = Answer(body=b'{"Response":{"Total":1,"Set":[{"Id":"a"}],"RequestId":"r"}}')
BOUND_FOR = {
    seam: [name for name, kind in EFFECTS.items() if seam in kind.seams] for seam in ("arrival", "departure")
}


def say(error):
    return json.dumps({"Response": {"Error": {"Code": error.code}, "RequestId": "r"}}).encode()


def leave(*faults, answer=ANSWER, page=PAGE):
    return depart([fault.effect for fault in faults], answer, page=page, now=0, say=say)


def meet(*faults):
    return arrive([fault.effect for fault in faults], now=0)


@given(draw.documents(), draw.moments())
def test_whatever_a_plan_strikes_with_can_be_carried_out(document, call):
    trial = plan()
    trial.load(document)
    arrival = arrive([firing.effect for firing in trial.arrival(call)], call.now)
    assert arrival.error is None or arrival.answer is None
    firings = trial.departure(call, PAGE)
    left = depart([firing.effect for firing in firings], ANSWER, page=PAGE, now=call.now, say=say)
    assert firings or left == ANSWER


@pytest.mark.parametrize("effect", BOUND_FOR["arrival"])
def test_no_effect_at_arrival_leaves_the_call_as_it_was(effect):
    example = {
        "error": {"code": "X", "message": "x"},
        "http_status": {"status": 502},
        "delay": {"seconds": 1},
        "clock_skew": {"seconds": 301},
        "wrong_region": {"into": "ap-shanghai"},
    }.get(effect, {})
    assert meet(Fault.parse({"effect": effect, **example})) != arrive([], now=0)


def test_delays_add_up_at_both_seams():
    assert meet(Fault.delay(1), Fault.throttle(), Fault.delay(2)).delay_seconds == 3
    assert leave(Fault.delay(1), Fault.garble(), Fault.delay(2)).delay_seconds == 3


def test_a_drop_keeps_silent_and_a_status_is_a_page():
    assert meet(Fault.drop()).answer == Answer(body=b"", is_dropped=True)
    page = meet(Fault.http_status(503)).answer
    assert page is not None
    assert (page.status, page.content_type) == (503, "text/html")


def test_a_region_and_deliveries_are_told_to_whoever_performs():
    arrival = meet(Fault.wrong_region("ap-shanghai"), Fault.duplicate(), Fault.duplicate(deliveries=3))
    assert (arrival.region, arrival.deliveries) == ("ap-shanghai", 6)


def test_an_error_at_departure_takes_the_place_of_the_answer():
    left = leave(Fault.internal_error(seam="departure"))
    assert json.loads(left.body)["Response"]["Error"]["Code"] == "InternalError"
    assert (left.status, left.content_type) == (200, "application/json")


def test_effects_act_upon_each_other_in_order():
    left = leave(Fault.empty_page(), Fault.miscounted_total(delta=4), Fault.content_type("text/html"))
    assert left.body == b'{"Response":{"Total":5,"Set":[],"RequestId":"r"}}'
    assert left.content_type == "text/html"


def test_a_truncated_body_is_whole_for_http_and_a_reset_one_is_not():
    short, broken = leave(Fault.truncate(after_bytes=9)), leave(Fault.reset(after_bytes=9))
    assert (short.body, short.cut_at) == (ANSWER.body[:9], None)
    assert (broken.body, broken.cut_at) == (ANSWER.body, 9)


def test_a_reset_after_a_truncation_cuts_what_is_left():
    left = leave(Fault.truncate(after_bytes=20), Fault.reset(after_bytes=50))
    assert left.cut_at == 19


def test_an_effect_out_of_place_is_loud():
    with pytest.raises(TypeError, match="no place at arrival"):
        meet(Fault.garble())
    with pytest.raises(TypeError, match="no place at departure"):
        leave(Fault.duplicate())
    with pytest.raises(TypeError, match="no list"):
        leave(Fault.empty_page(), page=None)


def test_every_effect_has_its_place_at_some_seam():
    assert set(BOUND_FOR["arrival"]) | set(BOUND_FOR["departure"]) == set(EFFECTS)


def test_a_throttle_by_rate_reaches_the_wire_with_its_numbers():
    trial = Plan(can_match=lambda glob: True)
    trial.add_fault(Fault.throttle(rate=5))
    for _ in range(5):
        assert trial.arrival(moment()) == ()
    (firing,) = trial.arrival(moment())
    assert name_of(firing.effect) == "throttle"
    error = arrive([firing.effect], moment().now).error
    assert error is not None
    assert error.text("zh-CN") == "您当前每秒请求 `6` 次，超过了每秒频率上限 `5`，请稍后重试。"
