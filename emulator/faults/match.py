"""Which calls a rule is about, and which of those it strikes: the matchers that denials and faults share."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypedDict

from emulator.faults.page import Trait
from emulator.faults.spec import Fields

CallerKind = Literal["root", "user", "role", "federated"]
CALLER_KINDS: tuple[CallerKind, ...] = ("root", "user", "role", "federated")
ROOT = "root"
PASS, HIT = "pass", "hit"
SEQUENCE_WORDS = (PASS, HIT)

_ACTION = re.compile(r"\*|[a-z0-9_*-]+:[A-Za-z0-9_*]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One call as a plan sees it. ``headers`` has lower-case names."""

    account: str
    caller_kind: CallerKind
    caller_uin: str
    caller_name: str
    secret_id: str
    service: str
    action: str
    version: str
    region: str
    params: Mapping[str, Any]
    headers: Mapping[str, str]
    now: float
    """Seconds since the epoch, by the world's clock."""
    resources: Sequence[str] | None = None
    """What the call asks about, as CAM writes it (``*`` or six segments); None where that is not known."""

    @property
    def key(self) -> str:
        """``service:Action``, the name that CAM judges."""
        return f"{self.service}:{self.action}"


class MatchFields(TypedDict, total=False):
    """The matchers as keywords; the same names in JSON and TOML."""

    action: str | Sequence[str]
    caller: str | Sequence[str]
    user: str | Sequence[str]
    role: str | Sequence[str]
    key: str | Sequence[str]
    region: str | Sequence[str]
    header: Mapping[str, str]
    params: str
    after: int
    times: int
    sequence: Sequence[str]
    rate: int
    window_seconds: float
    between: Sequence[float]
    expires: float
    probability: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The matchers of one rule.

    A call is *meant* if everything in the first block holds for it. Of the calls meant, in the order they
    come, a call is *struck* if it passes every line of the second block, in the order they stand here.
    """

    action: tuple[str, ...] = ("*",)
    """``service:Action`` with ``*`` anywhere; any of them."""
    caller: tuple[str, ...] = ()
    """Kinds of caller. Empty, here and below: no matter."""
    user: tuple[str, ...] = ()
    """Uins or names of sub-users; ``root`` is the account itself."""
    role: tuple[str, ...] = ()
    """Names or ids of the roles that callers have taken."""
    key: tuple[str, ...] = ()
    """SecretIds."""
    region: tuple[str, ...] = ()
    """With ``*`` anywhere."""
    header: tuple[tuple[str, str], ...] = ()
    """Names in lower case, and values with ``*`` anywhere; all of them."""
    params: str = ""
    """A JMESPath expression over the parameters that must be true; one that cannot be evaluated is not."""
    between: tuple[float, float] | None = None
    """From (inclusive) and to (exclusive), in seconds since the epoch by the world's clock."""
    expires: float | None = None
    """From then on the rule is about no call."""

    after: int = 0
    """So many calls are let pass first, and count for none of the lines below."""
    sequence: tuple[str, ...] = ()
    """``pass`` or ``hit`` for one call after the other; when it is over, the rule is spent."""
    rate: int | None = None
    """So many calls of every window are let pass."""
    window_seconds: float = 1.0
    """Windows are fixed: they begin where the clock is a multiple of their length."""
    probability: float = 1.0
    """Drawn from ``seed``, the first block and the number of the call meant, and from nothing else."""
    seed: int = 0
    times: int | None = None
    """So many calls are struck, then the rule is spent."""


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to be matched: a rule that can match none of it is refused."""

    can_match: Callable[[str], bool]
    """Whether an action pattern fits anything in the contract."""
    regions: Collection[str] = ()
    """All regions there are; regions stay unjudged if none are given."""
    can_show: Callable[[str, Trait], bool] = lambda _glob, _trait: True
    """Whether an action pattern fits an action whose answer has a list, a total, or pages."""

    def has(self, region: str) -> bool:
        """Whether a region pattern fits any region."""
        return not self.regions or any(map(compile_globs((region,)), self.regions))


def read_match(fields: Fields, known: Known | None = None) -> Match:
    """Read the matchers of a spec; what is wrong is noted in ``fields``."""
    match = Match(
        action=fields.texts("action") or ("*",),
        caller=fields.choices("caller", CALLER_KINDS),
        user=fields.texts("user"),
        role=fields.texts("role"),
        key=fields.texts("key"),
        region=fields.texts("region"),
        header=tuple((name.lower(), value) for name, value in fields.pairs("header")),
        params=fields.text("params", ""),
        between=fields.span("between"),
        expires=fields.number("expires", None, above=0),
        after=fields.whole("after", 0, least=0),
        sequence=fields.choices("sequence", SEQUENCE_WORDS),
        rate=fields.whole("rate", None, least=1),
        window_seconds=fields.number("window_seconds", 1.0, above=0),
        probability=fields.number("probability", 1.0, above=0, most=1),
        seed=fields.whole("seed", 0, least=0),
        times=fields.whole("times", None, least=1),
    )
    _judge(match, fields)
    if known is not None:
        _judge_against(known, match, fields)
    return match


def _judge(match: Match, fields: Fields) -> None:
    """Note what is well-formed by itself and can mean nothing all the same."""
    for glob in match.action:
        if not _ACTION.fullmatch(glob):
            fields.flaw("action", f"expected `*` or `service:Action` with `*` anywhere, got {glob!r}")
    whose = [name for name in ("caller", "user", "role") if fields.has(name)]
    if len(whose) > 1:
        fields.flaw(whose[1], f"cannot be given together with {whose[0]}: no caller is both")
    if len({name for name, _ in match.header}) < len(match.header):
        fields.flaw("header", "names one header twice: upper and lower case are the same")
    if match.sequence and HIT not in match.sequence:
        fields.flaw("sequence", f"never strikes: at least one {HIT!r} is needed")
    if fields.has("window_seconds") and not fields.has("rate"):
        fields.flaw("window_seconds", "has no meaning without rate")
    if match.between and match.expires is not None and match.expires <= match.between[0]:
        fields.flaw("expires", "the rule would expire before `between` begins")
    if match.params:
        for message in _flaws_of_expression(match.params):
            fields.flaw("params", message)


def _judge_against(known: Known, match: Match, fields: Fields) -> None:
    """Note what is well-formed and fits nothing there is."""
    for glob in match.action:
        if _ACTION.fullmatch(glob) and not known.can_match(glob):
            fields.flaw("action", f"no published action fits {glob!r}")
    for glob in match.region:
        if not known.has(glob):
            fields.flaw("region", f"no region fits {glob!r}")


def specify(match: Match) -> dict[str, object]:
    """The matchers as a spec: what stands at its default is left out, but for the action."""
    given, plain = asdict(match), asdict(Match())
    return {
        name: _as_written(name, value)
        for name, value in given.items()
        if name == "action" or value != plain[name]
    }


def _as_written(name: str, value: object) -> object:
    match name, value:
        case "header", tuple():
            return dict(value)
        case (("between" | "sequence"), tuple()):
            return list(value)
        case _, tuple():
            return one_or_many(value)
    return value


def one_or_many(texts: tuple[str, ...]) -> str | list[str]:
    """A list of one as the one."""
    return texts[0] if len(texts) == 1 else list(texts)


# --- which calls are meant -------------------------------------------------------------------------------


def compile_globs(globs: Collection[str]) -> Callable[[str], object]:
    """A test whether a text fits one of the patterns; ``*`` is any text, also none."""
    either = "|".join(".*".join(map(re.escape, glob.split("*"))) for glob in globs)
    return re.compile(either, re.DOTALL).fullmatch


def compile_tests(match: Match) -> tuple[Callable[[Moment], object], ...]:
    """The tests, the action's apart, that a call must pass to be meant; none for what is no matter."""
    return tuple(_tests(match))


