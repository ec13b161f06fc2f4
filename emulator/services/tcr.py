"""Tencent Container Registry: registries, and the repositories in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from emulator.contract.paging import paging
from emulator.errors import ApiError
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Manners, Rule, Service, Table, Window
from emulator.tables.filters import by_keys, contains, narrow
from emulator.tables.listing import one_tag, window
from emulator.world.shelves import Row, Shelf

# Documented: the codes are among the product's errors. Assumed: which is used when, and the texts.
MANNERS = Manners(
    out_of_range=lambda name, value: ApiError(
        "InvalidParameter.ErrorTcrInvalidParameter",
        f"The value of parameter `{name}` is out of range: {value}.",
    ),
    unknown_filter=lambda name: ApiError(
        "InvalidParameter.ErrorTcrInvalidParameter", f"The filter `{name}` is not supported."
    ),
)

PAGE = Window(default=20, ceiling=100)

# Assumed: all of this product's reads are asked about at operation level.
REGISTRY = Table(name="tcr.registry", item="Registry", key="RegistryId", prefix="tcr")
REPOSITORIES = "tcr.repository"

# Assumed: the names; the contract says only that there are filters.
FILTERS: Mapping[str, Rule] = {
    "RegistryId": "RegistryId",
    "RegistryName": contains("RegistryName"),
    "RegistryType": "RegistryType",
    "Status": "Status",
}


def no_registry(key: str) -> ApiError:
    """No such registry in this region."""
    # Documented: the code. Assumed: the text.
    return ApiError("ResourceNotFound.TcrResourceNotFound", f"The registry `{key}` does not exist.")


def no_namespace(name: str) -> ApiError:
    """No such namespace in this registry."""
    # Documented: the code. Assumed: the text.
    return ApiError("ResourceNotFound.ErrNoNamespace", f"The namespace `{name}` does not exist.")


# --- Registries -------------------------------------------------------------------------------------------


def describe_instances(call: Call) -> Result:
    """The registries of the region, or of every region for whoever asks so."""
    params = call.params
    shelf = _everywhere(call) if params.get("AllRegion") else call.world.read(REGISTRY.name, call.region)
    wants = [(_rule(given["Name"]), given["Values"]) for given in params.get("Filters") or ()]
    keys = params.get("Registryids")
    # Assumed: an id that does not exist is left out.
    rows = by_keys(shelf, keys, None, REGISTRY.key, wants) if keys else narrow(shelf, REGISTRY.key, wants)
    start, limit = window(params, paging(call.action), PAGE, MANNERS)
    page = rows[start : None if limit is None else start + limit]
    return {"TotalCount": len(rows), "Registries": [row.value for row in page]}


def _everywhere(call: Call) -> Shelf[Row]:
    merged: dict[str, Row] = {}
    for region in call.world.places(REGISTRY.name):
        merged.update(call.world.read(REGISTRY.name, region).items())
    return Shelf(merged)


def _rule(name: str) -> Rule:
    if name.startswith("tag:"):
        tagged = one_tag("Tags", name.removeprefix("tag:"))
        return lambda row, wanted: tagged(row["TagSpecification"], wanted)
    if name not in FILTERS:
        raise MANNERS.unknown_filter(name)
    return FILTERS[name]


# --- What is in them --------------------------------------------------------------------------------------


def _contents(call: Call) -> Sequence[Mapping[str, Any]]:
    """The repositories of the registry that a call names."""
    key = call.params["RegistryId"]
    if key not in call.world.read(REGISTRY.name, call.region):
        raise no_registry(key)
    row = call.world.read(REPOSITORIES, call.region).get(key)
    found: Sequence[Mapping[str, Any]] = row.value["RepositoryList"] if row is not None else ()
    return found


def _page(call: Call, rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    # Documented: Offset is a page's number. Observed: it begins at 1 in one official example and at 0 in
    # another. Assumed: 0 is the first page too.
    params = {**call.params, "Offset": max(call.params.get("Offset") or 1, 1)}
    start, limit = window(params, paging(call.action), PAGE, MANNERS)
    return rows[start : None if limit is None else start + limit]


# Documented: the values. Assumed: names ascend by themselves.
_ORDERS = {"-creation_time": "CreationTime", "-name": "Name", "-update_time": "UpdateTime"}


def describe_repositories(call: Call) -> Result:
    """The repositories of a registry, by namespace and name."""
    params = call.params
    space, name, order = (params.get(key) or "" for key in ("NamespaceName", "RepositoryName", "SortBy"))
    rows = _contents(call)
    if space and all(row["Namespace"] != space for row in rows):
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
    """The namespaces of a registry: those that its repositories are in."""
    params = call.params
    wanted = params.get("NamespaceName") or ""
    spaces = dict.fromkeys(row["Namespace"] for row in _contents(call))
    rows = [_namespace(name, number) for number, name in enumerate(spaces, 1) if wanted in name]
    for given in params.get("Filters") or ():
        # Documented: Tags alone. Assumed: namespaces bear none.
        if given["Name"] != "Tags":
            raise MANNERS.unknown_filter(given["Name"])
        rows = []
    if params.get("KmsSignPolicy"):
        rows = []
    return {
        "NamespaceList": rows if params.get("All") else _page(call, rows),
        "TotalCount": len(rows),
    }


def _namespace(name: str, number: int) -> Mapping[str, Any]:
    # Assumed: settings that nobody changed.
    return {
        "Name": name,
        "CreationTime": "2024-01-01T00:00:00+08:00",
        "Public": False,
        "NamespaceId": number,
        "TagSpecification": {"ResourceType": "namespace", "Tags": []},
        "Metadata": [],
        "CVEWhitelistItems": [],
        "AutoScan": False,
        "PreventVUL": False,
        "Severity": "",
    }


SERVICE = Service(
    name="tcr",
    version="2019-09-24",
    tables=(REGISTRY,),
    actions=(
        Does(action="DescribeInstances", run=describe_instances, home="region"),
        Does(action="DescribeRepositories", run=describe_repositories, home="region"),
        Does(action="DescribeNamespaces", run=describe_namespaces, home="region"),
    ),
)
