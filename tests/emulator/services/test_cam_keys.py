import pytest

from emulator.world import accounts
from emulator.world.clock import china_time

from .conftest import allow


def only_key(account, uin):
    (key,) = account("ListAccessKeys", TargetUin=uin)["AccessKeys"]
    return key


def made(account, uin, **params):
    return account("CreateAccessKey", TargetUin=uin, **params)["AccessKey"]


def test_a_secret_is_said_when_the_key_is_made_and_never_again(account):
    uin, _ = account.user()
    key = made(account, uin, Description="ci")
    assert len(key["SecretAccessKey"]) == 32
    listed = account("ListAccessKeys", TargetUin=uin)["AccessKeys"][1]
    assert listed == {name: value for name, value in key.items() if name != "SecretAccessKey"}


def test_keys_are_listed_in_china_time(account):
    account.world.clock.set(1_700_000_000)
    uin, _ = account.user()
    assert only_key(account, uin)["CreateTime"] == "2023-11-15 06:13:20" == china_time(1_700_000_000)


def test_a_third_key_is_refused(account):
    uin, _ = account.user()
    made(account, uin)
    assert account.code("CreateAccessKey", TargetUin=uin) == "OperationDenied.AccessKeyOverLimit"


def test_the_refusal_of_a_third_key_is_said_in_chinese_too(account):
    uin, _ = account.user()
    made(account, uin)
    call = account.direct.call
    with pytest.raises(Exception, match="每个账号最多支持两个AccessKey"):
        call("cam:CreateAccessKey", {"TargetUin": uin}, language="zh-CN")


def test_without_a_target_a_key_is_made_for_the_caller(account):
    uin, key = account.user("alice", allow("cam:CreateAccessKey"))
    new = account("CreateAccessKey", key)["AccessKey"]
    assert accounts.find_key(account.world, new["AccessKeyId"]).principal.uin == str(uin)


def test_making_a_key_is_granted_by_user(account):
    owner = account.world.uin
    uin, _ = account.user("alice")
    other, _ = account.user("bob")
    resource = f"qcs::cam::uin/{owner}:uin/{uin}"
    _, key = account.user("admin", allow("cam:CreateAccessKey", resource=resource))
    assert account.can(key, "CreateAccessKey", TargetUin=uin)
    assert not account.can(key, "CreateAccessKey", TargetUin=other)


def test_a_description_is_kept_and_checked(account):
    uin, _ = account.user()
    assert made(account, uin, Description="team:ops/1")["Description"] == "team:ops/1"
    code = account.code("CreateAccessKey", TargetUin=uin, Description="two words")
    assert code == "InvalidParameter.ParamError"


def test_a_disabled_key_is_refused_until_it_is_enabled(account):
    uin, key = account.user()
    account("UpdateAccessKey", AccessKeyId=key.secret_id, Status="Inactive", TargetUin=uin)
    assert only_key(account, uin)["Status"] == "Inactive"
    assert account.code("sts:GetCallerIdentity", key) == "AuthFailure.SecretIdNotFound"
    account("UpdateAccessKey", AccessKeyId=key.secret_id, Status="Active", TargetUin=uin)
    assert account("sts:GetCallerIdentity", key)["UserId"] == str(uin)


def test_a_status_is_active_or_inactive(account):
    uin, key = account.user()
    code = account.code("UpdateAccessKey", AccessKeyId=key.secret_id, Status="Off", TargetUin=uin)
    assert code == "InvalidParameter.ParamError"


def test_a_deleted_key_is_gone(account):
    uin, key = account.user()
    account("DeleteAccessKey", AccessKeyId=key.secret_id, TargetUin=uin)
    assert account("ListAccessKeys", TargetUin=uin)["AccessKeys"] == []
    assert account.code("sts:GetCallerIdentity", key) == "AuthFailure.SecretIdNotFound"


@pytest.mark.parametrize(
    ("action", "more"), [("DeleteAccessKey", {}), ("UpdateAccessKey", {"Status": "Active"})]
)
def test_a_key_is_touched_by_its_own_user_only(account, action, more):
    uin, _ = account.user("alice")
    _, other = account.user("bob")
    assert account.code(action, AccessKeyId="AKIDnone", TargetUin=uin, **more) == (
        "ResourceNotFound.SecretNotExist"
    )
    code = account.code(action, AccessKeyId=other.secret_id, TargetUin=uin, **more)
    assert code == "OperationDenied.UinNotMatch"


@pytest.mark.parametrize("action", ["CreateAccessKey", "ListAccessKeys"])
def test_a_user_that_is_not_there_has_no_keys(account, action):
    assert account.code(action, TargetUin=1) == "InvalidParameter.UserNotExist"


def test_a_sub_user_may_see_the_roots_keys_but_not_touch_them(account):
    root = int(account.world.uin)
    _, key = account.user("admin", "AdministratorAccess")
    (listed,) = account("ListAccessKeys", key, TargetUin=root)["AccessKeys"]
    assert listed["AccessKeyId"] == account.root.secret_id
    assert account.code("CreateAccessKey", key, TargetUin=root) == "OperationDenied.SubUin"
    for action, more in (("DeleteAccessKey", {}), ("UpdateAccessKey", {"Status": "Inactive"})):
        code = account.code(action, key, AccessKeyId=account.root.secret_id, TargetUin=root, **more)
        assert code == "OperationDenied.SubUin"


def test_the_root_makes_keys_of_its_own(account):
    new = account("CreateAccessKey")["AccessKey"]
    assert accounts.find_key(account.world, new["AccessKeyId"]).principal.kind == "root"


def test_the_last_use_of_a_key_follows_its_calls(account):
    _, key = account.user()
    (row,) = account("GetSecurityLastUsed", SecretIdList=[key.secret_id])["SecretIdLastUsedRows"]
    assert (row["LastUsedDate"], row["LastSecretUsedDate"]) == (None, None)
    account.world.clock.set(1_700_000_000)
    account("sts:GetCallerIdentity", key)
    account.world.clock.advance(86400)
    (row,) = account("GetSecurityLastUsed", SecretIdList=[key.secret_id])["SecretIdLastUsedRows"]
    assert (row["LastUsedDate"], row["LastSecretUsedDate"]) == ("2023-11-15", 1_700_000_000_000)


def test_a_refused_signature_is_no_use(account):
    _, key = account.user()
    accounts.set_status(account.world, key, "Inactive")
    account.code("sts:GetCallerIdentity", key)
    assert accounts.last_used(account.world, key.secret_id) is None


def test_at_most_ten_keys_are_asked_about(account):
    assert account.code("GetSecurityLastUsed", SecretIdList=["x"] * 11) == "InvalidParameter"


def test_temporary_keys_are_not_listed(account):
    _, key = account.user("alice", allow("sts:GetFederationToken", "cam:ListAccessKeys"))
    account(
        "sts:GetFederationToken",
        key,
        Name="fed",
        Policy='{"version":"2.0","statement":[]}'.replace(
            "[]", '[{"effect":"allow","action":"*","resource":"*"}]'
        ),
    )
    assert [each["AccessKeyId"] for each in account("ListAccessKeys", key)["AccessKeys"]] == [key.secret_id]
