"""The time in one account's world: real by default, and moved only when told."""

from __future__ import annotations

import calendar
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

from emulator.errors import BadInput

_CHINA = timezone(timedelta(hours=8))
_TIME_LENGTH = len("2026-01-01 00:00:00")


class Clock:
    """Seconds since the epoch, as this world counts them."""

    __slots__ = ("_before_jump", "_frozen", "_offset", "_real")

    def __init__(
        self, real: Callable[[], float] = time.time, before_jump: Callable[[], object] | None = None
    ) -> None:
        self._real = real
        self._before_jump = before_jump
        self._frozen: float | None = None
        self._offset = 0.0

    def now(self) -> float:
        """The time now, in seconds since the epoch."""
        return self._real() + self._offset if self._frozen is None else self._frozen

    def is_near(self, moment: float, seconds: float) -> bool:
        """Whether a moment is no further than so many seconds from now, or from now by the machine's clock.

        Clients date what they sign by the machine's: a test that moves an account's time moves no client's.
        """
        return abs(self.now() - moment) <= seconds or abs(self._real() - moment) <= seconds

    @property
    def is_frozen(self) -> bool:
        """Whether time stands still until told otherwise."""
        return self._frozen is not None

    def state(self) -> tuple[float | None, float]:
        """How it runs, for ``resume``: where it stands, if it does, and how far it is ahead of real time."""
        return self._frozen, self._offset

    def resume(self, state: tuple[float | None, float]) -> None:
        """Run as it did when ``state`` was taken."""
        self._frozen, self._offset = state

    def set(self, now: float | None) -> None:
        """Stop at ``now``; ``None`` goes back to real time."""
        if now is not None and not (math.isfinite(now) and now >= 0):
            raise BadInput.at("now", f"expected seconds since the epoch, got {now!r}")
        if self._before_jump is not None:
            self._before_jump()
        self._frozen = now
        self._offset = 0.0

    def advance(self, seconds: float) -> None:
        """Move forward. A stopped clock stays stopped, a running one runs on."""
        if not (math.isfinite(seconds) and seconds >= 0):
            raise BadInput.at("advance", f"expected a number of seconds, zero or more, got {seconds!r}")
        if self._frozen is None:
            self._offset += seconds
        else:
            self._frozen += seconds


def china_time(seconds: float) -> str:
    """A time as CAM, CDB and VPC write it: ``YYYY-MM-DD HH:MM:SS`` in UTC+8."""
    # isoformat is several times as quick as strftime, and written so in every account that is opened.
    return datetime.fromtimestamp(seconds, _CHINA).isoformat(" ", "seconds")[:_TIME_LENGTH]


def iso_time(seconds: float) -> str:
    """A time as CVM and CBS write it: ``YYYY-MM-DDTHH:MM:SSZ``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat("T", "seconds")[:_TIME_LENGTH] + "Z"


def china_seconds(text: str) -> float | None:
    """The moment that ``china_time`` wrote; None for a text that names none (``0000-00-00 00:00:00``)."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=_CHINA).timestamp()
    except ValueError:
        return None


def months_on(seconds: float, months: int) -> float:
    """The same day of a later month, in China; the month's last day where it has no such day."""
    start = datetime.fromtimestamp(seconds, _CHINA)
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return start.replace(year=year, month=month, day=day).timestamp()
