"""TencentDB for Redis: instances, from purchase to end, and what is in and around them."""

from __future__ import annotations

from emulator.services.redis import (
    accounts,
    backups,
    changes,
    flows,
    instances,
    life,
    network,
    purchase,
    reads,
    sold,
)
from emulator.tables.declare import Service

SERVICE = Service(
    name="redis",
    version="2018-04-12",
    tables=(instances.INSTANCE, instances.BACKUP),
    actions=(
        *reads.ACTIONS,
        *sold.ACTIONS,
        *purchase.ACTIONS,
        *life.ACTIONS,
        *changes.ACTIONS,
        *network.ACTIONS,
        *accounts.ACTIONS,
        *backups.ACTIONS,
        *flows.ACTIONS,
    ),
)
