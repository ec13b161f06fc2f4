"""The cvm tables of an estate: hosts, images, key pairs."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from emulator.world.estate import draw, offers
from emulator.world.estate.drawn import Draw, Drawn, Part, each, one
from emulator.world.estate.site import Disk, Host, Site, Value, end, is_prepaid, utc
from emulator.world.shelves import Row, Shelf


def instances(site: Site) -> Shelf[Row]:
    """``cvm.instance``: made one by one when looked at, for there may be very many."""
    instances = _Instances(site)
    return Shelf(
        Drawn(
            site.hosts,
            site.host_id,
            instances.make,
            place=lambda key: site.place("ins", key),
            draws=instances.draws(),
            finds={
                "InstanceId": lambda key: one(site.place("ins", key)),
                "PrivateIpAddresses": site.seated_at,
                "PublicIpAddresses": lambda address: one(reached(site, address)),
                "Uuid": lambda text: [
                    place for high in draw.highs_of_uuid(text) for place in one(site.detailed_by(high))
                ],
            },
            parts=instances.parts(),
        )
    )


def reached(site: Site, address: str) -> int | None:
    """The place of the host that alone can have a public address."""
    number = site.reached_at(address)
    return None if number is None else number - site.plan.before


class _Instances:
    """Makes the hosts of a site; what many of them share is made once."""

    __slots__ = ("_clouds", "_groups", "_keys", "_places", "_site", "_words")

    def __init__(self, site: Site) -> None:
        self._site = site
        self._words = site.words
        self._places = {zone: {"Zone": zone, "ProjectId": 0, "HostId": None} for zone in site.zones}
        self._clouds = {
            subnet.id: {"VpcId": subnet.vpc.id, "SubnetId": subnet.id, "AsVpcGateway": False}
            for subnet in site.subnets
        }
        self._groups = site.group_ids
        self._keys: dict[str, Value] = {key: {"KeyIds": [key]} for key in site.key_ids} | {
            "": {"KeyIds": None}
        }

    def make(self, place: int) -> Mapping[str, Any]:
        """The host at a place, in wire shape."""
        site = self._site
        host = site.host(place)
        details = host.details
        size = offers.SIZES[details & 255]
        state = offers.STATES[details >> 8 & 255]
        image = host.image
        value: Value = {
            **EVERY,
            **_states(state, host.is_prepaid),
            "Placement": self._places[host.subnet.zone],
            "InstanceId": host.id,
            "InstanceType": size.name,
            "CPU": size.cpu,
            "Memory": size.memory,
            "InstanceName": self._words.host(details >> 14),
            "SystemDisk": _system_disk(site.system_disk(place)),
            "DataDisks": [
                _data_disk(site.data_disk(place, turn), host.is_prepaid)
                for turn in range(1, host.data_disks + 1)
            ],
            "PrivateIpAddresses": [host.address],
            "PublicIpAddresses": [host.public_address] if host.public_address else None,
            "InternetAccessible": _internet(host),
            "VirtualPrivateCloud": self._clouds[host.subnet.id],
            "ImageId": image.id,
            "CreatedTime": utc(details >> 20),
            # Observed: null for a host paid by the hour, and so is RenewFlag.
            "ExpiredTime": f"{end(details >> 16)}T15:59:59Z" if host.is_prepaid else None,
            "OsName": image.os,
            "SecurityGroupIds": self._security_groups(host.details),
            "LoginSettings": self._keys[host.key],
            "Tags": self._words.tags(host.chance),
            "Uuid": draw.uuid(details, host.chance),
            "DisableApiTermination": details >> 20 & 7 == 0,
            "HostName": _host_name(host),
            "DefaultLoginUser": image.login,
            "DefaultLoginPort": image.port,
        }
        if size.gpu:
            value["GPUInfo"] = {
                "GPUCount": 1.0,
                "GPUId": [f"GPU-{draw.uuid(host.chance, details)}"],
                "GPUType": size.gpu,
            }
        return value

    def draws(self) -> Mapping[str, Draw]:
        """Members by themselves, as ``make`` makes them."""
        site, words = self._site, self._words

        def public(place: int) -> list[str] | None:
            address = site.public_address_of(place)
            return [address] if address else None

        return {
            "InstanceId": site.host_id,
            "InstanceName": lambda place: words.host(site.details_of(place) >> 14),
            "InstanceState": lambda place: offers.STATES[site.details_of(place) >> 8 & 255],
            "InstanceType": lambda place: offers.SIZES[site.details_of(place) & 255].name,
            "InstanceChargeType": lambda place: _charge(is_prepaid(site.chance_of(place))),
            "Placement.Zone": lambda place: site.subnet_of(place).zone,
            "VirtualPrivateCloud.VpcId": lambda place: site.subnet_of(place).vpc.id,
            "VirtualPrivateCloud.SubnetId": lambda place: site.subnet_of(place).id,
            "PrivateIpAddresses": lambda place: [site.seat(place)[1]],
            "PublicIpAddresses": public,
            "SecurityGroupIds": self._security_groups_of,
            "CreatedTime": lambda place: utc(site.details_of(place) >> 20),
            "Tags.Key": lambda place: words.tag_keys(site.chance_of(place)),
            "Tags[]": lambda place: words.tag_list(site.chance_of(place)),
            "Tags.Value": lambda place: each(words.tags(site.chance_of(place)), "Value"),
            "Uuid": lambda place: draw.uuid(site.details_of(place), site.chance_of(place)),
        }

    def parts(self) -> Mapping[str, Part]:
        """Members whole, as ``make`` makes them."""
        site = self._site
        return {
            "LoginSettings": lambda place: self._keys[site.key_of(place)],
            "OsName": lambda place: site.image(place).os,
            "SecurityGroupIds": self._security_groups_of,
        }

    def _security_groups_of(self, place: int) -> list[str]:
        return self._security_groups(self._site.details_of(place))

    def _security_groups(self, details: int) -> list[str]:
        groups, chosen = self._groups, details >> 24
        first, second = groups[chosen % len(groups)], groups[(chosen >> 8) % len(groups)]
        if self._site.is_risky("no_security_group", chosen >> 24):
            return []
        return [first, second] if chosen >> 16 & 7 == 1 and second != first else [first]


def _host_name(host: Host) -> str:
    _, _, third, fourth = host.address.split(".")
    return f"VM-{third}-{fourth}-{host.image.platform.split()[0].lower()}"


# Assumed: members that are empty here are empty strings or null as the contract allows.
EVERY: Value = {
    "LatestOperation": None,
    "LatestOperationState": None,
    "LatestOperationRequestId": None,
    "LatestOperationErrorMsg": None,
    "DisasterRecoverGroupId": "",
    "DisasterRecoverGroupIds": [],
    "IPv6Addresses": None,
    "CamRoleName": "",
    "HpcClusterId": "",
    "RdmaIpAddresses": None,
    "DedicatedClusterId": "",
    "LicenseType": "TencentCloud",
}


@cache
def _states(state: str, is_prepaid: bool) -> Value:
    """The members that go together with a host's state and way of payment."""
    paused = state in {"STOPPED", "SHUTDOWN"}
    isolated = state == "SHUTDOWN"
    return {
        "InstanceState": state,
        "RestrictState": "PROTECTIVELY_ISOLATED" if isolated else "NORMAL",
        "IsolatedSource": ("EXPIRE" if is_prepaid else "ARREAR") if isolated else "NOTISOLATED",
        "StopChargingMode": ("KEEP_CHARGING" if is_prepaid else "STOP_CHARGING")
        if paused
        else "NOT_APPLICABLE",
        "RenewFlag": "NOTIFY_AND_MANUAL_RENEW" if is_prepaid else None,
        "InstanceChargeType": _charge(is_prepaid),
    }


