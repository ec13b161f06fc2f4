import json

import pytest

from emulator.policy.lint import Asking, Vocabulary, lint

ASKING = {
    "cvm:DescribeInstances": Asking("list", "cvm", "instance/*"),
    "cvm:DescribeZones": Asking("operation"),
    "cam:CreateAccessKey": Asking("resource"),
}
KNOWN = Vocabulary(
    actions={
        "cvm": ("DescribeInstances", "DescribeZones", "StopInstances", "DeleteImages"),
        "cam": ("GetUser", "CreateAccessKey"),
        "cdb": ("DescribeDBInstances",),
    },
    unlisted=("cos",),
    regions=("ap-guangzhou", "ap-shanghai"),
    reads=("Describe", "Get"),
    asking=ASKING.get,
)
ONE = "qcs::cvm:gz::instance/ins-1"


def allow(*actions, resource="*", effect="allow", **more):
    return {"effect": effect, "action": list(actions), "resource": resource, **more}


def deny(*actions, **more):
    return allow(*actions, effect="deny", **more)


def found(*statements):
    return lint({"version": "2.0", "statement": list(statements)}, KNOWN)


def said(*statements):
    return [(each.severity, each.rule, each.path) for each in found(*statements)]


def message(*statements):
    (finding,) = found(*statements)
    return finding.message


# --- Names -----------------------------------------------------------------------------------------------


def test_nothing_is_said_of_a_plain_policy():
    assert said(allow("cvm:DescribeInstances", "name/cam:GetUser"), deny("cvm:StopInstances")) == []


def test_an_unknown_action_is_an_error_with_the_nearest_real_one():
    assert said(allow("cvm:GetUser", "cvm:DescribeInstance")) == [
        ("error", "unknown-action", "statement[0].action[0]"),
        ("error", "unknown-action", "statement[0].action[1]"),
    ]
    assert message(allow("cvm:DescribeInstance")).endswith("did you mean DescribeInstances or DescribeZones?")


def test_an_unknown_action_that_another_service_has_is_said_to_be_there():
    assert "(cam has it)" in message(allow("cvm:GetUser"))


def test_an_unknown_service_is_an_error_and_a_product_is_told_by_its_real_name():
    assert said(allow("mysql:DescribeDBInstances")) == [
        ("error", "unknown-service", "statement[0].action[0]")
    ]
    assert "CAM knows MySQL as cdb" in message(allow("mysql:DescribeDBInstances"))
    assert "did you mean cvm?" in message(allow("cvn:DescribeInstances"))


def test_a_service_whose_actions_are_not_listed_is_left_alone():
    assert said(allow("cos:GetObject", "cos:Get*")) == [("note", "unreachable", "statement[0].action[0]")]


@pytest.mark.parametrize("action", ["cvm:describeInstances", "CVM:DescribeInstances", "cvm:describei*"])
def test_a_wrong_case_is_an_error_in_an_allow_and_a_warning_in_a_deny(action):
    assert said(allow(action)) == [("error", "wrong-case", "statement[0].action[0]")]
    assert said(deny(action)) == [("warning", "wrong-case", "statement[0].action[0]")]


def test_a_star_that_fits_no_action_is_a_warning():
    assert said(allow("cvm:Frob*")) == [("warning", "unknown-action", "statement[0].action[0]")]
    assert "did you mean Describe?" in message(allow("cvm:Descrbe*"))


def test_a_feature_set_is_a_note():
    assert said(allow("permid/280649")) == [("note", "feature-set", "statement[0].action[0]")]


def test_a_single_action_has_a_path_without_a_place():
    statement = {**allow(), "action": "cvm:Nothing"}
    assert said(statement)[0][2] == "statement[0].action"


def test_an_unknown_service_or_region_in_a_resource_is_told():
    there = ["qcs::nope:gz::instance/*", "qcs::cvm:ap-nowhere::instance/*", "qcs::cvm:sh::instance/*"]
    assert said(allow("cvm:DescribeInstances", resource=there)) == [
        ("error", "unknown-service", "statement[0].resource[0]"),
        ("warning", "unknown-region", "statement[0].resource[1]"),
    ]


def test_placeholders_are_errors_but_for_the_documented_variables():
    resource = ["qcs::cvm:${Region}:uin/${owner_uin}:instance/*"]
    assert said(allow("cvm:DescribeInstances", resource=resource)) == [
        ("error", "placeholder", "statement[0].resource[0]")
    ]
    assert "${Region} " in message(allow("cvm:DescribeInstances", resource=resource))


def test_a_misspelt_condition_key_is_a_warning():
    statement = allow("cvm:DescribeInstances", condition={"ip_equal": {"qcs:IP": "10.0.0.1"}})
    assert said(statement) == [("warning", "unknown-key", "statement[0].condition.ip_equal.qcs:IP")]
    assert "did you mean qcs:ip?" in message(statement)


