import pytest

from emulator.world.estate import Spec, build, estate
from scenarios.direct import Direct, Failed
from tests.emulator.services.pages import walk

REGION = "ap-guangzhou"
REGIONS = ("ap-guangzhou", "ap-shanghai", "ap-singapore")


@pytest.fixture(scope="module")
def cloud():
    return Direct.open(estate("demo"))


def registries(cloud, region=REGION, **params):
    return cloud.call("tcr:DescribeInstances", {"Limit": 100, **params}, region=region)["Registries"]


def repositories(cloud, registry, limit=100, first=1, **params):
    def page(**more):
        asked = {"RegistryId": registry, **params, **more}
        answer = cloud.call("tcr:DescribeRepositories", asked, region=REGION)
        return answer["RepositoryList"], answer["TotalCount"]

    return walk(page, limit, first=first, step=1)


def fullest(cloud):
    found = {row["RegistryId"]: repositories(cloud, row["RegistryId"]) for row in registries(cloud)}
    return max(found.items(), key=lambda item: len(item[1]))


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_the_pages_hold_exactly_the_registries_of_the_region(cloud, limit):
    def page(**params):
        answer = cloud.call("tcr:DescribeInstances", params, region=REGION)
        return answer["Registries"], answer["TotalCount"]

    keys = [row["RegistryId"] for row in walk(page, limit)]
    assert keys == list(cloud.world.read("tcr.registry", REGION).items())
    assert keys


def test_all_regions_are_what_each_region_has(cloud):
    every = registries(cloud, AllRegion=True)
    assert {row["RegionName"] for row in every} == set(REGIONS)
    assert sorted(row["RegistryId"] for row in every) == sorted(
        row["RegistryId"] for region in REGIONS for row in registries(cloud, region)
    )


@pytest.mark.parametrize("wrong", [{"Offset": -1}, {"Limit": 0}, {"SortBy": "name"}])
def test_pages_and_orders_of_repositories_that_there_are_not_are_refused(cloud, wrong):
    key, _ = fullest(cloud)
    with pytest.raises(Failed) as failed:
        cloud.call("tcr:DescribeRepositories", {"RegistryId": key, **wrong}, region=REGION)
    assert failed.value.code == "InvalidParameter.ErrorTcrInvalidParameter"


@pytest.mark.parametrize("limit", [1, 3, 100, 200])
def test_the_offset_of_repositories_is_a_page_number(cloud, limit):
    key, every = fullest(cloud)
    assert repositories(cloud, key, limit) == every
    assert len({row["Name"] for row in every}) == len(every) > 3
    assert all(row["Name"].startswith(f"{row['Namespace']}/") for row in every)


def test_an_offset_taken_for_a_number_of_rows_skips_pages(cloud):
    key, every = fullest(cloud)
    answer = cloud.call(
        "tcr:DescribeRepositories", {"RegistryId": key, "Offset": 2, "Limit": 2}, region=REGION
    )
    assert answer["RepositoryList"] == every[2:4]


def test_repositories_are_found_by_namespace_and_name_and_sorted(cloud):
    key, every = fullest(cloud)
    one = every[0]
    assert repositories(cloud, key, NamespaceName=one["Namespace"]) == [
        row for row in every if row["Namespace"] == one["Namespace"]
    ]
    assert one in repositories(cloud, key, RepositoryName=one["Name"])
    names = [row["Name"] for row in repositories(cloud, key, SortBy="-name")]
    assert names == sorted(names, reverse=True)


def test_namespaces_are_those_of_the_repositories(cloud):
    key, every = fullest(cloud)
    answer = cloud.call("tcr:DescribeNamespaces", {"RegistryId": key, "All": True}, region=REGION)
    assert {row["Name"] for row in answer["NamespaceList"]} == {row["Namespace"] for row in every}
    assert answer["TotalCount"] == len(answer["NamespaceList"])


@pytest.mark.parametrize(
    ("action", "params", "code"),
    [
        ("DescribeRepositories", {"RegistryId": "tcr-00000000"}, "ResourceNotFound"),
        ("DescribeNamespaces", {"RegistryId": "tcr-00000000"}, "ResourceNotFound"),
        ("DescribeInstances", {"Limit": 0}, "InvalidParameter.ErrorTcrInvalidParameter"),
        (
            "DescribeInstances",
            {"Filters": [{"Name": "Colour", "Values": ["red"]}]},
            "InvalidParameter.ErrorTcrInvalidParameter",
        ),
    ],
)
def test_what_cannot_be_answered_is_refused_in_the_products_words(cloud, action, params, code):
    with pytest.raises(Failed) as failed:
        cloud.call(f"tcr:{action}", params, region=REGION)
    assert failed.value.code == code


def test_a_namespace_that_does_not_exist_is_not_found(cloud):
    with pytest.raises(Failed) as failed:
        repositories(cloud, registries(cloud)[0]["RegistryId"], NamespaceName="nowhere")
    assert failed.value.code == "ResourceNotFound.ErrNoNamespace"


def test_filters_and_ids_pick_registries(cloud):
    one = registries(cloud)[0]
    assert one in registries(cloud, Filters=[{"Name": "RegistryType", "Values": [one["RegistryType"]]}])
    assert registries(cloud, Registryids=[one["RegistryId"], "tcr-00000000"]) == [one]


@pytest.mark.parametrize("rate", [0, 1])
def test_risky_settings_follow_the_rate(rate):
    cloud = Direct.open(build(Spec(hosts=((REGION, 120),), risk_rate=rate), 7))
    for row in registries(cloud):
        assert row["EnableAnonymous"] is bool(rate)
        assert (row["TokenValidTime"] > 24) is bool(rate)
        assert row["DeletionProtection"] is not bool(rate)
    assert {row["Public"] for row in fullest(cloud)[1]} == {bool(rate)}
