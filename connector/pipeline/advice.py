"""Why something did not work and what to do about it, in words for the person who can."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from connector.clouds.tencent.grants import policy_for, presets_for
from connector.model import Evidence, Trouble
from connector.outcome import Meaning, Why
from connector.pipeline.events import ShardResult

NOT_FOUND = (
    "F01",
    "Tencent Cloud does not know this SecretId: mistyped, disabled, or deleted.",
    (
        "Look at the key in the CAM console (User List, the user, API Key): enable it, or create a new one. "
        "A key of the other Tencent site (mainland or international) is not found here either."
    ),
)
WRONG_SECRET = (
    "F02",
    "The SecretKey does not belong to this SecretId.",
    (
        "Copy the SecretKey that was shown when this SecretId was created; it is never shown again, "
        "so if it is lost, create a new key."
    ),
)
MALFORMED = (
    "F04",
    "This is not a cloud API key.",
    "Give the SecretId (AKID…) and SecretKey of a CAM sub-user, without blanks or quotes around them.",
)
TEMPORARY = (
    "F10",
    "This is a temporary key (STS) or its token failed; it would stop working within hours.",
    "Create a long-term API key for a CAM sub-user and submit that.",
)
MFA = (
    "F13",
    "The account demands a second factor for API calls.",
    "Exempt the sub-user from multi-factor protection of API calls, or use a user without it.",
)
BY_CODE = {
    "AuthFailure.SecretIdNotFound": NOT_FOUND,
    "AuthFailure.SignatureFailure": WRONG_SECRET,
    "AuthFailure.InvalidSecretId": MALFORMED,
    "AuthFailure.InvalidAuthorization": MALFORMED,
    "AuthFailure.TokenFailure": TEMPORARY,
    "AuthFailure.MFAFailure": MFA,
}
BY_MEANING = {
    Meaning.CREDENTIAL: ("F04", "The key was refused.", "Check the key in the CAM console."),
    Meaning.FROZEN: (
        "F23",
        "The product is isolated: the account is in arrears or frozen.",
        "Settle the account's bills in the billing console, then synchronise again.",
    ),
    Meaning.NOT_ENABLED: ("F16", "The product was never opened for this account.", "Nothing to do."),
    Meaning.REGION: ("F17", "There is no such region for this account or product.", "Nothing to do."),
    Meaning.UNSERVED: (
        "UNSERVED",
        "The gateway does not know this action, which Tencent Cloud grants and does not publish.",
        "Nothing to do: what it would show is left out.",
    ),
    Meaning.THROTTLE: (
        "F21",
        "Tencent Cloud keeps refusing calls for being too many, although we slowed down.",
        "Synchronise again later; other programs may share this account's quota.",
    ),
    Meaning.TRANSIENT: (
        "F22",
        "Tencent Cloud gave no usable answer, several times over. What was known is kept.",
        "Check that this machine reaches the endpoint, then try again.",
    ),
    Meaning.INCOMPLETE: (
        "F42",
        "The list changed while it was read, twice over. What was seen is stored, nothing is removed.",
        "Synchronise again.",
    ),
    Meaning.UNDONE: (
        "UNDONE",
        "Tencent Cloud answered, and says that it did not do this.",
        "Look at what it names: the address may be malformed for it, or its list full.",
    ),
    Meaning.BUG: (
        "BUG",
        "Tencent Cloud refused the form of our call.",
        "This is for us to mend: report it with the RequestId.",
    ),
}
OTHERWISE = ("UNKNOWN", "Tencent Cloud refused with a code we do not know.", "Report it with the RequestId.")


def advise(reason: Why, *, region: str = "", now_seconds: float | None = None) -> Trouble:
    """Turn the reason of one outcome into a trouble."""
    proof = evidence(reason, region)
    if reason.meaning is Meaning.DENIED:
        return denied(SOME_REGIONS if region else PARTLY_GRANTED, [reason.action], [proof])
    if reason.meaning is Meaning.CLOCK:
        return clock_skew(reason, proof, now_seconds)
    case, what, remedy = BY_CODE.get(reason.code) or BY_MEANING.get(reason.meaning, OTHERWISE)
    return Trouble(case=case, what=what, remedy=remedy, evidence=proof)


def evidence(reason: Why, region: str) -> Evidence:
    """The call behind a reason."""
    return Evidence(
        action=reason.action,
        region=region,
        code=reason.code or reason.meaning.value,
        message=reason.message,
        request_id=reason.request_id,
    )


NOTHING_GRANTED, PARTLY_GRANTED, SOME_REGIONS = "F11", "F12", "F15"


def denied(case: str, permissions: Sequence[str], proofs: Sequence[Evidence]) -> Trouble:
    """The key may not do what a feature needs: any of it, some of it, or some of it in some regions."""
    wanted = tuple(dict.fromkeys(permissions))
    where = sorted({proof.region for proof in proofs if proof.region}) if case == SOME_REGIONS else []
    told = f" in {', '.join(where)}" if where else ""
    return Trouble(
        case=case,
        what=f"The key is not allowed {enumerate_some(wanted)}{told}.",
        remedy=grant(wanted, partly=bool(told)),
        evidence=proofs[0] if proofs else None,
        missing=wanted,
        policy=policy_for(wanted),
    )


def sum_up(results: Sequence[ShardResult]) -> tuple[Trouble, ...]:
    """The troubles of a run: what is denied in the same places as one, any other as it was met first."""
    allowed = {result.action for result in results if result.ok}
    refused: dict[str, list[Evidence]] = {}
    others: dict[tuple[str, str], Trouble] = {}
    for result in results:
        if result.trouble is None or result.why is None:
            continue
        if result.why.meaning is Meaning.DENIED:
            refused.setdefault(result.why.action, []).append(evidence(result.why, result.region))
        else:
            others.setdefault((result.trouble.what, result.why.code), result.trouble)
    return (*denied_alike(refused, allowed), *others.values())


def denied_alike(refused: Mapping[str, list[Evidence]], allowed: Collection[str]) -> Iterator[Trouble]:
    """One trouble for all the actions that are denied in the same places."""
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for action, proofs in refused.items():
        regions = tuple(sorted({proof.region for proof in proofs})) if action in allowed else ()
        groups.setdefault((SOME_REGIONS if regions else PARTLY_GRANTED, regions), []).append(action)
    for (case, _), actions in groups.items():
        yield denied(case, actions, [proof for action in actions for proof in refused[action]])


SHOWN_AT_MOST = 6


def enumerate_some(permissions: Sequence[str]) -> str:
    """Some actions by name, and how many more."""
    named = ", ".join(permissions[:SHOWN_AT_MOST])
    more = len(permissions) - SHOWN_AT_MOST
    return f"{named} and {more} more" if more > 0 else named


def grant(permissions: Sequence[str], *, partly: bool) -> str:
    """Say what to grant; where a grant seems to be there, what may stand against it."""
    presets = " and ".join(presets_for(permissions))
    policy = f"a policy that allows {enumerate_some(permissions)}"
    narrow = (
        "A policy whose resource names a region (qcs::cvm:gz::*) covers that region only. " if partly else ""
    )
    return (
        f"Attach {f'{presets}, or {policy},' if presets else policy} to the sub-user. {narrow}"
        "If one is attached already, look for an explicit deny, a permission boundary, or a condition "
        "on source IP or MFA."
    )


def clock_skew(reason: Why, proof: Evidence, now_seconds: float | None) -> Trouble:
    """Our clock is wrong; the key is not to blame."""
    # Observed: the message ends with the server's time in seconds.
    stated = re.search(r"server time (\d{9,})", reason.message)
    by = ""
    if stated and now_seconds is not None:
        skew_seconds = round(now_seconds - int(stated.group(1)))
        by = f" by {abs(skew_seconds)} s ({'ahead' if skew_seconds > 0 else 'behind'})"
    return Trouble(
        case="F05",
        what=f"This machine's clock differs from Tencent Cloud's{by}; signatures are good for five minutes.",
        remedy="Set this machine's clock (NTP). Nothing is wrong with the key.",
        evidence=proof,
    )
