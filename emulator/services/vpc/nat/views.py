"""NAT gateways as they are shown: with what is bound to them, and what they translate."""

from __future__ import annotations

from collections.abc import Collection

from emulator.services.vpc import errors, params
from emulator.services.vpc.tables import FORWARDING, NAT_GATEWAY, SOURCE
from emulator.tables import addresses
from emulator.tables.call import Call
from emulator.tables.declare import Table
from emulator.tables.writing import Value

_FORWARDED = ("IpProtocol", "PublicIpAddress", "PublicPort", "PrivateIpAddress", "PrivatePort", "Description")


def available(call: Call) -> Value:
    """The gateway that a call names, which can be used."""
    gateway = params.given(call, NAT_GATEWAY)
    # Documented: only one that is made can be used.
    if gateway["State"] != "AVAILABLE":
        raise errors.unsupported(
            "InvalidState", f"The NAT gateway `{gateway['NatGatewayId']}` is {gateway['State']}."
        )
    return gateway


def bound(call: Call, gateway: str) -> list[Value]:
    """The addresses that are bound to a gateway."""
    return addresses.bound(call.world, call.region, gateway)


def rules(call: Call, table: Table, gateway: str) -> list[Value]:
    """What a gateway translates, in one of the two ways."""
    rows = call.world.read(table.name, call.region).index("NatGatewayId").get(gateway, ())
    return [row.value for row in rows]


def shown_gateway(call: Call, gateway: Value) -> Value:
    """A gateway with its addresses and rules as they are now."""
    key = gateway["NatGatewayId"]
    return {
        **gateway,
        "PublicIpAddressSet": [
            {
                "AddressId": address["AddressId"],
                "PublicIpAddress": address["AddressIp"],
                "IsBlocked": address["IsBlocked"],
                "BlockType": "NORMAL",
            }
            for address in bound(call, key)
        ],
        "DestinationIpPortTranslationNatRuleSet": [
            {name: rule[name] for name in _FORWARDED} for rule in rules(call, FORWARDING, key)
        ],
        "SourceIpTranslationNatRuleSet": rules(call, SOURCE, key),
    }


def forwarding_key(gateway: str, rule: Value) -> str:
    """What tells a rule that forwards a port from the others."""
    return f"{gateway}/{rule['IpProtocol']}/{rule['PublicIpAddress']}:{rule['PublicPort']}"


def forget(call: Call, gateway: str, freed: Collection[str] | None = None) -> None:
    """Let what a gateway translates go with it, or with addresses that it gives back."""
    # Assumed: a rule goes with the last of its addresses.
    forwarding = call.world.write(FORWARDING.name, call.region)
    for rule in rules(call, FORWARDING, gateway):
        if freed is None or rule["PublicIpAddress"] in freed:
            forwarding.remove(forwarding_key(gateway, rule))
    source = call.world.write(SOURCE.name, call.region)
    for rule in rules(call, SOURCE, gateway):
        left = [each for each in rule["PublicIpAddresses"] if freed and each not in freed]
        key = rule[SOURCE.key]
        if left:
            source.put(key, source.items()[key].having(PublicIpAddresses=left))
        else:
            source.remove(key)
