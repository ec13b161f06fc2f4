"""Security Token Service: who am I, and keys that expire."""

from __future__ import annotations

from emulator.services.sts import callers, federation, providers, roles
from emulator.tables.declare import Service

SERVICE = Service(
    name="sts",
    version="2018-08-13",
    actions=(*callers.ACTIONS, *roles.ACTIONS, *providers.ACTIONS, *federation.ACTIONS),
)
