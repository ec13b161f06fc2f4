"""Synchronisations, while they run and at their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from connector.clouds.tencent.products import kinds
from connector.outcome import Change
from connector.pipeline.advice import sum_up
from connector.pipeline.events import Event, OnEvent, PageRead, Planned, ShardResult, SyncReport
from connector.views.tables import coloured, out, short, table
from connector.views.troubles import print_troubles


@contextmanager
def progress(account: str) -> Iterator[OnEvent]:
    """A progress bar for one synchronisation; what is yielded takes its events."""
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


def print_syncs(reports: Sequence[SyncReport]) -> None:
    """How synchronisations ended: products and regions, what was not read whole and why, what to grant."""
    for report in reports:
        print_sync(out(), report)


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
