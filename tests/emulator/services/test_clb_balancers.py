import pytest

from tests.emulator.services.acting import ZONE, Account


@pytest.fixture
def account():
    return Account()


@pytest.fixture
def subnet(account):
    return account.subnet(account.vpc())


def internal(account, subnet, **params):
    asked = {"LoadBalancerType": "INTERNAL", "VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"]}
    made = account("clb:CreateLoadBalancer", **asked, **params)["LoadBalancerIds"]
    account.advance()
    return made


def shown(account, key):
    [found] = account("clb:DescribeLoadBalancers", LoadBalancerIds=[key])["LoadBalancerSet"]
    return found


def test_a_balancer_is_made_by_the_clock_at_an_address_of_its_subnet(account, subnet):
    host = account.host(subnet)
    answer = account(
        "clb:CreateLoadBalancer",
        LoadBalancerType="INTERNAL",
        VpcId=subnet["VpcId"],
        SubnetId=subnet["SubnetId"],
        LoadBalancerName="web",
        Tags=[{"TagKey": "k", "TagValue": "v"}],
    )
    [key], task = answer["LoadBalancerIds"], account.last
    assert shown(account, key)["Status"] == 0
    going_on = account("clb:DescribeTaskStatus", TaskId=task)
    assert (going_on["Status"], going_on["LoadBalancerIds"]) == (2, [key])
    account.advance()
    assert account("clb:DescribeTaskStatus", TaskId=task)["Status"] == 0
    assert account("clb:DescribeTaskStatus", DealName=answer["DealName"])["Status"] == 0
    row = shown(account, key)
    assert (row["Status"], row["LoadBalancerName"], row["Forward"]) == (1, "web", 1)
    [vip] = row["LoadBalancerVips"]
    [taken] = account.world.read("cvm.instance", "ap-guangzhou").get(host).value["PrivateIpAddresses"]
    assert vip.startswith("10.0.1.")
    assert vip != taken
    assert row["Tags"] == [{"TagKey": "k", "TagValue": "v"}]
    [free] = account("vpc:DescribeSubnets")["SubnetSet"]
    assert free["AvailableIpAddressCount"] == free["TotalIpAddressCount"] - 2
    assert account.code("vpc:DeleteSubnet", SubnetId=subnet["SubnetId"]) == "ResourceInUse"


def test_public_balancers_stand_in_the_default_vpc_unless_told_otherwise(account):
    asked = {"LoadBalancerType": "OPEN"}
    assert account.code("clb:CreateLoadBalancer", **asked) == "InvalidParameterValue"
    default = account("vpc:CreateDefaultVpc")["Vpc"]["VpcId"]
    made = account("clb:CreateLoadBalancer", Number=3, LoadBalancerName="x", **asked)["LoadBalancerIds"]
    rows = [shown(account, key) for key in made]
    assert {row["VpcId"] for row in rows} == {default}
    assert len({row["LoadBalancerVips"][0] for row in rows}) == 3
    names = [row["LoadBalancerName"] for row in rows]
    assert names[0] == "x"
    assert len(set(names)) == 3
    assert [row["NetworkAttributes"]["InternetMaxBandwidthOut"] for row in rows] == [10] * 3


