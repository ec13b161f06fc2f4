"""The official SDK's own signers, used to make requests without a socket."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

from tencentcloud.common.credential import Credential
from tencentcloud.common.sign import Sign

CONTENT_TYPES = {"GET": "application/x-www-form-urlencoded", "POST": "application/json"}


@dataclass(frozen=True, slots=True)
class Signed:
    """A request ready to be sent."""

    method: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes


def sign_tc3(
    secret_id: str,
    secret_key: str,
    params: Mapping[str, Any],
    *,
    method: str = "POST",
    action: str = "DescribeInstances",
    version: str = "2017-03-12",
    service: str = "cvm",
    host: str = "cvm.tencentcloudapi.com",
    region: str | None = "ap-guangzhou",
    timestamp: int | None = None,
    date: str | None = None,
    token: str | None = None,
    language: str | None = None,
    unsigned_payload: bool = False,
    signed_headers: tuple[str, ...] = ("content-type", "host"),
) -> Signed:
    """Sign a request as the official SDK does; what it never varies (date, headers) can be varied here."""
    at = int(time.time()) if timestamp is None else timestamp
    day = date or time.strftime("%Y-%m-%d", time.gmtime(at))
    content_type = CONTENT_TYPES[method]
    query = urlencode(params) if method == "GET" else ""
    body = b"" if method == "GET" else json.dumps(params).encode()
    payload = b"UNSIGNED-PAYLOAD" if unsigned_payload else body
    headers = {"Host": host, "Content-Type": content_type, "X-TC-Action": action, "X-TC-Version": version}
    headers["X-TC-Timestamp"] = str(at)
    optional = {"X-TC-Region": region, "X-TC-Token": token, "X-TC-Language": language}
    headers |= {name: value for name, value in optional.items() if value is not None}
    if unsigned_payload:
        headers["X-TC-Content-SHA256"] = "UNSIGNED-PAYLOAD"
    values = {name.lower(): value for name, value in headers.items()}
    canonical = "".join(f"{name}:{values[name]}\n" for name in signed_headers)
    request = "\n".join(
        (method, "/", query, canonical, ";".join(signed_headers), hashlib.sha256(payload).hexdigest())
    )
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = f"TC3-HMAC-SHA256\n{at}\n{day}/{service}/tc3_request\n{digest}"
    signature = Sign.sign_tc3(Credential(secret_id, secret_key).secret_key, day, service, text)
    headers["Authorization"] = (
        f"TC3-HMAC-SHA256 Credential={secret_id}/{day}/{service}/tc3_request, "
        f"SignedHeaders={';'.join(signed_headers)}, Signature={signature}"
    )
    return Signed(method, query, headers, body)


def sign_v1(
    secret_id: str,
    secret_key: str,
    params: Mapping[str, str],
    *,
    method: str = "GET",
    algorithm: str = "HmacSHA256",
    action: str = "DescribeInstances",
    version: str = "2017-03-12",
    host: str = "cvm.tencentcloudapi.com",
    region: str | None = "ap-guangzhou",
    timestamp: int | None = None,
    token: str | None = None,
    language: str | None = None,
) -> Signed:
    """Sign flattened parameters the old way."""
    fields = {
        **params,
        "Action": action,
        "Version": version,
        "Timestamp": str(int(time.time()) if timestamp is None else timestamp),
        "Nonce": "11886",
        "SecretId": secret_id,
        "SignatureMethod": algorithm,
    }
    optional = {"Region": region, "Token": token, "Language": language}
    fields |= {name: value for name, value in optional.items() if value is not None}
    text = f"{method}{host}/?" + "&".join(f"{name}={fields[name]}" for name in sorted(fields))
    fields["Signature"] = Sign.sign(secret_key, text, algorithm)
    written = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in fields.items())
    headers = {"Host": host, "Content-Type": "application/x-www-form-urlencoded"}
    return Signed(
        method, written if method == "GET" else "", headers, b"" if method == "GET" else written.encode()
    )
