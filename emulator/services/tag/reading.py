"""Which resources bear which tags, and which tags there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import md5
from typing import Any, Protocol, TypeVar

from emulator.errors import ApiError
from emulator.services.tag import bearing, store
from emulator.services.tag.bearing import Rows, Stand, shelves, stands
from emulator.services.tag.errors import refused
from emulator.services.tag.writing import find, kind_of, region_of
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.tags import Place, Tags, kinds_named, read_tags

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

MOST_FILTERS, MOST_NAMED, MOST_KEYS = 6, 50, 20
"""Documented: filters, resources and keys of a request."""


# --- pages ------------------------------------------------------------------------------------------------


class Sliced(Protocol[T_co]):
    """Rows of which only those of a page are looked at."""

    def __len__(self) -> int: ...
    def __getitem__(self, at: slice, /) -> Sequence[T_co]: ...


def _page(
    call: Call,
    rows: Sliced[T],
    member: str,
    usual: int = 15,
    show: Callable[[T], object] = lambda row: row,
) -> Result:
    """A page by offset and limit, both of which the answer repeats; no more rows are shown than it holds."""
    # Documented: fifteen unless said, at most 1000 of keys and values, and an offset that is a multiple of
    # the limit. Assumed: 1000 for the others too.
    limit = usual if call.params.get("Limit") is None else call.params["Limit"]
    offset = call.params.get("Offset") or 0
    if not 1 <= limit <= 1000:
        raise refused("InvalidParameter", "The value of parameter `Limit` is not from 1 to 1000.")
    if offset % limit:
        raise refused(
            "InvalidParameterValue.OffsetInvalid", "The value of `Offset` is not a multiple of `Limit`."
        )
    page = [show(row) for row in rows[offset : offset + limit]]
    return {"TotalCount": len(rows), "Offset": offset, "Limit": limit, member: page}


def _continued(
    call: Call, rows: Sliced[T], member: str, most: int, show: Callable[[T], object] = lambda row: row
) -> Result:
    """A page by token; no more rows are looked at than it takes."""
    # Documented: fifty unless said. Assumed: our tokens say how many came before.
    token, limit = call.params.get("PaginationToken") or "0", call.params.get("MaxResults")
    limit = 50 if limit is None else limit
    if not (token.isdecimal() and len(token) < 19):
        raise refused("InvalidParameter.PaginationTokenInvalid", "The pagination token is not valid.")
    if not 1 <= limit <= most:
        raise refused("InvalidParameter", f"The value of parameter `MaxResults` is not from 1 to {most}.")
    start = int(token)
    page = [show(row) for row in rows[start : start + limit]]
    return {"PaginationToken": str(start + limit) if len(rows) > start + limit else "", member: page}


# --- resources --------------------------------------------------------------------------------------------


def _filters(call: Call) -> Sequence[Mapping[str, Any]]:
    filters: Sequence[Mapping[str, Any]] = call.params.get("TagFilters") or ()
    if len(filters) > MOST_FILTERS:
        raise refused("InvalidParameterValue.TagFiltersLengthExceeded", f"At most {MOST_FILTERS} filters.")
    return filters


def _meets(tags: Tags, given: Mapping[str, Any]) -> bool:
    key, values = given["TagKey"], given.get("TagValue")
    return key in tags and (not values or tags[key] in values)


def _suits(tags: Tags, filters: Sequence[Mapping[str, Any]]) -> bool:
    return all(_meets(tags, given) for given in filters)


def _suits_one(tags: Tags, filters: Sequence[Mapping[str, Any]]) -> bool:
    return any(_meets(tags, given) for given in filters)


def _shown(tags: Tags) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value, "Category": "Custom"} for key, value in tags.items()]


def get_resources(call: Call) -> Result:
    """Resources that bear tags: those named, those that meet every filter, page by page."""
    filters = _filters(call)
    if wanted := call.params.get("ResourceList"):
        # Documented: all of those that are named, whatever MaxResults says.
        named = [{"Resource": name, "Tags": _shown(tags)} for name, tags in _named(call, wanted, filters)]
        return {"PaginationToken": "", "ResourceTagMappingList": named}
    uin = call.world.uin

    def show(row: tuple[Any, ...]) -> dict[str, Any]:
        place, tags = row
        return {"Resource": place.name(uin), "Tags": _shown(tags)}

    found = stands(call, partial(_suits, filters=filters))
    return _continued(call, Rows(found), "ResourceTagMappingList", 200, show)


def _named(
    call: Call, names: Sequence[str], filters: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, Tags]]:
    """Those of these names whose resources bear tags and meet every filter; others are left out."""
    for name in dict.fromkeys(names):
        try:
            place, row = find(call, name)
        except ApiError:
            continue
        tags = read_tags(place.kind, row)
        if tags and _suits(tags, filters):
            yield name, tags


def _asked(
    call: Call, suits: Callable[[Tags, Sequence[Mapping[str, Any]]], bool] = _suits
) -> Iterator[Stand]:
    """The tagged resources that a call's parameters describe; a shelf that cannot hold them is not read."""
    params = call.params
    service, prefix, region, key = (
        params.get(name) or "" for name in ("ServiceType", "ResourcePrefix", "ResourceRegion", "ResourceId")
    )
    kinds = [
        kind
        for kind in kinds_named(service, prefix)
        # A kind that has no regions is in none that is asked for.
        if not region or kind.is_regional
    ]
    filters = params.get("TagFilters") or ()

    def meets(tags: Tags) -> bool:
        return suits(tags, filters)

    if not key:
        yield from stands(call, meets, kinds, region or None)
        return
    for kind, place, shelf in shelves(call, kinds, region or None):
        number = shelf.number(Place(kind, place, key).row_key)
        tags = {} if number is None else read_tags(kind, shelf.at(number))
        if number is not None and tags and meets(tags):
            yield Stand(kind, place, shelf, [(tags, [number])])


