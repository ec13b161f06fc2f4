from copy import deepcopy

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from emulator.errors import BadInput, NotFound
from emulator.world.credentials import AccessKey, Principal
from emulator.world.estate import Spec, estate
from emulator.world.shelves import Row, Shelf
from emulator.world.world import Cloud, World

TINY = Spec(hosts=(("ap-seoul", 3),))
PLACES = [
    ("cvm.instance", "ap-seoul"),
    ("vpc.vpc", "ap-seoul"),
    ("cvm.keypair", "ap-tokyo"),
    ("cam.user", ""),
]
NAMES = st.sampled_from(["one", "two"])


def real_time():
    return 1_000_000.0


class WorldAgainstCopies(RuleBasedStateMachine):
    """Snapshots that share rows do what snapshots that copy everything do."""

    def __init__(self):
        super().__init__()
        self.estate = estate(TINY, 3)
        self.world = World(uin="1", app_id=1, estate=self.estate, now=real_time)
        self.model = {"clock": 1_000_000.0, "minted": 0} | {
            place: {
                row_key: row.value for row_key, row in (self.estate.shelf(*place) or Shelf()).items().items()
            }
            for place in PLACES
        }
        self.beginning, self.kept = deepcopy(self.model), {}
        self.minted = [World(uin="1", app_id=1).mint.uuid()]

    @rule(place=st.sampled_from(PLACES), key=st.sampled_from("abc"), number=st.integers(0, 3))
    def put(self, place, key, number):
        self.world.write(*place).put(key, Row({"N": number}))
        self.model[place][key] = {"N": number}

    @rule(place=st.sampled_from(PLACES), data=st.data())
    def remove(self, place, data):
        keys = ["a", *self.model[place]]
        key = data.draw(st.sampled_from(keys))
        self.world.write(*place).remove(key)
        self.model[place].pop(key, None)

    @rule(place=st.sampled_from(PLACES))
    def clear(self, place):
        self.world.write(*place).clear()
        self.model[place].clear()

    @rule(seconds=st.integers(0, 1000))
    def wait(self, seconds):
        self.world.clock.advance(seconds)
        self.model["clock"] += seconds

    @rule()
    def mint(self):
        made = self.world.mint.uuid()
        number = self.model["minted"]
        if number < len(self.minted):
            assert made == self.minted[number]
        else:
            self.minted.append(made)
        self.model["minted"] += 1

    @rule(name=NAMES)
    def snapshot(self, name):
        self.world.snapshot(name)
        self.kept[name] = deepcopy(self.model)

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def restore(self, data):
        name = data.draw(st.sampled_from(sorted(self.kept)))
        self.world.restore(name)
        self.model = deepcopy(self.kept[name])

    @rule()
    def reset(self):
        self.world.reset()
        self.model, self.kept = deepcopy(self.beginning), {}

    @rule()
    def begin_here(self):
        self.world.begin_here()
        self.beginning = deepcopy(self.model)

    @invariant()
    def both_are_the_same(self):
        for place in PLACES:
            shelf = self.world.read(*place)
            assert {key: row.value for key, row in shelf.items().items()} == self.model[place]
            assert [row.value for row in shelf.values()] == list(self.model[place].values())
        assert self.world.clock.now() == self.model["clock"]

    @invariant()
    def the_estate_is_untouched(self):
        assert len(self.estate.shelf("cvm.instance", "ap-seoul")) == 3
        assert "a" not in self.estate.shelf("cvm.instance", "ap-seoul")


TestWorldAgainstCopies = WorldAgainstCopies.TestCase
TestWorldAgainstCopies.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def key(secret_id, uin="1"):
    return AccessKey(secret_id=secret_id, secret_key="s3cret", principal=Principal(kind="root", uin=uin))


def test_an_unknown_snapshot_is_refused_with_the_known_ones():
    world = World(uin="1", app_id=1)
    world.snapshot("before")
    with pytest.raises(NotFound, match="before"):
        world.restore("after")


def test_a_reset_forgets_snapshots():
    world = World(uin="1", app_id=1)
    world.snapshot("before")
    world.reset()
    with pytest.raises(NotFound, match="none was taken"):
        world.restore("before")


def test_a_reset_goes_back_to_the_clock_of_the_beginning():
    world = World(uin="1", app_id=1)
    world.clock.set(77)
    world.begin_here()
    world.clock.set(None)
    world.reset()
    assert world.clock.now() == 77


