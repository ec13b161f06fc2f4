"""MySQL instances: where they stand, and in which state an action needs them."""

from __future__ import annotations

from collections.abc import Iterable

from emulator.services.cdb.refusals import busy, no_instance, wrong_status
from emulator.tables import databases
from emulator.tables.asking import asking
from emulator.tables.call import Call
from emulator.tables.databases import Kind
from emulator.tables.declare import Qcs, Table
from emulator.tables.writing import Value, find
from emulator.world.estate.mysql import FIRST_BACKUP, FIRST_FEATURES

# Documented: MySQL instances are resources of CAM. Assumed: as instanceId/… of cdb.
INSTANCE = Table(
    name="cdb.instance", item="InstanceInfo", key="InstanceId", prefix="cdb", qcs=Qcs("cdb", "instanceId")
)
SETTINGS = Table(name="cdb.settings", item="", key="InstanceId")
BACKUP = Table(name="cdb.backup", item="BackupInfo", key="BackupId")
KIND = Kind(
    instances=INSTANCE,
    settings=SETTINGS,
    ending="services.cdb.instances:gone",
    parts=((BACKUP, "InstanceId"),),
    blank={
        "SecurityGroupIds": [],
        "Accounts": [],
        "Privileges": [],
        "Audit": None,
        "Backup": FIRST_BACKUP,
        "Features": FIRST_FEATURES,
    },
)
gone = databases.ending(KIND)

# Documented: these states. An instance that is deleted shows 6, going offline, until it is gone.
CREATING, RUNNING, ISOLATING, ISOLATED, OFFLINE = 0, 1, 4, 5, 6

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
    """An instance that runs.

    Raises:
        ApiError: it does not exist or does not run.
    """
    found = instance(call, key)
    if found["Status"] != RUNNING:
        raise wrong_status(key, found["Status"])
    return found


def idle(call: Call, key: str) -> Value:
    """An instance that runs and has nothing else to do.

    Raises:
        ApiError: it does not exist, does not run, or is busy.
    """
    found = running(call, key)
    if found["TaskStatus"] != 0:
        raise busy(key, found["TaskStatus"])
    return found


def every_running(call: Call, keys: Iterable[str]) -> list[str]:
    """The keys themselves, each once: all of instances that run."""
    return [running(call, key)["InstanceId"] for key in dict.fromkeys(keys)]
