"""Tokens with which a client logs in to a registry: temporary ones, and those that are kept."""

from __future__ import annotations

import base64
import json
from typing import Any

from emulator.errors import Refusal
from emulator.services.tcr.registries import TOKEN, bad_parameter, cut, moment, page, registry, running
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.writing import Value, place
from emulator.world.shelves import Row

# Documented: an hour. Observed, in the official example: 3650 days for one that is kept.
_SHORT_SECONDS, _LONG_SECONDS = 3600, 3650 * 86400
KINDS = ("temp", "longterm")
# Documented: the code. Assumed: that it is this one, and the text.
_absent = Refusal[str]("ResourceNotFound.TcrResourceNotFound", "The token `{}` does not exist.")


def create_instance_token(call: Call) -> Result:
    """Make a token, and keep that there is one if it is to last."""
    registry_id, params = running(call)["RegistryId"], call.params
    # Documented: a temporary one unless said.
    kind = params.get("TokenType") or KINDS[0]
    if kind not in KINDS:
        raise bad_parameter(f"`TokenType` must be {' or '.join(KINDS)}.")
    is_kept = kind == "longterm"
    # Observed, in the official examples: twenty digits and small letters, and none for a temporary one.
    key = f"c{call.world.mint.uuid().replace('-', '')[:19]}" if is_kept else ""
    ends = int(call.now) + (_LONG_SECONDS if is_kept else _SHORT_SECONDS)
    if is_kept:
        row = {
            "Id": key,
            "Desc": params.get("Desc") or "",
            "RegistryId": registry_id,
            "Enabled": True,
            "CreatedAt": moment(call.now),
            # Assumed: in milliseconds, as where it is made.
            "ExpiredAt": ends * 1000,
        }
        call.world.write(*place(call, TOKEN)).put(key, Row(row))
    # Observed, in the official examples: the time is in milliseconds, and the name is the caller's uin.
    return {
        "Username": call.caller.principal.uin,
        "Token": _written(call, key, ends),
        "ExpTime": ends * 1000,
        "TokenId": key,
    }


def _written(call: Call, key: str, ends: int) -> str:
    """A token as it is handed out. It is kept nowhere, and nothing here takes one."""
    # Observed, in the official examples: a JSON web token of these members. Assumed: it is signed by nobody.
    claims: dict[str, Any] = {
        "ownerUin": call.world.uin,
        "operatorUin": call.caller.principal.uin,
        **({"tokenId": key} if key else {}),
        "exp": ends,
        "nbf": int(call.now),
        "iat": int(call.now),
    }
    head = _part({"alg": "RS256", "kid": call.world.mint.short_id()})
    return f"{head}.{_part(claims)}.{call.world.mint.token()}"


def _part(value: object) -> str:
    text = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def describe_instance_token(call: Call) -> Result:
    """The tokens of a registry that last, without what they are."""
    key = registry(call)["RegistryId"]
    rows = [row.value for row in call.world.read(*place(call, TOKEN)).index("RegistryId").get(key, ())]
    return {"TotalCount": len(rows), "Tokens": page(call, rows, cut(call.params))}


def _named(call: Call) -> Value:
    """The token of a registry that a call names."""
    key = running(call)["RegistryId"]
    row = call.world.read(*place(call, TOKEN)).get(call.params["TokenId"])
    if row is None or row.value["RegistryId"] != key:
        raise _absent(call.params["TokenId"])
    found: Value = row.value
    return found


def modify_instance_token(call: Call) -> Result:
    """Let a token hold or not, or describe it anew."""
    found, params = _named(call), call.params
    # Documented: 1 describes and 2 lets hold, which it is unless said.
    members = {1: ("Desc", "Desc"), 2: ("Enable", "Enabled")}
    flag = 2 if params.get("ModifyFlag") is None else params["ModifyFlag"]
    if flag not in members:
        raise bad_parameter("`ModifyFlag` must be 1 or 2.")
    name, member = members[flag]
    if params.get(name) is None:
        raise bad_parameter(f"`{name}` must be given.")
    changed = {**found, member: params[name]}
    call.world.write(*place(call, TOKEN)).put(found["Id"], Row(changed))
    return {}


def delete_instance_token(call: Call) -> Result:
    """Let a token hold no longer, for good."""
    call.world.write(*place(call, TOKEN)).remove(_named(call)["Id"])
    return {}


ACTIONS = tuple(
    Does(action=action, run=run, home="region")
    for action, run in (
        ("CreateInstanceToken", create_instance_token),
        ("DescribeInstanceToken", describe_instance_token),
        ("ModifyInstanceToken", modify_instance_token),
        ("DeleteInstanceToken", delete_instance_token),
    )
)
