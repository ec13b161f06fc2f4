"""What terraform-provider-tencentcloud does to balancers, databases, registries, tags and grants, by the SDK.

Each story makes the calls that the provider makes for one resource, in its order and with its parameters,
waits for what it waits for, and reads back what it compares with the plan.
"""

from types import SimpleNamespace

import pytest
from tencentcloud.cam.v20190116 import cam_client
from tencentcloud.cam.v20190116 import models as cam_models
from tencentcloud.clb.v20180317 import clb_client
from tencentcloud.clb.v20180317 import models as clb_models
from tencentcloud.common import abstract_client
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.cvm.v20170312 import cvm_client
from tencentcloud.cvm.v20170312 import models as cvm_models
from tencentcloud.tag.v20180813 import models as tag_models
from tencentcloud.tag.v20180813 import tag_client
from tencentcloud.tcr.v20190924 import models as tcr_models
from tencentcloud.tcr.v20190924 import tcr_client
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
def tcr(account):
    return Product(account, tcr_client.TcrClient, tcr_models)


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


# --- balancers --------------------------------------------------------------------------------------------


@pytest.fixture
def clb(account):
    """Balancers as the provider handles them: every write is waited for by the id of its request."""
    product = Product(account, clb_client.ClbClient, clb_models)

    def call(action, **params):
        answer = product(action, **params)
        if action.startswith(("Describe", "Get")):
            return answer
        assert product("DescribeTaskStatus", TaskId=answer.RequestId).Status == 2
        account.clock.advance(10)
        assert product("DescribeTaskStatus", TaskId=answer.RequestId).Status == 0
        return answer

    return call


@pytest.fixture
def balancer(clb, network):
    """An open balancer in a VPC that has hosts."""
    made = clb(
        "CreateLoadBalancer", LoadBalancerType="OPEN", LoadBalancerName="tf", VpcId=network.subnet.VpcId
    )
    return made.LoadBalancerIds[0]


def test_a_balancer_lives_is_protected_and_goes(clb, tag, network):
    assert clb("DescribeLoadBalancers", LoadBalancerName="tf-clb", Offset=0, Limit=100).LoadBalancerSet == []
    [key] = clb(
        "CreateLoadBalancer",
        LoadBalancerType="OPEN",
        LoadBalancerName="tf-clb",
        VpcId=network.subnet.VpcId,
        ProjectId=0,
        InternetAccessible={
            "InternetChargeType": "TRAFFIC_POSTPAID_BY_HOUR",
            "InternetMaxBandwidthOut": 5,
        },
        Tags=[{"TagKey": "env", "TagValue": "test"}],
    ).LoadBalancerIds
    clb("SetLoadBalancerSecurityGroups", LoadBalancerId=key, SecurityGroups=network.groups[:1])
    clb("ModifyLoadBalancerAttributes", LoadBalancerId=key, DeleteProtect=True)

    def shown():
        found = clb("DescribeLoadBalancers", LoadBalancerIds=[key]).LoadBalancerSet
        return found[0] if found else None

    one = shown()
    assert (one.LoadBalancerType, one.LoadBalancerName, one.VpcId, one.ProjectId, one.SecureGroups) == (
        "OPEN",
        "tf-clb",
        network.subnet.VpcId,
        0,
        network.groups[:1],
    )
    # The provider reads within these two without looking whether they are there.
    assert (one.TargetRegionInfo.Region, one.TargetRegionInfo.VpcId) == (REGION, network.subnet.VpcId)
    assert (one.NetworkAttributes.InternetMaxBandwidthOut, one.NetworkAttributes.InternetChargeType) == (
        5,
        "TRAFFIC_POSTPAID_BY_HOUR",
    )
    assert borne(tag, "clb", "clb", key) == {"env": "test"}
    clb(
        "ModifyLoadBalancerAttributes",
        LoadBalancerId=key,
        LoadBalancerName="tf-other",
        InternetChargeInfo={
            "InternetChargeType": "BANDWIDTH_POSTPAID_BY_HOUR",
            "InternetMaxBandwidthOut": 10,
        },
        LoadBalancerPassToTarget=True,
    )
    clb("SetLoadBalancerSecurityGroups", LoadBalancerId=key, SecurityGroups=[])
    one = shown()
    assert (one.LoadBalancerName, one.LoadBalancerPassToTarget, one.SecureGroups) == ("tf-other", True, [])
    assert one.NetworkAttributes.InternetChargeType == "BANDWIDTH_POSTPAID_BY_HOUR"
    assert retag(tag, "clb", "clb", key, replaced={"cost": "1"}, deleted=["env"]) == {"cost": "1"}
    assert refusal(clb, "DeleteLoadBalancer", LoadBalancerIds=[key]) == "OperationDenied"
    clb("ModifyLoadBalancerAttributes", LoadBalancerId=key, DeleteProtect=False)
    clb("DeleteLoadBalancer", LoadBalancerIds=[key])
    assert shown() is None
    # What the provider takes for "is gone" when it reads what stood in the balancer, or deletes it again.
    gone = "InvalidParameter.LBIdNotFound"
    assert refusal(clb, "DescribeListeners", LoadBalancerId=key, ListenerIds=["lbl-00000000"]) == gone
    assert refusal(clb, "DeleteLoadBalancer", LoadBalancerIds=[key]) == gone


