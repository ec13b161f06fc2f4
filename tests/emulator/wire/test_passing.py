"""Values of a request are compared by what they hold and have no room for more."""

from dataclasses import replace

import pytest

from emulator.wire.envelope import Envelope
from emulator.wire.reply import Reply


def test_values_that_hold_the_same_are_the_same():
    reply = Reply(body=b"{}", request_id="1")
    assert reply == Reply(body=b"{}", request_id="1")
    assert hash(reply) == hash(Reply(body=b"{}", request_id="1"))
    assert replace(reply, status=500) != reply


def test_nothing_can_be_added_to_a_value():
    with pytest.raises(AttributeError):
        Envelope("GET", "/", "", {}, b"").note = "x"
