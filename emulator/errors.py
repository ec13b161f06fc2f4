"""Every error the emulated cloud can say, and the errors we say ourselves.

::

    Exception
      ApiError            what the cloud answers: a Code and a Message inside HTTP 200
      EmulatorError       what we say to whoever runs the emulator
        BadInput          a request, file, row or rule is wrong: every violation, each with its path
        NotFound          a thing that was named does not exist here
        ContractBreach    our own answer does not fit the published contract: always a bug of ours
        NotKept           the state file does not hold, or cannot say, what happened
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Self, TypeVarTuple

Named = TypeVarTuple("Named")


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong, where it is, and what was expected there."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class ApiError(Exception):
    """An error of the emulated cloud: ``Code``, and ``Message`` in English and in Chinese.

    Where the Chinese text is not known, the English one serves for both. ``why`` are lines for whoever asks
    about the call; they are never sent.
    """

    def __init__(self, code: str, message: str, zh: str | None = None, *, why: Sequence[str] = ()) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.zh = zh
        self.why = tuple(why)

    def text(self, language: str) -> str:
        """The message for an ``X-TC-Language`` value; anything but ``zh-CN`` reads English."""
        return self.zh if self.zh is not None and language == "zh-CN" else self.message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


@dataclass(frozen=True, slots=True)
class Refusal(Generic[*Named]):
    """One line of a product's table of errors: called with what its places name, it makes the error.

    Texts have a place ``{}`` for each value. ``Refusal[str, int]`` takes a text and a number, ``Refusal[()]``
    nothing: mypy holds every call to it.
    """

    code: str
    text: str
    zh: str | None = None

    # What it takes is for mypy: kept at run time, it makes each of hundreds of lines some three times as
    # dear, and is more than Python 3.11 can do with slots.
    def __class_getitem__(cls, takes: object) -> type[Self]:
        return cls

    def __call__(self, *named: *Named) -> ApiError:
        """The error, with what it is about."""
        zh = None if self.zh is None else self.zh.format(*named)
        return ApiError(self.code, self.text.format(*named), zh)


class EmulatorError(Exception):
    """What the emulator says to the person who runs it."""


class BadInput(EmulatorError):
    """Something given to us is wrong; ``violations`` holds all of it."""

    def __init__(self, violations: Iterable[Violation], what: str = "the input is not valid") -> None:
        self.violations = tuple(violations)
        self.what = what
        super().__init__(what, self.violations)

    @classmethod
    def at(cls, path: str, message: str) -> BadInput:
        """One violation."""
        return cls([Violation(path, message)])

    def __str__(self) -> str:
        return "; ".join(str(violation) for violation in self.violations) or self.what


class NotFound(EmulatorError):
    """A thing that was named does not exist here."""


class ContractBreach(EmulatorError):
    """An answer of ours that the published contract does not allow: a bug, and loud."""


class NotKept(EmulatorError):
    """What happened could not be written into the state file, or what it holds cannot be read."""


# --- What the gateway says -------------------------------------------------------------------------------
# Texts marked Observed were seen on the wire; the others are Assumed: same voice, wording not known.


def missing_parameter(name: str) -> ApiError:
    """A common or business parameter that must be there is not."""
    # Observed: verbatim in English for SecretId, Timestamp, Version, Region and business parameters.
    # Assumed: the Chinese wording.
    return ApiError(
        "MissingParameter",
        f"The request is missing a required parameter `{name}`.",
        f"缺少参数 `{name}`。",
    )


def unknown_parameter(name: str) -> ApiError:
    """A parameter the contract does not declare."""
    # Observed: English, 2025. Assumed: Chinese.
    return ApiError("UnknownParameter", f"The parameter `{name}` is not recognized.", f"未知参数 `{name}`。")


def wrong_type(name: str, expected: str) -> ApiError:
    """A value whose JSON type is not the declared one."""
    # Observed: both languages (English 2024 and later; Chinese without the expected type in 2022,
    # with it in 2026).
    return ApiError(
        "InvalidParameter",
        f"The value type of parameter `{name}` is not valid, input type should be `{expected}`",
        f"参数 `{name}` 取值类型错误。参数类型应为 {expected}",
    )


def invalid_authorization(reason: str) -> ApiError:
    """The Authorization header cannot be used."""
    # Observed: the prefix, and the reason "`Service` in Credential not valid.". Assumed: other reasons.
    return ApiError(
        "AuthFailure.InvalidAuthorization",
        f"The request `Authorization` header does not conform to tencentcloud standards: {reason}",
    )


def secret_id_not_found() -> ApiError:
    """No such key, or one that was deleted or disabled."""
    # Observed: English. Documented: the same code for deleted and for disabled keys.
    return ApiError(
        "AuthFailure.SecretIdNotFound",
        "The SecretId is not found, please ensure that your SecretId is correct.",
    )


def signature_failure() -> ApiError:
    """The signature is not the one the key makes."""
    # Observed: both languages.
    return ApiError(
        "AuthFailure.SignatureFailure",
        "The provided credentials could not be validated. Please check your signature is correct.",
        "请求签名验证失败，请检查您的签名计算是否正确。",
    )


def signature_too_large() -> ApiError:
    """A v1 request over its size limit."""
    # Observed: English.
    return ApiError(
        "AuthFailure.SignatureFailure",
        "The provided credentials could not be validated because of exceeding request size limit, "
        "please use new signature method `TC3-HMAC-SHA256`.",
    )


def signature_expired(server_time: int) -> ApiError:
    """The timestamp is more than five minutes away from the server's clock."""
    # Observed: the text (2024); that it comes under this code is Documented.
    return ApiError(
        "AuthFailure.SignatureExpire",
        "Signature expired. Please use local time and enable NTP service for time synchronization to avoid "
        f"a deviation between `Timestamp` and the server time {server_time}.",
    )


