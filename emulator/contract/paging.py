"""The ways the cloud pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from emulator.contract.model import Action, Member

_TOTALS = ("TotalCount", "Total", "TotalNum", "TotalCnt", "TotalCounts", "Count")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """How one action pages."""

    style: Literal["offset", "page", "token", "none"]
    offset: str | None = None
    limit: str | None = None
    strings: bool = False
    total: str | None = None
    first: int = 0


def paging(action: Action) -> Paging:
    """How an action pages, by its members' names."""
    members = action.request.members
    total = next((name for name in _TOTALS if name in action.response.members), None)
    for style, offset, limit, first in (
        ("offset", "Offset", "Limit", 0),
        ("page", "Page", "Rp", 1),
        ("page", "PageNumber", "PageSize", 1),
    ):
        if offset in members and limit in members:
            return Paging(
                style=style,  # type: ignore[arg-type]
                offset=offset,
                limit=limit,
                strings=members[offset].kind == "string",
                total=total,
                first=first,
            )
    return Paging(style="none", total=total)


def listed(action: Action) -> list[Member]:
    """The lists of objects in the response."""
    return [member for member in action.response.members.values() if member.many and member.shape is not None]
