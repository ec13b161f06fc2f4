"""What happens in a world by itself, once its clock has come so far.

A change to come is a row like any other, so that snapshots, resets and saved states hold it. What else
follows from it is a *sequel*: the name of a function of a service, or of what services share, which outlives
the process. It sees the world as it is by then, so nothing that comes in between is missed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from emulator.world.shelves import Row

if TYPE_CHECKING:
    from emulator.world.world import Place, World

DUE = "world.due"
"""The table of what is still to happen; see ``World.later``."""
Sequel = Callable[["World", str, float, Mapping[str, Any]], None]
"""What else changes with a row: it is told the world, the region, the moment, and the row as it was."""
_NAME = re.compile(r"(?P<module>(?:services|tables)(?:\.[a-z_]+)+):(?P<function>[a-z_]+)")


class Agenda:
    """The changes that are still to come in one world."""

    __slots__ = ("_is_settling", "_last", "_world", "next")

    def __init__(self, world: World) -> None:
        self._world = world
        self._is_settling = False
        self._last = 0
        self.next: float | None = None
        """When something is due, unless it is being done just now."""

    def look_again(self) -> None:
        """Take account of rows that changed as a whole: the world went back to a state of the past."""
        self.next = None
        waiting = self._world.read(DUE).items()
        self._last = max(waiting, default=0)
        self.next = min((row.value["At"] for row in waiting.values()), default=None)

    def add(
        self,
        moment: float,
        place: Place,
        key: str | int,
        *,
        given: Mapping[str, Any],
        put: Mapping[str, Any] | None,
        then: str,
    ) -> None:
        """Note a change to come; see ``World.at``.

        Raises:
            ValueError: there is no such sequel.
        """
        if then:
            find_sequel(then)
        table, region = place
        due = {
            "At": moment,
            "Table": table,
            "Region": region,
            "Key": key,
            "Given": dict(given),
            "Put": put,
            "Then": then,
        }
        self._last += 1
        self._world.write(DUE).put(self._last, Row(due))
        if not self._is_settling:
            self.next = moment if self.next is None else min(moment, self.next)

    def settle(self) -> None:
        """Do what is due, in the order of time; a sequel may give more to do."""
        now, self._is_settling, self.next = self._world.clock.now(), True, None
        try:
            while ripe := self._ripe(now):
                for number, due in ripe:
                    self._world.write(DUE).remove(number)
                    self._happen(due)
                    if due["Then"]:
                        break
        finally:
            self._is_settling = False
            self.look_again()

    def _ripe(self, now: float) -> list[tuple[int, Mapping[str, Any]]]:
        """What is due by now, the earliest first; sorted() keeps the order of equals."""
        waiting = self._world.read(DUE).items()
        ripe = [(number, row.value) for number, row in waiting.items() if row.value["At"] <= now]
        return sorted(ripe, key=lambda found: found[1]["At"])

    def _happen(self, due: Mapping[str, Any]) -> None:
        world, place, key = self._world, (due["Table"], due["Region"]), due["Key"]
        row = world.read(*place).get(key)
        if row is None or any(row.value.get(name) != value for name, value in due["Given"].items()):
            return
        if due["Put"] is None:
            world.write(*place).remove(key)
        else:
            world.write(*place).put(key, row.having(**due["Put"]))
        if due["Then"]:
            find_sequel(due["Then"])(world, due["Region"], due["At"], row.value)


def find_sequel(name: str) -> Sequel:
    """The sequel of a name, such as ``services.cvm.terminate:gone``.

    Raises:
        ValueError: it names nothing that is a service's, or that services share. A saved state is only text,
            and text shall not choose what is run.
    """
    named = _NAME.fullmatch(name)
    if named is not None:
        with suppress(ModuleNotFoundError, AttributeError):
            found: Sequel = getattr(import_module(f"emulator.{named['module']}"), named["function"])
            return found
    message = f"there is no sequel {name!r}"
    raise ValueError(message)
