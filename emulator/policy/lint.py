"""What is wrong, wide or useless in a policy document, told before CAM is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

from emulator.policy.conditions import REQUEST_TAG, RESOURCE_TAGS
from emulator.policy.document import LENGTH_LIMIT, ActionPattern, BadPolicy, Document, Statement, parse
from emulator.policy.overlap import Overlap, find_overlaps, is_within
from emulator.policy.qcs import (
    EVERYTHING,
    LONG_REGIONS,
    VARIABLES,
    Pattern,
    Segments,
    bind,
    placeholders,
    split,
)
from emulator.policy.wildcard import wildcard

Severity = Literal["error", "warning", "note"]
"""``error``: refused, or without effect; ``warning``: likely not as meant; ``note``: could be plainer."""

RuleName = Literal[
    "malformed",
    "too-long",
    "unknown-service",
    "unknown-action",
    "wrong-case",
    "unknown-region",
    "placeholder",
    "never-covers",
    "wide",
    "unreachable",
    "unknown-key",
    "feature-set",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to change, and where it stands."""

    severity: Severity
    rule: RuleName
    path: str
    """In the document: ``statement[0].action[3]``; empty for the whole of it."""
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


@dataclass(frozen=True, slots=True)
class Asking:
    """What CAM is asked when an action is called."""

    level: Literal["operation", "list", "resource"]
    """About ``*``; about all resources of one kind; or about those that the call names."""
    service: str = ""
    resource: str = ""
    """For a list: the last segment that is asked about, ``instance/*``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What exists: the names that a policy can mean."""

    actions: Mapping[str, Collection[str]]
    """The names of all actions, by service."""
    unlisted: Collection[str]
    """Services that CAM knows and whose actions are not listed."""
    regions: Collection[str]
    reads: tuple[str, ...]
    """How the names of actions begin that change nothing."""
    asking: Callable[[str], Asking | None]
    """What an action (``service:Name``) asks; None where it is not known."""
    asked_as: Mapping[str, str] = field(default_factory=dict)
    """Actions that CAM knows by another name."""


def lint(source: str | Mapping[str, object], known: Vocabulary) -> tuple[Finding, ...]:
    """Find everything worth saying about a document, in its order. Never raises for what stands in it."""
    try:
        document = parse(source, limit=None)
    except BadPolicy as bad:
        return tuple(Finding("error", "malformed", each.path, each.message) for each in bad.violations)
    return (*_find_length(document), *_Lint(document, known).find())


def _find_length(document: Document) -> Iterator[Finding]:
    length = len(document.text)
    if length > LENGTH_LIMIT:
        shorter = len(json.dumps(json.loads(document.text), ensure_ascii=False, separators=(",", ":")))
        hint = f"; without white space it has {shorter}" if shorter < length else ""
        yield Finding("error", "too-long", "", f"is {length} characters long, CAM takes {LENGTH_LIMIT}{hint}")


