"""Whom a line asks, and what its calls make together: nothing unknown is ever taken for absent."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.clouds.tencent.asking import Ask, Row, asks_about, merge, unheard_of
from connector.clouds.tencent.gathering import Told, gather
from connector.clouds.tencent.products.members import epoch_ms, found, key_of, tags
from connector.clouds.tencent.products.table import ASSETS
from connector.clouds.tencent.reading import read
from connector.errors import CloudError
from connector.outcome import Broken, Complete, Denied, Meaning, Partial, Place, Skipped, Why

LINES = {line.kind: line for line in ASSETS}
REGION = "ap-guangzhou"
UNSEEN = Why(meaning=Meaning.DENIED, action="cdb:DescribeDBInstances", message="no", code="Unauthorized")


def row(kind, key, parent=None, **raw):
    return Row(place=Place(kind, REGION, key), parent=parent, raw=raw)


class Cloud:
    """A session that answers a line's calls by what they ask about; an exception is raised."""

    def __init__(self, answers):
        self.answers = answers
        self.calls = []

    def call(self, service, version, action, params, region):
        self.calls.append((params, region))
        for value in params.values():
            key = value[0] if isinstance(value, list) else value
            if key in self.answers:
                answer = self.answers[key]
                if isinstance(answer, str):
                    raise CloudError(answer, f"{answer} of the test", f"req-{key}")
                return {**answer, "RequestId": f"req-{key}"}
        raise AssertionError(params)


def shard(kind, rows, answers, unseen=None):
    """Read a shard's calls as a course would, and put them together."""
    line, cloud = LINES[kind], Cloud(answers)
    asks = merge(line, [ask for each in rows for ask in asks_about(line, each)])
    told = [Told(ask, read(line, REGION, cloud, ask=ask)) for ask in asks]
    return gather(line, REGION, told, unseen), cloud


def known(gathered):
    return {fact.of.key: (fact.known, fact.code) for fact in gathered.facts}


# --- Asking -----------------------------------------------------------------------------------------------


def test_one_call_is_made_for_each_thing_with_what_is_fixed():
    gathered, cloud = shard(
        "redis.groups", [row("redis", "crs-1", InstanceId="crs-1")], {"crs-1": {"Groups": []}}
    )
    assert [params for params, _ in cloud.calls] == [{"Product": "redis", "InstanceId": "crs-1"}]
    assert isinstance(gathered.outcome, Complete)


def test_things_are_asked_about_in_batches_that_a_call_takes():
    rows = [row("clb", f"lb-{n}", LoadBalancerId=f"lb-{n}", Forward=1) for n in range(61)]
    asks = merge(LINES["clb.health"], [ask for each in rows for ask in asks_about(LINES["clb.health"], each)])
    assert [len(ask.params["LoadBalancerIds"]) for ask in asks] == [30, 30, 1]
    assert [place.key for ask in asks for place in ask.of] == [f"lb-{n}" for n in range(61)]


def test_a_classic_balancer_is_not_asked_for_its_health():
    rows = [row("clb", "lb-1", LoadBalancerId="lb-1", Forward=0)]
    assert [ask for each in rows for ask in asks_about(LINES["clb.health"], each)] == []


def test_each_distinct_value_is_asked_for_once_and_as_a_number():
    user, role = Place("user", "", "7"), Place("role", "", "r")
    rows = [
        Row(place=Place("user.policies", "", "5"), parent=user, raw={"PolicyId": "5"}),
        Row(place=Place("user.policies", "", "6"), parent=user, raw={"PolicyId": "6"}),
        Row(place=Place("role.policies", "", "5"), parent=role, raw={"PolicyId": 5}),
        Row(place=Place("user.boundary", "", ""), parent=user, raw={"PolicyId": None}),
    ]
    asks = merge(LINES["policy"], [ask for each in rows for ask in asks_about(LINES["policy"], each)])
    assert [(ask.params, ask.label) for ask in asks] == [({"PolicyId": 5}, "5"), ({"PolicyId": 6}, "6")]


def test_a_disk_whose_snapshot_policies_are_known_already_is_not_asked():
    line = LINES["snapshot_policy"]
    policies = {"a": ["asp-1", "asp-2"], "b": ["asp-2"], "c": ["asp-3"], "d": None, "e": []}
    rows = [row("disk", key, DiskId=key, AutoSnapshotPolicyIds=ids) for key, ids in policies.items()]
    asks = merge(line, [ask for each in rows for ask in asks_about(line, each)])
    assert [ask.params["DiskId"] for ask in asks] == ["a", "c"]


