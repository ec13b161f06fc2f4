"""The life of databases of four products in one small subnet, told by a machine to a dumb model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Literal

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from emulator.world.shelves import Row
from scenarios.direct import Direct, Failed

REGION, VPC, SUBNET = "ap-guangzhou", "vpc-00000001", "subnet-00000001"
ROOM = 13
"""A subnet of sixteen addresses keeps three for itself."""
PASSWORD = "Secret-pass1"  # noqa: S105  # nobody's

Phase = Literal["making", "running", "isolating", "isolated", "restoring", "leaving"]
DAY = 86400


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Trade:
    """How one product sells, isolates, restores and destroys, and how it says in which phase one is."""

    service: str
    create: str
    order: Mapping[str, Any]
    ids: str
    isolate: str
    restore: str
    destroy: str
    kept: int
    """Seconds that an isolated instance is kept."""
    restoring: int
    full: str
    """What it says of a subnet without room."""
    listing: tuple[str, str, str, str]
    """Its list: action, answer's member, an instance's id and status."""
    words: Mapping[Phase, object]
    """What the status is in each phase."""
    address: Callable[[Mapping[str, Any]], str]
    one: Callable[[str], Mapping[str, Any]] = lambda key: {"InstanceId": key}
    many: Callable[[str], Mapping[str, Any]] = lambda key: {"InstanceIds": [key]}

    def __repr__(self) -> str:
        return self.service


CDB = Trade(
    service="cdb",
    create="CreateDBInstanceHour",
    order={"GoodsNum": 1, "Memory": 1000, "Volume": 25, "UniqVpcId": VPC, "UniqSubnetId": SUBNET},
    ids="InstanceIds",
    isolate="IsolateDBInstance",
    restore="ReleaseIsolatedDBInstances",
    destroy="OfflineIsolatedInstances",
    kept=DAY,
    restoring=0,
    full="ResourceInsufficient",
    listing=("DescribeDBInstances", "Items", "InstanceId", "Status"),
    words={"making": 0, "running": 1, "isolating": 4, "isolated": 5, "restoring": 1, "leaving": 6},
    address=lambda row: str(row["Vip"]),
)
REDIS = Trade(
    service="redis",
    create="CreateInstances",
    order={
        "TypeId": 15,
        "MemSize": 1024,
        "GoodsNum": 1,
        "Period": 1,
        "BillingMode": 0,
        "Password": PASSWORD,
        "VpcId": VPC,
        "SubnetId": SUBNET,
    },
    ids="InstanceIds",
    isolate="DestroyPostpaidInstance",
    restore="StartupInstance",
    destroy="CleanUpInstance",
    kept=2 * 3600,
    restoring=30,
    full="ResourceUnavailable.NoEnoughVipInVPC",
    listing=("DescribeInstances", "InstanceSet", "InstanceId", "Status"),
    words={"making": 1, "running": 2, "isolating": 1, "isolated": -2, "restoring": 1, "leaving": -3},
    address=lambda row: str(row["WanIp"]),
    many=lambda key: {"InstanceId": key},
)
POSTGRES = Trade(
    service="postgres",
    create="CreateInstances",
    order={
        "SpecCode": "pg.it.small2",
        "Storage": 10,
        "InstanceCount": 1,
        "Period": 1,
        "Charset": "UTF8",
        "AdminName": "chief",
        "AdminPassword": PASSWORD,
        "Zone": "ap-guangzhou-3",
        "DBMajorVersion": "14",
        "InstanceChargeType": "POSTPAID_BY_HOUR",
        "VpcId": VPC,
        "SubnetId": SUBNET,
    },
    ids="DBInstanceIdSet",
    isolate="IsolateDBInstances",
    restore="DisIsolateDBInstances",
    destroy="DestroyDBInstance",
    kept=7 * DAY,
    restoring=30,
    full="ResourceInsufficient.ResourceNotEnough",
    listing=("DescribeDBInstances", "DBInstanceSet", "DBInstanceId", "DBInstanceStatus"),
    words={
        "making": "initing",
        "running": "running",
        "isolating": "isolating",
        "isolated": "isolated",
        "restoring": "disisolating",
        "leaving": "offlining",
    },
    address=lambda row: str(row["DBInstanceNetInfo"][0]["Ip"]),
    one=lambda key: {"DBInstanceId": key},
    many=lambda key: {"DBInstanceIdSet": [key]},
)
MARIADB = Trade(
    service="mariadb",
    create="CreateHourDBInstance",
    order={
        "Zones": ["ap-guangzhou-3"],
        "NodeCount": 2,
        "Memory": 2,
        "Storage": 10,
        "VpcId": VPC,
        "SubnetId": SUBNET,
        "InitParams": [
            {"Param": "character_set_server", "Value": "utf8"},
            {"Param": "lower_case_table_names", "Value": "0"},
        ],
    },
    ids="InstanceIds",
    isolate="IsolateHourDBInstance",
    restore="ActivateHourDBInstance",
    destroy="DestroyHourDBInstance",
    kept=7 * DAY,
    restoring=30,
    full="FailedOperation.ApplyVipFailed",
    listing=("DescribeDBInstances", "Instances", "InstanceId", "Status"),
    words={"making": 0, "running": 2, "isolating": 1, "isolated": -1, "restoring": 1, "leaving": 5},
    address=lambda row: str(row["Vip"]),
)
TRADES = (CDB, REDIS, POSTGRES, MARIADB)


@dataclass(slots=True)
class Instance:
    """What should be true of one instance: its phase, and when that ends by itself."""

    trade: Trade
    phase: Phase
    until: float | None
    gone_at: float | None = None
    """When it goes, once it was isolated."""


@dataclass(slots=True)
class Model:
    """What should be true: the time, and every instance that there is."""

    now: float
    instances: dict[str, Instance] = field(default_factory=dict)

    def wait(self, seconds: float) -> None:
        """Time passes: phases end, what was not had back goes."""
        self.now += seconds
        for key, each in list(self.instances.items()):
            if each.gone_at is not None and each.gone_at <= self.now:
                del self.instances[key]
            elif each.until is not None and each.until <= self.now:
                each.phase = "isolated" if each.phase == "isolating" else "running"
                each.until = None


class DatabaseLife(RuleBasedStateMachine):
    """Everything that can happen to instances, in any order."""

    keys: Bundle[tuple[Trade, str]] = Bundle("keys")

    @initialize()
    def open(self) -> None:
        """An account with one small subnet, at a time that stands still."""
        self.direct = Direct.open()
        self.direct.world.clock.set(1_790_000_000)
        self.model = Model(self.direct.world.clock.now())
        self.kept: Model | None = None
        world = self.direct.world
        world.write("vpc.vpc", REGION).put(VPC, Row({"VpcId": VPC, "IsDefault": False}))
        subnet = {
            "VpcId": VPC,
            "SubnetId": SUBNET,
            "IsDefault": False,
            "CidrBlock": "10.0.0.0/28",
            "Zone": "ap-guangzhou-3",
        }
        world.write("vpc.subnet", REGION).put(SUBNET, Row(subnet))

    def _call(self, trade: Trade, action: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return self.direct.call(f"{trade.service}:{action}", params, region=REGION)

    def _code(self, trade: Trade, action: str, params: Mapping[str, Any]) -> str:
        try:
            self._call(trade, action, params)
        except Failed as failed:
            return failed.code
        return "ok"

    def _works(self, trade: Trade, action: str, params: Mapping[str, Any], key: str) -> bool:
        """Whether an action was carried out on an instance, however a product says that it was not."""
        try:
            answer = self._call(trade, action, params)
        except Failed as failed:
            if failed.code.startswith(("InternalError", "NotEmulated")):
                raise
            return False
        items = answer.get("Items")
        is_refused = items is not None and items[0]["Code"] != 0
        return not is_refused and key not in answer.get("FailedInstanceIds", ())

    @rule(target=keys, trade=st.sampled_from(TRADES))
    def buy(self, trade: Trade) -> tuple[Trade, str]:
        """An instance is bought, unless the subnet is full."""
        if len(self.model.instances) == ROOM:
            assert self._code(trade, trade.create, trade.order) == trade.full
            return trade, "none"
        [key] = self._call(trade, trade.create, trade.order)[trade.ids]
        self.model.instances[key] = Instance(trade, "making", self.model.now + 180)
        return trade, key

    def _try(self, which: tuple[Trade, str], action: str, params: Mapping[str, Any], needed: Phase) -> bool:
        """Do something that needs a phase; whether it was to work, which it has to."""
        trade, key = which
        found = self.model.instances.get(key)
        is_right = found is not None and found.phase == needed
        assert self._works(trade, action, params, key) == is_right
        return is_right

    @rule(which=keys)
    def isolate(self, which: tuple[Trade, str]) -> None:
        """A running instance is isolated."""
        trade, key = which
        params = trade.one(key) if trade in (CDB, REDIS) else trade.many(key)
        if self._try(which, trade.isolate, params, "running"):
            end = self.model.now + 30
            self.model.instances[key] = Instance(trade, "isolating", end, end + trade.kept)

    @rule(which=keys)
    def restore(self, which: tuple[Trade, str]) -> None:
        """An isolated instance is had back."""
        trade, key = which
        if self._try(which, trade.restore, trade.many(key), "isolated"):
            self.model.instances[key] = Instance(trade, "restoring", self.model.now + trade.restoring)
            self.model.wait(0)

    @rule(which=keys)
    def destroy(self, which: tuple[Trade, str]) -> None:
        """An isolated instance goes for good."""
        trade, key = which
        params = trade.many(key) if trade is CDB else trade.one(key)
        if self._try(which, trade.destroy, params, "isolated"):
            self.model.instances[key] = Instance(trade, "leaving", None, self.model.now + 60)

    @rule(seconds=st.sampled_from([1, 29, 30, 60, 180, 7200, DAY, 7 * DAY]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.direct.world.clock.advance(seconds)
        self.model.wait(seconds)

    @rule()
    def remember(self) -> None:
        """The world is remembered as it is."""
        self.direct.world.snapshot("then")
        self.kept = deepcopy(self.model)

    @rule()
    def go_back(self) -> None:
        """The world is as it was remembered, with all that was still to happen."""
        if self.kept is not None:
            self.direct.world.restore("then")
            self.model = deepcopy(self.kept)

    @invariant()
    def shows_each_in_its_phase(self) -> None:
        """Every product lists what there is, and each in its phase; no two have one address."""
        addresses: list[str] = []
        for trade in TRADES:
            action, into, key, status = trade.listing
            rows = self._call(trade, action, {"Limit": 100})[into]
            shown = {row[key]: row[status] for row in rows}
            assert shown == {
                name: trade.words[each.phase]
                for name, each in self.model.instances.items()
                if each.trade == trade
            }
            addresses += map(trade.address, rows)
        assert len(addresses) == len(set(addresses))

    @invariant()
    def counts_the_addresses_that_are_left(self) -> None:
        """The subnet has as many addresses left as there are instances fewer than it has room for."""
        [shown] = self.direct.call("vpc:DescribeSubnets", {}, region=REGION)["SubnetSet"]
        assert shown["AvailableIpAddressCount"] == ROOM - len(self.model.instances)

    @invariant()
    def keeps_nothing_of_what_is_gone(self) -> None:
        """There are settings of what there is, and of nothing else."""
        for trade in TRADES:
            known = set(self.direct.world.read(f"{trade.service}.settings", REGION).items())
            assert known == {
                key for key, each in self.model.instances.items() if each.trade.service == trade.service
            }
