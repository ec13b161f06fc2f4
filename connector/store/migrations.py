"""What brings a store of an older version to this one, a step a version."""

from __future__ import annotations

from sqlalchemy import Connection, insert, inspect, select, text, update

from connector.errors import ConnectorError
from connector.store import schema

STEPS: dict[int, tuple[str, ...]] = {
    # Hosts only became every product: assets know their parents and the read that shows them, evidence
    # goes by that read and keeps values. Tables that are wholly new are created with all the others.
    1: (
        "ALTER TABLE asset ADD COLUMN parent_id TEXT",
        "ALTER TABLE asset ADD COLUMN action TEXT DEFAULT '' NOT NULL",
        "CREATE INDEX ix_asset_parent_id ON asset (parent_id)",
        "ALTER TABLE evidence ADD COLUMN message TEXT DEFAULT '' NOT NULL",
        "ALTER TABLE evidence ADD COLUMN value TEXT",
        "ALTER TABLE evidence ADD COLUMN valued_ms BIGINT",
        "UPDATE asset SET action = 'cvm:DescribeInstances' WHERE kind = 'host'",
        "UPDATE asset SET action = 'cvm:DescribeRegions' WHERE kind = 'region'",
        "UPDATE evidence SET action = 'cvm:DescribeInstances' WHERE action = 'host'",
        "UPDATE evidence SET action = 'cvm:DescribeRegions' WHERE action = 'region'",
    ),
    # Addresses are blocked: a table of its own, which is wholly new.
    2: (),
}
"""By the version that a step begins at."""

ONE_AT_A_TIME = 0x7463_636F  # "tcco"
"""The advisory lock under which Postgres stores are prepared."""


def prepare(connection: Connection) -> None:
    """Create the tables in an empty store, or bring those of an older version up to this one.

    Raises:
        ConnectorError: the store is of a version that this program does not know.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
    version = version_of(connection)
    if version == schema.VERSION:
        return  # one transaction made all of it: a table more is a version more
    if version is not None and version not in STEPS:
        raise ConnectorError(
            f"the store is of version {version}, this program knows 1 to {schema.VERSION}: "
            "open it with the program that wrote it, or a later one"
        )
    for step in range(version or schema.VERSION, schema.VERSION):
        for statement in STEPS[step]:
            connection.execute(text(statement))
    schema.metadata.create_all(connection)
    if version is None:
        connection.execute(insert(schema.meta).values(version=schema.VERSION))
    else:
        connection.execute(update(schema.meta).values(version=schema.VERSION))


def version_of(connection: Connection) -> int | None:
    """The version of a store; None for an empty one."""
    if not inspect(connection).has_table(schema.meta.name):
        return None
    return connection.scalar(select(schema.meta.c.version))
