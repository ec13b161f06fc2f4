"""What a state file holds when its server is gone: everything that was answered, and no secret in clear."""

import json
import shutil
import sqlite3
from collections import Counter

import pytest

from emulator import Denial, Emulator, Fault
from emulator.errors import BadInput, EmulatorError, NotKept
from emulator.wire.envelope import Envelope
from emulator.world import accounts
from emulator.world.estate import estate
from emulator.world.shelves import Row
from emulator.world.state.keeper import pack
from emulator.world.world import NOW
from tests.emulator.admin.hand import ALLOW, REGION, WORLD_FILE, Hand


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
