"""How real actions page, and how far their names tell."""

import pytest

from emulator.contract import paging as module
from emulator.contract.catalog import catalog
from emulator.contract.paging import Paging, candidates, is_list_read, is_read, listed, paging

find = catalog().action


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("cvm:DescribeInstances", Paging(style="offset", offset="Offset", limit="Limit", total="TotalCount")),
        (
            "vpc:DescribeVpcs",
            Paging(style="offset", offset="Offset", limit="Limit", strings=True, total="TotalCount"),
        ),
        ("cam:ListPolicies", Paging(style="page", offset="Page", limit="Rp", first=1, total="TotalNum")),
        ("cam:ListUsers", Paging(style="none")),
        ("cvm:DescribeZones", Paging(style="none", total="TotalCount")),
        (
            "cloudaudit:DescribeEvents",
            Paging(
                style="token",
                offset="NextToken",
                limit="MaxResults",
                total="TotalCount",
                next="NextToken",
                over="ListOver",
            ),
        ),
        ("waf:DescribeIpAccessControl", Paging(style="offset", offset="OffSet", limit="Limit")),
        (
            "tcr:DescribeRepositories",
            Paging(style="page", offset="Offset", limit="Limit", first=1, total="TotalCount"),
        ),
        (
            "ccc:DescribeExtensions",
            Paging(style="page", offset="PageNumber", limit="PageSize", first=0, total="Total"),
        ),
        (
            "postgres:DescribeDBXlogs",
            Paging(style="page", offset="Offset", limit="Limit", first=0, total="TotalCount"),
        ),
    ],
)
def test_the_ways_the_cloud_pages_are_recognised(key, expected):
    assert paging(find(key)) == expected


@pytest.mark.parametrize(
    ("key", "name"),
    [("cvm:DescribeInstances", "InstanceSet"), ("cam:ListUsers", "Data"), ("sts:GetCallerIdentity", None)],
)
def test_the_one_list_of_objects_is_what_is_listed(key, name):
    found = listed(find(key))
    assert (found and found.name) == name


def test_several_lists_are_all_candidates_and_none_is_chosen():
    action = find("cls:SearchLog")
    assert listed(action) is None
    assert [member.name for member in candidates(action)] == ["Results", "AnalysisResults", "Columns"]


def test_a_read_is_told_by_its_name():
    assert all(map(is_read, ["DescribeInstances", "ListUsers", "GetUser", "LookUpEvents", "SearchLog"]))
    assert not any(map(is_read, ["RunInstances", "DeleteUser", "ModifyListener", "AddUser"]))


@pytest.fixture(scope="module")
def list_reads(everything):
    """All list reads of the newest version of every service."""
    newest = {(service, everything.versions(service)[-1]) for service in everything.services()}
    actions = (everything.find(*where) for where in everything.names() if where[:2] in newest)
    return [action for action in actions if is_list_read(action)]


def test_seven_in_eight_list_reads_hold_exactly_one_list_of_objects(list_reads):
    single = sum(listed(action) is not None for action in list_reads)
    assert len(list_reads) > 4_000
    assert 0.87 < single / len(list_reads) < 0.89


def test_most_paged_list_reads_go_by_offset_and_few_by_token(list_reads):
    styles = [paging(action).style for action in list_reads]
    paged = len(styles) - styles.count("none")
    assert 0.79 < styles.count("offset") / paged < 0.83
    assert 0.12 < styles.count("page") / paged < 0.16
    assert 0.03 < styles.count("token") / paged < 0.06


def test_offsets_that_are_strings_are_few_and_mostly_of_vpc(list_reads):
    texts = [it for it in list_reads if paging(it).style == "offset" and paging(it).strings]
    assert 15 <= len(texts) <= 25
    assert sum(action.service == "vpc" for action in texts) == 12


def test_what_paging_names_is_in_the_contract(list_reads):
    for action in list_reads:
        found = paging(action)
        assert {found.offset, found.limit} - {None} <= action.request.members.keys()
        assert {found.total, found.next, found.more, found.over} - {None} <= action.response.members.keys()


@pytest.mark.parametrize(
    ("table", "style", "first"),
    [
        (module._PAGES_FROM_ZERO, "page", 0),
        (module._OFFSET_IS_PAGE_FROM_ZERO, "page", 0),
        (module._OFFSET_IS_PAGE_FROM_ONE, "page", 1),
    ],
)
def test_every_exception_named_from_the_prose_exists_and_takes_effect(table, style, first):
    for service, names in table.items():
        for name in names.split():
            found = paging(find(f"{service}:{name}"))
            assert (found.style, found.first) == (style, first)
