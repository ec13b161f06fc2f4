from ipaddress import IPv4Network

import pytest

from emulator.world.estate import DEMO, build
from tests.emulator.services.acting import REGION, ZONE, Account


@pytest.fixture
def account():
    return Account()


def one(account, action, member, **params):
    [found] = account(f"vpc:{action}", **params)[member]
    return found


def test_a_vpc_is_shown_as_it_was_made_with_its_main_route_table(account):
    vpc = account.vpc()
    assert one(account, "DescribeVpcs", "VpcSet", VpcIds=[vpc["VpcId"]]) == vpc
    table = one(
        account,
        "DescribeRouteTables",
        "RouteTableSet",
        Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}],
    )
    assert table["Main"] is True
    assert (table["AssociationSet"], table["RouteSet"]) == ([], [])


def test_subnets_are_paged_by_tokens_as_well(account):
    vpc = account.vpc()
    made = [account.subnet(vpc, f"10.0.{at}.0/24")["SubnetId"] for at in range(5)]
    shown, token = [], ""
    while True:
        page = account("vpc:DescribeSubnets", MaxResults=2, NextToken=token)
        shown += [subnet["SubnetId"] for subnet in page["SubnetSet"]]
        assert page["TotalCount"] == 5
        if not (token := page["NextToken"]):
            break
    assert shown == made


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"MaxResults": 101}, "InvalidParameterValue.Range"),
        ({"MaxResults": 2, "Offset": "0"}, "InvalidParameter.Coexist"),
        ({"NextToken": "later"}, "InvalidParameterValue"),
    ],
)
def test_a_page_of_subnets_is_said_in_one_way(account, params, code):
    assert account.code("vpc:DescribeSubnets", **params) == code


@pytest.mark.parametrize("name", ["isp-type", "address-type"])
def test_no_subnet_has_blocks_of_ipv6_to_be_found_by(account, name):
    account.subnet(account.vpc())
    filters = [{"Name": name, "Values": ["BGP"]}]
    assert account("vpc:DescribeSubnets", Filters=filters)["TotalCount"] == 0


@pytest.mark.parametrize(
    ("cidr", "expected"),
    [
        ("10.0.0.0/12", None),
        ("192.168.0.0/28", None),
        ("10.200.0.0/16", None),
        ("10.0.0.0/11", "InvalidParameterValue.Range"),
        ("172.16.0.0/29", "InvalidParameterValue.Range"),
        ("172.32.0.0/16", "InvalidParameterValue.Range"),
        ("8.8.0.0/16", "InvalidParameterValue.Range"),
        ("10.0.0.1/16", "InvalidParameterValue.Malformed"),
        ("10.0.0.0", "InvalidParameterValue.Malformed"),
        ("fd00::/64", "InvalidParameterValue.Malformed"),
    ],
)
def test_a_vpc_lies_in_a_private_range(account, cidr, expected):
    assert account.code("vpc:CreateVpc", VpcName="x", CidrBlock=cidr) == expected


@pytest.mark.parametrize(
    ("cidr", "expected"),
    [
        ("10.0.0.0/16", None),
        ("10.0.128.0/28", None),
        ("10.0.128.0/29", "InvalidParameterValue.SubnetRange"),
        ("10.1.0.0/24", "InvalidParameterValue.SubnetRange"),
        ("10.0.0.0/15", "InvalidParameterValue.SubnetRange"),
    ],
)
def test_a_subnet_lies_in_its_vpc(account, cidr, expected):
    asked = {"VpcId": account.vpc()["VpcId"], "SubnetName": "s", "Zone": ZONE}
    assert account.code("vpc:CreateSubnet", CidrBlock=cidr, **asked) == expected


def test_subnets_do_not_overlap_not_even_those_of_one_request(account):
    vpc = account.vpc()
    account.subnet(vpc, "10.0.1.0/24")
    asked = {"VpcId": vpc["VpcId"], "SubnetName": "s", "Zone": ZONE}
    assert account.code("vpc:CreateSubnet", CidrBlock="10.0.1.0/24", **asked) == (
        "InvalidParameterValue.SubnetConflict"
    )
    assert account.code("vpc:CreateSubnet", CidrBlock="10.0.0.0/22", **asked) == (
        "InvalidParameterValue.SubnetOverlap"
    )
    several = [
        {"SubnetName": "a", "Zone": ZONE, "CidrBlock": cidr} for cidr in ("10.0.2.0/24", "10.0.2.128/25")
    ]
    assert account.code("vpc:CreateSubnets", VpcId=vpc["VpcId"], Subnets=several) == (
        "InvalidParameterValue.SubnetOverlap"
    )


