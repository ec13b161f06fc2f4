import json

import pytest

from emulator.services.cam import limits
from emulator.world import accounts

from .conftest import allow


def trust(**principal):
    statement = {"action": "name/sts:AssumeRole", "effect": "allow", "principal": principal}
    return json.dumps({"version": "2.0", "statement": [statement]})


SERVICE_TRUST = trust(service=["cls.cloud.tencent.com"])


def role(account, name="reader", document=SERVICE_TRUST, **more):
    return account("CreateRole", RoleName=name, PolicyDocument=document, **more)["RoleId"]


def info(account, **named):
    return account("GetRole", **named)["RoleInfo"]


def test_a_new_role_is_as_published(account):
    role_id = role(
        account, Description="d", ConsoleLogin=1, SessionDuration=3600, Tags=[{"Key": "k", "Value": "v"}]
    )
    found = info(account, RoleId=role_id)
    assert found == info(account, RoleName="reader")
    assert (found["RoleId"], found["PolicyDocument"]) == (role_id, SERVICE_TRUST)
    assert (found["ConsoleLogin"], found["SessionDuration"], found["RoleType"]) == (1, 3600, "user")
    assert int(role_id) >= 2**62
    assert account("DescribeRoleList", Page=1, Rp=10) == {"List": [found], "TotalNum": 1}


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("RoleNameError", {"RoleName": "two words"}),
        ("RoleNameInUse", {"RoleName": "taken"}),
        ("PrincipalError", {"PolicyDocument": trust()}),
        ("PrincipalError", {"PolicyDocument": trust(qcs=["nobody"])}),
        ("PolicyDocumentError", {"PolicyDocument": "{"}),
        ("ParamError", {"SessionDuration": 43201}),
        ("ParamError", {"ConsoleLogin": 2}),
        ("DescriptionLengthOverlimit", {"Description": "x" * 301}),
        ("TagParamError", {"Tags": [{"Key": "", "Value": ""}]}),
    ],
)
def test_a_role_that_cannot_be_is_refused(account, code, more):
    role(account, "taken")
    params = {"RoleName": "reader", "PolicyDocument": SERVICE_TRUST, **more}
    assert account.code("CreateRole", **params) == f"InvalidParameter.{code}"
    assert account("DescribeRoleList", Page=1, Rp=10)["TotalNum"] == 1


def test_a_role_trusts_users_that_are_there(account):
    owner = account.world.uin
    uin, _ = account.user("alice")
    role(account, "good", trust(qcs=[f"qcs::cam::uin/{owner}:uin/{uin}", f"qcs::cam::uin/{owner}:root"]))
    document = trust(qcs=[f"qcs::cam::uin/{owner}:uin/1"])
    code = account.code("CreateRole", RoleName="bad", PolicyDocument=document)
    assert code == "InvalidParameter.PrincipalQcsNotExist"


def test_there_is_room_for_a_thousand_roles(account):
    for number in range(limits.ROLES):
        accounts.add_role(account.world, f"r{number}", SERVICE_TRUST)
    code = account.code("CreateRole", RoleName="more", PolicyDocument=SERVICE_TRUST)
    assert code == "InvalidParameter.RoleFull"


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("GetRole", {}),
        ("DeleteRole", {}),
        ("UpdateAssumeRolePolicy", {"PolicyDocument": SERVICE_TRUST}),
        ("UpdateRoleDescription", {"Description": "d"}),
        ("UpdateRoleConsoleLogin", {"ConsoleLogin": 1}),
        ("UpdateRoleSessionDuration", {"SessionDuration": 1}),
        ("TagRole", {"Tags": []}),
        ("UntagRole", {"TagKeys": []}),
        ("ListAttachedRolePolicies", {"Page": 1, "Rp": 1}),
        ("PutRolePermissionsBoundary", {"PolicyId": 1}),
        ("DeleteRolePermissionsBoundary", {}),
    ],
)
def test_a_role_that_is_not_there_is_not_found(account, action, more):
    assert account.code(action, RoleName="nobody", **more) == "InvalidParameter.RoleNotExist"
    assert account.code(action, **more) == "InvalidParameter.ParamError"


