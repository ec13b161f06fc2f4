"""Lists read anew by a fault: an old state of the world, and rows that moved between two pages."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.contract.catalog import catalog
from emulator.contract.paging import paging
from emulator.errors import BadInput
from emulator.faults.fault import Fault
from emulator.world.estate import Spec, estate
from scenarios import profiles
from scenarios.direct import Direct, Failed, sign

REGION = "ap-guangzhou"
LARGE = Direct.open(estate(Spec(hosts=((REGION, 160),))))
SMALL = Direct.open(estate(Spec(hosts=((REGION, 4),))))
for number in range(9):
    SMALL.user(f"user-{number}")
LISTS = {
    "cvm:DescribeInstances": {},
    "cvm:DescribeImages": {"Filters": [{"Name": "image-type", "Values": ["PUBLIC_IMAGE"]}]},
    "vpc:DescribeSubnets": {},  # offsets are texts
    "cam:ListPolicies": {},  # pages have numbers
    "cam:ListAccounts": {},  # pages have tokens, and say whether there is more
    "tag:GetResources": {},  # pages have tokens
    "ckafka:DescribeInstances": {},  # the list stands within an object
    "tag:DescribeTagKeys": {},  # a list of texts
    "waf:DescribeDomains": {},  # offsets are multiples of the limit
    "as:DescribeAutoScalingGroups": {},  # inferred
}
SERVED_BY = dict.fromkeys(("tag:GetResources", "tag:DescribeTagKeys", "cam:ListAccounts"), SMALL)
ALIGNED = ("waf:DescribeDomains", "tag:DescribeTagKeys")


def plan(direct):
    return direct.gateway.account(direct.world).plan


def cloud(key):
    return SERVED_BY.get(key, LARGE)


def page_of(action):
    return LARGE.gateway.repertoire.find(action).page


def rows_of(answer, action):
    for name in page_of(action).list_member.split("."):
        answer = answer[name]
    return answer


def total_of(answer, action):
    for name in page_of(action).total_member.split("."):
        answer = answer[name]
    return int(answer)


def ask(key, position, limit):
    """One page, as a client asks for it: from an offset, a page's number from 0, or a token."""
    action = catalog().action(key)
    pages = paging(action)
    params = {**LISTS[key], pages.limit: str(limit) if pages.strings else limit}
    if pages.style == "token":
        params.update({} if position is None else {pages.offset: position})
    else:
        number = (position or 0) + pages.first
        params[pages.offset] = str(number) if pages.strings else number
    return cloud(key).call(key, params, region=REGION)


def walk(key, limit):
    """Every page in order: where it begins, how many rows came before, what it answered."""
    pages, position, before = paging(catalog().action(key)), None, 0
    while True:
        answer = ask(key, position, limit)
        rows = rows_of(answer, catalog().action(key))
        yield position, before, answer
        before += len(rows)
        if pages.style == "token":
            position = answer[pages.next] or None
            if position is None:
                return
        elif len(rows) < limit:
            return
        else:
            position = before if pages.style == "offset" else (position or 0) + 1


def put_groups():
    from emulator.admin.control import Control

    rows = [{"AutoScalingGroupId": f"asg-{number}"} for number in range(7)]
    Control(LARGE.gateway).put_rows("as.AutoScalingGroup", REGION, rows)


put_groups()


@pytest.mark.parametrize("key", LISTS)
@profiles.costly()
@given(st.data())
def test_a_shifted_page_is_the_list_without_rows_that_went_or_with_rows_that_came(key, data):
    planned = plan(cloud(key))
    planned.clear()
    action = catalog().action(key)
    limit = data.draw(st.integers(1, 9), label="limit")
    true = list(walk(key, limit))
    whole = [row for _, _, answer in true for row in rows_of(answer, action)]
    assert len(whole) >= 3
    number = data.draw(st.integers(0, len(true) - 1), label="page")
    position, before, unshifted = true[number]
    if data.draw(st.booleans()) and paging(action).style == "offset" and key not in ALIGNED:
        # Between the pages of a client that keeps to its limit.
        position = before = data.draw(st.integers(0, len(whole) + 3), label="offset")
        unshifted = ask(key, position, limit)
    by = data.draw(st.integers(-5, 5).filter(bool), label="by")
    moves_total = data.draw(st.booleans(), label="moves_total")
    fault = planned.add_fault(Fault.shifted_page(by=by, moves_total=moves_total, action=key))
    answer = ask(key, position, limit)
    first = len(rows_of(true[0][2], action))
    if before < first:
        assert planned.fired() == {}
        assert known(answer) == known(unshifted)
        return
    assert planned.fired() == {fault.id: (answer["RequestId"],)}
    gone = min(by, before)
    start = max(0, before + gone)
    assert rows_of(answer, action) == whole[start : start + limit]
    if page_of(action).total_member is not None:
        stated = max(0, total_of(unshifted, action) - gone * moves_total)
        assert total_of(answer, action) == stated


