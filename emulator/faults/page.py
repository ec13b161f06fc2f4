"""Where an answer keeps its list, and what it would take to read the list otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Trait = Literal["list", "total", "pages"]
"""What an answer has: a list, the total beside it, a list that a client asks for page by page."""


@dataclass(frozen=True, slots=True)
class Page:
    """The list of an answer and its total: members of ``Response``, nested ones with dots."""

    list_member: str
    total_member: str | None = None
    is_paged: bool = False
    """Whether a request says which part of the list it wants: by an offset, a page's number or a token."""

    def has(self, trait: Trait) -> bool:
        """Whether such an answer has a list, a total, or comes page by page."""
        match trait:
            case "list":
                return True
            case "total":
                return self.total_member is not None
            case "pages":
                return self.is_paged


class Place(Protocol):
    """Where in its list an answer stands."""

    @property
    def number(self) -> int:
        """Which page of the list it is, from 1."""
