"""What can go wrong: effects as values, and the pure functions that carry them out on an answer."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from http import HTTPStatus
from typing import Any, Literal, TypeAlias, get_args

from emulator.errors import ApiError, internal_error, request_limit_exceeded, signature_expired
from emulator.faults.page import Page, Trait
from emulator.faults.spec import Fields

Seam = Literal["arrival", "departure"]
ARRIVAL: Seam = "arrival"
DEPARTURE: Seam = "departure"

# Documented: most actions are allowed 20 calls a second.
DEFAULT_LIMIT = 20
# Documented: how far a request's timestamp may be from the server's clock.
SKEW_ALLOWED_SECONDS = 300


# --- instead of the true answer --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Throttle:
    """``RequestLimitExceeded``, or one of its documented sub-codes."""

    sub_code: str = ""
    count: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class InternalError:
    """The cloud's own failure."""


@dataclass(frozen=True, slots=True)
class ServiceUnavailable:
    """The product is down."""


@dataclass(frozen=True, slots=True)
class Error:
    """Any error of the API."""

    code: str
    message: str
    message_zh: str = ""


@dataclass(frozen=True, slots=True)
class ClockSkew:
    """The server's clock is so many seconds ahead, or behind if negative: the signature has expired."""

    seconds: float


@dataclass(frozen=True, slots=True)
class HttpStatus:
    """An answer that is no API answer: a status other than 200, with a page of whoever gave it."""

    status: int
    body: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """No answer: the connection is closed. At arrival nothing was done, at departure all of it."""


# --- the answer as it is, in another way -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delay:
    """The answer comes later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The request is delivered more than once; the client sees the last answer."""

    deliveries: int = 2


@dataclass(frozen=True, slots=True)
class WrongRegion:
    """The call is carried out in another region than the one it names."""

    into: str


@dataclass(frozen=True, slots=True)
class EmptyPage:
    """The list is empty; the total stays."""


@dataclass(frozen=True, slots=True)
class MiscountedTotal:
    """The total is off, never below zero; the list stays."""

    delta: int


@dataclass(frozen=True, slots=True)
class StalePage:
    """The list is as it was when the rule was added, total and all: a whole old truth, as a replica shows it.

    The call is performed once more on the world of that moment, whose time stands still.
    """


@dataclass(frozen=True, slots=True)
class ShiftedPage:
    """From a page on, the list is as if ``by`` rows before it had gone, or come if ``by`` is negative.

    Rows are skipped, or come twice. The total stays unless ``moves_total`` says that it follows; what else an
    answer says of its place (tokens, flags) stays.
    """

    by: int
    from_page: int = 2
    moves_total: bool = False


@dataclass(frozen=True, slots=True)
class ContentType:
    """The body is announced as something else."""

    value: str


@dataclass(frozen=True, slots=True)
class Garble:
    """Bytes of the body are changed: what arrives is no JSON."""

    seed: int = 0


@dataclass(frozen=True, slots=True)
class Truncate:
    """The body ends early and is announced as that short: a whole HTTP answer with half a JSON text."""

    after_bytes: int | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Reset:
    """The body is announced in full and the connection closed before its end."""

    after_bytes: int | None = None
    share: float | None = None


Failure: TypeAlias = Throttle | InternalError | ServiceUnavailable | Error | ClockSkew
"""What ends in an error of the API."""
Ending: TypeAlias = Failure | HttpStatus | Drop
"""After these nothing is left of the true answer."""
Reread: TypeAlias = StalePage | ShiftedPage
"""For these the list is read anew, before anything else is done to the answer."""
ListEffect: TypeAlias = EmptyPage | MiscountedTotal
Effect: TypeAlias = (
    Ending | Delay | Duplicate | WrongRegion | Reread | ListEffect | ContentType | Garble | Truncate | Reset
)
ENDINGS: tuple[type, ...] = get_args(Ending)
REREADS: tuple[type, ...] = get_args(Reread)


# --- from and to a spec ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kind:
    """How one effect is read from a spec, and at which seams it makes sense; the first is the usual one."""

    read: Callable[[Fields], Effect]
    makes: type[Effect]
    seams: tuple[Seam, ...]
    needs: Trait | None = None
    """What an answer must have for the effect to change anything."""


def _read_throttle(given: Fields) -> Effect:
    limit = given.whole("limit", None, least=1)
    least = (limit or 1) + 1
    return Throttle(
        sub_code=given.choice("sub_code", SUB_CODES, ""),
        count=given.whole("count", None, least=least),
        limit=limit,
    )


