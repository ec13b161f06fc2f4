"""Snapshots, and the policies that make them as the clock moves on."""

import pytest

from emulator.services.cbs.policies import next_trigger
from emulator.world.clock import china_time

from .building import NOON, REGION
from .reads import published

DAY = 86_400


def code(build, action, **params):
    found = build.code(f"cbs:{action}", **params)
    assert found in published("cbs")
    return found


def shot(build, disk, **params):
    """A snapshot of a disk, ready."""
    key = build("cbs:CreateSnapshot", DiskId=disk, **params)["SnapshotId"]
    build.later()
    return key


def test_a_snapshot_is_made_and_its_disk_counts_it(build):
    [disk] = build.disks(DiskSize=100)
    tags = [{"Key": "a", "Value": "b"}]
    key = build("cbs:CreateSnapshot", DiskId=disk, SnapshotName="before", Tags=tags)["SnapshotId"]
    shown = build.snapshot(key)
    assert (shown["SnapshotState"], shown["Percent"], shown["IsPermanent"]) == ("CREATING", 0, True)
    assert (shown["DiskId"], shown["DiskSize"], shown["Tags"]) == (disk, 100, tags)
    assert code(build, "CreateSnapshot", DiskId=disk) == "InvalidDisk.SnapshotCreating"
    assert code(build, "DeleteSnapshots", SnapshotIds=[key]) == "ResourceUnavailable.SnapshotCreating"
    build.later()
    shown = build.snapshot(key)
    assert (shown["SnapshotState"], shown["Percent"], shown["SnapshotName"]) == ("NORMAL", 100, "before")
    assert build.disk(disk)["SnapshotCount"] == 1
    build("cbs:DeleteSnapshots", SnapshotIds=[key])
    assert build.snapshot(key) is None
    assert (build.disk(disk)["SnapshotCount"], build.disk(disk)["SnapshotSize"]) == (0, 0)


def test_a_snapshot_with_a_deadline_goes_by_itself(build):
    [disk] = build.disks()
    key = shot(build, disk, Deadline="2026-12-03T04:00:00+00:00")
    assert build.snapshot(key)["DeadlineTime"] == "2026-12-03 12:00:00"
    build.later(3 * DAY - 61)
    assert build.snapshot(key) is not None
    build.later(1)
    assert build.snapshot(key) is None
    assert build.disk(disk)["SnapshotCount"] == 0
    early = code(build, "CreateSnapshot", DiskId=disk, Deadline="2026-12-03T12:00:00+00:00")
    assert early == "InvalidParameterValue"
    assert code(build, "CreateSnapshot", DiskId="disk-00000000") == "InvalidDiskId.NotFound"


def test_how_long_a_snapshot_is_kept_can_be_changed(build):
    [disk] = build.disks()
    key = shot(build, disk, Deadline="2026-12-03T04:00:00Z")
    build("cbs:ModifySnapshotAttribute", SnapshotId=key, IsPermanent=True, SnapshotName="kept")
    assert build.snapshot(key)["DeadlineTime"] == ""
    build.later(10 * DAY)
    assert build.snapshot(key)["SnapshotName"] == "kept"
    build("cbs:ModifySnapshotAttribute", SnapshotId=key, IsPermanent=False, Deadline="2026-12-20T04:00:00Z")
    build.later(20 * DAY)
    assert build.snapshot(key) is None
    assert (
        code(build, "ModifySnapshotAttribute", SnapshotId=key, IsPermanent=True)
        == "InvalidSnapshotId.NotFound"
    )
    other = shot(build, disk)
    assert (
        build.code("cbs:ModifySnapshotAttribute", SnapshotId=other, IsPermanent=False) == "MissingParameter"
    )
    assert code(build, "ModifySnapshotAttribute", SnapshotId=other) == "MissingParameter"


def test_a_new_disk_holds_a_snapshot_that_it_is_made_of(build):
    [disk] = build.disks(DiskSize=100)
    key = shot(build, disk)
    asked = {"DiskSize": None, "SnapshotId": key}
    [copy] = build.disks(**asked)
    assert build.disk(copy)["DiskSize"] == 100
    small = {"DiskType": "CLOUD_PREMIUM", "DiskChargeType": "POSTPAID_BY_HOUR", "DiskSize": 90}
    place = {"Zone": "ap-guangzhou-3"}
    refused = code(build, "CreateDisks", Placement=place, **small, SnapshotId=key)
    assert refused == "InvalidParameter.DiskSizeNotMatch"
    system = shot(build, build.instance(build.one())["SystemDisk"]["DiskId"])
    assert (
        code(build, "CreateDisks", Placement=place, **small, SnapshotId=system)
        == "InvalidSnapshot.NotSupported"
    )


