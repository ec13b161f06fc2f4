"""Policies and their versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.policy.document import BadPolicy, parse
from emulator.services.cam import errors, limits
from emulator.services.cam.params import NAME, description, has_keyword, named_policy, page, policy, tags
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world import accounts, presets
from emulator.world.shelves import Row
from emulator.world.world import World


def create_policy(call: Call) -> Result:
    """Create a custom policy; the document is kept to the letter."""
    params, world = call.params, call.world
    name, document = params["PolicyName"], params["PolicyDocument"]
    _check_name(call, name)
    text, given = description(params), tags(params)
    _check_document(document)
    if len(world.read("cam.policy")) >= limits.POLICIES:
        raise errors.policies_full()
    row = accounts.add_policy(world, name, document, description=text, tags=given)
    return {"PolicyId": row.value["PolicyId"]}


def get_policy(call: Call) -> Result:
    """One policy with its document."""
    value = policy(call, call.params["PolicyId"], errors.no_policy).value
    members = ("PolicyName", "Description", "Type", "AddTime", "UpdateTime", "PolicyDocument")
    return {
        **{name: value[name] for name in members},
        # Observed: null for a policy without one.
        "PresetAlias": _alias(call.world, value["PolicyId"]),
        "IsServiceLinkedRolePolicy": 0,
        "Tags": value["Tags"],
    }


def update_policy(call: Call) -> Result:
    """Change a custom policy: its default version's document, its description, its name."""
    params, world = call.params, call.world
    # Documented: one of the two. Assumed: next to an id, the name is the policy's new one.
    row = named_policy(call, errors.no_policy)
    policy_id, alias = row.value["PolicyId"], params.get("Alias")
    new_name, text, document = (
        params.get("PolicyName"),
        params.get("Description"),
        params.get("PolicyDocument"),
    )
    if new_name == row.value["PolicyName"]:
        new_name = None
    if row.value["Type"] == presets.PRESET and (new_name, text, document) != (None, None, None):
        raise errors.bad_policy_id()
    changes: dict[str, Any] = {}
    if new_name is not None:
        _check_name(call, new_name)
        changes["PolicyName"] = new_name
    if text is not None:
        changes["Description"] = description(params)
    if document is not None:
        _check_document(document)
        changes |= _in_default_version(row, document)
    if changes:
        accounts.change_policy(world, row, **changes)
    if alias is not None:
        world.write("cam.alias").put(policy_id, Row({"Alias": alias}))
    return {"PolicyId": policy_id}


def delete_policy(call: Call) -> Result:
    """Delete custom policies: all of those named or none."""
    # Assumed: a policy that is attached can be deleted, and its attachments go with it: the action declares
    # no error for one in use.
    wanted = dict.fromkeys(call.params["PolicyId"])
    for policy_id in wanted:
        _custom(call, policy_id)
    for policy_id in wanted:
        accounts.remove_policy(call.world, policy_id)
    return {}


def list_policies(call: Call) -> Result:
    """Policies, preset ones first."""
    # Assumed: the order; by id among the preset ones, as created among the others.
    params, world = call.params, call.world
    scope = params.get("Scope", "All")
    if scope not in ("All", "QCS", "Local"):
        raise errors.bad_scope()
    rows: list[Row] = [] if scope == "Local" else [*presets.by_id().values()]
    rows += () if scope == "QCS" else world.read("cam.policy").values()
    found = [row for row in rows if has_keyword(params, row.value["PolicyName"])]
    shown = [_as_listed(world, row.value) for row in page(params, found)]
    # Observed: the reserved list of service types is empty.
    return {"TotalNum": len(found), "List": shown, "ServiceTypeList": []}


def _as_listed(world: World, value: Mapping[str, Any]) -> Mapping[str, Any]:
    policy_id = value["PolicyId"]
    attached = accounts.attachments(world, policy_id=policy_id)
    users = [row for row in attached if row.value["Holder"].startswith("user/")]
    members = ("PolicyId", "PolicyName", "AddTime", "UpdateTime", "Type", "Description", "CreateMode", "Tags")
    return {
        **{name: value[name] for name in members},
        "Attachments": len(users),
        "AttachEntityCount": len(attached),
        "AttachEntityBoundaryCount": len(accounts.bounded_by(world, policy_id)),
        # Observed: IsAttached null, Deactived 0. Assumed: ServiceType.
        "ServiceType": "cooperator" if value["Type"] == presets.PRESET else "",
        "IsAttached": None,
        "Deactived": 0,
        "DeactivedDetail": [],
        "IsServiceLinkedPolicy": 0,
    }


# --- Versions ---------------------------------------------------------------------------------------------


