import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .reads import REGION, Reader, examples, published

REDIS = Reader("redis")
INSTANCES = {row["InstanceId"]: row for row in REDIS.rows("instance")}
SETTINGS = {row["InstanceId"]: row for row in REDIS.rows("settings")}
ILLEGAL = "InvalidParameter.IllegalParameterError"
ONE_BY_ONE = {
    "DescribeAutoBackupConfig": {},
    "DescribeDBSecurityGroups": {"Product": "redis"},
    "DescribeInstanceMonitorTopNCmd": {"SpanType": 4},
}


@given(limit=st.integers(1, 1000))
@settings(max_examples=15, deadline=None)
def test_pages_give_exactly_the_instances_of_the_estate(limit):
    found, totals = REDIS.pages("DescribeInstances", "InstanceSet", limit)
    owner = REDIS.direct.world.app_id
    assert {row["InstanceId"]: row for row in found} == {
        name: {**row, "Appid": owner} for name, row in INSTANCES.items()
    }
    assert len(found) == len(INSTANCES)
    assert totals == {len(INSTANCES)}


@pytest.mark.parametrize(
    "params",
    [{"Limit": 0}, {"Limit": 1001}, {"Limit": 3, "Offset": 4}, {"OrderBy": "colour"}, {"AzMode": "two"}],
)
def test_what_is_out_of_range_or_unknown_is_refused(params):
    assert REDIS.code("DescribeInstances", **params) == ILLEGAL


@pytest.mark.parametrize(
    ("params", "test"),
    [
        ({"BillingMode": "prepaid"}, lambda row: row["BillingMode"] == 1),
        ({"AzMode": "multiaz"}, lambda row: row["NodeSet"]),
        ({"TypeVersion": 3}, lambda row: row["ProductType"] == "cluster"),
        ({"EngineName": "Redis-5.0"}, lambda row: row["Type"] in (8, 9)),
        ({"Status": [2]}, lambda row: row["Status"] == 2),
        ({"SearchKeys": ["prod"]}, lambda row: "prod" in row["InstanceName"]),
        ({"TagKeys": ["env"]}, lambda row: "env" in {t["TagKey"] for t in row["InstanceTags"]}),
        (
            {"InstanceTags": [{"TagKey": "env", "TagValue": "prod"}]},
            lambda row: {"TagKey": "env", "TagValue": "prod"} in row["InstanceTags"],
        ),
    ],
)
def test_a_filter_leaves_what_it_says(params, test):
    found = REDIS("DescribeInstances", Limit=1000, **params)["InstanceSet"]
    assert {row["InstanceId"] for row in found} == {name for name, row in INSTANCES.items() if test(row)}


def test_an_instance_is_found_by_its_whole_address():
    name, row = next(iter(INSTANCES.items()))
    [found] = REDIS("DescribeInstances", SearchKeys=[row["WanIp"]])["InstanceSet"]
    assert found["InstanceId"] == name


def test_backups_and_commands_are_those_of_the_estate():
    for name, row in SETTINGS.items():
        assert REDIS("DescribeAutoBackupConfig", InstanceId=name) == row["Backup"]
        assert REDIS("DescribeInstanceMonitorTopNCmd", InstanceId=name, SpanType=4)["Data"] == row["Commands"]


def test_security_groups_show_the_rules_that_the_network_has():
    policies = REDIS.estate.shelf("vpc.securitygrouppolicy", REGION)
    for name, row in SETTINGS.items():
        answer = REDIS("DescribeDBSecurityGroups", InstanceId=name, Product="redis")
        assert (answer["VIP"], answer["VPort"]) == (INSTANCES[name]["WanIp"], str(INSTANCES[name]["Port"]))
        assert [group["SecurityGroupId"] for group in answer["Groups"]] == row["SecurityGroupIds"]
        for group in answer["Groups"]:
            rules = policies.get(group["SecurityGroupId"]).value["SecurityGroupPolicySet"]["Ingress"]
            assert [rule["Action"] for rule in group["Inbound"]] == [rule["Action"] for rule in rules]


def test_another_product_or_span_is_refused():
    name = next(iter(INSTANCES))
    assert REDIS.code("DescribeDBSecurityGroups", InstanceId=name, Product="mysql") == ILLEGAL
    assert REDIS.code("DescribeInstanceMonitorTopNCmd", InstanceId=name, SpanType=5) == ILLEGAL


@pytest.mark.parametrize(("action", "params"), ONE_BY_ONE.items())
def test_an_instance_that_does_not_exist_is_said_so(action, params):
    code = REDIS.code(action, InstanceId="crs-00000000", **params)
    assert code == "ResourceNotFound.InstanceNotExists"


@pytest.mark.parametrize(("action", "number", "params"), examples("redis", "DescribeInstances", *ONE_BY_ONE))
def test_official_examples_get_an_answer_or_a_published_error(action, number, params):
    code = REDIS.code(action, **params)
    assert code is None or code in published("redis")
