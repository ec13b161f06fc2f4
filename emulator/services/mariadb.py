"""TencentDB for MariaDB: instances, their details, accounts, backups and security groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.contract.conform import complete
from emulator.errors import ApiError, not_emulated
from emulator.tables import tdsql
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Qcs, Service, Table
from emulator.tables.guards import Guard, Rule, guards

# Documented: MariaDB instances are resources of CAM. Assumed: as instance/… of mariadb.
INSTANCE = Table(
    name="mariadb.instance",
    item="DBInstance",
    key="InstanceId",
    prefix="tdsql",
    qcs=Qcs("mariadb", "instance"),
)
SETTINGS = "mariadb.settings"


def _settings(call: Call, instance: str) -> Mapping[str, Any]:
    """What an instance is set to."""
    if call.world.read(INSTANCE.name, call.region).get(instance) is None:
        # Documented: the code. Assumed: the text.
        raise ApiError("ResourceNotFound.InstanceNotFound", f"The instance `{instance}` does not exist.")
    settings = call.world.read(SETTINGS, call.region).get(instance)
    if settings is None:
        raise not_emulated(call.action.name, f"nothing is known of the settings of {instance}.")
    found: Mapping[str, Any] = settings.value
    return found


def _question(call: Call) -> tuple[str, ...]:
    given = call.params.get("InstanceIds") or [call.params.get("InstanceId") or "*"]
    return tuple(f"qcs::mariadb:{call.region}:uin/{call.world.uin}:instance/{each}" for each in given)


def describe_detail(call: Call) -> Result:
    """All there is to say about one instance."""
    settings = _settings(call, call.params["InstanceId"])
    row = call.world.read(INSTANCE.name, call.region).get(call.params["InstanceId"])
    value: Mapping[str, Any] = row.value if row is not None else {}
    shape = call.action.response
    detail = {
        **{name: value[name] for name in shape.members if name in value},
        "VpcId": value["UniqueVpcId"],
        "SubnetId": value["UniqueSubnetId"],
        "MasterZone": value["Zone"],
        "PayMode": value["Paymode"],
        "IsAuditSupported": bool(value["IsAuditSupported"]),
        "IsMaxUserConnectionsSupported": not value["DbVersion"].startswith("10.1"),
        "CpuType": "Intel/AMD",
        **{name: settings[name] for name in ("SlaveZones", "NodesInfo", "EncryptStatus")},
    }
    # Assumed: the other members are empty, or null where they may be.
    return {name: each for name, each in complete(shape, detail).items() if name != "RequestId"}


def describe_accounts(call: Call) -> Result:
    """Every account of one instance."""
    instance = call.params["InstanceId"]
    return {"InstanceId": instance, "Users": _settings(call, instance)["Accounts"]}


def describe_account_privileges(call: Call) -> Result:
    """What one account may do in all databases, or in one."""
    params = call.params
    settings = _settings(call, params["InstanceId"])
    for account, privileges in zip(settings["Accounts"], settings["Privileges"], strict=True):
        if (account["UserName"], account["Host"]) == (params["UserName"], params["Host"]):
            # Assumed: privileges are held everywhere, none for a single database, table or column.
            shown = privileges if params["DbName"] in ("*", "\\*") else []
            names = {name: params[name] for name in ("InstanceId", "UserName", "Host")}
            return {**names, "Privileges": shown}
    # Documented: the code. Assumed: the text.
    raise ApiError("ResourceNotFound.AccountDoesNotExist", "The account does not exist.")


def describe_backup_time(call: Call) -> Result:
    """When some instances are backed up; those never backed up are left out."""
    settings = [_settings(call, instance) for instance in call.params["InstanceIds"]]
    items = [each["BackupTime"] for each in settings if each["BackupTime"] is not None]
    return {"TotalCount": len(items), "Items": items}


def describe_db_security_groups(call: Call) -> Result:
    """The security groups of one instance with their rules."""
    if call.params["Product"] != "mariadb":
        # Documented: this value. Assumed: code and text.
        raise tdsql.illegal("`Product` must be mariadb.")
    instance = call.params["InstanceId"]
    settings = _settings(call, instance)
    row = call.world.read(INSTANCE.name, call.region).get(instance)
    value: Mapping[str, Any] = row.value if row is not None else {}
    return {
        "Groups": [_group(guard) for guard in guards(call, settings["SecurityGroupIds"])],
        "VIP": value["Vip"],
        "VPort": str(value["Vport"]),
    }


def _group(guard: Guard) -> Mapping[str, Any]:
    return {
        "ProjectId": 0,
        "CreateTime": guard.created,
        "SecurityGroupId": guard.id,
        "SecurityGroupName": guard.name,
        "SecurityGroupRemark": guard.note,
        "Inbound": [_rule(rule) for rule in guard.inbound],
        "Outbound": [_rule(rule) for rule in guard.outbound],
    }


def _rule(rule: Rule) -> Mapping[str, Any]:
    return {
        "Action": rule.action,
        # Assumed: a rule about another group shows that group's id here.
        "CidrIp": rule.address or rule.group,
        "PortRange": rule.port,
        "IpProtocol": rule.protocol,
    }


SERVICE = Service(
    name="mariadb",
    version="2017-03-12",
    tables=(INSTANCE,),
    actions=(
        Lists(
            action="DescribeDBInstances",
            of=INSTANCE,
            ids="InstanceIds",
            params={**tdsql.PARAMS, "OriginSerialIds": "OriginSerialId"},
            ignores=tdsql.NARROWS,
            narrowed=tdsql.narrow,
            shown=tdsql.owned,
            orders=tdsql.ORDERS,
            sort=tdsql.SORT,
            manners=tdsql.MANNERS,
        ),
        *(
            Does(action=action, run=run, home="region", asks=_question)
            for action, run in (
                ("DescribeDBInstanceDetail", describe_detail),
                ("DescribeAccounts", describe_accounts),
                ("DescribeAccountPrivileges", describe_account_privileges),
                ("DescribeBackupTime", describe_backup_time),
                ("DescribeDBSecurityGroups", describe_db_security_groups),
            )
        ),
    ),
)
