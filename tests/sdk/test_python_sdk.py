"""The official Python SDK, unmodified, over a real socket: every signature, method and client it has."""

import pytest
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.common_client_async import CommonClient as AsyncCommonClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.cvm.v20170312.cvm_client import CvmClient
from tencentcloud.cvm.v20170312.cvm_client_async import CvmClient as AsyncCvmClient
from tencentcloud.cvm.v20170312.models import DescribeInstancesRequest, DescribeZonesRequest, Filter
from tencentcloud.sts.v20180813.models import GetCallerIdentityRequest
from tencentcloud.sts.v20180813.sts_client import StsClient

REGION = "ap-guangzhou"
SCHEMES = ["TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256"]
MATRIX = pytest.mark.parametrize(
    ("scheme", "method"), [(scheme, method) for scheme in SCHEMES for method in ("POST", "GET")]
)


def credential(account):
    return Credential(account.secret_id, account.secret_key)


def profile(account, scheme="TC3-HMAC-SHA256", method="POST", *, language="en-US", unsigned=False):
    http = HttpProfile(protocol="http", endpoint=account.endpoint.removeprefix("http://"), reqMethod=method)
    found = ClientProfile(signMethod=scheme, httpProfile=http, language=language)
    found.unsignedPayload = unsigned
    return found


def filtered():
    """A request whose parameters nest: a filter of one zone, and a page of two."""
    request = DescribeInstancesRequest()
    request.Filters = [Filter()]
    request.Filters[0].Name = "instance-state"
    request.Filters[0].Values = ["RUNNING", "STOPPED"]
    request.Offset, request.Limit = 1, 2
    return request


def hosts(response):
    return [host.InstanceId for host in response.InstanceSet]


@MATRIX
def test_every_signature_and_method_lists_the_same_hosts(account, scheme, method):
    expected = list(account.world.read("cvm.instance", REGION).index("InstanceState")["RUNNING"])
    client = CvmClient(credential(account), REGION, profile(account, scheme, method))
    found = client.DescribeInstances(filtered())
    assert len(found.InstanceSet) == 2
    assert found.TotalCount >= len(expected)
    assert {host.InstanceState for host in found.InstanceSet} <= {"RUNNING", "STOPPED"}


@MATRIX
def test_a_wrong_secret_is_refused_under_every_signature(account, scheme, method):
    client = CvmClient(Credential(account.secret_id, "wrong"), REGION, profile(account, scheme, method))
    with pytest.raises(TencentCloudSDKException) as caught:
        client.DescribeInstances(filtered())
    assert caught.value.get_code() == "AuthFailure.SignatureFailure"


def test_an_unsigned_payload_is_accepted_where_it_says_so(account):
    client = CvmClient(credential(account), REGION, profile(account, unsigned=True))
    assert len(client.DescribeInstances(filtered()).InstanceSet) == 2


@MATRIX
async def test_the_async_client_lists_the_same_hosts(account, scheme, method):
    expected = hosts(CvmClient(credential(account), REGION, profile(account)).DescribeInstances(filtered()))
    async with AsyncCvmClient(credential(account), REGION, profile(account, scheme, method)) as client:
        assert hosts(await client.DescribeInstances(filtered())) == expected


async def test_the_async_client_sees_errors_as_errors(account):
    user = account.add_user("nobody")
    async with AsyncCommonClient("cvm", "2017-03-12", credential(user), REGION, profile(account)) as client:
        with pytest.raises(TencentCloudSDKException) as caught:
            await client.call_and_deserialize("DescribeInstances", {})
    assert caught.value.get_code() == "UnauthorizedOperation"


@MATRIX
def test_the_common_client_calls_any_service(account, scheme, method):
    client = CommonClient("sts", "2018-08-13", credential(account), REGION, profile(account, scheme, method))
    answer = client.call_json("GetCallerIdentity", {})["Response"]
    assert answer["AccountId"] == account.uin


def test_pages_put_together_are_the_whole_list(account):
    client = CommonClient("cvm", "2017-03-12", credential(account), REGION, profile(account))
    seen, total = [], 1
    while len(seen) < total:
        page = client.call_json("DescribeInstances", {"Offset": len(seen), "Limit": 100})["Response"]
        seen += [host["InstanceId"] for host in page["InstanceSet"]]
        total = page["TotalCount"]
    assert seen == [row.value["InstanceId"] for row in account.world.read("cvm.instance", REGION).values()]


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en-US", "The provided credentials could not be validated."),
        ("zh-CN", "请求签名验证失败"),
    ],
)
def test_errors_speak_the_language_asked_for(account, language, message):
    wrong = Credential(account.secret_id, "wrong")
    client = CvmClient(wrong, REGION, profile(account, language=language))
    with pytest.raises(TencentCloudSDKException, match=message):
        client.DescribeZones(DescribeZonesRequest())


@pytest.mark.parametrize(("language", "name"), [("en-US", "Guangzhou Zone 3"), ("zh-CN", "广州三区")])
def test_names_speak_the_language_asked_for(account, language, name):
    client = CvmClient(credential(account), REGION, profile(account, language=language))
    zones = client.DescribeZones(DescribeZonesRequest()).ZoneSet
    assert name in {zone.ZoneName for zone in zones}


def test_typed_models_read_what_another_service_answers(account):
    client = StsClient(credential(account), REGION, profile(account))
    identity = client.GetCallerIdentity(GetCallerIdentityRequest())
    assert (identity.AccountId, identity.Type) == (account.uin, "Account")


def test_a_refused_call_reads_as_in_the_real_cloud(account):
    user = account.add_user("nobody")
    client = CvmClient(credential(user), REGION, profile(account))
    with pytest.raises(TencentCloudSDKException) as caught:
        client.DescribeInstances(DescribeInstancesRequest())
    error = caught.value
    assert error.get_code() == "UnauthorizedOperation"
    assert error.get_message() == (
        f"[request id:{error.get_request_id()}]you are not authorized to perform operation "
        f"(cvm:DescribeInstances)\nresource (qcs::cvm:gz:uin/{account.uin}:instance/*) has no permission\n"
    )
    assert account.why(error.get_request_id())["User"] == "nobody"


def test_https_through_a_proxy_reaches_the_clouds_own_host(account, tmp_path, monkeypatch, server):
    trusted = tmp_path / "ca.pem"
    trusted.write_bytes(server.ca_pem)
    monkeypatch.setattr("certifi.where", lambda: str(trusted))
    http = HttpProfile(proxy=account.endpoint, certification=str(trusted))
    client = CvmClient(credential(account), REGION, ClientProfile(httpProfile=http))
    assert len(client.DescribeInstances(filtered()).InstanceSet) == 2