def create_policy_version(call: Call) -> Result:
    """Add a version to a custom policy."""
    row = _custom(call, call.params["PolicyId"])
    document = call.params["PolicyDocument"]
    _check_document(document)
    versions, is_default = row.value["Versions"], call.params["SetAsDefault"]
    if len(versions) >= limits.VERSIONS_OF_A_POLICY:
        raise errors.versions_full()
    number = row.value["LastVersion"] + 1
    made = accounts.version(number, document, call.now, is_default=False)
    _keep_versions(call.world, row, [*versions, made], number if is_default else None, LastVersion=number)
    return {"VersionId": number}


def set_default_policy_version(call: Call) -> Result:
    """Put another version of a custom policy into force."""
    row = _custom(call, call.params["PolicyId"])
    if _version(row, call.params["VersionId"])["IsDefaultVersion"]:
        raise errors.default_version()
    _keep_versions(call.world, row, row.value["Versions"], call.params["VersionId"])
    return {}


def delete_policy_version(call: Call) -> Result:
    """Delete versions of a custom policy: all of those named or none, and never the default one."""
    row, unwanted = _custom(call, call.params["PolicyId"]), set(call.params["VersionId"])
    for number in unwanted:
        if _version(row, number)["IsDefaultVersion"]:
            raise errors.default_version()
    kept = [each for each in row.value["Versions"] if each["VersionId"] not in unwanted]
    _keep_versions(call.world, row, kept, None)
    return {}


def get_policy_version(call: Call) -> Result:
    """One version of a policy with its document."""
    row = policy(call, call.params["PolicyId"], errors.no_policy)
    return {"PolicyVersion": _version(row, call.params["VersionId"])}


def list_policy_versions(call: Call) -> Result:
    """The versions of a policy without their documents."""
    row = policy(call, call.params["PolicyId"], errors.no_policy)
    shown = ("VersionId", "CreateDate", "IsDefaultVersion")
    return {"Versions": [{name: each[name] for name in shown} for each in row.value["Versions"]]}


def _version(row: Row, number: int) -> Mapping[str, Any]:
    for each in row.value["Versions"]:
        if each["VersionId"] == number:
            found: Mapping[str, Any] = each
            return found
    raise errors.no_version()


def _keep_versions(
    world: World, row: Row, versions: list[dict[str, Any]], default: int | None, **members: object
) -> None:
    """Store versions; with a ``default``, that one's document is in force from now on."""
    if default is not None:
        versions = [{**each, "IsDefaultVersion": int(each["VersionId"] == default)} for each in versions]
        members["PolicyDocument"] = next(
            each["Document"] for each in versions if each["VersionId"] == default
        )
    accounts.change_policy(world, row, Versions=versions, **members)


def _in_default_version(row: Row, document: str) -> dict[str, Any]:
    # Documented: UpdatePolicy changes the default version and makes no new one.
    versions = [
        {**each, "Document": document} if each["IsDefaultVersion"] else each for each in row.value["Versions"]
    ]
    return {"PolicyDocument": document, "Versions": versions}


# --- Checks -----------------------------------------------------------------------------------------------


def _custom(call: Call, policy_id: int) -> Row:
    row = policy(call, policy_id, errors.no_policy)
    if row.value["Type"] != presets.CUSTOM:
        raise errors.bad_policy_id()
    return row


def _check_name(call: Call, name: str) -> None:
    if not NAME.fullmatch(name):
        raise errors.bad_policy_name()
    if accounts.find_policy(call.world, name=name) is not None:
        raise errors.policy_name_in_use()


def _check_document(document: str) -> None:
    # Assumed: actions are not looked up. ActionNotExist and ActionServiceNotExist are published codes, but
    # policies that name actions and services which the public metadata lack are published as well.
    try:
        parse(document, "PolicyDocument")
    except BadPolicy as bad:
        raise errors.bad_policy(bad) from bad


def _alias(world: World, policy_id: int) -> str | None:
    row = world.read("cam.alias").get(policy_id)
    return None if row is None else row.value["Alias"]


ACTIONS = (
    Does(action="CreatePolicy", run=create_policy),
    Does(action="GetPolicy", run=get_policy),
    Does(action="UpdatePolicy", run=update_policy),
    Does(action="DeletePolicy", run=delete_policy),
    Does(action="ListPolicies", run=list_policies),
    Does(action="CreatePolicyVersion", run=create_policy_version),
    Does(action="SetDefaultPolicyVersion", run=set_default_policy_version),
    Does(action="DeletePolicyVersion", run=delete_policy_version),
    Does(action="GetPolicyVersion", run=get_policy_version),
    Does(action="ListPolicyVersions", run=list_policy_versions),
)
