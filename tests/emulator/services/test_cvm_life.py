"""Instances that start, stop, reboot and end, by the clock of their account."""

import pytest

from emulator.contract.catalog import catalog
from emulator.contract.conform import complete
from emulator.world.shelves import Row

from .building import NOON, REGION
from .conftest import allow, deny

DAY = 86_400


def act(build, action, *keys, **params):
    build(f"cvm:{action}", InstanceIds=list(keys), **params)


def refused(build, action, *keys, **params):
    return build.code(f"cvm:{action}", InstanceIds=list(keys), **params)


@pytest.mark.parametrize(
    ("action", "before", "during", "after"),
    [
        ("StopInstances", "RUNNING", "STOPPING", "STOPPED"),
        ("StartInstances", "STOPPED", "STARTING", "RUNNING"),
        ("RebootInstances", "RUNNING", "REBOOTING", "RUNNING"),
    ],
)
def test_each_command_goes_through_its_states(build, action, before, during, after):
    key = build.one()
    if before == "STOPPED":
        act(build, "StopInstances", key)
        build.later()
    act(build, action, key)
    shown = build.instance(key)
    assert (shown["InstanceState"], shown["LatestOperation"]) == (during, action)
    assert shown["LatestOperationState"] == "OPERATING"
    build.later(1)
    assert build.state(key) == during
    build.later(59)
    shown = build.instance(key)
    assert (shown["InstanceState"], shown["LatestOperationState"]) == (after, "SUCCESS")


@pytest.mark.parametrize(
    ("action", "state", "code"),
    [
        ("StartInstances", "RUNNING", "Running"),
        ("StartInstances", "PENDING", "Pending"),
        ("StopInstances", "STOPPED", "Stopped"),
        ("StopInstances", "SHUTDOWN", "Shutdown"),
        ("RebootInstances", "STOPPED", "Stopped"),
        ("RebootInstances", "LAUNCH_FAILED", "LaunchFailed"),
        ("TerminateInstances", "PENDING", "Pending"),
        ("TerminateInstances", "STARTING", "Starting"),
        ("TerminateInstances", "STOPPING", "Stopping"),
        ("TerminateInstances", "REBOOTING", "Rebooting"),
        ("TerminateInstances", "TERMINATING", "Terminating"),
    ],
)
def test_a_wrong_state_is_named_by_the_code(build, action, state, code):
    key = build.one()
    shelf = build.world.write("cvm.instance", REGION)
    shelf.put(key, shelf.get(key).having(InstanceState=state))
    assert refused(build, action, key) == f"UnsupportedOperation.InstanceState{code}"
    assert build.state(key) == state


def test_one_that_cannot_stops_all_of_them(build):
    one, other = build.run(InstanceCount=2)
    act(build, "StopInstances", one)
    build.later()
    assert refused(build, "StartInstances", one, other) == "UnsupportedOperation.InstanceStateRunning"
    assert build.state(one) == "STOPPED"


@pytest.mark.parametrize(
    "action", ["StartInstances", "StopInstances", "RebootInstances", "TerminateInstances"]
)
def test_ids_are_looked_at_first(build, action):
    key = build.one()
    assert refused(build, action, "") == "InvalidParameterValue.InstanceIdMalformed"
    assert refused(build, action, "ins-1122") == "InvalidParameterValue.InstanceIdMalformed"
    assert refused(build, action, key, "ins-00000000") == "InvalidInstanceId.NotFound"
    assert (
        refused(build, action, *[f"ins-{n:08d}" for n in range(101)]) == "InvalidParameterValue.LimitExceeded"
    )
    assert refused(build, action) == "MissingParameter"
    assert build.state(key) == "RUNNING"


def test_how_hard_to_stop_is_said_in_one_way(build):
    key = build.one()
    both = refused(build, "StopInstances", key, ForceStop=True, StopType="HARD")
    assert both == "InvalidParameterCombination"
    assert refused(build, "StopInstances", key, StopType="SOFTLY") == "InvalidParameterValue"
    assert refused(build, "RebootInstances", key, StopType="") == "InvalidParameterValue"
    act(build, "StopInstances", key, StopType="HARD")
    build.later()
    assert build.state(key) == "STOPPED"


