"""What the command line shows: tables and progress for people, one JSON document for programs."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from connector.clouds.tencent.grants import policy_for
from connector.clouds.tencent.products import kinds
from connector.errors import BadInput, ConnectorError, Refused
from connector.model import HIDDEN, Account, Secret, Trouble, mask
from connector.pipeline.advice import sum_up
from connector.pipeline.events import PageRead, Planned, ShardResult, SyncReport

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from connector.clouds.tencent.cost import Cost
    from connector.outcome import Why
    from connector.pipeline.check_key import KeyReport
    from connector.pipeline.events import Event, OnEvent
    from connector.pipeline.onboard import Onboarded, Step
    from connector.pipeline.respond import Ending
    from connector.pipeline.tell import Shown, Whereabouts
    from connector.store.assets import Asset
    from connector.store.blocks import Block
    from connector.store.history import Proof, Tie
    from connector.store.readings import Change

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
    "VALUE": "green",
    "ABSENT": "dim",
    "UNKNOWN": "red",
    "BLOCKED": "green",
    "ASKED": "yellow",
    "REFUSED": "red",
    "LIFTED": "dim",
    "blocked": "green",
    "already blocked": "green",
    "let in": "green",
    "unknown": "yellow",
    "refused": "red",
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
            case ShardResult() if event.kind != "region":
                bar.update(task, advance=1)
            case PageRead():
                place = event.region or "everywhere"
                bar.update(task, description=f"{place}: {event.kind} {event.seen}/{event.total}")
            case _:
                pass

    return on_event


def print_syncs(reports: Sequence[SyncReport], *, as_json: bool) -> None:
    """How synchronisations ended: products and regions, what was not read whole and why, what to grant."""
    if as_json:
        print_json([describe_sync(report) for report in reports])
        return
    for report in reports:
        print_sync(out(), report)


def describe_sync(report: SyncReport) -> dict[str, Any]:
    """A synchronisation's parts, and what follows from them."""
    policy = policy_for(report.missing) if report.missing else None
    return members(report) | {"complete": report.complete, "missing": report.missing, "policy": policy}


def print_sync(console: Console, report: SyncReport) -> None:
    """How one synchronisation ended."""
    console.print(overview(report))
    if not report.complete:
        console.print(shortcomings(report.results))
    print_troubles(console, sum_up(report.results))
    print_total(console, report)


COLUMNS_AT_MOST = 6
"""Where there are more regions, they are counted instead of shown side by side."""


def overview(report: SyncReport) -> Table:
    """What is held of each product in each region, and what changed."""
    word = "complete" if report.complete else "incomplete"
    title = f"{escape(report.account)}: {word} (account {report.standing.value})"
    shown = [result for result in report.results if shows_assets(result)]
    regions = list(dict.fromkeys(result.region for result in shown if result.region))
    if len(regions) > COLUMNS_AT_MOST:
        return summary(title, shown)
    columns = ["", *regions] if any(not result.region for result in shown) else regions
    made = table(title, "product", *(region or "everywhere" for region in columns))
    for kind, results in by_kind(shown).items():
        cells = {result.region: cell(result) for result in results}
        made.add_row(kind, *(cells.get(region, "") for region in columns))
    return made


def summary(title: str, shown: Sequence[ShardResult]) -> Table:
    """What is held of each product, and in how many regions it was read whole."""
    made = table(title, "product", "held", "change", "regions whole", "not whole")
    for kind, results in by_kind(shown).items():
        kept = sum(result.change.kept for result in results)
        good = sum(result.ok for result in results)
        bad = len(results) - good
        change = in_words([result.change for result in results])
        made.add_row(kind, str(kept), change, str(good), f"[red]{bad}[/red]" if bad else "")
    return made


def by_kind(results: Sequence[ShardResult]) -> dict[str, list[ShardResult]]:
    """Results by what they read, in the order of the table."""
    found: dict[str, list[ShardResult]] = {kind: [] for kind in kinds()}
    for result in results:
        found[result.kind].append(result)
    return {kind: some for kind, some in found.items() if some}


def shows_assets(result: ShardResult) -> bool:
    """Whether a result is shown with its assets; what is known about them is told where it fails."""
    is_nothing = result.outcome == "Skipped" and result.ok
    return not result.is_detail and not is_nothing


def cell(result: ShardResult) -> str:
    """What is held, and what changed; another word than Complete in its colour."""
    word = "" if result.ok else f"{coloured(result.outcome)} "
    kept, change = str(result.change.kept), in_words([result.change])
    if change == f"{kept} new":
        return f"{word}{change}"
    return f"{word}{kept}{f', {change}' if change else ''}"


