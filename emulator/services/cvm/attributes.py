"""Attributes of instances that change at once: names, groups, roles, projects, data, passwords."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.services.cvm import errors, login, naming, network
from emulator.services.cvm.launch import PASS_ROLE, check_project, check_role
from emulator.services.cvm.resources import (
    INSTANCES,
    SECONDS,
    begin,
    check_states,
    done,
    instances,
    interrupted,
    is_windows,
)
from emulator.tables import disks
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.listing import has_form
from emulator.tables.params import choice, too_many
from emulator.tables.writing import Value

Change = Callable[[Call, list[Value]], None]
SETTLED = ("RUNNING", "STOPPED")
MOST_NAME = 60
"""Documented: characters of a name that is changed, though one may be made with more."""


def modify_attribute(call: Call) -> Result:
    """Change one attribute of instances."""
    found = instances(call)
    # Documented: one attribute a request. AutoReboot goes with the host name, CamRoleType with the role.
    named = [name for name in ATTRIBUTES if name in call.params]
    if not named:
        raise errors.at_least_one(*ATTRIBUTES)
    if len(named) > 1:
        raise errors.not_together(*named)
    check_states(found, *SETTLED)
    ATTRIBUTES[named[0]](call, found)
    return {}


def _name(call: Call, found: list[Value]) -> None:
    name = call.params["InstanceName"]
    if len(name) > MOST_NAME:
        raise errors.name_too_long(MOST_NAME)
    _all(call, found, InstanceName=name)


def _all(call: Call, found: list[Value], **members: Any) -> None:
    for each in found:
        done(call, each["InstanceId"], **members)


def _user_data(call: Call, found: list[Value]) -> None:
    text = login.user_data(call.params["UserData"])
    _all(call, found)
    login.keep_user_data(call, [each["InstanceId"] for each in found], text)


def _groups(call: Call, found: list[Value]) -> None:
    _all(call, found, SecurityGroupIds=network.groups(call, call.params["SecurityGroups"]))


def _role(call: Call, found: list[Value]) -> None:
    # Documented: an empty name takes the role away; three kinds of roles. Assumed: roles of all three stand
    # among the account's, so that the kind says nothing more.
    choice("CamRoleType", call.params.get("CamRoleType") or "user", ("user", "system", "service_linked"))
    _all(call, found, CamRoleName=check_role(call, call.params["CamRoleName"]))


def _host_name(call: Call, found: list[Value]) -> None:
    name = call.params["HostName"]
    for each in found:
        naming.check_host_name(name, windows=is_windows(each))
    for each in found:
        # Documented: the instance reboots for it unless told not to. Assumed: a stopped one does not.
        if each["InstanceState"] == "STOPPED" or call.params.get("AutoReboot") is False:
            done(call, each["InstanceId"], HostName=name)
        else:
            begin(
                call,
                each["InstanceId"],
                SECONDS["ModifyInstancesAttribute"],
                now={"InstanceState": "REBOOTING"},
                then={"InstanceState": "RUNNING", "HostName": name},
            )


def _protection(call: Call, found: list[Value]) -> None:
    _all(call, found, DisableApiTermination=call.params["DisableApiTermination"])


def _jumbo_frames(call: Call, found: list[Value]) -> None:
    # Assumed: no type that is sold here has them.
    if call.params["EnableJumboFrame"]:
        raise errors.no_jumbo_frames()
    _all(call, found, EnableJumboFrame=False)


ATTRIBUTES: Mapping[str, Change] = {
    "InstanceName": _name,
    "UserData": _user_data,
    "SecurityGroups": _groups,
    "CamRoleName": _role,
    "HostName": _host_name,
    "DisableApiTermination": _protection,
    "EnableJumboFrame": _jumbo_frames,
}


def modify_project(call: Call) -> Result:
    """Move instances to a project, and their disks with them."""
    found = instances(call)
    project = check_project(call.params["ProjectId"])
    check_states(found, *SETTLED)
    for each in found:
        done(call, each["InstanceId"], Placement={**each["Placement"], "ProjectId": project})
        # Documented (ModifyDiskAttributes): disks made with an instance follow it. Assumed: only the system
        # disk is such a one.
        row = call.world.read(disks.DISK.name, call.region).get(each["SystemDisk"].get("DiskId"))
        if row is not None:
            moved = {**row.value["Placement"], "ProjectId": project}
            disks.change(call.world, call.region, row.value["DiskId"], Placement=moved)
    return {}


def _one_group(call: Call) -> str:
    # Documented: one group a request.
    given = call.params["SecurityGroupIds"]
    if not given:
        raise errors.at_least_one("SecurityGroupIds")
    if len(given) > 1:
        raise too_many("SecurityGroupIds", 1)
    if not has_form(given[0], "sg"):
        raise errors.bad_group(given[0])
    return network.groups(call, given)[0]


def associate_groups(call: Call) -> Result:
    """Put a security group behind those that instances have."""
    found, group = instances(call), _one_group(call)
    check_states(found, *SETTLED)
    for each in found:
        if len({*each["SecurityGroupIds"], group}) > network.MOST_GROUPS:
            raise errors.too_many_groups(network.MOST_GROUPS)
    for each in found:
        # Assumed: nothing changes where it is already.
        groups = list(dict.fromkeys([*each["SecurityGroupIds"], group]))
        done(call, each["InstanceId"], SecurityGroupIds=groups)
    return {}


def disassociate_groups(call: Call) -> Result:
    """Take a security group off instances; nothing changes where it is not."""
    # Assumed: that it is no failure, and that the last one may be taken off.
    found, group = instances(call), _one_group(call)
    check_states(found, *SETTLED)
    for each in found:
        left = [other for other in each["SecurityGroupIds"] if other != group]
        done(call, each["InstanceId"], SecurityGroupIds=left)
    return {}


def reset_password(call: Call) -> Result:
    """Set the password of instances, which have to be off for it."""
    found = instances(call)
    if len(call.params.get("UserName") or "") > 64:
        raise errors.too_long("UserName", 64)
    windows = any(map(is_windows, found))
    # Documented: three kinds of characters, not beginning with a slash; the rules of Windows for a mixture.
    if call.params["Password"].startswith("/"):
        raise errors.bad_password()
    login.check_password(call.params["Password"], windows=windows, kinds=3)
    for key, course in interrupted(call, found).items():
        begin(call, key, SECONDS["ResetInstancesPassword"], **course)
    return {}


ACTIONS = (
    Does(
        action="ModifyInstancesAttribute",
        run=modify_attribute,
        home="region",
        asks=INSTANCES,
        further=(PASS_ROLE,),
    ),
    Does(action="ModifyInstancesProject", run=modify_project, home="region", asks=INSTANCES),
    Does(
        action="AssociateSecurityGroups",
        run=associate_groups,
        home="region",
        asks=INSTANCES,
    ),
    Does(
        action="DisassociateSecurityGroups",
        run=disassociate_groups,
        home="region",
        asks=INSTANCES,
    ),
    Does(action="ResetInstancesPassword", run=reset_password, home="region", asks=INSTANCES),
)
