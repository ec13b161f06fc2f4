"""NAT gateways: made, changed and deleted, and the addresses that they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.errors import ApiError, missing_parameter
from emulator.services.vpc import addresses, errors, limits, params, tasks
from emulator.services.vpc.nat.views import available, bound, forget, shown_gateway
from emulator.services.vpc.tables import ADDRESS, NAT_GATEWAY, ROUTE_TABLE, TAGS, VPC
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists
from emulator.tables.filters import contains
from emulator.tables.shared import SECURITY_GROUP
from emulator.tables.writing import Value, add, change, fresh_id, later, refuse, remove_later
from emulator.world.clock import china_time

CLASSIC, STANDARD = 1, 2
CONNECTIONS = (1_000_000, 3_000_000, 10_000_000)
"""Documented: how many connections a gateway of the first kind may hold."""
# Documented: what each kind has unless said; of the second kind nothing can be said.
USUAL: Mapping[int, tuple[int, int]] = {CLASSIC: (100, 1_000_000), STANDARD: (5000, 2_000_000)}
WIDEST = 50_000
"""Documented for changes. Assumed for new ones, of which the official example contradicts its prose."""
_SECONDS = 5.0
"""Assumed: how long it takes to make or delete one."""


# --- addresses --------------------------------------------------------------------------------------------


def _wanted(call: Call, there: int) -> tuple[list[Value], int]:
    """The addresses that a call gives a gateway, and how many new ones it wants."""
    count: int = call.params.get("AddressCount") or 0
    texts: Sequence[str] = list(dict.fromkeys(call.params.get("PublicIpAddresses") or ()))
    # Documented: one of the two at least.
    if not count and not texts:
        raise missing_parameter("AddressCount")
    if there + count + len(texts) > limits.USUAL["nat-gateway-max-eips"]:
        raise ApiError(
            "LimitExceeded.PublicIpAddressPerNatGatewayLimitExceeded",
            "The NAT gateway has too many addresses.",
        )
    known = call.world.read(ADDRESS.name, call.region).index("AddressIp")
    found: list[Value] = []
    for text in texts:
        rows = known.get(text, ())
        if not rows:
            raise errors.unsupported("PublicIpAddressIsNotExisted", f"The address `{text}` does not exist.")
        address = rows[0].value
        if address["AddressStatus"] != "UNBIND":
            raise ApiError("InvalidAddressState", f"The address `{text}` is {address['AddressStatus']}.")
        # Documented.
        if address["InternetChargeType"] != "TRAFFIC_POSTPAID_BY_HOUR":
            raise errors.unsupported(
                "PublicIpAddressNotBilledByTraffic", f"The address `{text}` is not paid by traffic."
            )
        found.append(address)
    return found, count


def _width(call: Call, name: str) -> int | None:
    given: int | None = call.params.get(name)
    if given is not None:
        addresses.check_bandwidth(name, given, "TRAFFIC_POSTPAID_BY_HOUR")
    return given


def _bind(call: Call, key: str, given: Sequence[Value], count: int) -> None:
    """Bind addresses to a gateway, new ones among them."""
    stock, fresh = (
        _width(call, "StockPublicIpAddressesBandwidthOut"),
        _width(call, "PublicIpAddressesBandwidthOut"),
    )
    # Documented: new addresses are as wide as they can be unless said.
    widest = addresses.WIDEST["TRAFFIC_POSTPAID_BY_HOUR"]
    made = addresses.allot(call, count, Bandwidth=widest if fresh is None else fresh) if count else []
    for address in given:
        changes = {} if stock is None else {"Bandwidth": stock}
        change(call, ADDRESS, address["AddressId"], **changes)
    for each in (*(address["AddressId"] for address in given), *made):
        change(call, ADDRESS, each, InstanceId=key, InstanceType="NAT", AddressStatus="BINDING")
        later(call, _SECONDS, ADDRESS, each, {"AddressStatus": "BINDING"}, AddressStatus="BIND")


def _free(call: Call, gone: Sequence[Value]) -> None:
    for address in gone:
        addresses.unbind(call, address["AddressId"], _SECONDS)


# --- gateways ---------------------------------------------------------------------------------------------


def create_nat_gateway(call: Call) -> Result:
    """Create a gateway with its addresses."""
    asked, name, tags = call.params, params.named(call.params, "NatGatewayName"), params.tags(call)
    vpc = params.given(call, VPC)["VpcId"]
    kind = asked.get("NatProductVersion") or CLASSIC
    if kind not in USUAL:
        # Documented: these two.
        raise errors.bad_value("NatProductVersion", "1 or 2")
    refuse(call, "ExclusiveType", "PublicIpFromSameZone")
    width, connections = _sizes(asked, kind)
    zone = params.zone(call, "Zone", asked["Zone"]) if asked.get("Zone") else ""
    there = call.world.read(NAT_GATEWAY.name, call.region).index("VpcId").get(vpc, ())
    if len(there) >= limits.USUAL["vpc-max-nat-gateways"]:
        raise ApiError(
            "LimitExceeded.NatGatewayPerVpcLimitExceeded", f"The VPC `{vpc}` has too many gateways."
        )
    given, count = _wanted(call, 0)
    for each in ("StockPublicIpAddressesBandwidthOut", "PublicIpAddressesBandwidthOut"):
        _width(call, each)
    key = fresh_id(call, NAT_GATEWAY)
    _bind(call, key, given, count)
    made = add(
        call,
        NAT_GATEWAY,
        {
            "NatGatewayId": key,
            "NatGatewayName": name,
            "VpcId": vpc,
            "CreatedTime": china_time(call.now),
            "State": "PENDING",
            "NetworkState": "AVAILABLE",
            "InternetMaxBandwidthOut": width,
            "MaxConcurrentConnection": connections,
            "PublicIpAddressSet": [],
            "Zone": zone,
            "SubnetId": "",
            "TagSet": tags,
            "SecurityGroupSet": [],
            "RestrictState": "NORMAL",
            "NatProductVersion": kind,
            "DeletionProtectionEnabled": bool(asked.get("DeletionProtectionEnabled")),
        },
    )
    later(call, _SECONDS, NAT_GATEWAY, key, {"State": "PENDING"}, State="AVAILABLE")
    return {"NatGatewaySet": [shown_gateway(call, made)], "TotalCount": 1}


def _sizes(asked: Mapping[str, Any], kind: int) -> tuple[int, int]:
    """How wide a gateway is, and how many connections it holds."""
    width, connections = asked.get("InternetMaxBandwidthOut"), asked.get("MaxConcurrentConnection")
    usual_width, usual_connections = USUAL[kind]
    if kind == STANDARD:
        # Documented: need not be said then. Assumed: what is said all the same counts for nothing.
        return usual_width, usual_connections
    if width is not None and not 1 <= width <= WIDEST:
        raise errors.out_of_range("InternetMaxBandwidthOut", f"1 to {WIDEST}")
    if connections is not None and connections not in CONNECTIONS:
        raise errors.bad_value("MaxConcurrentConnection", f"one of {', '.join(map(str, CONNECTIONS))}")
    return usual_width if width is None else width, connections or usual_connections


def delete_nat_gateway(call: Call) -> Result:
    """Delete a gateway, the routes to it, and its hold on addresses."""
    gateway = available(call)
    key = gateway["NatGatewayId"]
    if gateway.get("DeletionProtectionEnabled"):
        raise errors.unsupported("DeletionProtectionEnabled", f"The NAT gateway `{key}` is protected.")
    # Documented: routes go and addresses are freed. Assumed: nothing flows, so there is no risk to ignore.
    for row in list(call.world.read(ROUTE_TABLE.name, call.region).index("VpcId").get(gateway["VpcId"], ())):
        kept = [route for route in row.value["RouteSet"] if route["GatewayId"] != key]
        if len(kept) < len(row.value["RouteSet"]):
            change(call, ROUTE_TABLE, row.value["RouteTableId"], RouteSet=kept)
    _free(call, bound(call, key))
    forget(call, key)
    change(call, NAT_GATEWAY, key, State="DELETING")
    remove_later(call, _SECONDS, NAT_GATEWAY, key, {"State": "DELETING"})
    return {}


def modify_nat_gateway_attribute(call: Call) -> Result:
    """Change a gateway's name, width, security groups or protection."""
    gateway, asked = available(call), call.params
    changes: dict[str, Any] = {}
    if asked.get("NatGatewayName"):
        changes["NatGatewayName"] = params.text(asked, "NatGatewayName")
    if (width := asked.get("InternetMaxBandwidthOut")) is not None:
        if not 0 <= width <= WIDEST:
            raise errors.out_of_range("InternetMaxBandwidthOut", f"0 to {WIDEST}")
        changes["InternetMaxBandwidthOut"] = width
    # Documented: groups are changed only if that is said too.
    if asked.get("ModifySecurityGroup"):
        groups = list(dict.fromkeys(asked.get("SecurityGroupIds") or ()))
        for group in groups:
            params.existing(call, SECURITY_GROUP, group)
        changes["SecurityGroupSet"] = groups
    if asked.get("DeletionProtectionEnabled") is not None:
        changes["DeletionProtectionEnabled"] = asked["DeletionProtectionEnabled"]
    refuse(call, "PublicAddressAffinity")
    change(call, NAT_GATEWAY, gateway["NatGatewayId"], **changes)
    return {}


