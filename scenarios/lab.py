"""A cloud and a connector in one process, on one clock, without a socket: stories by the thousands."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from types import TracebackType
from typing import Any, Self, TypeVar

import orjson

from connector import Connector
from connector.config import MASTER_KEY_VARIABLE
from connector.engine.port import Engine
from connector.errors import CloudError
from connector.model import Key
from emulator.admin.control import Control
from emulator.contract.catalog import catalog
from emulator.faults.plan import Plan
from emulator.gateway.gateway import Gateway
from emulator.wire.reply import Reply
from emulator.world import accounts
from emulator.world.credentials import AccessKey
from emulator.world.estate import Spec, estate
from emulator.world.world import Cloud, World
from scenarios.direct import Direct, sign
from scenarios.oracles import products
from scenarios.subject import Feature, OurConnector

T = TypeVar("T")
R = TypeVar("R")

NOON = 1_700_000_000.0
HOSTS = (("ap-guangzhou", 5), ("ap-shanghai", 2))
TIMEOUT_SECONDS = 30.0
PAGE_ROWS = 2
"""So few rows a page: a list of a few hosts can break in its middle."""
READER = "QcloudCVMReadOnlyAccess"
MASTER_KEY = base64.b64encode(b"k" * 32).decode()
"""Seals what is worth nothing: a store that outlives the lab needs no key file."""


class Time:
    """Time that passes only by sleeping; the cloud and the connector live in the same."""

    def __init__(self) -> None:
        self.seconds = NOON

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.seconds

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return int(self.seconds * 1000)

    def monotonic(self) -> float:
        """Seconds since no matter when."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds


class InTurn:
    """An engine that does one thing after the other: the same story ends the same."""

    async def run(self, work: Callable[[T], R], things: Sequence[T]) -> list[R]:
        """Do ``work`` on each thing."""
        return [work(one) for one in things]


@dataclass(frozen=True, slots=True)
class Signer:
    """A key as the connector holds it."""

    secret_id: str
    secret_key: str
    token: str | None = None


class DirectSession:
    """A connector's session straight to a gateway: what the SDK makes of an answer, without the SDK."""

    def __init__(self, gateway: Gateway, time: Time, key: Key, turn: Lock) -> None:
        self._gateway = gateway
        self._turn = turn
        self._time = time
        self._key = Signer(key.SecretId, key.SecretKey.reveal())

    def call(
        self, service: str, version: str, action: str, params: Mapping[str, Any], region: str
    ) -> dict[str, Any]:
        """Call once; anything but a result raises CloudError."""
        envelope = sign(service, version, action, params, key=self._key, at=self._time.now(), region=region)
        with self._turn:  # a gateway answers one call at a time, as behind a socket
            reply = self._gateway.answer(envelope)
        self._time.sleep(min(reply.delay_seconds, TIMEOUT_SECONDS))
        return content_of(reply)


