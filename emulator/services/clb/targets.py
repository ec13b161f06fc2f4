"""Targets: who stands behind a listener or a rule, with what weight, and how well they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from emulator.errors import ApiError, missing_parameter
from emulator.services.clb import errors, tasks
from emulator.services.clb.balancers import MOST_PARTS
from emulator.services.clb.listeners import PORTS, chosen
from emulator.services.clb.parts import (
    MANY,
    ONE,
    PARTS,
    Listener,
    Part,
    balancer,
    find_rule,
    given_listener,
    listener,
    parts_of,
    put,
)
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.network import INTERFACES, cloud_of
from emulator.tables.writing import Value
from emulator.world.clock import china_time
from emulator.world.shelves import member_values

HOSTS = "cvm.instance"
MOST_TARGETS, MOST_IN_BATCH, MOST_LISTS, MOST_IN_LIST = 20, 500, 100, 50
"""Documented: targets of a request, of a batch, lists of a batch of weights and targets of one."""
MOST_BALANCERS = 30
"""Documented: balancers whose health one request may ask for."""
WEIGHTS, WEIGHT = range(101), 10
"""Documented."""
_CHINA = timezone(timedelta(hours=8))


# --- as they are shown ------------------------------------------------------------------------------------


def _current(call: Call, target: Part) -> Part:
    """A target with what its host is called and reached by now."""
    row = call.world.read(HOSTS, call.region).get(target["InstanceId"])
    if row is None:
        return target
    host = row.value
    return {
        **target,
        "InstanceName": host.get("InstanceName"),
        "PublicIpAddresses": host.get("PublicIpAddresses") or None,
    }


def _current_backend(call: Call, backend: Part) -> Part:
    return {
        **backend,
        "Rules": [
            {**rule, "Targets": [_current(call, target) for target in rule["Targets"]]}
            for rule in backend["Rules"]
        ],
        "Targets": [_current(call, target) for target in backend["Targets"]],
    }


def describe_targets(call: Call) -> Result:
    """The targets of one balancer by listener and rule."""
    key = balancer(call, call.params["LoadBalancerId"])["LoadBalancerId"]
    # Documented: at most twenty ids.
    backends = [_current_backend(call, each) for each in chosen(call, parts_of(call, key)["Backends"], 20)]
    given = call.params.get("Filters") or ()
    for each in given:
        if each["Name"] not in ("location-id", "private-ip-address", "tag"):
            raise errors.MANNERS.unknown_filter(each["Name"])
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


# --- health -----------------------------------------------------------------------------------------------


def describe_target_health(call: Call) -> Result:
    """The health of every target of up to thirty balancers."""
    ids = call.params["LoadBalancerIds"]
    if len(ids) > MOST_BALANCERS:
        # Documented: the official SDKs list the code. Assumed: the text.
        raise errors.bad_length("LoadBalancerIds", f"at most {MOST_BALANCERS} ids")
    # Documented: the official SDKs list LBIdNotFound among its errors. Assumed: one that is absent fails all.
    found = [balancer(call, key) for key in dict.fromkeys(ids)]
    return {"LoadBalancers": [_health(call, each) for each in found]}


def _health(call: Call, row: Value) -> Part:
    parts = parts_of(call, row["LoadBalancerId"])
    wanted, locations = call.params.get("ListenerIds"), call.params.get("LocationIds")
    sick = _sick(parts)
    shown = []
    for value, backend in zip(parts["Listeners"], parts["Backends"], strict=True):
        if wanted and value["ListenerId"] not in wanted:
            continue
        rules = [
            rule
            for rule in _groups(call, value, backend, sick)
            if not locations or rule["LocationId"] in locations
        ]
        if rules or not locations:
            shown.append(
                {
                    "ListenerId": value["ListenerId"],
                    "ListenerName": value["ListenerName"],
                    "Protocol": value["Protocol"],
                    "Port": value["Port"],
                    "Rules": rules,
                }
            )
    return {
        "LoadBalancerId": row["LoadBalancerId"],
        "LoadBalancerName": row["LoadBalancerName"],
        "Listeners": shown,
    }


def _sick(parts: Part) -> set[tuple[str, str, str, int]]:
    """The targets that are sick for reasons of their own: some of an estate were born so."""
    return {
        (each["ListenerId"], rule["LocationId"], target["IP"], target["Port"])
        for each in parts["Health"]
        for rule in each["Rules"]
        for target in rule["Targets"]
        if target["HealthStatusDetail"] == "Dead"
    }


def _groups(call: Call, value: Part, backend: Part, sick: set[tuple[str, str, str, int]]) -> list[Part]:
    """The targets of a listener with their health, rule by rule."""
    if value["Rules"] is None:
        # Assumed: a listener without rules shows its targets in one that is empty.
        groups = [({"LocationId": "", "Domain": None, "Url": None}, value["HealthCheck"], backend["Targets"])]
    else:
        targets = {group["LocationId"]: group["Targets"] for group in backend["Rules"]}
        groups = [
            (
                {name: rule[name] for name in ("LocationId", "Domain", "Url")},
                rule["HealthCheck"],
                targets[rule["LocationId"]],
            )
            for rule in value["Rules"]
        ]
    return [
        {
            **place,
            "Targets": [
                _state(call, target, check, (value["ListenerId"], str(place["LocationId"])), sick)
                for target in members
            ],
        }
        for place, check, members in groups
    ]


def _state(
    call: Call,
    target: Part,
    check: Part | None,
    place: tuple[str, str],
    sick: set[tuple[str, str, str, int]],
) -> Part:
    address = (target["PrivateIpAddresses"] or [""])[0]
    state = "Alive"
    if check is None or not check["HealthSwitch"]:
        # Documented: what is not checked is closed.
        state = "Close"
    elif not _is_up(call, target) or (*place, address, target["Port"]) in sick:
        state = "Dead"
    elif call.now < _known_from(call, target, check):
        state = "Unknown"
    return {
        "IP": address,
        "Port": target["Port"],
        "HealthStatus": state == "Alive",
        "TargetId": target["InstanceId"],
        "HealthStatusDetail": state,
        "HealthStatusDetial": state,
    }


def _is_up(call: Call, target: Part) -> bool:
    """Whether the host behind a target is there and runs."""
    row = call.world.read(HOSTS, call.region).get(target["InstanceId"])
    return row is not None and row.value["InstanceState"] == "RUNNING"


def _known_from(call: Call, target: Part, check: Part) -> float:
    """When the health of a target was first known: once it was asked for as often as it takes."""
    # Documented: unknown before, and how often it takes. Assumed: that it is healthy then.
    born = datetime.strptime(target["RegisteredTime"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=_CHINA)
    lasts = check["HealthNum"] * check["IntervalTime"] * call.world.pace
    return born.timestamp() + float(lasts)


# --- changed ----------------------------------------------------------------------------------------------

Targets = Sequence[Part]
Change = Callable[[Targets], Targets]


def _change(call: Call, found: Listener, asked: Mapping[str, Any], change: Change) -> None:
    """Change the targets of a listener, or of that rule of it which is asked for."""
    if found.is_layer_seven:
        # Documented: targets stand behind rules there.
        if not asked.get("LocationId") and not (asked.get("Domain") and asked.get("Url")):
            raise missing_parameter("LocationId")
        key = found.rules[find_rule(found, asked)]["LocationId"]
        groups: Sequence[Part] = found.backend["Rules"]
        at = next(at for at, group in enumerate(groups) if group["LocationId"] == key)
        changed = put(groups, at, {**groups[at], "Targets": list(change(groups[at]["Targets"]))})
        found.keep(call, backend={**found.backend, "Rules": changed})
    else:
        if asked.get("LocationId"):
            raise errors.no_location(asked["LocationId"])
        found.keep(call, backend={**found.backend, "Targets": list(change(found.backend["Targets"]))})


def _weight(value: int | None) -> int:
    if value is None:
        return WEIGHT
    if value not in WEIGHTS:
        raise errors.out_of_range("Weight", "0 to 100")
    return value


def _check_port(port: int) -> int:
    if port not in PORTS:
        raise errors.out_of_range("Port", "1 to 65535")
    return port


def _one_of(given: Mapping[str, Any]) -> tuple[str, str]:
    """A target's instance and address, of which a request says one."""
    instance, address = given.get("InstanceId") or "", given.get("EniIp") or ""
    # Documented: one of the two.
    if instance and address:
        raise errors.combination("InstanceId and EniIp cannot be specified together.")
    if not instance and not address:
        raise missing_parameter("Targets.InstanceId")
    return instance, address


