"""What can be risky in an estate: every kind, how often it is made, and how it is told from the rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any, NamedTuple

from emulator.world import accounts
from emulator.world.regions import find
from emulator.world.shelves import Row, Shelf, member_values
from emulator.world.world import World

OLD_DAYS = 90
"""How old a key may become."""
IDLE_DAYS = 30
"""How long a key may be there without having been used."""
LATE_DAYS = 30
"""How near the end of a certificate may come."""
SHORT_DAYS = 7
"""How long backups have to be kept."""
AUDIT_DAYS = 180
"""How long an audit's logs have to be kept."""


class Look(NamedTuple):
    """Where a row is looked at: its account, its region, and when, in seconds since the epoch."""

    world: World
    region: str
    now: float


Shows = Callable[[Any, Look], bool]


class Sign(NamedTuple):
    """How a table shows a kind of risk. ``of`` is the table of the resources its keys name, if another."""

    table: str
    shows: Shows
    of: str = ""
    reads: tuple[str, ...] = ()
    """The members that are looked at; none for all of the row."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of risk. ``share`` is how often it is made beside others, where nobody says how often."""

    what: str
    signs: tuple[Sign, ...]
    share: float = 1.0


class Finding(NamedTuple):
    """A resource that shows a kind of risk."""

    kind: str
    table: str
    region: str
    """Empty for what stands once in the account."""
    id: str


def findings(
    world: World, kinds: Collection[str] | None = None, regions: Collection[str] | None = None
) -> Iterator[Finding]:
    """What is risky in an account as it is by now: of some kinds, in some regions, or all of it.

    Told from the rows alone, so whatever was changed, added or removed since counts; each is made as far as
    it is looked at, so a large account takes its time unless a kind or a region is named.
    """
    by_table: dict[str, list[tuple[str, Sign]]] = {}
    for name in KINDS if kinds is None else kinds:
        for sign in KINDS[name].signs:
            by_table.setdefault(sign.table, []).append((name, sign))
    now = world.clock.now()
    for table, signs in by_table.items():
        # Whoever names regions shall not wait for the rows of all the others to be made.
        for region in world.places(table) if regions is None else regions:
            look, shelf = Look(world, region, now), world.read(table, region)
            for number, value in _looked_at(shelf, [sign for _, sign in signs]):
                for name, sign in signs:
                    if sign.shows(value, look):
                        yield Finding(name, sign.of or table, region, str(shelf.key(number)))


def _looked_at(shelf: Shelf[Any], signs: Sequence[Sign]) -> Iterator[tuple[int, Any]]:
    """What stands under each number, as far as it is looked at for some signs."""
    names = {name for sign in signs for name in sign.reads}
    if all(sign.reads for sign in signs):
        yield from ((number, shelf.parts(number, names)) for number in shelf.numbers())
    else:
        for number in shelf.numbers():
            row = shelf.at(number)
            yield number, row.value if isinstance(row, Row) else row


# --- Simple signs -----------------------------------------------------------------------------------------


def _is(path: str, *wanted: object) -> Shows:
    """A member has one of some values."""
    return lambda value, _look: any(each in wanted for each in member_values(value, path))


def _lacks(path: str) -> Shows:
    """A member is empty, null or not there."""
    return lambda value, _look: not any(member_values(value, path))


def _below(path: str, least: int) -> Shows:
    """A number is too small."""
    return lambda value, _look: any(each < least for each in _numbers(value, path))


def _numbers(value: Any, path: str) -> Iterator[int]:
    return (each for each in member_values(value, path) if isinstance(each, int))


def _password_login(host: Any, _look: Look) -> bool:
    return "Windows" not in (host.get("OsName") or "") and not member_values(host, "LoginSettings.KeyIds")


def _in_one_zone(*paths: str) -> Shows:
    """Everything is in one zone though the region has more."""

    def shows(value: Any, look: Look) -> bool:
        region = find(look.region)
        open_zones = [zone for zone in region.zones if zone.is_available] if region else []
        return (
            len(open_zones) > 1 and len({zone for path in paths for zone in member_values(value, path)}) < 2
        )

    return shows


