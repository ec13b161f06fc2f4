"""Placement groups: what keeps instances on hosts, switches or racks of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from emulator.services.cvm import errors
from emulator.services.cvm.resources import INSTANCES, MANNERS, check_states, done, found, instances, tags
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Manners, Qcs, Table
from emulator.tables.filters import contains
from emulator.tables.idempotent import once
from emulator.tables.params import bad_value, choice, too_many
from emulator.tables.shared import INSTANCE
from emulator.tables.writing import Value, add, change, fresh_id, remove
from emulator.world.clock import iso_time

# Assumed: placement groups are asked about at operation level when they are listed.
GROUP = Table(
    name="cvm.disasterrecovergroup", item="DisasterRecoverGroup", key="DisasterRecoverGroupId", prefix="ps"
)
# Documented (official example): how many instances a group holds by its type, and how many groups there are.
CAPACITY: Mapping[str, int] = {"HOST": 50, "SW": 20, "RACK": 30}
MOST_GROUPS = 10
# Assumed: the type under which CAM knows one that a call names.
_ASKED = replace(GROUP, qcs=Qcs("cvm", "ps"))
GROUPS, NEW_GROUP = asking((_ASKED, "DisasterRecoverGroupIds", "DisasterRecoverGroupId")), asking((_ASKED,))


def group(call: Call, key: str) -> Value:
    """A placement group."""
    return found(call, GROUP, key, errors.bad_placement_group, errors.no_placement_group)


def members(call: Call, key: str) -> list[str]:
    """The instances of a group."""
    rows = call.world.read(INSTANCE.name, call.region).index("DisasterRecoverGroupIds").get(key, ())
    return [row.value["InstanceId"] for row in rows]


def shown(call: Call, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """A group with the instances that say they are in it."""
    ids = members(call, value["DisasterRecoverGroupId"])
    return {**value, "InstanceIds": ids, "CurrentNum": len(ids)}


def chosen(call: Call, keys: Sequence[str], count: int) -> Value:
    """The members of instances that are to join a group, one at most, which has room for so many more.

    Raises:
        ApiError: there is no such group or partition, or no room in it.
    """
    number = call.params.get("PartitionNumber") or 0
    # Documented: one group an instance.
    if len(keys) > 1:
        raise too_many("DisasterRecoverGroupIds", 1)
    for key in keys:
        if len(members(call, key)) + count > group(call, key)["CvmQuotaTotal"]:
            raise errors.placement_group_full(key)
    joined = {"DisasterRecoverGroupIds": list(keys), "DisasterRecoverGroupId": keys[0] if keys else ""}
    partitions = group(call, keys[0])["PartitionCount"] if keys else 0
    choice("PartitionNumber", number, range(partitions + 1))
    # Documented: any partition if none is named. Assumed: the first.
    return {**joined, "PartitionNumber": number or 1} if partitions else joined


def _check_name(name: str) -> str:
    if not 1 <= len(name) <= 60:
        raise bad_value("Name", name)
    return name


def create(call: Call) -> Result:
    """Make a placement group with nothing in it."""
    params = call.params
    _check_name(params["Name"])
    kind = choice("Type", params["Type"], tuple(CAPACITY))
    # Documented: groups that spread are the standard; of those in partitions, from 2 to 30.
    strategy = choice("Strategy", params.get("Strategy") or "SPREAD", ("SPREAD", "PARTITION"))
    partitions = params.get("PartitionCount") or 0
    choice("PartitionCount", partitions, range(2, 31) if strategy == "PARTITION" else (0,))
    affinity = params.get("Affinity") or 1
    choice("Affinity", affinity, range(1, 11))
    given = tags(call, "ps")
    if len(call.world.read(GROUP.name, call.region)) >= MOST_GROUPS:
        raise errors.too_many_placement_groups()
    made = add(
        call,
        GROUP,
        {
            "DisasterRecoverGroupId": fresh_id(call, GROUP),
            "Name": params["Name"],
            "Type": kind,
            "CvmQuotaTotal": CAPACITY[kind],
            "Affinity": affinity,
            "Strategy": strategy,
            "PartitionCount": partitions,
            "CreateTime": iso_time(call.now),
            "Tags": given,
        },
    )
    return {name: made[name] for name in _ANSWERED}


_ANSWERED = (
    "DisasterRecoverGroupId",
    "Type",
    "Name",
    "CvmQuotaTotal",
    "CurrentNum",
    "CreateTime",
    "Strategy",
    "PartitionCount",
)


def modify(call: Call) -> Result:
    """Change a group's name, or let its affinity grow."""
    params, before = call.params, group(call, call.params["DisasterRecoverGroupId"])
    changes: dict[str, Any] = {"Name": _check_name(params["Name"])}
    if params.get("Affinity") is not None:
        # Documented: from 1 to 10, and never smaller than it was.
        changes["Affinity"] = choice("Affinity", params["Affinity"], range(before["Affinity"], 11))
    change(call, GROUP, before["DisasterRecoverGroupId"], **changes)
    return {}


