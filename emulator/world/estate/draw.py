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
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS = tuple(first + second for first in _DIGITS for second in _DIGITS)
_PUBLIC = 2**14 * 254
"""How many public addresses there are."""


@lru_cache(maxsize=4096)
def key(seed: int, purpose: str) -> int:
    """What tells the chances of one purpose from those of every other."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest())


def bits(of: int, number: int) -> int:
    """Draw 64 even bits (splitmix64)."""
    mixed = (number * 0x9E3779B97F4A7C15 + of) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return mixed ^ (mixed >> 31)


def code(of: int, number: int) -> str:
    """Eight digits or lower-case letters; different for different numbers below 2**41.

    Every step can be undone, so no two numbers meet.
    """
    mixed = (number ^ of) * 0x1D8AF6D2A6B & _CODE_MASK
    high, low = divmod((mixed ^ (mixed >> 20)) * 0x0F51AFD7ED5 & _CODE_MASK, 1679616)
    return _PAIRS[high // 1296] + _PAIRS[high % 1296] + _PAIRS[low // 1296] + _PAIRS[low % 1296]


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


def public_address(of: int, number: int) -> str:
    """A public IPv4 address, another one for every number from 0 (from the end for negative ones)."""
    # Assumed: 43.128.0.0/10, where most addresses of recorded hosts are.
    mixed = (number * 1_000_003 + of) % _PUBLIC
    network, host = divmod(mixed, 254)
    return f"43.{128 + (network >> 8)}.{network & 255}.{host + 1}"


def pick(choices: Sequence[T], chance: int) -> T:
    """One of some choices, all alike."""
    return choices[chance % len(choices)]
