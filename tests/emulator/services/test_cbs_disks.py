"""Disks: bought, attached, changed, given back; what hosts show of them."""

import pytest

from .building import REGION, ZONE
from .reads import published

DAY = 86_400
PREPAID = {"DiskChargeType": "PREPAID", "DiskChargePrepaid": {"Period": 1}}


def attach(build, host, *disks, **params):
    build("cbs:AttachDisks", InstanceId=host, DiskIds=list(disks), **params)
    build.later()


def found(build, name, *values):
    filters = [{"Name": name, "Values": list(values)}]
    return {disk["DiskId"] for disk in build("cbs:DescribeDisks", Filters=filters)["DiskSet"]}


def test_disks_are_found_by_what_their_host_is_called_and_reached_at(build):
    [web] = build.run(InstanceName="web")
    [mail] = build.run(InstanceName="mail")
    build.disks()
    for host in (web, mail):
        shown = build.instance(host)
        own = found(build, "instance-id", host)
        assert len(own) == 1
        assert found(build, "instance-name", shown["InstanceName"]) == own
        assert found(build, "instance-ip-address", shown["PrivateIpAddresses"][0]) == own
    assert found(build, "instance-name", "web", "mail") == found(build, "instance-id", web, mail)
    assert found(build, "instance-name", "nobody") == found(build, "cluster-group-id", "any") == set()


def test_a_direction_alone_orders_disks_by_their_birth(build):
    [old], _, [young] = build.disks(), build.later(), build.disks()
    for way, ids in (("ASC", [old, young]), ("DESC", [young, old])):
        assert [disk["DiskId"] for disk in build("cbs:DescribeDisks", Order=way)["DiskSet"]] == ids


def at_host(build, host):
    return [disk["DiskId"] for disk in build.instance(host)["DataDisks"]]


def test_new_disks_are_free_and_as_asked_for(build):
    tags = [{"Key": "env", "Value": "test"}]
    ids = build.disks(DiskCount=2, DiskName="logs", DiskSize=100, Tags=tags, Encrypt="ENCRYPT")
    assert len(ids) == 2
    shown = build.disk(ids[1])
    assert (shown["DiskState"], shown["InstanceId"], shown["Portable"]) == ("UNATTACHED", "", True)
    assert (shown["DiskName"], shown["DiskSize"], shown["Tags"]) == ("logs", 100, tags)
    assert (shown["Encrypt"], shown["EncryptType"]) == (True, "ENCRYPT_V2")
    assert build.disk(build.disks()[0])["DiskName"] == "未命名"


def test_a_client_token_makes_disks_once(build):
    assert build.disks(ClientToken="again") == build.disks(ClientToken="again")
    assert build("cbs:DescribeDisks")["TotalCount"] == 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"Placement": {"Zone": "ap-shanghai-2"}}, "InvalidParameterValue"),
        ({"Placement": {"Zone": "ap-guangzhou-1"}}, "InvalidParameter.DiskConfigNotSupported"),
        ({"DiskType": "CLOUD_TSSD"}, "InvalidParameter.DiskConfigNotSupported"),
        ({"DiskType": "FLOPPY"}, "InvalidParameter.DiskConfigNotSupported"),
        ({"DiskSize": 9}, "InvalidParameterValue"),
        ({"DiskSize": 32_001}, "InvalidParameterValue"),
        ({"DiskType": "CLOUD_SSD", "DiskSize": 10}, "InvalidParameterValue"),
        ({"DiskCount": 0}, "InvalidParameterValue.LimitExceeded"),
        ({"DiskCount": 51}, "InvalidParameterValue.LimitExceeded"),
        ({"DiskChargeType": "PREPAID"}, "MissingParameter"),
        ({"DiskChargeType": "PREPAID", "DiskChargePrepaid": {"Period": 48}}, "InvalidParameterValue"),
        ({"DiskChargeType": "FREE"}, "InvalidParameterValue"),
        ({"DiskName": "盘" * 21}, "InvalidParameterValue"),
        ({"KmsKeyId": "kms-00000000"}, "MissingParameter"),
        ({"ThroughputPerformance": 100}, "InvalidParameterValue"),
        ({"BurstPerformance": True}, "InvalidParameterValue"),
        ({"SnapshotId": "snap-00000000"}, "InvalidSnapshotId.NotFound"),
        ({"ClientToken": "x" * 65}, "InvalidParameter.InvalidClientToken"),
        ({"Shareable": True}, "NotEmulated"),
    ],
)
def test_what_cannot_be_had_is_refused_and_nothing_is_made(build, wrong, code):
    asked = {"DiskType": "CLOUD_PREMIUM", "DiskChargeType": "POSTPAID_BY_HOUR", "DiskSize": 50}
    assert build.code("cbs:CreateDisks", **{"Placement": {"Zone": ZONE}, **asked, **wrong}) == code
    assert code in published("cbs") or code == "NotEmulated"
    assert build("cbs:DescribeDisks")["TotalCount"] == 0


