"""Where Redis instances are reached: address and port, from outside, and who lets whom in."""

from __future__ import annotations

from emulator.errors import ApiError
from emulator.services.redis import flows
from emulator.services.redis.instances import (
    ALL,
    KIND,
    MANY,
    ONE,
    every_running,
    instance,
    process,
    running,
)
from emulator.services.redis.reads import check_product, shown_group
from emulator.services.redis.refusals import NETWORK, bad_value, denied, illegal, missing, no_group
from emulator.tables import addresses, databases
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.guards import Guard, Rule, guards
from emulator.tables.network import find_subnet
from emulator.tables.writing import Value
from emulator.world.estate.residents import numbered

# Assumed: how long a change of the network takes.
_SECONDS = 30
# Documented: for how many days an old address may be held.
_HELD_DAYS = (0, 1, 2, 3, 7, 15)


def allocate_wan_address(call: Call) -> Result:
    """Open an instance to the outside."""
    found = running(call, call.params["InstanceId"])
    if found["WanAddress"]:
        raise denied("The instance is open to the outside already.")
    # Assumed: how the public address is made.
    port = 20000 + call.world.mint.number(6) % 40000
    address = f"{found['InstanceId']}.redis.tencentcdb.com:{port}"
    task = process(call, found, _SECONDS, flows.OPEN_WAN, WanAddress=address)
    # Observed: the text.
    return {"FlowId": task, "WanStatus": "外网开通中"}


def release_wan_address(call: Call) -> Result:
    """Close an instance to the outside."""
    found = running(call, call.params["InstanceId"])
    if not found["WanAddress"]:
        raise denied("The instance is not open to the outside.")
    task = process(call, found, _SECONDS, flows.CLOSE_WAN, WanAddress="")
    return {"FlowId": task, "WanStatus": "外网关闭中"}


def modify_network_config(call: Call) -> Result:
    """Give an instance another address, port or subnet."""
    found, params = running(call, call.params["InstanceId"]), call.params
    operation, port = params["Operation"], params.get("VPort")
    if port is not None and not 1024 <= port <= 65535:
        raise bad_value("VPort", port, "1024 to 65535")
    days = params.get("Recycle") or 0
    if days not in _HELD_DAYS:
        raise bad_value("Recycle", days, ", ".join(map(str, _HELD_DAYS)))
    become: dict[str, object] = {} if port is None else {"Port": port}
    # Documented: what each needs.
    match operation:
        case "changeVPort":
            if port is None:
                raise missing("VPort")
        case "changeVip":
            if not params.get("Vip"):
                raise missing("Vip")
            become |= _move(call, found, found["UniqVpcId"], found["UniqSubnetId"], days)
        case "changeVpc":
            if not params.get("VpcId") or not params.get("SubnetId"):
                raise missing("SubnetId" if params.get("VpcId") else "VpcId")
            become |= _move(call, found, params["VpcId"], params["SubnetId"], days)
        case "changeBaseToVpc":
            # Assumed: no instance is in the basic network.
            raise ApiError("InvalidParameter.NotSupported", "The instance is in a VPC already.")
        case _:
            raise bad_value("Operation", operation, "changeVip, changeVpc, changeBaseToVpc or changeVPort")
    task = process(call, found, _SECONDS, flows.NETWORK, **become)
    after = {**found, **become}
    return {
        # Documented: to be ignored.
        "Status": True,
        "SubnetId": after["UniqSubnetId"],
        "VpcId": after["UniqVpcId"],
        "Vip": after["WanIp"],
        "TaskId": task,
    }


def _move(call: Call, found: Value, vpc: str, subnet: str, days: int) -> dict[str, object]:
    """Take another address, hold the old one for some days, and say what the instance shows then."""
    there, wish = find_subnet(call, vpc, subnet, NETWORK), call.params.get("Vip")
    if wish == found["WanIp"] and subnet == found["UniqSubnetId"]:
        return {}
    [address] = addresses.choose(call, there, 1, NETWORK, [wish] if wish else ())
    # The new address is not in the row before the process is over: until then it is held as well.
    addresses.hold(call, subnet, address, _SECONDS)
    if found["UniqSubnetId"]:
        addresses.hold(call, found["UniqSubnetId"], found["WanIp"], _SECONDS + days * 86400)
    return {
        "WanIp": address,
        "UniqVpcId": vpc,
        "UniqSubnetId": subnet,
        "VpcId": numbered(vpc),
        "SubnetId": numbered(subnet),
    }


