"""Write down what readings showed; the only place where anything is ever taken for gone."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, tuple_, update

from connector.model import storable
from connector.outcome import (
    Change,
    Complete,
    Fact,
    Item,
    Link,
    Meaning,
    Outcome,
    Partial,
    Place,
    Skipped,
    Why,
    name,
    why,
)
from connector.store import schema
from connector.store.engine import Database, chunks
from connector.store.schema import GONE, LIVE, STALE

GUARD_ROWS = 50
GUARD_SHARE = 0.3
"""Of more than so many rows, removing more than this share needs one complete reading more."""

NAMESPACE = uuid.UUID("7d0c1c7e-61f0-5c0a-9a57-0f2b6ad0a9c3")

WRITTEN = (
    "parent_id",
    "action",
    "name",
    "raw",
    "fields",
    "content_hash",
    "last_seen_ms",
    "last_changed_ms",
    "seen_epoch",
    "cred_version",
    "state",
    "gone_ms",
)
"""What a sync writes in an asset that is there already. Not when it was first seen, nothing of the user's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """The right to write what one reading of one shard showed, until a newer one is begun."""

    account_id: int
    owner: str
    """Whose assets: the root account's uin, or our own name for it where the cloud would not say."""
    job_id: int
    shard_id: int
    kind: str
    region: str
    action: str
    is_detail: bool
    epoch: int
    cred_version: int
    started_ms: int


@dataclass(frozen=True, slots=True)
class Batch:
    """An open transaction, and what is written in it on whose behalf."""

    database: Database
    connection: Connection
    ticket: Ticket
    now_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which shard is meant, and with which version of the account's key it will be read."""

    account_id: int
    owner: str
    cred_version: int
    kind: str
    region: str
    action: str
    """The read that shows it, as CAM names it."""
    is_detail: bool = False
    """It has no assets of its own, and only says something of others."""


def begin(database: Database, targets: Sequence[Target], *, job_id: int, now_ms: int) -> list[Ticket]:
    """Begin readings of shards of one account: those begun before can write nothing more."""
    shard = schema.shard
    fresh = {"epoch": 0, "held": False, "digest": "", "complete_ms": None, "skipped_ms": None}
    rows = [
        {"account_id": one.account_id, "kind": one.kind, "region": one.region, **fresh} for one in targets
    ]
    begun: dict[tuple[str, str], tuple[int, int]] = {}
    with database.begin() as connection:
        database.upsert(connection, shard, rows, by=("account_id", "kind", "region"), update=("kind",))
        for some in chunks(targets):
            mine = shard.c.account_id.in_({one.account_id for one in some}) & tuple_(
                shard.c.kind, shard.c.region
            ).in_([(one.kind, one.region) for one in some])
            statement = update(shard).where(mine).values(epoch=shard.c.epoch + 1)
            columns = (shard.c.kind, shard.c.region, shard.c.id, shard.c.epoch)
            for row in connection.execute(statement.returning(*columns)):
                begun[row.kind, row.region] = (row.id, row.epoch)
    return [ticket_for(one, begun[one.kind, one.region], job_id, now_ms) for one in targets]


def ticket_for(target: Target, begun: tuple[int, int], job_id: int, now_ms: int) -> Ticket:
    """The ticket of a reading that was begun: its shard's id and epoch."""
    shard_id, epoch = begun
    return Ticket(
        account_id=target.account_id,
        owner=target.owner,
        job_id=job_id,
        shard_id=shard_id,
        kind=target.kind,
        region=target.region,
        action=target.action,
        is_detail=target.is_detail,
        epoch=epoch,
        cred_version=target.cred_version,
        started_ms=now_ms,
    )


