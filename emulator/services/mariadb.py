"""TencentDB for MariaDB: instances, from purchase to end, and what is in and around them."""

from __future__ import annotations

import re
from typing import Any

from emulator.contract.conform import complete
from emulator.errors import ApiError
from emulator.tables import databases
from emulator.tables.call import Call, Result
from emulator.tables.databases import Kind, deal
from emulator.tables.declare import Does, Lists, Qcs, Service, Table
from emulator.tables.tdsql import accounts, life, lists, network, parameters, product, purchase
from emulator.tables.tdsql.product import Product, illegal, running
from emulator.tables.writing import Value, refuse

# Documented: MariaDB instances are resources of CAM. Assumed: as instance/… of mariadb.
INSTANCE = Table(
    name="mariadb.instance",
    item="DBInstance",
    key="InstanceId",
    prefix="tdsql",
    qcs=Qcs("mariadb", "instance"),
)
MARIADB = Product(
    name="mariadb",
    kind=Kind(
        instances=INSTANCE,
        settings=Table(name="mariadb.settings", item="", key="InstanceId"),
        ending="services.mariadb:gone",
        blank={
            "SecurityGroupIds": [],
            "Accounts": [],
            "Privileges": [],
            "BackupTime": None,
            "SlaveZones": [],
            "NodesInfo": [],
            "EncryptStatus": 0,
        },
    ),
    needs_all_kinds=False,
)
gone = databases.ending(MARIADB.kind)
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


# --- Purchase ---------------------------------------------------------------------------------------------


def create_hour_db_instance(_product: Product, call: Call) -> Result:
    """Take instances that are paid by the hour."""
    return _buy(call, 0)


def create_db_instance(_product: Product, call: Call) -> Result:
    """Buy instances for some months."""
    # Assumed: one month unless said.
    period = call.params.get("Period")
    bought = _buy(call, 1 if period is None else period)
    return {name: bought[name] for name in ("DealName", "InstanceIds")}


def _buy(call: Call, months: int) -> Result:
    params = call.params
    order = purchase.read(
        call,
        MARIADB,
        size=purchase.find_size(params["Memory"]),
        storage=params["Storage"],
        nodes=params["NodeCount"],
        months=months,
    )
    return purchase.buy(call, order, _shaped)


def _shaped(_call: Call, order: purchase.Order, common: Value) -> Value:
    return {
        **common,
        "TdsqlVersion": f"Based on {common['DbEngine']} {common['DbVersion']}",
        "Qps": order.size.questions,
        "Machine": purchase.MACHINE,
        # Assumed: the latest version only.
        "IsEncryptSupported": int(order.version == "8.0"),
    }


def init_db_instances(_product: Product, call: Call) -> Result:
    """Let instances that were delivered raw begin to work."""
    flows = life.begin_work(call, MARIADB)
    # Assumed: one flow's id stands for all of them, which end together.
    return {"FlowId": flows[-1][1] if flows else 0, "InstanceIds": call.params["InstanceIds"]}


def upgrade_hour_db_instance(_product: Product, call: Call) -> Result:
    """Give an instance another size that is paid by the hour."""
    life.resize(call, MARIADB, "postpaid", **_resized(call))
    return {}


def upgrade_db_instance(_product: Product, call: Call) -> Result:
    """Give an instance another size that is paid by months."""
    # AutoVoucher and VoucherIds say nothing here: nothing costs anything.
    life.resize(call, MARIADB, "prepaid", **_resized(call))
    return {"DealName": deal(call)}


def _resized(call: Call) -> dict[str, Any]:
    found, params = running(call, MARIADB), call.params
    size = purchase.find_size(params["Memory"])
    become = {
        "Memory": size.memory,
        "Cpu": size.cpu,
        "Qps": size.questions,
        "Pid": size.pid,
        "Storage": purchase.check_storage(params["Storage"]),
    }
    if params.get("Zones"):
        purchase.check_zones(call, params["Zones"], found["NodeCount"])
        refuse(call, "Zones")
    return become


# --- Reading ----------------------------------------------------------------------------------------------


def describe_detail(_product: Product, call: Call) -> Result:
    """All there is to say about one instance."""
    value, settings = product.named(call, MARIADB), product.settings(call, MARIADB)
    shape = call.action.response
    detail = {
        **{name: value[name] for name in shape.members if name in value},
        "VpcId": value["UniqueVpcId"],
        "SubnetId": value["UniqueSubnetId"],
        "MasterZone": value["Zone"],
        "PayMode": value["Paymode"],
        "IsAuditSupported": bool(value["IsAuditSupported"]),
        "IsMaxUserConnectionsSupported": not value["DbVersion"].startswith("10.1"),
        "CpuType": settings.get("CpuType", "Intel/AMD"),
        **{name: settings[name] for name in ("SlaveZones", "NodesInfo", "EncryptStatus")},
    }
    # Assumed: the other members are empty, or null where they may be.
    return {name: each for name, each in complete(shape, detail).items() if name != "RequestId"}


