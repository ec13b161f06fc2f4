import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .reads import REGION, Reader, examples, published

CDB = Reader("cdb")
INSTANCES = {row["InstanceId"]: row for row in CDB.rows("instance")}
SETTINGS = {row["InstanceId"]: row for row in CDB.rows("settings")}
ONE_BY_ONE = (
    "DescribeAccounts",
    "DescribeAuditConfig",
    "DescribeBackupConfig",
    "DescribeDBFeatures",
    "DescribeDBSecurityGroups",
)
ACTIONS = ("DescribeDBInstances", "DescribeAccountPrivileges", *ONE_BY_ONE)


@given(limit=st.integers(1, 2000))
@settings(max_examples=15, deadline=None)
def test_pages_give_exactly_the_instances_of_the_estate(limit):
    found, totals = CDB.pages("DescribeDBInstances", "Items", limit)
    assert {row["InstanceId"]: row for row in found} == INSTANCES
    assert len(found) == len(INSTANCES)
    assert totals == {len(INSTANCES)}


@pytest.mark.parametrize("limit", [0, 2001])
def test_a_limit_out_of_range_is_refused(limit):
    assert CDB.code("DescribeDBInstances", Limit=limit) == "InvalidParameter"


@pytest.mark.parametrize(
    ("params", "test"),
    [
        ({"EngineVersions": ["8.0"]}, lambda row: row["EngineVersion"] == "8.0"),
        ({"Status": [1], "PayTypes": [1]}, lambda row: row["Status"] == 1 and row["PayType"] == 1),
        ({"WithMaster": 0}, lambda row: False),
        ({"WithRo": 0, "InstanceTypes": [1]}, lambda row: True),
        ({"TagKeysForSearch": ["env"]}, lambda row: "env" in {t["TagKey"] for t in row["TagList"]}),
        (
            {"Tags": [{"Key": "env", "Value": "prod"}]},
            lambda row: {"TagKey": "env", "TagValue": "prod"} in row["TagList"],
        ),
    ],
)
def test_a_filter_leaves_what_it_says(params, test):
    found = CDB("DescribeDBInstances", Limit=2000, **params)["Items"]
    assert {row["InstanceId"] for row in found} == {name for name, row in INSTANCES.items() if test(row)}


def test_a_security_group_filters_only_when_it_is_told_to():
    group = next(row["SecurityGroupIds"][0] for row in SETTINGS.values() if row["SecurityGroupIds"])
    plain = CDB("DescribeDBInstances", SecurityGroupId=group)
    assert plain["TotalCount"] == len(INSTANCES)
    found = CDB("DescribeDBInstances", SecurityGroupId=group, WithSecurityGroup=1)["Items"]
    wanted = {name for name, row in SETTINGS.items() if group in row["SecurityGroupIds"]}
    assert {row["InstanceId"] for row in found} == wanted


def test_accounts_page_and_match_by_name():
    for name, settings_of in SETTINGS.items():
        accounts = settings_of["Accounts"]
        answer = CDB("DescribeAccounts", InstanceId=name, Limit=1, Offset=len(accounts) - 1)
        assert (answer["Items"], answer["TotalCount"]) == (accounts[-1:], len(accounts))
        [root] = CDB("DescribeAccounts", InstanceId=name, AccountRegexp="^root$")["Items"]
        assert root["User"] == "root"


@pytest.mark.parametrize(
    "params", [{"Limit": 101}, {"Limit": 0}, {"AccountRegexp": "("}, {"OrderBy": "Size"}]
)
def test_wrong_wishes_for_accounts_are_refused(params):
    assert CDB.code("DescribeAccounts", InstanceId=next(iter(INSTANCES)), **params) == "InvalidParameter"


def test_every_account_has_privileges_and_no_other_has():
    for name, settings_of in SETTINGS.items():
        for account, privileges in zip(settings_of["Accounts"], settings_of["Privileges"], strict=True):
            who = {"User": account["User"], "Host": account["Host"]}
            assert CDB("DescribeAccountPrivileges", InstanceId=name, **who) == privileges
        code = CDB.code("DescribeAccountPrivileges", InstanceId=name, User="nobody", Host="%")
        assert code == "InvalidParameterValue.UserNotExistError"


def test_an_audit_is_on_off_or_unsupported_and_each_is_found():
    said = {
        (row["Features"]["IsSupportAudit"], row["Audit"] is not None): CDB.code(
            "DescribeAuditConfig", InstanceId=name
        )
        for name, row in SETTINGS.items()
    }
    meanings = {
        (True, True): None,
        (True, False): "FailedOperation.AuditConfigNotExist",
        (False, False): "OperationDenied.UnsupportOpenAuditError",
    }
    assert said.items() <= meanings.items()
    assert said.keys() >= {(True, True), (True, False)}


def test_security_groups_show_the_rules_that_the_network_has():
    policies = CDB.estate.shelf("vpc.securitygrouppolicy", REGION)
    for name, row in SETTINGS.items():
        groups = CDB("DescribeDBSecurityGroups", InstanceId=name)["Groups"]
        assert [group["SecurityGroupId"] for group in groups] == row["SecurityGroupIds"]
        for group in groups:
            rules = policies.get(group["SecurityGroupId"]).value["SecurityGroupPolicySet"]["Ingress"]
            assert [rule["Action"] for rule in group["Inbound"]] == [rule["Action"] for rule in rules]
            assert [rule["IpProtocol"] for rule in group["Inbound"]] == [rule["Protocol"] for rule in rules]


@pytest.mark.parametrize("action", ONE_BY_ONE)
def test_an_instance_that_does_not_exist_is_said_so(action):
    assert CDB.code(action, InstanceId="cdb-00000000") == "InvalidParameter.InstanceNotFound"


@pytest.mark.parametrize(("action", "number", "params"), examples("cdb", *ACTIONS))
def test_official_examples_get_an_answer_or_a_published_error(action, number, params):
    code = CDB.code(action, **params)
    assert code is None or code in published("cdb")
