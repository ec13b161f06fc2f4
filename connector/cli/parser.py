"""Commands, their options and their help.

``argparse`` and nothing richer: who looks something up has not come to wait for libraries.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from connector.cli import deeds
from connector.errors import ConnectorError

FAILED, INTERRUPTED = 1, 130
EXIT_CODES = (
    "Exit codes: 0 all is well; 1 it could not be done, and why is shown; 2 the command line is wrong; "
    "3 it was done, and something is missing: a region denied, partial or broken, a key that is not valid, "
    "an address that is not as it was asked for."
)

Perform = Callable[[argparse.Namespace], int]


def run(arguments: Sequence[str]) -> int:
    """Run one command; answers the exit status."""
    top = parser()
    options = top.parse_args(arguments)
    perform: Perform = options.perform
    try:
        status = perform(options)
        sys.stdout.flush()
    except argparse.ArgumentError as error:
        top.error(str(error))
    except ConnectorError as error:
        deeds.print_error(error, as_json=options.json)
        return FAILED
    except BrokenPipeError:
        # Whoever read along has left; what is still to be written would fail once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def parser() -> argparse.ArgumentParser:
    """Every command and option."""
    top = argparse.ArgumentParser(
        prog="tcconnector",
        description="Onboard Tencent Cloud accounts, synchronise their hosts and cloud products, check keys, "
        "keep addresses out.",
        epilog=EXIT_CODES,
        allow_abbrev=False,
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    add_admission(commands)
    add_reading(commands)
    add_assets(commands)
    add_looking(commands)
    add_blocking(commands)
    return top


def add_admission(commands: argparse._SubParsersAction[Any]) -> None:
    """Commands that take a key."""
    admit = add_command(
        commands,
        "onboard",
        deeds.onboard,
        "admit an account by the key of a sub-user; nothing is stored unless every step succeeds",
    )
    admit.add_argument("--name", required=True, help="what to call the account")
    renew = add_command(
        commands,
        "rotate-key",
        deeds.rotate_key,
        "give an account another key of the same account; it is checked before it replaces the old",
    )
    add_account(renew)
    for command in (admit, renew):
        command.add_argument("--secret-id", help="also from TENCENTCLOUD_SECRET_ID, or asked for")
        command.add_argument(
            "--secret-key",
            help="others on this machine can see it here: rather give TENCENTCLOUD_SECRET_KEY, --secret-file "
            "or nothing, and it is asked for without echo",
        )
        command.add_argument(
            "--secret-file",
            metavar="FILE",
            type=Path,
            help="the key as the console's CSV download, as JSON, or as NAME=VALUE lines",
        )
        add_endpoint(command)
    add_features(admit)
    admit.add_argument(
        "--regions", type=split, help="comma-separated; without it, all there are and those to come"
    )


def add_reading(commands: argparse._SubParsersAction[Any]) -> None:
    """Commands that read the cloud with the keys of the store."""
    read = add_command(
        commands,
        "sync",
        deeds.sync,
        "synchronise an account, or all; ends with 3 where something was denied, partial or broken",
    )
    read.add_argument("--features", type=split, help="only these of the account's features, comma-separated")
    check = add_command(
        commands,
        "check-key",
        deeds.check_key,
        "check an account's key, or all: valid, disabled, wrong, under-privileged; ends with 3 unless valid",
    )
    for command in (read, check):
        add_account(command, or_all=True)
        add_endpoint(command)


def add_assets(commands: argparse._SubParsersAction[Any]) -> None:
    """Commands that show assets: all of them, or one."""
    counted = add_command(
        commands,
        "assets",
        deeds.count_assets,
        "show what was found: how many of each type, or all of one type",
    )
    counted.add_argument(
        "--type", help="what to show: host, cdb, clb …; without it, how many of each", metavar="TYPE"
    )
    counted.add_argument("--account", metavar="ACCOUNT", help="only this account")
    verbs = counted.add_subparsers(metavar="[COMMAND]", parser_class=Narrower)
    show = add_command(
        verbs,
        "show",
        deeds.show_asset,
        "show all of one asset: what was learnt of it, from which call, and its ties",
    )
    add_asset(show)
    hosts = add_command(verbs, "hosts", deeds.list_hosts, "show the hosts")
    add_account(hosts, or_all=True)
    for command in (counted, hosts):
        command.add_argument("--region", help="only this region")
        command.add_argument("--gone", action="store_true", help="those that no longer exist, too")
        command.add_argument(
            "--limit", type=number, metavar="N", help="show so many of each region; all are counted"
        )


def add_looking(commands: argparse._SubParsersAction[Any]) -> None:
    """Commands that only look something up."""
    add_command(commands, "accounts", deeds.show_accounts, "show the accounts")
    why = add_command(
        commands, "why", deeds.explain_asset, "say why an asset is held, doubted or gone, and by which calls"
    )
    add_asset(why)
    cost = add_command(
        commands,
        "estimate",
        deeds.estimate,
        "estimate how many calls a synchronisation takes, by what is known of the account",
    )
    add_account(cost)
    policy = add_parser(
        commands,
        "policy",
        deeds.print_policy,
        "print the smallest CAM policy that the features need, to attach to the sub-user; always as JSON",
    )
    add_features(policy)
    policy.add_argument("--json", action="store_true", default=True, help="as ever: the policy is JSON")


def add_blocking(commands: argparse._SubParsersAction[Any]) -> None:
    """Commands that keep addresses out and let them in again."""
    block = add_command(
        commands,
        "block",
        deeds.block,
        "keep addresses out, at domains or at the border; ends with 3 unless all are blocked",
    )
    unblock = add_command(
        commands, "unblock", deeds.unblock, "let addresses in again; ends with 3 unless all are let in"
    )
    for command in (block, unblock):
        add_account(command)
        add_endpoint(command)
        command.add_argument(
            "--dry-run", action="store_true", help="look, say what would be done, and do nothing"
        )
    block.add_argument("addresses", metavar="ADDRESS", nargs="+", help="addresses, or /24 at most")
    block.add_argument(
        "--domain",
        metavar="DOMAIN",
        dest="domains",
        action="append",
        default=[],
        help="at this domain of the web firewall; repeatable",
    )
    block.add_argument("--everywhere", action="store_true", help="at all domains of the web firewall")
    block.add_argument(
        "--border", action="store_true", help="at the border of the internet; needs --for-good"
    )
    block.add_argument(
        "--for-good",
        action="store_true",
        help="the connector cannot let in again what is blocked there",
    )
    block.add_argument(
        "--for",
        dest="lasting_seconds",
        metavar="DURATION",
        type=seconds,
        default="24h",
        help="how long, at domains: 30m, 24h, 7d; without it, 24h",
    )
    block.add_argument("--because", metavar="TEXT", default="", help="why; kept here, and not sent")
    unblock.add_argument("names", metavar="ID", nargs="+", help="blocks, or addresses")
    blocks = add_command(
        commands, "blocks", deeds.show_blocks, "show which addresses are kept out, where and why"
    )
    add_account(blocks, or_all=True)
    blocks.add_argument("--ended", action="store_true", help="those refused or taken back, too")


class Narrower(argparse.ArgumentParser):
    """A command below one with options of the same names: one that is not given here is as it is there."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(argument_default=argparse.SUPPRESS, **settings)


