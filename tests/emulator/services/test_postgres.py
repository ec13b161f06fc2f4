import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .reads import REGION, Reader, examples, published

PG = Reader("postgres")
OWNER = PG.direct.world.app_id
INSTANCES = {row["DBInstanceId"]: {**row, "AppId": OWNER} for row in PG.rows("instance")}
SETTINGS = {row["DBInstanceId"]: row for row in PG.rows("settings")}
ACTIONS = ("DescribeDBInstances", "DescribeBackupPlans", "DescribeDBInstanceSecurityGroups")


@given(limit=st.integers(1, 100))
@settings(max_examples=15, deadline=None)
def test_pages_give_exactly_the_instances_of_the_estate(limit):
    found, totals = PG.pages("DescribeDBInstances", "DBInstanceSet", limit)
    assert {row["DBInstanceId"]: row for row in found} == INSTANCES
    assert len(found) == len(INSTANCES)
    assert totals == {len(INSTANCES)}
    assert [row["CreateTime"] for row in found] == sorted(row["CreateTime"] for row in found)


def test_a_limit_of_zero_is_the_default_of_ten():
    large = Reader("postgres")
    shelf = large.direct.world.write("postgres.instance", REGION)
    row = next(iter(shelf))
    for number in range(12):
        shelf.put(f"postgres-{number:08}", row.having(DBInstanceId=f"postgres-{number:08}"))
    assert len(large("DescribeDBInstances", Limit=0)["DBInstanceSet"]) == 10
    assert len(large("DescribeDBInstances")["DBInstanceSet"]) == 10


def test_a_limit_out_of_range_is_refused():
    assert PG.code("DescribeDBInstances", Limit=101) == "InvalidParameterValue.ParameterOutOfRange"


@pytest.mark.parametrize(
    "params", [{"OrderBy": "Size"}, {"Filters": [{"Name": "colour", "Values": ["red"]}]}]
)
def test_an_unknown_order_or_filter_is_refused(params):
    assert PG.code("DescribeDBInstances", **params) == "InvalidParameterValue"


def test_filters_leave_what_they_say():
    name, row = next(iter(INSTANCES.items()))
    address = row["DBInstanceNetInfo"][0]["Ip"]
    for filter_name, value in (("db-instance-id", name), ("db-private-ip", address)):
        found = PG("DescribeDBInstances", Filters=[{"Name": filter_name, "Values": [value]}])
        assert found["DBInstanceSet"] == [row]
    paid = PG("DescribeDBInstances", Limit=100, Filters=[{"Name": "db-pay-mode", "Values": ["prepaid"]}])
    wanted = {name for name, row in INSTANCES.items() if row["PayType"] == "prepaid"}
    assert {row["DBInstanceId"] for row in paid["DBInstanceSet"]} == wanted


def test_plans_and_groups_are_those_of_the_estate():
    for name, row in SETTINGS.items():
        assert PG("DescribeBackupPlans", DBInstanceId=name)["Plans"] == row["Plans"]
        groups = PG("DescribeDBInstanceSecurityGroups", DBInstanceId=name)["SecurityGroupSet"]
        assert [group["SecurityGroupId"] for group in groups] == row["SecurityGroupIds"]


@pytest.mark.parametrize("action", ACTIONS[1:])
def test_an_instance_that_does_not_exist_is_said_so(action):
    assert PG.code(action, DBInstanceId="postgres-00000000") == "ResourceNotFound.InstanceNotFoundError"


def test_groups_of_nothing_are_refused():
    assert PG.code("DescribeDBInstanceSecurityGroups") == "InvalidParameter"


@pytest.mark.parametrize(("action", "number", "params"), examples("postgres", *ACTIONS))
def test_official_examples_get_an_answer_or_a_published_error(action, number, params):
    code = PG.code(action, **params)
    assert code is None or code in published("postgres")
