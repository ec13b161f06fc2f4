"""Preset policies: those that every account has and none can change."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from emulator.world.shelves import Row

CUSTOM = 1
PRESET = 2
"""``Type`` of a policy, as CAM numbers it."""

_NAMES = """
aai aca acp adp advisor af afc ags ai3d aiart alb ame ams anicloud antiddos ape api apigateway apis apm
as asr asw ba batch bda bdrc bh bi billing bizlive bm bma bmeip bmlb bmvpc bpaas bri bsca btoe ca cam
captcha car cat cbs ccc cdb cdc cdn cds cdwch cdwdoris cdwpg cdz cetcd cfg cfs cfw chc chdfs ci ciam cii
cim ckafka clb cloudapp cloudaudit cloudhsm cloudmate cloudrc cloudstudio cls cme cmq cms cngw config
controlcenter cos cpdp csip csxg ctem ctsdb cvm cwp cws cynosdb dasb dataagent databuddy dayu dbbrain
dbdc dbs dc dcdb dlc dnspod domain drm ds dsgc dts eb ecc ecdn ecm edgezone eiam eis emr es ess essbasic
evt facefusion faceid finance fmu ft fwm ga2 gaap gme goosefs gs gwlb habo hai hasim hcm hunyuan iai iap
ic icr ie ig igtm ims ioa iot iotcloud iotexplorer iotvideo iotvideoindustry irp iss ivld keewidb kms
lcic lighthouse live lke lkeap lowcode mall mariadb market memcached mmps mna mongodb monitor mps mqtt
mrs ms msp nlp npp oceanus ocr omics organization partners portal postgres privatedns pts rce redis
region rum scf securitylake ses smh smop sms soe sqlserver ssa ssl sslpod ssm sts svp taf tag tat tbaas
tbp tcaplusdb tcb tcbr tccatalog tchd tcm tcr tcss tdai tdcpg tdid tdmq tdmysql tds tem teo thpc tia tiia
tione tiw tke tkgdq tms tmt tokenhub tourism trabbit trocket trp trro trtc tse tsf tsi tsw tts vcg vclm
vcube vdb vm vms vod vpc vrs vtc waf wav wedata weilingwith wimgs workbuddyenterprise wsa wss yinsuda
yunjing yunsou
"""
SERVICES = tuple(_NAMES.split())
"""What CAM can be asked about: the services of the published contract, object storage and payments."""

_FINANCE = frozenset({"billing", "finance", "partners"})
_IDENTITY = frozenset({"cam", "sts"})
# Assumed: which verbs read. CAM knows no better way to say "read" than the beginning of an action's name.
READS = ("Describe", "Get", "Head", "Inquire", "Inquiry", "List", "LookUp", "Query", "Search")
_CAM_READS = ("Check", "Describe", "Get", "List")
# Documented: cloud assets are read without "sub-user properties, keys, and user groups".
_CAM_ASSETS = (
    "DescribeOIDCConfig",
    "DescribeRoleList",
    "DescribeUserOIDCConfig",
    "DescribeUserSAMLConfig",
    "GetAccountSummary",
    "GetPolicy*",
    "GetRole*",
    "GetSAMLProvider",
    "GetServiceLinkedRoleDeletionStatus",
    "GetUserAppId",
    "ListAttachedRolePolicies",
    "ListPolicies",
    "ListPolicyVersions",
    "ListSAMLProviders",
)

# Observed: the ids of QcloudASReadOnlyAccess, QcloudCLBReadOnlyAccess, QcloudCOSReadOnlyAccess,
# QcloudCVMReadOnlyAccess, QcloudVPCReadOnlyAccess and QcloudCamReadOnlyAccess. Documented: that of
# QcloudSMSFullAccess, and the names of QcloudCLSFullAccess, QcloudCVMFullAccess, QcloudCamFullAccess,
# QcloudDCFullAccess, QcloudMonitorFullAccess and QcloudPostgreSQLReadOnlyAccess.
# Assumed: the other names, which follow one pattern, and the other ids.
_PRODUCTS = """
AS as - 12031968
CBS cbs - -
CDB cdb - -
CDN cdn - -
CFS cfs - -
CFW cfw - -
CKafka ckafka - -
CLB clb - 219851
CLS cls - -
COS cos - 244869
CVM cvm - 243334
CWP cwp - -
Cam cam - 596170
CloudAudit cloudaudit - -
CynosDB cynosdb - -
DC dc - -
DCDB dcdb - -
DNSPod dnspod - -
Elasticsearch es - -
KMS kms - -
Lighthouse lighthouse - -
MariaDB mariadb - -
MongoDB mongodb - -
Monitor monitor - -
PostgreSQL postgres - -
PrivateDNS privatedns - -
Redis redis - -
SCF scf - -
SMS sms 219064 -
SQLServer sqlserver - -
SSL ssl - -
SSM ssm - -
TAG tag - -
TCR tcr - -
TDMQ tdmq - -
TEO teo - -
TKE tke - -
VOD vod - -
VPC vpc - 186457
WAF waf - -
"""
_FIRST_ASSUMED_ID = 900_001
# Observed: full access to vpc is enough for elastic addresses, which CAM knows as cvm's, and not for security
# groups. Assumed: these are what it names.
_ADDRESSES = (
    "AllocateAddresses",
    "AssociateAddress",
    "DescribeAddress*",
    "DisassociateAddress",
    "ModifyAddress*",
    "ReleaseAddresses",
)


@cache
def by_id() -> Mapping[int, Row]:
    """Preset policies by PolicyId."""
    rows = {row.value["PolicyId"]: row for row in _rows()}
    return {policy_id: rows[policy_id] for policy_id in sorted(rows)}


@cache
def by_name() -> Mapping[str, Row]:
    """Preset policies by PolicyName."""
    return {row.value["PolicyName"]: row for row in by_id().values()}


def _rows() -> Iterator[Row]:
    # Assumed: PolicyId 1 (one third-party source), and the ids 2 to 4.
    # Documented: the documents of QcloudCVMReadOnlyAccess and QcloudCVMInnerReadOnlyAccess, verbatim.
    # Assumed: the other documents, from what is published of what they allow.
    yield _row(
        1,
        "AdministratorAccess",
        "该策略允许您管理账户内所有用户及其权限、财务相关的信息、云服务资产。",
        _allow("*"),
    )
    yield _row(2, "QCloudResourceFullAccess", "该策略允许您管理账户内所有云服务资产。", _all_assets())
    yield _row(
        3,
        "ReadOnlyAccess",
        "该策略允许您只读访问账户内所有支持接口级鉴权或资源级鉴权的云服务资产。",
        _reads(SERVICES),
    )
    yield _row(4, "CloudResourceReadOnlyAccess", "该策略允许您只读访问账户内所有云服务资产。", _asset_reads())
    yield _row(
        1242979,
        "QcloudCDBInnerReadOnlyAccess",
        "云数据库（CDB）只读访问权限",
        _allow("cdb:Describe*", "cdb:Inquiry*"),
    )
    yield _row(
        900_000,
        "QcloudCVMInnerReadOnlyAccess",
        "云服务器（CVM）只读访问权限",
        _allow("name/cvm:Describe*", "name/cvm:Inquiry*"),
    )
    ids = iter(range(_FIRST_ASSUMED_ID, _FIRST_ASSUMED_ID + 1000))
    for line in _PRODUCTS.split("\n"):
        if line:
            name, service, full, read = line.split()
            known = [next(ids) if each == "-" else int(each) for each in (full, read)]
            more = [f"cvm:{action}" for action in _ADDRESSES] if service == "vpc" else []
            yield _row(
                known[0], f"Qcloud{name}FullAccess", f"{name}全读写访问权限", _allow(f"{service}:*", *more)
            )
            yield _row(
                known[1], f"Qcloud{name}ReadOnlyAccess", f"{name}只读访问权限", _product_reads(service)
            )


def _product_reads(service: str) -> str:
    match service:
        case "cvm":
            return _document(
                ("name/cvm:Describe*", "name/cvm:Inquiry*"),
                ("name/vpc:Describe*", "name/vpc:Inquiry*", "name/vpc:Get*"),
                ("name/clb:Describe*",),
                ("name/monitor:*",),
            )
        case "vpc":
            # Assumed: addresses are read with the network, though CAM knows them as cvm's.
            return _allow(*_read_patterns((service,)), "cvm:DescribeAddress*")
        case "postgres":
            # Documented: all of Describe and Inquiry.
            return _allow("postgres:Describe*", "postgres:Inquiry*")
    return _reads((service,))


def _reads(services: Iterable[str]) -> str:
    return _allow(*_read_patterns(services))


def _read_patterns(services: Iterable[str]) -> Iterator[str]:
    for service in services:
        # Assumed: nothing of sts is a read: what it gets are credentials.
        if service != "sts":
            yield from (f"{service}:{verb}*" for verb in (_CAM_READS if service == "cam" else READS))


def _all_assets() -> str:
    # Documented: all cloud assets, without users, permissions and finance.
    return _allow(*(f"{service}:*" for service in _assets()))


def _asset_reads() -> str:
    return _allow(*_read_patterns(_assets()), *(f"cam:{name}" for name in _CAM_ASSETS))


def _assets() -> list[str]:
    return [service for service in SERVICES if service not in _FINANCE | _IDENTITY]


def _allow(*actions: str) -> str:
    return _document(actions)


def _document(*statements: Iterable[str]) -> str:
    return json.dumps(
        {
            "version": "2.0",
            "statement": [
                {"effect": "allow", "action": list(actions), "resource": "*"} for actions in statements
            ],
        },
        separators=(",", ":"),
    )


def _row(policy_id: int, name: str, description: str, document: str) -> Row:
    # Assumed: preset policies are older than any account.
    return Row(
        {
            "PolicyId": policy_id,
            "PolicyName": name,
            "Description": description,
            "PolicyDocument": document,
            "Type": PRESET,
            "CreateMode": 2,
            "AddTime": "2016-01-01 00:00:00",
            "UpdateTime": "2016-01-01 00:00:00",
            "Tags": [],
            "Versions": [
                {
                    "VersionId": 1,
                    "CreateDate": "2016-01-01T00:00:00Z",
                    "IsDefaultVersion": 1,
                    "Document": document,
                }
            ],
        }
    )
