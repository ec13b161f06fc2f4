"""The published contract, read straight from the official metadata, to hold rows against."""

import json
from functools import cache
from pathlib import Path

import pytest

SHAPES = {
    "cvm.instance": ("cvm/v20170312", "Instance"),
    "cvm.image": ("cvm/v20170312", "Image"),
    "cvm.keypair": ("cvm/v20170312", "KeyPair"),
    "vpc.vpc": ("vpc/v20170312", "Vpc"),
    "vpc.subnet": ("vpc/v20170312", "Subnet"),
    "vpc.securitygroup": ("vpc/v20170312", "SecurityGroup"),
    "vpc.routetable": ("vpc/v20170312", "RouteTable"),
    "vpc.networkacl": ("vpc/v20170312", "NetworkAcl"),
    "vpc.address": ("vpc/v20170312", "Address"),
    "cbs.disk": ("cbs/v20170312", "Disk"),
    "cbs.snapshot": ("cbs/v20170312", "Snapshot"),
    "cbs.autosnapshotpolicy": ("cbs/v20170312", "AutoSnapshotPolicy"),
    "ckafka.instance": ("ckafka/v20190819", "Instance"),
    "clb.loadbalancer": ("clb/v20180317", "LoadBalancer"),
    "cdb.instance": ("cdb/v20170320", "InstanceInfo"),
    "dcdb.instance": ("dcdb/v20180411", "DCDBInstanceInfo"),
    "es.instance": ("es/v20180416", "InstanceInfo"),
    "mariadb.instance": ("mariadb/v20170312", "DBInstance"),
    "postgres.instance": ("postgres/v20170312", "DBInstance"),
    "redis.instance": ("redis/v20180412", "InstanceSet"),
    "tcr.registry": ("tcr/v20190924", "Registry"),
    "ssl.certificate": ("ssl/v20191205", "Certificates"),
    "waf.domain": ("waf/v20180125", "DomainInfo"),
}
# Tables of which several answers show a part each.
PARTS = {
    "ckafka.contents": ("ckafka/v20190819", {"Topics": "Topic"}),
    "vpc.securitygrouppolicy": ("vpc/v20170312", {"SecurityGroupPolicySet": "SecurityGroupPolicySet"}),
    "clb.parts": (
        "clb/v20180317",
        {"Listeners": "Listener", "Backends": "ListenerBackend", "Health": "ListenerHealth"},
    ),
    "dcdb.settings": ("dcdb/v20180411", {"Accounts": "DBAccount", "NodesInfo": "NodeInfo"}),
    "mariadb.settings": (
        "mariadb/v20170312",
        {"Accounts": "DBAccount", "BackupTime": "DBBackupTimeConfig", "NodesInfo": "NodeInfo"},
    ),
    "postgres.settings": ("postgres/v20170312", {"Plans": "BackupPlan"}),
    "redis.settings": (
        "redis/v20180412",
        {"Backup": "DescribeAutoBackupConfigResponse", "Commands": "SourceCommand"},
    ),
    "cdb.settings": (
        "cdb/v20170320",
        {
            "Accounts": "AccountInfo",
            "Privileges": "DescribeAccountPrivilegesResponse",
            "Audit": "DescribeAuditConfigResponse",
            "Backup": "DescribeBackupConfigResponse",
            "Features": "DescribeDBFeaturesResponse",
        },
    ),
    "tcr.repository": ("tcr/v20190924", {"RepositoryList": "TcrRepositoryInfo"}),
}
# The metadata says that these are never null; recorded answers say that they are.
KNOWN_NULLS = {
    "cvm.instance.ExpiredTime",
    "cvm.instance.RenewFlag",
    "cvm.instance.Placement.HostId",
    "cvm.instance.SystemDisk.KmsKeyId",
    "cbs.disk.Placement.DedicatedClusterId",
    "cbs.snapshot.Placement.DedicatedClusterId",
    "vpc.address.InstanceId",
}
KINDS = {"string": str, "int": int, "float": float, "bool": bool}


@cache
def objects(service):
    import tccli

    path = Path(tccli.__file__).parent / "services" / service / "api.json"
    return json.loads(path.read_text("utf-8"))["objects"]


def shape_flaws(service, name, value, at):
    members = {member["name"]: member for member in objects(service)[name]["members"]}
    yield from (f"{at}.{name}: not declared" for name in value.keys() - members.keys())
    for member in members.values():
        where = f"{at}.{member['name']}"
        if member["name"] in value:
            yield from member_flaws(service, member, value[member["name"]], where)
        elif member.get("output_required") and member["name"] != "RequestId":
            yield f"{where}: promised and not there"


def member_flaws(service, member, value, at):
    if value is None:
        if not member.get("value_allowed_null") and at not in KNOWN_NULLS:
            yield f"{at}: null"
    elif member["type"] == "list":
        if type(value) is not list:
            yield f"{at}: no list"
            return
        for element in value:
            yield from kind_flaws(service, member["member"], element, f"{at}[]")
    else:
        yield from kind_flaws(service, member["member"], value, at)


def kind_flaws(service, kind, value, at):
    if kind in objects(service):
        yield from shape_flaws(service, kind, value, at)
        return
    name = {"int64": "int", "uint64": "int", "datetime": "string", "datetime_iso": "string", "date": "string"}
    if type(value) is not KINDS[name.get(kind, kind)]:
        yield f"{at}: {value!r} is no {kind}"
    elif kind == "uint64" and value < 0:
        yield f"{at}: {value!r} is negative"


def pieces(table, value):
    """The objects of the contract that a row holds: service, shape, value, and where they stand."""
    if table in PARTS:
        service, parts = PARTS[table]
        for name, shape in parts.items():
            inner = value[name]
            for piece in inner if isinstance(inner, list) else [] if inner is None else [inner]:
                yield service, shape, piece, f"{table}.{name}"
    else:
        yield *SHAPES[table], value, table


@pytest.fixture(scope="session")
def flaws():
    """What the contract says against a row: a set of sentences, empty for a good one."""

    def judge(table, value):
        return {
            flaw
            for service, name, piece, where in pieces(table, value)
            for flaw in shape_flaws(service, name, piece, where)
        }

    return judge


@pytest.fixture(scope="session")
def encode():
    """Puts what a row holds into the form that leaves; ContractBreach if our contract forbids it.

    Gives pairs of what was put and what became of it.
    """
    from emulator.contract.catalog import catalog
    from emulator.contract.conform import encode_value

    def put(table, value):
        for service, name, piece, _ in pieces(table, value):
            product, _, digits = service.partition("/v")
            version = f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
            if name.endswith("Response"):
                shape = catalog().find(product, version, name.removesuffix("Response")).response
            else:
                shape = catalog().shape(product, version, name)
            yield piece, json.loads(encode_value(shape, piece).json)

    return put


@pytest.fixture(scope="session")
def zone_prose():
    """What the contract says about the zones there are."""
    return objects("cvm/v20170312")["ZoneInfo"]["members"][0]["document"]