def _charge(is_prepaid: bool) -> str:
    return "PREPAID" if is_prepaid else "POSTPAID_BY_HOUR"


def _system_disk(disk: Disk) -> Value:
    return {
        "DiskType": disk.type,
        "DiskId": disk.id,
        "DiskSize": disk.size,
        "CdcId": None,
        "Encrypt": disk.is_encrypted,
        # Observed: null.
        "KmsKeyId": None,
    }


def _data_disk(disk: Disk, is_prepaid: bool) -> Value:
    return {
        "DiskSize": disk.size,
        "DiskType": disk.type,
        "DiskId": disk.id,
        "DeleteWithInstance": not is_prepaid,
        "Encrypt": disk.is_encrypted,
        "KmsKeyId": None,
        "ThroughputPerformance": 0,
        "CdcId": None,
    }


def _internet(host: Host) -> Value:
    is_prepaid = host.is_prepaid and host.public_address and not host.eip
    return {
        "InternetChargeType": "BANDWIDTH_PREPAID" if is_prepaid else "TRAFFIC_POSTPAID_BY_HOUR",
        "InternetMaxBandwidthOut": bandwidth(host),
        "PublicIpAssigned": bool(host.public_address),
    }


def bandwidth(host: Host) -> int:
    """A host's outgoing bandwidth in Mbps; 0 without a public address."""
    return offers.BANDWIDTHS[host.details >> 44 & 255] if host.public_address else 0


