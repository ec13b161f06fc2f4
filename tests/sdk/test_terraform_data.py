"""What terraform-provider-tencentcloud does to balancers, databases, registries, tags and grants, by the SDK.

Each story makes the calls that the provider makes for one resource, in its order and with its parameters,
waits for what it waits for, and reads back what it compares with the plan.
"""

import json
from types import SimpleNamespace

import pytest
import trustme
from tencentcloud.cam.v20190116 import cam_client
from tencentcloud.cam.v20190116 import models as cam_models
from tencentcloud.cdb.v20170320 import cdb_client
from tencentcloud.cdb.v20170320 import models as cdb_models
from tencentcloud.clb.v20180317 import clb_client
from tencentcloud.clb.v20180317 import models as clb_models
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.cvm.v20170312 import cvm_client
from tencentcloud.cvm.v20170312 import models as cvm_models
from tencentcloud.dcdb.v20180411 import dcdb_client
from tencentcloud.dcdb.v20180411 import models as dcdb_models
from tencentcloud.mariadb.v20170312 import mariadb_client
from tencentcloud.mariadb.v20170312 import models as mariadb_models
from tencentcloud.postgres.v20170312 import models as postgres_models
from tencentcloud.postgres.v20170312 import postgres_client
from tencentcloud.redis.v20180412 import models as redis_models
from tencentcloud.redis.v20180412 import redis_client
from tencentcloud.region.v20220627 import models as region_models
from tencentcloud.region.v20220627 import region_client
from tencentcloud.ssl.v20191205 import models as ssl_models
from tencentcloud.ssl.v20191205 import ssl_client
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
def account(timed_account):
    return timed_account


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


def made_certificate():
    """A certificate and its key, as the provider gives them."""
    made = trustme.CA().issue_cert("shop.example.com")
    return {
        "CertificatePublicKey": "".join(pem.bytes().decode() for pem in made.cert_chain_pems).strip(),
        "CertificatePrivateKey": made.private_key_pem.bytes().decode().strip(),
    }


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


def test_a_redirection_is_read_back_by_its_source_and_taken_away(account, clb, balancer):
    ssl = Product(account, ssl_client.SslClient, ssl_models)
    certificate = ssl(
        "UploadCertificate", **made_certificate(), CertificateType="SVR", Alias="tf-clb"
    ).CertificateId
    key, secure = listener(
        clb,
        balancer,
        Protocol="HTTPS",
        Ports=[443],
        Certificate={"SSLMode": "UNIDIRECTIONAL", "CertId": certificate},
    )
    assert (secure.Certificate.SSLMode, secure.Certificate.CertId) == ("UNIDIRECTIONAL", certificate)
    given = {"Domain": "shop.example.com", "Url": "/"}
    clb("CreateRule", LoadBalancerId=balancer, ListenerId=key, Rules=[given])
    [goal] = listened(clb, balancer, key).Rules

    def redirected(source, rule):
        found = clb(
            "DescribeRewrite",
            LoadBalancerId=balancer,
            SourceListenerIds=[source],
            SourceLocationIds=[rule],
        ).RewriteSet
        return [(each.RewriteTarget.TargetListenerId, each.RewriteTarget.TargetLocationId) for each in found]

    # From HTTP to HTTPS of itself: the provider looks for what was made by its port and protocol.
    clb("AutoRewrite", LoadBalancerId=balancer, ListenerId=key, Domains=[goal.Domain])
    [door] = clb("DescribeListeners", LoadBalancerId=balancer, Protocol="HTTP", Port=80).Listeners
    [source] = [rule for rule in door.Rules if (rule.Domain, rule.Url) == ("shop.example.com", "/")]
    assert redirected(door.ListenerId, source.LocationId) == [(key, goal.LocationId)]
    info = {"SourceLocationId": source.LocationId, "TargetLocationId": goal.LocationId}
    place = {"LoadBalancerId": balancer, "SourceListenerId": door.ListenerId, "TargetListenerId": key}
    clb("DeleteRewrite", **place, RewriteInfos=[info])
    assert redirected(door.ListenerId, source.LocationId) == []
    # And between rules that the plan names.
    clb("ManualRewrite", **place, RewriteInfos=[info])
    assert redirected(door.ListenerId, source.LocationId) == [(key, goal.LocationId)]
    clb("DeleteRewrite", **place, RewriteInfos=[info])
    clb("DeleteLoadBalancer", LoadBalancerIds=[balancer])
    asked = {"LoadBalancerId": balancer, "SourceListenerIds": [key]}
    assert refusal(clb, "DescribeRewrite", **asked) == "InvalidParameter.LBIdNotFound"


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


