"""No action of the published contract can be performed without a grant, or against a deny."""

import pytest

from emulator.admin.vocabulary import Knowledge
from emulator.contract.catalog import catalog
from emulator.gateway.gateway import Gateway
from scenarios.direct import Direct, Failed
from scenarios.strategies.minimal import minimal

ALLOW_ALL = {"version": "2.0", "statement": [{"effect": "allow", "action": "*", "resource": "*"}]}
DENIED = (
    "UnauthorizedOperation",
    "AuthFailure.UnauthorizedOperation",
    "AuthFailure.UnAuth",
    "AuthFailure.SubAccountDenied",
    "InvalidParameter.PermissionDenied",
)
ASKED_AS = Knowledge(catalog()).asked_as
OPEN = {"sts:GetCallerIdentity"}
"""Observed: needs no grant."""


def deny(action):
    return {"version": "2.0", "statement": [{"effect": "deny", "action": action, "resource": "*"}]}


def outcome(direct, key, action):
    """How the gateway ended a call with the least parameters the contract asks for."""
    try:
        direct.call(
            action.key,
            minimal(action.request),
            key=key,
            region="ap-guangzhou",
            version=action.version,
        )
    except Failed as failed:
        return failed.code
    return "ok"


@pytest.fixture(scope="module")
def direct():
    return Direct.open()


@pytest.fixture(scope="module")
def ungranted(direct):
    return direct.user("nobody")


@pytest.mark.parametrize("part", range(8))
def test_without_a_grant_every_action_is_denied(direct, ungranted, part):
    wrong = {}
    asked = 0
    for action in actions(direct.gateway, part):
        ended = outcome(direct, ungranted, action)
        asked += 1
        if not is_denial(ended) and action.key not in OPEN:
            wrong[f"{action.key}@{action.version}"] = ended
    assert asked > 500
    assert not wrong


@pytest.mark.parametrize("part", range(8))
def test_a_deny_statement_stops_every_action_whatever_else_is_allowed(direct, part):
    wrong = {}
    for service, group in by_service(direct.gateway, part).items():
        elsewhere = [deny(asked) for key, asked in ASKED_AS.items() if key.startswith(f"{service}:")]
        everything_but = direct.user(f"denied-{service}-{part}", ALLOW_ALL, deny(f"{service}:*"), *elsewhere)
        for action in group:
            ended = outcome(direct, everything_but, action)
            if not is_denial(ended):
                wrong[f"{action.key}@{action.version}"] = ended
    assert not wrong


def test_with_every_grant_nothing_is_denied():
    direct = Direct.open()
    admin = direct.user("admin", ALLOW_ALL)
    for action in actions(direct.gateway, 0):
        assert not is_denial(outcome(direct, admin, action)), action.key


def is_denial(code):
    return code.startswith(DENIED)


def actions(gateway: Gateway, part: int):
    names = [name for name in gateway.catalog.names() if sum(name[0].encode()) % 8 == part]
    for service, version, action in names:
        found = gateway.catalog.find(service, version, action)
        if found.status != "offline":
            yield found


def by_service(gateway: Gateway, part: int):
    groups = {}
    for action in actions(gateway, part):
        groups.setdefault(action.service, []).append(action)
    return groups