def test_a_grandchild_is_asked_for_by_its_parent_too():
    parent = Place("cdb", REGION, "cdb-1")
    (ask,) = asks_about(
        LINES["cdb_account.privileges"], row("cdb_account", "cdb-1/root@%", parent, User="root", Host="%")
    )
    assert ask.params == {"InstanceId": "cdb-1", "User": "root", "Host": "%"}


def test_a_thing_that_lacks_what_has_to_be_sent_is_not_asked_about():
    assert [*asks_about(LINES["host.agent"], row("host", "ins-1", Uuid=None))] == []


def test_what_does_not_exist_can_be_asked_for_in_the_right_form():
    assert unheard_of(LINES["policy"]).params == {"PolicyId": 1}
    assert unheard_of(LINES["user.boundary"]).params == {"TargetUin": 1}
    assert unheard_of(LINES["clb.health"]).params == {"LoadBalancerIds": ["none-00000000"]}


# --- Gathering --------------------------------------------------------------------------------------------

CDBS = [row("cdb", f"cdb-{n}", InstanceId=f"cdb-{n}") for n in (1, 2)]
ACCOUNTS = {
    "cdb-1": {"TotalCount": 1, "Items": [{"User": "root", "Host": "%"}]},
    "cdb-2": {
        "TotalCount": 2,
        "Items": [{"User": "root", "Host": "%"}, {"User": "app", "Host": "10.0.0.1"}],
    },
}


def test_what_belongs_to_several_things_is_one_list_each_with_its_parent():
    gathered, _ = shard("cdb_account", CDBS, ACCOUNTS)
    assert isinstance(gathered.outcome, Complete)
    assert gathered.outcome.total == 3
    assert {(item.key, item.parent.key) for item in gathered.outcome.items} == {
        ("cdb-1/root@%", "cdb-1"),
        ("cdb-2/root@%", "cdb-2"),
        ("cdb-2/app@10.0.0.1", "cdb-2"),
    }
    assert {fact.of.key: (fact.known, fact.request_id) for fact in gathered.facts} == {
        "cdb-1": ("VALUE", "req-cdb-1"),
        "cdb-2": ("VALUE", "req-cdb-2"),
    }


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "InternalError", "Odd"])
def test_one_that_fails_makes_it_partial_and_is_named(code):
    gathered, _ = shard("cdb_account", CDBS, ACCOUNTS | {"cdb-2": code})
    assert isinstance(gathered.outcome, Partial)
    assert [item.key for item in gathered.outcome.items] == ["cdb-1/root@%"]
    assert "cdb-2" in gathered.outcome.why.message
    assert gathered.outcome.why.request_id == "req-cdb-2"
    assert known(gathered) == {"cdb-1": ("VALUE", ""), "cdb-2": ("UNKNOWN", code)}


def test_what_is_denied_for_all_is_denied():
    gathered, _ = shard("cdb_account", CDBS, dict.fromkeys(ACCOUNTS, "UnauthorizedOperation"))
    assert isinstance(gathered.outcome, Denied)
    assert {fact.known for fact in gathered.facts} == {"UNKNOWN"}


def test_what_fails_for_all_is_broken():
    gathered, _ = shard("cdb_account", CDBS, dict.fromkeys(ACCOUNTS, "InternalError"))
    assert isinstance(gathered.outcome, Broken)


def test_parents_that_were_not_all_seen_leave_nothing_complete():
    gathered, _ = shard("cdb_account", CDBS, ACCOUNTS, UNSEEN)
    assert isinstance(gathered.outcome, Partial)
    assert gathered.outcome.why == UNSEEN
    assert len(gathered.outcome.items) == 3


@pytest.mark.parametrize(
    ("meaning", "kind"),
    [(Meaning.DENIED, Denied), (Meaning.TRANSIENT, Broken), (Meaning.INCOMPLETE, Broken)],
)
def test_no_parent_seen_is_no_empty_list(meaning, kind):
    gathered, _ = shard("cdb_account", [], {}, replace(UNSEEN, meaning=meaning))
    assert isinstance(gathered.outcome, kind)


def test_no_parent_there_is_an_empty_list():
    gathered, _ = shard("cdb_account", [], {})
    assert gathered.outcome == Complete((), 0)


