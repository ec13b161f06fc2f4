"""Changes to permissions and keys take effect so many seconds later; CAM's own answers show them at once."""

import json

import pytest

from emulator.gateway.settings import Settings
from emulator.world import accounts
from emulator.world.credentials import AccessKey
from scenarios.direct import Direct, Failed

START = 1_700_000_000
DELAY = 60


def document(action="cvm:*", effect="allow"):
    return {"version": "2.0", "statement": [{"effect": effect, "action": action, "resource": "*"}]}


class Story:
    """An account in which changes are late, and a user who may nothing to begin with."""

    def __init__(self):
        self.direct = Direct.open(uin="100000000001")
        self.world = self.direct.world
        self.world.clock.set(START)
        self.key = self.direct.user("ops")
        self.uin = int(self.key.principal.uin)
        self.world.begin_here()
        self.account = self.direct.gateway.account(self.world)
        self.account.begin_with(Settings(propagation_seconds=DELAY))

    def root(self, action, **params):
        return self.direct.call(f"cam:{action}", params)

    def outcome(self, action="cvm:DescribeZones", key=None, **params):
        try:
            self.direct.call(action, params, key=key or self.key, region="ap-guangzhou")
        except Failed as failed:
            return failed.code
        return "ok"

    def wait(self, seconds):
        self.world.clock.advance(seconds)

    def policy(self, name, content):
        text = json.dumps(content)
        return self.root("CreatePolicy", PolicyName=name, PolicyDocument=text)["PolicyId"]

    def attach(self, policy_id):
        self.root("AttachUserPolicy", PolicyId=policy_id, AttachUin=self.uin)

    def settle(self):
        self.wait(DELAY)

    def before_and_after(self, **options):
        """What a call ends with a moment before a change of now takes effect, and when it does."""
        self.wait(DELAY - 1)
        before = self.outcome(**options)
        self.wait(1)
        return before, self.outcome(**options)


@pytest.fixture
def story():
    return Story()


DENIED = "UnauthorizedOperation"
UNKNOWN = "AuthFailure.SecretIdNotFound"


# --- Permissions ------------------------------------------------------------------------------------------


def test_a_policy_that_is_attached_and_one_that_is_detached(story):
    policy = story.policy("p", document())
    story.attach(policy)
    assert story.outcome() == DENIED
    assert story.before_and_after() == (DENIED, "ok")
    story.root("DetachUserPolicy", PolicyId=policy, DetachUin=story.uin)
    assert story.before_and_after() == ("ok", DENIED)


def test_what_cam_itself_says_is_true_at_once(story):
    policy = story.policy("p", document())
    story.attach(policy)
    shown = story.root("ListAttachedUserPolicies", TargetUin=story.uin)["List"]
    assert [each["PolicyId"] for each in shown] == [policy]
    assert story.root("GetPolicy", PolicyId=policy)["PolicyName"] == "p"


def test_a_policy_that_gets_another_text(story):
    policy = story.policy("p", document("vpc:*"))
    story.attach(policy)
    story.settle()
    story.root("UpdatePolicy", PolicyId=policy, PolicyDocument=json.dumps(document()))
    assert story.before_and_after() == (DENIED, "ok")


def test_a_policy_that_is_deleted(story):
    policy = story.policy("p", document())
    story.attach(policy)
    story.settle()
    story.root("DeletePolicy", PolicyId=[policy])
    assert story.before_and_after() == ("ok", DENIED)


def test_a_group_that_is_joined_and_left(story):
    group = story.root("CreateGroup", GroupName="g")["GroupId"]
    story.root("AttachGroupPolicy", PolicyId=story.policy("p", document()), AttachGroupId=group)
    story.settle()
    membership = {
        "Info": [{"Uid": accounts.find_user(story.world, uin=story.uin).value["Uid"], "GroupId": group}]
    }
    story.root("AddUserToGroup", **membership)
    assert story.before_and_after() == (DENIED, "ok")
    story.root("RemoveUserFromGroup", **membership)
    assert story.before_and_after() == ("ok", DENIED)


