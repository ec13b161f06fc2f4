"""One shard while it is read: its calls are made on many threads, the last of them writes it down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from threading import Lock

from connector.clouds.tencent.asking import Ask
from connector.clouds.tencent.gathering import Gathered, Told, gather
from connector.clouds.tencent.reading import OnPage, read
from connector.clouds.tencent.session import Session
from connector.outcome import Broken, Complete, Denied, Meaning, Outcome, Why, why
from connector.pipeline.plan import Shard
from connector.store.readings import Ticket

DENIALS_ENOUGH = 3
"""So many denials and no success: the rest of the shard is taken for denied without being asked.

An account where a permission is missing is not to see thousands of refused calls in its audit log.
"""

KEY_FAILED = (Meaning.CREDENTIAL, Meaning.CLOCK)
"""What fails for one call like this fails for all: the rest of the account is not asked."""


@dataclass(slots=True)
class Health:
    """Whether the account's key works, as far as the run knows."""

    failed: Why | None = None


class Course:
    """A shard under way."""

    def __init__(
        self, shard: Shard, ticket: Ticket, asks: Sequence[Ask], unseen: Why | None, health: Health
    ) -> None:
        self.shard = shard
        self.ticket = ticket
        self.asks = asks
        self._unseen = unseen
        self._health = health
        self._told: list[Told | None] = [None] * len(asks)
        self._left = len(asks)
        self._denials = 0
        self._denied: Why | None = None
        self._lock = Lock()

    def ask(self, place: int, session: Session, page_rows: int | None, on_page: OnPage) -> bool:
        """Make one of its calls; whether it was the last."""
        ask = self.asks[place]
        outcome = self._outcome(ask, session, page_rows, on_page)
        with self._lock:
            self._told[place] = Told(ask, outcome)
            self._note(outcome)
            self._left -= 1
            return self._left == 0

    def gathered(self) -> Gathered:
        """What its calls showed together; the course itself holds none of it any longer."""
        told = [one for one in self._told if one is not None]
        self._told.clear()
        return gather(self.shard.product, self.shard.region, told, self._unseen)

    @property
    def answered(self) -> int:
        """How many of its calls were made."""
        return len(self.asks) - self._left

    def _outcome(self, ask: Ask, session: Session, page_rows: int | None, on_page: OnPage) -> Outcome:
        if self._health.failed is not None:
            return Broken(self._health.failed)
        if self._denied is not None and self._denials >= DENIALS_ENOUGH:
            return Denied(self._denied)
        product = self.shard.product.in_pages_of(page_rows)
        return read(product, self.shard.region, session, on_page, ask)

    def _note(self, outcome: Outcome) -> None:
        reason = why(outcome)
        if isinstance(outcome, Complete):
            self._denials = -len(self.asks)  # it is granted for some: what is refused is refused one by one
        elif isinstance(outcome, Denied):
            self._denials += 1
            self._denied = outcome.why
        if reason is not None and reason.meaning in KEY_FAILED:
            self._health.failed = reason


def in_turns(courses: Iterable[Course]) -> Iterator[tuple[Course, int]]:
    """The calls of several shards, one of each in turn: none with many calls keeps the others waiting."""
    for row in zip_longest(*([(course, n) for n in range(len(course.asks))] for course in courses)):
        yield from (call for call in row if call is not None)
