"""Who an estate's account has from the start."""

from collections import Counter

import pytest

from emulator.app import compose
from emulator.policy.document import parse
from emulator.world import accounts
from emulator.world.estate import DEMO, LARGE, NAMED, Spec, build
from emulator.world.estate.people import populate
from emulator.world.estate.risks import IDLE_DAYS, OLD_DAYS, findings
from emulator.world.estate.site import EPOCH
from emulator.world.world import Cloud
from scenarios.direct import Direct

DAY = 86400


def opened(spec=DEMO, seed=0, cloud=None):
    cloud = cloud or Cloud(now=EPOCH.timestamp)
    world = cloud.open(estate=build(spec, seed))
    populate(cloud, world, spec, seed)
    return world


def values(world, table):
    return [row.value for row in world.read(f"cam.{table}")]


@pytest.fixture
def world():
    return opened()


# --- what there is ------------------------------------------------------------------------------------------


def test_the_demo_has_a_dozen_users_persons_and_programs(world):
    users = values(world, "user")
    assert len(users) == 12
    assert Counter(user["ConsoleLogin"] for user in users) == {1: 8, 0: 4}
    assert len({user["Name"] for user in users}) == len({user["Uin"] for user in users}) == 12
    assert any(not user["Name"].isascii() for user in users)


def test_everybody_is_in_a_group_and_every_program_has_a_key(world):
    for user in values(world, "user"):
        uin = str(user["Uin"])
        assert list(accounts.groups_of(world, uin))
        keys = accounts.keys_of(world, uin)
        assert len(keys) <= 2
        assert user["ConsoleLogin"] or keys


def test_every_document_is_one_that_cam_takes(world):
    for policy in values(world, "policy"):
        assert parse(policy["PolicyDocument"]).statements
    for role in values(world, "role"):
        assert parse(role["PolicyDocument"], trust=True).statements
    assert len(values(world, "role")) > 3


def test_what_is_held_exists(world):
    holders = {
        "user": {str(user["Uin"]) for user in values(world, "user")},
        "group": {str(group["GroupId"]) for group in values(world, "group")},
        "role": {role["RoleId"] for role in values(world, "role")},
    }
    held = Counter()
    for row in values(world, "attachment"):
        kind, _, holder = row["Holder"].partition("/")
        assert holder in holders[kind]
        assert accounts.find_policy(world, policy_id=row["PolicyId"]) is not None
        held[kind] += 1
    assert held.keys() == holders.keys()
    for member in values(world, "member"):
        assert member["Uin"] in holders["user"]
        assert str(member["GroupId"]) in holders["group"]


def test_keys_are_young_or_old_and_used_after_they_were_made(world):
    now = world.clock.now()
    for key in world.read("cam.key"):
        age = (now - key.created) / DAY
        assert IDLE_DAYS < age < OLD_DAYS - 25 or age > OLD_DAYS + 9
        used = accounts.last_used(world, key.secret_id)
        assert used is None or key.created < used <= now


def test_users_are_older_than_their_keys(world):
    for user in values(world, "user"):
        for key in accounts.keys_of(world, str(user["Uin"])):
            assert user["CreateTime"] < accounts.china_time(key.created)


# --- from a seed --------------------------------------------------------------------------------------------


def told(world):
    keep = ("Name", "ConsoleLogin", "Remark", "Email", "CreateTime")
    return [{name: user[name] for name in keep} for user in values(world, "user")]


def test_the_same_seed_gives_the_same_people_and_another_one_others():
    assert told(opened(seed=3)) == told(opened(seed=3))
    assert told(opened(seed=3)) != told(opened(seed=4))


def test_two_accounts_of_one_estate_share_no_user_and_no_key():
    cloud = Cloud(now=EPOCH.timestamp)
    one, other = (opened(cloud=cloud) for _ in range(2))
    for table in ("user", "key", "role"):
        assert not one.read(f"cam.{table}").items().keys() & other.read(f"cam.{table}").items().keys()


