"""TC3-HMAC-SHA256: reading its claim and verifying its signature.

Documented: signature-process-demo and the official SDKs' signers. What each real client sends besides
(host without port, lower-cased action, unsigned payload) is Observed with those clients.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Literal

from emulator.errors import invalid_authorization, missing_parameter, unsupported_content_type
from emulator.wire.claim import Claim, Form, Proof, hosts, integer
from emulator.wire.envelope import Envelope
from emulator.wire.passing import passing

SCHEME: Final = "TC3-HMAC-SHA256"
UNSIGNED: Final = "SKIP"
"""What stands for a signature where there is none."""
BODY_LIMIT_BYTES = 10 * 1024 * 1024
_UNSIGNED = "UNSIGNED-PAYLOAD"
_SIGNATURE = " Signature="
_AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256\s+Credential=(?P<id>[^/,\s]+)/(?P<date>[^/,\s]+)/(?P<service>[^/,\s]+)/(?P<end>[^/,\s]+)"
    r"\s*,\s*SignedHeaders=(?P<headers>[^,\s]+)\s*,\s*Signature=(?P<signature>[^,\s]+)\s*"
)


def read(envelope: Envelope) -> Claim:
    """Read what a TC3 request claims. The signature is not checked here."""
    headers = envelope.headers
    secret_id, date, scope, end, names, signature = _authorization(headers["authorization"])
    if end != "tc3_request":
        # Assumed: the text.
        raise invalid_authorization("`tc3_request` in Credential not valid.")
    timestamp = integer("Timestamp", headers.get("x-tc-timestamp", ""))
    proof = Tc3Proof(envelope, timestamp, date, scope, names, signature)
    return _claim(envelope, SCHEME, timestamp, proof, secret_id=secret_id, scope=scope)


def _authorization(text: str) -> tuple[str, str, str, str, tuple[str, ...], str]:
    """What stands in an Authorization header: SecretId, date, service, end, names of headers, signature."""
    head, _, signature = text.rpartition(_SIGNATURE)
    # All a client sends in a day differs in the signature only.
    known = _head(head) if signature.isalnum() else None
    if known is not None:
        return *known, signature
    found = _AUTHORIZATION.fullmatch(text)
    if found is None:
        raise invalid_authorization(_what_is_wrong(text))
    secret_id, date, scope, end, names, signature = found.groups()
    return secret_id, date, scope, end, tuple(names.split(";")), signature


@lru_cache(maxsize=1024)
def _head(text: str) -> tuple[str, str, str, str, tuple[str, ...]] | None:
    found = _AUTHORIZATION.fullmatch(f"{text}{_SIGNATURE}0")
    if found is None:
        return None
    secret_id, date, scope, end, names, _ = found.groups()
    return secret_id, date, scope, end, tuple(names.split(";"))


def read_unsigned(envelope: Envelope) -> Claim:
    """Read what a request says that is signed by nobody (``Authorization: SKIP``)."""
    # Assumed: its time is looked at no further.
    timestamp = integer("Timestamp", envelope.headers.get("x-tc-timestamp", ""))
    return _claim(envelope, UNSIGNED, timestamp, NoProof())


def _claim(
    envelope: Envelope,
    scheme: Literal["TC3-HMAC-SHA256", "SKIP"],
    timestamp: int,
    proof: Proof,
    *,
    secret_id: str = "",
    scope: str = "",
) -> Claim:
    headers = envelope.headers
    for name in ("Action", "Version"):
        if not headers.get("x-tc-" + name.lower()):
            raise missing_parameter(name)
    content_type = headers.get("content-type", "")
    return Claim(
        scheme=scheme,
        secret_id=secret_id,
        scope=scope,
        host=headers.get("host", ""),
        action=headers["x-tc-action"],
        version=headers["x-tc-version"],
        region=headers.get("x-tc-region", ""),
        timestamp=timestamp,
        token=headers.get("x-tc-token", ""),
        language=headers.get("x-tc-language", ""),
        trace_id=headers.get("x-tc-traceid", ""),
        form=_form(envelope.method, content_type),
        payload=envelope.body if envelope.method == "POST" else envelope.query.encode("latin-1", "replace"),
        content_type=content_type,
        peer=envelope.peer,
        headers=headers,
        proof=proof,
    )


def _form(method: str, content_type: str) -> Form:
    if method == "GET":
        return "query"
    kind = content_type.partition(";")[0].strip().lower()
    match kind:
        case "application/json" | "text/plain" | "":
            return "json"
        case "multipart/form-data":
            return "multipart"
        case "application/octet-stream":
            return "octet"
    raise unsupported_content_type(content_type)


def _what_is_wrong(authorization: str) -> str:
    # Assumed: the reasons' wording; the sentence before them is Observed.
    if "Credential=" not in authorization:
        return "`Credential` is missing."
    if "SignedHeaders=" not in authorization:
        return "`SignedHeaders` is missing."
    if "Signature=" not in authorization.replace("SignedHeaders=", ""):
        return "`Signature` is missing."
    return "`Credential` is not in the form `SecretId/Date/Service/tc3_request`."


@passing(frozen=True, slots=True)
class NoProof:
    """The proof of who signs nothing: no key made it."""

    def holds(self, secret_key: str) -> bool:  # noqa: ARG002  # as every proof
        """Never."""
        return False


@passing(frozen=True, slots=True)
class Tc3Proof:
    """A TC3 signature and all that it covers."""

    envelope: Envelope
    timestamp: int
    date: str
    scope: str
    signed: tuple[str, ...]
    signature: str = field(repr=False)

    def holds(self, secret_key: str) -> bool:
        """Whether the key signed this; a scope date that is not the timestamp's UTC day never holds."""
        # Documented: a date in local time fails with a signature error. Documented: content-type and host
        # are the least that must be signed.
        if utc_day(self.timestamp // 86400) != self.date:
            return False
        if "host" not in self.signed or "content-type" not in self.signed:
            return False
        key = signing_key(secret_key, self.date, self.scope)
        given = self.signature.encode("utf-8", "replace")
        head, tail = self._frame()
        scope = f"{SCHEME}\n{self.timestamp}\n{self.date}/{self.scope}/tc3_request\n"
        for canonical in self._canonical_headers():
            request = f"{head}{canonical}{tail}".encode("utf-8", "surrogateescape")
            text = scope + hashlib.sha256(request).hexdigest()
            made = hmac.digest(key, text.encode(), "sha256").hex().encode()
            if hmac.compare_digest(made, given):
                return True
        return False

    def _frame(self) -> tuple[str, str]:
        envelope = self.envelope
        is_post = envelope.method == "POST"
        if envelope.headers.get("x-tc-content-sha256") == _UNSIGNED:
            payload = _UNSIGNED.encode()
        else:
            payload = envelope.body if is_post else b""
        head = f"{envelope.method}\n/\n{'' if is_post else envelope.query}\n"
        return head, f"\n{';'.join(self.signed)}\n{hashlib.sha256(payload).hexdigest()}"

    def _canonical_headers(self) -> Iterator[str]:
        # The likeliest spelling first; the others are only made when it does not hold.
        headers, signed = self.envelope.headers, self.signed
        for host in hosts(self.envelope):
            lines = [
                f"{name}:{host if name == 'host' else headers.get(name, '').strip()}\n" for name in signed
            ]
            if "x-tc-action" in signed:
                yield "".join([line.lower() if line.startswith("x-tc-action:") else line for line in lines])
            as_sent = "".join(lines)
            yield as_sent
            yield as_sent.lower()


@lru_cache(maxsize=64)
def utc_day(days: int) -> str:
    """The date of a day counted from the epoch, as the credential scope writes it."""
    return datetime.fromtimestamp(days * 86400, UTC).strftime("%Y-%m-%d")


@lru_cache(maxsize=4096)
def signing_key(secret_key: str, date: str, service: str) -> bytes:
    """Derive the key that signs one service's requests of one day."""
    k_date = hmac.digest(f"TC3{secret_key}".encode(), date.encode(), "sha256")
    k_service = hmac.digest(k_date, service.encode(), "sha256")
    return hmac.digest(k_service, b"tc3_request", "sha256")
