"""A second, dumb opinion on permissions: straight from the JSON, by loops and recursion, with no cleverness.

It shares no code with the engine; it knows only what the property's documents can hold.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

_LONG = {"gz": "ap-guangzhou", "sh": "ap-shanghai"}


class Opinion(NamedTuple):
    """What the oracle thinks came of it; ``because`` holds (document, statement, resource)."""

    effect: str
    kind: str
    refused: tuple[str, ...]
    because: frozenset[tuple[int, int, str]]


def judge(
    action: str,
    resources: Sequence[str],
    context: Mapping[str, Any],
    own: Mapping[str, Mapping[str, Any]],
    *,
    identity: Sequence[Mapping[str, Any]],
    boundary: Sequence[Mapping[str, Any]] | None = None,
    session: Sequence[Mapping[str, Any]] | None = None,
    root: bool = False,
    variables: Mapping[str, str] | None = None,
) -> Opinion:
    """Judge documents given as JSON values. Documents are numbered through all three layers.

    ``own`` is what is known of a resource beside the context of the call, and goes before it.
    """
    layers = [("implicit deny", identity)]
    if boundary is not None:
        layers.append(("boundary", boundary))
    if session is not None:
        layers.append(("session", session))
    allows: dict[str, set[tuple[int, int, str]]] = {kind: set() for kind, _ in layers}
    denies: set[tuple[int, int, str]] = set()
    number = 0
    for kind, documents in layers:
        for document in documents:
            for index, statement in enumerate(document["statement"]):
                for resource in resources:
                    known = {**_spell(context), **_spell(own.get(resource, {}))}
                    if _applies(statement, action, resource, known, variables or {}):
                        found = denies if statement["effect"] == "deny" else allows[kind]
                        found.add((number, index, resource))
            number += 1
    return _conclude(resources, allows, denies, root=root)


def _spell(context: Mapping[str, Any]) -> dict[str, Any]:
    """A context with both names of a resource's tags, if it has either."""
    names = ("qcs:resource_tag", "qcs:tag")
    given = [context[name] for name in names if name in context]
    return {**context, **(dict.fromkeys(names, given[0]) if given else {})}


def _conclude(
    resources: Sequence[str],
    allows: Mapping[str, set[tuple[int, int, str]]],
    denies: set[tuple[int, int, str]],
    *,
    root: bool,
) -> Opinion:
    if denies:
        refused = _those(resources, [resource for _, _, resource in denies])
        return Opinion("deny", "explicit deny", refused, frozenset(denies))
    for kind, found in allows.items():
        allowed = [resource for _, _, resource in found]
        lacking = _those(resources, [resource for resource in resources if resource not in allowed])
        if lacking and not (root and kind == "implicit deny"):
            return Opinion("deny", kind, lacking, frozenset())
    everything = frozenset(each for found in allows.values() for each in found)
    return Opinion("allow", "root" if root else "allowed", (), everything)


def _those(order: Sequence[str], chosen: Sequence[str]) -> tuple[str, ...]:
    result: list[str] = []
    for each in order:
        if each in chosen and each not in result:
            result.append(each)
    return tuple(result)