# --- Open doors -------------------------------------------------------------------------------------------

_ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
Spans = list[tuple[int, int]]
"""Ports, from the first to the last of each span."""
_WEB: Spans = [(80, 80), (443, 443)]


def _ports(text: str) -> Spans:
    """The ports that a rule names: all, one, several, a range."""
    if text.lower() in ("all", ""):
        return [(0, 65535)]
    ends = (part.partition("-") for part in text.replace(" ", "").split(","))
    return [(int(first), int(last or first)) for first, _, last in ends if (first + last).isdigit()]


def _less(ports: Spans, taken: Spans) -> Spans:
    """The ports that are left."""
    for low, high in taken:
        rest = [(first, min(last, low - 1)) for first, last in ports]
        rest += [(max(first, high + 1), last) for first, last in ports]
        ports = [(first, last) for first, last in rest if first <= last]
    return ports


def is_open(rules: Sequence[Mapping[str, Any]]) -> bool:
    """Whether rules let in whoever comes from anywhere on a port that is none of the web's.

    The first rule that matches decides, so a door behind a closed one is no open one.
    """
    closed: dict[tuple[str, str], Spans] = {}
    for rule in rules:
        source = rule.get("CidrBlock") or rule.get("Ipv6CidrBlock") or ""
        if source not in _ANYWHERE:
            continue
        protocol, ports = str(rule.get("Protocol") or "ALL").upper(), _ports(str(rule.get("Port") or ""))
        before = [*closed.get((source, protocol), ()), *closed.get((source, "ALL"), ())]
        if str(rule.get("Action") or "").upper() != "ACCEPT":
            closed[source, protocol] = [*before, *ports]
        elif _less(ports, [*before, *_WEB]):
            return True
    return False


def _open_group(value: Any, _look: Look) -> bool:
    return is_open((value.get("SecurityGroupPolicySet") or {}).get("Ingress") or ())


def _open_acl(value: Any, _look: Look) -> bool:
    return is_open(value.get("IngressEntries") or ())


def _open_border(rule: Any, _look: Look) -> bool:
    # Documented: direction 1 is inwards, strategy 2 lets pass and 1 does not.
    lets_in = (rule["Direction"], rule["Strategy"], rule["Status"], rule["SourceIp"]) == (
        1,
        2,
        1,
        "0.0.0.0/0",
    )
    text = rule["Port"]
    return lets_in and bool(_less(_ports("" if text == "-1/-1" else text.replace("/", "-")), _WEB))


def _unclosed_border(rule: Any, look: Look) -> bool:
    """The last rule inwards does not keep out all the rest."""
    if rule["Direction"] != 1 or (rule["Strategy"], rule["Port"]) == (1, "-1/-1"):
        return False
    inward = (row.value for row in look.world.read("cfw.rule") if row.value["Direction"] == 1)
    return bool(rule["OrderIndex"] == max(each["OrderIndex"] for each in inward))


# --- Balancers --------------------------------------------------------------------------------------------

_EXPOSED = frozenset({22, 3306, 3389, 6379, 9200, 27017})


def _weak_listener(parts: Any, _look: Look) -> bool:
    listeners = parts.get("Listeners") or ()
    return not listeners or any(
        each.get("Protocol") == "HTTP" or (each.get("Protocol") == "TCP" and each.get("Port") in _EXPOSED)
        for each in listeners
    )


def _unchecked(parts: Any, _look: Look) -> bool:
    checks = ("Listeners.HealthCheck.HealthSwitch", "Listeners.Rules.HealthCheck.HealthSwitch")
    return any(0 in member_values(parts, path) for path in checks)


def _no_targets(parts: Any, _look: Look) -> bool:
    backends = parts.get("Backends") or ()
    where = ("Targets.InstanceId", "Rules.Targets.InstanceId")
    return any(not any(member_values(each, path) for path in where) for each in backends)


