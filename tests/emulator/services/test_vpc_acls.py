import pytest

from tests.emulator.services.acting import Account


@pytest.fixture
def account():
    return Account()


@pytest.fixture
def vpc(account):
    return account.vpc()


def make(account, vpc, kind="TRIPLE"):
    asked = {"VpcId": vpc["VpcId"], "NetworkAclName": "a", "NetworkAclType": kind}
    return account("vpc:CreateNetworkAcl", **asked)["NetworkAcl"]["NetworkAclId"]


def shown(account, acl):
    [found] = account("vpc:DescribeNetworkAcls", NetworkAclIds=[acl])["NetworkAclSet"]
    return found


def entry(port="80", **more):
    return {"Protocol": "TCP", "Port": port, "CidrBlock": "10.0.0.0/8", "Action": "accept", **more}


def modify(account, acl, **more):
    return account.code("vpc:ModifyNetworkAclEntries", NetworkAclId=acl, **more)


def ports(account, acl, side="Ingress"):
    entries = shown(account, acl)[f"{side}Entries"]
    assert [each["Priority"] for each in entries] == list(range(1, len(entries) + 1))
    return [each["Port"] for each in entries]


def test_an_acl_guards_subnets_of_its_vpc_and_stays_while_it_does(account, vpc):
    acl, subnet = make(account, vpc), account.subnet(vpc)["SubnetId"]
    account("vpc:AssociateNetworkAclSubnets", NetworkAclId=acl, SubnetIds=[subnet])
    assert [each["SubnetId"] for each in shown(account, acl)["SubnetSet"]] == [subnet]
    [row] = account("vpc:DescribeSubnets")["SubnetSet"]
    assert row["NetworkAclId"] == acl
    assert account.code("vpc:DeleteNetworkAcl", NetworkAclId=acl) == "ResourceInUse"
    account("vpc:DisassociateNetworkAclSubnets", NetworkAclId=acl, SubnetIds=[subnet])
    again = {"NetworkAclId": acl, "SubnetIds": [subnet]}
    assert (
        account.code("vpc:DisassociateNetworkAclSubnets", **again)
        == "UnsupportedOperation.AttachmentNotFound"
    )
    account("vpc:DeleteNetworkAcl", NetworkAclId=acl)
    other = account.subnet(account.vpc("172.16.0.0/16"), "172.16.0.0/24")["SubnetId"]
    acl = make(account, vpc)
    ask = {"NetworkAclId": acl, "SubnetIds": [subnet, other]}
    assert account.code("vpc:AssociateNetworkAclSubnets", **ask) == "UnsupportedOperation.VpcMismatch"


def test_entries_are_replaced_by_direction_unless_told_otherwise(account, vpc):
    acl = make(account, vpc)
    assert (
        modify(account, acl, NetworkAclEntrySet={"Ingress": [entry("1"), entry("2")], "Egress": [entry("9")]})
        is None
    )
    assert modify(account, acl, NetworkAclEntrySet={"Ingress": [entry("3")]}) is None
    assert (ports(account, acl), ports(account, acl, "Egress")) == (["3"], ["9"])
    [first] = shown(account, acl)["IngressEntries"]
    changed = [{**entry("4"), "NetworkAclIpv4EntryId": first["NetworkAclIpv4EntryId"]}, entry("5")]
    ask = {"NetworkAclEntrySet": {"Ingress": changed}, "EnableUpdateAclEntries": True}
    assert modify(account, acl, **ask) is None
    assert ports(account, acl) == ["4", "5"]
    assert shown(account, acl)["IngressEntries"][0]["NetworkAclIpv4EntryId"] == first["NetworkAclIpv4EntryId"]
    assert modify(account, acl, NetworkAclEntrySet={"Ingress": []}) is None
    assert ports(account, acl) == []


def test_entries_are_added_at_their_priorities_and_deleted_by_their_ids(account, vpc):
    acl = make(account, vpc)

    def ask(action, *entries):
        wanted = {"Ingress": list(entries)}
        return account.code(f"vpc:{action}", NetworkAclId=acl, NetworkAclEntrySet=wanted)

    assert ask("CreateNetworkAclEntries", entry("1"), entry("2"), entry("3", Priority=1)) is None
    assert ports(account, acl) == ["3", "1", "2"]
    assert ask("CreateNetworkAclEntries", entry("4", Priority=9)) == "InvalidParameterValue.Range"
    middle = shown(account, acl)["IngressEntries"][1]["NetworkAclIpv4EntryId"]
    # The contract wants protocol and action even where the id says all.
    named = {"NetworkAclIpv4EntryId": middle, **entry()}
    assert ask("DeleteNetworkAclEntries", named) is None
    assert ports(account, acl) == ["3", "2"]
    assert ask("DeleteNetworkAclEntries", named) == "ResourceNotFound"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (entry(Protocol="ALL", Port=""), None),
        (entry(Protocol="ICMP", Port="all"), None),
        (entry(Protocol="ICMP"), "InvalidParameter.Coexist"),
        (entry(Protocol="GRE"), "InvalidParameterValue"),
        (entry("x"), "InvalidParameterValue.Malformed"),
        (entry("70000"), "InvalidParameterValue.Malformed"),
        (entry(CidrBlock="::/0"), "InvalidParameterValue.Malformed"),
        (entry(CidrBlock=""), "MissingParameter"),
        (entry(Ipv6CidrBlock="::/0"), "InvalidParameter.Coexist"),
        (entry(Action="pass"), "InvalidParameterValue"),
    ],
)
def test_an_entry_makes_sense(account, vpc, given, expected):
    assert modify(account, make(account, vpc), NetworkAclEntrySet={"Ingress": [given]}) == expected


def test_entries_are_read_in_the_clouds_own_letters(account, vpc):
    acl = make(account, vpc)
    wide = {"Protocol": "ALL", "CidrBlock": "0.0.0.0/0", "Action": "DROP"}
    assert modify(account, acl, NetworkAclEntrySet={"Ingress": [entry(), wide]}) is None
    read = [(each["Protocol"], each["Action"]) for each in shown(account, acl)["IngressEntries"]]
    assert read == [("tcp", "Accept"), ("all", "Drop")]


def test_the_two_types_take_entries_of_their_own(account, vpc):
    three, five = make(account, vpc), make(account, vpc, "QUINTUPLE")
    wide = {
        "Protocol": "TCP",
        "SourcePort": "all",
        "SourceCidr": "0.0.0.0/0",
        "DestinationPort": "443",
        "DestinationCidr": "10.0.0.0/8",
        "Action": "ACCEPT",
    }
    both = {"NetworkAclEntrySet": {"Ingress": [entry()]}, "NetworkAclQuintupleSet": {"Ingress": [wide]}}
    assert modify(account, five, **both) == "InvalidParameter.Coexist"
    for acl, given in (
        (three, {"NetworkAclQuintupleSet": {"Ingress": [wide]}}),
        (five, {"NetworkAclEntrySet": {"Ingress": [entry()]}}),
    ):
        assert modify(account, acl, **given) == "InvalidParameter.AclTypeMismatch"
    assert modify(account, five, NetworkAclQuintupleSet={"Ingress": [wide], "Egress": [wide, wide]}) is None
    found = account("vpc:DescribeNetworkAclQuintupleEntries", NetworkAclId=five, Limit=2)
    assert found["TotalCount"] == 3
    assert [each["NetworkAclDirection"] for each in found["NetworkAclQuintupleSet"]] == ["INGRESS", "EGRESS"]