def test_a_boundary_that_is_set_and_lifted(story):
    story.attach(story.policy("p", document()))
    limit = story.policy("limit", document("vpc:*"))
    story.settle()
    story.root("PutUserPermissionsBoundary", TargetUin=story.uin, PolicyId=limit)
    assert story.before_and_after() == ("ok", DENIED)
    story.root("DeleteUserPermissionsBoundary", TargetUin=story.uin)
    assert story.before_and_after() == (DENIED, "ok")


def test_several_changes_each_at_its_own_time(story):
    """Granted at 0, taken at 10, granted at 20: it works from 60 to 70 and from 80 on."""
    policy = story.policy("p", document())
    for step in ("attach", "detach", "attach"):
        if step == "attach":
            story.attach(policy)
        else:
            story.root("DetachUserPolicy", PolicyId=policy, DetachUin=story.uin)
        story.wait(10)
    found = []
    for _ in range(30, 100, 10):
        found.append((story.world.clock.now() - START, story.outcome()))
        story.wait(10)
    assert [int(at) for at, outcome in found if outcome == "ok"] == [60, 80, 90]


# --- Roles ------------------------------------------------------------------------------------------------


def trust(*principals):
    statement = {"action": "sts:AssumeRole", "effect": "allow", "principal": {"qcs": list(principals)}}
    return json.dumps({"version": "2.0", "statement": [statement]})


ROOT = "qcs::cam::uin/100000000001:root"
ROLE = {"RoleArn": "qcs::cam::uin/100000000001:roleName/r", "RoleSessionName": "session"}


def test_whom_a_role_trusts(story):
    story.root("CreateRole", RoleName="r", PolicyDocument=trust(ROOT))
    root = {"action": "sts:AssumeRole", "key": story.direct.root, **ROLE}
    assert story.before_and_after(**root) == ("ResourceNotFound.RoleNotFound", "ok")
    story.root(
        "UpdateAssumeRolePolicy",
        RoleName="r",
        PolicyDocument=trust(f"qcs::cam::uin/100000000001:uin/{story.uin}"),
    )
    assert story.before_and_after(**root) == ("ok", DENIED)
    story.root("UpdateAssumeRolePolicy", RoleName="r", PolicyDocument=trust(ROOT))
    assert story.before_and_after(**root) == (DENIED, "ok")


def session(story):
    made = story.direct.call("sts:AssumeRole", ROLE)["Credentials"]
    return AccessKey(
        secret_id=made["TmpSecretId"],
        secret_key=made["TmpSecretKey"],
        token=made["Token"],
        principal=accounts.root(story.world),
    )


def test_what_sts_gives_out_is_good_at_once_and_what_its_role_may_is_late(story):
    story.root("CreateRole", RoleName="r", PolicyDocument=trust(ROOT))
    story.settle()
    key = session(story)
    assert story.outcome("sts:GetCallerIdentity", key) == "ok"
    story.root("AttachRolePolicy", PolicyId=story.policy("p", document()), AttachRoleName="r")
    assert story.before_and_after(key=key) == (DENIED, "ok")


def test_sessions_end_with_their_role_also_those_that_began_while_it_was_going(story):
    story.root("CreateRole", RoleName="r", PolicyDocument=trust(ROOT))
    story.settle()
    early = session(story)
    story.root("DeleteRole", RoleName="r")
    story.wait(30)
    late = session(story)
    found = []
    for seconds in (29, 1, DELAY):
        story.wait(seconds)
        found.append([story.outcome("sts:GetCallerIdentity", key) for key in (early, late)])
    assert found == [["ok", "ok"], [UNKNOWN, UNKNOWN], [UNKNOWN, UNKNOWN]]


# --- Keys -------------------------------------------------------------------------------------------------


def new_key(story):
    made = story.root("CreateAccessKey", TargetUin=story.uin)["AccessKey"]
    return AccessKey(
        secret_id=made["AccessKeyId"],
        secret_key=made["SecretAccessKey"],
        principal=story.key.principal,
    )


def test_the_whole_life_of_a_key(story):
    key = new_key(story)
    own = {"action": "sts:GetCallerIdentity", "key": key}
    named = {"AccessKeyId": key.secret_id, "TargetUin": story.uin}
    assert story.before_and_after(**own) == (UNKNOWN, "ok")
    story.root("UpdateAccessKey", **named, Status="Inactive")
    assert story.before_and_after(**own) == ("ok", UNKNOWN)
    story.root("UpdateAccessKey", **named, Status="Active")
    assert story.before_and_after(**own) == (UNKNOWN, "ok")
    story.root("DeleteAccessKey", **named)
    assert story.before_and_after(**own) == ("ok", UNKNOWN)


