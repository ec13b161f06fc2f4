"""The pages of a list are a partition of it: every list of hosts, networks and disks, any page size."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.contract.catalog import catalog
from emulator.contract.paging import paging
from emulator.gateway.perform import Repertoire, declaration
from emulator.tables.declare import Lists
from emulator.world.estate import Spec, estate
from scenarios import profiles
from scenarios.direct import Direct

SERVICES = ("cbs", "cvm", "vpc")
REGION = "ap-guangzhou"


def lists() -> Iterator[Lists]:
    """Every list action of the services that pages, and needs to be told nothing."""
    known = Repertoire(catalog())
    for service in SERVICES:
        for declared in declaration(service).actions:
            bound = known.declared(service)[declared.action]
            needs_more = any(member.required for member in bound.action.request.members.values())
            if isinstance(declared, Lists) and paging(bound.action).offset is not None and not needs_more:
                yield declared


LISTS = {f"{one.of.name.partition('.')[0]}:{one.action}": one for one in lists()}


@cache
def cloud() -> Direct:
    """Enough of everything for several pages."""
    return Direct.open(estate(Spec(hosts=((REGION, 23),))))


def read_pages(action: str, limit: int) -> Iterator[tuple[int, list[Any]]]:
    """Every page of a list: the total it states, and its rows."""
    found = catalog().action(action)
    pages, known = paging(found), Repertoire(catalog()).find(found).page
    assert known is not None
    assert known.total_member is not None
    assert pages.offset is not None
    assert pages.limit is not None
    offset, seen = int(pages.first), 0
    while True:
        numbers = {pages.offset: offset, pages.limit: limit}
        params = {name: str(number) if pages.strings else number for name, number in numbers.items()}
        answer = cloud().call(action, params, region=REGION)
        rows = answer[known.list_member]
        yield int(answer[known.total_member]), rows
        seen += len(rows)
        if not rows or seen >= int(answer[known.total_member]):
            return
        offset += 1 if pages.style == "page" else limit


def test_there_are_lists_to_page() -> None:
    assert {action.partition(":")[0] for action in LISTS} == set(SERVICES)
    assert len(LISTS) >= 10


@pytest.mark.parametrize("action", LISTS)
@profiles.costly()
@given(st.data())
def test_pages_are_a_partition(action: str, data: st.DataObject) -> None:
    declared = LISTS[action]
    limit = data.draw(st.integers(max(declared.page.floor, 1), declared.page.ceiling), label="limit")
    shelf = cloud().world.read(declared.of.name, REGION if declared.of.home == "region" else "")
    seen: list[Any] = []
    for total, rows in read_pages(action, limit):
        assert total == len(shelf)
        assert len(rows) == min(limit, total - len(seen))
        seen += [row[declared.of.key] for row in rows]
    assert len(seen) == len(set(seen))
    assert set(seen) == set(shelf.items())
