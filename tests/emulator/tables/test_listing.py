"""How lists are ordered, and what they say to orders that they do not know."""

import re
from importlib import import_module

import pytest

from emulator import Emulator
from emulator.contract.catalog import catalog
from emulator.services import ALL
from emulator.tables.declare import Lists, Sort, Table
from emulator.tables.listing import ordered
from emulator.world.shelves import Row
from scenarios.direct import Direct, Failed
from tests.emulator.services.reads import REGION, published

THINGS = Lists(
    action="",
    of=Table(name="x.thing", item="", key="Id"),
    orders={"size": "Size", "name": "Name"},
    sort=Sort(by="By", directions=("Way",)),
)
ROWS = [
    Row({"Id": at, "Size": size, "Name": name})
    for at, size, name in ((1, 10, "b"), (2, 9, None), (3, 100, "a"))
]


def order(lists=THINGS, **params):
    return [row.value["Id"] for row in ordered(ROWS, lists, params)]


def test_numbers_are_ordered_as_numbers_and_texts_as_texts():
    assert order(By="size") == [2, 1, 3]
    assert order(By="size", Way="DESC") == [3, 1, 2]
    assert order(By="name") == [2, 3, 1]


def test_without_a_standard_order_rows_stand_as_they_came():
    assert order() == order(Way="DESC") == [1, 2, 3]


SERVICES = [import_module(f"emulator.services.{name}").SERVICE for name in ALL]
ORDERED = {
    f"{service.name}:{lists.action}": (service, lists)
    for service in SERVICES
    for lists in service.actions
    if isinstance(lists, Lists) and lists.orders
}


@pytest.mark.parametrize(("service", "lists"), ORDERED.values(), ids=ORDERED)
def test_an_order_that_nobody_knows_is_refused_in_published_words(service, lists):
    members = catalog().find(service.name, service.version, lists.action).request.members
    direct = Direct.open()
    for name in (lists.sort.by, *lists.sort.directions):
        if name in members:
            wrong = 77 if members[name].kind in ("int", "uint") else "colour"
            with pytest.raises(Failed) as failed:
                direct.call(f"{service.name}:{lists.action}", {name: wrong}, region=REGION)
            assert failed.value.code in published(service.name), name


def test_a_parameter_that_is_not_served_is_told_of_with_a_stub_that_would_do():
    with Emulator() as cloud:
        client = cloud.client("es", "2018-04-16", REGION)
        with pytest.raises(Exception, match=re.escape('Emulator.stub("es:DescribeInstances"')):
            client.call_json("DescribeInstances", {"NodeIps": ["10.0.0.1"]})
        cloud.stub("es:DescribeInstances", {"TotalCount": 0, "InstanceList": []})
        assert client.call_json("DescribeInstances", {"NodeIps": ["10.0.0.1"]})["Response"]["TotalCount"] == 0
