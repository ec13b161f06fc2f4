"""Cloud Firewall: the ordered rules of access control."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from ipaddress import ip_network
from typing import Any

from emulator.contract.paging import paging
from emulator.errors import ApiError
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Manners, Service, Window
from emulator.tables.listing import window
from emulator.tables.params import is_whole
from emulator.world.clock import china_time
from emulator.world.shelves import Row, as_text

RULES = "cfw.rule"
OUT, IN = 0, 1
ADD, INSERT = 0, 1
MOST_RULES = 1000
"""Assumed: how many rules one scope may have; it depends on what was bought."""
PAGE = Window(default=20, ceiling=100, floor=1)
"""Assumed: all of it; the contract says nothing of it."""

# Documented: observe, block, let pass.
ACTIONS = {0: "log", 1: "drop", 2: "accept"}
KINDS = {1: "net", 3: "domain", 4: "template", 5: "template"}
# Documented for rules at the border: these protocols.
_PROTOCOLS = "ANY TCP UDP ICMP ICMPV6 HTTP HTTPS HTTP/HTTPS SMTP SMTPS SMTP/SMTPS FTP DNS TLS/SSL"
PROTOCOLS = frozenset(_PROTOCOLS.split())

Rule = Mapping[str, Any]
Scope = tuple[str, str]
"""Where a rule holds: an edge between networks, a NAT region; both empty at the border of the internet."""
BORDER: Scope = ("", "")


# Documented: the codes are among the product's errors. Assumed: which is used when, and the texts.


def bad_parameter(name: str, expected: str) -> ApiError:
    """A parameter of the right type and no meaning."""
    # Documented: the official SDKs list this code for CreateAcRules. Assumed: the others say the same.
    return ApiError("InvalidParameter", f"The value of parameter `{name}` is not valid: expected {expected}.")


def not_opened() -> ApiError:
    """An account without a firewall."""
    return ApiError("OperationDenied.AccountNotExists", "Cloud Firewall has not been activated.")


MANNERS = Manners(out_of_range=lambda name, _value: bad_parameter(name, "a number in range"))


def _scope(params: Mapping[str, Any]) -> Scope:
    if params.get("Area") and not params.get("InstanceId"):
        # Documented: with Area, InstanceId must be there.
        raise ApiError("MissingParameter", "The parameter `InstanceId` is required together with `Area`.")
    return params.get("EdgeId") or "", params.get("Area") or ""


GUARDED = ("cvm.instance", "vpc.address", "clb.loadbalancer", "waf.domain")


def _check_opened(call: Call) -> None:
    # Assumed: who has rules or anything that the internet could reach has opened it; nobody else has.
    if not len(call.world.read(RULES)) and not any(map(call.world.places, GUARDED)):
        raise not_opened()


def _where_opened(run: Callable[[Call], Result]) -> Callable[[Call], Result]:
    """The same behaviour for an account with a firewall."""

    @wraps(run)
    def checked(call: Call) -> Result:
        _check_opened(call)
        return run(call)

    return checked


def _rules(call: Call, scope: Scope) -> list[Rule]:
    """The rules of a scope, inwards before outwards, each in its order."""
    kept = (row.value for row in call.world.read(RULES))
    rules = [rule for rule in kept if (rule["EdgeId"], rule["Area"]) == scope]
    return sorted(rules, key=lambda rule: (-rule["Direction"], rule["OrderIndex"]))


# --- Writing ----------------------------------------------------------------------------------------------


def create_ac_rules(call: Call) -> Result:
    """Add rules after the others or insert them among them; overwriting, put them in place of all others."""
    params = call.params
    scope, data = _scope(params), params["Data"]
    for name in ("Type", "Overwrite", "Enable"):
        if params.get(name) not in (None, 0, 1):
            raise bad_parameter(name, "0 or 1")
    if not data:
        raise bad_parameter("Data", "at least one rule")
    for place, given in enumerate(data):
        _check_rule(f"Data.{place}", given)
    stay = 0 if params.get("Overwrite") else len(_rules(call, scope))
    if stay + len(data) > MOST_RULES:
        raise ApiError("LimitExceeded", f"There can be {MOST_RULES} rules at most.")
    if params.get("Overwrite"):
        _clear(call, scope)
    for given in data:
        _add(call, scope, given, is_insert=params.get("Type") == INSERT)
    # Documented: 0 is done; no id is answered. Observed: success, in the official example.
    return {"Status": 0, "Info": "success"}


def _check_rule(path: str, given: Mapping[str, Any]) -> None:
    expected: Sequence[tuple[str, bool, str]] = (
        ("Direction", given["Direction"] in (OUT, IN), "0 or 1"),
        ("Strategy", given["Strategy"] in ("0", "1", "2"), "0, 1 or 2"),
        ("Protocol", given["Protocol"].upper() in PROTOCOLS, "a protocol"),
        ("SourceType", given["SourceType"] in KINDS, "1, 3, 4 or 5"),
        ("TargetType", given["TargetType"] in KINDS, "1, 3, 4 or 5"),
        ("Port", _is_port(given.get("Port") or "-1/-1"), "ports such as 80,443 or 1/1024"),
        ("SourceIp", given["SourceType"] != 1 or _is_net(given["SourceIp"]), "addresses"),
        ("TargetIp", given["TargetType"] != 1 or _is_net(given["TargetIp"]), "addresses"),
    )
    for name, is_good, wanted in expected:
        if not is_good:
            raise bad_parameter(f"{path}.{name}", wanted)


def _is_net(text: str) -> bool:
    try:
        return bool([ip_network(each.strip(), strict=False) for each in text.split(",")])
    except ValueError:
        return False


def _is_port(text: str) -> bool:
    # Documented: ports or ranges, with commas; -1/-1 is all of them.
    if text == "-1/-1":
        return True
    return all(is_whole(end, 1, 65535) for part in text.split(",") for end in part.split("/"))


def _clear(call: Call, scope: Scope) -> None:
    # Documented: 1 overwrites. Assumed: the rules of both directions, of this scope only.
    shelf = call.world.write(RULES)
    for rule in _rules(call, scope):
        shelf.remove(str(rule["Id"]))


def _add(call: Call, scope: Scope, given: Mapping[str, Any], *, is_insert: bool) -> None:
    beside = [rule for rule in _rules(call, scope) if rule["Direction"] == given["Direction"]]
    # Documented: 0 adds, 1 inserts. Assumed: what is added comes last whatever OrderIndex says; what is
    # inserted takes its OrderIndex, a place between the first and the one after the last, and moves the rest.
    place = min(max(given["OrderIndex"], 1), len(beside) + 1) if is_insert else len(beside) + 1
    shelf = call.world.write(RULES)
    for rule in beside[place - 1 :]:
        shelf.put(str(rule["Id"]), Row({**rule, "OrderIndex": rule["OrderIndex"] + 1}))
    number = max((row.value["Id"] for row in shelf), default=148000) + 1
    shelf.put(str(number), Row(_rule(call, scope, given, number, place)))


def _rule(call: Call, scope: Scope, given: Mapping[str, Any], number: int, place: int) -> Rule:
    edge, area = scope
    kept = ("SourceIp", "TargetIp", "SourceType", "TargetType", "Direction", "Detail")
    more = ("LogId", "City", "Country", "CloudCode", "IsRegion", "CityName", "CountryName", "RegionIso")
    return {
        **{name: given[name] for name in kept},
        **{name: given[name] for name in more if given.get(name) is not None},
        # Assumed: an Id that a new rule brings says nothing.
        "Id": number,
        "OrderIndex": place,
        "Protocol": given["Protocol"].upper(),
        "Port": given.get("Port") or "-1/-1",
        "Strategy": int(given["Strategy"]),
        # Assumed: a rule is on unless it is said to be off.
        "Status": 0 if call.params.get("Enable") == 0 else 1,
        "Count": 0,
        "CreateTime": china_time(call.now),
        "EdgeId": edge,
        "Area": area,
    }


def delete_ac_rule(call: Call) -> Result:
    """Take one rule away; those after it move up."""
    params = call.params
    scope = params.get("EdgeId") or "", params.get("Area") or ""
    rules = [rule for rule in _rules(call, scope) if rule["Direction"] == params["Direction"]]
    gone = next((rule for rule in rules if rule["Id"] == params["Id"]), None)
    if gone is None:
        # Documented: the code. Assumed: that it is an error and not a Status of its own.
        raise ApiError("ResourceNotFound.NotFound", f"The rule {params['Id']} does not exist.")
    shelf = call.world.write(RULES)
    shelf.remove(str(gone["Id"]))
    for rule in rules[gone["OrderIndex"] :]:
        shelf.put(str(rule["Id"]), Row({**rule, "OrderIndex": rule["OrderIndex"] - 1}))
    return {"Status": 0, "Info": "success"}


# --- Reading ----------------------------------------------------------------------------------------------


def _uuid(call: Call, rule: Rule) -> str:
    # Observed: AppId, address and a number, in the official example.
    return f"{call.world.app_id}_{rule['SourceIp']}_{rule['Id']}"


def describe_ac_lists(call: Call) -> Result:
    """The rules of one scope."""
    params = call.params
    every = _rules(call, _scope(params))
    rules = [rule for rule in every if all(test(rule) for test in _tests(params))]
    start, limit = window(params, paging(call.action), PAGE, MANNERS)
    page = rules[start : None if limit is None else start + limit]
    return {
        "Total": len(rules),
        "Data": [_list_item(call, rule) for rule in page],
        "AllTotal": len(every),
        # Documented: whether all are on or off. Assumed: 1 for all on, 0 for all off, 2 for some of each.
        "Enable": _all_on([rule["Status"] for rule in every]),
    }


def _all_on(states: Sequence[int]) -> int:
    if len(set(states)) > 1:
        return 2
    return states[0] if states else 0


def _tests(params: Mapping[str, Any]) -> Iterator[Callable[[Rule], bool]]:
    # Observed: without Status the official example shows a rule that is on, though the text names '0' the
    # default. Assumed: without it all are shown.
    wants = {name: params.get(name) for name in ("Protocol", "Strategy", "Direction", "Status")}
    asked = {name: as_text(value) for name, value in wants.items() if value not in (None, "")}
    yield lambda rule: all(as_text(rule[name]) == text for name, text in asked.items())
    search = _search(params.get("SearchValue") or "")
    if search:
        yield lambda rule: any(
            search in str(rule[name]) for name in ("SourceIp", "TargetIp", "Detail", "Port", "Id")
        )


def _search(text: str) -> str:
    """What is looked for: the text itself, or what stands under ``common`` in JSON."""
    # Observed: {"common": "…"} in the official example. Assumed: plain text does as well.
    try:
        said = json.loads(text)
    except ValueError:
        return text
    return str(said.get("common", "")) if isinstance(said, dict) else text


def _list_item(call: Call, rule: Rule) -> Mapping[str, Any]:
    return {
        **{
            name: rule[name]
            for name in ("Id", "SourceIp", "TargetIp", "Protocol", "Port", "Strategy", "Detail", "Count")
        },
        "OrderIndex": rule["OrderIndex"],
        "LogId": rule.get("LogId", ""),
        "Status": rule["Status"],
        "SrcType": rule["SourceType"],
        "DstType": rule["TargetType"],
        "Uuid": _uuid(call, rule),
        # Documented: 1 is valid. Observed: 0 in the official example. Assumed: the text is right.
        "Invalid": 1,
        "IsRegion": rule.get("IsRegion", 0),
        "CloudCode": rule.get("CloudCode", ""),
        "AutoTask": "[]",
        "InstanceName": "",
        "Country": rule.get("Country", 0),
        "City": rule.get("City", 0),
        "RegName1": rule.get("CountryName", ""),
        "RegName2": rule.get("CityName", ""),
    }


def _border_item(call: Call, rule: Rule) -> Mapping[str, Any]:
    return {
        "SourceContent": rule["SourceIp"],
        "TargetContent": rule["TargetIp"],
        "Protocol": rule["Protocol"],
        "Port": rule["Port"],
        "RuleAction": ACTIONS[rule["Strategy"]],
        "Description": rule["Detail"],
        "Count": rule["Count"],
        "OrderIndex": rule["OrderIndex"],
        "SourceType": KINDS[rule["SourceType"]],
        "TargetType": KINDS[rule["TargetType"]],
        "Uuid": rule["Id"],
        "Invalid": 0,
        "IsRegion": rule.get("IsRegion", 0),
        "CountryCode": rule.get("Country", 0),
        "CityCode": rule.get("City", 0),
        "CountryName": rule.get("CountryName", ""),
        "CityName": rule.get("CityName", ""),
        "CloudCode": rule.get("CloudCode", ""),
        "IsCloud": 1 if rule.get("CloudCode") else 0,
        "Enable": "true" if rule["Status"] else "false",
        "Direction": rule["Direction"],
        "InstanceName": "",
        "InternalUuid": rule["Id"],
        "Status": 0,
        "BetaList": [],
        "Scope": "serial",
        "InternetBorderUuid": _uuid(call, rule),
        "CreateTime": rule["CreateTime"],
    }


def describe_border_acl_list(call: Call) -> Result:
    """The rules of one scope, as the console's own action shows them."""
    # Assumed: it is asked and answers as DescribeAcLists does, whose request has the same members.
    answer = describe_ac_lists(call)
    rules = {rule["Id"]: rule for rule in _rules(call, _scope(call.params))}
    return {**answer, "Data": [_acl_item(call, rules[item["Id"]]) for item in answer["Data"]]}


