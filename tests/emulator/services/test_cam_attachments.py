import json

import pytest

from emulator.services.cam import limits
from emulator.world import accounts

from .conftest import allow, deny

TRUST = json.dumps(
    {
        "version": "2.0",
        "statement": [
            {
                "action": "name/sts:AssumeRole",
                "effect": "allow",
                "principal": {"service": ["cls.cloud.tencent.com"]},
            }
        ],
    }
)
ADMIN, READER = 1, 3


@pytest.fixture
def holders(account):
    """A user, a group and a role by kind: how each is named when attaching, detaching and listing."""
    uin, _ = account.user("alice")
    group = account("CreateGroup", GroupName="ops")["GroupId"]
    role = account("CreateRole", RoleName="cls", PolicyDocument=TRUST)["RoleId"]
    return {
        "User": ({"AttachUin": uin}, {"DetachUin": uin}, {"TargetUin": uin}),
        "Group": ({"AttachGroupId": group}, {"DetachGroupId": group}, {"TargetGroupId": group}),
        "Role": ({"AttachRoleId": role}, {"DetachRoleId": role}, {"RoleId": role, "Page": 1, "Rp": 20}),
    }


KINDS = pytest.mark.parametrize("kind", ["User", "Group", "Role"])


@KINDS
def test_a_policy_is_attached_once_and_listed_until_it_is_detached(account, holders, kind):
    attach, detach, listing = holders[kind]
    for _ in range(2):
        account(f"Attach{kind}Policy", PolicyId=READER, **attach)
    found = account(f"ListAttached{kind}Policies", **listing)
    assert (found["TotalNum"], found["List"][0]["PolicyId"]) == (1, READER)
    assert found["List"][0]["PolicyType"] == "QCS"
    for _ in range(2):
        account(f"Detach{kind}Policy", PolicyId=READER, **detach)
    assert account(f"ListAttached{kind}Policies", **listing)["TotalNum"] == 0


@KINDS
def test_a_policy_that_is_not_there_cannot_be_attached(account, holders, kind):
    attach, detach, _ = holders[kind]
    assert account.code(f"Attach{kind}Policy", PolicyId=99, **attach) == "InvalidParameter.PolicyIdNotExist"
    assert account.code(f"Detach{kind}Policy", PolicyId=99, **detach) == "InvalidParameter.PolicyIdNotExist"


@pytest.mark.parametrize(
    ("action", "params", "code"),
    [
        ("AttachUserPolicy", {"AttachUin": 1}, "ResourceNotFound.UserNotExist"),
        ("DetachUserPolicy", {"DetachUin": 1}, "ResourceNotFound.UserNotExist"),
        ("AttachGroupPolicy", {"AttachGroupId": 1}, "ResourceNotFound.GroupNotExist"),
        ("DetachGroupPolicy", {"DetachGroupId": 1}, "ResourceNotFound.GroupNotExist"),
        ("AttachRolePolicy", {"AttachRoleId": "1"}, "InvalidParameter.RoleNotExist"),
        ("DetachRolePolicy", {"DetachRoleName": "x"}, "InvalidParameter.RoleNotExist"),
    ],
)
def test_a_holder_that_is_not_there_takes_no_policy(account, action, params, code):
    assert account.code(action, PolicyId=ADMIN, **params) == code


def test_a_role_and_a_policy_are_named_by_name_too(account, holders):
    account("AttachRolePolicy", PolicyName="ReadOnlyAccess", AttachRoleName="cls")
    found = account("ListAttachedRolePolicies", RoleName="cls", Page=1, Rp=10)["List"]
    assert [each["PolicyName"] for each in found] == ["ReadOnlyAccess"]
    account("DetachRolePolicy", PolicyName="ReadOnlyAccess", DetachRoleName="cls")
    assert account("ListAttachedRolePolicies", RoleName="cls", Page=1, Rp=10)["TotalNum"] == 0


