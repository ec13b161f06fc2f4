"""Forwarding rules: which domain and path of an HTTP or HTTPS listener goes where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.errors import missing_parameter
from emulator.services.clb import errors, tasks
from emulator.services.clb.balancers import MOST_PARTS
from emulator.services.clb.checks import certificate, health_check, number
from emulator.services.clb.parts import NO_REWRITE, ONE, Listener, Part, find_rule, given_listener, put
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.writing import refuse
from emulator.world.clock import china_time

SCHEDULERS = ("WRR", "LEAST_CONN", "IP_HASH")
FORWARDS = ("HTTP", "HTTPS", "GRPC", "GRPCS")
"""Documented; TRPC is not open to the public."""
SESSIONS = range(30, 86401)
"""Documented."""
LONGEST_URL, LONGEST_DOMAIN, LONGEST_NEW_DOMAIN = 200, 80, 120
"""Documented."""
# Assumed: what a rule is of which nothing is said.
_PLAIN: Part = {
    "RewriteTarget": NO_REWRITE,
    "HttpGzip": True,
    "BeAutoCreated": False,
    "TargetType": "NODE",
    "TargetGroup": None,
    "WafDomainId": "",
    "TrpcCallee": "",
    "TrpcFunc": "",
    "TargetGroupList": None,
}


def _layer_seven(call: Call) -> Listener:
    found = given_listener(call)
    if not found.is_layer_seven:
        raise errors.wrong_protocol("Forwarding rules are for HTTP and HTTPS listeners only.")
    return found


def _url(text: str) -> str:
    if not 1 <= len(text) <= LONGEST_URL:
        raise errors.bad_length("Url", f"1 to {LONGEST_URL} characters")
    return text


def _domains(given: Mapping[str, Any], single: str, several: str, longest: int) -> list[str]:
    """The domains that a request gives by either of two parameters."""
    one, many = given.get(single), given.get(several)
    # Documented: one of the two.
    if one and many:
        raise errors.combination(f"{single} and {several} cannot be specified together.")
    found: list[str] = many or ([one] if one else [])
    for text in found:
        if not 1 <= len(text) <= longest:
            raise errors.bad_length(single, f"1 to {longest} characters")
    if len(set(found)) < len(found):
        raise errors.duplicate(several)
    return found


def _scheduler(given: Mapping[str, Any]) -> str:
    found: str = given.get("Scheduler") or "WRR"
    if found not in SCHEDULERS:
        raise errors.bad_value("Scheduler", f"one of {', '.join(SCHEDULERS)}")
    return found


def _forward(found: Listener, given: Mapping[str, Any]) -> str:
    forward: str = given.get("ForwardType") or "HTTP"
    if forward not in FORWARDS:
        raise errors.bad_value("ForwardType", f"one of {', '.join(FORWARDS)}")
    # Documented: counts for HTTPS only.
    if forward != "HTTP" and found.value["Protocol"] != "HTTPS":
        raise errors.wrong_protocol("Only HTTPS listeners forward by other protocols than HTTP.")
    return forward


def _only_https(found: Listener, given: Mapping[str, Any], name: str) -> bool:
    if given.get(name) and found.value["Protocol"] != "HTTPS":
        # Documented.
        raise errors.wrong_protocol(f"{name} is for domains of HTTPS only.")
    return bool(given.get(name))


def _own_certificate(call: Call, found: Listener, given: Mapping[str, Any]) -> Part | None:
    """The certificate of a domain, which only listeners with SNI have."""
    wanted = certificate(call, given)
    if wanted is not None and not found.value["SniSwitch"]:
        # Documented.
        raise errors.wrong_protocol("Domains have certificates of their own with SNI only.")
    return wanted


def create_rule(call: Call) -> Result:
    """Add rules to a listener."""
    found, given = _layer_seven(call), call.params["Rules"]
    if not given:
        raise missing_parameter("Rules")
    rules = list(found.rules)
    made: list[Part] = []
    for each in given:
        rule = new_rule(call, found, each, rules)
        rules = with_one_default([*rules, rule], rule if rule["DefaultServer"] else None)
        made.append(rule)
    if len(rules) > MOST_PARTS:
        raise errors.full("forwarding rules", MOST_PARTS)
    tasks.check_idle(call, found.balancer)
    keys = [rule["LocationId"] for rule in made]
    keep_rules(call, found, rules)
    return {"LocationIds": keys}


def new_rule(call: Call, found: Listener, given: Mapping[str, Any], there: Sequence[Part]) -> Part:
    """A rule as a request gives it, which a listener may have beside these."""
    url, domains = _url(given["Url"]), _domains(given, "Domain", "Domains", LONGEST_DOMAIN)
    if not domains:
        raise missing_parameter("Rules.Domain")
    _check_free(there, domains, url)
    own = _own_certificate(call, found, given)
    same = next((rule for rule in there if set(rule["Domains"]) & set(domains)), None)
    if found.value["SniSwitch"] and own is None and same is None:
        raise missing_parameter("Rules.Certificate")
    refuse(call, "TrpcCallee", "TrpcFunc", within=given, path="Rules.")
    if given.get("TargetType") not in (None, "", "NODE"):
        refuse(call, "TargetType", within=given, path="Rules.")
    # Documented: a listener has a default domain. Assumed: the first one is it.
    is_default = bool(given.get("DefaultServer")) or not there or (same is not None and same["DefaultServer"])
    return {
        **_PLAIN,
        "LocationId": call.world.mint.resource("loc"),
        "Domain": domains[0],
        "Domains": domains,
        "Url": url,
        "SessionExpireTime": number(given, "SessionExpireTime", 0, SESSIONS, besides=(0,)),
        "HealthCheck": health_check(found.value["Protocol"], given.get("HealthCheck")),
        "Certificate": own or (same["Certificate"] if same is not None else None),
        "Scheduler": _scheduler(given),
        "ListenerId": found.value["ListenerId"],
        "DefaultServer": is_default,
        "Http2": _only_https(found, given, "Http2"),
        "QuicStatus": "QUIC_ACTIVE" if _only_https(found, given, "Quic") else "QUIC_INACTIVE",
        "ForwardType": _forward(found, given),
        "CreateTime": china_time(call.now),
        **({"CookieName": given["CookieName"]} if given.get("CookieName") else {}),
    }


def _check_free(rules: Sequence[Part], domains: Sequence[str], url: str) -> None:
    for rule in rules:
        if rule["Url"] == url and set(rule["Domains"]) & set(domains):
            raise errors.duplicate(f"{rule['Domain']}{url}")


def with_one_default(rules: Sequence[Part], default: Part | None) -> list[Part]:
    """Rules of which those of one domain are the default ones, if there are any."""
    if default is None:
        default = next((rule for rule in rules if rule["DefaultServer"]), None) or next(iter(rules), None)
    if default is None:
        return []
    domains = default["Domains"]
    return [{**rule, "DefaultServer": rule["Domains"] == domains} for rule in rules]


def keep_rules(call: Call, found: Listener, rules: Sequence[Part]) -> None:
    """Let a listener have these rules, each with the targets that it had before."""
    before = {group["LocationId"]: group for group in found.backend["Rules"] or ()}
    groups = [
        {
            "LocationId": rule["LocationId"],
            "Domain": rule["Domain"],
            "Url": rule["Url"],
            "Targets": before.get(rule["LocationId"], {}).get("Targets") or [],
            "FunctionTargets": [],
        }
        for rule in rules
    ]
    found.keep(call, value={**found.value, "Rules": list(rules)}, backend={**found.backend, "Rules": groups})
    tasks.begin(call, [found.balancer])


def delete_rule(call: Call) -> Result:
    """Take rules away: by ids, by domain and path, or all of a domain."""
    found, asked = _layer_seven(call), call.params
    keys, domain, url = asked.get("LocationIds") or [], asked.get("Domain"), asked.get("Url")
    if keys:
        there = {rule["LocationId"] for rule in found.rules}
        for key in keys:
            if key not in there:
                raise errors.no_location(key)
        gone = set(keys)
    elif domain:
        gone = {
            rule["LocationId"]
            for rule in found.rules
            if domain in rule["Domains"] and url in (None, "", rule["Url"])
        }
        if not gone:
            raise errors.no_location(f"{domain}{url or ''}")
    else:
        raise missing_parameter("LocationIds")
    kept = [rule for rule in found.rules if rule["LocationId"] not in gone]
    default = _new_default(asked, kept)
    tasks.check_idle(call, found.balancer)
    keep_rules(call, found, with_one_default(kept, default))
    return {}


def _new_default(asked: Mapping[str, Any], rules: Sequence[Part]) -> Part | None:
    """The rule whose domain a call makes the default one."""
    # Documented: it can be named. Assumed: the first one that is left becomes it otherwise.
    wanted = asked.get("NewDefaultServerDomain")
    if not wanted:
        return None
    for rule in rules:
        if wanted in rule["Domains"]:
            return rule
    raise errors.no_location(wanted)


def modify_rule(call: Call) -> Result:
    """Change a rule's path, checks, or how it forwards."""
    found, asked = _layer_seven(call), call.params
    at = find_rule(found, {"LocationId": asked["LocationId"]})
    rule, changes = found.rules[at], {}
    others = [*found.rules[:at], *found.rules[at + 1 :]]
    if asked.get("Url"):
        _check_free(others, rule["Domains"], _url(asked["Url"]))
        changes["Url"] = asked["Url"]
    if asked.get("HealthCheck"):
        changes["HealthCheck"] = health_check(
            found.value["Protocol"], asked["HealthCheck"], _fitting(rule["HealthCheck"])
        )
    if asked.get("Scheduler"):
        changes["Scheduler"] = _scheduler(asked)
    if asked.get("SessionExpireTime") is not None:
        changes["SessionExpireTime"] = number(asked, "SessionExpireTime", 0, SESSIONS, besides=(0,))
    if asked.get("ForwardType"):
        changes["ForwardType"] = _forward(found, asked)
    if asked.get("CookieName"):
        changes["CookieName"] = asked["CookieName"]
    refuse(call, "TrpcCallee", "TrpcFunc", "OAuth")
    tasks.check_idle(call, found.balancer)
    keep_rules(call, found, put(found.rules, at, {**rule, **changes}))
    return {}


