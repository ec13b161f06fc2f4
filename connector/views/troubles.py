"""What went wrong, in words: errors, and troubles each with what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from connector.errors import BadInput, ConnectorError, Refused
from connector.model import Trouble


def print_error(error: ConnectorError) -> None:
    """Say what was refused, why, and what to do."""
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
