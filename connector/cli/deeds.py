"""What commands do. Each imports what it needs and no other does."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from connector.errors import ConnectorError
from connector.model import Account, Key, Secret
from connector.views.documents import (
    describe_cost,
    describe_counts,
    describe_ending,
    describe_error,
    describe_key_report,
    describe_sync,
    first_of_each_region,
    print_json,
)

if TYPE_CHECKING:
    from connector.handle import Connector
    from connector.pipeline.respond import Ending

WELL, INCOMPLETE = 0, 3
"""All is well; it was done, and something is missing."""


def onboard(options: argparse.Namespace) -> int:
    """Admit an account."""
    key = ask_for_key(options.secret_id, options.secret_key, options.secret_file)
    with opened(options) as connector:
        admit = partial(
            connector.onboard,
            name=options.name,
            secret_id=key.SecretId,
            secret_key=key.SecretKey,
            features=options.features,
            regions=options.regions,
        )
        if options.json:
            print_json(admit())
        else:
            from connector.views.accounts import print_onboarded, print_step

            print_onboarded(admit(on_step=print_step), connector.database_url)
    return WELL


def rotate_key(options: argparse.Namespace) -> int:
    """Give an account another key."""
    key = ask_for_key(options.secret_id, options.secret_key, options.secret_file)
    with opened(options) as connector:
        renewed = connector.rotate_key(options.account, secret_id=key.SecretId, secret_key=key.SecretKey)
        return print_accounts(connector, [renewed], options)


def sync(options: argparse.Namespace) -> int:
    """Synchronise an account, or all."""
    with opened(options) as connector:
        names = names_of(connector, options.account)
        if options.json:
            reports = [connector.sync(name, features=options.features) for name in names]
            print_json([describe_sync(report) for report in reports])
        else:
            from connector.views.syncs import print_syncs, progress

            reports = []
            for name in names:
                with progress(name) as on_event:
                    reports.append(connector.sync(name, on_event, features=options.features))
            print_syncs(reports)
    return WELL if all(report.complete for report in reports) else INCOMPLETE


def check_key(options: argparse.Namespace) -> int:
    """Check an account's key, or all."""
    with opened(options) as connector:
        reports = [connector.check_key(name) for name in names_of(connector, options.account)]
    if options.json:
        print_json([describe_key_report(report) for report in reports])
    else:
        from connector.views.keys import print_key_reports

        print_key_reports(reports)
    return WELL if all(report.verdict == "valid" for report in reports) else INCOMPLETE


def show_accounts(options: argparse.Namespace) -> int:
    """Show the accounts."""
    with opened(options) as connector:
        return print_accounts(connector, connector.accounts(), options)


def print_accounts(connector: Connector, accounts: Sequence[Account], options: argparse.Namespace) -> int:
    """Print accounts as they are now."""
    if options.json:
        print_json(accounts)
    else:
        from connector.views import accounts as tables

        tables.print_accounts(accounts, connector.database_url)
    return WELL


def count_assets(options: argparse.Namespace) -> int:
    """Show all assets of a type, or how many there are of each."""
    if options.type is not None:
        return list_assets(options)
    refuse(options, "region", "gone", "limit", why="goes with --type")
    with opened(options) as connector:
        counts = {name: connector.counts(name) for name in names_of(connector, options.account)}
    if options.json:
        print_json(describe_counts(counts))
    else:
        from connector.views.assets import print_counts

        print_counts(counts)
    return WELL


def list_hosts(options: argparse.Namespace) -> int:
    """Show the hosts."""
    refuse(options, "type", why="does not go with hosts, which are a type")
    options.type = "host"
    return list_assets(options)


def list_assets(options: argparse.Namespace) -> int:
    """Show the assets of one type."""
    with opened(options) as connector:
        found = connector.assets(
            options.type, account=options.account, region=options.region, gone=options.gone
        )
    if options.json:
        print_json(first_of_each_region(found, options.limit))
    else:
        from connector.views.assets import print_assets

        print_assets(options.type, found, options.limit)
    return WELL


def show_asset(options: argparse.Namespace) -> int:
    """Show all of one asset."""
    refuse(options, "type", "account", "region", "gone", "limit", why="goes with many assets, this is one")
    with opened(options) as connector:
        shown = connector.show(options.asset)
    if options.json:
        print_json(shown)
    else:
        from connector.views.assets import print_shown

        print_shown(shown)
    return WELL


