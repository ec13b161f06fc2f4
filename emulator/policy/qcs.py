"""Resources as CAM writes them: ``qcs:project:service:region:account:resource``.

Two forms meet here. A *pattern* stands in a policy and may hold wildcards, empty segments and ``${…}``; a
*resource* is what a call asks about, and may stand for a whole kind (``…:instance/*``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from emulator.policy.wildcard import Wildcard, wildcard

EVERYTHING = "*"

# The region names of old; policies and resources hold them beside the long ones.
_SHORT_REGIONS = {
    # Documented: the eight of the CAM page on resources (product/598/10606).
    "gz": "ap-guangzhou",
    "sh": "ap-shanghai",
    "bj": "ap-beijing",
    "ca": "na-toronto",
    "sg": "ap-singapore",
    "hk": "ap-hongkong",
    "cd": "ap-chengdu",
    "de": "eu-frankfurt",
    # Documented: official examples of pts (szx) and scf (cq).
    "szx": "ap-shenzhen",
    "cq": "ap-chongqing",
    # Assumed: the same style; seen in no page about policies.
    "jp": "ap-tokyo",
    "kr": "ap-seoul",
    "in": "ap-mumbai",
    "th": "ap-bangkok",
    "jkt": "ap-jakarta",
    "sa": "me-saudi-arabia",
    "nj": "ap-nanjing",
    "tpe": "ap-taipei",
    "usw": "na-siliconvalley",
    "use": "na-ashburn",
    "sao": "sa-saopaulo",
    "shjr": "ap-shanghai-fsi",
    "szjr": "ap-shenzhen-fsi",
    "bjjr": "ap-beijing-fsi",
}
LONG_REGIONS: Mapping[str, str] = MappingProxyType(_SHORT_REGIONS)
SHORT_REGIONS: Mapping[str, str] = MappingProxyType({long: short for short, long in _SHORT_REGIONS.items()})


def respell(region: str) -> str:
    """The long name of a region; a name that is no short one stays as it is."""
    return LONG_REGIONS.get(region, region)


class Segments(NamedTuple):
    """The five segments after ``qcs``."""

    project: str
    service: str
    region: str
    account: str
    resource: str


def split(text: str) -> Segments | None:
    """Cut at the first five colons, or None if this is no six segments. A resource may hold colons."""
    head, *segments = text.split(":", 5)
    return Segments(*segments) if head == "qcs" and len(segments) == 5 else None


def is_resource(text: str) -> bool:
    """Whether a call can ask about this: ``*`` or six segments. Cheaper than to cut it."""
    return text == EVERYTHING or (text.startswith("qcs:") and text.count(":") >= len(Segments._fields))


class Flaw(NamedTuple):
    """Why a pattern is refused: the error code's last part, and what was expected."""

    code: str
    message: str


# Documented: `${uin}`, `${owner_uin}` and `${app_id}` are replaced by what the caller is (product/598/10607).
VARIABLES = frozenset({"uin", "owner_uin", "app_id"})
_PLACEHOLDER = re.compile(r"\$\{([^${}]*)\}")
_NAME = re.compile(r"[A-Za-z0-9_.*-]*")
_ACCOUNT = re.compile(r"|\*|(uin|uid)/[0-9*]+")


def find_flaw(pattern: str) -> Flaw | None:
    """Say why a policy's resource is malformed, or None.

    Which services and regions exist is not this module's knowledge: only the form is judged.
    """
    if pattern == EVERYTHING:
        return None
    segments = split(pattern)
    if segments is None:
        return Flaw(
            "ResourceError", f"expected `*` or `qcs::service:region:account:resource`, got {pattern!r}"
        )
    return _find_segment_flaw(segments)


def _find_segment_flaw(segments: Segments) -> Flaw | None:
    plain = Segments(*(_PLACEHOLDER.sub("0", segment) for segment in segments))
    if plain.project:
        # Documented: the project cannot be given in the current syntax, and can be left empty.
        return Flaw("ResourceError", f"the project segment must be empty, got {segments.project!r}")
    if not _NAME.fullmatch(plain.service):
        return Flaw("ResourceError", f"{segments.service!r} is not the short name of a service")
    if not _NAME.fullmatch(plain.region):
        return Flaw("ResourceRegionError", f"{segments.region!r} is not a region")
    if not _ACCOUNT.fullmatch(plain.account):
        return Flaw("ResourceUinError", f"expected `uin/…`, `uid/…` or nothing, got {segments.account!r}")
    if not plain.resource or not plain.resource.isprintable():
        # Assumed: that the last segment may not be empty. Left empty it would have to mean everything.
        return Flaw("ResourceError", "the last segment is empty or not printable: write `*` for everything")
    return None


