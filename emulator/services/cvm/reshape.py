"""What makes another instance of one: its system, type, size of disk, network, bandwidth."""

from __future__ import annotations

from typing import Any

from emulator.errors import not_emulated
from emulator.services.cvm import errors, login, naming, network, offers, storage
from emulator.services.cvm.launch import from_image, of_size
from emulator.services.cvm.resources import (
    INSTANCES,
    ONE_INSTANCE,
    SECONDS,
    begin,
    check_states,
    done,
    image,
    instance,
    instances,
    interrupted,
)
from emulator.tables import addresses, disks
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.params import bad_value
from emulator.tables.writing import Value, refuse

# Documented: the types of system disk with which an instance can be made anew or changed in type.
CHANGEABLE = ("CLOUD_BASIC", "CLOUD_PREMIUM", "CLOUD_SSD", "CLOUD_BSSD")


def _check_system_disk(found: Value) -> None:
    if found["SystemDisk"]["DiskType"] not in CHANGEABLE:
        raise errors.wrong_system_disk(found["SystemDisk"]["DiskType"])


def reset(call: Call) -> Result:
    """Install an instance anew, from its own image or another."""
    params, found = call.params, instance(call)
    chosen = image(call, params.get("ImageId") or found["ImageId"])
    if chosen["ImageState"] != "NORMAL":
        raise errors.image_busy(chosen["ImageId"])
    _check_system_disk(found)
    size = _larger(call, found, params.get("SystemDisk") or {}, chosen)
    # Documented: without a password or key there is a random password.
    # EnhancedService changes nothing here: no agent runs in an instance.
    keys = login.key_ids(call, params.get("LoginSettings") or {}, chosen)
    data = login.user_data(params["UserData"]) if params.get("UserData") else ""
    host = params.get("HostName") or found["HostName"]
    if params.get("HostName"):
        naming.check_host_name(host, windows=str(chosen["Platform"]).lower().startswith("windows"))
    check_states([found], "RUNNING", "STOPPED")
    key = found["InstanceId"]
    login.dissociate(call, found["LoginSettings"].get("KeyIds") or (), [key])
    login.associate(call, keys, [key])
    if data:
        login.keep_user_data(call, [key], data)
    # Assumed: that it shows as rebooting until it is done, and is running then.
    fresh = {**from_image(chosen), "HostName": host, "LoginSettings": {"KeyIds": keys or None}}
    after = {**fresh, "InstanceState": "RUNNING", "StopChargingMode": "NOT_APPLICABLE"}
    begin(call, key, SECONDS["ResetInstance"], now={"InstanceState": "REBOOTING"}, then=after)
    if size != found["SystemDisk"]["DiskSize"]:
        disks.change(call.world, call.region, found["SystemDisk"].get("DiskId") or "", DiskSize=size)
    return {}


def _larger(call: Call, found: Value, given: Any, chosen: Value) -> int:
    """The size of the system disk, which may only grow; its type stays."""
    # Documented: only the size can be changed, and only upwards.
    refuse(call, "CdcId", "Encrypt", "KmsKeyId", "DiskName", within=given, path="SystemDisk.")
    now = found["SystemDisk"]
    if given.get("DiskType") not in (None, "", now["DiskType"]):
        raise bad_value("SystemDisk.DiskType", given["DiskType"])
    size = storage.system_size(given.get("DiskSize") or now["DiskSize"], chosen)
    if size < now["DiskSize"]:
        raise bad_value("SystemDisk.DiskSize", size)
    return size


def reset_type(call: Call) -> Result:
    """Make an instance one of another type; it is running afterwards."""
    # Documented: one instance a request.
    found = instances(call, 1)[0]
    size = offers.find_type(call.params["InstanceType"])
    _check_system_disk(found)
    offers.check_change(found["InstanceType"], size)
    course = interrupted(call, [found])[found["InstanceId"]]
    # Documented: running afterwards, whatever it was before.
    after = {**of_size(call, size), "InstanceState": "RUNNING", "StopChargingMode": "NOT_APPLICABLE"}
    begin(
        call,
        found["InstanceId"],
        SECONDS["ResetInstancesType"],
        **{**course, "then": {**course["then"], **after}},
    )
    return {}


def resize_disks(call: Call) -> Result:
    """Let the system disk of an instance grow."""
    params, found = call.params, instance(call)
    system, data = params.get("SystemDisk"), params.get("DataDisks")
    # Documented: one of the two, not both.
    if system is None and not data:
        raise errors.at_least_one("DataDisks", "SystemDisk")
    if system is not None and data:
        raise errors.not_together("DataDisks", "SystemDisk")
    if system is None:
        # Documented: data disks only if they are not portable. Assumed: all are, and ResizeDisk is for them.
        raise errors.no_disk(str((data or [{}])[0].get("DiskId")))
    refuse(call, "CdcId", "Encrypt", "KmsKeyId", "DiskName", within=system, path="SystemDisk.")
    now, size = found["SystemDisk"], system.get("DiskSize") or 0
    if not now["DiskSize"] < size <= disks.SYSTEM_MOST:
        raise bad_value("SystemDisk.DiskSize", size)
    # Documented: a running one needs ForceStop or ResizeOnline.
    if params.get("ResizeOnline"):
        check_states([found], "RUNNING", "STOPPED")
        course: dict[str, Any] = {"now": {}, "then": {}}
    else:
        course = dict(interrupted(call, [found])[found["InstanceId"]])
    grown = {"SystemDisk": {**now, "DiskSize": size}}
    seconds = SECONDS["ResizeInstanceDisks"]
    begin(call, found["InstanceId"], seconds, **{**course, "then": {**course["then"], **grown}})
    _expand(call, now.get("DiskId") or "", size, seconds)
    return {}


