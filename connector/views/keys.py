"""Keys, as they were found to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from connector.views.tables import out, short, table
from connector.views.troubles import print_troubles

if TYPE_CHECKING:
    from connector.pipeline.check_key import KeyReport


def print_key_reports(reports: Sequence[KeyReport]) -> None:
    """What keys were found to be."""
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
