"""What CAM is asked by actions on resources that their parameters name."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.tables.call import Call
from emulator.tables.declare import Asks


def named(service: str, kind: str, *params: str) -> Asks:
    """Ask about each resource that the parameters name; about all of the kind where they name none."""
    return lambda call: tuple(
        f"qcs::{service}:{call.region}:uin/{call.world.uin}:{kind}/{key}"
        for key in [*keys(call, params)] or ["*"]
    )


def keys(call: Call, params: tuple[str, ...]) -> Iterator[str]:
    """The keys that parameters hold, be each a text or a list of texts."""
    for name in params:
        value = call.params.get(name)
        yield from value if isinstance(value, list) else [value] if value else []


def all_of(*asks: Asks) -> Asks:
    """Ask what each of some asks."""
    return lambda call: tuple(name for each in asks for name in each(call))
