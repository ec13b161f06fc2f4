"""What a synchronisation says while it runs, and at its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connector.clouds.tencent.patience import Retry
from connector.model import Standing, Trouble
from connector.outcome import Change, Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """So many shards will be read."""

    account: str
    shards: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRead:
    """One more answer of a shard is in: of ``total`` rows, or of so many things to ask about."""

    kind: str
    region: str
    seen: int
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardResult:
    """How one shard ended. ``ok`` says that what is stored is what exists."""

    kind: str
    region: str
    action: str
    outcome: str
    ok: bool
    change: Change
    is_detail: bool = False
    """It shows no assets of its own: it says what is known of others."""
    known: int = 0
    """Of so many things it is known now what the shard asked about them, if only that there is none."""
    unknown: int = 0
    """Of so many it could not be found out."""
    why: Why | None = None
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """How a synchronisation ended."""

    account: str
    job_id: int
    standing: Standing
    results: tuple[ShardResult, ...]

    @property
    def complete(self) -> bool:
        """Whether every shard was read whole, or holds nothing to read."""
        return all(result.ok for result in self.results)

    @property
    def missing(self) -> tuple[str, ...]:
        """The actions that were denied, each once."""
        troubles = (result.trouble for result in self.results if result.trouble)
        return tuple(dict.fromkeys(action for trouble in troubles for action in trouble.missing))


Event = Planned | PageRead | Retry | ShardResult
OnEvent = Callable[[Event], None]