def token_failure() -> ApiError:
    """A temporary key whose token is missing, wrong or expired."""
    # Observed: the text up to "correct"; the full stop is Assumed.
    return ApiError(
        "AuthFailure.TokenFailure",
        "Token verification failed, please check if your Token is correct.",
    )


def no_such_product(service: str) -> ApiError:
    """No service of this name."""
    # Documented: the code. Assumed: the text.
    return ApiError("NoSuchProduct", f"The specified product `{service}` does not exist.")


def no_such_version(service: str, version: str) -> ApiError:
    """The service has no such version."""
    # Observed: English.
    return ApiError(
        "NoSuchVersion", f"The specified api version=`{version}` does not exist in service=`{service}`."
    )


def invalid_action() -> ApiError:
    """The version has no such action."""
    # Observed: English.
    return ApiError("InvalidAction", "The request `Action` is invalid or not found.")


def invalid_region() -> ApiError:
    """A Region that Tencent Cloud does not have."""
    # Observed: English (2018-2020).
    return ApiError(
        "InvalidParameterValue",
        "A value specified in `Region` is not valid, is unsupported, or cannot be used.",
    )


def unsupported_protocol() -> ApiError:
    """Neither GET nor POST."""
    # Documented: the code and its meaning. Assumed: the text.
    return ApiError("UnsupportedProtocol", "Only the HTTP methods GET and POST are supported.")


def request_too_large() -> ApiError:
    """A body over the limit of its signature method."""
    # Documented: the code. Assumed: the text.
    return ApiError("RequestSizeLimitExceeded", "The request size exceeds the upper limit.")


def unsupported_content_type(content_type: str) -> ApiError:
    """A Content-Type the action does not take."""
    # Observed: the fragment "not support Content-Type=`…`" (the SDK's own integration tests).
    # Assumed: the code and the rest of the sentence.
    return ApiError("InvalidParameter", f"The action not support Content-Type=`{content_type}`.")


def action_offline() -> ApiError:
    """The contract lists the action as offline."""
    # Documented: the code and the English text of the international common error table.
    return ApiError("ActionOffline", "This API has been deprecated.", "接口已下线")


def internal_error() -> ApiError:
    """The cloud's own failure."""
    # Documented: official examples.
    return ApiError(
        "InternalError",
        "An internal error has occurred. Retry your request, but if the problem persists, contact us.",
    )


def request_limit_exceeded(count: int, limit: int) -> ApiError:
    """Too many calls of one action within one second."""
    # Observed: both languages.
    return ApiError(
        "RequestLimitExceeded",
        f"Your current request times equals to `{count}` in a second, which exceeds the frequency limit "
        f"`{limit}` for a second. Please reduce the frequency of calls.",
        f"您当前每秒请求 `{count}` 次，超过了每秒频率上限 `{limit}`，请稍后重试。",
    )


def not_emulated(action: str, why: str) -> ApiError:
    """The emulator speaking, not the cloud: no behaviour here for this action, and how to add one."""
    return ApiError(
        "NotEmulated",
        f"The emulator has no behaviour for {action}: {why} Give it an answer of your own: "
        f'`POST /_emulator/stubs {{"Action": "{action}", "Response": {{…}}}}` '
        f'or `Emulator.stub("{action}", …)`.',
    )
