"""Accounts of PostgreSQL instances and what they may do; passwords are checked for form and forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from emulator.errors import ApiError
from emulator.services.postgres.instances import ACCOUNT, NO_TIME, ONE, PRIVILEGE, named, running
from emulator.services.postgres.refusals import bad_value, missing, no_account, out_of_range
from emulator.tables import passwords
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.writing import Value, change, place, remove
from emulator.world.clock import china_time
from emulator.world.shelves import Row

_ADMIN = re.compile(r"(?!pg_)[A-Za-z_][A-Za-z0-9_]{0,15}", re.IGNORECASE)
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_REMARK = re.compile(r"[A-Za-z0-9_\-一-鿿]{0,60}")
_SIGNS = "()`~!@#$%^&*-+=_|{}[]:;'<>,.?/"
"""Documented: the signs of which a password must have one."""
NORMAL, SUPER = "normal", "tencentDBSuper"
VALID, LOCKED = 2, 5
"""Documented: the states of an account. Assumed: changes are there at once; being locked is locked."""
_RESERVED = ("postgres", "public", "user", "current_user", "session_user", "none")
# Documented: what there is that something may be done to.
_OBJECTS = (
    *("account", "database", "schema", "sequence", "procedure", "type", "function", "table", "view"),
    *("matview", "column"),
)


def check_admin(name: str) -> str:
    """A name that the first account may have.

    Raises:
        ApiError: it breaks the rules.
    """
    # Documented: 1 to 16 letters, digits or _, no digit or pg_ at the beginning, not postgres, in any case.
    if not _ADMIN.fullmatch(name) or name.lower() == "postgres":
        raise ApiError("InvalidParameterValue.InvalidAccountError", f"The account `{name}` is not allowed.")
    return name


def check_password(password: str) -> str:
    """A password that an account may have.

    Raises:
        ApiError: it breaks the rules.
    """
    # Documented: 8 to 32, all four kinds, no slash at the beginning.
    if not 8 <= len(password) <= 32:
        raise ApiError(
            "InvalidParameterValue.InvalidPasswordLengthError", "The password must have 8 to 32 characters."
        )
    if password.startswith("/") or not passwords.kinds(password, _SIGNS) >= passwords.KINDS:
        raise ApiError(
            "InvalidParameterValue.InvalidPasswordValueError",
            "The password must have small letters, capitals, digits and signs, and not begin with a slash.",
        )
    return password


def _check_remark(remark: str) -> str:
    # Documented: letters, digits, _, - and Chinese, 60 at most.
    if not _REMARK.fullmatch(remark):
        raise ApiError(
            "InvalidParameterValue.ParameterCharacterError",
            "The remark must have at most 60 letters, digits, Chinese, _ or -.",
        )
    return remark


# --- Finding and keeping ----------------------------------------------------------------------------------


def _key(instance: str, name: str) -> str:
    return f"{instance}/{name}"


def _put(call: Call, instance: str, name: str, **members: Any) -> None:
    time = china_time(call.now)
    account = {
        "DBInstanceId": instance,
        "UserName": name,
        "Remark": "",
        "Status": VALID,
        "CreateTime": time,
        "UpdateTime": time,
        # Documented: this moment until the password is changed.
        "PasswordUpdateTime": NO_TIME,
        "UserType": NORMAL,
        "OpenCam": False,
        "PGRoles": [],
        **members,
    }
    call.world.write(*place(call, ACCOUNT)).put(_key(instance, name), Row(account))


def add_admin(call: Call, instance: str, name: str, password: str) -> None:
    """Make the first account of a new instance; nothing of its password is kept."""
    check_password(password)
    # Documented: one who may do most things.
    _put(call, instance, name, UserType=SUPER)


def _account(call: Call) -> Value:
    """The account that a call names, in an instance that runs."""
    instance, name = running(call)["DBInstanceId"], call.params["UserName"]
    row: Row | None = call.world.read(*place(call, ACCOUNT)).get(_key(instance, name))
    if row is None:
        raise no_account(name)
    return row.value


def _change(call: Call, account: Value, **members: Any) -> None:
    key = _key(account["DBInstanceId"], account["UserName"])
    change(call, ACCOUNT, key, UpdateTime=china_time(call.now), **members)


# --- Actions ----------------------------------------------------------------------------------------------


def create_account(call: Call) -> Result:
    """Make an account."""
    instance, params = running(call)["DBInstanceId"], call.params
    name = params["UserName"]
    if not _USER.fullmatch(name):
        raise ApiError(
            "InvalidParameterValue.InvalidAccountNameFormatError", f"The account `{name}` is not allowed."
        )
    # Documented: no words of the system's, nothing that begins so. Assumed: which words.
    if name.lower() in _RESERVED or name.lower().startswith(("pg_", "tencentdb_")):
        raise ApiError("InvalidParameterValue.InvalidAccountName", f"The account `{name}` is reserved.")
    if _key(instance, name) in call.world.read(*place(call, ACCOUNT)):
        raise ApiError("InvalidParameterValue.AccountExist", f"The account `{name}` exists already.")
    if params["Type"] not in (NORMAL, SUPER):
        raise bad_value("Type", params["Type"], f"{NORMAL} or {SUPER}")
    is_cam = bool(params.get("OpenCam"))
    # Assumed: a password is needed unless CAM lets the account in.
    if not params.get("Password") and not is_cam:
        raise missing("Password")
    if params.get("Password"):
        check_password(params["Password"])
    remark = _check_remark(params.get("Remark") or "")
    _put(call, instance, name, UserType=params["Type"], Remark=remark, OpenCam=is_cam)
    return {}


def delete_account(call: Call) -> Result:
    """Remove an account; nothing happens if it is gone already."""
    # Documented: no error then.
    key = _key(running(call)["DBInstanceId"], call.params["UserName"])
    remove(call, ACCOUNT, key)
    remove(call, PRIVILEGE, key)
    return {}


def modify_account_remark(call: Call) -> Result:
    """Give an account another note."""
    _change(call, _account(call), Remark=_check_remark(call.params["Remark"]))
    return {}


def reset_account_password(call: Call) -> Result:
    """Give an account another password."""
    account = _account(call)
    check_password(call.params["Password"])
    _change(call, account, PasswordUpdateTime=china_time(call.now))
    return {}


def _turn(before: int, after: int) -> Callable[[Call], Result]:
    def run(call: Call) -> Result:
        """Lock an account, or let it in again."""
        account = _account(call)
        if account["Status"] != before:
            raise ApiError(
                "FailedOperation.InvalidAccountStatus",
                f"The account `{account['UserName']}` is in status {account['Status']}.",
            )
        _change(call, account, Status=after)
        return {}

    return run


def describe_accounts(call: Call) -> Result:
    """A page of the accounts of an instance."""
    key, params = named(call)["DBInstanceId"], call.params
    offset, limit = params.get("Offset") or 0, params.get("Limit")
    # Documented: 20, from 1 to 100.
    limit = 20 if limit is None else limit
    if offset < 0 or not 1 <= limit <= 100:
        raise out_of_range("Limit", limit, "1 to 100")
    orders = {"createTime": "CreateTime", "name": "UserName", "updateTime": "UpdateTime"}
    # Documented: the latest first unless said.
    by, way = params.get("OrderBy") or "createTime", params.get("OrderByType") or "desc"
    if by not in orders or way not in ("asc", "desc"):
        raise bad_value("OrderBy", f"{by} {way}", ", ".join(orders) + ", and asc or desc")
    rows = [row.value for row in call.world.read(*place(call, ACCOUNT)).index("DBInstanceId").get(key, ())]
    rows.sort(key=lambda row: str(row[orders[by]]), reverse=way == "desc")
    return {"TotalCount": len(rows), "Details": rows[offset : offset + limit]}


# --- Privileges -------------------------------------------------------------------------------------------


def modify_account_privileges(call: Call) -> Result:
    """Grant and revoke what an account may do, change its type and its roles: all of it or nothing."""
    account, changes = _account(call), call.params["ModifyPrivilegeSet"]
    # Documented: fifty at most.
    if not 1 <= len(changes) <= 50:
        raise out_of_range("ModifyPrivilegeSet", len(changes), "1 to 50 changes")
    held = _held(call, account)
    members = {"UserType": account["UserType"], "PGRoles": list(account["PGRoles"])}
    for each in changes:
        _apply(each, held, members)
    key = _key(account["DBInstanceId"], account["UserName"])
    value = {"DBInstanceId": account["DBInstanceId"], "Held": list(held.values())}
    call.world.write(*place(call, PRIVILEGE)).put(key, Row(value))
    _change(call, account, **members)
    return {}


Held = dict[tuple[str, ...], Value]
"""What an account may do, by what it may do it to."""


def _held(call: Call, account: Value) -> Held:
    row = call.world.read(*place(call, PRIVILEGE)).get(_key(account["DBInstanceId"], account["UserName"]))
    return {_name(each["Object"]): each for each in (row.value["Held"] if row is not None else ())}


def _shown(thing: Mapping[str, Any]) -> Value:
    """What something may be done to, with every member."""
    # Observed: those that say nothing are empty.
    names = ("ObjectType", "ObjectName", "DatabaseName", "SchemaName", "TableName")
    return {name: thing.get(name) or "" for name in names}


def _name(thing: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(_shown(thing).values())


def _check_object(thing: Mapping[str, Any]) -> None:
    kind = thing["ObjectType"]
    if kind not in _OBJECTS:
        raise bad_value("ObjectType", kind, ", ".join(_OBJECTS))
    # Documented: what each has to say of where it is.
    needed = []
    if kind not in ("account", "database"):
        needed.append("DatabaseName")
        if kind != "schema":
            needed.append("SchemaName")
    if kind == "column":
        needed.append("TableName")
    for name in needed:
        if not thing.get(name):
            raise missing(name)


def _apply(wish: Mapping[str, Any], held: Held, members: dict[str, Any]) -> None:
    """Carry out one change of an account's privileges, type or roles."""
    given = wish.get("DatabasePrivilege") or {}
    thing, words = given.get("Object"), list(given.get("PrivilegeSet") or ())
    if not thing or not words:
        raise missing("DatabasePrivilege")
    _check_object(thing)
    # IsCascade says nothing here: nobody passes on what he may do.
    match wish.get("ModifyType") or "":
        case "grantObject" | "revokeObject" as way:
            old = held.get(_name(thing), {"PrivilegeSet": []})["PrivilegeSet"]
            kept = [*old, *words] if way == "grantObject" else [each for each in old if each not in words]
            held[_name(thing)] = {"Object": _shown(thing), "PrivilegeSet": list(dict.fromkeys(kept))}
        case "alterRole":
            if len(words) != 1 or words[0] not in (NORMAL, SUPER):
                raise bad_value("PrivilegeSet", ", ".join(words), f"{NORMAL} or {SUPER}")
            members["UserType"] = words[0]
        case "grantRole":
            members["PGRoles"] = list(dict.fromkeys([*members["PGRoles"], *words]))
        case "revokeRole":
            members["PGRoles"] = [each for each in members["PGRoles"] if each not in words]
        case other:
            expected = "grantObject, revokeObject, alterRole, grantRole or revokeRole"
            raise bad_value("ModifyType", other, expected)


def describe_account_privileges(call: Call) -> Result:
    """What an account may do to some things."""
    account, held = _account(call), _held(call, _account(call))
    found = []
    for thing in call.params["DatabaseObjectSet"]:
        _check_object(thing)
        # Observed: of an account it is its type.
        is_account = thing["ObjectType"] == "account"
        words = [account["UserType"]] if is_account else held.get(_name(thing), {}).get("PrivilegeSet", [])
        found.append({"Object": _shown(thing), "PrivilegeSet": words})
    return {"PrivilegeSet": found}


ACTIONS = tuple(
    Does(action=action, run=run, home="region", asks=ONE)
    for action, run in (
        ("CreateAccount", create_account),
        ("DeleteAccount", delete_account),
        ("ModifyAccountRemark", modify_account_remark),
        ("ResetAccountPassword", reset_account_password),
        ("LockAccount", _turn(VALID, LOCKED)),
        ("UnlockAccount", _turn(LOCKED, VALID)),
        ("DescribeAccounts", describe_accounts),
        ("ModifyAccountPrivileges", modify_account_privileges),
        ("DescribeAccountPrivileges", describe_account_privileges),
    )
)
