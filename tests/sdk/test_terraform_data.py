"""What terraform-provider-tencentcloud does to balancers, databases, registries, tags and grants, done by the SDK.

Each story makes the calls that the provider makes for one resource, in its order and with its parameters, waits for
what it waits for, and reads back what it compares with the plan.
"""

from types import SimpleNamespace

import pytest
from tencentcloud.cam.v20190116 import cam_client
from tencentcloud.cam.v20190116 import models as cam_models
from tencentcloud.common import abstract_client
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.tag.v20180813 import models as tag_models
from tencentcloud.tag.v20180813 import tag_client
from tencentcloud.vpc.v20170312 import models as vpc_models
from tencentcloud.vpc.v20170312 import vpc_client

from tests.sdk.typed import Product

REGION, ZONE = "ap-guangzhou", "ap-guangzhou-3"
PASSWORD = "Secret-pass1"


@pytest.fixture
def account(server, monkeypatch):
    """An account whose time is moved, and with it the time that the SDK signs with."""
    fresh = server.new_account(world="demo")
    fresh.clock.set(1_790_000_000)
    monkeypatch.setattr(abstract_client, "time", SimpleNamespace(time=fresh.clock.now))
    yield fresh
    fresh.close()


@pytest.fixture
def tag(account):
    return Product(account, tag_client.TagClient, tag_models)


@pytest.fixture
def cam(account):
    return Product(account, cam_client.CamClient, cam_models)


@pytest.fixture
def network(account):
    """A subnet that has room, and the security groups there are."""
    vpc = Product(account, vpc_client.VpcClient, vpc_models)
    groups = [group.SecurityGroupId for group in vpc("DescribeSecurityGroups").SecurityGroupSet]
    return SimpleNamespace(subnet=vpc("DescribeSubnets").SubnetSet[0], groups=groups)


def named(service, prefix, key, region=REGION):
    """A resource as the provider names it: the account's number is left out."""
    return f"qcs::{service}:{region}:uin/:{prefix}/{key}"


def borne(tag, service, prefix, key, region=REGION):
    """The tags that the provider reads back for a resource."""
    found = tag(
        "DescribeResourceTagsByResourceIds",
        ServiceType=service,
        ResourcePrefix=prefix,
        ResourceRegion=region,
        ResourceIds=[str(key)],
        Limit=400,
        Offset=0,
    )
    return {each.TagKey: each.TagValue for each in found.Tags if each.ResourceId == str(key)}


def retag(tag, service, prefix, key, region=REGION, *, replaced=None, deleted=()):
    """Change tags as the provider does, in one call."""
    asked = {"Resource": named(service, prefix, key, region)}
    if replaced:
        asked["ReplaceTags"] = [{"TagKey": name, "TagValue": value} for name, value in replaced.items()]
    if deleted:
        asked["DeleteTags"] = [{"TagKey": name} for name in deleted]
    tag("ModifyResourceTags", **asked)
    return borne(tag, service, prefix, key, region)


def refusal(product, action, **params):
    """The code that a call ends with."""
    with pytest.raises(TencentCloudSDKException) as refused:
        product(action, **params)
    return refused.value.code


# --- tags -------------------------------------------------------------------------------------------------


def test_a_tag_is_made_found_by_its_key_and_deleted(tag):
    tag("CreateTag", TagKey="owner", TagValue="terraform")
    found = tag("GetTags", TagKeys=["owner"]).Tags
    assert ("owner", "terraform") in {(each.TagKey, each.TagValue) for each in found}
    tag("DeleteTag", TagKey="owner", TagValue="terraform")
    assert tag("GetTags", TagKeys=["owner"]).Tags == []


def test_an_attachment_is_read_back_under_the_name_that_was_given(tag, network):
    name = named("vpc", "subnet", network.subnet.SubnetId)
    tag("AddResourceTag", TagKey="tier", TagValue="one", Resource=name)

    def shown():
        [mapping] = tag("GetResources", ResourceList=[name]).ResourceTagMappingList
        assert mapping.Resource == name
        return {each.TagKey: each.TagValue for each in mapping.Tags}

    before = shown()
    assert before["tier"] == "one"
    tag("UpdateResourceTagValue", TagKey="tier", TagValue="two", Resource=name)
    assert shown() == {**before, "tier": "two"}
    tag("DeleteResourceTag", TagKey="tier", Resource=name)
    assert "tier" not in borne(tag, "vpc", "subnet", network.subnet.SubnetId)


# --- cam --------------------------------------------------------------------------------------------------

