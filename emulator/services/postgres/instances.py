"""PostgreSQL instances: where they stand, in which state actions need them, and what they go through."""

from __future__ import annotations

from emulator.services.postgres.refusals import no_instance, wrong_status
from emulator.tables import databases, tasks
from emulator.tables.asking import asking
from emulator.tables.call import Call
from emulator.tables.databases import Kind
from emulator.tables.declare import Qcs, Table
from emulator.tables.writing import Value, change, find, later
from emulator.world.clock import china_time

# Documented: PostgreSQL instances are resources of CAM. Assumed: as DBInstanceId/… of postgres.
INSTANCE = Table(
    name="postgres.instance",
    item="DBInstance",
    key="DBInstanceId",
    prefix="postgres",
    qcs=Qcs("postgres", "DBInstanceId"),
)
SETTINGS = Table(name="postgres.settings", item="", key="DBInstanceId")
BACKUP = Table(name="postgres.backup", item="BaseBackup", key="Id")
ACCOUNT = Table(name="postgres.account", item="AccountInfo", key="")
"""Accounts, under instance and name."""
PRIVILEGE = Table(name="postgres.privilege", item="", key="")
"""What accounts may do, under instance and name."""
KIND = Kind(
    instances=INSTANCE,
    settings=SETTINGS,
    ending="services.postgres.instances:gone",
    parts=((BACKUP, "DBInstanceId"), (ACCOUNT, "DBInstanceId"), (PRIVILEGE, "DBInstanceId")),
    blank={"SecurityGroupIds": [], "Plans": []},
)
gone = databases.ending(KIND)

# Documented: the states there are.
RUNNING, ISOLATED, LEAVING = "running", "isolated", "offlining"
NO_TIME = "0000-00-00 00:00:00"

ONE = asking((INSTANCE, "DBInstanceId"))
MANY = asking((INSTANCE, "DBInstanceIdSet"))
# Assumed: who buys needs all instances allowed.
ALL = asking((INSTANCE,))


def instance(call: Call, key: str) -> Value:
    """An instance of the region."""
    return find(call, INSTANCE, key, no_instance)


def named(call: Call) -> Value:
    """The instance that a call names."""
    return instance(call, call.params.get("DBInstanceId") or "")


def settings(call: Call) -> Value:
    """What the instance that a call names is set to."""
    return databases.settings(call, KIND, named(call)["DBInstanceId"])


def in_status(call: Call, key: str, status: str = RUNNING) -> Value:
    """An instance in a state.

    Raises:
        ApiError: it does not exist, or is in another state.
    """
    found = instance(call, key)
    if found["DBInstanceStatus"] != status:
        raise wrong_status(key, found["DBInstanceStatus"])
    return found


def running(call: Call) -> Value:
    """The instance that a call names, if it runs."""
    return in_status(call, call.params.get("DBInstanceId") or "")


def process(
    call: Call, found: Value, during: str, seconds: float, *, then: str = RUNNING, **become: object
) -> None:
    """Let an instance be in one state for a while and in another one after it."""
    key = found["DBInstanceId"]
    change(call, INSTANCE, key, DBInstanceStatus=during, UpdateTime=china_time(call.now))
    later(call, seconds, INSTANCE, key, {"DBInstanceStatus": during}, DBInstanceStatus=then, **become)


def note(call: Call, key: str, seconds: float, kind: str) -> int:
    """Note a task of an instance: the task's id."""
    number = tasks.next_number(call, 120321)
    tasks.begin(call, number, seconds, TaskId=number, TaskType=kind, DBInstanceId=key)
    return number


def flow(call: Call, key: str, seconds: float, kind: str) -> dict[str, int]:
    """The answer of an action that begins a task: its id, by both names."""
    # Documented: the two are the same.
    number = note(call, key, seconds, kind)
    return {"FlowId": number, "TaskId": number}
