"""Everything true in the emulated cloud: one world a root account, all of them in one cloud."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from emulator.errors import BadInput, NotFound, NotKept
from emulator.world.clock import Clock
from emulator.world.credentials import AccessKey
from emulator.world.due import Agenda
from emulator.world.mint import Mint
from emulator.world.shelves import Change, Shelf

if TYPE_CHECKING:
    from emulator.world.estate.plan import Spec

Place = tuple[str, str]
"""A table's name (``cvm.instance``) and a region (empty for what has none)."""
LAX = frozenset({"used.key"})
"""Tables that change at every call and that nobody misses the last minute of: a keeper may lag behind."""
NOW, BEGINNING = "now", "beginning"
"""The states that every world has; a snapshot's is ``snapshot/`` and its name."""


class Estate(Protocol):
    """What a world holds before anything happened in it; may be shared by many worlds, so never changed."""

    @property
    def spec(self) -> Spec | None:
        """What it shall be like; None for nothing at all."""

    def shelf(self, table: str, region: str) -> Shelf[Any] | None:
        """The rows of a table in a region; None for none. Made when first asked for."""

    def places(self) -> Iterable[Place]:
        """Every place that holds rows."""


class Nothing:
    """The estate of a world in which nothing exists yet."""

    @property
    def spec(self) -> None:
        """Like nothing."""
        return

    def shelf(self, table: str, region: str) -> Shelf[Any] | None:  # noqa: ARG002  # as every estate
        """No rows anywhere."""
        return None

    def places(self) -> Iterable[Place]:
        """No places."""
        return ()


class Keeper(Protocol):
    """Who writes down what changes in a world, so that it can go on where it stood."""

    is_touched: bool

    def touch(self) -> None:
        """Note that rows changed."""

    def changes(self, table: str, region: str) -> Iterable[Change[Any]]:
        """What became of the rows at a place since the world's first day, in the order of their numbers."""

    def regions(self, table: str) -> Iterable[str]:
        """The regions in which rows of a table changed."""

    def places(self) -> Iterable[Place]:
        """Every place at which rows changed."""

    def remember(self, world: World, state: str) -> None:
        """Let a state of the past be as the present is."""

    def recall(self, state: str) -> None:
        """Let the present be as a state of the past was."""

    def forget_snapshots(self) -> None:
        """Forget every state of the past but the beginning."""

    def forget(self) -> None:
        """Forget the world."""


class Readable(Protocol):
    """Rows of one root account to be read: those of its world, or those that were there a while ago."""

    @property
    def uin(self) -> str:
        """The root account."""

    def read(self, table: str, region: str = "") -> Shelf[Any]:
        """The shelf of a table in a region, to be read."""

    def version(self, service: str) -> int:
        """A number that differs whenever rows of a service differ."""


PERMISSIONS = "cam"
"""The service whose rows say who may do what; only their changes can take effect late."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A world's permissions as they were until a time: its shelves, shared from then on."""

    uin: str
    until: float
    number: int
    shelves: Mapping[Place, Shelf[Any]]
    estate: Estate
    """Where the rows stand of shelves that nobody had looked at until then."""

    def read(self, table: str, region: str = "") -> Shelf[Any]:
        """The shelf of a table, to be read; empty if nothing had been there."""
        shelf = self.shelves.get((table, region))
        if shelf is None:
            shelf = self.estate.shelf(table, region)
        return Shelf() if shelf is None else shelf

    def version(self, service: str) -> int:
        """What the world's number was then."""
        if service != PERMISSIONS:
            raise KeyError(service)
        return self.number


