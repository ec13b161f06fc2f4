"""What CAM says when it refuses.

Every code stands in CAM's published list of error codes, with the Chinese sentence given here.
"""

# Documented: the codes, which actions declare them, and the Chinese sentences as the codes' descriptions.
# Assumed: that the description is the message on the wire; the English wording; and, where an action declares
# two codes for one thing, which of them it answers with.

from __future__ import annotations

from emulator.errors import ApiError
from emulator.policy.document import BadPolicy

# --- Parameters -------------------------------------------------------------------------------------------


def bad_parameter(name: str, expected: str) -> ApiError:
    """A parameter that has the right type and no meaning."""
    return ApiError(
        "InvalidParameter.ParamError",
        f"The parameter `{name}` is not valid: expected {expected}.",
        f"非法入参。参数 `{name}` 不合法。",
    )


def one_of(*names: str) -> ApiError:
    """None of several parameters of which one must be given."""
    listed = ", ".join(f"`{name}`" for name in names)
    return ApiError(
        "InvalidParameter.ParamError", f"One of {listed} must be given.", f"非法入参。{listed} 至少填一个。"
    )


def description_too_long() -> ApiError:
    """A description over 300 bytes."""
    return ApiError(
        "InvalidParameter.DescriptionLengthOverlimit",
        "The parameter `Description` is longer than 300 bytes.",
        "Description入参长度不能大于300字节。",
    )


def bad_tag(reason: str) -> ApiError:
    """A tag that cannot be."""
    return ApiError("InvalidParameter.TagParamError", f"The tags are not valid: {reason}.", "标签参数错误。")


def too_many_tags() -> ApiError:
    """More tags than a thing may have."""
    return ApiError("InvalidParameter.TagLimitExceeded", "The number of tags is exceeded.", "超出标签限制。")


def bad_marker() -> ApiError:
    """A marker that no answer gave."""
    return ApiError("InvalidParameter.PaginationTokenInvalid", "The marker is not valid.", "无效的pageToken")


# --- Users ------------------------------------------------------------------------------------------------


def no_user() -> ApiError:
    """No such sub-user, as the actions on users and attachments say it."""
    return ApiError("ResourceNotFound.UserNotExist", "The user does not exist.", "用户不存在。")


def no_target() -> ApiError:
    """No such sub-user, as the actions on keys and boundaries say it."""
    return ApiError("InvalidParameter.UserNotExist", "The user does not exist.", "用户对象不存在。")


def user_name_in_use(name: str) -> ApiError:
    """A second sub-user of this name."""
    return ApiError(
        "InvalidParameter.SubUserNameInUse", f"The sub-user name `{name}` is in use.", "子用户名称重复。"
    )


def bad_user_name(name: str) -> ApiError:
    """A name that no sub-user may have."""
    return ApiError("InvalidParameter.UserNameIllegal", f"The name `{name}` is not valid.", "用户名不合法。")


def users_full() -> ApiError:
    """As many sub-users as an account may have."""
    return ApiError(
        "InvalidParameter.SubUserFull", "The number of sub-accounts is exceeded.", "子账号数量达到上限。"
    )


def bad_password() -> ApiError:
    """A password that the account's rules forbid."""
    return ApiError(
        "InvalidParameter.PasswordViolatedRules",
        "The password violates the account's password rules.",
        "密码不符合用户安全设置。",
    )


def has_keys() -> ApiError:
    """A user that still has keys."""
    return ApiError("OperationDenied.HaveKeys", "The user has API keys.", "存在未删除的API密钥。")


def may_not_delete_keys() -> ApiError:
    """Deleting a user along with its keys, without the permission to delete keys."""
    return ApiError(
        "UnauthorizedOperation.DeleteApiKey",
        "You are not authorized to perform operation (cam:DeleteApiKey).",
        "没有删除API密钥权限。",
    )


def no_uin_nor_uid() -> ApiError:
    """Neither Uin nor Uid."""
    return ApiError(
        "InvalidParameter.UserUinAndUinNotAllNull",
        "Uin and Uid must not both be empty.",
        "用户的Uin和Uid不能都为空。",
    )


def too_many_uins() -> ApiError:
    """More users or keys in one request than may be asked about."""
    return ApiError("InvalidParameter", "The list is too long.", "参数错误。")


def no_phone() -> ApiError:
    """Login by phone for a user without one."""
    return ApiError("FailedOperation.UserNotBindPhone", "The user has no phone number.", "用户未绑定手机。")


def bad_mfa_token() -> ApiError:
    """A token that was never given out."""
    return ApiError("InvalidParameter.MFATokenError", "The MFA token is not valid.", "多因子Token验证失败。")


