"""RunInstances: what comes into being with an instance, and what is refused before anything does."""

import base64
import re

import pytest

from emulator.world.clock import iso_time

from .building import LINUX, NOON, REGION, WINDOWS, ZONE
from .reads import published

PLACE = {"Zone": ZONE}


def network(build):
    """A default network with its subnet, made by the first instance."""
    made = build.instance(build.one())["VirtualPrivateCloud"]
    return made["VpcId"], made["SubnetId"]


def test_the_least_request_makes_one_running_instance_with_disk_network_and_group(build):
    answer = build("cvm:RunInstances", Placement=PLACE, ImageId=LINUX)
    key = answer["InstanceIdSet"][0]
    pending = build.instance(key)
    assert pending["InstanceState"] == "PENDING"
    assert (pending["LatestOperation"], pending["LatestOperationState"]) == ("RunInstances", "OPERATING")
    build.later()
    running = build.instance(key)
    assert (running["InstanceState"], running["LatestOperationState"]) == ("RUNNING", "SUCCESS")
    assert running["CreatedTime"] == iso_time(NOON)
    disk = build.disk(running["SystemDisk"]["DiskId"])
    assert (disk["InstanceId"], disk["DiskUsage"], disk["DiskState"]) == (key, "SYSTEM_DISK", "ATTACHED")
    assert disk["DiskSize"] == running["SystemDisk"]["DiskSize"] == 50
    cloud = running["VirtualPrivateCloud"]
    subnet = build("vpc:DescribeSubnets", SubnetIds=[cloud["SubnetId"]])["SubnetSet"][0]
    assert (subnet["VpcId"], subnet["Zone"], subnet["IsDefault"]) == (cloud["VpcId"], ZONE, True)
    assert subnet["AvailableIpAddressCount"] == subnet["TotalIpAddressCount"] - 1
    assert build("vpc:DescribeVpcs", VpcIds=[cloud["VpcId"]])["VpcSet"][0]["IsDefault"]
    groups = build("vpc:DescribeSecurityGroups", SecurityGroupIds=running["SecurityGroupIds"])
    assert [group["IsDefault"] for group in groups["SecurityGroupSet"]] == [True]
    assert running["PublicIpAddresses"] is None


def test_the_request_id_of_the_answer_is_the_instance_s_latest_one(build):
    answer = build.direct.call("cvm:RunInstances", {"Placement": PLACE, "ImageId": LINUX}, region=REGION)
    assert build.instance(answer["InstanceIdSet"][0])["LatestOperationRequestId"] == answer["RequestId"]


def test_the_default_network_is_made_once_and_used_again(build):
    first, second = build.instance(build.one()), build.instance(build.one())
    assert first["VirtualPrivateCloud"] == second["VirtualPrivateCloud"]
    assert first["SecurityGroupIds"] == second["SecurityGroupIds"]
    assert first["PrivateIpAddresses"] != second["PrivateIpAddresses"]
    other = build.instance(build.one(Placement={"Zone": "ap-guangzhou-4"}))["VirtualPrivateCloud"]
    assert other["VpcId"] == first["VirtualPrivateCloud"]["VpcId"]
    assert build("vpc:DescribeSubnets")["TotalCount"] == 2
    tables = build("vpc:DescribeRouteTables")["RouteTableSet"]
    assert len(tables[0]["AssociationSet"]) == 2