def test_attaching_to_a_role_names_both(account, holders):
    assert account.code("AttachRolePolicy", PolicyId=ADMIN) == "InvalidParameter.ParamError"
    assert account.code("AttachRolePolicy", AttachRoleName="cls") == "InvalidParameter.ParamError"
    code = account.code("AttachRolePolicy", AttachRoleName="cls", PolicyName="none")
    assert code == "InvalidParameter.PolicyIdNotExist"


@KINDS
def test_a_holder_has_at_most_200_policies(account, holders, kind):
    attach, _, _ = holders[kind]
    holder_id = str(next(iter(attach.values())))
    for number in range(limits.POLICIES_OF_A_HOLDER):
        policy = accounts.add_policy(account.world, f"p{number}", json.dumps(allow("cvm:*")))
        accounts.attach(account.world, kind.lower(), holder_id, policy.value["PolicyId"])
    assert account.code(f"Attach{kind}Policy", PolicyId=ADMIN, **attach) == "InvalidParameter.AttachmentFull"
    account(f"Attach{kind}Policy", PolicyId=policy.value["PolicyId"], **attach)


def test_an_attachment_takes_effect_and_loses_it_at_once(account):
    uin, key = account.user("alice")
    assert not account.can(key, "ListUsers")
    account("AttachUserPolicy", AttachUin=uin, PolicyId=ADMIN)
    assert account.can(key, "ListUsers")
    account("DetachUserPolicy", DetachUin=uin, PolicyId=ADMIN)
    assert not account.can(key, "ListUsers")


def test_a_group_hands_on_its_policies(account):
    uin, key = account.user("alice")
    group = account("CreateGroup", GroupName="ops")["GroupId"]
    account("AttachGroupPolicy", AttachGroupId=group, PolicyId=ADMIN)
    assert not account.can(key, "ListUsers")
    account("AddUserToGroup", Info=[{"GroupId": group, "Uin": uin}])
    assert account.can(key, "ListUsers")
    account("RemoveUserFromGroup", Info=[{"GroupId": group, "Uin": uin}])
    assert not account.can(key, "ListUsers")


def test_a_deny_of_a_group_wins_over_an_own_allow(account):
    uin, key = account.user("alice", "AdministratorAccess")
    group = account("CreateGroup", GroupName="ops")["GroupId"]
    document = json.dumps(deny("cam:ListUsers"))
    policy_id = account("CreatePolicy", PolicyName="no", PolicyDocument=document)["PolicyId"]
    account("AttachGroupPolicy", AttachGroupId=group, PolicyId=policy_id)
    account("AddUserToGroup", Info=[{"GroupId": group, "Uin": uin}])
    assert not account.can(key, "ListUsers")
    assert account.can(key, "ListGroups")


# --- Lists ------------------------------------------------------------------------------------------------


def test_an_attachment_says_who_made_it(account):
    _, key = account.user("admin", "AdministratorAccess")
    uin, _ = account.user("alice")
    account("AttachUserPolicy", key, AttachUin=uin, PolicyId=READER)
    (row,) = account("ListAttachedUserPolicies", TargetUin=uin)["List"]
    assert (row["OperateUin"], row["OperateOwnerUin"]) == (key.principal.uin, account.world.uin)
    assert row["OperateUinType"] == 0


@pytest.fixture
def member(account):
    """A user with one policy of its own, one through a group, and one both ways."""
    uin, _ = account.user("alice", "AdministratorAccess", "ReadOnlyAccess")
    group = account("CreateGroup", GroupName="ops")["GroupId"]
    for policy_id in (READER, 2):
        account("AttachGroupPolicy", AttachGroupId=group, PolicyId=policy_id)
    account("AddUserToGroup", Info=[{"GroupId": group, "Uin": uin}])
    return uin, group


def user_policies(account, uin, reach, **more):
    return account("ListAttachedUserAllPolicies", TargetUin=uin, AttachType=reach, Rp=200, Page=1, **more)


