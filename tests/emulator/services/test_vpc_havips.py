import pytest

from tests.emulator.services.acting import Account


@pytest.fixture
def account():
    return Account()


@pytest.fixture
def subnet(account):
    return account.subnet(account.vpc())


def make(account, subnet, **params):
    asked = {"VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"], "HaVipName": "shared", **params}
    return account("vpc:CreateHaVip", **asked)["HaVip"]


def shown(account, key):
    [found] = account("vpc:DescribeHaVips", HaVipIds=[key])["HaVipSet"]
    return found


def allot(account):
    [key] = account("vpc:AllocateAddresses")["AddressSet"]
    account.advance()
    return address(account, key)


def address(account, key):
    [row] = account("vpc:DescribeAddresses", AddressIds=[key])["AddressSet"]
    return row


def free(account, subnet):
    [found] = account("vpc:DescribeSubnets", SubnetIds=[subnet["SubnetId"]])["SubnetSet"]
    return found["AvailableIpAddressCount"]


def test_a_virtual_address_takes_one_of_its_subnet_until_it_is_deleted(account, subnet):
    before = free(account, subnet)
    made = make(account, subnet, Vip="10.0.1.9", CheckAssociate=True, Tags=[{"Key": "a", "Value": "b"}])
    assert (made["Vip"], made["State"], made["CheckAssociate"]) == ("10.0.1.9", "UNBIND", True)
    key = made["HaVipId"]
    assert shown(account, key) == made
    assert free(account, subnet) == before - 1
    uses = account("vpc:DescribeUsedIpAddress", VpcId=subnet["VpcId"])["IpAddressStates"]
    assert [(use["IpAddress"], use["ResourceId"]) for use in uses] == [("10.0.1.9", key)]
    account("vpc:ModifyHaVipAttribute", HaVipId=key, HaVipName="new")
    assert shown(account, key)["HaVipName"] == "new"
    assert account.code("vpc:DeleteSubnet", SubnetId=subnet["SubnetId"]) == "ResourceInUse"
    account("vpc:DeleteHaVip", HaVipId=key)
    assert account("vpc:DescribeVpcTaskResult", TaskId=account.last)["Status"] == "RUNNING"
    assert account("vpc:DescribeHaVips")["TotalCount"] == 0
    assert free(account, subnet) == before
    account("vpc:DeleteSubnet", SubnetId=subnet["SubnetId"])


def test_an_address_says_its_subnet(account, subnet):
    account.subnet({"VpcId": subnet["VpcId"]}, "10.0.2.0/24", name="other")
    made = make(account, subnet, SubnetId=None, Vip="10.0.1.9")
    assert made["SubnetId"] == subnet["SubnetId"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"HaVipName": ""}, "InvalidParameterValue.Empty"),
        ({"HaVipName": "n" * 61}, "InvalidParameterValue.TooLong"),
        ({"VpcId": "vpc-12345678"}, "ResourceNotFound"),
        ({"SubnetId": "subnet-12345678"}, "ResourceNotFound"),
        ({"SubnetId": None}, "MissingParameter"),
        ({"SubnetId": None, "Vip": "words"}, "InvalidParameterValue.Malformed"),
        ({"SubnetId": None, "Vip": "10.0.7.1"}, "InvalidParameterValue.Range"),
        ({"Vip": "10.0.7.1"}, "InvalidParameterValue.Range"),
        ({"Vip": "words"}, "InvalidParameterValue.Malformed"),
        ({"Vip": "10.0.1.9"}, "ResourceInUse.Address"),
        ({"NetworkInterfaceId": "eni-12345678"}, "NotEmulated"),
        ({"HaVipAssociationSet": [{"InstanceId": "ins-12345678"}]}, "ResourceNotFound"),
        ({"HaVipAssociationSet": [{"InstanceId": "eni-12345678"}]}, "ResourceNotFound"),
        (
            {"HaVipAssociationSet": [{"InstanceId": "ins-12345678", "HaVipId": "havip-12345678"}]},
            "InvalidParameterValue",
        ),
    ],
)
def test_what_makes_no_virtual_address_is_refused(account, subnet, params, expected):
    make(account, subnet, Vip="10.0.1.9")
    asked = {"VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"], "HaVipName": "shared", **params}
    assert account.code("vpc:CreateHaVip", **asked) == expected


