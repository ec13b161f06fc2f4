"""Balancers: bought, changed, put behind security groups and given back."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from emulator.errors import ApiError, missing_parameter, not_emulated
from emulator.services.clb import errors, tasks
from emulator.services.clb.parts import (
    BALANCER,
    MANY,
    ONE,
    PARTS,
    Part,
    balancer,
    keep,
    parts_of,
    targets_of,
)
from emulator.tables import quotas
from emulator.tables.addresses import choose, fresh_public_address
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Sort
from emulator.tables.filters import anywhere, contains
from emulator.tables.idempotent import MOST, Tokens, once
from emulator.tables.network import Refusals
from emulator.tables.params import check_choices
from emulator.tables.shared import SECURITY_GROUP
from emulator.tables.writing import Value, add, change, fresh_id, later, refuse, remove
from emulator.world import regions
from emulator.world.clock import china_time, months_on
from emulator.world.estate.residents import numbered
from emulator.world.shelves import Row, member_values

SEARCHED = ("LoadBalancerName", "Domain", "LoadBalancerVips", "LoadBalancerId")
MOST_AT_ONCE, MOST_NAMED, MOST_TAGS, MOST_GROUPS = 20, 20, 20, 50
"""Documented."""
USUAL = 100
"""Documented: balancers of either type in a region."""
RISKY = 20
"""Documented: with as many targets a balancer is only deleted by force."""
SIZES = (
    *("clb.c2.medium", "clb.c3.small", "clb.c3.medium"),
    *("clb.c4.small", "clb.c4.medium", "clb.c4.large", "clb.c4.xlarge"),
)
PAYMENTS = ("TRAFFIC_POSTPAID_BY_HOUR", "BANDWIDTH_POSTPAID_BY_HOUR", "BANDWIDTH_PREPAID")
WIDEST, WIDEST_BY_SIZE, WIDTH = 2048, 61440, 10
"""Documented: bandwidth in Mbps at most, with a size of its own, and unless said."""
MAKING, RUNNING = 0, 1
_MAKE_SECONDS, _DELETE_SECONDS = 5.0, 3.0
"""Assumed: how long they take."""
_NAME = re.compile(r"[^\U00010000-\U0010ffff]{1,80}")
"""Documented: 80 characters, none beyond the basic plane."""


# --- shown ------------------------------------------------------------------------------------------------


# Documented: the values there are. Assumed: any other is refused.
CHOICES: Mapping[str, Collection[object]] = {
    "LoadBalancerType": ("OPEN", "INTERNAL"),
    "Forward": (0, 1),
    "WithRs": (-1, 0, 1),
    "AdditionalFields": ("TargetCount",),
}


def narrow_by_targets(call: Call, rows: Sequence[Row]) -> Sequence[Row]:
    """The balancers whose targets are those a call asks for."""
    params = call.params
    check_choices(params, CHOICES, errors.bad_value)
    with_targets = params.get("WithRs", -1)
    wants = {
        path: set(params[name])
        for name, path in (
            ("BackendPublicIps", "PublicIpAddresses"),
            ("BackendPrivateIps", "PrivateIpAddresses"),
        )
        if params.get(name)
    }
    if with_targets == -1 and not wants:
        return rows
    return [row for row in rows if _has_targets(targets_of(_of(call, row)), with_targets, wants)]


def _of(call: Call, row: Row) -> Part:
    return parts_of(call, row.value["LoadBalancerId"])


def _has_targets(targets: Sequence[Part], with_targets: int, wants: Mapping[str, set[str]]) -> bool:
    if with_targets != -1 and bool(targets) != bool(with_targets):
        return False
    return all(
        any(not wanted.isdisjoint(member_values(target, path)) for target in targets)
        for path, wanted in wants.items()
    )


def shown_balancer(call: Call, row: Value) -> Value:
    """A balancer; the number of its targets if it was asked for."""
    if "TargetCount" not in (call.params.get("AdditionalFields") or ()):
        return row
    return {**row, "TargetCount": len(targets_of(parts_of(call, row["LoadBalancerId"])))}


# --- bought -----------------------------------------------------------------------------------------------


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise errors.bad_length("LoadBalancerName", "1 to 80 characters")
    return text


def _vpc(call: Call, is_internal: bool) -> Value:
    shelf, key = call.world.read("vpc.vpc", call.region), call.params.get("VpcId")
    if key:
        row = shelf.get(key)
    elif is_internal:
        # Documented: needed for internal ones.
        raise missing_parameter("VpcId")
    else:
        # Documented: the default VPC unless another is named.
        row = next(iter(shelf.index("IsDefault").get(True, ())), None)
    if row is None:
        raise errors.bad_value("VpcId", "a VPC of the region")
    found: Value = row.value
    return found


def _subnet(call: Call, vpc: Value) -> Value:
    key = call.params.get("SubnetId")
    if not key:
        raise missing_parameter("SubnetId")
    row = call.world.read("vpc.subnet", call.region).get(key)
    if row is None or row.value["VpcId"] != vpc["VpcId"]:
        raise errors.bad_value("SubnetId", "a subnet of the VPC")
    found: Value = row.value
    return found


# Documented: an address that lies elsewhere or is taken fails.
ADDRESSES = Refusals(
    full=lambda _: ApiError("ResourceInsufficient", "The subnet has not enough free addresses."),
    malformed=lambda _: errors.bad_value("Vip", "an address of the subnet"),
    outside=lambda _: errors.bad_value("Vip", "an address of the subnet"),
    taken=lambda text: ApiError("ResourceInUse", f"The address `{text}` is in use."),
)


def _private_addresses(call: Call, subnet: Value, count: int) -> list[str]:
    wish = call.params.get("Vip")
    if wish and count > 1:
        raise errors.combination("One address cannot be given to several load balancers.")
    return choose(call, subnet, count, ADDRESSES, [wish] if wish else ())


def _zone(call: Call, is_internal: bool, subnet_zone: str) -> Value | None:
    """The zone of a balancer as it shows it; None for one of no zone."""
    given = call.params.get("MasterZoneId") or call.params.get("ZoneId")
    if given and is_internal:
        # Documented: for public ones only.
        raise errors.combination("Zones are chosen for public load balancers only.")
    region = regions.find(call.region)
    for zone in region.zones if region is not None else ():
        # Documented: by number or by name.
        if (given or subnet_zone) in (zone.id, zone.number):
            return {
                "ZoneId": int(zone.number),
                "Zone": zone.id,
                "ZoneName": zone.zh,
                "ZoneRegion": call.region,
                "LocalZone": False,
                "EdgeZone": False,
            }
    if given:
        raise errors.bad_value("ZoneId", "a zone of the region")
    return None


def _network(given: Mapping[str, Any], size: str, is_internal: bool) -> dict[str, Any]:
    charge = given.get("InternetChargeType") or PAYMENTS[0]
    if charge not in PAYMENTS:
        raise errors.bad_value("InternetAccessible.InternetChargeType", f"one of {', '.join(PAYMENTS)}")
    width, widest = given.get("InternetMaxBandwidthOut"), WIDEST_BY_SIZE if size else WIDEST
    if width is not None and not 1 <= width <= widest:
        raise errors.out_of_range("InternetAccessible.InternetMaxBandwidthOut", f"1 to {widest}")
    standard = 0 if is_internal else WIDTH
    return {
        "InternetChargeType": charge,
        "InternetMaxBandwidthOut": standard if width is None else width,
        "BandwidthpkgSubType": None,
    }


def _prepaid(call: Call) -> dict[str, Any]:
    """How a balancer is paid, and until when."""
    charge = call.params.get("LBChargeType") or "POSTPAID_BY_HOUR"
    if charge == "POSTPAID_BY_HOUR":
        return {"ChargeType": charge, "PrepaidAttributes": None, "ExpireTime": None}
    if charge != "PREPAID":
        # Documented: these two.
        raise errors.bad_value("LBChargeType", "POSTPAID_BY_HOUR or PREPAID")
    given = call.params.get("LBChargePrepaid") or {}
    months = given.get("Period")
    if not months:
        raise missing_parameter("LBChargePrepaid.Period")
    if not 1 <= months <= 36:
        raise errors.out_of_range("LBChargePrepaid.Period", "1 to 36 months")
    flag = given.get("RenewFlag") or "MANUAL_RENEW"
    if flag not in ("AUTO_RENEW", "MANUAL_RENEW"):
        raise errors.bad_value("LBChargePrepaid.RenewFlag", "AUTO_RENEW or MANUAL_RENEW")
    return {
        "ChargeType": charge,
        "PrepaidAttributes": {"RenewFlag": flag, "Period": months},
        "ExpireTime": china_time(months_on(call.now, months)),
    }


def _tags(call: Call) -> list[dict[str, str]]:
    found = [{"TagKey": tag["TagKey"], "TagValue": tag["TagValue"]} for tag in call.params.get("Tags") or ()]
    if len(found) > MOST_TAGS:
        raise errors.bad_length("Tags", f"at most {MOST_TAGS} tags")
    if len({tag["TagKey"] for tag in found}) < len(found):
        raise errors.duplicate("Tags")
    return found


# Assumed: the codes.
TOKENS = Tokens(
    bad=lambda _: errors.bad_length("ClientToken", f"at most {MOST} ASCII characters"),
    mismatch=lambda: errors.combination("The ClientToken has been used by another request."),
)


def create_load_balancer(call: Call) -> Result:
    """Buy balancers."""
    asked = call.params
    kind, count = asked["LoadBalancerType"], 1 if asked.get("Number") is None else asked["Number"]
    if kind not in ("OPEN", "INTERNAL"):
        # Documented: these two.
        raise errors.bad_value("LoadBalancerType", "OPEN or INTERNAL")
    if asked.get("Forward") not in (None, 1):
        # Documented: nothing but 1.
        raise errors.bad_value("Forward", "1")
    if not 1 <= count <= MOST_AT_ONCE:
        raise errors.out_of_range("Number", f"1 to {MOST_AT_ONCE}")
    is_internal = kind == "INTERNAL"
    name = _name(asked["LoadBalancerName"]) if asked.get("LoadBalancerName") else ""
    vpc, tags, paid = _vpc(call, is_internal), _tags(call), _prepaid(call)
    size = asked.get("SlaType") or ""
    if size and size not in SIZES:
        raise errors.bad_value("SlaType", f"one of {', '.join(SIZES)}")
    network = _network(asked.get("InternetAccessible") or {}, size, is_internal)
    subnet = _subnet(call, vpc) if is_internal else None
    if asked.get("SubnetId") and not is_internal:
        # Documented: not for public ones.
        raise errors.combination("A subnet is chosen for internal load balancers only.")
    zone = _zone(call, is_internal, subnet["Zone"] if subnet is not None else "")
    _check_served(call, is_internal)
    private = None if subnet is None else _private_addresses(call, subnet, count)
    _reserve(call, kind, count)
    addresses = private or [fresh_public_address(call.world) for _ in range(count)]
    common = {
        "Forward": 1,
        "LoadBalancerType": kind,
        "Status": MAKING,
        "ProjectId": asked.get("ProjectId") or 0,
        "VpcId": vpc["VpcId"],
        "NumericalVpcId": numbered(vpc["VpcId"]),
        "SubnetId": subnet["SubnetId"] if subnet is not None else "",
        "Tags": tags,
        "SecureGroups": [],
        "TargetRegionInfo": {
            "Region": call.region,
            "VpcId": vpc["VpcId"],
            "NumericalVpcId": numbered(vpc["VpcId"]),
        },
        "VipIsp": "INTERNAL" if is_internal else "BGP",
        "AddressIPVersion": "ipv4",
        "MasterZone": zone,
        "NetworkAttributes": network,
        "LoadBalancerPassToTarget": bool(asked.get("LoadBalancerPassToTarget")),
        "SlaType": size,
        "AttributeFlags": [],
        **paid,
    }
    made = [_add(call, name, address, common) for address in addresses]
    number = tasks.order(call)
    tasks.begin(call, made, _MAKE_SECONDS, number)
    return {"LoadBalancerIds": made, "DealName": number}


def _check_served(call: Call, is_internal: bool) -> None:
    version = call.params.get("AddressIPVersion") or "IPV4"
    # Documented: in whatever case.
    if version.upper() not in ("IPV4", "IPV6", "IPV6FULLCHAIN"):
        raise errors.bad_value("AddressIPVersion", "IPV4, IPV6 or IPv6FullChain")
    if version.upper() != "IPV4":
        raise not_emulated(call.action.key, "load balancers of IPv6 are not served yet.")
    line = call.params.get("VipIsp") or "BGP"
    if line in ("CMCC", "CUCC", "CTCC"):
        # Documented: on application.
        raise ApiError("UnsupportedOperation", f"The account may not have lines of {line}.")
    if line != "BGP" and not (is_internal and line == "INTERNAL"):
        raise errors.bad_value("VipIsp", "BGP")
    if not is_internal:
        refuse(call, "Vip")
    refuse(
        call,
        *("BandwidthPackageId", "ExclusiveCluster", "ClusterIds", "SnatPro", "SnatIps", "ClusterTag"),
        *("SlaveZoneId", "EipAddressId", "DynamicVip", "Egress", "AccessLogTopicId", "AdvancedRoute"),
        "AvailableZoneAffinityInfo",
    )


def _add(call: Call, name: str, address: str, common: Value) -> str:
    key, time = fresh_id(call, BALANCER), china_time(call.now)
    # Documented: a name that is there already is replaced by a made one. Assumed: that this is the id.
    is_new = name and name not in call.world.read(BALANCER.name, call.region).index("LoadBalancerName")
    add(
        call,
        BALANCER,
        {
            "LoadBalancerId": key,
            "LoadBalancerName": name if is_new else key,
            "LoadBalancerVips": [address],
            "CreateTime": time,
            "StatusTime": time,
            **common,
        },
    )
    keep(call, key, [], [])
    later(call, _MAKE_SECONDS, BALANCER, key, {"Status": MAKING}, Status=RUNNING)
    return key


def _count(call: Call, kind: str) -> int:
    return len(call.world.read(BALANCER.name, call.region).index("LoadBalancerType").get(kind, ()))


def _reserve(call: Call, kind: str, count: int) -> None:
    quotas.reserve(
        call,
        f"clb.{kind}",
        USUAL,
        there=_count(call, kind),
        full=lambda most: errors.full(f"{kind} load balancers", most),
        count=count,
    )


def describe_quota(call: Call) -> Result:
    """How many balancers, listeners, rules and targets there are and may be."""
    # Observed, in the official example: the quotas of parts, and null for how many there are.
    kinds = {"TOTAL_OPEN_CLB_QUOTA": "OPEN", "TOTAL_INTERNAL_CLB_QUOTA": "INTERNAL"}
    counted = [
        {
            "QuotaId": name,
            "QuotaCurrent": _count(call, kind),
            "QuotaLimit": quotas.granted(call, f"clb.{kind}", USUAL, there=_count(call, kind)),
        }
        for name, kind in kinds.items()
    ]
    parts = ("TOTAL_LISTENER_QUOTA", "TOTAL_TARGET_BIND_QUOTA", "TOTAL_LISTENER_RULE_QUOTA")
    return {
        "QuotaSet": [
            *counted,
            *({"QuotaId": name, "QuotaCurrent": None, "QuotaLimit": MOST_PARTS} for name in parts),
        ]
    }


MOST_PARTS = 50
"""Observed, in the official example: listeners of a balancer, rules of one, targets of either."""


# --- changed ----------------------------------------------------------------------------------------------


def delete_load_balancer(call: Call) -> Result:
    """Give balancers back, with all that they are made of."""
    keys = list(dict.fromkeys(call.params["LoadBalancerIds"]))
    if not 1 <= len(keys) <= MOST_NAMED:
        raise errors.bad_length("LoadBalancerIds", f"1 to {MOST_NAMED} ids")
    for key in keys:
        if "DeleteProtect" in (balancer(call, key)["AttributeFlags"] or ()):
            raise ApiError("OperationDenied", f"The load balancer `{key}` is protected from deletion.")
        # Documented: so many targets need force.
        if len(targets_of(parts_of(call, key))) >= RISKY and not call.params.get("ForceDelete"):
            raise ApiError(
                "FailedOperation.TargetNumCheckRisk",
                f"The load balancer `{key}` has {RISKY} targets or more.",
            )
    tasks.check_idle(call, *keys)
    for key in keys:
        remove(call, BALANCER, key)
        call.world.write(PARTS, call.region).remove(key)
    tasks.begin(call, keys, _DELETE_SECONDS)
    return {}


def modify_load_balancer_attributes(call: Call) -> Result:
    """Change a balancer's name, bandwidth, or how it lets pass and is protected."""
    asked, before = call.params, balancer(call, call.params["LoadBalancerId"])
    key, changes = before["LoadBalancerId"], dict[str, Any]()
    if asked.get("LoadBalancerName") is not None:
        changes["LoadBalancerName"] = _name(asked["LoadBalancerName"])
    if asked.get("LoadBalancerPassToTarget") is not None:
        changes["LoadBalancerPassToTarget"] = asked["LoadBalancerPassToTarget"]
    if asked.get("DeleteProtect") is not None:
        flags = [flag for flag in before["AttributeFlags"] or () if flag != "DeleteProtect"]
        changes["AttributeFlags"] = [*flags, "DeleteProtect"] if asked["DeleteProtect"] else flags
    if asked.get("InternetChargeInfo"):
        is_internal = before["LoadBalancerType"] == "INTERNAL"
        there = before["NetworkAttributes"] or {}
        wanted = {**{name: value for name, value in there.items() if value}, **asked["InternetChargeInfo"]}
        changes["NetworkAttributes"] = _network(wanted, before["SlaType"], is_internal)
    refuse(call, "TargetRegionInfo", "SwitchFlag", "SnatPro", "ModifyClassicDomain", "AssociateEndpoint")
    tasks.check_idle(call, key)
    change(call, BALANCER, key, **changes)
    tasks.begin(call, [key])
    # Documented: an order's number where the way of payment changes, which is not served.
    return {"DealName": None}


