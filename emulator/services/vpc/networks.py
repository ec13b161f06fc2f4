"""VPCs and their further networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any

from emulator.contract.paging import paging
from emulator.errors import missing_parameter
from emulator.services.vpc import errors, limits, params, routes, subnets
from emulator.services.vpc.tables import NETWORK_ACL, ROUTE_TABLE, SUBNET, TAGS, VPC
from emulator.tables import defaults
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Window
from emulator.tables.filters import contains, truth
from emulator.tables.listing import window
from emulator.tables.network import living_in
from emulator.tables.writing import Value, change, refuse, remove
from emulator.world import regions

# Documented: these ranges, and networks of 12 to 28 bits. Assumed: all of 10.0.0.0/8, as the console has it.
RANGES = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
MOST_DNS_SERVERS = 4


def _check_range(name: str, cidr: IPv4Network) -> None:
    if not any(cidr.subnet_of(range_) for range_ in RANGES) or not 12 <= cidr.prefixlen <= 28:
        raise errors.out_of_range(name, "12 to 28 bits within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")


def _dns_servers(call: Call) -> list[str] | None:
    given: list[str] | None = call.params.get("DnsServers")
    if not given:
        return None
    if len(given) > MOST_DNS_SERVERS:
        raise errors.too_many("DnsServers", MOST_DNS_SERVERS)
    for each in given:
        if not params.is_address(each):
            raise errors.malformed("DnsServers", "IP addresses")
    return given


def _check_publishing(call: Call) -> None:
    # Documented: only on application.
    for name in ("EnableRouteVpcPublish", "EnableRouteVpcPublishIpv6", "EnableCdcPublish"):
        if call.params.get(name):
            raise errors.unsupported("WhiteListNotAdd", f"The parameter `{name}` needs an application.")


def create_vpc(call: Call) -> Result:
    """Create a VPC and its main route table."""
    name, tags = params.named(call.params, "VpcName"), params.tags(call)
    if not call.params.get("CidrBlock"):
        refuse(call, "StackType", "Ipv6CidrBlock", "AddressType")
        raise missing_parameter("CidrBlock")
    cidr = params.network("CidrBlock", call.params["CidrBlock"])
    _check_range("CidrBlock", cidr)
    dns = _dns_servers(call)
    is_multicast = params.switch(call.params, "EnableMulticast")
    _check_publishing(call)
    refuse(call, "StackType", "Ipv6CidrBlock", "AddressType")
    limits.reserve(call, VPC, limits.USUAL["appid-max-vpcs"])
    vpc = defaults.put_vpc(
        call.world,
        call.region,
        name,
        str(cidr),
        TagSet=tags,
        EnableMulticast=is_multicast,
        DnsServerSet=list(defaults.DNS_SERVERS) if dns is None else dns,
    )
    if call.params.get("DomainName"):
        vpc = change(call, VPC, vpc["VpcId"], DomainName=call.params["DomainName"])
    return {"Vpc": vpc}


def create_default_vpc(call: Call) -> Result:
    """The default VPC and a default subnet, made if they are not there yet."""
    # Documented: who has nothing but VPCs gets the default one with Force and without.
    zone = call.params.get("Zone") or ""
    if zone:
        params.zone(call, "Zone", zone)
    if defaults.find_default_vpc(call.world, call.region) is None:
        limits.reserve(call, VPC, limits.USUAL["appid-max-vpcs"])
    subnet = defaults.find_default_subnet(call.world, call.region, zone)
    if subnet is None:
        subnet = defaults.default_subnet(call.world, call.region, zone or _any_zone(call))
    vpc = params.existing(call, VPC, subnet["VpcId"])
    return {
        "Vpc": {
            "VpcId": vpc["VpcId"],
            "SubnetId": subnet["SubnetId"],
            "VpcName": vpc["VpcName"],
            "SubnetName": subnet["SubnetName"],
            "CidrBlock": subnet["CidrBlock"],
        }
    }


def _any_zone(call: Call) -> str:
    region = regions.find(call.region)
    # Documented: any zone. Assumed: the first one that is on sale.
    zones = [zone.id for zone in region.zones if zone.is_available] if region is not None else []
    if not zones:
        raise errors.bad_value("Zone", "a zone of the region")
    return zones[0]


def delete_vpc(call: Call) -> Result:
    """Delete a VPC in which nothing is; its route tables and ACLs go with it."""
    # Assumed: that they do.
    vpc = params.given(call, VPC)["VpcId"]
    if call.world.read(SUBNET.name, call.region).index("VpcId").get(vpc):
        raise errors.in_use("VPC", vpc, "subnets")
    for dweller, _ in living_in(call, "vpc", vpc):
        raise errors.in_use("VPC", vpc, f"resources ({dweller.word})")
    for table in (ROUTE_TABLE, NETWORK_ACL):
        for row in list(call.world.read(table.name, call.region).index("VpcId").get(vpc, ())):
            remove(call, table, row.value[table.key])
    remove(call, VPC, vpc)
    return {}


def modify_vpc_attribute(call: Call) -> Result:
    """Change a VPC's name, name servers, domain or multicast."""
    vpc = params.given(call, VPC)
    changes: dict[str, Any] = {}
    if call.params.get("VpcName"):
        changes["VpcName"] = params.text(call.params, "VpcName")
    if call.params.get("EnableMulticast"):
        changes["EnableMulticast"] = params.switch(call.params, "EnableMulticast")
    if (dns := _dns_servers(call)) is not None:
        changes["DnsServerSet"] = dns
    if call.params.get("DomainName") is not None:
        changes["DomainName"] = call.params["DomainName"]
    _check_publishing(call)
    change(call, VPC, vpc["VpcId"], **changes)
    return {}


