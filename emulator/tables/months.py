"""What is paid in advance: for how many months, and until when."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime

PERIODS = frozenset({*range(1, 13), 24, 36})
"""Documented: the months that can be bought at once; hosts can be bought for four and five years as well."""
RENEW_FLAGS = ("NOTIFY_AND_AUTO_RENEW", "NOTIFY_AND_MANUAL_RENEW", "DISABLE_NOTIFY_AND_MANUAL_RENEW")


def after(seconds: float, months: int) -> float:
    """The moment so many calendar months later; the last day of a month that has no such day."""
    then = datetime.fromtimestamp(seconds, UTC)
    years, month = divmod(then.month - 1 + months, 12)
    year = then.year + years
    day = min(then.day, monthrange(year, month + 1)[1])
    return then.replace(year=year, month=month + 1, day=day).timestamp()
