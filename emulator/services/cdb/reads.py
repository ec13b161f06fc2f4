"""TencentDB for MySQL: instances, their accounts, audit, backups, features and security groups."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.errors import ApiError, not_emulated
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Manners, Qcs, Service, Sort, Table, Window
from emulator.tables.filters import contains, tagged
from emulator.tables.guards import Guard, Rule, guards
from emulator.world.shelves import Row, member_values

# Documented: the codes are among the product's errors. Assumed: which is used when, and the texts.
MANNERS = Manners(
    out_of_range=lambda name, value: ApiError(
        "InvalidParameter", f"The value of parameter `{name}` is out of range: {value}."
    ),
    too_many=lambda what, most: ApiError(
        "InvalidParameter", f"The number of `{what}` exceeds the limit of {most}."
    ),
)
# Documented: MySQL instances are resources of CAM. Assumed: as instanceId/… of cdb.
INSTANCE = Table(
    name="cdb.instance", item="InstanceInfo", key="InstanceId", prefix="cdb", qcs=Qcs("cdb", "instanceId")
)
SETTINGS = "cdb.settings"


def _settings(call: Call) -> Mapping[str, Any]:
    """What the instance that a call names is set to."""
    instance = call.params["InstanceId"]
    row = call.world.read(INSTANCE.name, call.region).get(instance)
    settings = call.world.read(SETTINGS, call.region).get(instance)
    if row is None:
        # Documented: the code. Assumed: the text.
        raise ApiError("InvalidParameter.InstanceNotFound", f"The instance `{instance}` does not exist.")
    if settings is None:
        raise not_emulated(call.action.name, f"nothing is known of the settings of {instance}.")
    found: Mapping[str, Any] = settings.value
    return found


def _question(call: Call) -> tuple[str, ...]:
    return (f"qcs::cdb:{call.region}:uin/{call.world.uin}:instanceId/{call.params['InstanceId']}",)


def narrow_instances(call: Call, rows: Sequence[Row]) -> Sequence[Row]:
    """The instances of a security group, if a call says that it wants these."""
    group = call.params.get("SecurityGroupId")
    # Documented: SecurityGroupId counts only beside WithSecurityGroup 1.
    if call.params.get("WithSecurityGroup") == 1 and group:
        settings = call.world.read(SETTINGS, call.region)
        kept = {row.value["InstanceId"] for row in settings if group in row.value["SecurityGroupIds"]}
        rows = [row for row in rows if row.value["InstanceId"] in kept]
    # Documented: masters and read-only instances are shown unless a call says 0. Assumed: and their kind.
    unwanted = {kind for name, kind in (("WithMaster", 1), ("WithRo", 3)) if call.params.get(name) == 0}
    return [row for row in rows if row.value["InstanceType"] not in unwanted] if unwanted else rows


def describe_accounts(call: Call) -> Result:
    """A page of the accounts of one instance."""
    params = call.params
    offset, limit = params.get("Offset") or 0, params.get("Limit")
    limit = 20 if limit is None else limit
    if offset < 0 or not 1 <= limit <= 100:
        # Documented: 20, from 1 to 100. Assumed: code and text.
        raise ApiError("InvalidParameter", "The value of `Offset` or `Limit` is out of range.")
    accounts = _settings(call)["Accounts"]
    for name, member in (("AccountRegexp", "User"), ("HostRegexp", "Host")):
        if params.get(name):
            pattern = _pattern(name, params[name])
            accounts = [account for account in accounts if pattern.search(account[member])]
    accounts = _sorted_accounts(accounts, params.get("OrderBy"), params.get("SortBy"))
    return {
        "TotalCount": len(accounts),
        "Items": accounts[offset : offset + limit],
        # Assumed: the most connections that a user may be given.
        "MaxUserConnections": 10240,
    }


def _pattern(name: str, text: str) -> re.Pattern[str]:
    # Documented: MySQL's regular expressions; these are close enough for names.
    try:
        return re.compile(text)
    except re.error as reason:
        raise ApiError("InvalidParameter", f"`{name}` is not a regular expression.") from reason


def _sorted_accounts(
    accounts: list[Mapping[str, Any]], by: str | None, direction: str | None
) -> list[Mapping[str, Any]]:
    if by not in (None, "", "CreateTime", "ModifyTime", "ModifyPasswordTime"):
        raise ApiError("InvalidParameter", f"The value `{by}` of `OrderBy` is not supported.")
    if direction not in (None, "", "ASC", "DESC", "asc", "desc"):
        raise ApiError("InvalidParameter", f"The value `{direction}` of `SortBy` is not supported.")
    if not by:
        return accounts
    return sorted(accounts, key=lambda account: str(account[by]), reverse=(direction or "").lower() == "desc")


def describe_account_privileges(call: Call) -> Result:
    """What one account may do."""
    settings, wanted = _settings(call), (call.params["User"], call.params["Host"])
    for account, privileges in zip(settings["Accounts"], settings["Privileges"], strict=True):
        if (account["User"], account["Host"]) == wanted:
            found: Result = privileges
            return found
    # Documented: the code. Assumed: the text.
    raise ApiError("InvalidParameterValue.UserNotExistError", "The account does not exist.")


def describe_audit_config(call: Call) -> Result:
    """The audit's settings, if it is on."""
    settings = _settings(call)
    if not settings["Features"]["IsSupportAudit"]:
        # Documented: the code. Assumed: that it is this one, and the text.
        raise ApiError("OperationDenied.UnsupportOpenAuditError", "The instance does not support auditing.")
    audit: Result | None = settings["Audit"]
    if audit is None:
        # Documented: the code. Assumed: that an audit which is off answers with it, and the text.
        raise ApiError("FailedOperation.AuditConfigNotExist", "The audit configuration does not exist.")
    return audit


