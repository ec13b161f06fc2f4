"""Tag: one store for all products, which is their own rows; and the projects."""

from __future__ import annotations

from emulator.services.tag import projects, reading, writing
from emulator.tables.declare import Service

SERVICE = Service(
    name="tag",
    version="2018-08-13",
    actions=(*writing.ACTIONS, *reading.ACTIONS, *projects.ACTIONS),
)