def test_what_is_off_is_absent_and_what_is_denied_is_unknown():
    answers = {
        "cdb-1": "FailedOperation.AuditConfigNotExist",
        "cdb-2": "AuthFailure.UnauthorizedOperation",
        "cdb-3": {"LogExpireDay": 30},
        "cdb-4": "OperationDenied.UnsupportOpenAuditError",
    }
    rows = [row("cdb", key, InstanceId=key) for key in answers]
    gathered, _ = shard("cdb.audit", rows, answers)
    assert isinstance(gathered.outcome, Partial)
    assert known(gathered) == {
        "cdb-1": ("ABSENT", "FailedOperation.AuditConfigNotExist"),
        "cdb-2": ("UNKNOWN", "AuthFailure.UnauthorizedOperation"),
        "cdb-3": ("VALUE", ""),
        "cdb-4": ("ABSENT", "OperationDenied.UnsupportOpenAuditError"),
    }
    (value,) = [fact.value for fact in gathered.facts if fact.known == "VALUE"]
    assert value == {"LogExpireDay": 30}


def test_what_was_deleted_since_it_was_listed_is_spared_and_no_failure():
    gathered, _ = shard("cdb_account", CDBS, ACCOUNTS | {"cdb-2": "InvalidParameter.InstanceNotFound"})
    assert isinstance(gathered.outcome, Complete)
    assert gathered.outcome.spared == {Place("cdb", REGION, "cdb-2")}
    assert known(gathered)["cdb-2"] == ("UNKNOWN", "InvalidParameter.InstanceNotFound")


@pytest.mark.parametrize(
    "code", ["UnsupportedRegion", "InvalidParameter.InstanceNotFound", "FailedOperation.AuditConfigNotExist"]
)
def test_a_list_that_breaks_off_says_nothing_of_its_rest_whatever_the_reason(code):
    line = LINES["cdb_account"].in_pages_of(1)
    (ask,) = asks_about(line, CDBS[0])

    class Breaking:
        def call(self, service, version, action, params, region):
            if params["Offset"]:
                raise CloudError(code, "no", "req")
            return {"TotalCount": 2, "Items": [{"User": "root", "Host": "%"}], "RequestId": "req"}

    gathered = gather(line, REGION, [Told(ask, read(line, REGION, Breaking(), ask=ask))])
    assert isinstance(gathered.outcome, Partial)
    assert {fact.known for fact in gathered.facts} == {"UNKNOWN"}


@pytest.mark.parametrize(
    ("code", "kind"),
    [("InvalidDiskId.NotFound", Broken), ("UnsupportedRegion", Skipped), ("UnauthorizedOperation", Denied)],
)
def test_a_disk_that_was_deleted_says_nothing_of_its_snapshot_policies(code, kind):
    rows = [row("disk", "disk-1", DiskId="disk-1", AutoSnapshotPolicyIds=["asp-1"])]
    gathered, _ = shard("snapshot_policy", rows, {"disk-1": code})
    assert isinstance(gathered.outcome, kind)


def test_a_batch_says_something_of_each_and_of_those_it_leaves_out_that_there_is_none():
    rows = [row("mariadb", key, InstanceId=key) for key in ("a", "b")]
    gathered, cloud = shard(
        "mariadb.backup", rows, {"a": {"TotalCount": 1, "Items": [{"InstanceId": "a", "Start": "02:00"}]}}
    )
    assert len(cloud.calls) == 1
    assert {fact.of.key: (fact.known, fact.value) for fact in gathered.facts} == {
        "a": ("VALUE", {"InstanceId": "a", "Start": "02:00"}),
        "b": ("ABSENT", None),
    }


def test_no_boundary_is_absent():
    rows = [Row(place=Place("user", "", key), parent=None, raw={"Uin": int(key)}) for key in ("7", "8")]
    gathered, _ = shard("user.boundary", rows, {7: {"PolicyId": None}, 8: {"PolicyId": 5}})
    assert known(gathered) == {"7": ("ABSENT", ""), "8": ("VALUE", "")}
    (bounded,) = [fact for fact in gathered.facts if fact.known == "VALUE"]
    assert [(link.kind, link.to) for link in bounded.links] == [("bounded_by", Place("policy", "", "5"))]


@pytest.mark.parametrize("answer", [{}, {"MachineDetail": []}, {"MachineDetail": "x"}])
def test_an_object_of_another_shape_is_unknown(answer):
    gathered, _ = shard("host.agent", [row("host", "ins-1", Uuid="u-1")], {"u-1": answer})
    assert isinstance(gathered.outcome, Broken)
    assert known(gathered)["ins-1"][0] == "UNKNOWN"


