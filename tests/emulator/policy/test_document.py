import json
from pathlib import Path

import pytest

import scenarios
from emulator.policy.document import BadPolicy, Principal, parse

FIXTURES = Path(scenarios.__file__).parent / "fixtures"
ALLOW = {"effect": "allow", "action": "cvm:*", "resource": "*"}
TRUST = {
    "effect": "allow",
    "action": "name/sts:AssumeRole",
    "principal": {"qcs": ["qcs::cam::uin/100000000001:root"]},
}


def policy(*statements, **elements):
    return {"version": "2.0", "statement": list(statements), **elements}


def with_element(**elements):
    return policy({**ALLOW, **elements})


def refused(source, **options):
    with pytest.raises(BadPolicy) as caught:
        parse(source, **options)
    return caught.value


def places(error):
    return [violation.path for violation in error.violations]


# --- The guide's policies ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "statements", "actions"), [("cspmPolicy", 15, 51), ("siemPolicy", 4, 29), ("ciemPolicy", 1, 1)]
)
def test_the_guides_policies_are_read_as_they_stand(name, statements, actions):
    text = (FIXTURES / f"{name}.json").read_text()
    document = parse(text)
    assert document.text == text
    assert len(document.statements) == statements
    assert sum(len(statement.actions) for statement in document.statements) == actions


# --- What is read -----------------------------------------------------------------------------------------


def test_the_text_is_kept_to_the_letter():
    text = ' {"version":"2.0", "statement":[{"action":["*"],"effect":"allow","resource":"*"}]}\n'
    assert parse(text).text == text


def test_a_value_is_read_as_its_text_is():
    source = with_element(condition={"ip_equal": {"qcs:ip": ["10.0.0.0/8"]}})
    assert parse(source) == parse(json.dumps(source, ensure_ascii=False))


def test_a_string_is_a_list_of_one():
    one = parse(with_element(action="cvm:StopInstances", resource="*")).statements
    many = parse(with_element(action=["cvm:StopInstances"], resource=["*"])).statements
    assert one == many


@pytest.mark.parametrize(
    ("text", "service", "name"),
    [
        ("*", "*", "*"),
        ("name/*", "*", "*"),
        ("cvm:*", "cvm", "*"),
        ("cvm:Describe*", "cvm", "Describe*"),
        ("name/cvm:Describe*", "cvm", "Describe*"),
        ("name/cos:*Bucket*", "cos", "*Bucket*"),
        ("permid/280649", "", ""),
    ],
)
def test_every_documented_form_of_action_is_read(text, service, name):
    (action,) = parse(with_element(action=text)).statements[0].actions
    assert (action.text, action.service, action.name) == (text, service, name)


def test_conditions_are_one_for_each_key():
    source = with_element(condition={"string_equal": {"a": "1", "b": ["2", "3"]}, "bool_equal": {"c": True}})
    found = [(each.operator, each.key, each.values) for each in parse(source).statements[0].conditions]
    assert found == [
        ("string_equal", "a", ("1",)),
        ("string_equal", "b", ("2", "3")),
        ("bool_equal", "c", (True,)),
    ]


def test_an_empty_condition_asks_for_nothing():
    assert parse(with_element(condition={})).statements[0].conditions == ()


def test_statements_know_their_place():
    assert [statement.index for statement in parse(policy(ALLOW, ALLOW)).statements] == [0, 1]


def test_a_document_can_be_a_key():
    assert len({parse(policy(ALLOW)), parse(policy(ALLOW))}) == 1


# --- Trust policies ---------------------------------------------------------------------------------------


def test_a_trust_policy_names_principals_and_needs_no_resource():
    principals = {
        "qcs": "qcs::cam::uin/1:uin/2",
        "service": ["cls.cloud.tencent.com", "cloudaudit.cloud.tencent.com"],
        "federated": ["qcs::cam::uin/1:saml-provider/idp"],
    }
    (statement,) = parse(policy({**TRUST, "principal": principals}), trust=True).statements
    assert statement.resources == ("*",)
    assert set(statement.principals) == {
        Principal("qcs", "qcs::cam::uin/1:uin/2"),
        Principal("service", "cls.cloud.tencent.com"),
        Principal("service", "cloudaudit.cloud.tencent.com"),
        Principal("federated", "qcs::cam::uin/1:saml-provider/idp"),
    }


@pytest.mark.parametrize(
    "principal",
    [
        None,
        {},
        "*",
        {"qcs": []},
        {"qcs": "*"},
        {"qcs": "qcs::cam::uin/*:root"},
        {"qcs": "qcs::cam::anyone:anyone"},
        {"qcs": "qcs::cvm::uin/1:root"},
        {"service": "cvm"},
        {"aws": "x"},
    ],
)
def test_a_trust_policy_must_name_real_principals(principal):
    error = refused(policy({**TRUST, "principal": principal}), trust=True)
    assert error.code == "InvalidParameter.PrincipalError"


def test_a_trust_policy_without_principal_is_refused():
    source = policy({name: value for name, value in TRUST.items() if name != "principal"})
    assert refused(source, trust=True).code == "InvalidParameter.PrincipalError"


def test_a_principal_is_refused_where_nobody_is_to_be_trusted():
    error = refused(with_element(principal={"qcs": "qcs::cam::uin/1:root"}))
    assert error.code == "InvalidParameter.PrincipalError"
    assert places(error) == ["statement[0].principal"]


