"""What a drawn action looks like."""

from emulator.contract.catalog import catalog
from emulator.contract.model import Action, Member, Shape
from emulator.contract.tree import tree

find = catalog().action


def test_an_action_is_drawn_with_types_and_flags():
    assert tree(find("cvm:DescribeKeyPairs")).splitlines() == [
        "cvm:DescribeKeyPairs 2017-03-12",
        "request",
        "  KeyIds    [string]",
        "  Filters   [Filter]",
        "    Name    string    required",
        "    Values  [string]  required",
        "  Offset    int64",
        "  Limit     int64",
        "response",
        "  TotalCount               int64         promised",
        "  KeyPairSet               [KeyPair]     promised",
        "    KeyId                  string        promised",
        "    KeyName                string        promised",
        "    ProjectId              int64         promised",
        "    Description            string",
        "    PublicKey              string",
        "    PrivateKey             string",
        "    AssociatedInstanceIds  [string]",
        "    CreatedTime            datetime_iso",
        "    Tags                   [Tag]",
        "      Key                  string        promised",
        "      Value                string        promised",
        "  RequestId                string        promised",
    ]


def test_an_action_without_parameters_says_so():
    assert "request\n  nothing\nresponse" in tree(find("cvm:DescribeZones"))


def test_an_unsigned_and_an_old_action_are_marked():
    assert tree(find("sts:AssumeRoleWithSAML")).startswith(
        "sts:AssumeRoleWithSAML 2018-08-13 (needs no signature)\n"
    )
    assert tree(find("as:UpgradeLaunchConfiguration")).startswith(
        "as:UpgradeLaunchConfiguration 2018-04-19 (deprecated)\n"
    )


def test_a_shape_that_holds_itself_is_marked_and_drawn_once():
    members: dict[str, Member] = {}
    node = Shape("Node", members)
    members["Children"] = Member("Children", "object", True, node, False, True, False, False)
    root = Member("Root", "object", False, node, True, False, False, False)
    again = Member("Again", "object", False, node, False, False, False, True)
    request = Shape("TestRequest", {"Root": root, "Again": again})
    action = Action("toy", "2020-01-01", "Test", "online", False, request, Shape("R", {}), "toy:Test")
    assert tree(action).splitlines()[1:5] == [
        "request",
        "  Root        Node    required",
        "    Children  [Node]  holds itself",
        "  Again       Node    disabled, as above",
    ]


def test_every_action_can_be_drawn(everything):
    for where in everything.names():
        if where[0] in ("cvm", "csip", "monitor", "wedata"):
            assert tree(everything.find(*where)).endswith("promised")
