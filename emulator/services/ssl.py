"""SSL Certificate Service: certificates, and how the clock turns them into expired ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from emulator.contract.paging import paging
from emulator.errors import ApiError
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Manners, Service, Table, Window
from emulator.tables.listing import window

# Assumed: the service is asked about at operation level for its reads.
CERTIFICATE = Table(name="ssl.certificate", item="Certificates", key="CertificateId", home="global")

ISSUED, EXPIRED = 1, 3
# Documented: what awaits its issue: audit, DNS record, its papers, a letter, or to be issued again.
PENDING = frozenset({0, 4, 5, 8, 11, 13})
_EXPIRING_SECONDS = 30 * 86400
_CHINA_SECONDS = 8 * 3600

PAGE = Window(default=10, ceiling=1000)
"""Documented: ten by default; more than 1000 are taken for 1000, silently. Assumed: 0 for 1."""


def no_certificate() -> ApiError:
    """No such certificate in this account."""
    # Documented: the code. Assumed: the texts.
    return ApiError("FailedOperation.CertificateNotFound", "The certificate does not exist.", "证书不存在。")


def _end(certificate: Mapping[str, Any]) -> float | None:
    """When a certificate ends, in seconds since the epoch; None for one that has no end yet."""
    try:
        # Documented: China's time.
        end = datetime.strptime(certificate["CertEndTime"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return end.timestamp() - _CHINA_SECONDS


def current(call: Call, certificate: Mapping[str, Any]) -> Mapping[str, Any]:
    """A certificate as it is now and in this account."""
    end = _end(certificate)
    shown = {**certificate, "OwnerUin": certificate["OwnerUin"] or call.world.uin}
    if end is None or certificate["Status"] != ISSUED:
        return shown
    if end < call.now:
        # Assumed: the name, and that an expired one can no longer be deployed.
        return {**shown, "Status": EXPIRED, "StatusName": "已过期", "Deployable": False}
    # Documented: expiring is within 30 days of the end.
    return {**shown, "IsExpiring": end < call.now + _EXPIRING_SECONDS}


def _switch(is_set: Callable[[Mapping[str, Any]], bool]) -> Callable[[Mapping[str, Any], Any], bool]:
    """A filter that narrows for 1 and leaves all for 0."""
    return lambda row, wanted: not wanted or is_set(row)


def _flag(member: str) -> Callable[[Mapping[str, Any], Any], bool]:
    """A filter that wants the member true for 1 and false for 0."""
    return lambda row, wanted: row[member] == (wanted == 1)


def _has_tags(row: Mapping[str, Any], wanted: Any) -> bool:
    tags = {(tag["TagKey"], tag["TagValue"]) for tag in row["Tags"]}
    return all((tag["TagKey"], tag["TagValue"]) in tags for tag in wanted)


# Documented: what each narrows to. Assumed: what can be hosted is what was bought here and is issued.
FILTERS: Mapping[str, Callable[[Mapping[str, Any], Any], bool]] = {
    "SearchKey": lambda row, wanted: any(
        wanted in text for text in (row["CertificateId"], row["Alias"], row["Domain"])
    ),
    "CertificateType": lambda row, wanted: row["CertificateType"] == wanted,
    "ProjectId": lambda row, wanted: row["ProjectId"] == str(wanted),
    "CertificateStatus": lambda row, wanted: row["Status"] in wanted,
    "Deployable": _flag("Deployable"),
    "Upload": _switch(lambda row: row["From"] == "upload"),
    "Renew": _switch(lambda row: bool(row["RenewAble"])),
    "FilterSource": lambda row, wanted: (row["From"] == "upload") == (wanted == "upload"),
    "IsSM": _flag("IsSM"),
    "FilterExpiring": _switch(lambda row: bool(row["IsExpiring"])),
    "Hostable": lambda row, wanted: (row["From"] != "upload" and row["Status"] == ISSUED) == (wanted == 1),
    "Tags": _has_tags,
    "IsPendingIssue": _switch(lambda row: row["Status"] in PENDING),
    "CertIds": lambda row, wanted: row["CertificateId"] in wanted,
    "ServiceId": lambda row, wanted: row.get("ServiceId") == wanted,
}


def describe_certificates(call: Call) -> Result:
    """The certificates that pass every filter, the latest first."""
    params = call.params
    wants = {name: params[name] for name in FILTERS if params.get(name) not in (None, [], "")}
    rows = [
        row
        for row in (current(call, kept.value) for kept in call.world.read(CERTIFICATE.name))
        if all(FILTERS[name](row, wanted) for name, wanted in wants.items())
    ]
    sort = params.get("ExpirationSort")
    if sort not in (None, "", "ASC", "DESC"):
        # Assumed: the code and text.
        raise ApiError("InvalidParameter", "The value of `ExpirationSort` is not ASC or DESC.")
    rows.sort(key=lambda row: row["CertEndTime" if sort else "InsertTime"], reverse=sort != "ASC")
    start, limit = window(params, paging(call.action), PAGE, Manners())
    return {
        "TotalCount": len(rows),
        "Certificates": rows[start : None if limit is None else start + limit],
    }


def describe_certificate(call: Call) -> Result:
    """One certificate; what it was not asked for when it was applied for is null."""
    row = call.world.read(CERTIFICATE.name).get(call.params["CertificateId"])
    if row is None:
        raise no_certificate()
    certificate = current(call, row.value)
    return {name: certificate.get(name) for name in call.action.response.members if name != "RequestId"}


def delete_certificate(call: Call) -> Result:
    """Take a certificate away."""
    key = call.params["CertificateId"]
    if key not in call.world.read(CERTIFICATE.name):
        raise no_certificate()
    call.world.write(CERTIFICATE.name).remove(key)
    # Documented: the answer comes at once unless resources shall be checked first, then a task does it.
    # Assumed: with the check too, nothing here uses a certificate.
    return {"DeleteResult": True, "TaskId": None}


SERVICE = Service(
    name="ssl",
    version="2019-12-05",
    tables=(CERTIFICATE,),
    actions=(
        Does(action="DescribeCertificates", run=describe_certificates),
        Does(action="DescribeCertificate", run=describe_certificate),
        Does(action="DeleteCertificate", run=delete_certificate),
    ),
)
