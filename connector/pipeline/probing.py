"""Try every action that an account's features need, with something that exists where there is any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connector.clouds.tencent.asking import EVERYTHING, Ask, Row, asks_about, merge, unheard_of
from connector.clouds.tencent.grants import Probe, Tried, missing, probe
from connector.clouds.tencent.products import Line, assets_of, deeds_of, waves_of
from connector.clouds.tencent.session import Session
from connector.model import Trouble
from connector.outcome import SAYS_NOTHING_OF_THE_KEY, Meaning, Why
from connector.pipeline.advice import NOTHING_GRANTED, PARTLY_GRANTED, SOME_REGIONS, advise, denied, evidence
from connector.pipeline.means import Means

REGIONS_AT_MOST = 4
"""So many regions are asked for one that has a product; then it is left open whether it may be read."""


@dataclass(frozen=True, slots=True)
class Target:
    """One action to try, in the first of these regions that has the product."""

    line: Line
    regions: tuple[str, ...]
    ask: Ask = EVERYTHING
    is_real: bool = True


async def probe_assets(
    means: Means, session: Session, features: tuple[str, ...], regions: Sequence[str]
) -> tuple[Probe, ...]:
    """Try what the features call, and change nothing: one row of each read, no more than the form of a write.

    What one read shows, the next calls ask about.
    """
    probes: list[Probe] = []
    rows: list[Row] = []
    waves: list[Sequence[Line]] = [*waves_of(assets_of(features)), deeds_of(features)]
    for wave in waves:
        targets = [target for line in wave for target in targets_of(line, regions, rows)]
        tried = await means.engine.run(lambda target: attempt(target, session), targets)
        probes += [one.probe for one in tried]
        rows += [row for one in tried for row in one.rows]
    return tuple(probes)


def targets_of(line: Line, regions: Sequence[str], rows: Sequence[Row]) -> Iterator[Target]:
    """Where and how to try one action."""
    anywhere = ("",) if line.where == "once" else tuple(regions)
    if not anywhere:
        return
    if line.probed == "every region":
        yield from (Target(line, (region,)) for region in anywhere)
    elif not line.each:
        yield Target(line, anywhere[:REGIONS_AT_MOST], is_real=not line.writes)
    else:
        yield sample(line, rows) or Target(line, anywhere[:REGIONS_AT_MOST], unheard_of(line), is_real=False)


def sample(line: Line, rows: Sequence[Row]) -> Target | None:
    """A call about something that exists."""
    for row in rows:
        for ask in merge(line, asks_about(line, row)):
            region = "" if line.where == "once" else row.place.region
            return Target(line, (region,), ask, is_real=not line.writes)
    return None


def attempt(target: Target, session: Session) -> Tried:
    """Try an action in one region after the other, until one has the product."""
    *others, last = target.regions
    for region in others:
        tried = probe(target.line, region, session, target.ask, real=target.is_real)
        if not (tried.probe.why and tried.probe.why.meaning is Meaning.REGION):
            return tried
    return probe(target.line, last, session, target.ask, real=target.is_real)


def troubles_in(probes: Sequence[Probe], now_seconds: float) -> tuple[Trouble, ...]:
    """What the probes found wrong: all that is denied alike as one trouble, the rest by kind."""
    others: dict[str, Trouble] = {}
    for one in probes:
        if one.verdict == "not evaluable" and one.why and one.why.meaning not in SAYS_NOTHING_OF_THE_KEY:
            others.setdefault(one.why.code, advise(one.why, region=one.region, now_seconds=now_seconds))
    return (*denials(probes), *others.values())


def denials(probes: Sequence[Probe]) -> Iterator[Trouble]:
    """What is denied, the actions together that are denied in the same places."""
    by_place: dict[tuple[str, tuple[str, ...]], list[Probe]] = {}
    for permission in missing(probes):
        tried = [one for one in probes if one.permission == permission]
        refused = [one for one in tried if one.verdict == "denied"]
        is_some = any(one.verdict == "allowed" for one in tried)
        regions = tuple(one.region for one in refused) if is_some else ()
        by_place.setdefault((SOME_REGIONS if is_some else PARTLY_GRANTED, regions), []).extend(refused)
    nothing = not any(one.verdict == "allowed" for one in probes)
    for (case, _), refused in by_place.items():
        proofs = [evidence(one.why, one.region) for one in refused if one.why]
        yield denied(NOTHING_GRANTED if nothing else case, [one.permission for one in refused], proofs)


def key_failure(probes: Sequence[Probe]) -> Why | None:
    """What says that the key itself stopped working while it was tried."""
    reasons = (one.why for one in probes if one.why)
    return next((why for why in reasons if why.meaning in (Meaning.CREDENTIAL, Meaning.CLOCK)), None)
