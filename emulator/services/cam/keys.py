"""Access keys: made, shown once, listed, switched, removed; and when they were last used."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Literal

from emulator.services.cam import errors, limits
from emulator.services.cam.params import target_uin
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world import accounts
from emulator.world.clock import china_time
from emulator.world.credentials import AccessKey, Principal

_DESCRIPTION = re.compile(r"[\w+=,.@:/-]{1,1024}")
_STATUSES: dict[str, Literal["Active", "Inactive"]] = {"Active": "Active", "Inactive": "Inactive"}


def create_access_key(call: Call) -> Result:
    """Give a user a key; its secret is in this answer and in no other."""
    owner = _owner(call)
    _check_may_touch(call, owner)
    description = call.params.get("Description") or ""
    if description and not _DESCRIPTION.fullmatch(description):
        raise errors.bad_parameter("Description", "1 to 1024 letters, digits or _+=,.@:/-")
    if len(accounts.keys_of(call.world, owner.uin)) >= limits.KEYS_OF_A_USER:
        raise errors.keys_full()
    key = accounts.add_key(call.caller.cloud, call.world, owner, description=description)
    shown = _as_shown(key)
    return {"AccessKey": {**shown, "SecretAccessKey": key.secret_key}}


def list_access_keys(call: Call) -> Result:
    """The keys of a user, all of them at once."""
    # Assumed: the root's own uin answers, also to a sub-user that has the permission.
    owner = _owner(call)
    return {"AccessKeys": [_as_shown(key) for key in accounts.keys_of(call.world, owner.uin)]}


def update_access_key(call: Call) -> Result:
    """Enable or disable a key."""
    status = _STATUSES.get(call.params["Status"])
    if status is None:
        raise errors.bad_parameter("Status", "Active or Inactive")
    accounts.set_status(call.world, _key(call), status)
    return {}


def delete_access_key(call: Call) -> Result:
    """Delete a key for good."""
    # Assumed: an active key can be deleted; only the console is documented to disable it first.
    accounts.remove_key(call.world, _key(call).secret_id)
    return {}


def get_security_last_used(call: Call) -> Result:
    """When keys were last used, in the order asked for."""
    wanted = call.params["SecretIdList"]
    if len(wanted) > 10:
        # Documented: ten at most.
        raise errors.too_many_uins()
    return {"SecretIdLastUsedRows": [_last_use(call, secret_id) for secret_id in wanted]}


def _last_use(call: Call, secret_id: str) -> dict[str, object]:
    # Documented: the date lags a day behind, so a use counts from the next day on. Observed: null for never.
    # Assumed: a key that does not exist answers like one that was never used.
    key = accounts.find_key(call.world, secret_id)
    used = None if key is None else accounts.last_used(call.world, secret_id)
    date = None if used is None else datetime.fromtimestamp(used, UTC) + timedelta(hours=8)
    return {
        "SecretId": secret_id,
        "LastUsedDate": None if date is None else date.strftime("%Y-%m-%d"),
        "LastSecretUsedDate": None if used is None else int(used * 1000),
    }


def _owner(call: Call) -> Principal:
    owner = accounts.find_principal(call.world, target_uin(call))
    if owner is None:
        raise errors.no_target()
    return owner


def _check_may_touch(call: Call, owner: Principal) -> None:
    # Documented: sub-users may not operate the root's keys, whatever they are granted.
    if owner.kind == "root" and not call.caller.is_root:
        raise errors.root_key()


def _key(call: Call) -> AccessKey:
    """The key a call names, of the user it names."""
    owner = _owner(call)
    key = accounts.find_key(call.world, call.params["AccessKeyId"])
    if key is None:
        raise errors.no_key()
    _check_may_touch(call, key.principal)
    if key.principal.uin != owner.uin:
        raise errors.not_its_key()
    return key


def _as_shown(key: AccessKey) -> dict[str, str]:
    return {
        "AccessKeyId": key.secret_id,
        "Status": key.status,
        "CreateTime": china_time(key.created),
        "Description": key.description,
    }


def _asks_for_user(call: Call) -> tuple[str, ...]:
    # Documented: the one operation on keys that CAM judges by resource.
    return (f"qcs::cam::uin/{call.world.uin}:uin/{target_uin(call)}",)


ACTIONS = (
    Does(action="CreateAccessKey", run=create_access_key, asks=_asks_for_user),
    Does(action="ListAccessKeys", run=list_access_keys),
    Does(action="UpdateAccessKey", run=update_access_key),
    Does(action="DeleteAccessKey", run=delete_access_key),
    Does(action="GetSecurityLastUsed", run=get_security_last_used),
)
