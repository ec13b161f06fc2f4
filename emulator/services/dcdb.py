"""TDSQL for MySQL: instances in shards, from purchase to end, and what is in and around them."""

from __future__ import annotations

from emulator.contract.conform import complete
from emulator.contract.paging import paging
from emulator.errors import ApiError
from emulator.tables import databases
from emulator.tables.call import Call, Result
from emulator.tables.databases import Kind
from emulator.tables.declare import Does, Lists, Qcs, Service, Table, Window
from emulator.tables.listing import window
from emulator.tables.tdsql import accounts, life, lists, network, parameters, product, purchase
from emulator.tables.tdsql.product import NO_TIME, TEXTS, Product
from emulator.tables.writing import Value

# Documented: TDSQL instances are resources of CAM. Assumed: as instance/… of dcdb.
INSTANCE = Table(
    name="dcdb.instance",
    item="DCDBInstanceInfo",
    key="InstanceId",
    prefix="tdsqlshard",
    qcs=Qcs("dcdb", "instance"),
)
DCDB = Product(
    name="dcdb",
    kind=Kind(
        instances=INSTANCE,
        settings=Table(name="dcdb.settings", item="", key="InstanceId"),
        ending="services.dcdb:gone",
        blank={
            "SecurityGroupIds": [],
            "Accounts": [],
            "Privileges": [],
            "SlaveZones": [],
            "NodesInfo": [],
            "EncryptStatus": 0,
        },
    ),
    needs_all_kinds=True,
)
gone = databases.ending(DCDB.kind)
# Documented: how many shards an instance is made with.
LEAST_SHARDS, MOST_SHARDS = 2, 8


# --- Purchase ---------------------------------------------------------------------------------------------


def create_hour_instance(_product: Product, call: Call) -> Result:
    """Take instances that are paid by the hour."""
    return _buy(call, 0)


def create_instance(_product: Product, call: Call) -> Result:
    """Buy instances for some months."""
    if call.params["Period"] < 1:
        raise product.bad_value("Period", call.params["Period"], "one month at least")
    bought = _buy(call, call.params["Period"])
    return {name: bought[name] for name in ("DealName", "InstanceIds")}


def _buy(call: Call, months: int) -> Result:
    params = call.params
    if not LEAST_SHARDS <= params["ShardCount"] <= MOST_SHARDS:
        raise ApiError(
            "InvalidParameter.SpecNotFound", f"An instance has {LEAST_SHARDS} to {MOST_SHARDS} shards."
        )
    order = purchase.read(
        call,
        DCDB,
        size=purchase.find_size(params["ShardMemory"], params.get("ShardCpu")),
        storage=params["ShardStorage"],
        nodes=params["ShardNodeCount"],
        months=months,
    )
    return purchase.buy(call, order, _shaped)


def _shaped(call: Call, order: purchase.Order, common: Value) -> Value:
    count: int = call.params["ShardCount"]
    first = call.world.mint.number(6)
    return {
        **common,
        "ShardCount": count,
        "IsolatedTimestamp": NO_TIME,
        "ShardDetail": [
            {
                "ShardInstanceId": call.world.mint.resource("shard"),
                "ShardSerialId": f"set_{first}_{at + 1}",
                # Documented: running. Assumed: as soon as the instance shows them.
                "Status": product.RUNNING,
                "Createtime": common["CreateTime"],
                "Memory": order.size.memory,
                "Storage": order.storage,
                "ShardId": first + at,
                "NodeCount": len(order.zones),
                "Pid": order.size.pid,
                "Cpu": order.size.cpu,
            }
            for at in range(count)
        ],
    }


def init_instances(_product: Product, call: Call) -> Result:
    """Let instances that were delivered raw begin to work."""
    flows = life.begin_work(call, DCDB)
    return {"FlowIds": [flow for _, flow in flows], "InstanceIds": call.params["InstanceIds"]}


# --- Reading ----------------------------------------------------------------------------------------------


def describe_detail(_product: Product, call: Call) -> Result:
    """All there is to say about one instance and its shards."""
    value, settings = product.named(call, DCDB), product.settings(call, DCDB)
    shape, shards = call.action.response, value["ShardDetail"]
    detail = {
        **{name: value[name] for name in shape.members if name in value},
        "VpcId": value["UniqueVpcId"],
        "SubnetId": value["UniqueSubnetId"],
        "MasterZone": value["Zone"],
        "PayMode": value["Paymode"],
        # Documented: of all shards together.
        "Memory": sum(shard["Memory"] for shard in shards),
        "Storage": sum(shard["Storage"] for shard in shards),
        "Machine": purchase.MACHINE,
        "IsMaxUserConnectionsSupported": not value["DbVersion"].startswith("10.1"),
        "CpuType": settings.get("CpuType", "Intel/AMD"),
        **{name: settings[name] for name in ("SlaveZones", "EncryptStatus")},
        "Shards": [
            {
                **{name: shard[name] for name in ("ShardSerialId", "ShardInstanceId", "Status", "Memory")},
                **{name: shard[name] for name in ("Storage", "NodeCount", "Cpu")},
                "StatusDesc": TEXTS[shard["Status"]],
                "CreateTime": shard["Createtime"],
                "ShardMasterZone": value["Zone"],
                "ShardSlaveZones": settings["SlaveZones"],
                "NodesInfo": settings["NodesInfo"],
            }
            for shard in shards
        ],
    }
    # Assumed: the other members are empty, or null where they may be.
    return {name: each for name, each in complete(shape, detail).items() if name != "RequestId"}


