"""Blocks on every kind of store."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from connector.store import blocks
from connector.store.blocks import Request


@pytest.fixture
def account_id(book):
    return book.account.id


def request(address="45.83.64.7", until_ms=100, **where):
    return Request(
        **{"wall": "waf", "place": "shop.example.com"} | where,
        address=address,
        because="scans us",
        until_ms=until_ms,
    )


def test_a_block_that_is_open_is_asked_for_anew_and_one_that_ended_is_another(database, account_id):
    first = blocks.ask(database, account_id, request(), 1)
    assert (first.state, first.rule, first.settled_ms) == ("ASKED", "", None)
    blocks.found(database, first.id, 2, rule="r1", until_ms=100)
    again = blocks.ask(database, account_id, request(until_ms=200), 3)
    assert (again.id, again.state, again.rule, again.until_ms) == (first.id, "ASKED", "r1", 200)
    blocks.end(database, first.id, "LIFTED", 4)
    other = blocks.ask(database, account_id, request(), 5)
    assert other.id != first.id
    assert [one.id for one in blocks.list_blocks(database, states=blocks.OPEN)] == [other.id]
    assert [one.id for one in blocks.list_blocks(database)] == [first.id, other.id]


def test_places_and_walls_have_blocks_of_their_own(database, account_id):
    asked = [
        blocks.ask(database, account_id, one, 1)
        for one in (request(), request(place="global"), request(wall="cfw", place="border", until_ms=None))
    ]
    assert len({one.id for one in asked}) == 3
    assert len({one.mark for one in asked}) == 3
    name = asked[0].account
    assert {one.id for one in blocks.list_blocks(database, account=name)} == {one.id for one in asked}
    assert blocks.list_blocks(database, account="another") == []


def test_two_that_ask_at_once_share_one_block(database, account_id):
    with ThreadPoolExecutor(4) as threads:
        asked = [*threads.map(lambda _: blocks.ask(database, account_id, request(), 1), range(8))]
    assert len({one.id for one in asked}) == 1
