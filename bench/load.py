"""A load generator that costs little: one prepared request, sent again as soon as its answer is in."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path

_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Rate:
    """What one server did under one load."""

    requests_per_second: float
    cpu_us_per_request: float
    """CPU of the server process, user and system: steadier than requests a second."""


def cpu_seconds(pid: int) -> float:
    """CPU a process has used so far, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Memory a process holds, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def prepare(headers: dict[str, str], body: bytes = b"", *, method: str = "POST", path: str = "/") -> bytes:
    """An HTTP/1.1 request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


class Talk(asyncio.Protocol):
    """One client: asks, waits for the whole answer, asks again; reconnects where the server hangs up."""

    def __init__(self, port: int, request: bytes) -> None:
        self._port = port
        self._request = request
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[None] | None = None
        self._until = 0.0
        self._missing = 0
        self._is_chunked = False
        self._closes = False
        self._seen = bytearray()
        self.done = 0
        self.first: bytes = b""
        """The first answer, head and all."""

    async def run(self, until: float) -> None:
        """Ask until a time is over, at least once."""
        self._until = until
        while self.done == 0 or time.perf_counter() < until:
            if self._transport is None or self._transport.is_closing():
                await self._loop.create_connection(lambda: self, "127.0.0.1", self._port)
            assert self._transport is not None
            self._answered = self._loop.create_future()
            self._transport.write(self._request)
            await self._answered
            if self._closes:
                self._transport.close()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(exc or ConnectionResetError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        if self.done == 0:
            self.first += data
        if self._missing:  # the head is known: nothing to be done but count
            self._missing -= len(data)
            is_over = self._missing <= 0
        else:
            self._seen += data
            is_over = self._read_head()
        if is_over:
            self._finish()

    def _read_head(self) -> bool:
        end = self._seen.find(_HEAD_END)
        if end < 0:
            return False
        if not self._is_chunked:
            head = bytes(self._seen[:end]).lower()
            self._closes = b"connection: close" in head
            self._is_chunked = b"transfer-encoding: chunked" in head
        if self._is_chunked:
            return self._seen.endswith(b"0\r\n\r\n")
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        self._missing = end + len(_HEAD_END) + length - len(self._seen)
        return self._missing <= 0

    def _finish(self) -> None:
        self.done += 1
        self._seen.clear()
        self._missing, self._is_chunked = 0, False
        if not self._closes and time.perf_counter() < self._until:
            assert self._transport is not None
            self._transport.write(self._request)
        elif self._answered is not None:
            self._answered.set_result(None)


async def once(port: int, request: bytes) -> tuple[bytes, bytes]:
    """One exchange on a connection of its own: the answer's head and body."""
    talk = Talk(port, request)
    await talk.run(0.0)
    talk.close()
    head, _, body = talk.first.partition(_HEAD_END)
    return head, body


async def load(port: int, pid: int, request: bytes, *, connections: int, seconds: float) -> Rate:
    """Keep ``connections`` busy for a while."""
    talks = [Talk(port, request) for _ in range(connections)]
    before, started = cpu_seconds(pid), time.perf_counter()
    await asyncio.gather(*(talk.run(started + seconds) for talk in talks))
    took, used = time.perf_counter() - started, cpu_seconds(pid) - before
    for talk in talks:
        talk.close()
        if b" 200 " not in talk.first[:16]:
            message = f"expected 200, got {talk.first[:300]!r}"
            raise RuntimeError(message)
    count = sum(talk.done for talk in talks)
    return Rate(count / took, used / count * 1e6)


async def each_ms(port: int, request: bytes, times: int) -> list[float]:
    """How long single exchanges take one after the other, in milliseconds; the connections are new."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        head, body = await once(port, request)
        found.append((time.perf_counter() - started) * 1e3)
        if not head.startswith(b"HTTP/1.1 20") or b'"Error"' in body[:200]:
            message = f"expected a success, got {head[:80]!r} {body[:300]!r}"
            raise RuntimeError(message)
    return found
