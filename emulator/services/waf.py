"""Web Application Firewall: guarded domains, and who is blocked or let pass at them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from ipaddress import ip_network
from typing import Any, NamedTuple

from emulator.errors import Refusal
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Qcs, Service, Table
from emulator.tables.params import check_choices
from emulator.world.clock import china_time
from emulator.world.shelves import Row

# Documented: the product is resource-level. Assumed: the type, and that all reads ask about all domains.
DOMAIN = Table(name="waf.domain", item="DomainInfo", key="DomainId", home="global", qcs=Qcs("waf", "domain"))
ADDRESSES = "waf.ipaccess"
TASKS = "waf.downloadtask"

PASS, BLOCK = 40, 42
ANY_DOMAIN = "global"
# Documented: where addresses come from, as they are put and taken; and one more by which they are found.
SOURCES = frozenset({"custom", "cc", "bot", "batch"})
FOUND_SOURCES = SOURCES | {"batch-group"}
MOST_ADDRESSES = 20_000
"""Assumed: how many addresses a domain may list; it depends on what was bought."""

# Documented: the codes are among the product's errors. Assumed: which is used when, and the texts.

not_purchased = Refusal[()]("AuthFailure.ErrCodeNoPurchased", "No WAF instance has been purchased.")
bad_parameter = Refusal[str, str]("InvalidParameter", "The parameter `{}` is not valid: expected {}.")
no_domain = Refusal[str]("InvalidParameter.ProtectionDomainParameterErr", "The domain `{}` is not protected.")

ALL_DOMAINS, ONE_DOMAIN = asking((DOMAIN,)), asking((DOMAIN, "Domain"))


def _check_bought(call: Call) -> None:
    # Assumed: who has no domain has bought nothing.
    if not len(call.world.read(DOMAIN.name)):
        raise not_purchased()


def _check_domain(call: Call) -> str:
    _check_bought(call)
    domain: str = call.params["Domain"]
    if domain != ANY_DOMAIN and not call.world.read(DOMAIN.name).index("Domain").get(domain):
        raise no_domain(domain)
    return domain


def _page(name: str, offset: int, limit: int) -> slice:
    """Rows from an offset that is a multiple of the limit."""
    if limit < 1:
        raise bad_parameter("Limit", "a number from 1")
    # Documented: a multiple of Limit. Assumed: any other is refused.
    if offset < 0 or offset % limit:
        raise bad_parameter(name, "a multiple of `Limit`")
    return slice(offset, offset + limit)


# --- Domains ----------------------------------------------------------------------------------------------

# Documented: the names. Assumed: which member each looks at, and that Label and the two that speak of origins
# match one of a list.
FILTERS: Mapping[str, str] = {
    "Edition": "Edition",
    "AlbType": "AlbType",
    "Domain": "Domain",
    "DomainId": "DomainId",
    "InstanceName": "InstanceName",
    "InstanceId": "InstanceId",
    "FlowMode": "FlowMode",
    "ClsStatus": "ClsStatus",
    "Status": "Status",
    "BotStatus": "BotStatus",
    "ApiStatus": "ApiStatus",
    "Engine": "Engine",
    "UpstreamIP": "SrcList",
    "UpstreamDomain": "UpstreamDomainList",
    "DomainState": "State",
    "SgState": "SgState",
    "Label": "Labels",
    "FlowCheckMode": "FlowCheckMode",
}


def describe_domains(call: Call) -> Result:
    """The guarded domains that pass every filter."""
    _check_bought(call)
    filters = call.params.get("Filters") or ()
    for given in filters:
        if given["Name"] not in FILTERS:
            raise bad_parameter("Filters.Name", f"one of {', '.join(FILTERS)}")
        # Documented: one label at a time.
        if given["Name"] == "Label" and len(given["Values"]) > 1:
            raise bad_parameter("Filters.Values", "one label")
    page = _page("Offset", call.params["Offset"], call.params["Limit"])
    rows = [
        {**row.value, "AppId": call.world.app_id}
        for row in call.world.read(DOMAIN.name)
        if all(_passes(row.value, given) for given in filters)
    ]
    return {"Total": len(rows), "Domains": rows[page]}


def _passes(domain: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    # Assumed: the traffic of no domain is on trial, which no member says.
    value = {"FlowCheckMode": 0, **domain}.get(FILTERS[given["Name"]], "")
    texts = [str(each) for each in (value if isinstance(value, list) else [value])]
    if given["ExactMatch"]:
        return any(text in given["Values"] for text in texts)
    return any(wanted in text for text in texts for wanted in given["Values"])


# --- Addresses --------------------------------------------------------------------------------------------


def _is_valid(item: Mapping[str, Any], now: float) -> bool:
    return bool(item["ValidTs"] >= now)


def shown_item(item: Mapping[str, Any], now: float) -> Mapping[str, Any]:
    """A rule as it is now."""
    # Observed: the members around the rule, in the official example. Documented: 1 is in force, 2 over.
    return {
        **item,
        "ValidStatus": 1 if _is_valid(item, now) else 2,
        "JobType": "TimedJob",
        "JobDateTime": {
            "Timed": [{"StartDateTime": 0, "EndDateTime": item["ValidTs"]}],
            "Cron": [],
            "TimeTZone": "UTC+8",
        },
        "CronType": "",
    }


Test = Callable[[Mapping[str, Any], Any], bool]
# Documented: what each narrows to; 0 is all of them for ValidStatus and TimerType. Assumed: all rules here
# are timed ones (TimerType 2), Ip matches in part, and times include their ends.
TESTS: Mapping[str, Test] = {
    "ActionType": lambda item, wanted: item["ActionType"] == wanted,
    "VtsMin": lambda item, wanted: item["ValidTs"] >= wanted,
    "VtsMax": lambda item, wanted: item["ValidTs"] <= wanted,
    "CtsMin": lambda item, wanted: item["CreateTime"] >= wanted,
    "CtsMax": lambda item, wanted: item["CreateTime"] <= wanted,
    "Source": lambda item, wanted: item["Source"] == wanted,
    "Ip": lambda item, wanted: wanted in item["Ip"],
    "ValidStatus": lambda item, wanted: wanted in (0, item["ValidStatus"]),
    "ValidTimeStampMin": lambda item, wanted: item["ValidTs"] >= _number("ValidTimeStampMin", wanted),
    "ValidTimeStampMax": lambda item, wanted: item["ValidTs"] <= _number("ValidTimeStampMax", wanted),
    "RuleId": lambda item, wanted: item["RuleId"] == wanted,
    "TimerType": lambda _item, wanted: wanted in (0, 2),
    "IpList": lambda item, wanted: item["Ip"] in wanted,
}


# Documented: the values there are. Assumed: any other is refused.
CHOICES: Mapping[str, Collection[object]] = {
    "ActionType": (PASS, BLOCK),
    "Source": FOUND_SOURCES,
    "ValidStatus": (0, 1, 2),
    "TimerType": (0, 1, 2, 3, 4),
}


def _number(name: str, text: str) -> int:
    if not (text.isdecimal() and len(text) < 19):
        raise bad_parameter(name, "seconds since the epoch")
    return int(text)


def _sorting(text: str) -> tuple[str, bool]:
    # Observed: ts_version:-1 in the official example. Assumed: the other two, and the latest first unasked.
    name, _, way = (text or "ts_version:-1").partition(":")
    members = {"ts_version": "TsVersion", "valid_ts": "ValidTs", "create_time": "CreateTime"}
    if name not in members or way not in ("1", "-1"):
        raise bad_parameter("Sort", "ts_version, valid_ts or create_time, then :1 or :-1")
    return members[name], way == "-1"


def describe_ip_access_control(call: Call) -> Result:
    """The addresses blocked and let pass at a domain."""
    params, domain = call.params, _check_domain(call)
    page = _page("OffSet", params.get("OffSet") or 0, 20 if params.get("Limit") is None else params["Limit"])
    member, descends = _sorting(params.get("Sort") or "")
    check_choices(params, CHOICES, bad_parameter)
    wants = {name: params[name] for name in TESTS if params.get(name) not in (None, "", [])}
    every = [shown_item(row.value["Item"], call.now) for row in _rules(call, domain)]
    items = [item for item in every if all(TESTS[name](item, wanted) for name, wanted in wants.items())]
    items.sort(key=lambda item: (item[member], item["Id"]), reverse=descends)
    return {"Data": {"Res": items[page], "TotalCount": len(items)}, "UsedTotal": len(every)}


def _rules(call: Call, domain: str) -> Sequence[Row]:
    found: Sequence[Row] = call.world.read(ADDRESSES).index("Domain").get(domain, ())
    return found


class Wish(NamedTuple):
    """An address, and what shall be done with it."""

    address: str
    source: str
    note: str
    action: int
    valid_until: int


def _read_wish(text: str, source: str) -> Wish | None:
    """One item of an upsert; None for one that says nothing sensible."""
    try:
        said = json.loads(text)
        wish = Wish(
            str(ip_network(said["ip"], strict=False))
            if "/" in said["ip"]
            else str(ip_network(said["ip"])[0]),
            said.get("source", source),
            said.get("note", ""),
            said["action"],
            said["valid_ts"],
        )
    except (ValueError, TypeError, KeyError):
        return None
    is_whole = wish.action in (PASS, BLOCK) and wish.source in SOURCES and type(wish.valid_until) is int
    return wish if is_whole and isinstance(wish.note, str) else None


def upsert_ip_access_control(call: Call) -> Result:
    """Block addresses or let them pass; what is wrong with single ones is said inside a success."""
    params, domain = call.params, _check_domain(call)
    source = _source(call)
    # Assumed: which instance and edition a domain has is not held against what a call says of them.
    if params.get("Edition") not in (None, "", "sparta-waf", "clb-waf"):
        raise bad_parameter("Edition", "sparta-waf or clb-waf")
    if not params["Items"]:
        raise bad_parameter("Items", "at least one item")
    failed, ids = [], []
    for text in params["Items"]:
        wish = _read_wish(text, source)
        # Assumed: an item past the limit fails alone.
        if wish is None or len(_rules(call, domain)) >= MOST_ADDRESSES:
            failed.append(_named(text))
        else:
            ids.append(_put(call, domain, wish))
    # Observed: the official example names the failed address itself. Assumed: commas between several.
    return {"FailedItems": ",".join(failed), "FailedCount": len(failed), "Ids": ids}


def _source(call: Call) -> str:
    source: str = call.params.get("SourceType") or "custom"
    if source not in SOURCES:
        raise bad_parameter("SourceType", ", ".join(sorted(SOURCES)))
    return source


def _named(text: str) -> str:
    """The address in an item that failed; the item itself where it has none."""
    try:
        said = json.loads(text)
    except ValueError:
        return text
    return str(said["ip"]) if isinstance(said, dict) and "ip" in said else text


def _put(call: Call, domain: str, wish: Wish) -> str:
    """Add a rule, or change the one that this domain has for this address and action."""
    # Assumed: an address may be on both lists, and once on each.
    now = int(call.now * 1000)
    known = next((row.value["Item"] for row in _rules(call, domain) if _is_same(row, wish)), None)
    shelf = call.world.write(ADDRESSES)
    item = known or {
        "Id": f"{int(call.now):08x}{call.world.mint.uuid().replace('-', '')[:16]}",
        "ActionType": wish.action,
        "Ip": wish.address,
        "IpList": [wish.address],
        "RuleId": max((row.value["Item"]["RuleId"] for row in shelf), default=5501526870) + 1,
        "CreateTime": now,
    }
    value = {
        **item,
        "Note": wish.note,
        "Source": wish.source,
        "TsVersion": now,
        "ValidTs": wish.valid_until,
    }
    shelf.put(item["Id"], Row({"Domain": domain, "Item": value}))
    return str(item["Id"])


def _is_same(row: Row, wish: Wish) -> bool:
    item = row.value["Item"]
    return bool(item["Ip"] == wish.address and item["ActionType"] == wish.action)


def delete_ip_access_control(call: Call) -> Result:
    """Take addresses off a domain's lists, by address or by id; what is not there fails inside a success."""
    params, domain = call.params, _check_domain(call)
    source, action = _source(call), params.get("ActionType")
    if action not in (None, PASS, BLOCK):
        raise bad_parameter("ActionType", "40 or 42")
    # Documented: custom unless said. Assumed: it holds for all that is deleted.
    rows = [
        row
        for row in _rules(call, domain)
        if row.value["Item"]["Source"] == source and action in (None, row.value["Item"]["ActionType"])
    ]
    if params.get("DeleteAll"):
        _drop(call, rows)
        return {"FailedItems": "", "FailedCount": 0}
    name = "Id" if params.get("IsId") else "Ip"
    failed = [text for text in params["Items"] if all(row.value["Item"][name] != text for row in rows)]
    _drop(call, [row for row in rows if row.value["Item"][name] in params["Items"]])
    # Assumed: an address that is not listed counts as failed, as in an upsert.
    return {"FailedItems": ",".join(failed), "FailedCount": len(failed)}


