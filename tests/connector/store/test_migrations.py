"""A store of the version before is brought up to this one, and loses nothing."""

import sqlite3
from contextlib import closing

import pytest

from connector.config import locate
from connector.errors import ConnectorError
from connector.model import Key, Secret
from connector.store import accounts, assets
from connector.store.engine import open_database
from connector.store.vault import Vault

from .book import Book, items

# What version 1 created, as SQLite keeps it.
VERSION_1 = """
CREATE TABLE meta (version INTEGER NOT NULL, PRIMARY KEY (version));
CREATE TABLE account (id INTEGER NOT NULL, name TEXT NOT NULL, vendor TEXT NOT NULL, owner_uin TEXT NOT NULL,
  uin TEXT NOT NULL, features TEXT NOT NULL, endpoint TEXT, follows_new_regions BOOLEAN NOT NULL,
  standing TEXT NOT NULL, message TEXT NOT NULL, cred_version INTEGER NOT NULL, created_ms BIGINT NOT NULL,
  PRIMARY KEY (id), UNIQUE (name));
CREATE TABLE credential (account_id INTEGER NOT NULL, version INTEGER NOT NULL, secret_id TEXT NOT NULL,
  sealed BLOB NOT NULL, sealed_by TEXT NOT NULL, created_ms BIGINT NOT NULL, UNIQUE (account_id, version),
  FOREIGN KEY(account_id) REFERENCES account (id));
CREATE TABLE region_plan (account_id INTEGER NOT NULL, region TEXT NOT NULL, title TEXT NOT NULL,
  available BOOLEAN NOT NULL, selected BOOLEAN NOT NULL, seen_ms BIGINT NOT NULL,
  UNIQUE (account_id, region), FOREIGN KEY(account_id) REFERENCES account (id));
CREATE TABLE job (id INTEGER NOT NULL, account_id INTEGER NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
  started_ms BIGINT NOT NULL, ended_ms BIGINT, PRIMARY KEY (id),
  FOREIGN KEY(account_id) REFERENCES account (id));
CREATE TABLE shard (id INTEGER NOT NULL, account_id INTEGER NOT NULL, kind TEXT NOT NULL,
  region TEXT NOT NULL, epoch INTEGER NOT NULL, held BOOLEAN NOT NULL, digest TEXT NOT NULL,
  complete_ms BIGINT, skipped_ms BIGINT, PRIMARY KEY (id), UNIQUE (account_id, kind, region),
  FOREIGN KEY(account_id) REFERENCES account (id));
CREATE TABLE reading (id INTEGER NOT NULL, job_id INTEGER NOT NULL, shard_id INTEGER NOT NULL,
  epoch INTEGER NOT NULL, cred_version INTEGER NOT NULL, outcome TEXT NOT NULL, items INTEGER NOT NULL,
  total INTEGER, meaning TEXT NOT NULL, action TEXT NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL,
  request_id TEXT NOT NULL, started_ms BIGINT NOT NULL, ended_ms BIGINT NOT NULL, PRIMARY KEY (id),
  FOREIGN KEY(job_id) REFERENCES job (id), FOREIGN KEY(shard_id) REFERENCES shard (id));
CREATE INDEX ix_reading_shard_id ON reading (shard_id);
CREATE TABLE asset (id TEXT NOT NULL, account_id INTEGER NOT NULL, shard_id INTEGER NOT NULL,
  kind TEXT NOT NULL, region TEXT NOT NULL, native_id TEXT NOT NULL, name TEXT NOT NULL, raw TEXT NOT NULL,
  fields TEXT NOT NULL, content_hash TEXT NOT NULL, first_seen_ms BIGINT NOT NULL,
  last_seen_ms BIGINT NOT NULL, last_changed_ms BIGINT NOT NULL, seen_epoch INTEGER NOT NULL,
  cred_version INTEGER NOT NULL, state TEXT NOT NULL, gone_ms BIGINT, group_name TEXT NOT NULL,
  importance TEXT NOT NULL, PRIMARY KEY (id), UNIQUE (account_id, kind, region, native_id),
  FOREIGN KEY(account_id) REFERENCES account (id), FOREIGN KEY(shard_id) REFERENCES shard (id));
CREATE INDEX asset_shard_state ON asset (shard_id, state);
CREATE TABLE evidence (asset_id TEXT NOT NULL, action TEXT NOT NULL, request_id TEXT NOT NULL,
  outcome TEXT NOT NULL, error_code TEXT NOT NULL, fetched_ms BIGINT NOT NULL,
  PRIMARY KEY (asset_id, action), FOREIGN KEY(asset_id) REFERENCES asset (id));
INSERT INTO meta VALUES (1);
INSERT INTO account VALUES (1, 'old', 'Tencent', '1', '2', 'host', NULL, 1, 'ACTIVE', '', 1, 0);
INSERT INTO region_plan VALUES (1, 'ap-guangzhou', 'Guangzhou', 1, 1, 0);
INSERT INTO shard VALUES (1, 1, 'host', 'ap-guangzhou', 3, 0, '', 5, NULL);
INSERT INTO asset VALUES ('0b7d0a3e-1f0e-5f0a-8f3b-000000000001', 1, 1, 'host', 'ap-guangzhou', 'ins-1',
  'web', '{}', '{}', 'hash', 1, 2, 3, 3, 1, 'LIVE', NULL, 'core', 'high');
INSERT INTO evidence VALUES ('0b7d0a3e-1f0e-5f0a-8f3b-000000000001', 'host', 'req-1', 'VALUE', '', 2);
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "c.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_1)
        sealed = Vault(b"k" * 32).seal(Secret("s"), accounts.credential_place(1, 1, "AKID"))
        connection.execute(
            "INSERT INTO credential VALUES (1, 1, 'AKID', ?, ?, 0)", (sealed, Vault(b"k" * 32).name)
        )
        connection.commit()
    return path


def test_a_store_of_the_first_version_keeps_accounts_keys_and_assets(path):
    for _ in range(2):  # the second time there is nothing left to do
        database = open_database(locate(f"sqlite:///{path}", {}))
        (account,) = accounts.list_accounts(database)
        assert accounts.key_of(database, Vault(b"k" * 32), account) == Key("AKID", Secret("s"))
        (host,) = assets.list_assets(database, "host")
        assert (host.native_id, host.group_name, host.request_id) == ("ins-1", "core", "req-1")
        database.close()


def test_a_store_brought_up_has_every_table_and_column_of_a_new_one(path, tmp_path):
    def columns(file):
        with closing(sqlite3.connect(file)) as connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
            return {
                name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")} for name in tables
            }

    new = tmp_path / "new.db"
    for file in (path, new):
        open_database(locate(f"sqlite:///{file}", {})).close()
    assert columns(path) == columns(new)


def test_a_store_of_a_later_version_is_refused(tmp_path):
    path = tmp_path / "c.db"
    open_database(locate(f"sqlite:///{path}", {})).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE meta SET version = 99")
        connection.commit()
    with pytest.raises(ConnectorError, match="version 99"):
        open_database(locate(f"sqlite:///{path}", {}))


def test_a_store_can_be_opened_again(store_url, database):
    book = Book(database)
    book.shows("a", name="x")
    if store_url != "sqlite://":  # one in memory is gone with its connection
        again = open_database(locate(store_url, {}))
        assert [one.name for one in assets.list_assets(again, "host")] == ["x"]
        again.close()
    assert items("a")[0].key == book.one("a").native_id
