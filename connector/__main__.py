"""The command line: onboard, sync, check-key, rotate-key, accounts, assets, why, policy, estimate, block."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from connector.handle import Connector
    from connector.model import Key

INCOMPLETE = 3
EXIT_CODES = (
    "Exit codes: 0 all is well; 1 it could not be done, and why is shown; 2 the command line is wrong; "
    "3 it was done, and something is missing: a region denied, partial or broken, a key that is not valid."
)

app = typer.Typer(
    help="Onboard Tencent Cloud accounts, synchronise their hosts and cloud products, check their keys, "
    "keep addresses out of them.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a pretty traceback shows local variables, and secrets are some
    add_completion=False,
)
assets_app = typer.Typer(invoke_without_command=True)
app.add_typer(assets_app, name="assets")

Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        envvar="TCCONNECTOR_DATABASE",
        help="SQLAlchemy URL of the store. Default: SQLite in the user's data directory.",
    ),
]
Endpoint = Annotated[
    str | None,
    typer.Option("--endpoint", help="Call http://HOST:PORT instead of Tencent Cloud, for every service."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]
Features = Annotated[
    str,
    typer.Option(
        "--features",
        help="Comma-separated: host (cloud servers), cspm (cloud products), soc (keep addresses out).",
    ),
]
SecretId = Annotated[
    str | None, typer.Option("--secret-id", help="Also from TENCENTCLOUD_SECRET_ID, or asked for.")
]
SecretKey = Annotated[
    str | None,
    typer.Option(
        "--secret-key",
        help="Others on this machine can see it here: rather give TENCENTCLOUD_SECRET_KEY, --secret-file, "
        "or nothing, and it is asked for without echo.",
    ),
]
SecretFile = Annotated[
    Path | None,
    typer.Option(
        "--secret-file", help="The key as the console's CSV download, as JSON, or as NAME=VALUE lines."
    ),
]
AccountName = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's name.")]
SomeAccount = Annotated[
    str | None, typer.Argument(metavar="[ACCOUNT]", help="The account's name; without it, every account.")
]


Region = Annotated[str | None, typer.Option("--region", help="Only this region.")]
Gone = Annotated[bool, typer.Option("--gone", help="Those that no longer exist, too.")]
Limit = Annotated[
    int | None, typer.Option("--limit", min=1, help="Show so many of each region; all are counted.")
]
AssetId = Annotated[str, typer.Argument(metavar="ID", help="The asset's id: the cloud's, or ours.")]


@app.command(name="onboard")
def onboard_command(
    *,
    name: Annotated[str, typer.Option("--name", help="What to call the account.")],
    secret_id: SecretId = None,
    secret_key: SecretKey = None,
    secret_file: SecretFile = None,
    features: Features = "host",
    regions: Annotated[
        str | None,
        typer.Option("--regions", help="Comma-separated. Without it, all there are and those to come."),
    ] = None,
    endpoint: Endpoint = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Admit an account by the key of a sub-user. Nothing is stored unless every step succeeds."""
    from connector import views

    key = ask_for_key(secret_id, secret_key, secret_file)
    with opened(database, endpoint, as_json) as connector:
        result = connector.onboard(
            name=name,
            secret_id=key.SecretId,
            secret_key=key.SecretKey,
            features=split(features),
            regions=split(regions) if regions is not None else None,
            on_step=views.ignore if as_json else views.print_step,
        )
        views.print_onboarded(result, connector.database_url, as_json=as_json)


