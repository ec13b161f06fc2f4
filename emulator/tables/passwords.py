"""Passwords of what is inside resources: what they are made of, and what recognises them again."""

from __future__ import annotations

import hashlib
import hmac

from emulator.tables.call import Call

KINDS = frozenset({"small", "capital", "digit", "sign"})


def kinds(password: str, signs: str) -> set[str]:
    """Which kinds of characters a password has: small, capital, digit, sign; and an empty one for others."""
    return {_kind(character, signs) for character in password}


def _kind(character: str, signs: str) -> str:
    if character.isascii() and character.isalpha():
        return "small" if character.islower() else "capital"
    if character.isascii() and character.isdigit():
        return "digit"
    return "sign" if character in signs else ""


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
