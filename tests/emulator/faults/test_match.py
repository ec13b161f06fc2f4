import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.faults.denials import Denial
from emulator.faults.match import compile_globs, compile_tests
from tests.emulator.faults.moment import NOW, moment


def means(spec, call) -> bool:
    match = Denial.parse(spec).match if "root" not in str(spec) else _fault_match(spec)
    return bool(compile_globs(match.action)(call.key)) and all(test(call) for test in compile_tests(match))


def _fault_match(spec):
    from emulator.faults.fault import Fault

    return Fault.parse({"effect": "drop", **spec}).match


ROOT = {"caller_kind": "root", "caller_uin": "100000000009", "caller_name": "root"}
ROLE = {"caller_kind": "role", "caller_uin": "4611686018427", "caller_name": "auditor"}


@pytest.mark.parametrize(
    ("spec", "changes", "is_meant"),
    [
        ({}, {}, True),
        ({"action": "cvm:Describe*"}, {}, True),
        ({"action": "cvm:describe*"}, {}, False),
        ({"action": "cvm:Describe"}, {}, False),
        ({"action": ["cbs:*", "*:*Instances"]}, {}, True),
        ({"user": "bob"}, {}, True),
        ({"user": "100000000002"}, {}, True),
        ({"user": "amy"}, {}, False),
        ({"user": "root"}, ROOT, True),
        ({"user": "root"}, {}, False),
        ({"user": "100000000009"}, ROOT, False),
        ({"user": "auditor"}, ROLE, False),
        ({"role": "auditor"}, ROLE, True),
        ({"role": "bob"}, {}, False),
        ({"caller": ["role", "federated"]}, ROLE, True),
        ({"caller": "role"}, {}, False),
        ({"key": "AKIDbob"}, {}, True),
        ({"key": "AKID*"}, {}, False),
        ({"region": "ap-*"}, {}, True),
        ({"region": "ap-guangzhou"}, {"region": ""}, False),
        ({"region": ["ap-shanghai", "ap-guangzhou"]}, {}, True),
        ({"header": {"User-Agent": "tccli/*"}}, {"headers": {"user-agent": "tccli/3.1"}}, True),
        ({"header": {"User-Agent": "tccli/*"}}, {}, False),
        ({"header": {"a": "*", "b": "1"}}, {"headers": {"a": "", "b": "2"}}, False),
        ({"between": [NOW, NOW + 1]}, {}, True),
        ({"between": [NOW - 1, NOW]}, {}, False),
        ({"expires": NOW}, {}, False),
        ({"expires": NOW + 1}, {}, True),
        ({"params": "Offset"}, {"params": {"Offset": 0}}, True),
        ({"params": "Offset"}, {}, False),
        ({"params": "Offset > `0`"}, {"params": {"Offset": 20}}, True),
        ({"params": "Offset > `0`"}, {"params": {"Offset": "20"}}, False),
        ({"params": "InstanceIds"}, {"params": {"InstanceIds": []}}, False),
        ({"params": "contains(InstanceIds, 'ins-1')"}, {"params": {"InstanceIds": ["ins-1"]}}, True),
        ({"params": "contains(InstanceIds, 'ins-1')"}, {}, False),
        ({"params": "ceil(Big) > `0`"}, {"params": {"Big": float("inf")}}, False),
        (
            {"params": "Filters[?Name=='zone'].Values[] | [0]"},
            {"params": {"Filters": [{"Name": "x"}]}},
            False,
        ),
    ],
)
def test_a_matcher_means_the_calls_it_says(spec, changes, is_meant):
    assert means(spec, moment(**changes)) is is_meant


@given(st.text("ab*.", max_size=6), st.text("ab.\n", max_size=6))
def test_a_glob_matches_as_if_its_stars_were_tried_one_by_one(glob, text):
    def fits(pattern: str, rest: str) -> bool:
        if not pattern:
            return not rest
        if pattern[0] == "*":
            return any(fits(pattern[1:], rest[at:]) for at in range(len(rest) + 1))
        return rest[:1] == pattern[0] and fits(pattern[1:], rest[1:])

    assert bool(compile_globs((glob,))(text)) is fits(glob, text)


def test_globs_are_alternatives():
    fits = compile_globs(("ap-*", "na-ashburn"))
    assert fits("ap-x")
    assert fits("na-ashburn")
    assert not fits("na-ashburn-1")
