"""Cloud Block Storage: disks from their making to their end, snapshots and the policies that make them."""

from __future__ import annotations

from emulator.services.cbs import attaching, disks, policies, snapshots
from emulator.tables.declare import Service
from emulator.tables.disks import DISK, POLICY, SNAPSHOT

SERVICE = Service(
    name="cbs",
    version="2017-03-12",
    tables=(DISK, SNAPSHOT, POLICY),
    actions=(*disks.ACTIONS, *attaching.ACTIONS, *snapshots.ACTIONS, *policies.ACTIONS),
)
