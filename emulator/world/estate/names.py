"""The words that names in an estate are made of, drawn once by Faker."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from emulator.world.estate import draw
from emulator.world.shelves import listed

if TYPE_CHECKING:
    from faker.generator import Generator
    from faker.providers import BaseProvider

_WORDS = 128
_ROLES = ("web", "api", "app", "job", "db", "cache", "mq", "gateway", "search", "ci", "bastion", "node")
_ROLES_ZH = ("前端", "接口", "应用", "任务", "数据库", "缓存", "消息", "网关", "搜索", "构建", "跳板", "节点")
_STAGES = ("prod", "prod", "prod", "test", "dev", "staging")


@dataclass(frozen=True, slots=True)
class Words:
    """Family names (teams are called after people) and Chinese company names."""

    people: tuple[str, ...]
    firms: tuple[str, ...]
    labels: tuple[list[dict[str, str]], ...]
    """Lists of tags, half of them empty."""
    keys: tuple[tuple[str, ...], ...]
    """The keys of each of these."""
    listed: tuple[tuple[Hashable, ...], ...]
    """Each of these as one value."""

    def host(self, chance: int) -> str:
        """A host's name by about fifty bits of chance: mostly a scheme, some odd, some empty, many twice."""
        style, chance = chance & 63, chance >> 6
        role, stage = chance % 12, _STAGES[(chance >> 8) % 6]
        person, firm = self.people[(chance >> 16) % _WORDS], self.firms[(chance >> 24) % _WORDS]
        count = (chance >> 32) % 100
        if style < 44:
            return f"{person}-{_ROLES[role]}-{stage}-{count:02d}"
        if style < 52:
            return f"{firm}{_ROLES_ZH[role]}{count}"
        if style < 58:
            # Documented: the name of a host that was given none.
            return "未命名"
        return ("", f"{person} {_ROLES[role]} (旧)", "as-tke-np", f"🚀{_ROLES[role]}", f" {person}", firm)[
            style - 58
        ]

    def thing(self, chance: int, what: str) -> str:
        """A name for some other resource, such as ``team-prod-vpc``."""
        style, chance = chance & 15, chance >> 4
        person, stage = self.people[(chance >> 8) % _WORDS], _STAGES[chance % 6]
        if style < 12:
            return f"{person}-{stage}-{what}"
        return (self.firms[(chance >> 16) % _WORDS] + what, what, "", f"{person}的{what}")[style - 12]

    def tags(self, chance: int) -> list[dict[str, str]]:
        """A list of tags in wire shape, often empty; to be shared, so not to be changed."""
        return self.labels[chance & 511]

    def tag_keys(self, chance: int) -> tuple[str, ...]:
        """The keys of the same tags."""
        return self.keys[chance & 511]

    def tag_list(self, chance: int) -> tuple[Hashable, ...]:
        """The same tags as one value, as they are found by; nothing for none."""
        return self.listed[chance & 511]


def _label(people: tuple[str, ...], firms: tuple[str, ...], chance: int) -> list[dict[str, str]]:
    every = (
        {"Key": "env", "Value": _STAGES[(chance >> 16) % 6]},
        {"Key": "team", "Value": people[chance % _WORDS]},
        {"Key": "部门", "Value": firms[(chance >> 8) % _WORDS]},
        {"Key": "cost-center", "Value": f"{(chance >> 20) % 9000 + 1000}"},
        {"Key": "temporary", "Value": ""},
    )
    chosen = 0 if chance >> 50 & 1 else chance >> 40
    return [tag for place, tag in enumerate(every) if chosen >> place & 1]


@lru_cache(maxsize=32)
def words(seed: int) -> Words:
    """The words of a seed."""
    # Loaded here: a start without an estate need not wait for Faker.
    from faker.generator import Generator
    from faker.providers.company.zh_CN import Provider as Company
    from faker.providers.person.en_US import Provider as Person

    people = _drawn(Generator(), Person, "last_name", seed)
    firms = _drawn(Generator(), Company, "company_prefix", seed)
    of = draw.key(seed, "tags")
    names = tuple(name.lower() for name in people)
    labels = tuple(_label(names, firms, draw.bits(of, number)) for number in range(512))
    keys = tuple(tuple(tag["Key"] for tag in label) for label in labels)
    return Words(names, firms, labels, keys, tuple(map(listed, labels)))


def _drawn(generator: Generator, provider: type[BaseProvider], what: str, seed: int) -> tuple[str, ...]:
    generator.add_provider(provider(generator))
    generator.seed_instance(seed)
    return tuple(str(generator.format(what)) for _ in range(_WORDS))
