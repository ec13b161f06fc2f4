"""What a state file holds when its server is gone: everything that was answered, and no secret in clear."""

import json
import shutil
import sqlite3
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from emulator import Denial, Emulator, Fault
from emulator.app import compose
from emulator.errors import BadInput, EmulatorError, NotKept
from emulator.wire.envelope import Envelope
from emulator.world import accounts
from emulator.world.credentials import AccessKey
from emulator.world.estate import estate
from emulator.world.shelves import Row
from emulator.world.state.keeper import pack
from emulator.world.world import LAX, NOW
from scenarios.direct import sign

REGION = "ap-guangzhou"
WORLD_FILE = """
seed = 3
[estate.hosts]
ap-guangzhou = 30
[clock]
now = 2026-06-01T00:00:00Z
[settings]
transition_pace = 0.5
[[accounts]]
uin = "100000000001"
[[accounts.users]]
name = "auditor"
policies = ["ReadOnlyAccess"]
[[accounts]]
uin = "100000000002"
estate = "demo"
[[denials]]
action = "cvm:DescribeImages"
times = 2
[[faults]]
effect = "throttle"
action = "cvm:DescribeKeyPairs"
times = 1
[[stubs]]
Action = "tke:DescribeClusters"
Response = { TotalCount = 7 }
Times = 3
"""


class Hand:
    """A server without a socket, and the calls of an account on it."""

    def __init__(self, state=None, world=None, now=lambda: 1_780_000_000.0):
        self.app = compose(state=state, now=now)
        with self.app.lock:
            self.accesses = self.app.control.begin(world)
        self.access = self.accesses[0]

    def door(self, method, path, body=None):
        path, _, query = path.partition("?")
        raw = b"" if body is None else json.dumps(body).encode()
        reply = self.app.answer(Envelope(method, f"/_emulator/{path}", query, {}, raw))
        return reply.status, json.loads(reply.body)

    def call(self, action, params=None, *, key=None, region=REGION):
        service, _, name = action.partition(":")
        signer = key or self.root()
        if signer is None:
            return 0, "nobody is left to sign"
        version = self.app.gateway.catalog.action(action).version
        now = self.app.control.clock()["now"]
        reply = self.app.answer(sign(service, version, name, params or {}, key=signer, at=now, region=region))
        if not reply.body:
            return reply.status, "nothing"
        answer = json.loads(reply.body)
        request_id = answer.get("Response", {}).pop("RequestId", "?")
        return reply.status, json.loads(json.dumps(answer).replace(request_id, "REQUEST"))

    def root(self):
        world = self.app.gateway.cloud.world()
        return next(iter(accounts.keys_of(world, world.uin)), None)

    def anybody(self, name):
        """The first key of a user of this name, or of nobody."""
        world = self.app.gateway.cloud.world()
        row = accounts.find_user(world, name=name)
        keys = [] if row is None else accounts.keys_of(world, str(row.value["Uin"]))
        return (
            keys[0]
            if keys
            else AccessKey(secret_id="AKIDnobody", secret_key="x", principal=accounts.root(world))
        )


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
ALLOW = json.dumps({"version": "2.0", "statement": [{"effect": "allow", "action": "*", "resource": "*"}]})


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
@pytest.mark.timeout(3600)
def test_a_server_that_lived_through_many_ends_answers_as_one_that_never_ended():
    long = settings(max_examples=300, stateful_step_count=60, deadline=None)
    run_state_machine_as_test(KeptAgainstUnkept, settings=long)


# --- one thing at a time -----------------------------------------------------------------------------------


