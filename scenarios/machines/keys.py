"""The life of access keys: made, used, disabled, enabled, deleted, told by a machine to a dumb model."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from emulator.world import accounts
from emulator.world.credentials import AccessKey
from scenarios.direct import Direct, Failed

LIMIT = 2


@dataclass(slots=True)
class Model:
    """What should be true: whose each key is, whether it works, and when it was last used."""

    owners: dict[str, int] = field(default_factory=dict)
    active: dict[str, bool] = field(default_factory=dict)
    used: dict[str, int | None] = field(default_factory=dict)

    def of(self, uin: int) -> list[str]:
        """The keys of a user, oldest first."""
        return [secret_id for secret_id, owner in self.owners.items() if owner == uin]

    def add(self, secret_id: str, uin: int) -> None:
        """A key was made."""
        self.owners[secret_id], self.active[secret_id], self.used[secret_id] = uin, True, None

    def drop(self, secret_id: str) -> None:
        """A key was deleted."""
        for part in (self.owners, self.active, self.used):
            part.pop(secret_id, None)


class KeyLife(RuleBasedStateMachine):
    """Everything that can happen to keys, in any order; the root acts, the keys are tried."""

    users: Bundle[int] = Bundle("users")
    keys: Bundle[AccessKey] = Bundle("keys")

    @initialize()
    def open(self) -> None:
        """An account with nobody in it, at a time that stands still."""
        self.direct = Direct.open()
        self.direct.world.clock.set(1_700_000_000)
        self.model = Model()
        self.came = 0
        self.names: dict[int, str] = {}

    @rule(target=users)
    def add_user(self) -> int:
        """A user comes."""
        self.came += 1
        name = f"user{self.came}"
        uin: int = self.direct.call("cam:AddUser", {"Name": name})["Uin"]
        self.names[uin] = name
        return uin

    @rule(target=keys, uin=users)
    def create(self, uin: int) -> MultipleResults[AccessKey] | AccessKey:
        """A key is made, unless the user has two or is gone."""
        expected = self._create_error(uin)
        if expected:
            assert self._code("cam:CreateAccessKey", {"TargetUin": uin}) == expected
            return multiple()
        made = self.direct.call("cam:CreateAccessKey", {"TargetUin": uin})["AccessKey"]
        key = AccessKey(
            secret_id=made["AccessKeyId"],
            secret_key=made["SecretAccessKey"],
            principal=accounts.root(self.direct.world),
        )
        self.model.add(key.secret_id, uin)
        return key

    def _create_error(self, uin: int) -> str | None:
        if uin not in self.names:
            return "InvalidParameter.UserNotExist"
        return "OperationDenied.AccessKeyOverLimit" if len(self.model.of(uin)) >= LIMIT else None

    @rule(key=keys, status=st.sampled_from(["Active", "Inactive"]))
    def switch(self, key: AccessKey, status: str) -> None:
        """A key is disabled or enabled."""
        owner = self.model.owners.get(key.secret_id)
        params = {"AccessKeyId": key.secret_id, "Status": status, "TargetUin": owner or self._root()}
        if self._do("cam:UpdateAccessKey", params, owner):
            self.model.active[key.secret_id] = status == "Active"

    @rule(key=keys)
    def delete(self, key: AccessKey) -> None:
        """A key is deleted."""
        owner = self.model.owners.get(key.secret_id)
        params = {"AccessKeyId": key.secret_id, "TargetUin": owner or self._root()}
        if self._do("cam:DeleteAccessKey", params, owner):
            self.model.drop(key.secret_id)

    @rule(key=keys, uin=users)
    def delete_as_another(self, key: AccessKey, uin: int) -> None:
        """A key is not deleted in the name of a user whose it is not."""
        owner = self.model.owners.get(key.secret_id)
        if owner is None or owner == uin:
            return
        there = uin in self.names
        expected = "OperationDenied.UinNotMatch" if there else "InvalidParameter.UserNotExist"
        params = {"AccessKeyId": key.secret_id, "TargetUin": uin}
        assert self._code("cam:DeleteAccessKey", params) == expected

    @rule(uin=users, force=st.sampled_from([0, 1]))
    def delete_user(self, uin: int, force: int) -> None:
        """A user goes, with its keys if forced."""
        if uin not in self.names:
            return
        params = {"Name": self.names[uin], "Force": force}
        if self.model.of(uin) and not force:
            assert self._code("cam:DeleteUser", params) == "OperationDenied.HaveKeys"
            return
        self.direct.call("cam:DeleteUser", params)
        del self.names[uin]
        for secret_id in self.model.of(uin):
            self.model.drop(secret_id)

    @rule(key=keys)
    def use(self, key: AccessKey) -> None:
        """A key is used: it says who its owner is, or is refused like one that never was."""
        if self.model.active.get(key.secret_id):
            answer = self.direct.call("sts:GetCallerIdentity", key=key)
            assert answer["UserId"] == str(self.model.owners[key.secret_id])
            self.model.used[key.secret_id] = int(self.direct.world.clock.now() * 1000)
        else:
            assert self._code("sts:GetCallerIdentity", {}, key) == "AuthFailure.SecretIdNotFound"

    @rule(seconds=st.integers(1, 100_000))
    def wait(self, seconds: int) -> None:
        """Time passes, and changes nothing about long-term keys."""
        self.direct.world.clock.advance(seconds)

    @invariant()
    def lists_what_there_is(self) -> None:
        """Every user's keys are listed as they are, oldest first, without a secret."""
        for uin in self.names:
            listed = self.direct.call("cam:ListAccessKeys", {"TargetUin": uin})["AccessKeys"]
            expected = [(each, self.model.active[each]) for each in self.model.of(uin)]
            assert [(each["AccessKeyId"], each["Status"] == "Active") for each in listed] == expected
            assert all("SecretAccessKey" not in each for each in listed)

    @invariant()
    def remembers_the_last_use(self) -> None:
        """The last use of each key is the last call it made."""
        wanted = [*self.model.used][:10]
        rows = self.direct.call("cam:GetSecurityLastUsed", {"SecretIdList": wanted})["SecretIdLastUsedRows"]
        assert {row["SecretId"]: row["LastSecretUsedDate"] for row in rows} == {
            secret_id: self.model.used[secret_id] for secret_id in wanted
        }

    def _root(self) -> int:
        return int(self.direct.world.uin)

    def _do(self, action: str, params: dict[str, object], owner: int | None) -> bool:
        """Act on a key; whether it was there."""
        if owner is None:
            assert self._code(action, params) == "ResourceNotFound.SecretNotExist"
            return False
        self.direct.call(action, params)
        return True

    def _code(self, action: str, params: dict[str, object], key: AccessKey | None = None) -> str:
        try:
            self.direct.call(action, params, key=key)
        except Failed as failed:
            return failed.code
        return "ok"
