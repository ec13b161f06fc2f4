"""The ssl table of an estate: certificates bought and uploaded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from emulator.world.estate import draw
from emulator.world.estate.site import Value
from emulator.world.estate.whole import Whole
from emulator.world.shelves import Row, Shelf

_HOSTS_EACH = 12
_MOST = 400

# Documented: what a package number stands for. Assumed: how often each is found.
_PRODUCTS = draw.slots(
    (("trustasia", "83", "TrustAsia C1 DV Free", True), 5),
    (("trustasia", "12", "TrustAsia 域名型（DV）通配符", True), 2),
    (("trustasia", "14", "TrustAsia 企业型（OV）SSL 证书（D3）", False), 2),
    (("wosign", "25", "Wotrus 域名型证书", True), 1),
)
_LABELS = ("www", "api", "*", "m", "static", "admin", "pay", "")


def count(hosts: int) -> int:
    """How many certificates an account with so many hosts has."""
    return min(2 + hosts // _HOSTS_EACH, _MOST) if hosts else 0


def certificate_id(seed: int, number: int) -> str:
    """The id of a certificate by its number."""
    code = draw.code(draw.key(seed, "certificate"), number)
    return _mixed_case(code, draw.bits(draw.key(seed, "certificate settings"), number))


def certificates(whole: Whole) -> Shelf[Row]:
    """``ssl.certificate``; who owns them is for the account to say."""
    rows = (_certificate(whole, number) for number in range(count(whole.hosts)))
    return Shelf({row["CertificateId"]: Row(row) for row in rows})


def _certificate(whole: Whole, number: int) -> Value:
    chance, settings = whole.chance("certificate", number), whole.chance("certificate settings", number)
    is_uploaded = chance & 7 < 4
    domain = _name(whole, number, chance)
    names = [domain, domain.removeprefix("*.")] if domain.startswith("*.") else [domain]
    return {
        **_EVERY,
        **(_uploaded(whole, settings) if is_uploaded else _bought(chance)),
        **_state(whole, settings),
        **_times(whole, chance, settings, is_uploaded),
        "CertificateId": certificate_id(whole.seed, number),
        "Domain": domain,
        "Alias": whole.words.thing(chance >> 8, "cert"),
        "SubjectAltName": names,
        "CertSANs": names,
        "IsWildcard": domain.startswith("*."),
        # Assumed: RSA of 1024 bits is what a weak upload looks like.
        "EncryptAlgorithm": "RSA 1024"
        if is_uploaded and whole.is_risky("weak_certificate", settings >> 48)
        else "RSA 2048",
        "Tags": [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in whole.words.tags(chance >> 12)],
    }


def _name(whole: Whole, number: int, chance: int) -> str:
    label = draw.pick(_LABELS, chance >> 4)
    return f"{label}.{whole.domain(number)}" if label else whole.domain(number)


def _mixed_case(code: str, chance: int) -> str:
    # Observed: eight letters of both cases and digits (Juz8JAxn).
    return "".join(
        letter.upper() if chance >> place & 1 else letter for place, letter in enumerate(code, start=24)
    )


def _uploaded(whole: Whole, settings: int) -> Value:
    return {
        "From": "upload",
        # Documented: null for an upload; the contract does not let it be null, so empty here.
        "PackageType": "",
        "PackageTypeName": "",
        "ProductZhName": "",
        "VerifyType": "",
        "IsDv": False,
        "RenewAble": False,
        "HostingStatus": -1,
        "AutoRenewFlag": 0,
        "IsIgnore": whole.is_risky("muted_certificate", settings >> 20),
    }


def _bought(chance: int) -> Value:
    issuer, package, name, is_dv = _PRODUCTS[chance >> 16 & 255]
    return {
        "From": issuer,
        "PackageType": package,
        "PackageTypeName": name,
        "ProductZhName": name,
        "VerifyType": "DNS_AUTO" if chance & 1 else "DNS",
        "IsDv": is_dv,
        "RenewAble": not is_dv,
        "HostingStatus": -1 if chance >> 24 & 3 else 10,
        "AutoRenewFlag": chance >> 26 & 1,
        "IsIgnore": False,
    }


def _state(whole: Whole, settings: int) -> Value:
    # Documented: 10 is revoked, 1 issued. The clock makes 3, expired, of an issued one.
    is_revoked = whole.is_risky("revoked_certificate", settings)
    return {"Status": 10, "StatusName": "已吊销"} if is_revoked else {"Status": 1, "StatusName": "证书已颁发"}


def _times(whole: Whole, chance: int, settings: int, is_uploaded: bool) -> Value:
    is_late = whole.is_risky("expired_certificate", settings >> 16)
    months = draw.pick((12, 24, 36, 60), chance >> 28) if is_uploaded else 12
    lasts = months * 365 // 12
    # The late ones ended within the year before the account's first day or end within the month after it.
    days = (chance >> 32) % 365 - 335 if is_late else 31 + (chance >> 32) % (lasts - 31)
    until = datetime.fromtimestamp((whole.day + days) * 86400, UTC)
    since = until - timedelta(days=lasts)
    made = since if is_uploaded else since + timedelta(hours=-3)
    return {
        # Documented: China's time. Observed: a certificate is good from 08:00:00 to 07:59:59 there.
        "CertBeginTime": f"{since:%Y-%m-%d} 08:00:00",
        "CertEndTime": f"{until:%Y-%m-%d} 07:59:59",
        "ValidityPeriod": str(months),
        "InsertTime": f"{made:%Y-%m-%d} {10 + (chance >> 40) % 12:02d}:{(chance >> 44) % 60:02d}:17",
    }


# Assumed: members that say nothing here are empty, as in the official example.
_EVERY: Value = {
    "OwnerUin": "",
    "ProjectId": "0",
    "CertificateType": "SVR",
    "CertificateExtra": {
        "DomainNumber": "1",
        "OriginCertificateId": None,
        "ReplacedBy": None,
        "ReplacedFor": None,
        "RenewOrder": None,
        "SMCert": 0,
        "CompanyType": 1,
    },
    "VulnerabilityStatus": "INACTIVE",
    "StatusMsg": "",
    "IsVip": False,
    "IsVulnerability": False,
    "ProjectInfo": {
        "ProjectName": "默认项目",
        "ProjectCreatorUin": 0,
        "ProjectCreateTime": "0000-00-00 00:00:00",
        "ProjectResume": "默认项目",
        "OwnerUin": 0,
        "ProjectId": "0",
    },
    "BoundResource": [],
    "Deployable": True,
    "IsSM": False,
    "CAEncryptAlgorithms": [],
    "CAEndTimes": [],
    "CACommonNames": [],
    "PreAuditInfo": {"TotalPeriod": 1, "NowPeriod": 1, "ManagerId": ""},
    "HostingCompleteTime": "",
    "HostingRenewCertId": "",
    "HasRenewOrder": "",
    "ReplaceOriCertIsDelete": False,
    "IsExpiring": False,
    "DVAuthDeadline": "",
    "ValidationPassedTime": "--",
    "AwaitingValidationMsg": "",
    "AllowDownload": True,
    "IsDNSPODResolve": False,
    "IsPackage": False,
    "KeyPasswordCustomFlag": False,
    "SupportDownloadType": {
        "NGINX": True,
        "APACHE": True,
        "TOMCAT": True,
        "IIS": True,
        "JKS": True,
        "OTHER": True,
        "ROOT": True,
    },
    "IsHostingUploadRenewCert": False,
}
