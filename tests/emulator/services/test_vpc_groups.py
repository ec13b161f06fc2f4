from collections import Counter

import pytest

from emulator.world.estate import DEMO, build
from tests.emulator.services.acting import REGION, Account
from tests.emulator.services.test_vpc_rules import add, rules, tcp

SETTINGS = {"CDB": "cdb.settings", "REDIS": "redis.settings", "POSTGRES": "postgres.settings"}


@pytest.fixture
def account():
    return Account()


def test_a_group_counts_what_stands_behind_it_in_every_product():
    account = Account(build(DEMO, 3))
    counts = {"CVM": Counter(), "CLB": Counter(), "ES": Counter(), **{word: Counter() for word in SETTINGS}}
    for host in account.rows("cvm.instance"):
        counts["CVM"].update(host["SecurityGroupIds"])
    for balancer in account.rows("clb.loadbalancer"):
        counts["CLB"].update(balancer["SecureGroups"])
    for cluster in account.rows("es.instance"):
        counts["ES"].update(cluster["SecurityGroups"])
    for word, table in SETTINGS.items():
        for row in account.rows(table):
            counts[word].update(row["SecurityGroupIds"])
    assert all(counts.values())
    groups = [row["SecurityGroupId"] for row in account.rows("vpc.securitygroup")]
    found = account("vpc:DescribeSecurityGroupAssociationStatistics", SecurityGroupIds=groups)
    for row in found["SecurityGroupAssociationStatisticsSet"]:
        shown = {each["InstanceType"]: each["InstanceCount"] for each in row["InstanceStatistics"]}
        for word, counter in counts.items():
            assert shown.get(word, 0) == counter[row["SecurityGroupId"]]
        assert row["CVM"] == counts["CVM"][row["SecurityGroupId"]]
        assert row["TotalCount"] == sum(shown.values())


def test_a_group_is_kept_by_what_it_guards_and_by_rules_that_name_it(account):
    group, other = account.group("a"), account.group("b")
    host = account.host(account.subnet(account.vpc()), SecurityGroupIds=[group])
    assert account.code("vpc:DeleteSecurityGroup", SecurityGroupId=group) == "ResourceInUse"
    account.drop_host(host)
    add(account, other, tcp(CidrBlock="", SecurityGroupId=group))
    assert account("vpc:DescribeSecurityGroupReferences", SecurityGroupIds=[group, other]) == {
        "ReferredSecurityGroupSet": [{"SecurityGroupId": group, "ReferredSecurityGroupIds": [other]}]
    }
    assert account.code("vpc:DeleteSecurityGroup", SecurityGroupId=group) == "ResourceInUse"
    account("vpc:DeleteSecurityGroup", SecurityGroupId=other)
    account("vpc:DeleteSecurityGroup", SecurityGroupId=group)
    assert account.rows("vpc.securitygroup") == account.rows("vpc.securitygrouppolicy") == []
    assert account.code("vpc:DeleteSecurityGroup", SecurityGroupId=group) == "InvalidSecurityGroupID.NotFound"


def test_a_group_may_name_itself_and_still_be_deleted(account):
    group = account.group()
    add(account, group, tcp(CidrBlock="", SecurityGroupId=group))
    account("vpc:DeleteSecurityGroup", SecurityGroupId=group)


def test_a_clone_has_the_rules_and_if_wanted_the_tags_of_its_source(account):
    tags = [{"Key": "k", "Value": "old"}, {"Key": "l", "Value": "v"}]
    made = account("vpc:CreateSecurityGroup", GroupName="a", GroupDescription="d", Tags=tags)
    source = made["SecurityGroup"]["SecurityGroupId"]
    add(account, source, tcp("1"), tcp("2"))
    clone = account(
        "vpc:CloneSecurityGroup",
        SecurityGroupId=source,
        Tags=[{"Key": "k", "Value": "new"}],
        IsCloneTags=True,
    )["SecurityGroup"]
    assert (clone["SecurityGroupName"], clone["SecurityGroupDesc"]) == ("a", "d")
    assert clone["TagSet"] == [{"Key": "l", "Value": "v"}, {"Key": "k", "Value": "new"}]
    assert rules(account, clone["SecurityGroupId"]) == rules(account, source)
    plain = account("vpc:CloneSecurityGroup", SecurityGroupId=source, GroupName="b")["SecurityGroup"]
    assert (plain["SecurityGroupName"], plain["TagSet"]) == ("b", [])


