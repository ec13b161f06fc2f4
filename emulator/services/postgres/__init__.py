"""TencentDB for PostgreSQL: instances, from purchase to end, and what is in and around them."""

from __future__ import annotations

from emulator.services.postgres import accounts, backups, instances, life, params, purchase, reads, sold
from emulator.tables.declare import Service

SERVICE = Service(
    name="postgres",
    version="2017-03-12",
    tables=(instances.INSTANCE, instances.BACKUP),
    actions=(
        *reads.ACTIONS,
        *sold.ACTIONS,
        *purchase.ACTIONS,
        *life.ACTIONS,
        *accounts.ACTIONS,
        *backups.ACTIONS,
        *params.ACTIONS,
    ),
)
