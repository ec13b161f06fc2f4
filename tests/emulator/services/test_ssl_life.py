from datetime import UTC, datetime, timedelta

import pytest
import trustme

from emulator.world.shelves import Row
from scenarios.direct import Direct, Failed

from .reads import published

NOON = 1_790_000_000.0
HOUR, DAY = 3600, 86400
CA = trustme.CA()
AUTHORITY = CA.cert_pem.bytes().decode()


class Made:
    """A server's certificate with its chain, and its private key."""

    def __init__(self, *names, common_name=None, **more):
        found = CA.issue_cert(*names, common_name=common_name, **more)
        self.chain = "".join([*(blob.bytes().decode() for blob in found.cert_chain_pems), AUTHORITY])
        self.key = found.private_key_pem.bytes().decode()

    def upload(self, **more):
        return {"CertificatePublicKey": self.chain, "CertificatePrivateKey": self.key, **more}


SHOP = Made("shop.example.com", "*.shop.example.com", common_name="shop.example.com")
OTHER = Made("other.example.com")


class Ssl:
    def __init__(self):
        self.direct = Direct.open()
        self.world = self.direct.world
        self.world.clock.set(NOON)

    def __call__(self, action, /, **params):
        answer = self.direct.call(f"ssl:{action}", params)
        return {name: value for name, value in answer.items() if name != "RequestId"}

    def code(self, action, /, **params):
        try:
            self(action, **params)
        except Failed as failed:
            return failed.code
        return None

    def row(self, key):
        rows = self("DescribeCertificates", CertIds=[key])["Certificates"]
        return rows[0] if rows else None

    def detail(self, key):
        return self("DescribeCertificateDetail", CertificateId=key)


@pytest.fixture
def ssl():
    return Ssl()


def test_an_uploaded_certificate_is_what_its_pem_says(ssl):
    tags = [{"TagKey": "env", "TagValue": "prod"}]
    answer = ssl("UploadCertificate", **SHOP.upload(Alias="mine", ProjectId=5, Tags=tags))
    key = answer["CertificateId"]
    assert (len(key), answer["RepeatCertId"]) == (8, "")
    row = ssl.row(key)
    wanted = {
        "Domain": "shop.example.com",
        "CertSANs": ["shop.example.com", "*.shop.example.com"],
        "IsWildcard": True,
        "From": "upload",
        "Alias": "mine",
        "ProjectId": "5",
        "Tags": tags,
        "CertificateType": "SVR",
        "Deployable": True,
        "OwnerUin": ssl.world.uin,
    }
    assert {name: row[name] for name in wanted} == wanted
    assert row["EncryptAlgorithm"].startswith(("RSA ", "ECC "))
    detail = ssl.detail(key)
    assert detail["CertificatePublicKey"] == SHOP.chain
    assert detail["SubjectAltName"] == ["*.shop.example.com"]
    assert (detail["DomainType"], detail["CertBeginTime"]) == (3, row["CertBeginTime"])
    assert len(detail["CertChainInfo"]) == 2
    assert detail["CertChainInfo"][0]["Issuer"] == detail["CertChainInfo"][1]["Subject"]
    assert detail["CertFingerprint"].lower() == detail["CertChainInfo"][0]["Fingerprint"]


def test_nothing_of_a_private_key_is_kept(ssl):
    key = ssl("UploadCertificate", **SHOP.upload())["CertificateId"]
    assert ssl.detail(key)["CertificatePrivateKey"] is None
    everything = repr(
        [dict(row.value) for table in ("ssl.certificate", "ssl.papers") for row in ssl.world.read(table)]
    )
    secret = "".join(SHOP.key.split("\n")[1:3])
    assert secret[:40] not in everything.replace("\\n", "")


def test_an_uploaded_certificate_expires_by_the_clock(ssl):
    then = datetime.fromtimestamp(NOON, UTC)
    short = Made("a.example.com", not_before=then - timedelta(days=1), not_after=then + timedelta(days=60))
    key = ssl("UploadCertificate", **short.upload())["CertificateId"]
    row = ssl.row(key)
    assert (row["Status"], row["IsExpiring"], row["ValidityPeriod"]) == (1, False, "2")
    ssl.world.clock.advance(31 * DAY)
    assert ssl.row(key)["IsExpiring"]
    ssl.world.clock.advance(30 * DAY)
    assert (ssl.row(key)["Status"], ssl.row(key)["Deployable"]) == (3, False)