def test_a_disk_comes_to_a_host_and_leaves_it(build):
    host, [disk] = build.one(), build.disks()
    build("cbs:AttachDisks", InstanceId=host, DiskIds=[disk], DeleteWithInstance=True)
    shown = build.disk(disk)
    assert (shown["DiskState"], shown["InstanceId"], shown["Attached"]) == ("ATTACHING", host, False)
    build.later()
    shown = build.disk(disk)
    assert (shown["DiskState"], shown["Attached"]) == ("ATTACHED", True)
    listed = build.instance(host)["DataDisks"]
    assert [(each["DiskId"], each["DeleteWithInstance"]) for each in listed] == [(disk, True)]
    build("cbs:DetachDisks", DiskIds=[disk], InstanceId=host)
    assert build.disk(disk)["DiskState"] == "DETACHING"
    build.later()
    shown = build.disk(disk)
    assert (shown["DiskState"], shown["InstanceId"], shown["LastAttachInsId"]) == ("UNATTACHED", "", host)
    assert at_host(build, host) == []


def test_a_disk_that_goes_with_its_host_goes_and_another_stays(build):
    host, [going, staying] = build.one(), build.disks(DiskCount=2)
    attach(build, host, going, DeleteWithInstance=True)
    attach(build, host, staying)
    build("cvm:TerminateInstances", InstanceIds=[host])
    build.later()
    assert build.disk(going) is None
    assert build.disk(staying)["DiskState"] == "UNATTACHED"


def test_a_host_that_ends_while_a_disk_leaves_it_leaves_nothing_behind(build):
    host, [disk] = build.one(), build.disks()
    attach(build, host, disk)
    build("cvm:TerminateInstances", InstanceIds=[host])
    build.later(19)
    build("cbs:DetachDisks", DiskIds=[disk])
    build.later(1)
    assert build.instance(host) is None
    assert (build.disk(disk)["DiskState"], build.disk(disk)["InstanceId"]) == ("UNATTACHED", "")
    build.later()
    assert build.disk(disk)["DiskState"] == "UNATTACHED"


def code(build, action, **params):
    found = build.code(f"cbs:{action}", **params)
    assert found in published("cbs")
    return found


