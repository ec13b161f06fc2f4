"""What an estate holds once in the account, whatever its regions: how much, and by which chance."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.world.estate import draw
from emulator.world.estate.names import Words, words
from emulator.world.estate.plan import Spec
from emulator.world.estate.site import Site


@dataclass(frozen=True, slots=True)
class Whole:
    """The account as a whole, and the regions in use."""

    spec: Spec
    seed: int
    sites: tuple[Site, ...]
    day: int
    """The day, counted from 1970, on which the account begins with all this."""

    @property
    def hosts(self) -> int:
        """How many hosts in all."""
        return sum(site.hosts for site in self.sites)

    @property
    def words(self) -> Words:
        """The words of its names."""
        return words(self.seed)

    def code(self, purpose: str, number: int) -> str:
        """Eight digits or lower-case letters that nothing else of this purpose has."""
        return draw.code(draw.key(self.seed, purpose), number)

    def chance(self, purpose: str, number: int) -> int:
        """64 bits for one purpose and thing."""
        return draw.bits(draw.key(self.seed, purpose), number)

    def is_risky(self, kind: str, chance: int) -> bool:
        """Whether sixteen bits of chance fall among the share that shows a kind of risk."""
        return chance & 0xFFFF < self.spec.limits[kind]

    def domain(self, number: int) -> str:
        """A domain of the account: every product that shows domains draws them from here."""
        chance = self.chance("domain", number % self.domains)
        person = "".join(letter for letter in draw.pick(self.words.people, chance) if letter.isalnum())
        return f"{person}{number % self.domains}.{draw.pick(_ENDINGS, chance >> 16)}"

    @property
    def domains(self) -> int:
        """How many domains the account uses."""
        return max(1, min(self.hosts // 40, 60))


_ENDINGS = ("com", "com", "cn", "net", "io", "com.cn")
