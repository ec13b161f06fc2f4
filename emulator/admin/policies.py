"""Questions about policies that need no cloud: lint, simulate, diff; and the policy that calls need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from emulator.admin.vocabulary import Knowledge
from emulator.contract.catalog import Catalog
from emulator.errors import BadInput, Violation
from emulator.gateway.journal import Entry
from emulator.policy.decide import Decision, Grant, Grants, Question, Source, leave_open, narrow
from emulator.policy.decide import compile as compile_grants
from emulator.policy.document import LENGTH_LIMIT, Document, parse
from emulator.policy.general import general_policies
from emulator.world import regions

FindPolicy = Callable[[str], str | None]
"""The document of a policy by its name; None if there is no such policy."""

OWNER_UIN = "100000000001"
REGION = "ap-guangzhou"
"""Whose resources and where, when a question needs them and nobody says."""


@dataclass(frozen=True, slots=True)
class Written:
    """A policy as it was given."""

    name: str
    """A file's, a policy's, or the place where it was given."""
    text: str

    def read(self) -> Document:
        """The document, whatever its length.

        Raises:
            BadInput: it is none; each path says which policy it is in.
        """
        try:
            return parse(self.text, limit=None)
        except BadInput as bad:
            raise BadInput(_within(self.name, bad), "the policy is not valid") from bad


def read_written(given: object, path: str, find: FindPolicy) -> Written:
    """A policy as users give them: a policy's name, or a document as an object or as JSON text.

    Raises:
        BadInput: it is nothing of the kind, or no policy has that name.
    """
    match given:
        case str() if given.lstrip().startswith("{"):
            return Written(path, given)
        case str():
            text = find(given)
            if text is None:
                raise BadInput.at(path, f"no policy is called {given!r}, custom or preset")
            return Written(given, text)
        case Mapping():
            return Written(path, orjson.dumps(given, default=str).decode())
    raise BadInput.at(path, "expected a policy's name, or a document as an object or as JSON text")


def find_preset(name: str) -> str | None:
    """The document of a preset policy."""
    from emulator.world import presets

    row = presets.by_name().get(name)
    return None if row is None else str(row.value["PolicyDocument"])


def read_all(written: Iterable[Written]) -> list[Document]:
    """Read several policies.

    Raises:
        BadInput: everything that is wrong in any of them.
    """
    wrong: list[Violation] = []
    found: list[Document] = []
    for each in written:
        try:
            found.append(each.read())
        except BadInput as bad:
            wrong += bad.violations
    if wrong:
        raise BadInput(wrong, "the policies are not valid")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is to be simulated: who has which policies, and what is asked."""

    policies: Sequence[Written]
    actions: Sequence[str]
    resources: Sequence[str] = ()
    """None: what the emulator knows the action to ask about, else ``*``."""
    context: Mapping[str, Sequence[str]]
    boundary: Sequence[Written] | None = None
    session: Sequence[Written] | None = None
    as_operation: bool = False
    """Ask about ``*``, whatever the action asks about."""
    region: str = REGION
    uin: str = ""
    """Of the caller; empty if no policy asks for it."""
    owner_uin: str = OWNER_UIN


