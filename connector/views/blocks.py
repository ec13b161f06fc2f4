"""Addresses that are kept out, and what became of asking for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape

from connector.views.tables import coloured, moment, out, table
from connector.views.troubles import print_troubles

if TYPE_CHECKING:
    from connector.pipeline.respond import Ending
    from connector.store.blocks import Block


def print_endings(account: str, endings: Sequence[Ending]) -> None:
    """What became of each address at each place."""
    made = table(escape(account), "address", "at", "", "block", "how")
    made.columns[4].no_wrap = False
    for one in endings:
        at = f"{one.wall} {escape(one.place)}"
        made.add_row(one.address, at, coloured(one.word), one.block, escape(one.detail))
    out().print(made)
    troubles = {one.trouble.what: one.trouble for one in reversed(endings) if one.trouble}
    print_troubles(out(), [*troubles.values()])


def print_blocks(found: Sequence[Block]) -> None:
    """Which addresses are kept out."""
    made = table("", "block", "account", "address", "at", "state", "until (UTC)", "because")
    made.columns[6].no_wrap = False
    for one in found:
        until = moment(one.until_ms) or "for good"
        at = f"{one.wall} {escape(one.place)}"
        told = (one.address, at, coloured(one.state), until, escape(one.because))
        made.add_row(one.id, escape(one.account), *told)
    out().print(made)
    out().print(f"{len(found)} blocks")
