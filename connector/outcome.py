"""How a reading ends: a closed set of types, so that a sweep can exist in one branch only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal


class Meaning(StrEnum):
    """What an error code means to us, whatever product said it."""

    CREDENTIAL = "credential"
    CLOCK = "clock"
    DENIED = "denied"
    FROZEN = "frozen"
    NOT_ENABLED = "not enabled"
    REGION = "region"
    UNSERVED = "not served"
    """The gateway does not know an action that is not published."""
    GONE = "gone"
    ABSENT = "absent"
    THROTTLE = "throttle"
    TRANSIENT = "transient"
    BUG = "bug"
    UNKNOWN = "unknown"
    INCOMPLETE = "incomplete"
    """Not an error of the cloud: it answered, and the answers do not make a whole."""
    UNDONE = "not done"
    """Not an error of the cloud: it answered, and says in its answer that it did not do all of it."""


SAYS_NOTHING_OF_THE_KEY = (Meaning.REGION, Meaning.UNSERVED)
"""There is nothing to ask here: what the key may do is left open, and does not matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a reading is not complete. ``code`` and ``request_id`` are the cloud's, or empty."""

    meaning: Meaning
    action: str
    message: str
    code: str = ""
    request_id: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.code else self.message


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing stands: its kind, its region (empty: it has none), and its key there."""

    kind: str
    region: str
    key: str


@dataclass(frozen=True, slots=True)
class Link:
    """What one thing has to do with another, which may be one that nobody has seen yet."""

    kind: str
    to: Place
    by_name: bool = False
    """The place's key is the other's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing as a reading showed it: ``raw`` as the cloud sent it, ``fields`` as we speak of it."""

    key: str
    name: str
    raw: Mapping[str, Any]
    fields: Mapping[str, Any]
    request_id: str
    parent: Place | None = None
    """What it belongs to, and does not outlive."""
    links: tuple[Link, ...] = ()


Certainty = Literal["VALUE", "ABSENT", "UNKNOWN"]
"""It is so; there is no such thing; we could not find out. The last is never taken for the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What one call said of a thing that was seen before. ``code`` and ``message`` are there unless VALUE."""

    of: Place
    known: Certainty
    value: Any = None
    code: str = ""
    message: str = ""
    request_id: str = ""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Complete:
    """Everything there is. ``total`` is the number the cloud stated; None where it states none."""

    items: tuple[Item, ...]
    total: int | None
    spared: frozenset[Place] = frozenset()
    """What a refusal was the answer for, such as that it is gone: nothing is said of what belongs to it."""
    request_id: str = field(default="", compare=False)
    """The last call that was needed."""


@dataclass(frozen=True, slots=True)
class Partial:
    """Some of what there is: what was not seen may exist."""

    items: tuple[Item, ...]
    why: Why


@dataclass(frozen=True, slots=True)
class Denied:
    """We may not look."""

    why: Why


@dataclass(frozen=True, slots=True)
class Broken:
    """We could not look."""

    why: Why


@dataclass(frozen=True, slots=True)
class Skipped:
    """There is nothing to look at: the product or the region does not exist for this account."""

    why: Why


Outcome = Complete | Partial | Denied | Broken | Skipped


def why(outcome: Outcome) -> Why | None:
    """What kept an outcome from being complete."""
    return None if isinstance(outcome, Complete) else outcome.why


def name(outcome: Outcome) -> str:
    """The outcome's word, as stored and shown."""
    return type(outcome).__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a reading changed. ``kept`` assets are still held for existing after it."""

    new: int = 0
    changed: int = 0
    stale: int = 0
    gone: int = 0
    kept: int = 0
    held: bool = False
    """More would have gone than one reading may remove."""
    overtaken: bool = False
    """A newer reading or key came first: nothing was written."""