def test_a_user_that_is_deleted_goes_on_for_a_while_with_all_it_had(story):
    story.attach(story.policy("p", document()))
    story.settle()
    story.root("DeleteUser", Name="ops", Force=1)
    assert [user["Name"] for user in story.root("ListUsers")["Data"]] == []
    assert story.before_and_after() == ("ok", UNKNOWN)


def test_a_call_with_a_key_that_is_on_its_way_is_in_its_accounts_journal(story):
    key = new_key(story)
    story.outcome("sts:GetCallerIdentity", key)
    assert [entry.outcome for entry in story.account.journal.find(user=key.secret_id)] == [UNKNOWN]


# --- Time and state ---------------------------------------------------------------------------------------


def test_nothing_is_late_unless_told(story):
    story.account.configure(Settings())
    story.attach(story.policy("p", document()))
    assert story.outcome() == "ok"


def test_what_is_on_its_way_arrives_when_nothing_is_late_any_more(story):
    story.attach(story.policy("p", document()))
    assert story.outcome() == DENIED
    story.account.configure(Settings())
    assert story.outcome() == "ok"


def test_what_was_there_before_is_in_force(story):
    story.account.configure(Settings())
    story.attach(story.policy("p", document()))
    story.account.configure(Settings(propagation_seconds=DELAY))
    assert story.outcome() == "ok"


def test_a_clock_set_back_to_before_a_change_leaves_nothing_on_its_way(story):
    story.attach(story.policy("p", document()))
    key = new_key(story)
    story.world.clock.set(START - 1)
    assert story.outcome() == "ok"
    assert story.outcome("sts:GetCallerIdentity", key) == "ok"


def test_a_clock_set_back_to_after_a_change_leaves_it_on_its_way(story):
    story.attach(story.policy("p", document()))
    story.wait(DELAY - 1)
    story.world.clock.set(START + 1)
    assert story.outcome() == DENIED
    story.wait(DELAY - 1)
    assert story.outcome() == "ok"


def test_what_has_arrived_stays_though_nobody_looked_before_the_clock_was_set_back(story):
    story.attach(story.policy("p", document()))
    story.settle()
    story.world.clock.set(START + 1)
    assert story.outcome() == "ok"


def test_what_has_arrived_stays_though_the_delay_is_made_longer(story):
    story.attach(story.policy("p", document()))
    story.settle()
    story.account.configure(Settings(propagation_seconds=10 * DELAY))
    assert story.outcome() == "ok"


def test_a_change_after_the_clock_was_set_back_is_late_by_the_new_time(story):
    story.world.clock.set(START + 1000)
    story.root("CreateGroup", GroupName="g")
    story.world.clock.set(START)
    story.attach(story.policy("p", document()))
    assert story.before_and_after() == (DENIED, "ok")


def test_a_reset_takes_back_what_was_on_its_way(story):
    story.attach(story.policy("p", document()))
    story.account.reset()
    assert [story.outcome(), story.account.settings.propagation_seconds] == [DENIED, DELAY]
    assert list(story.world.on_their_way()) == []
    story.settle()
    assert story.outcome() == DENIED


def test_a_snapshot_remembers_what_was_on_its_way(story):
    policy = story.policy("p", document())
    story.attach(policy)
    story.wait(10)
    story.world.snapshot("half way")
    story.root("DetachUserPolicy", PolicyId=policy, DetachUin=story.uin)
    for _ in range(2):
        story.world.restore("half way")
        assert story.outcome() == DENIED
        story.wait(DELAY - 11)
        assert story.outcome() == DENIED
        story.wait(1)
        assert story.outcome() == "ok"
        story.wait(DELAY)
        assert story.outcome() == "ok"


def test_other_accounts_are_not_late(story):
    other = story.direct.gateway.cloud.open(uin="100000000002")
    key = accounts.add_key(story.direct.gateway.cloud, other, accounts.root(other))
    other.clock.set(START)
    assert story.outcome("sts:GetCallerIdentity", key) == "ok"


# --- What is said of it -----------------------------------------------------------------------------------


