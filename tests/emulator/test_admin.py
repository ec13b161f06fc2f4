"""The control door: what each verb does, and that nothing unknown is taken silently."""

import json

import pytest

from emulator.admin.routes import ROUTES, Door
from emulator.app import compose
from emulator.wire.envelope import Envelope
from scenarios.direct import sign

INSTANCE = {"InstanceId": "ins-00000001", "InstanceName": "one"}


class Controlled:
    """An app with one account, and its control door without a socket."""

    def __init__(self):
        self.app = compose()
        self.access = self.app.control.open_account()
        self.door = Door(self.app.control, lambda: b"PEM")

    def send(self, method, path, body=None, query=""):
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        reply = self.door.answer(Envelope(method, f"/_emulator/{path}", query, {}, raw))
        return reply.status, json.loads(reply.body)

    def get(self, path, query=""):
        return self.send("GET", path, query=query)

    def post(self, path, body=None, query=""):
        return self.send("POST", path, body if body is not None else {}, query)

    def call(self, action="sts:GetCallerIdentity", params=None, *, secret_id=None, secret_key=None):
        key = Key(secret_id or self.access.secret_id, secret_key or self.access.secret_key)
        service, _, name = action.partition(":")
        version = self.app.gateway.catalog.action(action).version
        now = self.app.control.clock()["now"]
        envelope = sign(service, version, name, params or {}, key=key, at=now, region="ap-guangzhou")
        return json.loads(self.app.answer(envelope).body)["Response"]


class Key:
    token = None

    def __init__(self, secret_id, secret_key):
        self.secret_id, self.secret_key = secret_id, secret_key


@pytest.fixture
def door():
    return Controlled()


def paths(answer):
    return [error["path"] for error in answer["errors"]]


# --- What is refused -----------------------------------------------------------------------------------


def test_an_unknown_path_is_404_and_says_what_there_is(door):
    status, answer = door.get("denial")
    assert status == 404
    assert "did you mean denials?" in answer["errors"][0]["message"]


@pytest.mark.parametrize("path", [path for path in ROUTES if "*" not in path])
def test_a_wrong_method_is_405_with_the_allowed_ones(door, path):
    reply = door.door.answer(Envelope("PATCH", f"/_emulator/{path}", "", {}, b""))
    assert reply.status == 405
    assert dict(reply.headers)["Allow"] == ", ".join(sorted(ROUTES[path]))


@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, verbs in ROUTES.items() for method in verbs]
)
def test_no_verb_takes_an_unknown_query_parameter(door, path, method):
    status, answer = door.send(method, path.replace("*", "x"), None if method == "GET" else {}, "colour=red")
    assert (status, paths(answer)) == (400, ["colour"])


@pytest.mark.parametrize(
    ("path", "method"),
    [(path, method) for path, verbs in ROUTES.items() for method, verb in verbs.items() if verb.takes_body],
)
def test_no_verb_takes_an_unknown_field(door, path, method):
    status, answer = door.send(method, path.replace("*", "x"), {"colour": "red"})
    assert status == 400
    assert "colour" in paths(answer)


@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, verbs in ROUTES.items() for method in verbs]
)
def test_a_body_that_is_no_json_is_refused(door, path, method):
    assert door.send(method, path.replace("*", "x"), b"{no")[0] == 400


@pytest.mark.parametrize(
    ("path", "method"),
    [
        (path, method)
        for path, verbs in ROUTES.items()
        for m, verb in verbs.items()
        if verb.takes_body
        for method in [m]
    ],
)
def test_a_body_that_is_no_object_is_refused(door, path, method):
    assert door.send(method, path.replace("*", "x"), [1])[0] == 400


