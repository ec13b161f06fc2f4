import pytest

from emulator.world.estate import DEMO, build
from tests.emulator.services.acting import Account


@pytest.fixture
def account():
    return Account()


@pytest.fixture
def subnet(account):
    return account.subnet(account.vpc())


def make(account, subnet, **params):
    asked = {"VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"], "NetworkInterfaceName": "e", **params}
    made = account("vpc:CreateNetworkInterface", **asked)["NetworkInterface"]
    account.advance()
    return made


def shown(account, key):
    [found] = account("vpc:DescribeNetworkInterfaces", NetworkInterfaceIds=[key])["NetworkInterfaceSet"]
    return found


def addresses(interface):
    return [each["PrivateIpAddress"] for each in interface["PrivateIpAddressSet"]]


def free(account):
    [row] = account("vpc:DescribeSubnets")["SubnetSet"]
    return row["TotalIpAddressCount"] - row["AvailableIpAddressCount"]


def test_every_host_of_an_estate_has_its_primary_interface():
    account = Account(build(DEMO, 3))
    hosts = {row["InstanceId"]: row for row in account.rows("cvm.instance")}
    found, offset = [], 0
    while page := account("vpc:DescribeNetworkInterfaces", Limit=100, Offset=offset)["NetworkInterfaceSet"]:
        found += page
        offset += 100
    assert {each["Attachment"]["InstanceId"] for each in found} == set(hosts)
    assert len({each["NetworkInterfaceId"] for each in found}) == len(hosts)
    for each in found:
        host = hosts[each["Attachment"]["InstanceId"]]
        assert each["Primary"] is True
        assert addresses(each) == host["PrivateIpAddresses"]
        assert each["GroupSet"] == host["SecurityGroupIds"]
        public = [row["PublicIpAddress"] for row in each["PrivateIpAddressSet"]]
        assert public == (host["PublicIpAddresses"] or [""])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vpc-id", lambda host: host["VirtualPrivateCloud"]["VpcId"]),
        ("subnet-id", lambda host: host["VirtualPrivateCloud"]["SubnetId"]),
        ("attachment.instance-id", lambda host: host["InstanceId"]),
        ("groups.security-group-id", lambda host: (host["SecurityGroupIds"] or [""])[0]),
        ("address-ip", lambda host: host["PrivateIpAddresses"][0]),
    ],
)
def test_a_filter_finds_the_interfaces_of_the_hosts_that_it_describes(name, value):
    account = Account(build(DEMO, 3))
    hosts = account.rows("cvm.instance")
    wanted = next(value(host) for host in hosts if value(host))
    filters = [{"Name": name, "Values": [wanted]}]
    found = account("vpc:DescribeNetworkInterfaces", Filters=filters, Limit=100)
    expected = {host["InstanceId"] for host in hosts if value(host) == wanted}
    shown_hosts = {each["Attachment"]["InstanceId"] for each in found["NetworkInterfaceSet"]}
    if name == "groups.security-group-id":
        assert shown_hosts >= expected
    else:
        assert shown_hosts == expected
    assert account.code("vpc:DescribeNetworkInterfaces", Filters=[{"Name": "x", "Values": ["y"]}]) == (
        "InvalidParameter.FilterInvalidKey"
    )


def test_an_interface_is_made_attached_detached_and_deleted_by_the_clock(account, subnet):
    host = account.host(subnet)
    made = account(
        "vpc:CreateNetworkInterface",
        VpcId=subnet["VpcId"],
        SubnetId=subnet["SubnetId"],
        NetworkInterfaceName="e",
    )["NetworkInterface"]
    key, task = made["NetworkInterfaceId"], account.last
    assert made["State"] == "PENDING"
    attach = {"NetworkInterfaceId": key, "InstanceId": host}
    assert account.code("vpc:AttachNetworkInterface", **attach) == "UnsupportedOperation.InvalidState"
    account.advance()
    assert account("vpc:DescribeVpcTaskResult", TaskId=task)["Status"] == "SUCCESS"
    account("vpc:AttachNetworkInterface", **attach)
    assert shown(account, key)["State"] == "ATTACHING"
    account.advance()
    attached = shown(account, key)
    assert (attached["State"], attached["NetworkInterfaceState"]) == ("AVAILABLE", "INUSE")
    assert (attached["Attachment"]["InstanceId"], attached["Attachment"]["DeviceIndex"]) == (host, 1)
    assert (
        account.code("vpc:DeleteNetworkInterface", NetworkInterfaceId=key)
        == "UnsupportedOperation.InvalidState"
    )
    assert (
        account.code("vpc:AttachNetworkInterface", **attach) == "UnsupportedOperation.AttachmentAlreadyExists"
    )
    account("vpc:DetachNetworkInterface", **attach)
    assert shown(account, key)["State"] == "DETACHING"
    account.advance()
    assert shown(account, key)["Attachment"] is None
    assert account.code("vpc:DetachNetworkInterface", **attach) == "UnsupportedOperation.AttachmentNotFound"
    account("vpc:DeleteNetworkInterface", NetworkInterfaceId=key)
    assert account("vpc:DescribeNetworkInterfaces", NetworkInterfaceIds=[key])["TotalCount"] == 0
    assert free(account) == 1


