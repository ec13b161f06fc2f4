"""Manual configuration: admit an account by a sub-user's key, or say step by step why not."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from connector.clouds.tencent.grants import Probe, permissions_of, policy_for
from connector.clouds.tencent.identity import Unidentified, identify
from connector.clouds.tencent.products import Product, check_features, region_sources
from connector.clouds.tencent.regions import discover
from connector.clouds.tencent.session import Session
from connector.errors import BadInput, Refused, Violation
from connector.model import Account, Identity, Key, Region, Secret, Standing, Trouble
from connector.outcome import Complete, Denied, Why, why
from connector.pipeline.advice import PARTLY_GRANTED, TEMPORARY, advise, denied, evidence
from connector.pipeline.means import Means, open_session
from connector.pipeline.probing import key_failure, probe_assets, troubles_in
from connector.store import accounts

SECRET_ID = re.compile(r"AKID[A-Za-z0-9]{32}")
NAME_LENGTH = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What the user submits. ``regions`` None means all there are, and those to come."""

    name: str
    key: Key
    features: tuple[str, ...] = ("host",)
    regions: tuple[str, ...] | None = None
    endpoint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of onboarding has ended well."""

    name: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarded:
    """An account was admitted. ``troubles`` do not stand against that, and cost some of its assets."""

    account: Account
    regions: tuple[Region, ...]
    probes: tuple[Probe, ...]
    troubles: tuple[Trouble, ...]


OnStep = Callable[[Step], None]


async def onboard(means: Means, application: Application, on_step: OnStep = lambda _: None) -> Onboarded:
    """Check shape, identity, regions and permissions, then admit; a refusal stores nothing."""
    application = trim(application)
    check_shape(means, application)
    on_step(Step(name="key", detail=f"{application.key} is well-formed and new here"))
    session = open_session(means, application.key, application.endpoint)
    identity = await asyncio.to_thread(check_identity, means, session)
    check_owner_is_new(means, identity)
    on_step(Step(name="identity", detail=describe(identity)))
    regions, lacking = await asyncio.to_thread(choose_regions, means, session, application)
    if regions:
        on_step(Step(name="regions", detail=f"{len(names_to_probe(regions))} to read of {len(regions)}"))
    probes = await probe_assets(means, session, application.features, names_to_probe(regions))
    troubles = (*lacking, *check_permissions(means, application, probes))
    on_step(Step(name="permissions", detail=count_verdicts(probes)))
    account = admit(means, application, identity, regions, troubles)
    on_step(Step(name="admit", detail=f"{account.name} is {account.standing}"))
    return Onboarded(account=account, regions=regions, probes=probes, troubles=troubles)


async def rotate(means: Means, account_name: str, key: Key, on_step: OnStep = lambda _: None) -> Account:
    """Give an account another key of the same Tencent account; a refusal leaves the old one in place."""
    account = accounts.find_account(means.database, account_name)
    key = trim_key(key)
    violations = key_violations(key)
    if violations:
        raise BadInput(violations)
    session = open_session(means, key, account.endpoint)
    identity = await asyncio.to_thread(check_identity, means, session)
    check_same_owner(account, identity)
    on_step(Step(name="identity", detail=describe(identity)))
    names = names_to_probe(accounts.list_regions(means.database, account.id))
    probes = await probe_assets(means, session, account.features, names)
    application = Application(name=account.name, key=key, features=account.features)
    check_permissions(means, application, probes)
    on_step(Step(name="permissions", detail=count_verdicts(probes)))
    return accounts.rotate(means.database, means.vault, account.id, key, means.clock.now_ms())


def trim(application: Application) -> Application:
    """Take off the blanks that copying leaves around names and keys."""
    return replace(application, name=application.name.strip(), key=trim_key(application.key))


def trim_key(key: Key) -> Key:
    """Take off the blanks around both halves of a key."""
    return Key(key.SecretId.strip(), Secret(key.SecretKey.reveal().strip()))


def check_shape(means: Means, application: Application) -> None:
    """Refuse what no call to the cloud could make good, all of it at once."""
    check_features(application.features)
    violations = key_violations(application.key)
    if not 0 < len(application.name) <= NAME_LENGTH:
        violations.append(Violation("name", f"expected 1 to {NAME_LENGTH} characters"))
    if application.regions is not None and not application.regions:
        violations.append(Violation("regions", "expected at least one region, or none given for all"))
    if application.regions and not region_sources(application.features):
        told = ", ".join(application.features)
        violations.append(Violation("regions", f"expected none: {told} reads nothing region by region"))
    for known in accounts.list_accounts(means.database):
        if known.name == application.name:
            violations.append(Violation("name", f"{known.name!r} is taken: choose another name"))
        if known.secret_id == application.key.SecretId:
            violations.append(Violation("SecretId", f"this key is onboarded already, as {known.name!r}"))
    if violations:
        raise BadInput(violations)


def key_violations(key: Key) -> list[Violation]:
    """What is wrong with the form of a key; its secret half is never shown."""
    found = []
    if len(key.SecretId) > 36 and key.SecretId.startswith("AKID"):
        found.append(Violation("SecretId", f"{TEMPORARY[1]} {TEMPORARY[2]}"))
    elif not SECRET_ID.fullmatch(key.SecretId):
        found.append(
            Violation("SecretId", "expected AKID and 32 letters or digits, as the CAM console shows it")
        )
    secret = key.SecretKey.reveal()
    if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
        found.append(Violation("SecretKey", "expected a text without blanks or line breaks in it"))
    return found


def check_identity(means: Means, session: Session) -> Identity | None:
    """Find out who the key speaks for; None where the cloud will not say, which proves nothing."""
    found = identify(session)
    if isinstance(found, Identity):
        check_is_sub_user(found)
        return found
    check_key_works(means, found)
    return None


def check_key_works(means: Means, found: Unidentified) -> None:
    """Refuse a key that the cloud refused, and a cloud that does not answer; a denial is no reason."""
    if found.bad_key or found.unreachable:
        raise Refused("identity", [advise(found.why, now_seconds=means.clock.now_ms() / 1000)])


def check_is_sub_user(identity: Identity) -> None:
    """Refuse the root account's key, and keys that end by themselves."""
    if identity.Type == "CAMRole":
        raise Refused("identity", [Trouble(case=TEMPORARY[0], what=TEMPORARY[1], remedy=TEMPORARY[2])])
    if identity.is_root:
        raise Refused(
            "identity",
            [
                Trouble(
                    case="F06",
                    what=f"This is the key of the root account {identity.OwnerUin}. It may do everything, "
                    "cannot be narrowed by any policy, and is never accepted for manual configuration.",
                    remedy="Create a CAM sub-user with programmatic access, grant it only the policy for the "
                    "features you want, and submit its key. Then consider deleting the root key.",
                )
            ],
        )


