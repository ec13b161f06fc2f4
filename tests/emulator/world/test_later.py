"""What happens in a world by itself, once its clock has come so far."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import emulator
from emulator.tables import disks
from emulator.world.due import DUE, find_sequel
from emulator.world.shelves import Row
from emulator.world.world import World

PLACE = ("cvm.instance", "ap-guangzhou")


@pytest.fixture
def world():
    return made()


def made():
    world = World(uin="100000000001", app_id=1)
    world.clock.set(1000.0)
    world.write(*PLACE).put("ins-1", Row({"InstanceId": "ins-1", "InstanceState": "PENDING"}))
    return world


def state(world):
    row = world.read(*PLACE).get("ins-1")
    return row and row.value["InstanceState"]


def start(world, seconds=5, given=None, to="RUNNING"):
    given = {"InstanceState": "PENDING"} if given is None else given
    world.later(seconds, PLACE, "ins-1", given=given, put={"InstanceState": to})


def test_nothing_happens_before_its_time_and_all_of_it_then(world):
    start(world)
    world.clock.advance(4.999)
    assert state(world) == "PENDING"
    world.clock.advance(0.001)
    assert state(world) == "RUNNING"
    assert not len(world.read(DUE))


def test_what_was_overtaken_does_not_happen(world):
    start(world)
    world.write(*PLACE).put("ins-1", Row({"InstanceId": "ins-1", "InstanceState": "STOPPING"}))
    world.clock.advance(60)
    assert state(world) == "STOPPING"


def test_a_row_can_go_by_itself_and_what_was_to_become_of_it_is_forgotten(world):
    world.later(5, PLACE, "ins-1", put=None)
    start(world, seconds=9, given={})
    world.clock.advance(60)
    assert state(world) is None


def test_one_thing_leads_to_another_in_the_order_of_time_though_nobody_looked_in_between(world):
    start(world, seconds=9, given={"InstanceState": "STOPPING"}, to="STOPPED")
    start(world, seconds=3, to="STOPPING")
    world.clock.advance(60)
    assert state(world) == "STOPPED"


def test_the_pace_stretches_and_shortens_what_is_to_come(world):
    world.pace = 0
    start(world)
    assert state(world) == "RUNNING"
    world.pace = 10
    start(world, given={}, to="STOPPED")
    world.clock.advance(49)
    assert state(world) == "RUNNING"
    world.clock.advance(1)
    assert state(world) == "STOPPED"


def test_a_snapshot_remembers_what_was_still_to_happen(world):
    start(world)
    world.snapshot("before")
    world.clock.advance(5)
    assert state(world) == "RUNNING"
    world.restore("before")
    assert state(world) == "PENDING"
    world.clock.advance(5)
    assert state(world) == "RUNNING"


def test_a_reset_forgets_what_was_to_happen(world):
    world.begin_here()
    start(world)
    world.reset()
    world.clock.advance(60)
    assert state(world) == "PENDING"


def test_whoever_listens_to_the_version_of_a_service_hears_of_it(world):
    start(world)
    before = world.version("cvm")
    world.clock.advance(5)
    assert state(world) == "RUNNING"
    assert world.version("cvm") > before


@pytest.fixture
def sequels(monkeypatch):
    """What the sequel was told, call by call."""
    told = []
    monkeypatch.setattr(disks, "resized", lambda *args: told.append(args))
    return told


SEQUEL = "tables.disks:resized"


def test_a_sequel_is_told_the_moment_and_the_row_as_it_was(world, sequels):
    world.later(5, PLACE, "ins-1", given={"InstanceState": "PENDING"}, put=None, then=SEQUEL)
    world.clock.advance(60)
    assert state(world) is None
    assert sequels == [(world, "ap-guangzhou", 1005.0, {"InstanceId": "ins-1", "InstanceState": "PENDING"})]


def test_a_sequel_is_not_done_if_its_change_was_overtaken(world, sequels):
    world.later(5, PLACE, "ins-1", given={"InstanceState": "RUNNING"}, put=None, then=SEQUEL)
    world.clock.advance(60)
    assert state(world) == "PENDING"
    assert sequels == []


def test_what_a_sequel_plans_comes_in_its_turn(world, monkeypatch):
    def sequel(world, region, at, _row):
        for seconds, to in ((1, "FIRST"), (7, "LAST")):
            world.at(at + seconds, PLACE, "ins-1", put={"InstanceState": to})

    monkeypatch.setattr(disks, "resized", sequel)
    world.at(1002, PLACE, "ins-1", put={}, then=SEQUEL)
    world.at(1005, PLACE, "ins-1", given={"InstanceState": "FIRST"}, put={"InstanceState": "MIDDLE"})
    world.clock.advance(4)
    assert state(world) == "FIRST"
    world.clock.advance(60)
    assert state(world) == "LAST"


def test_a_moment_of_the_calendar_knows_no_pace(world):
    world.pace = 0
    world.at(1010, PLACE, "ins-1", put={"InstanceState": "RUNNING"})
    assert state(world) == "PENDING"
    world.clock.advance(10)
    assert state(world) == "RUNNING"


def test_a_sequel_that_repeats_itself_catches_up_with_a_clock_that_jumped(world, monkeypatch):
    told = []

    def sequel(world, region, at, row):
        told.append(at)
        world.at(at + 10, PLACE, "ins-1", put={}, then=SEQUEL)

    monkeypatch.setattr(disks, "resized", sequel)
    world.at(1010, PLACE, "ins-1", put={}, then=SEQUEL)
    world.clock.advance(35)
    assert state(world) == "PENDING"
    assert told == [1010, 1020, 1030]


@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from("ABC")), max_size=12), st.data())
def test_it_makes_no_difference_when_anybody_looks(events, data):
    looked, unseen = made(), made()
    for world in (looked, unseen):
        for seconds, to in events:
            start(world, seconds, given={}, to=to)
    for _ in range(25):
        looked.clock.advance(1)
        unseen.clock.advance(1)
        if data.draw(st.booleans()):
            state(looked)
    assert state(looked) == state(unseen)


@pytest.mark.parametrize(
    "name",
    [
        "os:getcwd",
        "services.cvm.terminate:nothing",
        "services.nothing:gone",
        "world.world:World",
        "tables.disks",
        "services:ALL",
        "..os:x",
    ],
)
def test_only_what_is_a_service_s_can_follow_and_it_is_refused_when_it_is_said(world, name):
    with pytest.raises(ValueError, match="no sequel"):
        world.later(5, PLACE, "ins-1", put=None, then=name)
    assert not len(world.read(DUE))


def test_every_sequel_that_the_code_names_is_there():
    named = {
        name
        for path in Path(emulator.__file__).parent.rglob("*.py")
        for name in re.findall(r"\"((?:services|tables)\.[a-z_.]+:[a-z_]+)\"", path.read_text("utf-8"))
    }
    assert len(named) > 8
    assert all(callable(find_sequel(name)) for name in named)
