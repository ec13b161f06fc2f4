"""The control door over HTTP: ``/_emulator/…``, JSON in and out, everything unknown refused by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import orjson

from emulator.admin.control import Control
from emulator.errors import BadInput, NotFound, Violation
from emulator.faults.spec import Fields
from emulator.wire.envelope import Envelope
from emulator.wire.reply import Reply

if TYPE_CHECKING:
    from emulator.admin.policies import Written

PREFIX = "/_emulator"
PEM = "application/x-pem-file"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to the control door."""

    control: Control
    account: str | None
    query: Mapping[str, str]
    body: object
    name: str
    """What stands in the path where the route says ``*``."""

    def fields(self) -> Fields:
        """The body's fields."""
        return Fields(self.body)

    def count(self, name: str, default: int) -> int:
        """A whole number in the query."""
        text = self.query.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise BadInput.at(name, f"expected a whole number, got {text!r}")
        return int(text)


@dataclass(frozen=True, slots=True)
class Verb:
    """One method on one path: what it does, and what may be asked along."""

    run: Callable[[Asked], Mapping[str, Any] | Callable[[], Mapping[str, Any]]]
    """What is told, or what tells it later, whatever happens until then."""
    query: Collection[str] = ()
    takes_body: bool = False
    is_about_account: bool = True
    status: int = 200


class Door:
    """Answers requests to the control door."""

    def __init__(self, control: Control, pem: Callable[[], bytes]) -> None:
        self._control = control
        self._pem = pem

    def answer(self, envelope: Envelope) -> Reply:
        """Answer one request: 400 for bad input, 404 for unknown things, 405 for wrong methods."""
        reply = self.begin(envelope)
        return reply if isinstance(reply, Reply) else reply()

    def begin(self, envelope: Envelope) -> Reply | Callable[[], Reply]:
        """The same; but what takes long is left to be done while others are answered."""
        path = envelope.path.removeprefix(PREFIX).strip("/")
        if path == "ca" and envelope.method in ("GET", "HEAD"):
            return Reply(body=self._pem(), request_id="", content_type=PEM)
        try:
            return self._answer(path, envelope)
        except BadInput as bad:
            return _errors(400, bad.violations)
        except NotFound as missing:
            return _errors(404, [Violation("", str(missing))])

    def _answer(self, path: str, envelope: Envelope) -> Reply | Callable[[], Reply]:
        verbs, name = _route(path)
        method = "GET" if envelope.method == "HEAD" else envelope.method
        verb = verbs.get(method)
        if verb is None:
            allowed = ", ".join(sorted(verbs))
            wrong = Violation("", f"{envelope.method} is not allowed here, only {allowed}")
            return _errors(405, [wrong], headers=(("Allow", allowed),))
        query = _query(envelope.query, (*verb.query, *(["account"] if verb.is_about_account else [])))
        asked = Asked(self._control, query.get("account"), query, _body(envelope, verb), name)
        if asked.account is not None:
            self._control.account(asked.account)
        told = verb.run(asked)
        return _json(verb.status, told) if isinstance(told, Mapping) else lambda: _json(verb.status, told())


def _route(path: str) -> tuple[Mapping[str, Verb], str]:
    verbs = ROUTES.get(path)
    if verbs is not None:
        return verbs, ""
    segments = path.split("/")
    if len(segments) >= 2:
        verbs = ROUTES.get("/".join([segments[0], "*", *segments[2:]]))
        if verbs is not None and segments[1]:
            return verbs, unquote(segments[1])
    near = get_close_matches(path, ROUTES, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(ROUTES)}, ca"
    raise NotFound(f"nothing is at {PREFIX}/{path}: {hint}")


def _query(text: str, known: Collection[str]) -> dict[str, str]:
    pairs = parse_qsl(text, keep_blank_values=True)
    wrong = [Violation(name, _unknown(known)) for name in dict(pairs) if name not in known]
    wrong += [Violation(name, "given twice") for name in dict(pairs) if [n for n, _ in pairs].count(name) > 1]
    if wrong:
        raise BadInput(wrong)
    return dict(pairs)


def _unknown(known: Collection[str]) -> str:
    return f"is no query parameter here (known: {', '.join(sorted(known)) or 'none'})"