def test_an_emulator_goes_on_where_the_last_one_stood(tmp_path):
    state = tmp_path / "state.db"
    first = Emulator("demo", seed=5, state=state)
    first.add_user("auditor", policies=["ReadOnlyAccess"])
    first.put_rows("tke.Cluster", REGION, {"ClusterId": "cls-1"})
    first.clock.set(1_790_000_000)
    second_account = first.new_account(uin="200000000009", world="demo", seed=8)
    account = first.account
    first.stop()

    again = Emulator(state=state)
    assert (again.account.uin, again.account.app_id) == (account.uin, account.app_id)
    assert (again.account.secret_id, again.account.secret_key) == (account.secret_id, account.secret_key)
    assert again.account.users == account.users
    assert [each.uin for each in again.accounts] == [account.uin, second_account.uin]
    assert again.clock.now() == 1_790_000_000
    assert again.app.control.rows("tke.Cluster", REGION)["rows"][0]["ClusterId"] == "cls-1"
    hosts = again.world.read("cvm.instance", REGION).values()
    assert [row.value for row in hosts[:3]] == [
        row.value for row in estate("demo", 5).shelf("cvm.instance", REGION).values()[:3]
    ]
    again.stop()


def test_certificates_end_when_they_were_to_end_on_the_first_day(tmp_path):
    file = tmp_path / "world.toml"
    file.write_text("estate = 'demo'\n[clock]\nnow = 2031-03-05T11:00:00Z\n")

    def ends():
        with Emulator(file, state=tmp_path / "state.db") as emulator:
            emulator.clock.advance(86400)
            ssl = emulator.client("ssl", "2019-12-05")
            found = ssl.call_json("DescribeCertificates", {"Limit": 1000})["Response"]["Certificates"]
            return {each["CertificateId"]: each["CertEndTime"] for each in found}

    first = ends()
    assert max(first.values()) > "2031-06"
    assert ends() == first


def test_the_health_says_where_the_state_is(tmp_path):
    hand = Hand(tmp_path / "state.db")
    assert hand.door("GET", "health")[1]["state"] == str(tmp_path / "state.db")
    hand.app.close()
    assert Hand().door("GET", "health")[1]["state"] is None


def test_another_seed_or_world_than_the_file_began_with_is_refused(tmp_path):
    state = tmp_path / "state.db"
    Emulator("demo", seed=5, state=state).stop()
    with pytest.raises(BadInput, match="began with 5"):
        Emulator("demo", seed=6, state=state)
    with pytest.raises(BadInput, match="began with another one"):
        Emulator("large", state=state)
    Emulator("demo", seed=5, state=state).stop()


def test_a_world_file_that_was_changed_since_is_refused(tmp_path):
    state, world = tmp_path / "state.db", tmp_path / "world.toml"
    world.write_text(WORLD_FILE, "utf-8")
    Emulator(world, state=state).stop()
    world.write_text(WORLD_FILE.replace("auditor", "visitor"), "utf-8")
    with pytest.raises(BadInput, match="began with another one"):
        Emulator(world, state=state)
    Emulator(state=state).stop()


def test_a_beginning_that_failed_leaves_the_file_free_for_another(tmp_path):
    state = tmp_path / "state.db"
    with pytest.raises(BadInput, match="mars"):
        Emulator("mars", seed=3, state=state)
    Emulator("demo", state=state).stop()


def test_a_state_belongs_to_the_emulator_that_serves(tmp_path):
    server = Emulator()
    with pytest.raises(BadInput, match="whose server is shared"):
        Emulator(on=server, state=tmp_path / "state.db")


def test_nothing_is_answered_once_the_file_was_let_go(tmp_path):
    emulator = Emulator(state=tmp_path / "state.db")
    emulator.stop()
    emulator.stop()
    with pytest.raises(EmulatorError, match="let go"):
        emulator.start()
    assert emulator.answer(Envelope("GET", "/_emulator/health", "", {}, b"")).status == 500
    with pytest.raises(NotKept, match="closed"):
        emulator.add_user("late")


def test_the_last_use_of_a_key_is_kept_at_a_stop(tmp_path):
    hand = Hand(tmp_path / "state.db")
    hand.call("cvm:DescribeRegions")
    hand.app.close()
    hand = Hand(tmp_path / "state.db")
    world = hand.app.gateway.cloud.world()
    assert accounts.last_used(world, hand.access.secret_id) == 1_780_000_000
    hand.app.close()


