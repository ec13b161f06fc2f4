"""What leaves: the bytes of an answer and how the socket is to treat them."""

from __future__ import annotations

from dataclasses import replace

import orjson

from emulator.errors import ApiError
from emulator.wire.passing import passing

CONTENT_TYPE = "application/json"
"""Exactly this. Observed: with a charset behind it the official Python SDK takes errors for successes."""


@passing(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer. The last three fields are how a departure fault lets it suffer."""

    body: bytes
    request_id: str
    status: int = 200
    content_type: str = CONTENT_TYPE
    trace_id: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers; the cloud sends none."""
    delay_seconds: float = 0.0
    is_dropped: bool = False
    """The connection is closed and nothing is sent."""
    cut_at: int | None = None
    """The connection is closed after so many bytes of the body, with the full length announced."""

    def having(self, **changes: object) -> Reply:
        """The same reply with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]  # the dataclass checks the names


def error_body(error: ApiError, language: str, request_id: str) -> bytes:
    """An error in the cloud's envelope: Error first, then RequestId."""
    # Observed: the order of members, and the compact form for errors made by the gateway.
    return orjson.dumps(
        {
            "Response": {
                "Error": {"Code": error.code, "Message": error.text(language)},
                "RequestId": request_id,
            }
        }
    )
