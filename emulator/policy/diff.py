"""What one policy allows and another does not, action by action."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from emulator.policy.conditions import Condition
from emulator.policy.document import ActionPattern, Document, Statement
from emulator.policy.overlap import as_question, meet
from emulator.policy.qcs import EVERYTHING, VARIABLES, Asked, Pattern, ask, bind, fill, placeholders
from emulator.policy.wildcard import Wildcard, wildcard

Verdict = Literal["no", "if", "yes"]
"""Whether an action is allowed; ``if`` says that conditions decide, which only a call can tell."""

# Both sides read the caller's own variables alike, whoever that is.
_STAND_INS = {name: f"<{name}>" for name in VARIABLES}


class Opinion(NamedTuple):
    """What documents say of an action on a resource."""

    verdict: Verdict
    conditions: frozenset[str]
    """In words, where conditions decide."""


_NO = Opinion("no", frozenset())
_YES = Opinion("yes", frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Actions that one side allows otherwise than the other, on one resource."""

    resource: str
    """``*``, or a pattern that either side names."""
    before: Opinion
    after: Opinion
    actions: tuple[str, ...]

    @property
    def direction(self) -> Literal["gained", "lost", "changed"]:
        """Whether more is allowed afterwards, less, or the same under other conditions."""
        order = ("no", "if", "yes")
        before, after = order.index(self.before.verdict), order.index(self.after.verdict)
        return "gained" if after > before else "lost" if after < before else "changed"


def compare(
    before: Sequence[Document], after: Sequence[Document], actions: Iterable[str]
) -> tuple[Change, ...]:
    """Compare what two sets of documents allow, over these actions and those that they write out.

    On ``*``, and on every resource that either names, or denies part of, where the answer is another one.
    """
    sides = _Side(before), _Side(after)
    questions = _list_questions([*before, *after])
    found: dict[tuple[str, Opinion, Opinion], list[str]] = {}
    for (was, now), names in _group(sorted({*actions, *sides[0].written, *sides[1].written}), *sides).items():
        for resource, *opinions in _judge(was, now, questions, *sides):
            found.setdefault((resource, opinions[0], opinions[1]), []).extend(names)
    changes = (
        Change(resource=resource, before=was, after=now, actions=tuple(sorted(names)))
        for (resource, was, now), names in found.items()
    )
    return tuple(sorted(changes, key=lambda each: (each.resource != EVERYTHING, each.resource, each.actions)))


def list_unfilled(documents: Iterable[Document]) -> tuple[str, ...]:
    """The placeholders that nothing replaces: resources that hold them are allowed on neither side."""
    names = (
        name
        for document in documents
        for statement in document.statements
        for text in statement.resources
        for name in placeholders(text)
        if name not in VARIABLES
    )
    return tuple(dict.fromkeys(names))


def _list_questions(documents: Sequence[Document]) -> dict[str, Asked]:
    """What to ask about: each pattern as the question for all that it stands for; ``*`` comes first.

    And each part of an allow that a deny names: what the deny takes away is neither of the two.
    """
    allowed, denied = (_list_resources(documents, effect) for effect in ("allow", "deny"))
    met = (meet(one, other) for one in allowed for other in denied)
    texts = [EVERYTHING, *sorted({*allowed, *denied, *(text for text in met if text is not None)})]
    questions = {text: ask(as_question(fill(text, _STAND_INS))) for text in texts}
    return {text: asked for text, asked in questions.items() if asked is not None}


def _list_resources(documents: Iterable[Document], effect: str) -> set[str]:
    return {
        text
        for document in documents
        for statement in document.statements
        if statement.effect == effect
        for text in statement.resources
    }


_Positions = tuple[int, ...]
"""Of the statements that name an action."""


def _group(
    actions: Iterable[str], before: _Side, after: _Side
) -> dict[tuple[_Positions, _Positions], list[str]]:
    """The actions that the same statements name on either side: whatever is asked, they fare alike."""
    groups: dict[tuple[_Positions, _Positions], list[str]] = {}
    for action in actions:
        groups.setdefault((before.find(action), after.find(action)), []).append(action)
    groups.pop(((), ()), None)
    return groups


def _judge(
    was: _Positions, now: _Positions, questions: Mapping[str, Asked], before: _Side, after: _Side
) -> Iterator[tuple[str, Opinion, Opinion]]:
    """The differences, on ``*`` first; elsewhere only those that are not the same as there."""
    everywhere: tuple[Opinion, Opinion] | None = None
    for resource, asked in questions.items():
        opinions = before.judge(was, asked), after.judge(now, asked)
        if opinions[0] != opinions[1] and opinions != everywhere:
            yield resource, *opinions
        if resource == EVERYTHING:
            everywhere = opinions


class _Named(NamedTuple):
    position: int
    covers: Callable[[str], bool]


