import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from emulator.world.estate import Spec, build
from scenarios.direct import Failed
from tests.emulator.services.acting import REGION, Account


@pytest.fixture
def account():
    return Account()


@pytest.fixture
def vpc(account):
    return account.vpc()["VpcId"]


def name(account, vpc):
    return f"qcs::vpc:{REGION}:uin/{account.world.uin}:vpc/{vpc}"


def pairs(account, **params):
    found = account("tag:DescribeTags", Limit=1000, **params)["Tags"]
    return {(tag["TagKey"], tag["TagValue"]): tag["CanDelete"] for tag in found}


def borne(account, vpc):
    [row] = account("vpc:DescribeVpcs", VpcIds=[vpc])["VpcSet"]
    return {tag["Key"]: tag["Value"] for tag in row["TagSet"]}


def test_a_tag_is_there_though_no_resource_bears_it_until_it_is_deleted(account):
    account("tag:CreateTag", TagKey="k", TagValue="v")
    assert pairs(account) == {("k", "v"): 1}
    assert account.code("tag:CreateTag", TagKey="k", TagValue="v") == "ResourceInUse.TagDuplicate"
    account("tag:CreateTags", Tags=[{"TagKey": "k", "TagValue": "w"}, {"TagKey": "l", "TagValue": ""}])
    again = [{"TagKey": "m", "TagValue": "v"}, {"TagKey": "k", "TagValue": "w"}]
    assert account.code("tag:CreateTags", Tags=again) == "ResourceInUse.TagDuplicate"
    assert account("tag:DescribeTagKeys")["Tags"] == account("tag:GetTagKeys")["TagKeys"] == ["k", "l"]
    account("tag:DeleteTag", TagKey="k", TagValue="v")
    assert account.code("tag:DeleteTag", TagKey="k", TagValue="v") == "ResourceNotFound.TagNonExist"
    account("tag:DeleteTags", Tags=[{"TagKey": "k", "TagValue": "w"}, {"TagKey": "l", "TagValue": ""}])
    assert pairs(account) == {}


def test_a_tag_that_a_resource_bears_cannot_be_deleted_and_stays_when_it_is_taken_off(account, vpc):
    account("tag:AddResourceTag", TagKey="k", TagValue="v", Resource=name(account, vpc))
    assert borne(account, vpc) == {"k": "v"}
    assert pairs(account) == {("k", "v"): 0}
    assert account.code("tag:DeleteTag", TagKey="k", TagValue="v") == "FailedOperation.TagAttachedResource"
    account("tag:DeleteResourceTag", TagKey="k", Resource=name(account, vpc))
    assert pairs(account) == {("k", "v"): 1}
    account("tag:DeleteTag", TagKey="k", TagValue="v")


def test_a_tag_is_added_changed_and_taken_off_one_resource(account, vpc):
    one = {"Resource": name(account, vpc)}
    assert account.code("tag:UpdateResourceTagValue", TagKey="k", TagValue="w", **one) == (
        "ResourceNotFound.AttachedTagKeyNotFound"
    )
    account("tag:AddResourceTag", TagKey="k", TagValue="v", **one)
    assert (
        account.code("tag:AddResourceTag", TagKey="k", TagValue="w", **one) == "ResourceInUse.TagKeyAttached"
    )
    account("tag:UpdateResourceTagValue", TagKey="k", TagValue="w", **one)
    account(
        "tag:ModifyResourceTags",
        ReplaceTags=[{"TagKey": "l", "TagValue": "1"}],
        DeleteTags=[{"TagKey": "k"}],
        **one,
    )
    assert borne(account, vpc) == {"l": "1"}
    account("tag:DeleteResourceTag", TagKey="l", **one)
    assert (
        account.code("tag:DeleteResourceTag", TagKey="l", **one) == "ResourceNotFound.AttachedTagKeyNotFound"
    )


