"""The life of access keys, told by a machine to a dumb model.

Keys are made, used, disabled, enabled, deleted; temporary ones are made from them and expire; users come and
go; and each of these changes may take effect late, while the time goes on, or back.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from emulator.gateway.settings import Settings
from emulator.world import accounts
from emulator.world.credentials import AccessKey
from scenarios.direct import Direct, Failed

T = TypeVar("T")

LIMIT = 2
DELAY = 60
START = 1_700_000_000
ADMINISTRATOR = 1
"""The id of the policy that allows everything."""

_UNKNOWN = "AuthFailure.SecretIdNotFound"
_EXPIRED = "AuthFailure.TokenFailure"


@dataclass(slots=True)
class Change:
    """What something became, when, and whether that has taken effect."""

    at: float
    to: str | None
    arrived: bool = False


@dataclass(slots=True)
class Timeline:
    """What became of everything: CAM knows the last of it, and the last that arrived is in force."""

    now: Callable[[], float]
    delay: float = 0
    changes: dict[Hashable, list[Change]] = field(default_factory=dict)
    last_change: float = 0

    def note(self, what: Hashable, to: str | None) -> None:
        """Something became this now."""
        self.changes.setdefault(what, []).append(Change(self.now(), to))
        self.touch()

    def touch(self) -> None:
        """Something changed that nobody asks about."""
        self.last_change = self.now()
        self.settle()

    def settle(self) -> None:
        """What has waited long enough arrives, and stays."""
        for change in self._all():
            change.arrived |= change.at + self.delay <= self.now()

    def go_back(self, to: float) -> None:
        """The time is set back: before the last change was made, nothing can be on its way."""
        for change in self._all():
            change.arrived |= self.last_change > to

    def shown(self, what: Hashable) -> str | None:
        """What CAM says it is."""
        return self.changes[what][-1].to if what in self.changes else None

    def in_force(self, what: Hashable) -> str | None:
        """What it counts as; None is nothing."""
        self.settle()
        arrived = [change.to for change in self.changes.get(what, ()) if change.arrived]
        return arrived[-1] if arrived else None

    def _all(self) -> list[Change]:
        return [change for changes in self.changes.values() for change in changes]


@dataclass(frozen=True, slots=True)
class Token:
    """A temporary key that a user had made."""

    key: AccessKey
    uin: int
    expires: int


places = st.integers(0, 3)
"""Which of the users or keys there ever were."""


def _pick(of: Sequence[T], place: int) -> T:
    return of[place % len(of)]


class KeyLife(RuleBasedStateMachine):
    """Everything that can happen to keys, in any order; the root acts, the keys are tried."""

    @initialize(delay=st.sampled_from([0, DELAY, DELAY]))
    def open(self, delay: int) -> None:
        """An account with one user that has one key, both in force, at a time that stands still."""
        self.direct = Direct.open()
        self.clock = self.direct.world.clock
        self.clock.set(START)
        self.line = Timeline(self.clock.now)
        self.names: dict[int, str] = {}
        self.owners: dict[str, int] = {}
        self.used: dict[str, int | None] = {}
        self.users: list[int] = []
        self.keys: list[AccessKey] = []
        self.tokens: list[Token] = []
        self.add_user()
        self.create(0)
        self.be_late(delay)

    # --- What happens ------------------------------------------------------------------------------------

    @rule()
    def add_user(self) -> None:
        """A user comes, who may do everything."""
        name = f"user{len(self.users)}"
        uin: int = self.direct.call("cam:AddUser", {"Name": name})["Uin"]
        self.direct.call("cam:AttachUserPolicy", {"PolicyId": ADMINISTRATOR, "AttachUin": uin})
        self.users.append(uin)
        self.names[uin] = name
        self.line.note(uin, "here")

    @rule(place=places)
    def create(self, place: int) -> None:
        """A key is made, unless the user has two or is gone."""
        uin = _pick(self.users, place)
        expected = self._create_error(uin)
        if expected:
            assert self._code("cam:CreateAccessKey", {"TargetUin": uin}) == expected
            return
        made = self.direct.call("cam:CreateAccessKey", {"TargetUin": uin})["AccessKey"]
        key = AccessKey(
            secret_id=made["AccessKeyId"],
            secret_key=made["SecretAccessKey"],
            principal=accounts.root(self.direct.world),
        )
        self.keys.append(key)
        self.owners[key.secret_id], self.used[key.secret_id] = uin, None
        self.line.note(key.secret_id, "Active")

    def _create_error(self, uin: int) -> str | None:
        if uin not in self.names:
            return "InvalidParameter.UserNotExist"
        return "OperationDenied.AccessKeyOverLimit" if len(self._keys_of(uin)) >= LIMIT else None

    @rule(place=places, to=st.sampled_from(["Active", "Inactive", None]))
    def change(self, place: int, to: str | None) -> None:
        """A key is enabled, disabled or deleted: in its owner's name, and in no other's."""
        key = _pick(self.keys, place)
        action, params = ("cam:UpdateAccessKey", {"Status": to}) if to else ("cam:DeleteAccessKey", {})
        there = self.line.shown(key.secret_id) is not None
        owner = self.owners[key.secret_id]
        refused = "OperationDenied.UinNotMatch" if there else "ResourceNotFound.SecretNotExist"
        for uin in [*(each for each in self.names if each != owner), int(self.direct.world.uin)]:
            named = {"AccessKeyId": key.secret_id, "TargetUin": uin, **params}
            assert self._code(action, named) == refused
        if there:
            self.direct.call(action, {"AccessKeyId": key.secret_id, "TargetUin": owner, **params})
            self.line.note(key.secret_id, to)

    @rule(place=places, force=st.sampled_from([0, 1, 1]))
    def delete_user(self, place: int, force: int) -> None:
        """A user goes, with its keys if forced."""
        uin = _pick(self.users, place)
        if uin not in self.names:
            return
        params = {"Name": self.names[uin], "Force": force}
        if self._keys_of(uin) and not force:
            assert self._code("cam:DeleteUser", params) == "OperationDenied.HaveKeys"
            return
        self.direct.call("cam:DeleteUser", params)
        del self.names[uin]
        for secret_id in self._keys_of(uin):
            self.line.note(secret_id, None)
        self.line.note(uin, None)

    @rule(place=places, seconds=st.sampled_from([1, 30, DELAY, 7200]))
    def federate(self, place: int, seconds: int) -> None:
        """A user has a temporary key made, which is good at once."""
        key = _pick(self.keys, place)
        everything = '{"version":"2.0","statement":[{"effect":"allow","action":"*","resource":"*"}]}'
        params = {"Name": "app", "Policy": everything, "DurationSeconds": seconds}
        if self.line.in_force(key.secret_id) != "Active":
            assert self._code("sts:GetFederationToken", params, key) == _UNKNOWN
            return
        answer = self.direct.call("sts:GetFederationToken", params, key=key)
        self._note_use(key)
        self.line.touch()
        made = answer["Credentials"]
        temporary = AccessKey(
            secret_id=made["TmpSecretId"],
            secret_key=made["TmpSecretKey"],
            token=made["Token"],
            principal=key.principal,
        )
        self.tokens.append(Token(temporary, self.owners[key.secret_id], answer["ExpiredTime"]))

    # --- What comes of it --------------------------------------------------------------------------------

    @rule(place=places)
    def use(self, place: int) -> None:
        """A key is used: it says who its owner is, or is refused like one that never was."""
        self._use(_pick(self.keys, place))

    def _use(self, key: AccessKey) -> None:
        if self.line.in_force(key.secret_id) == "Active":
            answer = self.direct.call("sts:GetCallerIdentity", key=key)
            assert answer["UserId"] == str(self.owners[key.secret_id])
            self._note_use(key)
        else:
            assert self._code("sts:GetCallerIdentity", {}, key) == _UNKNOWN

    def _use_temporarily(self, token: Token) -> None:
        """A temporary key is good until it expires, and no longer than its user."""
        if self.line.in_force(token.uin) is None:
            expected = _UNKNOWN
        else:
            expected = "ok" if self.clock.now() < token.expires else _EXPIRED
        assert self._code("sts:GetCallerIdentity", {}, token.key) == expected
        if expected == "ok":
            assert self._code("cam:ListUsers", {}, token.key) == "ok"

    # --- Time --------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 30, DELAY - 1, DELAY, 100_000, -1, -30, -DELAY]))
    def pass_time(self, seconds: int) -> None:
        """Time goes on or back: what had arrived stays, and what was made later than that arrives."""
        if seconds < 0:
            self.line.go_back(self.clock.now() + seconds)
        self.clock.set(self.clock.now() + seconds)
        self._try_all()

    @rule(delay=st.sampled_from([0, DELAY]))
    def be_late(self, delay: int) -> None:
        """Changes are late from now on, or no longer, and then nothing is on its way."""
        self.direct.gateway.account(self.direct.world).configure(Settings(propagation_seconds=delay))
        self.line.settle()
        self.line.delay = delay
        self._try_all()

    # --- What is always true -----------------------------------------------------------------------------

    @invariant()
    def lists_what_there_is(self) -> None:
        """Every user's keys are listed as they are at once, oldest first, without a secret."""
        for uin in self.names:
            listed = self.direct.call("cam:ListAccessKeys", {"TargetUin": uin})["AccessKeys"]
            expected = [(each, self.line.shown(each)) for each in self._keys_of(uin)]
            assert [(each["AccessKeyId"], each["Status"]) for each in listed] == expected
            assert all("SecretAccessKey" not in each for each in listed)

    @invariant()
    def remembers_the_last_use(self) -> None:
        """The last use of each key that is there is the last call it made."""
        wanted = [secret_id for secret_id in self.used if self.line.shown(secret_id)][:10]
        rows = self.direct.call("cam:GetSecurityLastUsed", {"SecretIdList": wanted})["SecretIdLastUsedRows"]
        assert {row["SecretId"]: row["LastSecretUsedDate"] for row in rows} == {
            secret_id: self.used[secret_id] for secret_id in wanted
        }

    # --- In common ---------------------------------------------------------------------------------------

    def _try_all(self) -> None:
        """Every key there ever was is what it should be now."""
        self.line.settle()
        for key in self.keys:
            self._use(key)
        for token in self.tokens:
            self._use_temporarily(token)

    def _keys_of(self, uin: int) -> list[str]:
        """The keys that CAM lists of a user, oldest first."""
        return [
            secret_id
            for secret_id, owner in self.owners.items()
            if owner == uin and self.line.shown(secret_id)
        ]

    def _note_use(self, key: AccessKey) -> None:
        self.used[key.secret_id] = int(self.clock.now() * 1000)

    def _code(self, action: str, params: dict[str, object], key: AccessKey | None = None) -> str:
        try:
            self.direct.call(action, params, key=key)
        except Failed as failed:
            return failed.code
        return "ok"
