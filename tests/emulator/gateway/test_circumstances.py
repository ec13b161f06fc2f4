"""Conditions on tags, on a request's and on each resource's own, put to real calls."""

import json

import pytest

from emulator.admin.control import Control
from emulator.contract.catalog import catalog
from emulator.gateway.circumstances import request_tags
from emulator.policy.qcs import respell
from emulator.tables.tags import BY_NAME, read_tags, retagged
from emulator.world import accounts
from emulator.world.estate import Spec, build
from scenarios.direct import Direct, Failed

REGION = "ap-guangzhou"
BALANCER = BY_NAME["clb", "clb"]


@pytest.fixture(scope="module")
def estate():
    return build(Spec(hosts=((REGION, 90), ("ap-shanghai", 20))), 3)


@pytest.fixture
def cloud(estate):
    return Direct.open(estate, uin="100000000001")


def document(*statements):
    return {"version": "2.0", "statement": list(statements)}


def tagged(wanted, key="qcs:resource_tag", operator="for_any_value:string_equal", effect="allow", action="*"):
    condition = {operator: {key: wanted}}
    return {"effect": effect, "action": action, "resource": "*", "condition": condition}


EVERYTHING = {"effect": "allow", "action": "*", "resource": "*"}


def balancers(cloud, *tags):
    """Balancers that bear exactly these tags, one each."""
    ids = [row.value["LoadBalancerId"] for row in cloud.world.read("clb.loadbalancer", REGION)][: len(tags)]
    shelf = cloud.world.write("clb.loadbalancer", REGION)
    for balancer, own in zip(ids, tags, strict=True):
        shelf.put(balancer, retagged(BALANCER, shelf.get(balancer), own))
    return ids


def outcome(cloud, key, action, region=REGION, **params):
    """``ok``, or the resources that the refusal names."""
    try:
        cloud.call(action, params, key=key, region=region)
    except Failed as failed:
        return Control(cloud.gateway).call(failed.request_id)["Decision"]["refused"]
    return "ok"


def name(balancer):
    return f"qcs::clb:{REGION}:uin/100000000001:clb/{balancer}"


# --- A resource's tags ------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["qcs:resource_tag", "qcs:tag"])
def test_each_resource_is_judged_by_the_tags_it_bears(cloud, key):
    prod, dev, bare = balancers(cloud, {"env": "prod", "team": "a"}, {"env": "dev"}, {})
    user = cloud.user("ops", document(tagged("env&prod", key=key)))
    assert outcome(cloud, user, "clb:DescribeTargetHealth", LoadBalancerIds=[prod]) == "ok"
    refused = outcome(cloud, user, "clb:DescribeTargetHealth", LoadBalancerIds=[dev, prod, bare])
    assert refused == [name(dev), name(bare)]


def test_a_deny_by_tag_strikes_only_what_bears_it(cloud):
    prod, dev = balancers(cloud, {"env": "prod"}, {"env": "dev"})
    user = cloud.user("ops", document(EVERYTHING, tagged("env&prod", effect="deny")))
    assert outcome(cloud, user, "clb:DescribeTargetHealth", LoadBalancerIds=[dev]) == "ok"
    assert outcome(cloud, user, "clb:DescribeTargetHealth", LoadBalancerIds=[dev, prod]) == [name(prod)]


def test_a_tag_counts_from_the_moment_it_is_put_on_to_the_moment_it_is_taken_off(cloud):
    (balancer,) = balancers(cloud, {})
    user = cloud.user("ops", document(tagged("env&prod", action="clb:*")))
    seen = []
    for change in (
        {},
        {"Tags": [{"TagKey": "env", "TagValue": "prod"}]},
        {"Tags": [{"TagKey": "env", "TagValue": "dev"}]},
        {"TagKeys": ["env"]},
    ):
        if change:
            verb = "TagResources" if "Tags" in change else "UnTagResources"
            cloud.call(f"tag:{verb}", {"ResourceList": [name(balancer)], **change})
        seen.append(outcome(cloud, user, "clb:DescribeTargets", LoadBalancerId=balancer))
    assert seen == [[name(balancer)], "ok", [name(balancer)], [name(balancer)]]


