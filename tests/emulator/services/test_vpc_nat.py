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


# --- what gateways translate ------------------------------------------------------------------------------

FORWARD, OUT = "NatGatewayDestinationIpPortTranslationNatRule", "NatGatewaySourceIpTranslationNatRule"


@pytest.fixture
def translating(account):
    """A gateway with one address, and a host and a subnet that stand behind it."""
    net = account.vpc()
    subnet = account.subnet(net)
    key = make(account, net["VpcId"])["NatGatewayId"]
    account.advance()
    [address] = public(shown(account, key))
    host = account.host(subnet)
    [private] = account.rows("cvm.instance")[0]["PrivateIpAddresses"]
    return {"key": key, "public": address, "subnet": subnet, "host": host, "private": private}


def forward(there, **members):
    return {
        "IpProtocol": "TCP",
        "PublicIpAddress": there["public"],
        "PublicPort": 80,
        "PrivateIpAddress": there["private"],
        "PrivatePort": 8080,
        "Description": "web",
        **members,
    }


def go_out(there, **members):
    return {
        "ResourceId": there["subnet"]["SubnetId"],
        "ResourceType": "SUBNET",
        "PrivateIpAddress": there["subnet"]["CidrBlock"],
        "PublicIpAddresses": [there["public"]],
        "Description": "all",
        **members,
    }


def forwarded(account, **params):
    return account(f"vpc:Describe{FORWARD}s", **params)[f"{FORWARD}Set"]


def going_out(account, key, **params):
    answer = account(f"vpc:Describe{OUT}s", NatGatewayId=key, **params)
    return answer["SourceIpTranslationNatRuleSet"]


def add_forward(account, there, *rules):
    asked = {"NatGatewayId": there["key"], "DestinationIpPortTranslationNatRules": list(rules)}
    return account.code(f"vpc:Create{FORWARD}", **asked)


def add_out(account, there, *rules):
    asked = {"NatGatewayId": there["key"], "SourceIpTranslationNatRules": list(rules)}
    return account.code(f"vpc:Create{OUT}", **asked)


def test_a_port_is_forwarded_otherwise_and_no_longer(account, translating):
    there, rule = translating, forward(translating)
    assert add_forward(account, there, rule, forward(there, PublicPort=443)) is None
    by_key = {"NatGatewayIds": [there["key"]]}
    assert [each["PublicPort"] for each in forwarded(account, **by_key)] == [80, 443]
    by_port = [
        {"Name": "public-port", "Values": ["80"]},
        {"Name": "nat-gateway-id", "Values": [there["key"]]},
    ]
    [found] = forwarded(account, Filters=by_port)
    assert {name: found[name] for name in rule} == rule
    assert (found["NatGatewayId"], found["VpcId"]) == (there["key"], there["subnet"]["VpcId"])
    assert account.code(f"vpc:Describe{FORWARD}s", **by_key, Filters=by_port) == ("InvalidParameter.Coexist")
    assert shown(account, there["key"])["DestinationIpPortTranslationNatRuleSet"][0] == rule
    change = {"NatGatewayId": there["key"], "SourceNatRule": rule}
    other = forward(there, PublicPort=81, Description="new")
    account(f"vpc:Modify{FORWARD}", **change, DestinationNatRule=other)
    assert [each["Description"] for each in forwarded(account, Filters=[])] == ["web", "new"]
    no_rule = "InvalidParameterValue.NatGatewayDnatRuleNotExists"
    assert account.code(f"vpc:Modify{FORWARD}", **change, DestinationNatRule=other) == no_rule
    drop = {"NatGatewayId": there["key"], "DestinationIpPortTranslationNatRules": [rule, other]}
    assert account.code(f"vpc:Delete{FORWARD}", **drop) == no_rule
    drop["DestinationIpPortTranslationNatRules"] = [other]
    account(f"vpc:Delete{FORWARD}", **drop)
    assert [each["PublicPort"] for each in forwarded(account, **by_key)] == [443]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"IpProtocol": "ICMP"}, "InvalidParameterValue"),
        ({"PublicPort": 0}, "InvalidParameterValue.Range"),
        ({"PrivatePort": 65536}, "InvalidParameterValue.Range"),
        ({"PublicIpAddress": "1.2.3.4"}, "UnsupportedOperation.NatGatewayEipNotExists"),
        ({"PrivateIpAddress": "10.0.1.200"}, "InvalidParameterValue.NatGatewayDnatRulePipNeedVm"),
    ],
)
def test_what_forwards_no_port_is_refused(account, translating, members, expected):
    assert add_forward(account, translating, forward(translating, **members)) == expected


