"""Check an account's key: does it work, is it the same account's, may it still do all it must."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from connector.clouds.tencent.asking import EVERYTHING, Ask
from connector.clouds.tencent.grants import Probe, missing, probe
from connector.clouds.tencent.identity import identify
from connector.clouds.tencent.products import REGION, REGION_LISTS, Product, region_sources
from connector.clouds.tencent.session import Session
from connector.model import Account, Identity, Standing, Trouble
from connector.outcome import SAYS_NOTHING_OF_THE_KEY, Meaning, Why
from connector.pipeline.advice import advise
from connector.pipeline.means import Means, session_of
from connector.pipeline.probing import key_failure, probe_assets, troubles_in
from connector.store import accounts


class Verdict(StrEnum):
    """What a key is found to be."""

    VALID = "valid"
    UNDER_PRIVILEGED = "under-privileged"
    DISABLED_OR_DELETED = "disabled or deleted"
    WRONG_SECRET = "wrong secret"  # noqa: S105  # a word, not a secret
    REFUSED = "refused"
    WRONG_ACCOUNT = "of another account"
    CLOCK_SKEW = "clock skew"
    UNREACHABLE = "unreachable"
    INCONCLUSIVE = "inconclusive"


BY_CODE = {
    "AuthFailure.SecretIdNotFound": Verdict.DISABLED_OR_DELETED,
    "AuthFailure.SignatureFailure": Verdict.WRONG_SECRET,
}
BY_MEANING = {
    Meaning.CREDENTIAL: Verdict.REFUSED,
    Meaning.CLOCK: Verdict.CLOCK_SKEW,
    Meaning.TRANSIENT: Verdict.UNREACHABLE,
    Meaning.THROTTLE: Verdict.UNREACHABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReport:
    """What a key is, how we know, and what to do."""

    account: str
    verdict: Verdict
    identity: Identity | None
    probes: tuple[Probe, ...]
    troubles: tuple[Trouble, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The actions that are denied somewhere."""
        return missing(self.probes)


async def check_key(means: Means, account_name: str) -> KeyReport:
    """Ask who the key speaks for, then try all it is needed for; changes nothing in the cloud."""
    account = accounts.find_account(means.database, account_name)
    report = await examine(means, account, session_of(means, account))
    standing = standing_after(report)
    message = str(report.troubles[0]) if report.troubles else ""
    if standing is not None:
        accounts.set_standing(means.database, account.id, standing, message)
    return report


async def examine(means: Means, account: Account, session: Session) -> KeyReport:
    """Find out what the key is."""
    found = await asyncio.to_thread(identify, session)
    if not isinstance(found, Identity):
        if found.bad_key or found.unreachable:
            return failed(means, account, found.why)
        return await examine_permissions(means, account, session, None)
    if account.owner_uin and found.OwnerUin != account.owner_uin:
        return other_account(account, found)
    return await examine_permissions(means, account, session, found)


async def examine_permissions(
    means: Means, account: Account, session: Session, identity: Identity | None
) -> KeyReport:
    """Try every action the account's features need."""
    regions = accounts.list_regions(means.database, account.id)
    names = [region.name for region in regions if region.selected and region.available]
    sources = region_sources(account.features)[:1]
    lists = await means.engine.run(lambda one: probe(one, "", session, a_service(one)).probe, sources)
    probes = (*lists, *await probe_assets(means, session, account.features, names))
    failure = key_failure(probes)
    if failure is not None:
        return failed(means, account, failure)
    return KeyReport(
        account=account.name,
        verdict=verdict_of(probes),
        identity=identity,
        probes=probes,
        troubles=troubles_in(probes, means.clock.now_ms() / 1000),
    )


def a_service(source: Product) -> Ask:
    """What the region list is asked about: it lists the regions of one service, or all of them."""
    return Ask(params={"Product": "cvm"}) if source is REGION else EVERYTHING


def verdict_of(probes: Sequence[Probe]) -> Verdict:
    """What probes without any failure of the key itself say of it."""
    if missing(probes):
        return Verdict.UNDER_PRIVILEGED
    unclear = [one.why for one in probes if one.verdict == "not evaluable" and one.why]
    unclear = [reason for reason in unclear if reason.meaning not in SAYS_NOTHING_OF_THE_KEY]
    if not unclear:
        return Verdict.VALID
    if len(unclear) == len(probes):
        return BY_MEANING.get(unclear[0].meaning, Verdict.INCONCLUSIVE)
    return Verdict.INCONCLUSIVE


def failed(means: Means, account: Account, reason: Why) -> KeyReport:
    """A report on a key that could not even be tried."""
    return KeyReport(
        account=account.name,
        verdict=BY_CODE.get(reason.code) or BY_MEANING.get(reason.meaning, Verdict.INCONCLUSIVE),
        identity=None,
        probes=(),
        troubles=(advise(reason, now_seconds=means.clock.now_ms() / 1000),),
    )


def other_account(account: Account, identity: Identity) -> KeyReport:
    """A report on a key that answers for another account than the one it was admitted for."""
    trouble = Trouble(
        case="F08",
        what=f"The key speaks for account {identity.OwnerUin}, and {account.name!r} is {account.owner_uin}.",
        remedy="Give the account a key of its own: tcconnector rotate-key.",
    )
    return KeyReport(
        account=account.name, verdict=Verdict.WRONG_ACCOUNT, identity=identity, probes=(), troubles=(trouble,)
    )


def standing_after(report: KeyReport) -> Standing | None:
    """How the account is now; None where the check says nothing about the account."""
    match report.verdict:
        case Verdict.VALID:
            return Standing.ACTIVE
        case Verdict.UNDER_PRIVILEGED:
            allowed = {one.permission for one in report.probes if one.verdict == "allowed"}
            return Standing.PARTIAL if allowed - REGION_LISTS else Standing.ABNORMAL
        case Verdict.CLOCK_SKEW | Verdict.UNREACHABLE | Verdict.INCONCLUSIVE:
            return None
        case _:
            return Standing.ABNORMAL