def test_a_zone_of_another_region_is_refused(account):
    asked = {"VpcId": account.vpc()["VpcId"], "SubnetName": "s", "CidrBlock": "10.0.0.0/24"}
    assert account.code("vpc:CreateSubnet", Zone="ap-shanghai-2", **asked) == "InvalidParameterValue"


def test_several_subnets_share_their_tags_and_follow_the_tables_that_they_name(account):
    vpc = account.vpc()
    table = account("vpc:CreateRouteTable", VpcId=vpc["VpcId"], RouteTableName="t")["RouteTable"]
    made = account(
        "vpc:CreateSubnets",
        VpcId=vpc["VpcId"],
        Subnets=[
            {
                "SubnetName": "a",
                "Zone": ZONE,
                "CidrBlock": "10.0.0.0/24",
                "RouteTableId": table["RouteTableId"],
            },
            {"SubnetName": "b", "Zone": ZONE, "CidrBlock": "10.0.1.0/24"},
        ],
        Tags=[{"Key": "k", "Value": "v"}],
    )["SubnetSet"]
    assert [subnet["TagSet"] for subnet in made] == [[{"Key": "k", "Value": "v"}]] * 2
    shown = one(account, "DescribeRouteTables", "RouteTableSet", RouteTableIds=[table["RouteTableId"]])
    assert [each["SubnetId"] for each in shown["AssociationSet"]] == [made[0]["SubnetId"]]


def test_what_stands_in_a_network_keeps_it(account):
    vpc = account.vpc()
    subnet = account.subnet(vpc)
    assert account.code("vpc:DeleteVpc", VpcId=vpc["VpcId"]) == "ResourceInUse"
    host = account.host(subnet)
    assert account.code("vpc:DeleteSubnet", SubnetId=subnet["SubnetId"]) == "ResourceInUse"
    account.drop_host(host)
    account("vpc:DeleteSubnet", SubnetId=subnet["SubnetId"])
    account("vpc:CreateNetworkAcl", VpcId=vpc["VpcId"], NetworkAclName="a")
    account("vpc:CreateRouteTable", VpcId=vpc["VpcId"], RouteTableName="t")
    account("vpc:DeleteVpc", VpcId=vpc["VpcId"])
    for table in ("vpc", "subnet", "routetable", "networkacl"):
        assert account.rows(f"vpc.{table}") == []
    assert account.code("vpc:DeleteVpc", VpcId=vpc["VpcId"]) == "ResourceNotFound"
    assert account.code("vpc:DeleteVpc", VpcId="x") == "InvalidParameterValue.Malformed"


@pytest.mark.parametrize("table", ["clb.loadbalancer", "cdb.instance", "redis.instance", "es.instance"])
def test_a_subnet_of_an_estate_goes_only_once_every_product_has_left_it(table):
    paths = {
        "clb.loadbalancer": "SubnetId",
        "cdb.instance": "UniqSubnetId",
        "redis.instance": "UniqSubnetId",
        "es.instance": "SubnetUid",
    }
    account = Account(build(DEMO, 3))
    subnet = next(row[paths[table]] for row in account.rows(table) if row[paths[table]])
    others = {*paths, "cvm.instance", "postgres.instance", "mariadb.instance", "dcdb.instance"} - {table}
    for other in others:
        account.world.write(other, REGION).clear()
    assert account.code("vpc:DeleteSubnet", SubnetId=subnet) == "ResourceInUse"
    account.world.write(table, REGION).clear()
    assert account.code("vpc:DeleteSubnet", SubnetId=subnet) is None


def test_free_addresses_are_counted_as_they_are():
    account = Account(build(DEMO, 3))
    subnets = account("vpc:DescribeSubnets", Limit="100")["SubnetSet"]
    hosts = account.rows("cvm.instance")
    for subnet in subnets:
        inside = sum(host["VirtualPrivateCloud"]["SubnetId"] == subnet["SubnetId"] for host in hosts)
        network = IPv4Network(subnet["CidrBlock"])
        assert subnet["TotalIpAddressCount"] == network.num_addresses - 3
        assert 0 <= subnet["TotalIpAddressCount"] - inside - subnet["AvailableIpAddressCount"] <= 20
    busy = next(subnet for subnet in subnets if subnet["AvailableIpAddressCount"] < 4093)
    host = next(h for h in hosts if h["VirtualPrivateCloud"]["SubnetId"] == busy["SubnetId"])
    account.drop_host(host["InstanceId"])
    now = one(account, "DescribeSubnets", "SubnetSet", SubnetIds=[busy["SubnetId"]])
    assert now["AvailableIpAddressCount"] == busy["AvailableIpAddressCount"] + 1


