"""Draws denials, faults, and the moments they meet: few names, so that rules and calls do meet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from emulator.faults.effects import EFFECTS
from emulator.faults.match import CALLER_KINDS, Moment

Spec = dict[str, Any]

SERVICES = ("cvm", "cbs", "cam")
ACTIONS = ("DescribeInstances", "DescribeDisks", "TerminateInstances", "ListUsers")
REGIONS = ("ap-guangzhou", "ap-shanghai", "na-ashburn")
USERS = {"100000000001": "amy", "100000000002": "bob"}
ROLE = "auditor"
KEYS = ("AKIDamy", "AKIDbob", "AKIDother")
PARAMS: tuple[Mapping[str, Any], ...] = ({}, {"Offset": 20, "Limit": 20}, {"InstanceIds": ["ins-1", "ins-2"]})
EXPRESSIONS = ("Offset", "Limit == `20`", "contains(InstanceIds, 'ins-1')", "!InstanceIds")
NOON = 1_700_000_000.0
CONTENT_TYPES = ("text/html", "application/json; charset=utf-8", "application/octet-stream")

action_globs = st.sampled_from(
    ("*", "cvm:*", "cvm:Describe*", "cvm:DescribeInstances", "*:List*", "cam:ListUsers", "c*m:*Instances")
)
paged_globs = action_globs.filter(lambda glob: glob != "cam:ListUsers")  # states no total, has no pages
region_globs = st.sampled_from(("*", "ap-*", "*a*", *REGIONS))
resources = st.sampled_from(
    (
        "*",
        "qcs::cvm:::instance/*",
        "qcs::cvm:ap-guangzhou::instance/ins-1",
        "qcs::cvm:gz:uin/100000000009:instance/ins-1",
        "qcs::cbs:::disk/*",
        "qcs::*:::*",
    )
)
times_of_day = st.integers(-5, 5).map(lambda steps: NOON + steps * 0.4)


def _some(of: st.SearchStrategy[str]) -> st.SearchStrategy[str | list[str]]:
    """One text, or a list of at least two: what a spec is written as when it is written back."""
    return of | st.lists(of, min_size=2, max_size=3, unique=True)


def _spans() -> st.SearchStrategy[list[float]]:
    return st.lists(times_of_day, min_size=2, max_size=2, unique=True).map(sorted)


_WHOSE: tuple[Mapping[str, st.SearchStrategy[Any]], ...] = (
    {},
    {"caller": _some(st.sampled_from(CALLER_KINDS[1:]))},
    {"user": _some(st.sampled_from((*USERS, *USERS.values())))},
    {"role": st.just(ROLE)},
)
_MATCHERS: Mapping[str, st.SearchStrategy[Any]] = {
    "key": _some(st.sampled_from(KEYS)),
    "region": _some(region_globs),
    "header": st.just({"user-agent": "tccli*"}),
    "params": st.sampled_from(EXPRESSIONS),
    "between": _spans(),
    "after": st.integers(1, 3),
    "sequence": st.lists(st.sampled_from(("pass", "hit")), min_size=1, max_size=5).filter(
        lambda words: "hit" in words
    ),
    "probability": st.sampled_from((0.25, 0.5, 0.75)),
    "seed": st.integers(1, 5),
    "times": st.integers(1, 3),
}


@st.composite
def matchers(draw: st.DrawFn) -> Spec:
    """Matchers as a spec: the action, and a few of the others."""
    spec: Spec = {"action": draw(_some(action_globs))}
    for name, values in draw(st.sampled_from(_WHOSE)).items():
        spec[name] = draw(values)
    for name in draw(st.lists(st.sampled_from(sorted(_MATCHERS)), max_size=4, unique=True)):
        spec[name] = draw(_MATCHERS[name])
    if draw(st.booleans()):
        spec["rate"] = draw(st.integers(1, 3))
        spec.update(draw(st.sampled_from(({}, {"window_seconds": 0.5}))))
    if "between" not in spec and draw(st.booleans()):
        spec["expires"] = draw(times_of_day)
    return spec


@st.composite
def denials(draw: st.DrawFn) -> Spec:
    """A denial's spec."""
    spec = draw(matchers())
    resource = draw(_some(resources))
    return spec if resource == "*" else {**spec, "resource": resource}


