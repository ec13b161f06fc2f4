from emulator.policy.diff import as_json, compare, lines, list_unfilled
from emulator.policy.document import parse

ACTIONS = ("cvm:DescribeInstances", "cvm:StopInstances", "vpc:DescribeVpcs")
BY_SERVICE = {"cvm": ("DescribeInstances", "StopInstances"), "vpc": ("DescribeVpcs",)}
OFFICE = {"ip_equal": {"qcs:ip": "10.0.0.0/8"}}
KIND = "qcs::cvm:gz::instance/*"


def statement(*actions, effect="allow", resource="*", **more):
    return {"effect": effect, "action": list(actions), "resource": resource, **more}


def document(*statements):
    return parse({"version": "2.0", "statement": list(statements)})


def changes(before, after):
    found = compare([document(*before)], [document(*after)], ACTIONS)
    return [(each.direction, each.resource, each.actions) for each in found]


def test_the_same_policy_allows_the_same():
    assert changes([statement("*")], [statement("cvm:*", "vpc:*", "name/vpc:Describe*")]) == []


def test_what_only_one_side_allows_is_told_by_direction():
    assert changes([statement("vpc:*")], [statement("cvm:Describe*")]) == [
        ("gained", "*", ("cvm:DescribeInstances",)),
        ("lost", "*", ("vpc:DescribeVpcs",)),
    ]


def test_a_deny_takes_away_whatever_its_case():
    assert changes([statement("*")], [statement("*"), statement("CVM:stop*", effect="deny")]) == [
        ("lost", "*", ("cvm:StopInstances",))
    ]


def test_an_allow_of_wrong_case_allows_nothing():
    assert changes([statement("vpc:*")], [statement("vpc:*", "cvm:describe*")]) == []


def test_a_resource_is_told_where_its_answer_is_another_than_on_everything():
    assert changes([statement("cvm:Stop*", resource=KIND)], [statement("cvm:Stop*")]) == [
        ("gained", "*", ("cvm:StopInstances",))
    ]
    assert changes([statement("vpc:*")], [statement("vpc:*"), statement("cvm:Stop*", resource=KIND)]) == [
        ("gained", KIND, ("cvm:StopInstances",))
    ]


def test_a_resource_is_not_told_again_if_it_follows_everything():
    before = [statement("cvm:Describe*", resource=KIND)]
    assert changes(before, [*before, statement("vpc:*")]) == [("gained", "*", ("vpc:DescribeVpcs",))]


def test_the_spelling_of_a_region_changes_nothing():
    long = "qcs::cvm:ap-guangzhou::instance/*"
    assert changes([statement("cvm:*", resource=KIND)], [statement("cvm:*", resource=long)]) == []


def test_a_condition_makes_less_of_an_allow_and_more_of_a_denial():
    plain, bound = [statement("vpc:*")], [statement("vpc:*", condition=OFFICE)]
    assert changes(plain, bound) == [("lost", "*", ("vpc:DescribeVpcs",))]
    assert changes([statement("cvm:Nothing")], bound)[-1] == ("gained", "*", ("vpc:DescribeVpcs",))


def test_other_conditions_are_a_change_of_their_own():
    home = {"ip_equal": {"qcs:ip": "192.168.0.0/16"}}
    before, after = [statement("vpc:*", condition=OFFICE)], [statement("vpc:*", condition=home)]
    assert changes(before, after) == [("changed", "*", ("vpc:DescribeVpcs",))]


def test_a_conditional_deny_leaves_open_what_a_plain_allow_gives():
    unless = statement("vpc:*", effect="deny", condition=OFFICE)
    found = compare([document(statement("vpc:*"))], [document(statement("vpc:*"), unless)], ACTIONS)
    assert found[0].after.verdict == "if"
    assert found[0].after.conditions == {"unless ip_equal qcs:ip 10.0.0.0/8"}


def test_actions_that_only_the_policies_know_are_compared_too():
    assert changes([statement("vpc:*")], [statement("vpc:*", "cam:CheckSubAccountName")]) == [
        ("gained", "*", ("cam:CheckSubAccountName",))
    ]


def test_the_variables_of_a_caller_are_alike_on_both_sides_and_placeholders_cover_nothing():
    mine = "qcs::cvm::uin/${uin}:instance/*"
    theirs = "qcs::cvm::uin/${Account}:instance/*"
    assert changes([statement("cvm:Stop*", resource=mine)], [statement("cvm:Stop*", resource=mine)]) == []
    assert changes([statement("vpc:*")], [statement("vpc:*"), statement("cvm:Stop*", resource=mine)]) == [
        ("gained", mine, ("cvm:StopInstances",))
    ]
    assert changes([statement("vpc:*")], [statement("vpc:*"), statement("cvm:Stop*", resource=theirs)]) == []
    assert list_unfilled([document(statement("cvm:*", resource=[mine, theirs]))]) == ("Account",)


def test_lines_say_all_where_it_is_all_and_shorten_what_is_long():
    found = compare([document(statement("vpc:*"))], [document(statement("*"))], ACTIONS)
    assert lines(found, BY_SERVICE).split("\n") == [
        "+ allowed only by the second, on *: 2 actions",
        "    cvm: all 2 actions",
    ]
    many = {"cvm": (*BY_SERVICE["cvm"], "RunInstances")}
    assert lines(found, many, most=1).split("\n")[1] == "    cvm: DescribeInstances and 1 more"
    assert lines((), BY_SERVICE) == "both allow the same"


def test_lines_tell_conditions():
    bound = document(statement("vpc:*", condition=OFFICE))
    (line, _) = lines(compare([document(statement("vpc:*"))], [bound], ACTIONS), BY_SERVICE).split("\n")
    assert line == "- allowed -> allowed if ip_equal qcs:ip 10.0.0.0/8, on *: 1 action"


def test_json_has_every_direction_and_every_action():
    laid = as_json(compare([document(statement("vpc:*"))], [document(statement("cvm:*"))], ACTIONS))
    assert [each["actions"] for each in laid["gained"]] == [["cvm:DescribeInstances", "cvm:StopInstances"]]
    assert laid["lost"][0]["before"] == {"allowed": "yes", "conditions": []}
    assert laid["changed"] == []


def test_what_a_deny_takes_out_of_an_allow_is_told_though_neither_names_it():
    held = statement("cvm:Stop*", resource=KIND)
    one = statement("cvm:Stop*", effect="deny", resource="qcs::cvm:*:*:instance/ins-1")
    assert changes([held], [held, one]) == [
        ("lost", "qcs::cvm:ap-guangzhou:*:instance/ins-1", ("cvm:StopInstances",))
    ]
