"""The tags there are: those that resources bear, and those that were made and that none bears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emulator.services.tag.bearing import borne
from emulator.services.tag.errors import refused
from emulator.tables.call import Call
from emulator.world.shelves import Row

MADE = "tag.tag"
"""Pairs that were made through this product, by key and value; resources may bear them or not."""
MOST_KEYS, MOST_VALUES = 1000, 1000
"""Documented: keys of an account, values of a key."""
LONGEST_KEY, LONGEST_VALUE = 127, 255
"""Assumed."""
RESERVED = frozenset({"qcloud", "tencent", "project"})
"""Documented: keys that nobody can make."""
Pair = tuple[str, str]


def made(call: Call) -> list[Pair]:
    """The tags that were made through this product."""
    return list(call.world.read(MADE).items())


def all_keys(call: Call) -> list[str]:
    """The keys of all tags there are, in order."""
    return sorted({key for key, _ in borne(call)} | {key for key, _ in made(call)})


def all_tags(call: Call, keys: Sequence[str] | None = None) -> list[Pair]:
    """The tags there are, of some keys or of all, in order."""
    return sorted(borne(call, keys) | {pair for pair in made(call) if keys is None or pair[0] in keys})


def check(key: str, value: str) -> None:
    """See that a tag can be.

    Raises:
        ApiError: the key is reserved, or key or value has a length that it cannot have.
    """
    if not key:
        raise refused("InvalidParameterValue.TagKeyEmpty", "A tag key is empty.")
    if len(key) > LONGEST_KEY:
        raise refused("InvalidParameterValue.TagKeyLengthExceeded", "A tag key is too long.")
    if len(value) > LONGEST_VALUE:
        raise refused("InvalidParameterValue.TagValueLengthExceeded", "A tag value is too long.")
    if key in RESERVED:
        raise refused("InvalidParameterValue.ReservedTagKey", f"The tag key `{key}` is reserved.")


def make(call: Call, tags: Mapping[str, str]) -> None:
    """Let tags be, whether or not a resource bears them; those that are there stay.

    Raises:
        ApiError: there would be too many.
    """
    there = set(made(call))
    new = [pair for pair in tags.items() if pair not in there]
    if not new:
        return
    keys = {key for key, _ in there}
    if len(keys | tags.keys()) > MOST_KEYS:
        raise refused("LimitExceeded.TagKey", f"An account has at most {MOST_KEYS} tag keys.")
    for key, _ in new:
        if sum(other == key for other, _ in there) >= MOST_VALUES:
            raise refused("LimitExceeded.TagValue", f"A tag key has at most {MOST_VALUES} values.")
    shelf = call.world.write(MADE)
    for pair in new:
        shelf.put(pair, Row({"TagKey": pair[0], "TagValue": pair[1]}))
