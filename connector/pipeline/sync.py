"""Synchronise an account: its regions, then every product in every selected region, a shard each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from connector.clouds.tencent.asking import EVERYTHING, Ask, asks_about, merge
from connector.clouds.tencent.gathering import Gathered
from connector.clouds.tencent.products import Product, assets_of, check_features, region_sources
from connector.clouds.tencent.reading import OnPage, ended_for
from connector.clouds.tencent.regions import discover
from connector.clouds.tencent.session import Session
from connector.errors import BadInput
from connector.model import Account, Standing
from connector.outcome import Change, Complete, Fact, Meaning, Outcome, Partial, Skipped, Why, name, why
from connector.pipeline.advice import advise
from connector.pipeline.course import KEY_FAILED, Course, Health, in_turns
from connector.pipeline.events import Event, OnEvent, PageRead, Planned, ShardResult, SyncReport
from connector.pipeline.means import Means, session_of
from connector.pipeline.plan import Shard, Where, known_of, plan
from connector.store import accounts, assets, jobs, offers, readings
from connector.store.readings import Ticket


class Run:
    """One synchronisation under way: what its shards share."""

    def __init__(self, means: Means, account: Account, features: tuple[str, ...], on_event: OnEvent) -> None:
        self.means = means
        self.account = account
        self.features = features
        self.health = Health()
        self.job_id = jobs.open_job(means.database, account.id, "sync", means.clock.now_ms())
        self._products = assets_of(features)
        self._children = children_of(self._products)
        self._everywhere = {one.kind for one in self._products if one.where == "once"}
        self._ends: dict[Where, Outcome] = {}
        self._asks: dict[Where, list[Ask]] = {}
        self._on_event = on_event
        self._turn = Lock()

    def tell(self, event: Event) -> None:
        """Pass an event on, one at a time, from whichever thread."""
        with self._turn:
            self._on_event(event)

    def note(self, shard: Shard, gathered: Gathered) -> None:
        """Keep how a shard ended, and what it leads others to ask."""
        asks = {
            child.kind: [ask for row in gathered.rows for ask in asks_about(child, row)]
            for child in self._children.get(shard.product.kind, ())
        }
        with self._turn:
            self._ends[shard.where] = without_items(gathered.outcome)
            for kind, found in asks.items():
                self._asks.setdefault((kind, self._region(kind, shard.region)), []).extend(found)

    def _region(self, kind: str, region: str) -> str:
        return "" if kind in self._everywhere else region

    def asks_of(self, shard: Shard) -> tuple[Ask, ...]:
        """The calls of a shard, by what was shown before."""
        if not shard.product.each:
            return (EVERYTHING,)
        return merge(shard.product, self._asks.get(shard.where, ()))

    def ends_before(self, shard: Shard) -> list[Outcome]:
        """How the shards ended that show what one asks about; what was not planned shows nothing."""
        region = shard.region
        wheres = [(kind, self._region(kind, region)) for kind in shard.product.parents]
        return [self._ends[where] for where in wheres if where in self._ends]

    def reason_to_skip(self, shard: Shard) -> Why | None:
        """Why a shard need not be read: by the plan, or because all it would ask about was left out."""
        return shard.skip or skipped_before(self.ends_before(shard))


def without_items(outcome: Outcome) -> Outcome:
    """How a reading ended, without what it showed: a run is not to hold a whole account in memory."""
    return replace(outcome, items=()) if isinstance(outcome, Complete | Partial) else outcome


def children_of(products: Sequence[Product]) -> dict[str, list[Product]]:
    """By each kind, the lines that ask about what it shows."""
    found: dict[str, list[Product]] = {}
    for product in products:
        for kind in dict.fromkeys(product.parents):
            found.setdefault(kind, []).append(product)
    return found


async def sync(
    means: Means,
    account_name: str,
    on_event: OnEvent = lambda _: None,
    features: tuple[str, ...] | None = None,
) -> SyncReport:
    """Read everything the account's features need (or some of them) and store it.

    Never raises for what the cloud says.
    """
    account = accounts.find_account(means.database, account_name)
    run = Run(means, account, chosen(account, features), on_event)
    state: jobs.State = "CANCELLED"
    try:
        session = session_of(means, account, run.tell)
        results = await read_all(run, session)
        state = "COMPLETE" if all(result.ok for result in results) else "INCOMPLETE"
    finally:
        jobs.close_job(means.database, run.job_id, state, means.clock.now_ms())
    standing, message = judge(account, results), message_of(results)
    if standing is Standing.ACTIVE and run.features != account.features:
        standing, message = account.standing, account.message  # what was not read may still be denied
    accounts.set_standing(means.database, account.id, standing, message)
    return SyncReport(account=account.name, job_id=run.job_id, standing=standing, results=tuple(results))


def chosen(account: Account, features: tuple[str, ...] | None) -> tuple[str, ...]:
    """The features to read: all of the account's, or those named, which have to be among them."""
    if features is None:
        return account.features
    check_features(features)
    others = [feature for feature in features if feature not in account.features]
    if others:
        raise BadInput.at(
            "features",
            f"{account.name!r} was onboarded for {', '.join(account.features)}; not {', '.join(others)}",
        )
    return features


