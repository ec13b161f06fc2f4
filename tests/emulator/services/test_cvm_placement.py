"""Placement groups and the instances in them."""

import pytest

from .reads import published


def code(build, action, **params):
    found = build.code(f"cvm:{action}", **params)
    assert found in published("cvm")
    return found


def group(build, **params):
    answer = build("cvm:CreateDisasterRecoverGroup", **{"Name": "apart", "Type": "HOST", **params})
    return answer["DisasterRecoverGroupId"]


def shown(build, key):
    found = build("cvm:DescribeDisasterRecoverGroups", DisasterRecoverGroupIds=[key])
    return found["DisasterRecoverGroupSet"][0]


def test_a_group_lists_the_instances_that_were_made_in_it(build):
    key = group(build)
    assert (shown(build, key)["CvmQuotaTotal"], shown(build, key)["CurrentNum"]) == (50, 0)
    ids = build.run(InstanceCount=2, DisasterRecoverGroupIds=[key])
    assert build.instance(ids[0])["DisasterRecoverGroupId"] == key
    assert shown(build, key)["InstanceIds"] == ids
    assert code(build, "DeleteDisasterRecoverGroups", DisasterRecoverGroupIds=[key]) == (
        "FailedOperation.PlacementSetNotEmpty"
    )
    build("cvm:TerminateInstances", InstanceIds=ids)
    build.later()
    assert shown(build, key)["CurrentNum"] == 0
    build("cvm:DeleteDisasterRecoverGroups", DisasterRecoverGroupIds=[key])
    assert build("cvm:DescribeDisasterRecoverGroups")["TotalCount"] == 0


def test_instances_join_a_group_later(build):
    first, second, host = group(build), group(build, Type="RACK"), build.one()
    asked = {"InstanceIds": [host], "DisasterRecoverGroupId": first}
    build("cvm:ModifyInstancesDisasterRecoverGroup", **asked)
    again = code(build, "ModifyInstancesDisasterRecoverGroup", **asked)
    assert again == "FailedOperation.AlreadyInDisasterRecoverGroup"
    build("cvm:ModifyInstancesDisasterRecoverGroup", InstanceIds=[host], DisasterRecoverGroupIds=[second])
    assert (shown(build, first)["CurrentNum"], shown(build, second)["InstanceIds"]) == (0, [host])


def test_a_group_holds_no_more_than_it_can(build):
    key = group(build, Type="SW")
    build.run(InstanceCount=19, DisasterRecoverGroupIds=[key])
    place = {"Zone": "ap-guangzhou-3"}
    two = {
        "Placement": place,
        "ImageId": "img-487zeit5",
        "InstanceCount": 2,
        "DisasterRecoverGroupIds": [key],
    }
    assert code(build, "RunInstances", **two) == "ResourceInsufficient.DisasterRecoverGroupCvmQuota"
    absent = {**two, "DisasterRecoverGroupIds": ["ps-00000000"]}
    assert code(build, "RunInstances", **absent) == "FailedOperation.DisasterRecoverGroupNotFound"
    assert shown(build, key)["CurrentNum"] == 19


def test_a_partitioned_group_has_places_by_number(build):
    key = group(build, Strategy="PARTITION", PartitionCount=3)
    assert shown(build, key)["PartitionCount"] == 3
    host = build.one(DisasterRecoverGroupIds=[key], PartitionNumber=2)
    assert build.instance(host)["PartitionNumber"] == 2
    assert build.instance(build.one(DisasterRecoverGroupIds=[key]))["PartitionNumber"] == 1
    least = {"Placement": {"Zone": "ap-guangzhou-3"}, "ImageId": "img-487zeit5", "PartitionNumber": 4}
    assert code(build, "RunInstances", **least, DisasterRecoverGroupIds=[key]) == "InvalidParameterValue"
    assert code(build, "RunInstances", **least) == "InvalidParameterValue"


def test_names_and_affinity_change_the_latter_only_upwards(build):
    key = group(build, Affinity=3)
    build("cvm:ModifyDisasterRecoverGroupAttribute", DisasterRecoverGroupId=key, Name="new", Affinity=5)
    assert (shown(build, key)["Name"], shown(build, key)["Affinity"]) == ("new", 5)
    smaller = {"DisasterRecoverGroupId": key, "Name": "new", "Affinity": 4}
    assert code(build, "ModifyDisasterRecoverGroupAttribute", **smaller) == "InvalidParameterValue"


@pytest.mark.parametrize(
    "wrong",
    [
        {"Name": ""},
        {"Name": "x" * 61},
        {"Type": "ROOM"},
        {"Affinity": 11},
        {"Strategy": "PARTITION"},
        {"PartitionCount": 2},
    ],
)
def test_groups_that_cannot_be_are_refused(build, wrong):
    asked = {"Name": "apart", "Type": "HOST", **wrong}
    assert code(build, "CreateDisasterRecoverGroup", **asked) == "InvalidParameterValue"


def test_the_quota_is_what_is_said_and_kept(build):
    quota = build("cvm:DescribeDisasterRecoverGroupQuota")
    for _ in range(quota["GroupQuota"]):
        group(build)
    full = code(build, "CreateDisasterRecoverGroup", Name="one more", Type="HOST")
    assert full == "LimitExceeded.DisasterRecoverGroup"
    assert build("cvm:DescribeDisasterRecoverGroupQuota")["CurrentNum"] == quota["GroupQuota"]
