"""How the two TDSQL products list their instances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.tables.call import Call
from emulator.tables.declare import Manners, Rule, Sort
from emulator.tables.filters import tagged
from emulator.tables.tdsql.product import illegal
from emulator.world.shelves import Row


def owned(call: Call, instance: Mapping[str, Any]) -> Mapping[str, Any]:
    """An instance with its owner, whom an estate does not know."""
    return {**instance, "AppId": call.world.app_id, "Uin": call.world.uin}


def narrow(call: Call, rows: Sequence[Row]) -> Sequence[Row]:
    """The instances that a search, a network and states leave."""
    params = call.params
    # Documented: 2 an exclusive cluster's. Assumed: there are none.
    if params.get("IsFilterExcluster") and params.get("ExclusterType") == 2:
        return ()
    if excluded := params.get("ExcludeStatus"):
        rows = [row for row in rows if row.value["Status"] not in excluded]
    if said := _words(params):
        members, words = said
        rows = [row for row in rows if any(word in row.value[name] for name in members for word in words)]
    # Documented: the network counts only if IsFilterVpc is true.
    if params.get("IsFilterVpc"):
        rows = [row for row in rows if _is_in_network(row.value, params)]
    return rows


def _words(params: Mapping[str, Any]) -> tuple[tuple[str, ...], list[str]] | None:
    """The members that a search looks at, and its words; None for no search."""
    searched, text = params.get("SearchName"), params.get("SearchKey")
    if not searched or not text:
        return None
    # Documented: these three; words on lines of their own.
    members = {
        "instancename": ("InstanceName",),
        "vip": ("Vip",),
        "all": ("InstanceId", "InstanceName", "Vip"),
    }
    if searched not in members:
        raise illegal(f"The value `{searched}` of `SearchName` is not supported.")
    return members[searched], text.split("\n")


def _is_in_network(row: Mapping[str, Any], params: Mapping[str, Any]) -> bool:
    return all(
        not params.get(name) or row[member] == params[name]
        for name, member in (("VpcId", "UniqueVpcId"), ("SubnetId", "UniqueSubnetId"))
    )


def is_kind(row: Mapping[str, Any], wanted: Sequence[str]) -> bool:
    """Whether an instance is of a kind that FilterInstanceType names."""
    # Documented: several with commas between; 1 exclusive, 2 master, 3 for disasters.
    return any(str(row["InstanceType"]) in text.split(",") for text in wanted)


# Assumed: what happens to limits out of range, and the texts.
MANNERS = Manners(
    out_of_range=lambda name, value: illegal(f"The value of parameter `{name}` is out of range: {value}."),
    too_many=lambda what, most: illegal(f"The number of `{what}` exceeds the limit of {most}."),
)
PARAMS: Mapping[str, Rule] = {
    "ProjectIds": "ProjectId",
    "ExclusterIds": "ExclusterId",
    "TagKeys": "ResourceTags.TagKey",
    "Tags": tagged("ResourceTags"),
    "FilterInstanceType": is_kind,
    "Status": "Status",
}
NARROWS = (
    *("SearchName", "SearchKey", "IsFilterVpc", "VpcId", "SubnetId"),
    *("IsFilterExcluster", "ExclusterType", "ExcludeStatus"),
)
"""The parameters that ``narrow`` looks at."""
ORDERS = {"projectId": "ProjectId", "createtime": "CreateTime", "instancename": "InstanceName"}
# Documented: the names. Assumed: by time of birth, the latest first, when nothing is said.
SORT = Sort(
    by="OrderBy",
    directions=("OrderByType",),
    ascending=("asc",),
    descending=("desc",),
    standard="createtime",
    is_descending=True,
    unknown=lambda name, value: illegal(f"The value `{value}` of `{name}` is not supported."),
)
