"""Who can act in an account, and the keys that prove it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

PrincipalKind = Literal["root", "user", "role", "federated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """An identity of one root account.

    ``uin`` is the root's or the sub-user's uin; a role's is its role id. ``session`` is the session name
    of an assumed role or a federated user; ``session_policy`` the policy document that narrows it;
    ``asked_by`` the uin of whose key asked for a role.
    """

    kind: PrincipalKind
    uin: str
    name: str = ""
    session: str = ""
    session_policy: str | None = None
    asked_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """A SecretId and what belongs to it. The secrets are in no repr."""

    secret_id: str
    secret_key: str = field(repr=False)
    principal: Principal
    status: Literal["Active", "Inactive"] = "Active"
    created: float = 0.0
    """Seconds since the epoch."""
    description: str = ""
    token: str | None = field(default=None, repr=False)
    """There for temporary keys only."""
    expires: float | None = None
    """Seconds since the epoch; None never."""
