"""A server that is stopped and killed time and again answers as one that never was."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from emulator.world import accounts
from emulator.world.shelves import Row
from emulator.world.world import LAX
from tests.emulator.admin.hand import ALLOW, REGION, WORLD_FILE, Hand


def told(world):
    """All that is true in a world, as far as anybody looked; of an estate's rows, that they are there."""
    return {
        place: [
            (key, (value.value if isinstance(value, Row) else value) if number in shelf._own else "drawn")
            for key in shelf.items()
            if (number := shelf.number(key)) is not None and (value := shelf.at(number)) is not None
        ]
        for place, shelf in sorted(world._shelves.items())
        if len(shelf) and place[0] not in LAX
    }


NAMES = st.sampled_from(["ann", "bob", "zoë"])
GROUPS = st.sampled_from(["g1", "g2"])
SNAPSHOTS = st.sampled_from(["one", "two"])


class KeptAgainstUnkept(RuleBasedStateMachine):
    """A server that is stopped, or killed, and started again answers as one that never was."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.state, self.number = self.folder / "0" / "state.db", 0
        self.state.parent.mkdir()
        self.time = 1_780_000_000.0
        self.gone = []

    @initialize(world=st.sampled_from([None, "demo", "file"]))
    def begin(self, world):
        if world == "file":
            world = self.folder / "world.toml"
            world.write_text(WORLD_FILE, "utf-8")
        self.world = world
        self.twin = Hand(None, world, lambda: self.time)
        self.kept = Hand(self.state, world, lambda: self.time)

    def teardown(self):
        if hasattr(self, "kept"):
            self.kept.app.close()
        for hand in self.gone:
            hand.app.control.keeping._file.close()
        shutil.rmtree(self.folder)

    def both(self, verb, *given, **named):
        expected = getattr(self.twin, verb)(*given, **named)
        assert getattr(self.kept, verb)(*given, **named) == expected
        return expected

    def both_by(self, name, action, params=None):
        """A call by a user of a name, whose key is the same on both sides or exists on neither."""
        expected = self.twin.call(action, params, key=self.twin.anybody(name))
        assert self.kept.call(action, params, key=self.kept.anybody(name)) == expected

    # --- what clients do ---------------------------------------------------------------------------------

    @rule(name=NAMES, use_api=st.sampled_from([0, 1]))
    def add_user(self, name, use_api):
        self.both("call", "cam:AddUser", {"Name": name, "UseApi": use_api, "Remark": "made here"})

    @rule(name=NAMES)
    def delete_user(self, name):
        self.both("call", "cam:DeleteUser", {"Name": name, "Force": 1})

    @rule(name=NAMES, document=st.sampled_from([ALLOW, ALLOW.replace("allow", "deny")]))
    def create_policy(self, name, document):
        self.both("call", "cam:CreatePolicy", {"PolicyName": f"p-{name}", "PolicyDocument": document})

    @rule(name=NAMES)
    def grant(self, name):
        row = accounts.find_user(self.twin.app.gateway.cloud.world(), name=name)
        if row is not None:
            self.both("call", "cam:AttachUserPolicy", {"AttachUin": row.value["Uin"], "PolicyId": 1})

    @rule(name=GROUPS)
    def create_group(self, name):
        self.both("call", "cam:CreateGroup", {"GroupName": name})

    @rule(name=NAMES)
    def take_a_token(self, name):
        self.both("call", "sts:GetFederationToken", {"Name": name, "Policy": ALLOW})

    @rule(data=st.data())
    def tag(self, data):
        hosts = self.twin.app.control.account().world.read("cvm.instance", REGION).values()
        if len(hosts):
            host = data.draw(st.sampled_from(hosts[:3])).value["InstanceId"]
            name = f"qcs::cvm:{REGION}:uin/{self.twin.access.uin}:instance/{host}"
            given = {"ResourceList": [name], "Tags": [{"TagKey": "k", "TagValue": data.draw(NAMES)}]}
            self.both("call", "tag:TagResources", given)

    @rule(data=st.data())
    def delete_a_certificate(self, data):
        rows = self.twin.app.control.account().world.read("ssl.certificate").values()
        if len(rows):
            key = data.draw(st.sampled_from(rows[:3])).value["CertificateId"]
            self.both("call", "ssl:DeleteCertificate", {"CertificateId": key})

    @rule(action=st.sampled_from(["Instances", "KeyPairs", "Images"]), name=NAMES)
    def describe_as_somebody(self, action, name):
        self.both_by(name, f"cvm:Describe{action}", {"Limit": 5})

    @rule(zone=st.sampled_from(["ap-guangzhou-3", "ap-guangzhou-6"]), offset=st.integers(0, 30))
    def filter(self, zone, offset):
        asked = {"Filters": [{"Name": "zone", "Values": [zone]}], "Offset": offset, "Limit": 7}
        self.both("call", "cvm:DescribeInstances", asked)

    @rule()
    def call_what_is_stubbed(self):
        self.both("call", "tke:DescribeClusters")

    # --- what happens at the control door ----------------------------------------------------------------

    @rule(number=st.integers(1, 4), name=NAMES)
    def put_rows(self, number, name):
        rows = [{"InstanceId": f"ins-0000000{number}", "InstanceName": name}, {"InstanceId": "ins-00000009"}]
        self.both("door", "POST", "rows", {"table": "cvm.instance", "region": REGION, "rows": rows})

    @rule(name=NAMES)
    def open_user(self, name):
        self.both("door", "POST", "users", {"Name": name, "Policies": ["ReadOnlyAccess"]})

    @rule(seconds=st.sampled_from([0.5, 3600]))
    def advance(self, seconds):
        self.both("door", "POST", "clock", {"advance": seconds})

    @rule(now=st.sampled_from([None, 1_790_000_000.5]))
    def set_clock(self, now):
        self.both("door", "POST", "clock", {"now": now})

    @rule(seconds=st.sampled_from([1.0, 100.0]))
    def real_time_passes(self, seconds):
        self.time += seconds

    @rule(seconds=st.sampled_from([2.0, 50.0]), name=NAMES)
    def let_something_happen_later(self, seconds, name):
        for hand in (self.twin, self.kept):
            with hand.app.lock:
                world = hand.app.control.account().world
                world.later(seconds, ("cvm.instance", REGION), "ins-00000009", put={"InstanceName": name})

    @rule(pace=st.sampled_from([0.0, 2.0]))
    def configure(self, pace):
        self.both("door", "POST", "settings", {"transition_pace": pace})

    @rule(times=st.integers(1, 3), action=st.sampled_from(["cvm:DescribeInstances", "cvm:Describe*"]))
    def deny(self, times, action):
        self.both("door", "POST", "denials", {"action": action, "times": times, "after": 1})

    @rule(share=st.sampled_from([0.3, 0.7]))
    def fault(self, share):
        spec = {
            "effect": "internal_error",
            "action": "cvm:DescribeInstances",
            "probability": share,
            "seed": 5,
        }
        self.both("door", "POST", "faults", spec)

    @rule(kind=st.sampled_from(["denials", "faults", "stubs"]), remove=st.booleans())
    def rules(self, kind, remove):
        self.both("door", "DELETE" if remove else "GET", kind)

    @rule(times=st.integers(1, 2))
    def stub(self, times):
        spec = {"Action": "tke:DescribeClusters", "Response": {"TotalCount": times}, "Times": times}
        self.both("door", "POST", "stubs", spec)

    @rule(name=SNAPSHOTS)
    def snapshot(self, name):
        self.both("door", "POST", f"snapshots/{name}", {})

    @rule(name=SNAPSHOTS)
    def restore(self, name):
        self.both("door", "POST", f"snapshots/{name}/restore", {})

    @rule()
    def reset(self):
        self.both("door", "POST", "reset", {})

    @rule(uin=st.sampled_from(["200000000001", "200000000002"]), world=st.sampled_from(["empty", "demo"]))
    def open_account(self, uin, world):
        self.both("door", "POST", "accounts", {"Uin": uin, "World": world, "Seed": 4})

    @rule(uin=st.sampled_from(["200000000001", "200000000002"]))
    def close_account(self, uin):
        self.both("door", "DELETE", f"accounts/{uin}")

    # --- the end and what comes after --------------------------------------------------------------------

    @rule(again=st.booleans())
    def stop_and_start(self, again):
        self.kept.app.close()
        self.kept = Hand(self.state, self.world if again else None, lambda: self.time)

    @rule()
    def be_killed_and_start(self):
        self.gone.append(self.kept)
        self.number += 1
        after = self.folder / str(self.number)
        shutil.copytree(self.state.parent, after)
        self.state = after / "state.db"
        self.kept = Hand(self.state, None, lambda: self.time)

    @invariant()
    def the_same_is_true(self):
        if hasattr(self, "kept"):
            twin, kept = (hand.app.gateway.cloud for hand in (self.twin, self.kept))
            assert [world.uin for world in kept.worlds()] == [world.uin for world in twin.worlds()]
            for one, other in zip(twin.worlds(), kept.worlds(), strict=True):
                for place in [*one._shelves, *other._shelves]:
                    if place[0] not in LAX:
                        assert len(one.read(*place)) == len(other.read(*place))
                assert told(other) == told(one)
                assert (other.clock.now(), other.mint.state()) == (one.clock.now(), one.mint.state())
                assert other.app_id == one.app_id


TestKeptAgainstUnkept = KeptAgainstUnkept.TestCase
TestKeptAgainstUnkept.settings = settings(max_examples=12, stateful_step_count=30, deadline=None)


@pytest.mark.soak
def test_a_server_that_lived_through_many_ends_answers_as_one_that_never_ended():
    long = settings(max_examples=300, stateful_step_count=60, deadline=None)
    run_state_machine_as_test(KeptAgainstUnkept, settings=long)
