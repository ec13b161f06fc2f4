"""Whatever happens to access keys, in whatever order, they are what the last change in force made them."""

import pytest
from hypothesis import settings

from scenarios.machines.keys import KeyLife


class LongKeyLife(KeyLife):
    """The same, for longer."""


TestKeyLife = KeyLife.TestCase
TestKeyLife.settings = settings(stateful_step_count=20)

TestLongKeyLife = pytest.mark.soak(LongKeyLife.TestCase)
TestLongKeyLife.settings = settings(max_examples=settings().max_examples // 2, stateful_step_count=60)