def describe_shards(_product: Product, call: Call) -> Result:
    """A page of an instance's shards."""
    value, settings, params = product.named(call, DCDB), product.settings(call, DCDB), call.params
    # Documented: 20, at most 100.
    start, limit = window(params, paging(call.action), Window(default=20, ceiling=100), lists.MANNERS)
    by, way = params.get("OrderBy") or "createtime", params.get("OrderByType") or "desc"
    if by != "createtime" or way not in ("asc", "desc"):
        raise product.illegal("Shards are ordered by createtime, asc or desc.")
    wanted = params.get("ShardInstanceIds") or ()
    known = {shard["ShardInstanceId"]: shard for shard in value["ShardDetail"]}
    for key in wanted:
        if key not in known:
            raise ApiError("InvalidParameterValue.ShardNotExist", f"The shard `{key}` does not exist.")
    shards = [shard for key, shard in known.items() if not wanted or key in wanted]
    # Assumed: shards made at one time keep their order.
    shards.sort(key=lambda shard: str(shard["Createtime"]), reverse=way == "desc")
    page = shards[start : None if limit is None else start + limit]
    return {
        "TotalCount": len(shards),
        "Shards": [_shard(value, settings, shard, list(known)) for shard in page],
        "DcnFlag": value["DcnFlag"],
    }


def _shard(value: Value, settings: Value, shard: Value, order: list[str]) -> Value:
    # Documented: 64 values of the key's hash, dealt to the shards. Assumed: evenly.
    at, count = order.index(shard["ShardInstanceId"]), len(order)
    return {
        **{name: shard[name] for name in ("ShardSerialId", "ShardInstanceId", "Status", "Memory")},
        **{name: shard[name] for name in ("Storage", "NodeCount", "ShardId", "Pid", "Cpu")},
        **{name: value[name] for name in ("InstanceId", "ProjectId", "Region", "Zone", "Paymode")},
        "PeriodEndTime": value["PeriodEndTime"],
        "StatusDesc": TEXTS[shard["Status"]],
        "CreateTime": shard["Createtime"],
        "VpcId": value["UniqueVpcId"],
        "SubnetId": value["UniqueSubnetId"],
        "StorageUsage": 0.0,
        "MemoryUsage": 0.0,
        "ProxyVersion": "",
        "ShardMasterZone": value["Zone"],
        "ShardSlaveZones": settings["SlaveZones"],
        "Range": f"{64 * at // count}-{64 * (at + 1) // count - 1}",
    }


def describe_spec(_product: Product, call: Call) -> Result:
    """The sizes of shards that are sold."""
    purchase.check_cpu_type(call)
    infos = [info for count in purchase.NODES for info in purchase.sold(count)]
    return {"SpecConfig": [{"Machine": purchase.MACHINE, "SpecConfigInfos": infos}]}


def describe_sale_info(_product: Product, _call: Call) -> Result:
    """The regions and zones in which instances are sold."""
    return {"RegionList": purchase.sale_info()}


def _own() -> tuple[Does, ...]:
    """The actions that only this product has, or calls so."""
    return tuple(
        DCDB.does(action, run, *names)
        for action, run, names in (
            ("CreateHourDCDBInstance", create_hour_instance, ()),
            ("CreateDCDBInstance", create_instance, ()),
            ("InitDCDBInstances", init_instances, ("InstanceIds",)),
            ("RenewDCDBInstance", life.renew, ("InstanceId",)),
            ("IsolateHourDCDBInstance", life.isolate("postpaid"), ("InstanceIds",)),
            ("IsolateDCDBInstance", life.isolate("prepaid"), ("InstanceIds",)),
            ("ActiveHourDCDBInstance", life.activate, ("InstanceIds",)),
            ("DestroyHourDCDBInstance", life.destroy("postpaid"), ("InstanceId",)),
            ("DestroyDCDBInstance", life.destroy("prepaid"), ("InstanceId",)),
            ("DescribeDCDBInstanceDetail", describe_detail, ("InstanceId",)),
            ("DescribeDCDBShards", describe_shards, ("InstanceId",)),
            ("DescribeShardSpec", describe_spec, ()),
            ("DescribeDCDBSaleInfo", describe_sale_info, ()),
        )
    )


SERVICE = Service(
    name="dcdb",
    version="2018-04-11",
    tables=(INSTANCE,),
    actions=(
        Lists(
            action="DescribeDCDBInstances",
            of=INSTANCE,
            ids="InstanceIds",
            # Documented: 10, at most 100.
            page=Window(default=10, ceiling=100),
            params=lists.PARAMS,
            ignores=lists.NARROWS,
            narrowed=lists.narrow,
            shown=lists.owned,
            orders=lists.ORDERS,
            sort=lists.SORT,
            manners=lists.MANNERS,
        ),
        *_own(),
        *accounts.actions(DCDB),
        *life.actions(DCDB),
        *network.actions(DCDB),
        *parameters.actions(DCDB),
        *product.actions(DCDB),
        *purchase.actions(DCDB),
    ),
)