def test_a_call_that_changes_nothing_writes_nothing(tmp_path):
    hand = Hand(tmp_path / "state.db")
    hand.call("cvm:DescribeInstances")
    hand.door("GET", "accounts")
    connection = hand.app.control.keeping._file._connection
    before, said = connection.total_changes, []
    connection.set_trace_callback(said.append)
    for _ in range(3):
        hand.call("cvm:DescribeInstances", {"Limit": 3})
        hand.door("GET", "accounts")
    assert said == []
    hand.call("cam:AddUser", {"Name": "ann"})
    assert Counter(each for each in said if each in ("BEGIN", "COMMIT")) == {"BEGIN": 1, "COMMIT": 1}
    assert connection.total_changes > before
    hand.app.close()


def test_a_request_id_is_not_given_twice(tmp_path):
    given = set()
    for _ in range(3):
        hand = Hand(tmp_path / "state.db")
        for _ in range(3):
            reply = hand.app.answer(Envelope("POST", "/", "", {}, b""))
            given.add(json.loads(reply.body)["Response"]["RequestId"])
        hand.app.close()
    assert len(given) == 9


def reopened(hand):
    """The same server, killed: from a copy of what is on its disk."""
    state = hand.app.control.keeping.path
    after = state.parent / "after"
    shutil.copytree(state.parent, after)
    hand.app.control.keeping._file.close()
    return Hand(after / state.name)


def test_an_account_that_was_closed_and_opened_again_is_there(tmp_path):
    hand = Hand(tmp_path / "state.db")
    for _ in range(2):
        assert hand.door("POST", "accounts", {"Uin": "200000000001"})[0] == 201
        hand.door("POST", "users?account=200000000001", {"Name": "ann"})
        hand.door("DELETE", "accounts/200000000001")
    assert hand.door("POST", "accounts", {"Uin": "200000000001"})[0] == 201
    expected = hand.door("GET", "accounts")
    hand = reopened(hand)
    assert hand.door("GET", "accounts") == expected
    assert expected[1]["accounts"][1]["users"] == []
    hand.app.close()


def test_a_clock_that_moved_and_nothing_else_is_kept(tmp_path):
    hand = Hand(tmp_path / "state.db")
    hand.door("POST", "clock", {"advance": 500})
    hand = reopened(hand)
    assert hand.door("GET", "clock")[1] == {"now": 1_780_000_500.0, "is_frozen": False}
    hand.app.close()


def test_rows_keep_their_order_and_what_was_removed_stays_away(tmp_path):
    hand = Hand(tmp_path / "state.db", "demo")
    with hand.app.lock:
        shelf = hand.app.control.account().world.write("cvm.keypair", REGION)
        first, second, *rest = shelf.items()
        shelf.put(second, shelf.get(second).having(KeyName="second"))
        for number in (5, 3, 9, 1):
            shelf.put(f"skey-{number}", Row({"KeyId": f"skey-{number}"}))
        row = shelf.remove(first)
        shelf.remove("skey-3")
    with hand.app.lock:
        shelf = hand.app.control.account().world.write("cvm.keypair", REGION)
        shelf.put(first, row)
        shelf.put("skey-3", Row({"KeyId": "skey-3"}))
        shelf.remove(rest[0])
    hand = reopened(hand)
    rows = hand.door("GET", f"rows?table=cvm.keypair&region={REGION}")[1]["rows"]
    order = [second, *rest[1:], "skey-5", "skey-9", "skey-1", first, "skey-3"]
    assert [row["KeyId"] for row in rows] == order
    assert rows[0]["KeyName"] == "second"
    hand.app.close()


def test_a_reset_after_a_restart_goes_back_to_the_beginning_and_forgets_snapshots(tmp_path):
    (tmp_path / "world.toml").write_text(WORLD_FILE, "utf-8")
    hand = Hand(tmp_path / "state.db", tmp_path / "world.toml")
    beginning = hand.door("GET", "accounts")
    hand.door("POST", "users", {"Name": "ann"})
    hand.door("POST", "snapshots/with-ann", {})
    with_ann = hand.door("GET", "accounts")
    hand.call("cam:AddUser", {"Name": "bob"})
    hand.door("POST", "settings", {"transition_pace": 0})
    hand = reopened(hand)
    assert hand.door("POST", "snapshots/beginning/restore", {})[0] == 404
    assert len(hand.door("GET", "accounts")[1]["accounts"][0]["users"]) == 3
    hand.door("POST", "snapshots/with-ann/restore", {})
    assert hand.door("GET", "accounts") == with_ann
    hand.door("POST", "reset", {})
    assert hand.door("GET", "accounts") == beginning
    assert hand.door("GET", "settings")[1]["transition_pace"] == 0.5
    assert [rule["times"] for rule in hand.door("GET", "denials")[1]["denials"]] == [2]
    assert hand.door("POST", "snapshots/with-ann/restore", {})[0] == 404
    hand.app.close()
    hand = Hand(hand.app.control.keeping.path)
    assert hand.door("GET", "accounts") == beginning
    assert hand.door("POST", "snapshots/with-ann/restore", {})[0] == 404
    hand.app.close()


