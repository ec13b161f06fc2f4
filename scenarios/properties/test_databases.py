"""Whatever happens to databases, in any order, they are what the last command and the clock made them."""

from hypothesis import settings

from scenarios.machines.databases import DatabaseLife

TestDatabaseLife = DatabaseLife.TestCase
TestDatabaseLife.settings = settings(stateful_step_count=25, max_examples=settings().max_examples // 5)
