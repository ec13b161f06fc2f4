"""Passwords of what is inside resources: kept only as what recognises them again."""

from __future__ import annotations

import hashlib
import hmac

from emulator.tables.call import Call


def sealed(call: Call, password: str) -> str:
    """What recognises a password again and does not tell it."""
    salt = call.world.mint.uuid()
    return f"{salt}:{_digest(salt, password)}"


def opens(seal: str, password: str) -> bool:
    """Whether this is the password that was sealed; any one opens what has no seal, as an estate's."""
    # Assumed: nobody knows the passwords of what was there from the start, so none of them is wrong.
    salt, _, digest = seal.partition(":")
    return not seal or hmac.compare_digest(_digest(salt, password), digest)


def _digest(salt: str, password: str) -> str:
    return hashlib.scrypt(password.encode(), salt=salt.encode(), n=16, r=8, p=1).hex()
