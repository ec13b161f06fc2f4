"""How often an action may be called, when limits are enforced."""

from contextlib import nullcontext
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.contract.catalog import catalog
from emulator.errors import ApiError
from emulator.gateway.rates import _KEYS, _OTHERS, Rates, limit_of
from emulator.gateway.settings import Settings
from scenarios.direct import Direct, Failed

ALLOW_ALL = {"version": "2.0", "statement": [{"effect": "allow", "action": "*", "resource": "*"}]}


@pytest.fixture
def direct():
    direct = Direct.open()
    direct.world.clock.set(1_700_000_000.25)
    direct.gateway.account(direct.world).configure(Settings(rate_limits=True))
    return direct


def call(direct, action="cam:ListUsers", times=1, **options):
    """Call so many times; the code of the last call."""
    for _ in range(times - 1):
        direct.call(action, **options)
    try:
        direct.call(action, **options)
    except Failed as failed:
        return failed.code
    return "ok"


def test_nothing_is_limited_unless_told():
    direct = Direct.open()
    direct.world.clock.set(1_700_000_000)
    assert call(direct, times=100) == "ok"


def test_the_call_beyond_the_limit_is_refused_with_count_and_limit(direct):
    assert call(direct, times=20) == "ok"
    with pytest.raises(Failed) as refused:
        direct.call("cam:ListUsers")
    assert refused.value.code == "RequestLimitExceeded"
    assert refused.value.message == (
        "Your current request times equals to `21` in a second, which exceeds the frequency limit `20` for a "
        "second. Please reduce the frequency of calls."
    )


def test_refused_calls_are_counted_too(direct):
    call(direct, times=20)
    call(direct)
    with pytest.raises(Failed, match="equals to `22` in a second"):
        direct.call("cam:ListUsers")


def test_the_refusal_is_said_in_chinese(direct):
    call(direct, times=20)
    with pytest.raises(Failed, match="您当前每秒请求 `21` 次，超过了每秒频率上限 `20`，请稍后重试。"):
        direct.call("cam:ListUsers", language="zh-CN")


def test_the_next_second_begins_anew(direct):
    call(direct, times=20)
    direct.world.clock.set(1_700_000_000.99)
    assert call(direct) == "RequestLimitExceeded"
    direct.world.clock.set(1_700_000_001)
    assert call(direct, times=20) == "ok"


def test_each_action_is_counted_by_itself(direct):
    call(direct, times=20)
    assert call(direct, "cam:ListGroups", 20) == "ok"


def test_users_and_regions_are_counted_together(direct):
    amy, bob = direct.user("amy", ALLOW_ALL), direct.user("bob", ALLOW_ALL)
    call(direct, "cvm:DescribeInstances", 20, key=amy, region="ap-guangzhou")
    assert call(direct, "cvm:DescribeInstances", 20, key=bob, region="ap-shanghai") == "ok"
    assert call(direct, "cvm:DescribeInstances", region="ap-beijing") == "RequestLimitExceeded"


def test_calls_that_prove_nobody_are_not_counted(direct):
    stranger = replace(direct.root, secret_key="x" * 32)
    for _ in range(30):
        assert call(direct, key=stranger) == "AuthFailure.SignatureFailure"
    assert call(direct, times=20) == "ok"


def test_a_refusal_comes_before_parameters_and_permissions(direct):
    nobody = direct.user("nobody")
    codes = [call(direct, "cam:GetUser", key=nobody) for _ in range(21)]
    assert codes == ["MissingParameter"] * 20 + ["RequestLimitExceeded"]


def test_a_refusal_stands_in_the_journal_with_its_caller(direct):
    call(direct, times=20)
    call(direct)
    (entry,) = direct.gateway.account(direct.world).journal.find(outcome="RequestLimitExceeded")
    assert entry.user == "root"


def test_a_reset_forgets_what_was_counted(direct):
    account = direct.gateway.account(direct.world)
    call(direct, times=20)
    account.reset()
    direct.world.clock.set(1_700_000_000.5)
    account.configure(Settings(rate_limits=True))
    assert call(direct, times=20) == "ok"


@pytest.mark.parametrize(
    ("key", "limit"),
    [
        ("cam:CreateAccessKey", 5),
        ("cam:DeleteAccessKey", 5),
        ("cam:ListUsers", 20),
        ("cvm:DescribeInstances", 40),
        ("cvm:StartInstances", 10),
        ("cvm:RunInstances", 20),
        ("ocr:QuestionOCR", 2),
    ],
)
def test_known_limits_are_kept(key, limit):
    assert limit_of(key) == limit


def test_every_action_with_a_limit_of_its_own_is_published_and_named_once():
    keys = [key for names in _OTHERS.values() for key in names.split()] + [*_KEYS]
    published = {f"{service}:{action}" for service, _, action in catalog().names()}
    assert len(set(keys)) == len(keys)
    assert set(keys) <= published


@given(st.lists(st.tuples(st.sampled_from(["cam:CreateAccessKey", "ocr:TextDetect"]), st.integers(0, 8))))
def test_counting_agrees_with_looking_back_over_all_calls(calls):
    rates, now, history = Rates(), 1_700_000_000.0, []
    for key, eighths in calls:
        now += eighths / 8
        history.append((key, int(now)))
        count = history.count((key, int(now)))
        with pytest.raises(ApiError, match=f"`{count}`") if count > limit_of(key) else nullcontext():
            rates.count(key, now)