def test_every_part_of_a_role_can_be_changed(account):
    role_id = role(account)
    document = trust(service=["cvm.cloud.tencent.com"])
    account("UpdateAssumeRolePolicy", RoleName="reader", PolicyDocument=document)
    account("UpdateRoleDescription", RoleId=role_id, Description="new")
    account("UpdateRoleConsoleLogin", RoleId=int(role_id), ConsoleLogin=1)
    account("UpdateRoleSessionDuration", RoleId=int(role_id), SessionDuration=600)
    found = info(account, RoleId=role_id)
    assert (found["PolicyDocument"], found["Description"]) == (document, "new")
    assert (found["ConsoleLogin"], found["SessionDuration"]) == (1, 600)


def test_a_change_moves_the_time_of_the_last_update(account):
    account.world.clock.set(1_700_000_000)
    role(account)
    account.world.clock.advance(3600)
    account("UpdateRoleDescription", RoleName="reader", Description="new")
    found = info(account, RoleName="reader")
    assert (found["AddTime"], found["UpdateTime"]) == ("2023-11-15 06:13:20", "2023-11-15 07:13:20")


def test_a_trust_policy_is_checked_when_it_is_changed(account):
    role(account)
    code = account.code("UpdateAssumeRolePolicy", RoleName="reader", PolicyDocument=json.dumps(allow("*")))
    assert code == "InvalidParameter.PrincipalError"


def test_tags_are_put_on_and_taken_off(account):
    role(account, Tags=[{"Key": "a", "Value": "1"}])
    account("TagRole", RoleName="reader", Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}])
    assert info(account, RoleName="reader")["Tags"] == [
        {"Key": "a", "Value": "2"},
        {"Key": "b", "Value": "3"},
    ]
    account("UntagRole", RoleName="reader", TagKeys=["a", "none"])
    assert info(account, RoleName="reader")["Tags"] == [{"Key": "b", "Value": "3"}]


def test_tags_are_limited_in_all(account):
    role(account, Tags=[{"Key": f"k{n}", "Value": ""} for n in range(limits.TAGS)])
    code = account.code("TagRole", RoleName="reader", Tags=[{"Key": "more", "Value": ""}])
    assert code == "InvalidParameter.TagLimitExceeded"


