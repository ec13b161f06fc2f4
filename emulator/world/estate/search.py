"""The es table of an estate: Elasticsearch clusters."""

from __future__ import annotations

from emulator.world.estate import draw, residents
from emulator.world.estate.draw import slots
from emulator.world.estate.residents import Resident
from emulator.world.estate.site import Site, Value, china
from emulator.world.shelves import Row, Shelf

# Documented: versions, sizes, licences and states. Assumed: how often each is found.
VERSIONS = slots(("6.8.2", 4), ("7.10.1", 8), ("7.14.2", 10), ("8.11.3", 4))
SIZES = slots(
    (("ES.S1.SMALL2", 1, 2), 4),
    (("ES.S1.MEDIUM4", 2, 4), 10),
    (("ES.S1.MEDIUM8", 2, 8), 8),
    (("ES.S1.LARGE16", 4, 16), 4),
)
LICENSES = slots(("basic", 10), ("platinum", 6))
STATES = slots((1, 60), (0, 2), (-1, 1))


def clusters(site: Site) -> Shelf[Row]:
    """``es.instance``."""
    return residents.shelf(site, "es", _cluster, tagged="TagList")


def _access(is_open: bool) -> str:
    return "OPEN" if is_open else "CLOSE"


def _access_list(is_open: bool, is_wide: bool) -> Value:
    white = ["0.0.0.0/0"] if is_wide else ["203.0.113.0/24"]
    return {"BlackIpList": [], "WhiteIpList": white if is_open else []}


def _cluster(site: Site, one: Resident) -> Value:
    chance, risks = one.chance, one.risks
    kind, cpu, memory = SIZES[chance >> 32 & 255]
    nodes, disk = draw.pick((2, 3, 3, 5), chance >> 3), draw.pick((100, 200, 500), chance >> 5)
    is_public = site.is_risky("public_database", risks)
    is_seen = site.is_risky("public_console", risks >> 16)
    is_secure = not site.is_risky("plain_http", chance >> 40)
    is_backed_up = not site.is_risky("no_backups", risks >> 24)
    is_bare = site.is_risky("no_authentication", risks >> 20)
    # Assumed: the open-source licence has no authentication to turn on.
    licence = "oss" if is_bare and chance >> 2 & 1 else LICENSES[chance >> 24 & 255]
    zone = one.subnet.zone
    second = residents.second_zone(site, zone, risks >> 8)
    is_spread = second != zone
    protocol = "https" if is_secure else "http"
    host = f"{one.id}.public.tencentelasticsearch.com"
    return {
        **_EVERY,
        "InstanceId": one.id,
        "InstanceName": site.words.thing(chance >> 4, "es"),
        "Region": site.region.id,
        "Zone": zone,
        "VpcUid": one.subnet.vpc.id,
        "SubnetUid": one.subnet.id,
        "Status": STATES[chance >> 48 & 255],
        "RenewFlag": "RENEW_FLAG_MANUAL" if one.is_prepaid else "",
        "ChargeType": "PREPAID" if one.is_prepaid else "POSTPAID_BY_HOUR",
        "ChargePeriod": 12 if one.is_prepaid else 0,
        "NodeType": kind,
        "NodeNum": nodes,
        "CpuNum": cpu,
        "MemSize": memory,
        "DiskSize": disk,
        "EsVip": one.address,
        # Assumed: how the public addresses are made.
        "KibanaUrl": f"https://{one.id}.kibana.tencentelasticsearch.com:5601" if is_seen else "",
        "EsVersion": VERSIONS[chance >> 16 & 255],
        "EsAcl": _access_list(is_seen, bool(chance & 1)),
        "CreateTime": china(chance >> 20),
        "UpdateTime": china(chance >> 20),
        "Deadline": residents.deadline(one),
        "CosBackup": {"IsAutoBackup": is_backed_up, "BackupTime": "22:00"},
        "AllowCosBackup": is_backed_up,
        "TagList": residents.tags(site, chance),
        "LicenseType": licence,
        "RealLicenseType": licence,
        "NodeInfoList": [_node(site, one, nodes, disk)],
        "EsPublicUrl": f"{protocol}://{host}:9200" if is_public else None,
        "MultiZoneInfo": [{"Zone": each, "SubnetId": _subnet(site, one, each)} for each in (zone, second)]
        if is_spread
        else [{"Zone": zone, "SubnetId": one.subnet.id}],
        "DeployMode": int(is_spread),
        "PublicAccess": _access(is_public),
        "EsPublicAcl": _access_list(is_public, bool(chance & 2)),
        "KibanaPublicAccess": _access(is_seen),
        # Documented: 1 off, 2 on.
        "SecurityType": 1 if is_bare else 2,
        "Protocol": protocol,
        "SecurityGroups": one.groups,
        "HealthStatus": 0 if chance >> 9 & 15 else 1,
        "EsPrivateUrl": f"{protocol}://{one.address}:9200",
        "EnableDestroyProtection": _access(not site.is_risky("no_delete_protection", risks >> 32)),
    }