def test_a_balancer_takes_the_address_that_it_is_told_if_it_is_free(account, subnet):
    [key] = internal(account, subnet, Vip="10.0.1.9")
    assert shown(account, key)["LoadBalancerVips"] == ["10.0.1.9"]
    asked = {"LoadBalancerType": "INTERNAL", "VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"]}
    assert account.code("clb:CreateLoadBalancer", Vip="10.0.1.9", **asked) == "ResourceInUse"
    assert account.code("clb:CreateLoadBalancer", Vip="10.0.2.9", **asked) == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"LoadBalancerType": "CLASSIC"}, "InvalidParameterValue"),
        ({"Forward": 0}, "InvalidParameterValue"),
        ({"Number": 21}, "InvalidParameterValue.Range"),
        ({"LoadBalancerName": "x" * 81}, "InvalidParameterValue.Length"),
        ({"SubnetId": ""}, "MissingParameter"),
        ({"VpcId": ""}, "MissingParameter"),
        ({"VpcId": "vpc-12345678"}, "InvalidParameterValue"),
        ({"SubnetId": "subnet-12345678"}, "InvalidParameterValue"),
        ({"LoadBalancerType": "OPEN"}, "InvalidParameterCombination"),
        ({"ZoneId": ZONE}, "InvalidParameterCombination"),
        ({"SlaType": "huge"}, "InvalidParameterValue"),
        ({"SlaType": "clb.c3.small"}, None),
        ({"InternetAccessible": {"InternetMaxBandwidthOut": 2049}}, "InvalidParameterValue.Range"),
        ({"LBChargeType": "PREPAID"}, "MissingParameter"),
        ({"LBChargeType": "PREPAID", "LBChargePrepaid": {"Period": 1, "RenewFlag": "AUTO_RENEW"}}, None),
        ({"AddressIPVersion": "IPv6FullChain"}, "NotEmulated"),
        ({"VipIsp": "CMCC"}, "UnsupportedOperation"),
        ({"SnatPro": True}, "NotEmulated"),
        ({"Tags": [{"TagKey": "k", "TagValue": "v"}] * 2}, "InvalidParameterValue.Duplicate"),
    ],
)
def test_what_cannot_be_bought_is_refused(account, subnet, params, expected):
    asked = {"LoadBalancerType": "INTERNAL", "VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"]}
    assert account.code("clb:CreateLoadBalancer", **{**asked, **params}) == expected


def test_a_token_given_twice_buys_once(account, subnet):
    first = internal(account, subnet, ClientToken="t")
    assert internal(account, subnet, ClientToken="t") == first
    assert len(account.rows("clb.loadbalancer")) == 1


def test_a_balancer_does_one_thing_at_a_time(account, subnet):
    [key] = internal(account, subnet)
    account("clb:CreateListener", LoadBalancerId=key, Ports=[80], Protocol="TCP")
    others = [
        ("CreateListener", {"LoadBalancerId": key, "Ports": [81], "Protocol": "TCP"}),
        ("DeleteLoadBalancer", {"LoadBalancerIds": [key]}),
        ("ModifyLoadBalancerAttributes", {"LoadBalancerId": key, "LoadBalancerName": "n"}),
        ("SetLoadBalancerSecurityGroups", {"LoadBalancerId": key}),
    ]
    for action, params in others:
        assert account.code(f"clb:{action}", **params) == "FailedOperation.ResourceInOperating"
    account.advance()
    assert account.code("clb:ModifyLoadBalancerAttributes", LoadBalancerId=key, LoadBalancerName="n") is None


def test_at_no_pace_nothing_has_to_be_waited_for(account, subnet):
    account.world.pace = 0
    [key] = internal(account, subnet)
    assert shown(account, key)["Status"] == 1
    for port in (80, 81):
        account("clb:CreateListener", LoadBalancerId=key, Ports=[port], Protocol="TCP")
    assert account("clb:DescribeTaskStatus", TaskId=account.last)["Status"] == 0


def test_attributes_change_and_protection_protects(account, subnet):
    [key] = internal(account, subnet)
    account(
        "clb:ModifyLoadBalancerAttributes",
        LoadBalancerId=key,
        LoadBalancerName="new",
        DeleteProtect=True,
        LoadBalancerPassToTarget=True,
        InternetChargeInfo={"InternetMaxBandwidthOut": 20},
    )
    row = shown(account, key)
    assert (row["LoadBalancerName"], row["LoadBalancerPassToTarget"]) == ("new", True)
    assert row["AttributeFlags"] == ["DeleteProtect"]
    assert row["NetworkAttributes"]["InternetMaxBandwidthOut"] == 20
    account.advance()
    assert account.code("clb:DeleteLoadBalancer", LoadBalancerIds=[key]) == "OperationDenied"
    account("clb:ModifyLoadBalancerAttributes", LoadBalancerId=key, DeleteProtect=False)
    account.advance()
    account("clb:DeleteLoadBalancer", LoadBalancerIds=[key])
    task = account.last
    assert account("clb:DescribeLoadBalancers", LoadBalancerIds=[key])["LoadBalancerSet"] == []
    account.advance()
    assert account("clb:DescribeTaskStatus", TaskId=task)["Status"] == 0
    account("vpc:DeleteSubnet", SubnetId=subnet["SubnetId"])


