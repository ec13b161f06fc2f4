"""Synchronise an account: its regions, then every product in every selected region, a shard each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock

from connector.clouds.tencent.patience import Retry
from connector.clouds.tencent.products import REGION, Product, assets_of
from connector.clouds.tencent.reading import read
from connector.clouds.tencent.regions import regions_in
from connector.clouds.tencent.session import Session
from connector.model import Account, Region, Standing, Trouble
from connector.outcome import Broken, Complete, Meaning, Outcome, Skipped, Why, name, why
from connector.pipeline.advice import advise
from connector.pipeline.means import Means, session_of
from connector.store import accounts, assets, jobs, readings
from connector.store.readings import Change

REMEMBER_MS = 24 * 3600 * 1000
"""How long a region that does not have a product is not asked again."""

NOWHERE = Region(name="", title="")
"""Where a product is read that has no regions."""

KEY_FAILED = (Meaning.CREDENTIAL, Meaning.CLOCK)
"""What fails for one shard like this fails for all: the rest of the account is not asked."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One product in one region (empty: the product is read once)."""

    product: Product
    region: str
    skip: Why | None = None
    """Why it need not be read now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """So many shards will be read."""

    account: str
    shards: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """One more page of a shard is in."""

    kind: str
    region: str
    seen: int
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardResult:
    """How one shard ended. ``ok`` says that what is stored is what exists."""

    kind: str
    region: str
    outcome: str
    ok: bool
    change: Change
    why: Why | None = None
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """How a synchronisation ended."""

    account: str
    job_id: int
    standing: Standing
    results: tuple[ShardResult, ...]

    @property
    def complete(self) -> bool:
        """Whether every shard was read whole, or holds nothing to read."""
        return all(result.ok for result in self.results)


Event = Planned | PageRead | Retry | ShardResult
OnEvent = Callable[[Event], None]


class Run:
    """One synchronisation under way: what its shards share."""

    def __init__(self, means: Means, account: Account, on_event: OnEvent) -> None:
        self.means = means
        self.account = account
        self.job_id = jobs.open_job(means.database, account.id, "sync", means.clock.now_ms())
        self.failed: Why | None = None
        self._on_event = on_event
        self._turn = Lock()

    def tell(self, event: Event) -> None:
        """Pass an event on, one at a time, from whichever thread."""
        with self._turn:
            self._on_event(event)


async def sync(means: Means, account_name: str, on_event: OnEvent = lambda _: None) -> SyncReport:
    """Read everything the account's features need and store it; never raises for what the cloud says."""
    account = accounts.find_account(means.database, account_name)
    run = Run(means, account, on_event)
    state: jobs.State = "CANCELLED"
    try:
        session = session_of(means, account, run.tell)
        results = await read_all(run, session)
        state = "COMPLETE" if all(result.ok for result in results) else "INCOMPLETE"
    finally:
        jobs.close_job(means.database, run.job_id, state, means.clock.now_ms())
    standing = judge(account, results)
    accounts.set_standing(means.database, account.id, standing, message_of(results))
    return SyncReport(account=account.name, job_id=run.job_id, standing=standing, results=tuple(results))


async def read_all(run: Run, session: Session) -> list[ShardResult]:
    """Read the region list, then all that it spans."""
    engine = run.means.engine
    first = await engine.run(lambda shard: read_regions(run, session, shard), [Shard(REGION, "")])
    shards = plan(run)
    run.tell(Planned(account=run.account.name, shards=len(shards)))
    return first + await engine.run(lambda shard: read_shard(run, session, shard), shards)


def plan(run: Run) -> list[Shard]:
    """Every product of the account's features in every selected region."""
    database, account = run.means.database, run.account
    regions = [region for region in accounts.list_regions(database, account.id) if region.selected]
    memories = jobs.remember_shards(database, account.id)
    now_ms = run.means.clock.now_ms()
    return [
        Shard(product, region.name, reason_to_skip(product, region, memories, now_ms))
        for product in assets_of(account.features)
        for region in (regions if product.where == "every region" else [NOWHERE])
    ]


