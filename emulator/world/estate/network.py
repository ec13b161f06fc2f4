"""The vpc tables of an estate: networks, what guards them, and elastic addresses."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping
from typing import NamedTuple

from emulator.world.estate import draw
from emulator.world.estate.drawn import Draw, Drawn, one
from emulator.world.estate.hosts import bandwidth
from emulator.world.estate.site import SUBNET_HOSTS, Host, Site, Subnet, Value, Vpc, china, utc
from emulator.world.interfaces import interface_of
from emulator.world.shelves import Row, Shelf


def vpcs(site: Site) -> Shelf[Row]:
    """``vpc.vpc``."""
    return Shelf({vpc.id: Row(_vpc(site, vpc)) for vpc in site.vpcs})


def _vpc(site: Site, vpc: Vpc) -> Value:
    chance = site.chance("vpc", vpc.number)
    return {
        "VpcName": "Default-VPC" if vpc.is_default else site.words.thing(chance, "vpc"),
        "VpcId": vpc.id,
        "CidrBlock": f"{vpc.octets}.0.0/16",
        "IsDefault": vpc.is_default,
        "EnableMulticast": False,
        "CreatedTime": china(chance >> 20),
        # Documented: the default name servers.
        "DnsServerSet": ["183.60.83.19", "183.60.82.98"],
        "DomainName": "",
        "DhcpOptionsId": "",
        "EnableDhcp": True,
        "Ipv6CidrBlock": "",
        "TagSet": [] if vpc.is_default else site.words.tags(chance),
        "AssistantCidrSet": [],
        "EnableRouteVpcPublish": False,
        "Ipv6CidrBlockSet": [],
    }


def subnets(site: Site) -> Shelf[Row]:
    """``vpc.subnet``."""
    return Shelf({subnet.id: Row(_subnet(site, subnet)) for subnet in site.subnets})


def _subnet(site: Site, subnet: Subnet) -> Value:
    chance = site.chance("subnet name", subnet.number)
    return {
        "VpcId": subnet.vpc.id,
        "SubnetId": subnet.id,
        "SubnetName": "Default-Subnet" if subnet.is_default else site.words.thing(chance, "subnet"),
        "CidrBlock": f"{subnet.vpc.octets}.{subnet.place * 16}.0/20",
        "IsDefault": subnet.is_default,
        "EnableBroadcast": False,
        "Zone": subnet.zone,
        "RouteTableId": _route_table_of(site, subnet),
        "CreatedTime": china(site.chance("vpc", subnet.vpc.number) >> 20),
        "Ipv6CidrBlock": "",
        "NetworkAclId": subnet.acl,
        "IsRemoteVpcSnat": False,
        "TotalIpAddressCount": SUBNET_HOSTS,
        "TagSet": site.words.tags(chance),
        "CdcId": "",
        "IsCdcSubnet": 0,
    }


def network_acls(site: Site) -> Shelf[Row]:
    """``vpc.networkacl``: one for most VPCs, with the subnets that it guards."""
    return Shelf({vpc.acl: Row(_network_acl(site, vpc)) for vpc in site.vpcs if vpc.acl})


def _network_acl(site: Site, vpc: Vpc) -> Value:
    chance = site.chance("acl rules", vpc.number)
    time = china(chance >> 20)
    inside = ("TCP", "22,80,443", f"{vpc.octets}.0.0/16")
    entries = (
        [("ALL", "", "0.0.0.0/0")]
        if site.is_risky("open_network_acl", chance)
        else [inside, ("TCP", "443", "0.0.0.0/0")]
    )
    return {
        "VpcId": vpc.id,
        "NetworkAclId": vpc.acl,
        "NetworkAclName": site.words.thing(chance, "acl"),
        "CreatedTime": time,
        "SubnetSet": [],
        "IngressEntries": [_entry(site, vpc, at, entry, time) for at, entry in enumerate(entries)],
        "EgressEntries": [_entry(site, vpc, 9, ("ALL", "", "0.0.0.0/0"), time)],
        "NetworkAclType": "TRIPLE",
        "TagSet": site.words.tags(chance),
    }


def _entry(site: Site, vpc: Vpc, place: int, entry: tuple[str, str, str], time: str) -> Value:
    protocol, port, source = entry
    return {
        "Protocol": protocol,
        "Port": port,
        "CidrBlock": source,
        "Ipv6CidrBlock": "",
        "Action": "ACCEPT",
        "Description": "",
        "ModifyTime": time,
        "Priority": 1 if place == 9 else place + 1,
        "NetworkAclIpv4EntryId": site.id("acli4", vpc.number * 10 + place),
        "NetworkAclIpv6EntryId": "",
    }


def _has_second_table(site: Site, vpc: Vpc) -> bool:
    return not vpc.is_default and site.chance("rtb", vpc.number) & 1 == 0


def _route_table_of(site: Site, subnet: Subnet) -> str:
    """The VPC's main table, or its second one for every third subnet."""
    if subnet.place % 3 == 2 and _has_second_table(site, subnet.vpc):
        return site.id("rtb", subnet.vpc.number * 2 + 1)
    return subnet.vpc.route_table


