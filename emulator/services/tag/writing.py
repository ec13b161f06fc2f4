"""Tags made and deleted, put on resources and taken off, where the resources stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.errors import ApiError, missing_parameter
from emulator.services.tag import bearing, store
from emulator.services.tag.errors import not_attached, refused
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.tags import BY_NAME, Kind, Place, Tags, read_tags, retagged
from emulator.world.shelves import Row

# Assumed: a name without an account means the caller's own, as the client that is tested on recorded answers
# relies on (c7n). Observed: terraform-provider-tencentcloud writes `uin/` and leaves the number out.
NAME = re.compile(
    r"qcs::(?P<service>[a-z0-9]+):(?P<region>[a-z0-9-]*):(?:uin/(?P<uin>\d*))?"
    r":(?P<prefix>[A-Za-z0-9_-]+)/(?P<id>[^*/]+)"
)
MOST_RESOURCES, MOST_TAGS, MOST_ON_ONE, MOST_IDS = 10, 10, 50, 50
"""Documented: how many of each a request may name. Assumed: fifty on one resource."""
Change = Callable[[Tags], Tags]


# --- resources --------------------------------------------------------------------------------------------


def find(call: Call, text: str) -> tuple[Place, Row]:
    """The resource that six segments name.

    Raises:
        ApiError: they are none, their resource can bear no tags, or does not exist.
    """
    found = NAME.fullmatch(text)
    if found is None:
        raise refused(
            "InvalidParameterValue.ResourceDescriptionError", f"The resource `{text}` is not valid."
        )
    kind = BY_NAME.get((found["service"], found["prefix"]))
    if kind is None:
        raise refused("InvalidParameter.UnsupportedService", f"The resource `{text}` cannot bear tags.")
    place = Place(kind, found["region"] if kind.is_regional else "", found["id"])
    row = call.world.read(kind.table, place.region).get(place.row_key)
    if found["uin"] not in (None, "", call.world.uin) or row is None:
        raise refused("InvalidParameterValue.ResourceIdInvalid", f"The resource `{text}` does not exist.")
    return place, row


def kind_of(asked: Mapping[str, Any]) -> Kind:
    """The kind of resources that a request is about.

    Raises:
        ApiError: there is no such service or prefix.
    """
    service, prefix = asked["ServiceType"], asked.get("ResourcePrefix")
    if all(known != service for known, _ in BY_NAME):
        raise refused("InvalidParameterValue.ServiceTypeInvalid", f"The service `{service}` is not valid.")
    # Documented: needed but for buckets, which no account here has.
    if not prefix:
        raise missing_parameter("ResourcePrefix")
    kind = BY_NAME.get((service, prefix))
    if kind is None:
        raise refused("InvalidParameterValue.ResourcePrefixInvalid", f"The prefix `{prefix}` is not valid.")
    return kind


def region_of(kind: Kind, asked: Mapping[str, Any]) -> str:
    """The region in which the resources of a request stand; empty for kinds that have none."""
    region: str = asked.get("ResourceRegion") or ""
    if kind.is_regional and not region:
        # Documented: needed then.
        raise refused("InvalidParameterValue.RegionInvalid", "The parameter `ResourceRegion` is needed.")
    return region if kind.is_regional else ""


def named(call: Call) -> list[tuple[Place, Row]]:
    """The resources of one kind and region that a request names by ids, all of which exist."""
    asked, kind = call.params, kind_of(call.params)
    region, ids = region_of(kind, asked), list(dict.fromkeys(asked["ResourceIds"]))
    if not 0 < len(ids) <= MOST_IDS:
        raise refused(
            "LimitExceeded.ResourceNumPerRequest", f"Name 1 to {MOST_IDS} resources in one request."
        )
    shelf = call.world.read(kind.table, region)
    found = []
    for key in ids:
        place = Place(kind, region, key)
        row = shelf.get(place.row_key)
        if row is None:
            raise refused("InvalidParameterValue.ResourceIdInvalid", f"The resource `{key}` does not exist.")
        found.append((place, row))
    return found


def _check_count(tags: Tags) -> None:
    if len(tags) > MOST_ON_ONE:
        raise refused("LimitExceeded.ResourceAttachedTags", "The resource bears too many tags.")


def _put(call: Call, place: Place, row: Row, tags: Tags) -> None:
    call.world.write(place.kind.table, place.region).put(place.row_key, retagged(place.kind, row, tags))


def _change(call: Call, resources: Sequence[tuple[Place, Row]], change: Change, new: Tags) -> Result:
    """Change the tags of resources, all of them or none; the new tags are made if they are not there."""
    # Documented: a tag that is not there is made.
    after = [(place, row, change(read_tags(place.kind, row))) for place, row in resources]
    for key, value in new.items():
        store.check(key, value)
    for _, _, tags in after:
        _check_count(tags)
    store.make(call, new)
    for place, row, tags in after:
        _put(call, place, row, tags)
    return {}


def _attaching(key: str, value: str) -> Change:
    def change(before: Tags) -> Tags:
        if key in before:
            raise refused("ResourceInUse.TagKeyAttached", f"The tag key `{key}` is attached already.")
        return {**before, key: value}

    return change


def _revaluing(key: str, value: str) -> Change:
    def change(before: Tags) -> Tags:
        if key not in before:
            raise not_attached(key)
        return {**before, key: value}

    return change


def _detaching(key: str) -> Change:
    def change(before: Tags) -> Tags:
        if key not in before:
            raise not_attached(key)
        return {other: value for other, value in before.items() if other != key}

    return change


def add_resource_tag(call: Call) -> Result:
    """Put a tag on a resource that has none of its key."""
    key, value = call.params["TagKey"], call.params["TagValue"]
    return _change(call, [find(call, call.params["Resource"])], _attaching(key, value), {key: value})


def delete_resource_tag(call: Call) -> Result:
    """Take a tag off a resource."""
    return _change(call, [find(call, call.params["Resource"])], _detaching(call.params["TagKey"]), {})


def update_resource_tag_value(call: Call) -> Result:
    """Give a tag of a resource another value."""
    key, value = call.params["TagKey"], call.params["TagValue"]
    return _change(call, [find(call, call.params["Resource"])], _revaluing(key, value), {key: value})


def attach_resources_tag(call: Call) -> Result:
    """Put a tag on resources that have none of its key."""
    key, value = call.params["TagKey"], call.params["TagValue"]
    return _change(call, named(call), _attaching(key, value), {key: value})


def detach_resources_tag(call: Call) -> Result:
    """Take a tag off resources."""
    return _change(call, named(call), _detaching(call.params["TagKey"]), {})


def modify_resources_tag_value(call: Call) -> Result:
    """Give a tag of resources another value."""
    key, value = call.params["TagKey"], call.params["TagValue"]
    return _change(call, named(call), _revaluing(key, value), {key: value})


def modify_resource_tags(call: Call) -> Result:
    """Put tags on a resource or give them new values, and take others off."""
    asked = call.params
    replaced, deleted = asked.get("ReplaceTags"), asked.get("DeleteTags")
    # Documented: one of the two at least, neither of them empty, no key in both, at most ten.
    if replaced is None and deleted is None:
        raise missing_parameter("ReplaceTags")
    for name, given in (("ReplaceTags", replaced), ("DeleteTags", deleted)):
        if given is not None and not 0 < len(given) <= MOST_TAGS:
            raise refused("LimitExceeded.TagNumPerRequest", f"Give 1 to {MOST_TAGS} tags in `{name}`.")
    new = _new_tags(replaced or ())
    gone = {tag["TagKey"] for tag in deleted or ()}
    if gone & new.keys():
        raise refused("InvalidParameterValue.DeleteTagsParamError", "A tag key is replaced and deleted.")

    # Assumed: a key that is not there is no failure.
    def change(before: Tags) -> Tags:
        return {**{key: value for key, value in before.items() if key not in gone}, **new}

    return _change(call, [find(call, asked["Resource"])], change, new)


def _new_tags(given: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    tags = {tag["TagKey"]: tag["TagValue"] for tag in given}
    if len(tags) < len(given):
        raise refused("InvalidParameterValue.TagKeyDuplicate", "A tag key is given twice.")
    for key, value in tags.items():
        store.check(key, value)
    return tags


def _each(call: Call, change: Change) -> Result:
    """Change the tags of each resource that a call names; those that cannot be are said in the answer."""
    failed = []
    for name in call.params["ResourceList"]:
        try:
            place, row = find(call, name)
            tags = change(read_tags(place.kind, row))
            _check_count(tags)
            _put(call, place, row, tags)
        except ApiError as error:
            failed.append({"Resource": name, "Code": error.code, "Message": error.message})
    return {"FailedResources": failed}


def _check_list(call: Call) -> None:
    if not 0 < len(call.params["ResourceList"]) <= MOST_RESOURCES:
        raise refused(
            "LimitExceeded.ResourceNumPerRequest", f"Name 1 to {MOST_RESOURCES} resources in one request."
        )


def tag_resources(call: Call) -> Result:
    """Put tags on resources; a key that is there gets the new value."""
    given = call.params["Tags"]
    if not 0 < len(given) <= MOST_TAGS:
        raise refused("LimitExceeded.TagNumPerRequest", f"Give 1 to {MOST_TAGS} tags in one request.")
    tags = _new_tags(given)
    _check_list(call)
    store.make(call, tags)
    return _each(call, lambda before: {**before, **tags})


def un_tag_resources(call: Call) -> Result:
    """Take tags off resources by key; a key that is not there is no failure."""
    # Assumed: that it is none.
    keys = call.params["TagKeys"]
    if not 0 < len(keys) <= MOST_TAGS:
        raise refused("LimitExceeded.TagNumPerRequest", f"Give 1 to {MOST_TAGS} keys in one request.")
    _check_list(call)
    return _each(call, lambda before: {key: value for key, value in before.items() if key not in keys})


# --- tags by themselves -----------------------------------------------------------------------------------


def create_tag(call: Call) -> Result:
    """Make a tag that no resource bears yet."""
    return _create(call, [call.params])


def create_tags(call: Call) -> Result:
    """Make tags that no resource bears yet, all of them or none."""
    return _create(call, _given(call))


def _given(call: Call) -> Sequence[Mapping[str, Any]]:
    given = call.params.get("Tags") or ()
    # Documented: up to ten.
    if not 0 < len(given) <= MOST_TAGS:
        raise refused("LimitExceeded.TagNumPerRequest", f"Give 1 to {MOST_TAGS} tags in one request.")
    return given


def _create(call: Call, given: Sequence[Mapping[str, Any]]) -> Result:
    pairs = [(tag["TagKey"], tag["TagValue"]) for tag in given]
    for key, value in pairs:
        store.check(key, value)
    there = set(store.made(call)) | bearing.borne(call, {key for key, _ in pairs})
    for at, pair in enumerate(pairs):
        if pair in there or pair in pairs[:at]:
            raise refused("ResourceInUse.TagDuplicate", f"The tag `{pair[0]}`:`{pair[1]}` exists already.")
    for key, value in pairs:
        store.make(call, {key: value})
    return {}


def delete_tag(call: Call) -> Result:
    """Delete a tag that no resource bears."""
    return _delete(call, [call.params])


def delete_tags(call: Call) -> Result:
    """Delete tags that no resource bears, all of them or none."""
    return _delete(call, _given(call))


def _delete(call: Call, given: Sequence[Mapping[str, Any]]) -> Result:
    pairs = [(tag["TagKey"], tag["TagValue"]) for tag in given]
    there, borne = set(store.made(call)), bearing.borne(call, {key for key, _ in pairs})
    for key, value in pairs:
        if (key, value) in borne:
            # Documented.
            raise refused("FailedOperation.TagAttachedResource", f"The tag `{key}`:`{value}` is attached.")
        if (key, value) not in there:
            raise refused("ResourceNotFound.TagNonExist", f"The tag `{key}`:`{value}` does not exist.")
    shelf = call.world.write(store.MADE)
    for pair in pairs:
        shelf.remove(pair)
    return {}


ACTIONS = tuple(
    # Assumed: every action is asked about at operation level.
    Does(action=action, run=run)
    for action, run in (
        ("TagResources", tag_resources),
        ("UnTagResources", un_tag_resources),
        ("AddResourceTag", add_resource_tag),
        ("DeleteResourceTag", delete_resource_tag),
        ("UpdateResourceTagValue", update_resource_tag_value),
        ("ModifyResourceTags", modify_resource_tags),
        ("AttachResourcesTag", attach_resources_tag),
        ("DetachResourcesTag", detach_resources_tag),
        ("ModifyResourcesTagValue", modify_resources_tag_value),
        ("CreateTag", create_tag),
        ("CreateTags", create_tags),
        ("DeleteTag", delete_tag),
        ("DeleteTags", delete_tags),
    )
)
