"""Elastic addresses: allotted, bound to hosts and interfaces, and given back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from emulator.errors import ApiError, Refusal, missing_parameter
from emulator.services.vpc import errors, limits, params, tasks
from emulator.services.vpc.interfaces import views
from emulator.services.vpc.tables import ADDRESS, HAVIP, INTERFACE, TAGS
from emulator.tables.addresses import UNBOUND, fresh_public_address
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists
from emulator.tables.filters import truth
from emulator.tables.idempotent import once
from emulator.tables.listing import has_form
from emulator.tables.prepaid import PERIODS, RENEW_BY_HAND, RENEW_BY_ITSELF, RENEW_FLAGS
from emulator.tables.shared import INSTANCE
from emulator.tables.writing import Value, add, change, fresh_id, later, refuse, remove_later
from emulator.world.clock import china_time, iso_time, months_on
from emulator.world.interfaces import interface_of
from emulator.world.shelves import Row

PREPAID = "BANDWIDTH_PREPAID_BY_MONTH"
# Documented: the widest bandwidth in Mbps by way of payment.
WIDEST: Mapping[str, int] = {
    "BANDWIDTH_PACKAGE": 2000,
    "BANDWIDTH_POSTPAID_BY_HOUR": 100,
    PREPAID: 200,
    "TRAFFIC_POSTPAID_BY_HOUR": 100,
}
_NAME = re.compile(r"[\w\u4e00-\u9fff-]{1,128}")
"""Documented: letters, digits, hyphens, underscores and Chinese characters; no blanks."""
MOST_RECOVERED, MOST_REASSIGNED, MOST_LOCAL, MOST_SINGLE = 3, 10, 10, 6
"""Observed, in the official example: quotas beside those of addresses."""
_DAYS = "vpc.addressday"
_SECONDS = 2.0
"""Assumed: how long it takes to make, bind, free or release one."""


def _absent(key: str) -> ApiError:
    return ApiError("InvalidAddressId.NotFound", f"The address `{key}` does not exist.")


def _existing(call: Call, key: str) -> Value:
    if not has_form(key, ADDRESS.prefix):
        raise ApiError("InvalidParameterValue.AddressIdMalformed", f"The address id `{key}` is malformed.")
    row = call.world.read(ADDRESS.name, call.region).get(key)
    if row is None:
        raise _absent(key)
    found: Value = row.value
    return found


def _given(call: Call) -> Value:
    return _existing(call, call.params["AddressId"])


def _many(call: Call) -> list[Value]:
    return [_existing(call, key) for key in params.ids(call, "AddressIds")]


# --- allotted ---------------------------------------------------------------------------------------------


def allocate_addresses(call: Call) -> Result:
    """Allot addresses."""
    asked = call.params
    count = 1 if asked.get("AddressCount") is None else asked["AddressCount"]
    if count < 1:
        raise errors.out_of_range("AddressCount", "a number from 1")
    _check_kind(call)
    tags, payment = params.tags(call), _payment(call, asked)
    name = _name(asked) if asked.get("AddressName") else ""
    refuse(
        call,
        *("VipCluster", "BandwidthPackageId", "DedicatedClusterId", "Egress", "AntiDDoSPackageId"),
        *("AnycastZone", "IPChargeType", "ApplicableForCLB"),
    )
    _reserve(call, count)
    made = [_add(call, name, tags, payment) for _ in range(count)]
    # Assumed: no address takes a whole pool to itself, so IsDedicatedAddressPool changes nothing.
    return {"AddressSet": made, "TaskId": tasks.begin_numbered(call, _SECONDS)}


def allot(call: Call, count: int, **members: object) -> list[str]:
    """Allot ordinary addresses for something that needs them, and give them members."""
    _reserve(call, count)
    return [_add(call, "", [], {**_payment(call, {}), **members}) for _ in range(count)]


def _check_kind(call: Call) -> None:
    """See that an ordinary address of ordinary lines is wanted: the others need an application."""
    kind, line = call.params.get("AddressType") or "EIP", call.params.get("InternetServiceProvider") or "BGP"
    if kind == "AnycastEIP":
        raise ApiError("UnauthorizedOperation.AnycastEip", "The account may not have anycast addresses.")
    if kind in ("HighQualityEIP", "AntiDDoSEIP", "ResidentialEIP"):
        # Documented: in some regions only. Assumed: in none.
        raise errors.unsupported("UnsupportedRegion", f"The region has no addresses of the type {kind}.")
    if kind != "EIP":
        raise errors.bad_value("AddressType", "EIP")
    if line in ("CMCC", "CTCC", "CUCC"):
        raise ApiError("UnauthorizedOperation.InvalidAccount", f"The account may not have lines of {line}.")
    if line != "BGP":
        raise errors.bad_value("InternetServiceProvider", "BGP")


def _name(asked: Mapping[str, Any]) -> str:
    found: str = asked["AddressName"]
    if len(found) > 128:
        raise errors.too_long("AddressName", 128)
    if not _NAME.fullmatch(found):
        raise errors.bad_value("AddressName", "letters, digits, hyphens and underscores")
    return found


def check_bandwidth(name: str, value: int, charge: str) -> int:
    """A bandwidth that an address can have which is paid so."""
    if value < 1:
        raise ApiError("InvalidParameterValue.BandwidthTooSmall", f"`{name}` is less than 1 Mbps.")
    if value > WIDEST[charge]:
        raise ApiError(
            "InvalidParameterValue.BandwidthOutOfRange",
            f"`{name}` exceeds {WIDEST[charge]} Mbps for {charge}.",
        )
    return value


def _payment(call: Call, asked: Mapping[str, Any]) -> dict[str, object]:
    """How an address is paid, and how wide it is."""
    # Documented: the default, and one Mbps.
    charge = asked.get("InternetChargeType") or "TRAFFIC_POSTPAID_BY_HOUR"
    if charge not in WIDEST:
        raise errors.bad_value("InternetChargeType", f"one of {', '.join(WIDEST)}")
    given = asked.get("InternetMaxBandwidthOut")
    width = check_bandwidth("InternetMaxBandwidthOut", 1 if given is None else given, charge)
    found: dict[str, object] = {"InternetChargeType": charge, "Bandwidth": width, "DeadlineDate": None}
    return found | (_prepaid(asked, call.now) if charge == PREPAID else {})


def _prepaid(asked: Mapping[str, Any], since: float) -> dict[str, object]:
    """How long an address is paid from a moment on, and what comes then."""
    prepaid = asked.get("AddressChargePrepaid")
    if not prepaid:
        raise missing_parameter("AddressChargePrepaid")
    if prepaid["Period"] not in PERIODS:
        raise errors.out_of_range("AddressChargePrepaid.Period", "1 to 12, 24 or 36 months")
    renews = 1 if prepaid.get("AutoRenewFlag") is None else prepaid["AutoRenewFlag"]
    # Documented: 0 by hand, 1 by itself, 2 not at all.
    flags = {0: RENEW_BY_HAND, 1: RENEW_BY_ITSELF, 2: RENEW_FLAGS[2]}
    if renews not in flags:
        raise errors.bad_value("AddressChargePrepaid.AutoRenewFlag", "0, 1 or 2")
    return {"DeadlineDate": iso_time(months_on(since, prepaid["Period"])), "RenewFlag": flags[renews]}


def _reserve(call: Call, count: int) -> None:
    # Documented: the codes; twice the quota may be allotted in a day.
    most = limits.granted(call, ADDRESS, limits.ADDRESSES)
    limits.reserve(
        call,
        ADDRESS,
        limits.ADDRESSES,
        count=count,
        full=Refusal[int]("AddressQuotaLimitExceeded", "The number of addresses exceeds the quota of {}."),
    )
    day, today = china_time(call.now)[:10], _today(call)
    if today + count > 2 * most:
        raise ApiError(
            "AddressQuotaLimitExceeded.DailyAllocate", f"More than {2 * most} addresses were asked for today."
        )
    call.world.write(_DAYS, call.region).put(day, Row({"Count": today + count}))


def _today(call: Call) -> int:
    row = call.world.read(_DAYS, call.region).get(china_time(call.now)[:10])
    return int(row.value["Count"]) if row is not None else 0


def _add(call: Call, name: str, tags: Sequence[Value], payment: Mapping[str, Any]) -> str:
    made = add(
        call,
        ADDRESS,
        {
            "AddressId": fresh_id(call, ADDRESS),
            # Documented: the name, if none is given.
            "AddressName": name or "未命名",
            "AddressStatus": "CREATING",
            "AddressIp": fresh_public_address(call.world),
            "InstanceId": None,
            "CreatedTime": iso_time(call.now),
            "NetworkInterfaceId": "",
            "PrivateAddressIp": "",
            "IsArrears": False,
            "IsBlocked": False,
            "IsEipDirectConnection": False,
            "AddressType": "EIP",
            "CascadeRelease": False,
            "EipAlgType": {"Ftp": False, "Sip": False},
            "InternetServiceProvider": "BGP",
            "LocalBgp": False,
            "TagSet": list(tags),
            "InstanceType": None,
            "Egress": None,
            **payment,
        },
    )
    key: str = made["AddressId"]
    later(call, _SECONDS, ADDRESS, key, {"AddressStatus": "CREATING"}, AddressStatus="UNBIND")
    return key


def release_addresses(call: Call) -> Result:
    """Give unbound addresses back; those that are paid in advance are isolated first."""
    found = _many(call)
    for address in found:
        # Documented: in this state only.
        if address["AddressStatus"] != "UNBIND":
            raise _wrong_status(address)
    for address in found:
        key = address["AddressId"]
        if address["InternetChargeType"] == PREPAID and not address["IsArrears"]:
            # Observed: terraform-provider-tencentcloud waits until such an address is in arrears, and then
            # releases it once more.
            later(call, _SECONDS, ADDRESS, key, {"AddressStatus": "UNBIND"}, IsArrears=True)
            continue
        change(call, ADDRESS, key, AddressStatus="OFFLINING")
        remove_later(call, _SECONDS, ADDRESS, key, {"AddressStatus": "OFFLINING"})
    return {"TaskId": tasks.begin_numbered(call, _SECONDS)}


def _wrong_status(address: Value) -> ApiError:
    return ApiError(
        "InvalidAddressIdStatus.NotPermit",
        f"The address `{address['AddressId']}` is {address['AddressStatus']}.",
    )


# --- bound ------------------------------------------------------------------------------------------------


def associate_address(call: Call) -> Result:
    """Bind an address to a host, or to a private address of an interface."""
    address, asked = _given(call), call.params
    host, interface, private = (
        asked.get(name) or "" for name in ("InstanceId", "NetworkInterfaceId", "PrivateIpAddress")
    )
    # Documented: one of the two; an interface with one of its addresses.
    if host and interface:
        raise ApiError(
            "InvalidParameterConflict", "InstanceId and NetworkInterfaceId cannot be specified together."
        )
    if not host and not interface:
        raise ApiError("InvalidParameterValue.MissingAssociateEntity", "There is nothing to bind to.")
    if interface and not private:
        raise missing_parameter("PrivateIpAddress")
    if address["AddressStatus"] != "UNBIND":
        raise _wrong_status(address)
    if address["IsBlocked"]:
        raise ApiError("InvalidAddressId.Blocked", "The address is blocked.")
    if address["IsArrears"]:
        raise ApiError("InvalidAddressIdState.InArrears", "The address is in arrears.")
    refuse(call, "EipDirectConnection", "InstanceRegion")
    bound = _to_host(call, host, private) if host else _to_interface(call, interface, private)
    _check_bare(call, bound)
    key, status = address["AddressId"], "BIND" if bound["InstanceId"] else "BIND_ENI"
    change(call, ADDRESS, key, **{**bound, "AddressStatus": "BINDING"})
    later(call, _SECONDS, ADDRESS, key, {"AddressStatus": "BINDING"}, AddressStatus=status)
    if _is_main(call, bound):
        later(call, _SECONDS, INSTANCE, bound["InstanceId"], {}, PublicIpAddresses=[address["AddressIp"]])
    return {"TaskId": tasks.begin_numbered(call, _SECONDS)}


def _to_host(call: Call, key: str, private: str) -> dict[str, Any]:
    """What an address that is bound to a host shows."""
    if key.startswith(("lb-", "nat-", "eks-", "havip-")):
        refuse(call, "InstanceId")
    if not has_form(key, INSTANCE.prefix):
        raise ApiError("InvalidParameterValue.InstanceIdMalformed", f"The instance id `{key}` is malformed.")
    row = call.world.read(INSTANCE.name, call.region).get(key)
    if row is None:
        raise ApiError("InvalidInstanceId.NotFound", f"The instance `{key}` does not exist.")
    host = row.value
    # Documented: not while a host is stopped at no charge. Assumed: nor in other states than these two.
    if host["InstanceState"] not in ("RUNNING", "STOPPED"):
        raise ApiError(
            "InvalidParameterValue.InvalidInstanceState", f"The instance is {host['InstanceState']}."
        )
    if host.get("StopChargingMode") == "STOP_CHARGING":
        raise errors.unsupported("InstanceStatusNotPermit", "The instance is stopped and not charged.")
    main = (host.get("PrivateIpAddresses") or [""])[0]
    if private and private != main:
        raise errors.bad_value("PrivateIpAddress", "the primary private address of the instance")
    return {
        "InstanceId": key,
        "InstanceType": "CVM",
        "NetworkInterfaceId": interface_of(key),
        "PrivateAddressIp": main,
    }


def _to_interface(call: Call, key: str, private: str) -> dict[str, Any]:
    """What an address that is bound to an interface shows."""
    interface = views.find(call, key)
    there = interface["PrivateIpAddressSet"] if interface is not None else ()
    if interface is None or all(each["PrivateIpAddress"] != private for each in there):
        raise ApiError(
            "InvalidNetworkInterfaceId.NotFound", f"The interface `{key}` with `{private}` does not exist."
        )
    attachment = interface["Attachment"]
    return {
        # Documented: BIND_ENI is an address of an interface that no host has.
        "InstanceId": attachment["InstanceId"] if attachment else None,
        "InstanceType": "CVM" if attachment else "ENI",
        "NetworkInterfaceId": key,
        "PrivateAddressIp": private,
    }


def _check_bare(call: Call, bound: Mapping[str, Any]) -> None:
    """See that nothing public is bound there yet."""
    same = call.world.read(ADDRESS.name, call.region).index("NetworkInterfaceId")
    for row in same.get(bound["NetworkInterfaceId"], ()):
        if row.value["PrivateAddressIp"] == bound["PrivateAddressIp"]:
            if _is_main(call, bound):
                raise ApiError(
                    "InvalidInstanceId.AlreadyBindEip", "The instance has an elastic address already."
                )
            raise ApiError(
                "InvalidPrivateIpAddress.AlreadyBindEip", "The address has an elastic one already."
            )
    if _is_main(call, bound):
        host = call.world.read(INSTANCE.name, call.region).items()[bound["InstanceId"]].value
        # Documented: an ordinary public address has to be given back first.
        if host.get("PublicIpAddresses"):
            raise ApiError("InvalidParameterValue.InstanceHasWanIP", "The instance has a public address.")


def _is_main(call: Call, bound: Mapping[str, Any]) -> bool:
    """Whether an address is bound to the primary private address of a host."""
    host = (
        call.world.read(INSTANCE.name, call.region).get(bound["InstanceId"]) if bound["InstanceId"] else None
    )
    if host is None or bound["NetworkInterfaceId"] != interface_of(bound["InstanceId"]):
        return False
    return bool(bound["PrivateAddressIp"] == (host.value.get("PrivateIpAddresses") or [""])[0])


def disassociate_address(call: Call) -> Result:
    """Free an address."""
    address = _given(call)
    # Documented: in these two states only.
    if address["AddressStatus"] not in ("BIND", "BIND_ENI"):
        raise _wrong_status(address)
    refuse(call, "ReallocateNormalPublicIp")
    if address["InstanceType"] == "NAT":
        # Documented: gateways have an action of their own for it.
        raise ApiError("InvalidInstance.NotSupported", "The address is bound to a NAT gateway.")
    unbind(call, address["AddressId"], _SECONDS)
    if address["InstanceType"] == "CVM" and _is_main(call, address):
        mine = [address["AddressIp"]]
        later(
            call,
            _SECONDS,
            INSTANCE,
            address["InstanceId"],
            {"PublicIpAddresses": mine},
            PublicIpAddresses=None,
        )
    return {"TaskId": tasks.begin_numbered(call, _SECONDS)}


def unbind(call: Call, key: str, seconds: float) -> None:
    """Let an address be free some time from now."""
    address = change(call, ADDRESS, key, AddressStatus="UNBINDING")
    later(call, seconds, ADDRESS, key, {"AddressStatus": "UNBINDING"}, **UNBOUND)
    if address["InstanceType"] == "HAVIP":
        mine = {"AddressIp": address["AddressIp"]}
        later(call, seconds, HAVIP, address["InstanceId"], mine, AddressIp="")


# --- changed ----------------------------------------------------------------------------------------------


def modify_address_attribute(call: Call) -> Result:
    """Rename an address."""
    address = _given(call)
    refuse(call, "EipDirectConnection", "EipVisibleOnEni")
    if call.params.get("AddressName"):
        change(call, ADDRESS, address["AddressId"], AddressName=_name(call.params))
    return {}


def modify_addresses_bandwidth(call: Call) -> Result:
    """Let addresses be wider or narrower."""
    found, width = _many(call), call.params["InternetMaxBandwidthOut"]
    refuse(call, "StartTime", "EndTime")
    for address in found:
        check_bandwidth("InternetMaxBandwidthOut", width, address["InternetChargeType"])
    for address in found:
        change(call, ADDRESS, address["AddressId"], Bandwidth=width)
    return {"TaskId": tasks.begin_numbered(call, _SECONDS)}


def modify_address_internet_charge_type(call: Call) -> Result:
    """Let an address be paid in another way."""
    address, asked = _given(call), call.params
    if asked["InternetChargeType"] == address["InternetChargeType"]:
        raise ApiError("InvalidParameterValue.InternetChargeTypeNotChanged", "It is paid so already.")
    if asked["InternetChargeType"] == "BANDWIDTH_PACKAGE":
        # Documented: not among the ways that an address can change to.
        raise errors.bad_value("InternetChargeType", "another way of payment than by package")
    change(call, ADDRESS, address["AddressId"], **_payment(call, asked))
    return {}


def modify_addresses_renew_flag(call: Call) -> Result:
    """Say how addresses that are paid in advance are renewed."""
    found, flag = _many(call), call.params["RenewFlag"]
    if flag not in RENEW_FLAGS:
        # Documented: these.
        raise errors.bad_value("RenewFlag", f"one of {', '.join(RENEW_FLAGS)}")
    _check_prepaid(found)
    for address in found:
        change(call, ADDRESS, address["AddressId"], RenewFlag=flag)
    return {}


def renew_addresses(call: Call) -> Result:
    """Prolong addresses that are paid in advance, and bring those back that are isolated."""
    # Assumed: that it does.
    found = _many(call)
    _check_prepaid(found)
    for address in found:
        paid = datetime.fromisoformat(address["DeadlineDate"]).timestamp()
        members = _prepaid(call.params, max(paid, call.now))
        change(call, ADDRESS, address["AddressId"], **members, IsArrears=False)
    return {}


def _check_prepaid(found: Sequence[Value]) -> None:
    for address in found:
        if address["InternetChargeType"] != PREPAID:
            raise errors.unsupported(
                "InvalidAddressInternetChargeType",
                f"The address `{address['AddressId']}` is not paid in advance.",
            )


def describe_address_quota(call: Call) -> Result:
    """How many addresses there are and may be."""
    most = limits.granted(call, ADDRESS, limits.ADDRESSES)
    there = len(call.world.read(ADDRESS.name, call.region))
    # Observed, in the official example: these quotas in this order. Assumed: nothing is used of the others.
    quotas = (
        ("MONTHLY_RECOVER_QUOTA", 0, MOST_RECOVERED),
        ("TOTAL_EIP_QUOTA", there, most),
        ("DAILY_EIP_APPLY", _today(call), 2 * most),
        ("DAILY_PUBLIC_IP_ASSIGN", 0, MOST_REASSIGNED),
        ("LOCALBGP_EIP_QUOTA", 0, MOST_LOCAL),
        ("SINGLEISP_EIP_QUOTA", 0, MOST_SINGLE),
        ("DAILY_SINGLEISP_APPLY", 0, 2 * MOST_SINGLE),
    )
    return {
        "QuotaSet": [
            {"QuotaId": name, "QuotaCurrent": current, "QuotaLimit": limit, "QuotaGroup": call.region}
            for name, current, limit in quotas
        ]
    }


# Documented: policies about elastic addresses name these actions of cvm: AllocateAddresses, AssociateAddress,
# DescribeAddresses, DisassociateAddress, ModifyAddressAttribute and ReleaseAddresses. Observed: the first, in
# what is said of a denial. Assumed: the others are known so too.
def _of_cvm(action: Lists | Does) -> Lists | Does:
    return replace(action, asked_as=f"cvm:{action.action}")


_ONE, _MANY = asking((ADDRESS, "AddressId")), asking((ADDRESS, "AddressIds"))
_ACTIONS: tuple[Lists | Does, ...] = (
    Lists(
        action="DescribeAddresses",
        of=ADDRESS,
        ids="AddressIds",
        filters={
            "address-id": "AddressId",
            "address-name": "AddressName",
            "address-ip": "AddressIp",
            "address-status": "AddressStatus",
            "instance-id": "InstanceId",
            "private-ip-address": "PrivateAddressIp",
            "network-interface-id": "NetworkInterfaceId",
            "is-arrears": truth("IsArrears"),
            "instance-type": "InstanceType",
            "address-type": "AddressType",
            "address-isp": "InternetServiceProvider",
            "dedicated-cluster-id": "DedicatedClusterId",
            # Observed: terraform-provider-tencentcloud looks once more, as CDC's, for one that it lacks.
            "business-type": lambda row, wanted: "CDC" in wanted and bool(row.get("DedicatedClusterId")),
            **TAGS,
        },
        # Documented.
        rivals=("address-id",),
        manners=errors.MANNERS,
    ),
    # Observed: allotting asks about all addresses.
    Does(
        action="AllocateAddresses",
        run=once(errors.TOKENS, allocate_addresses),
        home="region",
        asks=asking((ADDRESS,)),
    ),
    Does(action="ReleaseAddresses", run=release_addresses, home="region", asks=_MANY),
    Does(
        action="AssociateAddress",
        run=associate_address,
        home="region",
        asks=asking((ADDRESS, "AddressId"), (INSTANCE, "InstanceId"), (INTERFACE, "NetworkInterfaceId")),
    ),
    Does(action="DisassociateAddress", run=disassociate_address, home="region", asks=_ONE),
    Does(action="ModifyAddressAttribute", run=modify_address_attribute, home="region", asks=_ONE),
    Does(action="ModifyAddressesBandwidth", run=modify_addresses_bandwidth, home="region", asks=_MANY),
    Does(
        action="ModifyAddressInternetChargeType",
        run=modify_address_internet_charge_type,
        home="region",
        asks=_ONE,
    ),
    Does(action="ModifyAddressesRenewFlag", run=modify_addresses_renew_flag, home="region", asks=_MANY),
    Does(action="RenewAddresses", run=renew_addresses, home="region", asks=_MANY),
    Does(action="DescribeAddressQuota", run=describe_address_quota, home="region", asks=asking((ADDRESS,))),
)
ACTIONS = tuple(map(_of_cvm, _ACTIONS))