def _tests(match: Match) -> Iterator[Callable[[Moment], object]]:
    if match.caller:
        yield lambda moment: moment.caller_kind in match.caller
    if match.user:
        yield lambda moment: _is_user(moment, match.user)
    if match.role:
        yield lambda moment: moment.caller_kind == "role" and _is_called(moment, match.role)
    if match.key:
        yield lambda moment: moment.secret_id in match.key
    if match.region:
        fits = compile_globs(match.region)
        yield lambda moment: fits(moment.region)
    for name, glob in match.header:
        yield _header_test(name, glob)
    if match.between is not None:
        start, end = match.between
        yield lambda moment: start <= moment.now < end
    if match.expires is not None:
        expires = match.expires
        yield lambda moment: moment.now < expires
    if match.params:
        yield _params_test(match.params)


def _is_called(moment: Moment, names: tuple[str, ...]) -> bool:
    return moment.caller_uin in names or moment.caller_name in names


def _is_user(moment: Moment, names: tuple[str, ...]) -> bool:
    if moment.caller_kind == "root":
        return ROOT in names
    return moment.caller_kind == "user" and _is_called(moment, names)


def _header_test(name: str, glob: str) -> Callable[[Moment], object]:
    fits = compile_globs((glob,))

    def test(moment: Moment) -> object:
        value = moment.headers.get(name)
        return value is not None and fits(value)

    return test


def _params_test(expression: str) -> Callable[[Moment], object]:
    import jmespath

    compiled = jmespath.compile(expression)

    def test(moment: Moment) -> bool:
        try:
            found = compiled.search(moment.params)
        except (ValueError, ArithmeticError, TypeError):
            # A function was given what it does not take (`contains(InstanceIds, …)` in a call without any),
            # or an order was asked between text and number: null in JMESPath, raised by its library.
            return False
        return _is_true(found)

    return test


def _is_true(value: object) -> bool:
    """Truth as JMESPath has it: zero is true."""
    return value is not None and value is not False and value not in ("", [], {})


def _flaws_of_expression(expression: str) -> Iterator[str]:
    import jmespath

    try:
        tree = jmespath.compile(expression).parsed
    except (ValueError, RecursionError) as reason:
        yield f"is no JMESPath expression: {' '.join(str(reason).split())}"
        return
    yield from _flaws_of_functions(tree)


def _flaws_of_functions(node: object) -> Iterator[str]:
    """What evaluation would only find out when it got there, and then at every call."""
    from jmespath.functions import Functions

    if not isinstance(node, dict):
        return
    children = node["children"]
    if node["type"] == "function_expression":
        known = Functions.FUNCTION_TABLE.get(node["value"])
        if known is None:
            yield f"JMESPath has no function {node['value']!r}"
        elif not _takes(known["signature"], len(children)):
            yield f"the JMESPath function {node['value']!r} does not take {len(children)} arguments"
    for child in children:
        yield from _flaws_of_functions(child)


def _takes(signature: Sequence[Mapping[str, object]], count: int) -> bool:
    is_open = bool(signature) and bool(signature[-1].get("variadic"))
    return count >= len(signature) if is_open else count == len(signature)