def listener(clb, balancer, **members):
    """Open a port as the provider does, and read it back."""
    asked = {"ListenerNames": ["tf-listener"], "Ports": [80], "Scheduler": "WRR", **members}
    [key] = clb("CreateListener", LoadBalancerId=balancer, **asked).ListenerIds
    return key, listened(clb, balancer, key)


def listened(clb, balancer, key):
    found = clb("DescribeListeners", LoadBalancerId=balancer, ListenerIds=[key]).Listeners
    return found[0] if found else None


CHECKED = {"HealthSwitch": 1, "TimeOut": 30, "IntervalTime": 100, "HealthNum": 2, "UnHealthNum": 2}


@pytest.mark.parametrize(
    ("protocol", "check"),
    [
        ("TCP", {"CheckType": "TCP", "CheckPort": 200, "HttpCheckPath": "", "SourceIpType": 0}),
        (
            "TCP",
            {
                "CheckType": "HTTP",
                "HttpCode": 16,
                "HttpVersion": "HTTP/1.0",
                "HttpCheckMethod": "GET",
                # What the provider gives where its user says nothing.
                "HttpCheckDomain": "",
                "HttpCheckPath": "/",
                "CheckPort": -1,
            },
        ),
        (
            "UDP",
            {
                "CheckType": "CUSTOM",
                "ContextType": "HEX",
                "CheckPort": 200,
                "SendContext": "0123456789ABCDEF",
                "RecvContext": "ABCD",
            },
        ),
    ],
    ids=["tcp", "http", "custom"],
)
def test_a_listener_of_layer_four_keeps_the_health_check_of_the_plan(clb, balancer, protocol, check):
    wanted = {**CHECKED, **check}
    key, shown = listener(
        clb, balancer, Protocol=protocol, HealthCheck=wanted, TargetType="NODE", SessionExpireTime=30
    )
    assert (shown.Protocol, shown.Port, shown.ListenerName, shown.Scheduler) == (
        protocol,
        80,
        "tf-listener",
        "WRR",
    )
    assert (shown.SniSwitch, shown.TargetType, shown.SessionExpireTime) == (0, "NODE", 30)
    kept = {name: value for name, value in wanted.items() if value not in (-1, "")}
    assert {name: getattr(shown.HealthCheck, name) for name in kept} == kept
    # The provider gives the whole check again with every other change.
    changed = {"ListenerName": "tf-other", "Scheduler": "LEAST_CONN", "SessionExpireTime": 0}
    clb("ModifyListener", LoadBalancerId=balancer, ListenerId=key, **changed, HealthCheck=wanted)
    shown = listened(clb, balancer, key)
    assert {name: getattr(shown, name) for name in changed} == changed
    assert {name: getattr(shown.HealthCheck, name) for name in kept} == kept
    clb("DeleteListener", LoadBalancerId=balancer, ListenerId=key)
    assert listened(clb, balancer, key) is None


