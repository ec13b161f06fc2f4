"""Tasks that go on after the answer, known by the request that began them or by a number of their own."""

from __future__ import annotations

from emulator.errors import missing_parameter
from emulator.services.vpc import errors
from emulator.tables import tasks
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does


def begin(call: Call, seconds: float, key: str = "") -> str:
    """Begin a task that succeeds some time from now; it goes by the request's id unless it has a number."""
    key = key or call.request_id
    tasks.begin(call, key, seconds)
    return key


def begin_numbered(call: Call, seconds: float) -> str:
    """Begin a task that is known by a number."""
    while tasks.find_task(call, key := str(call.world.mint.serial())) is not None:
        pass
    return begin(call, seconds, key)


def _status(call: Call, key: str) -> str:
    task = tasks.find_task(call, key)
    if task is None:
        raise errors.absent("task")(key)
    return "SUCCESS" if tasks.is_done(call, task) else "RUNNING"


def describe_task_result(call: Call) -> Result:
    """How far a task of addresses is."""
    task = call.params.get("TaskId")
    if task is None:
        # Documented: one of the two must be there.
        if not call.params.get("DealName"):
            raise missing_parameter("TaskId")
        # Assumed: nothing here is paid by an order.
        raise errors.absent("order")(call.params["DealName"])
    return {"TaskId": task, "Result": _status(call, str(task))}


def describe_vpc_task_result(call: Call) -> Result:
    """How far a task is that goes by its request's id."""
    # Documented: Result is for special cases only. Assumed: nothing is said of one that went well.
    return {"Status": _status(call, call.params["TaskId"]), "Output": "", "Result": []}


ACTIONS = (
    # Assumed: asked about at operation level, for a task is no resource.
    Does(action="DescribeTaskResult", run=describe_task_result, home="region"),
    Does(action="DescribeVpcTaskResult", run=describe_vpc_task_result, home="region"),
)