# --- Security groups --------------------------------------------------------------------------------------


def modify_db_instance_security_groups(call: Call) -> Result:
    """Give an instance these security groups and no others."""
    check_product(call)
    key = running(call, call.params["InstanceId"])["InstanceId"]
    groups = databases.known_groups(call, call.params["SecurityGroupIds"], no_group)
    databases.set_to(call, KIND, key, SecurityGroupIds=groups)
    return {}


def associate_security_groups(call: Call) -> Result:
    """Put instances into a security group, all or none of them."""
    keys, group = _meant(call)
    databases.join_groups(call, KIND, keys, group)
    return {}


def disassociate_security_groups(call: Call) -> Result:
    """Take instances out of a security group, all or none of them."""
    keys, group = _meant(call)
    databases.leave_group(call, KIND, keys, group)
    return {}


def _meant(call: Call) -> tuple[list[str], str]:
    check_product(call)
    keys = every_running(call, call.params["InstanceIds"])
    [group] = databases.known_groups(call, [call.params["SecurityGroupId"]], no_group)
    return keys, group


def describe_instance_security_group(call: Call) -> Result:
    """The security groups of several instances with their rules."""
    keys = call.params["InstanceIds"]
    # Documented: 100 at most.
    if len(keys) > 100:
        raise illegal("The number of `InstanceIds` exceeds the limit of 100.")
    found = [instance(call, key)["InstanceId"] for key in dict.fromkeys(keys)]
    return {
        "InstanceSecurityGroupsDetail": [
            {
                "InstanceId": key,
                "SecurityGroupDetails": [
                    _detail(guard) for guard in guards(call, databases.groups_of(call, KIND, key))
                ],
            }
            for key in found
        ]
    }


def _detail(guard: Guard) -> Value:
    return {
        "ProjectId": 0,
        "CreateTime": guard.created,
        "SecurityGroupId": guard.id,
        "SecurityGroupName": guard.name,
        "SecurityGroupRemark": guard.note,
        "InboundRule": [_rule(rule) for rule in guard.inbound],
        "OutboundRule": [_rule(rule) for rule in guard.outbound],
    }


def _rule(rule: Rule) -> Value:
    # Assumed: a rule about another group shows that group's id here.
    return {
        "Action": rule.action,
        "Ip": rule.address or rule.group,
        "Port": rule.port,
        "Proto": rule.protocol,
    }


def describe_project_security_groups(call: Call) -> Result:
    """A page of the security groups of a project, with their rules."""
    check_product(call)
    params = call.params
    word = params.get("SearchKey") or ""
    limit, offset = params.get("Limit"), params.get("Offset") or 0
    limit = 20 if limit is None else limit
    if limit < 0 or offset < 0:
        raise illegal("The value of `Offset` or `Limit` is out of range.")
    names = call.world.read("vpc.securitygroup", call.region).items()
    ids = [
        group
        for group in databases.groups_in_project(call)
        if word in group or word in names[group].value["SecurityGroupName"]
    ]
    page = [shown_group(guard) for guard in guards(call, ids[offset : offset + limit])]
    return {"Total": len(ids), "Groups": page}


ACTIONS = tuple(
    Does(action=action, run=run, home="region", asks=asks)
    for action, run, asks in (
        ("AllocateWanAddress", allocate_wan_address, ONE),
        ("ReleaseWanAddress", release_wan_address, ONE),
        ("ModifyNetworkConfig", modify_network_config, ONE),
        ("ModifyDBInstanceSecurityGroups", modify_db_instance_security_groups, ONE),
        ("AssociateSecurityGroups", associate_security_groups, MANY),
        ("DisassociateSecurityGroups", disassociate_security_groups, MANY),
        ("DescribeInstanceSecurityGroup", describe_instance_security_group, MANY),
        ("DescribeProjectSecurityGroups", describe_project_security_groups, ALL),
    )
)