def test_a_free_disk_is_set_back_to_its_own_snapshot(build):
    [disk, other] = build.disks(DiskCount=2)
    key = shot(build, disk)
    assert code(build, "ApplySnapshot", SnapshotId=key, DiskId=other) == "InvalidParameterValue"
    build("cbs:ApplySnapshot", SnapshotId=key, DiskId=disk)
    assert (build.disk(disk)["DiskState"], build.disk(disk)["Rollbacking"]) == ("ROLLBACKING", True)
    assert code(build, "ApplySnapshot", SnapshotId=key, DiskId=disk) == "ResourceInUse.DiskRollbacking"
    build.later()
    shown = build.disk(disk)
    assert (shown["DiskState"], shown["Rollbacking"], shown["RollbackPercent"]) == ("UNATTACHED", False, 100)


def test_a_disk_in_use_is_set_back_only_while_its_host_is_off(build):
    host = build.one(DataDisks=[{"DiskSize": 50}])
    shown = build.instance(host)
    data, system = shown["DataDisks"][0]["DiskId"], shown["SystemDisk"]["DiskId"]
    of_data, of_system = shot(build, data), shot(build, system)
    assert code(build, "ApplySnapshot", SnapshotId=of_data, DiskId=data) == "InvalidDisk.NotSupported"
    assert code(build, "ApplySnapshot", SnapshotId=of_system, DiskId=system) == "InvalidInstance.NotSupported"
    starts = {"SnapshotId": of_system, "DiskId": system, "AutoStartInstance": True}
    assert code(build, "ApplySnapshot", **starts) == "InvalidParameterValue"
    build("cbs:ApplySnapshot", **starts, AutoStopInstance=True)
    assert build.state(host) == "STOPPED"
    build.later()
    assert (build.state(host), build.disk(system)["DiskState"]) == ("RUNNING", "ATTACHED")
    build("cvm:StopInstances", InstanceIds=[host])
    build.later()
    build("cbs:ApplySnapshot", SnapshotId=of_system, DiskId=system)
    build.later()
    assert build.disk(system)["DiskState"] == "ATTACHED"


def test_snapshots_go_with_their_disk_if_it_says_so(build):
    [disk] = build.disks()
    passing, lasting = shot(build, disk, Deadline="2026-12-20T04:00:00Z"), shot(build, disk)
    build("cbs:TerminateDisks", DiskIds=[disk], DeleteSnapshot=1)
    assert build.snapshot(passing) is None
    assert build.snapshot(lasting) is not None


def test_a_snapshot_that_cannot_be_deleted_keeps_the_others(build):
    [disk] = build.disks()
    key = shot(build, disk)
    assert code(build, "DeleteSnapshots", SnapshotIds=[key, "snap-00000000"]) == "InvalidSnapshotId.NotFound"
    assert build.snapshot(key) is not None


# --- Policies ---------------------------------------------------------------------------------------------


def policy(build, **params):
    rules = [{"Hour": [2], "DayOfWeek": [0, 1, 2, 3, 4, 5, 6]}]
    return build("cbs:CreateAutoSnapshotPolicy", **{"Policy": rules, **params})["AutoSnapshotPolicyId"]


def shown_policy(build, key):
    found = build("cbs:DescribeAutoSnapshotPolicies", AutoSnapshotPolicyIds=[key])["AutoSnapshotPolicySet"]
    return found[0] if found else None


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"Hour": [13]}, "2026-11-30 13:00:00"),
        ({"Hour": [12]}, "2026-12-01 12:00:00"),
        ({"Hour": [2, 20]}, "2026-11-30 20:00:00"),
        ({"Hour": [2], "DayOfWeek": [0]}, "2026-12-06 02:00:00"),
        ({"Hour": [2], "DayOfWeek": [1]}, "2026-12-07 02:00:00"),
        ({"Hour": [13], "DayOfWeek": [1]}, "2026-11-30 13:00:00"),
        ({"Hour": [0], "DayOfMonth": [31]}, "2026-12-31 00:00:00"),
        ({"Hour": [13], "IntervalDays": 5}, "2026-11-30 13:00:00"),
        ({"Hour": [2], "IntervalDays": 5}, "2026-12-05 02:00:00"),
    ],
)
def test_a_policy_acts_next_when_its_rule_says(build, rule, expected):
    assert china_time(NOON) == "2026-11-30 12:00:00"
    answer = build("cbs:CreateAutoSnapshotPolicy", Policy=[rule])
    assert answer["NextTriggerTime"] == expected
    assert shown_policy(build, answer["AutoSnapshotPolicyId"])["NextTriggerTime"] == expected
    assert next_trigger([rule, {"Hour": [12, 13]}], NOON, NOON) <= next_trigger([rule], NOON, NOON)


