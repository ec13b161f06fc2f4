"""Images: made of instances or snapshots, changed, copied to other regions, shared, deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.errors import NotFound
from emulator.services.cvm import errors
from emulator.services.cvm.resources import (
    IMAGE,
    MANNERS,
    NAMED_IMAGE,
    SECONDS,
    begin,
    check_states,
    image,
    instance,
    tags,
)
from emulator.tables import disks
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists
from emulator.tables.disks import DISK, SNAPSHOT, Shot
from emulator.tables.filters import contains
from emulator.tables.params import bad_value, choice, too_many
from emulator.tables.shared import INSTANCE
from emulator.tables.writing import Value, add, change, fresh_id, later, refuse, remove
from emulator.world import regions
from emulator.world.clock import iso_time
from emulator.world.estate.storage import placement
from emulator.world.shelves import Row
from emulator.world.world import World

QUOTA = 500
"""Documented: custom images in a region, and accounts that one may be shared with."""
SHARES = "cvm.imageshare"


def _is_own(found: Value) -> bool:
    return bool(found["ImageType"] == "PRIVATE_IMAGE")


def own_image(call: Call, key: str) -> Value:
    """An image of one's own.

    Raises:
        ApiError: there is none of this id, or it is somebody else's.
    """
    found = image(call, key)
    if not _is_own(found):
        raise errors.not_own_image(key)
    return found


def _flag(call: Call, name: str) -> bool:
    """A parameter that says true or false as a text."""
    value = str(call.params.get(name) or "false").lower()
    return bool(choice(name, value, ("true", "false")) == "true")


def _check_name(call: Call, region: str, name: str, own: str = "") -> None:
    # Documented: 60 characters, no two alike. Assumed: public images' names count as well.
    if not name:
        raise bad_value("ImageName", name)
    if len(name) > 60:
        raise errors.value_too_large("ImageName", 60)
    for row in call.world.read(IMAGE.name, region).index("ImageName").get(name, ()):
        if row.value["ImageId"] != own:
            raise errors.image_name_taken(name)


def _check_description(call: Call) -> str:
    text: str = call.params.get("ImageDescription") or ""
    if len(text) > 256:
        raise errors.value_too_large("ImageDescription", 256)
    return text


def _check_quota(call: Call, region: str) -> None:
    if sum(_is_own(row.value) for row in call.world.read(IMAGE.name, region)) >= QUOTA:
        raise errors.image_quota()


# --- Making ----------------------------------------------------------------------------------------------


def create(call: Call) -> Result:
    """Make an image of an instance's disks, or of snapshots."""
    params = call.params
    _check_name(call, call.region, params["ImageName"])
    text = _check_description(call)
    given = tags(call, "image")
    _check_quota(call, call.region)
    if params.get("InstanceId") and params.get("SnapshotIds"):
        raise errors.two_sources()
    if params.get("InstanceId"):
        return _of_instance(call, text, given)
    if params.get("SnapshotIds"):
        return _of_snapshots(call, text, given)
    raise errors.one_source()


def _of_instance(call: Call, text: str, given: list[dict[str, str]]) -> Result:
    found = instance(call)
    off = _flag(call, "ForcePoweroff")
    # Nothing runs in an instance here that Sysprep could prepare; it is checked and changes nothing.
    if _flag(call, "Sysprep") and "windows" not in str(found["OsName"]).lower():
        raise errors.depends("Sysprep", "a Windows instance")
    data = _data_disks(call, found)
    check_states([found], "RUNNING", "STOPPED")
    # Documented: a dry run changes nothing. Assumed: that its id is empty.
    if call.params.get("DryRun"):
        return {"ImageId": ""}
    origin = call.world.read(IMAGE.name, call.region).get(found["ImageId"])
    key = _add(call, text, given, origin.value if origin is not None else None, found)
    reference = [{"ImageId": key, "ImageName": call.params["ImageName"]}]
    for disk in [
        _disk(call, found["SystemDisk"].get("DiskId") or "", found["SystemDisk"], "SYSTEM_DISK"),
        *data,
    ]:
        shot = Shot(name=call.params["ImageName"], images=reference)
        _refer(call, key, disks.snapshot(call.world, call.region, disk, shot, call.now))
    _pause(call, found, off=off)
    return {"ImageId": key}


def _disk(call: Call, key: str, shown: Value, usage: str) -> Value:
    """A disk's row, or what its host shows of one that block storage does not have."""
    row = call.world.read(DISK.name, call.region).get(key)
    if row is not None:
        known: Value = row.value
        return known
    return {
        "DiskId": key,
        "DiskSize": shown["DiskSize"],
        "DiskUsage": usage,
        "Encrypt": bool(shown.get("Encrypt")),
        "Placement": placement(""),
    }