def _part(name: str) -> Callable[[Call], Result]:
    """An action that shows one part of an instance's settings as it is."""

    def run(call: Call) -> Result:
        part: Result = _settings(call)[name]
        return part

    return run


def describe_db_security_groups(call: Call) -> Result:
    """The security groups of one instance with their rules."""
    if call.params.get("OpResourceId") or call.params.get("ForReadonlyInstance"):
        raise not_emulated("DescribeDBSecurityGroups", "no instance has read-only groups yet.")
    return {"Groups": [_group(guard) for guard in guards(call, _settings(call)["SecurityGroupIds"])]}


def _group(guard: Guard) -> Mapping[str, Any]:
    return {
        "ProjectId": 0,
        "CreateTime": guard.created,
        "Inbound": [{**_rule(rule), "Dir": "INPUT", "Id": rule.group} for rule in guard.inbound],
        "Outbound": [{**_rule(rule), "Dir": "OUTPUT"} for rule in guard.outbound],
        "SecurityGroupId": guard.id,
        "SecurityGroupName": guard.name,
        "SecurityGroupRemark": guard.note,
    }


def _rule(rule: Rule) -> Mapping[str, Any]:
    return {
        "Action": rule.action,
        "CidrIp": rule.address,
        "PortRange": rule.port,
        "IpProtocol": rule.protocol,
        "AddressModule": "",
        "Desc": rule.note,
    }


def _has_tag_value(row: Mapping[str, Any], wanted: Sequence[str]) -> bool:
    return not set(wanted).isdisjoint(map(str, member_values(row, "TagList.TagValue")))


SERVICE = Service(
    name="cdb",
    version="2017-03-20",
    tables=(INSTANCE,),
    actions=(
        Lists(
            action="DescribeDBInstances",
            of=INSTANCE,
            ids="InstanceIds",
            # Assumed: as many ids as a page may hold.
            most_ids=2000,
            # Documented: 20, at most 2000.
            page=Window(default=20, ceiling=2000),
            params={
                "ProjectId": "ProjectId",
                "InstanceTypes": "InstanceType",
                "Vips": "Vip",
                "Status": "Status",
                "PayTypes": "PayType",
                # Assumed: names are matched in part, as in the console.
                "InstanceNames": contains("InstanceName"),
                "TaskStatus": "TaskStatus",
                "EngineVersions": "EngineVersion",
                "VpcIds": "VpcId",
                "ZoneIds": "ZoneId",
                "SubnetIds": "SubnetId",
                "CdbErrors": "CdbError",
                "InitFlag": "InitFlag",
                "TagKeysForSearch": "TagList.TagKey",
                "TagValues": _has_tag_value,
                "UniqueVpcIds": "UniqVpcId",
                "UniqSubnetIds": "UniqSubnetId",
                "Tags": tagged("TagList"),
                "EngineTypes": "EngineType",
                "DeployGroupIds": "DeployGroupId",
            },
            # WithExCluster, WithDr and QueryClusterInfo add what no instance has here.
            ignores=(
                *("SecurityGroupId", "WithSecurityGroup", "WithMaster", "WithRo"),
                *("WithExCluster", "WithDr", "QueryClusterInfo"),
            ),
            refuses=("ExClusterId", "CageIds", "ProxyVips", "ProxyIds"),
            narrowed=narrow_instances,
            orders={
                "instanceId": "InstanceId",
                "instanceName": "InstanceName",
                "createTime": "CreateTime",
                "deadlineTime": "DeadlineTime",
            },
            # Documented: DESC when no direction is given. Assumed: the order is the time of birth then.
            sort=Sort(
                by="OrderBy",
                directions=("OrderDirection",),
                descending=("DESC", "desc"),
                standard="createTime",
                is_descending=True,
                unknown=lambda by: ApiError(
                    "InvalidParameter", f"The value `{by}` of `OrderBy` is not supported."
                ),
            ),
            manners=MANNERS,
        ),
        Does(action="DescribeAccounts", run=describe_accounts, home="region", asks=_question),
        Does(
            action="DescribeAccountPrivileges",
            run=describe_account_privileges,
            home="region",
            asks=_question,
        ),
        Does(action="DescribeAuditConfig", run=describe_audit_config, home="region", asks=_question),
        Does(action="DescribeBackupConfig", run=_part("Backup"), home="region", asks=_question),
        Does(action="DescribeDBFeatures", run=_part("Features"), home="region", asks=_question),
        Does(
            action="DescribeDBSecurityGroups", run=describe_db_security_groups, home="region", asks=_question
        ),
    ),
)
