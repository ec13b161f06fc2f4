"""Compose everything and serve it: one port for the cloud, its control door, TLS and proxy clients."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from emulator.admin.control import Control
from emulator.door.front import Front
from emulator.door.http import Later, http_server
from emulator.errors import ContractBreach, NotKept
from emulator.wire.envelope import Envelope
from emulator.wire.reply import Reply

if TYPE_CHECKING:
    from emulator.admin.routes import Door
    from emulator.door.tls import Authority
    from emulator.gateway.gateway import Gateway
    from emulator.world.state.file import StateFile

_log = logging.getLogger("emulator")
KEEP_ALIVE_SECONDS = 75.0
"""How long an idle connection is kept."""
_GRACE_SECONDS = 2.0
_CONTROL = "/_emulator"


class Turn:
    """Held while a request or a control verb is at work; what it changed is kept when it is let go."""

    def __init__(self, keep: Callable[[], None]) -> None:
        self._keep = keep
        self._lock = threading.RLock()
        self._depth = 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self._depth += 1

    def __exit__(self, *_error: object) -> None:
        try:
            if self._depth == 1:
                self._keep()
        finally:
            self._depth -= 1
            self._lock.release()


class App:
    """The cloud and its control door behind one function. Threads may share it."""

    def __init__(self, gateway: Gateway, *, ca_dir: Path | None = None) -> None:
        self.gateway = gateway
        self.lock: AbstractContextManager[object] = threading.RLock()
        """Held while a request or a control verb is at work."""
        self.control = Control(gateway)
        self.is_closed = False
        """Whether the state file was let go of."""
        self._ca_dir = ca_dir

    def keep_in(self, file: StateFile) -> None:
        """Take up what a state file holds, and have all that happens from now on in it.

        Raises:
            BadInput: it cannot be taken up.
        """
        from emulator.admin.keeping import Keeping

        keeping = Keeping(file, self.control)
        keeping.resume()
        self.control.keeping = keeping
        self.lock = Turn(keeping.keep)

    def close(self) -> None:
        """Let go of the state file, if there is one; nothing is answered any more then."""
        if self.control.keeping is not None and not self.is_closed:
            self.is_closed = True
            self.control.keeping.close()

    @cached_property
    def authority(self) -> Authority:
        """Who certifies the hosts that are reached through TLS; made when first needed."""
        from emulator.door.tls import Authority

        return Authority(self._ca_dir)

    def answer(self, envelope: Envelope) -> Reply:
        """Answer one request: ``/`` is the cloud, ``/_emulator/`` the control door."""
        reply = self.begin(envelope)
        return reply if isinstance(reply, Reply) else reply()

    def begin(self, envelope: Envelope) -> Reply | Later:
        """The same; but what takes long may be left to be done while others are answered."""
        try:
            with self.lock:
                return self._answer(envelope)
        except NotKept as reason:
            # Loud, and in place of the answer: whoever gets one may rely on its being kept.
            _log.exception("the state file failed")
            return _errors(500, str(reason))

    def _answer(self, envelope: Envelope) -> Reply | Later:
        if envelope.path == "/":
            return self._cloud(envelope)
        if envelope.path == _CONTROL or envelope.path.startswith(_CONTROL + "/"):
            return self._door.begin(envelope)
        # Assumed: API 3.0 knows the path / alone, and what the real gateway says to others is not known.
        message = f"nothing is at {envelope.path}: the cloud answers at /, the control door at /_emulator/"
        return _errors(404, message)

    def _cloud(self, envelope: Envelope) -> Reply:
        try:
            return self.gateway.answer(envelope)
        except ContractBreach as breach:
            # Loud on purpose: no client takes a 500 for an answer of the cloud.
            _log.exception("an answer of the emulator breaks the published contract")
            message = f"a bug of the emulator: its answer breaks the published contract: {breach}"
            return _errors(500, message)

    @cached_property
    def _door(self) -> Door:
        from emulator.admin.routes import Door

        return Door(self.control, lambda: self.authority.pem)


def _errors(status: int, message: str) -> Reply:
    body = orjson.dumps({"errors": [{"path": "", "message": message}]})
    return Reply(body=body, request_id="", status=status)


def compose(
    *,
    seed: int | None = None,
    ca_dir: Path | None = None,
    state: Path | None = None,
    now: Callable[[], float] = time.time,
) -> App:
    """An app on a cloud without accounts, or with those that a state file holds; see ``Control.begin``.

    Raises:
        BadInput: the state file cannot be used.
    """
    from emulator.contract.catalog import catalog
    from emulator.gateway.gateway import Gateway
    from emulator.world.world import Cloud

    if state is None:
        return App(Gateway(Cloud(seed=seed or 0, now=now), catalog(), seed=seed or 0), ca_dir=ca_dir)

    from emulator.admin.keeping import agreed_seed, generation
    from emulator.world.state.file import StateFile
    from emulator.world.state.keeper import Keeper

    file = StateFile.open(state)
    try:
        number, turn = agreed_seed(file, seed), generation(file)
        cloud = Cloud(seed=number, now=now, keeper=lambda uin: Keeper(file, uin))
        # RequestIds that were given are not given again.
        app = App(Gateway(cloud, catalog(), seed=f"{number}/{turn}" if turn else number), ca_dir=ca_dir)
        app.keep_in(file)
    except BaseException:
        file.close()
        raise
    return app


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
    http = http_server(app.begin, keep_alive_seconds=KEEP_ALIVE_SECONDS)
    front = Front(http, lambda: app.authority)
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(front.protocol, host, port, backlog=1024)
    return Server(host, listener.sockets[0].getsockname()[1], front, listener)