def test_several_resources_are_tagged_all_or_none(account):
    keys = [account.vpc(f"10.{number}.0.0/16")["VpcId"] for number in range(3)]
    many = {"ServiceType": "vpc", "ResourcePrefix": "vpc", "ResourceRegion": REGION, "ResourceIds": keys}
    account("tag:AddResourceTag", TagKey="k", TagValue="v", Resource=name(account, keys[2]))
    ask = {"TagKey": "k", "TagValue": "w", **many}
    assert account.code("tag:AttachResourcesTag", **ask) == "ResourceInUse.TagKeyAttached"
    assert account.code("tag:ModifyResourcesTagValue", **ask) == "ResourceNotFound.AttachedTagKeyNotFound"
    account("tag:AttachResourcesTag", TagKey="l", TagValue="w", **many)
    account("tag:ModifyResourcesTagValue", TagKey="l", TagValue="x", **many)
    assert [borne(account, key)["l"] for key in keys] == ["x"] * 3
    rows = account("tag:DescribeResourceTagsByTagKeys", TagKeys=["k", "l"], **many)["Rows"]
    assert [
        (row["ResourceId"], {t["TagKey"]: t["TagValue"] for t in row["TagKeyValues"]}) for row in rows
    ] == [
        (keys[0], {"l": "x"}),
        (keys[1], {"l": "x"}),
        (keys[2], {"k": "v", "l": "x"}),
    ]
    account("tag:DetachResourcesTag", TagKey="l", **many)
    assert [borne(account, key) for key in keys] == [{}, {}, {"k": "v"}]


def test_a_union_holds_what_meets_one_filter_an_intersection_what_meets_all(account):
    first, second, third = (account.vpc(f"10.{number}.0.0/16")["VpcId"] for number in range(3))
    for key, tags in ((first, {"a": "1"}), (second, {"b": "2"}), (third, {"a": "1", "b": "2"})):
        given = [{"TagKey": tag, "TagValue": value} for tag, value in tags.items()]
        account("tag:ModifyResourceTags", Resource=name(account, key), ReplaceTags=given)

    def found(action, **params):
        return {row["ResourceId"] for row in account(f"tag:{action}", **params)["Rows"]}

    filters = [{"TagKey": "a", "TagValue": ["1"]}, {"TagKey": "b", "TagValue": ["2", "3"]}]
    assert found("DescribeResourcesByTagsUnion", TagFilters=filters) == {first, second, third}
    assert found("DescribeResourcesByTags", TagFilters=filters) == {third}
    assert found("DescribeResourcesByTagsUnion", TagFilters=filters, ServiceType="cvm") == set()
    assert found("DescribeResourcesByTags", TagFilters=filters[:1], ResourceId=first) == {first}
    other = [{"TagKey": "a", "TagValue": ["9"]}]
    assert found("DescribeResourcesByTagsUnion", TagFilters=other) == set()


@pytest.mark.parametrize(
    ("action", "params", "expected"),
    [
        ("CreateTag", {"TagKey": "", "TagValue": "v"}, "InvalidParameterValue.TagKeyEmpty"),
        ("CreateTag", {"TagKey": "k" * 128, "TagValue": "v"}, "InvalidParameterValue.TagKeyLengthExceeded"),
        ("CreateTag", {"TagKey": "project", "TagValue": "v"}, "InvalidParameterValue.ReservedTagKey"),
        ("CreateTags", {"Tags": []}, "LimitExceeded.TagNumPerRequest"),
        (
            "AddResourceTag",
            {"TagKey": "k", "TagValue": "v", "Resource": "x"},
            "InvalidParameterValue.ResourceDescriptionError",
        ),
        ("ModifyResourceTags", {"Resource": "x"}, "MissingParameter"),
        ("ModifyResourceTags", {"Resource": "x", "ReplaceTags": []}, "LimitExceeded.TagNumPerRequest"),
        (
            "ModifyResourceTags",
            {
                "Resource": "x",
                "ReplaceTags": [{"TagKey": "k", "TagValue": "v"}],
                "DeleteTags": [{"TagKey": "k"}],
            },
            "InvalidParameterValue.DeleteTagsParamError",
        ),
        (
            "AttachResourcesTag",
            {"ServiceType": "nothing", "ResourceIds": ["x"], "TagKey": "k", "TagValue": "v"},
            "InvalidParameterValue.ServiceTypeInvalid",
        ),
        (
            "AttachResourcesTag",
            {"ServiceType": "vpc", "ResourceIds": ["x"], "TagKey": "k", "TagValue": "v"},
            "MissingParameter",
        ),
        (
            "DetachResourcesTag",
            {"ServiceType": "vpc", "ResourcePrefix": "x", "ResourceIds": ["x"], "TagKey": "k"},
            "InvalidParameterValue.ResourcePrefixInvalid",
        ),
        (
            "DetachResourcesTag",
            {"ServiceType": "vpc", "ResourcePrefix": "vpc", "ResourceIds": ["x"], "TagKey": "k"},
            "InvalidParameterValue.RegionInvalid",
        ),
        ("DescribeTags", {"TagKey": "k"}, "InvalidParameter"),
        ("GetTags", {"TagKeys": ["k"] * 21}, "LimitExceeded.TagNumPerRequest"),
        ("GetTagKeys", {"Category": "Odd"}, "InvalidParameter"),
    ],
)
def test_what_makes_no_sense_is_refused_in_the_products_words(account, action, params, expected):
    assert account.code(f"tag:{action}", **params) == expected


