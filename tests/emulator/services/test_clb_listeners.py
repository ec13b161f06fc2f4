import pytest

from emulator.contract.catalog import catalog
from emulator.contract.conform import complete
from emulator.world.shelves import Row
from tests.emulator.services.acting import Account


@pytest.fixture
def account():
    account = Account()
    account.world.pace = 0
    return account


@pytest.fixture
def balancer(account):
    return account.balancer(account.subnet(account.vpc()))


def certificate(account, key="abcd1234", kind="SVR"):
    row = {"CertificateId": key, "CertificateType": kind}
    whole = complete(catalog().shape("ssl", "2019-12-05", "Certificates"), row)
    account.world.write("ssl.certificate").put(key, Row(whole))
    return key


def make(account, balancer, protocol="TCP", ports=(80,), **params):
    asked = {"LoadBalancerId": balancer, "Protocol": protocol, "Ports": list(ports), **params}
    return account("clb:CreateListener", **asked)["ListenerIds"]


def shown(account, balancer):
    return account("clb:DescribeListeners", LoadBalancerId=balancer)["Listeners"]


def rules(account, balancer):
    [listener] = shown(account, balancer)
    return listener["Rules"]


def test_each_port_gets_a_listener_with_the_usual_check(account, balancer):
    keys = make(account, balancer, ports=(80, 81), ListenerNames=["a", "b"])
    found = shown(account, balancer)
    assert [(each["ListenerId"], each["Port"], each["ListenerName"]) for each in found] == [
        (keys[0], 80, "a"),
        (keys[1], 81, "b"),
    ]
    check = found[0]["HealthCheck"]
    assert (check["HealthSwitch"], check["CheckType"], check["IntervalTime"]) == (1, "TCP", 5)
    assert (found[0]["Scheduler"], found[0]["IdleConnectTimeout"], found[0]["Rules"]) == ("WRR", 900, None)


def test_streams_share_no_port_and_datagrams_do_not_meet_them(account, balancer):
    make(account, balancer)
    ask = {"LoadBalancerId": balancer, "Ports": [80]}
    assert account.code("clb:CreateListener", Protocol="HTTP", **ask) == "InvalidParameter.PortCheckFailed"
    assert account.code("clb:CreateListener", Protocol="UDP", **ask) is None
    twice = {"LoadBalancerId": balancer, "Ports": [90, 90], "Protocol": "TCP"}
    assert account.code("clb:CreateListener", **twice) == "InvalidParameter.PortCheckFailed"


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"Protocol": "SCTP"}, "InvalidParameterValue"),
        ({"Ports": [0]}, "InvalidParameterValue.Range"),
        ({"Ports": []}, "MissingParameter"),
        ({"ListenerNames": ["a", "b"]}, "InvalidParameterValue.Length"),
        ({"Scheduler": "RANDOM"}, "InvalidParameterValue"),
        ({"SessionExpireTime": 29}, "InvalidParameterValue.Range"),
        ({"SessionExpireTime": 30}, None),
        ({"IdleConnectTimeout": 9}, "InvalidParameterValue.Range"),
        ({"HealthCheck": {"TimeOut": 5, "IntervalTime": 5}}, "InvalidParameterValue.Range"),
        ({"HealthCheck": {"CheckType": "PING"}}, "InvalidParameterValue"),
        ({"HealthCheck": {"CheckType": "HTTP"}}, "MissingParameter"),
        ({"HealthCheck": {"CheckType": "HTTP", "HttpCheckDomain": "a.b"}}, None),
        ({"HealthCheck": {"CheckType": "CUSTOM"}}, "MissingParameter"),
        ({"HealthCheck": {"HealthSwitch": 0}}, None),
        ({"Protocol": "HTTP", "HealthCheck": {"HealthSwitch": 0}}, "InvalidParameter.ProtocolCheckFailed"),
        ({"Protocol": "HTTPS"}, "MissingParameter"),
        ({"Protocol": "HTTPS", "SniSwitch": 1}, None),
        ({"SniSwitch": 1}, "InvalidParameter.ProtocolCheckFailed"),
        ({"Protocol": "HTTPS", "Certificate": {"CertId": "nothing1"}}, "InvalidParameterValue"),
        ({"Protocol": "HTTPS", "Certificate": {"CertId": "abcd1234"}}, None),
        ({"Protocol": "TCP_SSL", "Certificate": {"CertId": "abcd1234"}}, None),
        ({"Certificate": {"CertId": "abcd1234"}}, "InvalidParameter.ProtocolCheckFailed"),
        (
            {"Protocol": "HTTPS", "Certificate": {"CertId": "abcd1234", "SSLMode": "MUTUAL"}},
            "MissingParameter",
        ),
        (
            {"Protocol": "HTTPS", "Certificate": {"CertName": "n", "CertContent": "c", "CertKey": "k"}},
            "NotEmulated",
        ),
        ({"TargetType": "TARGETGROUP"}, "NotEmulated"),
        ({"EndPort": 99}, "NotEmulated"),
    ],
)
def test_a_listener_is_what_its_protocol_can_be(account, balancer, params, expected):
    certificate(account)
    asked = {"LoadBalancerId": balancer, "Protocol": "TCP", "Ports": [80], **params}
    assert account.code("clb:CreateListener", **asked) == expected


