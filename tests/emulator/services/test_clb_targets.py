import pytest

from emulator.world.estate import DEMO, build
from tests.emulator.services.acting import Account


@pytest.fixture
def account():
    account = Account()
    account.world.pace = 0
    return account


@pytest.fixture
def subnet(account):
    return account.subnet(account.vpc())


@pytest.fixture
def ask(account, subnet):
    key = account.balancer(subnet)
    [listener] = account("clb:CreateListener", LoadBalancerId=key, Ports=[80], Protocol="TCP")["ListenerIds"]
    return {"LoadBalancerId": key, "ListenerId": listener}


def target(host, port=80, **more):
    return {"InstanceId": host, "Port": port, **more}


def targets(account, ask):
    [found] = account("clb:DescribeTargets", LoadBalancerId=ask["LoadBalancerId"])["Listeners"]
    return found["Targets"]


def health(account, ask):
    [balancer] = account("clb:DescribeTargetHealth", LoadBalancerIds=[ask["LoadBalancerId"]])["LoadBalancers"]
    return [
        each["HealthStatusDetail"]
        for listener in balancer["Listeners"]
        for rule in listener["Rules"]
        for each in rule["Targets"]
    ]


def test_hosts_are_registered_weighed_moved_and_deregistered(account, subnet, ask):
    first, second = account.host(subnet, 1), account.host(subnet, 2)
    account(
        "clb:RegisterTargets", Targets=[target(first), target(second, Weight=20), target(first, 81)], **ask
    )
    found = targets(account, ask)
    assert [(each["InstanceId"], each["Port"], each["Weight"]) for each in found] == [
        (first, 80, 10),
        (second, 80, 20),
        (first, 81, 10),
    ]
    assert (found[0]["Type"], found[0]["InstanceName"], found[0]["Zone"]) == ("CVM", "host-1", subnet["Zone"])
    assert (
        account.code("clb:RegisterTargets", Targets=[target(first)], **ask)
        == "InvalidParameterValue.Duplicate"
    )
    account("clb:ModifyTargetWeight", Targets=[target(first), target(second, Weight=1)], Weight=5, **ask)
    assert [each["Weight"] for each in targets(account, ask)] == [5, 1, 10]
    account("clb:ModifyTargetPort", Targets=[target(second)], NewPort=90, **ask)
    assert [each["Port"] for each in targets(account, ask)] == [80, 90, 81]
    moving = {"Targets": [target(first)], "NewPort": 81}
    assert account.code("clb:ModifyTargetPort", **moving, **ask) == "InvalidParameterValue.Duplicate"
    account("clb:DeregisterTargets", Targets=[target(first), target(second, 90)], **ask)
    assert [each["Port"] for each in targets(account, ask)] == [81]
    assert account.code("clb:DeregisterTargets", Targets=[target(first)], **ask) == "InvalidParameter"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (target("ins-99999999"), "InvalidParameterValue"),
        ({"Port": 80}, "MissingParameter"),
        (target("ins-00000001", EniIp="10.0.1.2"), "InvalidParameterCombination"),
        ({"EniIp": "10.0.1.2", "Port": 80}, None),
        ({"EniIp": "10.0.1.99", "Port": 80}, "InvalidParameterValue"),
        (target("ins-00000001", 0), "InvalidParameterValue.Range"),
        (target("ins-00000001", Weight=101), "InvalidParameterValue.Range"),
        (target("ins-00000001", Weight=0), None),
    ],
)
def test_a_target_is_there_and_within_reach(account, subnet, ask, given, expected):
    account.host(subnet)
    # The balancer has the first free address, the host the one after.
    account.set_host("ins-00000001", PrivateIpAddresses=["10.0.1.2"])
    assert account.code("clb:RegisterTargets", Targets=[given], **ask) == expected


def test_a_host_of_another_vpc_is_out_of_reach(account, ask):
    far = account.host(account.subnet(account.vpc("172.16.0.0/16"), "172.16.0.0/24"))
    assert account.code("clb:RegisterTargets", Targets=[target(far)], **ask) == "InvalidParameterValue"


def test_an_interface_is_a_target_once_it_is_attached(account, subnet, ask):
    host = account.host(subnet)
    asked = {"VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"], "NetworkInterfaceName": "e"}
    made = account("vpc:CreateNetworkInterface", **asked)["NetworkInterface"]
    address = made["PrivateIpAddressSet"][0]["PrivateIpAddress"]
    given = {"Targets": [{"EniIp": address, "Port": 80}], **ask}
    assert account.code("clb:RegisterTargets", **given) == "InvalidParameterValue"
    account("vpc:AttachNetworkInterface", NetworkInterfaceId=made["NetworkInterfaceId"], InstanceId=host)
    account("clb:RegisterTargets", **given)
    [found] = targets(account, ask)
    assert (found["Type"], found["EniId"], found["InstanceId"]) == ("ENI", made["NetworkInterfaceId"], host)
    assert found["PrivateIpAddresses"] == [address]


