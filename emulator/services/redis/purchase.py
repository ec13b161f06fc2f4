"""Redis instances bought, renewed and resized, and the orders for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.errors import ApiError
from emulator.services.redis import flows, sold
from emulator.services.redis.accounts import check_password
from emulator.services.redis.instances import (
    ALL,
    IN_PROCESS,
    INSTANCE,
    ISOLATED,
    KIND,
    NO_TIME,
    ONE,
    RUNNING,
    TITLES,
    named,
    note,
    process,
    running,
)
from emulator.services.redis.refusals import NETWORK, bad_value, illegal, missing, no_group, wrong_status
from emulator.tables import addresses, databases, passwords
from emulator.tables.call import Call, Result
from emulator.tables.databases import CREATING_SECONDS, deal, listed_tags, renewed
from emulator.tables.declare import Does
from emulator.tables.network import find_subnet
from emulator.tables.prepaid import PERIODS
from emulator.tables.writing import Value, add, change, fresh_id, later, refuse
from emulator.world.clock import china_time, months_on
from emulator.world.estate.residents import numbered
from emulator.world.regions import Zone, find
from emulator.world.shelves import Row

DEALS = "redis.deal"
_NAME = re.compile(r"[\w一-鿿-]{1,59}")
# Assumed: how long a change of size takes.
_RESIZING_SECONDS = 180


def check_name(name: str) -> str:
    """A name that an instance may have.

    Raises:
        ApiError: it has other signs than documented, or too many.
    """
    # Documented: Chinese, letters, digits, - and _, fewer than 60.
    if not _NAME.fullmatch(name):
        raise ApiError(
            "InvalidParameterValue.InstanceNameRuleError",
            "The name must have fewer than 60 letters, digits, Chinese, - or _.",
        )
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a purchase asks for, found right."""

    kind: sold.Type
    memory: int
    shards: int
    nodes: Sequence[Zone]
    """The zones of the master and of each replica."""
    subnet: Value
    addresses: Sequence[str]
    groups: Sequence[str]
    names: Sequence[str]
    months: int
    """0 for what is paid by the hour."""


def create_instances(call: Call) -> Result:
    """Buy instances."""
    order, params = _read(call), call.params
    # Documented: a dry run checks everything and creates nothing.
    if params.get("DryRun"):
        return {"DealId": "", "InstanceIds": []}
    made = [_make(call, order, at) for at in range(len(order.addresses))]
    number = deal(call)
    _note_deal(call, number, made, order)
    return {"DealId": number, "DealName": number, "InstanceIds": made}


def _read(call: Call) -> Order:
    """Check everything that a purchase says; AlarmPolicyList, which is Monitor's, says nothing here."""
    params = call.params
    kind = sold.find_type(call, params["TypeId"])
    count = params["GoodsNum"]
    if not 1 <= count <= sold.MOST_AT_ONCE:
        raise ApiError(
            "LimitExceeded.InvalidParameterGoodsNumNotInRange", f"1 to {sold.MOST_AT_ONCE} can be bought."
        )
    memory, shards = (
        sold.check_size(kind, params["MemSize"]),
        sold.check_shards(kind, params.get("RedisShardNum")),
    )
    replicas = sold.check_replicas(kind, params.get("RedisReplicasNum"))
    _check_choices(params, kind)
    if not params.get("VpcId"):
        # Documented: the basic network is taken then. Assumed: no account has it any more.
        raise ApiError("InvalidParameterValue.BaseNetWorkAccessDeny", "Only VPCs are available.")
    subnet = find_subnet(call, params["VpcId"], params.get("SubnetId") or "", NETWORK)
    zone = sold.check_zone(call.region, params.get("ZoneId"), params.get("ZoneName"))
    # Assumed: without a zone it is the subnet's.
    master = zone or sold.check_zone(call.region, None, subnet["Zone"])
    order = Order(
        kind=kind,
        memory=memory,
        shards=shards,
        nodes=_nodes(call, master, replicas),
        subnet=subnet,
        addresses=addresses.choose(call, subnet, count, NETWORK),
        groups=databases.known_groups(call, params.get("SecurityGroupIdList") or (), no_group),
        names=_names(params.get("InstanceName") or "", count),
        months=_months(params),
    )
    refuse(call, "TemplateId", "RedisClusterId")
    for name in ("EncryptPassword", "EnableSSL", "SSLBindPrivateIPv4", "ConnectionMode"):
        if params.get(name):
            refuse(call, name)
    if (params.get("PasswordPolicy") or {}).get("Enabled"):
        refuse(call, "PasswordPolicy")
    return order


