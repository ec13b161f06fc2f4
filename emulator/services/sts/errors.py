"""What the Security Token Service says when it refuses.

Documented: the codes, and which actions declare them. Assumed: the texts.
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.errors import ApiError
from emulator.policy.document import BadPolicy


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


def not_trusted(action: str, arn: str, why: Sequence[str]) -> ApiError:
    """A role that does not trust who asks for it."""
    # Documented: the code and the sentence, of AssumeRole.
    return ApiError(
        "UnauthorizedOperation",
        f"you are not authorized to perform operation ({action})\nresource ({arn}) has no permission\n",
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


def bad_provider(why: str) -> ApiError:
    """An identity provider that is not there, or not one of this account."""
    # Assumed: the code; none is declared for it.
    return ApiError(
        "InvalidParameter.ParamError", f"The identity provider is not valid: {why}.", "参数错误。"
    )


def bad_assertion(why: str) -> ApiError:
    """A SAML assertion that proves nothing."""
    # Assumed: the code; none is declared for it.
    return ApiError("InvalidParameter.ParamError", f"The SAMLAssertion is not valid: {why}.", "参数错误。")


def bad_token(why: str) -> ApiError:
    """An OIDC token that proves nothing."""
    return ApiError(
        "InvalidParameter.WebIdentityTokenError",
        f"The WebIdentityToken is not valid: {why}.",
        "WebIdentityToken参数错误。",
    )
