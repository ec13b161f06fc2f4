"""How resources come to be, change and go: what every service that writes does alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.contract.catalog import catalog
from emulator.contract.conform import complete
from emulator.errors import ApiError, not_emulated
from emulator.tables.call import Call
from emulator.tables.declare import Table
from emulator.world.shelves import Row
from emulator.world.world import Place

Value = Mapping[str, Any]
"""A resource in wire shape."""


def place(call: Call, table: Table) -> Place:
    """Where the rows of a table stand for a call."""
    return table.name, call.region if table.home == "region" else ""


def refuse(call: Call, *names: str, within: Mapping[str, Any] | None = None, path: str = "") -> None:
    """Say that parameters, or members ``within`` one, are not served, if a call says anything with them."""
    values = call.params if within is None else within
    for name in names:
        if values.get(name) not in (None, "", [], {}, 0, False):
            raise not_emulated(call.action.key, f"its parameter {path}{name} is not served yet.")


def fresh_id(call: Call, table: Table) -> str:
    """A key in the table's form that no row of it has here."""
    shelf = call.world.read(*place(call, table))
    while (key := call.world.mint.resource(table.prefix)) in shelf:
        pass
    return key


def find(call: Call, table: Table, key: str, absent: Callable[[str], ApiError]) -> Value:
    """The resource of a key.

    Raises:
        ApiError: what ``absent`` makes of a key that does not exist.
    """
    row = call.world.read(*place(call, table)).get(key)
    if row is None:
        raise absent(key)
    found: Value = row.value
    return found


def add(call: Call, table: Table, value: Value) -> Value:
    """Put a new resource there; what the contract promises of its kind and was not given is filled in."""
    action = call.action
    whole = complete(catalog().shape(action.service, action.version, table.item), value)
    call.world.write(*place(call, table)).put(whole[table.key], Row(whole))
    return whole


def change(call: Call, table: Table, key: str | int, **members: Any) -> Value:
    """Set members of a resource that exists."""
    shelf = call.world.write(*place(call, table))
    row = shelf.items()[key].having(**members)
    shelf.put(key, row)
    changed: Value = row.value
    return changed


def remove(call: Call, table: Table, key: str | int) -> None:
    """Take a resource away; nothing happens if it is gone already."""
    call.world.write(*place(call, table)).remove(key)


def later(
    call: Call, seconds: float, table: Table, key: str | int, given: Mapping[str, Any], **members: Any
) -> None:
    """Let a resource have other members some time from now, by the world's clock.

    Only if it has the members ``given`` then: a command that came in between has the last word.
    ``seconds`` are multiplied by the setting ``transition_pace``.
    """
    call.world.later(seconds, place(call, table), key, given=given, put=members)


def remove_later(
    call: Call, seconds: float, table: Table, key: str, given: Mapping[str, Any], *, then: str = ""
) -> None:
    """Let a resource be gone some time from now, if it has the members ``given`` then.

    For ``then`` see ``World.later``.
    """
    call.world.later(seconds, place(call, table), key, given=given, put=None, then=then)