def test_a_key_has_at_most_a_thousand_values(account):
    for start in range(0, 1000, 10):
        given = [{"TagKey": "k", "TagValue": str(number)} for number in range(start, start + 10)]
        account("tag:CreateTags", Tags=given)
    assert account.code("tag:CreateTag", TagKey="k", TagValue="x") == "LimitExceeded.TagValue"


def test_tokens_lead_through_all_tags_once(account):
    wanted = [(f"k{number:02}", "v") for number in range(25)]
    for key, value in wanted:
        account("tag:CreateTag", TagKey=key, TagValue=value)
    found, token = [], ""
    while True:
        page = account("tag:GetTags", MaxResults=7, PaginationToken=token)
        found += [(tag["TagKey"], tag["TagValue"]) for tag in page["Tags"]]
        if not (token := page["PaginationToken"]):
            break
    assert found == wanted
    [one] = account("tag:GetTagValues", TagKeys=["k03"])["Tags"]
    assert one["TagValue"] == "v"


def test_what_is_named_is_found_without_a_look_at_the_others(monkeypatch):
    account = Account(build(Spec(hosts=((REGION, 60),)), 3))
    host = next(row for row in account.rows("cvm.instance") if row["Tags"])
    account("tag:GetResources")  # the shelves are made
    from emulator.services.tag import bearing, reading, writing

    seen = []
    real = writing.read_tags

    def counting(kind, row):
        seen.append(kind)
        return real(kind, row)

    for module in (reading, writing):
        monkeypatch.setattr(module, "read_tags", counting)
    monkeypatch.setattr(bearing, "Sets", None)  # nor are the sets of tags looked through
    name = f"qcs::cvm:{REGION}:uin/{account.world.uin}:instance/{host['InstanceId']}"
    place = {"ServiceType": "cvm", "ResourcePrefix": "instance", "ResourceRegion": REGION}
    calls = [
        ("GetResources", {"ResourceList": [name]}),
        ("DescribeResourceTags", {"ResourceId": host["InstanceId"], **place}),
        ("DescribeResourceTagsByResourceIds", {"ResourceIds": [host["InstanceId"]], **place}),
    ]
    for action, params in calls:
        seen.clear()
        answer = account(f"tag:{action}", **params)
        assert next(value for value in answer.values() if isinstance(value, list))
        assert len(seen) == 1, action


def test_every_bearer_of_a_key_is_found_under_its_own_name():
    account = Account(build(Spec(hosts=((REGION, 120),)), 3))
    every = account("tag:GetResources", MaxResults=200)
    mappings, token = every["ResourceTagMappingList"], every["PaginationToken"]
    while token:
        page = account("tag:GetResources", MaxResults=200, PaginationToken=token)
        mappings, token = [*mappings, *page["ResourceTagMappingList"]], page["PaginationToken"]
    assert len({mapping["Resource"].split(":")[2] for mapping in mappings}) > 4
    for key in account("tag:GetTagKeys", MaxResults=1000)["TagKeys"]:
        found, token = set(), ""
        while True:
            asked = {"MaxResults": 200, "PaginationToken": token, "TagFilters": [{"TagKey": key}]}
            page = account("tag:GetResources", **asked)
            found |= {mapping["Resource"] for mapping in page["ResourceTagMappingList"]}
            if not (token := page["PaginationToken"]):
                break
        assert found == {
            mapping["Resource"] for mapping in mappings if key in {tag["TagKey"] for tag in mapping["Tags"]}
        }


