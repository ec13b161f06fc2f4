"""Whether a value fits a published shape: asked quickly, and if it does not, answered with every flaw."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from emulator.contract.model import Kind, Member, Shape

Test = Callable[[object], bool]

# Assumed: the cloud has some such limit.
DEEPEST = 64
"""How deep a shape that holds itself may be nested."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One way in which a value does not fit. ``expected`` is a type's word, or the name of the shape."""

    path: str
    problem: Literal["unknown", "missing", "null", "type"]
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Side:
    """Which side of a call is judged: requests and answers want different things of one shape."""

    needs: Callable[[Member], bool]
    """Whether the member must be given."""
    allows_null: Callable[[Member], bool]
    scalar: Callable[[Member], Test]
    """The test of one value of a member that is no object."""
    is_known: Callable[[object, Shape], bool]
    """Whether what is no mapping is yet known to fit a shape."""
    are_known: Callable[[object, Shape], bool]
    """Whether what is no plain list is yet known to hold nothing but what fits a shape."""


# --- Scalars -----------------------------------------------------------------------------------------------


def is_string(value: object) -> bool:
    """Text."""
    return isinstance(value, str)


def is_bool(value: object) -> bool:
    """True or false, and no number."""
    return value is True or value is False


def is_int(value: object) -> bool:
    """A signed 64-bit integer."""
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


def is_uint(value: object) -> bool:
    """An unsigned 64-bit integer."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**64


def is_float(value: object) -> bool:
    """A finite number, whole ones included."""
    return math.isfinite(value) if isinstance(value, float) else is_int(value) or is_uint(value)


def is_binary(value: object) -> bool:
    """A file: bytes out of a multipart body, or text."""
    return isinstance(value, (bytes, str))


SCALARS: Mapping[Kind, Test] = {
    "string": is_string,
    "datetime": is_string,
    "datetime_iso": is_string,
    "date": is_string,
    "int": is_int,
    "uint": is_uint,
    "float": is_float,
    "bool": is_bool,
    "binary": is_binary,
}

WORDS: Mapping[Kind, str] = {
    "string": "string",
    "datetime": "datetime",
    "datetime_iso": "datetime_iso",
    "date": "date",
    "int": "int64",
    "uint": "uint64",
    "float": "float",
    "bool": "bool",
    "binary": "binary",
    "object": "object",
}
"""What the published metadata calls each kind."""


# --- Quickly -----------------------------------------------------------------------------------------------


@functools.cache
def fitting(side: Side, shape: Shape) -> Test:
    """Compile the quick test of a shape. What it accepts fits; what it does not may still fit."""
    tests = {member.name: _member_test(side, shape, member) for member in shape.members.values()}
    needed = frozenset(member.name for member in shape.members.values() if side.needs(member))
    nullable = frozenset(member.name for member in shape.members.values() if side.allows_null(member))
    # Most values are texts, and nothing is quicker to ask than a type.
    texts = frozenset(name for name, test in tests.items() if test is is_string)
    test_of, is_known = tests.get, side.is_known

    def fits(value: object) -> bool:
        if type(value) is not dict:
            return is_known(value, shape)
        for name, item in value.items():
            if type(item) is str and name in texts:
                continue
            test = test_of(name)
            if (test is None or not test(item)) and (item is not None or name not in nullable):
                return False
        return not needed or needed <= value.keys()

    return fits


def _member_test(side: Side, owner: Shape, member: Member) -> Test:
    if member.shape is None:
        one = side.scalar(member)
        return _many(one) if member.many else one
    # What holds its owner is left to the careful way, which counts how deep it goes.
    one = _never if owner in _within(member.shape) else fitting(side, member.shape)
    return _many_objects(one, side, member.shape) if member.many else one


def _within(shape: Shape) -> set[Shape]:
    """The shape and every shape it holds, however deep."""
    found, open_ = {shape}, [shape]
    while open_:
        inner = {member.shape for member in open_.pop().members.values() if member.shape} - found
        found |= inner
        open_ += inner
    return found


def _never(_: object) -> bool:
    return False


def _many(one: Test) -> Test:
    return lambda value: type(value) is list and all(map(one, value))


def _many_objects(one: Test, side: Side, shape: Shape) -> Test:
    are_known = side.are_known
    return lambda value: all(map(one, value)) if type(value) is list else are_known(value, shape)


# --- Carefully ---------------------------------------------------------------------------------------------


def flaws(side: Side, shape: Shape, value: object, where: str = "", depth: int = 0) -> Iterator[Flaw]:
    """Yield everything that does not fit; paths join names and list indexes by dots."""
    if not isinstance(value, Mapping):
        if not side.is_known(value, shape):
            yield Flaw(where, "type", "object")
    elif depth > DEEPEST:
        yield Flaw(where, "type", "object")
    else:
        yield from (
            Flaw(_join(where, name), "unknown", shape.name) for name in value if name not in shape.members
        )
        for member in shape.members.values():
            yield from _member_flaws(side, member, value, _join(where, member.name), depth)


def _member_flaws(
    side: Side, member: Member, whole: Mapping[str, object], path: str, depth: int
) -> Iterator[Flaw]:
    value = whole.get(member.name)
    if value is None:
        yield from _absence_flaws(side, member, path, given=member.name in whole)
    elif not member.many:
        yield from _one_flaws(side, member, value, path, depth)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _one_flaws(side, member, item, f"{path}.{index}", depth)
    else:
        yield Flaw(path, "type", "list")


def _absence_flaws(side: Side, member: Member, path: str, *, given: bool) -> Iterator[Flaw]:
    if given and not side.allows_null(member):
        yield Flaw(path, "null", type_word(member))
    elif not given and side.needs(member):
        yield Flaw(path, "missing", type_word(member))


def _one_flaws(side: Side, member: Member, value: object, path: str, depth: int) -> Iterator[Flaw]:
    if member.shape is not None:
        yield from flaws(side, member.shape, value, path, depth + 1)
    elif not side.scalar(member)(value):
        yield Flaw(path, "type", WORDS[member.kind])


def type_word(member: Member) -> str:
    """What the published metadata calls the type of a member."""
    return "list" if member.many else WORDS[member.kind]


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else str(name)
