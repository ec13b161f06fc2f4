"""Tag: the tags that resources of the modelled products bear, read and written where they stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import md5
from typing import Any

from emulator.errors import ApiError
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Service
from emulator.tables.tags import BY_NAME, KINDS, Place, Tags, read_tags, retagged
from emulator.world.shelves import Row

_NAME = re.compile(
    r"qcs::(?P<service>[a-z0-9]+):(?P<region>[a-z0-9-]*):uin/(?P<uin>\d+):(?P<prefix>[A-Za-z0-9_-]+)/(?P<id>[^*/]+)"
)
MOST_RESOURCES, MOST_TAGS, MOST_FILTERS, MOST_ON_ONE = 10, 10, 6, 50
"""Documented: how many of each a request may name. Assumed: fifty on one resource."""


# Documented: the codes. Assumed: which is used when, and the texts.


def refused(code: str, text: str) -> ApiError:
    """What the product says to a request that makes no sense."""
    return ApiError(code, text)


def _find(call: Call, text: str) -> tuple[Place, Row]:
    found = _NAME.fullmatch(text)
    if found is None:
        raise refused(
            "InvalidParameterValue.ResourceDescriptionError", f"The resource `{text}` is not valid."
        )
    kind = BY_NAME.get((found["service"], found["prefix"]))
    if kind is None:
        raise refused("InvalidParameter.UnsupportedService", f"The resource `{text}` cannot bear tags.")
    place = Place(kind, found["region"] if kind.is_regional else "", found["id"])
    row = call.world.read(kind.table, place.region).get(place.key)
    if found["uin"] != call.world.uin or row is None:
        raise refused("InvalidParameterValue.ResourceIdInvalid", f"The resource `{text}` does not exist.")
    return place, row


def _tagged(call: Call) -> Iterator[tuple[Place, Tags]]:
    """Every resource that bears a tag."""
    for kind in KINDS:
        for region in call.world.places(kind.table):
            for key, row in call.world.read(kind.table, region).items().items():
                if tags := read_tags(kind, row):
                    yield Place(kind, region, key), tags


# --- Writing ----------------------------------------------------------------------------------------------


def _each(call: Call, change: Callable[[Tags], Tags]) -> Result:
    """Change the tags of each resource that a call names; those that cannot be are said in the answer."""
    names = call.params["ResourceList"]
    if not 0 < len(names) <= MOST_RESOURCES:
        raise refused(
            "LimitExceeded.ResourceNumPerRequest", f"Name 1 to {MOST_RESOURCES} resources in one request."
        )
    failed = []
    for name in names:
        try:
            place, row = _find(call, name)
            tagged = retagged(place.kind, row, change(read_tags(place.kind, row)))
            call.world.write(place.kind.table, place.region).put(place.key, tagged)
        except ApiError as error:
            failed.append({"Resource": name, "Code": error.code, "Message": error.message})
    return {"FailedResources": failed}


def tag_resources(call: Call) -> Result:
    """Put tags on resources; a key that is there gets the new value."""
    tags = {tag["TagKey"]: tag["TagValue"] for tag in call.params["Tags"]}
    if not 0 < len(call.params["Tags"]) <= MOST_TAGS:
        raise refused("LimitExceeded.TagNumPerRequest", f"Give 1 to {MOST_TAGS} tags in one request.")
    if len(tags) < len(call.params["Tags"]):
        raise refused("InvalidParameterValue.TagKeyDuplicate", "A tag key is given twice.")
    for key, value in tags.items():
        _check_tag(key, value)

    def change(before: Tags) -> Tags:
        after = {**before, **tags}
        if len(after) > MOST_ON_ONE:
            raise refused("LimitExceeded.ResourceAttachedTags", "The resource bears too many tags.")
        return after

    return _each(call, change)


def _check_tag(key: str, value: str) -> None:
    # Assumed: how long they may be.
    if not key:
        raise refused("InvalidParameterValue.TagKeyEmpty", "A tag key is empty.")
    if len(key) > 127:
        raise refused("InvalidParameterValue.TagKeyLengthExceeded", "A tag key is too long.")
    if len(value) > 255:
        raise refused("InvalidParameterValue.TagValueLengthExceeded", "A tag value is too long.")


def un_tag_resources(call: Call) -> Result:
    """Take tags off resources by key; a key that is not there is no failure."""
    # Assumed: that it is none.
    keys = call.params["TagKeys"]
    if not 0 < len(keys) <= MOST_TAGS:
        raise refused("LimitExceeded.TagNumPerRequest", f"Give 1 to {MOST_TAGS} keys in one request.")
    return _each(call, lambda before: {key: value for key, value in before.items() if key not in keys})


# --- Reading ----------------------------------------------------------------------------------------------


def _page(call: Call, rows: Sequence[Any], member: str) -> Result:
    """A page by offset and limit, both of which the answer repeats."""
    # Documented: fifteen unless said, at most 1000 of keys and values, and an offset that is a multiple of
    # the limit. Assumed: 1000 for the others too.
    limit = 15 if call.params.get("Limit") is None else call.params["Limit"]
    offset = call.params.get("Offset") or 0
    if not 1 <= limit <= 1000:
        raise refused("InvalidParameter", "The value of parameter `Limit` is not from 1 to 1000.")
    if offset % limit:
        raise refused(
            "InvalidParameterValue.OffsetInvalid", "The value of `Offset` is not a multiple of `Limit`."
        )
    page = rows[offset : offset + limit]
    return {"TotalCount": len(rows), "Offset": offset, "Limit": limit, member: page}


def _meets(tags: Tags, filters: Sequence[Mapping[str, Any]]) -> bool:
    return all(
        given["TagKey"] in tags and (not given.get("TagValue") or tags[given["TagKey"]] in given["TagValue"])
        for given in filters
    )


def _filters(call: Call) -> Sequence[Mapping[str, Any]]:
    filters: Sequence[Mapping[str, Any]] = call.params.get("TagFilters") or ()
    if len(filters) > MOST_FILTERS:
        raise refused("InvalidParameterValue.TagFiltersLengthExceeded", f"At most {MOST_FILTERS} filters.")
    return filters


def _shown(tags: Tags) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value, "Category": "Custom"} for key, value in tags.items()]


def get_resources(call: Call) -> Result:
    """Resources that bear tags: those named, those that meet every filter, page by page."""
    params, filters = call.params, _filters(call)
    token, limit = params.get("PaginationToken") or "0", params.get("MaxResults")
    # Documented: fifty unless said, at most 200. Assumed: our tokens say how many came before.
    limit = 50 if limit is None else limit
    if not (token.isdecimal() and len(token) < 19):
        raise refused("InvalidParameter.PaginationTokenInvalid", "The pagination token is not valid.")
    if not 1 <= limit <= 200:
        raise refused("InvalidParameter", "The value of parameter `MaxResults` is not from 1 to 200.")
    wanted = params.get("ResourceList") or ()
    names = ((place.name(call.world.uin), tags) for place, tags in _tagged(call) if _meets(tags, filters))
    rows = [(name, tags) for name, tags in names if not wanted or name in wanted]
    start = int(token)
    return {
        "PaginationToken": str(start + limit) if start + limit < len(rows) else "",
        "ResourceTagMappingList": [
            {"Resource": name, "Tags": _shown(tags)} for name, tags in rows[start : start + limit]
        ],
    }


def _is_asked(place: Place, params: Mapping[str, Any]) -> bool:
    asked = {
        "ServiceType": place.kind.service,
        "ResourcePrefix": place.kind.prefix,
        "ResourceRegion": place.region,
        "ResourceId": place.key,
    }
    return all(params.get(name) in (None, "", value) for name, value in asked.items())


def _attached(place: Place, tags: Tags) -> Iterator[Mapping[str, str]]:
    for key, value in tags.items():
        yield {
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
    found = [] if call.params.get("CosResourceId") else list(_tagged(call))
    rows = [row for place, tags in found if _is_asked(place, call.params) for row in _attached(place, tags)]
    return _page(call, rows, "Rows")


def describe_resource_tags_by_resource_ids(call: Call) -> Result:
    """The tags of resources of one kind and region."""
    params = call.params
    if len(params["ResourceIds"]) > 50:
        raise refused("LimitExceeded.ResourceNumPerRequest", "Name at most 50 resources in one request.")
    rows = [
        row
        for place, tags in _tagged(call)
        if place.key in params["ResourceIds"] and _is_asked(place, params)
        for row in _attached(place, tags)
    ]
    return _page(call, [] if params.get("Category") == "System" else rows, "Tags")


def describe_resources_by_tags(call: Call) -> Result:
    """The resources that meet every filter."""
    filters = _filters(call)
    rows = [
        {
            "ResourceRegion": place.region,
            "ServiceType": place.kind.service,
            "ResourcePrefix": place.kind.prefix,
            "ResourceId": place.key,
            "Tags": _shown(tags),
        }
        for place, tags in _tagged(call)
        if _meets(tags, filters) and _is_asked(place, call.params)
    ]
    return _page(call, rows, "Rows")


def _every_tag(call: Call) -> list[tuple[str, str]]:
    """Every tag in use, each once; they are all custom ones."""
    # Assumed: tags that no resource bears are not kept.
    if call.params.get("Category") == "System":
        return []
    return sorted({tag for _, tags in _tagged(call) for tag in tags.items()})


def describe_tag_keys(call: Call) -> Result:
    """The keys in use."""
    return _page(call, list(dict.fromkeys(key for key, _ in _every_tag(call))), "Tags")


def describe_tag_values(call: Call) -> Result:
    """The values of some keys in use."""
    wanted = call.params["TagKeys"]
    rows = [{"TagKey": key, "TagValue": value} for key, value in _every_tag(call) if key in wanted]
    return _page(call, rows, "Tags")


SERVICE = Service(
    name="tag",
    version="2018-08-13",
    # Assumed: every action is asked about at operation level.
    actions=(
        Does(action="GetResources", run=get_resources),
        Does(action="TagResources", run=tag_resources),
        Does(action="UnTagResources", run=un_tag_resources),
        Does(action="DescribeResourceTags", run=describe_resource_tags),
        Does(action="DescribeResourceTagsByResourceIds", run=describe_resource_tags_by_resource_ids),
        Does(action="DescribeResourcesByTags", run=describe_resources_by_tags),
        Does(action="DescribeTagKeys", run=describe_tag_keys),
        Does(action="DescribeTagValues", run=describe_tag_values),
    ),
)
