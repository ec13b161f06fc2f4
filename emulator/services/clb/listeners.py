"""Listeners: ports that a balancer opens."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from emulator.errors import ApiError, missing_parameter
from emulator.services.clb import errors, tasks
from emulator.services.clb.balancers import MOST_PARTS
from emulator.services.clb.checks import certificate, health_check, number
from emulator.services.clb.parts import (
    LAYER_SEVEN,
    ONE,
    Part,
    balancer,
    given_listener,
    keep,
    parts_of,
)
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.writing import refuse
from emulator.world.clock import china_time

PROTOCOLS = frozenset({"TCP", "UDP", "HTTP", "HTTPS", "TCP_SSL", "QUIC"})
"""Documented."""
_DATAGRAMS = frozenset({"UDP", "QUIC"})
_ENCRYPTED = frozenset({"HTTPS", "TCP_SSL", "QUIC"})
PORTS = range(1, 65536)
SESSIONS, IDLE = range(30, 3601), range(10, 1981)
"""Documented: how long a session holds and how long a connection may be idle, in seconds."""
_IDLE = {"TCP": 900, "UDP": 300}
"""Documented."""
_NAME = re.compile(r"[^\U00010000-\U0010ffff]{1,80}")
MOST_IDS = 20
"""Documented: how many listeners one request may delete."""
_NOT_SERVED = (
    *("EndPort", "ProxyProtocol", "SnatEnable", "FullEndPorts", "H2cSwitch", "SslCloseSwitch"),
    *("DataCompressMode", "RescheduleTargetZeroWeight", "RescheduleUnhealthy", "RescheduleExpandTarget"),
    *("RescheduleStartTime", "RescheduleInterval"),
)


def chosen(call: Call, listeners: Sequence[Part], most: int) -> list[Part]:
    """The listeners that a call's ListenerIds, Protocol and Port leave."""
    params = call.params
    ids = params.get("ListenerIds") or []
    if len(ids) > most:
        raise errors.bad_length("ListenerIds", f"at most {most} ids")
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
    key = balancer(call, call.params["LoadBalancerId"])["LoadBalancerId"]
    # Documented: at most a hundred ids. Assumed: ids that do not exist are left out.
    found = chosen(call, parts_of(call, key)["Listeners"], 100)
    return {"Listeners": found, "TotalCount": len(found)}


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise errors.bad_length("ListenerName", "1 to 80 characters")
    return text


def _scheduler(asked: Mapping[str, Any], names: tuple[str, ...]) -> str:
    found: str = asked.get("Scheduler") or "WRR"
    if found not in names:
        raise errors.bad_value("Scheduler", f"one of {', '.join(names)}")
    return found


def _check_served(call: Call) -> None:
    refuse(call, *_NOT_SERVED)
    if call.params.get("TargetType") not in (None, "", "NODE"):
        refuse(call, "TargetType")
    if call.params.get("SessionType") not in (None, "", "NORMAL"):
        refuse(call, "SessionType")


def _limits(asked: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, int]:
    """How many connections a listener takes; -1 for as many as there are."""
    return {
        name: number(asked, name, before.get(name, -1), range(1, 10**8), besides=(-1,))
        for name in ("MaxConn", "MaxCps")
    }


def create_listener(call: Call) -> Result:
    """Open ports, each with a listener of its own."""
    asked = call.params
    key = balancer(call, asked["LoadBalancerId"])["LoadBalancerId"]
    protocol, ports = asked["Protocol"].upper(), asked["Ports"]
    if protocol not in PROTOCOLS:
        raise errors.bad_value("Protocol", f"one of {', '.join(sorted(PROTOCOLS))}")
    names = _names(asked, ports)
    parts = parts_of(call, key)
    check_ports(parts["Listeners"], protocol, ports)
    body = new_body(call, protocol)
    _check_served(call)
    if len(parts["Listeners"]) + len(ports) > MOST_PARTS:
        raise errors.full("listeners", MOST_PARTS)
    tasks.check_idle(call, key)
    keys = opened(call, key, body, dict(zip(ports, names, strict=True)))
    tasks.begin(call, [key])
    return {"ListenerIds": keys}