# --- MySQL ------------------------------------------------------------------------------------------------


@pytest.fixture
def cdb(account):
    """MySQL as the provider handles it: what is asynchronous is waited for."""
    product = Product(account, cdb_client.CdbClient, cdb_models)

    def call(action, **params):
        answer = product(action, **params)
        request = json.loads(answer.to_json_string()).get("AsyncRequestId")
        if request and not action.startswith("Describe"):
            assert state(request) in ("INITIAL", "RUNNING", "SUCCESS")
            # The longest is a change of size.
            account.clock.advance(600)
            assert state(request) == "SUCCESS"
        return answer

    def state(request):
        return product("DescribeAsyncRequestInfo", AsyncRequestId=request).Status

    return call


@pytest.fixture
def mysql(account, cdb, network):
    """A MySQL instance that runs."""
    [key] = cdb(
        "CreateDBInstanceHour",
        ClientToken="terraform",
        GoodsNum=1,
        InstanceName="tf-mysql",
        Port=3306,
        Memory=4000,
        Cpu=0,
        Volume=100,
        UniqVpcId=network.subnet.VpcId,
        UniqSubnetId=network.subnet.SubnetId,
        SecurityGroup=network.groups[:1],
        ParamList=[
            {"Name": "character_set_server", "Value": "utf8mb4"},
            {"Name": "max_connections", "Value": "1000"},
        ],
        ProjectId=0,
        EngineVersion="5.7",
        Zone=network.subnet.Zone,
        SlaveZone=network.subnet.Zone,
        Password=PASSWORD,
        DeployMode=0,
        ProtectMode=0,
    ).InstanceIds
    [one] = cdb("DescribeDBInstances", InstanceIds=[key]).Items
    assert one.Status == 0
    account.clock.advance(200)
    [one] = cdb("DescribeDBInstances", InstanceIds=[key]).Items
    assert (one.Status, one.TaskStatus) == (1, 0)
    return key


