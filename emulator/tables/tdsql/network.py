"""Where TDSQL instances are reached: address and port, from outside, and who lets whom in."""

from __future__ import annotations

from emulator.errors import ApiError
from emulator.tables import addresses, databases
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.guards import Guard, Rule, guards
from emulator.tables.network import find_subnet
from emulator.tables.tdsql.product import (
    NETWORK,
    Product,
    bad_value,
    begin_flow,
    every_running,
    illegal,
    named,
    no_group,
    running,
    settings,
)
from emulator.tables.writing import Value, change, later, refuse
from emulator.world.estate.residents import numbered

# Assumed: how long a door to the outside takes.
_DOOR_SECONDS = 30
# Documented: the states of the door.
_OPEN, _CLOSED, _OPENING, _CLOSING = 1, 2, 3, 4


def _refuse_ipv6(call: Call) -> None:
    flag = call.params.get("Ipv6Flag")
    if flag not in (None, 0, 1):
        raise illegal("`Ipv6Flag` must be 0 or 1.")
    if flag:
        raise ApiError("UnsupportedOperation.InvalidOperation", "The instance has no IPv6.")


def open_access(product: Product, call: Call) -> Result:
    """Open an instance to the outside."""
    found = running(call, product)
    _refuse_ipv6(call)
    if found["WanStatus"] not in (0, _CLOSED):
        raise _wrong_door("The instance is open to the outside already, or changing.")
    # Assumed: how the public domain and port are made.
    domain = f"{found['InstanceId']}.sql.tencentcdb.com"
    port = 20000 + call.world.mint.number(6) % 40000
    return _turn(call, product, found, _OPENING, WanStatus=_OPEN, WanDomain=domain, WanPort=port)


def close_access(product: Product, call: Call) -> Result:
    """Close an instance to the outside."""
    found = running(call, product)
    _refuse_ipv6(call)
    if found["WanStatus"] != _OPEN:
        raise _wrong_door("The instance is not open to the outside.")
    return _turn(call, product, found, _CLOSING, WanStatus=_CLOSED, WanDomain="", WanPort=0)


def _wrong_door(text: str) -> ApiError:
    return ApiError("FailedOperation.WanStatusAbnormal", text)


def _turn(call: Call, product: Product, found: Value, during: int, **become: object) -> Result:
    key, table = found["InstanceId"], product.kind.instances
    change(call, table, key, WanStatus=during)
    later(call, _DOOR_SECONDS, table, key, {"WanStatus": during}, **become)
    return {"FlowId": begin_flow(call, [key], _DOOR_SECONDS)}


def modify_network(product: Product, call: Call) -> Result:
    """Put an instance into another subnet."""
    found, params = running(call, product), call.params
    refuse(call, "Vipv6")
    there = find_subnet(call, params["VpcId"], params["SubnetId"], NETWORK)
    return _move(call, product, found, there)


def modify_vip(product: Product, call: Call) -> Result:
    """Give an instance another address of its subnet."""
    found = running(call, product)
    _refuse_ipv6(call)
    if call.params["Vip"] == found["Vip"]:
        raise ApiError("FailedOperation.VipNotChange", "The address is the one that the instance has.")
    there = find_subnet(call, found["UniqueVpcId"], found["UniqueSubnetId"], NETWORK)
    return _move(call, product, found, there)


def _move(call: Call, product: Product, found: Value, there: Value) -> Result:
    hours, wish = call.params.get("VipReleaseDelay"), call.params.get("Vip")
    # Documented: 24 unless said.
    hours = 24 if hours is None else hours
    if not 0 <= hours <= 168:
        raise bad_value("VipReleaseDelay", hours, "0 to 168")
    [address] = addresses.choose(call, there, 1, NETWORK, [wish] if wish else ())
    if found["UniqueSubnetId"]:
        # Documented: a minute at least.
        addresses.hold(call, found["UniqueSubnetId"], found["Vip"], max(hours * 3600, 60))
    key = found["InstanceId"]
    change(
        call,
        product.kind.instances,
        key,
        Vip=address,
        UniqueVpcId=there["VpcId"],
        UniqueSubnetId=there["SubnetId"],
        VpcId=numbered(there["VpcId"]),
        SubnetId=numbered(there["SubnetId"]),
    )
    # Assumed: the change is there at once, the flow a moment later.
    return {"FlowId": begin_flow(call, [key], 10)}