def opened(call: Call, key: str, body: Part, names: Mapping[int, str]) -> list[str]:
    """Open ports of a balancer under their names: the ids of the listeners."""
    made = [
        {**body, "ListenerId": call.world.mint.resource("lbl"), "Port": port, "ListenerName": name}
        for port, name in names.items()
    ]
    backends = [
        {
            "ListenerId": each["ListenerId"],
            "Protocol": each["Protocol"],
            "Port": each["Port"],
            "Rules": [],
            "Targets": [],
            "EndPort": 0,
        }
        for each in made
    ]
    parts = parts_of(call, key)
    keep(call, key, [*parts["Listeners"], *made], [*parts["Backends"], *backends])
    return [each["ListenerId"] for each in made]


def _names(asked: Mapping[str, Any], ports: Sequence[int]) -> list[str]:
    if not ports:
        raise missing_parameter("Ports")
    names = asked.get("ListenerNames")
    if not names:
        # Assumed: one that was given no name has none.
        return [""] * len(ports)
    # Documented: one a port, in order.
    if len(names) != len(ports):
        raise errors.bad_length("ListenerNames", "as many as Ports")
    return [_name(name) for name in names]


def check_ports(listeners: Sequence[Part], protocol: str, ports: Sequence[int]) -> None:
    """See that these ports can be opened beside these listeners."""
    for port in ports:
        if port not in PORTS:
            raise errors.out_of_range("Ports", "1 to 65535")
    # Documented: the code. Assumed: datagrams and streams do not meet on one port.
    same = {
        each["Port"] for each in listeners if (each["Protocol"] in _DATAGRAMS) == (protocol in _DATAGRAMS)
    }
    for at, port in enumerate(ports):
        if port in same or port in ports[:at]:
            raise ApiError(
                "InvalidParameter.PortCheckFailed", f"The port {port} is used by another listener."
            )


def new_body(call: Call, protocol: str) -> dict[str, Any]:
    """What listeners of a protocol are as a call wants them, all but their ports and names."""
    asked, is_seven = call.params, protocol in LAYER_SEVEN
    by_name = number(asked, "SniSwitch", 0, range(2))
    if by_name and protocol != "HTTPS":
        # Documented: for HTTPS only.
        raise errors.wrong_protocol("SNI is for HTTPS listeners only.")
    given = certificate(call, asked)
    if given is not None and (protocol not in _ENCRYPTED or by_name):
        raise errors.wrong_protocol(f"A listener of {protocol} takes no certificate.")
    if given is None and protocol in _ENCRYPTED and not by_name:
        # Documented: needed there.
        raise missing_parameter("Certificate")
    if is_seven and asked.get("HealthCheck"):
        # Documented: health checks stand in rules there.
        raise errors.wrong_protocol("Health checks of HTTP and HTTPS are set in forwarding rules.")
    _check_idle_time(asked, protocol)
    return {
        "Protocol": protocol,
        "Certificate": given,
        "HealthCheck": None if is_seven else health_check(protocol, asked.get("HealthCheck")),
        "Scheduler": None if is_seven else _scheduler(asked, ("WRR", "LEAST_CONN")),
        "SessionExpireTime": number(asked, "SessionExpireTime", 0, SESSIONS, besides=(0,)),
        "SniSwitch": by_name,
        "Rules": [] if is_seven else None,
        "CreateTime": china_time(call.now),
        "EndPort": 0,
        "TargetType": "NODE",
        "TargetGroup": None,
        "SessionType": "NORMAL",
        "KeepaliveEnable": number(asked, "KeepaliveEnable", 0, range(2)),
        "Toa": False,
        "DeregisterTargetRst": bool(asked.get("DeregisterTargetRst")),
        "AttrFlags": [],
        "TargetGroupList": None,
        **_limits(asked, {}),
        "IdleConnectTimeout": number(asked, "IdleConnectTimeout", _IDLE[protocol], IDLE)
        if protocol in _IDLE
        else None,
    }


def _check_idle_time(asked: Mapping[str, Any], protocol: str) -> None:
    if asked.get("IdleConnectTimeout") is not None and protocol not in _IDLE:
        # Documented: for these two only.
        raise errors.wrong_protocol("IdleConnectTimeout is for TCP and UDP listeners only.")


