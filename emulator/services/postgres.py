"""TencentDB for PostgreSQL: instances, their backup plans and security groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.errors import ApiError, not_emulated
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Manners, Qcs, Service, Sort, Table, Window
from emulator.tables.filters import contains
from emulator.tables.guards import Guard, Rule, guards

# Documented: the codes are among the product's errors. Assumed: which is used when, and the texts.
MANNERS = Manners(
    out_of_range=lambda name, value: ApiError(
        "InvalidParameterValue.ParameterOutOfRange",
        f"The value of parameter `{name}` is out of range: {value}.",
    ),
    unknown_filter=lambda name: ApiError("InvalidParameterValue", f"The filter `{name}` is not supported."),
    too_many=lambda what, most: ApiError(
        "InvalidParameterValue.ParameterLengthLimitError",
        f"The number of `{what}` exceeds the limit of {most}.",
    ),
)
# Documented: PostgreSQL instances are resources of CAM. Assumed: as DBInstanceId/… of postgres.
INSTANCE = Table(
    name="postgres.instance", item="DBInstance", key="DBInstanceId", qcs=Qcs("postgres", "DBInstanceId")
)
SETTINGS = "postgres.settings"


def _settings(call: Call) -> Mapping[str, Any]:
    """What the instance that a call names is set to."""
    instance = call.params.get("DBInstanceId") or ""
    if call.world.read(INSTANCE.name, call.region).get(instance) is None:
        # Documented: the code. Assumed: the text.
        raise ApiError("ResourceNotFound.InstanceNotFoundError", f"The instance `{instance}` does not exist.")
    settings = call.world.read(SETTINGS, call.region).get(instance)
    if settings is None:
        raise not_emulated(call.action.name, f"nothing is known of the settings of {instance}.")
    found: Mapping[str, Any] = settings.value
    return found


def _question(call: Call) -> tuple[str, ...]:
    instance = call.params.get("DBInstanceId") or "*"
    return (f"qcs::postgres:{call.region}:uin/{call.world.uin}:DBInstanceId/{instance}",)


def owned(call: Call, instance: Mapping[str, Any]) -> Mapping[str, Any]:
    """An instance with its owner, whom an estate does not know."""
    return {**instance, "AppId": call.world.app_id}


def describe_backup_plans(call: Call) -> Result:
    """How one instance is backed up."""
    return {"Plans": _settings(call)["Plans"]}


def describe_security_groups(call: Call) -> Result:
    """The security groups of one instance with their rules."""
    if call.params.get("ReadOnlyGroupId"):
        # Documented: the code. Assumed: the text; no estate has read-only groups.
        raise ApiError("InvalidParameterValue.ReadOnlyGroupNotExist", "The read-only group does not exist.")
    if not call.params.get("DBInstanceId"):
        # Assumed: one of the two has to be given.
        raise ApiError("InvalidParameter", "`DBInstanceId` or `ReadOnlyGroupId` is needed.")
    return {
        "SecurityGroupSet": [_group(guard) for guard in guards(call, _settings(call)["SecurityGroupIds"])]
    }


def _group(guard: Guard) -> Mapping[str, Any]:
    return {
        "ProjectId": 0,
        "CreateTime": guard.created,
        "Inbound": [_rule(rule) for rule in guard.inbound],
        "Outbound": [_rule(rule) for rule in guard.outbound],
        "SecurityGroupId": guard.id,
        "SecurityGroupName": guard.name,
        "SecurityGroupDescription": guard.note,
    }


def _rule(rule: Rule) -> Mapping[str, Any]:
    return {
        "Action": rule.action,
        # Assumed: a rule about another group shows that group's id here.
        "CidrIp": rule.address or rule.group,
        "PortRange": rule.port,
        "IpProtocol": rule.protocol,
        "Description": rule.note,
    }


SERVICE = Service(
    name="postgres",
    version="2017-03-12",
    tables=(INSTANCE,),
    actions=(
        Lists(
            action="DescribeDBInstances",
            of=INSTANCE,
            # Documented: 10, at most 100, and 0 says 10.
            page=Window(default=10, ceiling=100, zero_is_default=True),
            filters={
                "db-instance-id": "DBInstanceId",
                "db-instance-name": contains("DBInstanceName"),
                "db-project-id": "ProjectId",
                "db-pay-mode": "PayType",
                "db-tag-key": "TagList.TagKey",
                "db-private-ip": "DBInstanceNetInfo.Ip",
                "db-public-address": "DBInstanceNetInfo.Address",
                "db-dedicated-cluster-id": "DBNodeSet.DedicatedClusterId",
            },
            shown=owned,
            orders={
                "DBInstanceId": "DBInstanceId",
                "CreateTime": "CreateTime",
                "Name": "DBInstanceName",
                "EndTime": "ExpireTime",
            },
            # Documented: by CreateTime, ascending.
            sort=Sort(
                by="OrderBy",
                directions=("OrderByType",),
                descending=("desc",),
                standard="CreateTime",
                unknown=lambda by: ApiError(
                    "InvalidParameterValue", f"The value `{by}` of `OrderBy` is not supported."
                ),
            ),
            manners=MANNERS,
        ),
        Does(action="DescribeBackupPlans", run=describe_backup_plans, home="region", asks=_question),
        Does(
            action="DescribeDBInstanceSecurityGroups",
            run=describe_security_groups,
            home="region",
            asks=_question,
        ),
    ),
)
