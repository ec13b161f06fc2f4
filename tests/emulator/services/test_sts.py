import json
from dataclasses import replace
from urllib.parse import quote

import pytest

from emulator.world import accounts

from .conftest import allow

ANY = json.dumps(allow("*"))


def temporary(account, answer):
    """The key in an answer, as the gateway knows it."""
    credentials = answer["Credentials"]
    _, key = account.direct.gateway.cloud.find_key(credentials["TmpSecretId"])
    assert key.secret_key == credentials["TmpSecretKey"]
    assert key.token == credentials["Token"]
    return key


def trust(*principals, **more):
    statement = {
        "action": "name/sts:AssumeRole",
        "effect": "allow",
        "principal": {"qcs": list(principals)},
        **more,
    }
    return json.dumps({"version": "2.0", "statement": [statement]})


@pytest.fixture
def role(account):
    """A role that everybody in the account is trusted with, and that reads users."""
    document = trust(f"qcs::cam::uin/{account.world.uin}:root")
    row = accounts.add_role(account.world, "reader", document)
    policy = accounts.add_policy(account.world, "list", json.dumps(allow("cam:ListUsers", "cam:ListGroups")))
    accounts.attach(account.world, "role", row.value["RoleId"], policy.value["PolicyId"])
    return row.value


@pytest.fixture
def caller(account):
    return account.user("alice", allow("sts:AssumeRole"))[1]


def arn(account, name="reader"):
    return f"qcs::cam::uin/{account.world.uin}:roleName/{name}"


def assume(account, key=None, **more):
    params = {"RoleArn": arn(account), "RoleSessionName": "session", **more}
    return account("sts:AssumeRole", key, **params)


def refused(account, key=None, **more):
    params = {"RoleArn": arn(account), "RoleSessionName": "session", **more}
    return account.code("sts:AssumeRole", key, **params)


# --- Who am I ---------------------------------------------------------------------------------------------


def test_everybody_may_ask_who_they_are(account):
    uin, key = account.user("alice")
    owner = account.world.uin
    assert account("sts:GetCallerIdentity", key) == {
        "Type": "CAMUser",
        "AccountId": owner,
        "UserId": str(uin),
        "PrincipalId": str(uin),
        "Arn": f"qcs::cam:{owner}:uin/{uin}",
    }
    assert account("sts:GetCallerIdentity")["UserId"] == owner


def test_a_session_that_allows_nothing_may_still_ask_who_it_is(account):
    key = temporary(account, federate(account, policy=json.dumps(allow("cvm:DescribeZones"))))
    assert account("sts:GetCallerIdentity", key)["UserId"] == f"{account.world.uin}:SUN"


def test_keys_are_queried_by_account(account):
    uin, key = account.user("alice")
    (found,) = account("sts:QueryApiKey", TargetUin=uin)["IdKeys"]
    assert (found["SecretId"], found["Status"]) == (key.secret_id, 2)
    accounts.set_status(account.world, key, "Inactive")
    assert account("sts:QueryApiKey", TargetUin=uin)["IdKeys"][0]["Status"] == 3
    assert account("sts:QueryApiKey")["IdKeys"][0]["SecretId"] == account.root.secret_id
    assert account.code("sts:QueryApiKey", TargetUin=1) == "InvalidParameter.AccountNotAvaliable"


# --- Roles ------------------------------------------------------------------------------------------------


def test_a_role_may_do_what_it_is_granted_and_not_what_its_caller_is(account, role):
    _, caller = account.user("alice", allow("sts:AssumeRole", "cam:GetUser"))
    key = temporary(account, assume(account, caller))
    assert account.can(key, "ListUsers")
    assert not account.can(key, "GetUser", Name="alice")


def test_a_role_says_who_it_is_and_who_asked_for_it(account, role, caller):
    key = temporary(account, assume(account, caller))
    role_id, owner = role["RoleId"], account.world.uin
    assert account("sts:GetCallerIdentity", key) == {
        "Type": "CAMRole",
        "AccountId": owner,
        "UserId": f"{role_id}:session",
        "PrincipalId": caller.principal.uin,
        "Arn": f"qcs::sts:{owner}:assumed-role/{role_id}",
    }


@pytest.mark.parametrize("form", ["roleName/reader", "role/{RoleId}"])
def test_a_role_is_named_by_name_or_id(account, role, form):
    role_arn = f"qcs::cam::uin/{account.world.uin}:{form.format(**role)}"
    assert temporary(account, assume(account, RoleArn=role_arn)).principal.uin == role["RoleId"]


def test_a_temporary_key_needs_its_token(account, role, caller):
    key = temporary(account, assume(account, caller))
    wrong = replace(key, token="other")
    assert account.code("ListUsers", wrong) == "AuthFailure.TokenFailure"
    assert account.code("ListUsers", replace(key, token=None)) == "AuthFailure.TokenFailure"


