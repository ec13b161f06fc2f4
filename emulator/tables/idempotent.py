"""Requests that bear a ClientToken: the same token gets the same answer, and is carried out once."""

from __future__ import annotations

from collections.abc import Callable

from emulator.errors import ApiError
from emulator.tables.call import Call, Result
from emulator.world.shelves import Row


def once(run: Callable[[Call], Result], refused: Callable[[], ApiError]) -> Callable[[Call], Result]:
    """An action that answers a token it has seen as it did then; ``refused`` is said to a bad token."""
    # Documented: at most 64 ASCII characters, and what it is for. Assumed: that a token is for one action in
    # one region, is never forgotten, and that other parameters with the same token change nothing.

    def answered(call: Call) -> Result:
        token: str = call.params.get("ClientToken") or ""
        if not token or call.params.get("DryRun"):
            return run(call)
        if len(token) > 64 or not token.isascii():
            raise refused()
        place = (f"{call.action.service}.clienttoken", call.region)
        key = f"{call.action.name}/{token}"
        row = call.world.read(*place).get(key)
        if row is None:
            row = Row({"Result": dict(run(call))})
            call.world.write(*place).put(key, row)
        known: Result = row.value["Result"]
        return known

    return answered
