"""Views of a decision: one sentence, lines for a test report, JSON, and what would have allowed it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from emulator.policy.conditions import Context, read_context
from emulator.policy.decide import (
    Decision,
    Kind,
    Lack,
    Layer,
    Match,
    Mismatch,
    Misspelled,
    Near,
    Source,
    Unmet,
)
from emulator.policy.document import Effect
from emulator.policy.qcs import Difference, as_pattern

_REASONS: Mapping[Kind, str] = MappingProxyType(
    {
        "allowed": "nothing stands against it",
        "root": "the caller is root",
        "open": "the action needs no permission",
        "narrowed": "the list shows only what bears the tags that a statement wants",
        "implicit deny": "no statement allows it",
        "boundary": "the permission boundary does not allow it",
        "session": "the session policy does not allow it",
    }
)


def sentence(decision: Decision) -> str:
    """Say in one sentence what was decided and why."""
    verdict = "allowed" if decision.allowed else "denied"
    resources = " and ".join(decision.refused or decision.question.resources)
    head = f"{decision.question.action} on {resources} is {verdict}"
    if decision.because and decision.kind != "root":
        return f"{head} by {_name_statement(decision.because[0])}."
    nearest = _find_nearest(decision)
    tail = f"; the nearest is {_name_statement(nearest)}, but {_differ(nearest)}" if nearest else ""
    return f"{head}: {_REASONS[decision.kind]}{tail}."


def lines(decision: Decision) -> str:
    """Tell the whole of it in lines, for a test report."""
    return "\n".join(_tell(decision))


def as_json(decision: Decision) -> dict[str, object]:
    """Lay the decision out as plain JSON values, ``sentence``, ``least`` and ``remedies`` included."""
    question = decision.question
    return {
        "effect": decision.effect,
        "kind": decision.kind,
        "sentence": sentence(decision),
        "action": question.action,
        "resources": list(question.resources),
        "context": _lay_context(question.context),
        "own": {resource: _lay_context(context) for resource, context in question.own.items() if context},
        "refused": list(decision.refused),
        "because": [_lay_match(match) for match in decision.because],
        "nearly": [_lay_near(near) for near in decision.nearly],
        "lacks": [_lay_lack(lack) for lack in decision.lacks],
        "least": least(decision),
        "coming": list(decision.coming),
        "remedies": [{"place": each.place, "statement": each.statement} for each in remedies(decision)],
    }


@dataclass(frozen=True, slots=True)
class Remedy:
    """A statement that is lacking, and the place where it is lacking."""

    place: str
    """In words; ``layer`` says the same to a program."""
    layer: Layer
    statement: dict[str, object]


def remedies(decision: Decision) -> tuple[Remedy, ...]:
    """Make the smallest statements that, each in its place and all together, would have allowed it.

    None if it was allowed. Where it was denied outright they are needed too, but only once the deny is gone.
    """
    return tuple(
        Remedy(_name_place(lack), lack.layer, _make_allow(decision, lack.resources))
        for lack in decision.lacks
    )


def least(decision: Decision) -> dict[str, object] | None:
    """Make the smallest statement that would have allowed it, for the first place where one was lacking.

    None if the call was allowed, or denied outright, which no statement can undo.
    """
    if decision.allowed or decision.kind == "explicit deny":
        return None
    return _make_allow(decision, decision.refused)


def _make_allow(decision: Decision, resources: tuple[str, ...]) -> dict[str, object]:
    named = [as_pattern(resource) for resource in resources]
    return {"effect": "allow", "action": [decision.question.action], "resource": named}


_PLACES: Mapping[Layer, str] = MappingProxyType(
    {
        "identity": "a policy of the caller",
        "boundary": "the permission boundary",
        "session": "the session policy",
    }
)


def _name_place(lack: Lack) -> str:
    """Where a statement belongs; a boundary and a session policy by name, since there is but one."""
    place = _PLACES[lack.layer]
    if lack.layer == "identity" or len(lack.held) != 1:
        return place
    return f"{place} {_name_source(replace(lack.held[0], kind=''))}"


# --- In words ---------------------------------------------------------------------------------------------


_SHOWN = 5
"""How many of the statements that nearly decided are told."""


def _tell(decision: Decision) -> Iterator[str]:
    yield f"{'ALLOWED' if decision.allowed else 'DENIED'} {decision.question.action} ({decision.kind})"
    for resource in decision.question.resources:
        yield f"  on {resource}{' (refused)' if resource in decision.refused else ''}"
    for match in decision.because:
        yield f"  because of {match.effect} {_name_statement(match)}, on {match.resource}"
    if not decision.because:
        yield f"  because {_REASONS[decision.kind]}"
    if decision.kind not in ("explicit deny", "allowed", "root", "open", "narrowed"):
        yield from (_tell_held(lack) for lack in decision.lacks if not _is_near(decision, lack))
    yield from (f"  not yet: {change}" for change in decision.coming)
    yield from _tell_nearly(decision)
    if not decision.allowed:
        yield from _tell_way_out(decision)


def _is_near(decision: Decision, lack: Lack) -> bool:
    return any(near.source in lack.held for near in decision.nearly)


def _tell_held(lack: Lack) -> str:
    """What was looked at in vain: somebody may have expected another policy among it."""
    held = ", ".join(map(_name_source, lack.held))
    return (
        f"  looked at {held}: nothing there names the action" if held else "  there is no policy to look at"
    )


def _tell_nearly(decision: Decision) -> Iterator[str]:
    """The statements that could have turned it, or show a part of a list; those that lack least first."""
    other: Effect = "deny" if decision.allowed and decision.kind != "narrowed" else "allow"
    turning = [near for near in decision.nearly if near.effect == other]
    for near in sorted(turning, key=lambda near: len(near.differences))[:_SHOWN]:
        yield f"  nearly: {near.effect} {_name_statement(near)}, on {near.resource}"
        yield from (f"    {_word(difference)}" for difference in near.differences)
    if len(turning) > _SHOWN:
        yield f"  and {len(turning) - _SHOWN} more that name the action"


def _tell_way_out(decision: Decision) -> Iterator[str]:
    if decision.kind == "explicit deny":
        denying = dict.fromkeys(map(_name_statement, decision.because))
        yield f"  no allow undoes a deny: take back or narrow {' and '.join(denying)}"
    for number, remedy in enumerate(remedies(decision)):
        head = "to allow it, add to" if number == 0 and decision.kind != "explicit deny" else "and add to"
        yield f"  {head} {remedy.place}:"
        yield f"    {json.dumps(remedy.statement)}"


def _find_nearest(decision: Decision) -> Near | None:
    """The allow that lacks least for a resource that was refused."""
    allows = [
        near for near in decision.nearly if near.effect == "allow" and near.resource in decision.refused
    ]
    return min(allows, key=lambda near: len(near.differences), default=None)


def _name_statement(named: Match | Near) -> str:
    return f"statement[{named.index}] of {_name_source(named.source)}"


def _name_source(source: Source) -> str:
    parts = [
        source.kind,
        source.name,
        f"({source.id})" if source.id not in ("", source.name) else "",
        source.via and f"via {source.via}",
    ]
    return " ".join(part for part in parts if part)


def _differ(near: Near) -> str:
    return " and ".join(_word(difference) for difference in near.differences)


def _word(difference: Mismatch) -> str:
    match difference:
        case Misspelled():
            return f"it writes {difference.wanted}, in other upper and lower case"
        case Unmet():
            wanted = " or ".join(str(value) for value in difference.wanted)
            return f"it wants {difference.operator} {difference.key} {wanted}, and {difference.reason}"
        case Difference():
            note = f" ({difference.note})" if difference.note else ""
            return f"its {difference.segment} is {difference.wanted}, not {difference.asked}{note}"


# --- As JSON ----------------------------------------------------------------------------------------------


def _lay_context(context: Context) -> dict[str, object]:
    return {key: list(read_context(context, key)) for key in context}


def _lay_match(match: Match) -> dict[str, object]:
    return {
        "source": _lay_source(match.source),
        "statement": match.index,
        "effect": match.effect,
        "resource": match.resource,
        "matched_action": match.action,
        "matched_resource": match.pattern,
    }


def _lay_near(near: Near) -> dict[str, object]:
    return {
        "source": _lay_source(near.source),
        "statement": near.index,
        "effect": near.effect,
        "resource": near.resource,
        "nearest_resource": near.pattern,
        "differences": [_lay_difference(difference) for difference in near.differences],
    }


def _lay_lack(lack: Lack) -> dict[str, object]:
    return {
        "layer": lack.layer,
        "resources": list(lack.resources),
        "held": [_lay_source(source) for source in lack.held],
    }


def _lay_source(source: Source) -> dict[str, object]:
    return {"kind": source.kind, "id": source.id, "name": source.name, "via": source.via}


def _lay_difference(difference: Mismatch) -> dict[str, object]:
    match difference:
        case Misspelled():
            return {"what": "action", "wanted": difference.wanted, "asked": difference.asked, "note": "case"}
        case Unmet():
            return {
                "what": "condition",
                "operator": difference.operator,
                "key": difference.key,
                "wanted": list(difference.wanted),
                "actual": list(difference.actual),
                "note": difference.reason,
            }
        case Difference():
            asked = difference.asked
            return {
                "what": difference.segment,
                "wanted": difference.wanted,
                "asked": asked,
                "note": difference.note,
            }