def test_what_happens_by_itself_happens_though_the_server_was_away(tmp_path):
    now = 1_780_000_000.0
    hand = Hand(tmp_path / "state.db", now=lambda: now)
    hand.door("POST", "rows", {"table": "cvm.keypair", "region": REGION, "rows": [{"KeyId": "skey-1"}]})
    with hand.app.lock:
        world = hand.app.control.account().world
        world.later(60, ("cvm.keypair", REGION), "skey-1", put={"KeyName": "later"})
    hand.app.close()
    now += 61
    hand = Hand(tmp_path / "state.db", now=lambda: now)
    asked = f"rows?table=cvm.keypair&region={REGION}"
    assert [row["KeyName"] for row in hand.door("GET", asked)[1]["rows"]] == ["later"]
    hand.app.close()


@pytest.mark.parametrize("way_back", ["snapshots/one/restore", "reset"])
def test_what_was_put_after_a_way_back_is_kept(tmp_path, way_back):
    hand = Hand(tmp_path / "state.db")
    asked = {"table": "cvm.keypair", "region": REGION, "rows": [{"KeyId": "skey-1"}]}
    hand.door("POST", "rows", asked)
    hand.door("POST", "snapshots/one", {})
    hand.door("POST", way_back, {})
    hand.door("POST", "rows", {**asked, "rows": [{"KeyId": "skey-2"}]})
    expected = hand.door("GET", f"rows?table=cvm.keypair&region={REGION}")
    assert expected[1]["rows"][-1]["KeyId"] == "skey-2"
    hand = reopened(hand)
    assert hand.app.gateway.cloud.world().places("cvm.keypair") == [REGION]
    assert hand.door("GET", f"rows?table=cvm.keypair&region={REGION}") == expected
    hand.app.close()


def test_stubs_go_on_counting_where_they_stood(tmp_path):
    hand = Hand(tmp_path / "state.db")
    spec = {"Action": "tke:DescribeClusters", "Response": {"TotalCount": 7}, "Times": 2}
    hand.door("POST", "stubs", spec)
    assert hand.call("tke:DescribeClusters")[1]["Response"]["TotalCount"] == 7
    hand = reopened(hand)
    totals = [hand.call("tke:DescribeClusters")[1]["Response"]["TotalCount"] for _ in range(2)]
    assert totals == [7, 0]
    assert hand.door("POST", "stubs", spec)[1]["Id"] == "stub-2"
    hand.app.close()


def test_rules_go_on_counting_where_they_stood(tmp_path):
    hand = Hand(tmp_path / "state.db", "demo")
    hand.app.control.fault(Fault.throttle(action="cvm:DescribeInstances", times=2).as_spec())
    hand.app.control.deny(Denial.of(action="cvm:DescribeImages", times=5).as_spec())
    assert "Error" in hand.call("cvm:DescribeInstances")[1]["Response"]
    hand.app.close()
    hand = Hand(tmp_path / "state.db")
    (fault,) = hand.app.control.rules("fault")["faults"]
    assert (fault["id"], fault["fired"]) == ("fault-1", 1)
    assert "Error" in hand.call("cvm:DescribeInstances")[1]["Response"]
    assert "Error" not in hand.call("cvm:DescribeInstances")[1]["Response"]
    assert hand.app.control.fault(Fault.internal_error().as_spec())["id"] == "fault-3"
    hand.app.close()


