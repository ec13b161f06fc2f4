import pytest

from tests.emulator.services.acting import Account


@pytest.fixture
def account():
    return Account()


@pytest.fixture
def vpc(account):
    return account.vpc()["VpcId"]


def allot(account, **params):
    [key] = account("vpc:AllocateAddresses", **params)["AddressSet"]
    account.advance()
    [row] = account("vpc:DescribeAddresses", AddressIds=[key])["AddressSet"]
    return row["AddressIp"]


def make(account, vpc, **params):
    asked = {"VpcId": vpc, "NatGatewayName": "n", "AddressCount": 1, **params}
    [made] = account("vpc:CreateNatGateway", **asked)["NatGatewaySet"]
    return made


def shown(account, key):
    [found] = account("vpc:DescribeNatGateways", NatGatewayIds=[key])["NatGatewaySet"]
    return found


def public(gateway):
    return [each["PublicIpAddress"] for each in gateway["PublicIpAddressSet"]]


def states(account):
    return {row["AddressIp"]: row["AddressStatus"] for row in account("vpc:DescribeAddresses")["AddressSet"]}


def test_a_gateway_is_made_and_deleted_with_its_addresses_and_routes(account, vpc):
    mine = allot(account)
    made = make(account, vpc, PublicIpAddresses=[mine])
    key = made["NatGatewayId"]
    assert (made["State"], len(public(made))) == ("PENDING", 2)
    assert account.code("vpc:DeleteNatGateway", NatGatewayId=key) == "UnsupportedOperation.InvalidState"
    account.advance()
    gateway = shown(account, key)
    assert (gateway["State"], gateway["InternetMaxBandwidthOut"]) == ("AVAILABLE", 100)
    assert states(account) == dict.fromkeys(public(gateway), "BIND")
    table = account("vpc:DescribeRouteTables")["RouteTableSet"][0]["RouteTableId"]
    route = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayType": "NAT", "GatewayId": key}
    account("vpc:CreateRoutes", RouteTableId=table, Routes=[route])
    assert account.code("vpc:DeleteVpc", VpcId=vpc) == "ResourceInUse"
    account("vpc:DeleteNatGateway", NatGatewayId=key)
    assert shown(account, key)["State"] == "DELETING"
    account.advance()
    assert account("vpc:DescribeNatGateways")["TotalCount"] == 0
    assert account("vpc:DescribeRouteTables")["RouteTableSet"][0]["RouteSet"] == []
    assert set(states(account).values()) == {"UNBIND"}
    account("vpc:DeleteVpc", VpcId=vpc)


def test_addresses_are_bound_and_freed_but_the_last(account, vpc):
    key = make(account, vpc)["NatGatewayId"]
    account.advance()
    [first] = public(shown(account, key))
    mine = allot(account)
    account("vpc:AssociateNatGatewayAddress", NatGatewayId=key, PublicIpAddresses=[mine])
    account.advance()
    again = {"NatGatewayId": key, "PublicIpAddresses": [mine]}
    assert account.code("vpc:AssociateNatGatewayAddress", **again) == "InvalidAddressState"
    bound = next(row for row in account.rows("vpc.address") if row["AddressIp"] == mine)
    assert (
        account.code("vpc:DisassociateAddress", AddressId=bound["AddressId"])
        == "InvalidInstance.NotSupported"
    )
    both = {"NatGatewayId": key, "PublicIpAddresses": [first, mine]}
    assert account.code("vpc:DisassociateNatGatewayAddress", **both) == (
        "UnsupportedOperation.PublicIpAddressDisassociate"
    )
    account("vpc:DisassociateNatGatewayAddress", NatGatewayId=key, PublicIpAddresses=[first])
    assert account("vpc:DescribeVpcTaskResult", TaskId=account.last)["Status"] == "RUNNING"
    account.advance()
    assert public(shown(account, key)) == [mine]
    assert states(account)[first] == "UNBIND"


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"AddressCount": 0}, "MissingParameter"),
        ({"AddressCount": 11}, "LimitExceeded.PublicIpAddressPerNatGatewayLimitExceeded"),
        ({"PublicIpAddresses": ["1.2.3.4"]}, "UnsupportedOperation.PublicIpAddressIsNotExisted"),
        ({"MaxConcurrentConnection": 5}, "InvalidParameterValue"),
        ({"InternetMaxBandwidthOut": 0}, "InvalidParameterValue.Range"),
        ({"NatProductVersion": 3}, "InvalidParameterValue"),
        ({"NatProductVersion": 2}, None),
        ({"PublicIpAddressesBandwidthOut": 101}, "InvalidParameterValue.BandwidthOutOfRange"),
        ({"VpcId": "vpc-12345678"}, "ResourceNotFound"),
        ({"Zone": "ap-shanghai-2"}, "InvalidParameterValue"),
        ({"ExclusiveType": "ExclusiveSmall"}, "NotEmulated"),
    ],
)
def test_what_makes_no_gateway_is_refused(account, vpc, params, expected):
    asked = {"VpcId": vpc, "NatGatewayName": "n", "AddressCount": 1, **params}
    assert account.code("vpc:CreateNatGateway", **asked) == expected


def test_an_address_that_is_not_paid_by_traffic_is_refused(account, vpc):
    wide = allot(account, InternetChargeType="BANDWIDTH_POSTPAID_BY_HOUR")
    asked = {"VpcId": vpc, "NatGatewayName": "n", "PublicIpAddresses": [wide]}
    assert account.code("vpc:CreateNatGateway", **asked) == (
        "UnsupportedOperation.PublicIpAddressNotBilledByTraffic"
    )


def test_a_gateway_changes_and_its_groups_count_it(account, vpc):
    group, key = account.group(), make(account, vpc)["NatGatewayId"]
    account.advance()
    account(
        "vpc:ModifyNatGatewayAttribute",
        NatGatewayId=key,
        NatGatewayName="new",
        ModifySecurityGroup=True,
        SecurityGroupIds=[group],
        DeletionProtectionEnabled=True,
    )
    account("vpc:ResetNatGatewayConnection", NatGatewayId=key, MaxConcurrentConnection=3000000)
    gateway = shown(account, key)
    assert (gateway["NatGatewayName"], gateway["MaxConcurrentConnection"]) == ("new", 3000000)
    assert account.code("vpc:DeleteSecurityGroup", SecurityGroupId=group) == "ResourceInUse"
    assert account.code("vpc:DeleteNatGateway", NatGatewayId=key) == (
        "UnsupportedOperation.DeletionProtectionEnabled"
    )


def test_three_gateways_are_the_quota_of_a_vpc(account, vpc):
    for _ in range(3):
        make(account, vpc)
    asked = {"VpcId": vpc, "NatGatewayName": "n", "AddressCount": 1}
    assert account.code("vpc:CreateNatGateway", **asked) == "LimitExceeded.NatGatewayPerVpcLimitExceeded"
