"""The table, held against the published contract and against the policies of the onboarding guide."""

import json
from pathlib import Path

import pytest

from connector.clouds.tencent.cost import cost_of
from connector.clouds.tencent.grants import permissions_of, policy_for, presets_for
from connector.clouds.tencent.products import lines_of, region_sources, regional_services, waves_of
from connector.clouds.tencent.products.members import PART
from connector.clouds.tencent.products.table import ASSETS, CVM_REGION, DEEDS, REGION
from connector.errors import BadInput
from emulator.contract.catalog import catalog

FIXTURES = Path(__file__).parents[3] / "scenarios" / "fixtures"
TABLE = (REGION, CVM_REGION, *ASSETS)
ALIAS = "mysql:DescribeDBInstances"
"""Not an action: another name of cdb's in CAM, which the guide grants besides."""


def granted(name):
    policy = json.loads((FIXTURES / f"{name}.json").read_text())
    return {action for statement in policy["statement"] for action in statement["action"]}


def by_line(line):
    return f"{line.kind} {line.permission}"


def row_shape(line):
    """The published shape of a row; of the answer itself where that is what is read."""
    answer = action_of(line).response
    return member_at(answer, line.items).shape if line.items else answer


def action_of(line):
    return catalog().find(line.service, line.version, line.action)


def member_at(shape, path):
    *heads, last = path.split(".")
    for head in heads:
        shape = shape.members[head].shape
    return shape.members[last]


def reaches(shape, path):
    """Whether the contract has a member at a dotted path."""
    name, _, rest = path.partition(".")
    member = shape.members.get(name)
    return member is not None and (not rest or (member.shape is not None and reaches(member.shape, rest)))


@pytest.mark.parametrize("line", TABLE, ids=by_line)
def test_what_a_line_sends_is_what_the_contract_wants(line):
    request = action_of(line).request
    paged = {line.paging.at, line.paging.size} if line.paging else set()
    asked = {name for each in line.each for name in each.params}
    sent = {*line.params, *asked, *paged} | ({"Product"} if line is REGION else set())
    assert sent <= set(request.members)
    assert {name for name, member in request.members.items() if member.required} <= sent
    for name in paged:
        assert (request.members[name].kind == "string") == line.paging.as_text
    for each in line.each:
        for name in each.params:
            assert request.members[name].many == bool(each.batch)


@pytest.mark.parametrize("line", TABLE, ids=by_line)
def test_a_line_says_whether_its_action_is_published(line):
    assert line.published == (action_of(line).status != "unpublished")


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.permission)
def test_what_is_sent_to_try_a_write_is_what_the_contract_wants(deed):
    request = action_of(deed).request
    sent = {*deed.params, *(name for each in deed.each for name in each.params)}
    assert {name for name, member in request.members.items() if member.required} <= sent
    assert sent <= set(request.members)


@pytest.mark.parametrize("line", TABLE, ids=by_line)
def test_what_a_line_expects_is_in_the_contract(line):
    answer = action_of(line).response
    if line.items:
        assert member_at(answer, line.items).many != line.single
    if line.total:
        assert member_at(answer, line.total).kind in ("int", "uint")
    else:
        assert not {"TotalCount", "TotalNum", "Total"} & set(answer.members) or line.single
    shape = row_shape(line)
    for name, is_number in PART.findall(line.key):
        if name != "^":
            assert (shape.members[name].kind in ("int", "uint")) == bool(is_number)
    assert not line.name or line.name in shape.members
    assert not line.absent or line.absent in shape.members
    assert [edge.at for edge in line.edges if not reaches(shape, edge.at)] == []


@pytest.mark.parametrize("line", [line for line in ASSETS if line.each], ids=by_line)
def test_what_a_line_asks_about_is_shown_by_a_line_before_it(line):
    before = {one.kind: one for one in ASSETS[: ASSETS.index(line)]}
    for each in line.each:
        shape = row_shape(before[each.of])
        for path in (*each.params.values(), *([each.distinct] if each.distinct else [])):
            assert path == "^" or reaches(shape, path)