@dataclass(frozen=True, slots=True)
class Step:
    """A change of permissions that was made and is not in force yet."""

    at: float
    before: Readable
    after: Readable


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A world as it was: its shelves (shared from then on), its mint, its clock, and what was on its way.

    A place without a shelf is as the estate and the keeper say.
    """

    shelves: dict[Place, Shelf[Any]]
    mint: tuple[object, ...]
    clock: tuple[float | None, float]
    earlier: tuple[Earlier, ...]


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
        keeper: Keeper | None = None,
    ) -> None:
        self.uin = uin
        self.app_id = app_id
        # What is in force by now stays so, wherever the time goes.
        self.clock = Clock(now, before_jump=self.in_force)
        self.mint = Mint(seed)
        self.estate: Estate = estate or Nothing()
        """What the world held before anything happened in it."""
        self.keeper = keeper
        """None lets the world end with its process."""
        self._written: dict[Place, Shelf[Any]] = {}
        """Shelves with changes that the keeper does not have yet."""
        self._shelves: dict[Place, Shelf[Any]] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._versions: dict[str, int] = {}
        self.pace = 1.0
        """How long what happens by itself takes, as a multiple of what each product says; 0 is at once."""
        self._agenda = Agenda(self)
        self._propagation_seconds = 0.0
        self._earlier: list[Earlier] = []
        """The permissions before each change that is on its way, oldest first."""
        self._beginning = self._capture()

    # --- rows --------------------------------------------------------------------------------------------

    def read(self, table: str, region: str = "") -> Shelf[Any]:
        """The shelf of a table in a region as it is by now, to be read."""
        if self._agenda.next is not None and self._agenda.next <= self.clock.now():
            self._agenda.settle()
        place = (table, region)
        shelf = self._shelves.get(place)
        if shelf is None:
            shelf = self._shelves[place] = self._fetch(table, region)
        return shelf

    def _fetch(self, table: str, region: str) -> Shelf[Any]:
        """A shelf as the estate has it, with what the keeper knows to have changed since."""
        shelf = self.estate.shelf(table, region)
        changes = () if self.keeper is None else self.keeper.changes(table, region)
        if shelf is not None and not changes:
            shelf.is_shared = True
            return shelf
        shelf = Shelf() if shelf is None else shelf.copy()
        try:
            shelf.resume(changes)
        except KeyError as reason:
            message = f"{table} {region} lacks {reason}, which was changed in it: the estate is not the same"
            raise NotKept(message) from reason
        return shelf

    def write(self, table: str, region: str = "") -> Shelf[Any]:
        """The shelf of a table in a region, to be changed: this world's own."""
        service = table.partition(".")[0]
        if self._propagation_seconds and service == PERMISSIONS:
            self._keep_earlier()
        shelf = self.read(table, region)
        if shelf.is_shared:
            shelf = self._shelves[table, region] = shelf.copy()
        if self.keeper is not None:
            self._note(table, region, shelf)
        self._versions[service] = self._versions.get(service, 0) + 1
        return shelf

    def _note(self, table: str, region: str, shelf: Shelf[Any]) -> None:
        if shelf.changed is None:
            shelf.changed = {}
        self._written[table, region] = shelf
        if self.keeper is not None and table not in LAX:
            self.keeper.touch()

    def take_changes(self) -> Iterable[tuple[Place, dict[Any, Change[Any] | None]]]:
        """What became of every key that was put or removed, by its place; each is told once."""
        written, self._written = self._written, {}
        for place, shelf in written.items():
            changed, shelf.changed = shelf.changed or {}, {}
            if changed:
                yield place, {key: shelf.change(key) for key in changed}

    @property
    def has_changes(self) -> bool:
        """Whether ``take_changes`` may tell something."""
        return bool(self._written)

    def later(
        self,
        seconds: float,
        place: Place,
        key: str | int,
        *,
        given: Mapping[str, Any] | None = None,
        put: Mapping[str, Any] | None,
        then: str = "",
    ) -> None:
        """Let a row change by itself once the clock has moved on by ``seconds`` times ``pace``.

        ``put`` are the members it has from then on, at the top level; None takes the row away. ``then`` names
        a ``Sequel`` for what else has to change (``services.cvm.terminate:gone``). Nothing happens if the row
        has lost one of the members ``given`` by then: what it was to become was overtaken by something else.
        Texts, numbers, lists and objects only: what is to happen is a row like any other.
        """
        self.at(self.clock.now() + seconds * self.pace, place, key, given=given, put=put, then=then)

    def at(
        self,
        moment: float,
        place: Place,
        key: str | int,
        *,
        given: Mapping[str, Any] | None = None,
        put: Mapping[str, Any] | None,
        then: str = "",
    ) -> None:
        """Let a row change by itself at a moment that the calendar says, whatever the pace."""
        self._agenda.add(moment, place, key, given=given or {}, put=put, then=then)

    def version(self, service: str) -> int:
        """A number that grows whenever rows of a service may have changed."""
        return self._versions.get(service, 0)

    def places(self, table: str) -> list[str]:
        """The regions in which a table has rows."""
        regions = {place[1] for place in self.estate.places() if place[0] == table}
        if self.keeper is not None:
            regions.update(self.keeper.regions(table))
        regions.update(region for name, region in self._shelves if name == table)
        return sorted(region for region in regions if len(self.read(table, region)))

    # --- who may do what, and since when -------------------------------------------------------------------

    @property
    def propagation_seconds(self) -> float:
        """How late a change to who may do what takes effect, by this world's clock."""
        return self._propagation_seconds

    @propagation_seconds.setter
    def propagation_seconds(self, seconds: float) -> None:
        self.in_force()
        self._propagation_seconds = seconds
        self.in_force()

    def in_force(self) -> Readable:
        """The permissions that count now: this world's, or earlier ones while a change is on its way."""
        if not self._earlier:
            return self
        now = self.clock.now()
        if self._earlier[-1].until > now:
            # The clock was set back to before a change was made: nothing can be said to be on its way.
            self._earlier.clear()
        while self._earlier and self._earlier[0].until + self._propagation_seconds <= now:
            del self._earlier[0]
        return self._earlier[0] if self._earlier else self

    @property
    def earlier(self) -> tuple[Earlier, ...]:
        """The permissions before each change that is on its way, oldest first."""
        return tuple(self._earlier)

    def on_their_way(self) -> Iterator[Step]:
        """The changes that are not in force yet, oldest first. Those made at one time are one."""
        self.in_force()
        afterwards: list[Readable] = [*self._earlier, self]
        for before, after in zip(tuple(self._earlier), afterwards[1:], strict=True):
            yield Step(before.until, before, after)

    def _keep_earlier(self) -> None:
        """Remember the permissions as they are, before the first change of this moment."""
        self.in_force()
        now = self.clock.now()
        if not self._earlier or self._earlier[-1].until < now:
            self._look_at_all()
            kept = {place: shelf for place, shelf in self._shelves.items() if _is_permission(place)}
            for shelf in kept.values():
                shelf.is_shared = True
            self._earlier.append(Earlier(self.uin, now, self.version(PERMISSIONS), kept, self.estate))

    # --- snapshots ---------------------------------------------------------------------------------------

    def begin_here(self) -> None:
        """Make the present state the one that ``reset`` goes back to."""
        self._beginning = self._capture()
        if self.keeper is not None:
            self.keeper.remember(self, BEGINNING)

    def snapshot(self, name: str) -> None:
        """Remember the world under a name; an older snapshot of that name is replaced."""
        self._snapshots[name] = self._capture()
        if self.keeper is not None:
            self.keeper.remember(self, _state(name))

    def restore(self, name: str) -> None:
        """Go back to a snapshot, which stays.

        Raises:
            NotFound: there is no snapshot of that name.
        """
        if name not in self._snapshots:
            known = ", ".join(sorted(self._snapshots)) or "none was taken"
            raise NotFound(f"no snapshot is called {name!r} (known: {known})")
        self._return_to(self._snapshots[name], _state(name))

    def reset(self) -> None:
        """Go back to the beginning: rows, clock, snapshots."""
        self._return_to(self._beginning, BEGINNING)
        self._snapshots.clear()
        if self.keeper is not None:
            self.keeper.forget_snapshots()

    def resume(
        self,
        stands: Mapping[str, tuple[tuple[object, ...], tuple[float | None, float]]],
    ) -> None:
        """Go on where the keeper saw the world last. ``stands``: mint and clock in each of its states.

        What was on its way when a snapshot was taken is in force in it by now.
        """
        past = {state: Snapshot({}, *stand, ()) for state, stand in stands.items()}
        now, self._beginning = past.pop(NOW), past.pop(BEGINNING)
        self._snapshots = {state.removeprefix(_SNAPSHOT): snapshot for state, snapshot in past.items()}
        self._take_over(now)
        self.mint.has_moved = False

    def resume_earlier(self, earlier: Iterable[tuple[float, Mapping[Place, Shelf[Any]]]]) -> None:
        """Let permissions be in force still that were so when the keeper saw the world last.

        To be told once the world knows how late changes take effect.
        """
        # Their numbers are none that a world gives.
        self._earlier = [
            Earlier(self.uin, until, -1 - place, shelves, self.estate)
            for place, (until, shelves) in enumerate(earlier)
        ]

    def as_it_is(self) -> World:
        """A world of its own with the same rows, in which time stands still; neither notices the other."""
        self._look_at_all()
        twin = World(uin=self.uin, app_id=self.app_id, estate=self.estate)
        twin._take_over(self._capture())
        twin.clock.set(self.clock.now())
        return twin

    def as_it_was(self, now: float, shelves: Mapping[Place, Shelf[Any]]) -> World:
        """What ``as_it_is`` made once, from what ``shelves_by_place`` of it told."""
        twin = World(uin=self.uin, app_id=self.app_id, estate=self.estate)
        twin._shelves = dict(shelves)
        twin.clock.set(now)
        return twin

    @property
    def shelves_by_place(self) -> Mapping[Place, Shelf[Any]]:
        """The shelves that somebody looked at; others are as the estate has them."""
        return self._shelves

    def _look_at_all(self) -> None:
        """Fetch what the keeper knows to have changed, before it goes on changing."""
        for place in () if self.keeper is None else self.keeper.places():
            self.read(*place)

    def _capture(self) -> Snapshot:
        for shelf in self._shelves.values():
            shelf.is_shared = True
        return Snapshot(dict(self._shelves), self.mint.state(), self.clock.state(), tuple(self._earlier))

    def _return_to(self, snapshot: Snapshot, state: str) -> None:
        self._written.clear()
        if self.keeper is not None:
            self.keeper.recall(state)
        self._take_over(snapshot)

    def _take_over(self, snapshot: Snapshot) -> None:
        self._shelves = dict(snapshot.shelves)
        self.mint.resume(snapshot.mint)
        self.clock.resume(snapshot.clock)
        self._agenda.look_again()
        self._earlier = list(snapshot.earlier)
        for service in self._versions:
            self._versions[service] += 1


