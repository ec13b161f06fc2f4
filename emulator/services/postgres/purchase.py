"""PostgreSQL instances bought, renewed and resized, and the orders for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.errors import ApiError, not_emulated
from emulator.services.postgres import accounts, sold
from emulator.services.postgres.instances import (
    ALL,
    INSTANCE,
    ISOLATED,
    KIND,
    MANY,
    NO_TIME,
    ONE,
    RUNNING,
    instance,
    named,
    note,
    process,
    running,
)
from emulator.services.postgres.refusals import NETWORK, bad_value, no_group, wrong_status
from emulator.tables import addresses, databases
from emulator.tables.call import Call, Result
from emulator.tables.databases import CREATING_SECONDS, deal, listed_tags, renewed
from emulator.tables.declare import Does
from emulator.tables.network import find_subnet
from emulator.tables.prepaid import PERIODS
from emulator.tables.writing import Value, add, change, fresh_id, later, refuse
from emulator.world.clock import china_time, months_on
from emulator.world.shelves import Row

DEALS = "postgres.deal"
CREATING = "initing"
"""Documented: the state while an instance is made."""
_NAME = re.compile(r"[\w一-鿿-]{1,59}")
_PREPAID, _POSTPAID = "prepaid", "postpaid"
# Assumed: how long a change of size takes.
_RESIZING_SECONDS = 180
# Documented: every day at night, kept for seven days. Assumed: between midnight and four.
FIRST_PLAN: Value = {
    "BackupPeriod": '["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]',
    "BaseBackupRetentionPeriod": 7,
    "MinBackupStartTime": "00:00:00",
    "MaxBackupStartTime": "04:00:00",
    "BackupMethod": "physical",
    "PlanName": "default",
    "LogBackupRetentionPeriod": 7,
    "PlanType": "default",
    "BackupPeriodType": "week",
}


def check_name(name: str) -> str:
    """A name that an instance may have.

    Raises:
        ApiError: it has other signs than documented, or too many.
    """
    # Documented: Chinese, letters, digits, _ and -, fewer than 60.
    if len(name) >= 60:
        raise ApiError(
            "InvalidParameterValue.ParameterLengthLimitError", "The name must have fewer than 60 characters."
        )
    if not _NAME.fullmatch(name):
        raise ApiError(
            "InvalidParameterValue.ParameterCharacterError",
            "The name must have letters, digits, Chinese, _ or - only.",
        )
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a purchase asks for, found right."""

    size: sold.Class
    storage: int
    version: str
    nodes: Sequence[Value]
    subnet: Value
    addresses: Sequence[str]
    groups: Sequence[str]
    names: Sequence[str]
    months: int
    """0 for what is paid by the hour."""


def create_instances(call: Call) -> Result:
    """Buy instances."""
    order = _read(call)
    made = [_make(call, order, at) for at in range(len(order.addresses))]
    # Documented: an order for each instance; ids only for what is paid by the hour.
    deals = [_note_deal(call, key, order) for key in made]
    # Observed: a serial number of 21 digits that begins with the day.
    return {"DealNames": deals, "BillId": deal(call)[:21], "DBInstanceIdSet": [] if order.months else made}


def _read(call: Call) -> Order:
    """Check everything that a purchase says.

    What says nothing here: vouchers and campaigns (AutoVoucher, VoucherIds, ActivityId), for nothing costs
    anything; and how replicas follow (SyncMode), which no answer shows.
    """
    params = call.params
    count, months = params["InstanceCount"], _months(params)
    if not 1 <= count <= 10:
        raise ApiError("InvalidParameterValue.InvalidInstanceNum", "1 to 10 instances can be bought.")
    size, storage = sold.find_class(params["SpecCode"]), sold.check_storage(params["Storage"])
    if params["Charset"] not in ("UTF8", "LATIN1"):
        raise ApiError("InvalidParameterValue.InvalidCharset", "`Charset` must be UTF8 or LATIN1.")
    accounts.check_admin(params["AdminName"])
    accounts.check_password(params["AdminPassword"])
    nodes = _nodes(call)
    if not params.get("VpcId"):
        # Documented: a VPC has to be given.
        raise ApiError("FailedOperation.CreateBasicNetworkDeniedError", "Only VPCs are available.")
    subnet = find_subnet(call, params["VpcId"], params.get("SubnetId") or "", NETWORK)
    sold.check_engine(call)
    sold.check_storage_type(call)
    order = Order(
        size=size,
        storage=storage,
        version=sold.check_version(call),
        nodes=nodes,
        subnet=subnet,
        addresses=addresses.choose(call, subnet, count, NETWORK),
        groups=_groups(call),
        names=_names(params.get("Name") or "", count),
        months=months,
    )
    _check_choices(call)
    return order