def _check_group(call: Call, key: str) -> str:
    if call.world.read(SECURITY_GROUP.name, call.region).get(key) is None:
        raise errors.bad_value("SecurityGroups", f"security groups of the region, not {key}")
    return key


def set_load_balancer_security_groups(call: Call) -> Result:
    """Put a balancer behind these security groups and no others."""
    key = balancer(call, call.params["LoadBalancerId"])["LoadBalancerId"]
    groups = list(dict.fromkeys(call.params.get("SecurityGroups") or ()))
    # Documented.
    if len(groups) > MOST_GROUPS:
        raise errors.bad_length("SecurityGroups", f"at most {MOST_GROUPS} groups")
    for group in groups:
        _check_group(call, group)
    tasks.check_idle(call, key)
    change(call, BALANCER, key, SecureGroups=groups)
    tasks.begin(call, [key])
    return {}


def set_security_group_for_load_balancers(call: Call) -> Result:
    """Put balancers behind one more security group, or take them out from behind it."""
    keys, how = list(dict.fromkeys(call.params["LoadBalancerIds"])), call.params["OperationType"]
    if how not in ("ADD", "DEL"):
        # Documented: these two.
        raise errors.bad_value("OperationType", "ADD or DEL")
    if not 1 <= len(keys) <= MOST_NAMED:
        raise errors.bad_length("LoadBalancerIds", f"1 to {MOST_NAMED} ids")
    found = [balancer(call, key) for key in keys]
    group = _check_group(call, call.params["SecurityGroup"])
    tasks.check_idle(call, *keys)
    for row in found:
        others = [each for each in row["SecureGroups"] or () if each != group]
        groups = [*others, group] if how == "ADD" else others
        if len(groups) > MOST_GROUPS:
            raise errors.bad_length("SecurityGroup", f"at most {MOST_GROUPS} groups of a load balancer")
        change(call, BALANCER, row["LoadBalancerId"], SecureGroups=groups)
    tasks.begin(call, keys)
    return {}


