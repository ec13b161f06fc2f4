"""Policies attached to users, groups and roles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from emulator.services.cam import errors, limits
from emulator.services.cam.params import find_role, group, has_keyword, named_policy, page, policy, role, user
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world import accounts, presets
from emulator.world.accounts import Holder
from emulator.world.shelves import Row

# --- Attaching and detaching ------------------------------------------------------------------------------


def attach_user_policy(call: Call) -> Result:
    """Attach a policy to a sub-user."""
    holder = user(call, call.params["AttachUin"])
    return _attach(call, "user", str(holder.value["Uin"]), policy(call, call.params["PolicyId"]))


def detach_user_policy(call: Call) -> Result:
    """Take a policy from a sub-user."""
    holder = user(call, call.params["DetachUin"])
    return _detach(call, "user", str(holder.value["Uin"]), policy(call, call.params["PolicyId"]))


def attach_group_policy(call: Call) -> Result:
    """Attach a policy to a user group."""
    holder = group(call, call.params["AttachGroupId"])
    return _attach(call, "group", str(holder.value["GroupId"]), policy(call, call.params["PolicyId"]))


def detach_group_policy(call: Call) -> Result:
    """Take a policy from a user group."""
    holder = group(call, call.params["DetachGroupId"])
    return _detach(call, "group", str(holder.value["GroupId"]), policy(call, call.params["PolicyId"]))


def attach_role_policy(call: Call) -> Result:
    """Attach a policy to a role; both may be named by id or by name."""
    holder = role(call, "AttachRoleId", "AttachRoleName")
    return _attach(call, "role", holder.value["RoleId"], named_policy(call))


def detach_role_policy(call: Call) -> Result:
    """Take a policy from a role."""
    holder = role(call, "DetachRoleId", "DetachRoleName")
    return _detach(call, "role", holder.value["RoleId"], named_policy(call))


def _attach(call: Call, holder: Holder, holder_id: str, row: Row) -> Result:
    # Assumed: attaching twice is once, and does not fail.
    policy_id = row.value["PolicyId"]
    held = accounts.attachments(call.world, holder=f"{holder}/{holder_id}")
    if policy_id not in (each.value["PolicyId"] for each in held):
        if len(held) >= limits.POLICIES_OF_A_HOLDER:
            raise errors.attachments_full()
        accounts.attach(call.world, holder, holder_id, policy_id, by=call.caller.principal)
    return {}


def _detach(call: Call, holder: Holder, holder_id: str, row: Row) -> Result:
    # Assumed: taking away what is not attached does not fail.
    accounts.detach(call.world, holder, holder_id, row.value["PolicyId"])
    return {}


# --- Lists ------------------------------------------------------------------------------------------------

Pair = tuple[Row, Row]
"""An attachment and its policy."""


def _held(call: Call, holder: str) -> list[Pair]:
    pairs = []
    for attachment in accounts.attachments(call.world, holder=holder):
        row = accounts.find_policy(call.world, policy_id=attachment.value["PolicyId"])
        if row is not None and has_keyword(call.params, row.value["PolicyName"]):
            pairs.append((attachment, row))
    return pairs


def list_attached_user_policies(call: Call) -> Result:
    """The policies attached to a sub-user itself."""
    holder = user(call, call.params["TargetUin"])
    pairs = _held(call, f"user/{holder.value['Uin']}")
    return {"TotalNum": len(pairs), "List": [_as_info(pair) for pair in page(call.params, pairs)]}


def list_attached_group_policies(call: Call) -> Result:
    """The policies attached to a user group."""
    holder = group(call, call.params["TargetGroupId"])
    pairs = _held(call, f"group/{holder.value['GroupId']}")
    return {"TotalNum": len(pairs), "List": [_as_info(pair) for pair in page(call.params, pairs)]}


# Assumed: what the next two, which are not published, are asked and answer. Their names, and the events that
# are recorded of them, say that they list the policies of all groups and of several.


def list_all_groups_policies(call: Call) -> Result:
    """The policies attached to any user group."""
    return _of_groups(call, call.world.read("cam.group"))


def list_groups_policies(call: Call) -> Result:
    """The policies attached to some user groups."""
    return _of_groups(call, [group(call, key) for key in dict.fromkeys(call.params["TargetGroupIds"])])


def _of_groups(call: Call, groups: Iterable[Row]) -> Result:
    pairs = [
        (row.value["GroupId"], pair)
        for row in groups
        for pair in _held(call, f"group/{row.value['GroupId']}")
    ]
    shown = [{"GroupId": key, **_as_info(pair)} for key, pair in page(call.params, pairs)]
    return {"TotalNum": len(pairs), "List": shown}


def _as_info(pair: Pair) -> Mapping[str, Any]:
    attachment, value = pair[0].value, pair[1].value
    return {
        **{name: value[name] for name in ("PolicyId", "PolicyName", "CreateMode")},
        # Documented: the official example's time is later than the policy's own: it is the attachment's.
        "AddTime": attachment["AddTime"],
        "PolicyType": _type_name(value),
        "Remark": value["Description"],
        **{name: attachment[name] for name in ("OperateOwnerUin", "OperateUin", "OperateUinType")},
        "Deactived": 0,
        "DeactivedDetail": [],
    }


def _type_name(policy_value: Mapping[str, Any]) -> str:
    return "QCS" if policy_value["Type"] == presets.PRESET else "User"


def list_attached_role_policies(call: Call) -> Result:
    """The policies attached to a role."""
    kind = call.params.get("PolicyType")
    if kind not in (None, "User", "QCS"):
        raise errors.bad_parameter("PolicyType", "User or QCS")
    holder = role(call)
    pairs = [
        pair
        for pair in _held(call, f"role/{holder.value['RoleId']}")
        if kind in (None, _type_name(pair[1].value))
    ]
    shown = [
        {
            **{name: row.value[name] for name in ("PolicyId", "PolicyName", "CreateMode", "Description")},
            "AddTime": attachment.value["AddTime"],
            "PolicyType": _type_name(row.value),
            "Deactived": 0,
            "DeactivedDetail": [],
        }
        for attachment, row in page(call.params, pairs)
    ]
    return {"TotalNum": len(pairs), "List": shown}


def list_attached_user_all_policies(call: Call) -> Result:
    """The policies of a sub-user, its own and its groups'; ids and kinds are text here."""
    params = call.params
    reach, kind = params["AttachType"], params.get("StrategyType")
    if reach not in (0, 1, 2):
        raise errors.bad_parameter("AttachType", "0, 1 or 2")
    if kind not in (None, 1, 2):
        raise errors.bad_parameter("StrategyType", "1 or 2")
    uin = str(user(call, params["TargetUin"]).value["Uin"])
    found: dict[int, tuple[Pair, list[Mapping[str, Any]]]] = {}
    for pair, through in _reaching(call, uin, reach):
        if kind in (None, pair[1].value["Type"]):
            groups = found.setdefault(pair[1].value["PolicyId"], (pair, []))[1]
            groups += through
    shown = [_as_user_policy(*each) for each in page(params, [*found.values()])]
    return {"TotalNum": len(found), "PolicyList": shown}