def test_charging_stops_only_for_what_is_paid_by_the_hour(build):
    hourly = build.one()
    act(build, "StopInstances", hourly, StoppedMode="STOP_CHARGING")
    build.later()
    assert build.instance(hourly)["StopChargingMode"] == "STOP_CHARGING"
    act(build, "StartInstances", hourly)
    build.later()
    assert build.instance(hourly)["StopChargingMode"] == "NOT_APPLICABLE"
    prepaid = build.one(InstanceChargeType="PREPAID", InstanceChargePrepaid={"Period": 1})
    code = refused(build, "StopInstances", prepaid, StoppedMode="STOP_CHARGING")
    assert code == "UnsupportedOperation.StoppedModeStopCharging"


def test_at_pace_zero_everything_is_immediate(build):
    build.world.pace = 0
    key = build("cvm:RunInstances", Placement={"Zone": "ap-guangzhou-3"}, ImageId="img-487zeit5")[
        "InstanceIdSet"
    ][0]
    assert build.state(key) == "RUNNING"
    act(build, "StopInstances", key)
    assert build.state(key) == "STOPPED"
    act(build, "TerminateInstances", key)
    assert build.instance(key) is None


def test_the_end_takes_what_goes_with_the_instance_and_frees_the_rest(build):
    pair = build("cvm:CreateKeyPair", KeyName="mine", ProjectId=0)["KeyPair"]["KeyId"]
    key = build.one(
        DataDisks=[{"DiskSize": 50}, {"DiskSize": 60, "DeleteWithInstance": False}],
        LoginSettings={"KeyIds": [pair]},
        UserData="aGk=",
    )
    made = build.instance(key)
    going, staying = (disk["DiskId"] for disk in made["DataDisks"])
    left = build.subnet(made["VirtualPrivateCloud"]["SubnetId"])["AvailableIpAddressCount"]
    act(build, "TerminateInstances", key)
    assert build.state(key) == "TERMINATING"
    assert build.disk(going)["DiskState"] == "ATTACHED"
    build.later()
    assert build.instance(key) is None
    assert build.disk(made["SystemDisk"]["DiskId"]) is None
    assert build.disk(going) is None
    free = build.disk(staying)
    assert (free["DiskState"], free["InstanceId"], free["Attached"]) == ("UNATTACHED", "", False)
    assert free["LastAttachInsId"] == key
    assert build("cvm:DescribeKeyPairs", KeyIds=[pair])["KeyPairSet"][0]["AssociatedInstanceIds"] == []
    subnet = build.subnet(made["VirtualPrivateCloud"]["SubnetId"])
    assert subnet["AvailableIpAddressCount"] == left + 1
    assert len(build.world.read("cvm.userdata", REGION)) == 0


def test_an_elastic_address_is_unbound_when_its_host_ends():
    from .building import Builder

    build = Builder("demo")
    bound = build("vpc:DescribeAddresses", Filters=[{"Name": "address-status", "Values": ["BIND"]}])[
        "AddressSet"
    ]
    address = next(
        each
        for each in bound
        if build.instance(each["InstanceId"])["InstanceChargeType"] != "PREPAID"
        and build.state(each["InstanceId"]) == "RUNNING"
        and not build.instance(each["InstanceId"])["DisableApiTermination"]
    )
    act(build, "TerminateInstances", address["InstanceId"], ReleaseAddress=True)
    build.later()
    after = build("vpc:DescribeAddresses", AddressIds=[address["AddressId"]])["AddressSet"][0]
    assert (after["AddressStatus"], after["InstanceId"], after["AddressIp"]) == (
        "UNBIND",
        None,
        address["AddressIp"],
    )


def test_a_protected_instance_is_not_terminated(build):
    key, other = build.one(DisableApiTermination=True), build.one()
    assert refused(build, "TerminateInstances", other, key) == "UnsupportedOperation.InstancesProtected"
    build.later()
    assert build.state(other) == "RUNNING"
    act(build, "ModifyInstancesAttribute", key, DisableApiTermination=False)
    act(build, "TerminateInstances", key)
    build.later()
    assert build.instance(key) is None


PREPAID = {"InstanceChargeType": "PREPAID", "InstanceChargePrepaid": {"Period": 1}}


def test_what_is_paid_in_advance_goes_to_the_recycle_bin_first(build):
    key = build.one(**PREPAID, DataDisks=[{"DiskSize": 50}])
    disk = build.instance(key)["DataDisks"][0]["DiskId"]
    act(build, "TerminateInstances", key)
    shown = build.instance(key)
    assert (shown["InstanceState"], shown["IsolatedSource"]) == ("SHUTDOWN", "MANMADE")
    assert refused(build, "StartInstances", key) == "UnsupportedOperation.InstanceStateShutdown"
    act(build, "TerminateInstances", key)
    build.later()
    assert build.instance(key) is None
    assert build.disk(disk)["DiskState"] == "UNATTACHED"