def test_no_port_is_forwarded_twice(account, translating):
    rule, other = forward(translating), forward(translating, PublicPort=81)
    assert add_forward(account, translating) == "MissingParameter"
    assert add_forward(account, translating, rule, rule) == "InvalidParameterValue.NatGatewayDnatRuleRepeated"
    assert add_forward(account, translating, rule, other) is None
    existed = "InvalidParameterValue.NatGatewayDnatRuleExisted"
    assert add_forward(account, translating, forward(translating, PrivatePort=9)) == existed
    change = {"NatGatewayId": translating["key"], "SourceNatRule": rule, "DestinationNatRule": other}
    assert account.code(f"vpc:Modify{FORWARD}", **change) == existed
    assert add_forward(account, translating, forward(translating, IpProtocol="UDP")) is None


def test_a_hundred_forwarded_ports_are_the_quota_of_a_gateway(account, translating):
    rules = [forward(translating, PublicPort=port) for port in range(1, 102)]
    assert add_forward(account, translating, *rules) == "LimitExceeded"
    assert add_forward(account, translating, *rules[1:]) is None
    assert add_forward(account, translating, rules[0]) == "LimitExceeded"


def test_a_source_goes_out_by_other_addresses_and_by_any(account, translating):
    there, host = translating, {"ResourceType": "NETWORKINTERFACE", "ResourceId": translating["host"]}
    assert add_out(account, there, go_out(there)) is None
    one = go_out(there, **host, PrivateIpAddress=there["private"], Description="one")
    assert add_out(account, there, one) is None
    key = there["key"]
    by_host = [{"Name": "resource-id", "Values": [there["host"]]}]
    [found] = going_out(account, key, Filters=by_host)
    assert {name: found[name] for name in one} == one
    by_address = [{"Name": "public-ip-address", "Values": [there["public"]]}]
    assert len(going_out(account, key, Filters=by_address)) == 2
    assert len(shown(account, key)["SourceIpTranslationNatRuleSet"]) == 2
    mine = allot(account)
    change = {**one, "NatGatewaySnatId": found["NatGatewaySnatId"], "PublicIpAddresses": [mine]}
    modify = {"NatGatewayId": key, "SourceIpTranslationNatRule": change}
    assert account.code(f"vpc:Modify{OUT}", **modify) == "UnsupportedOperation.NatGatewayEipNotExists"
    account("vpc:AssociateNatGatewayAddress", NatGatewayId=key, PublicIpAddresses=[mine])
    account.advance()
    account(f"vpc:Modify{OUT}", **modify)
    assert going_out(account, key, Filters=by_host)[0]["PublicIpAddresses"] == [mine]
    modify["SourceIpTranslationNatRule"] = {**change, "PrivateIpAddress": "10.0.1.9"}
    assert account.code(f"vpc:Modify{OUT}", **modify) == "InvalidParameterValue"
    modify["SourceIpTranslationNatRule"] = one
    assert account.code(f"vpc:Modify{OUT}", **modify) == "MissingParameter"
    drop = {"NatGatewayId": key, "NatGatewaySnatIds": [found["NatGatewaySnatId"]]}
    account(f"vpc:Delete{OUT}", **drop)
    assert [each["Description"] for each in going_out(account, key)] == ["all"]
    gone = "InvalidParameterValue.NatGatewaySnatRuleNotExists"
    assert account.code(f"vpc:Delete{OUT}", **drop) == gone


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"ResourceType": "HOST"}, "InvalidParameterValue"),
        ({"ResourceId": "subnet-12345678"}, "ResourceNotFound"),
        ({"PrivateIpAddress": "10.0.0.0/8"}, "InvalidParameterValue"),
        ({"PublicIpAddresses": []}, "MissingParameter"),
        ({"PublicIpAddresses": ["1.2.3.4"]}, "UnsupportedOperation.NatGatewayEipNotExists"),
        (
            {"ResourceType": "NETWORKINTERFACE", "ResourceId": "ins-87654321"},
            "UnsupportedOperation.NatGatewaySnatPipNeedVm",
        ),
        ({"ResourceType": "USERDEFINED", "PrivateIpAddress": "words"}, "InvalidParameterValue.Malformed"),
        ({"ResourceType": "USERDEFINED", "PrivateIpAddress": "10.9.0.0/24"}, None),
    ],
)
def test_what_goes_out_by_no_address_is_refused(account, translating, members, expected):
    assert add_out(account, translating, go_out(translating, **members)) == expected


