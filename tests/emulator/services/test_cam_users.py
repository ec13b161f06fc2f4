import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.services.cam import limits
from emulator.world import accounts
from scenarios.direct import Direct

from .conftest import Account, allow


def test_a_new_user_is_listed_as_published(account):
    made = account("AddUser", Name="alice", Remark="ops", ConsoleLogin=0, Email="a@example.com")
    (listed,) = account("ListUsers")["Data"]
    assert listed["Uin"] == made["Uin"]
    assert listed["Uid"] == made["Uid"]
    assert (listed["Name"], listed["Remark"], listed["Email"]) == ("alice", "ops", "a@example.com")


def test_unused_strings_of_a_new_user_are_empty(account):
    made = account("AddUser", Name="alice")
    assert [made[name] for name in ("Password", "SecretId", "SecretKey", "PhoneNumVerifyLink")] == [""] * 4


def test_a_user_made_for_the_api_has_a_key_that_works(account):
    made = account("AddUser", Name="alice", UseApi=1)
    _, key = account.direct.gateway.cloud.find_key(made["SecretId"])
    assert key.secret_key == made["SecretKey"]
    assert account("sts:GetCallerIdentity", key)["UserId"] == str(made["Uin"])


def test_a_password_is_made_for_the_console_and_said_once(account):
    made = account("AddUser", Name="alice", ConsoleLogin=1)
    assert len(made["Password"]) == 32
    assert "Password" not in account("GetUser", Name="alice")


def test_a_password_that_was_given_is_not_said(account):
    assert account("AddUser", Name="alice", ConsoleLogin=1, Password="Str0ng!Enough")["Password"] == ""


@pytest.mark.parametrize("password", ["short1!", "alllower1!", "ALLUPPER1!", "NoDigits!!", "NoSpecial11"])
def test_a_weak_password_is_refused(account, password):
    code = account.code("AddUser", Name="alice", ConsoleLogin=1, Password=password)
    assert code == "InvalidParameter.PasswordViolatedRules"
    assert account("ListUsers")["Data"] == []


def test_password_rules_hold_from_when_they_are_set(account):
    account(
        "UpdatePasswordRules",
        Rules={
            "MinimumLength": 20,
            "MustContain": "A",
            "ForcePasswordChange": 0,
            "ReusePasswordLimit": 0,
            "RetryPasswordLimit": 0,
        },
    )
    assert account("GetPasswordRules")["Rules"]["MinimumLength"] == 20
    code = account.code("AddUser", Name="alice", ConsoleLogin=1, Password="Str0ng!Enough")
    assert code == "InvalidParameter.PasswordViolatedRules"
    account("AddUser", Name="bob", ConsoleLogin=1, Password="A" * 20)


def test_password_rules_of_unknown_kinds_are_refused(account):
    assert account.code("UpdatePasswordRules", Rules={"MustContain": "x"}) == "InvalidParameter.ParamError"


def test_a_second_user_of_a_name_is_refused(account):
    account("AddUser", Name="alice")
    assert account.code("AddUser", Name="alice") == "InvalidParameter.SubUserNameInUse"


@pytest.mark.parametrize("name", ["", "with space", "a" * 65, "a/b", "line\n"])
def test_a_name_that_cannot_be_is_refused(account, name):
    assert account.code("AddUser", Name=name) == "InvalidParameter.UserNameIllegal"


def test_a_flag_is_0_or_1(account):
    assert account.code("AddUser", Name="alice", ConsoleLogin=2) == "InvalidParameter.ParamError"


def test_there_is_room_for_a_thousand_users(account):
    for number in range(limits.USERS - 1):
        accounts.add_user(account.world, f"user{number}")
    account("AddUser", Name="last")
    assert account.code("AddUser", Name="more") == "InvalidParameter.SubUserFull"


def test_a_user_is_read_by_name(account):
    made = account("AddUser", Name="alice", PhoneNum="13800000000", CountryCode="86")
    found = account("GetUser", Name="alice")
    assert found["Uin"] == made["Uin"]
    assert found["PhoneNum"] == "13800000000"
    assert found["RecentlyLoginTime"] == ""


def test_updating_a_user_changes_what_is_given_and_nothing_else(account):
    account("AddUser", Name="alice", Remark="old", Email="a@example.com")
    assert account("UpdateUser", Name="alice", Remark="new", ConsoleLogin=1) == {}
    found = account("GetUser", Name="alice")
    assert (found["Remark"], found["ConsoleLogin"], found["Email"]) == ("new", 1, "a@example.com")


def test_a_weak_password_is_refused_on_update_too(account):
    account("AddUser", Name="alice")
    code = account.code("UpdateUser", Name="alice", ConsoleLogin=1, Password="weak")
    assert code == "InvalidParameter.PasswordViolatedRules"


@pytest.mark.parametrize("action", ["GetUser", "UpdateUser", "DeleteUser"])
def test_a_user_that_is_not_there_is_not_found(account, action):
    assert account.code(action, Name="nobody") == "ResourceNotFound.UserNotExist"


def test_a_user_with_keys_is_not_deleted_unless_forced(account):
    _, key = account.user("alice")
    assert account.code("DeleteUser", Name="alice") == "OperationDenied.HaveKeys"
    account("DeleteUser", Name="alice", Force=1)
    assert account.code("sts:GetCallerIdentity", key) == "AuthFailure.SecretIdNotFound"