def test_an_authority_is_uploaded_without_a_key(ssl):
    key = ssl("UploadCertificate", CertificatePublicKey=AUTHORITY, CertificateType="CA")["CertificateId"]
    row = ssl.row(key)
    assert (row["CertificateType"], len(row["CACommonNames"]), len(row["CAEndTimes"])) == ("CA", 1, 1)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"CertificatePublicKey": "nonsense"}, "FailedOperation.CertificateParseError"),
        ({"CertificatePublicKey": SHOP.chain[:200]}, "FailedOperation.CertificateParseError"),
        (
            {"CertificatePublicKey": SHOP.chain.replace(AUTHORITY, OTHER.chain)},
            "FailedOperation.CertificateChainError",
        ),
        ({"CertificatePrivateKey": ""}, "InvalidParameter.MissMatchPrivateKey"),
        ({"CertificatePrivateKey": "nonsense"}, "InvalidParameter.MissMatchPrivateKey"),
        ({"CertificatePrivateKey": OTHER.key}, "FailedOperation.CertificateMatchError"),
        ({"CertificateType": "CA"}, "FailedOperation.CertificateCaError"),
        ({"CertificateType": "PEM"}, "FailedOperation.InvalidParam"),
    ],
)
def test_a_wrong_upload_is_refused_and_leaves_nothing(ssl, wrong, code):
    assert ssl.code("UploadCertificate", **SHOP.upload(**wrong)) == code
    assert code in published("ssl")
    assert ssl("DescribeCertificates")["TotalCount"] == 0


def test_the_same_certificate_can_be_refused_a_second_time(ssl):
    first = ssl("UploadCertificate", **SHOP.upload())["CertificateId"]
    assert ssl("UploadCertificate", **SHOP.upload())["CertificateId"] != first
    again = ssl("UploadCertificate", **SHOP.upload(Repeatable=False))
    assert again == {"CertificateId": first, "RepeatCertId": first}
    assert ssl("CheckCertificateExist", CertificatePublicKey=SHOP.chain)["RepeatCertId"] == first
    assert ssl("CheckCertificateExist", CertificatePublicKey=OTHER.chain)["RepeatCertId"] == ""
    assert ssl("CheckCertificateChain", CertificateChain=SHOP.chain)["IsValid"]
    broken = SHOP.chain.replace(AUTHORITY, OTHER.chain)
    assert not ssl("CheckCertificateChain", CertificateChain=broken)["IsValid"]


# --- Applications -----------------------------------------------------------------------------------------


def apply(ssl, **more):
    wish = {"DvAuthMethod": "DNS_AUTO", "DomainName": "www.example.com", **more}
    return ssl("ApplyCertificate", **wish)["CertificateId"]


def test_a_free_certificate_is_issued_for_three_months_by_the_clock(ssl):
    key = apply(ssl, Alias="free")
    detail = ssl.detail(key)
    assert (detail["Status"], detail["StatusMsg"], detail["CertEndTime"]) == (4, "PENDING-DCV", None)
    assert detail["DvAuthDetail"]["DvAuthKey"] == "_dnsauth.www.example.com"
    assert ssl("DescribeCertificates", IsPendingIssue=1)["TotalCount"] == 1
    ssl.world.clock.advance(600)
    row = ssl.row(key)
    assert (row["Status"], row["IsDv"], row["PackageType"], row["Deployable"]) == (1, True, "83", True)
    assert row["CertBeginTime"][8:10] == row["CertEndTime"][8:10]
    assert ssl.detail(key)["DvAuthDetail"] is None
    ssl.world.clock.advance(93 * DAY)
    assert ssl.row(key)["Status"] == 3