def test_an_interface_of_a_host_that_is_gone_is_attached_to_nothing(account, subnet):
    host, key = account.host(subnet), make(account, subnet)["NetworkInterfaceId"]
    account("vpc:AttachNetworkInterface", NetworkInterfaceId=key, InstanceId=host)
    account.advance()
    account.drop_host(host)
    assert (shown(account, key)["Attachment"], shown(account, key)["NetworkInterfaceState"]) == (
        None,
        "AVAILABLE",
    )
    account("vpc:DeleteNetworkInterface", NetworkInterfaceId=key)


def test_addresses_are_taken_as_named_and_the_lowest_otherwise(account, subnet):
    named = [{"PrivateIpAddress": "10.0.1.9", "Primary": True}, {"PrivateIpAddress": "10.0.1.7"}]
    first = make(account, subnet, PrivateIpAddresses=named, SecondaryPrivateIpAddressCount=1)
    assert addresses(first) == ["10.0.1.9", "10.0.1.7", "10.0.1.2"]
    assert [each["Primary"] for each in first["PrivateIpAddressSet"]] == [True, False, False]
    second = make(account, subnet, SecondaryPrivateIpAddressCount=2)
    assert addresses(second) == ["10.0.1.3", "10.0.1.4", "10.0.1.5"]
    assert free(account) == 6


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.2"}]}, "ResourceInUse.Address"),
        ({"PrivateIpAddresses": [{"PrivateIpAddress": "10.0.2.2"}]}, "InvalidParameterValue.Range"),
        ({"PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.1"}]}, "InvalidParameterValue.Range"),
        ({"PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.255"}]}, "InvalidParameterValue.Range"),
        ({"PrivateIpAddresses": [{"PrivateIpAddress": "x"}]}, "InvalidParameterValue.Range"),
        ({"SecondaryPrivateIpAddressCount": 30}, "LimitExceeded.EniPrivateIpLimit"),
        ({"SecurityGroupIds": ["sg-12345678"]}, "ResourceNotFound"),
        ({"QosLevel": "best"}, "InvalidParameterValue"),
        ({"Ipv6AddressCount": 1}, "NotEmulated"),
    ],
)
def test_what_makes_no_interface_is_refused(account, subnet, params, expected):
    account.host(subnet)
    asked = {"VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"], "NetworkInterfaceName": "e", **params}
    assert account.code("vpc:CreateNetworkInterface", **asked) == expected


def test_a_full_subnet_gives_no_more_addresses(account):
    vpc = account.vpc()
    subnet = account.subnet(vpc, "10.0.0.0/28")
    make(account, subnet, SecondaryPrivateIpAddressCount=12)
    assert free(account) == 13
    asked = {"VpcId": vpc["VpcId"], "SubnetId": subnet["SubnetId"], "NetworkInterfaceName": "e"}
    assert account.code("vpc:CreateNetworkInterface", **asked) == "ResourceInsufficient.Subnet"


