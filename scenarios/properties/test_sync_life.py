"""Whatever happens to two accounts, in whatever order, nothing is forgotten and neither notices the other."""

import pytest
from hypothesis import settings

from scenarios.machines.sync import SyncLife


class LongSyncLife(SyncLife):
    """The same, for longer."""


TestSyncLife = SyncLife.TestCase
TestSyncLife.settings = settings(max_examples=settings().max_examples // 3, stateful_step_count=20)

TestLongSyncLife = pytest.mark.soak(LongSyncLife.TestCase)
TestLongSyncLife.settings = settings(max_examples=settings().max_examples // 3, stateful_step_count=60)
