from collections.abc import Iterable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.errors import BadInput
from emulator.faults.denials import Denial
from emulator.faults.effects import EFFECTS
from emulator.faults.fault import Fault
from scenarios.strategies import faults as draw

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def paths(refused: Iterable[object]) -> list[str]:
    return [str(violation.path) for violation in refused]


def refusal(parse, spec, where=""):
    with pytest.raises(BadInput) as caught:
        parse(spec, where)
    return caught.value.violations


@given(draw.denials())
def test_a_denial_reads_back_from_the_spec_it_writes(spec):
    denial = Denial.parse(spec)
    assert denial.as_spec() == spec
    assert Denial.parse(denial.as_spec()) == denial


@given(draw.faults())
def test_a_fault_reads_back_from_the_spec_it_writes(spec):
    fault = Fault.parse(spec)
    assert fault.as_spec() == spec
    assert Fault.parse(fault.as_spec()) == fault


@given(draw.faults() | draw.denials(), st.text(max_size=8).map(lambda text: text + "_"))
def test_an_unknown_field_is_refused_by_its_name(spec, name):
    parse = Fault.parse if "effect" in spec else Denial.parse
    assert name in paths(refusal(parse, {**spec, name: 1}))


@given(
    st.dictionaries(st.sampled_from(["action", "user", "times", "effect", "seconds", "header"]), JSON) | JSON
)
def test_any_json_is_read_or_refused_in_our_own_words(spec):
    for parse in (Fault.parse, Denial.parse):
        with suppress(BadInput):
            parse(parse(spec).as_spec())


def test_all_that_is_wrong_is_said_at_once_and_where():
    spec = {"effect": "delay", "seconds": -1, "times": -1, "user": [], "actoin": "cvm:*", "action": "cvm"}
    found = refusal(Fault.parse, spec, "faults[3]")
    assert sorted(paths(found)) == [
        "faults[3].action",
        "faults[3].actoin",
        "faults[3].seconds",
        "faults[3].times",
        "faults[3].user",
    ]
    assert "did you mean action?" in str(found[-1])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("action", ""),
        ("action", "DescribeInstances"),
        ("action", "cvm:Describe?"),
        ("action", ["cvm:*", 1]),
        ("user", None),
        ("caller", "admin"),
        ("header", {}),
        ("header", {"User-Agent": "a", "user-agent": "b"}),
        ("params", "contains("),
        ("params", "no_such_function(@)"),
        ("params", "Offset && contains(InstanceIds)"),
        ("after", -1),
        ("after", True),
        ("times", 0),
        ("times", 1.5),
        ("times", "2"),
        ("sequence", ["hit", "miss"]),
        ("sequence", ["pass", "pass"]),
        ("rate", 0),
        ("window_seconds", 2),
        ("between", [5, 1]),
        ("between", [1]),
        ("between", [1, float("inf")]),
        ("expires", "tomorrow"),
        ("probability", 0),
        ("probability", 1.01),
        ("probability", float("nan")),
        ("seed", -1),
    ],
)
def test_a_matcher_of_the_wrong_form_is_refused(field, value):
    assert paths(refusal(Denial.parse, {field: value})) == [field]


@pytest.mark.parametrize(
    "spec",
    [
        {"user": "bob", "role": "auditor"},
        {"caller": "role", "user": "bob"},
        {"between": [5, 9], "expires": 5},
    ],
)
def test_matchers_that_exclude_each_other_are_refused(spec):
    assert len(refusal(Denial.parse, spec)) == 1


@pytest.mark.parametrize("spec", [{"user": "root"}, {"user": ["bob", "root"]}, {"caller": ["root", "user"]}])
def test_a_denial_of_the_root_account_is_refused_with_the_reason(spec):
    (violation,) = refusal(Denial.parse, spec)
    assert "CAM cannot deny the root account" in violation.message