def test_a_change_that_is_on_its_way_stays_on_its_way(tmp_path):
    now = 1_780_000_000.0
    state = tmp_path / "state.db"
    hand = Hand(state, "demo", now=lambda: now)
    user = hand.door("POST", "users", {"Name": "ann", "Policies": ["ReadOnlyAccess"]})[1]
    uin = int(user["Uin"])
    policy = next(
        each["PolicyId"]
        for each in hand.call("cam:ListAttachedUserPolicies", {"TargetUin": uin})[1]["Response"]["List"]
    )
    hand.door("POST", "settings", {"propagation_seconds": 60})
    assert "Error" not in hand.call("cvm:DescribeInstances", key=hand.anybody("ann"))[1]["Response"]
    hand.call("cam:DetachUserPolicy", {"DetachUin": uin, "PolicyId": policy})
    for seconds, is_denied in ((0, False), (30, False), (40, True)):
        now += seconds
        hand.app.close()
        hand = Hand(state, now=lambda now=now: now)
        answer = hand.call("cvm:DescribeInstances", key=hand.anybody("ann"))[1]["Response"]
        assert ("Error" in answer) == is_denied, seconds
    hand.app.close()
    with sqlite3.connect(state) as other:
        assert other.execute("SELECT * FROM world WHERE state LIKE 'earlier/%'").fetchall() == []
    other.close()


def test_a_fault_that_shows_the_past_shows_the_same_past(tmp_path):
    hand = Hand(tmp_path / "state.db", "demo")
    rows = {"table": "cvm.keypair", "region": REGION, "rows": [{"KeyId": "skey-1"}]}
    hand.door("POST", "rows", rows)
    before = hand.call("cvm:DescribeKeyPairs")
    hand = reopened(hand)
    spec = {"effect": "stale_page", "action": "cvm:DescribeKeyPairs"}
    status, fault = hand.door("POST", "faults", spec)
    assert status == 201
    hand.door("POST", "rows", {**rows, "rows": [{"KeyId": "skey-2"}]})
    assert hand.call("cvm:DescribeKeyPairs") == before
    hand.app.close()
    hand = Hand(hand.app.control.keeping.path)
    assert hand.call("cvm:DescribeKeyPairs") == before
    hand.door("DELETE", f"faults/{fault['id']}")
    assert hand.call("cvm:DescribeKeyPairs") != before
    hand.app.close()
    with sqlite3.connect(hand.app.control.keeping.path) as other:
        assert other.execute("SELECT * FROM world WHERE state LIKE 'past/%'").fetchall() == []
    other.close()


# --- secrets -----------------------------------------------------------------------------------------------


def everything_on_disk(folder):
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix != ".key")


def test_no_secret_and_no_name_reaches_the_disk_in_clear(tmp_path):
    hand = Hand(tmp_path / "state.db", "demo")
    given = {"SecretId": "AKIDmineownkey00", "SecretKey": "myVerySecretKey01", "Token": "myVerySecretToken"}
    hand.door("POST", "keys", given)
    hand.door("POST", "rows", {"table": "cdb.Account", "rows": [{"Password": "myVerySecretPassword"}]})
    rows = [{"InstanceId": "ins-00000001", "InstanceName": "myVerySecretName"}]
    hand.door("POST", "rows", {"table": "cvm.instance", "region": REGION, "rows": rows})
    stub = {"Action": "sts:GetFederationToken", "Error": {"Code": "X", "Message": "myVerySecretStub"}}
    hand.door("POST", "stubs", stub)
    denied = {"action": "cvm:*", "params": {"Password": "myVerySecretParam"}}
    hand.door("POST", "denials", denied)
    hand.door("POST", "snapshots/one", {})
    token = hand.call("sts:AssumeRole", {"RoleArn": "x", "RoleSessionName": "y"})
    minted = accounts.keys_of(hand.app.gateway.cloud.world(), hand.access.uin)
    assert token
    secrets = [
        *(key.secret_key for key in minted),
        hand.access.secret_key,
        hand.access.secret_id,
        given["SecretId"],
        "myVerySecret",
    ]
    mint = pack(hand.app.gateway.cloud.world().mint)
    for _ in range(2):
        disk = everything_on_disk(tmp_path)
        assert len(disk) > 10_000
        assert not [secret for secret in secrets if secret.encode() in disk]
        # Whoever knew where a mint stands would know every secret it made and will make.
        assert not any(mint[at : at + 16] in disk for at in range(20, 2500, 16))
        hand.app.close()
    hand = Hand(tmp_path / "state.db")
    assert hand.app.gateway.cloud.find_key("AKIDmineownkey00")[1].secret_key == "myVerySecretKey01"
    hand.app.close()