def test_disks_come_to_where_they_fit_all_or_none(build):
    host, [disk, other] = build.one(), build.disks(DiskCount=2)
    system = build.instance(host)["SystemDisk"]["DiskId"]
    [far] = build.disks(Placement={"Zone": "ap-guangzhou-4"})
    ask = lambda *ids, to=host, **more: code(build, "AttachDisks", InstanceId=to, DiskIds=list(ids), **more)  # noqa: E731
    assert ask(disk, far) == "ResourceUnavailable.ZoneNotMatch"
    assert ask(disk, system) == "ResourceUnavailable.TypeError"
    assert ask(disk, "disk-00000000") == "InvalidDiskId.NotFound"
    assert ask(disk, "disk") == "InvalidParameterValue"
    assert ask(disk, to="ins-00000000") == "InvalidInstanceId.NotFound"
    assert ask(disk, AttachMode="XF") == "InvalidParameterValue"
    assert ask(*[f"disk-{number:08d}" for number in range(11)]) == "InvalidParameterValue.LimitExceeded"
    assert ask() == "MissingParameter"
    assert build.disk(disk)["DiskState"] == "UNATTACHED"
    attach(build, host, disk)
    assert ask(other, disk) == "ResourceUnavailable.Attached"
    [prepaid] = build.disks(**PREPAID)
    assert ask(prepaid, DeleteWithInstance=True) == "InvalidDisk.NotSupported"
    build("cvm:StopInstances", InstanceIds=[host])
    assert ask(other) == "InvalidInstance.NotSupported"


def test_a_host_has_twenty_disks_at_most(build):
    host = build.one(DataDisks=[{"DiskSize": 10}] * 15)
    many = build.disks(DiskCount=6)
    full = code(build, "AttachDisks", InstanceId=host, DiskIds=many)
    assert full == "LimitExceeded.InstanceAttachedDisk"
    attach(build, host, *many[:5])
    assert len(at_host(build, host)) == 20


def test_disks_leave_only_what_they_are_at(build):
    host, other, [disk, free] = build.one(), build.one(), build.disks(DiskCount=2)
    attach(build, host, disk)
    system = build.instance(host)["SystemDisk"]["DiskId"]
    assert code(build, "DetachDisks", DiskIds=[system]) == "InvalidDisk.NotPortable"
    assert code(build, "DetachDisks", DiskIds=[disk, free]) == "UnsupportedOperation.StateError"
    assert code(build, "DetachDisks", DiskIds=[disk], InstanceId=other) == "InvalidParameterValue"
    assert build.disk(disk)["DiskState"] == "ATTACHED"


def test_a_disk_grows_and_its_host_shows_it(build):
    host, [disk] = build.one(), build.disks(DiskSize=50)
    attach(build, host, disk)
    build("cbs:ResizeDisk", DiskId=disk, DiskSize=80)
    assert (build.disk(disk)["DiskState"], build.disk(disk)["DiskSize"]) == ("EXPANDING", 50)
    assert code(build, "ResizeDisk", DiskId=disk, DiskSize=90) == "InvalidDisk.Busy"
    build.later()
    assert (build.disk(disk)["DiskState"], build.disk(disk)["DiskSize"]) == ("ATTACHED", 80)
    assert build.instance(host)["DataDisks"][0]["DiskSize"] == 80
    assert code(build, "ResizeDisk", DiskId=disk, DiskSize=80) == "InvalidParameterValue"
    assert code(build, "ResizeDisk", DiskId=disk, DiskSize=32_001) == "InvalidParameterValue"
    system = build.instance(host)["SystemDisk"]["DiskId"]
    assert code(build, "ResizeDisk", DiskId=system, DiskSize=90) == "InvalidDisk.NotSupported"
    assert build.code("cbs:ResizeDisk", DiskSize=90) == "MissingParameter"


def test_attributes_change_for_all_or_none(build):
    host, [disk, prepaid] = build.one(), [*build.disks(), *build.disks(**PREPAID)]
    attach(build, host, disk)
    build("cbs:ModifyDiskAttributes", DiskIds=[disk], DiskName="logs", ProjectId=5, DeleteWithInstance=True)
    shown = build.disk(disk)
    assert (shown["DiskName"], shown["Placement"]["ProjectId"]) == ("logs", 5)
    assert build.instance(host)["DataDisks"][0]["DeleteWithInstance"] is True
    both = code(build, "ModifyDiskAttributes", DiskIds=[disk, prepaid], DeleteWithInstance=False)
    assert both == "InvalidDisk.NotSupported"
    assert build.disk(disk)["DeleteWithInstance"] is True
    system = build.instance(host)["SystemDisk"]["DiskId"]
    assert code(build, "ModifyDiskAttributes", DiskIds=[system], ProjectId=1) == "InvalidDisk.NotPortable"
    assert code(build, "ModifyDiskAttributes", DiskIds=[disk], Portable=False) == "InvalidDisk.NotSupported"
    assert code(build, "ModifyDiskAttributes", DiskIds=[disk]) == "MissingParameter"


