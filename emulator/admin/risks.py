"""What is risky in an account, kind by kind: the truth that a scanner's findings are compared with."""

from __future__ import annotations

from typing import Any

from emulator.errors import BadInput, Violation
from emulator.world.estate.risks import KINDS, findings, unknown
from emulator.world.regions import find
from emulator.world.world import World


def show(world: World, kind: str | None, region: str | None) -> dict[str, Any]:
    """Every kind of risk, or one: what it is, how often it was to be made, and where it is."""
    names = list(KINDS) if kind is None else [kind]
    found: dict[str, list[dict[str, str]]] = {name: [] for name in names}
    for one in findings(world, names, None if region is None else [region]):
        found[one.kind].append({"table": one.table, "region": one.region, "id": one.id})
    spec = world.estate.spec
    return {
        "risks": [
            {
                "kind": name,
                "what": KINDS[name].what,
                "rate": None if spec is None else spec.rate(name),
                "count": len(found[name]),
                "resources": found[name],
            }
            for name in names
        ]
    }


def check(kind: str | None, region: str | None) -> None:
    """See that there are such a kind and such a region.

    Raises:
        BadInput: there are not.
    """
    wrong = []
    if kind is not None and kind not in KINDS:
        wrong.append(Violation("kind", unknown(kind)))
    if region is not None and find(region) is None:
        wrong.append(Violation("region", "expected the id of a region, such as ap-guangzhou"))
    if wrong:
        raise BadInput(wrong)
