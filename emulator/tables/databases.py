"""What the database products do alike: settings beside instances, security groups, how an instance ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.errors import ApiError, not_emulated
from emulator.tables.call import Call
from emulator.tables.declare import Table
from emulator.tables.writing import Value, change, place
from emulator.world.clock import china_seconds, china_time, months_on
from emulator.world.due import Sequel
from emulator.world.shelves import Row
from emulator.world.world import World

# Assumed: how long the longest of each takes; the products only say that these are asynchronous.
CREATING_SECONDS, ISOLATING_SECONDS, DESTROYING_SECONDS = 180, 30, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How one product keeps its instances."""

    instances: Table
    settings: Table
    """Rows under the same keys, of what an instance is set to: no wire shape of their own."""
    ending: str
    """Names what ``ending`` makes of this kind."""
    groups: str = "SecurityGroupIds"
    """The member of its settings that holds its security groups."""
    parts: tuple[tuple[Table, str], ...] = ()
    """Tables of what belongs to one instance, and the member that names the instance there."""
    blank: Mapping[str, Any] = field(default_factory=dict)
    """The settings that an instance has at first."""


# --- Settings ---------------------------------------------------------------------------------------------


def settings(call: Call, kind: Kind, key: str) -> Value:
    """What an instance is set to; of one that somebody put there bare, nothing is known."""
    row: Row | None = call.world.read(*place(call, kind.settings)).get(key)
    if row is None:
        raise not_emulated(call.action.key, f"nothing is known of the settings of {key}.")
    return row.value


def set_to(call: Call, kind: Kind, key: str, **members: Any) -> None:
    """Set members of an instance's settings, which are the first ones if it has none."""
    shelf = call.world.write(*place(call, kind.settings))
    row: Row = shelf.get(key) or Row({kind.settings.key: key, **kind.blank})
    shelf.put(key, row.having(**members))


# --- Security groups --------------------------------------------------------------------------------------


def known_groups(call: Call, groups: Iterable[str], absent: Callable[[str], ApiError]) -> list[str]:
    """These security groups of the network, each once.

    Raises:
        ApiError: what the product says to one that does not exist.
    """
    every = call.world.read("vpc.securitygroup", call.region)
    found = list(dict.fromkeys(groups))
    for group in found:
        if group not in every:
            raise absent(group)
    return found


def groups_in_project(call: Call) -> list[str]:
    """The security groups of the project that a call names; of the default one if it names none."""
    # Documented: a group's project is a text in the network. Assumed: 0 unless said.
    project = str(call.params.get("ProjectId") or 0)
    rows = call.world.read("vpc.securitygroup", call.region)
    return [row.value["SecurityGroupId"] for row in rows if str(row.value["ProjectId"] or 0) == project]


def groups_of(call: Call, kind: Kind, key: str) -> list[str]:
    """The security groups of an instance."""
    return list(settings(call, kind, key)[kind.groups])


def join_groups(call: Call, kind: Kind, keys: Sequence[str], group: str) -> None:
    """Put instances into a security group; those that are in it stay."""
    for key in dict.fromkeys(keys):
        groups = groups_of(call, kind, key)
        if group not in groups:
            set_to(call, kind, key, **{kind.groups: [*groups, group]})


def leave_group(call: Call, kind: Kind, keys: Sequence[str], group: str) -> None:
    """Take instances out of a security group; those that are not in it stay out."""
    for key in dict.fromkeys(keys):
        kept = [each for each in groups_of(call, kind, key) if each != group]
        set_to(call, kind, key, **{kind.groups: kept})


# --- Orders -----------------------------------------------------------------------------------------------


def deal(call: Call) -> str:
    """The number of an order: the day and fifteen digits."""
    # Observed: such as 20251117217021754844851.
    return china_time(call.now)[:10].replace("-", "") + str(call.world.mint.number(15))


def renewed(call: Call, deadline: str, months: int) -> str:
    """When something ends that is paid for some further months."""
    # Assumed: months count from the end, or from now where there is none or it is past.
    start = max(china_seconds(deadline) or 0, call.now)
    return china_time(months_on(start, months))


# --- The end ----------------------------------------------------------------------------------------------


def ending(kind: Kind) -> Sequel:
    """What else changes when the settings of an instance are gone: its row and its parts go with them."""

    def gone(world: World, region: str, _at: float, settings: Value) -> None:
        key = settings[kind.settings.key]
        world.write(kind.instances.name, region).remove(key)
        for table, member in kind.parts:
            shelf = world.write(table.name, region)
            for name in [name for name, row in shelf.items().items() if row.value[member] == key]:
                shelf.remove(name)

    return gone


def goes(call: Call, kind: Kind, key: str, seconds: float) -> None:
    """Let an instance be gone some time from now; an end that was set before holds no longer."""
    stamp = call.world.mint.uuid()
    set_to(call, kind, key, Leaves=stamp)
    settings = place(call, kind.settings)
    call.world.later(seconds, settings, key, given={"Leaves": stamp}, put=None, then=kind.ending)


def stays(call: Call, kind: Kind, key: str) -> None:
    """Let an instance that was to go stay."""
    set_to(call, kind, key, Leaves="")


def changes(call: Call, kind: Kind, keys: Iterable[str], **members: Any) -> None:
    """Set members of several instances that exist."""
    for key in dict.fromkeys(keys):
        change(call, kind.instances, key, **members)


# --- Requests ---------------------------------------------------------------------------------------------


def numbered_names(name: str, count: int) -> list[str]:
    """Names for instances bought at once: with a number after each if there are several."""
    return [name] if count == 1 else [f"{name}{number}" for number in range(1, count + 1)]


def listed_tags(tags: Iterable[Mapping[str, Any]] | None) -> list[Value]:
    """Tags of a request as rows have them: key and one value."""
    found = {tag["TagKey"]: tag.get("TagValue") or "" for tag in tags or ()}
    return [
        {"TagKey": key, "TagValue": (value or [""])[0] if isinstance(value, list) else value}
        for key, value in found.items()
    ]
