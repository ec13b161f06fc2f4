import pytest

from emulator.errors import BadInput
from emulator.policy.decide import (
    Grant,
    Match,
    Misspelled,
    Question,
    Source,
    Unmet,
    compile,  # noqa: A004
    decide,
    leave_open,
    narrow,
    trusts,
)
from emulator.policy.document import Principal, parse

SOURCE = Source("group policy", "236806532", "ops", "group admins")
INSTANCES = "qcs::cvm:gz:uin/100000000001:instance/*"
FIRST = "qcs:id/0:cvm:ap-guangzhou:uin/100000000001:instance/ins-1"
SECOND = "qcs:id/0:cvm:ap-guangzhou:uin/100000000001:instance/ins-2"


def statement(effect, action="cvm:*", resource="*", condition=None):
    found = {"effect": effect, "action": action, "resource": resource}
    return found if condition is None else {**found, "condition": condition}


def held(*statements):
    return [Grant(SOURCE, parse({"version": "2.0", "statement": list(statements)}))]


def asked(*resources, action="cvm:StopInstances", **context):
    return Question(
        action, resources or ("*",), {key.replace("_", ":", 1): value for key, value in context.items()}
    )


# --- Documented order -------------------------------------------------------------------------------------


def test_nothing_allows_nothing():
    decision = decide(asked(), [])
    assert (decision.effect, decision.kind) == ("deny", "implicit deny")
    assert decision.refused == ("*",)
    assert decision.because == decision.nearly == ()


def test_an_allow_allows_and_is_the_reason():
    decision = decide(asked(), held(statement("allow", ["vpc:*", "name/cvm:Stop*"])))
    assert decision.allowed
    assert decision.kind == "allowed"
    assert decision.because == (
        Match(source=SOURCE, index=0, effect="allow", resource="*", action="name/cvm:Stop*", pattern="*"),
    )


@pytest.mark.parametrize("order", [("allow", "deny"), ("deny", "allow")])
def test_a_deny_wins_whatever_the_order(order):
    decision = decide(asked(), held(*map(statement, order)))
    assert decision.kind == "explicit deny"
    assert [match.effect for match in decision.because] == ["deny"]


def test_policies_of_several_sources_are_judged_together():
    allow = Grant(Source("policy", "1"), held(statement("allow"))[0].document)
    deny = Grant(Source("denial", "f1"), held(statement("deny", "cvm:StopInstances"))[0].document)
    assert decide(asked(), [allow, deny]).because[0].source.kind == "denial"
    assert decide(asked(action="cvm:StartInstances"), [allow, deny]).allowed


# --- Actions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        ("*", True),
        ("cvm:*", True),
        ("cvm:Stop*", True),
        ("name/cvm:StopInstances", True),
        ("cvm:*Instances", True),
        ("cvm:StopInstance", False),
        ("cvm:Describe*", False),
        ("vpc:*", False),
        ("permid/280649", False),
    ],
)
def test_an_action_is_named_by_its_name_or_a_wildcard(pattern, allowed):
    assert decide(asked(), held(statement("allow", pattern))).allowed is allowed


@pytest.mark.parametrize("written", ["cvm:stopinstances", "CVM:StopInstances", "cvm:stop*"])
def test_an_allow_wants_the_exact_case_and_a_miss_is_told(written):
    decision = decide(asked(), held(statement("allow", written)))
    assert not decision.allowed
    assert decision.nearly[0].differences == (Misspelled(written, "cvm:StopInstances"),)


@pytest.mark.parametrize("written", ["cvm:stopinstances", "CVM:StopInstances", "cvm:stop*"])
def test_a_deny_takes_any_case(written):
    assert decide(asked(), held(statement("allow"), statement("deny", written))).kind == "explicit deny"


# --- Resources --------------------------------------------------------------------------------------------


def test_a_call_without_resource_is_not_granted_by_a_statement_about_some():
    decision = decide(asked(), held(statement("allow", resource="qcs::cvm:::*")))
    assert decision.kind == "implicit deny"
    assert decision.nearly[0].differences[0].note == "the call passes no resource"