def add_command(
    commands: argparse._SubParsersAction[Any], name: str, perform: Perform, does: str
) -> argparse.ArgumentParser:
    """A command on the store, which prints tables or JSON."""
    command = add_parser(commands, name, perform, does)
    command.add_argument(
        "--database",
        metavar="URL",
        help="SQLAlchemy URL of the store, also from TCCONNECTOR_DATABASE; without it, SQLite in the user's "
        "data directory",
    )
    command.add_argument("--json", action="store_true", help="print one JSON document instead of tables")
    return command


def add_parser(
    commands: argparse._SubParsersAction[Any], name: str, perform: Perform, does: str
) -> argparse.ArgumentParser:
    """A command that has no options yet."""
    described = f"{does[0].upper()}{does[1:]}."
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=does, description=described, allow_abbrev=False
    )
    command.set_defaults(perform=perform, endpoint=None)
    return command


def add_account(command: argparse.ArgumentParser, *, or_all: bool = False) -> None:
    """The account that is meant."""
    told = "the account's name; without it, every account" if or_all else "the account's name"
    command.add_argument("account", metavar="ACCOUNT", nargs="?" if or_all else None, help=told)


def add_asset(command: argparse.ArgumentParser) -> None:
    """The asset that is meant."""
    command.add_argument("asset", metavar="ID", help="the asset's id: the cloud's, or ours")


def add_endpoint(command: argparse.ArgumentParser) -> None:
    """Where to call."""
    command.add_argument(
        "--endpoint", metavar="URL", help="call http://HOST:PORT instead of Tencent Cloud, for every service"
    )


def add_features(command: argparse.ArgumentParser) -> None:
    """What to read."""
    command.add_argument(
        "--features",
        type=split,
        default=("host",),
        help="comma-separated: host (cloud servers), cspm (cloud products), soc (keep addresses out); "
        "without it, host",
    )


def split(text: str) -> tuple[str, ...]:
    """Comma-separated words."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def number(text: str) -> int:
    """A whole number from 1."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


UNITS = {"m": 60, "h": 3600, "d": 86_400}


def seconds(duration: str) -> int:
    """A duration such as 24h in seconds."""
    number, unit = duration[:-1], duration[-1:]
    if not (number.isascii() and number.isdecimal() and unit in UNITS):
        raise argparse.ArgumentTypeError(
            f"expected minutes, hours or days, such as 30m, 24h, 7d; not {duration!r}"
        )
    return int(number) * UNITS[unit]