def test_a_subnet_of_another_vpc_and_one_too_many_are_refused(account, subnet):
    other = account.vpc("10.1.0.0/16")["VpcId"]
    asked = {"HaVipName": "shared", "SubnetId": subnet["SubnetId"]}
    assert account.code("vpc:CreateHaVip", **asked, VpcId=other) == "UnsupportedOperation.VpcMismatch"
    for _ in range(10):
        make(account, subnet)
    assert account.code("vpc:CreateHaVip", **asked, VpcId=subnet["VpcId"]) == "LimitExceeded"


@pytest.mark.parametrize(
    ("name", "value", "is_found"),
    [
        ("havip-name", "shared", True),
        ("vip", "10.0.1.9", True),
        ("vip", "10.0.1.8", False),
        ("address-ip", "1.2.3.4", False),
        ("check-associate", "false", True),
        ("check-associate", "true", False),
        ("havip-association.instance-type", "CVM", False),
        ("cdc-id", "cluster-12345678", False),
        ("type", "NORMAL", True),
        ("type", "GWLB", False),
        ("termination-protection", "false", True),
        ("traffic-protection", "true", False),
    ],
)
def test_virtual_addresses_are_found_by_filters(account, subnet, name, value, is_found):
    make(account, subnet, Vip="10.0.1.9")
    answer = account("vpc:DescribeHaVips", Filters=[{"Name": name, "Values": [value]}])
    assert bool(answer["HaVipSet"]) is is_found


def test_an_elastic_address_is_bound_and_freed_from_either_side(account, subnet):
    key, mine, other = make(account, subnet)["HaVipId"], allot(account), allot(account)
    bind = {"HaVipId": key, "AddressIp": mine["AddressIp"]}
    for by in ("vpc:HaVipDisassociateAddressIp", "vpc:DisassociateAddress"):
        account("vpc:HaVipAssociateAddressIp", **bind)
        assert shown(account, key)["AddressIp"] == ""
        early = account.code("vpc:HaVipDisassociateAddressIp", HaVipId=key)
        assert early == "UnsupportedOperation.InvalidAddressState"
        account.advance()
        assert shown(account, key)["AddressIp"] == mine["AddressIp"]
        bound = address(account, mine["AddressId"])
        assert (bound["AddressStatus"], bound["InstanceType"], bound["InstanceId"]) == ("BIND", "HAVIP", key)
        assert account.code("vpc:DeleteHaVip", HaVipId=key) == "UnsupportedOperation.BindEIP"
        second = {"HaVipId": key, "AddressIp": other["AddressIp"]}
        assert account.code("vpc:HaVipAssociateAddressIp", **second) == "UnsupportedOperation.BindEIP"
        account(by, **({"HaVipId": key} if "HaVip" in by else {"AddressId": mine["AddressId"]}))
        assert account.code("vpc:DeleteHaVip", HaVipId=key) == "UnsupportedOperation.BindEIP"
        account.advance()
        assert shown(account, key)["AddressIp"] == ""
        assert address(account, mine["AddressId"])["AddressStatus"] == "UNBIND"
    gone = account.code("vpc:HaVipDisassociateAddressIp", HaVipId=key)
    assert gone == "UnsupportedOperation.UnbindEIP"


def test_elastic_addresses_that_cannot_be_bound_are_refused(account, subnet):
    first, second = (make(account, subnet)["HaVipId"] for _ in range(2))
    mine = allot(account)
    action, bind = "vpc:HaVipAssociateAddressIp", {"HaVipId": second, "AddressIp": mine["AddressIp"]}
    absent = {"HaVipId": first, "AddressIp": "1.2.3.4"}
    assert account.code(action, **absent) == "InvalidParameterValue.AddressIpNotFound"
    account(action, HaVipId=first, AddressIp=mine["AddressIp"])
    assert account.code(action, **bind) == "UnsupportedOperation.InvalidAddressState"


def test_an_elastic_address_in_arrears_is_not_bound(account, subnet):
    key = make(account, subnet)["HaVipId"]
    [mine] = account(
        "vpc:AllocateAddresses",
        InternetChargeType="BANDWIDTH_PREPAID_BY_MONTH",
        AddressChargePrepaid={"Period": 1},
    )["AddressSet"]
    account.advance()
    account("vpc:ReleaseAddresses", AddressIds=[mine])
    account.advance()
    bind = {"HaVipId": key, "AddressIp": address(account, mine)["AddressIp"]}
    assert account.code("vpc:HaVipAssociateAddressIp", **bind) == "UnsupportedOperation.AddressIpInArrear"