def test_a_mysql_instance_is_changed_member_by_member_and_goes(account, cdb, tag, network, mysql):
    def shown():
        [found] = cdb("DescribeDBInstances", InstanceIds=[mysql], QueryClusterInfo=True).Items
        return found

    one = shown()
    assert (one.InstanceName, one.EngineVersion, one.Memory, one.Volume, one.Vport) == (
        "tf-mysql",
        "5.7",
        4000,
        100,
        3306,
    )
    assert (one.UniqVpcId, one.UniqSubnetId) == (network.subnet.VpcId, network.subnet.SubnetId)
    assert (one.Zone, one.PayType, one.ProjectId, one.WanStatus) == (network.subnet.Zone, 1, 0, 0)
    groups = cdb("DescribeDBSecurityGroups", InstanceId=mysql).Groups
    assert [each.SecurityGroupId for each in groups] == network.groups[:1]
    assert cdb("DescribeDBInstanceGTID", InstanceId=mysql).IsGTIDOpen is not None
    assert cdb("DescribeDBInstanceConfig", InstanceId=mysql).DeployMode == 0

    def value(name):
        items = cdb("DescribeInstanceParams", InstanceId=mysql).Items
        # The provider reads both of every parameter without looking whether they are there.
        assert all(None not in (each.CurrentValue, each.Default) for each in items)
        return {each.Name: each.CurrentValue for each in items}[name]

    assert (value("max_connections"), value("character_set_server").lower()) == ("1000", "utf8mb4")
    cdb(
        "ModifyInstanceParam",
        InstanceIds=[mysql],
        ParamList=[{"Name": "max_connections", "CurrentValue": "800"}],
    )
    assert value("max_connections") == "800"
    cdb("OpenWanService", InstanceId=mysql)
    one = shown()
    assert (one.WanStatus, bool(one.WanDomain), bool(one.WanPort)) == (1, True, True)
    cdb("CloseWanService", InstanceId=mysql)
    assert shown().WanStatus != 1
    cdb("ModifyDBInstanceName", InstanceId=mysql, InstanceName="tf-other")
    cdb("ModifyDBInstanceVipVport", InstanceId=mysql, DstPort=3360)
    cdb("ModifyDBInstanceProject", InstanceIds=[mysql], NewProjectId=8)
    one = shown()
    assert (one.InstanceName, one.Vport, one.ProjectId) == ("tf-other", 3360, 8)
    cdb("DisassociateSecurityGroups", InstanceIds=[mysql], SecurityGroupId=network.groups[0])
    assert cdb("DescribeDBSecurityGroups", InstanceId=mysql).Groups == []
    root = [{"User": "root", "Host": "%"}]
    cdb("ModifyAccountPassword", InstanceId=mysql, NewPassword="Secret-pass2", Accounts=root)
    cdb(
        "UpgradeDBInstance",
        InstanceId=mysql,
        Memory=8000,
        Cpu=4,
        Volume=200,
        WaitSwitch=0,
        FastUpgrade=0,
        DeployMode=0,
        SlaveZone=network.subnet.Zone,
        ProtectMode=0,
        DeviceType="UNIVERSAL",
    )
    one = shown()
    assert (one.Memory, one.Cpu, one.Volume, one.TaskStatus) == (8000, 4, 200, 0)
    assert retag(tag, "cdb", "instanceId", mysql, replaced={"env": "test"}) == {"env": "test"}
    assert [(each.TagKey, each.TagValue) for each in shown().TagList] == [("env", "test")]
    cdb("IsolateDBInstance", InstanceId=mysql)
    assert shown().Status == 5
    cdb("OfflineIsolatedInstances", InstanceIds=[mysql])
    account.clock.advance(60)
    assert cdb("DescribeDBInstances", InstanceIds=[mysql], Status=[5, 6, 7]).Items == []


def test_an_account_of_mysql_what_it_may_and_how_backups_are_made(cdb, mysql):
    def accounts():
        items = cdb("DescribeAccounts", InstanceId=mysql, Offset=0, Limit=100).Items
        return {
            (each.User, each.Host): (each.Notes, each.MaxUserConnections)
            for each in items
            if each.User == "tf"
        }

    here = [{"User": "tf", "Host": "192.168.0.%"}]
    cdb(
        "CreateAccounts",
        InstanceId=mysql,
        Password=PASSWORD,
        Accounts=here,
        Description="test",
        MaxUserConnections=10,
    )
    assert accounts() == {("tf", "192.168.0.%"): ("test", 10)}
    cdb("ModifyAccountDescription", InstanceId=mysql, Description="changed", Accounts=here)
    cdb("ModifyAccountMaxUserConnections", InstanceId=mysql, MaxUserConnections=0, Accounts=here)
    cdb("ModifyAccountHost", InstanceId=mysql, User="tf", Host="192.168.0.%", NewHost="%")
    assert accounts() == {("tf", "%"): ("changed", 0)}
    name = {"InstanceId": mysql, "User": "tf", "Host": "%"}
    cdb(
        "ModifyAccountPrivileges",
        InstanceId=mysql,
        Accounts=[{"User": "tf", "Host": "%"}],
        GlobalPrivileges=["TRIGGER"],
        DatabasePrivileges=[{"Database": "mysql", "Privileges": ["SELECT", "INSERT"]}],
    )
    may = cdb("DescribeAccountPrivileges", **name)
    assert may.GlobalPrivileges == ["TRIGGER"]
    [of] = may.DatabasePrivileges
    assert (of.Database, sorted(of.Privileges)) == ("mysql", ["INSERT", "SELECT"])
    assert (may.TablePrivileges, may.ColumnPrivileges) == ([], [])
    cdb(
        "ModifyBackupConfig",
        InstanceId=mysql,
        ExpireDays=56,
        StartTime="10:00-14:00",
        BackupMethod="physical",
        BinlogExpireDays=32,
    )
    kept = json.loads(cdb("DescribeBackupConfig", InstanceId=mysql).to_json_string())
    assert (kept["BackupMethod"], kept["BackupExpireDays"], kept["BinlogExpireDays"]) == ("physical", 56, 32)
    assert (kept["StartTimeMin"], kept["StartTimeMax"]) == (10, 14)
    cdb("DeleteAccounts", InstanceId=mysql, Accounts=[{"User": "tf", "Host": "%"}])
    assert accounts() == {}