def _fitting(check: Part) -> Part:
    """A health check whose kind its protocol can have, which those of an estate need not."""
    kind = "" if check["CheckType"] == "TCP" else check["CheckType"]
    return {**check, "CheckType": kind}


def _of_domain(found: Listener, domain: str) -> list[int]:
    places = [at for at, rule in enumerate(found.rules) if domain in rule["Domains"]]
    if not places:
        raise errors.no_location(domain)
    return places


def modify_domain(call: Call) -> Result:
    """Let all rules of a domain be of another."""
    found, new = _layer_seven(call), call.params["NewDomain"]
    return _change_domain(call, found, [new], {})


def modify_domain_attributes(call: Call) -> Result:
    """Change what all rules of a domain share: the domain, its certificate, its protocols."""
    found, asked = _layer_seven(call), call.params
    changes: dict[str, Any] = {}
    if (own := _own_certificate(call, found, asked)) is not None:
        changes["Certificate"] = own
    if asked.get("Http2") is not None:
        changes["Http2"] = _only_https(found, asked, "Http2")
    if asked.get("Quic") is not None:
        changes["QuicStatus"] = "QUIC_ACTIVE" if _only_https(found, asked, "Quic") else "QUIC_INACTIVE"
    return _change_domain(
        call, found, _domains(asked, "NewDomain", "NewDomains", LONGEST_NEW_DOMAIN), changes
    )


