"""One vocabulary of settings for Python, HTTP, the command line and world files."""

import json

import pytest

from emulator import Emulator
from emulator.cli.parser import run
from emulator.errors import BadInput

NONE = {
    "rate_limits": False,
    "propagation_seconds": 0.0,
    "transition_pace": 1.0,
    "unpublished_actions": False,
}
ALL = {
    "rate_limits": True,
    "propagation_seconds": 60.0,
    "transition_pace": 0.5,
    "unpublished_actions": True,
}
TOML = "\n".join(f"{name} = {json.dumps(value)}" for name, value in ALL.items())


@pytest.fixture
def tcemu(emulator, capsys):
    def command(*arguments):
        status = run([*arguments, "--endpoint", emulator.endpoint, "--account", emulator.account.uin])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return command


@pytest.fixture
def world_file(tmp_path):
    def write(text):
        path = tmp_path / "world.toml"
        path.write_text(text)
        return path

    return write


def test_python_changes_them(emulator):
    assert emulator.settings == NONE
    emulator.configure(**ALL)
    assert emulator.settings == ALL


def test_python_refuses_what_is_no_setting(emulator):
    with pytest.raises(BadInput, match="did you mean rate_limits"):
        emulator.configure(rate_limit=True)


def test_the_command_line_changes_and_shows_them(tcemu):
    assert json.loads(tcemu("settings", "--json")[1]) == NONE
    tcemu("settings", *(f"{name}={json.dumps(value)}" for name, value in ALL.items()))
    assert json.loads(tcemu("settings", "--json")[1]) == ALL


def test_the_command_line_refuses_what_is_no_setting(tcemu):
    status, _, errors = tcemu("settings", "colour=red")
    assert status == 1
    assert "colour: is no field here" in errors


def test_one_accounts_settings_are_no_others(server, emulator):
    emulator.configure(**ALL)
    assert server.settings == NONE


def test_a_reset_takes_them_back(emulator):
    emulator.configure(**ALL)
    emulator.reset()
    assert emulator.settings == NONE


def test_a_world_file_sets_them_for_its_first_account(server, world_file):
    with Emulator(world_file(f"[settings]\n{TOML}\n[[accounts]]\n[[accounts]]\n"), on=server) as emulator:
        assert [account.settings for account in emulator.accounts] == [ALL, NONE]
        emulator.reset()
        assert emulator.settings == ALL


def test_a_world_file_sets_them_for_any_account(server, world_file):
    text = f"[[accounts]]\n[[accounts]]\n[accounts.settings]\n{TOML}\n"
    with Emulator(world_file(text), on=server) as emulator:
        assert [account.settings for account in emulator.accounts] == [NONE, ALL]


def test_a_world_file_without_accounts_may_have_settings(server, world_file):
    with Emulator(world_file(f"[settings]\n{TOML}\n"), on=server) as emulator:
        assert emulator.settings == ALL


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[settings]\ncolour = 1\n", "settings.colour"),
        ("[settings]\npropagation_seconds = -1\n", "settings.propagation_seconds"),
        ("settings = 1\n", "settings"),
        ("[[accounts]]\n[accounts.settings]\nrate_limits = 1\n", "accounts.0.settings.rate_limits"),
        ("[settings]\n[[accounts]]\n[accounts.settings]\n", "accounts.0.settings"),
    ],
)
def test_a_world_file_with_wrong_settings_is_refused_with_the_path(server, world_file, text, path):
    with pytest.raises(BadInput) as refused:
        Emulator(world_file(text), on=server)
    assert [each.path for each in refused.value.violations] == [path]