# --- Redis ------------------------------------------------------------------------------------------------


def test_a_redis_instance_is_ordered_by_its_zones_id_changed_and_cleaned_up(account, tag, network):
    redis = Product(account, redis_client.RedisClient, redis_models)
    regions = Product(account, region_client.RegionClient, region_models)
    zone = network.subnet.Zone
    [number] = [
        each.ZoneId for each in regions("DescribeZones", Product="redis").ZoneSet if each.Zone == zone
    ]
    [sold] = [each for each in redis("DescribeProductInfo").RegionSet if each.RegionId == REGION]
    [here] = [each for each in sold.ZoneSet if each.ZoneName == zone]
    # The provider looks for the order among what is sold in the zone.
    assert not here.IsSaleout
    assert any(
        each.Type == 8 and "1" in each.ReplicaNum and "1" in each.TotalSize for each in here.ProductSet
    )
    [key] = redis(
        "CreateInstances",
        ZoneId=int(number),
        TypeId=8,
        VpcId=network.subnet.VpcId,
        SubnetId=network.subnet.SubnetId,
        ProjectId=0,
        VPort=6379,
        MemSize=1024,
        BillingMode=0,
        GoodsNum=1,
        Period=1,
        RedisShardNum=1,
        RedisReplicasNum=1,
        InstanceName="tf-redis",
        Password=PASSWORD,
        SecurityGroupIdList=network.groups[:1],
    ).InstanceIds

    def shown():
        [found] = redis("DescribeInstances", InstanceId=key, Offset=0, Limit=1).InstanceSet
        return found

    def done(answer):
        account.clock.advance(120)
        return redis("DescribeTaskInfo", TaskId=answer.TaskId).Status == "succeed"

    assert shown().Status in (0, 1)
    account.clock.advance(300)
    one = shown()
    assert (one.Status, one.Type, one.InstanceName, one.Port, one.ZoneId) == (
        2,
        8,
        "tf-redis",
        6379,
        int(number),
    )
    assert (one.RedisShardNum, one.RedisReplicasNum, one.RedisShardSize, one.NoAuth) == (1, 1, 1024, False)
    [held] = redis("DescribeInstanceSecurityGroup", InstanceIds=[key]).InstanceSecurityGroupsDetail
    assert [each.SecurityGroupId for each in held.SecurityGroupDetails] == network.groups[:1]
    redis("ModifyInstance", Operation="rename", InstanceId=key, InstanceName="tf-other")
    assert shown().InstanceName == "tf-other"
    redis("UpgradeInstance", InstanceId=key, MemSize=2048, RedisShardNum=1, RedisReplicasNum=1)
    assert shown().Status == 1
    account.clock.advance(600)
    assert (shown().Status, shown().RedisShardSize) == (2, 2048)
    assert done(redis("ResetPassword", InstanceId=key, Password="", NoAuth=True))
    assert shown().NoAuth is True
    asked = {"InstanceId": key, "Operation": "changeVPort", "VPort": 6380}
    assert done(redis("ModifyNetworkConfig", **asked))
    assert shown().Port == 6380
    days = {"WeekDays": ["Wednesday"], "TimePeriod": "16:00-17:00"}
    redis("ModifyAutoBackupConfig", InstanceId=key, **days)
    kept = redis("DescribeAutoBackupConfig", InstanceId=key)
    assert {name: getattr(kept, name) for name in days} == days
    assert retag(tag, "redis", "instance", key, replaced={"env": "test"}) == {"env": "test"}
    assert done(redis("DestroyPostpaidInstance", InstanceId=key))
    assert shown().Status == -2
    assert done(redis("CleanUpInstance", InstanceId=key))
    assert redis("DescribeInstances", InstanceId=key).InstanceSet == []


