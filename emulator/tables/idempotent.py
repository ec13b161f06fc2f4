"""Requests that bear a ClientToken: the same token gets the same answer, and is carried out once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from emulator.errors import ApiError
from emulator.tables.call import Call, Result
from emulator.world.shelves import Row

MOST = 64
"""Documented, alike for every product: ASCII characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """How a product takes tokens."""

    bad: Callable[[str], ApiError]
    """What it says to a token that is too long or not ASCII."""
    mismatch: Callable[[], ApiError] | None = None
    """What it says to a known token with other parameters; None lets them change nothing."""
    kept_seconds: float = 48 * 3600
    """Documented for cdb: a token is to be unique within 48 hours. Assumed: of every product."""


def once(tokens: Tokens, run: Callable[[Call], Result]) -> Callable[[Call], Result]:
    """An action that answers a token it has seen as it did then.

    What was refused was not carried out, and a dry run carries nothing out: neither uses its token up.
    """
    # Assumed: a token is for one action in one region.

    def answered(call: Call) -> Result:
        token: str = call.params.get("ClientToken") or ""
        if len(token) > MOST or not token.isascii():
            raise tokens.bad(token)
        if not token or call.params.get("DryRun"):
            return run(call)
        place = (f"{call.action.service}.clienttoken", call.region)
        key = f"{call.action.name}/{token}"
        known: Row | None = call.world.read(*place).get(key)
        digest = "" if tokens.mismatch is None else _digest(call.params)
        if known is None or known.value["Until"] <= call.now:
            answer = dict(run(call))
            row = {"Params": digest, "Result": answer, "Until": call.now + tokens.kept_seconds}
            call.world.write(*place).put(key, Row(row))
            return answer
        if tokens.mismatch is not None and known.value["Params"] != digest:
            raise tokens.mismatch()
        result: Result = known.value["Result"]
        return result

    return answered


def _digest(params: Mapping[str, Any]) -> str:
    """What tells parameters from others; they may hold passwords, so they are not kept."""
    return hashlib.sha256(orjson.dumps(params, option=orjson.OPT_SORT_KEYS)).hexdigest()
