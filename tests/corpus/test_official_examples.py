"""Every official example request of a modelled action is answered, and never by a bug of ours."""

import pytest

from emulator.services import ALL
from scenarios.evidence import try_examples

BUGS = ("InternalError", "NotEmulated")


@pytest.mark.parametrize("service", ALL)
def test_each_example_is_answered_conform_or_with_an_error_of_its_product(service):
    tried = list(try_examples(service))
    wrong = [
        f"{one.action.key} #{one.example.number}: {one.code}"
        for one in tried
        if one.code.startswith(BUGS) or one.outcome == "other error"
    ]
    assert not wrong
    assert tried, "no example was read: the test would prove nothing"