_CUTS: st.SearchStrategy[Spec] = st.one_of(
    st.just({}),
    st.integers(0, 400).map(lambda count: {"after_bytes": count}),
    st.floats(0.01, 0.99).map(lambda share: {"share": share}),
)
_LIMITS = st.integers(1, 100)
_OPTIONS: Mapping[str, st.SearchStrategy[Spec]] = {
    "throttle": st.fixed_dictionaries(
        {},
        optional={
            "sub_code": st.sampled_from(("UinLimitExceeded", "IPLimitExceeded")),
            "limit": _LIMITS,
            "count": st.integers(101, 200),
        },
    ),
    "error": st.fixed_dictionaries(
        {"code": st.just("ResourceBusy"), "message": st.just("Busy.")},
        optional={"message_zh": st.just("忙。")},
    ),
    "http_status": st.fixed_dictionaries(
        {"status": st.sampled_from((400, 429, 500, 502, 503, 599))}, optional={"body": st.just("oops")}
    ),
    "delay": st.fixed_dictionaries({"seconds": st.floats(0.01, 60)}),
    "clock_skew": st.fixed_dictionaries({"seconds": st.sampled_from((-3600, 301, 86400))}),
    "duplicate": st.fixed_dictionaries({}, optional={"deliveries": st.integers(3, 10)}),
    "wrong_region": st.fixed_dictionaries({"into": st.sampled_from(REGIONS)}),
    "miscounted_total": st.fixed_dictionaries({"delta": st.sampled_from((-3, -1, 2))}),
    "shifted_page": st.fixed_dictionaries(
        {"by": st.sampled_from((-2, -1, 1, 2))},
        optional={"from_page": st.just(3), "moves_total": st.just(True)},
    ),
    "content_type": st.fixed_dictionaries({"value": st.sampled_from(CONTENT_TYPES)}),
    "truncate": _CUTS,
    "reset": _CUTS,
}


@st.composite
def faults(draw: st.DrawFn, *, effects: tuple[str, ...] = tuple(EFFECTS)) -> Spec:
    """A fault's spec, with one of the effects named."""
    name = draw(st.sampled_from(effects))
    spec = {"effect": name, **draw(_OPTIONS.get(name, st.just({}))), **draw(matchers())}
    if EFFECTS[name].needs in ("total", "pages"):
        spec["action"] = draw(_some(paged_globs))
    if len(EFFECTS[name].seams) > 1 and draw(st.booleans()):
        spec["seam"] = EFFECTS[name].seams[1]
    return spec


def documents(max_size: int = 5) -> st.SearchStrategy[Spec]:
    """Denials and faults, as ``Plan.load`` takes them."""
    return st.fixed_dictionaries(
        {"denials": st.lists(denials(), max_size=max_size), "faults": st.lists(faults(), max_size=max_size)}
    )


@st.composite
def moments(draw: st.DrawFn) -> Moment:
    """One call."""
    kind = draw(st.sampled_from(CALLER_KINDS))
    uin = draw(st.sampled_from(sorted(USERS)))
    return Moment(
        account="100000000009",
        caller_kind=kind,
        caller_uin="100000000009" if kind == "root" else uin,
        caller_name=USERS[uin] if kind == "user" else ROLE,
        secret_id=draw(st.sampled_from(KEYS)),
        service=draw(st.sampled_from(SERVICES)),
        action=draw(st.sampled_from(ACTIONS)),
        version="2017-03-12",
        region=draw(st.sampled_from(("", *REGIONS))),
        params=draw(st.sampled_from(PARAMS)),
        headers=draw(st.sampled_from(({}, {"user-agent": "tccli 3"}, {"user-agent": "curl"}))),
        now=draw(times_of_day),
    )


def stories(max_size: int = 20) -> st.SearchStrategy[list[Moment]]:
    """Calls one after the other; the clock does not always go forward."""
    return st.lists(moments(), max_size=max_size)
