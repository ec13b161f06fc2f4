"""What is changed on MySQL instances at once: names, projects, tags, renewal, protection."""

from __future__ import annotations

from emulator.services.cdb.instances import INSTANCE, KIND, MANY, ONE, instance, named, running
from emulator.services.cdb.purchase import check_name
from emulator.services.cdb.refusals import bad_parameter, bad_value, denied, missing
from emulator.tables import databases
from emulator.tables.call import Call, Result
from emulator.tables.databases import listed_tags
from emulator.tables.declare import Does
from emulator.tables.writing import change


def modify_db_instance_name(call: Call) -> Result:
    """Give an instance another name."""
    found = running(call, call.params["InstanceId"])
    name = check_name(call.params["InstanceName"])
    change(call, INSTANCE, found["InstanceId"], InstanceName=name)
    return {}


def modify_db_instance_project(call: Call) -> Result:
    """Put instances into another project, all or none of them."""
    keys = [instance(call, key)["InstanceId"] for key in call.params["InstanceIds"]]
    project = call.params.get("NewProjectId")
    # Documented: it has to be given, though the contract lets it lack.
    if project is None:
        raise missing("NewProjectId")
    if project < 0:
        raise bad_value("NewProjectId", project, "the number of a project")
    databases.changes(call, KIND, keys, ProjectId=project)
    return {}


def modify_auto_renew_flag(call: Call) -> Result:
    """Say whether instances renew themselves, all or none of them."""
    found = [instance(call, key) for key in call.params["InstanceIds"]]
    if call.params["AutoRenew"] not in (0, 1):
        raise bad_value("AutoRenew", call.params["AutoRenew"], "0 or 1")
    for each in found:
        if each["PayType"] != 0:
            # Documented: only what is paid by months renews itself.
            raise denied(f"The instance `{each['InstanceId']}` is not paid by months.")
    databases.changes(call, KIND, (each["InstanceId"] for each in found), AutoRenew=call.params["AutoRenew"])
    return {}


def modify_instance_destroy_protect(call: Call) -> Result:
    """Protect instances from being destroyed, or no longer, all or none of them."""
    keys = [instance(call, key)["InstanceId"] for key in call.params["InstanceIds"]]
    if call.params["DestroyProtect"] not in ("on", "off"):
        raise bad_value("DestroyProtect", call.params["DestroyProtect"], "on or off")
    databases.changes(call, KIND, keys, DestroyProtect=call.params["DestroyProtect"])
    return {}


def modify_instance_tag(call: Call) -> Result:
    """Add, change and take away tags of an instance."""
    found, params = named(call), call.params
    set_to, gone = listed_tags(params.get("ReplaceTags")), listed_tags(params.get("DeleteTags"))
    # Documented: one of the two is needed.
    if not set_to and not gone:
        raise bad_parameter("One of `ReplaceTags` and `DeleteTags` must be given.")
    tags = {tag["TagKey"]: tag for tag in found["TagList"]}
    for tag in gone:
        tags.pop(tag["TagKey"], None)
    tags |= {tag["TagKey"]: tag for tag in set_to}
    change(call, INSTANCE, found["InstanceId"], TagList=list(tags.values()))
    return {}


def describe_tags_of_instance_ids(call: Call) -> Result:
    """A page of instances with their tags."""
    params = call.params
    offset = params.get("Offset") or 0
    # Documented: 15 by default.
    limit = 15 if params.get("Limit") is None else params["Limit"]
    if offset < 0 or limit < 0:
        raise bad_parameter("The value of `Offset` or `Limit` is out of range.")
    found = [instance(call, key) for key in dict.fromkeys(params["InstanceIds"])]
    rows = [{"InstanceId": each["InstanceId"], "Tags": each["TagList"]} for each in found]
    return {"Offset": offset, "Limit": limit, "Rows": rows[offset : offset + limit]}


ACTIONS = (
    Does(action="ModifyDBInstanceName", run=modify_db_instance_name, home="region", asks=ONE),
    Does(action="ModifyDBInstanceProject", run=modify_db_instance_project, home="region", asks=MANY),
    Does(action="ModifyAutoRenewFlag", run=modify_auto_renew_flag, home="region", asks=MANY),
    Does(
        action="ModifyInstanceDestroyProtect", run=modify_instance_destroy_protect, home="region", asks=MANY
    ),
    Does(action="ModifyInstanceTag", run=modify_instance_tag, home="region", asks=ONE),
    Does(action="DescribeTagsOfInstanceIds", run=describe_tags_of_instance_ids, home="region", asks=MANY),
)
