"""What a pipeline works with: a store, a way to the cloud, an engine, a clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from connector.clouds.tencent.pace import Pace
from connector.clouds.tencent.patience import Patience, PatientSession, Retry
from connector.clouds.tencent.session import Session
from connector.engine.port import Engine
from connector.model import Account, Clock, Key, Network
from connector.store.accounts import key_of
from connector.store.engine import Database
from connector.store.vault import Vault

Connect = Callable[[Key, str | None], Session]
"""Opens a session with a key at an endpoint; None is Tencent's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Everything a pipeline may touch; nothing else is."""

    database: Database
    vault: Vault
    connect: Connect
    engine: Engine
    clock: Clock
    pace: Pace
    endpoint: str | None = None
    """Where to call instead of where an account's own ``endpoint`` says."""
    patience: Patience = field(default_factory=Patience)
    page_rows: int | None = None
    """Ask for so few rows a page; None for as many as each product gives."""
    never_block: tuple[Network, ...] = ()
    """Addresses that are never kept out: the user's own."""


def open_session(
    means: Means, key: Key, endpoint: str | None, on_retry: Callable[[Retry], None] = lambda _: None
) -> Session:
    """A patient session for a key; the lanes of its pace go by SecretId."""
    return PatientSession(
        means.connect(key, means.endpoint or endpoint),
        account=key.SecretId,
        pace=means.pace,
        clock=means.clock,
        patience=means.patience,
        on_retry=on_retry,
    )


def session_of(means: Means, account: Account, on_retry: Callable[[Retry], None] = lambda _: None) -> Session:
    """A patient session with the account's current key."""
    key = key_of(means.database, means.vault, account)
    return open_session(means, key, account.endpoint, on_retry)
