"""Certificates as they are read: lists, and all there is to say of one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from emulator.contract.paging import paging
from emulator.errors import ApiError
from emulator.services.ssl.certificates import CERTIFICATE, ISSUED, PENDING, certificate, current, papers
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Manners, Window
from emulator.tables.listing import window
from emulator.tables.params import check_choices

PAGE = Window(default=10, ceiling=1000)
"""Documented: ten by default; more than 1000 are taken for 1000, silently. Assumed: 0 for 1."""


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
    "IsSM": _switch(lambda row: bool(row["IsSM"])),
    "FilterExpiring": _switch(lambda row: bool(row["IsExpiring"])),
    "Hostable": lambda row, wanted: (row["From"] != "upload" and row["Status"] == ISSUED) == (wanted == 1),
    "Tags": _has_tags,
    "IsPendingIssue": _switch(lambda row: row["Status"] in PENDING),
    "CertIds": lambda row, wanted: row["CertificateId"] in wanted,
    "ServiceId": lambda row, wanted: row.get("ServiceId") == wanted,
}


# Documented: the values there are. Assumed: any other is refused.
_SWITCHES = ("Deployable", "Upload", "Renew", "IsSM", "FilterExpiring", "Hostable", "IsPendingIssue")
CHOICES: Mapping[str, Collection[object]] = {
    **dict.fromkeys(_SWITCHES, (0, 1)),
    "FilterSource": ("upload", "buy"),
    "CertificateType": ("CA", "SVR"),
    "ExpirationSort": ("ASC", "DESC"),
}


def _bad_choice(name: str, expected: str) -> ApiError:
    # Assumed: the code and text.
    return ApiError("InvalidParameter", f"The value of `{name}` is not {expected}.")


def describe_certificates(call: Call) -> Result:
    """The certificates that pass every filter, the latest first."""
    params = call.params
    check_choices(params, CHOICES, _bad_choice)
    wants = {name: params[name] for name in FILTERS if params.get(name) not in (None, [], "")}
    rows = [
        row
        for row in (current(call, kept.value) for kept in call.world.read(CERTIFICATE.name))
        if all(FILTERS[name](row, wanted) for name, wanted in wants.items())
    ]
    sort = params.get("ExpirationSort")
    rows.sort(key=lambda row: row["CertEndTime" if sort else "InsertTime"], reverse=sort != "ASC")
    start, limit = window(params, paging(call.action), PAGE, Manners())
    return {
        "TotalCount": len(rows),
        "Certificates": rows[start : None if limit is None else start + limit],
    }


def describe_certificate(call: Call) -> Result:
    """One certificate; what it was not asked for when it was applied for is null."""
    return _answer(call, certificate(call, call.params["CertificateId"]))


def describe_certificate_detail(call: Call) -> Result:
    """One certificate with its PEM; its private key is not kept here, so it is null as any may be."""
    found = certificate(call, call.params["CertificateId"])
    known = papers(call, found["CertificateId"])
    fingerprint, domain = known.get("Fingerprint"), found["Domain"]
    detail = {
        **found,
        "PackageType": found["PackageType"] or None,
        "CertificatePublicKey": known.get("PublicKey"),
        "CertificatePrivateKey": None,
        # Observed: in capitals here, in small letters in the chain.
        "CertFingerprint": fingerprint and fingerprint.upper(),
        "CertChainInfo": known.get("Chain"),
        "OrderId": known.get("OrderId"),
        # Observed: nothing once it is issued.
        "DvAuthDetail": known.get("Proof") if found["Status"] in PENDING else None,
        "DvRevokeAuthDetail": [],
        "TypeName": found["PackageTypeName"] or None,
        # Documented: without the main one here.
        "SubjectAltName": [name for name in found["SubjectAltName"] if name != domain],
        "RootCert": {"Standard": None, "Sign": None, "Encrypt": None},
        "DomainType": _domain_type(found),
        # Assumed: what was uploaded is called after its domain.
        "CertType": "DV" if found["IsDv"] or found["From"] == "upload" else "OV",
        "UseCrossSignRoot": False,
    }
    for name in ("CertBeginTime", "CertEndTime"):
        detail[name] = found[name] or None
    return _answer(call, detail)


def _domain_type(found: Mapping[str, Any]) -> int:
    # Documented: 1 for one name, 2 for several, 3 for a wildcard, 4 for several of these. Assumed: a wildcard
    # and the name that it hangs from are one.
    names = {name.removeprefix("*.") for name in found["SubjectAltName"]}
    return (3 if found["IsWildcard"] else 1) + (len(names) > 1)


def _answer(call: Call, found: Mapping[str, Any]) -> Result:
    return {name: found.get(name) for name in call.action.response.members if name != "RequestId"}


ACTIONS = (
    Does(action="DescribeCertificates", run=describe_certificates),
    Does(action="DescribeCertificate", run=describe_certificate),
    Does(action="DescribeCertificateDetail", run=describe_certificate_detail),
)
