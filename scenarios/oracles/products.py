"""What exists in an account, product by product: looked up on the shelves, without a call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from emulator.world import accounts
from emulator.world.world import World

Place = tuple[str, str, str]
"""A kind, a region (empty: it has none), and a key."""

LISTED: Mapping[str, tuple[str, str]] = {
    "host": ("cvm.instance", "InstanceId"),
    "disk": ("cbs.disk", "DiskId"),
    "security_group": ("vpc.securitygroup", "SecurityGroupId"),
    "subnet": ("vpc.subnet", "SubnetId"),
    "network_acl": ("vpc.networkacl", "NetworkAclId"),
    "clb": ("clb.loadbalancer", "LoadBalancerId"),
    "cdb": ("cdb.instance", "InstanceId"),
    "mariadb": ("mariadb.instance", "InstanceId"),
    "dcdb": ("dcdb.instance", "InstanceId"),
    "postgres": ("postgres.instance", "DBInstanceId"),
    "redis": ("redis.instance", "InstanceId"),
    "es": ("es.instance", "InstanceId"),
    "registry": ("tcr.registry", "RegistryId"),
    "certificate": ("ssl.certificate", "CertificateId"),
    "user": ("cam.user", "Uin"),
    "collaborator": ("cam.collaborator", "Uin"),
    "role": ("cam.role", "RoleId"),
    "waf_domain": ("waf.domain", "DomainId"),
}
"""The table of each kind, and the member that is its key."""


def existing(world: World, regions: tuple[str, ...]) -> set[Place]:
    """Everything that a synchronisation of these regions has to find."""
    return {
        *listed(world, regions),
        *accounts_of_databases(world, regions),
        *of_cam(world),
        *others(world, regions),
    }


def listed(world: World, regions: tuple[str, ...]) -> Iterator[Place]:
    """What stands in tables of its own."""
    for kind, (table, member) in LISTED.items():
        for region in world.places(table):
            if region == "" or region in regions:
                for row in world.read(table, region):
                    yield kind, region, str(row.value[member])


def accounts_of_databases(world: World, regions: tuple[str, ...]) -> Iterator[Place]:
    """The accounts in each database that exists."""
    for kind, product, user in (("cdb_account", "cdb", "User"), ("mariadb_account", "mariadb", "UserName")):
        for region in regions:
            instances = world.read(f"{product}.instance", region)
            for key, row in world.read(f"{product}.settings", region).items().items():
                if key in instances:
                    for one in row.value["Accounts"]:
                        yield kind, region, f"{key}/{one[user]}@{one['Host']}"


def others(world: World, regions: tuple[str, ...]) -> Iterator[Place]:
    """Repositories of registries, snapshot policies that a disk is bound to, rules at the border."""
    for rule in world.read("cfw.rule"):
        if not (rule.value["EdgeId"] or rule.value["Area"]):
            yield "border_rule", "", str(rule.value["Id"])
    for region in regions:
        for key, row in world.read("tcr.repository", region).items().items():
            if key in world.read("tcr.registry", region):
                for one in row.value["RepositoryList"]:
                    yield "repository", region, f"{key}/{one['Name']}"
        for disk in world.read("cbs.disk", region):
            for policy in disk.value["AutoSnapshotPolicyIds"] or ():
                yield "snapshot_policy", region, policy


def of_cam(world: World) -> Iterator[Place]:
    """The keys of users, and the policies that a user, its group or a role has or is bounded by."""
    holders = [f"role/{row.value['RoleId']}" for row in world.read("cam.role")]
    for user in world.read("cam.user"):
        uin = str(user.value["Uin"])
        for key in accounts.keys_of(world, uin):
            yield "access_key", "", key.secret_id
        holders += [
            f"user/{uin}",
            *(f"group/{one.value['GroupId']}" for one in accounts.groups_of(world, uin)),
        ]
    for holder in holders:
        for attachment in accounts.attachments(world, holder=holder):
            yield "policy", "", str(attachment.value["PolicyId"])
        bound = accounts.boundary(world, holder) if not holder.startswith("group/") else None
        if bound is not None:
            yield "policy", "", str(bound.value["PolicyId"])
