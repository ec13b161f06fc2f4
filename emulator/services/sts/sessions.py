"""Temporary keys: what narrows them, how long they last, and how they are handed out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from emulator.policy.document import BadPolicy, parse
from emulator.services.sts import errors
from emulator.tables.call import Call, Result
from emulator.world import accounts
from emulator.world.clock import iso_time
from emulator.world.credentials import AccessKey, Principal
from emulator.world.world import World

_SESSION = re.compile(r"[\w+=,.@-]{2,128}", re.ASCII)


def session_name(params: Mapping[str, Any]) -> str:
    """The session's name, if it is one."""
    name: str = params["RoleSessionName"]
    if not _SESSION.fullmatch(name):
        raise errors.bad_parameter("RoleSessionName", "2 to 128 letters, digits or _+=,.@-")
    return name


def session_policy(text: str | None) -> str | None:
    """The policy a session is narrowed by, as JSON."""
    if not text:
        return None
    # Documented: it comes URL-encoded and is decoded once. Assumed: one that is not encoded passes.
    plain = text if text.lstrip().startswith("{") else unquote_plus(text)
    try:
        return parse(plain, "Policy").text
    except BadPolicy as bad:
        raise errors.bad_policy(bad) from bad


def seconds(params: Mapping[str, Any], default: int, longest: int) -> int:
    """How long the key shall last."""
    # Assumed: the default gives way to a role that allows less.
    asked: int | None = params.get("DurationSeconds")
    if asked is None:
        return min(default, longest)
    if asked < 1:
        raise errors.bad_parameter("DurationSeconds", "a number of seconds")
    if asked > longest:
        raise errors.too_long(longest)
    return asked


def credentials(call: Call, world: World, principal: Principal, seconds: int) -> Result:
    """Make a temporary key and answer with it."""
    expires = int(call.now) + seconds
    key: AccessKey = accounts.add_temporary_key(
        call.caller.cloud, world, principal, expires=expires, is_long=principal.kind == "federated"
    )
    return {
        "Credentials": {
            "Token": key.token,
            "TmpSecretId": key.secret_id,
            "TmpSecretKey": key.secret_key,
        },
        "ExpiredTime": expires,
        "Expiration": iso_time(expires),
    }
