"""Accounts in MySQL instances: made, changed, removed; passwords are checked for their form and forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emulator.errors import ApiError, Refusal
from emulator.services.cdb import tasks
from emulator.services.cdb.instances import KIND, ONE, running, settings
from emulator.services.cdb.refusals import bad_value, denied, missing
from emulator.tables import databases, passwords
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.mysql import COLUMN, DATABASE, TABLE, is_host
from emulator.tables.writing import Value
from emulator.world.clock import china_time

MOST_CONNECTIONS = 10240
"""Documented: the most connections that an account may be given."""
# Documented: what may be granted everywhere.
GLOBAL = (
    *("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "PROCESS", "DROP", "REFERENCES", "INDEX", "ALTER"),
    *("SHOW DATABASES", "CREATE TEMPORARY TABLES", "LOCK TABLES", "EXECUTE", "CREATE VIEW", "SHOW VIEW"),
    *("CREATE ROUTINE", "ALTER ROUTINE", "EVENT", "TRIGGER", "CREATE USER", "RELOAD"),
    *("REPLICATION CLIENT", "REPLICATION SLAVE"),
)
NO_PRIVILEGES: Value = {
    "GlobalPrivileges": [],
    "DatabasePrivileges": [],
    "TablePrivileges": [],
    "ColumnPrivileges": [],
}
_WHERE: Mapping[str, tuple[tuple[str, ...], Sequence[str]]] = {
    "DatabasePrivileges": (("Database",), DATABASE),
    "TablePrivileges": (("Database", "Table"), TABLE),
    "ColumnPrivileges": (("Database", "Table", "Column"), COLUMN),
}
"""The members that say where a grant of each kind holds, and what it may hold."""
# Assumed: a name is what the console allows: 1 to 32 letters, digits, hyphens and underscores.
_USER = re.compile(r"[A-Za-z][A-Za-z0-9_\-]{0,30}[A-Za-z0-9]|[A-Za-z]")
_SIGNS = "_+-,&=!@#$%^*().|"
"""Documented: the signs that a password may have beside letters and digits."""
# Assumed: the changes that are asynchronous are there at once, their tasks a moment later.
_SECONDS = 2


def check_password(password: str) -> None:
    """Refuse a password that the product does not take."""
    # Documented: 8 to 64 of letters, digits and these signs, of two of the three kinds.
    if not 8 <= len(password) <= 64:
        raise ApiError(
            "InvalidParameterValue.AccountPasswordLengthError", "The password must have 8 to 64 characters."
        )
    kinds = {kind.replace("capital", "small") for kind in passwords.kinds(password, _SIGNS)}
    if "" in kinds:
        raise ApiError(
            "InvalidParameterValue.AccountPasswordCharacterError", "The password has a character not allowed."
        )
    if len(kinds) < 2:
        raise ApiError(
            "InvalidParameterValue.AccountPasswordRuleError",
            "The password must have two of letters, digits and signs.",
        )


def _check_host(host: str) -> None:
    """Refuse a host that is no address, ``%``, nor an address that ends in ``%``."""
    if not is_host(host):
        raise ApiError("InvalidParameterValue.AccountHostRuleError", f"`{host}` is not a host of an account.")


def _check_description(text: str) -> None:
    if len(text) > 255:
        raise ApiError(
            "InvalidParameterValue.AccountDescriptionLengthError",
            "The description has more than 255 characters.",
        )


def new(user: str, host: str, now: float, notes: str = "", connections: int = 0) -> Value:
    """An account as it is listed."""
    time = china_time(now)
    return {
        "Notes": notes,
        "Host": host,
        "User": user,
        "ModifyTime": time,
        "ModifyPasswordTime": time,
        "CreateTime": time,
        "MaxUserConnections": connections,
        "OpenCam": False,
    }


# --- Finding and keeping ----------------------------------------------------------------------------------

Held = dict[tuple[str, str], tuple[Value, Value]]
"""Every account of an instance and what it may do, by user and host."""


def _held(call: Call) -> Held:
    found = settings(call)
    pairs = zip(found["Accounts"], found["Privileges"], strict=True)
    return {(account["User"], account["Host"]): (account, may) for account, may in pairs}


def _keep(call: Call, key: str, held: Held) -> None:
    accounts, privileges = [each for each, _ in held.values()], [may for _, may in held.values()]
    databases.set_to(call, KIND, key, Accounts=accounts, Privileges=privileges)


def _meant(call: Call, held: Held) -> list[tuple[str, str]]:
    """The accounts that a call names, each once.

    Raises:
        ApiError: it names none, or one that does not exist.
    """
    meant = _named(call)
    for each in meant:
        if each not in held:
            raise no_account(*each)
    return meant


def _named(call: Call) -> list[tuple[str, str]]:
    given = call.params.get("Accounts")
    if not given:
        raise ApiError("MissingParameter.AccountMissingParameterError", "No account is named.")
    return list(dict.fromkeys((each["User"], each["Host"]) for each in given))


no_account = Refusal[str, str](
    "InvalidParameterValue.UserNotExistError", "The account `{}`@`{}` does not exist."
)


def _done(call: Call, key: str, text: str) -> Result:
    return tasks.begun(call, [key], _SECONDS, "SQL OPERATION", text)


# --- Actions ----------------------------------------------------------------------------------------------


def create_accounts(call: Call) -> Result:
    """Make accounts with one password, all or none of them."""
    key, held = running(call, call.params["InstanceId"])["InstanceId"], _held(call)
    named, params = _named(call), call.params
    for user, host in named:
        if not _USER.fullmatch(user):
            raise ApiError("InvalidParameterValue.UserNameRuleError", f"`{user}` is no name of an account.")
        _check_host(host)
        if (user, host) in held:
            raise ApiError(
                "FailedOperation.CreateAccountError", f"The account `{user}`@`{host}` exists already."
            )
    if not params.get("Password"):
        # Assumed: nobody logs in without one.
        raise missing("Password")
    check_password(params["Password"])
    notes, connections = params.get("Description") or "", _connections(params.get("MaxUserConnections"))
    _check_description(notes)
    for user, host in named:
        held[user, host] = new(user, host, call.now, notes, connections), NO_PRIVILEGES
    _keep(call, key, held)
    return _done(call, key, "创建账号成功")


def _connections(wanted: int | None) -> int:
    if wanted is None:
        return MOST_CONNECTIONS
    if not 0 <= wanted <= MOST_CONNECTIONS:
        raise bad_value("MaxUserConnections", wanted, f"at most {MOST_CONNECTIONS}")
    return wanted


def delete_accounts(call: Call) -> Result:
    """Remove accounts, all or none of them."""
    key, held = running(call, call.params["InstanceId"])["InstanceId"], _held(call)
    meant = _meant(call, held)
    for user, host in meant:
        if user == "root":
            raise ApiError("OperationDenied.DeleteRootAccountError", "The account root cannot be deleted.")
        del held[user, host]
    _keep(call, key, held)
    return _done(call, key, "删除账号成功")


def _changed(call: Call, text: str, **members: Any) -> Result:
    """Set members of the accounts that a call names."""
    key, held = running(call, call.params["InstanceId"])["InstanceId"], _held(call)
    for each in _meant(call, held):
        account, may = held[each]
        held[each] = {**account, "ModifyTime": china_time(call.now), **members}, may
    _keep(call, key, held)
    return _done(call, key, text)


def modify_account_password(call: Call) -> Result:
    """Give accounts another password."""
    # Documented: SkipValidatePassword is out of use.
    running(call, call.params["InstanceId"])
    check_password(call.params["NewPassword"])
    return _changed(call, "修改密码成功", ModifyPasswordTime=china_time(call.now))


def modify_account_description(call: Call) -> Result:
    """Give accounts another note."""
    running(call, call.params["InstanceId"])
    text = call.params.get("Description") or ""
    _check_description(text)
    return _changed(call, "修改备注成功", Notes=text)


def modify_account_max_user_connections(call: Call) -> Result:
    """Give accounts another number of connections."""
    running(call, call.params["InstanceId"])
    connections = _connections(call.params["MaxUserConnections"])
    return _changed(call, "修改最大连接数成功", MaxUserConnections=connections)


def modify_account_host(call: Call) -> Result:
    """Let an account come from another host."""
    key, held, params = running(call, call.params["InstanceId"])["InstanceId"], _held(call), call.params
    old, new_one = (params["User"], params["Host"]), (params["User"], params["NewHost"])
    if old not in held:
        raise no_account(*old)
    _check_host(params["NewHost"])
    if new_one in held:
        raise denied(f"The account `{new_one[0]}`@`{new_one[1]}` exists already.")
    # The account stays where it stands among the others.
    moved = {
        (new_one if each == old else each): (
            ({**account, "Host": new_one[1], "ModifyTime": china_time(call.now)}, may)
            if each == old
            else (account, may)
        )
        for each, (account, may) in held.items()
    }
    _keep(call, key, moved)
    return _done(call, key, "修改主机成功")


# --- Privileges -------------------------------------------------------------------------------------------


def modify_account_privileges(call: Call) -> Result:
    """Say what accounts may do: all of it, or what they may in addition or no longer."""
    key, held, params = running(call, call.params["InstanceId"])["InstanceId"], _held(call), call.params
    meant, action = _meant(call, held), params.get("ModifyAction") or ""
    if action not in ("", "grant", "revoke"):
        raise bad_value("ModifyAction", action, "grant or revoke")
    given = _given(params)
    for each in meant:
        account, may = held[each]
        held[each] = account, _resulting(may, given, action)
    _keep(call, key, held)
    return _done(call, key, "修改权限成功")


Grants = dict[tuple[str, ...], list[str]]
"""By where they hold (nowhere in particular, a database, a table, a column): what may be done there."""


def _given(params: Mapping[str, Any]) -> dict[str, Grants]:
    _check_supported(params.get("GlobalPrivileges") or (), GLOBAL)
    given: dict[str, Grants] = {"GlobalPrivileges": {(): list(params.get("GlobalPrivileges") or ())}}
    for name, (_, allowed) in _WHERE.items():
        for grant in params.get(name) or ():
            _check_supported(grant["Privileges"], allowed)
        given[name] = _by_place(name, params.get(name) or ())
    return given


def _check_supported(privileges: Iterable[str], allowed: Sequence[str]) -> None:
    for privilege in privileges:
        if privilege not in allowed:
            raise ApiError(
                "UnsupportedOperation.PrivilegesUnsupportedError",
                f"The privilege `{privilege}` is not supported here.",
            )


def _by_place(name: str, grants: Iterable[Mapping[str, Any]]) -> Grants:
    found: Grants = {}
    for grant in grants:
        found.setdefault(tuple(grant[member] for member in _WHERE[name][0]), []).extend(grant["Privileges"])
    return found


def _resulting(may: Value, given: Mapping[str, Grants], action: str) -> Value:
    held: dict[str, Grants] = {"GlobalPrivileges": {(): may["GlobalPrivileges"]}}
    held |= {name: _by_place(name, may[name]) for name in _WHERE}
    become = {name: _combined(held[name], given[name], action) for name in given}
    return {
        "GlobalPrivileges": become["GlobalPrivileges"].get((), []),
        **{
            name: [
                {**dict(zip(_WHERE[name][0], place, strict=True)), "Privileges": privileges}
                for place, privileges in become[name].items()
            ]
            for name in _WHERE
        },
    }


def _combined(held: Grants, given: Grants, action: str) -> Grants:
    """What holds once ``given`` is set, granted or revoked; a place where nothing is left is left out."""
    if not action:
        return {place: list(dict.fromkeys(privileges)) for place, privileges in given.items() if privileges}
    found: Grants = {}
    for place in dict.fromkeys((*held, *given)):
        old, new_ones = held.get(place, []), given.get(place, [])
        kept = [*old, *new_ones] if action == "grant" else [each for each in old if each not in new_ones]
        if kept:
            found[place] = list(dict.fromkeys(kept))
    return found


def describe_supported_privileges(call: Call) -> Result:
    """What may be granted in an instance."""
    settings(call)
    return {
        "GlobalSupportedPrivileges": list(GLOBAL),
        "DatabaseSupportedPrivileges": list(DATABASE),
        "TableSupportedPrivileges": list(TABLE),
        "ColumnSupportedPrivileges": list(COLUMN),
    }


ACTIONS = tuple(
    Does(action=action, run=run, home="region", asks=ONE)
    for action, run in (
        ("CreateAccounts", create_accounts),
        ("DeleteAccounts", delete_accounts),
        ("ModifyAccountPassword", modify_account_password),
        ("ModifyAccountDescription", modify_account_description),
        ("ModifyAccountMaxUserConnections", modify_account_max_user_connections),
        ("ModifyAccountHost", modify_account_host),
        ("ModifyAccountPrivileges", modify_account_privileges),
        ("DescribeSupportedPrivileges", describe_supported_privileges),
    )
)
