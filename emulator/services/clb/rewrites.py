"""Redirections: rules that send their requests on to another rule of the same balancer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from emulator.errors import Refusal, missing_parameter
from emulator.services.clb import errors, tasks
from emulator.services.clb.balancers import MOST_PARTS
from emulator.services.clb.listeners import check_ports, new_body, opened
from emulator.services.clb.parts import (
    NO_REWRITE,
    ONE,
    Listener,
    Part,
    balancer,
    find_rule,
    given_listener,
    keep,
    leads_to,
    listener,
    parts_of,
    rewritten,
)
from emulator.services.clb.rules import keep_rules, new_rule, with_one_default
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does

# Documented: both codes, with what they are for. Assumed: the texts.
_there = Refusal[str](
    "InvalidParameter.RewriteAlreadyExist", "The rule `{}` is part of a redirection already."
)
_absent = Refusal[str]("InvalidParameter.SomeRewriteNotFound", "The rule `{}` is not redirected so.")
CODES = (301, 302, 307)
"""Documented."""
# Documented: the status of an automatic one unless said, and between which ports it leads. Assumed: that the
# others have the same status, and that the path is taken along unless said.
_CODE, _TAKES_PATH = 302, True
_FROM, _TO = 80, 443


class _Rewrite(NamedTuple):
    """From which rule to which one, and how."""

    source: str
    target: str
    listener: str
    """The target's."""
    code: int
    takes_path: bool
    is_auto: bool

    @property
    def shown(self) -> Part:
        """As the source tells of it."""
        return {
            "TargetListenerId": self.listener,
            "TargetLocationId": self.target,
            "RewriteCode": self.code,
            "TakeUrl": self.takes_path,
            # Documented: these two words.
            "RewriteType": "Auto" if self.is_auto else "Manual",
        }


def _code(given: int | None) -> int:
    if given not in (None, *CODES):
        raise errors.bad_value("RewriteCode", ", ".join(map(str, CODES)))
    return _CODE if given is None else given


def _rules(parts: Part) -> Iterable[Part]:
    return (rule for each in parts["Listeners"] for rule in each["Rules"] or ())


def _check(parts: Part, wanted: Sequence[_Rewrite]) -> None:
    """See that rules may send on so, beside those that do already."""
    leads = {rule["LocationId"]: leads_to(rule) for rule in _rules(parts)}
    for each in wanted:
        # Documented: a rule sends on to one other at most, and that one to none.
        if leads.get(each.source) is not None or each.source in leads.values():
            raise _there(each.source)
        if leads.get(each.target) is not None:
            raise _there(each.target)
        if each.source == each.target:
            raise errors.bad_value("TargetLocationId", "another rule than the source")
        leads[each.source] = each.target


def _send(call: Call, key: str, targets: Mapping[str, Part]) -> None:
    """Let rules of a balancer send on to these targets."""
    parts = parts_of(call, key)
    keep(call, key, rewritten(parts["Listeners"], targets), parts["Backends"])
    tasks.begin(call, [key])


def manual_rewrite(call: Call) -> Result:
    """Let rules of one listener send on to rules of another one, all of them or none."""
    source, target = _ends(call)
    wanted = [_given(source, target, each) for each in call.params["RewriteInfos"]]
    if not wanted:
        raise missing_parameter("RewriteInfos")
    _check(parts_of(call, source.balancer), wanted)
    tasks.check_idle(call, source.balancer)
    _send(call, source.balancer, {each.source: each.shown for each in wanted})
    return {}


def _ends(call: Call) -> tuple[Listener, Listener]:
    """The listeners between which a call's redirections lead."""
    asked = call.params
    found = [
        listener(call, asked["LoadBalancerId"], asked[name])
        for name in ("SourceListenerId", "TargetListenerId")
    ]
    for each in found:
        if not each.is_layer_seven:
            raise errors.wrong_protocol("Redirections are for HTTP and HTTPS listeners only.")
    return found[0], found[1]


def _given(source: Listener, target: Listener, given: Mapping[str, Any]) -> _Rewrite:
    rule = source.rules[find_rule(source, {"LocationId": given["SourceLocationId"]})]
    find_rule(target, {"LocationId": given["TargetLocationId"]})
    if given.get("RewriteCode") is not None:
        # Documented: both are needed with it.
        for name in ("TakeUrl", "SourceDomain"):
            if given.get(name) is None:
                raise missing_parameter(f"RewriteInfos.{name}")
    domain = given.get("SourceDomain")
    if domain is not None and domain not in rule["Domains"]:
        # Documented: it must be the rule's own.
        raise errors.bad_value("SourceDomain", "a domain of the source")
    return _Rewrite(
        source=given["SourceLocationId"],
        target=given["TargetLocationId"],
        listener=target.value["ListenerId"],
        code=_code(given.get("RewriteCode")),
        takes_path=_TAKES_PATH if given.get("TakeUrl") is None else given["TakeUrl"],
        is_auto=False,
    )


# --- From HTTP to HTTPS -----------------------------------------------------------------------------------