def test_a_disk_becomes_one_of_another_type(build):
    host, [disk] = build.one(), build.disks()
    attach(build, host, disk)
    build("cbs:ModifyDiskAttributes", DiskIds=[disk], DiskType="CLOUD_SSD")
    shown = build.disk(disk)
    assert (shown["Migrating"], shown["MigratePercent"], shown["DiskType"]) == (True, 0, "CLOUD_PREMIUM")
    assert code(build, "DetachDisks", DiskIds=[disk]) == "UnsupportedOperation.StateError"
    build.later(600)
    shown = build.disk(disk)
    assert (shown["Migrating"], shown["MigratePercent"], shown["DiskType"]) == (False, 100, "CLOUD_SSD")
    assert build.instance(host)["DataDisks"][0]["DiskType"] == "CLOUD_SSD"


def test_hourly_disks_go_at_once_and_others_by_way_of_the_recycle_bin(build):
    [hourly], [prepaid], [kept] = build.disks(), build.disks(**PREPAID), build.disks(**PREPAID)
    build("cbs:TerminateDisks", DiskIds=[hourly, prepaid, kept])
    assert build.disk(hourly) is None
    assert build.disk(prepaid)["DiskState"] == "TORECYCLE"
    build("cbs:TerminateDisks", DiskIds=[prepaid])
    assert build.disk(prepaid) is None
    build("cbs:RenewDisk", DiskId=kept, DiskChargePrepaid={"Period": 1})
    assert build.disk(kept)["DiskState"] == "UNATTACHED"
    build.later(8 * DAY)
    assert build.disk(kept)["DiskState"] == "UNATTACHED"
    build("cbs:TerminateDisks", DiskIds=[kept])
    build.later(7 * DAY)
    assert build.disk(kept) is None


def test_a_disk_in_use_is_not_given_back(build):
    host, [disk, free] = build.one(), build.disks(DiskCount=2)
    attach(build, host, disk)
    assert code(build, "TerminateDisks", DiskIds=[free, disk]) == "ResourceUnavailable.NotSupported"
    assert build.disk(free) is not None


def test_what_is_paid_in_advance_is_renewed(build):
    [disk], [hourly] = build.disks(**PREPAID), build.disks()
    assert build.disk(disk)["DeadlineTime"] == "2026-12-30 12:00:00"
    build("cbs:RenewDisk", DiskId=disk, DiskChargePrepaid={"Period": 2})
    assert build.disk(disk)["DeadlineTime"] == "2027-02-28 12:00:00"
    aligned = {"Period": 1, "CurInstanceDeadline": "2027-06-15 12:00:00"}
    build("cbs:RenewDisk", DiskId=disk, DiskChargePrepaid=aligned)
    assert build.disk(disk)["DeadlineTime"] == "2027-07-15 12:00:00"
    build("cbs:ModifyDisksRenewFlag", DiskIds=[disk], RenewFlag="NOTIFY_AND_AUTO_RENEW")
    assert build.disk(disk)["RenewFlag"] == "NOTIFY_AND_AUTO_RENEW"
    wrong = code(build, "ModifyDisksRenewFlag", DiskIds=[hourly], RenewFlag="NOTIFY_AND_AUTO_RENEW")
    assert wrong == "InvalidDisk.NotSupported"
    assert (
        code(build, "RenewDisk", DiskId=hourly, DiskChargePrepaid={"Period": 1}) == "InvalidDisk.NotSupported"
    )


