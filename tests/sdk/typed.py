"""The official SDK with its typed models, spoken to by the names of actions."""

import json

from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile


def key(account):
    return Credential(account.secret_id, account.secret_key)


def profile(account, *, language="en-US", timeout=30):
    """How the SDK reaches an account's port."""
    http = HttpProfile(protocol="http", endpoint=account.endpoint.removeprefix("http://"), reqTimeout=timeout)
    return ClientProfile(httpProfile=http, language=language)


def ask(client, models, action, **params):
    """Call an action through its typed request and response."""
    request = getattr(models, f"{action}Request")()
    request.from_json_string(json.dumps(params))
    return getattr(client, action)(request)


class Product:
    """A typed client of one product: ``product(action, …)`` is the typed response."""

    def __init__(self, account, client, models):
        self.client = client(key(account), "ap-guangzhou", profile(account))
        self.models = models

    def __call__(self, action, **params):
        return ask(self.client, self.models, action, **params)
