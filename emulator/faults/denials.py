"""A denial: a deny statement that the policy engine is given for the calls it is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from emulator.faults.match import (
    ROOT,
    Known,
    Match,
    MatchFields,
    Moment,
    compile_globs,
    one_or_many,
    read_match,
    specify,
)
from emulator.faults.spec import Fields

EVERYTHING = "*"

# As the policy engine takes it: the project left empty, an account `uin/…` or `uid/…`, a resource at the end.
_RESOURCE = re.compile(r"qcs::[A-Za-z0-9_.*-]*:[A-Za-z0-9_.*-]*:(?:|\*|ui[nd]/[0-9*]+):\S+")


class DenialFields(MatchFields, total=False):
    """The fields of a denial as keywords."""

    resource: str | Sequence[str]


class Statement(TypedDict):
    """A deny statement in the grammar of CAM policies."""

    effect: str
    action: list[str]
    resource: list[str]


@dataclass(frozen=True, slots=True)
class Denial:
    """Calls that are to be denied.

    The root account is never meant: real CAM cannot deny it, and the engine is not asked about it.
    """

    match: Match
    resource: tuple[str, ...] = (EVERYTHING,)
    """Patterns as a policy writes them: ``*``, or six segments."""
    id: str = field(default="", compare=False)
    """Given by the plan that holds it."""

    @classmethod
    def of(cls, **fields: Unpack[DenialFields]) -> Denial:
        """A denial from keywords, the same as in JSON and TOML.

        Raises:
            BadInput: all that is wrong, at once.
        """
        return cls.parse(fields)

    @classmethod
    def parse(cls, spec: Mapping[str, object], where: str = "", known: Known | None = None) -> Denial:
        """A denial from its spec.

        Raises:
            BadInput: all that is wrong, at once, each with its path below ``where``.
        """
        fields = Fields(spec, where)
        match = read_match(fields, known)
        resource = fields.texts("resource") or (EVERYTHING,)
        _judge(match, resource, fields)
        fields.finish()
        return cls(match, resource)

    def as_spec(self) -> dict[str, object]:
        """The spec that ``parse`` makes this denial from."""
        spec = specify(self.match)
        if self.resource != (EVERYTHING,):
            spec["resource"] = one_or_many(self.resource)
        return spec

    def statement(self) -> Statement:
        """The deny statement. Matchers the grammar lacks have had their say when the engine is given it."""
        return {"effect": "deny", "action": _actions(self.match.action), "resource": list(self.resource)}


def _judge(match: Match, resource: tuple[str, ...], fields: Fields) -> None:
    for pattern in resource:
        if pattern != EVERYTHING and not _RESOURCE.fullmatch(pattern):
            expected = "expected `*` or `qcs::service:region:account:resource`"
            fields.flaw("resource", f"{expected}, got {pattern!r}")
    for name, given in (("user", match.user), ("caller", match.caller)):
        if ROOT in given:
            fields.flaw(name, "CAM cannot deny the root account: deny a sub-user, or plan a fault")


def _actions(globs: tuple[str, ...]) -> list[str]:
    """The actions for the statement.

    CAM takes no ``*`` within a service's name: there the statement says every action, which is exact enough,
    as it is only added for a call whose action the pattern fits.
    """
    return sorted({EVERYTHING if "*" in glob.partition(":")[0] else glob for glob in globs})


def compile_coverage(resource: tuple[str, ...]) -> Iterator[Callable[[Moment], object]]:
    """A test whether the patterns may cover what a call asks about; none if they cover everything.

    True where it is not known what the call asks about. Wider than the engine's own answer, never narrower:
    only services and names are compared, which no spelling of regions and owners can mislead. It keeps a
    denial that lets calls pass first, or is spent some day, from counting calls about other resources.
    """
    if EVERYTHING in resource:
        return
    covers = [_compile_pattern(pattern) for pattern in resource]

    def test(moment: Moment) -> bool:
        asked = moment.resources
        return asked is None or any(cover(text.split(":", 5)) for text in asked for cover in covers)

    yield test


def _compile_pattern(pattern: str) -> Callable[[list[str]], bool]:
    """Compare service and name. A call that passes no resource (``*``) is covered by no six segments."""
    wanted = pattern.split(":", 5)
    is_service, is_name = compile_globs((wanted[2] or EVERYTHING,)), compile_globs((wanted[5],))
    return lambda asked: len(asked) == 6 and bool(is_service(asked[2]) and is_name(asked[5]))
