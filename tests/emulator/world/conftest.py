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
    "vpc.securitygrouppolicy": ("vpc/v20170312", "SecurityGroupPolicySet"),
    "vpc.routetable": ("vpc/v20170312", "RouteTable"),
    "vpc.networkacl": ("vpc/v20170312", "NetworkAcl"),
    "vpc.address": ("vpc/v20170312", "Address"),
    "cbs.disk": ("cbs/v20170312", "Disk"),
    "cbs.snapshot": ("cbs/v20170312", "Snapshot"),
    "cbs.autosnapshotpolicy": ("cbs/v20170312", "AutoSnapshotPolicy"),
    "ckafka.instance": ("ckafka/v20190819", "Instance"),
    "tcr.registry": ("tcr/v20190924", "Registry"),
    "ssl.certificate": ("ssl/v20191205", "Certificates"),
    "waf.domain": ("waf/v20180125", "DomainInfo"),
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
        elif member.get("output_required"):
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


@pytest.fixture(scope="session")
def flaws():
    """What the contract says against a row: a set of sentences, empty for a good one."""

    def judge(table, value):
        service, name = SHAPES[table]
        inner = value["SecurityGroupPolicySet"] if table == "vpc.securitygrouppolicy" else value
        return set(shape_flaws(service, name, inner, table))

    return judge


@pytest.fixture(scope="session")
def encode():
    """Puts a row into the form that leaves over the wire; ContractBreach if our own contract forbids it."""
    from emulator.contract.catalog import catalog
    from emulator.contract.conform import encode_value

    def put(table, value):
        service, name = SHAPES[table]
        inner = value["SecurityGroupPolicySet"] if table == "vpc.securitygrouppolicy" else value
        product, _, day = service.partition("/v")
        version = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        return encode_value(catalog().shape(product, version, name), inner)

    return put


@pytest.fixture(scope="session")
def zone_prose():
    """What the contract says about the zones there are."""
    return objects("cvm/v20170312")["ZoneInfo"]["members"][0]["document"]
