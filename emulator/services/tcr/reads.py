"""Registries as they are read, and the namespaces and repositories in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from emulator.errors import ApiError
from emulator.services.tcr.registries import MANNERS, REGISTRY, contents, cut, page
from emulator.services.tcr.spaces import namespaces, no_namespace
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Rule
from emulator.tables.filters import by_keys, contains, narrow, one_tag
from emulator.world.shelves import Row, Shelf

# Assumed: the names; the contract says only that there are filters.
FILTERS: Mapping[str, Rule] = {
    "RegistryId": "RegistryId",
    "RegistryName": contains("RegistryName"),
    "RegistryType": "RegistryType",
    "Status": "Status",
}


# --- Registries -------------------------------------------------------------------------------------------


def describe_instances(call: Call) -> Result:
    """The registries of the region, or of every region for whoever asks so."""
    params = call.params
    shelf = _everywhere(call) if params.get("AllRegion") else call.world.read(REGISTRY.name, call.region)
    wants = [(_rule(given["Name"]), given["Values"]) for given in params.get("Filters") or ()]
    keys = params.get("Registryids")
    # Assumed: an id that does not exist is left out.
    rows = by_keys(shelf, keys, None, REGISTRY.key, wants) if keys else narrow(shelf, REGISTRY.key, wants)
    found = [row.value for row in rows]
    return {"TotalCount": len(found), "Registries": page(call, found, params)}


def _everywhere(call: Call) -> Shelf[Row]:
    merged: dict[str, Row] = {}
    for region in call.world.places(REGISTRY.name):
        merged.update(call.world.read(REGISTRY.name, region).items())
    return Shelf(merged)


def _rule(name: str) -> Rule:
    if name.startswith("tag:"):
        return one_tag("TagSpecification.Tags", name.removeprefix("tag:"))
    if name not in FILTERS:
        raise MANNERS.unknown_filter(name)
    return FILTERS[name]


# --- What is in them --------------------------------------------------------------------------------------


def _page(call: Call, rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    # Documented: Offset is a page's number. Observed: it begins at 1 in one official example and at 0 in
    # another. Assumed: 0 is the first page too.
    return page(call, rows, cut({**call.params, "Offset": call.params.get("Offset") or 1}))


# Documented: the values. Assumed: names ascend by themselves.
_ORDERS = {"-creation_time": "CreationTime", "-name": "Name", "-update_time": "UpdateTime"}


def describe_repositories(call: Call) -> Result:
    """The repositories of a registry, by namespace and name."""
    params = call.params
    space, name, order = (params.get(key) or "" for key in ("NamespaceName", "RepositoryName", "SortBy"))
    rows = contents(call)["RepositoryList"]
    if space and all(row["Name"] != space for row in namespaces(call)):
        raise no_namespace(space)
    # Assumed: a repository is found by a part of its name, with or without its namespace.
    rows = [row for row in rows if space in ("", row["Namespace"]) and name in row["Name"]]
    if order and order not in _ORDERS:
        raise ApiError(
            "InvalidParameter.ErrorTcrInvalidParameter", f"Cannot sort by `{order}`."
        )  # Documented: the code. Assumed: the text.
    if order:
        rows = sorted(rows, key=itemgetter(_ORDERS[order]), reverse=True)
    return {"RepositoryList": _page(call, rows), "TotalCount": len(rows)}


def describe_namespaces(call: Call) -> Result:
    """The namespaces of a registry."""
    params = call.params
    wanted = params.get("NamespaceName") or ""
    rows = [row for row in namespaces(call) if wanted in row["Name"]]
    for given in params.get("Filters") or ():
        # Documented: Tags alone. Assumed: a key, or a key and a value with a colon between.
        if given["Name"] != "Tags":
            raise MANNERS.unknown_filter(given["Name"])
        rows = [row for row in rows if _tags(row) & set(given["Values"])]
    if params.get("KmsSignPolicy"):
        # Assumed: no namespace signs.
        rows = []
    return {
        "NamespaceList": rows if params.get("All") else _page(call, rows),
        "TotalCount": len(rows),
    }


def _tags(row: Mapping[str, Any]) -> set[str]:
    tags = row["TagSpecification"]["Tags"]
    return {tag["Key"] for tag in tags} | {f"{tag['Key']}:{tag['Value']}" for tag in tags}


ACTIONS = (
    Does(action="DescribeInstances", run=describe_instances, home="region"),
    Does(action="DescribeRepositories", run=describe_repositories, home="region"),
    Does(action="DescribeNamespaces", run=describe_namespaces, home="region"),
)