def test_a_verification_can_be_hurried_and_an_order_cancelled(ssl):
    slow, fast, gone, audit = (apply(ssl, DvAuthMethod=way) for way in ("DNS", "FILE", "DNS", "DNS_AUTO"))
    ssl("CompleteCertificate", CertificateId=fast)
    assert ssl("CancelCertificateOrder", CertificateId=gone)["CertificateId"] == gone
    assert ssl("CancelAuditCertificate", CertificateId=audit)["Result"]
    ssl.world.clock.advance(60)
    assert [ssl.row(key)["Status"] for key in (slow, fast, gone, audit)] == [0, 1, 7, 7]
    ssl.world.clock.advance(600)
    assert [ssl.row(key)["Status"] for key in (slow, fast, gone, audit)] == [1, 1, 7, 7]
    code = ssl.code("CancelCertificateOrder", CertificateId=slow)
    assert code == "FailedOperation.CertificateNotFoundOrCantCancel"
    code = ssl.code("CompleteCertificate", CertificateId=slow)
    assert code == "FailedOperation.CertificateStatusNotAllowVerify"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"DvAuthMethod": "PIGEON"}, "FailedOperation.InvalidParam"),
        ({"DomainName": "*.example.com"}, "InvalidParameter.DomainInvalid"),
        ({"DomainName": "localhost"}, "InvalidParameter.DomainInvalid"),
        (
            {"DomainName": f"{'a' * 60}.example.com"},
            "InvalidParameterValue.CertificateDomainMaxLengthInvalid",
        ),
        ({"PackageType": "12"}, "FailedOperation.InvalidParam"),
        ({"ValidityPeriod": "12"}, "InvalidParameter.PeriodInvalid"),
        ({"CsrEncryptAlgo": "ECC"}, "InvalidParameter.RenewAlgorithmInvalid"),
        ({"OldCertificateId": "nobody00"}, "FailedOperation.CertificateNotFound"),
        ({"PackageId": "p"}, "FailedOperation.PackageNotFound"),
        ({"DnsNames": ["b.example.com"]}, "NotEmulated"),
    ],
)
def test_a_wrong_application_is_refused(ssl, wrong, code):
    assert (
        ssl.code("ApplyCertificate", **{"DvAuthMethod": "DNS", "DomainName": "a.example.com", **wrong})
        == code
    )
    assert code in published("ssl") | {"NotEmulated"}
    assert ssl("DescribeCertificates")["TotalCount"] == 0


# --- Changes and deletions --------------------------------------------------------------------------------


def test_names_and_projects_are_changed(ssl):
    key = ssl("UploadCertificate", **SHOP.upload())["CertificateId"]
    ssl("ModifyCertificateAlias", CertificateId=key, Alias="other")
    answer = ssl("ModifyCertificateProject", CertificateIdList=[key, "nobody00"], ProjectId=9)
    assert answer == {"SuccessCertificates": [key], "FailCertificates": ["nobody00"]}
    assert (ssl.row(key)["Alias"], ssl.row(key)["ProjectId"]) == ("other", "9")
    assert ssl("DescribeCertificates", ProjectId=9)["TotalCount"] == 1


def test_a_free_certificate_is_not_deleted_within_an_hour(ssl):
    key = apply(ssl)
    assert ssl.code("DeleteCertificate", CertificateId=key) == "FailedOperation.DeleteFailedTimeNotUp"
    answer = ssl("DeleteCertificates", CertificateIds=[key, "nobody00"])
    assert [failed["CertId"] for failed in answer["Fail"]] == [key, "nobody00"]
    ssl.world.clock.advance(HOUR)
    assert ssl("DeleteCertificates", CertificateIds=[key])["Success"] == [key]
    assert ssl.row(key) is None


def test_a_deletion_that_looks_first_spares_what_is_used(ssl):
    used, free = (ssl("UploadCertificate", **each.upload())["CertificateId"] for each in (SHOP, OTHER))
    listener = {"ListenerId": "lbl-1", "Rules": [{"Certificate": {"CertId": used, "ExtCertIds": []}}]}
    ssl.world.write("clb.parts", "ap-shanghai").put("lb-1", Row({"Listeners": [listener]}))
    answer = ssl("DeleteCertificates", CertificateIds=[used, free], IsSync=True)
    ids = [task["TaskId"] for task in answer["CertTaskIds"]]
    running = ssl("DescribeDeleteCertificatesTaskResult", TaskIds=ids)["DeleteTaskResult"]
    assert [task["Status"] for task in running] == [0, 0]
    ssl.world.clock.advance(10)
    done = ssl("DescribeDeleteCertificatesTaskResult", TaskIds=ids)["DeleteTaskResult"]
    assert [(task["CertId"], task["Status"]) for task in done] == [(used, 4), (free, 1)]
    assert ssl.row(used) is not None
    assert ssl.row(free) is None
    # Documented: nothing is looked at unless it is asked for.
    assert ssl("DeleteCertificate", CertificateId=used) == {"DeleteResult": True, "TaskId": None}
    assert ssl.row(used) is None
    assert ssl.code("DescribeCertificateDetail", CertificateId=used) == "FailedOperation.CertificateNotFound"