def reset_nat_gateway_connection(call: Call) -> Result:
    """Let a gateway of the first kind hold more or fewer connections."""
    gateway, wanted = available(call), call.params["MaxConcurrentConnection"]
    refuse(call, "ExclusiveType")
    if gateway["NatProductVersion"] != CLASSIC:
        raise errors.unsupported("NatTypeError", "The NAT gateway is not of the classic kind.")
    if wanted not in CONNECTIONS:
        raise errors.bad_value("MaxConcurrentConnection", f"one of {', '.join(map(str, CONNECTIONS))}")
    change(call, NAT_GATEWAY, gateway["NatGatewayId"], MaxConcurrentConnection=wanted)
    return {}


def _begin_task(call: Call) -> None:
    # Observed: terraform-provider-tencentcloud waits for both to end as tasks that go by their request's id.
    tasks.begin(call, _SECONDS)


def associate_nat_gateway_address(call: Call) -> Result:
    """Bind further addresses to a gateway."""
    key = available(call)["NatGatewayId"]
    refuse(call, "PublicIpFromSameZone", "IpAddressEnableMode", "Zone")
    given, count = _wanted(call, len(bound(call, key)))
    for each in ("StockPublicIpAddressesBandwidthOut", "PublicIpAddressesBandwidthOut"):
        _width(call, each)
    _bind(call, key, given, count)
    _begin_task(call)
    return {}