def test_a_service_without_regions_is_called_without_one_and_tells_of_the_regions_own():
    gathered, cloud = shard(
        "host.agent", [row("host", "ins-1", Uuid="u-1")], {"u-1": {"MachineDetail": {"Status": 0}}}
    )
    assert cloud.calls == [({"Quuid": "u-1", "Uuid": "u-1"}, "")]
    assert gathered.facts[0].of == Place("host", REGION, "ins-1")


def test_a_product_that_no_region_has_is_skipped():
    gathered, _ = shard("cdb_account", CDBS, dict.fromkeys(ACCOUNTS, "UnsupportedRegion"))
    assert isinstance(gathered.outcome, Skipped)


ENDS = st.sampled_from(
    ["ok", "UnauthorizedOperation", "InternalError", "UnsupportedRegion", "InvalidParameter.InstanceNotFound"]
)


@given(ends=st.lists(ENDS, max_size=6), unseen=st.booleans())
def test_complete_means_that_everything_was_asked_and_answered(ends, unseen):
    rows = [row("cdb", f"cdb-{n}", InstanceId=f"cdb-{n}") for n in range(len(ends))]
    empty = {"TotalCount": 0, "Items": []}
    answers = {f"cdb-{n}": empty if end == "ok" else end for n, end in enumerate(ends)}
    gathered, _ = shard("cdb_account", rows, answers, UNSEEN if unseen else None)
    failed = [end for end in ends if end in ("UnauthorizedOperation", "InternalError")]
    if isinstance(gathered.outcome, Complete):
        assert not unseen
        assert not failed
        assert len(gathered.outcome.spared) == len(ends) - ends.count("ok")
    else:
        assert unseen or failed or set(ends) == {"UnsupportedRegion"}
    assert [fact.known == "VALUE" for fact in gathered.facts] == [end == "ok" for end in ends]


# --- Members ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("A.B", [1, 2]),
        ("A", [{"B": 1}, {"B": 2}, {"B": None}]),
        ("C", []),
        ("A.B.C", []),
        ("D", ["x", "y"]),
        ("Nope.B", []),
    ],
)
def test_what_stands_at_a_path(path, values):
    content = {"A": [{"B": 1}, {"B": 2}, {"B": None}], "C": None, "D": ["x", "y"]}
    assert [*found(content, path)] == values


@pytest.mark.parametrize(
    ("template", "row_", "key"),
    [
        ("{A}", {"A": "x"}, "x"),
        ("{A}", {"A": ""}, ""),
        ("{A}", {"A": 7}, ""),
        ("{A:d}", {"A": 7}, "7"),
        ("{A:d}", {"A": "7"}, ""),
        ("{A:d}", {"A": True}, ""),
        ("{A}", {}, ""),
        ("{^}/{A}@{B}", {"A": "u", "B": "%"}, "cdb-1/u@%"),
        ("{^}/{A}@{B}", {"A": "", "B": "%"}, "cdb-1/@%"),
        ("{^}/{A}@{B}", {"A": "u", "B": None}, ""),
        ("{^}", {}, "cdb-1"),
        ("{A}", {"A": "x\0\ud800"}, "x\ufffd?"),
    ],
)
def test_a_key_is_made_of_members_and_of_what_was_asked(template, row_, key):
    assert key_of(template, row_, "cdb-1") == key


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-02T03:04:05Z", 1_704_164_645_000),
        ("2024-01-02 11:04:05", 1_704_164_645_000),
        ("2024-01-02T11:04:05+08:00", 1_704_164_645_000),
        ("2024-01-02 11:04:05.000000 +0800 CST", 1_704_164_645_000),
        (1_704_164_645, 1_704_164_645_000),
        ("0000-00-00 00:00:00", None),
        ("", None),
        (None, None),
        (0, None),
        (True, None),
    ],
)
def test_every_way_of_writing_a_time_is_one_moment(text, moment):
    assert epoch_ms(text) == moment


def test_tags_have_one_form():
    assert tags({"T": [{"TagKey": "a", "TagValue": "b"}, {"Key": "c", "Value": "d"}, None]}, "T") == [
        {"Key": "a", "Value": "b"},
        {"Key": "c", "Value": "d"},
    ]


def test_an_ask_names_its_subject():
    assert Ask(of=(Place("cdb", REGION, "cdb-1"),)).subject == "cdb-1"
    assert Ask(label="5").subject == "5"
