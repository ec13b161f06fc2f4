"""Certificates in PEM read: who they are for, who signed them, until when, with which key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from emulator.errors import ApiError

# What reads them is loaded with the first certificate: it takes long, and few calls need it.
if TYPE_CHECKING:
    from cryptography import x509

# Documented: every code below, with what it is for. Assumed: the texts.


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One certificate of a chain."""

    subject: str
    """Its common name; its first other name where it has none, else all of its own."""
    issuer: str
    names: Sequence[str]
    """The names and addresses it is good for, in its own order."""
    begins: float
    ends: float
    """Seconds since the epoch."""
    algorithm: str
    fingerprint: str
    """Of SHA-1, in small letters."""
    is_authority: bool


def read_chain(text: str) -> Sequence[Paper]:
    """The certificates of a chain, the first one first.

    Raises:
        ApiError: the text holds none, or one did not sign the one before it.
    """
    found = _load(text)
    if not all(_is_signed_by(one, other) for one, other in pairwise(found)):
        raise ApiError(
            "FailedOperation.CertificateChainError",
            "The chain is not in order: a certificate did not sign the one before it.",
        )
    return [_paper(one) for one in found]


def _load(text: str) -> list[x509.Certificate]:
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificates(text.encode())
    except ValueError as reason:
        raise ApiError("FailedOperation.CertificateParseError", "The certificate cannot be read.") from reason
    return found


def _is_signed_by(one: x509.Certificate, other: x509.Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        one.verify_directly_issued_by(other)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _paper(certificate: x509.Certificate) -> Paper:
    from cryptography.hazmat.primitives import hashes

    names = _names(certificate)
    return Paper(
        subject=_common_name(certificate.subject) or next(iter(names), certificate.subject.rfc4514_string()),
        issuer=_common_name(certificate.issuer) or certificate.issuer.rfc4514_string(),
        names=names,
        begins=certificate.not_valid_before_utc.timestamp(),
        ends=certificate.not_valid_after_utc.timestamp(),
        algorithm=_algorithm(certificate),
        fingerprint=certificate.fingerprint(hashes.SHA1()).hex(),  # noqa: S303  # what the product shows
        is_authority=_is_authority(certificate),
    )


def _common_name(name: x509.Name) -> str:
    from cryptography.x509.oid import NameOID

    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def _names(certificate: x509.Certificate) -> Sequence[str]:
    from cryptography import x509

    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    hosts = extension.value.get_values_for_type(x509.DNSName)
    return [*hosts, *map(str, extension.value.get_values_for_type(x509.IPAddress))]


def _is_authority(certificate: x509.Certificate) -> bool:
    from cryptography import x509

    try:
        extension = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return extension.value.ca


def _algorithm(certificate: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    key = certificate.public_key()
    # Observed: RSA 2048. Assumed: the others after its manner.
    if isinstance(key, RSAPublicKey):
        return f"RSA {key.key_size}"
    return f"ECC {key.curve.name}" if isinstance(key, EllipticCurvePublicKey) else type(key).__name__


def check_key(chain: str, private: str, password: str) -> None:
    """Refuse a private key that is not that of a chain's first certificate.

    Raises:
        ApiError: it cannot be read, or it is another one's.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    try:
        key = load_pem_private_key(private.encode(), password.encode() if password else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as reason:
        raise ApiError("InvalidParameter.MissMatchPrivateKey", "The private key cannot be read.") from reason
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if key.public_key().public_bytes(*form) != _load(chain)[0].public_key().public_bytes(*form):
        raise ApiError("FailedOperation.CertificateMatchError", "Certificate and private key do not match.")
