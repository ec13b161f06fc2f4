"""The tcr tables of an estate: registries, and the repositories in them."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.world.estate import draw
from emulator.world.estate.site import Site, Value, china, end
from emulator.world.shelves import Row, Shelf

_HOSTS_EACH = 60
_MOST = 12
_SPACES = ("base", "prod", "test", "middleware")
_IMAGES = (
    "nginx",
    "redis",
    "java",
    "python",
    "node",
    "gateway",
    "order",
    "pay",
    "user",
    "job",
    "front",
    "mq",
)


def _count(site: Site) -> int:
    return min((site.hosts + _HOSTS_EACH - 1) // _HOSTS_EACH, _MOST)


def registries(site: Site) -> Shelf[Row]:
    """``tcr.registry``."""
    return Shelf({row["RegistryId"]: Row(row) for row in (_registry(site, at) for at in range(_count(site)))})


def _registry(site: Site, place: int) -> Value:
    chance, settings = site.chance("tcr", place), site.chance("tcr settings", place)
    key = site.id("tcr", place)
    name = f"{draw.pick(site.words.people, chance)}-{key.removeprefix('tcr-')}".replace("'", "")
    is_prepaid = chance >> 8 & 1
    return {
        "RegistryId": key,
        "RegistryName": name,
        "RegistryType": draw.pick(("basic", "standard", "standard", "premium"), chance >> 10),
        "Status": "Unhealthy" if chance >> 14 & 31 == 0 else "Running",
        "PublicDomain": f"{name}.tencentcloudcr.com",
        # Observed: China's time with its offset.
        "CreatedAt": f"{china(chance >> 20).replace(' ', 'T')}+08:00",
        "RegionName": site.region.id,
        # Assumed: numbers of regions other than Guangzhou's 1.
        "RegionId": site.plan.ordinal + 1,
        "EnableAnonymous": site.is_risky("anonymous_registry", settings),
        # Observed: 87600 hours in the official example. Assumed: a careful one has a day at most.
        "TokenValidTime": 87600 if site.is_risky("long_lived_token", settings >> 16) else 24,
        "InternalEndpoint": f"{site.vpcs[0].octets}.250.{place + 2}",
        "TagSpecification": {"ResourceType": "instance", "Tags": site.words.tags(chance >> 4)},
        "ExpiredAt": f"{end(chance >> 24)}T23:59:59+08:00" if is_prepaid else "",
        "PayMod": is_prepaid,
        "RenewFlag": chance >> 9 & is_prepaid,
        "DeletionProtection": not site.is_risky("no_delete_protection", settings >> 32),
        "AIFeature": None,
        "EnableCosMAZ": False,
        "EnableCosVersioning": False,
    }


def repositories(site: Site) -> Shelf[Row]:
    """``tcr.repository``: the repositories of a registry under its id, each in wire shape."""
    return Shelf(
        {
            key: Row({"RegistryId": key, "RepositoryList": list(_repositories(site, place))})
            for place in range(_count(site))
            for key in [site.id("tcr", place)]
        }
    )


def _repositories(site: Site, place: int) -> Iterator[Value]:
    chance = site.chance("tcr repositories", place)
    spaces = _SPACES[: 1 + chance % len(_SPACES)]
    for number in range(1 + (chance >> 8) % (len(_IMAGES) * 2)):
        yield _repository(site, place * 64 + number, draw.pick(spaces, number), number)


def _repository(site: Site, of: int, space: str, number: int) -> Value:
    chance = site.chance("tcr repository", of)
    suffix = f"-{number // len(_IMAGES)}" if number >= len(_IMAGES) else ""
    time = f"{china(chance >> 20)}.806284 +0800 CST"
    return {
        # Observed: the namespace is part of the name.
        "Name": f"{space}/{_IMAGES[number % len(_IMAGES)]}{suffix}",
        "Namespace": space,
        "CreationTime": time,
        "UpdateTime": time,
        "Public": site.is_risky("public_repository", chance),
        "Description": "",
        "BriefDescription": "",
    }