# --- What is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "code", "place"),
    [
        ("", "PolicyDocumentError", ""),
        ("no json", "PolicyDocumentError", ""),
        ("[]", "PolicyDocumentError", ""),
        ("null", "PolicyDocumentError", ""),
        ("[" * 3000, "PolicyDocumentError", ""),
        ("9" * 5000, "PolicyDocumentError", ""),
        ('{"version":NaN}', "PolicyDocumentError", ""),
        (policy(ALLOW, sid="x"), "PolicyDocumentError", "sid"),
        (policy(ALLOW, Version="2.0"), "PolicyDocumentError", "Version"),
        ({"statement": [ALLOW]}, "VersionError", "version"),
        (policy(ALLOW, version="1.0"), "VersionError", "version"),
        (policy(ALLOW, version=2.0), "VersionError", "version"),
        ({"version": "2.0"}, "StatementError", "statement"),
        (policy(), "StatementError", "statement"),
        (policy(ALLOW, statement=ALLOW), "StatementError", "statement"),
        (policy("allow"), "StatementError", "statement[0]"),
        (with_element(not_action="cvm:*"), "StatementError", "statement[0].not_action"),
        (with_element(Effect="allow"), "StatementError", "statement[0].Effect"),
        (with_element(effect="Allow"), "EffectError", "statement[0].effect"),
        (with_element(effect=["allow"]), "EffectError", "statement[0].effect"),
        (with_element(action=[]), "ActionError", "statement[0].action"),
        (with_element(action=None), "ActionError", "statement[0].action"),
        (with_element(action=["cvm:*", 1]), "ActionError", "statement[0].action[1]"),
        (with_element(action="cvm"), "ActionError", "statement[0].action"),
        (with_element(action="*:*"), "ActionError", "statement[0].action"),
        (with_element(action="c*:*"), "ActionError", "statement[0].action"),
        (with_element(action="cvm:"), "ActionError", "statement[0].action"),
        (with_element(action="name/cos: GetObject"), "ActionError", "statement[0].action"),
        (with_element(action="permid/x"), "ActionError", "statement[0].action"),
        (with_element(resource=[]), "ResourceError", "statement[0].resource"),
        (with_element(resource=["*", "cvm"]), "ResourceError", "statement[0].resource[1]"),
        (with_element(resource="qcs::cvm:gz:1:*"), "ResourceUinError", "statement[0].resource"),
        (with_element(condition=None), "ConditionError", "statement[0].condition"),
        (with_element(condition=[]), "ConditionError", "statement[0].condition"),
        (with_element(condition={"ip_equal": {}}), "ConditionError", "statement[0].condition.ip_equal"),
        (with_element(condition={"ip_equal": "x"}), "ConditionError", "statement[0].condition.ip_equal"),
        (
            with_element(condition={"ip_equal": {"k": []}}),
            "ConditionError",
            "statement[0].condition.ip_equal.k",
        ),
        (
            with_element(condition={"ip_equal": {"k": ["1.1.1.1", "x"]}}),
            "ConditionError",
            "statement[0].condition.ip_equal.k[1]",
        ),
        (
            with_element(condition={"string_equals": {"k": "v"}}),
            "ConditionTypeError",
            "statement[0].condition.string_equals",
        ),
    ],
)
def test_a_malformed_policy_is_refused_with_cams_code_and_its_place(source, code, place):
    error = refused(source)
    assert error.code == f"InvalidParameter.{code}"
    assert places(error) == [place]


def test_everything_wrong_is_said_at_once():
    source = policy(
        {"effect": "no", "action": "cvm", "resource": "x", "condition": {"y": {}}}, {}, version="1"
    )
    assert places(refused(source)) == [
        "version",
        "statement[0].effect",
        "statement[0].action",
        "statement[0].resource",
        "statement[0].condition.y",
        "statement[1].effect",
        "statement[1].action",
        "statement[1].resource",
    ]


def test_paths_start_where_the_policy_stands():
    assert places(refused(with_element(effect="x"), where="PolicyDocument")) == [
        "PolicyDocument.statement[0].effect"
    ]


def test_an_element_in_upper_case_is_told_its_name():
    assert "write `effect`" in str(refused(with_element(Effect="allow")))


def test_an_operator_that_does_not_exist_is_told_its_neighbour():
    assert "did you mean string_equal" in str(refused(with_element(condition={"string_equals": {"k": "v"}})))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"version":"2.0","version":"2.0","statement":[]}', "version"),
        ('{"version":"2.0","statement":[{"effect":"deny","effect":"allow"}]}', "statement[0].effect"),
    ],
)
def test_a_key_given_twice_is_refused(text, place):
    error = refused(text)
    assert error.code == "InvalidParameter.PolicyDocumentError"
    assert places(error) == [place]


def test_a_policy_may_be_6144_characters_long_and_no_longer():
    text = json.dumps(policy(ALLOW))
    assert parse(text.ljust(6144))
    assert refused(text.ljust(6145)).code == "InvalidParameter.PolicyDocumentLengthOverLimit"
    assert parse(text.ljust(6145), limit=None)


def test_a_value_that_is_no_json_is_refused():
    assert refused(policy({**ALLOW, "action": {1, 2}})).code == "InvalidParameter.PolicyDocumentError"
