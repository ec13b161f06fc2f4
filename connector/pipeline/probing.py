"""Try every action that an account's features need, in every region where they need it."""

from __future__ import annotations

from collections.abc import Sequence

from connector.clouds.tencent.grants import Probe, missing, probe
from connector.clouds.tencent.products import assets_of
from connector.clouds.tencent.session import Session
from connector.model import Trouble
from connector.outcome import Meaning, Why
from connector.pipeline.advice import NOTHING_GRANTED, PARTLY_GRANTED, SOME_REGIONS, advise, denied, evidence
from connector.pipeline.means import Means


async def probe_assets(
    means: Means, session: Session, features: tuple[str, ...], regions: Sequence[str]
) -> tuple[Probe, ...]:
    """Try the features' asset reads, one row each, in every region; reads change nothing."""
    targets = [
        (product, region)
        for product in assets_of(features)
        for region in (regions if product.where == "every region" else ("",))
    ]
    return tuple(await means.engine.run(lambda target: probe(*target, session), targets))


def troubles_in(probes: Sequence[Probe], now_seconds: float) -> tuple[Trouble, ...]:
    """What the probes found wrong: all that is denied as one trouble an action, the rest by kind."""
    found = [denial(probes, permission) for permission in missing(probes)]
    others: dict[str, Trouble] = {}
    for one in probes:
        if one.verdict == "not evaluable" and one.why and one.why.meaning is not Meaning.REGION:
            others.setdefault(one.why.code, advise(one.why, region=one.region, now_seconds=now_seconds))
    return (*found, *others.values())


def denial(probes: Sequence[Probe], permission: str) -> Trouble:
    """Where an action is denied."""
    tried = [one for one in probes if one.permission == permission]
    refused = [(one.why, one.region) for one in tried if one.verdict == "denied" and one.why]
    proofs = [evidence(reason, region) for reason, region in refused]
    case = SOME_REGIONS if any(one.verdict == "allowed" for one in tried) else PARTLY_GRANTED
    if not any(one.verdict == "allowed" for one in probes):
        case = NOTHING_GRANTED
    return denied(case, [permission], proofs)


def key_failure(probes: Sequence[Probe]) -> Why | None:
    """What says that the key itself stopped working while it was tried."""
    reasons = (one.why for one in probes if one.why)
    return next((why for why in reasons if why.meaning in (Meaning.CREDENTIAL, Meaning.CLOCK)), None)
