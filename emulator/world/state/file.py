"""The state file: an SQLite database that one server holds and writes in one transaction a turn."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from emulator import __version__
from emulator.errors import BadInput, NotKept
from emulator.world.state.seal import BrokenSealError, Seal, find_key

FORMAT = 2
"""Raised whenever an older file could be misread."""
_APPLICATION = 0x7463656D
_SCHEMA = """
CREATE TABLE about (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE account (number INTEGER PRIMARY KEY, uin TEXT NOT NULL UNIQUE, body BLOB NOT NULL);
CREATE TABLE world (uin TEXT, state TEXT, body BLOB NOT NULL, PRIMARY KEY (uin, state));
CREATE TABLE place (
    id INTEGER PRIMARY KEY, uin TEXT, state TEXT, name TEXT, region TEXT, UNIQUE (uin, state, name, region)
);
CREATE TABLE row (
    place INTEGER, name BLOB, number INTEGER, value BLOB NOT NULL, PRIMARY KEY (place, name)
);
"""


class StateFile:
    """An open state file. What is written reaches the disk, all of it or nothing, with ``commit``.

    A commit is handed to the operating system before it returns: it survives the death of the process. A
    loss of power may take the last ones back, never a part of one.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, seal: Seal, *, is_new: bool) -> None:
        self.path = path
        self.seal = seal
        self.is_new = is_new
        """Whether nothing was ever kept in it."""
        self._connection = connection
        self._failure: Exception | None = None

    @classmethod
    def open(cls, path: Path) -> StateFile:
        """Open a state file, or begin one where there is none.

        Raises:
            BadInput: it is no state file, another version's, damaged, in use, or its key does not fit.
        """
        connection = _connect(path)
        try:
            is_new = _begin(connection, path)
            seal = Seal(find_key(path, is_new=is_new))
            if is_new:
                _create(connection, seal)
            else:
                _check(connection, path, seal)
            connection.execute("COMMIT")
        except sqlite3.Error as reason:
            connection.close()
            raise BadInput.at(str(path), _problem(reason)) from reason
        except BadInput:
            connection.close()
            raise
        return cls(path, connection, seal, is_new=is_new)

    # --- writing and reading -----------------------------------------------------------------------------

    def read(self, question: str, *values: object) -> list[Any]:
        """What the file holds, what the present turn wrote included.

        Raises:
            NotKept: it cannot be read, or something could not be kept.
        """
        self.check()
        try:
            return self._connection.execute(question, values).fetchall()
        except sqlite3.Error as reason:
            message = f"{self.path} is damaged: {reason}; go back to a copy of it"
            raise self.fail(NotKept(message)) from reason

    def execute(self, statement: str, *values: object) -> None:
        """Carry out one statement of the present turn.

        Raises:
            NotKept: it cannot be done, or an earlier one could not.
        """
        with self._turn() as connection:
            connection.execute(statement, values)

    def execute_all(self, statement: str, values: Iterable[tuple[object, ...]]) -> None:
        """Carry out one statement many times."""
        with self._turn() as connection:
            connection.executemany(statement, values)

    def commit(self) -> None:
        """End the turn: what it wrote is there for good."""
        if self._connection.in_transaction:
            with self._turn() as connection:
                connection.execute("COMMIT")

    def check(self) -> None:
        """Refuse to go on once something could not be kept: what is on disk counts, not what is in memory."""
        if self._failure is not None:
            raise NotKept(f"nothing more is kept in {self.path}: {self._failure}; start the server anew")

    def fail(self, reason: Exception) -> NotKept:
        """What to raise when something cannot be kept; from now on nothing is."""
        self._failure = self._failure or reason
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        if isinstance(reason, NotKept):
            return reason
        return NotKept(f"{self.path} cannot keep what happened: {reason}; start the server anew")

    @contextmanager
    def _turn(self) -> Iterator[sqlite3.Connection]:
        self.check()
        try:
            if not self._connection.in_transaction:
                self._connection.execute("BEGIN")
            yield self._connection
        except sqlite3.Error as reason:
            raise self.fail(reason) from reason

    def close(self) -> None:
        """Let go of the file; what was not committed is not there."""
        self._failure = self._failure or NotKept("it is closed")
        self._connection.close()

    # --- sealed values -----------------------------------------------------------------------------------

    def unsealed(self, sealed: bytes, place: bytes, what: str) -> bytes:
        """The bytes that were sealed for a place.

        Raises:
            NotKept: they are damaged.
        """
        try:
            return self.seal.open(sealed, place)
        except BrokenSealError as reason:
            message = f"{self.path} is damaged: {what} is not what was kept; go back to a copy of it"
            raise NotKept(message) from reason

    def about(self, name: str) -> bytes | None:
        """What is said of the whole under a name."""
        for (value,) in self.read("SELECT value FROM about WHERE name = ?", name):
            return self.unsealed(value, name.encode(), name)
        return None

    def say(self, name: str, value: bytes) -> None:
        """Say something of the whole."""
        sealed = self.seal.close(value, name.encode())
        self.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", name, sealed)


def _connect(path: Path) -> sqlite3.Connection:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        return sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    except OSError as reason:
        raise BadInput.at(str(path), f"cannot be used as a state file: {reason.strerror}") from reason


def _begin(connection: sqlite3.Connection, path: Path) -> bool:
    """Take hold of the file and begin a turn; whether it is a new one."""
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != _APPLICATION and (application or tables):
        raise BadInput.at(str(path), "is a database of something else: name another file")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    return not tables


def _create(connection: sqlite3.Connection, seal: Seal) -> None:
    for statement in filter(str.strip, _SCHEMA.split(";")):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {_APPLICATION}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")
    about = [("version", __version__.encode()), ("key", seal.close(b"", b"key"))]
    connection.executemany("INSERT INTO about VALUES (?, ?)", about)


def _check(connection: sqlite3.Connection, path: Path, seal: Seal) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    about = dict(connection.execute("SELECT name, value FROM about WHERE name IN ('version', 'key')"))
    by = about.get("version", b"?").decode("ascii", "replace")
    if version != FORMAT or by != __version__:
        # What an estate holds is drawn anew, and another version may draw it otherwise.
        ours = f"this is tcemu {__version__} (format {FORMAT})"
        advice = "go on with that version, or name another file to begin anew"
        raise BadInput.at(str(path), f"was kept by tcemu {by} (format {version}), {ours}: {advice}")
    ((found, *_),) = connection.execute("PRAGMA quick_check(1)").fetchall()
    if found != "ok":
        raise BadInput.at(str(path), f"is damaged ({found}): go back to a copy of it, or begin anew")
    try:
        seal.open(about.get("key", b""), b"key")
    except BrokenSealError as reason:
        raise BadInput.at(
            str(path), "is sealed with another key: bring back the one it began with"
        ) from reason


def _problem(reason: sqlite3.Error) -> str:
    said = str(reason)
    if "locked" in said or "busy" in said:
        return "another server keeps its state here: stop it, or name another file"
    if "not a database" in said:
        return "is no state file, or its beginning is damaged: name another file, or go back to a copy of it"
    return f"cannot be read ({said}): go back to a copy of it, or name another file to begin anew"
