"""Who exists in a root account and what was granted to whom: users, groups, roles, policies, keys.

=====================  ======================  ==========================================================
shelf                  key                     row
=====================  ======================  ==========================================================
``cam.user``           uin (text)              ``SubAccountInfo`` as published; ``Tags`` once it bears some
``cam.login``          uin                     ``RecentlyLoginIP``, ``RecentlyLoginTime``
``cam.flags``          uin                     how logins are protected; see ``UNPROTECTED``
``cam.collaborator``   uin                     ``SubAccountInfo`` as published
``cam.receiver``       name                    ``Receiver`` as published
``cam.group``          GroupId                 ``GroupInfo`` as published
``cam.member``         GroupId, uin            ``GroupId``, ``Uin`` (text)
``cam.role``           RoleId                  ``RoleInfo`` as published
``cam.policy``         PolicyId                custom policies; see ``add_policy``
``cam.attachment``     kind, id, PolicyId      ``Holder`` (``user/…``), ``PolicyId``, ``AddTime``, by whom
``cam.boundary``       holder (``user/…``)     ``Holder``, ``PolicyId``
``cam.key``            SecretId                an ``AccessKey``
``used.key``           SecretId                when it was last used, in seconds since the epoch
=====================  ======================  ==========================================================

What CAM answers is made from them in ``services/cam``. Nothing here asks whether a thing may be done; what is
removed here takes along everything that named it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from emulator.errors import NotFound
from emulator.world import presets
from emulator.world.clock import china_time, iso_time
from emulator.world.credentials import AccessKey, Principal
from emulator.world.shelves import Row
from emulator.world.world import Cloud, Readable, World

Holder = Literal["user", "group", "role"]
"""What a policy can be attached to."""

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Attached:
    """A policy in force for a principal and how it came to it (``user`` or ``group NAME``)."""

    policy_id: int
    name: str
    document: str
    via: str


# --- Users ------------------------------------------------------------------------------------------------


def root(world: Readable) -> Principal:
    """The root account itself."""
    return Principal(kind="root", uin=world.uin, name="root")


def as_principal(user: Row) -> Principal:
    """A sub-user's row as the identity that acts."""
    return Principal(kind="user", uin=str(user.value["Uin"]), name=user.value["Name"])


def find_principal(world: Readable, uin: str | int) -> Principal | None:
    """The root account or a sub-user, by uin."""
    if str(uin) == world.uin:
        return root(world)
    user = find_user(world, uin=uin)
    return None if user is None else as_principal(user)


def find_user(
    world: Readable, *, uin: str | int | None = None, name: str | None = None, uid: int | None = None
) -> Row | None:
    """A sub-user by uin, by name or by Uid."""
    users = world.read("cam.user")
    if uin is not None:
        found: Row | None = users.get(str(uin))
        return found
    if name is not None:
        return _first(users.index("Name").get(name))
    return _first(users.index("Uid").get(uid))