def test_an_account_that_does_not_exist_is_404(door):
    assert door.get("clock", "account=100000000009")[0] == 404


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("keys", {}, ["SecretId", "SecretKey"]),
        ("keys", {"SecretId": "a/b", "SecretKey": 7}, ["SecretKey", "SecretId"]),
        ("accounts", {"Uin": "abc", "AppId": -1, "World": "mars"}, ["AppId", "Uin"]),
        ("accounts", {"World": "mars"}, ["World"]),
        ("clock", {}, [""]),
        ("clock", {"now": 1, "advance": 1}, [""]),
        ("clock", {"now": "soon"}, ["now"]),
        ("clock", {"advance": -1}, ["advance"]),
        ("users", {"Name": "u", "Policies": ["NoSuchPolicy", {"version": "1.0"}]}, None),
        ("rows", {"table": "cvm.instances", "rows": []}, ["table"]),
        ("rows", {"table": "cvm.instance", "rows": []}, ["region"]),
        ("rows", {"table": "cvm.instance", "region": "ap-nowhere", "rows": []}, ["region"]),
        ("rows", {"rows": [1]}, ["rows[0]", "table"]),
        ("denials", {"action": "cvm:NoSuchAction"}, ["action"]),
        ("faults", {"effect": "explode"}, ["effect"]),
        ("stubs", {"Action": "cvm:DescribeRegions", "Response": {"Nope": 1}}, ["Response"]),
    ],
)
def test_bad_values_get_400_and_all_their_paths(door, path, body, wrong):
    status, answer = door.post(path, body)
    assert status == 400
    if wrong is not None:
        assert paths(answer) == wrong


# --- What there is -------------------------------------------------------------------------------------


def test_health_says_the_server_lives(door):
    status, answer = door.get("health")
    assert (status, answer["status"], answer["accounts"]) == (200, "ok", 1)


def test_coverage_counts_every_published_action_and_names_the_modelled(door):
    answer = door.get("coverage")[1]
    assert answer["actions"] == sum(answer["totals"].values()) == 16204
    assert "DescribeInstances" in answer["modelled"]["cvm"]


def test_coverage_tells_of_each_modelled_action_what_speaks_for_it(door):
    answer = door.get("coverage")[1]
    modelled = {f"{service}:{name}" for service, names in answer["modelled"].items() for name in names}
    assert answer["evidence"].keys() == modelled
    hosts = answer["evidence"]["cvm:DescribeInstances"]
    assert {"SDK", "CommonClient", "async SDK", "connector", "tccli"} <= set(hosts["clients"])
    assert hosts["marks"]["Documented"] > 0
    assert hosts["examples"]["clean"] > 0
    assert door.get("coverage", "service=sts")[1]["evidence"].keys() == {
        key for key in modelled if key.startswith("sts:")
    }


def test_coverage_of_a_service_tells_all_its_actions_apart(door):
    answer = door.get("coverage", "service=cvm")[1]
    assert "DescribeInstances" in answer["modelled"]
    assert "InquiryPriceRunInstances" in answer["not emulated"]
    assert answer["inferred"]


def test_the_certificate_of_the_authority_is_there(door):
    reply = door.door.answer(Envelope("GET", "/_emulator/ca", "", {}, b""))
    assert (reply.status, reply.body) == (200, b"PEM")


# --- Accounts and keys ---------------------------------------------------------------------------------


def test_a_new_account_answers_to_its_key_alone(door):
    status, made = door.post("accounts", {"Uin": "100000000001", "AppId": 1300000001})
    assert (status, made["Uin"], made["AppId"], made["users"]) == (201, "100000000001", 1300000001, [])
    identity = door.call(secret_id=made["SecretId"], secret_key=made["SecretKey"])
    assert identity["AccountId"] == "100000000001"
    assert door.call()["AccountId"] == door.access.uin


def test_a_closed_account_is_forgotten_with_its_keys(door):
    made = door.post("accounts")[1]
    assert door.send("DELETE", f"accounts/{made['Uin']}")[0] == 200
    answer = door.call(secret_id=made["SecretId"], secret_key=made["SecretKey"])
    assert answer["Error"]["Code"] == "AuthFailure.SecretIdNotFound"
    assert door.send("DELETE", f"accounts/{made['Uin']}")[0] == 404


def test_a_given_key_is_the_roots_unless_a_uin_says_whose(door):
    user = door.post("users", {"Name": "eve"})[1]
    door.post("keys", {"SecretId": "mine", "SecretKey": "k"})
    door.post("keys", {"SecretId": "hers", "SecretKey": "k", "Uin": user["Uin"]})
    assert door.call(secret_id="mine", secret_key="k")["Type"] == "Account"
    assert door.call(secret_id="hers", secret_key="k")["UserId"] == user["Uin"]


def test_a_given_key_with_a_token_wants_the_token(door):
    door.post("keys", {"SecretId": "mine", "SecretKey": "k", "Token": "t"})
    assert door.call(secret_id="mine", secret_key="k")["Error"]["Code"] == "AuthFailure.TokenFailure"