def _drop(call: Call, rows: Sequence[Row]) -> None:
    if not rows:
        return  # a shelf that is opened for writing counts as changed
    shelf = call.world.write(ADDRESSES)
    for row in rows:
        shelf.remove(row.value["Item"]["Id"])


# --- Attack logs ------------------------------------------------------------------------------------------


def post_attack_download_task(call: Call) -> Result:
    """Start to collect the attack logs of a domain or of all; the task is done at once and finds none."""
    params, domain = call.params, call.params["Domain"]
    _check_bought(call)
    # Documented: all for every domain.
    if domain != "all":
        _check_domain(call)
    if params.get("Sort") not in (None, "", "asc", "desc"):
        raise bad_parameter("Sort", "asc or desc")
    task, shelf = call.world.mint.uuid(), call.world.write(TASKS)
    now = china_time(call.now)
    record = {
        "Id": 100003 + len(shelf),
        "TaskName": params["TaskName"],
        "TaskId": task,
        "Host": domain,
        "Count": 0,
        # Documented: 1 is done. Assumed: at once, and kept for seven days.
        "Status": 1,
        "Url": f"https://log-{call.world.app_id}.cos.ap-guangzhou.myqcloud.com/cls/{task}.zip",
        "CreateTime": now,
        "ModifyTime": now,
        "ExpireTime": china_time(call.now + 7 * 86400),
        "TotalCount": 0,
    }
    shelf.put(task, Row(record))
    return {"Flow": task}


def get_attack_download_records(call: Call) -> Result:
    """The tasks that collect attack logs."""
    _check_bought(call)
    return {"Records": [row.value for row in call.world.read(TASKS)]}


SERVICE = Service(
    name="waf",
    version="2018-01-25",
    tables=(DOMAIN,),
    actions=(
        Does(action="DescribeDomains", run=describe_domains, asks=ALL_DOMAINS),
        Does(action="DescribeIpAccessControl", run=describe_ip_access_control, asks=ONE_DOMAIN),
        Does(action="UpsertIpAccessControl", run=upsert_ip_access_control, asks=ONE_DOMAIN),
        Does(action="DeleteIpAccessControl", run=delete_ip_access_control, asks=ONE_DOMAIN),
        Does(action="PostAttackDownloadTask", run=post_attack_download_task, asks=ALL_DOMAINS),
        Does(action="GetAttackDownloadRecords", run=get_attack_download_records, asks=ALL_DOMAINS),
    ),
)
