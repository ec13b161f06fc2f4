"""Security Token Service: who am I, and keys that expire."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from emulator.errors import ApiError, NotFound
from emulator.policy.decide import trusts
from emulator.policy.document import BadPolicy, parse
from emulator.policy.document import Principal as Trusted
from emulator.policy.explain import sentence
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Service
from emulator.world import accounts
from emulator.world.clock import iso_time
from emulator.world.coming import tell_role_change
from emulator.world.credentials import AccessKey, Principal
from emulator.world.shelves import Row
from emulator.world.world import World

LONGEST_ROLE_SECONDS = 43200
LONGEST_ROOT_SECONDS = 7200
LONGEST_USER_SECONDS = 129600
"""Documented: how long temporary keys may last: a role's, and a federated user's by who made it."""

_SESSION = re.compile(r"[\w+=,.@-]{2,128}", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,128}", re.ASCII)
_FEDERATED_NAME = re.compile(r"[A-Za-z]+")
_ARN = re.compile(
    r"qcs::cam::uin/(?P<owner>[0-9]+):"
    r"(?:role(?:/tencentcloudServiceRole)?/(?P<id>[0-9]+)"
    r"|role(?:Name|/tencentcloudServiceRoleName)/(?P<name>[A-Za-z0-9+=,.@_-]+))"
)


# --- What it says when it refuses -------------------------------------------------------------------------

# Documented: the codes, and which actions declare them. Assumed: the texts.


def bad_parameter(name: str, expected: str) -> ApiError:
    """A parameter that has the right type and no meaning."""
    return ApiError(
        "InvalidParameter.ParamError",
        f"The parameter `{name}` is not valid: expected {expected}.",
        "参数错误。",
    )


def too_long(longest: int) -> ApiError:
    """A temporary key that would last too long."""
    return ApiError(
        "InvalidParameter.OverTimeError",
        f"The expiration time exceeds the threshold of {longest} seconds.",
        "过期时间超过阈值。",
    )


def no_role(why: Sequence[str] = ()) -> ApiError:
    """No such role in that account."""
    # Assumed: this code. InternalError.GetRoleError, "role not exist", is declared as well.
    return ApiError(
        "ResourceNotFound.RoleNotFound", "The role does not exist.", "账号对应的角色不存在。", why=why
    )


def not_trusted(arn: str, why: Sequence[str]) -> ApiError:
    """A role that does not trust who asks for it."""
    # Documented: the code and the sentence.
    return ApiError(
        "UnauthorizedOperation",
        f"you are not authorized to perform operation (sts:AssumeRole)\nresource ({arn}) has no permission\n",
        why=why,
    )


def bad_policy(bad: BadPolicy) -> ApiError:
    """A session policy that is none."""
    if bad.code.endswith("LengthOverLimit"):
        return ApiError("InvalidParameter.PolicyTooLong", "The policy is too long.", "策略过长。")
    return ApiError(
        "InvalidParameter.StrategyFormatError", f"The policy is not valid. {bad}", "策略语法错误。"
    )


def temporary_key_refused() -> ApiError:
    """A temporary key where a long-term one is wanted."""
    return ApiError(
        "FailedOperation.TempKeyNotAllowed",
        "This API cannot be called with a temporary key.",
        "该接口不支持临时密钥调用",
    )


def mfa_failed() -> ApiError:
    """An MFA code that does not fit: nobody has a device here."""
    return ApiError("FailedOperation.CheckMFAError", "The MFA code could not be verified.", "校验MFA失败")


def no_account() -> ApiError:
    """No such account to look at."""
    return ApiError(
        "InvalidParameter.AccountNotAvaliable", "The account is not available.", "账号不存在或不可用。"
    )


# --- Who am I ---------------------------------------------------------------------------------------------


def get_caller_identity(call: Call) -> Result:
    """The identity behind the key."""
    # Documented: the forms for a sub-user, a role and a federated user (official examples), their short Arn
    # included; a role's PrincipalId is who asked for it. Assumed: a root's Type is "Account" (reported once),
    # and its Arn.
    world, principal = call.world, call.caller.principal
    uin = principal.uin
    answer = {"AccountId": world.uin, "UserId": uin, "PrincipalId": uin}
    match principal.kind:
        case "root":
            return {**answer, "Type": "Account", "Arn": f"qcs::cam:{world.uin}:root"}
        case "user":
            return {**answer, "Type": "CAMUser", "Arn": f"qcs::cam:{world.uin}:uin/{uin}"}
        case "role":
            return {
                **answer,
                "Type": "CAMRole",
                "UserId": f"{uin}:{principal.session}",
                "PrincipalId": principal.asked_by or uin,
                "Arn": f"qcs::sts:{world.uin}:assumed-role/{uin}",
            }
        case "federated":
            return {
                **answer,
                "Type": "CAMUser",
                "UserId": f"{uin}:{principal.session}",
                "Arn": f"qcs::sts:{world.uin}:federated-user/{uin}",
            }


def query_api_key(call: Call) -> Result:
    """The long-term keys of an account, without their secrets."""
    # Documented: status 2 is active, 3 disabled.
    uin = str(call.params.get("TargetUin") or call.caller.principal.uin)
    if accounts.find_principal(call.world, uin) is None:
        raise no_account()
    shown = [
        {
            "SecretId": key.secret_id,
            "CreateTime": int(key.created),
            "Status": 2 if key.status == "Active" else 3,
        }
        for key in accounts.keys_of(call.world, uin)
    ]
    return {"IdKeys": shown}


# --- Roles ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """A role that a RoleArn names, and the world it is in."""

    world: World
    role: Row


def assume_role(call: Call) -> Result:
    """Take a role that trusts the caller: a temporary key with the role's permissions."""
    params = call.params
    session = params["RoleSessionName"]
    if not _SESSION.fullmatch(session):
        raise bad_parameter("RoleSessionName", "2 to 128 letters, digits or _+=,.@-")
    policy = _session_policy(params.get("Policy"))
    _check_tags(params)
    if params.get("SerialNumber") or params.get("TokenCode"):
        # Assumed: nobody has an MFA device.
        raise mfa_failed()
    wanted = _find_role(call)
    _check_trust(call, wanted)
    value = wanted.role.value
    seconds = _seconds(
        params, 7200, min(LONGEST_ROLE_SECONDS, value["SessionDuration"] or LONGEST_ROLE_SECONDS)
    )
    caller = call.caller.principal
    principal = Principal(
        kind="role",
        uin=value["RoleId"],
        name=value["RoleName"],
        session=session,
        session_policy=policy,
        asked_by=caller.asked_by or caller.uin,
    )
    return _credentials(call, wanted.world, principal, seconds)


