"""What a statement may ask of the circumstances of a call: operators, qualifiers, values."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from operator import eq, ge, gt, le, lt
from types import MappingProxyType
from typing import Literal

from emulator.policy.qcs import fill, placeholders
from emulator.policy.wildcard import wildcard

Value = str | int | float | bool
"""A value as a policy or a context has it."""
Context = Mapping[str, Sequence[Value]]
"""What is known of a call, by condition key; a key may have several values (tags)."""
RESOURCE_TAG = "qcs:resource_tag"
REQUEST_TAG = "qcs:request_tag"
# Documented: examples of CAM, CLB and Monitor ask for a resource's tags by the second name, which came first.
RESOURCE_TAGS = (RESOURCE_TAG, "qcs:tag")
"""The condition keys that ask for a resource's tags: they are one key with two names."""
Qualifier = Literal["", "for_all_value", "for_any_value"]

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Read = str | Decimal | datetime | bool | bytes | _Network
_Compare = Callable[[_Read, _Read], bool]


# --- How values are read; None means: not of this kind ----------------------------------------------------

_NUMBER = re.compile(r"[+-]?(\d{1,64}(\.\d{0,64})?|\.\d{1,64})")


def _read_string(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _read_folded(value: Value) -> str:
    return _read_string(value).casefold()


def _read_number(value: Value) -> Decimal | None:
    """Read a decimal; an exponent is refused, as are infinities and other non-numbers."""
    if isinstance(value, bool):
        return None
    text = format(Decimal(repr(value)), "f") if isinstance(value, float) else _read_string(value)
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _read_date(value: Value) -> datetime | None:
    """Read an ISO 8601 date and time.

    Documented: in UTC; the official example puts a space where ISO 8601 has a ``T`` (product/598/58419).
    """
    if not isinstance(value, str) or len(value) < len("2022-05-31"):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _read_bool(value: Value) -> bool | None:
    return {"true": True, "false": False}.get(_read_string(value))


def _read_bytes(value: Value) -> bytes | None:
    """Assumed: binary values are written in base64, as other clouds have it."""
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else None
    except (binascii.Error, ValueError):
        return None


def _read_network(value: Value) -> _Network | None:
    """Read an address or a CIDR block.

    Documented: host bits may be set, as in the official ``10.217.182.3/24`` (product/598/73087).
    """
    try:
        return ipaddress.ip_network(value, strict=False) if isinstance(value, str) else None
    except ValueError:
        return None


# --- How values are compared: what the call has, then what the policy wants -------------------------------


def _like(actual: _Read, wanted: _Read) -> bool:
    return wildcard(str(wanted)).covers(str(actual))


def _within(actual: _Read, wanted: _Read) -> bool:
    """Whether an address or block lies within another; of two families, neither does."""
    match actual, wanted:
        case (ipaddress.IPv4Network() as inner, ipaddress.IPv4Network() as outer):
            return inner.subnet_of(outer)
        case (ipaddress.IPv6Network() as inner, ipaddress.IPv6Network() as outer):
            return inner.subnet_of(outer)
        case _:
            return False


# --- The operators ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to compare; ``negated`` says that no wanted value may fit, instead of any."""

    reads: str
    """What both sides must be, in words."""
    read: Callable[[Value], _Read | None]
    compare: _Compare
    negated: bool = False


def _ordered(reads: str, read: Callable[[Value], _Read | None], prefix: str) -> dict[str, Operator]:
    """The six operators that numbers and dates have. Both sides are of one kind, as ``read`` makes them."""
    orders: dict[str, Callable[..., bool]] = {
        "less_than": lt,
        "less_than_equal": le,
        "greater_than": gt,
        "greater_than_equal": ge,
    }
    return {
        f"{prefix}_equal": Operator(reads, read, eq),
        f"{prefix}_not_equal": Operator(reads, read, eq, negated=True),
        **{f"{prefix}_{name}": Operator(reads, read, order) for name, order in orders.items()},
    }


# Documented: all but the two `like` (product/598/58420).
# Assumed: `string_like` and `string_not_like`, which clients written against COS use, take `*` as wildcard.
OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        "string_equal": Operator("a string", _read_string, eq),
        "string_not_equal": Operator("a string", _read_string, eq, negated=True),
        "string_equal_ignore_case": Operator("a string", _read_folded, eq),
        "string_not_equal_ignore_case": Operator("a string", _read_folded, eq, negated=True),
        "string_like": Operator("a string", _read_string, _like),
        "string_not_like": Operator("a string", _read_string, _like, negated=True),
        **_ordered("a decimal number", _read_number, "numeric"),
        **_ordered("an ISO 8601 date", _read_date, "date"),
        "bool_equal": Operator("true or false", _read_bool, eq),
        "binary_equal": Operator("base64", _read_bytes, eq),
        "ip_equal": Operator("an IP address or CIDR block", _read_network, _within),
        "ip_not_equal": Operator("an IP address or CIDR block", _read_network, _within, negated=True),
    }
)
NULL = "null_equal"
_IF_EXIST = "_if_exist"
_QUALIFIERS: Mapping[str, Qualifier] = MappingProxyType(
    {"for_all_value": "for_all_value", "for_any_value": "for_any_value"}
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One key under one operator."""

    operator: str
    """As written: ``for_any_value:string_equal_if_exist``."""
    key: str
    values: tuple[Value, ...]
    """What is wanted, as written; one of them is enough."""
    base: str
    qualifier: Qualifier
    if_exist: bool


def parse_operator(written: str) -> tuple[str, Qualifier, bool] | None:
    """Take an operator apart into base, qualifier and ``_if_exist``, or None if there is no such operator."""
    head, colon, tail = written.partition(":")
    qualifier = _QUALIFIERS.get(head, "") if colon else ""
    name = tail if qualifier else written
    if name == NULL and not qualifier:
        return NULL, "", False  # Documented: takes no `_if_exist`. Assumed: nor a qualifier.
    base = name.removesuffix(_IF_EXIST)
    return (base, qualifier, base != name) if base in OPERATORS else None


def find_value_flaw(base: str, value: object) -> str | None:
    """Say why a policy's value does not suit an operator, or None."""
    if not isinstance(value, str | int | float):
        return f"expected a string, number or boolean, got {type(value).__name__}"
    if base == NULL:
        return None if _read_bool(value) is not None else f"expected true or false, got {value!r}"
    operator = OPERATORS[base]
    if operator.read(value) is not None or _takes_variables(base, value):
        return None
    return f"expected {operator.reads}, got {value!r}"


def _takes_variables(base: str, value: Value) -> bool:
    return base.startswith("string") and isinstance(value, str) and bool(placeholders(value))


# --- The judgement ----------------------------------------------------------------------------------------

_Verdict = bool | str
"""True, or why not."""


def explain_unmet(condition: Condition, context: Context, variables: Mapping[str, str]) -> str | None:
    """Say why a call does not meet a condition, or None if it does. Never raises."""
    values = read_context(context, condition.key)
    if condition.base == NULL:
        return _explain_null(condition, absent=not values)
    if not values:
        # Documented: `_if_exist` is what makes a condition hold though the call lacks the key, so without it
        # the condition does not hold, whatever the operator.
        return None if condition.if_exist else f"{_name_bearer(condition.key)} has no {condition.key}"
    wanted = tuple(fill(value, variables) if isinstance(value, str) else value for value in condition.values)
    if unfilled := [name for value in wanted if isinstance(value, str) for name in placeholders(value)]:
        return f"${{{unfilled[0]}}} was never replaced by a real value"
    return _explain_values(condition, values, wanted)


def read_context(context: Context, key: str) -> tuple[Value, ...]:
    """The values of a key, none if it is absent; one bare value counts as a list of one."""
    return _as_many(_find_values(context, key))


def keep_keys(context: Context, keys: Iterable[str]) -> Context:
    """A copy with these keys only, each as ``read_context`` reads it; those that are absent stay so."""
    found = ((key, _find_values(context, key)) for key in keys)
    return {key: _as_many(values) for key, values in found if values is not None}


def _find_values(context: Context, key: str) -> Sequence[Value] | Value | None:
    """The values of a key as the context has them, under whichever of its names; None if it is absent."""
    for name in RESOURCE_TAGS if key in RESOURCE_TAGS else (key,):
        values = context.get(name)
        if values is not None:
            return values
    return None


def _as_many(values: Sequence[Value] | Value | None) -> tuple[Value, ...]:
    if values is None:
        return ()
    return tuple(map(_tame, (values,) if isinstance(values, str | int | float) else values))


_LARGE_BITS = 4096


def _tame(value: Value) -> Value:
    """Python refuses to print an integer of many thousand digits in decimal, and would raise."""
    return hex(value) if isinstance(value, int) and value.bit_length() > _LARGE_BITS else value


def _explain_null(condition: Condition, *, absent: bool) -> str | None:
    """Assumed: ``true`` wants the key to be absent, ``false`` to be there."""
    if any(_read_bool(value) is absent for value in condition.values):
        return None
    return f"{_name_bearer(condition.key)} has {'no' if absent else 'a'} {condition.key}"


def _name_bearer(key: str) -> str:
    return "the resource" if key in RESOURCE_TAGS else "the call"


def _explain_values(condition: Condition, values: tuple[Value, ...], wanted: tuple[Value, ...]) -> str | None:
    operator = OPERATORS[condition.base]
    reasons = [_explain_value(operator, value, wanted) for value in values]
    unmet = [reason for reason in reasons if reason is not None]
    if not unmet or (len(unmet) < len(reasons) and not _wants_all(condition.qualifier, operator)):
        return None
    return f"{condition.key} is {' and '.join(dict.fromkeys(unmet))}"


def _wants_all(qualifier: Qualifier, operator: Operator) -> bool:
    """Whether every value the call has must suit, or one is enough."""
    # Assumed: without a qualifier, any value for a positive operator and every value for a negated one,
    # so that `not` never holds by a value that happens to be another.
    return qualifier == "for_all_value" or (not qualifier and operator.negated)


def _explain_value(operator: Operator, value: Value, wanted: tuple[Value, ...]) -> str | None:
    """Say what value of the call does not suit, or None if it does."""
    actual = operator.read(value) if isinstance(value, str | int | float) else None
    if actual is None:
        return f"{value!r}, which is not {operator.reads}"
    # Assumed: a negated operator holds if the value is none of the wanted ones.
    if any(_compare(operator, actual, each) for each in wanted) is operator.negated:
        return repr(value)
    return None


def _compare(operator: Operator, actual: _Read, wanted: Value) -> bool:
    """Whether one value fits one wanted value; the parser saw to it that the wanted one can be read."""
    read = operator.read(wanted)
    return read is not None and operator.compare(actual, read)
