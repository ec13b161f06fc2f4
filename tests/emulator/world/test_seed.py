import re
from pathlib import Path

import pytest

from emulator.errors import BadInput, Violation
from emulator.world import seed
from emulator.world.estate import DEMO, Spec, estate
from emulator.world.seed import load

SECRET = "Zk9SECRETsecretZk9SECRETsecret00"


def accept(table, row, path):
    return {**row, "Completed": table}


def loads(text):
    return load(text, accept)


def refused(text, check=accept):
    with pytest.raises(BadInput) as caught:
        load(text, check)
    return {violation.path: violation.message for violation in caught.value.violations}


def test_an_empty_file_means_one_account_that_it_leaves_open():
    world = loads("")
    (account,) = world.accounts
    assert (account.uin, account.app_id, account.estate, account.users, account.rows) == (
        None,
        None,
        None,
        (),
        (),
    )
    assert world.now is None


def documented(number):
    block = seed.__doc__.split("::\n")[number]
    return "\n".join(re.findall(r"^    (.*)$", block, re.MULTILINE)).replace("…", "x" * 32)


def test_the_estate_in_the_documentation_is_read():
    (account,) = loads(documented(2)).accounts
    assert account.estate == Spec(
        hosts=(("ap-guangzhou", 40),),
        users=12,
        risk_rate=0.2,
        public_rate=0.35,
        risks=(("open_security_group", 0.1), ("no_mfa", 1)),
    )


def test_the_example_in_the_documentation_is_read():
    world = loads(documented(1))
    (account,) = world.accounts
    assert (account.uin, account.app_id, account.estate, account.seed) == (
        "100000000001",
        1300000001,
        "demo",
        7,
    )
    assert [key.secret_id for key in account.keys] == ["AKIDroot0000"]
    (user,) = account.users
    assert [policy.name for policy in user.policies] == ["ReadOnlyAccess", "no-cvm"]
    assert user.policies[0].document is None
    assert user.policies[1].document == {"version": "2.0", "statement": []}
    assert user.keys[0].status == "Inactive"
    (row,) = account.rows
    assert (row.table, row.region) == ("cvm.instance", "ap-guangzhou")
    assert row.value == {"InstanceId": "ins-00000001", "Completed": "cvm.instance"}
    assert world.now == 1780272000.0
    assert world.denials == ({},)


def test_a_file_is_read_from_disk_as_well(tmp_path: Path):
    file = tmp_path / "world.toml"
    file.write_text(
        'estate = "demo"\n[[rows."cvm.keypair"]]\nregion = "ap-seoul"\nKeyName = "钥匙"\n', "utf-8"
    )
    (account,) = load(file, accept).accounts
    assert account.rows[0].value["KeyName"] == "钥匙"


def test_an_estate_can_be_made_to_order():
    (account,) = loads("[estate]\nhosts = { ap-seoul = 4 }\nrisk_rate = 0.5\n").accounts
    assert account.estate == Spec(hosts=(("ap-seoul", 4),), risk_rate=0.5)
    assert len(estate(account.estate, 1).shelf("cvm.instance", "ap-seoul")) == 4


def test_what_stands_at_the_top_is_of_the_first_account():
    first, second = loads(
        """
        estate = "demo"
        [[accounts]]
        [[accounts]]
        estate = "empty"
        [[accounts.rows."vpc.vpc"]]
        region = "ap-seoul"
        VpcId = "vpc-2"
        [[rows."vpc.vpc"]]
        region = "ap-seoul"
        VpcId = "vpc-1"
        """
    ).accounts
    assert (first.estate, second.estate) == ("demo", "empty")
    assert [row.value["VpcId"] for row in first.rows] == ["vpc-1"]
    assert [row.value["VpcId"] for row in second.rows] == ["vpc-2"]


def test_a_clock_can_be_set_in_seconds():
    assert loads("[clock]\nnow = 12.5").now == 12.5


def test_everything_wrong_with_an_estate_is_said_at_once_and_what_was_meant():
    found = refused("[estate]\nusers = -1\nrisks = { open_group = 0.1, no_mfas = 1 }\nhosts = {}")
    assert list(found) == ["estate.users", "estate.risks.open_group", "estate.risks.no_mfas"]
    assert "did you mean no_mfa?" in found["estate.risks.no_mfas"]


@pytest.mark.parametrize("now", ["true", "-1", '"noon"', "2026-06-01", "2026-06-01T00:00:00", "nan", "inf"])
def test_a_time_that_may_mean_several_things_is_refused(now):
    assert list(refused(f"[clock]\nnow = {now}")) == ["clock.now"]


def test_denials_faults_and_stubs_are_handed_through():
    world = loads(
        """
        denials = [{ action = "cvm:*" }]
        faults = [{ effect = "drop", times = 2 }]
        stubs = [{ Action = "cls:SearchLog" }]
        """
    )
    assert world.denials == ({"action": "cvm:*"},)
    assert world.faults == ({"effect": "drop", "times": 2},)
    assert world.stubs == ({"Action": "cls:SearchLog"},)


