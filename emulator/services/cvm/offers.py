"""What is sold: instance types by zone, families, and what an instance can become."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from emulator.services.cvm import errors
from emulator.services.cvm.resources import INSTANCES, MANNERS, instances
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.params import bad_value, too_many
from emulator.tables.writing import Value
from emulator.world import regions
from emulator.world.estate.offers import SIZES, Size

TYPES: Mapping[str, Size] = {size.name: size for size in dict.fromkeys(SIZES)}
"""What estates are made of is what can be bought: every type in every open zone."""
DEFAULT_TYPE = "S5.SMALL2"
"""Assumed: what one gets who names no type."""
CHARGES = ("PREPAID", "POSTPAID_BY_HOUR")
# Documented: how families are called (标准型S5). Assumed: of those that no page names.
_KINDS = {"S": "标准型", "SA": "标准型", "M": "内存型", "C": "计算型", "GN": "GPU计算型"}


def family(name: str) -> str:
    """The family of an instance type: ``S5`` of ``S5.MEDIUM4``."""
    return name.partition(".")[0]


def find_type(name: str) -> Size:
    """An instance type that is sold.

    Raises:
        ApiError: it is none.
    """
    found = TYPES.get(name)
    if found is not None:
        return found
    head, dot, tail = name.partition(".")
    raise errors.no_type(name) if dot and head.isalnum() and tail.isalnum() else errors.bad_type(name)


def check_zone(call: Call, zone: str) -> None:
    """Refuse a zone that the region does not have, or in which nothing is sold."""
    region = regions.find(call.region)
    found = next((each for each in region.zones if each.id == zone), None) if region is not None else None
    if found is None:
        raise errors.no_zone(zone)
    if not found.is_available:
        raise errors.zone_sold_out(zone)


class Offer(NamedTuple):
    """An instance type in a zone, paid in a way."""

    zone: str
    size: Size
    charge: str
    is_sold: bool


def _offers(call: Call, charges: Sequence[str] = ("",)) -> Iterator[Offer]:
    region = regions.find(call.region)
    for zone in region.zones if region is not None else ():
        for size in TYPES.values():
            for charge in charges:
                yield Offer(zone.id, size, charge, zone.is_available)


_FILTERS: Mapping[str, Callable[[Offer], str]] = {
    "zone": lambda offer: offer.zone,
    "instance-family": lambda offer: family(offer.size.name),
    "instance-type": lambda offer: offer.size.name,
    "instance-charge-type": lambda offer: offer.charge,
}


def _wanted(call: Call, offers: Iterator[Offer], names: Sequence[str], most_values: int) -> list[Offer]:
    filters = call.params.get("Filters") or ()
    if len(filters) > 10:
        raise too_many("Filters", 10)
    kept = list(offers)
    for given in filters:
        name, values = given.get("Name") or "", given.get("Values") or ()
        if name not in names:
            raise MANNERS.unknown_filter(name)
        if len(values) > most_values:
            raise too_many("Filter.Values", most_values)
        member = _FILTERS.get(name)  # one of the names says an order instead
        if member is not None:
            kept = [offer for offer in kept if member(offer) in values]
    return kept


def _config(zone: str, size: Size) -> dict[str, Any]:
    gpus = int(bool(size.gpu))
    return {
        "Zone": zone,
        "InstanceType": size.name,
        "InstanceFamily": family(size.name),
        "GPU": gpus,
        "CPU": size.cpu,
        "Memory": size.memory,
        "FPGA": 0,
        "GpuCount": float(gpus),
        **({"GpuType": size.gpu} if size.gpu else {}),
    }


def describe_type_configs(call: Call) -> Result:
    """The instance types of each open zone."""
    # Documented: ten filters of one value. Assumed: that what is sold out is not listed.
    names = ("zone", "instance-family", "instance-type")
    offers = _wanted(call, _offers(call), names, 1)
    return {"InstanceTypeConfigSet": [_config(each.zone, each.size) for each in offers if each.is_sold]}


def describe_zone_configs(call: Call) -> Result:
    """The instance types of each zone by way of payment, and whether they are sold out."""
    # Documented: ten filters of a hundred values, one of which sorts.
    filters = call.params.get("Filters") or ()
    sorts = [
        key for given in filters if given.get("Name") == "sort-keys" for key in given.get("Values") or ()
    ]
    offers = _wanted(call, _offers(call, CHARGES), (*_FILTERS, "sort-keys"), 100)
    for key in reversed(sorts):
        name, _, order = key.partition(":")
        if name not in ("cpu", "mem") or order not in ("asc", "desc"):
            raise bad_value("Filters.sort-keys", key)
        offers.sort(
            key=lambda each, by=name: each.size.cpu if by == "cpu" else each.size.memory,  # type: ignore[misc]
            reverse=order == "desc",
        )
    return {"InstanceTypeQuotaSet": [_quota(each) for each in offers]}


def _quota(offer: Offer) -> Value:
    size = offer.size
    gpus = int(bool(size.gpu))
    return {
        "Zone": offer.zone,
        "InstanceType": size.name,
        "InstanceChargeType": offer.charge,
        "InstanceFamily": family(size.name),
        "TypeName": _family_name(family(size.name)),
        "Cpu": size.cpu,
        "Memory": size.memory,
        "Gpu": gpus,
        "GpuCount": float(gpus),
        "Fpga": 0,
        "Status": "SELL" if offer.is_sold else "SOLD_OUT",
        "StatusCategory": "EnoughStock" if offer.is_sold else "WithoutStock",
        "SoldOutReason": "",
        "LocalDiskTypeList": [],
        "StorageBlockAmount": 0,
        "Externals": {},
        # The emulator knows no prices and not how fast processors and networks are, and says so.
        "Price": {},
        "NetworkCard": 0,
        "InstanceBandwidth": 0.0,
        "InstancePps": 0,
        "CpuType": "",
        "Frequency": "",
        "Remark": "",
    }


def _family_name(name: str) -> str:
    return f"{_KINDS.get(name.rstrip('0123456789'), '')}{name}"


def describe_families(_call: Call) -> Result:
    """The families of instance types."""
    names = dict.fromkeys(map(family, TYPES))
    return {
        "InstanceFamilyConfigSet": [
            {"InstanceFamilyName": _family_name(name), "InstanceFamily": name} for name in names
        ]
    }


def check_change(before: str, after: Size) -> None:
    """Refuse what an instance of one type cannot become.

    Raises:
        ApiError: one of the two has a GPU that the other has not.
    """
    known = TYPES.get(before)
    gpu = known.gpu if known is not None else ""
    if gpu != after.gpu:
        raise errors.gpu_before() if gpu else errors.no_gpu_before()


def describe_modification(call: Call) -> Result:
    """What each of some instances can become."""
    filters = call.params.get("Filters") or ()
    if len(filters) > 10:
        raise too_many("Filters", 10)
    wanted = {"SELL", "UNAVAILABLE"}
    for given in filters:
        if given.get("Name") != "status":
            raise MANNERS.unknown_filter(given.get("Name") or "")
        if len(given.get("Values") or ()) > 2:
            raise too_many("Filter.Values", 2)
        wanted &= set(given.get("Values") or ())
    # Documented: twenty instances. Assumed: that types of other kinds of GPU are listed as unavailable, and
    # the present one not at all.
    shown = [each for instance in instances(call, 20) for each in _becomes(instance)]
    kept = [each for each in shown if each["Status"] in wanted]
    return {"TotalCount": len(kept), "InstanceTypeConfigStatusSet": kept}


def _becomes(instance: Value) -> Iterator[Value]:
    known = TYPES.get(instance["InstanceType"])
    gpu = known.gpu if known is not None else ""
    for size in TYPES.values():
        if size is not known:
            fits = size.gpu == gpu
            yield {
                "Status": "SELL" if fits else "UNAVAILABLE",
                "Message": "" if fits else "The instance cannot become one of this type.",
                "InstanceTypeConfig": _config(instance["Placement"]["Zone"], size),
            }


ACTIONS = (
    Does(action="DescribeInstanceTypeConfigs", run=describe_type_configs, home="region"),
    Does(action="DescribeZoneInstanceConfigInfos", run=describe_zone_configs, home="region"),
    Does(action="DescribeInstanceFamilyConfigs", run=describe_families, home="region"),
    Does(
        action="DescribeInstancesModification",
        run=describe_modification,
        home="region",
        asks=INSTANCES,
    ),
)