def test_balancers_stand_behind_groups_which_count_them(account, subnet):
    first, second = internal(account, subnet, Number=2)
    group, other = account.group("a"), account.group("b")
    account("clb:SetLoadBalancerSecurityGroups", LoadBalancerId=first, SecurityGroups=[other])
    account.advance()
    both = {"SecurityGroup": group, "LoadBalancerIds": [first, second]}
    account("clb:SetSecurityGroupForLoadbalancers", OperationType="ADD", **both)
    account.advance()
    assert shown(account, first)["SecureGroups"] == [other, group]
    found = account("vpc:DescribeSecurityGroupAssociationStatistics", SecurityGroupIds=[group])
    assert found["SecurityGroupAssociationStatisticsSet"][0]["CLB"] == 2
    assert account.code("vpc:DeleteSecurityGroup", SecurityGroupId=group) == "ResourceInUse"
    account("clb:SetSecurityGroupForLoadbalancers", OperationType="DEL", **both)
    account("vpc:DeleteSecurityGroup", SecurityGroupId=group)
    assert account.code("clb:SetSecurityGroupForLoadbalancers", OperationType="ADD", **both) == (
        "InvalidParameterValue"
    )
    account.advance()
    account("clb:SetLoadBalancerSecurityGroups", LoadBalancerId=first)
    assert shown(account, first)["SecureGroups"] == []


def test_many_targets_need_force(account, subnet):
    account.world.pace = 0
    [key] = internal(account, subnet)
    hosts = [account.host(subnet, number) for number in range(1, 21)]
    [listener] = account("clb:CreateListener", LoadBalancerId=key, Ports=[80], Protocol="TCP")["ListenerIds"]
    targets = [{"InstanceId": host, "Port": 80} for host in hosts]
    account("clb:RegisterTargets", LoadBalancerId=key, ListenerId=listener, Targets=targets)
    assert (
        account.code("clb:DeleteLoadBalancer", LoadBalancerIds=[key]) == "FailedOperation.TargetNumCheckRisk"
    )
    account("clb:DeleteLoadBalancer", LoadBalancerIds=[key], ForceDelete=True)


def test_sizes_and_logs_are_set(account, subnet):
    [key] = internal(account, subnet)
    account("clb:ModifyLoadBalancerSla", LoadBalancerSla=[{"LoadBalancerId": key, "SlaType": "clb.c3.small"}])
    account.advance()
    account("clb:SetLoadBalancerClsLog", LoadBalancerId=key, LogSetId="s", LogTopicId="t")
    row = shown(account, key)
    assert (row["SlaType"], row["LogSetId"], row["LogTopicId"]) == ("clb.c3.small", "s", "t")


def test_quotas_count_what_there_is(account, subnet):
    def quota():
        found = account("clb:DescribeQuota")["QuotaSet"]
        return {each["QuotaId"]: (each["QuotaCurrent"], each["QuotaLimit"]) for each in found}

    assert quota()["TOTAL_INTERNAL_CLB_QUOTA"] == (0, 100)
    for _ in range(5):
        internal(account, subnet, Number=20)
    assert quota()["TOTAL_INTERNAL_CLB_QUOTA"] == (100, 100)
    asked = {"LoadBalancerType": "INTERNAL", "VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"]}
    assert account.code("clb:CreateLoadBalancer", **asked) == "LimitExceeded"


def test_what_does_not_exist_is_said_so(account):
    assert (
        account.code("clb:DeleteLoadBalancer", LoadBalancerIds=["lb-12345678"])
        == "InvalidParameter.LBIdNotFound"
    )
    assert account.code("clb:DescribeTaskStatus", TaskId="x") == "ResourceNotFound"
    assert account.code("clb:DescribeTaskStatus") == "MissingParameter"
