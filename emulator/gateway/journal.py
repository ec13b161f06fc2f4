"""What became of each request."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import orjson

from emulator.errors import ApiError
from emulator.policy.decide import Decision
from emulator.tables.call import Caller

if TYPE_CHECKING:
    from emulator.faults.planned import Firing

MASK = "******"
_SECRET_WORDS = (
    *("secretkey", "secretaccesskey", "password", "passwd", "token", "privatekey", "credential"),
    "samlassertion",
)
_NOT_SECRET = frozenset({"NextToken", "PageToken", "TokenValidTime", "ClientToken", "NeedResetPassword"})


class Entry:
    """One request's record. The gateway writes it hop by hop; nothing but the journal reads it.

    What a request never reached stays None: a call with an unknown key has no caller and no decision.
    """

    __slots__ = (
        "action",
        "at",
        "body",
        "caller",
        "client",
        "decisions",
        "error",
        "fidelity",
        "firings",
        "key_change",
        "language",
        "params",
        "peer",
        "region",
        "request_id",
        "secret_id",
        "service",
        "took_us",
        "trace_id",
        "version",
        "violations",
    )

    def __init__(self, request_id: str, peer: str) -> None:
        self.request_id = request_id
        self.peer = peer
        self.at = 0.0
        self.service = ""
        self.action = ""
        self.version = ""
        self.region = ""
        self.secret_id = ""
        self.language = ""
        self.trace_id = ""
        self.client = ""
        self.caller: Caller | None = None
        self.params: Mapping[str, Any] | None = None
        self.decisions: tuple[Decision, ...] = ()
        self.error: ApiError | None = None
        self.key_change: str | None = None
        """What happened to its key and is not in force yet, in words."""
        self.violations: tuple[str, ...] = ()
        self.firings: tuple[Firing[Any], ...] = ()
        self.fidelity = ""
        self.body: bytes | None = None
        self.took_us = 0.0

    def __repr__(self) -> str:
        return f"Entry({self.request_id}, {self.service}:{self.action}, {self.user!r}, {self.outcome})"

    @property
    def decision(self) -> Decision | None:
        """The decision that counted: the one that refused the call, else the first that let it pass."""
        refusing = (decision for decision in self.decisions if not decision.allowed)
        return next(refusing, self.decisions[0] if self.decisions else None)

    @property
    def outcome(self) -> str:
        """``ok``, or the error's code."""
        return "ok" if self.error is None else self.error.code

    @property
    def user(self) -> str:
        """The caller's name; the SecretId it claimed if nothing was proven."""
        return self.secret_id if self.caller is None else self.caller.principal.name


class Journal:
    """The last calls, the newest kept; bodies of answers within a budget of bytes."""

    def __init__(self, *, capacity: int = 10_000, body_budget_bytes: int = 4 * 1024 * 1024) -> None:
        self._capacity = capacity
        self._budget = body_budget_bytes
        self._entries: dict[str, Entry] = {}
        self._order: deque[Entry] = deque()
        """The entries, oldest first: a dict forgets its first key slower the more it has forgotten."""
        self._bodies: deque[Entry] = deque()
        self._body_bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: Entry) -> None:
        """Keep an entry; the oldest goes when there are too many, and the oldest answers sooner."""
        entries = self._entries
        entries[entry.request_id] = entry
        self._order.append(entry)
        if len(entries) > self._capacity:
            gone = self._order.popleft()
            del entries[gone.request_id]
            self._drop_body(gone)
            if self._bodies and self._bodies[0] is gone:
                self._bodies.popleft()
        if entry.body is not None:
            self._bodies.append(entry)
            self._body_bytes += len(entry.body)
            while self._body_bytes > self._budget:
                self._drop_body(self._bodies.popleft())

    def get(self, request_id: str) -> Entry | None:
        """The record of one request."""
        return self._entries.get(request_id)

    def find(
        self,
        *,
        service: str | None = None,
        action: str | None = None,
        user: str | None = None,
        outcome: str | None = None,
    ) -> Iterator[Entry]:
        """Records that fit, oldest first.

        ``user`` is a name, a uin or a SecretId; ``outcome`` is ``ok``, ``error``, ``denied`` or a code.
        """
        for entry in self._entries.values():
            if (
                service in (None, entry.service)
                and action in (None, entry.action)
                and (user is None or user in identities(entry))
                and (outcome is None or outcome in outcomes(entry))
            ):
                yield entry

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._order.clear()
        self._bodies.clear()
        self._body_bytes = 0

    def _drop_body(self, entry: Entry) -> None:
        if entry.body is not None:
            self._body_bytes -= len(entry.body)
            entry.body = None


def identities(entry: Entry) -> tuple[str, ...]:
    """Every name by which a record's caller may be asked for."""
    if entry.caller is None:
        return (entry.secret_id,)
    principal = entry.caller.principal
    return (principal.name, principal.uin, entry.secret_id)


def outcomes(entry: Entry) -> tuple[str, ...]:
    """Every word that describes how a call ended."""
    if entry.error is None:
        return ("ok",)
    is_denied = entry.decision is not None and entry.decision.effect == "deny"
    return (entry.error.code, "error", "denied") if is_denied else (entry.error.code, "error")


def masked(value: Any, name: str = "") -> Any:
    """A copy in which every text that stands under the name of a secret, at any depth, reads ``******``."""
    if isinstance(value, Mapping):
        return {key: masked(each, name if is_secret(name) else key) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [masked(each, name) for each in value]
    if value and isinstance(value, str) and is_secret(name):
        return MASK
    return value


def is_secret(name: str) -> bool:
    """Whether a member of this name holds a secret."""
    lowered = name.lower()
    return name not in _NOT_SECRET and any(word in lowered for word in _SECRET_WORDS)


def answer_of(entry: Entry) -> Any:
    """The answer that was sent, secrets masked; None when it is no longer kept or was no JSON."""
    if entry.body is None:
        return None
    try:
        return masked(orjson.loads(entry.body)).get("Response")
    except (orjson.JSONDecodeError, AttributeError):
        return None
