"""Redis instances as they are read: lists, and what one is set to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.services.redis.instances import INSTANCE, ONE, named, settings
from emulator.services.redis.refusals import MANNERS, illegal
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Sort, Window
from emulator.tables.filters import anywhere, tagged
from emulator.tables.guards import Guard, Rule, guards
from emulator.world.shelves import Row


def owned(call: Call, instance: Mapping[str, Any]) -> Mapping[str, Any]:
    """An instance with its owner, whom an estate does not know."""
    return {**instance, "Appid": call.world.app_id}


def narrow_instances(call: Call, rows: Sequence[Row]) -> Sequence[Row]:
    """The instances that the words of a search, a payment or a set of zones leave."""
    for name, known in (("BillingMode", ("postpaid", "prepaid")), ("AzMode", ("singleaz", "multiaz"))):
        wanted = call.params.get(name)
        if not wanted:
            continue
        if wanted not in known:
            raise illegal(
                f"The value `{wanted}` of `{name}` is not supported.",
            )
        rows = [row for row in rows if _mode(row.value, name) == known.index(wanted)]
    return rows


def _mode(instance: Mapping[str, Any], name: str) -> int:
    mode: int = instance["BillingMode"] if name == "BillingMode" else int(bool(instance["NodeSet"]))
    return mode


def _is_engine(row: Mapping[str, Any], wanted: Sequence[str]) -> bool:
    # Documented: Redis-2.8, Redis-4.0, Redis-5.0, Redis-6.0 or CKV.
    version = row["CurrentRedisVersion"].partition(".")[0]
    return any(
        row["Type"] in (3, 4) if name == "CKV" else name.startswith(f"Redis-{version}.") for name in wanted
    )


def _is_architecture(row: Mapping[str, Any], wanted: Sequence[str]) -> bool:
    # Documented: 1 a single node, 2 master and replica, 3 a cluster; type 5 is the one of a single node.
    kind = "1" if row["Type"] == 5 else "3" if row["ProductType"] == "cluster" else "2"
    return kind in wanted


def _is_searched(row: Mapping[str, Any], wanted: Sequence[str]) -> bool:
    # Documented: names in part, ids and addresses as a whole, any of them.
    return any(text in row["InstanceName"] or text in (row["InstanceId"], row["WanIp"]) for text in wanted)


def describe_auto_backup_config(call: Call) -> Result:
    """When an instance is backed up, and for how long that is kept."""
    backup: Result = settings(call)["Backup"]
    return backup


def describe_db_security_groups(call: Call) -> Result:
    """The security groups of one instance with their rules."""
    check_product(call)
    value, groups = named(call), settings(call)["SecurityGroupIds"]
    return {
        "Groups": [shown_group(guard) for guard in guards(call, groups)],
        "VIP": value["WanIp"],
        "VPort": str(value["Port"]),
    }


def check_product(call: Call) -> None:
    """Refuse a call that asks this product for another one's groups."""
    if call.params["Product"] != "redis":
        # Documented: this value. Assumed: code and text.
        raise illegal("`Product` must be redis.")


def shown_group(guard: Guard) -> Mapping[str, Any]:
    """A security group with its rules, as this product shows it."""
    return {
        "CreateTime": guard.created,
        "ProjectId": 0,
        "SecurityGroupId": guard.id,
        "SecurityGroupName": guard.name,
        "SecurityGroupRemark": guard.note,
        "Outbound": [_rule(rule) for rule in guard.outbound],
        "Inbound": [_rule(rule) for rule in guard.inbound],
    }


def _rule(rule: Rule) -> Mapping[str, Any]:
    return {
        "Action": rule.action,
        "AddressModule": "",
        "CidrIp": rule.address,
        "Desc": rule.note,
        "IpProtocol": rule.protocol,
        "PortRange": rule.port,
        "ServiceModule": "",
        "Id": rule.group,
    }


def describe_top_commands(call: Call) -> Result:
    """The commands that an instance was given most, the most frequent first."""
    if call.params["SpanType"] not in (1, 2, 3, 4):
        # Documented: these four. Assumed: code and text.
        raise illegal("`SpanType` must be 1, 2, 3 or 4.")
    # Assumed: every span shows the same, for an instance does no work here.
    return {"Data": settings(call)["Commands"]}


ACTIONS = (
    Lists(
        action="DescribeInstances",
        of=INSTANCE,
        ids="InstanceIds",
        most_ids=1000,
        # Documented: 20, at most 1000, the offset a multiple of the limit. Assumed: others are refused.
        page=Window(default=20, ceiling=1000, is_aligned=True),
        params={
            "InstanceId": "InstanceId",
            "VpcIds": "VpcId",
            "SubnetIds": "SubnetId",
            "SearchKey": anywhere("InstanceName"),
            "ProjectIds": "ProjectId",
            "InstanceName": "InstanceName",
            "UniqVpcIds": "UniqVpcId",
            "UniqSubnetIds": "UniqSubnetId",
            "Status": "Status",
            "TypeVersion": _is_architecture,
            "EngineName": _is_engine,
            "AutoRenew": "AutoRenewFlag",
            "Type": "Type",
            "SearchKeys": _is_searched,
            "InstanceTags": tagged("InstanceTags"),
            "TagKeys": "InstanceTags.TagKey",
            "ProductVersions": "ProductVersion",
        },
        # Documented: RegionIds is out of use; TypeList and MonitorVersion are to be left alone.
        ignores=("BillingMode", "AzMode", "RegionIds", "TypeList", "MonitorVersion"),
        narrowed=narrow_instances,
        shown=owned,
        orders={
            "projectId": "ProjectId",
            "createtime": "Createtime",
            "createtime ": "Createtime",  # Documented: so written in the official example.
            "instancename": "InstanceName",
            "type": "Type",
            "curDeadline": "DeadlineTime",
        },
        # Documented: descending when no direction is given. Assumed: by time of birth then.
        sort=Sort(
            by="OrderBy",
            directions=("OrderType",),
            ascending=(0,),
            descending=(1,),
            standard="createtime",
            is_descending=True,
            unknown=lambda name, value: illegal(f"The value `{value}` of `{name}` is not supported."),
        ),
        manners=MANNERS,
    ),
    Does(action="DescribeAutoBackupConfig", run=describe_auto_backup_config, home="region", asks=ONE),
    Does(action="DescribeDBSecurityGroups", run=describe_db_security_groups, home="region", asks=ONE),
    Does(action="DescribeInstanceMonitorTopNCmd", run=describe_top_commands, home="region", asks=ONE),
)
