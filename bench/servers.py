"""The servers that are measured: started, found answering, stopped."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.load import once, prepare
from bench.signing import Key, control_request, hosts_request

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    port: int
    pid: int
    started: float
    """When its process was asked for, by ``time.perf_counter``."""


@dataclass(frozen=True, slots=True)
class Ours:
    """The emulator as ``tcemu serve`` runs it, and two keys of its first account."""

    server: Server
    root: Key
    user: Key
    """A sub-user with QcloudCVMReadOnlyAccess."""
    uin: str

    def ask(self, region: str, **params: Any) -> bytes:
        """A DescribeInstances that the sub-user signs."""
        return hosts_request(self.user, params, port=self.server.port, region=region)


@contextmanager
def process(command: Sequence[str], **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A process that ends with the block."""
    running = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(5)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


@contextmanager
def serving(world: str, *options: str) -> Iterator[tuple[Server, Mapping[str, Any]]]:
    """The emulator, and what it says of its first account; nothing was asked of it yet."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "emulator", "serve", "--json", "--world", world, *options]
    with process(command, PYTHONPATH=str(ROOT)) as running:
        assert running.stdout is not None
        said = json.loads(running.stdout.readline())
        port = int(said["endpoint"].rpartition(":")[2])
        yield Server(port, running.pid, started), said["accounts"][0]


@contextmanager
def ours(world: str, *options: str) -> Iterator[Ours]:
    """The emulator with a sub-user that may read CVM."""
    with serving(world, *options) as (server, account):
        yield Ours(server, Key.of(account), user_of(server, "QcloudCVMReadOnlyAccess"), account["Uin"])


def user_of(server: Server, policy: str) -> Key:
    """A new sub-user with a policy: a preset's name, or a document."""
    asked = control_request("users", {"Name": "bench", "Policies": [policy]})
    _, body = asyncio.run(once(server.port, asked))
    return Key.of(json.loads(body))


@contextmanager
def bare(body: Path) -> Iterator[Server]:
    """The bare aiohttp handler, which answers the bytes of a file."""
    port, started = free_port(), time.perf_counter()
    command = [sys.executable, str(ROOT / "bench/bare.py"), str(body), str(port)]
    with process(command) as running:
        wait_for(port, prepare({"Host": "127.0.0.1"}))
        yield Server(port, running.pid, started)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, request: bytes) -> None:
    """Ask until somebody answers, whatever it is.

    Raises:
        TimeoutError: nobody did.
    """
    give_up = time.perf_counter() + PATIENCE_SECONDS
    while time.perf_counter() < give_up:
        try:
            asyncio.run(once(port, request))
        except OSError:
            time.sleep(0.005)
        else:
            return
    message = f"nobody answers on port {port}"
    raise TimeoutError(message)
