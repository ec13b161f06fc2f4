import base64

import pytest

from emulator.services.cam import limits

# --- Whose account ----------------------------------------------------------------------------------------


def test_the_account_of_a_caller_is_its_roots(account):
    uin, key = account.user("alice", "QcloudCamReadOnlyAccess")
    assert account("GetUserAppId", key) == {
        "Uin": str(uin),
        "OwnerUin": account.world.uin,
        "AppId": account.world.app_id,
    }
    assert account("GetUserAppId")["Uin"] == account.world.uin


def test_the_summary_counts_everything(account):
    uin, _ = account.user(
        "alice", {"version": "2.0", "statement": [{"effect": "deny", "action": "*", "resource": "*"}]}
    )
    group = account("CreateGroup", GroupName="ops")["GroupId"]
    account("AddUserToGroup", Info=[{"GroupId": group, "Uin": uin}])
    account("CreateServiceLinkedRole", QCSServiceName=["ccs.qcloud.com"])
    account("CreateSAMLProvider", Name="okta", Description="", SAMLMetadataDocument="PGE+")
    assert account("GetAccountSummary") == {
        "Policies": 1,
        "Roles": 1,
        "Idps": 1,
        "User": 1,
        "Group": 1,
        "Member": 1,
        "IdentityProviders": 1,
    }


# --- Protection of logins ---------------------------------------------------------------------------------


def test_a_new_user_has_no_protection(account):
    uin, _ = account.user()
    found = account("DescribeSafeAuthFlagColl", SubUin=uin)
    assert not any(found["LoginFlag"].values())
    assert not any(found["ActionFlag"].values())
    assert found["OffsiteFlag"]["VerifyFlag"] == 0


def test_protection_is_set_method_by_method(account):
    uin, key = account.user("alice", "QcloudCamReadOnlyAccess")
    account("SetMfaFlag", OpUin=uin, LoginFlag={"Stoken": 1}, ActionFlag={"Wechat": 1})
    account("SetMfaFlag", OpUin=uin, LoginFlag={"Wechat": 1})
    found = account("DescribeSafeAuthFlagColl", SubUin=uin)
    assert (found["LoginFlag"]["Stoken"], found["LoginFlag"]["Wechat"], found["LoginFlag"]["Phone"]) == (
        1,
        1,
        0,
    )
    assert found["ActionFlag"]["Wechat"] == 1
    assert account("DescribeSafeAuthFlag", key) == found
    assert account("DescribeSafeAuthFlagIntl", key)["LoginFlag"] == found["LoginFlag"]


def test_a_phone_protects_who_has_one(account):
    uin = account("AddUser", Name="alice")["Uin"]
    code = account.code("SetMfaFlag", OpUin=uin, LoginFlag={"Phone": 1})
    assert code == "FailedOperation.UserNotBindPhone"
    account("UpdateUser", Name="alice", PhoneNum="13800000000", CountryCode="86")
    account("SetMfaFlag", OpUin=uin, LoginFlag={"Phone": 1})


@pytest.mark.parametrize(
    ("action", "name"), [("DescribeSafeAuthFlagColl", "SubUin"), ("SetMfaFlag", "OpUin")]
)
def test_protection_is_of_somebody(account, action, name):
    assert account.code(action, **{name: 1}) == "ResourceNotFound.UserNotExist"


def test_protection_is_on_or_off(account):
    uin, _ = account.user()
    assert account.code("SetMfaFlag", OpUin=uin, LoginFlag={"Stoken": 2}) == "InvalidParameter.ParamError"


@pytest.mark.parametrize("action", ["GetCustomMFATokenInfo", "ConsumeCustomMFAToken"])
def test_no_custom_token_is_valid(account, action):
    assert account.code(action, MFAToken="x") == "InvalidParameter.MFATokenError"


# --- Identity providers -----------------------------------------------------------------------------------

XML = base64.b64encode(b"<md:EntityDescriptor/>").decode()
KEY = base64.b64encode(b'{"keys":[]}').decode()


def saml(account, name="okta", **more):
    return account("CreateSAMLProvider", Name=name, Description="d", SAMLMetadataDocument=XML, **more)


def test_a_saml_provider_comes_changes_and_goes(account):
    assert saml(account)["ProviderArn"] == f"qcs::cam::uin/{account.world.uin}:saml-provider/okta"
    account("UpdateSAMLProvider", Name="okta", Description="new")
    found = account("GetSAMLProvider", Name="okta")
    assert (found["Description"], found["SAMLMetadata"]) == ("new", XML)
    listed = account("ListSAMLProviders")
    assert (listed["TotalCount"], listed["SAMLProviderSet"][0]["Name"]) == (1, "okta")
    account("DeleteSAMLProvider", Name="okta")
    assert account("ListSAMLProviders")["TotalCount"] == 0


def test_metadata_are_base64(account):
    params = {"Name": "x", "Description": "", "SAMLMetadataDocument": "<xml>"}
    assert account.code("CreateSAMLProvider", **params) == "InvalidParameterValue.MetadataError"
    saml(account)
    code = account.code("UpdateSAMLProvider", Name="okta", SAMLMetadataDocument="<xml>")
    assert code == "InvalidParameterValue.MetadataError"


def test_a_provider_is_named_once_and_well(account):
    saml(account)
    params = {"Description": "", "SAMLMetadataDocument": XML}
    assert account.code("CreateSAMLProvider", Name="okta", **params) == "InvalidParameter.IdentityNameInUse"
    assert account.code("CreateSAMLProvider", Name="a b", **params) == "InvalidParameterValue.NameError"


