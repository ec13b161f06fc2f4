"""TDSQL instances bought, and the orders for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from emulator.errors import ApiError
from emulator.tables import addresses, databases
from emulator.tables.call import Call, Result
from emulator.tables.databases import CREATING_SECONDS, deal, listed_tags
from emulator.tables.declare import Does
from emulator.tables.network import find_subnet
from emulator.tables.prepaid import PERIODS
from emulator.tables.tdsql.life import check_first, check_name
from emulator.tables.tdsql.product import (
    CREATING,
    NETWORK,
    NO_TIME,
    RAW,
    RUNNING,
    Product,
    bad_value,
    begin_flow,
    illegal,
    no_group,
    state,
)
from emulator.tables.writing import Value, add, fresh_id, later, refuse
from emulator.world.clock import china_time, months_on
from emulator.world.estate.residents import numbered
from emulator.world.regions import REGIONS, Region, Zone, find
from emulator.world.shelves import Row


class Size(NamedTuple):
    """Memory (in GB) and cores that are sold together."""

    memory: int
    cpu: int
    pid: int

    @property
    def questions(self) -> int:
        """What it does a second."""
        return self.cpu * 2000


# Assumed: the sizes and their numbers, and up to ten in one order. Observed: the bounds of a disk, in GB.
SIZES = (
    Size(2, 1, 10820),
    Size(4, 2, 10821),
    Size(8, 4, 10822),
    Size(16, 4, 10823),
    Size(32, 8, 10824),
    Size(64, 16, 10825),
)
LEAST_STORAGE, MOST_STORAGE, STORAGE_STEP = 10, 3000, 10
MOST_AT_ONCE = 10
# Documented: one to three nodes (2 is a master and a replica, 3 a master and two); the versions. Assumed:
# their last figures, and that a single node is sold too.
NODES = (1, 2, 3)
VERSIONS = {"8.0": "8.0.18", "5.7": "5.7.17", "10.1": "10.1.9"}
MACHINE = "TS85"
CPU_TYPES = ("Intel/AMD", "Hygon")
_REFUSED = ("DcnRegion", "DcnInstanceId", "DcnSyncMode", "RollbackInstanceId", "RollbackTime")


def engine(version: str) -> str:
    """What runs a version."""
    return "MariaDB" if version.startswith("10") else "Percona" if version < "8" else "MySQL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a purchase asks for, found right."""

    product: Product
    size: Size
    storage: int
    version: str
    zones: Sequence[str]
    """Of the master and of each replica."""
    subnet: Value
    addresses: Sequence[str]
    groups: Sequence[str]
    names: Sequence[str]
    tags: Sequence[Value]
    first: Mapping[str, str]
    """The parameters to begin to work with; without them an instance is delivered raw."""
    months: int
    """0 for what is paid by the hour."""


Shape = Callable[[Call, Order, Value], Value]
"""Makes a product's own instance of the members that both have."""


def find_size(memory: int, cpu: int | None = None) -> Size:
    """The size of a memory in GB, and of cores if they are named.

    Raises:
        ApiError: nothing like it is sold.
    """
    for size in SIZES:
        if size.memory == memory and cpu in (None, 0, size.cpu):
            return size
    raise ApiError(
        "InvalidParameter.SpecNotFound", f"No size of {memory} GB and {cpu or 'any'} cores is sold."
    )


def check_storage(storage: int) -> int:
    """A size that a disk may have."""
    if not LEAST_STORAGE <= storage <= MOST_STORAGE or storage % STORAGE_STEP:
        raise ApiError(
            "InvalidParameter.SpecNotFound",
            f"A disk has {LEAST_STORAGE} to {MOST_STORAGE} GB in steps of {STORAGE_STEP}.",
        )
    return storage


def open_zones(region: str) -> Sequence[Zone]:
    """The zones of a region in which instances are sold."""
    found = find(region)
    return [zone for zone in found.zones if zone.is_available] if found is not None else []


def check_zones(call: Call, zones: Sequence[str], nodes: int) -> Sequence[str]:
    """The zones of an instance's nodes, the master's first.

    Raises:
        ApiError: one is not available, or more are named than there are nodes.
    """
    known = [zone.id for zone in open_zones(call.region)]
    for zone in zones:
        if zone not in known:
            raise ApiError("InvalidParameterValue.IllegalZone", f"The zone `{zone}` is not available.")
    if not zones or len(zones) > nodes:
        raise ApiError("InvalidParameterValue.IllegalZone", f"Name one to {nodes} zones.")
    # Assumed: nodes beyond the zones named stand in the last one.
    return [*zones, *[zones[-1]] * (nodes - len(zones))]


