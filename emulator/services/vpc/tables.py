"""The tables of vpc, and the filters that all of them have."""

from __future__ import annotations

from emulator.tables.declare import Home, Qcs, Table


def _table(item: str, prefix: str, home: Home = "region") -> Table:
    """A table named after its object, whose key is the object's id."""
    # Assumed: the resource types under which CAM knows these are what their ids begin with, each read asking
    # about all of its type.
    return Table(
        name=f"vpc.{item.lower()}",
        item=item,
        key=f"{item}Id",
        prefix=prefix,
        home=home,
        qcs=Qcs("vpc", prefix),
    )


VPC = _table("Vpc", "vpc")
SUBNET = _table("Subnet", "subnet")
ROUTE_TABLE = _table("RouteTable", "rtb")
NETWORK_ACL = _table("NetworkAcl", "acl")
NAT_GATEWAY = _table("NatGateway", "nat")
INTERFACE = _table("NetworkInterface", "eni")
HAVIP = _table("HaVip", "havip")
# What gateways translate: ports that are forwarded, and sources that go out by some of their addresses.
FORWARDING = Table(name="vpc.natforwarding", item="NatGatewayDestinationIpPortTranslationNatRule", key="")
SOURCE = Table(name="vpc.natsource", item="SourceIpTranslationNatRule", key="NatGatewaySnatId", prefix="snat")
BANDWIDTH_PACKAGE = _table("BandwidthPackage", "bwp")
# Assumed: templates stand once in the account, for rules of every region.
ADDRESS_TEMPLATE = _table("AddressTemplate", "ipm", "global")
ADDRESS_TEMPLATE_GROUP = _table("AddressTemplateGroup", "ipmg", "global")
SERVICE_TEMPLATE = _table("ServiceTemplate", "ppm", "global")
SERVICE_TEMPLATE_GROUP = _table("ServiceTemplateGroup", "ppmg", "global")
# Observed: addresses are asked about in the cvm namespace, as eip/… .
ADDRESS = Table(name="vpc.address", item="Address", key="AddressId", prefix="eip", qcs=Qcs("cvm", "eip"))

TAGS = {"tag-key": "TagSet.Key", "tag-value": "TagSet.Value", "tag:": "TagSet"}
