"""TC3-HMAC-SHA256 by hand, so that a benchmark needs no SDK."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench.load import prepare

_TYPE = "application/json"
_SIGNED = "content-type;host;x-tc-action"


@dataclass(frozen=True, slots=True)
class Key:
    """Who signs."""

    secret_id: str
    secret_key: str = field(repr=False)

    @classmethod
    def of(cls, said: Mapping[str, str]) -> Key:
        """The key in what the control door says."""
        return cls(said["SecretId"], said["SecretKey"])


def headers(
    key: Key,
    action: str,
    body: bytes,
    *,
    host: str,
    region: str,
    service: str = "cvm",
    version: str = "2017-03-12",
) -> dict[str, str]:
    """The headers of a signed call, to CVM unless told otherwise."""
    now = int(time.time())
    date = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d")
    scope = f"{date}/{service}/tc3_request"
    named = f"content-type:{_TYPE}\nhost:{host}\nx-tc-action:{action.lower()}\n"
    request = f"POST\n/\n\n{named}\n{_SIGNED}\n{hashlib.sha256(body).hexdigest()}"
    text = f"TC3-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    secret = f"TC3{key.secret_key}".encode()
    for part in (date, service, "tc3_request"):
        secret = hmac.digest(secret, part.encode(), "sha256")
    signature = hmac.digest(secret, text.encode(), "sha256").hex()
    return {
        "Host": host,
        "Content-Type": _TYPE,
        "X-TC-Action": action,
        "X-TC-Version": version,
        **({"X-TC-Region": region} if region else {}),
        "X-TC-Timestamp": str(now),
        "Authorization": f"TC3-HMAC-SHA256 Credential={key.secret_id}/{scope}, SignedHeaders={_SIGNED}, "
        f"Signature={signature}",
    }


def hosts_request(key: Key, params: Mapping[str, Any], *, port: int, region: str) -> bytes:
    """A signed DescribeInstances, good for five minutes."""
    return request(key, "DescribeInstances", params, port=port, region=region)


def request(
    key: Key,
    action: str,
    params: Mapping[str, Any],
    *,
    port: int,
    region: str,
    service: str = "cvm",
    version: str = "2017-03-12",
) -> bytes:
    """A signed call, to CVM unless told otherwise, good for five minutes."""
    body = json.dumps(params).encode()
    host = f"127.0.0.1:{port}"
    return prepare(
        headers(key, action, body, host=host, region=region, service=service, version=version), body
    )


def control_request(path: str, body: Mapping[str, Any] | None = None) -> bytes:
    """A POST to the control door."""
    sent = b"" if body is None else json.dumps(body).encode()
    return prepare({"Host": "127.0.0.1", "Content-Type": _TYPE}, sent, path=f"/_emulator/{path}")
