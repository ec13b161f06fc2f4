"""The sweep rules, on every kind of store."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.config import locate
from connector.model import Key, Secret
from connector.outcome import Broken, Complete, Denied, Fact, Link, Partial, Place, Skipped
from connector.store import accounts, assets
from connector.store.engine import open_database

from .book import REGION, WHY, Book, items


def test_what_a_complete_reading_shows_is_there(book):
    change = book.shows("a", "b")
    assert (change.new, change.kept) == (2, 2)
    assert book.states() == {"a": "LIVE", "b": "LIVE"}


def test_what_one_complete_reading_misses_is_stale_and_what_two_miss_is_gone(book):
    book.shows("a", "b")
    assert book.shows("a").stale == 1
    assert book.states() == {"a": "LIVE", "b": "STALE"}
    change = book.shows("a")
    assert (change.gone, change.kept) == (1, 1)
    assert book.states() == {"a": "LIVE", "b": "GONE"}


def test_what_comes_back_is_live_again_and_was_first_seen_long_ago(book):
    book.shows("a", "b")
    first = {one.native_id: one.first_seen_ms for one in book.all()}
    book.shows("a")
    book.shows("a")
    book.shows("a", "b")
    found = {one.native_id: one for one in book.all()}
    assert (found["b"].state, found["b"].gone_ms) == ("LIVE", None)
    assert {key: one.first_seen_ms for key, one in found.items()} == first


def test_a_stale_asset_that_is_seen_starts_anew(book):
    book.shows("a", "b")
    book.shows("a")
    book.shows("a", "b")
    book.shows("a")
    assert book.states()["b"] == "STALE"


@pytest.mark.parametrize("outcome", [Denied(WHY), Broken(WHY), Skipped(WHY), Partial((), WHY)])
def test_nothing_but_a_complete_reading_strikes(book, outcome):
    book.shows("a", "b")
    book.shows("a")
    before = book.states()
    for _ in range(3):
        book.record(outcome)
    assert book.states() == before


def test_a_partial_reading_adds_and_revives(book):
    book.shows("a", "b")
    book.shows("a")
    change = book.record(Partial(items("b", "c"), WHY))
    assert change.new == 1
    assert book.states() == {"a": "LIVE", "b": "LIVE", "c": "LIVE"}


def test_a_change_is_noticed_and_no_change_is_not(book):
    book.shows("a", "b")
    book.record(Complete(items("a") + items("b", name="other"), 2))
    found = {one.native_id: one for one in book.all()}
    assert found["a"].last_changed_ms == found["a"].first_seen_ms
    assert found["b"].last_changed_ms > found["b"].first_seen_ms
    assert found["b"].name == "other"


def test_what_is_the_users_survives_every_sync(book):
    book.shows("a", "b")
    (asset,) = [one for one in book.all() if one.native_id == "b"]
    assets.annotate(book.database, asset.id, group_name="core", importance="high")
    book.record(Complete(items("a") + items("b", name="other"), 2))
    book.shows("a")
    book.shows("a")
    book.shows("a", "b")
    (asset,) = [one for one in book.all() if one.native_id == "b"]
    assert (asset.group_name, asset.importance) == ("core", "high")


def test_a_reading_that_was_overtaken_writes_nothing(book):
    book.shows("a", "b")
    old, new = book.begin(), book.begin()
    book.record(Complete(items("a", "c"), 2), new)
    change = book.record(Complete((), 0), old)
    assert change.overtaken
    assert book.states() == {"a": "LIVE", "b": "STALE", "c": "LIVE"}


def test_a_reading_with_a_key_that_was_replaced_writes_nothing(book):
    book.shows("a")
    ticket = book.begin()
    accounts.rotate(book.database, book.vault, book.account.id, Key("AKID" + "b" * 32, Secret("t")), 1)
    assert book.record(Complete((), 0), ticket).overtaken
    assert book.states() == {"a": "LIVE"}


def test_a_very_large_removal_waits_for_one_reading_more(book):
    ids = [f"i{number}" for number in range(60)]
    book.shows(*ids)
    book.shows(*ids[:30])
    assert book.shows(*ids[:30]).held
    assert "GONE" not in book.states().values()
    assert book.shows(*ids[:30]).gone == 30


def test_a_held_removal_is_forgotten_when_the_assets_come_back(book):
    ids = [f"i{number}" for number in range(60)]
    book.shows(*ids)
    book.shows()
    assert book.shows().held
    book.shows(*ids)
    book.shows()
    assert book.shows().held


def test_a_small_removal_or_a_small_shard_does_not_wait(book):
    ids = [f"i{number}" for number in range(50)]
    book.shows(*ids)
    book.shows()
    change = book.shows()
    assert (change.gone, change.held) == (50, False)


def test_where_no_total_is_stated_only_two_agreeing_readings_strike(book):
    book.shows("a", "b", total=None)
    book.shows("a", total=None)
    assert book.states() == {"a": "LIVE", "b": "LIVE"}
    book.shows("a", total=None)
    assert book.states() == {"a": "LIVE", "b": "STALE"}


def test_a_shard_knows_nothing_of_another(book):
    book.shows("a")
    book.record(Complete((), 0), book.begin(kind="disk"))
    assert book.states() == {"a": "LIVE"}


def test_each_asset_cites_the_call_that_showed_it(book):
    book.shows("a", "b")
    assert {one.native_id: one.request_id for one in book.all()} == {"a": "req-a", "b": "req-b"}


# --- What belongs to others, and what is known of them ----------------------------------------------------


def test_what_belongs_to_a_thing_goes_with_it(book):
    book.shows("a", "b")
    book.shows("a/1", "a/2", kind="child", parent="a")
    book.record(Denied(WHY), book.begin("child"))
    book.shows("b")
    assert book.states("child") == {"a/1": "LIVE", "a/2": "LIVE"}
    book.shows("b")
    assert book.states("child") == {"a/1": "GONE", "a/2": "GONE"}
    assert {one.gone_ms for one in book.all("child")} == {book.one("a").gone_ms}


def test_what_belongs_to_a_thing_that_was_held_back_stays(book):
    ids = [f"i{number}" for number in range(60)]
    book.shows(*ids)
    book.shows("child", kind="child", parent="i0")
    for _ in range(2):
        change = book.shows(*ids[30:])
    assert change.held
    assert book.states("child") == {"child": "LIVE"}
    book.shows(*ids[30:])
    assert book.states("child") == {"child": "GONE"}


def test_nothing_is_said_of_what_belongs_to_a_thing_that_was_gone_when_it_was_asked_about(book):
    book.shows("a", "b")
    book.record(Complete(items("a/1", parent="a") + items("b/1", parent="b"), 2), book.begin("child"))
    spared = frozenset({Place("host", REGION, "a")})
    for _ in range(3):
        book.record(Complete((), 0, spared), book.begin("child"))
    assert book.states("child") == {"a/1": "LIVE", "b/1": "GONE"}


def fact(key, known="VALUE", value=None, **more):
    return Fact(of=Place("host", REGION, key), known=known, value=value, **more)


def test_a_value_is_kept_with_the_call_that_said_it(book):
    book.shows("a")
    book.tells(fact("a", value={"Status": 0}, request_id="req-1"))
    proof = book.proofs("a")["test:host.agent"]
    assert (proof.outcome, proof.value, proof.request_id) == ("VALUE", {"Status": 0}, "req-1")
    assert book.proofs("a")["test:host"].request_id == "req-a"


def test_what_could_not_be_found_out_is_unknown_and_costs_no_value(book):
    book.shows("a")
    book.tells(fact("a", value={"Status": 0}, request_id="req-1"))
    valued_ms = book.now_ms
    denied = fact("a", "UNKNOWN", code="UnauthorizedOperation", message="no", request_id="req-2")
    book.tells(denied, outcome=Denied(WHY))
    proof = book.proofs("a")["test:host.agent"]
    assert (proof.outcome, proof.code, proof.request_id) == ("UNKNOWN", "UnauthorizedOperation", "req-2")
    assert (proof.value, proof.valued_ms) == ({"Status": 0}, valued_ms)


def test_what_is_absent_takes_the_value_away(book):
    book.shows("a")
    book.tells(fact("a", value={"Status": 0}))
    book.tells(fact("a", "ABSENT", code="ResourceNotFound.MachineNotFound", message="none"))
    proof = book.proofs("a")["test:host.agent"]
    assert (proof.outcome, proof.value, proof.valued_ms) == ("ABSENT", None, book.now_ms)


def test_a_detail_that_was_overtaken_says_nothing(book):
    book.shows("a")
    old = book.begin("host.agent")
    book.tells(fact("a", value=1))
    assert book.record(Complete((), 0), old, [fact("a", value=2)]).overtaken
    assert book.proofs("a")["test:host.agent"].value == 1


# --- Ties -------------------------------------------------------------------------------------------------


def to(key, kind="uses_sg", *, by_name=False):
    return Link(kind, Place("group", REGION, key), by_name)


def test_ties_are_shown_from_both_ends_and_to_what_was_never_seen(book):
    book.shows("g1", kind="group", name="web-group")
    book.shows("a", links=(to("g1"), to("g2"), to("web-group", "named", by_name=True)))
    assert book.ties("a") == {
        ("uses_sg", True, "g1", "LIVE"),
        ("uses_sg", True, "g2", ""),
        ("named", True, "web-group", "LIVE"),
    }
    assert book.ties("g1") == {("uses_sg", False, "a", "LIVE"), ("named", False, "a", "LIVE")}


def test_ties_are_what_the_same_read_said_last(book):
    book.shows("a", links=(to("g1"), to("g2")))
    book.tells(fact("a", value=1, links=(to("g9", "backs"),)))
    book.shows("a", links=(to("g2"),))
    assert book.ties("a") == {("uses_sg", True, "g2", ""), ("backs", True, "g9", "")}
    book.tells(fact("a", "UNKNOWN", code="UnauthorizedOperation"))
    assert ("backs", True, "g9", "") in book.ties("a")
    book.tells(fact("a", "ABSENT"))
    assert book.ties("a") == {("uses_sg", True, "g2", "")}


def test_what_belongs_together_is_tied(book):
    book.shows("a")
    book.shows("a/1", kind="child", parent="a")
    assert book.ties("a") == {("child_of", False, "a/1", "LIVE")}
    assert book.ties("a/1") == {("child_of", True, "a", "LIVE")}


def test_names_that_databases_do_not_take_are_kept_as_far_as_they_go(book):
    book.record(Complete(items("a", name="x\0\ud800y"), 1))
    (asset,) = book.all()
    assert asset.name == "x\ufffd?y"
    assert asset.raw["n"] == "x\0\ud800y"


IDS = [f"i{number}" for number in range(6)]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["complete", "partial", "denied", "broken", "skipped"]), st.sets(st.sampled_from(IDS))
    ),
    max_size=12,
)


@given(STEPS)
@settings(max_examples=40, deadline=None)
def test_nothing_is_gone_that_two_complete_readings_in_a_row_did_not_miss(steps):
    """Checked against a twin that keeps nothing but the number of misses."""
    database = open_database(locate("sqlite://", {}))
    try:
        book, missed = Book(database), {}
        for word, seen in steps:
            shown = items(*sorted(seen))
            match word:
                case "complete":
                    book.record(Complete(shown, len(shown)))
                    missed = {one: 0 if one in seen else number + 1 for one, number in missed.items()}
                case "partial":
                    book.record(Partial(shown, WHY))
                case "denied":
                    book.record(Denied(WHY))
                case "broken":
                    book.record(Broken(WHY))
                case _:
                    book.record(Skipped(WHY))
            if word in ("complete", "partial"):
                missed |= dict.fromkeys(seen, 0)
        names = {0: "LIVE", 1: "STALE"}
        assert book.states() == {one: names.get(number, "GONE") for one, number in missed.items()}
    finally:
        database.close()
