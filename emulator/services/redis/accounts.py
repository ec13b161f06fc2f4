"""Accounts of Redis instances and their passwords: of the first one, root, it is the instance's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from emulator.errors import ApiError
from emulator.services.redis import flows
from emulator.services.redis.instances import (
    ACCOUNT,
    INSTANCE,
    KIND,
    ONE,
    named,
    note,
    process,
    running,
)
from emulator.services.redis.refusals import bad_value, denied, illegal
from emulator.tables import databases, passwords
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.writing import Value, change, later, place, refuse
from emulator.world.clock import china_time
from emulator.world.shelves import Row

_SIGNS = "()`~!@#$%^&*-+=_|{}[]:;<>,.?/"
"""Documented: the signs that a password may have beside letters and digits."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
# Assumed: how long a change of a password or an account takes.
_SECONDS = 10
CHANGING, VALID = 1, 2
"""Documented: the states of an account."""


def check_password(password: str, most: int = 64) -> str:
    """A password that an instance or an account may have.

    Raises:
        ApiError: there is none, or one that breaks the rules.
    """
    if not password:
        raise ApiError("InvalidParameterValue.PasswordEmpty", "The password is empty.")
    # Documented: 8 to 64 (32 or 30 when it is changed), two of four kinds, no slash at the beginning.
    kinds = passwords.kinds(password, _SIGNS)
    if not 8 <= len(password) <= most or "" in kinds or len(kinds) < 2 or password.startswith("/"):
        raise ApiError(
            "InvalidParameterValue.PasswordRuleError",
            f"The password must have 8 to {most} letters, capitals, digits and signs, of two kinds at least.",
        )
    return password


def _check_old(call: Call, key: str, password: str) -> None:
    if not passwords.opens(databases.settings(call, KIND, key).get("Seal", ""), password):
        raise ApiError("InvalidParameterValue.PasswordError", "The password is wrong.")


def _refuse_encrypted(call: Call) -> None:
    if call.params.get("EncryptPassword"):
        refuse(call, "EncryptPassword")


def reset_password(call: Call) -> Result:
    """Give an instance another password, or none."""
    found, params = running(call, call.params["InstanceId"]), call.params
    _refuse_encrypted(call)
    if params.get("NoAuth"):
        # Documented: there is no password then.
        databases.set_to(call, KIND, found["InstanceId"], Seal="")
        return {"TaskId": process(call, found, _SECONDS, flows.NO_PASSWORD, NoAuth=True, PasswordFree=1)}
    return _set_password(call, found, check_password(params.get("Password") or "", 32))


def modify_instance_password(call: Call) -> Result:
    """Give an instance another password, in return for the old one."""
    found, params = running(call, call.params["InstanceId"]), call.params
    _check_old(call, found["InstanceId"], params["OldPassword"])
    return _set_password(call, found, check_password(params["Password"], 30))


def _set_password(call: Call, found: Value, password: str) -> Result:
    databases.set_to(call, KIND, found["InstanceId"], Seal=passwords.sealed(call, password))
    return {"TaskId": process(call, found, _SECONDS, flows.PASSWORD, NoAuth=False, PasswordFree=0)}


def clear_instance(call: Call) -> Result:
    """Take everything out of an instance, in return for its password."""
    found, params = running(call, call.params["InstanceId"]), call.params
    _refuse_encrypted(call)
    # Documented: no password is needed where there is none.
    if not found["NoAuth"]:
        if not params.get("Password"):
            raise ApiError("InvalidParameterValue.PasswordEmpty", "The password is empty.")
        _check_old(call, found["InstanceId"], params["Password"])
    return {"TaskId": process(call, found, _SECONDS, flows.CLEAN)}


# --- Accounts ---------------------------------------------------------------------------------------------


def _key(instance: str, name: str) -> str:
    return f"{instance}/{name}"


def _account(call: Call, instance: str, name: str) -> Value:
    """An account beside the first one that is in no change.

    Raises:
        ApiError: it does not exist, or is being changed.
    """
    row: Row | None = call.world.read(*place(call, ACCOUNT)).get(_key(instance, name))
    if row is None:
        raise ApiError("ResourceNotFound.AccountDoesNotExists", f"The account `{name}` does not exist.")
    if row.value["Status"] != VALID:
        raise ApiError("ResourceUnavailable.InstanceLockedError", f"The account `{name}` is being changed.")
    return row.value


def _check_policy(found: Value, policy: Sequence[str]) -> list[str]:
    for each in policy:
        if each not in ("master", "replication"):
            raise bad_value("ReadonlyPolicy", each, "master or replication")
    # Documented: replicas only where they may be read from.
    if "replication" in policy and not found["SlaveReadWeight"]:
        raise denied("Replicas cannot be read from in this instance.")
    return list(policy)


def _check_remark(remark: str) -> str:
    # Documented: up to 64 bytes.
    if len(remark.encode()) > 64:
        raise illegal("`Remark` has more than 64 bytes.")
    return remark


def create_instance_account(call: Call) -> Result:
    """Make an account beside the first one."""
    found, params = running(call, call.params["InstanceId"]), call.params
    key, name = found["InstanceId"], params["AccountName"]
    _refuse_encrypted(call)
    if not _NAME.fullmatch(name):
        raise bad_value("AccountName", name, "up to 32 letters, digits, - or _")
    if name == "root" or _key(key, name) in call.world.read(*place(call, ACCOUNT)):
        # Assumed: the code.
        raise ApiError("InvalidParameterValue.CheckNotPass", f"The account `{name}` exists already.")
    if params["Privilege"] not in ("r", "rw"):
        raise bad_value("Privilege", params["Privilege"], "r or rw")
    check_password(params["AccountPassword"])
    time = china_time(call.now)
    account = {
        "InstanceId": key,
        "AccountName": name,
        "Remark": _check_remark(params.get("Remark") or ""),
        "Privilege": params["Privilege"],
        "ReadonlyPolicy": _check_policy(found, params["ReadonlyPolicy"]),
        "Status": CHANGING,
        "CreateTime": time,
        "PasswordLastModifiedTime": time,
    }
    call.world.write(*place(call, ACCOUNT)).put(_key(key, name), Row(account))
    return _change_account(call, found, name)


