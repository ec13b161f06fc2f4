"""A state file that cannot be used is refused with what, where and what to do; it is never half read."""

import os
import sqlite3
import stat
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from emulator.errors import BadInput, NotKept
from emulator.world.state import file as state_file
from emulator.world.state.file import StateFile
from emulator.world.state.seal import VARIABLE

ROOT = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def _no_key_in_the_environment(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def path(tmp_path):
    """A state file that was begun."""
    path = tmp_path / "state.db"
    file = StateFile.open(path)
    file.say("word", b"secret word")
    file.commit()
    file.close()
    return path


def refusal(path):
    with pytest.raises(BadInput) as refused:
        StateFile.open(path)
    assert len(refused.value.violations) == 1
    return str(refused.value)


def test_what_was_committed_is_there_and_what_was_not_is_not(path):
    file = StateFile.open(path)
    file.say("word", b"another")
    file.close()
    file = StateFile.open(path)
    assert (file.is_new, file.about("word"), file.about("other")) == (False, b"secret word", None)
    file.close()


def test_only_the_owner_can_read_it_or_its_key(path):
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert modes == {"state.db": 0o600, "state.db.key": 0o600}


def test_a_text_is_no_state_file(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello " * 1000)
    assert "is no state file" in refusal(path)
    assert path.read_text() == "hello " * 1000


def test_a_database_of_something_else_is_left_alone(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE account (uin)")
    other.close()
    before = path.read_bytes()
    assert "database of something else" in refusal(path)
    assert path.read_bytes() == before
    assert not (tmp_path / "other.db.key").exists()


def test_a_folder_and_a_missing_folder_are_refused(tmp_path):
    assert "Is a directory" in refusal(tmp_path)
    assert "No such file" in refusal(tmp_path / "missing" / "state.db")


@pytest.mark.parametrize("share", [0.05, 0.4, 0.9])
def test_a_truncated_file_is_refused(path, share):
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert any(word in refusal(path) for word in ("damaged", "cannot be read", "is no state file"))


def test_a_page_of_rubbish_is_found_at_the_start(path):
    whole = bytearray(path.read_bytes())
    whole[-4096:] = b"\x55" * 4096
    path.write_bytes(whole)
    assert any(word in refusal(path) for word in ("damaged", "cannot be read"))


def test_another_format_is_refused(path, monkeypatch):
    monkeypatch.setattr(state_file, "FORMAT", 99)
    said = refusal(path)
    assert "(format 2)" in said
    assert "(format 2)" in said
    assert "go on with that version" in said


def test_another_version_is_refused(path, monkeypatch):
    monkeypatch.setattr(state_file, "__version__", "99.0")
    assert "this is tcemu 99.0" in refusal(path)


def test_a_missing_key_is_missed(path):
    path.with_name("state.db.key").unlink()
    said = refusal(path)
    assert "is missing" in said
    assert VARIABLE in said


def test_another_key_does_not_open_it(path):
    path.with_name("state.db.key").write_bytes(urlsafe_b64encode(os.urandom(32)))
    assert "another key" in refusal(path)


@pytest.mark.parametrize("text", ["", "short", "é" * 40, urlsafe_b64encode(b"x" * 31).decode()])
def test_what_is_no_key_is_refused_and_not_repeated(path, text):
    path.with_name("state.db.key").write_text(text, "utf-8")
    said = refusal(path)
    assert "expected 32 bytes in base64" in said
    assert not text or text not in said


def test_a_key_that_others_can_read_is_refused(path):
    path.with_name("state.db.key").chmod(0o640)
    assert "chmod 600" in refusal(path)


def test_the_key_may_come_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, urlsafe_b64encode(b"k" * 32).decode())
    path = tmp_path / "state.db"
    StateFile.open(path).close()
    assert [each.name for each in tmp_path.iterdir()] == ["state.db"]
    StateFile.open(path).close()
    monkeypatch.setenv(VARIABLE, urlsafe_b64encode(b"j" * 32).decode())
    assert "another key" in refusal(path)


def test_a_file_in_use_is_refused_within_a_process(path):
    file = StateFile.open(path)
    assert "another server keeps its state here" in refusal(path)
    file.say("word", b"goes on")
    file.commit()
    file.close()
    StateFile.open(path).close()


def test_a_file_in_use_is_refused_to_other_processes(path):
    script = (
        "import sys; from pathlib import Path; from emulator.world.state.file import StateFile;"
        "StateFile.open(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with holder:
        assert holder.stdout.readline() == b"open\n"
        assert "another server keeps its state here" in refusal(path)
        holder.kill()
    StateFile.open(path).close()


def test_what_was_moved_to_another_place_is_not_taken_for_what_stood_there(path):
    file = StateFile.open(path)
    file.execute("INSERT INTO about SELECT 'sentence', value FROM about WHERE name = 'word'")
    with pytest.raises(NotKept, match="damaged: sentence"):
        file.about("sentence")
    file.close()


def test_nothing_is_written_after_something_could_not_be(path):
    file = StateFile.open(path)
    file.say("word", b"in time")
    file.commit()
    file.read("PRAGMA max_page_count = 1")
    with pytest.raises(NotKept, match="full"):
        file.say("long", b"x" * 1_000_000)
    for attempt in (lambda: file.say("word", b"too late"), file.check, lambda: file.about("word")):
        with pytest.raises(NotKept, match="full"):
            attempt()
    file.close()
    file = StateFile.open(path)
    assert (file.about("word"), file.about("long")) == (b"in time", None)
    file.close()
