"""Free certificates applied for: reviewed, issued by the clock, or cancelled before that."""

from __future__ import annotations

import re

from emulator.errors import ApiError
from emulator.services.ssl.certificates import (
    ADDING,
    CANCELLED,
    CERTIFICATE,
    EVERY,
    ISSUED,
    NAMES,
    PENDING,
    REVIEW,
    bad_parameter,
    certificate,
    fresh_key,
    keep_papers,
)
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.writing import Value, add, change, later, refuse
from emulator.world.clock import china_time, months_on

# Documented: the only package, its name, and for how many months it is good.
PACKAGE, PRODUCT, MONTHS = "83", "TrustAsia C1 DV Free", 3
# Assumed: how long it takes to find that a domain is the account's, and how long if it is asked for.
_ISSUING_SECONDS, _LOOKING_SECONDS = 600, 60
_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE)
_WAYS = ("DNS_AUTO", "DNS", "FILE")


def apply_certificate(call: Call) -> Result:
    """Apply for a free certificate."""
    way, algorithm = _read(call)
    params, key, domain = call.params, fresh_key(call), call.params["DomainName"].lower()
    project = str(params.get("ProjectId") or 0)
    # Documented: a record is added by itself, or awaited.
    status = ADDING if way == "DNS_AUTO" else REVIEW
    extra = {**EVERY["CertificateExtra"], "OriginCertificateId": params.get("OldCertificateId") or None}
    add(
        call,
        CERTIFICATE,
        {
            **EVERY,
            "CertificateExtra": extra,
            "CertificateId": key,
            "CertificateType": "SVR",
            "From": "trustasia",
            "PackageType": PACKAGE,
            "PackageTypeName": PRODUCT,
            "ProductZhName": PRODUCT,
            "ProjectId": project,
            "ProjectInfo": {**EVERY["ProjectInfo"], "ProjectId": project},
            "Alias": params.get("Alias") or "",
            "Status": status,
            "StatusName": NAMES[status],
            # Documented: the domain is being verified.
            "StatusMsg": "PENDING-DCV",
            "VerifyType": way,
            "Domain": domain,
            "SubjectAltName": [domain],
            "CertSANs": [domain],
            "IsDv": True,
            "CertBeginTime": "",
            "CertEndTime": "",
            "ValidityPeriod": str(MONTHS),
            "InsertTime": china_time(call.now),
            # Assumed: for how long a domain may be verified.
            "DVAuthDeadline": china_time(call.now + 7 * 86400),
            "EncryptAlgorithm": algorithm,
            "KeyPasswordCustomFlag": bool(params.get("CsrKeyPassword")),
            "IsDNSPODResolve": way == "DNS_AUTO",
        },
    )
    keep_papers(call, key, OrderId=call.world.mint.uuid(), Proof=_proof(call, way, domain))
    # Assumed: by then somebody has done what was asked for, whichever way the domain is verified.
    _issue_later(call, key, status, _ISSUING_SECONDS)
    return {"CertificateId": key}


def _read(call: Call) -> tuple[str, str]:
    """Check everything that an application says: how the domain is verified, and the algorithm.

    What says nothing here: who is told of it (ContactEmail, ContactPhone) and whether a record is taken away
    afterwards (DeleteDnsAutoRecord).
    """
    params, domain = call.params, call.params["DomainName"]
    if params["DvAuthMethod"] not in _WAYS:
        raise bad_parameter("`DvAuthMethod` must be DNS_AUTO, DNS or FILE.")
    if len(domain) > 64:
        # Documented: 64 at most.
        raise ApiError("InvalidParameterValue.CertificateDomainMaxLengthInvalid", "The domain is too long.")
    # Assumed: a free certificate is for one host, without a wildcard.
    if not _HOST.fullmatch(domain):
        raise ApiError("InvalidParameter.DomainInvalid", f"`{domain}` is not a domain.")
    if params.get("PackageType") not in (None, "", PACKAGE):
        raise bad_parameter(f"`PackageType` must be {PACKAGE}.")
    if params.get("ValidityPeriod") not in (None, "", str(MONTHS)):
        raise ApiError("InvalidParameter.PeriodInvalid", f"`ValidityPeriod` must be {MONTHS}.")
    if params.get("PackageId"):
        # Documented: these are no longer sold.
        raise ApiError("FailedOperation.PackageNotFound", "The package does not exist.")
    if params.get("OldCertificateId"):
        certificate(call, params["OldCertificateId"])
    # Documented: not there yet.
    refuse(call, "DnsNames")
    return params["DvAuthMethod"], _algorithm(call)