def _find_role(call: Call) -> Wanted:
    arn = _ARN.fullmatch(call.params["RoleArn"])
    if arn is None:
        raise bad_parameter("RoleArn", "qcs::cam::uin/<account>:roleName/<name> or …:role/<id>")
    try:
        world = call.caller.cloud.world(arn["owner"])
    except NotFound:
        raise no_role() from None
    role = accounts.find_role(world.in_force(), role_id=arn["id"], name=arn["name"])
    if role is None:
        coming = accounts.find_role(world, role_id=arn["id"], name=arn["name"])
        raise no_role([] if coming is None else _tell_change(world, coming))
    return Wanted(world, role)


def _check_trust(call: Call, wanted: Wanted) -> None:
    """Ask the role's trust policy about the caller."""
    # Assumed: a role is trusted by its own name, a federated user as its maker.
    principal = call.caller.principal
    kind = "role" if principal.kind == "role" else "uin"
    me = "root" if principal.kind == "root" else f"{kind}/{principal.uin}"
    external_id = call.params.get("ExternalId")
    if external_id is not None and not _EXTERNAL_ID.fullmatch(external_id):
        raise bad_parameter("ExternalId", "2 to 128 letters, digits or _+=,.@:/-")
    trust = parse(wanted.role.value["PolicyDocument"], trust=True)
    asking = f"qcs::cam::uin/{call.world.uin}:{me}"
    known = {"sts:external_id": (external_id,)} if external_id is not None else {}
    decision = trusts(trust, Trusted("qcs", asking), known)
    if not decision.allowed:
        why = [
            f"the role does not trust {asking}: {sentence(decision)}",
            *_tell_change(wanted.world, wanted.role),
        ]
        raise not_trusted(call.params["RoleArn"], why)


