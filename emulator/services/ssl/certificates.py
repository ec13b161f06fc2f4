"""Certificates: where they stand, what they are made of, and what every way of getting one has in common."""

from __future__ import annotations

from typing import Any

from emulator.errors import Refusal
from emulator.tables.call import Call
from emulator.tables.declare import Table
from emulator.tables.writing import Value, find
from emulator.world.clock import china_seconds
from emulator.world.shelves import Row

# Assumed: the service is asked about at operation level.
CERTIFICATE = Table(name="ssl.certificate", item="Certificates", key="CertificateId", home="global")
PAPERS = "ssl.papers"
"""What else is known of a certificate, under its id: its PEM, its fingerprints, its chain, its order."""

# Documented: the states. 0 is in review, 1 issued, 3 expired, 4 adds a record, 7 cancelled.
REVIEW, ISSUED, EXPIRED, ADDING, CANCELLED = 0, 1, 3, 4, 7
# Documented: what awaits its issue: audit, DNS record, its papers, a letter, or to be issued again.
PENDING = frozenset({REVIEW, ADDING, 5, 8, 11, 13})
# Assumed: the names.
NAMES = {
    REVIEW: "审核中",
    ISSUED: "证书已颁发",
    EXPIRED: "已过期",
    ADDING: "自动添加DNS记录",
    CANCELLED: "已取消",
}
_EXPIRING_SECONDS = 30 * 86400

# Assumed: members that say nothing here are empty, as in the official example.
EVERY: Value = {
    "OwnerUin": "",
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
    "HostingStatus": -1,
    "PreAuditInfo": {"TotalPeriod": 1, "NowPeriod": 1, "ManagerId": ""},
    "ValidationPassedTime": "--",
    "ProjectInfo": {
        "ProjectName": "默认项目",
        "ProjectCreatorUin": 0,
        "ProjectCreateTime": "0000-00-00 00:00:00",
        "ProjectResume": "默认项目",
        "OwnerUin": 0,
        "ProjectId": "0",
    },
    "SupportDownloadType": dict.fromkeys(("NGINX", "APACHE", "TOMCAT", "IIS", "JKS", "OTHER", "ROOT"), False),
}

# Documented: the code. Assumed: the texts.
no_certificate = Refusal[()](
    "FailedOperation.CertificateNotFound", "The certificate does not exist.", "证书不存在。"
)
# Documented: the code. Assumed: the text.
bad_parameter = Refusal[str]("FailedOperation.InvalidParam", "{}")


def certificate(call: Call, key: str) -> Value:
    """The certificate of an id, as it is now."""
    return current(call, find(call, CERTIFICATE, key, lambda _key: no_certificate()))


def papers(call: Call, key: str) -> Value:
    """What else is known of a certificate; nothing of an estate's."""
    row: Row | None = call.world.read(PAPERS).get(key)
    return row.value if row is not None else {}


def keep_papers(call: Call, key: str, **members: Any) -> None:
    """Keep what else is known of a certificate."""
    call.world.write(PAPERS).put(key, Row({"CertificateId": key, **members}))


def fresh_key(call: Call) -> str:
    """An id that no certificate has."""
    shelf = call.world.read(CERTIFICATE.name)
    while (key := call.world.mint.short_id()) in shelf:
        pass
    return key


def current(call: Call, certificate: Value) -> Value:
    """A certificate as it is now and in this account."""
    # Documented: China's time.
    end = china_seconds(certificate["CertEndTime"] or "")
    shown = {**certificate, "OwnerUin": certificate["OwnerUin"] or call.world.uin}
    if end is None or certificate["Status"] != ISSUED:
        return shown
    if end < call.now:
        # Assumed: the name, and that an expired one can no longer be deployed.
        return {**shown, "Status": EXPIRED, "StatusName": NAMES[EXPIRED], "Deployable": False}
    # Documented: expiring is within 30 days of the end.
    return {**shown, "IsExpiring": end < call.now + _EXPIRING_SECONDS}