def test_a_deleted_key_is_not_found_any_more(door):
    door.post("keys", {"SecretId": "mine", "SecretKey": "k"})
    assert door.send("DELETE", "keys", {"SecretId": "mine"})[0] == 200
    assert door.call(secret_id="mine", secret_key="k")["Error"]["Code"] == "AuthFailure.SecretIdNotFound"
    assert door.send("DELETE", "keys", {"SecretId": "mine"})[0] == 404


def test_a_key_for_nobody_is_404(door):
    assert door.post("keys", {"SecretId": "mine", "SecretKey": "k", "Uin": "100000000009"})[0] == 404


def test_a_user_may_do_what_its_policies_allow_and_no_more(door):
    allow = {
        "version": "2.0",
        "statement": [{"effect": "allow", "action": ["cvm:DescribeRegions"], "resource": "*"}],
    }
    user = door.post("users", {"Name": "eve", "Policies": [{"name": "regions", "document": allow}]})[1]
    signed = {"secret_id": user["SecretId"], "secret_key": user["SecretKey"]}
    assert "RegionSet" in door.call("cvm:DescribeRegions", **signed)
    assert door.call("cvm:DescribeInstances", **signed)["Error"]["Code"] == "UnauthorizedOperation"


def test_a_users_name_is_its_own(door):
    door.post("users", {"Name": "eve"})
    assert paths(door.post("users", {"Name": "eve"})[1]) == ["Name"]


def test_secrets_are_said_once_and_never_again(door):
    made = door.post("accounts")[1]
    user = door.post("users", {"Name": "eve"}, f"account={made['Uin']}")[1]
    door.post("keys", {"SecretId": "mine", "SecretKey": "k-secret-k", "Token": "t-secret-t"})
    door.call("cvm:DescribeInstances", {"ClientToken": "x"}, secret_id="mine", secret_key="k-secret-k")
    shown = json.dumps([door.get(path) for path in ("accounts", "calls", "denials", "fired", "stubs")])
    for secret in (made["SecretKey"], user["SecretKey"], "k-secret-k", "t-secret-t"):
        assert secret not in shown


# --- Time and state ------------------------------------------------------------------------------------


def test_the_clock_stops_moves_and_goes_back_to_real_time(door):
    assert door.post("clock", {"now": 1_700_000_000})[1] == {"now": 1_700_000_000.0, "is_frozen": True}
    assert door.post("clock", {"advance": 60})[1]["now"] == 1_700_000_060.0
    assert door.post("clock", {"now": None})[1]["is_frozen"] is False


def test_a_row_that_was_put_is_listed_whole(door):
    status, put = door.post("rows", {"table": "cvm.Instance", "region": "ap-guangzhou", "rows": [INSTANCE]})
    assert (status, put["table"], put["keys"]) == (201, "cvm.instance", ["ins-00000001"])
    listed = door.call("cvm:DescribeInstances")
    assert [one["InstanceName"] for one in listed["InstanceSet"]] == ["one"]
    shown = door.get("rows", "table=cvm.instance&region=ap-guangzhou")[1]
    assert (shown["total"], shown["rows"]) == (1, listed["InstanceSet"])


def test_a_row_of_a_table_that_nobody_declared_is_listed_too(door):
    rows = [{"ClusterId": "cls-1"}, {"ClusterId": "cls-2"}]
    status, _ = door.post("rows", {"table": "tke.Cluster", "region": "ap-guangzhou", "rows": rows})
    assert status == 201
    listed = door.call("tke:DescribeClusters")
    assert [one["ClusterId"] for one in listed["Clusters"]] == ["cls-1", "cls-2"]


def test_one_wrong_row_keeps_them_all_out(door):
    wrong = {"InstanceId": "ins-2", "Colour": 1, "CPU": "two"}
    body = {"table": "cvm.instance", "region": "ap-guangzhou", "rows": [INSTANCE, wrong]}
    status, answer = door.post("rows", body)
    assert (status, sorted(paths(answer))) == (400, ["rows[1].CPU", "rows[1].Colour"])
    assert door.call("cvm:DescribeInstances")["TotalCount"] == 0


def test_a_snapshot_is_gone_back_to(door):
    put = {"table": "cvm.instance", "region": "ap-guangzhou", "rows": [INSTANCE]}
    door.post("snapshots/before")
    door.post("rows", put)
    assert door.post("snapshots/before/restore")[0] == 200
    assert door.call("cvm:DescribeInstances")["TotalCount"] == 0
    assert door.post("snapshots/after/restore")[0] == 404