class _Side:
    """One set of documents, its statements found by the actions they name."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._statements = [statement for document in documents for statement in document.statements]
        self._patterns = [_bind(statement) for statement in self._statements]
        self._by_service: dict[str, list[_Named]] = {}
        self.written: set[str] = set()
        """The actions that are named without a wildcard."""
        for position, statement in enumerate(self._statements):
            for action in statement.actions:
                self._add(position, statement, action)

    def _add(self, position: int, statement: Statement, action: ActionPattern) -> None:
        if not action.service:
            return  # A feature set stands for nothing; see decide.
        if "*" not in action.name:
            self.written.add(f"{action.service}:{action.name}")
        named = _Named(position, _make_test(statement, action))
        self._by_service.setdefault(action.service.casefold(), []).append(named)

    def find(self, action: str) -> _Positions:
        """The positions of the statements that name an action."""
        service = action.partition(":")[0].casefold()
        nearby = self._by_service.get(service, ()), self._by_service.get(EVERYTHING, ())
        return tuple(sorted({named.position for some in nearby for named in some if named.covers(action)}))

    def judge(self, positions: _Positions, asked: Asked) -> Opinion:
        """What these statements together say of a resource."""
        applying = (
            self._statements[each]
            for each in positions
            if any(pattern.covers(asked) for pattern in self._patterns[each])
        )
        return _weigh(tuple(applying))


def _bind(statement: Statement) -> tuple[Pattern, ...]:
    return tuple(bind(text, _STAND_INS) for text in statement.resources)


def _make_test(statement: Statement, action: ActionPattern) -> Callable[[str], bool]:
    """A test whether the statement means an action; upper and lower case as the engine has it."""
    if action.service == EVERYTHING:
        return lambda _name: True
    text = f"{action.service}:{action.name}"
    if statement.effect == "deny":
        folded: Wildcard = wildcard(text.casefold())
        return lambda name: folded.covers(name.casefold())
    return wildcard(text).covers


def _weigh(applying: tuple[Statement, ...]) -> Opinion:
    """Deny before allow, allow before nothing; conditions leave it open."""
    plain = {statement.effect for statement in applying if not statement.conditions}
    unless = {_word(each) for each in applying if each.conditions and each.effect == "deny"}
    wanted = {_word(each) for each in applying if each.conditions and each.effect == "allow"}
    if "deny" in plain or not (wanted or "allow" in plain):
        return _NO
    conditions = {f"unless {each}" for each in unless}
    if "allow" not in plain:
        conditions |= {f"if {each}" for each in wanted}
    return Opinion("if", frozenset(conditions)) if conditions else _YES


def _word(statement: Statement) -> str:
    return " and ".join(sorted(map(_word_condition, statement.conditions)))


def _word_condition(condition: Condition) -> str:
    return f"{condition.operator} {condition.key} {' or '.join(map(str, condition.values))}"


# --- To be read -------------------------------------------------------------------------------------------


def as_json(changes: Iterable[Change]) -> dict[str, list[dict[str, object]]]:
    """Lay the changes out by direction as plain JSON values."""
    laid: dict[str, list[dict[str, object]]] = {"gained": [], "lost": [], "changed": []}
    for change in changes:
        laid[change.direction].append(
            {
                "resource": change.resource,
                "before": _lay(change.before),
                "after": _lay(change.after),
                "actions": list(change.actions),
            }
        )
    return laid


def _lay(opinion: Opinion) -> dict[str, object]:
    return {"allowed": opinion.verdict, "conditions": sorted(opinion.conditions)}


def lines(changes: Sequence[Change], actions: Mapping[str, Sequence[str]], *, most: int = 8) -> str:
    """Tell the changes in lines: by service, at most so many actions of each written out.

    ``actions`` are all that there are, by service: to say "all" where it is all.
    """
    return "\n".join(_tell(changes, actions, most)) or "both allow the same"


_HEADS = {"gained": "+ allowed only by the second", "lost": "- allowed only by the first"}


def _tell(changes: Sequence[Change], actions: Mapping[str, Sequence[str]], most: int) -> Iterator[str]:
    for change in changes:
        is_plain = {change.before.verdict, change.after.verdict} == {"no", "yes"}
        head = _HEADS[change.direction] if is_plain else _word_change(change)
        yield f"{head}, on {change.resource}: {_count(len(change.actions))}"
        yield from (f"    {line}" for line in _tell_actions(change.actions, actions, most))


def _word_change(change: Change) -> str:
    sign = {"gained": "+", "lost": "-", "changed": "~"}[change.direction]
    return f"{sign} {_word_opinion(change.before)} -> {_word_opinion(change.after)}"


def _word_opinion(opinion: Opinion) -> str:
    words = {"no": "denied", "yes": "allowed", "if": "allowed " + ", ".join(sorted(opinion.conditions))}
    return words[opinion.verdict]


def _tell_actions(found: Sequence[str], actions: Mapping[str, Sequence[str]], most: int) -> Iterator[str]:
    by_service: dict[str, list[str]] = {}
    for action in found:
        service, _, name = action.partition(":")
        by_service.setdefault(service, []).append(name)
    if len(by_service) > most and all(len(n) >= len(actions.get(s, ())) for s, n in by_service.items()):
        yield f"all actions of {len(by_service)} services"
        return
    for service, names in by_service.items():
        if len(names) > 1 and len(names) == len(actions.get(service, ())):
            yield f"{service}: all {_count(len(names))}"
        else:
            more = f" and {len(names) - most} more" if len(names) > most else ""
            yield f"{service}: {', '.join(names[:most])}{more}"


def _count(number: int) -> str:
    return f"{number} action" if number == 1 else f"{number} actions"
