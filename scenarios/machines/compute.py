"""The life of hosts and their disks, told by a machine to a dumb model that knows states and times only."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Literal

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from emulator.services.cbs.attaching import MOST_AT_HOST
from emulator.services.cbs.attaching import SECONDS as ATTACHING
from emulator.services.cbs.disks import RESIZE_SECONDS
from emulator.services.cvm.resources import SECONDS
from emulator.tables.disks import SNAPSHOT_SECONDS
from emulator.world.estate import estate
from scenarios.direct import Direct, Failed

REGION, ZONE, IMAGE = "ap-guangzhou", "ap-guangzhou-3", "img-487zeit5"
ADDRESSES = 4093
WAITS = st.sampled_from([0, 0, 7, 120, 120])
"""Seconds until the next thing happens: most commands are over by then, some are not."""


@dataclass(slots=True)
class Host:
    """A host: how it is, and the disks that it has."""

    state: str
    disks: list[str]
    is_protected: bool = False
    step: int = 0
    """Which of its commands was the last; what an earlier one was to bring about does not happen."""


@dataclass(slots=True)
class Disk:
    """A disk: how it is, where, and how many snapshots were made of it."""

    state: str
    host: str = ""
    size: int = 50
    is_system: bool = False
    goes_with_host: bool = False
    snapshots: int = 0
    shot_at: float = -1.0
    """When the last snapshot that was begun is ready."""
    step: int = 0


Change = Literal["running", "stopped", "gone", "attached", "free", "grown"]


@dataclass(slots=True)
class Model:
    """What should be true now, and what will be."""

    now: float = 0.0
    hosts: dict[str, Host] = field(default_factory=dict)
    disks: dict[str, Disk] = field(default_factory=dict)
    coming: list[tuple[float, int, Change, str, int]] = field(default_factory=list)
    steps: int = 0

    def later(self, seconds: float, change: Change, key: str) -> None:
        """Something will become of a host or disk, unless another command comes first."""
        self.steps += 1
        thing: Host | Disk = self.hosts[key] if key in self.hosts else self.disks[key]
        thing.step = self.steps
        self.coming.append((self.now + seconds, self.steps, change, key, self.steps))

    def pass_time(self, seconds: float) -> None:
        """Do what is due, in order."""
        self.now += seconds
        due = sorted(each for each in self.coming if each[0] <= self.now)
        self.coming = [each for each in self.coming if each[0] > self.now]
        for _, _, change, key, step in due:
            thing = self.hosts.get(key) or self.disks.get(key)
            if thing is not None and thing.step == step:
                self._become(change, key)

    def _become(self, change: Change, key: str) -> None:
        match change:
            case "running" | "stopped":
                self.hosts[key].state = change.upper()
            case "gone":
                for each in self.hosts.pop(key).disks:
                    self._leave(each)
            case "attached":
                self.disks[key].state = "ATTACHED"
            case "free":
                self.hosts[self.disks[key].host].disks.remove(key)
                self._free(key)
            case "grown":
                disk = self.disks[key]
                disk.state, disk.size = ("ATTACHED" if disk.host else "UNATTACHED"), disk.size + 10

    def _leave(self, key: str) -> None:
        """A host has gone: its disk goes too, or is free."""
        if self.disks[key].is_system or self.disks[key].goes_with_host:
            del self.disks[key]
        else:
            self._free(key)

    def _free(self, key: str) -> None:
        disk = self.disks[key]
        disk.state, disk.host, disk.goes_with_host, disk.step = "UNATTACHED", "", False, 0


class ComputeLife(RuleBasedStateMachine):
    """Everything that can happen to hosts and disks, in any order, by a clock that moves when told."""

    hosts: Bundle[str] = Bundle("hosts")
    disks: Bundle[str] = Bundle("disks")

    def __init__(self) -> None:
        """Open a region with nothing in it, at a time that stands still."""
        super().__init__()
        self.direct = Direct.open(estate("empty"))
        self.world = self.direct.world
        self.world.clock.set(1_800_000_000)
        self.model = Model()
        self.saved: Model | None = None

    @initialize(target=hosts)
    def begin_with_hosts(self) -> Any:
        """Two hosts run already: what happens to them first need not be that they come."""
        ids = self._run(2, [False, True], protected=False)
        self._wait(120)
        return multiple(*ids)

    @initialize(target=disks)
    def begin_with_disks(self) -> Any:
        """Two disks are there already."""
        return multiple(*self._create_disks(2))

    # --- making ------------------------------------------------------------------------------------------

    @rule(
        target=hosts,
        count=st.integers(1, 2),
        data=st.lists(st.booleans(), max_size=2),
        protected=st.sampled_from([False, False, False, True]),
        then=WAITS,
    )
    def run(self, count: int, data: list[bool], protected: bool, then: int) -> Any:
        """Hosts come, with data disks that go with them or not."""
        ids = self._run(count, data, protected=protected)
        self._wait(then)
        return multiple(*ids)

    def _run(self, count: int, data: list[bool], *, protected: bool) -> list[str]:
        wanted = [{"DiskSize": 50, "DeleteWithInstance": goes} for goes in data]
        params = {"Placement": {"Zone": ZONE}, "ImageId": IMAGE, "InstanceCount": count, "DataDisks": wanted}
        ids: list[str] = self._do("cvm:RunInstances", **params, DisableApiTermination=protected)[
            "InstanceIdSet"
        ]
        for key in ids:
            shown = self._host(key)
            system, others = shown["SystemDisk"]["DiskId"], [each["DiskId"] for each in shown["DataDisks"]]
            self.model.hosts[key] = Host("PENDING", [system, *others], protected)
            self.model.disks[system] = Disk("ATTACHED", key, is_system=True)
            for disk, goes in zip(others, data, strict=True):
                self.model.disks[disk] = Disk("ATTACHED", key, goes_with_host=goes)
            self.model.later(SECONDS["RunInstances"], "running", key)
        return ids

    @rule(target=disks, count=st.integers(1, 2))
    def create_disks(self, count: int) -> Any:
        """Disks come that no host has."""
        return multiple(*self._create_disks(count))

    def _create_disks(self, count: int) -> list[str]:
        kind = {"DiskType": "CLOUD_PREMIUM", "DiskChargeType": "POSTPAID_BY_HOUR", "DiskSize": 50}
        params = {"Placement": {"Zone": ZONE}, **kind, "DiskCount": count}
        ids: list[str] = self._do("cbs:CreateDisks", **params)["DiskIdSet"]
        for key in ids:
            self.model.disks[key] = Disk("UNATTACHED")
        return ids

    @rule(target=disks, host=hosts)
    def know_its_disks(self, host: str) -> Any:
        """A host's disks are disks like others."""
        found = self.model.hosts.get(host)
        return multiple(*(found.disks if found else ()))

    # --- commands to hosts -------------------------------------------------------------------------------

    @rule(key=hosts, then=WAITS)
    def terminate(self, key: str, then: int) -> None:
        """A host is told to end."""
        self._command(key, "TerminateInstances", then)

    @rule(key=hosts, then=WAITS)
    def stop(self, key: str, then: int) -> None:
        """A host is told to stop."""
        self._command(key, "StopInstances", then)

    @rule(key=hosts, then=WAITS)
    def start(self, key: str, then: int) -> None:
        """A host is told to start."""
        self._command(key, "StartInstances", then)

    @rule(key=hosts, then=WAITS)
    def reboot(self, key: str, then: int) -> None:
        """A host is told to reboot."""
        self._command(key, "RebootInstances", then)

    def _command(self, key: str, action: str, then: int) -> None:
        """Tell a host something, which it does or refuses."""
        expected = self._refusal(key, action)
        assert self._code(f"cvm:{action}", InstanceIds=[key]) == expected
        if expected == "ok":
            during, change = _COURSES[action]
            self.model.hosts[key].state = during
            self.model.later(SECONDS[action], change, key)
        self._wait(then)

    def _refusal(self, key: str, action: str) -> str:
        host = self.model.hosts.get(key)
        if host is None:
            return "InvalidInstanceId.NotFound"
        if action == "TerminateInstances" and host.is_protected:
            return "UnsupportedOperation.InstancesProtected"
        if host.state not in _ALLOWED[action]:
            return f"UnsupportedOperation.InstanceState{host.state.capitalize()}"
        return "ok"

    @rule(key=hosts, protected=st.sampled_from([False, False, True]))
    def protect(self, key: str, protected: bool) -> None:
        """A settled host is protected from its end, or no longer."""
        host = self.model.hosts.get(key)
        if host is not None and host.state in ("RUNNING", "STOPPED"):
            self._do("cvm:ModifyInstancesAttribute", InstanceIds=[key], DisableApiTermination=protected)
            host.is_protected = protected

    # --- commands to disks -------------------------------------------------------------------------------

    @rule(key=disks, host=hosts, goes=st.booleans(), then=WAITS)
    def attach(self, key: str, host: str, goes: bool, then: int) -> None:
        """A disk is sent to a host."""
        expected = self._attach_refusal(key, host)
        params = {"DiskIds": [key], "InstanceId": host, "DeleteWithInstance": goes}
        assert self._code("cbs:AttachDisks", **params) == expected
        if expected == "ok":
            disk = self.model.disks[key]
            disk.state, disk.host, disk.goes_with_host = "ATTACHING", host, goes
            self.model.hosts[host].disks.append(key)
            self.model.later(ATTACHING, "attached", key)
        self._wait(then)

    def _attach_refusal(self, key: str, host: str) -> str:
        disk, there = self.model.disks.get(key), self.model.hosts.get(host)
        if disk is None:
            return "InvalidDiskId.NotFound"
        if there is None:
            return "InvalidInstanceId.NotFound"
        if there.state not in ("RUNNING", "STOPPED"):
            return "InvalidInstance.NotSupported"
        if disk.is_system:
            return "ResourceUnavailable.TypeError"
        if disk.state in ("ATTACHED", "ATTACHING"):
            return "ResourceUnavailable.Attached"
        if disk.state != "UNATTACHED":
            return "InvalidDisk.Busy"
        return "LimitExceeded.InstanceAttachedDisk" if len(there.disks) > MOST_AT_HOST else "ok"

    @rule(key=disks, then=WAITS)
    def detach(self, key: str, then: int) -> None:
        """A disk is called back from its host."""
        disk = self.model.disks.get(key)
        expected = "ok" if disk is not None else "InvalidDiskId.NotFound"
        if disk is not None and disk.is_system:
            expected = "InvalidDisk.NotPortable"
        elif disk is not None and disk.state != "ATTACHED":
            expected = "UnsupportedOperation.StateError"
        assert self._code("cbs:DetachDisks", DiskIds=[key]) == expected
        if disk is not None and expected == "ok":
            disk.state = "DETACHING"
            self.model.later(ATTACHING, "free", key)
        self._wait(then)

    @rule(key=disks, then=WAITS)
    def grow(self, key: str, then: int) -> None:
        """A disk is made larger."""
        disk = self.model.disks.get(key)
        expected = "ok" if disk is not None else "InvalidDiskId.NotFound"
        if disk is not None and disk.is_system:
            expected = "InvalidDisk.NotSupported"
        elif disk is not None and disk.state not in ("ATTACHED", "UNATTACHED"):
            expected = "InvalidDisk.Busy"
        size = (disk.size if disk else 50) + 10
        assert self._code("cbs:ResizeDisk", DiskId=key, DiskSize=size) == expected
        if disk is not None and expected == "ok":
            disk.state = "EXPANDING"
            self.model.later(RESIZE_SECONDS, "grown", key)
        self._wait(then)

    @rule(key=disks)
    def give_back(self, key: str) -> None:
        """A disk is given back."""
        disk = self.model.disks.get(key)
        expected = "ok" if disk is not None else "InvalidDiskId.NotFound"
        if disk is not None and disk.state != "UNATTACHED":
            expected = "ResourceUnavailable.NotSupported"
        assert self._code("cbs:TerminateDisks", DiskIds=[key]) == expected
        if expected == "ok":
            del self.model.disks[key]

    @rule(key=disks)
    def shoot(self, key: str) -> None:
        """A snapshot of a disk is made."""
        disk = self.model.disks.get(key)
        expected = "ok" if disk is not None else "InvalidDiskId.NotFound"
        if disk is not None and disk.state not in ("ATTACHED", "UNATTACHED"):
            expected = "InvalidDisk.Busy"
        elif disk is not None and disk.shot_at > self.model.now:
            expected = "InvalidDisk.SnapshotCreating"
        assert self._code("cbs:CreateSnapshot", DiskId=key) == expected
        if disk is not None and expected == "ok":
            disk.snapshots += 1
            disk.shot_at = self.model.now + SNAPSHOT_SECONDS

    # --- time --------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 5, 10, 15, 20, 120]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self._wait(seconds)

    def _wait(self, seconds: int) -> None:
        self.world.clock.advance(seconds)
        self.model.pass_time(seconds)

    @rule()
    def remember(self) -> None:
        """The world is remembered as it is."""
        self.world.snapshot("then")
        self.saved = deepcopy(self.model)

    @rule()
    def go_back(self) -> None:
        """The world is what it was, and what was to come then comes again."""
        if self.saved is not None:
            self.world.restore("then")
            self.model = deepcopy(self.saved)

    # --- what is always true -----------------------------------------------------------------------------

    @invariant()
    def hosts_are_as_they_should_be(self) -> None:
        """Every host is listed in its state, with its disks in order."""
        shown = {each["InstanceId"]: each for each in self._all("cvm:DescribeInstances", "InstanceSet")}
        assert {key: each["InstanceState"] for key, each in shown.items()} == {
            key: host.state for key, host in self.model.hosts.items()
        }
        for key, host in self.model.hosts.items():
            disks = [shown[key]["SystemDisk"], *shown[key]["DataDisks"]]
            assert [each["DiskId"] for each in disks] == host.disks
            assert [each["DiskSize"] for each in disks] == [
                self.model.disks[disk].size for disk in host.disks
            ]
            settled = host.state in ("RUNNING", "STOPPED")
            assert shown[key]["LatestOperationState"] == ("SUCCESS" if settled else "OPERATING")

    @invariant()
    def disks_are_as_they_should_be(self) -> None:
        """Every disk is listed in its state, at its host, and at no other."""
        shown = {each["DiskId"]: each for each in self._all("cbs:DescribeDisks", "DiskSet")}
        assert {
            key: (each["DiskState"], each["InstanceId"], each["DiskSize"], each["SnapshotCount"])
            for key, each in shown.items()
        } == {
            key: (disk.state, disk.host, disk.size, disk.snapshots) for key, disk in self.model.disks.items()
        }
        for each in shown.values():
            if each["DiskState"] in ("ATTACHED", "UNATTACHED"):
                assert each["Attached"] == (each["DiskState"] == "ATTACHED")

    @invariant()
    def addresses_are_counted(self) -> None:
        """A subnet has as many addresses fewer as it has hosts, each another one."""
        hosts = self._all("cvm:DescribeInstances", "InstanceSet")
        addresses = [address for each in hosts for address in each["PrivateIpAddresses"]]
        assert len(set(addresses)) == len(addresses) == len(hosts)
        for subnet in self._all("vpc:DescribeSubnets", "SubnetSet"):
            assert subnet["AvailableIpAddressCount"] == ADDRESSES - len(hosts)

    # --- calls -------------------------------------------------------------------------------------------

    def _do(self, action: str, **params: Any) -> dict[str, Any]:
        return self.direct.call(action, params, region=REGION)

    def _code(self, action: str, **params: Any) -> str:
        try:
            self._do(action, **params)
        except Failed as failed:
            return failed.code
        return "ok"

    def _host(self, key: str) -> dict[str, Any]:
        found: dict[str, Any] = self._do("cvm:DescribeInstances", InstanceIds=[key])["InstanceSet"][0]
        return found

    def _all(self, action: str, into: str) -> list[dict[str, Any]]:
        """Everything that a list has, page by page."""
        if action.startswith("vpc:"):
            return list(self._do(action)[into])
        found: list[dict[str, Any]] = []
        while page := self._do(action, Limit=100, Offset=len(found))[into]:
            found += page
        return found


_ALLOWED = {
    "StartInstances": ("STOPPED",),
    "StopInstances": ("RUNNING",),
    "RebootInstances": ("RUNNING",),
    "TerminateInstances": ("RUNNING", "STOPPED"),
}
_COURSES: dict[str, tuple[str, Change]] = {
    "StartInstances": ("STARTING", "running"),
    "StopInstances": ("STOPPING", "stopped"),
    "RebootInstances": ("REBOOTING", "running"),
    "TerminateInstances": ("TERMINATING", "gone"),
}
