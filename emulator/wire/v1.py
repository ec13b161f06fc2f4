"""Signature v1 (HmacSHA1, HmacSHA256): the claim stands among the parameters.

Documented: signature-process-demo and the official SDKs. Observed with real clients: keys with ``_``
are signed as they are or with ``.``; a form body may come under Content-Type ``application/json``.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from emulator.errors import ApiError, missing_parameter, signature_too_large
from emulator.wire.claim import Claim, hosts, integer
from emulator.wire.envelope import Envelope
from emulator.wire.flat import parse_query

BODY_LIMIT_BYTES = 1024 * 1024
COMMON = frozenset(
    {
        "Action",
        "Version",
        "Region",
        "Timestamp",
        "Nonce",
        "SecretId",
        "Signature",
        "SignatureMethod",
        "Token",
        "Language",
        "RequestClient",
    }
)
"""Parameters of the protocol; everything else belongs to the action."""


def read(envelope: Envelope) -> Claim:
    """Read what a v1 request claims. The signature is not checked here."""
    is_get = envelope.method == "GET"
    if len(envelope.body) > BODY_LIMIT_BYTES:
        raise signature_too_large()
    payload = envelope.query.encode("latin-1", "replace") if is_get else envelope.body
    fields = parse_query(payload.decode("utf-8", "replace"))
    timestamp = integer("Timestamp", fields.get("Timestamp", ""))
    for name in ("Action", "Version", "SecretId", "Signature"):
        if not fields.get(name):
            raise missing_parameter(name)
    integer("Nonce", fields.get("Nonce", ""))
    method = _method(fields.get("SignatureMethod", "HmacSHA1"))
    return Claim(
        scheme=method,
        secret_id=fields["SecretId"],
        scope="",
        host=envelope.headers.get("host", ""),
        action=fields["Action"],
        version=fields["Version"],
        region=fields.get("Region", ""),
        timestamp=timestamp,
        token=fields.get("Token", ""),
        language=fields.get("Language") or envelope.headers.get("x-tc-language", ""),
        trace_id=envelope.headers.get("x-tc-traceid", ""),
        form="query" if is_get else "form",
        payload=payload,
        content_type=envelope.headers.get("content-type", ""),
        peer=envelope.peer,
        headers=envelope.headers,
        proof=V1Proof(envelope.method, hosts(envelope), fields, method, fields["Signature"]),
    )


def _method(text: str) -> Literal["HmacSHA1", "HmacSHA256"]:
    match text:
        # Assumed: an absent SignatureMethod means HmacSHA1 (the official demo sends none and uses it).
        case "HmacSHA1" | "":
            return "HmacSHA1"
        case "HmacSHA256":
            return "HmacSHA256"
    # Assumed: code and text.
    raise ApiError(
        "InvalidParameterValue", f"The value of parameter `SignatureMethod` is not valid: `{text}`."
    )


@dataclass(frozen=True, slots=True)
class V1Proof:
    """A v1 signature and the parameters it covers."""

    method: str
    hosts: tuple[str, ...]
    fields: Mapping[str, str] = field(repr=False)
    algorithm: Literal["HmacSHA1", "HmacSHA256"]
    signature: str = field(repr=False)

    def holds(self, secret_key: str) -> bool:
        """Whether the key signed these parameters for one of the host's spellings."""
        digest = "sha1" if self.algorithm == "HmacSHA1" else "sha256"
        given = self.signature.encode("utf-8", "replace")
        for host in self.hosts:
            for text in dict.fromkeys(self._texts(host)):
                made = base64.b64encode(hmac.digest(secret_key.encode(), text.encode(), digest))
                if hmac.compare_digest(made, given):
                    return True
        return False

    def _texts(self, host: str) -> tuple[str, str]:
        pairs = sorted((name, value) for name, value in self.fields.items() if name != "Signature")
        dotted = sorted((name.replace("_", "."), value) for name, value in pairs)
        return tuple(  # type: ignore[return-value]  # two in, two out
            f"{self.method}{host}/?" + "&".join(f"{name}={value}" for name, value in form)
            for form in (pairs, dotted)
        )
