"""The tables of CBS, how its rows are found and named to CAM, and how its parameters are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from emulator.errors import Refusal
from emulator.services.cbs import errors
from emulator.tables.asking import asking
from emulator.tables.call import Call
from emulator.tables.declare import Manners, Qcs
from emulator.tables.disks import DISK, POLICY, SNAPSHOT
from emulator.tables.listing import has_form
from emulator.tables.params import bad_value, too_many
from emulator.tables.writing import Value, find

# Documented: the codes are among the product's errors. Assumed: which is used when, and the texts.
MANNERS = Manners(
    out_of_range=errors.out_of_range,
    unknown_filter=Refusal[str]("InvalidFilter", "The specified filter `{}` is not supported."),
    both=lambda ids: errors.not_together(ids, "Filters"),
    too_many=too_many,
)

# Documented: disks stand in the cvm namespace of CAM. Assumed: so do snapshots, and whoever makes something
# is asked about all of its type.
OF_DISKS = (DISK, "DiskIds", "DiskId")
OF_SNAPSHOTS = (replace(SNAPSHOT, qcs=Qcs("cvm", "snapshot")), "SnapshotIds", "SnapshotId")
DISKS, NEW_DISK, SNAPSHOTS = asking(OF_DISKS), asking((DISK,)), asking(OF_SNAPSHOTS)


def disks(call: Call, most: int = 100) -> list[Value]:
    """The disks that ``DiskIds`` names, each once.

    Raises:
        ApiError: there are none or too many, or one is malformed or does not exist.
    """
    keys = list(dict.fromkeys(call.params.get("DiskIds") or ()))
    if not keys:
        raise errors.at_least_one("DiskIds")
    if len(keys) > most:
        raise too_many("DiskIds", most)
    return [disk(call, key) for key in keys]


def disk(call: Call, key: str) -> Value:
    """A disk."""
    if not has_form(key, DISK.prefix):
        raise bad_value("DiskId", key)
    return find(call, DISK, key, errors.no_disk)


def snapshot(call: Call, key: str) -> Value:
    """A snapshot."""
    if not has_form(key, SNAPSHOT.prefix):
        raise bad_value("SnapshotId", key)
    return find(call, SNAPSHOT, key, errors.no_snapshot)


def policy(call: Call, key: str) -> Value:
    """An automatic snapshot policy."""
    if not has_form(key, POLICY.prefix):
        raise bad_value("AutoSnapshotPolicyId", key)
    return find(call, POLICY, key, errors.no_policy)


def text(name: str, value: str, most: int = 60) -> str:
    """A name of so many bytes at most."""
    # Documented: 60 bytes for disks and policies, 60 characters for snapshots. Assumed: bytes for all.
    if len(value.encode("utf-8", "replace")) > most:
        raise bad_value(name, value)
    return value


def tags(call: Call) -> list[dict[str, str]]:
    """The tags a call gives, each key once."""
    given = [{"Key": tag["Key"], "Value": tag["Value"]} for tag in call.params.get("Tags") or ()]
    if len({tag["Key"] for tag in given}) < len(given) or any(not tag["Key"] for tag in given):
        raise bad_value("Tags", given)
    return given


CHINA = timezone(timedelta(hours=8))


def moment(name: str, value: str) -> float:
    """A moment as a parameter has it; what says no zone is China's time."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError as reason:
        raise bad_value(name, value) from reason
    return (found if found.tzinfo is not None else found.replace(tzinfo=CHINA)).timestamp()
