"""How the compiled contract writes a shape down: one word a member.

``InstanceSet:*@Instance+?`` is a list (``*``) of the object ``Instance``, promised (``+``) and nullable
(``?``); ``Limit:i`` is an optional int64. The compiler writes this and the catalog reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from emulator.contract.model import Kind, Member, Shape

LETTERS: Mapping[Kind, str] = {
    "string": "s",
    "int": "i",
    "uint": "u",
    "float": "f",
    "bool": "b",
    "binary": "x",
    "datetime": "t",
    "datetime_iso": "z",
    "date": "d",
}
_KINDS: Mapping[str, Kind] = {letter: kind for kind, letter in LETTERS.items()}

_MEMBER = re.compile(r"(\w+):(\*?)(?:@(\w+)|(\w))([!+?\-~]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One member as the published metadata has it; ``of`` names its object when ``kind`` is ``object``."""

    name: str
    kind: Kind
    many: bool
    of: str = ""
    required: bool = False
    promised: bool = False
    nullable: bool = False
    disabled: bool = False
    lenient: bool = False


def write_line(line: Line) -> str:
    """Write a member as one word."""
    flags = (
        (line.required, "!"),
        (line.promised, "+"),
        (line.nullable, "?"),
        (line.disabled, "-"),
        (line.lenient, "~"),
    )
    kind = f"@{line.of}" if line.kind == "object" else LETTERS[line.kind]
    return f"{line.name}:{'*' if line.many else ''}{kind}{''.join(sign for on, sign in flags if on)}"


def read_lines(text: str) -> Iterator[Line]:
    """Read what ``write_line`` wrote, words apart by spaces."""
    for name, star, of, letter, flags in _MEMBER.findall(text):
        yield Line(
            name=name,
            kind="object" if of else _KINDS[letter],
            many=star == "*",
            of=of,
            required="!" in flags,
            promised="+" in flags,
            nullable="?" in flags,
            disabled="-" in flags,
            lenient="~" in flags,
        )


def read_members(text: str, shape_of: Callable[[str], Shape]) -> Iterator[Member]:
    """Read the members of a shape; ``shape_of`` finds the objects they refer to."""
    for line in read_lines(text):
        yield Member(
            name=line.name,
            kind=line.kind,
            many=line.many,
            shape=shape_of(line.of) if line.of else None,
            required=line.required,
            promised=line.promised,
            nullable=line.nullable,
            disabled=line.disabled,
            lenient=line.lenient,
        )