def test_a_virtual_address_to_which_a_route_leads_is_not_deleted(account, subnet):
    key = make(account, subnet)["HaVipId"]
    table = {"RouteTableId": subnet["RouteTableId"]}
    route = {"DestinationCidrBlock": "192.168.0.0/24", "GatewayType": "HAVIP", "GatewayId": key}
    wrong = {**route, "GatewayId": "havip-12345678"}
    assert account.code("vpc:CreateRoutes", **table, Routes=[wrong]) == (
        "InvalidParameterValue.RouteNextHopInvalid"
    )
    [made] = account("vpc:CreateRoutes", **table, Routes=[route])["RouteTableSet"][0]["RouteSet"]
    assert account.code("vpc:DeleteHaVip", HaVipId=key) == "ResourceInUse"
    account("vpc:DeleteRoutes", **table, Routes=[{"RouteId": made["RouteId"]}])
    account("vpc:DeleteHaVip", HaVipId=key)


# --- between whom it is passed on -------------------------------------------------------------------------


def further(account, subnet):
    made = account(
        "vpc:CreateNetworkInterface",
        VpcId=subnet["VpcId"],
        SubnetId=subnet["SubnetId"],
        NetworkInterfaceName="further",
    )
    account.advance()
    return made["NetworkInterface"]["NetworkInterfaceId"]


def members(account, key):
    return [(each["InstanceType"], each["InstanceId"]) for each in shown(account, key)["HaVipAssociationSet"]]


def test_a_virtual_address_is_passed_on_among_hosts_and_interfaces(account, subnet):
    first, second = (account.host(subnet, number) for number in (1, 2))
    interface = further(account, subnet)
    made = make(account, subnet, HaVipAssociationSet=[{"InstanceId": first, "InstanceType": "CVM"}])
    key = made["HaVipId"]
    assert made["HaVipAssociationSet"] == [{"HaVipId": key, "InstanceId": first, "InstanceType": "CVM"}]
    more = [{"HaVipId": key, "InstanceId": each} for each in (interface, second)]
    account("vpc:AssociateHaVipInstance", HaVipAssociationSet=more)
    assert members(account, key) == [("CVM", first), ("ENI", interface), ("CVM", second)]
    by_member = [{"Name": "havip-association.instance-id", "Values": [interface]}]
    [found] = account("vpc:DescribeHaVips", Filters=by_member)["HaVipSet"]
    assert found["HaVipId"] == key
    account("vpc:DisassociateHaVipInstance", HaVipAssociationSet=more[1:])
    assert members(account, key) == [("CVM", first), ("ENI", interface)]
    assert account.code("vpc:DisassociateHaVipInstance", HaVipAssociationSet=more) == "ResourceNotFound"


def test_who_is_gone_passes_nothing_on(account, subnet):
    host, interface = account.host(subnet), further(account, subnet)
    both = [{"InstanceId": host}, {"InstanceId": interface}]
    key = make(account, subnet, HaVipAssociationSet=both)["HaVipId"]
    account.drop_host(host)
    assert members(account, key) == [("ENI", interface)]
    account("vpc:DeleteNetworkInterface", NetworkInterfaceId=interface)
    account.advance()
    assert members(account, key) == []


def test_who_cannot_pass_a_virtual_address_on_is_refused(account, subnet):
    elsewhere = account.subnet({"VpcId": subnet["VpcId"]}, "10.0.2.0/24", name="other")
    far, near = account.host(elsewhere, 1), account.host(subnet, 2)
    key = make(account, subnet)["HaVipId"]

    def code(*given, action="Associate", **one):
        sent = [{"HaVipId": key, **each} for each in (*given, *([one] if one else []))]
        return account.code(f"vpc:{action}HaVipInstance", HaVipAssociationSet=sent)

    assert code() == "MissingParameter"
    assert code(InstanceId=near, HaVipId="") == "MissingParameter"
    assert code(InstanceId=near, HaVipId="havip-12345678") == "ResourceNotFound"
    assert code(InstanceId=near, InstanceType="ENI") == "InvalidParameterValue"
    assert code(InstanceId=far) == "InvalidParameterValue"
    twice = ({"InstanceId": near}, {"InstanceId": near})
    assert code(*twice) == "InvalidParameterValue.DuplicatedHaVipAssociations"
    assert code(InstanceId=near) is None
    assert code(InstanceId=near) == "InvalidParameterValue.DuplicatedHaVipAssociations"
    many = [{"InstanceId": account.host(subnet, number)} for number in range(10, 21)]
    assert code(*many) == "InvalidParameterValue.LimitExceeded"
    assert code(*many[:10]) == "LimitExceeded"
    assert code(*many[:9]) is None
