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
    assert tcr.code("DescribeInstanceStatus", RegistryIds=[key]) == "ResourceNotFound.TcrResourceNotFound"
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
