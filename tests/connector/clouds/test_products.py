import pytest

from connector.clouds.tencent import products
from connector.clouds.tencent.codes import classify
from connector.clouds.tencent.grants import permissions_of, policy_for
from connector.clouds.tencent.products.host import normalise
from connector.errors import BadInput, CloudError
from connector.outcome import Meaning

RAW = {
    "InstanceId": "ins-1",
    "InstanceName": "web",
    "InstanceState": "RUNNING",
    "CPU": 4,
    "Memory": 8,
    "OsName": "Windows Server 2022",
    "PrivateIpAddresses": ["10.0.0.1", "10.0.0.2"],
    "PublicIpAddresses": ["1.2.3.4"],
    "IPv6Addresses": ["2001:db8::1"],
    "VirtualPrivateCloud": {"VpcId": "vpc-1"},
    "Placement": {"Zone": "ap-guangzhou-3"},
    "Tags": [{"Key": "env", "Value": "prod", "tagKey": "env", "tagValue": "prod"}],
    "CreatedTime": "2024-01-02T03:04:05Z",
    "Uuid": "u-1",
}


def test_a_host_is_said_in_our_fields():
    host = normalise(RAW, "ap-guangzhou")
    assert {name: host[name] for name in ("InternetIp", "IntranetIp", "IpListString")} == {
        "InternetIp": "1.2.3.4",
        "IntranetIp": "10.0.0.1",
        "IpListString": "10.0.0.1,10.0.0.2,1.2.3.4,2001:db8::1",
    }
    assert (host["Cores"], host["Mem"], host["Os"], host["Status"]) == (4, 8192, "windows", "Running")
    assert (host["VpcInstanceId"], host["RegionId"]) == ("vpc-1", "ap-guangzhou")
    assert host["CreatedTime"] == 1_704_164_645_000
    assert host["Tag"] == [{"Key": "env", "Value": "prod"}]
    assert (host["Vendor"], host["FlagName"], host["VendorName"], host["Flag"]) == (
        3,
        "Tencent",
        "TENCENT",
        1,
    )


@pytest.mark.parametrize("empty", [{}, dict.fromkeys(RAW, None)])
def test_members_that_are_null_or_missing_do_no_harm(empty):
    host = normalise({**empty, "InstanceId": "ins-1"}, "ap-guangzhou")
    assert (host["InternetIp"], host["IntranetIp"], host["IpListString"]) == (None, None, "")
    assert (host["Mem"], host["CreatedTime"], host["Tag"], host["Status"]) == (None, None, [], "UNKNOWN")


@pytest.mark.parametrize(
    ("state", "status"),
    [("RUNNING", "Running"), ("STOPPED", "notRunning"), ("SHUTDOWN", "notRunning"), ("REBOOTING", "UNKNOWN")],
)
def test_a_state_we_do_not_know_is_never_running(state, status):
    assert normalise({**RAW, "InstanceState": state}, "r")["Status"] == status


def test_the_policy_allows_exactly_what_the_table_calls():
    assert policy_for(permissions_of(("host",))) == {
        "version": "2.0",
        "statement": [
            {"effect": "allow", "action": ["cvm:DescribeInstances", "cvm:DescribeRegions"], "resource": ["*"]}
        ],
    }


@pytest.mark.parametrize("features", [(), ("hosts",), ("host", "ciem")])
def test_an_unknown_feature_is_refused(features):
    with pytest.raises(BadInput, match="host"):
        products.lines_of(features)


def test_kinds_are_named_once():
    for features in (("host",), ("cspm",), ("host", "cspm"), ("soc",)):
        kinds = [product.kind for product in products.assets_of(features)]
        assert len(set(kinds)) == len(kinds)


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("UnauthorizedOperation", Meaning.DENIED),
        ("UnauthorizedOperation.CamNoAuth", Meaning.DENIED),
        ("AuthFailure.UnauthorizedOperation", Meaning.DENIED),
        ("AuthFailure.SecretIdNotFound", Meaning.CREDENTIAL),
        ("AuthFailure.SignatureExpire", Meaning.CLOCK),
        ("RequestLimitExceeded.GlobalRegionUinLimitExceeded", Meaning.THROTTLE),
        ("FailedOperation.RateLimitExceeded", Meaning.THROTTLE),
        ("FailedOperation.Whatever", Meaning.UNKNOWN),
        ("InternalError.Db.Down", Meaning.TRANSIENT),
        ("InvalidParameterValue.Limit", Meaning.BUG),
        ("InvalidParameter.UnsupportedRegion", Meaning.REGION),
        ("NeverHeardOf", Meaning.UNKNOWN),
        ("", Meaning.UNKNOWN),
    ],
)
def test_a_code_means_what_its_longest_known_prefix_means(code, meaning):
    assert classify(CloudError(code, "")) is meaning


def test_an_illegal_region_is_known_by_its_text():
    error = CloudError("InvalidParameterValue", "A value specified in `Region` is not valid, is unsupported")
    assert classify(error) is Meaning.REGION