def test_everything_that_is_asked_for_is_there(build):
    group = build.instance(build.one())["SecurityGroupIds"][0]
    pair = build("cvm:CreateKeyPair", KeyName="mine", ProjectId=0)["KeyPair"]["KeyId"]
    vpc, subnet = network(build)
    data = base64.b64encode(b"#!/bin/sh").decode()
    tags = [{"Key": "env", "Value": "test"}]
    key = build.one(
        InstanceType="S5.LARGE8",
        InstanceName="web",
        HostName="web-1",
        VirtualPrivateCloud={"VpcId": vpc, "SubnetId": subnet, "PrivateIpAddresses": ["172.16.0.99"]},
        SecurityGroupIds=[group],
        SystemDisk={"DiskType": "CLOUD_BSSD", "DiskSize": 100},
        DataDisks=[
            {"DiskSize": 200, "DiskType": "CLOUD_SSD", "Encrypt": True, "DiskName": "logs"},
            {"DiskSize": 20, "DeleteWithInstance": False},
        ],
        LoginSettings={"KeyIds": [pair]},
        InternetAccessible={"InternetMaxBandwidthOut": 10},
        TagSpecification=[{"ResourceType": "instance", "Tags": tags}],
        UserData=data,
        DisableApiTermination=True,
        EnhancedService={"SecurityService": {"Enabled": True}},
    )
    made = build.instance(key)
    assert (made["InstanceType"], made["CPU"], made["Memory"]) == ("S5.LARGE8", 4, 8)
    assert (made["InstanceName"], made["HostName"]) == ("web", "web-1")
    assert made["PrivateIpAddresses"] == ["172.16.0.99"]
    assert made["SecurityGroupIds"] == [group]
    assert made["LoginSettings"]["KeyIds"] == [pair]
    assert made["Tags"] == tags
    assert made["DisableApiTermination"] is True
    assert (made["OsName"], made["DefaultLoginUser"]) == ("Ubuntu Server 22.04 LTS 64bit", "ubuntu")
    assert made["InternetAccessible"]["InternetMaxBandwidthOut"] == 10
    assert len(made["PublicIpAddresses"]) == 1
    system = build.disk(made["SystemDisk"]["DiskId"])
    assert (system["DiskType"], system["DiskSize"], system["Tags"]) == ("CLOUD_BSSD", 100, tags)
    logs, rest = (build.disk(disk["DiskId"]) for disk in made["DataDisks"])
    assert (logs["DiskName"], logs["Encrypt"], logs["DeleteWithInstance"]) == ("logs", True, True)
    assert (rest["DiskSize"], rest["DeleteWithInstance"], rest["InstanceId"]) == (20, False, key)
    pairs = build("cvm:DescribeKeyPairs", KeyIds=[pair])["KeyPairSet"]
    assert pairs[0]["AssociatedInstanceIds"] == [key]
    attributes = build("cvm:DescribeInstancesAttributes", InstanceIds=[key], Attributes=["UserData"])
    assert attributes["InstanceSet"][0]["Attributes"]["UserData"] == data


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("server_{R:3}", ["server_3", "server_4"]),
        ("server_{R:3,F:3}", ["server_003", "server_004"]),
        ("app_{R:99,F:2}", ["app_99", "app_100"]),
        ("{R:1}-{R:7}", ["1-7", "2-8"]),
        ("server_", ["server_1", "server_2"]),
        ("a{}b", ["a{}b1", "a{}b2"]),
        ("", ["未命名", "未命名"]),
    ],
)
def test_names_of_several_are_numbered_as_their_pattern_says(build, pattern, names):
    ids = build.run(InstanceCount=2, InstanceName=pattern)
    assert [build.instance(key)["InstanceName"] for key in ids] == names


def test_host_names_are_numbered_and_may_hold_the_address(build):
    ids = build.run(InstanceCount=2, HostName="web-{IP}-{R:1}")
    shown = [build.instance(key) for key in ids]
    assert [each["HostName"] for each in shown] == [
        f"web-{each['PrivateIpAddresses'][0]}-{place}" for place, each in enumerate(shown, 1)
    ]


def test_a_client_token_makes_instances_once(build):
    asked = {"Placement": PLACE, "ImageId": LINUX, "ClientToken": "again"}
    first, second = build("cvm:RunInstances", **asked), build("cvm:RunInstances", **asked)
    assert first == second
    assert build("cvm:DescribeInstances")["TotalCount"] == 1
    build("cvm:RunInstances", **{**asked, "ClientToken": "another"})
    assert build("cvm:DescribeInstances")["TotalCount"] == 2
    assert (
        build.code("cvm:RunInstances", **{**asked, "ClientToken": "x" * 65}) == "InvalidClientToken.TooLong"
    )


def test_a_refused_request_does_not_use_its_token_up(build):
    wrong = {"Placement": PLACE, "ImageId": "img-00000000", "ClientToken": "again"}
    assert build.code("cvm:RunInstances", **wrong) == "InvalidImageId.NotFound"
    assert len(build("cvm:RunInstances", **{**wrong, "ImageId": LINUX})["InstanceIdSet"]) == 1


def test_a_dry_run_checks_everything_and_makes_nothing(build):
    before = everything(build)
    assert build("cvm:RunInstances", Placement=PLACE, ImageId=LINUX, DryRun=True) == {"InstanceIdSet": []}
    wrong = build.code(
        "cvm:RunInstances", Placement=PLACE, ImageId=LINUX, DryRun=True, InstanceType="S5.NONE"
    )
    assert wrong == "InvalidParameterValue.InstanceTypeNotFound"
    assert everything(build) == before


