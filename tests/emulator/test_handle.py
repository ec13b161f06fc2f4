"""The handle a test holds, and the fixtures made of it."""

import asyncio
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException

from emulator import Denial, Emulator, Fault
from emulator.errors import BadInput, EmulatorError, NotFound
from scenarios.direct import sign

REGION = "ap-guangzhou"
ALLOW_ALL = {"version": "2.0", "statement": [{"effect": "allow", "action": "*", "resource": "*"}]}


def describe(emulator, user=None):
    client = emulator.client("cvm", "2017-03-12", REGION, user=user)
    return client.call_json("DescribeInstances", {})["Response"]


def code_of(call, *args, **kwargs):
    with pytest.raises(TencentCloudSDKException) as caught:
        call(*args, **kwargs)
    return caught.value.get_code()


def test_an_official_client_is_at_hand(emulator):
    assert describe(emulator)["TotalCount"] == 0


def test_a_world_is_chosen_by_name(server):
    with Emulator("demo", on=server) as emulator:
        assert describe(emulator)["TotalCount"] == 160


def test_a_world_that_does_not_exist_is_refused(server):
    with pytest.raises(BadInput, match="demo"):
        Emulator("dem", on=server)


def test_a_user_has_the_policies_it_was_given(emulator):
    emulator.add_user("all", policies=ALLOW_ALL)
    emulator.add_user("none")
    assert describe(emulator, user="all")["TotalCount"] == 0
    assert code_of(describe, emulator, user="none") == "UnauthorizedOperation"


def test_a_policy_that_is_not_valid_is_refused_with_its_path(emulator):
    with pytest.raises(BadInput) as caught:
        emulator.add_user("u", policies=[{"version": "2.0", "statement": [{"effect": "maybe"}]}])
    assert caught.value.violations[0].path.startswith("Policies[0].statement")


def test_a_denial_is_explained_and_taken_back(emulator):
    emulator.add_user("u", policies=ALLOW_ALL)
    rule = emulator.deny("cvm:Describe*", user="u")
    assert code_of(describe, emulator, user="u") == "UnauthorizedOperation"
    (call,) = emulator.calls(outcome="denied")
    assert rule in emulator.why(call.request_id)["Decision"]["sentence"]
    emulator.allow(rule)
    assert describe(emulator, user="u")["TotalCount"] == 0


def test_denials_and_faults_may_be_values(emulator):
    emulator.deny(Denial.of(action="cvm:*"))
    emulator.fault(Fault.throttle(action="cvm:*", times=1))
    assert code_of(describe, emulator) == "RequestLimitExceeded"
    assert describe(emulator)["TotalCount"] == 0


def test_a_stub_answers_until_it_is_taken_back(emulator):
    client = emulator.client("cvm", "2017-03-12", REGION)
    stub = emulator.stub("cvm:DescribeInstanceVncUrl", {"InstanceVncUrl": "wss://here"})
    asked = {"InstanceId": "ins-00000001"}
    assert client.call_json("DescribeInstanceVncUrl", asked)["Response"]["InstanceVncUrl"] == "wss://here"
    emulator.allow(stub)
    assert code_of(client.call_json, "DescribeInstanceVncUrl", asked) == "NotEmulated"


def test_taking_back_what_is_not_there_is_an_error(emulator):
    with pytest.raises(NotFound):
        emulator.allow("denial-9")


def test_rows_are_put_snapshots_taken_and_all_is_reset(emulator):
    emulator.put_rows("cvm.instance", REGION, {"InstanceId": "ins-00000001"})
    emulator.snapshot("one")
    emulator.put_rows("cvm.instance", REGION, {"InstanceId": "ins-00000002"})
    assert describe(emulator)["TotalCount"] == 2
    emulator.restore("one")
    assert describe(emulator)["TotalCount"] == 1
    emulator.reset()
    assert describe(emulator)["TotalCount"] == 0


