"""Automatic snapshot policies: what they say, which disks they are for, and what they do at their hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from emulator.services.cbs import errors
from emulator.services.cbs.resources import CHINA, DISKS, MANNERS, disk, disks, moment, policy, text
from emulator.services.cbs.snapshots import DAY
from emulator.tables import disks as kept
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Sort
from emulator.tables.disks import DISK, HOSTS, POLICY, SNAPSHOT, Shot
from emulator.tables.params import bad_value
from emulator.tables.writing import Value, add, change, fresh_id, remove
from emulator.world.clock import china_time
from emulator.world.world import World

MOST_POLICIES, MOST_BOUND = 30, 80
"""Assumed: policies in a region. Documented: disks that one request may bind."""
RETENTION_DAYS = 7
"""Documented: how long snapshots are kept unless told otherwise."""
TRIGGERED = "services.cbs.policies:triggered"


# --- When it acts ----------------------------------------------------------------------------------------


def check_rules(rules: Sequence[Mapping[str, Any]]) -> None:
    """Refuse rules that say no hour, or days that there are not."""
    # Documented: hours from 0 to 23, days of the week from 0 for Sunday, days of the month from 1 to 31, or
    # every so many days from 1 to 365. Assumed: one of the three; every day if none is said.
    if not rules:
        raise errors.at_least_one("Policy")
    for rule in rules:
        bounds = (("Hour", 0, 23), ("DayOfWeek", 0, 6), ("DayOfMonth", 1, 31))
        for name, least, most in bounds:
            for value in rule.get(name) or ():
                if not least <= value <= most:
                    raise bad_value(f"Policy.{name}", value)
        if not rule["Hour"]:
            raise bad_value("Policy.Hour", [])
        interval = rule.get("IntervalDays")
        if interval is not None and not 1 <= interval <= 365:
            raise bad_value("Policy.IntervalDays", interval)
        said = [name for name in ("DayOfWeek", "DayOfMonth", "IntervalDays") if rule.get(name)]
        if len(said) > 1:
            raise errors.not_together(*said)


def next_trigger(rules: Sequence[Mapping[str, Any]], created: float, after: float) -> float:
    """The first moment after a moment at which one of the rules acts, by the hours of China."""
    return min(next(_triggers(rule, created, after)) for rule in rules)


def _triggers(rule: Mapping[str, Any], created: float, after: float) -> Iterator[float]:
    first = datetime.fromtimestamp(created, CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    day = datetime.fromtimestamp(after, CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    while True:
        if _is_day(rule, day, (day - first).days):
            for hour in sorted(set(rule["Hour"])):
                then = (day + timedelta(hours=hour)).timestamp()
                if then > after:
                    yield then
        day += timedelta(days=1)


def _is_day(rule: Mapping[str, Any], day: datetime, age: int) -> bool:
    if rule.get("DayOfWeek"):
        return day.isoweekday() % 7 in rule["DayOfWeek"]
    if rule.get("DayOfMonth"):
        return day.day in rule["DayOfMonth"]
    # Documented: first on the day on which the policy is made, then every so many days.
    return age % (rule.get("IntervalDays") or 1) == 0


def schedule(world: World, region: str, found: Value, after: float) -> None:
    """Let a policy act at its next moment, which it shows."""
    created = moment("CreateTime", found["CreateTime"])
    at = next_trigger(found["Policy"], created, after)
    key, shown = found["AutoSnapshotPolicyId"], china_time(at)
    shelf = world.write(POLICY.name, region)
    shelf.put(key, shelf.items()[key].having(NextTriggerTime=shown))
    given = {"NextTriggerTime": shown, "IsActivated": True}
    world.at(at, (POLICY.name, region), key, given=given, put={}, then=TRIGGERED)


def triggered(world: World, region: str, at: float, found: Mapping[str, Any]) -> None:
    """Make a snapshot of each disk of a policy that is in use, and wait for the next moment."""
    deadline = None if found["IsPermanent"] else at + found["RetentionDays"] * DAY
    now = world.clock.now()
    # What would be gone again by now is not made: a clock that goes on by years need not count every hour.
    if deadline is None or deadline > now:
        # Assumed: how such a snapshot is called.
        name = f"{found['AutoSnapshotPolicyName']}_{china_time(at)[:10].replace('-', '')}"
        shot = Shot(name=name, deadline=deadline, policy=found["AutoSnapshotPolicyId"])
        for key in found["DiskIdSet"]:
            _shoot(world, region, key, shot, at)
        after = at
    else:
        after = max(at, now - found["RetentionDays"] * DAY)
    schedule(world, region, found, after)


def _shoot(world: World, region: str, key: str, shot: Shot, at: float) -> None:
    # Documented: not of a disk that is not in use (free, or its host is off), and not beyond the quota.
    row = world.read(DISK.name, region).get(key)
    if row is None or row.value["DiskState"] != "ATTACHED":
        return
    host = world.read(HOSTS, region).get(row.value["InstanceId"])
    if not row.value["Portable"] and host is not None and host.value["InstanceState"] == "STOPPED":
        return
    quota = 64 + 64 * len(world.read(DISK.name, region))
    if len(world.read(SNAPSHOT.name, region)) < quota:
        kept.snapshot(world, region, row.value, shot, at)


# --- Writing ---------------------------------------------------------------------------------------------


def create(call: Call) -> Result:
    """Make a policy, or only say when it would act first."""
    params = call.params
    check_rules(params["Policy"])
    name = text("AutoSnapshotPolicyName", params.get("AutoSnapshotPolicyName") or "") or kept.UNNAMED
    permanent, days = _retention(params, {"IsPermanent": False, "RetentionDays": RETENTION_DAYS})
    if len(call.world.read(POLICY.name, call.region)) >= MOST_POLICIES:
        raise errors.policy_quota()
    first = china_time(next_trigger(params["Policy"], call.now, call.now))
    # Documented: a dry run says when it would be. Assumed: with an empty id.
    if params.get("DryRun"):
        return {"AutoSnapshotPolicyId": "", "NextTriggerTime": first}
    key = fresh_id(call, POLICY)
    made = add(
        call,
        POLICY,
        {
            "AutoSnapshotPolicyId": key,
            "AutoSnapshotPolicyName": name,
            "AutoSnapshotPolicyState": "NORMAL",
            "Policy": params["Policy"],
            "IsActivated": params.get("IsActivated") is not False,
            "IsPermanent": permanent,
            "RetentionDays": days,
            "CreateTime": china_time(call.now),
            "NextTriggerTime": first,
        },
    )
    schedule(call.world, call.region, made, call.now)
    return {"AutoSnapshotPolicyId": key, "NextTriggerTime": first}


def _retention(params: Mapping[str, Any], before: Mapping[str, Any]) -> tuple[bool, int]:
    """Whether snapshots are kept for ever, and for how many days if not."""
    permanent = params.get("IsPermanent")
    days = params.get("RetentionDays")
    # Documented: both exclude one another. Assumed: at most ten years.
    if permanent and days is not None:
        raise errors.not_together("IsPermanent", "RetentionDays")
    if days is not None and not 1 <= days <= 3650:
        raise bad_value("RetentionDays", days)
    if days is not None:
        return False, days
    if permanent is None:
        permanent = before["IsPermanent"]
    return permanent, 0 if permanent else before["RetentionDays"] or RETENTION_DAYS


def modify(call: Call) -> Result:
    """Change what a policy says."""
    params = call.params
    found = policy(call, params["AutoSnapshotPolicyId"])
    members: dict[str, Any] = {}
    if "AutoSnapshotPolicyName" in params:
        members["AutoSnapshotPolicyName"] = text("AutoSnapshotPolicyName", params["AutoSnapshotPolicyName"])
    rules = found["Policy"] if params.get("Policy") is None else params["Policy"]
    check_rules(rules)
    members["Policy"] = rules
    if params.get("IsActivated") is not None:
        members["IsActivated"] = params["IsActivated"]
    permanent, days = _retention(params, found)
    members |= {"IsPermanent": permanent, "RetentionDays": days}
    changed = change(call, POLICY, found["AutoSnapshotPolicyId"], **members)
    schedule(call.world, call.region, changed, call.now)
    return {}


def delete(call: Call) -> Result:
    """Delete policies; all of them or none. The snapshots that they made stay."""
    keys = list(dict.fromkeys(call.params["AutoSnapshotPolicyIds"]))
    if not keys:
        raise errors.at_least_one("AutoSnapshotPolicyIds")
    found = [policy(call, key) for key in keys]
    for each in found:
        for key in each["DiskIdSet"]:
            _forget(call, key, each["AutoSnapshotPolicyId"])
        remove(call, POLICY, each["AutoSnapshotPolicyId"])
    return {}


def _forget(call: Call, key: str, gone: str) -> None:
    row = call.world.read(DISK.name, call.region).get(key)
    if row is not None:
        left = [each for each in row.value["AutoSnapshotPolicyIds"] or () if each != gone]
        change(call, DISK, key, AutoSnapshotPolicyIds=left)


def bind(call: Call) -> Result:
    """Let a policy be for disks; all of them or none."""
    found = policy(call, call.params["AutoSnapshotPolicyId"])
    key = found["AutoSnapshotPolicyId"]
    if len(call.params.get("DiskIds") or ()) > MOST_BOUND:
        raise errors.too_many_bound(MOST_BOUND)
    chosen = disks(call, MOST_BOUND)
    for each in chosen:
        if key in (each["AutoSnapshotPolicyIds"] or ()):
            raise errors.already_bound(each["DiskId"])
        if not each["SnapshotAbility"]:
            raise errors.not_supported(each["DiskId"])
    ids = [each["DiskId"] for each in chosen]
    change(call, POLICY, key, DiskIdSet=[*found["DiskIdSet"], *ids])
    for each in chosen:
        bound = [*(each["AutoSnapshotPolicyIds"] or ()), key]
        change(call, DISK, each["DiskId"], AutoSnapshotPolicyIds=bound)
    return {}


def unbind(call: Call) -> Result:
    """Let a policy be for disks no longer, named themselves or by their hosts; others are skipped."""
    params = call.params
    found = policy(call, params["AutoSnapshotPolicyId"])
    # Documented: one of the two at least.
    if not params.get("DiskIds") and not params.get("InstanceIds"):
        raise errors.at_least_one("DiskIds", "InstanceIds")
    ids = [disk(call, key)["DiskId"] for key in params.get("DiskIds") or ()]
    for host in params.get("InstanceIds") or ():
        row = call.world.read(HOSTS, call.region).get(host)
        if row is None:
            raise errors.no_instance(host)
        ids += [each["DiskId"] for each in (row.value["SystemDisk"], *row.value["DataDisks"])]
    key = found["AutoSnapshotPolicyId"]
    bound = set(found["DiskIdSet"])
    for each in ids:
        if each in bound:
            _forget(call, each, key)
    kept.unbind(call.world, call.region, key, ids)
    return {}


def describe_of_disk(call: Call) -> Result:
    """The policies that are for a disk."""
    found = disk(call, call.params["DiskId"])
    shelf = call.world.read(POLICY.name, call.region)
    rows = [shelf.get(key) for key in found["AutoSnapshotPolicyIds"] or ()]
    # Documented: they list no disks here.
    shown = [{**row.value, "DiskIdSet": []} for row in rows if row is not None]
    return {"TotalCount": len(shown), "AutoSnapshotPolicySet": shown}


# Assumed: policies are asked about at operation level, as when they are listed.
ACTIONS = (
    Lists(
        action="DescribeAutoSnapshotPolicies",
        of=POLICY,
        ids="AutoSnapshotPolicyIds",
        filters={
            "auto-snapshot-policy-id": "AutoSnapshotPolicyId",
            "auto-snapshot-policy-state": "AutoSnapshotPolicyState",
            "auto-snapshot-policy-name": "AutoSnapshotPolicyName",
        },
        orders={"CREATE_TIME": "CreateTime"},
        # Documented: by time of birth.
        sort=Sort(standard="CREATE_TIME"),
        manners=MANNERS,
    ),
    Does(action="CreateAutoSnapshotPolicy", run=create, home="region"),
    Does(action="ModifyAutoSnapshotPolicyAttribute", run=modify, home="region"),
    Does(action="DeleteAutoSnapshotPolicies", run=delete, home="region"),
    Does(action="BindAutoSnapshotPolicy", run=bind, home="region", asks=DISKS),
    Does(action="UnbindAutoSnapshotPolicy", run=unbind, home="region", asks=DISKS),
    Does(action="DescribeDiskAssociatedAutoSnapshotPolicy", run=describe_of_disk, home="region", asks=DISKS),
)
