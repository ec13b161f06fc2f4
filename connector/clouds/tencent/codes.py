"""What each Tencent error code means to us: one table for the probe, the sync and the checks."""

from __future__ import annotations

from connector.errors import CloudError
from connector.outcome import Meaning, Why

# Documented: the codes are in the products' published error tables, but for those marked Assumed.
# Which meaning each has for us is our own judgement.
MEANINGS: dict[str, Meaning] = {
    "AuthFailure": Meaning.DENIED,
    "AuthFailure.SecretIdNotFound": Meaning.CREDENTIAL,
    "AuthFailure.SignatureFailure": Meaning.CREDENTIAL,
    "AuthFailure.InvalidSecretId": Meaning.CREDENTIAL,
    "AuthFailure.InvalidAuthorization": Meaning.CREDENTIAL,
    "AuthFailure.TokenFailure": Meaning.CREDENTIAL,
    "AuthFailure.MFAFailure": Meaning.CREDENTIAL,
    "AuthFailure.SignatureExpire": Meaning.CLOCK,
    "AuthFailure.UnauthorizedOperation": Meaning.DENIED,
    "AuthFailure.SubAccountDenied": Meaning.DENIED,
    "AuthFailure.ErrCodeNoPurchased": Meaning.NOT_ENABLED,
    "IpInBlacklist": Meaning.DENIED,
    "IpNotInWhitelist": Meaning.DENIED,
    "UnauthorizedOperation": Meaning.DENIED,
    "FailedOperation.ErrorTcrUnauthorized": Meaning.DENIED,
    "InternalError.ErrorTcrUnauthorized": Meaning.DENIED,
    "InternalError.ErrUnauthorized": Meaning.DENIED,
    "InternalError.CamAuthFailed": Meaning.DENIED,
    "FailedOperation.CamAuthFailed": Meaning.DENIED,
    "OperationDenied.CamDeniedError": Meaning.DENIED,
    "InvalidParameter.PermissionDenied": Meaning.DENIED,
    # Assumed: what a frozen account or product says; only that it is some form of "Isolated" is known.
    "UnauthorizedOperation.Isolated": Meaning.FROZEN,
    "FailedOperation.Isolated": Meaning.FROZEN,
    "FailedOperation.TopicIsolated": Meaning.FROZEN,
    "FailedOperation.CLSResourcesNotFound": Meaning.NOT_ENABLED,
    "OperationDenied.AccountNotExists": Meaning.NOT_ENABLED,
    "UnsupportedRegion": Meaning.REGION,
    "InvalidParameter.UnsupportedRegion": Meaning.REGION,
    "InvalidParameter.RegionNotFound": Meaning.REGION,
    "ResourceNotFound": Meaning.GONE,
    "InstanceNotExist": Meaning.GONE,
    "InvalidDiskId.NotFound": Meaning.GONE,
    "InvalidSecurityGroupID.NotFound": Meaning.GONE,
    "InvalidParameter.InstanceNotFound": Meaning.GONE,
    "InvalidParameter.LBIdNotFound": Meaning.GONE,
    "InvalidParameter.PolicyIdNotExist": Meaning.GONE,
    "InvalidParameter.RoleNotExist": Meaning.GONE,
    "InvalidParameter.UserNotExist": Meaning.GONE,
    "InvalidParameterValue.InstanceNotExist": Meaning.GONE,
    "InvalidParameterValue.UserNotExistError": Meaning.GONE,
    "FailedOperation.CertificateNotFound": Meaning.GONE,
    "FailedOperation.AuditConfigNotExist": Meaning.ABSENT,
    "OperationDenied.AuditPolicyNotExistError": Meaning.ABSENT,
    # Assumed: an instance whose kind has no audit says so with this code.
    "OperationDenied.UnsupportOpenAuditError": Meaning.ABSENT,
    # Assumed: a host without an agent is not known to its product at all.
    "ResourceNotFound.MachineNotFound": Meaning.ABSENT,
    "RequestLimitExceeded": Meaning.THROTTLE,
    "LimitExceeded": Meaning.THROTTLE,
    "FailedOperation.RateLimitExceeded": Meaning.THROTTLE,
    "InternalError": Meaning.TRANSIENT,
    "ServiceUnavailable": Meaning.TRANSIENT,
    "ResourceUnavailable": Meaning.TRANSIENT,
    "ClientNetworkError": Meaning.TRANSIENT,
    "ServerNetworkError": Meaning.TRANSIENT,
    "InvalidParameter": Meaning.BUG,
    "InvalidParameterValue": Meaning.BUG,
    "InvalidRequest": Meaning.BUG,
    "MissingParameter": Meaning.BUG,
    "UnknownParameter": Meaning.BUG,
    "InvalidAction": Meaning.BUG,
    "ActionOffline": Meaning.BUG,
    "NoSuchProduct": Meaning.BUG,
    "NoSuchVersion": Meaning.BUG,
    "UnsupportedProtocol": Meaning.BUG,
}


def classify(error: CloudError) -> Meaning:
    """What an error means: the longest dotted prefix in the table decides, none means UNKNOWN."""
    if error.code == "InvalidParameterValue" and "`Region`" in error.message:
        # Observed: an illegal X-TC-Region is a plain InvalidParameterValue; only the text names Region.
        return Meaning.REGION
    code = error.code
    while code not in MEANINGS and "." in code:
        code = code.rpartition(".")[0]
    return MEANINGS.get(code, Meaning.UNKNOWN)


def explain(error: CloudError, action: str, *, published: bool = True) -> Why:
    """An error as the reason of an outcome. ``action`` in CAM form, ``cvm:DescribeInstances``."""
    # Documented: InvalidAction is what the gateway says of a name that it does not know.
    is_unserved = not published and error.code == "InvalidAction"
    return Why(
        meaning=Meaning.UNSERVED if is_unserved else classify(error),
        action=action,
        code=error.code,
        message=error.message,
        request_id=error.request_id,
    )
