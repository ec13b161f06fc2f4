"""What clients meet: requests a second against the bare handler and the peers, starts, memory, resets."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from bench.load import Rate, each_ms, load, once, prepare, resident_mb
from bench.peers import Peer, fill, peer, reset_request
from bench.report import Report, note
from bench.servers import Ours, Server, bare, ours, serving
from bench.signing import Key, control_request, hosts_request

CONNECTIONS = (1, 32)
# Hosts in the answer, the region asked, and how many hosts at most. In `demo`, Beijing has none.
CASES = ((0, "ap-beijing", 20), (20, "ap-guangzhou", 20), (100, "ap-guangzhou", 100))

Contender = tuple[str, Server, Callable[[], bytes]]
"""A name, a server, and what prepares a request that is good for the next minutes."""


def rates(found: Report, peers: Sequence[Peer], *, rounds: int, seconds: float) -> None:
    """Load every server in turn, round after round, so that whatever disturbs one disturbs all."""
    with ours("demo") as server:
        for hosts, region, limit in CASES:
            note(f"  {hosts} hosts")
            with _contenders(found, server, peers, hosts=hosts, region=region, limit=limit) as contenders:
                for connections in CONNECTIONS:
                    for _ in range(rounds):
                        for name, rate in _round(contenders, connections, seconds):
                            found.add_rate(name, hosts, connections, rate)
        found.memory["tcemu, after the load"] = resident_mb(server.server.pid)


def _round(contenders: Sequence[Contender], connections: int, seconds: float) -> Iterator[tuple[str, Rate]]:
    for name, server, request in contenders:
        yield (
            name,
            asyncio.run(load(server.port, server.pid, request(), connections=connections, seconds=seconds)),
        )


@contextmanager
def _contenders(
    found: Report, server: Ours, peers: Sequence[Peer], *, hosts: int, region: str, limit: int
) -> Iterator[list[Contender]]:
    """Ours, a bare handler that answers the same bytes, and every peer with as many hosts."""

    def ask() -> bytes:
        return server.ask(region, Limit=limit)

    _, body = asyncio.run(once(server.server.port, ask()))
    _check(body, b'"InstanceId"', hosts)
    with ExitStack() as stack:
        file = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "body"
        file.write_bytes(body)
        plain = stack.enter_context(bare(file))
        contenders: list[Contender] = [
            ("tcemu", server.server, ask),
            ("bare aiohttp", plain, lambda: prepare({"Host": "127.0.0.1"}, b'{"Limit": 100}')),
        ]
        contenders += [_peer(found, stack, one, hosts) for one in peers]
        yield contenders


def _peer(found: Report, stack: ExitStack, one: Peer, hosts: int) -> Contender:
    server, first = stack.enter_context(peer(one))
    found.add_start(f"{one.name}, first answer (a refusal)", first)
    found.memory[f"{one.name}, idle"] = resident_mb(server.pid)
    request = fill(server, hosts)
    _, body = asyncio.run(once(server.port, request))
    _check(body, b"<instanceId>", hosts)
    return one.name, server, lambda: request


def _check(body: bytes, mark: bytes, hosts: int) -> None:
    if body.count(mark) != hosts:
        message = f"expected {hosts} hosts, got {body.count(mark)}: {body[:300]!r}"
        raise RuntimeError(message)


def starts(found: Report, times: int) -> None:
    """Start the process and wait for its first answer to a signed call, again and again."""
    for _ in range(times):
        for world in ("empty", "demo"):
            with serving(world) as (server, account):
                key = Key.of(account)
                request = hosts_request(key, {"Limit": 20}, port=server.port, region="ap-guangzhou")
                found.memory[f"tcemu, {world}, idle"] = resident_mb(server.pid)
                _, body = asyncio.run(once(server.port, request))
                found.add_start(f"tcemu, {world}, first signed answer", time.perf_counter() - server.started)
                _check(body, b'"InstanceId"', 20 if world == "demo" else 0)
        found.add_start("a process that only imports aiohttp.web", _timed("import aiohttp.web"))
        found.add_start("a process that imports nothing", _timed("pass"))


def _timed(code: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - started


def resets(found: Report, times: int = 30) -> None:
    """Reset an account, and open one, through the control door."""
    with ours("demo") as server:
        port = server.server.port
        reset = control_request(f"reset?account={server.uin}")
        opened = control_request("accounts", {"World": "demo"})
        found.over_http["reset of an account"] = median(asyncio.run(each_ms(port, reset, times)))
        found.over_http["new account"] = median(asyncio.run(each_ms(port, opened, times)))


def peer_resets(found: Report, peers: Sequence[Peer], times: int = 5) -> None:
    """Fill a peer with a hundred hosts and reset it."""
    for one in peers:
        taken = []
        for _ in range(times):
            with peer(one) as (server, _):
                fill(server, 100)
                taken += asyncio.run(each_ms(server.port, reset_request(one), 1))
        found.over_http[f"{one.name}: reset with 100 hosts"] = median(taken)
