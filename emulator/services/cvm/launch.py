"""RunInstances: what is asked for is checked as a whole, then made as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emulator.errors import ApiError, missing_parameter
from emulator.services.cvm import charging, errors, login, naming, network, offers, placement, storage
from emulator.services.cvm.charging import Terms
from emulator.services.cvm.resources import SECONDS, begin, image, tags
from emulator.tables import addresses, defaults, disks
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Further
from emulator.tables.disks import Wish
from emulator.tables.idempotent import once
from emulator.tables.params import bad_value, choice, too_many
from emulator.tables.shared import INSTANCE
from emulator.tables.writing import Value, add, fresh_id, refuse
from emulator.world import accounts
from emulator.world.clock import iso_time
from emulator.world.estate.hosts import EVERY
from emulator.world.estate.offers import IMAGES, Size

# EnhancedService is taken and changes nothing here: no agent runs in an instance.
UNSERVED = (
    "ActionTimer",
    "ChcIds",
    "CpuTopology",
    "DedicatedClusterId",
    "HpcClusterId",
    "LaunchTemplate",
    "NetworkInterfaces",
)
MOST = 500
"""Documented: instances that one request can make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Everything that a request asks for, checked: nothing can fail from here on."""

    count: int
    names: Sequence[str]
    size: Size
    image: Value
    terms: Terms
    project: int
    place: network.Place
    groups: Sequence[str]
    internet: Value
    system: Wish
    data: Sequence[Wish]
    keys: Sequence[str]
    host_name: str
    user_data: str
    role: str
    group: Value
    """The members that say which placement group it is in."""
    tags: list[dict[str, str]]


def run_instances(call: Call) -> Result:
    """Make instances with their disks and addresses; all of them or none."""
    order = _read(call)
    # Documented: a dry run checks everything and makes nothing. Assumed: that its list is empty.
    if call.params.get("DryRun"):
        return {"InstanceIdSet": []}
    subnet, given = network.settle(call, order.place, order.count)
    groups = order.groups or [_default_group(call, order.project)]
    hosts = _host_names(order, given)
    ids = [
        _make(call, order, name, address=address, host=host, subnet=subnet, groups=groups)
        for name, address, host in zip(order.names, given, hosts, strict=True)
    ]
    login.associate(call, order.keys, ids)
    if order.user_data:
        login.keep_user_data(call, ids, order.user_data)
    return {"InstanceIdSet": ids}


def _default_group(call: Call, project: int) -> str:
    group = defaults.default_group(call.world, call.region, str(project))
    return str(group["SecurityGroupId"])


# --- Reading ---------------------------------------------------------------------------------------------


def _read(call: Call) -> Order:
    params = call.params
    refuse(call, *UNSERVED)
    where = params.get("Placement")
    if where is None:
        raise missing_parameter("Placement")
    # Documented: HostId and RackId are for answers only.
    refuse(call, "DedicatedResourcePackIds", "DedicatedResourcePackTenancy", within=where)
    # There are no dedicated hosts here.
    for host in where.get("HostIds") or ():
        raise errors.no_host(host)
    # Documented: needed where no launch template is given.
    if not params.get("ImageId"):
        raise missing_parameter("ImageId")
    count = _count(call)
    zone = where["Zone"]
    offers.check_zone(call, zone)
    size = offers.find_type(params.get("InstanceType") or offers.DEFAULT_TYPE)
    chosen = image(call, params["ImageId"])
    if chosen["ImageState"] != "NORMAL":
        raise errors.image_busy(chosen["ImageId"])
    charge = params.get("InstanceChargeType") or "POSTPAID_BY_HOUR"
    agreed = charging.terms(call, charge, params.get("InstanceChargePrepaid"))
    _check_market(call)
    given_tags = tags(call, "instance")
    project = check_project(where.get("ProjectId") or 0)
    base = storage.base_wish(zone, agreed, project, given_tags)
    if params.get("EnableJumboFrame"):
        raise errors.no_jumbo_frames()
    place = network.place(call, params.get("VirtualPrivateCloud") or {}, zone, count)
    return Order(
        count=count,
        names=naming.instance_names(params.get("InstanceName") or "", count),
        size=size,
        image=chosen,
        terms=agreed,
        project=project,
        place=place,
        groups=network.groups(call, params.get("SecurityGroupIds") or (), _too_many_groups),
        internet=network.internet(call, params.get("InternetAccessible") or {}, charge),
        system=storage.system_wish(call, params.get("SystemDisk") or {}, chosen, base),
        data=storage.data_wishes(call, params.get("DataDisks") or [], base),
        keys=login.key_ids(call, params.get("LoginSettings") or {}, chosen),
        host_name=_host_name(params.get("HostName") or "", chosen, count),
        user_data=login.user_data(params.get("UserData") or ""),
        role=check_role(call, params.get("CamRoleName") or ""),
        group=placement.chosen(call, params.get("DisasterRecoverGroupIds") or (), count),
        tags=given_tags,
    )


def _too_many_groups(most: int) -> ApiError:
    return too_many("SecurityGroupIds", most)


def _count(call: Call) -> int:
    count = call.params.get("InstanceCount")
    count = 1 if count is None else count
    if not 1 <= count <= MOST:
        raise errors.out_of_range("InstanceCount", count)
    least = call.params.get("MinCount")
    # Everything can always be delivered here, so that it is enough to check it.
    if least is not None and not 1 <= least <= count:
        raise errors.bad_count(count)
    return int(count)


def _check_market(call: Call) -> None:
    options = call.params.get("InstanceMarketOptions")
    if options is not None:
        # Documented: spot is the only market. Assumed: whatever is offered, it is enough.
        choice("InstanceMarketOptions.MarketType", options.get("MarketType") or "spot", ("spot",))


def check_project(project: int) -> int:
    """A project's number."""
    # Assumed: any project may be named; whether it exists is not looked at.
    if project < 0:
        raise bad_value("ProjectId", project)
    return project