def test_prepaid_data_disks_go_too_when_they_are_released(build):
    key = build.one(**PREPAID, DataDisks=[{"DiskSize": 50}])
    disk = build.instance(key)["DataDisks"][0]["DiskId"]
    act(build, "TerminateInstances", key, ReleasePrepaidDataDisks=True)
    assert build.disk(disk)["DiskState"] == "TORECYCLE"
    act(build, "TerminateInstances", key)
    build.later()
    assert build.disk(disk) is None


def test_the_recycle_bin_is_emptied_after_seven_days(build):
    key = build.one(**PREPAID)
    subnet = build.instance(key)["VirtualPrivateCloud"]["SubnetId"]
    act(build, "TerminateInstances", key)
    build.later(7 * DAY - 1)
    assert build.state(key) == "SHUTDOWN"
    build.later(1)
    assert build.instance(key) is None
    assert build.subnet(subnet)["AvailableIpAddressCount"] == 4093


def test_renewal_brings_an_instance_and_its_disks_back_and_they_stay(build):
    key = build.one(**PREPAID, DataDisks=[{"DiskSize": 50}])
    disk = build.instance(key)["DataDisks"][0]["DiskId"]
    act(build, "TerminateInstances", key, ReleasePrepaidDataDisks=True)
    act(build, "RenewInstances", key, InstanceChargePrepaid={"Period": 1})
    assert build.disk(disk)["DiskState"] == "ATTACHED"
    shown = build.instance(key)
    assert (shown["InstanceState"], shown["IsolatedSource"]) == ("STOPPED", "NOTISOLATED")
    build.later(8 * DAY)
    assert build.state(key) == "STOPPED"


def test_an_instance_that_nobody_renews_expires(build):
    key = build.one(**PREPAID)
    build.later(29 * DAY)
    assert build.state(key) == "RUNNING"
    build.later(2 * DAY)
    shown = build.instance(key)
    assert (shown["InstanceState"], shown["IsolatedSource"]) == ("SHUTDOWN", "EXPIRE")
    build.later(7 * DAY)
    assert build.instance(key) is None


def test_automatic_renewal_goes_on_month_by_month(build):
    prepaid = {"Period": 1, "RenewFlag": "NOTIFY_AND_AUTO_RENEW"}
    key = build.one(InstanceChargeType="PREPAID", InstanceChargePrepaid=prepaid)
    build.later(100 * DAY)
    shown = build.instance(key)
    assert shown["InstanceState"] == "RUNNING"
    assert shown["ExpiredTime"] == "2027-03-28T04:00:00Z"
    act(build, "ModifyInstancesRenewFlag", key, RenewFlag="NOTIFY_AND_MANUAL_RENEW")
    build.later(40 * DAY)
    assert build.instance(key) is None


def test_a_renewed_instance_expires_at_its_new_time_only(build):
    key = build.one(**PREPAID, DataDisks=[{"DiskSize": 50}])
    act(build, "RenewInstances", key, InstanceChargePrepaid={"Period": 2})
    shown = build.instance(key)
    assert shown["ExpiredTime"] == "2027-02-28T04:00:00Z"
    assert build.disk(shown["DataDisks"][0]["DiskId"])["DeadlineTime"] == "2027-02-28 12:00:00"
    build.later(60 * DAY)
    assert build.state(key) == "RUNNING"
    hourly = build.one()
    code = refused(build, "RenewInstances", hourly, InstanceChargePrepaid={"Period": 1})
    assert code == "UnsupportedOperation.InstanceChargeType"
    assert refused(build, "RenewInstances", key) == "MissingParameter"


def test_instances_paid_in_different_ways_are_not_terminated_together(build):
    code = refused(build, "TerminateInstances", build.one(), build.one(**PREPAID))
    assert code == "UnsupportedOperation.InstanceMixedPricingModel"


def test_the_way_of_payment_can_be_changed_both_ways(build):
    key = build.one(DataDisks=[{"DiskSize": 50}])
    disk = build.instance(key)["DataDisks"][0]["DiskId"]
    act(build, "ModifyInstancesChargeType", key, **PREPAID, ModifyPortableDataDisk=True)
    assert build.instance(key)["InstanceChargeType"] == "PREPAID"
    assert (build.disk(disk)["DiskChargeType"], build.disk(disk)["DeleteWithInstance"]) == ("PREPAID", False)
    again = refused(build, "ModifyInstancesChargeType", key, **PREPAID)
    assert again == "UnsupportedOperation.InstanceChargeType"
    act(build, "ModifyInstancesChargeType", key, InstanceChargeType="POSTPAID_BY_HOUR")
    assert build.instance(key)["ExpiredTime"] is None
    build.later(60 * DAY)
    assert build.state(key) == "RUNNING"