def test_a_deny_about_some_resources_does_not_reach_a_call_without():
    assert decide(asked(), held(statement("allow"), statement("deny", resource="qcs::cvm:::*"))).allowed


def test_a_list_read_is_granted_only_by_a_statement_about_all():
    some = held(statement("allow", "cvm:*", "qcs::cvm:gz::instance/ins-1"))
    every = held(statement("allow", "cvm:*", "qcs::cvm:gz::instance/*"))
    assert not decide(asked(INSTANCES, action="cvm:DescribeInstances"), some).allowed
    assert decide(asked(INSTANCES, action="cvm:DescribeInstances"), every).allowed


def test_all_resources_must_be_allowed_and_the_lacking_ones_are_named():
    grants = held(statement("allow", resource="qcs::cvm:gz::instance/ins-1"))
    assert decide(asked(FIRST), grants).allowed
    decision = decide(asked(FIRST, SECOND), grants)
    assert decision.refused == (SECOND,)
    assert decision.nearly[0].resource == SECOND


def test_several_statements_may_allow_the_resources_between_them():
    grants = held(
        statement("allow", resource="qcs::cvm:gz::instance/ins-1"),
        statement("allow", resource="qcs::cvm:gz::instance/ins-2"),
    )
    assert decide(asked(FIRST, SECOND), grants).allowed


def test_one_denied_resource_denies_the_call():
    grants = held(statement("allow"), statement("deny", resource="qcs::cvm:gz::instance/ins-2"))
    decision = decide(asked(FIRST, SECOND), grants)
    assert (decision.kind, decision.refused) == ("explicit deny", (SECOND,))


def test_a_near_miss_shows_the_pattern_that_comes_nearest():
    patterns = ["qcs::vpc:sh::vpc/*", "qcs::cvm:sh::instance/*"]
    (near,) = decide(asked(FIRST), held(statement("allow", resource=patterns))).nearly
    assert near.pattern == patterns[1]
    assert [each.segment for each in near.differences] == ["region"]


# --- Conditions -------------------------------------------------------------------------------------------

OFFICE = {"ip_equal": {"qcs:ip": "10.0.0.0/8"}}


def test_a_condition_that_holds_lets_the_statement_apply():
    assert decide(asked(qcs_ip=("10.1.2.3",)), held(statement("allow", condition=OFFICE))).allowed


def test_a_condition_that_does_not_hold_is_a_near_miss():
    decision = decide(asked(qcs_ip=("1.2.3.4",)), held(statement("allow", condition=OFFICE)))
    expected = Unmet("ip_equal", "qcs:ip", ("10.0.0.0/8",), ("1.2.3.4",), "qcs:ip is '1.2.3.4'")
    assert decision.nearly[0].differences == (expected,)


def test_all_conditions_must_hold():
    both = {**OFFICE, "date_less_than": {"qcs:current_time": "2022-05-31 00:00:00"}}
    grants = held(statement("allow", condition=both))
    early, late = ("2022-05-30T00:00:00Z",), ("2022-06-30T00:00:00Z",)
    assert decide(asked(qcs_ip=("10.0.0.1",), qcs_current_time=early), grants).allowed
    assert not decide(asked(qcs_ip=("10.0.0.1",), qcs_current_time=late), grants).allowed
    assert not decide(asked(qcs_ip=("1.0.0.1",), qcs_current_time=early), grants).allowed


def test_a_deny_applies_only_where_its_condition_holds():
    grants = held(statement("allow"), statement("deny", condition={"string_equal": {"account:mfa": "0"}}))
    assert decide(asked(account_mfa=("0",)), grants).kind == "explicit deny"
    assert decide(asked(account_mfa=("1",)), grants).allowed


def test_a_near_miss_says_both_what_the_resource_and_what_the_condition_lacks():
    grants = held(statement("allow", resource="qcs::cvm:sh::*", condition=OFFICE))
    (near,) = decide(asked(FIRST), grants).nearly
    assert [type(each).__name__ for each in near.differences] == ["Difference", "Unmet"]