def test_a_reset_takes_one_account_back_and_no_other(door):
    other = door.post("accounts")[1]
    put = {"table": "cvm.instance", "region": "ap-guangzhou", "rows": [INSTANCE]}
    for query in ("", f"account={other['Uin']}"):
        door.post("rows", put, query)
        door.post("denials", {"action": "cvm:*"}, query)
    assert door.post("reset") == (200, {})
    assert door.get("denials")[1] == {"denials": []}
    assert door.call("cvm:DescribeInstances")["TotalCount"] == 0
    assert len(door.get("denials", f"account={other['Uin']}")[1]["denials"]) == 1
    assert door.get("rows", f"table=cvm.instance&region=ap-guangzhou&account={other['Uin']}")[1]["total"] == 1


# --- Misbehaviour --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("denials", {"action": "cvm:*"}),
        ("faults", {"effect": "throttle", "action": "cvm:*"}),
        ("stubs", {"Action": "cvm:RunInstances", "Response": {"InstanceIdSet": ["ins-1"]}}),
    ],
)
def test_rules_are_added_listed_and_taken_back_one_by_one_or_all(door, kind, spec):
    ids = [door.post(kind, spec)[1].get("id" if kind != "stubs" else "Id") for _ in range(3)]
    assert len(door.get(kind)[1][kind]) == 3
    assert len(door.send("DELETE", f"{kind}/{ids[1]}")[1][kind]) == 2
    assert door.send("DELETE", f"{kind}/{ids[1]}")[0] == 404
    assert door.send("DELETE", kind)[1] == {kind: []}


def test_a_denial_is_not_taken_back_as_a_fault(door):
    made = door.post("denials", {"action": "cvm:*"})[1]
    assert door.send("DELETE", f"faults/{made['id']}")[0] == 404


def test_what_fired_names_the_requests_it_struck(door):
    fault = door.post("faults", {"effect": "throttle", "action": "sts:*", "times": 1})[1]
    struck = door.call()
    door.call()
    assert door.get("fired")[1] == {"fired": {fault["id"]: [struck["RequestId"]]}}


# --- Calls ---------------------------------------------------------------------------------------------


def test_a_denied_call_is_explained(door):
    user = door.post("users", {"Name": "eve"})[1]
    denied = door.call("cvm:DescribeInstances", secret_id=user["SecretId"], secret_key=user["SecretKey"])
    call = door.get(f"calls/{denied['RequestId']}")[1]
    assert (call["Outcome"], call["User"], call["Uin"]) == ("UnauthorizedOperation", "eve", user["Uin"])
    assert call["Decision"]["effect"] == "deny"
    assert call["Decision"]["least"]["action"] == ["cvm:DescribeInstances"]
    assert call["Explanation"][0].startswith("DENIED cvm:DescribeInstances")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 3),
        ("limit=2", 2),
        ("service=cvm", 2),
        ("action=DescribeRegions", 1),
        ("user=eve", 1),
        ("user=root", 2),
        ("outcome=denied", 1),
        ("outcome=ok&service=cvm", 1),
    ],
)
def test_calls_are_found_by_what_is_known_of_them(door, query, expected):
    user = door.post("users", {"Name": "eve"})[1]
    door.call("cvm:DescribeRegions")
    door.call("cvm:DescribeInstances", secret_id=user["SecretId"], secret_key=user["SecretKey"])
    door.call()
    assert len(door.get("calls", query)[1]["calls"]) == expected


def test_a_limit_that_is_no_number_is_refused(door):
    assert paths(door.get("calls", "limit=all")[1]) == ["limit"]


def test_a_call_with_an_unknown_key_is_shown_apart(door):
    lost = door.call(secret_id="nobody", secret_key="k")
    answer = door.get("calls")[1]
    assert (answer["calls"], [one["RequestId"] for one in answer["unclaimed"]]) == ([], [lost["RequestId"]])
    assert door.get(f"calls/{lost['RequestId']}")[1]["Outcome"] == "AuthFailure.SecretIdNotFound"


def test_an_account_sees_its_own_calls_only(door):
    other = door.post("accounts")[1]
    call = door.call()
    assert door.get("calls", f"account={other['Uin']}")[1] == {"calls": []}
    assert door.get(f"calls/{call['RequestId']}", f"account={other['Uin']}")[0] == 404
