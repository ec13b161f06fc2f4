"""Where resources keep their tags, and how a resource that can bear some is named."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from emulator.policy.qcs import respell, split
from emulator.tables.params import is_whole
from emulator.world.shelves import Row, Shelf

Tags = Mapping[str, str]

WORDS = ("Key", "Value")
TAG_WORDS = ("TagKey", "TagValue")
"""How products that do not say Key and Value spell a tag."""


class Kind(NamedTuple):
    """A kind of resource: where its rows stand, and the member and the words in which they keep tags.

    The rows of a numbered kind stand under integers.
    """

    service: str
    prefix: str
    table: str
    member: str = "Tags"
    words: tuple[str, str] = WORDS
    outer: str = ""
    is_regional: bool = True
    is_numbered: bool = False


# Documented: instance, volume and image of cvm; certificates stand in no region. Assumed: nor do templates;
# and the other prefixes, which are those that CAM is asked with.
KINDS = (
    Kind("cvm", "instance", "cvm.instance"),
    Kind("cvm", "image", "cvm.image"),
    Kind("cvm", "keypair", "cvm.keypair"),
    Kind("cvm", "volume", "cbs.disk"),
    Kind("cvm", "snapshot", "cbs.snapshot"),
    Kind("cvm", "ps", "cvm.disasterrecovergroup"),
    Kind("cvm", "eip", "vpc.address", "TagSet"),
    Kind("cvm", "sg", "vpc.securitygroup", "TagSet"),
    Kind("vpc", "vpc", "vpc.vpc", "TagSet"),
    Kind("vpc", "subnet", "vpc.subnet", "TagSet"),
    Kind("vpc", "rtb", "vpc.routetable", "TagSet"),
    Kind("vpc", "acl", "vpc.networkacl", "TagSet"),
    Kind("vpc", "nat", "vpc.natgateway", "TagSet"),
    Kind("vpc", "eni", "vpc.networkinterface", "TagSet"),
    Kind("vpc", "havip", "vpc.havip", "TagSet"),
    Kind("vpc", "ipm", "vpc.addresstemplate", "TagSet", is_regional=False),
    Kind("vpc", "ipmg", "vpc.addresstemplategroup", "TagSet", is_regional=False),
    Kind("vpc", "ppm", "vpc.servicetemplate", "TagSet", is_regional=False),
    Kind("vpc", "ppmg", "vpc.servicetemplategroup", "TagSet", is_regional=False),
    Kind("clb", "clb", "clb.loadbalancer", words=TAG_WORDS),
    Kind("cdb", "instanceId", "cdb.instance", "TagList", TAG_WORDS),
    Kind("dcdb", "instance", "dcdb.instance", "ResourceTags", TAG_WORDS),
    Kind("es", "instance", "es.instance", "TagList", TAG_WORDS),
    Kind("mariadb", "instance", "mariadb.instance", "ResourceTags", TAG_WORDS),
    Kind("postgres", "DBInstanceId", "postgres.instance", "TagList", TAG_WORDS),
    Kind("redis", "instance", "redis.instance", "InstanceTags", TAG_WORDS),
    Kind("tcr", "instance", "tcr.registry", outer="TagSpecification"),
    Kind("ssl", "certificate", "ssl.certificate", words=TAG_WORDS, is_regional=False),
    # Observed: terraform-provider-tencentcloud tags users, roles and policies by these, users by their uin.
    Kind("cam", "uin", "cam.user", is_regional=False),
    Kind("cam", "role", "cam.role", is_regional=False),
    Kind("cam", "policy", "cam.policy", is_regional=False, is_numbered=True),
)
BY_TABLE: Mapping[str, Kind] = MappingProxyType({kind.table: kind for kind in KINDS})
# Observed: terraform-provider-tencentcloud tags elastic addresses, and reads their tags, as resources of vpc.
_ALSO = {("vpc", "eip"): BY_TABLE["vpc.address"]}
BY_NAME: Mapping[tuple[str, str], Kind] = MappingProxyType(
    {**{(kind.service, kind.prefix): kind for kind in KINDS}, **_ALSO}
)
"""The kinds by service and prefix, as a resource's name has them."""


