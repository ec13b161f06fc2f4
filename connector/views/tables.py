"""What tables for people are made of: where they go, their colours, how times and names are shown."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from connector.outcome import Why

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
    "OVER": "dim",
    "blocked": "green",
    "already blocked": "green",
    "let in": "green",
    "unknown": "yellow",
    "refused": "red",
}

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


def day(moment_ms: int | None) -> str:
    """A day, for people."""
    return f"{datetime.fromtimestamp(moment_ms / 1000, UTC):%Y-%m-%d}" if moment_ms else ""


def moment(moment_ms: int | None) -> str:
    """A moment, for people."""
    return f"{datetime.fromtimestamp(moment_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}" if moment_ms else ""


def short(reason: Why | None) -> str:
    """A reason as one word: the cloud's code, else what it means to us."""
    return (reason.code or reason.message) if reason else ""


def cut(name: str) -> Text:
    """A name on one line, which ends in an ellipsis where there is no room for all of it."""
    return Text(name, no_wrap=True, overflow="ellipsis")
