"""What an estate finds without making rows is what a walk through all rows finds."""

from collections import defaultdict, deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.world.estate import Spec, build, draw, drawn
from emulator.world.estate.drawn import Drawn
from emulator.world.shelves import as_text, member_values

SPEC = Spec(hosts=(("ap-tokyo", 3), ("ap-guangzhou", 240), ("ap-bangkok", 61)), public_rate=0.5)
TABLES = ["cvm.instance", "cbs.disk", "cbs.snapshot", "vpc.address", "clb.loadbalancer", "redis.settings"]
TAGGED = ["clb.loadbalancer", "cdb.instance", "dcdb.instance", "es.instance", "mariadb.instance"]
TAGGED += ["postgres.instance", "redis.instance"]
SEEDS = st.integers(0, 2**32)


def stock(table, region="ap-guangzhou", seed=0):
    found = build(SPEC, seed).shelf(table, region)._stock
    assert isinstance(found, Drawn)
    return found


def walked(rows, path):
    found = defaultdict(list)
    for place in range(len(rows)):
        for text in dict.fromkeys(map(as_text, member_values(rows.value(place).value, path))):
            found[text].append(place)
    return found


@pytest.mark.parametrize("table", TABLES)
def test_a_key_leads_back_to_its_place(table):
    rows = stock(table)
    assert len(rows) > 10
    assert [rows.place(rows.key(place)) for place in range(len(rows))] == list(range(len(rows)))


@pytest.mark.parametrize("table", TABLES)
@given(text=st.text(max_size=20), seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_what_is_no_key_leads_nowhere(table, text, seed):
    rows, other = stock(table), stock(table, seed=seed + 1)
    prefix = rows.key(0).rpartition("-")[0]
    for key in (text, f"{prefix}-{text}", rows.key(0).upper(), rows.key(0) + "0", other.key(5), 7, None):
        place = rows.place(key)
        assert place is None or rows.key(place) == key


@pytest.mark.parametrize("region", ["ap-guangzhou", "ap-tokyo", "ap-bangkok"])
@pytest.mark.parametrize("table", [*TABLES[:4], *TAGGED])
def test_members_drawn_by_themselves_are_those_of_the_rows(table, region):
    rows = stock(table, region)
    assert rows._draws
    for path in rows._draws:
        for place in range(len(rows)):
            assert rows.members(place, path) == member_values(rows.value(place).value, path), path


@pytest.mark.parametrize("table", TABLES[:2])
def test_members_told_whole_are_those_of_the_rows(table):
    rows = stock(table)
    assert rows._parts
    for place in range(len(rows)):
        value = rows.value(place).value
        assert rows.parts(place, rows._parts) == {name: value[name] for name in rows._parts}
        assert rows.parts(place, ["CreateTime", *rows._parts]) == value


@pytest.mark.parametrize("region", ["ap-guangzhou", "ap-tokyo"])
@pytest.mark.parametrize("table", TABLES[:4])
def test_what_is_found_by_its_draw_is_what_a_walk_finds(table, region):
    rows = stock(table, region)
    assert rows._finds
    for path in rows._finds:
        everything = walked(rows, path)
        for text, places in everything.items():
            assert list(rows.find(path, text, is_text=True)) == places, (path, text)


@pytest.mark.parametrize("table", TABLES[:4])
@given(text=st.text("0123456789.abcdef-", max_size=36) | st.ip_addresses(v=4).map(str) | st.uuids().map(str))
@settings(max_examples=60, deadline=None)
def test_what_nothing_has_is_not_found(table, text):
    rows = stock(table)
    for path in rows._finds:
        found = rows.find(path, text, is_text=True)
        assert all(text in map(as_text, member_values(rows.value(place).value, path)) for place in found)


def test_an_address_of_another_region_is_not_found_here():
    here, there = stock("cvm.instance"), stock("cvm.instance", "ap-bangkok")
    public = [row.value["PublicIpAddresses"] for row in map(there.value, range(len(there)))]
    addresses = [address for found in public if found for address in found]
    assert addresses
    assert not any(here.find("PublicIpAddresses", address, is_text=True) for address in addresses)


@given(of=SEEDS, number=st.integers(0, 2**41 - 1))
def test_a_code_leads_back_to_its_number(of, number):
    assert draw.number_of_code(of, draw.code(of, number)) == number


@given(of=st.integers(0, 2**64 - 1), number=st.integers(0, 2**64 - 1))
def test_bits_lead_back_to_their_number(of, number):
    assert draw.number_of_bits(of, draw.bits(of, number)) == number


@given(of=st.integers(0, 999), number=st.integers(0, 4_000_000))
def test_a_public_address_leads_back_to_its_number(of, number):
    assert draw.number_of_address(of, draw.public_address(of, number)) == number


def test_few_rows_are_kept_and_those_looked_at_last_are_the_same_rows(monkeypatch):
    monkeypatch.setattr(drawn, "KEPT", 5)
    monkeypatch.setattr(drawn, "_kept", deque())
    rows = stock("cvm.instance")
    seen = [rows.value(place) for place in range(50)]
    assert len(rows._rows) <= 5
    assert rows.value(49) is seen[49]
    assert rows.value(0) is not seen[0]
    assert rows.value(0) == seen[0]
