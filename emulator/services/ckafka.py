"""Cloud Kafka: instances, topics, and how far each consumer group has read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.contract.paging import paging
from emulator.errors import ApiError, Refusal, missing_parameter
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Manners, Qcs, Service, Table, Window
from emulator.tables.listing import window
from emulator.world.shelves import Row

# Documented: resources are ckafkaId/… . Assumed: DescribeInstances asks about all of them.
INSTANCE = Table(
    name="ckafka.instance",
    item="Instance",
    key="InstanceId",
    prefix="ckafka",
    qcs=Qcs("ckafka", "ckafkaId"),
)
CONTENTS = "ckafka.contents"
GROUP_QUOTA = 200
"""Observed: in the official example."""

# Documented: ten of at most 100; twenty (of at most 50 topics); fifty of at most 50. Assumed: groups, 100.
INSTANCES, GROUPS = Window(default=10, ceiling=100), Window(default=20, ceiling=100)
TOPICS, OFFSETS = Window(default=20, ceiling=50), Window(default=50, ceiling=50)

# Documented: the codes are among the product's errors. Assumed: which is used when, and the texts.
MANNERS = Manners(
    out_of_range=Refusal[str, int](
        "InvalidParameterValue", "The value of parameter `{}` is out of range: {}."
    ),
    unknown_filter=Refusal[str]("InvalidFilter", "The filter `{}` is not supported."),
)

no_instance = Refusal[str]("InvalidParameterValue.InstanceNotExist", "The instance `{}` does not exist.")
no_group = Refusal[str]("ResourceNotFound", "The consumer group `{}` does not exist.")

ONE_INSTANCE, OF_PIPELINE = asking((INSTANCE, "InstanceId")), asking((INSTANCE, "Name"))


def _page(call: Call, rows: Sequence[Any], of: Window) -> Sequence[Any]:
    start, limit = window(call.params, paging(call.action), of, MANNERS)
    return rows[start : None if limit is None else start + limit]


# --- Instances and topics ---------------------------------------------------------------------------------


def describe_instances(call: Call) -> Result:
    """The instances of the region, by id, part of the name, state and network."""
    params = call.params
    key, word, states, vpc = (params.get(name) for name in ("InstanceId", "SearchWord", "Status", "VpcId"))
    contents = call.world.read(CONTENTS, call.region)
    rows = [
        row.value
        for row in call.world.read(INSTANCE.name, call.region)
        if (not key or row.value["InstanceId"] == key)
        and (not word or word in row.value["InstanceName"])
        and (not states or row.value["Status"] in states)
    ]
    if vpc:
        inside = contents.index("VpcId").get(vpc, ())
        kept = {row.value["InstanceId"] for row in inside}
        rows = [row for row in rows if row["InstanceId"] in kept]
    # Documented: TagKey is out of use. Assumed: it narrows nothing.
    return {"Result": {"InstanceList": _page(call, rows, INSTANCES), "TotalCount": len(rows)}}


def _contents(call: Call, key: str) -> Mapping[str, Any]:
    """What is in an instance; nothing in one that somebody put there."""
    if key not in call.world.read(INSTANCE.name, call.region):
        raise no_instance(key)
    row = call.world.read(CONTENTS, call.region).get(key)
    found: Mapping[str, Any] = row.value if row is not None else {"Topics": [], "Groups": []}
    return found


def describe_topic(call: Call) -> Result:
    """The topics of an instance."""
    params, word = call.params, call.params.get("SearchWord") or ""
    topics = [row for row in _contents(call, params["InstanceId"])["Topics"] if word in row["TopicName"]]
    # Assumed: no instance here has preset ACLs, so that no topic matches one.
    topics = [] if params.get("AclRuleName") else topics
    return {"Result": {"TopicList": _page(call, topics, TOPICS), "TotalCount": len(topics)}}


# --- Consumer groups --------------------------------------------------------------------------------------


def describe_group(call: Call) -> Result:
    """The consumer groups of an instance, in short."""
    params, word = call.params, call.params.get("SearchWord") or ""
    groups = [row for row in _contents(call, params["InstanceId"])["Groups"] if word in row["Group"]]
    for given in params.get("Filters") or ():
        # Documented: GroupState alone. Assumed: on instances of every version.
        if given["Name"] != "GroupState":
            raise MANNERS.unknown_filter(given["Name"])
        groups = [row for row in groups if row["State"] in given["Values"]]
    shown = [{"Group": row["Group"], "Protocol": "consumer"} for row in groups]
    page = _page(call, shown, GROUPS)
    return {"Result": {"TotalCount": len(shown), "GroupList": page, "GroupCountQuota": GROUP_QUOTA}}


def describe_group_info(call: Call) -> Result:
    """Named groups with their members; one that does not exist is dead and no error."""
    groups = {row["Group"]: row for row in _contents(call, call.params["InstanceId"])["Groups"]}
    return {"Result": [_info(name, groups.get(name)) for name in call.params["GroupList"]]}


def _info(name: str, group: Mapping[str, Any] | None) -> Mapping[str, Any]:
    # Documented: Dead is a group that does not exist; there are members in a Stable one only.
    is_stable = group is not None and group["State"] == "Stable"
    return {
        "ErrorCode": "0",
        "State": "Dead" if group is None else group["State"],
        "ProtocolType": "" if group is None else "consumer",
        "Protocol": "range" if is_stable else "",
        "Members": [_member(group)] if group is not None and is_stable else [],
        "Group": name,
    }


def _member(group: Mapping[str, Any]) -> Mapping[str, Any]:
    # Assumed: one consumer reads everything.
    topics = [
        {"Topic": row["Topic"], "Partitions": [part["Partition"] for part in row["Partitions"]]}
        for row in group["Topics"]
    ]
    return {
        "MemberId": f"consumer-1-{group['ClientHost']}",
        "ClientId": "consumer-1",
        "ClientHost": group["ClientHost"],
        "Assignment": {"Version": 0, "Topics": topics},
    }


def describe_group_offsets(call: Call) -> Result:
    """How far a group has read each topic."""
    return _offsets(call, call.params["InstanceId"], call.params.get("Topics") or ())


def describe_datahub_group_offsets(call: Call) -> Result:
    """The same for an instance that a data pipeline reads, which goes by Name here."""
    # Documented: Name is an instance's id.
    return _offsets(call, call.params["Name"], ())


def _offsets(call: Call, key: str, wanted: Sequence[str]) -> Result:
    name, word = call.params["Group"], call.params.get("SearchWord") or ""
    group = next((row for row in _contents(call, key)["Groups"] if row["Group"] == name), None)
    if group is None:
        raise no_group(name)
    topics = [
        {"Topic": row["Topic"], "Partitions": [_partition(part) for part in row["Partitions"]]}
        for row in group["Topics"]
        if word in row["Topic"] and (not wanted or row["Topic"] in wanted)
    ]
    return {"Result": {"TotalCount": len(topics), "TopicList": _page(call, topics, OFFSETS)}}


def _partition(part: Mapping[str, int]) -> Mapping[str, Any]:
    # Observed: Lag is the end less the offset, in the official example.
    return {**part, "Metadata": "", "ErrorCode": 0, "Lag": part["LogEndOffset"] - part["Offset"]}


# --- What is not published --------------------------------------------------------------------------------

# Assumed: all three are asked and answer as their published neighbours do: DescribeConsumerGroup,
# ModifyGroupOffsets and the actions of data pipelines, which say Name for an instance.
DONE: Mapping[str, Any] = {"ReturnCode": "0", "ReturnMessage": "SUCCESS", "Data": {"FlowId": 0}}
"""Observed: in the official example of ModifyGroupOffsets."""
GROUP_PAGE = Window(default=50, ceiling=50)
SHIFT, TO_TIME, TO_OFFSET = 0, 1, 2
EARLIEST = -2


def _put_groups(call: Call, key: str, groups: Sequence[Mapping[str, Any]]) -> None:
    value = {"InstanceId": key, **_contents(call, key), "Groups": list(groups)}
    call.world.write(CONTENTS, call.region).put(key, Row(value))


def create_datahub_group(call: Call) -> Result:
    """Create a consumer group in which nobody consumes."""
    key, name = call.params["Name"], call.params["Group"]
    groups = _contents(call, key)["Groups"]
    if not name or any(row["Group"] == name for row in groups):
        raise ApiError("InvalidParameterValue", f"The group name `{name}` is empty or there already.")
    if len(groups) >= GROUP_QUOTA:
        raise ApiError("LimitExceeded", f"There can be {GROUP_QUOTA} consumer groups at most.")
    _put_groups(call, key, [*groups, {"Group": name, "State": "Empty", "ClientHost": "", "Topics": []}])
    return {"Result": DONE}


def list_consumer_group(call: Call) -> Result:
    """The consumer groups of an instance with what they have read, or one of them."""
    params, contents = call.params, _contents(call, call.params["InstanceId"])
    wanted = params.get("GroupName") or ""
    # Documented: a topic says nothing without a group.
    topic = (params.get("TopicName") or "") if wanted else ""
    ids = {row["TopicName"]: row["TopicId"] for row in contents["Topics"]}
    groups = [row for row in contents["Groups"] if wanted in ("", row["Group"])]
    seen = {row["Topic"] for group in groups for row in group["Topics"] if topic in ("", row["Topic"])}
    topics = [{"TopicId": ids.get(name, ""), "TopicName": name} for name in sorted(seen)]
    shown = [
        {
            "ConsumerGroupName": group["Group"],
            "SubscribedInfo": [_subscribed(row, ids) for row in group["Topics"] if row["Topic"] in seen],
        }
        for group in groups
    ]
    return {
        "Result": {
            "TotalCount": len(shown),
            "TopicList": topics,
            "GroupList": _page(call, shown, GROUP_PAGE),
            "TotalPartition": sum(len(row["Partition"]) for each in shown for row in each["SubscribedInfo"]),
            "PartitionListForMonitor": [],
            "TotalTopic": len(topics),
            "TopicListForMonitor": [],
            "GroupListForMonitor": [],
        }
    }


def _subscribed(topic: Mapping[str, Any], ids: Mapping[str, str]) -> Mapping[str, Any]:
    parts = topic["Partitions"]
    return {
        "TopicName": topic["Topic"],
        "TopicId": ids.get(topic["Topic"], ""),
        "Partition": [part["Partition"] for part in parts],
        "PartitionOffset": [
            {"Partition": str(part["Partition"]), "Offset": part["Offset"]} for part in parts
        ],
    }


def modify_datahub_group_offsets(call: Call) -> Result:
    """Let a group go on elsewhere in some topics."""
    params, key = call.params, call.params["Name"]
    groups = _contents(call, key)["Groups"]
    group = next((row for row in groups if row["Group"] == params["Group"]), None)
    if group is None:
        raise no_group(params["Group"])
    move = _move(params)
    for name in params["Topics"]:
        if all(row["Topic"] != name for row in group["Topics"]):
            raise ApiError("ResourceNotFound", f"The group has not read the topic `{name}`.")
    moved = {**group, "Topics": [_moved(row, params, move) for row in group["Topics"]]}
    _put_groups(call, key, [moved if row is group else row for row in groups])
    return {"Result": DONE}


def _move(params: Mapping[str, Any]) -> Callable[[Mapping[str, int]], int]:
    """Where a partition is to be read on, before that is brought between its ends."""
    needed = {SHIFT: "Shift", TO_TIME: "ShiftTimestamp", TO_OFFSET: "Offset"}.get(params["Strategy"])
    if needed is None:
        raise ApiError("InvalidParameterValue", "The value of `Strategy` is none of 0, 1 and 2.")
    by = params.get(needed)
    if by is None:
        # Documented: each strategy needs its own parameter.
        raise missing_parameter(needed)
    if params["Strategy"] == SHIFT:
        return lambda part: part["Offset"] + by
    if params["Strategy"] == TO_OFFSET:
        return lambda _part: int(by)
    # Documented: the end where no message is of the time. Assumed: none ever is, for nothing is kept of them.
    return lambda part: 0 if by == EARLIEST else part["LogEndOffset"]


def _moved(
    topic: Mapping[str, Any], params: Mapping[str, Any], move: Callable[[Mapping[str, int]], int]
) -> Mapping[str, Any]:
    only = params.get("Partitions") or ()
    if topic["Topic"] not in params["Topics"]:
        return topic
    parts = [
        # Documented: never before the first message or after the last.
        {**part, "Offset": min(max(move(part), 0), part["LogEndOffset"])}
        if not only or part["Partition"] in only
        else part
        for part in topic["Partitions"]
    ]
    return {**topic, "Partitions": parts}


SERVICE = Service(
    name="ckafka",
    version="2019-08-19",
    tables=(INSTANCE,),
    actions=(
        Does(action="DescribeInstances", run=describe_instances, home="region", asks=asking((INSTANCE,))),
        Does(action="DescribeTopic", run=describe_topic, home="region", asks=ONE_INSTANCE),
        Does(action="DescribeGroup", run=describe_group, home="region", asks=ONE_INSTANCE),
        Does(action="DescribeGroupInfo", run=describe_group_info, home="region", asks=ONE_INSTANCE),
        Does(action="DescribeGroupOffsets", run=describe_group_offsets, home="region", asks=ONE_INSTANCE),
        Does(
            action="DescribeDatahubGroupOffsets",
            run=describe_datahub_group_offsets,
            home="region",
            asks=OF_PIPELINE,
        ),
        # Not published; served where an account says so.
        Does(action="CreateDatahubGroup", run=create_datahub_group, home="region", asks=OF_PIPELINE),
        Does(action="ListConsumerGroup", run=list_consumer_group, home="region", asks=ONE_INSTANCE),
        Does(
            action="ModifyDatahubGroupOffsets",
            run=modify_datahub_group_offsets,
            home="region",
            asks=OF_PIPELINE,
        ),
    ),
)
