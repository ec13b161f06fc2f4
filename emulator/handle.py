"""What a test holds: an emulator of its own on a thread of its own, and every verb of the control door."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from emulator.admin.opening import AccountAccess, UserAccess
from emulator.app import App, Server, compose, serve
from emulator.errors import BadInput, EmulatorError
from emulator.faults.denials import Denial
from emulator.faults.fault import Fault
from emulator.gateway.journal import Entry
from emulator.wire.envelope import Envelope
from emulator.wire.reply import Reply
from emulator.world.clock import Clock
from emulator.world.world import World

if TYPE_CHECKING:
    from tencentcloud.common.common_client import CommonClient

Policies = str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]]
"""Names of policies, documents, or ``{"name": …, "document": …}``; one or several."""


class Account:
    """A root account of an emulator, and all that a test can do to it.

    ``world`` is the live state: read it freely; while the server is busy, change it through the verbs.
    """

    def __init__(self, emulator: Emulator, access: AccountAccess) -> None:
        self._emulator = emulator
        self._app: App = emulator.app
        self.uin = access.uin
        self.app_id = access.app_id
        self.secret_id = access.secret_id
        self.secret_key = access.secret_key
        self.users: dict[str, UserAccess] = {user.name: user for user in access.users}
        """The sub-users opened or added here, by name."""

    def __repr__(self) -> str:
        return f"Account(uin={self.uin!r}, app_id={self.app_id}, secret_id={self.secret_id!r})"

    @property
    def endpoint(self) -> str:
        """Where the server is: ``http://127.0.0.1:PORT``."""
        return self._emulator.endpoint

    @property
    def world(self) -> World:
        """Everything true in the account."""
        return self._app.control.account(self.uin).world

    @property
    def clock(self) -> Clock:
        """The account's time; ``set`` stops it, ``advance`` moves it."""
        return self.world.clock

    def add_user(self, name: str, *, policies: Policies = ()) -> UserAccess:
        """Add a sub-user with a key."""
        several = [policies] if isinstance(policies, str | Mapping) else policies
        with self._app.lock:
            user = self._app.control.add_user(name, several, account=self.uin)
        self.users[name] = user
        return user

    def client(
        self, service: str, version: str, region: str = "", *, user: UserAccess | str | None = None
    ) -> CommonClient:
        """An official client with the root's key, or with a sub-user's.

        Raises:
            EmulatorError: the official SDK is not installed.
        """
        signer = self.users[user] if isinstance(user, str) else user or self
        try:
            from tencentcloud.common.common_client import CommonClient
            from tencentcloud.common.credential import Credential
            from tencentcloud.common.profile.client_profile import ClientProfile
            from tencentcloud.common.profile.http_profile import HttpProfile
        except ImportError as reason:
            message = "client() needs the official SDK: pip install tencentcloud-sdk-python-common"
            raise EmulatorError(message) from reason
        profile = ClientProfile(
            httpProfile=HttpProfile(protocol="http", endpoint=self.endpoint.removeprefix("http://")),
            language="en-US",
        )
        return CommonClient(
            service, version, Credential(signer.secret_id, signer.secret_key), region, profile
        )

    def deny(self, denial: Denial | str, **fields: Any) -> str:
        """Let the policy engine deny an action (``cvm:Describe*``); answers the denial's id."""
        spec = denial.as_spec() if isinstance(denial, Denial) else {"action": denial, **fields}
        with self._app.lock:
            return str(self._app.control.deny(spec, account=self.uin)["id"])

    def fault(self, fault: Fault | str, **fields: Any) -> str:
        """Plan a fault, ``Fault.throttle(times=2)`` or ``"throttle", times=2``; answers its id."""
        spec = fault.as_spec() if isinstance(fault, Fault) else {"effect": fault, **fields}
        with self._app.lock:
            return str(self._app.control.fault(spec, account=self.uin)["id"])

    def stub(
        self,
        action: str,
        response: Mapping[str, Any] | None = None,
        *,
        error: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        times: int | None = None,
    ) -> str:
        """Answer an action with a response of one's own, or an error; answers the stub's id."""
        given = {"Response": response, "Error": error, "Params": params, "Times": times}
        spec = {"Action": action, **{name: value for name, value in given.items() if value is not None}}
        with self._app.lock:
            return str(self._app.control.stub(spec, account=self.uin)["Id"])

    def allow(self, rule_id: str) -> None:
        """Take a denial, a fault or a stub back by its id."""
        with self._app.lock:
            if rule_id.startswith("stub-"):
                self._app.control.remove_stub(rule_id, account=self.uin)
            else:
                self._app.control.account(self.uin).plan.remove(rule_id)

    @property
    def settings(self) -> dict[str, Any]:
        """How the account behaves where that is a matter of choice."""
        with self._app.lock:
            return self._app.control.settings(account=self.uin)

    def configure(self, **changes: Any) -> None:
        """Change settings: ``configure(propagation_seconds=60)``. A reset takes them back."""
        with self._app.lock:
            self._app.control.configure(changes, account=self.uin)

    def put_rows(self, table: str, region: str, *rows: Mapping[str, Any]) -> list[str]:
        """Put rows into a table, promised members filled in; answers their keys."""
        with self._app.lock:
            return list(self._app.control.put_rows(table, region, rows, account=self.uin)["keys"])

    def estate(self, kind: str | None = None, *, region: str | None = None) -> dict[str, Any]:
        """What is risky in the account by now, kind by kind; of one kind or in one region if asked."""
        with self._app.lock:
            return self._app.control.estate(kind=kind, region=region, account=self.uin)

    def calls(
        self,
        *,
        service: str | None = None,
        action: str | None = None,
        user: str | None = None,
        outcome: str | None = None,
    ) -> list[Entry]:
        """The calls that fit, oldest first. ``outcome`` is ``ok``, ``error``, ``denied`` or an error code."""
        wanted = {"service": service, "action": action, "user": user, "outcome": outcome}
        with self._app.lock:
            return self._app.control.entries({n: v for n, v in wanted.items() if v}, account=self.uin)

    def why(self, request_id: str) -> dict[str, Any]:
        """All that is known of one call, the decision explained."""
        with self._app.lock:
            return self._app.control.call(request_id, account=self.uin)

    def policy_from_calls(
        self,
        *,
        user: str | None = None,
        service: str | None = None,
        action: str | None = None,
        outcome: str | None = None,
    ) -> dict[str, Any] | None:
        """The least policy under which the calls that fit are allowed; None if none asked for anything."""
        given = {"user": user, "service": service, "action": action, "outcome": outcome}
        wanted = {name: value for name, value in given.items() if value}
        with self._app.lock:
            needed = self._app.control.policy_from_calls(wanted, account=self.uin)
        policy: dict[str, Any] | None = needed["policy"]
        return policy

    def lint_policy(self, policy: str | Mapping[str, Any]) -> list[dict[str, Any]]:
        """What is wrong, wide or useless in a policy: its name, or a document."""
        with self._app.lock:
            written = self._app.control.written(policy, "policy", account=self.uin)
            found: list[dict[str, Any]] = self._app.control.lint([written])["findings"]
        return found

    def simulate_policy(
        self,
        policies: Policies,
        action: str,
        *,
        resource: str | Sequence[str] = (),
        context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """What policies would decide on an action, explained; nobody has to hold them."""
        from emulator.admin.policies import Case

        several = [policies] if isinstance(policies, str | Mapping) else policies
        given = {} if context is None else context
        with self._app.lock:
            control = self._app.control
            case = Case(
                policies=[control.written(one, "policies", account=self.uin) for one in several],
                actions=[action],
                resources=[resource] if isinstance(resource, str) else resource,
                context={key: [value] if isinstance(value, str) else value for key, value in given.items()},
                owner_uin=self.uin,
            )
            decision: dict[str, Any] = control.simulate(case)["decisions"][0]
        return decision

    def diff_policies(
        self, before: str | Mapping[str, Any], after: str | Mapping[str, Any]
    ) -> dict[str, Any]:
        """What the second policy allows that the first does not, and the reverse."""
        with self._app.lock:
            control = self._app.control
            sides = (
                [control.written(one, where, account=self.uin)]
                for one, where in ((before, "a"), (after, "b"))
            )
            return control.diff(*sides)

    def reset(self) -> None:
        """Back to the beginning; no other account notices."""
        with self._app.lock:
            self._app.control.reset(account=self.uin)

    def snapshot(self, name: str) -> None:
        """Remember the world under a name."""
        with self._app.lock:
            self._app.control.snapshot(name, account=self.uin)

    def restore(self, name: str) -> None:
        """Take the world back to a snapshot."""
        with self._app.lock:
            self._app.control.restore(name, account=self.uin)

    def close(self) -> None:
        """Forget the account and its keys."""
        with self._app.lock:
            self._app.control.close_account(self.uin)


class Emulator:
    """An emulated Tencent Cloud. As a context manager it serves on a port of this machine, on its own thread.

    ``world`` is the name of a world (``empty``, ``demo``, ``large``) or a TOML file. The verbs are those of
    its first account; ``new_account`` opens others, which never meet. ``on`` shares another emulator's
    server: the account is all there is of its own. Without being entered it serves no socket; ``answer``
    works still.

    ``state`` is a file in which everything lives on: an emulator that is given it again goes on where the
    last one stood, even if that was killed. It is let go of by ``stop``, after which nothing is answered.
    """

    def __init__(
        self,
        world: str | Path | None = None,
        *,
        seed: int | None = None,
        state: str | Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        ca_dir: Path | None = None,
        on: Emulator | None = None,
    ) -> None:
        if on is not None and state is not None:
            raise BadInput.at("state", "belongs to the emulator whose server is shared")
        self._on = on
        self.app: App = _compose(seed, ca_dir, state) if on is None else on.app
        self._thread = ServingThread(self.app, host, port)
        with _closing(self.app, is_ours=on is None), self.app.lock:
            accesses = self._open(world, seed)
        self.accounts = [Account(self, access) for access in accesses]
        """Those that were there from the start."""
        self.account = account = self.accounts[0]
        self.add_user = account.add_user
        self.client = account.client
        self.deny = account.deny
        self.fault = account.fault
        self.stub = account.stub
        self.allow = account.allow
        self.configure = account.configure
        self.put_rows = account.put_rows
        self.estate = account.estate
        self.calls = account.calls
        self.why = account.why
        self.policy_from_calls = account.policy_from_calls
        self.lint_policy = account.lint_policy
        self.simulate_policy = account.simulate_policy
        self.diff_policies = account.diff_policies
        self.reset = account.reset
        self.snapshot = account.snapshot
        self.restore = account.restore

    def _open(self, world: str | Path | None, seed: int | None) -> Sequence[AccountAccess]:
        if self._on is None:
            return self.app.control.begin(world)
        if isinstance(world, Path) or (world is not None and world.endswith(".toml")):
            return self.app.control.open_file(Path(world))
        return [self.app.control.open_account(world=world or "empty", seed=seed or 0)]

    @property
    def endpoint(self) -> str:
        """Where it serves: ``http://127.0.0.1:PORT``."""
        return self._thread.endpoint if self._on is None else self._on.endpoint

    @property
    def world(self) -> World:
        """The first account's world."""
        return self.account.world

    @property
    def settings(self) -> dict[str, Any]:
        """The first account's settings."""
        return self.account.settings

    @property
    def clock(self) -> Clock:
        """The first account's time."""
        return self.account.clock

    @property
    def ca_pem(self) -> bytes:
        """The certificate that clients over TLS have to trust."""
        return self.app.authority.pem

    def new_account(
        self,
        *,
        uin: str | None = None,
        app_id: int | None = None,
        world: str = "empty",
        seed: int | None = None,
    ) -> Account:
        """Open a further root account with a world, keys, faults and a journal of its own."""
        with self.app.lock:
            access = self.app.control.open_account(uin=uin, app_id=app_id, world=world, seed=seed)
        return Account(self, access)

    def coverage(self, service: str | None = None) -> dict[str, Any]:
        """What is modelled and what speaks for it; of one service, what is inferred or not there too."""
        with self.app.lock:
            return self.app.control.coverage(service)

    def answer(self, envelope: Envelope) -> Reply:
        """Answer one request here and now, without a socket."""
        return self.app.answer(envelope)

    def start(self) -> None:
        """Serve; what ``with`` does on the way in."""
        if self.app.is_closed:
            message = "the emulator has let go of its state file: make another one with the same state"
            raise EmulatorError(message)
        if self._on is None:
            self._thread.start()

    def stop(self) -> None:
        """Serve no more; one that shares a server closes its accounts."""
        if self._on is None:
            self._thread.stop()
            self.app.close()
        else:
            for account in self.accounts:
                account.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await asyncio.to_thread(self.stop)


def _compose(seed: int | None, ca_dir: Path | None, state: str | Path | None) -> App:
    return compose(seed=seed, ca_dir=ca_dir, state=None if state is None else Path(state))


@contextmanager
def _closing(app: App, *, is_ours: bool) -> Iterator[None]:
    """Let go of the state file if the beginning fails."""
    try:
        yield
    except BaseException:
        if is_ours:
            app.close()
        raise


class ServingThread:
    """A thread on which an app is served. It can be started again after it was stopped."""

    def __init__(self, app: App, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._server: Server | None = None
        self._failure: OSError | None = None

    @property
    def endpoint(self) -> str:
        """Where it serves."""
        if self._server is None:
            message = "the emulator does not serve: enter it with `with`, or call start()"
            raise EmulatorError(message)
        return self._server.endpoint

    def start(self) -> None:
        """Start serving and return once it does.

        Raises:
            OSError: the address cannot be listened on.
        """
        if self._thread is not None:
            message = "the emulator serves already"
            raise EmulatorError(message)
        self._ready.clear()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name="tencentcloud-emulator", daemon=True
        )
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            self._thread.join()
            self._thread = None
            raise failure

    def stop(self) -> None:
        """Stop serving; nothing happens if it does not."""
        if self._thread is None or self._loop is None or self._stop is None:
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._thread = self._loop = self._stop = self._server = None

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            self._server = await serve(self._app, host=self._host, port=self._port)
        except OSError as failure:
            self._failure = failure
            return
        finally:
            self._ready.set()
        await self._stop.wait()
        await self._server.close(grace_seconds=0.5)