def _data_disks(call: Call, found: Value) -> list[Value]:
    listed = {each.get("DiskId"): each for each in found["DataDisks"]}
    wanted = list(dict.fromkeys(call.params.get("DataDiskIds") or ()))
    for key in wanted:
        if key == found["SystemDisk"].get("DiskId"):
            raise errors.is_system_disk(key)
        if key not in listed:
            raise errors.not_of_instance(key)
    return [_disk(call, key, listed[key], "DATA_DISK") for key in wanted]


def _pause(call: Call, found: Value, *, off: bool) -> None:
    """Let an instance be busy with the image; off for that time if it was told to be."""
    key, seconds = found["InstanceId"], SECONDS["CreateImage"]
    if off and found["InstanceState"] == "RUNNING":
        # Assumed: that it is stopped as long as that takes, and running again then.
        begin(call, key, seconds, now={"InstanceState": "STOPPED"}, then={"InstanceState": "RUNNING"})
    else:
        begin(call, key, seconds, now={}, then={})


def _of_snapshots(call: Call, text: str, given: list[dict[str, str]]) -> Result:
    for name in ("DataDiskIds", "ForcePoweroff", "Sysprep"):
        if call.params.get(name) not in (None, [], "false", "FALSE"):
            raise errors.depends(name, "InstanceId")
    rows = []
    for key in dict.fromkeys(call.params["SnapshotIds"]):
        row = call.world.read(SNAPSHOT.name, call.region).get(key)
        if row is None:
            raise errors.no_snapshot(key)
        if row.value["SnapshotState"] != "NORMAL":
            raise errors.snapshot_creating()
        rows.append(row.value)
    systems = [row for row in rows if row["DiskUsage"] == "SYSTEM_DISK"]
    if not systems:
        raise errors.no_system_snapshot()
    if len(systems) > 1:
        raise errors.two_system_snapshots()
    if call.params.get("DryRun"):
        return {"ImageId": ""}
    key = _add(call, text, given, None, {"SystemDisk": {"DiskSize": systems[0]["DiskSize"]}, "OsName": ""})
    for row in rows:
        _refer(call, key, row["SnapshotId"])
        _link(call, row["SnapshotId"], {"ImageId": key, "ImageName": call.params["ImageName"]})
    return {"ImageId": key}


def _add(
    call: Call, text: str, given: list[dict[str, str]], origin: Value | None, found: Mapping[str, Any]
) -> str:
    key = fresh_id(call, IMAGE)
    value = {
        "ImageId": key,
        "ImageName": call.params["ImageName"],
        "ImageDescription": text,
        "ImageType": "PRIVATE_IMAGE",
        "ImageState": "CREATING",
        "ImageSource": "CREATE_IMAGE",
        # Assumed: the creator is the account's uin.
        "ImageCreator": call.world.uin,
        "ImageSize": found["SystemDisk"]["DiskSize"],
        "OsName": found["OsName"] or "Other Linux",
        "Platform": origin["Platform"] if origin is not None else "Other Linux",
        "Architecture": origin["Architecture"] if origin is not None else "x86_64",
        "IsSupportCloudinit": origin is None or origin["IsSupportCloudinit"],
        "LicenseType": "TencentCloud",
        "CreatedTime": iso_time(call.now),
        "SyncPercent": None,
        "SnapshotSet": [],
        "Tags": given,
    }
    if call.params.get("ImageFamily"):
        value["ImageFamily"] = call.params["ImageFamily"]
    add(call, IMAGE, value)
    later(call, SECONDS["CreateImage"], IMAGE, key, {"ImageState": "CREATING"}, ImageState="NORMAL")
    return key


def _refer(call: Call, key: str, snapshot: str) -> None:
    """Let an image list a snapshot."""
    shot = call.world.read(SNAPSHOT.name, call.region).items()[snapshot].value
    listed = call.world.read(IMAGE.name, call.region).items()[key].value["SnapshotSet"]
    entry = {name: shot[name] for name in ("SnapshotId", "DiskUsage", "DiskSize")}
    change(call, IMAGE, key, SnapshotSet=[*listed, entry])


def _link(call: Call, snapshot: str, reference: Value) -> None:
    """Let a snapshot list an image."""
    shelf = call.world.write(SNAPSHOT.name, call.region)
    row = shelf.items()[snapshot]
    images = [*row.value["Images"], reference]
    shelf.put(snapshot, row.having(Images=images, ImageCount=len(images)))


