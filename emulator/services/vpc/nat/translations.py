"""What NAT gateways translate: ports that they forward, and sources that go out by given addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.errors import Refusal, missing_parameter
from emulator.services.vpc import errors, limits, params
from emulator.services.vpc.nat.views import available, bound, forwarding_key, rules
from emulator.services.vpc.tables import FORWARDING, NAT_GATEWAY, SOURCE, SUBNET
from emulator.tables.addresses import used
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists
from emulator.tables.writing import Value, add, change, find, fresh_id, remove
from emulator.world.clock import china_time
from emulator.world.interfaces import interface_of
from emulator.world.shelves import Row

# Documented: the codes. Assumed: the texts.
existed = Refusal[str]("InvalidParameterValue.NatGatewayDnatRuleExisted", "The rule `{}` exists already.")
repeated = Refusal[str]("InvalidParameterValue.NatGatewayDnatRuleRepeated", "The rule `{}` is given twice.")
no_forwarding = Refusal[str](
    "InvalidParameterValue.NatGatewayDnatRuleNotExists", "The rule `{}` does not exist."
)
no_source = Refusal[str]("InvalidParameterValue.NatGatewaySnatRuleNotExists", "The rule `{}` does not exist.")
source_existed = Refusal[str]("InvalidParameterValue.NatSnatRuleExists", "There is a rule for `{}` already.")
not_forwarded = Refusal[str](
    "InvalidParameterValue.NatGatewayDnatRulePipNeedVm", "No host has the private address `{}`."
)
not_translated = Refusal[str](
    "UnsupportedOperation.NatGatewaySnatPipNeedVm", "No host of that name has the private address `{}`."
)


def _check_public(call: Call, gateway: str, given: Sequence[str]) -> None:
    """See that addresses are a gateway's own."""
    there = {address["AddressIp"] for address in bound(call, gateway)}
    for text in given:
        if text not in there:
            raise errors.unsupported(
                "NatGatewayEipNotExists", f"The address `{text}` is not bound to `{gateway}`."
            )


def _owners(call: Call, vpc: str, private: str) -> set[str]:
    """The hosts and interfaces of a VPC that have a private address, hosts by their interface too."""
    found = {use.key for use in used(call, vpc, {private}) if use.word in ("CVM", "ENI")}
    return found | {interface_of(key) for key in found if key.startswith("ins-")}


# --- ports ------------------------------------------------------------------------------------------------


def _read_forwarding(call: Call, gateway: Value, given: Mapping[str, Any], path: str) -> dict[str, Any]:
    """A rule as it is kept, made of what a request says."""
    # Documented: these two.
    if given["IpProtocol"] not in ("TCP", "UDP"):
        raise errors.bad_value(f"{path}.IpProtocol", "TCP or UDP")
    for name in ("PublicPort", "PrivatePort"):
        if not 1 <= given[name] <= 65535:
            raise errors.out_of_range(f"{path}.{name}", "1 to 65535")
    _check_public(call, gateway["NatGatewayId"], [given["PublicIpAddress"]])
    if not _owners(call, gateway["VpcId"], given["PrivateIpAddress"]):
        raise not_forwarded(given["PrivateIpAddress"])
    return {
        "IpProtocol": given["IpProtocol"],
        "PublicIpAddress": given["PublicIpAddress"],
        "PublicPort": given["PublicPort"],
        "PrivateIpAddress": given["PrivateIpAddress"],
        "PrivatePort": given["PrivatePort"],
        "Description": params.text(given, "Description", params.DESCRIPTION),
        "NatGatewayId": gateway["NatGatewayId"],
        "VpcId": gateway["VpcId"],
        "CreatedTime": china_time(call.now),
    }


