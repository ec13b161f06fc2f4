"""What ``why`` says of every kind of denial: enough to answer what is the least to grant."""

import json

import pytest

from emulator.admin.control import Control
from emulator.world import accounts
from emulator.world.credentials import AccessKey
from scenarios.direct import Direct, Failed


def document(*statements):
    return {"version": "2.0", "statement": list(statements)}


def allow(action="cvm:*", resource="*", effect="allow", **more):
    return {"effect": effect, "action": action, "resource": resource, **more}


class Story:
    def __init__(self):
        self.direct = Direct.open(uin="100000000001")
        self.control = Control(self.direct.gateway)
        self.world = self.direct.world

    def told(self, *documents, action="cvm:DescribeInstances", key=None, bound=None, **params):
        """The lines that explain a call of a user with these policies, and its whole record."""
        key = key or self.direct.user("ops", *documents)
        if bound is not None:
            self.bind(key, "limit", bound)
        with pytest.raises(Failed) as failed:
            self.direct.call(action, params, key=key, region="ap-guangzhou")
        call = self.control.call(failed.value.request_id)
        return [line.strip() for line in call["Explanation"]], call

    def bind(self, key, name, bound):
        row = accounts.add_policy(self.world, name, json.dumps(bound))
        accounts.set_boundary(self.world, f"user/{key.principal.uin}", row.value["PolicyId"])


@pytest.fixture
def story():
    return Story()


KIND = "qcs::cvm:gz:uin/100000000001:instance/*"
LEAST = f'{{"effect": "allow", "action": ["cvm:DescribeInstances"], "resource": ["{KIND}"]}}'


def test_a_user_without_a_policy(story):
    lines, _ = story.told()
    assert "there is no policy to look at" in lines
    assert lines[-2:] == ["to allow it, add to a policy of the caller:", LEAST]


def test_policies_that_name_other_actions(story):
    lines, _ = story.told(document(allow("vpc:*")))
    (looked,) = [line for line in lines if line.startswith("looked at policy ops-0 (")]
    assert looked.endswith("): nothing there names the action")


def test_another_region_in_another_spelling(story):
    lines, _ = story.told(document(allow(resource="qcs::cvm:ap-shanghai::instance/*")))
    assert "its region is ap-shanghai, not gz (gz is ap-guangzhou)" in lines


def test_one_resource_for_a_list_read(story):
    lines, _ = story.told(document(allow(resource="qcs::cvm:gz::instance/ins-1")))
    assert "its resource is instance/ins-1, not instance/* (a list read asks for all of them)" in lines


def test_a_condition_and_its_actual_value(story):
    lines, _ = story.told(document(allow(condition={"ip_equal": {"qcs:ip": "10.0.0.0/8"}})))
    assert "it wants ip_equal qcs:ip 10.0.0.0/8, and qcs:ip is '127.0.0.1'" in lines


def test_another_case(story):
    lines, _ = story.told(document(allow("cvm:describeInstances")))
    assert "it writes cvm:describeInstances, in other upper and lower case" in lines


def test_a_deny(story):
    lines, _ = story.told("AdministratorAccess", document(allow("cvm:Desc*", effect="deny")))
    assert lines[0] == "DENIED cvm:DescribeInstances (explicit deny)"
    assert lines[-1].startswith("no allow undoes a deny: take back or narrow statement[0] of policy ops-1 (")


def test_a_planned_denial(story):
    rule = story.control.deny({"action": "cvm:DescribeInstances", "user": "ops"})["id"]
    lines, call = story.told("AdministratorAccess")
    assert lines[-1] == f"no allow undoes a deny: take back or narrow statement[0] of denial {rule}"
    assert call["Fired"][0]["Id"] == rule


def test_a_boundary_that_lacks_it_and_a_policy_that_does_not(story):
    lines, _ = story.told("AdministratorAccess", bound=document(allow("vpc:*")))
    assert "because the permission boundary does not allow it" in lines
    assert not [line for line in lines if line.startswith("looked at policy")]
    assert lines[-2].startswith("to allow it, add to the permission boundary limit (")
    assert lines[-1] == LEAST


def test_a_boundary_and_a_policy_that_both_lack_it(story):
    lines, call = story.told(document(allow("cls:*")), bound=document(allow("vpc:*")))
    assert lines[-4] == "to allow it, add to a policy of the caller:"
    assert lines[-2].startswith("and add to the permission boundary limit (")
    assert len(call["Decision"]["remedies"]) == 2


def test_a_second_permission(story):
    story.direct.user("victim")
    held = document(allow("cam:DeleteUser"))
    lines, _ = story.told(held, action="cam:DeleteUser", Name="victim", Force=1)
    assert lines[0] == "cam:DeleteUser itself is allowed, but this call needs a second permission"
    assert lines[1] == "DENIED cam:DeleteApiKey (implicit deny)"


def test_a_resource_on_an_operation_level_action(story):
    held = document(allow("cvm:DescribeRegions", "qcs::cvm:gz::*"))
    lines, _ = story.told(held, action="cvm:DescribeRegions")
    assert "its resource is qcs::cvm:gz::*, not * (the call passes no resource)" in lines


def test_who_asked(story):
    _, call = story.told()
    key = story.world.read("cam.key").get(call["SecretId"])
    assert call["Caller"] == f"user ops ({key.principal.uin})"


def test_a_call_that_nobody_was_proven_to_make(story):
    root = story.direct.root
    key = AccessKey(secret_id=root.secret_id, secret_key="wrong", principal=root.principal)
    lines, call = story.told(key=key)
    assert lines == ["no decision was made: nobody was proven to call, so CAM was not asked"]
    assert call["Caller"] == "nobody proven"


def test_a_call_that_was_refused_before_cam_was_asked(story):
    lines, _ = story.told(Bogus=1)
    assert "refused before CAM was asked" in lines[0]


def test_a_call_that_a_fault_answered(story):
    story.control.fault({"effect": "throttle", "action": "cvm:*"})
    lines, _ = story.told("AdministratorAccess")
    assert lines == ["no decision was made: a planned fault answered before CAM was asked"]


def test_what_why_says_to_add_is_enough(story):
    """Each remedy put in its place, and the same call goes through."""
    key = story.direct.user("tool")
    _, call = story.told(key=key, bound=document(allow("vpc:*")))
    remedies = call["Decision"]["remedies"]
    places = {each["place"].partition(" limit")[0]: each["statement"] for each in remedies}
    row = accounts.add_policy(story.world, "more", json.dumps(document(places["a policy of the caller"])))
    accounts.attach(story.world, "user", key.principal.uin, row.value["PolicyId"])
    story.bind(key, "wider", document(places["the permission boundary"]))
    assert story.direct.call("cvm:DescribeInstances", {}, key=key, region="ap-guangzhou")["TotalCount"] == 0