def test_no_decision_on_one_resource_is_remembered_for_another(cloud):
    prod, dev = balancers(cloud, {"env": "prod"}, {"env": "dev"})
    user = cloud.user("ops", document(tagged("env&prod", action="clb:*")))
    for balancer, expected in ((prod, "ok"), (dev, [name(dev)])) * 2:
        assert outcome(cloud, user, "clb:DescribeTargets", LoadBalancerId=balancer) == expected


def test_what_does_not_exist_bears_no_tags(cloud):
    user = cloud.user("ops", document(tagged("env&prod", action="clb:*")))
    assert outcome(cloud, user, "clb:DescribeTargets", LoadBalancerId="lb-00000000") == [name("lb-00000000")]


def test_another_accounts_tags_are_not_its_own(cloud, estate):
    (balancer,) = balancers(cloud, {"env": "prod"})
    other = Direct.open(estate, uin="100000000002")
    user = other.user("ops", document(tagged("env&prod", action="clb:*")))
    assert outcome(other, user, "clb:DescribeTargets", LoadBalancerId=balancer) != "ok"


def test_a_call_about_no_resource_has_no_resources_tags(cloud):
    user = cloud.user("ops", document(tagged("env&prod")))
    assert outcome(cloud, user, "cvm:DescribeRegions") == ["*"]


HOST = BY_NAME["cvm", "instance"]


@pytest.mark.parametrize("region", [REGION, "ap-shanghai"])
@pytest.mark.parametrize("spelling", ["", "*", "ap-guangzhou", "gz", "ap-shanghai", "sh"])
def test_a_host_is_judged_by_its_tags_though_its_name_has_a_project_and_a_long_region(
    cloud, region, spelling
):
    shelf = cloud.world.write("cvm.instance", region)
    names = []
    for project, env in ((0, "one"), (7, "two")):
        row = next(row for row in shelf if row.value["InstanceState"] == "RUNNING")
        key = row.value["InstanceId"]
        placed = row.having(
            Placement={**row.value["Placement"], "ProjectId": project}, InstanceState="STOPPED"
        )
        shelf.put(key, retagged(HOST, placed, {"env": env}))
        names.append(f"qcs:id/{project}:cvm:{region}:uin/100000000001:instance/{key}")
    mine, other = (each.rpartition("/")[2] for each in names)
    statement = tagged("env&one", action="cvm:StartInstances")
    user = cloud.user("ops", document({**statement, "resource": f"qcs::cvm:{spelling}::instance/*"}))
    reaches = spelling in ("", "*") or respell(spelling) == region
    both = outcome(cloud, user, "cvm:StartInstances", region, InstanceIds=[mine, other])
    assert both == (names[1:] if reaches else names)
    one = outcome(cloud, user, "cvm:StartInstances", region, InstanceIds=[mine])
    assert one == ("ok" if reaches else names[:1])


@pytest.mark.parametrize("condition", [None, {"ip_equal": {"qcs:ip": "127.0.0.1"}}])
def test_nobodys_tags_are_read_unless_a_condition_asks_for_them(cloud, monkeypatch, condition):
    (balancer,) = balancers(cloud, {"env": "prod"})
    monkeypatch.delattr("emulator.gateway.circumstances.read_tags")
    allowing = EVERYTHING if condition is None else {**EVERYTHING, "condition": condition}
    user = cloud.user("ops", document(allowing))
    assert outcome(cloud, user, "clb:DescribeTargets", LoadBalancerId=balancer) == "ok"


# --- Lists ------------------------------------------------------------------------------------------------


def listed(cloud, key, size=100):
    """The balancers that a list shows, page by page, sorted; and the totals that the pages say."""
    found, totals = [], set()
    while True:
        asked = {"Offset": len(found), "Limit": size}
        answer = cloud.call("clb:DescribeLoadBalancers", asked, key=key, region=REGION)
        totals.add(answer["TotalCount"])
        found += [balancer["LoadBalancerId"] for balancer in answer["LoadBalancerSet"]]
        if not answer["LoadBalancerSet"]:
            return sorted(found), totals


