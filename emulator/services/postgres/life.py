"""How PostgreSQL instances are isolated, come back or go for good, and what is changed on them."""

from __future__ import annotations

import re

from emulator.errors import ApiError
from emulator.services.postgres.instances import (
    INSTANCE,
    ISOLATED,
    KIND,
    LEAVING,
    MANY,
    NO_TIME,
    ONE,
    flow,
    in_status,
    instance,
    named,
    note,
    process,
    running,
)
from emulator.services.postgres.purchase import check_name
from emulator.services.postgres.refusals import bad_value, denied, missing, no_group
from emulator.tables import databases
from emulator.tables.call import Call, Result
from emulator.tables.databases import DESTROYING_SECONDS, ISOLATING_SECONDS, renewed
from emulator.tables.declare import Does
from emulator.tables.prepaid import PERIODS
from emulator.tables.writing import Value, change, later
from emulator.world.clock import china_time

# Assumed: seven days, whichever way it is paid for.
KEPT_SECONDS = 7 * 86400
# Assumed: how long a restart and a door to the outside take.
_RESTART_SECONDS, _DOOR_SECONDS = 30, 30


def isolate_db_instances(call: Call) -> Result:
    """Stop instances and keep them for a while, all or none of them."""
    found = [in_status(call, key) for key in dict.fromkeys(call.params["DBInstanceIdSet"])]
    for each in found:
        if each.get("DeletionProtection"):
            # Documented: neither console nor API deletes it then. Assumed: the code and text.
            raise denied(f"The instance `{each['DBInstanceId']}` is protected from deletion.")
    isolated = china_time(call.now + ISOLATING_SECONDS * call.world.pace)
    for each in found:
        process(call, each, "isolating", ISOLATING_SECONDS, then=ISOLATED, IsolatedTime=isolated)
        databases.goes(call, KIND, each["DBInstanceId"], ISOLATING_SECONDS + KEPT_SECONDS)
        note(call, each["DBInstanceId"], ISOLATING_SECONDS, "IsolateInstance")
    return {}


def dis_isolate_db_instances(call: Call) -> Result:
    """Have isolated instances back, all or none of them; those paid by months for further ones."""
    params = call.params
    found = [in_status(call, key, ISOLATED) for key in dict.fromkeys(params["DBInstanceIdSet"])]
    months = 1 if params.get("Period") is None else params["Period"]
    if months not in PERIODS:
        raise bad_value("Period", months, ", ".join(map(str, PERIODS)))
    # AutoVoucher and VoucherIds say nothing here: nothing costs anything.
    for each in found:
        until = each["ExpireTime"]
        # Documented: the period says nothing for what is paid by the hour.
        become = {"ExpireTime": renewed(call, until, months)} if each["PayType"] == "prepaid" else {}
        databases.stays(call, KIND, each["DBInstanceId"])
        process(call, each, "disisolating", ISOLATING_SECONDS, IsolatedTime=NO_TIME, **become)
    return {}


def destroy_db_instance(call: Call) -> Result:
    """Let an isolated instance go for good."""
    found = in_status(call, call.params["DBInstanceId"], ISOLATED)
    change(call, INSTANCE, found["DBInstanceId"], DBInstanceStatus=LEAVING)
    databases.goes(call, KIND, found["DBInstanceId"], DESTROYING_SECONDS)
    # Observed: the name of this task.
    note(call, found["DBInstanceId"], DESTROYING_SECONDS, "DestroyInstance")
    return {}


def restart_db_instance(call: Call) -> Result:
    """Restart an instance."""
    found = running(call)
    process(call, found, "restarting", _RESTART_SECONDS)
    return flow(call, found["DBInstanceId"], _RESTART_SECONDS, "RestartInstance")


# --- Changes ----------------------------------------------------------------------------------------------


def modify_db_instance_name(call: Call) -> Result:
    """Give an instance another name."""
    found, name = running(call), check_name(call.params["InstanceName"])
    change(call, INSTANCE, found["DBInstanceId"], DBInstanceName=name, UpdateTime=china_time(call.now))
    return {}


def modify_db_instances_project(call: Call) -> Result:
    """Put instances into another project, all or none of them."""
    keys = [instance(call, key)["DBInstanceId"] for key in dict.fromkeys(call.params["DBInstanceIdSet"])]
    project = call.params["ProjectId"]
    if not re.fullmatch(r"[0-9]{1,18}", project):
        raise ApiError("InvalidParameterValue.IllegalProjectId", "`ProjectId` is not a project's number.")
    databases.changes(call, KIND, keys, ProjectId=int(project))
    return {"Count": len(keys)}


