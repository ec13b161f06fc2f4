"""MySQL instances bought, for hours or for months, and resized."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emulator.errors import not_emulated
from emulator.services.cdb import accounts, sold, tasks
from emulator.services.cdb.instances import (
    ALL,
    CREATING,
    INSTANCE,
    ISOLATED,
    KIND,
    ONE,
    RUNNING,
    idle,
    instance,
    named,
)
from emulator.services.cdb.params import check_params
from emulator.services.cdb.refusals import NETWORK, bad_value, denied, missing, no_resource, wrong_status
from emulator.tables import addresses, databases
from emulator.tables.call import Call, Result
from emulator.tables.databases import CREATING_SECONDS, deal, listed_tags, renewed
from emulator.tables.declare import Does
from emulator.tables.idempotent import MOST, Tokens, once
from emulator.tables.network import find_subnet
from emulator.tables.prepaid import PERIODS
from emulator.tables.writing import Value, add, change, fresh_id, later, refuse
from emulator.world.clock import china_time, months_on
from emulator.world.estate.mysql import FIRST_FEATURES
from emulator.world.estate.residents import numbered, zone_name, zone_number

NO_END = "0000-00-00 00:00:00"
"""Documented for read-only instances paid by the hour. Assumed: of all."""
_NAME = re.compile(r"[\w一-鿿\-./()\[\]（）+=:：@]{1,60}")
# Assumed: how long a change of size takes.
_RESIZING_SECONDS = 300
TOKENS = Tokens(
    bad=lambda text: bad_value("ClientToken", text, f"at most {MOST} ASCII characters"),
)
_REFUSED = (
    *("RoGroup", "DeployGroupId", "CageId", "ClusterTopology", "CdcId", "ClusterType"),
    *("AutoStrategy", "DataProtectVolume", "ParamTemplateId"),
)


def check_name(name: str) -> str:
    """A name that an instance may have.

    Raises:
        ApiError: it has other signs than documented, or too many.
    """
    # Documented: digits, letters, Chinese and -_./()[]（）+=:：@, at most 60.
    if not _NAME.fullmatch(name):
        raise bad_value("InstanceName", name, "up to 60 letters, digits, Chinese or -_./()[]（）+=:：@")
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a purchase asks for, found right."""

    count: int
    size: sold.Size
    volume: int
    version: str
    zones: tuple[str, ...]
    """Of the master, and of each replica."""
    subnet: Value
    addresses: Sequence[str]
    groups: Sequence[str]
    names: Sequence[str]
    tags: Sequence[Value]
    device: str
    settings: Mapping[str, str]
    """Parameters of the database that are set from the start."""
    months: int
    """0 for what is paid by the hour."""


def create_db_instance(call: Call) -> Result:
    """Buy instances for some months."""
    if call.params["Period"] not in PERIODS:
        raise bad_value("Period", call.params["Period"], ", ".join(map(str, PERIODS)))
    return _create(call, call.params["Period"])


def create_db_instance_hour(call: Call) -> Result:
    """Take instances that are paid by the hour."""
    # Documented: AutoRenewFlag means nothing here.
    return _create(call, 0)


def _create(call: Call, months: int) -> Result:
    order = _read(call, months)
    # Documented: a dry run checks everything and creates nothing.
    if call.params.get("DryRun"):
        return {"DealIds": [], "InstanceIds": []}
    made = [_make(call, order, at) for at in range(order.count)]
    # Assumed: one order for all of them.
    return {"DealIds": [deal(call)], "InstanceIds": made}


def _read(call: Call, months: int) -> Order:
    """Check everything that a purchase says.

    What says nothing here: alarm policies (AlarmPolicyList, AlarmPolicyIdList), which are Monitor's; which
    set of defaults parameters have (ParamTemplateType); AutoSyncFlag, which is for disaster recovery only.
    """
    params = call.params
    _check_role(call)
    count = params["GoodsNum"]
    if not 1 <= count <= 100:
        raise bad_value("GoodsNum", count, "1 to 100")
    if len(params.get("Vips") or ()) > count:
        # Documented: one for each instance, in their order.
        raise bad_value("Vips", ", ".join(params["Vips"]), f"at most {count}")
    size = sold.size(params.get("Cpu"), params["Memory"])
    sold.check_volume(params["Volume"])
    subnet = find_subnet(
        call,
        params.get("UniqVpcId") or "",
        params.get("UniqSubnetId") or "",
        NETWORK,
        ("UniqVpcId", "UniqSubnetId"),
    )
    zones = _zones(call, subnet)
    version = params.get("EngineVersion") or "8.0"
    _check_choices(call, version, device := params.get("DeviceType") or "UNIVERSAL", len(zones))
    if params.get("Password"):
        accounts.check_password(params["Password"])
    order = Order(
        count=count,
        size=size,
        volume=params["Volume"],
        version=version,
        zones=zones,
        subnet=subnet,
        addresses=addresses.choose(call, subnet, count, NETWORK, params.get("Vips") or ()),
        groups=databases.known_groups(call, params.get("SecurityGroup") or (), no_resource),
        names=_names(params.get("InstanceName") or "", count),
        tags=listed_tags(params.get("ResourceTags")),
        device=device,
        settings=check_params(call, {each["Name"]: each["Value"] for each in params.get("ParamList") or ()}),
        months=months,
    )
    refuse(call, *_REFUSED)
    return order


