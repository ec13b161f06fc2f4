"""What a customer must allow, computed from the table; and whether they did, by asking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from connector.clouds.tencent.codes import explain
from connector.clouds.tencent.products import Product, products_of
from connector.clouds.tencent.session import Session
from connector.errors import CloudError
from connector.outcome import Meaning, Why

Verdict = Literal["allowed", "denied", "not evaluable"]

PRESET_POLICIES: Mapping[str, tuple[str, ...]] = {"host": ("QcloudCVMReadOnlyAccess",)}
"""Documented: the preset policies the onboarding guide names, a feature each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One action tried in one region (empty: none), and what that showed."""

    permission: str
    region: str
    verdict: Verdict
    why: Why | None = None


def permissions_of(features: tuple[str, ...]) -> tuple[str, ...]:
    """Every action the features call, as CAM names them, each once."""
    return tuple(dict.fromkeys(product.permission for product in products_of(features)))


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


def probe(product: Product, region: str, session: Session) -> Probe:
    """Try the cheapest legal call of a product's action: one row, which a read does not change."""
    params: dict[str, Any] = {}
    if product.paging:
        params = {product.paging.size: "1" if product.paging.as_text else 1}
    try:
        session.call(product.service, product.version, product.action, params, region)
    except CloudError as error:
        return judge(product, region, explain(error, product.permission))
    return Probe(permission=product.permission, region=region, verdict="allowed")


# Assumed: the cloud authorises before it looks whether there is anything: these refusals mean "allowed".
ALLOWED_ALL_THE_SAME = (Meaning.NOT_ENABLED, Meaning.GONE, Meaning.ABSENT)


def judge(product: Product, region: str, reason: Why) -> Probe:
    """What a refusal says about the permission."""
    if reason.meaning is Meaning.DENIED:
        return Probe(permission=product.permission, region=region, verdict="denied", why=reason)
    if reason.meaning in ALLOWED_ALL_THE_SAME:
        return Probe(permission=product.permission, region=region, verdict="allowed", why=reason)
    return Probe(permission=product.permission, region=region, verdict="not evaluable", why=reason)


def missing(probes: Sequence[Probe]) -> tuple[str, ...]:
    """The actions denied somewhere, each once."""
    return tuple(dict.fromkeys(one.permission for one in probes if one.verdict == "denied"))
