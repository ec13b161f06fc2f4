"""The official examples that come back clean, put by the official SDK: its typed models read each answer."""

from importlib import import_module

import pytest

from emulator.contract.validate import coerce
from emulator.services import ALL
from scenarios.evidence import REGION, try_examples
from tests.sdk.typed import ask, key, profile


def clean(service):
    """Examples that a fresh world answers."""
    return [one for one in try_examples(service) if one.outcome == "clean"]


def typed(account, action):
    """The SDK's client for an action's product, and its models."""
    package = f"tencentcloud.{action.service}.v{action.version.replace('-', '')}"
    module = import_module(f"{package}.{action.service}_client")
    client = getattr(module, f"{action.service.capitalize()}Client")
    return client(key(account), REGION, profile(account)), import_module(f"{package}.models")


@pytest.mark.parametrize("service", ALL)
def test_the_sdk_reads_what_an_official_example_gets(account, service):
    for one in clean(service):
        client, models = typed(account, one.action)
        params = coerce(one.action, one.example.flat) if one.example.flat is not None else one.example.params
        answer = ask(client, models, one.action.name, **params)
        (entry,) = account.calls()
        assert (answer.RequestId, entry.outcome) == (entry.request_id, "ok"), one.action.key
        account.reset()
