"""What was called under wide permissions can be called again under the policy made from the calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from hypothesis import assume, given
from hypothesis import strategies as st

from emulator.admin.control import Control
from emulator.world import accounts
from emulator.world.credentials import AccessKey
from scenarios.direct import Direct, Failed

Step = tuple[str, str, dict[str, Any]]
Document = dict[str, Any]

# Reads that ask about all of a kind, about what the call names and about nothing; writes; one that needs a
# second permission; one that needs none; inferred and unmodelled ones; some that fail of themselves.
_STEPS: tuple[Step, ...] = (
    ("cvm:DescribeInstances", "ap-guangzhou", {}),
    ("cvm:DescribeInstances", "ap-shanghai", {"Limit": 5}),
    ("cvm:DescribeInstances", "ap-shanghai", {"Limit": -1}),
    ("cvm:DescribeZones", "ap-guangzhou", {}),
    ("cbs:DescribeDisks", "ap-guangzhou", {}),
    ("vpc:DescribeVpcs", "ap-guangzhou", {}),
    ("vpc:DescribeSecurityGroupPolicies", "ap-guangzhou", {"SecurityGroupId": "sg-00000001"}),
    ("vpc:DescribeSecurityGroupPolicies", "ap-guangzhou", {"SecurityGroupId": "sg-00000002"}),
    ("cam:ListUsers", "", {}),
    ("cam:AddUser", "", {"Name": "fresh"}),
    ("cam:DeleteUser", "", {"Name": "victim"}),
    ("cam:DeleteUser", "", {"Name": "victim", "Force": 1}),
    ("cam:CreateAccessKey", "", {"TargetUin": 100000000002}),
    ("cam:GetRole", "", {"RoleName": "worker"}),
    ("cam:ListAttachedRolePolicies", "", {"RoleName": "worker", "Page": 1, "Rp": 20}),
    (
        "sts:AssumeRole",
        "",
        {"RoleArn": "qcs::cam::uin/100000000001:roleName/worker", "RoleSessionName": "me"},
    ),
    ("sts:GetCallerIdentity", "", {}),
    ("clb:DescribeLoadBalancers", "ap-guangzhou", {}),
    ("cvm:RunInstances", "ap-guangzhou", {"Placement": {"Zone": "ap-guangzhou-3"}}),
)
_WIDE: Document = {"version": "2.0", "statement": [{"effect": "allow", "action": "*", "resource": "*"}]}
_TRUST: Document = {
    "version": "2.0",
    "statement": [
        {
            "effect": "allow",
            "action": "sts:AssumeRole",
            "principal": {"qcs": ["qcs::cam::uin/100000000001:root"]},
        }
    ],
}
_DENIED = ("UnauthorizedOperation", "AuthFailure.UnauthorizedOperation")
_OPEN = "sts:GetCallerIdentity"

stories = st.lists(st.sampled_from(_STEPS), min_size=1, max_size=6)


@dataclass(frozen=True, slots=True)
class Stage:
    """An account in which stories are told again and again, each from the same beginning."""

    direct: Direct
    control: Control
    key: AccessKey
    """Of a sub-user that is given other permissions for each telling."""

    def tell(self, story: list[Step], document: Document | None, key: AccessKey | None = None) -> list[str]:
        """How each step ends, ``ok`` or a code, for the sub-user with this policy or for another key."""
        with self._from_the_beginning():
            if document is not None:
                self._grant(document)
            return [self._call(step, key or self.key) for step in story]

    def write_policy(self, **wanted: str) -> Document | None:
        """The policy made from the last telling."""
        policy: Document | None = self.control.policy_from_calls(wanted)["policy"]
        return policy

    @contextmanager
    def _from_the_beginning(self) -> Iterator[None]:
        self.direct.world.restore("beginning")
        self.control.account().journal.clear()
        yield

    def _grant(self, document: Document) -> None:
        world = self.direct.world
        policy = accounts.add_policy(world, "given", orjson.dumps(document).decode())
        accounts.attach(world, "user", self.key.principal.uin, policy.value["PolicyId"])

    def _call(self, step: Step, key: AccessKey) -> str:
        action, region, params = step
        try:
            self.direct.call(action, params, key=key, region=region)
        except Failed as failed:
            return failed.code
        return "ok"


@cache
def _stage() -> Stage:
    direct = Direct.open(uin="100000000001")
    world = direct.world
    accounts.add_user(world, "victim", uin="100000000002")
    accounts.add_role(world, "worker", orjson.dumps(_TRUST).decode())
    key = direct.user("tool")
    victim = accounts.find_principal(world, "100000000002")
    assert victim is not None
    accounts.add_key(direct.gateway.cloud, world, victim)
    world.snapshot("beginning")
    return Stage(direct, Control(direct.gateway), key)


def _without(document: Document, action: str) -> Document:
    """The document without one action, and without a statement that is left empty."""
    copy = deepcopy(document)
    for statement in copy["statement"]:
        statement["action"] = [each for each in statement["action"] if each != action]
    copy["statement"] = [each for each in copy["statement"] if each["action"]]
    return copy


def _actions(document: Document) -> list[str]:
    return [action for statement in document["statement"] for action in statement["action"]]


def _is_denied(code: str) -> bool:
    return code.startswith(_DENIED)


@given(stories, st.booleans())
def test_the_story_ends_alike_under_the_policy_made_from_it(story: list[Step], is_root: bool) -> None:
    stage = _stage()
    before = stage.tell(story, _WIDE, stage.direct.root if is_root else None)
    policy = stage.write_policy()
    assert stage.tell(story, policy) == before
    assert not any(map(_is_denied, before))


@given(stories)
def test_no_action_can_be_taken_from_it(story: list[Step]) -> None:
    stage = _stage()
    stage.tell(story, _WIDE)
    policy = stage.write_policy()
    assume(policy is not None)
    assert policy is not None
    for action in _actions(policy):
        less = _without(policy, action)
        endings = stage.tell(story, less if less["statement"] else None)
        assert any(map(_is_denied, endings)), action


@given(stories)
def test_no_resource_can_be_taken_from_it(story: list[Step]) -> None:
    stage = _stage()
    stage.tell(story, _WIDE)
    policy = stage.write_policy()
    assume(policy is not None)
    assert policy is not None
    for place, statement in enumerate(policy["statement"]):
        for resource in statement["resource"] if len(statement["resource"]) > 1 else ():
            less = deepcopy(policy)
            less["statement"][place]["resource"].remove(resource)
            assert any(map(_is_denied, stage.tell(story, less))), resource


@given(stories)
def test_lint_has_nothing_against_it(story: list[Step]) -> None:
    stage = _stage()
    stage.tell(story, _WIDE)
    policy = stage.write_policy()
    assume(policy is not None)
    assert policy is not None
    written = stage.control.written(policy, "policy")
    assert stage.control.lint([written])["findings"] == []


@given(stories)
def test_a_story_that_was_denied_says_as_much(story: list[Step]) -> None:
    stage = _stage()
    stage.tell(story, _WIDE)
    enough = stage.write_policy()
    stage.tell(story, None)
    first = stage.write_policy()
    assert stage.tell(story, _WIDE) == stage.tell(story, enough)
    assert set(_actions(first) if first else []) <= set(_actions(enough) if enough else [])


def test_what_needs_no_permission_gets_none() -> None:
    stage = _stage()
    stage.tell([(_OPEN, "", {})], _WIDE)
    assert stage.write_policy() is None


def test_the_second_permission_of_a_call_is_granted_too() -> None:
    stage = _stage()
    stage.tell([("cam:DeleteUser", "", {"Name": "victim", "Force": 1})], _WIDE)
    policy = stage.write_policy()
    assert policy is not None
    assert _actions(policy) == ["cam:DeleteApiKey", "cam:DeleteUser"]
