"""What lives in the network beside hosts: how many of each product, in which subnet, at which address."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from emulator.world.estate import draw
from emulator.world.estate.drawn import Draw, Drawn
from emulator.world.estate.site import SUBNET_HOSTS, Site, Subnet, Value, end
from emulator.world.regions import find_zone
from emulator.world.shelves import Row, Shelf

# Assumed: how many hosts there are to one of each.
SHARES: Mapping[str, int] = {
    "lb": 10,
    "cdb": 15,
    "crs": 20,
    "postgres": 40,
    "tdsql": 60,
    "tdsqlshard": 80,
    "es": 60,
}
"""By the prefix of their ids, in the order in which they take addresses."""


class Resident(NamedTuple):
    """The facts of something in the network that more than one table shows."""

    place: int
    number: int
    chance: int
    """Decides what is chosen among ordinary things."""
    risks: int
    """Decides its risky settings, sixteen bits each."""
    id: str
    subnet: Subnet
    address: str
    groups: list[str]
    """Its security groups; none is a risk."""
    is_prepaid: bool

    @property
    def vpc_number(self) -> int:
        """The VPC as a number, as older APIs write it."""
        return numbered(self.subnet.vpc.id)

    @property
    def subnet_number(self) -> int:
        """The subnet as a number, as older APIs write it."""
        return numbered(self.subnet.id)


def numbered(name: str) -> int:
    """The number that goes with a network's id: the same id, the same number."""
    # Assumed: any number; the real ones are serial.
    return draw.key(0, name) % 9_000_000 + 1_000_000


def count(site: Site, prefix: str) -> int:
    """How many of a product a site has."""
    return -(-site.hosts // SHARES[prefix])


def _before(site: Site, prefix: str) -> int:
    names = list(SHARES)
    return sum(count(site, other) for other in names[: names.index(prefix)])


def resident(site: Site, prefix: str, place: int) -> Resident:
    """The facts of the one at a place among its like."""
    chance, risks = site.chance(prefix, place), site.chance(f"{prefix} risks", place)
    rank, at = divmod(_before(site, prefix) + place, len(site.subnets))
    subnet = site.subnets[at]
    # Hosts take the spots of a subnet from the first one, these from the last one.
    spot = ((SUBNET_HOSTS - 1 - rank) * 1237 + 17) % SUBNET_HOSTS + 2
    has_none = site.is_risky("no_security_group", risks)
    return Resident(
        place,
        site.number(place),
        chance,
        risks >> 16,
        site.id(prefix, place),
        subnet,
        f"{subnet.vpc.octets}.{subnet.place * 16 + (spot >> 8)}.{spot & 255}",
        [] if has_none else [draw.pick(site.group_ids, chance >> 40)],
        chance & 255 < 115,
    )


def shelf(
    site: Site, prefix: str, make: Callable[[Site, Resident], Value], *, tagged: str = ""
) -> Shelf[Row]:
    """Rows for all of a product, made one by one when looked at.

    ``tagged`` is the member that holds ``tags`` of each one's ``chance``.
    """

    def made(place: int) -> Value:
        return make(site, resident(site, prefix, place))

    return Shelf(
        Drawn(
            count(site, prefix),
            lambda place: site.id(prefix, place),
            made,
            place=lambda key: site.place(prefix, key),
            draws=_tag_draws(site, prefix, tagged) if tagged else None,
        )
    )


def _tag_draws(site: Site, prefix: str, member: str) -> Mapping[str, Draw]:
    return {
        f"{member}.TagKey": lambda place: site.words.tag_keys(site.chance(prefix, place)),
        f"{member}[]": lambda place: _spelt_alike(site.words.tag_list(site.chance(prefix, place))),
    }


@lru_cache(maxsize=4096)
def _spelt_alike(found: tuple[Any, ...]) -> tuple[Hashable, ...]:
    """Tags as one value in the words of databases and balancers; the same object for the same tags."""
    return tuple(
        tuple((("TagKey", key[1]), ("TagValue", value[1])) for key, value in whole) for whole in found
    )


def zone_number(zone: str) -> int:
    """A zone's number on the wire."""
    found = find_zone(zone)
    return int(found.number) if found is not None else 0


def zone_name(zone: str) -> str:
    """A zone's Chinese name."""
    found = find_zone(zone)
    return found.zh if found is not None else zone


def other_zone(site: Site, zone: str) -> str:
    """The zone next to this one; the same where the region has one only."""
    return site.zones[(site.zones.index(zone) + 1) % len(site.zones)]


def second_zone(site: Site, zone: str, chance: int) -> str:
    """The zone of a standby: another one where the region has one, the same if that is risked."""
    other = other_zone(site, zone)
    return zone if other != zone and site.is_risky("single_zone", chance) else other


def tags(site: Site, chance: int) -> list[Value]:
    """A list of tags as databases and balancers write them."""
    return [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in site.words.tags(chance)]


def deadline(one: Resident) -> str:
    """When something prepaid ends; the zero moment for what is paid by the hour."""
    # Documented for read-only MySQL instances paid by the hour. Assumed: of all.
    return f"{end(one.chance >> 16)} 23:59:59" if one.is_prepaid else "0000-00-00 00:00:00"
