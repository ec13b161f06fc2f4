"""Certificates of one's own, uploaded: their PEM is read, and of the private key nothing is kept."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.errors import ApiError
from emulator.services.ssl.certificates import (
    CERTIFICATE,
    EVERY,
    ISSUED,
    NAMES,
    PAPERS,
    bad_parameter,
    fresh_key,
    keep_papers,
)
from emulator.services.ssl.pem import Paper, check_key, read_chain
from emulator.tables.call import Call, Result
from emulator.tables.databases import listed_tags
from emulator.tables.declare import Does
from emulator.tables.writing import Value, add
from emulator.world.clock import china_time

_MONTH_SECONDS = 365 * 86400 / 12


def upload_certificate(call: Call) -> Result:
    """Take a certificate in."""
    params = call.params
    kind, text = params.get("CertificateType") or "SVR", params["CertificatePublicKey"]
    if kind not in ("SVR", "CA"):
        raise bad_parameter("`CertificateType` must be SVR or CA.")
    chain = read_chain(text)
    _check_kind(call, kind, chain)
    if params.get("Repeatable") is False:
        known = _known(call, chain[0])
        if known:
            # Documented: the id of the one that is there. Assumed: by both names.
            return {"CertificateId": known, "RepeatCertId": known}
    # CertificateUse says nothing here: no answer shows what a certificate is for.
    key = fresh_key(call)
    add(call, CERTIFICATE, _certificate(call, key, kind, chain))
    keep_papers(
        call, key, PublicKey=text, Fingerprint=chain[0].fingerprint, Chain=[_shown(paper) for paper in chain]
    )
    return {"CertificateId": key, "RepeatCertId": ""}


def _check_kind(call: Call, kind: str, chain: Sequence[Paper]) -> None:
    """Refuse an authority's certificate that is none, and a server's without its private key."""
    private = call.params.get("CertificatePrivateKey") or ""
    if kind == "CA":
        # Documented: no private key is needed.
        if not chain[0].is_authority:
            raise ApiError("FailedOperation.CertificateCaError", "The certificate is not an authority's.")
    elif not private:
        raise ApiError("InvalidParameter.MissMatchPrivateKey", "The private key is missing.")
    if private:
        check_key(call.params["CertificatePublicKey"], private, call.params.get("KeyPassword") or "")


def _known(call: Call, paper: Paper) -> str:
    """The certificate of this account that is the same one; empty for none."""
    for row in call.world.read(PAPERS):
        if row.value.get("Fingerprint") == paper.fingerprint:
            return str(row.value["CertificateId"])
    return ""


def _certificate(call: Call, key: str, kind: str, chain: Sequence[Paper]) -> Value:
    params, first = call.params, chain[0]
    names = list(dict.fromkeys([first.subject, *first.names]))
    project = str(params.get("ProjectId") or 0)
    return {
        **EVERY,
        "CertificateId": key,
        "CertificateType": kind,
        "From": "upload",
        # Documented: null for an upload; the contract does not let it be null, so empty here.
        "PackageType": "",
        "ProjectId": project,
        "ProjectInfo": {**EVERY["ProjectInfo"], "ProjectId": project},
        "Alias": params.get("Alias") or "",
        "Status": ISSUED,
        "StatusName": NAMES[ISSUED],
        "Domain": first.subject,
        # Documented: the main name among them.
        "SubjectAltName": names,
        "CertSANs": names,
        "IsWildcard": any(name.startswith("*.") for name in names),
        "CertBeginTime": china_time(first.begins),
        "CertEndTime": china_time(first.ends),
        # Documented: in months. Assumed: rounded.
        "ValidityPeriod": str(round((first.ends - first.begins) / _MONTH_SECONDS)),
        "InsertTime": china_time(call.now),
        "EncryptAlgorithm": first.algorithm,
        # Documented: of uploaded authorities.
        "CAEncryptAlgorithms": [each.algorithm for each in chain] if kind == "CA" else [],
        "CAEndTimes": [china_time(each.ends) for each in chain] if kind == "CA" else [],
        "CACommonNames": [each.subject for each in chain] if kind == "CA" else [],
        # Assumed: an authority is deployed to nothing.
        "Deployable": kind == "SVR",
        # Assumed: without its private key a certificate cannot be downloaded.
        "AllowDownload": False,
        "KeyPasswordCustomFlag": bool(params.get("KeyPassword")),
        "Tags": listed_tags(params.get("Tags")),
    }


def _shown(paper: Paper) -> Value:
    """A certificate of a chain as the product shows it."""
    return {
        "Issuer": paper.issuer,
        "Subject": paper.subject,
        "Fingerprint": paper.fingerprint,
        "ValidFrom": china_time(paper.begins),
        "ValidTo": china_time(paper.ends),
    }


def check_certificate_exist(call: Call) -> Result:
    """Which certificate of this account is the same one."""
    return {"RepeatCertId": _known(call, read_chain(call.params["CertificatePublicKey"])[0])}


def check_certificate_chain(call: Call) -> Result:
    """Whether every certificate of a chain signed the one before it."""
    try:
        chain = read_chain(call.params["CertificateChain"])
    except ApiError as refusal:
        if refusal.code != "FailedOperation.CertificateChainError":
            raise
        return {"IsValid": False, "IsTrustedCA": False, "Chains": []}
    # Assumed: no authority of the world is known here, so none is trusted.
    return {"IsValid": True, "IsTrustedCA": False, "Chains": [paper.subject for paper in chain]}


ACTIONS = (
    Does(action="UploadCertificate", run=upload_certificate),
    Does(action="CheckCertificateExist", run=check_certificate_exist),
    Does(action="CheckCertificateChain", run=check_certificate_chain),
)
