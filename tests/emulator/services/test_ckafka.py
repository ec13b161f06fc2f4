import pytest

from emulator.world.estate import estate
from scenarios.direct import Direct, Failed
from tests.emulator.services.pages import walk

REGION = "ap-guangzhou"


@pytest.fixture(scope="module")
def cloud():
    return Direct.open(estate("demo"))


def result(cloud, action, **params):
    return cloud.call(f"ckafka:{action}", params, region=REGION)["Result"]


def listed(cloud, action, member, limit=20, **params):
    def page(**more):
        answer = result(cloud, action, **params, **more)
        return answer[member], answer["TotalCount"]

    return walk(page, limit)


def instances(cloud, limit=100, **params):
    return listed(cloud, "DescribeInstances", "InstanceList", limit, **params)


def some(cloud):
    """An instance and a group of it."""
    key = instances(cloud)[0]["InstanceId"]
    return key, listed(cloud, "DescribeGroup", "GroupList", InstanceId=key)[0]["Group"]


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_the_pages_hold_exactly_the_instances_of_the_region(cloud, limit):
    keys = [row["InstanceId"] for row in instances(cloud, limit)]
    assert keys == list(cloud.world.read("ckafka.instance", REGION).items())
    assert keys


def test_instances_are_found_by_id_name_state_and_network(cloud):
    every = instances(cloud)
    one = every[0]
    assert instances(cloud, InstanceId=one["InstanceId"]) == [one]
    assert instances(cloud, Status=[1]) == [row for row in every if row["Status"] == 1]
    assert instances(cloud, SearchWord="kafka") == [row for row in every if "kafka" in row["InstanceName"]]
    networks = cloud.world.read("vpc.vpc", REGION).items()
    assert sum(len(instances(cloud, VpcId=vpc)) for vpc in networks) == len(every)


def test_groups_topics_and_offsets_speak_of_the_same_things(cloud):
    for row in instances(cloud):
        key = row["InstanceId"]
        topics = {topic["TopicName"] for topic in listed(cloud, "DescribeTopic", "TopicList", InstanceId=key)}
        for group in listed(cloud, "DescribeGroup", "GroupList", InstanceId=key):
            name = group["Group"]
            offsets = listed(cloud, "DescribeGroupOffsets", "TopicList", InstanceId=key, Group=name)
            assert {topic["Topic"] for topic in offsets} <= topics
            for part in (part for topic in offsets for part in topic["Partitions"]):
                assert part["Lag"] == part["LogEndOffset"] - part["Offset"] >= 0
            assert listed(cloud, "DescribeDatahubGroupOffsets", "TopicList", Name=key, Group=name) == offsets


def test_only_a_stable_group_has_members_and_an_unknown_one_is_dead(cloud):
    key, name = some(cloud)
    known, unknown = result(cloud, "DescribeGroupInfo", InstanceId=key, GroupList=[name, "nobody"])
    assert (known["State"] == "Stable") == bool(known["Members"])
    assert (unknown["State"], unknown["Members"]) == ("Dead", [])


def test_groups_are_filtered_by_state(cloud):
    for row in instances(cloud):
        key = row["InstanceId"]
        every = listed(cloud, "DescribeGroup", "GroupList", InstanceId=key)
        found = [
            group["Group"]
            for state in ("Empty", "Stable")
            for group in listed(
                cloud,
                "DescribeGroup",
                "GroupList",
                InstanceId=key,
                Filters=[{"Name": "GroupState", "Values": [state]}],
            )
        ]
        assert sorted(found) == sorted(group["Group"] for group in every)


@pytest.mark.parametrize(
    ("action", "params", "code"),
    [
        ("DescribeGroup", {"InstanceId": "ckafka-none"}, "InvalidParameterValue.InstanceNotExist"),
        (
            "DescribeDatahubGroupOffsets",
            {"Name": "ckafka-none", "Group": "g"},
            "InvalidParameterValue.InstanceNotExist",
        ),
        ("DescribeInstances", {"Limit": 101}, "InvalidParameterValue"),
    ],
)
def test_what_cannot_be_answered_is_refused(cloud, action, params, code):
    with pytest.raises(Failed) as failed:
        result(cloud, action, **params)
    assert failed.value.code == code


def test_an_unknown_group_or_filter_and_too_long_a_page_are_refused(cloud):
    key, name = some(cloud)
    for action, params, code in (
        ("DescribeGroupOffsets", {"Group": "nobody"}, "ResourceNotFound"),
        ("DescribeGroupOffsets", {"Group": name, "Limit": 51}, "InvalidParameterValue"),
        ("DescribeGroup", {"Filters": [{"Name": "Colour", "Values": ["red"]}]}, "InvalidFilter"),
    ):
        with pytest.raises(Failed) as failed:
            result(cloud, action, InstanceId=key, **params)
        assert failed.value.code == code


def test_a_grant_for_one_instance_opens_that_one_only(cloud):
    key, _ = some(cloud)
    other = instances(cloud)[1]["InstanceId"]
    resource = f"qcs::ckafka:{REGION}:uin/{cloud.world.uin}:ckafkaId/{key}"
    statement = {"effect": "allow", "action": ["ckafka:DescribeGroup"], "resource": [resource]}
    user = cloud.user("reader", {"version": "2.0", "statement": [statement]})
    assert cloud.call("ckafka:DescribeGroup", {"InstanceId": key}, key=user, region=REGION)
    with pytest.raises(Failed) as failed:
        cloud.call("ckafka:DescribeGroup", {"InstanceId": other}, key=user, region=REGION)
    assert failed.value.code == "UnauthorizedOperation"
