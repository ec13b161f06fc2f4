"""Registries created, changed and deleted, and what each of them holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from emulator.contract.paging import paging
from emulator.errors import ApiError, Refusal
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Manners, Table, Window
from emulator.tables.listing import window
from emulator.tables.prepaid import PERIODS
from emulator.tables.writing import Value, add, change, find, later, remove_later
from emulator.world.clock import months_on
from emulator.world.regions import find as find_region
from emulator.world.shelves import Row
from emulator.world.world import World

bad_parameter = Refusal[str]("InvalidParameter.ErrorTcrInvalidParameter", "{}")
# Observed: terraform-provider-tencentcloud takes this code, without a second part, for "is gone".
no_registry = Refusal[str]("ResourceNotFound", "The registry `{}` does not exist.")
# Documented: the codes are among the product's errors. Assumed: which is used when, and the texts.
MANNERS = Manners(
    out_of_range=Refusal[str, int](bad_parameter.code, "The value of parameter `{}` is out of range: {}."),
    unknown_filter=Refusal[str](bad_parameter.code, "The filter `{}` is not supported."),
)
# Assumed: all of this product is asked about at operation level.
REGISTRY = Table(name="tcr.registry", item="Registry", key="RegistryId", prefix="tcr")
ENTRY = Table(name="tcr.entry", item="", key="RegistryId")
"""Under a registry's id whether it is open to the internet, and to whom."""
TOKEN = Table(name="tcr.token", item="TcrInstanceToken", key="Id")
CONTENTS = "tcr.repository"
"""Under a registry's id its repositories, and its namespaces once one was made or changed."""
PAGE = Window(default=20, ceiling=100)
TYPES = ("basic", "standard", "premium")
# Documented: the states.
DEPLOYING, RUNNING, DELETING = "Deploying", "Running", "Deleting"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,48}[a-z0-9])")
# Assumed: how long it takes to make a registry, and to take it away.
_MAKING_SECONDS, _DELETING_SECONDS = 120, 60
_CHINA = timezone(timedelta(hours=8))


def moment(seconds: float) -> str:
    """A time as this product writes it: China's, with its offset."""
    # Observed.
    return datetime.fromtimestamp(seconds, _CHINA).strftime("%Y-%m-%dT%H:%M:%S+08:00")


def page(call: Call, rows: Sequence[Value], params: Mapping[str, Any]) -> Sequence[Value]:
    """The rows of the page that a call asks for."""
    start, limit = window(params, paging(call.action), PAGE, MANNERS)
    return rows[start : None if limit is None else start + limit]