DOCUMENT = '{"version":"2.0","statement":[{"action":["cos:*"],"effect":"allow","resource":["*"]}]}'
TRUST = (
    '{"version":"2.0","statement":[{"action":["name/sts:AssumeRole"],"effect":"allow",'
    '"principal":{"service":["cvm.cloud.tencent.com"]}}]}'
)


def test_a_user_lives_with_tags_and_goes(cam, tag):
    made = cam(
        "AddUser",
        Name="tf-user",
        Remark="made by a plan",
        UseApi=0,
        ConsoleLogin=1,
        NeedResetPassword=1,
        PhoneNum="12345678910",
        CountryCode="86",
        Email="tf@example.com",
        Password=PASSWORD,
    )
    # The provider takes each of these for a text.
    assert None not in (made.SecretId, made.SecretKey, made.Password)

    def shown():
        user = cam("GetUser", Name="tf-user")
        assert (user.Uin, user.Uid) == (made.Uin, made.Uid)
        return user.Remark, user.ConsoleLogin, user.PhoneNum, user.CountryCode, user.Email

    assert shown() == ("made by a plan", 1, "12345678910", "86", "tf@example.com")
    assert borne(tag, "cam", "uin", made.Uin) == {}
    assert retag(tag, "cam", "uin", made.Uin, replaced={"team": "red"}) == {"team": "red"}
    cam(
        "UpdateUser",
        Name="tf-user",
        Remark="changed",
        ConsoleLogin=0,
        NeedResetPassword=0,
        PhoneNum="13670093505",
        CountryCode="86",
        Email="other@example.com",
    )
    assert shown() == ("changed", 0, "13670093505", "86", "other@example.com")
    assert retag(tag, "cam", "uin", made.Uin, replaced={"cost": "1"}, deleted=["team"]) == {"cost": "1"}
    # A user who bears tags is listed like any other.
    assert "tf-user" in {user.Name for user in cam("ListUsers").Data}
    cam("DeleteUser", Name="tf-user", Force=0)
    assert refusal(cam, "GetUser", Name="tf-user") == "ResourceNotFound.UserNotExist"


def test_a_role_lives_with_tags_and_goes(cam, tag):
    key = cam("CreateRole", RoleName="tf-role", PolicyDocument=TRUST, Description="d", ConsoleLogin=1).RoleId

    def shown():
        found = [role for role in cam("DescribeRoleList", Page=1, Rp=200).List if role.RoleId == key]
        return found[0] if found else None

    assert (shown().RoleName, shown().PolicyDocument, shown().ConsoleLogin) == ("tf-role", TRUST, 1)
    assert borne(tag, "cam", "role", key, region="") == {}
    assert retag(tag, "cam", "role", key, region="", replaced={"team": "red"}) == {"team": "red"}
    # The tag service and CAM itself tell of the same tags.
    assert [(each.Key, each.Value) for each in shown().Tags] == [("team", "red")]
    cam("UpdateRoleDescription", RoleId=key, Description="")
    changed = TRUST.replace("cvm", "scf")
    cam("UpdateAssumeRolePolicy", RoleId=key, PolicyDocument=changed)
    cam("UpdateRoleConsoleLogin", RoleId=int(key), ConsoleLogin=0)
    now = shown()
    assert (now.Description, now.PolicyDocument, now.ConsoleLogin) == ("", changed, 0)
    policy = cam("CreatePolicy", PolicyName="tf-role-policy", PolicyDocument=DOCUMENT).PolicyId
    cam("AttachRolePolicy", AttachRoleId=key, PolicyId=policy)
    [held] = cam("ListAttachedRolePolicies", Page=1, Rp=200, RoleId=key).List
    assert (held.PolicyId, held.PolicyName, held.PolicyType, held.CreateMode) == (
        policy,
        "tf-role-policy",
        "User",
        2,
    )
    cam("DetachRolePolicy", DetachRoleId=key, PolicyId=policy)
    assert cam("ListAttachedRolePolicies", Page=1, Rp=200, RoleId=key).List == []
    cam("DeleteRole", RoleId=key)
    assert shown() is None
    assert refusal(cam, "ListAttachedRolePolicies", Page=1, Rp=200, RoleId=key) == (
        "InvalidParameter.RoleNotExist"
    )


