from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.clouds.tencent.products import HOST, REGION, Paging
from connector.clouds.tencent.reading import read
from connector.errors import CloudError
from connector.outcome import Broken, Complete, Denied, Meaning, Partial, Skipped

SMALL = replace(HOST, paging=Paging(limit=2))
IDS = ["ins-1", "ins-2", "ins-3", "ins-4", "ins-5"]


class Script:
    """A session whose answers are a function of how often it was called, and with what."""

    def __init__(self, answer):
        self.answer = answer
        self.calls = []

    def call(self, service, version, action, params, region):
        self.calls.append(dict(params))
        found = self.answer(len(self.calls), params)
        if isinstance(found, CloudError):
            raise found
        return found


def page(ids, total, request_id="req"):
    return {"TotalCount": total, "InstanceSet": [{"InstanceId": one} for one in ids], "RequestId": request_id}


def pager(ids):
    return lambda _, params: page(ids[params["Offset"] :][: params["Limit"]], len(ids))


def keys(outcome):
    return [item.key for item in outcome.items]


def test_a_list_is_read_to_its_end():
    session = Script(pager(IDS))
    outcome = read(SMALL, "ap-guangzhou", session)
    assert isinstance(outcome, Complete)
    assert (keys(outcome), outcome.total) == (IDS, 5)
    assert [call["Offset"] for call in session.calls] == [0, 2, 4]


def test_an_empty_list_is_complete():
    assert read(SMALL, "r", Script(pager([]))) == Complete((), 0)


def test_a_null_list_with_a_total_of_zero_is_complete():
    answer = {"TotalCount": 0, "InstanceSet": None}
    assert read(SMALL, "r", Script(lambda *_: answer)) == Complete((), 0)


def test_each_item_names_the_call_that_showed_it():
    session = Script(lambda n, params: page(IDS[params["Offset"] :][:2], 5, f"req-{n}"))
    outcome = read(SMALL, "r", session)
    assert [item.request_id for item in outcome.items] == ["req-1", "req-1", "req-2", "req-2", "req-3"]


def test_pages_that_come_short_lose_nothing():
    session = Script(lambda _, params: page(IDS[params["Offset"] :][:1], 5))
    assert keys(read(SMALL, "r", session)) == IDS


def test_a_total_that_moves_once_is_read_again():
    def answer(n, params):
        ids = IDS if n > 1 else IDS[1:]
        return page(ids[params["Offset"] :][:2], len(ids))

    outcome = read(SMALL, "r", Script(answer))
    assert isinstance(outcome, Complete)
    assert keys(outcome) == IDS


def test_a_total_that_keeps_moving_is_partial():
    session = Script(lambda n, params: page(IDS[params["Offset"] :][:2], 5 + n % 2))
    outcome = read(SMALL, "r", session)
    assert isinstance(outcome, Partial)
    assert outcome.why.meaning is Meaning.INCOMPLETE


def test_fewer_different_items_than_stated_is_partial():
    outcome = read(SMALL, "r", Script(lambda *_: page(["ins-1", "ins-1"], 2)))
    assert isinstance(outcome, Partial)
    assert keys(outcome) == ["ins-1"]


def test_more_items_than_stated_is_partial():
    assert isinstance(read(SMALL, "r", Script(lambda *_: page(["a", "b"], 1))), Partial)


def test_a_full_page_is_no_end_whatever_total_is_stated():
    session = Script(lambda _, params: page(IDS[params["Offset"] :][:2], 2))
    assert isinstance(read(SMALL, "r", session), Partial)
    assert [call["Offset"] for call in session.calls[:3]] == [0, 2, 4]


def test_a_list_that_ends_with_a_full_page_is_asked_once_more():
    session = Script(pager(IDS[:4]))
    assert isinstance(read(SMALL, "r", session), Complete)
    assert [call["Offset"] for call in session.calls] == [0, 2, 4]


def test_a_product_is_read_in_smaller_pages_but_never_in_larger_ones():
    assert HOST.in_pages_of(7).paging == replace(HOST.paging, limit=7)
    assert HOST.in_pages_of(500) is HOST
    assert HOST.in_pages_of(None) is HOST
    assert REGION.in_pages_of(7) is REGION


def test_nothing_seen_of_what_is_stated_is_broken():
    assert isinstance(read(SMALL, "r", Script(lambda *_: page([], 3))), Broken)


def test_a_denial_on_the_first_page_is_denied():
    error = CloudError("UnauthorizedOperation", "no", "req-9")
    outcome = read(SMALL, "r", Script(lambda *_: error))
    assert isinstance(outcome, Denied)
    assert (outcome.why.code, outcome.why.request_id, outcome.why.action) == (
        "UnauthorizedOperation",
        "req-9",
        "cvm:DescribeInstances",
    )


