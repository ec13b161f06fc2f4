"""Cloud Load Balancer: balancers, their listeners, targets and health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.errors import ApiError
from emulator.tables.call import Call, Result
from emulator.tables.declare import Asks, Does, Lists, Manners, Qcs, Service, Sort, Table
from emulator.tables.filters import anywhere, contains
from emulator.world.shelves import Row, member_values

# Documented: the codes are among the product's errors. Assumed: which is used when, and the texts.
MANNERS = Manners(
    out_of_range=lambda name, value: ApiError(
        "InvalidParameterValue.Range", f"The value of parameter `{name}` is out of range: {value}."
    ),
    unknown_filter=lambda name: ApiError(
        "InvalidParameter.InvalidFilter", f"The filter `{name}` is not supported."
    ),
    too_many=lambda what, most: ApiError(
        "InvalidParameterValue.Length", f"The number of `{what}` exceeds the limit of {most}."
    ),
)
# Assumed: the resource type under which CAM knows balancers; a list read asks about all of them.
BALANCER = Table(
    name="clb.loadbalancer", item="LoadBalancer", key="LoadBalancerId", prefix="lb", qcs=Qcs("clb", "clb")
)
PARTS = "clb.parts"
SEARCHED = ("LoadBalancerName", "Domain", "LoadBalancerVips", "LoadBalancerId")
Part = Mapping[str, Any]


def _parts(call: Call, balancer: str) -> Part:
    """The listeners, targets and health of a balancer that exists; nothing for one that somebody added."""
    row = call.world.read(PARTS, call.region).get(balancer)
    return row.value if row is not None else {"Listeners": [], "Backends": [], "Health": []}


def _targets(parts: Part) -> list[Mapping[str, Any]]:
    return [
        target
        for backend in parts["Backends"]
        for group in (backend, *backend["Rules"])
        for target in group["Targets"]
    ]


def narrow_by_targets(call: Call, rows: Sequence[Row]) -> Sequence[Row]:
    """The balancers whose targets are those a call asks for."""
    params = call.params
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
    return [row for row in rows if _has_targets(_targets(_of(call, row)), with_targets, wants)]


def _of(call: Call, row: Row) -> Part:
    return _parts(call, row.value["LoadBalancerId"])


def _has_targets(
    targets: Sequence[Mapping[str, Any]], with_targets: int, wants: Mapping[str, set[str]]
) -> bool:
    if with_targets != -1 and bool(targets) != bool(with_targets):
        return False
    return all(
        any(not wanted.isdisjoint(member_values(target, path)) for target in targets)
        for path, wanted in wants.items()
    )


def shown_balancer(call: Call, balancer: Mapping[str, Any]) -> Mapping[str, Any]:
    """A balancer; the number of its targets if it was asked for."""
    if "TargetCount" not in (call.params.get("AdditionalFields") or ()):
        return balancer
    return {**balancer, "TargetCount": len(_targets(_parts(call, balancer["LoadBalancerId"])))}


def _existing(call: Call, balancer: str) -> Part:
    row = call.world.read(BALANCER.name, call.region).get(balancer)
    if row is None:
        # Documented: the code. Assumed: the text.
        raise ApiError("InvalidParameter.LBIdNotFound", f"The load balancer `{balancer}` does not exist.")
    return _parts(call, balancer)


def _chosen(call: Call, listeners: Sequence[Part], most: int) -> list[Part]:
    """The listeners that a call's ListenerIds, Protocol and Port leave."""
    params = call.params
    ids = params.get("ListenerIds") or []
    if len(ids) > most:
        raise ApiError(
            "InvalidParameterValue.Length", f"The number of `ListenerIds` exceeds the limit of {most}."
        )
    protocol, port = params.get("Protocol"), params.get("Port")
    return [
        each
        for each in listeners
        if (not ids or each["ListenerId"] in ids)
        and (not protocol or each["Protocol"] == protocol)
        and (port is None or each["Port"] == port)
    ]


def describe_listeners(call: Call) -> Result:
    """The listeners of one balancer."""
    # Documented: at most a hundred ids. Assumed: ids that do not exist are left out.
    found = _chosen(call, _existing(call, call.params["LoadBalancerId"])["Listeners"], 100)
    return {"Listeners": found, "TotalCount": len(found)}


