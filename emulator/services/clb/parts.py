"""What a balancer is made of: listeners, their rules and targets, read and kept as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from emulator.services.clb import errors
from emulator.tables.asking import asking
from emulator.tables.call import Call
from emulator.tables.declare import Qcs, Table
from emulator.tables.writing import Value, find
from emulator.world.shelves import Row

# Assumed: the resource type under which CAM knows balancers; a list read asks about all of them.
BALANCER = Table(
    name="clb.loadbalancer", item="LoadBalancer", key="LoadBalancerId", prefix="lb", qcs=Qcs("clb", "clb")
)
PARTS = "clb.parts"
"""Under a balancer's id its Listeners, their Backends, and the Health of targets that are sick."""
Part = Mapping[str, Any]
NOTHING: Part = {"Listeners": [], "Backends": [], "Health": []}
NO_REWRITE: Part = {
    "TargetListenerId": None,
    "TargetLocationId": None,
    "RewriteCode": 0,
    "TakeUrl": False,
    "RewriteType": "",
}
"""Where a rule sends its requests on that serves them itself. Assumed."""
LAYER_SEVEN = frozenset({"HTTP", "HTTPS"})

ONE, MANY = asking((BALANCER, "LoadBalancerId")), asking((BALANCER, "LoadBalancerIds"))
"""What CAM is asked about balancers that parameters name."""


def balancer(call: Call, key: str) -> Value:
    """A balancer that exists."""
    return find(call, BALANCER, key, errors.no_balancer)


def parts_of(call: Call, key: str) -> Part:
    """The listeners, targets and health of a balancer that exists; nothing for one that somebody added."""
    row = call.world.read(PARTS, call.region).get(key)
    return row.value if row is not None else NOTHING


def targets_of(parts: Part) -> list[Part]:
    """Every target of a balancer."""
    return [
        target
        for backend in parts["Backends"]
        for group in (backend, *(backend["Rules"] or ()))
        for target in group["Targets"] or ()
    ]


def keep(call: Call, key: str, listeners: Sequence[Part], backends: Sequence[Part]) -> None:
    """Let a balancer have these listeners, and these targets behind them."""
    before = parts_of(call, key)
    value = {
        **before,
        "LoadBalancerId": key,
        "Listeners": _with_no_dead_ends(listeners),
        "Backends": list(backends),
    }
    call.world.write(PARTS, call.region).put(key, Row(value))


def _with_no_dead_ends(listeners: Sequence[Part]) -> list[Part]:
    """The listeners, in which no rule sends on to another one that is gone."""
    # Assumed: what sent on to a rule serves its requests itself once the rule is gone.
    rules = [rule for each in listeners for rule in each["Rules"] or ()]
    there = {None, *(rule["LocationId"] for rule in rules)}
    gone = {rule["LocationId"]: NO_REWRITE for rule in rules if leads_to(rule) not in there}
    return rewritten(listeners, gone) if gone else list(listeners)


def leads_to(rule: Part) -> str | None:
    """The rule that another one sends its requests on to; None for one that serves them itself."""
    found: str | None = rule["RewriteTarget"]["TargetLocationId"]
    return found


def rewritten(listeners: Sequence[Part], targets: Mapping[str, Part]) -> list[Part]:
    """The listeners, in which the rules of these ids send on to other targets."""

    def changed(rule: Part) -> Part:
        target = targets.get(rule["LocationId"])
        return rule if target is None else {**rule, "RewriteTarget": target}

    return [
        {**each, "Rules": [changed(rule) for rule in each["Rules"]]} if each["Rules"] else each
        for each in listeners
    ]


class Listener(NamedTuple):
    """One listener of a balancer, where it stands among them, and its targets."""

    balancer: str
    at: int
    value: Part
    backend: Part
    listeners: Sequence[Part]
    backends: Sequence[Part]

    @property
    def is_layer_seven(self) -> bool:
        """Whether its targets stand behind rules."""
        return self.value["Protocol"] in LAYER_SEVEN

    @property
    def rules(self) -> Sequence[Part]:
        """Its forwarding rules."""
        return self.value["Rules"] or ()

    def keep(self, call: Call, *, value: Part | None = None, backend: Part | None = None) -> None:
        """Let it be another."""
        keep(
            call,
            self.balancer,
            put(self.listeners, self.at, self.value if value is None else value),
            put(self.backends, self.at, self.backend if backend is None else backend),
        )


def put(sequence: Sequence[Part], at: int, value: Part) -> list[Part]:
    """A sequence with another value at a place."""
    return [*sequence[:at], value, *sequence[at + 1 :]]


def listener(call: Call, key: str, name: str) -> Listener:
    """A listener of a balancer, both of which exist."""
    balancer(call, key)
    parts = parts_of(call, key)
    for at, value in enumerate(parts["Listeners"]):
        if value["ListenerId"] == name:
            return Listener(key, at, value, parts["Backends"][at], parts["Listeners"], parts["Backends"])
    raise errors.no_listener(name)


def given_listener(call: Call) -> Listener:
    """The listener that a call names."""
    return listener(call, call.params["LoadBalancerId"], call.params["ListenerId"])


def find_rule(found: Listener, asked: Mapping[str, Any]) -> int:
    """The place of the rule that a call names by LocationId, else by Domain and Url."""
    # Documented: an id makes the others say nothing.
    key = asked.get("LocationId")
    for at, rule in enumerate(found.rules):
        if rule["LocationId"] == key if key else (_has(rule, asked) and rule["Url"] == asked.get("Url")):
            return at
    raise errors.no_location(key or f"{asked.get('Domain') or ''}{asked.get('Url') or ''}")


def _has(rule: Part, asked: Mapping[str, Any]) -> bool:
    return asked.get("Domain") in rule["Domains"]