def modify_load_balancer_sla(call: Call) -> Result:
    """Give balancers other sizes."""
    wanted = {each["LoadBalancerId"]: each["SlaType"] for each in call.params["LoadBalancerSla"]}
    if not wanted:
        raise missing_parameter("LoadBalancerSla")
    for key, size in wanted.items():
        balancer(call, key)
        if size not in SIZES:
            raise errors.bad_value("LoadBalancerSla.SlaType", f"one of {', '.join(SIZES)}")
    tasks.check_idle(call, *wanted)
    # Assumed: nothing has to be forced, so Force changes nothing.
    for key, size in wanted.items():
        change(call, BALANCER, key, SlaType=size)
    tasks.begin(call, list(wanted))
    return {"DealName": tasks.order(call)}


def set_load_balancer_cls_log(call: Call) -> Result:
    """Say where a balancer's logs go; nothing for nowhere."""
    asked, key = call.params, balancer(call, call.params["LoadBalancerId"])["LoadBalancerId"]
    kinds = {"ACCESS": "Log", "HEALTH": "HealthLog"}
    prefix = kinds.get(asked.get("LogType") or "ACCESS")
    if prefix is None:
        # Documented: these two.
        raise errors.bad_value("LogType", "ACCESS or HEALTH")
    if bool(asked["LogSetId"]) != bool(asked["LogTopicId"]):
        raise errors.combination("LogSetId and LogTopicId are both given or both empty.")
    tasks.check_idle(call, key)
    change(
        call, BALANCER, key, **{f"{prefix}SetId": asked["LogSetId"], f"{prefix}TopicId": asked["LogTopicId"]}
    )
    tasks.begin(call, [key])
    return {}


