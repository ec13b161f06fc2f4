"""How a resource that can bear tags is found by its name, and its tags read."""

from importlib import import_module

import pytest

from emulator.contract.catalog import catalog
from emulator.services import ALL
from emulator.tables.tags import BY_NAME, KINDS, Place, find_place, read_tags, retagged
from emulator.world.shelves import Row

UIN = "100000000001"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.service}-{kind.prefix}")
def test_every_kind_is_found_by_the_names_of_its_resources(kind):
    place = Place(kind, "ap-guangzhou" if kind.is_regional else "", "x-1")
    assert find_place(place.name(UIN)) == place
    assert find_place(place.name(UIN).replace("ap-guangzhou", "gz")) == place


@pytest.mark.parametrize(
    "name",
    [
        "*",
        "qcs::cvm:gz:uin/1:instance/*",
        "qcs::cvm:gz:uin/1:instance/",
        "qcs::cvm:gz:uin/1:instance",
        "qcs::cvm:gz:uin/1:nothing/x-1",
        "qcs::nothing:gz:uin/1:instance/x-1",
        "instance/x-1",
    ],
)
def test_what_is_no_one_resource_that_bears_tags_is_not_found(name):
    assert find_place(name) is None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.service}-{kind.prefix}")
def test_tags_are_read_back_as_they_were_written(kind):
    row = Row({"Id": "x-1", kind.outer: {"ResourceType": "x"}} if kind.outer else {"Id": "x-1"})
    tags = {"env": "prod", "bare": ""}
    assert read_tags(kind, retagged(kind, row, tags)) == tags
    assert read_tags(kind, row) == {}


def test_what_stands_beside_the_tags_stays():
    kind = BY_NAME["tcr", "instance"]
    row = Row({"Id": "x-1", "TagSpecification": {"ResourceType": "instance", "Tags": []}})
    after = retagged(kind, row, {"a": "b"}).value
    assert after["Id"] == "x-1"
    assert after["TagSpecification"] == {
        "ResourceType": "instance",
        "Tags": [{"Key": "a", "Value": "b"}],
    }


@pytest.mark.parametrize("listed", [None, [], [{"Value": "x"}], [{"Key": "", "Value": "x"}]])
def test_what_is_no_tag_is_none(listed):
    assert read_tags(BY_NAME["cvm", "instance"], Row({"Tags": listed})) == {}


def declared(kind):
    """The table that a service declares for a kind, and the service."""
    for service in ALL:
        known = import_module(f"emulator.services.{service}").SERVICE
        for table in known.tables:
            if table.name == kind.table:
                return table, known
    raise LookupError(kind.table)


# CAM's are global, and no table that it declares shows their tags: users show none, the others by hand.
@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.service != "cam"], ids=lambda kind: kind.table
)
def test_a_kind_is_what_the_service_that_has_it_declares(kind):
    table, service = declared(kind)
    assert kind.is_regional == (table.home == "region")
    if table.qcs is not None:
        assert (table.qcs.service, table.qcs.type) == (kind.service, kind.prefix)
    members = catalog().shape(service.name, service.version, table.item).members
    if kind.outer:
        members = members[kind.outer].shape.members
    assert set(kind.words) <= set(members[kind.member].shape.members)


def test_what_cam_has_is_global_and_its_tags_are_those_that_cam_shows():
    kinds = {kind.table: kind for kind in KINDS if kind.service == "cam"}
    assert set(kinds) == {"cam.user", "cam.role", "cam.policy"}
    assert not any(kind.is_regional for kind in kinds.values())
    answer = catalog().find("cam", "2019-01-16", "GetPolicy").response
    role = catalog().shape("cam", "2019-01-16", "RoleInfo")
    for kind, shape in ((kinds["cam.policy"], answer), (kinds["cam.role"], role)):
        assert set(kind.words) <= set(shape.members[kind.member].shape.members)


def test_a_numbered_kind_stands_under_numbers():
    policy = find_place("qcs::cam::uin/1:policy/17")
    assert (policy.key, policy.row_key) == ("17", 17)
    assert find_place("qcs::cam::uin/1:policy/x").row_key == "x"
    assert find_place("qcs::cam::uin/1:role/17").row_key == "17"
