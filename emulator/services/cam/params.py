"""How CAM's parameters are read: pages, flags, names, tags, and whom a call is about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from emulator.errors import Refusal
from emulator.services.cam import errors, limits
from emulator.tables.call import Call
from emulator.world import accounts
from emulator.world.shelves import Row

T = TypeVar("T")

NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,128}")
"""Documented: names of policies and roles."""


def page(params: Mapping[str, Any], rows: Sequence[T]) -> Sequence[T]:
    """The rows that ``Page`` (from 1) and ``Rp`` ask for.

    Raises:
        ApiError: either of them is out of range.
    """
    # Documented: for ListPolicies, both from 1 to 200 with 20 rows by default. Assumed: for other lists too.
    # They may be numbers written as text where the contract is lenient.
    size, number = int(params.get("Rp", 20)), int(params.get("Page", 1))
    for name, value in (("Rp", size), ("Page", number)):
        if not 1 <= value <= 200:
            raise errors.bad_parameter(name, "a number from 1 to 200")
    return rows[(number - 1) * size : number * size]


def window(params: Mapping[str, Any], rows: Sequence[T]) -> Sequence[T]:
    """The rows that ``Offset`` and ``Limit`` ask for."""
    # Documented: the default of 20. Assumed: that there is no ceiling.
    offset = params.get("Offset", 0)
    return rows[offset : offset + params.get("Limit", 20)]


def flag(params: Mapping[str, Any], name: str, default: int = 0) -> int:
    """A parameter that is 0 or 1.

    Raises:
        ApiError: it is neither.
    """
    value: int = params.get(name, default)
    if value not in (0, 1):
        raise errors.bad_parameter(name, "0 or 1")
    return value


def description(params: Mapping[str, Any]) -> str:
    """A description of at most 300 bytes."""
    text: str = params.get("Description") or ""
    if len(text.encode("utf-8", "replace")) > limits.DESCRIPTION_BYTES:
        raise errors.description_too_long()
    return text


def tags(params: Mapping[str, Any]) -> list[dict[str, str]]:
    """The tags a call gives, each key once."""
    given = [{"Key": tag["Key"], "Value": tag["Value"]} for tag in params.get("Tags") or ()]
    if len(given) > limits.TAGS:
        raise errors.too_many_tags()
    if any(not tag["Key"] for tag in given):
        raise errors.bad_tag("a key is empty")
    if len({tag["Key"] for tag in given}) < len(given):
        raise errors.bad_tag("a key is given twice")
    return given


def has_keyword(params: Mapping[str, Any], name: str) -> bool:
    """Whether a name passes ``Keyword``, which is a part of it."""
    return (params.get("Keyword") or "") in name


def target_uin(call: Call, name: str = "TargetUin") -> str:
    """Whom a call is about: the uin that is named, or the caller's own."""
    # Documented: the caller is the default. Assumed: for a role, whoever asked for the role.
    uin = call.params.get(name)
    principal = call.caller.principal
    return str(uin) if uin is not None else principal.asked_by or principal.uin


def user(call: Call, uin: str | int, absent: Refusal[()] = errors.no_user) -> Row:
    """A sub-user by uin.

    Raises:
        ApiError: there is none.
    """
    found = accounts.find_user(call.world, uin=uin)
    if found is None:
        raise absent()
    return found


def group(call: Call, group_id: int) -> Row:
    """A user group by id.

    Raises:
        ApiError: there is none.
    """
    found = accounts.find_group(call.world, group_id=group_id)
    if found is None:
        raise errors.no_group()
    return found


def policy(call: Call, policy_id: int, absent: Refusal[()] = errors.no_such_policy_id) -> Row:
    """A policy, custom or preset, by id.

    Raises:
        ApiError: there is none.
    """
    found = accounts.find_policy(call.world, policy_id=policy_id)
    if found is None:
        raise absent()
    return found


def named_policy(call: Call, absent: Refusal[()] = errors.no_such_policy_id) -> Row:
    """The policy that a call names by id or by name.

    Raises:
        ApiError: neither is given, or there is none.
    """
    policy_id, name = call.params.get("PolicyId"), call.params.get("PolicyName")
    if policy_id is not None:
        return policy(call, policy_id, absent)
    if not name:
        raise errors.one_of("PolicyId", "PolicyName")
    found = accounts.find_policy(call.world, name=name)
    if found is None:
        raise absent()
    return found


def role(call: Call, by_id: str = "RoleId", by_name: str = "RoleName") -> Row:
    """A role by id or by name.

    Raises:
        ApiError: neither is given, or there is none.
    """
    role_id, name = call.params.get(by_id), call.params.get(by_name)
    if role_id is None and not name:
        raise errors.one_of(by_id, by_name)
    found = find_role(call, by_id, by_name)
    if found is None:
        raise errors.no_role()
    return found


def find_role(call: Call, by_id: str = "RoleId", by_name: str = "RoleName") -> Row | None:
    """The role a call names, if there is one. Some actions take the id as a number."""
    # Assumed: where both are given, the id counts.
    role_id, name = call.params.get(by_id), call.params.get(by_name)
    if role_id is not None:
        return accounts.find_role(call.world, role_id=str(role_id))
    return accounts.find_role(call.world, name=name)
