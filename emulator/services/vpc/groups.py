"""Security groups: made, copied, counted and deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.errors import ApiError
from emulator.services.vpc import errors, limits, params, rules
from emulator.services.vpc.tables import TAGS
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists
from emulator.tables.defaults import default_group, find_default_group
from emulator.tables.network import guarded_by
from emulator.tables.shared import SECURITY_GROUP
from emulator.tables.writing import Value, add, change, find, fresh_id, remove
from emulator.world import regions
from emulator.world.clock import china_time


def _reserve(call: Call) -> None:
    limits.reserve(call, SECURITY_GROUP, limits.SECURITY_GROUPS)


def _new(call: Call, name: str, note: str, project: str, tags: Sequence[Value]) -> Value:
    """A group that is not there yet."""
    time = china_time(call.now)
    return {
        "SecurityGroupId": fresh_id(call, SECURITY_GROUP),
        "SecurityGroupName": name,
        "SecurityGroupDesc": note,
        "ProjectId": project,
        "IsDefault": False,
        "CreatedTime": time,
        "TagSet": list(tags),
        "UpdateTime": time,
    }


def _put(call: Call, group: Value, sides: Mapping[str, Sequence[Value]]) -> Result:
    """Put a group and its first rules there, both or neither."""
    # Assumed: the version that rules begin with.
    rules.put_rules(call, group["SecurityGroupId"], "0", sides)
    return {"SecurityGroup": add(call, SECURITY_GROUP, group)}


def create_security_group(call: Call) -> Result:
    """Create a group, or one with rules."""
    # Documented: without rules it lets nothing pass.
    asked = call.params
    name, note = params.named(asked, "GroupName"), params.text(asked, "GroupDescription", params.DESCRIPTION)
    project, tags = params.project(asked), params.tags(call)
    group = _new(call, name, note, project, tags)
    sides = rules.new_rules(call, group, asked.get("SecurityGroupPolicySet") or {})
    _reserve(call)
    return _put(call, group, sides)


def create_default_security_group(call: Call) -> Result:
    """The default group of a project, made if it is not there yet."""
    project = params.project(call.params)
    if find_default_group(call.world, call.region, project) is None:
        _reserve(call)
    return {"SecurityGroup": default_group(call.world, call.region, project)}


def clone_security_group(call: Call) -> Result:
    """Create a group with the rules of another, which may stand in another region."""
    asked, home = call.params, call.params.get("RemoteRegion") or call.region
    if regions.find(home) is None:
        raise errors.bad_value("RemoteRegion", "a region")
    source = _of_region(call, home, asked["SecurityGroupId"])
    given = _rules_of_region(call, home, asked["SecurityGroupId"])
    if home != call.region and any(rule.get("SecurityGroupId") for side in given.values() for rule in side):
        # Documented.
        raise errors.unsupported(
            "RemoteRegionSgHasReferencedSg", "The rules of the security group name others of its region."
        )
    tags = params.tags(call)
    if asked.get("IsCloneTags"):
        new = {tag["Key"] for tag in tags}
        tags = [*(tag for tag in source["TagSet"] if tag["Key"] not in new), *tags]
    # Documented: name and description of the source unless others are given. Assumed: project 0 likewise.
    name = params.text(asked, "GroupName") or source["SecurityGroupName"]
    note = params.text(asked, "GroupDescription", params.DESCRIPTION) or source["SecurityGroupDesc"]
    group = _new(call, name, note, params.project(asked), tags)
    _reserve(call)
    return _put(call, group, given)


def _of_region(call: Call, region: str, key: str) -> Value:
    if region == call.region:
        return params.existing(call, SECURITY_GROUP, key)
    row = call.world.read(SECURITY_GROUP.name, region).get(key)
    if row is None:
        raise errors.absent("security group")(key)
    found: Value = row.value
    return found


def _rules_of_region(call: Call, region: str, key: str) -> Mapping[str, Sequence[Value]]:
    row = call.world.read(rules.RULES, region).get(key)
    given = row.value["SecurityGroupPolicySet"] if row is not None else {}
    return {side: given.get(side) or [] for side in rules.DIRECTIONS}


def delete_security_group(call: Call) -> Result:
    """Delete a group that guards nothing and that no other group's rules name."""
    key = call.params["SecurityGroupId"]
    group = find(
        call,
        SECURITY_GROUP,
        key,
        lambda key: ApiError(
            "InvalidSecurityGroupID.NotFound", f"The security group `{key}` does not exist."
        ),
    )
    if group["IsDefault"]:
        # Documented: it cannot be. Assumed: the code.
        raise errors.unsupported("", f"The security group `{key}` is the default one.")
    for word, count in guarded_by(call, key).items():
        raise errors.in_use("security group", key, f"{count} resources ({word})")
    for other in referrers(call).get(key, ()):
        if other != key:
            raise errors.in_use("security group", key, f"the rules of {other}")
    remove(call, SECURITY_GROUP, key)
    call.world.write(rules.RULES, call.region).remove(key)
    return {}


