import pytest

from emulator.policy.document import parse
from emulator.policy.overlap import find_overlaps, is_within

OFFICE = {"ip_equal": {"qcs:ip": "10.0.0.0/8"}}


def statement(*actions, effect="allow", resource="*", **more):
    return {"effect": effect, "action": list(actions), "resource": resource, **more}


def overlaps(*statements):
    found = find_overlaps(parse({"version": "2.0", "statement": list(statements)}).statements)
    return [(each.statement, each.action, each.by, each.by_action, each.is_denied) for each in found]


def test_the_later_of_two_that_say_the_same_adds_nothing():
    assert overlaps(statement("cvm:A"), statement("cvm:A")) == [(1, 0, 0, 0, False)]


def test_the_narrower_adds_nothing_wherever_it_stands():
    assert overlaps(statement("cvm:A", "cvm:*")) == [(0, 0, 0, 1, False)]
    assert overlaps(statement("cvm:A"), statement("*")) == [(0, 0, 1, 0, False)]


def test_a_deny_counts_before_a_repetition():
    assert overlaps(statement("cvm:A"), statement("cvm:*"), statement("CVM:a", effect="deny")) == [
        (0, 0, 2, 0, True)
    ]


def test_an_allow_of_other_case_is_another():
    assert overlaps(statement("cvm:a"), statement("cvm:A")) == []


def test_a_condition_keeps_the_wider_from_covering():
    assert overlaps(statement("cvm:A"), statement("cvm:*", condition=OFFICE)) == []
    assert overlaps(statement("cvm:A"), statement("cvm:*", effect="deny", condition=OFFICE)) == []


def test_a_condition_on_the_narrower_or_the_same_one_does_not():
    assert overlaps(statement("cvm:A", condition=OFFICE), statement("cvm:*")) == [(0, 0, 1, 0, False)]
    assert overlaps(statement("cvm:A", condition=OFFICE), statement("cvm:A", condition=OFFICE)) == [
        (1, 0, 0, 0, False)
    ]


def test_every_resource_has_to_be_covered():
    one, two = "qcs::cvm:gz::instance/ins-1", "qcs::cvm:gz::volume/disk-1"
    kind = "qcs::cvm:ap-guangzhou::instance/*"
    assert overlaps(statement("cvm:A", resource=[one, two]), statement("cvm:*", resource=kind)) == []
    assert overlaps(statement("cvm:A", resource=[one]), statement("cvm:*", resource=kind)) == [
        (0, 0, 1, 0, False)
    ]


def test_feature_sets_overlap_only_with_themselves_and_everything():
    assert overlaps(statement("permid/1"), statement("permid/2")) == []
    assert overlaps(statement("permid/1"), statement("permid/1")) == [(1, 0, 0, 0, False)]


@pytest.mark.parametrize(
    ("narrow", "wide", "expected"),
    [
        ("qcs::cvm:gz::a", "*", True),
        ("*", "qcs:::::*", False),
        ("qcs::cvm:gz::a", "qcs:::::*", True),
        ("qcs::cvm:::a", "qcs::cvm:gz::a", False),
        ("qcs::cvm:::a", "qcs::cvm:*::a", True),
        ("qcs::cvm:gz::a", "qcs::cvm:ap-guangzhou::a", True),
        ("qcs::cvm:gz::a/*", "qcs::cvm:gz::a/b", False),
        ("qcs::cvm:gz::a/${x}", "qcs::cvm:gz::a/*", True),
        ("qcs::cvm:gz::a/b", "qcs::cvm:gz::a/${x}", False),
        ("qcs::cvm:gz::a/${x}", "qcs::cvm:gz::a/${x}", True),
    ],
)
def test_within_is_to_cover_nothing_else(narrow, wide, expected):
    assert is_within(narrow, wide) is expected