def test_everything_wrong_is_said_at_once_with_its_path():
    found = refused(
        f"""
        estates = "demo"
        estate = "huge"
        seed = -1
        denials = 3
        clock = 7
        [[accounts]]
        uin = 100000000001
        app_id = "1300000001"
        colour = "red"
        [[accounts.keys]]
        secret_id = "short"
        status = "Sleeping"
        [[accounts.users]]
        name = "an auditor"
        policies = [7, {{ name = "p" }}, {{ name = "q", document = "x", effect = "deny" }}]
        [[accounts.users.keys]]
        secret_id = "AKIDauditor0"
        secret_key = "{SECRET} with a space"
        [[rows."cvm.instance"]]
        region = "gz"
        [[rows.instance]]
        """
    )
    assert found.keys() == {
        "estates",
        "estate",
        "seed",
        "denials",
        "clock",
        "accounts.0.uin",
        "accounts.0.app_id",
        "accounts.0.colour",
        "accounts.0.keys.0.secret_id",
        "accounts.0.keys.0.secret_key",
        "accounts.0.keys.0.status",
        "accounts.0.users.0.name",
        "accounts.0.users.0.policies.0",
        "accounts.0.users.0.policies.1.document",
        "accounts.0.users.0.policies.2.effect",
        "accounts.0.users.0.keys.0.secret_key",
        'rows."cvm.instance".0.region',
        'rows."instance"',
    }
    assert "did you mean estate?" in found["estates"]
    assert not any("SECRET" in message for message in found.values())


def test_uins_names_and_keys_are_given_once():
    found = refused(
        f"""
        [[accounts]]
        uin = "100000000001"
        keys = [{{ secret_id = "AKIDsame0000", secret_key = "{SECRET}" }}]
        users = [{{ name = "ann" }}, {{ name = "ann", uin = "100000000001" }}]
        [[accounts]]
        users = [{{ name = "ann", keys = [{{ secret_id = "AKIDsame0000", secret_key = "{SECRET}" }}] }}]
        """
    )
    assert found == {
        "accounts.0.users.1.name": "the same as accounts.0.users.0.name",
        "accounts.0.users.1.uin": "the same as accounts.0.uin",
        "accounts.1.users.0.keys.0.secret_id": "the same as accounts.0.keys.0.secret_id",
    }


def test_what_the_first_account_says_itself_cannot_stand_at_the_top_too():
    assert list(refused("seed = 1\n[[accounts]]\nseed = 2")) == ["accounts.0.seed"]


def test_a_third_key_is_refused():
    keys = ", ".join(f'{{ secret_id = "AKIDnumber{n}", secret_key = "{SECRET}" }}' for n in range(3))
    assert list(refused(f"[[accounts]]\nkeys = [{keys}]")) == ["accounts.0.keys"]


def test_what_the_contract_says_of_rows_is_gathered_under_their_paths():
    def refuse(table, row, path):
        raise BadInput([Violation(f"{path}.{name}", f"not a member of {table}") for name in row])

    found = refused('[[rows."cvm.instance"]]\nRam = 1\nDisk = 2\n[[rows."vpc.vpc"]]\nNet = 3', refuse)
    assert list(found) == [
        'rows."cvm.instance".0.Ram',
        'rows."cvm.instance".0.Disk',
        'rows."vpc.vpc".0.Net',
    ]


@pytest.mark.parametrize(
    ("estate", "path"),
    [
        ("hosts = { ap-atlantis = 3 }", "estate.hosts.ap-atlantis"),
        ("hosts = { ap-seoul = true }", "estate.hosts"),
        ("hosts = { ap-seoul = 1 }\nrisk_rate = 2", "estate.risk_rate"),
        ('hosts = { ap-seoul = 1 }\npublic_rate = "all"', "estate.public_rate"),
        ("hosts = {}\nsize = 3", "estate.size"),
        ('hosts = {}\nusers = "many"', "estate.users"),
        ("hosts = {}\nusers = 1001", "estate.users"),
        ("hosts = {}\nrisks = 0.5", "estate.risks"),
        ("hosts = {}\nrisks = { no_mfa = 1.5 }", "estate.risks.no_mfa"),
        ("hosts = {}\nrisks = { no_mfa = true }", "estate.risks.no_mfa"),
        ("hosts = {}\nrisks = { no_mfas = 1 }", "estate.risks.no_mfas"),
        ("risk_rate = 0.5", "estate.hosts"),
    ],
)
def test_an_estate_that_cannot_be_is_refused(estate, path):
    assert list(refused(f"[estate]\n{estate}")) == [path]


def test_a_file_that_is_no_toml_is_refused_without_repeating_it():
    with pytest.raises(BadInput) as caught:
        loads(f'secret_key = "{SECRET}\n')
    assert "line 1" in str(caught.value)
    assert SECRET not in f"{caught.value!r}"
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_no_secret_is_in_a_repr():
    world = loads(f'[[accounts]]\nkeys = [{{ secret_id = "AKIDroot0000", secret_key = "{SECRET}" }}]')
    assert world.accounts[0].keys[0].secret_key == SECRET
    assert SECRET not in repr(world)


def test_the_named_estates_are_those_that_a_file_may_name():
    assert loads('estate = "demo"').accounts[0].estate == "demo"
    assert estate("demo").spec == DEMO


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path: Path):
    assert list(refused(tmp_path / "none.toml")) == [str(tmp_path / "none.toml")]


def test_a_file_in_another_encoding_is_refused(tmp_path: Path):
    file = tmp_path / "world.toml"
    file.write_bytes('estate = "演示"'.encode("gbk"))
    assert "UTF-8" in refused(file)[str(file)]