def test_addresses_in_use_are_told_with_what_has_them(account):
    vpc = account.vpc()
    subnet, other = account.subnet(vpc), account.subnet(vpc, "10.0.2.0/24")
    host = account.host(subnet)
    make = {"VpcId": vpc["VpcId"], "SubnetId": other["SubnetId"], "NetworkInterfaceName": "eth"}
    interface = account("vpc:CreateNetworkInterface", **make, SecondaryPrivateIpAddressCount=1)
    key = interface["NetworkInterface"]["NetworkInterfaceId"]

    def used(**params):
        asked = {"VpcId": vpc["VpcId"], **params}
        found = account("vpc:DescribeUsedIpAddress", **asked)
        rows = found["IpAddressStates"]
        assert found["TotalCount"] == len(rows)
        return [(row["IpAddress"], row["ResourceType"], row["ResourceId"]) for row in rows]

    mine = [("10.0.1.2", "CVM", host)]
    theirs = [("10.0.2.2", "ENI", key), ("10.0.2.3", "ENI", key)]
    assert used() == mine + theirs
    assert used(SubnetId=subnet["SubnetId"]) == mine
    assert used(IpAddresses=["10.0.2.3", "10.0.2.9"]) == theirs[1:]
    assert used(Filters=[{"Name": "resource-id", "Values": [key]}]) == theirs
    assert used(Filters=[{"Name": "ip-addresses", "Values": ["10.0.1.2"]}]) == mine
    page = account("vpc:DescribeUsedIpAddress", VpcId=vpc["VpcId"], Offset=1, Limit=1)
    assert (page["TotalCount"], page["IpAddressStates"][0]["IpAddress"]) == (3, "10.0.2.2")
    both = {"IpAddresses": ["10.0.1.2"], "Filters": [{"Name": "resource-id", "Values": [key]}]}
    for params, code in (
        (both, "InvalidParameter.Coexist"),
        ({"Filters": [{"Name": "x", "Values": ["y"]}]}, "InvalidParameter.FilterInvalidKey"),
        ({"IpAddresses": ["10.0.1.2"] * 101}, "InvalidParameterValue.LimitExceeded"),
    ):
        assert account.code("vpc:DescribeUsedIpAddress", VpcId=vpc["VpcId"], **params) == code


def test_the_default_vpc_is_made_once_with_a_subnet_a_zone(account):
    first = account("vpc:CreateDefaultVpc", Zone=ZONE)["Vpc"]
    assert account("vpc:CreateDefaultVpc")["Vpc"] == first
    other = account("vpc:CreateDefaultVpc", Zone="ap-guangzhou-6")["Vpc"]
    assert other["VpcId"] == first["VpcId"]
    assert other["SubnetId"] != first["SubnetId"]
    assert not IPv4Network(first["CidrBlock"]).overlaps(IPv4Network(other["CidrBlock"]))
    assert one(account, "DescribeVpcs", "VpcSet")["CidrBlock"] == "172.16.0.0/16"


def test_a_vpc_and_a_subnet_are_renamed_and_nothing_else_changes(account):
    vpc = account.vpc()
    subnet = account.subnet(vpc)
    account("vpc:ModifyVpcAttribute", VpcId=vpc["VpcId"], VpcName="new", DnsServers=["1.1.1.1"])
    account(
        "vpc:ModifySubnetAttribute", SubnetId=subnet["SubnetId"], SubnetName="new", EnableBroadcast="true"
    )
    assert one(account, "DescribeVpcs", "VpcSet") == {**vpc, "VpcName": "new", "DnsServerSet": ["1.1.1.1"]}
    assert one(account, "DescribeSubnets", "SubnetSet") == {
        **subnet,
        "SubnetName": "new",
        "EnableBroadcast": True,
    }


