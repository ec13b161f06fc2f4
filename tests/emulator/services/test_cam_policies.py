import json
from pathlib import Path

import pytest

from emulator.contract.catalog import catalog
from emulator.policy.decide import Question
from emulator.policy.document import parse
from emulator.services.cam import limits
from emulator.tables.call import Caller
from emulator.world import accounts, presets

from .conftest import allow

READ = json.dumps(allow("cvm:Describe*"))
WRITE = json.dumps(allow("cvm:*"))


def create(account, name="reader", document=READ, **more):
    return account("CreatePolicy", PolicyName=name, PolicyDocument=document, **more)["PolicyId"]


def test_a_document_is_kept_to_the_letter(account):
    document = (
        '{ "version": "2.0",\n "statement": [{"effect":"allow","action":"name/cos:*","resource":["*"]}] }'
    )
    policy = account("GetPolicy", PolicyId=create(account, document=document))
    assert policy["PolicyDocument"] == document


def test_a_new_policy_is_as_published(account):
    tags = [{"Key": "team", "Value": "ops"}]
    policy = account("GetPolicy", PolicyId=create(account, Description="reads", Tags=tags))
    assert policy["PolicyName"] == "reader"
    assert (policy["Type"], policy["Description"], policy["Tags"]) == (1, "reads", tags)
    assert (policy["PresetAlias"], policy["IsServiceLinkedRolePolicy"]) == (None, 0)


@pytest.mark.parametrize("name", ["cspmPolicy", "siemPolicy", "ciemPolicy"])
def test_the_published_policies_of_the_connector_are_accepted_as_they_stand(account, name):
    document = (Path(__file__).parents[3] / f"scenarios/fixtures/{name}.json").read_text()
    assert account("GetPolicy", PolicyId=create(account, document=document))["PolicyDocument"] == document


@pytest.mark.parametrize(
    ("code", "document"),
    [
        ("PolicyDocumentError", "no json"),
        ("PolicyDocumentError", "[]"),
        ("VersionError", '{"version":"1.0","statement":[{"effect":"allow","action":"*","resource":"*"}]}'),
        ("StatementError", '{"version":"2.0","statement":[]}'),
        ("EffectError", '{"version":"2.0","statement":[{"effect":"Allow","action":"*","resource":"*"}]}'),
        ("ActionError", '{"version":"2.0","statement":[{"effect":"allow","action":"cvm","resource":"*"}]}'),
        ("ResourceError", '{"version":"2.0","statement":[{"effect":"allow","action":"*","resource":[]}]}'),
        (
            "ConditionTypeError",
            json.dumps(allow("*", condition={"no_such_operator": {"qcs:ip": "1.1.1.1"}})),
        ),
        (
            "PrincipalError",
            json.dumps(allow("*", principal={"qcs": ["qcs::cam::uin/1:root"]})),
        ),
        ("PolicyDocumentLengthOverLimit", json.dumps(allow(*(f"cvm:Action{n}" for n in range(1000))))),
    ],
)
def test_a_malformed_document_is_refused_wherever_one_is_given(account, code, document):
    policy_id = create(account)
    expected = f"InvalidParameter.{code}"
    assert account.code("CreatePolicy", PolicyName="bad", PolicyDocument=document) == expected
    assert account.code("UpdatePolicy", PolicyId=policy_id, PolicyDocument=document) == expected
    more = {"PolicyId": policy_id, "PolicyDocument": document, "SetAsDefault": True}
    assert account.code("CreatePolicyVersion", **more) == expected
    assert account("GetPolicy", PolicyId=policy_id)["PolicyDocument"] == READ


def test_a_refusal_names_the_place_of_every_flaw(account):
    document = '{"version":"2.0","statement":[{"effect":"x","action":"y","resource":"*"}]}'
    message = account.message("CreatePolicy", PolicyName="bad", PolicyDocument=document)
    assert "PolicyDocument.statement[0].effect" in message
    assert "PolicyDocument.statement[0].action" in message


def test_a_name_is_used_once_by_custom_and_preset_policies_together(account):
    create(account)
    for name in ("reader", "AdministratorAccess"):
        code = account.code("CreatePolicy", PolicyName=name, PolicyDocument=READ)
        assert code == "FailedOperation.PolicyNameInUse"


