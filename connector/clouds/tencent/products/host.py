"""A CVM instance as a host asset, in the field names of Security Center's host list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.clouds.tencent.products.members import epoch_ms, first, tags, texts

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
        "VpcInstanceId": first(raw, "VirtualPrivateCloud.VpcId") or "",
        "Zone": first(raw, "Placement.Zone") or "",
        "CreatedTime": epoch_ms(raw.get("CreatedTime")),
        "Tag": tags(raw, "Tags"),
        "VendorInstanceUuid": raw.get("Uuid") or "",
        **CONSTANTS,
    }


def system_of(os_name: str | None) -> str:
    """``windows`` or ``linux`` by the image's display name; empty where there is none."""
    if not os_name:
        return ""
    return "windows" if "windows" in os_name.lower() else "linux"