@dataclass(frozen=True, slots=True)
class Difference:
    """One segment in which a pattern and a resource differ."""

    segment: str
    wanted: str
    asked: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A resource that a call asks about, cut and ready to be compared."""

    text: str
    segments: Segments | None
    """None for ``*``: the call passes no resource."""
    regions: tuple[str, ...]
    """Every spelling of the region."""


def ask(text: str) -> Asked | None:
    """Cut what a call asks about, or None if it is neither ``*`` nor six segments."""
    if text == EVERYTHING:
        return Asked(text, None, ())
    segments = split(text)
    return segments and Asked(text, segments, spell_region(segments.region))


def spell_region(region: str) -> tuple[str, ...]:
    """Every spelling of a region: the long name, then the short one if there is one."""
    long = respell(region)
    short = SHORT_REGIONS.get(long)
    return (long,) if short is None else (long, short)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A policy's resource for one caller; ``covers`` is the comparison."""

    text: str
    """As the policy has it."""
    segments: Segments | None
    """None for ``*``. Variables are already replaced."""
    service: Wildcard | None
    region: Wildcard | None
    account: Wildcard | None
    resource: Wildcard | None
    unfilled: tuple[str, ...]
    """Placeholders that nothing replaced: such a pattern covers nothing."""

    def covers(self, asked: Asked) -> bool:
        """Whether everything asked about lies within the pattern.

        A call that passes no resource is covered by ``*`` only.
        """
        # Documented: such a call is refused if the statement names six segments (product/213/77373).
        if self.segments is None:
            return True
        if asked.segments is None or self.unfilled:
            return False
        return (
            _covers(self.service, asked.segments.service)
            and _covers_region(self.region, asked.regions)
            and _covers(self.account, asked.segments.account)
            and _covers(self.resource, asked.segments.resource)
        )

    def differences(self, asked: Asked) -> tuple[Difference, ...]:
        """Everything that keeps the pattern from covering; empty if it covers."""
        if self.segments is None:
            return ()
        if asked.segments is None:
            return (Difference("resource", self.text, asked.text, "the call passes no resource"),)
        return tuple(self._differ(self.segments, asked.segments, asked.regions))

    def _differ(self, wanted: Segments, actual: Segments, regions: tuple[str, ...]) -> Iterator[Difference]:
        for name, want, have, covered in (
            ("service", wanted.service, actual.service, _covers(self.service, actual.service)),
            ("region", wanted.region, actual.region, _covers_region(self.region, regions)),
            ("account", wanted.account, actual.account, _covers(self.account, actual.account)),
            ("resource", wanted.resource, actual.resource, _covers(self.resource, actual.resource)),
        ):
            if unfilled := self.unfilled and placeholders(want):
                yield Difference(name, want, have, f"${{{unfilled[0]}}} was never replaced by a real value")
            elif not covered:
                yield Difference(name, want, have, _note(name, want, have))


def bind(text: str, variables: Mapping[str, str]) -> Pattern:
    """Make a well-formed policy resource ready for one caller, its variables replaced."""
    if text == EVERYTHING:
        return Pattern(text, None, None, None, None, None, ())
    filled = fill(text, variables)
    segments = split(filled)
    assert segments is not None, text  # noqa: S101 - the parser lets nothing else through
    return Pattern(
        text,
        segments,
        _any_or(segments.service),
        _any_or(segments.region),
        _any_or(segments.account),
        wildcard(segments.resource),
        placeholders(filled),
    )


def fill(text: str, variables: Mapping[str, str]) -> str:
    """Replace the documented variables by what the caller is; leave every other ``${…}``."""
    if "${" not in text:
        return text
    return _PLACEHOLDER.sub(lambda found: variables.get(found[1], found[0]), text)


def placeholders(text: str) -> tuple[str, ...]:
    """The names of all ``${…}`` in a text."""
    return tuple(_PLACEHOLDER.findall(text)) if "${" in text else ()


def as_pattern(resource: str) -> str:
    """What a policy may hold for a resource: the project segment has to be empty there."""
    segments = split(resource)
    return ":".join(("qcs", *segments._replace(project=""))) if segments else resource


def _any_or(segment: str) -> Wildcard | None:
    """Documented: an empty service or region means all of them, an empty account the policy's own."""
    # Assumed: every resource asked about belongs to the account that owns the policy, so "its own" is any.
    return wildcard(segment) if segment else None


def _covers(pattern: Wildcard | None, text: str) -> bool:
    return pattern is None or pattern.covers(text)


def _covers_region(pattern: Wildcard | None, spellings: tuple[str, ...]) -> bool:
    """Whether any spelling fits."""
    # Assumed: short and long names are the same region, also where a wildcard is in the pattern.
    return pattern is None or any(pattern.covers(region) for region in spellings)


def _note(segment: str, wanted: str, asked: str) -> str:
    """What a reader may not know of the two: what a short region means, that a list read asks for all."""
    if segment == "region":
        return ", ".join(f"{name} is {respell(name)}" for name in (wanted, asked) if name in LONG_REGIONS)
    return "a list read asks for all of them" if segment == "resource" and asked.endswith("/*") else ""
