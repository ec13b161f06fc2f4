"""A CVM instance as a host asset, in the field names of Security Center's host list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

MIB_PER_GIB = 1024

# Assumed: states Tencent adds later are UNKNOWN, never running.
STATUSES = {
    "RUNNING": "Running",
    "STOPPED": "notRunning",
    "STOPPING": "notRunning",
    "SHUTDOWN": "notRunning",
    "TERMINATING": "notRunning",
    "LAUNCH_FAILED": "notRunning",
}

CONSTANTS = {
    "Vendor": 3,
    "FlagName": "Tencent",
    "VendorName": "TENCENT",
    "Flag": 1,
    "AssetType": 0,
    "AssetTypeName": "server",
    "ClientStatus": "offline",
    "ClientSubStatus": "uninstalled",
}


def normalise(raw: Mapping[str, Any], region: str) -> dict[str, Any]:
    """Say a ``cvm`` Instance in our fields; a member that is null or missing becomes None or empty."""
    private, public = texts(raw, "PrivateIpAddresses"), texts(raw, "PublicIpAddresses")
    internet = public[0] if public else None
    memory_gib = raw.get("Memory")
    return {
        "InstanceId": raw["InstanceId"],
        "InstanceName": raw.get("InstanceName") or "",
        "InternetIp": internet,
        "Ip": internet,
        "IntranetIp": private[0] if private else None,
        "IpListString": ",".join([*private, *public, *texts(raw, "IPv6Addresses")]),
        "Region": region,
        "RegionId": region,
        "Os": system_of(raw.get("OsName")),
        "OsName": raw.get("OsName") or "",
        "Status": STATUSES.get(raw.get("InstanceState") or "", "UNKNOWN"),
        "InstanceState": raw.get("InstanceState") or "",
        "Cores": raw.get("CPU"),
        "Mem": memory_gib * MIB_PER_GIB if isinstance(memory_gib, int | float) else None,
        "VpcInstanceId": inner(raw, "VirtualPrivateCloud", "VpcId") or "",
        "Zone": inner(raw, "Placement", "Zone") or "",
        "CreatedTime": epoch_ms(raw.get("CreatedTime")),
        "Tag": tags(raw),
        "VendorInstanceUuid": raw.get("Uuid") or "",
        **CONSTANTS,
    }


def texts(raw: Mapping[str, Any], name: str) -> list[str]:
    """A list member; the cloud says null, not [], when there is none."""
    values = raw.get(name)
    return [str(value) for value in values] if isinstance(values, list) else []


def inner(raw: Mapping[str, Any], name: str, member: str) -> Any:
    """A member of a structure that may be null."""
    structure = raw.get(name)
    return structure.get(member) if isinstance(structure, Mapping) else None


def system_of(os_name: str | None) -> str:
    """``windows`` or ``linux`` by the image's display name; empty where there is none."""
    if not os_name:
        return ""
    return "windows" if "windows" in os_name.lower() else "linux"


def tags(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tags, published members only."""
    # Observed: entries may carry tagKey/tagValue next to Key/Value.
    return [
        {"Key": tag.get("Key"), "Value": tag.get("Value")}
        for tag in raw.get("Tags") or []
        if isinstance(tag, Mapping)
    ]


def epoch_ms(text: str | None) -> int | None:
    """ISO 8601 with ``Z`` as milliseconds since the epoch; None where it is no such time."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)
