"""TLS for any host by an authority of our own, as a layer that can stand on any transport."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import trustme

from emulator.door.front import Waiting
from emulator.errors import BadInput

_RECORD_BYTES = 64 * 1024


class Authority:
    """Certifies every host it is asked for. Its key lives as long as the process, or in a folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self._ca = trustme.CA(organization_name="tencentcloud-emulator") if folder is None else _kept(folder)
        self._contexts: dict[str, ssl.SSLContext] = {}

    @property
    def pem(self) -> bytes:
        """The certificate that clients have to trust."""
        return bytes(self._ca.cert_pem.bytes())

    def context(self, host: str) -> ssl.SSLContext:
        """What a handshake needs; a client that names another host gets that host's certificate."""
        found = self._contexts.get(host)
        if found is None:
            if len(self._contexts) > 1000:
                self._contexts.clear()
            found = self._contexts[host] = self._make(host)
        return found

    def _make(self, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        names = dict.fromkeys([host, "localhost", "127.0.0.1", "::1"])
        self._ca.issue_cert(*names).configure_cert(context)
        context.sni_callback = self._choose
        return context

    def _choose(self, connection: Any, name: str | None, _context: ssl.SSLContext) -> None:
        if name:
            connection.context = self.context(name)


def _kept(folder: Path) -> trustme.CA:
    """The authority whose certificate and key are in a folder; made there if they are not.

    The key is readable by its owner alone.
    """
    certificate, key = folder / "ca.pem", folder / "ca-key.pem"
    try:
        if certificate.exists() or key.exists():
            return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
        folder.mkdir(parents=True, exist_ok=True)
        made = trustme.CA(organization_name="tencentcloud-emulator")
        with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(made.private_key_pem.bytes())
        certificate.write_bytes(made.cert_pem.bytes())
    except (OSError, ValueError) as reason:
        raise BadInput.at(str(folder), f"holds no usable ca.pem and ca-key.pem: {reason}") from reason
    return made


class Tls(asyncio.Transport, asyncio.Protocol):
    """A protocol to the transport beneath it and a transport to the protocol inside it."""

    def __init__(
        self,
        beneath: asyncio.Transport,
        context: ssl.SSLContext,
        begin: Callable[[asyncio.Transport], asyncio.Protocol],
        waiting: set[Waiting],
    ) -> None:
        super().__init__()
        self._beneath = beneath
        self._begin = begin
        self._arriving, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._ssl = context.wrap_bio(self._arriving, self._leaving, server_side=True)
        self._inside: asyncio.Protocol | None = None
        self._is_closing = False
        self._waiting = waiting
        waiting.add(self)

    # --- to the transport beneath ------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take in records; what they hold goes to the protocol inside."""
        self._arriving.write(data)
        try:
            if self._inside is None:
                self._ssl.do_handshake()
                self._waiting.discard(self)
                self._inside = self._begin(self)
            self._read()
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError:
            # The alert that says why is in what leaves; the client knows best what it did not like.
            self._flush()
            self._beneath.close()

    def eof_received(self) -> bool:
        """The client sends no more."""
        return bool(self._inside is not None and self._inside.eof_received())

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection beneath is gone."""
        self._is_closing = True
        self._waiting.discard(self)
        if self._inside is not None:
            self._inside.connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not read."""
        if self._inside is not None:
            self._inside.pause_writing()

    def resume_writing(self) -> None:
        """The client reads again."""
        if self._inside is not None:
            self._inside.resume_writing()

    def _read(self) -> None:
        while not self._is_closing:
            data = self._ssl.read(_RECORD_BYTES)
            if not data:
                self.close()
            elif self._inside is not None:
                self._inside.data_received(data)
        self._flush()

    def _flush(self) -> None:
        data = self._leaving.read()
        if data:
            self._beneath.write(data)

    # --- to the protocol inside --------------------------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send, encrypted."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._ssl.write(rest) :]
        self._flush()

    def close(self) -> None:
        """Say goodbye and close."""
        if not self._is_closing:
            self._is_closing = True
            with suppress(ssl.SSLError):  # it wants to read the client's goodbye, for which nobody waits
                self._ssl.unwrap()
            self._flush()
            self._beneath.close()

    def abort(self) -> None:
        """Close at once."""
        self._is_closing = True
        self._beneath.abort()

    def is_closing(self) -> bool:
        """Whether nothing more can be sent."""
        return self._is_closing or self._beneath.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What is known of the connection beneath."""
        return self._beneath.get_extra_info(name, default)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Change the protocol inside."""
        self._inside = cast("asyncio.Protocol", protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """The protocol inside."""
        return self._inside or self

    def pause_reading(self) -> None:
        """Let the client wait."""
        self._beneath.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._beneath.resume_reading()
