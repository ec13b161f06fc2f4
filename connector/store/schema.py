"""The tables: what is kept about accounts, their shards, their assets, and how we know."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = 3

LIVE, STALE, GONE = "LIVE", "STALE", "GONE"
"""Seen by the last complete reading; missed by one; missed by two that followed each other."""

metadata = MetaData()

# Postgres counts ids itself in a BIGINT; SQLite does only in an INTEGER primary key.
Id = BigInteger().with_variant(Integer, "sqlite")


def owner(column: str = "account_id") -> Column[int]:
    """A column that names the account a row belongs to."""
    return Column(column, Id, ForeignKey("account.id"), nullable=False)


meta = Table("meta", metadata, Column("version", Integer, primary_key=True))

account = Table(
    "account",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("vendor", Text, nullable=False, default="Tencent"),
    Column("owner_uin", Text, nullable=False),
    Column("uin", Text, nullable=False),
    Column("features", Text, nullable=False),
    Column("endpoint", Text),
    Column("follows_new_regions", Boolean, nullable=False),
    Column("standing", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("cred_version", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)

credential = Table(
    "credential",
    metadata,
    owner(),
    Column("version", Integer, nullable=False),
    Column("secret_id", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("sealed_by", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    UniqueConstraint("account_id", "version"),
)

region_plan = Table(
    "region_plan",
    metadata,
    owner(),
    Column("region", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("available", Boolean, nullable=False),
    Column("selected", Boolean, nullable=False),
    Column("seen_ms", BigInteger, nullable=False),
    UniqueConstraint("account_id", "region"),
)

# Where each service is offered, as far as the cloud says; a service that is not here may be anywhere.
region_offer = Table(
    "region_offer",
    metadata,
    owner(),
    Column("service", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("available", Boolean, nullable=False),
    UniqueConstraint("account_id", "service", "region"),
)

job = Table(
    "job",
    metadata,
    Column("id", Id, primary_key=True),
    owner(),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
)

shard = Table(
    "shard",
    metadata,
    Column("id", Id, primary_key=True),
    owner(),
    Column("kind", Text, nullable=False),
    Column("region", Text, nullable=False),
    # Counts the readings begun; only the newest may write.
    Column("epoch", Integer, nullable=False),
    # A complete reading that would have removed too much at once was held back; the next may.
    Column("held", Boolean, nullable=False),
    # What the last complete reading showed: where the cloud states no total, two must agree.
    Column("digest", Text, nullable=False),
    Column("complete_ms", BigInteger),
    # When the cloud said that there is no such thing here.
    Column("skipped_ms", BigInteger),
    UniqueConstraint("account_id", "kind", "region"),
)

reading = Table(
    "reading",
    metadata,
    Column("id", Id, primary_key=True),
    Column("job_id", Id, ForeignKey("job.id"), nullable=False),
    Column("shard_id", Id, ForeignKey("shard.id"), nullable=False, index=True),
    Column("epoch", Integer, nullable=False),
    Column("cred_version", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("items", Integer, nullable=False),
    Column("total", Integer),
    Column("meaning", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("started_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger, nullable=False),
)

asset = Table(
    "asset",
    metadata,
    Column("id", Text, primary_key=True),
    owner(),
    Column("shard_id", Id, ForeignKey("shard.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("native_id", Text, nullable=False),
    # What it belongs to, and does not outlive.
    Column("parent_id", Text, index=True),
    # The read that shows it; its evidence says which call did last.
    Column("action", Text, nullable=False, server_default=""),
    Column("name", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("first_seen_ms", BigInteger, nullable=False),
    Column("last_seen_ms", BigInteger, nullable=False),
    Column("last_changed_ms", BigInteger, nullable=False),
    Column("seen_epoch", Integer, nullable=False),
    Column("cred_version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("gone_ms", BigInteger),
    # The user's own: no sync ever writes these.
    Column("group_name", Text, nullable=False, default=""),
    Column("importance", Text, nullable=False, default=""),
    UniqueConstraint("account_id", "kind", "region", "native_id"),
    Index("asset_shard_state", "shard_id", "state"),
)

# What one read said of an asset. A value stays when a later call could not find out: ``outcome`` is the last
# call's, ``value`` the last one that was known, from ``valued_ms``.
evidence = Table(
    "evidence",
    metadata,
    Column("asset_id", Text, ForeignKey("asset.id"), primary_key=True),
    Column("action", Text, primary_key=True),
    Column("request_id", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("error_code", Text, nullable=False),
    Column("message", Text, nullable=False, server_default=""),
    Column("fetched_ms", BigInteger, nullable=False),
    Column("value", Text),
    Column("valued_ms", BigInteger),
)

# What an asset has to do with another, which may never have been seen. ``action`` is the read that said so.
asset_edge = Table(
    "asset_edge",
    metadata,
    Column("src_id", Text, ForeignKey("asset.id"), primary_key=True),
    Column("action", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("dst_kind", Text, primary_key=True),
    Column("dst_region", Text, primary_key=True),
    Column("dst_key", Text, primary_key=True),
    Column("by_name", Boolean, nullable=False),
    Index("asset_edge_dst", "dst_kind", "dst_region", "dst_key"),
)

# An address that we were told to keep out, at one place. ``settled_ms`` is when the cloud last showed what
# the state says; ``rule`` is the cloud's own id of what keeps the address out.
block = Table(
    "block",
    metadata,
    Column("id", Text, primary_key=True),
    owner(),
    Column("wall", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("asked_ms", BigInteger, nullable=False),
    Column("settled_ms", BigInteger),
    # Until when the address is kept out; nothing ends that of a block for good.
    Column("until_ms", BigInteger),
    Index("block_address", "account_id", "address"),
)
