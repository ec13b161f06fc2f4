"""Tencent Container Registry: registries, and the namespaces and repositories in them."""

from __future__ import annotations

from emulator.services.tcr import reads, registries, spaces
from emulator.tables.declare import Service

SERVICE = Service(
    name="tcr",
    version="2019-09-24",
    tables=(registries.REGISTRY,),
    actions=(*reads.ACTIONS, *registries.ACTIONS, *spaces.ACTIONS),
)
