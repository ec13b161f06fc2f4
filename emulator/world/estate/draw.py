"""Chance that depends on a seed, a purpose and a number alone: the same in any order, in any process."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

_MASK = 2**64 - 1
_CODE_MASK = 2**41 - 1
"""The largest power of two that eight digits of base 36 hold."""
_CODE_FIRST, _CODE_SECOND = 0x1D8AF6D2A6B, 0x0F51AFD7ED5
_UNDO_FIRST, _UNDO_SECOND = pow(_CODE_FIRST, -1, 2**41), pow(_CODE_SECOND, -1, 2**41)
_BITS_STEP, _BITS_FIRST, _BITS_SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_UNDO_STEP, _UNDO_BITS_FIRST, _UNDO_BITS_SECOND = (
    pow(factor, -1, 2**64) for factor in (_BITS_STEP, _BITS_FIRST, _BITS_SECOND)
)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS = tuple(first + second for first in _DIGITS for second in _DIGITS)
_PUBLIC = 2**14 * 254
"""How many public addresses there are."""
_PUBLIC_STEP = 1_000_003
_UNDO_PUBLIC = pow(_PUBLIC_STEP, -1, _PUBLIC)


@lru_cache(maxsize=4096)
def key(seed: int, purpose: str) -> int:
    """What tells the chances of one purpose from those of every other."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest())


def bits(of: int, number: int) -> int:
    """Draw 64 even bits (splitmix64)."""
    mixed = (number * _BITS_STEP + of) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * _BITS_FIRST) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * _BITS_SECOND) & _MASK
    return mixed ^ (mixed >> 31)


def number_of_bits(of: int, drawn: int) -> int:
    """The number, below 2**64, for which ``bits`` draws this."""
    mixed = (drawn ^ (drawn >> 31) ^ (drawn >> 62)) * _UNDO_BITS_SECOND & _MASK
    mixed = (mixed ^ (mixed >> 27) ^ (mixed >> 54)) * _UNDO_BITS_FIRST & _MASK
    mixed = mixed ^ (mixed >> 30) ^ (mixed >> 60)
    return (mixed - of) * _UNDO_STEP & _MASK


def code(of: int, number: int) -> str:
    """Eight digits or lower-case letters; different for different numbers below 2**41.

    Every step can be undone, so no two numbers meet.
    """
    mixed = (number ^ of) * _CODE_FIRST & _CODE_MASK
    high, low = divmod((mixed ^ (mixed >> 20)) * _CODE_SECOND & _CODE_MASK, 1679616)
    return _PAIRS[high // 1296] + _PAIRS[high % 1296] + _PAIRS[low // 1296] + _PAIRS[low % 1296]


def number_of_code(of: int, text: str) -> int | None:
    """The only number whose code this may be; None for no code at all."""
    if len(text) != 8 or not (text.isascii() and text.isalnum()):
        return None
    mixed = int(text, 36) * _UNDO_SECOND & _CODE_MASK
    return ((mixed ^ (mixed >> 20) ^ (mixed >> 40)) * _UNDO_FIRST ^ of) & _CODE_MASK


def highs_of_uuid(text: str) -> Sequence[int]:
    """What the first 64 bits of a uuid may have been; nothing for no uuid."""
    digits = text.replace("-", "")
    if len(text) != 36 or len(digits) != 32 or not (digits.isascii() and digits.isalnum()):
        return ()
    try:
        known = int(f"{digits[:12]}0{digits[13:16]}", 16)
    except ValueError:
        return ()
    return [known | version << 12 for version in range(16)]


def uuid(high: int, low: int) -> str:
    """A lower-case uuid, version 4, of twice 64 bits."""
    text = f"{high:016x}{low:016x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[low >> 62]}{text[17:20]}-{text[20:]}"


def slots(*weighted: tuple[T, int]) -> tuple[T, ...]:
    """256 places shared out by weight, to be chosen from by one byte of chance."""
    total = sum(weight for _, weight in weighted)
    places: list[T] = []
    passed = 0
    for value, weight in weighted:
        passed += weight
        places.extend([value] * (passed * 256 // total - len(places)))
    return tuple(places)


def share(rate: float) -> int:
    """The limit below which sixteen bits of chance fall at a rate from 0 to 1."""
    return round(rate * 65536)


def part_of_public(number: int) -> int:
    """A number among those from 0 that has the same public address."""
    return number % _PUBLIC


def public_address(of: int, number: int) -> str:
    """A public IPv4 address, another one for every number from 0 (from the end for negative ones)."""
    # Assumed: 43.128.0.0/10, where most addresses of recorded hosts are.
    mixed = (number * _PUBLIC_STEP + of) % _PUBLIC
    network, host = divmod(mixed, 254)
    return f"43.{128 + (network >> 8)}.{network & 255}.{host + 1}"


def number_of_address(of: int, address: str) -> int | None:
    """The only number from 0 whose public address this may be; None for no address at all."""
    parts = address.split(".")
    if len(parts) != 4 or parts[0] != "43" or not all(part.isdecimal() and len(part) < 4 for part in parts):
        return None
    _, second, third, fourth = map(int, parts)
    mixed = ((second - 128) << 8 | third) * 254 + fourth - 1
    return (mixed - of) * _UNDO_PUBLIC % _PUBLIC


def pick(choices: Sequence[T], chance: int) -> T:
    """One of some choices, all alike."""
    return choices[chance % len(choices)]
