"""Images: made of instances and snapshots, copied, shared, deleted."""

import pytest

from emulator.world import accounts
from emulator.world.estate import estate

from .building import LINUX, REGION, ZONE

OTHER = "ap-shanghai"


def image(build, key, region=REGION):
    found = build("cvm:DescribeImages", ImageIds=[key], region=region)["ImageSet"]
    return found[0] if found else None


def made(build, name="golden", **params):
    """An image of a fresh instance, ready."""
    key = build("cvm:CreateImage", ImageName=name, InstanceId=build.one(), **params)["ImageId"]
    build.later(600)
    return key


def test_an_image_of_an_instance_is_made_of_its_disks_and_can_be_run(build):
    source = build.one(DataDisks=[{"DiskSize": 50}, {"DiskSize": 60}], SystemDisk={"DiskSize": 70})
    shown = build.instance(source)
    data = shown["DataDisks"][1]["DiskId"]
    key = build("cvm:CreateImage", ImageName="golden", InstanceId=source, DataDiskIds=[data])["ImageId"]
    assert image(build, key)["ImageState"] == "CREATING"
    assert build.code("cvm:RunInstances", Placement={"Zone": ZONE}, ImageId=key) == (
        "InvalidParameterValue.InvalidImageState"
    )
    assert build.code("cvm:DeleteImages", ImageIds=[key]) == "InvalidImageId.IncorrectState"
    build.later(600)
    ready = image(build, key)
    assert (ready["ImageState"], ready["ImageType"], ready["ImageSize"]) == ("NORMAL", "PRIVATE_IMAGE", 70)
    assert ready["OsName"] == shown["OsName"]
    usages = [(each["DiskUsage"], each["DiskSize"]) for each in ready["SnapshotSet"]]
    assert usages == [("SYSTEM_DISK", 70), ("DATA_DISK", 60)]
    for each in ready["SnapshotSet"]:
        shot = build.snapshot(each["SnapshotId"])
        assert shot["Images"] == [{"ImageId": key, "ImageName": "golden"}]
        assert shot["SnapshotState"] == "NORMAL"
    assert build.disk(data)["SnapshotCount"] == 1
    copy = build.instance(build.one(ImageId=key))
    assert (copy["ImageId"], copy["OsName"], copy["SystemDisk"]["DiskSize"]) == (key, shown["OsName"], 70)


def test_an_instance_may_be_off_while_its_image_is_made(build):
    source = build.one()
    build("cvm:CreateImage", ImageName="golden", InstanceId=source, ForcePoweroff="true")
    assert build.state(source) == "STOPPED"
    build.later(600)
    assert build.state(source) == "RUNNING"


def test_an_image_of_snapshots_needs_exactly_one_of_a_system_disk(build):
    source = build.instance(build.one(DataDisks=[{"DiskSize": 50}]))
    system = build("cvm:DescribeInstances")["InstanceSet"][0]["SystemDisk"]["DiskId"]
    shots = [
        build("cbs:CreateSnapshot", DiskId=disk)["SnapshotId"]
        for disk in (system, source["DataDisks"][0]["DiskId"])
    ]
    asked = {"ImageName": "golden", "SnapshotIds": shots}
    assert build.code("cvm:CreateImage", **asked) == "ResourceUnavailable.SnapshotCreating"
    build.later()
    data_only = build.code("cvm:CreateImage", ImageName="golden", SnapshotIds=shots[1:])
    assert data_only == "InvalidParameter.SystemSnapshotNotFound"
    another = build("cbs:CreateSnapshot", DiskId=system)["SnapshotId"]
    build.later()
    two = build.code("cvm:CreateImage", ImageName="golden", SnapshotIds=[*shots, another])
    assert two == "InvalidParameter.DuplicateSystemSnapshots"
    key = build("cvm:CreateImage", **asked)["ImageId"]
    assert {each["SnapshotId"] for each in image(build, key)["SnapshotSet"]} == set(shots)
    assert build.snapshot(shots[0])["ImageCount"] == 1


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"ImageName": "a"}, "InvalidParameter.SpecifyOneParameter"),
        ({"ImageName": "a", "SnapshotIds": ["snap-00000000"]}, "InvalidParameter.SnapshotNotFound"),
        ({"ImageName": "a", "InstanceId": "ins-00000000"}, "InvalidInstanceId.NotFound"),
        ({"ImageName": "x" * 61}, "InvalidParameter.ValueTooLarge"),
        ({"ImageName": "CentOS 7.9 64bit"}, "InvalidImageName.Duplicate"),
        ({"ImageName": "a", "ImageDescription": "x" * 257}, "InvalidParameter.ValueTooLarge"),
    ],
)
def test_what_no_image_can_be_made_of_is_refused(build, params, code):
    assert build.code("cvm:CreateImage", **params) == code


def test_a_dry_run_makes_no_image(build):
    source = build.one()
    assert build("cvm:CreateImage", ImageName="a", InstanceId=source, DryRun=True) == {"ImageId": ""}
    assert build("cbs:DescribeSnapshots")["TotalCount"] == 0
    foreign = build.code("cvm:CreateImage", ImageName="a", InstanceId=source, DataDiskIds=["disk-00000000"])
    assert foreign == "InvalidParameter.DataDiskNotBelongSpecifiedInstance"


def test_attributes_of_one_s_own_images_change(build):
    key = made(build)
    build(
        "cvm:ModifyImageAttribute",
        ImageId=key,
        ImageName="silver",
        ImageDescription="second",
        ImageFamily="f",
    )
    shown = image(build, key)
    assert (shown["ImageName"], shown["ImageDescription"], shown["ImageFamily"]) == ("silver", "second", "f")
    assert build.code("cvm:ModifyImageAttribute", ImageId=LINUX, ImageName="a") == (
        "InvalidParameterValue.InvalidImageId"
    )
    assert build.code("cvm:ModifyImageAttribute", ImageId=key) == "MissingParameter.AtLeastOne"


