"""What the README shows works as it is shown."""

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_python_example_runs(capsys):
    program = next(block for block in blocks("python") if "with Emulator" in block)
    exec(compile(program, "README.md", "exec"), {})
    shown = capsys.readouterr().out.split("\n")
    assert int(shown[0]) > 0


def test_the_world_file_loads(tmp_path):
    from emulator import Emulator

    file = tmp_path / "world.toml"
    file.write_text(blocks("toml")[0], "utf-8")
    cloud = Emulator(file)
    assert cloud.account.uin == "100000000001"
    assert cloud.world.read("cvm.instance", "ap-guangzhou").get("ins-00000001") is not None
    assert "ops" in cloud.account.users


def test_the_pytest_example_runs(pytester, monkeypatch):
    example = next(block for block in blocks("python") if "def test_my_tool" in block)
    pytester.makepyfile(example)
    # An installed distribution brings its plugin; sources on a path alone have to name it.
    is_installed = entry_points(group="pytest11", name="tencentcloud-emulator")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    plugin = () if is_installed else ("-p", "emulator.pytest_plugin")
    pytester.runpytest_subprocess("-q", *plugin).assert_outcomes(passed=1)


@pytest.mark.parametrize("command", sorted(set(re.findall(r"[`$] ?tcemu ([a-z]+)", README))))
def test_every_command_it_names_exists(command):
    from emulator.cli.parser import parser

    assert command in parser().format_help()