def bearing(cloud, *wanted):
    """The balancers that bear any of these tags, sorted."""
    return sorted(
        balancer
        for balancer, row in cloud.world.read("clb.loadbalancer", REGION).items().items()
        if {f"{key}&{value}" for key, value in read_tags(BALANCER, row).items()} & {*wanted}
    )


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("operator", ["for_any_value:string_equal", "string_equal"])
def test_a_list_shows_what_bears_the_tag_and_counts_nothing_else(cloud, operator, size):
    balancers(cloud, {"env": "one"}, {"env": "two"}, {}, {"team": "x", "env": "one"})
    user = cloud.user("ops", document(tagged(["env&one", "env&none"], operator=operator)))
    assert len(bearing(cloud, "env&one")) == 2
    assert listed(cloud, user, size) == (bearing(cloud, "env&one"), {2})


def test_a_list_of_nothing_is_no_refusal(cloud):
    user = cloud.user("ops", document(tagged("env&none")))
    assert listed(cloud, user) == ([], {0})


def test_a_list_allowed_without_a_condition_is_whole_whatever_else_is_allowed_or_denied_by_tag(cloud):
    """Documented: a deny by tag takes nothing out of a list."""
    balancers(cloud, {"env": "one"}, {"env": "two"})
    denied = tagged("env&two", effect="deny")
    user = cloud.user("ops", document(EVERYTHING, tagged("env&one"), denied))
    assert listed(cloud, user)[0] == sorted(cloud.world.read("clb.loadbalancer", REGION).items())


def test_a_boundary_narrows_a_list_as_a_policy_does(cloud):
    _, both, _ = balancers(cloud, {"env": "one"}, {"env": "one", "team": "x"}, {"team": "x"})
    user = cloud.user("ops", document(tagged("env&one")))
    limit = accounts.add_policy(cloud.world, "limit", json.dumps(document(tagged("team&x"))))
    accounts.set_boundary(cloud.world, f"user/{user.principal.uin}", limit.value["PolicyId"])
    assert listed(cloud, user)[0] == [both]


@pytest.mark.parametrize(
    "statement",
    [
        tagged("env&one", operator="for_all_value:string_equal"),
        tagged("env&one", operator="for_any_value:string_not_equal"),
        {**tagged("env&one"), "resource": "qcs::clb:ap-shanghai::clb/*"},
        {**tagged("env&one"), "resource": "qcs::clb:ap-guangzhou::clb/lb-1"},
        {
            **tagged("env&one"),
            "condition": {"string_equal": {"qcs:resource_tag": "env&one"}, "ip_equal": {"qcs:ip": "8.8.8.8"}},
        },
    ],
)
def test_what_more_than_equality_with_a_tag_stands_against_is_refused_whole(cloud, statement):
    balancers(cloud, {"env": "one"})
    user = cloud.user("ops", document(statement))
    assert outcome(cloud, user, "clb:DescribeLoadBalancers") == [name("*")]


def test_a_planned_denial_is_no_condition_on_tags(cloud):
    user = cloud.user("ops", document(tagged("env&one")))
    Control(cloud.gateway).deny({"action": "clb:DescribeLoadBalancers"})
    assert outcome(cloud, user, "clb:DescribeLoadBalancers") == [name("*")]


def test_a_list_whose_rows_keep_no_tags_here_is_refused(cloud):
    """Rather than to show all of it, or nothing."""
    user = cloud.user("ops", document(tagged("env&one")))
    assert outcome(cloud, user, "ckafka:DescribeInstances") != "ok"


def test_why_says_that_a_list_was_narrowed_and_by_what(cloud):
    user = cloud.user("ops", document(tagged("env&one")))
    answer = cloud.call("clb:DescribeLoadBalancers", {}, key=user, region=REGION)
    call = Control(cloud.gateway).call(answer["RequestId"])
    lines = [line.strip() for line in call["Explanation"]]
    assert lines[0] == "ALLOWED clb:DescribeLoadBalancers (narrowed)"
    assert "because the list shows only what bears the tags that a statement wants" in lines
    assert any("qcs:resource_tag env&one" in line for line in lines)
    assert call["Decision"]["least"] is None
    assert call["Decision"]["remedies"] == []


# --- A request's tags -------------------------------------------------------------------------------------


def test_a_request_is_judged_by_the_tags_it_passes(cloud):
    user = cloud.user("ops", document(tagged("env&prod", key="qcs:request_tag", action="cam:CreateRole")))
    role = {"RoleName": "r", "PolicyDocument": accounts.trust_services(["cls.cloud.tencent.com"])}
    assert outcome(cloud, user, "cam:CreateRole", **role) == ["*"]
    assert outcome(cloud, user, "cam:CreateRole", **role, Tags=[{"Key": "env", "Value": "dev"}]) == ["*"]
    assert outcome(cloud, user, "cam:CreateRole", **role, Tags=[{"Key": "env", "Value": "prod"}]) == "ok"