def modify_vport(product: Product, call: Call) -> Result:
    """Let an instance listen at another port."""
    key, port = running(call, product)["InstanceId"], call.params["Vport"]
    # Assumed: the bounds.
    if not 1024 <= port <= 65535:
        raise bad_value("Vport", port, "1024 to 65535")
    change(call, product.kind.instances, key, Vport=port)
    return {}


# --- Security groups --------------------------------------------------------------------------------------


def _check_product(product: Product, call: Call) -> None:
    if call.params["Product"] != product.name:
        # Documented: this value. Assumed: code and text.
        raise illegal(f"`Product` must be {product.name}.")


def modify_groups(product: Product, call: Call) -> Result:
    """Give an instance these security groups and no others."""
    _check_product(product, call)
    key = running(call, product)["InstanceId"]
    groups = databases.known_groups(call, call.params["SecurityGroupIds"], no_group)
    databases.set_to(call, product.kind, key, SecurityGroupIds=groups)
    return {}


def associate_groups(product: Product, call: Call) -> Result:
    """Put instances into a security group, all or none of them."""
    keys, group = _meant(product, call)
    databases.join_groups(call, product.kind, keys, group)
    return {}


def disassociate_groups(product: Product, call: Call) -> Result:
    """Take instances out of a security group, all or none of them."""
    keys, group = _meant(product, call)
    databases.leave_group(call, product.kind, keys, group)
    return {}


def _meant(product: Product, call: Call) -> tuple[list[str], str]:
    _check_product(product, call)
    keys = every_running(call, product, call.params["InstanceIds"])
    [group] = databases.known_groups(call, [call.params["SecurityGroupId"]], no_group)
    return keys, group


def describe_groups(product: Product, call: Call) -> Result:
    """The security groups of one instance with their rules."""
    _check_product(product, call)
    value, groups = named(call, product), settings(call, product)["SecurityGroupIds"]
    return {
        "Groups": [_group(guard) for guard in guards(call, groups)],
        "VIP": value["Vip"],
        "VPort": str(value["Vport"]),
    }


def describe_project_groups(product: Product, call: Call) -> Result:
    """The security groups of a project, with their rules."""
    _check_product(product, call)
    ids = databases.groups_in_project(call)
    return {"Total": len(ids), "Groups": [_group(guard) for guard in guards(call, ids)]}


def _group(guard: Guard) -> Value:
    return {
        "ProjectId": 0,
        "CreateTime": guard.created,
        "SecurityGroupId": guard.id,
        "SecurityGroupName": guard.name,
        "SecurityGroupRemark": guard.note,
        "Inbound": [_rule(rule) for rule in guard.inbound],
        "Outbound": [_rule(rule) for rule in guard.outbound],
    }


def _rule(rule: Rule) -> Value:
    return {
        "Action": rule.action,
        # Assumed: a rule about another group shows that group's id here.
        "CidrIp": rule.address or rule.group,
        "PortRange": rule.port,
        "IpProtocol": rule.protocol,
    }


def actions(product: Product) -> tuple[Does, ...]:
    """The actions of the network."""
    return tuple(
        product.does(action, run, *names)
        for action, run, names in (
            ("OpenDBExtranetAccess", open_access, ("InstanceId",)),
            ("CloseDBExtranetAccess", close_access, ("InstanceId",)),
            ("ModifyInstanceNetwork", modify_network, ("InstanceId",)),
            ("ModifyInstanceVip", modify_vip, ("InstanceId",)),
            ("ModifyInstanceVport", modify_vport, ("InstanceId",)),
            ("ModifyDBInstanceSecurityGroups", modify_groups, ("InstanceId",)),
            ("AssociateSecurityGroups", associate_groups, ("InstanceIds",)),
            ("DisassociateSecurityGroups", disassociate_groups, ("InstanceIds",)),
            ("DescribeDBSecurityGroups", describe_groups, ("InstanceId",)),
            ("DescribeProjectSecurityGroups", describe_project_groups, ()),
        )
    )