def _algorithm(call: Call) -> str:
    name, parameter = call.params.get("CsrEncryptAlgo") or "RSA", call.params.get("CsrKeyParameter") or ""
    # Documented: one parameter for each, which is needed for the second.
    if name == "RSA" and parameter in ("", "2048"):
        return "RSA 2048"
    if name == "ECC" and parameter == "prime256v1":
        return "ECC prime256v1"
    raise ApiError("InvalidParameter.RenewAlgorithmInvalid", "The algorithm is RSA 2048 or ECC prime256v1.")


def _proof(call: Call, way: str, domain: str) -> Value:
    """What shows that a domain is the account's."""
    # Assumed: where a record or a file is looked for, and what it says.
    value = call.world.mint.uuid().replace("-", "")
    if way == "FILE":
        path = "/.well-known/pki-validation"
        return {
            "DvAuthKey": "fileauth.txt",
            "DvAuthValue": value,
            "DvAuthDomain": domain,
            "DvAuthPath": path,
            "DvAuthKeySubDomain": "",
            "DvAuths": [],
        }
    return {
        "DvAuthKey": f"_dnsauth.{domain}",
        "DvAuthValue": value,
        "DvAuthDomain": domain,
        "DvAuthPath": "",
        "DvAuthKeySubDomain": "_dnsauth",
        "DvAuths": [],
    }


def _issue_later(call: Call, key: str, status: int, seconds: float) -> None:
    issued = call.now + seconds * call.world.pace
    later(
        call,
        seconds,
        CERTIFICATE,
        key,
        {"Status": status},
        Status=ISSUED,
        StatusName=NAMES[ISSUED],
        StatusMsg="",
        CertBeginTime=china_time(issued),
        CertEndTime=china_time(months_on(issued, MONTHS)),
        ValidationPassedTime=china_time(issued),
        Deployable=True,
        # Observed: an issued one can be renewed.
        RenewAble=True,
    )


def complete_certificate(call: Call) -> Result:
    """Ask that the domain of a certificate be looked at now."""
    found = certificate(call, call.params["CertificateId"])
    if found["Status"] not in (REVIEW, ADDING):
        raise ApiError(
            "FailedOperation.CertificateStatusNotAllowVerify", "The certificate awaits no verification."
        )
    _issue_later(call, found["CertificateId"], found["Status"], _LOOKING_SECONDS)
    return {"CertificateId": found["CertificateId"]}


def cancel_certificate_order(call: Call) -> Result:
    """Cancel the order of a certificate that is not issued yet."""
    return {"CertificateId": _cancel(call)}


def cancel_audit_certificate(call: Call) -> Result:
    """Cancel the review of a certificate that is not issued yet."""
    _cancel(call)
    return {"Result": True}


def _cancel(call: Call) -> str:
    row = call.world.read(CERTIFICATE.name).get(call.params["CertificateId"])
    if row is None or row.value["Status"] not in PENDING:
        raise ApiError(
            "FailedOperation.CertificateNotFoundOrCantCancel",
            "The certificate does not exist or cannot be cancelled.",
        )
    key: str = row.value["CertificateId"]
    change(call, CERTIFICATE, key, Status=CANCELLED, StatusName=NAMES[CANCELLED], StatusMsg="")
    return key


ACTIONS = (
    Does(action="ApplyCertificate", run=apply_certificate),
    Does(action="CompleteCertificate", run=complete_certificate),
    Does(action="CancelCertificateOrder", run=cancel_certificate_order),
    Does(action="CancelAuditCertificate", run=cancel_audit_certificate),
)
