"""Everything true in the emulated cloud: one world a root account, all of them in one cloud."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from emulator.errors import BadInput, NotFound
from emulator.world.clock import Clock
from emulator.world.credentials import AccessKey
from emulator.world.mint import Mint
from emulator.world.shelves import Row, Shelf

Place = tuple[str, str]
"""A table's name (``cvm.instance``) and a region (empty for what has none)."""
DUE = "world.due"
"""The table of what is still to happen; see ``World.later``."""


class Estate(Protocol):
    """What a world holds before anything happened in it; may be shared by many worlds, so never changed."""

    def shelf(self, table: str, region: str) -> Shelf[Any] | None:
        """The rows of a table in a region; None for none. Made when first asked for."""

    def places(self) -> Iterable[Place]:
        """Every place that holds rows."""


class Nothing:
    """The estate of a world in which nothing exists yet."""

    def shelf(self, table: str, region: str) -> Shelf[Any] | None:  # noqa: ARG002  # as every estate
        """No rows anywhere."""
        return None

    def places(self) -> Iterable[Place]:
        """No places."""
        return ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A world as it was: its shelves (shared from then on), and where its mint and its clock stood."""

    shelves: dict[Place, Shelf[Any]]
    mint: tuple[object, ...]
    clock: tuple[float | None, float]


class World:
    """Everything true in one root account.

    State is kept on shelves only. Reading never copies; ``write`` copies a shelf first if a snapshot or
    another account sees it too, so a snapshot costs a handful of references.
    """

    def __init__(
        self,
        *,
        uin: str,
        app_id: int,
        seed: int | str = 0,
        estate: Estate | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.uin = uin
        self.app_id = app_id
        self.clock = Clock(now)
        self.mint = Mint(seed)
        self._estate: Estate = estate or Nothing()
        self._shelves: dict[Place, Shelf[Any]] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._versions: dict[str, int] = {}
        self.pace = 1.0
        """How long what happens by itself takes, as a multiple of what each product says; 0 is at once."""
        self._next_due: float | None = None
        self._is_settling = False
        self._beginning = self._capture()

    # --- rows --------------------------------------------------------------------------------------------

    def read(self, table: str, region: str = "") -> Shelf[Any]:
        """The shelf of a table in a region as it is by now, to be read."""
        if self._next_due is not None and not self._is_settling and self._next_due <= self.clock.now():
            self._settle()
        place = (table, region)
        shelf = self._shelves.get(place)
        if shelf is None:
            shelf = self._estate.shelf(table, region)
            if shelf is None:
                shelf = Shelf()
            else:
                shelf.is_shared = True
            self._shelves[place] = shelf
        return shelf

    def write(self, table: str, region: str = "") -> Shelf[Any]:
        """The shelf of a table in a region, to be changed: this world's own."""
        shelf = self.read(table, region)
        if shelf.is_shared:
            shelf = self._shelves[table, region] = shelf.copy()
        service = table.partition(".")[0]
        self._versions[service] = self._versions.get(service, 0) + 1
        return shelf

    def later(
        self,
        seconds: float,
        place: Place,
        key: str,
        *,
        given: Mapping[str, Any] | None = None,
        put: Mapping[str, Any] | None,
        then: str = "",
    ) -> None:
        """Let a row change by itself once the clock has moved on by ``seconds`` times ``pace``.

        ``put`` are the members it has from then on, at the top level; None takes the row away. Nothing
        happens if it has lost one of the members ``given`` by then: what it was to become was overtaken by
        something else. Texts, numbers, lists and objects only: what is to happen is a row like any other.
        ``then`` names a ``Sequel`` for what else has to change with it (``services.cvm.terminate:gone``).
        """
        self.at(self.clock.now() + seconds * self.pace, place, key, given=given, put=put, then=then)

    def at(
        self,
        moment: float,
        place: Place,
        key: str,
        *,
        given: Mapping[str, Any] | None = None,
        put: Mapping[str, Any] | None,
        then: str = "",
    ) -> None:
        """Let a row change by itself at a moment that the calendar says, whatever the pace."""
        shelf, (table, region) = self.write(DUE), place
        number = max(shelf.items(), default=0) + 1
        due = {
            "At": moment,
            "Table": table,
            "Region": region,
            "Key": key,
            "Given": dict(given or {}),
            "Put": put,
            "Then": then,
        }
        shelf.put(number, Row(due))
        self._next_due = moment if self._next_due is None else min(moment, self._next_due)

    def _settle(self) -> None:
        """Do what is due, in the order of time; a sequel may give more to do."""
        now, self._is_settling = self.clock.now(), True
        try:
            while ripe := self._ripe(now):
                for number, due in ripe:
                    self.write(DUE).remove(number)
                    self._happen(due)
                    if due["Then"]:
                        break
        finally:
            self._next_due = self._earliest()
            self._is_settling = False

    def _ripe(self, now: float) -> list[tuple[int, Mapping[str, Any]]]:
        """What is due by now, the earliest first; sorted() keeps the order of equals."""
        waiting = self.read(DUE).items()
        ripe = [(number, row.value) for number, row in waiting.items() if row.value["At"] <= now]
        return sorted(ripe, key=lambda found: found[1]["At"])

    def _happen(self, due: Mapping[str, Any]) -> None:
        table, region, key = due["Table"], due["Region"], due["Key"]
        row = self.read(table, region).get(key)
        if row is None or any(row.value.get(name) != value for name, value in due["Given"].items()):
            return
        before = row.value
        if due["Put"] is None:
            self.write(table, region).remove(key)
        elif due["Put"]:
            self.write(table, region).put(key, row.having(**due["Put"]))
        if due["Then"]:
            _sequel(due["Then"])(self, region, due["At"], before)

    def _earliest(self) -> float | None:
        return min((row.value["At"] for row in self.read(DUE)), default=None)

    def version(self, service: str) -> int:
        """A number that grows whenever rows of a service may have changed."""
        return self._versions.get(service, 0)

    def places(self, table: str) -> list[str]:
        """The regions in which a table has rows."""
        regions = {place[1] for place in self._estate.places() if place[0] == table}
        regions.update(region for name, region in self._shelves if name == table)
        return sorted(region for region in regions if len(self.read(table, region)))

    # --- snapshots ---------------------------------------------------------------------------------------

    def begin_here(self) -> None:
        """Make the present state the one that ``reset`` goes back to."""
        self._beginning = self._capture()

    def snapshot(self, name: str) -> None:
        """Remember the world under a name; an older snapshot of that name is replaced."""
        self._snapshots[name] = self._capture()

    def restore(self, name: str) -> None:
        """Go back to a snapshot, which stays.

        Raises:
            NotFound: there is no snapshot of that name.
        """
        if name not in self._snapshots:
            known = ", ".join(sorted(self._snapshots)) or "none was taken"
            raise NotFound(f"no snapshot is called {name!r} (known: {known})")
        self._return_to(self._snapshots[name])

    def reset(self) -> None:
        """Go back to the beginning: rows, clock, snapshots."""
        self._return_to(self._beginning)
        self._snapshots.clear()

    def _capture(self) -> Snapshot:
        for shelf in self._shelves.values():
            shelf.is_shared = True
        return Snapshot(dict(self._shelves), self.mint.state(), self.clock.state())

    def _return_to(self, snapshot: Snapshot) -> None:
        self._shelves = dict(snapshot.shelves)
        self.mint.resume(snapshot.mint)
        self.clock.resume(snapshot.clock)
        self._next_due = None
        self._next_due = self._earliest()
        for service in self._versions:
            self._versions[service] += 1