# --- Root, boundary, session ------------------------------------------------------------------------------


def test_root_needs_no_policy():
    decision = decide(asked(), [], root=True)
    assert (decision.effect, decision.kind) == ("allow", "root")


def test_an_injected_denial_binds_root_as_well():
    assert decide(asked(), held(statement("deny")), root=True).kind == "explicit deny"


@pytest.mark.parametrize("layer", ["boundary", "session"])
def test_a_layer_limits_what_policies_allow_and_grants_nothing_itself(layer):
    allow, other = held(statement("allow")), held(statement("allow", "vpc:*"))
    assert decide(asked(), allow, **{layer: allow}).allowed
    assert decide(asked(), allow, **{layer: other}).kind == layer
    assert decide(asked(), allow, **{layer: []}).kind == layer
    assert decide(asked(), [], **{layer: allow}).kind == "implicit deny"
    assert decide(asked(), allow, **{layer: held(statement("deny"))}).kind == "explicit deny"


def test_a_session_limits_root():
    assert decide(asked(), [], session=held(statement("allow", "vpc:*")), root=True).kind == "session"


def test_boundary_and_session_must_both_allow():
    allow, other = held(statement("allow")), held(statement("allow", "vpc:*"))
    assert decide(asked(), allow, boundary=allow, session=allow).allowed
    assert decide(asked(), allow, boundary=allow, session=other).kind == "session"
    assert decide(asked(), allow, boundary=other, session=allow).kind == "boundary"


def test_an_action_that_needs_no_permission_is_left_open_unless_denied():
    opened = leave_open(decide(asked(), []))
    assert (opened.effect, opened.kind, opened.refused) == ("allow", "open", ())
    assert leave_open(decide(asked(), held(statement("deny")))).kind == "explicit deny"


# --- Variables --------------------------------------------------------------------------------------------


def test_a_policy_may_speak_of_whoever_calls():
    grants = held(statement("allow", resource="qcs::cvm::uin/${owner_uin}:user/${uin}"))
    question = asked("qcs::cvm:gz:uin/1:user/2")
    assert decide(question, grants, variables={"uin": "2", "owner_uin": "1"}).allowed
    assert not decide(question, grants, variables={"uin": "3", "owner_uin": "1"}).allowed
    assert not decide(question, grants).allowed


# --- Questions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "resources", "place"),
    [
        ("cvm:StopInstances", (), "resources"),
        ("cvm:StopInstances", ("instance/ins-1",), "resources[0]"),
        ("cvm:StopInstances", ("*", ""), "resources[1]"),
        ("StopInstances", ("*",), "action"),
        ("cvm:*", ("*",), "action"),
    ],
)
def test_what_is_no_question_is_not_asked(action, resources, place):
    with pytest.raises(BadInput) as caught:
        Question(action, resources)
    assert [violation.path for violation in caught.value.violations] == [place]


# --- Memory -----------------------------------------------------------------------------------------------


def test_the_same_question_gets_the_very_same_decision():
    grants = compile(held(statement("allow")))
    assert grants.decide(asked(FIRST)) is grants.decide(asked(FIRST))


def test_what_is_remembered_does_not_outlive_a_condition():
    grants = compile(held(statement("allow", condition=OFFICE)))
    assert grants.decide(asked(qcs_ip=("10.0.0.1",))).allowed
    assert not grants.decide(asked(qcs_ip=("1.2.3.4",))).allowed


def test_a_context_nobody_looked_at_is_not_kept():
    grants = compile(held(statement("allow")))
    assert grants.decide(asked(qcs_ip=("10.0.0.1",))).question.context == {}


def test_memory_does_not_grow_without_end():
    grants = compile(held(statement("allow")))
    for number in range(5000):
        grants.decide(asked(f"qcs::cvm:gz:uin/1:instance/ins-{number}"))
    assert len(grants._memo) <= 4096


