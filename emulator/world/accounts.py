"""Who exists in a root account and what was granted to whom: users, groups, policies, attachments, keys.

Rows stand on the shelves ``cam.user`` (by uin), ``cam.group`` (by GroupId), ``cam.member`` (by GroupId and
uin), ``cam.policy`` (by PolicyId), ``cam.attachment`` (by kind, id and PolicyId) and ``cam.key`` (AccessKey
by SecretId). What CAM answers is made from them in ``services/cam``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from emulator.errors import NotFound
from emulator.world import presets
from emulator.world.clock import china_time
from emulator.world.credentials import AccessKey, Principal
from emulator.world.shelves import Row
from emulator.world.world import Cloud, World

Holder = Literal["user", "group", "role"]
"""What a policy can be attached to."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A policy in force for a principal and how it came to it (``user`` or ``group NAME``)."""

    policy_id: int
    name: str
    document: str
    via: str


def root(world: World) -> Principal:
    """The root account itself."""
    return Principal(kind="root", uin=world.uin, name="root")


def as_principal(user: Row) -> Principal:
    """A sub-user's row as the identity that acts."""
    return Principal(kind="user", uin=str(user.value["Uin"]), name=user.value["Name"])


def find_user(world: World, *, uin: str | int | None = None, name: str | None = None) -> Row | None:
    """A sub-user by uin or by name."""
    users = world.read("cam.user")
    if uin is not None:
        found: Row | None = users.get(str(uin))
        return found
    named = users.index("Name").get(name)
    return named[0] if named else None


def add_user(world: World, name: str, *, uin: str | None = None, **members: object) -> Row:
    """Add a sub-user; ``members`` are wire members of ``SubAccountInfo`` to set apart from the defaults."""
    uin = uin or world.mint.uin()
    row = Row(
        {
            "Uin": int(uin),
            "Name": name,
            "Uid": world.mint.uid(),
            "Remark": "",
            "ConsoleLogin": 0,
            "PhoneNum": "",
            "CountryCode": "",
            "Email": "",
            "CreateTime": china_time(world.clock.now()),
            "NickName": "",
            **members,
        }
    )
    world.write("cam.user").put(uin, row)
    return row


def add_key(
    cloud: Cloud,
    world: World,
    principal: Principal,
    *,
    secret_id: str | None = None,
    secret_key: str | None = None,
    description: str = "",
) -> AccessKey:
    """Give a principal a long-term key; both halves are minted unless given."""
    key = AccessKey(
        secret_id=secret_id or world.mint.secret_id(),
        secret_key=secret_key or world.mint.secret_key(),
        principal=principal,
        created=world.clock.now(),
        description=description,
    )
    cloud.enrol(world, key)
    return key


def add_policy(world: World, name: str, document: str, *, description: str = "", create_mode: int = 2) -> Row:
    """Add a custom policy. The document is kept to the letter, whether well-formed or not."""
    now = china_time(world.clock.now())
    row = Row(
        {
            "PolicyId": world.mint.policy_id(),
            "PolicyName": name,
            "Description": description,
            "PolicyDocument": document,
            "Type": presets.CUSTOM,
            "CreateMode": create_mode,
            "AddTime": now,
            "UpdateTime": now,
        }
    )
    world.write("cam.policy").put(row.value["PolicyId"], row)
    return row


def find_policy(world: World, *, policy_id: int | None = None, name: str | None = None) -> Row | None:
    """A policy, custom or preset, by id or by name."""
    if policy_id is not None:
        own: Row | None = world.read("cam.policy").get(policy_id)
        return own or presets.by_id().get(policy_id)
    named = world.read("cam.policy").index("PolicyName").get(name)
    return named[0] if named else presets.by_name().get(name or "")


def attach(world: World, holder: Holder, holder_id: str, policy_id: int) -> None:
    """Attach a policy; attaching twice is once.

    Raises:
        NotFound: there is no such policy.
    """
    if find_policy(world, policy_id=policy_id) is None:
        message = f"no policy has the id {policy_id}"
        raise NotFound(message)
    place = (holder, holder_id, policy_id)
    if place not in world.read("cam.attachment"):
        row = Row({"AddTime": china_time(world.clock.now())})
        world.write("cam.attachment").put(place, row)


def detach(world: World, holder: Holder, holder_id: str, policy_id: int) -> bool:
    """Take an attachment away; whether there was one."""
    return world.write("cam.attachment").remove((holder, holder_id, policy_id)) is not None


def groups_of(world: World, uin: str) -> Iterator[Row]:
    """The groups a sub-user is a member of."""
    groups = world.read("cam.group")
    for group_id, member in world.read("cam.member").items():
        if member == uin:
            group = groups.get(group_id)
            if group is not None:
                yield group


def policies_of(world: World, principal: Principal) -> Iterator[Attached]:
    """The policies in force for a principal: its own, then its groups'."""
    holders: list[tuple[Holder, str, str]]
    if principal.kind == "role":
        holders = [("role", principal.uin, "role")]
    else:
        holders = [("user", principal.uin, "user")]
        holders += [
            ("group", str(group.value["GroupId"]), f"group {group.value['GroupName']}")
            for group in groups_of(world, principal.uin)
        ]
    for kind, holder_id, via in holders:
        for held_kind, held_id, policy_id in world.read("cam.attachment").items():
            if (held_kind, held_id) == (kind, holder_id):
                policy = find_policy(world, policy_id=policy_id)
                if policy is not None:
                    value = policy.value
                    yield Attached(policy_id, value["PolicyName"], value["PolicyDocument"], via)
