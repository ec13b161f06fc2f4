"""What a request says of itself: whose key, which action, and the proof it offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, Protocol

from emulator.errors import ApiError, missing_parameter
from emulator.wire.envelope import Envelope
from emulator.wire.passing import passing

Form = Literal["json", "query", "form", "multipart", "octet"]
"""How the parameters are written. All but ``json`` and ``octet`` are flattened (``Filters.0.Name``)."""


class Proof(Protocol):
    """What only the holder of a SecretKey can make."""

    def holds(self, secret_key: str) -> bool:
        """Whether this key made it. Takes the same time whatever the signature."""


@passing(frozen=True, slots=True, kw_only=True)
class Claim:
    """A request's own account of itself; nothing of it is proven yet."""

    scheme: Literal["TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256", "SKIP"]
    secret_id: str
    scope: str
    """The service in the credential scope; empty under v1."""
    host: str
    action: str
    version: str
    region: str
    timestamp: int
    token: str
    language: str
    trace_id: str
    form: Form
    payload: bytes
    """The body, or the raw query string of a GET."""
    content_type: str
    peer: str
    headers: Mapping[str, str] = field(repr=False)
    """All of them, by lower-case names."""
    proof: Proof = field(repr=False)


def integer(name: str, text: str) -> int:
    """A common parameter that must be a whole number."""
    if not text:
        raise missing_parameter(name)
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        # Observed: this text for Nonce. Assumed: for Timestamp too.
        raise ApiError("InvalidParameter", f"Parameter `{name}` type error.")
    return int(text)


def hosts(envelope: Envelope) -> tuple[str, ...]:
    """The spellings of the host that real clients sign: as sent, and without the port."""
    host = envelope.headers.get("host", "")
    bare, colon, port = host.rpartition(":")
    return (host, bare) if colon and port.isdigit() and "/" not in bare else (host,)
