"""How instances are paid: by the hour or in advance, for how long, renewed, changed, and what expiry does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from emulator.errors import missing_parameter, not_emulated
from emulator.services.cvm import errors
from emulator.services.cvm.resources import INSTANCES, check_states, done, instances
from emulator.tables import disks
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.params import choice
from emulator.tables.prepaid import PERIODS, RENEW_FLAGS
from emulator.tables.shared import INSTANCE
from emulator.tables.writing import Value
from emulator.world.clock import iso_time, months_on
from emulator.world.shelves import Row
from emulator.world.world import World

_PERIODS = (*PERIODS, 48, 60)
_SERVED = ("PREPAID", "POSTPAID_BY_HOUR", "SPOTPAID")
_OTHERS = ("CDHPAID", "CDCPAID")
BIN_SECONDS = 7 * 86_400
"""Documented: an instance stays in the recycle bin for seven days."""


class Terms(NamedTuple):
    """A way of payment: until when and how it is renewed, for what is paid in advance."""

    charge: str
    expires: float | None = None
    renew: str | None = None

    def members(self) -> Value:
        """The same as an instance shows it."""
        # Observed: null for what is paid by the hour.
        return {
            "InstanceChargeType": self.charge,
            "ExpiredTime": None if self.expires is None else iso_time(self.expires),
            "RenewFlag": self.renew,
        }


def terms(call: Call, charge: str, prepaid: Mapping[str, Any] | None) -> Terms:
    """The way of payment that ``InstanceChargeType`` and ``InstanceChargePrepaid`` ask for.

    Raises:
        ApiError: it cannot be had.
    """
    choice("InstanceChargeType", charge, (*_SERVED, *_OTHERS))
    if charge in _OTHERS:
        raise not_emulated(call.action.key, f"its InstanceChargeType {charge} is not served yet.")
    if charge != "PREPAID":
        # Assumed: a spot instance is had at any price and never taken back.
        return Terms(charge)
    period, renew = _prepaid(prepaid)
    return Terms(charge, months_on(call.now, period), renew)


def _prepaid(prepaid: Mapping[str, Any] | None) -> tuple[int, str]:
    if prepaid is None:
        raise missing_parameter("InstanceChargePrepaid")
    if prepaid["Period"] not in _PERIODS:
        raise errors.bad_period(prepaid["Period"])
    flag = prepaid.get("RenewFlag") or "NOTIFY_AND_MANUAL_RENEW"
    return prepaid["Period"], str(choice("RenewFlag", flag, RENEW_FLAGS))


# --- Expiry ----------------------------------------------------------------------------------------------


def watch(world: World, region: str, instance: str, expires: float | None) -> None:
    """Let an instance expire when its time has come, unless it was renewed by then."""
    if expires is not None:
        place, given = (INSTANCE.name, region), {"ExpiredTime": iso_time(expires)}
        world.at(expires, place, instance, given=given, put={}, then="services.cvm.charging:expired")


def expired(world: World, region: str, at: float, instance: Value) -> None:
    """Renew an instance whose time is over by a month, or put it into the recycle bin."""
    # Documented: automatic renewal is by one month, and the balance always suffices here; else it is isolated
    # and destroyed seven days later.
    key = instance["InstanceId"]
    shelf = world.write(INSTANCE.name, region)
    row: Row = shelf.items()[key]
    if instance["RenewFlag"] == "NOTIFY_AND_AUTO_RENEW":
        until = months_on(at, 1)
        shelf.put(key, row.having(ExpiredTime=iso_time(until)))
        watch(world, region, key, until)
        return
    shelf.put(key, row.having(**isolated("EXPIRE")))
    empty_bin(world, region, key, at)


def isolated(source: str) -> Value:
    """The members of an instance in the recycle bin."""
    return {
        "InstanceState": "SHUTDOWN",
        "RestrictState": "PROTECTIVELY_ISOLATED",
        "IsolatedSource": source,
        "StopChargingMode": "KEEP_CHARGING",
    }


def empty_bin(world: World, region: str, instance: str, at: float) -> None:
    """Let an instance be destroyed that is still in the recycle bin after its time there."""
    place, given = (INSTANCE.name, region), {"InstanceState": "SHUTDOWN"}
    world.at(at + BIN_SECONDS, place, instance, given=given, put=None, then="services.cvm.terminate:gone")


# --- Changing --------------------------------------------------------------------------------------------


def renew(call: Call) -> Result:
    """Prolong instances that are paid in advance, and bring them back from the recycle bin."""
    found = instances(call)
    period, flag = _prepaid(call.params.get("InstanceChargePrepaid"))
    check_states(found, "RUNNING", "STOPPED", "SHUTDOWN")
    _check_prepaid(found)
    for each in found:
        until = months_on(max(call.now, moment(each["ExpiredTime"])), period)
        # Assumed: what comes back from the recycle bin is stopped.
        back = (
            {"InstanceState": "STOPPED", "RestrictState": "NORMAL", "IsolatedSource": "NOTISOLATED"}
            if each["InstanceState"] == "SHUTDOWN"
            else {}
        )
        done(call, each["InstanceId"], **back, ExpiredTime=iso_time(until), RenewFlag=flag)
        watch(call.world, call.region, each["InstanceId"], until)
        # Documented: portable data disks are renewed with it unless the call says otherwise. Assumed: so is
        # the system disk always.
        everything = call.params.get("RenewPortableDataDisk") is not False
        _pay_disks(call, each, until, data=everything)
    return {}


def _pay_disks(call: Call, instance: Value, until: float | None, *, data: bool) -> None:
    """Let the disks of an instance that are paid in advance be paid until a moment."""
    for disk in [instance["SystemDisk"], *(instance["DataDisks"] if data else ())]:
        row = call.world.read(disks.DISK.name, call.region).get(disk.get("DiskId"))
        if row is not None and row.value["DiskChargeType"] == "PREPAID":
            paid = disks.deadline_members(until, call.now)
            # Assumed: what went to the recycle bin with its host comes back with it.
            back = {"DiskState": "ATTACHED"} if row.value["DiskState"] == "TORECYCLE" else {}
            disks.change(call.world, call.region, disk["DiskId"], **paid, **back)


def moment(time: str | None) -> float:
    """The moment of a time as CVM writes it; the beginning of time for none."""
    return datetime.fromisoformat(time).timestamp() if time else 0.0


def _check_prepaid(found: list[Value]) -> None:
    for each in found:
        if each["InstanceChargeType"] != "PREPAID":
            raise errors.wrong_charge(each["InstanceId"])


def modify_renew_flag(call: Call) -> Result:
    """Say how instances that are paid in advance are renewed."""
    found = instances(call)
    flag = choice("RenewFlag", call.params["RenewFlag"], RENEW_FLAGS)
    _check_prepaid(found)
    for each in found:
        done(call, each["InstanceId"], RenewFlag=flag)
    return {}


def modify_charge_type(call: Call) -> Result:
    """Pay instances in advance that were paid by the hour, or the other way round."""
    # Documented: twenty instances; none whose charging stops when it does.
    found = instances(call, 20)
    wanted = call.params["InstanceChargeType"]
    choice("InstanceChargeType", wanted, ("PREPAID", "POSTPAID_BY_HOUR"))
    agreed = terms(call, wanted, call.params.get("InstanceChargePrepaid"))
    check_states(found, "RUNNING", "STOPPED")
    for each in found:
        if each["InstanceChargeType"] == wanted or each["InstanceChargeType"] == "SPOTPAID":
            raise errors.wrong_charge(each["InstanceId"])
        if each["StopChargingMode"] == "STOP_CHARGING":
            raise errors.charging_goes_on(each["InstanceId"])
    for each in found:
        done(call, each["InstanceId"], **agreed.members())
        watch(call.world, call.region, each["InstanceId"], agreed.expires)
        _change_disks(call, each, agreed)
    return {}


def _change_disks(call: Call, instance: Value, agreed: Terms) -> None:
    # Documented: portable data disks only if ModifyPortableDataDisk says so. Assumed: the system disk always.
    data = instance["DataDisks"] if call.params.get("ModifyPortableDataDisk") else ()
    for disk in [instance["SystemDisk"], *data]:
        paid = {
            "DiskChargeType": agreed.charge,
            "RenewFlag": agreed.renew or "NOTIFY_AND_MANUAL_RENEW",
            **disks.deadline_members(agreed.expires, call.now),
        }
        if agreed.charge == "PREPAID":
            # Documented: only what is paid by the hour goes with its host.
            paid["DeleteWithInstance"] = False
        disks.change(call.world, call.region, disk.get("DiskId") or "", **paid)


ACTIONS = (
    Does(action="RenewInstances", run=renew, home="region", asks=INSTANCES),
    Does(
        action="ModifyInstancesRenewFlag",
        run=modify_renew_flag,
        home="region",
        asks=INSTANCES,
    ),
    Does(
        action="ModifyInstancesChargeType",
        run=modify_charge_type,
        home="region",
        asks=INSTANCES,
    ),
)
