"""``tcemu policy``: what it prints and how it ends."""

import io
import json
from pathlib import Path

import pytest

from emulator import Emulator
from emulator.cli.parser import run

FIXTURES = Path(__file__).parents[2] / "scenarios/fixtures"


def allow(*actions, resource="*", effect="allow", **more):
    statement = {"effect": effect, "action": list(actions), "resource": resource, **more}
    return {"version": "2.0", "statement": [statement]}


@pytest.fixture
def file(tmp_path):
    def file(document, name="policy.json"):
        path = tmp_path / name
        path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
        return str(path)

    return file


@pytest.fixture
def policy(capsys):
    """A ``policy`` command; its exit status, output and errors."""

    def policy(*arguments):
        status = run(["policy", *arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return policy


def test_lint_says_file_place_and_rule_in_a_line_and_fails_on_errors(policy):
    path = str(FIXTURES / "cspmPolicy.json")
    status, output, _ = policy("lint", path)
    finding, counts = output.splitlines()
    assert status == 1
    assert finding.startswith(f"{path}: statement[14].action[0]: error: no service is called mysql")
    assert finding.endswith("[unknown-service]")
    assert counts == "1 error, 0 warnings, 0 notes"


def test_lint_passes_what_has_no_errors(policy, file):
    assert policy("lint", file(allow("cvm:DescribeInstances")))[:2] == (0, "nothing to change\n")
    assert policy("lint", file(allow("*")))[0] == 0


def test_lint_takes_several_files_and_answers_json(policy, file):
    status, output, _ = policy("lint", "--json", file("{", "a.json"), file(allow("x:Y"), "b.json"))
    answer = json.loads(output)
    assert (status, answer["errors"]) == (1, 2)
    assert [Path(each["policy"]).name for each in answer["findings"]] == ["a.json", "b.json"]


def test_a_policy_comes_through_the_standard_input(policy, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(allow("x:Y"))))
    assert policy("lint", "-")[0] == 1


@pytest.mark.parametrize("verb", ["lint", "diff", "simulate"])
def test_what_is_neither_file_nor_preset_is_said_with_the_nearest(policy, verb):
    given = {
        "lint": ["AdministratorAcces"],
        "diff": ["AdministratorAcces", "ReadOnlyAccess"],
        "simulate": ["AdministratorAcces", "--action", "a:B"],
    }
    status, output, errors = policy(verb, *given[verb])
    assert (status, output) == (1, "")
    assert "did you mean AdministratorAccess?" in errors


def test_simulate_explains_and_ends_as_it_decided(policy, file):
    path = file(allow("cvm:DescribeInstances", resource="qcs::cvm:sh::instance/*"))
    asked = ("simulate", path, "--action", "cvm:DescribeInstances")
    status, output, _ = policy(*asked)
    assert (status, output.splitlines()[0]) == (1, "DENIED cvm:DescribeInstances (implicit deny)")
    assert "its region is sh, not gz" in output
    status, output, _ = policy(*asked, "--region", "ap-shanghai")
    assert (status, output.splitlines()[0]) == (0, "ALLOWED cvm:DescribeInstances (allowed)")


def test_simulate_takes_context_resources_layers_and_variables(policy, file):
    document = allow(
        "cam:CreateAccessKey",
        resource="qcs::cam::uin/${owner_uin}:uin/${uin}",
        condition={"ip_equal": {"qcs:ip": "10.0.0.0/8"}},
    )
    given = [
        *("simulate", file(document), "--action", "cam:CreateAccessKey"),
        *("--resource", "qcs::cam::uin/100000000007:uin/100000000008"),
        *("--uin", "100000000008", "--owner-uin", "100000000007"),
    ]
    assert policy(*given, "--context", "qcs:ip=10.0.0.1")[0] == 0
    assert policy(*given, "--context", "qcs:ip=11.0.0.1")[0] == 1
    narrow = file(allow("vpc:*"), "narrow.json")
    for layer in ("boundary", "session"):
        output = policy(*given, "--context", "qcs:ip=10.0.0.1", f"--{layer}", narrow)[1]
        assert output.startswith(f"DENIED cam:CreateAccessKey ({layer})")


def test_simulate_of_several_actions_is_allowed_if_all_are(policy):
    given = ["simulate", "QcloudCVMReadOnlyAccess", "--as-operation", "--json"]
    status, output, _ = policy(*given, "--action", "cvm:DescribeZones", "--action", "cvm:RunInstances")
    answer = json.loads(output)
    assert (status, answer["allowed"]) == (1, False)
    assert [each["effect"] for each in answer["decisions"]] == ["allow", "deny"]


def test_a_context_without_a_value_is_refused(policy):
    status, _, errors = policy("simulate", "ReadOnlyAccess", "--action", "a:B", "--context", "qcs:ip")
    assert (status, errors) == (1, "tcemu: qcs:ip: expected KEY=VALUE\n")


def test_diff_tells_both_directions_and_placeholders(policy, file):
    one, two = file(allow("cvm:StopInstances"), "a.json"), file(allow("vpc:DescribeVpcs"), "b.json")
    status, output, _ = policy("diff", one, two)
    assert status == 0
    assert output.splitlines() == [
        "- allowed only by the first, on *: 1 action",
        "    cvm: StopInstances",
        "+ allowed only by the second, on *: 1 action",
        "    vpc: DescribeVpcs",
    ]
    assert policy("diff", one, one)[1] == "both allow the same\n"
    assert "note: ${CLS_Topic_ID} has no value" in policy("diff", one, str(FIXTURES / "ciemPolicy.json"))[1]


def test_from_calls_prints_a_policy_that_lint_passes_and_notes_apart(policy, file):
    with Emulator() as cloud:
        cloud.add_user("ops", policies="AdministratorAccess")
        cloud.client("cvm", "2017-03-12", "ap-guangzhou", user="ops").call_json("DescribeInstances", {})
        cloud.client("sts", "2018-08-13", "ap-guangzhou", user="ops").call_json("GetCallerIdentity", {})
        status, output, errors = policy("from-calls", "--endpoint", cloud.endpoint, "--user", "ops")
        nothing = policy("from-calls", "--endpoint", cloud.endpoint, "--user", "nobody")
    kind = f"qcs::cvm:gz:uin/{cloud.account.uin}:instance/*"
    assert (status, json.loads(output)) == (0, allow("cvm:DescribeInstances", resource=[kind]))
    assert errors == "left out: sts:GetCallerIdentity (1 call): needs no permission\n"
    assert policy("lint", file(output))[0] == 0
    assert nothing == (1, "", "tcemu: no call that fits asked for a permission\n")


def test_why_prints_who_what_and_the_way_out(capsys):
    with Emulator() as cloud:
        user = cloud.add_user("ops")
        with pytest.raises(Exception, match="UnauthorizedOperation") as denied:
            cloud.client("cvm", "2017-03-12", "ap-guangzhou", user="ops").call_json("DescribeInstances", {})
        status = run(["why", denied.value.get_request_id(), "--endpoint", cloud.endpoint])
    told = capsys.readouterr().out
    assert status == 0
    assert f"user ops ({user.uin}) from 127.0.0.1, with {user.secret_id}" in told
    assert "to allow it, add to a policy of the caller:" in told
    assert user.secret_key not in told