# --- Changing and deleting -------------------------------------------------------------------------------


def modify(call: Call) -> Result:
    """Change an image's name, description, family, or whether it is deprecated."""
    params, key = call.params, call.params["ImageId"]
    own_image(call, key)
    # Documented: not while it is shared.
    if _shares(call.world, call.region, key):
        raise errors.image_shared(key)
    members = {name: params[name] for name in _CHANGEABLE if name in params}
    if not members:
        raise errors.at_least_one(*_CHANGEABLE)
    if "ImageName" in members:
        _check_name(call, call.region, members["ImageName"], key)
    _check_description(call)
    change(call, IMAGE, key, **members)
    return {}


_CHANGEABLE = ("ImageName", "ImageDescription", "ImageFamily", "ImageDeprecated")


def delete(call: Call) -> Result:
    """Delete images, with their snapshots if asked to."""
    keys = list(dict.fromkeys(call.params["ImageIds"]))
    if not keys:
        raise errors.at_least_one("ImageIds")
    for key in keys:
        found = own_image(call, key)
        # Documented: not while it is made, copied or imported, nor while it is shared.
        if found["ImageState"] in ("CREATING", "SYNCING", "IMPORTING"):
            raise errors.image_state(key)
        if _shares(call.world, call.region, key):
            raise errors.image_shared(key)
    if call.params.get("DryRun"):
        return {}
    for key in keys:
        _delete(call, key)
    return {}


def _delete(call: Call, key: str) -> None:
    for listed in image(call, key)["SnapshotSet"]:
        row = call.world.read(SNAPSHOT.name, call.region).get(listed["SnapshotId"])
        if row is None:
            continue
        left = [each for each in row.value["Images"] if each["ImageId"] != key]
        if call.params.get("DeleteBindedSnap") and not left:
            disks.drop_snapshot(call.world, call.region, listed["SnapshotId"])
        else:
            shelf = call.world.write(SNAPSHOT.name, call.region)
            shelf.put(listed["SnapshotId"], row.having(Images=left, ImageCount=len(left)))
    remove(call, IMAGE, key)


# --- Copying ---------------------------------------------------------------------------------------------


def sync(call: Call) -> Result:
    """Copy an image to other regions."""
    params = call.params
    refuse(call, "Encrypt", "KmsKeyId")
    keys = params["ImageIds"]
    # Documented: one image a request.
    if len(keys) != 1:
        raise too_many("ImageIds", 1)
    found = own_image(call, keys[0])
    if found["ImageState"] != "NORMAL":
        raise errors.image_state(keys[0])
    name = params.get("ImageName") or found["ImageName"]
    targets = list(dict.fromkeys(params["DestinationRegions"]))
    for target in targets:
        _check_target(call, target)
        _check_name(call, target, name)
        _check_quota(call, target)
    if params.get("DryRun"):
        return {"ImageSet": []}
    made = [{"ImageId": _copy(call, found, name, target), "Region": target} for target in targets]
    # Documented: listed only if asked for.
    return {"ImageSet": made if params.get("ImageSetRequired") else []}


def _check_target(call: Call, target: str) -> None:
    found = regions.find(target)
    if found is None:
        raise errors.no_region(target)
    # Documented: one's own image is not copied to where it is.
    if not found.is_available or target == call.region:
        raise errors.region_closed(target)


def _copy(call: Call, found: Value, name: str, target: str) -> str:
    world = call.world
    shelf = world.write(IMAGE.name, target)
    while (key := world.mint.resource(IMAGE.prefix)) in shelf:
        pass
    reference = [{"ImageId": key, "ImageName": name}]
    copies = [_copy_snapshot(call, listed, target, reference) for listed in found["SnapshotSet"]]
    value = {
        **found,
        "ImageId": key,
        "ImageName": name,
        "ImageState": "SYNCING",
        "SyncPercent": 0,
        "CreatedTime": iso_time(call.now),
        "SnapshotSet": copies,
        # Assumed: tags stay where they are.
        "Tags": [],
    }
    shelf.put(key, Row(value))
    done = {"ImageState": "NORMAL", "SyncPercent": None}
    world.later(SECONDS["SyncImages"], (IMAGE.name, target), key, given={"ImageState": "SYNCING"}, put=done)
    return key


