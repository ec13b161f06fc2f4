"""Cloud Access Management: who may do what in an account."""

from __future__ import annotations

from emulator.services.cam import (
    access,
    account,
    attachments,
    boundaries,
    groups,
    keys,
    passwords,
    policies,
    providers,
    roles,
    users,
)
from emulator.tables.declare import Service

SERVICE = Service(
    name="cam",
    version="2019-01-16",
    tables=(users.USER, users.COLLABORATOR, users.WECHAT_USER),
    actions=(
        *users.ACTIONS,
        *keys.ACTIONS,
        *policies.ACTIONS,
        *attachments.ACTIONS,
        *groups.ACTIONS,
        *roles.ACTIONS,
        *boundaries.ACTIONS,
        *access.ACTIONS,
        *account.ACTIONS,
        *passwords.ACTIONS,
        *providers.ACTIONS,
    ),
)