def _check_role(call: Call) -> None:
    role = call.params.get("InstanceRole") or "master"
    if role not in ("master", "ro", "dr"):
        raise bad_value("InstanceRole", role, "master, ro or dr")
    if role != "master":
        # Documented: both are needed for these.
        for name in ("MasterInstanceId", "MasterRegion"):
            if not call.params.get(name):
                raise missing(name)
        instance(call, call.params["MasterInstanceId"])
        raise not_emulated(call.action.key, f"instances of the role {role} cannot be bought yet.")


def _zones(call: Call, subnet: Value) -> tuple[str, ...]:
    """The zones of the nodes, the master's first."""
    params = call.params
    # Documented: a zone is chosen where none is named. Assumed: the subnet's.
    master = sold.check_zone(call.region, "Zone", params.get("Zone") or subnet["Zone"])
    further = []
    for name in ("SlaveZone", "BackupZone", "FourthZone"):
        # Observed: an example says 0 for no further replica.
        zone = params.get(name)
        further.append(sold.check_zone(call.region, name, zone) if zone not in (None, "", "0") else "")
    count = params.get("InstanceNodes") or (4 if further[2] else 3 if further[1] else 2)
    if not 1 <= count <= 4:
        raise bad_value("InstanceNodes", count, "1 to 4")
    # Documented for the first replica: the master's zone unless it is said. Assumed: for the others too.
    return (master, *(zone or master for zone in further[: count - 1]))


def _check_choices(call: Call, version: str, device: str, nodes: int) -> None:
    params = call.params
    if version not in sold.VERSIONS:
        raise bad_value("EngineVersion", version, ", ".join(sold.VERSIONS))
    choices: tuple[tuple[str, Sequence[object]], ...] = (
        ("ProtectMode", (0, 1, 2)),
        ("DeployMode", (0, 1)),
        ("EngineType", sold.ENGINES),
        ("DestroyProtect", ("on", "off")),
        ("ParamTemplateType", ("HIGH_STABILITY", "HIGH_PERFORMANCE")),
        ("DiskType", ("CLOUD_SSD", "CLOUD_HSSD", "CLOUD_PREMIUM")),
        ("AutoRenewFlag", (0, 1)),
    )
    for name, allowed in choices:
        value = params.get(name)
        if value not in (None, "", *allowed):
            raise bad_value(name, value, ", ".join(map(str, allowed)))
    _check_port(params.get("Port"))
    _check_device(call, version, device, nodes)


def _check_port(port: int | None) -> None:
    if port is not None and not 1024 <= port <= 65535:
        raise bad_value("Port", port, "1024 to 65535")


def _check_device(call: Call, version: str, device: str, nodes: int) -> None:
    devices = ("UNIVERSAL", "EXCLUSIVE", *_CLOUD_DEVICES)
    if device not in devices:
        raise bad_value("DeviceType", device, ", ".join(devices))
    is_cloud = device in _CLOUD_DEVICES
    # Documented: a single node is of this kind; other versions do not run on cloud disks.
    if nodes == 1 and device != "CLOUD_NATIVE_CLUSTER":
        raise bad_value("DeviceType", device, "CLOUD_NATIVE_CLUSTER for a single node")
    if is_cloud and version not in sold.CLOUD_VERSIONS:
        raise bad_value("EngineVersion", version, ", ".join(sold.CLOUD_VERSIONS))
    if is_cloud and nodes > 1:
        if not call.params.get("ClusterTopology"):
            raise missing("ClusterTopology")
        refuse(call, "ClusterTopology")
    if not is_cloud:
        for name in ("DiskType", "DiskEncryption"):
            if call.params.get(name) not in (None, "", "off"):
                raise bad_value(name, call.params[name], "none for an instance on local disks")


