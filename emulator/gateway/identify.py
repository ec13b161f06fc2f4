"""Who is calling: from what a signature claims to a proven identity."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from emulator.errors import (
    invalid_authorization,
    secret_id_not_found,
    signature_expired,
    signature_failure,
    token_failure,
)
from emulator.tables.call import Caller
from emulator.tables.declare import Whose
from emulator.wire.claim import Claim
from emulator.world.accounts import find_key_in_force, note_use
from emulator.world.credentials import AccessKey, Principal
from emulator.world.world import Cloud

WINDOW_SECONDS = 300
"""How far a timestamp may be from the time, the world's or the machine's. Documented: five minutes."""

NOBODY = Principal(kind="federated", uin="", name="nobody")
"""Who has no identity here and no permission; what somebody else vouches for is the action's affair."""


def identify(cloud: Cloud, claim: Claim) -> Caller:
    """Prove the claim.

    Raises:
        ApiError: AuthFailure.SecretIdNotFound, .SignatureExpire, .SignatureFailure or .TokenFailure.
    """
    world = cloud.find_owner(claim.secret_id)
    key = None if world is None else find_key_in_force(world, claim.secret_id)
    if world is None or key is None or key.status != "Active":
        # Documented: a disabled key is answered like one that does not exist.
        raise secret_id_not_found()
    now = world.clock.now()
    if not world.clock.is_near(claim.timestamp, WINDOW_SECONDS):
        raise signature_expired(int(now))
    if not claim.proof.holds(key.secret_key):
        raise signature_failure()
    if (key.token is not None or claim.token) and not _token_holds(key, claim.token, now):
        raise token_failure()
    note_use(world, key.secret_id)
    return Caller(cloud, world, key.principal, key, claim.peer)


def admit_unsigned(cloud: Cloud, claim: Claim, whose: Whose | None, params: Mapping[str, Any]) -> Caller:
    """Let in who signs nothing, for an action that says whose world such a call is about: nobody in there.

    Raises:
        ApiError: AuthFailure.InvalidAuthorization for any other action, or what the product says to
            parameters that name no account.
    """
    if whose is None:
        # Assumed: the text. Documented: only a few product actions may go unsigned.
        raise invalid_authorization("The request must be signed.")
    return Caller(cloud, whose(cloud, params), NOBODY, None, claim.peer)


def _token_holds(key: AccessKey, token: str, now: float) -> bool:
    # Assumed: a token sent with a long-term key fails as a wrong one does.
    if key.token is None or not hmac.compare_digest(key.token.encode(), token.encode("utf-8", "replace")):
        return False
    return key.expires is None or now < key.expires
