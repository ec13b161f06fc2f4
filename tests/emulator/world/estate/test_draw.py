import re
from collections import Counter
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.world.estate import draw

KEYS = st.integers(0, 2**64 - 1)
NUMBERS = st.integers(0, 2**41 - 1)


@given(of=KEYS, number=NUMBERS, other=NUMBERS)
def test_two_numbers_never_share_a_code(of, number, other):
    assert (draw.code(of, number) == draw.code(of, other)) == (number == other)


@given(of=KEYS, number=NUMBERS, bit=st.integers(0, 40))
def test_numbers_that_differ_in_a_bit_do_not_share_a_code(of, number, bit):
    assert draw.code(of, number) != draw.code(of, number ^ 1 << bit)


@given(of=KEYS, number=NUMBERS)
def test_a_code_looks_like_the_end_of_a_resource_id(of, number):
    assert re.fullmatch(r"[0-9a-z]{8}", draw.code(of, number))


def test_codes_of_neighbours_do_not_look_alike():
    codes = [draw.code(draw.key(1, "ins"), number) for number in range(1000)]
    assert len({code[:4] for code in codes}) > 900
    assert len({code[4:] for code in codes}) > 900


@given(seed=st.integers(), number=st.integers(0, 2**41))
def test_a_uuid_is_one_of_version_4(seed, number):
    of = draw.key(seed, "uuid")
    made = draw.uuid(draw.bits(of, number), draw.bits(of, number + 1))
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made)


@given(of=st.integers(0, 999), number=st.integers(0, 4_000_000), apart=st.integers(1, 160_000))
def test_two_numbers_never_share_a_public_address(of, number, apart):
    assert draw.public_address(of, number) != draw.public_address(of, number + apart)


@given(of=st.integers(0, 999), number=st.integers(-200_000, 4_000_000))
def test_a_public_address_is_in_the_range_it_is_said_to_be_in(of, number):
    address = ip_address(draw.public_address(of, number))
    assert address in ip_network("43.128.0.0/10")
    assert address.packed[3] not in {0, 255}


def test_bits_are_even():
    of = draw.key(3, "even")
    ones = Counter(bit for number in range(2000) for bit in range(64) if draw.bits(of, number) >> bit & 1)
    assert all(850 < ones[bit] < 1150 for bit in range(64))


@pytest.mark.parametrize("rate", [0, 0.25, 1])
def test_a_share_of_chances_falls_below_its_limit(rate):
    limit = draw.share(rate)
    assert sum(chance < limit for chance in range(65536)) == rate * 65536


def test_slots_are_shared_out_by_weight():
    places = draw.slots(("a", 3), ("b", 1), ("never", 0))
    assert Counter(places) == {"a": 192, "b": 64}
