"""What looks like a resource's id, wherever it stands in a row, and the table that it leads to."""

import re

OWNERS = {
    "ins": "cvm.instance",
    "img": "cvm.image",
    "skey": "cvm.keypair",
    "vpc": "vpc.vpc",
    "subnet": "vpc.subnet",
    "sg": "vpc.securitygroup",
    "rtb": "vpc.routetable",
    "acl": "vpc.networkacl",
    "eip": "vpc.address",
    "disk": "cbs.disk",
    "snap": "cbs.snapshot",
    "asp": "cbs.autosnapshotpolicy",
    "lb": "clb.loadbalancer",
    "cdb": "cdb.instance",
    "crs": "redis.instance",
    "postgres": "postgres.instance",
    "tdsql": "mariadb.instance",
    "tdsqlshard": "dcdb.instance",
    "es": "es.instance",
    "ckafka": "ckafka.instance",
    "tcr": "tcr.registry",
}
"""Tables by the prefix of their ids."""
UNOWNED = frozenset({"acli4", "kms", "lbl", "loc", "logset", "node", "rti", "shard", "topic"})
"""Prefixes of what stands in no table: parts of rows, keys of encryption, logs."""
ID = re.compile(r"([a-z0-9]+)-[0-9a-z]{8}")


def leaves(value, name=""):
    """Every text in a row, with the name of the member that holds it."""
    if isinstance(value, dict):
        for member, inner in value.items():
            yield from leaves(inner, member)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, name)
    elif isinstance(value, str):
        yield name, value
