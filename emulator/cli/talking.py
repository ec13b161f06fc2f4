"""Commands that ask a running server through its control door, and show what it says."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson

from emulator.errors import BadInput, EmulatorError, NotFound, Violation

Json = dict[str, Any]


def talk(options: argparse.Namespace) -> int:
    """Ask what the command asks, and print the answer."""
    method, path, query, body = _question(options)
    if options.account is not None:
        query = {**query, "account": options.account}
    answer = ask(options.endpoint, method, path, query, body)
    print(
        orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode() if options.json else _show(options, answer)
    )
    return 0


def ask(endpoint: str, method: str, path: str, query: Mapping[str, object], body: Json | None = None) -> Json:
    """Put one question to a server's control door.

    Raises:
        BadInput, NotFound: what the server answers so.
        EmulatorError: it is not there, or is no emulator.
    """
    address = urlsplit(endpoint)
    if address.scheme != "http" or address.hostname is None:
        raise BadInput.at("--endpoint", f"expected http://host:port, got {endpoint!r}")
    target = f"/_emulator/{path}" + (f"?{urlencode(query)}" if query else "")
    connection = HTTPConnection(address.hostname, address.port or 80, timeout=30)
    try:
        connection.request(method, target, None if body is None else orjson.dumps(body))
        response = connection.getresponse()
        status, answer = response.status, orjson.loads(response.read())
    except (OSError, HTTPException, orjson.JSONDecodeError) as reason:
        raise EmulatorError(f"no emulator answers at {endpoint}: {reason}") from reason
    finally:
        connection.close()
    if status >= 400:
        raise _refused(status, answer)
    return dict(answer)


def _refused(status: int, answer: Json) -> EmulatorError:
    wrong = [Violation(one["path"], one["message"]) for one in answer.get("errors", ())]
    return NotFound("; ".join(map(str, wrong))) if status == 404 else BadInput(wrong)


Question = tuple[str, str, Mapping[str, object], Json | None]


def _question(options: argparse.Namespace) -> Question:
    """Method, path, query and body of what a command asks."""
    match options.command:
        case "calls":
            names = ("service", "action", "user", "outcome", "limit")
            return "GET", "calls", {n: v for n in names if (v := getattr(options, n)) is not None}, None
        case "from-calls":
            filters = ("service", "action", "user", "outcome")
            query = {name: value for name in filters if (value := getattr(options, name)) is not None}
            return "GET", "policy/from-calls", query, None
        case "coverage":
            return "GET", "coverage", {"service": options.service} if options.service else {}, None
        case "why":
            return "GET", f"calls/{quote(options.request_id, safe='')}", {}, None
        case "rows":
            query = {"table": options.table, "limit": options.limit}
            return "GET", "rows", {**query, "region": options.region} if options.region else query, None
        case "estate":
            query = {name: v for name in ("kind", "region") if (v := getattr(options, name)) is not None}
            return "GET", "estate", query, None
        case "deny":
            return "POST", "denials", {}, {"action": options.action, **_fields(options.fields)}
        case "fault":
            return "POST", "faults", {}, {"effect": options.effect, **_fields(options.fields)}
        case "stub":
            given = {"Action": options.action, "Response": _value(options.response)}
            return "POST", "stubs", {}, {**given, **_fields(options.fields)}
        case "denials" | "faults" | "stubs" as kind:
            if options.remove is not None:
                return "DELETE", f"{kind}/{quote(options.remove, safe='')}", {}, None
            return "DELETE" if options.clear else "GET", kind, {}, None
        case _:
            return _question_of_state(options)


def _question_of_state(options: argparse.Namespace) -> Question:
    match options.command:
        case "account":
            return "POST", "accounts", {}, {"World": options.world}
        case "user":
            return "POST", "users", {}, {"Name": options.name, "Policies": options.policy}
        case "clock":
            if options.advance is not None:
                return "POST", "clock", {}, {"advance": options.advance}
            if options.real or options.now is not None:
                return "POST", "clock", {}, {"now": options.now}
            return "GET", "clock", {}, None
        case "settings":
            return ("POST", "settings", {}, _fields(options.fields)) if options.fields else _look("settings")
        case "snapshot":
            return "POST", f"snapshots/{quote(options.name, safe='')}", {}, {}
        case "restore":
            return "POST", f"snapshots/{quote(options.name, safe='')}/restore", {}, {}
        case command:
            return ("POST", command, {}, None) if command == "reset" else _look(command)


def _look(path: str) -> Question:
    return "GET", path, {}, None


def _fields(given: list[str]) -> Json:
    wrong = [text for text in given if "=" not in text]
    if wrong:
        raise BadInput.at(wrong[0], "expected NAME=VALUE")
    return {name: _value(value) for name, _, value in (text.partition("=") for text in given)}


def _value(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


# --- Answers to be read ------------------------------------------------------------------------------------


def _show(options: argparse.Namespace, answer: Json) -> str:
    match options.command:
        case "calls":
            return _calls([*answer["calls"], *answer.get("unclaimed", ())])
        case "why":
            return _why(answer)
        case "estate":
            return _risks(answer["risks"], is_short=options.kind is None)
        case "reset":
            return "back to the beginning"
        case "coverage":
            return _coverage(answer)
        case "from-calls":
            return _needed(answer)
        case _:
            return "\n".join(_lines(answer))


def _calls(calls: list[Json]) -> str:
    if not calls:
        return "no calls"
    rows = [
        (
            one["RequestId"],
            f"{one['Service']}:{one['Action']}",
            one["Region"] or "-",
            one["User"],
            one["Outcome"],
        )
        for one in calls
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _risks(risks: list[Json], *, is_short: bool) -> str:
    """A line a kind; with one kind only, also a line a resource."""
    width = max(len(one["kind"]) for one in risks)
    lines = [
        f"{one['kind']:{width}}  {_percent(one['rate']):>5}  {one['count']:>6}  {one['what']}"
        for one in risks
    ]
    if not is_short:
        found = [each for one in risks for each in one["resources"]]
        lines += [f"  {each['id']}  {each['table']}  {each['region'] or '-'}" for each in found]
    return "\n".join(lines)


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.0%}"


def _why(call: Json) -> str:
    where = call["Region"] or "no region"
    lines = [
        f"{call['Service']}:{call['Action']} {call['Version']} in {where}",
        f"by        {call['Caller']} from {call['Peer']}, with {call['SecretId'] or 'no key'}",
        f"outcome   {call['Outcome']}   ({call['Fidelity'] or 'never performed'})",
    ]
    if call["Error"] is not None:
        lines.append("message   " + call["Error"]["Message"].strip().replace("\n", "\n          "))
    lines += [f"fired     {one['What']} {one['Id']}, time {one['Nth']}" for one in call.get("Fired", ())]
    return "\n".join([*lines, "", *call["Explanation"]])


def _coverage(answer: Json) -> str:
    if "service" in answer:
        totals = {name: len(answer[name]) for name in ("modelled", "inferred", "not emulated")}
        lines = [f"{answer['service']} {answer['version']}"]
    else:
        totals, lines = answer["totals"], [f"{answer['actions']} published actions"]
    lines += [f"  {name} {count}" for name, count in totals.items()]
    for key, each in answer["evidence"].items():
        told = [
            ", ".join(f"{count} {what.lower()}" for what, count in each["marks"].items()),
            f"driven by {', '.join(each['clients'])}" if each["clients"] else "",
            "examples " + (", ".join(f"{n} {how}" for how, n in each["examples"].items()) or "none"),
        ]
        lines.append(f"{key}: {'; '.join(filter(None, told))}")
    if answer.get("inferred"):
        lines.append(f"inferred: {', '.join(answer['inferred'])}")
    return "\n".join(lines)


def _needed(answer: Json) -> str:
    """The policy to be redirected into a file; what there is to say of it goes to the standard error."""
    for one in answer["left_out"]:
        calls = "1 call" if one["calls"] == 1 else f"{one['calls']} calls"
        print(f"left out: {one['action']} ({calls}): {one['why']}", file=sys.stderr)
    if answer["policy"] is None:
        raise NotFound("no call that fits asked for a permission")
    if not answer["fits"]:
        print(f"{answer['characters']} characters are more than CAM takes: split it", file=sys.stderr)
    return orjson.dumps(answer["policy"], option=orjson.OPT_INDENT_2).decode()


def _lines(value: Any, indent: str = "") -> list[str]:
    """A JSON value as indented lines."""
    if isinstance(value, list) and not value:
        return [f"{indent}none"]
    if isinstance(value, list):
        return [line for each in value for line in _item(each, indent)]
    if not isinstance(value, dict):
        return [f"{indent}{_scalar(value)}"]
    found: list[str] = []
    for name, each in value.items():
        if isinstance(each, list | dict):
            found += [f"{indent}{name}", *_lines(each, indent + "  ")]
        else:
            found.append(f"{indent}{name} {_scalar(each)}")
    return found


def _item(value: Any, indent: str) -> list[str]:
    first, *others = _lines(value, indent + "  ") or [indent + "  none"]
    return [f"{indent}- {first.lstrip()}", *others]


def _scalar(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


__all__ = ["ask", "talk"]