def add_user(world: World, name: str, *, uin: str | None = None, **members: object) -> Row:
    """Add a sub-user; ``members`` are wire members of ``SubAccountInfo`` to set apart from the defaults."""
    users = world.read("cam.user")
    uin = uin or _fresh(world.mint.uin, users, (world.uin,))
    row = Row(
        {
            "Uin": int(uin),
            "Name": name,
            "Uid": _fresh(world.mint.uid, {user.value["Uid"] for user in users}),
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
    world.write("cam.user").put(str(row.value["Uin"]), row)
    return row


def change_user(world: World, user: Row, **members: object) -> Row:
    """Set members of a sub-user's row."""
    changed = user.having(**members)
    world.write("cam.user").put(str(user.value["Uin"]), changed)
    return changed


def remove_user(world: World, uin: str) -> None:
    """Remove a sub-user with its keys, attachments, boundary and memberships."""
    for key in keys_of(world, uin):
        remove_key(world, key.secret_id)
    detach_all(world, "user", uin)
    for member in world.read("cam.member").index("Uin").get(uin, ()):
        world.write("cam.member").remove((member.value["GroupId"], uin))
    for table in ("cam.user", "cam.login", "cam.flags"):
        if uin in world.read(table):
            world.write(table).remove(uin)


_METHODS = ("Phone", "Token", "Stoken", "Wechat", "Custom", "Mail", "U2FToken", "Passkey")
_NO_METHOD: Mapping[str, int] = dict.fromkeys(_METHODS, 0)
# Documented: how nothing set looks, in the official examples; LoginFlag.Phone is 1 there. Assumed: that it is
# 0 for a new user.
UNPROTECTED: Mapping[str, Any] = {
    "LoginFlag": _NO_METHOD,
    "ActionFlag": _NO_METHOD,
    "OffsiteFlag": {"VerifyFlag": 0, "NotifyPhone": 1, "NotifyEmail": 1, "NotifyWechat": 1, "Tips": 0},
    "PromptTrust": 0,
}
"""How the logins and the sensitive operations of somebody are protected who never set anything."""


def protection(world: World, uin: str) -> Mapping[str, Any]:
    """How somebody's logins and sensitive operations are protected."""
    row = world.read("cam.flags").get(uin)
    return UNPROTECTED if row is None else row.value


def protect(world: World, uin: str, **methods: Mapping[str, int]) -> None:
    """Switch methods of ``LoginFlag`` or ``ActionFlag`` on or off; the others stay."""
    found = protection(world, uin)
    changed = {name: {**found[name], **switched} for name, switched in methods.items()}
    world.write("cam.flags").put(uin, Row({**found, **changed}))


def add_receiver(world: World, name: str, **members: object) -> Row:
    """Add a message receiver; ``members`` are wire members of ``Receiver`` to set."""
    row = Row(
        {
            "Uid": world.mint.uid(),
            "Name": name,
            "Remark": "",
            "PhoneNumber": "",
            "PhoneFlag": 0,
            "Email": "",
            "EmailFlag": 0,
            "IsReceiverOwner": 0,
            "WechatFlag": 0,
            "Uin": 0,
            "CountryCode": "",
            **members,
        }
    )
    world.write("cam.receiver").put(name, row)
    return row


# --- Keys -------------------------------------------------------------------------------------------------


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


def add_temporary_key(
    cloud: Cloud, world: World, principal: Principal, *, expires: float, is_long: bool
) -> AccessKey:
    """Give a principal a key with a token; ``is_long`` makes it in the form of federation tokens."""
    # Observed: both forms. AssumeRole gives halves as long as those of a long-term key.
    mint = world.mint
    key = AccessKey(
        secret_id=mint.long_secret_id() if is_long else mint.secret_id(),
        secret_key=mint.long_secret_key() if is_long else mint.secret_key(),
        principal=principal,
        created=world.clock.now(),
        token=mint.token(),
        expires=expires,
    )
    cloud.enrol(world, key)
    return key


def keys_of(world: World, uin: str) -> list[AccessKey]:
    """The long-term keys of the root account or of a sub-user, oldest first."""
    return [key for key in world.read("cam.key") if key.token is None and key.principal.uin == uin]


def find_key(world: World, secret_id: str) -> AccessKey | None:
    """A long-term key of this account."""
    key: AccessKey | None = world.read("cam.key").get(secret_id)
    return None if key is None or key.token is not None else key


def find_key_in_force(world: World, secret_id: str) -> AccessKey | None:
    """The key that a SecretId proves now, be it active or not: a change to it may be on its way."""
    then = world.in_force()
    key: AccessKey | None = then.read("cam.key").get(secret_id)
    if key is None and then is not world:
        new: AccessKey | None = world.read("cam.key").get(secret_id)
        # Assumed: what STS gives out is good at once.
        key = new if new is not None and new.token is not None else None
    # Assumed: a temporary key ends with the user or the role it acts as; with nobody else.
    return None if key is None or (key.token is not None and not _has_actor(then, key.principal)) else key


def _has_actor(world: Readable, principal: Principal) -> bool:
    if principal.kind == "role":
        return find_role(world, role_id=principal.uin) is not None
    return find_principal(world, principal.uin) is not None


def set_status(world: World, key: AccessKey, status: Literal["Active", "Inactive"]) -> None:
    """Enable or disable a key."""
    world.write("cam.key").put(key.secret_id, replace(key, status=status))


def remove_key(world: World, secret_id: str) -> None:
    """Remove a key; its next call finds it gone."""
    world.write("cam.key").remove(secret_id)


def note_use(world: World, secret_id: str) -> None:
    """Remember that a key has been used now."""
    world.write("used.key").put(secret_id, world.clock.now())


def last_used(world: World, secret_id: str) -> float | None:
    """When a key was last used, in seconds since the epoch."""
    found: float | None = world.read("used.key").get(secret_id)
    return found


# --- Groups -----------------------------------------------------------------------------------------------


def find_group(world: Readable, *, group_id: int | None = None, name: str | None = None) -> Row | None:
    """A user group by id or by name."""
    groups = world.read("cam.group")
    if group_id is not None:
        found: Row | None = groups.get(group_id)
        return found
    return _first(groups.index("GroupName").get(name))


def add_group(world: World, name: str, *, remark: str = "") -> Row:
    """Add a user group."""
    group_id = _fresh(world.mint.group_id, world.read("cam.group"))
    now = china_time(world.clock.now())
    row = Row({"GroupId": group_id, "GroupName": name, "CreateTime": now, "Remark": remark})
    world.write("cam.group").put(group_id, row)
    return row


def remove_group(world: World, group_id: int) -> None:
    """Remove a group, its memberships and its attachments."""
    detach_all(world, "group", str(group_id))
    for member in world.read("cam.member").index("GroupId").get(group_id, ()):
        world.write("cam.member").remove((group_id, member.value["Uin"]))
    world.write("cam.group").remove(group_id)


def join(world: World, group_id: int, uin: str) -> None:
    """Put a sub-user into a group; joining twice is once."""
    if (group_id, uin) not in world.read("cam.member"):
        world.write("cam.member").put((group_id, uin), Row({"GroupId": group_id, "Uin": uin}))


def leave(world: World, group_id: int, uin: str) -> None:
    """Take a sub-user out of a group, if it is in there."""
    if (group_id, uin) in world.read("cam.member"):
        world.write("cam.member").remove((group_id, uin))


def groups_of(world: Readable, uin: str) -> Iterator[Row]:
    """The groups a sub-user is a member of."""
    groups = world.read("cam.group")
    for member in world.read("cam.member").index("Uin").get(uin, ()):
        group = groups.get(member.value["GroupId"])
        if group is not None:
            yield group


def members_of(world: World, group_id: int) -> Iterator[Row]:
    """The sub-users in a group."""
    users = world.read("cam.user")
    for member in world.read("cam.member").index("GroupId").get(group_id, ()):
        user = users.get(member.value["Uin"])
        if user is not None:
            yield user


# --- Roles ------------------------------------------------------------------------------------------------


def find_role(world: Readable, *, role_id: str | None = None, name: str | None = None) -> Row | None:
    """A role by id or by name."""
    roles = world.read("cam.role")
    if role_id is not None:
        found: Row | None = roles.get(role_id)
        return found
    return _first(roles.index("RoleName").get(name))


def add_role(world: World, name: str, trust: str, **members: object) -> Row:
    """Add a role with its trust policy; ``members`` are wire members of ``RoleInfo`` to set."""
    now = china_time(world.clock.now())
    role_id = _fresh(world.mint.role_id, world.read("cam.role"))
    row = Row(
        {
            "RoleId": role_id,
            "RoleName": name,
            "PolicyDocument": trust,
            "Description": "",
            "AddTime": now,
            "UpdateTime": now,
            "ConsoleLogin": 0,
            # Assumed: roles made through the API are of the type "user" and last two hours unless told.
            "RoleType": "user",
            "SessionDuration": 7200,
            "DeletionTaskId": None,
            "Tags": [],
            "RoleArn": f"qcs::cam::uin/{world.uin}:roleName/{name}",
            **members,
        }
    )
    world.write("cam.role").put(role_id, row)
    return row


def change_role(world: World, role: Row, **members: object) -> Row:
    """Set members of a role's row."""
    changed = role.having(**members, UpdateTime=china_time(world.clock.now()))
    world.write("cam.role").put(role.value["RoleId"], changed)
    return changed


def remove_role(world: World, role_id: str) -> None:
    """Remove a role with its attachments and its boundary."""
    detach_all(world, "role", role_id)
    world.write("cam.role").remove(role_id)


def trust_services(services: Sequence[str]) -> str:
    """The trust policy of a role that services may take."""
    principal = {"service": list(services)}
    statement = {"action": "sts:AssumeRole", "effect": "allow", "principal": principal}
    return json.dumps({"version": "2.0", "statement": [statement]}, separators=(",", ":"))


# --- Policies ---------------------------------------------------------------------------------------------


def add_policy(
    world: World,
    name: str,
    document: str,
    *,
    description: str = "",
    create_mode: int = 2,
    tags: Sequence[Mapping[str, str]] = (),
) -> Row:
    """Add a custom policy. The document is kept to the letter; whether it is well-formed is not asked here.

    ``Versions`` holds its versions in wire shape, oldest first; the document of the default one is in force.
    """
    # Assumed: a policy is born with version 1 as its default.
    now = world.clock.now()
    row = Row(
        {
            "PolicyId": _fresh(world.mint.policy_id, world.read("cam.policy"), presets.by_id()),
            "PolicyName": name,
            "Description": description,
            "PolicyDocument": document,
            "Type": presets.CUSTOM,
            "CreateMode": create_mode,
            "AddTime": china_time(now),
            "UpdateTime": china_time(now),
            "Tags": [dict(tag) for tag in tags],
            "Versions": [version(1, document, now, is_default=True)],
            "LastVersion": 1,
        }
    )
    world.write("cam.policy").put(row.value["PolicyId"], row)
    return row


def version(number: int, document: str, created: float, *, is_default: bool) -> dict[str, Any]:
    """A policy version in wire shape."""
    return {
        "VersionId": number,
        "CreateDate": iso_time(created),
        "IsDefaultVersion": int(is_default),
        "Document": document,
    }


def change_policy(world: World, policy: Row, **members: object) -> Row:
    """Set members of a custom policy's row."""
    changed = policy.having(**members, UpdateTime=china_time(world.clock.now()))
    world.write("cam.policy").put(policy.value["PolicyId"], changed)
    return changed


def remove_policy(world: World, policy_id: int) -> None:
    """Remove a custom policy, and with it its attachments and its use as a boundary."""
    for table, keys in (
        ("cam.attachment", [_place(row) for row in attachments(world, policy_id=policy_id)]),
        ("cam.boundary", [row.value["Holder"] for row in bounded_by(world, policy_id)]),
    ):
        for key in keys:
            world.write(table).remove(key)
    world.write("cam.policy").remove(policy_id)


def find_policy(world: Readable, *, policy_id: int | None = None, name: str | None = None) -> Row | None:
    """A policy, custom or preset, by id or by name."""
    if policy_id is not None:
        own: Row | None = world.read("cam.policy").get(policy_id)
        return own or presets.by_id().get(policy_id)
    return _first(world.read("cam.policy").index("PolicyName").get(name)) or presets.by_name().get(name or "")


# --- Attachments and boundaries ---------------------------------------------------------------------------


def attach(
    world: World, holder: Holder, holder_id: str, policy_id: int, *, by: Principal | None = None
) -> None:
    """Attach a policy; attaching twice is once. ``by`` is who did it, root if nobody is named.

    Raises:
        NotFound: there is no such policy.
    """
    if find_policy(world, policy_id=policy_id) is None:
        message = f"no policy has the id {policy_id}"
        raise NotFound(message)
    place = (holder, holder_id, policy_id)
    if place not in world.read("cam.attachment"):
        actor = by or root(world)
        row = Row(
            {
                "Holder": f"{holder}/{holder_id}",
                "PolicyId": policy_id,
                "AddTime": china_time(world.clock.now()),
                "OperateOwnerUin": world.uin,
                "OperateUin": actor.uin,
                "OperateUinType": int(actor.kind == "role"),
            }
        )
        world.write("cam.attachment").put(place, row)


def detach(world: World, holder: Holder, holder_id: str, policy_id: int) -> bool:
    """Take an attachment away; whether there was one."""
    place = (holder, holder_id, policy_id)
    if place not in world.read("cam.attachment"):
        return False
    world.write("cam.attachment").remove(place)
    return True


def detach_all(world: World, holder: Holder, holder_id: str) -> None:
    """Take away every attachment and the boundary of a holder that ceases to be."""
    for row in attachments(world, holder=f"{holder}/{holder_id}"):
        world.write("cam.attachment").remove(_place(row))
    set_boundary(world, f"{holder}/{holder_id}", None)


def attachments(world: Readable, *, holder: str | None = None, policy_id: int | None = None) -> Sequence[Row]:
    """The attachments of a holder (``user/100000000001``) or of a policy, in the order they were made."""
    shelf = world.read("cam.attachment")
    if holder is not None:
        return shelf.index("Holder").get(holder, ())
    return shelf.index("PolicyId").get(policy_id, ())


def boundary(world: Readable, holder: str) -> Row | None:
    """The policy that bounds a holder (``user/100000000001``, ``role/…``), if one does."""
    row = world.read("cam.boundary").get(holder)
    return None if row is None else find_policy(world, policy_id=row.value["PolicyId"])


def set_boundary(world: World, holder: str, policy_id: int | None) -> None:
    """Set or, with None, lift the permission boundary of a holder."""
    if policy_id is not None:
        world.write("cam.boundary").put(holder, Row({"Holder": holder, "PolicyId": policy_id}))
    elif holder in world.read("cam.boundary"):
        world.write("cam.boundary").remove(holder)


def bounded_by(world: World, policy_id: int) -> Sequence[Row]:
    """The boundaries that a policy is."""
    found: Sequence[Row] = world.read("cam.boundary").index("PolicyId").get(policy_id, ())
    return found


# --- What is in force -------------------------------------------------------------------------------------


def policies_of(world: Readable, principal: Principal) -> Iterator[Attached]:
    """The policies in force for a principal: its own, then its groups'. A federated user has its maker's."""
    if principal.kind == "role":
        yield from _attached(world, f"role/{principal.uin}", "role")
        return
    yield from _attached(world, f"user/{principal.uin}", "user")
    for group in groups_of(world, principal.uin):
        yield from _attached(world, f"group/{group.value['GroupId']}", f"group {group.value['GroupName']}")


def boundary_of(world: Readable, principal: Principal) -> Attached | None:
    """The permission boundary of a principal, if it has one."""
    kind = "role" if principal.kind == "role" else "user"
    policy = boundary(world, f"{kind}/{principal.uin}")
    return None if policy is None else _as_attached(policy, f"boundary of the {kind}")


def _attached(world: Readable, holder: str, via: str) -> Iterator[Attached]:
    for row in attachments(world, holder=holder):
        policy = find_policy(world, policy_id=row.value["PolicyId"])
        if policy is not None:
            yield _as_attached(policy, via)


def _as_attached(policy: Row, via: str) -> Attached:
    value = policy.value
    return Attached(value["PolicyId"], value["PolicyName"], value["PolicyDocument"], via)


def _place(attachment: Row) -> tuple[str, str, int]:
    kind, _, holder_id = attachment.value["Holder"].partition("/")
    return kind, holder_id, attachment.value["PolicyId"]


def _first(rows: Sequence[Row] | None) -> Row | None:
    return rows[0] if rows else None


def _fresh(make: Callable[[], T], *taken: Container[object]) -> T:
    """An identifier that is in none of these."""
    while True:
        made = make()
        if not any(made in each for each in taken):
            return made