def _copy_snapshot(call: Call, listed: Value, target: str, reference: Sequence[Value]) -> Value:
    """Copy one snapshot of an image; what the copied image lists of it."""
    row = call.world.read(SNAPSHOT.name, call.region).get(listed["SnapshotId"])
    if row is None:
        return listed
    shelf = call.world.write(SNAPSHOT.name, target)
    while (key := call.world.mint.resource(SNAPSHOT.prefix)) in shelf:
        pass
    copied = row.having(
        SnapshotId=key,
        CopyFromRemote=True,
        SnapshotState="COPYING_FROM_REMOTE",
        Percent=0,
        Images=list(reference),
        ImageCount=len(reference),
        Tags=[],
    )
    shelf.put(key, copied)
    done = {"SnapshotState": "NORMAL", "Percent": 100}
    given = {"SnapshotState": "COPYING_FROM_REMOTE"}
    call.world.later(SECONDS["SyncImages"], (SNAPSHOT.name, target), key, given=given, put=done)
    return {**listed, "SnapshotId": key}


# --- Sharing ---------------------------------------------------------------------------------------------


def _shares(world: World, region: str, key: str) -> list[dict[str, str]]:
    """With whom an image is shared, and since when."""
    row = world.read(SHARES, region).get(key)
    return list(row.value["SharePermissionSet"]) if row is not None else []


def share(call: Call) -> Result:
    """Share an image with other accounts of this server, in the same region, or take it back."""
    params, key = call.params, call.params["ImageId"]
    found = own_image(call, key)
    choice("Permission", params["Permission"], ("SHARE", "CANCEL"))
    if found["ImageState"] != "NORMAL":
        raise errors.image_state(key)
    others = list(dict.fromkeys(params["AccountIds"]))
    worlds = [_account(call, uin) for uin in others]
    now = {each["AccountId"]: each for each in _shares(call.world, call.region, key)}
    if params["Permission"] == "SHARE":
        if len({*now, *others}) > QUOTA:
            raise errors.too_many_shares()
        for uin, world in zip(others, worlds, strict=True):
            now.setdefault(uin, {"AccountId": uin, "CreatedTime": iso_time(call.now)})
            # Documented: it can be used to make instances there. Assumed: without its snapshots.
            shared = {**found, "ImageType": "SHARED_IMAGE", "SnapshotSet": [], "Tags": []}
            world.write(IMAGE.name, call.region).put(key, Row(shared))
    else:
        for uin, world in zip(others, worlds, strict=True):
            if now.pop(uin, None) is not None:
                world.write(IMAGE.name, call.region).remove(key)
    permissions = {"ImageId": key, "SharePermissionSet": list(now.values())}
    call.world.write(SHARES, call.region).put(key, Row(permissions))
    return {}


def _account(call: Call, uin: str) -> World:
    """The world of another account of this server."""
    if uin == call.world.uin:
        raise errors.own_account()
    try:
        return call.caller.cloud.world(uin)
    except NotFound as reason:
        raise errors.no_account(uin) from reason


def describe_shares(call: Call) -> Result:
    """With whom an image is shared."""
    own_image(call, call.params["ImageId"])
    return {"SharePermissionSet": _shares(call.world, call.region, call.params["ImageId"])}


def describe_quota(_call: Call) -> Result:
    """How many images of one's own a region may hold."""
    return {"ImageNumQuota": QUOTA}


_NAMED = asking((NAMED_IMAGE, "ImageIds", "ImageId"))
ACTIONS = (
    Lists(
        action="DescribeImages",
        of=IMAGE,
        ids="ImageIds",
        filters={
            "image-id": "ImageId",
            "image-type": "ImageType",
            "image-name": contains("ImageName"),
            "platform": "Platform",
            "tag-key": "Tags.Key",
            "tag-value": "Tags.Value",
            "tag:": "Tags",
        },
        # Assumed: every image of the estate suits every instance type.
        ignores=("InstanceType",),
        manners=MANNERS,
        most_values=5,
    ),
    Does(
        action="CreateImage",
        run=create,
        home="region",
        asks=asking((INSTANCE, "InstanceId"), (NAMED_IMAGE,)),
    ),
    Does(action="ModifyImageAttribute", run=modify, home="region", asks=_NAMED),
    Does(action="DeleteImages", run=delete, home="region", asks=_NAMED),
    Does(action="SyncImages", run=sync, home="region", asks=_NAMED),
    Does(action="ModifyImageSharePermission", run=share, home="region", asks=_NAMED),
    Does(action="DescribeImageSharePermission", run=describe_shares, home="region", asks=_NAMED),
    Does(action="DescribeImageQuota", run=describe_quota, home="region"),
)