def test_health_follows_the_clock_the_check_and_the_host(account, subnet, ask):
    account.world.pace = 1
    host = account.host(subnet)
    account.advance()
    account("clb:RegisterTargets", Targets=[target(host)], **ask)
    assert health(account, ask) == ["Unknown"]
    account.advance(14)
    assert health(account, ask) == ["Unknown"]
    account.advance(1)
    assert health(account, ask) == ["Alive"]
    account.set_host(host, InstanceState="STOPPED")
    assert health(account, ask) == ["Dead"]
    account.set_host(host, InstanceState="RUNNING")
    assert health(account, ask) == ["Alive"]
    account("clb:ModifyListener", HealthCheck={"HealthSwitch": 0}, **ask)
    assert health(account, ask) == ["Close"]
    account.drop_host(host)
    assert health(account, ask) == []
    found = account("clb:DescribeTargets", LoadBalancerId=ask["LoadBalancerId"])["Listeners"]
    assert [listener["Targets"] for listener in found] == [[]]


def test_health_of_an_estate_agrees_with_its_hosts():
    account = Account(build(DEMO, 3))
    hosts = {row["InstanceId"]: row["InstanceState"] for row in account.rows("cvm.instance")}
    keys = [row["LoadBalancerId"] for row in account.rows("clb.loadbalancer")][:30]
    seen = set()
    for balancer in account("clb:DescribeTargetHealth", LoadBalancerIds=keys)["LoadBalancers"]:
        for listener in balancer["Listeners"]:
            for rule in listener["Rules"]:
                for each in rule["Targets"]:
                    assert each["HealthStatus"] == (each["HealthStatusDetail"] == "Alive")
                    if hosts[each["TargetId"]] != "RUNNING":
                        assert each["HealthStatusDetail"] in ("Dead", "Close")
                    seen.add(each["HealthStatusDetail"])
    assert seen >= {"Alive", "Dead"}


def test_targets_of_rules_are_found_by_id_or_by_domain_and_path(account, subnet, ask):
    host, key = account.host(subnet), ask["LoadBalancerId"]
    [web] = account("clb:CreateListener", LoadBalancerId=key, Ports=[8080], Protocol="HTTP")["ListenerIds"]
    ask = {"LoadBalancerId": key, "ListenerId": web}
    [location] = account("clb:CreateRule", Rules=[{"Domain": "a.b", "Url": "/"}], **ask)["LocationIds"]
    given = {"Targets": [target(host)], **ask}
    assert account.code("clb:RegisterTargets", **given) == "MissingParameter"
    assert (
        account.code("clb:RegisterTargets", Domain="x.y", Url="/", **given)
        == "InvalidParameter.LocationNotFound"
    )
    account("clb:RegisterTargets", Domain="a.b", Url="/", **given)
    account("clb:RegisterTargets", LocationId=location, Targets=[target(host, 81)], **ask)
    found = account("clb:DescribeTargets", LoadBalancerId=key, ListenerIds=[web])["Listeners"]
    assert [each["Port"] for each in found[0]["Rules"][0]["Targets"]] == [80, 81]


def test_a_batch_says_which_listeners_failed_and_changes_the_others(account, subnet, ask):
    host, key = account.host(subnet), ask["LoadBalancerId"]
    [other] = account("clb:CreateListener", LoadBalancerId=key, Ports=[90], Protocol="TCP")["ListenerIds"]
    good = {"ListenerId": other, "InstanceId": host, "Port": 80}
    bad = {"ListenerId": ask["ListenerId"], "InstanceId": "ins-99999999", "Port": 80}
    answer = account("clb:BatchRegisterTargets", LoadBalancerId=key, Targets=[bad, good])
    assert answer["FailListenerIdSet"] == [ask["ListenerId"]]
    assert "ins-99999999" in answer["Message"]
    found = account("clb:DescribeTargets", LoadBalancerId=key, ListenerIds=[other])["Listeners"]
    assert [each["InstanceId"] for each in found[0]["Targets"]] == [host]
    weights = [
        {"ListenerId": other, "Targets": [target(host)], "Weight": 7},
        {"ListenerId": ask["ListenerId"], "Targets": [target(host)], "Weight": 7},
    ]
    assert account.code("clb:BatchModifyTargetWeight", LoadBalancerId=key, ModifyList=weights) == (
        "InvalidParameter"
    )
    account("clb:BatchModifyTargetWeight", LoadBalancerId=key, ModifyList=weights[:1])
    found = account("clb:DescribeTargets", LoadBalancerId=key, ListenerIds=[other])["Listeners"]
    assert found[0]["Targets"][0]["Weight"] == 7
    assert (
        account("clb:BatchDeregisterTargets", LoadBalancerId=key, Targets=[good])["FailListenerIdSet"] == []
    )
    assert account("clb:BatchDeregisterTargets", LoadBalancerId=key, Targets=[good])["FailListenerIdSet"] == [
        other
    ]


def test_a_listener_takes_fifty_targets(account, subnet, ask):
    host = account.host(subnet)
    for start in (1, 21, 41):
        given = [target(host, port) for port in range(start, min(start + 20, 51))]
        account("clb:RegisterTargets", Targets=given, **ask)
    assert account.code("clb:RegisterTargets", Targets=[target(host, 99)], **ask) == "LimitExceeded"
    many = [target(host, port) for port in range(100, 121)]
    assert account.code("clb:RegisterTargets", Targets=many, **ask) == "InvalidParameterValue.Length"