def _read_error(given: Fields) -> Effect:
    for name in ("code", "message"):
        if not given.has(name):
            given.flaw(name, "is missing: the effect `error` needs it")
    return Error(given.text("code", ""), given.text("message", ""), given.text("message_zh", ""))


def _read_status(given: Fields) -> Effect:
    if not given.has("status"):
        given.flaw("status", "is missing: the effect `http_status` needs it")
    return HttpStatus(given.whole("status", 500, least=400, most=599), given.text("body", ""))


def _read_skew(given: Fields) -> Effect:
    seconds = _needed_number(given, "clock_skew", above=float("-inf"))
    if given.has("seconds") and abs(seconds) <= SKEW_ALLOWED_SECONDS:
        given.flaw(
            "seconds", f"expected more than {SKEW_ALLOWED_SECONDS} seconds either way: less is allowed"
        )
    return ClockSkew(seconds)


def _needed_number(given: Fields, effect: str, above: float) -> float:
    if not given.has("seconds"):
        given.flaw("seconds", f"is missing: the effect `{effect}` needs it")
    return given.number("seconds", 0.0, above=above)


def _needed_text(given: Fields, effect: str, name: str) -> str:
    if not given.has(name):
        given.flaw(name, f"is missing: the effect `{effect}` needs it")
    return given.text(name, "")


def _read_delta(given: Fields) -> Effect:
    delta = given.whole("delta", 1, least=-(10**9), most=10**9)
    if delta == 0:
        given.flaw("delta", "expected a number other than 0: the total would stay right")
    return MiscountedTotal(delta)


def _read_shift(given: Fields) -> Effect:
    by = given.whole("by", 1, least=-(10**5), most=10**5)
    if by == 0:
        given.flaw("by", "expected a number other than 0: no row would move")
    return ShiftedPage(by, given.whole("from_page", 2, least=2), given.flag("moves_total"))


def _read_cut(given: Fields) -> tuple[int | None, float | None]:
    if given.has("after_bytes") and given.has("share"):
        given.flaw("share", "cannot be given together with after_bytes")
    share = given.number("share", None, above=0)
    if share is not None and share >= 1:
        given.flaw("share", f"expected a number above 0 and below 1, got {share!r}")
    return given.whole("after_bytes", None, least=0), share


_BOTH = (ARRIVAL, DEPARTURE)
_LAST = (DEPARTURE,)
EFFECTS: Mapping[str, Kind] = {
    "throttle": Kind(_read_throttle, Throttle, _BOTH),
    "internal_error": Kind(lambda _: InternalError(), InternalError, _BOTH),
    "service_unavailable": Kind(lambda _: ServiceUnavailable(), ServiceUnavailable, _BOTH),
    "error": Kind(_read_error, Error, _BOTH),
    "http_status": Kind(_read_status, HttpStatus, _BOTH),
    "delay": Kind(lambda given: Delay(_needed_number(given, "delay", above=0)), Delay, _BOTH),
    "drop": Kind(lambda _: Drop(), Drop, _BOTH),
    "clock_skew": Kind(_read_skew, ClockSkew, (ARRIVAL,)),
    "duplicate": Kind(
        lambda given: Duplicate(given.whole("deliveries", 2, least=2, most=10)), Duplicate, (ARRIVAL,)
    ),
    "wrong_region": Kind(
        lambda given: WrongRegion(_needed_text(given, "wrong_region", "into")), WrongRegion, (ARRIVAL,)
    ),
    "empty_page": Kind(lambda _: EmptyPage(), EmptyPage, _LAST, needs="list"),
    "miscounted_total": Kind(_read_delta, MiscountedTotal, _LAST, needs="total"),
    "stale_page": Kind(lambda _: StalePage(), StalePage, _LAST, needs="list"),
    "shifted_page": Kind(_read_shift, ShiftedPage, _LAST, needs="pages"),
    "content_type": Kind(
        lambda given: ContentType(_needed_text(given, "content_type", "value")), ContentType, _LAST
    ),
    "garble": Kind(lambda given: Garble(given.whole("seed", 0, least=0)), Garble, _LAST),
    "truncate": Kind(lambda given: Truncate(*_read_cut(given)), Truncate, _LAST),
    "reset": Kind(lambda given: Reset(*_read_cut(given)), Reset, _LAST),
}
_NAMES = {kind.makes: name for name, kind in EFFECTS.items()}
_OPTIONS = frozenset(option.name for kind in EFFECTS.values() for option in fields(kind.makes))


def name_of(effect: Effect) -> str:
    """The name of an effect as a spec has it."""
    return _NAMES[type(effect)]