def test_one_source_has_one_rule_of_its_gateway(account, translating):
    existed, rule = "InvalidParameterValue.NatSnatRuleExists", go_out(translating)
    assert add_out(account, translating) == "MissingParameter"
    assert add_out(account, translating, rule, rule) == existed
    assert add_out(account, translating, rule) is None
    assert add_out(account, translating, rule) == existed
    other = make(account, translating["subnet"]["VpcId"])["NatGatewayId"]
    account.advance()
    [key] = [each["NatGatewaySnatId"] for each in going_out(account, translating["key"])]
    drop = {"NatGatewayId": other, "NatGatewaySnatIds": [key]}
    assert account.code(f"vpc:Delete{OUT}", **drop) == "InvalidParameterValue.NatGatewaySnatRuleNotExists"


def test_a_subnet_goes_out_by_gateways_of_its_own_vpc(account, translating):
    elsewhere = account.subnet(account.vpc("10.1.0.0/16"), "10.1.0.0/24")
    rule = {"ResourceId": elsewhere["SubnetId"], "PrivateIpAddress": elsewhere["CidrBlock"]}
    mismatch = "UnsupportedOperation.VpcMismatch"
    assert add_out(account, translating, go_out(translating, **rule)) == mismatch


def test_what_is_translated_goes_with_its_addresses_and_with_the_gateway(account, translating):
    there, key = translating, translating["key"]
    mine = allot(account)
    account("vpc:AssociateNatGatewayAddress", NatGatewayId=key, PublicIpAddresses=[mine])
    account.advance()
    assert add_forward(account, there, forward(there), forward(there, PublicIpAddress=mine)) is None
    alone = {"ResourceType": "USERDEFINED", "PrivateIpAddress": "10.9.0.0/24", "PublicIpAddresses": [mine]}
    both = go_out(there, PublicIpAddresses=[there["public"], mine])
    assert add_out(account, there, both, go_out(there, **alone)) is None
    account("vpc:DisassociateNatGatewayAddress", NatGatewayId=key, PublicIpAddresses=[mine])
    account.advance()
    assert [each["PublicIpAddress"] for each in forwarded(account)] == [there["public"]]
    assert [each["PublicIpAddresses"] for each in going_out(account, key)] == [[there["public"]]]
    account("vpc:DeleteNatGateway", NatGatewayId=key)
    account.advance()
    assert forwarded(account) == []
    assert account.rows("vpc.natsource") == []


def test_what_goes_out_is_let_go_of_with_what_it_is(account, translating):
    there, key = translating, translating["key"]
    subnet, vpc = there["subnet"], there["subnet"]["VpcId"]
    made = account(
        "vpc:CreateNetworkInterface", VpcId=vpc, SubnetId=subnet["SubnetId"], NetworkInterfaceName="e"
    )
    account.advance()
    interface = made["NetworkInterface"]
    [private] = interface["PrivateIpAddressSet"]
    one = {"ResourceType": "NETWORKINTERFACE"}
    of_host = go_out(there, **one, ResourceId=there["host"], PrivateIpAddress=there["private"])
    of_interface = go_out(
        there,
        **one,
        ResourceId=interface["NetworkInterfaceId"],
        PrivateIpAddress=private["PrivateIpAddress"],
    )
    assert add_out(account, there, of_host, of_interface, go_out(there)) is None
    account.drop_host(there["host"])
    left = [of_interface["ResourceId"], subnet["SubnetId"]]
    assert [each["ResourceId"] for each in going_out(account, key)] == left
    account("vpc:DeleteNetworkInterface", NetworkInterfaceId=interface["NetworkInterfaceId"])
    account.advance()
    assert [each["ResourceId"] for each in going_out(account, key)] == [subnet["SubnetId"]]
    account("vpc:DeleteSubnet", SubnetId=subnet["SubnetId"])
    assert going_out(account, key) == []


def test_a_gateway_that_is_being_made_translates_nothing(account, vpc):
    key = make(account, vpc)["NatGatewayId"]
    asked = {"NatGatewayId": key, "SourceIpTranslationNatRules": []}
    assert account.code(f"vpc:Create{OUT}", **asked) == "UnsupportedOperation.InvalidState"