def _is(target: Part, given: Mapping[str, Any]) -> bool:
    """Whether a target is the one that a request names."""
    instance, address = _one_of(given)
    is_it = target["InstanceId"] == instance if instance else address in target["PrivateIpAddresses"]
    return is_it and target["Port"] == given["Port"]


def _new(call: Call, vpc: str, given: Mapping[str, Any]) -> Part:
    """A target that a request names, which stands in the balancer's VPC."""
    instance, address = _one_of(given)
    interface: str | None = None
    if address:
        instance, interface = _owner(call, vpc, address)
    row = call.world.read(HOSTS, call.region).get(instance)
    # Documented: in the balancer's own network unless it reaches further, which none here does.
    if row is None or cloud_of(row.value).get("VpcId") != vpc:
        raise errors.bad_value("Targets.InstanceId", f"an instance of {vpc}, not {instance or address}")
    host = row.value
    private: Sequence[str] = host.get("PrivateIpAddresses") or ("",)
    found = {
        "Type": "ENI" if interface is not None else "CVM",
        "InstanceId": instance,
        "Port": _check_port(given["Port"]),
        "Weight": _weight(given.get("Weight")),
        "PublicIpAddresses": host.get("PublicIpAddresses") or None,
        "PrivateIpAddresses": [address or private[0]],
        "InstanceName": host.get("InstanceName"),
        "RegisteredTime": china_time(call.now),
        "EniId": interface,
        "Zone": (host.get("Placement") or {}).get("Zone"),
    }
    return {**found, "Tag": given["Tag"]} if given.get("Tag") else found


