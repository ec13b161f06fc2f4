import pytest

from emulator.tables.params import is_whole


@pytest.mark.parametrize("text", ["1", "31", "007", "-0", "-3"])
def test_plain_digits_are_a_number(text):
    assert is_whole(text, -3, 31)
    assert not is_whole(text, 32, 99)


@pytest.mark.parametrize("text", ["", "-", "--1", "+1", "1.0", " 1", "\u0663", "\u00b2", "x", "1" * 5000])
def test_anything_else_is_none_however_long(text):
    assert not is_whole(text, -(10**6000), 10**6000)
