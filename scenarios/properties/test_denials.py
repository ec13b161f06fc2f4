"""Deny wins, whoever says it, wherever it stands and whatever else is granted: over the whole gateway."""

from __future__ import annotations

import random
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from emulator.gateway.journal import outcomes
from emulator.world import accounts
from emulator.world.credentials import AccessKey
from scenarios.direct import Direct, Failed
from scenarios.strategies.policy import documents

DENY = {
    "version": "2.0",
    "statement": [{"effect": "deny", "action": "cvm:DescribeInstances", "resource": "*"}],
}
ALL = {"version": "2.0", "statement": [{"effect": "allow", "action": "*", "resource": "*"}]}


def outcome(cloud: Direct, key: AccessKey) -> str:
    """How the engine decides a call that lists hosts; the answer and the journal must agree with it."""
    try:
        request_id, refused = (
            cloud.call("cvm:DescribeInstances", key=key, region="ap-guangzhou")["RequestId"],
            False,
        )
    except Failed as failed:
        request_id, refused = failed.request_id, True
    entry = cloud.gateway.account(cloud.world).journal.get(request_id)
    assert entry is not None
    assert entry.decision is not None
    assert refused == ("denied" in outcomes(entry)) == (entry.decision.effect == "deny")
    return entry.decision.kind


@given(st.lists(documents, max_size=4), st.integers(0, 4), st.booleans())
def test_a_deny_statement_wins_wherever_it_stands(held: list[Any], place: int, grants_all: bool) -> None:
    cloud = Direct.open()
    policies = [*held, ALL] if grants_all else list(held)
    policies.insert(place, DENY)
    assert outcome(cloud, cloud.user("amy", *policies)) == "explicit deny"


@given(st.lists(documents, max_size=3), st.lists(documents, max_size=3))
def test_a_deny_through_a_group_wins(of_user: list[Any], of_group: list[Any]) -> None:
    cloud = Direct.open()
    key = cloud.user("amy", *of_user, ALL)
    group_id = int(accounts.add_group(cloud.world, "readers").value["GroupId"])
    for number, document in enumerate([*of_group, DENY]):
        policy = accounts.add_policy(cloud.world, f"group-{number}", orjson.dumps(document).decode())
        accounts.attach(cloud.world, "group", str(group_id), policy.value["PolicyId"])
    accounts.join(cloud.world, group_id, key.principal.uin)
    assert outcome(cloud, key) == "explicit deny"


@given(st.lists(documents, max_size=4), st.sampled_from(("cvm:DescribeInstances", "cvm:*", "*")))
def test_an_injected_denial_wins_and_lifting_it_gives_back_what_was(held: list[Any], action: str) -> None:
    cloud = Direct.open()
    key = cloud.user("amy", *held)
    before = outcome(cloud, key)
    plan = cloud.gateway.account(cloud.world).plan
    denial = plan.add_denial({"action": action, "user": "amy"})
    assert outcome(cloud, key) == "explicit deny"
    plan.remove(denial.id)
    assert outcome(cloud, key) == before


@given(st.lists(documents, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_policies_decides_nothing(held: list[Any], dice: random.Random) -> None:
    cloud = Direct.open()
    shuffled = list(held)
    dice.shuffle(shuffled)
    # Nobody else's name or uin may matter: policies of the pool name a uin.
    assert outcome(cloud, cloud.user("amy", *held)) == outcome(cloud, cloud.user("bob", *shuffled))