def route_tables(site: Site) -> Shelf[Row]:
    """``vpc.routetable``: a main one for each VPC, and a second one for some."""
    rows = [_route_table(site, vpc, vpc.route_table, True) for vpc in site.vpcs]
    rows += [
        _route_table(site, vpc, site.id("rtb", vpc.number * 2 + 1), False)
        for vpc in site.vpcs
        if _has_second_table(site, vpc)
    ]
    return Shelf({row["RouteTableId"]: Row(row) for row in rows})


def _route_table(site: Site, vpc: Vpc, table: str, is_main: bool) -> Value:
    chance = site.chance("rtb name", vpc.number * 2 + (not is_main))
    cidr = f"{vpc.octets}.0.0/16"
    return {
        "VpcId": vpc.id,
        "RouteTableId": table,
        "RouteTableName": "default" if is_main else site.words.thing(chance, "routes"),
        # Subnets name the tables and ACLs that they follow; these show them when they are read.
        "AssociationSet": [],
        "RouteSet": [] if is_main else [_route(site, vpc, table, china(chance >> 20))],
        "Main": is_main,
        "CreatedTime": china(chance >> 20),
        "TagSet": [],
        "LocalCidrForCcn": [{"Cidr": cidr, "PublishedToVbc": False}],
    }


def _route(site: Site, vpc: Vpc, table: str, time: str) -> Value:
    """The way out through a host's own public address, which needs no gateway that would have to exist."""
    return {
        "DestinationCidrBlock": "0.0.0.0/0",
        "GatewayType": "EIP",
        # Documented: 0 for this type.
        "GatewayId": "0",
        "RouteId": 10_000 + site.number(vpc.number) % 1_000_000,
        "RouteDescription": "",
        "Enabled": True,
        "RouteType": "USER",
        "RouteTableId": table,
        "DestinationIpv6CidrBlock": "",
        "RouteItemId": site.id("rti", vpc.number),
        "PublishedToVbc": False,
        "CreatedTime": time,
    }


# --- security groups -------------------------------------------------------------------------------------


class _Rule(NamedTuple):
    """A rule of a security group: ``source`` a CIDR, or ``sg`` for some other group."""

    action: str
    protocol: str
    port: str
    source: str
    note: str = ""


_ANY, _ANY6 = "0.0.0.0/0", "::/0"
# Assumed: every port is ALL, in capitals, as the client that is tested on recorded answers reads it (c7n).
_OUT = _Rule("ACCEPT", "ALL", "ALL", _ANY)
_TIGHT = (
    (_Rule("ACCEPT", "TCP", "80,443", _ANY, "web"), _Rule("ACCEPT", "TCP", "22", "10.0.0.0/8", "office")),
    (_Rule("ACCEPT", "ALL", "ALL", "10.0.0.0/8"), _Rule("ACCEPT", "ALL", "ALL", "172.16.0.0/12")),
    (_Rule("ACCEPT", "TCP", "443", _ANY, "https"), _Rule("ACCEPT", "TCP", "443", _ANY6, "https v6")),
    (_Rule("ACCEPT", "TCP", "3306", "sg", "数据库只给应用"), _Rule("DROP", "ALL", "ALL", _ANY)),
    # First match wins: the open door behind the closed one is no risk.
    (_Rule("DROP", "TCP", "22", _ANY), _Rule("ACCEPT", "TCP", "1-1024", "10.0.0.0/8")),
    (),
)
_RISKY = (
    (_Rule("ACCEPT", "ALL", "ALL", _ANY, "放通全部端口"),),
    (_Rule("ACCEPT", "TCP", "22", _ANY), _Rule("ACCEPT", "TCP", "80,443", _ANY)),
    (_Rule("ACCEPT", "TCP", "3389", _ANY, "远程桌面"), _Rule("ACCEPT", "ICMP", "ALL", _ANY)),
    (_Rule("ACCEPT", "TCP", "3306,6379,9200,27017", _ANY, "debug"),),
    (_Rule("ACCEPT", "ALL", "ALL", _ANY6),),
    (_Rule("DROP", "TCP", "3389", _ANY), _Rule("ACCEPT", "TCP", "1-65535", _ANY)),
)


