"""What it costs to keep everything in a state file: a read, a write, a start."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from bench.costs import Cost
from bench.load import each_ms, once
from bench.report import Report
from bench.servers import ours, serving
from bench.signing import Key, control_request, headers, hosts_request
from emulator.app import App, compose
from emulator.wire.envelope import Envelope

_REGION = "ap-guangzhou"
_ROUNDS, _TIMES = 15, 200
_BODY = b'{"Limit": 20}'
_CHANGED = 1000
"""Rows that differ from the estate in a state that a server starts from."""


def costs() -> Iterator[Cost]:
    """A read and a write without a socket, kept and not, by turns: what disturbs one disturbs both."""
    with _app(is_kept=False) as plain, _app(is_kept=True) as kept:
        apps = {"off": plain, "on": kept}
        reads = {state: _read(app) for state, app in apps.items()}
        write = Envelope("POST", "/_emulator/rows", "", {}, json.dumps(_rows(1)).encode())
        for what, requests in (
            ("answer of 20 hosts", reads),
            ("a row put", dict.fromkeys(apps, write)),
        ):
            taken: dict[str, list[float]] = {state: [] for state in apps}
            for _ in range(_ROUNDS):
                for state, app in apps.items():
                    taken[state].append(_us(partial(app.answer, requests[state])))
            for state, rounds in taken.items():
                yield Cost(f"{what}, state {state}", median(rounds))


def _read(app: App) -> Envelope:
    user = app.control.add_user("bench", ["QcloudCVMReadOnlyAccess"])
    key = Key(user.secret_id, user.secret_key)
    said = headers(key, "DescribeInstances", _BODY, host="cvm", region=_REGION)
    read = Envelope("POST", "/", "", {name.lower(): value for name, value in said.items()}, _BODY)
    assert b'"Error"' not in app.answer(read).body
    return read


def _us(step: Callable[[], object]) -> float:
    started = time.process_time()
    for _ in range(_TIMES):
        step()
    return (time.process_time() - started) / _TIMES * 1e6


@contextmanager
def _app(*, is_kept: bool) -> Iterator[App]:
    with tempfile.TemporaryDirectory() as folder:
        app = compose(state=Path(folder) / "state.db" if is_kept else None)
        with app.lock:
            app.control.begin("demo")
        yield app
        app.close()


def _rows(count: int) -> dict[str, object]:
    rows = [{"KeyId": f"skey-{number:08d}"} for number in range(count)]
    return {"table": "cvm.keypair", "region": _REGION, "rows": rows}


def over_http(found: Report, times: int = 100) -> None:
    """The same over HTTP, by turns."""
    with tempfile.TemporaryDirectory() as folder:
        state = ("--state", str(Path(folder) / "state.db"))
        with ours("demo") as plain, ours("demo", *state) as kept:
            servers = {"off": plain, "on": kept}
            for what, request in (
                ("20 hosts", lambda server: server.ask(_REGION, Limit=20)),
                ("a row put", lambda _: control_request("rows", _rows(1))),
                ("snapshot", lambda _: control_request("snapshots/bench")),
                ("restore", lambda _: control_request("snapshots/bench/restore")),
            ):
                taken: dict[str, list[float]] = {name: [] for name in servers}
                for _ in range(times):
                    for name, server in servers.items():
                        taken[name] += asyncio.run(each_ms(server.server.port, request(server), 1))
                for name, each in taken.items():
                    found.over_http[f"{what}, state {name}"] = median(each)


def starts(found: Report, times: int) -> None:
    """Start from a state of a hundred thousand hosts, of which a thousand rows changed."""
    with tempfile.TemporaryDirectory() as folder:
        state = ("--state", str(Path(folder) / "state.db"))
        with serving("large", *state) as (server, _):
            asyncio.run(once(server.port, control_request("rows", _rows(_CHANGED))))
        for _ in range(times):
            for name, options in (("large", ()), (f"large, state with {_CHANGED} rows", state)):
                with serving("large", *options) as (server, account):
                    key = Key.of(account)
                    request = hosts_request(key, {"Limit": 20}, port=server.port, region=_REGION)
                    _, body = asyncio.run(once(server.port, request))
                    assert body.count(b'"InstanceId"') == 20
                    found.add_start(
                        f"tcemu, {name}, first signed answer", time.perf_counter() - server.started
                    )