def _months(params: Mapping[str, Any]) -> int:
    # Documented: paid by months unless said. Observed: in small letters as well.
    mode = (params.get("InstanceChargeType") or "PREPAID").upper()
    if mode not in ("PREPAID", "POSTPAID_BY_HOUR"):
        raise ApiError(
            "InvalidParameterValue.IllegalInstanceChargeType",
            "`InstanceChargeType` must be PREPAID or POSTPAID_BY_HOUR.",
        )
    allowed = PERIODS if mode == "PREPAID" else (1,)
    if params["Period"] not in allowed:
        raise bad_value("Period", params["Period"], ", ".join(map(str, allowed)))
    return int(params["Period"]) if mode == "PREPAID" else 0


def _nodes(call: Call) -> Sequence[Value]:
    """Where the nodes of an instance stand."""
    zone = sold.check_zone(call.region, call.params["Zone"])
    given = call.params.get("DBNodeSet") or []
    if not given:
        # Assumed: both in one zone where nothing is said.
        return [{"Role": "Primary", "Zone": zone}, {"Role": "Standby", "Zone": zone}]
    for node in given:
        if node["Role"] not in ("Primary", "Standby"):
            raise bad_value("Role", node["Role"], "Primary or Standby")
        sold.check_zone(call.region, node["Zone"])
        if node.get("DedicatedClusterId"):
            raise not_emulated(call.action.key, "there are no dedicated clusters yet.")
    primaries = [node["Zone"] for node in given if node["Role"] == "Primary"]
    if primaries != [zone] or len(given) < 2:
        raise bad_value("DBNodeSet", primaries, f"one primary in {zone} and a standby")
    return [{"Role": node["Role"], "Zone": node["Zone"]} for node in given]


def _groups(call: Call) -> Sequence[str]:
    given = call.params.get("SecurityGroupIds") or ()
    if given:
        return databases.known_groups(call, given, no_group)
    # Documented: the default one otherwise. Assumed: none where there is none.
    every = call.world.read("vpc.securitygroup", call.region)
    return [row.value["SecurityGroupId"] for row in every if row.value["IsDefault"]][:1]


def _names(name: str, count: int) -> Sequence[str]:
    # Documented: 未命名 without one. Assumed: several are told apart by numbers.
    return databases.numbered_names(check_name(name), count) if name else ["未命名"] * count


def _check_choices(call: Call) -> None:
    params = call.params
    for name, allowed in (("AutoRenewFlag", (0, 1)), ("SyncMode", ("", "Semi-sync", "Async"))):
        if params.get(name) not in (None, *allowed):
            raise bad_value(name, params[name], ", ".join(map(str, allowed)))
    for name in ("NeedSupportTDE", "NeedSupportIpv6"):
        if params.get(name):
            refuse(call, name)
    refuse(call, "KMSKeyId", "KMSRegion", "KMSClusterId", "DBEngineConfig")


def _make(call: Call, order: Order, at: int) -> str:
    params, key = call.params, fresh_id(call, INSTANCE)
    subnet, now = order.subnet, china_time(call.now)
    network = {"VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"]}
    opened = {
        "Address": "",
        "Ip": order.addresses[at],
        "Port": 5432,
        "NetType": "private",
        "Status": "opened",
    }
    closed = {"Address": "", "Ip": "", "Port": 0, "NetType": "public", "Status": "initing"}
    add(
        call,
        INSTANCE,
        {
            **network,
            "Region": call.region,
            "Zone": params["Zone"],
            "DBInstanceId": key,
            "DBInstanceName": order.names[at],
            "DBInstanceStatus": CREATING,
            "DBInstanceMemory": order.size.memory,
            "DBInstanceStorage": order.storage,
            "DBInstanceCpu": order.size.cpu,
            "DBInstanceClass": order.size.code,
            "DBMajorVersion": sold.major(order.version),
            "DBVersion": order.version,
            "DBKernelVersion": sold.kernel(order.version),
            "DBInstanceType": "primary",
            "DBInstanceVersion": "standard",
            "DBCharset": params["Charset"],
            "CreateTime": now,
            "UpdateTime": now,
            "ExpireTime": china_time(months_on(call.now, order.months)) if order.months else NO_TIME,
            "IsolatedTime": NO_TIME,
            "PayType": _PREPAID if order.months else _POSTPAID,
            "AutoRenew": (params.get("AutoRenewFlag") or 0) if order.months else 0,
            # Assumed: the address is known while the instance is still being made.
            "DBInstanceNetInfo": [
                {**network, "ProtocolType": "postgresql", **net} for net in (opened, closed)
            ],
            "Type": "TS85",
            "Uid": call.world.mint.number(7),
            "ProjectId": params.get("ProjectId") or 0,
            "TagList": listed_tags(params.get("TagList")),
            "DBNodeSet": list(order.nodes),
            "DBEngine": sold.ENGINES[0],
            "DeletionProtection": bool(params.get("DeletionProtection")),
            "DBInstanceStorageType": params.get("StorageType") or sold.STORAGES[0],
        },
    )
    plan = {**FIRST_PLAN, "PlanId": call.world.mint.uuid(), "CreatedTime": now, "UpdatedTime": now}
    databases.set_to(call, KIND, key, SecurityGroupIds=order.groups, Plans=[plan])
    accounts.add_admin(call, key, params["AdminName"], params["AdminPassword"])
    later(call, CREATING_SECONDS, INSTANCE, key, {"DBInstanceStatus": CREATING}, DBInstanceStatus=RUNNING)
    return key