def _months(params: Mapping[str, Any]) -> int:
    mode, months = params["BillingMode"], params["Period"]
    if mode not in (0, 1):
        raise bad_value("BillingMode", mode, "0 or 1")
    # Documented: the period counts only for what is paid by months.
    if mode == 0:
        return 0
    if months < 1:
        raise ApiError("LimitExceeded.PeriodLessThanMinLimit", "`Period` must be one month at least.")
    if months > max(PERIODS):
        raise ApiError("LimitExceeded.PeriodExceedMaxLimit", "`Period` must be three years at most.")
    if months not in PERIODS:
        raise bad_value("Period", months, ", ".join(map(str, PERIODS)))
    return int(months)


def _check_choices(params: Mapping[str, Any], kind: sold.Type) -> None:
    port = params.get("VPort")
    if port is not None and not 1024 <= port <= 65535:
        raise bad_value("VPort", port, "1024 to 65535")
    if params.get("AutoRenew") not in (None, 0, 1, 2):
        raise ApiError("UnsupportedOperation.IsAutoRenewError", "`AutoRenew` must be 0, 1 or 2.")
    version = params.get("ProductVersion") or "local"
    if version == "cloud":
        # Documented: no longer sold.
        raise ApiError("ResourceUnavailable.SaleOut", "This kind of instance is sold out.")
    if version == "cdc":
        # Documented: needed then.
        if not params.get("RedisClusterId"):
            raise missing("RedisClusterId")
    elif version not in ("local", "localv2"):
        raise bad_value("ProductVersion", version, "local, localv2 or cdc")
    if params.get("ReplicasReadonly") and kind.replicas == 1:
        raise ApiError("InvalidParameter.NotSupported", "This type cannot read from replicas.")
    # Documented: a password is needed unless there shall be none.
    if not params.get("NoAuth"):
        check_password(params.get("Password") or "")


def _names(name: str, count: int) -> Sequence[str]:
    # Assumed: several are told apart by numbers; without a name each is called by its id.
    return databases.numbered_names(check_name(name), count) if name else [""] * count


def _nodes(call: Call, master: Zone | None, replicas: int) -> Sequence[Zone]:
    """The zones of an instance's nodes, the master's first."""
    if master is None:
        raise missing("ZoneId")
    given = call.params.get("NodeSet") or []
    if not given:
        # Documented: several zones where there are some. Assumed: the replicas in the one after the master's.
        zones = sold.open_zones(call.region)
        other = zones[(zones.index(master) + 1) % len(zones)]
        return [master, *[other] * replicas]
    found = [
        (node["NodeType"], sold.check_zone(call.region, node.get("ZoneId"), node.get("ZoneName")))
        for node in given
    ]
    masters = [zone for kind, zone in found if kind == 0 and zone is not None]
    others = [zone for kind, zone in found if kind == 1 and zone is not None]
    if len(masters) != 1 or len(others) != replicas or len(found) != 1 + replicas:
        raise illegal(f"`NodeSet` must name one master and {replicas} replicas with their zones.")
    if masters[0] != master and (call.params.get("ZoneId") or call.params.get("ZoneName")):
        raise illegal("`NodeSet` and `ZoneId` name different zones for the master.")
    return [masters[0], *others]


