import json

import pytest

from emulator.world.estate import Spec, build, estate
from scenarios.direct import Direct, Failed
from tests.emulator.services.pages import walk


@pytest.fixture
def cloud():
    return Direct.open(estate("demo"))


def domains(cloud, limit=100, filters=()):
    def page(**params):
        answer = cloud.call("waf:DescribeDomains", {"Filters": list(filters), **params})
        return answer["Domains"], answer["Total"]

    return walk(page, limit)


def addresses(cloud, domain, limit=100, **params):
    def page(**more):
        asked = {"Domain": domain, "Count": 1, **params, **more}
        answer = cloud.call("waf:DescribeIpAccessControl", asked)
        return answer["Data"]["Res"], answer["Data"]["TotalCount"]

    return walk(page, limit, offset="OffSet")


def upsert(cloud, domain, *items):
    texts = [item if isinstance(item, str) else json.dumps(item) for item in items]
    return cloud.call("waf:UpsertIpAccessControl", {"Domain": domain, "Items": texts})


def item(address, action=42, **more):
    return {
        "ip": address,
        "source": "custom",
        "note": "a note",
        "action": action,
        "valid_ts": 4102444800,
        **more,
    }


def code(cloud, action, **params):
    with pytest.raises(Failed) as failed:
        cloud.call(f"waf:{action}", params)
    return failed.value.code


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_the_pages_hold_exactly_the_domains_of_the_account(cloud, limit):
    found = domains(cloud, limit)
    assert [row["DomainId"] for row in found] == list(cloud.world.read("waf.domain").items())
    assert {row["AppId"] for row in found} == {cloud.world.app_id}


def test_domains_are_filtered_exactly_or_in_part(cloud):
    every = domains(cloud)
    exact = [{"Name": "Edition", "Values": ["clb-waf"], "ExactMatch": True}]
    assert domains(cloud, filters=exact) == [row for row in every if row["Edition"] == "clb-waf"]
    part = [{"Name": "Domain", "Values": ["www."], "ExactMatch": False}]
    assert domains(cloud, filters=part) == every
    assert domains(cloud, filters=[{**part[0], "ExactMatch": True}]) == []


def test_no_domain_is_on_trial_and_labels_are_asked_for_one_by_one(cloud):
    def asked(name, *values):
        return [{"Name": name, "Values": values, "ExactMatch": True}]

    assert domains(cloud, filters=asked("FlowCheckMode", "0")) == domains(cloud)
    assert domains(cloud, filters=asked("FlowCheckMode", "1")) == []
    assert domains(cloud, filters=asked("Label", "red")) == []
    page = {"Offset": 0, "Limit": 10}
    assert code(cloud, "DescribeDomains", **page, Filters=asked("Label", "a", "b")) == "InvalidParameter"


@pytest.mark.parametrize(
    "wrong", [{"ActionType": 41}, {"Source": "me"}, {"ValidStatus": 3}, {"TimerType": 5}]
)
def test_what_no_address_can_be_found_by_is_refused(cloud, wrong):
    assert code(cloud, "DescribeIpAccessControl", Domain="global", Count=1, **wrong) == "InvalidParameter"


def test_addresses_of_a_group_are_looked_for_but_neither_put_nor_taken(cloud):
    assert addresses(cloud, "global", Source="batch-group") == []
    assert upsert(cloud, "global", item("198.51.100.7", source="batch-group"))["FailedCount"] == 1
    asked = {"Domain": "global", "Items": ["198.51.100.7"], "SourceType": "batch-group"}
    assert code(cloud, "DeleteIpAccessControl", **asked) == "InvalidParameter"


def test_an_offset_that_is_no_multiple_of_the_limit_is_refused(cloud):
    assert code(cloud, "DescribeDomains", Offset=1, Limit=2, Filters=[]) == "InvalidParameter"
    asked = {"Domain": "global", "Count": 1, "OffSet": 3, "Limit": 2}
    assert code(cloud, "DescribeIpAccessControl", **asked) == "InvalidParameter"


def test_who_has_bought_nothing_is_told_so():
    empty = Direct.open(estate("empty"))
    for action, params in (
        ("DescribeDomains", {"Offset": 0, "Limit": 10, "Filters": []}),
        ("DescribeIpAccessControl", {"Domain": "global", "Count": 1}),
        ("GetAttackDownloadRecords", {}),
    ):
        assert code(empty, action, **params) == "AuthFailure.ErrCodeNoPurchased"


def test_a_block_is_read_back_and_its_undo_restores_what_was_there(cloud):
    domain = domains(cloud)[0]["Domain"]
    before = addresses(cloud, domain)
    answer = upsert(cloud, domain, item("198.51.100.7"), item("198.51.100.0/24"))
    assert (answer["FailedCount"], answer["FailedItems"], len(answer["Ids"])) == (0, "", 2)
    found = {row["Id"]: row for row in addresses(cloud, domain, ActionType=42)}
    assert [found[key]["Ip"] for key in answer["Ids"]] == ["198.51.100.7", "198.51.100.0/24"]
    assert found[answer["Ids"][0]]["Note"] == "a note"
    undone = cloud.call("waf:DeleteIpAccessControl", {"Domain": domain, "Items": answer["Ids"], "IsId": True})
    assert undone["FailedCount"] == 0
    assert addresses(cloud, domain) == before