def cut(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Parameters that ask for no longer a page than there is, for lists of what is in a registry."""
    # Documented: a hundred at most. Observed: terraform-provider-tencentcloud asks for two hundred, and is
    # answered. Assumed: with a hundred.
    wanted = params.get("Limit")
    return params if wanted is None else {**params, "Limit": min(wanted, PAGE.ceiling)}


def registry(call: Call) -> Value:
    """The registry that a call names."""
    return find(call, REGISTRY, call.params["RegistryId"], no_registry)


def running(call: Call) -> Value:
    """The registry that a call names, if it runs."""
    found = registry(call)
    if found["Status"] != RUNNING:
        raise ApiError("ResourceInsufficient.ErrorInstanceNotRunning", f"The registry is {found['Status']}.")
    return found


def contents(call: Call) -> Mapping[str, Any]:
    """What is in the registry that a call names."""
    key = registry(call)["RegistryId"]
    row: Row | None = call.world.read(CONTENTS, call.region).get(key)
    return row.value if row is not None else {"RegistryId": key, "RepositoryList": []}


def fill(call: Call, **members: Any) -> None:
    """Set what is in the registry that a call names."""
    value = {**contents(call), **members}
    call.world.write(CONTENTS, call.region).put(value["RegistryId"], Row(value))


def read_tags(given: Mapping[str, Any] | None, kind: str) -> Value:
    """The tags of a request as a row has them."""
    tags = (given or {}).get("Tags") or []
    if len(tags) > 10:
        # Documented: ten at most.
        raise ApiError("InvalidParameter.ErrorTagOverLimit", "There are more than ten tags.")
    listed = [{"Key": tag.get("Key") or "", "Value": tag.get("Value") or ""} for tag in tags]
    return {"ResourceType": kind, "Tags": listed}


def _check_name(call: Call, name: str) -> None:
    # Assumed: what a name in a domain may be, three to fifty long, once for all regions.
    if not _NAME.fullmatch(name):
        raise ApiError("InvalidParameter.ErrorNameIllegal", f"The name `{name}` is not allowed.")
    for region in call.world.places(REGISTRY.name):
        rows: Sequence[Row] = call.world.read(REGISTRY.name, region).values()
        if any(row.value["RegistryName"] == name for row in rows):
            raise ApiError("InvalidParameter.ErrorNameExists", f"The name `{name}` is taken.")


def _check_type(kind: str) -> str:
    if kind not in TYPES:
        raise bad_parameter(f"`RegistryType` must be {', '.join(TYPES)}.")
    return kind


def create_instance(call: Call) -> Result:
    """Make a registry."""
    params, region = call.params, find_region(call.region)
    name, kind = params["RegistryName"], _check_type(params["RegistryType"])
    _check_name(call, name)
    mode, prepaid = params.get("RegistryChargeType") or 0, params.get("RegistryChargePrepaid") or {}
    if mode not in (0, 1):
        raise bad_parameter("`RegistryChargeType` must be 0 or 1.")
    if mode == 1 and (prepaid.get("Period") not in PERIODS or prepaid.get("RenewFlag") not in (0, 1, 2)):
        raise bad_parameter("`RegistryChargePrepaid` must name months and whether they are renewed.")
    # SyncTag says nothing here: no bucket is seen.
    key = call.world.mint.resource(REGISTRY.prefix)
    add(
        call,
        REGISTRY,
        {
            "RegistryId": key,
            "RegistryName": name,
            "RegistryType": kind,
            "Status": DEPLOYING,
            "PublicDomain": f"{name}.tencentcloudcr.com",
            "CreatedAt": moment(call.now),
            "RegionName": call.region,
            # Observed: 1 for Guangzhou.
            "RegionId": region.number if region is not None else 0,
            "EnableAnonymous": False,
            # Assumed: a day, and no address within a network at first.
            "TokenValidTime": 24,
            "InternalEndpoint": "",
            "TagSpecification": read_tags(params.get("TagSpecification"), "instance"),
            "ExpiredAt": moment(months_on(call.now, prepaid["Period"])) if mode else "",
            "PayMod": mode,
            "RenewFlag": prepaid["RenewFlag"] if mode else 0,
            "DeletionProtection": bool(params.get("DeletionProtection")),
            "EnableCosMAZ": bool(params.get("EnableCosMAZ")),
            "EnableCosVersioning": bool(params.get("EnableCosVersioning")),
        },
    )
    later(call, _MAKING_SECONDS, REGISTRY, key, {"Status": DEPLOYING}, Status=RUNNING)
    return {"RegistryId": key}


def modify_instance(call: Call) -> Result:
    """Change the size of a registry, its protection, or whether its bucket keeps versions."""
    found, params = running(call), call.params
    changes: dict[str, Any] = {}
    if params.get("RegistryType"):
        changes["RegistryType"] = _check_type(params["RegistryType"])
    for name in ("DeletionProtection", "EnableCosVersioning"):
        if params.get(name) is not None:
            changes[name] = params[name]
    change(call, REGISTRY, found["RegistryId"], **changes)
    return {}


def delete_instance(call: Call) -> Result:
    """Delete a registry with everything in it."""
    found = registry(call)
    key = found["RegistryId"]
    if found["DeletionProtection"]:
        # Documented: such a protection exists. Assumed: the code and text.
        raise ApiError("OperationDenied", f"The registry `{key}` is protected from deletion.")
    if found["Status"] == DELETING:
        raise ApiError("ResourceInsufficient.ErrorInstanceNotRunning", "The registry is being deleted.")
    # Documented: a dry run deletes nothing. DeleteBucket says nothing here: no bucket is seen.
    if call.params.get("DryRun"):
        return {}
    change(call, REGISTRY, key, Status=DELETING)
    remove_later(
        call, _DELETING_SECONDS, REGISTRY, key, {"Status": DELETING}, then="services.tcr.registries:gone"
    )
    return {}


def gone(world: World, region: str, _at: float, registry: Value) -> None:
    """What goes with a registry: its namespaces and repositories, its entry and its tokens."""
    key = registry["RegistryId"]
    world.write(CONTENTS, region).remove(key)
    world.write(ENTRY.name, region).remove(key)
    tokens = world.write(TOKEN.name, region)
    for token in world.read(TOKEN.name, region).index("RegistryId").get(key, ()):
        tokens.remove(token.value["Id"])


def describe_instance_status(call: Call) -> Result:
    """The states of registries."""
    shelf = call.world.read(REGISTRY.name, call.region)
    for key in call.params["RegistryIds"]:
        if key not in shelf:
            raise no_registry(key)
    rows = [shelf.items()[key].value for key in dict.fromkeys(call.params["RegistryIds"])]
    return {
        "RegistryStatusSet": [
            {
                "RegistryId": row["RegistryId"],
                "Status": row["Status"],
                # Observed: one condition that says the same.
                "Conditions": [{"Type": "", "Status": row["Status"], "Reason": ""}],
            }
            for row in rows
        ]
    }


ACTIONS = (
    Does(action="CreateInstance", run=create_instance, home="region"),
    Does(action="ModifyInstance", run=modify_instance, home="region"),
    Does(action="DeleteInstance", run=delete_instance, home="region"),
    Does(action="DescribeInstanceStatus", run=describe_instance_status, home="region"),
)
