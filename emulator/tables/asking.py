"""What CAM is asked about a call: all resources of a kind, or those that its parameters name."""

from __future__ import annotations

from emulator.tables.call import Call
from emulator.tables.declare import Asks, Table
from emulator.world import regions
from emulator.world.shelves import member_values


def asking(*about: tuple[Table, *tuple[str, ...]]) -> Asks:
    """The question about resources of tables, each with the parameters that name some of it by key.

    A parameter holds one key or a list of them, or is a path to the member that does. A table without any
    stands for all of it, as CAM is asked about what is yet to be made or listed; so do the others where a
    call names nothing at all.
    """

    def asks(call: Call) -> tuple[str, ...]:
        names: dict[str, None] = {}
        for table, *paths in about:
            if not paths:
                names[_all(call, table)] = None
            for path in paths:
                keys = member_values(call.params, path)
                names.update((_one(call, table, key), None) for key in keys if key)
        return tuple(names or dict.fromkeys(_all(call, table) for table, *_ in about))

    return asks


def name_all(table: Table, *, region: str, owner_uin: str) -> str:
    """All resources of a table as CAM names them; ``*`` for those that it is never asked about."""
    # Observed: the wildcard six-segment for list reads of resource-level products.
    qcs = table.qcs
    if qcs is None:
        return "*"
    where = region if table.home == "region" else ""
    if qcs.is_short:
        where = regions.short(where)
    return f"qcs::{qcs.service}:{where}:uin/{owner_uin}:{qcs.type}/*"


def _all(call: Call, table: Table) -> str:
    return name_all(table, region=call.region, owner_uin=call.world.uin)


def _one(call: Call, table: Table, key: object) -> str:
    qcs = table.qcs
    if qcs is None:
        return "*"
    # Observed (StopInstances): the long name of the region, though lists of the same kind have the short one.
    where = call.region if table.home == "region" else ""
    return f"qcs:{_project(call, table, key)}:{qcs.service}:{where}:uin/{call.world.uin}:{qcs.type}/{key}"


def _project(call: Call, table: Table, key: object) -> str:
    # Observed for hosts (StopInstances): the project in the second segment. Assumed: of all actions that name
    # them, and nothing for those that do not exist.
    if table.qcs is None or not table.qcs.project:
        return ""
    row = call.world.read(table.name, call.region).get(key)
    return "" if row is None else f"id/{(member_values(row.value, table.qcs.project) or (0,))[0]}"
