"""What changes an instance: its attributes, groups, project, system, type, disks, network."""

import base64
import json

import pytest

from .building import LINUX, REGION, WINDOWS, ZONE
from .conftest import allow

TRUST = json.dumps(
    {
        "version": "2.0",
        "statement": [
            {"effect": "allow", "action": "sts:AssumeRole", "principal": {"service": "cvm.qcloud.com"}}
        ],
    }
)


def modify(build, key, **params):
    build("cvm:ModifyInstancesAttribute", InstanceIds=[key], **params)


def refused(build, action, key, **params):
    return build.code(f"cvm:{action}", InstanceIds=[key], **params)


def group(build, name):
    """A further security group, put there."""
    from emulator.world.shelves import Row

    shelf = build.world.write("vpc.securitygroup", REGION)
    row = next(iter(shelf)).value
    shelf.put(name, Row({**row, "SecurityGroupId": name, "IsDefault": False, "SecurityGroupName": name}))
    return name


def test_a_name_changes_at_once(build):
    key = build.one()
    modify(build, key, InstanceName="改名")
    shown = build.instance(key)
    assert (shown["InstanceName"], shown["LatestOperation"]) == ("改名", "ModifyInstancesAttribute")
    assert shown["LatestOperationState"] == "SUCCESS"
    code = refused(build, "ModifyInstancesAttribute", key, InstanceName="x" * 61)
    assert code == "InvalidInstanceName.TooLong"


def test_one_attribute_a_request(build):
    key = build.one()
    assert refused(build, "ModifyInstancesAttribute", key) == "MissingParameter.AtLeastOne"
    both = refused(build, "ModifyInstancesAttribute", key, InstanceName="a", DisableApiTermination=True)
    assert both == "InvalidParameterCombination"


def test_groups_are_replaced_added_and_taken_off_in_order(build):
    key = build.one()
    first = build.instance(key)["SecurityGroupIds"][0]
    others = [group(build, f"sg-0000000{number}") for number in range(5)]
    modify(build, key, SecurityGroups=[others[1], first])
    assert build.instance(key)["SecurityGroupIds"] == [others[1], first]
    build("cvm:AssociateSecurityGroups", InstanceIds=[key], SecurityGroupIds=[others[0]])
    build("cvm:AssociateSecurityGroups", InstanceIds=[key], SecurityGroupIds=[others[0]])
    assert build.instance(key)["SecurityGroupIds"] == [others[1], first, others[0]]
    build("cvm:DisassociateSecurityGroups", InstanceIds=[key], SecurityGroupIds=[first])
    assert build.instance(key)["SecurityGroupIds"] == [others[1], others[0]]
    modify(build, key, SecurityGroups=others)
    full = refused(build, "AssociateSecurityGroups", key, SecurityGroupIds=[first])
    assert full == "LimitExceeded.AssociateUSGLimitExceeded"
    absent = refused(build, "ModifyInstancesAttribute", key, SecurityGroups=["sg-99999999"])
    assert absent == "InvalidSecurityGroupId.NotFound"
    two = refused(build, "AssociateSecurityGroups", key, SecurityGroupIds=others[:2])
    assert two == "InvalidParameterValue.LimitExceeded"


def test_a_host_name_takes_a_reboot_unless_told_otherwise(build):
    key = build.one()
    modify(build, key, HostName="fresh.name")
    assert (build.state(key), build.instance(key)["HostName"] == "fresh.name") == ("REBOOTING", False)
    build.later()
    assert (build.state(key), build.instance(key)["HostName"]) == ("RUNNING", "fresh.name")
    modify(build, key, HostName="other", AutoReboot=False)
    assert (build.state(key), build.instance(key)["HostName"]) == ("RUNNING", "other")
    wrong = refused(build, "ModifyInstancesAttribute", key, HostName="a..b")
    assert wrong == "InvalidParameterValue.IllegalHostName"


def test_user_data_can_be_read_back(build):
    key, data = build.one(), base64.b64encode(b"second").decode()
    modify(build, key, UserData=data)
    found = build("cvm:DescribeInstancesAttributes", InstanceIds=[key], Attributes=["UserData"])
    assert found["InstanceSet"] == [{"InstanceId": key, "Attributes": {"UserData": data}}]


