"""The account as a whole: whose it is, what it holds, how its users log in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.services.cam import errors
from emulator.services.cam.params import flag, target_uin
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world import accounts
from emulator.world.shelves import Row


def get_user_app_id(call: Call) -> Result:
    """Who calls, in which account."""
    # Assumed: for a role, whoever asked for the role.
    world, principal = call.world, call.caller.principal
    return {"Uin": principal.asked_by or principal.uin, "OwnerUin": world.uin, "AppId": world.app_id}


def get_account_summary(call: Call) -> Result:
    """How many of everything the account holds."""
    # Assumed: custom policies only.
    world = call.world
    providers = len(world.read("cam.saml")) + len(world.read("cam.oidc"))
    return {
        "Policies": len(world.read("cam.policy")),
        "Roles": len(world.read("cam.role")),
        "Idps": providers,
        "User": len(world.read("cam.user")),
        "Group": len(world.read("cam.group")),
        "Member": len(world.read("cam.member")),
        "IdentityProviders": providers,
    }


# --- Protection of logins and sensitive operations --------------------------------------------------------

_METHODS = ("Phone", "Token", "Stoken", "Wechat", "Custom", "Mail", "U2FToken", "Passkey")
_NOTHING: Mapping[str, int] = dict.fromkeys(_METHODS, 0)
# Documented: how nothing set looks, in the official examples; LoginFlag.Phone is 1 there. Assumed: that it is
# 0 for a new user.
_FLAGS: Mapping[str, Any] = {
    "LoginFlag": _NOTHING,
    "ActionFlag": _NOTHING,
    "OffsiteFlag": {"VerifyFlag": 0, "NotifyPhone": 1, "NotifyEmail": 1, "NotifyWechat": 1, "Tips": 0},
    "PromptTrust": 0,
}


def describe_safe_auth_flag(call: Call) -> Result:
    """How the caller's own logins are protected."""
    return _flags(call, target_uin(call))


def describe_safe_auth_flag_coll(call: Call) -> Result:
    """How a sub-user's or a collaborator's logins are protected."""
    return _flags(call, _known(call, str(call.params["SubUin"])))


def describe_safe_auth_flag_intl(call: Call) -> Result:
    """How the caller's own logins are protected, as the international site says it."""
    found = _flags(call, target_uin(call))
    return {name: found[name] for name in ("LoginFlag", "ActionFlag", "OffsiteFlag")}


def set_mfa_flag(call: Call) -> Result:
    """Set how logins and sensitive operations are protected; what is not given stays."""
    uin = _known(call, target_uin(call, "OpUin"))
    found = dict(_flags(call, uin))
    for name in ("LoginFlag", "ActionFlag"):
        given = call.params.get(name) or {}
        methods = {method: flag(given, method) for method in given if given[method] is not None}
        _check_bound(call, uin, methods)
        found[name] = {**found[name], **methods}
    call.world.write("cam.flags").put(uin, Row(found))
    return {}


def _check_bound(call: Call, uin: str, methods: Mapping[str, int]) -> None:
    # Documented: a phone must be bound. Assumed: a phone number is enough, and WeChat is always bound.
    user = accounts.find_user(call.world, uin=uin)
    if methods.get("Phone") and user is not None and not user.value["PhoneNum"]:
        raise errors.no_phone()


def _known(call: Call, uin: str) -> str:
    world = call.world
    if accounts.find_principal(world, uin) is None and uin not in world.read("cam.collaborator"):
        raise errors.no_user()
    return uin


def _flags(call: Call, uin: str) -> Mapping[str, Any]:
    row = call.world.read("cam.flags").get(uin)
    return _FLAGS if row is None else row.value


def refuse_mfa_token(_call: Call) -> Result:
    """Refuse a custom MFA token: nothing here gives any out."""
    raise errors.bad_mfa_token()


ACTIONS = (
    Does(action="GetUserAppId", run=get_user_app_id),
    Does(action="GetAccountSummary", run=get_account_summary),
    Does(action="DescribeSafeAuthFlag", run=describe_safe_auth_flag),
    Does(action="DescribeSafeAuthFlagColl", run=describe_safe_auth_flag_coll),
    Does(action="DescribeSafeAuthFlagIntl", run=describe_safe_auth_flag_intl),
    Does(action="SetMfaFlag", run=set_mfa_flag),
    Does(action="GetCustomMFATokenInfo", run=refuse_mfa_token),
    Does(action="ConsumeCustomMFAToken", run=refuse_mfa_token),
)
