"""The sweep rules, on SQLite, and on Postgres where TCCONNECTOR_TEST_POSTGRES names an empty database."""

import os
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from connector.config import locate
from connector.model import Key, Region, Secret, Standing
from connector.outcome import Broken, Complete, Denied, Item, Meaning, Partial, Skipped, Why
from connector.store import accounts, assets, jobs, readings
from connector.store.engine import open_database
from connector.store.vault import Vault

POSTGRES = os.environ.get("TCCONNECTOR_TEST_POSTGRES")
WHY = Why(meaning=Meaning.DENIED, action="cvm:DescribeInstances", message="no", code="UnauthorizedOperation")
REGION = "ap-guangzhou"


class Book:
    """A store with one account, written to reading by reading."""

    def __init__(self, database):
        self.database = database
        self.vault = Vault(b"k" * 32)
        admission = accounts.Admission(
            name="prod",
            identity=None,
            key=Key("AKID" + "a" * 32, Secret("s")),
            features=("host",),
            endpoint=None,
            regions=(Region(name=REGION, title="Guangzhou"),),
            follows_new_regions=True,
            standing=Standing.ACTIVE,
            message="",
        )
        self.account = accounts.admit(database, self.vault, admission, 0)
        self.now_ms = 0

    def begin(self, kind="host"):
        self.now_ms += 1000
        target = readings.Target(
            account_id=self.account.id,
            owner="1",
            cred_version=self.account.cred_version,
            kind=kind,
            region=REGION,
            action=f"test:{kind}",
            is_detail="." in kind,
        )
        job_id = jobs.open_job(self.database, self.account.id, "sync", self.now_ms)
        return readings.begin(self.database, [target], job_id=job_id, now_ms=self.now_ms)[0]

    def record(self, outcome, ticket=None, facts=()):
        return readings.record(self.database, ticket or self.begin(), outcome, self.now_ms, facts)

    def shows(self, *ids, total=...):
        return self.record(Complete(items(*ids), len(ids) if total is ... else total))

    def states(self):
        return {one.native_id: one.state for one in self.all()}

    def all(self):
        return assets.list_assets(self.database, "host", gone=True)


def items(*ids, name="web"):
    return tuple(
        Item(
            key=one,
            name=name,
            raw={"InstanceId": one, "n": name},
            fields={"a": name},
            request_id=f"req-{one}",
        )
        for one in ids
    )


def stores():
    return ["sqlite", *(["postgres"] if POSTGRES else [])]


@pytest.fixture(params=stores())
def database(request):
    if request.param == "sqlite":
        opened = open_database(locate("sqlite://", {}))
        yield opened
    else:
        schema = f"t{uuid.uuid4().hex}"
        engine = create_engine(POSTGRES)
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        mark = "&" if "?" in POSTGRES else "?"
        opened = open_database(locate(f"{POSTGRES}{mark}options=-csearch_path%3D{schema}", {}))
        yield opened
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()
    opened.close()


@pytest.fixture
def book(database):
    return Book(database)


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
