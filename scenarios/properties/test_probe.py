"""Onboarding and checking a key look at the cloud and touch nothing in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given

from emulator.contract.paging import is_read
from emulator.services import ALL
from scenarios import profiles
from scenarios.lab import HOSTS, Lab, Tenant
from scenarios.strategies import troubles


def versions(tenant: Tenant) -> Mapping[str, int]:
    """Numbers that grow whenever rows of a service may have changed."""
    return {service: tenant.world.version(service) for service in ALL}


@profiles.costly()
@given(troubles.any_at_all())
def test_a_probe_never_changes_the_cloud(plan: dict[str, Any]) -> None:
    with Lab() as lab:
        tenant = lab.open("acme")
        tenant.plan.load(plan)
        before = versions(tenant)
        admission = lab.subject.onboard(
            name="acme",
            secret_id=tenant.key.secret_id,
            secret_key=tenant.key.secret_key,
            regions=tuple(dict(HOSTS)),
        )
        if admission.admitted:
            lab.subject.check_key("acme")
        assert versions(tenant) == before
        called = {entry.action for entry in lab.control.entries({}, account=tenant.world.uin)}
        assert called
        assert all(is_read(action) for action in called)


@profiles.costly()
@given(troubles.at_the_walls())
def test_a_probe_of_writes_changes_nothing_either(plan: dict[str, Any]) -> None:
    with Lab() as lab:
        tenant = lab.open("acme", policies=(lab.connector.policy(("soc",)),))
        tenant.plan.load(plan)
        before = versions(tenant)
        admission = lab.subject.onboard(
            name="acme",
            secret_id=tenant.key.secret_id,
            secret_key=tenant.key.secret_key,
            features=("soc",),
        )
        if admission.admitted:
            lab.subject.check_key("acme")
        assert versions(tenant) == before


@profiles.costly()
@given(troubles.any_at_all())
def test_a_refusal_stores_nothing(plan: dict[str, Any]) -> None:
    with Lab() as lab:
        tenant = lab.open("acme")
        tenant.plan.load(plan)
        admission = lab.subject.onboard(
            name="acme", secret_id=tenant.key.secret_id, secret_key=tenant.key.secret_key
        )
        assert lab.subject.accounts() == (("acme",) if admission.admitted else ())
        assert admission.admitted or admission.told
