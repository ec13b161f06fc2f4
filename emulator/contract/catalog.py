"""Every published action of every service, read one service version at a time and only when asked for."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, cast

import orjson

from emulator.contract.model import Action, Member, Shape, Status
from emulator.contract.notation import read_members
from emulator.errors import NotFound, invalid_action, no_such_product, no_such_version

DATA = Path(__file__).parent / "data"
INDEX = "index.json"
NAMES = "names.json.z"
UNPUBLISHED = Path(__file__).parent / "unpublished.json"
"""Actions that CAM policies name and the published metadata lacks, as far as their shapes are known.

Assumed: shapes are those of the private cloud's SDK, which shares the code base of the public one; where that
has none (CKafka's three, the lists of groups' policies), those of the published neighbour.
"""
STATUSES = ("deprecated", "offline", "unpublished")


_NO_MORE: Mapping[str, Any] = {"actions": (), "objects": {}}


def book_file(service: str, version: str) -> str:
    """The file that holds one service version."""
    return f"{service}.{version}.json.z"


class Book:
    """One service version. Its text is held as published; actions and shapes are made when first touched."""

    __slots__ = ("_actions", "_made", "_objects", "_shapes", "service", "version")

    def __init__(
        self, service: str, version: str, actions: Mapping[str, str], objects: Mapping[str, str]
    ) -> None:
        self.service = service
        self.version = version
        self._actions = actions
        self._objects = objects
        self._made: dict[str, Action] = {}
        self._shapes: dict[str, Shape] = {}

    def action(self, name: str) -> Action | None:
        """Find an action, or None."""
        made = self._made.get(name)
        if made is None and (flags := self._actions.get(name)) is not None:
            made = self._made[name] = self._make(name, flags.split())
        return made

    def _make(self, name: str, flags: Sequence[str]) -> Action:
        status = next((flag for flag in flags if flag in STATUSES), "online")
        return Action(
            service=self.service,
            version=self.version,
            name=name,
            status=cast("Status", status),
            skip_sign="skip_sign" in flags,
            request=self._shape(f"{name}Request"),
            response=self._shape(f"{name}Response"),
            key=f"{self.service}:{name}",
        )

    def shape(self, name: str) -> Shape | None:
        """Find an object, or None."""
        return self._shape(name) if name in self._objects else None

    def _shape(self, name: str) -> Shape:
        shape = self._shapes.get(name)
        if shape is None:
            members: dict[str, Member] = {}
            shape = self._shapes[name] = Shape(name, members)  # known before it is filled: it may hold itself
            members.update((member.name, member) for member in read_members(self._objects[name], self._shape))
        return shape

    def objects(self) -> Iterable[str]:
        """The names of all objects, requests and responses included."""
        return self._objects.keys()


class Catalog:
    """All service versions of the published contract."""

    def __init__(self, data: Path = DATA) -> None:
        self._data = data
        self._books: dict[tuple[str, str], Book] = {}

    @functools.cached_property
    def _index(self) -> Mapping[str, tuple[str, ...]]:
        index = orjson.loads((self._data / INDEX).read_bytes())
        return {service: tuple(versions) for service, versions in index["services"].items()}

    @functools.cached_property
    def _names(self) -> Mapping[str, Mapping[str, str]]:
        """All action names by service and version; each version's are one text, a space around every name."""
        names: Mapping[str, Mapping[str, str]] = orjson.loads(_unpack(self._data / NAMES))
        return names

    @functools.cached_property
    def _unpublished(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = orjson.loads(UNPUBLISHED.read_bytes())
        return found

    def unpublished(self) -> Iterator[tuple[str, str, str]]:
        """Every (service, version, action) that can be found and is not published: ``names`` has none."""
        for place, book in self._unpublished.items():
            service, _, version = place.partition(".")
            for name in book["actions"]:
                yield service, version, name

    @property
    def opened(self) -> tuple[tuple[str, str], ...]:
        """The service versions read so far, in the order they were first asked for."""
        return tuple(self._books)

    def services(self) -> AbstractSet[str]:
        """The short names of all services; they come sorted."""
        return self._index.keys()

    def versions(self, service: str) -> Sequence[str]:
        """The versions of a service, oldest first; NotFound if there is no such service."""
        try:
            return self._index[service]
        except KeyError:
            raise NotFound(f"no service `{service}`{_nearest(service, self._index)}") from None

    def find(self, service: str, version: str, action: str) -> Action:
        """Find an action, or say what the gateway says of a wrong service, version or action."""
        found = self._book(service, version).action(action)
        if found is None:
            raise invalid_action()
        return found

    def _book(self, service: str, version: str) -> Book:
        """Open a service version, or say what the gateway says of a wrong one."""
        book = self._books.get((service, version))
        if book is None:
            if service not in self._index:
                raise no_such_product(service)
            if version not in self._index[service]:
                raise no_such_version(service, version)
            text = orjson.loads(_unpack(self._data / book_file(service, version)))
            more = self._unpublished.get(f"{service}.{version}", _NO_MORE)
            actions = {**text["actions"], **dict.fromkeys(more["actions"], "unpublished")}
            book = Book(service, version, actions, {**text["objects"], **more["objects"]})
            self._books[service, version] = book
        return book

    def action(self, key: str) -> Action:
        """Find an action by ``service:Name`` (in the newest version that has it) or ``service:version:Name``.

        NotFound names the nearest real ones.
        """
        service, *middle, name = key.split(":") if ":" in key else (key, "")
        versions = self.versions(service)
        if middle and (len(middle) > 1 or middle[0] not in versions):
            raise NotFound(f"`{key}`: {service} has the versions {', '.join(versions)}")
        for version in middle or reversed(versions):
            if self._has(service, version, name):
                return self.find(service, version, name)
        real = [real for version in middle or versions for real in self._names[service][version].split()]
        raise NotFound(f"no action `{key}`{_nearest(name, real)}")

    def _has(self, service: str, version: str, action: str) -> bool:
        return action.isidentifier() and f" {action} " in self._names[service][version]

    def shape(self, service: str, version: str, name: str) -> Shape:
        """Find any object of a service version."""
        if version not in self.versions(service):
            raise NotFound(f"no version `{version}` of {service}{_nearest(version, self.versions(service))}")
        book = self._book(service, version)
        shape = book.shape(name)
        if shape is None:
            raise NotFound(f"no object `{name}` in {service} {version}{_nearest(name, book.objects())}")
        return shape

    def holders(self, version: str, action: str) -> tuple[str, ...]:
        """The services that have this action in this version."""
        return tuple(it for it in self._services_of.get(version, ()) if self._has(it, version, action))

    @functools.cached_property
    def _services_of(self) -> Mapping[str, list[str]]:
        services: dict[str, list[str]] = {}
        for service, versions in self._index.items():
            for version in versions:
                services.setdefault(version, []).append(service)
        return services

    def names(self) -> Iterator[tuple[str, str, str]]:
        """Every (service, version, action), sorted; makes no shapes."""
        for service, versions in self._names.items():
            for version, names in versions.items():
                for name in names.split():
                    yield service, version, name


@functools.cache
def catalog() -> Catalog:
    """The published contract that comes with this package."""
    return Catalog()


def _unpack(path: Path) -> bytes:
    return zlib.decompress(path.read_bytes())


def _nearest(name: str, real: Iterable[str]) -> str:
    """Say which real names come close, for the end of a sentence."""
    import difflib

    close = difflib.get_close_matches(name, list(real), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(close)}?" if close else ""
