"""Whether the parameters of a call are what the contract asks for, said as the real gateway says it."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from emulator.contract.fit import DEEPEST, SCALARS, WORDS, Flaw, Side, Test, fitting, flaws
from emulator.contract.model import Action, Kind, Member, Shape
from emulator.errors import ApiError, missing_parameter, unknown_parameter, wrong_type

# Assumed: an unknown parameter is said before a missing one, and that before a wrong type; within each the
# order is the request's for the unknown, else the contract's. Assumed: a null for a required one is missing.
RANK = {"unknown": 0, "missing": 1, "null": 1, "type": 2}

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INDEX = re.compile(r"\d{1,9}", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,20}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?", re.ASCII)
_BOOLS = {"true": True, "1": True, "false": False, "0": False}


def check(action: Action, params: Mapping[str, object]) -> None:
    """Refuse parameters that do not fit, with the first thing the gateway would say.

    An explicit null of an optional member counts as absent.
    """
    if not _quick(action)(params):
        first = min(flaws(REQUEST, action.request, params), key=_rank, default=None)
        if first is not None:
            raise _say(first)


def violations(action: Action, params: Mapping[str, object]) -> list[ApiError]:
    """Everything that does not fit, the first as ``check`` raises it."""
    return [_say(flaw) for flaw in sorted(flaws(REQUEST, action.request, params), key=_rank)]


@functools.cache
def _quick(action: Action) -> Test:
    return fitting(REQUEST, action.request)


def _rank(flaw: Flaw) -> int:
    return RANK[flaw.problem]


def _say(flaw: Flaw) -> ApiError:
    # Observed: names of nested values are joined by dots, list indexes from 0 (`Trigger.Condition`,
    # `PersonExDescriptionInfos.0.PersonExDescriptionIndex`), and the expected type is the metadata's own word
    # (`string`, `uint64`, `date`). Assumed: `list` and `object` for those.
    match flaw.problem:
        case "unknown":
            return unknown_parameter(flaw.path)
        case "missing" | "null":
            return missing_parameter(flaw.path)
        case "type":
            return wrong_type(flaw.path, flaw.expected)


# --- What a request may hold -------------------------------------------------------------------------------


def _is_required(member: Member) -> bool:
    return member.required


def _may_be_null(member: Member) -> bool:
    # Assumed: a null is as good as an absent optional member (the official SDKs leave such members out).
    return not member.required


def _scalar(member: Member) -> Test:
    if member.kind == "date":
        return _is_date
    if member.lenient:
        return _is_number_or_digits(SCALARS[member.kind])
    return SCALARS[member.kind]


def _is_date(value: object) -> bool:
    # Observed: for a `date` only YYYY-MM-DD will do, neither seconds nor an ISO time (ses, 2026).
    # Assumed: the forms of `datetime` and `datetime_iso` are the product's affair; any text passes here.
    return isinstance(value, str) and _DATE.fullmatch(value) is not None


def _is_number_or_digits(number: Test) -> Test:
    return lambda value: (
        number(int(value)) if isinstance(value, str) and _WHOLE.fullmatch(value) else number(value)
    )


def _knows_nothing(_value: object, _shape: Shape) -> bool:
    return False


REQUEST = Side(
    needs=_is_required,
    allows_null=_may_be_null,
    scalar=_scalar,
    is_known=_knows_nothing,
    are_known=_knows_nothing,
)


# --- From flat names ---------------------------------------------------------------------------------------


Flat = Mapping[str, str | bytes]
"""Values by dotted name. Bytes come from files in a multipart body."""


def coerce(action: Action, flat: Flat) -> dict[str, object]:
    """Make nested, typed parameters of ``Filters.0.Values.1=x``, which GET, v1 and multipart send.

    What the contract does not know stays, for ``check`` to refuse. Text that is not of the declared type is
    refused here. List members are taken in the order of their indexes; gaps close.
    """
    tree: dict[str, object] = {}
    for name, text in flat.items():
        _plant(tree, name, text)
    return _grow_shape(action.request, tree, "")


def _plant(tree: dict[str, object], name: str, text: str | bytes) -> None:
    """Put one text where its name says."""
    *branches, leaf = name.split(".")
    if len(branches) > 2 * DEEPEST:
        raise unknown_parameter(name)
    for branch in branches:
        inner = tree.setdefault(branch, {})
        if not isinstance(inner, dict):  # both `A=…` and `A.B=…` were sent
            raise unknown_parameter(name)
        tree = inner
    if leaf in tree:
        raise unknown_parameter(name)
    tree[leaf] = text


def _grow_shape(shape: Shape, tree: Mapping[str, object], where: str) -> dict[str, object]:
    return {
        name: _grow(member, value, f"{where}{name}") if (member := shape.members.get(name)) else value
        for name, value in tree.items()
    }


def _grow(member: Member, value: object, path: str) -> object:
    if not member.many:
        return _grow_one(member, value, path)
    if not isinstance(value, dict) or not all(_INDEX.fullmatch(index) for index in value):
        raise wrong_type(path, "list")
    # Only the order of the indexes counts, so a huge one costs nothing.
    return [_grow_one(member, value[index], f"{path}.{index}") for index in sorted(value, key=int)]


def _grow_one(member: Member, value: object, path: str) -> object:
    if member.shape is not None and isinstance(value, dict):
        return _grow_shape(member.shape, value, f"{path}.")
    grown = _read_text(member.kind, value) if isinstance(value, str) else value
    if member.shape is not None or grown is None or isinstance(grown, dict):
        raise wrong_type(path, WORDS[member.kind])
    return grown


def _read_text(kind: Kind, text: str) -> object | None:
    """Read one value, or None if the text is not of this kind."""
    match kind:
        case "int" | "uint":
            return int(text) if _WHOLE.fullmatch(text) else None
        case "float":
            return float(text) if _NUMBER.fullmatch(text) else None
        case "bool":
            # Assumed: all of these. Python's SDK sends `True`, Go's `true`, forms written by hand 1.
            return _BOOLS.get(text.lower())
        case _:
            return text
