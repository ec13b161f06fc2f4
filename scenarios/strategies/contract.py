"""Requests and answers drawn from the published contract."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from hypothesis import strategies as st

from emulator.contract.model import Action, Kind, Member, Shape

Drawn = st.SearchStrategy[dict[str, object]]

LONGEST_LIST = 2

_TEXTS = st.text(max_size=8)

_SCALARS: Mapping[Kind, st.SearchStrategy[object]] = {
    "string": _TEXTS,
    "int": st.integers(-(2**63), 2**63 - 1),
    "uint": st.integers(0, 2**64 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53),
    "bool": st.booleans(),
    "binary": _TEXTS,
    "datetime": st.datetimes().map(lambda at: at.isoformat(" ", "seconds")),
    "datetime_iso": st.datetimes().map(lambda at: at.isoformat("T", "seconds") + "+08:00"),
    "date": st.dates().map(lambda day: day.isoformat()),
}


def params(action: Action) -> Drawn:
    """Draw parameters that the gateway takes."""
    return _draw(action.request, answer=False)


def results(action: Action) -> Drawn:
    """Draw results that the contract allows, RequestId left out."""
    return _draw(action.response, answer=True)


def rows(shape: Shape) -> Drawn:
    """Draw values of one object as an answer may hold it."""
    return _draw(shape, answer=True)


@functools.lru_cache(maxsize=1000)
def _draw(shape: Shape, *, answer: bool, above: tuple[Shape, ...] = ()) -> Drawn:
    """Draw one object; ``above`` are the shapes around it, which it does not go into again."""
    inside = (*above, shape)
    drawn = {
        name: _draw_member(member, answer=answer, above=inside)
        for name, member in shape.members.items()
        if member.many or member.shape not in inside
    }
    needed = {name for name in drawn if _is_needed(shape.members[name], answer=answer)}
    return st.fixed_dictionaries(
        {name: drawn[name] for name in drawn if name in needed},
        optional={name: drawn[name] for name in drawn if name not in needed},
    )


def _is_needed(member: Member, *, answer: bool) -> bool:
    return member.promised if answer else member.required


def _draw_member(member: Member, *, answer: bool, above: tuple[Shape, ...]) -> st.SearchStrategy[object]:
    if member.shape is None:
        one = _SCALARS[member.kind]
    elif member.shape in above:
        one = st.nothing()
    else:
        one = _draw(member.shape, answer=answer, above=above)
    given = st.lists(one, max_size=LONGEST_LIST) if member.many else one
    return st.none() | given if answer and member.nullable else given