def test_deleting_keys_along_with_a_user_needs_its_own_permission(account):
    account.user("victim")
    _, key = account.user("admin", allow("cam:DeleteUser"))
    assert account.code("DeleteUser", key, Name="victim", Force=1) == "UnauthorizedOperation.DeleteApiKey"
    assert account("GetUser", Name="victim")
    _, key = account.user("chief", allow("cam:DeleteUser", "cam:DeleteApiKey"))
    account("DeleteUser", key, Name="victim", Force=1)


def test_forcing_needs_no_further_permission_when_there_are_no_keys(account):
    account("AddUser", Name="victim")
    _, key = account.user("admin", allow("cam:DeleteUser"))
    assert account("DeleteUser", key, Name="victim", Force=1) == {}


def test_a_deleted_user_leaves_nothing_behind(account):
    uin, _ = account.user("alice", "AdministratorAccess")
    group = account("CreateGroup", GroupName="ops")["GroupId"]
    account("AddUserToGroup", Info=[{"GroupId": group, "Uin": uin}])
    account("PutUserPermissionsBoundary", TargetUin=uin, PolicyId=1)
    account("DeleteUser", Name="alice", Force=1)
    assert account("ListEntitiesForPolicy", PolicyId=1)["TotalNum"] == 0
    assert account("GetGroup", GroupId=group)["GroupNum"] == 0
    assert account("ListPolicies", Keyword="Administrator")["List"][0]["AttachEntityBoundaryCount"] == 0


def test_sub_accounts_are_found_by_uin_and_strangers_left_out(account):
    uin, _ = account.user("alice")
    (found,) = account("DescribeSubAccounts", FilterSubAccountUin=[uin, 1, uin])["SubAccounts"]
    assert (found["Uin"], found["UserType"], found["LastLoginTime"]) == (uin, 2, None)


def test_at_most_fifty_sub_accounts_are_asked_for(account):
    assert account.code("DescribeSubAccounts", FilterSubAccountUin=list(range(51))) == "InvalidParameter"


def test_collaborators_page_by_offset(account):
    for number in range(3):
        user = accounts.add_user(account.world, f"c{number}")
        account.world.write("cam.user").remove(str(user.value["Uin"]))
        account.world.write("cam.collaborator").put(user.value["Uin"], user)
    page = account("ListCollaborators", Offset=1, Limit=1)
    assert (page["TotalNum"], [each["Name"] for each in page["Data"]]) == (3, ["c1"])


def test_there_are_no_wechat_users(account):
    assert account("ListWeChatWorkSubAccounts", Offset=0, Limit=10) == {"Data": [], "TotalCount": 0}


# --- Accounts of every kind, message receivers ------------------------------------------------------------


def receiver(**members):
    return {"CountryCode": "86", "Email": "r@example.com", "PhoneNumber": "13800000000", **members}


def test_accounts_of_every_kind_are_listed_root_first(account):
    account.user("alice")
    account("CreateMessageReceiver", Name="bell", **receiver())
    users = account("ListAccounts")["Users"]
    assert [each["UserType"] for each in users] == ["Owner", "SubUser", "MessageReceiver"]
    assert users[0]["Uin"] == int(account.world.uin)


@given(st.integers(0, 12), st.integers(1, 5))
def test_accounts_are_each_seen_once_following_markers(number, size):
    account = Account(Direct.open())
    for index in range(number):
        accounts.add_user(account.world, f"user{index}")
    seen, marker = [], ""
    while True:
        page = account("ListAccounts", MaxItems=size, Marker=marker)
        seen += [each["Name"] for each in page["Users"]]
        assert len(page["Users"]) <= size
        marker = page["Marker"]
        if not page["IsTruncated"]:
            break
    assert seen == [account.world.uin, *(f"user{index}" for index in range(number))]


def test_accounts_are_narrowed_to_a_kind(account):
    account.user("alice")
    assert [each["Name"] for each in account("ListAccounts", UserType="SubUser")["Users"]] == ["alice"]


def test_a_marker_that_was_never_given_is_refused(account):
    assert account.code("ListAccounts", Marker="x") == "InvalidParameter.PaginationTokenInvalid"


@pytest.mark.parametrize("params", [{"MaxItems": 0}, {"MaxItems": 101}, {"UserType": "Alien"}])
def test_what_accounts_cannot_be_asked_is_refused(account, params):
    assert account.code("ListAccounts", **params) == "InvalidParameter.ParamError"


def test_a_message_receiver_comes_and_goes(account):
    account("CreateMessageReceiver", Name="bell", **receiver())
    page = account("ListReceiver")
    assert (page["TotalCount"], page["Receivers"][0]["Name"]) == (1, "bell")
    account("DeleteMessageReceiver", Name="bell")
    assert account("ListReceiver")["TotalCount"] == 0
    assert account.code("DeleteMessageReceiver", Name="bell") == "ResourceNotFound.UserNotExist"


def test_a_second_receiver_of_a_name_is_refused(account):
    account("CreateMessageReceiver", Name="bell", **receiver())
    code = account.code("CreateMessageReceiver", Name="bell", **receiver())
    assert code == "InvalidParameter.SubUserNameInUse"


def test_receivers_are_limited(account):
    for number in range(limits.RECEIVERS):
        accounts.add_receiver(account.world, f"r{number}")
    code = account.code("CreateMessageReceiver", Name="bell", **receiver())
    assert code == "InvalidParameter.ReceiverOverLimit"
