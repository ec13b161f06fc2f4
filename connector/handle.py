"""Connector: the object a program holds. Each method imports what it does: who only looks, starts quickly."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from connector import config
from connector.clouds.tencent.pace import CEILING_PER_SECOND, Pace
from connector.clouds.tencent.patience import Patience
from connector.clouds.tencent.session import SdkSession, split_endpoint
from connector.engine.embedded import Embedded
from connector.engine.port import Engine
from connector.errors import BadInput
from connector.model import Account, Clock, Key, Region, Secret, SystemClock
from connector.pipeline.means import Connect, Means
from connector.pipeline.order import DAY_SECONDS, Order
from connector.store import accounts, assets
from connector.store.assets import Asset
from connector.store.engine import open_database
from connector.store.vault import open_vault

if TYPE_CHECKING:
    from connector.clouds.tencent.cost import Cost
    from connector.pipeline.check_key import KeyReport
    from connector.pipeline.events import OnEvent, SyncReport
    from connector.pipeline.onboard import Onboarded, OnStep
    from connector.pipeline.respond import Ending
    from connector.pipeline.tell import Shown, Whereabouts
    from connector.store.blocks import Block

T = TypeVar("T")


class Connector:
    """Onboards accounts, synchronises them, checks their keys; blocks until each is done.

    ``database`` is an SQLAlchemy URL (``sqlite://`` is in memory). ``endpoint`` points every call there
    instead of at Tencent Cloud. ``connect`` opens sessions, through the official SDK unless told
    otherwise; ``engine`` runs shards, in this process unless told otherwise. ``calls_per_second`` is how
    often one action of one account may be called: 20 unless told otherwise, here or by
    ``TCCONNECTOR_CALLS_PER_SECOND``. ``never_block`` are addresses that are never kept out, besides those of
    ``TCCONNECTOR_NEVER_BLOCK``. ``clock`` is for tests that do not wait, ``page_rows`` asks for smaller
    pages. Where an event loop runs, this blocks it.
    """

    def __init__(
        self,
        database: str | None = None,
        endpoint: str | None = None,
        *,
        connect: Connect = SdkSession,
        clock: Clock | None = None,
        patience: Patience | None = None,
        calls_per_second: float | None = None,
        engine: Engine | None = None,
        page_rows: int | None = None,
        never_block: Sequence[str] = (),
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        split_endpoint(endpoint)
        if page_rows is not None and page_rows < 1:
            raise BadInput.at("page_rows", f"expected a whole number from 1, got {page_rows!r}")
        if calls_per_second is None:
            calls_per_second = config.calls_per_second(environment, CEILING_PER_SECOND)
        self._calls_per_second = calls_per_second
        location = config.locate(database, environment)
        clock = clock or SystemClock()
        opened = open_database(location)
        self.database_url = opened.shown_url
        self._means = Means(
            database=opened,
            vault=open_vault(location, environment),
            connect=connect,
            engine=engine or Embedded(),
            clock=clock,
            pace=Pace(clock, calls_per_second),
            endpoint=endpoint,
            patience=patience or Patience(),
            page_rows=page_rows,
            never_block=(
                *config.networks("never_block", never_block),
                *config.never_block(environment),
            ),
        )

    def onboard(
        self,
        *,
        name: str,
        secret_id: str,
        secret_key: str | Secret,
        features: Sequence[str] = ("host",),
        regions: Sequence[str] | None = None,
        on_step: OnStep = lambda _: None,
    ) -> Onboarded:
        """Admit an account by a sub-user's key; raises BadInput or Refused, and then nothing is stored."""
        from connector.pipeline.onboard import Application, onboard

        application = Application(
            name=name,
            key=Key(secret_id, hide(secret_key)),
            features=tuple(dict.fromkeys(features)),
            regions=tuple(dict.fromkeys(regions)) if regions is not None else None,
        )
        return wait_for(onboard(self._means, application, on_step))

    def rotate_key(
        self, account: str, *, secret_id: str, secret_key: str | Secret, on_step: OnStep = lambda _: None
    ) -> Account:
        """Give an account another key of the same Tencent account."""
        from connector.pipeline.onboard import rotate

        return wait_for(rotate(self._means, account, Key(secret_id, hide(secret_key)), on_step))

    def sync(
        self,
        account: str,
        on_event: OnEvent = lambda _: None,
        *,
        features: Sequence[str] | None = None,
    ) -> SyncReport:
        """Read all of an account's selected regions, for all of its features or some of them.

        ``on_event`` is called from other threads, one at a time.
        """
        from connector.pipeline.sync import sync

        wanted = tuple(dict.fromkeys(features)) if features is not None else None
        return wait_for(sync(self._means, account, on_event, wanted))

    def check_key(self, account: str) -> KeyReport:
        """Find out what an account's key is and may do."""
        from connector.pipeline.check_key import check_key

        return wait_for(check_key(self._means, account))

    def accounts(self) -> list[Account]:
        """Every account, oldest first."""
        return accounts.list_accounts(self._means.database)

    def regions(self, account: str) -> tuple[Region, ...]:
        """An account's regions."""
        database = self._means.database
        return accounts.list_regions(database, accounts.find_account(database, account).id)

    def assets(
        self,
        kind: str = "host",
        *,
        account: str | None = None,
        region: str | None = None,
        gone: bool = False,
    ) -> list[Asset]:
        """Stored assets of a kind; an unknown kind or account is an error."""
        from connector.clouds.tencent.products import product_named

        product_named(kind)
        if account is not None:
            accounts.find_account(self._means.database, account)
        return assets.list_assets(self._means.database, kind, account=account, region=region, gone=gone)

    def counts(self, account: str) -> dict[tuple[str, str], int]:
        """How many assets an account has, by kind and region; gone ones are left out."""
        database = self._means.database
        return assets.count_all(database, accounts.find_account(database, account).id)

    def show(self, asset: str) -> Shown:
        """All of an asset, named by our id or the cloud's: what was learnt, from which call, its ties."""
        from connector.pipeline.tell import show

        return show(self._means.database, asset)

    def why(self, asset: str) -> Whereabouts:
        """Why an asset is there, doubted, gone or was never seen, and which calls say so."""
        from connector.pipeline.tell import whereabouts

        return whereabouts(self._means.database, asset)

    def estimate(self, account: str) -> Cost:
        """How many calls a synchronisation takes, by what is known of the account."""
        from connector.clouds.tencent.cost import cost_of

        database = self._means.database
        known = accounts.find_account(database, account)
        names = [
            one.name for one in accounts.list_regions(database, known.id) if one.selected and one.available
        ]
        return cost_of(known.features, names, assets.count_all(database, known.id), self._calls_per_second)

    def annotate(
        self, asset_id: str, *, group_name: str | None = None, importance: str | None = None
    ) -> None:
        """Set the user's own fields of an asset."""
        assets.annotate(self._means.database, asset_id, group_name=group_name, importance=importance)

    def policy(self, features: Sequence[str] = ("host",)) -> dict[str, Any]:
        """The smallest policy document that these features need."""
        from connector.clouds.tencent.grants import permissions_of, policy_for

        return policy_for(permissions_of(tuple(features)))

    def block(
        self,
        account: str,
        addresses: Sequence[str],
        *,
        domains: Sequence[str] = (),
        everywhere: bool = False,
        border: bool = False,
        for_good: bool = False,
        lasting_seconds: int = DAY_SECONDS,
        because: str = "",
        dry_run: bool = False,
    ) -> list[Ending]:
        """Keep addresses out: at these domains of the web firewall, at all of them, or at the border.

        Each ends for itself, at each place; nothing is done where one may not look, and nothing of anybody
        else's is changed. A block at the border lasts ``for_good``, which has to be said.
        """
        from connector.pipeline.respond import block

        order = Order(
            addresses=tuple(addresses),
            domains=tuple(domains),
            everywhere=everywhere,
            border=border,
            for_good=for_good,
            lasting_seconds=lasting_seconds,
            because=because,
            dry_run=dry_run,
        )
        return block(self._means, account, order)

    def unblock(self, account: str, names: Sequence[str], *, dry_run: bool = False) -> list[Ending]:
        """Let addresses in again: by the ids of blocks, or by the addresses themselves."""
        from connector.pipeline.respond import unblock

        return unblock(self._means, account, names, dry_run=dry_run)

    def blocks(self, account: str | None = None, *, ended: bool = False) -> list[Block]:
        """The blocks that may stand at the cloud; with ``ended`` those that do not any longer, too.

        One whose time has passed is OVER: nothing is asked for that.
        """
        from connector.store import blocks

        database = self._means.database
        if account is not None:
            accounts.find_account(database, account)
        now_ms, states = self._means.clock.now_ms(), None if ended else blocks.OPEN
        return [one.at(now_ms) for one in blocks.list_blocks(database, account=account, states=states)]

    def close(self) -> None:
        """Close the store."""
        self._means.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def hide(secret_key: str | Secret) -> Secret:
    """A key given as text becomes a Secret at once."""
    return secret_key if isinstance(secret_key, Secret) else Secret(secret_key)


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, on a thread of its own where a loop runs on this one."""
    run: Callable[[Coroutine[Any, Any, T]], T] = asyncio.run
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return run(work)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run, work).result()