def reason_to_skip(
    product: Product, region: Region, memories: Mapping[tuple[str, str], jobs.Memory], now_ms: int
) -> Why | None:
    """Why a shard need not be read now: its region is closed, or lately said not to have the product."""
    told = ""
    if not region.available:
        told = "the cloud says that the region is UNAVAILABLE"
    memory = memories.get((product.kind, region.name))
    if memory and memory.skipped_ms is not None and now_ms - memory.skipped_ms < REMEMBER_MS:
        told = "not there when last asked; asked again after 24 hours"
    return Why(meaning=Meaning.REGION, action=product.permission, message=told) if told else None


def read_regions(run: Run, session: Session, shard: Shard) -> ShardResult:
    """Read the region list; what it says goes into the plan, what it no longer says changes nothing."""
    outcome, result = read_and_record(run, session, shard)
    if isinstance(outcome, Complete):
        means, follows = run.means, run.account.follows_new_regions
        found = regions_in(outcome, selected=follows)
        accounts.save_regions(means.database, run.account.id, found, means.clock.now_ms())
    return result


def read_shard(run: Run, session: Session, shard: Shard) -> ShardResult:
    """Read a shard, unless we know that there is nothing to read."""
    if shard.skip is None:
        return read_and_record(run, session, shard)[1]
    kept = assets.count_assets(run.means.database, run.account.id, shard.product.kind).get(shard.region, 0)
    return ended(run, shard, Skipped(shard.skip), Change(kept=kept))


def read_and_record(run: Run, session: Session, shard: Shard) -> tuple[Outcome, ShardResult]:
    """Read a shard and store what came of it."""
    means = run.means
    ticket = readings.begin(
        means.database, target(run, shard), job_id=run.job_id, now_ms=means.clock.now_ms()
    )
    outcome = read_if_key_works(run, session, shard)
    reason = why(outcome)
    if reason is not None and reason.meaning in KEY_FAILED:
        run.failed = reason
    change = readings.record(means.database, ticket, outcome, means.clock.now_ms())
    return outcome, ended(run, shard, outcome, change)


def target(run: Run, shard: Shard) -> readings.Target:
    """The shard in the store's terms."""
    account = run.account
    return readings.Target(
        account_id=account.id,
        owner=account.owner_uin or f"account-{account.id}",
        cred_version=account.cred_version,
        kind=shard.product.kind,
        region=shard.region,
    )


def read_if_key_works(run: Run, session: Session, shard: Shard) -> Outcome:
    """Read a shard, unless another one found out that the key no longer works."""
    if run.failed is not None:
        return Broken(run.failed)
    product, region = shard.product.in_pages_of(run.means.page_rows), shard.region

    def page_is_in(seen: int, total: int | None) -> None:
        run.tell(PageRead(kind=product.kind, region=region, seen=seen, total=total))

    return read(product, region, session, page_is_in)


def ended(run: Run, shard: Shard, outcome: Outcome, change: Change) -> ShardResult:
    """Say how a shard ended."""
    reason = why(outcome)
    trouble = None
    if reason is not None and not is_ok(outcome, change):
        trouble = advise(reason, region=shard.region, now_seconds=run.means.clock.now_ms() / 1000)
    result = ShardResult(
        kind=shard.product.kind,
        region=shard.region,
        outcome=name(outcome),
        ok=is_ok(outcome, change),
        change=change,
        why=reason,
        trouble=trouble,
    )
    run.tell(result)
    return result


def is_ok(outcome: Outcome, change: Change) -> bool:
    """Whether what is stored is what exists, as far as anyone can know."""
    if isinstance(outcome, Skipped):
        return change.kept == 0
    return isinstance(outcome, Complete) and not change.overtaken


def judge(account: Account, results: list[ShardResult]) -> Standing:
    """How the account is after a run; the cloud's or the network's failures are not held against it."""
    meanings = [result.why.meaning for result in results if result.why and not result.ok]
    if Meaning.CREDENTIAL in meanings:
        return Standing.ABNORMAL
    if Meaning.DENIED in meanings or Meaning.FROZEN in meanings:
        return Standing.PARTIAL if any(r.ok for r in results if r.kind != REGION.kind) else Standing.ABNORMAL
    return account.standing if meanings else Standing.ACTIVE


def message_of(results: list[ShardResult]) -> str:
    """The first trouble of a run, to be shown with the account."""
    return next((str(result.trouble) for result in results if result.trouble), "")