def _subnet(site: Site, one: Resident, zone: str) -> str:
    """The first subnet of the cluster's network in a zone; its own one in its own."""
    if zone == one.subnet.zone:
        return one.subnet.id
    same = (each.id for each in site.subnets if each.vpc == one.subnet.vpc and each.zone == zone)
    return next(same)


def _node(site: Site, one: Resident, count: int, disk: int) -> Value:
    kind, cpu, memory = SIZES[one.chance >> 32 & 255]
    return {
        "NodeNum": count,
        "NodeType": kind,
        "Type": "hotData",
        "DiskType": "CLOUD_SSD",
        "DiskSize": disk,
        "LocalDiskInfo": None,
        "DiskCount": 1,
        "DiskEncrypt": int(not site.is_risky("unencrypted_disk", one.risks >> 4)),
        "CpuNum": cpu,
        "MemSize": memory,
        "DiskEnhance": None,
    }


_NULL = (
    *("WarmNodeType", "WarmNodeNum", "WarmCpuNum", "WarmMemSize", "WarmDiskType", "WarmDiskSize"),
    *("ColdNodeType", "ColdNodeNum", "ColdCpuNum", "ColdMemSize", "ColdDiskType", "ColdDiskSize"),
    *("FrozenNodeType", "FrozenNodeNum", "FrozenCpuNum", "FrozenMemSize", "FrozenDiskType"),
    *("FrozenDiskSize", "KibanaPrivateUrl", "KibanaConfig", "KibanaNodeInfo", "WebNodeTypeInfo"),
    *("EsPrivateDomain", "EsConfigSets", "OperationDuration", "OptionalWebServiceInfos"),
    *("ProcessPercent", "CdcId"),
)
# Assumed: members that are empty here are empty strings, null or 0 as the contract allows.
_EVERY: Value = {
    **dict.fromkeys(_NULL),
    # An estate does not know its owner: whoever shows the row fills these two in.
    "AppId": 0,
    "Uin": "",
    "DiskType": "CLOUD_SSD",
    "EsDomain": "",
    "EsPort": 9200,
    "EsConfig": "{}",
    "InstanceType": 1,
    "IkConfig": {"MainDict": [], "Stopwords": [], "QQDict": [], "Synonym": [], "UpdateType": ""},
    "MasterNodeInfo": {
        "EnableDedicatedMaster": False,
        "MasterNodeType": "",
        "MasterNodeNum": 0,
        "MasterNodeCpuNum": 0,
        "MasterNodeMemSize": 0,
        "MasterNodeDiskSize": 0,
        "MasterNodeDiskType": "",
    },
    "EnableHotWarmMode": False,
    "KibanaPrivateAccess": "CLOSE",
    "SceneType": 0,
    "Jdk": "kona",
    "AutoIndexEnabled": False,
    "EnableHybridStorage": False,
    "KibanaAlteringPublicAccess": "CLOSE",
    "HasKernelUpgrade": False,
}