def test_a_rule_is_found_by_domain_and_path_and_bears_targets(account, clb, balancer, network):
    key, shown = listener(clb, balancer, Protocol="HTTP")
    assert (shown.Protocol, shown.SniSwitch, shown.HealthCheck, shown.Certificate) == ("HTTP", 0, None, None)
    place = {"LoadBalancerId": balancer, "ListenerId": key}
    check = {
        **CHECKED,
        "HttpCode": 2,
        "HttpCheckPath": "/",
        "HttpCheckDomain": "tf.com",
        "HttpCheckMethod": "GET",
    }
    given = {
        "Domain": "tf.com",
        "Url": "/",
        "TargetType": "NODE",
        "Scheduler": "WRR",
        "SessionExpireTime": 30,
    }
    clb("CreateRule", **place, Rules=[{**given, "HealthCheck": check}])

    def rule():
        [found] = listened(clb, balancer, key).Rules
        return found

    one = rule()
    assert {name: getattr(one, name) for name in given} == given
    assert {name: getattr(one.HealthCheck, name) for name in check} == check
    assert (one.ForwardType, one.QuicStatus, one.Http2) == ("HTTP", "QUIC_INACTIVE", False)
    clb(
        "ModifyRule",
        **place,
        LocationId=one.LocationId,
        Url="/new",
        Scheduler="IP_HASH",
        SessionExpireTime=0,
        HealthCheck={"HealthSwitch": 1, "CheckType": "GRPC"},
    )
    clb("ModifyDomainAttributes", **place, Domain="tf.com", NewDomain="other.com")
    two = rule()
    assert (two.LocationId, two.Domain, two.Url, two.Scheduler) == (
        one.LocationId,
        "other.com",
        "/new",
        "IP_HASH",
    )
    # The provider takes the method for a text, whatever the check is.
    assert two.HealthCheck.HttpCheckMethod
    cvm = Product(account, cvm_client.CvmClient, cvm_models)
    inside = [{"Name": "vpc-id", "Values": [network.subnet.VpcId]}]
    hosts = [host.InstanceId for host in cvm("DescribeInstances", Filters=inside, Limit=2).InstanceSet]
    targets = [{"InstanceId": host, "Port": 8080, "Weight": 10} for host in hosts]
    clb("RegisterTargets", **place, LocationId=one.LocationId, Targets=targets)

    def attached():
        [found] = clb(
            "DescribeTargets", LoadBalancerId=balancer, ListenerIds=[key], Protocol="HTTP", Port=80
        ).Listeners
        [group] = found.Rules
        assert all(target.Type == "CVM" for target in group.Targets)
        return [(target.InstanceId, target.Port, target.Weight) for target in group.Targets]

    assert attached() == [(host, 8080, 10) for host in hosts]
    clb("DeregisterTargets", **place, LocationId=one.LocationId, Targets=targets[:1])
    assert attached() == [(hosts[1], 8080, 10)]
    # What the provider takes for "is not registered any more", and no other code.
    again = {**place, "LocationId": one.LocationId, "Targets": targets[:1]}
    assert refusal(clb, "DeregisterTargets", **again) == "InvalidParameter"
    clb("DeregisterTargets", **place, LocationId=one.LocationId, Targets=targets[1:])
    clb("DeleteRule", **place, LocationIds=[one.LocationId])
    assert listened(clb, balancer, key).Rules == []


# --- registries -------------------------------------------------------------------------------------------


@pytest.fixture
def registry(account, tcr):
    """A registry that runs."""
    key = tcr(
        "CreateInstance", RegistryName="tf-images", RegistryType="basic", RegistryChargeType=0
    ).RegistryId
    account.clock.advance(180)
    return key


