"""What an estate holds in one region: the network, and the facts of each host and disk by its number."""

from __future__ import annotations

import random
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from emulator.world.estate import draw, offers
from emulator.world.estate.names import Words, words
from emulator.world.estate.plan import FIRST_DAY, Plan

EPOCH = datetime.fromtimestamp(FIRST_DAY * 86400, UTC)
"""The day on which every estate is as it is: everything was made before."""
SUBNET_HOSTS = 4093
"""Addresses of a /20 that can be given away."""
# Documented: the first and the last address of a subnet and that of its gateway are reserved.
_CROWD = 1000
"""Hosts in a subnet, on average and at most."""
_REGION_BITS = 24
_LOOSE_DISK = 1 << 36
"""What tells the numbers of disks that no host has from those of the others."""
_STRIDE = 1237
_BACK = pow(_STRIDE, -1, SUBNET_HOSTS)
"""What undoes the stride by which hosts take the addresses of a subnet."""
_HISTORY_DAYS = 1200
_ELASTIC = 6
"""Of sixteen public addresses, how many are elastic ones."""
_PREPAID = 115
"""Of 256 hosts, how many are paid in advance."""


@dataclass(frozen=True, slots=True)
class Vpc:
    """A private network; ``octets`` begin its addresses."""

    number: int
    id: str
    octets: str
    is_default: bool
    route_table: str
    acl: str
    """Empty for none."""


@dataclass(frozen=True, slots=True)
class Subnet:
    """A /20 of a VPC, number ``place`` of sixteen."""

    number: int
    id: str
    vpc: Vpc
    place: int
    zone: str
    acl: str
    is_default: bool


class Host(NamedTuple):
    """The facts of a host that more than one table shows."""

    number: int
    chance: int
    """Decides the settings below."""
    details: int
    """Decides what only the host's own row shows, and its time of birth."""
    id: str
    subnet: Subnet
    address: str
    image: offers.Image
    key: str
    """Empty for a login by password."""
    eip: str
    """Empty for no elastic address."""
    public_address: str
    """Empty for none."""
    data_disks: int
    is_prepaid: bool


class Disk(NamedTuple):
    """The facts of a disk that more than one table shows; ``host`` is a host's place, -1 for none."""

    number: int
    chance: int
    id: str
    host: int
    is_system: bool
    type: str
    size: int
    is_encrypted: bool
    snapshots: int
    policy: str
    """Empty for no snapshot policy."""