def test_a_snapshot_of_the_world_remembers_what_is_still_to_happen(build):
    key = build.one()
    act(build, "StopInstances", key)
    build.world.snapshot("stopping")
    build.later()
    assert build.state(key) == "STOPPED"
    build.world.restore("stopping")
    assert build.state(key) == "STOPPING"
    build.later()
    assert build.state(key) == "STOPPED"
    build.world.reset()
    assert build("cvm:DescribeInstances")["TotalCount"] == 0


def test_a_policy_for_one_instance_opens_that_one_only(build):
    mine, other = build.run(InstanceCount=2)
    resource = f"qcs::cvm:gz:uin/{build.world.uin}:instance/{mine}"
    user = build.direct.user("ops", allow("cvm:StopInstances", resource=resource))
    build("cvm:StopInstances", key=user, InstanceIds=[mine])
    for ids in ([other], [mine, other]):
        with pytest.raises(Exception, match="StopInstances") as denied:
            build("cvm:StopInstances", key=user, InstanceIds=ids)
        assert denied.value.code == "UnauthorizedOperation"
    assert f"qcs:id/0:cvm:{REGION}:uin/{build.world.uin}:instance/{other}" in denied.value.message


def test_a_denied_command_changes_nothing(build):
    key = build.one()
    user = build.direct.user("ops", allow("cvm:*"), deny("cvm:TerminateInstances"))
    with pytest.raises(Exception, match="TerminateInstances"):
        build("cvm:TerminateInstances", key=user, InstanceIds=[key])
    build.later()
    assert build.state(key) == "RUNNING"


def test_time_is_the_account_s_own(build):
    assert build.world.clock.now() == NOON
    key = build("cvm:RunInstances", Placement={"Zone": "ap-guangzhou-3"}, ImageId="img-487zeit5")[
        "InstanceIdSet"
    ][0]
    assert [build.state(key) for _ in range(3)] == ["PENDING"] * 3


BARE = {"InstanceId": "ins-1", "InstanceState": "RUNNING", "InstanceName": "bare", "ImageId": "img-487zeit5"}
COMMANDS = {
    "StopInstances": {},
    "RebootInstances": {},
    "TerminateInstances": {},
    "ModifyInstancesAttribute": {"InstanceName": "other"},
    "ModifyInstancesProject": {"ProjectId": 1},
    "ResetInstancesPassword": {"Password": "Long-enough-1", "ForceStop": True},
    "ResetInstancesType": {"InstanceType": "S5.LARGE8", "ForceStop": True},
    "ModifyInstancesChargeType": {
        "InstanceChargeType": "PREPAID",
        "InstanceChargePrepaid": {"Period": 1},
    },
    "ResetInstancesInternetMaxBandwidth": {"InternetAccessible": {"InternetMaxBandwidthOut": 5}},
    "DescribeInstancesAttributes": {"Attributes": ["UserData"]},
    "DescribeInstancesModification": {},
    "DescribeInstancesOperationLimit": {"Operation": "INSTANCE_DEGRADE"},
}


@pytest.mark.parametrize("action", [*COMMANDS, "ResetInstance", "ResizeInstanceDisks", "CreateImage"])
def test_a_row_with_no_more_than_the_contract_promises_lives_too(build, action):
    shape = catalog().shape("cvm", "2017-03-12", "Instance")
    disk = {"DiskType": "CLOUD_PREMIUM", "DiskSize": 50}
    row = complete(shape, {**BARE, "SystemDisk": disk})
    build.world.write("cvm.instance", REGION).put("ins-1", Row(row))
    if action in COMMANDS:
        build(f"cvm:{action}", InstanceIds=["ins-1"], **COMMANDS[action])
    elif action == "CreateImage":
        build("cvm:CreateImage", InstanceId="ins-1", ImageName="of a bare one")
    else:
        grown = {"SystemDisk": {"DiskSize": 60}}
        build(f"cvm:{action}", InstanceId="ins-1", **grown, **({} if action == "ResetInstance" else ONLINE))
    build.later(600)
    shown = build.instance("ins-1")
    assert (shown is None) == (action == "TerminateInstances")
    assert shown is None or shown["InstanceState"] in ("RUNNING", "STOPPED")


ONLINE = {"ResizeOnline": True}
