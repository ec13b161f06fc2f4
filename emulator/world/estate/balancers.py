"""The clb tables of an estate: load balancers, their listeners, targets and health."""

from __future__ import annotations

from typing import NamedTuple

from emulator.world.estate import certificates, draw, residents
from emulator.world.estate.residents import Resident
from emulator.world.estate.site import Host, Site, Value, china, end
from emulator.world.shelves import Row, Shelf


def load_balancers(site: Site) -> Shelf[Row]:
    """``clb.loadbalancer``."""
    return residents.shelf(site, "lb", _load_balancer, tagged="Tags")


def parts(site: Site) -> Shelf[Row]:
    """``clb.parts``: under each balancer's id its ``Listeners``, their ``Backends`` and ``Health``."""
    return residents.shelf(site, "lb", _parts)


def _is_open(one: Resident) -> bool:
    return one.chance >> 8 & 255 < 150


def _address(site: Site, one: Resident) -> str:
    """The balancer's address: a public one, which no host has, or one of its subnet."""
    if not _is_open(one):
        return one.address
    number = site.plan.before // 10 + site.plan.ordinal + one.place
    # Assumed: the network of public balancers; 119.128.0.0/10 has none of the hosts.
    return site.public_address(number).replace("43.", "119.", 1)


def _load_balancer(site: Site, one: Resident) -> Value:
    time, is_open, risks = china(one.chance >> 20), _is_open(one), one.risks
    is_prepaid = one.is_prepaid and is_open
    logs = (
        ""
        if site.is_risky("no_access_log", risks)
        else draw.code(draw.key(site.plan.seed, "clb log"), one.number)
    )
    zone = {
        "ZoneId": residents.zone_number(one.subnet.zone),
        "Zone": one.subnet.zone,
        "ZoneName": residents.zone_name(one.subnet.zone),
        "ZoneRegion": site.region.id,
        "LocalZone": False,
        "EdgeZone": False,
    }
    return {
        **_EVERY,
        "LoadBalancerId": one.id,
        "LoadBalancerName": site.words.thing(one.chance >> 4, "lb"),
        "LoadBalancerType": "OPEN" if is_open else "INTERNAL",
        "LoadBalancerVips": [_address(site, one)],
        "CreateTime": time,
        "StatusTime": time,
        "VpcId": one.subnet.vpc.id,
        "NumericalVpcId": one.vpc_number,
        # Documented: meaningful for internal ones only.
        "SubnetId": "" if is_open else one.subnet.id,
        "Tags": residents.tags(site, one.chance),
        # Documented: the groups of a balancer. Assumed: internal ones have none as a rule.
        "SecureGroups": one.groups if is_open else [],
        "TargetRegionInfo": {
            "Region": site.region.id,
            "VpcId": one.subnet.vpc.id,
            "NumericalVpcId": one.vpc_number,
        },
        "VipIsp": "BGP" if is_open else "INTERNAL",
        "MasterZone": zone,
        "ExpireTime": f"{end(one.chance >> 16)} 23:59:59" if is_prepaid else None,
        "ChargeType": "PREPAID" if is_prepaid else "POSTPAID_BY_HOUR",
        "NetworkAttributes": {
            "InternetChargeType": "BANDWIDTH_PREPAID" if is_prepaid else "TRAFFIC_POSTPAID_BY_HOUR",
            "InternetMaxBandwidthOut": draw.pick((1, 10, 10, 50, 100), one.chance >> 12) if is_open else 0,
            "BandwidthpkgSubType": None,
        },
        "PrepaidAttributes": {"RenewFlag": "MANUAL_RENEW", "Period": 12} if is_prepaid else None,
        "LogSetId": f"logset-{logs}" if logs else "",
        "LogTopicId": f"topic-{logs}" if logs else "",
        "LoadBalancerPassToTarget": site.is_risky("pass_to_target", risks >> 16),
        "SlaType": "" if one.chance >> 3 & 3 else "clb.c2.medium",
        "AttributeFlags": [] if site.is_risky("no_delete_protection", risks >> 32) else ["DeleteProtect"],
    }


