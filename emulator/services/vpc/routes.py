"""Route tables, and where their routes lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any

from emulator.errors import ApiError, missing_parameter, not_emulated
from emulator.services.vpc import errors, limits, params
from emulator.services.vpc.tables import HAVIP, NAT_GATEWAY, ROUTE_TABLE, SUBNET, TAGS, VPC
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists
from emulator.tables.defaults import put_route_table
from emulator.tables.filters import truth
from emulator.tables.network import cloud_of
from emulator.tables.shared import INSTANCE
from emulator.tables.writing import Value, change, refuse, remove
from emulator.world.clock import china_time

# Documented: the types. Assumed: that gateways which the emulator does not make (the second to the fourth)
# count as there if somebody put them into their table.
GATEWAYS: Mapping[str, tuple[str, str]] = {
    "NAT": (NAT_GATEWAY.name, "NatGatewayId"),
    "VPN": ("vpc.VpnGateway", "VpnGatewayId"),
    "DIRECTCONNECT": ("vpc.DirectConnectGateway", "DirectConnectGatewayId"),
    "PEERCONNECTION": ("vpc.PeerConnection", "PeeringConnectionId"),
    "HAVIP": (HAVIP.name, HAVIP.key),
}
NOT_SERVED = ("LOCAL_GATEWAY", "INTRANAT", "USER_CCN", "GWLB_ENDPOINT")


# --- tables -----------------------------------------------------------------------------------------------


def shown_route_table(call: Call, table: Value) -> Value:
    """A route table with the subnets that follow it, and without its routes if they are not needed."""
    key = table["RouteTableId"]
    followers = call.world.read(SUBNET.name, call.region).index("RouteTableId").get(key, ())
    shown = {
        **table,
        "AssociationSet": [{"SubnetId": row.value["SubnetId"], "RouteTableId": key} for row in followers],
    }
    # Documented: NeedRouterInfo, true by default. Assumed: an empty list without it.
    return {**shown, "RouteSet": []} if call.params.get("NeedRouterInfo") is False else shown


def create_route_table(call: Call) -> Result:
    """Create a route table."""
    name, tags = params.named(call.params, "RouteTableName"), params.tags(call)
    vpc = params.given(call, VPC)
    there = call.world.read(ROUTE_TABLE.name, call.region).index("VpcId").get(vpc["VpcId"], ())
    limits.check_room("vpc-max-route-tables", len(there))
    return {"RouteTable": put_route_table(call.world, call.region, vpc, name, is_main=False, tags=tags)}


def delete_route_table(call: Call) -> Result:
    """Delete a route table that is not its VPC's main one and that no subnet follows."""
    table = params.given(call, ROUTE_TABLE)
    key = table["RouteTableId"]
    if table["Main"]:
        raise errors.unsupported(
            "NotSupportDeleteDefaultRouteTable", f"The route table `{key}` is the default one."
        )
    if call.world.read(SUBNET.name, call.region).index("RouteTableId").get(key):
        raise errors.unsupported("DelRouteWithSubnet", f"The route table `{key}` is associated with subnets.")
    remove(call, ROUTE_TABLE, key)
    return {}


def modify_route_table_attribute(call: Call) -> Result:
    """Rename a route table."""
    name, table = params.named(call.params, "RouteTableName"), params.given(call, ROUTE_TABLE)
    change(call, ROUTE_TABLE, table["RouteTableId"], RouteTableName=name)
    return {}


# --- routes -----------------------------------------------------------------------------------------------


def of_vpc(call: Call, vpc: str) -> Iterator[tuple[Value, Value]]:
    """Every IPv4 route of a VPC with its table."""
    for row in call.world.read(ROUTE_TABLE.name, call.region).index("VpcId").get(vpc, ()):
        for route in row.value["RouteSet"]:
            if route.get("DestinationCidrBlock"):
                yield row.value, route


def _check_hop(call: Call, vpc: str, route: Mapping[str, Any]) -> None:
    """See that a route leads to something that is there."""
    kind, hop = route["GatewayType"], route["GatewayId"]
    if kind in NOT_SERVED:
        raise not_emulated(call.action.key, f"routes by {kind} are not served yet.")
    if kind == "EIP":
        # Documented: 0 for this type.
        is_there = hop == "0"
    elif kind == "NORMAL_CVM":
        # Documented: the private address of a host.
        hosts = call.world.read(INSTANCE.name, call.region).index("PrivateIpAddresses").get(hop, ())
        is_there = any(cloud_of(row.value).get("VpcId") == vpc for row in hosts)
    elif kind == "CVM":
        host = call.world.read(INSTANCE.name, call.region).get(hop)
        is_there = host is not None and cloud_of(host.value).get("VpcId") == vpc
    elif kind in GATEWAYS:
        table, member = GATEWAYS[kind]
        is_there = bool(call.world.read(table, call.region).index(member).get(hop))
    else:
        expected = ", ".join(("CVM", "NORMAL_CVM", "EIP", *GATEWAYS))
        raise errors.bad_value("Routes.GatewayType", f"one of {expected}")
    if not is_there:
        raise ApiError(
            "InvalidParameterValue.RouteNextHopInvalid",
            f"The next hop `{hop}` of type {kind} does not exist.",
        )


