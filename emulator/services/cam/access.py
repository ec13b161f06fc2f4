"""Which services somebody's policies open, and through which policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from emulator.contract.catalog import catalog
from emulator.policy.document import ActionPattern, parse
from emulator.policy.wildcard import wildcard
from emulator.services.cam import errors
from emulator.services.cam.params import group, user
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world import accounts, presets
from emulator.world.shelves import Row


def list_policies_granting_service_access(call: Call) -> Result:
    """The services that the policies of a user, role or group open, with their actions if one is named."""
    # Documented: the actions of a service are listed when it is named. Assumed: that they are not otherwise;
    # that a user has what its groups have; that denials are not subtracted; and that a pattern stands for the
    # published actions it matches, without a description.
    wanted = call.params.get("ServiceType")
    found: dict[str, tuple[list[Mapping[str, str]], dict[str, None]]] = {}
    for row in _policies(call):
        for service, actions in _opened(row, wanted).items():
            policies, names = found.setdefault(service, ([], {}))
            policies.append(_as_shown(row))
            names.update(dict.fromkeys(actions))
    return {
        "List": [
            {
                "Service": {"ServiceType": service, "ServiceName": service},
                "Action": [{"Name": name, "Description": ""} for name in names],
                "Policy": policies,
            }
            for service, (policies, names) in sorted(found.items())
        ]
    }


def _as_shown(row: Row) -> Mapping[str, str]:
    value = row.value
    return {
        "PolicyId": str(value["PolicyId"]),
        "PolicyName": value["PolicyName"],
        "PolicyType": "Presetting" if value["Type"] == presets.PRESET else "Custom",
        "PolicyDescription": value["Description"],
    }


def _policies(call: Call) -> list[Row]:
    """The policies of whoever is named, each once."""
    held: dict[int, Row] = {}
    for holder in _holders(call):
        for attachment in accounts.attachments(call.world, holder=holder):
            row = accounts.find_policy(call.world, policy_id=attachment.value["PolicyId"])
            if row is not None:
                held[row.value["PolicyId"]] = row
    return [*held.values()]


def _holders(call: Call) -> Iterator[str]:
    uin, role_id, group_id = (call.params.get(name) for name in ("TargetUin", "RoleId", "GroupId"))
    # Documented: one of the three.
    if [uin, role_id, group_id].count(None) != 2:
        raise errors.one_of("TargetUin", "RoleId", "GroupId")
    if uin is not None:
        yield f"user/{user(call, uin).value['Uin']}"
        yield from (f"group/{row.value['GroupId']}" for row in accounts.groups_of(call.world, str(uin)))
    elif group_id is not None:
        yield f"group/{group(call, group_id).value['GroupId']}"
    else:
        if accounts.find_role(call.world, role_id=str(role_id)) is None:
            raise errors.no_role()
        yield f"role/{role_id}"


def _opened(row: Row, wanted: str | None) -> dict[str, list[str]]:
    """The services a policy opens; the actions of the one that is wanted."""
    document = parse(row.value["PolicyDocument"], limit=None)
    opened: dict[str, list[str]] = {}
    for statement in document.statements:
        for pattern in statement.actions if statement.effect == "allow" else ():
            for service in _services(pattern, wanted):
                names = opened.setdefault(service, [])
                names += _matching(service, pattern) if wanted is not None else ()
    return opened


def _services(pattern: ActionPattern, wanted: str | None) -> Iterator[str]:
    everything = pattern.service == "*"
    for service in presets.SERVICES if everything else filter(None, (pattern.service,)):
        if wanted in (None, service):
            yield service


def _matching(service: str, pattern: ActionPattern) -> Iterator[str]:
    return filter(wildcard(pattern.name).covers, _published(service))


@cache
def _published(service: str) -> tuple[str, ...]:
    """The actions of a service, of every version."""
    return tuple(dict.fromkeys(action for name, _, action in catalog().names() if name == service))


ACTIONS = (Does(action="ListPoliciesGrantingServiceAccess", run=list_policies_granting_service_access),)
