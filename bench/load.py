"""A load generator that costs little: raw sockets, one prepared request, keep-alive."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Rate:
    """What one server did under one load."""

    requests_per_second: float
    cpu_us_per_request: float
    """CPU of the server process, user and system: steadier than requests a second."""
    body_bytes: int


def cpu_seconds(pid: int) -> float:
    """CPU a process has used so far, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Memory a process holds, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def prepare(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    """An HTTP/1.1 request as bytes."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    """Send a prepared request and read its answer's body."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    status, _, rest = head.partition(b"\r\n")
    if b" 200 " not in status:
        message = f"expected 200, got {status!r}"
        raise RuntimeError(message)
    lowered = rest.lower()
    if b"content-length:" in lowered:
        return await reader.readexactly(int(lowered.split(b"content-length:")[1].split(b"\r\n")[0]))
    body = b""
    while size := int(await reader.readline(), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    return body


async def _connection(port: int, request: bytes, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    done = 0
    while time.perf_counter() < until:
        await exchange(reader, writer, request)
        done += 1
    writer.close()
    return done


async def once(port: int, request: bytes) -> bytes:
    """One exchange on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = await exchange(reader, writer, request)
    writer.close()
    return body


async def load(port: int, pid: int, request: bytes, *, connections: int, seconds: float) -> Rate:
    """Keep ``connections`` busy for a while."""
    body = await once(port, request)
    before, started = cpu_seconds(pid), time.perf_counter()
    counts = await asyncio.gather(
        *(_connection(port, request, started + seconds) for _ in range(connections))
    )
    took, used = time.perf_counter() - started, cpu_seconds(pid) - before
    return Rate(sum(counts) / took, used / sum(counts) * 1e6, len(body))
