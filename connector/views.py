"""What the command line shows: tables and progress for people, one JSON document for programs."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from enum import Enum
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from connector.errors import BadInput, ConnectorError, Refused
from connector.model import HIDDEN, Account, Secret, Trouble, mask
from connector.pipeline.sync import PageRead, Planned, ShardResult, SyncReport

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from connector.outcome import Why
    from connector.pipeline.check_key import KeyReport
    from connector.pipeline.onboard import Onboarded, Step
    from connector.pipeline.sync import Event, OnEvent
    from connector.store.assets import Asset

COLOURS = {
    "Complete": "green",
    "Skipped": "dim",
    "Partial": "yellow",
    "Denied": "red",
    "Broken": "red",
    "ACTIVE": "green",
    "PARTIAL": "yellow",
    "ABNORMAL": "red",
    "LIVE": "green",
    "STALE": "yellow",
    "GONE": "dim",
}


def plain(value: Any) -> Any:
    """A value as JSON can say it; a secret stays hidden."""
    match value:
        case Secret():
            return HIDDEN
        case Account():
            return members(value) | {"secret_id": mask(value.secret_id)}
        case Enum():
            return value.value
        case Mapping():
            return {str(name): plain(member) for name, member in value.items()}
        case list() | tuple():
            return [plain(member) for member in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return members(value)
        case _:
            return value


def members(value: Any) -> dict[str, Any]:
    """A dataclass's fields, each as JSON can say it."""
    return {member.name: plain(getattr(value, member.name)) for member in fields(value)}


def print_json(value: Any) -> None:
    """Print one JSON document, and nothing else."""
    print(json.dumps(plain(value), indent=2, ensure_ascii=False))


PIPE_WIDTH = 160
"""Columns a table may take where no terminal says how many there are."""


def out() -> Console:
    """Where results go."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def coloured(word: str) -> str:
    """A word in its colour."""
    colour = COLOURS.get(word)
    return f"[{colour}]{word}[/{colour}]" if colour else word


def table(title: str, *columns: str) -> Table:
    """An empty table; what does not fit ends in an ellipsis, and ``--json`` holds all of it."""
    made = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column, no_wrap=True)
    return made


def print_error(error: ConnectorError, *, as_json: bool) -> None:
    """Say what was refused, why, and what to do."""
    if as_json:
        print_json({"error": describe_error(error)})
        return
    console = Console(stderr=True, highlight=False)
    match error:
        case Refused():
            console.print(f"[red]✗ {escape(error.step)}[/red]: refused, and nothing was stored")
            print_troubles(console, error.troubles)
        case BadInput():
            for violation in error.violations:
                console.print(f"[red]✗[/red] {escape(str(violation))}")
        case _:
            console.print(f"[red]✗[/red] {escape(str(error))}")


def describe_error(error: ConnectorError) -> dict[str, Any]:
    """An error's parts."""
    match error:
        case Refused():
            return {"kind": "refused", "step": error.step, "troubles": error.troubles}
        case BadInput():
            return {"kind": "bad input", "violations": error.violations}
        case _:
            return {"kind": type(error).__name__, "message": str(error)}


def print_troubles(console: Console, troubles: Sequence[Trouble]) -> None:
    """Say of each trouble what it is, why we say so, and what to do."""
    for trouble in troubles:
        console.print(f"\n[bold]{escape(trouble.what)}[/bold] [dim]({trouble.case})[/dim]")
        lines = Table.grid(padding=(0, 1))
        for heading, text in trouble_lines(trouble):
            lines.add_row(f"  {heading}", escape(text))
        console.print(lines)
        if trouble.policy is not None:
            console.print("  policy  ", end="")
            console.print(json.dumps(trouble.policy), markup=False, soft_wrap=True)


def trouble_lines(trouble: Trouble) -> Iterator[tuple[str, str]]:
    """A trouble's evidence and remedy, each under its heading."""
    proof = trouble.evidence
    if proof is not None:
        where = f" in {proof.region}" if proof.region else ""
        yield "why", f"{proof.action}{where} said {proof.code}: {proof.message.strip()}"
        yield "", f"RequestId {proof.request_id}" if proof.request_id else "no answer came"
    yield "do this", trouble.remedy


def ignore(_: object) -> None:
    """Show nothing of it."""


def print_step(step: Step) -> None:
    """One step of onboarding went well."""
    out().print(f"[green]✓[/green] {step.name:<12} {escape(step.detail)}")


def print_onboarded(result: Onboarded, database_url: str, *, as_json: bool) -> None:
    """An account was admitted."""
    if as_json:
        print_json(result)
        return
    console = out()
    print_troubles(console, result.troubles)
    console.print(f"\nStored in {escape(database_url)}", soft_wrap=True)
    console.print(f"Next: tcconnector sync {escape(result.account.name)}")


def print_accounts(accounts: Sequence[Account], database_url: str, *, as_json: bool) -> None:
    """The accounts."""
    if as_json:
        print_json(accounts)
        return
    made = table("", "account", "standing", "owner uin", "sub-user", "key", "features")
    for one in accounts:
        shown = (one.owner_uin, one.uin, mask(one.secret_id), " ".join(one.features))
        made.add_row(escape(one.name), coloured(one.standing.value), *shown)
    out().print(made)
    for one in accounts:
        if one.endpoint or one.message:
            out().print(f"{escape(one.name)}: {escape(one.endpoint or '')} {escape(one.message)}".rstrip())
    out().print(f"{len(accounts)} in {escape(database_url)}", soft_wrap=True)


