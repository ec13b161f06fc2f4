"""Assets as they are looked at, and the few fields that are the user's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select, update

from connector.errors import NotFound
from connector.store import schema
from connector.store.engine import Database
from connector.store.schema import GONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One asset. ``fields`` are the normalised ones, ``raw`` is what the cloud sent."""

    id: str
    account: str
    kind: str
    region: str
    native_id: str
    name: str
    state: str
    fields: Mapping[str, Any]
    raw: Mapping[str, Any]
    first_seen_ms: int
    last_seen_ms: int
    last_changed_ms: int
    gone_ms: int | None
    group_name: str
    importance: str
    parent_id: str | None
    """What it belongs to, and does not outlive."""
    action: str
    request_id: str
    """The read that shows it, and the call that showed it last."""


def assets_query() -> Select[Any]:
    """Assets with what stands elsewhere: the account, the region's title, the call that showed each last."""
    asset, owner, plan, proof = schema.asset, schema.account, schema.region_plan, schema.evidence
    of_plan = (plan.c.account_id == asset.c.account_id) & (plan.c.region == asset.c.region)
    return (
        select(
            asset,
            owner.c.name.label("account"),
            owner.c.owner_uin,
            plan.c.title.label("region_title"),
            proof.c.request_id,
        )
        .join(owner, owner.c.id == asset.c.account_id)
        .outerjoin(plan, of_plan)
        .outerjoin(proof, (proof.c.asset_id == asset.c.id) & (proof.c.action == asset.c.action))
        .order_by(owner.c.id, asset.c.kind, asset.c.region, asset.c.native_id)
    )


def list_assets(
    database: Database,
    kind: str,
    *,
    account: str | None = None,
    region: str | None = None,
    gone: bool = False,
) -> list[Asset]:
    """Assets of a kind, by account, region and id; those that are gone only where asked for."""
    asset, query = schema.asset, assets_query().where(schema.asset.c.kind == kind)
    if account is not None:
        query = query.where(schema.account.c.name == account)
    if region is not None:
        query = query.where(asset.c.region == region)
    if not gone:
        query = query.where(asset.c.state != GONE)
    with database.begin() as connection:
        return [from_row(row) for row in connection.execute(query)]


def find_assets(database: Database, name: str) -> list[Asset]:
    """The assets of this id, ours or the cloud's; gone ones too."""
    asset = schema.asset
    query = assets_query().where((asset.c.id == name) | (asset.c.native_id == name))
    with database.begin() as connection:
        return [from_row(row) for row in connection.execute(query)]


def from_row(row: Row[Any]) -> Asset:
    """A stored row as a value; what depends on the account or the region is filled in here."""
    ours = {
        "Uuid": row.id,
        "RegionName": row.region_title or row.region,
        "VendorUid": row.owner_uin,
        "VendorUserName": row.account,
        "GroupName": row.group_name,
        "Importance": row.importance,
    }
    return Asset(
        id=row.id,
        account=row.account,
        kind=row.kind,
        region=row.region,
        native_id=row.native_id,
        name=row.name,
        state=row.state,
        fields=json.loads(row.fields) | ours,
        raw=json.loads(row.raw),
        first_seen_ms=row.first_seen_ms,
        last_seen_ms=row.last_seen_ms,
        last_changed_ms=row.last_changed_ms,
        gone_ms=row.gone_ms,
        group_name=row.group_name,
        importance=row.importance,
        parent_id=row.parent_id,
        action=row.action,
        request_id=row.request_id or "",
    )


def count_all(database: Database, account_id: int) -> dict[tuple[str, str], int]:
    """How many assets there are by kind and region, gone ones left out."""
    asset = schema.asset
    query = (
        select(asset.c.kind, asset.c.region, func.count().label("number"))
        .where(asset.c.account_id == account_id, asset.c.state != GONE)
        .group_by(asset.c.kind, asset.c.region)
    )
    with database.begin() as connection:
        return {(row.kind, row.region): row.number for row in connection.execute(query)}


def annotate(
    database: Database, asset_id: str, *, group_name: str | None = None, importance: str | None = None
) -> None:
    """Set the user's own fields of an asset; no sync ever writes them."""
    given = {"group_name": group_name, "importance": importance}
    values = {name: value for name, value in given.items() if value is not None}
    if not values:
        return
    with database.begin() as connection:
        result = connection.execute(
            update(schema.asset).where(schema.asset.c.id == asset_id).values(**values)
        )
        if result.rowcount == 0:
            raise NotFound(f"there is no asset {asset_id!r}")