def record(
    database: Database, ticket: Ticket, outcome: Outcome, now_ms: int, facts: Sequence[Fact] = ()
) -> Change:
    """Write down an outcome and what was learnt of other assets, in one transaction.

    Readers never see half a shard. Facts are written whatever the outcome is: each says how sure it is.
    """
    with database.begin() as connection:
        batch = Batch(database, connection, ticket, now_ms)
        shard = current_shard(batch)
        if shard is None:
            add_reading(batch, outcome, "Overtaken")
            return Change(overtaken=True)
        add_reading(batch, outcome, name(outcome))
        put_facts(batch, facts)
        if isinstance(outcome, Skipped):
            set_shard(batch, skipped_ms=now_ms)
        if ticket.is_detail:
            if isinstance(outcome, Complete):
                set_shard(batch, complete_ms=now_ms, skipped_ms=None)
            return Change()
        known = known_assets(batch)
        match outcome:
            case Complete():
                return sweep(batch, shard, outcome, known, show(batch, outcome.items, known))
            case Partial():
                return show(batch, outcome.items, known)
            case _:
                return Change(kept=len(held_of(known)))


# Statements are made once: to put one together costs more than to run it.
CURRENT = (
    select(schema.shard)
    .join(schema.account, schema.account.c.id == schema.shard.c.account_id)
    .where(
        schema.shard.c.id == bindparam("shard_id"),
        schema.shard.c.epoch == bindparam("epoch"),
        schema.account.c.cred_version == bindparam("cred_version"),
    )
    .with_for_update()
)
KNOWN = select(
    schema.asset.c.id,
    schema.asset.c.native_id,
    schema.asset.c.parent_id,
    schema.asset.c.state,
    schema.asset.c.content_hash,
).where(schema.asset.c.shard_id == bindparam("shard_id"))


def current_shard(batch: Batch) -> Row[Any] | None:
    """The ticket's shard, locked; None where the ticket's epoch or key is no longer the newest."""
    ticket = batch.ticket
    wanted = {"shard_id": ticket.shard_id, "epoch": ticket.epoch, "cred_version": ticket.cred_version}
    return batch.connection.execute(CURRENT, wanted).one_or_none()


def show(batch: Batch, items: Sequence[Item], known: Mapping[str, Known]) -> Change:
    """Note what was seen: new assets, changed ones, and that the others are still there."""
    rows = [asset_row(batch, item) for item in items]
    new = [row for row in rows if row["native_id"] not in known]
    old = [(row, known[row["native_id"]]) for row in rows if row["native_id"] in known]
    changed = [row for row, before in old if before.content_hash != row["content_hash"]]
    put_assets(batch, new + changed)
    touch(batch, [before.id for row, before in old if before.content_hash == row["content_hash"]])
    put_evidence(batch, rows, items)
    written = {row["id"] for row in new + changed}
    pairs = zip(rows, items, strict=True)
    put_edges(batch, {row["id"]: item.links for row, item in pairs if row["id"] in written})
    kept = held_of(known).keys() | {item.key for item in items}
    return Change(new=len(new), changed=len(changed), kept=len(kept))


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of an asset before a reading."""

    id: str
    native_id: str
    parent_id: str | None
    state: str
    content_hash: str


def known_assets(batch: Batch) -> dict[str, Known]:
    """The shard's assets by their own id, gone ones included."""
    rows = batch.connection.execute(KNOWN, {"shard_id": batch.ticket.shard_id})
    return {row.native_id: Known(*row) for row in rows}


def held_of(known: Mapping[str, Known]) -> dict[str, Known]:
    """Those of them that are held for existing."""
    return {key: one for key, one in known.items() if one.state != GONE}


def asset_row(batch: Batch, item: Item) -> dict[str, Any]:
    """An item as a row of the table."""
    ticket, raw, fields = batch.ticket, canonical(item.raw), canonical(item.fields)
    content = "\0".join((ticket.action, raw, fields, *map(str, item.links)))
    return {
        "id": place_id(ticket, Place(ticket.kind, ticket.region, item.key)),
        "account_id": ticket.account_id,
        "shard_id": ticket.shard_id,
        "kind": ticket.kind,
        "region": ticket.region,
        "native_id": item.key,
        "parent_id": place_id(ticket, item.parent) if item.parent else None,
        "action": ticket.action,
        "name": storable(item.name),
        "raw": raw,
        "fields": fields,
        "content_hash": hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest(),
        "first_seen_ms": batch.now_ms,
        "last_seen_ms": batch.now_ms,
        "last_changed_ms": batch.now_ms,
        "seen_epoch": ticket.epoch,
        "cred_version": ticket.cred_version,
        "state": LIVE,
        "gone_ms": None,
        "group_name": "",
        "importance": "",
    }