def create_forwarding(call: Call) -> Result:
    """Forward ports of a gateway's addresses to private ones, all of them or none."""
    gateway, name = available(call), "DestinationIpPortTranslationNatRules"
    given = call.params[name]
    if not given:
        raise missing_parameter(name)
    shelf, new = call.world.write(FORWARDING.name, call.region), {}
    for each in given:
        rule = _read_forwarding(call, gateway, each, name)
        key = forwarding_key(gateway["NatGatewayId"], rule)
        if key in new:
            raise repeated(key)
        if key in shelf:
            raise existed(key)
        new[key] = Row(rule)
    there = len(rules(call, FORWARDING, gateway["NatGatewayId"]))
    limits.check_room("nat-gateway-max-dnapts", there, len(new))
    for key, row in new.items():
        shelf.put(key, row)
    return {}


def modify_forwarding(call: Call) -> Result:
    """Put another rule in the place of one that forwards a port."""
    gateway = available(call)
    shelf = call.world.write(FORWARDING.name, call.region)
    # Assumed: protocol, public address and port say which rule is meant.
    old = forwarding_key(gateway["NatGatewayId"], call.params["SourceNatRule"])
    before = shelf.get(old)
    if before is None:
        raise no_forwarding(old)
    rule = _read_forwarding(call, gateway, call.params["DestinationNatRule"], "DestinationNatRule")
    key = forwarding_key(gateway["NatGatewayId"], rule)
    if key != old and key in shelf:
        raise existed(key)
    shelf.remove(old)
    shelf.put(key, Row({**rule, "CreatedTime": before.value["CreatedTime"]}))
    return {}


def delete_forwarding(call: Call) -> Result:
    """Forward ports no longer."""
    gateway, name = available(call)["NatGatewayId"], "DestinationIpPortTranslationNatRules"
    keys = [forwarding_key(gateway, each) for each in call.params[name]]
    if not keys:
        raise missing_parameter(name)
    shelf = call.world.write(FORWARDING.name, call.region)
    for key in keys:
        if key not in shelf:
            raise no_forwarding(key)
    for key in dict.fromkeys(keys):
        shelf.remove(key)
    return {}


def _apart(call: Call, rows: Sequence[Row]) -> Sequence[Row]:
    # Documented: one of the two.
    if call.params.get("NatGatewayIds") and call.params.get("Filters"):
        raise errors.coexist("NatGatewayIds", "Filters")
    return rows


# --- sources ----------------------------------------------------------------------------------------------


def _check_source(call: Call, gateway: Value, given: Mapping[str, Any]) -> None:
    """See that what goes out by a gateway stands in its VPC."""
    kind, key, private = given["ResourceType"], given["ResourceId"], given["PrivateIpAddress"]
    match kind:
        case "SUBNET":
            subnet = params.existing(call, SUBNET, key)
            if subnet["VpcId"] != gateway["VpcId"]:
                raise errors.other_vpc("subnet", key, gateway["VpcId"])
            # Assumed: all of the subnet.
            if private != subnet["CidrBlock"]:
                raise errors.bad_value("PrivateIpAddress", "the network of the subnet")
        case "NETWORKINTERFACE":
            # Observed, in the official example and by terraform-provider-tencentcloud: it may be a host's id.
            if key not in _owners(call, gateway["VpcId"], private):
                raise not_translated(private)
        case "USERDEFINED":
            params.network("PrivateIpAddress", private)
        case _:
            # Documented: these three.
            raise errors.bad_value("ResourceType", "SUBNET, NETWORKINTERFACE or USERDEFINED")