def _make(call: Call, order: Order, at: int) -> str:
    params, key = call.params, fresh_id(call, INSTANCE)
    subnet, kind, is_free = order.subnet, order.kind, bool(params.get("NoAuth"))
    region = find(call.region)
    name = order.names[at] or key
    add(
        call,
        INSTANCE,
        {
            "InstanceId": key,
            "InstanceName": name,
            "ProjectId": params.get("ProjectId") or 0,
            "ProjectName": "默认项目",
            "RegionId": region.number if region is not None else 0,
            "Region": call.region,
            "ZoneId": int(order.nodes[0].number),
            "UniqVpcId": subnet["VpcId"],
            "UniqSubnetId": subnet["SubnetId"],
            "VpcId": numbered(subnet["VpcId"]),
            "SubnetId": numbered(subnet["SubnetId"]),
            "Status": IN_PROCESS,
            # Observed: the title while an instance is made.
            "InstanceTitle": "添加实例中",
            # Assumed: the address is known while the instance is still being made.
            "WanIp": order.addresses[at],
            "Port": params.get("VPort") or 6379,
            "Createtime": china_time(call.now),
            "Type": kind.number,
            "Engine": "Redis",
            "ProductType": "cluster" if kind.has_shards else "standalone",
            "ProductVersion": params.get("ProductVersion") or "local",
            "CurrentRedisVersion": kind.version,
            "NodeSet": _shown_nodes(call, order.nodes),
            "BillingMode": int(bool(order.months)),
            # Documented: 1 for what renews itself, 0 otherwise.
            "AutoRenewFlag": int(bool(order.months) and params.get("AutoRenew") == 1),
            "DeadlineTime": china_time(months_on(call.now, order.months)) if order.months else NO_TIME,
            "CloseTime": NO_TIME,
            "InstanceTags": listed_tags(params.get("ResourceTags")),
            "NoAuth": is_free,
            "PasswordFree": int(is_free),
            # Documented: 100 reads from replicas.
            "SlaveReadWeight": 100 if params.get("ReplicasReadonly") else 0,
            "RedisReplicasNum": len(order.nodes) - 1,
            # Assumed: bandwidth and connections as of every other instance.
            "NetLimit": 96,
            "ClientLimit": 10000,
            "ClientLimitMin": 10000,
            "ClientLimitMax": 40000,
            "MonitorVersion": "5s",
            "DeleteProtectionSwitch": 0,
            **_sized(order.memory, order.shards),
        },
    )
    seal = "" if is_free else passwords.sealed(call, params["Password"])
    databases.set_to(call, KIND, key, SecurityGroupIds=order.groups, Seal=seal)
    made = {"Status": RUNNING, "InstanceTitle": TITLES[RUNNING]}
    later(call, CREATING_SECONDS, INSTANCE, key, {"Status": IN_PROCESS}, **made)
    facts = {"InstanceId": key, "InstanceName": name, "ProjectId": params.get("ProjectId") or 0}
    note(call, facts, CREATING_SECONDS, flows.CREATE)
    return key


def _sized(memory: int, shards: int) -> Value:
    return {"Size": float(memory * shards), "RedisShardSize": memory, "RedisShardNum": shards}


def _shown_nodes(call: Call, zones: Sequence[Zone]) -> list[Value]:
    """The nodes of an instance in several zones; nothing for one in a single zone."""
    if len({zone.id for zone in zones}) == 1:
        return []
    return [_node(call, min(at, 1), zone) for at, zone in enumerate(zones)]


def _node(call: Call, kind: int, zone: Zone) -> Value:
    # Observed: ids of six digits.
    return {
        "NodeType": kind,
        "NodeId": call.world.mint.number(6),
        "ZoneId": int(zone.number),
        "ZoneName": zone.id,
    }


# --- Orders -----------------------------------------------------------------------------------------------


def _note_deal(call: Call, number: str, made: Sequence[str], order: Order) -> None:
    row = {
        "DealId": number,
        "DealName": number,
        "ZoneId": int(order.nodes[0].number),
        "GoodsNum": len(made),
        "Creater": call.caller.principal.uin,
        "CreatTime": china_time(call.now),
        # Observed: an order that nobody pays ends after fifteen days.
        "OverdueTime": china_time(call.now + 15 * 86400),
        # Assumed: nothing costs anything here.
        "Price": 0,
        "InstanceIds": list(made),
        "Ends": call.now + CREATING_SECONDS * call.world.pace,
    }
    call.world.write(DEALS, call.region).put(number, Row(row))


def describe_instance_deal_detail(call: Call) -> Result:
    """What became of orders."""
    params = call.params
    numbers = [*(params.get("DealIds") or ()), *([params["DealName"]] if params.get("DealName") else [])]
    if not numbers:
        raise missing("DealIds")
    # Documented: ten at most.
    if len(numbers) > 10:
        raise illegal("The number of `DealIds` exceeds the limit of 10.")
    shelf = call.world.read(DEALS, call.region)
    # Assumed: orders that do not exist are left out.
    rows = [shelf.items()[number].value for number in dict.fromkeys(numbers) if number in shelf]
    return {"DealDetails": [_shown_deal(call, row) for row in rows]}


def _shown_deal(call: Call, deal_row: Value) -> Value:
    is_done = deal_row["Ends"] <= call.now
    shown = {name: value for name, value in deal_row.items() if name != "Ends"}
    # Documented: 3 is being delivered, 4 was. Observed: the text of the latter.
    state = {"Status": 4, "Description": "发货成功"} if is_done else {"Status": 3, "Description": "发货中"}
    return {**shown, **state, "EndTime": china_time(deal_row["Ends"]) if is_done else NO_TIME}


# --- Further money ----------------------------------------------------------------------------------------


