"""Whether what we answer is what the contract promises, and its encoding: a breach is our bug, and loud."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from emulator.contract.fit import SCALARS, Flaw, Side, Test, fitting, flaws
from emulator.contract.model import Action, Kind, Member, Shape
from emulator.errors import ContractBreach

_OPTION = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS

SHOWN = 20
"""How many breaches one message lists."""
_SMALL_BYTES = 8192
"""Answers from here on leave less room behind them than they take, and cost more to copy."""


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A value that was checked against a shape and encoded, once."""

    shape: Shape
    json: bytes = field(repr=False)
    fragment: orjson.Fragment = field(init=False, repr=False)
    """The same bytes, as orjson splices them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fragment", orjson.Fragment(self.json))


class Encodeds(tuple[Encoded, ...]):
    """Values, all of one shape, that were checked and encoded: as a list, checked and written at once."""

    __slots__ = ()


def encode_value(shape: Shape, value: Mapping[str, object], where: str = "") -> Encoded:
    """Check a value against a shape and encode it; ContractBreach names every path that does not fit.

    Wherever the shape holds an object, an ``Encoded`` of that very shape may stand.
    """
    _check(shape, value, where or shape.name)
    return Encoded(shape, _trim(_dump(value, where or shape.name)))


def encode_answer(action: Action, result: Mapping[str, object], request_id: str) -> bytes:
    """Check a result against the action's response and encode the whole body, RequestId last."""
    _check(action.response, result, action.key)
    body = _dump({"Response": {**result, "RequestId": request_id}}, action.key)
    return _trim(body) if len(body) < _SMALL_BYTES else body


def _check(shape: Shape, value: Mapping[str, object], where: str) -> None:
    if not fitting(ANSWER, shape)(value):
        found = list(flaws(ANSWER, shape, value))
        if found:
            shown = "; ".join(_describe(flaw) for flaw in found[:SHOWN])
            more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            raise ContractBreach(f"{where}: {shown}{more}")


def _describe(flaw: Flaw) -> str:
    match flaw.problem:
        case "unknown":
            return f"{flaw.path} is not in {flaw.expected}"
        case "missing":
            return f"{flaw.path} ({flaw.expected}) is promised and missing"
        case "null":
            return f"{flaw.path} ({flaw.expected}) may not be null"
        case "type":
            return f"{flaw.path or 'the whole'} should be {flaw.expected}"


def _trim(written: bytes) -> bytes:
    # orjson leaves the room it wrote in behind its bytes, ten times what a host takes, and journals keep
    # answers: a copy has none.
    return bytes(memoryview(written))


def _dump(value: Mapping[str, object], where: str) -> bytes:
    try:
        return orjson.dumps(value, default=_plain, option=_OPTION)
    except orjson.JSONEncodeError as error:  # a text with half a surrogate pair
        raise ContractBreach(f"{where}: cannot be written as JSON: {error}") from error


def _plain(value: object) -> object:
    if type(value) is Encodeds:
        return [each.fragment for each in value]
    if type(value) is Encoded:
        return value.fragment
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


# --- What an answer may hold -------------------------------------------------------------------------------


def _is_promised(member: Member) -> bool:
    return member.promised


def _may_be_null(member: Member) -> bool:
    return member.nullable


def _scalar(member: Member) -> Test:
    # Observed: answers carry times in other forms than their kind names, so any text passes.
    return SCALARS[member.kind]


def _is_encoded(value: object, shape: Shape) -> bool:
    return type(value) is Encoded and value.shape is shape


def _are_encoded(value: object, shape: Shape) -> bool:
    return type(value) is Encodeds and (not value or value[0].shape is shape)


ANSWER = Side(
    needs=_is_promised,
    allows_null=_may_be_null,
    scalar=_scalar,
    is_known=_is_encoded,
    are_known=_are_encoded,
)


# --- What was promised and not given -----------------------------------------------------------------------

_EMPTY: Mapping[Kind, object] = {"int": 0, "uint": 0, "float": 0.0, "bool": False}


def complete(shape: Shape, value: Mapping[str, object]) -> dict[str, object]:
    """Add the promised members that lack, here and in every object within.

    What may be null is null; else lists are empty, texts ``""``, numbers 0, and objects completed ones.
    """
    whole = {name: _complete_given(shape.members.get(name), given) for name, given in value.items()}
    for member in _promised(shape):
        if member.name not in whole:
            whole[member.name] = _blank(member)
    return whole


@functools.cache
def _promised(shape: Shape) -> tuple[Member, ...]:
    return tuple(member for member in shape.members.values() if member.promised)


def _complete_given(member: Member | None, given: object) -> object:
    if member is None or member.shape is None:
        return given
    if isinstance(given, (list, tuple)):
        return [_complete_one(member.shape, item) for item in given]
    return _complete_one(member.shape, given)


def _complete_one(shape: Shape, given: object) -> object:
    return complete(shape, given) if isinstance(given, Mapping) else given


def _blank(member: Member) -> object:
    if member.nullable:
        return None
    if member.many:
        return []
    return complete(member.shape, {}) if member.shape is not None else _EMPTY.get(member.kind, "")
