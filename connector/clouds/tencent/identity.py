"""Ask the cloud who a key speaks for."""

from __future__ import annotations

from dataclasses import dataclass

from connector.clouds.tencent.codes import classify, explain
from connector.clouds.tencent.session import Answer, Session
from connector.errors import CloudError
from connector.model import Identity
from connector.outcome import Meaning, Why

STS = ("sts", "2018-08-13", "GetCallerIdentity")
CAM = ("cam", "2019-01-16", "GetUserAppId")

KEY_IS_TO_BLAME = (Meaning.CREDENTIAL, Meaning.CLOCK)


@dataclass(frozen=True, slots=True)
class Unidentified:
    """The cloud answered, and would not say who: ``bad_key`` where the key itself is the reason."""

    why: Why
    bad_key: bool
    unreachable: bool


def identify(session: Session) -> Identity | Unidentified:
    """Ask sts, then cam; being denied by both says nothing against the key."""
    # Observed: GetCallerIdentity needs no grant. Assumed: neither of the two needs a Region.
    try:
        return from_sts(session.call(*STS, {}, ""))
    except CloudError as error:
        if classify(error) in (*KEY_IS_TO_BLAME, Meaning.TRANSIENT, Meaning.THROTTLE):
            return unidentified(error, STS)
    try:
        return from_cam(session.call(*CAM, {}, ""))
    except CloudError as error:
        return unidentified(error, CAM)


def from_sts(answer: Answer) -> Identity:
    """Read GetCallerIdentity: UserId of a user is its uin, of a root account the root uin."""
    # Documented: a sub-user's Type is CAMUser and its PrincipalId its uin; a role's is CAMRole.
    # Assumed: a root account's PrincipalId is its AccountId, whatever Type says.
    owner, principal = answer.get("AccountId"), answer.get("PrincipalId")
    if not owner or not principal:
        raise CloudError(
            "ServerNetworkError.Misshapen",
            "AccountId or PrincipalId is missing",
            str(answer.get("RequestId", "")),
        )
    return Identity(
        OwnerUin=str(owner),
        Uin=str(principal),
        Type=str(answer.get("Type", "")),
        Arn=str(answer.get("Arn", "")),
    )


def from_cam(answer: Answer) -> Identity:
    """Read GetUserAppId."""
    owner, uin = answer.get("OwnerUin"), answer.get("Uin")
    if not owner or not uin:
        raise CloudError(
            "ServerNetworkError.Misshapen", "OwnerUin or Uin is missing", str(answer.get("RequestId", ""))
        )
    return Identity(OwnerUin=str(owner), Uin=str(uin), Type="Account" if owner == uin else "CAMUser")


def unidentified(error: CloudError, asked: tuple[str, str, str]) -> Unidentified:
    """Sort a failure by what it says about the key."""
    reason = explain(error, f"{asked[0]}:{asked[2]}")
    return Unidentified(
        why=reason,
        bad_key=reason.meaning in KEY_IS_TO_BLAME,
        unreachable=reason.meaning in (Meaning.TRANSIENT, Meaning.THROTTLE),
    )
