"""What a server keeps in a state file: its accounts as they stand, turn by turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import orjson

from emulator.admin.opening import AccountAccess, Later, UserAccess, named_estate
from emulator.errors import BadInput, NotKept
from emulator.gateway.account import Account
from emulator.gateway.settings import Settings
from emulator.world import accounts
from emulator.world.credentials import AccessKey
from emulator.world.state.file import StateFile
from emulator.world.state.keeper import Keeper, pack, unpack
from emulator.world.world import Estate, Nothing, World

if TYPE_CHECKING:
    from emulator.admin.control import Control

LAG_SECONDS = 60.0
"""How long what may lag behind (when keys were last used) lags behind at most."""


class Keeping:
    """Writes what changed at the end of each turn, and brings it back at the start."""

    def __init__(self, file: StateFile, control: Control) -> None:
        self._file = file
        self._control = control
        self._gateway = control.gateway
        self._marks: dict[str, tuple[object, ...]] = {}
        self._lagging: set[str] = set()
        self._lags_until = monotonic() + LAG_SECONDS

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._file.path

    # --- every turn --------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Have on disk all that changed since the last time.

        Raises:
            NotKept: it cannot be written; from then on nothing is answered any more.
        """
        self._file.check()
        try:
            self._keep_all()
            self._file.commit()
        except Exception as reason:
            raise self._file.fail(reason) from reason

    def forget(self, uin: str) -> None:
        """Forget what was written of an account that was closed."""
        self._marks.pop(uin, None)
        self._lagging.discard(uin)

    def close(self) -> None:
        """Keep what is left and let go of the file."""
        try:
            self._lags_until = 0.0
            self.keep()
        finally:
            self._file.close()

    def _keep_all(self) -> None:
        seen = self._gateway.seen
        for uin, account in seen.items():
            self._keep(uin, account)
        seen.clear()
        if self._lagging and monotonic() >= self._lags_until:
            self._catch_up()
        mint = self._gateway.cloud.mint
        if mint.has_moved:
            self._file.say("mint", pack(mint))
            mint.has_moved = False

    def _keep(self, uin: str, account: Account) -> None:
        mark = self._mark(account)
        if self._marks.get(uin) != mark:
            self._write(uin, account)
            self._marks[uin] = mark
        world = account.world
        keeper = world.keeper
        assert isinstance(keeper, Keeper)  # noqa: S101  # every world of this cloud has one
        if keeper.is_touched or keeper.has_moved(world):
            keeper.write(world)
        elif world.has_changes:
            self._lagging.add(uin)

    def _mark(self, account: Account) -> tuple[object, ...]:
        """Another one whenever what ``_write`` writes of an account is another."""
        given = len(self._control.given.get(account.world.uin, ()))
        return account.settings, account.first_settings, account.plan.mark(), account.stubs.mark(), given

    def _catch_up(self) -> None:
        self._lags_until = monotonic() + LAG_SECONDS
        for world in self._gateway.cloud.worlds():
            if world.uin in self._lagging and isinstance(world.keeper, Keeper):
                world.keeper.write(world)
        self._lagging.clear()

    def _write(self, uin: str, account: Account) -> None:
        body = {
            "app_id": account.world.app_id,
            "estate": _estate_spec(account.world.estate),
            "settings": account.settings.as_spec(),
            "first_settings": account.first_settings.as_spec(),
            "plan": account.plan.state(),
            "stubs": account.stubs.state(),
            "planned": self._control.planned(uin),
            "given": self._control.given.get(uin, []),
        }
        sealed = self._file.seal.close(orjson.dumps(body), _seal_place(uin))
        self._file.execute(
            "INSERT INTO account (uin, body) VALUES (?, ?) "
            "ON CONFLICT (uin) DO UPDATE SET body = excluded.body",
            *(uin, sealed),
        )
        pasts = account.plan.pasts()
        keeper = account.world.keeper
        if isinstance(keeper, Keeper):
            keeper.keep_pasts({name: past for name, past in pasts.items() if isinstance(past, World)})

    # --- the start ---------------------------------------------------------------------------------------

    def begin(self, world: str | Path | None) -> list[AccountAccess]:
        """The accounts that are there already, if any are.

        Raises:
            BadInput: the file began with another world, or its world file says something else by now.
        """
        found = accesses(self._control)
        if found and world is not None and _print_of(world) != self._file.about("world"):
            began = f"{self.path} began with another one: leave it out, or name another file"
            raise BadInput.at("world", began)
        return found

    def note_beginning(self, world: str | Path | None) -> None:
        """Remember what the server began with."""
        self._file.say("seed", b"%d" % self._gateway.cloud.seed)
        self._file.say("world", _print_of(world or "empty"))

    def resume(self) -> None:
        """Bring back every account.

        Raises:
            BadInput: the file is damaged, or says what makes no sense to this version.
        """
        try:
            mint = self._file.about("mint")
            if mint is not None:
                self._gateway.cloud.mint.resume(unpack(mint))
                self._gateway.cloud.mint.has_moved = False
            for uin, sealed in self._file.read("SELECT uin, body FROM account ORDER BY number"):
                self._resume(uin, self._file.unsealed(sealed, _seal_place(uin), f"account {uin}"))
        except (NotKept, LookupError, TypeError, ValueError) as reason:
            raise BadInput.at(str(self.path), f"cannot be taken up: {reason}") from reason
        except BadInput as bad:
            raise BadInput.at(str(self.path), f"says what this version does not know: {bad}") from bad

    def _resume(self, uin: str, body: bytes) -> None:
        kept: Mapping[str, Any] = orjson.loads(body)
        keeper = Keeper(self._file, uin)
        cloud = self._gateway.cloud
        world = World(
            uin=uin, app_id=kept["app_id"], estate=_estate(kept["estate"]), now=cloud.now, keeper=keeper
        )
        world.resume(keeper.stands())
        held = (value for _, _, value in keeper.in_any_state("cam.key"))
        cloud.take_up(world, [key for key in held if isinstance(key, AccessKey)])
        account = self._gateway.account(world)
        account.begin_with(Settings().having(kept["first_settings"]))
        account.configure(Settings().having(kept["settings"]))
        world.resume_earlier(keeper.earlier(world.estate))
        account.plan.resume(kept["plan"], lambda rule_id: keeper.past(rule_id, world))
        account.stubs.resume(kept["stubs"])
        self._control.plan_again(uin, kept["planned"])
        keeper.took_over(world)
        self._control.given[uin] = kept["given"]
        self._marks[uin] = self._mark(account)