_CLOUD_DEVICES = (
    "CLOUD_NATIVE_CLUSTER",
    "CLOUD_NATIVE_CLUSTER_EXCLUSIVE",
    "CLOUD_NATIVE_CLUSTER_ULTRA",
)


def _names(name: str, count: int) -> Sequence[str]:
    # Documented: numbers tell several apart. Assumed: the name's own limit holds without them.
    return databases.numbered_names(check_name(name), count) if name else [""] * count


def _make(call: Call, order: Order, at: int) -> str:
    params, key = call.params, fresh_id(call, INSTANCE)
    master, subnet = order.zones[0], order.subnet
    is_cloud = order.device in _CLOUD_DEVICES
    port = params.get("Port") or 3306
    add(
        call,
        INSTANCE,
        {
            "InstanceId": key,
            # Assumed: without a name it is called by its id.
            "InstanceName": order.names[at] or key,
            "Status": CREATING,
            "TaskStatus": 0,
            "InitFlag": 0,
            "InstanceType": 1,
            "InstanceNodes": len(order.zones),
            "Memory": order.size.memory,
            "Cpu": order.size.cpu,
            "Volume": order.volume,
            # Assumed: as many questions as inputs and outputs.
            "Qps": order.size.iops,
            "EngineVersion": order.version,
            "EngineType": params.get("EngineType") or "InnoDB",
            "DeviceType": order.device,
            "DiskType": (params.get("DiskType") or "CLOUD_HSSD") if is_cloud else "",
            **({"DiskEncryption": params.get("DiskEncryption") or "off"} if is_cloud else {}),
            "DestroyProtect": params.get("DestroyProtect") or "off",
            "ProtectMode": params.get("ProtectMode") or 0,
            # Assumed: replicas in other zones say so too.
            "DeployMode": int(params.get("DeployMode") == 1 or len(set(order.zones)) > 1),
            "SlaveInfo": _replicas(call, order.zones, port),
            "Region": call.region,
            "Zone": master,
            "ZoneId": zone_number(master),
            "ZoneName": zone_name(master),
            # Assumed: the address is known while the instance is still being made.
            "Vip": order.addresses[at],
            "Vport": port,
            "UniqVpcId": subnet["VpcId"],
            "UniqSubnetId": subnet["SubnetId"],
            "VpcId": numbered(subnet["VpcId"]),
            "SubnetId": numbered(subnet["SubnetId"]),
            "ProjectId": params.get("ProjectId") or 0,
            "PayType": 0 if order.months else 1,
            "AutoRenew": (params.get("AutoRenewFlag") or 0) if order.months else 0,
            "CreateTime": china_time(call.now),
            "DeadlineTime": china_time(months_on(call.now, order.months)) if order.months else NO_END,
            "TagList": order.tags,
        },
    )
    _set_up(call, key, order, is_cloud=is_cloud)
    later(call, CREATING_SECONDS, INSTANCE, key, {"Status": CREATING}, Status=RUNNING, InitFlag=1)
    return key


def _replicas(call: Call, zones: Sequence[str], port: int) -> Value:
    none = {"Vport": 0, "Region": "", "Vip": "", "Zone": ""}
    shown = [{**none, "Vport": port, "Region": call.region, "Zone": zone} for zone in zones[1:]]
    first, second, *third = [*shown, *[none] * (2 - len(shown))]
    return {"First": first, "Second": second, **({"Third": third[0]} if third else {})}


def _set_up(call: Call, key: str, order: Order, *, is_cloud: bool) -> None:
    """The settings of a new instance: its first account is root, wherever it comes from."""
    features = {
        **FIRST_FEATURES,
        # Assumed: only the oldest version cannot be audited.
        "IsSupportAudit": order.version != "5.5",
        "IsSupportEncryption": is_cloud,
        "CurrentSubVersion": f"{order.version}-20240401",
    }
    databases.set_to(
        call,
        KIND,
        key,
        SecurityGroupIds=order.groups,
        Accounts=[accounts.new("root", "%", call.now)],
        Privileges=[{**accounts.NO_PRIVILEGES, "GlobalPrivileges": list(accounts.GLOBAL)}],
        Features=features,
        Params=order.settings,
    )


# --- Further money ----------------------------------------------------------------------------------------


