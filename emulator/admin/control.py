"""The verbs of the control door as plain functions: what HTTP, Python and the shell share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from emulator.admin import opening
from emulator.admin.opening import AccountAccess, UserAccess
from emulator.errors import BadInput, NotFound
from emulator.faults.plan import Plan, RuleKind
from emulator.gateway.account import Account
from emulator.gateway.gateway import Gateway
from emulator.gateway.journal import Entry, Journal
from emulator.world import accounts
from emulator.world.credentials import AccessKey, Principal
from emulator.world.world import World

if TYPE_CHECKING:
    from emulator.admin.keeping import Keeping
    from emulator.admin.policies import Case, Policies, Written
    from emulator.world.seed import WorldSeed

Spec = Mapping[str, Any]


class Control:
    """What can be seen and changed. ``account`` is the uin of a root account; None is the first one.

    Every verb raises BadInput for what is wrong with its arguments and NotFound for what does not exist.
    """

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.keeping: Keeping | None = None
        """Who keeps all this in a file; None lets it end with the process."""
        self._since = monotonic()
        self._seeds: dict[str, WorldSeed] = {}
        self.given: dict[str, list[str]] = {}
        """The sub-users of each account whose keys were given to somebody, by uin."""

    def account(self, uin: str | None = None) -> Account:
        """What the server keeps of a root account."""
        return self.gateway.account(self.gateway.cloud.world(uin))

    # --- what there is -----------------------------------------------------------------------------------

    def health(self) -> dict[str, Any]:
        """That the server lives."""
        from emulator import __version__

        return {
            "status": "ok",
            "version": __version__,
            "accounts": len(list(self.gateway.cloud.worlds())),
            "uptime_seconds": round(monotonic() - self._since, 3),
            "state": None if self.keeping is None else str(self.keeping.path),
        }

    def coverage(self, service: str | None = None) -> dict[str, Any]:
        """How far to trust the answers: every modelled action, or every action of one service.

        The contract's other list reads are inferred from it, and the rest is not emulated; which is which
        is told one service at a time, since it takes reading the service's contract. ``evidence`` says of
        each modelled action what speaks for it.
        """
        from emulator.admin.evidence import evidence

        catalog = self.gateway.catalog
        known = evidence()
        if service is None:
            modelled: dict[str, list[str]] = {}
            for key in self.gateway.repertoire.modelled:
                name, _, action = key.partition(":")
                modelled.setdefault(name, []).append(action)
            return {
                "actions": sum(1 for _ in catalog.names()),
                "totals": known["totals"],
                "modelled": modelled,
                "evidence": known["actions"],
            }
        found: dict[str, list[str]] = {"modelled": [], "inferred": [], "not emulated": []}
        version = catalog.versions(service)[-1]
        for of, at, action in catalog.names():
            if (of, at) == (service, version):
                fidelity = self.gateway.repertoire.find(catalog.find(of, at, action)).fidelity
                found[fidelity].append(action)
        told = {key: each for key, each in known["actions"].items() if key.partition(":")[0] == service}
        return {"service": service, "version": version, **found, "evidence": told}

    # --- accounts, users, keys ---------------------------------------------------------------------------

    def open_account(
        self,
        *,
        uin: str | None = None,
        app_id: int | None = None,
        world: str = "empty",
        seed: int | None = None,
    ) -> AccountAccess:
        """Open a root account with a named world and a key of its own."""
        number = self.gateway.cloud.seed if seed is None else seed
        try:
            day = opening.day_of(self.gateway.cloud.now())
            estate = opening.named_estate(world, number, day)
        except NotFound as reason:
            raise BadInput.at("World", str(reason)) from reason
        opened = opening.open_account(self.gateway, uin=uin, app_id=app_id, estate=estate, seed=seed)
        key = opening.add_root_key(self.gateway, opened)
        opening.populate(self.gateway, opened, number)
        opened.begin_here()
        return AccountAccess(
            uin=opened.uin, app_id=opened.app_id, secret_id=key.secret_id, secret_key=key.secret_key
        )

    def open_file(self, path: Path) -> list[AccountAccess]:
        """Open every account of a world file, or none; its denials, faults and stubs go into the first."""
        from emulator.admin import seeding

        seed = seeding.read_file(self.gateway, path)
        before = {world.uin for world in self.gateway.cloud.worlds()}
        try:
            opened = seeding.open_seed(self.gateway, seed, self.gateway.cloud.seed)
            seeding.plan_seed(self.gateway, seed, opened[0].uin)
        except BadInput:
            for uin in {world.uin for world in self.gateway.cloud.worlds()} - before:
                self.close_account(uin)
            raise
        self._seeds[opened[0].uin] = seed
        self.given.update({access.uin: [user.uin for user in access.users] for access in opened})
        return opened

    def begin(self, world: str | Path | None = None) -> list[AccountAccess]:
        """Open the accounts of a named world (``empty`` if none is named) or of a world file.

        With a state file that holds accounts already, those are the accounts.

        Raises:
            BadInput: the world cannot be used, or the state file began with another one.
        """
        kept = [] if self.keeping is None else self.keeping.begin(world)
        if kept:
            return kept
        if isinstance(world, Path) or (world is not None and world.endswith(".toml")):
            opened = self.open_file(Path(world))
        else:
            opened = [self.open_account(world=world or "empty")]
        if self.keeping is not None:
            self.keeping.note_beginning(world)
        return opened

    def planned(self, uin: str) -> dict[str, Any] | None:
        """What a reset plans again in an account, as its world file says it; None if it began with none."""
        seed = self._seeds.get(uin)
        if seed is None:
            return None
        return {"denials": seed.denials, "faults": seed.faults, "stubs": seed.stubs}

    def plan_again(self, uin: str, planned: Mapping[str, Any] | None) -> None:
        """Let every reset of an account plan what ``planned`` said."""
        if planned is not None:
            from emulator.world.seed import WorldSeed

            self._seeds[uin] = WorldSeed(
                accounts=(),
                denials=tuple(planned["denials"]),
                faults=tuple(planned["faults"]),
                stubs=tuple(planned["stubs"]),
            )

    def close_account(self, uin: str) -> dict[str, Any]:
        """Forget a root account, its world and its keys."""
        self.gateway.cloud.close(uin)
        self.gateway.forget(uin)
        self._seeds.pop(uin, None)
        self.given.pop(uin, None)
        if self.keeping is not None:
            self.keeping.forget(uin)
        return {}

    def accounts(self) -> dict[str, Any]:
        """The root accounts and their users; no secrets."""
        return {"accounts": [_outline(world) for world in self.gateway.cloud.worlds()]}

    def add_user(
        self, name: str, policies: Sequence[object] = (), *, account: str | None = None
    ) -> UserAccess:
        """Add a sub-user with a key. Policies are names, documents, or ``{"name", "document"}``."""
        world = self.account(account).world
        user = opening.add_user(self.gateway, world, name, policies, "Policies")
        self.given.setdefault(world.uin, []).append(user.uin)
        return user

    def add_key(
        self,
        secret_id: str,
        secret_key: str,
        *,
        token: str | None = None,
        uin: str | None = None,
        account: str | None = None,
    ) -> dict[str, Any]:
        """Let a key of one's own be known: a root account's, or a sub-user's if ``uin`` says so."""
        world, principal = self._whose(uin, account)
        key = AccessKey(
            secret_id=secret_id,
            secret_key=secret_key,
            principal=principal,
            created=world.clock.now(),
            token=token or None,
        )
        self.gateway.cloud.enrol(world, key)
        return {"SecretId": secret_id, "Uin": principal.uin}

    def remove_key(self, secret_id: str) -> dict[str, Any]:
        """Delete a key, whosever it is."""
        found = self.gateway.cloud.find_key(secret_id)
        if found is None:
            raise NotFound("no account has a key with this SecretId")
        self.account(found[0].uin).world.write("cam.key").remove(secret_id)
        return {}

    def _whose(self, uin: str | None, account: str | None) -> tuple[World, Principal]:
        world = self.account(account).world
        if uin is None:
            return world, accounts.root(world)
        for each in self.gateway.cloud.worlds() if account is None else (world,):
            if each.uin == uin:
                return each, accounts.root(each)
            user = accounts.find_user(each, uin=uin)
            if user is not None:
                return each, accounts.as_principal(user)
        raise NotFound(f"no account and no user has the uin {uin!r}")

    # --- time and state ----------------------------------------------------------------------------------

    def clock(self, *, account: str | None = None) -> dict[str, Any]:
        """What time it is in an account's world."""
        clock = self.account(account).world.clock
        return {"now": clock.now(), "is_frozen": clock.is_frozen}

    def set_clock(self, now: float | None, *, account: str | None = None) -> dict[str, Any]:
        """Stop the clock at a time, in seconds since the epoch; None goes back to real time."""
        self.account(account).world.clock.set(now)
        return self.clock(account=account)

    def advance_clock(self, seconds: float, *, account: str | None = None) -> dict[str, Any]:
        """Move an account's time forward."""
        self.account(account).world.clock.advance(seconds)
        return self.clock(account=account)

    def settings(self, *, account: str | None = None) -> dict[str, Any]:
        """How an account behaves where that is a matter of choice."""
        return self.account(account).settings.as_spec()

    def configure(self, changes: Spec, *, account: str | None = None) -> dict[str, Any]:
        """Change some of the settings; a reset goes back to those the account began with."""
        kept = self.account(account)
        kept.configure(kept.settings.having(changes))
        return kept.settings.as_spec()

    def reset(self, *, account: str | None = None) -> dict[str, Any]:
        """Take an account back to its beginning; no other notices."""
        kept = self.account(account)
        kept.reset()
        seed = self._seeds.get(kept.world.uin)
        if seed is not None:
            from emulator.admin import seeding

            seeding.plan_seed(self.gateway, seed, kept.world.uin)
        return {}

    def snapshot(self, name: str, *, account: str | None = None) -> dict[str, Any]:
        """Remember an account's world under a name."""
        self.account(account).world.snapshot(name)
        return {"snapshot": name}

    def restore(self, name: str, *, account: str | None = None) -> dict[str, Any]:
        """Take an account's world back to a snapshot."""
        self.account(account).world.restore(name)
        return {"snapshot": name}

    def put_rows(
        self, table: str, region: str, rows: Sequence[Spec], *, account: str | None = None
    ) -> dict[str, Any]:
        """Put rows into a table; promised members that lack are filled in."""
        from emulator.admin.rows import Tables, check_region, put_rows

        world = self.account(account).world
        known = Tables(self.gateway.repertoire).find(table)
        keys = put_rows(world, known, check_region(known, region), rows)
        return {"table": known.table.name, "region": region, "keys": keys}

    def rows(
        self,
        table: str,
        region: str = "",
        *,
        offset: int = 0,
        limit: int = 100,
        account: str | None = None,
    ) -> dict[str, Any]:
        """A page of a table's rows."""
        from emulator.admin.rows import Tables, check_region

        known = Tables(self.gateway.repertoire).find(table)
        shelf = self.account(account).world.read(known.table.name, check_region(known, region))
        page = [row.value for row in shelf.values()[offset : offset + limit]]
        return {"table": known.table.name, "region": region, "total": len(shelf), "rows": page}

    def estate(
        self, *, kind: str | None = None, region: str | None = None, account: str | None = None
    ) -> dict[str, Any]:
        """What is risky in an account by now, kind by kind: how often it was to be made, and where it is.

        Narrowed to one kind or one region if that is asked; what stands once in the account is in none.
        """
        return self.look_at_estate(kind=kind, region=region, account=account)()

    def look_at_estate(
        self, *, kind: str | None = None, region: str | None = None, account: str | None = None
    ) -> Callable[[], dict[str, Any]]:
        """The same, to be told later: what is risky now, whatever happens to the account until then."""
        from emulator.admin.risks import check, show

        check(kind, region)
        return partial(show, self.account(account).world.as_it_is(), kind, region)

    # --- misbehaviour ------------------------------------------------------------------------------------

    def deny(self, spec: Spec, *, account: str | None = None) -> dict[str, Any]:
        """Add a denial, which the policy engine decides like any other statement."""
        plan = self.account(account).plan
        return _described(plan, plan.add_denial(spec).id)

    def fault(self, spec: Spec, *, account: str | None = None) -> dict[str, Any]:
        """Add a fault."""
        plan = self.account(account).plan
        return _described(plan, plan.add_fault(spec).id)

    def stub(self, spec: Spec, *, account: str | None = None) -> dict[str, Any]:
        """Add an answer of one's own; it is held against the contract."""
        return self.account(account).stubs.add(spec).as_spec()

    def rules(self, kind: RuleKind, *, account: str | None = None) -> dict[str, Any]:
        """The denials or the faults, and how far each has come."""
        return {f"{kind}s": self.account(account).plan.describe(kind)}

    def stubs(self, *, account: str | None = None) -> dict[str, Any]:
        """The stubs, and how often each was used."""
        return {"stubs": [stub.as_spec() for stub in self.account(account).stubs.all()]}

    def remove_rule(
        self, kind: RuleKind, rule_id: str | None = None, *, account: str | None = None
    ) -> dict[str, Any]:
        """Take one denial or fault back, or all of them."""
        plan = self.account(account).plan
        if rule_id is None:
            plan.clear(kind)
        elif rule_id not in {rule.id for rule in plan.rules(kind)}:
            raise NotFound(f"no {kind} has the id {rule_id!r}")
        else:
            plan.remove(rule_id)
        return self.rules(kind, account=account)

    def remove_stub(self, stub_id: str | None = None, *, account: str | None = None) -> dict[str, Any]:
        """Take one stub away, or all of them."""
        stubs = self.account(account).stubs
        if stub_id is None:
            stubs.clear()
        else:
            stubs.remove(stub_id)
        return self.stubs(account=account)

    def fired(self, *, account: str | None = None) -> dict[str, Any]:
        """Which denial or fault struck which requests."""
        return {"fired": self.account(account).plan.fired()}

    # --- what happened -----------------------------------------------------------------------------------

    def entries(
        self, wanted: Mapping[str, str], *, account: str | None = None, limit: int | None = None
    ) -> list[Entry]:
        """The newest records that fit (``service``, ``action``, ``user``, ``outcome``), oldest first."""
        return _newest(self.account(account).journal, wanted, limit)

    def calls(
        self, wanted: Mapping[str, str], *, account: str | None = None, limit: int = 100
    ) -> dict[str, Any]:
        """Outlines of the newest calls that fit; those that no account can be held to stand apart."""
        from emulator.admin.records import in_short

        found = self.entries(wanted, account=account, limit=limit)
        shown: dict[str, Any] = {"calls": [in_short(one) for one in found]}
        if account is None:
            unclaimed = _newest(self.gateway.unclaimed, wanted, limit)
            shown["unclaimed"] = [in_short(one) for one in unclaimed]
        return shown

    def call(self, request_id: str, *, account: str | None = None) -> dict[str, Any]:
        """All that is known of one call, the decision explained."""
        from emulator.admin.records import in_full

        return in_full(self.entry(request_id, account=account))

    def entry(self, request_id: str, *, account: str | None = None) -> Entry:
        """The record of one call; in any account if none is named."""
        worlds = self.gateway.cloud.worlds() if account is None else [self.gateway.cloud.world(account)]
        journals = [self.gateway.account(world).journal for world in worlds]
        for journal in (*journals, *([self.gateway.unclaimed] if account is None else [])):
            found = journal.get(request_id)
            if found is not None:
                return found
        raise NotFound(f"no call with the RequestId {request_id!r} is remembered")

    # --- policies ----------------------------------------------------------------------------------------

    @cached_property
    def _policies(self) -> Policies:
        from emulator.admin.policies import Policies

        return Policies(self.gateway.catalog)

    def written(self, given: object, path: str, *, account: str | None = None) -> Written:
        """A policy as users give it: the name of one in an account, or a document."""
        from emulator.admin.policies import read_written

        world = self.account(account).world

        def find(name: str) -> str | None:
            row = accounts.find_policy(world, name=name)
            return None if row is None else str(row.value["PolicyDocument"])

        return read_written(given, path, find)

    def lint(self, policies: Sequence[Written]) -> dict[str, Any]:
        """What is wrong, wide or useless in policies."""
        return self._policies.lint(policies)

    def simulate(self, case: Case) -> dict[str, Any]:
        """What policies decide on actions, explained; nobody has to hold them."""
        return self._policies.simulate(case)

    def diff(self, before: Sequence[Written], after: Sequence[Written]) -> dict[str, Any]:
        """What the second side allows that the first does not, and the reverse."""
        return self._policies.diff(before, after)

    def policy_from_calls(self, wanted: Mapping[str, str], *, account: str | None = None) -> dict[str, Any]:
        """The least policy under which the calls that fit are allowed."""
        return self._policies.need(self.entries(wanted, account=account))


def _newest(journal: Journal, wanted: Mapping[str, str], limit: int | None) -> list[Entry]:
    found = list(journal.find(**wanted))
    return found if limit is None else found[max(len(found) - limit, 0) :]


def _described(plan: Plan, rule_id: str) -> dict[str, Any]:
    return next(dict(rule) for rule in plan.describe() if rule["id"] == rule_id)


def _outline(world: World) -> dict[str, Any]:
    return {
        "Uin": world.uin,
        "AppId": world.app_id,
        "keys": [_key_outline(key) for key in world.read("cam.key")],
        "users": [
            {"Uin": str(row.value["Uin"]), "Name": row.value["Name"]} for row in world.read("cam.user")
        ],
    }


def _key_outline(key: AccessKey) -> dict[str, Any]:
    return {"SecretId": key.secret_id, "Uin": key.principal.uin, "Status": key.status}
