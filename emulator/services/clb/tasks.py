"""Tasks: what a write does goes on after its answer, and until then the balancer does nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.errors import ApiError, missing_parameter
from emulator.tables import tasks
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world.shelves import Row

BUSY = "clb.busy"
DONE, GOING_ON = 0, 2
"""Documented."""
SECONDS = 2.0
"""Assumed: how long most writes take."""


def check_idle(call: Call, *balancers: str) -> None:
    """See that no task of these balancers goes on."""
    # Documented: the code. Assumed: that every write waits for the one before.
    busy = call.world.read(BUSY, call.region)
    for key in balancers:
        row = busy.get(key)
        if row is not None:
            raise ApiError(
                "FailedOperation.ResourceInOperating",
                f"The load balancer `{key}` is being operated by the task {row.value['Task']}.",
            )


def begin(call: Call, balancers: Sequence[str], seconds: float = SECONDS, order: str = "") -> None:
    """Begin the task of a write, which goes by its request's id and the number of an order, if it has one."""
    world, region, key = call.world, call.region, call.request_id
    tasks.begin(call, key, seconds, LoadBalancerIds=list(balancers), Key=key, Order=order)
    for balancer in balancers:
        world.write(BUSY, region).put(balancer, Row({"Task": key}))
        world.later(seconds, (BUSY, region), balancer, given={"Task": key}, put=None)


def describe_task_status(call: Call) -> Result:
    """How far a task is."""
    key = call.params.get("TaskId")
    if not key:
        # Documented: one of the two must be there.
        if not call.params.get("DealName"):
            raise missing_parameter("TaskId")
        key = _of_order(call, call.params["DealName"])
    task = tasks.find_task(call, key)
    if task is None:
        # Documented: the code is among the product's errors. Assumed: that it is this one.
        raise ApiError("ResourceNotFound", f"The task `{key}` does not exist.")
    status = DONE if tasks.is_done(call, task) else GOING_ON
    return {"Status": status, "LoadBalancerIds": task["LoadBalancerIds"], "Message": ""}


def order(call: Call) -> str:
    """The number of an order for what a call buys."""
    # Observed, in the official examples: a date and digits. Assumed: what the digits are.
    return f"{int(call.now)}{call.world.mint.serial()}"


def _of_order(call: Call, number: str) -> str:
    for task in tasks.every_task(call):
        if task["Order"] == number:
            return str(task["Key"])
    return number


# Assumed: asked about at operation level, for a task is no resource.
ACTIONS = (Does(action="DescribeTaskStatus", run=describe_task_status, home="region"),)