def renew_instance(call: Call) -> Result:
    """Pay for further months; an isolated instance runs again, one paid by the hour is paid by months."""
    found, params = named(call), call.params
    if params["Period"] not in PERIODS:
        raise bad_value("Period", params["Period"], ", ".join(map(str, PERIODS)))
    if params.get("ModifyPayMode") not in (None, "", "prepaid"):
        raise bad_value("ModifyPayMode", params["ModifyPayMode"], "prepaid")
    # Documented: one paid by the hour is renewed by becoming one paid by months.
    if found["BillingMode"] == 0 and not params.get("ModifyPayMode"):
        raise missing("ModifyPayMode")
    if found["Status"] not in (RUNNING, ISOLATED):
        raise wrong_status(found["InstanceId"], found["Status"])
    change(
        call,
        INSTANCE,
        found["InstanceId"],
        BillingMode=1,
        Status=RUNNING,
        InstanceTitle=TITLES[RUNNING],
        CloseTime=NO_TIME,
        OfflineTime="",
        DeadlineTime=renewed(call, found["DeadlineTime"], params["Period"]),
    )
    databases.stays(call, KIND, found["InstanceId"])
    number = deal(call)
    return {"DealId": number, "DealName": number}


def upgrade_instance(call: Call) -> Result:
    """Give an instance more or less memory, more or fewer shards or replicas: one of the three."""
    found, params = running(call, call.params["InstanceId"]), call.params
    kind = sold.find_type(call, found["Type"])
    memory = sold.check_size(kind, params["MemSize"])
    shards = sold.check_shards(kind, params.get("RedisShardNum"))
    wanted = (
        found["RedisReplicasNum"] if params.get("RedisReplicasNum") is None else params["RedisReplicasNum"]
    )
    replicas = sold.check_replicas(kind, wanted)
    changed = [
        name
        for name, value, old in (
            ("MemSize", memory, found["RedisShardSize"]),
            ("RedisShardNum", shards, found["RedisShardNum"]),
            ("RedisReplicasNum", replicas, found["RedisReplicasNum"]),
        )
        if value != old
    ]
    # Documented: one of them at a time. Assumed: and one of them at least.
    if len(changed) != 1:
        raise illegal("Change one of `MemSize`, `RedisShardNum` and `RedisReplicasNum` at a time.")
    if params.get("SwitchOption") not in (None, 1, 2):
        raise bad_value("SwitchOption", params["SwitchOption"], "1 or 2")
    if params.get("SwitchOption") == 1:
        refuse(call, "SwitchOption")
    become: dict[str, Any] = {**_sized(memory, shards), "RedisReplicasNum": replicas}
    if changed == ["RedisReplicasNum"] and found["NodeSet"]:
        become["NodeSet"] = _with_replicas(call, found, replicas)
    process(call, found, _RESIZING_SECONDS, flows.RESIZE, **become)
    number = deal(call)
    return {"DealId": number, "DealName": number}


def _with_replicas(call: Call, found: Value, replicas: int) -> list[Value]:
    """The nodes that an instance in several zones has with other replicas."""
    nodes, given = found["NodeSet"], call.params.get("NodeSet") or []
    # Documented: new ones are named by their zones, old ones that shall go by their ids.
    if not given:
        raise missing("NodeSet")
    more = replicas - found["RedisReplicasNum"]
    if more > 0:
        zones = [
            sold.check_zone(call.region, node.get("ZoneId"), node.get("ZoneName"))
            for node in given
            if node["NodeType"] == 1 and not node.get("NodeId")
        ]
        if len(zones) != more or None in zones:
            raise illegal(f"`NodeSet` must name the zones of {more} new replicas.")
        return [*nodes, *(_node(call, 1, zone) for zone in zones if zone is not None)]
    gone = {node.get("NodeId") for node in given if node["NodeType"] == 1}
    kept = [node for node in nodes if node["NodeType"] == 0 or node["NodeId"] not in gone]
    if len(nodes) - len(kept) != -more:
        raise illegal(f"`NodeSet` must name the ids of {-more} replicas.")
    return kept


ACTIONS = (
    Does(action="CreateInstances", run=create_instances, home="region", asks=ALL),
    # Assumed: an order names no instance, so all are asked about.
    Does(action="DescribeInstanceDealDetail", run=describe_instance_deal_detail, home="region", asks=ALL),
    Does(action="RenewInstance", run=renew_instance, home="region", asks=ONE),
    Does(action="UpgradeInstance", run=upgrade_instance, home="region", asks=ONE),
)
