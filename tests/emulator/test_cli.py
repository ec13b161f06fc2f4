"""The command line: a server as a process, and commands that talk to it."""

import json
import os
import re
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from emulator import Emulator, __version__
from emulator.cli.parser import run
from emulator.cli.talking import ask
from emulator.faults.fault import Fault

ROOT = Path(__file__).parents[2]


def start(*options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-W", "error", "-m", "emulator", "serve", *options]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    )


def finish(process, number=signal.SIGTERM):
    process.send_signal(number)
    output, errors = process.communicate(timeout=30)
    return process.returncode, output, errors


@pytest.fixture
def tcemu(account, capsys):
    """A command on the account; its exit status, output and errors."""

    def tcemu(command, *arguments):
        status = run([command, *arguments, "--endpoint", account.endpoint, "--account", account.uin])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return tcemu


# --- serve -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_says_one_line_of_json_and_stops_cleanly(number):
    process = start("--json", "--world", "demo")
    said = json.loads(process.stdout.readline())
    try:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", said["endpoint"])
        (account,) = said["accounts"]
        assert account.keys() == {"Uin", "AppId", "SecretId", "SecretKey", "users"}
        assert ask(said["endpoint"], "GET", "health", {})["status"] == "ok"
    finally:
        code, rest, errors = finish(process, number)
    assert (code, rest, errors) == (0, "", "")


def test_a_state_is_taken_up_by_the_next_server_and_refused_to_a_second(tmp_path):
    options = ("--json", "--world", "demo", "--state", str(tmp_path / "state.db"))
    process = start(*options)
    first = json.loads(process.stdout.readline())
    try:
        user = ask(first["endpoint"], "POST", "users", {}, {"Name": "ann"})
        assert ask(first["endpoint"], "GET", "health", {})["state"] == str(tmp_path / "state.db")
        second = start(*options)
        _, errors = second.communicate(timeout=30)
        assert second.returncode == 1
        assert "another server keeps its state here" in errors
        assert "Traceback" not in errors
    finally:
        assert finish(process)[0] == 0
    process = start(*options)
    again = json.loads(process.stdout.readline())
    finish(process)
    (before,), (after,) = first["accounts"], again["accounts"]
    assert after == {**before, "users": [user]}


def test_the_same_seed_makes_the_same_keys():
    said = []
    for _ in range(2):
        process = start("--json", "--seed", "7")
        said.append(json.loads(process.stdout.readline())["accounts"])
        finish(process)
    assert said[0] == said[1]


def test_the_banner_holds_a_snippet_that_runs():
    process = start()
    try:
        lines = [process.stdout.readline()]
        while "Ctrl-C" not in lines[-1]:
            lines.append(process.stdout.readline())
        banner = "".join(lines)
        snippet = banner[banner.index("  from tencentcloud") : banner.index("  # or")]
        snippet = snippet.replace("\n  ", "\n").strip()
        done = subprocess.run([sys.executable, "-c", snippet], capture_output=True, text=True, check=True)
        assert "'TotalCount': 0" in done.stdout
    finally:
        code, _, errors = finish(process)
    assert (code, errors) == (0, "stopped\n")


def test_a_world_file_is_served(tmp_path):
    path = tmp_path / "world.toml"
    path.write_text('[[accounts]]\nuin = "100000000001"\n[[accounts.users]]\nname = "auditor"\n')
    process = start("--json", "--world", str(path))
    (account,) = json.loads(process.stdout.readline())["accounts"]
    finish(process)
    assert account["Uin"] == "100000000001"
    assert account["users"][0].keys() == {"Uin", "Name", "SecretId", "SecretKey"}


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["serve", "--world", "mars"], 1, "--world: expected empty, demo, large or a TOML file"),
        (["serve", "--world", "missing.toml"], 1, "missing.toml"),
        (["contract", "show", "cvm:DescribeInstancez"], 1, "DescribeInstances"),
        (["reset", "--endpoint", "http://127.0.0.1:1"], 1, "no emulator answers at http://127.0.0.1:1"),
        (["reset", "--endpoint", "https://x"], 1, "expected http://host:port"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(arguments, status, said, capsys):
    assert run(arguments) == status
    errors = capsys.readouterr().err
    assert said in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [[], ["dance"], ["serve", "--port", "x"], ["serve", "--colour"], ["calls"], ["contract"]]
)
def test_what_is_not_understood_exits_with_2(arguments, capsys, monkeypatch):
    monkeypatch.delenv("TCEMU_ENDPOINT", raising=False)
    with pytest.raises(SystemExit) as caught:
        run(arguments)
    assert caught.value.code == 2
    assert "usage: tcemu" in capsys.readouterr().err


