"""PostgreSQL instances as they are read: lists, one by one, their security groups and tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.contract.paging import paging
from emulator.errors import ApiError
from emulator.services.postgres.instances import INSTANCE, ONE, named, settings
from emulator.services.postgres.refusals import MANNERS, bad_value
from emulator.tables import tasks
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Sort, Window
from emulator.tables.filters import contains
from emulator.tables.guards import Guard, Rule, guards
from emulator.tables.listing import window
from emulator.world.clock import china_seconds, china_time


def owned(call: Call, instance: Mapping[str, Any]) -> Mapping[str, Any]:
    """An instance with its owner, whom an estate does not know."""
    return {**instance, "AppId": call.world.app_id}


def describe_attribute(call: Call) -> Result:
    """All there is to say about one instance."""
    return {"DBInstance": owned(call, named(call))}


def describe_tasks(call: Call) -> Result:
    """A page of the tasks that pass every filter."""
    params = call.params
    # Documented: 20, from 1 to 100.
    start, limit = window(params, paging(call.action), Window(default=20, ceiling=100), MANNERS)
    for name in ("MinStartTime", "MaxStartTime"):
        if params.get(name) and china_seconds(params[name]) is None:
            raise bad_value(name, params[name], "a time such as 2024-08-23 00:00:00")
    by, way = params.get("OrderBy") or "StartTime", params.get("OrderByType") or "desc"
    if by not in ("StartTime", "EndTime") or way not in ("asc", "desc"):
        raise bad_value("OrderBy", f"{by} {way}", "StartTime or EndTime, and asc or desc")
    # Documented: of the last 180 days unless said.
    since = params.get("MinStartTime") or china_time(call.now - 180 * 86400)
    rows = [
        shown
        for shown in (_shown_task(call, task) for task in tasks.every_task(call))
        if params.get("TaskId") in (None, shown["TaskId"])
        and params.get("DBInstanceId") in (None, "", shown["DBInstanceId"])
        and since <= shown["StartTime"] <= (params.get("MaxStartTime") or "~")
    ]
    rows.sort(key=lambda row: str(row[by]), reverse=way == "desc")
    return {"TotalCount": len(rows), "TaskSet": rows[start : None if limit is None else start + limit]}


def _shown_task(call: Call, task: Mapping[str, Any]) -> Mapping[str, Any]:
    is_done = tasks.is_done(call, task)
    return {
        **{name: task[name] for name in ("TaskId", "TaskType", "DBInstanceId")},
        "StartTime": china_time(task["Begins"]),
        "EndTime": china_time(task["Ends"]) if is_done else "",
        "Status": "Success" if is_done else "Running",
        "Progress": int(100 * tasks.progress(call, task)),
    }


def describe_security_groups(call: Call) -> Result:
    """The security groups of one instance with their rules."""
    if call.params.get("ReadOnlyGroupId"):
        # Documented: the code. Assumed: the text; no estate has read-only groups.
        raise ApiError("InvalidParameterValue.ReadOnlyGroupNotExist", "The read-only group does not exist.")
    if not call.params.get("DBInstanceId"):
        # Assumed: one of the two has to be given.
        raise ApiError("InvalidParameter", "`DBInstanceId` or `ReadOnlyGroupId` is needed.")
    return {"SecurityGroupSet": [_group(guard) for guard in guards(call, settings(call)["SecurityGroupIds"])]}


def _group(guard: Guard) -> Mapping[str, Any]:
    return {
        "ProjectId": 0,
        "CreateTime": guard.created,
        "Inbound": [_rule(rule) for rule in guard.inbound],
        "Outbound": [_rule(rule) for rule in guard.outbound],
        "SecurityGroupId": guard.id,
        "SecurityGroupName": guard.name,
        "SecurityGroupDescription": guard.note,
    }


def _rule(rule: Rule) -> Mapping[str, Any]:
    return {
        "Action": rule.action,
        # Assumed: a rule about another group shows that group's id here.
        "CidrIp": rule.address or rule.group,
        "PortRange": rule.port,
        "IpProtocol": rule.protocol,
        "Description": rule.note,
    }


ACTIONS = (
    Lists(
        action="DescribeDBInstances",
        of=INSTANCE,
        # Documented: 10, at most 100, and 0 says 10.
        page=Window(default=10, ceiling=100, zero_is_default=True),
        filters={
            "db-instance-id": "DBInstanceId",
            "db-instance-name": contains("DBInstanceName"),
            "db-project-id": "ProjectId",
            "db-pay-mode": "PayType",
            "db-tag-key": "TagList.TagKey",
            "db-private-ip": "DBInstanceNetInfo.Ip",
            "db-public-address": "DBInstanceNetInfo.Address",
            "db-dedicated-cluster-id": "DBNodeSet.DedicatedClusterId",
        },
        shown=owned,
        orders={
            "DBInstanceId": "DBInstanceId",
            "CreateTime": "CreateTime",
            "Name": "DBInstanceName",
            "EndTime": "ExpireTime",
        },
        # Documented: by CreateTime, ascending.
        sort=Sort(
            by="OrderBy",
            directions=("OrderByType",),
            ascending=("asc",),
            descending=("desc",),
            standard="CreateTime",
        ),
        manners=MANNERS,
    ),
    Does(action="DescribeDBInstanceAttribute", run=describe_attribute, home="region", asks=ONE),
    Does(action="DescribeTasks", run=describe_tasks, home="region", asks=ONE),
    Does(
        action="DescribeDBInstanceSecurityGroups",
        run=describe_security_groups,
        home="region",
        asks=ONE,
    ),
)
