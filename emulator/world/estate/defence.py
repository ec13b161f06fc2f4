"""The waf and cfw tables of an estate: domains, lists of addresses, rules at the border."""

from __future__ import annotations

from emulator.world.estate import draw
from emulator.world.estate.site import EPOCH, Value, china
from emulator.world.estate.whole import Whole
from emulator.world.shelves import Row, Shelf

_DAY_SECONDS = 86400


def _hex(whole: Whole, purpose: str, number: int, length: int) -> str:
    return f"{whole.chance(purpose, number * 2):016x}{whole.chance(purpose, number * 2 + 1):016x}"[:length]


# --- waf --------------------------------------------------------------------------------------------------


def domains(whole: Whole) -> Shelf[Row]:
    """``waf.domain``: each domain of the account is guarded under www; whose AppId, the account says."""
    count = whole.domains if whole.hosts else 0
    rows = (_domain(whole, number) for number in range(count))
    return Shelf({row["DomainId"]: Row(row) for row in rows})


def _domain(whole: Whole, number: int) -> Value:
    chance, settings = whole.chance("waf", number), whole.chance("waf settings", number)
    site = draw.pick(whole.sites, chance >> 8)
    key = _hex(whole, "waf domain", number, 32)
    is_saas = chance & 3 != 0
    edition = "sparta-waf" if is_saas else "clb-waf"
    is_logged = not whole.is_risky("no_access_log", settings >> 16)
    is_watching = whole.is_risky("watching_firewall", settings)
    return {
        **_EVERY_DOMAIN,
        "Domain": f"www.{whole.domain(number)}",
        "DomainId": key,
        # One instance a kind and account.
        "InstanceId": f"waf_{whole.code(edition, 0)}{whole.code(edition, 1)}",
        "InstanceName": f"{edition}-1",
        "Cname": f"{key}.qcloudzygj.com" if is_saas else "",
        "Edition": edition,
        "Region": site.region.short,
        "ApRegion": [site.region.id],
        "ClsStatus": int(is_logged),
        "PostCLSStatus": int(is_logged),
        "Status": int(not whole.is_risky("firewall_off", settings >> 32)),
        # Documented: 0 watches, 1 blocks; 10 to 12 and 20 to 22 say the same together with the AI engine.
        "Mode": 0 if is_watching else 1,
        "Engine": 10 + chance % 3 if is_watching else draw.pick((1, 20, 21, 22), chance),
        "Ports": [_port(number, 0, "80", "http"), _port(number, 1, "443", "https")],
        "CreateTime": f"{china(chance >> 20).replace(' ', 'T')}+08:00",
        "SrcList": [site.public_address(number)] if is_saas else [],
        "AlbType": "" if is_saas else "clb",
    }


def _port(number: int, turn: int, port: str, protocol: str) -> Value:
    return {
        "NginxServerId": 230000 + number * 2 + turn,
        "Port": port,
        "Protocol": protocol,
        "UpstreamPort": "80",
        "UpstreamProtocol": "http",
    }


# Assumed: settings that nobody changed.
_EVERY_DOMAIN: Value = {
    "FlowMode": 1,
    "CCList": ["134.175.225.0/24"],
    "RsList": ["134.175.221.0/24"],
    "LoadBalancerSet": [],
    "AppId": 0,
    "State": 0,
    "Ipv6Status": 0,
    "BotStatus": 0,
    "Level": 3,
    "PostCKafkaStatus": 0,
    "ApiStatus": 0,
    "SgState": 0,
    "SgDetail": "",
    "CloudType": "public",
    "Note": "",
    "UpstreamDomainList": [],
    "Labels": [],
}


def address_rules(whole: Whole) -> Shelf[Row]:
    """``waf.ipaccess``: a handful of addresses that somebody blocked or let pass, one rule a domain."""
    count = min(whole.domains, 12) if whole.hosts else 0
    rows = (_address_rule(whole, number) for number in range(count))
    return Shelf({row["Item"]["Id"]: Row(row) for row in rows})


def _address_rule(whole: Whole, number: int) -> Value:
    chance = whole.chance("waf address", number)
    made = int((EPOCH.timestamp() - chance % (300 * _DAY_SECONDS)) * 1000)
    # Assumed: of TEST-NET-3, so that nobody is meant.
    address = f"203.0.113.{number + 1}"
    return {
        "Domain": f"www.{whole.domain(number)}" if chance >> 40 & 3 else "global",
        "Item": {
            "Id": _hex(whole, "waf address id", number, 24),
            "ActionType": 40 if chance >> 44 & 3 == 0 else 42,
            "Ip": address,
            "IpList": [address],
            "Note": "",
            "Source": "custom",
            "TsVersion": made,
            "CreateTime": made,
            "ValidTs": int(EPOCH.timestamp()) + (chance >> 8) % (2000 * _DAY_SECONDS) + 400 * _DAY_SECONDS,
            "RuleId": 5501000000 + number,
        },
    }


# --- cfw --------------------------------------------------------------------------------------------------


def border_rules(whole: Whole) -> Shelf[Row]:
    """``cfw.rule``: what may come in and go out, ordered in each direction; the last one inwards blocks."""
    if not whole.hosts:
        return Shelf()
    opened = [("22", "2")] if whole.is_risky("open_border", whole.chance("cfw", 0)) else []
    ports = [("443", "2"), ("80", "2"), ("3306", "1"), *opened]
    closes = [] if whole.is_risky("unclosed_border", whole.chance("cfw", 1)) else [("-1/-1", "1")]
    inward = [_rule(whole, 1, place, *rule) for place, rule in enumerate([*ports, *closes], 1)]
    outward = [_rule(whole, 0, place, port, "2") for place, port in enumerate(("443", "80", "53"), 1)]
    return Shelf({str(row["Id"]): Row(row) for row in [*inward, *outward]})


def _rule(whole: Whole, direction: int, place: int, port: str, strategy: str) -> Value:
    number = direction * 100 + place
    return {
        "Id": 148000 + number,
        "OrderIndex": place,
        "SourceIp": "0.0.0.0/0",
        "TargetIp": "0.0.0.0/0",
        "Protocol": "TCP" if port != "-1/-1" else "ANY",
        "Port": port if "/" in port else f"{port}/{port}",
        "Strategy": int(strategy),
        "SourceType": 1,
        "TargetType": 1,
        "Direction": direction,
        "Detail": "block all" if port == "-1/-1" else f"port {port}",
        "Status": 1,
        "Count": whole.chance("cfw hits", number) % 5000,
        "CreateTime": china(whole.chance("cfw time", number) >> 20),
        "EdgeId": "",
        "Area": "",
    }
