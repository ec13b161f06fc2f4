"""How many of a kind an account may have in a region, and what it was granted beyond the usual."""

from __future__ import annotations

from collections.abc import Callable

from emulator.errors import ApiError
from emulator.tables.call import Call
from emulator.world.shelves import Row


def granted(call: Call, kind: str, usual: int, *, there: int) -> int:
    """How many of a kind (``vpc.address``), of which so many are there, there may be.

    Assumed: an account that had as many before it made its first has asked for more, and was granted the
    usual number on top.
    """
    row = call.world.read(_quotas(kind), call.region).get(kind)
    before = int(row.value["Before"]) if row is not None else there
    return usual if before < usual else before + usual


def reserve(
    call: Call,
    kind: str,
    usual: int,
    *,
    there: int,
    full: Callable[[int], ApiError],
    count: int = 1,
) -> None:
    """See that there is room for more of a kind.

    Raises:
        ApiError: what ``full`` says of the number that there may be.
    """
    most = granted(call, kind, usual, there=there)
    if there + count > most:
        raise full(most)
    table = _quotas(kind)
    if kind not in call.world.read(table, call.region):
        call.world.write(table, call.region).put(kind, Row({"Before": there}))


def _quotas(kind: str) -> str:
    return f"{kind.partition('.')[0]}.quota"
