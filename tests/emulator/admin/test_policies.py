"""Policies asked about over HTTP, in Python and as files: one vocabulary."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from emulator import Emulator
from emulator.admin.policies import Case, Policies, Written, find_preset
from emulator.admin.routes import Door
from emulator.admin.vocabulary import Knowledge
from emulator.contract.catalog import catalog
from emulator.errors import BadInput
from emulator.wire.envelope import Envelope

FIXTURES = Path(__file__).parents[3] / "scenarios/fixtures"
KIND = "qcs::cvm:gz:uin/100000000001:instance/*"


def allow(*actions, resource="*", effect="allow", **more):
    statement = {"effect": effect, "action": list(actions), "resource": resource, **more}
    return {"version": "2.0", "statement": [statement]}


def written(document, name="p"):
    return Written(name, document if isinstance(document, str) else json.dumps(document))


@pytest.fixture(scope="module")
def policies():
    return Policies(catalog())


@pytest.fixture
def cloud():
    return Emulator()


@pytest.fixture
def post(cloud):
    door = Door(cloud.app.control, lambda: b"")

    def post(path, body, method="POST", query=""):
        raw = b"" if body is None else json.dumps(body).encode()
        reply = door.answer(Envelope(method, f"/_emulator/policy/{path}", query, {}, raw))
        return reply.status, json.loads(reply.body)

    return post


# --- The guide's policies --------------------------------------------------------------------------------


def findings(policies, name):
    text = (FIXTURES / f"{name}.json").read_text("utf-8")
    return policies.lint([Written(name, text)])["findings"]


def test_lint_finds_exactly_what_is_wrong_with_the_guides_policies(policies):
    (mysql,) = findings(policies, "cspmPolicy")
    assert (mysql["rule"], mysql["path"]) == ("unknown-service", "statement[14].action[0]")
    assert "mysql" in mysql["message"]

    absent = findings(policies, "siemPolicy")
    document = json.loads((FIXTURES / "siemPolicy.json").read_text("utf-8"))
    named = {at_path(document, each["path"]) for each in absent}
    assert Counter(each["rule"] for each in absent) == {"unknown-action": 9}
    assert named == {
        "cfw:DescribeAclApiDispatch",
        "cfw:DescribeBorderACLList",
        "ckafka:CreateDatahubGroup",
        "ckafka:ModifyDatahubGroupOffsets",
        "ckafka:ListConsumerGroup",
        "cam:CheckSubAccountName",
        "cam:CheckUserPolicyAttachment",
        "cam:ListAllGroupsPolicies",
        "cam:ListGroupsPolicies",
    }

    unfilled = findings(policies, "ciemPolicy")
    assert [(each["rule"], each["path"]) for each in unfilled] == [
        ("placeholder", "statement[0].resource[0]"),
        ("placeholder", "statement[0].resource[1]"),
    ]
    assert set(re.findall(r"\$\{\w+\}", " ".join(each["message"] for each in unfilled))) == {
        "${CLS_Region_ID}",
        "${Root_Account_ID}",
        "${CLS_Topic_ID}",
        "${CLS_Logset_ID}",
    }


def at_path(value, path):
    for name, place in re.findall(r"(\w+)|\[(\d+)\]", path):
        value = value[name] if name else value[int(place)]
    return value


@pytest.mark.parametrize("name", ["QcloudCVMReadOnlyAccess", "QcloudSMSFullAccess"])
def test_lint_finds_no_error_in_a_preset(policies, name):
    assert policies.lint([Written(name, find_preset(name))])["errors"] == 0


def test_a_second_permission_is_no_unknown_action(policies):
    assert policies.lint([written(allow("cam:DeleteApiKey"))])["findings"] == []


# --- Simulate --------------------------------------------------------------------------------------------


def simulated(policies, action, *documents, **fields):
    case = Case(policies=[written(each) for each in documents], actions=[action], **{"context": {}, **fields})
    (decision,) = policies.simulate(case)["decisions"]
    return decision


def test_a_modelled_list_read_asks_what_it_would_ask(policies):
    decision = simulated(policies, "cvm:DescribeInstances", allow("cvm:*", resource=KIND))
    assert (decision["effect"], decision["resources"]) == ("allow", [KIND])
    assert "all of a kind" in decision["notes"][0]


def test_the_region_and_the_owner_of_the_question_can_be_said(policies):
    decision = simulated(
        policies, "cvm:DescribeInstances", allow("cvm:*"), region="ap-shanghai", owner_uin="100000000007"
    )
    assert decision["resources"] == ["qcs::cvm:sh:uin/100000000007:instance/*"]


def test_an_operation_level_action_asks_about_everything_and_needs_no_word(policies):
    decision = simulated(policies, "cvm:DescribeRegions", allow("cvm:*", resource=KIND))
    assert (decision["effect"], decision["resources"], decision["notes"]) == ("deny", ["*"], [])


def test_what_is_not_known_is_said(policies):
    assert "not known" in simulated(policies, "cvm:ExportImages", allow("*"))["notes"][0]
    assert "give one" in simulated(policies, "cam:CreateAccessKey", allow("*"))["notes"][0]


def test_an_action_that_nobody_publishes_is_decided_and_said(policies):
    decision = simulated(policies, "cvm:StopInstancez", allow("cvm:*"), as_operation=True)
    assert decision["effect"] == "allow"
    assert "did you mean StopInstances" in decision["notes"][0]


def test_as_operation_asks_about_everything_whatever_is_asked_usually(policies):
    assert simulated(policies, "cvm:DescribeInstances", allow("cvm:*"), as_operation=True)["resources"] == [
        "*"
    ]
    with pytest.raises(BadInput, match="as_operation"):
        simulated(policies, "cvm:DescribeInstances", allow("*"), as_operation=True, resources=[KIND])


def test_the_context_decides_conditions(policies):
    document = allow("cvm:*", condition={"ip_equal": {"qcs:ip": "10.0.0.0/8"}})
    there = simulated(policies, "cvm:DescribeZones", document, context={"qcs:ip": ["10.1.1.1"]})
    elsewhere = simulated(policies, "cvm:DescribeZones", document, context={"qcs:ip": ["1.1.1.1"]})
    assert (there["effect"], elsewhere["effect"]) == ("allow", "deny")
    assert "1.1.1.1" in "".join(elsewhere["lines"])


def test_a_resources_tags_can_be_given_and_hold_for_every_resource(policies):
    document = allow("cvm:*", condition={"for_any_value:string_equal": {"qcs:resource_tag": "env&prod"}})
    resources = [KIND.replace("*", key) for key in ("ins-1", "ins-2")]

    def refused(*tags):
        context = {"qcs:resource_tag": tags}
        return simulated(policies, "cvm:StopInstances", document, resources=resources, context=context)[
            "refused"
        ]

    assert refused("team&a", "env&prod") == []
    assert refused("env&dev") == resources


def test_everybody_is_denied_what_needs_a_second_factor_until_it_was_given(policies):
    def asked(action, **context):
        return simulated(policies, f"account:{action}", allow("*"), context=context)

    for action in ("QueryKeyBySecretId", "SetSafeAuthFlag", "BindToken", "UnbindToken", "ModifyMail"):
        assert asked(action, mfa=["0"])["because"][0]["source"]["kind"] == "general policy"
        assert asked(action, mfa=["1"])["effect"] == "allow"
    told = asked("ModifyPhoneNum", mfa=["0"])
    assert told["kind"] == "explicit deny"
    assert any("general policy MFA to change the phone number" in line for line in told["lines"])
    assert asked("ModifyNickname", mfa=["0"])["effect"] == "allow"


def test_the_general_policies_are_never_looked_at_in_vain(policies):
    told = simulated(policies, "cvm:DescribeZones")
    assert told["lacks"] == [{"layer": "identity", "resources": ["*"], "held": []}]


def test_a_list_under_a_condition_on_tags_is_narrowed(policies):
    document = allow("cvm:*", condition={"for_any_value:string_equal": {"qcs:resource_tag": "env&prod"}})
    told = simulated(policies, "cvm:DescribeInstances", document)
    assert (told["effect"], told["kind"]) == ("allow", "narrowed")
    assert "  because the list shows only what bears the tags that a statement wants" in told["lines"]


def test_boundary_and_session_narrow(policies):
    for layer in ("boundary", "session"):
        narrow = {layer: [written(allow("vpc:*"))]}
        assert simulated(policies, "cvm:DescribeZones", allow("*"), **narrow)["kind"] == layer


def test_the_callers_variables_are_filled(policies):
    document = allow("cam:CreateAccessKey", resource="qcs::cam::uin/${owner_uin}:uin/${uin}")
    mine = "qcs::cam::uin/100000000001:uin/100000000002"
    assert simulated(policies, "cam:CreateAccessKey", document, resources=[mine], uin="100000000002")[
        "effect"
    ] == ("allow")
    assert simulated(policies, "cam:CreateAccessKey", document, resources=[mine])["effect"] == "deny"


def test_an_open_action_needs_no_policy(policies):
    assert simulated(policies, "sts:GetCallerIdentity")["kind"] == "open"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"region": "ap-mars"}, "region"),
        ({"resources": ["instance/1"]}, r"resources\[0\]"),
        ({"boundary": [Written("b", "{}")]}, "b: version"),
    ],
)
def test_a_wrong_case_is_refused(policies, fields, wrong):
    with pytest.raises(BadInput, match=wrong):
        simulated(policies, "cvm:DescribeZones", allow("*"), **fields)


def test_a_simulation_says_what_the_gateway_would_say(policies, cloud):
    """The same documents, asked without a call and by one."""
    document = allow("cvm:DescribeInstances", resource="qcs::cvm:sh::instance/*")
    decided = simulated(policies, "cvm:DescribeInstances", document, owner_uin=cloud.account.uin)
    cloud.add_user("u", policies=document)
    with cloud:
        with pytest.raises(Exception, match="UnauthorizedOperation") as denied:
            cloud.client("cvm", "2017-03-12", "ap-guangzhou", user="u").call_json("DescribeInstances", {})
        call = cloud.why(denied.value.get_request_id())["Decision"]
    assert (decided["kind"], decided["refused"]) == (call["kind"], call["refused"])
    assert [each["differences"] for each in decided["nearly"]] == [
        each["differences"] for each in call["nearly"]
    ]


# --- Diff ------------------------------------------------------------------------------------------------


def test_diff_goes_over_the_whole_contract(policies):
    answer = policies.diff([written(allow("cvm:Describe*"))], [written(allow("*"))])
    gained = {action for each in answer["gained"] for action in each["actions"]}
    known_as = Knowledge(catalog()).asked_as
    published = {known_as.get(key, key) for key in (f"{of}:{name}" for of, _, name in catalog().names())}
    kept = {action for action in published if action.startswith("cvm:Describe")}
    assert "cvm:DescribeAddresses" in kept
    assert published - kept <= gained
    assert not gained & kept
    assert answer["lost"] == answer["changed"] == []


def test_diff_says_which_placeholders_have_no_value(policies):
    text = (FIXTURES / "ciemPolicy.json").read_text("utf-8")
    assert "CLS_Topic_ID" in policies.diff([written(text)], [written(allow("*"))])["unfilled"]


def test_diff_says_of_each_policy_what_is_wrong_with_it(policies):
    with pytest.raises(BadInput) as bad:
        policies.diff([written("{}", "a")], [written("{}", "b")])
    assert {each.path.partition(":")[0] for each in bad.value.violations} == {"a", "b"}


# --- Over HTTP -------------------------------------------------------------------------------------------


def test_lint_over_http_takes_documents_texts_and_names(post):
    given = [allow("cvm:Nothing"), json.dumps(allow("cvm:Nothing")), "AdministratorAccess"]
    status, answer = post("lint", {"policies": given})
    assert (status, answer["errors"]) == (200, 2)
    assert [each["policy"] for each in answer["findings"]] == [
        "policies[0]",
        "policies[1]",
        "AdministratorAccess",
    ]


def test_one_policy_need_not_be_a_list(post):
    assert post("lint", {"policies": allow("cvm:Nothing")})[1]["errors"] == 1


def test_a_custom_policy_of_the_account_is_known_by_its_name(cloud, post):
    cloud.add_user("u", policies={"name": "mine", "document": allow("cvm:StopInstances")})
    assert post("diff", {"a": [], "b": "mine"})[1]["gained"][0]["actions"] == ["cvm:StopInstances"]


def test_simulate_over_http_knows_whose_account_it_is(cloud, post):
    body = {"policies": [allow("cvm:*")], "action": "cvm:DescribeInstances"}
    status, answer = post("simulate", body)
    assert (status, answer["allowed"]) == (200, True)
    assert answer["decisions"][0]["resources"] == [f"qcs::cvm:gz:uin/{cloud.account.uin}:instance/*"]


def test_simulate_over_http_takes_all_there_is_to_say(post):
    body = {
        "policies": [],
        "action": ["cvm:StopInstances", "cvm:DescribeZones"],
        "resource": KIND,
        "context": {"qcs:ip": "10.0.0.1", "qcs:resource_tag": ["a&b", "c&d"]},
        "boundary": [],
        "session": [],
        "as_operation": False,
        "region": "ap-shanghai",
        "uin": "100000000002",
        "owner_uin": "100000000001",
    }
    answer = post("simulate", body)[1]
    assert [each["kind"] for each in answer["decisions"]] == ["implicit deny"] * 2
    assert [each["layer"] for each in answer["decisions"][0]["lacks"]] == ["identity", "boundary", "session"]


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("lint", {}, ["policies"]),
        ("lint", {"policies": ["nothing", 7]}, ["policies[0]", "policies[1]"]),
        ("diff", {"a": []}, ["b"]),
        ("simulate", {"policies": []}, ["action"]),
        ("simulate", {"policies": [], "action": "a:B", "context": {"k": {}}}, ["context.k"]),
        ("simulate", {"policies": [], "action": "a:B", "context": 1}, ["context"]),
        ("simulate", {"policies": [], "action": "a:B", "as_operation": "true"}, ["as_operation"]),
        ("simulate", {"policies": [], "action": "a:*"}, ["action"]),
        ("simulate", {"policies": [], "action": "a:B", "colour": 1}, ["colour"]),
    ],
)
def test_wrong_questions_are_refused_by_path(post, path, body, wrong):
    status, answer = post(path, body)
    assert (status, [each["path"] for each in answer["errors"]]) == (400, wrong)


# --- From calls ------------------------------------------------------------------------------------------


@pytest.fixture
def called(cloud):
    """A cloud in which two users called something."""
    with cloud:
        for name, version, action in (
            ("cvm", "2017-03-12", "DescribeZones"),
            ("cam", "2019-01-16", "ListUsers"),
        ):
            cloud.add_user(name, policies="AdministratorAccess")
            cloud.client(name, version, "ap-guangzhou", user=name).call_json(action, {})
        cloud.client("sts", "2018-08-13", "ap-guangzhou", user="cvm").call_json("GetCallerIdentity", {})
        yield cloud


def test_from_calls_writes_what_was_asked_and_says_what_it_leaves_out(called, post):
    status, answer = post("from-calls", None, "GET")
    assert status == 200
    assert answer["policy"] == allow("cam:ListUsers", "cvm:DescribeZones", resource=["*"])
    assert (answer["calls"], answer["fits"]) == (2, True)
    assert answer["left_out"] == [
        {"action": "sts:GetCallerIdentity", "why": "needs no permission", "calls": 1}
    ]


def test_from_calls_can_be_narrowed(called, post):
    assert post("from-calls", None, "GET", "user=cvm")[1]["policy"] == allow(
        "cvm:DescribeZones", resource=["*"]
    )
    assert called.policy_from_calls(user="cvm") == allow("cvm:DescribeZones", resource=["*"])
    assert called.policy_from_calls(user="nobody") is None


def test_from_calls_leaves_out_what_no_allow_would_undo(called):
    called.deny("cvm:DescribeZones", user="cam")
    with pytest.raises(Exception, match="UnauthorizedOperation"):
        called.client("cvm", "2017-03-12", "ap-guangzhou", user="cam").call_json("DescribeZones", {})
    assert called.policy_from_calls(user="cam") == allow("cam:ListUsers", resource=["*"])


def test_what_was_denied_for_want_of_an_allow_is_needed(cloud):
    cloud.add_user("u")
    with cloud, pytest.raises(Exception, match="UnauthorizedOperation"):
        cloud.client("cvm", "2017-03-12", "ap-guangzhou", user="u").call_json("DescribeZones", {})
    assert cloud.policy_from_calls() == allow("cvm:DescribeZones", resource=["*"])


# --- In Python -------------------------------------------------------------------------------------------


def test_a_handle_lints_simulates_and_compares(cloud):
    assert [each["rule"] for each in cloud.lint_policy(allow("cvm:Nothing"))] == ["unknown-action"]
    decision = cloud.simulate_policy(allow("cvm:*"), "cvm:DescribeZones", context={"qcs:ip": "10.0.0.1"})
    assert decision["effect"] == "allow"
    assert cloud.diff_policies(allow("cvm:*"), "AdministratorAccess")["lost"] == []
