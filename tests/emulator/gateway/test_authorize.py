"""What holds for a caller beside the policies that somebody attached."""

from dataclasses import replace

import pytest

from emulator.gateway.authorize import Authority
from emulator.policy.decide import Question
from emulator.tables.call import Caller
from scenarios.direct import Direct

SENSITIVE = Question("account:SetSafeAuthFlag", context={"mfa": ("0",)})


@pytest.fixture
def cloud():
    return Direct.open(uin="100000000001")


def decided(cloud, key, question=SENSITIVE):
    caller = Caller(cloud.gateway.cloud, cloud.world, key.principal, key, "127.0.0.1")
    return Authority().grants(caller, ()).decide(question)


def test_a_user_is_denied_by_a_general_policy_whatever_it_holds(cloud):
    decision = decided(cloud, cloud.user("ops", "AdministratorAccess"))
    assert [match.source.kind for match in decision.because] == ["general policy"]


def test_a_user_that_was_verified_is_not(cloud):
    verified = replace(SENSITIVE, context={"mfa": ("1",)})
    assert decided(cloud, cloud.user("ops", "AdministratorAccess"), verified).allowed


def test_whoever_acts_for_a_user_is_that_user(cloud):
    key = cloud.user("ops", "AdministratorAccess")
    federated = replace(key, principal=replace(key.principal, kind="federated", session="app"))
    assert decided(cloud, federated).kind == "explicit deny"


def test_root_is_not(cloud):
    assert decided(cloud, cloud.root).allowed
