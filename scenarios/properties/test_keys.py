"""Whatever happens to access keys, and in whatever order, they are what the last call made them."""

from hypothesis import settings

from scenarios.machines.keys import KeyLife

TestKeyLife = KeyLife.TestCase
TestKeyLife.settings = settings(stateful_step_count=20)
