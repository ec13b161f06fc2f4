"""SSL Certificate Service: certificates uploaded and applied for, issued and expired by the clock."""

from __future__ import annotations

from emulator.services.ssl import applications, certificates, changes, reads, uploads
from emulator.tables.declare import Service

SERVICE = Service(
    name="ssl",
    version="2019-12-05",
    tables=(certificates.CERTIFICATE,),
    actions=(
        *reads.ACTIONS,
        *uploads.ACTIONS,
        *applications.ACTIONS,
        *changes.ACTIONS,
    ),
)