def test_providers_are_limited(account):
    for number in range(limits.PROVIDERS):
        saml(account, f"p{number}")
    params = {"Name": "more", "Description": "", "SAMLMetadataDocument": XML}
    assert account.code("CreateSAMLProvider", **params) == "LimitExceeded.IdentityFull"


@pytest.mark.parametrize(
    "action",
    [
        "GetSAMLProvider",
        "UpdateSAMLProvider",
        "DeleteSAMLProvider",
        "DescribeOIDCConfig",
        "DeleteOIDCConfig",
    ],
)
def test_a_provider_that_is_not_there_is_not_found(account, action):
    assert account.code(action, Name="none") == "ResourceNotFound.IdentityNotExist"


def oidc(**more):
    return {
        "Name": "idp",
        "IdentityUrl": "https://idp.example",
        "ClientId": ["c"],
        "IdentityKey": KEY,
        **more,
    }


def test_an_oidc_provider_comes_changes_and_goes(account):
    account("CreateOIDCConfig", **oidc(Description="d"))
    found = account("DescribeOIDCConfig", Name="idp")
    assert (found["ProviderType"], found["Status"], found["ClientId"]) == (11, 11, ["c"])
    account("UpdateOIDCConfig", **oidc(ClientId=["c", "d"], AutoRotateKey=1))
    found = account("DescribeOIDCConfig", Name="idp")
    assert (found["ClientId"], found["AutoRotateKey"], found["Description"]) == (["c", "d"], 1, "")
    account("DeleteOIDCConfig", Name="idp")
    assert account.code("UpdateOIDCConfig", **oidc()) == "ResourceNotFound.IdentityNotExist"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"IdentityUrl": "http://idp.example"}, "InvalidParameterValue.IdentityUrlError"),
        ({"IdentityUrl": "https://idp.example/?q=1"}, "InvalidParameterValue.IdentityUrlError"),
        ({"IdentityKey": "{}"}, "InvalidParameterValue.IdentityKeyError"),
        ({"AutoRotateKey": 2}, "InvalidParameter.ParamError"),
    ],
)
def test_an_oidc_provider_that_cannot_be_is_refused(account, more, code):
    assert account.code("CreateOIDCConfig", **oidc(**more)) == code


# --- Single sign-on ---------------------------------------------------------------------------------------


def sso(**more):
    return {
        "IdentityUrl": "https://idp.example",
        "ClientId": "c",
        "AuthorizationEndpoint": "https://idp.example/auth",
        "ResponseType": "id_token",
        "ResponseMode": "form_post",
        "MappingFiled": "sub",
        "IdentityKey": KEY,
        **more,
    }


def test_users_sign_on_through_one_provider_at_a_time(account):
    assert account("DescribeUserSAMLConfig")["Status"] == 0
    account("CreateUserSAMLConfig", SAMLMetadataDocument=XML, AuxiliaryDomain="a.example")
    assert account("DescribeUserSAMLConfig") == {
        "SAMLMetadata": XML,
        "Status": 11,
        "AuxiliaryDomain": "a.example",
    }
    account("CreateUserOIDCConfig", **sso())
    assert account("DescribeUserSAMLConfig")["Status"] == 2
    found = account("DescribeUserOIDCConfig")
    assert (found["ProviderType"], found["Status"], found["Scope"]) == (12, 11, ["openid"])
    account("UpdateUserSAMLConfig", Operate="enable")
    assert account("DescribeUserOIDCConfig")["Status"] == 2
    account("DisableUserSSO")
    assert account("DescribeUserSAMLConfig")["Status"] == 2


def test_sign_on_is_set_up_once_and_then_updated(account):
    account("CreateUserOIDCConfig", **sso())
    assert account.code("CreateUserOIDCConfig", **sso()) == "InvalidParameter.IdentityNameInUse"
    account("UpdateUserOIDCConfig", **sso(Scope=["openid", "email"]))
    assert account("DescribeUserOIDCConfig")["Scope"] == ["openid", "email"]
    account("CreateUserSAMLConfig", SAMLMetadataDocument=XML)
    code = account.code("CreateUserSAMLConfig", SAMLMetadataDocument=XML)
    assert code == "InvalidParameter.IdentityNameInUse"


def test_saml_sign_on_is_changed_by_operation(account):
    account("CreateUserSAMLConfig", SAMLMetadataDocument=XML)
    account("UpdateUserSAMLConfig", Operate="disable", AuxiliaryDomain="b.example")
    assert account("DescribeUserSAMLConfig")["Status"] == 2
    account("UpdateUserSAMLConfig", Operate="updateSAML", SAMLMetadataDocument=KEY)
    assert account("DescribeUserSAMLConfig")["SAMLMetadata"] == KEY
    assert account.code("UpdateUserSAMLConfig", Operate="forget") == "InvalidParameter.ParamError"
    assert account.code("UpdateUserSAMLConfig", Operate="updateSAML") == "InvalidParameterValue.MetadataError"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"AuthorizationEndpoint": "ftp://x"}, "InvalidParameterValue.IdentityUrlError"),
        ({"ResponseType": "code"}, "InvalidParameter.ParamError"),
        ({"ResponseMode": "query"}, "InvalidParameter.ParamError"),
    ],
)
def test_sign_on_that_cannot_be_is_refused(account, more, code):
    assert account.code("CreateUserOIDCConfig", **sso(**more)) == code


def test_sign_on_that_is_not_set_up_is_not_found(account):
    code = "ResourceNotFound.IdentityNotExist"
    assert account.code("DescribeUserOIDCConfig") == code
    assert account.code("UpdateUserOIDCConfig", **sso()) == code
    assert account.code("UpdateUserSAMLConfig", Operate="enable") == code
