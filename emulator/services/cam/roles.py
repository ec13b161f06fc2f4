"""Roles, whom they trust, their tags, and the roles that belong to services."""

from __future__ import annotations

import re
from typing import Any

from emulator.policy.document import BadPolicy, parse
from emulator.services.cam import errors, limits
from emulator.services.cam.attachments import asks_for_role
from emulator.services.cam.params import NAME, description, flag, page, role, tags
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world import accounts
from emulator.world.shelves import Row

LONGEST_SESSION_SECONDS = 43200
"""Documented."""


def create_role(call: Call) -> Result:
    """Create a role with its trust policy."""
    params, world = call.params, call.world
    name, trust = params["RoleName"], params["PolicyDocument"]
    _check_name(call, name)
    members: dict[str, Any] = {
        "ConsoleLogin": flag(params, "ConsoleLogin"),
        "Description": description(params),
    }
    if params.get("SessionDuration") is not None:
        members["SessionDuration"] = _session_seconds(call)
    members["Tags"] = tags(params)
    _check_trust(call, trust)
    return {"RoleId": accounts.add_role(world, name, trust, **members).value["RoleId"]}


def _check_name(call: Call, name: str) -> None:
    if not NAME.fullmatch(name):
        raise errors.bad_role_name()
    if accounts.find_role(call.world, name=name) is not None:
        raise errors.role_name_in_use()
    if len(call.world.read("cam.role")) >= limits.ROLES:
        raise errors.roles_full()


def _check_trust(call: Call, trust: str) -> None:
    try:
        document = parse(trust, "PolicyDocument", trust=True)
    except BadPolicy as bad:
        raise errors.bad_policy(bad) from bad
    # Assumed: users of this account must be there; of another one, CAM cannot tell.
    own = re.compile(rf"qcs::cam::uin/{call.world.uin}:uin/([0-9]+)")
    for statement in document.statements:
        for principal in statement.principals:
            named = own.fullmatch(principal.id)
            if named and accounts.find_principal(call.world, named[1]) is None:
                raise errors.no_such_principal(principal.id)


def _session_seconds(call: Call) -> int:
    seconds: int = call.params["SessionDuration"]
    if seconds > LONGEST_SESSION_SECONDS:
        raise errors.bad_parameter("SessionDuration", "0 to 43200 seconds")
    return seconds


def get_role(call: Call) -> Result:
    """One role."""
    return {"RoleInfo": role(call).value}


def describe_role_list(call: Call) -> Result:
    """The roles; with ``Tags``, those that have all of them."""
    wanted = tags(call.params)
    rows = [row for row in call.world.read("cam.role") if all(tag in row.value["Tags"] for tag in wanted)]
    return {"TotalNum": len(rows), "List": [row.value for row in page(call.params, rows)]}


def delete_role(call: Call) -> Result:
    """Delete a role."""
    # Assumed: one that has policies can be deleted: the action declares no error for one in use; and that a
    # service-linked role is refused, with this code.
    row = role(call)
    if row.value["RoleType"] == "service_linked":
        raise errors.bad_parameter("RoleId", "a role that is not linked to a service")
    accounts.remove_role(call.world, row.value["RoleId"])
    return {}


def update_assume_role_policy(call: Call) -> Result:
    """Change whom a role trusts."""
    row = role(call)
    _check_trust(call, call.params["PolicyDocument"])
    accounts.change_role(call.world, row, PolicyDocument=call.params["PolicyDocument"])
    return {}


def update_role_description(call: Call) -> Result:
    """Change a role's description."""
    accounts.change_role(call.world, role(call), Description=description(call.params))
    return {}


def update_role_console_login(call: Call) -> Result:
    """Change whether a role may use the console."""
    accounts.change_role(call.world, role(call), ConsoleLogin=flag(call.params, "ConsoleLogin"))
    return {}


def update_role_session_duration(call: Call) -> Result:
    """Change how long sessions of a role may last."""
    accounts.change_role(call.world, role(call), SessionDuration=_session_seconds(call))
    return {}


# --- Tags -------------------------------------------------------------------------------------------------