def everything(build):
    """All rows of the region, by table and key."""
    tables = ("cvm.instance", "cbs.disk", "vpc.vpc", "vpc.subnet", "vpc.securitygroup", "cvm.keypair")
    return {
        table: {key: row.value for key, row in build.world.read(table, REGION).items().items()}
        for table in tables
    }


def test_what_is_paid_in_advance_says_until_when(build):
    made = build.instance(
        build.one(
            InstanceChargeType="PREPAID",
            InstanceChargePrepaid={"Period": 2, "RenewFlag": "NOTIFY_AND_AUTO_RENEW"},
            DataDisks=[{"DiskSize": 50}],
        )
    )
    assert (made["InstanceChargeType"], made["RenewFlag"]) == ("PREPAID", "NOTIFY_AND_AUTO_RENEW")
    assert made["ExpiredTime"] == "2027-01-30T04:00:00Z"
    disk = build.disk(made["DataDisks"][0]["DiskId"])
    assert (disk["DiskChargeType"], disk["DeadlineTime"]) == ("PREPAID", "2027-01-30 12:00:00")
    assert disk["DeleteWithInstance"] is False


def test_a_data_disk_can_be_made_of_a_snapshot_that_fits_on_it(build):
    [disk] = build.disks(DiskSize=100)
    shot = build("cbs:CreateSnapshot", DiskId=disk)["SnapshotId"]
    build.later()
    made = build.instance(build.one(DataDisks=[{"DiskSize": 100, "SnapshotId": shot}]))
    assert made["DataDisks"][0]["DiskSize"] == 100
    small = {"DataDisks": [{"DiskSize": 90, "SnapshotId": shot}]}
    assert refused(build, **small) == "FailedOperation.SnapshotSizeLargerThanDataSize"
    absent = {"DataDisks": [{"DiskSize": 90, "SnapshotId": "snap-00000000"}]}
    assert refused(build, **absent) == "InvalidParameter.SnapshotNotFound"