def images(site: Site) -> Shelf[Row]:
    """``cvm.image``: the public images, which every region has, and the private ones."""
    shelf: Shelf[Row] = Shelf()
    for image, _ in offers.PUBLIC_IMAGES:
        shelf.put(image.id, Row(_public_image(image)))
    for place, image in enumerate(site.images if site.own_images else ()):
        shelf.put(image.id, Row(_own_image(site, place, image)))
    return shelf


def _image(image: offers.Image) -> Value:
    return {
        "ImageId": image.id,
        "OsName": image.os,
        "ImageSize": image.size,
        "Architecture": "x86_64",
        "ImageState": "NORMAL",
        "Platform": image.platform,
        "SyncPercent": None,
        "IsSupportCloudinit": True,
        "Tags": [],
        "LicenseType": "TencentCloud",
    }


def _public_image(image: offers.Image) -> Value:
    return {
        **_image(image),
        "ImageType": "PUBLIC_IMAGE",
        "CreatedTime": "2023-02-21T08:12:39Z",
        "ImageName": image.os,
        "ImageDescription": image.os,
        "ImageCreator": "tencent",
        "ImageSource": "OFFICIAL",
        "SnapshotSet": [],
    }


def _own_image(site: Site, place: int, image: offers.Image) -> Value:
    chance, disk = site.chance("img", place), site.image_source(place)
    return {
        **_image(image),
        "ImageType": "PRIVATE_IMAGE",
        "CreatedTime": utc(chance >> 20),
        "ImageName": image_name(site, place),
        "ImageDescription": "",
        # Assumed: the creator of a private image, whose uin an estate does not know, reads "self".
        "ImageCreator": "self",
        "ImageSource": "CREATE_IMAGE",
        "SnapshotSet": [
            {
                "SnapshotId": site.snapshot_id(disk.number, 0),
                "DiskUsage": "SYSTEM_DISK",
                "DiskSize": disk.size,
            }
        ],
        "Tags": site.words.tags(chance),
    }


def image_name(site: Site, place: int) -> str:
    """The name of the private image at a place."""
    return site.words.thing(site.chance("img", place), "image") or f"image-{place}"


def key_pairs(site: Site) -> Shelf[Row]:
    """``cvm.keypair``, each with the hosts that it opens."""
    users: dict[str, list[str]] = {key: [] for key in site.key_ids}
    for place in range(site.hosts) if users else ():
        if key := site.key_of(place):
            users[key].append(site.host_id(place))
    return Shelf(
        {key: Row(_key_pair(site, place, key, users[key])) for place, key in enumerate(site.key_ids)}
    )


def _key_pair(site: Site, place: int, key: str, users: list[str]) -> Value:
    chance = site.chance("skey", place)
    return {
        "KeyId": key,
        "KeyName": (site.words.thing(chance, "key") or "key").replace("-", "_")[:25],
        "ProjectId": 0,
        "Description": "",
        "PublicKey": f"ssh-rsa {_public_key(key)} {key}",
        "AssociatedInstanceIds": users,
        "CreatedTime": utc(chance >> 20),
        "Tags": site.words.tags(chance),
    }


def _public_key(key: str) -> str:
    """Text in the form of an RSA public key; nobody has the private one."""
    modulus = b"\x00" + b"".join(hashlib.sha256(f"{key}/{part}".encode()).digest() for part in range(8))
    blob = b"\x00\x00\x00\x07ssh-rsa\x00\x00\x00\x03\x01\x00\x01" + len(modulus).to_bytes(4) + modulus
    return base64.b64encode(blob).decode()
