"""Tasks of Redis instances, one by one and as a list."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.contract.paging import paging
from emulator.errors import ApiError
from emulator.services.redis.instances import ALL, INSTANCE
from emulator.services.redis.refusals import MANNERS, bad_value
from emulator.tables import tasks
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Window
from emulator.tables.listing import window
from emulator.tables.writing import Value
from emulator.world.clock import china_seconds, china_time

# Documented: the numbers. Observed: the name of the fourth. Assumed: the names of the others, as like it.
CREATE, RESIZE, CLOSE, CLEAN, STARTUP, DELETE, PASSWORD = "001", "002", "003", "004", "005", "006", "007"
BACKUP, NETWORK, PARAMS, NO_PASSWORD, ACCOUNT = "012", "031", "034", "035", "037"
OPEN_WAN, CLOSE_WAN = "052", "053"
_NAMES: Mapping[str, str] = {
    CREATE: "redis新建实例流程",
    RESIZE: "redis配置变更流程",
    CLOSE: "redis关闭实例流程",
    CLEAN: "redis缓存清空流程",
    STARTUP: "redis实例启用流程",
    DELETE: "redis删除实例流程",
    PASSWORD: "redis重置密码流程",
    BACKUP: "redis备份实例流程",
    NETWORK: "redis改变网络类型流程",
    PARAMS: "redis修改实例参数流程",
    NO_PASSWORD: "redis设置免密流程",
    ACCOUNT: "redis实例账号变更流程",
    OPEN_WAN: "redis开通外网流程",
    CLOSE_WAN: "redis关闭外网流程",
}


def describe_task_info(call: Call) -> Result:
    """How far one task has come."""
    task = tasks.find_task(call, call.params["TaskId"])
    if task is None:
        raise ApiError("FailedOperation.FlowNotExists", f"The task {call.params['TaskId']} does not exist.")
    return {
        "Status": "succeed" if tasks.is_done(call, task) else "running",
        "StartTime": china_time(task["Begins"]),
        "TaskType": _NAMES[task["TaskType"]],
        "InstanceId": task["InstanceId"],
        # Documented: empty unless something went wrong.
        "TaskMessage": "",
    }


def describe_task_list(call: Call) -> Result:
    """A page of the tasks that pass every filter, the latest first."""
    params = call.params
    # Documented: 20, at most 100, the offset a multiple of the limit.
    start, limit = window(
        params, paging(call.action), Window(default=20, ceiling=100, is_aligned=True), MANNERS
    )
    for name in ("BeginTime", "EndTime"):
        if params.get(name) and china_seconds(params[name]) is None:
            raise bad_value(name, params[name], "a time such as 2021-12-30 00:00:00")
    for result in params.get("Result") or ():
        if result not in (0, 1, 2, 4):
            raise bad_value("Result", result, "0, 1, 2 or 4")
    # Documented: ProjectIds, TaskStatus and OperatorUin are to be ignored; 30 days are shown.
    rows = [
        _shown(call, task)
        for task in tasks.every_task(call)
        if task["Begins"] >= call.now - 30 * 86400 and _is_wanted(call, task)
    ]
    return {"TotalCount": len(rows), "Tasks": rows[start : None if limit is None else start + limit]}


def _is_wanted(call: Call, task: Value) -> bool:
    params, ends = call.params, min(task["Ends"], call.now)
    return (
        params.get("InstanceId") in (None, "", task["InstanceId"])
        and params.get("InstanceName") in (None, "", task["InstanceName"])
        and (not params.get("TaskTypes") or task["TaskType"] in params["TaskTypes"])
        and (not params.get("Result") or _result(call, task) in params["Result"])
        and (not params.get("OperateUin") or task["Operator"] in params["OperateUin"])
        and china_time(task["Begins"]) >= (params.get("BeginTime") or "")
        and china_time(ends) <= (params.get("EndTime") or "~")
    )


def _result(call: Call, task: Value) -> int:
    return 2 if tasks.is_done(call, task) else 1


def _shown(call: Call, task: Value) -> Value:
    is_done = tasks.is_done(call, task)
    return {
        **{name: task[name] for name in ("TaskId", "TaskType", "InstanceName", "InstanceId", "ProjectId")},
        "StartTime": china_time(task["Begins"]),
        # Observed: 1 is a task that is done.
        "Progress": tasks.progress(call, task),
        "EndTime": china_time(task["Ends"]) if is_done else "",
        "Result": _result(call, task),
    }


ACTIONS = (
    # Assumed: a task's id names no instance, so all are asked about.
    Does(action="DescribeTaskInfo", run=describe_task_info, home="region", asks=ALL),
    Does(
        action="DescribeTaskList",
        run=describe_task_list,
        home="region",
        asks=asking((INSTANCE, "InstanceId")),
    ),
)
