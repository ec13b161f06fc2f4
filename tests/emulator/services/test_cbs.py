from .reads import Reader

CBS = Reader("cbs")
DISKS = CBS.rows("disk")
POLICIES = {row["AutoSnapshotPolicyId"]: row for row in CBS.rows("autosnapshotpolicy")}


def test_a_disk_names_the_snapshot_policies_it_is_bound_to():
    bound = [disk for disk in DISKS if disk["AutoSnapshotPolicyIds"]]
    assert bound
    for disk in bound:
        answer = CBS("DescribeDiskAssociatedAutoSnapshotPolicy", DiskId=disk["DiskId"])
        wanted = [POLICIES[policy] for policy in disk["AutoSnapshotPolicyIds"]]
        assert (answer["TotalCount"], answer["AutoSnapshotPolicySet"]) == (len(wanted), wanted)


def test_a_disk_without_snapshot_policies_shows_none():
    (bare, *_) = [disk for disk in DISKS if not disk["AutoSnapshotPolicyIds"]]
    answer = CBS("DescribeDiskAssociatedAutoSnapshotPolicy", DiskId=bare["DiskId"])
    assert (answer["TotalCount"], answer["AutoSnapshotPolicySet"]) == (0, [])


def test_a_disk_that_does_not_exist_is_refused():
    code = CBS.code("DescribeDiskAssociatedAutoSnapshotPolicy", DiskId="disk-none")
    assert code == "InvalidDiskId.NotFound"
