import pytest

from emulator.services.tag import bearing
from emulator.tables.tags import KINDS, Place, read_tags
from emulator.world.estate import Spec, build
from emulator.world.shelves import Row
from scenarios.direct import Direct, Failed
from tests.emulator.services.pages import walk

REGION = "ap-guangzhou"


@pytest.fixture
def cloud():
    return Direct.open(build(Spec(hosts=((REGION, 90), ("ap-shanghai", 20))), 3))


def resources(cloud, size=200, **params):
    found, token = [], ""
    while True:
        asked = {"MaxResults": size, "PaginationToken": token, **params}
        answer = cloud.call("tag:GetResources", asked)
        found += answer["ResourceTagMappingList"]
        token = answer["PaginationToken"]
        if not token:
            return found


def rows(cloud, action, member, limit=1000, **params):
    def page(**more):
        answer = cloud.call(f"tag:{action}", {**params, **more})
        return answer[member], answer["TotalCount"]

    return walk(page, limit)


def name(cloud, kind, region, key):
    return f"qcs::{kind.service}:{region}:uin/{cloud.world.uin}:{kind.prefix}/{key}"


def code(cloud, action, **params):
    with pytest.raises(Failed) as failed:
        cloud.call(f"tag:{action}", params)
    return failed.value.code


def untagged_host(cloud):
    return next(row.value for row in cloud.world.read("cvm.instance", REGION) if not row.value["Tags"])


@pytest.mark.parametrize("size", [7, 50, 200])
def test_the_pages_hold_every_tagged_resource_once(cloud, size):
    found = [row["Resource"] for row in resources(cloud, size)]
    assert len(found) == len(set(found))
    hosts = cloud.world.read("cvm.instance", REGION)
    assert {resource.rpartition("/")[2] for resource in found if f"{REGION}:uin" in resource} >= {
        row.value["InstanceId"] for row in hosts if row.value["Tags"]
    }


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.table)
def test_a_tag_written_here_is_borne_by_the_products_own_row_until_it_is_taken_off(cloud, kind):
    region = REGION if kind.is_regional else ""
    if not len(cloud.world.read(kind.table, region)):
        # Of some kinds an estate has none.
        cloud.world.write(kind.table, region).put("x-1", Row({"SomeId": "x-1", kind.member: []}))
    key = next(iter(cloud.world.read(kind.table, region).items()))
    resource = name(cloud, kind, region, key)
    before = cloud.world.read(kind.table, region).get(key).value
    asked = {"ResourceList": [resource], "Tags": [{"TagKey": "new", "TagValue": "one"}]}
    assert cloud.call("tag:TagResources", asked)["FailedResources"] == []
    value = cloud.world.read(kind.table, region).get(key).value
    inner = value[kind.outer] if kind.outer else value
    assert dict(zip(kind.words, ("new", "one"), strict=True)) in inner[kind.member]
    [mapping] = resources(cloud, TagFilters=[{"TagKey": "new"}])
    assert mapping["Resource"] == resource
    cloud.call("tag:UnTagResources", {"ResourceList": [resource], "TagKeys": ["new"]})
    after = cloud.world.read(kind.table, region).get(key).value
    assert {**after, kind.member: 0} == {**before, kind.member: 0}
    assert resources(cloud, TagFilters=[{"TagKey": "new"}]) == []


def test_the_product_finds_by_the_new_tag_what_was_tagged_here(cloud):
    host = untagged_host(cloud)["InstanceId"]
    asked = {
        "ResourceList": [name(cloud, KINDS[0], REGION, host)],
        "Tags": [{"TagKey": "owner", "TagValue": "me"}],
    }
    cloud.call("tag:TagResources", asked)
    found = cloud.call(
        "cvm:DescribeInstances", {"Filters": [{"Name": "tag:owner", "Values": ["me"]}]}, region=REGION
    )
    assert [row["InstanceId"] for row in found["InstanceSet"]] == [host]


def test_a_key_that_is_there_gets_the_new_value(cloud):
    resource = name(cloud, KINDS[0], REGION, untagged_host(cloud)["InstanceId"])
    for value in ("one", "two"):
        asked = {"ResourceList": [resource], "Tags": [{"TagKey": "k", "TagValue": value}]}
        cloud.call("tag:TagResources", asked)
    [mapping] = resources(cloud, ResourceList=[resource])
    assert [(tag["TagKey"], tag["TagValue"]) for tag in mapping["Tags"]] == [("k", "two")]


