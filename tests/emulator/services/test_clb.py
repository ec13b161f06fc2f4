from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .reads import Reader, examples, published

CLB = Reader("clb")
BALANCERS = {row["LoadBalancerId"]: row for row in CLB.rows("loadbalancer")}
PARTS = {row["LoadBalancerId"]: row for row in CLB.rows("parts")}
ACTIONS = ("DescribeLoadBalancers", "DescribeListeners", "DescribeTargets", "DescribeTargetHealth")


def ids(answer):
    return [row["LoadBalancerId"] for row in answer["LoadBalancerSet"]]


def targets(balancer):
    parts = PARTS[balancer]["Backends"]
    return [t for backend in parts for group in (backend, *backend["Rules"]) for t in group["Targets"]]


@given(limit=st.integers(1, 100))
@settings(max_examples=15, deadline=None)
def test_pages_give_exactly_the_balancers_of_the_estate(limit):
    found, totals = CLB.pages("DescribeLoadBalancers", "LoadBalancerSet", limit)
    assert {row["LoadBalancerId"]: row for row in found} == BALANCERS
    assert len(found) == len(BALANCERS)
    assert totals == {len(BALANCERS)}


def test_the_latest_balancer_comes_first_unless_asked_otherwise():
    times = [row["CreateTime"] for row in CLB("DescribeLoadBalancers", Limit=100)["LoadBalancerSet"]]
    assert times == sorted(times, reverse=True)
    upwards = CLB("DescribeLoadBalancers", Limit=100, OrderType=0)["LoadBalancerSet"]
    assert [row["CreateTime"] for row in upwards] == sorted(times)


@pytest.mark.parametrize(
    "wrong",
    [
        {"OrderBy": "Size"},
        {"OrderType": 2},
        {"WithRs": 5},
        {"LoadBalancerType": "OPENED"},
        {"Forward": 2},
        {"AdditionalFields": ["TargetCount", "Weather"]},
    ],
)
def test_what_does_not_exist_to_order_or_choose_by_is_refused(wrong):
    assert CLB.code("DescribeLoadBalancers", **wrong) == "InvalidParameterValue"


@pytest.mark.parametrize("limit", [0, 101, -1])
def test_a_limit_out_of_range_is_refused(limit):
    assert CLB.code("DescribeLoadBalancers", Limit=limit) == "InvalidParameterValue.Range"


def test_twenty_one_ids_are_too_many():
    code = CLB.code("DescribeLoadBalancers", LoadBalancerIds=[f"lb-{n:08}" for n in range(21)])
    assert code == "InvalidParameterValue.Length"


@pytest.mark.parametrize(
    ("params", "test"),
    [
        ({"LoadBalancerType": "OPEN"}, lambda row: row["LoadBalancerType"] == "OPEN"),
        ({"ProjectId": 0, "Forward": 1}, lambda row: True),
        ({"SearchKey": "prod"}, lambda row: "prod" in row["LoadBalancerName"]),
        (
            {"Filters": [{"Name": "tag-key", "Values": ["env"]}]},
            lambda row: "env" in {t["TagKey"] for t in row["Tags"]},
        ),
        (
            {"Filters": [{"Name": "tag:env", "Values": ["prod", "dev"]}]},
            lambda row: (
                {("env", "prod"), ("env", "dev")} & {(t["TagKey"], t["TagValue"]) for t in row["Tags"]}
            ),
        ),
        ({"WithRs": 0}, lambda row: not targets(row["LoadBalancerId"])),
        ({"WithRs": 1}, lambda row: targets(row["LoadBalancerId"])),
    ],
)
def test_a_filter_leaves_what_it_says(params, test):
    wanted = {name for name, row in BALANCERS.items() if test(row)}
    assert wanted
    assert set(ids(CLB("DescribeLoadBalancers", Limit=100, **params))) == wanted


def test_a_balancer_is_found_by_the_address_of_its_target():
    balancer = next(name for name in BALANCERS if targets(name))
    address = targets(balancer)[0]["PrivateIpAddresses"]
    assert balancer in ids(CLB("DescribeLoadBalancers", Limit=100, BackendPrivateIps=address))