def security_groups(site: Site) -> Shelf[Row]:
    """``vpc.securitygroup``."""
    return Shelf({group: Row(_group(site, at, group)) for at, group in enumerate(site.group_ids)})


def _group(site: Site, place: int, group: str) -> Value:
    chance = site.chance("sg name", place)
    time = china(chance >> 20)
    return {
        "SecurityGroupId": group,
        "SecurityGroupName": "default" if place == 0 else site.words.thing(chance, "sg"),
        # Assumed: how the default group is described.
        "SecurityGroupDesc": "System created security group" if place == 0 else "",
        "ProjectId": "0",
        "IsDefault": place == 0,
        "CreatedTime": time,
        "TagSet": site.words.tags(chance),
        "UpdateTime": time,
    }


def security_group_policies(site: Site) -> Shelf[Row]:
    """``vpc.securitygrouppolicy``: the rules of each group, under the group's id."""
    return Shelf({group: Row(_policies(site, at, group)) for at, group in enumerate(site.group_ids)})


def _policies(site: Site, place: int, group: str) -> Value:
    chance = site.chance("sg rules", place)
    time = china(site.chance("sg name", place) >> 20)
    rules = draw.pick(_RISKY if site.is_risky("open_security_group", chance) else _TIGHT, chance >> 16)
    return {
        "SecurityGroupId": group,
        "SecurityGroupPolicySet": {
            "Version": str((chance >> 24) % 20 + len(rules)),
            "Egress": [_policy(site, place, 0, _OUT, time)],
            "Ingress": [_policy(site, place, index, rule, time) for index, rule in enumerate(rules)],
            "PolicyStatistics": {
                "IngressIPv4TotalCount": sum(rule.source != _ANY6 for rule in rules),
                "IngressIPv6TotalCount": sum(rule.source == _ANY6 for rule in rules),
                "EgressIPv4TotalCount": 1,
                "EgressIPv6TotalCount": 0,
            },
        },
    }


def _policy(site: Site, place: int, index: int, rule: _Rule, time: str) -> Value:
    return {
        "PolicyIndex": index,
        "Protocol": rule.protocol,
        "Port": rule.port,
        "ServiceTemplate": {"ServiceId": "", "ServiceGroupId": ""},
        "CidrBlock": "" if rule.source in {"sg", _ANY6} else rule.source,
        "Ipv6CidrBlock": rule.source if rule.source == _ANY6 else "",
        "SecurityGroupId": site.group_ids[place - 1] if rule.source == "sg" else "",
        "AddressTemplate": {"AddressId": "", "AddressGroupId": ""},
        "Action": rule.action,
        "PolicyDescription": rule.note,
        "ModifyTime": time,
    }


# --- elastic addresses -----------------------------------------------------------------------------------


def addresses(site: Site) -> Shelf[Row]:
    """``vpc.address``: those of hosts, then those that nothing uses.

    A host's ordinary public address comes and goes with the host and is none of these.
    """
    made = _Addresses(site)
    return Shelf(
        Drawn(
            made.used + site.loose_addresses,
            made.key,
            made.make,
            place=made.place,
            draws=made.draws(),
            finds={
                "AddressId": lambda key: one(made.place(key)),
                "AddressIp": made.reached_at,
                "InstanceId": lambda key: made.of_host(site.place("ins", key)),
            },
        )
    )