# Assumed: members that are empty here are empty strings, null or 0 as the contract allows.
_EVERY: Value = {
    "Forward": 1,
    "Domain": "",
    "Status": 1,
    "ProjectId": 0,
    "OpenBgp": 0,
    "Snat": False,
    "Isolation": 0,
    "Log": None,
    "AnycastZone": "",
    "AddressIPVersion": "ipv4",
    "BackupZoneSet": None,
    "IsolatedTime": None,
    "AddressIPv6": None,
    "ExtraInfo": None,
    "IsDDos": False,
    "ConfigId": "",
    "ExclusiveCluster": {"L4Clusters": None, "L7Clusters": None, "ClassicalCluster": None},
    "IPv6Mode": None,
    "SnatPro": False,
    "SnatIps": [],
    "IsBlock": False,
    "IsBlockTime": "",
    "LocalBgp": False,
    "ClusterTag": None,
    "MixIpTarget": False,
    "Zones": None,
    "NfvInfo": None,
    "HealthLogSetId": "",
    "HealthLogTopicId": "",
    "ClusterIds": None,
    "LoadBalancerDomain": "",
    "Egress": "",
    "Exclusive": 0,
}


# --- listeners, targets, health --------------------------------------------------------------------------


class _Port(NamedTuple):
    """A listener: how it is reached, and where it sends to."""

    protocol: str
    port: int
    backend: int


_SAFE = (
    (_Port("HTTPS", 443, 8443),),
    (_Port("HTTPS", 443, 8080), _Port("TCP", 8883, 8883)),
    (_Port("TCP", 443, 443),),
    (_Port("TCP_SSL", 9443, 9000), _Port("UDP", 5000, 5000)),
)
_RISKY = (
    (_Port("HTTP", 80, 8080),),
    (_Port("TCP", 22, 22),),
    (_Port("TCP", 3306, 3306), _Port("HTTP", 80, 80)),
    (_Port("TCP", 6379, 6379),),
    (),
)


def _parts(site: Site, one: Resident) -> Value:
    is_risky = site.is_risky("weak_listener", one.chance >> 24)
    ports = draw.pick(_RISKY if is_risky else _SAFE, one.chance >> 44)
    listeners = [_Listener(site, one, at, port) for at, port in enumerate(ports)]
    return {
        "LoadBalancerId": one.id,
        "Listeners": [each.listener() for each in listeners],
        "Backends": [each.backend() for each in listeners],
        "Health": [each.health() for each in listeners],
    }


