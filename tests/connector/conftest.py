"""A dumb cloud in a few lines, a clock that does not wait, and a connector over both."""

from __future__ import annotations

import itertools
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from connector import Connector
from connector.errors import CloudError
from connector.model import Key

OWNER, UIN = "100000000001", "100000000002"
SECRET_ID = "AKID" + "a" * 32
SECRET_KEY = "s3cretS3CRETs3cretS3CRETs3cret32"

DENIED = "UnauthorizedOperation"


class StillClock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0
        self.slept: list[float] = []

    def now_ms(self) -> int:
        return int(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@dataclass
class Call:
    secret_id: str
    action: str
    params: Mapping[str, Any]
    region: str


Rule = Callable[[Call], CloudError | None]


@dataclass
class DumbCloud:
    """Regions, hosts and keys; ``rules`` are asked first and may refuse a call."""

    regions: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=lambda: {SECRET_ID: SECRET_KEY})
    identities: dict[str, tuple[str, str]] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def connect(self, key: Key, endpoint: str | None) -> KeySession:
        return KeySession(self, key)

    def deny(self, action: str, region: str | None = None) -> Rule:
        return self.fail(DENIED, action=action, region=region)

    def fail(
        self, code: str, *, action: str | None = None, region: str | None = None, times: int | None = None
    ) -> Rule:
        left = itertools.count() if times is None else iter(range(times))

        def rule(call: Call) -> CloudError | None:
            if action not in (None, call.action) or region not in (None, call.region):
                return None
            if next(left, None) is None:
                return None
            return CloudError(code, f"{code} of the test", f"req-{next(self.numbers)}")

        self.rules.append(rule)
        return rule

    def add_hosts(self, region: str, number: int, start: int = 0) -> None:
        self.hosts.setdefault(region, []).extend(host(region, start + index) for index in range(number))

    def answer(self, call: Call) -> dict[str, Any]:
        self.calls.append(call)
        for rule in self.rules:
            error = rule(call)
            if error is not None:
                raise error
        content = {
            "sts:GetCallerIdentity": self.identity,
            "cam:GetUserAppId": self.app_id,
            "cvm:DescribeRegions": self.region_list,
            "region:DescribeRegions": self.not_granted,
            "cvm:DescribeInstances": self.host_page,
        }[call.action](call)
        return {**content, "RequestId": f"req-{next(self.numbers)}"}

    def identity(self, call: Call) -> dict[str, Any]:
        owner, uin = self.identities.get(call.secret_id, (OWNER, UIN))
        return {"AccountId": owner, "PrincipalId": uin, "UserId": uin, "Type": "CAMUser", "Arn": ""}

    def app_id(self, call: Call) -> dict[str, Any]:
        owner, uin = self.identities.get(call.secret_id, (OWNER, UIN))
        return {"OwnerUin": owner, "Uin": uin, "AppId": 1250000000}

    def not_granted(self, call: Call) -> dict[str, Any]:
        raise CloudError(DENIED, "a host's key may not list regions by product", f"req-{next(self.numbers)}")

    def region_list(self, call: Call) -> dict[str, Any]:
        rows = [
            {"Region": name, "RegionName": name.title(), "RegionState": state}
            for name, state in self.regions.items()
        ]
        return {"TotalCount": len(rows), "RegionSet": rows}

    def host_page(self, call: Call) -> dict[str, Any]:
        rows = self.hosts.get(call.region, [])
        start = call.params.get("Offset", 0)
        return {"TotalCount": len(rows), "InstanceSet": rows[start : start + call.params.get("Limit", 20)]}


class KeySession:
    """A session of one key with the dumb cloud."""

    def __init__(self, cloud: DumbCloud, key: Key) -> None:
        self.cloud = cloud
        self.key = key

    def call(
        self, service: str, version: str, action: str, params: Mapping[str, Any], region: str
    ) -> dict[str, Any]:
        if self.key.SecretId not in self.cloud.keys:
            raise CloudError("AuthFailure.SecretIdNotFound", "The SecretId is not found", "req-key")
        if self.cloud.keys[self.key.SecretId] != self.key.SecretKey.reveal():
            raise CloudError("AuthFailure.SignatureFailure", "could not be validated", "req-sig")
        return self.cloud.answer(Call(self.key.SecretId, f"{service}:{action}", params, region))


def host(region: str, number: int) -> dict[str, Any]:
    return {
        "InstanceId": f"ins-{number:08d}",
        "InstanceName": f"web-{number}",
        "InstanceState": "RUNNING",
        "Placement": {"Zone": f"{region}-1"},
        "CPU": 2,
        "Memory": 4,
        "OsName": "TencentOS Server 3.1",
        "PrivateIpAddresses": [f"10.0.0.{number % 250}"],
        "PublicIpAddresses": None,
        "CreatedTime": "2024-01-02T03:04:05Z",
    }


POSTGRES = os.environ.get("TCCONNECTOR_TEST_POSTGRES")


@pytest.fixture(params=["sqlite", *(["postgres"] if POSTGRES else [])])
def store_url(request):
    """A store of each kind; Postgres where TCCONNECTOR_TEST_POSTGRES names a server, a schema a test."""
    if request.param == "sqlite":
        yield "sqlite://"
        return
    schema = f"t{uuid.uuid4().hex}"
    engine = create_engine(POSTGRES)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield f"{POSTGRES}{'&' if '?' in POSTGRES else '?'}options=-csearch_path%3D{schema}"
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture
def cloud() -> DumbCloud:
    made = DumbCloud(regions={"ap-guangzhou": "AVAILABLE", "ap-shanghai": "AVAILABLE"})
    made.add_hosts("ap-guangzhou", 3)
    made.add_hosts("ap-shanghai", 2, start=100)
    return made


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def make_connector(cloud: DumbCloud, clock: StillClock):
    made: list[Connector] = []

    def make(database: str = "sqlite://", **options: Any) -> Connector:
        settings = {"connect": cloud.connect, "clock": clock, "environment": {}} | options
        made.append(Connector(database, **settings))
        return made[-1]

    yield make
    for connector in made:
        connector.close()


@pytest.fixture
def connector(make_connector) -> Connector:
    return make_connector()


@pytest.fixture
def key() -> dict[str, str]:
    return {"secret_id": SECRET_ID, "secret_key": SECRET_KEY}


@pytest.fixture
def onboarded(connector: Connector, key: dict[str, str]) -> Connector:
    connector.onboard(name="prod", **key)
    return connector