def disassociate_nat_gateway_address(call: Call) -> Result:
    """Free addresses of a gateway, which keeps one at least."""
    key = available(call)["NatGatewayId"]
    there = {address["AddressIp"]: address for address in bound(call, key)}
    texts = list(dict.fromkeys(call.params["PublicIpAddresses"]))
    if not texts:
        raise missing_parameter("PublicIpAddresses")
    for text in texts:
        if text not in there:
            raise errors.unsupported(
                "NatGatewayEipNotExists", f"The address `{text}` is not bound to `{key}`."
            )
        if there[text]["AddressStatus"] != "BIND":
            raise ApiError("InvalidAddressState", f"The address `{text}` is {there[text]['AddressStatus']}.")
    # Documented.
    if len(texts) == len(there):
        raise errors.unsupported("PublicIpAddressDisassociate", f"The NAT gateway `{key}` needs an address.")
    _free(call, [there[text] for text in texts])
    forget(call, key, texts)
    _begin_task(call)
    return {}


_ONE = asking((NAT_GATEWAY, "NatGatewayId"))
ACTIONS: tuple[Lists | Does, ...] = (
    Lists(
        action="DescribeNatGateways",
        of=NAT_GATEWAY,
        ids="NatGatewayIds",
        # Documented: the names; ten filters of five values.
        filters={
            "nat-gateway-id": "NatGatewayId",
            "vpc-id": "VpcId",
            "nat-gateway-name": contains("NatGatewayName"),
            "nat-state": "State",
            **TAGS,
        },
        most_values=5,
        # Assumed: all of a gateway is shown whatever is asked for.
        shown=shown_gateway,
        manners=errors.MANNERS,
    ),
    Does(
        action="CreateNatGateway",
        run=create_nat_gateway,
        home="region",
        asks=asking((VPC, "VpcId"), (NAT_GATEWAY,)),
    ),
    *(
        Does(action=action, run=run, home="region", asks=_ONE)
        for action, run in (
            ("DeleteNatGateway", delete_nat_gateway),
            ("ModifyNatGatewayAttribute", modify_nat_gateway_attribute),
            ("ResetNatGatewayConnection", reset_nat_gateway_connection),
            ("AssociateNatGatewayAddress", associate_nat_gateway_address),
            ("DisassociateNatGatewayAddress", disassociate_nat_gateway_address),
        )
    ),
)
