"""How many examples a property draws: few while developing, more in CI, many in a soak."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True)
settings.register_profile(
    "soak", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def load() -> None:
    """Load the profile that ``HYPOTHESIS_PROFILE`` names; ``ci`` under CI, else ``dev``."""
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


def costly() -> settings:
    """A third of the examples, for a property whose every example is a story of many synchronisations."""
    return settings(max_examples=settings().max_examples // 3)