def test_a_dry_run_only_says_when(build):
    answer = build("cbs:CreateAutoSnapshotPolicy", Policy=[{"Hour": [13]}], DryRun=True)
    assert answer == {"AutoSnapshotPolicyId": "", "NextTriggerTime": "2026-11-30 13:00:00"}
    assert build("cbs:DescribeAutoSnapshotPolicies")["TotalCount"] == 0


def test_a_policy_makes_snapshots_at_its_hours_and_they_go_after_their_days(build):
    host = build.one(DataDisks=[{"DiskSize": 50}])
    disk = build.instance(host)["DataDisks"][0]["DiskId"]
    [free] = build.disks()
    key = policy(build, RetentionDays=3, AutoSnapshotPolicyName="nightly")
    build("cbs:BindAutoSnapshotPolicy", AutoSnapshotPolicyId=key, DiskIds=[disk, free])
    assert build.disk(disk)["AutoSnapshotPolicyIds"] == [key]
    of_disk = build("cbs:DescribeDiskAssociatedAutoSnapshotPolicy", DiskId=disk)
    assert [each["AutoSnapshotPolicyId"] for each in of_disk["AutoSnapshotPolicySet"]] == [key]
    assert of_disk["AutoSnapshotPolicySet"][0]["DiskIdSet"] == []
    build.later(14 * 3600)
    made = build("cbs:DescribeSnapshots")["SnapshotSet"]
    assert [(each["DiskId"], each["CreateTime"]) for each in made] == [(disk, "2026-12-01 02:00:00")]
    assert made[0]["AutoSnapshotPolicyId"] == key
    assert made[0]["DeadlineTime"] == "2026-12-04 02:00:00"
    assert shown_policy(build, key)["NextTriggerTime"] == "2026-12-02 02:00:00"
    build.later(2 * DAY)
    assert build("cbs:DescribeSnapshots")["TotalCount"] == 3
    assert build.disk(disk)["SnapshotCount"] == 3
    build.later(30 * DAY)
    assert build("cbs:DescribeSnapshots")["TotalCount"] == 3
    assert build.disk(disk)["SnapshotCount"] == 3


def test_years_pass_in_no_time(build):
    disk = build.instance(build.one(DataDisks=[{"DiskSize": 50}]))["DataDisks"][0]["DiskId"]
    key = policy(build, Policy=[{"Hour": list(range(24))}], RetentionDays=1)
    build("cbs:BindAutoSnapshotPolicy", AutoSnapshotPolicyId=key, DiskIds=[disk])
    build.later(10 * 365 * DAY)
    assert build.disk(disk)["SnapshotCount"] == 24
    forever = policy(build, Policy=[{"Hour": list(range(24))}], IsPermanent=True)
    build("cbs:BindAutoSnapshotPolicy", AutoSnapshotPolicyId=forever, DiskIds=[disk])
    build.later(365 * DAY)
    disks = build("cbs:DescribeDisks")["TotalCount"]
    assert build("cbs:DescribeSnapshots")["TotalCount"] == 64 + 64 * disks


def test_a_policy_that_is_not_active_makes_none(build):
    disk = build.instance(build.one(DataDisks=[{"DiskSize": 50}]))["DataDisks"][0]["DiskId"]
    key = policy(build, IsActivated=False)
    build("cbs:BindAutoSnapshotPolicy", AutoSnapshotPolicyId=key, DiskIds=[disk])
    build.later(3 * DAY)
    assert build("cbs:DescribeSnapshots")["TotalCount"] == 0
    build("cbs:ModifyAutoSnapshotPolicyAttribute", AutoSnapshotPolicyId=key, IsActivated=True)
    build.later(DAY)
    assert build("cbs:DescribeSnapshots")["TotalCount"] == 1
    build("cbs:ModifyAutoSnapshotPolicyAttribute", AutoSnapshotPolicyId=key, IsActivated=False)
    build.later(3 * DAY)
    assert build("cbs:DescribeSnapshots")["TotalCount"] == 1


