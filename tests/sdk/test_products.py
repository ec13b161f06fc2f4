"""Cloud products through the official SDK and the command line, over a real socket."""

import json
import shutil

import pytest

from connector import Connector
from connector.clouds.tencent.patience import Patience
from emulator import Emulator
from scenarios.oracles.products import existing

WORLD = """
[estate]
hosts = { "ap-guangzhou" = 6, "ap-shanghai" = 3 }

[settings]
unpublished_actions = true
"""
FEATURES = ["host", "cspm", "soc"]
REGIONS = ("ap-guangzhou", "ap-shanghai")
IMPATIENT = Patience(retries=2, base_seconds=0.001, cap_seconds=0.002)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    path = tmp_path_factory.mktemp("world") / "world.toml"
    path.write_text(WORLD)
    with Emulator(path) as running:
        yield running


def calm(cloud):
    """Let all be well again."""
    cloud.app.control.account(cloud.account.uin).plan.clear()


def opened(cloud, folder):
    return Connector(
        f"sqlite:///{folder}/c.db",
        cloud.endpoint,
        patience=IMPATIENT,
        calls_per_second=10_000,
        environment={},
    )


@pytest.fixture(scope="module")
def settled(cloud, tmp_path_factory):
    """A store with the account in it, onboarded and synchronised while all was well."""
    folder = tmp_path_factory.mktemp("settled")
    with opened(cloud, folder) as connector:
        user = cloud.add_user("auditor", policies=[connector.policy(FEATURES)])
        connector.onboard(
            name="acme",
            secret_id=user.secret_id,
            secret_key=user.secret_key,
            regions=REGIONS,
            features=FEATURES,
        )
        assert connector.sync("acme").complete
    return folder


@pytest.fixture
def synced(cloud, settled, tmp_path):
    shutil.copytree(settled, tmp_path, dirs_exist_ok=True)
    with opened(cloud, tmp_path) as connector:
        yield connector
    calm(cloud)


@pytest.fixture
def run(tmp_path, monkeypatch, tcconnector):
    monkeypatch.setenv("TCCONNECTOR_DATABASE", f"sqlite:///{tmp_path}/c.db")
    monkeypatch.setenv("TCCONNECTOR_CALLS_PER_SECOND", "10000")
    monkeypatch.setenv("COLUMNS", "220")
    return tcconnector


