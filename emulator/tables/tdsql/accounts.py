"""Accounts in TDSQL instances and what they may do; passwords are checked for form and forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emulator.errors import ApiError
from emulator.tables import databases, passwords
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.mysql import COLUMN, DATABASE, TABLE, is_host
from emulator.tables.tdsql.product import Product, begin_flow, illegal, running, settings
from emulator.tables.writing import Value, refuse
from emulator.world.clock import china_time

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
_SIGNS = "()~!@#$%^&*-+=_|{}[]:<>,.?/"
"""Documented: the signs that a password may have beside letters and digits."""
_SUPER = ("root", "mysql", "tdsqlsys_normal", "admin")
"""Assumed: which names the system keeps for itself."""
# Assumed: how long a change of privileges takes.
_SECONDS = 5
# Documented: what may be granted on routines, and everywhere.
ROUTINE = ("ALTER ROUTINE", "EXECUTE")
GLOBAL = (*DATABASE, "PROCESS", "SHOW DATABASES", "REPLICATION CLIENT", "REPLICATION SLAVE", "RELOAD")
_READING = frozenset({"SELECT", "SHOW VIEW", "SHOW DATABASES"})
"""Assumed: what an account may do that is for reading only."""
# By the kind of thing: the members that name it, how a single grant calls the kind, and what it may hold.
_THINGS: Mapping[str, tuple[tuple[str, ...], str, Sequence[str]]] = {
    "DatabasePrivileges": (("Database",), "*", DATABASE),
    "TablePrivileges": (("Database", "Table"), "table", TABLE),
    "ColumnPrivileges": (("Database", "Table", "Column"), "column", COLUMN),
    "ViewPrivileges": (("Database", "View"), "view", TABLE),
    "FunctionPrivileges": (("Database", "FunctionName"), "func", ROUTINE),
    "ProcedurePrivileges": (("Database", "Procedure"), "proc", ROUTINE),
}
Place = tuple[str, ...]
"""Where a grant holds: nothing for everywhere; else its kind and the names down to it."""


# --- Checks -----------------------------------------------------------------------------------------------


def check_password(product: Product, password: str) -> None:
    """Refuse a password that the product does not take."""
    kinds = passwords.kinds(password, _SIGNS)
    if "" in kinds:
        raise ApiError("InvalidParameter.CharacterError", "The password has a character not allowed.")
    # Documented: 8 to 32, no slash at the beginning; four kinds for the one product, for the other one two
    # of three, as letters are letters there.
    if not product.needs_all_kinds:
        kinds = {kind.replace("capital", "small") for kind in kinds}
    fewest = 4 if product.needs_all_kinds else 2
    if not 8 <= len(password) <= 32 or password.startswith("/") or len(kinds) < fewest:
        raise ApiError(
            "InvalidParameter.CheckParamNotPass",
            "The password must have 8 to 32 letters, digits and signs, and not begin with a slash.",
        )


def _check_who(user: str, host: str) -> None:
    if not _NAME.fullmatch(user):
        raise illegal(f"`{user}` is not a name of an account.")
    if user in _SUPER:
        raise ApiError("InvalidParameterValue.SuperUserForbidden", f"`{user}` is the system's own.")
    if not is_host(host):
        raise illegal(f"`{host}` is not a host of an account.")


def _check_description(text: str) -> str:
    # Documented: up to 256.
    if len(text) > 256:
        raise illegal("`Description` has more than 256 characters.")
    return text


def _password(call: Call, product: Product) -> None:
    """Check the password that a call gives."""
    refuse(call, "EncryptedPassword")
    if not call.params.get("Password"):
        # Assumed: one of the two has to be given.
        raise illegal("The parameter `Password` is missing.")
    check_password(product, call.params["Password"])


# --- Finding and keeping ----------------------------------------------------------------------------------


class Held:
    """The accounts of one instance, and what each may do where."""

    def __init__(self, call: Call, product: Product) -> None:
        found = settings(call, product)
        self._call, self._product = call, product
        self.accounts: dict[tuple[str, str], Value] = {
            (account["UserName"], account["Host"]): account for account in found["Accounts"]
        }
        # What holds everywhere stands beside the accounts; the rest in grants of their own.
        pairs = zip(self.accounts, found["Privileges"], strict=True)
        self.grants: dict[tuple[str, str], dict[Place, list[str]]] = {
            who: {(): list(may)} for who, may in pairs
        }
        for grant in found.get("Grants", ()):
            user, host = grant["Account"]
            self.grants[user, host][tuple(grant["Place"])] = list(grant["Privileges"])

    def account(self, user: str, host: str) -> tuple[str, str]:
        """Who this is, if there is such an account."""
        # Documented: no host is any host.
        who = (user, host or "%")
        if who not in self.accounts:
            raise ApiError(
                "ResourceNotFound.AccountDoesNotExist", f"The account `{user}`@`{host}` does not exist."
            )
        return who

    def keep(self) -> None:
        """Put everything back."""
        databases.set_to(
            self._call,
            self._product.kind,
            self._call.params["InstanceId"],
            Accounts=list(self.accounts.values()),
            Privileges=[self.grants[who][()] for who in self.accounts],
            Grants=[
                {"Account": list(who), "Place": list(place), "Privileges": privileges}
                for who, grants in self.grants.items()
                for place, privileges in grants.items()
                if place and privileges
            ],
        )

    def change(self, who: tuple[str, str], **members: Any) -> None:
        """Set members of an account."""
        self.accounts[who] = {**self.accounts[who], **members, "UpdateTime": china_time(self._call.now)}


def _open(product: Product, call: Call) -> tuple[Held, tuple[str, str]]:
    """The accounts of the instance that a call names, which runs, and the account that it names."""
    running(call, product)
    held = Held(call, product)
    return held, held.account(call.params["UserName"], call.params["Host"])


# --- Actions ----------------------------------------------------------------------------------------------


def create_account(product: Product, call: Call) -> Result:
    """Make an account."""
    running(call, product)
    held, params = Held(call, product), call.params
    who = (params["UserName"], params["Host"] or "%")
    _check_who(*who)
    if who in held.accounts:
        raise ApiError(
            "InvalidParameterValue.AccountAlreadyExists", f"The account `{who[0]}`@`{who[1]}` exists already."
        )
    _password(call, product)
    reading = params.get("ReadOnly") or 0
    if reading not in (0, 1, 2, 3):
        raise illegal("`ReadOnly` must be 0, 1, 2 or 3.")
    if params.get("SlaveConst") not in (None, 0, 1):
        raise illegal("`SlaveConst` must be 0 or 1.")
    if (params.get("DelayThresh") or 0) < 0:
        raise illegal("`DelayThresh` must not be negative.")
    time = china_time(call.now)
    held.accounts[who] = {
        "UserName": who[0],
        "Host": who[1],
        "Description": _check_description(params.get("Description") or ""),
        "CreateTime": time,
        "UpdateTime": time,
        "ReadOnly": reading,
        # Documented: these say something for accounts that only read.
        "DelayThresh": params.get("DelayThresh") or 0,
        "SlaveConst": params.get("SlaveConst") or 0,
        "MaxUserConnections": params.get("MaxUserConnections") or 0,
    }
    held.grants[who] = {(): []}
    held.keep()
    return {**{name: params[name] for name in ("InstanceId", "UserName", "Host")}, "ReadOnly": reading}


def delete_account(product: Product, call: Call) -> Result:
    """Remove an account."""
    held, who = _open(product, call)
    del held.accounts[who], held.grants[who]
    held.keep()
    return {}


def modify_account_description(product: Product, call: Call) -> Result:
    """Give an account another note."""
    held, who = _open(product, call)
    held.change(who, Description=_check_description(call.params["Description"]))
    held.keep()
    return {}


def reset_account_password(product: Product, call: Call) -> Result:
    """Give an account another password."""
    held, who = _open(product, call)
    _password(call, product)
    held.change(who)
    held.keep()
    return {}


def clone_account(product: Product, call: Call) -> Result:
    """Make an account that may do what another one may."""
    key, params = running(call, product)["InstanceId"], call.params
    held = Held(call, product)
    source = held.account(params["SrcUser"], params["SrcHost"])
    who = (params["DstUser"], params["DstHost"] or "%")
    _check_who(*who)
    if who in held.accounts:
        raise ApiError(
            "InvalidParameterValue.AccountAlreadyExists", f"The account `{who[0]}`@`{who[1]}` exists already."
        )
    time = china_time(call.now)
    held.accounts[who] = {
        **held.accounts[source],
        "UserName": who[0],
        "Host": who[1],
        "Description": _check_description(params.get("DstDesc") or ""),
        "CreateTime": time,
        "UpdateTime": time,
    }
    held.grants[who] = {place: list(may) for place, may in held.grants[source].items()}
    held.keep()
    return {"FlowId": begin_flow(call, [key], _SECONDS)}


def describe_accounts(product: Product, call: Call) -> Result:
    """Every account of one instance."""
    return {"InstanceId": call.params["InstanceId"], "Users": settings(call, product)["Accounts"]}


# --- Privileges -------------------------------------------------------------------------------------------


def _place(params: Mapping[str, Any]) -> tuple[Place, Sequence[str]]:
    """Where a single grant holds, and what it may hold."""
    # Documented: * is everywhere, and all of a database where the type is *. Observed: \\* as well.
    database, kind = params["DbName"].replace("\\", ""), (params.get("Type") or "").replace("\\", "")
    if database == "*":
        return (), GLOBAL
    if kind in ("*", ""):
        return ("*", database), DATABASE
    known = {"table": TABLE, "view": TABLE, "proc": ROUTINE, "func": ROUTINE}
    if kind not in known:
        raise illegal("`Type` must be table, view, proc, func or *.")
    thing, column = params.get("Object") or "", (params.get("ColName") or "*").replace("\\", "")
    if thing in ("", "*"):
        raise illegal("`Object` must name one.")
    if kind == "table" and column != "*":
        return ("column", database, thing, column), COLUMN
    return (kind, database, thing), known[kind]


def _checked(privileges: Iterable[str], allowed: Sequence[str]) -> list[str]:
    # Observed: small letters are taken, capitals shown.
    found = list(dict.fromkeys(each.upper() for each in privileges))
    for each in found:
        if each not in allowed:
            raise ApiError(
                "InvalidParameterValue.IllegalRightParam", f"The privilege `{each}` cannot be granted here."
            )
    return found


def _check_reading(account: Value, privileges: Iterable[str]) -> None:
    # Documented: an account that only reads cannot be let write.
    if account["ReadOnly"] and not set(privileges) <= _READING:
        raise ApiError("InvalidParameterValue.BadUserRight", "The account is for reading only.")


def grant_account_privileges(product: Product, call: Call) -> Result:
    """Say what an account may do at one place, and nothing else there."""
    held, who = _open(product, call)
    place, allowed = _place(call.params)
    privileges = _checked(call.params["Privileges"], allowed)
    _check_reading(held.accounts[who], privileges)
    held.grants[who][place] = privileges
    held.change(who)
    held.keep()
    return {}


def modify_account_privileges(product: Product, call: Call) -> Result:
    """Say what accounts may do at some places; what is not spoken of stays."""
    key, params = running(call, product)["InstanceId"], call.params
    held = Held(call, product)
    meant = [held.account(each["User"], each["Host"]) for each in params["Accounts"]]
    if not meant:
        raise illegal("`Accounts` is empty.")
    wanted: dict[Place, list[str]] = {}
    if params.get("GlobalPrivileges") is not None:
        wanted[()] = _checked(params["GlobalPrivileges"], GLOBAL)
    for name, (members, kind, allowed) in _THINGS.items():
        for grant in params.get(name) or ():
            place = (kind, *(grant[member] for member in members))
            wanted[place] = _checked(grant["Privileges"], allowed)
    for who in meant:
        for privileges in wanted.values():
            _check_reading(held.accounts[who], privileges)
    for who in meant:
        held.grants[who] |= wanted
        held.change(who)
    held.keep()
    return {"FlowId": begin_flow(call, [key], _SECONDS)}


def describe_account_privileges(product: Product, call: Call) -> Result:
    """What one account may do at one place."""
    held, params = Held(call, product), call.params
    who = held.account(params["UserName"], params["Host"])
    place, _ = _place(params)
    names = {name: params[name] for name in ("InstanceId", "UserName", "Host")}
    return {**names, "Privileges": held.grants[who].get(place, [])}


def actions(product: Product) -> tuple[Does, ...]:
    """The actions of accounts."""
    return tuple(
        product.does(action, run, "InstanceId")
        for action, run in (
            ("CreateAccount", create_account),
            ("DeleteAccount", delete_account),
            ("ModifyAccountDescription", modify_account_description),
            ("ResetAccountPassword", reset_account_password),
            ("CloneAccount", clone_account),
            ("DescribeAccounts", describe_accounts),
            ("GrantAccountPrivileges", grant_account_privileges),
            ("ModifyAccountPrivileges", modify_account_privileges),
            ("DescribeAccountPrivileges", describe_account_privileges),
        )
    )