def modify_db_instance_deletion_protection(call: Call) -> Result:
    """Protect an instance from deletion, or no longer."""
    found = named(call)
    protection = call.params["DeletionProtection"]
    change(call, INSTANCE, found["DBInstanceId"], DeletionProtection=protection)
    return {}


def modify_db_instance_security_groups(call: Call) -> Result:
    """Give an instance these security groups and no others."""
    if call.params.get("ReadOnlyGroupId"):
        raise ApiError("InvalidParameterValue.ReadOnlyGroupNotExist", "The read-only group does not exist.")
    if not call.params.get("DBInstanceId"):
        # Documented: one of the two is needed.
        raise missing("DBInstanceId")
    key = running(call)["DBInstanceId"]
    groups = databases.known_groups(call, call.params["SecurityGroupIdSet"], no_group)
    databases.set_to(call, KIND, key, SecurityGroupIds=groups)
    return {}


# --- The outside ------------------------------------------------------------------------------------------


def open_db_extranet_access(call: Call) -> Result:
    """Open an instance to the outside."""
    found = _versed(call)
    if _public(found)["Status"] not in ("initing", "closed"):
        raise denied("The instance is open to the outside already, or changing.")
    # Assumed: how the public domain and port are made.
    address = f"{found['DBInstanceId']}.sql.tencentcdb.com"
    port = 20000 + call.world.mint.number(6) % 40000
    _turn(call, found, "opening", {"Status": "opened", "Address": address, "Port": port})
    return flow(call, found["DBInstanceId"], _DOOR_SECONDS, "OpenExtranetAccess")


def close_db_extranet_access(call: Call) -> Result:
    """Close an instance to the outside."""
    found = _versed(call)
    if _public(found)["Status"] != "opened":
        raise denied("The instance is not open to the outside.")
    _turn(call, found, "closing", {"Status": "closed", "Address": "", "Port": 0})
    return flow(call, found["DBInstanceId"], _DOOR_SECONDS, "CloseExtranetAccess")


def _versed(call: Call) -> Value:
    """The instance that a call names, if it runs and has the kind of address meant."""
    found = running(call)
    if call.params.get("IsIpv6") not in (None, 0, 1):
        raise bad_value("IsIpv6", call.params["IsIpv6"], "0 or 1")
    if call.params.get("IsIpv6"):
        raise ApiError("OperationDenied.InstanceIpv6NotSupportedError", "The instance has no IPv6.")
    return found


def _public(found: Value) -> Value:
    """The public address of an instance; one that was never opened for an instance that shows none."""
    networks = found["DBInstanceNetInfo"]
    return next((net for net in networks if net["NetType"] == "public"), _NEVER_OPENED)


_NEVER_OPENED: Value = {
    **dict.fromkeys(("Address", "Ip", "VpcId", "SubnetId"), ""),
    "ProtocolType": "postgresql",
    "Port": 0,
    "NetType": "public",
    "Status": "initing",
}


def _turn(call: Call, found: Value, during: str, become: Value) -> None:
    """Let the public address be in one state for a while and in another one after it."""
    private = [net for net in found["DBInstanceNetInfo"] if net["NetType"] != "public"]
    key, public = found["DBInstanceId"], _public(found)
    now, then = [*private, {**public, "Status": during}], [*private, {**public, **become}]
    change(call, INSTANCE, key, DBInstanceNetInfo=now)
    later(call, _DOOR_SECONDS, INSTANCE, key, {"DBInstanceNetInfo": now}, DBInstanceNetInfo=then)


ACTIONS = tuple(
    Does(action=action, run=run, home="region", asks=asks)
    for action, run, asks in (
        ("IsolateDBInstances", isolate_db_instances, MANY),
        ("DisIsolateDBInstances", dis_isolate_db_instances, MANY),
        ("DestroyDBInstance", destroy_db_instance, ONE),
        ("RestartDBInstance", restart_db_instance, ONE),
        ("ModifyDBInstanceName", modify_db_instance_name, ONE),
        ("ModifyDBInstancesProject", modify_db_instances_project, MANY),
        ("ModifyDBInstanceDeletionProtection", modify_db_instance_deletion_protection, ONE),
        ("ModifyDBInstanceSecurityGroups", modify_db_instance_security_groups, ONE),
        ("OpenDBExtranetAccess", open_db_extranet_access, ONE),
        ("CloseDBExtranetAccess", close_db_extranet_access, ONE),
    )
)