# --- PostgreSQL -------------------------------------------------------------------------------------------


def test_a_postgres_instance_is_ordered_as_it_is_sold_changed_and_destroyed(account, tag, network):
    postgres = Product(account, postgres_client.PostgresClient, postgres_models)
    zone, memory = network.subnet.Zone, 4
    [sold] = postgres("DescribeProductConfig", Zone=zone).SpecInfoList
    # The provider orders the class of the plan's version and memory; 10.4 is its version unless told.
    classes = {(each.Version, each.Memory): each for each in sold.SpecItemInfoList}
    found = classes["10.4", memory * 1024]
    assert found.MinStorage <= 50 <= found.MaxStorage
    [key] = postgres(
        "CreateInstances",
        Name="tf-postgres",
        DBVersion="10.4",
        InstanceChargeType="POSTPAID_BY_HOUR",
        SpecCode=found.SpecCode,
        AutoRenewFlag=0,
        ProjectId=0,
        Period=1,
        VpcId=network.subnet.VpcId,
        SubnetId=network.subnet.SubnetId,
        Storage=50,
        Zone=zone,
        InstanceCount=1,
        AdminName="root1",
        AdminPassword=PASSWORD,
        Charset="UTF8",
        SecurityGroupIds=network.groups[:1],
        DBNodeSet=[{"Role": "Primary", "Zone": zone}, {"Role": "Standby", "Zone": zone}],
    ).DBInstanceIdSet
    account.clock.advance(300)

    def shown():
        return postgres("DescribeDBInstanceAttribute", DBInstanceId=key).DBInstance

    def nets():
        return [(net.NetType, net.Status) for net in shown().DBInstanceNetInfo]

    def value(name):
        detail = postgres("DescribeDBInstanceParameters", DBInstanceId=key).Detail
        return int({each.Name: each.CurrentValue for each in detail}[name])

    one = shown()
    assert (one.DBInstanceStatus, one.DBInstanceName, one.DBVersion, one.PayType) == (
        "running",
        "tf-postgres",
        "10.4",
        "postpaid",
    )
    assert (one.DBInstanceMemory, one.DBInstanceStorage, one.DBCharset) == (memory, 50, "UTF8")
    assert [(each.Role, each.Zone) for each in one.DBNodeSet] == [("Primary", zone), ("Standby", zone)]
    accounts = postgres("DescribeAccounts", DBInstanceId=key, OrderBy="createTime", OrderByType="asc")
    assert accounts.Details[0].UserName == "root1"
    groups = postgres("DescribeDBInstanceSecurityGroups", DBInstanceId=key).SecurityGroupSet
    assert [each.SecurityGroupId for each in groups] == network.groups[:1]
    assert postgres("DescribeEncryptionKeys", DBInstanceId=key).EncryptionKeys == []
    assert nets()[0] == ("private", "opened")
    postgres("OpenDBExtranetAccess", DBInstanceId=key)
    assert nets()[1] == ("public", "opening")
    account.clock.advance(60)
    [_, public] = shown().DBInstanceNetInfo
    assert (public.Status, bool(public.Address), bool(public.Port)) == ("opened", True, True)
    postgres("CloseDBExtranetAccess", DBInstanceId=key)
    account.clock.advance(60)
    assert nets()[1] == ("public", "closed")
    wanted = [
        {"Name": "max_standby_archive_delay", "ExpectedValue": "800000"},
        {"Name": "max_standby_streaming_delay", "ExpectedValue": "800000"},
    ]
    assert value("max_standby_archive_delay") == value("max_standby_streaming_delay")
    postgres("ModifyDBInstanceParameters", DBInstanceId=key, ParamList=wanted)

    def states():
        items = postgres("DescribeParamsEvent", DBInstanceId=key).EventItems
        return {event.State for item in items for event in item.EventDetail}

    assert states() == {"in progress"}
    account.clock.advance(60)
    assert states() == {"success"}
    assert value("max_standby_archive_delay") == value("max_standby_streaming_delay") == 800000
    postgres("ModifyDBInstanceSpec", DBInstanceId=key, Memory=8, Storage=100, Cpu=2, SwitchTag=0)
    assert shown().DBInstanceStatus != "running"
    account.clock.advance(600)
    one = shown()
    assert (one.DBInstanceStatus, one.DBInstanceMemory, one.DBInstanceStorage) == ("running", 8, 100)
    postgres(
        "ModifyBackupPlan",
        DBInstanceId=key,
        MinBackupStartTime="00:10:11",
        MaxBackupStartTime="01:10:11",
        BaseBackupRetentionPeriod=7,
        BackupPeriod=["tuesday", "wednesday"],
    )
    [plan] = postgres("DescribeBackupPlans", DBInstanceId=key).Plans
    assert (plan.MinBackupStartTime, plan.BackupPeriod) == ("00:10:11", '["tuesday","wednesday"]')
    postgres("ModifyDBInstanceName", DBInstanceId=key, InstanceName="tf-other")
    postgres("ResetAccountPassword", DBInstanceId=key, UserName="root1", Password="Secret-pass2")
    account.clock.advance(60)
    assert retag(tag, "postgres", "DBInstanceId", key, replaced={"env": "test"}) == {"env": "test"}
    postgres("IsolateDBInstances", DBInstanceIdSet=[key])
    account.clock.advance(60)
    assert shown().DBInstanceStatus == "isolated"
    postgres("DestroyDBInstance", DBInstanceId=key)
    account.clock.advance(100)
    assert refusal(postgres, "DescribeDBInstanceAttribute", DBInstanceId=key) == (
        "ResourceNotFound.InstanceNotFoundError"
    )


