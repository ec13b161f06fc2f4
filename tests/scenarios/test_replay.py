import json
from pathlib import Path

import pytest

from emulator import Emulator
from emulator.errors import BadInput, EmulatorError
from scenarios import repros, story
from scenarios.replay import Here, There, ask, main, play, staged, take
from scenarios.story import read
from scenarios.tape import record

REPROS = sorted(Path(repros.__file__).parent.glob("*.*ml")) + sorted(
    Path(repros.__file__).parent.glob("*.json")
)


@pytest.fixture(scope="module")
def server():
    with Emulator() as running:
        yield running


def test_there_are_repros():
    assert REPROS


@pytest.mark.parametrize("path", REPROS, ids=lambda path: path.name)
def test_every_repro_ends_as_told(path, capsys):
    assert main([str(path)]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("path", REPROS, ids=lambda path: path.name)
def test_a_server_tells_the_same_story_as_the_gateway_alone(path, server):
    told = story.load(path)
    far = [(one.got, one.decision) for one in play(told, There(server.endpoint))]
    assert far == [(one.got, one.decision) for one in play(told, Here())]


def test_a_replay_leaves_no_account_behind(server):
    before = ask(There(server.endpoint), "GET", "accounts")
    list(play(story.load(REPROS[0]), There(server.endpoint)))
    assert ask(There(server.endpoint), "GET", "accounts") == before


def write(folder, **document):
    path = folder / "story.json"
    path.write_text(json.dumps({"title": "t", "steps": [], **document}))
    return str(path)


def test_a_call_that_ends_otherwise_is_shown_and_fails(tmp_path, capsys):
    step = {"call": "cvm:DescribeZones", "region": "ap-guangzhou", "expect": "UnauthorizedOperation"}
    assert main([write(tmp_path, steps=[step])]) == 1
    assert "expected UnauthorizedOperation" in capsys.readouterr().out


def test_a_call_that_is_decided_otherwise_fails(tmp_path):
    step = {"call": "cvm:DescribeZones", "region": "ap-guangzhou", "expect": "ok", "decision": "allowed"}
    assert main([write(tmp_path, steps=[step])]) == 1


def test_all_that_is_wrong_with_a_story_is_told_at_once():
    with pytest.raises(BadInput) as caught:
        read(
            {
                "title": "",
                "world": {"estate": "huge", "users": [{"nam": "x"}]},
                "steps": [{"call": "x"}, {"deny": {}, "call": "a:b"}, {"lift": "all"}, {"advanse": 1}],
            }
        )
    wrong = {violation.path for violation in caught.value.violations}
    assert wrong == {
        "title",
        "world.estate",
        "world.users[0].name",
        "world.users[0].nam",
        "steps[0].call",
        "steps[0].expect",
        "steps[1]",
        "steps[2].lift",
        "steps[3]",
    }


def test_what_the_cloud_refuses_of_a_story_is_told_and_fails(tmp_path, capsys):
    assert main([write(tmp_path, steps=[{"deny": {"action": "cvm:Descrybe*"}}])]) == 2
    assert "Descrybe" in capsys.readouterr().err


def test_a_file_that_is_none_is_told(tmp_path, capsys):
    assert main([str(tmp_path / "none.toml")]) == 2
    assert "none.toml" in capsys.readouterr().err


@pytest.mark.parametrize("path", REPROS, ids=lambda path: path.name)
def test_what_a_tape_records_ends_the_same_when_it_is_played(path):
    calls = [step for step in story.load(path).steps if not isinstance(step, story.Lift)]
    told = story.load(path)
    with staged(told, Here()) as stage:
        outcomes = [take(stage, step) for step in calls]
        taped = record(stage, title="again", estate=told.estate)
    replayed = list(play(read(taped), Here()))
    assert all(one.is_as_told for one in replayed)
    heard = [(one.step.action, one.got) for one in replayed if isinstance(one.step, story.Call)]
    made = [(one.step.action, one.got) for one in outcomes if isinstance(one.step, story.Call)]
    assert heard == [each for each in made if each[1] != "AuthFailure.SecretIdNotFound"]


def test_a_tape_holds_no_secret():
    told = read(
        {
            "title": "t",
            "steps": [
                {
                    "call": "cam:AddUser",
                    "params": {"Name": "bob", "ConsoleLogin": 1, "UseApi": 1, "Password": "Pw00000000ab!"},
                    "expect": "ok",
                }
            ],
        }
    )
    with staged(told, Here()) as stage:
        assert take(stage, told.steps[0]).is_as_told
        taped = json.dumps(record(stage, title="t"))
        secret = stage.keys["root"].secret_key
    assert "Pw00000000ab!" not in taped
    assert "******" in taped
    assert secret not in taped


def test_a_tape_says_so_when_a_rule_that_struck_is_gone():
    told = story.load(Path(repros.__file__).with_name("region_denied.toml"))
    with staged(told, Here()) as stage:
        for step in told.steps:
            take(stage, step)
        with pytest.raises(EmulatorError, match="lifted"):
            record(stage, title="t")