def test_a_clone_crosses_regions_unless_its_rules_name_groups(account):
    source = account.group()
    add(account, source, tcp("1"))
    there = {"region": "ap-shanghai", "SecurityGroupId": source, "RemoteRegion": REGION}
    account("vpc:CloneSecurityGroup", **there)
    [cloned] = account.rows("vpc.securitygroup", "ap-shanghai")
    assert cloned["SecurityGroupId"] in account.world.read("vpc.securitygrouppolicy", "ap-shanghai")
    add(account, source, tcp(CidrBlock="", SecurityGroupId=source))
    assert account.code("vpc:CloneSecurityGroup", **there) == (
        "UnsupportedOperation.RemoteRegionSgHasReferencedSg"
    )


def test_a_changed_group_says_when(account):
    group = account.group()
    account.advance()
    account("vpc:ModifySecurityGroupAttribute", SecurityGroupId=group, GroupName="n", GroupDescription="d")
    [row] = account("vpc:DescribeSecurityGroups", SecurityGroupIds=[group])["SecurityGroupSet"]
    assert (row["SecurityGroupName"], row["SecurityGroupDesc"]) == ("n", "d")
    assert row["UpdateTime"] > row["CreatedTime"]


def test_rules_name_groups_of_their_project_only(account):
    made = account("vpc:CreateSecurityGroup", GroupName="a", GroupDescription="", ProjectId="7")
    other = made["SecurityGroup"]["SecurityGroupId"]
    wanted = {"Ingress": [tcp(CidrBlock="", SecurityGroupId=other)]}
    ask = {"SecurityGroupId": account.group(), "SecurityGroupPolicySet": wanted}
    assert account.code("vpc:CreateSecurityGroupPolicies", **ask) == "InvalidParameterValue"


def test_the_quota_of_groups_is_kept_and_told(account):
    for number in range(50):
        account.group(f"g{number}")
    ask = {"GroupName": "x", "GroupDescription": ""}
    assert account.code("vpc:CreateSecurityGroup", **ask) == "LimitExceeded"
    assert account("vpc:DescribeSecurityGroupLimits")["SecurityGroupLimitSet"]["SecurityGroupLimit"] == 50


# --- templates ------------------------------------------------------------------------------------------


def test_templates_and_their_groups_live_and_are_kept_by_what_names_them(account):
    address = account("vpc:CreateAddressTemplate", AddressTemplateName="a", Addresses=["10.0.0.1"])
    key = address["AddressTemplate"]["AddressTemplateId"]
    group = account("vpc:CreateAddressTemplateGroup", AddressTemplateGroupName="g", AddressTemplateIds=[key])
    group_key = group["AddressTemplateGroup"]["AddressTemplateGroupId"]
    guard = account.group()
    add(account, guard, tcp(CidrBlock="", AddressTemplate={"AddressGroupId": group_key}))
    assert account.code("vpc:DeleteAddressTemplate", AddressTemplateId=key) == "ResourceInUse"
    assert account.code("vpc:DeleteAddressTemplateGroup", AddressTemplateGroupId=group_key) == "ResourceInUse"
    account("vpc:DeleteSecurityGroup", SecurityGroupId=guard)
    account("vpc:DeleteAddressTemplateGroup", AddressTemplateGroupId=group_key)
    account("vpc:DeleteAddressTemplate", AddressTemplateId=key)
    assert account("vpc:DescribeAddressTemplates")["TotalCount"] == 0
    assert account("vpc:DescribeAddressTemplateGroups")["TotalCount"] == 0


