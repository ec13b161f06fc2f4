"""What conditions can ask about a call and about each resource it touches; worked out only when one does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from emulator.contract.model import Action, Shape
from emulator.contract.paging import is_read
from emulator.policy.conditions import REQUEST_TAG, RESOURCE_TAG, Context
from emulator.tables.call import Call
from emulator.tables.tags import TAG_WORDS, Tags, find_place, read_tags
from emulator.world.clock import iso_time

Words = tuple[str, str]

_TAG_WORDS: tuple[Words, ...] = (("Key", "Value"), TAG_WORDS)


class Circumstances(Mapping[str, tuple[str, ...]]):
    """What is known of a call as a whole."""

    __slots__ = ("_call",)
    _KEYS = ("qcs:ip", "qcs:current_time", REQUEST_TAG, "mfa")

    def __init__(self, call: Call) -> None:
        self._call = call

    def __getitem__(self, key: str) -> tuple[str, ...]:
        call = self._call
        match key:
            case "qcs:ip":
                return (call.caller.peer,)
            case "qcs:current_time":
                return (iso_time(call.now),)
            case "qcs:request_tag":
                return request_tags(call.action, call.params)
            case "mfa":
                # Documented: the key, and that 0 is a caller who was not verified. Assumed: that every call
                # has it; nobody here has a device to be verified with.
                return ("0",)
        if call.region and key == f"{call.action.service}:region":
            return (call.region,)
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        yield from self._KEYS
        if self._call.region:
            yield f"{self._call.action.service}:region"

    def __len__(self) -> int:
        return len(self._KEYS) + bool(self._call.region)


class Belongings(Mapping[str, Context]):
    """What is known of each resource a call asks about."""

    __slots__ = ("_call", "_resources")

    def __init__(self, call: Call, resources: Sequence[str]) -> None:
        self._call = call
        self._resources = resources

    def __getitem__(self, resource: str) -> Context:
        if resource not in self._resources:
            raise KeyError(resource)
        return _Resource(self._call, resource)

    def __iter__(self) -> Iterator[str]:
        return iter(self._resources)

    def __len__(self) -> int:
        return len(self._resources)


class _Resource(Mapping[str, tuple[str, ...]]):
    """What is known of one resource: the tags it bears."""

    __slots__ = ("_call", "_name")

    def __init__(self, call: Call, name: str) -> None:
        self._call = call
        self._name = name

    def __getitem__(self, key: str) -> tuple[str, ...]:
        tags = resource_tags(self._call, self._name) if key == RESOURCE_TAG else None
        if tags is None:
            raise KeyError(key)
        return spell_tags(tags)

    def __iter__(self) -> Iterator[str]:
        yield RESOURCE_TAG

    def __len__(self) -> int:
        return 1


def resource_tags(call: Call, resource: str) -> Tags | None:
    """The tags that one resource bears; None where it does not exist, is not one, or keeps none here."""
    # Assumed: what does not exist has no tags, so no condition on them holds.
    place = find_place(resource)
    row = None if place is None else call.world.read(place.kind.table, place.region).get(place.row_key)
    return None if place is None or row is None else read_tags(place.kind, row)


def spell_tags(tags: Tags) -> tuple[str, ...]:
    """Tags as condition values."""
    # Documented: `key&value`, one for each tag.
    return tuple(f"{key}&{value}" for key, value in tags.items())


# --- Tags in requests --------------------------------------------------------------------------------------


class _Tagging(NamedTuple):
    """A parameter that holds tags: under ``inner`` if that says so, each in these words."""

    name: str
    inner: str
    words: Words


def request_tags(action: Action, params: Mapping[str, Any]) -> tuple[str, ...]:
    """The tags that a request puts on something or takes away, as condition values."""
    given = [tag for tagging in _find_taggings(action) for tag in _read_tagging(tagging, params)]
    return tuple(dict.fromkeys(given))


@lru_cache(maxsize=1024)
def _find_taggings(action: Action) -> tuple[_Tagging, ...]:
    """Where a contract has tags, whatever it calls them (``Tags``, ``TagSpecification``, …)."""
    # Documented: the key is about binding and unbinding. Assumed: so tags by which a read narrows its list
    # do not count, nor do keys alone (`TagKeys`), which have no value to compare.
    return () if is_read(action.name) else tuple(_taggings(action.request))


def _taggings(request: Shape) -> Iterator[_Tagging]:
    if request.members.keys() >= {*TAG_WORDS}:
        yield _Tagging("", "", TAG_WORDS)
    for name, member in request.members.items():
        if member.shape is None or "Tag" not in name or "Filter" in name:
            continue
        if words := _find_words(member.shape):
            yield _Tagging(name, "", words)
        inner = member.shape.members.get("Tags")
        if inner is not None and inner.shape is not None and (words := _find_words(inner.shape)):
            yield _Tagging(name, "Tags", words)


def _find_words(shape: Shape) -> Words | None:
    return next((words for words in _TAG_WORDS if shape.members.keys() >= {*words}), None)


def _read_tagging(tagging: _Tagging, params: Mapping[str, Any]) -> Iterator[str]:
    key, value = tagging.words
    held = _many(params.get(tagging.name)) if tagging.name else [params]
    for each in held if not tagging.inner else (tag for one in held for tag in _many(one.get(tagging.inner))):
        if each.get(key):
            yield f"{each[key]}&{each.get(value) or ''}"


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