@pytest.mark.parametrize("name", ["", "two words", "a" * 129, "naïve"])
def test_a_name_that_cannot_be_is_refused(account, name):
    code = account.code("CreatePolicy", PolicyName=name, PolicyDocument=READ)
    assert code == "InvalidParameter.PolicyNameError"


def test_a_description_is_at_most_300_bytes(account):
    create(account, "fits", Description="描" * 100)
    code = account.code("CreatePolicy", PolicyName="not", PolicyDocument=READ, Description="描" * 100 + "x")
    assert code == "InvalidParameter.DescriptionLengthOverlimit"


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], "InvalidParameter.TagParamError"),
        ([{"Key": "", "Value": "1"}], "InvalidParameter.TagParamError"),
        ([{"Key": str(n), "Value": ""} for n in range(51)], "InvalidParameter.TagLimitExceeded"),
    ],
)
def test_tags_that_cannot_be_are_refused(account, tags, code):
    assert account.code("CreatePolicy", PolicyName="p", PolicyDocument=READ, Tags=tags) == code


def test_there_is_room_for_1500_policies(account):
    for number in range(limits.POLICIES):
        accounts.add_policy(account.world, f"p{number}", READ)
    assert account.code("CreatePolicy", PolicyName="q", PolicyDocument=READ) == "FailedOperation.PolicyFull"


@pytest.mark.parametrize("action", ["GetPolicy", "ListPolicyVersions"])
def test_a_policy_that_is_not_there_is_not_found(account, action):
    assert account.code(action, PolicyId=99) == "ResourceNotFound.PolicyIdNotFound"


# --- Changing and deleting --------------------------------------------------------------------------------


def test_an_updated_policy_is_in_force_at_once(account):
    _, key = account.user("alice", allow("cvm:DescribeZones"))
    policy_id = account("ListPolicies", Scope="Local")["List"][0]["PolicyId"]
    assert not account.can(key, "ListUsers")
    account("UpdatePolicy", PolicyId=policy_id, PolicyDocument=json.dumps(allow("cam:ListUsers")))
    assert account.can(key, "ListUsers")


def test_a_policy_is_renamed_and_described_by_its_id(account):
    policy_id = create(account)
    assert account("UpdatePolicy", PolicyId=policy_id, PolicyName="new", Description="d") == {
        "PolicyId": policy_id
    }
    policy = account("GetPolicy", PolicyId=policy_id)
    assert (policy["PolicyName"], policy["Description"], policy["PolicyDocument"]) == ("new", "d", READ)


def test_a_policy_is_updated_by_its_name(account):
    policy_id = create(account)
    assert account("UpdatePolicy", PolicyName="reader", PolicyDocument=WRITE)["PolicyId"] == policy_id
    assert account("GetPolicy", PolicyId=policy_id)["PolicyDocument"] == WRITE


def test_a_policy_is_not_renamed_to_a_name_in_use(account):
    create(account, "taken")
    code = account.code("UpdatePolicy", PolicyId=create(account), PolicyName="taken")
    assert code == "FailedOperation.PolicyNameInUse"


def test_an_update_names_its_policy(account):
    assert account.code("UpdatePolicy", Description="x") == "InvalidParameter.ParamError"
    assert account.code("UpdatePolicy", PolicyName="nobody") == "ResourceNotFound.PolicyIdNotFound"


def test_a_preset_policy_takes_an_alias_and_nothing_else(account):
    account("UpdatePolicy", PolicyId=1, Alias="everything")
    assert account("GetPolicy", PolicyId=1)["PresetAlias"] == "everything"
    assert account.code("UpdatePolicy", PolicyId=1, PolicyDocument=READ) == "InvalidParameter.PolicyIdError"


def test_policies_are_deleted_all_or_none(account):
    first, second = create(account, "first"), create(account, "second")
    assert account.code("DeletePolicy", PolicyId=[first, 99]) == "ResourceNotFound.PolicyIdNotFound"
    assert account.code("DeletePolicy", PolicyId=[first, 1]) == "InvalidParameter.PolicyIdError"
    assert account("GetPolicy", PolicyId=first)
    account("DeletePolicy", PolicyId=[first, second, first])
    assert account("ListPolicies", Scope="Local")["TotalNum"] == 0