def left_behind(words, tell):
    """What a program of its own prints of itself after a command."""
    code = (
        f"import os, sys; from emulator.cli.parser import run\ntry: run({words!r})\nexcept SystemExit: pass\n"
    )
    code += f"print({tell}, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "unneeded"),
    [
        (["--help"], {"aiohttp", "asyncio", "orjson", "http.client", "emulator.policy.decide"}),
        (["denials", "--endpoint", "http://127.0.0.1:1"], {"aiohttp", "asyncio", "emulator.faults.denials"}),
        (
            ["policy", "lint", "AdministratorAccess"],
            {"aiohttp", "asyncio", "http.client", "emulator.gateway.gateway"},
        ),
    ],
)
def test_a_command_loads_no_server(words, unneeded):
    assert all(map(find_spec, unneeded))
    assert left_behind(words, f"sorted({unneeded!r} & {{*sys.modules}})") == "[]"


@pytest.mark.parametrize("before", [None, "/of/the/user.pem"])
def test_a_server_reads_no_certificate_authorities_and_leaves_the_environment_as_it_was(before, monkeypatch):
    if before is None:
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    else:
        monkeypatch.setenv("SSL_CERT_FILE", before)
    context = "sys.modules['aiohttp.connector']._SSL_CONTEXT_VERIFIED"
    tell = f"{context}.cert_store_stats()['x509_ca'], os.environ.get('SSL_CERT_FILE')"
    assert left_behind(["serve", "--world", "no such world"], tell) == f"0 {before}"


def test_the_version_is_said(capsys):
    with pytest.raises(SystemExit) as caught:
        run(["--version"])
    assert (caught.value.code, capsys.readouterr().out) == (0, f"tcemu {__version__}\n")