# --- further networks -------------------------------------------------------------------------------------


def create_assistant_cidr(call: Call) -> Result:
    """Add networks to a VPC."""
    return {"AssistantCidrSet": _modify_assistants(call, call.params["CidrBlocks"], ())}


def delete_assistant_cidr(call: Call) -> Result:
    """Take networks away from a VPC."""
    _modify_assistants(call, (), call.params["CidrBlocks"])
    return {}


def modify_assistant_cidr(call: Call) -> Result:
    """Add networks to a VPC and take others away."""
    new, old = call.params.get("NewCidrBlocks") or (), call.params.get("OldCidrBlocks") or ()
    if not new and not old:
        raise missing_parameter("NewCidrBlocks")
    return {"AssistantCidrSet": _modify_assistants(call, new, old)}


def _modify_assistants(call: Call, new: Sequence[str], old: Sequence[str]) -> Sequence[Value]:
    vpc = params.given(call, VPC)
    before: Sequence[Mapping[str, Any]] = vpc.get("AssistantCidrSet") or ()
    for cidr in old:
        params.network("OldCidrBlocks", cidr)
        if all(each["CidrBlock"] != cidr for each in before):
            raise errors.absent("further network")(cidr)
        for subnet in _subnets_within(call, vpc, IPv4Network(cidr)):
            raise errors.in_use("further network", cidr, f"the subnet {subnet['SubnetId']}")
    kept = [each for each in before if each["CidrBlock"] not in old]
    for cidr in new:
        wanted = params.network("NewCidrBlocks", cidr)
        _check_range("NewCidrBlocks", wanted)
        if any(wanted.overlaps(there) for there in params.networks({**vpc, "AssistantCidrSet": kept})):
            raise errors.duplicate("NewCidrBlocks")
        kept.append({"VpcId": vpc["VpcId"], "CidrBlock": cidr, "AssistantType": 0, "SubnetSet": []})
    limits.check_room("vpc-max-assistant_cidrs", 0, len(kept))
    change(call, VPC, vpc["VpcId"], AssistantCidrSet=kept)
    return [shown_assistant(call, vpc, each) for each in kept if each["CidrBlock"] in new]


def _subnets_within(call: Call, vpc: Value, cidr: IPv4Network) -> list[Value]:
    inside = call.world.read(SUBNET.name, call.region).index("VpcId").get(vpc["VpcId"], ())
    return [row.value for row in inside if IPv4Network(row.value["CidrBlock"]).subnet_of(cidr)]


def shown_assistant(call: Call, vpc: Value, assistant: Value) -> Value:
    """A further network with the subnets in it."""
    inside = _subnets_within(call, vpc, IPv4Network(assistant["CidrBlock"]))
    return {**assistant, "SubnetSet": [subnets.shown_subnet(call, subnet) for subnet in inside]}


