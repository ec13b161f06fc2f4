"""The account as a whole: whose it is, what it holds, how its users log in."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.services.cam import errors
from emulator.services.cam.params import flag, target_uin
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world import accounts


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


def describe_safe_auth_flag(call: Call) -> Result:
    """How the caller's own logins are protected."""
    return accounts.protection(call.world, target_uin(call))


def describe_safe_auth_flag_coll(call: Call) -> Result:
    """How a sub-user's or a collaborator's logins are protected."""
    return accounts.protection(call.world, _known(call, str(call.params["SubUin"])))


def describe_safe_auth_flag_intl(call: Call) -> Result:
    """How the caller's own logins are protected, as the international site says it."""
    found = accounts.protection(call.world, target_uin(call))
    return {name: found[name] for name in ("LoginFlag", "ActionFlag", "OffsiteFlag")}


def set_mfa_flag(call: Call) -> Result:
    """Set how logins and sensitive operations are protected; what is not given stays."""
    uin = _known(call, target_uin(call, "OpUin"))
    switched = {}
    for name in ("LoginFlag", "ActionFlag"):
        given = call.params.get(name) or {}
        switched[name] = {method: flag(given, method) for method in given if given[method] is not None}
        _check_bound(call, uin, switched[name])
    accounts.protect(call.world, uin, **switched)
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
