"""User groups and who is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.services.cam import errors, limits
from emulator.services.cam.params import group, has_keyword, page
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world import accounts
from emulator.world.shelves import Row


def create_group(call: Call) -> Result:
    """Create a user group."""
    world, name = call.world, call.params["GroupName"]
    _check_name(call, name)
    if len(world.read("cam.group")) >= limits.GROUPS:
        raise errors.groups_full()
    row = accounts.add_group(world, name, remark=call.params.get("Remark") or "")
    return {"GroupId": row.value["GroupId"]}


def update_group(call: Call) -> Result:
    """Change a group's name or remark; what is not given stays."""
    row = group(call, call.params["GroupId"])
    name, remark = call.params.get("GroupName"), call.params.get("Remark")
    changes = {}
    if name is not None and name != row.value["GroupName"]:
        _check_name(call, name)
        changes["GroupName"] = name
    if remark is not None:
        changes["Remark"] = remark
    call.world.write("cam.group").put(row.value["GroupId"], row.having(**changes))
    return {}


def _check_name(call: Call, name: str) -> None:
    # Assumed: any name will do but an empty one.
    if not name:
        raise errors.bad_parameter("GroupName", "a name")
    if accounts.find_group(call.world, name=name) is not None:
        raise errors.group_name_in_use()


def delete_group(call: Call) -> Result:
    """Delete a group."""
    # Assumed: one that has members or policies can be deleted: the action declares no error for one in use.
    row = group(call, call.params["GroupId"])
    accounts.remove_group(call.world, row.value["GroupId"])
    return {}


def get_group(call: Call) -> Result:
    """One group with its members."""
    row = group(call, call.params["GroupId"])
    members = [_as_member(user.value) for user in accounts.members_of(call.world, row.value["GroupId"])]
    return {**row.value, "GroupNum": len(members), "UserInfo": members}


def list_groups(call: Call) -> Result:
    """The groups."""
    rows = [row for row in call.world.read("cam.group") if has_keyword(call.params, row.value["GroupName"])]
    return {"TotalNum": len(rows), "GroupInfo": [row.value for row in page(call.params, rows)]}


def list_groups_for_user(call: Call) -> Result:
    """The groups that a sub-user is in."""
    user = _find_user(call, call.params.get("SubUin"), call.params.get("Uid"))
    rows = [*accounts.groups_of(call.world, str(user.value["Uin"]))]
    return {"TotalNum": len(rows), "GroupInfo": [row.value for row in page(call.params, rows)]}


def list_users_for_group(call: Call) -> Result:
    """The sub-users in a group."""
    row = group(call, call.params["GroupId"])
    users = [*accounts.members_of(call.world, row.value["GroupId"])]
    shown = [_as_member(user.value) for user in page(call.params, users)]
    return {"TotalNum": len(users), "UserInfo": shown}


def _as_member(user: Mapping[str, Any]) -> Mapping[str, Any]:
    # Documented: UserType 3 and the flags 0, in the official example.
    members = ("Uid", "Uin", "Name", "PhoneNum", "CountryCode", "Email", "CreateTime", "Remark")
    flags = {"PhoneFlag": 0, "EmailFlag": 0, "UserType": 3, "IsReceiverOwner": 0}
    return {name: user[name] for name in members} | flags


# --- Membership -------------------------------------------------------------------------------------------


def add_user_to_group(call: Call) -> Result:
    """Put sub-users into groups: all of them or none."""
    wanted = _pairs(call)
    for group_id, uin in wanted:
        if accounts.find_group(call.world, group_id=group_id) is None:
            raise errors.no_group_to_join()
        _check_room(call, wanted, group_id, uin)
    for group_id, uin in wanted:
        accounts.join(call.world, group_id, uin)
    return {}


def _check_room(call: Call, wanted: dict[tuple[int, str], None], group_id: int, uin: str) -> None:
    """Count the members there would be if everything that is wanted were done."""
    members = call.world.read("cam.member")
    new = [pair for pair in wanted if pair not in members]
    size = len(members.index("GroupId").get(group_id, ())) + sum(each[0] == group_id for each in new)
    if size > limits.USERS_OF_A_GROUP:
        raise errors.group_full()
    groups = len(members.index("Uin").get(uin, ())) + sum(each[1] == uin for each in new)
    if groups > limits.GROUPS_OF_A_USER:
        raise errors.user_in_too_many_groups()


def remove_user_from_group(call: Call) -> Result:
    """Take sub-users out of groups."""
    # Assumed: taking out who is not in there does not fail.
    for group_id, uin in _pairs(call):
        group(call, group_id)
        accounts.leave(call.world, group_id, uin)
    return {}


def _pairs(call: Call) -> dict[tuple[int, str], None]:
    """Group id and uin of every pair a call names, each once."""
    found: dict[tuple[int, str], None] = {}
    for each in call.params["Info"]:
        user = _find_user(call, each.get("Uin"), each.get("Uid"))
        found[each["GroupId"], str(user.value["Uin"])] = None
    return found


def _find_user(call: Call, uin: int | None, uid: int | None) -> Row:
    if uin is None and uid is None:
        raise errors.no_uin_nor_uid()
    found = accounts.find_user(call.world, uin=uin, uid=uid)
    if found is None or uid not in (None, found.value["Uid"]):
        raise errors.no_user()
    return found


ACTIONS = (
    Does(action="CreateGroup", run=create_group),
    Does(action="UpdateGroup", run=update_group),
    Does(action="DeleteGroup", run=delete_group),
    Does(action="GetGroup", run=get_group),
    Does(action="ListGroups", run=list_groups),
    Does(action="ListGroupsForUser", run=list_groups_for_user),
    Does(action="ListUsersForGroup", run=list_users_for_group),
    Does(action="AddUserToGroup", run=add_user_to_group),
    Does(action="RemoveUserFromGroup", run=remove_user_from_group),
)
