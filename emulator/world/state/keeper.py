"""What one world writes into a state file, and how it is found there again."""

from __future__ import annotations

import operator
import struct
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from emulator.errors import NotKept
from emulator.world.mint import Mint
from emulator.world.shelves import Change, Shelf
from emulator.world.state import codec
from emulator.world.state.file import StateFile
from emulator.world.world import NOW, Earlier, Estate, Place, World

_EARLIER, _PAST = "earlier/", "past/"
"""States of permissions that are in force still, by their time, and those that faults show, by their ids."""
_MINT = struct.Struct("<625I")
Stand = tuple[tuple[object, ...], tuple[float | None, float]]
"""Where a mint and a clock stand."""


class Keeper:
    """Keeps one world, in every state that it can go back to."""

    def __init__(self, file: StateFile, uin: str) -> None:
        self._file = file
        self._uin = uin
        self._places: dict[tuple[str, str], int] = {}
        self._clock: tuple[float | None, float] | None = None
        self._earlier: tuple[Earlier, ...] = ()
        self.is_touched = False
        """Whether rows changed that have to be on disk before the answer leaves."""

    # --- what a world asks -------------------------------------------------------------------------------

    def touch(self) -> None:
        """Note that rows changed."""
        self.is_touched = True

    def changes(self, table: str, region: str, state: str = NOW) -> list[Change[Any]]:
        """What became of the rows at a place since the world's first day, in the order of their numbers."""
        file, seal_place = self._file, self._seal_place(table, region)
        found = file.read(
            "SELECT row.name, value FROM place JOIN row ON row.place = place.id "
            "WHERE uin = ? AND state = ? AND place.name = ? AND region = ? ORDER BY number",
            *(self._uin, state, table, region),
        )
        what = f"a row of {_called(table, region)}"
        return [self._decoded(file.unsealed(value, seal_place + name, what), what) for name, value in found]

    def regions(self, table: str) -> list[str]:
        """The regions in which rows of a table changed."""
        asked = "SELECT region FROM place WHERE uin = ? AND state = ? AND name = ?"
        return [region for (region,) in self._file.read(asked, self._uin, NOW, table)]

    def places(self, state: str = NOW) -> list[Place]:
        """Every place at which rows changed."""
        asked = "SELECT name, region FROM place WHERE uin = ? AND state = ?"
        return [(name, region) for name, region in self._file.read(asked, self._uin, state)]

    def remember(self, world: World, state: str) -> None:
        """Let a state of the past be as the present is."""
        self.write(world)
        self._drop(state)
        self._copy(NOW, state)

    def recall(self, state: str) -> None:
        """Let the present be as a state of the past was."""
        self._places.clear()
        self._drop(NOW)
        self._copy(state, NOW)
        self.touch()

    def forget_snapshots(self) -> None:
        """Forget every state of the past but the beginning."""
        known = "SELECT state FROM world WHERE uin = ? AND state LIKE 'snapshot/%'"
        for (state,) in self._file.read(known, self._uin):
            self._drop(state)

    def forget(self) -> None:
        """Forget the world."""
        for (state,) in self._file.read("SELECT state FROM world WHERE uin = ?", self._uin):
            self._drop(state)
        self._file.execute("DELETE FROM account WHERE uin = ?", self._uin)

    # --- writing -----------------------------------------------------------------------------------------

    def has_moved(self, world: World) -> bool:
        """Whether the world's clock or mint do not stand where they did when they were kept."""
        return (
            world.mint.has_moved
            or world.clock.state() != self._clock
            or not _are_same(world.earlier, self._earlier)
        )

    def write(self, world: World) -> None:
        """Write what changed in a world since it was last written.

        Raises:
            NotKept: a row is of a kind that cannot be kept.
        """
        for (table, region), changes in world.take_changes():
            try:
                self._write_rows(table, region, changes)
            except TypeError as reason:
                raise self._file.fail(TypeError(f"{_called(table, region)}: {reason}")) from reason
        if world.mint.has_moved or world.clock.state() != self._clock:
            self._write_stand(world)
        if not _are_same(world.earlier, self._earlier):
            self._write_earlier(world.earlier)
        self.is_touched = False

    def _write_earlier(self, earlier: tuple[Earlier, ...]) -> None:
        known = {id(each) for each in self._earlier}
        for each in self._earlier:
            if not any(each is other for other in earlier):
                self._drop(_EARLIER + repr(each.until))
        for each in earlier:
            if id(each) not in known:
                self._write_state(_EARLIER + repr(each.until), b"", each.shelves)
        self._earlier = earlier

    def keep_pasts(self, pasts: Mapping[str, World]) -> None:
        """Keep the pasts that faults show, by the faults' ids, and no others."""
        kept = set(self._states(_PAST))
        for name in kept - {_PAST + rule_id for rule_id in pasts}:
            self._drop(name)
        for rule_id, world in pasts.items():
            if _PAST + rule_id not in kept:
                now = orjson.dumps(world.clock.now())
                self._write_state(_PAST + rule_id, now, world.shelves_by_place)

    def _write_state(self, state: str, body: bytes, shelves: Mapping[Place, Shelf[Any]]) -> None:
        self._drop(state)
        sealed = self._file.seal.close(body, self._uin.encode())
        self._file.execute("INSERT INTO world VALUES (?, ?, ?)", self._uin, state, sealed)
        for (table, region), shelf in shelves.items():
            changes = {change[0]: change for change in shelf.changes()}
            if changes:
                self._write_rows(table, region, changes, state)

    def _states(self, prefix: str) -> list[str]:
        asked = "SELECT state FROM world WHERE uin = ? AND state LIKE ?"
        return [state for (state,) in self._file.read(asked, self._uin, prefix + "%")]

    def _write_rows(
        self, table: str, region: str, changes: Mapping[Any, Change[Any] | None], state: str = NOW
    ) -> None:
        place = self._place(table, region) if state == NOW else self._new_place(table, region, state)
        seal, seal_place = self._file.seal, self._seal_place(table, region)
        put, gone = [], []
        for key, change in changes.items():
            name = seal.name(codec.encode_key(key))
            if change is None:
                gone.append((place, name))
            else:
                put.append((place, name, change[1], seal.close(codec.encode(change), seal_place + name)))
        if put:
            self._file.execute_all("INSERT OR REPLACE INTO row VALUES (?, ?, ?, ?)", put)
        if gone:
            self._file.execute_all("DELETE FROM row WHERE place = ? AND name = ?", gone)

    def _write_stand(self, world: World) -> None:
        self._clock = world.clock.state()
        stand = orjson.dumps(self._clock) + b"\n" + pack(world.mint)
        sealed = self._file.seal.close(stand, self._uin.encode())
        self._file.execute("INSERT OR REPLACE INTO world VALUES (?, ?, ?)", self._uin, NOW, sealed)
        world.mint.has_moved = False

    def _place(self, table: str, region: str) -> int:
        found = self._places.get((table, region))
        if found is None:
            found = self._places[table, region] = self._new_place(table, region, NOW)
        return found

    def _new_place(self, table: str, region: str, state: str) -> int:
        where = (self._uin, state, table, region)
        self._file.execute(
            "INSERT OR IGNORE INTO place (uin, state, name, region) VALUES (?, ?, ?, ?)", *where
        )
        asked = "SELECT id FROM place WHERE uin = ? AND state = ? AND name = ? AND region = ?"
        ((found,),) = self._file.read(asked, *where)
        return int(found)

    def _seal_place(self, table: str, region: str) -> bytes:
        return f"{self._uin}/{table}/{region}/".encode()

    # --- states of the past ------------------------------------------------------------------------------

    def _drop(self, state: str) -> None:
        where = (self._uin, state)
        self._file.execute(
            "DELETE FROM row WHERE place IN (SELECT id FROM place WHERE uin = ? AND state = ?)", *where
        )
        self._file.execute("DELETE FROM place WHERE uin = ? AND state = ?", *where)
        self._file.execute("DELETE FROM world WHERE uin = ? AND state = ?", *where)

    def _copy(self, source: str, target: str) -> None:
        uin = self._uin
        self._file.execute(
            "INSERT INTO world SELECT uin, ?, body FROM world WHERE uin = ? AND state = ?",
            *(target, uin, source),
        )
        self._file.execute(
            "INSERT INTO place (uin, state, name, region) "
            "SELECT uin, ?, name, region FROM place WHERE uin = ? AND state = ?",
            *(target, uin, source),
        )
        self._file.execute(
            "INSERT INTO row SELECT new.id, row.name, row.number, row.value FROM row "
            "JOIN place AS old ON old.id = row.place "
            "JOIN place AS new ON new.uin = old.uin AND new.name = old.name AND new.region = old.region "
            "WHERE old.uin = ? AND old.state = ? AND new.state = ?",
            *(uin, source, target),
        )

    # --- reading -----------------------------------------------------------------------------------------

    def stands(self) -> dict[str, Stand]:
        """Where mint and clock stood in each state that a world can go back to."""
        found = {}
        for state, sealed in self._file.read("SELECT state, body FROM world WHERE uin = ?", self._uin):
            if state.startswith((_EARLIER, _PAST)):
                continue
            data = self._file.unsealed(sealed, self._uin.encode(), f"account {self._uin}")
            clock, _, mint = data.partition(b"\n")
            frozen, offset = orjson.loads(clock)
            found[state] = unpack(mint), (frozen, offset)
        self._clock = found[NOW][1]
        return found

    def earlier(self, estate: Estate) -> list[tuple[float, dict[Place, Shelf[Any]]]]:
        """The permissions that are in force still, and until when each was what there is."""
        times = sorted(float(state.removeprefix(_EARLIER)) for state in self._states(_EARLIER))
        return [(until, self._shelves(_EARLIER + repr(until), estate)) for until in times]

    def took_over(self, world: World) -> None:
        """Note that a world has taken over what there is here."""
        self._earlier = world.earlier
        self.is_touched = False

    def past(self, rule_id: str, world: World) -> World | None:
        """The past that a fault shows; None if it shows none."""
        state = _PAST + rule_id
        for (sealed,) in self._file.read(
            "SELECT body FROM world WHERE uin = ? AND state = ?", self._uin, state
        ):
            now = self._file.unsealed(sealed, self._uin.encode(), f"the past of {rule_id}")
            return world.as_it_was(orjson.loads(now), self._shelves(state, world.estate))
        return None

    def _shelves(self, state: str, estate: Estate) -> dict[Place, Shelf[Any]]:
        found: dict[Place, Shelf[Any]] = {}
        for table, region in self.places(state):
            base = estate.shelf(table, region)
            shelf: Shelf[Any] = Shelf() if base is None else base.copy()
            shelf.resume(self.changes(table, region, state))
            shelf.is_shared = True
            found[table, region] = shelf
        return found

    def in_any_state(self, table: str) -> Iterable[Change[Any]]:
        """What a table that stands once in the account holds in any state, the present last."""
        seal_place = self._seal_place(table, "")
        found = self._file.read(
            "SELECT row.name, value FROM place JOIN row ON row.place = place.id "
            "WHERE uin = ? AND place.name = ? AND region = '' ORDER BY state = ?, state, number",
            *(self._uin, table, NOW),
        )
        for name, value in found:
            yield self._decoded(self._file.unsealed(value, seal_place + name, f"a row of {table}"), table)

    def _decoded(self, data: bytes, what: str) -> Change[Any]:
        try:
            return codec.decode(data)
        except ValueError as reason:
            raise NotKept(f"{self._file.path} cannot be read: {what} {reason}") from reason


def _are_same(one: tuple[Earlier, ...], other: tuple[Earlier, ...]) -> bool:
    return len(one) == len(other) and all(map(operator.is_, one, other))


def _called(table: str, region: str) -> str:
    return f"{table} in {region}" if region else table


def pack(mint: Mint) -> bytes:
    """Where a mint stands."""
    version, numbers, gauss = mint.state()
    assert isinstance(numbers, tuple)  # noqa: S101  # what Random.getstate gives
    return orjson.dumps([version, gauss]) + b"\n" + _MINT.pack(*numbers)


def unpack(data: bytes) -> tuple[object, ...]:
    """What a mint resumes."""
    head, _, numbers = data.partition(b"\n")
    version, gauss = orjson.loads(head)
    return version, _MINT.unpack(numbers), gauss
