"""The values the connector speaks of: secrets, keys, identities, accounts, regions, troubles."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Never, Protocol, SupportsIndex, final

HIDDEN = "********"

Network = IPv4Network | IPv6Network
"""An address, or all that share a prefix."""


@final
class Secret:
    """A text that shows itself only to who asks for it by ``reveal()``.

    Its ``repr``, ``str`` and ``format`` are asterisks, it cannot be pickled, and it compares in
    constant time. Whoever can read this process's memory can read it all the same.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    __hash__ = None  # type: ignore[assignment]  # a hash would tell two secrets apart in sets and logs

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> Never:
        raise TypeError("a Secret is never pickled")


@dataclass(frozen=True, slots=True)
class Key:
    """An API key: the SecretId names it, the SecretKey signs with it."""

    SecretId: str
    SecretKey: Secret

    def __str__(self) -> str:
        return mask(self.SecretId)


def mask(secret_id: str) -> str:
    """A SecretId as it is shown: enough to recognise it by."""
    return f"{secret_id[:8]}…{secret_id[-4:]}" if len(secret_id) > 12 else HIDDEN


def storable(text: str) -> str:
    """Text that every database takes: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


class Clock(Protocol):
    """Time, and the passing of it."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Seconds since no matter when; never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds since no matter when."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a key speaks for. ``OwnerUin`` is the root account, ``Uin`` the user itself."""

    OwnerUin: str
    Uin: str
    Type: str
    Arn: str = ""

    @property
    def is_root(self) -> bool:
        """Whether the key is the root account's own."""
        return self.Uin == self.OwnerUin


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region of the cloud. ``available`` is what the cloud says, ``selected`` what the user wants."""

    name: str
    title: str
    available: bool = True
    selected: bool = True


class Standing(StrEnum):
    """How an account is."""

    ACTIVE = "ACTIVE"
    PARTIAL = "PARTIAL"
    ABNORMAL = "ABNORMAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An admitted account. ``owner_uin`` and ``uin`` are empty where the cloud would not say."""

    id: int
    name: str
    owner_uin: str
    uin: str
    secret_id: str
    features: tuple[str, ...]
    endpoint: str | None
    follows_new_regions: bool
    standing: Standing
    message: str
    cred_version: int
    created_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The call something was learnt from."""

    action: str
    region: str
    code: str
    message: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that is not right: what, why we say so, what to do. ``case`` names the kind."""

    case: str
    what: str
    remedy: str
    evidence: Evidence | None = None
    missing: tuple[str, ...] = field(default=())
    policy: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        if self.evidence is None:
            return f"{self.what} {self.remedy}"
        told = f", RequestId {self.evidence.request_id}" if self.evidence.request_id else ""
        return f"{self.what} [{self.evidence.action} said {self.evidence.code}{told}] {self.remedy}"
