"""What CAM is asked about calls that name resources in their parameters."""

from __future__ import annotations

from emulator.tables.bind import name_all
from emulator.tables.call import Call
from emulator.tables.declare import Asks, Table


def asking(*about: tuple[Table, str | None]) -> Asks:
    """The question about resources that parameters name by id (one, or a list), each with its table.

    None for the parameter stands for all of the table, as CAM is asked about what is yet to be made. A call
    that names none is asked about at operation level.
    """

    def asks(call: Call) -> tuple[str, ...]:
        names: dict[str, None] = {}
        for table, parameter in about:
            every = name_all(table, region=call.region, owner_uin=call.world.uin)
            if parameter is None:
                names[every] = None
                continue
            given = call.params.get(parameter)
            ids = given if isinstance(given, list) else [given] if given else []
            names.update((every[:-1] + str(each), None) for each in ids)
        return tuple(names) or ("*",)

    return asks
