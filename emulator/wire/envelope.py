"""A request as it came off the socket, unbelieved."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.wire.passing import passing


@passing(frozen=True, slots=True)
class Envelope:
    """One HTTP request.

    ``headers`` has lower-case names; a header sent twice keeps its first value. ``query`` is the raw
    query string as sent, without ``?``. ``peer`` is the caller's IP address. A body too large to be kept
    leaves the envelope not whole, and ``body`` empty.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    peer: str = "127.0.0.1"
    is_whole: bool = True
