"""TencentDB for MySQL: instances, from purchase to end, and what is in and around them."""

from __future__ import annotations

from emulator.services.cdb import (
    accounts,
    audit,
    backups,
    changes,
    instances,
    life,
    network,
    params,
    purchase,
    reads,
    sold,
    tasks,
)
from emulator.tables.declare import Service

SERVICE = Service(
    name="cdb",
    version="2017-03-20",
    tables=(instances.INSTANCE, instances.BACKUP),
    actions=(
        *reads.ACTIONS,
        *sold.ACTIONS,
        *purchase.ACTIONS,
        *life.ACTIONS,
        *network.ACTIONS,
        *changes.ACTIONS,
        *accounts.ACTIONS,
        *audit.ACTIONS,
        *backups.ACTIONS,
        *params.ACTIONS,
        *tasks.ACTIONS,
    ),
)
