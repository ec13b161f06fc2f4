"""Regions are learnt from whichever list the key may read, and service by service where the cloud tells."""

import pytest

from connector.clouds.tencent.products import assets_of, regional_services
from connector.clouds.tencent.products.table import CVM_REGION, REGION
from connector.clouds.tencent.regions import BUILT_IN, discover
from connector.errors import CloudError
from connector.model import Region
from connector.outcome import Broken, Complete, Denied, Meaning, Partial
from connector.pipeline.plan import Knowledge, plan
from connector.store.jobs import Memory

SERVICES = regional_services(assets_of(("cspm",)))
BY_SERVICE, BY_CVM = "region:DescribeRegions", "cvm:DescribeRegions"


def listed(**states):
    rows = [
        {"Region": name.replace("_", "-"), "RegionName": name.title(), "RegionState": state}
        for name, state in states.items()
    ]
    return {"TotalCount": len(rows), "RegionSet": rows, "RequestId": "req"}


class Lists:
    """A session with region lists: what each action answers, by the product asked for; a code is raised."""

    def __init__(self, **answers):
        self.answers = {BY_SERVICE: "UnauthorizedOperation", BY_CVM: "UnauthorizedOperation"} | answers
        self.calls = []

    def call(self, service, version, action, params, region):
        name = f"{service}:{action}"
        self.calls.append((name, dict(params)))
        answer = self.answers[name]
        if callable(answer):
            answer = answer(params["Product"])
        if isinstance(answer, str):
            raise CloudError(answer, "no", f"req-{name}")
        return answer


def names(regions):
    return {one.name: one.available for one in regions}


def test_each_service_is_asked_for_where_it_is_offered():
    answers = {"redis": listed(ap_guangzhou="AVAILABLE")}
    session = Lists(**{BY_SERVICE: lambda product: answers.get(product, listed(eu_frankfurt="AVAILABLE"))})
    found = discover(session, ("cspm",))
    assert isinstance(found.outcome, Complete)
    assert found.source is REGION
    assert [params["Product"] for _, params in session.calls] == list(SERVICES)
    assert names(found.offers["redis"]) == {"ap-guangzhou": True}
    assert names(found.regions) == {"ap-guangzhou": True, "eu-frankfurt": True}


def test_a_region_is_open_if_it_is_for_one_service():
    closed = {"redis": listed(ap_guangzhou="UNAVAILABLE", ap_x="UNAVAILABLE")}
    session = Lists(**{BY_SERVICE: lambda product: closed.get(product, listed(ap_guangzhou="AVAILABLE"))})
    found = discover(session, ("cspm",))
    assert names(found.regions) == {"ap-guangzhou": True, "ap-x": False}
    assert names(found.offers["redis"]) == {"ap-guangzhou": False, "ap-x": False}


def test_a_service_that_the_list_does_not_know_may_be_anywhere():
    def answer(product):
        return "InvalidParameter.ParameterError" if product == "es" else listed(ap_guangzhou="AVAILABLE")

    found = discover(Lists(**{BY_SERVICE: answer}), ("cspm",))
    assert isinstance(found.outcome, Complete)
    assert found.offers.keys() == set(SERVICES) - {"es"}


@pytest.mark.parametrize(
    ("features", "first", "second"),
    [
        (("cspm",), BY_SERVICE, BY_CVM),
        (("host",), BY_CVM, BY_SERVICE),
        (("host", "cspm"), BY_SERVICE, BY_CVM),
    ],
)
def test_a_key_that_may_not_read_one_list_is_asked_for_the_other(features, first, second):
    session = Lists(**{second: listed(ap_guangzhou="AVAILABLE")})
    found = discover(session, features)
    assert isinstance(found.outcome, Complete)
    assert names(found.regions) == {"ap-guangzhou": True}
    assert list(dict.fromkeys(name for name, _ in session.calls)) == [first, second]
    assert session.calls[0][0] == first


@pytest.mark.parametrize(("features", "source"), [(("cspm",), REGION), (("host",), CVM_REGION)])
def test_a_key_that_may_read_neither_gets_those_published_and_is_told_of_its_own(features, source):
    found = discover(Lists(), features)
    assert isinstance(found.outcome, Denied)
    assert found.outcome.why.action == source.permission == found.source.permission
    assert [one.name for one in found.regions] == [name for name, _ in BUILT_IN]
    assert found.offers == {}


@pytest.mark.parametrize("code", ["AuthFailure.SecretIdNotFound", "InternalError"])
def test_what_is_not_a_matter_of_permission_is_not_tried_elsewhere(code):
    session = Lists(**{BY_SERVICE: code})
    found = discover(session, ("cspm",))
    assert isinstance(found.outcome, Broken)
    assert {name for name, _ in session.calls} == {BY_SERVICE}


def test_a_list_that_breaks_off_is_partial_and_offers_what_it_showed():
    def answer(product):
        return "InternalError" if product == SERVICES[1] else listed(ap_guangzhou="AVAILABLE")

    found = discover(Lists(**{BY_SERVICE: answer}), ("cspm",))
    assert isinstance(found.outcome, Partial)
    assert found.offers.keys() == {SERVICES[0]}


def test_a_list_of_none_of_our_services_says_nothing():
    session = Lists(**{BY_SERVICE: "InvalidParameter.ParameterError", BY_CVM: listed(ap_x="AVAILABLE")})
    found = discover(session, ("cspm",))
    assert found.source is CVM_REGION
    assert names(found.regions) == {"ap-x": True}


# --- The plan ---------------------------------------------------------------------------------------------

HERE, THERE = Region(name="ap-here", title=""), Region(name="ap-there", title="")


def planned(**known):
    """The shards that are read, and those that are left out with the reason, by kind and region."""
    waves = plan(("cspm",), Knowledge(**{"regions": [HERE, THERE]} | known))
    shards = [shard for wave in waves for shard in wave]
    return {shard.where: shard.skip for shard in shards}


def test_every_line_is_planned_in_every_region():
    shards = planned()
    assert all(skip is None for skip in shards.values())
    assert shards.keys() == {
        (line.kind, region)
        for line in assets_of(("cspm",))
        for region in (("",) if line.where == "once" else ("ap-here", "ap-there"))
    }


def test_a_service_is_planned_where_it_is_offered_and_what_asks_about_it_with_it():
    shards = planned(offered={"cdb": {"ap-here": True}})
    assert ("cdb", "ap-here") in shards
    assert not {kind for kind, region in shards if region == "ap-there" and kind.startswith("cdb")}
    assert ("redis", "ap-there") in shards


def test_a_service_that_left_a_region_is_still_read_there_while_something_is_held():
    shards = planned(offered={"cdb": {"ap-here": True}}, held={("cdb", "ap-there")})
    assert shards["cdb", "ap-there"] is None


def test_a_closed_region_is_left_out_for_the_service_or_for_all():
    shards = planned(offered={"cdb": {"ap-here": True, "ap-there": False}})
    assert shards["cdb", "ap-there"].meaning is Meaning.REGION
    assert shards["redis", "ap-there"] is None
    shards = planned(regions=[HERE, Region(name="ap-there", title="", available=False)])
    assert all(skip is not None for (_, region), skip in shards.items() if region == "ap-there")


def test_what_was_not_there_lately_is_not_asked_for_a_day():
    hour = 3600 * 1000
    memories = {("redis", "ap-here"): Memory(None, 10 * hour)}
    assert planned(memories=memories, now_ms=33 * hour)["redis", "ap-here"] is not None
    assert planned(memories=memories, now_ms=34 * hour)["redis", "ap-here"] is None
