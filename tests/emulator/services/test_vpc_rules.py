import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from scenarios.direct import Failed
from tests.emulator.services.acting import Account


@pytest.fixture
def account():
    return Account()


@pytest.fixture
def group(account):
    return account.group()


def tcp(port="80", **more):
    return {"Protocol": "TCP", "Port": port, "CidrBlock": "0.0.0.0/0", "Action": "ACCEPT", **more}


def add(account, group, *rules, direction="Ingress", **more):
    wanted = {direction: list(rules), **more}
    return account("vpc:CreateSecurityGroupPolicies", SecurityGroupId=group, SecurityGroupPolicySet=wanted)


def rules(account, group, direction="Ingress"):
    found = account("vpc:DescribeSecurityGroupPolicies", SecurityGroupId=group)["SecurityGroupPolicySet"]
    assert [rule["PolicyIndex"] for rule in found[direction]] == list(range(len(found[direction])))
    return found[direction]


def ports(account, group, direction="Ingress"):
    return [rule["Port"] for rule in rules(account, group, direction)]


def code(account, action, group, **wanted):
    return account.code(f"vpc:{action}", SecurityGroupId=group, SecurityGroupPolicySet=wanted)


def test_a_new_group_lets_nothing_pass_and_the_default_one_all_of_ipv4(account, group):
    assert rules(account, group) == rules(account, group, "Egress") == []
    default = account("vpc:CreateDefaultSecurityGroup")["SecurityGroup"]
    assert default["IsDefault"] is True
    assert account("vpc:CreateDefaultSecurityGroup")["SecurityGroup"] == default
    [passing] = rules(account, default["SecurityGroupId"])
    assert (passing["CidrBlock"], passing["Protocol"], passing["Action"]) == ("0.0.0.0/0", "ALL", "ACCEPT")
    assert account.code("vpc:DeleteSecurityGroup", SecurityGroupId=default["SecurityGroupId"]) == (
        "UnsupportedOperation"
    )


def test_rules_are_added_behind_the_others_or_where_their_index_says(account, group):
    add(account, group, tcp("1"), tcp("2"))
    add(account, group, tcp("3"))
    add(account, group, tcp("4", PolicyIndex=0), tcp("5", PolicyIndex=0))
    assert ports(account, group) == ["4", "5", "1", "2", "3"]
    apart = {"Ingress": [tcp("6", PolicyIndex=0), tcp("7", PolicyIndex=1)]}
    assert code(account, "CreateSecurityGroupPolicies", group, **apart) == "InvalidParameterValue"
    far = {"Ingress": [tcp("6", PolicyIndex=9)]}
    assert code(account, "CreateSecurityGroupPolicies", group, **far) == "InvalidParameterValue.Range"


def test_every_change_adds_one_to_the_version_and_an_old_one_is_refused(account, group):
    for version in range(3):
        found = account("vpc:DescribeSecurityGroupPolicies", SecurityGroupId=group)
        assert found["SecurityGroupPolicySet"]["Version"] == str(version)
        add(account, group, tcp(str(version)), Version=str(version))
    late = {"Ingress": [tcp("9")], "Version": "2"}
    for action in (
        "CreateSecurityGroupPolicies",
        "DeleteSecurityGroupPolicies",
        "ModifySecurityGroupPolicies",
    ):
        assert code(account, action, group, **late) == "UnsupportedOperation.VersionMismatch"


def test_a_reset_may_name_the_version_that_it_makes(account, group):
    add(account, group, tcp("1"))
    for version, ended in (
        ("3", "UnsupportedOperation.VersionMismatch"),
        ("2", None),
        ("2", None),
        ("2", "UnsupportedOperation.VersionMismatch"),
    ):
        given = {"Ingress": [tcp("9")], "Version": version}
        assert code(account, "ModifySecurityGroupPolicies", group, **given) == ended
    assert code(account, "CreateSecurityGroupPolicies", group, Ingress=[tcp("2")], Version="4") == (
        "UnsupportedOperation.VersionMismatch"
    )


def test_what_says_no_service_is_read_as_all_of_it(account, group):
    add(account, group, tcp(Protocol="", Port=""), tcp(Protocol="icmp", Port=""), tcp("all"))
    read = [(rule["Protocol"], rule["Port"]) for rule in rules(account, group)]
    assert read == [("ALL", "ALL"), ("ICMP", "ALL"), ("TCP", "all")]


