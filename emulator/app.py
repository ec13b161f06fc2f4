"""Compose everything and serve it: one port for the cloud, its control door, TLS and proxy clients."""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from emulator.admin.control import Control
from emulator.door.front import Front
from emulator.door.http import http_server
from emulator.errors import ContractBreach
from emulator.wire.envelope import Envelope
from emulator.wire.reply import Reply

if TYPE_CHECKING:
    from emulator.admin.routes import Door
    from emulator.door.tls import Authority
    from emulator.gateway.gateway import Gateway

_log = logging.getLogger("emulator")
KEEP_ALIVE_SECONDS = 75.0
"""How long an idle connection is kept."""
_GRACE_SECONDS = 2.0
_CONTROL = "/_emulator"


class App:
    """The cloud and its control door behind one function. Threads may share it."""

    def __init__(self, gateway: Gateway, *, ca_dir: Path | None = None) -> None:
        self.gateway = gateway
        self.lock = threading.RLock()
        """Held while a request or a control verb is at work."""
        self.control = Control(gateway)
        self._ca_dir = ca_dir

    @cached_property
    def authority(self) -> Authority:
        """Who certifies the hosts that are reached through TLS; made when first needed."""
        from emulator.door.tls import Authority

        return Authority(self._ca_dir)

    def answer(self, envelope: Envelope) -> Reply:
        """Answer one request: ``/`` is the cloud, ``/_emulator/`` the control door."""
        with self.lock:
            if envelope.path == "/":
                return self._cloud(envelope)
            if envelope.path == _CONTROL or envelope.path.startswith(_CONTROL + "/"):
                return self._door.answer(envelope)
        # Assumed: API 3.0 knows the path / alone, and what the real gateway says to others is not known.
        message = f"nothing is at {envelope.path}: the cloud answers at /, the control door at /_emulator/"
        body = orjson.dumps({"errors": [{"path": "", "message": message}]})
        return Reply(body=body, request_id="", status=404)

    def _cloud(self, envelope: Envelope) -> Reply:
        try:
            return self.gateway.answer(envelope)
        except ContractBreach as breach:
            # Loud on purpose: no client takes a 500 for an answer of the cloud.
            _log.exception("an answer of the emulator breaks the published contract")
            message = f"a bug of the emulator: its answer breaks the published contract: {breach}"
            body = orjson.dumps({"errors": [{"path": "", "message": message}]})
            return Reply(body=body, request_id="", status=500)

    @cached_property
    def _door(self) -> Door:
        from emulator.admin.routes import Door

        return Door(self.control, lambda: self.authority.pem)


def compose(*, seed: int = 0, ca_dir: Path | None = None) -> App:
    """An app on a cloud without accounts; open the first through its control."""
    from emulator.contract.catalog import catalog
    from emulator.gateway.gateway import Gateway
    from emulator.world.world import Cloud

    return App(Gateway(Cloud(seed=seed), catalog(), seed=seed), ca_dir=ca_dir)


@dataclass(frozen=True, slots=True)
class Server:
    """A listening server; ``close`` lets what is under way finish."""

    host: str
    port: int
    _front: Front
    _listener: asyncio.Server

    @property
    def endpoint(self) -> str:
        """Where clients find it."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    async def close(self, *, grace_seconds: float = _GRACE_SECONDS) -> None:
        """Listen no more, let answers under way leave, then close what is left."""
        self._listener.close()
        await self._front.close(grace_seconds)


async def serve(app: App, *, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Serve on a port of this machine; 0 finds a free one.

    Raises:
        OSError: the address cannot be listened on.
    """
    http = http_server(app.answer, keep_alive_seconds=KEEP_ALIVE_SECONDS)
    front = Front(http, lambda: app.authority)
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(front.protocol, host, port, backlog=1024)
    return Server(host, listener.sockets[0].getsockname()[1], front, listener)
