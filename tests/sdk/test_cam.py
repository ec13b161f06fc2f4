"""CAM and STS as the official SDK sees them: through its typed models, errors and credentials."""

import base64
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tencentcloud.cam.v20190116 import cam_client, models
from tencentcloud.common.credential import Credential, OIDCRoleArnCredential, STSAssumeRoleCredential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.sts.v20180813 import models as sts_models
from tencentcloud.sts.v20180813 import sts_client

from emulator.handle import Emulator
from tests.sdk import typed

READ = {"version": "2.0", "statement": [{"effect": "allow", "action": "cam:List*", "resource": "*"}]}


@pytest.fixture(scope="module")
def server():
    with Emulator() as server:
        yield server


@pytest.fixture
def account(server):
    with Emulator(on=server) as fresh:
        yield fresh.account


def client(account, kind=cam_client.CamClient, credential=None):
    return kind(credential or typed.key(account), "", typed.profile(account))


def ask(the_client, action, module=models, **params):
    """Call an action through its typed request and response."""
    return typed.ask(the_client, module, action, **params)


def test_a_user_with_its_key_and_policy_is_set_up_and_torn_down(account):
    root = client(account)
    user = ask(root, "AddUser", Name="alice")
    key = ask(root, "CreateAccessKey", TargetUin=user.Uin).AccessKey
    policy = ask(root, "CreatePolicy", PolicyName="reader", PolicyDocument=json.dumps(READ))
    ask(root, "AttachUserPolicy", PolicyId=policy.PolicyId, AttachUin=user.Uin)
    alice = client(account, credential=Credential(key.AccessKeyId, key.SecretAccessKey))
    assert [each.Name for each in ask(alice, "ListUsers").Data] == ["alice"]
    listed = ask(alice, "ListAttachedUserAllPolicies", TargetUin=user.Uin, Rp=20, Page=1, AttachType=0)
    assert [each.PolicyId for each in listed.PolicyList] == [str(policy.PolicyId)]
    ask(root, "DetachUserPolicy", PolicyId=policy.PolicyId, DetachUin=user.Uin)
    with pytest.raises(TencentCloudSDKException) as denied:
        ask(alice, "ListUsers")
    assert denied.value.get_code() == "UnauthorizedOperation"
    assert "operation (cam:ListUsers)\nresource (*) has no permission" in denied.value.get_message()
    ask(root, "DeletePolicy", PolicyId=[policy.PolicyId])
    ask(root, "DeleteAccessKey", AccessKeyId=key.AccessKeyId, TargetUin=user.Uin)
    with pytest.raises(TencentCloudSDKException) as gone:
        ask(alice, "ListUsers")
    assert gone.value.get_code() == "AuthFailure.SecretIdNotFound"
    ask(root, "DeleteUser", Name="alice")
    assert ask(root, "ListUsers").Data == []


def test_an_error_arrives_as_the_sdks_own(account):
    with pytest.raises(TencentCloudSDKException) as refused:
        ask(client(account), "GetUser", Name="nobody")
    assert refused.value.get_code() == "ResourceNotFound.UserNotExist"


def test_a_caller_learns_who_it_is(account):
    found = ask(client(account, sts_client.StsClient), "GetCallerIdentity", sts_models)
    assert (found.AccountId, found.UserId) == (account.uin, account.uin)