async def read_all(run: Run, session: Session) -> list[ShardResult]:
    """Read the region list, then all that it spans, wave by wave."""
    engine, now_ms = run.means.engine, run.means.clock.now_ms()
    sources = region_sources(run.features)[:1]
    results = await engine.run(lambda source: read_regions(run, session, source), sources)
    waves = plan(run.features, known_of(run.means.database, run.account, now_ms))
    run.tell(Planned(account=run.account.name, shards=sum(map(len, waves))))
    for wave in waves:
        results += await read_wave(run, session, wave)
    return results


async def read_wave(run: Run, session: Session, shards: Sequence[Shard]) -> list[ShardResult]:
    """Read shards that need not wait for each other, their calls in turns."""
    results: dict[Where, ShardResult] = {}
    skips = {shard.where: skip for shard in shards if (skip := run.reason_to_skip(shard)) is not None}
    read = [shard for shard in shards if shard.where not in skips]
    courses = [open_shard(run, shard, ticket) for shard, ticket in zip(read, begin(run, read), strict=True)]

    def call(one: tuple[Course, int]) -> None:
        course, place = one
        if course.ask(place, session, run.means.page_rows, progress_of(run, course)):
            results[course.shard.where] = close(run, course)

    await run.means.engine.run(call, [*in_turns(courses)])
    for course in courses:
        if not course.asks:
            results[course.shard.where] = close(run, course)
    for shard in shards:
        if shard.where in skips:
            results[shard.where] = leave_out(run, shard, skips[shard.where])
    return [results[shard.where] for shard in shards]


def open_shard(run: Run, shard: Shard, ticket: Ticket) -> Course:
    """Find out what a shard has to ask."""
    unseen = unseen_before(run.ends_before(shard))
    return Course(shard, ticket, run.asks_of(shard), unseen, run.health)


def skipped_before(before: Sequence[Outcome]) -> Why | None:
    """Why there is nothing to ask about: the product or the region does not exist for this account."""
    skipped = [outcome for outcome in before if isinstance(outcome, Skipped)]
    return skipped[0].why if skipped and len(skipped) == len(before) else None


def unseen_before(before: Sequence[Outcome]) -> Why | None:
    """Why not all is known that there is to ask about."""
    return next((why(one) for one in before if not isinstance(one, Complete | Skipped)), None)


def leave_out(run: Run, shard: Shard, skip: Why) -> ShardResult:
    """End a shard that need not be read."""
    outcome = Skipped(skip)
    run.note(shard, Gathered(outcome))
    kept = assets.count_all(run.means.database, run.account.id).get(shard.where, 0)
    return ended(run, shard, outcome, Change(kept=kept))


