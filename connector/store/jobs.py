"""Jobs: one run over all shards of an account each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import insert, select, update

from connector.store.engine import Database
from connector.store.schema import job, shard

State = Literal["COMPLETE", "INCOMPLETE", "CANCELLED"]


def open_job(database: Database, account_id: int, kind: str, now_ms: int) -> int:
    """Begin a job; one of the same account that never ended is marked ABANDONED."""
    with database.begin() as connection:
        connection.execute(
            update(job)
            .where(job.c.account_id == account_id, job.c.kind == kind, job.c.state == "RUNNING")
            .values(state="ABANDONED", ended_ms=now_ms)
        )
        values = {"account_id": account_id, "kind": kind, "state": "RUNNING", "started_ms": now_ms}
        job_id: int = connection.execute(insert(job).returning(job.c.id), values).scalar_one()
        return job_id


def close_job(database: Database, job_id: int, state: State, now_ms: int) -> None:
    """End a job."""
    with database.begin() as connection:
        connection.execute(update(job).where(job.c.id == job_id).values(state=state, ended_ms=now_ms))


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a shard: when it was last read whole, and last said not to exist."""

    complete_ms: int | None
    skipped_ms: int | None


def remember_shards(database: Database, account_id: int) -> dict[tuple[str, str], Memory]:
    """What is remembered of each shard, by kind and region."""
    query = select(shard).where(shard.c.account_id == account_id)
    with database.begin() as connection:
        return {
            (row.kind, row.region): Memory(row.complete_ms, row.skipped_ms)
            for row in connection.execute(query)
        }