def test_a_role_has_to_exist_and_the_caller_to_be_allowed_to_pass_it(build):
    build.direct.call("cam:CreateRole", {"RoleName": "reader", "PolicyDocument": TRUST})
    key = build.one()
    absent = refused(build, "ModifyInstancesAttribute", key, CamRoleName="nobody")
    assert absent == "AuthFailure.CamRoleNameAuthenticateFailed"
    user = build.direct.user("ops", allow("cvm:*"))
    with pytest.raises(Exception, match="role") as denied:
        build("cvm:ModifyInstancesAttribute", key=user, InstanceIds=[key], CamRoleName="reader")
    assert denied.value.code == "AuthFailure.CamRoleNameAuthenticateFailed"
    passer = build.direct.user("passer", allow("cvm:*", "cam:PassRole"))
    build("cvm:ModifyInstancesAttribute", key=passer, InstanceIds=[key], CamRoleName="reader")
    assert build.instance(key)["CamRoleName"] == "reader"
    modify(build, key, CamRoleName="")
    assert build.instance(key)["CamRoleName"] == ""
    assert build.instance(build.one(CamRoleName="reader"))["CamRoleName"] == "reader"


def test_a_project_takes_the_system_disk_along_and_filters_find_it(build):
    key = build.one(DataDisks=[{"DiskSize": 50}])
    build("cvm:ModifyInstancesProject", InstanceIds=[key], ProjectId=7)
    shown = build.instance(key)
    assert shown["Placement"]["ProjectId"] == 7
    assert build.disk(shown["SystemDisk"]["DiskId"])["Placement"]["ProjectId"] == 7
    assert build.disk(shown["DataDisks"][0]["DiskId"])["Placement"]["ProjectId"] == 0
    found = build("cvm:DescribeInstances", Filters=[{"Name": "project-id", "Values": ["7"]}])
    assert found["TotalCount"] == 1


def test_a_password_is_set_on_a_stopped_instance_or_by_force(build):
    key, good = build.one(), "Long-enough-1"
    running = refused(build, "ResetInstancesPassword", key, Password=good)
    assert running == "UnsupportedOperation.InstanceStateRunning"
    build("cvm:ResetInstancesPassword", InstanceIds=[key], Password=good, ForceStop=True)
    states = [build.state(key)]
    for _ in range(4):
        build.later(6)
        states.append(build.state(key))
    assert list(dict.fromkeys(states)) == ["STOPPING", "STARTING", "RUNNING"]
    for bad in ("Sh0rt!", "onlylowercase", "/Begins-with-1", "has a space 1A"):
        assert refused(build, "ResetInstancesPassword", key, Password=bad) == (
            "InvalidParameterValue.InvalidPassword"
        )
    assert good not in str([dict(row.value) for row in build.world.read("cvm.instance", REGION)])


def test_no_second_operation_while_one_goes_on(build):
    key = build.one()
    build("cvm:StopInstances", InstanceIds=[key])
    build.later()
    build("cvm:ResetInstancesPassword", InstanceIds=[key], Password="Long-enough-1")
    busy = refused(build, "StartInstances", key)
    assert busy == "OperationDenied.InstanceOperationInProgress"
    build.later()
    build("cvm:StartInstances", InstanceIds=[key])