def _change_domain(call: Call, found: Listener, domains: Sequence[str], changes: Mapping[str, Any]) -> Result:
    places = _of_domain(found, call.params["Domain"])
    others = [rule for at, rule in enumerate(found.rules) if at not in places]
    for text in domains:
        if not 1 <= len(text) <= LONGEST_NEW_DOMAIN:
            raise errors.bad_length("NewDomain", f"1 to {LONGEST_NEW_DOMAIN} characters")
        for at in places:
            _check_free(others, [text], found.rules[at]["Url"])
    rules = list(found.rules)
    for at in places:
        named = {"Domain": domains[0], "Domains": list(domains)} if domains else {}
        rules[at] = {**rules[at], **changes, **named}
    rules = with_one_default(rules, _wanted_default(call.params, rules, rules[places[0]]))
    tasks.check_idle(call, found.balancer)
    keep_rules(call, found, rules)
    return {}


def _wanted_default(asked: Mapping[str, Any], rules: Sequence[Part], changed: Part) -> Part | None:
    """The rule whose domain is the default one after a change; None for the one that is already."""
    if asked.get("DefaultServer"):
        return changed
    other = _new_default(asked, rules)
    # Documented: the default domain steps down only for another.
    if asked.get("DefaultServer") is False and changed["DefaultServer"] and other is None:
        raise missing_parameter("NewDefaultServerDomain")
    return other


ACTIONS = tuple(
    Does(action=action, run=run, home="region", asks=ONE)
    for action, run in (
        ("CreateRule", create_rule),
        ("DeleteRule", delete_rule),
        ("ModifyRule", modify_rule),
        ("ModifyDomain", modify_domain),
        ("ModifyDomainAttributes", modify_domain_attributes),
    )
)