# --- TDSQL ------------------------------------------------------------------------------------------------

FIRST = {
    "character_set_server": "utf8mb4",
    "lower_case_table_names": "1",
    "sync_mode": "2",
    "innodb_page_size": "16384",
}
FIRST_PARAMS = [{"Param": name, "Value": value} for name, value in FIRST.items()]


def first_params(product, key):
    """The parameters with which an instance began to work, as the provider reads them back."""
    params = product("DescribeDBParameters", InstanceId=key).Params
    return {each.Param: each.Value for each in params if each.Param in FIRST}


def test_a_mariadb_instance_is_started_changed_and_destroyed_as_it_runs(account, tag, network):
    mariadb = Product(account, mariadb_client.MariadbClient, mariadb_models)
    [key] = mariadb(
        "CreateHourDBInstance",
        Zones=[network.subnet.Zone],
        NodeCount=2,
        Memory=2,
        Storage=10,
        VpcId=network.subnet.VpcId,
        SubnetId=network.subnet.SubnetId,
        DbVersionId="8.0",
        InstanceName="tf-mariadb",
    ).InstanceIds

    def status():
        return [each.Status for each in mariadb("DescribeDBInstances", InstanceIds=[key]).Instances]

    def detail():
        return mariadb("DescribeDBInstanceDetail", InstanceId=key)

    def done(answer):
        account.clock.advance(60)
        return mariadb("DescribeFlow", FlowId=answer.FlowId).Status == 0

    assert status() == [0]
    account.clock.advance(300)
    assert status() == [3]
    assert done(mariadb("InitDBInstances", InstanceIds=[key], Params=FIRST_PARAMS))
    assert (status(), first_params(mariadb, key)) == ([2], FIRST)
    one = detail()
    assert (one.InstanceName, one.Memory, one.Storage, one.NodeCount, one.DbVersionId) == (
        "tf-mariadb",
        2,
        10,
        2,
        "8.0",
    )
    assert (one.VpcId, one.SubnetId, one.MasterZone) == (
        network.subnet.VpcId,
        network.subnet.SubnetId,
        network.subnet.Zone,
    )
    mariadb("ModifyDBInstanceName", InstanceId=key, InstanceName="tf-other")
    other = ".".join([*one.Vip.split(".")[:3], "200"])
    place = {"VpcId": network.subnet.VpcId, "SubnetId": network.subnet.SubnetId, "Vip": other}
    assert done(mariadb("ModifyInstanceNetwork", InstanceId=key, **place))
    assert (detail().InstanceName, detail().Vip) == ("tf-other", other)
    assert retag(tag, "mariadb", "instance", key, replaced={"env": "test"}) == {"env": "test"}
    account_of = {"InstanceId": key, "UserName": "tf_user", "Host": "10.13.1.%"}
    mariadb("CreateAccount", **account_of, Password=PASSWORD, ReadOnly=0, Description="d")
    [user] = mariadb("DescribeAccounts", InstanceId=key).Users
    assert (user.UserName, user.Host, user.Description, user.ReadOnly) == ("tf_user", "10.13.1.%", "d", 0)
    wanted = [{"Param": "auto_increment_increment", "Value": "2"}]
    [result] = mariadb("ModifyDBParameters", InstanceId=key, Params=wanted).Result
    assert (result.Param, result.Code) == ("auto_increment_increment", 0)
    assert done(mariadb("ModifyDBSyncMode", InstanceId=key, SyncMode=1))
    follows = mariadb("DescribeDBSyncMode", InstanceId=key)
    assert (follows.SyncMode, follows.IsModifying) == (1, 0)
    mariadb("DeleteAccount", **account_of)
    # The provider does not isolate what it pays for by the hour.
    assert done(mariadb("DestroyHourDBInstance", InstanceId=key))
    assert refusal(mariadb, "DescribeDBInstanceDetail", InstanceId=key) == "ResourceNotFound.InstanceNotFound"