def test_a_system_is_installed_anew_from_another_image(build):
    pair = build("cvm:CreateKeyPair", KeyName="mine", ProjectId=0)["KeyPair"]["KeyId"]
    key = build.one(LoginSettings={"KeyIds": [pair]})
    build("cvm:ResetInstance", InstanceId=key, ImageId=WINDOWS, SystemDisk={"DiskSize": 80}, HostName="win-1")
    assert build.state(key) == "REBOOTING"
    assert build.instance(key)["ImageId"] == LINUX
    build.later()
    shown = build.instance(key)
    assert (shown["InstanceState"], shown["ImageId"], shown["HostName"]) == ("RUNNING", WINDOWS, "win-1")
    assert (shown["DefaultLoginUser"], shown["DefaultLoginPort"]) == ("Administrator", 3389)
    assert shown["LoginSettings"]["KeyIds"] is None
    assert build("cvm:DescribeKeyPairs", KeyIds=[pair])["KeyPairSet"][0]["AssociatedInstanceIds"] == []
    assert build.disk(shown["SystemDisk"]["DiskId"])["DiskSize"] == shown["SystemDisk"]["DiskSize"] == 80
    smaller = build.code("cvm:ResetInstance", InstanceId=key, SystemDisk={"DiskSize": 60})
    assert smaller == "InvalidParameterValue"
    retyped = build.code("cvm:ResetInstance", InstanceId=key, SystemDisk={"DiskType": "CLOUD_SSD"})
    assert retyped == "InvalidParameterValue"


def test_only_some_system_disks_can_be_installed_anew(build):
    key = build.one(SystemDisk={"DiskType": "CLOUD_HSSD"})
    assert build.code("cvm:ResetInstance", InstanceId=key) == "UnsupportedOperation.SystemDiskType"


def test_another_type_leaves_the_instance_running(build):
    key = build.one(InstanceType="S5.SMALL2")
    change = {"InstanceIds": [key], "InstanceType": "SA2.LARGE8"}
    assert build.code("cvm:ResetInstancesType", **change) == "UnsupportedOperation.InstanceStateRunning"
    build("cvm:StopInstances", InstanceIds=[key])
    build.later()
    build("cvm:ResetInstancesType", **change)
    build.later()
    shown = build.instance(key)
    assert (shown["InstanceType"], shown["CPU"], shown["InstanceState"]) == ("SA2.LARGE8", 4, "RUNNING")
    gpu = {**change, "InstanceType": "GN7.2XLARGE32", "ForceStop": True}
    assert build.code("cvm:ResetInstancesType", **gpu) == "InvalidParameterValue.GPUInstanceFamily"
    absent = {**change, "InstanceType": "S9.SMALL1"}
    assert build.code("cvm:ResetInstancesType", **absent) == "InvalidParameterValue.InstanceTypeNotFound"
    back = build.one(InstanceType="GN7.2XLARGE32")
    code = build.code("cvm:ResetInstancesType", InstanceIds=[back], InstanceType="S5.SMALL2", ForceStop=True)
    assert code == "InvalidParameterValue.InvalidGPUFamilyChange"


def test_what_an_instance_can_become_is_what_it_may_be_made(build):
    key = build.one(InstanceType="S5.SMALL2")
    listed = build("cvm:DescribeInstancesModification", InstanceIds=[key])["InstanceTypeConfigStatusSet"]
    sold = {each["InstanceTypeConfig"]["InstanceType"] for each in listed if each["Status"] == "SELL"}
    assert "S5.LARGE8" in sold
    assert sold.isdisjoint({"S5.SMALL2", "GN7.2XLARGE32"})
    only = [{"Name": "status", "Values": ["UNAVAILABLE"]}]
    rest = build("cvm:DescribeInstancesModification", InstanceIds=[key], Filters=only)
    assert rest["TotalCount"] == len(listed) - len(sold) > 0


def test_a_system_disk_grows_online_or_off(build):
    key = build.one()
    grow = {"InstanceId": key, "SystemDisk": {"DiskSize": 60}}
    assert build.code("cvm:ResizeInstanceDisks", **grow) == "UnsupportedOperation.InstanceStateRunning"
    build("cvm:ResizeInstanceDisks", **grow, ResizeOnline=True)
    disk = build.instance(key)["SystemDisk"]["DiskId"]
    assert (build.state(key), build.disk(disk)["DiskState"]) == ("RUNNING", "EXPANDING")
    build.later()
    assert build.instance(key)["SystemDisk"]["DiskSize"] == build.disk(disk)["DiskSize"] == 60
    assert build.disk(disk)["DiskState"] == "ATTACHED"
    shrink = {"InstanceId": key, "SystemDisk": {"DiskSize": 50}, "ResizeOnline": True}
    assert build.code("cvm:ResizeInstanceDisks", **shrink) == "InvalidParameterValue"
    assert build.code("cvm:ResizeInstanceDisks", InstanceId=key) == "MissingParameter.AtLeastOne"