def _acl_item(call: Call, rule: Rule) -> Mapping[str, Any]:
    same = ("Id", "SourceIp", "TargetIp", "Protocol", "Port", "Strategy", "Detail", "Count", "Direction")
    return {
        **{name: rule[name] for name in (*same, "OrderIndex", "SourceType", "TargetType", "Status")},
        "AssetGroupName": "",
        "BetaList": [],
        "CityCode": rule.get("City", 0),
        "CityName": rule.get("CityName", ""),
        "CloudCode": rule.get("CloudCode", ""),
        "CountryCode": rule.get("Country", 0),
        "CountryName": rule.get("CountryName", ""),
        "InstanceName": "",
        "Invalid": 1,
        "IsRegion": rule.get("IsRegion", 0),
        "LogId": rule.get("LogId", ""),
        "Uuid": _uuid(call, rule),
    }


def describe_acl_api_dispatch(call: Call) -> Result:
    """Answer a command of the console that reads rules; whatever the command, there is nothing in it."""
    # Assumed: a command is in JSON under cmd; what each of them answers is not known.
    try:
        said = json.loads(call.params["ReqParams"])
    except ValueError:
        said = None
    if not (isinstance(said, dict) and isinstance(said.get("cmd"), str) and said["cmd"]):
        raise bad_parameter("ReqParams", "an object in JSON that holds a cmd")
    return {"Data": "{}", "ReturnCode": 0, "ReturnMsg": "success"}