def test_a_sharded_instance_is_started_opened_and_destroyed_as_it_runs(account, tag, network):
    dcdb = Product(account, dcdb_client.DcdbClient, dcdb_models)
    zone = network.subnet.Zone
    [key] = dcdb(
        "CreateHourDCDBInstance",
        ShardMemory=2,
        ShardStorage=10,
        ShardNodeCount=2,
        ShardCount=2,
        Zones=[zone, zone],
        VpcId=network.subnet.VpcId,
        SubnetId=network.subnet.SubnetId,
        DbVersionId="8.0",
        SecurityGroupId=network.groups[0],
        ProjectId=0,
        InstanceName="tf-dcdb",
        ResourceTags=[{"TagKey": "env", "TagValue": "test"}],
        Ipv6Flag=0,
    ).InstanceIds

    def shown():
        found = dcdb("DescribeDCDBInstances", InstanceIds=[key], Offset=0, Limit=20).Instances
        return found[0] if found else None

    def state(flow):
        return dcdb("DescribeFlow", FlowId=flow).Status

    assert shown().Status == 0
    account.clock.advance(300)
    assert shown().Status == 3
    [flow] = dcdb("InitDCDBInstances", InstanceIds=[key], Params=FIRST_PARAMS).FlowIds
    assert state(flow) == 2
    account.clock.advance(60)
    assert (state(flow), shown().Status, first_params(dcdb, key)) == (0, 2, FIRST)
    one = shown()
    assert (one.InstanceName, one.ShardCount, one.DbVersionId, one.ProjectId, one.NodeCount) == (
        "tf-dcdb",
        2,
        "8.0",
        0,
        2,
    )
    assert (one.UniqueVpcId, one.UniqueSubnetId) == (network.subnet.VpcId, network.subnet.SubnetId)
    assert [(shard.Memory, shard.Storage) for shard in one.ShardDetail] == [(2, 10)] * 2
    groups = dcdb("DescribeDBSecurityGroups", InstanceId=key, Product="dcdb").Groups
    assert [each.SecurityGroupId for each in groups] == network.groups[:1]
    assert dcdb("DescribeDcnDetail", InstanceId=key).DcnDetails == []
    flow = dcdb("OpenDBExtranetAccess", InstanceId=key, Ipv6Flag=0).FlowId
    account.clock.advance(60)
    detail = dcdb("DescribeDCDBInstanceDetail", InstanceId=key)
    assert (state(flow), detail.WanStatus, bool(detail.WanDomain)) == (0, 1, True)
    assert borne(tag, "dcdb", "instance", key) == {"env": "test"}
    flow = dcdb("DestroyHourDCDBInstance", InstanceId=key).FlowId
    account.clock.advance(60)
    assert (state(flow), shown()) == (0, None)


