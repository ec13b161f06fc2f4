"""What CAM is asked about calls that name resources in their parameters."""

from types import SimpleNamespace

import pytest

from emulator.tables.asking import asking
from emulator.tables.declare import Qcs, Table
from emulator.tables.shared import INSTANCE, SECURITY_GROUP
from emulator.world.shelves import Row
from emulator.world.world import World

REGION, UIN = "ap-guangzhou", "100000000001"
GLOBAL = Table(name="waf.domain", item="DomainInfo", key="Domain", home="global", qcs=Qcs("waf", "domain"))
UNASKED = Table(name="cvm.image", item="Image", key="ImageId")


@pytest.fixture
def asked():
    world = World(uin=UIN, app_id=1)
    world.write(INSTANCE.name, REGION).put("ins-1", Row({"Placement": {"ProjectId": 7}}))
    world.write(INSTANCE.name, REGION).put("ins-2", Row({"Placement": {}}))

    def ask(*about, **params):
        return asking(*about)(SimpleNamespace(world=world, region=REGION, params=params))

    return ask


def group(key):
    return f"qcs::cvm:{REGION}:uin/{UIN}:sg/{key}"


def test_what_parameters_name_is_asked_about_each_once_and_in_order(asked):
    about = (SECURITY_GROUP, "One", "Many", "Within.Key")
    params = {"One": "sg-1", "Many": ["sg-2", "sg-1", "sg-2"], "Within": [{"Key": "sg-3"}, {"Key": ""}, {}]}
    assert asked(about, **params) == (group("sg-1"), group("sg-2"), group("sg-3"))


def test_a_table_without_parameters_stands_for_all_of_it(asked):
    assert asked((SECURITY_GROUP,)) == (group("*"),)
    assert asked((SECURITY_GROUP,), (GLOBAL, "Domain"), Domain="a.b") == (
        group("*"),
        f"qcs::waf::uin/{UIN}:domain/a.b",
    )


def test_a_call_that_names_nothing_is_asked_about_all_that_it_could_name(asked):
    for params in ({}, {"Id": None}, {"Id": ""}, {"Id": []}):
        about = ((SECURITY_GROUP, "Id"), (GLOBAL, "Domain"))
        assert asked(*about, **params) == (group("*"), f"qcs::waf::uin/{UIN}:domain/*")


def test_what_cam_does_not_know_is_asked_about_at_operation_level(asked):
    assert asked((UNASKED,)) == asked((UNASKED, "ImageId"), ImageId="img-1") == ("*",)


def test_one_host_is_named_with_its_project_and_the_long_region_and_all_with_the_short_one(asked):
    named = f"cvm:{REGION}:uin/{UIN}:instance"
    assert asked((INSTANCE, "Ids"), Ids=["ins-1", "ins-2", "ins-3"]) == (
        f"qcs:id/7:{named}/ins-1",
        f"qcs:id/0:{named}/ins-2",
        f"qcs::{named}/ins-3",
    )
    assert asked((INSTANCE,)) == (f"qcs::cvm:gz:uin/{UIN}:instance/*",)