def _host_name(pattern: str, chosen: Value, count: int) -> str:
    if pattern:
        # The longest address stands for those that are still to come.
        naming.host_names(pattern, ["255.255.255.255"] * count, windows=_runs_windows(chosen))
    return pattern


def _runs_windows(chosen: Value) -> bool:
    return str(chosen["Platform"]).lower().startswith("windows")


def check_role(call: Call, name: str) -> str:
    """The name of a role that exists, or none.

    Raises:
        ApiError: there is no such role.
    """
    if name and accounts.find_role(call.world, name=name) is None:
        raise errors.no_role(name)
    return name


# --- Making ----------------------------------------------------------------------------------------------


def _make(
    call: Call, order: Order, name: str, *, address: str, host: str, subnet: Value, groups: Sequence[str]
) -> str:
    world, region = call.world, call.region
    key = fresh_id(call, INSTANCE)
    system = disks.make(world, region, order.system, key)
    data = [disks.make(world, region, wish, key) for wish in order.data]
    shelf = world.read(disks.DISK.name, region)
    value: dict[str, Any] = {
        **EVERY,
        **order.terms.members(),
        **from_image(order.image),
        **order.group,
        "InstanceId": key,
        "InstanceName": name,
        "InstanceState": "PENDING",
        "RestrictState": "NORMAL",
        "IsolatedSource": "NOTISOLATED",
        "StopChargingMode": "NOT_APPLICABLE",
        "Placement": {"Zone": order.place.zone, "ProjectId": order.project, "HostId": None},
        **of_size(call, order.size),
        "SystemDisk": disks.at_host_as_system(shelf.items()[system].value),
        "DataDisks": [disks.at_host(shelf.items()[disk].value) for disk in data],
        "VirtualPrivateCloud": network.cloud(subnet, is_gateway=order.place.is_gateway),
        "PrivateIpAddresses": [address],
        "PublicIpAddresses": [addresses.fresh_public_address(world)]
        if order.internet["PublicIpAssigned"]
        else None,
        "InternetAccessible": order.internet,
        "SecurityGroupIds": list(groups),
        "LoginSettings": {"KeyIds": list(order.keys) or None},
        "CamRoleName": order.role,
        "Tags": order.tags,
        "Uuid": world.mint.uuid(),
        "CreatedTime": iso_time(call.now),
        "DisableApiTermination": bool(call.params.get("DisableApiTermination")),
        "HostName": host,
    }
    if call.params.get("Metadata"):
        value["Metadata"] = call.params["Metadata"]
    add(call, INSTANCE, value)
    begin(call, key, SECONDS["RunInstances"], now={}, then={"InstanceState": "RUNNING"})
    charging.watch(world, region, key, order.terms.expires)
    return key


def of_size(call: Call, size: Size) -> Value:
    """The members of an instance that go with its type."""
    value: dict[str, Any] = {"InstanceType": size.name, "CPU": size.cpu, "Memory": size.memory}
    if size.gpu:
        value["GPUInfo"] = {"GPUCount": 1.0, "GPUId": [f"GPU-{call.world.mint.uuid()}"], "GPUType": size.gpu}
    return value


_LOGINS = {known.platform: (known.login, known.port) for known in IMAGES}


def from_image(chosen: Value) -> Value:
    """The members of an instance that go with its image."""
    user, port = _LOGINS.get(chosen["Platform"], ("root", 22))
    return {
        "ImageId": chosen["ImageId"],
        "OsName": chosen["OsName"],
        "DefaultLoginUser": user,
        "DefaultLoginPort": port,
    }


def standard_host_name(address: str, chosen: Value) -> str:
    """The host name that an instance is given which asks for none."""
    # Assumed: VM-, the last two numbers of the address, and the system, as an estate's are.
    _, _, third, fourth = address.split(".")
    return f"VM-{third}-{fourth}-{(str(chosen['Platform']) or 'linux').split()[0].lower()}"


def _host_names(order: Order, given: Sequence[str]) -> list[str]:
    if order.host_name:
        return naming.host_names(order.host_name, given, windows=_runs_windows(order.image))
    return [standard_host_name(address, order.image) for address in given]


def passes_role(call: Call) -> bool:
    """Whether a call gives an instance a role."""
    return bool(call.params.get("CamRoleName"))


# Assumed: whoever gives an instance a role has to be allowed to pass that role on.
PASS_ROLE = Further(
    action="cam:PassRole",
    when=passes_role,
    refusal=lambda: errors.no_role("CamRoleName"),
    asks=lambda call: (f"qcs::cam::uin/{call.world.uin}:roleName/{call.params['CamRoleName']}",),
)

ACTIONS = (
    Does(
        action="RunInstances",
        run=once(errors.TOKENS, run_instances),
        home="region",
        asks=asking((INSTANCE,)),
        further=(PASS_ROLE,),
    ),
)
