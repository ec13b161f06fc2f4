"""Cloud Workload Protection: every host as its security agent sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from emulator.contract.paging import paging
from emulator.errors import Refusal
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Manners, Rule, Service, Window
from emulator.tables.filters import contains, narrow
from emulator.tables.listing import window
from emulator.world import regions
from emulator.world.clock import china_time
from emulator.world.shelves import Row

HOSTS = "cvm.instance"
PAGE = Window(default=10, ceiling=100)

# Documented: the codes are among the product's errors. Assumed: which is used when, and the texts.
MANNERS = Manners(
    out_of_range=Refusal[str, int]("InvalidParameter", "The value of parameter `{}` is out of range: {}."),
    unknown_filter=Refusal[str]("InvalidParameter", "The filter `{}` is not supported."),
)

# Documented: the code. Assumed: the texts, and that a host without an agent gets the same.
no_machine = Refusal[()]("ResourceNotFound.MachineNotFound", "The machine does not exist.", "机器不存在。")


class Agent:
    """What the agent of a host says: settled by the host alone, the same at every look."""

    def __init__(self, host: Mapping[str, Any]) -> None:
        self.host = host
        self._chance = int.from_bytes(blake2b(host["Uuid"].encode(), digest_size=8).digest())

    @property
    def is_installed(self) -> bool:
        """Whether there is an agent at all."""
        # Assumed: one host in twelve has none.
        return self._chance % 12 != 0

    @property
    def is_online(self) -> bool:
        """Whether it answers: only where the host runs."""
        # Assumed: one agent in twenty has gone silent.
        return self.is_installed and self.host["InstanceState"] == "RUNNING" and self._chance >> 8 & 255 >= 13

    @property
    def level(self) -> int:
        """Protection bought: 0 basic, 1 professional, 2 flagship."""
        # Documented: the levels. Assumed: how often each is found.
        return (0, 0, 0, 1, 1, 2)[(self._chance >> 16) % 6]

    @property
    def has_risk(self) -> bool:
        """Whether something was found on it."""
        return self._chance >> 24 & 7 == 0

    @property
    def load(self) -> int:
        """Percent of memory and disk in use, more or less."""
        return (self._chance >> 32) % 90 + 5


# --- One machine ------------------------------------------------------------------------------------------


def describe_asset_machine_detail(call: Call) -> Result:
    """What is known of one host, found by the Uuid that cvm gives it."""
    # Documented: Quuid is the host's uuid and Uuid the agent's. Observed: both are the same in the official
    # example. Assumed: only Quuid is looked at, so that a caller who knows cvm alone finds its hosts.
    agent = _find(call, call.params["Quuid"])
    if agent is None or not agent.is_installed:
        raise no_machine()
    return {"MachineDetail": _detail(call, agent)}


def _find(call: Call, quuid: str) -> Agent | None:
    for region in call.world.places(HOSTS):
        for row in call.world.read(HOSTS, region).index("Uuid").get(quuid, ()):
            return Agent(row.value)
    return None


def _detail(call: Call, agent: Agent) -> Mapping[str, Any]:
    host = agent.host
    born = _china(host["CreatedTime"])
    disks = [host["SystemDisk"], *(host["DataDisks"] or ())]
    is_windows = "Windows" in host["OsName"]
    return {
        **_EVERY,
        "Quuid": host["Uuid"],
        "Uuid": host["Uuid"],
        "MachineIp": _first(host["PrivateIpAddresses"]),
        "MachineWanIp": _first(host["PublicIpAddresses"]),
        "MachineName": host["InstanceName"],
        "OsInfo": host["OsName"],
        "OsType": "Windows" if is_windows else "Linux",
        "CoreVersion": "" if is_windows else _KERNEL,
        "MemSize": host["Memory"],
        "MemLoad": f"{agent.load}.00",
        "DiskSize": sum(disk["DiskSize"] for disk in disks),
        "DiskLoad": f"{agent.load // 2}.00",
        "PartitionCount": len(disks),
        "CpuSize": host["CPU"],
        "ProtectLevel": agent.level,
        # Documented: UNKNOW, RISK, SAFT, spelt so. Observed: 未知 in the official example.
        "RiskStatus": "RISK" if agent.has_risk else "SAFT",
        "ProtectDays": max(0, int((call.now - _seconds(host["CreatedTime"])) // 86400)),
        "BuyTime": born if agent.level else "",
        "EndTime": "2030-12-31 23:59:59" if agent.level else "",
        **dict.fromkeys(("InstallTime", "BootTime", "FirstTime"), born),
        "LastLiveTime": china_time(call.now) if agent.is_online else born,
        "UpdateTime": china_time(call.now) if agent.is_online else born,
        "OfflineTime": "" if agent.is_online else born,
        "SerialNumber": host["Uuid"],
        "NetCards": [_card(host)],
        "Disks": [_partition(place, disk, agent.load // 2) for place, disk in enumerate(disks)],
        "Status": 0 if agent.is_online else 1,
        "ProjectId": host["Placement"]["ProjectId"],
        "InstanceId": host["InstanceId"],
        "MachineExtraInfo": _extra(host),
    }


_KERNEL = "3.10.0-1160.88.1.el7.x86_64"
_AGENT_VERSION = "5.2.1.72"
# Observed: these, in the official example.
_EVERY = {
    "Cpu": "Intel(R) Xeon(R) Platinum 8361HC CPU @ 2.60GHz",
    "CpuLoad": "低",
    "CpuLoadVul": "低",
    "AgentVersion": _AGENT_VERSION,
    "Producer": "Tencent Cloud",
    "DeviceVersion": "CVM",
}


def _first(addresses: Sequence[str] | None) -> str:
    return addresses[0] if addresses else ""


def _seconds(time: str) -> float:
    try:
        return datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0


def _china(time: str) -> str:
    return china_time(_seconds(time))


def _card(host: Mapping[str, Any]) -> Mapping[str, str]:
    address = _first(host["PrivateIpAddresses"])
    return {
        "Name": "eth0",
        "Ip": address,
        "GateWay": f"{address.rpartition('.')[0]}.1" if address else "",
        "Mac": "52:54:00:" + ":".join(host["Uuid"][place : place + 2] for place in (0, 2, 4)),
        "Ipv6": _first(host["IPv6Addresses"]),
        "DnsServer": "183.60.82.98,183.60.83.19",
    }


def _partition(place: int, disk: Mapping[str, Any], load: int) -> Mapping[str, Any]:
    return {
        "Name": f"/dev/vd{'abcdefghijklmnopqrstuvwxyz'[place % 26]}1",
        "Size": disk["DiskSize"],
        "Percent": float(load),
        "Type": "ext4",
        "Path": f"/data{place}" if place else "/",
        "Used": disk["DiskSize"] * load // 100,
    }


def _extra(host: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "WanIP": _first(host["PublicIpAddresses"]),
        "PrivateIP": _first(host["PrivateIpAddresses"]),
        "NetworkType": 1,
        "NetworkName": host["VirtualPrivateCloud"]["VpcId"],
        "InstanceID": host["InstanceId"],
        "HostName": host.get("HostName") or host["InstanceName"],
    }


# --- The list ---------------------------------------------------------------------------------------------

# Documented: the member says STOPED and its filter STOPPED.
_STOPPED = {"STOPED": "STOPPED"}
# Documented: names and meaning; each takes one value but Quuid, Ips, Names and InstanceIds. Assumed: names
# match in part, and so do the keywords of the official example, which are addresses, names or ids.
OF_HOSTS: Mapping[str, Rule] = {
    "Names": contains("InstanceName"),
    "InstanceIds": "InstanceId",
    "Quuid": "Uuid",
    "Os": "OsName",
}
"""What the host itself says."""
FILTERS: Mapping[str, Callable[[Mapping[str, Any], Sequence[str]], bool]] = {
    "Ips": lambda machine, wanted: any(
        text in (machine["MachineIp"], machine["MachineWanIp"]) for text in wanted
    ),
    "Keywords": lambda machine, wanted: any(
        text in machine[name]
        for text in wanted
        for name in ("MachineIp", "MachineWanIp", "MachineName", "InstanceId")
    ),
    "Version": lambda machine, wanted: any(machine["ProtectType"] in _versions(text) for text in wanted),
    "Risk": lambda machine, wanted: "yes" not in wanted or machine["SecurityStatus"] == "RISK",
    "AgentStatus": lambda machine, wanted: "ALL" in wanted or machine["AgentStatus"].upper() in wanted,
    "MachineStatus": lambda machine, wanted: (
        "ALL" in wanted or _STOPPED.get(machine["InstanceStatus"], machine["InstanceStatus"]) in wanted
    ),
    "AddedOnTheFifteen": lambda machine, wanted: "1" not in wanted or machine["IsAddedOnTheFifteen"] == 1,
}


def _versions(text: str) -> Sequence[str]:
    return ("PRO_VERSION", "Flagship") if text == "ProtectedMachines" else (text,)


def describe_machines(call: Call) -> Result:
    """The hosts of one region, whatever region the call itself names."""
    params = call.params
    wants = [(given["Name"], given["Values"]) for given in params.get("Filters") or ()]
    for name, _ in wants:
        if name not in FILTERS and name not in OF_HOSTS:
            raise MANNERS.unknown_filter(name)
    start, limit = window(params, paging(call.action), PAGE, MANNERS)
    stop = None if limit is None else start + limit
    hosts = _hosts(call, [(OF_HOSTS[name], wanted) for name, wanted in wants if name in OF_HOSTS])
    tests = [(FILTERS[name], wanted) for name, wanted in wants if name in FILTERS]
    if not tests:
        page = [_machine(call, row.value) for row in hosts[start:stop]]
        return {"Machines": page, "TotalCount": len(hosts)}
    machines = (_machine(call, row.value) for row in hosts)
    found = [machine for machine in machines if all(test(machine, wanted) for test, wanted in tests)]
    return {"Machines": found[start:stop], "TotalCount": len(found)}


def _hosts(call: Call, wants: Sequence[tuple[Rule, Sequence[str]]]) -> Sequence[Row]:
    params = call.params
    # Documented: other kinds of machines than CVM. Assumed: the account has none, nor any of another AppId.
    if params["MachineType"] != "CVM" or params.get("MachineAppId") not in (None, call.world.app_id):
        return ()
    projects = [str(project) for project in params.get("ProjectIds") or ()]
    rules = [*wants, ("Placement.ProjectId", projects)] if projects else wants
    return narrow(call.world.read(HOSTS, params["MachineRegion"]), "InstanceId", rules)


def _machine(call: Call, host: Mapping[str, Any]) -> Mapping[str, Any]:
    agent = Agent(host)
    is_on = host["InstanceState"] == "RUNNING"
    status = "ONLINE" if agent.is_online else "OFFLINE" if agent.is_installed else "UNINSTALLED"
    address = _first(host["PrivateIpAddresses"])
    return {
        "MachineName": host["InstanceName"],
        "MachineOs": host["OsName"],
        "MachineStatus": status if is_on else "SHUTDOWN",
        "AgentStatus": status,
        "InstanceStatus": "RUNNING" if is_on else "STOPED",
        # Documented: empty where the agent has been silent for long. Assumed: and where there is none.
        "Uuid": host["Uuid"] if agent.is_installed else "",
        "Quuid": host["Uuid"],
        "MachineIp": address,
        "MachineWanIp": _first(host["PublicIpAddresses"]),
        "IsProVersion": agent.level > 0,
        "PayMode": "PREPAY" if host["InstanceChargeType"] == "PREPAID" else "POSTPAY",
        "Tag": [],
        **_risks(agent),
        "RegionInfo": _region(call.params["MachineRegion"]),
        "InstanceState": "NORMAL",
        "LicenseStatus": 0,
        "ProjectId": host["Placement"]["ProjectId"],
        "HasAssetScan": 1 if agent.level else 0,
        "MachineType": "CVM",
        "KernelVersion": "" if "Windows" in host["OsName"] else _KERNEL,
        "ProtectType": ("BASIC_VERSION", "PRO_VERSION", "Flagship")[agent.level],
        "CloudTags": [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in host["Tags"] or ()],
        "IsAddedOnTheFifteen": 1 if call.now - _seconds(host["CreatedTime"]) < 15 * 86400 else 0,
        "IpList": address,
        "VpcId": host["VirtualPrivateCloud"]["VpcId"],
        "MachineExtraInfo": _extra(host),
        "InstanceId": host["InstanceId"],
        "Remark": "",
        "AgentVersion": _AGENT_VERSION if agent.is_installed else "",
        "AppId": call.world.app_id,
    }


def _risks(agent: Agent) -> Mapping[str, Any]:
    # Assumed: a host with a risk has holes and a weak baseline, and nobody broke in.
    count = 3 if agent.has_risk and agent.is_installed else 0
    known = "RISK" if count else "SAFE"
    return {
        "VulNum": count,
        "BaselineNum": count,
        "MalwareNum": 0,
        "CyberAttackNum": 0,
        "InvasionNum": 0,
        "SecurityStatus": known if agent.is_installed else "UNKNOWN",
    }


def _region(name: str) -> Mapping[str, Any]:
    region = regions.find(name)
    return {
        "Region": name,
        "RegionName": region.zh if region is not None else "",
        # Assumed: which number a region has here is not known.
        "RegionId": 0,
        "RegionCode": region.short if region is not None else "",
        "RegionNameEn": region.en if region is not None else "",
    }


SERVICE = Service(
    name="cwp",
    version="2018-02-28",
    actions=(
        # Assumed: both are asked about at operation level.
        Does(action="DescribeAssetMachineDetail", run=describe_asset_machine_detail),
        Does(action="DescribeMachines", run=describe_machines),
    ),
)