def test_an_action_is_shown_as_a_tree(capsys):
    assert run(["contract", "show", "cvm:DescribeInstances"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("cvm:DescribeInstances 2017-03-12\nrequest\n")
    assert "InstanceSet" in shown


# --- talking to a server ---------------------------------------------------------------------------------


def call(account, action="DescribeInstances", user=None):
    client = account.client("cvm", "2017-03-12", "ap-guangzhou", user=user)
    try:
        return client.call_json(action, {})["Response"]
    except TencentCloudSDKException as error:
        return {"Code": error.get_code(), "RequestId": error.get_request_id()}


def test_the_environment_may_say_the_endpoint(account, capsys, monkeypatch):
    monkeypatch.setenv("TCEMU_ENDPOINT", account.endpoint)
    assert run(["clock", "--account", account.uin]) == 0
    assert "is_frozen false" in capsys.readouterr().out


def test_calls_are_listed_and_explained(tcemu, account):
    account.add_user("eve")
    denied = call(account, user="eve")["RequestId"]
    _, listed, _ = tcemu("calls", "--outcome", "denied")
    assert listed.split() == [denied, "cvm:DescribeInstances", "ap-guangzhou", "eve", "UnauthorizedOperation"]
    _, why, _ = tcemu("why", denied)
    assert "DENIED cvm:DescribeInstances (implicit deny)" in why
    least = f'"resource": ["qcs::cvm:gz:uin/{account.uin}:instance/*"]'
    assert least in why


def test_an_unknown_request_is_not_explained(tcemu):
    status, _, errors = tcemu("why", "no/such id")
    assert status == 1
    assert "no call with the RequestId 'no/such id'" in errors


def test_a_denial_is_made_listed_and_taken_back(tcemu):
    assert tcemu("deny", "cvm:Describe*", "region=ap-guangzhou", "times=2")[0] == 0
    (denial,) = json.loads(tcemu("denials", "--json")[1])["denials"]
    assert (denial["action"], denial["region"], denial["times"]) == ("cvm:Describe*", "ap-guangzhou", 2)
    assert tcemu("denials", "--remove", denial["id"]) == (0, "denials\n  none\n", "")


def test_a_fault_strikes(tcemu, account):
    tcemu("fault", "throttle", "action=cvm:*", "times=1")
    assert call(account)["Code"] == "RequestLimitExceeded"
    assert call(account)["TotalCount"] == 0
    assert "fault-1" in tcemu("fired")[1]


def test_a_fault_of_lists_is_spelt_alike_in_every_place(tcemu, account, tmp_path):
    shift = {"by": 2, "from_page": 3, "moves_total": True, "action": "cvm:DescribeInstances"}
    tcemu("fault", "shifted_page", *(f"{name}={json.dumps(value)}" for name, value in shift.items()))
    account.fault("shifted_page", **shift)
    account.fault(Fault.shifted_page(**shift))
    ask(account.endpoint, "POST", "faults", {"account": account.uin}, {"effect": "shifted_page", **shift})
    file = tmp_path / "world.toml"
    lines = [f"{name} = {json.dumps(value)}" for name, value in shift.items()]
    file.write_text("\n".join(["[[accounts]]", "[[faults]]", 'effect = "shifted_page"', *lines]))
    planned = [Emulator(file).app.control.rules("fault"), json.loads(tcemu("faults", "--json")[1])]
    specs = [{name: one[name] for name in ("effect", *shift)} for rules in planned for one in rules["faults"]]
    assert specs == [{"effect": "shifted_page", **shift}] * 5


def test_coverage_is_printed_whole_or_of_one_service(account, capsys):
    assert run(["coverage", "--endpoint", account.endpoint]) == 0
    told = capsys.readouterr().out
    assert "16204 published actions\n  modelled " in told
    assert "driven by CommonClient, SDK, async SDK, connector, tccli" in told
    assert run(["coverage", "cbs", "--endpoint", account.endpoint]) == 0
    told = capsys.readouterr().out
    assert told.startswith("cbs 2017-03-12\n")
    assert "cbs:DescribeDisks: " in told
    assert "cvm:" not in told


def test_a_stub_answers(tcemu, account):
    tcemu("stub", "cvm:RunInstances", '{"InstanceIdSet": ["ins-1"]}')
    assert call(account, "RunInstances")["InstanceIdSet"] == ["ins-1"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["deny", "cvm:*", "colour=red"], "colour"),
        (["deny", "cvm:*", "times"], "NAME=VALUE"),
        (["fault", "explode"], "explode"),
        (["fault", "shifted_page", "action=cvm:DescribeRegions"], "lists page by page"),
        (["stub", "cvm:DescribeRegions", "{}", "Nope=1"], "Nope"),
    ],
)
def test_what_the_server_refuses_is_said(tcemu, arguments, said):
    status, _, errors = tcemu(*arguments)
    assert status == 1
    assert said in errors


def test_the_clock_is_stopped_moved_and_let_go(tcemu):
    assert json.loads(tcemu("clock", "--now", "1700000000", "--json")[1])["now"] == 1_700_000_000
    assert json.loads(tcemu("clock", "--advance", "60", "--json")[1])["now"] == 1_700_000_060
    assert json.loads(tcemu("clock", "--real", "--json")[1])["is_frozen"] is False


def test_state_is_remembered_gone_back_to_and_reset(tcemu, account):
    assert tcemu("snapshot", "before")[0] == 0
    account.put_rows("cvm.instance", "ap-guangzhou", {"InstanceId": "ins-00000001"})
    assert "ins-00000001" in tcemu("rows", "cvm.instance", "--region", "ap-guangzhou")[1]
    assert tcemu("restore", "before")[0] == 0
    assert "total 0" in tcemu("rows", "cvm.instance", "--region", "ap-guangzhou")[1]
    assert tcemu("reset") == (0, "back to the beginning\n", "")


def test_users_are_added_with_policies(tcemu):
    made = json.loads(tcemu("user", "eve", "--policy", "AdministratorAccess", "--json")[1])
    assert made.keys() == {"Uin", "Name", "SecretId", "SecretKey"}


def test_an_account_is_opened_on_a_running_server(server, capsys):
    assert run(["account", "--world", "demo", "--json", "--endpoint", server.endpoint]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["users"] == []
    server.app.control.close_account(made["Uin"])