def test_a_registry_is_opened_to_some_networks_and_goes(account, tcr, tag, registry):
    def shown():
        found = tcr("DescribeInstances", Registryids=[registry]).Registries
        return found[0] if found else None

    def entry():
        return tcr("DescribeExternalEndpointStatus", RegistryId=registry).Status

    def let_in():
        found = tcr("DescribeSecurityPolicies", RegistryId=registry).SecurityPolicySet
        assert all(None not in (each.PolicyIndex, each.PolicyVersion) for each in found)
        return {each.CidrBlock: each.Description for each in found}

    one = shown()
    assert (one.RegistryName, one.RegistryType, one.Status, one.PayMod) == (
        "tf-images",
        "basic",
        "Running",
        0,
    )
    # The provider reads within these without looking whether they are there.
    assert (one.TagSpecification.Tags, entry()) == ([], "Closed")
    tcr("ManageExternalEndpoint", RegistryId=registry, Operation="Create")
    assert entry() == "Opening"
    assert refusal(tcr, "DescribeSecurityPolicies", RegistryId=registry) == "ResourceNotFound"
    account.clock.advance(60)
    assert (entry(), let_in()) == ("Opened", {})
    given = [
        {"CidrBlock": block, "Description": text, "PolicyIndex": 0, "PolicyVersion": ""}
        for block, text in (("192.168.1.1/32", "office"), ("10.0.0.1/32", ""))
    ]
    tcr("CreateMultipleSecurityPolicy", RegistryId=registry, SecurityGroupPolicySet=given)
    assert let_in() == {"192.168.1.1/32": "office", "10.0.0.1/32": ""}
    tcr("DeleteMultipleSecurityPolicy", RegistryId=registry, SecurityGroupPolicySet=given[:1])
    assert let_in() == {"10.0.0.1/32": ""}
    replicas = tcr("DescribeReplicationInstances", RegistryId=registry, Limit=100)
    assert replicas.ReplicationRegistries == []
    assert retag(tag, "tcr", "instance", registry, replaced={"env": "test"}) == {"env": "test"}
    assert [(each.Key, each.Value) for each in shown().TagSpecification.Tags] == [("env", "test")]
    tcr("ModifyInstance", RegistryId=registry, RegistryType="standard")
    assert shown().RegistryType == "standard"
    tcr("ManageExternalEndpoint", RegistryId=registry, Operation="Delete")
    assert entry() == "Deleting"
    account.clock.advance(60)
    assert entry() == "Closed"
    tcr("DeleteInstance", RegistryId=registry, DeleteBucket=True)
    account.clock.advance(60)
    assert shown() is None


def test_a_namespace_and_a_repository_are_found_in_pages_of_two_hundred(account, tcr, registry):
    space = {"RegistryId": registry, "NamespaceName": "tf"}
    guard = {"IsPublic": True, "IsAutoScan": True, "IsPreventVUL": True, "Severity": "medium"}
    tcr("CreateNamespace", **space, **guard, CVEWhitelistItems=[{"CVEID": "cve-2024"}])
    paged = {"Offset": 0, "Limit": 200}

    def spaces():
        found = tcr("DescribeNamespaces", **space, **paged).NamespaceList
        return [(each.Name, each.Public, each.AutoScan, each.PreventVUL, each.Severity) for each in found]

    assert spaces() == [("tf", True, True, True, "medium")]
    tcr("ModifyNamespace", **space, IsPublic=False, IsAutoScan=False, IsPreventVUL=False, Severity="high")
    assert spaces() == [("tf", False, False, False, "high")]
    place = {**space, "RepositoryName": "web"}
    tcr("CreateRepository", **place, BriefDescription="b", Description="d")

    def repositories():
        found = tcr("DescribeRepositories", **place, **paged).RepositoryList
        return [(each.Name, each.BriefDescription, each.Description) for each in found]

    assert repositories() == [("tf/web", "b", "d")]
    tcr("ModifyRepository", **place, BriefDescription="c", Description="e")
    assert repositories() == [("tf/web", "c", "e")]
    tcr("DeleteRepository", **place, ForceDelete=True)
    assert repositories() == []
    tcr("DeleteNamespace", **space)
    assert spaces() == []
    tcr("DeleteInstance", RegistryId=registry, DeleteBucket=True)
    account.clock.advance(60)
    # What the provider takes for "is gone".
    assert refusal(tcr, "DescribeNamespaces", **space, **paged) == "ResourceNotFound"


def test_a_token_that_lasts_is_switched_off_and_deleted(tcr, registry):
    made = tcr("CreateInstanceToken", RegistryId=registry, TokenType="longterm", Desc="ci")
    assert None not in (made.TokenId, made.Token, made.Username)

    def shown():
        found = tcr("DescribeInstanceToken", RegistryId=registry, Offset=0, Limit=200).Tokens
        return [(each.Id, each.Desc, each.Enabled) for each in found]

    assert shown() == [(made.TokenId, "ci", True)]
    tcr("ModifyInstanceToken", RegistryId=registry, TokenId=made.TokenId, Enable=False)
    assert shown() == [(made.TokenId, "ci", False)]
    tcr("DeleteInstanceToken", RegistryId=registry, TokenId=made.TokenId)
    assert shown() == []
