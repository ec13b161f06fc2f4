"""What the Security Token Service says when it refuses.

Documented: the codes, and which actions declare them. Assumed: the texts.
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.errors import ApiError, Refusal
from emulator.policy.document import BadPolicy

bad_parameter = Refusal[str, str](
    "InvalidParameter.ParamError", "The parameter `{}` is not valid: expected {}.", "参数错误。"
)
too_long = Refusal[int](
    "InvalidParameter.OverTimeError",
    "The expiration time exceeds the threshold of {} seconds.",
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


temporary_key_refused = Refusal[()](
    "FailedOperation.TempKeyNotAllowed",
    "This API cannot be called with a temporary key.",
    "该接口不支持临时密钥调用",
)
# Whatever the code: nobody has a device here.
mfa_failed = Refusal[()](
    "FailedOperation.CheckMFAError", "The MFA code could not be verified.", "校验MFA失败"
)
no_account = Refusal[()](
    "InvalidParameter.AccountNotAvaliable", "The account is not available.", "账号不存在或不可用。"
)
# Assumed: the code; none is declared for it.
bad_provider = Refusal[str](
    "InvalidParameter.ParamError", "The identity provider is not valid: {}.", "参数错误。"
)
# Assumed: the code; none is declared for it.
bad_assertion = Refusal[str](
    "InvalidParameter.ParamError", "The SAMLAssertion is not valid: {}.", "参数错误。"
)
bad_token = Refusal[str](
    "InvalidParameter.WebIdentityTokenError",
    "The WebIdentityToken is not valid: {}.",
    "WebIdentityToken参数错误。",
)
