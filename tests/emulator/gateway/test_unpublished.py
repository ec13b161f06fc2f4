"""Actions that policies name and the public metadata lacks: a switch decides whether they are served."""

import json

import pytest

from emulator.contract.catalog import catalog
from emulator.gateway.settings import Settings
from emulator.world import accounts
from emulator.world.estate import Spec, build
from scenarios.direct import Direct, Failed

NAMES = sorted(catalog().unpublished())
GRANTED = {
    "version": "2.0",
    "statement": [{"effect": "allow", "action": ["cam:*", "cfw:*"], "resource": "*"}],
}
LEAST = {
    "CheckSubAccountName": {"Names": ["alice", "bob"]},
    "CheckUserPolicyAttachment": {"TargetUin": 1, "PolicyId": 2},
    "DescribeAclApiDispatch": {"ReqParams": json.dumps({"cmd": "DescribeAclApiDispatch"})},
    "DescribeBorderACLList": {},
}


@pytest.fixture
def direct():
    return Direct.open(build(Spec(hosts=(("ap-guangzhou", 1),))))


@pytest.fixture
def served(direct):
    direct.gateway.account(direct.world).configure(Settings(unpublished_actions=True))
    return direct


def call(direct, service, version, action, key=None, **params):
    return direct.call(f"{service}:{action}", {**LEAST[action], **params}, key=key, version=version)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[2])
def test_the_public_gateway_does_not_know_them(direct, name):
    with pytest.raises(Failed) as failed:
        call(direct, *name)
    assert failed.value.code == "InvalidAction"


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[2])
def test_they_are_served_where_an_account_says_so_and_nowhere_else(served, name):
    assert call(served, *name)["RequestId"]
    other = served.gateway.cloud.open()
    key = accounts.add_key(served.gateway.cloud, other, accounts.root(other))
    with pytest.raises(Failed) as failed:
        call(served, *name, key=key)
    assert failed.value.code == "InvalidAction"


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[2])
def test_they_need_a_grant_and_a_denial_stops_them(served, name):
    with pytest.raises(Failed) as failed:
        call(served, *name, key=served.user("nobody"))
    assert failed.value.code.startswith("UnauthorizedOperation")
    assert call(served, *name, key=served.user("somebody", GRANTED))
    served.gateway.account(served.world).plan.add_denial({"action": f"{name[0]}:{name[2]}"})
    with pytest.raises(Failed) as failed:
        call(served, *name, key=served.user("another", GRANTED))
    assert failed.value.code.startswith("UnauthorizedOperation")


def test_they_are_not_counted_among_the_published(direct):
    assert not {name for name in catalog().names() if name in NAMES}
    assert not any(f"{service}:{name}" in direct.gateway.repertoire.modelled for service, _, name in NAMES)


def test_names_that_are_taken_are_said(served):
    served.user("bob")
    assert call(served, "cam", "2019-01-16", "CheckSubAccountName")["Exist"] == ["bob"]


def test_an_attachment_is_seen(served):
    uin = served.user("bob", "ReadOnlyAccess").principal.uin
    policy = accounts.find_policy(served.world, name="ReadOnlyAccess").value["PolicyId"]
    other = accounts.find_policy(served.world, name="AdministratorAccess").value["PolicyId"]
    for asked, found in ((policy, 1), (other, 0)):
        answer = call(
            served, "cam", "2019-01-16", "CheckUserPolicyAttachment", TargetUin=int(uin), PolicyId=asked
        )
        assert answer["ExistAttachment"] == found


def test_rules_at_the_border_are_those_of_the_published_action(served):
    rule = {
        "OrderIndex": 1,
        "SourceIp": "1.2.3.4/32",
        "TargetIp": "0.0.0.0/0",
        "Protocol": "ANY",
        "Strategy": "1",
        "Direction": 1,
        "SourceType": 1,
        "TargetType": 1,
        "Detail": "ours",
    }
    before = served.call("cfw:DescribeAcLists", {"Limit": 100, "Offset": 0})
    served.call("cfw:CreateAcRules", {"Data": [rule], "Type": 1, "Enable": 1})
    answer = call(served, "cfw", "2019-09-04", "DescribeBorderACLList", Limit=100, Offset=0)
    assert answer["Total"] == answer["AllTotal"] == len(answer["Data"]) == before["Total"] + 1
    assert answer["Enable"] == 1
    assert {**answer["Data"][0], **rule, "Strategy": 1} == answer["Data"][0]


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"cmd": ""}'])
def test_a_dispatch_without_a_command_is_refused(served, text):
    with pytest.raises(Failed) as failed:
        call(served, "cfw", "2019-09-04", "DescribeAclApiDispatch", ReqParams=text)
    assert failed.value.code == "InvalidParameter"
