"""An action's request and response as a tree to read."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.contract.fit import WORDS
from emulator.contract.model import Action, Member, Shape

INDENT = "  "


def tree(action: Action) -> str:
    """Draw an action: members with their types and what is said of them. A shape is spelled out once."""
    request = list(_rows(action.request, (action.request,), set(), side="request"))
    response = list(_rows(action.response, (action.response,), set(), side="response"))
    response.append((f"{INDENT}RequestId", "string", "promised"))
    return "\n".join([_head(action), "request", *_align(request), "response", *_align(response)])


def _head(action: Action) -> str:
    status = "" if action.status == "online" else f" ({action.status})"
    return f"{action.key} {action.version}{status}{' (needs no signature)' if action.skip_sign else ''}"


Row = tuple[str, str, str]
"""Name, type, and what is said of it."""


def _rows(shape: Shape, above: tuple[Shape, ...], shown: set[Shape], *, side: str) -> Iterator[Row]:
    if not shape.members and side == "request":
        yield INDENT * len(above) + "nothing", "", ""
    for member in shape.members.values():
        inner = member.shape
        flags = [*_flags(member, side), *_references(inner, above, shown)]
        yield INDENT * len(above) + member.name, _type(member), ", ".join(flags)
        if inner is not None and inner not in shown and inner not in above:
            shown.add(inner)
            yield from _rows(inner, (*above, inner), shown, side=side)


def _references(shape: Shape | None, above: tuple[Shape, ...], shown: set[Shape]) -> Iterator[str]:
    if shape in above:
        yield "holds itself"
    elif shape in shown:
        yield "as above"


def _flags(member: Member, side: str) -> Iterator[str]:
    if side == "request" and member.required:
        yield "required"
    if side == "request" and member.lenient:
        yield "a number or its digits"
    if side == "response" and member.promised:
        yield "promised"
    if side == "response" and member.nullable:
        yield "nullable"
    if member.disabled:
        yield "disabled"


def _type(member: Member) -> str:
    word = member.shape.name if member.shape is not None else WORDS[member.kind]
    return f"[{word}]" if member.many else word


def _align(rows: list[Row]) -> Iterator[str]:
    names, types = (max(len(row[column]) for row in rows) for column in (0, 1))
    for name, kind, flags in rows:
        yield f"{name:{names}}  {kind:{types}}  {flags}".rstrip()
