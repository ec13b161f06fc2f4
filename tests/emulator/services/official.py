"""Calls through the official SDK's typed clients, over a real socket, in the words of direct ones."""

import json
from importlib import import_module
from types import SimpleNamespace

from tencentcloud.common import abstract_client
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from scenarios.direct import Direct, Failed


class Official:
    """An account whose calls leave through the SDK: typed request, signature, socket, typed response."""

    def __init__(self, emulator, monkeypatch):
        account = emulator.account
        self.gateway = emulator.app.control.gateway
        self.world = account.world
        self.root = self.gateway.cloud.find_key(account.secret_id)[1]
        self.user = Direct(self.gateway, self.world, self.root).user
        self._endpoint = emulator.endpoint.removeprefix("http://")
        self._clients = {}
        # What is signed is the time; a test may have stopped the world's.
        monkeypatch.setattr(abstract_client, "time", SimpleNamespace(time=self.world.clock.now))

    def call(self, action, params=None, *, key=None, region="", version=None, language="en-US"):
        service, _, name = action.partition(":")
        version = version or self.gateway.catalog.action(action).version
        client, models = self._client(service, version, key or self.root, region, language)
        request = getattr(models, f"{name}Request")()
        request.from_json_string(json.dumps(params or {}))
        try:
            getattr(client, name)(request)
        except TencentCloudSDKException as error:
            raise Failed(error.code, error.message, error.requestId) from error
        return json.loads(client.body)["Response"]

    def _client(self, service, version, key, region, language):
        place = (service, version, key.secret_id, region, language)
        if place not in self._clients:
            package = f"tencentcloud.{service}.v{version.replace('-', '')}"
            module = import_module(f"{package}.{service}_client")
            profile = ClientProfile(
                httpProfile=HttpProfile(protocol="http", endpoint=self._endpoint), language=language
            )
            credential = Credential(key.secret_id, key.secret_key, key.token)
            kind = keeping_bodies(getattr(module, f"{service.capitalize()}Client"))
            self._clients[place] = kind(credential, region, profile), import_module(f"{package}.models")
        return self._clients[place]


def keeping_bodies(client):
    """The same client, which remembers what came: a typed response has no word for what it does not know."""

    class Keeping(client):
        def call(self, *given, **more):
            self.body = super().call(*given, **more)
            return self.body

    return Keeping
