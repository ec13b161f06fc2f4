"""Secrets at rest: AES-256-GCM under a master key that is not in the database.

What this protects: a copy of the database alone (a backup, a dump, a stolen volume). What it does not:
whoever reads both the database and the key file, or this process's memory, reads the secrets. Set
``TCCONNECTOR_MASTER_KEY`` from a secret manager to keep the two apart.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from connector.config import MASTER_KEY_VARIABLE, Location
from connector.errors import BadInput, SecretUnreadable
from connector.model import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


class Vault:
    """Seals and opens secrets. ``name`` tells master keys apart without giving anything away."""

    def __init__(self, master_key: bytes) -> None:
        self._master_key = master_key
        self.name = hashlib.sha256(b"tcconnector master key name\0" + master_key).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"Vault({self.name})"

    def seal(self, secret: Secret, place: str) -> bytes:
        """Seal a secret for one place: it opens nowhere else, so rows cannot be swapped."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher().encrypt(nonce, secret.reveal().encode(), place.encode())

    def open(self, sealed: bytes, sealed_by: str, place: str) -> Secret:
        """Open what ``seal`` sealed for this place; ``sealed_by`` is the name of the vault that did."""
        if sealed_by != self.name:
            raise SecretUnreadable(
                f"the secret was sealed with master key {sealed_by}, and the one at hand is {self.name}: "
                f"restore that key ({MASTER_KEY_VARIABLE} or the key file), or give the account its key anew"
            )
        from cryptography.exceptions import InvalidTag

        try:
            text = self._cipher().decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
        except InvalidTag:
            raise SecretUnreadable("the stored secret was altered, or moved from another row") from None
        return Secret(text.decode())

    def _cipher(self) -> AESGCM:
        # Loaded by who seals or opens: to look at what is stored in clear takes no cipher.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._master_key)


def open_vault(location: Location, environment: Mapping[str, str] = os.environ) -> Vault:
    """Open the vault with the key of the environment, else of the key file, made at first use."""
    given = environment.get(MASTER_KEY_VARIABLE)
    if given:
        return Vault(decode(given, MASTER_KEY_VARIABLE))
    if location.key_path is None:
        return Vault(os.urandom(KEY_BYTES))
    return Vault(read_or_create(location.key_path))


def decode(text: str, where: str) -> bytes:
    """A master key from base64: exactly 32 random bytes, never a passphrase."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise BadInput.at(
            where, "expected 32 random bytes in base64; make them with: openssl rand -base64 32"
        )
    return key


def read_or_create(path: Path) -> bytes:
    """Read the key file, or make one that only its owner can read; one that others can read is refused."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return read(path)
    with os.fdopen(file, "wb") as stream:
        key = os.urandom(KEY_BYTES)
        stream.write(base64.b64encode(key) + b"\n")
    return key


def read(path: Path) -> bytes:
    """Read a key file that nobody else can read."""
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BadInput.at(str(path), "others can read the master key; run: chmod 600 on it")
    return decode(path.read_text(encoding="ascii"), str(path))
