"""The life of two accounts in one connector: hosts, keys, troubles come and go between synchronisations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from emulator.world import accounts
from scenarios.lab import HOSTS, Lab, Tenant
from scenarios.strategies import troubles
from scenarios.strategies.faults import Spec

Place = tuple[str, str]
"""A region, and the id of a host in it."""

NAMES = ("acme", "zeta")
STRIKES = 2
"""So many complete readings must have missed a host before it may be taken for gone."""

names = st.sampled_from(NAMES)
regions = st.sampled_from([region for region, _ in HOSTS])
numbers = st.integers(0, 5)


@dataclass(slots=True)
class Model:
    """What is known of an account without looking into the connector."""

    missed: dict[Place, int] = field(default_factory=dict)
    """How many complete readings in a row did not show a host that was there once."""
    is_enabled: bool = True
    is_calm: bool = True
    """Whether nothing is planned to go wrong."""

    def read(self, region: str, existing: set[Place]) -> None:
        """A region was read whole."""
        for place in [place for place in self.missed if place[0] == region]:
            self.missed[place] += 1
        self.missed.update((place, 0) for place in existing if place[0] == region)


class SyncLife(RuleBasedStateMachine):
    """Everything that can happen to two accounts, in any order; neither may ever notice the other."""

    @initialize()
    def open(self) -> None:
        """Two accounts, onboarded."""
        self.lab = Lab()
        self.tenants = {name: self.lab.admit(self.lab.open(name)) for name in NAMES}
        self.models = {name: Model() for name in NAMES}

    def teardown(self) -> None:
        """Give the store back."""
        if hasattr(self, "lab"):
            self.lab.subject.close()

    # --- what happens ------------------------------------------------------------------------------------

    @rule(name=names, denial=troubles.denial())
    def deny(self, name: str, denial: Spec) -> None:
        """Deny something."""
        self.plan(name, {"denials": [denial]})

    @rule(name=names, fault=troubles.fault())
    def fault(self, name: str, fault: Spec) -> None:
        """Let something go wrong."""
        self.plan(name, {"faults": [fault]})

    @rule(name=names, times=st.integers(1, 12))
    def throttle(self, name: str, times: int) -> None:
        """Refuse the next calls for being too many."""
        self.plan(name, {"faults": [{"effect": "throttle", "action": "cvm:*", "times": times}]})

    @rule(name=names)
    def allow(self, name: str) -> None:
        """Let all be well again."""
        with self.alone(name):
            self.tenants[name].plan.clear()
            self.models[name].is_calm = True

    @rule(name=names, is_enabled=st.booleans())
    def switch_key(self, name: str, is_enabled: bool) -> None:
        """Disable or enable the key."""
        tenant = self.tenants[name]
        with self.alone(name):
            accounts.set_status(tenant.world, tenant.key, "Active" if is_enabled else "Inactive")
            self.models[name].is_enabled = is_enabled

    @rule(name=names, region=regions, number=numbers)
    def start_host(self, name: str, region: str, number: int) -> None:
        """Let a host come into being."""
        with self.alone(name):
            self.lab.start_host(self.tenants[name], region, f"ins-0000000{number}")

    @rule(name=names, number=numbers)
    def terminate_host(self, name: str, number: int) -> None:
        """Let a host be no more."""
        existing = sorted(self.tenants[name].existing())
        if existing:
            with self.alone(name):
                self.tenants[name].terminate(*existing[number % len(existing)])

    # --- what the connector does -------------------------------------------------------------------------

    @rule(name=names)
    def sync(self, name: str) -> None:
        """Synchronise; what it says to have read whole, it must hold as it exists."""
        tenant, model = self.tenants[name], self.models[name]
        with self.alone(name):
            report = self.lab.subject.sync(name)
        assert model.is_enabled or not report.complete
        assert report.complete or not (model.is_calm and model.is_enabled)
        existing = tenant.existing()
        for region in [each.region for each in report.regions if each.ending == "complete"]:
            model.read(region, existing)
            assert self.undoubted(name, region) == {place for place in existing if place[0] == region}

    @rule(name=names)
    def check_key(self, name: str) -> None:
        """Check the key; where nothing goes wrong, the verdict is known."""
        model = self.models[name]
        with self.alone(name):
            verdict = self.lab.subject.check_key(name).verdict
        assert verdict != "wrong secret"
        assert model.is_enabled or verdict != "valid"
        if model.is_calm:
            assert verdict == ("valid" if model.is_enabled else "disabled or deleted")

    # --- what always holds -------------------------------------------------------------------------------

    @invariant()
    def nothing_is_gone_but_what_complete_readings_missed(self) -> None:
        """P21: no host is gone unless complete readings that followed each other did not show it."""
        for name in self.tenants:
            missed = self.models[name].missed
            gone = [one for one in self.stored(name) if one.state == "GONE"]
            assert all(missed[one.region, one.native_id] >= STRIKES for one in gone)

    @invariant()
    def what_was_seen_and_exists_is_held(self) -> None:
        """A host that was ever stored and has always existed is held."""
        for name, tenant in self.tenants.items():
            held = self.lab.held(tenant)
            seen = {place for place, missed in self.models[name].missed.items() if missed == 0}
            assert seen <= held

    @precondition(lambda self: all(model.is_calm and model.is_enabled for model in self.models.values()))
    @rule()
    def settle(self) -> None:
        """At rest, what is held is what exists."""
        for name, tenant in self.tenants.items():
            for _ in range(STRIKES):
                self.sync(name)
            assert self.lab.held(tenant) == tenant.existing()

    # --- means -------------------------------------------------------------------------------------------

    def plan(self, name: str, document: dict[str, Any]) -> None:
        """Plan that something goes wrong."""
        with self.alone(name):
            self.tenants[name].plan.load(document)
            self.models[name].is_calm = False

    def stored(self, name: str) -> list[Any]:
        """Every host in the store, gone ones included."""
        return self.lab.connector.assets("host", account=name, gone=True)

    def undoubted(self, name: str, region: str) -> set[Place]:
        """The hosts of a region that the connector has no doubt about."""
        return {
            (one.region, one.native_id)
            for one in self.stored(name)
            if one.region == region and one.state == "LIVE"
        }

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """What happens in one account happens in no other."""
        others = [tenant for other, tenant in self.tenants.items() if other != name]
        before = [self.fingerprint(tenant) for tenant in others]
        yield
        assert [self.fingerprint(tenant) for tenant in others] == before

    def fingerprint(self, tenant: Tenant) -> object:
        """Everything of an account that another might disturb."""
        account = self.lab.gateway.account(tenant.world)
        (known,) = [one for one in self.lab.connector.accounts() if one.name == tenant.name]
        stored = [(one.id, one.state, one.last_seen_ms, one.name) for one in self.stored(tenant.name)]
        return known, stored, tenant.existing(), len(account.journal), account.plan.describe()
