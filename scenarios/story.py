"""Stories in files: a world, and the calls made in it with how each must end; TOML, or the same as JSON.

::

    title = "One region is denied"

    [world]
    estate = "demo"                       # empty (if nothing is said), demo, large
    seed = 7
    now = 1700000000                      # the clock stands still there

    [[world.users]]
    name = "auditor"
    policies = ["QcloudCVMReadOnlyAccess", { version = "2.0", statement = [] }]

    [[world.rows]]
    table = "cvm.instance"
    region = "ap-shanghai"
    rows = [{ InstanceId = "ins-00000001" }]

    [[steps]]                             # one of deny, fault, lift, advance, rows, call
    deny = { action = "cvm:DescribeInstances", region = "ap-shanghai" }

    [[steps]]
    call = "cvm:DescribeInstances"
    user = "auditor"                      # the root account if nobody is named
    region = "ap-shanghai"
    params = { Limit = 5 }
    expect = "UnauthorizedOperation"      # ok, a code, HTTP 502, no JSON, no answer
    decision = "explicit deny"            # how the policy engine came to it; may be left out

Among parameters ``$auditor.Uin`` and ``$auditor.SecretId`` stand for what the user was given, ``$root`` for
the account itself. A uin that stands alone is a number, as most actions want it.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.errors import BadInput
from emulator.faults.spec import Fields

ROOT = "root"
WELL, NO_ANSWER, NO_JSON = "ok", "no answer", "no JSON"
KINDS = ("call", "deny", "fault", "lift", "advance", "rows")
LIFTED = ("denials", "faults")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A sub-user and the policies it has from the beginning: names, or documents."""

    name: str
    policies: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows that are put into a table."""

    table: str
    region: str
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call, and how it must end."""

    action: str
    user: str = ROOT
    version: str = ""
    region: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    expect: str = WELL
    decision: str = ""
    """How the policy engine must decide; empty for whatever it decides."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A denial or a fault begins. ``kind`` is the word of its list: denials, faults."""

    kind: str
    spec: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lift:
    """All denials, or all faults, end."""

    kind: str


@dataclass(frozen=True, slots=True)
class Advance:
    """Time passes."""

    seconds: float


Step = Call | Rule | Lift | Advance | Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A world and what happens in it."""

    title: str
    estate: str = "empty"
    seed: int | None = None
    now: float | None = None
    users: tuple[User, ...] = ()
    rows: tuple[Rows, ...] = ()
    steps: tuple[Step, ...] = ()


def load(path: Path) -> Story:
    """Read a story from a file.

    Raises:
        BadInput: all that is wrong in it, each with its path.
    """
    try:
        text = path.read_text("utf-8")
        return read(json.loads(text) if path.suffix == ".json" else tomllib.loads(text))
    except OSError as reason:
        raise BadInput.at(str(path), f"cannot be read: {reason.strerror}") from reason
    except (json.JSONDecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError) as reason:
        raise BadInput.at(str(path), f"expected TOML, or JSON in a file named .json: {reason}") from reason


def read(document: object) -> Story:
    """Read a story from what a file holds."""
    fields = Fields(document)
    title = fields.text("title", "")
    world = _world(document.get("world", {}) if isinstance(document, Mapping) else {}, fields)
    fields.know(("title", "world"))
    if not fields.has("title"):
        fields.flaw("title", "is needed")
    if not fields.has("steps"):
        fields.flaw("steps", "is needed")
    names = (ROOT, *(user.name for user in world["users"]))
    steps = []
    for path, one in fields.items("steps"):
        try:
            steps.append(_step(one, path, names))
        except BadInput as bad:
            fields.adopt(bad)
    fields.finish()
    return Story(title=title, steps=tuple(steps), **world)


def _world(spec: object, of: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {"users": (), "rows": ()}
    try:
        fields = Fields(spec, "world")
    except BadInput as bad:
        of.adopt(bad)
        return found
    found["estate"] = fields.choice("estate", ("empty", "demo", "large"), "empty")
    found["seed"] = fields.whole("seed", None, least=0)
    found["now"] = fields.number("now", None, above=-1, most=1e11)
    for name, read_one in (("users", _user), ("rows", _rows)):
        for path, one in fields.items(name):
            try:
                found[name] = (*found[name], read_one(one, path))
            except BadInput as bad:
                of.adopt(bad)
    try:
        fields.finish()
    except BadInput as bad:
        of.adopt(bad)
    return found


def _user(spec: object, path: str) -> User:
    fields = Fields(spec, path)
    name = fields.text("name", "")
    if name in ("", ROOT):
        fields.flaw("name", f"expected a name other than {ROOT}")
    user = User(name=name, policies=tuple(policy for _, policy in fields.items("policies")))
    fields.finish()
    return user


def _rows(spec: object, path: str) -> Rows:
    fields = Fields(spec, path)
    rows: list[Mapping[str, Any]] = []
    for at, row in fields.items("rows"):
        if isinstance(row, Mapping):
            rows.append(row)
        else:
            fields.flaw(at, "expected an object")
    for name in ("table", "rows"):
        if not fields.has(name):
            fields.flaw(name, "is needed")
    found = Rows(table=fields.text("table", ""), region=fields.text("region", ""), rows=tuple(rows))
    fields.finish()
    return found


def _step(spec: object, path: str, names: tuple[str, ...]) -> Step:
    fields = Fields(spec, path)
    kinds = [kind for kind in KINDS if fields.has(kind)]
    if len(kinds) != 1 or not isinstance(spec, Mapping):
        raise BadInput.at(path, f"expected one of {', '.join(KINDS)}, got {' and '.join(kinds) or 'none'}")
    match kinds[0]:
        case "call":
            step: Step = _call(fields, spec, names)
        case "deny" | "fault" as kind:
            step = Rule("denials" if kind == "deny" else "faults", _object(fields, spec, kind))
        case "lift":
            step = Lift(fields.choice("lift", LIFTED, ""))
        case "advance":
            step = Advance(fields.number("advance", 0.0, above=0))
        case _:
            step = _rows(_object(fields, spec, "rows"), f"{path}.rows")
    fields.finish()
    return step


def _call(fields: Fields, spec: Mapping[str, Any], names: tuple[str, ...]) -> Call:
    action = fields.text("call", "")
    if ":" not in action:
        fields.flaw("call", "expected service:Action, such as cvm:DescribeInstances")
    if not fields.has("expect"):
        fields.flaw("expect", "is needed: ok, a code, HTTP and a status, no JSON, no answer")
    return Call(
        action=action,
        user=fields.choice("user", names, ROOT),
        version=fields.text("version", ""),
        region=fields.text("region", ""),
        params=_object(fields, spec, "params") if fields.has("params") else {},
        expect=fields.text("expect", ""),
        decision=fields.text("decision", ""),
    )


def _object(fields: Fields, spec: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    fields.know((name,))
    value = spec[name]
    if isinstance(value, Mapping):
        return value
    fields.flaw(name, "expected an object")
    return {}