ACTIONS = (
    Lists(
        action="DescribeLoadBalancers",
        of=BALANCER,
        ids="LoadBalancerIds",
        # Documented: at most twenty ids, ten filters, a hundred values.
        most_ids=20,
        filters={
            "charge-type": "ChargeType",
            "internet-charge-type": "NetworkAttributes.InternetChargeType",
            "master-zone-id": "MasterZone.ZoneId",
            "tag-key": "Tags.TagKey",
            "tag:": "Tags",
            # Assumed: no balancer of an estate has functions for targets.
            "function-name": lambda _row, _wanted: False,
            "vip-isp": "VipIsp",
            "sla-type": "SlaType",
            "exclusive": "Exclusive",
        },
        params={
            "LoadBalancerType": "LoadBalancerType",
            "Forward": "Forward",
            "LoadBalancerName": contains("LoadBalancerName"),
            "Domain": contains("Domain"),
            "LoadBalancerVips": "LoadBalancerVips",
            "SearchKey": anywhere(*SEARCHED),
            "ProjectId": "ProjectId",
            "VpcId": "VpcId",
            "SecurityGroup": "SecureGroups",
            "MasterZone": "MasterZone.ZoneId",
        },
        ignores=("BackendPublicIps", "BackendPrivateIps", "WithRs", "AdditionalFields"),
        narrowed=narrow_by_targets,
        shown=shown_balancer,
        orders={name: name for name in ("LoadBalancerName", "CreateTime", "Domain", "LoadBalancerType")},
        # Documented: by time, the latest first, when nothing is said.
        sort=Sort(
            by="OrderBy",
            directions=("OrderType",),
            ascending=(0,),
            descending=(1,),
            standard="CreateTime",
            is_descending=True,
        ),
        manners=errors.MANNERS,
    ),
    Does(
        action="CreateLoadBalancer",
        run=once(TOKENS, create_load_balancer),
        home="region",
        asks=asking((BALANCER,)),
    ),
    Does(action="DeleteLoadBalancer", run=delete_load_balancer, home="region", asks=MANY),
    Does(
        action="ModifyLoadBalancerAttributes",
        run=modify_load_balancer_attributes,
        home="region",
        asks=ONE,
    ),
    Does(
        action="SetLoadBalancerSecurityGroups",
        run=set_load_balancer_security_groups,
        home="region",
        asks=asking((BALANCER, "LoadBalancerId"), (SECURITY_GROUP, "SecurityGroups")),
    ),
    Does(
        action="SetSecurityGroupForLoadbalancers",
        run=set_security_group_for_load_balancers,
        home="region",
        asks=asking((BALANCER, "LoadBalancerIds"), (SECURITY_GROUP, "SecurityGroup")),
    ),
    Does(
        action="ModifyLoadBalancerSla",
        run=modify_load_balancer_sla,
        home="region",
        asks=asking((BALANCER, "LoadBalancerSla.LoadBalancerId")),
    ),
    Does(action="SetLoadBalancerClsLog", run=set_load_balancer_cls_log, home="region", asks=ONE),
    # Assumed: quotas are asked about at operation level.
    Does(action="DescribeQuota", run=describe_quota, home="region"),
)
