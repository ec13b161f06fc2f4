from datetime import UTC, datetime, timedelta

import pytest

from emulator.world.estate import estate
from scenarios.direct import Direct, Failed
from tests.emulator.services.pages import walk


@pytest.fixture
def cloud():
    return Direct.open(estate("demo"))


def listed(cloud, **params):
    return cloud.call("ssl:DescribeCertificates", {"Limit": 1000, **params})["Certificates"]


def end(row):
    time = datetime.strptime(row["CertEndTime"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    return (time - timedelta(hours=8)).timestamp()


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_the_pages_hold_exactly_what_the_account_has(cloud, limit):
    def page(**params):
        answer = cloud.call("ssl:DescribeCertificates", params)
        return answer["Certificates"], answer["TotalCount"]

    found = [row["CertificateId"] for row in walk(page, limit)]
    assert sorted(found) == sorted(cloud.world.read("ssl.certificate").items())


def test_ten_come_when_nothing_is_said_and_a_limit_over_the_ceiling_is_cut_in_silence(cloud):
    assert len(cloud.call("ssl:DescribeCertificates")["Certificates"]) == 10
    assert listed(cloud, Limit=5000) == listed(cloud)


def test_the_latest_come_first_unless_sorted_by_their_end(cloud):
    times = [row["InsertTime"] for row in listed(cloud)]
    assert times == sorted(times, reverse=True)
    ends = [row["CertEndTime"] for row in listed(cloud, ExpirationSort="ASC")]
    assert ends == sorted(ends)


@pytest.mark.parametrize(
    "wrong",
    [{"FilterSource": "bought"}, {"CertificateType": "DV"}, {"Upload": 2}, {"ExpirationSort": "UP"}],
)
def test_a_choice_that_there_is_not_is_refused(cloud, wrong):
    with pytest.raises(Failed) as failed:
        cloud.call("ssl:DescribeCertificates", wrong)
    assert failed.value.code == "InvalidParameter"


def test_a_filter_that_is_switched_off_leaves_everything(cloud):
    every = listed(cloud)
    for name in ("Upload", "Renew", "IsSM", "FilterExpiring", "IsPendingIssue"):
        assert listed(cloud, **{name: 0}) == every
    assert listed(cloud, IsSM=1) == []


def test_a_certificate_expires_by_the_clock_of_its_world(cloud):
    row = next(row for row in listed(cloud) if row["Status"] == 1 and not row["IsExpiring"])
    key = row["CertificateId"]
    cloud.world.clock.set(end(row) - 86400)
    assert listed(cloud, CertIds=[key])[0]["IsExpiring"]
    cloud.world.clock.set(end(row) + 1)
    assert listed(cloud, CertIds=[key], CertificateStatus=[3])[0]["StatusName"] == "已过期"
    assert cloud.call("ssl:DescribeCertificate", {"CertificateId": key})["Status"] == 3


@pytest.mark.parametrize(
    ("params", "passes"),
    [
        ({"CertificateStatus": [1]}, lambda row: row["Status"] == 1),
        ({"Upload": 1}, lambda row: row["From"] == "upload"),
        ({"FilterSource": "buy"}, lambda row: row["From"] != "upload"),
        ({"Renew": 1}, lambda row: row["RenewAble"]),
        ({"Deployable": 0}, lambda row: not row["Deployable"]),
        ({"CertificateType": "CA"}, lambda row: row["CertificateType"] == "CA"),
        ({"SearchKey": "www"}, lambda row: "www" in row["CertificateId"] + row["Alias"] + row["Domain"]),
    ],
)
def test_a_filter_keeps_just_what_it_names(cloud, params, passes):
    assert listed(cloud, **params) == [row for row in listed(cloud) if passes(row)]


def test_a_filter_on_tags_wants_all_of_them(cloud):
    tagged = next(row for row in listed(cloud) if row["Tags"])
    found = listed(cloud, Tags=tagged["Tags"])
    assert tagged["CertificateId"] in [row["CertificateId"] for row in found]
    assert all(tag in row["Tags"] for row in found for tag in tagged["Tags"])


def test_a_certificate_reads_alike_alone_and_in_the_list(cloud):
    for row in listed(cloud):
        alone = cloud.call("ssl:DescribeCertificate", {"CertificateId": row["CertificateId"]})
        assert {name: alone[name] for name in alone if name in row} == {
            name: row[name] for name in row if name in alone
        }
        assert alone["OwnerUin"] == cloud.world.uin


def test_a_deleted_certificate_is_gone(cloud):
    key = listed(cloud)[0]["CertificateId"]
    assert cloud.call("ssl:DeleteCertificate", {"CertificateId": key})["DeleteResult"] is True
    assert listed(cloud, CertIds=[key]) == []


@pytest.mark.parametrize("action", ["DescribeCertificate", "DeleteCertificate"])
def test_an_unknown_certificate_is_not_found(cloud, action):
    with pytest.raises(Failed) as failed:
        cloud.call(f"ssl:{action}", {"CertificateId": "nothing1"})
    assert failed.value.code == "FailedOperation.CertificateNotFound"


def test_an_account_without_certificates_lists_none():
    answer = Direct.open(estate("empty")).call("ssl:DescribeCertificates")
    assert (answer["TotalCount"], answer["Certificates"]) == (0, [])
