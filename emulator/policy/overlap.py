"""Which statements of one document say what others say already, or what another denies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from emulator.policy.document import ActionPattern, Effect, Statement
from emulator.policy.qcs import EVERYTHING, ask, bind, spell_region, split
from emulator.policy.wildcard import wildcard


@dataclass(frozen=True, slots=True)
class Overlap:
    """An action of a statement that never counts, and the statement and action that say why."""

    statement: int
    action: int
    by: int
    by_action: int
    is_denied: bool
    """Whether the other denies it; otherwise the other says the same or more."""


class _Clause(NamedTuple):
    """One action of a statement, with all that limits it."""

    statement: Statement
    place: int
    action: ActionPattern


def find_overlaps(statements: Sequence[Statement]) -> tuple[Overlap, ...]:
    """Find every action of every statement that another clause makes useless, in order.

    Only what one other clause covers alone is found, so what is found is certain.
    """
    clauses = [
        _Clause(each, place, action) for each in statements for place, action in enumerate(each.actions)
    ]
    by_service: dict[str, list[_Clause]] = {}
    for clause in clauses:
        by_service.setdefault(clause.action.service.casefold(), []).append(clause)
    everywhere = by_service.get(EVERYTHING, [])
    return tuple(
        overlap
        for clause in clauses
        for overlap in _find(clause, by_service[clause.action.service.casefold()], everywhere)
    )


def _find(clause: _Clause, nearby: list[_Clause], everywhere: list[_Clause]) -> Iterator[Overlap]:
    """The one overlap that says most: a deny before a repetition."""
    others = nearby if nearby is everywhere else [*nearby, *everywhere]
    making = [other for other in others if other is not clause and _makes_useless(other, clause)]
    if making:
        by = min(making, key=lambda other: other.statement.effect == clause.statement.effect)
        yield Overlap(
            clause.statement.index,
            clause.place,
            by.statement.index,
            by.place,
            is_denied=by.statement.effect != clause.statement.effect,
        )


def _makes_useless(other: _Clause, clause: _Clause) -> bool:
    mine, theirs = clause.statement, other.statement
    if mine.effect == theirs.effect:
        earlier = (theirs.index, other.place) < (mine.index, clause.place)
        return _says_all(other, clause) and (earlier or not _says_all(clause, other))
    return theirs.effect == "deny" and not theirs.conditions and _covers(other, clause)


def _says_all(wide: _Clause, narrow: _Clause) -> bool:
    conditions = frozenset(wide.statement.conditions)
    return (not conditions or conditions == frozenset(narrow.statement.conditions)) and _covers(wide, narrow)


def _covers(wide: _Clause, narrow: _Clause) -> bool:
    return _names_all(wide.action, narrow.action, wide.statement.effect) and all(
        any(is_within(text, wider) for wider in wide.statement.resources)
        for text in narrow.statement.resources
    )


def _names_all(wide: ActionPattern, narrow: ActionPattern, effect: Effect) -> bool:
    if wide.service == EVERYTHING or not wide.service or not narrow.service:
        return wide.service == EVERYTHING or wide.text == narrow.text
    if narrow.service == EVERYTHING:
        return False
    pattern, text = f"{wide.service}:{wide.name}", f"{narrow.service}:{narrow.name}"
    if effect == "deny":
        # As the engine has it: a deny takes any upper and lower case.
        pattern, text = pattern.casefold(), text.casefold()
    return wildcard(pattern).covers(text)


def is_within(narrow: str, wide: str) -> bool:
    """Whether a policy's resource covers nothing that another does not; ``${…}`` is never filled."""
    if wide in (narrow, EVERYTHING):
        return True
    asked = ask(as_question(narrow))
    return asked is not None and bind(wide, {}).covers(asked)


def as_question(pattern: str) -> str:
    """A policy's resource as the question for everything that it stands for."""
    segments = split(pattern)
    if segments is None:
        return pattern
    service, region, account = (part or "*" for part in segments[1:4])
    return f"qcs::{service}:{region}:{account}:{segments.resource}"


def meet(one: str, other: str) -> str | None:
    """A pattern for what two patterns both cover; None if that is nothing.

    Where stars meet stars it may be less than all of it, and never more.
    """
    first, second = split(one), split(other)
    if first is None or second is None:
        return one if second is None else other
    service = _meet_texts(first.service or "*", second.service or "*")
    region = _meet_regions(first.region or "*", second.region or "*")
    account = _meet_texts(first.account or "*", second.account or "*")
    resource = _meet_texts(first.resource, second.resource)
    if service is None or region is None or account is None or resource is None:
        return None
    return f"qcs::{service}:{region}:{account}:{resource}"


def _meet_regions(one: str, other: str) -> str | None:
    pairs = ((first, second) for first in spell_region(one) for second in spell_region(other))
    return next((met for first, second in pairs if (met := _meet_texts(first, second)) is not None), None)


def _meet_texts(one: str, other: str) -> str | None:
    first, second = wildcard(one), wildcard(other)
    if first.covers(other):
        return other
    if second.covers(one):
        return one
    head = max(first.parts[0], second.parts[0], key=len)
    tail = max(first.parts[-1], second.parts[-1], key=len)
    both = "*".join((head, *first.parts[1:-1], *second.parts[1:-1], tail))
    return both if first.covers(both) and second.covers(both) else None