def shortcomings(results: Sequence[ShardResult]) -> Table:
    """What was not read whole, and why."""
    made = table("not read whole", "region", "what", "by", "outcome", "unknown of", "why")
    for result in results:
        if result.ok:
            continue
        of = f"{result.unknown}/{result.unknown + result.known}" if result.unknown else ""
        why = escape(short(result.why)) or in_words([result.change])
        made.add_row(
            result.region or "everywhere", result.kind, result.action, coloured(result.outcome), of, why
        )
    return made


def short(reason: Why | None) -> str:
    """A reason as one word: the cloud's code, else what it means to us."""
    return (reason.code or reason.message) if reason else ""


def in_words(changes: Sequence[Change]) -> str:
    """What readings changed."""
    words = [
        f"{number} {word}"
        for word in ("new", "changed", "stale", "gone")
        if (number := sum(getattr(change, word) for change in changes))
    ]
    if any(change.held for change in changes):
        words.append("a large removal awaits one more reading")
    if any(change.overtaken for change in changes):
        words.append("overtaken by a newer reading or key: nothing written")
    return ", ".join(words)


def print_total(console: Console, report: SyncReport) -> None:
    """How many there are, and whether none means none."""
    total = sum(result.change.kept for result in report.results if result.kind != "region")
    if report.complete and total == 0:
        console.print("No assets in any region. This is what the cloud says; nothing was denied.")
    elif report.complete:
        console.print(f"{total} assets, every region read whole.")
    else:
        console.print(f"\n{total} assets. Where something could not be read, what was known is kept.")


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
        if probe.verdict != "allowed" or len(report.probes) <= PROBES_AT_MOST:
            made.add_row(probe.permission, probe.region or "(none)", probe.verdict, escape(short(probe.why)))
    if made.row_count:
        console.print(made)
    if report.probes:
        console.print(f"{len(report.probes)} tried: {verdicts(report)}.")
    print_troubles(console, report.troubles)


PROBES_AT_MOST = 12
"""Where more was tried, only what is not allowed is shown line by line."""


def verdicts(report: KeyReport) -> str:
    """How many probes ended how."""
    counts = Counter(probe.verdict for probe in report.probes)
    return ", ".join(f"{number} {verdict}" for verdict, number in counts.items())


def print_counts(counts: Mapping[str, Mapping[tuple[str, str], int]], *, as_json: bool) -> None:
    """How many assets of each type there are, region by region."""
    if as_json:
        print_json(
            [
                {"account": account, "type": kind, "region": region, "number": number}
                for account, found in counts.items()
                for (kind, region), number in found.items()
            ]
        )
        return
    for account, found in counts.items():
        regions = sorted({region for _, region in found})
        made = table(escape(account), "type", "all", *(region or "everywhere" for region in regions))
        for kind in kinds():
            numbers = [found.get((kind, region), 0) for region in regions]
            if not any(numbers):
                continue
            made.add_row(kind, str(sum(numbers)), *(str(number or "") for number in numbers))
        out().print(made)


def print_assets(kind: str, found: Sequence[Asset], limit: int | None = None, *, as_json: bool) -> None:
    """Assets of one type, at most ``limit`` of each region of an account; all of them are counted."""
    if kind == "host":
        print_hosts(found, limit, as_json=as_json)
        return
    shown_assets = first_of_each_region(found, limit)
    if as_json:
        print_json(shown_assets)
        return
    for account, some in groupby(shown_assets, key=lambda one: one.account):
        made = table(escape(account), "region", "id", "name", "state", "created", "network")
        made.columns[1].no_wrap = False
        for one in some:
            created, network = one.fields.get("CreatedTime"), one.fields.get("VpcInstanceId") or ""
            shown = (coloured(one.state), day(created), network)
            made.add_row(one.region or "everywhere", escape(one.native_id), cut(one.name), *shown)
        out().print(made)
    counts = Counter(one.region or "everywhere" for one in found)
    told = ", ".join(f"{region} {number}" for region, number in sorted(counts.items()))
    out().print(f"{len(found)} of type {kind}{': ' if told else ''}{told}")


def day(moment_ms: int | None) -> str:
    """A day, for people."""
    return f"{datetime.fromtimestamp(moment_ms / 1000, UTC):%Y-%m-%d}" if moment_ms else ""


def moment(moment_ms: int | None) -> str:
    """A moment, for people."""
    return f"{datetime.fromtimestamp(moment_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}" if moment_ms else ""


VALUE_WIDTH = 60


REQUEST_ID_WIDTH = 36


