"""Security Token Service: who am I."""

from __future__ import annotations

from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Service


def get_caller_identity(call: Call) -> Result:
    """The identity behind the key."""
    # Documented: the forms for a sub-user, a role and a federated user (official examples), their short Arn
    # included. Assumed: a root's Type is "Account" (reported once), and its Arn.
    world, principal = call.world, call.caller.principal
    answer = {"AccountId": world.uin, "UserId": principal.uin, "PrincipalId": principal.uin}
    match principal.kind:
        case "root":
            return {**answer, "Type": "Account", "Arn": f"qcs::cam:{world.uin}:root"}
        case "user":
            return {**answer, "Type": "CAMUser", "Arn": f"qcs::cam:{world.uin}:uin/{principal.uin}"}
        case "role":
            return {
                **answer,
                "Type": "CAMRole",
                "UserId": f"{principal.uin}:{principal.session}",
                "Arn": f"qcs::sts:{world.uin}:assumed-role/{principal.uin}",
            }
        case "federated":
            return {
                **answer,
                "Type": "CAMUser",
                "UserId": f"{principal.uin}:{principal.session}",
                "Arn": f"qcs::sts:{world.uin}:federated-user/{principal.uin}",
            }


SERVICE = Service(
    name="sts",
    version="2018-08-13",
    actions=(
        # Observed: needs no CAM permission.
        Does(action="GetCallerIdentity", run=get_caller_identity, is_open=True),
    ),
)