def begin(run: Run, shards: Sequence[Shard]) -> list[Ticket]:
    """Begin the readings of shards in the store."""
    account = run.account
    targets = [
        readings.Target(
            account_id=account.id,
            owner=account.owner_uin or f"account-{account.id}",
            cred_version=account.cred_version,
            kind=shard.product.kind,
            region=shard.region,
            action=shard.product.permission,
            is_detail=shard.product.facts,
        )
        for shard in shards
    ]
    return readings.begin(run.means.database, targets, job_id=run.job_id, now_ms=run.means.clock.now_ms())


def close(run: Run, course: Course) -> ShardResult:
    """Store what a shard's calls showed, and keep what others need of it."""
    return put_down(run, course.shard, course.ticket, course.gathered())


def put_down(run: Run, shard: Shard, ticket: Ticket, gathered: Gathered) -> ShardResult:
    """Store what a shard showed, and keep what others need of it."""
    means = run.means
    change = readings.record(means.database, ticket, gathered.outcome, means.clock.now_ms(), gathered.facts)
    run.note(shard, Gathered(overtaken(shard.product)) if change.overtaken else gathered)
    return ended(run, shard, gathered.outcome, change, gathered.facts)


def overtaken(product: Product) -> Outcome:
    """What is left of a reading that came too late, for those that would ask about what it showed."""
    message = "a newer reading or key came first"
    return ended_for(Why(meaning=Meaning.INCOMPLETE, action=product.permission, message=message))


def read_regions(run: Run, session: Session, source: Product) -> ShardResult:
    """Read the region list; what it says goes into the plan, what it no longer says changes nothing."""
    means, account = run.means, run.account
    (ticket,) = begin(run, [Shard(source, "")])
    found = discover(session, run.features)
    reason = why(found.outcome)
    if reason is not None and reason.meaning in KEY_FAILED:
        run.health.failed = reason
    if isinstance(found.outcome, Complete):
        regions = [replace(one, selected=account.follows_new_regions) for one in found.regions]
        accounts.save_regions(means.database, account.id, regions, means.clock.now_ms())
        offers.save_offers(means.database, account.id, found.offers)
    ticket = replace(ticket, action=found.source.permission)
    return put_down(run, Shard(found.source, ""), ticket, Gathered(found.outcome))


def progress_of(run: Run, course: Course) -> OnPage:
    """What tells how far a shard is: by the rows of a list, or by the things that were asked about."""
    product, region = course.shard.product, course.shard.region

    def page_is_in(seen: int, total: int | None) -> None:
        if product.each:
            seen, total = course.answered + 1, len(course.asks)
        run.tell(PageRead(kind=product.kind, region=region, seen=seen, total=total))

    return page_is_in


def ended(
    run: Run, shard: Shard, outcome: Outcome, change: Change, facts: Sequence[Fact] = ()
) -> ShardResult:
    """Say how a shard ended."""
    reason = why(outcome)
    trouble = None
    if reason is not None and not is_ok(outcome, change):
        trouble = advise(reason, region=shard.region, now_seconds=run.means.clock.now_ms() / 1000)
    unknown = sum(fact.known == "UNKNOWN" for fact in facts)
    result = ShardResult(
        kind=shard.product.kind,
        region=shard.region,
        action=shard.product.permission,
        outcome=name(outcome),
        ok=is_ok(outcome, change),
        change=change,
        is_detail=shard.product.facts,
        known=len(facts) - unknown,
        unknown=unknown,
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
        return Standing.PARTIAL if any(r.ok for r in results if r.kind != "region") else Standing.ABNORMAL
    return account.standing if meanings else Standing.ACTIVE


def message_of(results: list[ShardResult]) -> str:
    """The first trouble of a run, to be shown with the account."""
    return next((str(result.trouble) for result in results if result.trouble), "")