@pytest.mark.parametrize(("reach", "ids"), [(0, ["1", "3", "2"]), (1, ["1", "3"]), (2, ["3", "2"])])
def test_all_policies_of_a_user_are_listed_by_how_they_reach_it(account, member, reach, ids):
    found = user_policies(account, member[0], reach)
    assert [each["PolicyId"] for each in found["PolicyList"]] == ids
    assert found["TotalNum"] == len(ids)


def test_a_policy_names_the_groups_it_comes_through(account, member):
    groups = {each["PolicyId"]: each["Groups"] for each in user_policies(account, member[0], 0)["PolicyList"]}
    through = [{"GroupId": member[1], "GroupName": "ops"}]
    assert groups == {"1": [], "3": through, "2": through}


def test_ids_are_text_here_and_numbers_elsewhere(account, member):
    row = user_policies(account, member[0], 1)["PolicyList"][0]
    assert [row[name] for name in ("PolicyId", "StrategyType", "CreateMode")] == ["1", "2", "2"]
    assert account("ListAttachedUserPolicies", TargetUin=member[0])["List"][0]["PolicyId"] == 1


def test_all_policies_are_narrowed_by_kind_and_name(account, member):
    assert user_policies(account, member[0], 0, StrategyType=1)["TotalNum"] == 0
    assert user_policies(account, member[0], 0, Keyword="Administrator")["TotalNum"] == 1


@pytest.mark.parametrize("wrong", [{"AttachType": 3}, {"StrategyType": 3}, {"Rp": 0}, {"Page": 201}])
def test_what_all_policies_cannot_be_asked_is_refused(account, wrong):
    uin, _ = account.user("alice")
    params = {"TargetUin": uin, "AttachType": 0, "Rp": 10, "Page": 1, **wrong}
    assert account.code("ListAttachedUserAllPolicies", **params) == "InvalidParameter.ParamError"


def test_policies_of_a_user_that_is_not_there_are_not_found(account):
    params = {"TargetUin": 1, "AttachType": 0, "Rp": 10, "Page": 1}
    assert account.code("ListAttachedUserAllPolicies", **params) == "ResourceNotFound.UserNotExist"


def test_policies_of_a_role_are_narrowed_by_kind_and_name(account, holders):
    account("AttachRolePolicy", PolicyId=ADMIN, AttachRoleName="cls")
    listing = {"RoleName": "cls", "Page": 1, "Rp": 10}
    assert account("ListAttachedRolePolicies", **listing, PolicyType="User")["TotalNum"] == 0
    assert account("ListAttachedRolePolicies", **listing, PolicyType="QCS", Keyword="Admin")["TotalNum"] == 1
    code = account.code("ListAttachedRolePolicies", **listing, PolicyType="Other")
    assert code == "InvalidParameter.ParamError"


def test_entities_of_every_kind_are_listed_for_a_policy(account, holders):
    for kind, (attach, _, _) in holders.items():
        account(f"Attach{kind}Policy", PolicyId=READER, **attach)
    found = account("ListEntitiesForPolicy", PolicyId=READER)
    assert [(each["Name"], each["RelatedType"]) for each in found["List"]] == [
        ("alice", 1),
        ("ops", 2),
        ("cls", 3),
    ]
    user = account("GetUser", Name="alice")
    assert (found["List"][0]["Id"], found["List"][0]["Uin"]) == (str(user["Uid"]), user["Uin"])


@pytest.mark.parametrize(("wanted", "name"), [("User", "alice"), ("Group", "ops"), ("Role", "cls")])
def test_entities_are_narrowed_to_a_kind(account, holders, wanted, name):
    for kind, (attach, _, _) in holders.items():
        account(f"Attach{kind}Policy", PolicyId=READER, **attach)
    found = account("ListEntitiesForPolicy", PolicyId=READER, EntityFilter=wanted)
    assert [each["Name"] for each in found["List"]] == [name]


