"""Everything that can be planned to go wrong, as the official SDK meets it over a real socket."""

import json
import urllib.request
from pathlib import Path

import pytest
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.cvm.v20170312.cvm_client import CvmClient
from tencentcloud.cvm.v20170312.models import DescribeInstancesRequest

from emulator.faults.effects import EFFECTS
from tests.sdk.typed import key, profile

REGION = "ap-guangzhou"
HOSTS = 160
"""What the world demo holds there."""
ABOUT = {"action": "cvm:DescribeInstances"}


def client(account, **how):
    return CvmClient(key(account), REGION, profile(account, **how))


def listed(account, offset=0, limit=2, **how):
    """One page through the SDK's typed models: the total, and the hosts' ids."""
    request = DescribeInstancesRequest()
    request.Offset, request.Limit = offset, limit
    response = client(account, **how).DescribeInstances(request)
    return response.TotalCount, [host.InstanceId for host in response.InstanceSet]


def code(account, **how):
    """The code under which the SDK raises."""
    with pytest.raises(TencentCloudSDKException) as caught:
        listed(account, **how)
    return caught.value.get_code()


def ids(account, region=REGION):
    return [row.value["InstanceId"] for row in account.world.read("cvm.instance", region).values()]


def whole(account):
    return HOSTS, ids(account)[:2]


# --- instead of the true answer --------------------------------------------------------------------------

TOO_MANY = {
    "en-US": "Your current request times equals to `21` in a second, which exceeds the frequency limit `20` "
    "for a second. Please reduce the frequency of calls.",
    "zh-CN": "您当前每秒请求 `21` 次，超过了每秒频率上限 `20`，请稍后重试。",
}


@pytest.mark.parametrize("language", TOO_MANY)
@pytest.mark.parametrize(
    "sub_code", ["", "UinLimitExceeded", "IPLimitExceeded", "GlobalRegionUinLimitExceeded"]
)
def test_throttle(account, language, sub_code):
    account.fault("throttle", **ABOUT, times=1, **({"sub_code": sub_code} if sub_code else {}))
    with pytest.raises(TencentCloudSDKException) as caught:
        listed(account, language=language)
    assert caught.value.get_code() == ".".join(filter(None, ("RequestLimitExceeded", sub_code)))
    assert caught.value.get_message().endswith(TOO_MANY[language])
    assert listed(account) == whole(account)


@pytest.mark.parametrize(
    ("effect", "options", "told"),
    [
        ("internal_error", {}, "InternalError"),
        ("service_unavailable", {}, "ServiceUnavailable"),
        ("error", {"code": "ResourceInsufficient.CloudDiskUnavailable", "message": "No."}, None),
    ],
)
@pytest.mark.parametrize("seam", ["arrival", "departure"])
def test_an_error_of_the_cloud(account, effect, options, told, seam):
    account.fault(effect, **ABOUT, **options, seam=seam, times=1)
    assert code(account) == (told or options["code"])
    assert listed(account) == whole(account)


@pytest.mark.parametrize("status", [400, 429, 500, 502, 503, 504])
def test_http_status(account, status):
    account.fault("http_status", **ABOUT, status=status, times=1)
    assert code(account) == "ServerNetworkError"
    assert listed(account) == whole(account)


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_clock_skew(account, seconds):
    account.fault("clock_skew", **ABOUT, seconds=seconds, times=1)
    assert code(account) == "AuthFailure.SignatureExpire"


# --- the deed, done or not -------------------------------------------------------------------------------


@pytest.mark.parametrize(("seam", "is_done"), [("arrival", False), ("departure", True)])
@pytest.mark.parametrize("effect", ["drop", "internal_error", "throttle"])
def test_what_fails_before_the_deed_or_after_it(account, effect, seam, is_done):
    account.fault(effect, action="cam:AddUser", seam=seam, times=1)
    with pytest.raises(TencentCloudSDKException):
        add_user(account)
    if is_done:
        with pytest.raises(TencentCloudSDKException) as caught:
            add_user(account)
        assert caught.value.get_code() == "InvalidParameter.SubUserNameInUse"
    else:
        add_user(account)