@pytest.mark.parametrize("back", [World.reset, lambda world: world.restore("before")])
def test_going_back_says_that_rows_may_have_changed(back):
    world = World(uin="1", app_id=1)
    world.snapshot("before")
    world.write("cam.policy").put("p", 1)
    seen = world.version("cam")
    back(world)
    assert world.version("cam") > seen


def test_a_write_says_that_rows_of_its_service_may_have_changed_and_of_no_other():
    world = World(uin="1", app_id=1)
    before = world.version("cvm"), world.version("cam")
    world.write("cvm.instance", "ap-seoul")
    assert (world.version("cvm") > before[0], world.version("cam")) == (True, before[1])


def test_reading_copies_nothing():
    world = World(uin="1", app_id=1, estate=estate(TINY, 3))
    assert world.read("cvm.instance", "ap-seoul") is estate(TINY, 3).shelf("cvm.instance", "ap-seoul")


def test_the_places_of_a_table_are_those_with_rows_in_them():
    world = World(uin="1", app_id=1, estate=estate(TINY, 3))
    world.read("cvm.instance", "ap-tokyo")
    world.write("cvm.instance", "ap-bangkok").put("ins-1", Row({}))
    assert world.places("cvm.instance") == ["ap-bangkok", "ap-seoul"]
    world.write("cvm.instance", "ap-seoul").clear()
    assert world.places("cvm.instance") == ["ap-bangkok"]


def test_the_first_account_is_the_one_that_is_meant():
    cloud = Cloud()
    with pytest.raises(NotFound):
        cloud.world()
    first = cloud.open(uin="100000000001")
    cloud.open()
    assert cloud.world() is first
    assert cloud.world("100000000001") is first


def test_an_account_is_opened_once():
    cloud = Cloud()
    cloud.open(uin="100000000001")
    with pytest.raises(BadInput, match="Uin"):
        cloud.open(uin="100000000001")


def test_an_account_that_is_closed_is_forgotten_with_its_keys():
    cloud = Cloud()
    world = cloud.open()
    cloud.enrol(world, key("AKIDone"))
    cloud.close(world.uin)
    assert cloud.find_key("AKIDone") is None
    with pytest.raises(NotFound):
        cloud.world(world.uin)


def test_a_key_tells_whose_world_a_call_sees():
    cloud = Cloud()
    one, other = cloud.open(), cloud.open()
    cloud.enrol(one, key("AKIDone"))
    cloud.enrol(other, key("AKIDother"))
    assert cloud.find_key("AKIDone")[0] is one
    assert cloud.find_key("AKIDother")[0] is other
    assert cloud.find_key("AKIDnobody") is None


def test_a_key_of_another_account_is_refused():
    cloud = Cloud()
    one, other = cloud.open(), cloud.open()
    cloud.enrol(one, key("AKIDone"))
    with pytest.raises(BadInput) as caught:
        cloud.enrol(other, key("AKIDone"))
    assert "s3cret" not in f"{caught.value!r}{caught.value}"
    assert cloud.find_key("AKIDone")[0] is one


def test_a_key_that_was_removed_comes_back_with_a_reset():
    cloud = Cloud()
    world = cloud.open()
    cloud.enrol(world, key("AKIDone"))
    world.begin_here()
    world.write("cam.key").remove("AKIDone")
    assert cloud.find_key("AKIDone") is None
    world.reset()
    assert cloud.find_key("AKIDone")[0] is world


def test_a_reset_of_one_account_touches_no_other():
    cloud = Cloud()
    one, other = cloud.open(estate=estate(TINY, 3)), cloud.open(estate=estate(TINY, 3))
    for world in (one, other):
        world.write("cvm.instance", "ap-seoul").put("ins-new", Row({}))
    one.reset()
    assert "ins-new" not in one.read("cvm.instance", "ap-seoul")
    assert "ins-new" in other.read("cvm.instance", "ap-seoul")


def test_a_key_shows_no_secret_in_its_repr():
    assert "s3cret" not in repr(key("AKIDone"))


def test_the_same_seed_opens_the_same_accounts():
    one, other = Cloud(seed=4), Cloud(seed=4)
    assert [(w.uin, w.app_id, w.mint.uuid()) for w in (one.open(), one.open())] == [
        (w.uin, w.app_id, w.mint.uuid()) for w in (other.open(), other.open())
    ]