class _Addresses:
    """Makes the elastic addresses of a site, by their place among all."""

    __slots__ = ("_hosts", "_site", "used")

    def __init__(self, site: Site) -> None:
        self._site = site
        self._hosts = array("I", filter(site.has_elastic, range(site.hosts)))
        self.used = len(self._hosts)
        """How many hosts have one."""

    def make(self, at: int) -> Value:
        """The address at a place, in wire shape."""
        site = self._site
        if at < self.used:
            return _used_address(site, site.host(self._hosts[at]))
        return _loose_address(site, at - self.used)

    def key(self, at: int) -> str:
        """The AddressId at a place."""
        return self._site.id("eip", self._hosts[at] if at < self.used else _LOOSE | at - self.used)

    def place(self, key: str) -> int | None:
        """The place of the address that alone can have this id."""
        found = self._site.place("eip", key)
        if found is not None and found & _LOOSE:
            return self.used + (found ^ _LOOSE)
        return next(iter(self.of_host(found)), None)

    def of_host(self, host: int | None) -> tuple[int, ...]:
        """The place of the address that the host at a place has."""
        at = self.used if host is None else bisect_left(self._hosts, host)
        return (at,) if at < self.used and self._hosts[at] == host else ()

    def reached_at(self, address: str) -> tuple[int, ...]:
        """The places of what alone can have a public address."""
        site, number = self._site, self._site.reached_at(address)
        if number is None:
            return ()
        loose = draw.part_of_public(_loose_number(site, 0) - number)
        return *self.of_host(number - site.plan.before), self.used + loose

    def _tagging(self, at: int) -> int:
        site = self._site
        if at < self.used:
            return _tagging(site.chance_of(self._hosts[at]))
        return _loose_chance(site, at - self.used)

    def draws(self) -> Mapping[str, Draw]:
        """Members by themselves, as ``make`` makes them."""
        site, hosts, used, words = self._site, self._hosts, self.used, self._site.words
        return {
            "AddressId": self.key,
            "AddressIp": lambda at: (
                site.public_address_of(hosts[at])
                if at < used
                else site.public_address(_loose_number(site, at - used))
            ),
            "AddressStatus": lambda at: "BIND" if at < used else "UNBIND",
            "InstanceId": lambda at: site.host_id(hosts[at]) if at < used else None,
            "PrivateAddressIp": lambda at: site.seat(hosts[at])[1] if at < used else "",
            "TagSet.Key": lambda at: words.tag_keys(self._tagging(at)),
            "TagSet[]": lambda at: words.tag_list(self._tagging(at)),
        }


_LOOSE = 1 << 23
"""What tells the places of addresses that nothing uses from those of hosts."""


def _loose_number(site: Site, place: int) -> int:
    return -1 - site.plan.before // 100 - site.plan.ordinal - place


def _loose_chance(site: Site, place: int) -> int:
    return site.chance("loose eip", place)


def _tagging(chance: int) -> int:
    """What of a host's chance decides the tags of its address."""
    return chance >> 3


def _used_address(site: Site, host: Host) -> Value:
    return {
        **_EVERY_ADDRESS,
        "AddressId": host.eip,
        "AddressName": site.words.thing(host.details >> 6, "eip"),
        "AddressStatus": "BIND",
        "AddressIp": host.public_address,
        "InstanceId": host.id,
        "CreatedTime": utc(host.details >> 20),
        "PrivateAddressIp": host.address,
        "Bandwidth": bandwidth(host),
        "InternetChargeType": "TRAFFIC_POSTPAID_BY_HOUR",
        "TagSet": site.words.tags(_tagging(host.chance)),
        "InstanceType": "CVM",
        "NetworkInterfaceId": interface_of(host.id),
    }


def _loose_address(site: Site, place: int) -> Value:
    chance = _loose_chance(site, place)
    return {
        **_EVERY_ADDRESS,
        "AddressId": site.id("eip", _LOOSE | place),
        "AddressName": site.words.thing(chance, "eip"),
        "AddressStatus": "UNBIND",
        "AddressIp": site.public_address(_loose_number(site, place)),
        # Observed: null.
        "InstanceId": None,
        "CreatedTime": utc(chance >> 20),
        "PrivateAddressIp": "",
        "Bandwidth": 1,
        "InternetChargeType": "TRAFFIC_POSTPAID_BY_HOUR",
        "TagSet": site.words.tags(chance),
        "InstanceType": None,
    }


_EVERY_ADDRESS: Value = {
    "NetworkInterfaceId": "",
    "IsArrears": False,
    "IsBlocked": False,
    "IsEipDirectConnection": False,
    "AddressType": "EIP",
    "CascadeRelease": False,
    "EipAlgType": {"Ftp": False, "Sip": False},
    "InternetServiceProvider": "BGP",
    "LocalBgp": False,
    "DeadlineDate": None,
    "Egress": None,
}