# --- Keys -------------------------------------------------------------------------------------------------


def keys_full() -> ApiError:
    """A third key."""
    # Documented: two keys a user.
    return ApiError(
        "OperationDenied.AccessKeyOverLimit",
        "A maximum of two access keys are supported for each account.",
        "每个账号最多支持两个AccessKey。",
    )


def no_key() -> ApiError:
    """No such key in this account."""
    return ApiError("ResourceNotFound.SecretNotExist", "The access key does not exist.", "密钥不存在。")


def not_its_key() -> ApiError:
    """A key of another user than the one named."""
    return ApiError(
        "OperationDenied.UinNotMatch",
        "The access key does not belong to the account.",
        "被操作密钥与账号不匹配。",
    )


def root_key() -> ApiError:
    """A sub-user that touches a root's key."""
    return ApiError(
        "OperationDenied.SubUin",
        "Sub-users are not allowed to operate the root account's keys.",
        "子用户不允许操作主账号密钥。",
    )


# --- Policies ---------------------------------------------------------------------------------------------


def bad_policy(bad: BadPolicy) -> ApiError:
    """A policy document that is none; every flaw is named with its path."""
    # Assumed: the message.
    return ApiError(bad.code, f"The policy document is not valid. {bad}")


def bad_policy_name() -> ApiError:
    """A name that no policy may have."""
    return ApiError(
        "InvalidParameter.PolicyNameError",
        "The parameter `PolicyName` is not valid.",
        "PolicyName字段不合法。",
    )


def policy_name_in_use() -> ApiError:
    """A second policy of this name."""
    return ApiError(
        "FailedOperation.PolicyNameInUse", "The policy name is in use.", "PolicyName字段指定的策略名已存在。"
    )


def policies_full() -> ApiError:
    """As many custom policies as an account may have."""
    return ApiError(
        "FailedOperation.PolicyFull", "The number of policies is exceeded.", "用户策略数超过上限。"
    )


def no_policy() -> ApiError:
    """No such policy, as the actions that read or delete one say it."""
    return ApiError(
        "ResourceNotFound.PolicyIdNotFound",
        "The policy specified by `PolicyId` does not exist.",
        "PolicyId指定的资源不存在。",
    )


def no_such_policy_id() -> ApiError:
    """No such policy, as the actions that attach or bound with one say it."""
    return ApiError("InvalidParameter.PolicyIdNotExist", "The policy ID does not exist.", "策略ID不存在。")


def bad_policy_id() -> ApiError:
    """A policy that this cannot be done with: a preset one cannot be changed."""
    return ApiError(
        "InvalidParameter.PolicyIdError", "The parameter `PolicyId` is not valid.", "输入参数PolicyId不合法。"
    )


def bad_scope() -> ApiError:
    """A Scope other than All, QCS and Local."""
    return ApiError("InvalidParameter.ScopeError", "The parameter `Scope` is not valid.", "Scope字段不合法。")


def bad_entity_filter() -> ApiError:
    """An EntityFilter other than All, User, Group and Role."""
    return ApiError(
        "InvalidParameter.EntityFilterError",
        "The parameter `EntityFilter` is not valid.",
        "EntityFilter字段不合法。",
    )


def attachments_full() -> ApiError:
    """As many policies as one user, group or role may have."""
    return ApiError(
        "InvalidParameter.AttachmentFull",
        "The number of policies attached to the principal is exceeded.",
        "principal字段的授权对象关联策略数已达到上限。",
    )


def no_version() -> ApiError:
    """The policy has no such version."""
    return ApiError(
        "InvalidParameter.PolicyVersionNotExists", "The policy version does not exist.", "策略版本不存在。"
    )


def default_version() -> ApiError:
    """The version is the default one already, and cannot be deleted or made so."""
    return ApiError(
        "FailedOperation.PolicyVersionAlreadyDefault",
        "The policy version is the default version already.",
        "该策略版本已经是默认策略版本。",
    )


def versions_full() -> ApiError:
    """As many versions as a policy may have."""
    return ApiError(
        "FailedOperation.PolicyVersionFull",
        "The number of policy versions is exceeded.",
        "策略版本数已经达到上限。",
    )


# --- Groups -----------------------------------------------------------------------------------------------


def no_group() -> ApiError:
    """No such group, as the actions on groups and attachments say it."""
    return ApiError("ResourceNotFound.GroupNotExist", "The user group does not exist.", "用户组不存在。")