def test_a_policy_keeps_the_tags_that_either_product_gives_it(cam, tag):
    given = [{"Key": "team", "Value": "red"}]
    key = cam(
        "CreatePolicy", PolicyName="tf-policy", PolicyDocument=DOCUMENT, Description="d", Tags=given
    ).PolicyId

    def shown():
        found = cam("GetPolicy", PolicyId=key)
        assert None not in (found.AddTime, found.UpdateTime, found.Type)
        return found.PolicyName, found.PolicyDocument, found.Description, {t.Key: t.Value for t in found.Tags}

    assert shown() == ("tf-policy", DOCUMENT, "d", {"team": "red"})
    retag(tag, "cam", "policy", key, replaced={"cost": "1"}, deleted=["team"])
    changed = DOCUMENT.replace("cos:*", "cos:Get*")
    cam("UpdatePolicy", PolicyId=key, PolicyName="tf-other", PolicyDocument=changed, Description="e")
    assert shown() == ("tf-other", changed, "e", {"cost": "1"})
    [place] = tag(
        "DescribeResourcesByTags", TagFilters=[{"TagKey": "cost", "TagValue": ["1"]}], ResourceId=str(key)
    ).Rows
    assert (place.ServiceType, place.ResourcePrefix, place.ResourceId) == ("cam", "policy", str(key))
    cam("DeletePolicy", PolicyId=[key])
    assert refusal(cam, "GetPolicy", PolicyId=key) == "ResourceNotFound.PolicyIdNotFound"


def test_a_group_its_members_and_what_it_is_granted_go_with_it(cam):
    names = ["tf-one", "tf-two"]
    for name in names:
        cam("AddUser", Name=name, UseApi=0, ConsoleLogin=0)
    uids = [cam("GetUser", Name=name).Uid for name in names]
    group = cam("CreateGroup", GroupName="tf-group", Remark="r").GroupId
    cam("AddUserToGroup", Info=[{"Uid": uid, "GroupId": group} for uid in uids])

    def members():
        return sorted(user.Name for user in cam("ListUsersForGroup", GroupId=group, Page=1, Rp=200).UserInfo)

    assert members() == names
    policy = cam("CreatePolicy", PolicyName="tf-group-policy", PolicyDocument=DOCUMENT).PolicyId
    cam("AttachGroupPolicy", AttachGroupId=group, PolicyId=policy)
    listed = {"TargetGroupId": group, "Page": 1, "Rp": 200}
    assert [each.PolicyId for each in cam("ListAttachedGroupPolicies", **listed).List] == [policy]
    cam("UpdateGroup", GroupId=group, GroupName="tf-crew", Remark="s")
    found = cam("GetGroup", GroupId=group)
    assert (found.GroupName, found.Remark, found.GroupNum) == ("tf-crew", "s", 2)
    cam("RemoveUserFromGroup", Info=[{"Uid": uids[0], "GroupId": group}])
    assert members() == names[1:]
    cam("DetachGroupPolicy", DetachGroupId=group, PolicyId=policy)
    assert cam("ListAttachedGroupPolicies", **listed).List == []
    cam("DeleteGroup", GroupId=group)
    assert refusal(cam, "GetGroup", GroupId=group).startswith("ResourceNotFound")
    assert refusal(cam, "ListAttachedGroupPolicies", **listed).startswith("ResourceNotFound")
    assert refusal(cam, "ListUsersForGroup", GroupId=group).startswith("ResourceNotFound")


def test_a_users_policy_and_access_key_are_found_by_its_uin(cam):
    cam("AddUser", Name="tf-keyed", UseApi=0, ConsoleLogin=0)
    uin = cam("GetUser", Name="tf-keyed").Uin
    policy = cam("CreatePolicy", PolicyName="tf-user-policy", PolicyDocument=DOCUMENT).PolicyId
    cam("AttachUserPolicy", AttachUin=uin, PolicyId=policy)
    listed = {"TargetUin": uin, "Page": 1, "Rp": 200}
    [held] = cam("ListAttachedUserPolicies", **listed).List
    assert (held.PolicyId, held.PolicyName, held.PolicyType) == (policy, "tf-user-policy", "User")
    assert None not in (held.AddTime, held.CreateMode)
    cam("DetachUserPolicy", DetachUin=uin, PolicyId=policy)
    assert cam("ListAttachedUserPolicies", **listed).List == []
    key = cam("CreateAccessKey", TargetUin=uin).AccessKey
    assert key.SecretAccessKey
    cam("UpdateAccessKey", TargetUin=uin, AccessKeyId=key.AccessKeyId, Status="Inactive")
    [shown] = cam("ListAccessKeys", TargetUin=uin).AccessKeys
    assert (shown.AccessKeyId, shown.Status) == (key.AccessKeyId, "Inactive")
    cam("DeleteAccessKey", TargetUin=uin, AccessKeyId=key.AccessKeyId)
    assert cam("ListAccessKeys", TargetUin=uin).AccessKeys == []
