"""The published contract as values: actions, shapes, members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "string", "int", "uint", "float", "bool", "binary", "datetime", "datetime_iso", "date", "object"
]
"""What one value is. ``datetime``, ``datetime_iso`` and ``date`` are strings on the wire."""

Status = Literal["online", "deprecated", "offline", "unpublished"]
"""``unpublished`` is what policies name and the published metadata lacks."""


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One member of a shape. ``many`` says a list of ``kind``; ``shape`` is there when kind is ``object``."""

    name: str
    kind: Kind
    many: bool
    shape: Shape | None
    required: bool
    """In a request: it must be given."""
    promised: bool
    """In a response: it is always there (``output_required``)."""
    nullable: bool
    """In a response: it may be null (``value_allowed_null``)."""
    disabled: bool
    lenient: bool = False
    """In a request: a number may also come written as a string."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A structure: its members by name. Shapes may refer to themselves."""

    name: str
    members: Mapping[str, Member] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """One published API action. Compared by identity: a catalog makes each once."""

    service: str
    version: str
    name: str
    status: Status
    skip_sign: bool
    """The published contract lets it be called without a signature."""
    request: Shape = field(repr=False)
    response: Shape = field(repr=False)
    """Without ``RequestId``: every response ends in one, and whoever encodes the answer adds it."""
    key: str
    """``service:Name``, the name that CAM judges."""
