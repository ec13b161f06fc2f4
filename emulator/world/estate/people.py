"""Who an estate's account has from the start: sub-users and their keys, groups, roles, policies."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from emulator.world import accounts, presets
from emulator.world.clock import china_time
from emulator.world.credentials import AccessKey, Principal
from emulator.world.estate import draw
from emulator.world.estate.plan import Spec
from emulator.world.estate.risks import IDLE_DAYS, OLD_DAYS
from emulator.world.shelves import Row
from emulator.world.world import Cloud, World

_DAY = 86400
_CROWD = 100
"""Documented: the most users of a group."""


def _text(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"version": "2.0", "statement": statements}, ensure_ascii=False, separators=(",", ":"))


def _on_all(effect: str, *actions: str, **more: Any) -> Mapping[str, Any]:
    return {"effect": effect, "action": actions, "resource": ["*"], **more}


# Assumed: names, groups, roles and what they may do: a plausible account, none that was seen.
_PERSONS = (
    *("chen.wei", "li.na", "wang.fang", "zhang.min", "liu.yang", "yang.jie", "huang.lei", "zhao.ting"),
    *("wu.hao", "zhou.yan", "xu.peng", "sun.li", "ma.chao", "zhu.lin", "hu.bin", "guo.ying", "李娜"),
    *("王小明", "张伟", "陈静", "alice", "bob.smith", "j.tan", "priya.r", "m.mueller", "admin2"),
)
_PROGRAMS = ("svc-ci", "svc-backup", "terraform", "prometheus", "svc-deploy", "cmdb-sync", "备份机器人")
_GROUPS: Mapping[str, tuple[str, ...]] = {
    "administrators": ("AdministratorAccess",),
    "developers": ("QcloudCVMFullAccess", "QcloudCLBReadOnlyAccess", "QcloudTCRFullAccess"),
    "dba": ("QcloudCDBFullAccess", "QcloudRedisFullAccess", "QcloudPostgreSQLReadOnlyAccess"),
    "auditors": ("ReadOnlyAccess",),
    "网络组": ("QcloudVPCFullAccess", "QcloudCLBFullAccess"),
}
_ORDINARY = ("developers", "dba", "auditors", "网络组")
_SERVICE_ROLES = (
    ("CVM_QCSRole", "cvm.qcloud.com", "QcloudCOSReadOnlyAccess"),
    ("SCF_QcsRole", "scf.qcloud.com", "QcloudCLSFullAccess"),
)
_NARROW = (
    ("cvm-operator", _text(_on_all("allow", "cvm:Describe*", "cvm:StartInstances", "cvm:StopInstances"))),
    ("no-deletion", _text(_on_all("deny", "cvm:TerminateInstances", "cbs:TerminateDisks"))),
    ("office-only", _text(_on_all("allow", "cls:*", condition={"ip_equal": {"qcs:ip": ["203.0.113.0/24"]}}))),
    ("dns-editor", _text(_on_all("allow", "dnspod:*"))),
    ("monitor-reader", _text(_on_all("allow", "monitor:Describe*", "monitor:Get*"))),
)
_LOOSE = ("tmp-migration", "vendor-access", "debug-all")
_BROAD = _text({"effect": "allow", "action": "*", "resource": "*"})


def populate(cloud: Cloud, world: World, spec: Spec, seed: int) -> None:
    """Add the people of an estate to an account, some of them with keys that nobody knows.

    Names and choices come from the seed, identifiers from the account's own mint, and times are told back
    from the account's clock: a key shall be as old for whoever looks as it is meant to be. Of these few the
    rates are kept to the letter: a kind of risk that has a rate is shown by at least one.
    """
    _People(cloud, world, spec, seed).populate()


class _People:
    """Draws the people of one account."""

    def __init__(self, cloud: Cloud, world: World, spec: Spec, seed: int) -> None:
        self._cloud, self._world, self._spec, self._seed = cloud, world, spec, seed
        self._now = world.clock.now()
        self._keys: list[tuple[Principal, int]] = []
        """The keys to be made: whose, and by which number."""
        self._members: Counter[str] = Counter()
        """How many are in each group."""

    def populate(self) -> None:
        """Add all of them."""
        policies = self._policies()
        self._users(self._groups(), policies)
        self._make_keys()
        self._roles(policies)

    def _chance(self, purpose: str, number: int) -> int:
        return draw.bits(draw.key(self._seed, f"people {purpose}"), number)

    def _risky(self, kind: str, numbers: Iterable[int]) -> frozenset[int]:
        """Those of some numbers that show a kind of risk."""
        ranked = sorted(numbers, key=lambda number: self._chance(kind, number))
        return frozenset(ranked[: math.ceil(round(self._spec.rate(kind) * len(ranked), 6))])

    def _before(self, days: int, chance: int) -> float:
        """A moment so many days back."""
        return self._now - days * _DAY - chance % _DAY

    # --- users -------------------------------------------------------------------------------------------

    def _users(self, groups: Mapping[str, int], policies: Sequence[Row]) -> None:
        numbers = range(self._spec.users)
        unsafe = self._risky("no_mfa", (number for number in numbers if not _is_program(number)))
        mighty = self._risky("administrator", numbers)
        narrow = [policy for policy in policies if policy.value["PolicyDocument"] != _BROAD]
        for number, name in enumerate(self._names()):
            chance = self._chance("user", number)
            user = self._user(number, name, chance)
            uin = str(user.value["Uin"])
            if not _is_program(number):
                self._log_in(uin, chance, is_safe=number not in unsafe)
            for group in dict.fromkeys(draw.pick(_ORDINARY, chance >> shift) for shift in (24, 28)):
                self._join(group, uin, groups)
            if number in mighty and (chance >> 52 & 1 or not self._join("administrators", uin, groups)):
                self._attach("user", uin, "AdministratorAccess")
            if narrow and chance >> 32 & 3 == 0:
                accounts.attach(self._world, "user", uin, draw.pick(narrow, chance >> 34).value["PolicyId"])
            # Documented: two keys at most.
            keys = 2 if chance >> 42 & 7 == 0 else int(_is_program(number) or chance >> 40 & 3 < 2)
            self._keys += [(accounts.as_principal(user), number * 2 + turn) for turn in range(keys)]

    def _names(self) -> Iterator[str]:
        """As many names as there are users: none twice, none that somebody has already."""
        taken = {user.value["Name"] for user in self._world.read("cam.user")}
        for number in range(self._spec.users):
            name = draw.pick(_PROGRAMS if _is_program(number) else _PERSONS, self._chance("name", number))
            free = (full for turn in count(2) if (full := f"{name}{turn}") not in taken)
            full = name if name not in taken else next(free)
            taken.add(full)
            yield full

    def _user(self, number: int, name: str, chance: int) -> Row:
        is_person = not _is_program(number)
        return accounts.add_user(
            self._world,
            name,
            Remark=draw.pick(("", "", "外包", "platform team"), chance >> 20),
            ConsoleLogin=int(is_person),
            NickName=name,
            Email=f"user{number}@example.com" if is_person else "",
            PhoneNum=f"138{number:08d}" if is_person else "",
            CountryCode="86" if is_person else "",
            CreateTime=china_time(self._before(950 + chance % 900, chance >> 10)),
        )

    def _join(self, group: str, uin: str, groups: Mapping[str, int]) -> bool:
        """Put a user into a group, if there is room."""
        has_room = self._members[group] < _CROWD
        if has_room:
            self._members[group] += 1
            accounts.join(self._world, groups[group], uin)
        return has_room

    def _log_in(self, uin: str, chance: int, *, is_safe: bool) -> None:
        """How somebody's logins are protected, and when the last one was, if there was one."""
        if is_safe:
            method = draw.pick(("Stoken", "Stoken", "Phone", "U2FToken"), chance >> 44)
            accounts.protect(self._world, uin, LoginFlag={method: 1}, ActionFlag={method: 1})
        if chance >> 46 & 7:
            last = china_time(self._before(chance >> 49 & 63, chance >> 12))
            # Assumed: of TEST-NET-3, so that nobody is meant.
            row = Row({"RecentlyLoginIP": f"203.0.113.{chance % 254 + 1}", "RecentlyLoginTime": last})
            self._world.write("cam.login").put(uin, row)

    # --- keys --------------------------------------------------------------------------------------------

    def _make_keys(self) -> None:
        """Keys that nobody knows: young or old, in use or never used, every sixteenth switched off."""
        world = self._world
        if self._risky("root_key", (0,)) and len(accounts.keys_of(world, world.uin)) < 2:
            self._keys.append((accounts.root(world), -1))
        off = {number for _, number in self._keys if number >= 0 and self._chance("off", number) & 15 == 0}
        on = [number for _, number in self._keys if number not in off]
        old, idle = (self._risky(kind, on) for kind in ("old_access_key", "unused_access_key"))
        for owner, number in self._keys:
            chance = self._chance("key", number)
            # Far from the limits on either side, so that it takes weeks until a key becomes something else.
            days = OLD_DAYS + 10 + chance % 800 if number in old else IDLE_DAYS + 5 + chance % 25
            key = AccessKey(
                secret_id=world.mint.secret_id(),
                secret_key=world.mint.secret_key(),
                principal=owner,
                status="Inactive" if number in off else "Active",
                created=self._before(days, chance >> 10),
            )
            self._cloud.enrol(world, key)
            if number not in idle:
                world.write("used.key").put(key.secret_id, self._before(chance >> 30 & 15, chance >> 34))

    # --- groups, policies, roles -------------------------------------------------------------------------

    def _groups(self) -> Mapping[str, int]:
        """The groups with their policies; their ids by name."""
        found: dict[str, int] = {}
        for name, held in _GROUPS.items():
            found[name] = int(accounts.add_group(self._world, name).value["GroupId"])
            for policy in held:
                self._attach("group", str(found[name]), policy)
        return found

    def _policies(self) -> list[Row]:
        """Custom policies: narrow ones, and some that allow everything."""
        numbers = range(2 + self._spec.users // 6)
        broad = self._risky("over_broad_policy", numbers)
        chosen = (
            (draw.pick(_LOOSE, number), _BROAD) if number in broad else draw.pick(_NARROW, number)
            for number in numbers
        )
        return [
            accounts.add_policy(self._world, f"{name}-{number}", document)
            for number, (name, document) in enumerate(chosen)
        ]

    def _roles(self, policies: Sequence[Row]) -> None:
        world = self._world
        for name, service, preset in _SERVICE_ROLES:
            self._role(name, accounts.trust_services([service]), preset)
        # It is roles that hold the policies that allow everything: who may do anything is the groups' affair.
        deploy = self._role("ci-deploy", _trust(world.uin), "QcloudCVMReadOnlyAccess")
        for policy in policies:
            if policy.value["PolicyDocument"] == _BROAD:
                accounts.attach(world, "role", deploy, policy.value["PolicyId"])
        partners = range(2 + self._spec.users // 12)
        careless = self._risky("trusted_stranger", partners)
        for number in partners:
            chance = self._chance("partner", number)
            known = {"string_equal": {"sts:external_id": [f"partner-{chance >> 40 & 0xFFFF}"]}}
            # Assumed: an account number that nobody has.
            stranger = f"2000{chance >> 8 & 0xFFFFFF:08d}"
            trust = _trust(stranger, **({} if number in careless else {"condition": known}))
            self._role(f"partner-{number + 1}", trust, "ReadOnlyAccess")

    def _role(self, name: str, trust: str, policy: str) -> str:
        role_id = str(accounts.add_role(self._world, name, trust).value["RoleId"])
        self._attach("role", role_id, policy)
        return role_id

    def _attach(self, holder: accounts.Holder, holder_id: str, preset: str) -> None:
        accounts.attach(self._world, holder, holder_id, presets.by_name()[preset].value["PolicyId"])


def _is_program(number: int) -> bool:
    """Whether a user is a program, which has a key and no password."""
    return number % 3 == 2


def _trust(uin: str, **more: Any) -> str:
    principal = {"qcs": [f"qcs::cam::uin/{uin}:root"]}
    return _text({"effect": "allow", "action": "sts:AssumeRole", "principal": principal, **more})