def modify_security_group_attribute(call: Call) -> Result:
    """Change a group's name or description."""
    group, asked = params.given(call, SECURITY_GROUP), call.params
    changes: dict[str, Any] = {}
    if asked.get("GroupName"):
        changes["SecurityGroupName"] = params.text(asked, "GroupName")
    if asked.get("GroupDescription") is not None:
        changes["SecurityGroupDesc"] = params.text(asked, "GroupDescription", params.DESCRIPTION)
    change(call, SECURITY_GROUP, group["SecurityGroupId"], **changes, UpdateTime=china_time(call.now))
    return {}


# --- counting ---------------------------------------------------------------------------------------------


def referrers(call: Call) -> dict[str, list[str]]:
    """By group, the groups whose rules name it."""
    found: dict[str, dict[str, None]] = {}
    for row in call.world.read(rules.RULES, call.region):
        given = row.value["SecurityGroupPolicySet"]
        for rule in (*given["Egress"], *given["Ingress"]):
            if rule.get("SecurityGroupId"):
                found.setdefault(rule["SecurityGroupId"], {})[row.value["SecurityGroupId"]] = None
    return {group: list(by) for group, by in found.items()}


def describe_security_group_association_statistics(call: Call) -> Result:
    """How many resources of each kind stand behind some groups."""
    named = referrers(call)
    shown = []
    for key in params.ids(call, "SecurityGroupIds"):
        group = params.existing(call, SECURITY_GROUP, key)["SecurityGroupId"]
        counts = guarded_by(call, group)
        shown.append(
            {
                "SecurityGroupId": group,
                **{word: counts.get(word, 0) for word in ("CVM", "CDB", "ENI", "CLB")},
                "SG": len(named.get(group, ())),
                "InstanceStatistics": [
                    {"InstanceType": word, "InstanceCount": count} for word, count in counts.items()
                ],
                # Documented: without the groups that name it.
                "TotalCount": sum(counts.values()),
            }
        )
    return {"SecurityGroupAssociationStatisticsSet": shown}


def describe_security_group_references(call: Call) -> Result:
    """The groups whose rules name some groups."""
    named = referrers(call)
    # Assumed: a group that nothing names is not shown.
    return {
        "ReferredSecurityGroupSet": [
            {"SecurityGroupId": key, "ReferredSecurityGroupIds": named[key]}
            for key in params.ids(call, "SecurityGroupIds")
            if key in named
        ]
    }


def describe_security_group_limits(call: Call) -> Result:
    """How many groups, rules and members there may be."""
    # Observed, in the official example: the numbers, but for groups of an account that has many.
    return {
        "SecurityGroupLimitSet": {
            "SecurityGroupLimit": limits.granted(call, SECURITY_GROUP, limits.SECURITY_GROUPS),
            "SecurityGroupPolicyLimit": limits.RULES,
            "ReferedSecurityGroupLimit": limits.NESTED,
            "SecurityGroupInstanceLimit": 2000,
            "InstanceSecurityGroupLimit": 2000,
            # Assumed: these three.
            "SecurityGroupExtendedPolicyLimit": 2000,
            "SecurityGroupReferedCvmAndEniLimit": 2000,
            "SecurityGroupReferedSvcLimit": 2000,
        }
    }


_ONE, _MANY = asking((SECURITY_GROUP, "SecurityGroupId")), asking((SECURITY_GROUP, "SecurityGroupIds"))
_NEW = asking((SECURITY_GROUP,))
ACTIONS = (
    Lists(
        action="DescribeSecurityGroups",
        of=SECURITY_GROUP,
        ids="SecurityGroupIds",
        filters={
            "security-group-id": "SecurityGroupId",
            "project-id": "ProjectId",
            "security-group-name": "SecurityGroupName",
            **TAGS,
        },
        orders={"CreatedTime": "CreatedTime", "UpdateTime": "UpdateTime"},
        manners=errors.MANNERS,
    ),
    # Observed: a denial names it so. Assumed: the others go by vpc's names, as those do of which published
    # policies speak.
    Does(
        action="CreateSecurityGroup",
        run=create_security_group,
        home="region",
        asks=_NEW,
        asked_as="cvm:CreateSecurityGroup",
    ),
    Does(action="CreateSecurityGroupWithPolicies", run=create_security_group, home="region", asks=_NEW),
    Does(action="CreateDefaultSecurityGroup", run=create_default_security_group, home="region", asks=_NEW),
    Does(
        action="CloneSecurityGroup",
        run=clone_security_group,
        home="region",
        asks=asking((SECURITY_GROUP, "SecurityGroupId"), (SECURITY_GROUP,)),
    ),
    Does(action="DeleteSecurityGroup", run=delete_security_group, home="region", asks=_ONE),
    Does(
        action="ModifySecurityGroupAttribute", run=modify_security_group_attribute, home="region", asks=_ONE
    ),
    Does(
        action="DescribeSecurityGroupAssociationStatistics",
        run=describe_security_group_association_statistics,
        home="region",
        asks=_MANY,
    ),
    Does(
        action="DescribeSecurityGroupReferences",
        run=describe_security_group_references,
        home="region",
        asks=_MANY,
    ),
    # Assumed: limits are asked about at operation level.
    Does(action="DescribeSecurityGroupLimits", run=describe_security_group_limits, home="region"),
)
