"""Requests told twice: the same token brings the same answer and does nothing more."""

from __future__ import annotations

from emulator.tables.call import Call, Result
from emulator.world.shelves import Row

KEPT_SECONDS = 48 * 3600
"""Documented for cdb: a token is to be unique within 48 hours. Assumed: of every product."""


def _place(call: Call) -> tuple[str, str]:
    return f"{call.action.service}.token", call.region


def _key(call: Call) -> str:
    return f"{call.action.name}/{call.params.get('ClientToken')}"


def told_before(call: Call) -> Result | None:
    """The answer that this action gave to the call's ``ClientToken``; None for a new one, or none."""
    if not call.params.get("ClientToken"):
        return None
    row: Row | None = call.world.read(*_place(call)).get(_key(call))
    # Assumed: other parameters beside a known token change nothing.
    if row is None or row.value["Until"] <= call.now:
        return None
    answer: Result = row.value["Answer"]
    return answer


def remember(call: Call, answer: Result) -> Result:
    """The answer itself, kept for the call's token if it has one."""
    if call.params.get("ClientToken"):
        row = Row({"Answer": answer, "Until": call.now + KEPT_SECONDS})
        call.world.write(*_place(call)).put(_key(call), row)
    return answer