@pytest.mark.parametrize("is_primary", [True, False])
def test_an_interface_is_given_addresses_and_gives_them_back_but_the_primary_one(account, subnet, is_primary):
    if is_primary:
        host = account.host(subnet)
        filters = [{"Name": "attachment.instance-id", "Values": [host]}]
        [interface] = account("vpc:DescribeNetworkInterfaces", Filters=filters)["NetworkInterfaceSet"]
    else:
        interface = make(account, subnet)
    key, first = interface["NetworkInterfaceId"], addresses(interface)
    new = account("vpc:AssignPrivateIpAddresses", NetworkInterfaceId=key, SecondaryPrivateIpAddressCount=2)
    assert addresses(shown(account, key)) == [*first, *addresses(new)]
    assert free(account) == 3
    if is_primary:
        [row] = account("cvm:DescribeInstances")["InstanceSet"]
        assert row["PrivateIpAddresses"] == [*first, *addresses(new)]
    last = {"PrivateIpAddress": addresses(new)[-1]}
    account(
        "vpc:ModifyPrivateIpAddressesAttribute",
        NetworkInterfaceId=key,
        PrivateIpAddresses=[{**last, "Description": "spare"}],
    )
    assert shown(account, key)["PrivateIpAddressSet"][-1]["Description"] == "spare"
    ask = {"NetworkInterfaceId": key, "PrivateIpAddresses": [{"PrivateIpAddress": first[0]}]}
    assert account.code("vpc:UnassignPrivateIpAddresses", **ask) == "UnauthorizedOperation.PrimaryIp"
    account("vpc:UnassignPrivateIpAddresses", NetworkInterfaceId=key, PrivateIpAddresses=[last])
    assert addresses(shown(account, key)) == [*first, *addresses(new)[:1]]
    assert free(account) == 2
    again = {"NetworkInterfaceId": key, "PrivateIpAddresses": [last]}
    assert account.code("vpc:UnassignPrivateIpAddresses", **again) == "ResourceNotFound"


def test_a_primary_interface_is_not_attached_deleted_or_regrouped_by_itself(account, subnet):
    host, group = account.host(subnet), account.group()
    [interface] = account("vpc:DescribeNetworkInterfaces")["NetworkInterfaceSet"]
    key = interface["NetworkInterfaceId"]
    assert account.code("vpc:DeleteNetworkInterface", NetworkInterfaceId=key) == "UnsupportedOperation"
    assert account.code("vpc:DetachNetworkInterface", NetworkInterfaceId=key, InstanceId=host) == (
        "UnsupportedOperation"
    )
    ask = {"NetworkInterfaceIds": [key], "SecurityGroupIds": [group]}
    assert account.code("vpc:AssociateNetworkInterfaceSecurityGroups", **ask) == "UnsupportedOperation"
    account(
        "vpc:ModifyNetworkInterfaceAttribute",
        NetworkInterfaceId=key,
        NetworkInterfaceName="main",
        SecurityGroupIds=[group],
    )
    assert (shown(account, key)["NetworkInterfaceName"], shown(account, key)["GroupSet"]) == ("main", [group])
    [row] = account("cvm:DescribeInstances")["InstanceSet"]
    assert row["SecurityGroupIds"] == [group]


def test_interfaces_change_groups_and_groups_count_them(account, subnet):
    first, second = account.group("a"), account.group("b")
    key = make(account, subnet, SecurityGroupIds=[first])["NetworkInterfaceId"]
    ask = {"NetworkInterfaceIds": [key]}
    account("vpc:AssociateNetworkInterfaceSecurityGroups", SecurityGroupIds=[second], **ask)
    assert shown(account, key)["GroupSet"] == [first, second]
    found = account("vpc:DescribeSecurityGroupAssociationStatistics", SecurityGroupIds=[second])
    assert found["SecurityGroupAssociationStatisticsSet"][0]["ENI"] == 1
    account("vpc:DisassociateNetworkInterfaceSecurityGroups", SecurityGroupIds=[first, second], **ask)
    assert shown(account, key)["GroupSet"] == []


def test_an_interface_is_attached_in_its_vpc_and_zone_only(account, subnet):
    key = make(account, subnet)["NetworkInterfaceId"]
    other_zone = account.subnet(account.vpc("10.1.0.0/16"), "10.1.0.0/24")
    far = account.host(other_zone, 1)
    assert account.code("vpc:AttachNetworkInterface", NetworkInterfaceId=key, InstanceId=far) == (
        "UnsupportedOperation.VpcMismatch"
    )
    near = account.host(subnet, 2, Placement={"Zone": "ap-guangzhou-6"})
    assert account.code("vpc:AttachNetworkInterface", NetworkInterfaceId=key, InstanceId=near) == (
        "UnsupportedOperation.ZoneMismatch"
    )
    assert account.code("vpc:AttachNetworkInterface", NetworkInterfaceId=key, InstanceId="ins-x") == (
        "InvalidInstanceId.NotFound"
    )


def test_a_token_given_twice_makes_one_interface(account, subnet):
    first = make(account, subnet, ClientToken="t")
    assert make(account, subnet, ClientToken="t") == first
    assert len(account.rows("vpc.networkinterface")) == 1