def modify_listener(call: Call) -> Result:
    """Change a listener's name, checks, certificates or how it spreads requests."""
    found, asked = given_listener(call), call.params
    before, protocol = found.value, found.value["Protocol"]
    changes: dict[str, Any] = {}
    if asked.get("ListenerName"):
        changes["ListenerName"] = _name(asked["ListenerName"])
    if asked.get("SessionExpireTime") is not None:
        changes["SessionExpireTime"] = number(asked, "SessionExpireTime", 0, SESSIONS, besides=(0,))
    if asked.get("HealthCheck") and found.is_layer_seven:
        raise errors.wrong_protocol("Health checks of HTTP and HTTPS are set in forwarding rules.")
    if asked.get("HealthCheck"):
        changes["HealthCheck"] = health_check(protocol, asked["HealthCheck"], before["HealthCheck"])
    if asked.get("Scheduler"):
        if found.is_layer_seven:
            # Documented: rules say it there.
            raise errors.wrong_protocol("How HTTP and HTTPS spread requests is set in forwarding rules.")
        changes["Scheduler"] = _scheduler(asked, ("WRR", "LEAST_CONN", "IP_HASH"))
    if (given := certificate(call, asked)) is not None:
        if protocol not in _ENCRYPTED:
            raise errors.wrong_protocol(f"A listener of {protocol} takes no certificate.")
        changes["Certificate"] = given
    changes |= _switches(asked, before)
    _check_idle_time(asked, protocol)
    if asked.get("IdleConnectTimeout") is not None:
        changes["IdleConnectTimeout"] = number(asked, "IdleConnectTimeout", 0, IDLE)
    _check_served(call)
    tasks.check_idle(call, found.balancer)
    found.keep(call, value={**before, **changes, **_limits(asked, before)})
    tasks.begin(call, [found.balancer])
    return {}


def _switches(asked: Mapping[str, Any], before: Part) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if asked.get("SniSwitch") is not None:
        by_name = number(asked, "SniSwitch", 0, range(2))
        if by_name and before["Protocol"] != "HTTPS":
            raise errors.wrong_protocol("SNI is for HTTPS listeners only.")
        # Documented: once on, it stays on.
        if before["SniSwitch"] and not by_name:
            raise errors.bad_value("SniSwitch", "1: it cannot be switched off")
        changes["SniSwitch"] = by_name
    if asked.get("KeepaliveEnable") is not None:
        changes["KeepaliveEnable"] = number(asked, "KeepaliveEnable", 0, range(2))
    if asked.get("DeregisterTargetRst") is not None:
        changes["DeregisterTargetRst"] = asked["DeregisterTargetRst"]
    return changes


def delete_listener(call: Call) -> Result:
    """Close a port, with all that stands behind it."""
    found = given_listener(call)
    return _delete(call, found.balancer, [found.value["ListenerId"]])


def delete_load_balancer_listeners(call: Call) -> Result:
    """Close some ports of a balancer; all of them if none are named."""
    key = balancer(call, call.params["LoadBalancerId"])["LoadBalancerId"]
    there = [each["ListenerId"] for each in parts_of(call, key)["Listeners"]]
    named = call.params.get("ListenerIds") or there
    if len(named) > MOST_IDS and named is not there:
        raise errors.bad_length("ListenerIds", f"at most {MOST_IDS} ids")
    for each in named:
        if each not in there:
            raise errors.no_listener(each)
    return _delete(call, key, named)


def _delete(call: Call, key: str, gone: Sequence[str]) -> Result:
    tasks.check_idle(call, key)
    parts = parts_of(call, key)
    keep(
        call,
        key,
        [each for each in parts["Listeners"] if each["ListenerId"] not in gone],
        [each for each in parts["Backends"] if each["ListenerId"] not in gone],
    )
    tasks.begin(call, [key])
    return {}


ACTIONS = tuple(
    Does(action=action, run=run, home="region", asks=ONE)
    for action, run in (
        ("DescribeListeners", describe_listeners),
        ("CreateListener", create_listener),
        ("ModifyListener", modify_listener),
        ("DeleteListener", delete_listener),
        ("DeleteLoadBalancerListeners", delete_load_balancer_listeners),
    )
)