def check_owner_is_new(means: Means, identity: Identity | None) -> None:
    """Refuse a second admission of one Tencent account: its assets would be counted twice."""
    if identity is None:
        return
    for known in accounts.list_accounts(means.database):
        if known.owner_uin == identity.OwnerUin:
            raise Refused(
                "identity",
                [
                    Trouble(
                        case="BOUND",
                        what=f"Tencent account {identity.OwnerUin} is onboarded already, as {known.name!r}.",
                        remedy=f"To give it this key instead, run: tcconnector rotate-key {known.name}",
                    )
                ],
            )


def check_same_owner(account: Account, identity: Identity | None) -> None:
    """Refuse a new key that belongs to another Tencent account."""
    if identity is not None and account.owner_uin and identity.OwnerUin != account.owner_uin:
        raise Refused(
            "identity",
            [
                Trouble(
                    case="F08",
                    what=f"The key belongs to Tencent account {identity.OwnerUin}, "
                    f"and {account.name!r} is {account.owner_uin}: every asset would change its owner.",
                    remedy="Submit a key of a sub-user of the same account, or onboard the other one anew.",
                )
            ],
        )


def describe(identity: Identity | None) -> str:
    """Who the key speaks for, in words."""
    if identity is None:
        return "unknown: the cloud would not say, which does not speak against the key"
    return f"sub-user {identity.Uin} of account {identity.OwnerUin}"