def test_several_certificates_are_sorted_by_what_they_are(account, balancer):
    servers, authority = (
        [certificate(account, key) for key in ("rsa00000", "ecc00000")],
        certificate(account, "ca000000", "CA"),
    )
    listed = [{"CertId": key} for key in (authority, *servers)]
    make(account, balancer, "HTTPS", MultiCertInfo={"SSLMode": "MUTUAL", "CertList": listed})
    [found] = shown(account, balancer)
    assert found["Certificate"] == {
        "SSLMode": "MUTUAL",
        "SSLVerifyClient": "ON",
        "CertId": "rsa00000",
        "CertCaId": "ca000000",
        "ExtCertIds": ["ecc00000"],
    }


def test_a_changed_listener_keeps_what_was_not_said(account, balancer):
    [key] = make(account, balancer, HealthCheck={"IntervalTime": 10, "HealthNum": 5})
    ask = {"LoadBalancerId": balancer, "ListenerId": key}
    account(
        "clb:ModifyListener", ListenerName="n", HealthCheck={"HealthNum": 2}, Scheduler="LEAST_CONN", **ask
    )
    [found] = shown(account, balancer)
    assert (found["ListenerName"], found["Scheduler"]) == ("n", "LEAST_CONN")
    assert (found["HealthCheck"]["IntervalTime"], found["HealthCheck"]["HealthNum"]) == (10, 2)
    assert account.code("clb:ModifyListener", SniSwitch=1, **ask) == "InvalidParameter.ProtocolCheckFailed"
    assert account.code("clb:ModifyListener", LoadBalancerId=balancer, ListenerId="lbl-x") == (
        "InvalidParameter.ListenerIdNotFound"
    )


def test_listeners_are_deleted_one_by_one_or_all_at_once(account, balancer):
    first, second, _ = make(account, balancer, ports=(1, 2, 3))
    account("clb:DeleteListener", LoadBalancerId=balancer, ListenerId=first)
    ask = {"LoadBalancerId": balancer, "ListenerIds": [second, first]}
    assert account.code("clb:DeleteLoadBalancerListeners", **ask) == "InvalidParameter.ListenerIdNotFound"
    account("clb:DeleteLoadBalancerListeners", LoadBalancerId=balancer)
    assert shown(account, balancer) == []
    assert account("clb:DescribeTargets", LoadBalancerId=balancer)["Listeners"] == []


def test_fifty_listeners_are_the_quota(account, balancer):
    make(account, balancer, ports=range(1, 51))
    ask = {"LoadBalancerId": balancer, "Protocol": "TCP", "Ports": [99]}
    assert account.code("clb:CreateListener", **ask) == "LimitExceeded"


# --- rules ----------------------------------------------------------------------------------------------


@pytest.fixture
def ask(account, balancer):
    [key] = make(account, balancer, "HTTP")
    return {"LoadBalancerId": balancer, "ListenerId": key}


def add(account, ask, *given):
    return account("clb:CreateRule", Rules=list(given), **ask)["LocationIds"]


