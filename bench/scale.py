"""Whether a page costs what the page holds, however large the world."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.load import each_ms, once, resident_mb
from bench.servers import Ours, ours

_REGION = "ap-guangzhou"
_WARM = 15


@dataclass(frozen=True, slots=True)
class Look:
    """One way of looking at hosts: the first time, when what is needed is made, and afterwards."""

    what: str
    first_ms: float
    then_ms: float
    rss_mb: float
    """Memory of the server after it."""


def looks(world: str) -> Iterator[Look]:
    """Look at the hosts of a world in each way, in this order, on one server."""
    with ours(world) as server:
        page = _answer(server, Limit=20)
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


def _filter(name: str, *values: str) -> dict[str, object]:
    return {"Name": name, "Values": list(values)}


def _look(server: Ours, what: str, **params: Any) -> Look:
    request, port = server.ask(_REGION, **params), server.server.port
    (first,) = asyncio.run(each_ms(port, request, 1))
    then = asyncio.run(each_ms(port, request, _WARM))
    return Look(what, first, median(then), resident_mb(server.server.pid))


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
