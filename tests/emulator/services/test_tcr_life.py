import pytest

from .reads import REGION, published
from .shop import Shop


class Tcr(Shop):
    def __init__(self):
        super().__init__("tcr")

    def made(self, name="images", **more):
        """A registry that runs."""
        key = self("CreateInstance", RegistryName=name, RegistryType="standard", **more)["RegistryId"]
        self.wait(120)
        return key

    def status(self, key):
        return self("DescribeInstanceStatus", RegistryIds=[key])["RegistryStatusSet"][0]["Status"]

    def spaces(self, key):
        listed = self("DescribeNamespaces", RegistryId=key, All=True)["NamespaceList"]
        return {row["Name"]: row for row in listed}

    def repositories(self, key, **more):
        listed = self("DescribeRepositories", RegistryId=key, Limit=100, **more)["RepositoryList"]
        return {row["Name"]: row for row in listed}


@pytest.fixture
def tcr():
    return Tcr()


def test_a_registry_is_made_changed_and_deleted(tcr):
    tags = {"ResourceType": "instance", "Tags": [{"Key": "env", "Value": "prod"}]}
    key = tcr("CreateInstance", RegistryName="images", RegistryType="basic", TagSpecification=tags)[
        "RegistryId"
    ]
    assert tcr.status(key) == "Deploying"
    code = tcr.code("CreateNamespace", RegistryId=key, NamespaceName="prod", IsPublic=False)
    assert code == "ResourceInsufficient.ErrorInstanceNotRunning"
    tcr.wait(120)
    assert tcr.status(key) == "Running"
    tcr("ModifyInstance", RegistryId=key, RegistryType="premium", DeletionProtection=True)
    [shown] = tcr("DescribeInstances", Registryids=[key])["Registries"]
    assert (shown["RegistryType"], shown["DeletionProtection"]) == ("premium", True)
    assert shown["TagSpecification"] == tags
    assert tcr.code("DeleteInstance", RegistryId=key) == "OperationDenied"
    tcr("ModifyInstance", RegistryId=key, DeletionProtection=False)
    tcr("DeleteInstance", RegistryId=key, DryRun=True)
    assert tcr.status(key) == "Running"
    tcr("DeleteInstance", RegistryId=key)
    assert tcr.status(key) == "Deleting"
    tcr.wait(60)
    assert tcr.code("DescribeInstanceStatus", RegistryIds=[key]) == "ResourceNotFound"
    assert tcr.row("repository", key) is None


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"RegistryName": "No Capitals"}, "InvalidParameter.ErrorNameIllegal"),
        ({"RegistryName": "taken"}, "InvalidParameter.ErrorNameExists"),
        ({"RegistryType": "tiny"}, "InvalidParameter.ErrorTcrInvalidParameter"),
        ({"RegistryChargeType": 1}, "InvalidParameter.ErrorTcrInvalidParameter"),
        (
            {"TagSpecification": {"ResourceType": "instance", "Tags": [{"Key": "k", "Value": "v"}] * 11}},
            "InvalidParameter.ErrorTagOverLimit",
        ),
    ],
)
def test_a_wrong_registry_is_refused(tcr, wrong, code):
    tcr.made("taken")
    before = len(tcr.world.read("tcr.registry", REGION))
    assert tcr.code("CreateInstance", **{"RegistryName": "images", "RegistryType": "basic", **wrong}) == code
    assert code in published("tcr")
    assert len(tcr.world.read("tcr.registry", REGION)) == before


def test_namespaces_and_repositories_are_made_changed_and_deleted(tcr):
    key = tcr.made()
    space = {"RegistryId": key, "NamespaceName": "prod"}
    one = {**space, "RepositoryName": "shop"}
    assert tcr.code("CreateRepository", **one) == "ResourceNotFound.ErrNoNamespace"
    tcr("CreateNamespace", **space, IsPublic=True, IsAutoScan=True, Severity="high")
    assert tcr.code("CreateNamespace", **space, IsPublic=True) == "InvalidParameter.ErrNamespaceExist"
    shown = tcr.spaces(key)["prod"]
    assert (shown["Public"], shown["AutoScan"], shown["Severity"]) == (True, True, "high")
    tcr("ModifyNamespace", **space, IsPublic=False)
    assert not tcr.spaces(key)["prod"]["Public"]
    assert tcr.repositories(key, NamespaceName="prod") == {}
    tcr("CreateRepository", **one, BriefDescription="brief")
    assert tcr.code("CreateRepository", **one) == "InvalidParameter.ErrRepoExist"
    assert tcr.repositories(key)["prod/shop"]["BriefDescription"] == "brief"
    tcr("ModifyRepository", **one, BriefDescription="other", Description="long")
    assert tcr.repositories(key)["prod/shop"]["Description"] == "long"
    assert tcr.code("DeleteNamespace", **space) == "FailedOperation.PreconditionFailed"
    tcr("DeleteRepository", **one, ForceDelete=False)
    assert tcr.code("DeleteRepository", **one) == "ResourceNotFound.ErrNoRepo"
    assert set(tcr.spaces(key)) == {"prod"}
    tcr("DeleteNamespace", **space)
    assert tcr.spaces(key) == {}
    for name in ("x", "UPPER", "double--sign", "-first"):
        code = tcr.code("CreateNamespace", RegistryId=key, NamespaceName=name, IsPublic=True)
        assert code == "InvalidParameter.ErrorTcrInvalidParameter"


