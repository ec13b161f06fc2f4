"""Actions that policies name and the public metadata lacks: a switch decides whether they are served."""

import json

import pytest

from emulator.contract.catalog import catalog
from emulator.gateway.settings import Settings
from emulator.world import accounts
from emulator.world.estate import Spec, build
from scenarios.direct import Direct, Failed

REGION = "ap-guangzhou"
NAMES = sorted(catalog().unpublished())
GRANTED = {
    "version": "2.0",
    "statement": [{"effect": "allow", "action": ["cam:*", "cfw:*", "ckafka:*"], "resource": "*"}],
}
LEAST = {
    "CheckSubAccountName": {"Names": ["alice", "bob"]},
    "CheckUserPolicyAttachment": {"TargetUin": 1, "PolicyId": 2},
    "DescribeAclApiDispatch": {"ReqParams": json.dumps({"cmd": "DescribeAclApiDispatch"})},
    "DescribeBorderACLList": {},
    "ListAllGroupsPolicies": {},
    "ListGroupsPolicies": {"TargetGroupIds": []},
    "CreateDatahubGroup": {"Group": "night"},
    "ListConsumerGroup": {},
    "ModifyDatahubGroupOffsets": {"Strategy": 1, "ShiftTimestamp": -2, "Topics": []},
}
KAFKA = "ckafka", "2019-08-19"
CAM = "cam", "2019-01-16"


@pytest.fixture
def direct():
    return Direct.open(build(Spec(hosts=((REGION, 1),))))


@pytest.fixture
def served(direct):
    direct.gateway.account(direct.world).configure(Settings(unpublished_actions=True))
    return direct


def call(direct, service, version, action, key=None, **params):
    asked = {**LEAST[action], **(of_kafka(direct, action) if service == "ckafka" else {}), **params}
    return direct.call(f"{service}:{action}", asked, key=key, version=version, region=REGION)


def of_kafka(direct, action):
    """The instance of the estate, and a group of it for an action that needs one."""
    [row] = direct.world.read("ckafka.contents", REGION).values()
    if action == "ListConsumerGroup":
        return {"InstanceId": row.value["InstanceId"]}
    group = row.value["Groups"][0]["Group"]
    return {"Name": row.value["InstanceId"], **({} if "Group" in LEAST[action] else {"Group": group})}


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


def test_a_group_of_a_pipeline_is_there_once_it_was_created(served):
    [row] = served.world.read("ckafka.contents", REGION).values()
    key = row.value["InstanceId"]
    assert call(served, *KAFKA, "CreateDatahubGroup")["Result"]["ReturnCode"] == "0"
    info = served.call("ckafka:DescribeGroupInfo", {"InstanceId": key, "GroupList": ["night"]}, region=REGION)
    assert [each["State"] for each in info["Result"]] == ["Empty"]
    shown = call(served, *KAFKA, "ListConsumerGroup")["Result"]
    assert [each["ConsumerGroupName"] for each in shown["GroupList"]][-1] == "night"
    assert shown["TotalCount"] == len(row.value["Groups"]) + 1
    with pytest.raises(Failed) as failed:
        call(served, *KAFKA, "CreateDatahubGroup")
    assert failed.value.code == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"Strategy": 0, "Shift": -1}, lambda part: max(part["Offset"] - 1, 0)),
        ({"Strategy": 0, "Shift": 10**9}, lambda part: part["LogEndOffset"]),
        ({"Strategy": 1, "ShiftTimestamp": -2}, lambda part: 0),
        ({"Strategy": 1, "ShiftTimestamp": -1}, lambda part: part["LogEndOffset"]),
        ({"Strategy": 2, "Offset": 7}, lambda part: min(7, part["LogEndOffset"])),
    ],
)
def test_a_group_goes_on_where_it_is_told_to(served, params, expected):
    [row] = served.world.read("ckafka.contents", REGION).values()
    group = next(each for each in row.value["Groups"] if len(each["Topics"]) >= 1)
    first = group["Topics"][0]

    def offsets():
        asked = {"Name": row.value["InstanceId"], "Group": group["Group"]}
        return served.call("ckafka:DescribeDatahubGroupOffsets", asked, region=REGION)["Result"]["TopicList"]

    before = offsets()
    asked = {"ShiftTimestamp": None, "Topics": [first["Topic"]], "Group": group["Group"], **params}
    given = {name: value for name, value in asked.items() if value is not None}
    served.call(
        "ckafka:ModifyDatahubGroupOffsets",
        {"Name": row.value["InstanceId"], **given},
        version=KAFKA[1],
        region=REGION,
    )
    after = offsets()
    assert [part["Offset"] for part in after[0]["Partitions"]] == [
        expected(part) for part in first["Partitions"]
    ]
    assert after[1:] == before[1:]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"Strategy": 3}, "InvalidParameterValue"),
        ({"Strategy": 0}, "MissingParameter"),
        ({"Strategy": 2}, "MissingParameter"),
        ({"Topics": ["nothing"]}, "ResourceNotFound"),
        ({"Group": "nobody"}, "ResourceNotFound"),
        ({"Name": "ckafka-00000000"}, "InvalidParameterValue.InstanceNotExist"),
    ],
)
def test_a_group_is_not_sent_nowhere(served, params, code):
    with pytest.raises(Failed) as failed:
        call(served, *KAFKA, "ModifyDatahubGroupOffsets", **params)
    assert failed.value.code == code


def test_the_policies_of_groups_are_those_of_each(served):
    first, second = (
        served.call("cam:CreateGroup", {"GroupName": name})["GroupId"] for name in ("first", "second")
    )
    policies = {
        name: accounts.find_policy(served.world, name=name).value["PolicyId"]
        for name in ("ReadOnlyAccess", "AdministratorAccess")
    }
    for group, names in ((first, ["ReadOnlyAccess"]), (second, ["ReadOnlyAccess", "AdministratorAccess"])):
        for name in names:
            served.call("cam:AttachGroupPolicy", {"AttachGroupId": group, "PolicyId": policies[name]})

    def shown(action, **params):
        answer = call(served, *CAM, action, **params)
        assert answer["TotalNum"] == len(answer["List"])
        return [(each["GroupId"], each["PolicyName"]) for each in answer["List"]]

    of_second = [(second, "ReadOnlyAccess"), (second, "AdministratorAccess")]
    assert shown("ListAllGroupsPolicies") == [(first, "ReadOnlyAccess"), *of_second]
    assert shown("ListGroupsPolicies", TargetGroupIds=[second, second]) == of_second
    assert shown("ListAllGroupsPolicies", Keyword="Administrator") == of_second[1:]
    with pytest.raises(Failed) as failed:
        call(served, *CAM, "ListGroupsPolicies", TargetGroupIds=[1])
    assert failed.value.code == "ResourceNotFound.GroupNotExist"
