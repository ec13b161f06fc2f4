"""Accounts, their keys and their regions, as stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from connector.errors import NotFound
from connector.model import Account, Identity, Key, Region, Standing
from connector.store.engine import Database
from connector.store.schema import account, credential, region_plan
from connector.store.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Everything an account is admitted with."""

    name: str
    identity: Identity | None
    key: Key
    features: tuple[str, ...]
    endpoint: str | None
    regions: tuple[Region, ...]
    follows_new_regions: bool
    standing: Standing
    message: str


def admit(database: Database, vault: Vault, admission: Admission, now_ms: int) -> Account:
    """Store an account, its key and its regions: all of it or nothing."""
    identity = admission.identity
    with database.begin() as connection:
        account_id = connection.execute(
            insert(account).returning(account.c.id),
            {
                "name": admission.name,
                "owner_uin": identity.OwnerUin if identity else "",
                "uin": identity.Uin if identity else "",
                "features": " ".join(admission.features),
                "endpoint": admission.endpoint,
                "follows_new_regions": admission.follows_new_regions,
                "standing": admission.standing.value,
                "message": admission.message,
                "cred_version": 1,
                "created_ms": now_ms,
            },
        ).scalar_one()
        put_key(connection, vault, admission.key, account_id=account_id, version=1, now_ms=now_ms)
        put_regions(database, connection, account_id, admission.regions, now_ms)
        return find_by_id(connection, account_id)


def put_key(
    connection: Connection, vault: Vault, key: Key, *, account_id: int, version: int, now_ms: int
) -> None:
    """Store one version of an account's key, sealed for exactly that row."""
    place = credential_place(account_id, version, key.SecretId)
    connection.execute(
        insert(credential),
        {
            "account_id": account_id,
            "version": version,
            "secret_id": key.SecretId,
            "sealed": vault.seal(key.SecretKey, place),
            "sealed_by": vault.name,
            "created_ms": now_ms,
        },
    )


def credential_place(account_id: int, version: int, secret_id: str) -> str:
    """Where a secret belongs; sealed with it."""
    return f"credential/{account_id}/{version}/{secret_id}"


def rotate(database: Database, vault: Vault, account_id: int, key: Key, now_ms: int) -> Account:
    """Give an account its next key; readings begun with the one before write nothing more."""
    with database.begin() as connection:
        version = find_by_id(connection, account_id).cred_version + 1
        connection.execute(update(account).where(account.c.id == account_id).values(cred_version=version))
        put_key(connection, vault, key, account_id=account_id, version=version, now_ms=now_ms)
        return find_by_id(connection, account_id)


def key_of(database: Database, vault: Vault, one: Account) -> Key:
    """Open the account's current key."""
    with database.begin() as connection:
        row = connection.execute(
            select(credential).where(
                credential.c.account_id == one.id, credential.c.version == one.cred_version
            )
        ).one()
    place = credential_place(one.id, one.cred_version, row.secret_id)
    return Key(row.secret_id, vault.open(row.sealed, row.sealed_by, place))


def accounts_query() -> Select[Any]:
    """Accounts, each with the SecretId of its current key."""
    current = (credential.c.account_id == account.c.id) & (credential.c.version == account.c.cred_version)
    return select(account, credential.c.secret_id).join(credential, current).order_by(account.c.id)


def list_accounts(database: Database) -> list[Account]:
    """Every account, oldest first."""
    with database.begin() as connection:
        return [from_row(row) for row in connection.execute(accounts_query())]


def find_account(database: Database, name: str) -> Account:
    """The account of this name."""
    with database.begin() as connection:
        row = connection.execute(accounts_query().where(account.c.name == name)).one_or_none()
    if row is None:
        known = ", ".join(one.name for one in list_accounts(database)) or "none"
        raise NotFound(f"there is no account named {name!r}; known: {known}")
    return from_row(row)


def find_by_id(connection: Connection, account_id: int) -> Account:
    """The account of this id, inside a transaction."""
    return from_row(connection.execute(accounts_query().where(account.c.id == account_id)).one())


def from_row(row: Row[Any]) -> Account:
    """A stored row as a value."""
    return Account(
        id=row.id,
        name=row.name,
        owner_uin=row.owner_uin,
        uin=row.uin,
        secret_id=row.secret_id,
        features=tuple(row.features.split()),
        endpoint=row.endpoint,
        follows_new_regions=row.follows_new_regions,
        standing=Standing(row.standing),
        message=row.message,
        cred_version=row.cred_version,
        created_ms=row.created_ms,
    )


def set_standing(database: Database, account_id: int, standing: Standing, message: str) -> None:
    """Note how an account is, and why."""
    with database.begin() as connection:
        connection.execute(
            update(account).where(account.c.id == account_id).values(standing=standing.value, message=message)
        )


def list_regions(database: Database, account_id: int) -> tuple[Region, ...]:
    """The account's regions by name."""
    query = select(region_plan).where(region_plan.c.account_id == account_id).order_by(region_plan.c.region)
    with database.begin() as connection:
        rows = connection.execute(query).all()
    return tuple(
        Region(name=row.region, title=row.title, available=row.available, selected=row.selected)
        for row in rows
    )


def save_regions(database: Database, account_id: int, regions: Iterable[Region], now_ms: int) -> None:
    """Write down what the cloud says of its regions; what the user selected stays as it is."""
    with database.begin() as connection:
        put_regions(database, connection, account_id, tuple(regions), now_ms)


def put_regions(
    database: Database, connection: Connection, account_id: int, regions: Sequence[Region], now_ms: int
) -> None:
    """Insert regions, or renew what the cloud says of them."""
    rows = [
        {
            "account_id": account_id,
            "region": region.name,
            "title": region.title,
            "available": region.available,
            "selected": region.selected,
            "seen_ms": now_ms,
        }
        for region in regions
    ]
    database.upsert(
        connection, region_plan, rows, by=("account_id", "region"), update=("title", "available", "seen_ms")
    )
