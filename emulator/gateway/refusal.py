"""How each product says that CAM refused: the code and the words around the decision."""

from __future__ import annotations

from emulator.contract.model import Action
from emulator.errors import ApiError
from emulator.policy.decide import Decision

# Documented: the products whose published error codes hold UnauthorizedOperation itself. Assumed: these
# are the ones that answer with it, as was observed of cvm, cam and ba; the others (sms was observed)
# are refused by the gateway, with AuthFailure.UnauthorizedOperation and its own sentence.
_NAMES = """
af afc ags alb ame ams antiddos apigateway bdrc bh bi bm bma bmvpc cam cbs cdb cdn cds cfg cfs cfw
chdfs ciam ckafka clb cloudaudit cloudhsm cls cme cmq cms cngw config csip csxg ctem cvm cwp cws
dasb dataagent dbbrain dbs dc dlc dnspod dsgc dts emr es ess essbasic faceid fwm gaap gme goosefs
gwlb hasim ie igtm ims iotexplorer iotvideo iotvideoindustry irp ivld keewidb kms lcic lighthouse
live mariadb mna monitor mps ms oceanus organization partners privatedns pts rce redis rum scf
securitylake sqlserver ssa ssl ssm sts tcaplusdb tcb tcbr tcr tcss tdcpg tdmq teo thpc tia tione tiw
tke trabbit tse vclm vcube vdb vm vod vpc waf wav wedata wimgs wsa yunsou
"""
_SAY_IT_THEMSELVES = frozenset(_NAMES.split())
# Observed: these answer in the gateway's form although they publish UnauthorizedOperation.
_LEAVE_IT_TO_THE_GATEWAY = frozenset({"ssl", "cloudaudit", "teo", "tcb", "cfs"})
# Documented: the only permission code these products publish. tke 2018-05-25, billing and monitor: Observed.
_OWN_CODES = {
    "tke:2018-05-25": "UnauthorizedOperation.CamNoAuth",
    "billing": "UnauthorizedOperation.CamNoAuth",
    "monitor": "UnauthorizedOperation.CamNoAuth",
    "cetcd": "UnauthorizedOperation.CamNoAuth",
    "svp": "UnauthorizedOperation.CamNoAuth",
    "dcdb": "UnauthorizedOperation.PermissionDenied",
    "mariadb": "UnauthorizedOperation.PermissionDenied",
    "ecdn": "UnauthorizedOperation.CdnCamUnauthorized",
    "memcached": "UnauthorizedOperation.NoCAMAuthed",
    "mongodb": "InvalidParameter.PermissionDenied",
    "edgezone": "UnauthorizedOperation.PermissionDenied",
    "bpaas": "UnauthorizedOperation.PermissionDenied",
    # Documented: they say "a sub-account without permission", "no permission to query clusters" and so on.
    # Assumed: that they are used, rather than the plain UnauthorizedOperation, which these publish too.
    "cdb": "AuthFailure.SubAccountDenied",
    "cfw": "UnauthorizedOperation.PermissionDenied",
    "es:DescribeInstances": "AuthFailure.UnAuthDescribeInstances",
    "es:CreateInstance": "AuthFailure.UnAuthCreateInstance",
    "es:2018-04-16": "AuthFailure.UnAuthorizedOperation",
    "tcr": "UnauthorizedOperation.ErrorTcrUnauthorized",
}


class Refused(ApiError):
    """A call that CAM did not allow, with the decision that says why and those that let it come so far."""

    def __init__(self, error: ApiError, decision: Decision, before: tuple[Decision, ...] = ()) -> None:
        super().__init__(error.code, error.message, error.zh, why=error.why)
        self.decision = decision
        self.before = before


def refusal(action: Action, decision: Decision, resource: str, request_id: str) -> Refused:
    """The error that a denied call gets, in its product's own shape."""
    # Observed: the core sentence with both line breaks.
    core = (
        f"[request id:{request_id}]you are not authorized to perform operation "
        f"({decision.question.action})\n"
        f"resource ({resource}) has no permission\n"
    )
    return Refused(_shape(action, core), decision)


def _shape(action: Action, core: str) -> ApiError:
    service = action.service
    for name in (action.key, f"{service}:{action.version}", service):
        if name in _OWN_CODES:
            return ApiError(_OWN_CODES[name], core)
    if service in _SAY_IT_THEMSELVES and service not in _LEAVE_IT_TO_THE_GATEWAY:
        return ApiError("UnauthorizedOperation", core)
    if service == "cfs":
        # Observed: this product's own wrapping.
        return ApiError(
            "AuthFailure.UnauthorizedOperation",
            f"CAM signature/authentication error: request unauthorized({core})",
        )
    # Observed: both languages (sms, ssl).
    return ApiError(
        "AuthFailure.UnauthorizedOperation",
        "You are not authorized to perform this operation. Check your CAM policies, and ensure that you are "
        f"using the correct access keys. [{core}]",
        f"操作未授权，请检查CAM策略。[{core}]",
    )