def _wanted(call: Call, table: Value, route: Mapping[str, Any]) -> dict[str, Any]:
    """What a request says of a route, checked against the VPC."""
    for name in ("GatewayType", "GatewayId"):
        if not route.get(name):
            raise missing_parameter(f"Routes.{name}")
    if route.get("DestinationIpv6CidrBlock"):
        raise not_emulated(call.action.key, "routes of IPv6 are not served yet.")
    destination = route.get("DestinationCidrBlock")
    if not destination:
        raise missing_parameter("Routes.DestinationCidrBlock")
    cidr = params.network("Routes.DestinationCidrBlock", destination)
    refuse(call, "CdcId", within=route, path="Routes.")
    # Documented: only routes of one's own can be made.
    if route.get("RouteType") not in (None, "", "USER"):
        raise errors.bad_value("Routes.RouteType", "USER")
    vpc = params.existing(call, VPC, table["VpcId"])
    # Documented: not within the VPC's own networks.
    if any(cidr.subnet_of(network) for network in params.networks(vpc)):
        raise ApiError("InvalidParameterValue.VpcCidrConflict", f"The destination `{cidr}` lies in the VPC.")
    _check_hop(call, vpc["VpcId"], route)
    return {
        "DestinationCidrBlock": str(cidr),
        "GatewayType": route["GatewayType"],
        "GatewayId": route["GatewayId"],
        "RouteDescription": params.text(route, "RouteDescription", params.DESCRIPTION),
    }