def read(call: Call, product: Product, *, size: Size, storage: int, nodes: int, months: int) -> Order:
    """Check everything that a purchase says and both products call alike.

    Vouchers (AutoVoucher, VoucherIds) say nothing here: nothing costs anything.
    """
    params = call.params
    count = 1 if params.get("Count") is None else params["Count"]
    if not 1 <= count <= MOST_AT_ONCE:
        raise ApiError("InvalidParameterValue.IllegalQuantity", f"1 to {MOST_AT_ONCE} can be bought.")
    if nodes not in NODES:
        raise ApiError("InvalidParameter.SpecNotFound", f"{nodes} nodes are not sold.")
    if months and months not in PERIODS:
        raise bad_value("Period", months, ", ".join(map(str, PERIODS)))
    version = params.get("DbVersionId") or "8.0"
    if version not in VERSIONS:
        raise ApiError("UnsupportedOperation.DbVersionNotSupported", f"The version {version} is not sold.")
    if not params.get("VpcId"):
        # Documented: the basic network is taken then. Assumed: no account has it any more.
        raise ApiError("InvalidParameter.VpcNotFound", "Only VPCs are available.")
    subnet = find_subnet(call, params["VpcId"], params.get("SubnetId") or "", NETWORK)
    order = Order(
        product=product,
        size=size,
        storage=check_storage(storage),
        version=version,
        # Assumed: without zones it is the subnet's.
        zones=check_zones(call, params.get("Zones") or [subnet["Zone"]], nodes),
        subnet=subnet,
        addresses=addresses.choose(call, subnet, count, NETWORK),
        groups=databases.known_groups(call, _groups(params), no_group),
        names=_names(params.get("InstanceName") or "", count),
        tags=listed_tags(params.get("ResourceTags")),
        first=check_first(params["InitParams"]) if params.get("InitParams") else {},
        months=months,
    )
    _check_choices(call)
    return order


def _groups(params: Mapping[str, Any]) -> Sequence[str]:
    # Documented for the one product: a single group may be said in a parameter of its own.
    single = params.get("SecurityGroupId")
    return [*(params.get("SecurityGroupIds") or ()), *([single] if single else ())]


def _names(name: str, count: int) -> Sequence[str]:
    # Assumed: several are told apart by numbers; without a name each is called by its id.
    return databases.numbered_names(check_name(name), count) if name else [""] * count


def _check_choices(call: Call) -> None:
    params = call.params
    check_cpu_type(call)
    if params.get("AutoRenewFlag") not in (None, 0, 1, 2):
        raise bad_value("AutoRenewFlag", params["AutoRenewFlag"], "0, 1 or 2")
    if params.get("Ipv6Flag") not in (None, 0, 1):
        raise illegal("`Ipv6Flag` must be 0 or 1.")
    if params.get("Ipv6Flag"):
        refuse(call, "Ipv6Flag")
    refuse(call, *_REFUSED)


# --- Making -----------------------------------------------------------------------------------------------


def buy(call: Call, order: Order, shape: Shape) -> Result:
    """Make what was ordered: the order, its instances and the flow that makes them."""
    made = [_make(call, order, at, shape) for at in range(len(order.addresses))]
    flow = begin_flow(call, made, CREATING_SECONDS)
    name = deal(call)
    row = {
        "DealName": name,
        "OwnerUin": call.world.uin,
        "Count": len(made),
        "FlowId": flow,
        "InstanceIds": made,
        "PayMode": int(bool(order.months)),
        "Ends": call.now + CREATING_SECONDS * call.world.pace,
    }
    call.world.write(f"{order.product.name}.deal", call.region).put(name, Row(row))
    return {"DealName": name, "InstanceIds": made, "FlowId": flow}