def refused(build, **params):
    """The code that a request ends with, which leaves everything as it was."""
    before = everything(build)
    code = build.code("cvm:RunInstances", **{"Placement": PLACE, "ImageId": LINUX, **params})
    assert everything(build) == before
    assert code in published("cvm") or code in ("NotEmulated", "MissingParameter")
    return code


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"Placement": {"Zone": "ap-shanghai-2"}}, "InvalidZone.MismatchRegion"),
        ({"Placement": {"Zone": "ap-guangzhou-1"}}, "ResourceInsufficient.AvailabilityZoneSoldOut"),
        ({"Placement": {"Zone": ZONE, "HostIds": ["host-00000000"]}}, "InvalidHostId.NotFound"),
        ({"ImageId": "img-1"}, "InvalidImageId.Malformed"),
        ({"ImageId": "linux"}, "InvalidImageId.Malformed"),
        ({"ImageId": "img-00000000"}, "InvalidImageId.NotFound"),
        ({"InstanceType": "S5"}, "InvalidInstanceType.Malformed"),
        ({"InstanceType": "S5.SMALL3"}, "InvalidParameterValue.InstanceTypeNotFound"),
        ({"InstanceCount": 0}, "InvalidParameterValue.Range"),
        ({"InstanceCount": 501}, "InvalidParameterValue.Range"),
        ({"InstanceCount": 2, "MinCount": 3}, "InvalidParameterValue.InvalidParameterMinCount"),
        ({"InstanceName": "x" * 129}, "InvalidInstanceName.TooLong"),
        ({"HostName": "-web"}, "InvalidParameterValue.IllegalHostName"),
        ({"HostName": "web..1"}, "InvalidParameterValue.IllegalHostName"),
        ({"HostName": "x" * 60, "InstanceCount": 2}, "InvalidParameterValue.IllegalHostName"),
        ({"ImageId": WINDOWS, "HostName": "a-name-far-too-long"}, "InvalidParameterValue.IllegalHostName"),
        ({"ImageId": WINDOWS, "HostName": "12345"}, "InvalidParameterValue.IllegalHostName"),
        ({"InstanceChargeType": "PREPAID"}, "MissingParameter"),
        ({"InstanceChargeType": "PREPAID", "InstanceChargePrepaid": {"Period": 13}}, "InvalidPeriod"),
        ({"InstanceChargeType": "FREE"}, "InvalidParameterValue"),
        ({"SystemDisk": {"DiskType": "LOCAL_BASIC"}}, "ResourceInsufficient.CloudDiskUnavailable"),
        ({"SystemDisk": {"DiskSize": 10}}, "InvalidParameterValue"),
        ({"SystemDisk": {"DiskSize": 4000}}, "InvalidParameterValue"),
        ({"ImageId": WINDOWS, "SystemDisk": {"DiskSize": 40}}, "InvalidParameterValue"),
        ({"DataDisks": [{"DiskSize": 15}]}, "InvalidParameterValue"),
        ({"DataDisks": [{"DiskSize": 40_000}]}, "InvalidParameterValue"),
        ({"DataDisks": [{"DiskSize": 10}] * 21}, "InvalidParameterValue.LimitExceeded"),
        ({"SecurityGroupIds": ["sg-00000000"]}, "InvalidSecurityGroupId.NotFound"),
        ({"SecurityGroupIds": ["group"]}, "InvalidSecurityGroupId.NotFound"),
        ({"VirtualPrivateCloud": {"VpcId": "v", "SubnetId": "s"}}, "InvalidParameterValue.VpcIdMalformed"),
        (
            {"VirtualPrivateCloud": {"VpcId": "vpc-00000000", "SubnetId": "subnet-00000000"}},
            "InvalidParameterValue.VpcIdNotExist",
        ),
        ({"LoginSettings": {"Password": "short1!"}}, "InvalidParameterValue.InvalidPassword"),
        ({"LoginSettings": {"Password": "alllowercase"}}, "InvalidParameterValue.InvalidPassword"),
        ({"LoginSettings": {"KeyIds": ["skey-00000000"]}}, "InvalidParameterValue.KeyPairNotFound"),
        ({"LoginSettings": {"KeepImageLogin": "true"}}, "InvalidParameterValue"),
        (
            {"ImageId": WINDOWS, "LoginSettings": {"Password": "Short12!"}},
            "InvalidParameterValue.InvalidPassword",
        ),
        ({"UserData": "no base64!"}, "InvalidParameterValue.InvalidUserDataFormat"),
        ({"UserData": base64.b64encode(bytes(17 * 1024)).decode()}, "InvalidParameterValue.TooLarge"),
        ({"CamRoleName": "nobody"}, "AuthFailure.CamRoleNameAuthenticateFailed"),
        ({"InternetAccessible": {"PublicIpAssigned": True}}, "InvalidParameterValue"),
        ({"InternetAccessible": {"InternetMaxBandwidthOut": 9999}}, "InvalidParameterValue.Range"),
        (
            {"TagSpecification": [{"ResourceType": "disk", "Tags": [{"Key": "a", "Value": "b"}]}]},
            "InvalidParameterValue",
        ),
        (
            {"TagSpecification": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}] * 2}]},
            "InvalidParameterValue.DuplicateTags",
        ),
        ({"EnableJumboFrame": True}, "UnsupportedOperation.InstanceTypeNotSupportJumboFrame"),
        ({"LaunchTemplate": {"LaunchTemplateId": "lt-00000000"}}, "NotEmulated"),
    ],
)
def test_what_cannot_be_had_is_refused_by_its_own_code_and_leaves_nothing(build, wrong, code):
    assert refused(build, **wrong) == code


def test_windows_takes_no_key_pair(build):
    pair = build("cvm:CreateKeyPair", KeyName="mine", ProjectId=0)["KeyPair"]["KeyId"]
    login = {"ImageId": WINDOWS, "LoginSettings": {"KeyIds": [pair]}}
    assert refused(build, **login) == "UnsupportedOperation.KeyPairUnsupportedWindows"
    both = {"LoginSettings": {"KeyIds": [pair], "Password": "Long-enough-1"}}
    assert refused(build, **both) == "InvalidParameterCombination"