# --- certificates -----------------------------------------------------------------------------------------


def test_a_certificate_is_uploaded_read_back_and_deleted(account, tag):
    ssl = Product(account, ssl_client.SslClient, ssl_models)
    made = made_certificate()
    key = ssl(
        "UploadCertificate", **made, CertificateType="SVR", ProjectId=0, Alias="tf-certificate"
    ).CertificateId
    members = (
        "Alias",
        "CertificateType",
        "ProjectId",
        "CertificatePublicKey",
        "ProductZhName",
        "Domain",
        "Status",
        "CertBeginTime",
        "CertEndTime",
        "InsertTime",
    )

    def shown():
        found = ssl("DescribeCertificateDetail", CertificateId=key)
        # The provider gives up on a certificate that lacks any of these.
        assert None not in [getattr(found, name) for name in members]
        return found.Alias, found.CertificateType, found.ProjectId, found.Status

    assert shown() == ("tf-certificate", "SVR", "0", 1)
    assert (
        ssl("DescribeCertificateDetail", CertificateId=key).CertificatePublicKey.strip()
        == (made["CertificatePublicKey"])
    )
    assert retag(tag, "ssl", "certificate", key, replaced={"env": "test"}) == {"env": "test"}
    ssl("ModifyCertificateAlias", CertificateId=key, Alias="tf-other")
    moved = ssl("ModifyCertificateProject", CertificateIdList=[key], ProjectId=8)
    assert moved.FailCertificates == []
    assert shown() == ("tf-other", "SVR", "8", 1)
    assert ssl("DeleteCertificate", CertificateId=key).DeleteResult is True
    gone = "FailedOperation.CertificateNotFound"
    assert refusal(ssl, "DescribeCertificateDetail", CertificateId=key) == gone
    assert refusal(ssl, "DeleteCertificate", CertificateId=key) == gone


def test_a_certificate_of_an_authority_needs_no_key(account):
    ssl = Product(account, ssl_client.SslClient, ssl_models)
    text = trustme.CA().cert_pem.bytes().decode().strip()
    key = ssl(
        "UploadCertificate", CertificatePublicKey=text, CertificateType="CA", ProjectId=0, Alias=""
    ).CertificateId
    found = ssl("DescribeCertificateDetail", CertificateId=key)
    assert (found.CertificateType, found.Alias, found.CertificatePublicKey.strip()) == ("CA", "", text)