def _body(envelope: Envelope, verb: Verb) -> object:
    if not envelope.is_whole:
        raise BadInput.at("", "the body is larger than 10 MB")
    if not envelope.body.strip():
        return {}
    if not verb.takes_body:
        raise BadInput.at("", "expected no body here")
    try:
        return orjson.loads(envelope.body)
    except orjson.JSONDecodeError as reason:
        raise BadInput.at("", f"expected JSON: {reason}") from reason


def _json(status: int, value: Mapping[str, Any]) -> Reply:
    return Reply(body=orjson.dumps(value), request_id="", status=status)


def _errors(
    status: int, violations: Collection[Violation], headers: tuple[tuple[str, str], ...] = ()
) -> Reply:
    body = orjson.dumps({"errors": [{"path": one.path, "message": one.message} for one in violations]})
    return Reply(body=body, request_id="", status=status, headers=headers)


# --- What each verb reads from a request -------------------------------------------------------------------


def _add_key(asked: Asked) -> Mapping[str, Any]:
    fields = asked.fields()
    given = {name: fields.text(name, "") for name in ("SecretId", "SecretKey", "Token", "Uin")}
    for name in ("SecretId", "SecretKey"):
        if not fields.has(name):
            fields.flaw(name, "is needed")
    if any(character in given["SecretId"] for character in "/, \t\r\n"):
        fields.flaw("SecretId", "expected no blanks, commas or slashes: no signature could name it")
    fields.finish()
    return asked.control.add_key(
        given["SecretId"],
        given["SecretKey"],
        token=given["Token"] or None,
        uin=given["Uin"] or None,
        account=asked.account,
    )


def _remove_key(asked: Asked) -> Mapping[str, Any]:
    return asked.control.remove_key(_needed(asked, "SecretId"))


def _needed(asked: Asked, name: str) -> str:
    fields = asked.fields()
    value = fields.text(name, "")
    if not fields.has(name):
        fields.flaw(name, "is needed")
    fields.finish()
    return value


def _open_account(asked: Asked) -> Mapping[str, Any]:
    fields = asked.fields()
    uin = fields.text("Uin", None)
    app_id = fields.whole("AppId", None, least=1)
    world = fields.text("World", "empty")
    seed = fields.whole("Seed", None, least=0)
    if uin is not None and not (uin.isascii() and uin.isdigit() and 5 <= len(uin) <= 20):
        fields.flaw("Uin", "expected 5 to 20 digits, as text")
    fields.finish()
    return asked.control.open_account(uin=uin, app_id=app_id, world=world, seed=seed).as_json()


def _add_user(asked: Asked) -> Mapping[str, Any]:
    fields = asked.fields()
    name = fields.text("Name", "")
    policies = [policy for _, policy in fields.items("Policies")]
    if not fields.has("Name"):
        fields.flaw("Name", "is needed")
    fields.finish()
    return asked.control.add_user(name, policies, account=asked.account).as_json()


def _set_clock(asked: Asked) -> Mapping[str, Any]:
    fields = asked.fields()
    if fields.has("now") == fields.has("advance"):
        fields.know(("now", "advance"))
        fields.flaw("", 'expected either {"now": seconds or null} or {"advance": seconds}')
    goes_back = isinstance(asked.body, Mapping) and fields.has("now") and asked.body["now"] is None
    if goes_back:
        fields.know(("now",))
    now = None if goes_back else fields.number("now", None, above=-1, most=1e11)
    advance = fields.number("advance", None, above=-1, most=1e11)
    fields.finish()
    if advance is not None:
        return asked.control.advance_clock(advance, account=asked.account)
    return asked.control.set_clock(now, account=asked.account)


def _put_rows(asked: Asked) -> Mapping[str, Any]:
    fields = asked.fields()
    table, region = fields.text("table", ""), fields.text("region", "")
    rows: list[Mapping[str, Any]] = []
    for path, row in fields.items("rows"):
        if isinstance(row, Mapping):
            rows.append(row)
        else:
            fields.flaw(path, "expected an object")
    for name in ("table", "rows"):
        if not fields.has(name):
            fields.flaw(name, "is needed")
    fields.finish()
    return asked.control.put_rows(table, region, rows, account=asked.account)


