import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .reads import Reader, examples, published

DCDB = Reader("dcdb")
WORLD = DCDB.direct.world
OWNER = {"AppId": WORLD.app_id, "Uin": WORLD.uin}
INSTANCES = {row["InstanceId"]: {**row, **OWNER} for row in DCDB.rows("instance")}
ILLEGAL = "InvalidParameter.IllegalParameterError"


@given(limit=st.integers(1, 100))
@settings(max_examples=15, deadline=None)
def test_pages_give_exactly_the_instances_of_the_estate(limit):
    found, totals = DCDB.pages("DescribeDCDBInstances", "Instances", limit)
    assert {row["InstanceId"]: row for row in found} == INSTANCES
    assert len(found) == len(INSTANCES)
    assert totals == {len(INSTANCES)}


@pytest.mark.parametrize(
    "params",
    [{"Limit": 0}, {"Limit": 101}, {"OrderBy": "colour"}, {"SearchName": "colour", "SearchKey": "red"}],
)
def test_what_is_out_of_range_or_unknown_is_refused(params):
    assert DCDB.code("DescribeDCDBInstances", **params) == ILLEGAL


def test_filters_leave_what_they_say():
    name, row = next(iter(INSTANCES.items()))
    for params in ({"InstanceIds": [name]}, {"SearchName": "vip", "SearchKey": row["Vip"]}):
        assert DCDB("DescribeDCDBInstances", **params)["Instances"] == [row]
    elsewhere = {"VpcId": "vpc-00000000"}
    assert DCDB("DescribeDCDBInstances", IsFilterVpc=True, **elsewhere)["TotalCount"] == 0
    assert DCDB("DescribeDCDBInstances", IsFilterVpc=False, **elsewhere)["TotalCount"] == len(INSTANCES)


def test_an_instance_has_the_shards_that_it_says():
    for row in INSTANCES.values():
        assert len(row["ShardDetail"]) == row["ShardCount"]
        assert {shard["NodeCount"] for shard in row["ShardDetail"]} == {row["NodeCount"]}


@pytest.mark.parametrize(("action", "number", "params"), examples("dcdb", "DescribeDCDBInstances"))
def test_official_examples_get_an_answer_or_a_published_error(action, number, params):
    code = DCDB.code(action, **params)
    assert code is None or code in published("dcdb")
