"""Whatever happens to hosts and disks, and in whatever order, they are what a dumb model says they are."""

import pytest
from hypothesis import settings

from scenarios.machines.compute import ComputeLife


class LongComputeLife(ComputeLife):
    """The same, for longer."""


TestComputeLife = ComputeLife.TestCase
TestComputeLife.settings = settings(max_examples=settings().max_examples // 2, stateful_step_count=25)

TestLongComputeLife = pytest.mark.soak(LongComputeLife.TestCase)
TestLongComputeLife.settings = settings(max_examples=settings().max_examples // 4, stateful_step_count=80)
