import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.errors import BadInput, NotFound
from emulator.faults.denials import Denial
from emulator.faults.fault import Fault
from emulator.faults.page import Page
from emulator.faults.plan import Plan
from emulator.faults.planned import Firing
from scenarios.strategies import faults as draw
from tests.emulator.faults.moment import NOW, moment, plan

PAGE = Page("InstanceSet", "TotalCount")


def play(trial, story):
    """Every seam of every call, as the gateway would ask them."""
    return [
        tuple(
            (firing.rule_id, firing.name, firing.nth)
            for firings in (trial.arrival(call), trial.denials(call), trial.departure(call, PAGE))
            for firing in firings
        )
        for call in story
    ]


def names(firings):
    return [firing.name for firing in firings]


def test_a_plan_is_empty_until_a_rule_is_added_and_once_they_are_gone():
    trial = plan()
    assert trial.is_empty
    denial = trial.add_denial({"action": "cvm:*"})
    assert not trial.is_empty
    trial.remove(denial.id)
    assert trial.is_empty


def test_an_empty_plan_imports_nothing_that_only_rules_need():
    code = (
        "import sys, emulator.faults.plan as p; p.Plan(can_match=bool).is_empty or sys.exit('rules');"
        "print(sorted(name for name in sys.modules if name.startswith(('emulator.faults.', 'jmespath'))))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "['emulator.faults.plan']"


@given(draw.documents(), draw.stories())
def test_the_same_rules_and_calls_strike_the_same(document, story):
    one, two = plan(), plan()
    one.load(document)
    two.load(document)
    assert play(one, story) == play(two, story)


@given(draw.documents(), draw.stories(), draw.stories())
def test_a_copy_goes_on_as_the_plan_does_and_neither_notices_the_other(document, before, after):
    trial = plan()
    trial.load(document)
    play(trial, before)
    twin = trial.copy()
    told = play(twin, after)
    assert play(trial, after) == told


@given(draw.documents(), draw.stories())
def test_what_a_rule_writes_plans_the_same_again(document, story):
    one, two = plan(), plan()
    one.load(document)
    for rule in one.rules("denial"):
        two.add_denial(rule.as_spec())
    for rule in one.rules("fault"):
        two.add_fault(rule)
    assert play(one, story) == play(two, story)


@given(draw.documents(), draw.stories())
def test_a_denial_strikes_the_same_calls_whatever_else_is_planned(document, story):
    alone, together = plan(), plan()
    alone.load({"denials": document["denials"]})
    together.load(document)
    told = [names_and_turns(together.denials(call)) for call in story]
    assert told == [names_and_turns(alone.denials(call)) for call in story]


def names_and_turns(firings):
    return [(firing.effect, firing.nth) for firing in firings]


@given(draw.documents(), draw.stories())
def test_a_call_ends_once_at_most_at_each_seam(document, story):
    endings = {
        "throttle", "internal_error", "service_unavailable", "error", "http_status", "drop", "clock_skew"
    }  # fmt: skip
    trial = plan()
    trial.load(document)
    for call in story:
        for found in (names(trial.arrival(call)), names(trial.departure(call, PAGE))):
            ended = [at for at, name in enumerate(found) if name in endings]
            assert len(ended) <= 1


@given(draw.documents(), draw.stories())
def test_what_is_counted_is_what_struck(document, story):
    trial = plan()
    trial.load(document)
    struck = [rule_id for call in play(trial, story) for rule_id, _, _ in call]
    for rule in trial.describe():
        assert rule["fired"] == struck.count(rule["id"])
        assert rule["fired"] <= rule["seen"] <= len(story)


def test_the_first_that_ends_a_call_wins_and_the_others_wait_their_turn():
    trial = plan()
    trial.add_fault(Fault.throttle(times=1))
    trial.add_fault(Fault.internal_error(times=1))
    assert [names(trial.arrival(moment())) for _ in range(3)] == [["throttle"], ["internal_error"], []]


def test_delays_are_asked_even_after_the_end():
    trial = plan()
    for fault in (Fault.delay(1), Fault.drop(), Fault.duplicate(), Fault.delay(2)):
        trial.add_fault(fault)
    assert names(trial.arrival(moment())) == ["delay", "drop", "delay"]


def test_effects_depart_in_the_order_they_were_added():
    trial = plan()
    for fault in (Fault.garble(), Fault.content_type("text/html"), Fault.delay(1, seam="departure")):
        trial.add_fault(fault)
    assert names(trial.departure(moment(), PAGE)) == ["garble", "content_type", "delay"]
    assert trial.arrival(moment()) == ()


@pytest.mark.parametrize("last", [Fault.drop(seam="departure"), Fault.reset()])
def test_nothing_but_delays_follows_what_closes_the_connection(last):
    trial = plan()
    for fault in (
        last,
        Fault.garble(),
        Fault.internal_error(seam="departure"),
        Fault.delay(1, seam="departure"),
    ):
        trial.add_fault(fault)
    assert names(trial.departure(moment(), PAGE)) == [last.as_spec()["effect"], "delay"]


@pytest.mark.parametrize(
    ("page", "struck"),
    [(None, []), (Page("InstanceSet"), ["empty_page"]), (PAGE, ["empty_page", "miscounted_total"])],
)
def test_a_fault_of_lists_waits_for_an_answer_that_has_what_it_takes(page, struck):
    trial = plan()
    trial.add_fault(Fault.empty_page(times=1))
    trial.add_fault(Fault.miscounted_total(times=1))
    assert names(trial.departure(moment(), page)) == struck
    assert sorted(names(trial.departure(moment(), PAGE)) + struck) == ["empty_page", "miscounted_total"]


@pytest.mark.parametrize("first", [Fault.garble(), Fault.truncate(), Fault.internal_error(seam="departure")])
def test_no_list_is_left_after_what_destroys_it(first):
    trial = plan()
    trial.add_fault(first)
    trial.add_fault(Fault.empty_page())
    assert len(trial.departure(moment(), PAGE)) == 1


def test_a_throttle_by_rate_says_the_rate_it_kept():
    trial = plan()
    trial.add_fault(Fault.throttle(rate=2))
    struck = [trial.arrival(moment()) for _ in range(4)]
    assert [firing.effect.count for firings in struck for firing in firings] == [3, 4]
    assert struck[3][0].effect.limit == 2


def test_a_rule_is_only_asked_about_its_actions():
    trial = plan()
    trial.add_denial({"action": "cvm:Describe*", "times": 1})
    assert trial.denials(moment(action="RunInstances")) == ()
    assert trial.denials(moment(service="cbs")) == ()
    assert len(trial.denials(moment())) == 1
    assert trial.denials(moment()) == ()


def test_a_rule_added_later_counts_for_actions_already_seen():
    trial = plan()
    trial.add_denial({"action": "cvm:RunInstances"})
    assert trial.denials(moment()) == ()
    trial.add_denial({"action": "cvm:*"})
    assert len(trial.denials(moment())) == 1


def test_what_fits_nothing_there_is_is_refused_together_with_all_else():
    trial = Plan(can_match=lambda glob: glob == "cvm:*", regions=("ap-guangzhou",))
    with pytest.raises(BadInput) as caught:
        trial.add_denial({"action": ["cvm:*", "cvn:*"], "region": ["ap-*", "eu-*"], "times": 0}, "denials[0]")
    assert sorted(map(str, caught.value.violations)) == [
        "denials[0].action: no published action fits 'cvn:*'",
        "denials[0].region: no region fits 'eu-*'",
        "denials[0].times: expected a whole number, 1 or more, got 0",
    ]
    assert trial.is_empty


@pytest.mark.parametrize("into", ["eu-nowhere", "ap-*"])
def test_a_call_cannot_be_led_to_a_region_there_is_not(into):
    trial = Plan(can_match=lambda glob: True, regions=("ap-guangzhou",))
    with pytest.raises(BadInput, match="into: expected the name of a region"):
        trial.add_fault({"effect": "wrong_region", "into": into})


def test_a_rule_built_by_hand_is_judged_as_its_spec_is():
    trial = Plan(can_match=lambda glob: False)
    with pytest.raises(BadInput, match="no published action"):
        trial.add_fault(Fault.drop(action="cvm:*"))


def test_a_document_is_loaded_whole_or_not_at_all():
    trial = plan()
    document = {
        "denials": [{"action": "cvm:*"}, {"times": 0}],
        "faults": [{"effect": "drop"}, {"effect": "boom"}],
        "fualts": [],
    }
    with pytest.raises(BadInput) as caught:
        trial.load(document, "plan")
    assert [violation.path for violation in caught.value.violations] == [
        "plan.denials[1].times",
        "plan.faults[1].effect",
        "plan.fualts",
    ]
    assert trial.is_empty


@pytest.mark.parametrize("rules", [{"action": "cvm:*"}, "cvm:*", None])
def test_rules_that_are_no_list_are_refused(rules):
    with pytest.raises(BadInput, match="expected a list"):
        plan().load({"denials": rules})


def test_an_id_is_never_given_twice_not_even_among_copies():
    trial = plan()
    first = trial.add_denial({})
    twin = trial.copy()
    trial.remove(first.id)
    ids = [first.id, trial.add_denial({}).id, twin.add_denial({}).id, trial.add_fault({"effect": "drop"}).id]
    assert len(set(ids)) == 4


def test_taking_back_what_is_not_there_names_what_is():
    trial = plan()
    fault = trial.add_fault(Fault.drop())
    with pytest.raises(NotFound, match=fault.id):
        trial.remove("fault-99")


@pytest.mark.parametrize(("kind", "left"), [("denial", [Fault]), ("fault", [Denial]), (None, [])])
def test_rules_are_cleared_by_their_kind(kind, left):
    trial = plan()
    trial.add_denial({})
    trial.add_fault(Fault.drop())
    trial.clear(kind)
    assert [type(rule) for rule in trial.rules()] == left
    assert trial.is_empty is (not left)


def test_the_plan_tells_which_requests_each_rule_struck():
    trial = plan()
    trial.add_denial({"user": "bob"})
    trial.add_fault(Fault.delay(1, after=1))
    for request_id in ("one", "two"):
        for firing in (*trial.arrival(moment()), *trial.denials(moment())):
            trial.note(firing, request_id)
    denial, fault = trial.rules()
    assert trial.fired() == {denial.id: ("one", "two"), fault.id: ("two",)}
    trial.clear()
    assert trial.fired() == {}


def test_a_plan_describes_its_rules_as_specs_with_their_counts():
    trial = plan()
    fault = trial.add_fault({"effect": "delay", "seconds": 1, "action": "cvm:*", "times": 1})
    trial.arrival(moment())
    assert trial.describe("fault") == [
        {
            "id": fault.id,
            "effect": "delay",
            "seconds": 1.0,
            "action": "cvm:*",
            "times": 1,
            "seen": 1,
            "fired": 1,
            "is_spent": True,
        }
    ]


@given(st.floats(0, 10), st.floats(0, 10))
def test_a_rule_strikes_between_its_times_only(start, length):
    trial = plan()
    trial.add_fault(Fault.drop(between=[NOW + start, NOW + start + length + 1]))
    for offset in (0.0, 3.0, 9.0, 25.0):
        is_within = NOW + start <= NOW + offset < NOW + start + length + 1
        assert bool(trial.arrival(moment(now=NOW + offset))) is is_within


def test_a_firing_is_a_value():
    assert Firing("denial-1", Denial.of(), 1) == Firing("denial-1", Denial.of(), 1)