def test_what_is_sold_says_zones_types_and_sizes(build):
    ask = {"InquiryType": "INQUIRY_CBS_CONFIG", "Zones": [ZONE], "DiskChargeType": "POSTPAID_BY_HOUR"}
    sold = build("cbs:DescribeDiskConfigQuota", **ask, DiskUsage="DATA_DISK")["DiskConfigSet"]
    assert {each["DiskType"] for each in sold} >= {"CLOUD_PREMIUM", "CLOUD_SSD", "CLOUD_HSSD", "CLOUD_BSSD"}
    for each in sold:
        assert (each["Zone"], each["Available"]) == (ZONE, True)
        if each["DiskType"] != "CLOUD_TSSD":
            build.disks(DiskType=each["DiskType"], DiskSize=each["MinDiskSize"])
            build.disks(DiskType=each["DiskType"], DiskSize=each["MaxDiskSize"])
    closed = build("cbs:DescribeDiskConfigQuota", InquiryType="INQUIRY_CBS_CONFIG", Zones=["ap-guangzhou-1"])
    assert {each["Available"] for each in closed["DiskConfigSet"]} == {False}
    hosts = {"InquiryType": "INQUIRY_CVM_CONFIG", "CPU": 4, "Memory": 32, "DiskTypes": ["CLOUD_SSD"]}
    families = build("cbs:DescribeDiskConfigQuota", **hosts)["DiskConfigSet"]
    assert {each["InstanceFamily"] for each in families} == {"M5"}


def test_rows_of_the_estate_can_be_worked_on_too():
    from .building import Builder

    build = Builder("demo")
    free = build("cbs:DescribeDisks", Filters=[{"Name": "disk-state", "Values": ["UNATTACHED"]}])["DiskSet"][
        0
    ]
    zone = free["Placement"]["Zone"]
    host = build.one(Placement={"Zone": zone})
    attach(build, host, free["DiskId"])
    assert at_host(build, host) == [free["DiskId"]]
    assert len(build.world.read("cbs.disk", REGION)) > 100


def test_the_way_of_payment_can_be_changed_both_ways(build):
    [disk] = build.disks()
    build("cbs:ModifyDisksChargeType", DiskIds=[disk], DiskChargePrepaid={"Period": 1})
    assert (build.disk(disk)["DiskChargeType"], build.disk(disk)["DeadlineTime"]) == (
        "PREPAID",
        "2026-12-30 12:00:00",
    )
    again = code(build, "ModifyDisksChargeType", DiskIds=[disk], DiskChargePrepaid={"Period": 1})
    assert again == "InvalidDisk.NotSupported"
    assert code(build, "ModifyDisksChargeType", DiskIds=[disk]) == "MissingParameter"
    build("cbs:ModifyDisksChargeType", DiskIds=[disk], DiskChargePostpaid=True)
    assert build.disk(disk)["DeadlineTime"] == ""


def test_extra_performance_and_backup_points_are_of_large_fast_disks(build):
    [fast], [small] = build.disks(DiskType="CLOUD_HSSD", DiskSize=500), build.disks()
    build("cbs:ModifyDiskExtraPerformance", DiskId=fast, ThroughputPerformance=100)
    build("cbs:ModifyDiskBackupQuota", DiskId=fast, DiskBackupQuota=3)
    assert (build.disk(fast)["ThroughputPerformance"], build.disk(fast)["DiskBackupQuota"]) == (100, 3)
    refused = code(build, "ModifyDiskExtraPerformance", DiskId=small, ThroughputPerformance=100)
    assert refused == "InvalidDisk.NotSupported"
    assert code(build, "ModifyDiskBackupQuota", DiskId=fast, DiskBackupQuota=0) == "InvalidParameterValue"


def test_disks_of_hosts_are_counted(build):
    host = build.one(DataDisks=[{"DiskSize": 10}] * 3)
    detail = build("cbs:DescribeInstancesDiskNum", InstanceIds=[host])["AttachDetail"]
    assert detail == [{"InstanceId": host, "AttachedDiskCount": 3, "MaxAttachCount": 20}]
