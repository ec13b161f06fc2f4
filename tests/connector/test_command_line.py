"""The command line, through the official SDK over a socket, against the dumb cloud."""

import json
import logging
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from connector.cli import deeds
from connector.errors import CloudError

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")


class Door(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, cloud):
        super().__init__(("127.0.0.1", 0), Answer)
        self.cloud = cloud


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        params = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        secret_id, _, service, _ = self.headers["Authorization"].split("Credential=")[1].split("/")
        action, region = self.headers["X-TC-Action"], self.headers.get("X-TC-Region", "")
        body = json.dumps(
            {"Response": self.answer(secret_id, f"{service}:{action}", params, region)}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self, secret_id, action, params, region):
        if secret_id not in self.server.cloud.keys:
            error = {"Code": "AuthFailure.SecretIdNotFound", "Message": "The SecretId is not found"}
            return {"Error": error, "RequestId": "req-key"}
        try:
            call = SimpleNamespace(secret_id=secret_id, action=action, params=params, region=region)
            return self.server.cloud.answer(call)
        except CloudError as error:
            return {"Error": {"Code": error.code, "Message": error.message}, "RequestId": error.request_id}

    def log_message(self, *args):
        pass


@pytest.fixture
def endpoint(cloud, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Door(cloud)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def run(tmp_path, monkeypatch, tcconnector):
    monkeypatch.setenv("TCCONNECTOR_DATABASE", f"sqlite:///{tmp_path}/c.db")
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TCCONNECTOR_MASTER_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tcconnector


@pytest.fixture
def onboard(run, key, endpoint, monkeypatch):
    def go(*args):
        with monkeypatch.context() as patch:
            patch.setenv("TENCENTCLOUD_SECRET_ID", key["secret_id"])
            patch.setenv("TENCENTCLOUD_SECRET_KEY", key["secret_key"])
            return run("onboard", "--name", "prod", "--endpoint", endpoint, *args)

    return go


def test_the_straight_road(run, onboard, key):
    result = onboard()
    assert result.exit_code == 0, result.output
    assert "permissions" in result.output
    assert "c.db" in result.output
    result = run("sync")
    assert result.exit_code == 0, result.output
    assert "5 assets, every region read whole" in result.output
    assert "ins-00000100" in run("assets", "hosts", "prod").output
    assert run("check-key").exit_code == 0
    assert "ACTIVE" in run("accounts").output


def test_every_command_speaks_json(run, onboard):
    account = json.loads(onboard("--json").stdout)["account"]
    assert (account["name"], account["standing"]) == ("prod", "ACTIVE")
    assert json.loads(run("sync", "prod", "--json").stdout)[0]["complete"] is True
    assert json.loads(run("check-key", "--json").stdout)[0]["verdict"] == "valid"
    assert [one["name"] for one in json.loads(run("accounts", "--json").stdout)] == ["prod"]
    assert len(json.loads(run("assets", "hosts", "--json").stdout)) == 5
    assert json.loads(run("policy").stdout)["version"] == "2.0"


def test_a_denied_region_exits_with_3_and_says_what_to_grant(run, onboard, cloud):
    onboard()
    cloud.deny("cvm:DescribeInstances", "ap-shanghai")
    result = run("sync")
    assert result.exit_code == 3
    assert "Denied" in result.output
    assert "QcloudCVMReadOnlyAccess" in result.output
    assert "RequestId req-" in result.output


def test_a_key_that_is_not_valid_exits_with_3(run, onboard, cloud):
    onboard()
    cloud.keys.clear()
    result = run("check-key", "prod")
    assert result.exit_code == 3
    assert "disabled or deleted" in result.output


def test_a_refusal_exits_with_1_and_stores_nothing(run, onboard, cloud):
    cloud.deny("cvm:DescribeInstances")
    cloud.deny("cvm:DescribeRegions")
    result = onboard()
    assert result.exit_code == 1
    assert "nothing was stored" in result.output
    assert json.loads(run("accounts", "--json").stdout) == []


def test_a_refusal_speaks_json_too(onboard, cloud):
    cloud.keys.clear()
    result = onboard("--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["troubles"][0]["case"] == "F01"


def test_the_endpoint_given_at_onboarding_is_remembered(run, onboard, endpoint):
    onboard()
    assert json.loads(run("accounts", "--json").stdout)[0]["endpoint"] == endpoint


@pytest.mark.parametrize("how", ["options", "file"])
def test_a_key_is_taken_from_options_or_a_file(run, key, endpoint, tmp_path, how):
    path = tmp_path / "SecretKey.csv"
    path.write_text(f"SecretId,SecretKey\n{key['secret_id']},{key['secret_key']}\n")
    args = {
        "options": ["--secret-id", key["secret_id"], "--secret-key", key["secret_key"]],
        "file": ["--secret-file", str(path)],
    }[how]
    result = run("onboard", "--name", "prod", "--endpoint", endpoint, *args)
    assert result.exit_code == 0, result.output
    assert key["secret_key"] not in result.output


def test_a_missing_secret_is_asked_for_without_echo(monkeypatch, key):
    asked = []

    def getpass(prompt):
        asked.append(prompt)
        return key["secret_key"] if len(asked) > 1 else ""

    monkeypatch.delenv("TENCENTCLOUD_SECRET_KEY", raising=False)
    monkeypatch.setattr(deeds.sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(deeds, "getpass", getpass)
    found = deeds.ask_for_key(key["secret_id"], None, None)
    assert found.SecretKey.reveal() == key["secret_key"]
    assert asked == ["SecretKey: ", "SecretKey: "]  # nothing typed is no answer


def test_who_ends_the_input_instead_of_answering_is_told_how_else_to_give_a_key(monkeypatch, run, key):
    def getpass(prompt):
        raise EOFError

    monkeypatch.setattr(deeds.sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(deeds, "getpass", getpass)
    result = run("onboard", "--name", "prod", "--secret-id", key["secret_id"])
    assert result.exit_code == 2
    assert "no SecretKey" in result.stderr


def test_without_a_terminal_a_missing_secret_is_a_usage_error(run, key):
    result = run("onboard", "--name", "prod", "--secret-id", key["secret_id"])
    assert result.exit_code == 2
    assert "--secret-file" in result.output


def test_a_file_and_an_option_together_are_a_usage_error(run, tmp_path):
    result = run("onboard", "--name", "p", "--secret-id", "AKID", "--secret-file", str(tmp_path / "k"))
    assert result.exit_code == 2


def test_options_of_assets_are_heeded_on_either_side_of_what_follows_it(run, onboard):
    onboard()
    run("sync")
    for args in (["assets", "--limit", "1", "hosts"], ["assets", "hosts", "--limit", "1"]):
        assert [one["region"] for one in json.loads(run(*args, "--json").stdout)] == [
            "ap-guangzhou",
            "ap-shanghai",
        ]
    assert json.loads(run("assets", "--json", "hosts", "prod", "--region", "ap-shanghai").stdout)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["assets", "--limit", "1"], "--limit goes with --type"),
        (["assets", "--type", "cdb", "hosts"], "--type"),
        (["assets", "--region", "ap-shanghai", "show", "ins-1"], "--region"),
        (["assets", "--account", "prod", "show", "ins-1"], "--account"),
        (["assets", "hosts", "--limit", "0"], "whole number from 1"),
        (["accounts", "--data", "sqlite://"], "--data"),  # an option is named in full
        ([], "COMMAND"),
    ],
)
def test_what_would_not_be_heeded_or_is_not_understood_is_a_usage_error(run, args, told):
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr


def test_who_stops_reading_is_not_shown_a_traceback():
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        command = [sys.executable, "-m", "connector", "policy", "--features", "host,cspm"]
        done = subprocess.run(command, stdout=nobody, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize(
    "args",
    [
        ["sync", "nobody"],
        ["check-key", "nobody"],
        ["assets", "hosts", "nobody"],
        ["accounts", "--database", "nowhere"],
        ["accounts", "--database", "oracle-of-delphi://x"],
        ["policy", "--features", "ciem"],
    ],
)
def test_what_does_not_exist_is_an_error_in_words(run, args):
    result = run(*args)
    assert result.exit_code == 1
    assert "✗" in result.output or "error" in result.output
    assert "Traceback" not in result.output


def test_the_secret_is_in_no_log_and_no_output(run, onboard, key, cloud, caplog):
    caplog.set_level(logging.DEBUG)
    outputs = [
        onboard().output,
        run("sync").output,
        run("check-key").output,
        run("accounts", "--json").output,
    ]
    cloud.fail("InternalError.Odd", action="cvm:DescribeRegions", times=1)
    outputs.append(run("sync", "--json").output)
    assert "DescribeInstances" in caplog.text
    assert not any(key["secret_key"] in text for text in [*outputs, caplog.text])
