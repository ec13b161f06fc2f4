"""OIDC tokens: what one says, if its provider signed it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson

from emulator.errors import not_emulated
from emulator.policy.conditions import Context
from emulator.services.sts import errors

# Assumed: signatures made with the provider's own secret are not taken, for CAM keeps public keys only.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")


def read(token: str, provider: Mapping[str, Any], now: float) -> Context:
    """What conditions can ask about a token: ``oidc:iss``, ``oidc:aud`` and ``oidc:sub``.

    ``provider`` has ``IdentityUrl``, ``ClientId`` and ``IdentityKey``, the base64 of its key set; ``now`` in
    seconds since the epoch.

    Raises:
        ApiError: InvalidParameter.WebIdentityTokenError for a token that the provider did not sign, that is
            another issuer's or for another client, or whose time has not come or is over.
    """
    try:
        import jwt
    except ImportError:
        raise not_emulated(
            "sts:AssumeRoleWithWebIdentity",
            "checking tokens takes `pip install 'tencentcloud-emulator[federation]'`.",
        ) from None
    try:
        key = _key(jwt, token, provider["IdentityKey"])
        # Time is the world's, not this machine's: it is looked at below.
        claims = jwt.decode(
            token,
            key.key,
            algorithms=[algorithm for algorithm in _ALGORITHMS if algorithm == key.algorithm_name],
            issuer=provider["IdentityUrl"],
            audience=list(provider["ClientId"]),
            options={
                "require": ["iss", "aud", "sub", "exp"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except jwt.PyJWTError as reason:
        raise errors.bad_token(str(reason)) from reason
    _check_time(claims, now)
    audience = claims["aud"]
    return {
        "oidc:iss": (str(claims["iss"]),),
        "oidc:aud": tuple(audience) if isinstance(audience, list) else (audience,),
        "oidc:sub": (str(claims["sub"]),),
    }


def _key(jwt: Any, token: str, identity_key: str) -> Any:
    """The provider's key that a token says it was signed with; its only one if the token does not say."""
    # Observed: people paste the provider's JSON Web Key Set.
    try:
        keys = jwt.PyJWKSet.from_dict(orjson.loads(base64.b64decode(identity_key + "=="))).keys
    except (binascii.Error, orjson.JSONDecodeError, AttributeError, TypeError) as reason:
        raise errors.bad_token("the provider's IdentityKey is no JSON Web Key Set") from reason
    name = jwt.get_unverified_header(token).get("kid")
    fitting = [key for key in keys if name is None or key.key_id == name]
    if len(fitting) != 1:
        raise errors.bad_token("it is signed with none of the provider's keys")
    return fitting[0]


def _check_time(claims: Mapping[str, Any], now: float) -> None:
    begin, end = claims.get("nbf", 0), claims["exp"]
    if not all(isinstance(time, int | float) and not isinstance(time, bool) for time in (begin, end)):
        raise errors.bad_token("`exp` and `nbf` must be numbers")
    if now >= end:
        raise errors.bad_token("it has expired")
    if now < begin:
        raise errors.bad_token("it is not valid yet")