def test_a_registry_of_the_estate_keeps_its_namespaces_when_one_is_added(tcr):
    key = next(row["RegistryId"] for row in tcr.rows("registry") if row["Status"] == "Running")
    before = set(tcr.spaces(key))
    assert before
    tcr("CreateNamespace", RegistryId=key, NamespaceName="another", IsPublic=False)
    assert set(tcr.spaces(key)) == before | {"another"}
    for name in tcr.repositories(key):
        space, _, repository = name.partition("/")
        tcr("DeleteRepository", RegistryId=key, NamespaceName=space, RepositoryName=repository)
    assert set(tcr.spaces(key)) == before | {"another"}


# --- The entry from the internet --------------------------------------------------------------------------


def entry(tcr, key):
    return tcr("DescribeExternalEndpointStatus", RegistryId=key)["Status"]


def let_in(tcr, key):
    listed = tcr("DescribeSecurityPolicies", RegistryId=key)["SecurityPolicySet"]
    return [(each["PolicyIndex"], each["CidrBlock"], each["Description"]) for each in listed]


@pytest.fixture
def opened(tcr):
    """A registry that is open to the internet."""
    key = tcr.made()
    tcr("ManageExternalEndpoint", RegistryId=key, Operation="Create")
    tcr.wait(30)
    return key


def test_an_entry_is_opened_and_closed_in_its_own_time(tcr):
    key = tcr.made()
    assert entry(tcr, key) == "Closed"
    asked = {"RegistryId": key, "Operation": "Delete"}
    busy = "FailedOperation.ErrorTcrResourceConflict"
    assert tcr.code("ManageExternalEndpoint", **asked) == busy
    assert tcr.code("ManageExternalEndpoint", **{**asked, "Operation": "Close"}) == (
        "InvalidParameter.ErrorTcrInvalidParameter"
    )
    tcr("ManageExternalEndpoint", **{**asked, "Operation": "Create"})
    assert entry(tcr, key) == "Opening"
    assert tcr.code("ManageExternalEndpoint", **asked) == busy
    assert tcr.code("DescribeSecurityPolicies", RegistryId=key) == "ResourceNotFound"
    tcr.wait(30)
    assert (entry(tcr, key), let_in(tcr, key)) == ("Opened", [])
    tcr("CreateSecurityPolicy", RegistryId=key, CidrBlock="10.0.0.0/8", Description="")
    tcr("ManageExternalEndpoint", **asked)
    assert entry(tcr, key) == "Deleting"
    tcr.wait(20)
    assert entry(tcr, key) == "Closed"
    tcr("ManageExternalEndpoint", **{**asked, "Operation": "Create"})
    tcr.wait(30)
    assert let_in(tcr, key) == []


def test_networks_are_let_in_changed_and_shut_out(tcr, opened):
    one, two = (
        {"CidrBlock": block, "Description": text} for block, text in (("10.0.0.0/8", "a"), ("1.2.3.4", "b"))
    )
    tcr("CreateSecurityPolicy", RegistryId=opened, **one)
    tcr("CreateMultipleSecurityPolicy", RegistryId=opened, SecurityGroupPolicySet=[two])
    assert let_in(tcr, opened) == [(0, "10.0.0.0/8", "a"), (1, "1.2.3.4/32", "b")]
    versions = {
        each["PolicyVersion"]
        for each in tcr("DescribeSecurityPolicies", RegistryId=opened)["SecurityPolicySet"]
    }
    assert versions == {"2"}
    tcr("ModifySecurityPolicy", RegistryId=opened, PolicyIndex=1, CidrBlock="1.2.3.0/24", Description="c")
    # The addresses come before the number.
    tcr("DeleteSecurityPolicy", RegistryId=opened, PolicyIndex=1, CidrBlock="10.0.0.0/8")
    assert let_in(tcr, opened) == [(1, "1.2.3.0/24", "c")]
    tcr("CreateSecurityPolicy", RegistryId=opened, **one)
    gone = [{"CidrBlock": "1.2.3.0/24"}, {"PolicyIndex": 2}]
    tcr("DeleteMultipleSecurityPolicy", RegistryId=opened, SecurityGroupPolicySet=gone)
    assert let_in(tcr, opened) == []


