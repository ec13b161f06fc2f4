"""What holds of every permission decision, whatever the policies and the question."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emulator.policy.conditions import explain_unmet
from emulator.policy.decide import Decision, Grant, Question, Source, compile, decide  # noqa: A004
from emulator.policy.document import BadPolicy, parse
from emulator.policy.explain import as_json, least, lines, remedies, sentence
from emulator.policy.qcs import LONG_REGIONS, ask, bind
from emulator.policy.wildcard import wildcard
from scenarios.oracles.policy import condition_holds, judge, matches, resource_fits
from scenarios.strategies.policy import (
    VARIABLES,
    Asked,
    Clause,
    asked_resources,
    clauses,
    documents,
    holdings,
    layers,
    patterns,
    questions,
    statements,
    values_for,
)

many = settings(max_examples=4 * settings().max_examples)  # for what costs next to nothing

Policies = list[dict[str, Any]]


def _grants(policies: Policies, start: int = 0) -> list[Grant]:
    return [
        Grant(Source("policy", str(start + number)), parse(policy)) for number, policy in enumerate(policies)
    ]


def _ask(asked: Asked, policies: Policies) -> Decision:
    return decide(Question(*asked), _grants(policies), variables=VARIABLES)


@given(questions, holdings, layers, layers, st.booleans())
def test_the_engine_agrees_with_the_dumb_oracle(
    asked: Asked, identity: Policies, boundary: Policies | None, session: Policies | None, root: bool
) -> None:
    """Effect, kind, refused resources and deciding statements."""
    held = len(identity)
    bounded = None if boundary is None else _grants(boundary, held)
    limited = None if session is None else _grants(session, held + len(boundary or ()))
    decision = decide(
        Question(*asked), _grants(identity), boundary=bounded, session=limited, root=root, variables=VARIABLES
    )
    opinion = judge(
        *asked, identity=identity, boundary=boundary, session=session, root=root, variables=VARIABLES
    )
    because = {(int(match.source.id), match.index, match.resource) for match in decision.because}
    assert (decision.effect, decision.kind, decision.refused) == opinion[:3]
    assert because == opinion.because


@given(questions, holdings, st.randoms(use_true_random=False))
def test_order_and_repetition_never_matter(asked: Asked, policies: Policies, random: Any) -> None:
    body = [statement for policy in policies for statement in policy["statement"]]
    shuffled = body + [random.choice(body) for _ in range(2) if body]
    random.shuffle(shuffled)
    decision = _ask(asked, policies)
    again = _ask(asked, [{"version": "2.0", "statement": shuffled}] if shuffled else [])
    assert (again.effect, again.kind, again.refused) == (decision.effect, decision.kind, decision.refused)


@given(questions, holdings, statements(st.just("allow")))
def test_one_more_allow_never_takes_away(asked: Asked, policies: Policies, more: dict[str, Any]) -> None:
    before = _ask(asked, policies).allowed
    assert _ask(asked, [*policies, {"version": "2.0", "statement": [more]}]).allowed >= before


@given(questions, holdings, statements(st.just("deny")))
def test_one_more_deny_never_gives(asked: Asked, policies: Policies, more: dict[str, Any]) -> None:
    before = _ask(asked, policies).allowed
    assert _ask(asked, [*policies, {"version": "2.0", "statement": [more]}]).allowed <= before


@given(questions, holdings)
def test_what_denies_wins_over_an_allow_of_everything(asked: Asked, policies: Policies) -> None:
    everything = {"effect": "allow", "action": "*", "resource": "*"}
    decision = _ask(asked, [*policies, {"version": "2.0", "statement": [everything]}])
    assert decision.allowed == (_ask(asked, policies).kind != "explicit deny")


@given(questions, holdings)
def test_the_least_statement_is_enough(asked: Asked, policies: Policies) -> None:
    statement = least(_ask(asked, policies))
    assume(statement is not None)
    assert _ask(asked, [*policies, {"version": "2.0", "statement": [statement]}]).allowed


@given(questions, holdings, layers, layers)
def test_the_remedies_are_enough_all_together(
    asked: Asked, identity: Policies, boundary: Policies | None, session: Policies | None
) -> None:
    held = {"identity": identity, "boundary": boundary, "session": session}
    decision = _decide(asked, held)
    assume(decision.kind != "explicit deny")
    for remedy in remedies(decision):
        added = {"version": "2.0", "statement": [remedy.statement]}
        held[remedy.layer] = [*(held[remedy.layer] or []), added]
    assert _decide(asked, held).allowed


def _decide(asked: Asked, held: dict[str, Policies | None]) -> Decision:
    grants = {layer: None if policies is None else _grants(policies) for layer, policies in held.items()}
    return decide(
        Question(*asked),
        grants["identity"] or [],
        boundary=grants["boundary"],
        session=grants["session"],
        variables=VARIABLES,
    )


@given(st.lists(questions, min_size=1, max_size=4), holdings)
def test_what_is_remembered_is_what_would_be_decided(asked: list[Asked], policies: Policies) -> None:
    compiled = compile(_grants(policies), variables=VARIABLES)
    for each in (*asked, *asked):
        assert compiled.decide(Question(*each)) == _ask(each, policies)


@given(questions, holdings)
def test_how_a_region_is_spelled_never_matters(asked: Asked, policies: Policies) -> None:
    action, resources, context, own = asked
    long = tuple(_respell(resource) for resource in resources)
    decision = _ask(asked, policies)
    # Two spellings of one resource become one, of which one thing is known.
    assume(not own or len(set(long)) == len(set(resources)))
    known = {_respell(resource): each for resource, each in own.items()}
    respelled = _ask((action, long, context, known), json.loads(_respell(json.dumps(policies))))
    assert (respelled.effect, respelled.kind) == (decision.effect, decision.kind)


def _respell(text: str) -> str:
    for short in ("gz", "sh"):
        text = text.replace(f":{short}:", f":{LONG_REGIONS[short]}:")
    return text


@given(questions, holdings)
def test_every_statement_that_names_the_action_is_accounted_for(asked: Asked, policies: Policies) -> None:
    """For each resource a statement is a match or a near miss, never both; a near miss says why."""
    decision = _ask(asked, policies)
    near = {(each.source.id, each.index, each.resource) for each in decision.nearly}
    because = {(each.source.id, each.index, each.resource) for each in decision.because}
    assert not near & because
    assert all(each.differences for each in decision.nearly)


@given(questions, holdings)
def test_every_view_of_a_decision_can_be_made(asked: Asked, policies: Policies) -> None:
    decision = _ask(asked, policies)
    verdict = "allowed" if decision.allowed else "denied"
    assert json.loads(json.dumps(as_json(decision)))["sentence"] == sentence(decision)
    assert f"{asked[0]} on" in sentence(decision)
    assert verdict in sentence(decision)
    assert lines(decision).startswith(verdict.upper())


# --- The parts ---------------------------------------------------------------------------------------------


@many
@given(clauses, st.data())
def test_a_condition_holds_when_the_oracle_says_so(clause: Clause, data: st.DataObject) -> None:
    operator, key, wanted = clause
    context = data.draw(st.just({}) | values_for(key).map(lambda values: {key: values}))
    body = {"effect": "allow", "action": "*", "resource": "*", "condition": {operator: {key: wanted}}}
    (condition,) = parse({"version": "2.0", "statement": [body]}).statements[0].conditions
    held = condition_holds(operator, key, wanted, context, VARIABLES)
    assert (explain_unmet(condition, context, VARIABLES) is None) == held


@many
@given(patterns, asked_resources | st.just("*"))
def test_a_pattern_covers_when_the_oracle_says_so_and_tells_the_difference_when_not(
    text: str, resource: str
) -> None:
    asked, pattern = ask(resource), bind(text, VARIABLES)
    assert asked is not None
    assert pattern.covers(asked) == resource_fits(text, resource, VARIABLES)
    assert pattern.covers(asked) == (not pattern.differences(asked))


# --- Wildcards ---------------------------------------------------------------------------------------------


@many
@given(st.text("ab*", max_size=8), st.text("ab*", max_size=8))
def test_wildcards_match_as_one_character_at_a_time_does(pattern: str, text: str) -> None:
    assert wildcard(pattern).covers(text) == matches(pattern, text)


@given(st.lists(st.text("ab", max_size=2), min_size=1, max_size=4), st.data())
def test_what_covers_a_wildcard_covers_all_it_stands_for(parts: list[str], data: st.DataObject) -> None:
    pattern = "*".join(parts)
    asked = parts[0] + "".join(data.draw(st.text("ab*", max_size=2)) + part for part in parts[1:])
    assert wildcard(pattern).covers(asked)
    assert wildcard(pattern).covers(asked.replace("*", data.draw(st.text("ab", max_size=3))))


# --- Parsing -----------------------------------------------------------------------------------------------

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_NAMES = ("version", "statement", "effect", "action", "resource", "condition", "principal", "qcs", "Effect")


@st.composite
def _spoiled(draw: st.DrawFn) -> Any:
    """Draw a policy in which one thing was replaced, added or taken away."""
    policy = draw(documents)
    place: Any = policy
    while isinstance(place, dict | list) and place and draw(st.booleans()):
        children = [child for child in _children(place) if isinstance(child, dict | list) and child]
        if not children:
            break
        place = draw(st.sampled_from(children))
    if isinstance(place, dict):
        place[draw(st.sampled_from((*place, *_NAMES)))] = draw(_json)
    else:
        place[draw(st.integers(0, len(place) - 1))] = draw(_json)
    return policy


def _children(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else list(value)


@given(_json | _spoiled() | st.text(), st.booleans())
def test_parsing_raises_nothing_but_bad_policy(value: Any, trust: bool) -> None:
    """Whatever is given: as a value if it is an object, and as text in any case."""
    text = value if isinstance(value, str) else json.dumps(value)
    for source in (text, value) if isinstance(value, dict) else (text,):
        with suppress(BadPolicy):
            parse(source, trust=trust)


@given(_spoiled())
def test_a_refusal_has_a_code_and_names_every_place(value: Any) -> None:
    refused = _refusal(value)
    assume(refused is not None)
    assert refused is not None
    assert refused.code.startswith("InvalidParameter.")
    assert refused.violations
    assert all(violation.path.startswith("PolicyDocument") for violation in refused.violations)


def _refusal(value: dict[str, Any]) -> BadPolicy | None:
    try:
        parse(value, "PolicyDocument")
    except BadPolicy as refused:
        return refused
    return None


@given(documents)
def test_a_well_formed_policy_is_read_whole(policy: dict[str, Any]) -> None:
    text = json.dumps(policy)
    document = parse(text)
    assert document.text == text
    assert [statement.effect for statement in document.statements] == [
        statement["effect"] for statement in policy["statement"]
    ]
