"""The regions and zones of Tencent Cloud, as data."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """An availability zone such as ``ap-guangzhou-3``."""

    id: str
    number: str
    """``ZoneId`` on the wire: digits as text."""
    zh: str
    en: str
    is_available: bool

    @property
    def state(self) -> str:
        """``ZoneState`` on the wire."""
        return _state(self.is_available)

    def name(self, language: str) -> str:
        """What it is called for an ``X-TC-Language`` value."""
        return self.zh if language == "zh-CN" else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region such as ``ap-guangzhou``; ``short`` is the code that policies and older APIs use (``gz``)."""

    id: str
    short: str
    number: int
    zh: str
    en: str
    is_available: bool
    is_finance: bool
    """Open to financial institutions only, on application."""
    zones: tuple[Zone, ...]

    @property
    def state(self) -> str:
        """``RegionState`` on the wire."""
        return _state(self.is_available)

    def name(self, language: str) -> str:
        """What it is called for an ``X-TC-Language`` value."""
        return self.zh if language == "zh-CN" else self.en


def find(region: str) -> Region | None:
    """The region of this id."""
    return _BY_ID.get(region)


def find_zone(zone: str) -> Zone | None:
    """The zone of this id, in whatever region."""
    return _ZONES.get(zone)


def short(region: str) -> str:
    """The short code of a region; a region we do not know is its own code."""
    found = _BY_ID.get(region)
    return found.short if found is not None else region


def _state(is_available: bool) -> str:
    return "AVAILABLE" if is_available else "UNAVAILABLE"


# Observed: order, ids, numbers and Chinese names of the regions up to me-saudi-arabia, from an answer of
# DescribeRegions of 2026; the finance regions are not in it, for they are opened on application.
# Documented: names and numbers of the finance regions, of Mumbai and of Toronto; English names of the
# international site; zone lists (the contract's own ZoneInfo and the region pages); zone numbers of the
# TencentDB region page.
# Assumed: the English name, short code and zone numbers of me-saudi-arabia; the zone numbers of zones newer
# than the documented table (they continue it); that a region no longer listed is UNAVAILABLE.
# A zone marked with "!" is documented as sold out. Observed (older answers): such a zone is UNAVAILABLE.
_TABLE = """
ap-shanghai|sh|4|200000|华东地区|上海|East China|Shanghai|1! 2 3 4 5 8
ap-nanjing|nj|33|330000|华东地区|南京|East China|Nanjing|1 2 3
ap-guangzhou|gz|1|100000|华南地区|广州|South China|Guangzhou|1! 2! 3 4 6 7
ap-beijing|bj|8|800000|华北地区|北京|North China|Beijing|1! 2 3 4 5 6 7
ap-chengdu|cd|16|160000|西南地区|成都|Southwest China|Chengdu|1 2
ap-chongqing|cq|19|190000|西南地区|重庆|Southwest China|Chongqing|1
ap-hongkong|hk|5|300000|港澳台地区|中国香港|Hong Kong/Macao/Taiwan|Hong Kong, China|1! 2 3
ap-seoul|kr|18|180000|亚太东北|首尔|Northeast Asia|Seoul|1 2
ap-tokyo|jp|25|250000|亚太东北|东京|Northeast Asia|Tokyo|1 2
ap-singapore|sg|9|900000|亚太东南|新加坡|Southeast Asia|Singapore|1 2 3 4
ap-bangkok|th|23|230000|亚太东南|曼谷|Southeast Asia|Bangkok|1 2
ap-jakarta|jkt|72|720000|亚太东南|雅加达|Southeast Asia|Jakarta|1 2
na-siliconvalley|usw|15|150000|美国西部|硅谷|US West|Silicon Valley|1 2
eu-frankfurt|de|17|170000|欧洲地区|法兰克福|Europe|Frankfurt|1 2
na-ashburn|use|22|220000|美国东部|弗吉尼亚|US East|Virginia|1 2
sa-saopaulo|sao|74|740000|南美地区|圣保罗|South America|Sao Paulo|1
me-saudi-arabia|sa|101|1010000|中东地区|利雅得|Middle East|Riyadh|1 2
ap-shanghai-fsi|shjr|7|700000|华东地区|上海金融|East China|Shanghai Finance|1 2 3 4
ap-shenzhen-fsi|szjr|11|110000|华南地区|深圳金融|South China|Shenzhen Finance|1 2 3!
ap-beijing-fsi|bjjr|46|460000|华北地区|北京金融|North China|Beijing Finance|1 2
ap-mumbai|in|21|210000|亚太南部|孟买|South Asia|Mumbai|1! 2!
na-toronto|ca|6|400000|北美地区|多伦多|North America|Toronto|1!
"""
_NUMERALS = "零一二三四五六七八九"


def _region(line: str) -> Region:
    region, code, number, base, area_zh, city_zh, area_en, city_en, marks = line.split("|")
    zones = tuple(_zone(region, int(base), city_zh, city_en, mark) for mark in marks.split())
    return Region(
        id=region,
        short=code,
        number=int(number),
        zh=f"{area_zh}({city_zh})",
        en=f"{area_en} ({city_en})",
        is_available=any(zone.is_available for zone in zones),
        is_finance=region.endswith("-fsi"),
        zones=zones,
    )


def _zone(region: str, base: int, city_zh: str, city_en: str, mark: str) -> Zone:
    number = int(mark.rstrip("!"))
    return Zone(
        id=f"{region}-{number}",
        number=str(base + number),
        # Documented: 香港一区, not 中国香港一区.
        zh=f"{city_zh.removeprefix('中国')}{_NUMERALS[number]}区",
        en=f"{city_en.removesuffix(', China')} Zone {number}",
        is_available=not mark.endswith("!"),
    )


REGIONS: tuple[Region, ...] = tuple(_region(line) for line in _TABLE.split("\n") if line)
"""Every region, in the order in which the cloud lists them; finance regions and closed ones last."""
PUBLIC: tuple[Region, ...] = tuple(region for region in REGIONS if not region.is_finance)
"""Those that are shown to whoever asks."""
IDS: tuple[str, ...] = tuple(region.id for region in REGIONS)
"""Their ids."""

_BY_ID = MappingProxyType({region.id: region for region in REGIONS})
_ZONES = MappingProxyType({zone.id: zone for region in REGIONS for zone in region.zones})
