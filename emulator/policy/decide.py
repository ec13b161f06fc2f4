"""The permission decision: every statement is judged, then one value says what came of it and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from types import MappingProxyType
from typing import Literal, NamedTuple

from emulator.errors import BadInput, Violation
from emulator.policy.conditions import (
    RESOURCE_TAGS,
    Context,
    Value,
    explain_unmet,
    keep_keys,
    parse_operator,
    read_context,
)
from emulator.policy.document import ActionPattern, Document, Effect, Principal, Statement
from emulator.policy.qcs import (
    EVERYTHING,
    Asked,
    Difference,
    Pattern,
    Segments,
    ask,
    bind,
    is_resource,
    split,
)
from emulator.policy.wildcard import Wildcard, wildcard

Kind = Literal["allowed", "root", "open", "narrowed", "explicit deny", "implicit deny", "boundary", "session"]
Layer = Literal["identity", "boundary", "session"]

_NO_CONTEXT: Context = MappingProxyType({})
_NO_CONTEXTS: Mapping[str, Context] = MappingProxyType({})
_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})
_MEMO_LIMIT = 4096


# --- What goes in -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    """Whether someone may do this to these, under these circumstances.

    ``resources`` are ``*`` for a call that passes none, or six segments each; ``…:instance/*`` asks for all
    of a kind. All of them must be allowed. ``context`` is known of the call, ``own`` of each resource by
    itself. Raises BadInput for anything that is no such question.
    """

    action: str
    resources: tuple[str, ...] = (EVERYTHING,)
    context: Context = field(default_factory=lambda: _NO_CONTEXT, hash=False)
    own: Mapping[str, Context] = field(default_factory=lambda: _NO_CONTEXTS, hash=False)

    def __post_init__(self) -> None:
        sound = ":" in self.action and "*" not in self.action
        if not sound or not self.resources or not all(map(is_resource, self.resources)):
            raise BadInput(self._find_violations(), "this is no question about a permission")

    def _find_violations(self) -> Iterator[Violation]:
        if ":" not in self.action or "*" in self.action:
            yield Violation("action", f"expected `service:Action`, got {self.action!r}")
        if not self.resources:
            yield Violation("resources", "expected one resource or more: of none, all are allowed")
        for index, text in enumerate(self.resources):
            if not is_resource(text):
                yield Violation(f"resources[{index}]", f"expected `*` or six segments, got {text!r}")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document comes from, in the words of whoever holds it."""

    kind: str
    """Such as ``policy``, ``group policy``, ``role policy``, ``boundary``, ``session``, ``denial``."""
    id: str = ""
    name: str = ""
    via: str = ""
    """How it reaches the caller: the group or the role."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A document, and where it comes from."""

    source: Source
    document: Document


# --- What comes out ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A statement that applies to one of the resources asked about."""

    source: Source
    index: int
    """Of the statement in its document."""
    effect: Effect
    resource: str
    action: str
    """As the statement has it."""
    pattern: str
    """The statement's resource that covers it."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """A condition that does not hold."""

    operator: str
    key: str
    wanted: tuple[Value, ...]
    actual: tuple[Value, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Misspelled:
    """An action that differs from the statement's in upper and lower case only."""

    wanted: str
    asked: str


Mismatch = Difference | Unmet | Misspelled
"""One thing that keeps a statement from applying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A statement that names the action, yet does not apply to one of the resources asked about."""

    source: Source
    index: int
    effect: Effect
    resource: str
    pattern: str
    """The statement's resource that comes nearest."""
    differences: tuple[Mismatch, ...]


@dataclass(frozen=True, slots=True)
class Lack:
    """A layer in which no statement allows some of the resources asked about."""

    layer: Layer
    resources: tuple[str, ...]
    held: tuple[Source, ...]
    """The documents of that layer, all looked at in vain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided, and everything that led to it."""

    effect: Effect
    kind: Kind
    question: Question
    """What was asked; of its contexts, what the conditions of statements that name the action look at."""
    refused: tuple[str, ...]
    """The resources without which it would have been allowed; none if it was."""
    because: tuple[Match, ...]
    """The statements that decided: every deny that applies, or else every allow. None if nothing applies."""
    nearly: tuple[Near, ...]
    lacks: tuple[Lack, ...] = ()
    """Every layer that lacks an allow, also where a deny was quicker."""
    coming: tuple[str, ...] = ()
    """Changes, in words, that are not in force yet, and with which it will be decided otherwise."""

    @property
    def allowed(self) -> bool:
        """Whether the call may go on."""
        return self.effect == "allow"


# --- Asking -----------------------------------------------------------------------------------------------


def decide(
    question: Question,
    grants: Sequence[Grant],
    *,
    boundary: Sequence[Grant] | None = None,
    session: Sequence[Grant] | None = None,
    root: bool = False,
    variables: Mapping[str, str] = _NO_VARIABLES,
) -> Decision:
    """Decide once; see ``compile`` for what the arguments mean and for deciding often."""
    compiled = compile(grants, boundary=boundary, session=session, root=root, variables=variables)
    return compiled.decide(question)


def compile(  # noqa: A001 - the word for it; the builtin is not used here
    grants: Sequence[Grant],
    *,
    general: Sequence[Grant] = (),
    boundary: Sequence[Grant] | None = None,
    session: Sequence[Grant] | None = None,
    root: bool = False,
    variables: Mapping[str, str] = _NO_VARIABLES,
) -> Grants:
    """Make everything that holds for one caller ready to be asked.

    An allow counts only if ``boundary`` and ``session``, where given, allow as well; a deny counts wherever
    it stands, for root too. ``general`` are policies that nobody attached: what is lacking is never sought in
    them. ``variables`` are the caller's ``uin``, ``owner_uin`` and ``app_id``, which
    documents may name as ``${uin}``.
    """
    # Documented: root needs no policy. Denials injected for a test still bind it: they are why it is asked.
    layers: list[tuple[Layer, Sequence[Grant]]] = [("identity", grants)]
    if boundary is not None:
        layers.append(("boundary", boundary))
    if session is not None:
        layers.append(("session", session))
    rules = [
        _make_rule(layer, grant, statement, variables)
        for layer, held in (*layers, ("identity", general))
        for grant in held
        for statement in grant.document.statements
    ]
    sources = {layer: tuple(dict.fromkeys(grant.source for grant in held)) for layer, held in layers}
    return Grants(rules, sources, root=root, variables=variables)


def leave_open(decision: Decision) -> Decision:
    """Allow what no statement allows, for an action that needs no permission; a deny still denies."""
    # Assumed: neither a boundary nor the policy of a session has to allow it then.
    if decision.allowed or decision.kind == "explicit deny":
        return decision
    return replace(decision, effect="allow", kind="open", refused=(), lacks=())


def narrow(decision: Decision) -> Decision | None:
    """Allow a list read that only conditions on tags stand against; None if anything else does.

    Whoever answers it shows only what bears such tags: what the same question allows with their tags as the
    list's own.
    """
    # Documented: a list shows what an allow by tag covers, and a deny by tag takes nothing out of it; with
    # other operators than equality, and for every value, lists do not do so. Assumed: that they are refused
    # then, and that a boundary or a session's policy narrows a list as a policy does.
    if decision.allowed or decision.kind == "explicit deny":
        return None
    if not all(resource.endswith("/*") for resource in decision.refused):
        return None
    for lack in decision.lacks:
        held = [near for near in decision.nearly if near.source in lack.held and _lacks_tags_only(near)]
        if not {near.resource for near in held} >= {*lack.resources}:
            return None
    return replace(decision, effect="allow", kind="narrowed", refused=(), lacks=())


def _lacks_tags_only(near: Near) -> bool:
    return near.effect == "allow" and all(_is_about_tags(each) for each in near.differences)


def _is_about_tags(difference: Mismatch) -> bool:
    if not isinstance(difference, Unmet) or difference.key not in RESOURCE_TAGS:
        return False
    operator = parse_operator(difference.operator)
    return operator is not None and operator[0] in _EQUALITIES and operator[1] != "for_all_value"


_EQUALITIES = ("string_equal", "string_equal_ignore_case")


def trusts(
    document: Document,
    principal: Principal,
    context: Context = _NO_CONTEXT,
    *,
    action: str = "sts:AssumeRole",
) -> Decision:
    """Decide whether a role's trust policy lets a principal take the role."""
    source = Source("trust policy")
    trusting = tuple(s for s in document.statements if any(_trusts(each, principal) for each in s.principals))
    grants = [Grant(source, replace(document, statements=trusting))]
    decision = decide(Question(action, context=context), grants)
    strangers = (statement for statement in document.statements if statement not in trusting)
    nearly = tuple(_near_principal(source, statement, principal) for statement in strangers)
    return replace(decision, nearly=decision.nearly + nearly)


# --- Rules: statements made ready for one caller ----------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Rule:
    """A statement of one layer, its resources bound to the caller."""

    layer: Layer
    source: Source
    statement: Statement
    patterns: tuple[Pattern, ...]


class _Named(NamedTuple):
    """An action pattern of the rule at ``position``, cut twice: as written, and with case folded."""

    position: int
    action: ActionPattern
    written: Wildcard
    folded: Wildcard


def _make_named(position: int, action: ActionPattern) -> _Named:
    text = EVERYTHING if action.service == EVERYTHING else f"{action.service}:{action.name}"
    return _Named(position, action, wildcard(text), wildcard(text.casefold()))


def _make_rule(layer: Layer, grant: Grant, statement: Statement, variables: Mapping[str, str]) -> _Rule:
    return _Rule(layer, grant.source, statement, tuple(bind(text, variables) for text in statement.resources))


class _Index:
    """Finds the rules that may name an action without looking at the others. Case is folded."""

    __slots__ = ("_anywhere", "_exact", "_wild")

    def __init__(self, rules: Sequence[_Rule]) -> None:
        self._exact: dict[str, list[_Named]] = {}
        self._wild: dict[str, list[_Named]] = {}
        self._anywhere: list[_Named] = []
        for position, rule in enumerate(rules):
            for action in rule.statement.actions:
                self._add(_make_named(position, action))

    def _add(self, named: _Named) -> None:
        service = named.action.service.casefold()
        if service == EVERYTHING:
            self._anywhere.append(named)
        elif "*" in named.action.name:
            self._wild.setdefault(service, []).append(named)
        elif service:
            # Assumed: feature sets (`permid/…`, without a service) stand for nothing: what is in them is not
            # known.
            self._exact.setdefault(named.folded.parts[0], []).append(named)

    def find(self, action: str) -> dict[int, list[_Named]]:
        """The positions of rules, in order, each with its patterns that match but for case."""
        folded = action.casefold()
        wild = self._wild.get(folded.partition(":")[0], ())
        found: dict[int, list[_Named]] = {}
        for named in chain(self._exact.get(folded, ()), wild, self._anywhere):
            if named.folded.covers(folded):
                found.setdefault(named.position, []).append(named)
        return dict(sorted(found.items())) if len(found) > 1 else found


# --- Candidates: rules that name the action, judged as far as it goes without a context -------------------


class _Finding(NamedTuple):
    """What a rule's resources say of one resource asked about."""

    resource: str
    pattern: str
    differences: tuple[Difference, ...]
    """Empty if the pattern covers it."""


class _Candidate(NamedTuple):
    rule: _Rule
    action: ActionPattern
    misspelled: tuple[Misspelled, ...]
    findings: list[_Finding]


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that is known of a question before its context is."""

    candidates: tuple[_Candidate, ...]
    keys: tuple[str, ...]
    """What the candidates' conditions look at."""
    settled: Decision | None
    """The decision, if they look at nothing."""


def _find(patterns: tuple[Pattern, ...], asked: Asked) -> _Finding:
    """Say which pattern covers, or which one comes nearest."""
    for pattern in patterns:
        if pattern.covers(asked):
            return _Finding(asked.text, pattern.text, ())
    judged = [(pattern.text, pattern.differences(asked)) for pattern in patterns]
    text, differences = min(judged, key=lambda each: len(each[1]))
    return _Finding(asked.text, text, differences)


def _make_candidate(rule: _Rule, names: list[_Named], action: str, asked: Iterable[Asked]) -> _Candidate:
    meant = next((named.action for named in names if _means_action(rule, named, action)), None)
    misspelled = () if meant else (Misspelled(names[0].action.text, action),)
    return _Candidate(
        rule, meant or names[0].action, misspelled, [_find(rule.patterns, each) for each in asked]
    )


def _means_action(rule: _Rule, named: _Named, action: str) -> bool:
    """Whether a pattern that matches but for upper and lower case is meant to match."""
    # Assumed: nothing is known of how CAM compares case. So an allow wants the exact case and a deny takes
    # any: what is allowed here, CAM allows either way. To change that, change this line.
    return rule.statement.effect == "deny" or named.written.covers(action)


class Grants:
    """Everything that holds for one caller, ready to be asked; made by ``compile``.

    It never changes, but for what it remembers: questions about an action and resources it was asked before
    are answered at once, unless a condition has to be looked at.
    """

    __slots__ = ("_held", "_index", "_memo", "_root", "_rules", "_variables")

    def __init__(
        self,
        rules: Sequence[_Rule],
        held: Mapping[Layer, tuple[Source, ...]],
        *,
        root: bool,
        variables: Mapping[str, str],
    ) -> None:
        self._rules = tuple(rules)
        self._held = held
        self._root = root
        self._variables = dict(variables)
        self._index = _Index(rules)
        self._memo: dict[tuple[str, tuple[str, ...]], _Plan] = {}

    def decide(self, question: Question) -> Decision:
        """Judge every statement, then conclude."""
        key = (question.action, question.resources)
        plan = self._memo.get(key)
        if plan is None:
            plan = self._remember(key, self._plan(question))
        return plan.settled or self._conclude(_write_down(question, plan.keys), plan.candidates)

    def settled(self, action: str, resources: tuple[str, ...]) -> Decision | None:
        """What was decided of this before, if it is so whatever the circumstances."""
        plan = self._memo.get((action, resources))
        return None if plan is None else plan.settled

    def _remember(self, key: tuple[str, tuple[str, ...]], plan: _Plan) -> _Plan:
        if len(self._memo) >= _MEMO_LIMIT:
            self._memo.clear()
        self._memo[key] = plan
        return plan

    def _plan(self, question: Question) -> _Plan:
        asked = [each for text in dict.fromkeys(question.resources) if (each := ask(text))]
        candidates = tuple(
            _make_candidate(self._rules[position], names, question.action, asked)
            for position, names in self._index.find(question.action).items()
        )
        looked_at = [each.key for one in candidates for each in one.rule.statement.conditions]
        keys = tuple(dict.fromkeys(looked_at))
        settled = None if keys else self._conclude(_write_down(question, ()), candidates)
        return _Plan(candidates, keys, settled)

    def _conclude(self, question: Question, candidates: tuple[_Candidate, ...]) -> Decision:
        matches: list[tuple[Layer, Match]] = []
        nearly: list[Near] = []
        contexts = {name: {**question.context, **own} for name, own in question.own.items()}
        for candidate in candidates:
            for finding in candidate.findings:
                context = contexts.get(finding.resource, question.context)
                unmet = self._find_unmet(candidate.rule.statement, context)
                differences: tuple[Mismatch, ...] = (*candidate.misspelled, *finding.differences, *unmet)
                if differences:
                    nearly.append(_make_near(candidate, finding, differences))
                else:
                    matches.append((candidate.rule.layer, _make_match(candidate, finding)))
        lacks = tuple(self._find_lacks(question.resources, matches))
        kind, refused = self._weigh(question.resources, matches, lacks)
        allowed = kind in ("allowed", "root")
        deciding: Effect | None = "allow" if allowed else "deny" if kind == "explicit deny" else None
        return Decision(
            effect="allow" if allowed else "deny",
            kind=kind,
            question=question,
            refused=refused,
            because=tuple(match for _, match in matches if match.effect == deciding),
            nearly=tuple(nearly),
            lacks=lacks,
        )

    def _find_unmet(self, statement: Statement, context: Context) -> Iterator[Unmet]:
        for condition in statement.conditions:
            if reason := explain_unmet(condition, context, self._variables):
                actual = read_context(context, condition.key)
                yield Unmet(condition.operator, condition.key, condition.values, actual, reason)

    def _find_lacks(self, resources: tuple[str, ...], matches: list[tuple[Layer, Match]]) -> Iterator[Lack]:
        for layer, held in self._held.items():
            if self._root and layer == "identity":
                continue
            allowed = {m.resource for where, m in matches if where == layer and m.effect == "allow"}
            lacking = tuple(resource for resource in dict.fromkeys(resources) if resource not in allowed)
            if lacking:
                yield Lack(layer, lacking, held)

    def _weigh(
        self, resources: tuple[str, ...], matches: list[tuple[Layer, Match]], lacks: tuple[Lack, ...]
    ) -> tuple[Kind, tuple[str, ...]]:
        """Documented: deny before allow, allow before nothing, and nothing is a deny."""
        denied = {match.resource for _, match in matches if match.effect == "deny"}
        if denied:
            return "explicit deny", tuple(each for each in dict.fromkeys(resources) if each in denied)
        if lacks:
            first = lacks[0]
            return "implicit deny" if first.layer == "identity" else first.layer, first.resources
        return "root" if self._root else "allowed", ()


def _write_down(question: Question, keys: Sequence[str]) -> Question:
    """Keep these keys of the contexts as they are now: they may have changed when it is explained."""
    if not keys:
        return replace(question, context=_NO_CONTEXT, own=_NO_CONTEXTS)
    own = ((resource, question.own.get(resource)) for resource in question.resources)
    return replace(
        question,
        context=keep_keys(question.context, keys),
        own={resource: keep_keys(known, keys) for resource, known in own if known is not None},
    )


def _make_match(candidate: _Candidate, finding: _Finding) -> Match:
    return Match(
        source=candidate.rule.source,
        index=candidate.rule.statement.index,
        effect=candidate.rule.statement.effect,
        resource=finding.resource,
        action=candidate.action.text,
        pattern=finding.pattern,
    )


def _make_near(candidate: _Candidate, finding: _Finding, differences: tuple[Mismatch, ...]) -> Near:
    return Near(
        source=candidate.rule.source,
        index=candidate.rule.statement.index,
        effect=candidate.rule.statement.effect,
        resource=finding.resource,
        pattern=finding.pattern,
        differences=differences,
    )


# --- Trust ------------------------------------------------------------------------------------------------


def _trusts(trusted: Principal, asking: Principal) -> bool:
    """Whether whom a role trusts includes who asks."""
    if trusted.kind != asking.kind:
        return False
    wanted, actual = split(trusted.id), split(asking.id)
    if wanted is None or actual is None:
        return trusted.id == asking.id
    if wanted.account != actual.account or actual.service != "cam":
        return False
    # Assumed: to trust the root of an account is to trust the account, whose own policies then decide.
    trusts_account = trusted.kind == "qcs" and wanted.resource == "root"
    return trusts_account or any(wildcard(wanted.resource).covers(name) for name in _names(actual))


def _names(segments: Segments) -> tuple[str, ...]:
    """What an identity is called: root is also the user with the number of its account."""
    return (
        ("root", segments.account)
        if segments.resource in ("root", segments.account)
        else (segments.resource,)
    )


def _near_principal(source: Source, statement: Statement, principal: Principal) -> Near:
    wanted = ", ".join(each.id for each in statement.principals)
    return Near(
        source=source,
        index=statement.index,
        effect=statement.effect,
        resource=EVERYTHING,
        pattern=EVERYTHING,
        differences=(Difference("principal", wanted, principal.id),),
    )
