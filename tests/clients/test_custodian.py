"""Cloud Custodian (c7n, c7n-tencentcloud), unmodified, finds what the world holds.

Its hosts are hard-coded, so it comes through the proxy that the server's one port is as well.
"""

import pytest

LISTED = {
    "cvm": ("cvm.instance", "InstanceId"),
    "ami": ("cvm.image", "ImageId"),
    "cbs": ("cbs.disk", "DiskId"),
    "cbs-snapshot": ("cbs.snapshot", "SnapshotId"),
    "clb": ("clb.loadbalancer", "LoadBalancerId"),
    "mysql": ("cdb.instance", "InstanceId"),
    "vpc": ("vpc.vpc", "VpcId"),
    "subnet": ("vpc.subnet", "SubnetId"),
    "security-group": ("vpc.securitygroup", "SecurityGroupId"),
    "eip": ("vpc.address", "AddressId"),
    "elasticsearch": ("es.instance", "InstanceId"),
    "tcr": ("tcr.registry", "RegistryId"),
    "cam-user": ("cam.user", "Uin"),
    "cam-policy": ("cam.policy", "PolicyId"),
}
"""Custodian's name of a resource, the table that holds it, and the member that identifies it."""
REGIONS = ["ap-guangzhou", "ap-shanghai", "ap-singapore"]
LISTING = [{"name": name, "resource": f"tencentcloud.{name}"} for name in LISTED]


@pytest.fixture
def account(server):
    fresh = server.new_account(world="demo")
    yield fresh
    fresh.close()


def held(account, name, region):
    table, key = LISTED[name]
    rows = account.world.read(table, "" if table.startswith("cam.") else region)
    # It asks for private images only.
    return sorted(row.value[key] for row in rows if row.value.get("ImageType") != "PUBLIC_IMAGE")


def everything(account, region):
    return {name: held(account, name, region) for name in LISTED}


def found(run):
    return {name: run.ids(name, key) for name, (_, key) in LISTED.items()}


@pytest.mark.parametrize("region", REGIONS)
def test_it_lists_of_every_kind_what_a_region_holds(custodian, account, region):
    run = custodian(account, region, LISTING)
    assert run.status == 0, run.said
    assert found(run) == everything(account, region)
    assert len(found(run)["cvm"]) > 20  # more than a page


def test_it_works_with_exactly_the_permissions_of_what_it_called(custodian, account):
    region = "ap-singapore"
    custodian(account, region, LISTING)
    user = account.add_user("custodian", policies=account.policy_from_calls())
    run = custodian(user, region, LISTING)
    assert run.status == 0, run.said
    assert found(run) == everything(account, region)
    assert account.calls(user="custodian", outcome="denied") == []


def test_a_denied_listing_fails_its_own_policy_and_no_other(custodian, account):
    user = account.add_user("custodian", policies="ReadOnlyAccess")
    account.deny("cbs:DescribeDisks")
    kinds = ["cbs", "vpc"]
    run = custodian(user, REGIONS[2], [policy for policy in LISTING if policy["name"] in kinds])
    assert run.status != 0
    assert "UnauthorizedOperation" in run.said
    assert run.ids("vpc", "VpcId") == held(account, "vpc", REGIONS[2])
    assert not run.found.get("cbs")


def test_its_tags_are_the_resources_own_and_it_finds_by_them(custodian, account):
    region = REGIONS[2]
    tag = {"type": "tag", "key": "seen-by", "value": "custodian"}
    for kind in ("vpc", "cvm"):
        policy = {"name": kind, "resource": f"tencentcloud.{kind}", "actions": [tag]}
        assert custodian(account, region, [policy]).status == 0
        table, key = LISTED[kind]
        bearing = [
            row.value[key]
            for row in account.world.read(table, region)
            if {"Key": "seen-by", "Value": "custodian"} in row.value["Tags" if kind == "cvm" else "TagSet"]
        ]
        assert sorted(bearing) == held(account, kind, region)
    tagged = {"name": "tagged", "resource": "tencentcloud.vpc", "filters": [{"tag:seen-by": "custodian"}]}
    run = custodian(account, region, [tagged])
    assert run.ids("tagged", "VpcId") == held(account, "vpc", region)