def test_deleting_a_policy_takes_it_from_everybody(account):
    uin, key = account.user("alice", allow("cam:ListUsers"))
    policy_id = account("ListPolicies", Scope="Local")["List"][0]["PolicyId"]
    account("PutUserPermissionsBoundary", TargetUin=uin, PolicyId=policy_id)
    account("DeletePolicy", PolicyId=[policy_id])
    assert account("ListAttachedUserPolicies", TargetUin=uin)["TotalNum"] == 0
    assert account("GetUserPermissionBoundary", TargetUin=uin)["PolicyId"] is None
    assert not account.can(key, "ListUsers")


# --- Listing ----------------------------------------------------------------------------------------------


def test_policies_are_listed_by_scope_and_keyword(account):
    create(account, "QcloudLookalike")
    everything, preset = account("ListPolicies"), account("ListPolicies", Scope="QCS")
    own = account("ListPolicies", Scope="Local")
    assert (own["TotalNum"], own["List"][0]["PolicyName"]) == (1, "QcloudLookalike")
    assert everything["TotalNum"] == preset["TotalNum"] + 1
    assert account("ListPolicies", Keyword="Lookalike")["TotalNum"] == 1


def test_a_listed_policy_counts_whom_it_is_attached_to(account):
    uin, _ = account.user("alice", "ReadOnlyAccess")
    group = account("CreateGroup", GroupName="ops")["GroupId"]
    account("AttachGroupPolicy", PolicyId=3, AttachGroupId=group)
    account("PutUserPermissionsBoundary", TargetUin=uin, PolicyId=3)
    (listed,) = (each for each in account("ListPolicies")["List"] if each["PolicyName"] == "ReadOnlyAccess")
    counts = ("Attachments", "AttachEntityCount", "AttachEntityBoundaryCount")
    assert [listed[name] for name in counts] == [1, 2, 1]
    assert listed["IsAttached"] is None


def test_every_page_of_policies_together_is_the_whole_list(account):
    whole = account("ListPolicies", Rp=200)
    pages = [account("ListPolicies", Rp=7, Page=number)["List"] for number in range(1, 30)]
    assert [each for page in pages for each in page] == whole["List"]
    assert whole["TotalNum"] == len(whole["List"])


@pytest.mark.parametrize("params", [{"Rp": 0}, {"Rp": 201}, {"Page": 0}, {"Page": 201}])
def test_a_page_out_of_range_is_refused(account, params):
    assert account.code("ListPolicies", **params) == "InvalidParameter.ParamError"


def test_a_scope_that_is_none_is_refused(account):
    assert account.code("ListPolicies", Scope="Mine") == "InvalidParameter.ScopeError"


# --- Versions ---------------------------------------------------------------------------------------------


def add_version(account, policy_id, document=WRITE, default=False):
    more = {"PolicyId": policy_id, "PolicyDocument": document, "SetAsDefault": default}
    return account("CreatePolicyVersion", **more)["VersionId"]


def defaults(account, policy_id):
    versions = account("ListPolicyVersions", PolicyId=policy_id)["Versions"]
    return {each["VersionId"]: each["IsDefaultVersion"] for each in versions}


def test_a_version_is_in_force_once_it_is_the_default(account):
    policy_id = create(account)
    number = add_version(account, policy_id)
    assert account("GetPolicy", PolicyId=policy_id)["PolicyDocument"] == READ
    account("SetDefaultPolicyVersion", PolicyId=policy_id, VersionId=number)
    assert account("GetPolicy", PolicyId=policy_id)["PolicyDocument"] == WRITE
    assert defaults(account, policy_id) == {1: 0, 2: 1}


def test_a_version_may_be_made_the_default_at_once(account):
    policy_id = create(account)
    add_version(account, policy_id, default=True)
    assert account("GetPolicy", PolicyId=policy_id)["PolicyDocument"] == WRITE