def test_resources_fail_one_by_one_inside_a_success(cloud):
    good = name(cloud, KINDS[0], REGION, untagged_host(cloud)["InstanceId"])
    bad = name(cloud, KINDS[0], REGION, "ins-00000000")
    foreign = good.replace(cloud.world.uin, "100000000001")
    odd = good.replace("qcs::cvm:", "qcs::nothing:")
    asked = {"ResourceList": [bad, good, foreign, odd, "x"], "Tags": [{"TagKey": "k", "TagValue": "v"}]}
    failed = cloud.call("tag:TagResources", asked)["FailedResources"]
    assert [row["Resource"] for row in failed] == [bad, foreign, odd, "x"]
    assert len(resources(cloud, TagFilters=[{"TagKey": "k", "TagValue": ["v"]}])) == 1


def test_a_name_without_an_account_is_the_callers_own_and_comes_back_as_it_was_given(cloud):
    host = untagged_host(cloud)["InstanceId"]
    full = name(cloud, KINDS[0], REGION, host)
    bare, unnumbered = (full.replace(f"uin/{cloud.world.uin}", account) for account in ("", "uin/"))
    asked = {"ResourceList": [bare], "Tags": [{"TagKey": "k", "TagValue": "v"}]}
    assert cloud.call("tag:TagResources", asked)["FailedResources"] == []
    names = [bare, full, unnumbered]
    assert [row["Resource"] for row in resources(cloud, ResourceList=names)] == names
    assert resources(cloud, ResourceList=[bare], TagFilters=[{"TagKey": "other"}]) == []


def test_elastic_addresses_bear_tags_as_resources_of_either_product(cloud):
    [key] = cloud.call("vpc:AllocateAddresses", {}, region=REGION)["AddressSet"]
    cloud.call(
        "tag:ModifyResourceTags",
        {
            "Resource": f"qcs::vpc:{REGION}:uin/:eip/{key}",
            "ReplaceTags": [{"TagKey": "story", "TagValue": "v"}],
        },
    )
    for service in ("vpc", "cvm"):
        about = {"ServiceType": service, "ResourcePrefix": "eip", "ResourceRegion": REGION}
        by_ids = cloud.call("tag:DescribeResourceTagsByResourceIds", {**about, "ResourceIds": [key]})
        assert [(tag["TagKey"], tag["ResourceId"]) for tag in by_ids["Tags"]] == [("story", key)]
        filters = {"TagFilters": [{"TagKey": "story"}]}
        assert cloud.call("tag:DescribeResourcesByTags", {**about, **filters})["TotalCount"] == 1
    assert len(resources(cloud, TagFilters=[{"TagKey": "story"}])) == 1


def test_what_cannot_bear_tags_is_left_out_of_the_resources_named(cloud):
    good = resources(cloud)[0]["Resource"]
    odd = ["qcs::cbs:ap-guangzhou::instance/disk-00000000", "nonsense", good.replace("uin/1", "uin/2")]
    assert [row["Resource"] for row in resources(cloud, ResourceList=[*odd, good])] == [good]


def test_every_resource_named_is_answered_whatever_the_size_of_a_page(cloud):
    names = [row["Resource"] for row in resources(cloud)[:9]]
    answer = cloud.call("tag:GetResources", {"ResourceList": names, "MaxResults": 2})
    assert [row["Resource"] for row in answer["ResourceTagMappingList"]] == names
    assert answer["PaginationToken"] == ""


def walked(cloud):
    """Every resource that bears tags, by a look at each row there is."""
    return {
        (kind.service, kind.prefix, region, str(key)): tags
        for kind in KINDS
        for region in cloud.world.places(kind.table)
        for key, row in cloud.world.read(kind.table, region).items().items()
        if (tags := read_tags(kind, row))
    }


def shown(found):
    members = ("ServiceType", "ResourcePrefix", "ResourceRegion", "ResourceId")
    return {
        tuple(row[name] for name in members): {tag["TagKey"]: tag["TagValue"] for tag in row["Tags"]}
        for row in found
    }