def test_the_first_domain_is_the_default_one_until_another_is(account, balancer, ask):
    add(
        account,
        ask,
        {"Domain": "a.b", "Url": "/"},
        {"Domain": "c.d", "Url": "/"},
        {"Domain": "a.b", "Url": "/x"},
    )
    assert [rule["DefaultServer"] for rule in rules(account, balancer)] == [True, False, True]
    add(account, ask, {"Domain": "e.f", "Url": "/", "DefaultServer": True})
    assert [rule["DefaultServer"] for rule in rules(account, balancer)] == [False, False, False, True]
    account("clb:DeleteRule", Domain="e.f", NewDefaultServerDomain="c.d", **ask)
    assert [rule["DefaultServer"] for rule in rules(account, balancer)] == [False, True, False]
    account("clb:DeleteRule", Domain="c.d", Url="/", **ask)
    assert [rule["DefaultServer"] for rule in rules(account, balancer)] == [True, True]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"Domain": "a.b", "Url": "/"}, "InvalidParameterValue.Duplicate"),
        ({"Domains": ["x.y", "a.b"], "Url": "/"}, "InvalidParameterValue.Duplicate"),
        ({"Domain": "a.b", "Url": "/z"}, None),
        ({"Url": "/z"}, "MissingParameter"),
        ({"Domain": "a.b", "Domains": ["c.d"], "Url": "/z"}, "InvalidParameterCombination"),
        ({"Domain": "a" * 81, "Url": "/"}, "InvalidParameterValue.Length"),
        ({"Domain": "x.y", "Url": "/" * 201}, "InvalidParameterValue.Length"),
        ({"Domain": "x.y", "Url": "/", "Http2": True}, "InvalidParameter.ProtocolCheckFailed"),
        ({"Domain": "x.y", "Url": "/", "ForwardType": "GRPC"}, "InvalidParameter.ProtocolCheckFailed"),
        (
            {"Domain": "x.y", "Url": "/", "Certificate": {"CertId": "abcd1234"}},
            "InvalidParameter.ProtocolCheckFailed",
        ),
        ({"Domain": "x.y", "Url": "/", "HealthCheck": {"CheckType": "TCP"}}, "InvalidParameterValue"),
    ],
)
def test_a_rule_is_what_its_listener_can_have(account, ask, given, expected):
    certificate(account)
    add(account, ask, {"Domain": "a.b", "Url": "/"})
    assert account.code("clb:CreateRule", Rules=[given], **ask) == expected


def test_a_listener_of_streams_has_no_rules(account, balancer):
    [key] = make(account, balancer)
    wanted = {"LoadBalancerId": balancer, "ListenerId": key, "Rules": [{"Domain": "a.b", "Url": "/"}]}
    assert account.code("clb:CreateRule", **wanted) == "InvalidParameter.ProtocolCheckFailed"


def test_a_changed_rule_keeps_its_targets(account, balancer, ask):
    [key] = add(account, ask, {"Domain": "a.b", "Url": "/"})
    subnet = account("vpc:DescribeSubnets")["SubnetSet"][0]
    account(
        "clb:RegisterTargets",
        LocationId=key,
        Targets=[{"InstanceId": account.host(subnet), "Port": 1}],
        **ask,
    )
    account("clb:ModifyRule", LocationId=key, Url="/new", HealthCheck={"HealthNum": 4}, **ask)
    [rule] = rules(account, balancer)
    assert (rule["Url"], rule["HealthCheck"]["HealthNum"]) == ("/new", 4)
    account("clb:ModifyDomain", Domain="a.b", NewDomain="c.d", **ask)
    [listener] = account("clb:DescribeTargets", LoadBalancerId=balancer)["Listeners"]
    [group] = listener["Rules"]
    assert (group["Domain"], group["Url"], len(group["Targets"])) == ("c.d", "/new", 1)
    assert account.code("clb:ModifyRule", LocationId="loc-x", **ask) == "InvalidParameter.LocationNotFound"


def test_domains_with_certificates_of_their_own(account, balancer):
    [key] = make(account, balancer, "HTTPS", SniSwitch=1)
    ask = {"LoadBalancerId": balancer, "ListenerId": key}
    assert account.code("clb:CreateRule", Rules=[{"Domain": "a.b", "Url": "/"}], **ask) == "MissingParameter"
    add(
        account,
        ask,
        {"Domain": "a.b", "Url": "/", "Certificate": {"CertId": certificate(account)}, "Http2": True},
    )
    add(account, ask, {"Domain": "a.b", "Url": "/x"})
    assert {rule["Certificate"]["CertId"] for rule in rules(account, balancer)} == {"abcd1234"}
    other = certificate(account, "efgh5678")
    account(
        "clb:ModifyDomainAttributes",
        Domain="a.b",
        Certificate={"CertId": other},
        Http2=False,
        NewDomains=["c.d", "e.f"],
        **ask,
    )
    found = rules(account, balancer)
    assert {rule["Certificate"]["CertId"] for rule in found} == {other}
    assert [(rule["Domains"], rule["Http2"]) for rule in found] == [(["c.d", "e.f"], False)] * 2
    assert (
        account.code("clb:ModifyDomainAttributes", Domain="e.f", DefaultServer=False, **ask)
        == "MissingParameter"
    )