def known(answer):
    return {name: value for name, value in answer.items() if name != "RequestId"}


@pytest.mark.parametrize(("from_page", "moved"), [(2, [2, 3, 4]), (3, [3, 4]), (4, [4]), (9, [])])
@pytest.mark.parametrize("key", ["cvm:DescribeInstances", "cam:ListPolicies", "cam:ListAccounts"])
def test_rows_move_from_the_page_on_that_is_said(key, from_page, moved):
    planned = plan(cloud(key))
    planned.clear()
    pages = list(walk(key, 3))[:4]
    planned.add_fault(Fault.shifted_page(from_page=from_page, action=key))
    answers = [ask(key, position, 3) for position, _, _ in pages]
    action = catalog().action(key)
    changed = [
        number
        for number, ((_, _, before), after) in enumerate(zip(pages, answers, strict=True), 1)
        if rows_of(before, action) != rows_of(after, action)
    ]
    assert changed == moved


def test_shifts_add_up_and_a_stale_list_is_shifted_too():
    direct = hosts(7)
    ids = [row["InstanceId"] for row in direct.call("cvm:DescribeInstances", region=REGION)["InstanceSet"]]
    plan(direct).add_fault(Fault.shifted_page(by=2, action="cvm:*"))
    plan(direct).add_fault(Fault.stale_page(action="cvm:*"))
    plan(direct).add_fault(Fault.shifted_page(by=-1, moves_total=True, action="cvm:*"))
    direct.world.write("cvm.instance", REGION).clear()
    answer = direct.call("cvm:DescribeInstances", {"Offset": 2, "Limit": 2}, region=REGION)
    assert [row["InstanceId"] for row in answer["InstanceSet"]] == ids[3:5]
    assert answer["TotalCount"] == 8


def hosts(count):
    return Direct.open(estate(Spec(hosts=((REGION, count),))))


def listed(direct, key=None, **params):
    answer = direct.call("cvm:DescribeInstances", params, region=REGION, key=key)
    assert answer["TotalCount"] >= len(answer["InstanceSet"])
    return answer["TotalCount"], [row["InstanceId"] for row in answer["InstanceSet"]]


def test_a_stale_list_is_what_it_was_when_the_rule_was_added_whatever_is_asked():
    direct = hosts(5)
    true = listed(direct)
    rule = plan(direct).add_fault(Fault.stale_page(action="cvm:DescribeInstances"))
    shelf = direct.world.write("cvm.instance", REGION)
    shelf.remove(true[1][1])
    shelf.put(true[1][0], shelf.get(true[1][0]).having(InstanceName="renamed"))
    assert listed(direct) == true
    assert listed(direct, Offset=2, Limit=2) == (5, true[1][2:4])
    renamed = [{"Name": "instance-name", "Values": ["renamed"]}]
    assert listed(direct, Filters=renamed) == (0, [])
    plan(direct).remove(rule.id)
    assert listed(direct, Filters=renamed) == (1, [true[1][0]])


def test_each_rule_keeps_the_state_of_its_own_moment_and_the_newest_holds():
    direct = hosts(3)
    first = listed(direct)
    plan(direct).add_fault(Fault.stale_page(action="cvm:*"))
    direct.world.write("cvm.instance", REGION).remove(first[1][0])
    newer = plan(direct).add_fault(Fault.stale_page(action="cvm:*"))
    direct.world.write("cvm.instance", REGION).clear()
    assert listed(direct) == (2, first[1][1:])
    plan(direct).remove(newer.id)
    assert listed(direct) == first


def test_an_old_truth_may_be_an_error():
    direct = hosts(1)
    plan(direct).add_fault(Fault.stale_page(action="cam:*"))
    group = direct.call("cam:CreateGroup", {"GroupName": "new"})["GroupId"]
    with pytest.raises(Failed) as caught:
        direct.call("cam:GetGroup", {"GroupId": group})
    assert caught.value.code == "ResourceNotFound.GroupNotExist"
    plan(direct).clear()
    assert direct.call("cam:GetGroup", {"GroupId": group})["GroupName"] == "new"


def test_time_stands_still_in_an_old_state():
    direct = hosts(1)
    ((_, (instance,)), place) = listed(direct), ("cvm.instance", REGION)
    direct.world.later(60, place, instance, put={"InstanceState": "STOPPED"})
    plan(direct).add_fault(Fault.stale_page(action="cvm:*", after=1))
    direct.world.clock.advance(3600)
    stopped = [{"Name": "instance-state", "Values": ["STOPPED"]}]
    assert listed(direct, Filters=stopped)[0] == 1
    assert listed(direct, Filters=stopped)[0] == 0