def kind_of_effect(effect: Effect) -> Kind:
    """How an effect is read, and where it has its place."""
    return EFFECTS[name_of(effect)]


def read_effect(given: Fields) -> Effect:
    """Read the effect and its options; what is wrong is noted in ``given``."""
    if not given.has("effect"):
        given.flaw("effect", f"is missing: expected one of {', '.join(EFFECTS)}")
    name = given.choice("effect", EFFECTS, None)
    if name is None:
        given.know(_OPTIONS)
        return InternalError()
    return EFFECTS[name].read(given)


def options_of(effect: Effect) -> dict[str, object]:
    """The options of an effect that do not stand at their default."""
    values = {option.name: (getattr(effect, option.name), option.default) for option in fields(effect)}
    return {name: value for name, (value, plain) in values.items() if plain is MISSING or value != plain}


# --- errors ----------------------------------------------------------------------------------------------

# Documented: the codes.
SUB_CODES = ("UinLimitExceeded", "IPLimitExceeded", "GlobalRegionUinLimitExceeded")


def error_of(effect: Failure, now: float) -> ApiError:
    """The error that an effect says; ``now`` in seconds since the epoch, by the world's clock."""
    match effect:
        case Throttle(sub_code, count, limit):
            return _throttled(sub_code, count, limit or DEFAULT_LIMIT)
        case InternalError():
            return internal_error()
        case ServiceUnavailable():
            # Documented: the code, and what it means in Chinese. Assumed: that these are the texts.
            return ApiError("ServiceUnavailable", "The service is unavailable now.", "当前服务暂时不可用。")
        case Error(code, message, message_zh):
            return ApiError(code, message, message_zh or None)
        case ClockSkew(seconds):
            return signature_expired(int(now + seconds))


def _throttled(sub_code: str, count: int | None, limit: int) -> ApiError:
    error = request_limit_exceeded(count or limit + 1, limit)
    if not sub_code:
        return error
    # Assumed: the sub-codes come with the same text.
    return ApiError(f"{error.code}.{sub_code}", error.message, error.zh)


def page_of(effect: HttpStatus) -> bytes:
    """The body of an answer that is no API answer."""
    if effect.body:
        return effect.body.encode()
    # Observed: the gateway calls itself nginx. Assumed: it answers failures of its own with nginx's page.
    try:
        title = f"{effect.status} {HTTPStatus(effect.status).phrase}"
    except ValueError:
        title = f"{effect.status}"
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    ).encode()


# --- bodies ----------------------------------------------------------------------------------------------


def empty(response: dict[str, Any], list_member: str) -> None:
    """Empty the list of a decoded response."""
    holder, name = _reach(response, list_member)
    if name in holder:
        holder[name] = []


def miscount(response: dict[str, Any], total_member: str, delta: int) -> None:
    """Change the total of a decoded response; never below zero."""
    holder, name = _reach(response, total_member)
    match holder.get(name):
        case int(total):
            holder[name] = max(0, total + delta)
        case str(total) if total.isdecimal():  # some products count in text
            holder[name] = str(max(0, int(total) + delta))


def _reach(response: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    *way, name = path.split(".")
    holder: Any = response
    for step in way:
        holder = holder.get(step) if isinstance(holder, dict) else None
    return (holder if isinstance(holder, dict) else {}), name


def rewrite(body: bytes, page: Page, effect: ListEffect) -> bytes:
    """The body of an answer with its list or total changed."""
    answer = json.loads(body)
    match effect:
        case EmptyPage():
            empty(answer["Response"], page.list_member)
        case MiscountedTotal(delta):
            if page.total_member is not None:
                miscount(answer["Response"], page.total_member, delta)
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def cut_at(body: bytes, effect: Truncate | Reset) -> int:
    """After how many bytes a body ends; always before its end."""
    at = int(len(body) * (0.5 if effect.share is None else effect.share))
    if effect.after_bytes is not None:
        at = effect.after_bytes
    return max(0, min(at, len(body) - 1))


def garble(body: bytes, seed: int) -> bytes:
    """Change the first byte and about every hundredth; the result is as long, and never JSON.

    JSON that is wrong and can still be read is left out on purpose: it is no fault of a network.
    """
    dice = random.Random(seed)  # noqa: S311  # the same garbage for the same seed
    changed = bytearray(body)
    for _ in range(len(body) // 100):
        changed[dice.randrange(len(body))] ^= dice.randrange(1, 256)
    changed[:1] = b"~"
    return bytes(changed)
