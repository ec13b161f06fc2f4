"""Policy documents, version 2.0: read whole or refused with everything that is wrong in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from emulator.errors import BadInput, Violation
from emulator.policy.conditions import NULL, OPERATORS, Condition, Value, find_value_flaw, parse_operator
from emulator.policy.qcs import EVERYTHING, find_flaw, split

Effect = Literal["allow", "deny"]
PrincipalKind = Literal["qcs", "service", "federated"]

LENGTH_LIMIT = 6144
"""Documented: characters of a custom policy. Assumed: counted as given, white space included."""


class BadPolicy(BadInput):
    """A policy document CAM would refuse; ``code`` is the error code it would answer."""

    def __init__(self, violations: Iterable[Violation], code: str) -> None:
        super().__init__(violations, "the policy document is not valid")
        self.code = code


@dataclass(frozen=True, slots=True)
class ActionPattern:
    """The actions a statement names: ``*``, ``cvm:*``, ``name/cvm:Describe*``, ``permid/280649``."""

    text: str
    service: str
    """``*`` for every service; empty for a feature set (``permid/…``)."""
    name: str
    """With wildcards."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whom a role trusts, or who asks for a role."""

    kind: PrincipalKind
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of a document; ``index`` is its place in there."""

    effect: Effect
    actions: tuple[ActionPattern, ...]
    resources: tuple[str, ...]
    """``*`` or well-formed patterns of six segments, as written."""
    conditions: tuple[Condition, ...]
    principals: tuple[Principal, ...]
    index: int


@dataclass(frozen=True, slots=True)
class Document:
    """A policy; ``text`` is what was given, to the letter."""

    version: str
    statements: tuple[Statement, ...]
    text: str


def parse(
    source: str | Mapping[str, object],
    where: str = "",
    *,
    trust: bool = False,
    limit: int | None = LENGTH_LIMIT,
) -> Document:
    """Read a policy, as text or as a value; ``trust`` reads the trust policy of a role.

    Raises BadPolicy with every violation, each path prefixed with ``where``.
    """
    text, value = _load(source, where, limit)
    reader = _Reader([])
    statements = reader.read_document(value, where, trust=trust)
    reader.refuse()
    return Document("2.0", statements, text)


# --- From text to value -----------------------------------------------------------------------------------


def _load(source: str | Mapping[str, object], where: str, limit: int | None) -> tuple[str, object]:
    """The document's text, and its value without duplicate keys."""
    try:
        text = source if isinstance(source, str) else json.dumps(source, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        raise _refuse("PolicyDocumentError", where, "is no JSON value") from None
    if limit is not None and len(text) > limit:
        raise _refuse(
            "PolicyDocumentLengthOverLimit", where, f"is {len(text)} characters long, {limit} are allowed"
        )
    return text, _load_text(text, where)


def _load_text(text: str, where: str) -> object:
    try:
        pairs = json.loads(text, object_pairs_hook=_Pairs, parse_constant=_refuse_constant)
        duplicates: list[Violation] = []
        value = _unpair(pairs, where, duplicates)
    except (ValueError, RecursionError) as error:
        # What Python says of bad JSON names line and column; what it says of the rest is no use here.
        reason = f": {error}" if isinstance(error, json.JSONDecodeError) else ""
        raise _refuse("PolicyDocumentError", where, f"is no JSON{reason}") from None
    if duplicates:
        raise BadPolicy(duplicates, _full("PolicyDocumentError"))
    return value


class _Pairs(list[tuple[str, object]]):
    """A JSON object whose keys are not yet known to be different."""


def _unpair(value: object, path: str, duplicates: list[Violation]) -> object:
    if isinstance(value, _Pairs):
        unpaired: dict[str, object] = {}
        for key, each in value:
            if key in unpaired:
                # Assumed: that CAM refuses them. To keep one silently would hide what the author meant.
                duplicates.append(Violation(_join(path, key), "is given twice"))
            unpaired[key] = _unpair(each, _join(path, key), duplicates)
        return unpaired
    if isinstance(value, list):
        return [_unpair(each, f"{path}[{index}]", duplicates) for index, each in enumerate(value)]
    return value


def _refuse_constant(name: str) -> object:
    message = f"{name} is no JSON"
    raise ValueError(message)


def _refuse(code: str, path: str, message: str) -> BadPolicy:
    return BadPolicy([Violation(path, message)], _full(code))


def _full(code: str) -> str:
    """Documented: the codes that CreatePolicy declares, all under InvalidParameter."""
    return f"InvalidParameter.{code}"


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


# --- From value to document -------------------------------------------------------------------------------

# Documented: an optional `name/` prefix; `permid/` names a set of features; wildcards alone, at the end, and
# also inside (`name/cos:*Bucket*`).
_ACTION = re.compile(r"(?:name/)?([A-Za-z0-9_-]+):([A-Za-z0-9_.*-]+)")
_FEATURES = re.compile(r"permid/[0-9]+")
_TRUSTED = re.compile(r"uin/[0-9]+")
_SERVICE_PRINCIPAL = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")
_PRINCIPAL_KINDS: tuple[PrincipalKind, ...] = ("qcs", "service", "federated")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the elements of one document and gathers what is wrong with them."""

    flaws: list[tuple[str, Violation]]

    def flaw(self, code: str, path: str, message: str) -> None:
        self.flaws.append((code, Violation(path, message)))

    def refuse(self) -> None:
        """Raise what was gathered, if anything; the first flaw gives the code."""
        if self.flaws:
            raise BadPolicy([violation for _, violation in self.flaws], _full(self.flaws[0][0]))

    def read_document(self, value: object, where: str, *, trust: bool) -> tuple[Statement, ...]:
        if not isinstance(value, dict):
            self.flaw("PolicyDocumentError", where, f"expected an object, got {_kind(value)}")
            return ()
        self.check_elements(value, where, ("version", "statement"), "PolicyDocumentError")
        if value.get("version") != "2.0":
            self.flaw("VersionError", _join(where, "version"), 'expected "2.0", the only version')
        return self.read_statements(value.get("statement"), _join(where, "statement"), trust=trust)

    def check_elements(
        self, value: Mapping[str, object], where: str, known: tuple[str, ...], code: str
    ) -> None:
        """Flaw every element that is not known; Documented: elements are lower case."""
        for name in value:
            if name not in known:
                hint = f": write `{name.lower()}`" if name.lower() in known else ""
                message = f"is no element here{hint}"
                self.flaw("PrincipalError" if name == "principal" else code, _join(where, name), message)

    def read_statements(self, value: object, where: str, *, trust: bool) -> tuple[Statement, ...]:
        # Assumed: a list, and not an empty one; every published policy has it so.
        if not isinstance(value, list) or not value:
            self.flaw("StatementError", where, f"expected a list of statements, got {_kind(value)}")
            return ()
        read = (self.read_statement(each, f"{where}[{i}]", i, trust=trust) for i, each in enumerate(value))
        return tuple(statement for statement in read if statement is not None)

    def read_statement(self, value: object, where: str, index: int, *, trust: bool) -> Statement | None:
        if not isinstance(value, dict):
            self.flaw("StatementError", where, f"expected an object, got {_kind(value)}")
            return None
        known = ("effect", "action", "resource", "condition", *(("principal",) if trust else ()))
        self.check_elements(value, where, known, "StatementError")
        # Observed: trust policies have no resource.
        unnamed = (EVERYTHING,) if trust and "resource" not in value else None
        return Statement(
            effect=self.read_effect(value.get("effect"), _join(where, "effect")),
            actions=self.read_actions(value.get("action"), _join(where, "action")),
            resources=unnamed or self.read_resources(value.get("resource"), _join(where, "resource")),
            conditions=self.read_conditions(value.get("condition", {}), _join(where, "condition")),
            principals=self.read_principals(value.get("principal"), _join(where, "principal"))
            if trust
            else (),
            index=index,
        )

    def read_effect(self, value: object, where: str) -> Effect:
        if value == "allow":
            return "allow"
        if value != "deny":
            self.flaw("EffectError", where, f'expected "allow" or "deny", got {_show(value)}')
        return "deny"

    def read_texts(self, value: object, where: str, code: str) -> list[tuple[str, str]]:
        """Read a string or a list of strings, each with its path."""
        if isinstance(value, str):
            return [(where, value)]
        if not isinstance(value, list) or not value:
            self.flaw(code, where, f"expected a string or a list of strings, got {_kind(value)}")
            return []
        texts = [(f"{where}[{index}]", each) for index, each in enumerate(value)]
        for path, each in texts:
            if not isinstance(each, str):
                self.flaw(code, path, f"expected a string, got {_kind(each)}")
        return [(path, each) for path, each in texts if isinstance(each, str)]

    def read_actions(self, value: object, where: str) -> tuple[ActionPattern, ...]:
        read = [self.read_action(text, path) for path, text in self.read_texts(value, where, "ActionError")]
        return tuple(pattern for pattern in read if pattern is not None)

    def read_action(self, text: str, where: str) -> ActionPattern | None:
        # Assumed: no wildcard in the service, but in a lone `*`.
        if text in (EVERYTHING, "name/*"):
            return ActionPattern(text, "*", "*")
        if _FEATURES.fullmatch(text):
            return ActionPattern(text, "", "")
        if found := _ACTION.fullmatch(text):
            return ActionPattern(text, found[1], found[2])
        self.flaw("ActionError", where, f"expected `*`, `service:Action` or `service:Prefix*`, got {text!r}")
        return None

    def read_resources(self, value: object, where: str) -> tuple[str, ...]:
        texts = self.read_texts(value, where, "ResourceError")
        for path, text in texts:
            if found := find_flaw(text):
                self.flaw(found.code, path, found.message)
        return tuple(text for _, text in texts)

    def read_conditions(self, value: object, where: str) -> tuple[Condition, ...]:
        # Observed: clients send an empty condition, and it asks for nothing.
        if not isinstance(value, dict):
            self.flaw("ConditionError", where, f"expected an object, got {_kind(value)}")
            return ()
        read = (self.read_operator(name, keys, _join(where, name)) for name, keys in value.items())
        return tuple(condition for conditions in read for condition in conditions)

    def read_operator(self, written: str, keys: object, where: str) -> list[Condition]:
        operator = parse_operator(written)
        if operator is None:
            self.flaw("ConditionTypeError", where, f"is no operator{_suggest(written)}")
            return []
        # Assumed: that an operator must be given a key. One without would ask for nothing, and hold.
        if not isinstance(keys, dict) or not keys:
            self.flaw(
                "ConditionError", where, f"expected condition keys with their values, got {_kind(keys)}"
            )
            return []
        base, qualifier, if_exist = operator
        return [
            Condition(
                written,
                key,
                self.read_values(base, key, values, _join(where, key)),
                base,
                qualifier,
                if_exist,
            )
            for key, values in keys.items()
        ]

    def read_values(self, base: str, key: str, value: object, where: str) -> tuple[Value, ...]:
        values = value if isinstance(value, list) else [value]
        if not key or not values:
            self.flaw("ConditionError", where, "expected a key with one value or more")
        for index, each in enumerate(values):
            if found := find_value_flaw(base, each):
                self.flaw("ConditionError", f"{where}[{index}]" if isinstance(value, list) else where, found)
        return tuple(each for each in values if isinstance(each, str | int | float))

    def read_principals(self, value: object, where: str) -> tuple[Principal, ...]:
        if not isinstance(value, dict) or not value:
            self.flaw("PrincipalError", where, f"expected {_one_of(_PRINCIPAL_KINDS)}, got {_kind(value)}")
            return ()
        self.check_elements(value, where, _PRINCIPAL_KINDS, "PrincipalError")
        return tuple(
            principal
            for kind in _PRINCIPAL_KINDS
            if kind in value
            for principal in self.read_kind(kind, value[kind], _join(where, kind))
        )

    def read_kind(self, kind: PrincipalKind, value: object, where: str) -> list[Principal]:
        texts = self.read_texts(value, where, "PrincipalError")
        for path, text in texts:
            if not _is_principal[kind](text):
                self.flaw("PrincipalError", path, f"expected {_PRINCIPAL_FORMS[kind]}, got {text!r}")
        return [Principal(kind, text) for _, text in texts]


def _is_identity(text: str) -> bool:
    """Whether a text names identities of one account. Assumed: a bare `*` is no principal of a role."""
    segments = split(text)
    return (
        segments is not None
        and segments[:3] == ("", "cam", "")
        and _TRUSTED.fullmatch(segments.account) is not None
        and bool(segments.resource)
    )


_is_principal: Mapping[PrincipalKind, Callable[[str], bool]] = {
    "qcs": _is_identity,
    "service": lambda text: _SERVICE_PRINCIPAL.fullmatch(text) is not None,
    "federated": _is_identity,
}
_PRINCIPAL_FORMS: Mapping[PrincipalKind, str] = {
    "qcs": "`qcs::cam::uin/<account>:root` or `qcs::cam::uin/<account>:uin/<user>`",
    "service": "the name of a service such as `cls.cloud.tencent.com`",
    "federated": "`qcs::cam::uin/<account>:saml-provider/<name>`",
}


def _one_of(names: tuple[str, ...]) -> str:
    return "an object with " + " or ".join(f"`{name}`" for name in names)


def _kind(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "an object" if value else "an empty object"
        case list():
            return "a list" if value else "an empty list"
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case _:
            return "a number"


def _show(value: object) -> str:
    return repr(value) if isinstance(value, str) else _kind(value)


def _suggest(operator: str) -> str:
    """Name the operators that come nearest to one that does not exist."""
    from difflib import get_close_matches

    near = get_close_matches(operator, (*OPERATORS, NULL), n=2)
    return f": did you mean {' or '.join(near)}?" if near else ""
