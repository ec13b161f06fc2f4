"""Addresses that we were told to keep out: each asked for before the cloud is, settled by what it shows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from sqlalchemy import Row, Select, insert, select, update

from connector.store import schema
from connector.store.engine import Database

Wall = Literal["waf", "cfw"]
State = Literal["ASKED", "BLOCKED", "REFUSED", "LIFTED"]
"""Not known to be there, or not to be; seen there; not there; taken back."""

OVER: Final = "OVER"
"""How a block is once its time has passed: its rule may still stand, and keeps nobody out."""

OPEN: tuple[State, ...] = ("ASKED", "BLOCKED")
"""The states in which something of ours may stand at the cloud."""

MARK = "tcconnector:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One address at one place. ``rule`` is the cloud's id of it, empty until it was seen."""

    id: str
    account: str
    wall: Wall
    place: str
    """The domain, ``global`` for all of them; ``border``."""
    address: str
    because: str
    state: State | Literal["OVER"]
    rule: str
    asked_ms: int
    settled_ms: int | None
    until_ms: int | None
    """When it ends by itself; None for one that stays for good."""

    @property
    def mark(self) -> str:
        """What the cloud's rule is recognised by."""
        return f"{MARK}{self.id}"

    def at(self, now_ms: int) -> Block:
        """The block as it is at a moment."""
        is_over = self.state == "BLOCKED" and self.until_ms is not None and self.until_ms <= now_ms
        return replace(self, state=OVER) if is_over else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for: an address to be kept out at a place until a moment, or for good."""

    wall: Wall
    place: str
    address: str
    because: str
    until_ms: int | None


def ask(database: Database, account_id: int, request: Request, now_ms: int) -> Block:
    """Write down that a block is about to be asked for; one that is open already is asked for anew."""
    table = schema.block
    where = (table.c.account_id == account_id) & (table.c.address == request.address)
    where &= (table.c.wall == request.wall) & (table.c.place == request.place)
    asked = {"because": request.because, "until_ms": request.until_ms, "state": "ASKED", "asked_ms": now_ms}
    with database.begin() as connection:
        # One at a time for an account: two that ask at once share one block.
        connection.execute(
            select(schema.account.c.id).where(schema.account.c.id == account_id).with_for_update()
        )
        block_id = connection.scalar(select(table.c.id).where(where, table.c.state.in_(OPEN)))
        if block_id is None:
            block_id = uuid.uuid4().hex[:12]
            at = {"wall": request.wall, "place": request.place, "address": request.address}
            new = {"id": block_id, "account_id": account_id, "rule": "", "settled_ms": None}
            connection.execute(insert(table), new | at | asked)
        else:
            connection.execute(update(table).where(table.c.id == block_id).values(asked))
        row = connection.execute(blocks_query().where(table.c.id == block_id)).one()
    return from_row(row)


def found(database: Database, block_id: str, now_ms: int, *, rule: str, until_ms: int | None) -> None:
    """Write down that a block was seen at the cloud: as which rule, and until when."""
    put(database, block_id, {"state": "BLOCKED", "settled_ms": now_ms, "rule": rule, "until_ms": until_ms})


def end(database: Database, block_id: str, state: State, now_ms: int) -> None:
    """Write down that a block is not at the cloud: refused, or taken back."""
    put(database, block_id, {"state": state, "settled_ms": now_ms})


def put(database: Database, block_id: str, values: dict[str, Any]) -> None:
    """Change some of what is known of a block."""
    table = schema.block
    with database.begin() as connection:
        connection.execute(update(table).where(table.c.id == block_id).values(values))


def list_blocks(
    database: Database, *, account: str | None = None, states: Sequence[State] | None = None
) -> list[Block]:
    """Blocks, oldest first; of one account and in some states where these are named."""
    query = blocks_query()
    if account is not None:
        query = query.where(schema.account.c.name == account)
    if states is not None:
        query = query.where(schema.block.c.state.in_(states))
    with database.begin() as connection:
        return [from_row(row) for row in connection.execute(query)]


def blocks_query() -> Select[Any]:
    """Blocks with their accounts' names."""
    table, owner = schema.block, schema.account
    return (
        select(table, owner.c.name.label("account"))
        .join(owner, owner.c.id == table.c.account_id)
        .order_by(table.c.asked_ms, table.c.address, table.c.wall, table.c.place, table.c.id)
    )


def from_row(row: Row[Any]) -> Block:
    """A stored row as a value."""
    return Block(
        id=row.id,
        account=row.account,
        wall=row.wall,
        place=row.place,
        address=row.address,
        because=row.because,
        state=row.state,
        rule=row.rule,
        asked_ms=row.asked_ms,
        settled_ms=row.settled_ms,
        until_ms=row.until_ms,
    )
