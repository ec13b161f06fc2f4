"""How often each action may be called: additive increase, multiplicative decrease, a lane each."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from connector.model import Clock

# Documented: 20 requests a second an action and account is the usual published quota.
CEILING_PER_SECOND = 20.0
FLOOR_PER_SECOND = 0.5
QUIET_SECONDS = 10.0
CUT_AT_MOST_EVERY_SECONDS = 1.0


@dataclass(slots=True)
class Lane:
    """The calls of one account to one action: when the next may start, and how dense they may be."""

    rate_per_second: float
    next_start: float
    changed: float
    cut: float


class Pace:
    """Lanes by account and action. Calls start evenly spaced, so no second ever sees a burst.

    A throttled answer halves the lane's rate, at most once a second as calls in flight come back
    together; every quiet ten seconds give one call a second back, up to ``ceiling_per_second``.
    """

    def __init__(self, clock: Clock, ceiling_per_second: float = CEILING_PER_SECOND) -> None:
        self._clock = clock
        self._ceiling = ceiling_per_second
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._lock = Lock()

    def wait(self, account: str, action: str) -> float:
        """Sleep until this call may start; return the seconds slept."""
        with self._lock:
            now = self._clock.monotonic()
            lane = self._lane(account, action, now)
            self._recover(lane, now)
            start = max(now, lane.next_start)
            lane.next_start = start + 1 / lane.rate_per_second
        delay_seconds = start - now
        if delay_seconds > 0:
            self._clock.sleep(delay_seconds)
        return delay_seconds

    def throttled(self, account: str, action: str) -> None:
        """Note that the cloud refused a call for being one too many."""
        with self._lock:
            now = self._clock.monotonic()
            lane = self._lane(account, action, now)
            if now - lane.cut >= CUT_AT_MOST_EVERY_SECONDS:
                lane.rate_per_second = max(FLOOR_PER_SECOND, lane.rate_per_second / 2)
                lane.cut = lane.changed = now

    def rate_per_second(self, account: str, action: str) -> float:
        """How many calls a second the lane allows now."""
        with self._lock:
            return self._lane(account, action, self._clock.monotonic()).rate_per_second

    def _lane(self, account: str, action: str, now: float) -> Lane:
        lane = self._lanes.get((account, action))
        if lane is None:
            lane = Lane(self._ceiling, now, now, now - CUT_AT_MOST_EVERY_SECONDS)
            self._lanes[account, action] = lane
        return lane

    def _recover(self, lane: Lane, now: float) -> None:
        quiet = int((now - lane.changed) // QUIET_SECONDS)
        if quiet > 0:
            lane.rate_per_second = min(self._ceiling, lane.rate_per_second + quiet)
            lane.changed += quiet * QUIET_SECONDS