def test_a_role_expires_by_the_worlds_clock(account, role, caller):
    account.world.clock.set(1_700_000_000)
    answer = assume(account, caller, DurationSeconds=600)
    assert answer["ExpiredTime"] == 1_700_000_600
    assert answer["Expiration"] == "2023-11-14T22:23:20Z"
    key = temporary(account, answer)
    account.world.clock.advance(599)
    assert account.can(key, "ListUsers")
    account.world.clock.advance(1)
    assert account.code("ListUsers", key) == "AuthFailure.TokenFailure"


def test_a_role_lasts_two_hours_unless_told(account, role, caller):
    account.world.clock.set(1_700_000_000)
    assert assume(account, caller)["ExpiredTime"] == 1_700_007_200


def test_taking_a_role_needs_a_grant_on_that_role(account, role):
    accounts.add_role(account.world, "other", role["PolicyDocument"])
    _, key = account.user("alice", allow("sts:AssumeRole", resource=arn(account)))
    assume(account, key)
    assert refused(account, key, RoleArn=arn(account, "other")) == "UnauthorizedOperation"


def test_taking_a_role_needs_its_trust(account, role, caller):
    _, bob = account.user("bob", allow("sts:AssumeRole"))
    document = trust(f"qcs::cam::uin/{account.world.uin}:uin/{bob.principal.uin}")
    account("UpdateAssumeRolePolicy", RoleName="reader", PolicyDocument=document)
    assume(account, bob)
    assert refused(account, caller) == "UnauthorizedOperation"
    assert account.message(
        "sts:AssumeRole", caller, RoleArn=arn(account), RoleSessionName="session"
    ).endswith("resource (" + arn(account) + ") has no permission\n")


def test_a_trust_may_ask_for_an_external_id(account, role, caller):
    condition = {"string_equal": {"sts:external_id": "secret"}}
    document = trust(f"qcs::cam::uin/{account.world.uin}:root", condition=condition)
    account("UpdateAssumeRolePolicy", RoleName="reader", PolicyDocument=document)
    assert refused(account, caller) == "UnauthorizedOperation"
    assert refused(account, caller, ExternalId="wrong") == "UnauthorizedOperation"
    assume(account, caller, ExternalId="secret")


def test_a_role_of_another_account_is_taken_if_it_trusts(account, caller):
    cloud = account.direct.gateway.cloud
    other = cloud.open()
    role = accounts.add_role(other, "guest", trust(f"qcs::cam::uin/{account.world.uin}:root"))
    accounts.attach(other, "role", role.value["RoleId"], 1)
    key = temporary(account, assume(account, caller, RoleArn=role.value["RoleArn"]))
    accounts.add_user(other, "stranger")
    assert [each["Name"] for each in account("ListUsers", key)["Data"]] == ["stranger"]
    assert account("sts:GetCallerIdentity", key)["AccountId"] == other.uin


def test_a_session_policy_narrows_a_role(account, role, caller):
    for policy in (json.dumps(allow("cam:ListUsers")), quote(json.dumps(allow("cam:ListUsers")))):
        key = temporary(account, assume(account, caller, Policy=policy))
        assert account.can(key, "ListUsers")
        assert not account.can(key, "ListGroups")


def test_a_session_policy_grants_nothing_by_itself(account, role, caller):
    key = temporary(account, assume(account, caller, Policy=ANY))
    assert not account.can(key, "CreateGroup", GroupName="x")


def test_a_boundary_narrows_a_role(account, role, caller):
    document = json.dumps(allow("cam:ListUsers"))
    policy_id = account("CreatePolicy", PolicyName="edge", PolicyDocument=document)["PolicyId"]
    account("PutRolePermissionsBoundary", RoleId=role["RoleId"], PolicyId=policy_id)
    key = temporary(account, assume(account, caller))
    assert account.can(key, "ListUsers")
    assert not account.can(key, "ListGroups")


def test_a_role_may_take_a_role(account, role, caller):
    second = accounts.add_role(account.world, "second", role["PolicyDocument"])
    accounts.attach(account.world, "role", role["RoleId"], 1)
    first = temporary(account, assume(account, caller))
    key = temporary(account, assume(account, first, RoleArn=arn(account, "second")))
    assert key.principal.uin == second.value["RoleId"]
    assert account("sts:GetCallerIdentity", key)["PrincipalId"] == caller.principal.uin


