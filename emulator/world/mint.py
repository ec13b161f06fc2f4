"""Identifiers in the real formats, the same for the same seed."""

from __future__ import annotations

import base64
import random
import string

_LOWER = string.digits + string.ascii_lowercase
_ALNUM = string.ascii_letters + string.digits
_TOKEN = _ALNUM + "-_"

State = object


class Mint:
    """Makes identifiers one after the other. Not for secrets of the real world."""

    __slots__ = ("_source", "has_moved")

    def __init__(self, seed: int | str) -> None:
        self._source = random.Random(seed)
        self.has_moved = True
        """Whether the sequence went on since somebody took this back."""

    @property
    def _random(self) -> random.Random:
        self.has_moved = True
        return self._source

    def state(self) -> tuple[object, ...]:
        """Where the sequence stands, for ``resume``."""
        return self._source.getstate()

    def resume(self, state: tuple[object, ...]) -> None:
        """Continue the sequence from a remembered state."""
        self._random.setstate(state)

    def uuid(self) -> str:
        """A lower-case uuid, version 4."""
        bits = self._random.getrandbits(128)
        bits = (bits & ~(0xF000 << 64) | 0x4000 << 64) & ~(0xC000 << 48) | 0x8000 << 48
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def resource(self, prefix: str) -> str:
        """A resource id such as ``ins-rf6ogz49``: the prefix and eight digits or lower-case letters."""
        return f"{prefix}-{self._letters(_LOWER, 8)}"

    def short_id(self) -> str:
        """An id of eight letters and digits, as certificates have (``Juz8JAxn``)."""
        return self._letters(_ALNUM, 8)

    def number(self, digits: int) -> int:
        """A number of so many digits, as orders, tasks and backups are called by."""
        return self._random.randrange(10 ** (digits - 1), 10**digits)

    def uin(self) -> str:
        """An account's uin: twelve digits, as recorded since 2021."""
        return f"1000{self._random.randrange(10**8):08d}"

    def uid(self) -> int:
        """A sub-user's Uid: eight digits."""
        return self._random.randrange(10_000_000, 100_000_000)

    def app_id(self) -> int:
        """An AppId: ten digits beginning 125 to 139."""
        return self._random.randrange(1_250_000_000, 1_400_000_000)

    def policy_id(self) -> int:
        """A custom policy's id: nine digits."""
        return self._random.randrange(100_000_000, 1_000_000_000)

    def group_id(self) -> int:
        """A user group's id: six digits."""
        return self._random.randrange(100_000, 1_000_000)

    def role_id(self) -> str:
        """A role's id: a number from 2**62 up, as text."""
        return str(2**62 + self._random.randrange(10**14))

    def serial(self) -> int:
        """A number such as tasks and rules go by: eight digits."""
        return self._random.randrange(10_000_000, 100_000_000)

    def hardware_address(self) -> str:
        """The MAC address of a network interface."""
        # Observed: official examples begin so.
        return "20:90:6F:" + ":".join(f"{self._random.randrange(256):02X}" for _ in range(3))

    def secret_id(self) -> str:
        """A long-term SecretId: ``AKID`` and 32 letters or digits."""
        return "AKID" + self._letters(_ALNUM, 32)

    def secret_key(self) -> str:
        """A long-term SecretKey: 32 letters or digits."""
        return self._letters(_ALNUM, 32)

    def long_secret_id(self) -> str:
        """A federated user's SecretId: ``AKID`` and 64 letters, digits, hyphens or underscores."""
        return "AKID" + self._letters(_TOKEN, 64)

    def long_secret_key(self) -> str:
        """A federated user's SecretKey: 32 bytes in base64."""
        return base64.b64encode(self._random.randbytes(32)).decode()

    def token(self) -> str:
        """A temporary credential's token."""
        # Observed: several hundred URL-safe characters, with a run of 40 hexadecimal digits among them.
        return self._letters(_TOKEN, 96) + self._letters("0123456789abcdef", 40) + self._letters(_TOKEN, 164)

    def password(self) -> str:
        """A console password that CAM's default rules accept."""
        # Documented: generated ones are 32 long, with upper and lower case, digits and others.
        return self._letters(_ALNUM, 28) + "9aZ!"

    def _letters(self, alphabet: str, length: int) -> str:
        return "".join(self._random.choices(alphabet, k=length))