# --- What is known of each resource ------------------------------------------------------------------------

TAGGED = {"for_any_value:string_equal": {"qcs:resource_tag": ["env&prod"]}}


def about(tags, *resources, action="cvm:StopInstances", **context):
    own = {resource: {"qcs:resource_tag": borne} for resource, borne in tags.items()}
    return Question(action, resources or tuple(tags), context, own)


def test_a_condition_is_judged_of_each_resource_by_itself():
    decision = decide(
        about({FIRST: ("env&prod",), SECOND: ("env&dev",)}), held(statement("allow", condition=TAGGED))
    )
    assert decision.refused == (SECOND,)
    assert [near.resource for near in decision.nearly] == [SECOND]
    assert decision.nearly[0].differences[0].actual == ("env&dev",)


def test_what_is_known_of_a_resource_goes_before_what_is_known_of_the_call():
    of_call = {"qcs:resource_tag": ("env&prod",)}
    allowing = held(statement("allow", condition=TAGGED))
    assert decide(Question("cvm:StopInstances", (FIRST,), of_call), allowing).allowed
    assert not decide(
        Question("cvm:StopInstances", (FIRST,), of_call, {FIRST: {"qcs:resource_tag": ()}}), allowing
    ).allowed


@pytest.mark.parametrize("asked_for", ["qcs:resource_tag", "qcs:tag"])
@pytest.mark.parametrize("known_as", ["qcs:resource_tag", "qcs:tag"])
def test_a_resources_tags_are_one_key_with_two_names(asked_for, known_as):
    allowing = held(statement("allow", condition={"string_equal": {asked_for: "env&prod"}}))
    question = Question("cvm:StopInstances", (FIRST,), {}, {FIRST: {known_as: ("env&prod",)}})
    assert decide(question, allowing).allowed


def test_a_decision_with_tags_is_remembered_for_no_other_tags():
    grants = compile(held(statement("allow", condition=TAGGED)))
    assert [grants.decide(about({FIRST: (tag,)})).allowed for tag in ("env&prod", "env&dev", "env&prod")] == [
        True,
        False,
        True,
    ]


def test_contexts_are_kept_as_they_were_and_no_more_of_them_than_was_looked_at():
    borne = {"qcs:resource_tag": ["env&dev"], "cvm:zone": ["z"]}
    question = Question("cvm:StopInstances", (FIRST,), {"qcs:ip": ("10.0.0.1",)}, {FIRST: borne})
    decision = decide(question, held(statement("allow", condition=TAGGED)))
    borne["qcs:resource_tag"][0] = "env&prod"
    assert decision.question.context == {}
    assert decision.question.own == {FIRST: {"qcs:resource_tag": ("env&dev",)}}


# --- Lists under conditions on tags -------------------------------------------------------------------------


def listing(*statements, **layers):
    grants = held(*statements) if statements else []
    return decide(asked(INSTANCES, action="cvm:DescribeInstances"), grants, **layers)


@pytest.mark.parametrize("operator", ["string_equal", "for_any_value:string_equal_ignore_case"])
def test_a_list_that_only_tags_stand_against_is_narrowed(operator):
    refused = listing(statement("allow", condition={operator: {"qcs:tag": "env&prod"}}))
    assert not refused.allowed
    narrowed = narrow(refused)
    assert (narrowed.effect, narrowed.kind, narrowed.refused, narrowed.lacks) == ("allow", "narrowed", (), ())