def test_a_further_network_holds_subnets_and_stays_while_it_does(account):
    vpc = account.vpc()
    [added] = account("vpc:CreateAssistantCidr", VpcId=vpc["VpcId"], CidrBlocks=["172.20.0.0/16"])[
        "AssistantCidrSet"
    ]
    assert added["CidrBlock"] == "172.20.0.0/16"
    again = {"VpcId": vpc["VpcId"], "CidrBlocks": ["172.20.0.0/24"]}
    assert account.code("vpc:CreateAssistantCidr", **again) == "InvalidParameterValue.Duplicate"
    subnet = account.subnet(vpc, "172.20.1.0/24")
    gone = {"VpcId": vpc["VpcId"], "CidrBlocks": ["172.20.0.0/16"]}
    assert account.code("vpc:DeleteAssistantCidr", **gone) == "ResourceInUse"
    shown = one(account, "DescribeAssistantCidr", "AssistantCidrSet", VpcIds=[vpc["VpcId"]])
    assert [each["SubnetId"] for each in shown["SubnetSet"]] == [subnet["SubnetId"]]
    account("vpc:DeleteSubnet", SubnetId=subnet["SubnetId"])
    account("vpc:DeleteAssistantCidr", **gone)
    assert account("vpc:DescribeAssistantCidr")["TotalCount"] == 0


def test_a_check_names_what_a_further_network_would_collide_with(account):
    vpc = account.vpc()
    found = account("vpc:CheckAssistantCidr", VpcId=vpc["VpcId"], NewCidrBlocks=["10.0.9.0/24"])
    [conflict] = found["ConflictSourceSet"]
    assert conflict["ConflictItemSet"] == [{"DestinationItem": "10.0.0.0/16", "ConflictId": vpc["VpcId"]}]
    free = account("vpc:CheckAssistantCidr", VpcId=vpc["VpcId"], NewCidrBlocks=["172.20.0.0/16"])
    assert free["ConflictSourceSet"] == []


def test_an_account_pays_for_bandwidth_by_address(account):
    assert account("vpc:DescribeNetworkAccountType") == {"NetworkAccountType": "STANDARD"}


def test_the_quota_of_vpcs_is_kept(account):
    for number in range(20):
        account.vpc(name=f"v{number}")
    assert account.code("vpc:CreateVpc", VpcName="x", CidrBlock="10.0.0.0/16") == "LimitExceeded"
    limits = account("vpc:DescribeVpcLimits", LimitTypes=["appid-max-vpcs"])["VpcLimitSet"]
    assert limits == [{"LimitType": "appid-max-vpcs", "LimitValue": 20}]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"VpcName": "", "CidrBlock": "10.0.0.0/16"}, "InvalidParameterValue.Empty"),
        ({"VpcName": "x" * 61, "CidrBlock": "10.0.0.0/16"}, "InvalidParameterValue.TooLong"),
        ({"VpcName": "x"}, "MissingParameter"),
        ({"VpcName": "x", "CidrBlock": "10.0.0.0/16", "EnableMulticast": "x"}, "InvalidParameterValue"),
        (
            {"VpcName": "x", "CidrBlock": "10.0.0.0/16", "DnsServers": ["x"]},
            "InvalidParameterValue.Malformed",
        ),
        (
            {"VpcName": "x", "CidrBlock": "10.0.0.0/16", "DnsServers": ["1.1.1.1"] * 5},
            "InvalidParameterValue.LimitExceeded",
        ),
        (
            {"VpcName": "x", "CidrBlock": "10.0.0.0/16", "EnableRouteVpcPublish": True},
            "UnsupportedOperation.WhiteListNotAdd",
        ),
        ({"VpcName": "x", "CidrBlock": "10.0.0.0/16", "StackType": "DualStack"}, "NotEmulated"),
        (
            {"VpcName": "x", "CidrBlock": "10.0.0.0/16", "Tags": [{"Key": "k", "Value": "1"}] * 2},
            "InvalidParameterValue.TagDuplicateKey",
        ),
    ],
)
def test_what_makes_no_vpc_is_refused_by_name(account, params, expected):
    assert account.code("vpc:CreateVpc", **params) == expected


def test_tags_given_at_birth_are_found_by_the_tag_product(account):
    vpc = account("vpc:CreateVpc", VpcName="x", CidrBlock="10.0.0.0/16", Tags=[{"Key": "k", "Value": "v"}])[
        "Vpc"
    ]
    [found] = account("tag:GetResources", TagFilters=[{"TagKey": "k"}])["ResourceTagMappingList"]
    assert found["Resource"].endswith(f"vpc/{vpc['VpcId']}")