_SNAPSHOT = "snapshot/"


def _state(snapshot: str) -> str:
    return _SNAPSHOT + snapshot


def _is_permission(place: Place) -> bool:
    return place[0].startswith(f"{PERMISSIONS}.")


class Cloud:
    """The root accounts on one server, and whose key is whose."""

    def __init__(
        self,
        *,
        seed: int = 0,
        now: Callable[[], float] = time.time,
        keeper: Callable[[str], Keeper] | None = None,
    ) -> None:
        self.seed = seed
        self.now = now
        """Real time; each world has a clock of its own that starts with it."""
        self.mint = Mint(f"cloud/{seed}")
        self._keeper = keeper
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
            app_id=app_id if app_id is not None else self.mint.app_id(),
            seed=f"{self.seed if seed is None else seed}/{uin}",
            estate=estate,
            now=self.now,
            keeper=None if self._keeper is None else self._keeper(uin),
        )
        self._worlds[uin] = world
        world.begin_here()
        return world

    def take_up(self, world: World, keys: Iterable[AccessKey]) -> None:
        """Let a world be there that was kept; ``keys`` are all that it ever goes back to."""
        self._worlds[world.uin] = world
        for key in keys:
            self._whose[key.secret_id] = world

    def close(self, uin: str) -> None:
        """Forget an account and every key of it."""
        world = self.world(uin)
        if world.keeper is not None:
            world.keeper.forget()
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

    def find_owner(self, secret_id: str) -> World | None:
        """The account that a key was given out by, though it may be gone since."""
        return self._whose.get(secret_id)

    def find_key(self, secret_id: str) -> tuple[World, AccessKey] | None:
        """Whose key this is, and the key itself, be it active or not."""
        world = self._whose.get(secret_id)
        key = world.read("cam.key").get(secret_id) if world is not None else None
        return (world, key) if world is not None and key is not None else None

    def _fresh_uin(self) -> str:
        while (uin := self.mint.uin()) in self._worlds:
            pass
        return uin