def explain_asset(options: argparse.Namespace) -> int:
    """Say why an asset is held, doubted or gone."""
    with opened(options) as connector:
        found = connector.why(options.asset)
    if options.json:
        print_json(found)
    else:
        from connector.views.assets import print_whereabouts

        print_whereabouts(found)
    return WELL


def estimate(options: argparse.Namespace) -> int:
    """Estimate how many calls a synchronisation takes."""
    with opened(options) as connector:
        cost = connector.estimate(options.account)
    if options.json:
        print_json(describe_cost(options.account, cost))
    else:
        from connector.views.accounts import print_cost

        print_cost(options.account, cost)
    return WELL


def print_policy(options: argparse.Namespace) -> int:
    """Print the smallest policy that features need."""
    from connector.clouds.tencent.grants import permissions_of, policy_for

    print_json(policy_for(permissions_of(options.features)))
    return WELL


def block(options: argparse.Namespace) -> int:
    """Keep addresses out."""
    with opened(options) as connector:
        endings = connector.block(
            options.account,
            options.addresses,
            domains=options.domains,
            everywhere=options.everywhere,
            border=options.border,
            for_good=options.for_good,
            lasting_seconds=options.lasting_seconds,
            because=options.because,
            dry_run=options.dry_run,
        )
    return print_endings(endings, options)


def unblock(options: argparse.Namespace) -> int:
    """Let addresses in again."""
    with opened(options) as connector:
        endings = connector.unblock(options.account, options.names, dry_run=options.dry_run)
    return print_endings(endings, options)


def print_endings(endings: Sequence[Ending], options: argparse.Namespace) -> int:
    """Print what became of each address at each place."""
    if options.json:
        print_json([describe_ending(ending) for ending in endings])
    else:
        from connector.views import blocks

        blocks.print_endings(options.account, endings)
    return WELL if all(ending.ok for ending in endings) else INCOMPLETE


def show_blocks(options: argparse.Namespace) -> int:
    """Show which addresses are kept out."""
    with opened(options) as connector:
        found = connector.blocks(options.account, ended=options.ended)
    if options.json:
        print_json(found)
    else:
        from connector.views.blocks import print_blocks

        print_blocks(found)
    return WELL


def refuse(options: argparse.Namespace, *names: str, why: str) -> None:
    """Refuse options that would not be heeded."""
    for name in names:
        if getattr(options, name):
            raise argparse.ArgumentError(None, f"--{name} {why}")


@contextmanager
def opened(options: argparse.Namespace) -> Iterator[Connector]:
    """A connector on the store and the cloud that are meant."""
    from connector.handle import Connector

    with Connector(options.database, options.endpoint) as connector:
        yield connector


def names_of(connector: Connector, account: str | None) -> list[str]:
    """The account that was named, or all."""
    return [account] if account is not None else [one.name for one in connector.accounts()]


def ask_for_key(secret_id: str | None, secret_key: str | None, secret_file: Path | None) -> Key:
    """Take the key from the options, the file or the environment, and ask for what is still missing."""
    if secret_file is not None:
        if secret_id is not None or secret_key is not None:
            raise argparse.ArgumentError(None, "--secret-file holds both halves: give it alone")
        from connector.config import read_key_file

        return read_key_file(secret_file)
    found_id = secret_id or os.environ.get("TENCENTCLOUD_SECRET_ID") or ask("SecretId", hidden=False)
    found_key = secret_key or os.environ.get("TENCENTCLOUD_SECRET_KEY") or ask("SecretKey", hidden=True)
    return Key(found_id, Secret(found_key))


def ask(what: str, *, hidden: bool) -> str:
    """Ask at the terminal; without one, or an answer, say how else to give it."""
    answer = ""
    try:
        while sys.stdin.isatty() and not answer:
            answer = getpass(f"{what}: ") if hidden else input(f"{what}: ")
    except EOFError:
        pass
    if not answer:
        raise argparse.ArgumentError(
            None, f"no {what}: give --secret-file, or TENCENTCLOUD_SECRET_ID and _KEY"
        )
    return answer


def print_error(error: ConnectorError, *, as_json: bool) -> None:
    """Tell an error of ours in words (or JSON), never as a traceback."""
    if as_json:
        print_json({"error": describe_error(error)})
    else:
        from connector.views import troubles

        troubles.print_error(error)