# --- Resources that are never asked about ----------------------------------------------------------------


def test_a_resource_on_an_operation_level_action_is_an_error():
    assert said(allow("cvm:DescribeZones", resource="qcs::cvm:gz::*")) == [
        ("error", "never-covers", "statement[0].action[0]")
    ]


def test_one_resource_never_covers_a_list_read():
    assert said(allow("cvm:DescribeInstances", resource=ONE)) == [
        ("error", "never-covers", "statement[0].action[0]")
    ]


@pytest.mark.parametrize("resource", ["qcs::cvm:gz::instance/*", "qcs:::::*", "qcs::cvm:${uin}::instance/*"])
def test_a_whole_kind_covers_a_list_read(resource):
    assert said(allow("cvm:DescribeInstances", resource=resource)) == []


def test_nothing_is_said_where_it_is_not_known_what_an_action_asks():
    assert said(allow("cvm:StopInstances", resource=ONE)) == []


def test_a_star_that_fits_some_such_actions_is_a_note():
    assert said(allow("cvm:*", resource=ONE)) == [("note", "never-covers", "statement[0].action[0]")]


def test_a_deny_that_never_applies_is_an_error_too():
    assert said(deny("cvm:DescribeZones", resource=ONE))[0][:2] == ("error", "never-covers")


# --- Width -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["*", "name/*", "cvm:*"])
def test_everything_on_everything_is_a_warning(action):
    assert said(allow(action)) == [("warning", "wide", "statement[0].action[0]")]


def test_a_condition_or_a_resource_narrows_everything():
    narrowed = allow("*", condition={"ip_equal": {"qcs:ip": "10.0.0.0/8"}})
    assert said(narrowed) == said(allow("*", resource=ONE)) == said(deny("*")) == []


def test_a_star_over_reads_and_writes_is_a_warning():
    assert said(allow("cvm:De*")) == [("warning", "wide", "statement[0].action[0]")]
    assert "such as DeleteImages" in message(allow("cvm:De*"))


def test_a_star_that_fits_one_action_only_is_a_note():
    assert said(allow("cvm:Stop*")) == [("note", "wide", "statement[0].action[0]")]


def test_one_action_on_every_resource_says_what_it_means():
    assert said(allow("cam:CreateAccessKey")) == []
    assert said(allow("cam:CreateAccessKey", resource="qcs::cam::uin/1:uin/2")) == []


# --- Statements that change nothing ----------------------------------------------------------------------


def test_a_statement_that_another_denies_whole_never_applies():
    assert said(allow("cvm:DescribeZones"), deny("cvm:*")) == [("warning", "unreachable", "statement[0]")]


def test_a_statement_that_repeats_another_changes_nothing():
    assert said(allow("cvm:DescribeZones"), allow("cvm:DescribeZones")) == [
        ("warning", "unreachable", "statement[1]")
    ]


def test_an_action_that_repeats_another_is_a_note():
    assert said(allow("cvm:DescribeZones", "cvm:Describe*")) == [
        ("note", "unreachable", "statement[0].action[0]")
    ]


def test_a_resource_within_another_is_a_note():
    resource = ["qcs::cvm::uin/1:instance/ins-1", "qcs::cvm::uin/1:instance/*"]
    assert said(allow("cvm:StopInstances", resource=resource)) == [
        ("note", "unreachable", "statement[0].resource[0]")
    ]


def test_an_error_is_told_even_where_the_action_adds_nothing():
    assert ("error", "unknown-action", "statement[0].action[1]") in said(allow("cvm:*", "cvm:Nothing"))


# --- The whole -------------------------------------------------------------------------------------------


def test_what_cam_refuses_is_told_whole_with_its_paths():
    document = {"version": "1.0", "statement": [{"effect": "Allow", "action": "*", "resource": "x"}]}
    assert [(each.rule, each.path) for each in lint(document, KNOWN)] == [
        ("malformed", "version"),
        ("malformed", "statement[0].effect"),
        ("malformed", "statement[0].resource"),
    ]


def test_what_is_no_json_is_told():
    assert [each.rule for each in lint("{", KNOWN)] == ["malformed"]


def test_a_document_over_the_limit_is_an_error_that_says_what_white_space_takes():
    document = {"version": "2.0", "statement": [allow("cam:GetUser")]}
    text = json.dumps(document) + " " * 6144
    assert [(each.severity, each.rule) for each in lint(text, KNOWN)] == [("error", "too-long")]
    assert "without white space it has" in lint(text, KNOWN)[0].message
    assert lint(json.dumps(document), KNOWN) == ()
