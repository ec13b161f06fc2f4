"""Whether a call may be performed: the grants of its caller put to the policy engine."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from emulator.gateway.circumstances import Belongings, Circumstances, spell_tags
from emulator.gateway.refusal import Refused, refusal
from emulator.policy.conditions import RESOURCE_TAG
from emulator.policy.decide import Decision, Grant, Grants, Question, Source, leave_open, narrow
from emulator.policy.decide import compile as compile_grants
from emulator.policy.document import Document, parse
from emulator.policy.general import general_policies
from emulator.tables.bind import Bound
from emulator.tables.call import Call, Caller, Permit, Sees
from emulator.tables.tags import BY_TABLE, Kind, Sets
from emulator.world.accounts import Attached, boundary_of, policies_of
from emulator.world.coming import tell_changes
from emulator.world.credentials import Principal
from emulator.world.shelves import Row
from emulator.world.views import Found
from emulator.world.world import PERMISSIONS, Readable

Denials = Sequence[tuple[str, Mapping[str, object]]]
"""Deny statements by rule id."""


@dataclass(slots=True)
class _Compiled:
    """Grants by caller, for one state of CAM's rows."""

    version: int = -1
    grants: dict[Hashable, Grants] = field(default_factory=dict)


class Authority:
    """The compiled grants of one account's principals, kept until CAM's rows change."""

    def __init__(self) -> None:
        self._now = _Compiled()
        self._coming = _Compiled()
        self._documents: dict[str, Document] = {}

    def forget(self) -> None:
        """Drop what was compiled."""
        self._now, self._coming = _Compiled(), _Compiled()

    def grants(self, caller: Caller, denials: Denials) -> Grants:
        """The caller's grants that are in force, with deny statements added by rule id."""
        return self._grants(self._now, caller.world.in_force(), caller, denials)

    def coming_grants(self, caller: Caller, denials: Denials) -> Grants:
        """What the caller's grants will be once every change that was made is in force."""
        return self._grants(self._coming, caller.world, caller, denials)

    def _grants(self, kept: _Compiled, world: Readable, caller: Caller, denials: Denials) -> Grants:
        version = world.version(PERMISSIONS)
        if version != kept.version:
            kept.grants.clear()
            kept.version = version
        # What a rule denies is said by the names that CAM knows, and so depends on the call as well.
        rules = tuple((rule_id, str(statement["action"])) for rule_id, statement in denials)
        place = (caller.principal, *rules) if rules else caller.principal
        found = kept.grants.get(place)
        if found is None:
            if len(kept.grants) > 4096:
                kept.grants.clear()
            found = kept.grants[place] = compile_grants(
                [*self._own(world, caller.principal), *map(_denial, denials)],
                general=general_policies() if _is_user(caller) else (),
                boundary=self._boundary(world, caller.principal),
                session=self._session(caller.principal),
                # Documented: a federated user has what its maker has, as far as its policy goes.
                root=caller.principal.uin == caller.world.uin,
                variables={"uin": caller.principal.uin, "owner_uin": caller.world.uin},
            )
        return found

    def _own(self, world: Readable, principal: Principal) -> Iterator[Grant]:
        return (self._grant("policy", each) for each in policies_of(world, principal))

    def _boundary(self, world: Readable, principal: Principal) -> list[Grant] | None:
        attached = boundary_of(world, principal)
        return None if attached is None else [self._grant("boundary", attached)]

    def _session(self, principal: Principal) -> list[Grant] | None:
        text = principal.session_policy
        if text is None:
            return None
        source = Source(kind="session policy", name=principal.session)
        return [Grant(source, self._document(text))]

    def _grant(self, kind: str, attached: Attached) -> Grant:
        # How it comes to the caller is only worth a word if a group stands between them.
        via = attached.via if attached.via.startswith("group ") else ""
        source = Source(kind=kind, id=str(attached.policy_id), name=attached.name, via=via)
        return Grant(source, self._document(attached.document))

    def _document(self, text: str) -> Document:
        found = self._documents.get(text)
        if found is None:
            if len(self._documents) > 4096:
                self._documents.clear()
            found = self._documents[text] = parse(text, limit=None)
        return found