def test_an_instance_moves_within_its_network(build):
    key = build.one()
    cloud = build.instance(key)["VirtualPrivateCloud"]
    place = {"VpcId": cloud["VpcId"], "SubnetId": cloud["SubnetId"], "PrivateIpAddresses": ["172.16.1.7"]}
    build("cvm:ModifyInstancesVpcAttribute", InstanceIds=[key], VirtualPrivateCloud=place)
    build.later()
    shown = build.instance(key)
    assert (shown["PrivateIpAddresses"], shown["InstanceState"]) == (["172.16.1.7"], "RUNNING")
    assert build.subnet(cloud["SubnetId"])["AvailableIpAddressCount"] == 4092
    taken = build.code("cvm:ModifyInstancesVpcAttribute", InstanceIds=[key], VirtualPrivateCloud=place)
    assert taken == "VpcIpIsUsed"
    asked = {"InstanceIds": [key], "VirtualPrivateCloud": {**place, "PrivateIpAddresses": ["172.16.1.8"]}}
    off = build.code("cvm:ModifyInstancesVpcAttribute", **asked, ForceStop=False)
    assert off == "UnsupportedOperation.InstanceStateRunning"


def test_bandwidth_brings_a_public_address(build):
    key = build.one()
    build(
        "cvm:ResetInstancesInternetMaxBandwidth",
        InstanceIds=[key],
        InternetAccessible={"InternetMaxBandwidthOut": 5},
    )
    shown = build.instance(key)
    assert shown["InternetAccessible"]["InternetMaxBandwidthOut"] == 5
    assert len(shown["PublicIpAddresses"]) == 1
    asked = {"InternetMaxBandwidthOut": 6, "InternetChargeType": "TRAFFIC_POSTPAID_BY_HOUR"}
    build("cvm:ResetInstancesInternetMaxBandwidth", InstanceIds=[key], InternetAccessible=asked)
    assert build.instance(key)["InternetAccessible"]["InternetMaxBandwidthOut"] == 6
    other = {**asked, "InternetChargeType": "BANDWIDTH_POSTPAID_BY_HOUR"}
    refused = build.code(
        "cvm:ResetInstancesInternetMaxBandwidth", InstanceIds=[key], InternetAccessible=other
    )
    assert refused == "NotEmulated"


def test_what_is_sold_is_what_can_be_run(build):
    sold = build("cvm:DescribeZoneInstanceConfigInfos")["InstanceTypeQuotaSet"]
    status = {(each["Zone"], each["Status"]) for each in sold}
    assert ("ap-guangzhou-1", "SOLD_OUT") in status
    assert (ZONE, "SELL") in status
    wanted = [{"Name": "zone", "Values": [ZONE]}, {"Name": "sort-keys", "Values": ["cpu:desc", "mem:asc"]}]
    ordered = build("cvm:DescribeZoneInstanceConfigInfos", Filters=wanted)["InstanceTypeQuotaSet"]
    keys = [(-each["Cpu"], each["Memory"]) for each in ordered]
    assert keys == sorted(keys)
    configs = build(
        "cvm:DescribeInstanceTypeConfigs", Filters=[{"Name": "instance-family", "Values": ["SA2"]}]
    )["InstanceTypeConfigSet"]
    assert {each["InstanceFamily"] for each in configs} == {"SA2"}
    assert "ap-guangzhou-1" not in {each["Zone"] for each in configs}
    types = sorted({each["InstanceType"] for each in sold if each["Status"] == "SELL"})
    for name in types[:: max(1, len(types) // 5)]:
        assert build.instance(build.one(InstanceType=name))["InstanceType"] == name
    wrong = [{"Name": "cpu", "Values": ["1"]}]
    assert build.code("cvm:DescribeInstanceTypeConfigs", Filters=wrong) == "InvalidFilter"
