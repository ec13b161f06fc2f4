"""Interfaces attached to hosts, and detached from them."""

from __future__ import annotations

from emulator.errors import ApiError
from emulator.services.vpc import errors
from emulator.services.vpc.interfaces.life import become
from emulator.services.vpc.interfaces.views import attachment, own, settled
from emulator.services.vpc.tables import INTERFACE
from emulator.tables.addresses import follow
from emulator.tables.call import Call, Result
from emulator.tables.network import cloud_of
from emulator.tables.shared import INSTANCE
from emulator.tables.writing import Value, change, refuse
from emulator.world.clock import china_time
from emulator.world.world import World

MOST_ON_HOST = 8
"""Assumed: how many interfaces a host may have; it depends on its size."""
_SECONDS = 3.0
"""Assumed: how long it takes."""
# States that were saved name it: it stays where they look for it.
DETACHED = "services.vpc.interfaces:detached"


def _host(call: Call) -> Value:
    key = call.params["InstanceId"]
    row = call.world.read(INSTANCE.name, call.region).get(key)
    if row is None:
        raise ApiError("InvalidInstanceId.NotFound", f"The instance `{key}` does not exist.")
    host: Value = row.value
    return host


def attach_network_interface(call: Call) -> Result:
    """Attach an interface to a host of its VPC and zone."""
    interface, host = own(call, call.params["NetworkInterfaceId"]), _host(call)
    refuse(call, "AttachType")
    settled(interface)
    key = interface["NetworkInterfaceId"]
    if interface["Attachment"]:
        raise errors.unsupported(
            "AttachmentAlreadyExists", f"The network interface `{key}` is attached already."
        )
    if cloud_of(host).get("VpcId") != interface["VpcId"]:
        raise errors.other_vpc("instance", host["InstanceId"], interface["VpcId"])
    if host["Placement"]["Zone"] != interface["Zone"]:
        raise errors.unsupported("ZoneMismatch", "The instance and the interface are in different zones.")
    if host["InstanceState"] not in ("RUNNING", "STOPPED"):
        raise errors.unsupported("InvalidInstanceState", f"The instance is {host['InstanceState']}.")
    index = _free_index(call, host["InstanceId"])
    if index >= MOST_ON_HOST:
        raise errors.full("network interfaces of an instance", MOST_ON_HOST)
    change(
        call,
        INTERFACE,
        key,
        State="ATTACHING",
        NetworkInterfaceState="ATTACHING",
        Attachment=attachment(call, host["InstanceId"], index, china_time(call.now)),
    )
    follow(call.world, call.region, key, host["InstanceId"])
    become(call, _SECONDS, key, now="ATTACHING", use="INUSE")
    return {}


def _free_index(call: Call, host: str) -> int:
    """The first place on a host that no interface has; the primary one has the first."""
    attached = call.world.read(INTERFACE.name, call.region).index("Attachment.InstanceId").get(host, ())
    used = {row.value["Attachment"]["DeviceIndex"] for row in attached}
    return next(index for index in range(1, len(used) + 2) if index not in used)


def detach_network_interface(call: Call) -> Result:
    """Detach an interface from its host."""
    interface, host = own(call, call.params["NetworkInterfaceId"]), _host(call)
    settled(interface)
    key, attachment = interface["NetworkInterfaceId"], interface["Attachment"]
    if not attachment or attachment["InstanceId"] != host["InstanceId"]:
        raise ApiError(
            "UnsupportedOperation.AttachmentNotFound",
            f"The network interface `{key}` is not attached to `{host['InstanceId']}`.",
        )
    change(call, INTERFACE, key, State="DETACHING", NetworkInterfaceState="DETACHING")
    become(call, _SECONDS, key, now="DETACHING", then=DETACHED, Attachment=None)
    return {}


def detached(world: World, region: str, _at: float, interface: Value) -> None:
    """Let the addresses of an interface that is detached be of no host."""
    follow(world, region, interface["NetworkInterfaceId"], None)
