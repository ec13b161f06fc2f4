import pytest

from tests.emulator.services.acting import Account


@pytest.fixture
def account():
    return Account()


@pytest.fixture
def vpc(account):
    return account.vpc()


@pytest.fixture
def table(account, vpc):
    return account("vpc:CreateRouteTable", VpcId=vpc["VpcId"], RouteTableName="t")["RouteTable"][
        "RouteTableId"
    ]


def out(destination="0.0.0.0/0", **more):
    return {"DestinationCidrBlock": destination, "GatewayType": "EIP", "GatewayId": "0", **more}


def routes(account, table):
    [found] = account("vpc:DescribeRouteTables", RouteTableIds=[table])["RouteTableSet"]
    return found["RouteSet"]


def test_routes_are_added_replaced_and_taken_away_under_their_ids(account, table):
    account("vpc:CreateRoutes", RouteTableId=table, Routes=[out()])
    made = account("vpc:CreateRoutes", RouteTableId=table, Routes=[out("8.8.0.0/16")])
    first, second = routes(account, table)
    assert (made["TotalCount"], made["RouteTableSet"][0]["RouteSet"]) == (1, [second])
    assert first["RouteTableId"] == table
    assert {first["RouteType"], second["RouteType"]} == {"USER"}
    changed = account(
        "vpc:ReplaceRoutes",
        RouteTableId=table,
        Routes=[out("9.9.0.0/16", RouteItemId=second["RouteItemId"])],
    )
    assert changed["OldRouteSet"] == [second]
    assert changed["NewRouteSet"] == [{**second, "DestinationCidrBlock": "9.9.0.0/16"}]
    assert routes(account, table) == [first, *changed["NewRouteSet"]]
    gone = account("vpc:DeleteRoutes", RouteTableId=table, Routes=[{"RouteId": first["RouteId"]}])
    assert gone["RouteSet"] == [first]
    assert routes(account, table) == changed["NewRouteSet"]


def test_two_ways_to_one_destination_are_not_in_force_together(account, vpc, table):
    host = account.host(account.subnet(vpc))
    [address] = account.world.read("cvm.instance", "ap-guangzhou").get(host).value["PrivateIpAddresses"]
    account("vpc:CreateRoutes", RouteTableId=table, Routes=[out()])
    other = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayType": "NORMAL_CVM", "GatewayId": address}
    ask = {"RouteTableId": table, "Routes": [other]}
    assert account.code("vpc:CreateRoutes", **ask) == "UnsupportedOperation.Ecmp"
    assert (
        account.code("vpc:CreateRoutes", RouteTableId=table, Routes=[out()])
        == "InvalidParameterValue.Duplicate"
    )
    [first] = routes(account, table)
    account("vpc:DisableRoutes", RouteTableId=table, RouteIds=[first["RouteId"]])
    account("vpc:CreateRoutes", **ask)
    enable = {"RouteTableId": table, "RouteItemIds": [first["RouteItemId"]]}
    assert account.code("vpc:EnableRoutes", **enable) == "UnsupportedOperation.Ecmp"
    assert [route["Enabled"] for route in routes(account, table)] == [False, True]


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (out("10.0.3.0/24"), "InvalidParameterValue.VpcCidrConflict"),
        (out("10.0.0.0/8"), None),
        (out(GatewayId="1"), "InvalidParameterValue.RouteNextHopInvalid"),
        (out(GatewayType="NAT", GatewayId="nat-12345678"), "InvalidParameterValue.RouteNextHopInvalid"),
        (out(GatewayType="NORMAL_CVM", GatewayId="10.0.1.9"), "InvalidParameterValue.RouteNextHopInvalid"),
        (out(GatewayType="TELEPORT"), "InvalidParameterValue"),
        (out(GatewayType="INTRANAT"), "NotEmulated"),
        (out("x"), "InvalidParameterValue.Malformed"),
        ({"GatewayType": "EIP", "GatewayId": "0"}, "MissingParameter"),
        (out("", DestinationIpv6CidrBlock="::/0"), "NotEmulated"),
    ],
)
def test_a_route_leads_out_of_the_vpc_to_something_that_is_there(account, table, route, expected):
    assert account.code("vpc:CreateRoutes", RouteTableId=table, Routes=[route]) == expected


def test_a_gateway_that_somebody_put_there_can_be_led_to(account, table):
    from emulator.world.shelves import Row

    account.world.write("vpc.VpnGateway", "ap-guangzhou").put("n", Row({"VpnGatewayId": "vpngw-1"}))
    route = out(GatewayType="VPN", GatewayId="vpngw-1")
    assert account.code("vpc:CreateRoutes", RouteTableId=table, Routes=[route]) is None


def test_a_table_goes_once_no_subnet_follows_it_and_the_main_one_never(account, vpc, table):
    subnet = account.subnet(vpc)["SubnetId"]
    account("vpc:ReplaceRouteTableAssociation", RouteTableId=table, SubnetId=subnet)
    assert (
        account.code("vpc:DeleteRouteTable", RouteTableId=table) == "UnsupportedOperation.DelRouteWithSubnet"
    )
    main = next(row["RouteTableId"] for row in account.rows("vpc.routetable") if row["Main"])
    account("vpc:ReplaceRouteTableAssociation", RouteTableId=main, SubnetId=subnet)
    account("vpc:DeleteRouteTable", RouteTableId=table)
    assert account.code("vpc:DeleteRouteTable", RouteTableId=main) == (
        "UnsupportedOperation.NotSupportDeleteDefaultRouteTable"
    )


def test_a_subnet_follows_no_table_of_another_vpc(account, table):
    subnet = account.subnet(account.vpc("172.16.0.0/16"), "172.16.0.0/24")["SubnetId"]
    ask = {"RouteTableId": table, "SubnetId": subnet}
    assert account.code("vpc:ReplaceRouteTableAssociation", **ask) == "UnsupportedOperation.VpcMismatch"


def test_a_reset_leaves_the_new_routes_only(account, table):
    account("vpc:CreateRoutes", RouteTableId=table, Routes=[out(), out("8.8.0.0/16")])
    account("vpc:ResetRoutes", RouteTableId=table, RouteTableName="n", Routes=[out("9.9.0.0/16")])
    assert [route["DestinationCidrBlock"] for route in routes(account, table)] == ["9.9.0.0/16"]


@pytest.mark.parametrize(
    ("action", "params", "expected"),
    [
        ("DeleteRoutes", {"Routes": [out(RouteId=1)]}, "ResourceNotFound"),
        ("DeleteRoutes", {"Routes": [out()]}, "MissingParameter"),
        ("ReplaceRoutes", {"Routes": [out(RouteItemId="rti-1")]}, "ResourceNotFound"),
        ("EnableRoutes", {}, "MissingParameter"),
        ("EnableRoutes", {"RouteIds": [1], "RouteItemIds": ["x"]}, "InvalidParameter.Coexist"),
        ("DisableRoutes", {"RouteIds": [1] * 101}, "InvalidParameterValue.LimitExceeded"),
        ("CreateRoutes", {"Routes": []}, "MissingParameter"),
    ],
)
def test_what_names_no_route_is_refused(account, table, action, params, expected):
    assert account.code(f"vpc:{action}", RouteTableId=table, **params) == expected
