"""Sub-users: made, read, changed and removed; and the other accounts around the root."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from emulator.services.cam import errors, limits, passwords
from emulator.services.cam.params import flag, window
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Further, Lists, Table
from emulator.tables.writing import Value
from emulator.world import accounts
from emulator.world.shelves import Row

USER = Table(name="cam.user", item="SubAccountInfo", key="Uin", home="global")
COLLABORATOR = Table(name="cam.collaborator", item="SubAccountInfo", key="Uin", home="global")
WECHAT_USER = Table(name="cam.wechat", item="WeChatWorkSubAccount", key="Uin", home="global")

# Assumed: letters of any script, digits and +=,.@_-; Observed: Chinese names.
_NAME = re.compile(r"[\w+=,.@-]{1,64}")
_CONTACT = ("PhoneNum", "CountryCode", "Email")


def add_user(call: Call) -> Result:
    """Add a sub-user, with a password and a key if asked."""
    params, world = call.params, call.world
    name = params["Name"]
    if not _NAME.fullmatch(name):
        raise errors.bad_user_name(name)
    console, with_key = flag(params, "ConsoleLogin"), flag(params, "UseApi")
    flag(params, "NeedResetPassword")
    if accounts.find_user(world, name=name) is not None:
        raise errors.user_name_in_use(name)
    if len(world.read("cam.user")) >= limits.USERS:
        raise errors.users_full()
    password = passwords.given_or_made(call) if console else ""
    contact = {each: params.get(each) or "" for each in _CONTACT}
    user = accounts.add_user(
        world, name, Remark=params.get("Remark") or "", ConsoleLogin=console, NickName=name, **contact
    )
    # Documented: unused strings are empty.
    answer = {"Uin": user.value["Uin"], "Name": name, "Uid": user.value["Uid"], "Password": password}
    secrets = {"SecretId": "", "SecretKey": ""}
    if with_key:
        key = accounts.add_key(call.caller.cloud, world, accounts.as_principal(user))
        secrets = {"SecretId": key.secret_id, "SecretKey": key.secret_key}
    return {**answer, **secrets, "PhoneNumVerifyLink": _verify_link(call)}


def _verify_link(call: Call) -> str:
    # Documented: the form, in the official example.
    if not call.params.get("PhoneNum"):
        return ""
    token = call.world.mint.uuid().replace("-", "")
    return f"https://cloud.tencent.com/cam/verifyPhone?token={token}"


def update_user(call: Call) -> Result:
    """Change a sub-user; what is not given stays."""
    params = call.params
    user = _by_name(call)
    console = flag(params, "ConsoleLogin", user.value["ConsoleLogin"])
    flag(params, "NeedResetPassword")
    if console and params.get("Password"):
        passwords.check(call.world, params["Password"])
    changes = {name: params[name] for name in ("Remark", *_CONTACT) if params.get(name) is not None}
    accounts.change_user(call.world, user, ConsoleLogin=console, **changes)
    return {}


def get_user(call: Call) -> Result:
    """One sub-user, by name."""
    user = _by_name(call).value
    login = call.world.read("cam.login").get(str(user["Uin"]))
    last = {"RecentlyLoginIP": "", "RecentlyLoginTime": ""} if login is None else login.value
    members = ("Uin", "Name", "Uid", "Remark", "ConsoleLogin", *_CONTACT)
    return {name: user[name] for name in members} | dict(last)


def _untagged(row: Value) -> Value:
    """A sub-user as it is shown: with no tags, which the contract gives it no member for."""
    return {name: value for name, value in row.items() if name != "Tags"} if "Tags" in row else row


def delete_user(call: Call) -> Result:
    """Delete a sub-user with all that is its own."""
    uin = str(_by_name(call).value["Uin"])
    if not flag(call.params, "Force") and accounts.keys_of(call.world, uin):
        raise errors.has_keys()
    accounts.remove_user(call.world, uin)
    return {}


def _deletes_keys(call: Call) -> bool:
    user = accounts.find_user(call.world, name=call.params["Name"])
    return (
        call.params.get("Force") == 1
        and user is not None
        and bool(accounts.keys_of(call.world, str(user.value["Uin"])))
    )


def _by_name(call: Call) -> Row:
    user = accounts.find_user(call.world, name=call.params["Name"])
    if user is None:
        raise errors.no_user()
    return user


def describe_sub_accounts(call: Call) -> Result:
    """Sub-users by uin; those that do not exist are left out."""
    uins = call.params["FilterSubAccountUin"]
    if len(uins) > 50:
        # Documented: 50 at most.
        raise errors.too_many_uins()
    found = (accounts.find_user(call.world, uin=uin) for uin in dict.fromkeys(uins))
    return {"SubAccounts": [_as_sub_account(call, user.value) for user in found if user is not None]}


def _as_sub_account(call: Call, user: Mapping[str, Any]) -> Mapping[str, Any]:
    # Observed: UserType 2 for a sub-user, an empty address and a null time for one that never logged in.
    login = call.world.read("cam.login").get(str(user["Uin"]))
    return {
        **{name: user[name] for name in ("Uin", "Name", "Uid", "Remark", "CreateTime")},
        "UserType": 2,
        "LastLoginIp": "" if login is None else login.value["RecentlyLoginIP"],
        "LastLoginTime": None if login is None else login.value["RecentlyLoginTime"],
    }


# --- Accounts of every kind -------------------------------------------------------------------------------

_USER_TYPES = (
    "Owner",
    "SubUser",
    "CICUser",
    "WechatCorpUser",
    "AgentIdentity",
    "Collaborator",
    "MessageReceiver",
)


def list_accounts(call: Call) -> Result:
    """Accounts of every kind, the root first."""
    params = call.params
    kind, size = params.get("UserType"), params.get("MaxItems", 100)
    if kind is not None and kind not in _USER_TYPES:
        raise errors.bad_parameter("UserType", f"one of {', '.join(_USER_TYPES)}")
    if not 1 <= size <= 100:
        # Documented: the range. Assumed: that its end is the default.
        raise errors.bad_parameter("MaxItems", "a number from 1 to 100")
    start = _read_marker(params.get("Marker") or "")
    users = [each for each in _accounts(call) if kind in (None, each["UserType"])]
    is_cut = start + size < len(users)
    marker = f"{start + size:08x}" if is_cut else ""
    return {"Users": users[start : start + size], "IsTruncated": is_cut, "Marker": marker}


def _read_marker(marker: str) -> int:
    # Assumed: the form of a marker, which is opaque.
    if not marker:
        return 0
    if not re.fullmatch(r"[0-9a-f]{8}", marker):
        raise errors.bad_marker()
    return int(marker, 16)


def _accounts(call: Call) -> Iterator[dict[str, Any]]:
    world = call.world
    blank = {"Remark": "", "ConsoleLogin": 1, "PhoneNum": "", "CountryCode": "", "Email": ""}
    # Assumed: what the root account looks like among them.
    root = {"Uin": int(world.uin), "Name": world.uin, "Uid": 0, "CreateTime": "", "UserType": "Owner"}
    yield blank | root
    for table, kind in (
        ("cam.user", "SubUser"),
        ("cam.wechat", "WechatCorpUser"),
        ("cam.collaborator", "Collaborator"),
    ):
        for row in world.read(table):
            yield {name: row.value[name] for name in (*blank, "Uin", "Name", "Uid", "CreateTime")} | {
                "UserType": kind
            }
    for row in world.read("cam.receiver"):
        value = row.value
        yield blank | {
            **{name: value[name] for name in ("Uin", "Name", "Uid", "Remark", "Email", "CountryCode")},
            "ConsoleLogin": 0,
            "PhoneNum": value["PhoneNumber"],
            "CreateTime": "",
            "UserType": "MessageReceiver",
        }


# --- Message receivers ------------------------------------------------------------------------------------


def create_message_receiver(call: Call) -> Result:
    """Add somebody who gets messages and cannot log in."""
    params, world = call.params, call.world
    receivers = world.read("cam.receiver")
    name = params["Name"]
    if name in receivers:
        # Assumed: names of receivers and of users are apart.
        raise errors.user_name_in_use(name)
    if len(receivers) >= limits.RECEIVERS:
        raise errors.receivers_full()
    accounts.add_receiver(
        world,
        name,
        CountryCode=params["CountryCode"],
        Email=params["Email"],
        PhoneNumber=params["PhoneNumber"],
        Remark=params.get("Remark") or "",
    )
    return {"PhoneNumVerifyLink": f"https://cloud.tencent.com/cam/verifyPhone?token={world.mint.uuid()}"}


def delete_message_receiver(call: Call) -> Result:
    """Remove a message receiver."""
    if call.params["Name"] not in call.world.read("cam.receiver"):
        raise errors.no_user()
    call.world.write("cam.receiver").remove(call.params["Name"])
    return {}


def list_receiver(call: Call) -> Result:
    """The message receivers."""
    rows = call.world.read("cam.receiver").values()
    return {"TotalCount": len(rows), "Receivers": [row.value for row in window(call.params, rows)]}


# --- Not published ----------------------------------------------------------------------------------------


def check_sub_account_name(call: Call) -> Result:
    """Which of some names sub-users have already."""
    # Assumed: every name that is asked about and taken, as it was written and in that order.
    names = call.params["Names"]
    return {"Exist": [name for name in names if accounts.find_user(call.world, name=name) is not None]}


def check_user_policy_attachment(call: Call) -> Result:
    """Whether a policy is attached to a sub-user."""
    # Assumed: directly, for groups have an action of their own; and no error for who or what is not there.
    held = accounts.attachments(call.world, holder=f"user/{call.params['TargetUin']}")
    attached = any(row.value["PolicyId"] == int(call.params["PolicyId"]) for row in held)
    return {"ExistAttachment": int(attached)}


ACTIONS = (
    Does(action="AddUser", run=add_user),
    Does(action="UpdateUser", run=update_user),
    Does(action="GetUser", run=get_user),
    Does(
        action="DeleteUser",
        run=delete_user,
        # Documented: deleting a user along with its keys needs this permission too.
        further=(Further(action="cam:DeleteApiKey", when=_deletes_keys, refusal=errors.may_not_delete_keys),),
    ),
    Lists(action="ListUsers", of=USER, shown=lambda _call, row: _untagged(row)),
    Lists(action="ListCollaborators", of=COLLABORATOR),
    Lists(action="ListWeChatWorkSubAccounts", of=WECHAT_USER),
    Does(action="DescribeSubAccounts", run=describe_sub_accounts),
    Does(action="ListAccounts", run=list_accounts),
    Does(action="CreateMessageReceiver", run=create_message_receiver),
    Does(action="DeleteMessageReceiver", run=delete_message_receiver),
    Does(action="ListReceiver", run=list_receiver),
    # Not published; served where an account says so.
    Does(action="CheckSubAccountName", run=check_sub_account_name),
    Does(action="CheckUserPolicyAttachment", run=check_user_policy_attachment),
)
