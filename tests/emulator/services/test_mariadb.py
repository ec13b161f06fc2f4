import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .reads import Reader, examples, published

MARIADB = Reader("mariadb")
WORLD = MARIADB.direct.world
OWNER = {"AppId": WORLD.app_id, "Uin": WORLD.uin}
INSTANCES = {row["InstanceId"]: {**row, **OWNER} for row in MARIADB.rows("instance")}
SETTINGS = {row["InstanceId"]: row for row in MARIADB.rows("settings")}
ILLEGAL = "InvalidParameter.IllegalParameterError"
NOBODY = {"UserName": "nobody", "Host": "%", "DbName": "*"}
ONE_BY_ONE = {
    "DescribeDBInstanceDetail": {},
    "DescribeAccounts": {},
    "DescribeAccountPrivileges": NOBODY,
    "DescribeDBSecurityGroups": {"Product": "mariadb"},
}


@given(limit=st.integers(1, 100))
@settings(max_examples=15, deadline=None)
def test_pages_give_exactly_the_instances_of_the_estate(limit):
    found, totals = MARIADB.pages("DescribeDBInstances", "Instances", limit)
    assert {row["InstanceId"]: row for row in found} == INSTANCES
    assert len(found) == len(INSTANCES)
    assert totals == {len(INSTANCES)}


@pytest.mark.parametrize(
    "params",
    [{"Limit": 0}, {"Limit": 101}, {"OrderBy": "colour"}, {"SearchName": "colour", "SearchKey": "red"}],
)
def test_what_is_out_of_range_or_unknown_is_refused(params):
    assert MARIADB.code("DescribeDBInstances", **params) == ILLEGAL


def test_filters_leave_what_they_say():
    name, row = next(iter(INSTANCES.items()))
    for params in (
        {"SearchName": "vip", "SearchKey": row["Vip"]},
        {"SearchName": "all", "SearchKey": f"nothing\n{name}"},
        {"InstanceIds": [name], "IsFilterVpc": True, "VpcId": row["UniqueVpcId"]},
    ):
        assert MARIADB("DescribeDBInstances", **params)["Instances"] == [row]
    assert MARIADB("DescribeDBInstances", ExcludeStatus=[-2, -1, 0, 1, 2])["Instances"] == []
    assert MARIADB("DescribeDBInstances", FilterInstanceType="1,2")["TotalCount"] == len(INSTANCES)


def test_the_detail_of_an_instance_agrees_with_its_row():
    for name, row in INSTANCES.items():
        detail = MARIADB("DescribeDBInstanceDetail", InstanceId=name)
        for member in ("InstanceName", "Vip", "WanStatus", "NodeCount", "ProtectedProperty", "DbVersion"):
            assert detail[member] == row[member]
        assert (detail["VpcId"], detail["SubnetId"]) == (row["UniqueVpcId"], row["UniqueSubnetId"])
        assert len(detail["NodesInfo"]) == row["NodeCount"]
        assert detail["EncryptStatus"] == SETTINGS[name]["EncryptStatus"]


def test_accounts_their_privileges_and_groups_are_those_of_the_estate():
    for name, row in SETTINGS.items():
        assert MARIADB("DescribeAccounts", InstanceId=name) == {"InstanceId": name, "Users": row["Accounts"]}
        for account, privileges in zip(row["Accounts"], row["Privileges"], strict=True):
            who = {"UserName": account["UserName"], "Host": account["Host"]}
            answer = MARIADB("DescribeAccountPrivileges", InstanceId=name, DbName="*", **who)
            assert answer == {"InstanceId": name, "Privileges": privileges, **who}
        groups = MARIADB("DescribeDBSecurityGroups", InstanceId=name, Product="mariadb")["Groups"]
        assert [group["SecurityGroupId"] for group in groups] == row["SecurityGroupIds"]


def test_backup_times_come_for_many_and_leave_out_what_has_none():
    answer = MARIADB("DescribeBackupTime", InstanceIds=list(SETTINGS))
    assert answer["Items"] == [row["BackupTime"] for row in SETTINGS.values() if row["BackupTime"]]
    assert answer["TotalCount"] == len(answer["Items"])


def test_an_account_that_does_not_exist_is_said_so():
    code = MARIADB.code("DescribeAccountPrivileges", InstanceId=next(iter(INSTANCES)), **NOBODY)
    assert code == "ResourceNotFound.AccountDoesNotExist"


@pytest.mark.parametrize(("action", "params"), ONE_BY_ONE.items())
def test_an_instance_that_does_not_exist_is_said_so(action, params):
    code = MARIADB.code(action, InstanceId="tdsql-00000000", **params)
    assert code == "ResourceNotFound.InstanceNotFound"


@pytest.mark.parametrize(
    ("action", "number", "params"),
    examples("mariadb", "DescribeDBInstances", "DescribeBackupTime", *ONE_BY_ONE),
)
def test_official_examples_get_an_answer_or_a_published_error(action, number, params):
    code = MARIADB.code(action, **params)
    assert code is None or code in published("mariadb")