def test_entities_cannot_be_asked_otherwise(account):
    assert account.code("ListEntitiesForPolicy", PolicyId=99) == "InvalidParameter.PolicyIdError"
    code = account.code("ListEntitiesForPolicy", PolicyId=1, EntityFilter="Dog")
    assert code == "InvalidParameter.EntityFilterError"


# --- Which services are open -------------------------------------------------------------------------------


def services(account, **who):
    return {
        each["Service"]["ServiceType"]: each
        for each in account("ListPoliciesGrantingServiceAccess", **who)["List"]
    }


def test_the_services_that_somebody_may_use_are_listed_with_the_policies_that_open_them(account):
    uin, _ = account.user("alice", allow("cvm:DescribeZones", "vpc:*"), deny("cbs:*"))
    group = account("CreateGroup", GroupName="ops")["GroupId"]
    account("AttachGroupPolicy", AttachGroupId=group, PolicyId=243334)
    account("AddUserToGroup", Info=[{"GroupId": group, "Uin": uin}])
    found = services(account, TargetUin=uin)
    assert set(found) == {"cvm", "vpc", "clb", "monitor"}
    assert [each["PolicyName"] for each in found["cvm"]["Policy"]] == ["alice-0", "QcloudCVMReadOnlyAccess"]
    assert [each["PolicyType"] for each in found["cvm"]["Policy"]] == ["Custom", "Presetting"]
    assert set(services(account, GroupId=group)) == {"cvm", "vpc", "clb", "monitor"}


def test_the_actions_of_one_service_are_listed_when_it_is_named(account):
    uin, _ = account.user("alice", allow("cam:List*Groups", "cam:GetUser", "cvm:*"))
    (found,) = services(account, TargetUin=uin, ServiceType="cam").values()
    assert [each["Name"] for each in found["Action"]] == ["ListGroups", "GetUser"]


def test_a_role_opens_services_too(account, holders):
    account("AttachRolePolicy", PolicyId=ADMIN, AttachRoleName="cls")
    role_id = int(holders["Role"][0]["AttachRoleId"])
    assert len(services(account, RoleId=role_id)) > 200


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ({}, "InvalidParameter.ParamError"),
        ({"TargetUin": 1, "GroupId": 1}, "InvalidParameter.ParamError"),
        ({"TargetUin": 1}, "ResourceNotFound.UserNotExist"),
        ({"GroupId": 1}, "ResourceNotFound.GroupNotExist"),
        ({"RoleId": 1}, "InvalidParameter.RoleNotExist"),
    ],
)
def test_services_are_open_to_somebody_that_is_there(account, who, code):
    assert account.code("ListPoliciesGrantingServiceAccess", **who) == code


# --- Permissions on roles ---------------------------------------------------------------------------------


def test_reading_a_role_is_granted_by_role(account, holders):
    other = account("CreateRole", RoleName="other", PolicyDocument=TRUST)["RoleId"]
    role_id = account("GetRole", RoleName="cls")["RoleInfo"]["RoleId"]
    resource = f"qcs::cam:::role/{role_id}"
    _, key = account.user("reader", allow("cam:GetRole", "cam:ListAttachedRolePolicies", resource=resource))
    assert account.can(key, "GetRole", RoleName="cls")
    assert account.can(key, "ListAttachedRolePolicies", RoleId=role_id, Page=1, Rp=1)
    assert not account.can(key, "GetRole", RoleId=other)


def test_a_denial_names_the_role_as_the_cloud_does(account, holders):
    role_id = account("GetRole", RoleName="cls")["RoleInfo"]["RoleId"]
    _, key = account.user("nobody")
    message = account.message("GetRole", key, RoleName="cls")
    assert message.endswith(
        f"you are not authorized to perform operation (cam:GetRole)\n"
        f"resource (qcs::cam:::role/{role_id}) has no permission\n"
    )
