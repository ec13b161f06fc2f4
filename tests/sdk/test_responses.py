"""Addresses are kept out by the command line, through the official SDK, over a real socket."""

import json

import pytest

from connector import Connector
from emulator import Emulator

BAD = "45.83.64.7"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    path = tmp_path_factory.mktemp("world") / "world.toml"
    path.write_text('[estate]\nhosts = { "ap-guangzhou" = 1 }\n\n[settings]\nunpublished_actions = true\n')
    with Emulator(path) as running:
        yield running


@pytest.fixture
def run(cloud, tmp_path, monkeypatch, tcconnector):
    url = f"sqlite:///{tmp_path}/c.db"
    monkeypatch.setenv("TCCONNECTOR_DATABASE", url)
    monkeypatch.setenv("TCCONNECTOR_CALLS_PER_SECOND", "10000")
    monkeypatch.setenv("COLUMNS", "200")
    with Connector(url, cloud.endpoint, environment={}) as connector:
        user = cloud.add_user(f"soc-{tmp_path.name}"[-30:], policies=[connector.policy(["soc"])])
        connector.onboard(name="acme", secret_id=user.secret_id, secret_key=user.secret_key, features=["soc"])
    return lambda *args: tcconnector(*args, "--endpoint", cloud.endpoint)


def addresses(cloud):
    return {
        (row.value["Domain"], row.value["Item"]["Ip"])
        for row in cloud.account.world.read("waf.ipaccess")
        if row.value["Item"]["Note"].startswith("tcconnector:")
    }


def test_an_address_is_kept_out_shown_and_let_in_again(cloud, run, tcconnector):
    domain = next(iter(cloud.account.world.read("waf.domain"))).value["Domain"]
    result = run("block", "acme", BAD, "--domain", domain, "--for", "7d", "--because", "scans [us]")
    assert result.exit_code == 0, result.output
    assert "blocked" in result.output
    assert addresses(cloud) == {(domain, BAD)}
    shown = tcconnector("blocks", "acme").output
    assert "scans [us]" in shown
    (kept,) = json.loads(tcconnector("blocks", "--json").stdout)
    assert (kept["address"], kept["state"], kept["place"]) == (BAD, "BLOCKED", domain)
    result = run("unblock", "acme", kept["id"], "--json")
    assert json.loads(result.stdout)[0]["word"] == "let in"
    assert addresses(cloud) == set()


def test_the_border_is_seen_only_where_the_gateway_serves_what_is_not_published(cloud, run):
    result = run("block", "acme", BAD, "--border")
    assert (result.exit_code, "for good" in result.output) == (1, True)
    result = run("block", "acme", BAD, "--border", "--for-good")
    assert result.exit_code == 0, result.output
    result = run("unblock", "acme", BAD)
    assert (result.exit_code, "in the console" in result.output) == (3, True)
    cloud.account.configure(unpublished_actions=False)
    result = run("block", "acme", "45.83.64.9", "--border", "--for-good")
    assert (result.exit_code, "InvalidAction" in result.output) == (3, True)
    cloud.account.configure(unpublished_actions=True)


@pytest.mark.parametrize("duration", ["1", "h", "-1h", "1.5h", "1y", "٣h"])
def test_a_duration_that_is_none_is_a_usage_error(run, duration):
    assert run("block", "acme", BAD, "--everywhere", f"--for={duration}").exit_code == 2


def test_what_is_denied_is_told_with_what_to_grant(cloud, run):
    cloud.deny("waf:UpsertIpAccessControl")
    result = run("block", "acme", BAD, "--everywhere")
    assert (result.exit_code, "waf:UpsertIpAccessControl" in result.output) == (3, True)
    cloud.app.control.account(cloud.account.uin).plan.clear()
    assert addresses(cloud) == set()