def test_an_unknown_filter_is_refused():
    filters = [{"Name": "colour", "Values": ["red"]}]
    assert CLB.code("DescribeLoadBalancers", Filters=filters) == "InvalidParameter.InvalidFilter"
    balancer = next(iter(BALANCERS))
    code = CLB.code("DescribeTargets", LoadBalancerId=balancer, Filters=filters)
    assert code == "InvalidParameter.InvalidFilter"


def test_the_number_of_targets_is_shown_on_request_only():
    plain = CLB("DescribeLoadBalancers", Limit=100)["LoadBalancerSet"]
    assert not any("TargetCount" in row for row in plain)
    asked = CLB("DescribeLoadBalancers", Limit=100, AdditionalFields=["TargetCount"])["LoadBalancerSet"]
    for row in asked:
        assert row["TargetCount"] == len(targets(row["LoadBalancerId"]))


def test_listeners_targets_and_health_agree():
    for balancer in BALANCERS:
        listeners = CLB("DescribeListeners", LoadBalancerId=balancer)
        backends = CLB("DescribeTargets", LoadBalancerId=balancer)["Listeners"]
        [health] = CLB("DescribeTargetHealth", LoadBalancerIds=[balancer])["LoadBalancers"]
        names = [(each["ListenerId"], each["Protocol"], each["Port"]) for each in listeners["Listeners"]]
        assert listeners["TotalCount"] == len(names)
        for others in (backends, health["Listeners"]):
            assert [(each["ListenerId"], each["Protocol"], each["Port"]) for each in others] == names
        checked = Counter(
            t["TargetId"] for each in health["Listeners"] for r in each["Rules"] for t in r["Targets"]
        )
        assert checked == Counter(target["InstanceId"] for target in targets(balancer))


def test_targets_are_hosts_at_their_own_addresses():
    hosts = CLB.estate.shelf("cvm.instance", "ap-guangzhou")
    for balancer in BALANCERS:
        for target in targets(balancer):
            host = hosts.get(target["InstanceId"]).value
            assert target["PrivateIpAddresses"] == host["PrivateIpAddresses"]
            assert target["PublicIpAddresses"] == host["PublicIpAddresses"]
            assert target["InstanceName"] == host["InstanceName"]
            assert target["Zone"] == host["Placement"]["Zone"]


def test_a_public_address_belongs_to_one_balancer_and_no_host():
    estate = CLB.estate
    used = Counter(
        address
        for region, _ in estate.spec.hosts
        for table, member in (("cvm.instance", "PublicIpAddresses"), ("clb.loadbalancer", "LoadBalancerVips"))
        for row in estate.shelf(table, region)
        if row.value.get("LoadBalancerType") != "INTERNAL"
        for address in row.value[member] or ()
    )
    assert max(used.values()) == 1


@pytest.mark.parametrize("action", ["DescribeListeners", "DescribeTargets"])
def test_a_balancer_that_does_not_exist_is_said_so(action):
    assert CLB.code(action, LoadBalancerId="lb-00000000") == "InvalidParameter.LBIdNotFound"


def test_a_batch_of_health_needs_all_of_it_to_exist_and_takes_thirty():
    known = list(BALANCERS)[:2]
    answer = CLB("DescribeTargetHealth", LoadBalancerIds=[known[1], *known])
    assert [each["LoadBalancerId"] for each in answer["LoadBalancers"]] == [known[1], known[0]]
    asked = ["lb-00000000", *known]
    assert CLB.code("DescribeTargetHealth", LoadBalancerIds=asked) == "InvalidParameter.LBIdNotFound"
    many = [f"lb-{n:08}" for n in range(31)]
    assert CLB.code("DescribeTargetHealth", LoadBalancerIds=many) == "InvalidParameterValue.Length"


@pytest.mark.parametrize(("action", "number", "params"), examples("clb", *ACTIONS))
def test_official_examples_get_an_answer_or_a_published_error(action, number, params):
    code = CLB.code(action, **params)
    assert code is None or code in published("clb")