class _Lint:
    """One document at work: the parsed form, and where each element stands in the written one."""

    def __init__(self, document: Document, known: Vocabulary) -> None:
        self._statements = document.statements
        self._written = json.loads(document.text)["statement"]
        self._known = known
        self._overlaps = find_overlaps(document.statements)

    def find(self) -> Iterator[Finding]:
        for statement in self._statements:
            yield from self._find_in_actions(statement)
            for place, text in enumerate(statement.resources):
                yield from self._find_in_resource(statement, place, text)
            yield from self._find_in_conditions(statement)

    def _path(self, statement: Statement, element: str, place: int) -> str:
        path = f"statement[{statement.index}].{element}"
        is_list = isinstance(self._written[statement.index][element], list)
        return f"{path}[{place}]" if is_list else path

    # --- Actions -------------------------------------------------------------------------------------------

    def _find_in_actions(self, statement: Statement) -> Iterator[Finding]:
        overlaps = {each.action: each for each in self._overlaps if each.statement == statement.index}
        if len(overlaps) == len(statement.actions):
            yield self._find_useless(statement, [*overlaps.values()])
        for place, action in enumerate(statement.actions):
            found = [*self._find_in_action(statement, action, self._path(statement, "action", place))]
            # What is said of an action that never counts is not worth reading, unless it is wrong besides.
            is_useless = place in overlaps and "error" not in (each.severity for each in found)
            if not is_useless:
                yield from found
            elif len(overlaps) < len(statement.actions):
                yield self._find_overlap(overlaps[place])

    def _find_in_action(self, statement: Statement, action: ActionPattern, path: str) -> Iterator[Finding]:
        if not action.service:
            message = "is a feature set: what is in it is not published, and here it stands for nothing"
            yield Finding("note", "feature-set", path, message)
        elif action.service == EVERYTHING:
            yield from self._find_all(statement, path)
        elif action.service not in self._known.unlisted:
            named = self._known.actions.get(action.service)
            if named is None:
                yield self._find_service(statement, action, path)
            else:
                yield from self._find_in_named(statement, action, path, named)

    def _find_service(self, statement: Statement, action: ActionPattern, path: str) -> Finding:
        lowered = action.service.lower()
        if lowered in self._known.actions:
            return _judge_case(statement, path, f"the service is written {lowered}, not {action.service}")
        near = _FORMER.get(lowered) or _near(lowered, self._known.actions)
        return Finding("error", "unknown-service", path, f"no service is called {action.service}{near}")

    def _find_in_named(
        self, statement: Statement, action: ActionPattern, path: str, named: Collection[str]
    ) -> Iterator[Finding]:
        meant = sorted(name for name in named if wildcard(action.name).covers(name))
        if not meant:
            yield self._find_unknown(statement, action, path, named)
            return
        if statement.effect == "allow":
            yield from self._find_wide(statement, action, path, meant)
        if EVERYTHING not in statement.resources:
            yield from self._find_uncovered(statement, action, path, meant)

    def _find_unknown(
        self, statement: Statement, action: ActionPattern, path: str, named: Collection[str]
    ) -> Finding:
        folded = wildcard(action.name.casefold())
        if meant := sorted(name for name in named if folded.covers(name.casefold())):
            return _judge_case(statement, path, f"the action is written {action.service}:{meant[0]}")
        if "*" in action.name:
            # It may fit one that is published some day.
            message = f"{action.name} fits no action of {action.service}"
            return Finding("warning", "unknown-action", path, message + self._near_verb(action.name, named))
        if known := self._known.asked_as.get(f"{action.service}:{action.name}"):
            return Finding("error", "unknown-action", path, f"CAM knows {action.name} as {known}")
        holders = [of for of, names in self._known.actions.items() if action.name in names][:3]
        elsewhere = f" ({', '.join(holders)} {'has' if len(holders) == 1 else 'have'} it)" if holders else ""
        message = f"{action.service} publishes no action {action.name}{elsewhere}"
        return Finding("error", "unknown-action", path, message + _near(action.name, named))

    def _near_verb(self, name: str, named: Collection[str]) -> str:
        if name.startswith(self._known.reads):
            return ""
        return _near(name.strip("*"), {_first_word(each) for each in named})

    # --- Width ---------------------------------------------------------------------------------------------

    def _find_all(self, statement: Statement, path: str) -> Iterator[Finding]:
        if _is_unlimited(statement):
            count = sum(map(len, self._known.actions.values()))
            message = f"allows everything on everything: {count} actions, users and permissions among them"
            yield Finding("warning", "wide", path, message)

    def _find_wide(
        self, statement: Statement, action: ActionPattern, path: str, meant: list[str]
    ) -> Iterator[Finding]:
        # One action on every resource says what it means: the guides of Tencent and its partners write it so.
        if "*" not in action.name:
            return
        if action.name == EVERYTHING:
            if _is_unlimited(statement):
                writes = sum(not name.startswith(self._known.reads) for name in meant)
                message = (
                    f"allows all {len(meant)} actions of {action.service}; {writes} of them change something"
                )
                yield Finding("warning", "wide", path, message)
        elif len(meant) == 1:
            yield Finding("note", "wide", path, f"fits {action.service}:{meant[0]} only: write it out")
        else:
            yield from self._find_mixed(path, meant)

    def _find_mixed(self, path: str, meant: list[str]) -> Iterator[Finding]:
        """Reads and writes under one star, such as ``De*``: Describe, Delete, Detach."""
        reads = [name for name in meant if name.startswith(self._known.reads)]
        writes = [name for name in meant if not name.startswith(self._known.reads)]
        if reads and writes:
            message = (
                f"fits {len(reads)} actions that read, such as {reads[0]}, and {len(writes)} that change "
                f"something, such as {_list(writes)}"
            )
            yield Finding("warning", "wide", path, message)

    # --- Resources that are never asked about --------------------------------------------------------------

    def _find_uncovered(
        self, statement: Statement, action: ActionPattern, path: str, meant: list[str]
    ) -> Iterator[Finding]:
        patterns = [bind(text, {}) for text in statement.resources]
        reasons = {name: self._explain_uncovered(f"{action.service}:{name}", patterns) for name in meant}
        lacking = [name for name, reason in reasons.items() if reason]
        if "*" not in action.name and lacking:
            message = f"never applies: {reasons[lacking[0]]}"
            yield Finding("error", "never-covers", path, message)
        elif lacking:
            message = f"does not apply to {_list(lacking)}: CAM is asked about `*` or all of a kind there"
            yield Finding("note", "never-covers", path, message)

    def _explain_uncovered(self, key: str, patterns: list[Pattern]) -> str | None:
        asking = self._known.asking(key)
        match asking:
            case Asking(level="operation"):
                return "CAM is asked about `*` for it, which no resource but `*` covers"
            case Asking(level="list") if not any(_may_cover(each, asking) for each in patterns):
                wanted = f"qcs::{asking.service}:…:{asking.resource}"
                return f"a list read asks CAM about all of a kind, {wanted}, which no resource here covers"
        return None

    def _find_in_resource(self, statement: Statement, place: int, text: str) -> Iterator[Finding]:
        path = self._path(statement, "resource", place)
        unfilled = [name for name in placeholders(text) if name not in VARIABLES]
        if unfilled:
            named = ", ".join(f"${{{name}}}" for name in unfilled)
            yield Finding("error", "placeholder", path, f"{named} has to be replaced by a real value")
        segments = split(text)
        if segments is not None:
            yield from self._find_in_segments(segments, path)
        for other, wider in enumerate(statement.resources):
            if other != place and is_within(text, wider) and (other < place or not is_within(wider, text)):
                yield Finding("note", "unreachable", path, f"adds nothing to {wider}")
                return

    def _find_in_segments(self, segments: Segments, path: str) -> Iterator[Finding]:
        service, region = segments.service, segments.region
        services = {*self._known.actions, *self._known.unlisted}
        if service and not _fits(service, services):
            near = _FORMER.get(service.lower()) or _near(service.lower(), services)
            yield Finding("error", "unknown-service", path, f"no service is called {service}{near}")
        if region and not _fits(region, (*self._known.regions, *LONG_REGIONS, *LONG_REGIONS.values())):
            near = _near(region, self._known.regions)
            yield Finding("warning", "unknown-region", path, f"no region is called {region}{near}")

    # --- Conditions, statements ----------------------------------------------------------------------------

    def _find_in_conditions(self, statement: Statement) -> Iterator[Finding]:
        for condition in statement.conditions:
            key = condition.key
            if key not in _KEYS and (near := get_close_matches(key.lower(), _KEYS, n=1, cutoff=0.8)):
                path = f"statement[{statement.index}].condition.{condition.operator}.{key}"
                yield Finding("warning", "unknown-key", path, f"no call has {key}: did you mean {near[0]}?")

    def _find_useless(self, statement: Statement, overlaps: list[Overlap]) -> Finding:
        others = sorted({f"statement[{each.by}]" for each in overlaps})
        path = f"statement[{statement.index}]"
        if all(each.is_denied for each in overlaps):
            return Finding("warning", "unreachable", path, f"never applies: {_list(others)} denies all of it")
        return Finding("warning", "unreachable", path, f"changes nothing: {_list(others)} says it all")

    def _find_overlap(self, overlap: Overlap) -> Finding:
        path = self._path(self._statements[overlap.statement], "action", overlap.action)
        other = self._path(self._statements[overlap.by], "action", overlap.by_action)
        if overlap.is_denied:
            return Finding("warning", "unreachable", path, f"never applies: {other} denies it")
        return Finding("note", "unreachable", path, f"adds nothing to {other}")