def test_a_role_is_taken_with_the_sdks_credential(account):
    trust = {
        "version": "2.0",
        "statement": [
            {
                "action": "name/sts:AssumeRole",
                "effect": "allow",
                "principal": {"qcs": [f"qcs::cam::uin/{account.uin}:root"]},
            }
        ],
    }
    root = client(account)
    role = ask(root, "CreateRole", RoleName="reader", PolicyDocument=json.dumps(trust))
    ask(root, "AttachRolePolicy", PolicyName="QcloudCamReadOnlyAccess", AttachRoleId=role.RoleId)
    sts = client(account, sts_client.StsClient)
    arn = f"qcs::cam::uin/{account.uin}:roleName/reader"
    taken = ask(sts, "AssumeRole", sts_models, RoleArn=arn, RoleSessionName="sdk").Credentials
    temporary = Credential(taken.TmpSecretId, taken.TmpSecretKey, taken.Token)
    assert ask(client(account, credential=temporary), "ListUsers").Data == []
    other = Credential(taken.TmpSecretId, taken.TmpSecretKey, taken.Token + "error")
    with pytest.raises(TencentCloudSDKException) as wrong:
        ask(client(account, credential=other), "ListUsers")
    assert wrong.value.get_code() == "AuthFailure.TokenFailure"
    assert "Token verification failed, please check if your Token is correct" in wrong.value.get_message()


def test_a_federated_user_signs_with_its_longer_key(account):
    sts = client(account, sts_client.StsClient)
    taken = ask(sts, "GetFederationToken", sts_models, Name="SUN", Policy=json.dumps(READ)).Credentials
    temporary = Credential(taken.TmpSecretId, taken.TmpSecretKey, taken.Token)
    found = ask(client(account, sts_client.StsClient, temporary), "GetCallerIdentity", sts_models)
    assert found.UserId == f"{account.uin}:SUN"


# --- The SDK's own ways to a temporary key: over TLS, as they know no other ---------------------------------


@pytest.fixture
def trusting(server, tmp_path, monkeypatch):
    """The server's certificate is trusted, as if it had been added to the bundle that the SDK looks into."""
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(server.ca_pem)
    monkeypatch.setattr("certifi.where", lambda: str(bundle))


def role_for(account, action, **principal):
    """A role that lists users, by its name in RoleArn."""
    statement = {"action": f"name/sts:{action}", "effect": "allow", "principal": principal}
    root = client(account)
    trust = json.dumps({"version": "2.0", "statement": [statement]})
    role = ask(root, "CreateRole", RoleName="reader", PolicyDocument=trust)
    ask(root, "AttachRolePolicy", PolicyName="QcloudCamReadOnlyAccess", AttachRoleId=role.RoleId)
    return f"qcs::cam::uin/{account.uin}:roleName/reader"


@pytest.mark.usefixtures("trusting")
def test_the_sdk_takes_a_role_by_itself(account):
    arn = role_for(account, "AssumeRole", qcs=[f"qcs::cam::uin/{account.uin}:root"])
    endpoint = account.endpoint.removeprefix("http://")
    taken = STSAssumeRoleCredential(account.secret_id, account.secret_key, arn, "sdk", 900, endpoint)
    assert ask(client(account, credential=taken), "ListUsers").Data == []
    me = ask(client(account, sts_client.StsClient, taken), "GetCallerIdentity", sts_models)
    assert (me.Type, me.UserId.partition(":")[2]) == ("CAMRole", "sdk")


@pytest.mark.usefixtures("trusting")
def test_the_sdk_takes_a_role_with_a_token_of_an_identity_provider(account):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = {
        **jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True),
        "kid": "one",
        "alg": "RS256",
    }
    ask(
        client(account),
        "CreateOIDCConfig",
        Name="idp",
        IdentityUrl="https://idp.example.com",
        ClientId=["us"],
        IdentityKey=base64.b64encode(json.dumps({"keys": [public]}).encode()).decode(),
    )
    arn = role_for(
        account, "AssumeRoleWithWebIdentity", federated=[f"qcs::cam::uin/{account.uin}:oidc-provider/idp"]
    )
    claims = {"iss": "https://idp.example.com", "aud": "us", "sub": "ann", "exp": int(time.time()) + 600}
    token = jwt.encode(claims, key, "RS256", headers={"kid": "one"})
    endpoint = account.endpoint.removeprefix("http://")
    taken = OIDCRoleArnCredential("ap-guangzhou", "idp", token, arn, "ci", 900, endpoint)
    assert ask(client(account, credential=taken), "ListUsers").Data == []