def _reaching(call: Call, uin: str, reach: int) -> Iterator[tuple[Pair, list[Mapping[str, Any]]]]:
    """Every attachment that reaches a user, and the group through which it does."""
    # Documented: AttachType 0 is both ways, 1 direct, 2 through a group.
    if reach in (0, 1):
        yield from ((pair, []) for pair in _held(call, f"user/{uin}"))
    if reach in (0, 2):
        for row in accounts.groups_of(call.world, uin):
            through: Mapping[str, Any] = {name: row.value[name] for name in ("GroupId", "GroupName")}
            yield from ((pair, [through]) for pair in _held(call, f"group/{through['GroupId']}"))


def _as_user_policy(pair: Pair, groups: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    # Documented: PolicyId, StrategyType and CreateMode are text in this one list. Assumed: AddTime is the
    # attachment's, as in the other lists.
    value = pair[1].value
    return {
        "PolicyId": str(value["PolicyId"]),
        "PolicyName": value["PolicyName"],
        "Description": value["Description"],
        "AddTime": pair[0].value["AddTime"],
        "StrategyType": str(value["Type"]),
        "CreateMode": str(value["CreateMode"]),
        "Groups": groups,
        "Deactived": 0,
        "DeactivedDetail": [],
    }


# --- The other way round ----------------------------------------------------------------------------------

_KINDS = {"user": ("User", 1), "group": ("Group", 2), "role": ("Role", 3)}
"""Documented: the filter's name and RelatedType of each kind of entity."""


def list_entities_for_policy(call: Call) -> Result:
    """Whom a policy is attached to."""
    row = policy(call, call.params["PolicyId"], errors.bad_policy_id)
    wanted = call.params.get("EntityFilter", "All")
    if wanted not in ("All", "User", "Group", "Role"):
        raise errors.bad_entity_filter()
    entities = [*_entities(call, row.value["PolicyId"], wanted)]
    return {"TotalNum": len(entities), "List": page(call.params, entities)}


def _entities(call: Call, policy_id: int, wanted: str) -> Iterator[Mapping[str, Any]]:
    for row in accounts.attachments(call.world, policy_id=policy_id):
        kind, _, holder_id = row.value["Holder"].partition("/")
        name, related = _KINDS[kind]
        if wanted in ("All", name):
            yield _name_holder(call, kind, holder_id) | {
                "RelatedType": related,
                "AttachmentTime": row.value["AddTime"],
            }


def _name_holder(call: Call, kind: str, holder_id: str) -> dict[str, Any]:
    # Documented: the Id of a user is its Uid, in the official example. Assumed: Uin 0 for groups and roles.
    world = call.world
    match kind:
        case "user":
            row = accounts.find_user(world, uin=holder_id)
            value = {} if row is None else row.value
            return {"Id": str(value["Uid"]), "Name": value["Name"], "Uin": int(holder_id)}
        case "group":
            row = accounts.find_group(world, group_id=int(holder_id))
            return {"Id": holder_id, "Name": "" if row is None else row.value["GroupName"], "Uin": 0}
    row = accounts.find_role(world, role_id=holder_id)
    return {"Id": holder_id, "Name": "" if row is None else row.value["RoleName"], "Uin": 0}


def asks_for_role(call: Call) -> tuple[str, ...]:
    """The role in question, with neither region nor account."""
    # Observed: `qcs::cam:::role/<id>` for GetRole and ListAttachedRolePolicies. Assumed: a role named by name
    # is asked about by its id, one that does not exist as `*`.
    found = find_role(call)
    return ("*",) if found is None else (f"qcs::cam:::role/{found.value['RoleId']}",)


ACTIONS = (
    Does(action="AttachUserPolicy", run=attach_user_policy),
    Does(action="DetachUserPolicy", run=detach_user_policy),
    Does(action="AttachGroupPolicy", run=attach_group_policy),
    Does(action="DetachGroupPolicy", run=detach_group_policy),
    Does(action="AttachRolePolicy", run=attach_role_policy),
    Does(action="DetachRolePolicy", run=detach_role_policy),
    Does(action="ListAttachedUserPolicies", run=list_attached_user_policies),
    Does(action="ListAttachedGroupPolicies", run=list_attached_group_policies),
    # Not published; served where an account says so.
    Does(action="ListAllGroupsPolicies", run=list_all_groups_policies),
    Does(action="ListGroupsPolicies", run=list_groups_policies),
    Does(action="ListAttachedRolePolicies", run=list_attached_role_policies, asks=asks_for_role),
    Does(action="ListAttachedUserAllPolicies", run=list_attached_user_all_policies),
    Does(action="ListEntitiesForPolicy", run=list_entities_for_policy),
)
