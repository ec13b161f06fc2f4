"""Commands, their options and their help.

``argparse`` and nothing richer: a server that a test suite starts has to answer within a blink.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from emulator import __version__
from emulator.errors import EmulatorError

ENDPOINT_VARIABLE = "TCEMU_ENDPOINT"
AUTHORITIES_VARIABLE = "SSL_CERT_FILE"
"""Where OpenSSL looks for certificate authorities."""


def run(arguments: Sequence[str]) -> int:
    """Run one command; answers the exit status: 0 done, 1 refused, 2 not understood."""
    options = parser().parse_args(arguments)
    perform: Callable[[argparse.Namespace], int] = options.perform
    try:
        return perform(options)
    except EmulatorError as error:
        print(f"tcemu: {error}", file=sys.stderr)
    except OSError as error:
        print(f"tcemu: {error.strerror or error}", file=sys.stderr)
    return 1


def parser() -> argparse.ArgumentParser:
    """Every command and option."""
    top = argparse.ArgumentParser(prog="tcemu", description="An emulated Tencent Cloud.")
    top.add_argument("--version", action="version", version=f"tcemu {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    _add_serve(commands)
    _add_contract(commands)
    _add_watching(commands)
    _add_estate(commands)
    _add_misbehaving(commands)
    _add_state(commands)
    _add_policy(commands)
    return top


def _add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = commands.add_parser("serve", help="serve the cloud on a port of this machine")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (%(default)s)")
    serve.add_argument("--port", type=_port, default=0, help="0 finds a free one (%(default)s)")
    serve.add_argument("--world", help="empty, demo, large, or a TOML world file (empty)")
    serve.add_argument("--seed", type=int, help="what identifiers and estates are drawn from (0)")
    serve.add_argument(
        "--state",
        metavar="FILE",
        type=Path,
        help="keep everything in this file, and go on where it stands; sealed by FILE.key beside it",
    )
    serve.add_argument("--ca-dir", type=Path, help="keep the certificate authority in this folder")
    serve.add_argument("--json", action="store_true", help="say endpoint and keys as one line of JSON")
    serve.set_defaults(perform=_serve)


def _add_contract(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    contract = commands.add_parser("contract", help="look into the published contract")
    verbs = contract.add_subparsers(metavar="VERB", required=True)
    show = verbs.add_parser("show", help="an action's request and response as a tree")
    show.add_argument("action", help="such as cvm:DescribeInstances or cvm:2017-03-12:DescribeInstances")
    show.set_defaults(perform=_show)


def _add_watching(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    calls = _remote(commands, "calls", "the newest calls to a running server")
    for name in ("service", "action", "user"):
        calls.add_argument(f"--{name}")
    calls.add_argument("--outcome", help="ok, error, denied, or an error code")
    calls.add_argument("--limit", type=int, default=20, help="how many at most (%(default)s)")
    why = _remote(commands, "why", "one call, and why it was allowed or denied")
    why.add_argument("request_id", metavar="REQUEST_ID")
    _remote(commands, "fired", "which denial or fault struck which requests")
    coverage = _remote(commands, "coverage", "what is modelled, and what speaks for it")
    coverage.add_argument("service", nargs="?", help="every action of this one, such as cvm")
    rows = _remote(commands, "rows", "the rows of a table")
    rows.add_argument("table", help="such as cvm.instance")
    rows.add_argument("--region", default="")
    rows.add_argument("--limit", type=int, default=20, help="how many at most (%(default)s)")


def _add_estate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    estate = _remote(commands, "estate", "what is risky in an account, kind by kind")
    estate.add_argument("--kind", help="of this kind only, such as open_security_group")
    estate.add_argument("--region", help="in this region only")


def _add_misbehaving(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    fields = "further fields, NAME=VALUE; a value that reads as JSON is taken as such"
    deny = _remote(commands, "deny", "let the policy engine deny an action")
    deny.add_argument("action", help="such as cvm:DescribeInstances or 'cvm:Describe*'")
    deny.add_argument("fields", nargs="*", metavar="NAME=VALUE", help=fields)
    fault = _remote(commands, "fault", "plan a fault")
    fault.add_argument("effect", help="such as throttle, internal_error, delay, drop, truncate")
    fault.add_argument("fields", nargs="*", metavar="NAME=VALUE", help=fields)
    stub = _remote(commands, "stub", "give an action an answer of your own")
    stub.add_argument("action", help="such as tke:DescribeClusters")
    stub.add_argument("response", help="the members of the response, as JSON")
    stub.add_argument("fields", nargs="*", metavar="NAME=VALUE", help=fields)
    for name in ("denials", "faults", "stubs"):
        listing = _remote(commands, name, f"the {name} there are")
        which = listing.add_mutually_exclusive_group()
        which.add_argument("--remove", metavar="ID", help="take one back")
        which.add_argument("--clear", action="store_true", help="take all back")


def _add_state(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    account = _remote(commands, "account", "open a further root account")
    account.add_argument("--world", default="empty", help="empty, demo or large")
    user = _remote(commands, "user", "add a sub-user with a key")
    user.add_argument("name")
    user.add_argument("--policy", action="append", default=[], help="a policy's name or document; repeatable")
    clock = _remote(commands, "clock", "look at the clock, stop it, move it")
    when = clock.add_mutually_exclusive_group()
    when.add_argument("--now", type=float, help="stop it at these seconds since the epoch")
    when.add_argument("--real", action="store_true", help="back to real time")
    when.add_argument("--advance", type=float, help="move it so many seconds forward")
    settings = _remote(commands, "settings", "look at how an account behaves, and change it")
    settings.add_argument(
        "fields", nargs="*", metavar="NAME=VALUE", help="such as rate_limits=true or propagation_seconds=60"
    )
    _remote(commands, "reset", "take an account back to its beginning")
    for name, does in (("snapshot", "remember the world"), ("restore", "go back to a snapshot")):
        _remote(commands, name, does).add_argument("name")


def _add_policy(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    policy = commands.add_parser("policy", help="check, try, write and compare policies")
    verbs = policy.add_subparsers(metavar="VERB", required=True)
    files = "a JSON file, - for the standard input, or the name of a preset policy"
    lint = _local(verbs, "lint", "say what is wrong, wide or useless in policies")
    lint.add_argument("files", nargs="+", metavar="FILE", help=files)
    simulate = _local(verbs, "simulate", "say what policies decide, and why")
    simulate.add_argument("files", nargs="+", metavar="FILE", help=files)
    simulate.add_argument("--action", action="append", required=True, help="service:Action; repeatable")
    simulate.add_argument("--resource", action="append", default=[], help="* or six segments; repeatable")
    simulate.add_argument(
        "--context",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="such as 'qcs:resource_tag=env&prod', of every resource; repeatable",
    )
    simulate.add_argument("--boundary", action="append", metavar="FILE", help="the permission boundary")
    simulate.add_argument("--session", action="append", metavar="FILE", help="the session policy")
    simulate.add_argument(
        "--as-operation", action="store_true", help="ask about *, whatever is asked usually"
    )
    simulate.add_argument("--region", help="where a list read looks")
    simulate.add_argument("--uin", help="the caller's, for ${uin}")
    simulate.add_argument("--owner-uin", help="the root account's, for ${owner_uin} and resources")
    diff = _local(verbs, "diff", "say what B allows that A does not, and the reverse")
    diff.add_argument("before", metavar="A", help=files)
    diff.add_argument("after", metavar="B", help=files)
    needed = _remote(verbs, "from-calls", "write the least policy for what was called on a running server")
    for name in ("user", "service", "action", "outcome"):
        needed.add_argument(f"--{name}", help="only such calls")


def _local(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, does: str
) -> argparse.ArgumentParser:
    command = verbs.add_parser(name, help=does, description=does[0].upper() + does[1:] + ".")
    command.add_argument("--json", action="store_true", help="print all of it as JSON")
    command.set_defaults(perform=_ask_about_policies, command=name)
    return command


def _remote(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, does: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=does, description=does[0].upper() + does[1:] + ".")
    known = os.environ.get(ENDPOINT_VARIABLE)
    command.add_argument(
        "--endpoint",
        default=known,
        required=known is None,
        help=f"the running server; {ENDPOINT_VARIABLE} in the environment says it too",
    )
    command.add_argument("--account", metavar="UIN", help="of this root account instead of the first")
    command.add_argument("--json", action="store_true", help="print what the server said")
    command.set_defaults(perform=_talk, command=name)
    return command


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, got {text!r}")
    return int(text)


def _serve(options: argparse.Namespace) -> int:
    # Looking for garbage while modules load finds none and costs a tenth of the start.
    gc.disable()
    with _trusting_nobody():
        from emulator.cli.serving import serve

    return serve(
        host=options.host,
        port=options.port,
        world=options.world,
        seed=options.seed,
        state=options.state,
        ca_dir=options.ca_dir,
        as_json=options.json,
    )


@contextmanager
def _trusting_nobody() -> Iterator[None]:
    """Let aiohttp find no certificate authorities while it is imported.

    It reads all that the machine has, twice, for a client that a server has no use for: a tenth of the start.
    """
    before = os.environ.get(AUTHORITIES_VARIABLE)
    os.environ[AUTHORITIES_VARIABLE] = os.devnull
    try:
        yield
    finally:
        del os.environ[AUTHORITIES_VARIABLE]
        if before is not None:
            os.environ[AUTHORITIES_VARIABLE] = before


def _show(options: argparse.Namespace) -> int:
    from emulator.contract.catalog import catalog
    from emulator.contract.tree import tree

    print(tree(catalog().action(options.action)))
    return 0


def _ask_about_policies(options: argparse.Namespace) -> int:
    from emulator.cli import policies

    match options.command:
        case "lint":
            return policies.lint(options)
        case "simulate":
            return policies.simulate(options)
        case _:
            return policies.diff(options)


def _talk(options: argparse.Namespace) -> int:
    from emulator.cli.talking import talk

    return talk(options)
