"""What listeners and rules are given: health checks and certificates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.errors import missing_parameter
from emulator.services.clb import errors
from emulator.services.clb.parts import LAYER_SEVEN, Part
from emulator.tables.call import Call
from emulator.tables.writing import refuse

CERTIFICATES = "ssl.certificate"

# Documented: which checks each protocol can have, the one that it has unless said first.
CHECKS: Mapping[str, tuple[str, ...]] = {
    "TCP": ("TCP", "HTTP", "CUSTOM"),
    "UDP": ("PING", "CUSTOM"),
    "TCP_SSL": ("TCP", "HTTP"),
    "QUIC": ("TCP", "HTTP"),
    "HTTP": ("HTTP", "GRPC"),
    "HTTPS": ("HTTP", "HTTPS", "GRPC"),
}
# Documented: where each number may be, and what it is unless said.
_NUMBERS: Mapping[str, tuple[int, int, int]] = {
    "HealthSwitch": (0, 1, 1),
    "TimeOut": (2, 60, 2),
    "IntervalTime": (2, 300, 5),
    "HealthNum": (2, 10, 3),
    "UnHealthNum": (2, 10, 3),
    "SourceIpType": (0, 1, 1),
}
_PLAIN = (
    *("HttpCode", "HttpCheckPath", "HttpCheckDomain", "HttpCheckMethod", "CheckPort", "ContextType"),
    *("SendContext", "RecvContext", "HttpVersion", "ExtendedCode"),
)


def health_check(protocol: str, given: Mapping[str, Any] | None, before: Part | None = None) -> Part:
    """A health check as it is kept: what is given, else what it was before, else the usual."""
    wanted = {**(before or {}), **(given or {})}
    found: dict[str, Any] = {}
    for name, (low, high, usual) in _NUMBERS.items():
        value = usual if wanted.get(name) is None else wanted[name]
        if not low <= value <= high:
            raise errors.out_of_range(f"HealthCheck.{name}", f"{low} to {high}")
        found[name] = value
    # Documented: the answer has to come before the next question.
    if found["TimeOut"] >= found["IntervalTime"]:
        raise errors.out_of_range("HealthCheck.TimeOut", "less than IntervalTime")
    kinds = CHECKS[protocol]
    kind = wanted.get("CheckType") or kinds[0]
    if kind not in kinds:
        raise errors.bad_value("HealthCheck.CheckType", f"one of {', '.join(kinds)} for {protocol}")
    found["CheckType"] = kind
    for name in _PLAIN:
        found[name] = wanted.get(name)
    _check_http(protocol, kind, found)
    if kind == "CUSTOM":
        for name in ("ContextType", "SendContext", "RecvContext"):
            if not found[name]:
                # Documented: needed for checks of one's own.
                raise missing_parameter(f"HealthCheck.{name}")
        if found["ContextType"] not in ("HEX", "TEXT"):
            raise errors.bad_value("HealthCheck.ContextType", "HEX or TEXT")
    if found["CheckPort"] == -1:
        # Documented: back to the port of the target.
        found["CheckPort"] = None
    return found


def _check_http(protocol: str, kind: str, found: dict[str, Any]) -> None:
    if kind not in ("HTTP", "HTTPS"):
        if protocol in LAYER_SEVEN:
            # Documented: HEAD for rules unless said. Observed: terraform-provider-tencentcloud takes it for a
            # text in every rule that is checked.
            found["HttpCheckMethod"] = found["HttpCheckMethod"] or "HEAD"
        return
    if found["HttpCode"] is not None and not 1 <= found["HttpCode"] <= 31:
        raise errors.out_of_range("HealthCheck.HttpCode", "1 to 31")
    if found["HttpCheckMethod"] not in (None, "HEAD", "GET"):
        raise errors.bad_value("HealthCheck.HttpCheckMethod", "HEAD or GET")
    # Documented: 31 and HEAD. Assumed: the path.
    found["HttpCode"] = 31 if found["HttpCode"] is None else found["HttpCode"]
    found["HttpCheckMethod"] = found["HttpCheckMethod"] or "HEAD"
    found["HttpCheckPath"] = found["HttpCheckPath"] or "/"
    if protocol == "TCP":
        # Documented: needed where HTTP checks TCP. Observed: terraform-provider-tencentcloud gives an empty
        # text where its user names none.
        if found["HttpCheckDomain"] is None:
            raise missing_parameter("HealthCheck.HttpCheckDomain")
        found["HttpVersion"] = found["HttpVersion"] or "HTTP/1.1"


def certificate(call: Call, asked: Mapping[str, Any]) -> Part | None:
    """The certificates that a call gives, all of which exist; None if it gives none."""
    single, several = asked.get("Certificate"), asked.get("MultiCertInfo")
    # Documented: one of the two.
    if single and several:
        raise errors.combination("Certificate and MultiCertInfo cannot be specified together.")
    if single:
        return _single(call, single)
    return _several(call, several) if several else None


def _mode(given: Mapping[str, Any]) -> tuple[str, str]:
    mode = given.get("SSLMode") or "UNIDIRECTIONAL"
    if mode not in ("UNIDIRECTIONAL", "MUTUAL"):
        # Documented: these two.
        raise errors.bad_value("SSLMode", "UNIDIRECTIONAL or MUTUAL")
    # Documented: on unless said, in both directions only.
    verify = given.get("SSLVerifyClient") or "ON"
    if verify not in ("ON", "OPTIONAL"):
        raise errors.bad_value("SSLVerifyClient", "ON or OPTIONAL")
    return mode, verify if mode == "MUTUAL" else "off"


def _single(call: Call, given: Mapping[str, Any]) -> Part:
    mode, verify = _mode(given)
    refuse(
        call,
        *("CertName", "CertKey", "CertContent", "CertCaName", "CertCaContent"),
        within=given,
        path="Certificate.",
    )
    if not given.get("CertId"):
        raise missing_parameter("Certificate.CertId")
    if mode == "MUTUAL" and not given.get("CertCaId"):
        raise missing_parameter("Certificate.CertCaId")
    return {
        "SSLMode": mode,
        "SSLVerifyClient": verify,
        "CertId": _existing(call, given["CertId"]),
        "CertCaId": _existing(call, given["CertCaId"]) if mode == "MUTUAL" else "",
        "ExtCertIds": [],
    }


def _several(call: Call, given: Mapping[str, Any]) -> Part:
    mode, verify = _mode(given)
    keys: list[str] = []
    for at, each in enumerate(given["CertList"]):
        path = f"MultiCertInfo.CertList.{at}."
        refuse(call, "CertName", "CertContent", "CertKey", within=each, path=path)
        if not each.get("CertId"):
            raise missing_parameter(f"{path}CertId")
        keys.append(_existing(call, each["CertId"]))
    authorities = [key for key in keys if _kind(call, key) == "CA"]
    servers = [key for key in keys if key not in authorities]
    if not servers:
        raise missing_parameter("MultiCertInfo.CertList")
    # Documented: in both directions one of the list is a client's authority.
    if mode == "MUTUAL" and not authorities:
        raise errors.bad_value("MultiCertInfo.CertList", "a CA certificate among them")
    return {
        "SSLMode": mode,
        "SSLVerifyClient": verify,
        "CertId": servers[0],
        "CertCaId": authorities[0] if mode == "MUTUAL" else "",
        "ExtCertIds": servers[1:],
    }


def _existing(call: Call, key: str) -> str:
    if call.world.read(CERTIFICATES).get(key) is None:
        raise errors.bad_value("CertId", f"a certificate of the account, not {key}")
    return key


def _kind(call: Call, key: str) -> str:
    return str(call.world.read(CERTIFICATES).items()[key].value["CertificateType"])


def number(
    asked: Mapping[str, Any], name: str, usual: int, allowed: range, *, besides: Sequence[int] = ()
) -> int:
    """A number within bounds, or one of some ``besides``; the usual one if it was not given."""
    value = asked.get(name)
    if value is None:
        return usual
    if value not in allowed and value not in besides:
        raise errors.out_of_range(name, f"{allowed.start} to {allowed.stop - 1}")
    return int(value)
