"""The first bytes of a connection tell what it speaks: TLS, a proxy's CONNECT, or HTTP as it stands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, cast

from aiohttp import web

if TYPE_CHECKING:
    from emulator.door.tls import Authority

_CLIENT_HELLO = 0x16
_CONNECT = b"CONNECT "
_HEAD_LIMIT_BYTES = 64 * 1024


class Waiting(Protocol):
    """A connection that speaks no HTTP yet."""

    def abort(self) -> None:
        """Close at once."""


class Front:
    """Everything the connections of one server share."""

    def __init__(self, server: web.Server, authority: Callable[[], Authority]) -> None:
        self._server = server
        self._authority = authority
        self.waiting: set[Waiting] = set()

    def protocol(self) -> asyncio.Protocol:
        """What a new connection is given to."""
        return _Sniffer(self, "")

    def speak_http(self, transport: asyncio.Transport) -> asyncio.Protocol:
        """Let aiohttp speak HTTP on a transport from now on."""
        handler = self._server()
        transport.set_protocol(handler)
        handler.connection_made(transport)
        return handler

    def speak_tls(self, transport: asyncio.Transport, host: str) -> asyncio.Protocol:
        """Let TLS be spoken on a transport from now on, and HTTP inside."""
        from emulator.door.tls import Tls

        layer = Tls(transport, self._authority().context(host), self.speak_http, self.waiting)
        transport.set_protocol(layer)
        return layer

    def tunnel(self, transport: asyncio.Transport, host: str) -> asyncio.Protocol:
        """Play the host that a proxy's client asked to reach."""
        sniffer = _Sniffer(self, host)
        transport.set_protocol(sniffer)
        sniffer.connection_made(transport)
        return sniffer

    async def close(self, grace_seconds: float) -> None:
        """Let answers under way leave, then close every connection."""
        for connection in list(self.waiting):
            connection.abort()
        # Idle connections end at once; shutdown alone would wait for their next request.
        self._server.pre_shutdown()
        await self._server.shutdown(grace_seconds)


class _Sniffer(asyncio.Protocol):
    """Hands a connection on as soon as its first bytes tell to whom."""

    def __init__(self, front: Front, host: str) -> None:
        self._front = front
        self._host = host
        self._seen = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._front.waiting.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # the loop gives it
        self._front.waiting.discard(self)

    def data_received(self, data: bytes) -> None:
        transport = self._transport
        assert transport is not None  # noqa: S101
        seen = self._seen = self._seen + data
        if seen[0] == _CLIENT_HELLO:
            local = transport.get_extra_info("sockname")
            self._hand_on(self._front.speak_tls(transport, self._host or local[0]), seen)
        elif not _CONNECT.startswith(seen[: len(_CONNECT)]):
            self._hand_on(self._front.speak_http(transport), seen)
        elif b"\r\n\r\n" in seen:
            self._connect(transport, *seen.split(b"\r\n\r\n", 1))
        elif len(seen) > _HEAD_LIMIT_BYTES:
            self.abort()

    def _connect(self, transport: asyncio.Transport, head: bytes, rest: bytes) -> None:
        target = head.split(b" ", 2)[1].decode("latin-1")
        transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self._hand_on(self._front.tunnel(transport, target.rpartition(":")[0] or target), rest)

    def _hand_on(self, speaker: asyncio.Protocol, data: bytes) -> None:
        self._front.waiting.discard(self)
        if data:
            speaker.data_received(data)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
