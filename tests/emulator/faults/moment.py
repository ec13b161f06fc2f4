"""A plain call, to be varied."""

from __future__ import annotations

from typing import Any

from emulator.faults.match import Moment
from emulator.faults.plan import Plan

NOW = 1_700_000_000.0


def moment(**changes: Any) -> Moment:
    """A DescribeInstances of the sub-user bob, with some fields changed."""
    plain: dict[str, Any] = {
        "account": "100000000009",
        "caller_kind": "user",
        "caller_uin": "100000000002",
        "caller_name": "bob",
        "secret_id": "AKIDbob",
        "service": "cvm",
        "action": "DescribeInstances",
        "version": "2017-03-12",
        "region": "ap-guangzhou",
        "params": {},
        "headers": {},
        "now": NOW,
    }
    return Moment(**{**plain, **changes})


def plan() -> Plan:
    """A plan in a cloud whose contract has everything."""
    return Plan(can_match=lambda glob: True)