def test_the_table_reads_all_that_the_guide_grants_for_cloud_products_and_nothing_else():
    assert {*permissions_of(("cspm",)), ALIAS} == granted("cspmPolicy")
    assert len(permissions_of(("cspm",))) == 50


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.permission)
def test_what_a_write_is_done_to_is_shown_by_a_line(deed):
    by_kind = {line.kind: line for line in ASSETS if set(deed.features) <= set(line.features)}
    for each in deed.each:
        assert all(reaches(row_shape(by_kind[each.of]), path) for path in each.params.values())


def test_to_keep_addresses_out_takes_no_more_than_the_guide_grants_for_it():
    assert set(permissions_of(("soc",))) <= granted("siemPolicy")
    assert {deed.permission for deed in DEEDS} <= set(permissions_of(("soc",)))


def test_all_features_together_take_no_more_than_the_guide_grants():
    every = set(permissions_of(("host", "cspm", "soc")))
    assert every == {*permissions_of(("cspm",)), *permissions_of(("soc",))}
    assert every <= granted("cspmPolicy") | granted("siemPolicy")


def test_what_is_read_once_needs_no_list_of_regions():
    assert region_sources(("soc",)) == ()
    assert region_sources(("host", "soc")) == region_sources(("host",))


def test_the_policy_allows_what_the_table_calls_a_statement_a_service():
    policy = policy_for(permissions_of(("cspm",)))
    actions = [action for statement in policy["statement"] for action in statement["action"]]
    assert sorted(actions) == sorted(permissions_of(("cspm",)))
    assert all(
        len({action.partition(":")[0] for action in one["action"]}) == 1 for one in policy["statement"]
    )


def test_of_two_region_lists_a_key_is_asked_for_the_one_that_its_other_features_need():
    assert region_sources(("host",))[0] is CVM_REGION
    assert region_sources(("cspm",))[0] is REGION
    both = permissions_of(("host", "cspm"))
    assert "region:DescribeRegions" in both
    assert "cvm:DescribeRegions" not in both


@pytest.mark.parametrize(
    ("permissions", "presets"),
    [
        (["cvm:DescribeInstances"], ("QcloudCVMReadOnlyAccess",)),
        (["cdb:DescribeAccounts"], ("CloudResourceReadOnlyAccess", "QcloudCamReadOnlyAccess")),
        (["cdb:DescribeAccounts", "waf:UpsertIpAccessControl"], ()),
    ],
)
def test_the_narrowest_preset_policies_are_named(permissions, presets):
    assert presets_for(permissions) == presets


@pytest.mark.parametrize(("feature", "told"), [("ciem", "audit logs"), ("x", "x")])
def test_a_feature_that_is_not_there_is_refused_by_name(feature, told):
    with pytest.raises(BadInput, match=told):
        lines_of(("host", feature))


def test_a_wave_asks_only_about_what_those_before_it_showed():
    seen = set()
    for wave in waves_of(ASSETS):
        assert all(set(line.parents) <= seen for line in wave)
        seen |= {line.kind for line in wave}
    assert seen == {line.kind for line in ASSETS}


def test_every_line_is_wanted_by_some_feature():
    assert all(line.features for line in TABLE)
    every = {permission for one in ("host", "cspm", "soc") for permission in permissions_of((one,))}
    assert {line.permission for line in (*TABLE, *DEEDS)} == every


def test_calls_are_counted_from_what_there_is():
    counts = {("host", "a"): 250, ("host", "b"): 100, ("clb", "a"): 61, ("user", ""): 3, ("policy", ""): 2}
    cost = cost_of(("cspm",), ["a", "b"], counts, 20.0)
    assert cost.calls["cvm:DescribeInstances"] == 3 + 2  # a full last page is no proof of an end
    assert cost.calls["cwp:DescribeAssetMachineDetail"] == 350
    assert cost.calls["clb:DescribeTargetHealth"] == 3
    assert cost.calls["cam:GetUser"] == 3
    assert cost.calls["cam:GetPolicy"] == 2
    assert cost.calls["region:DescribeRegions"] == len(regional_services(ASSETS))
    assert cost.seconds_at_least == 350 / 20
    assert cost.total == sum(cost.calls.values())