@contextmanager
def progress(account: str, *, hidden: bool) -> Iterator[OnEvent]:
    """A progress bar for one synchronisation; what is yielded takes its events."""
    if hidden:
        yield ignore
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield follow(bar, bar.add_task(escape(account), total=None))


def follow(bar: Progress, task: TaskID) -> Callable[[Event], None]:
    """Move a progress bar by the events of a synchronisation."""

    def on_event(event: Event) -> None:
        match event:
            case Planned():
                bar.update(task, total=event.shards, completed=0)
            case ShardResult() if event.region:
                bar.update(task, advance=1, description=f"{event.region}: {event.change.kept} {event.kind}s")
            case PageRead() if event.region:
                bar.update(task, description=f"{event.region}: {event.seen}/{event.total} {event.kind}s")
            case _:
                pass

    return on_event


def print_syncs(reports: Sequence[SyncReport], *, as_json: bool) -> None:
    """How synchronisations ended: region, outcome, why, what to grant."""
    if as_json:
        print_json([members(report) | {"complete": report.complete} for report in reports])
        return
    for report in reports:
        print_sync(out(), report)


def print_sync(console: Console, report: SyncReport) -> None:
    """How one synchronisation ended."""
    word = "complete" if report.complete else "incomplete"
    title = f"{escape(report.account)}: {word} (account {report.standing.value})"
    made = table(title, "region", "kind", "outcome", "kept", "change", "why")
    for result in report.results:
        if result.outcome == "Skipped" and result.ok:
            continue
        made.add_row(
            result.region or "(all)",
            result.kind,
            coloured(result.outcome),
            str(result.change.kept),
            change_in_words(result),
            escape(short(result.why)),
        )
    console.print(made)
    print_troubles(console, merge_troubles(report.results))
    print_total(console, report)


def short(reason: Why | None) -> str:
    """A reason as one word: the cloud's code, else what it means to us."""
    return (reason.code or reason.message) if reason else ""


def change_in_words(result: ShardResult) -> str:
    """What one shard's reading changed."""
    change = result.change
    counts = {"new": change.new, "changed": change.changed, "stale": change.stale, "gone": change.gone}
    words = [f"{number} {word}" for word, number in counts.items() if number]
    if change.held:
        words.append("a large removal awaits one more reading")
    if change.overtaken:
        words.append("overtaken by a newer reading or key: nothing written")
    return ", ".join(words)


def merge_troubles(results: Sequence[ShardResult]) -> list[Trouble]:
    """The troubles of a run, the same one only once."""
    found: dict[tuple[str, str], Trouble] = {}
    for result in results:
        if result.trouble is not None:
            code = result.trouble.evidence.code if result.trouble.evidence else ""
            found.setdefault((result.trouble.what, code), result.trouble)
    return list(found.values())


def print_total(console: Console, report: SyncReport) -> None:
    """How many there are, and whether none means none."""
    total = sum(result.change.kept for result in report.results if result.region)
    if report.complete and total == 0:
        console.print("No assets in any region. This is what the cloud says; nothing was denied.")
    elif report.complete:
        console.print(f"{total} assets, every region read whole.")
    else:
        console.print(f"\n{total} assets. Where a region could not be read, what was known is kept.")


def print_key_reports(reports: Sequence[KeyReport], *, as_json: bool) -> None:
    """What keys were found to be."""
    if as_json:
        print_json([members(report) | {"missing": report.missing} for report in reports])
        return
    for report in reports:
        print_key_report(out(), report)


def print_key_report(console: Console, report: KeyReport) -> None:
    """What one key was found to be."""
    colour = "green" if report.verdict == "valid" else "red"
    who = f", sub-user {report.identity.Uin} of {report.identity.OwnerUin}" if report.identity else ""
    console.print(f"[bold]{escape(report.account)}[/bold]: [{colour}]{report.verdict.value}[/{colour}]{who}")
    made = table("", "action", "region", "verdict", "why")
    for probe in report.probes:
        made.add_row(probe.permission, probe.region or "(none)", probe.verdict, escape(short(probe.why)))
    if report.probes:
        console.print(made)
    print_troubles(console, report.troubles)


def print_hosts(found: Sequence[Asset], limit: int | None = None, *, as_json: bool) -> None:
    """Hosts, at most ``limit`` of each region of an account; all of them are counted."""
    shown_hosts = first_of_each_region(found, limit)
    if as_json:
        print_json(shown_hosts)
        return
    for account, hosts in groupby(shown_hosts, key=lambda one: one.account):
        made = table(escape(account), "region", "id", "name", "state", "status", "private", "public")
        made.columns[2].no_wrap = False  # where the terminal is narrow, names are what is cut
        for one in hosts:
            host = one.fields
            addresses = (host["IntranetIp"] or "", host["InternetIp"] or "")
            shown = (one.region, one.native_id, cut(one.name), coloured(one.state), host["Status"])
            made.add_row(*shown, *addresses)
        out().print(made)
    counts = Counter(one.region for one in found)
    told = ", ".join(f"{region} {number}" for region, number in sorted(counts.items()))
    out().print(f"{len(found)} hosts{': ' if told else ''}{told}")


def cut(name: str) -> Text:
    """A name on one line, which ends in an ellipsis where there is no room for all of it."""
    return Text(name, no_wrap=True, overflow="ellipsis")


def first_of_each_region(found: Sequence[Asset], limit: int | None) -> list[Asset]:
    """The first assets of each account's regions, which stand together."""
    regions = groupby(found, key=lambda one: (one.account, one.region))
    return [one for _, assets in regions for one in islice(assets, limit)]