def test_roles_are_listed_by_tag_and_page(account):
    role(account, "one", Tags=[{"Key": "a", "Value": "1"}])
    role(account, "two", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    found = account("DescribeRoleList", Page=1, Rp=10, Tags=tags)
    assert [each["RoleName"] for each in found["List"]] == ["two"]
    page = account("DescribeRoleList", Page=2, Rp=1)
    assert (page["TotalNum"], page["List"][0]["RoleName"]) == (2, "two")
    assert account.code("DescribeRoleList", Page=1, Rp=201) == "InvalidParameter.ParamError"


def test_a_deleted_role_leaves_nothing_behind(account):
    role(account)
    account("AttachRolePolicy", AttachRoleName="reader", PolicyId=1)
    account("PutRolePermissionsBoundary", RoleName="reader", PolicyId=1)
    account("DeleteRole", RoleName="reader")
    (listed,) = account("ListPolicies", Keyword="AdministratorAccess")["List"]
    assert (listed["AttachEntityCount"], listed["AttachEntityBoundaryCount"]) == (0, 0)


# --- Roles of services ------------------------------------------------------------------------------------


def test_a_service_gets_its_role(account):
    created = account("CreateServiceLinkedRole", QCSServiceName=["command.tat.cloud.tencent.com"])
    found = info(account, RoleId=created["RoleId"])
    assert (found["RoleName"], found["RoleType"]) == ("TAT_QCSLinkedRoleInCommand", "service_linked")
    assert "command.tat.cloud.tencent.com" in found["PolicyDocument"]


def test_a_suffix_tells_roles_of_a_service_apart(account):
    service = {"QCSServiceName": ["ccs.qcloud.com"]}
    account("CreateServiceLinkedRole", **service)
    assert account.code("CreateServiceLinkedRole", **service) == "InvalidParameter.RoleNameInUse"
    account("CreateServiceLinkedRole", **service, CustomSuffix="forAdmin")


def test_a_role_is_linked_to_a_service_by_its_name(account):
    assert account.code("CreateServiceLinkedRole", QCSServiceName=[]) == "InvalidParameter.ParamError"
    code = account.code("CreateServiceLinkedRole", QCSServiceName=["not a name"])
    assert code == "InvalidParameter.RoleNameError"


def test_a_services_role_is_deleted_by_a_task(account):
    account("CreateServiceLinkedRole", QCSServiceName=["ccs.qcloud.com"])
    name = account("DescribeRoleList", Page=1, Rp=1)["List"][0]["RoleName"]
    assert account.code("DeleteRole", RoleName=name) == "InvalidParameter.ParamError"
    task = account("DeleteServiceLinkedRole", RoleName=name)["DeletionTaskId"]
    assert account("GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)["Status"] == "SUCCEEDED"
    assert account("DescribeRoleList", Page=1, Rp=1)["TotalNum"] == 0


def test_only_a_services_role_is_deleted_by_a_task(account):
    role(account)
    assert account.code("DeleteServiceLinkedRole", RoleName="reader") == "InvalidParameter.RoleNotExist"
    code = account.code("GetServiceLinkedRoleDeletionStatus", DeletionTaskId="1")
    assert code == "InvalidParameter.DeletionTaskNotExist"


# --- Boundaries -------------------------------------------------------------------------------------------


def test_a_user_without_a_boundary_has_nulls(account):
    uin, _ = account.user()
    assert set(account("GetUserPermissionBoundary", TargetUin=uin).values()) == {None}


def test_a_boundary_narrows_what_a_user_may_do(account):
    uin, key = account.user("alice", "AdministratorAccess")
    document = json.dumps(allow("cam:ListGroups"))
    policy_id = account("CreatePolicy", PolicyName="edge", PolicyDocument=document)["PolicyId"]
    account("PutUserPermissionsBoundary", TargetUin=uin, PolicyId=policy_id)
    found = account("GetUserPermissionBoundary", TargetUin=uin)
    assert (found["PolicyId"], found["PolicyDocument"], found["PolicyType"]) == (policy_id, document, 1)
    assert account.can(key, "ListGroups")
    assert not account.can(key, "ListUsers")
    account("DeleteUserPermissionsBoundary", TargetUin=uin)
    assert account.can(key, "ListUsers")


def test_a_boundary_grants_nothing_by_itself(account):
    uin, key = account.user("alice")
    account("PutUserPermissionsBoundary", TargetUin=uin, PolicyId=1)
    assert not account.can(key, "ListUsers")


def test_a_role_has_a_boundary_of_its_own(account):
    role_id = role(account)
    assert account("GetRolePermissionBoundary", RoleId=role_id)["PolicyName"] is None
    account("PutRolePermissionsBoundary", RoleId=role_id, PolicyId=1)
    assert account("GetRolePermissionBoundary", RoleId=role_id)["PolicyName"] == "AdministratorAccess"
    account("DeleteRolePermissionsBoundary", RoleName="reader")
    assert account("GetRolePermissionBoundary", RoleId=role_id)["PolicyName"] is None


def test_a_boundary_names_who_and_what_is_there(account):
    uin, _ = account.user()
    for action, more in (
        ("PutUserPermissionsBoundary", {"PolicyId": 1}),
        ("GetUserPermissionBoundary", {}),
        ("DeleteUserPermissionsBoundary", {}),
    ):
        assert account.code(action, TargetUin=1, **more) == "InvalidParameter.UserNotExist"
    code = account.code("PutUserPermissionsBoundary", TargetUin=uin, PolicyId=99)
    assert code == "InvalidParameter.PolicyIdNotExist"


def test_a_services_role_has_no_boundary(account):
    created = account("CreateServiceLinkedRole", QCSServiceName=["ccs.qcloud.com"])
    code = account.code("PutRolePermissionsBoundary", RoleId=created["RoleId"], PolicyId=1)
    assert code == "InvalidParameter.ServiceLinkedRoleCantUsePermissionBoundary"