def test_a_denial_on_a_later_page_keeps_what_was_seen():
    denied = CloudError("UnauthorizedOperation", "no")
    outcome = read(SMALL, "r", Script(lambda n, params: denied if n > 1 else page(IDS[:2], 5)))
    assert isinstance(outcome, Partial)
    assert (keys(outcome), outcome.why.meaning) == (IDS[:2], Meaning.DENIED)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("InternalError", Broken),
        ("AuthFailure.SecretIdNotFound", Broken),
        ("InvalidParameterValue.Range", Broken),
        ("SomethingNew.Entirely", Broken),
        ("AuthFailure.UnauthorizedOperation", Denied),
        ("UnauthorizedOperation.CamNoAuth", Denied),
        ("UnsupportedRegion", Skipped),
        ("AuthFailure.ErrCodeNoPurchased", Skipped),
    ],
)
def test_an_error_ends_a_reading_by_its_meaning(code, kind):
    assert isinstance(read(SMALL, "r", Script(lambda *_: CloudError(code, "no"))), kind)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"TotalCount": 1},
        {"TotalCount": 1, "InstanceSet": None},
        {"TotalCount": 1, "InstanceSet": {}},
        {"TotalCount": 1, "InstanceSet": ["ins-1"]},
        {"InstanceSet": []},
        {"TotalCount": "1", "InstanceSet": [{"InstanceId": "ins-1"}]},
        {"TotalCount": True, "InstanceSet": [{"InstanceId": "ins-1"}]},
        {"TotalCount": -1, "InstanceSet": []},
        {"TotalCount": None, "InstanceSet": []},
    ],
)
def test_an_answer_of_another_shape_is_broken(answer):
    assert isinstance(read(SMALL, "r", Script(lambda *_: answer)), Broken)


@pytest.mark.parametrize("row", [{}, {"InstanceId": None}, {"InstanceId": ""}, {"InstanceId": 7}])
def test_a_row_without_its_key_makes_a_reading_partial(row):
    answer = {"TotalCount": 2, "InstanceSet": [{"InstanceId": "ins-1"}, row]}
    assert isinstance(read(SMALL, "r", Script(lambda *_: answer)), Partial)


def test_a_list_without_an_end_ends():
    product = replace(HOST, total=None, paging=Paging(limit=1))
    session = Script(lambda n, _: {"InstanceSet": [{"InstanceId": f"ins-{n}"}]})
    outcome = read(product, "r", session)
    assert isinstance(outcome, Partial)


def test_without_a_stated_total_a_short_page_is_the_last():
    product = replace(SMALL, total=None)
    session = Script(lambda _, params: {"InstanceSet": page(IDS[params["Offset"] :][:2], 0)["InstanceSet"]})
    outcome = read(product, "r", session)
    assert isinstance(outcome, Complete)
    assert (keys(outcome), outcome.total) == (IDS, None)


def test_paging_by_page_number_and_as_text():
    product = replace(HOST, paging=Paging(at="Page", size="Rp", limit=2, by="pages", start=1, as_text=True))
    session = Script(lambda _, params: page(IDS[(int(params["Page"]) - 1) * 2 :][:2], 5))
    assert keys(read(product, "r", session)) == IDS
    assert session.calls == [{"Page": number, "Rp": "2"} for number in ("1", "2", "3")]


def test_a_list_without_paging_is_asked_for_once():
    session = Script(lambda *_: {"TotalCount": 1, "RegionSet": [{"Region": "ap-guangzhou"}]})
    assert keys(read(REGION, "", session)) == ["ap-guangzhou"]
    assert session.calls == [{}]


@given(
    ids=st.lists(st.integers(0, 30).map("ins-{}".format), unique=True, max_size=20),
    limit=st.integers(1, 7),
    lies=st.dictionaries(
        st.integers(1, 12), st.sampled_from(["drop", "repeat", "more", "fewer", "deny", "break"])
    ),
)
def test_complete_means_exactly_what_exists(ids, limit, lies):
    """Whatever single pages do, a reading that says Complete holds every item and no other."""

    def answer(n, params):
        rows = ids[params["Offset"] :][: params["Limit"]]
        match lies.get(n):
            case "drop":
                return page(rows[1:], len(ids))
            case "repeat":
                return page(rows[:1] * len(rows), len(ids))
            case "more":
                return page(rows, len(ids) + 1)
            case "fewer":
                return page(rows, len(rows))
            case "deny":
                return CloudError("UnauthorizedOperation", "no")
            case "break":
                return CloudError("InternalError", "no")
        return page(rows, len(ids))

    outcome = read(replace(HOST, paging=Paging(limit=limit)), "r", Script(answer))
    if isinstance(outcome, Complete):
        assert set(keys(outcome)) == set(ids)
    elif isinstance(outcome, Partial):
        assert set(keys(outcome)) <= set(ids)
