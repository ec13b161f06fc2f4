"""What was measured, and how it is shown: ratios first, because only they carry over to other machines."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from bench.costs import Cost
from bench.load import Rate
from bench.scale import Look
from bench.sync import Sync

OURS = "tcemu"
Place = tuple[str, int, int]
"""A server's name, hosts in the answer, connections."""


@dataclass(slots=True)
class Report:
    """Everything measured in one run; it grows while the run lasts."""

    rates: dict[Place, list[Rate]] = field(default_factory=dict)
    starts: dict[str, list[float]] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    over_http: dict[str, float] = field(default_factory=dict)
    """Milliseconds of one exchange."""
    costs: list[Cost] = field(default_factory=list)
    looks: dict[str, list[Look]] = field(default_factory=dict)
    syncs: list[Sync] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add_rate(self, name: str, hosts: int, connections: int, rate: Rate) -> None:
        """Note one round."""
        self.rates.setdefault((name, hosts, connections), []).append(rate)

    def add_start(self, what: str, seconds: float) -> None:
        """Note one start."""
        self.starts.setdefault(what, []).append(seconds)

    def contenders(self) -> list[str]:
        """The servers that were loaded, ours first."""
        return list(dict.fromkeys(name for name, _, _ in self.rates))

    def cases(self) -> list[tuple[int, int]]:
        """Hosts and connections."""
        return list(dict.fromkeys((hosts, connections) for _, hosts, connections in self.rates))

    def times(self, name: str, hosts: int, connections: int) -> float:
        """How many requests ours answers for one of another's: the median of the rounds' ratios."""
        pairs = zip(self.rates[OURS, hosts, connections], self.rates[name, hosts, connections], strict=True)
        return median(one.requests_per_second / other.requests_per_second for one, other in pairs)

    def speed(self, name: str, hosts: int, connections: int) -> float:
        """Requests a second, the median of the rounds."""
        return median(rate.requests_per_second for rate in self.rates[name, hosts, connections])

    def cpu_us(self, name: str, hosts: int, connections: int) -> float:
        """CPU of the server a request in microseconds, the median of the rounds."""
        return median(rate.cpu_us_per_request for rate in self.rates[name, hosts, connections])

    def as_json(self) -> dict[str, Any]:
        """All of it, medians taken."""
        return {
            "machine": machine(),
            "describe_instances": [
                {
                    "server": name,
                    "hosts": hosts,
                    "connections": connections,
                    "requests_per_second": round(self.speed(name, hosts, connections), 1),
                    "cpu_us_per_request": round(self.cpu_us(name, hosts, connections), 1),
                    "ours_against_it": round(self.times(name, hosts, connections), 3),
                }
                for name in self.contenders()
                for hosts, connections in self.cases()
            ],
            "start_seconds": {what: round(median(taken), 3) for what, taken in self.starts.items()},
            "memory_mb": {what: round(mb, 1) for what, mb in self.memory.items()},
            "over_http_ms": {what: round(ms, 2) for what, ms in self.over_http.items()},
            "cost_us": {cost.what: round(cost.us, 2) for cost in self.costs},
            "worlds": {world: [asdict(look) for look in looks] for world, looks in self.looks.items()},
            "syncs": [one.as_json() for one in self.syncs],
            "notes": self.notes,
        }


def note(text: str) -> None:
    """Say how far the run has come."""
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    """What this was measured on."""
    cores, python = os.cpu_count(), platform.python_version()
    return f"{cores} cores, {platform.machine()}, {platform.system()}, CPython {python}"


def text(report: Report) -> str:
    """The report as tables, in Markdown."""
    return "\n".join([f"Measured on {machine()}.", "", *_tables(report), *report.notes])


def _tables(report: Report) -> Iterator[str]:
    heads = [f"{hosts} hosts, {connections} conn." for hosts, connections in report.cases()]
    others = [name for name in report.contenders() if name != OURS]
    yield from _table(
        ["signed, authorised DescribeInstances: tcemu answers", *heads],
        [[f"× {name}", *(_short(report.times(name, *case)) for case in report.cases())] for name in others],
    )
    for title, of in (("requests a second", report.speed), ("server CPU a request, µs", report.cpu_us)):
        rows = [[name, *(_short(of(name, *case)) for case in report.cases())] for name in report.contenders()]
        yield from _table([title, *heads], rows)
    starts = [[what, f"{median(taken):.2f}", f"{min(taken):.2f}"] for what, taken in report.starts.items()]
    yield from _table(["start", "median s", "best s"], starts)
    yield from _table(["memory", "MB"], [[what, f"{mb:.0f}"] for what, mb in report.memory.items()])
    yield from _table(["over HTTP", "ms"], [[what, f"{ms:.2f}"] for what, ms in report.over_http.items()])
    costs = [
        [cost.what, f"{cost.us:.2f}", f"{1e6 / cost.us:,.0f}" if cost.us else ""] for cost in report.costs
    ]
    yield from _table(["in process", "µs of CPU", "a second"], costs)
    yield from _table(
        [
            *("tcconnector synchronises", "assets", "calls", "s", "× bare calls", "assets a second"),
            "CPU in the SDK",
        ],
        [
            [
                one.what,
                f"{one.assets:,}",
                f"{one.calls:,}",
                _short(one.seconds),
                _short(one.times_bare),
                _short(one.assets / one.seconds),
                f"{one.sdk_share:.0%}",
            ]
            for one in report.syncs
        ],
    )
    for world, looks in report.looks.items():
        yield from _table(
            [f"world of {world} hosts", "first time ms", "then ms", "memory MB"],
            [
                [look.what, _short(look.first_ms), _short(look.then_ms), f"{look.rss_mb:.0f}"]
                for look in looks
            ],
        )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for place, row in enumerate([heads, ["-" * width for width in widths], *rows]):
        cells = [
            cell.ljust(width) if not column or place == 1 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
