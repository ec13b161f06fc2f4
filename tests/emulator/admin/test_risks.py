"""The truth about an account's risks: over HTTP, in Python and on the command line."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from urllib.request import urlopen

import pytest

from emulator import Emulator
from emulator.admin import risks
from emulator.admin.routes import Door
from emulator.admin.rows import Tables
from emulator.app import compose
from emulator.cli.parser import run
from emulator.errors import BadInput
from emulator.wire.envelope import Envelope
from emulator.world.estate.risks import KINDS

FILE = """
[estate]
users = 6
risk_rate = 0
hosts = { ap-guangzhou = 20, ap-seoul = 10 }
[estate.risks]
password_login = 1
no_mfa = 0.5
"""


@pytest.fixture
def chosen(server, tmp_path):
    """An account in which two kinds of risk were chosen."""
    file = tmp_path / "world.toml"
    file.write_text(FILE)
    with Emulator(file, on=server) as emulator:
        yield emulator


@pytest.mark.parametrize("rate", [0, 1])
@pytest.mark.parametrize("now", ["", "[clock]\nnow = 2031-03-05T11:00:00Z"])
def test_certificates_end_as_often_as_was_chosen_on_whatever_day_an_account_begins(
    server, tmp_path, rate, now
):
    file = tmp_path / "world.toml"
    file.write_text(
        f"{now}\n[estate]\nhosts = {{ ap-seoul = 120 }}\nrisks = {{ expired_certificate = {rate} }}"
    )
    with Emulator(file, on=server) as emulator:
        ssl = emulator.client("ssl", "2019-12-05")

        def listed():
            return ssl.call_json("DescribeCertificates", {"Limit": 1000})["Response"]["Certificates"]

        first = listed()
        [told] = emulator.estate("expired_certificate")["risks"]
        assert told["count"] == len(told["resources"]) == (len(first) if rate else 0)
        late = [each["CertificateId"] for each in first if each["Status"] == 3 or each["IsExpiring"]]
        assert set(late) == {row["CertificateId"] for row in first if row["Status"] != 10 and rate}
        assert listed() == first
        emulator.clock.advance(6 * 366 * 86400)
        assert {each["Status"] for each in listed()} <= {3, 10}
        assert [each["CertEndTime"] for each in listed()] == [each["CertEndTime"] for each in first]


def by_kind(answer):
    return {one["kind"]: one for one in answer["risks"]}


def test_every_kind_is_told_with_what_it_is_and_how_often_it_was_to_be(chosen):
    found = by_kind(chosen.estate())
    assert list(found) == list(KINDS)
    assert all(one["what"] == KINDS[kind].what for kind, one in found.items())
    assert {kind: one["rate"] for kind, one in found.items() if one["rate"]} == {
        "password_login": 1,
        "no_mfa": 0.5,
    }
    # The key that opens the account is one of its root.
    assert {kind for kind, one in found.items() if one["count"]} == {"password_login", "no_mfa", "root_key"}
    assert found["no_mfa"]["count"] == len(found["no_mfa"]["resources"]) == 2


def test_what_is_told_is_what_a_client_sees(chosen):
    told = by_kind(chosen.estate("password_login", region="ap-seoul"))["password_login"]["resources"]
    answer = chosen.client("cvm", "2017-03-12", "ap-seoul").call_json("DescribeInstances", {"Limit": 100})
    seen = [
        host["InstanceId"]
        for host in answer["Response"]["InstanceSet"]
        if "Windows" not in host["OsName"] and not host["LoginSettings"]["KeyIds"]
    ]
    assert told == [{"table": "cvm.instance", "region": "ap-seoul", "id": key} for key in seen]
    assert told


def test_an_account_without_an_estate_has_its_own_rows_judged():
    with Emulator() as emulator:
        emulator.put_rows("cvm.instance", "ap-seoul", {"InstanceId": "ins-00000001", "OsName": "CentOS"})
        found = by_kind(emulator.estate())
        ids = {kind: [each["id"] for each in one["resources"]] for kind, one in found.items() if one["count"]}
    assert ids == {
        "no_security_group": ["ins-00000001"],
        "password_login": ["ins-00000001"],
        "root_key": [emulator.account.secret_id],
    }


def test_rows_that_say_as_little_as_the_contract_lets_them_can_be_judged():
    app = compose()
    app.control.open_account()
    tables = Tables(app.gateway.repertoire)
    judged = 0
    for table in sorted({sign.table for one in KINDS.values() for sign in one.signs}):
        try:
            known = tables.find(table)
        except BadInput:
            continue  # What stands beside a table, in a shape of our own.
        region = "ap-seoul" if known.table.home == "region" else ""
        if not table.startswith("cam."):  # People are added by verbs of their own.
            app.control.put_rows(table, region, [{known.table.key: "x"}])
            judged += 1
    assert judged > 10
    assert len(app.control.estate()["risks"]) == len(KINDS)


# --- over HTTP and on the command line ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("kind=no_mfas", ["kind"]),
        ("region=ap-atlantis", ["region"]),
        ("kind=x&region=y", ["kind", "region"]),
        ("risk=no_mfa", ["risk"]),
    ],
)
def test_an_unknown_kind_or_region_is_refused(query, wrong):
    app = compose()
    app.control.open_account()
    reply = Door(app.control, lambda: b"").answer(Envelope("GET", "/_emulator/estate", query, {}, b""))
    assert reply.status == 400
    assert [one["path"] for one in json.loads(reply.body)["errors"]] == wrong


def test_others_are_answered_while_risks_are_looked_for(chosen, monkeypatch):
    real, may_go_on, begun = risks.findings, Event(), Event()

    def waiting(*given):
        begun.set()
        assert may_go_on.wait(20)
        return real(*given)

    monkeypatch.setattr(risks, "findings", waiting)
    url = f"{chosen.endpoint}/_emulator"
    with ThreadPoolExecutor() as threads:
        told = threads.submit(get, f"{url}/estate?kind=no_mfa&account={chosen.account.uin}")
        assert begun.wait(20)
        assert get(f"{url}/accounts")["accounts"]
        assert not told.done()
        may_go_on.set()
        found = by_kind(told.result(20))["no_mfa"]
    monkeypatch.undo()
    assert found == by_kind(chosen.estate("no_mfa"))["no_mfa"]


def get(url):
    with urlopen(url, timeout=20) as answer:
        return json.load(answer)


def test_what_is_looked_for_later_is_what_was_there_when_it_was_asked_for():
    app = compose()
    app.control.open_account(world="demo")
    told = app.control.look_at_estate(kind="administrator")
    before = app.control.estate(kind="administrator")
    app.control.add_user("mighty", ["AdministratorAccess"])
    assert told() == before
    assert app.control.estate(kind="administrator") != before


def test_the_command_line_tells_a_line_a_kind_and_the_resources_of_one(chosen, capsys):
    where = ["--endpoint", chosen.endpoint, "--account", chosen.account.uin]
    assert run(["estate", *where]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(KINDS)
    assert any(line.split()[:3] == ["no_mfa", "50%", "2"] for line in lines)
    assert run(["estate", "--kind", "no_mfa", *where]) == 0
    shown = capsys.readouterr().out
    told = by_kind(chosen.estate("no_mfa"))["no_mfa"]["resources"]
    assert all(f"{each['id']}  cam.user  -" in shown for each in told)
    assert run(["estate", "--kind", "no_mfa", "--region", "ap-seoul", "--json", *where]) == 0
    assert by_kind(json.loads(capsys.readouterr().out))["no_mfa"]["count"] == 0
    assert run(["estate", "--kind", "no_mfas", *where]) == 1
    assert "did you mean no_mfa?" in capsys.readouterr().err
