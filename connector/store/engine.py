"""Open the store, and the one way to read and write it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Engine, Executable, Table, create_engine, event
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import StaticPool

from connector.config import Location
from connector.errors import BadInput, ConnectorError
from connector.store.migrations import prepare

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

BUSY_SECONDS = 30
CHUNK = 400
"""Things a statement names at most, by up to two values each; SQLite's oldest limit is 999."""


class Database:
    """A store that is open. Transactions are begun with ``begin()`` and used from any thread.

    SQLite has one writer at a time: within this process a lock says so, between processes SQLite
    does, for which every transaction begins as a writer's.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.shown_url = engine.url.render_as_string(hide_password=True)
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._upserts: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Executable] = {}
        self._turn: AbstractContextManager[Any] = RLock() if self.is_sqlite else nullcontext()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: committed at the end, rolled back by any exception."""
        with self._turn, self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def upsert(
        self,
        connection: Connection,
        table: Table,
        rows: list[dict[str, Any]],
        *,
        by: tuple[str, ...],
        update: tuple[str, ...],
    ) -> None:
        """Insert rows; one that is there already, by the columns ``by``, gets only ``update`` written."""
        if rows:
            connection.execute(self._upsert(table, by, update), rows)

    def _upsert(self, table: Table, by: tuple[str, ...], update: tuple[str, ...]) -> Executable:
        place = (table.name, by, update)
        if place not in self._upserts:
            statement = self._insert(table)
            changes = {name: statement.excluded[name] for name in update}
            self._upserts[place] = statement.on_conflict_do_update(index_elements=by, set_=changes)
        return self._upserts[place]

    def _insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        # Only the dialect in use is loaded: Postgres's costs a tenth of a second.
        if self.is_sqlite:
            from sqlalchemy.dialects import sqlite

            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)


def open_database(location: Location) -> Database:
    """Open the store, create what is missing in it, and bring one of an older version up to this."""
    try:
        engine = make_engine(location)
        database = Database(engine)
        with database.begin() as connection:
            prepare(connection)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise BadInput.at("database", f"no such database: {error}") from None
    except OperationalError as error:
        raise ConnectorError(f"the store does not open: {error.orig}") from None
    return database


def make_engine(location: Location) -> Engine:
    """An engine for the location's URL; its errors do not show what was being written."""
    if location.key_path is None:
        engine = create_engine(
            location.url,
            poolclass=StaticPool,
            connect_args={"check_same_thread": False},
            hide_parameters=True,
        )
        tune_sqlite(engine)
        return engine
    if location.path is None:
        return create_engine(location.url, hide_parameters=True)
    create_private_file(location)
    engine = create_engine(location.url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
    tune_sqlite(engine)
    return engine


def create_private_file(location: Location) -> None:
    """Create the store's file so that only its owner can read it, before anything is in it."""
    path = location.path
    if path is not None and not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def tune_sqlite(engine: Engine) -> None:
    """Set SQLite to WAL and foreign keys, and every transaction to begin as a writer's."""

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself; we do, below
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut a list so that each part fits in one statement."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
