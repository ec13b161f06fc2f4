"""The least parameters that an action's contract asks for."""

from __future__ import annotations

from typing import Any

from emulator.contract.model import Member, Shape

_VALUES = {
    "string": "x",
    "int": 1,
    "uint": 1,
    "float": 1.0,
    "bool": True,
    "binary": "x",
    "datetime": "2026-01-01 00:00:00",
    "datetime_iso": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
}


def minimal(shape: Shape) -> dict[str, Any]:
    """A value for every required member, and for nothing else."""
    return {name: _value(member) for name, member in shape.members.items() if member.required}


def _value(member: Member) -> Any:
    one = minimal(member.shape) if member.shape is not None else _VALUES[member.kind]
    return [one] if member.many else one
