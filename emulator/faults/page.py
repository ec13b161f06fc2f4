"""Where an answer keeps its list."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """The list of an answer and its total: members of ``Response``, nested ones with dots."""

    list_member: str
    total_member: str | None = None