def renew_db_instance(call: Call) -> Result:
    """Pay for further months; an isolated instance runs again, one paid by the hour is paid by months."""
    found, params = named(call), call.params
    if params["TimeSpan"] not in PERIODS:
        raise bad_value("TimeSpan", params["TimeSpan"], ", ".join(map(str, PERIODS)))
    if params.get("AutoRenew") not in (None, 0, 1):
        raise bad_value("AutoRenew", params["AutoRenew"], "0 or 1")
    if params.get("ModifyPayType") not in (None, "", "PREPAID"):
        raise bad_value("ModifyPayType", params["ModifyPayType"], "PREPAID")
    # Documented: one paid by the hour is renewed by becoming one paid by months.
    if found["PayType"] == 1 and not params.get("ModifyPayType"):
        raise missing("ModifyPayType")
    if found["Status"] not in (RUNNING, ISOLATED):
        raise wrong_status(found["InstanceId"], found["Status"])
    renewal = params.get("AutoRenew")
    change(
        call,
        INSTANCE,
        found["InstanceId"],
        PayType=0,
        Status=RUNNING,
        AutoRenew=found["AutoRenew"] if renewal is None else renewal,
        DeadlineTime=renewed(call, found["DeadlineTime"], params["TimeSpan"]),
    )
    databases.stays(call, KIND, found["InstanceId"])
    return {"DealId": deal(call)}


def upgrade_db_instance(call: Call) -> Result:
    """Give an instance another size and other replicas, which takes some time."""
    found, params = idle(call, call.params["InstanceId"]), call.params
    size = sold.size(params.get("Cpu"), params["Memory"])
    sold.check_volume(params["Volume"])
    if params.get("EngineVersion") not in (None, "", found["EngineVersion"]):
        # Documented: other versions have an action of their own.
        raise denied("Use UpgradeDBInstanceEngineVersion to change the version.")
    if params.get("InstanceRole") not in (None, "", "master"):
        raise bad_value("InstanceRole", params["InstanceRole"], "master, as the instance is")
    for name, allowed in (
        ("ProtectMode", (0, 1, 2)),
        ("DeployMode", (0, 1)),
        ("WaitSwitch", (0, 1)),
        ("FastUpgrade", (0, 1, 2)),
        ("CrossCluster", (0, 1)),
    ):
        if params.get(name) not in (None, *allowed):
            raise bad_value(name, params[name], ", ".join(map(str, allowed)))
    if params.get("DeviceType") not in (None, "", found["DeviceType"]):
        raise not_emulated(call.action.key, "an instance stays of its kind.")
    refuse(call, "ClusterTopology", "ZoneId", "FourthZone")
    if params.get("WaitSwitch") or params.get("CrossCluster"):
        raise not_emulated(call.action.key, "WaitSwitch and CrossCluster are not served yet.")
    # What says nothing here: how data are compared and delays borne while an instance moves, and whether
    # it moves fast (MaxDelayTime, RoTransType, CheckFastUpgradeReboot, DataCheckSensitive, FastUpgrade).
    become = _resized(call, found, size)
    key = found["InstanceId"]
    change(call, INSTANCE, key, TaskStatus=1)
    later(call, _RESIZING_SECONDS, INSTANCE, key, {"Status": RUNNING, "TaskStatus": 1}, **become)
    task = tasks.begin(call, [key], _RESIZING_SECONDS, "UPGRADE MASTER", "实例升级任务完成")
    return {
        "DealIds": [deal(call)],
        "AsyncRequestId": task["AsyncRequestId"],
        "JobId": task["JobId"],
    }


def _resized(call: Call, found: Value, size: sold.Size) -> Value:
    """The members that an instance has once its size was changed."""
    params, old = call.params, found["SlaveInfo"]
    zones = [found["Zone"]]
    for name, replica in (("SlaveZone", "First"), ("BackupZone", "Second")):
        # Documented: an empty second replica's zone takes that replica away.
        zone = params[name] if params.get(name) is not None else old[replica]["Zone"]
        if zone:
            zones.append(sold.check_zone(call.region, name, zone))
    mode = params.get("DeployMode")
    return {
        "TaskStatus": 0,
        "Memory": size.memory,
        "Cpu": size.cpu,
        "Qps": size.iops,
        "Volume": params["Volume"],
        "ProtectMode": found["ProtectMode"] if params.get("ProtectMode") is None else params["ProtectMode"],
        "DeployMode": int(mode == 1 or len(set(zones)) > 1),
        "InstanceNodes": len(zones),
        "SlaveInfo": _replicas(call, zones, found["Vport"]),
    }


ACTIONS = (
    Does(action="CreateDBInstance", run=once(TOKENS, create_db_instance), home="region", asks=ALL),
    Does(action="CreateDBInstanceHour", run=once(TOKENS, create_db_instance_hour), home="region", asks=ALL),
    Does(action="RenewDBInstance", run=renew_db_instance, home="region", asks=ONE),
    Does(action="UpgradeDBInstance", run=upgrade_db_instance, home="region", asks=ONE),
)