def test_a_deleted_role_cuts_its_sessions(account, role, caller):
    key = temporary(account, assume(account, caller))
    account("DeleteRole", RoleName="reader")
    assert account.code("ListUsers", key) == "AuthFailure.SecretIdNotFound"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"RoleArn": "reader"}, "InvalidParameter.ParamError"),
        ({"RoleArn": "qcs::cam::uin/1:roleName/reader"}, "ResourceNotFound.RoleNotFound"),
        ({"RoleSessionName": "x"}, "InvalidParameter.ParamError"),
        ({"DurationSeconds": 7201}, "InvalidParameter.OverTimeError"),
        ({"DurationSeconds": 0}, "InvalidParameter.ParamError"),
        ({"Policy": "{}"}, "InvalidParameter.StrategyFormatError"),
        ({"Policy": "no policy"}, "InvalidParameter.StrategyFormatError"),
        ({"Policy": json.dumps(allow(*["cvm:DescribeInstances"] * 500))}, "InvalidParameter.PolicyTooLong"),
        ({"ExternalId": "x"}, "InvalidParameter.ParamError"),
        ({"Tags": [{"Key": "a", "Value": "1"}] * 2}, "InvalidParameter.ParamError"),
        ({"SerialNumber": "s", "TokenCode": "123456"}, "FailedOperation.CheckMFAError"),
    ],
)
def test_a_role_that_cannot_be_taken_is_refused(account, role, more, code):
    assert refused(account, **more) == code


def test_a_role_of_this_account_that_is_not_there_is_not_found(account):
    assert refused(account) == "ResourceNotFound.RoleNotFound"


# --- Federated users --------------------------------------------------------------------------------------


def federate(account, key=None, policy=ANY, **more):
    return account("sts:GetFederationToken", key, Name="SUN", Policy=policy, **more)


def test_a_federated_user_has_what_its_maker_and_its_policy_both_allow(account):
    _, maker = account.user("alice", allow("sts:GetFederationToken", "cam:ListUsers"))
    everything = temporary(account, federate(account, maker))
    assert account.can(everything, "ListUsers")
    assert not account.can(everything, "ListGroups")
    little = temporary(account, federate(account, maker, quote(json.dumps(allow("cam:ListGroups")))))
    assert not account.can(little, "ListUsers")
    assert not account.can(little, "ListGroups")


def test_a_federated_user_of_the_root_has_what_its_policy_allows(account):
    key = temporary(account, federate(account, policy=json.dumps(allow("cam:ListGroups"))))
    assert account.can(key, "ListGroups")
    assert not account.can(key, "ListUsers")


def test_a_federated_user_loses_what_its_maker_loses(account):
    uin, maker = account.user("alice", "AdministratorAccess")
    key = temporary(account, federate(account, maker))
    assert account.can(key, "ListUsers")
    account("DetachUserPolicy", DetachUin=uin, PolicyId=1)
    assert not account.can(key, "ListUsers")


def test_a_federated_user_says_who_it_is(account):
    uin, maker = account.user("alice", allow("sts:GetFederationToken"))
    found = account("sts:GetCallerIdentity", temporary(account, federate(account, maker)))
    assert (found["Type"], found["UserId"]) == ("CAMUser", f"{uin}:SUN")
    assert found["Arn"] == f"qcs::sts:{account.world.uin}:federated-user/{uin}"


def test_federation_tokens_have_the_longer_form(account):
    credentials = federate(account)["Credentials"]
    assert (len(credentials["TmpSecretId"]), len(credentials["TmpSecretKey"])) == (68, 44)


def test_role_credentials_have_the_shorter_form(account, role):
    credentials = assume(account)["Credentials"]
    assert (len(credentials["TmpSecretId"]), len(credentials["TmpSecretKey"])) == (36, 32)


def test_a_temporary_key_makes_no_federated_user(account):
    key = temporary(account, federate(account))
    code = account.code("sts:GetFederationToken", key, Name="SUN", Policy=ANY)
    assert code == "FailedOperation.TempKeyNotAllowed"


def test_a_deleted_user_takes_its_federated_users_along(account):
    _, maker = account.user("alice", "AdministratorAccess")
    key = temporary(account, federate(account, maker))
    account("DeleteUser", Name="alice", Force=1)
    assert account.code("ListUsers", key) == "AuthFailure.SecretIdNotFound"


def test_roots_federated_users_last_two_hours_and_others_a_day_and_a_half(account):
    _, maker = account.user("alice", allow("sts:GetFederationToken"))
    federate(account, DurationSeconds=7200)
    federate(account, maker, DurationSeconds=129600)
    params = {"Name": "SUN", "Policy": ANY}
    assert account.code("sts:GetFederationToken", DurationSeconds=7201, **params) == (
        "InvalidParameter.OverTimeError"
    )
    code = account.code("sts:GetFederationToken", maker, DurationSeconds=129601, **params)
    assert code == "InvalidParameter.OverTimeError"


def test_a_federated_users_name_is_made_of_letters(account):
    code = account.code("sts:GetFederationToken", Name="two words", Policy=ANY)
    assert code == "InvalidParameter.ParamError"


def test_nobody_has_a_second_factor(account):
    code = account.code("sts:GetSessionToken", SerialNumber="qcs::cam:uin/1::mfa/softToken", TokenCode="1")
    assert code == "FailedOperation.CheckMFAError"