@pytest.mark.parametrize(
    ("action", "asked", "code"),
    [
        ("CreateSecurityPolicy", {"CidrBlock": "10.0.0.1/8"}, "InvalidParameter.ErrorTcrInvalidParameter"),
        ("CreateSecurityPolicy", {"CidrBlock": "here"}, "InvalidParameter.ErrorTcrInvalidParameter"),
        ("CreateSecurityPolicy", {"CidrBlock": "1.1.1.1"}, "InvalidParameter.ErrorTcrInvalidParameter"),
        (
            "ModifySecurityPolicy",
            {"PolicyIndex": 1, "CidrBlock": "1.1.1.1"},
            "InvalidParameter.ErrorTcrInvalidParameter",
        ),
        ("ModifySecurityPolicy", {"PolicyIndex": 7, "CidrBlock": "3.3.3.3"}, "ResourceNotFound"),
        ("DeleteSecurityPolicy", {"CidrBlock": "3.3.3.3"}, "ResourceNotFound"),
        ("DeleteSecurityPolicy", {}, "InvalidParameter.ErrorTcrInvalidParameter"),
    ],
)
def test_networks_that_make_no_sense_are_refused_and_change_nothing(tcr, opened, action, asked, code):
    for block in ("1.1.1.1", "2.2.2.2"):
        tcr("CreateSecurityPolicy", RegistryId=opened, CidrBlock=block, Description="")
    before = let_in(tcr, opened)
    more = {} if action.startswith("Delete") else {"Description": ""}
    assert tcr.code(action, RegistryId=opened, **asked, **more) == code
    several = [{"CidrBlock": "4.4.4.4"}, {"CidrBlock": "1.1.1.1"}]
    asked = {"RegistryId": opened, "SecurityGroupPolicySet": several}
    assert tcr.code("CreateMultipleSecurityPolicy", **asked) == "InvalidParameter.ErrorTcrInvalidParameter"
    assert tcr.code("DeleteMultipleSecurityPolicy", **asked) == "ResourceNotFound"
    assert let_in(tcr, opened) == before


# --- Tokens -----------------------------------------------------------------------------------------------


def test_a_token_that_lasts_is_listed_without_itself_switched_off_and_deleted(tcr):
    key, other = tcr.made(), tcr.made("others")
    made = tcr("CreateInstanceToken", RegistryId=key, TokenType="longterm", Desc="d")
    [shown] = tcr("DescribeInstanceToken", RegistryId=key)["Tokens"]
    assert (shown["Id"], shown["Desc"], shown["Enabled"], shown["RegistryId"]) == (
        made["TokenId"],
        "d",
        True,
        key,
    )
    assert made["Token"] not in repr(dict(shown))
    assert shown["ExpiredAt"] == made["ExpTime"] == (1_790_000_120 + 120 + 3650 * 86400) * 1000
    assert tcr("DescribeInstanceToken", RegistryId=other)["TotalCount"] == 0
    named = {"RegistryId": key, "TokenId": made["TokenId"]}
    tcr("ModifyInstanceToken", **named, Enable=False)
    tcr("ModifyInstanceToken", **named, ModifyFlag=1, Desc="e", Enable=True)
    [shown] = tcr("DescribeInstanceToken", RegistryId=key)["Tokens"]
    assert (shown["Desc"], shown["Enabled"]) == ("e", False)
    absent = "ResourceNotFound.TcrResourceNotFound"
    assert tcr.code("DeleteInstanceToken", **{**named, "RegistryId": other}) == absent
    tcr("DeleteInstanceToken", **named)
    assert tcr("DescribeInstanceToken", RegistryId=key)["Tokens"] == []
    assert tcr.code("DeleteInstanceToken", **named) == absent


def test_a_temporary_token_is_kept_nowhere(tcr):
    key = tcr.made()
    made = tcr("CreateInstanceToken", RegistryId=key)
    assert (made["TokenId"], made["Username"]) == ("", tcr.world.uin)
    assert made["ExpTime"] == (1_790_000_120 + 3600) * 1000
    assert tcr("DescribeInstanceToken", RegistryId=key)["TotalCount"] == 0


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        ("CreateInstanceToken", {"TokenType": "forever"}),
        ("ModifyInstanceToken", {"ModifyFlag": 3, "Enable": True}),
        ("ModifyInstanceToken", {"ModifyFlag": 1, "Enable": True}),
        ("ModifyInstanceToken", {"Desc": "x"}),
    ],
)
def test_tokens_are_made_and_changed_as_published_only(tcr, action, asked):
    key = tcr.made()
    token = tcr("CreateInstanceToken", RegistryId=key, TokenType="longterm")["TokenId"]
    more = {"TokenId": token} if action.startswith("Modify") else {}
    code = tcr.code(action, RegistryId=key, **asked, **more)
    assert code == "InvalidParameter.ErrorTcrInvalidParameter"


def test_what_let_in_goes_with_the_registry(tcr, opened):
    token = tcr("CreateInstanceToken", RegistryId=opened, TokenType="longterm")["TokenId"]
    assert (tcr.row("entry", opened), tcr.row("token", token)) != (None, None)
    tcr("DeleteInstance", RegistryId=opened)
    tcr.wait(60)
    assert (tcr.row("entry", opened), tcr.row("token", token)) == (None, None)