def test_both_directions_in_one_request_are_refused(account, group):
    both = {"Ingress": [tcp()], "Egress": [tcp()]}
    for action in (
        "CreateSecurityGroupPolicies",
        "DeleteSecurityGroupPolicies",
        "ReplaceSecurityGroupPolicy",
        "ReplaceSecurityGroupPolicies",
    ):
        assert code(account, action, group, **both) == "InvalidParameter.Coexist"
        assert code(account, action, group) == "InvalidParameterValue.Empty"


def test_the_same_rule_twice_is_refused_however_it_is_written(account, group):
    add(account, group, tcp(), tcp(CidrBlock="10.0.0.0/8", Action="DROP"))
    again = tcp(Protocol="tcp", Action="accept")
    assert code(account, "CreateSecurityGroupPolicies", group, Ingress=[again]) == (
        "UnsupportedOperation.DuplicatePolicy"
    )
    add(account, group, {**again, "PolicyDescription": "another note"})
    assert code(account, "CreateSecurityGroupPolicies", group, Ingress=[tcp("9")] * 2) == (
        "UnsupportedOperation.DuplicatePolicy"
    )
    add(account, group, tcp(Action="DROP"))
    assert code(account, "CreateSecurityGroupPolicies", group, Egress=[tcp()]) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (tcp("8000-8010"), None),
        (tcp("80,443"), None),
        (tcp("ALL"), None),
        (tcp(Protocol="icmp", Port="all"), None),
        (tcp(Protocol="GRE", Port=""), None),
        (tcp(CidrBlock="", Ipv6CidrBlock="::/0", Protocol="ICMPV6", Port=""), None),
        (tcp("70000"), "InvalidParameterValue.Range"),
        (tcp("90-80"), "InvalidParameterValue.Range"),
        (tcp("http"), "InvalidParameterValue.Malformed"),
        (tcp(Protocol="ICMP"), "InvalidParameter.Coexist"),
        (tcp(Protocol="SCTP"), "InvalidParameterValue"),
        (tcp(Action="ALLOW"), "InvalidParameterValue"),
        (tcp(CidrBlock="10.0.0.0/33"), "InvalidParameterValue.Malformed"),
        (tcp(CidrBlock="::/0"), "InvalidParameterValue.Malformed"),
        (tcp(Ipv6CidrBlock="::/0"), "InvalidParameter.Coexist"),
        (tcp(CidrBlock="", Ipv6CidrBlock="::/0", Protocol="ICMP", Port=""), "InvalidParameter.Coexist"),
        (tcp(SecurityGroupId="sg-12345678"), "InvalidParameter.Coexist"),
        (tcp(CidrBlock="", SecurityGroupId="sg-12345678"), "ResourceNotFound"),
        (tcp(CidrBlock="", AddressTemplate={"AddressId": "ipm-12345678"}), "ResourceNotFound"),
        (tcp(AddressTemplate={"AddressId": "ipm-12345678"}), "InvalidParameter.Coexist"),
        (tcp(ServiceTemplate={"ServiceId": "ppm-12345678"}), "InvalidParameter.Coexist"),
        (tcp(CidrBlock=""), "MissingParameter"),
        (tcp(Protocol="", Port=""), None),
        (tcp(Protocol=""), "MissingParameter"),
        (tcp(PolicyDescription="x" * 101), "InvalidParameterValue.TooLong"),
    ],
)
def test_a_rule_says_one_service_and_one_source(account, group, given, expected):
    assert code(account, "CreateSecurityGroupPolicies", group, Ingress=[given]) == expected


def test_the_callers_own_address_and_all_networks_are_written_as_the_prose_says(account, group):
    add(account, group, tcp(CidrBlock="MY_PUBLIC_IP"), tcp(CidrBlock="0.0.0.0/8"))
    mine, everyone = rules(account, group)
    assert mine["CidrBlock"] not in ("", "MY_PUBLIC_IP")
    assert mine["PolicyDescription"] == "Replaced-From-MY_PUBLIC_IP"
    assert everyone["CidrBlock"] == "0.0.0.0/0"


def test_rules_are_deleted_by_index_or_by_what_they_say(account, group):
    add(account, group, tcp("1"), tcp("2"), tcp("3"), tcp("4"))
    gone = {"Ingress": [{"PolicyIndex": 2}, {"PolicyIndex": 0}]}
    assert code(account, "DeleteSecurityGroupPolicies", group, **gone) is None
    assert ports(account, group) == ["2", "4"]
    by_text = {"Ingress": [{"Action": "Accept", "Protocol": "tcp", "CidrBlock": "0.0.0.0/0", "Port": "4"}]}
    assert code(account, "DeleteSecurityGroupPolicies", group, **by_text) is None
    assert ports(account, group) == ["2"]
    assert code(account, "DeleteSecurityGroupPolicies", group, **by_text) == "ResourceNotFound"
    mixed = {"Ingress": [{"PolicyIndex": 0}, tcp("2")]}
    assert code(account, "DeleteSecurityGroupPolicies", group, **mixed) == "InvalidParameter.Coexist"
    far = {"Ingress": [{"PolicyIndex": 1}]}
    assert code(account, "DeleteSecurityGroupPolicies", group, **far) == "InvalidParameterValue.Range"