def _attached(place: Place, key: str, value: str) -> Mapping[str, str]:
    return {
        "TagKey": key,
        "TagValue": value,
        "ResourceId": place.key,
        "TagKeyMd5": md5(key.encode(), usedforsecurity=False).hexdigest(),
        "TagValueMd5": md5(value.encode(), usedforsecurity=False).hexdigest(),
        "ServiceType": place.kind.service,
        "Category": "Custom",
    }


def describe_resource_tags(call: Call) -> Result:
    """The tags of the resources that the parameters describe."""
    # Assumed: the creator narrows nothing, and the account has no buckets.
    found = () if call.params.get("CosResourceId") else _asked(call)
    rows = Rows(found, each_tag=True)
    return _page(call, rows, "Rows", show=lambda row: _attached(*row))


def _by_ids(call: Call, most: int) -> list[tuple[Place, Tags]]:
    """The resources of one kind and region that a call names and that bear tags."""
    params = call.params
    if len(params["ResourceIds"]) > most:
        raise refused("LimitExceeded.ResourceNumPerRequest", f"Name at most {most} resources in one request.")
    kind = kind_of(params)
    # Documented: empty for kinds that have no regions.
    region = region_of(kind, params)
    shelf = call.world.read(kind.table, region)
    places = [Place(kind, region, key) for key in dict.fromkeys(params["ResourceIds"])]
    rows = ((place, shelf.get(place.row_key)) for place in places)
    found = ((place, read_tags(kind, row)) for place, row in rows if row is not None)
    return [(place, tags) for place, tags in found if tags]


def describe_resource_tags_by_resource_ids(call: Call) -> Result:
    """The tags of resources of one kind and region, in the order in which they are named."""
    found = [] if call.params.get("Category") == "System" else _by_ids(call, MOST_NAMED)
    rows = [(place, *pair) for place, tags in found for pair in tags.items()]
    return _page(call, rows, "Tags", show=lambda row: _attached(*row))


def describe_resource_tags_by_tag_keys(call: Call) -> Result:
    """The tags of some keys that resources of one kind and region bear."""
    keys = call.params["TagKeys"]
    # Documented: twenty keys, twenty resources, pages of four hundred.
    if len(keys) > MOST_KEYS:
        raise refused("LimitExceeded.TagNumPerRequest", f"Name at most {MOST_KEYS} keys in one request.")
    rows = []
    for place, tags in _by_ids(call, MOST_KEYS):
        kept = {key: value for key, value in tags.items() if key in keys}
        if kept:
            rows.append({"ResourceId": place.key, "TagKeyValues": _shown(kept)})
    return _page(call, rows, "Rows", usual=400)


def _row(place: Place, tags: Tags) -> dict[str, Any]:
    return {
        "ResourceRegion": place.region,
        "ServiceType": place.kind.service,
        "ResourcePrefix": place.kind.prefix,
        "ResourceId": place.key,
        "Tags": _shown(tags),
    }


