"""Redis instances: where they stand, in which state actions need them, and what they go through."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.services.redis.refusals import locked, no_instance, wrong_status
from emulator.tables import databases, tasks
from emulator.tables.asking import asking
from emulator.tables.call import Call
from emulator.tables.databases import Kind
from emulator.tables.declare import Qcs, Table
from emulator.tables.writing import Value, change, find, later

# Documented: Redis instances are resources of CAM. Assumed: as instance/… of redis.
INSTANCE = Table(
    name="redis.instance", item="InstanceSet", key="InstanceId", prefix="crs", qcs=Qcs("redis", "instance")
)
SETTINGS = Table(name="redis.settings", item="", key="InstanceId")
BACKUP = Table(name="redis.backup", item="RedisBackupSet", key="BackupId")
ACCOUNT = Table(name="redis.account", item="Account", key="")
"""Accounts beside the first one, under instance and name."""
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
KIND = Kind(
    instances=INSTANCE,
    settings=SETTINGS,
    ending="services.redis.instances:gone",
    parts=((BACKUP, "InstanceId"), (ACCOUNT, "InstanceId")),
    blank={
        "SecurityGroupIds": [],
        # Documented: kept for seven days. Assumed: daily, between two and three.
        "Backup": {
            "AutoBackupType": 1,
            "WeekDays": list(DAYS),
            "TimePeriod": "02:00-03:00",
            "BackupStorageDays": 7,
            "BinlogStorageDays": 7,
        },
        "Commands": [],
        "Seal": "",
        "Window": {"StartTime": "03:00", "EndTime": "06:00"},
    },
)
gone = databases.ending(KIND)

# Documented: in a process, running, isolated, to be deleted.
IN_PROCESS, RUNNING, ISOLATED, LEAVING = 1, 2, -2, -3
# Observed: 实例流程中 and 添加实例中 for what is in a process. Assumed: the others.
TITLES = {
    RUNNING: "实例运行中",
    IN_PROCESS: "实例流程中",
    ISOLATED: "实例已隔离",
    LEAVING: "实例待删除",
}
NO_TIME = "0000-00-00 00:00:00"

ONE = asking((INSTANCE, "InstanceId"))
MANY = asking((INSTANCE, "InstanceIds"))
# Assumed: who buys needs all instances allowed.
ALL = asking((INSTANCE,))


def instance(call: Call, key: str) -> Value:
    """An instance of the region."""
    return find(call, INSTANCE, key, no_instance)


def named(call: Call) -> Value:
    """The instance that a call names."""
    return instance(call, call.params["InstanceId"])


def settings(call: Call) -> Value:
    """What the instance that a call names is set to."""
    return databases.settings(call, KIND, named(call)["InstanceId"])


def running(call: Call, key: str) -> Value:
    """An instance that runs and is in no process.

    Raises:
        ApiError: it does not exist, is in a process, or does not run.
    """
    return in_status(call, key, RUNNING)


def in_status(call: Call, key: str, status: int) -> Value:
    """An instance in a state.

    Raises:
        ApiError: it does not exist, is in a process, or in another state.
    """
    found = instance(call, key)
    if found["Status"] == IN_PROCESS:
        raise locked(key)
    if found["Status"] != status:
        raise wrong_status(key, found["Status"])
    return found


def every_running(call: Call, keys: Sequence[str]) -> list[str]:
    """The keys themselves, each once: all of instances that run."""
    return [running(call, key)["InstanceId"] for key in dict.fromkeys(keys)]


def process(call: Call, found: Value, seconds: float, kind: str, **become: object) -> int:
    """Put an instance through a process, after which it runs unless ``become`` says otherwise: the task's id.

    Nothing else can be done to it meanwhile.
    """
    key, status = found["InstanceId"], become.pop("Status", RUNNING)
    change(call, INSTANCE, key, Status=IN_PROCESS, InstanceTitle=TITLES[IN_PROCESS])
    title = TITLES[int(str(status))]
    members = {**become, "Status": status, "InstanceTitle": title}
    later(call, seconds, INSTANCE, key, {"Status": IN_PROCESS}, **members)
    return note(call, found, seconds, kind)


def note(call: Call, found: Value, seconds: float, kind: str) -> int:
    """Note a task of an instance that leaves it free for others: the task's id."""
    number = tasks.next_number(call, 42371)
    tasks.begin(
        call,
        number,
        seconds,
        TaskId=number,
        TaskType=kind,
        InstanceId=found["InstanceId"],
        InstanceName=found["InstanceName"],
        ProjectId=found["ProjectId"],
        Operator=call.caller.principal.uin,
    )
    return number