def tag_role(call: Call) -> Result:
    """Give a role tags; a key it has already gets the new value."""
    row, given = role(call), tags(call.params)
    kept = {tag["Key"]: tag for tag in [*row.value["Tags"], *given]}
    if len(kept) > limits.TAGS:
        raise errors.too_many_tags()
    accounts.change_role(call.world, row, Tags=[*kept.values()])
    return {}


def untag_role(call: Call) -> Result:
    """Take tags from a role."""
    row, unwanted = role(call), call.params["TagKeys"]
    accounts.change_role(
        call.world, row, Tags=[tag for tag in row.value["Tags"] if tag["Key"] not in unwanted]
    )
    return {}


# --- Roles of services ------------------------------------------------------------------------------------


def create_service_linked_role(call: Call) -> Result:
    """Create the role through which a service acts in the account."""
    services = call.params["QCSServiceName"]
    name = _linked_name(services, call.params.get("CustomSuffix") or "")
    text, given = description(call.params), tags(call.params)
    _check_name(call, name)
    trust = accounts.trust_services(services)
    _check_trust(call, trust)
    # Documented: sessions of such roles last up to 43200 seconds, in the official examples.
    row = accounts.add_role(
        call.world,
        name,
        trust,
        Description=text,
        RoleType="service_linked",
        SessionDuration=LONGEST_SESSION_SECONDS,
        Tags=given,
        RoleArn=f"qcs::cam::uin/{call.world.uin}:role/tencentcloudServiceRoleName/{name}",
    )
    return {"RoleId": row.value["RoleId"]}


def _linked_name(services: list[str], suffix: str) -> str:
    # Documented: such names (TAT_QCSLinkedRoleInCommand for command.tat.cloud.tencent.com), and that the
    # suffix follows. Assumed: the rule.
    if not services:
        raise errors.bad_parameter("QCSServiceName", "the name of a service")
    labels = services[0].removesuffix(".cloud.tencent.com").removesuffix(".qcloud.com").split(".")
    inner = "".join(label.capitalize() for label in labels[:-1])
    name = f"{labels[-1].upper()}_QCSLinkedRole{f'In{inner}' if inner else ''}"
    return f"{name}_{suffix}" if suffix else name


def delete_service_linked_role(call: Call) -> Result:
    """Delete a service's role; the answer names the task that does it."""
    # Assumed: the task is done at once, and numbers are its ids.
    row = accounts.find_role(call.world, name=call.params["RoleName"])
    if row is None or row.value["RoleType"] != "service_linked":
        raise errors.no_role()
    accounts.remove_role(call.world, row.value["RoleId"])
    tasks = call.world.write("cam.deletion")
    task_id = str(100 + len(tasks))
    tasks.put(task_id, Row({"ServiceType": row.value["RoleName"].partition("_")[0].lower()}))
    return {"DeletionTaskId": task_id}


def get_service_linked_role_deletion_status(call: Call) -> Result:
    """How far a deletion is."""
    task = call.world.read("cam.deletion").get(call.params["DeletionTaskId"])
    if task is None:
        raise errors.no_deletion_task()
    service = task.value["ServiceType"]
    return {"Status": "SUCCEEDED", "Reason": "ok", "ServiceType": service, "ServiceName": service}


ACTIONS = (
    Does(action="CreateRole", run=create_role),
    Does(action="GetRole", run=get_role, asks=asks_for_role),
    Does(action="DescribeRoleList", run=describe_role_list),
    Does(action="DeleteRole", run=delete_role),
    Does(action="UpdateAssumeRolePolicy", run=update_assume_role_policy),
    Does(action="UpdateRoleDescription", run=update_role_description),
    Does(action="UpdateRoleConsoleLogin", run=update_role_console_login),
    Does(action="UpdateRoleSessionDuration", run=update_role_session_duration),
    Does(action="TagRole", run=tag_role),
    Does(action="UntagRole", run=untag_role),
    Does(action="CreateServiceLinkedRole", run=create_service_linked_role),
    Does(action="DeleteServiceLinkedRole", run=delete_service_linked_role),
    Does(action="GetServiceLinkedRoleDeletionStatus", run=get_service_linked_role_deletion_status),
)
