"""What makes a state file unreadable without its key: names are digests, all else is AES-256-GCM."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from pathlib import Path

from emulator.errors import BadInput

VARIABLE = "TCEMU_STATE_KEY"
"""The key in the environment, instead of the file beside the state: 32 bytes in base64."""
_KEY_BYTES = 32
_NONCE_BYTES = 12


class BrokenSealError(Exception):
    """Sealed bytes were changed, belong elsewhere, or are sealed with another key."""


class Seal:
    """Seals bytes for a place, so that nobody can read them or put them in another."""

    def __init__(self, key: bytes) -> None:
        # Loaded here: most servers keep nothing.
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(key)
        self._broken = InvalidTag
        self._key = blake2b(key, person=b"tcemu names").digest()

    def close(self, data: bytes, place: bytes) -> bytes:
        """Seal bytes."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """What was sealed.

        Raises:
            BrokenSealError: it was not sealed so.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)
        except (self._broken, ValueError, TypeError) as reason:
            raise BrokenSealError from reason

    def name(self, text: bytes) -> bytes:
        """A name that tells nothing to whoever lacks the key; the same for the same text."""
        return blake2b(text, key=self._key, digest_size=16).digest()


def find_key(file: Path, *, is_new: bool) -> bytes:
    """The key of a state file: from the environment, or the file beside it, which a new one is given.

    Raises:
        BadInput: there is none, others can read it, or it is no key.
    """
    given = os.environ.get(VARIABLE)
    if given is not None:
        return _read(given, VARIABLE)
    path = file.with_name(file.name + ".key")
    try:
        if is_new and not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077:
            raise BadInput.at(str(path), "others can read it: chmod 600 it")
        return _read(path.read_text("ascii"), str(path))
    except FileNotFoundError as reason:
        missing = f"the key of {file} is missing: bring it back, or set {VARIABLE}"
        raise BadInput.at(str(path), missing) from reason
    except UnicodeDecodeError as reason:
        raise BadInput.at(str(path), "expected 32 bytes in base64") from reason
    except OSError as reason:
        raise BadInput.at(str(path), f"cannot be used: {reason.strerror}") from reason


def _make(path: Path) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(urlsafe_b64encode(os.urandom(_KEY_BYTES)) + b"\n")


def _read(text: str, where: str) -> bytes:
    try:
        key = urlsafe_b64decode(text.strip())
    except ValueError as reason:
        raise BadInput.at(where, "expected 32 bytes in base64") from reason
    if len(key) != _KEY_BYTES:
        raise BadInput.at(where, f"expected 32 bytes in base64, got {len(key)} bytes")
    return key
