"""What CAM says when it refuses.

Every code stands in CAM's published list of error codes, with the Chinese sentence given here.
"""

# Documented: the codes, which actions declare them, and the Chinese sentences as the codes' descriptions.
# Assumed: that the description is the message on the wire; the English wording; and, where an action declares
# two codes for one thing, which of them it answers with.

from __future__ import annotations

from emulator.errors import ApiError, Refusal
from emulator.policy.document import BadPolicy

# --- Parameters -------------------------------------------------------------------------------------------

bad_parameter = Refusal[str, str](
    "InvalidParameter.ParamError",
    "The parameter `{}` is not valid: expected {}.",
    "非法入参。参数 `{0}` 不合法。",
)


def one_of(*names: str) -> ApiError:
    """None of several parameters of which one must be given."""
    listed = ", ".join(f"`{name}`" for name in names)
    return ApiError(
        "InvalidParameter.ParamError", f"One of {listed} must be given.", f"非法入参。{listed} 至少填一个。"
    )


description_too_long = Refusal[()](
    "InvalidParameter.DescriptionLengthOverlimit",
    "The parameter `Description` is longer than 300 bytes.",
    "Description入参长度不能大于300字节。",
)
bad_tag = Refusal[str]("InvalidParameter.TagParamError", "The tags are not valid: {}.", "标签参数错误。")
too_many_tags = Refusal[()](
    "InvalidParameter.TagLimitExceeded", "The number of tags is exceeded.", "超出标签限制。"
)
bad_marker = Refusal[()](
    "InvalidParameter.PaginationTokenInvalid", "The marker is not valid.", "无效的pageToken"
)

# --- Users ------------------------------------------------------------------------------------------------

# As the actions on users and attachments say it.
no_user = Refusal[()]("ResourceNotFound.UserNotExist", "The user does not exist.", "用户不存在。")
# As the actions on keys and boundaries say it.
no_target = Refusal[()]("InvalidParameter.UserNotExist", "The user does not exist.", "用户对象不存在。")
user_name_in_use = Refusal[str](
    "InvalidParameter.SubUserNameInUse", "The sub-user name `{}` is in use.", "子用户名称重复。"
)
bad_user_name = Refusal[str](
    "InvalidParameter.UserNameIllegal", "The name `{}` is not valid.", "用户名不合法。"
)
users_full = Refusal[()](
    "InvalidParameter.SubUserFull", "The number of sub-accounts is exceeded.", "子账号数量达到上限。"
)
bad_password = Refusal[()](
    "InvalidParameter.PasswordViolatedRules",
    "The password violates the account's password rules.",
    "密码不符合用户安全设置。",
)
has_keys = Refusal[()]("OperationDenied.HaveKeys", "The user has API keys.", "存在未删除的API密钥。")
# To whoever deletes a user along with its keys.
may_not_delete_keys = Refusal[()](
    "UnauthorizedOperation.DeleteApiKey",
    "You are not authorized to perform operation (cam:DeleteApiKey).",
    "没有删除API密钥权限。",
)
no_uin_nor_uid = Refusal[()](
    "InvalidParameter.UserUinAndUinNotAllNull",
    "Uin and Uid must not both be empty.",
    "用户的Uin和Uid不能都为空。",
)
# Users or keys in one request.
too_many_uins = Refusal[()]("InvalidParameter", "The list is too long.", "参数错误。")
no_phone = Refusal[()](
    "FailedOperation.UserNotBindPhone", "The user has no phone number.", "用户未绑定手机。"
)
bad_mfa_token = Refusal[()](
    "InvalidParameter.MFATokenError", "The MFA token is not valid.", "多因子Token验证失败。"
)

# --- Keys -------------------------------------------------------------------------------------------------

# Documented: two keys a user.
keys_full = Refusal[()](
    "OperationDenied.AccessKeyOverLimit",
    "A maximum of two access keys are supported for each account.",
    "每个账号最多支持两个AccessKey。",
)
no_key = Refusal[()]("ResourceNotFound.SecretNotExist", "The access key does not exist.", "密钥不存在。")
not_its_key = Refusal[()](
    "OperationDenied.UinNotMatch",
    "The access key does not belong to the account.",
    "被操作密钥与账号不匹配。",
)
root_key = Refusal[()](
    "OperationDenied.SubUin",
    "Sub-users are not allowed to operate the root account's keys.",
    "子用户不允许操作主账号密钥。",
)

# --- Policies ---------------------------------------------------------------------------------------------


def bad_policy(bad: BadPolicy) -> ApiError:
    """A policy document that is none; every flaw is named with its path."""
    # Assumed: the message.
    return ApiError(bad.code, f"The policy document is not valid. {bad}")