def content_of(reply: Reply) -> dict[str, Any]:
    """The content of ``Response`` as it arrives, if it does.

    Raises:
        CloudError: an error of the cloud, or as the SDK says that no usable answer came.
    """
    if reply.is_dropped or reply.delay_seconds >= TIMEOUT_SECONDS or reply.cut_at is not None:
        raise CloudError("ClientNetworkError", "no whole answer came")
    if reply.status != 200:
        raise CloudError("ServerNetworkError", reply.body.decode("utf-8", "replace"))
    try:
        content = orjson.loads(reply.body)["Response"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as reason:
        raise CloudError("ServerNetworkError", f"the answer is not the published JSON: {reason}") from reason
    if "Error" in content:
        raise CloudError(content["Error"]["Code"], content["Error"]["Message"], content["RequestId"])
    return dict(content)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A root account of the cloud, and the sub-user whose key the connector was given."""

    name: str
    cloud: Direct
    key: AccessKey

    @property
    def world(self) -> World:
        """What is true in the account."""
        return self.cloud.world

    @property
    def plan(self) -> Plan:
        """What goes wrong in it."""
        return self.cloud.gateway.account(self.world).plan

    def existing(self) -> set[tuple[str, str]]:
        """Every host that exists: its region and its id."""
        table = "cvm.instance"
        return {
            (region, instance_id)
            for region in self.world.places(table)
            for instance_id in self.world.read(table, region).items()
        }

    def existing_products(self) -> set[products.Place]:
        """Everything that exists in the lab's regions."""
        return products.existing(self.world, tuple(dict(HOSTS)))

    def terminate(self, region: str, instance_id: str) -> None:
        """Let a host be no more."""
        self.world.write("cvm.instance", region).remove(instance_id)


class Lab:
    """A cloud without accounts, and a connector that knows none; ``admit`` makes both meet."""

    def __init__(
        self,
        seed: int = 0,
        *,
        page_rows: int | None = PAGE_ROWS,
        database: str = "sqlite://",
        engine: Engine | None = None,
    ) -> None:
        self.time = Time()
        self._turn = Lock()
        self.gateway = Gateway(Cloud(seed=seed, now=self.time.now), catalog(), seed=seed)
        self.control = Control(self.gateway)
        self.connector = Connector(
            database,
            connect=self._connect,
            clock=self.time,
            engine=engine or InTurn(),
            page_rows=page_rows,
            environment={MASTER_KEY_VARIABLE: MASTER_KEY},
        )
        self.subject = OurConnector(self.connector)

    def open(
        self,
        name: str,
        *,
        uin: str | None = None,
        hosts: tuple[tuple[str, int], ...] = HOSTS,
        policies: Sequence[Mapping[str, Any] | str] = (READER,),
        user: str = "amy",
    ) -> Tenant:
        """Open a root account with a sub-user that has these policies."""
        world = self.gateway.cloud.open(uin=uin, estate=estate(Spec(hosts=hosts), self.gateway.cloud.seed))
        # The connector calls what its policy grants, published or not.
        self.control.configure({"unpublished_actions": True}, account=world.uin)
        root = accounts.add_key(self.gateway.cloud, world, accounts.root(world))
        cloud = Direct(self.gateway, world, root)
        return Tenant(name, cloud, cloud.user(user, *policies))

    def admit(
        self,
        tenant: Tenant,
        regions: Sequence[str] | None = tuple(dict(HOSTS)),
        features: Sequence[Feature] = ("host",),
    ) -> Tenant:
        """Onboard an account in the connector, which must succeed."""
        admission = self.subject.onboard(
            name=tenant.name,
            secret_id=tenant.key.secret_id,
            secret_key=tenant.key.secret_key,
            regions=regions,
            features=features,
        )
        assert admission.admitted, admission.told
        return tenant

    def start_host(self, tenant: Tenant, region: str, instance_id: str) -> None:
        """Let a host come into being."""
        row = {"InstanceId": instance_id}
        self.control.put_rows("cvm.instance", region, [row], account=tenant.world.uin)

    def rename_host(self, tenant: Tenant, region: str, instance_id: str, name: str) -> None:
        """Give a host another name."""
        shelf = tenant.world.write("cvm.instance", region)
        host = shelf.get(instance_id)
        assert host is not None, f"there is no host {instance_id}"
        shelf.put(instance_id, host.having(InstanceName=name))

    def held(self, tenant: Tenant) -> set[tuple[str, str]]:
        """Every host that the connector holds for existing."""
        return {(host.region, host.instance_id) for host in self.subject.hosts(tenant.name)}

    def held_products(self, tenant: Tenant) -> set[products.Place]:
        """Everything that the connector holds for existing."""
        return {(one.kind, one.region, one.key) for one in self.subject.things(tenant.name)}

    def doubted(self, tenant: Tenant) -> set[products.Place]:
        """What of it the connector doubts."""
        return {(one.kind, one.region, one.key) for one in self.subject.things(tenant.name) if one.doubtful}

    def _connect(self, key: Key, _: str | None) -> DirectSession:
        return DirectSession(self.gateway, self.time, key, self._turn)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.subject.close()