def _expand(call: Call, disk: str, size: int, seconds: float) -> None:
    row = call.world.read(disks.DISK.name, call.region).get(disk)
    if row is not None:
        place, state = (disks.DISK.name, call.region), row.value["DiskState"]
        disks.change(call.world, call.region, disk, DiskState="EXPANDING")
        after = {"DiskState": state, "DiskSize": size}
        call.world.later(seconds, place, disk, given={"DiskState": "EXPANDING"}, put=after)


def modify_vpc(call: Call) -> Result:
    """Move instances to another subnet of their zone, or give them other addresses."""
    found = instances(call)
    given = call.params["VirtualPrivateCloud"]
    zones = {each["Placement"]["Zone"] for each in found}
    if len(zones) > 1:
        raise errors.not_of_zone(given["SubnetId"], max(zones))
    # Documented: a running instance goes down for it unless told otherwise.
    allowed = ("STOPPED",) if call.params.get("ForceStop") is False else ("RUNNING", "STOPPED")
    place = network.place(call, given, zones.pop(), len(found))
    check_states(found, *allowed)
    _check_unbound(call, found)
    subnet, fresh = network.settle(call, place, len(found))
    for each, address in zip(found, fresh, strict=True):
        moved = {
            "VirtualPrivateCloud": network.cloud(subnet, is_gateway=place.is_gateway),
            "PrivateIpAddresses": [address],
            "HostName": _host_name(call, each, address),
        }
        _restart(call, each, moved)
        for elastic in addresses.bound(call.world, call.region, each["InstanceId"]):
            addresses.rebind(call.world, call.region, elastic["AddressId"], PrivateAddressIp=address)
    return {}


def _host_name(call: Call, found: Value, address: str) -> str:
    # Documented: the host name stays unless told otherwise. Assumed: it is made of the new address then.
    if call.params.get("ReserveHostName") is False:
        third, fourth = address.split(".")[2:]
        return f"VM-{third}-{fourth}-{found['HostName'].rpartition('-')[2] or 'linux'}"
    return str(found["HostName"])


def _restart(call: Call, found: Value, members: dict[str, Any]) -> None:
    """Let an instance have other members from now on; a running one goes down and up again."""
    key, seconds = found["InstanceId"], SECONDS["ModifyInstancesVpcAttribute"]
    if found["InstanceState"] == "STOPPED":
        begin(call, key, seconds, now=members, then={})
    else:
        begin(
            call,
            key,
            seconds,
            now={**members, "InstanceState": "STOPPING"},
            between={"InstanceState": "STARTING"},
            then={"InstanceState": "RUNNING"},
        )


def _check_unbound(call: Call, found: list[Value]) -> None:
    # Documented: not while network interfaces are attached to it.
    attached = call.world.read("vpc.networkinterface", call.region).index("Attachment.InstanceId")
    for each in found:
        for row in attached.get(each["InstanceId"], ()):
            if not row.value.get("Primary"):
                raise errors.has_interfaces(each["InstanceId"])


def reset_bandwidth(call: Call) -> Result:
    """Set the public bandwidth of instances; one that had none gets a public address with it."""
    params = call.params
    found, given = instances(call), params["InternetAccessible"]
    # Documented: only the bandwidth can be given. Observed: terraform-provider-tencentcloud says beside it in
    # which way it is paid already.
    charge = given.get("InternetChargeType")
    if charge and any(each["InternetAccessible"].get("InternetChargeType") != charge for each in found):
        refuse(call, "InternetChargeType", within=given, path="InternetAccessible.")
    refuse(
        call,
        "PublicIpAssigned",
        "BandwidthPackageId",
        "IPv4AddressType",
        "AntiDDoSPackageId",
        within=given,
        path="InternetAccessible.",
    )
    for name in ("StartTime", "EndTime"):
        if params.get(name):
            raise not_emulated(call.action.key, f"its parameter {name} is not served yet.")
    bandwidth = network.check_bandwidth(given.get("InternetMaxBandwidthOut") or 0)
    check_states(found, "RUNNING", "STOPPED")
    for each in found:
        # Assumed: the address that an instance has stays when its bandwidth becomes none.
        members: dict[str, Any] = {
            "InternetAccessible": {**each["InternetAccessible"], "InternetMaxBandwidthOut": bandwidth}
        }
        if bandwidth and not each["PublicIpAddresses"]:
            members["PublicIpAddresses"] = [addresses.fresh_public_address(call.world)]
            members["InternetAccessible"]["PublicIpAssigned"] = True
        done(call, each["InstanceId"], **members)
    return {}


ACTIONS = (
    Does(action="ResetInstance", run=reset, home="region", asks=ONE_INSTANCE),
    Does(action="ResetInstancesType", run=reset_type, home="region", asks=INSTANCES),
    Does(action="ResizeInstanceDisks", run=resize_disks, home="region", asks=ONE_INSTANCE),
    Does(action="ModifyInstancesVpcAttribute", run=modify_vpc, home="region", asks=INSTANCES),
    Does(
        action="ResetInstancesInternetMaxBandwidth",
        run=reset_bandwidth,
        home="region",
        asks=INSTANCES,
    ),
)