bad_policy_name = Refusal[()](
    "InvalidParameter.PolicyNameError", "The parameter `PolicyName` is not valid.", "PolicyName字段不合法。"
)
policy_name_in_use = Refusal[()](
    "FailedOperation.PolicyNameInUse", "The policy name is in use.", "PolicyName字段指定的策略名已存在。"
)
policies_full = Refusal[()](
    "FailedOperation.PolicyFull", "The number of policies is exceeded.", "用户策略数超过上限。"
)
# As the actions that read or delete one say it.
no_policy = Refusal[()](
    "ResourceNotFound.PolicyIdNotFound",
    "The policy specified by `PolicyId` does not exist.",
    "PolicyId指定的资源不存在。",
)
# As the actions that attach or bound with one say it.
no_such_policy_id = Refusal[()](
    "InvalidParameter.PolicyIdNotExist", "The policy ID does not exist.", "策略ID不存在。"
)
# Also for a policy that this cannot be done with: a preset one cannot be changed.
bad_policy_id = Refusal[()](
    "InvalidParameter.PolicyIdError", "The parameter `PolicyId` is not valid.", "输入参数PolicyId不合法。"
)
bad_scope = Refusal[()](
    "InvalidParameter.ScopeError", "The parameter `Scope` is not valid.", "Scope字段不合法。"
)
bad_entity_filter = Refusal[()](
    "InvalidParameter.EntityFilterError",
    "The parameter `EntityFilter` is not valid.",
    "EntityFilter字段不合法。",
)
attachments_full = Refusal[()](
    "InvalidParameter.AttachmentFull",
    "The number of policies attached to the principal is exceeded.",
    "principal字段的授权对象关联策略数已达到上限。",
)
no_version = Refusal[()](
    "InvalidParameter.PolicyVersionNotExists", "The policy version does not exist.", "策略版本不存在。"
)
# To whoever deletes it, or makes it so again.
default_version = Refusal[()](
    "FailedOperation.PolicyVersionAlreadyDefault",
    "The policy version is the default version already.",
    "该策略版本已经是默认策略版本。",
)
versions_full = Refusal[()](
    "FailedOperation.PolicyVersionFull",
    "The number of policy versions is exceeded.",
    "策略版本数已经达到上限。",
)

# --- Groups -----------------------------------------------------------------------------------------------

# As the actions on groups and attachments say it.
no_group = Refusal[()]("ResourceNotFound.GroupNotExist", "The user group does not exist.", "用户组不存在。")
# As AddUserToGroup says it.
no_group_to_join = Refusal[()](
    "InvalidParameter.GroupNotExist", "The user group does not exist.", "用户组不存在。"
)
group_name_in_use = Refusal[()](
    "InvalidParameter.GroupNameInUse", "The user group name is in use.", "用户组名称重复。"
)
groups_full = Refusal[()](
    "InvalidParameter.GroupFull", "The number of user groups is exceeded.", "用户组数量达到上限。"
)
group_full = Refusal[()](
    "InvalidParameter.GroupUserFull",
    "The number of users in the group is exceeded.",
    "用户组中的子用户数量达到上限。",
)
user_in_too_many_groups = Refusal[()](
    "InvalidParameter.UserGroupFull",
    "The number of groups that the user is in is exceeded.",
    "子用户加入的用户组数量达到上限。",
)

# --- Roles ------------------------------------------------------------------------------------------------

no_role = Refusal[()]("InvalidParameter.RoleNotExist", "The role does not exist.", "角色不存在。")
bad_role_name = Refusal[()]("InvalidParameter.RoleNameError", "The role name is not valid.", "角色名不合法。")
role_name_in_use = Refusal[()](
    "InvalidParameter.RoleNameInUse", "A role of this name exists already.", "相同名称的角色已存在。"
)
roles_full = Refusal[()](
    "InvalidParameter.RoleFull", "The number of roles is exceeded.", "角色数量达到上限。"
)
# In a trust policy: a user of this account that is not there.
no_such_principal = Refusal[str](
    "InvalidParameter.PrincipalQcsNotExist", "The principal `{}` does not exist.", "PrincipalQcs不存在。"
)
service_role_has_no_boundary = Refusal[()](
    "InvalidParameter.ServiceLinkedRoleCantUsePermissionBoundary",
    "Service-linked roles cannot have a permission boundary.",
    "服务相关角色不能使用权限边界。",
)
no_deletion_task = Refusal[()](
    "InvalidParameter.DeletionTaskNotExist", "The deletion task does not exist.", "任务不存在。"
)

# --- Identity providers -----------------------------------------------------------------------------------

no_provider = Refusal[()](
    "ResourceNotFound.IdentityNotExist", "The identity provider does not exist.", "身份提供商不存在。"
)
provider_name_in_use = Refusal[()](
    "InvalidParameter.IdentityNameInUse",
    "The name of the identity provider is in use.",
    "身份提供商名称已经使用。",
)
providers_full = Refusal[()](
    "LimitExceeded.IdentityFull", "The number of identity providers is exceeded.", "身份提供商已达到上限。"
)
bad_provider_name = Refusal[()](
    "InvalidParameterValue.NameError",
    "The name of the identity provider is not valid.",
    "身份提供商名称错误。",
)
bad_metadata = Refusal[()](
    "InvalidParameterValue.MetadataError",
    "The metadata document of the identity provider is not valid.",
    "身份提供商元数据文档错误。",
)
bad_url = Refusal[()](
    "InvalidParameterValue.IdentityUrlError",
    "The URL of the identity provider is not valid.",
    "身份提供商URL错误。",
)
bad_signing_key = Refusal[()](
    "InvalidParameterValue.IdentityKeyError", "The OIDC public key is not valid.", "OIDC签名公钥错误。"
)

# --- Message receivers ------------------------------------------------------------------------------------

receivers_full = Refusal[()](
    "InvalidParameter.ReceiverOverLimit",
    "The number of message receivers is exceeded.",
    "消息接收人超出限制。",
)
