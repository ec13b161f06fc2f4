"""A synchronisation of an account with everything in it, beside the floor: the same calls, made bare."""

from __future__ import annotations

import http.client
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock, local
from typing import Any

from bench.scale import world_of
from bench.servers import Server, serving, user_of
from bench.signing import Key, headers
from connector import Connector
from connector.clouds.tencent.session import Answer, SdkSession
from connector.engine.embedded import CONCURRENCY
from connector.model import Key as ConnectorKey

FEATURES = ("host", "cspm")
UNHURRIED = 1e9
"""So many calls a second are allowed that nobody waits."""


@dataclass(frozen=True, slots=True)
class Made:
    """One call as the connector made it."""

    service: str
    version: str
    action: str
    params: Mapping[str, Any]
    region: str


class Watch:
    """The calls of a synchronisation, and the CPU that they took inside the SDK."""

    def __init__(self) -> None:
        self.calls: list[Made] = []
        self.cpu_seconds = 0.0
        self._lock = Lock()

    def add(self, made: Made, cpu_seconds: float) -> None:
        """Note a call."""
        with self._lock:
            self.calls.append(made)
            self.cpu_seconds += cpu_seconds


class Watched:
    """A session through the SDK whose calls are noted."""

    def __init__(self, inner: SdkSession, watch: Watch) -> None:
        self._inner = inner
        self._watch = watch

    def call(self, service: str, version: str, action: str, params: Mapping[str, Any], region: str) -> Answer:
        began = time.thread_time()
        try:
            return self._inner.call(service, version, action, params, region)
        finally:
            self._watch.add(Made(service, version, action, params, region), time.thread_time() - began)


@dataclass(frozen=True, slots=True)
class Sync:
    """What one synchronisation took."""

    what: str
    assets: int
    calls: int
    seconds: float
    bare_seconds: float
    """The same calls in the same order, signed by hand and made by ``http.client`` on as many threads."""
    sdk_share: float
    """The share of the process's CPU that was used inside the SDK."""

    @property
    def times_bare(self) -> float:
        """How many times as long it took as the bare calls."""
        return self.seconds / self.bare_seconds

    def as_json(self) -> dict[str, Any]:
        """All of it, and the ratio."""
        return {**asdict(self), "times_bare": self.times_bare}


def measure(hosts: int) -> list[Sync]:
    """Synchronise a new account, and again when nothing has changed."""
    with world_of(hosts) as world, serving(world) as (server, _), tempfile.TemporaryDirectory() as folder:
        with connected(server, Path(folder) / "policy.db", Watch()) as connector:
            key = user_of(server, json.dumps(connector.policy(FEATURES)))
        watch = Watch()
        with connected(server, Path(folder) / "warm.db", watch) as connector:
            onboard(connector, key)
            connector.sync("bench")  # the server makes its estate when it is looked at first
        with connected(server, Path(folder) / "c.db", watch) as connector:
            onboard(connector, key)
            return [
                synchronise(what, connector, watch, lambda calls: bare(server, key, calls))
                for what in ("all of it, for the first time", "again, nothing changed")
            ]


@contextmanager
def connected(server: Server, path: Path, watch: Watch) -> Iterator[Connector]:
    """The connector with a store of its own, its calls watched."""

    def connect(key: ConnectorKey, endpoint: str | None) -> Watched:
        return Watched(SdkSession(key, endpoint), watch)

    with Connector(
        f"sqlite:///{path}",
        f"http://127.0.0.1:{server.port}",
        connect=connect,
        calls_per_second=UNHURRIED,
        environment={},
    ) as made:
        yield made


def onboard(connector: Connector, key: Key) -> None:
    """Admit the account."""
    connector.onboard(
        name="bench",
        secret_id=key.secret_id,
        secret_key=key.secret_key,
        features=FEATURES,
        regions=["ap-guangzhou"],
    )


def synchronise(
    what: str, connector: Connector, watch: Watch, make: Callable[[Sequence[Made]], float]
) -> Sync:
    """Synchronise, then make the same calls bare."""
    watch.calls, watch.cpu_seconds = [], 0.0
    began, cpu = time.perf_counter(), time.process_time()
    report = connector.sync("bench")
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    if not report.complete:
        message = f"expected a complete synchronisation, got {report.missing or report.results}"
        raise RuntimeError(message)
    return Sync(
        what=what,
        assets=sum(connector.counts("bench").values()),
        calls=len(watch.calls),
        seconds=seconds,
        bare_seconds=make(watch.calls),
        sdk_share=watch.cpu_seconds / used,
    )


def bare(server: Server, key: Key, calls: Sequence[Made]) -> float:
    """Make calls without the SDK; how long it took."""
    mine, host = local(), f"127.0.0.1:{server.port}"

    def one(call: Made) -> None:
        if not hasattr(mine, "connection"):
            mine.connection = http.client.HTTPConnection("127.0.0.1", server.port)
        body = json.dumps(call.params).encode()
        named = {"service": call.service, "version": call.version, "region": call.region}
        mine.connection.request("POST", "/", body, headers(key, call.action, body, host=host, **named))
        answer = json.loads(mine.connection.getresponse().read())
        if "Error" in answer["Response"] and call.action not in MAY_BE_ABSENT:
            message = f"expected a success, got {answer}"
            raise RuntimeError(message)

    began = time.perf_counter()
    with ThreadPoolExecutor(CONCURRENCY) as threads:
        list(threads.map(one, calls))
    return time.perf_counter() - began


MAY_BE_ABSENT = ("DescribeAuditConfig", "DescribeAssetMachineDetail")
"""Where there is none, an error says so."""