def _rows(asked: Asked) -> Mapping[str, Any]:
    if "table" not in asked.query:
        raise BadInput.at("table", "is needed")
    return asked.control.rows(
        asked.query["table"],
        asked.query.get("region", ""),
        offset=asked.count("offset", 0),
        limit=asked.count("limit", 100),
        account=asked.account,
    )


def _calls(asked: Asked) -> Mapping[str, Any]:
    wanted = {name: asked.query[name] for name in _WHICH_CALLS if name in asked.query}
    return asked.control.calls(wanted, account=asked.account, limit=asked.count("limit", 100))


def _spec(asked: Asked) -> Mapping[str, Any]:
    if not isinstance(asked.body, Mapping):
        raise BadInput.at("", "expected an object")
    return asked.body


def _nothing(asked: Asked) -> None:
    asked.fields().finish()


def _reset(asked: Asked) -> Mapping[str, Any]:
    _nothing(asked)
    return asked.control.reset(account=asked.account)


def _snapshot(asked: Asked) -> Mapping[str, Any]:
    _nothing(asked)
    return asked.control.snapshot(asked.name, account=asked.account)


def _restore(asked: Asked) -> Mapping[str, Any]:
    _nothing(asked)
    return asked.control.restore(asked.name, account=asked.account)


def _rules(kind: Any) -> tuple[Mapping[str, Verb], Mapping[str, Verb]]:
    """The verbs on all rules of a kind, and on one of them."""

    def add(asked: Asked) -> Mapping[str, Any]:
        verb = asked.control.deny if kind == "denial" else asked.control.fault
        return verb(_spec(asked), account=asked.account)

    def remove(asked: Asked) -> Mapping[str, Any]:
        return asked.control.remove_rule(kind, asked.name or None, account=asked.account)

    listing = Verb(lambda asked: asked.control.rules(kind, account=asked.account))
    many = {"GET": listing, "POST": Verb(add, takes_body=True, status=201), "DELETE": Verb(remove)}
    return many, {"DELETE": Verb(remove)}


# --- Policies --------------------------------------------------------------------------------------------


def _written(asked: Asked, fields: Fields, name: str) -> list[Written]:
    """The policies that a field holds: one or several."""
    found: list[Written] = []
    given = asked.body.get(name) if isinstance(asked.body, Mapping) else None
    if isinstance(given, list) or given is None:
        several = list(fields.items(name))
    else:
        fields.know((name,))
        several = [(name, given)]
    for path, each in several:
        try:
            found.append(asked.control.written(each, path, account=asked.account))
        except BadInput as bad:
            fields.adopt(bad)
    return found


def _needed_policies(asked: Asked, fields: Fields, name: str) -> list[Written]:
    if not fields.has(name):
        fields.flaw(name, "is needed: a policy, or a list of them")
    return _written(asked, fields, name)


def _lint(asked: Asked) -> Mapping[str, Any]:
    fields = asked.fields()
    policies = _needed_policies(asked, fields, "policies")
    fields.finish()
    return asked.control.lint(policies)


def _diff(asked: Asked) -> Mapping[str, Any]:
    fields = asked.fields()
    sides = [_needed_policies(asked, fields, name) for name in ("a", "b")]
    fields.finish()
    return asked.control.diff(*sides)


def _simulate(asked: Asked) -> Mapping[str, Any]:
    from emulator.admin.policies import REGION, Case

    fields = asked.fields()
    case = Case(
        policies=_needed_policies(asked, fields, "policies"),
        actions=fields.texts("action"),
        resources=fields.texts("resource"),
        context=_context(asked, fields),
        boundary=_written(asked, fields, "boundary") if fields.has("boundary") else None,
        session=_written(asked, fields, "session") if fields.has("session") else None,
        as_operation=fields.flag("as_operation"),
        region=fields.text("region", REGION),
        uin=fields.text("uin", ""),
        owner_uin=fields.text("owner_uin", "") or asked.control.account(asked.account).world.uin,
    )
    if not fields.has("action"):
        fields.flaw("action", "is needed: an action, or a list of them")
    fields.finish()
    return asked.control.simulate(case)


