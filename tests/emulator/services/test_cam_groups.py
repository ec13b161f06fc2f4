import pytest

from emulator.services.cam import limits
from emulator.world import accounts


def group(account, name="ops", **more):
    return account("CreateGroup", GroupName=name, **more)["GroupId"]


def join(account, group_id, *uins):
    account("AddUserToGroup", Info=[{"GroupId": group_id, "Uin": uin} for uin in uins])


def test_a_group_is_made_read_changed_and_deleted(account):
    group_id = group(account, Remark="on call")
    found = account("GetGroup", GroupId=group_id)
    assert (found["GroupName"], found["Remark"], found["GroupNum"]) == ("ops", "on call", 0)
    account("UpdateGroup", GroupId=group_id, GroupName="dev")
    assert account("GetGroup", GroupId=group_id)["GroupName"] == "dev"
    assert account("GetGroup", GroupId=group_id)["Remark"] == "on call"
    account("DeleteGroup", GroupId=group_id)
    assert account("ListGroups")["TotalNum"] == 0


@pytest.mark.parametrize(
    ("action", "more"),
    [("GetGroup", {}), ("DeleteGroup", {}), ("UpdateGroup", {}), ("ListUsersForGroup", {})],
)
def test_a_group_that_is_not_there_is_not_found(account, action, more):
    assert account.code(action, GroupId=1, **more) == "ResourceNotFound.GroupNotExist"


def test_a_name_is_used_once(account):
    first, second = group(account), group(account, "dev")
    assert account.code("CreateGroup", GroupName="ops") == "InvalidParameter.GroupNameInUse"
    assert account.code("UpdateGroup", GroupId=second, GroupName="ops") == "InvalidParameter.GroupNameInUse"
    account("UpdateGroup", GroupId=first, GroupName="ops", Remark="same name")


def test_a_group_has_a_name(account):
    assert account.code("CreateGroup", GroupName="") == "InvalidParameter.ParamError"


def test_there_is_room_for_300_groups(account):
    for number in range(limits.GROUPS):
        accounts.add_group(account.world, f"g{number}")
    assert account.code("CreateGroup", GroupName="more") == "InvalidParameter.GroupFull"


def test_groups_are_listed_by_page_and_name(account):
    for name in ("ops-cn", "ops-sg", "dev"):
        group(account, name)
    page = account("ListGroups", Rp=2, Page=2)
    assert (page["TotalNum"], [each["GroupName"] for each in page["GroupInfo"]]) == (3, ["dev"])
    assert account("ListGroups", Keyword="ops")["TotalNum"] == 2


def test_members_are_seen_from_both_sides(account):
    uin, _ = account.user("alice")
    uid = account("GetUser", Name="alice")["Uid"]
    group_id = group(account)
    account("AddUserToGroup", Info=[{"GroupId": group_id, "Uid": uid}])
    join(account, group_id, uin)
    (member,) = account("ListUsersForGroup", GroupId=group_id)["UserInfo"]
    assert (member["Uin"], member["Uid"], member["Name"]) == (uin, uid, "alice")
    assert account("GetGroup", GroupId=group_id)["UserInfo"] == [member]
    for who in ({"Uid": uid}, {"SubUin": uin}):
        found = account("ListGroupsForUser", **who)
        assert (found["TotalNum"], found["GroupInfo"][0]["GroupId"]) == (1, group_id)


def test_a_member_leaves(account):
    uin, _ = account.user("alice")
    group_id = group(account)
    join(account, group_id, uin)
    for _ in range(2):
        account("RemoveUserFromGroup", Info=[{"GroupId": group_id, "Uin": uin}])
    assert account("ListUsersForGroup", GroupId=group_id)["TotalNum"] == 0


def test_who_joins_is_named(account):
    group_id = group(account)
    code = "InvalidParameter.UserUinAndUinNotAllNull"
    assert account.code("AddUserToGroup", Info=[{"GroupId": group_id}]) == code
    assert account.code("RemoveUserFromGroup", Info=[{"GroupId": group_id}]) == code
    assert account.code("ListGroupsForUser") == code


def test_who_joins_is_there(account):
    uin, _ = account.user("alice")
    group_id = group(account)
    for who in ({"Uin": 1}, {"Uid": 1}, {"Uin": uin, "Uid": 1}):
        code = account.code("AddUserToGroup", Info=[{"GroupId": group_id, **who}])
        assert code == "ResourceNotFound.UserNotExist"
    assert (
        account.code("AddUserToGroup", Info=[{"GroupId": 1, "Uin": uin}]) == "InvalidParameter.GroupNotExist"
    )


def test_all_join_or_none(account):
    uin, _ = account.user("alice")
    group_id = group(account)
    pairs = [{"GroupId": group_id, "Uin": uin}, {"GroupId": 1, "Uin": uin}]
    assert account.code("AddUserToGroup", Info=pairs) == "InvalidParameter.GroupNotExist"
    assert account("ListUsersForGroup", GroupId=group_id)["TotalNum"] == 0


def test_a_group_has_room_for_100_users(account):
    group_id = group(account)
    uins = [
        accounts.add_user(account.world, f"u{n}").value["Uin"] for n in range(limits.USERS_OF_A_GROUP + 1)
    ]
    pairs = [{"GroupId": group_id, "Uin": uin} for uin in uins]
    assert account.code("AddUserToGroup", Info=pairs) == "InvalidParameter.GroupUserFull"
    account("AddUserToGroup", Info=pairs[:-1])
    assert account.code("AddUserToGroup", Info=pairs[-1:]) == "InvalidParameter.GroupUserFull"
    account("AddUserToGroup", Info=pairs[:1])


def test_a_user_is_in_at_most_ten_groups(account):
    uin, _ = account.user("alice")
    groups = [group(account, f"g{number}") for number in range(limits.GROUPS_OF_A_USER + 1)]
    for group_id in groups[:-1]:
        join(account, group_id, uin)
    code = account.code("AddUserToGroup", Info=[{"GroupId": groups[-1], "Uin": uin}])
    assert code == "InvalidParameter.UserGroupFull"


def test_a_deleted_group_leaves_nothing_behind(account):
    uin, key = account.user("alice")
    group_id = group(account)
    join(account, group_id, uin)
    account("AttachGroupPolicy", AttachGroupId=group_id, PolicyId=1)
    account("DeleteGroup", GroupId=group_id)
    assert account("ListGroupsForUser", SubUin=uin)["TotalNum"] == 0
    assert account("ListEntitiesForPolicy", PolicyId=1)["TotalNum"] == 0
    assert not account.can(key, "ListUsers")
