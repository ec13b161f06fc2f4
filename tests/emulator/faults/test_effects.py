import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.faults.effects import (
    ClockSkew,
    EmptyPage,
    Error,
    HttpStatus,
    InternalError,
    MiscountedTotal,
    Reset,
    ServiceUnavailable,
    Throttle,
    Truncate,
    cut_at,
    error_of,
    garble,
    page_of,
    rewrite,
)
from emulator.faults.page import Page

BODIES = st.dictionaries(st.text(max_size=8), st.text(max_size=40)).map(
    lambda response: json.dumps({"Response": response}).encode()
)
ANSWER = (
    '{"Response":{"TotalCount":2,"InstanceSet":[{"InstanceName":"主机"}],"Deep":{"N":1},"RequestId":"r"}}'
).encode()


def is_json(body):
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


@given(st.binary(max_size=400) | BODIES, st.integers(0))
def test_garbled_bytes_are_as_many_and_never_json(body, seed):
    changed = garble(body, seed)
    assert len(changed) == max(1, len(body))
    assert not is_json(changed)


@given(BODIES, st.integers(0, 100))
def test_the_same_seed_makes_the_same_garbage(body, seed):
    assert garble(body, seed) == garble(body, seed)


def test_another_seed_makes_other_garbage():
    body = b"x" * 2000
    assert garble(body, 1) != garble(body, 2)


@given(
    st.binary(min_size=1, max_size=100),
    st.sampled_from((Truncate, Reset)),
    st.integers(0, 200) | st.floats(0.001, 0.999),
)
def test_a_body_is_always_cut_before_its_end(body, effect, where):
    cut = effect(after_bytes=where) if isinstance(where, int) else effect(share=where)
    assert 0 <= cut_at(body, cut) < len(body)


def test_a_cut_is_where_it_was_asked_for():
    body = b"x" * 100
    assert cut_at(body, Truncate()) == 50
    assert cut_at(body, Truncate(share=0.25)) == 25
    assert cut_at(body, Reset(after_bytes=7)) == 7
    assert cut_at(b"", Reset()) == 0


def test_an_empty_page_keeps_its_total():
    response = json.loads(rewrite(ANSWER, Page("InstanceSet", "TotalCount"), EmptyPage()))["Response"]
    assert response == {"TotalCount": 2, "InstanceSet": [], "Deep": {"N": 1}, "RequestId": "r"}


@pytest.mark.parametrize(("delta", "total"), [(1, 3), (-1, 1), (-5, 0)])
def test_a_miscounted_total_keeps_its_list_and_is_never_negative(delta, total):
    body = rewrite(ANSWER, Page("InstanceSet", "TotalCount"), MiscountedTotal(delta))
    assert body == ANSWER.replace(b'"TotalCount":2', b'"TotalCount":%d' % total)


def test_a_total_that_is_text_stays_text():
    body = ANSWER.replace(b'"TotalCount":2', b'"TotalCount":"2"')
    changed = rewrite(body, Page("InstanceSet", "TotalCount"), MiscountedTotal(-1))
    assert changed == ANSWER.replace(b'"TotalCount":2', b'"TotalCount":"1"')


def test_members_within_members_are_reached_by_dots():
    body = rewrite(ANSWER, Page("InstanceSet", "Deep.N"), MiscountedTotal(1))
    assert body == ANSWER.replace(b'"N":1', b'"N":2')


@pytest.mark.parametrize(
    ("effect", "code"),
    [
        (Throttle(), "RequestLimitExceeded"),
        (Throttle("UinLimitExceeded"), "RequestLimitExceeded.UinLimitExceeded"),
        (InternalError(), "InternalError"),
        (ServiceUnavailable(), "ServiceUnavailable"),
        (Error("ResourceBusy", "Busy."), "ResourceBusy"),
        (ClockSkew(600), "AuthFailure.SignatureExpire"),
    ],
)
def test_an_error_has_the_clouds_own_code(effect, code):
    assert error_of(effect, 0).code == code


def test_a_throttle_says_how_many_calls_and_how_many_are_allowed():
    error = error_of(Throttle(count=11, limit=10), 0)
    assert error.message == (
        "Your current request times equals to `11` in a second, which exceeds the frequency limit `10` for a "
        "second. Please reduce the frequency of calls."
    )
    assert "`21`" in error_of(Throttle(), 0).message
    assert "`6`" in error_of(Throttle(limit=5), 0).text("zh-CN")


def test_a_skewed_clock_is_told_to_the_client():
    assert "the server time 1600." in error_of(ClockSkew(600), 1000.9).message


def test_a_page_says_its_status_or_what_it_was_told_to():
    assert b"502 Bad Gateway" in page_of(HttpStatus(502))
    assert b"599" in page_of(HttpStatus(599))
    assert page_of(HttpStatus(502, "oops")) == b"oops"
