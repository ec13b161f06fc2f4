"""Who calls, and with which keys an account can."""

from __future__ import annotations

from emulator.services.sts import errors
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world import accounts


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
        raise errors.no_account()
    shown = [
        {
            "SecretId": key.secret_id,
            "CreateTime": int(key.created),
            "Status": 2 if key.status == "Active" else 3,
        }
        for key in accounts.keys_of(call.world, uin)
    ]
    return {"IdKeys": shown}


ACTIONS = (
    # Observed: needs no CAM permission.
    Does(action="GetCallerIdentity", run=get_caller_identity, is_open=True),
    Does(action="QueryApiKey", run=query_api_key),
)