def choose_regions(
    means: Means, session: Session, application: Application
) -> tuple[tuple[Region, ...], tuple[Trouble, ...]]:
    """List the regions and mark those to read; without the permission the published list serves."""
    if not region_sources(application.features):
        return (), ()
    found = discover(session, application.features)
    reason, regions = why(found.outcome), found.regions
    if reason is not None and not isinstance(found.outcome, Denied):
        raise Refused("regions", [advise(reason, now_seconds=means.clock.now_ms() / 1000)])
    wanted = application.regions
    if wanted is None:
        return regions, lacking_regions(found.source, reason)
    if isinstance(found.outcome, Complete):
        check_regions(regions, wanted)
    else:
        regions += tuple(Region(name=name, title=name) for name in wanted if name not in names_of(regions))
    marked = tuple(replace(region, selected=region.name in wanted) for region in regions)
    return marked, lacking_regions(found.source, reason)


def check_regions(regions: Sequence[Region], wanted: Sequence[str]) -> None:
    """Refuse regions that the account has not got."""
    available = names_of([region for region in regions if region.available])
    unknown = [name for name in wanted if name not in available]
    if unknown:
        raise BadInput.at(
            "regions", f"not available: {', '.join(unknown)}; available: {', '.join(available)}"
        )


def names_of(regions: Sequence[Region]) -> list[str]:
    """The regions' names."""
    return [region.name for region in regions]


def names_to_probe(regions: Sequence[Region]) -> list[str]:
    """The regions that will be read."""
    return [region.name for region in regions if region.selected and region.available]


def lacking_regions(source: Product, reason: Why | None) -> tuple[Trouble, ...]:
    """Say that new regions will not be noticed."""
    if reason is None:
        return ()
    trouble = denied(PARTLY_GRANTED, [source.permission], [evidence(reason, "")])
    return (replace(trouble, what=f"{trouble.what} The published list of regions is used instead."),)


def check_permissions(means: Means, application: Application, probes: Sequence[Probe]) -> tuple[Trouble, ...]:
    """Refuse a key that may do nothing of it; return what it may not do of the rest."""
    now_seconds = means.clock.now_ms() / 1000
    failure = key_failure(probes)
    if failure is not None:
        raise Refused("permissions", [advise(failure, now_seconds=now_seconds)])
    troubles = troubles_in(probes, now_seconds)
    if any(one.verdict == "allowed" for one in probes):
        return troubles
    policy = policy_for(permissions_of(application.features))
    raise Refused(
        "permissions",
        [replace(trouble, policy=policy) if trouble.missing else trouble for trouble in troubles]
        or [Trouble(case="F17", what="None of the regions has the product.", remedy="Choose other regions.")],
    )


def count_verdicts(probes: Sequence[Probe]) -> str:
    """How many probes ended how."""
    verdicts = [one.verdict for one in probes]
    return ", ".join(f"{verdicts.count(word)} {word}" for word in dict.fromkeys(verdicts))


def admit(
    means: Means,
    application: Application,
    identity: Identity | None,
    regions: tuple[Region, ...],
    troubles: tuple[Trouble, ...],
) -> Account:
    """Store the account: the first write of the whole pipeline."""
    admission = accounts.Admission(
        name=application.name,
        identity=identity,
        key=application.key,
        features=application.features,
        endpoint=means.endpoint or application.endpoint,
        regions=regions,
        follows_new_regions=application.regions is None,
        standing=Standing.PARTIAL if troubles else Standing.ACTIVE,
        message="; ".join(str(trouble) for trouble in troubles),
    )
    return accounts.admit(means.database, means.vault, admission, means.clock.now_ms())