def _change_account(call: Call, found: Value, name: str) -> Result:
    """Let an account that is being changed be valid after a while."""
    key = _key(found["InstanceId"], name)
    later(call, _SECONDS, ACCOUNT, key, {"Status": CHANGING}, Status=VALID)
    return {"TaskId": note(call, found, _SECONDS, flows.ACCOUNT)}


def modify_instance_account(call: Call) -> Result:
    """Change an account; of the first one only how it reads, its note and its password."""
    found, params = running(call, call.params["InstanceId"]), call.params
    _refuse_encrypted(call)
    changes = _wanted(found, params)
    if params["AccountName"] == "root":
        return _modify_root(call, found, changes)
    if params.get("NoAuth"):
        # Documented: only the first account can do without a password.
        raise denied("Only the account root can do without a password.")
    account = _account(call, found["InstanceId"], params["AccountName"])
    if params.get("AccountPassword"):
        changes["PasswordLastModifiedTime"] = china_time(call.now)
    change(call, ACCOUNT, _key(found["InstanceId"], account["AccountName"]), **changes, Status=CHANGING)
    return _change_account(call, found, account["AccountName"])


def _wanted(found: Value, params: Mapping[str, Any]) -> dict[str, Any]:
    """The members that a change sets, found right."""
    changes: dict[str, Any] = {}
    if params.get("AccountPassword"):
        check_password(params["AccountPassword"])
    if params.get("Privilege"):
        if params["Privilege"] not in ("r", "w", "rw"):
            raise bad_value("Privilege", params["Privilege"], "r, w or rw")
        changes["Privilege"] = params["Privilege"]
    if params.get("ReadonlyPolicy"):
        changes["ReadonlyPolicy"] = _check_policy(found, params["ReadonlyPolicy"])
    if params.get("Remark") is not None:
        changes["Remark"] = _check_remark(params["Remark"])
    return changes


def _modify_root(call: Call, found: Value, changes: dict[str, Any]) -> Result:
    params, key = call.params, found["InstanceId"]
    if "Privilege" in changes:
        # Documented: it cannot be changed.
        raise denied("The privilege of the account root cannot be changed.")
    if params.get("NoAuth") is False and found["NoAuth"] and not params.get("AccountPassword"):
        raise ApiError("InvalidParameterValue.PasswordEmpty", "The password is empty.")
    root = databases.settings(call, KIND, key).get("Root", {})
    databases.set_to(call, KIND, key, Root={**root, **changes})
    if params.get("AccountPassword"):
        seal = passwords.sealed(call, params["AccountPassword"])
        databases.set_to(call, KIND, key, Seal=seal)
        change(call, INSTANCE, key, NoAuth=False, PasswordFree=0)
    elif params.get("NoAuth"):
        databases.set_to(call, KIND, key, Seal="")
        change(call, INSTANCE, key, NoAuth=True, PasswordFree=1)
    return {"TaskId": note(call, found, _SECONDS, flows.ACCOUNT)}


def delete_instance_account(call: Call) -> Result:
    """Remove an account beside the first one."""
    found, name = running(call, call.params["InstanceId"]), call.params["AccountName"]
    if name == "root":
        # Assumed: the first account stays.
        raise denied("The account root cannot be deleted.")
    key = _key(found["InstanceId"], _account(call, found["InstanceId"], name)["AccountName"])
    change(call, ACCOUNT, key, Status=CHANGING)
    call.world.later(_SECONDS, place(call, ACCOUNT), key, given={"Status": CHANGING}, put=None)
    return {"TaskId": note(call, found, _SECONDS, flows.ACCOUNT)}


def describe_instance_account(call: Call) -> Result:
    """A page of the accounts of an instance, the first one first."""
    found, params = named(call), call.params
    offset, limit = params["Offset"], params["Limit"]
    # Documented: 1 to 100, the offset a multiple of it.
    if not 1 <= limit <= 100 or offset < 0 or offset % limit:
        raise illegal("The value of `Offset` or `Limit` is out of range.")
    rows = call.world.read(ACCOUNT.name, call.region).index("InstanceId").get(found["InstanceId"], ())
    accounts = [_root(call, found["InstanceId"]), *(row.value for row in rows)]
    return {"Accounts": accounts[offset : offset + limit], "TotalCount": len(accounts)}


def _root(call: Call, key: str) -> Value:
    # Observed: the first account's members.
    return {
        "InstanceId": key,
        "AccountName": "root",
        "Remark": "default",
        "Privilege": "rw",
        "ReadonlyPolicy": ["master"],
        "Status": VALID,
        "CreateTime": "",
        "PasswordLastModifiedTime": "",
        **databases.settings(call, KIND, key).get("Root", {}),
    }


ACTIONS = tuple(
    Does(action=action, run=run, home="region", asks=ONE)
    for action, run in (
        ("ResetPassword", reset_password),
        ("ModifyInstancePassword", modify_instance_password),
        ("ClearInstance", clear_instance),
        ("CreateInstanceAccount", create_instance_account),
        ("ModifyInstanceAccount", modify_instance_account),
        ("DeleteInstanceAccount", delete_instance_account),
        ("DescribeInstanceAccount", describe_instance_account),
    )
)
