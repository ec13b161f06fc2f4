"""The peers: emulators of AWS with their authentication on, installed into a venv of the bench's own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.load import prepare
from bench.servers import ROOT, Server, free_port, process, wait_for

VENV = ROOT / ".bench-venv"
NEEDED = ("moto[server]==5.2.5", "ministack==1.5.33", "boto3")
_BODY = b"Action=DescribeInstances&Version=2016-11-15&MaxResults=1000"


@dataclass(frozen=True, slots=True)
class Peer:
    """How a peer is started, and how it is reset. ``{port}`` stands for the port."""

    name: str
    command: tuple[str, ...]
    reset_path: str
    environment: Mapping[str, str] = field(default_factory=dict)


PEERS = (
    # The first calls, which make the user and its key (and the one that finds the server up), go unsigned.
    Peer(
        "moto",
        ("bin/moto_server", "-p", "{port}"),
        "/moto-api/reset",
        {"INITIAL_NO_AUTH_ACTION_COUNT": "4"},
    ),
    Peer("ministack", ("bin/ministack",), "/_ministack/reset", {"AUTH": "true", "GATEWAY_PORT": "{port}"}),
)


def install() -> str | None:
    """Make the venv with the peers, once; what went wrong, if something did."""
    python, mark = VENV / "bin/python", VENV / ".installed"
    if mark.exists() and mark.read_text("utf-8") == "\n".join(NEEDED):
        return None
    commands = (
        [sys.executable, "-m", "venv", str(VENV)],
        [str(python), "-m", "pip", "install", "-q", *NEEDED],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    mark.write_text("\n".join(NEEDED), "utf-8")
    return None


@contextmanager
def peer(of: Peer) -> Iterator[tuple[Server, float]]:
    """A peer that answers, and how long its first answer (a refusal, mostly) took, in seconds."""
    port = free_port()
    command = [str(VENV / of.command[0]), *(each.format(port=port) for each in of.command[1:])]
    environment = {name: value.format(port=port) for name, value in of.environment.items()}
    started = time.perf_counter()
    with process(command, **environment) as running:
        form = {"Host": f"127.0.0.1:{port}", "Content-Type": "application/x-www-form-urlencoded"}
        wait_for(port, prepare(form, _BODY))
        yield Server(port, running.pid, started), time.perf_counter() - started


def fill(server: Server, hosts: int) -> bytes:
    """Put hosts and a user with a policy into a peer; the user's signed DescribeInstances."""
    command = [
        str(VENV / "bin/python"),
        str(ROOT / "bench/peer.py"),
        f"http://127.0.0.1:{server.port}",
        str(hosts),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"the peer could not be filled: {done.stderr.strip().splitlines()[-1:]}"
        raise RuntimeError(message)
    said = json.loads(done.stdout)
    return prepare(said["headers"], said["body"].encode())


def reset_request(of: Peer) -> bytes:
    """What takes a peer back to its beginning."""
    return prepare({"Host": "127.0.0.1"}, path=of.reset_path)