def _is_user(caller: Caller) -> bool:
    """Whether a sub-user calls, by a key of its own or by one that it had made for another."""
    return caller.principal.kind != "role" and caller.principal.uin != caller.world.uin


def _known_to_cam(bound: Bound, statement: Mapping[str, object]) -> Mapping[str, object]:
    """A statement that denies a call, naming the action as CAM knows it where that is another name."""
    return {**statement, "action": [bound.permission]} if bound.asked_as else statement


def _denial(denial: tuple[str, Mapping[str, object]]) -> Grant:
    rule_id, statement = denial
    document = parse({"version": "2.0", "statement": [statement]})
    return Grant(Source(kind="denial", name=rule_id), document)


def authorize(
    authority: Authority,
    bound: Bound,
    call: Call,
    *,
    denials: Denials,
    request_id: str,
) -> Permit:
    """Ask the policy engine whether the call may be performed.

    Raises:
        Refused: it may not, in the product's own words.
    """
    denials = [(rule_id, _known_to_cam(bound, statement)) for rule_id, statement in denials]
    decision = decide(authority, bound, call, denials=denials)
    if decision.effect == "deny":
        narrowed = narrow(decision)
        kind = None if bound.of is None else BY_TABLE.get(bound.of.name)
        if narrowed is None or kind is None:
            raise refusal(call.action, decision, decision.refused[0], request_id)
        sees = _sees(authority.grants(call.caller, denials), decision.question, kind)
        call, decision = replace(call, sees=sees), narrowed
    further = _ask_further(authority, bound, call, denials, decision) if bound.further else ()
    return Permit(call, decision, further)


def _sees(grants: Grants, asked: Question, kind: Kind) -> Sees:
    """Which rows of a list bear tags with which the whole of it would be allowed."""

    @cache
    def suits(tags: tuple[str, ...]) -> bool:
        own = {resource: {RESOURCE_TAG: tags} for resource in asked.resources}
        return not grants.decide(replace(asked, own=own)).lacks

    def sees(rows: Found[Row]) -> Found[Row]:
        # Many rows bear the same tags: each set of them is judged once.
        is_bare_seen = suits(())
        unlike = Sets(lambda tags: suits(spell_tags(tags)) != is_bare_seen)
        others = {number for _, numbers in unlike.on(kind, rows.shelf) for number in numbers}
        return rows.where(lambda number: (number in others) != is_bare_seen)

    return sees


def _ask_further(
    authority: Authority,
    bound: Bound,
    call: Call,
    denials: Denials,
    first: Decision,
) -> tuple[Decision, ...]:
    given: list[Decision] = []
    for further in bound.further:
        if further.when(call):
            decision = _decide(authority, call, further.action, further.asks(call), denials)
            if decision.effect == "deny":
                raise Refused(further.refusal(), decision, (first, *given))
            given.append(decision)
    return tuple(given)


def decide(authority: Authority, bound: Bound, call: Call, *, denials: Denials) -> Decision:
    """The engine's decision on a call."""
    decision = _decide(authority, call, bound.permission, bound.asks(call), denials)
    return leave_open(decision) if bound.is_open or call.caller.key is None else decision


def _decide(
    authority: Authority, call: Call, action: str, resources: tuple[str, ...], denials: Denials
) -> Decision:
    world = call.world
    grants, is_settled = authority.grants(call.caller, denials), world.in_force() is world
    if is_settled and (known := grants.settled(action, resources)) is not None:
        return known
    question = Question(action, resources, Circumstances(call), Belongings(call, resources))
    decision = grants.decide(question)
    if is_settled:
        return decision
    coming = authority.coming_grants(call.caller, denials).decide(question)
    if _is_passed(coming) is _is_passed(decision):
        return decision
    return replace(decision, coming=tuple(tell_changes(world, call.caller.principal)))


def _is_passed(decision: Decision) -> bool:
    return (narrow(decision) or decision).allowed


__all__ = ["Authority", "authorize", "decide"]