def _owner(call: Call, vpc: str, address: str) -> tuple[str, str | None]:
    """The host that has an address of a VPC, and the interface if that is not its primary one."""
    hosts = call.world.read(HOSTS, call.region).index("PrivateIpAddresses").get(address, ())
    for row in hosts:
        if cloud_of(row.value).get("VpcId") == vpc:
            return row.value["InstanceId"], None
    path = "PrivateIpAddressSet.PrivateIpAddress"
    for row in call.world.read(INTERFACES, call.region).index(path).get(address, ()):
        # Documented: an interface has to be attached first.
        if row.value["VpcId"] == vpc and row.value["Attachment"]:
            return row.value["Attachment"]["InstanceId"], row.value["NetworkInterfaceId"]
    raise errors.bad_value("Targets.EniIp", f"an address of an instance in {vpc}, not {address}")


def _registering(new: Sequence[Part]) -> Change:
    def change(there: Targets) -> Targets:
        targets = list(there)
        for target in new:
            if any(
                other["PrivateIpAddresses"] == target["PrivateIpAddresses"]
                and other["Port"] == target["Port"]
                for other in targets
            ):
                raise errors.duplicate(f"{target['InstanceId']}:{target['Port']}")
            targets.append(target)
        if len(targets) > MOST_PARTS:
            raise errors.full("targets", MOST_PARTS)
        return targets

    return change


def _place(targets: Targets, given: Mapping[str, Any]) -> int:
    for at, target in enumerate(targets):
        if _is(target, given):
            return at
    named = given.get("InstanceId") or given.get("EniIp")
    raise errors.not_registered(f"{named}:{given['Port']}")


def _deregistering(given: Sequence[Mapping[str, Any]]) -> Change:
    def change(there: Targets) -> Targets:
        targets = list(there)
        for each in given:
            del targets[_place(targets, each)]
        return targets

    return change


def _weighing(given: Sequence[Mapping[str, Any]], usual: int | None) -> Change:
    def change(there: Targets) -> Targets:
        targets = list(there)
        for each in given:
            at = _place(targets, each)
            # Documented: the target's own weight comes first.
            weight = usual if each.get("Weight") is None else each["Weight"]
            targets[at] = {**targets[at], "Weight": _weight(weight)}
        return targets

    return change


def _moving(given: Sequence[Mapping[str, Any]], port: int) -> Change:
    def change(there: Targets) -> Targets:
        targets = list(there)
        for each in given:
            at = _place(targets, each)
            moved = {**targets[at], "Port": port}
            # A target that is asked at another port is asked anew.
            rest = [*targets[:at], *targets[at + 1 :]]
            _registering([moved])(rest)
            targets[at] = moved
        return targets

    return change


def _given_targets(call: Call) -> Sequence[Mapping[str, Any]]:
    given: Sequence[Mapping[str, Any]] = call.params["Targets"]
    # Documented.
    if not 1 <= len(given) <= MOST_TARGETS:
        raise errors.bad_length("Targets", f"1 to {MOST_TARGETS} targets")
    return given


def _finish(call: Call, found: Listener, change: Change) -> Result:
    tasks.check_idle(call, found.balancer)
    _change(call, found, call.params, change)
    tasks.begin(call, [found.balancer])
    return {}