# --- projects -------------------------------------------------------------------------------------------


def test_projects_are_made_changed_hidden_and_found(account):
    first = account("tag:AddProject", ProjectName="a", Info="i")["ProjectId"]
    account("tag:AddProject", ProjectName="b")
    assert account.code("tag:AddProject", ProjectName="a") == "InvalidParameter.ProjectNameExisted"

    def found(all_list=0, **params):
        page = account("tag:DescribeProjects", AllList=all_list, Limit=1000, Offset=0, **params)
        assert page["Total"] == len(page["Projects"])
        return [each["ProjectName"] for each in page["Projects"]]

    assert found() == ["a", "b"]
    account("tag:UpdateProject", ProjectId=first, ProjectName="c", Disable=1)
    assert (found(), found(1), found(1, ProjectId=first)) == (["b"], ["c", "b"], ["c"])
    assert account.code("tag:UpdateProject", ProjectId=1) == "ResourceNotFound.RecordNotFound"


# --- a dumb twin: what each resource bears, and what there is ---------------------------------------------

KEY, VALUE, AT = st.sampled_from("abc"), st.sampled_from("xy"), st.integers(0, 2)


class Tags(RuleBasedStateMachine):
    """Tags made, borne, taken off and deleted, held against sets."""

    @initialize()
    def open(self):
        self.account = Account()
        self.vpcs = [self.account.vpc(f"10.{number}.0.0/16")["VpcId"] for number in range(3)]
        self.borne = [{}, {}, {}]
        self.made = set()

    def ask(self, action, **params):
        try:
            self.account(f"tag:{action}", **params)
        except Failed as failed:
            return failed.code
        return None

    def in_use(self):
        return {pair for tags in self.borne for pair in tags.items()}

    @rule(key=KEY, value=VALUE)
    def create(self, key, value):
        is_there = (key, value) in self.made | self.in_use()
        expected = "ResourceInUse.TagDuplicate" if is_there else None
        assert self.ask("CreateTag", TagKey=key, TagValue=value) == expected
        self.made.add((key, value))

    @rule(key=KEY, value=VALUE)
    def delete(self, key, value):
        ended = self.ask("DeleteTag", TagKey=key, TagValue=value)
        if (key, value) in self.in_use():
            assert ended == "FailedOperation.TagAttachedResource"
        elif (key, value) not in self.made:
            assert ended == "ResourceNotFound.TagNonExist"
        else:
            assert ended is None
            self.made.remove((key, value))

    @rule(at=AT, key=KEY, value=VALUE)
    def put_on(self, at, key, value):
        resource = name(self.account, self.vpcs[at])
        assert (
            self.ask("TagResources", ResourceList=[resource], Tags=[{"TagKey": key, "TagValue": value}])
            is None
        )
        self.borne[at][key] = value
        self.made.add((key, value))

    @rule(at=AT, key=KEY)
    def take_off(self, at, key):
        ended = self.ask("DeleteResourceTag", Resource=name(self.account, self.vpcs[at]), TagKey=key)
        assert ended == (None if key in self.borne[at] else "ResourceNotFound.AttachedTagKeyNotFound")
        self.borne[at].pop(key, None)

    @invariant()
    def agrees(self):
        for vpc, tags in zip(self.vpcs, self.borne, strict=True):
            assert borne(self.account, vpc) == tags
        there = self.made | self.in_use()
        assert pairs(self.account) == {pair: int(pair not in self.in_use()) for pair in there}
        found = self.account("tag:GetResources")["ResourceTagMappingList"]
        assert len(found) == sum(bool(tags) for tags in self.borne)


TestTags = Tags.TestCase
TestTags.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
