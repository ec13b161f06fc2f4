import os
import subprocess
import sys
from pathlib import Path

import pytest

from scenarios import demo


@pytest.fixture
def stage(tmp_path):
    from rich.console import Console

    return demo.Stage(Console(file=sys.stdout), {}, tmp_path)


def test_a_step_that_ends_otherwise_stops_the_demo(stage):
    with pytest.raises(demo.Failed, match="ended with 2"):
        stage.run("tcemu nonsense")


def test_assets_that_are_lost_or_invented_stop_the_demo(stage):
    for before, now in (({"a", "b"}, {"a"}), ({"a"}, {"a", "b"}), (set(), set())):
        with pytest.raises(demo.Failed, match="lost"):
            demo.check_kept(before, now, stage)


def test_the_demo_needs_no_test_library():
    code = "import sys, scenarios.demo; sys.exit('hypothesis' in sys.modules or 'pytest' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_demo_that_fails_says_so_and_ends_with_1(monkeypatch, capsys):
    monkeypatch.setattr(demo, "PROGRAMS", {**demo.PROGRAMS, "tcconnector": "scenarios.no_such_program"})
    assert demo.main() == 1
    assert "the demo failed" in capsys.readouterr().out


@pytest.mark.soak
def test_the_demo_ends_well_in_plain_text_and_leaves_nothing_behind(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "scenarios.demo"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\x1b" not in done.stdout
    assert "explicit deny" in done.stdout
    assert list(Path(tmp_path).iterdir()) == []