def test_an_update_goes_into_the_default_version(account):
    policy_id = create(account)
    account("UpdatePolicy", PolicyId=policy_id, PolicyDocument=WRITE)
    version = account("GetPolicyVersion", PolicyId=policy_id, VersionId=1)["PolicyVersion"]
    assert (version["Document"], version["IsDefaultVersion"]) == (WRITE, 1)
    assert version["CreateDate"].endswith("Z")


def test_the_number_of_a_deleted_version_is_not_used_again(account):
    policy_id = create(account)
    account("DeletePolicyVersion", PolicyId=policy_id, VersionId=[add_version(account, policy_id)])
    assert add_version(account, policy_id) == 3


def test_the_default_version_is_neither_deleted_nor_set_again(account):
    policy_id, code = create(account), "FailedOperation.PolicyVersionAlreadyDefault"
    assert account.code("DeletePolicyVersion", PolicyId=policy_id, VersionId=[1]) == code
    assert account.code("SetDefaultPolicyVersion", PolicyId=policy_id, VersionId=1) == code


@pytest.mark.parametrize("action", ["GetPolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion"])
def test_a_version_that_is_not_there_is_not_found(account, action):
    number = [9] if action == "DeletePolicyVersion" else 9
    code = account.code(action, PolicyId=create(account), VersionId=number)
    assert code == "InvalidParameter.PolicyVersionNotExists"


def test_a_policy_has_five_versions(account):
    policy_id = create(account)
    for _ in range(limits.VERSIONS_OF_A_POLICY - 1):
        add_version(account, policy_id)
    more = {"PolicyId": policy_id, "PolicyDocument": READ, "SetAsDefault": False}
    assert account.code("CreatePolicyVersion", **more) == "FailedOperation.PolicyVersionFull"


# --- Preset policies --------------------------------------------------------------------------------------


def test_every_preset_document_can_be_read():
    for row in presets.by_id().values():
        parse(row.value["PolicyDocument"], limit=None)


def test_presets_have_different_ids_and_names():
    assert len(presets.by_name()) == len(presets.by_id())


def test_presets_know_every_service_of_the_contract():
    assert set(catalog().services()) <= set(presets.SERVICES)


@pytest.mark.parametrize(
    ("name", "can", "cannot"),
    [
        ("AdministratorAccess", ["ListUsers", "cvm:RunInstances", "billing:DescribeBillList"], []),
        (
            "ReadOnlyAccess",
            ["ListUsers", "cvm:DescribeZones"],
            ["cvm:TerminateInstances", "AddUser", "sts:GetFederationToken"],
        ),
        (
            "CloudResourceReadOnlyAccess",
            ["cvm:DescribeZones", "DescribeRoleList", "ListPolicies"],
            [
                "ListUsers",
                "ListAccessKeys",
                "ListGroups",
                "billing:DescribeBillList",
                "cvm:TerminateInstances",
            ],
        ),
        ("QcloudCamReadOnlyAccess", ["ListUsers", "ListAccessKeys"], ["AddUser", "cvm:DescribeZones"]),
        ("QcloudCamFullAccess", ["ListUsers", "CreateGroup"], ["cvm:DescribeZones"]),
        ("QCloudResourceFullAccess", ["cvm:TerminateInstances"], ["ListUsers", "billing:DescribeBillList"]),
        ("QcloudCLSFullAccess", ["cls:DescribeTopics"], ["cvm:DescribeZones"]),
        ("QcloudCVMReadOnlyAccess", ["cvm:DescribeZones", "vpc:DescribeVpcs"], ["cvm:TerminateInstances"]),
    ],
)
def test_a_preset_allows_what_it_is_published_to_allow(account, name, can, cannot):
    _, key = account.user("alice", name)
    gateway = account.direct.gateway
    caller = Caller(gateway.cloud, account.world, key.principal, key, "1.1.1.1")
    grants = gateway.account(account.world).authority.grants(caller, ())
    for action in can:
        assert grants.decide(Question(action if ":" in action else f"cam:{action}")).allowed, action
    for action in cannot:
        assert not grants.decide(Question(action if ":" in action else f"cam:{action}")).allowed, action
