"""What a product was told to do and does in its own time: a row that the clock brings to its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.tables.call import Call
from emulator.tables.writing import Value
from emulator.world.shelves import Row

# ``region`` is that of the call unless a product that has none says otherwise.


def begin(call: Call, name: str | int, seconds: float, region: str | None = None, **facts: Any) -> Value:
    """Note a task under a name, done some time from now; what it changes is the caller's."""
    ends = call.now + seconds * call.world.pace
    task = {**facts, "Begins": call.now, "Ends": ends}
    call.world.write(*_place(call, region)).put(name, Row(task))
    return task


def _place(call: Call, region: str | None) -> tuple[str, str]:
    return f"{call.action.service}.task", call.region if region is None else region


def find_task(call: Call, name: str | int, region: str | None = None) -> Value | None:
    """The task of a name; None for none."""
    row: Row | None = call.world.read(*_place(call, region)).get(name)
    return None if row is None else row.value


def every_task(call: Call) -> Iterator[Value]:
    """Every task, the latest first."""
    return (row.value for row in reversed(call.world.read(*_place(call, None)).values()))


def next_number(call: Call, first: int, region: str | None = None) -> int:
    """The number after that of the latest of a product's tasks here."""
    return first + len(call.world.read(*_place(call, region)))


def is_done(call: Call, task: Value) -> bool:
    """Whether a task has come to its end."""
    return bool(task["Ends"] <= call.now)


def progress(call: Call, task: Value) -> float:
    """How far a task has come, from 0 to 1."""
    # Assumed: a task gets on evenly.
    if is_done(call, task):
        return 1.0
    return float((call.now - task["Begins"]) / (task["Ends"] - task["Begins"]))