def asked(run, *args):
    result = run(*args, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def held(connector):
    kinds = {kind for kind, _ in connector.counts("acme")} - {"region"}
    return {
        (kind, one.region, one.native_id) for kind in kinds for one in connector.assets(kind, account="acme")
    }


def test_what_is_held_is_what_exists(cloud, synced):
    synced.sync("acme")
    assert held(synced) == existing(cloud.account.world, REGIONS)


def test_a_lost_product_loses_nothing_and_its_request_id_explains_it(cloud, synced):
    synced.sync("acme")  # another test may have added a user
    before = held(synced)
    cloud.deny("cdb:DescribeAccounts", region="ap-shanghai")
    report = synced.sync("acme")
    first = next(result for result in report.results if not result.ok)
    assert (first.kind, first.region, first.outcome) == ("cdb_account", "ap-shanghai", "Denied")
    assert cloud.account.why(first.why.request_id)["Decision"]["kind"] == "explicit deny"
    assert held(synced) == before


def test_a_host_is_shown_with_what_is_known_of_it_and_its_ties(synced):
    host = synced.assets("host", region="ap-guangzhou")[0]
    shown = synced.show(host.native_id)
    assert shown == synced.show(host.id)
    by_action = {proof.action: proof for proof in shown.proofs}
    assert by_action["cvm:DescribeInstances"].request_id == host.request_id != ""
    assert by_action["cwp:DescribeAssetMachineDetail"].outcome in ("VALUE", "ABSENT")
    kinds = {tie.kind for tie in shown.ties}
    assert {"in_subnet", "on_disk", "uses_sg", "attached_to"} <= kinds
    subnet = next(tie for tie in shown.ties if tie.kind == "in_subnet")
    assert (subnet.state, subnet.other_key) == ("LIVE", host.raw["VirtualPrivateCloud"]["SubnetId"])


def test_products_have_the_fields_of_security_centers_list(synced):
    for kind, number, word in (("cdb", 3, "RDS"), ("clb", 1, "SLB"), ("redis", 5, "KVSTORE")):
        one = synced.assets(kind)[0]
        assert (one.fields["AssetType"], one.fields["AssetTypeName"]) == (number, word)
        assert one.fields["Vendor"] == 3
        assert one.fields["InstanceId"] == one.native_id
        assert one.fields["CreatedTime"] > 1_500_000_000_000
        assert one.fields["VpcInstanceId"].startswith("vpc-")


# --- The command line -------------------------------------------------------------------------------------


def test_every_new_command_speaks_json(run, synced):
    assert asked(run, "sync", "acme", "--features", "cspm")[0]["missing"] == []
    counted = {(one["type"], one["region"]): one["number"] for one in asked(run, "assets")}
    assert counted == synced.counts("acme")
    found = asked(run, "assets", "--type", "cdb", "--region", "ap-shanghai")
    assert {one["region"] for one in found} == {"ap-shanghai"}
    shown = asked(run, "assets", "show", found[0]["native_id"])
    assert shown["asset"]["id"] == found[0]["id"]
    assert "cdb:DescribeBackupConfig" in {proof["action"] for proof in shown["proofs"]}
    assert asked(run, "why", found[0]["native_id"])["readings"][0]["outcome"] == "Complete"
    assert asked(run, "estimate", "acme")["total"] > 50
    assert len(asked(run, "policy", "--features", "host,cspm")["statement"]) == 15


def test_people_are_shown_products_side_by_side(run, synced):
    result = run("sync", "acme")
    assert result.exit_code == 0, result.output
    for word in ("everywhere", "ap-guangzhou", "ap-shanghai", "security_group", "cdb_account", "whole"):
        assert word in result.output
    for args in (("assets",), ("assets", "--type", "cdb"), ("estimate", "acme"), ("check-key", "acme")):
        result = run(*args)
        assert result.exit_code == 0, result.output
        assert "cdb" in result.output or "57 tried" in result.output


def test_what_is_denied_is_named_together_with_one_policy_to_paste(cloud, run, synced):
    cloud.deny("cdb:DescribeBackupConfig")
    cloud.deny("cam:GetUser")
    result = run("sync", "acme")
    assert result.exit_code == 3
    assert "cdb.backup" in result.output
    assert '"cam:GetUser"' in result.output
    assert '"cdb:DescribeBackupConfig"' in result.output
    (report,) = json.loads(run("sync", "acme", "--json").stdout)
    assert sorted(report["missing"]) == ["cam:GetUser", "cdb:DescribeBackupConfig"]
    assert [one["action"] for one in report["policy"]["statement"]] == [
        ["cam:GetUser"],
        ["cdb:DescribeBackupConfig"],
    ]


def test_why_tells_a_host_that_may_not_be_looked_at_from_one_that_is_gone(cloud, run, synced):
    host = synced.assets("host", region="ap-shanghai")[0].native_id
    cloud.deny("cvm:DescribeInstances", region="ap-shanghai")
    synced.sync("acme")
    told = run("why", host).output
    assert "held for existing" in told
    assert "Denied" in told
    calm(cloud)
    shelf = cloud.account.world.write("cvm.instance", "ap-shanghai")
    row = shelf.get(host)
    shelf.remove(host)
    try:
        synced.sync("acme")
        assert "did not show it; if the next" in run("why", host).output
        synced.sync("acme")
        assert "Two complete readings" in run("why", host).output
        assert "GONE" in run("assets", "show", host).output
    finally:  # the cloud is shared
        cloud.account.world.write("cvm.instance", "ap-shanghai").put(host, row)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["why", "ins-nothing"], "was ever seen"),
        (["assets", "show", "ins-nothing"], "was ever seen"),
        (["assets", "--type", "spaceship"], "spaceship"),
        (["sync", "acme", "--features", "ciem"], "audit logs"),
        (["assets", "--account", "nobody"], "nobody"),
    ],
)
def test_what_is_not_there_is_said_in_words(run, synced, args, told):
    result = run(*args)
    assert result.exit_code == 1
    assert told in result.output


@pytest.mark.parametrize(
    "args",
    [["assets", "--region", "ap-guangzhou"], ["assets", "--gone"], ["assets", "--type", "cdb", "hosts"]],
)
def test_an_option_that_would_do_nothing_is_refused(run, args):
    assert run(*args).exit_code == 2


def test_a_feature_that_the_account_has_not_is_refused(run, cloud, tmp_path):
    with opened(cloud, tmp_path) as connector:
        user = cloud.add_user("reader", policies=[connector.policy()])
        connector.onboard(name="acme", secret_id=user.secret_id, secret_key=user.secret_key, regions=REGIONS)
    result = run("sync", "acme", "--features", "cspm")
    assert result.exit_code == 1
    assert "onboarded for host" in result.output


def test_a_quota_that_is_no_number_is_refused(run, monkeypatch):
    monkeypatch.setenv("TCCONNECTOR_CALLS_PER_SECOND", "fast")
    result = run("accounts")
    assert result.exit_code == 1
    assert "TCCONNECTOR_CALLS_PER_SECOND" in result.output
