"""The tables that an estate fills, and how: all there is to say about a new one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.world.estate import (
    balancers,
    caches,
    certificates,
    defence,
    hosts,
    mysql,
    network,
    postgres,
    registries,
    search,
    storage,
    streams,
    tdsql,
)
from emulator.world.estate.site import Site
from emulator.world.estate.whole import Whole
from emulator.world.shelves import Shelf

TABLES: Mapping[str, Callable[[Site], Shelf[Any]]] = {
    "cvm.instance": hosts.instances,
    "cvm.image": hosts.images,
    "cvm.keypair": hosts.key_pairs,
    "vpc.vpc": network.vpcs,
    "vpc.subnet": network.subnets,
    "vpc.securitygroup": network.security_groups,
    "vpc.securitygrouppolicy": network.security_group_policies,
    "vpc.routetable": network.route_tables,
    "vpc.networkacl": network.network_acls,
    "vpc.address": network.addresses,
    "cbs.disk": storage.disks,
    "cbs.snapshot": storage.snapshots,
    "cbs.autosnapshotpolicy": storage.snapshot_policies,
    "ckafka.instance": streams.instances,
    "ckafka.contents": streams.contents,
    "clb.loadbalancer": balancers.load_balancers,
    "clb.parts": balancers.parts,
    "cdb.instance": mysql.instances,
    "cdb.settings": mysql.settings,
    "dcdb.instance": tdsql.dcdb_instances,
    "dcdb.settings": tdsql.dcdb_settings,
    "es.instance": search.clusters,
    "mariadb.instance": tdsql.mariadb_instances,
    "mariadb.settings": tdsql.mariadb_settings,
    "postgres.instance": postgres.instances,
    "postgres.settings": postgres.settings,
    "redis.instance": caches.instances,
    "redis.settings": caches.settings,
    "tcr.registry": registries.registries,
    "tcr.repository": registries.repositories,
}
WHOLE: Mapping[str, Callable[[Whole], Shelf[Any]]] = {
    "ssl.certificate": certificates.certificates,
    "cfw.rule": defence.border_rules,
    "waf.domain": defence.domains,
    "waf.ipaccess": defence.address_rules,
}
"""What stands once in the account; ``ACCOUNT_WIDE`` beside this names the same."""
EVERYWHERE = frozenset({"cvm.image"})
"""What regions have in which the account has nothing of its own."""
