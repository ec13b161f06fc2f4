"""What stands behind an asset: what was learnt of it and from which call, its ties, its shard's readings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from connector.store import schema
from connector.store.assets import Asset
from connector.store.engine import Database
from connector.store.schema import GONE

CHILD_OF = "child_of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What one read said of an asset, last time it was made."""

    action: str
    outcome: str
    """VALUE, ABSENT (there is none), UNKNOWN (we could not find out; ``value`` is what was known before)."""
    value: Any
    code: str
    message: str
    request_id: str
    fetched_ms: int
    valued_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """What an asset has to do with another. ``id`` and ``state`` are empty for one that was never seen."""

    kind: str
    is_from_here: bool
    other_kind: str
    other_region: str
    other_key: str
    id: str = ""
    name: str = ""
    state: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One reading of a shard."""

    kind: str
    region: str
    job_id: int
    outcome: str
    items: int
    total: int | None
    action: str
    code: str
    message: str
    request_id: str
    started_ms: int
    ended_ms: int


def proofs_of(database: Database, asset_id: str) -> list[Proof]:
    """What was learnt of an asset, read by read."""
    proof = schema.evidence
    query = select(proof).where(proof.c.asset_id == asset_id).order_by(proof.c.action)
    with database.begin() as connection:
        return [
            Proof(
                action=row.action,
                outcome=row.outcome,
                value=json.loads(row.value) if row.value is not None else None,
                code=row.error_code,
                message=row.message,
                request_id=row.request_id,
                fetched_ms=row.fetched_ms,
                valued_ms=row.valued_ms,
            )
            for row in connection.execute(query)
        ]


def ties_of(database: Database, one: Asset) -> list[Tie]:
    """An asset's ties, in both directions; what it belongs to, and what belongs to it, among them."""
    with database.begin() as connection:
        return [*ties_out(connection, one), *ties_in(connection, one), *kin(connection, one)]


def ties_out(connection: Connection, one: Asset) -> list[Tie]:
    """What an asset has to do with others, by its own word."""
    edge, asset, home = schema.asset_edge, schema.asset, schema.asset.alias("home")
    query = (
        select(edge, asset.c.id, asset.c.name, asset.c.state)
        .join(home, home.c.id == edge.c.src_id)
        .outerjoin(asset, and_(asset.c.account_id == home.c.account_id, leads_to(asset)))
        .where(edge.c.src_id == one.id)
        .order_by(edge.c.kind, edge.c.dst_key)
    )
    return [
        Tie(
            kind=row.kind,
            is_from_here=True,
            other_kind=row.dst_kind,
            other_region=row.dst_region,
            other_key=row.dst_key,
            id=row.id or "",
            name=row.name or "",
            state=row.state or "",
            action=row.action,
        )
        for row in connection.execute(query)
    ]


def leads_to(asset: Any) -> ColumnElement[bool]:
    """The condition under which an asset is the one that an edge leads to."""
    edge = schema.asset_edge
    by_key = and_(edge.c.by_name.is_(False), asset.c.native_id == edge.c.dst_key)
    by_name = and_(edge.c.by_name.is_(True), asset.c.name == edge.c.dst_key)
    return and_(asset.c.kind == edge.c.dst_kind, asset.c.region == edge.c.dst_region, or_(by_key, by_name))


def ties_in(connection: Connection, one: Asset) -> list[Tie]:
    """What others that exist have to do with an asset, by theirs."""
    edge, asset, target = schema.asset_edge, schema.asset, schema.asset.alias("target")
    query = (
        select(edge.c.kind.label("tie"), edge.c.action.label("said_by"), asset)
        .join(asset, asset.c.id == edge.c.src_id)
        .join(target, and_(target.c.account_id == asset.c.account_id, leads_to(target)))
        .where(target.c.id == one.id, asset.c.state != GONE)
        .order_by(edge.c.kind, asset.c.native_id)
    )
    return [tie_to(row, row.tie, action=row.said_by) for row in connection.execute(query)]


def kin(connection: Connection, one: Asset) -> list[Tie]:
    """What an asset belongs to, and what exists that belongs to it."""
    asset = schema.asset
    up = select(asset).where(asset.c.id == one.parent_id)
    down = select(asset).where(asset.c.parent_id == one.id, asset.c.state != GONE).order_by(asset.c.native_id)
    parents = [tie_to(row, CHILD_OF, is_from_here=True) for row in connection.execute(up)]
    return parents + [tie_to(row, CHILD_OF) for row in connection.execute(down)]


def tie_to(row: Row[Any], kind: str, *, is_from_here: bool = False, action: str = "") -> Tie:
    """A tie with the asset of a row."""
    return Tie(
        kind=kind,
        is_from_here=is_from_here,
        other_kind=row.kind,
        other_region=row.region,
        other_key=row.native_id,
        id=row.id,
        name=row.name,
        state=row.state,
        action=action or row.action,
    )


def readings_of(database: Database, one: Asset, most: int) -> list[Read]:
    """The last readings that could have shown an asset: its shard's, and its parent's, the latest first."""
    asset, shard, reading = schema.asset, schema.shard, schema.reading
    ids: Sequence[str] = [one.id, *([one.parent_id] if one.parent_id else [])]
    shards = select(asset.c.shard_id).where(asset.c.id.in_(ids))
    query = (
        select(reading, shard.c.kind, shard.c.region)
        .join(shard, shard.c.id == reading.c.shard_id)
        .where(shard.c.id.in_(shards))
        .order_by(reading.c.id.desc())
        .limit(most)
    )
    with database.begin() as connection:
        return [
            Read(
                kind=row.kind,
                region=row.region,
                job_id=row.job_id,
                outcome=row.outcome,
                items=row.items,
                total=row.total,
                action=row.action,
                code=row.code,
                message=row.message,
                request_id=row.request_id,
                started_ms=row.started_ms,
                ended_ms=row.ended_ms,
            )
            for row in connection.execute(query)
        ]
