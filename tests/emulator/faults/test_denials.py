import pytest
from hypothesis import given

from emulator.faults.denials import Denial, compile_coverage
from emulator.policy import decide as engine
from emulator.policy.decide import Grant, Question, Source
from emulator.policy.document import parse
from scenarios.strategies import faults as draw
from tests.emulator.faults.moment import moment, plan

OWNER = "100000000009"
ASKED = (
    "*",
    "qcs::cvm:gz:uin/100000000009:instance/ins-1",
    "qcs::cvm:ap-guangzhou:uin/100000000009:instance/*",
    "qcs:id/0:cvm:ap-guangzhou:uin/100000000009:instance/ins-1",
    "qcs::cvm:sh:uin/100000000009:instance/ins-2",
    "qcs::cbs:ap-shanghai:uin/100000000009:disk/disk-1",
)
EVERYTHING = parse({"version": "2.0", "statement": [{"effect": "allow", "action": "*", "resource": "*"}]})


def decide(denial, action, asked):
    denying = parse({"version": "2.0", "statement": [dict(denial.statement())]})
    grants = [
        Grant(Source(kind="policy", id="1", name="all", via="user"), EVERYTHING),
        Grant(Source(kind="denial", id="denial-1", name="denial-1", via="plan"), denying),
    ]
    return engine.compile(grants).decide(Question(action, (asked,), {})).effect


def is_about(denial, asked):
    return all(test(moment(resources=asked and (asked,))) for test in compile_coverage(denial.resource))


@given(draw.denials())
def test_a_denial_on_every_resource_denies_every_call_it_means(spec):
    denial = Denial.parse({**spec, "resource": "*"})
    for service, action in (("cvm", "DescribeInstances"), ("cam", "ListUsers"), ("cbs", "DescribeDisks")):
        key = f"{service}:{action}"
        trial = plan()
        trial.add_denial({"action": spec["action"]})
        if trial.denials(moment(service=service, action=action)):
            assert decide(denial, key, "*") == "deny"


@given(draw.denials())
def test_a_denial_that_the_engine_would_apply_is_never_held_back(spec):
    denial = Denial.parse({**spec, "action": "*"})
    for asked in ASKED:
        if decide(denial, "cvm:DescribeInstances", asked) == "deny":
            assert is_about(denial, asked)


@pytest.mark.parametrize(
    ("asked", "is_counted"),
    [
        (ASKED[1], True),
        (ASKED[3], True),
        (ASKED[4], False),
        (ASKED[5], False),
        (ASKED[0], False),
        (None, True),
    ],
)
def test_a_denial_on_a_resource_counts_the_calls_about_it_and_those_about_nobody_knows_what(
    asked, is_counted
):
    denial = Denial.of(resource="qcs::cvm:ap-guangzhou::instance/ins-1", times=1)
    assert is_about(denial, asked) is is_counted


def test_the_statement_is_in_the_grammar_of_policies():
    denial = Denial.of(action=["cvm:Describe*", "cbs:*"], region="ap-*", resource="qcs::cvm:::instance/*")
    assert denial.statement() == {
        "effect": "deny",
        "action": ["cbs:*", "cvm:Describe*"],
        "resource": ["qcs::cvm:::instance/*"],
    }


def test_a_service_with_a_star_which_policies_cannot_say_becomes_every_action():
    assert Denial.of(action="*:List*").statement()["action"] == ["*"]


def test_a_denial_never_means_the_root_account():
    trial = plan()
    trial.add_denial({"times": 1})
    assert trial.denials(moment(caller_kind="root")) == ()
    assert len(trial.denials(moment())) == 1
