"""The tables of vpc, and the filters that all of them have."""

from __future__ import annotations

from emulator.tables.declare import Qcs, Table
from emulator.tables.network import INTERFACES

# Assumed: the resource types under which CAM knows these, each read asking about all of its type.
VPC = Table(name="vpc.vpc", item="Vpc", key="VpcId", prefix="vpc", qcs=Qcs("vpc", "vpc"))
SUBNET = Table(name="vpc.subnet", item="Subnet", key="SubnetId", prefix="subnet", qcs=Qcs("vpc", "subnet"))
SECURITY_GROUP = Table(
    name="vpc.securitygroup",
    item="SecurityGroup",
    key="SecurityGroupId",
    prefix="sg",
    qcs=Qcs("vpc", "sg"),
)
ROUTE_TABLE = Table(
    name="vpc.routetable", item="RouteTable", key="RouteTableId", prefix="rtb", qcs=Qcs("vpc", "rtb")
)
NETWORK_ACL = Table(
    name="vpc.networkacl", item="NetworkAcl", key="NetworkAclId", prefix="acl", qcs=Qcs("vpc", "acl")
)
NAT_GATEWAY = Table(
    name="vpc.natgateway", item="NatGateway", key="NatGatewayId", prefix="nat", qcs=Qcs("vpc", "nat")
)
INTERFACE = Table(
    name=INTERFACES,
    item="NetworkInterface",
    key="NetworkInterfaceId",
    prefix="eni",
    qcs=Qcs("vpc", "eni"),
)
# Assumed: templates stand once in the account, for rules of every region.
ADDRESS_TEMPLATE = Table(
    name="vpc.addresstemplate",
    item="AddressTemplate",
    key="AddressTemplateId",
    prefix="ipm",
    home="global",
    qcs=Qcs("vpc", "ipm"),
)
ADDRESS_TEMPLATE_GROUP = Table(
    name="vpc.addresstemplategroup",
    item="AddressTemplateGroup",
    key="AddressTemplateGroupId",
    prefix="ipmg",
    home="global",
    qcs=Qcs("vpc", "ipmg"),
)
SERVICE_TEMPLATE = Table(
    name="vpc.servicetemplate",
    item="ServiceTemplate",
    key="ServiceTemplateId",
    prefix="ppm",
    home="global",
    qcs=Qcs("vpc", "ppm"),
)
SERVICE_TEMPLATE_GROUP = Table(
    name="vpc.servicetemplategroup",
    item="ServiceTemplateGroup",
    key="ServiceTemplateGroupId",
    prefix="ppmg",
    home="global",
    qcs=Qcs("vpc", "ppmg"),
)
# Observed: addresses are asked about in the cvm namespace, as eip/… .
ADDRESS = Table(name="vpc.address", item="Address", key="AddressId", prefix="eip", qcs=Qcs("cvm", "eip"))
# Observed: hosts are asked about with the short region code.
INSTANCE = Table(
    name="cvm.instance",
    item="Instance",
    key="InstanceId",
    prefix="ins",
    qcs=Qcs("cvm", "instance", is_short=True),
)
"""Another product's: what addresses and interfaces are given to."""

TAGS = {"tag-key": "TagSet.Key", "tag-value": "TagSet.Value", "tag:": "TagSet"}