def test_addresses_have_to_be_free_and_of_the_subnet(build):
    vpc, subnet = network(build)
    cloud = {"VpcId": vpc, "SubnetId": subnet}

    def code(*addresses, count=1, **more):
        place = {**cloud, "PrivateIpAddresses": list(addresses)}
        return refused(build, VirtualPrivateCloud=place, InstanceCount=count, **more)

    assert code("172.16.0.2") == "VpcIpIsUsed"
    assert code("172.16.16.5") == "VpcAddrNotInSubNet"
    assert code("172.16.0.0") == code("172.16.0.1") == code("172.16.15.255") == "VpcAddrNotInSubNet"
    assert code("172.16.0.x") == "InvalidParameterValue.InvalidIpFormat"
    assert code("172.16.0.9", count=2) == "InvalidParameterValue"
    wrong_zone = {"Placement": {"Zone": "ap-guangzhou-4"}, "VirtualPrivateCloud": cloud}
    assert refused(build, **wrong_zone) == "InvalidParameterValue.SubnetIdZoneIdNotMatch"
    elsewhere = {"VirtualPrivateCloud": {"VpcId": vpc, "SubnetId": "subnet-00000000"}}
    assert refused(build, **elsewhere) == "InvalidParameterValue.SubnetNotExist"


def test_a_subnet_has_no_more_instances_than_addresses(build):
    vpc, subnet = network(build)
    shelf = build.world.write("vpc.subnet", REGION)
    shelf.put(subnet, shelf.get(subnet).having(CidrBlock="172.16.0.0/29"))
    cloud = {"VpcId": vpc, "SubnetId": subnet}
    code = refused(build, VirtualPrivateCloud=cloud, InstanceCount=5)
    assert code == "FailedOperation.NoAvailableIpAddressCountInSubnet"
    ids = build.run(VirtualPrivateCloud=cloud, InstanceCount=4)
    assert {build.instance(key)["PrivateIpAddresses"][0] for key in ids} == {
        f"172.16.0.{last}" for last in (3, 4, 5, 6)
    }
    assert build.subnet(subnet)["AvailableIpAddressCount"] == 0
    assert refused(build, VirtualPrivateCloud=cloud) == "FailedOperation.NoAvailableIpAddressCountInSubnet"


def test_public_addresses_are_never_given_twice(build):
    ids = build.run(InstanceCount=50, InternetAccessible={"InternetMaxBandwidthOut": 1})
    given = [build.instance(key)["PublicIpAddresses"][0] for key in ids]
    assert len(set(given)) == 50
    declined = build.one(InternetAccessible={"InternetMaxBandwidthOut": 1, "PublicIpAssigned": False})
    assert build.instance(declined)["PublicIpAddresses"] is None


def test_an_estate_s_subnet_gives_addresses_that_nothing_in_it_has():
    from .building import Builder

    build = Builder("demo")
    cloud = build("cvm:DescribeInstances")["InstanceSet"][0]["VirtualPrivateCloud"]
    before = build.subnet(cloud["SubnetId"])
    made = build.instance(
        build.one(
            Placement={"Zone": before["Zone"]},
            VirtualPrivateCloud={"VpcId": cloud["VpcId"], "SubnetId": cloud["SubnetId"]},
        )
    )
    sharing = build(
        "cvm:DescribeInstances",
        Filters=[{"Name": "private-ip-address", "Values": made["PrivateIpAddresses"]}],
    )
    assert sharing["TotalCount"] == 1
    after = build.subnet(cloud["SubnetId"])
    assert after["AvailableIpAddressCount"] == before["AvailableIpAddressCount"] - 1


def test_the_network_that_comes_by_itself_is_the_one_that_can_be_asked_for():
    from .building import Builder

    launched, asked = Builder(), Builder()
    launched.run()
    asked("vpc:CreateDefaultVpc", Zone=ZONE)
    asked("vpc:CreateDefaultSecurityGroup")
    seen = []
    for build in (launched, asked):
        group = build("vpc:DescribeSecurityGroups")["SecurityGroupSet"][0]["SecurityGroupId"]
        answers = {
            "vpcs": build("vpc:DescribeVpcs")["VpcSet"],
            "subnets": build("vpc:DescribeSubnets")["SubnetSet"],
            "tables": build("vpc:DescribeRouteTables")["RouteTableSet"],
            "groups": build("vpc:DescribeSecurityGroups")["SecurityGroupSet"],
            "rules": build("vpc:DescribeSecurityGroupPolicies", SecurityGroupId=group),
        }
        [subnet] = answers["subnets"]
        assert subnet.pop("AvailableIpAddressCount") in (4092, 4093)
        # Everything is alike but the ids, which are minted in another order.
        seen.append(re.sub(r"(vpc|subnet|rtb|sg)-[0-9a-z]{8}", r"\1", repr(answers)))
    assert seen[0] == seen[1]
