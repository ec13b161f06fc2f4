"""How actions are found, and how little is read to find one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.contract.catalog import Catalog, catalog
from emulator.contract.conform import complete, encode_answer
from emulator.errors import ApiError, NotFound


def test_finding_one_action_reads_one_service_version():
    fresh = Catalog()
    fresh.find("cvm", "2017-03-12", "DescribeInstances")
    assert fresh.opened == (("cvm", "2017-03-12"),)


def test_listing_names_reads_no_service_version():
    fresh = Catalog()
    assert ("cvm", "2017-03-12", "DescribeInstances") in fresh.names()
    assert fresh.holders("2017-03-12", "DescribeInstances") == ("cvm",)
    assert fresh.opened == ()


def test_only_touched_shapes_are_made():
    fresh = Catalog()
    fresh.find("cvm", "2017-03-12", "DescribeZones")
    book = fresh._book("cvm", "2017-03-12")
    assert set(book._shapes) == {"DescribeZonesRequest", "DescribeZonesResponse", "ZoneInfo"}


def test_an_action_is_made_once(cvm):
    assert catalog().find("cvm", "2017-03-12", "DescribeInstances") is cvm
    assert catalog().action("cvm:DescribeInstances") is cvm
    assert catalog().action("cvm:2017-03-12:DescribeInstances") is cvm


def test_two_actions_share_the_shapes_they_name():
    find = catalog().find
    one, other = (find("cvm", "2017-03-12", name) for name in ("DescribeInstances", "DescribeImages"))
    assert one.request.members["Filters"].shape is other.request.members["Filters"].shape


@pytest.mark.parametrize(
    ("where", "code"),
    [
        (("nope", "2017-03-12", "DescribeInstances"), "NoSuchProduct"),
        (("../cvm", "2017-03-12", "DescribeInstances"), "NoSuchProduct"),
        (("cvm", "2017-03-13", "DescribeInstances"), "NoSuchVersion"),
        (("cvm", "", "DescribeInstances"), "NoSuchVersion"),
        (("cvm", "2017-03-12", "DescribeInstance"), "InvalidAction"),
        (("cvm", "2017-03-12", "describeInstances"), "InvalidAction"),
        (("cvm", "2017-03-12", ""), "InvalidAction"),
    ],
)
def test_a_wrong_name_is_refused_as_the_gateway_does(where, code):
    with pytest.raises(ApiError) as refused:
        catalog().find(*where)
    assert refused.value.code == code


def test_the_newest_version_that_has_the_action_is_meant():
    assert catalog().versions("tke") == ("2018-05-25", "2022-05-01")
    assert catalog().action("tke:DescribeClusterInstances").version == "2022-05-01"
    assert catalog().action("tke:DescribeClusterKubeconfig").version == "2018-05-25"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("cvm:DescribeInstance", "did you mean DescribeInstances or "),
        ("cvm:2017-03-12:DescribeInstance", "did you mean DescribeInstances or "),
        ("cvmm:DescribeInstances", "no service `cvmm`; did you mean cvm"),
        ("cvm:2016-01-01:DescribeInstances", "cvm has the versions 2017-03-12"),
        ("cvm:2017-03-12:x:DescribeInstances", "cvm has the versions 2017-03-12"),
        ("cvm", "no action `cvm`"),
        ("cvm:AllocateHosts DescribeInstances", "no action"),
        ("", "no service ``"),
    ],
)
def test_a_wrong_key_is_refused_with_the_nearest_real_names(key, message):
    with pytest.raises(NotFound) as refused:
        catalog().action(key)
    assert message in str(refused.value)


@settings(max_examples=30)
@given(st.text())
def test_no_key_does_anything_but_find_or_not_find(key):
    with pytest.raises(NotFound):
        catalog().action(key)


def test_any_object_of_a_service_version_is_found():
    instance = catalog().shape("cvm", "2017-03-12", "Instance")
    assert catalog().action("cvm:DescribeInstances").response.members["InstanceSet"].shape is instance


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (("cvm", "2017-03-12", "Instanc"), "no object `Instanc` in cvm 2017-03-12; did you mean Instance"),
        (("cvm", "2017-03-13", "Instance"), "did you mean 2017-03-12?"),
        (("nope!", "2017-03-13", "Instance"), "no service"),
    ],
)
def test_an_object_that_does_not_exist_is_not_found(where, message):
    with pytest.raises(NotFound) as refused:
        catalog().shape(*where)
    assert message in str(refused.value)


def test_the_services_that_share_an_action_are_told():
    assert catalog().holders("2018-02-28", "DescribeMachines") == ("cwp", "yunjing")
    assert catalog().holders("2018-02-28", "Nope") == catalog().holders("1999-01-01", "Nope") == ()


def test_services_are_sorted_and_carry_their_published_short_name():
    services = catalog().services()
    assert list(services) == sorted(services)
    assert "as" in services


def test_the_statuses_and_unsigned_actions_are_the_published_ones(everything):
    actions = [everything.find(*where) for where in everything.names()]
    statuses = [action.status for action in actions]
    assert {status: statuses.count(status) for status in set(statuses)} == {
        "online": 15_990,
        "deprecated": 188,
        "offline": 26,
    }
    assert [action.key for action in actions if action.skip_sign] == [
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
    ]


def test_every_action_can_be_answered_with_what_it_promises(everything):
    for where in everything.names():
        action = everything.find(*where)
        assert encode_answer(action, complete(action.response, {}), "id").endswith(b'"RequestId":"id"}}')
