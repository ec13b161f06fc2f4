"""Take things out of what the cloud sends: members along a path, keys, times, tags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from connector.model import storable

CHINA = timezone(timedelta(hours=8))
PART = re.compile(r"\{([\w.^]+)(:d)?\}")


def found(value: Any, path: str) -> Iterator[Any]:
    """Everything at a dotted path, lists opened; null and missing members are nothing."""
    if isinstance(value, list):
        for each in value:
            yield from found(each, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, Mapping):
        head, _, rest = path.partition(".")
        yield from found(value.get(head), rest)


def inmost(value: Mapping[str, Any], path: str) -> tuple[Mapping[str, Any], str]:
    """The object that holds what a dotted path names, and its name there; an empty one for none."""
    *heads, last = path.split(".")
    for head in heads:
        inner = value.get(head)
        value = inner if isinstance(inner, Mapping) else {}
    return value, last


def first(value: Any, path: str) -> Any:
    """The first thing at a path; None for none."""
    return next(found(value, path), None)


def texts(value: Any, path: str) -> list[str]:
    """What is at a path, each as text; the cloud says null, not [], when there is none."""
    return [str(each) for each in found(value, path) if each != ""]


def key_of(template: str, row: Mapping[str, Any], asked: str) -> str:
    """A row's key by its template, ``{^}`` standing for what was asked; empty where a member is missing."""
    parts: list[str] = []
    for name, is_number in PART.findall(template):
        value = asked if name == "^" else row.get(name)
        wanted = int if is_number else str
        if not isinstance(value, wanted) or isinstance(value, bool):
            return ""
        parts.append(str(value))
    if len(parts) == 1 and not parts[0]:
        return ""
    values = iter(parts)
    return storable(PART.sub(lambda _: next(values), template))


def epoch_ms(value: Any) -> int | None:
    """A time of any of the cloud's forms as milliseconds since the epoch; None where it is no time."""
    # Observed: cvm says 2024-01-02T03:04:05Z; most others say 2024-01-02 11:04:05; tcr's repositories
    # say 2024-01-02 11:04:05.123456 +0800 CST; what has not happened is 0000-00-00 00:00:00.
    # Assumed: a time without a zone is China's, as the products' documentation says of some.
    if isinstance(value, int) and not isinstance(value, bool):
        return value * 1000 if value > 0 else None
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r" ([+-]\d{4})( [A-Z]+)?$", r"\1", value))
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=CHINA)).timestamp() * 1000)


def tags(value: Any, path: str) -> list[dict[str, Any]]:
    """The tags at a path in one form, whatever the product calls their members."""
    # Observed: Key and Value, or TagKey and TagValue; entries may carry further spellings besides.
    return [
        {"Key": tag.get("Key", tag.get("TagKey")), "Value": tag.get("Value", tag.get("TagValue"))}
        for tag in found(value, path)
        if isinstance(tag, Mapping)
    ]
