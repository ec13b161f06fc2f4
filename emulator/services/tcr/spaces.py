"""Namespaces and repositories of a registry: made, changed, deleted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from emulator.errors import ApiError, Refusal
from emulator.services.tcr.registries import bad_parameter, contents, fill, moment, read_tags, running
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.writing import Value

# Documented: 2 to 30 (namespaces), more than 2 and fewer than 245 (repositories); signs between letters only.
_SPACE = re.compile(r"(?=.{2,30}$)[a-z0-9]+(?:[._-][a-z0-9]+)*")
_REPOSITORY = re.compile(r"[a-z0-9._-]{3,244}")
SEVERITIES = ("low", "medium", "high")
_CHINA = timezone(timedelta(hours=8))
# Documented: the codes. Assumed: which is used when, and the texts.

no_namespace = Refusal[str]("ResourceNotFound.ErrNoNamespace", "The namespace `{}` does not exist.")
no_repository = Refusal[str]("ResourceNotFound.ErrNoRepo", "The repository `{}` does not exist.")


def namespaces(call: Call) -> Sequence[Value]:
    """The namespaces of a registry; before one was made or changed, those that its repositories are in."""
    held = contents(call)
    known: Sequence[Value] | None = held.get("NamespaceList")
    if known is not None:
        return known
    names = dict.fromkeys(row["Namespace"] for row in held["RepositoryList"])
    return [_namespace(name, number, "2024-01-01T00:00:00+08:00") for number, name in enumerate(names, 1)]


def _namespace(name: str, number: int, created: str) -> dict[str, Any]:
    # Assumed: settings that nobody changed.
    return {
        "Name": name,
        "CreationTime": created,
        "Public": False,
        "NamespaceId": number,
        "TagSpecification": {"ResourceType": "namespace", "Tags": []},
        "Metadata": [],
        "CVEWhitelistItems": [],
        "AutoScan": False,
        "PreventVUL": False,
        "Severity": "",
    }


def _settings(params: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a namespace that a call sets."""
    found: dict[str, Any] = {}
    for name, member in (("IsPublic", "Public"), ("IsAutoScan", "AutoScan"), ("IsPreventVUL", "PreventVUL")):
        if params.get(name) is not None:
            found[member] = params[name]
    if params.get("Severity"):
        if params["Severity"] not in SEVERITIES:
            raise bad_parameter(f"`Severity` must be {', '.join(SEVERITIES)}.")
        found["Severity"] = params["Severity"]
    if params.get("CVEWhitelistItems") is not None:
        found["CVEWhitelistItems"] = [{"CVEID": item["CVEID"]} for item in params["CVEWhitelistItems"]]
    if params.get("TagSpecification"):
        found["TagSpecification"] = read_tags(params["TagSpecification"], "namespace")
    return found


def create_namespace(call: Call) -> Result:
    """Make a namespace."""
    running(call)
    name, known = call.params["NamespaceName"], namespaces(call)
    if not _SPACE.fullmatch(name):
        raise bad_parameter("`NamespaceName` must have 2 to 30 small letters, digits and signs between them.")
    if any(row["Name"] == name for row in known):
        raise ApiError("InvalidParameter.ErrNamespaceExist", f"The namespace `{name}` exists already.")
    number = max((row["NamespaceId"] for row in known), default=0) + 1
    made = {**_namespace(name, number, moment(call.now)), **_settings(call.params)}
    fill(call, NamespaceList=[*known, made])
    return {}


def modify_namespace(call: Call) -> Result:
    """Change who may see a namespace and how its images are looked at."""
    running(call)
    name, known = call.params["NamespaceName"], namespaces(call)
    _check_namespace(name, known)
    changes = _settings(call.params)
    fill(call, NamespaceList=[{**row, **changes} if row["Name"] == name else row for row in known])
    return {}


def delete_namespace(call: Call) -> Result:
    """Delete a namespace that holds nothing."""
    running(call)
    name, known = call.params["NamespaceName"], namespaces(call)
    _check_namespace(name, known)
    if any(row["Namespace"] == name for row in contents(call)["RepositoryList"]):
        # Assumed: what holds repositories stays.
        raise ApiError("FailedOperation.PreconditionFailed", f"The namespace `{name}` holds repositories.")
    fill(call, NamespaceList=[row for row in known if row["Name"] != name])
    return {}


def _check_namespace(name: str, known: Iterable[Value]) -> None:
    if all(row["Name"] != name for row in known):
        raise no_namespace(name)


# --- Repositories -----------------------------------------------------------------------------------------


def _time(call: Call) -> str:
    # Documented: 2006-01-02 15:04:05.999999999 -0700 MST.
    return datetime.fromtimestamp(call.now, _CHINA).strftime("%Y-%m-%d %H:%M:%S.%f +0800 CST")


def _named(call: Call) -> str:
    """The repository that a call names, with its namespace."""
    running(call)
    space, name = call.params["NamespaceName"], call.params["RepositoryName"]
    _check_namespace(space, namespaces(call))
    return f"{space}/{name}"


def create_repository(call: Call) -> Result:
    """Make a repository."""
    name, params, held = _named(call), call.params, contents(call)
    if not _REPOSITORY.fullmatch(params["RepositoryName"]):
        raise bad_parameter("`RepositoryName` must have 3 to 244 small letters, digits, `.`, `_` or `-`.")
    if any(row["Name"] == name for row in held["RepositoryList"]):
        raise ApiError("InvalidParameter.ErrRepoExist", f"The repository `{name}` exists already.")
    space = next(row for row in namespaces(call) if row["Name"] == params["NamespaceName"])
    made = {
        "Name": name,
        "Namespace": space["Name"],
        "CreationTime": _time(call),
        "UpdateTime": _time(call),
        # Assumed: as its namespace.
        "Public": space["Public"],
        "Description": params.get("Description") or "",
        "BriefDescription": params.get("BriefDescription") or "",
    }
    fill(call, NamespaceList=list(namespaces(call)), RepositoryList=[*held["RepositoryList"], made])
    return {}


def modify_repository(call: Call) -> Result:
    """Describe a repository anew."""
    name, held = _named(call), contents(call)["RepositoryList"]
    if all(row["Name"] != name for row in held):
        raise no_repository(name)
    texts = {key: call.params[key] for key in ("Description", "BriefDescription")}
    changes = {**texts, "UpdateTime": _time(call)}
    fill(call, RepositoryList=[{**row, **changes} if row["Name"] == name else row for row in held])
    return {}


def delete_repository(call: Call) -> Result:
    """Delete a repository; with or without ForceDelete, for no repository here holds an image."""
    name, held = _named(call), contents(call)["RepositoryList"]
    if all(row["Name"] != name for row in held):
        raise no_repository(name)
    # A namespace that is empty now is still one.
    spaces = list(namespaces(call))
    fill(call, NamespaceList=spaces, RepositoryList=[row for row in held if row["Name"] != name])
    return {}


ACTIONS = tuple(
    Does(action=action, run=run, home="region")
    for action, run in (
        ("CreateNamespace", create_namespace),
        ("ModifyNamespace", modify_namespace),
        ("DeleteNamespace", delete_namespace),
        ("CreateRepository", create_repository),
        ("ModifyRepository", modify_repository),
        ("DeleteRepository", delete_repository),
    )
)