def test_one_rule_is_replaced_in_its_place(account, group):
    add(account, group, tcp("1"), tcp("2"))
    wanted = {"Ingress": [tcp("9", PolicyIndex=0)]}
    assert code(account, "ReplaceSecurityGroupPolicy", group, **wanted) is None
    assert ports(account, group) == ["9", "2"]
    assert code(account, "ReplaceSecurityGroupPolicy", group, Ingress=[tcp("7")]) == "MissingParameter"
    two = [tcp("7", PolicyIndex=0), tcp("8", PolicyIndex=1)]
    assert code(account, "ReplaceSecurityGroupPolicy", group, Ingress=two) == (
        "InvalidParameterValue.LimitExceeded"
    )
    same = [tcp("2", PolicyIndex=0)]
    assert code(account, "ReplaceSecurityGroupPolicy", group, Ingress=same) == (
        "UnsupportedOperation.DuplicatePolicy"
    )


def test_rules_are_moved_when_their_priority_is_replaced(account, group):
    add(account, group, *(tcp(str(port)) for port in range(1, 6)))

    def move(update, new, old):
        return account.code(
            "vpc:ReplaceSecurityGroupPolicies",
            SecurityGroupId=group,
            SecurityGroupPolicySet={"Ingress": new},
            OriginalSecurityGroupPolicySet={"Ingress": old},
            UpdateType=update,
        )

    assert move("Priority", [{"PolicyIndex": 0}], [{"PolicyIndex": 4}]) is None
    assert ports(account, group) == ["5", "1", "2", "3", "4"]
    assert move("Both", [tcp("9", PolicyIndex=4)], [{"PolicyIndex": 0}]) is None
    assert ports(account, group) == ["1", "2", "3", "4", "9"]
    assert move("Policy", [tcp("7", PolicyIndex=0), tcp("8", PolicyIndex=1)], []) is None
    assert ports(account, group) == ["7", "8", "3", "4", "9"]
    assert move("Priority", [{"PolicyIndex": 0}], []) == "InvalidParameterValue"
    assert move("Sideways", [{"PolicyIndex": 0}], [{"PolicyIndex": 1}]) == "InvalidParameterValue"


def test_a_reset_gives_both_directions_anew_and_version_zero_empties_them(account, group):
    add(account, group, tcp("1"), tcp("2"))

    def reset(sort, *given, **more):
        return account.code(
            "vpc:ModifySecurityGroupPolicies",
            SecurityGroupId=group,
            SecurityGroupPolicySet={"Ingress": list(given), "Egress": [tcp("9")], **more},
            SortPolicys=sort,
        )

    assert reset(False, tcp("3"), tcp("2"), tcp("1")) is None
    # Those that were there stand as they stood to each other; the new one stands where it was named.
    assert ports(account, group) == ["3", "1", "2"]
    assert ports(account, group, "Egress") == ["9"]
    assert reset(True, tcp("3"), tcp("2"), tcp("1")) is None
    assert ports(account, group) == ["3", "2", "1"]
    assert reset(True, tcp("3", PolicyIndex=0)) == "InvalidParameterValue"
    assert reset(True, tcp("5"), Version="0") is None
    assert rules(account, group) == rules(account, group, "Egress") == []


def test_a_direction_holds_a_hundred_rules_and_ten_groups(account, group):
    add(account, group, *(tcp(str(port)) for port in range(100)))
    assert code(account, "CreateSecurityGroupPolicies", group, Ingress=[tcp("200")]) == (
        "LimitExceeded.SecurityGroupPolicySet"
    )
    others = [account.group(f"g{number}") for number in range(11)]
    nested = [tcp(CidrBlock="", SecurityGroupId=other) for other in others]
    assert code(account, "CreateSecurityGroupPolicies", group, Egress=nested) == "LimitExceeded"
    add(account, group, *nested[:10], direction="Egress")


