"""A session that waits its turn and tries a read again; retries are ours, visible, and for reads only."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connector.clouds.tencent.codes import classify
from connector.clouds.tencent.pace import Pace
from connector.clouds.tencent.session import Answer, Session
from connector.errors import CloudError
from connector.model import Clock
from connector.outcome import Meaning

READS = ("Describe", "Get", "List", "Inquiry", "Search", "Check")
"""Beginnings of the actions that change nothing and may therefore be called again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to go on. Waits are drawn evenly from 0 to ``base * 2^n``, at most ``cap`` (full jitter)."""

    retries: int = 4
    base_seconds: float = 0.5
    cap_seconds: float = 20.0

    def wait_seconds(self, retry: int, draw: Callable[[], float]) -> float:
        """How long to wait before the ``retry``-th retry, counted from 1; ``draw`` gives 0 to 1."""
        longest: float = min(self.cap_seconds, self.base_seconds * 2**retry)
        return draw() * longest


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """A call is about to be made again."""

    action: str
    region: str
    code: str
    request_id: str
    retry: int
    wait_seconds: float


class PatientSession:
    """A session around another: paced by lane, patient with throttling and passing failures."""

    def __init__(
        self,
        inner: Session,
        *,
        account: str,
        pace: Pace,
        clock: Clock,
        patience: Patience | None = None,
        on_retry: Callable[[Retry], None] = lambda _: None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._inner = inner
        self._account = account
        self._pace = pace
        self._clock = clock
        self._patience = patience or Patience()
        self._on_retry = on_retry
        self._draw = draw

    def call(self, service: str, version: str, action: str, params: Mapping[str, Any], region: str) -> Answer:
        """Call, and call again while that makes sense; the last error is the one that is raised."""
        permission, retry = f"{service}:{action}", 0
        while True:
            self._pace.wait(self._account, permission)
            try:
                return self._inner.call(service, version, action, params, region)
            except CloudError as error:
                meaning = classify(error)
                if meaning is Meaning.THROTTLE:
                    self._pace.throttled(self._account, permission)
                retry += 1
                if not action.startswith(READS) or retry > allowed_retries(meaning, self._patience):
                    raise
                self._rest(Seen(permission, region, error), retry)

    def _rest(self, seen: Seen, retry: int) -> None:
        wait_seconds = self._patience.wait_seconds(retry, self._draw)
        self._on_retry(
            Retry(
                action=seen.action,
                region=seen.region,
                code=seen.error.code,
                request_id=seen.error.request_id,
                retry=retry,
                wait_seconds=wait_seconds,
            )
        )
        self._clock.sleep(wait_seconds)


@dataclass(frozen=True, slots=True)
class Seen:
    """A failure and where it was met."""

    action: str
    region: str
    error: CloudError


def allowed_retries(meaning: Meaning, patience: Patience) -> int:
    """How often a read may be repeated after a failure of this meaning."""
    match meaning:
        case Meaning.THROTTLE | Meaning.TRANSIENT:
            return patience.retries
        case Meaning.UNKNOWN:
            return min(1, patience.retries)
        case _:
            return 0