Sequel = Callable[[World, str, float, Mapping[str, Any]], None]
"""What else changes with a row: it is told the world, the region, the moment, and the row as it was."""


def _sequel(name: str) -> Sequel:
    """The sequel of a name: a module below this package and a function, so that it outlives the process."""
    module, _, function = name.partition(":")
    found: Sequel = getattr(import_module(f"emulator.{module}"), function)
    return found


class Cloud:
    """The root accounts on one server, and whose key is whose."""

    def __init__(self, *, seed: int = 0, now: Callable[[], float] = time.time) -> None:
        self.seed = seed
        self.now = now
        """Real time; each world has a clock of its own that starts with it."""
        self._mint = Mint(f"cloud/{seed}")
        self._worlds: dict[str, World] = {}
        self._whose: dict[str, World] = {}

    def open(
        self,
        *,
        uin: str | None = None,
        app_id: int | None = None,
        seed: int | None = None,
        estate: Estate | None = None,
    ) -> World:
        """Open a root account with a world of its own."""
        if uin is not None and uin in self._worlds:
            raise BadInput.at("Uin", f"account {uin} is open already")
        uin = uin or self._fresh_uin()
        world = World(
            uin=uin,
            app_id=app_id if app_id is not None else self._mint.app_id(),
            seed=f"{self.seed if seed is None else seed}/{uin}",
            estate=estate,
            now=self.now,
        )
        self._worlds[uin] = world
        return world

    def close(self, uin: str) -> None:
        """Forget an account and every key of it."""
        world = self.world(uin)
        del self._worlds[uin]
        self._whose = {secret_id: owner for secret_id, owner in self._whose.items() if owner is not world}

    def world(self, uin: str | None = None) -> World:
        """The world of a root account; of the first one if none is named.

        Raises:
            NotFound: no such account is open.
        """
        if uin is None:
            if not self._worlds:
                raise NotFound("no account is open")
            return next(iter(self._worlds.values()))
        if uin not in self._worlds:
            raise NotFound(f"no account {uin!r} is open")
        return self._worlds[uin]

    def worlds(self) -> Iterable[World]:
        """Every world, the first account first."""
        return self._worlds.values()

    def enrol(self, world: World, key: AccessKey) -> None:
        """Put a key into a world and remember whose it is.

        Raises:
            BadInput: the SecretId belongs to another account.
        """
        owner = self._whose.get(key.secret_id)
        if owner is not None and owner is not world and key.secret_id in owner.read("cam.key"):
            raise BadInput.at("SecretId", "this SecretId belongs to another account of this server")
        self._whose[key.secret_id] = world
        world.write("cam.key").put(key.secret_id, key)

    def find_key(self, secret_id: str) -> tuple[World, AccessKey] | None:
        """Whose key this is, and the key itself, be it active or not."""
        world = self._whose.get(secret_id)
        key = world.read("cam.key").get(secret_id) if world is not None else None
        return (world, key) if world is not None and key is not None else None

    def _fresh_uin(self) -> str:
        while (uin := self._mint.uin()) in self._worlds:
            pass
        return uin