def _check_alone(route: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> None:
    """See that no other route that is in force leads to the same destination."""
    for other in others:
        if other["Enabled"] and other.get("DestinationCidrBlock") == route["DestinationCidrBlock"]:
            if (other["GatewayType"], other["GatewayId"]) == (route["GatewayType"], route["GatewayId"]):
                raise errors.duplicate("Routes")
            # Assumed: that no two hops share a destination.
            raise errors.unsupported(
                "Ecmp", f"There is another route to `{route['DestinationCidrBlock']}` already."
            )


def _fresh_route(call: Call, table: Value, wanted: Mapping[str, Any], others: Sequence[Value]) -> Value:
    number, items = call.world.mint.serial(), {route["RouteItemId"] for route in others}
    numbers = {route["RouteId"] for route in others}
    while number in numbers:
        number = call.world.mint.serial()
    while (item := call.world.mint.resource("rti")) in items:
        pass
    return {
        **wanted,
        "RouteId": number,
        "RouteType": "USER",
        "RouteTableId": table["RouteTableId"],
        "DestinationIpv6CidrBlock": "",
        "RouteItemId": item,
        "PublishedToVbc": False,
        "CreatedTime": china_time(call.now),
    }


def _appended(
    call: Call, table: Value, before: Sequence[Value], given: Sequence[Mapping[str, Any]]
) -> list[Value]:
    """Some routes and those that a request adds to them."""
    if not given:
        raise missing_parameter("Routes")
    routes = list(before)
    for each in given:
        wanted = _wanted(call, table, each)
        # Assumed: a route can be made out of force.
        is_enabled = each.get("Enabled") is not False
        if is_enabled:
            _check_alone(wanted, routes)
        routes.append({**_fresh_route(call, table, wanted, routes), "Enabled": is_enabled})
    limits.check_room("route-table-max-policies", len(routes), 0)
    return routes


def create_routes(call: Call) -> Result:
    """Add routes to a table."""
    table = params.given(call, ROUTE_TABLE)
    routes = _appended(call, table, table["RouteSet"], call.params["Routes"])
    changed = change(call, ROUTE_TABLE, table["RouteTableId"], RouteSet=routes)
    # Documented: the count is of the routes that were added. Observed: terraform-provider-tencentcloud fails
    # if the table that is answered has other routes than the one it added.
    new = routes[len(table["RouteSet"]) :]
    shown = {**shown_route_table(call, changed), "RouteSet": new}
    return {"TotalCount": len(new), "RouteTableSet": [shown]}


def reset_routes(call: Call) -> Result:
    """Rename a table and give it other routes."""
    name, table = params.named(call.params, "RouteTableName"), params.given(call, ROUTE_TABLE)
    system = [route for route in table["RouteSet"] if route["RouteType"] != "USER"]
    routes = _appended(call, table, system, call.params["Routes"])
    change(call, ROUTE_TABLE, table["RouteTableId"], RouteSet=routes, RouteTableName=name)
    return {}


def _picked(table: Value, numbers: Sequence[object], member: str) -> list[Value]:
    """The routes of a table that a request names, all of which are the account's own."""
    found = []
    for number in numbers:
        route = next((route for route in table["RouteSet"] if route[member] == number), None)
        if route is None:
            raise errors.absent("route")(str(number))
        # Documented: only routes of one's own can be touched.
        if route["RouteType"] != "USER":
            raise errors.unsupported("SystemRoute", f"The route `{number}` is the system's own.")
        found.append(route)
    return found


def _named(table: Value, given: Sequence[Mapping[str, Any]]) -> list[Value]:
    """The routes of a table that objects name, by either of their ids."""
    if not given:
        raise missing_parameter("Routes")
    found = []
    for each in given:
        if each.get("RouteItemId"):
            found += _picked(table, [each["RouteItemId"]], "RouteItemId")
        elif each.get("RouteId"):
            found += _picked(table, [each["RouteId"]], "RouteId")
        else:
            raise missing_parameter("Routes.RouteId")
    if len({route["RouteItemId"] for route in found}) < len(found):
        raise errors.duplicate("Routes")
    return found


def delete_routes(call: Call) -> Result:
    """Take routes out of a table."""
    table = params.given(call, ROUTE_TABLE)
    gone = _named(table, call.params.get("Routes") or ())
    kept = [route for route in table["RouteSet"] if route not in gone]
    change(call, ROUTE_TABLE, table["RouteTableId"], RouteSet=kept)
    return {"RouteSet": gone}


def replace_routes(call: Call) -> Result:
    """Let routes lead elsewhere; they keep their ids and places."""
    table, given = params.given(call, ROUTE_TABLE), call.params["Routes"]
    old = _named(table, given)
    others = [route for route in table["RouteSet"] if route not in old]
    new: list[Value] = []
    for before, each in zip(old, given, strict=True):
        wanted = _wanted(call, table, each)
        if before["Enabled"]:
            _check_alone(wanted, [*others, *new])
        new.append({**before, **wanted})
    by_item = {route["RouteItemId"]: route for route in new}
    routes = [by_item.get(route["RouteItemId"], route) for route in table["RouteSet"]]
    change(call, ROUTE_TABLE, table["RouteTableId"], RouteSet=routes)
    return {"OldRouteSet": old, "NewRouteSet": new}


def enable_routes(call: Call) -> Result:
    """Put routes in force, unless that collides with others that are."""
    return _switch(call, is_enabled=True)


def disable_routes(call: Call) -> Result:
    """Put routes out of force."""
    return _switch(call, is_enabled=False)


def _switch(call: Call, *, is_enabled: bool) -> Result:
    table = params.given(call, ROUTE_TABLE)
    numbers, items = call.params.get("RouteIds") or [], call.params.get("RouteItemIds") or []
    # Documented: one of the two, at most a hundred.
    if numbers and items:
        raise errors.coexist("RouteIds", "RouteItemIds")
    if not numbers and not items:
        raise missing_parameter("RouteIds")
    for name, given in (("RouteIds", numbers), ("RouteItemIds", items)):
        if len(given) > 100:
            raise errors.too_many(name, 100)
    picked = _picked(table, numbers or items, "RouteId" if numbers else "RouteItemId")
    routes: list[Value] = list(table["RouteSet"])
    for route in picked:
        if is_enabled and not route["Enabled"]:
            # Documented: what would collide is not enabled.
            _check_alone(route, routes)
        at = next(at for at, each in enumerate(routes) if each["RouteItemId"] == route["RouteItemId"])
        routes[at] = {**route, "Enabled": is_enabled}
    change(call, ROUTE_TABLE, table["RouteTableId"], RouteSet=routes)
    return {}


def is_destination(cidr: IPv4Network, route: Value) -> bool:
    """Whether a route leads into a network, the default route apart."""
    destination = IPv4Network(route["DestinationCidrBlock"])
    return destination.prefixlen > 0 and destination.overlaps(cidr)


_ONE = asking((ROUTE_TABLE, "RouteTableId"))
ACTIONS = (
    Lists(
        action="DescribeRouteTables",
        of=ROUTE_TABLE,
        ids="RouteTableIds",
        filters={
            "route-table-id": "RouteTableId",
            "route-table-name": "RouteTableName",
            "vpc-id": "VpcId",
            "association.main": truth("Main"),
            "next-hop-type": "RouteSet.GatewayType",
            **TAGS,
        },
        ignores=("NeedRouterInfo",),
        shown=shown_route_table,
        manners=errors.MANNERS,
    ),
    Does(
        action="CreateRouteTable",
        run=create_route_table,
        home="region",
        asks=asking((VPC, "VpcId"), (ROUTE_TABLE,)),
    ),
    Does(action="DeleteRouteTable", run=delete_route_table, home="region", asks=_ONE),
    Does(action="ModifyRouteTableAttribute", run=modify_route_table_attribute, home="region", asks=_ONE),
    Does(action="CreateRoutes", run=create_routes, home="region", asks=_ONE),
    Does(action="DeleteRoutes", run=delete_routes, home="region", asks=_ONE),
    Does(action="ReplaceRoutes", run=replace_routes, home="region", asks=_ONE),
    Does(action="ResetRoutes", run=reset_routes, home="region", asks=_ONE),
    Does(action="EnableRoutes", run=enable_routes, home="region", asks=_ONE),
    Does(action="DisableRoutes", run=disable_routes, home="region", asks=_ONE),
)