def _tell_change(world: World, role: Row) -> list[str]:
    change = tell_role_change(world, role.value["RoleId"])
    return [] if change is None else [f"not yet: {change}"]


def _check_tags(params: Mapping[str, Any]) -> None:
    # Documented: fifty tags, no key twice. Assumed: no condition here asks about the tags of a session.
    keys = [tag["Key"] for tag in params.get("Tags") or ()]
    if len(keys) > 50 or len(set(keys)) < len(keys):
        raise bad_parameter("Tags", "at most 50 tags with different keys")


# --- Federated users --------------------------------------------------------------------------------------


def get_federation_token(call: Call) -> Result:
    """A temporary key with what the caller and a policy both allow."""
    params, caller = call.params, call.caller
    if caller.key.token is not None:
        raise temporary_key_refused()
    if not _FEDERATED_NAME.fullmatch(params["Name"]):
        raise bad_parameter("Name", "letters")
    longest = LONGEST_ROOT_SECONDS if caller.is_root else LONGEST_USER_SECONDS
    seconds = _seconds(params, 1800, longest)
    policy = _session_policy(params["Policy"])
    principal = Principal(
        kind="federated", uin=caller.principal.uin, session=params["Name"], session_policy=policy
    )
    return _credentials(call, call.world, principal, seconds)


def refuse_session_token(call: Call) -> Result:
    """Refuse a token for a second factor: nobody has a device here."""
    _seconds(call.params, 1800, LONGEST_USER_SECONDS)
    raise mfa_failed()


# --- In common --------------------------------------------------------------------------------------------


def _session_policy(text: str | None) -> str | None:
    """The policy a session is narrowed by, as JSON."""
    if not text:
        return None
    # Documented: it comes URL-encoded and is decoded once. Assumed: one that is not encoded passes.
    plain = text if text.lstrip().startswith("{") else unquote_plus(text)
    try:
        return parse(plain, "Policy").text
    except BadPolicy as bad:
        raise bad_policy(bad) from bad


def _seconds(params: Mapping[str, Any], default: int, longest: int) -> int:
    # Assumed: the default gives way to a role that allows less.
    seconds: int | None = params.get("DurationSeconds")
    if seconds is None:
        return min(default, longest)
    if seconds < 1:
        raise bad_parameter("DurationSeconds", "a number of seconds")
    if seconds > longest:
        raise too_long(longest)
    return seconds


def _credentials(call: Call, world: World, principal: Principal, seconds: int) -> Result:
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


def asks_for_role(call: Call) -> tuple[str, ...]:
    """The role as it is named in RoleArn."""
    # Documented: `qcs::cam::uin/<account>:roleName/<name>`. Assumed: what is no such name is asked about as
    # `*`.
    arn = call.params["RoleArn"]
    return (arn,) if _ARN.fullmatch(arn) else ("*",)


SERVICE = Service(
    name="sts",
    version="2018-08-13",
    actions=(
        # Observed: needs no CAM permission.
        Does(action="GetCallerIdentity", run=get_caller_identity, is_open=True),
        Does(action="QueryApiKey", run=query_api_key),
        Does(action="AssumeRole", run=assume_role, asks=asks_for_role),
        Does(action="GetFederationToken", run=get_federation_token),
        Does(action="GetSessionToken", run=refuse_session_token),
    ),
)