def shown_vpc(call: Call, vpc: Value) -> Value:
    """A VPC with the subnets of its further networks."""
    further = vpc.get("AssistantCidrSet")
    if not further:
        return vpc
    return {**vpc, "AssistantCidrSet": [shown_assistant(call, vpc, each) for each in further]}


def describe_assistant_cidr(call: Call) -> Result:
    """The further networks of some VPCs."""
    asked, filters = call.params.get("VpcIds") or [], call.params.get("Filters") or ()
    if asked and filters:
        raise errors.coexist("VpcIds", "Filters")
    for each in filters:
        # Documented: this filter only.
        if each["Name"] != "vpc-id":
            raise errors.MANNERS.unknown_filter(each["Name"])
        asked = [*asked, *each["Values"]]
    shelf = call.world.read(VPC.name, call.region)
    rows = [row for row in map(shelf.get, dict.fromkeys(asked)) if row] if asked or filters else list(shelf)
    found = [(row.value, each) for row in rows for each in row.value.get("AssistantCidrSet") or ()]
    start, limit = window(call.params, paging(call.action), Window(), errors.MANNERS)
    page = found[start : None if limit is None else start + limit]
    return {
        "AssistantCidrSet": [shown_assistant(call, vpc, each) for vpc, each in page],
        "TotalCount": len(found),
    }


def check_assistant_cidr(call: Call) -> Result:
    """What further networks would collide with: the VPC's networks and the destinations of its routes."""
    # Assumed: how a collision is written; there are no peers to collide with.
    vpc = params.given(call, VPC)
    new, old = call.params.get("NewCidrBlocks") or (), call.params.get("OldCidrBlocks") or ()
    if not new and not old:
        raise missing_parameter("NewCidrBlocks")
    found = []
    for cidr in new:
        wanted = params.network("NewCidrBlocks", cidr)
        inside = [
            str(each) for each in params.networks(vpc) if wanted.overlaps(each) and str(each) not in old
        ]
        found += [_conflict(vpc["VpcId"], cidr, each, vpc["VpcId"]) for each in inside]
        found += [
            _conflict(table["RouteTableId"], cidr, route["DestinationCidrBlock"], route["RouteItemId"])
            for table, route in routes.of_vpc(call, vpc["VpcId"])
            if routes.is_destination(wanted, route)
        ]
    return {"ConflictSourceSet": found}


def _conflict(source: str, cidr: str, other: str, key: str) -> Value:
    return {
        "ConflictSourceId": source,
        "SourceItem": cidr,
        "ConflictItemSet": [{"DestinationItem": other, "ConflictId": key}],
    }


_ONE = asking((VPC, "VpcId"))
ACTIONS = (
    Lists(
        action="DescribeVpcs",
        of=VPC,
        ids="VpcIds",
        filters={
            "vpc-name": contains("VpcName"),
            "is-default": truth("IsDefault"),
            "vpc-id": "VpcId",
            "cidr-block": "CidrBlock",
            "ipv6-cidr-block": "Ipv6CidrBlock",
            **TAGS,
        },
        shown=shown_vpc,
        manners=errors.MANNERS,
    ),
    Does(action="CreateVpc", run=create_vpc, home="region", asks=asking((VPC,))),
    Does(action="CreateDefaultVpc", run=create_default_vpc, home="region", asks=asking((VPC,))),
    Does(action="DeleteVpc", run=delete_vpc, home="region", asks=_ONE),
    Does(action="ModifyVpcAttribute", run=modify_vpc_attribute, home="region", asks=_ONE),
    Does(action="CreateAssistantCidr", run=create_assistant_cidr, home="region", asks=_ONE),
    Does(action="DeleteAssistantCidr", run=delete_assistant_cidr, home="region", asks=_ONE),
    Does(action="ModifyAssistantCidr", run=modify_assistant_cidr, home="region", asks=_ONE),
    Does(action="CheckAssistantCidr", run=check_assistant_cidr, home="region", asks=_ONE),
    Does(
        action="DescribeAssistantCidr",
        run=describe_assistant_cidr,
        home="region",
        asks=asking((VPC, "VpcIds")),
    ),
)