def _unguarded_balancer(balancer: Any, _look: Look) -> bool:
    return balancer.get("LoadBalancerType") == "OPEN" and not balancer.get("SecureGroups")


# --- Databases --------------------------------------------------------------------------------------------


def _public_postgres(instance: Any, _look: Look) -> bool:
    networks = instance.get("DBInstanceNetInfo") or ()
    return any((each.get("NetType"), each.get("Status")) == ("public", "opened") for each in networks)


def _unaudited(settings: Any, _look: Look) -> bool:
    return True in member_values(settings, "Features.IsSupportAudit") and settings.get("Audit") is None


def _strong_account(settings: Any, _look: Look) -> bool:
    pairs = zip(settings.get("Accounts") or (), settings.get("Privileges") or (), strict=False)
    return any(
        account.get("User") != "root" and "SUPER" in (privileges.get("GlobalPrivileges") or ())
        for account, privileges in pairs
    )


def _strong_tdsql_account(settings: Any, _look: Look) -> bool:
    return any("SUPER" in privileges for privileges in settings.get("Privileges") or ())


def _unencrypted_tdsql(settings: Any, look: Look) -> bool:
    row = look.world.read("mariadb.instance", look.region).get(settings["InstanceId"])
    could_be = row is not None and row.value.get("IsEncryptSupported") == 1
    return could_be and settings.get("EncryptStatus") == 0


def _dangerous(settings: Any, _look: Look) -> bool:
    return not {"KEYS", "FLUSHALL", "FLUSHDB", "CONFIG"}.isdisjoint(member_values(settings, "Commands.Cmd"))


# --- Certificates -----------------------------------------------------------------------------------------


def _late(certificate: Any, look: Look) -> bool:
    until = certificate.get("CertEndTime") or ""
    try:
        # Documented: China's time.
        ends = datetime.strptime(until, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) - timedelta(hours=8)
    except ValueError:
        return False
    return ends.timestamp() < look.now + LATE_DAYS * 86400


# --- People -----------------------------------------------------------------------------------------------


def _no_mfa(user: Any, look: Look) -> bool:
    login = accounts.protection(look.world, str(user["Uin"]))["LoginFlag"]
    return user.get("ConsoleLogin") == 1 and not any(login.values())


def _is_in_use(key: Any) -> bool:
    return key.token is None and key.status == "Active" and key.principal.kind in ("root", "user")


def _old_key(key: Any, look: Look) -> bool:
    return _is_in_use(key) and look.now - key.created > OLD_DAYS * 86400


def _idle_key(key: Any, look: Look) -> bool:
    is_idle = look.now - key.created > IDLE_DAYS * 86400
    return _is_in_use(key) and is_idle and accounts.last_used(look.world, key.secret_id) is None


def _root_key(key: Any, _look: Look) -> bool:
    return _is_in_use(key) and key.principal.kind == "root"


def _administrator(user: Any, look: Look) -> bool:
    held = accounts.policies_of(look.world, accounts.as_principal(Row(user)))
    return any(_allows_everything(policy.document) for policy in held)


def _over_broad(policy: Any, _look: Look) -> bool:
    return _allows_everything(policy["PolicyDocument"])


def _allows_everything(document: str) -> bool:
    return any(
        statement.get("effect") == "allow"
        and not statement.get("condition")
        and not {"*", "*:*"}.isdisjoint(_several(statement.get("action")))
        and "*" in _several(statement.get("resource"))
        for statement in _statements(document)
    )


def _trusts_strangers(role: Any, look: Look) -> bool:
    own = f"qcs::cam::uin/{look.world.uin}:"
    return any(
        statement.get("effect") == "allow"
        and not statement.get("condition")
        and any(not named.startswith(own) for named in _several(statement["principal"].get("qcs")))
        for statement in _statements(role["PolicyDocument"])
        if isinstance(statement.get("principal"), Mapping)
    )