def asset_id(owner: str, kind: str, region: str, native_id: str) -> str:
    """Our own id of an asset: the same in every store and after every re-onboarding."""
    return str(uuid.uuid5(NAMESPACE, f"tencent/{owner}/{kind}/{region}/{native_id}"))


def place_id(ticket: Ticket, place: Place) -> str:
    """Our own id of what stands at a place of the ticket's account."""
    return asset_id(ticket.owner, place.kind, place.region, place.key)


def canonical(value: Any) -> str:
    """JSON that is the same text for the same content."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def put_assets(batch: Batch, rows: list[dict[str, Any]]) -> None:
    """Insert assets, or write what a sync may write in those that are there."""
    batch.database.upsert(
        batch.connection,
        schema.asset,
        rows,
        by=("account_id", "kind", "region", "native_id"),
        update=WRITTEN,
    )


def touch(batch: Batch, ids: list[str]) -> None:
    """Note that assets are still there, unchanged."""
    set_assets(
        batch,
        ids,
        last_seen_ms=batch.now_ms,
        seen_epoch=batch.ticket.epoch,
        cred_version=batch.ticket.cred_version,
        state=LIVE,
        gone_ms=None,
    )


def set_assets(batch: Batch, ids: list[str], **values: Any) -> None:
    """Set the same values in many assets."""
    if ids:
        statement = update(schema.asset).where(schema.asset.c.id == bindparam("which")).values(**values)
        batch.connection.execute(statement, [{"which": key} for key in ids])


TRIED = ("request_id", "outcome", "error_code", "message", "fetched_ms")
VALUED = ("value", "valued_ms")
"""What every look writes in evidence, and what only a look that found out does."""


def put_evidence(batch: Batch, rows: list[dict[str, Any]], items: Sequence[Item]) -> None:
    """Note, for each asset, the call that showed it last."""
    pairs = zip(rows, items, strict=True)
    evidence = [
        evidence_row(batch, row["id"], Fact(of=NOWHERE, known="VALUE", request_id=item.request_id))
        for row, item in pairs
    ]
    batch.database.upsert(
        batch.connection, schema.evidence, evidence, by=("asset_id", "action"), update=TRIED
    )


NOWHERE = Place("", "", "")


def evidence_row(batch: Batch, asset: str, fact: Fact) -> dict[str, Any]:
    """What a call said of an asset, as a row of the table."""
    is_known = fact.known != "UNKNOWN"
    return {
        "asset_id": asset,
        "action": batch.ticket.action,
        "request_id": fact.request_id,
        "outcome": fact.known,
        "error_code": fact.code,
        "message": storable(fact.message),
        "fetched_ms": batch.now_ms,
        "value": canonical(fact.value) if fact.value is not None else None,
        "valued_ms": batch.now_ms if is_known else None,
    }


def put_facts(batch: Batch, facts: Sequence[Fact]) -> None:
    """Note what calls said of assets seen before; where one could not find out, the last value stays."""
    by_id = {place_id(batch.ticket, fact.of): fact for fact in facts}
    known = {key: fact for key, fact in by_id.items() if fact.known != "UNKNOWN"}
    for some, update_of in ((known, TRIED + VALUED), (by_id.keys() - known.keys(), TRIED)):
        batch.database.upsert(
            batch.connection,
            schema.evidence,
            [evidence_row(batch, key, by_id[key]) for key in some],
            by=("asset_id", "action"),
            update=update_of,
        )
    put_edges(batch, {key: fact.links for key, fact in known.items()})


def put_edges(batch: Batch, links: Mapping[str, Sequence[Link]]) -> None:
    """Write what assets have to do with others by the word of this read, instead of what it said before."""
    edge = schema.asset_edge
    for some in chunks([*links]):
        batch.connection.execute(
            delete(edge).where(edge.c.src_id.in_(some), edge.c.action == batch.ticket.action)
        )
    rows = [edge_row(batch, source, link) for source, found in links.items() for link in found]
    if rows:
        batch.connection.execute(insert(edge), rows)


def edge_row(batch: Batch, source: str, link: Link) -> dict[str, Any]:
    """A link as a row of the table."""
    return {
        "src_id": source,
        "action": batch.ticket.action,
        "kind": link.kind,
        "dst_kind": link.to.kind,
        "dst_region": link.to.region,
        "dst_key": link.to.key,
        "by_name": link.by_name,
    }


def sweep(
    batch: Batch, shard: Row[Any], complete: Complete, known: Mapping[str, Known], shown: Change
) -> Change:
    """Strike what a complete reading did not show; called for Complete, and for nothing else.

    The first strike makes an asset STALE, the second GONE. A removal of very many waits for one
    complete reading more, and where the cloud states no total, only the second of two readings that
    agree is believed.
    """
    digest = digest_of(complete)
    if complete.total is None and digest != shard.digest:
        set_shard(batch, digest=digest, complete_ms=batch.now_ms, skipped_ms=None)
        return shown
    seen = {item.key for item in complete.items}
    spared = {place_id(batch.ticket, place) for place in complete.spared}
    missed = [one for key, one in held_of(known).items() if key not in seen and one.parent_id not in spared]
    doomed = [row.id for row in missed if row.state == STALE]
    struck = [row.id for row in missed if row.state == LIVE]
    held = not shard.held and is_too_many(len(doomed), shown.kept)
    set_assets(batch, struck, state=STALE)
    if not held:
        let_go(batch, doomed)
    set_shard(batch, digest=digest, complete_ms=batch.now_ms, skipped_ms=None, held=held)
    gone = 0 if held else len(doomed)
    return replace(shown, stale=len(missed) - gone, gone=gone, kept=shown.kept - gone, held=held)


def let_go(batch: Batch, ids: list[str]) -> None:
    """Take assets for gone, and with them what belongs to them."""
    asset = schema.asset
    while ids:
        set_assets(batch, ids, state=GONE, gone_ms=batch.now_ms)
        children = (
            select(asset.c.id).where(asset.c.parent_id.in_(some), asset.c.state != GONE)
            for some in chunks(ids)
        )
        ids = [key for query in children for key in batch.connection.scalars(query)]


def is_too_many(doomed: int, rows: int) -> bool:
    """Whether a removal is so large that one more reading should confirm it."""
    return rows > GUARD_ROWS and doomed > GUARD_SHARE * rows


def digest_of(complete: Complete) -> str:
    """What a reading showed, as a short text to compare."""
    return hashlib.sha256("\0".join(sorted(item.key for item in complete.items)).encode()).hexdigest()


def set_shard(batch: Batch, **values: Any) -> None:
    """Set values in the ticket's shard."""
    batch.connection.execute(
        update(schema.shard).where(schema.shard.c.id == batch.ticket.shard_id).values(**values)
    )


def add_reading(batch: Batch, outcome: Outcome, word: str) -> None:
    """Note the reading itself, for who asks why something is missing."""
    reason = why(outcome) or Why(meaning=Meaning.UNKNOWN, action="", message="")
    items = outcome.items if isinstance(outcome, Complete | Partial) else ()
    ticket = batch.ticket
    batch.connection.execute(
        insert(schema.reading),
        {
            "job_id": ticket.job_id,
            "shard_id": ticket.shard_id,
            "epoch": ticket.epoch,
            "cred_version": ticket.cred_version,
            "outcome": word,
            "items": len(items),
            "total": outcome.total if isinstance(outcome, Complete) else None,
            "meaning": reason.meaning.value if reason.message else "",
            "action": reason.action,
            "code": reason.code,
            "message": storable(reason.message),
            "request_id": reason.request_id,
            "started_ms": ticket.started_ms,
            "ended_ms": batch.now_ms,
        },
    )
