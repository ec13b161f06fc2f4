"""What MySQL instances are told to do and do in their own time: asynchronous requests and tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emulator.contract.paging import paging
from emulator.errors import ApiError
from emulator.services.cdb.instances import ALL, INSTANCE
from emulator.services.cdb.refusals import MANNERS, bad_value
from emulator.tables import tasks
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Window
from emulator.tables.listing import window
from emulator.tables.writing import Value
from emulator.world.clock import china_seconds, china_time

# Documented: the numbers and the names of tasks and of their states. Tasks without a name here are found by
# their request's id only. Assumed: that changes to accounts count as operations in SQL.
TYPES: Mapping[int, str] = {
    1: "ROLLBACK",
    2: "SQL OPERATION",
    3: "IMPORT DATA",
    5: "MODIFY PARAM",
    6: "INITIAL",
    7: "REBOOT",
    8: "OPEN GTID",
    9: "UPGRADE RO",
    10: "BATCH ROLLBACK",
    11: "UPGRADE MASTER",
    12: "DROP TABLES",
    13: "SWITCH DR TO MASTER",
}
STATES: Mapping[int, str] = {
    -1: "UNDEFINED",
    0: "INITIAL",
    1: "RUNNING",
    2: "SUCCEED",
    3: "FAILED",
    4: "KILLED",
    5: "REMOVED",
    6: "PAUSED",
}


def begin(call: Call, keys: Sequence[str], seconds: float, kind: str, text: str) -> Value:
    """Note a task on instances that is done some time from now; ``text`` is what it says of itself then."""
    digits = call.world.mint.uuid().replace("-", "")
    # Observed: an id is four groups of eight hexadecimal digits.
    request = "-".join(digits[at : at + 8] for at in range(0, 32, 8))
    return tasks.begin(
        call,
        request,
        seconds,
        AsyncRequestId=request,
        JobId=tasks.next_number(call, 1),
        TaskType=kind,
        InstanceIds=list(keys),
        Message=text,
    )


def begun(call: Call, keys: Sequence[str], seconds: float, kind: str, text: str) -> Result:
    """The answer of an action that begins a task."""
    return {"AsyncRequestId": begin(call, keys, seconds, kind, text)["AsyncRequestId"]}


def describe_async_request_info(call: Call) -> Result:
    """How far an asynchronous request has come."""
    request = call.params["AsyncRequestId"]
    task = tasks.find_task(call, request)
    if task is None:
        raise ApiError(
            "InvalidParameter.InvalidAsyncRequestId", f"The asynchronous request `{request}` does not exist."
        )
    if tasks.is_done(call, task):
        return {"Status": "SUCCESS", "Info": task["Message"]}
    # Assumed: a running task says nothing of itself yet.
    return {"Status": "RUNNING", "Info": ""}


def describe_tasks(call: Call) -> Result:
    """A page of the tasks that pass every filter, the latest first."""
    params = call.params
    start, limit = window(params, paging(call.action), Window(default=20, ceiling=100), MANNERS)
    types = _names("TaskTypes", params.get("TaskTypes"), TYPES)
    states = _names("TaskStatus", params.get("TaskStatus"), STATES)
    rows = [
        shown
        for shown in (_shown(call, task) for task in tasks.every_task(call))
        if shown["TaskType"] in types
        and shown["TaskStatus"] in states
        and params.get("InstanceId") in (None, "", *shown["InstanceIds"])
        and params.get("AsyncRequestId") in (None, "", shown["AsyncRequestId"])
        and _bound(params, "StartTimeBegin", "") <= shown["StartTime"] <= _bound(params, "StartTimeEnd", "~")
    ]
    return {"TotalCount": len(rows), "Items": rows[start : None if limit is None else start + limit]}


def _names(name: str, wanted: Iterable[int] | None, known: Mapping[int, str]) -> set[str]:
    for number in wanted or ():
        if number not in known:
            raise bad_value(name, number, ", ".join(map(str, known)))
    return {known[number] for number in wanted or known}


def _bound(params: Mapping[str, Any], name: str, otherwise: str) -> str:
    text: str = params.get(name) or otherwise
    if text != otherwise and china_seconds(text) is None:
        raise bad_value(name, text, "a time such as 2017-12-31 10:40:01")
    return text


def _shown(call: Call, task: Value) -> Value:
    is_done = tasks.is_done(call, task)
    return {
        "Code": 0,
        "Message": task["Message"] if is_done else "",
        "JobId": task["JobId"],
        "Progress": int(100 * tasks.progress(call, task)),
        "TaskStatus": "SUCCEED" if is_done else "RUNNING",
        "TaskType": task["TaskType"],
        "StartTime": china_time(task["Begins"]),
        # Assumed: one that is not done has no end yet.
        "EndTime": china_time(task["Ends"]) if is_done else "",
        "InstanceIds": task["InstanceIds"],
        "AsyncRequestId": task["AsyncRequestId"],
        "TaskAttachInfo": [],
    }


ACTIONS = (
    Does(
        action="DescribeAsyncRequestInfo",
        run=describe_async_request_info,
        home="region",
        # Assumed: an id of a request names no instance, so all are asked about.
        asks=ALL,
    ),
    Does(action="DescribeTasks", run=describe_tasks, home="region", asks=asking((INSTANCE, "InstanceId"))),
)
