"""Tencent Container Registry: registries, what is in them, and who gets in."""

from __future__ import annotations

from emulator.services.tcr import entries, reads, registries, spaces, tokens
from emulator.tables.declare import Service

SERVICE = Service(
    name="tcr",
    version="2019-09-24",
    tables=(registries.REGISTRY,),
    actions=(
        *reads.ACTIONS,
        *registries.ACTIONS,
        *spaces.ACTIONS,
        *entries.ACTIONS,
        *tokens.ACTIONS,
    ),
)