A_TAG = {"TagKey": "k", "TagValue": "v"}


@pytest.mark.parametrize(
    ("action", "params", "expected"),
    [
        ("cam:CreateRole", {"Tags": [{"Key": "k", "Value": "v"}, {"Key": "bare"}]}, ("k&v", "bare&")),
        ("cvm:RunInstances", {"TagSpecification": [{"Tags": [{"Key": "k", "Value": "v"}] * 2}]}, ("k&v",)),
        ("tcr:CreateInstance", {"TagSpecification": {"Tags": [{"Key": "k", "Value": "v"}]}}, ("k&v",)),
        ("apigateway:ModifyApi", {"TagSpecifications": {"Key": "k", "Value": "v"}}, ("k&v",)),
        ("cdb:CreateDBInstance", {"ResourceTags": [A_TAG]}, ("k&v",)),
        ("redis:CreateInstances", {"ResourceTags": [A_TAG]}, ("k&v",)),
        ("cdb:ModifyInstanceTag", {"ReplaceTags": [A_TAG], "DeleteTags": [{**A_TAG, "TagKey": "x"}]}, None),
        ("tag:TagResources", {"Tags": [A_TAG]}, ("k&v",)),
        ("tag:AddResourceTag", A_TAG, ("k&v",)),
        ("cam:CreateRole", {}, ()),
        ("cam:CreateRole", {"Tags": []}, ()),
        # A read passes tags to look for, and what it looks for is bound to nothing.
        ("clb:DescribeLoadBalancers", {"Filters": [{"Name": "tag:k", "Values": ["v"]}]}, ()),
        ("cam:DescribeRoleList", {"Tags": [{"Key": "k", "Value": "v"}]}, ()),
        ("tag:UnTagResources", {"TagKeys": ["k"]}, ()),
        ("teo:EdgeKVPut", {"Key": "k", "Value": "v"}, ()),
    ],
)
def test_tags_are_found_wherever_the_contract_has_them(action, params, expected):
    found = request_tags(catalog().action(action), params)
    assert set(found) == {"k&v", "x&v"} if expected is None else found == expected


# --- Who was verified -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wanted", "passes"), [("0", True), ("1", False)])
def test_nobody_was_verified(cloud, wanted, passes):
    user = cloud.user("ops", document(tagged(wanted, key="mfa", operator="string_equal")))
    assert (outcome(cloud, user, "cvm:DescribeRegions") == "ok") is passes


# --- What is said of it -----------------------------------------------------------------------------------


def test_why_names_the_tags_that_were_borne_then_and_not_those_of_now(cloud):
    (balancer,) = balancers(cloud, {"env": "dev", "team": "a"})
    user = cloud.user("ops", document(tagged("env&prod", action="clb:*")))
    with pytest.raises(Failed) as failed:
        cloud.call("clb:DescribeTargets", {"LoadBalancerId": balancer}, key=user, region=REGION)
    balancers(cloud, {"env": "prod"})
    call = Control(cloud.gateway).call(failed.value.request_id)
    wanted = "it wants for_any_value:string_equal qcs:resource_tag env&prod"
    lines = [line.strip() for line in call["Explanation"]]
    assert f"{wanted}, and qcs:resource_tag is 'env&dev' and 'team&a'" in lines
    assert call["Decision"]["own"] == {name(balancer): {"qcs:resource_tag": ["env&dev", "team&a"]}}
    assert call["Decision"]["context"] == {}


def test_why_says_of_a_resource_without_tags_that_it_has_none(cloud):
    (balancer,) = balancers(cloud, {})
    user = cloud.user("ops", document(tagged("env&prod", action="clb:*")))
    with pytest.raises(Failed) as failed:
        cloud.call("clb:DescribeTargets", {"LoadBalancerId": balancer}, key=user, region=REGION)
    lines = Control(cloud.gateway).call(failed.value.request_id)["Explanation"]
    assert any(line.endswith("and the resource has no qcs:resource_tag") for line in lines)