def told(story, key=None, action="cvm:DescribeZones", **params):
    """The lines that explain a call, and the changes that its decision is said to wait for."""
    from emulator.admin.control import Control

    story.outcome(action, key, **params)
    entry = list(story.account.journal.find())[-1]
    call = Control(story.direct.gateway).call(entry.request_id)
    coming = [] if call["Decision"] is None else call["Decision"]["coming"]
    return [line.strip() for line in call["Explanation"]], coming


def test_why_says_when_a_policy_will_be_in_force(story):
    policy = story.policy("p", document())
    story.attach(policy)
    story.wait(12)
    change = f"policy p ({policy}) was attached 12 s ago and takes effect in 48 s"
    lines, coming = told(story)
    assert coming == [change]
    assert f"not yet: {change}" in lines
    assert lines[0].startswith("DENIED")
    story.wait(48)
    assert told(story)[1] == []


def test_why_says_that_what_allows_a_call_is_gone_already(story):
    policy = story.policy("p", document())
    story.attach(policy)
    story.settle()
    story.root("DetachUserPolicy", PolicyId=policy, DetachUin=story.uin)
    story.wait(0.5)
    lines, coming = told(story)
    assert coming == [f"policy p ({policy}) was detached 0.5 s ago and lasts 59.5 s more"]
    assert lines[0].startswith("ALLOWED")


def test_why_says_so_of_boundaries_and_changed_policies(story):
    policy = story.policy("p", document("vpc:*"))
    limit = story.policy("limit", document())
    story.attach(policy)
    story.settle()
    story.root("UpdatePolicy", PolicyId=policy, PolicyDocument=json.dumps(document()))
    story.wait(10)
    story.root("PutUserPermissionsBoundary", TargetUin=story.uin, PolicyId=limit)
    assert told(story)[1] == [
        f"policy p ({policy}) was changed 10 s ago and takes effect in 50 s",
        f"permission boundary limit ({limit}) was set 0 s ago and takes effect in 60 s",
    ]


def test_why_is_silent_of_changes_that_change_nothing_about_the_call(story):
    story.attach(story.policy("p", document("vpc:*")))
    lines, coming = told(story)
    assert coming == []
    assert not [line for line in lines if line.startswith("not yet")]


def test_why_says_that_a_key_is_not_yet_known_or_still_is(story):
    key = new_key(story)
    story.wait(12)
    lines, _ = told(story, key, "sts:GetCallerIdentity")
    assert lines[-1] == f"not yet: the key {key.secret_id} was made 12 s ago and takes effect in 48 s"
    story.settle()
    named = {"AccessKeyId": key.secret_id, "TargetUin": story.uin}
    for status, change in (
        ("Inactive", "was disabled 0 s ago and works 60 s more"),
        ("Active", "was enabled 0 s ago and takes effect in 60 s"),
    ):
        story.root("UpdateAccessKey", **named, Status=status)
        lines, _ = told(story, key, "sts:GetCallerIdentity")
        assert lines[-1] == f"not yet: the key {key.secret_id} {change}"
        story.settle()
    story.root("DeleteAccessKey", **named)
    lines, _ = told(story, key, "sts:GetCallerIdentity")
    assert lines[-1] == f"not yet: the key {key.secret_id} was deleted 0 s ago and works 60 s more"


def test_why_says_of_a_role_what_is_on_its_way(story):
    def told_of_root():
        return told(story, story.direct.root, "sts:AssumeRole", **ROLE)[0]

    story.root(
        "CreateRole", RoleName="r", PolicyDocument=trust(f"qcs::cam::uin/100000000001:uin/{story.uin}")
    )
    story.wait(12)
    assert told_of_root()[-1] == "not yet: the role was made 12 s ago and takes effect in 48 s"
    story.settle()
    story.root("UpdateAssumeRolePolicy", RoleName="r", PolicyDocument=trust(ROOT))
    *_, because, change = told_of_root()
    assert because.startswith(f"the role does not trust {ROOT}: sts:AssumeRole on * is denied: no statement")
    assert f"its principal is qcs::cam::uin/100000000001:uin/{story.uin}, not {ROOT}" in because
    assert change == "not yet: the role's trust policy was changed 0 s ago and takes effect in 60 s"