def _statements(document: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = _several(json.loads(document).get("statement"))
    return found


def _several(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [] if given is None else [given]


# --- Every kind -------------------------------------------------------------------------------------------

_CDB, _REDIS, _POSTGRES, _MARIADB = "cdb.settings", "redis.settings", "postgres.settings", "mariadb.settings"
_LB, _PARTS, _ES = "clb.loadbalancer", "clb.parts", "es.instance"


def _groups(table: str) -> Sign:
    return Sign(
        table, _lacks("SecurityGroupIds"), table.replace(".settings", ".instance"), ("SecurityGroupIds",)
    )


KINDS: Mapping[str, Kind] = {
    # Hosts and disks
    "no_security_group": Kind(
        "a host, a database or a public load balancer that no security group guards",
        (
            *(_groups(table) for table in ("cvm.instance", _CDB, _REDIS, _POSTGRES, _MARIADB)),
            Sign(_LB, _unguarded_balancer),
            Sign(_ES, _lacks("SecurityGroups")),
        ),
        share=0.25,
    ),
    "password_login": Kind(
        "a host that is no Windows one and has no key pair",
        (Sign("cvm.instance", _password_login, reads=("OsName", "LoginSettings")),),
    ),
    "unencrypted_disk": Kind(
        "a disk, or the disks of a search cluster, in the clear",
        (
            Sign("cbs.disk", _is("Encrypt", False), reads=("Encrypt",)),
            Sign(_ES, _is("NodeInfoList.DiskEncrypt", 0)),
        ),
    ),
    "no_snapshot_policy": Kind(
        "a disk of which no snapshots are made by themselves",
        (Sign("cbs.disk", _lacks("AutoSnapshotPolicyIds"), reads=("AutoSnapshotPolicyIds",)),),
    ),
    "inactive_snapshot_policy": Kind(
        "a snapshot policy that is switched off",
        (Sign("cbs.autosnapshotpolicy", _is("IsActivated", False)),),
    ),
    # Networks
    "open_security_group": Kind(
        "a security group that lets anybody in on other ports than 80 and 443",
        (Sign("vpc.securitygrouppolicy", _open_group, "vpc.securitygroup"),),
    ),
    "open_network_acl": Kind(
        "a network ACL that lets anybody in on other ports than 80 and 443",
        (Sign("vpc.networkacl", _open_acl),),
    ),
    "open_border": Kind(
        "a rule of the firewall that lets anybody in on other ports than 80 and 443",
        (Sign("cfw.rule", _open_border),),
    ),
    "unclosed_border": Kind(
        "a last rule of the firewall that does not keep out the rest", (Sign("cfw.rule", _unclosed_border),)
    ),
    "firewall_off": Kind(
        "a domain that the web firewall does not guard", (Sign("waf.domain", _is("Status", 0)),)
    ),
    "watching_firewall": Kind(
        "a domain that the web firewall only watches", (Sign("waf.domain", _is("Mode", 0)),)
    ),
    # Load balancers
    "weak_listener": Kind(
        "a load balancer with a listener in the clear or on a port of administration or data, or with none",
        (Sign(_PARTS, _weak_listener, _LB),),
    ),
    "no_targets": Kind(
        "a load balancer with a listener that sends nowhere", (Sign(_PARTS, _no_targets, _LB),)
    ),
    "no_health_check": Kind(
        "a load balancer with a listener whose targets are not checked", (Sign(_PARTS, _unchecked, _LB),)
    ),
    "dead_target": Kind(
        "a load balancer with a target that does not answer",
        (Sign(_PARTS, _is("Health.Rules.Targets.HealthStatusDetail", "Dead"), _LB),),
    ),
    "pass_to_target": Kind(
        "a load balancer whose targets' own security groups are passed by",
        (Sign(_LB, _is("LoadBalancerPassToTarget", True)),),
    ),
    "no_access_log": Kind(
        "a load balancer or a guarded domain without logs of access",
        (Sign(_LB, _lacks("LogTopicId")), Sign("waf.domain", _is("ClsStatus", 0))),
    ),
    # Databases and clusters
    "public_database": Kind(
        "a database or a search cluster with a public address",
        (
            Sign("cdb.instance", _is("WanStatus", 1)),
            Sign("redis.instance", lambda value, _look: bool(value.get("WanAddress"))),
            Sign("postgres.instance", _public_postgres),
            Sign("mariadb.instance", _is("WanStatus", 1)),
            Sign("dcdb.instance", _is("WanStatus", 1)),
            Sign(_ES, _is("PublicAccess", "OPEN")),
        ),
    ),
    "public_console": Kind(
        "a search cluster whose Kibana has a public address", (Sign(_ES, _is("KibanaPublicAccess", "OPEN")),)
    ),
    "plain_http": Kind(
        "a search cluster that speaks HTTP in the clear", (Sign(_ES, _is("Protocol", "http")),)
    ),
    "no_authentication": Kind("a search cluster open to every caller", (Sign(_ES, _is("SecurityType", 1)),)),
    "no_password": Kind(
        "a Redis instance without a password", (Sign("redis.instance", _is("NoAuth", True)),)
    ),
    "dangerous_commands": Kind(
        "a Redis instance on which commands such as FLUSHALL are used",
        (Sign(_REDIS, _dangerous, "redis.instance"),),
    ),
    "open_database_account": Kind(
        "an account of a database that may come from every host",
        (
            Sign(_CDB, _is("Accounts.Host", "%"), "cdb.instance"),
            Sign(_MARIADB, _is("Accounts.Host", "%"), "mariadb.instance"),
        ),
    ),
    "strong_database_account": Kind(
        "an account of a database, other than its root, that may do anything",
        (
            Sign(_CDB, _strong_account, "cdb.instance"),
            Sign(_MARIADB, _strong_tdsql_account, "mariadb.instance"),
        ),
    ),
    "unencrypted_database": Kind(
        "a database in the clear that could be encrypted",
        (
            Sign("cdb.instance", _is("DiskEncryption", "off")),
            Sign(_MARIADB, _unencrypted_tdsql, "mariadb.instance"),
        ),
    ),
    "outdated_database": Kind(
        "a MySQL instance whose kernel can be updated",
        (Sign(_CDB, _is("Features.IsSupportUpdateSubVersion", True), "cdb.instance"),),
    ),
    "single_zone": Kind(
        "a database or a search cluster in one zone where the region has more",
        (
            Sign("cdb.instance", _in_one_zone("Zone", "SlaveInfo.First.Zone")),
            Sign("redis.instance", _in_one_zone("NodeSet.ZoneName")),
            Sign("postgres.instance", _in_one_zone("DBNodeSet.Zone")),
            Sign(_ES, _in_one_zone("MultiZoneInfo.Zone")),
        ),
    ),
    "single_node": Kind(
        "a TDSQL instance without a standby",
        tuple(Sign(table, _is("NodeCount", 1)) for table in ("mariadb.instance", "dcdb.instance")),
    ),
    "no_backups": Kind(
        "a database or a search cluster of which no backups are made",
        (
            Sign(_REDIS, _lacks("Backup.WeekDays"), "redis.instance"),
            Sign(_MARIADB, lambda value, _look: value.get("BackupTime") is None, "mariadb.instance"),
            Sign(_ES, _is("CosBackup.IsAutoBackup", False)),
        ),
    ),
    "short_backups": Kind(
        f"a database whose backups are kept less than {SHORT_DAYS} days",
        (
            Sign(_CDB, _below("Backup.BackupExpireDays", SHORT_DAYS), "cdb.instance"),
            Sign(_REDIS, _below("Backup.BackupStorageDays", SHORT_DAYS), "redis.instance"),
            Sign(_POSTGRES, _below("Plans.BaseBackupRetentionPeriod", SHORT_DAYS), "postgres.instance"),
        ),
    ),
    "short_log_backups": Kind(
        f"a database whose logs are kept less than {SHORT_DAYS} days",
        (
            Sign(_CDB, _below("Backup.BinlogExpireDays", SHORT_DAYS), "cdb.instance"),
            Sign(_POSTGRES, _below("Plans.LogBackupRetentionPeriod", SHORT_DAYS), "postgres.instance"),
        ),
    ),
    "no_audit": Kind("a MySQL instance without an audit", (Sign(_CDB, _unaudited, "cdb.instance"),)),
    "short_audit": Kind(
        f"a MySQL instance whose audit is kept less than {AUDIT_DAYS} days",
        (Sign(_CDB, _below("Audit.LogExpireDay", AUDIT_DAYS), "cdb.instance"),),
    ),
    "no_delete_protection": Kind(
        "a database, a cluster, a load balancer or a registry that one call can delete",
        (
            Sign("cdb.instance", _is("DestroyProtect", "off")),
            Sign("redis.instance", _is("DeleteProtectionSwitch", 0)),
            Sign("postgres.instance", _is("DeletionProtection", False)),
            Sign("mariadb.instance", _is("ProtectedProperty", 0)),
            Sign("dcdb.instance", _is("ProtectedProperty", 0)),
            Sign(_ES, _is("EnableDestroyProtection", "CLOSE")),
            Sign(_LB, lambda value, _look: "DeleteProtect" not in (value.get("AttributeFlags") or ())),
            Sign("tcr.registry", _is("DeletionProtection", False)),
        ),
    ),
    # Registries
    "anonymous_registry": Kind(
        "a registry that anybody may pull from", (Sign("tcr.registry", _is("EnableAnonymous", True)),)
    ),
    "long_lived_token": Kind(
        "a registry whose tokens last longer than a day",
        (Sign("tcr.registry", lambda value, _look: (value.get("TokenValidTime") or 0) > 24),),
    ),
    "public_repository": Kind(
        "a registry with a public repository",
        (Sign("tcr.repository", _is("RepositoryList.Public", True), "tcr.registry"),),
    ),
    # Certificates
    "expired_certificate": Kind(
        f"a certificate that has ended, or does within {LATE_DAYS} days", (Sign("ssl.certificate", _late),)
    ),
    "revoked_certificate": Kind(
        "a certificate that is revoked", (Sign("ssl.certificate", _is("Status", 10)),), share=0.5
    ),
    "weak_certificate": Kind(
        "a certificate with a key of 1024 bits",
        (Sign("ssl.certificate", _is("EncryptAlgorithm", "RSA 1024")),),
    ),
    "muted_certificate": Kind(
        "a certificate whose end nobody is told of", (Sign("ssl.certificate", _is("IsIgnore", True)),)
    ),
    # People
    "no_mfa": Kind("a user who logs in to the console by password alone", (Sign("cam.user", _no_mfa),)),
    "old_access_key": Kind(f"a key older than {OLD_DAYS} days", (Sign("cam.key", _old_key),)),
    "unused_access_key": Kind(
        f"a key that was never used in its more than {IDLE_DAYS} days", (Sign("cam.key", _idle_key),)
    ),
    "root_key": Kind(
        "a key of the root account; that with which the account was opened is one",
        (Sign("cam.key", _root_key),),
    ),
    "administrator": Kind("a user who may do anything", (Sign("cam.user", _administrator),)),
    "over_broad_policy": Kind("a custom policy that allows everything", (Sign("cam.policy", _over_broad),)),
    "trusted_stranger": Kind(
        "a role that another account may take on no condition", (Sign("cam.role", _trusts_strangers),)
    ),
}
"""Every kind by its name; rates are said by these names."""


def unknown(kind: str) -> str:
    """What is said of a kind that there is not."""
    near = get_close_matches(kind, KINDS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(KINDS)}"
    return f"no such kind of risk; {hint}"
