"""What it costs to keep everything in a state file: a read, a write, a start."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from bench.costs import Cost, measure
from bench.load import each_ms, once
from bench.report import Report
from bench.servers import ours, serving
from bench.signing import Key, control_request, headers, hosts_request
from emulator.app import App, compose
from emulator.wire.envelope import Envelope

_REGION = "ap-guangzhou"
_BODY = b'{"Limit": 20}'
_CHANGED = 1000
"""Rows that differ from the estate in a state that a server starts from."""


def costs() -> Iterator[Cost]:
    """A read and a write without a socket, kept and not."""
    for kept in (False, True):
        with _app(is_kept=kept) as app:
            user = app.control.add_user("bench", ["QcloudCVMReadOnlyAccess"])
            key, state = Key(user.secret_id, user.secret_key), "on" if kept else "off"
            said = headers(key, "DescribeInstances", _BODY, host="cvm", region=_REGION)
            read = Envelope("POST", "/", "", {name.lower(): value for name, value in said.items()}, _BODY)
            write = Envelope("POST", "/_emulator/rows", "", {}, json.dumps(_rows(1)).encode())
            assert b'"Error"' not in app.answer(read).body
            yield measure(f"answer of 20 hosts, state {state}", partial(app.answer, read), times=1000)
            assert app.answer(write).status == 201
            yield measure(f"a row put, state {state}", partial(app.answer, write), times=500)


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
    """The same over HTTP, and starting from a state of a hundred thousand hosts of which some changed."""
    with tempfile.TemporaryDirectory() as folder:
        for state in ((), ("--state", str(Path(folder) / "state.db"))):
            with ours("demo", *state) as server:
                port, is_kept = server.server.port, "on" if state else "off"
                for what, request in (
                    ("20 hosts", server.ask(_REGION, Limit=20)),
                    ("a row put", control_request("rows", _rows(1))),
                    ("snapshot", control_request("snapshots/bench")),
                    ("restore", control_request("snapshots/bench/restore")),
                ):
                    taken = asyncio.run(each_ms(port, request, times))
                    found.over_http[f"{what}, state {is_kept}"] = median(taken)


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