def _applies(
    statement: Mapping[str, Any],
    action: str,
    resource: str,
    context: Mapping[str, Any],
    variables: Mapping[str, str],
) -> bool:
    fold = statement["effect"] == "deny"
    return (
        any(action_fits(pattern, action, fold=fold) for pattern in _many(statement["action"]))
        and any(resource_fits(pattern, resource, variables) for pattern in _many(statement["resource"]))
        and all(
            condition_holds(operator, key, wanted, context, variables)
            for operator, keys in statement.get("condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def matches(pattern: str, text: str) -> bool:
    """Match a pattern with ``*`` one character at a time."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(matches(pattern[1:], text[cut:]) for cut in range(len(text) + 1))
    return bool(text) and pattern[0] == text[0] and matches(pattern[1:], text[1:])


def action_fits(pattern: str, action: str, *, fold: bool) -> bool:
    """Whether a statement's action means an action."""
    if pattern.startswith("permid/"):
        return False
    pattern = pattern.removeprefix("name/")
    if fold:
        pattern, action = pattern.lower(), action.lower()
    return matches(pattern, action)


def _fill(text: str, variables: Mapping[str, str]) -> str:
    for name, value in variables.items():
        text = text.replace("${" + name + "}", value)
    return text


def resource_fits(pattern: str, resource: str, variables: Mapping[str, str]) -> bool:
    """Whether a statement's resource covers one asked about."""
    if pattern == "*":
        return True
    pattern = _fill(pattern, variables)
    if resource == "*" or "${" in pattern:
        return False
    _, _, service, region, account, rest = pattern.split(":", 5)
    _, _, asked_service, asked_region, asked_account, asked_rest = resource.split(":", 5)
    spellings = {asked_region, *(a for pair in _LONG.items() if asked_region in pair for a in pair)}
    return (
        (service == "" or matches(service, asked_service))
        and (region == "" or any(matches(_LONG.get(region, region), name) for name in spellings))
        and (account == "" or matches(account, asked_account))
        and matches(rest, asked_rest)
    )


# --- Conditions -------------------------------------------------------------------------------------------


def condition_holds(
    operator: str, key: str, wanted: Any, context: Mapping[str, Any], variables: Mapping[str, str]
) -> bool:
    """Whether one key under one operator holds."""
    every, some = operator.startswith("for_all_value:"), operator.startswith("for_any_value:")
    operator = operator.rsplit(":", maxsplit=1)[-1]
    if_exist = operator.endswith("_if_exist")
    operator = operator.removesuffix("_if_exist")
    actual = _many(list(context[key]) if key in context else [])
    if operator == "null_equal":
        return any((_text(each) == "true") == (not actual) for each in _many(wanted))
    if not actual:
        return if_exist
    wanted = [_fill(each, variables) if isinstance(each, str) else each for each in _many(wanted)]
    if any(isinstance(each, str) and "${" in each for each in wanted):
        return False
    negated = "_not_" in operator
    held = [_value_suits(operator.replace("_not_", "_"), each, wanted, negated=negated) for each in actual]
    return all(held) if every or (negated and not some) else any(held)


def _value_suits(operator: str, actual: Any, wanted: Iterable[Any], *, negated: bool) -> bool:
    fits = [_fits(operator, actual, each) for each in wanted]
    if None in fits:
        return False
    return not any(fits) if negated else any(fits)


def _fits(operator: str, actual: Any, wanted: Any) -> bool | None:
    """Whether one value fits one wanted value; None if the actual one is of another kind."""
    kind = operator.split("_", maxsplit=1)[0]
    if kind == "string":
        return _string_fits(operator, _text(actual), _text(wanted))
    read = {"numeric": _number, "date": _date, "bool": _bool, "binary": _binary, "ip": _ip}[kind]
    left, right = read(actual), read(wanted)
    if left is None:
        return None
    if kind == "ip":
        return bool(left.version == right.version and left.subnet_of(right))
    order = operator.partition("_")[2]
    orders: dict[str, bool] = {
        "equal": left == right,
        "less_than": kind in ("numeric", "date") and left < right,
        "less_than_equal": kind in ("numeric", "date") and left <= right,
        "greater_than": kind in ("numeric", "date") and left > right,
        "greater_than_equal": kind in ("numeric", "date") and left >= right,
    }
    return orders[order]


def _string_fits(operator: str, actual: str, wanted: str) -> bool:
    if operator == "string_like":
        return matches(wanted, actual)
    if operator == "string_equal_ignore_case":
        return actual.lower() == wanted.lower()
    return actual == wanted


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Any) -> Any:
    try:
        return None if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        return None


def _date(value: Any) -> Any:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _bool(value: Any) -> Any:
    return {"true": 1, "false": 0}.get(_text(value))


def _binary(value: Any) -> Any:
    try:
        return base64.b64decode(str(value), validate=True)
    except ValueError:
        return None


def _ip(value: Any) -> Any:
    try:
        return ipaddress.ip_network(str(value), strict=False)
    except ValueError:
        return None