@app.command(name="rotate-key")
def rotate_command(
    account: AccountName,
    *,
    secret_id: SecretId = None,
    secret_key: SecretKey = None,
    secret_file: SecretFile = None,
    endpoint: Endpoint = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Give an account another key of the same Tencent account; it is checked before it replaces the old."""
    from connector import views

    key = ask_for_key(secret_id, secret_key, secret_file)
    with opened(database, endpoint, as_json) as connector:
        result = connector.rotate_key(account, secret_id=key.SecretId, secret_key=key.SecretKey)
        views.print_accounts([result], connector.database_url, as_json=as_json)


@app.command(name="sync")
def sync_command(
    account: SomeAccount = None,
    *,
    features: Annotated[
        str | None, typer.Option("--features", help="Only these of the account's features, comma-separated.")
    ] = None,
    endpoint: Endpoint = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Synchronise an account, or all. Exits with 3 where something was denied, partial or broken."""
    from connector import views

    wanted = split(features) if features is not None else None
    with opened(database, endpoint, as_json) as connector:
        reports = []
        for name in names_of(connector, account):
            with views.progress(name, hidden=as_json) as on_event:
                reports.append(connector.sync(name, on_event, features=wanted))
        views.print_syncs(reports, as_json=as_json)
    if not all(report.complete for report in reports):
        raise typer.Exit(INCOMPLETE)


@app.command(name="check-key")
def check_key_command(
    account: SomeAccount = None,
    endpoint: Endpoint = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Check an account's key, or all: valid, disabled, wrong, under-privileged. Exits with 3 unless valid."""
    from connector import views

    with opened(database, endpoint, as_json) as connector:
        reports = [connector.check_key(name) for name in names_of(connector, account)]
        views.print_key_reports(reports, as_json=as_json)
    if any(report.verdict != "valid" for report in reports):
        raise typer.Exit(INCOMPLETE)


@app.command(name="accounts")
def accounts_command(database: Database = None, as_json: AsJson = False) -> None:
    """Show the accounts."""
    from connector import views

    with opened(database, None, as_json) as connector:
        views.print_accounts(connector.accounts(), connector.database_url, as_json=as_json)


@assets_app.callback()
def assets_command(
    context: typer.Context,
    *,
    kind: Annotated[
        str | None,
        typer.Option("--type", help="What to show: host, cdb, clb … Without it, how many of each."),
    ] = None,
    account: Annotated[str | None, typer.Option("--account", help="Only this account.")] = None,
    region: Region = None,
    gone: Gone = False,
    limit: Limit = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Show what was found: how many of each type, or all of one type."""
    from connector import views

    narrowed = region is not None or gone or limit is not None
    if context.invoked_subcommand is not None:
        sources = (context.get_parameter_source(name) for name in context.params)
        if any(source is not None and source.name == "COMMANDLINE" for source in sources):
            raise typer.BadParameter(f"give the options after {context.invoked_subcommand}")
        return
    if kind is None and narrowed:
        raise typer.BadParameter("--region, --gone and --limit go with --type")
    with opened(database, None, as_json) as connector:
        if kind is None:
            names = names_of(connector, account)
            views.print_counts({name: connector.counts(name) for name in names}, as_json=as_json)
            return
        found = connector.assets(kind, account=account, region=region, gone=gone)
        views.print_assets(kind, found, limit, as_json=as_json)


@assets_app.command(name="show")
def show_command(asset: AssetId, database: Database = None, as_json: AsJson = False) -> None:
    """Show all of one asset: what was learnt of it, from which call, and its ties to others."""
    from connector import views

    with opened(database, None, as_json) as connector:
        views.print_shown(connector.show(asset), as_json=as_json)


@app.command(name="why")
def why_command(asset: AssetId, database: Database = None, as_json: AsJson = False) -> None:
    """Say why an asset is held, doubted or gone, and by which calls."""
    from connector import views

    with opened(database, None, as_json) as connector:
        views.print_whereabouts(connector.why(asset), as_json=as_json)


@app.command(name="estimate")
def estimate_command(account: AccountName, database: Database = None, as_json: AsJson = False) -> None:
    """Estimate how many calls a synchronisation takes, by what is known of the account."""
    from connector import views

    with opened(database, None, as_json) as connector:
        views.print_cost(account, connector.estimate(account), as_json=as_json)


@assets_app.command(name="hosts")
def hosts_command(
    account: SomeAccount = None,
    *,
    region: Region = None,
    gone: Gone = False,
    limit: Limit = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Show the hosts."""
    from connector import views

    with opened(database, None, as_json) as connector:
        found = connector.assets("host", account=account, region=region, gone=gone)
        views.print_hosts(found, limit, as_json=as_json)


@app.command(name="policy")
def policy_command(
    features: Features = "host",
    as_json: Annotated[bool, typer.Option("--json", help="As ever: the policy is JSON.")] = True,
) -> None:
    """Print the smallest CAM policy that the features need, to attach to the sub-user; always as JSON."""
    from connector import views
    from connector.clouds.tencent.grants import permissions_of, policy_for

    with told(as_json=as_json):
        views.print_json(policy_for(permissions_of(split(features))))


DryRun = Annotated[bool, typer.Option("--dry-run", help="Look, say what would be done, and do nothing.")]


@app.command(name="block")
def block_command(
    account: AccountName,
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="Addresses, or /24 at most.")],
    *,
    domains: Annotated[
        list[str] | None,
        typer.Option("--domain", help="At this domain of the web firewall; repeatable."),
    ] = None,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="At all domains of the web firewall.")
    ] = False,
    border: Annotated[
        bool, typer.Option("--border", help="At the border of the internet; needs --for-good.")
    ] = False,
    for_good: Annotated[
        bool,
        typer.Option("--for-good", help="The connector cannot let in again what is blocked there."),
    ] = False,
    lasting: Annotated[
        str, typer.Option("--for", metavar="DURATION", help="How long, at domains: 30m, 24h, 7d.")
    ] = "24h",
    because: Annotated[str, typer.Option("--because", help="Why; kept here, and not sent.")] = "",
    dry_run: DryRun = False,
    endpoint: Endpoint = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Keep addresses out, at domains or at the border. Exits with 3 unless all are blocked."""
    from connector import views

    with opened(database, endpoint, as_json) as connector:
        endings = connector.block(
            account,
            addresses,
            domains=domains or (),
            everywhere=everywhere,
            border=border,
            for_good=for_good,
            lasting_seconds=seconds_of(lasting),
            because=because,
            dry_run=dry_run,
        )
        views.print_endings(account, endings, as_json=as_json)
    if not all(ending.ok for ending in endings):
        raise typer.Exit(INCOMPLETE)


@app.command(name="unblock")
def unblock_command(
    account: AccountName,
    names: Annotated[list[str], typer.Argument(metavar="ID...", help="Blocks, or addresses.")],
    *,
    dry_run: DryRun = False,
    endpoint: Endpoint = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Let addresses in again. Exits with 3 unless all are let in."""
    from connector import views

    with opened(database, endpoint, as_json) as connector:
        endings = connector.unblock(account, names, dry_run=dry_run)
        views.print_endings(account, endings, as_json=as_json)
    if not all(ending.ok for ending in endings):
        raise typer.Exit(INCOMPLETE)