def register_targets(call: Call) -> Result:
    """Let hosts stand behind a listener or a rule."""
    found, given = given_listener(call), _given_targets(call)
    vpc = balancer(call, found.balancer)["VpcId"]
    return _finish(call, found, _registering([_new(call, vpc, each) for each in given]))


def deregister_targets(call: Call) -> Result:
    """Let hosts stand behind a listener or a rule no longer."""
    found, given = given_listener(call), _given_targets(call)
    return _finish(call, found, _deregistering(given))


def modify_target_weight(call: Call) -> Result:
    """Give targets other weights."""
    found, given = given_listener(call), _given_targets(call)
    return _finish(call, found, _weighing(given, call.params.get("Weight")))


def modify_target_port(call: Call) -> Result:
    """Ask targets at another port."""
    found, given = given_listener(call), _given_targets(call)
    return _finish(call, found, _moving(given, _check_port(call.params["NewPort"])))


# --- in batches -------------------------------------------------------------------------------------------


def _batch(call: Call, make: Callable[[Sequence[Mapping[str, Any]]], Change]) -> Result:
    """Change the targets of several listeners; those that fail are said in the answer."""
    key = balancer(call, call.params["LoadBalancerId"])["LoadBalancerId"]
    given: Sequence[Mapping[str, Any]] = call.params["Targets"]
    if not 1 <= len(given) <= MOST_IN_BATCH:
        # Documented.
        raise errors.bad_length("Targets", f"1 to {MOST_IN_BATCH} targets")
    tasks.check_idle(call, key)
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for each in given:
        groups.setdefault((each["ListenerId"], each.get("LocationId") or ""), []).append(each)
    failed: dict[str, str] = {}
    for (name, location), members in groups.items():
        try:
            _change(call, listener(call, key, name), {"LocationId": location}, make(members))
        except ApiError as error:
            failed.setdefault(name, error.message)
    tasks.begin(call, [key])
    return {"FailListenerIdSet": list(failed), "Message": "; ".join(failed.values())}


def batch_register_targets(call: Call) -> Result:
    """Let hosts stand behind several listeners."""
    vpc = balancer(call, call.params["LoadBalancerId"])["VpcId"]
    return _batch(call, lambda members: _registering([_new(call, vpc, each) for each in members]))


def batch_deregister_targets(call: Call) -> Result:
    """Let hosts stand behind several listeners no longer."""
    return _batch(call, _deregistering)


def batch_modify_target_weight(call: Call) -> Result:
    """Give targets of several listeners other weights, all of them or none."""
    key = balancer(call, call.params["LoadBalancerId"])["LoadBalancerId"]
    lists: Sequence[Mapping[str, Any]] = call.params["ModifyList"]
    # Documented: the three limits.
    if not 1 <= len(lists) <= MOST_LISTS:
        raise errors.bad_length("ModifyList", f"1 to {MOST_LISTS} lists")
    if any(len(each["Targets"]) > MOST_IN_LIST for each in lists):
        raise errors.bad_length("ModifyList.Targets", f"at most {MOST_IN_LIST} targets")
    if sum(len(each["Targets"]) for each in lists) > MOST_IN_BATCH:
        raise errors.bad_length("ModifyList.Targets", f"at most {MOST_IN_BATCH} targets")
    tasks.check_idle(call, key)
    before = call.world.read(PARTS, call.region).get(key)
    try:
        for each in lists:
            change = _weighing(each["Targets"], each.get("Weight"))
            _change(call, listener(call, key, each["ListenerId"]), each, change)
    except ApiError:
        if before is not None:
            call.world.write(PARTS, call.region).put(key, before)
        raise
    tasks.begin(call, [key])
    return {}


ACTIONS = tuple(
    Does(action=action, run=run, home="region", asks=asks)
    for action, run, asks in (
        ("DescribeTargets", describe_targets, ONE),
        ("DescribeTargetHealth", describe_target_health, MANY),
        ("RegisterTargets", register_targets, ONE),
        ("DeregisterTargets", deregister_targets, ONE),
        ("ModifyTargetWeight", modify_target_weight, ONE),
        ("ModifyTargetPort", modify_target_port, ONE),
        ("BatchRegisterTargets", batch_register_targets, ONE),
        ("BatchDeregisterTargets", batch_deregister_targets, ONE),
        ("BatchModifyTargetWeight", batch_modify_target_weight, ONE),
    )
)