def kinds_named(service: str, prefix: str) -> list[Kind]:
    """The kinds of a service and prefix; of any where they are empty."""
    found = (kind for name, kind in BY_NAME.items() if service in ("", name[0]) and prefix in ("", name[1]))
    return list(dict.fromkeys(found))


class Place(NamedTuple):
    """One resource."""

    kind: Kind
    region: str
    key: str

    def name(self, uin: str) -> str:
        """Its name in six segments."""
        kind = self.kind
        return f"qcs::{kind.service}:{self.region}:uin/{uin}:{kind.prefix}/{self.key}"

    @property
    def row_key(self) -> str | int:
        """Under what its row stands."""
        return int(self.key) if self.kind.is_numbered and is_whole(self.key, 0, 2**63) else self.key


def find_place(name: str) -> Place | None:
    """The resource that six segments name, its region in either spelling; None if they name no such."""
    segments = split(name)
    if segments is None:
        return None
    prefix, _, key = segments.resource.partition("/")
    kind = BY_NAME.get((segments.service, prefix))
    if kind is None or not key or "*" in key:
        return None
    return Place(kind, respell(segments.region) if kind.is_regional else "", key)


def read_tags(kind: Kind, row: Row) -> Tags:
    """The tags that a row of this kind bears."""
    value = row.value
    inner = value.get(kind.outer) or {} if kind.outer else value
    return _tags(kind.words, inner.get(kind.member) or ())


def _tags(words: tuple[str, str], tags: Iterable[Mapping[str, Any]]) -> Tags:
    key, text = words
    return {tag[key]: tag.get(text) or "" for tag in tags if tag.get(key)}


def tags_of(listed: Hashable, words: tuple[str, str] | None = None) -> Tags:
    """Tags that stand together as one value; in whichever of the two ways, unless it is said."""
    tags = [dict(each) for each in cast("Any", listed)]
    return _tags(words or (TAG_WORDS if any(TAG_WORDS[0] in tag for tag in tags) else WORDS), tags)


def _whole(kind: Kind) -> str:
    """The path of all tags of a row of this kind."""
    return ".".join(filter(None, (kind.outer, kind.member))) + "[]"


class Sets:
    """The different sets of tags that rows bear, as far as they suit: each is read and judged once."""

    def __init__(self, suits: Callable[[Tags], bool]) -> None:
        self._suits = suits
        # What an estate draws is one object on many shelves. It is held, so that no other gets its identity.
        self._known: dict[int, tuple[object, Tags | None]] = {}

    def on(self, kind: Kind, shelf: Shelf[Row]) -> list[tuple[Tags, Sequence[int]]]:
        """Those that rows of a shelf bear, each with the numbers of its rows, in order."""
        known, found = self._known, []
        for listed, numbers in shelf.groups(_whole(kind)):
            tags = known[id(listed)][1] if id(listed) in known else self._read(kind, listed)
            if tags is not None:
                found.append((tags, numbers))
        return found

    def _read(self, kind: Kind, listed: Hashable) -> Tags | None:
        tags = tags_of(listed, kind.words)
        found = tags if tags and self._suits(tags) else None
        self._known[id(listed)] = listed, found
        return found


def borne_pairs(shelves: Iterable[tuple[Kind, Shelf[Row]]]) -> set[tuple[str, str]]:
    """The tags that rows of some shelves bear: many bear the same set, and each is read once."""
    sets: dict[tuple[str, str], set[Hashable]] = {}
    for kind, shelf in shelves:
        sets.setdefault(kind.words, set()).update(shelf.known(_whole(kind)))
    every = (tags_of(one, words) for words, ones in sets.items() for one in ones)
    return {pair for tags in every for pair in tags.items()}


def retagged(kind: Kind, row: Row, tags: Tags) -> Row:
    """The same resource with these tags instead of its own."""
    key, text = kind.words
    listed = [{key: name, text: value} for name, value in tags.items()]
    if kind.outer:
        return row.having(**{kind.outer: {**row.value[kind.outer], kind.member: listed}})
    return row.having(**{kind.member: listed})