class Site:
    """One region of an estate. Hosts have places from 0, and numbers that no other region's hosts have."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.region = plan.region
        self._with_public = draw.share(plan.public_rate)
        self._first = plan.ordinal << _REGION_BITS
        self.zones = tuple(zone.id for zone in plan.region.zones if zone.is_available)
        self._host = draw.key(plan.seed, "host")
        self._details = draw.key(plan.seed, "host details")
        self._disk = draw.key(plan.seed, "disk")
        self._public = draw.key(plan.seed, "public") % 1000
        self._ins_code = draw.key(plan.seed, "ins")
        self._disk_code = draw.key(plan.seed, "disk-")

    # --- numbers and names -------------------------------------------------------------------------------

    @property
    def words(self) -> Words:
        """The words of its names."""
        return words(self.plan.seed)

    def number(self, place: int) -> int:
        """A number that no other region uses."""
        return self._first | place

    def id(self, prefix: str, place: int) -> str:
        """The id of the thing at a place among its like."""
        return f"{prefix}-{draw.code(draw.key(self.plan.seed, prefix), self.number(place))}"

    def place(self, prefix: str, key: str) -> int | None:
        """The place among its like of the only thing that can have this id; None for no such thing."""
        return self._place(draw.number_of_code(draw.key(self.plan.seed, prefix), _code(prefix, key)))

    def _place(self, number: int | None) -> int | None:
        if number is None or number >> _REGION_BITS != self.plan.ordinal:
            return None
        return number & (1 << _REGION_BITS) - 1

    def chance(self, purpose: str, place: int) -> int:
        """64 bits for one purpose and thing."""
        return draw.bits(draw.key(self.plan.seed, purpose), self.number(place))

    def is_risky(self, kind: str, chance: int) -> bool:
        """Whether sixteen bits of chance fall among the share that shows a kind of risk."""
        return chance & 0xFFFF < self.plan.limits[kind]

    # --- how many ----------------------------------------------------------------------------------------

    @property
    def hosts(self) -> int:
        """How many hosts."""
        return self.plan.hosts

    @property
    def loose_disks(self) -> int:
        """How many disks that no host has."""
        return (self.hosts + 19) // 20

    @property
    def loose_addresses(self) -> int:
        """How many elastic addresses that nothing uses."""
        return (self.hosts + 99) // 100

    @property
    def groups(self) -> int:
        """How many security groups; the first is the default one."""
        return 1 + min(1 + self.hosts // 15, 60) if self.hosts else 1

    @property
    def keys(self) -> int:
        """How many key pairs."""
        return min((self.hosts + 39) // 40, 12)

    @property
    def policies(self) -> int:
        """How many automatic snapshot policies."""
        return min(1 + self.hosts // 100, 6) if self.hosts else 0

    @property
    def own_images(self) -> int:
        """How many private images, each taken from the system disk of a host."""
        return min(self.hosts // 40, 6)

    # --- network -----------------------------------------------------------------------------------------

    @cached_property
    def vpcs(self) -> tuple[Vpc, ...]:
        """The default VPC and as many more as the hosts need."""
        needed = -(-self.hosts // (_CROWD * 2 * len(self.zones)))
        return tuple(self._vpc(place) for place in range(max(needed, 1 + min(self.hosts // 60, 5))))

    def _vpc(self, place: int) -> Vpc:
        # Documented: the default VPC is 172.16.0.0/16.
        octets = "172.16" if place == 0 else f"10.{place}"
        has_acl = place > 0 and self.chance("acl", place) & 3 != 0
        acl = self.id("acl", place) if has_acl else ""
        return Vpc(place, self.id("vpc", place), octets, place == 0, self.id("rtb", place * 2), acl)

    @cached_property
    def subnets(self) -> tuple[Subnet, ...]:
        """Two subnets a VPC and zone."""
        return tuple(
            self._subnet(vpc, place, zone)
            for vpc in self.vpcs
            for place, zone in enumerate(zone for zone in self.zones for _ in range(2))
        )

    def _subnet(self, vpc: Vpc, place: int, zone: str) -> Subnet:
        number = vpc.number * 16 + place
        acl = vpc.acl if self.chance("subnet", number) & 3 else ""
        is_default = vpc.is_default and place % 2 == 0
        return Subnet(number, self.id("subnet", number), vpc, place, zone, acl, is_default)

    @cached_property
    def _deal(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """The order in which hosts are dealt to subnets, each card's rank among its like, cards a subnet."""
        shuffle = random.Random(f"{self.plan.seed}/{self.region.id}/subnets")
        weights = [shuffle.choice((0, 1, 1, 2, 3)) for _ in self.subnets]
        if max(weights) * self.hosts > sum(weights) * SUBNET_HOSTS or not any(weights):
            weights = [1] * len(weights)
        cards = [subnet for subnet, weight in enumerate(weights) for _ in range(weight)]
        shuffle.shuffle(cards)
        seen: Counter[int] = Counter()
        ranks = []
        for card in cards:
            ranks.append(seen[card])
            seen[card] += 1
        return tuple(cards), tuple(ranks), tuple(weights)

    # --- hosts -------------------------------------------------------------------------------------------

    def host_id(self, place: int) -> str:
        """The InstanceId at a place."""
        return f"ins-{draw.code(self._ins_code, self._first | place)}"

    def host(self, place: int) -> Host:
        """The facts of the host at a place."""
        plan = self.plan
        number = self._first | place
        chance = draw.bits(self._host, number)
        subnet, address = self.seat(place)
        image = self._image(place, chance)
        is_public = self._is_public(chance)
        details = draw.bits(self._details, number)
        return Host(
            number,
            chance,
            details,
            f"ins-{draw.code(self._ins_code, number)}",
            subnet,
            address,
            image,
            self._key(chance, details, image),
            self.id("eip", place) if is_public and _is_elastic(chance) else "",
            self.public_address(plan.before + place) if is_public else "",
            offers.DATA_DISK_COUNTS[chance >> 8 & 255],
            is_prepaid(chance),
        )

    def seat(self, place: int) -> tuple[Subnet, str]:
        """The subnet of the host at a place, and its address there."""
        cards, ranks, weights = self._deal
        turn, card = divmod(place, len(cards))
        chosen = cards[card]
        subnet = self.subnets[chosen]
        spot = ((turn * weights[chosen] + ranks[card]) * _STRIDE + 17) % SUBNET_HOSTS + 2
        return subnet, f"{subnet.vpc.octets}.{subnet.place * 16 + (spot >> 8)}.{spot & 255}"

    def seated_at(self, address: str) -> list[int]:
        """The places of the hosts that alone can have a private address."""
        octets, third, fourth = _halves(address)
        cards, _, weights = self._deal
        turned = (((third & 15) << 8 | fourth) - 19) * _BACK % SUBNET_HOSTS
        return [
            turned // weights[at] * len(cards) + self._cards[at, turned % weights[at]]
            for at, subnet in enumerate(self.subnets)
            if weights[at] and subnet.vpc.octets == octets and subnet.place == third >> 4
        ]

    @cached_property
    def _cards(self) -> dict[tuple[int, int], int]:
        """Where among the cards stands a subnet's card of a rank."""
        cards, ranks, _ = self._deal
        return {each: card for card, each in enumerate(zip(cards, ranks, strict=True))}

    def subnet_of(self, place: int) -> Subnet:
        """The subnet of the host at a place."""
        cards = self._deal[0]
        return self.subnets[cards[place % len(cards)]]

    def chance_of(self, place: int) -> int:
        """The ``chance`` of the host at a place."""
        return draw.bits(self._host, self._first | place)

    def details_of(self, place: int) -> int:
        """The ``details`` of the host at a place."""
        return draw.bits(self._details, self._first | place)

    def detailed_by(self, details: int) -> int | None:
        """The place of the only host that can have these details."""
        return self._place(draw.number_of_bits(self._details, details))

    def public_address_of(self, place: int) -> str:
        """The public address of the host at a place; empty for none."""
        is_public = self._is_public(self.chance_of(place))
        return self.public_address(self.plan.before + place) if is_public else ""

    def has_elastic(self, place: int) -> bool:
        """Whether the host at a place has an elastic address."""
        chance = self.chance_of(place)
        return self._is_public(chance) and _is_elastic(chance)

    def reached_at(self, address: str) -> int | None:
        """The number among those of all regions that alone can have a public address."""
        return draw.number_of_address(self._public, address)

    def _is_public(self, chance: int) -> bool:
        return chance >> 48 < self._with_public

    def image(self, place: int) -> offers.Image:
        """The image of the host at a place."""
        return self._image(place, self.chance_of(place))

    def key_of(self, place: int) -> str:
        """The key pair that opens the host at a place; empty for a login by password."""
        chance = self.chance_of(place)
        return self._key(chance, self.details_of(place), self._image(place, chance))

    def _key(self, chance: int, details: int, image: offers.Image) -> str:
        has_one = not image.is_windows and not self.is_risky("password_login", chance >> 32)
        return self.key_ids[(details >> 28) % len(self.key_ids)] if has_one else ""

    def _image(self, place: int, chance: int) -> offers.Image:
        if chance >> 24 & 15 == 0 and self.own_images and place not in self._imaged:
            return self.images[chance % len(self.images)]
        return offers.IMAGES[chance & 255]

    def public_address(self, number: int) -> str:
        """The public address of a number among those of all regions."""
        return draw.public_address(self._public, number)

    @cached_property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the key pairs."""
        return tuple(self.id("skey", place) for place in range(self.keys))

    @cached_property
    def group_ids(self) -> tuple[str, ...]:
        """The ids of the security groups."""
        return tuple(self.id("sg", place) for place in range(self.groups))

    # --- private images ----------------------------------------------------------------------------------

    @cached_property
    def _imaged(self) -> dict[int, int]:
        """Places of the hosts that an image was taken from, and the image's own place."""
        return {place * (self.hosts // self.own_images): place for place in range(self.own_images)}

    @cached_property
    def images(self) -> tuple[offers.Image, ...]:
        """The private images."""
        return tuple(self._own_image(source, place) for source, place in self._imaged.items())

    def _own_image(self, source: int, place: int) -> offers.Image:
        base = offers.IMAGES[draw.bits(self._host, self.number(source)) & 255]
        return offers.Image(
            self.id("img", place),
            base.os,
            base.platform,
            self.system_disk(source).size,
            base.login,
            base.port,
        )

    def image_source(self, place: int) -> Disk:
        """The system disk that a private image was taken from."""
        return self.system_disk(place * (self.hosts // self.own_images))

    def image_of(self, disk: Disk) -> int:
        """The place of the private image taken from a disk; -1 for none."""
        return self._imaged.get(disk.host, -1) if disk.is_system else -1

    # --- disks -------------------------------------------------------------------------------------------

    def data_disks(self, host: int) -> int:
        """How many data disks the host at a place has, without its other facts."""
        return offers.DATA_DISK_COUNTS[draw.bits(self._host, self._first | host) >> 8 & 255]

    @cached_property
    def disk_starts(self) -> array[int]:
        """How many disks stand before those of each host, and at last how many all hosts have."""
        return array("I", accumulate((self.data_disks(host) + 1 for host in range(self.hosts)), initial=0))

    def disk_at(self, position: int) -> tuple[int, int]:
        """The host and the turn of the disk at a position among all; -1 and its place for a loose one."""
        starts = self.disk_starts
        if position >= starts[-1]:
            return -1, position - starts[-1]
        host = bisect_right(starts, position) - 1
        return host, position - starts[host]

    def disk_number(self, position: int) -> int:
        """The number of the disk at a position among all."""
        host, turn = self.disk_at(position)
        return _LOOSE_DISK | self.number(turn) if host < 0 else (self._first | host) << 2 | turn

    def disk_numbers(self) -> Iterator[int]:
        """The numbers of all disks, in order."""
        for host, (start, end) in enumerate(pairwise(self.disk_starts)):
            first = (self._first | host) << 2
            yield from range(first, first + end - start)
        yield from range(_LOOSE_DISK | self._first, (_LOOSE_DISK | self._first) + self.loose_disks)

    def disk_position(self, key: str) -> int | None:
        """The position of the disk that alone can have this id."""
        number = draw.number_of_code(self._disk_code, _code("disk", key))
        return None if number is None else self.position_of(number)

    def position_of(self, number: int) -> int | None:
        """The position among all of the disk that alone can have a number."""
        starts = self.disk_starts
        if number >> 36:
            loose = self._place(number ^ _LOOSE_DISK)
            return None if loose is None else starts[-1] + loose
        host = self._place(number >> 2)
        return None if host is None or host >= self.hosts else starts[host] + (number & 3)

    def disk_id(self, position: int) -> str:
        """The id of the disk at a position among all."""
        return f"disk-{draw.code(self._disk_code, self.disk_number(position))}"

    def disk(self, position: int) -> Disk:
        """The facts of the disk at a position among all: each host's in turn, then those that no host has."""
        host, turn = self.disk_at(position)
        if host < 0:
            return self.loose_disk(turn)
        return self.data_disk(host, turn) if turn else self.system_disk(host)

    def disk_chance(self, position: int) -> int:
        """The ``chance`` of the disk at a position among all."""
        return draw.bits(self._disk, self.disk_number(position))

    def disk_zone(self, position: int) -> str:
        """The zone of the disk at a position among all."""
        host, turn = self.disk_at(position)
        if host >= 0:
            return self.subnet_of(host).zone
        return draw.pick(self.zones, draw.bits(self._disk, _LOOSE_DISK | self.number(turn)))

    def system_disk(self, host: int) -> Disk:
        """The facts of the system disk of the host at a place."""
        return self._facts((self._first | host) << 2, host)

    def data_disk(self, host: int, turn: int) -> Disk:
        """The facts of a data disk, ``turn`` from 1, of the host at a place."""
        return self._facts((self._first | host) << 2 | turn, host)

    def loose_disk(self, place: int) -> Disk:
        """The facts of a disk that no host has."""
        return self._facts(_LOOSE_DISK | self.number(place), -1)

    def _facts(self, number: int, host: int) -> Disk:
        chance = draw.bits(self._disk, number)
        is_system = host >= 0 and number & 3 == 0
        kinds = offers.SYSTEM_DISK_TYPES if is_system else offers.DATA_DISK_TYPES
        sizes = offers.SYSTEM_DISK_SIZES if is_system else offers.DATA_DISK_SIZES
        return Disk(
            number,
            chance,
            f"disk-{draw.code(self._disk_code, number)}",
            host,
            is_system,
            kinds[chance >> 8 & 255],
            sizes[chance >> 16 & 255],
            self.is_encrypted(chance),
            self._snapshots(chance, host if is_system else -1),
            self.policy(chance),
        )

    def _snapshots(self, chance: int, host: int) -> int:
        """How many snapshots a disk has; ``host`` is that of a system disk."""
        count = offers.SNAPSHOT_COUNTS[chance & 255]
        return max(count, 1) if host in self._imaged else count

    @cached_property
    def snapshot_starts(self) -> array[int]:
        """How many snapshots stand before those of each disk, and at last how many there are."""
        return array("I", accumulate(map(self._snapshots_by_number, self.disk_numbers()), initial=0))

    def _snapshots_by_number(self, number: int) -> int:
        is_system = not (number >> 36 or number & 3)
        host = number >> 2 & (1 << _REGION_BITS) - 1 if is_system else -1
        return self._snapshots(draw.bits(self._disk, number), host)

    def snapshot_at(self, position: int) -> tuple[int, int]:
        """The position of the disk of the snapshot at a position among all, and its turn."""
        starts = self.snapshot_starts
        disk = bisect_right(starts, position) - 1
        return disk, position - starts[disk]

    def snapshot_position(self, key: str) -> int | None:
        """The position of the snapshot that alone can have this id."""
        number = draw.number_of_code(draw.key(self.plan.seed, "snap"), _code("snap", key))
        disk = None if number is None else self.position_of(number >> 2)
        if number is None or disk is None or disk + 1 >= len(self.snapshot_starts):
            return None
        return self.snapshot_starts[disk] + (number & 3)

    @cached_property
    def policy_ids(self) -> tuple[str, ...]:
        """The ids of the automatic snapshot policies."""
        return tuple(self.id("asp", place) for place in range(self.policies))

    def disks_under_policies(self) -> Iterator[tuple[str, str]]:
        """The ids of every disk that has a snapshot policy, and of that policy."""
        for number in self.disk_numbers():
            if policy := self.policy(draw.bits(self._disk, number)):
                yield f"disk-{draw.code(self._disk_code, number)}", policy

    def is_encrypted(self, chance: int) -> bool:
        """Whether a disk is, by its ``chance``."""
        return not self.is_risky("unencrypted_disk", chance >> 32)

    def policy(self, chance: int) -> str:
        """The snapshot policy of a disk, by its ``chance``; empty for none."""
        if self.is_risky("no_snapshot_policy", chance >> 48):
            return ""
        return self.policy_ids[(chance >> 24 & 255) % len(self.policy_ids)]

    def snapshot_id(self, disk: int, turn: int) -> str:
        """The id of a snapshot of the disk of a number, ``turn`` from 0."""
        return f"snap-{draw.code(draw.key(self.plan.seed, 'snap'), disk << 2 | turn)}"


def _code(prefix: str, key: str) -> str:
    """What stands behind the prefix of an id; empty where it is another."""
    head, _, code = key.rpartition("-")
    return code if head == prefix else ""


def _halves(address: str) -> tuple[str, int, int]:
    """The first two octets of an address, and each of the others; nothing that is one for other text."""
    parts = address.split(".")
    if len(parts) == 4 and all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
        return ".".join(parts[:2]), int(parts[2]), int(parts[3])
    return "", 0, 0


def is_prepaid(chance: int) -> bool:
    """Whether a host is paid in advance, by its ``chance``."""
    return chance >> 16 & 255 < _PREPAID


def _is_elastic(chance: int) -> bool:
    """Whether a host's public address, if it has one, is an elastic one."""
    return chance >> 28 & 15 < _ELASTIC


@cache
def _days() -> tuple[str, ...]:
    """The days before the epoch, the latest first."""
    return tuple((EPOCH - timedelta(days=back)).strftime("%Y-%m-%d") for back in range(1, _HISTORY_DAYS + 1))


@cache
def _times() -> tuple[tuple[str, str], ...]:
    """Some times of a day in UTC and in China: hours that fall on the same day in both."""
    return tuple(
        (f"{hour:02d}:{minute}", f"{hour + 8:02d}:{minute}")
        for hour in range(16)
        for minute in (f"{number * 7 % 60:02d}:{number * 37 % 60:02d}" for number in range(64))
    )


def utc(chance: int) -> str:
    """A past moment as cvm writes it (``2024-03-10T02:43:51Z``), from some thirty bits of chance."""
    return f"{_days()[(chance >> 16) % _HISTORY_DAYS]}T{_times()[chance & 1023][0]}Z"


def china(chance: int) -> str:
    """The same moment as cbs and vpc write it, in China's time: ``2024-03-10 10:43:51``."""
    return f"{_days()[(chance >> 16) % _HISTORY_DAYS]} {_times()[chance & 1023][1]}"


@cache
def _ends() -> tuple[str, ...]:
    return tuple((EPOCH + timedelta(days=ahead)).strftime("%Y-%m-%d") for ahead in range(30, 1800))


def end(chance: int) -> str:
    """A day on which something prepaid ends, one month to five years after the epoch."""
    return _ends()[chance % len(_ends())]


def days_to(day: str) -> int:
    """Days from the epoch to a day."""
    return (datetime.fromisoformat(day).replace(tzinfo=UTC) - EPOCH).days


Value = dict[str, Any]
"""A row's value in wire shape."""