def test_the_same_address_and_action_is_changed_and_not_added_again(cloud):
    [first] = upsert(cloud, "global", item("198.51.100.7"))["Ids"]
    [second] = upsert(cloud, "global", item("198.51.100.7", note="another"))["Ids"]
    assert first == second
    [row] = addresses(cloud, "global", Ip="198.51.100.7")
    assert row["Note"] == "another"
    upsert(cloud, "global", item("198.51.100.7", action=40))
    assert {row["ActionType"] for row in addresses(cloud, "global", Ip="198.51.100.7")} == {40, 42}


def test_items_fail_one_by_one_inside_a_success(cloud):
    answer = upsert(
        cloud, "global", item("198.51.100.7"), item("300.1.1.1"), item("198.51.100.8", action=7), "no json"
    )
    assert (answer["FailedCount"], answer["FailedItems"]) == (3, "300.1.1.1,198.51.100.8,no json")
    assert len(answer["Ids"]) == 1
    assert [row["Ip"] for row in addresses(cloud, "global", Ip="198.51.100.")] == ["198.51.100.7"]


def test_deleting_what_is_not_there_fails_inside_a_success(cloud):
    upsert(cloud, "global", item("198.51.100.7"))
    asked = {"Domain": "global", "Items": ["198.51.100.7", "198.51.100.9"]}
    answer = cloud.call("waf:DeleteIpAccessControl", asked)
    assert (answer["FailedCount"], answer["FailedItems"]) == (1, "198.51.100.9")
    assert addresses(cloud, "global", Ip="198.51.100.7") == []


def test_no_two_rules_have_one_id_whatever_was_deleted_between(cloud):
    upsert(cloud, "global", item("198.51.100.7"), item("198.51.100.8"))
    cloud.call("waf:DeleteIpAccessControl", {"Domain": "global", "Items": ["198.51.100.7"]})
    upsert(cloud, "global", item("198.51.100.9"))
    numbers = [row["RuleId"] for row in addresses(cloud, "global")]
    assert len(numbers) == len(set(numbers)) > 1


def test_delete_all_empties_one_domain_only(cloud):
    first, second = (row["Domain"] for row in domains(cloud)[:2])
    for domain in (first, second):
        upsert(cloud, domain, item("198.51.100.7"))
    cloud.call("waf:DeleteIpAccessControl", {"Domain": first, "Items": [], "DeleteAll": True})
    assert addresses(cloud, first) == []
    assert addresses(cloud, second, Ip="198.51.100.7")


def test_a_rule_is_over_when_its_time_is(cloud):
    upsert(cloud, "global", item("198.51.100.7", valid_ts=int(cloud.world.clock.now()) + 60))
    assert addresses(cloud, "global", Ip="198.51.100.7", ValidStatus=1)
    cloud.world.clock.advance(120)
    assert addresses(cloud, "global", Ip="198.51.100.7", ValidStatus=1) == []
    assert addresses(cloud, "global", Ip="198.51.100.7", ValidStatus=2)


@pytest.mark.parametrize(
    ("action", "params", "expected"),
    [
        (
            "DescribeIpAccessControl",
            {"Domain": "www.nobody.example", "Count": 1},
            "InvalidParameter.ProtectionDomainParameterErr",
        ),
        ("UpsertIpAccessControl", {"Domain": "global", "Items": []}, "InvalidParameter"),
        (
            "UpsertIpAccessControl",
            {"Domain": "global", "Items": ["{}"], "Edition": "other"},
            "InvalidParameter",
        ),
        (
            "DescribeIpAccessControl",
            {"Domain": "global", "Count": 1, "Sort": "colour:1"},
            "InvalidParameter",
        ),
        (
            "DescribeDomains",
            {
                "Offset": 0,
                "Limit": 1,
                "Filters": [{"Name": "Colour", "Values": ["red"], "ExactMatch": True}],
            },
            "InvalidParameter",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(cloud, action, params, expected):
    assert code(cloud, action, **params) == expected


def test_a_download_task_is_recorded(cloud):
    asked = {"Domain": "all", "StartTime": "a", "EndTime": "b", "QueryString": "*", "TaskName": "night"}
    flow = cloud.call("waf:PostAttackDownloadTask", asked)["Flow"]
    [record] = cloud.call("waf:GetAttackDownloadRecords")["Records"]
    assert (record["TaskId"], record["TaskName"], record["Status"]) == (flow, "night", 1)


@pytest.mark.parametrize("rate", [0, 1])
def test_risky_settings_follow_the_rate(rate):
    for row in domains(Direct.open(build(Spec(hosts=(("ap-tokyo", 200),), risk_rate=rate), 7))):
        assert row["Status"] == row["Mode"] == row["PostCLSStatus"] == 1 - rate
        assert (row["Engine"] in (1, 20, 21, 22)) is not bool(rate)