def _make(call: Call, order: Order, at: int, shape: Shape) -> str:
    table, params = order.product.kind.instances, call.params
    key, time = fresh_id(call, table), china_time(call.now)
    subnet, version = order.subnet, VERSIONS[order.version]
    renews = bool(order.months) and params.get("AutoRenewFlag") == 1
    common = {
        "InstanceId": key,
        "InstanceName": order.names[at] or key,
        **state(CREATING),
        "ProjectId": params.get("ProjectId") or 0,
        "Region": call.region,
        "Zone": order.zones[0],
        "UniqueVpcId": subnet["VpcId"],
        "UniqueSubnetId": subnet["SubnetId"],
        "VpcId": numbered(subnet["VpcId"]),
        "SubnetId": numbered(subnet["SubnetId"]),
        # Assumed: the address is known while the instance is still being made.
        "Vip": order.addresses[at],
        "Vport": 3306,
        "CreateTime": time,
        "UpdateTime": time,
        "PeriodEndTime": china_time(months_on(call.now, order.months)) if order.months else NO_TIME,
        "Paymode": "prepaid" if order.months else "postpaid",
        "AutoRenewFlag": int(renews),
        "Memory": order.size.memory,
        "Cpu": order.size.cpu,
        "Storage": order.storage,
        "NodeCount": len(order.zones),
        "Pid": order.size.pid,
        "Id": call.world.mint.number(7),
        "DbEngine": engine(version),
        "DbVersion": version,
        "DbVersionId": order.version,
        # Documented: 2 is a master.
        "InstanceType": 2,
        "IsAuditSupported": 1,
        "ResourceTags": order.tags,
        "WanStatus": 0,
        "ProtectedProperty": 0,
    }
    add(call, table, shape(call, order, common))
    databases.set_to(
        call,
        order.product.kind,
        key,
        SecurityGroupIds=order.groups,
        SlaveZones=list(order.zones[1:]),
        NodesInfo=[_node(call, index, zone) for index, zone in enumerate(order.zones)],
        Params=dict(order.first),
        CpuType=params.get("CpuType") or CPU_TYPES[0],
    )
    # Documented: raw until it is told what to begin with.
    then = state(RUNNING if order.first else RAW)
    later(call, CREATING_SECONDS, table, key, {"Status": CREATING}, **then)
    return key


def _node(call: Call, at: int, zone: str) -> Value:
    return {
        "NodeId": call.world.mint.resource("node"),
        "Role": "slave" if at else "master",
        "Zone": zone,
    }


# --- Reading ----------------------------------------------------------------------------------------------


def describe_orders(product: Product, call: Call) -> Result:
    """What became of orders."""
    names = call.params["DealNames"]
    if not names:
        raise ApiError("InvalidParameter.DealNameNotGiven", "`DealNames` is empty.")
    shelf = call.world.read(f"{product.name}.deal", call.region)
    # Assumed: orders that do not exist are left out.
    rows = [shelf.items()[name].value for name in dict.fromkeys(names) if name in shelf]
    return {"TotalCount": len(rows), "Deals": [_shown(call, row) for row in rows]}


def _shown(call: Call, row: Value) -> Value:
    shown = {name: value for name, value in row.items() if name != "Ends"}
    # Documented: null until the instances are delivered.
    return shown if row["Ends"] <= call.now else {**shown, "InstanceIds": None}


def check_cpu_type(call: Call) -> None:
    """Refuse a kind of processor that there is not."""
    if call.params.get("CpuType") not in (None, "", *CPU_TYPES):
        raise bad_value("CpuType", call.params["CpuType"], " or ".join(CPU_TYPES))


def sold(count: int) -> list[Value]:
    """The sizes that are sold with so many nodes."""
    return [
        {
            "NodeCount": count,
            "Memory": size.memory,
            "MinStorage": LEAST_STORAGE,
            "MaxStorage": MOST_STORAGE,
            # Assumed: what a size is good for is not said here.
            "SuitInfo": "",
            "Pid": size.pid,
            "Qps": size.questions,
            "Cpu": size.cpu,
        }
        for size in SIZES
    ]


def sale_info() -> list[Value]:
    """Every region in which instances are sold, its zones and where replicas may stand."""
    return [_sold_in(region) for region in REGIONS if region.is_available]


def _sold_in(region: Region) -> Value:
    every = [_zone(zone) for zone in region.zones]
    zones = [zone for zone in every if zone["OnSale"]]
    return {
        "Region": region.id,
        "RegionId": region.number,
        "RegionName": region.zh.rpartition("(")[2].rstrip(")"),
        "ZoneList": every,
        # Observed: the master's own zone is a choice for its replicas.
        "AvailableChoice": [{"MasterZone": zone, "SlaveZones": zones} for zone in zones],
        "CpuType": CPU_TYPES[0],
    }


def _zone(zone: Zone) -> Value:
    return {
        "Zone": zone.id,
        "ZoneId": int(zone.number),
        "ZoneName": zone.zh,
        "OnSale": zone.is_available,
    }


def actions(product: Product) -> tuple[Does, ...]:
    """The actions of orders."""
    # Assumed: an order names no instance, so all are asked about.
    return (product.does("DescribeOrders", describe_orders),)