def add_user(account):
    cam = CommonClient("cam", "2019-01-16", key(account), "", profile(account))
    return cam.call_json("AddUser", {"Name": "amy"})


def test_duplicate(account):
    account.fault("duplicate", action="cam:AddUser", times=1)
    with pytest.raises(TencentCloudSDKException) as caught:
        add_user(account)
    assert caught.value.get_code() == "InvalidParameter.SubUserNameInUse"


def test_wrong_region(account):
    account.fault("wrong_region", **ABOUT, into="ap-shanghai", times=1)
    assert listed(account)[1] == ids(account, "ap-shanghai")[:2]
    assert listed(account) == whole(account)


# --- the list --------------------------------------------------------------------------------------------


def test_empty_page(account):
    account.fault("empty_page", **ABOUT)
    assert listed(account) == (HOSTS, [])


def test_miscounted_total(account):
    account.fault("miscounted_total", **ABOUT, delta=-3)
    assert listed(account) == (HOSTS - 3, ids(account)[:2])


def test_stale_page(account):
    old = ids(account)
    account.fault("stale_page", **ABOUT)
    account.put_rows("cvm.instance", REGION, {"InstanceId": "ins-12345678"})
    assert listed(account, offset=HOSTS - 1) == (HOSTS, old[-1:])
    account.reset()
    account.put_rows("cvm.instance", REGION, {"InstanceId": "ins-12345678"})
    assert listed(account, offset=HOSTS - 1) == (HOSTS + 1, [old[-1], "ins-12345678"])


@pytest.mark.parametrize(("by", "start"), [(1, 3), (3, 4), (-1, 1), (-5, 0)])
def test_shifted_page(account, by, start):
    account.fault("shifted_page", **ABOUT, by=by, moves_total=True)
    assert listed(account) == whole(account)
    assert listed(account, offset=2) == (HOSTS - min(by, 2), ids(account)[start : start + 2])


# --- the bytes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "options"),
    [
        ("drop", {}),
        ("drop", {"seam": "departure"}),
        ("reset", {"after_bytes": 0}),
        ("reset", {"share": 0.5}),
        ("truncate", {"share": 0.5}),
        ("truncate", {"after_bytes": 0}),
        ("garble", {}),
    ],
)
def test_an_answer_that_does_not_arrive_whole_is_no_success(account, effect, options):
    account.fault(effect, **ABOUT, **options, times=1)
    with pytest.raises(TencentCloudSDKException):
        listed(account)
    assert listed(account) == whole(account)


def test_delay(account):
    account.fault("delay", **ABOUT, seconds=60, times=1)
    assert code(account, timeout=1) == "ClientNetworkError"
    assert listed(account) == whole(account)


def test_content_type(account):
    account.fault("content_type", **ABOUT, value="text/html")
    assert listed(account) == whole(account)


# --- all of it -------------------------------------------------------------------------------------------


def test_no_effect_is_left_out():
    told = Path(__file__).read_text("utf-8")
    assert not [effect for effect in EFFECTS if f'"{effect}"' not in told]


def test_what_struck_is_told_over_http(account):
    rules = [account.fault(effect, **ABOUT) for effect in ("stale_page", "shifted_page")]
    listed(account, offset=2)
    with urllib.request.urlopen(f"{account.endpoint}/_emulator/fired?account={account.uin}") as answer:
        fired = json.load(answer)["fired"]
    (entry,) = account.calls(action="DescribeInstances")
    assert fired == {rule: [entry.request_id] for rule in rules}
    assert [each["What"] for each in account.why(entry.request_id)["Fired"]] == ["stale_page", "shifted_page"]
