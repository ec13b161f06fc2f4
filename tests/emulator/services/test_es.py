import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .reads import Reader, examples, published

ES = Reader("es")
WORLD = ES.direct.world
OWNER = {"AppId": WORLD.app_id, "Uin": WORLD.uin}
CLUSTERS = {row["InstanceId"]: {**row, **OWNER} for row in ES.rows("instance")}


@given(limit=st.integers(1, 100))
@settings(max_examples=15, deadline=None)
def test_pages_give_exactly_the_clusters_of_the_estate(limit):
    found, totals = ES.pages("DescribeInstances", "InstanceList", limit)
    assert {row["InstanceId"]: row for row in found} == CLUSTERS
    assert len(found) == len(CLUSTERS)
    assert totals == {len(CLUSTERS)}


@pytest.mark.parametrize("params", [{"Limit": 0}, {"Limit": 101}, {"OrderByKey": 9}, {"OrderByType": 2}])
def test_what_is_out_of_range_or_unknown_is_refused(params):
    assert ES.code("DescribeInstances", **params) == "InvalidParameterValue"


def order(member, **params):
    return [row[member] for row in ES("DescribeInstances", **params)["InstanceList"]]


@pytest.mark.parametrize(
    ("params", "is_reverse"),
    [
        ({"OrderByKey": 1}, False),
        ({"OrderByKey": 1, "OrderByType": 0}, False),
        ({"OrderByKey": 1, "OrderByType": 1}, True),
    ],
)
def test_clusters_are_ordered_by_the_key_asked_for_and_ascend_unless_told(params, is_reverse):
    assert order("InstanceId", **params) == sorted(CLUSTERS, reverse=is_reverse)


@pytest.mark.parametrize("params", [{}, {"OrderByType": 0}, {"OrderByType": 1}])
def test_without_a_key_the_latest_cluster_comes_first_whatever_the_direction(params):
    times = sorted((row["CreateTime"] for row in CLUSTERS.values()), reverse=True)
    assert len(set(times)) > 1
    assert order("CreateTime", **params) == times


def test_filters_leave_what_they_say():
    name, row = next(iter(CLUSTERS.items()))
    for params in ({"InstanceIds": [name]}, {"IpList": [row["EsVip"]]}):
        assert ES("DescribeInstances", **params)["InstanceList"] == [row]
    for member, params in (("Zone", {"Zone": row["Zone"]}), ("VpcUid", {"VpcIds": [row["VpcUid"]]})):
        found = {each["InstanceId"] for each in ES("DescribeInstances", **params)["InstanceList"]}
        assert found == {key for key, each in CLUSTERS.items() if each[member] == row[member]}


@pytest.mark.parametrize(("action", "number", "params"), examples("es", "DescribeInstances"))
def test_official_examples_get_an_answer_or_a_published_error(action, number, params):
    code = ES.code(action, **params)
    assert code is None or code in published("es")
