"""The general policies: what CAM denies every user without anybody having attached it."""

from __future__ import annotations

from functools import cache

from emulator.policy.decide import Grant, Source
from emulator.policy.document import parse

# Documented: these six, by action and condition (product/598/10605). Their published text leaves the effect
# out. Assumed: that it is deny, since each is said to demand MFA, and that roles have none of them: they are
# attached to users. No published action of API 3.0 is known to ask CAM for any of the six; they are what the
# console's account pages ask for.
_DEMANDS = {
    "MFA to see a key's secret": "account:QueryKeyBySecretId",
    "MFA to change what needs MFA": "account:SetSafeAuthFlag",
    "MFA to bind a token": "account:BindToken",
    "MFA to unbind a token": "account:UnbindToken",
    "MFA to change the mail address": "account:ModifyMail",
    "MFA to change the phone number": "account:ModifyPhoneNum",
}


@cache
def general_policies() -> tuple[Grant, ...]:
    """What every user is denied until it has been verified by a second factor."""
    return tuple(_demand(name, action) for name, action in _DEMANDS.items())


def _demand(name: str, action: str) -> Grant:
    statement = {
        "effect": "deny",
        "action": action,
        "resource": "*",
        "condition": {"string_equal": {"mfa": "0"}},
    }
    return Grant(Source("general policy", name=name), parse({"version": "2.0", "statement": [statement]}))
