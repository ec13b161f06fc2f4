"""Preset policies: those that every account has and none can change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from emulator.world.shelves import Row

CUSTOM = 1
PRESET = 2
"""``Type`` of a policy, as CAM numbers it."""


def _document(*statements: tuple[list[str], str]) -> str:
    return json.dumps(
        {
            "version": "2.0",
            "statement": [
                {"effect": "allow", "action": actions, "resource": resource}
                for actions, resource in statements
            ],
        },
        separators=(",", ":"),
    )


@cache
def by_id() -> Mapping[int, Row]:
    """Preset policies by PolicyId."""
    return {row.value["PolicyId"]: row for row in _rows()}


@cache
def by_name() -> Mapping[str, Row]:
    """Preset policies by PolicyName."""
    return {row.value["PolicyName"]: row for row in by_id().values()}


def _rows() -> list[Row]:
    return [
        # Assumed: PolicyId 1 (one third-party source); the document follows from the description
        # "all users and permissions, finance and assets".
        _row(1, "AdministratorAccess", _document((["*"], "*"))),
        # Observed: the id. Documented: the document.
        _row(
            243334,
            "QcloudCVMReadOnlyAccess",
            _document(
                (["name/cvm:Describe*", "name/cvm:Inquiry*"], "*"),
                (["name/vpc:Describe*", "name/vpc:Inquiry*", "name/vpc:Get*"], "*"),
                (["name/clb:Describe*"], "*"),
                (["name/monitor:*"], "*"),
            ),
        ),
    ]


def _row(policy_id: int, name: str, document: str) -> Row:
    return Row(
        {
            "PolicyId": policy_id,
            "PolicyName": name,
            "Description": "",
            "PolicyDocument": document,
            "Type": PRESET,
            "CreateMode": 2,
            # Assumed: presets are older than any account.
            "AddTime": "2016-01-01 00:00:00",
            "UpdateTime": "2016-01-01 00:00:00",
        }
    )