def test_whoever_may_not_see_the_list_sees_no_old_one_either():
    direct = hosts(1)
    nobody = direct.user("nobody")
    plan(direct).add_fault(Fault.stale_page(action="cvm:*"))
    plan(direct).add_fault(Fault.shifted_page(action="cvm:*"))
    for _ in range(2):
        with pytest.raises(Failed):
            listed(direct, key=nobody, Offset=1)
    assert plan(direct).fired() == {}


def test_a_list_that_a_stub_answers_is_no_older_than_the_stub():
    direct = hosts(3)
    account = direct.gateway.account(direct.world)
    for effect in ("stale_page", "shifted_page"):
        account.plan.add_fault({"effect": effect, "action": "cvm:*"})
    account.stubs.add({"Action": "cvm:DescribeInstances", "Response": {"TotalCount": 9, "InstanceSet": []}})
    assert listed(direct, Offset=1, Limit=1) == (9, [])
    assert account.plan.fired() == {}


def test_nothing_that_changes_is_done_twice_or_in_the_past():
    direct = hosts(1)
    plan(direct).add_fault(Fault.stale_page(action="cam:*"))
    plan(direct).add_fault(Fault.shifted_page(action="*"))
    direct.call("cam:AddUser", {"Name": "amy"})
    plan(direct).clear()
    assert [user["Name"] for user in direct.call("cam:ListUsers")["Data"]] == ["amy"]


def test_what_is_done_to_the_list_comes_upon_what_was_read():
    direct = hosts(4)
    for fault in (Fault.miscounted_total(delta=5), Fault.empty_page(after=1), Fault.stale_page()):
        plan(direct).add_fault(fault)
    direct.world.write("cvm.instance", REGION).clear()
    assert listed(direct)[0] == 9
    assert len(listed(direct, Limit=3)[1]) == 0


def test_the_last_page_of_a_large_list_is_shifted_without_reading_all_of_it(monkeypatch):
    direct = hosts(400)
    performed = []
    bound = direct.gateway.repertoire.find(direct.gateway.catalog.action("cvm:DescribeInstances"))
    original = type(bound.perform.__self__).perform

    def counted(listing, call):
        performed.append(call.params.get("Offset", 0))
        return original(listing, call)

    monkeypatch.setattr(type(bound.perform.__self__), "perform", counted)
    object.__setattr__(bound, "perform", bound.perform.__self__.perform)
    plan(direct).add_fault(Fault.shifted_page(by=-3, action="cvm:*"))
    listed(direct, Offset=390, Limit=10)
    assert len(performed) <= 5


@pytest.mark.parametrize(
    ("effect", "action", "told"),
    [
        ("stale_page", "cvm:RunInstances", "no action that fits 'cvm:RunInstances' answers with a list"),
        ("empty_page", "sts:*", None),
        ("empty_page", "sts:GetCallerIdentity", "answers with a list"),
        ("miscounted_total", "cam:ListUsers", "answers with a list and its total"),
        ("shifted_page", "cvm:DescribeRegions", "lists page by page"),
        ("shifted_page", ["cvm:*", "cam:ListUsers"], "'cam:ListUsers' lists page by page"),
        ("shifted_page", "*:Describe*", None),
        ("shifted_page", "*", None),
        ("stale_page", "as:Describe*", None),
    ],
)
def test_a_rule_about_lists_that_can_meet_none_is_refused(effect, action, told):
    trial = plan(Direct.open())
    if told is None:
        trial.add_fault({"effect": effect, "action": action})
        return
    with pytest.raises(BadInput) as caught:
        trial.add_fault({"effect": effect, "action": action})
    assert told in str(caught.value)
    assert trial.is_empty


def test_the_journal_names_what_struck():
    direct = hosts(3)
    stale = plan(direct).add_fault(Fault.stale_page(action="cvm:*"))
    shifted = plan(direct).add_fault(Fault.shifted_page(action="cvm:*"))
    at = direct.world.clock.now()
    what = ("cvm", "2017-03-12", "DescribeInstances", {"Offset": 1, "Limit": 1})
    reply = direct.gateway.answer(sign(*what, key=direct.root, at=at, region=REGION))
    entry = direct.gateway.account(direct.world).journal.get(reply.request_id)
    assert [(one.rule_id, one.name) for one in entry.firings] == [
        (stale.id, "stale_page"),
        (shifted.id, "shifted_page"),
    ]
    assert json.loads(entry.body)["Response"] == json.loads(reply.body)["Response"]