def describe_specs(_product: Product, call: Call) -> Result:
    """The sizes that are sold."""
    purchase.check_cpu_type(call)
    infos = [
        {**info, "Machine": purchase.MACHINE} for count in purchase.NODES for info in purchase.sold(count)
    ]
    return {"Specs": [{"Machine": purchase.MACHINE, "SpecInfos": infos}]}


def describe_sale_info(_product: Product, _call: Call) -> Result:
    """The regions and zones in which instances are sold."""
    return {"RegionList": purchase.sale_info()}


# --- Backups ----------------------------------------------------------------------------------------------


def describe_backup_time(_product: Product, call: Call) -> Result:
    """When some instances are backed up; those never backed up are left out."""
    keys = [product.instance(call, MARIADB, key)["InstanceId"] for key in call.params["InstanceIds"]]
    times = [databases.settings(call, MARIADB.kind, key)["BackupTime"] for key in keys]
    items = [each for each in times if each is not None]
    return {"TotalCount": len(items), "Items": items}


def modify_backup_time(_product: Product, call: Call) -> Result:
    """Say when an instance is backed up every day."""
    key, params = running(call, MARIADB)["InstanceId"], call.params
    for name in ("StartBackupTime", "EndBackupTime"):
        if not _TIME.fullmatch(params[name]):
            raise ApiError("InvalidParameter.IllegalTime", f"`{name}` must be a time such as 22:00.")
    if params["StartBackupTime"] >= params["EndBackupTime"]:
        # Assumed: within one day.
        raise illegal("`EndBackupTime` must be after `StartBackupTime`.")
    time = {"InstanceId": key, **{name: params[name] for name in ("StartBackupTime", "EndBackupTime")}}
    databases.set_to(call, MARIADB.kind, key, BackupTime=time)
    return {"Status": 0}


def _own() -> tuple[Does, ...]:
    """The actions that only this product has, or calls so."""
    return tuple(
        MARIADB.does(action, run, *names)
        for action, run, names in (
            ("CreateHourDBInstance", create_hour_db_instance, ()),
            ("CreateDBInstance", create_db_instance, ()),
            ("InitDBInstances", init_db_instances, ("InstanceIds",)),
            ("UpgradeHourDBInstance", upgrade_hour_db_instance, ("InstanceId",)),
            ("UpgradeDBInstance", upgrade_db_instance, ("InstanceId",)),
            ("RenewDBInstance", life.renew, ("InstanceId",)),
            ("RestartDBInstances", life.restart, ("InstanceIds",)),
            ("IsolateHourDBInstance", life.isolate("postpaid"), ("InstanceIds",)),
            ("IsolateDBInstance", life.isolate("prepaid"), ("InstanceIds",)),
            ("ActivateHourDBInstance", life.activate, ("InstanceIds",)),
            ("DestroyHourDBInstance", life.destroy("postpaid"), ("InstanceId",)),
            ("DestroyDBInstance", life.destroy("prepaid"), ("InstanceId",)),
            ("DescribeDBInstanceDetail", describe_detail, ("InstanceId",)),
            ("DescribeDBInstanceSpecs", describe_specs, ()),
            ("DescribeSaleInfo", describe_sale_info, ()),
            ("DescribeBackupTime", describe_backup_time, ("InstanceIds",)),
            ("ModifyBackupTime", modify_backup_time, ("InstanceId",)),
        )
    )


SERVICE = Service(
    name="mariadb",
    version="2017-03-12",
    tables=(INSTANCE,),
    actions=(
        Lists(
            action="DescribeDBInstances",
            of=INSTANCE,
            ids="InstanceIds",
            params={**lists.PARAMS, "OriginSerialIds": "OriginSerialId"},
            ignores=lists.NARROWS,
            narrowed=lists.narrow,
            shown=lists.owned,
            orders=lists.ORDERS,
            sort=lists.SORT,
            manners=lists.MANNERS,
        ),
        *_own(),
        *accounts.actions(MARIADB),
        *life.actions(MARIADB),
        *network.actions(MARIADB),
        *parameters.actions(MARIADB),
        *product.actions(MARIADB),
        *purchase.actions(MARIADB),
    ),
)