@pytest.mark.parametrize(
    "refused",
    [
        listing(),
        listing(statement("allow")),
        listing(statement("allow", condition=TAGGED), statement("deny")),
        listing(statement("deny", condition=TAGGED)),
        listing(statement("allow", "cvm:describeInstances", condition=TAGGED)),
        listing(statement("allow", resource="qcs::cvm:sh::instance/*", condition=TAGGED)),
        listing(statement("allow", condition={**TAGGED, **OFFICE})),
        listing(statement("allow", condition={"string_not_equal": {"qcs:resource_tag": "env&prod"}})),
        listing(statement("allow", condition={"string_like": {"qcs:resource_tag": "env&*"}})),
        listing(
            statement("allow", condition={"for_all_value:string_equal": {"qcs:resource_tag": "env&prod"}})
        ),
        listing(statement("allow", condition={"null_equal": {"qcs:resource_tag": "false"}})),
        listing(statement("allow", condition={"string_equal": {"qcs:request_tag": "env&prod"}})),
        listing(statement("allow", condition=TAGGED), boundary=[]),
        decide(asked(FIRST), held(statement("allow", condition=TAGGED))),
        decide(asked("*"), held(statement("allow", condition=TAGGED))),
    ],
)
def test_nothing_else_is_narrowed(refused):
    assert narrow(refused) is None


def test_every_layer_that_lacks_an_allow_must_have_one_by_tag():
    by_tag = [Grant(Source("boundary"), held(statement("allow", condition=TAGGED))[0].document)]
    assert narrow(listing(statement("allow"), boundary=by_tag)).kind == "narrowed"
    assert narrow(listing(statement("allow", condition=TAGGED), boundary=by_tag)).kind == "narrowed"
    assert narrow(listing(statement("allow", condition=TAGGED), boundary=by_tag, session=[])) is None


# --- Trust ------------------------------------------------------------------------------------------------


def trust_policy(*principals, condition=None, effect="allow"):
    body = {"effect": effect, "action": "name/sts:AssumeRole", "principal": {"qcs": list(principals)}}
    if condition is not None:
        body["condition"] = condition
    return parse({"version": "2.0", "statement": [body]}, trust=True)


def user(uin, account="1"):
    return Principal("qcs", f"qcs::cam::uin/{account}:uin/{uin}")


def test_a_role_trusts_whom_it_names():
    document = trust_policy("qcs::cam::uin/1:uin/2")
    assert trusts(document, user("2")).allowed
    assert not trusts(document, user("3")).allowed
    assert not trusts(document, user("2", account="9")).allowed


def test_to_trust_root_is_to_trust_the_account():
    document = trust_policy("qcs::cam::uin/1:root")
    assert trusts(document, user("2")).allowed
    assert trusts(document, Principal("qcs", "qcs::cam::uin/1:root")).allowed
    assert not trusts(document, user("2", account="9")).allowed


def test_root_is_also_the_user_with_the_number_of_its_account():
    document = trust_policy("qcs::cam::uin/1:uin/1")
    assert trusts(document, Principal("qcs", "qcs::cam::uin/1:root")).allowed
    assert not trusts(document, user("2")).allowed


def test_a_service_is_trusted_by_its_name():
    principal = {"service": ["cls.cloud.tencent.com"]}
    body = {"effect": "allow", "action": "sts:AssumeRole", "principal": principal}
    document = parse({"version": "2.0", "statement": [body]}, trust=True)
    assert trusts(document, Principal("service", "cls.cloud.tencent.com")).allowed
    assert not trusts(document, Principal("service", "cvm.cloud.tencent.com")).allowed
    assert not trusts(document, user("2")).allowed


def test_trust_may_depend_on_an_external_id():
    document = trust_policy("qcs::cam::uin/1:root", condition={"string_equal": {"sts:external_id": "secret"}})
    assert trusts(document, user("2"), {"sts:external_id": ("secret",)}).allowed
    assert not trusts(document, user("2"), {"sts:external_id": ("other",)}).allowed
    assert not trusts(document, user("2")).allowed


def test_trust_is_for_the_named_action():
    document = trust_policy("qcs::cam::uin/1:root")
    assert not trusts(document, user("2"), action="sts:AssumeRoleWithSAML").allowed


def test_a_stranger_is_told_whom_the_role_trusts():
    (near,) = trusts(trust_policy("qcs::cam::uin/1:uin/2"), user("3")).nearly
    assert near.differences[0].segment == "principal"
    assert near.differences[0].wanted == "qcs::cam::uin/1:uin/2"