@app.command(name="blocks")
def blocks_command(
    account: SomeAccount = None,
    *,
    ended: Annotated[bool, typer.Option("--ended", help="Those refused or taken back, too.")] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Show which addresses are kept out, where and why."""
    from connector import views

    with opened(database, None, as_json) as connector:
        views.print_blocks(connector.blocks(account, ended=ended), as_json=as_json)


UNITS = {"m": 60, "h": 3600, "d": 86_400}


def seconds_of(duration: str) -> int:
    """A duration such as 24h in seconds."""
    number, unit = duration[:-1], duration[-1:]
    if not (number.isascii() and number.isdecimal() and unit in UNITS):
        raise typer.BadParameter(f"expected minutes, hours or days, such as 30m, 24h, 7d; not {duration!r}")
    return int(number) * UNITS[unit]


def names_of(connector: Connector, account: str | None) -> list[str]:
    """The account that was named, or all."""
    return [account] if account is not None else [one.name for one in connector.accounts()]


def split(text: str) -> tuple[str, ...]:
    """Comma-separated words."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


@contextmanager
def opened(database: str | None, endpoint: str | None, as_json: bool) -> Iterator[Connector]:
    """A connector; what it refuses is told, and ends the program with 1."""
    from connector.handle import Connector

    with told(as_json=as_json), Connector(database, endpoint) as connector:
        yield connector


@contextmanager
def told(*, as_json: bool) -> Iterator[None]:
    """Tell an error of ours in words (or JSON), never as a traceback."""
    from connector import views
    from connector.errors import ConnectorError

    try:
        yield
    except ConnectorError as error:
        views.print_error(error, as_json=as_json)
        raise typer.Exit(1) from None


def ask_for_key(secret_id: str | None, secret_key: str | None, secret_file: Path | None) -> Key:
    """Take the key from the options, the file or the environment, and ask for what is still missing."""
    from connector.config import read_key_file
    from connector.model import Key, Secret

    if secret_file is not None:
        if secret_id is not None or secret_key is not None:
            raise typer.BadParameter("--secret-file holds both halves: give it alone")
        with told(as_json=False):
            return read_key_file(secret_file)
    found_id = secret_id or os.environ.get("TENCENTCLOUD_SECRET_ID") or ask("SecretId", hidden=False)
    found_key = secret_key or os.environ.get("TENCENTCLOUD_SECRET_KEY") or ask("SecretKey", hidden=True)
    return Key(found_id, Secret(found_key))


def ask(what: str, *, hidden: bool) -> str:
    """Ask at the terminal; without one, say how else to give it."""
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"no {what}: give --secret-file, or TENCENTCLOUD_SECRET_ID and _KEY")
    answer: str = typer.prompt(what, hide_input=hidden)
    return answer


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