def test_a_clock_that_is_moved_puts_no_client_out(emulator):
    emulator.clock.advance(30 * 86400)
    assert describe(emulator)["TotalCount"] == 0
    emulator.clock.set(0)
    assert describe(emulator)["TotalCount"] == 0


def test_accounts_on_one_server_never_meet(emulator):
    other = emulator.new_account()
    other.deny("cvm:*")
    other.put_rows("cvm.instance", REGION, {"InstanceId": "ins-00000001"})
    assert describe(emulator)["TotalCount"] == 0
    assert [call.action for call in emulator.calls()] == ["DescribeInstances"]
    assert other.calls() == []
    other.close()


def test_answers_come_without_a_socket_too():
    emulator = Emulator()
    key = emulator.world.read("cam.key").get(emulator.account.secret_id)
    envelope = sign("sts", "2018-08-13", "GetCallerIdentity", {}, key=key, at=emulator.clock.now())
    assert emulator.account.uin.encode() in emulator.answer(envelope).body
    with pytest.raises(EmulatorError, match="does not serve"):
        _ = emulator.endpoint


def test_it_serves_beside_a_running_event_loop():
    async def story():
        async with Emulator() as emulator:
            return await asyncio.to_thread(describe, emulator)

    assert asyncio.run(story())["TotalCount"] == 0


def test_it_can_be_started_again():
    emulator = Emulator()
    for _ in range(2):
        with emulator:
            assert describe(emulator)["TotalCount"] == 0


def test_a_taken_port_is_an_error_and_no_hang(server):
    port = int(server.endpoint.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"), Emulator(port=port):
        pass


def test_secrets_are_in_no_repr(emulator):
    user = emulator.add_user("u")
    shown = repr([emulator, emulator.account, user, emulator.account.users])
    assert user.secret_key not in shown
    assert emulator.account.secret_key not in shown


def test_importing_the_package_imports_nothing_heavy():
    probe = "import sys, emulator, emulator.pytest_plugin; print({'aiohttp', 'orjson'} & {*sys.modules})"
    found = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"


# --- World files ---------------------------------------------------------------------------------------

WORLD = """
[[accounts]]
uin = "100000000001"
keys = [{ secret_id = "AKIDroot0000", secret_key = "root-secret" }]

[[accounts.users]]
name = "auditor"
policies = [{ name = "regions", document = { version = "2.0", statement = [
  { effect = "allow", action = ["cvm:Describe*"], resource = "*" }] } }]
keys = [{ secret_id = "AKIDauditor0", secret_key = "auditor-secret" }]

[[rows."cvm.instance"]]
region = "ap-guangzhou"
InstanceId = "ins-00000001"

[[denials]]
action = "cvm:DescribeImages"

[[faults]]
effect = "throttle"
action = "cvm:DescribeZones"
"""


@pytest.fixture
def world_file(tmp_path):
    path = tmp_path / "world.toml"
    path.write_text(WORLD)
    return path


def test_a_world_file_opens_its_accounts_with_their_keys_and_rows(world_file):
    with Emulator(world_file) as emulator:
        assert (emulator.account.uin, emulator.account.secret_id) == ("100000000001", "AKIDroot0000")
        found = describe(emulator, user="auditor")
        assert [one["InstanceId"] for one in found["InstanceSet"]] == ["ins-00000001"]


def test_a_world_files_rules_are_back_after_a_reset(world_file):
    with Emulator(world_file) as emulator:
        emulator.reset()
        client = emulator.client("cvm", "2017-03-12", REGION, user="auditor")
        assert code_of(client.call_json, "DescribeImages", {}) == "UnauthorizedOperation"
        assert code_of(client.call_json, "DescribeZones", {}) == "RequestLimitExceeded"
        assert describe(emulator)["TotalCount"] == 1


def test_coverage_is_the_same_as_over_http(emulator):
    told = emulator.coverage("sts")
    assert told["evidence"]["sts:GetCallerIdentity"]["clients"]
    assert told.items() <= {**emulator.app.control.coverage("sts")}.items()


def test_nothing_reads_the_evidence_before_it_is_asked_for():
    code = "import sys, emulator.__main__, emulator.handle as h; h.Emulator('demo').account.calls();"
    code += "print('emulator.admin.evidence' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


def test_a_world_file_may_show_its_own_beginning_for_ever(world_file):
    world_file.write_text(f'{WORLD}\n[[faults]]\neffect = "stale_page"\naction = "cvm:DescribeInstances"\n')
    with Emulator(world_file) as emulator:
        for _ in range(2):
            emulator.put_rows("cvm.instance", REGION, {"InstanceId": "ins-00000002"})
            assert len(emulator.world.read("cvm.instance", REGION)) == 2
            assert describe(emulator)["TotalCount"] == 1
            emulator.reset()


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ('[[rows."cvm.instance"]]\nregion = "ap-guangzhou"\nInstanceId = "i"\nColour = 1', "Colour"),
        ('[[rows."cvm.nothing"]]\nregion = "ap-guangzhou"', "cvm.nothing"),
        ('[[denials]]\naction = "cvm:NoSuch"', "denials[1].action"),
        ('[[stubs]]\nAction = "cvm:NoSuch"\nResponse = {}', "stubs[0].Action"),
    ],
)
def test_what_is_wrong_in_a_world_file_is_refused_with_its_path(world_file, line, path):
    world_file.write_text(f"{WORLD}\n{line}\n")
    with pytest.raises(BadInput) as caught:
        Emulator(world_file)
    assert any(path in violation.path for violation in caught.value.violations)