class _Listener:
    """One listener of a balancer in the three shapes in which it is shown."""

    __slots__ = ("_chance", "_id", "_location", "_name", "_port", "_site", "_time")

    def __init__(self, site: Site, one: Resident, at: int, port: _Port) -> None:
        number = one.place << 2 | at
        self._site, self._port = site, port
        self._chance = site.chance("lbl", number)
        self._id = site.id("lbl", number)
        self._location = site.id("loc", number)
        self._name = f"{port.protocol.lower()}-{port.port}"
        self._time = china(one.chance >> 20)

    @property
    def _is_layer_seven(self) -> bool:
        return self._port.protocol in {"HTTP", "HTTPS"}

    @property
    def _targets(self) -> list[Host]:
        """One to three hosts; none is a risk."""
        site, chance = self._site, self._chance
        if site.is_risky("no_targets", chance >> 16):
            return []
        places = {(chance >> 20 * turn) % site.hosts for turn in range(1 + chance % 3)}
        return [site.host(place) for place in sorted(places)]

    @property
    def _is_checked(self) -> bool:
        return not self._site.is_risky("no_health_check", self._chance >> 32)

    @property
    def _domain(self) -> str:
        return f"{self._site.words.people[self._chance % 128]}.example.com"

    def listener(self) -> Value:
        """As DescribeListeners shows it."""
        is_seven, is_https = self._is_layer_seven, self._port.protocol in {"HTTPS", "TCP_SSL"}
        return {
            "ListenerId": self._id,
            "Protocol": self._port.protocol,
            "Port": self._port.port,
            "Certificate": _certificate(self._site, self._chance) if is_https else None,
            "HealthCheck": None if is_seven else self._check(),
            "Scheduler": None if is_seven else "WRR",
            "SessionExpireTime": 0,
            "SniSwitch": 0,
            "Rules": [self._rule()] if is_seven else None,
            "ListenerName": self._name,
            "CreateTime": self._time,
            "EndPort": 0,
            "TargetType": "NODE",
            "TargetGroup": None,
            "SessionType": "NORMAL",
            "KeepaliveEnable": 0,
            "Toa": False,
            "DeregisterTargetRst": False,
            "AttrFlags": [],
            "TargetGroupList": None,
            "MaxConn": -1,
            "MaxCps": -1,
            "IdleConnectTimeout": None if is_seven else 900,
        }

    def _check(self) -> Value:
        return {**_CHECK, "HealthSwitch": int(self._is_checked)}

    def _rule(self) -> Value:
        return {
            **_RULE,
            "LocationId": self._location,
            "Domain": self._domain,
            "HealthCheck": self._check(),
            "ListenerId": self._id,
            "CreateTime": self._time,
            "Domains": [self._domain],
        }

    def backend(self) -> Value:
        """As DescribeTargets shows it."""
        targets = [self._target(host) for host in self._targets]
        rule = {
            "LocationId": self._location,
            "Domain": self._domain,
            "Url": "/",
            "Targets": targets,
            "FunctionTargets": [],
        }
        return {
            "ListenerId": self._id,
            "Protocol": self._port.protocol,
            "Port": self._port.port,
            # Documented: rules for HTTP and HTTPS, targets of its own for the others.
            "Rules": [rule] if self._is_layer_seven else [],
            "Targets": [] if self._is_layer_seven else targets,
            "EndPort": 0,
        }

    def _target(self, host: Host) -> Value:
        return {
            "Type": "CVM",
            "InstanceId": host.id,
            "Port": self._port.backend,
            "Weight": 10,
            "PublicIpAddresses": [host.public_address] if host.public_address else None,
            "PrivateIpAddresses": [host.address],
            "InstanceName": self._site.words.host(host.details >> 14),
            "RegisteredTime": self._time,
            "EniId": None,
            "Zone": host.subnet.zone,
        }

    def health(self) -> Value:
        """As DescribeTargetHealth shows it."""
        is_seven = self._is_layer_seven
        return {
            "ListenerId": self._id,
            "ListenerName": self._name,
            "Protocol": self._port.protocol,
            "Port": self._port.port,
            "Rules": [
                {
                    # Assumed: a listener without rules shows its targets in one that is empty.
                    "LocationId": self._location if is_seven else "",
                    "Domain": self._domain if is_seven else None,
                    "Url": "/" if is_seven else None,
                    "Targets": [self._healthy(host) for host in self._targets],
                }
            ],
        }

    def _healthy(self, host: Host) -> Value:
        is_dead = self._is_checked and self._site.is_risky("dead_target", self._chance ^ host.details >> 8)
        state = "Dead" if is_dead else "Alive" if self._is_checked else "Close"
        return {
            "IP": host.address,
            "Port": self._port.backend,
            "HealthStatus": state == "Alive",
            "TargetId": host.id,
            "HealthStatusDetail": state,
            "HealthStatusDetial": state,
        }


def _certificate(site: Site, chance: int) -> Value:
    return {
        "SSLMode": "UNIDIRECTIONAL",
        "SSLVerifyClient": "off",
        "CertId": certificates.certificate_id(
            site.plan.seed, chance % certificates.count(site.plan.all_hosts)
        ),
        "CertCaId": "",
        "ExtCertIds": [],
    }


_CHECK: Value = {
    "TimeOut": 2,
    "IntervalTime": 5,
    "HealthNum": 3,
    "UnHealthNum": 3,
    "HttpCode": None,
    "HttpCheckPath": None,
    "HttpCheckDomain": None,
    "HttpCheckMethod": None,
    "CheckPort": None,
    "ContextType": None,
    "SendContext": None,
    "RecvContext": None,
    "CheckType": "TCP",
    "HttpVersion": None,
    "SourceIpType": 1,
    "ExtendedCode": None,
}
_RULE: Value = {
    "Url": "/",
    "SessionExpireTime": 0,
    "Certificate": None,
    "Scheduler": "WRR",
    "RewriteTarget": {
        "TargetListenerId": None,
        "TargetLocationId": None,
        "RewriteCode": 0,
        "TakeUrl": False,
        "RewriteType": "",
    },
    "HttpGzip": True,
    "BeAutoCreated": False,
    "DefaultServer": True,
    "Http2": False,
    "ForwardType": "HTTP",
    "TargetType": "NODE",
    "TargetGroup": None,
    "WafDomainId": "",
    "TrpcCallee": "",
    "TrpcFunc": "",
    "QuicStatus": "QUIC_INACTIVE",
    "TargetGroupList": None,
}