Compare = Callable[[str, Sequence[str]], bool]


def _number(text: str) -> float | str:
    return float(text) if text.replace(".", "", 1).isdecimal() else text


def _any(test: Callable[[Any, Any], bool]) -> Compare:
    def compare(value: str, wanted: Sequence[str]) -> bool:
        pairs = [(_number(value), _number(text)) for text in wanted]
        return any(test(one, other) for one, other in pairs if type(one) is type(other))

    return compare


# Documented: what each number means.
OPERATORS: Mapping[int, Compare] = {
    1: lambda value, wanted: value in wanted,
    2: _any(lambda one, other: one > other),
    3: _any(lambda one, other: one < other),
    4: _any(lambda one, other: one >= other),
    5: _any(lambda one, other: one <= other),
    6: lambda value, wanted: value not in wanted,
    8: lambda value, wanted: value not in wanted,
    9: lambda value, wanted: any(text in value for text in wanted),
}


def describe_acl_rule(call: Call) -> Result:
    """The rules at the border of the internet."""
    params = call.params
    every = [_border_item(call, rule) for rule in _rules(call, BORDER)]
    filters = params.get("Filters") or ()
    for given in filters:
        _check_filter(given)
    items = [
        item
        for item in every
        if all(
            OPERATORS[given["OperatorType"]](as_text(item[given["Name"]]), given["Values"])
            for given in filters
        )
        and (params.get("StartTime") or "") <= item["CreateTime"] <= (params.get("EndTime") or "~")
    ]
    by = params.get("By") or "sequence"
    # Documented: sequence unless said, ascending unless said. Assumed: sequence is OrderIndex.
    member = "OrderIndex" if by == "sequence" else by
    if member not in _SCALARS:
        raise bad_parameter("By", "a member of a rule")
    items.sort(key=lambda item: item[member], reverse=(params.get("Order") or "asc").lower() == "desc")
    start, limit = window(params, paging(call.action), PAGE, MANNERS)
    return {
        "Total": len(items),
        "Data": items[start : None if limit is None else start + limit],
        "AllTotal": len(every),
    }


