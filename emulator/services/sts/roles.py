"""Roles: whom they trust, and the keys that act as one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.errors import NotFound
from emulator.policy.conditions import Context
from emulator.policy.decide import trusts
from emulator.policy.document import Principal as Trusted
from emulator.policy.document import parse
from emulator.policy.explain import sentence
from emulator.services.sts import errors
from emulator.services.sts.sessions import credentials, seconds, session_name, session_policy
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world import accounts
from emulator.world.coming import tell_role_change
from emulator.world.credentials import Principal
from emulator.world.shelves import Row
from emulator.world.world import Cloud, World

LONGEST_ROLE_SECONDS = 43200
"""Documented: how long a role's temporary keys may last."""

_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,128}", re.ASCII)
_ARN = re.compile(
    r"qcs::cam::uin/(?P<owner>[0-9]+):"
    r"(?:role(?:/tencentcloudServiceRole)?/(?P<id>[0-9]+)"
    r"|role(?:Name|/tencentcloudServiceRoleName)/(?P<name>[A-Za-z0-9+=,.@_-]+))"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A role that a RoleArn names, and the world it is in."""

    world: World
    role: Row


def assume_role(call: Call) -> Result:
    """Take a role that trusts the caller: a temporary key with the role's permissions."""
    params = call.params
    session = session_name(params)
    policy = session_policy(params.get("Policy"))
    _check_tags(params)
    if params.get("SerialNumber") or params.get("TokenCode"):
        # Assumed: nobody has an MFA device.
        raise errors.mfa_failed()
    wanted = find_role(call.caller.cloud, params["RoleArn"])
    _check_trust(call, wanted)
    caller = call.caller.principal
    return take(call, wanted, session, policy=policy, asked_by=caller.asked_by or caller.uin)


def take(
    call: Call, wanted: Wanted, session: str, *, policy: str | None = None, asked_by: str = ""
) -> Result:
    """Hand out a temporary key that acts as the role."""
    value = wanted.role.value
    lasting = seconds(
        call.params, 7200, min(LONGEST_ROLE_SECONDS, value["SessionDuration"] or LONGEST_ROLE_SECONDS)
    )
    principal = Principal(
        kind="role",
        uin=value["RoleId"],
        name=value["RoleName"],
        session=session,
        session_policy=policy,
        asked_by=asked_by,
    )
    return credentials(call, wanted.world, principal, lasting)


def _read_arn(role_arn: str) -> re.Match[str]:
    arn = _ARN.fullmatch(role_arn)
    if arn is None:
        raise errors.bad_parameter("RoleArn", "qcs::cam::uin/<account>:roleName/<name> or …:role/<id>")
    return arn


def find_world(cloud: Cloud, role_arn: str) -> World:
    """The world of the account that a RoleArn names.

    Raises:
        ApiError: it is no such name, or no such account is there.
    """
    try:
        return cloud.world(_read_arn(role_arn)["owner"])
    except NotFound:
        raise errors.no_role() from None


def find_role(cloud: Cloud, role_arn: str) -> Wanted:
    """The role that a RoleArn names.

    Raises:
        ApiError: it is no such name, or there is no such role.
    """
    world, arn = find_world(cloud, role_arn), _read_arn(role_arn)
    role = accounts.find_role(world.in_force(), role_id=arn["id"], name=arn["name"])
    if role is None:
        coming = accounts.find_role(world, role_id=arn["id"], name=arn["name"])
        raise errors.no_role([] if coming is None else _tell_change(world, coming))
    return Wanted(world, role)


def _check_trust(call: Call, wanted: Wanted) -> None:
    """Ask the role's trust policy about the caller."""
    # Assumed: a role is trusted by its own name, a federated user as its maker.
    principal = call.caller.principal
    kind = "role" if principal.kind == "role" else "uin"
    me = "root" if principal.kind == "root" else f"{kind}/{principal.uin}"
    external_id = call.params.get("ExternalId")
    if external_id is not None and not _EXTERNAL_ID.fullmatch(external_id):
        raise errors.bad_parameter("ExternalId", "2 to 128 letters, digits or _+=,.@:/-")
    context = {"sts:external_id": (external_id,)} if external_id is not None else {}
    check_trust(call, wanted, Trusted("qcs", f"qcs::cam::uin/{call.world.uin}:{me}"), context)


def check_trust(call: Call, wanted: Wanted, who: Trusted, context: Context) -> None:
    """Ask the role's trust policy whether somebody may take the role by this action.

    Raises:
        ApiError: it does not trust them.
    """
    trust = parse(wanted.role.value["PolicyDocument"], trust=True)
    decision = trusts(trust, who, context, action=call.action.key)
    if not decision.allowed:
        why = [
            f"the role does not trust {who.id}: {sentence(decision)}",
            *_tell_change(wanted.world, wanted.role),
        ]
        raise errors.not_trusted(call.action.key, call.params["RoleArn"], why)


def _tell_change(world: World, role: Row) -> list[str]:
    change = tell_role_change(world, role.value["RoleId"])
    return [] if change is None else [f"not yet: {change}"]


def _check_tags(params: Mapping[str, Any]) -> None:
    # Documented: fifty tags, no key twice. Assumed: no condition here asks about the tags of a session.
    keys = [tag["Key"] for tag in params.get("Tags") or ()]
    if len(keys) > 50 or len(set(keys)) < len(keys):
        raise errors.bad_parameter("Tags", "at most 50 tags with different keys")


def asks_for_role(call: Call) -> tuple[str, ...]:
    """The role as it is named in RoleArn."""
    # Documented: `qcs::cam::uin/<account>:roleName/<name>`. Assumed: what is no such name is asked about as
    # `*`.
    arn = call.params["RoleArn"]
    return (arn,) if _ARN.fullmatch(arn) else ("*",)


ACTIONS = (Does(action="AssumeRole", run=assume_role, asks=asks_for_role),)
