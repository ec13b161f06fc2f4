import pytest

from emulator.world.estate import Spec, build, estate
from scenarios.direct import Direct, Failed
from tests.emulator.services.pages import walk


@pytest.fixture
def cloud():
    return Direct.open(estate("demo"))


def listed(cloud, limit=100, action="DescribeAcLists", **params):
    def page(**more):
        answer = cloud.call(f"cfw:{action}", {**params, **more})
        return answer["Data"], answer["Total"]

    return walk(page, limit)


def rule(address="198.51.100.7/32", **more):
    return {
        "OrderIndex": 1,
        "SourceIp": address,
        "TargetIp": "0.0.0.0/0",
        "Protocol": "ANY",
        "Port": "-1/-1",
        "Strategy": "1",
        "Direction": 1,
        "SourceType": 1,
        "TargetType": 1,
        "Detail": "marker",
        **more,
    }


def create(cloud, *rules, **params):
    return cloud.call("cfw:CreateAcRules", {"Data": list(rules), **params})


def code(cloud, action, **params):
    with pytest.raises(Failed) as failed:
        cloud.call(f"cfw:{action}", params)
    return failed.value.code


@pytest.mark.parametrize("limit", [1, 3, 100])
@pytest.mark.parametrize(("action", "key"), [("DescribeAcLists", "Id"), ("DescribeAclRule", "Uuid")])
def test_the_pages_hold_exactly_the_rules_of_the_account(cloud, limit, action, key):
    found = [str(row[key]) for row in listed(cloud, limit, action)]
    assert sorted(found) == sorted(cloud.world.read("cfw.rule").items())
    assert len(found) == len(set(found)) > 3


def test_an_inserted_rule_is_first_and_moves_the_others_down(cloud):
    before = listed(cloud, Direction=1)
    answer = create(cloud, rule(), Type=1, Enable=1, Overwrite=0)
    assert {name: answer[name] for name in ("Status", "Info")} == {"Status": 0, "Info": "success"}
    first, *rest = listed(cloud, Direction=1)
    assert (first["SourceIp"], first["Detail"], first["Status"]) == ("198.51.100.7/32", "marker", 1)
    assert [row["OrderIndex"] for row in [first, *rest]] == list(range(1, len(before) + 2))
    assert [row["Id"] for row in rest] == [row["Id"] for row in before]


def test_an_added_rule_is_last_in_its_direction(cloud):
    create(cloud, rule())
    *before, last = listed(cloud, Direction=1)
    assert last["Detail"] == "marker"
    assert last["OrderIndex"] == len(before) + 1
    assert all(row["Detail"] != "marker" for row in listed(cloud, Direction=0))


def test_overwriting_replaces_every_rule(cloud):
    create(cloud, rule("198.51.100.1"), rule("198.51.100.2"), Overwrite=1)
    assert [row["SourceIp"] for row in listed(cloud)] == ["198.51.100.1", "198.51.100.2"]


def test_a_bad_rule_writes_nothing_not_even_the_good_ones(cloud):
    before = listed(cloud)
    for bad in (
        {"SourceIp": "300.1.1.1"},
        {"Strategy": "3"},
        {"Direction": 2},
        {"Protocol": "CARRIER"},
        {"Port": "http"},
        {"Port": "9" * 5000},
        {"SourceType": 2},
    ):
        asked = {"Data": [rule(), rule(**bad)], "Overwrite": 1}
        assert code(cloud, "CreateAcRules", **asked) == "InvalidParameter"
    assert code(cloud, "CreateAcRules", Data=[]) == "InvalidParameter"
    assert listed(cloud) == before


def test_rules_that_are_too_many_replace_nothing(cloud):
    before = listed(cloud)
    assert code(cloud, "CreateAcRules", Data=[rule()] * 1001, Overwrite=1) == "LimitExceeded"
    assert listed(cloud) == before
    create(cloud, *[rule()] * 1000, Overwrite=1)
    assert code(cloud, "CreateAcRules", Data=[rule()]) == "LimitExceeded"


