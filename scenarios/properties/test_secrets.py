"""What the emulator tells of calls holds no secret that the calls or their answers held."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.admin.control import Control
from emulator.admin.records import in_lines
from emulator.world import accounts
from emulator.world.credentials import AccessKey
from scenarios import profiles
from scenarios.direct import Direct, Failed
from scenarios.strategies import troubles

READ = '{"version":"2.0","statement":[{"effect":"allow","action":"cvm:*","resource":"*"}]}'
TRUST = (
    '{"version":"2.0","statement":[{"effect":"allow","action":"name/sts:AssumeRole",'
    '"principal":{"qcs":["qcs::cam::uin/%s:root"]}}]}'
)
SECRETS = ("Password", "SecretKey", "SecretAccessKey", "TmpSecretKey", "Token")

Story = list[tuple[str, dict[str, Any]]]

passwords = st.from_regex(r"Pw[0-9]{8}[a-z]{8}!", fullmatch=True)
passwords_as_sent = passwords | passwords.map(lambda one: [one]) | passwords.map(lambda one: {"Value": one})
"""As the contract wants them, and wrong: what is refused is told too."""


def _having(action: str, **params: object) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return passwords_as_sent.map(lambda one: (action, {**params, "Password": one}))


calls = st.one_of(
    _having("cam:AddUser", Name="bob", UseApi=1, ConsoleLogin=1),
    _having("cam:UpdateUser", Name="amy", ConsoleLogin=1),
    passwords.map(lambda one: ("cvm:RunInstances", {"LoginSettings": {"Password": one}})),
    st.sampled_from(
        (
            ("cam:CreateAccessKey", {}),
            ("cam:ListAccessKeys", {}),
            ("sts:GetFederationToken", {"Name": "fed", "Policy": READ}),
            ("sts:AssumeRole", {"RoleSessionName": "session"}),
            ("cvm:DescribeInstances", {}),
        )
    ),
)


def secrets_in(value: Any, name: str = "") -> Iterator[str]:
    """Every text in a value that stands under the name of a secret."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from secrets_in(each, name or (key if key in SECRETS else ""))
    elif isinstance(value, list):
        for each in value:
            yield from secrets_in(each, name)
    elif isinstance(value, str) and value and name:
        yield value


def play(cloud: Direct, story: Story, key: AccessKey) -> Iterator[str]:
    """Make calls; every secret that went there or came back."""
    role = {"RoleArn": f"qcs::cam::uin/{cloud.world.uin}:roleName/auditor"}
    for action, params in story:
        sent = params | role if action == "sts:AssumeRole" else params
        yield from secrets_in(sent)
        try:
            yield from secrets_in(cloud.call(action, sent, key=key, region="ap-guangzhou"))
        except (Failed, orjson.JSONDecodeError):
            continue  # an error, or no answer at all: what came is told all the same


def told(control: Control) -> Iterator[str]:
    """Everything that is told of what happened."""
    yield orjson.dumps([control.accounts(), control.calls({}), control.fired()]).decode()
    for entry in control.entries({}):
        yield orjson.dumps(control.call(entry.request_id)).decode()
        yield from (in_lines(entry), repr(entry), repr(entry.caller), repr(entry.decision), repr(entry.error))


def opened() -> tuple[Direct, AccessKey]:
    """An account with a role, and a sub-user who may do everything."""
    cloud = Direct.open()
    accounts.add_role(cloud.world, "auditor", TRUST % cloud.world.uin)
    return cloud, cloud.user("amy", "AdministratorAccess")


@pytest.mark.parametrize("whose", ["root", "sub-user"])
@profiles.costly()
@given(st.lists(calls, min_size=1, max_size=6), troubles.any_at_all(1))
def test_no_secret_is_ever_told(whose: str, story: Story, plan: dict[str, Any]) -> None:
    log = StringIO()
    listener = logging.StreamHandler(log)
    logging.getLogger().addHandler(listener)
    try:
        cloud, user = opened()
        key = cloud.root if whose == "root" else user
        cloud.gateway.account(cloud.world).plan.load(plan)
        secrets = {cloud.root.secret_key, user.secret_key, *play(cloud, story, key)}
        shown = "\n".join([*told(Control(cloud.gateway)), repr(key), repr(cloud), log.getvalue()])
    finally:
        logging.getLogger().removeHandler(listener)
    assert not [secret for secret in secrets if secret in shown]


def test_the_stories_hold_secrets_to_keep() -> None:
    cloud, key = opened()
    story: Story = [
        ("cam:AddUser", {"Name": "bob", "UseApi": 1, "ConsoleLogin": 1, "Password": "Pw00000000abcdefgh!"}),
        ("cam:CreateAccessKey", {}),
        ("sts:GetFederationToken", {"Name": "fed", "Policy": READ}),
        ("sts:AssumeRole", {"RoleSessionName": "session"}),
    ]
    # The password, two long-term secrets, and two halves of a secret and a token each.
    assert len(set(play(cloud, story, key))) == 1 + 2 + 2 * 2
