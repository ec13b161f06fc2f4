"""Federated users: keys with what their maker and a policy both allow."""

from __future__ import annotations

import re

from emulator.services.sts import errors
from emulator.services.sts.sessions import credentials, seconds, session_policy
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world.credentials import Principal

LONGEST_ROOT_SECONDS = 7200
LONGEST_USER_SECONDS = 129600
"""Documented: how long a federated user's keys may last, by who made it."""

_NAME = re.compile(r"[A-Za-z]+")


def get_federation_token(call: Call) -> Result:
    """A temporary key with what the caller and a policy both allow."""
    params, caller = call.params, call.caller
    if caller.key is not None and caller.key.token is not None:
        raise errors.temporary_key_refused()
    if not _NAME.fullmatch(params["Name"]):
        raise errors.bad_parameter("Name", "letters")
    longest = LONGEST_ROOT_SECONDS if caller.is_root else LONGEST_USER_SECONDS
    lasting = seconds(params, 1800, longest)
    policy = session_policy(params["Policy"])
    principal = Principal(
        kind="federated", uin=caller.principal.uin, session=params["Name"], session_policy=policy
    )
    return credentials(call, call.world, principal, lasting)


def refuse_session_token(call: Call) -> Result:
    """Refuse a token for a second factor: nobody has a device here."""
    seconds(call.params, 1800, LONGEST_USER_SECONDS)
    raise errors.mfa_failed()


ACTIONS = (
    Does(action="GetFederationToken", run=get_federation_token),
    Does(action="GetSessionToken", run=refuse_session_token),
)