def delete(call: Call) -> Result:
    """Delete groups that nothing is in; all of them or none."""
    keys = list(dict.fromkeys(call.params["DisasterRecoverGroupIds"]))
    if not keys:
        raise errors.at_least_one("DisasterRecoverGroupIds")
    # Documented: ten a request, and only empty ones.
    if len(keys) > 10:
        raise too_many("DisasterRecoverGroupIds", 10)
    for key in keys:
        group(call, key)
        if members(call, key):
            raise errors.placement_group_in_use(key)
    for key in keys:
        remove(call, GROUP, key)
    return {}


def describe_quota(call: Call) -> Result:
    """How many groups there are and may be, and how many instances each may hold."""
    return {
        "GroupQuota": MOST_GROUPS,
        "CurrentNum": len(call.world.read(GROUP.name, call.region)),
        "CvmInHostGroupQuota": CAPACITY["HOST"],
        "CvmInSwGroupQuota": CAPACITY["SW"],
        "CvmInRackGroupQuota": CAPACITY["RACK"],
    }


def join(call: Call) -> Result:
    """Put instances into a group; a running one may have to change its host for it."""
    # Whether it may (Force) changes nothing here: there is always room where an instance is.
    params, wanted = call.params, instances(call)
    keys = params.get("DisasterRecoverGroupIds") or [params.get("DisasterRecoverGroupId") or ""]
    if not keys[0]:
        raise errors.at_least_one("DisasterRecoverGroupId", "DisasterRecoverGroupIds")
    joined = chosen(call, keys, len(wanted))
    check_states(wanted, "RUNNING", "STOPPED")
    for each in wanted:
        if keys[0] in each["DisasterRecoverGroupIds"]:
            raise errors.already_in_group(each["InstanceId"], keys[0])
    for each in wanted:
        done(call, each["InstanceId"], **joined)
    return {}


ACTIONS = (
    Lists(
        action="DescribeDisasterRecoverGroups",
        of=GROUP,
        ids="DisasterRecoverGroupIds",
        most_ids=10,
        filters={"tag-key": "Tags.Key", "tag-value": "Tags.Value", "tag:": "Tags"},
        params={"Name": contains("Name")},
        shown=shown,
        manners=Manners(
            out_of_range=MANNERS.out_of_range,
            unknown_filter=MANNERS.unknown_filter,
            too_many=MANNERS.too_many,
            malformed=errors.bad_placement_group,
        ),
    ),
    Does(
        action="CreateDisasterRecoverGroup",
        run=once(errors.TOKENS, create),
        home="region",
        asks=NEW_GROUP,
    ),
    Does(action="ModifyDisasterRecoverGroupAttribute", run=modify, home="region", asks=GROUPS),
    Does(action="DeleteDisasterRecoverGroups", run=delete, home="region", asks=GROUPS),
    Does(action="DescribeDisasterRecoverGroupQuota", run=describe_quota, home="region"),
    Does(
        action="ModifyInstancesDisasterRecoverGroup",
        run=join,
        home="region",
        asks=INSTANCES,
    ),
)
