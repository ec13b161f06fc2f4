"""The first byte of a connection tells what it speaks: TLS, or HTTP as it stands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from emulator.door.connection import Answer, Connection, Roster

if TYPE_CHECKING:
    from emulator.door.tls import Authority

_CLIENT_HELLO = 0x16


class Front:
    """Everything the connections of one server share."""

    def __init__(self, answer: Answer, authority: Callable[[], Authority]) -> None:
        self._answer = answer
        self._authority = authority
        self.live: Roster = Roster()

    def protocol(self) -> asyncio.Protocol:
        """What a new connection is given to."""
        return _Sniffer(self, "")

    def speak_http(self, transport: asyncio.Transport) -> Connection:
        """Let HTTP be spoken on a transport from now on."""
        connection = Connection(self._answer, self._tunnel, self.live)
        transport.set_protocol(connection)
        connection.connection_made(transport)
        return connection

    def speak_tls(self, transport: asyncio.Transport, host: str) -> asyncio.Protocol:
        """Let TLS be spoken on a transport from now on, and HTTP inside."""
        from emulator.door.tls import Tls

        layer = Tls(transport, self._authority().context(host), self.speak_http, self.live)
        transport.set_protocol(layer)
        return layer

    def _tunnel(self, transport: asyncio.Transport, host: str) -> None:
        sniffer = _Sniffer(self, host)
        transport.set_protocol(sniffer)
        sniffer.connection_made(transport)


class _Sniffer(asyncio.Protocol):
    """Hands a connection on as soon as its first byte is here."""

    def __init__(self, front: Front, host: str) -> None:
        self._front = front
        self._host = host
        self._transport: asyncio.Transport | None = None
        self.used_at = asyncio.get_running_loop().time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._front.live.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # the loop gives it
        self._front.live.discard(self)

    def data_received(self, data: bytes) -> None:
        transport = self._transport
        assert transport is not None  # noqa: S101
        self._front.live.discard(self)
        speaker: asyncio.Protocol
        if data[0] == _CLIENT_HELLO:
            local = transport.get_extra_info("sockname")
            speaker = self._front.speak_tls(transport, self._host or local[0])
        else:
            speaker = self._front.speak_http(transport)
        speaker.data_received(data)

    def end(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