def test_a_rule_with_templates_shows_them_and_is_found_by_them(account):
    service = account("vpc:CreateServiceTemplate", ServiceTemplateName="s", Services=["tcp:80", "udp:1-9"])
    key = service["ServiceTemplate"]["ServiceTemplateId"]
    guard = account.group()
    add(
        account,
        guard,
        {"ServiceTemplate": {"ServiceId": key}, "CidrBlock": "10.0.0.0/8", "Action": "DROP"},
        tcp(),
    )
    first, _ = rules(account, guard)
    assert first["ServiceTemplate"] == {"ServiceId": key, "ServiceGroupId": ""}
    assert (first["Protocol"], first["Port"]) == ("", "")
    filters = [{"Name": "service-module", "Values": [key]}]
    found = account("vpc:DescribeSecurityGroupPolicies", SecurityGroupId=guard, Filters=filters)
    assert [each["PolicyIndex"] for each in found["SecurityGroupPolicySet"]["Ingress"]] == [0]


def test_a_change_of_a_template_is_a_task_and_groups_show_it(account):
    made = account("vpc:CreateServiceTemplate", ServiceTemplateName="s", Services=["tcp:80"])
    key = made["ServiceTemplate"]["ServiceTemplateId"]
    account("vpc:CreateServiceTemplateGroup", ServiceTemplateGroupName="g", ServiceTemplateIds=[key])
    noted = [{"Service": "tcp:443", "Description": "https"}]
    account("vpc:ModifyServiceTemplateAttribute", ServiceTemplateId=key, ServicesExtra=noted)
    task = account.last
    assert account("vpc:DescribeVpcTaskResult", TaskId=task)["Status"] == "RUNNING"
    account.advance()
    assert account("vpc:DescribeVpcTaskResult", TaskId=task)["Status"] == "SUCCESS"
    [group] = account("vpc:DescribeServiceTemplateGroups")["ServiceTemplateGroupSet"]
    [member] = group["ServiceTemplateSet"]
    assert member["ServiceSet"] == ["tcp:443"]
    assert member["ServiceExtraSet"][0]["Description"] == "https"


@pytest.mark.parametrize(
    ("action", "params", "expected"),
    [
        ("CreateAddressTemplate", {"AddressTemplateName": "a"}, "MissingParameter"),
        (
            "CreateAddressTemplate",
            {"AddressTemplateName": "a", "Addresses": ["x"]},
            "InvalidParameterValue.Malformed",
        ),
        (
            "CreateAddressTemplate",
            {"AddressTemplateName": "a", "Addresses": ["10.0.0.9-10.0.0.1"]},
            "InvalidParameterValue.Malformed",
        ),
        (
            "CreateAddressTemplate",
            {"AddressTemplateName": "a", "Addresses": ["10.0.0.1-10.0.0.9", "10.1.0.0/16"]},
            None,
        ),
        (
            "CreateAddressTemplate",
            {
                "AddressTemplateName": "a",
                "Addresses": ["10.0.0.1"],
                "AddressesExtra": [{"Address": "10.0.0.1"}],
            },
            "InvalidParameter.Coexist",
        ),
        (
            "CreateServiceTemplate",
            {"ServiceTemplateName": "s", "Services": ["tcp"]},
            "InvalidParameterValue.Malformed",
        ),
        (
            "CreateServiceTemplate",
            {"ServiceTemplateName": "s", "Services": ["tcp:99999"]},
            "InvalidParameterValue.Malformed",
        ),
        ("CreateServiceTemplate", {"ServiceTemplateName": "s", "Services": ["icmp", "tcp:all", "gre"]}, None),
        (
            "CreateServiceTemplate",
            {"ServiceTemplateName": "s", "Services": ["icmp"] * 2},
            "InvalidParameterValue.Duplicate",
        ),
        (
            "CreateAddressTemplateGroup",
            {"AddressTemplateGroupName": "g", "AddressTemplateIds": ["ipm-12345678"]},
            "ResourceNotFound",
        ),
    ],
)
def test_a_template_holds_what_its_kind_can(account, action, params, expected):
    assert account.code(f"vpc:{action}", **params) == expected


def test_templates_have_as_many_members_as_their_limits_say(account):
    limits = account("vpc:DescribeTemplateLimits")["TemplateLimit"]
    assert set(limits.values()) == {20}
    assert len(limits) == 4
    addresses = [f"10.0.0.{number}" for number in range(21)]
    asked = {"AddressTemplateName": "a", "Addresses": addresses}
    assert account.code("vpc:CreateAddressTemplate", **asked) == "LimitExceeded"
    account("vpc:CreateAddressTemplate", **{**asked, "Addresses": addresses[1:]})