def auto_rewrite(call: Call) -> Result:
    """Let HTTP send on to HTTPS: with a listener and rules of its own where there are none yet."""
    found = given_listener(call)
    if (found.value["Protocol"], found.value["Port"]) != ("HTTPS", _TO):
        # Documented.
        raise errors.wrong_protocol(f"Only listeners of HTTPS:{_TO} are redirected to automatically.")
    wanted = _wanted(call, found)
    _check_before(call, found, wanted)
    tasks.check_idle(call, found.balancer)
    door = _door(call, found.balancer)
    if door is None:
        [name] = opened(call, found.balancer, new_body(call, "HTTP"), {_FROM: ""})
        door = listener(call, found.balancer, name)
    rules, targets = list(door.rules), {}
    for rule, code, takes_path in wanted:
        source = _same(rules, rule)
        if source is None:
            given = {"Domains": rule["Domains"], "Url": rule["Url"]}
            source = {**new_rule(call, door, given, rules), "BeAutoCreated": True}
            rules = with_one_default([*rules, source], None)
        rewrite = _Rewrite(
            source["LocationId"], rule["LocationId"], rule["ListenerId"], code, takes_path, is_auto=True
        )
        targets[rewrite.source] = rewrite.shown
    keep_rules(call, door, rules)
    _send(call, found.balancer, targets)
    return {}


def _wanted(call: Call, found: Listener) -> list[tuple[Part, int, bool]]:
    """The rules that a call has requests sent on to: as which status, and whether with their path."""
    asked = call.params
    # Documented: all domains unless some are named. Assumed: statuses and paths are given in their order.
    domains = asked.get("Domains") or list(dict.fromkeys(rule["Domain"] for rule in found.rules))
    codes, paths = asked.get("RewriteCodes") or (), asked.get("TakeUrls") or ()
    for name, values in (("RewriteCodes", codes), ("TakeUrls", paths)):
        if values and len(values) != len(domains):
            raise errors.bad_length(name, "as many as Domains")
    wanted: dict[str, tuple[Part, int, bool]] = {}
    for at, domain in enumerate(domains):
        rules = [rule for rule in found.rules if domain in rule["Domains"]]
        if not rules:
            raise errors.no_location(domain)
        for rule in rules:
            code = _code(codes[at] if codes else None)
            wanted.setdefault(rule["LocationId"], (rule, code, paths[at] if paths else _TAKES_PATH))
    return list(wanted.values())


def _door(call: Call, key: str) -> Listener | None:
    """The listener of HTTP at the port from which automatic redirections lead, if there is one."""
    for each in parts_of(call, key)["Listeners"]:
        if (each["Protocol"], each["Port"]) == ("HTTP", _FROM):
            return listener(call, key, each["ListenerId"])
    return None


def _same(rules: Sequence[Part], rule: Part) -> Part | None:
    """The rule of the same path that has one of another one's domains."""
    for each in rules:
        if each["Url"] == rule["Url"] and set(each["Domains"]) & set(rule["Domains"]):
            return each
    return None


def _check_before(call: Call, found: Listener, wanted: Sequence[tuple[Part, int, bool]]) -> None:
    """See that automatic redirections can be made, before anything is."""
    parts, door = parts_of(call, found.balancer), _door(call, found.balancer)
    if door is None:
        check_ports(parts["Listeners"], "HTTP", [_FROM])
        if len(parts["Listeners"]) >= MOST_PARTS:
            raise errors.full("listeners", MOST_PARTS)
    there = door.rules if door is not None else ()
    sources = [(_same(there, rule), rule) for rule, _, _ in wanted]
    _check(
        parts,
        [
            # One that is yet to be made has no redirection of its own.
            _Rewrite(
                source["LocationId"] if source is not None else f"of {rule['LocationId']}",
                rule["LocationId"],
                rule["ListenerId"],
                _CODE,
                _TAKES_PATH,
                is_auto=True,
            )
            for source, rule in sources
        ],
    )
    if len(there) + sum(source is None for source, _ in sources) > MOST_PARTS:
        raise errors.full("forwarding rules", MOST_PARTS)


# --- What there is ----------------------------------------------------------------------------------------


def describe_rewrite(call: Call) -> Result:
    """The rules of a balancer that send on; those that a call names, of listeners that it names."""
    asked = call.params
    key = balancer(call, asked["LoadBalancerId"])["LoadBalancerId"]
    of, keys = asked.get("SourceListenerIds") or (), asked.get("SourceLocationIds") or ()
    return {
        "RewriteSet": [
            rule
            for rule in _rules(parts_of(call, key))
            if leads_to(rule) is not None
            # Assumed: those that do not exist are left out.
            and (not of or rule["ListenerId"] in of)
            and (not keys or rule["LocationId"] in keys)
        ]
    }


def delete_rewrite(call: Call) -> Result:
    """Let rules send on no longer, all of them or none; the rules stay, whoever made them."""
    source, target = _ends(call)
    given = call.params["RewriteInfos"]
    if not given:
        raise missing_parameter("RewriteInfos")
    for each in given:
        rule = source.rules[find_rule(source, {"LocationId": each["SourceLocationId"]})]
        find_rule(target, {"LocationId": each["TargetLocationId"]})
        if leads_to(rule) != each["TargetLocationId"]:
            raise _absent(each["SourceLocationId"])
    tasks.check_idle(call, source.balancer)
    _send(call, source.balancer, {each["SourceLocationId"]: NO_REWRITE for each in given})
    return {}


ACTIONS = tuple(
    Does(action=action, run=run, home="region", asks=ONE)
    for action, run in (
        ("ManualRewrite", manual_rewrite),
        ("AutoRewrite", auto_rewrite),
        ("DescribeRewrite", describe_rewrite),
        ("DeleteRewrite", delete_rewrite),
    )
)
