"""What stands on shelves, as bytes: every kind of value that can be kept, and keys."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import asdict
from typing import Any

import orjson

from emulator.world.credentials import AccessKey, Principal
from emulator.world.shelves import Change, Gone, Row

_OPTION = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS
_PLAIN = (str, int, float)


def encode(change: Change[Any]) -> bytes:
    """A key, its number and what stands there.

    Raises:
        TypeError: it is of a kind that cannot be kept.
    """
    key, number, value = change
    kind, content = _taken_apart(value)
    try:
        return orjson.dumps([_plain_key(key), number, kind, content], default=_plain, option=_OPTION)
    except orjson.JSONEncodeError as reason:
        raise TypeError(f"{kind} {reason}") from reason


def decode(data: bytes) -> Change[Any]:
    """What ``encode`` was given.

    Raises:
        ValueError: these are no such bytes.
    """
    try:
        key, number, kind, content = orjson.loads(data)
        return _key(key), number, _KINDS[kind](content)
    except (KeyError, TypeError, AttributeError, ValueError) as reason:
        raise ValueError(f"holds a value of a kind that is not known: {reason}") from reason


def encode_key(key: Hashable) -> bytes:
    """A key by itself; no two keys have the same bytes.

    Raises:
        TypeError: it is neither text nor number, nor several of them.
    """
    return orjson.dumps(_plain_key(key))


def _taken_apart(value: object) -> tuple[str, object]:
    match value:
        case Gone():
            return "gone", None
        case Row():
            return "row", value.value
        case AccessKey():
            return "access key", asdict(value)
        case float() if not math.isfinite(value):
            raise TypeError(f"{value} cannot be kept")
        case str() | int() | float():
            return "plain", value
    raise TypeError(f"a value of the type {type(value).__name__} cannot be kept")


def _access_key(content: Mapping[str, Any]) -> AccessKey:
    return AccessKey(**{**content, "principal": Principal(**content["principal"])})


_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "gone": lambda _content: Gone.GONE,
    "row": Row,
    "access key": _access_key,
    "plain": lambda content: content,
}


def _plain_key(key: Hashable) -> object:
    if isinstance(key, tuple) and all(type(part) in _PLAIN for part in key):
        return list(key)
    if type(key) in _PLAIN:
        return key
    raise TypeError(f"a key of the type {type(key).__name__} cannot be kept")


def _key(plain: Any) -> Hashable:
    return tuple(plain) if isinstance(plain, list) else plain


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"holds a {type(value).__name__}, which cannot be kept")
