"""Opening root accounts: their named worlds, their keys, their users and what these may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from emulator.errors import BadInput, NotFound, Violation
from emulator.gateway.gateway import Gateway
from emulator.world import accounts
from emulator.world.credentials import AccessKey
from emulator.world.shelves import Shelf
from emulator.world.world import Estate, Place, World

if TYPE_CHECKING:
    from emulator.world.estate import Spec

WORLDS = ("empty", "demo", "large")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAccess:
    """A sub-user and the key it signs with."""

    uin: str
    name: str
    secret_id: str
    secret_key: str = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """As the control door says it, secret included."""
        return {
            "Uin": self.uin,
            "Name": self.name,
            "SecretId": self.secret_id,
            "SecretKey": self.secret_key,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAccess:
    """A root account and the keys that open it."""

    uin: str
    app_id: int
    secret_id: str
    secret_key: str = field(repr=False)
    users: tuple[UserAccess, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As the control door and ``serve --json`` say it, secrets included."""
        return {
            "Uin": self.uin,
            "AppId": self.app_id,
            "SecretId": self.secret_id,
            "SecretKey": self.secret_key,
            "users": [user.as_json() for user in self.users],
        }


class Later:
    """The estate of a named world, made when a resource is first looked at: a start must be quick."""

    def __init__(self, name: str, seed: int, day: int) -> None:
        self.name = name
        self.seed = seed
        self.day = day

    @property
    def spec(self) -> Spec | None:
        """What it shall be like; None for nothing at all, for which nothing needs to be loaded."""
        if self.name == "empty":
            return None
        from emulator.world.estate import NAMED

        return NAMED[self.name]

    def shelf(self, table: str, region: str) -> Shelf[Any] | None:
        """The rows of a table in a region; None for none."""
        # People, and what they did, are put into the account when it is opened: they are its own. What is
        # to happen is nobody's yet.
        is_none = table.startswith(("cam.", "used.", "world."))
        return None if is_none else self._estate().shelf(table, region)

    def places(self) -> Iterable[Place]:
        """Every place that can hold rows."""
        return self._estate().places()

    def _estate(self) -> Estate:
        from emulator.world.estate import estate

        return estate(self.name, self.seed, self.day)


def day_of(moment: float) -> int:
    """The day of a moment, counted from 1970: an account begins with its estate as it is on that day."""
    return int(moment // 86400)


def named_estate(name: str, seed: int, day: int) -> Estate:
    """The estate of a named world, as it is on an account's first day.

    Raises:
        NotFound: no world has this name.
    """
    if name not in WORLDS:
        raise NotFound(f"no world is called {name!r} (known: {', '.join(WORLDS)})")
    return Later(name, seed, day)


def open_account(
    gateway: Gateway,
    *,
    uin: str | None = None,
    app_id: int | None = None,
    estate: Estate | None = None,
    seed: int | None = None,
) -> World:
    """Open a root account; its beginning, to which a reset goes back, is the moment after."""
    world = gateway.cloud.open(uin=uin, app_id=app_id, seed=seed, estate=estate)
    gateway.account(world)
    return world


def populate(gateway: Gateway, world: World, seed: int) -> None:
    """Put the people of its estate into an account, after those that somebody named."""
    spec = world.estate.spec
    if spec is not None and spec.users:
        # Loaded here: an account without people need not wait for them.
        from emulator.world.estate.people import populate

        populate(gateway.cloud, world, spec, seed)


def add_root_key(gateway: Gateway, world: World) -> AccessKey:
    """A key of the root account itself."""
    return accounts.add_key(gateway.cloud, world, accounts.root(world))


def add_user(gateway: Gateway, world: World, name: str, policies: Sequence[object], path: str) -> UserAccess:
    """Add a sub-user with a key, and attach policies: names of policies, or documents of its own.

    Raises:
        BadInput: the name is taken, a policy does not exist, a document is not valid.
    """
    if accounts.find_user(world, name=name) is not None:
        raise BadInput.at("Name", f"the account has a user {name!r} already")
    wanted = read_policies(world, policies, path)
    user = accounts.add_user(world, name)
    uin = str(user.value["Uin"])
    for place, one in enumerate(wanted, 1):
        attach(world, uin, one, f"{name}-{place}")
    key = accounts.add_key(gateway.cloud, world, accounts.as_principal(user))
    return UserAccess(uin=uin, name=name, secret_id=key.secret_id, secret_key=key.secret_key)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A policy to attach: one that exists, or a document to be added under a name."""

    policy_id: int | None
    name: str
    document: str


def read_policies(world: World, given: Sequence[object], path: str, first: int = 0) -> list[Wanted]:
    """Read policies as users give them: names, ``{"name", "document"}``, or documents as text or object.

    Raises:
        BadInput: all that is wrong with any of them.
    """
    wrong: list[Violation] = []
    found: list[Wanted] = []
    for place, one in enumerate(given, first):
        try:
            found.append(_read_policy(world, one))
        except BadInput as bad:
            at = f"{path}[{place}]"
            wrong += [Violation(f"{at}.{each.path}".rstrip("."), each.message) for each in bad.violations]
    if wrong:
        raise BadInput(wrong, "the policies are not valid")
    return found


def _read_policy(world: World, given: object) -> Wanted:
    if isinstance(given, str) and not given.lstrip().startswith("{"):
        row = accounts.find_policy(world, name=given)
        if row is None:
            raise BadInput.at("", f"the account has no policy {given!r}, custom or preset")
        return Wanted(row.value["PolicyId"], given, "")
    name, document = "", given
    if isinstance(given, Mapping) and "document" in given:
        if given.keys() - {"name", "document"}:
            raise BadInput.at("", "expected name and document only")
        name, document = str(given.get("name", "")), given["document"]
    return Wanted(None, name, _document(document))


def _document(given: object) -> str:
    """The text that CAM is to keep; what is given as text is kept to the letter."""
    from emulator.policy.document import parse

    if not isinstance(given, str | Mapping):
        raise BadInput.at("", "expected a policy's name, or a document as an object or as JSON text")
    parse(given)
    return given if isinstance(given, str) else orjson.dumps(given).decode()


def attach(world: World, uin: str, wanted: Wanted, default_name: str) -> None:
    """Attach a policy to a user, adding it first if it is a document."""
    policy_id = wanted.policy_id
    if policy_id is None:
        row = accounts.add_policy(world, wanted.name or default_name, wanted.document)
        policy_id = int(row.value["PolicyId"])
    accounts.attach(world, "user", uin, policy_id)