def describe_resources_by_tags(call: Call) -> Result:
    """The resources that meet every filter."""
    _filters(call)
    return _page(call, Rows(_asked(call)), "Rows", show=lambda found: _row(*found))


def describe_resources_by_tags_union(call: Call) -> Result:
    """The resources that meet one filter at least."""
    _filters(call)
    return _page(call, Rows(_asked(call, _suits_one)), "Rows", show=lambda found: _row(*found))


# --- tags -------------------------------------------------------------------------------------------------


def _is_custom(call: Call) -> bool:
    """Whether custom tags are asked for, which all of them are."""
    category = call.params.get("Category") or "All"
    if category not in ("Custom", "System", "All"):
        # Documented: these three.
        raise refused("InvalidParameter", "The value of `Category` is not Custom, System or All.")
    return category != "System"


# Assumed: who made a tag narrows nothing. Documented: ShowProject is for accounts of old.


def describe_tag_keys(call: Call) -> Result:
    """The keys there are."""
    return _page(call, store.all_keys(call) if _is_custom(call) else [], "Tags")


def describe_tag_values(call: Call) -> Result:
    """The values of some keys."""
    pairs = store.all_tags(call, call.params["TagKeys"]) if _is_custom(call) else []
    return _page(call, [_pair(pair) for pair in pairs], "Tags")


def _pair(pair: store.Pair) -> dict[str, str]:
    return {"TagKey": pair[0], "TagValue": pair[1], "Category": "Custom"}


def describe_tags(call: Call) -> Result:
    """The tags there are: of some keys, or one of them, and whether each can be deleted."""
    params = call.params
    key, value, keys = params.get("TagKey"), params.get("TagValue"), params.get("TagKeys")
    # Documented: both or neither, and TagKeys counts before TagKey.
    if bool(key) != bool(value) and not keys:
        raise refused("InvalidParameter", "TagKey and TagValue have to be given together.")
    wanted = keys or ([key] if key else None)
    pairs = [pair for pair in store.all_tags(call, wanted) if keys or not value or pair[1] == value]
    borne = bearing.borne(call, {pair[0] for pair in pairs})
    shown = [{**_pair(pair), "CanDelete": int(pair not in borne)} for pair in pairs]
    return _page(call, shown, "Tags")


def _check_keys(call: Call) -> Sequence[str]:
    keys: Sequence[str] = call.params.get("TagKeys") or ()
    # Documented.
    if len(keys) > MOST_KEYS:
        raise refused("LimitExceeded.TagNumPerRequest", f"Name at most {MOST_KEYS} keys in one request.")
    return keys


def get_tags(call: Call) -> Result:
    """The tags there are, of some keys or of all, by token."""
    keys = _check_keys(call)
    pairs = store.all_tags(call, keys or None) if _is_custom(call) else []
    return _continued(call, [_pair(pair) for pair in pairs], "Tags", 1000)


def get_tag_keys(call: Call) -> Result:
    """The keys there are, by token."""
    return _continued(call, store.all_keys(call) if _is_custom(call) else [], "TagKeys", 1000)


def get_tag_values(call: Call) -> Result:
    """The values of some keys, by token."""
    pairs = store.all_tags(call, _check_keys(call)) if _is_custom(call) else []
    return _continued(call, [_pair(pair) for pair in pairs], "Tags", 1000)


ACTIONS = tuple(
    # Assumed: every action is asked about at operation level.
    Does(action=action, run=run)
    for action, run in (
        ("GetResources", get_resources),
        ("DescribeResourceTags", describe_resource_tags),
        ("DescribeResourceTagsByResourceIds", describe_resource_tags_by_resource_ids),
        ("DescribeResourceTagsByResourceIdsSeq", describe_resource_tags_by_resource_ids),
        ("DescribeResourceTagsByTagKeys", describe_resource_tags_by_tag_keys),
        ("DescribeResourcesByTags", describe_resources_by_tags),
        ("DescribeResourcesByTagsUnion", describe_resources_by_tags_union),
        ("DescribeTagKeys", describe_tag_keys),
        ("DescribeTagValues", describe_tag_values),
        ("DescribeTagValuesSeq", describe_tag_values),
        ("DescribeTags", describe_tags),
        ("DescribeTagsSeq", describe_tags),
        ("GetTags", get_tags),
        ("GetTagKeys", get_tag_keys),
        ("GetTagValues", get_tag_values),
    )
)
