"""The least policy for what was asked: exactly these actions on exactly these resources."""

from __future__ import annotations

from collections.abc import Iterable

from emulator.policy.overlap import is_within
from emulator.policy.qcs import EVERYTHING, as_pattern


def write_policy(asked: Iterable[tuple[str, Iterable[str]]]) -> dict[str, object] | None:
    """Write the smallest document that allows every action on every resource it was asked about.

    An action stands in one statement only, with those that need the same resources. None if nothing was
    asked: a policy has a statement, and one that allows nothing cannot be written.
    """
    needed: dict[str, set[str]] = {}
    for action, resources in asked:
        needed.setdefault(action, set()).update(map(as_pattern, resources))
    together: dict[tuple[str, ...], list[str]] = {}
    for action in sorted(needed):
        together.setdefault(_thin(needed[action]), []).append(action)
    statements = [
        {"effect": "allow", "action": actions, "resource": list(resources)}
        for resources, actions in sorted(together.items())
    ]
    return {"version": "2.0", "statement": statements} if statements else None


def _thin(resources: set[str]) -> tuple[str, ...]:
    """Leave out what another covers: `instance/ins-1` beside `instance/*`, anything beside `*`."""
    if EVERYTHING in resources:
        return (EVERYTHING,)
    kept: list[str] = []
    for text in sorted(resources, key=lambda text: (-text.count("*"), text)):
        if not any(is_within(text, wider) for wider in kept):
            kept.append(text)
    return tuple(sorted(kept))