# Documented: the condition keys of every product.
_KEYS = ("qcs:current_time", "qcs:ip", REQUEST_TAG, *RESOURCE_TAGS)

# Observed: `mysql` in a published policy, which the contract has as `cdb`. Assumed: the other slips.
_FORMER = {
    "mysql": ": CAM knows MySQL as cdb",
    "kafka": ": CAM knows Kafka as ckafka",
    "elasticsearch": ": CAM knows Elasticsearch as es",
    "mongo": ": CAM knows MongoDB as mongodb",
    "kubernetes": ": CAM knows Kubernetes as tke",
    "eip": ": CAM knows elastic addresses as resources of cvm",
}


def _judge_case(statement: Statement, path: str, message: str) -> Finding:
    """Judge upper and lower case as the engine does."""
    # Assumed: see decide: an allow wants the exact case, a deny takes any.
    if statement.effect == "allow":
        return Finding("error", "wrong-case", path, f"allows nothing: {message}")
    return Finding("warning", "wrong-case", path, message)


def _is_unlimited(statement: Statement) -> bool:
    return statement.effect == "allow" and EVERYTHING in statement.resources and not statement.conditions


def _may_cover(pattern: Pattern, asking: Asking) -> bool:
    """Whether a pattern covers all of a kind in at least some region."""
    service, resource = pattern.service, pattern.resource
    return (service is None or service.covers(asking.service)) and (
        resource is None or resource.covers(asking.resource)
    )


def _fits(pattern: str, names: Collection[str]) -> bool:
    if placeholders(pattern):
        return True
    return pattern in names or any(wildcard(pattern).covers(name) for name in names)


def _near(name: str, names: Collection[str]) -> str:
    close = get_close_matches(name, names, n=2, cutoff=0.6)
    return f": did you mean {' or '.join(close)}?" if close else ""


def _first_word(name: str) -> str:
    found = re.match(r"[A-Za-z][a-z]*", name)
    return found[0] if found else name


def _list(names: list[str], most: int = 3) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
