"""Projects, by which older products sort their resources."""

from __future__ import annotations

from typing import Any

from emulator.services.tag.errors import refused
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world.clock import china_time
from emulator.world.shelves import Row

PROJECTS = "tag.project"
MOST = 1000
"""Assumed: how many an account may have."""
LONGEST_NAME, LONGEST_INFO = 64, 255
"""Assumed."""


def _name(call: Call, but: str = "") -> str:
    name: str = call.params["ProjectName"]
    if not 1 <= len(name) <= LONGEST_NAME:
        raise refused("InvalidParameter", f"The name of a project has 1 to {LONGEST_NAME} characters.")
    for key, row in call.world.read(PROJECTS).items().items():
        if row.value["ProjectName"] == name and key != but:
            raise refused("InvalidParameter.ProjectNameExisted", f"The project `{name}` exists already.")
    return name


def _info(call: Call) -> str:
    info: str = call.params.get("Info") or ""
    if len(info) > LONGEST_INFO:
        raise refused(
            "InvalidParameter", f"The description of a project has {LONGEST_INFO} characters at most."
        )
    return info


def add_project(call: Call) -> Result:
    """Create a project."""
    name, info, shelf = _name(call), _info(call), call.world.read(PROJECTS)
    if len(shelf) >= MOST:
        raise refused("FailedOperation.ProjectNumExceed", f"An account has at most {MOST} projects.")
    while (number := call.world.mint.serial() % 9_000_000 + 1_000_000) and str(number) in shelf:
        pass
    project = {
        "ProjectId": number,
        "ProjectName": name,
        "CreatorUin": int(call.caller.principal.uin),
        "ProjectInfo": info,
        "CreateTime": china_time(call.now),
    }
    call.world.write(PROJECTS).put(str(number), Row({**project, "Disabled": 0}))
    return {"ProjectId": number, "IsNew": 1}


def update_project(call: Call) -> Result:
    """Change a project's name or description, or hide it."""
    asked, key = call.params, str(call.params["ProjectId"])
    row = call.world.read(PROJECTS).get(key)
    if row is None:
        raise refused("ResourceNotFound.RecordNotFound", f"The project `{key}` does not exist.")
    changes: dict[str, Any] = {}
    if asked.get("ProjectName") is not None:
        changes["ProjectName"] = _name(call, key)
    if asked.get("Info") is not None:
        changes["ProjectInfo"] = _info(call)
    if asked.get("Disable") is not None:
        # Documented: 1 hides it, 0 shows it again.
        if asked["Disable"] not in (0, 1):
            raise refused("InvalidParameter", "The value of `Disable` is not 0 or 1.")
        changes["Disabled"] = asked["Disable"]
    call.world.write(PROJECTS).put(key, row.having(**changes))
    return {}


def describe_projects(call: Call) -> Result:
    """The projects, with those that are hidden if they are wanted too."""
    asked = call.params
    offset, limit = asked["Offset"], asked["Limit"]
    # Documented: the limit is always 1000. Assumed: less is taken as it is.
    if offset < 0 or not 1 <= limit <= 1000:
        raise refused("InvalidParameter", "Offset is not from 0, or Limit not from 1 to 1000.")
    found = [
        {name: value for name, value in row.value.items() if name != "Disabled"}
        for row in call.world.read(PROJECTS)
        if (asked["AllList"] or not row.value["Disabled"])
        and asked.get("ProjectId") in (None, 0, row.value["ProjectId"])
        # Assumed: a name matches as a whole.
        and asked.get("ProjectName") in (None, "", row.value["ProjectName"])
    ]
    return {"Total": len(found), "Projects": found[offset : offset + limit]}


ACTIONS = (
    Does(action="AddProject", run=add_project),
    Does(action="UpdateProject", run=update_project),
    Does(action="DescribeProjects", run=describe_projects),
)
