"""Where MySQL instances are reached: address and port, from outside, and who lets whom in."""

from __future__ import annotations

from emulator.services.cdb import tasks
from emulator.services.cdb.instances import (
    ALL,
    INSTANCE,
    KIND,
    MANY,
    ONE,
    RUNNING,
    every_running,
    idle,
    running,
)
from emulator.services.cdb.reads import shown_group
from emulator.services.cdb.refusals import NETWORK, bad_parameter, bad_value, denied, no_resource
from emulator.tables import addresses, databases
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.guards import guards
from emulator.tables.network import find_subnet
from emulator.tables.writing import Value, change, later, refuse
from emulator.world.estate.residents import numbered

# Assumed: how long a door to the outside takes.
_DOOR_SECONDS = 30
# Documented: the state of the door, and the task while it moves.
_OPEN, _CLOSED, _OPENING, _CLOSING = 1, 2, 4, 7


def open_wan_service(call: Call) -> Result:
    """Open an instance to the outside."""
    found = idle(call, call.params["InstanceId"])
    refuse(call, "OpResourceId")
    if not found["InitFlag"]:
        # Documented: it has to be initialised first.
        raise denied("The instance is not initialised.")
    if found["WanStatus"] == _OPEN:
        raise denied("The instance is open to the outside already.")
    # Assumed: how the public domain and port are made.
    domain = f"{found['InstanceId']}.sql.tencentcdb.com"
    port = 20000 + call.world.mint.number(6) % 40000
    door = {"WanStatus": _OPEN, "WanDomain": domain, "WanPort": port}
    return _turn(call, found, _OPENING, door, "开通外网访问成功")


def close_wan_service(call: Call) -> Result:
    """Close an instance to the outside."""
    found = idle(call, call.params["InstanceId"])
    refuse(call, "OpResourceId")
    if found["WanStatus"] != _OPEN:
        raise denied("The instance is not open to the outside.")
    door = {"WanStatus": _CLOSED, "WanDomain": "", "WanPort": 0}
    return _turn(call, found, _CLOSING, door, "关闭外网访问成功")


def _turn(call: Call, found: Value, during: int, door: Value, text: str) -> Result:
    """Let the door to the outside move for a while, and be so after it."""
    key = found["InstanceId"]
    change(call, INSTANCE, key, TaskStatus=during)
    later(call, _DOOR_SECONDS, INSTANCE, key, {"Status": RUNNING, "TaskStatus": during}, TaskStatus=0, **door)
    return tasks.begun(call, [key], _DOOR_SECONDS, "", text)


def modify_db_instance_vip_vport(call: Call) -> Result:
    """Give an instance another address, port or subnet; an address in another network is held for a while."""
    found, params = idle(call, call.params["InstanceId"]), call.params
    refuse(call, "OpResourceId")
    port, wish = params.get("DstPort"), params.get("DstIp")
    if port is not None and not 1024 <= port <= 65535:
        raise bad_value("DstPort", port, "1024 to 65535")
    hours = 24 if params.get("ReleaseDuration") is None else params["ReleaseDuration"]
    if not 0 <= hours <= 168:
        # Documented: hours, 24 unless said.
        raise bad_value("ReleaseDuration", hours, "0 to 168")
    names = ("UniqVpcId", "UniqSubnetId")
    if port is None and not any(params.get(name) for name in ("DstIp", *names)):
        raise bad_parameter("One of `DstIp`, `DstPort` and `UniqSubnetId` must be given.")
    vpc, subnet = (params.get(name) or found[name] for name in names)
    become = {} if port is None else {"Vport": port}
    if subnet != found["UniqSubnetId"] or wish not in (None, "", found["Vip"]):
        become |= _move(call, found, vpc, subnet, hours)
    change(call, INSTANCE, found["InstanceId"], **become)
    # Documented: the request's id is out of use. Assumed: the change is there at once.
    return tasks.begun(call, [found["InstanceId"]], 0, "", "修改IP和端口成功")


def _move(call: Call, found: Value, vpc: str, subnet: str, hours: int) -> dict[str, object]:
    """Take another address, and say what the instance shows with it."""
    there = find_subnet(call, vpc, subnet, NETWORK, ("UniqVpcId", "UniqSubnetId"))
    wish = call.params.get("DstIp")
    [address] = addresses.choose(call, there, 1, NETWORK, [wish] if wish else ())
    old = found["UniqSubnetId"]
    # Documented: an address in another subnet is given back after these hours. Assumed: at once otherwise.
    if old not in ("", subnet):
        addresses.hold(call, old, found["Vip"], hours * 3600)
    return {
        "Vip": address,
        "UniqVpcId": vpc,
        "UniqSubnetId": subnet,
        "VpcId": numbered(vpc),
        "SubnetId": numbered(subnet),
    }


# --- Security groups --------------------------------------------------------------------------------------

# ForReadonlyInstance says nothing here: no instance has a read-only group.


def modify_db_instance_security_groups(call: Call) -> Result:
    """Give an instance these security groups and no others."""
    key = running(call, call.params["InstanceId"])["InstanceId"]
    refuse(call, "OpResourceId")
    groups = databases.known_groups(call, call.params["SecurityGroupIds"], no_resource)
    databases.set_to(call, KIND, key, SecurityGroupIds=groups)
    return {}


def associate_security_groups(call: Call) -> Result:
    """Put instances into a security group, all or none of them."""
    keys = every_running(call, call.params["InstanceIds"])
    [group] = databases.known_groups(call, [call.params["SecurityGroupId"]], no_resource)
    databases.join_groups(call, KIND, keys, group)
    return {}


def disassociate_security_groups(call: Call) -> Result:
    """Take instances out of a security group, all or none of them."""
    keys = every_running(call, call.params["InstanceIds"])
    [group] = databases.known_groups(call, [call.params["SecurityGroupId"]], no_resource)
    databases.leave_group(call, KIND, keys, group)
    return {}


def describe_project_security_groups(call: Call) -> Result:
    """The security groups of a project, with their rules."""
    groups = [shown_group(guard) for guard in guards(call, databases.groups_in_project(call))]
    return {"TotalCount": len(groups), "Groups": groups}


ACTIONS = (
    *(
        Does(action=action, run=run, home="region", asks=asks)
        for action, run, asks in (
            ("OpenWanService", open_wan_service, ONE),
            ("CloseWanService", close_wan_service, ONE),
            ("ModifyDBInstanceVipVport", modify_db_instance_vip_vport, ONE),
            ("ModifyDBInstanceSecurityGroups", modify_db_instance_security_groups, ONE),
            ("AssociateSecurityGroups", associate_security_groups, MANY),
            ("DisassociateSecurityGroups", disassociate_security_groups, MANY),
            ("DescribeProjectSecurityGroups", describe_project_security_groups, ALL),
        )
    ),
)
