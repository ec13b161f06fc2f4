"""What the effects that struck a call come to, put together in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from emulator.errors import ApiError
from emulator.faults.effects import (
    ClockSkew,
    ContentType,
    Delay,
    Drop,
    Duplicate,
    Effect,
    EmptyPage,
    Error,
    Garble,
    HttpStatus,
    InternalError,
    MiscountedTotal,
    Reset,
    ServiceUnavailable,
    Throttle,
    Truncate,
    WrongRegion,
    cut_at,
    error_of,
    garble,
    page_of,
    rewrite,
)
from emulator.faults.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer and how the socket is to treat it."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    delay_seconds: float = 0.0
    is_dropped: bool = False
    """The connection is closed and nothing is sent."""
    cut_at: int | None = None
    """The connection is closed after so many bytes of the body, with the full length announced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What becomes of a call before anything was done.

    At most one of ``error`` and ``answer`` is there; if one is, the call ends with it, after the delay.
    """

    delay_seconds: float = 0.0
    error: ApiError | None = None
    answer: Answer | None = None
    """An answer that is no API answer: a page, or silence."""
    region: str | None = None
    """Carry the call out in this region instead of the one it names."""
    deliveries: int = 1
    """Perform it so many times and answer with the last result."""


def arrive(effects: Sequence[Effect], now: float) -> Arrival:
    """Put together what struck at arrival.

    Delays add up, of several regions the last holds, and of several counts of deliveries the product. The
    plan lets at most one effect end the call.

    Raises:
        TypeError: an effect has no place at this seam.
    """
    found = Arrival()
    for effect in effects:
        found = _arrive(found, effect, now)
    return found


def _arrive(found: Arrival, effect: Effect, now: float) -> Arrival:
    match effect:
        case Delay(seconds):
            return replace(found, delay_seconds=found.delay_seconds + seconds)
        case Throttle() | InternalError() | ServiceUnavailable() | Error() | ClockSkew():
            return replace(found, error=error_of(effect, now))
        case HttpStatus() | Drop():
            return replace(found, answer=_instead(Answer(body=b""), effect))
        case WrongRegion(into):
            return replace(found, region=into)
        case Duplicate(deliveries):
            return replace(found, deliveries=found.deliveries * deliveries)
    raise TypeError(f"{effect} has no place at arrival")


def depart(
    effects: Sequence[Effect],
    answer: Answer,
    *,
    page: Page | None,
    now: float,
    say: Callable[[ApiError], bytes],
) -> Answer:
    """Let an answer suffer what struck at departure, one effect upon the other.

    ``page`` says where the answer keeps its list, as it did to the plan; ``say`` writes an error in the
    cloud's envelope.

    Raises:
        TypeError: an effect has no place at this seam.
    """
    for effect in effects:
        answer = _depart(effect, answer, page, now, say)
    return answer


def _depart(
    effect: Effect, answer: Answer, page: Page | None, now: float, say: Callable[[ApiError], bytes]
) -> Answer:
    match effect:
        case Delay(seconds):
            return replace(answer, delay_seconds=answer.delay_seconds + seconds)
        case Throttle() | InternalError() | ServiceUnavailable() | Error():
            return replace(answer, body=say(error_of(effect, now)))
        case HttpStatus() | Drop():
            return _instead(answer, effect)
        case EmptyPage() | MiscountedTotal() if page is not None:
            return replace(answer, body=rewrite(answer.body, page, effect))
        case ContentType(value):
            return replace(answer, content_type=value)
        case Garble(seed):
            return replace(answer, body=garble(answer.body, seed))
        case Truncate():
            return replace(answer, body=answer.body[: cut_at(answer.body, effect)])
        case Reset():
            return replace(answer, cut_at=cut_at(answer.body, effect))
    raise TypeError(f"{effect} has no place at departure of an answer with {page or 'no list'}")


def _instead(answer: Answer, effect: HttpStatus | Drop) -> Answer:
    if isinstance(effect, Drop):
        return replace(answer, body=b"", is_dropped=True)
    return replace(answer, body=page_of(effect), status=effect.status, content_type="text/html")
