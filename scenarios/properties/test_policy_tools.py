"""What is said of policies without asking holds when they are asked."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emulator.policy.decide import Grant, Question, Source, decide
from emulator.policy.diff import compare
from emulator.policy.document import parse
from emulator.policy.lint import Asking, Vocabulary, lint
from emulator.policy.need import write_policy
from emulator.policy.overlap import find_overlaps, is_within, meet
from emulator.policy.qcs import ask, bind, placeholders
from scenarios.strategies.policy import (
    ACTIONS,
    VARIABLES,
    Asked,
    asked_resources,
    contexts,
    documents,
    patterns,
    questions,
)

many = settings(max_examples=4 * settings().max_examples)

Json = dict[str, Any]

_KNOWN = Vocabulary(
    actions={"cvm": ("DescribeInstances", "StopInstances"), "vpc": ("DescribeVpcs",)},
    unlisted=(),
    regions=("ap-guangzhou", "ap-shanghai"),
    reads=("Describe",),
    asking={"cvm:DescribeInstances": Asking("list", "cvm", "instance/*")}.get,
)


def _allows(document: Json | None, asked: Asked) -> bool:
    grants = [] if document is None else [Grant(Source("policy"), parse(document))]
    return decide(Question(*asked), grants, variables=VARIABLES).allowed


def _without(document: Json, statement: int, action: int) -> Json | None:
    """The document without one action of one statement; None if nothing is left of it."""
    copy = deepcopy(document)
    held = copy["statement"][statement]
    actions = [held["action"]] if isinstance(held["action"], str) else held["action"]
    held["action"] = actions[:action] + actions[action + 1 :]
    copy["statement"] = [each for each in copy["statement"] if each["action"]]
    return copy if copy["statement"] else None


@many
@given(documents, st.lists(questions, min_size=1, max_size=5))
def test_an_action_that_adds_nothing_can_be_left_out(document: Json, asked: list[Asked]) -> None:
    overlaps = find_overlaps(parse(document).statements)
    assume(overlaps)
    for overlap in overlaps:
        less = _without(document, overlap.statement, overlap.action)
        assert [_allows(less, each) for each in asked] == [_allows(document, each) for each in asked]


@given(documents)
def test_lint_says_something_sound_of_every_document(document: Json) -> None:
    for finding in lint(document, _KNOWN):
        assert finding.path.startswith("statement[")
        assert finding.message


@many
@given(documents, documents, st.sampled_from(ACTIONS), contexts)
def test_what_diff_says_plainly_is_what_the_engine_says(
    before: Json, after: Json, action: str, context: dict[str, Any]
) -> None:
    """On `*`, in every context: yes is allowed, no is denied, and what is not told does not differ."""
    told = {
        each.resource: each
        for each in compare([parse(before)], [parse(after)], [action])
        if action in each.actions
    }
    asked: Asked = (action, ("*",), context, {})
    was, now = _allows(before, asked), _allows(after, asked)
    change = told.get("*")
    if change is not None:
        assert was in _possible(change.before.verdict)
        assert now in _possible(change.after.verdict)
    elif not any("condition" in each for side in (before, after) for each in side["statement"]):
        assert was == now


def _possible(verdict: str) -> tuple[bool, ...]:
    return {"yes": (True,), "no": (False,), "if": (True, False)}[verdict]


@given(documents, st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3))
def test_nothing_differs_from_itself(document: Json, actions: list[str]) -> None:
    assert compare([parse(document)], [parse(document)], actions) == ()


@given(documents, documents, st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3))
def test_the_reverse_is_told_backwards(before: Json, after: Json, actions: list[str]) -> None:
    back = {"gained": "lost", "lost": "gained", "changed": "changed"}
    there = compare([parse(before)], [parse(after)], actions)
    here = compare([parse(after)], [parse(before)], actions)
    assert sorted((each.resource, each.actions, each.direction) for each in there) == sorted(
        (each.resource, each.actions, back[each.direction]) for each in here
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(ACTIONS), st.just(("*",)) | st.lists(asked_resources, min_size=1).map(tuple)
        ),
        min_size=1,
    )
)
def test_a_policy_made_from_questions_answers_all_of_them(asked: list[tuple[str, tuple[str, ...]]]) -> None:
    document = write_policy(asked)
    assert all(_allows(document, (action, resources, {}, {})) for action, resources in asked)


@given(
    st.lists(
        st.tuples(st.sampled_from(ACTIONS), st.lists(asked_resources, min_size=1).map(tuple)), min_size=1
    ),
    questions,
)
def test_a_policy_made_from_questions_answers_no_other(
    asked: list[tuple[str, tuple[str, ...]]], other: Asked
) -> None:
    action, resources, _, _ = other
    assume(action not in {each for each, _ in asked} or resources == ("*",))
    assert not _allows(write_policy(asked), other)


_plain_documents = st.lists(
    st.fixed_dictionaries(
        {
            "effect": st.sampled_from(("allow", "allow", "deny")),
            "action": st.just("cvm:StopInstances"),
            "resource": st.lists(patterns, min_size=1, max_size=2),
        }
    ),
    min_size=1,
    max_size=3,
).map(lambda held: {"version": "2.0", "statement": held})


@many
@given(_plain_documents, st.data(), st.lists(asked_resources, min_size=1, max_size=8))
def test_no_difference_on_any_resource_goes_untold(
    before: Json, data: st.DataObject, asked: list[str]
) -> None:
    """Of two policies that differ in little: one statement more, or one other."""
    after = deepcopy(before)
    other = data.draw(_plain_documents)["statement"][0]
    if data.draw(st.booleans()):
        after["statement"].append(other)
    else:
        after["statement"][-1] = other
    action = "cvm:StopInstances"
    told = compare([parse(before)], [parse(after)], [action])
    for resource in asked:
        question: Asked = (action, (resource,), {}, {})
        assert told or _allows(before, question) == _allows(after, question), resource


@many
@given(patterns, patterns, asked_resources)
def test_what_two_patterns_both_cover_is_within_both(one: str, other: str, resource: str) -> None:
    assume(not placeholders(one) and not placeholders(other))
    met, asked = meet(one, other), ask(resource)
    assert asked is not None
    if met is None:
        assert not (bind(one, {}).covers(asked) and bind(other, {}).covers(asked))
    else:
        assert is_within(met, one)
        assert is_within(met, other)