def test_a_world_file_that_is_refused_leaves_nothing_open(world_file, server):
    world_file.write_text(f'{WORLD}\n[[denials]]\naction = "cvm:NoSuch"\n')
    with pytest.raises(BadInput):
        Emulator(world_file, on=server)
    world_file.write_text(WORLD)
    with Emulator(world_file, on=server) as emulator:
        assert emulator.account.uin == "100000000001"


# --- Fixtures ------------------------------------------------------------------------------------------


def run_tests(folder: Path, source: str) -> str:
    (folder / "test_story.py").write_text(textwrap.dedent(source))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
    command += ["-p", "no:tencentcloud-emulator", "-p", "emulator.pytest_plugin", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)
    return done.stdout


def test_each_test_gets_an_account_of_its_own(tmp_path):
    source = """
        import pytest
        seen = set()

        @pytest.mark.parametrize("n", [1, 2])
        def test_fresh(emulator, tencent_account, n):
            assert tencent_account is emulator.account
            assert tencent_account.uin not in seen
            seen.add(tencent_account.uin)
            client = emulator.client("cvm", "2017-03-12", "ap-guangzhou")
            assert client.call_json("DescribeInstances", {})["Response"]["TotalCount"] == 0
            emulator.put_rows("cvm.instance", "ap-guangzhou", {"InstanceId": "ins-00000001"})

        @pytest.mark.tencent_world("demo")
        def test_world(emulator):
            client = emulator.client("cvm", "2017-03-12", "ap-guangzhou")
            assert client.call_json("DescribeInstances", {})["Response"]["TotalCount"] == 160
    """
    assert "3 passed" in run_tests(tmp_path, source)


def test_a_failed_test_shows_why_its_calls_were_denied(tmp_path):
    source = """
        def test_denied(emulator):
            user = emulator.add_user("eve")
            emulator.client("cvm", "2017-03-12", "ap-guangzhou", user=user).call_json("DescribeInstances", {})
    """
    output = run_tests(tmp_path, source)
    assert "1 failed" in output
    assert "denied: cvm:DescribeInstances" in output
    assert "no statement allows it" in output


def test_a_passing_test_shows_nothing(tmp_path):
    source = """
        import pytest

        def test_denied(emulator):
            user = emulator.add_user("eve")
            client = emulator.client("cvm", "2017-03-12", "ap-guangzhou", user=user)
            with pytest.raises(Exception):
                client.call_json("DescribeInstances", {})
    """
    assert "denied:" not in run_tests(tmp_path, source)
