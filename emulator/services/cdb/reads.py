"""MySQL instances as they are read: lists, and what one is set to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from emulator.errors import ApiError, not_emulated
from emulator.services.cdb import tasks
from emulator.services.cdb.instances import CREATING, INSTANCE, KIND, ONE, SETTINGS, idle, named, settings
from emulator.services.cdb.refusals import MANNERS, denied
from emulator.tables import databases
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Sort, Window
from emulator.tables.filters import contains, tagged
from emulator.tables.guards import Guard, Rule, guards
from emulator.world.shelves import Row, member_values


def narrow_instances(call: Call, rows: Sequence[Row]) -> Sequence[Row]:
    """The instances of a security group, if a call says that it wants these; by tags, those that are made."""
    # Documented: an instance that is being made is not found by its tags.
    if call.params.get("Tags"):
        rows = [row for row in rows if row.value["Status"] != CREATING]
    group = call.params.get("SecurityGroupId")
    # Documented: SecurityGroupId counts only beside WithSecurityGroup 1.
    if call.params.get("WithSecurityGroup") == 1 and group:
        every = call.world.read(SETTINGS.name, call.region)
        kept = {row.value["InstanceId"] for row in every if group in row.value["SecurityGroupIds"]}
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
    accounts = settings(call)["Accounts"]
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
    found, wanted = settings(call), (call.params["User"], call.params["Host"])
    for account, privileges in zip(found["Accounts"], found["Privileges"], strict=True):
        if (account["User"], account["Host"]) == wanted:
            shown: Result = privileges
            return shown
    # Documented: the code. Assumed: the text.
    raise ApiError("InvalidParameterValue.UserNotExistError", "The account does not exist.")


def audit_of(call: Call) -> Result:
    """The settings of the audit of the instance that a call names, if it is on."""
    found = settings(call)
    if not found["Features"]["IsSupportAudit"]:
        # Documented: the code. Assumed: that it is this one, and the text.
        raise ApiError("OperationDenied.UnsupportOpenAuditError", "The instance does not support auditing.")
    audit: Result | None = found["Audit"]
    if audit is None:
        # Documented: the code. Assumed: that an audit which is off answers with it, and the text.
        raise ApiError("FailedOperation.AuditConfigNotExist", "The audit configuration does not exist.")
    return audit


def describe_db_features(call: Call) -> Result:
    """What an instance can do in its version."""
    features: Result = settings(call)["Features"]
    return features


def describe_db_instance_config(call: Call) -> Result:
    """How an instance is spread over zones, and how its replicas follow it."""
    found = named(call)
    replicas = found["SlaveInfo"]
    # Observed: sync for strong replication. Documented: async and semisync for the others.
    mode = ("async", "semisync", "sync")[found["ProtectMode"]]
    first, second, third = (
        (replicas.get(name) or {}).get("Zone") or "" for name in ("First", "Second", "Third")
    )
    shown = {"ReplicationMode": mode, "Zone": first}
    return {
        "ProtectMode": found["ProtectMode"],
        "DeployMode": found["DeployMode"],
        "Zone": found["Zone"],
        "SlaveConfig": shown if first else None,
        "BackupConfig": {**shown, "Zone": second, "Vip": "", "Vport": 0} if second else None,
        **({"FourthConfig": {**shown, "Zone": third, "Vip": "", "Vport": 0}} if third else {}),
        "Switched": False,
    }


def describe_db_instance_info(call: Call) -> Result:
    """What an instance is called, and with which key it is encrypted."""
    found = named(call)
    # Assumed: data are encrypted with no key of the account's; an encrypted disk has nothing to do with it.
    return {
        "InstanceId": found["InstanceId"],
        "InstanceName": found["InstanceName"],
        "Encryption": "NO",
        "KeyId": "",
        "KeyRegion": "",
        "DefaultKmsRegion": call.region,
    }


def describe_db_instance_gtid(call: Call) -> Result:
    """Whether transactions have ids of their own in an instance."""
    _check_gtid(named(call))
    # Assumed: in versions above 5.6 they have them from the start.
    is_open = settings(call).get("IsGtidOpen", named(call)["EngineVersion"] != "5.6")
    return {"IsGTIDOpen": int(is_open)}


def open_db_instance_gtid(call: Call) -> Result:
    """Give transactions ids of their own."""
    found = idle(call, call.params["InstanceId"])
    _check_gtid(found)
    databases.set_to(call, KIND, found["InstanceId"], IsGtidOpen=True)
    # Assumed: the ids are there at once, the task a moment later.
    return tasks.begun(call, [found["InstanceId"]], 10, "OPEN GTID", "开启GTID成功")


def _check_gtid(found: Mapping[str, Any]) -> None:
    # Documented: versions up to 5.5 have no such thing.
    if found["EngineVersion"] < "5.6":
        raise denied("The version of the instance has no GTID.")


def describe_db_security_groups(call: Call) -> Result:
    """The security groups of one instance with their rules."""
    if call.params.get("OpResourceId") or call.params.get("ForReadonlyInstance"):
        raise not_emulated(call.action.key, "no instance has read-only groups yet.")
    return {"Groups": [shown_group(guard) for guard in guards(call, settings(call)["SecurityGroupIds"])]}


def shown_group(guard: Guard) -> Mapping[str, Any]:
    """A security group with its rules, as this product shows it."""
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


ACTIONS = (
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
            # Assumed: in small letters too, as DescribeAccounts takes them.
            ascending=("ASC", "asc"),
            descending=("DESC", "desc"),
            standard="createTime",
            is_descending=True,
            unknown=lambda name, value: ApiError(
                "InvalidParameter", f"The value `{value}` of `{name}` is not supported."
            ),
        ),
        manners=MANNERS,
    ),
    Does(action="DescribeAccounts", run=describe_accounts, home="region", asks=ONE),
    Does(
        action="DescribeAccountPrivileges",
        run=describe_account_privileges,
        home="region",
        asks=ONE,
    ),
    Does(action="DescribeAuditConfig", run=audit_of, home="region", asks=ONE),
    Does(action="DescribeDBFeatures", run=describe_db_features, home="region", asks=ONE),
    Does(action="DescribeDBInstanceConfig", run=describe_db_instance_config, home="region", asks=ONE),
    Does(action="DescribeDBInstanceInfo", run=describe_db_instance_info, home="region", asks=ONE),
    Does(action="DescribeDBInstanceGTID", run=describe_db_instance_gtid, home="region", asks=ONE),
    Does(action="OpenDBInstanceGTID", run=open_db_instance_gtid, home="region", asks=ONE),
    Does(action="DescribeDBSecurityGroups", run=describe_db_security_groups, home="region", asks=ONE),
)
