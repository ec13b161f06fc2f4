"""One JSON document for programs, of whatever a command ends with; a secret stays hidden."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from connector.errors import BadInput, ConnectorError, Refused
from connector.model import HIDDEN, Account, Secret, mask

if TYPE_CHECKING:
    from connector.clouds.tencent.cost import Cost
    from connector.pipeline.check_key import KeyReport
    from connector.pipeline.events import SyncReport
    from connector.pipeline.respond import Ending
    from connector.store.assets import Asset


def plain(value: Any) -> Any:
    """A value as JSON can say it; a secret stays hidden."""
    match value:
        case Secret():
            return HIDDEN
        case Account():
            return members(value) | {"secret_id": mask(value.secret_id)}
        case Enum():
            return value.value
        case Mapping():
            return {str(name): plain(member) for name, member in value.items()}
        case list() | tuple():
            return [plain(member) for member in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return members(value)
        case _:
            return value


def members(value: Any) -> dict[str, Any]:
    """A dataclass's fields, each as JSON can say it."""
    return {member.name: plain(getattr(value, member.name)) for member in fields(value)}


def print_json(value: Any) -> None:
    """Print one JSON document, and nothing else."""
    print(json.dumps(plain(value), indent=2, ensure_ascii=False))


def describe_error(error: ConnectorError) -> dict[str, Any]:
    """An error's parts."""
    match error:
        case Refused():
            return {"kind": "refused", "step": error.step, "troubles": error.troubles}
        case BadInput():
            return {"kind": "bad input", "violations": error.violations}
        case _:
            return {"kind": type(error).__name__, "message": str(error)}


def describe_sync(report: SyncReport) -> dict[str, Any]:
    """A synchronisation's parts, and what follows from them."""
    told = {"complete": report.complete, "missing": report.missing, "policy": None}
    if report.missing:
        from connector.clouds.tencent.grants import policy_for

        told["policy"] = policy_for(report.missing)
    return members(report) | told


def describe_key_report(report: KeyReport) -> dict[str, Any]:
    """What a key was found to be, and what it lacks."""
    return members(report) | {"missing": report.missing}


def describe_counts(counts: Mapping[str, Mapping[tuple[str, str], int]]) -> list[dict[str, Any]]:
    """How many assets of each type there are in each region of each account."""
    return [
        {"account": account, "type": kind, "region": region, "number": number}
        for account, found in counts.items()
        for (kind, region), number in found.items()
    ]


def describe_ending(ending: Ending) -> dict[str, Any]:
    """What became of one address at one place."""
    return members(ending) | {"ok": ending.ok}


def describe_cost(account: str, cost: Cost) -> dict[str, Any]:
    """What a synchronisation takes."""
    return {"account": account, **members(cost), "total": cost.total}


def first_of_each_region(found: Sequence[Asset], limit: int | None) -> list[Asset]:
    """The first assets of each account's regions, which stand together."""
    regions = groupby(found, key=lambda one: (one.account, one.region))
    return [one for _, assets in regions for one in islice(assets, limit)]