def test_an_account_with_nothing_to_guard_has_no_firewall():
    empty = Direct.open(estate("empty"))
    for action, params in (
        ("DescribeAcLists", {}),
        ("DescribeAclRule", {"Offset": 0, "Limit": 10}),
        ("CreateAcRules", {"Data": [rule()]}),
        ("DeleteAcRule", {"Id": 1, "Direction": 1}),
    ):
        assert code(empty, action, **params) == "OperationDenied.AccountNotExists"
    place = {"Zone": "ap-guangzhou-3"}
    empty.call("cvm:RunInstances", {"Placement": place, "ImageId": "img-487zeit5"}, region="ap-guangzhou")
    create(empty, rule())
    assert [row["Detail"] for row in listed(empty)] == ["marker"]


def test_edges_and_nat_regions_have_rules_of_their_own(cloud):
    border = listed(cloud)
    create(cloud, rule(), EdgeId="cfwi-1", Overwrite=1)
    create(cloud, rule(), Area="ap-guangzhou", InstanceId="cfwnat-1")
    assert listed(cloud) == border
    assert len(listed(cloud, EdgeId="cfwi-1")) == 1
    assert len(listed(cloud, Area="ap-guangzhou", InstanceId="cfwnat-1")) == 1
    assert code(cloud, "DescribeAcLists", Area="ap-guangzhou") == "MissingParameter"


def test_deleting_undoes_an_insert(cloud):
    before = listed(cloud)
    create(cloud, rule(), Type=1)
    [made] = listed(cloud, SearchValue='{"common": "marker"}')
    cloud.call("cfw:DeleteAcRule", {"Id": made["Id"], "Direction": 1})
    assert listed(cloud) == before
    assert code(cloud, "DeleteAcRule", Id=made["Id"], Direction=1) == "ResourceNotFound.NotFound"


def test_both_reads_show_the_same_rules(cloud):
    create(cloud, rule(), Type=1, Enable=0)
    words = {0: "log", 1: "drop", 2: "accept"}
    assert [
        (row["Id"], row["SourceIp"], words[row["Strategy"]], row["Detail"])
        for row in listed(cloud, Direction=1)
    ] == [
        (row["Uuid"], row["SourceContent"], row["RuleAction"], row["Description"])
        for row in listed(
            cloud,
            action="DescribeAclRule",
            Filters=[{"Name": "Direction", "Values": ["1"], "OperatorType": 1}],
        )
    ]


@pytest.mark.parametrize(
    ("params", "passes"),
    [
        ({"Strategy": "1"}, lambda row: row["Strategy"] == 1),
        ({"Status": "0"}, lambda row: row["Status"] == 0),
        ({"Protocol": "ANY"}, lambda row: row["Protocol"] == "ANY"),
        ({"SearchValue": "443"}, lambda row: "443" in row["Port"]),
    ],
)
def test_a_filter_keeps_just_what_it_names(cloud, params, passes):
    create(cloud, rule(), Enable=0)
    found = listed(cloud, **params)
    assert found == [row for row in listed(cloud) if passes(row)]
    assert found


@pytest.mark.parametrize(
    ("operator", "passes"),
    [
        (1, lambda count: count == 3),
        (2, lambda count: count > 3),
        (3, lambda count: count < 3),
        (4, lambda count: count >= 3),
        (5, lambda count: count <= 3),
        (6, lambda count: count != 3),
        (8, lambda count: count != 3),
    ],
)
def test_the_operators_of_filters_compare_numbers(cloud, operator, passes):
    filters = [{"Name": "OrderIndex", "Values": ["3"], "OperatorType": operator}]
    every = listed(cloud, action="DescribeAclRule")
    assert listed(cloud, action="DescribeAclRule", Filters=filters) == [
        row for row in every if passes(row["OrderIndex"])
    ]


def test_an_unknown_filter_operator_or_order_is_refused(cloud):
    def asked(name, operator):
        return [{"Name": name, "Values": ["1"], "OperatorType": operator}]

    page = {"Offset": 0, "Limit": 10}
    assert code(cloud, "DescribeAclRule", Filters=asked("Colour", 1), **page) == "InvalidFilter"
    assert code(cloud, "DescribeAclRule", Filters=asked("Port", 7), **page) == "InvalidParameter"
    assert code(cloud, "DescribeAclRule", By="Colour", **page) == "InvalidParameter"


@pytest.mark.parametrize("rate", [0, 1])
def test_the_last_rule_inwards_blocks_everything_unless_risk_has_it_otherwise(rate):
    last = listed(Direct.open(build(Spec(hosts=(("ap-tokyo", 50),), risk_rate=rate), 7)), Direction=1)[-1]
    assert (last["Strategy"] == 1 and last["Port"] == "-1/-1") is not bool(rate)