# --- damage ------------------------------------------------------------------------------------------------


def test_a_row_that_was_changed_on_disk_is_refused_loudly(tmp_path):
    state = tmp_path / "state.db"
    hand = Hand(state, "demo")
    hand.door("POST", "rows", {"table": "cvm.keypair", "region": REGION, "rows": [{"KeyId": "skey-1"}]})
    hand.app.close()
    with sqlite3.connect(state) as other:
        ((place,),) = other.execute("SELECT id FROM place WHERE name = 'cvm.keypair' AND state = ?", (NOW,))
        ((value,),) = other.execute("SELECT value FROM row WHERE place = ?", (place,))
        other.execute("UPDATE row SET value = ? WHERE place = ?", (value[:-1] + b"?", place))
    other.close()
    hand = Hand(state)
    status, answer = hand.door("GET", f"rows?table=cvm.keypair&region={REGION}")
    assert status == 500
    assert "a row of cvm.keypair in ap-guangzhou is not what was kept" in answer["errors"][0]["message"]
    hand.app.close()


def test_an_account_that_was_changed_on_disk_is_refused_at_the_start(tmp_path):
    state = tmp_path / "state.db"
    Hand(state, "demo").app.close()
    with sqlite3.connect(state) as other:
        ((body,),) = other.execute("SELECT body FROM account")
        other.execute("UPDATE account SET body = ?", (body + b"?",))
    other.close()
    with pytest.raises(BadInput, match="damaged: account"):
        Hand(state)


def test_an_answer_whose_deed_cannot_be_kept_does_not_leave(tmp_path):
    state = tmp_path / "state.db"
    hand = Hand(state)
    assert hand.call("cam:AddUser", {"Name": "ann"})[0] == 200
    hand.app.control.keeping._file._connection.execute("PRAGMA max_page_count = 1")
    long = json.loads(ALLOW)
    long["statement"] *= 20
    answered = 0
    while (answer := hand.call("cam:AddUser", {"Name": f"u{answered}", "Remark": "x" * 200}))[0] == 200:
        answered += 1
    assert "full" in answer[1]["errors"][0]["message"]
    # From now on nothing is answered, for memory is ahead of the disk.
    assert hand.call("cam:ListUsers")[0] == 500
    assert hand.door("GET", "health")[0] == 500
    with pytest.raises(NotKept):
        hand.app.close()
    hand = Hand(state)
    names = [user["Name"] for user in hand.call("cam:ListUsers")[1]["Response"]["Data"]]
    assert sorted(names) == sorted(["ann", *(f"u{number}" for number in range(answered))])
    hand.app.close()


def test_a_shelf_that_holds_what_cannot_be_kept_is_loud(tmp_path):
    hand = Hand(tmp_path / "state.db")
    shelf = hand.app.control.account().world.write("cvm.odd")
    shelf._added["x"], shelf._own[0] = 0, object()
    shelf.changed["x"] = None
    status, answer = hand.door("GET", "health")
    assert status == 500
    assert "cvm.odd: a value of the type object cannot be kept" in answer["errors"][0]["message"]
    with pytest.raises(NotKept):
        hand.app.close()


class Strange:
    """An estate of one's own."""

    spec = None

    def shelf(self, table, region):
        return None

    def places(self):
        return ()


def test_an_estate_that_cannot_be_written_down_is_refused(tmp_path):
    hand = Hand(tmp_path / "state.db")
    world = hand.app.gateway.cloud.open(uin="200000000001", estate=Strange())
    hand.app.gateway.account(world)
    status, answer = hand.door("GET", "health")
    assert status == 500
    assert "an estate of the kind Strange cannot be kept" in answer["errors"][0]["message"]
    with pytest.raises(NotKept):
        hand.app.close()
