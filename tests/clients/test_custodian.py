"""Cloud Custodian (c7n, c7n-tencentcloud), unmodified, finds what the world holds.

Its hosts are hard-coded, so it comes through the proxy that the server's one port is as well.
"""

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.timeout(300)]
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


def value(key, wanted, **more):
    return {"type": "value", "key": key, "value": wanted, **more}


def ingress(**source):
    return {"type": "ingress", "Action": "ACCEPT", "AnyPortsExcept": [80, 443], **source}


SCANNED = {
    "open_security_group": (
        "security-group",
        [{"or": [ingress(Cidr={"value": "0.0.0.0/0"}), ingress(CidrV6={"value": "::/0"})]}],
    ),
    "unencrypted_disk": ("cbs", [value("Encrypt", False)]),
    "no_snapshot_policy": ("cbs", [value("AutoSnapshotPolicyIds", "empty")]),
    "password_login": (
        "cvm",
        [value("LoginSettings.KeyIds", "absent"), {"not": [value("OsName", ".*Windows.*", op="regex")]}],
    ),
    "pass_to_target": ("clb", [value("LoadBalancerPassToTarget", True)]),
    "public_database": ("mysql", [value("WanStatus", 1)]),
    "public_console": ("elasticsearch", [value("KibanaPublicAccess", "OPEN")]),
    "anonymous_registry": ("tcr", [value("EnableAnonymous", True)]),
    "over_broad_policy": ("cam-policy", [{"type": "has-allow-all"}]),
    "no_mfa": (
        "cam-user",
        [
            {"type": "credential", "key": "ConsoleLogin", "value": 1},
            {"type": "credential", "key": "login_mfa_active", "value": False},
        ],
    ),
    "old_access_key": (
        "cam-user",
        [
            {
                "type": "credential",
                "key": "access_keys.CreateTime",
                "value_type": "age",
                "op": "gt",
                "value": 90,
            },
            {"type": "credential", "key": "access_keys.Status", "value": "Active"},
        ],
    ),
}
"""By kind of risk, how Custodian is asked for it."""


def test_it_finds_the_risks_that_were_made_and_no_others(custodian, account):
    region = REGIONS[0]
    policies = [
        {"name": kind.replace("_", "-"), "resource": f"tencentcloud.{resource}", "filters": filters}
        | ({"query": [{"ReturnBindAutoSnapshotPolicy": True}]} if kind == "no_snapshot_policy" else {})
        for kind, (resource, filters) in SCANNED.items()
    ]
    run = custodian(account, region, policies)
    assert run.status == 0, run.said
    told = {one["kind"]: one["resources"] for one in account.estate()["risks"]}
    for kind, (resource, _) in SCANNED.items():
        table, key = LISTED[resource]
        true = [
            each["id"] for each in told[kind] if each["table"] == table and each["region"] in ("", region)
        ]
        if kind == "old_access_key":
            true = owners(account, told[kind])
        assert sorted(map(str, run.ids(kind.replace("_", "-"), key))) == sorted(true), kind
    assert sum(len(found) for found in run.found.values()) > 100


def owners(account, keys):
    """The sub-users whose keys these are, as text; root is none."""
    found = {account.world.read("cam.key").get(key["id"]).principal.uin for key in keys}
    return sorted(found - {account.uin})
