"""SAML assertions: what one says, if its provider signed it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from emulator.errors import not_emulated
from emulator.policy.conditions import Context
from emulator.services.sts import errors

_SPACES = {
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
}
# Documented: the attribute, and that a value is roles with ; between, a comma, and their provider.
_ROLE = "https://cloud.tencent.com/SAML/Attributes/Role"


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a provider said of somebody: what conditions can ask about, and the roles it gives them."""

    context: Context
    roles: tuple[str, ...]

    def grants(self, role: str, provider: str) -> bool:
        """Whether it gives this role by this provider."""
        for value in self.roles:
            named, _, by = value.rpartition(",")
            if by.strip() == provider and role in (each.strip() for each in named.split(";")):
                return True
        return False


def read(text: str, metadata: str, now: float) -> Assertion:
    """What an assertion says; ``text`` and the provider's ``metadata`` in base64, ``now`` in seconds.

    Only what the provider's signature covers is looked at.

    Raises:
        ApiError: InvalidParameter.ParamError for one that the provider did not sign, or whose time has not
            come or is over.
    """
    try:
        from lxml import etree
        from signxml.exceptions import InvalidInput, InvalidSignature
        from signxml.verifier import XMLVerifier
    except ImportError:
        raise not_emulated(
            "sts:AssumeRoleWithSAML",
            "checking assertions takes `pip install 'tencentcloud-emulator[federation]'`.",
        ) from None

    def parse(data: bytes) -> Any:
        # No entities, no network: nothing outside of the text is looked at.
        return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))

    try:
        provider, said = parse(_decoded(metadata)), parse(_decoded(text))
    except (etree.XMLSyntaxError, binascii.Error, ValueError) as reason:
        raise errors.bad_assertion("it is no XML in base64") from reason
    for certificate in _certificates(provider):
        try:
            signed = XMLVerifier().verify(said, x509_cert=certificate)
        except (InvalidSignature, InvalidInput, ValueError):
            continue
        parts = signed if isinstance(signed, list) else [signed]
        return _read(_assertion(part.signed_xml for part in parts), provider.get("entityID"), now)
    raise errors.bad_assertion("its provider did not sign it")


def _decoded(text: str) -> bytes:
    # Documented: the official example of metadata has + written as %2B.
    return base64.b64decode(unquote(text), validate=True)


def _certificates(provider: Any) -> Iterator[str]:
    """The certificates that a provider signs with, in PEM."""
    for holder in provider.iterfind(".//md:IDPSSODescriptor/md:KeyDescriptor", _SPACES):
        if holder.get("use") in (None, "signing"):
            for each in holder.iterfind(".//ds:X509Certificate", _SPACES):
                body = "".join((each.text or "").split())
                yield f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"


def _assertion(signed: Iterator[Any]) -> Any:
    """The one assertion in what was signed."""
    found = [
        each
        for part in signed
        if part is not None
        for each in ([part] if part.tag.endswith("}Assertion") else part.iterfind("saml:Assertion", _SPACES))
    ]
    if len(found) != 1:
        raise errors.bad_assertion("expected one signed Assertion")
    return found[0]


def _read(assertion: Any, issuer: str | None, now: float) -> Assertion:
    if _text(assertion, "saml:Issuer") != issuer:
        raise errors.bad_assertion("its issuer is another than the provider")
    conditions = assertion.find("saml:Conditions", _SPACES)
    bearers = assertion.findall("saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData", _SPACES)
    for limits in (conditions, *bearers):
        _check_time(limits, now)
    subject = assertion.find("saml:Subject/saml:NameID", _SPACES)
    # Documented: what each key stands for.
    context = {
        "saml:aud": tuple(bearer.get("Recipient") for bearer in bearers if bearer.get("Recipient")),
        "saml:iss": (issuer,) if issuer else (),
        "saml:sub": (subject.text.strip(),) if subject is not None and subject.text else (),
        "saml:sub_type": (subject.get("Format"),) if subject is not None and subject.get("Format") else (),
    }
    return Assertion({key: values for key, values in context.items() if values}, tuple(_roles(assertion)))


def _text(within: Any, path: str) -> str | None:
    found = within.find(path, _SPACES)
    return None if found is None or found.text is None else str(found.text).strip()


def _roles(assertion: Any) -> Sequence[str]:
    return [
        str(value.text).strip()
        for attribute in assertion.iterfind("saml:AttributeStatement/saml:Attribute", _SPACES)
        if attribute.get("Name") == _ROLE
        for value in attribute.iterfind("saml:AttributeValue", _SPACES)
        if value.text
    ]


def _check_time(limits: Any, now: float) -> None:
    if limits is None:
        return
    begin, end = (_moment(limits.get(name)) for name in ("NotBefore", "NotOnOrAfter"))
    if end is not None and now >= end:
        raise errors.bad_assertion("it has expired")
    if begin is not None and now < begin:
        raise errors.bad_assertion("it is not valid yet")


def _moment(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError as reason:
        raise errors.bad_assertion("a time in it is none") from reason
