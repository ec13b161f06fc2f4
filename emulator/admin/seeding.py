"""Opening what a world file says: its accounts, people, rows and planned misbehaviour."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from emulator.admin import opening
from emulator.admin.opening import AccountAccess, UserAccess
from emulator.admin.rows import Tables, complete_row, put_rows
from emulator.errors import BadInput, Violation
from emulator.gateway.gateway import Gateway
from emulator.gateway.settings import Settings
from emulator.world import accounts
from emulator.world.credentials import AccessKey, Principal
from emulator.world.seed import AccountSeed, KeySeed, UserSeed, WorldSeed, load
from emulator.world.world import Estate, World


def read_file(gateway: Gateway, source: Path | str) -> WorldSeed:
    """Read a world file, its rows completed and held against the contract.

    Raises:
        BadInput: everything that is wrong in it.
    """
    return load(source, partial(_check, Tables(gateway.repertoire)))


def _check(tables: Tables, name: str, row: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    return complete_row(tables.find(name, path), row, path)


def open_seed(gateway: Gateway, seed: WorldSeed, default_seed: int) -> list[AccountAccess]:
    """Open every account of a world file.

    Raises:
        BadInput: a policy that does not exist or is not valid, a rule or a stub that is not.
    """
    opened = [_open(gateway, account, default_seed, seed.now) for account in seed.accounts]
    for access, account in zip(opened, seed.accounts, strict=True):
        world = gateway.cloud.world(access.uin)
        world.begin_here()
        gateway.account(world).begin_with(Settings().having(account.settings, account.settings_path))
    return opened


def plan_seed(gateway: Gateway, seed: WorldSeed, uin: str) -> None:
    """Put the file's denials, faults and stubs into an account.

    Raises:
        BadInput: everything that is wrong with them.
    """
    account = gateway.account(gateway.cloud.world(uin))
    account.plan.load({"denials": list(seed.denials), "faults": list(seed.faults)})
    wrong: list[Violation] = []
    for place, stub in enumerate(seed.stubs):
        try:
            account.stubs.add(stub)
        except BadInput as bad:
            wrong += [Violation(f"stubs[{place}].{each.path}", each.message) for each in bad.violations]
    if wrong:
        raise BadInput(wrong, "the stubs are not valid")


def _open(gateway: Gateway, seed: AccountSeed, default_seed: int, now: float | None) -> AccountAccess:
    number = default_seed if seed.seed is None else seed.seed
    estate = _estate(seed, number, opening.day_of(gateway.cloud.now() if now is None else now))
    world = opening.open_account(gateway, uin=seed.uin, app_id=seed.app_id, estate=estate, seed=number)
    if now is not None:
        world.clock.set(now)
    for row in seed.rows:
        put_rows(world, Tables(gateway.repertoire).find(row.table, row.path), row.region, [row.value])
    keys = [_add_key(gateway, world, accounts.root(world), key) for key in seed.keys]
    first = keys[0] if keys else opening.add_root_key(gateway, world)
    users = tuple(_add_user(gateway, world, user) for user in seed.users)
    opening.populate(gateway, world, number)
    return AccountAccess(
        uin=world.uin,
        app_id=world.app_id,
        secret_id=first.secret_id,
        secret_key=first.secret_key,
        users=users,
    )


def _estate(seed: AccountSeed, number: int, day: int) -> Estate | None:
    match seed.estate:
        case None:
            return opening.named_estate("empty", number, day)
        case str() as name:
            return opening.named_estate(name, number, day)
        case spec:
            from emulator.world.estate import build

            return build(spec, number, day)


def _add_key(gateway: Gateway, world: World, principal: Principal, seed: KeySeed) -> AccessKey:
    key = AccessKey(
        secret_id=seed.secret_id,
        secret_key=seed.secret_key,
        principal=principal,
        status=seed.status,
        created=world.clock.now(),
    )
    gateway.cloud.enrol(world, key)
    return key


def _add_user(gateway: Gateway, world: World, seed: UserSeed) -> UserAccess:
    user = accounts.add_user(world, seed.name, uin=seed.uin)
    uin, principal = str(user.value["Uin"]), accounts.as_principal(user)
    for place, policy in enumerate(seed.policies):
        said = policy.name if policy.document is None else {"name": policy.name, "document": policy.document}
        wanted = opening.read_policies(world, [said], f"{seed.path}.policies", first=place)
        opening.attach(world, uin, wanted[0], policy.name)
    keys = [_add_key(gateway, world, principal, key) for key in seed.keys]
    first = keys[0] if keys else accounts.add_key(gateway.cloud, world, principal)
    return UserAccess(uin=uin, name=seed.name, secret_id=first.secret_id, secret_key=first.secret_key)