# --- What a server began with ------------------------------------------------------------------------------


def generation(file: StateFile) -> int:
    """How often the file was taken up before; to be asked once a start."""
    count = int(file.about("generation") or b"0")
    file.say("generation", b"%d" % (count + 1))
    return count


def agreed_seed(file: StateFile, seed: int | None) -> int:
    """The seed of the server, which is said once.

    Raises:
        BadInput: another one was kept.
    """
    kept = file.about("seed")
    if kept is None:
        return seed or 0
    if seed is not None and int(kept) != seed:
        raise BadInput.at("seed", f"{file.path} began with {int(kept)}: leave it out, or name another file")
    return int(kept)


def _print_of(world: str | Path) -> bytes:
    path = Path(world)
    if path.suffix != ".toml":
        return str(world).encode()
    try:
        return blake2b(path.read_bytes()).digest()
    except OSError as reason:
        raise BadInput.at(str(path), f"cannot be read: {reason.strerror}") from reason


def accesses(control: Control) -> list[AccountAccess]:
    """The accounts that are open and the users whose keys were given, each with its oldest key.

    A root without any has none; users without any are left out.
    """
    return [_access(world, control.given.get(world.uin, ())) for world in control.gateway.cloud.worlds()]


def _access(world: World, given: Iterable[str]) -> AccountAccess:
    key = next(iter(accounts.keys_of(world, world.uin)), None)
    users = (
        UserAccess(
            uin=held.principal.uin,
            name=row.value["Name"],
            secret_id=held.secret_id,
            secret_key=held.secret_key,
        )
        for uin in given
        if (row := accounts.find_user(world, uin=uin)) is not None
        for held in accounts.keys_of(world, uin)[:1]
    )
    return AccountAccess(
        uin=world.uin,
        app_id=world.app_id,
        secret_id="" if key is None else key.secret_id,
        secret_key="" if key is None else key.secret_key,
        users=tuple(users),
    )


# --- Estates -----------------------------------------------------------------------------------------------


def _estate_spec(estate: Estate) -> dict[str, Any] | None:
    """What an estate is drawn from.

    Raises:
        NotKept: it is drawn from something that cannot be written down.
    """
    match estate:
        case Nothing():
            return None
        case Later():
            return {"name": estate.name, "seed": estate.seed, "day": estate.day}
    from emulator.world.estate import Seeded

    if isinstance(estate, Seeded):
        return {"spec": asdict(estate.spec), "seed": estate.seed, "day": estate.day}
    raise NotKept(f"an estate of the kind {type(estate).__name__} cannot be kept")


def _estate(spec: Mapping[str, Any] | None) -> Estate:
    if spec is None:
        return Nothing()
    if "name" in spec:
        return named_estate(spec["name"], spec["seed"], spec["day"])
    from emulator.world.estate import Spec, build

    # Its lists are tuples of tuples, of which JSON knows nothing.
    given: dict[str, Any] = {
        name: tuple(map(tuple, value)) if isinstance(value, list) else value
        for name, value in spec["spec"].items()
    }
    return build(Spec(**given), spec["seed"], spec["day"])


def _seal_place(uin: str) -> bytes:
    return b"account/" + uin.encode()