# Observed: Direction, in the official example. Assumed: a filter is called like the member it looks at.
_MEMBERS = (
    "SourceContent TargetContent Protocol Port RuleAction Description Count OrderIndex SourceType TargetType "
    "Uuid IsRegion CountryCode CityCode CountryName CityName CloudCode IsCloud Enable Direction Scope "
    "CreateTime"
)
_SCALARS = frozenset(_MEMBERS.split())


def _check_filter(given: Mapping[str, Any]) -> None:
    if given["Name"] not in _SCALARS:
        raise ApiError("InvalidFilter", f"The filter `{given['Name']}` is not supported.")
    if given["OperatorType"] not in OPERATORS:
        raise bad_parameter("Filters.OperatorType", "1 to 6, 8 or 9")


SERVICE = Service(
    name="cfw",
    version="2019-09-04",
    # Documented: every action of this product is asked about at operation level.
    actions=tuple(
        Does(action=action, run=_where_opened(run))
        for action, run in (
            ("CreateAcRules", create_ac_rules),
            ("DeleteAcRule", delete_ac_rule),
            ("DescribeAcLists", describe_ac_lists),
            ("DescribeAclRule", describe_acl_rule),
            # Not published; served where an account says so.
            ("DescribeAclApiDispatch", describe_acl_api_dispatch),
            ("DescribeBorderACLList", describe_border_acl_list),
        )
    ),
)
