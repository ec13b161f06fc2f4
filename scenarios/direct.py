"""Calls to a gateway without a socket: signed, verified and answered in one process."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from emulator.contract.catalog import catalog
from emulator.gateway.gateway import Gateway
from emulator.wire.envelope import Envelope
from emulator.wire.tc3 import signing_key, utc_day
from emulator.world import accounts
from emulator.world.credentials import AccessKey, Principal
from emulator.world.shelves import Row
from emulator.world.world import Cloud, Estate, World


class SigningKey(Protocol):
    """What signs a request."""

    @property
    def secret_id(self) -> str:
        """Names the key."""

    @property
    def secret_key(self) -> str:
        """Signs."""

    @property
    def token(self) -> str | None:
        """There for temporary keys only."""


class Failed(Exception):
    """The answer was an error."""

    def __init__(self, code: str, message: str, request_id: str) -> None:
        super().__init__(code, message, request_id)
        self.code = code
        self.message = message
        self.request_id = request_id


@dataclass(frozen=True, slots=True)
class Direct:
    """A gateway with one account, and calls to it as the account's root or as a sub-user."""

    gateway: Gateway
    world: World
    root: AccessKey

    @classmethod
    def open(cls, estate: Estate | None = None, seed: int = 0, uin: str | None = None) -> Direct:
        """A cloud with one root account in it."""
        cloud = Cloud(seed=seed)
        world = cloud.open(uin=uin, estate=estate)
        root = accounts.add_key(cloud, world, accounts.root(world))
        world.begin_here()
        return cls(Gateway(cloud, catalog(), seed=seed), world, root)

    def user(self, name: str, *documents: Mapping[str, Any] | str) -> AccessKey:
        """A sub-user with these policies (documents, or names of presets), and its key."""
        row: Row = accounts.add_user(self.world, name)
        uin = str(row.value["Uin"])
        for number, document in enumerate(documents):
            if isinstance(document, str):
                policy = accounts.find_policy(self.world, name=document)
                if policy is None:
                    raise LookupError(document)
            else:
                policy = accounts.add_policy(self.world, f"{name}-{number}", orjson.dumps(document).decode())
            accounts.attach(self.world, "user", uin, policy.value["PolicyId"])
        principal = Principal(kind="user", uin=uin, name=name)
        return accounts.add_key(self.gateway.cloud, self.world, principal)

    def call(
        self,
        action: str,
        params: Mapping[str, Any] | None = None,
        *,
        key: AccessKey | None = None,
        region: str = "",
        version: str | None = None,
        language: str = "en-US",
    ) -> dict[str, Any]:
        """Call ``service:Action``; the members of the answer.

        Raises:
            Failed: the answer was an error.
        """
        service, _, name = action.partition(":")
        found = version or self.gateway.catalog.action(action).version
        envelope = sign(
            service,
            found,
            name,
            params or {},
            key=key or self.root,
            region=region,
            at=self.world.clock.now(),
            language=language,
        )
        answer: dict[str, Any] = orjson.loads(self.gateway.answer(envelope).body)["Response"]
        error = answer.get("Error")
        if error is not None:
            raise Failed(error["Code"], error["Message"], answer["RequestId"])
        return answer


def sign(
    service: str,
    version: str,
    action: str,
    params: Mapping[str, Any],
    *,
    key: SigningKey,
    at: float,
    region: str = "",
    language: str = "en-US",
) -> Envelope:
    """A TC3-signed request."""
    body = orjson.dumps(params)
    host, timestamp = f"{service}.tencentcloudapi.com", int(at)
    day = utc_day(timestamp // 86400)
    request = (
        f"POST\n/\n\ncontent-type:application/json\nhost:{host}\n\ncontent-type;host\n"
        f"{hashlib.sha256(body).hexdigest()}"
    )
    text = (
        f"TC3-HMAC-SHA256\n{timestamp}\n{day}/{service}/tc3_request\n"
        f"{hashlib.sha256(request.encode()).hexdigest()}"
    )
    signature = hmac.digest(signing_key(key.secret_key, day, service), text.encode(), "sha256").hex()
    headers = {
        "host": host,
        "content-type": "application/json",
        "x-tc-action": action,
        "x-tc-version": version,
        "x-tc-timestamp": str(timestamp),
        "x-tc-language": language,
        "authorization": f"TC3-HMAC-SHA256 Credential={key.secret_id}/{day}/{service}/tc3_request, "
        f"SignedHeaders=content-type;host, Signature={signature}",
    }
    if region:
        headers["x-tc-region"] = region
    if key.token is not None:
        headers["x-tc-token"] = key.token
    return Envelope("POST", "/", "", headers, body)