def no_group_to_join() -> ApiError:
    """No such group, as AddUserToGroup says it."""
    return ApiError("InvalidParameter.GroupNotExist", "The user group does not exist.", "用户组不存在。")


def group_name_in_use() -> ApiError:
    """A second group of this name."""
    return ApiError("InvalidParameter.GroupNameInUse", "The user group name is in use.", "用户组名称重复。")


def groups_full() -> ApiError:
    """As many groups as an account may have."""
    return ApiError(
        "InvalidParameter.GroupFull", "The number of user groups is exceeded.", "用户组数量达到上限。"
    )


def group_full() -> ApiError:
    """As many users as a group may have."""
    return ApiError(
        "InvalidParameter.GroupUserFull",
        "The number of users in the group is exceeded.",
        "用户组中的子用户数量达到上限。",
    )


def user_in_too_many_groups() -> ApiError:
    """As many groups as a user may be in."""
    return ApiError(
        "InvalidParameter.UserGroupFull",
        "The number of groups that the user is in is exceeded.",
        "子用户加入的用户组数量达到上限。",
    )


# --- Roles ------------------------------------------------------------------------------------------------


def no_role() -> ApiError:
    """No such role."""
    return ApiError("InvalidParameter.RoleNotExist", "The role does not exist.", "角色不存在。")


def bad_role_name() -> ApiError:
    """A name that no role may have."""
    return ApiError("InvalidParameter.RoleNameError", "The role name is not valid.", "角色名不合法。")


def role_name_in_use() -> ApiError:
    """A second role of this name."""
    return ApiError(
        "InvalidParameter.RoleNameInUse", "A role of this name exists already.", "相同名称的角色已存在。"
    )


def roles_full() -> ApiError:
    """As many roles as an account may have."""
    return ApiError("InvalidParameter.RoleFull", "The number of roles is exceeded.", "角色数量达到上限。")


def no_such_principal(text: str) -> ApiError:
    """A trust policy that names a user of this account that is not there."""
    return ApiError(
        "InvalidParameter.PrincipalQcsNotExist",
        f"The principal `{text}` does not exist.",
        "PrincipalQcs不存在。",
    )


def service_role_has_no_boundary() -> ApiError:
    """A permission boundary for a service-linked role."""
    return ApiError(
        "InvalidParameter.ServiceLinkedRoleCantUsePermissionBoundary",
        "Service-linked roles cannot have a permission boundary.",
        "服务相关角色不能使用权限边界。",
    )


def no_deletion_task() -> ApiError:
    """No such deletion task."""
    return ApiError(
        "InvalidParameter.DeletionTaskNotExist", "The deletion task does not exist.", "任务不存在。"
    )


# --- Identity providers -----------------------------------------------------------------------------------


def no_provider() -> ApiError:
    """No such identity provider."""
    return ApiError(
        "ResourceNotFound.IdentityNotExist", "The identity provider does not exist.", "身份提供商不存在。"
    )


def provider_name_in_use() -> ApiError:
    """A second identity provider of this name."""
    return ApiError(
        "InvalidParameter.IdentityNameInUse",
        "The name of the identity provider is in use.",
        "身份提供商名称已经使用。",
    )


def providers_full() -> ApiError:
    """As many identity providers as an account may have."""
    return ApiError(
        "LimitExceeded.IdentityFull",
        "The number of identity providers is exceeded.",
        "身份提供商已达到上限。",
    )


def bad_provider_name() -> ApiError:
    """A name that no identity provider may have."""
    return ApiError(
        "InvalidParameterValue.NameError",
        "The name of the identity provider is not valid.",
        "身份提供商名称错误。",
    )


def bad_metadata() -> ApiError:
    """Metadata that are no document in base64."""
    return ApiError(
        "InvalidParameterValue.MetadataError",
        "The metadata document of the identity provider is not valid.",
        "身份提供商元数据文档错误。",
    )


def bad_url() -> ApiError:
    """The address of an identity provider that is not https."""
    return ApiError(
        "InvalidParameterValue.IdentityUrlError",
        "The URL of the identity provider is not valid.",
        "身份提供商URL错误。",
    )


def bad_signing_key() -> ApiError:
    """A public key that is not base64."""
    return ApiError(
        "InvalidParameterValue.IdentityKeyError", "The OIDC public key is not valid.", "OIDC签名公钥错误。"
    )


# --- Message receivers ------------------------------------------------------------------------------------


def receivers_full() -> ApiError:
    """As many message receivers as an account may have."""
    return ApiError(
        "InvalidParameter.ReceiverOverLimit",
        "The number of message receivers is exceeded.",
        "消息接收人超出限制。",
    )
