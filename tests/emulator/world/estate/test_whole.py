import pytest

from emulator.world.estate import ACCOUNT_WIDE, DEMO, Spec, build, estate
from emulator.world.estate.tables import TABLES, WHOLE

# What stands in no wire shape of its own: answers are judged.
PARTS = frozenset({"waf.ipaccess", "cfw.rule"})


def rows(made, table):
    return [row.value for row in made.shelf(table, "") or ()]


def test_the_account_wide_tables_are_known_by_name_alone():
    assert WHOLE.keys() == ACCOUNT_WIDE
    assert not ACCOUNT_WIDE & TABLES.keys()


@pytest.mark.parametrize("table", sorted(WHOLE.keys() - PARTS))
def test_every_account_wide_row_keeps_the_published_contract(table, flaws, encode):
    found = rows(build(DEMO, 1), table)
    assert found
    assert sorted({flaw for row in found for flaw in flaws(table, row)}) == []
    assert all(put == became for row in found for put, became in encode(table, row))


@pytest.mark.parametrize("table", sorted(WHOLE))
def test_an_account_wide_table_is_in_no_region_and_not_in_an_empty_estate(table):
    assert build(DEMO, 1).shelf(table, "ap-guangzhou") is None
    assert estate("empty").shelf(table, "") is None


@pytest.mark.parametrize("table", sorted(WHOLE))
def test_an_account_wide_table_is_the_same_for_the_same_seed_only(table):
    assert rows(build(DEMO, 3), table) == rows(build(DEMO, 3), table)
    assert rows(build(DEMO, 3), table) != rows(build(DEMO, 4), table)


def certificates(risk_rate):
    return rows(build(Spec(hosts=(("ap-tokyo", 300),), risk_rate=risk_rate), 5), "ssl.certificate")


def test_without_risk_no_certificate_is_late_weak_or_revoked():
    for row in certificates(0):
        assert row["CertEndTime"] > "2026-07-01"
        assert row["Status"] == 1
        assert row["EncryptAlgorithm"] == "RSA 2048"


def test_with_nothing_but_risk_every_certificate_ends_early_and_every_upload_is_weak():
    found = certificates(1)
    assert all(row["CertEndTime"] < "2026-07-02" for row in found)
    assert {row["EncryptAlgorithm"] for row in found if row["From"] == "upload"} == {"RSA 1024"}
    assert {row["Status"] for row in found} == {1, 10}
