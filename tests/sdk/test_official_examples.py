"""The official examples that come back clean, put by the official SDK: its typed models read each answer."""

import json
from importlib import import_module

import pytest
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from emulator.contract.validate import coerce
from emulator.services import ALL
from scenarios.evidence import REGION, try_examples


def clean(service):
    """Examples that a fresh world answers."""
    return [one for one in try_examples(service) if one.outcome == "clean"]


def typed(account, action):
    """The SDK's client for an action's product, and its models."""
    package = f"tencentcloud.{action.service}.v{action.version.replace('-', '')}"
    profile = ClientProfile(
        httpProfile=HttpProfile(protocol="http", endpoint=account.endpoint.removeprefix("http://"))
    )
    module = import_module(f"{package}.{action.service}_client")
    client = getattr(module, f"{action.service.capitalize()}Client")
    return client(Credential(account.secret_id, account.secret_key), REGION, profile), import_module(
        f"{package}.models"
    )


@pytest.mark.parametrize("service", ALL)
def test_the_sdk_reads_what_an_official_example_gets(account, service):
    for one in clean(service):
        client, models = typed(account, one.action)
        params = coerce(one.action, one.example.flat) if one.example.flat is not None else one.example.params
        request = getattr(models, f"{one.action.name}Request")()
        request.from_json_string(json.dumps(params))
        answer = getattr(client, one.action.name)(request)
        (entry,) = account.calls()
        assert (answer.RequestId, entry.outcome) == (entry.request_id, "ok"), one.action.key
        account.reset()