@pytest.mark.parametrize("users", [1, 2, 7, 300])
def test_names_never_meet_however_many_there_are(users):
    names = [user["Name"] for user in told(opened(Spec(users=users)))]
    assert len(set(names)) == len(names) == users


@pytest.mark.parametrize("rate", [0.01, 0.5, 1])
def test_a_rate_is_kept_to_the_letter_and_shown_by_at_least_one(rate):
    spec = Spec(users=30, risk_rate=rate)
    found = Counter(one.kind for one in findings(opened(spec, 2)))
    assert found["no_mfa"] == max(1, round(20 * rate))
    assert found["administrator"] == max(1, round(30 * rate))
    assert found["over_broad_policy"] >= 1
    assert found["trusted_stranger"] >= 1


# --- in an account ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMED)
def test_the_named_worlds_have_the_users_they_say(name):
    app = compose()
    access = app.control.open_account(world=name)
    users = app.control.account(access.uin).world.read("cam.user")
    assert len(users) == {"empty": 0, "demo": 12, "large": 60}[name] == NAMED[name].users


def test_a_reset_brings_them_back():
    app = compose()
    world = app.control.account(app.control.open_account(world="demo").uin).world
    uin = next(iter(world.read("cam.user").items()))
    accounts.remove_user(world, uin)
    app.control.reset()
    assert uin in world.read("cam.user")
    assert len(world.read("cam.user")) == 12


def test_a_world_file_keeps_its_own_people_beside_them(tmp_path):
    file = tmp_path / "world.toml"
    file.write_text(
        """
        [clock]
        now = 2026-06-01T00:00:00Z
        [estate]
        users = 30
        hosts = {}
        [[accounts]]
        [[accounts.users]]
        name = "alice"
        [[accounts.users]]
        name = "terraform"
        """
    )
    app = compose()
    [access] = app.control.open_file(file)
    world = app.control.account(access.uin).world
    names = [user.value["Name"] for user in world.read("cam.user")]
    assert [user.name for user in access.users] == ["alice", "terraform"] == names[:2]
    assert len(set(names)) == len(names) == 32
    assert all(key.created <= EPOCH.timestamp() for key in world.read("cam.key"))


def test_cam_tells_of_them_as_of_any_others():
    direct = Direct.open(build(DEMO, 0))
    populate(direct.gateway.cloud, direct.world, DEMO, 0)
    users = direct.call("cam:ListUsers", {})["Data"]
    assert len(users) == 12
    for user in users:
        groups = direct.call("cam:ListGroupsForUser", {"SubUin": user["Uin"]})["GroupInfo"]
        assert groups
        flags = direct.call("cam:DescribeSafeAuthFlagColl", {"SubUin": user["Uin"]})
        assert user["ConsoleLogin"] or not any(flags["LoginFlag"].values())
        assert direct.call("cam:GetUser", {"Name": user["Name"]})["Uid"] == user["Uid"]
        keys = direct.call("cam:ListAccessKeys", {"TargetUin": user["Uin"]})["AccessKeys"]
        asked = [key["AccessKeyId"] for key in keys] or ["AKIDnobody"]
        used = direct.call("cam:GetSecurityLastUsed", {"SecretIdList": asked})["SecretIdLastUsedRows"]
        assert [row["SecretId"] for row in used] == asked
    assert direct.call("cam:GetAccountSummary", {})["User"] == 12


def test_cam_holds_no_more_than_it_takes():
    world = opened(Spec(users=1000, risk_rate=1))
    members = Counter(row["GroupId"] for row in values(world, "member"))
    assert max(members.values()) == 100
    assert len(values(world, "role")) <= 1000
    assert len(values(world, "policy")) <= 1500


def test_a_large_account_has_more_of_everything():
    small, large = opened(DEMO), opened(LARGE)
    for table in ("user", "key", "policy", "role"):
        assert len(large.read(f"cam.{table}")) > len(small.read(f"cam.{table}"))
