"""Virtual Private Cloud: networks, subnets, what guards them, routes, interfaces and addresses."""

from __future__ import annotations

from emulator.services.vpc import (
    acls,
    addresses,
    groups,
    havips,
    interfaces,
    limits,
    nat,
    networks,
    packages,
    routes,
    rules,
    subnets,
    tables,
    tasks,
    templates,
)
from emulator.tables.declare import Service
from emulator.tables.shared import SECURITY_GROUP

SERVICE = Service(
    name="vpc",
    version="2017-03-12",
    tables=(
        tables.VPC,
        tables.SUBNET,
        SECURITY_GROUP,
        tables.ROUTE_TABLE,
        tables.NETWORK_ACL,
        tables.ADDRESS,
        tables.INTERFACE,
        tables.HAVIP,
        tables.NAT_GATEWAY,
        tables.FORWARDING,
        tables.SOURCE,
        tables.BANDWIDTH_PACKAGE,
        tables.ADDRESS_TEMPLATE,
        tables.ADDRESS_TEMPLATE_GROUP,
        tables.SERVICE_TEMPLATE,
        tables.SERVICE_TEMPLATE_GROUP,
    ),
    actions=(
        *networks.ACTIONS,
        *subnets.ACTIONS,
        *routes.ACTIONS,
        *groups.ACTIONS,
        *rules.ACTIONS,
        *templates.ACTIONS,
        *acls.ACTIONS,
        *addresses.ACTIONS,
        *packages.ACTIONS,
        *interfaces.ACTIONS,
        *havips.ACTIONS,
        *nat.ACTIONS,
        *tasks.ACTIONS,
        *limits.ACTIONS,
    ),
)
