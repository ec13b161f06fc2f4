"""Cloud Load Balancer: balancers, their listeners, rules, targets and health."""

from __future__ import annotations

from emulator.services.clb import balancers, listeners, parts, rewrites, rules, targets, tasks
from emulator.tables.declare import Service

SERVICE = Service(
    name="clb",
    version="2018-03-17",
    tables=(parts.BALANCER,),
    actions=(
        *balancers.ACTIONS,
        *listeners.ACTIONS,
        *rules.ACTIONS,
        *rewrites.ACTIONS,
        *targets.ACTIONS,
        *tasks.ACTIONS,
    ),
)
