"""Network interfaces: those of their own, and the primary one that comes and goes with each host."""

from __future__ import annotations

from emulator.services.vpc import errors
from emulator.services.vpc.interfaces import attaching, life, listing, private
from emulator.services.vpc.interfaces.attaching import detached
from emulator.services.vpc.tables import INTERFACE, SUBNET, VPC
from emulator.tables.asking import asking
from emulator.tables.declare import Does
from emulator.tables.idempotent import once
from emulator.tables.shared import INSTANCE, SECURITY_GROUP

__all__ = ["ACTIONS", "detached"]

_ONE, _EVERY = asking((INTERFACE, "NetworkInterfaceId")), asking((INTERFACE,))
_WITH_HOST = asking((INTERFACE, "NetworkInterfaceId"), (INSTANCE, "InstanceId"))
_WITH_GROUPS = asking((INTERFACE, "NetworkInterfaceIds"), (SECURITY_GROUP, "SecurityGroupIds"))
ACTIONS = tuple(
    Does(action=action, run=run, home="region", asks=asks)
    for action, run, asks in (
        ("DescribeNetworkInterfaces", listing.describe_network_interfaces, _EVERY),
        ("DescribeNetworkInterfaceLimit", listing.describe_network_interface_limit, _EVERY),
        (
            "CreateNetworkInterface",
            once(errors.TOKENS, life.create_network_interface),
            asking((VPC, "VpcId"), (SUBNET, "SubnetId"), (INTERFACE,)),
        ),
        ("DeleteNetworkInterface", life.delete_network_interface, _ONE),
        ("ModifyNetworkInterfaceAttribute", life.modify_network_interface_attribute, _ONE),
        ("AttachNetworkInterface", once(errors.TOKENS, attaching.attach_network_interface), _WITH_HOST),
        ("DetachNetworkInterface", once(errors.TOKENS, attaching.detach_network_interface), _WITH_HOST),
        ("AssignPrivateIpAddresses", once(errors.TOKENS, private.assign_private_ip_addresses), _ONE),
        ("UnassignPrivateIpAddresses", private.unassign_private_ip_addresses, _ONE),
        ("ModifyPrivateIpAddressesAttribute", private.modify_private_ip_addresses_attribute, _ONE),
        (
            "AssociateNetworkInterfaceSecurityGroups",
            life.associate_network_interface_security_groups,
            _WITH_GROUPS,
        ),
        (
            "DisassociateNetworkInterfaceSecurityGroups",
            life.disassociate_network_interface_security_groups,
            _WITH_GROUPS,
        ),
    )
)