class Policies:
    """Answers about policies, as plain JSON values."""

    def __init__(self, catalog: Catalog) -> None:
        self._knowledge = Knowledge(catalog)

    def lint(self, written: Sequence[Written]) -> dict[str, Any]:
        """Everything worth changing in each policy, and how many errors there are."""
        from emulator.policy.lint import lint

        found = [
            (each.name, finding)
            for each in written
            for finding in lint(each.text, self._knowledge.vocabulary)
        ]
        return {
            "errors": sum(finding.severity == "error" for _, finding in found),
            "findings": [
                {
                    "policy": name,
                    "severity": finding.severity,
                    "rule": finding.rule,
                    "path": finding.path,
                    "message": finding.message,
                }
                for name, finding in found
            ],
        }

    def diff(self, before: Sequence[Written], after: Sequence[Written]) -> dict[str, Any]:
        """What the second side allows that the first does not, and the reverse, over the whole contract."""
        from emulator.policy.diff import as_json, compare, lines, list_unfilled

        documents = read_all([*before, *after])
        sides = documents[: len(before)], documents[len(before) :]
        actions = {service: sorted(names) for service, names in self._knowledge.actions.items()}
        changes = compare(*sides, (f"{of}:{name}" for of, names in actions.items() for name in names))
        return {
            **as_json(changes),
            "unfilled": list(list_unfilled(documents)),
            "lines": lines(changes, actions).split("\n"),
        }

    def need(self, entries: Iterable[Entry]) -> dict[str, Any]:
        """The least policy under which these calls are allowed."""
        return _write_needed(entries, self._knowledge)

    # --- Simulate ------------------------------------------------------------------------------------------

    def simulate(self, case: Case) -> dict[str, Any]:
        """The decision on each action, explained."""
        from emulator.policy.explain import as_json, lines

        if case.as_operation and case.resources:
            raise BadInput.at("as_operation", "asks about `*`: leave out the resources, or this")
        if regions.find(case.region) is None:
            raise BadInput.at("region", f"no region is called {case.region!r}")
        grants = _compile(case)
        shown = []
        for action in case.actions:
            notes, decision = self._decide(case, grants, action)
            shown.append({**as_json(decision), "notes": notes, "lines": lines(decision).split("\n")})
        return {"allowed": all(one["effect"] == "allow" for one in shown), "decisions": shown}

    def _decide(self, case: Case, grants: Grants, action: str) -> tuple[list[str], Decision]:
        notes = self._note_unknown(action)
        action = self._knowledge.asked_as.get(action, action)
        resources, more = self._choose_resources(case, action)
        notes += more
        decision = grants.decide(Question(action, resources, case.context))
        if self._knowledge.is_open(action):
            return notes, leave_open(decision)
        return notes, narrow(decision) or decision

    def _choose_resources(self, case: Case, action: str) -> tuple[tuple[str, ...], list[str]]:
        """What to ask about, and in words why."""
        if case.resources:
            return tuple(case.resources), []
        if case.as_operation:
            return ("*",), []
        notes: list[str] = []
        known = self._knowledge.question(action, region=case.region, owner_uin=case.owner_uin)
        asking = self._knowledge.asking(action)
        if known is not None and known != "*":
            notes.append(f"a list read asks about all of a kind: {known}")
        elif asking is not None and asking.level == "resource":
            notes.append("asked about `*`, though it is judged by the resource that a call names: give one")
        elif asking is None:
            notes.append("asked about `*`: what this action asks about is not known here")
        return (known or "*",), notes

    def _note_unknown(self, action: str) -> list[str]:
        """What lint would say of a policy that names the action."""
        from emulator.policy.lint import lint

        statement = {"effect": "allow", "action": action, "resource": "*"}
        document = {"version": "2.0", "statement": [statement]}
        about_names = ("unknown-service", "unknown-action", "wrong-case")
        found = lint(document, self._knowledge.vocabulary)
        return [finding.message for finding in found if finding.rule in about_names]


def _compile(case: Case) -> Grants:
    named = {"uin": case.uin, "owner_uin": case.owner_uin}
    return compile_grants(
        _grants("policy", case.policies) or [],
        general=general_policies(),
        boundary=_grants("boundary", case.boundary),
        session=_grants("session policy", case.session),
        variables={name: value for name, value in named.items() if value},
    )


def _grants(kind: str, written: Sequence[Written] | None) -> list[Grant] | None:
    if written is None:
        return None
    documents = read_all(written)
    return [Grant(Source(kind, name=each.name), read) for each, read in zip(written, documents, strict=True)]


# --- From calls -------------------------------------------------------------------------------------------


def _write_needed(entries: Iterable[Entry], knowledge: Knowledge) -> dict[str, Any]:
    """The least policy under which these calls are allowed, and what was left out of it and why."""
    from emulator.policy.need import write_policy

    asked: list[Question] = []
    left_out: Counter[tuple[str, str]] = Counter()
    calls = 0
    for entry in entries:
        why = _explain_left_out(entry, knowledge)
        if why is not None:
            left_out[f"{entry.service}:{entry.action}", why] += 1
            continue
        calls += 1
        asked += [decision.question for decision in entry.decisions]
    policy = write_policy((question.action, question.resources) for question in asked)
    length = len(orjson.dumps(policy)) if policy is not None else 0
    return {
        "policy": policy,
        "calls": calls,
        "characters": length,
        "fits": length <= LENGTH_LIMIT,
        "left_out": [
            {"action": action, "why": why, "calls": count} for (action, why), count in left_out.items()
        ],
    }


def _explain_left_out(entry: Entry, knowledge: Knowledge) -> str | None:
    """Why no allow is written for a call; None if one is."""
    decision = entry.decision
    if decision is None:
        return "CAM was never asked"
    if knowledge.is_open(decision.question.action):
        return "needs no permission"
    return "denied outright, which no allow undoes" if decision.kind == "explicit deny" else None


def _within(name: str, bad: BadInput) -> list[Violation]:
    return [Violation(f"{name}: {each.path}".removesuffix(": "), each.message) for each in bad.violations]
