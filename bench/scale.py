"""Whether a page costs what the page holds, however large the world."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.load import each_ms, once, resident_mb
from bench.servers import Ours, ours
from bench.signing import control_request, request

_REGION = "ap-guangzhou"
_WARM = 15
_WALKED = 40_000


@dataclass(frozen=True, slots=True)
class Look:
    """One way of looking at hosts: the first time, when what is needed is made, and afterwards."""

    what: str
    first_ms: float
    then_ms: float
    rss_mb: float
    """Memory of the server after it."""


def looks(world: str) -> Iterator[Look]:
    """Look at the hosts of a world in each way, in this order, on one server; then change it."""
    with ours(world) as server:
        started = time.perf_counter()
        page = _answer(server, Limit=20)
        first_ms = (time.perf_counter() - started) * 1e3
        yield Look("first answer", first_ms, first_ms, resident_mb(server.server.pid))
        yield _look(server, "first page of 20", Limit=20)
        yield _look(server, "last page of 20", Limit=20, Offset=page["TotalCount"] - 20)
        known = _answer(server, Limit=20, Offset=page["TotalCount"] // 2)["InstanceSet"][7]
        yield _look(server, "by id", InstanceIds=[known["InstanceId"]])
        yield _look(server, "filter instance-id", Filters=[_filter("instance-id", known["InstanceId"])])
        yield _look(server, "filter zone", Filters=[_filter("zone", known["Placement"]["Zone"])])
        yield _look(
            server,
            "filter private-ip-address",
            Filters=[_filter("private-ip-address", *known["PrivateIpAddresses"])],
        )
        yield _look(server, "filter instance-name", Filters=[_filter("instance-name", known["InstanceName"])])
        yield _others(server, "disks by time", "cbs", "2017-03-12", "DescribeDisks", OrderField="CREATE_TIME")
        tags = [{"TagKey": "env", "TagValue": ["prod"]}]
        yield _others(server, "by a tag", "tag", "2018-08-13", "DescribeResourcesByTags", TagFilters=tags)
        yield _walk(server, page["TotalCount"])
        yield from _changes(server, known)


def _walk(server: Ours, hosts: int) -> Look:
    """Page by page through the region, or as far as its rows go that are kept in memory and again as far."""
    taken = [
        _look(server, "", times=0, Limit=100, Offset=offset).first_ms
        for offset in range(0, min(hosts, _WALKED), 100)
    ]
    what = f"pages of 100, {len(taken)} of them"
    return Look(what, taken[0], median(taken), resident_mb(server.server.pid))


def _changes(server: Ours, known: Mapping[str, Any]) -> Iterator[Look]:
    """Change one host, look, and go back and forth in time."""
    row = {"InstanceId": known["InstanceId"], "InstanceName": "changed"}
    changed = control_request("rows", {"table": "cvm.instance", "region": _REGION, "rows": [row]})
    snapshot, restore = control_request("snapshots/bench"), control_request("snapshots/bench/restore")
    yield _sent(server, "snapshot", snapshot)
    yield _sent(server, "change of a host", changed)
    zone = [_filter("zone", known["Placement"]["Zone"])]
    yield _look(server, "filter zone after a change", Filters=zone)
    yield _sent(server, "snapshot after a change", snapshot)
    yield _sent(server, "change after a snapshot", changed)
    yield _sent(server, "restore", restore)
    yield _sent(server, "reset", control_request("reset"))


def _sent(server: Ours, what: str, request: bytes) -> Look:
    first, *then = asyncio.run(each_ms(server.server.port, request, _WARM))
    return Look(what, first, median(then), resident_mb(server.server.pid))


def _filter(name: str, *values: str) -> dict[str, object]:
    return {"Name": name, "Values": list(values)}


def _look(server: Ours, what: str, *, times: int = _WARM, **params: Any) -> Look:
    request, port = server.ask(_REGION, **params), server.server.port
    (first,) = asyncio.run(each_ms(port, request, 1))
    then = asyncio.run(each_ms(port, request, times))
    return Look(what, first, median(then or [first]), resident_mb(server.server.pid))


def _others(server: Ours, what: str, service: str, version: str, action: str, **params: Any) -> Look:
    """A page of twenty of something else, as the account's root sees it."""
    port, page = server.server.port, {**params, "Limit": 20}
    asked = request(server.root, action, page, port=port, region=_REGION, service=service, version=version)
    return _sent(server, what, asked)


def _answer(server: Ours, **params: Any) -> dict[str, Any]:
    _, body = asyncio.run(once(server.server.port, server.ask(_REGION, **params)))
    found: dict[str, Any] = json.loads(body)["Response"]
    return found


@contextmanager
def world_of(hosts: int) -> Iterator[str]:
    """A world file with so many hosts, all in one region."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "world.toml"
        path.write_text(f'[estate.hosts]\n"{_REGION}" = {hosts}\n', "utf-8")
        yield str(path)