def _pool(call: Call, gateway: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """By which addresses something goes out, and what is said of it."""
    public = list(dict.fromkeys(given["PublicIpAddresses"]))
    if not public:
        raise missing_parameter("PublicIpAddresses")
    _check_public(call, gateway, public)
    return {
        "PublicIpAddresses": public,
        "Description": params.text(given, "Description", params.DESCRIPTION),
    }


def create_source(call: Call) -> Result:
    """Let something go out by some addresses of a gateway, all of it or none."""
    gateway = available(call)
    key, given = gateway["NatGatewayId"], call.params["SourceIpTranslationNatRules"]
    if not given:
        raise missing_parameter("SourceIpTranslationNatRules")
    rows = call.world.read(SOURCE.name, call.region).index("NatGatewayId").get(key, ())
    taken, new = {row.value["PrivateIpAddress"] for row in rows}, []
    for each in given:
        _check_source(call, gateway, each)
        if each["PrivateIpAddress"] in taken:
            raise source_existed(each["PrivateIpAddress"])
        taken.add(each["PrivateIpAddress"])
        new.append((each, _pool(call, key, each)))
    for each, pool in new:
        add(
            call,
            SOURCE,
            {
                SOURCE.key: fresh_id(call, SOURCE),
                **{name: each[name] for name in ("ResourceId", "ResourceType", "PrivateIpAddress")},
                **pool,
                "NatGatewayId": key,
                "VpcId": gateway["VpcId"],
                "CreatedTime": china_time(call.now),
            },
        )
    return {}


def _source(call: Call, gateway: str, key: str) -> Value:
    rule = find(call, SOURCE, key, no_source)
    if rule["NatGatewayId"] != gateway:
        raise no_source(key)
    return rule


def modify_source(call: Call) -> Result:
    """Let something go out by other addresses, or say another thing of it."""
    gateway, given = available(call)["NatGatewayId"], call.params["SourceIpTranslationNatRule"]
    # Documented: the id says which, and nothing else of it can be changed.
    if not given.get(SOURCE.key):
        raise missing_parameter(f"SourceIpTranslationNatRule.{SOURCE.key}")
    rule = _source(call, gateway, given[SOURCE.key])
    for name in ("ResourceId", "ResourceType", "PrivateIpAddress"):
        if given[name] != rule[name]:
            raise errors.bad_value(f"SourceIpTranslationNatRule.{name}", f"{rule[name]}, as it is")
    change(call, SOURCE, rule[SOURCE.key], **_pool(call, gateway, given))
    return {}


def delete_source(call: Call) -> Result:
    """Let something go out by any address again."""
    gateway = available(call)["NatGatewayId"]
    found = [_source(call, gateway, key) for key in params.ids(call, "NatGatewaySnatIds")]
    for rule in found:
        remove(call, SOURCE, rule[SOURCE.key])
    return {}


_ONE = asking((NAT_GATEWAY, "NatGatewayId"))
ACTIONS: tuple[Lists | Does, ...] = (
    Lists(
        action="DescribeNatGatewayDestinationIpPortTranslationNatRules",
        of=FORWARDING,
        params={"NatGatewayIds": "NatGatewayId"},
        # Documented: the names; ten filters of five values.
        filters={
            "nat-gateway-id": "NatGatewayId",
            "vpc-id": "VpcId",
            "public-ip-address": "PublicIpAddress",
            "public-port": "PublicPort",
            "private-ip-address": "PrivateIpAddress",
            "private-port": "PrivatePort",
            "description": "Description",
        },
        most_values=5,
        narrowed=_apart,
        manners=errors.MANNERS,
        asks=asking((NAT_GATEWAY, "NatGatewayIds")),
    ),
    Lists(
        action="DescribeNatGatewaySourceIpTranslationNatRules",
        of=SOURCE,
        params={"NatGatewayId": "NatGatewayId"},
        # Documented: the names.
        filters={
            "resource-id": "ResourceId",
            "public-ip-address": "PublicIpAddresses",
            "description": "Description",
        },
        manners=errors.MANNERS,
        asks=_ONE,
    ),
    *(
        Does(action=action, run=run, home="region", asks=_ONE)
        for action, run in (
            ("CreateNatGatewayDestinationIpPortTranslationNatRule", create_forwarding),
            ("ModifyNatGatewayDestinationIpPortTranslationNatRule", modify_forwarding),
            ("DeleteNatGatewayDestinationIpPortTranslationNatRule", delete_forwarding),
            ("CreateNatGatewaySourceIpTranslationNatRule", create_source),
            ("ModifyNatGatewaySourceIpTranslationNatRule", modify_source),
            ("DeleteNatGatewaySourceIpTranslationNatRule", delete_source),
        )
    ),
)