def test_a_policy_changed_twice_acts_once(build):
    disk = build.instance(build.one(DataDisks=[{"DiskSize": 50}]))["DataDisks"][0]["DiskId"]
    key = policy(build)
    build("cbs:BindAutoSnapshotPolicy", AutoSnapshotPolicyId=key, DiskIds=[disk])
    for name in ("a", "b"):
        build("cbs:ModifyAutoSnapshotPolicyAttribute", AutoSnapshotPolicyId=key, AutoSnapshotPolicyName=name)
    build.later(DAY)
    assert build("cbs:DescribeSnapshots")["TotalCount"] == 1
    assert shown_policy(build, key)["AutoSnapshotPolicyName"] == "b"


def test_binding_is_undone_and_policies_go(build):
    host = build.one(DataDisks=[{"DiskSize": 50}])
    data = build.instance(host)["DataDisks"][0]["DiskId"]
    system = build.instance(host)["SystemDisk"]["DiskId"]
    key, other = policy(build), policy(build)
    build("cbs:BindAutoSnapshotPolicy", AutoSnapshotPolicyId=key, DiskIds=[data, system])
    build("cbs:BindAutoSnapshotPolicy", AutoSnapshotPolicyId=other, DiskIds=[data])
    again = code(build, "BindAutoSnapshotPolicy", AutoSnapshotPolicyId=key, DiskIds=[data])
    assert again == "InvalidDisk.AlreadyBound"
    build("cbs:UnbindAutoSnapshotPolicy", AutoSnapshotPolicyId=key, DiskIds=[data])
    assert build.disk(data)["AutoSnapshotPolicyIds"] == [other]
    assert shown_policy(build, key)["DiskIdSet"] == [system]
    build("cbs:UnbindAutoSnapshotPolicy", AutoSnapshotPolicyId=key, InstanceIds=[host])
    assert shown_policy(build, key)["DiskIdSet"] == []
    build("cbs:DeleteAutoSnapshotPolicies", AutoSnapshotPolicyIds=[key, other])
    assert build.disk(data)["AutoSnapshotPolicyIds"] == []
    assert code(build, "BindAutoSnapshotPolicy", AutoSnapshotPolicyId=key, DiskIds=[data]) == (
        "InvalidAutoSnapshotPolicyId.NotFound"
    )


def test_a_disk_that_goes_leaves_its_policies(build):
    [disk] = build.disks()
    key = policy(build)
    build("cbs:BindAutoSnapshotPolicy", AutoSnapshotPolicyId=key, DiskIds=[disk])
    build("cbs:TerminateDisks", DiskIds=[disk])
    assert shown_policy(build, key)["DiskIdSet"] == []


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"Policy": []}, "MissingParameter"),
        ({"Policy": [{"Hour": []}]}, "InvalidParameterValue"),
        ({"Policy": [{"Hour": [24]}]}, "InvalidParameterValue"),
        ({"Policy": [{"Hour": [1], "DayOfWeek": [7]}]}, "InvalidParameterValue"),
        ({"Policy": [{"Hour": [1], "DayOfMonth": [0]}]}, "InvalidParameterValue"),
        ({"Policy": [{"Hour": [1], "IntervalDays": 366}]}, "InvalidParameterValue"),
        ({"Policy": [{"Hour": [1], "IntervalDays": 2, "DayOfWeek": [1]}]}, "InvalidParameter"),
        ({"Policy": [{"Hour": [1]}], "IsPermanent": True, "RetentionDays": 3}, "InvalidParameter"),
        ({"Policy": [{"Hour": [1]}], "AutoSnapshotPolicyName": "x" * 61}, "InvalidParameterValue"),
    ],
)
def test_rules_that_mean_nothing_are_refused(build, params, expected):
    assert code(build, "CreateAutoSnapshotPolicy", **params) == expected
    assert len(build.world.read("cbs.autosnapshotpolicy", REGION)) == 0


def test_the_quota_of_policies_is_kept(build):
    for _ in range(30):
        policy(build)
    full = code(build, "CreateAutoSnapshotPolicy", Policy=[{"Hour": [1]}])
    assert full == "LimitExceeded.AutoSnapshotPolicyOutOfQuota"