def test_snapshots_go_with_their_image_only_if_asked_to(build):
    key = made(build)
    shot = image(build, key)["SnapshotSet"][0]["SnapshotId"]
    assert (
        build.code("cbs:DeleteSnapshots", SnapshotIds=[shot]) == "UnsupportedOperation.SnapshotHasBindedImage"
    )
    build("cvm:DeleteImages", ImageIds=[key], DryRun=True)
    assert image(build, key) is not None
    build("cvm:DeleteImages", ImageIds=[key])
    assert image(build, key) is None
    assert build.snapshot(shot)["Images"] == []
    other = made(build, "other")
    bound = image(build, other)["SnapshotSet"][0]["SnapshotId"]
    build("cvm:DeleteImages", ImageIds=[other], DeleteBindedSnap=True)
    assert build.snapshot(bound) is None
    assert build.code("cvm:DeleteImages", ImageIds=[LINUX]) == "InvalidParameterValue.InvalidImageId"


def test_deleting_a_snapshot_with_its_images_takes_both(build):
    key = made(build)
    shot = image(build, key)["SnapshotSet"][0]["SnapshotId"]
    build("cbs:DeleteSnapshots", SnapshotIds=[shot], DeleteBindImages=True)
    assert (image(build, key), build.snapshot(shot)) == (None, None)


def test_an_image_is_copied_to_other_regions_with_its_snapshots(build):
    key = made(build)
    asked = {"ImageIds": [key], "DestinationRegions": [OTHER, "ap-beijing"], "ImageSetRequired": True}
    copies = {each["Region"]: each["ImageId"] for each in build("cvm:SyncImages", **asked)["ImageSet"]}
    assert set(copies) == {OTHER, "ap-beijing"}
    there = image(build, copies[OTHER], OTHER)
    assert (there["ImageState"], there["ImageName"]) == ("SYNCING", "golden")
    build.later(3600)
    there = image(build, copies[OTHER], OTHER)
    assert there["ImageState"] == "NORMAL"
    shot = there["SnapshotSet"][0]["SnapshotId"]
    found = build("cbs:DescribeSnapshots", SnapshotIds=[shot], region=OTHER)["SnapshotSet"][0]
    assert (found["CopyFromRemote"], found["SnapshotState"]) == (True, "NORMAL")
    assert (
        build.code("cvm:SyncImages", ImageIds=[key], DestinationRegions=[OTHER])
        == "InvalidImageName.Duplicate"
    )
    for region, code in ((REGION, "Unavailable"), ("ap-nowhere", "NotFound")):
        refused = build.code("cvm:SyncImages", ImageIds=[key], DestinationRegions=[region])
        assert refused == f"InvalidRegion.{code}"
    two = build.code("cvm:SyncImages", ImageIds=[key, key], DestinationRegions=[OTHER])
    assert two == "InvalidParameterValue.LimitExceeded"


def test_an_image_is_shared_with_another_account_of_the_server(build):
    cloud = build.direct.gateway.cloud
    other = cloud.open(uin="100000000999", estate=estate("empty"))
    key = accounts.add_key(cloud, other, accounts.root(other))
    other.clock.set(build.world.clock.now())
    mine = made(build)
    share = {"ImageId": mine, "AccountIds": [other.uin]}
    build("cvm:ModifyImageSharePermission", **share, Permission="SHARE")
    listed = build("cvm:DescribeImageSharePermission", ImageId=mine)["SharePermissionSet"]
    assert [each["AccountId"] for each in listed] == [other.uin]
    other.clock.set(build.world.clock.now())
    seen = build("cvm:DescribeImages", key=key, ImageIds=[mine])["ImageSet"][0]
    assert seen["ImageType"] == "SHARED_IMAGE"
    assert build("cvm:RunInstances", key=key, Placement={"Zone": ZONE}, ImageId=mine)["InstanceIdSet"]
    assert build.code("cvm:DeleteImages", ImageIds=[mine]) == "InvalidImageId.InShared"
    assert build.code("cvm:ModifyImageAttribute", ImageId=mine, ImageName="b") == "InvalidImageId.InShared"
    build("cvm:ModifyImageSharePermission", **share, Permission="CANCEL")
    assert build("cvm:DescribeImages", key=key, ImageIds=[mine])["ImageSet"] == []
    build("cvm:DeleteImages", ImageIds=[mine])


def test_an_image_is_shared_with_accounts_that_exist_only(build):
    mine = made(build)
    share = {"ImageId": mine, "Permission": "SHARE"}
    own = build.code("cvm:ModifyImageSharePermission", **share, AccountIds=[build.world.uin])
    assert own == "InvalidAccountIs.YourSelf"
    nobody = build.code("cvm:ModifyImageSharePermission", **share, AccountIds=["100000000998"])
    assert nobody == "InvalidAccountId.NotFound"


def test_the_quota_is_kept(build):
    from emulator.world.shelves import Row

    key = made(build)
    quota = build("cvm:DescribeImageQuota")["ImageNumQuota"]
    shelf = build.world.write("cvm.image", REGION)
    for number in range(quota - 1):
        shelf.put(
            f"img-{number:08d}",
            Row({**shelf.get(key).value, "ImageId": f"img-{number:08d}", "ImageName": str(number)}),
        )
    full = build.code("cvm:CreateImage", ImageName="one more", InstanceId=build.one())
    assert full == "ImageQuotaLimitExceeded"