def test_the_lists_hold_what_a_walk_over_all_rows_finds_whatever_was_changed(cloud):
    rows(cloud, "DescribeResourcesByTags", "Rows", TagFilters=[{"TagKey": "env"}])  # before anything changes
    hosts = cloud.world.write("cvm.instance", REGION)
    gone, changed, bare = [row.value["InstanceId"] for row in hosts if row.value["Tags"]][:3]
    hosts.remove(gone)
    hosts.put(bare, hosts.get(bare).having(Tags=[]))
    hosts.put(
        "ins-new", hosts.get(changed).having(InstanceId="ins-new", Tags=[{"Key": "env", "Value": "prod"}])
    )
    resource = name(cloud, KINDS[0], REGION, changed)
    cloud.call(
        "tag:TagResources", {"ResourceList": [resource], "Tags": [{"TagKey": "env", "TagValue": "new"}]}
    )
    every = walked(cloud)
    assert len(resources(cloud)) == len(every)
    wants = [{"TagKey": "env", "TagValue": ["prod", "new"]}, {"TagKey": "team"}]
    meets = {at: [tags.get("env") in ("prod", "new"), "team" in tags] for at, tags in every.items()}
    for action, suits in (("DescribeResourcesByTags", all), ("DescribeResourcesByTagsUnion", any)):
        found = rows(cloud, action, "Rows", limit=50, TagFilters=wants)
        assert shown(found) == {at: tags for at, tags in every.items() if suits(meets[at])}
        assert len(found) == len(shown(found))
    attached = rows(cloud, "DescribeResourceTags", "Rows", limit=7)
    assert attached == rows(cloud, "DescribeResourceTags", "Rows")
    assert len(attached) == sum(map(len, every.values()))
    assert {(row["ResourceId"], row["TagKey"], row["TagValue"]) for row in attached} == {
        (at[-1], *pair) for at, tags in every.items() for pair in tags.items()
    }


def test_a_page_makes_no_more_than_it_shows(cloud, monkeypatch):
    made = []
    monkeypatch.setattr(bearing, "Place", lambda *given: made.append(given) or Place(*given))
    asked = {"TagFilters": [{"TagKey": "env"}], "Limit": 3, "Offset": 30}
    assert cloud.call("tag:DescribeResourcesByTags", asked)["TotalCount"] > 40
    assert len(made) == 3


def test_the_reads_agree(cloud):
    mappings = resources(cloud)
    pairs = {(tag["TagKey"], tag["TagValue"]) for row in mappings for tag in row["Tags"]}
    keys = rows(cloud, "DescribeTagKeys", "Tags")
    assert set(keys) == {key for key, _ in pairs}
    values = rows(cloud, "DescribeTagValues", "Tags", TagKeys=keys)
    assert {(row["TagKey"], row["TagValue"]) for row in values} == pairs
    by_tags = rows(cloud, "DescribeResourcesByTags", "Rows", TagFilters=[{"TagKey": "env"}])
    assert sorted(row["ResourceId"] for row in by_tags) == sorted(
        row["Resource"].rpartition("/")[2] for row in resources(cloud, TagFilters=[{"TagKey": "env"}])
    )
    one = by_tags[0]
    place = {name: one[name] for name in ("ServiceType", "ResourcePrefix", "ResourceRegion")}
    attached = rows(cloud, "DescribeResourceTags", "Rows", ResourceId=one["ResourceId"], **place)
    assert [(row["TagKey"], row["TagValue"]) for row in attached] == [
        (tag["TagKey"], tag["TagValue"]) for tag in one["Tags"]
    ]
    asked = {**place, "ResourceIds": [one["ResourceId"]]}
    assert rows(cloud, "DescribeResourceTagsByResourceIds", "Tags", **asked) == attached


@pytest.mark.parametrize(
    ("action", "params", "expected"),
    [
        ("DescribeTagKeys", {"Offset": 1, "Limit": 2}, "InvalidParameterValue.OffsetInvalid"),
        ("GetResources", {"PaginationToken": "x"}, "InvalidParameter.PaginationTokenInvalid"),
        (
            "GetResources",
            {"TagFilters": [{"TagKey": "k"}] * 7},
            "InvalidParameterValue.TagFiltersLengthExceeded",
        ),
        (
            "TagResources",
            {"ResourceList": ["x"] * 11, "Tags": [{"TagKey": "k", "TagValue": "v"}]},
            "LimitExceeded.ResourceNumPerRequest",
        ),
        (
            "TagResources",
            {"ResourceList": ["x"], "Tags": [{"TagKey": "k", "TagValue": "v"}] * 2},
            "InvalidParameterValue.TagKeyDuplicate",
        ),
        (
            "TagResources",
            {"ResourceList": ["x"], "Tags": [{"TagKey": "", "TagValue": "v"}]},
            "InvalidParameterValue.TagKeyEmpty",
        ),
        ("UnTagResources", {"ResourceList": ["x"], "TagKeys": []}, "LimitExceeded.TagNumPerRequest"),
    ],
)
def test_what_makes_no_sense_is_refused_in_the_products_words(cloud, action, params, expected):
    assert code(cloud, action, **params) == expected


def test_a_policy_whose_number_is_endless_is_one_that_does_not_exist(cloud):
    endless = "qcs::cam::uin/:policy/" + "1" * 5000
    asked = {"ResourceList": [endless], "Tags": [{"TagKey": "k", "TagValue": "v"}]}
    [failed] = cloud.call("tag:TagResources", asked)["FailedResources"]
    assert failed["Code"] == "InvalidParameterValue.ResourceIdInvalid"