def print_shown(shown: Shown, *, as_json: bool) -> None:
    """All of one asset."""
    if as_json:
        print_json(shown)
        return
    console, one = out(), shown.asset
    print_heading(console, one)
    console.print(json.dumps(plain(one.raw), indent=2, ensure_ascii=False), markup=False, soft_wrap=True)
    proofs = table("what is known, and from which call", "action", "", "what", "RequestId", "at (UTC)")
    for proof in shown.proofs:
        shown_as = (coloured(proof.outcome), escape(proof_in_words(proof)))
        proofs.add_row(proof.action, *shown_as, proof.request_id, moment(proof.fetched_ms)[11:])
    proofs.columns[3].min_width = REQUEST_ID_WIDTH
    console.print(proofs)
    if shown.ties:
        ties = table("what it has to do with others", "", "", "type", "id", "name", "state")
        for tie in shown.ties:
            ends = ("it", tie.kind) if tie.is_from_here else (f"{tie.kind} it", "")
            ties.add_row(*ends, tie.other_kind, escape(tie.other_key), cut(tie.name), state_of(tie))
        console.print(ties)


def print_heading(console: Console, one: Asset) -> None:
    """What an asset is."""
    where = one.region or "everywhere"
    console.print(
        f"[bold]{escape(one.native_id)}[/bold] {escape(one.name)}: {one.kind} of {escape(one.account)} "
        f"in {where}, {coloured(one.state)}"
    )
    console.print(
        f"ours: {one.id}; first seen {moment(one.first_seen_ms)}, last {moment(one.last_seen_ms)} UTC"
    )


def proof_in_words(proof: Proof) -> str:
    """What a call said of an asset, on one line."""
    if proof.outcome == "VALUE":
        return "" if proof.value is None else json.dumps(proof.value, ensure_ascii=False)[:VALUE_WIDTH]
    return proof.code or proof.message


def state_of(tie: Tie) -> str:
    """The state of a tie's other end."""
    return coloured(tie.state) if tie.state else "[dim]never seen[/dim]"


def print_whereabouts(found: Whereabouts, *, as_json: bool) -> None:
    """Why an asset is held, doubted or gone."""
    if as_json:
        print_json(found)
        return
    console = out()
    print_heading(console, found.asset)
    console.print(f"\n{escape(found.verdict)}")
    made = table(
        "its readings, the latest first", "when", "what", "outcome", "seen", "of", "why", "RequestId"
    )
    for read in found.readings:
        total = "" if read.total is None else str(read.total)
        seen = (coloured(read.outcome), str(read.items), total, escape(read.code or read.message))
        made.add_row(moment(read.ended_ms), read.kind, *seen, read.request_id)
    made.columns[6].min_width = REQUEST_ID_WIDTH
    console.print(made)
    for proof in found.unknown:
        console.print(
            f"Not known: {proof.action} said {escape(proof.code)}: {escape(proof.message)} "
            f"(RequestId {proof.request_id})"
        )


def print_cost(account: str, cost: Cost, *, as_json: bool) -> None:
    """What a synchronisation takes."""
    if as_json:
        print_json({"account": account, **members(cost), "total": cost.total})
        return
    made = table(f"{escape(account)}: calls of one synchronisation", "action", "calls")
    for action, number in sorted(cost.calls.items(), key=lambda one: (-one[1], one[0])):
        made.add_row(action, str(number))
    out().print(made)
    out().print(f"{cost.total} calls, {cost.seconds_at_least:.0f} s at least: by the most called action.")


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


def print_endings(account: str, endings: Sequence[Ending], *, as_json: bool) -> None:
    """What became of each address at each place."""
    if as_json:
        print_json([members(ending) | {"ok": ending.ok} for ending in endings])
        return
    made = table(escape(account), "address", "at", "", "block", "how")
    made.columns[4].no_wrap = False
    for one in endings:
        at = f"{one.wall} {escape(one.place)}"
        made.add_row(one.address, at, coloured(one.word), one.block, escape(one.detail))
    out().print(made)
    troubles = {one.trouble.what: one.trouble for one in reversed(endings) if one.trouble}
    print_troubles(out(), [*troubles.values()])


def print_blocks(found: Sequence[Block], *, as_json: bool) -> None:
    """Which addresses are kept out."""
    if as_json:
        print_json(found)
        return
    made = table("", "block", "account", "address", "at", "state", "until (UTC)", "because")
    made.columns[6].no_wrap = False
    for one in found:
        until = moment(one.until_ms) or "for good"
        at = f"{one.wall} {escape(one.place)}"
        told = (one.address, at, coloured(one.state), until, escape(one.because))
        made.add_row(one.id, escape(one.account), *told)
    out().print(made)
    out().print(f"{len(found)} blocks")