@pytest.mark.parametrize(
    "resource",
    [
        "instance/ins-1",
        "qcs::cvm:::",
        "qcs:id/0:cvm:::instance/*",
        "qcs::cvm::bob:instance/*",
        "qcs::cvm:instance",
    ],
)
def test_a_resource_that_no_policy_could_hold_is_refused(resource):
    assert paths(refusal(Denial.parse, {"resource": resource})) == ["resource"]


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({}, "effect"),
        ({"effect": "old_page"}, "effect"),
        ({"effect": "stale_page", "seconds": 60}, "seconds"),
        ({"effect": "stale_page", "seam": "arrival"}, "seam"),
        ({"effect": "shifted_page", "by": 0}, "by"),
        ({"effect": "shifted_page", "by": 1.5}, "by"),
        ({"effect": "shifted_page", "from_page": 1}, "from_page"),
        ({"effect": "shifted_page", "moves_total": 1}, "moves_total"),
        ({"effect": ["drop"]}, "effect"),
        ({"effect": "delay"}, "seconds"),
        ({"effect": "delay", "seconds": 0}, "seconds"),
        ({"effect": "delay", "seconds": float("inf")}, "seconds"),
        ({"effect": "error", "code": "X"}, "message"),
        ({"effect": "http_status", "status": 200}, "status"),
        ({"effect": "http_status"}, "status"),
        ({"effect": "clock_skew", "seconds": 300}, "seconds"),
        ({"effect": "throttle", "sub_code": "Nope"}, "sub_code"),
        ({"effect": "throttle", "limit": 20, "count": 20}, "count"),
        ({"effect": "miscounted_total", "delta": 0}, "delta"),
        ({"effect": "truncate", "share": 1.0}, "share"),
        ({"effect": "truncate", "share": 0.5, "after_bytes": 3}, "share"),
        ({"effect": "wrong_region"}, "into"),
        ({"effect": "duplicate", "deliveries": 1}, "deliveries"),
        ({"effect": "drop", "seconds": 1}, "seconds"),
        ({"effect": "garble", "seam": "arrival"}, "seam"),
        ({"effect": "duplicate", "seam": "departure"}, "seam"),
        ({"effect": "drop", "seam": "middle"}, "seam"),
        ({"effect": "drop", "resource": "*"}, "resource"),
    ],
)
def test_an_effect_of_the_wrong_form_is_refused(spec, path):
    assert paths(refusal(Fault.parse, spec)) == [path]


def test_a_seam_is_only_written_where_it_is_not_the_usual_one():
    assert Fault.drop().as_spec() == {"effect": "drop", "action": "*"}
    assert Fault.drop(seam="departure").as_spec() == {"effect": "drop", "action": "*", "seam": "departure"}


CONSTRUCTED = {
    "throttle": Fault.throttle(action="cvm:*", times=2, limit=10),
    "internal_error": Fault.internal_error(),
    "service_unavailable": Fault.service_unavailable(user="bob"),
    "error": Fault.error("ResourceBusy", "Busy."),
    "http_status": Fault.http_status(502),
    "delay": Fault.delay(2),
    "drop": Fault.drop(seam="departure"),
    "clock_skew": Fault.clock_skew(3600),
    "duplicate": Fault.duplicate(),
    "wrong_region": Fault.wrong_region("ap-shanghai"),
    "empty_page": Fault.empty_page(),
    "miscounted_total": Fault.miscounted_total(delta=-2),
    "stale_page": Fault.stale_page(times=1),
    "shifted_page": Fault.shifted_page(by=-2, from_page=3, moves_total=True),
    "content_type": Fault.content_type("text/html"),
    "garble": Fault.garble(seed=4),
    "truncate": Fault.truncate(share=0.25),
    "reset": Fault.reset(after_bytes=10),
}


def test_every_effect_has_a_constructor_of_its_name():
    assert {fault.as_spec()["effect"] for fault in CONSTRUCTED.values()} == set(EFFECTS)
    assert all(fault.as_spec()["effect"] == name for name, fault in CONSTRUCTED.items())


def test_a_constructor_refuses_what_a_spec_would():
    with pytest.raises(BadInput, match="times"):
        Fault.throttle(times=-1)
    with pytest.raises(BadInput, match="CAM cannot deny"):
        Denial.of(user="root")