def _context(asked: Asked, fields: Fields) -> Mapping[str, list[str]]:
    """Condition keys with their values, one or several each."""
    given = asked.body.get("context", {}) if isinstance(asked.body, Mapping) else {}
    fields.know(("context",))
    if not isinstance(given, Mapping):
        fields.flaw("context", "expected an object of condition keys and their values")
        return {}
    context: dict[str, list[Any]] = {}
    for key, value in given.items():
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(each, str | int | float) for each in values):
            fields.flaw(f"context.{key}", "expected a text, a number, a boolean, or a list of them")
        context[key] = values
    return context


def _from_calls(asked: Asked) -> Mapping[str, Any]:
    wanted = {name: asked.query[name] for name in _WHICH_CALLS if name in asked.query}
    return asked.control.policy_from_calls(wanted, account=asked.account)


_WHICH_CALLS = ("service", "action", "user", "outcome")
_DENIALS, _DENIAL = _rules("denial")
_FAULTS, _FAULT = _rules("fault")

ROUTES: Mapping[str, Mapping[str, Verb]] = {
    "health": {"GET": Verb(lambda asked: asked.control.health(), is_about_account=False)},
    "coverage": {
        "GET": Verb(
            lambda asked: asked.control.coverage(asked.query.get("service")),
            query=("service",),
            is_about_account=False,
        )
    },
    "calls": {"GET": Verb(_calls, query=(*_WHICH_CALLS, "limit"))},
    "calls/*": {"GET": Verb(lambda asked: asked.control.call(asked.name, account=asked.account))},
    "accounts": {
        "GET": Verb(lambda asked: asked.control.accounts(), is_about_account=False),
        "POST": Verb(_open_account, takes_body=True, is_about_account=False, status=201),
    },
    "accounts/*": {
        "DELETE": Verb(lambda asked: asked.control.close_account(asked.name), is_about_account=False)
    },
    "users": {"POST": Verb(_add_user, takes_body=True, status=201)},
    "keys": {
        "POST": Verb(_add_key, takes_body=True, status=201),
        "DELETE": Verb(_remove_key, takes_body=True),
    },
    "clock": {
        "GET": Verb(lambda asked: asked.control.clock(account=asked.account)),
        "POST": Verb(_set_clock, takes_body=True),
    },
    "settings": {
        "GET": Verb(lambda asked: asked.control.settings(account=asked.account)),
        "POST": Verb(
            lambda asked: asked.control.configure(_spec(asked), account=asked.account), takes_body=True
        ),
    },
    "reset": {"POST": Verb(_reset, takes_body=True)},
    "denials": _DENIALS,
    "denials/*": _DENIAL,
    "faults": _FAULTS,
    "faults/*": _FAULT,
    "stubs": {
        "GET": Verb(lambda asked: asked.control.stubs(account=asked.account)),
        "POST": Verb(
            lambda asked: asked.control.stub(_spec(asked), account=asked.account), takes_body=True, status=201
        ),
        "DELETE": Verb(lambda asked: asked.control.remove_stub(account=asked.account)),
    },
    "stubs/*": {"DELETE": Verb(lambda asked: asked.control.remove_stub(asked.name, account=asked.account))},
    "fired": {"GET": Verb(lambda asked: asked.control.fired(account=asked.account))},
    "rows": {
        "GET": Verb(_rows, query=("table", "region", "offset", "limit")),
        "POST": Verb(_put_rows, takes_body=True, status=201),
    },
    "estate": {
        "GET": Verb(
            lambda asked: asked.control.look_at_estate(
                kind=asked.query.get("kind"), region=asked.query.get("region"), account=asked.account
            ),
            query=("kind", "region"),
        )
    },
    "policy/lint": {"POST": Verb(_lint, takes_body=True)},
    "policy/simulate": {"POST": Verb(_simulate, takes_body=True)},
    "policy/diff": {"POST": Verb(_diff, takes_body=True)},
    "policy/from-calls": {"GET": Verb(_from_calls, query=_WHICH_CALLS)},
    "snapshots/*": {"POST": Verb(_snapshot, takes_body=True, status=201)},
    "snapshots/*/restore": {"POST": Verb(_restore, takes_body=True)},
}
"""Every path and method there is; ``ca``, which is no JSON, apart."""
