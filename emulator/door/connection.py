"""One client's connection: what it sends becomes envelopes, what is answered becomes bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from http import HTTPStatus
from time import gmtime, strftime, time
from typing import Final, Protocol, cast

import orjson

from emulator.door.http1 import HEAD_LIMIT_BYTES, Chunks, Head, Malformed, path_and_query, read_head
from emulator.wire.envelope import Envelope
from emulator.wire.reply import Reply

BODY_LIMIT_BYTES: Final = 10 * 1024 * 1024
"""Documented: the largest body, under TC3. A larger one is read to its end but not kept."""
_SWALLOWED_LIMIT_BYTES: Final = 1024 * 1024 * 1024
"""A client that sends first and reads later must be heard out to get its answer; up to here it is."""
_PENDING_LIMIT_BYTES = 1024 * 1024

Answer = Callable[[Envelope], Reply]


class Live(Protocol):
    """Something that holds a connection open."""

    used_at: float
    """When it was last of use, by the loop's clock."""

    def end(self) -> None:
        """Close now if nothing is under way, else after the answer."""

    def abort(self) -> None:
        """Close at once."""


class Roster:
    """Everything that holds a connection of one server open."""

    def __init__(self) -> None:
        self._live: set[Live] = set()
        self._is_empty = asyncio.Event()
        self._is_empty.set()

    def __iter__(self) -> Iterator[Live]:
        return iter(tuple(self._live))

    def add(self, one: Live) -> None:
        """Enter one."""
        self._live.add(one)
        self._is_empty.clear()

    def discard(self, one: Live) -> None:
        """Strike one off."""
        self._live.discard(one)
        if not self._live:
            self._is_empty.set()

    async def wait_empty(self, timeout_seconds: float) -> None:
        """Wait until nothing is open, but not for ever."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_empty.wait(), timeout_seconds)


Tunnel = Callable[[asyncio.Transport, str], None]
"""Takes over a connection that asked with CONNECT for a host."""


class Connection(asyncio.Protocol):
    """Reads requests one after the other and answers them in their order."""

    def __init__(self, answer: Answer, tunnel: Tunnel, live: Roster) -> None:
        self._answer = answer
        self._tunnel = tunnel
        self._live = live
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._peer = ""
        self._pending = b""
        self._head: Head | None = None
        self._body: bytearray | Chunks | None = None
        self._missing_bytes = 0
        self._is_busy = False
        self._is_full = False
        self._is_ending = False
        self._is_closed = False
        self._timer: asyncio.TimerHandle | None = None
        self.used_at = self._loop.time()
        """When the last request was answered, by the loop's clock."""

    # --- what the loop tells -----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self._peer = peer[0] if isinstance(peer, tuple) else "127.0.0.1"
        self._live.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # the loop gives it
        """End, whatever was under way."""
        self._transport = None
        self._live.discard(self)
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Take in bytes and answer every request that is whole."""
        self._pending = self._pending + data if self._pending else data
        if not self._is_busy:
            self._advance()
        elif len(self._pending) > _PENDING_LIMIT_BYTES and self._transport is not None:
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """The client sends no more: an answer under way still leaves."""
        self._is_ending = True
        return self._is_busy

    def pause_writing(self) -> None:
        """The client does not read: answer no further request for now."""
        self._is_full = True

    def resume_writing(self) -> None:
        """The client reads again."""
        self._is_full = False
        if not self._is_busy:
            self._advance()

    # --- what the server tells ---------------------------------------------------------------------------

    def end(self) -> None:
        """Close now if nothing is under way, else after the answer."""
        self._is_ending = True
        if not self._is_busy:
            self._close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    # --- requests ----------------------------------------------------------------------------------------

    def _advance(self) -> None:
        try:
            while not (self._is_busy or self._is_full or self._is_closed):
                if self._head is None:
                    self._head = self._read_head()
                if self._head is None or not self._read_body(self._head):
                    return
        except Malformed as reason:
            self._refuse(reason)

    def _read_head(self) -> Head | None:
        pending = self._pending
        if pending.startswith(b"\r\n"):
            pending = pending.lstrip(b"\r\n")
        end = pending.find(b"\r\n\r\n")
        if end < 0:
            self._pending = pending
            if len(pending) > HEAD_LIMIT_BYTES:
                raise Malformed("the request's head is too long", 431)
            return None
        head = read_head(pending[:end])
        self._pending = pending[end + 4 :]
        if head.method == "CONNECT":
            self._connect(head.target)
            return None
        return head

    def _read_body(self, head: Head) -> bool:
        """Read on in the body; once it is whole, answer the request."""
        length = head.length_bytes
        if self._body is None:
            if length is not None and length <= len(self._pending) and length <= BODY_LIMIT_BYTES:
                body, self._pending = self._pending[:length], self._pending[length:]
                self._respond(head, body)
                return True
            if not self._begin_body(head):
                return True
        return self._read_chunks(head) if isinstance(self._body, Chunks) else self._read_counted(head)

    def _begin_body(self, head: Head) -> bool:
        """Make ready for a body that is not here yet; False if it was refused before it came."""
        length = head.length_bytes
        if length is not None and length > (BODY_LIMIT_BYTES if head.waits else _SWALLOWED_LIMIT_BYTES):
            self._is_ending = True
            self._respond(head, None)
            return False
        self._body = Chunks(BODY_LIMIT_BYTES) if length is None else bytearray()
        self._missing_bytes = length or 0
        if head.waits and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _read_chunks(self, head: Head) -> bool:
        chunks = cast("Chunks", self._body)
        rest = chunks.feed(self._pending)
        self._pending = rest or b""
        if rest is not None:
            self._respond(head, None if chunks.is_over else bytes(chunks.body))
        return rest is not None

    def _read_counted(self, head: Head) -> bool:
        body = cast("bytearray", self._body)
        is_over = (head.length_bytes or 0) > BODY_LIMIT_BYTES
        taken = self._pending[: self._missing_bytes]
        self._pending = self._pending[len(taken) :]
        self._missing_bytes -= len(taken)
        if not is_over:
            body += taken
        if self._missing_bytes == 0:
            self._respond(head, None if is_over else bytes(body))
        return self._missing_bytes == 0

    def _connect(self, target: str) -> None:
        """Become a tunnel; what the client asked to reach is played here."""
        transport, host = self._transport, target.rpartition(":")[0] or target
        assert transport is not None  # noqa: S101
        transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        rest, self._pending = self._pending, b""
        self._transport, self._is_closed = None, True
        self._live.discard(self)
        self._tunnel(transport, host)
        successor = transport.get_protocol()
        if rest and isinstance(successor, asyncio.Protocol):
            successor.data_received(rest)

    # --- answers -----------------------------------------------------------------------------------------

    def _respond(self, head: Head, body: bytes | None) -> None:
        self._head = self._body = None
        path, query = path_and_query(head.target)
        envelope = Envelope(
            method=head.method,
            path=path,
            query=query,
            headers=head.headers,
            body=body or b"",
            peer=self._peer,
            is_whole=body is not None,
        )
        reply = self._answer(envelope)
        if reply.delay_seconds > 0:
            self._is_busy = True
            self._timer = self._loop.call_later(reply.delay_seconds, self._send_late, head, reply)
        else:
            self._send(head, reply)

    def _send_late(self, head: Head, reply: Reply) -> None:
        self._is_busy = False
        self._timer = None
        self._send(head, reply)
        if self._transport is not None and not self._is_closed:
            self._transport.resume_reading()
            self._advance()

    def _send(self, head: Head, reply: Reply) -> None:
        transport = self._transport
        if transport is None or self._is_closed:
            return
        self.used_at = self._loop.time()
        if reply.is_dropped:
            self._close()
            return
        is_last = head.is_last or self._is_ending or reply.cut_at is not None
        start = response_head(reply, is_last=is_last)
        body = b"" if head.method == "HEAD" else reply.body
        transport.write(start + (body if reply.cut_at is None else body[: reply.cut_at]))
        if is_last:
            self._close()

    def _close(self) -> None:
        self._is_closed = True
        if self._transport is not None:
            self._transport.close()

    def _refuse(self, reason: Malformed) -> None:
        # Assumed: the body. The cloud never saw a request, so nothing of its envelope is here.
        body = orjson.dumps({"errors": [{"path": "", "message": reason.reason}]})
        reply = Reply(body=body, request_id="", status=reason.status)
        if self._transport is not None:
            self._transport.write(response_head(reply, is_last=True) + body)
        self._close()


_REASONS = {status.value: status.phrase for status in HTTPStatus}


def response_head(reply: Reply, *, is_last: bool) -> bytes:
    """The status line and headers of a reply, the empty line behind them included."""
    # Observed: Content-Type without a charset, HTTP 200 for errors too.
    extra = "".join(f"{name}: {value}\r\n" for name, value in reply.headers)
    if reply.trace_id:
        extra += f"X-TC-TraceId: {reply.trace_id}\r\n"
    return (
        f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, 'Unknown')}\r\n"
        f"Date: {_http_date(int(time()))}\r\n"
        f"Content-Type: {reply.content_type}\r\n"
        f"Content-Length: {len(reply.body)}\r\n"
        f"Connection: {'close' if is_last else 'keep-alive'}\r\n"
        f"{extra}\r\n"
    ).encode("utf-8", "surrogateescape")


@lru_cache(maxsize=2)
def _http_date(at: int) -> str:
    return strftime("%a, %d %b %Y %H:%M:%S GMT", gmtime(at))
