"""A fault: what is to go wrong, at which seam, and for which calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Unpack

from emulator.faults.effects import (
    ARRIVAL,
    DEPARTURE,
    EFFECTS,
    Effect,
    Seam,
    WrongRegion,
    kind_of_effect,
    name_of,
    options_of,
    read_effect,
)
from emulator.faults.match import Known, Match, MatchFields, read_match, specify
from emulator.faults.page import Trait
from emulator.faults.spec import Fields


class FaultFields(MatchFields, total=False):
    """The fields of a fault as keywords, those of its effect apart."""

    seam: Seam


@dataclass(frozen=True, slots=True)
class Fault:
    """Calls for which something is to go wrong.

    Raises:
        BadInput: from ``parse`` and from every constructor named after an effect; all that is wrong, at once.
    """

    match: Match
    seam: Seam
    effect: Effect
    id: str = field(default="", compare=False)
    """Given by the plan that holds it."""

    @classmethod
    def parse(cls, spec: Mapping[str, object], where: str = "", known: Known | None = None) -> Fault:
        """A fault from its spec; violations are named by their path below ``where``."""
        fields = Fields(spec, where)
        match, effect = read_match(fields, known), read_effect(fields)
        seams = kind_of_effect(effect).seams
        seam = fields.choice("seam", (ARRIVAL, DEPARTURE), seams[0])
        if fields.has("effect") and seam not in seams:
            fields.flaw("seam", f"the effect `{name_of(effect)}` has its place at {seams[0]}")
        _judge(effect, match, fields, known)
        fields.finish()
        return cls(match, DEPARTURE if seam == DEPARTURE else ARRIVAL, effect)

    def as_spec(self) -> dict[str, object]:
        """The spec that ``parse`` makes this fault from."""
        name = name_of(self.effect)
        spec: dict[str, object] = {"effect": name, **options_of(self.effect), **specify(self.match)}
        if self.seam != EFFECTS[name].seams[0]:
            spec["seam"] = self.seam
        return spec

    # --- one constructor an effect -----------------------------------------------------------------------

    @classmethod
    def throttle(
        cls,
        *,
        sub_code: str | None = None,
        count: int | None = None,
        limit: int | None = None,
        **fields: Unpack[FaultFields],
    ) -> Fault:
        """``RequestLimitExceeded``: ``count`` calls in a second where ``limit`` are allowed."""
        return cls._make("throttle", fields, sub_code=sub_code, count=count, limit=limit)

    @classmethod
    def internal_error(cls, **fields: Unpack[FaultFields]) -> Fault:
        """``InternalError``."""
        return cls._make("internal_error", fields)

    @classmethod
    def service_unavailable(cls, **fields: Unpack[FaultFields]) -> Fault:
        """``ServiceUnavailable``."""
        return cls._make("service_unavailable", fields)

    @classmethod
    def error(
        cls, code: str, message: str, *, message_zh: str | None = None, **fields: Unpack[FaultFields]
    ) -> Fault:
        """Any error of the API."""
        return cls._make("error", fields, code=code, message=message, message_zh=message_zh)

    @classmethod
    def http_status(cls, status: int, *, body: str | None = None, **fields: Unpack[FaultFields]) -> Fault:
        """A status from 400 to 599, with a page instead of an API answer."""
        return cls._make("http_status", fields, status=status, body=body)

    @classmethod
    def delay(cls, seconds: float, **fields: Unpack[FaultFields]) -> Fault:
        """An answer that comes later."""
        return cls._make("delay", fields, seconds=seconds)

    @classmethod
    def drop(cls, **fields: Unpack[FaultFields]) -> Fault:
        """No answer; nothing was done at arrival, everything at departure."""
        return cls._make("drop", fields)

    @classmethod
    def clock_skew(cls, seconds: float, **fields: Unpack[FaultFields]) -> Fault:
        """A server whose clock is more than five minutes ahead or behind."""
        return cls._make("clock_skew", fields, seconds=seconds)

    @classmethod
    def duplicate(cls, *, deliveries: int | None = None, **fields: Unpack[FaultFields]) -> Fault:
        """A request that is delivered twice, or more often."""
        return cls._make("duplicate", fields, deliveries=deliveries)

    @classmethod
    def wrong_region(cls, into: str, **fields: Unpack[FaultFields]) -> Fault:
        """A call that is carried out in another region."""
        return cls._make("wrong_region", fields, into=into)

    @classmethod
    def empty_page(cls, **fields: Unpack[FaultFields]) -> Fault:
        """A list without rows under a total that says otherwise."""
        return cls._make("empty_page", fields)

    @classmethod
    def miscounted_total(cls, *, delta: int | None = None, **fields: Unpack[FaultFields]) -> Fault:
        """A total that is off by ``delta``, one too many if that is not said."""
        return cls._make("miscounted_total", fields, delta=delta)

    @classmethod
    def stale_page(cls, **fields: Unpack[FaultFields]) -> Fault:
        """A list as it was when the fault was added."""
        return cls._make("stale_page", fields)

    @classmethod
    def shifted_page(
        cls,
        *,
        by: int | None = None,
        from_page: int | None = None,
        moves_total: bool | None = None,
        **fields: Unpack[FaultFields],
    ) -> Fault:
        """A list whose rows move up by ``by`` (or down, if negative) after its first page was read."""
        return cls._make("shifted_page", fields, by=by, from_page=from_page, moves_total=moves_total)

    @classmethod
    def content_type(cls, value: str, **fields: Unpack[FaultFields]) -> Fault:
        """A body announced as something else than JSON."""
        return cls._make("content_type", fields, value=value)

    @classmethod
    def garble(cls, **fields: Unpack[FaultFields]) -> Fault:
        """A body that is no JSON; ``seed`` says which garbage."""
        return cls._make("garble", fields)

    @classmethod
    def truncate(
        cls,
        *,
        after_bytes: int | None = None,
        share: float | None = None,
        **fields: Unpack[FaultFields],
    ) -> Fault:
        """A body that ends early, after so many bytes or such a share of them; half if neither is said."""
        return cls._make("truncate", fields, after_bytes=after_bytes, share=share)

    @classmethod
    def reset(
        cls,
        *,
        after_bytes: int | None = None,
        share: float | None = None,
        **fields: Unpack[FaultFields],
    ) -> Fault:
        """A connection closed within the body, after so many bytes or such a share of them."""
        return cls._make("reset", fields, after_bytes=after_bytes, share=share)

    @classmethod
    def _make(cls, effect: str, fields: FaultFields, **options: object) -> Fault:
        given = {name: value for name, value in options.items() if value is not None}
        return cls.parse({"effect": effect, **given, **fields})


_LACKS: Mapping[Trait, str] = {
    "list": "answers with a list",
    "total": "answers with a list and its total",
    "pages": "lists page by page",
}


def _judge(effect: Effect, match: Match, fields: Fields, known: Known | None) -> None:
    """Note what is well-formed and cannot be carried out all the same."""
    if isinstance(effect, WrongRegion) and (
        "*" in effect.into or not (known is None or known.has(effect.into))
    ):
        fields.flaw("into", f"expected the name of a region, got {effect.into!r}")
    need = kind_of_effect(effect).needs
    if known is not None and need is not None:
        for glob in match.action:
            if known.can_match(glob) and not known.can_show(glob, need):
                fields.flaw("action", f"no action that fits {glob!r} {_LACKS[need]}")
    if fields.has("resource"):
        fields.know(("resource",))
        fields.flaw("resource", "is for denials: no resource is known where faults happen; match `params`")