# --- Orders -----------------------------------------------------------------------------------------------


def _note_deal(call: Call, key: str, order: Order) -> str:
    name = deal(call)
    row = {
        "DealName": name,
        "OwnerUin": call.world.uin,
        "Count": 1,
        # Documented: 1 by months, 0 by the hour.
        "PayMode": int(bool(order.months)),
        "FlowId": note(call, key, CREATING_SECONDS, "CreateInstance"),
        "DBInstanceIdSet": [key],
    }
    call.world.write(DEALS, call.region).put(name, Row(row))
    return name


def describe_orders(call: Call) -> Result:
    """What became of orders."""
    names = call.params["DealNames"]
    if not names:
        raise ApiError("InvalidParameterValue.NullDealNames", "`DealNames` is empty.")
    shelf = call.world.read(DEALS, call.region)
    # Assumed: orders that do not exist are left out.
    deals = [shelf.items()[name].value for name in dict.fromkeys(names) if name in shelf]
    return {"TotalCount": len(deals), "Deals": deals}


# --- Further money ----------------------------------------------------------------------------------------

# AutoVoucher, VoucherIds and ActivityId say nothing here: nothing costs anything.


def renew_instance(call: Call) -> Result:
    """Pay for further months; an isolated instance runs again."""
    found, months = named(call), call.params["Period"]
    if months not in PERIODS:
        raise bad_value("Period", months, ", ".join(map(str, PERIODS)))
    if found["PayType"] != _PREPAID:
        # Documented: only what is paid by months.
        raise ApiError("OperationDenied.PostPaidPayModeError", "The instance is paid by the hour.")
    if found["DBInstanceStatus"] not in (RUNNING, ISOLATED):
        raise wrong_status(found["DBInstanceId"], found["DBInstanceStatus"])
    change(
        call,
        INSTANCE,
        found["DBInstanceId"],
        DBInstanceStatus=RUNNING,
        IsolatedTime=NO_TIME,
        ExpireTime=renewed(call, found["ExpireTime"], months),
    )
    databases.stays(call, KIND, found["DBInstanceId"])
    return {"DealName": deal(call)}


def set_auto_renew_flag(call: Call) -> Result:
    """Say whether instances renew themselves, all or none of them."""
    found = [instance(call, key) for key in dict.fromkeys(call.params["DBInstanceIdSet"])]
    flag = call.params["AutoRenewFlag"]
    if flag not in (0, 1, 2):
        raise bad_value("AutoRenewFlag", flag, "0, 1 or 2")
    for each in found:
        if each["PayType"] != _PREPAID:
            raise ApiError("OperationDenied.PayModeError", f"`{each['DBInstanceId']}` is paid by the hour.")
    # Documented: an instance shows 1 for what renews itself, 0 otherwise.
    databases.changes(call, KIND, (each["DBInstanceId"] for each in found), AutoRenew=int(flag == 1))
    return {"Count": len(found)}


def modify_db_instance_spec(call: Call) -> Result:
    """Give an instance another size, which takes some time."""
    found, params = running(call), call.params
    size = sold.find_size(params["Memory"], params.get("Cpu"))
    storage = sold.check_storage(params["Storage"])
    if params.get("SwitchTag") not in (None, 0, 1, 2):
        raise bad_value("SwitchTag", params["SwitchTag"], "0, 1 or 2")
    # Documented: SwitchStartTime and SwitchEndTime say something only with SwitchTag 1.
    if params.get("SwitchTag"):
        raise not_emulated(call.action.key, "SwitchTag other than 0 is not served yet.")
    refuse(call, "SyncModifyParams")
    process(
        call,
        found,
        "expanding",
        _RESIZING_SECONDS,
        DBInstanceMemory=size.memory,
        DBInstanceCpu=size.cpu,
        DBInstanceClass=size.code,
        DBInstanceStorage=storage,
    )
    note(call, found["DBInstanceId"], _RESIZING_SECONDS, "ModifyInstanceSpec")
    # Observed: no serial number of a bill.
    return {"DealName": deal(call), "BillId": ""}


ACTIONS = (
    Does(action="CreateInstances", run=create_instances, home="region", asks=ALL),
    # Assumed: an order names no instance, so all are asked about.
    Does(action="DescribeOrders", run=describe_orders, home="region", asks=ALL),
    Does(action="RenewInstance", run=renew_instance, home="region", asks=ONE),
    Does(action="SetAutoRenewFlag", run=set_auto_renew_flag, home="region", asks=MANY),
    Does(action="ModifyDBInstanceSpec", run=modify_db_instance_spec, home="region", asks=ONE),
)
