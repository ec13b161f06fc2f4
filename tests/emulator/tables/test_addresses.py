"""Which addresses of a subnet are free, taken and held, and which of the internet are fresh."""

from ipaddress import ip_network
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.errors import ApiError
from emulator.tables import addresses
from emulator.tables.network import DWELLERS, HELD, Refusals
from emulator.world.estate import DEMO, build
from emulator.world.estate.draw import public_address
from emulator.world.shelves import Row, member_values
from emulator.world.world import World

REGION, SUBNET = "ap-guangzhou", "subnet-1"
SMALL = {"SubnetId": SUBNET, "CidrBlock": "10.0.0.0/28"}
USABLE = [f"10.0.0.{last}" for last in range(2, 15)]
REFUSALS = Refusals(
    **{
        name: lambda text, name=name: ApiError(name, text)
        for name in ("full", "malformed", "outside", "taken")
    }
)


def call(estate=None):
    world = World(uin="100000000001", app_id=1, estate=estate)
    world.clock.set(1_790_000_000)
    return SimpleNamespace(world=world, region=REGION)


def nested(path, value):
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


def resident(dweller, address, subnet=SUBNET):
    """A row of this kind that has an address of a subnet."""
    return Row({**nested(dweller.subnet, subnet), **nested(dweller.address, address)})


def inhabit(here, dweller, address, subnet=SUBNET):
    row = resident(dweller, address, subnet)
    if dweller.table == "cvm.instance":
        row = row.having(PrivateIpAddresses=[address])
    here.world.write(dweller.table, REGION).put(f"{subnet}/{address}", row)


def code(*args):
    with pytest.raises(ApiError) as refused:
        addresses.choose(*args)
    return refused.value.code


ADDRESSED = [dweller for dweller in DWELLERS if dweller.address]


@pytest.mark.parametrize("dweller", ADDRESSED, ids=lambda dweller: dweller.word)
def test_what_stands_in_a_subnet_takes_its_address_there_and_nowhere_else(dweller):
    here = call()
    inhabit(here, dweller, "10.0.0.2")
    assert addresses.count_free(here, SMALL) == 12
    assert addresses.choose(here, SMALL, 1, REFUSALS) == ["10.0.0.3"]
    assert code(here, SMALL, 1, REFUSALS, ["10.0.0.2"]) == "taken"
    # The same address in another VPC is another one.
    other = {**SMALL, "SubnetId": "subnet-2"}
    assert addresses.count_free(here, other) == 13
    assert addresses.choose(here, other, 1, REFUSALS) == ["10.0.0.2"]


@settings(deadline=None)
@given(
    there=st.lists(
        st.tuples(st.sampled_from(ADDRESSED), st.sampled_from(USABLE), st.sampled_from([SUBNET, "subnet-2"])),
        unique_by=lambda each: each[1:],
    ),
    count=st.integers(0, 14),
    wished=st.lists(st.sampled_from(USABLE), max_size=3, unique=True),
)
def test_what_is_counted_as_free_is_what_can_be_chosen(there, count, wished):
    here = call()
    for dweller, address, subnet in there:
        inhabit(here, dweller, address, subnet)
    free = [each for each in USABLE if each not in {address for _, address, at in there if at == SUBNET}]
    assert addresses.count_free(here, SMALL) == len(free)
    count = max(count, len(wished))
    if set(wished) <= set(free) and count <= len(free):
        rest = [each for each in free if each not in wished]
        assert addresses.choose(here, SMALL, count, REFUSALS, wished) == [*wished, *rest][:count]
    else:
        assert code(here, SMALL, count, REFUSALS, wished) in {"full", "taken"}


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ("10.0.0.0", "outside"),
        ("10.0.0.1", "outside"),
        ("10.0.0.15", "outside"),
        ("10.0.0.16", "outside"),
        ("9.255.255.255", "outside"),
        ("10.0.0.x", "malformed"),
        ("", "malformed"),
    ],
)
def test_a_wish_for_what_is_not_given_away_is_refused(wish, refusal):
    assert code(call(), SMALL, 1, REFUSALS, [wish]) == refusal


def test_one_address_is_not_wished_for_twice():
    assert code(call(), SMALL, 2, REFUSALS, ["10.0.0.2", "10.0.0.2"]) == "taken"


def test_an_address_is_held_for_a_time_and_counted_once_while_its_resident_shows_it():
    here = call()
    addresses.hold(here, SUBNET, "10.0.0.2", 60)
    redis = next(each for each in ADDRESSED if each.word == "REDIS")
    inhabit(here, redis, "10.0.0.2")
    assert addresses.count_free(here, SMALL) == 12
    here.world.write(redis.table, REGION).clear()
    assert addresses.count_free(here, SMALL) == 12
    assert code(here, SMALL, 1, REFUSALS, ["10.0.0.2"]) == "taken"
    here.world.clock.advance(60)
    assert addresses.count_free(here, SMALL) == 13
    assert not len(here.world.read(HELD, REGION))


def test_an_estate_is_counted_as_it_stands():
    here = call(build(DEMO, 3))
    taken = {
        (subnet, address)
        for dweller in ADDRESSED
        for row in here.world.read(dweller.table, REGION)
        for subnet in member_values(row.value, dweller.subnet)
        for address in member_values(row.value, dweller.address)
    }
    subnets = [row.value for row in here.world.read("vpc.subnet", REGION)]
    assert {subnet for subnet, _ in taken if subnet} <= {subnet["SubnetId"] for subnet in subnets}
    for subnet in subnets:
        inside = {address for at, address in taken if at == subnet["SubnetId"]}
        usable = [str(each) for each in ip_network(subnet["CidrBlock"])][2:-1]
        free = [each for each in usable if each not in inside]
        assert addresses.count_free(here, subnet) == len(free) < addresses.size(subnet["CidrBlock"])
        assert addresses.choose(here, subnet, 40, REFUSALS) == free[:40]


def test_choosing_looks_at_few_hosts_once_they_are_known_by_their_addresses():
    looked = []

    def make(number):
        looked.append(number)
        place = {"SubnetId": "subnet-2" if number % 2 else SUBNET}
        return {"VirtualPrivateCloud": place, "PrivateIpAddresses": [f"10.0.{number // 200}.{number % 200}"]}

    here = call()
    shelf = here.world.write("cvm.instance", REGION)
    for number in range(2000):
        shelf.put(f"ins-{number}", Row.made(make, number))
    wide = {"SubnetId": SUBNET, "CidrBlock": "10.0.0.0/16"}
    first = addresses.choose(here, wide, 1, REFUSALS)
    looked.clear()
    assert addresses.choose(here, wide, 1, REFUSALS) == first == ["10.0.0.3"]
    assert len(looked) == 2


def test_public_addresses_are_fresh_and_come_again_after_a_reset():
    one, other = (World(uin=uin, app_id=1) for uin in ("100000000001", "100000000002"))
    given_to = [[addresses.fresh_public_address(world) for _ in range(300)] for world in (one, other)]
    assert len({*given_to[0], *given_to[1]}) == 600
    assert {public_address(int(one.uin), number) for number in range(5000)}.isdisjoint(given_to[0])
    one.reset()
    assert addresses.fresh_public_address(one) == given_to[0][0]