def test_a_group_with_rules_is_made_whole_or_not_at_all(account):
    def make(*given):
        return account.code(
            "vpc:CreateSecurityGroupWithPolicies",
            GroupName="g",
            GroupDescription="",
            SecurityGroupPolicySet={"Ingress": list(given), "Egress": [tcp("9")]},
        )

    assert make(tcp("1"), tcp("x")) == "InvalidParameterValue.Malformed"
    assert account.rows("vpc.securitygroup") == []
    assert make(tcp("2", PolicyIndex=1), tcp("1", PolicyIndex=0)) is None
    [made] = account.rows("vpc.securitygroup")
    assert ports(account, made["SecurityGroupId"]) == ["1", "2"]
    assert ports(account, made["SecurityGroupId"], "Egress") == ["9"]


def test_statistics_count_by_direction_and_family(account, group):
    add(account, group, tcp(), tcp(CidrBlock="", Ipv6CidrBlock="::/0"))
    add(account, group, tcp(), direction="Egress")
    found = account("vpc:DescribeSecurityGroupPolicies", SecurityGroupId=group)["SecurityGroupPolicySet"]
    assert found["PolicyStatistics"] == {
        "IngressIPv4TotalCount": 1,
        "IngressIPv6TotalCount": 1,
        "EgressIPv4TotalCount": 1,
        "EgressIPv6TotalCount": 0,
    }


# --- a dumb twin: lists of ports ------------------------------------------------------------------------

PORT = st.integers(0, 30).map(str)


class Rules(RuleBasedStateMachine):
    """The ordered rules of a group, held against plain lists."""

    @initialize()
    def open(self):
        self.account = Account()
        self.twin = {"Ingress": [], "Egress": []}
        self.version = 0
        self.group = self.account.group()

    def ask(self, action, direction, given, **more):
        wanted = {direction: given, **more}
        try:
            self.account(f"vpc:{action}", SecurityGroupId=self.group, SecurityGroupPolicySet=wanted)
        except Failed as failed:
            return failed.code
        self.version += 1
        return None

    @rule(
        side=st.sampled_from(["Ingress", "Egress"]),
        ports=st.lists(PORT, min_size=1, max_size=4),
        data=st.data(),
    )
    def add(self, side, ports, data):
        there = self.twin[side]
        at = data.draw(st.none() | st.integers(-1, len(there) + 1))
        given = [tcp(port, **({} if at is None else {"PolicyIndex": at})) for port in ports]
        ended = self.ask("CreateSecurityGroupPolicies", side, given)
        if at is not None and not 0 <= at <= len(there):
            assert ended == "InvalidParameterValue.Range"
        elif len({*ports, *there}) < len(ports) + len(there):
            assert ended == "UnsupportedOperation.DuplicatePolicy"
        else:
            assert ended is None
            place = len(there) if at is None else at
            self.twin[side] = [*there[:place], *ports, *there[place:]]

    @rule(
        side=st.sampled_from(["Ingress", "Egress"]), places=st.sets(st.integers(0, 6), min_size=1, max_size=3)
    )
    def delete(self, side, places):
        there = self.twin[side]
        ended = self.ask("DeleteSecurityGroupPolicies", side, [{"PolicyIndex": at} for at in places])
        if max(places) >= len(there):
            assert ended == "InvalidParameterValue.Range"
        else:
            assert ended is None
            self.twin[side] = [port for at, port in enumerate(there) if at not in places]

    @rule(side=st.sampled_from(["Ingress", "Egress"]), at=st.integers(0, 6), port=PORT)
    def replace(self, side, at, port):
        there = self.twin[side]
        ended = self.ask("ReplaceSecurityGroupPolicy", side, [tcp(port, PolicyIndex=at)])
        if at >= len(there):
            assert ended == "InvalidParameterValue.Range"
        elif port in [*there[:at], *there[at + 1 :]]:
            assert ended == "UnsupportedOperation.DuplicatePolicy"
        else:
            assert ended is None
            there[at] = port

    @rule(given=st.integers(0, 40))
    def ask_with_a_version(self, given):
        ended = self.ask("CreateSecurityGroupPolicies", "Ingress", [tcp("x")], Version=str(given))
        expected = "InvalidParameterValue.Malformed"
        assert ended == (expected if given == self.version else "UnsupportedOperation.VersionMismatch")

    @invariant()
    def agrees(self):
        found = self.account("vpc:DescribeSecurityGroupPolicies", SecurityGroupId=self.group)
        shown = found["SecurityGroupPolicySet"]
        assert shown["Version"] == str(self.version)
        for side, there in self.twin.items():
            assert [each["Port"] for each in shown[side]] == there
            assert [each["PolicyIndex"] for each in shown[side]] == list(range(len(there)))


TestRules = Rules.TestCase
TestRules.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
