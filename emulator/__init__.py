"""The emulated Tencent Cloud: a signed, permission-checked, contract-true API 3.0 server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.faults.denials import Denial
    from emulator.faults.fault import Fault
    from emulator.handle import Account, Emulator
    from emulator.policy.decide import Decision
    from emulator.world.world import World

__version__ = "0.3.0"
__all__ = ["Account", "Decision", "Denial", "Emulator", "Fault", "World", "__version__"]

_HOMES = {
    "Account": "emulator.handle",
    "Decision": "emulator.policy.decide",
    "Denial": "emulator.faults.denials",
    "Emulator": "emulator.handle",
    "Fault": "emulator.faults.fault",
    "World": "emulator.world.world",
}


def __getattr__(name: str) -> Any:
    """What users import, loaded when they do: importing the package alone costs nothing."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