def describe_targets(call: Call) -> Result:
    """The targets of one balancer by listener and rule."""
    # Documented: at most twenty ids.
    backends = _chosen(call, _existing(call, call.params["LoadBalancerId"])["Backends"], 20)
    given = call.params.get("Filters") or ()
    for each in given:
        if each["Name"] not in ("location-id", "private-ip-address", "tag"):
            raise MANNERS.unknown_filter(each["Name"])
        backends = [_filtered(backend, each["Name"], each["Values"]) for backend in backends]
    # Assumed: a listener that a filter leaves nothing of is not shown.
    return {"Listeners": [each for each in backends if not given or each["Rules"] or each["Targets"]]}


def _filtered(backend: Part, name: str, values: Sequence[str]) -> Part:
    if name == "location-id":
        return {
            **backend,
            "Rules": [rule for rule in backend["Rules"] if rule["LocationId"] in values],
            "Targets": [],
        }
    rules = [{**rule, "Targets": _kept(rule["Targets"], name, values)} for rule in backend["Rules"]]
    return {
        **backend,
        "Rules": [rule for rule in rules if rule["Targets"]],
        "Targets": _kept(backend["Targets"], name, values),
    }


def _kept(targets: Sequence[Part], name: str, values: Sequence[str]) -> list[Part]:
    path = "PrivateIpAddresses" if name == "private-ip-address" else "Tag"
    return [target for target in targets if not set(values).isdisjoint(member_values(target, path))]


def describe_target_health(call: Call) -> Result:
    """The health of every target of up to thirty balancers."""
    ids = call.params["LoadBalancerIds"]
    if len(ids) > 30:
        # Documented: at most thirty. Assumed: code and text.
        raise ApiError(
            "InvalidParameterValue.Length", "The number of `LoadBalancerIds` exceeds the limit of 30."
        )
    shelf = call.world.read(BALANCER.name, call.region)
    # Assumed: balancers that do not exist are left out.
    rows = [row for row in map(shelf.get, dict.fromkeys(ids)) if row is not None]
    return {"LoadBalancers": [_health(call, row.value) for row in rows]}


def _health(call: Call, balancer: Part) -> Part:
    listeners = _parts(call, balancer["LoadBalancerId"])["Health"]
    wanted, locations = call.params.get("ListenerIds"), call.params.get("LocationIds")
    listeners = [each for each in listeners if not wanted or each["ListenerId"] in wanted]
    if locations:
        narrowed = [
            {**each, "Rules": [rule for rule in each["Rules"] if rule["LocationId"] in locations]}
            for each in listeners
        ]
        listeners = [each for each in narrowed if each["Rules"]]
    return {
        "LoadBalancerId": balancer["LoadBalancerId"],
        "LoadBalancerName": balancer["LoadBalancerName"],
        "Listeners": listeners,
    }


def _question(name: str) -> Asks:
    """What CAM is asked about balancers that a parameter names."""

    def asks(call: Call) -> tuple[str, ...]:
        given = call.params[name]
        ids = given if isinstance(given, list) else [given]
        return tuple(f"qcs::clb:{call.region}:uin/{call.world.uin}:clb/{each}" for each in ids) or ("*",)

    return asks


SERVICE = Service(
    name="clb",
    version="2018-03-17",
    tables=(BALANCER,),
    actions=(
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
                descending=(1,),
                standard="CreateTime",
                is_descending=True,
                unknown=lambda by: ApiError(
                    "InvalidParameterValue", f"The value `{by}` of `OrderBy` is not supported."
                ),
            ),
            manners=MANNERS,
        ),
        Does(
            action="DescribeListeners",
            run=describe_listeners,
            home="region",
            asks=_question("LoadBalancerId"),
        ),
        Does(action="DescribeTargets", run=describe_targets, home="region", asks=_question("LoadBalancerId")),
        Does(
            action="DescribeTargetHealth",
            run=describe_target_health,
            home="region",
            asks=_question("LoadBalancerIds"),
        ),
    ),
)
