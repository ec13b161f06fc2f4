"""What a customer must allow, computed from the table; and whether they did, by asking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from connector.clouds.tencent.asking import EVERYTHING, Ask, Row
from connector.clouds.tencent.codes import explain
from connector.clouds.tencent.products import Line, Product, lines_of
from connector.clouds.tencent.products.members import inmost, key_of
from connector.clouds.tencent.session import Session
from connector.errors import CloudError
from connector.outcome import Meaning, Place, Why

Verdict = Literal["allowed", "denied", "not evaluable"]

PRESET_POLICIES: Mapping[str, tuple[str, ...]] = {
    "host": ("QcloudCVMReadOnlyAccess",),
    "cspm": ("CloudResourceReadOnlyAccess", "QcloudCamReadOnlyAccess"),
}
"""Documented: the preset policies the onboarding guide names, a feature each; it names none for others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One action tried in one region (empty: none), and what that showed."""

    permission: str
    region: str
    verdict: Verdict
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """A probe, and the rows it happened to show: something to ask further lines about."""

    probe: Probe
    rows: tuple[Row, ...] = ()


def permissions_of(features: tuple[str, ...]) -> tuple[str, ...]:
    """Every action the features call, as CAM names them, each once."""
    return tuple(dict.fromkeys(line.permission for line in lines_of(features)))


def presets_for(permissions: Iterable[str]) -> tuple[str, ...]:
    """The preset policies that allow these actions: the narrowest feature's that needs all of them.

    None where no preset policy is known to allow one of them.
    """
    wanted = set(permissions)
    for feature, names in PRESET_POLICIES.items():
        if wanted <= set(permissions_of((feature,))):
            return names
    if not wanted <= set(permissions_of(tuple(PRESET_POLICIES))):
        return ()
    return tuple(name for names in PRESET_POLICIES.values() for name in names)


def policy_for(permissions: Iterable[str]) -> dict[str, Any]:
    """The smallest policy document that allows these actions, a statement a product."""
    by_service: dict[str, list[str]] = {}
    for permission in sorted(set(permissions)):
        by_service.setdefault(permission.partition(":")[0], []).append(permission)
    return {
        "version": "2.0",
        "statement": [
            {"effect": "allow", "action": actions, "resource": ["*"]} for actions in by_service.values()
        ],
    }


def probe(line: Line, region: str, session: Session, ask: Ask = EVERYTHING, *, real: bool = True) -> Tried:
    """Try the cheapest legal call of a line's action: one row of a read; a write that changes nothing.

    ``real`` is False where the form of the call may be refused: what it asks about was made up, for lack of
    anything that exists, or it is a write.
    """
    params = {**line.params, **ask.params, **(one_row(line) if isinstance(line, Product) else {})}
    sent = region if line.regional else ""
    try:
        answer = session.call(line.service, line.version, line.action, params, sent)
    except CloudError as error:
        reason = explain(error, line.permission, published=line.published)
        return Tried(judge(line, region, reason, real=real))
    found = Probe(permission=line.permission, region=region, verdict="allowed")
    return Tried(found, rows_shown(line, region, ask, answer) if isinstance(line, Product) else ())


def one_row(product: Product) -> dict[str, Any]:
    """The parameters that ask for the first row of a list alone."""
    paging = product.paging
    if paging is None:
        return {}
    # A position is named where it must be: by lists that count pages, and those that want one in every call.
    start = {} if paging.by == "rows" else {paging.at: paging.start}
    return {paging.size: "1" if paging.as_text else 1, **start}


def rows_shown(product: Product, region: str, ask: Ask, answer: Mapping[str, Any]) -> tuple[Row, ...]:
    """The rows of one answer, as far as they are what we expect."""
    holder, name = inmost(answer, product.items)
    value = holder.get(name) if product.items else answer
    rows = value if isinstance(value, list) else [value]
    parent = ask.of[0] if len(ask.of) == 1 else None
    return tuple(
        Row(place=Place(product.kind, region, key_of(product.key, row, ask.label)), parent=parent, raw=row)
        for row in rows
        if isinstance(row, dict)
    )


# Assumed: the cloud authorises before it looks whether there is anything: these refusals mean "allowed".
ALLOWED_ALL_THE_SAME = (Meaning.NOT_ENABLED, Meaning.GONE, Meaning.ABSENT)


def judge(line: Line, region: str, reason: Why, *, real: bool = True) -> Probe:
    """What a refusal says about the permission."""
    verdict: Verdict = "not evaluable"
    if reason.meaning is Meaning.DENIED:
        verdict = "denied"
    elif reason.meaning in ALLOWED_ALL_THE_SAME or (reason.meaning is Meaning.BUG and not real):
        # Assumed: nor does it mind, before it authorises, that what was asked about was made up, or a
        # write that would do nothing.
        verdict = "allowed"
    return Probe(permission=line.permission, region=region, verdict=verdict, why=reason)


def missing(probes: Sequence[Probe]) -> tuple[str, ...]:
    """The actions denied somewhere, each once."""
    return tuple(dict.fromkeys(one.permission for one in probes if one.verdict == "denied"))
